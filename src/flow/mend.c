/* SPDX-License-Identifier: Apache-2.0 */
/* mend.c - one record out of quarantine. */
#include "flow/mend.h"

#include "data/json.h"
#include "flow/land.h"
#include "flow/link.h"
#include "flow/lookup.h"
#include "flow/run.h"
#include "store/quarantine.h"

#define NO_KEY "record:" /* how batch.c calls a record that has none */

struct mender {
	struct session *session;
	struct lease lease;
};

/* One record on its way. */
struct mending {
	struct mender *mender;
	const struct quarantine_item *item;
	const struct mend_options *o;
	const struct plan_table *plan;
	struct mapping *mapping;
	struct batch *batch;
	struct arena *arena;
	struct value record;
	struct mend_result *result;
	bool refused; /* and nothing is to be committed */
};

const char *mend_outcome_name(enum mend_outcome o)
{
	static const char *const names[] = {
		[MEND_CREATED] = "created",     [MEND_UPDATED] = "updated",
		[MEND_UNCHANGED] = "unchanged", [MEND_LEFT_OUT] = "left_out",
		[MEND_REFUSED] = "refused",     [MEND_GONE] = "gone",
	};

	assert((size_t)o < COUNT(names));
	return names[o];
}

const char *mend_source_name(enum mend_source s)
{
	static const char *const names[] = {
		[MEND_GIVEN] = "given", [MEND_VENDOR] = "vendor", [MEND_KEPT] = "kept"
	};

	assert((size_t)s < COUNT(names));
	return names[s];
}

bool mender_open(const struct engine *g, const struct connection *c, struct arena *a,
		 struct mender **out, struct err *e)
{
	struct mender *m = arena_new_struct(a, struct mender);
	bool over;

	if (!session_open(a, g, c, &m->session, e))
		return false;
	m->lease = (struct lease){ .name = run_lease_name(a, c->name),
				   .ttl_ms = LEASE_TTL_MS,
				   .fence = g->fence };
	if (!lease_take(g->db, a, &m->lease, &over, e))
		return err_wrap(e, "connection '%.*s'", STR_ARG(c->name));
	m->session->lease = &m->lease;
	m->session->beat_ms = clock_steady_ms(g->clock);
	*out = m;
	return true;
}

void mender_close(struct mender *m)
{
	struct err unsaid;

	/* It expires by itself when the database cannot be reached. */
	if (!lease_release(m->session->engine->db, &m->lease, &unsaid))
		session_warn(m->session, "the lease could not be given back: %s", unsaid.text);
}

static const struct plan_table *table_of(const struct connection *c, struct str name)
{
	for (size_t i = 0; i < c->tables; i++)
		if (str_eq(c->table[i].name, name))
			return &c->table[i];
	return NULL;
}

static bool find_table(const struct connection *c, struct str name, const struct plan_table **out,
		       struct err *e)
{
	*out = table_of(c, name);
	return *out ||
	       err_set(e, ERR_MISSING, "the plan has no table '%.*s' any more", STR_ARG(name));
}

bool mend_can_ask(const struct connection *c, const struct quarantine_item *q)
{
	const struct plan_table *t = table_of(c, q->table);

	return t && t->keys == 1 && c->stream[t->stream->number].record_path.len > 0 &&
	       !str_starts(q->key, STR(NO_KEY));
}

/* ---- which record ---- */

static bool read_kept(const struct engine *g, const struct quarantine_item *q, struct arena *a,
		      struct value *record, struct err *e)
{
	struct str plain;

	if (!seal_read(g->seal, a, STR("quarantine"), q->sealed, &plain, e) ||
	    !json_parse(a, plain, record, NULL, e))
		return err_wrap(e, "quarantined record of '%.*s'", STR_ARG(q->table));
	return true;
}

static bool read_record(struct mending *m, bool *found, struct err *e)
{
	struct session *s = m->mender->session;
	const struct connection *c = s->connection;
	const struct quarantine_item *q = m->item;

	*found = true;
	if (m->o->record.len > 0) {
		m->result->source = MEND_GIVEN;
		return json_parse(m->arena, m->o->record, &m->record, NULL, e);
	}
	if (!mend_can_ask(c, q)) {
		m->result->source = MEND_KEPT;
		return read_kept(s->engine, q, m->arena, &m->record, e);
	}
	m->result->source = MEND_VENDOR;
	return lookup_record(s, m->plan->stream, c->stream[m->plan->stream->number].record_path,
			     q->key, m->arena, &m->record, found, e);
}

/* ---- writing ---- */

static enum mend_outcome outcome_of(enum row_outcome o)
{
	static const enum mend_outcome of[] = { [ROW_CREATED] = MEND_CREATED,
						[ROW_UPDATED] = MEND_UPDATED,
						[ROW_UNCHANGED] = MEND_UNCHANGED,
						[ROW_REJECTED] = MEND_REFUSED };

	return of[o];
}

/* Every column's own refusal, and what the database or a reference said when that is another. */
static void refusals(struct mending *m, const struct scope *scope)
{
	struct refusal last = batch_refusal(m->batch, 0), *list;
	size_t n;

	mapping_refusals(m->mapping, m->arena, scope, m->record, &list, &n);
	if (n == 0) {
		list[n++] = (struct refusal){ str_keep(m->arena, last.column),
					      str_keep(m->arena, last.code),
					      str_keep(m->arena, last.says),
					      mapping_pointer(m->mapping, m->arena, last.column) };
	}
	m->result->refusal = list;
	m->result->refusals = n;
}

/* What people put in another's name is not kept in the vendor's place. */
static bool refuse(struct mending *m, struct err *e)
{
	struct scope scope = session_scope(m->mender->session, m->arena);

	refusals(m, &scope);
	if (m->result->source != MEND_GIVEN)
		return true;
	m->refused = true;
	return err_set(e, ERR_REMOTE, "the record is refused");
}

static bool came_through(struct mending *m, const struct batch_counts *counts, struct err *e)
{
	struct session *s = m->mender->session;
	const struct quarantine_item *q = m->item;
	int64_t linked, waiting;

	return quarantine_remove(s->engine->db, q->connection, q->table, q->key, e) &&
	       land_follow_up(s, m->arena, m->plan, counts, e) &&
	       link_rows(s, m->arena, &linked, &waiting, e) &&
	       (!m->o->also || m->o->also(m->o->arg, m->result->outcome, e));
}

/* A run, or another person, may have been faster: what is stored since is newer than what one
 * looked at. */
static bool still_waits(const struct mending *m, struct err *e)
{
	const struct quarantine_item *q = m->item;
	struct quarantine_item now;
	bool found;

	if (!quarantine_get(m->mender->session->engine->db, m->arena, q->connection, q->table,
			    q->key, &now, &found, e))
		return false;
	return found || err_set(e, ERR_MISSING, "there is no such record in quarantine (any more)");
}

static bool body(void *arg, struct err *e)
{
	struct mending *m = arg;
	struct session *s = m->mender->session;
	struct batch_counts counts = { 0 };

	m->refused = false;
	if (!lease_hold(s->engine->db, &m->mender->lease, e) || !still_waits(m, e))
		return false;
	if (batch_rows(m->batch) > 0) {
		if (!land_batch(s, m->batch, &counts, e))
			return false;
		m->result->outcome = outcome_of(batch_outcome(m->batch, 0));
		m->result->key = str_keep(m->arena, batch_key(m->batch, 0));
	}
	return m->result->outcome == MEND_REFUSED ? refuse(m, e) : came_through(m, &counts, e);
}

static bool carry_out(struct mending *m, struct err *e)
{
	struct session *s = m->mender->session;
	struct scope scope = session_scope(s, m->arena);

	m->result->outcome = MEND_LEFT_OUT;
	scope.variable[VAR_STREAM_PARTITION] = value_map_new(m->arena);
	return batch_add(m->batch, &scope, m->record, e) &&
	       (db_transact(s->engine->db, body, m, e) || m->refused);
}

bool mend(struct mender *mender, const struct quarantine_item *q, const struct mend_options *o,
	  struct arena *a, struct mend_result *out, struct err *e)
{
	struct session *s = mender->session;
	struct mending m = {
		.mender = mender, .item = q, .o = o, .arena = a, .result = out, .record = UNDEFINED
	};
	bool found, ok;

	*out = (struct mend_result){ .outcome = MEND_GONE, .key = q->key };
	if (!find_table(s->connection, q->table, &m.plan, e) || !session_beat(s, e) ||
	    !read_record(&m, &found, e))
		return false;
	if (!found)
		return true;
	s->table = m.plan->name;
	if (!mapping_open(a, s->connection, m.plan, &m.mapping, e) ||
	    !batch_open(s, m.mapping, 1, a, &m.batch, e))
		return false;
	ok = carry_out(&m, e);
	batch_close(m.batch);
	return ok;
}

/* ---- looking ---- */

bool mend_look(const struct engine *g, const struct connection *c, const struct quarantine_item *q,
	       struct value record, struct arena *a, struct refusal **out, size_t *n, struct err *e)
{
	const struct plan_table *t;
	struct session *s;
	struct mapping *m;
	struct scope scope;

	if (!find_table(c, q->table, &t, e) || !session_open(a, g, c, &s, e) ||
	    !mapping_open(a, c, t, &m, e))
		return false;
	scope = session_scope(s, a);
	scope.variable[VAR_STREAM_PARTITION] = value_map_new(a);
	mapping_refusals(m, a, &scope, record, out, n);
	/* What the mapping alone says is known anew; the plan may have been mended since. */
	if (str_eq(q->code, STR("required")) || str_eq(q->code, STR("unknown_value")))
		return true;
	for (size_t i = 0; i < *n; i++)
		if (str_eq((*out)[i].column, q->column))
			return true;
	(*out)[(*n)++] =
		(struct refusal){ q->column, q->code, q->says, mapping_pointer(m, a, q->column) };
	return true;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * run.c - one run of a connection.
 *
 *     opened ──► a table's pass, page by page ──► next table … ──► linked ──► closed
 *
 * A table that fails does not stop the ones after it: their references wait for its rows.  What
 * fails every table (credentials, database, a lost lease, a stop) ends the run.
 */
#include "flow/run.h"

#include "data/json.h"
#include "flow/image.h"
#include "flow/journal.h"
#include "flow/link.h"
#include "store/outbox.h"

#define DETAILS_BYTES_MAX ((size_t)256 * 1024)
#define NAMES_BYTES_MAX 4096

struct run {
	struct session *session;
	struct run_options o;
	struct arena *arena;
	struct lease lease;
	bool leased;
	struct run_log log;
	struct image_log images;
	struct str retry_of; /* the run whose second attempt this is, or empty */
	struct journal journal;
	struct timing timing; /* of the tables that are over */
	struct pass *pass;
	size_t at; /* the table whose turn it is */
	bool linked;
	struct run_result result;
};

/* ---- opening ---- */

static bool is_called(const struct plan_table *t, struct str name)
{
	return str_eq(name, t->name) || str_eq(name, t->stream->name) || str_eq(name, t->log_type);
}

static bool chosen(const struct run_options *o, const struct plan_table *t)
{
	for (size_t i = 0; i < o->onlys; i++)
		if (is_called(t, o->only[i]))
			return true;
	return o->onlys == 0;
}

/* Every name that was given must be one: a misspelt table must not pass for an empty one. */
static bool check_name(struct run *r, const struct connection *c, struct str name, struct err *e)
{
	struct buf known;

	buf_in(&known, r->arena, NAMES_BYTES_MAX);
	for (size_t i = 0; i < c->tables; i++) {
		if (is_called(&c->table[i], name))
			return true;
		buf_printf(&known, "%s%.*s", i ? ", " : "", STR_ARG(c->table[i].name));
	}
	return err_set(e, ERR_MISSING,
		       "connection '%.*s' has no table or stream '%.*s'; it has: %.*s",
		       STR_ARG(c->name), STR_ARG(name), STR_ARG(buf_str(&known)));
}

static bool choose(struct run *r, const struct connection *c, struct err *e)
{
	struct run_result *out = &r->result;

	for (size_t i = 0; i < r->o.onlys; i++)
		if (!check_name(r, c, r->o.only[i], e))
			return false;
	out->table = arena_new_array(r->arena, struct run_table, c->tables);
	for (size_t i = 0; i < c->tables; i++)
		if (chosen(&r->o, &c->table[i]))
			out->table[out->tables++].plan = &c->table[i];
	return true;
}

/* Under which claim of which job it runs, and as whom. */
static void details_claim(const struct run *r, struct value map)
{
	const struct fence *f = r->session->engine->fence;

	value_map_set(r->arena, map, STR("holder"), value_str(r->lease.holder));
	value_map_set(r->arena, map, STR("fence"), value_int(r->lease.token));
	if (!f)
		return;
	value_map_set(r->arena, map, STR("job"), value_int(f->job));
	value_map_set(r->arena, map, STR("attempt"), value_int(f->attempt));
	value_map_set(r->arena, map, STR("worker"), value_int(f->session));
}

static bool details(struct run *r, struct str *out, struct err *e)
{
	struct value map = value_map_new(r->arena), tables = value_list_new(r->arena);
	struct buf b;

	value_map_set(r->arena, map, STR("trigger"), value_str(r->o.trigger));
	value_map_set(r->arena, map, STR("mode"), value_str(str_from(run_mode_name(r->o.mode))));
	for (size_t i = 0; i < r->result.tables; i++)
		value_list_add(r->arena, tables, value_str(r->result.table[i].plan->name));
	value_map_set(r->arena, map, STR("tables"), tables);
	if (r->result.waiting > 0)
		value_map_set(r->arena, map, STR("references_waiting"),
			      value_int(r->result.waiting));
	if (r->session->selection)
		value_map_set(r->arena, map, STR("select"),
			      selection_value(r->arena, r->session->selection, false));
	if (r->images.number > 0)
		value_map_set(r->arena, map, STR("images"), value_int(r->images.number));
	if (r->retry_of.len > 0)
		value_map_set(r->arena, map, STR("retry_of"), value_str(r->retry_of));
	if (r->result.took_over)
		value_map_set(r->arena, map, STR("took_over"), value_bool(true));
	details_claim(r, map);
	if (r->result.error.kind != ERR_NONE)
		value_map_set(r->arena, map, STR("error_kind"),
			      value_str(str_from(err_kind_name(r->result.error.kind))));
	value_map_set(r->arena, map, STR("timing"), timing_value(r->arena, &r->timing));
	value_map_set(r->arena, map, STR("log"), journal_value(r->arena, &r->journal));
	buf_in(&b, r->arena, DETAILS_BYTES_MAX);
	if (!json_write(&b, map, e))
		return false;
	*out = buf_str(&b);
	return true;
}

/* The id that was asked for, unless an earlier attempt has it. */
static bool choose_id(struct run *r, struct err *e)
{
	bool taken = false;

	if (r->o.id.len > 0 && !run_log_any(r->session->engine->db, r->o.id, &taken, e))
		return false;
	r->log.id = taken ? STR("") : r->o.id;
	r->retry_of = taken ? r->o.id : STR("");
	return true;
}

static bool log_begin_body(void *arg, struct err *e)
{
	struct run *r = arg;
	struct db *db = r->session->engine->db;
	int64_t now_ms = clock_wall_ms(r->session->engine->clock), closed;

	r->log = (struct run_log){ .connection = r->session->connection->name,
				   .type = str_from(run_mode_name(r->o.mode)),
				   .status = RUN_RUNNING,
				   .started_ms = now_ms,
				   .triggered_by = r->o.triggered_by };
	return lease_hold(db, &r->lease, e) &&
	       run_log_close_stale(db, r->log.connection, now_ms, &closed, e) && choose_id(r, e) &&
	       details(r, &r->log.details, e) && run_log_start(db, r->arena, &r->log, e);
}

static bool log_begin(struct run *r, struct err *e)
{
	if (!db_transact(r->session->engine->db, log_begin_body, r, e))
		return false;
	r->result.id = r->log.id;
	return true;
}

static void lease_give_back(struct run *r)
{
	struct err unsaid;

	/* It expires by itself when the database cannot be reached. */
	if (r->leased && !lease_release(r->session->engine->db, &r->lease, &unsaid))
		session_warn(r->session, "the run's lease could not be given back: %s",
			     unsaid.text);
	r->leased = false;
}

struct str run_lease_name(struct arena *a, struct str connection)
{
	return str_printf(a, "run:%.*s", STR_ARG(connection));
}

static bool begin(struct run *r, struct err *e)
{
	struct db *db = r->session->engine->db;

	if (r->o.dry_run)
		return true;
	r->lease = (struct lease){ .name = run_lease_name(r->arena, r->session->connection->name),
				   .ttl_ms = LEASE_TTL_MS,
				   .fence = r->session->engine->fence };
	if (!lease_take(db, r->arena, &r->lease, &r->result.took_over, e))
		return err_wrap(e, "connection '%.*s'", STR_ARG(r->session->connection->name));
	r->leased = true;
	r->session->lease = &r->lease;
	r->session->beat_ms = clock_steady_ms(r->session->engine->clock);
	if (log_begin(r, e)) {
		r->images.run = r->log.id;
		if (r->session->connection->undo != UNDO_OFF)
			r->session->images = &r->images;
		return true;
	}
	lease_give_back(r);
	return false;
}

/* In the form in which the databases give it back. */
static bool uuid_read(struct run *r, const char *what, struct str *id, struct err *e)
{
	struct value cell;
	bool repaired;

	if (id->len == 0)
		return true;
	if (!column_cast(r->arena, COLUMN_UUID, NULL, value_str(*id), &cell, &repaired, e)) {
		e->kind = ERR_USAGE;
		return err_wrap(e, "%s", what);
	}
	*id = cell.s;
	return true;
}

/* A range of time can only be asked of streams that have a cursor. */
static bool select_open(struct run *r, struct err *e)
{
	const struct selection *s;

	if (!selection_open(r->arena, &r->o.select, &r->session->selection, e))
		return false;
	s = r->session->selection;
	for (size_t i = 0; s && i < r->result.tables; i++) {
		const struct plan_table *t = r->result.table[i].plan;

		if (!t->stream->cursor && (s->since_us != NO_TIME || s->until_us != NO_TIME))
			return err_set(e, ERR_USAGE,
				       "stream '%.*s' of table '%.*s' cannot be asked for a range "
				       "of time; name the tables to sync",
				       STR_ARG(t->stream->name), STR_ARG(t->name));
	}
	return true;
}

bool run_open(const struct engine *g, const struct connection *c, const struct run_options *o,
	      struct arena *a, struct run **out, struct err *e)
{
	struct run *r = arena_new_struct(a, struct run);

	r->o = *o;
	r->arena = a;
	if (r->o.trigger.len == 0)
		r->o.trigger = STR("manual");
	if (!uuid_read(r, "the run's id", &r->o.id, e) ||
	    !uuid_read(r, "triggered_by", &r->o.triggered_by, e) ||
	    !session_open(a, g, c, &r->session, e))
		return false;
	journal_init(&r->journal, o->watch, g->clock);
	r->session->watch = journal_watch(&r->journal);
	if (!choose(r, c, e) || !select_open(r, e) || !begin(r, e))
		return false;
	*out = r;
	return true;
}

/* ---- stepping ---- */

static bool pass_begin(struct run *r, struct err *e)
{
	struct pass_options o = { .mode = r->o.mode,
				  .dry_run = r->o.dry_run,
				  .sink = r->o.sink,
				  .rows_per_commit = r->o.rows_per_commit,
				  .lease = r->o.dry_run ? NULL : &r->lease,
				  .parent_run = r->log.id,
				  .trigger = r->o.trigger };

	return pass_open(r->session, r->result.table[r->at].plan, &o, r->arena, &r->pass, e);
}

/* What no other table could do better with. */
static bool ends_run(enum err_kind kind)
{
	return kind == ERR_AUTH || kind == ERR_STORE || kind == ERR_FENCED || kind == ERR_CANCELLED;
}

static void counts_add(struct run_counts *to, const struct run_counts *c)
{
	to->processed += c->processed;
	to->created += c->created;
	to->updated += c->updated;
	to->unchanged += c->unchanged;
	to->failed += c->failed;
	to->requests += c->requests;
	to->pages += c->pages;
	to->bytes += c->bytes;
}

/* Ends the current pass and moves on. */
static bool pass_end(struct run *r, const struct err *why, struct err *e)
{
	struct run_table *t = &r->result.table[r->at++];
	struct pass *p = r->pass;
	bool ok;

	r->pass = NULL;
	ok = pass_close(p, why, &t->result, e);
	t->ran = true;
	counts_add(&r->result.counts, &t->result.counts);
	timing_add(&r->timing, &t->result.timing);
	if (t->result.error.kind != ERR_NONE && r->result.error.kind == ERR_NONE)
		r->result.error = t->result.error;
	if (ok && (ends_run(t->result.error.kind) ||
		   (r->session->quiet_ms && t->result.error.kind == ERR_TRANSIENT))) {
		*e = t->result.error;
		return false;
	}
	return ok;
}

static bool link_body(void *arg, struct err *e)
{
	struct run *r = arg;

	struct session *s = r->session;
	const struct connection *c = s->connection;

	/* What follows from the vendor's rows is not to be sent back to it. */
	return lease_hold(s->engine->db, &r->lease, e) &&
	       (!c->watches || outbox_quiet(s->engine->db, c->name, e)) &&
	       link_rows(s, r->arena, &r->result.relinked, &r->result.waiting, e) &&
	       (!c->watches || outbox_loud(s->engine->db, c->name, e));
}

/* Set by set: children whose parent came after them, columns that follow a parent that changed. */
static bool link_late(struct run *r, struct err *e)
{
	r->linked = true;
	if (r->o.dry_run)
		return true;
	/* Rows whose images were kept are undone whole. */
	r->images.on = r->images.number > 0 || r->o.mode == MODE_FULL ||
		       r->session->connection->undo == UNDO_ALL;
	return db_transact(r->session->engine->db, link_body, r, e) ||
	       err_wrap(e, "linking references");
}

bool run_step(struct run *r, bool *more, struct err *e)
{
	bool pages;

	*more = true;
	if (r->at == r->result.tables) {
		*more = !r->linked;
		return r->linked || link_late(r, e);
	}
	if (!r->pass)
		return session_beat(r->session, e) && pass_begin(r, e);
	if (!session_beat(r->session, e) || !pass_step(r->pass, &pages, e)) {
		struct err why = *e;

		return pass_end(r, &why, e);
	}
	return pages || pass_end(r, NULL, e);
}

/* ---- the end ---- */

static enum run_status status_of(const struct run *r)
{
	size_t good = 0, bad = 0;

	if (r->result.error.kind == ERR_CANCELLED)
		return RUN_STOPPED;
	for (size_t i = 0; i < r->result.tables; i++) {
		const struct run_table *t = &r->result.table[i];

		good += t->ran && t->result.status == RUN_SUCCESS;
		bad += !t->ran || t->result.status == RUN_ERROR;
	}
	if (r->result.error.kind == ERR_NONE && good == r->result.tables)
		return RUN_SUCCESS;
	return bad == r->result.tables ? RUN_ERROR : RUN_PARTIAL;
}

static bool log_end_body(void *arg, struct err *e)
{
	struct run *r = arg;
	struct db *db = r->session->engine->db;

	return lease_hold(db, &r->lease, e) && run_log_update(db, &r->log, e);
}

static bool log_end(struct run *r, struct err *e)
{
	if (r->o.dry_run)
		return true;
	r->log.status = r->result.status;
	r->log.completed_ms = clock_wall_ms(r->session->engine->clock);
	r->log.counts = r->result.counts;
	r->log.error = r->result.error.kind != ERR_NONE ? str_from(r->result.error.text) : STR("");
	return details(r, &r->log.details, e) &&
	       db_transact(r->session->engine->db, log_end_body, r, e);
}

/* Full runs are what keeps images, and come rarely enough to look for old ones. */
static void forget_old_images(const struct run *r)
{
	const struct session *s = r->session;
	int64_t kept_ms = s->connection->undo_days * 24 * 60 * 60 * 1000, runs;
	struct err why;

	if (r->o.dry_run || r->o.mode != MODE_FULL || s->selection)
		return;
	if (!before_cleanup(s->engine->db, s->connection->name,
			    clock_wall_ms(s->engine->clock) - kept_ms, &runs, &why))
		session_warn(s, "old before-images are still there: %s", why.text);
}

bool run_close(struct run *r, const struct err *why, struct run_result *out, struct err *e)
{
	struct err unsaid;
	bool ok;

	if (r->pass && !pass_end(r, why, &unsaid) && r->result.error.kind == ERR_NONE)
		r->result.error = unsaid;
	if (why && r->result.error.kind == ERR_NONE)
		r->result.error = *why;
	r->result.counts.relinked = r->result.relinked;
	r->result.status = status_of(r);
	if (r->result.error.kind == ERR_TRANSIENT)
		r->result.quiet_ms = r->session->quiet_ms;
	ok = log_end(r, e);
	if (ok)
		forget_old_images(r);
	lease_give_back(r);
	*out = r->result;
	return ok;
}

bool run_connection(const struct engine *g, const struct connection *c, const struct run_options *o,
		    struct arena *a, struct run_result *out, struct err *e)
{
	struct run *r;
	struct err why;
	bool more = true, ok = true;

	if (!run_open(g, c, o, a, &r, e))
		return false;
	while (ok && more)
		ok = run_step(r, &more, &why);
	return run_close(r, ok ? NULL : &why, out, e);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* cursor_edit.c - a person sets where the reading of a table goes on. */
#include "service/cursor_edit.h"

#include "data/moment.h"
#include "flow/place.h"
#include "service/trail.h"
#include "service/view.h"

#define BEFORE_SHOWN 20
/* What a JSON number holds exactly. */
#define VERSION_MASK (((uint64_t)1 << 53) - 1)

bool cursor_states(const struct call *c, const struct connection *n, const struct plan_table *t,
		   struct cursor_states *out, struct err *e)
{
	uint64_t hash = 0;

	if (!state_list(c->db, c->arena, n->name, t->name, CURSOR_STATES_MAX, &out->row, &out->rows,
			e))
		return false;
	for (size_t i = 0; i < out->rows; i++)
		hash = hash * 31 + str_hash(out->row[i].partition) * 7 + str_hash(out->row[i].json);
	out->version = (int64_t)(hash & VERSION_MASK);
	return true;
}

bool cursor_table(const struct connection *n, struct str name, const struct plan_table **out,
		  struct err *e)
{
	for (size_t i = 0; i < n->tables; i++)
		if (str_eq(name, n->table[i].name) || str_eq(name, n->table[i].stream->name)) {
			*out = &n->table[i];
			return true;
		}
	return err_set(e, ERR_MISSING, "connection '%.*s' has no such table", STR_ARG(n->name));
}

/* ---- what is wished ---- */

struct editing {
	struct call *call;
	const struct cursor_wish *wish;
	struct lease lease;
	struct cursor_states was;
	int64_t us; /* the new cursor; NO_TIME: forgotten */
};

static bool read_time(const struct datetime_cursor *c, struct str text, int64_t *us)
{
	struct value at;
	struct err unsaid;
	bool ok =
		moment_parse_as(text, c->format, &at, &unsaid) || moment_parse(text, &at, &unsaid);

	for (size_t i = 0; !ok && i < c->input_formats; i++)
		ok = moment_parse_as(text, c->input_format[i], &at, &unsaid);
	*us = ok ? at.us : NO_TIME;
	return ok;
}

/* What is wrong with it, or empty. */
static struct str complaint_of(struct editing *g)
{
	const struct stream *st = g->wish->table->stream;
	struct arena *a = g->call->arena;

	g->us = NO_TIME;
	if (g->wish->cursor.len == 0)
		return STR("");
	if (!st->cursor)
		return str_printf(a,
				  "Stream %.*s has no cursor: it is always read whole. Only null, "
				  "which forgets its place, can be set.",
				  STR_ARG(st->name));
	if (!read_time(st->cursor, g->wish->cursor, &g->us))
		return str_printf(
			a,
			"That is no time. Expected is one like 2026-11-01T00:00:00Z, or as "
			"the vendor writes it (%.*s), or null to read everything again.",
			STR_ARG(st->cursor->format));
	if (g->us > clock_wall_ms(g->call->clock) * 1000)
		return STR("That time has not come yet: what changes until then would be left out. "
			   "Expected is one that is past.");
	return STR("");
}

/* ---- writing it ---- */

static bool is_pass(const struct state_row *r)
{
	return str_eq(r->partition, PASS_PARTITION);
}

static size_t partitions_of(const struct cursor_states *s)
{
	size_t n = 0;

	for (size_t i = 0; i < s->rows; i++)
		n += !is_pass(&s->row[i]);
	return n;
}

/* All partitions that there are, however many; of a stream that was never read the only one. */
static bool put_cursor(const struct editing *g, struct err *e)
{
	const struct cursor_wish *w = g->wish;
	struct partition_state fresh = { .cursor_us = g->us,
					 .since_us = NO_TIME,
					 .signpost_us = NO_TIME,
					 .window_us = NO_TIME,
					 .windows_end_us = NO_TIME,
					 .max_us = NO_TIME,
					 .token = UNDEFINED };
	struct state_key pass = { w->connection->name, w->table->name, PASS_PARTITION };
	struct state_key only = { w->connection->name, w->table->name, STR("") };
	struct str text;

	if (!partition_state_text(g->call->arena, &fresh, &text, e))
		return false;
	return partitions_of(&g->was) == 0 ? state_put(g->call->db, &only, text, e)
					   : state_put_all(g->call->db, &pass, text, e);
}

static bool close_pass(const struct editing *g, struct err *e)
{
	struct str connection = g->wish->connection->name, table = g->wish->table->name;
	struct call *c = g->call;
	struct pass_state pass;

	if (!pass_state_load(c->db, c->arena, connection, table, &pass, e))
		return false;
	pass.open = false;
	return pass_state_store(c->db, connection, table, &pass, e);
}

static bool put_cursors(const struct editing *g, struct err *e)
{
	if (g->us == NO_TIME)
		return state_clear(g->call->db, g->wish->connection->name, g->wish->table->name, e);
	return put_cursor(g, e) && close_pass(g, e);
}

static struct value before_value(const struct editing *g)
{
	struct arena *a = g->call->arena;
	struct value map = value_map_new(a);
	struct partition_state s;
	struct err unsaid;
	size_t shown = 0;

	for (size_t i = 0; i < g->was.rows && shown < BEFORE_SHOWN; i++) {
		const struct state_row *r = &g->was.row[i];

		if (is_pass(r) ||
		    !partition_state_read(a, g->wish->table->name, r->json, &s, &unsaid))
			continue;
		shown++;
		value_map_set(a, map, r->partition.len ? r->partition : STR("all"),
			      s.cursor_us == NO_TIME ? NULL_VALUE
						     : value_str(moment_text(a, s.cursor_us)));
	}
	return map;
}

static bool edit_in_transaction(void *arg, struct err *e)
{
	struct editing *g = arg;
	struct arena *a = g->call->arena;
	struct value details = value_map_new(a);

	view_text(a, details, "table", g->wish->table->name);
	value_map_set(a, details, STR("before"), before_value(g));
	view_text(a, details, "after", g->us == NO_TIME ? STR("") : moment_text(a, g->us));
	view_text(a, details, "reason", g->wish->reason);
	return lease_hold(g->call->db, &g->lease, e) && put_cursors(g, e) &&
	       trail(g->call, g->us == NO_TIME ? "cursor.reset" : "cursor.set",
		     sync_lane(a, g->wish->connection->name), details, e);
}

/* With the lease, so that no run and no other edit comes in between. */
static bool edit(struct editing *g, bool *answered, struct err *e)
{
	struct call *c = g->call;
	const struct plan_table *t = g->wish->table;
	bool go_on;

	if (!cursor_states(c, g->wish->connection, t, &g->was, e))
		return false;
	if (!call_match(c, g->was.version, true, &go_on))
		return false;
	*answered = !go_on;
	if (!go_on)
		return true;
	if (g->us != NO_TIME && t->stream->routers > 0 && partitions_of(&g->was) == 0) {
		*answered = true;
		return call_problem(c, 422, "bad_cursor",
				    STR("No partition of the stream was read yet, so there is no "
					"cursor to set. Expected is null, or a sync before."),
				    UNDEFINED);
	}
	return db_transact(c->db, edit_in_transaction, g, e);
}

static bool refuse_running(struct call *c, const struct connection *n)
{
	return call_problem(c, 409, "sync_running",
			    str_printf(c->arena,
				       "A sync of %.*s is running; stop it, or wait for its end.",
				       STR_ARG(n->name)),
			    UNDEFINED);
}

bool cursor_edit(struct call *c, const struct cursor_wish *w, bool *answered, struct err *e)
{
	struct editing g = { .call = c,
			     .wish = w,
			     .lease = { .name = run_lease_name(c->arena, w->connection->name),
					.ttl_ms = LEASE_TTL_MS } };
	struct str complaint = complaint_of(&g);
	struct err unsaid;
	bool took_over, ok;

	*answered = true;
	if (complaint.len)
		return call_problem(c, 422, "bad_cursor", complaint, UNDEFINED);
	if (!lease_take(c->db, c->arena, &g.lease, &took_over, e))
		return e->kind == ERR_BUSY && refuse_running(c, w->connection);
	ok = edit(&g, answered, e);
	/* It expires by itself when the database cannot be reached. */
	(void)!lease_release(c->db, &g.lease, &unsaid);
	return ok;
}

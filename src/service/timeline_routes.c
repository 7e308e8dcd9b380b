/* SPDX-License-Identifier: Apache-2.0 */
/*
 * timeline_routes.c - what happened to a connection, over HTTP: its runs, and what people and the
 * engine did to it, from the run log, the holds and the audit log, merged.
 */
#include "service/timeline_routes.h"

#include "data/json.h"
#include "data/moment.h"
#include "service/connection.h"
#include "service/view.h"

#include <stdlib.h>

#define ITEMS_MAX 200

struct moment_item {
	int64_t at_ms;
	struct value map;
};

struct timeline {
	struct call *call;
	const struct connection *connection;
	int64_t from_ms, to_ms;
	size_t limit;
	struct moment_item *item;
	size_t items;
};

static struct value item_new(struct timeline *t, int64_t at_ms, const char *kind, struct str says,
			     struct str actor)
{
	struct arena *a = t->call->arena;
	struct value map = value_map_new(a);

	view_time(a, map, "at", at_ms);
	view_text(a, map, "kind", str_from(kind));
	view_text(a, map, "says", says);
	view_text(a, map, "actor", actor);
	t->item[t->items++] = (struct moment_item){ at_ms, map };
	return map;
}

/* ---- runs ---- */

static struct str run_says(struct arena *a, const struct run_log *r)
{
	static const char *const how[] = { [RUN_RUNNING] = "began",
					   [RUN_SUCCESS] = "went well",
					   [RUN_PARTIAL] = "went partly well",
					   [RUN_ERROR] = "failed",
					   [RUN_STOPPED] = "was stopped" };

	if (r->status == RUN_RUNNING)
		return str_printf(a, "A run (%.*s) began.", STR_ARG(r->type));
	return str_printf(a, "A run (%.*s) %s: %lld created, %lld updated, %lld failed.",
			  STR_ARG(r->type), how[r->status], (long long)r->counts.created,
			  (long long)r->counts.updated, (long long)r->counts.failed);
}

/* At the moment it began, by which the log is ordered. */
static bool add_runs(struct timeline *t, struct err *e)
{
	struct arena *a = t->call->arena;
	struct run_filter f = { .connection = t->connection->name,
				.whole_only = true,
				.from_ms = t->from_ms,
				.to_ms = t->to_ms,
				.limit = t->limit + 1 };
	struct run_list list;

	if (!run_log_lists(t->call->db, a, &f, 1, &list, e))
		return false;
	for (size_t i = 0; i < list.runs; i++) {
		const struct run_log *r = &list.run[i];
		struct value map = item_new(t, r->started_ms, "run", run_says(a, r), r->trigger);

		view_text(a, map, "run", r->id);
		view_text(a, map, "status", str_from(run_status_name(r->status)));
		view_time(a, map, "ended_at", r->completed_ms);
		view_text(a, map, "error", r->error);
	}
	return true;
}

/* ---- holds: one of a table at most, by its name and not by its time ---- */

static bool add_holds(struct timeline *t, struct err *e)
{
	struct arena *a = t->call->arena;
	struct hold_filter f = { .connection = t->connection->name, .released = true };
	struct hold *h;
	size_t n;

	if (!hold_list(t->call->db, a, &f, &h, &n, e))
		return false;
	/* Beside them as many runs and deeds as are looked for. */
	t->item = arena_new_array(a, struct moment_item, n + 2 * (t->limit + 1));
	for (size_t i = 0; i < n; i++)
		if (h[i].since_ms >= t->from_ms && h[i].since_ms < t->to_ms)
			view_text(a,
				  item_new(t, h[i].since_ms, "hold",
					   str_printf(a,
						      "Table %.*s was held by %.*s: %.*s, expected "
						      "%.*s.",
						      STR_ARG(h[i].table), STR_ARG(h[i].check),
						      STR_ARG(h[i].seen), STR_ARG(h[i].expected)),
					   STR("")),
				  "run", h[i].run);
	return true;
}

/* ---- deeds ---- */

static const struct {
	const char *action, *kind, *says;
} deeds[] = {
	{ "sync.trigger", "trigger", "A sync was asked for." },
	{ "sync.stop", "stop", "Syncs were stopped." },
	{ "sync.restart", "restart", "Syncs were restarted." },
	{ "sync.test", "test", "The connection was tested." },
	{ "record.view", "other", "A record was looked at." },
	{ "hold.release", "release", "A held table was released." },
	{ "cursor.set", "cursor", "A cursor was set." },
	{ "cursor.reset", "cursor", "A cursor was forgotten." },
	{ "token.authorize", "sign_in", "A sign-in at the vendor was begun." },
	{ "token.connected", "sign_in", "The vendor gave access." },
	{ "token.revoke", "sign_in", "The tokens were forgotten." },
	{ "token.refused", "token", "The vendor refused to renew the token." },
	{ "schedule.change", "schedule", "The schedule was changed." },
	{ "schedule.pause", "schedule", "The schedule was paused." },
	{ "schedule.resume", "schedule", "The schedule was resumed." },
	{ "schedule.run", "schedule", "The schedule's job was started by hand." },
};

/* What there is no sentence for stands there as the audit log calls it. */
static void deed_words(struct str action, const char **kind, struct str *says)
{
	*kind = "other";
	*says = action;
	for (size_t i = 0; i < COUNT(deeds); i++)
		if (str_eq(action, str_from(deeds[i].action))) {
			*kind = deeds[i].kind;
			*says = str_from(deeds[i].says);
		}
}

/* Which record it was is for those who may see its key. */
static bool may_see(const struct call *c, struct str action)
{
	return (c->who.roles & ROLE_ADMIN) || !str_starts(action, STR("quarantine."));
}

static bool add_deeds(struct timeline *t, struct err *e)
{
	struct call *c = t->call;
	struct str lane = sync_lane(c->arena, t->connection->name);
	struct str name = t->connection->name, says;
	const char *kind;
	struct db_result r;
	const struct value param[] = {
		value_str(lane),
		value_str(str_printf(c->arena, "schedule:%.*s:incremental", STR_ARG(name))),
		value_str(str_printf(c->arena, "schedule:%.*s:full", STR_ARG(name))),
		value_int(t->from_ms),
		value_int(t->to_ms),
		value_int((int64_t)t->limit + 1),
	};

	if (!db_query(c->db, c->arena,
		      "SELECT at_ms, actor, action, details FROM lockstep_audit "
		      "WHERE target IN (?1, ?2, ?3) AND at_ms >= ?4 AND at_ms < ?5 "
		      "ORDER BY number DESC LIMIT ?6",
		      param, COUNT(param), &r, e))
		return err_wrap(e, "audit");
	for (size_t i = 0; i < r.rows; i++) {
		struct str action = db_cell(&r, i, 2).s;

		deed_words(action, &kind, &says);
		view_json(c->arena,
			  item_new(t, db_cell(&r, i, 0).i, kind, says, db_cell(&r, i, 1).s),
			  "details", may_see(c, action) ? db_cell(&r, i, 3).s : STR(""));
	}
	return true;
}

/* ---- all of it ---- */

static int newest_first(const void *one, const void *other)
{
	int64_t a = ((const struct moment_item *)one)->at_ms;
	int64_t b = ((const struct moment_item *)other)->at_ms;

	return (a < b) - (a > b);
}

/* A page never ends within a millisecond, so that the next one begins before it. */
static size_t page_end(const struct timeline *t)
{
	size_t n = t->items < t->limit ? t->items : t->limit;

	while (n > 0 && n < t->items && t->item[n].at_ms == t->item[n - 1].at_ms)
		n++;
	return n;
}

static bool show(struct call *c, struct err *e)
{
	AUTO_SETUP *setup = service_setup(c->arg);
	struct timeline t = { .call = c,
			      .from_ms = call_time(c, c->query, "from", 0),
			      .to_ms = call_time(c, c->query, "to", MOMENT_MAX_US / 1000),
			      .limit = (size_t)call_int(c, c->query, "limit", 50) };
	struct value map = value_map_new(c->arena), list = value_list_new(c->arena);
	size_t shown;

	if (!connection_find(setup_plan(setup), call_text(c, c->params, "name"), STR(""),
			     &t.connection, e) ||
	    !add_holds(&t, e) || !add_runs(&t, e) || !add_deeds(&t, e))
		return false;
	qsort(t.item, t.items, sizeof(*t.item), newest_first);
	shown = page_end(&t);
	for (size_t i = 0; i < shown; i++)
		value_list_add(c->arena, list, t.item[i].map);
	view_text(c->arena, map, "connection", t.connection->name);
	value_map_set(c->arena, map, STR("items"), list);
	view_time(c->arena, map, "next_to",
		  shown > 0 && shown < t.items ? t.item[shown - 1].at_ms : 0);
	return call_json(c, map, e);
}

static const struct field timeline_query[] = {
	{ .name = "from", .type = FIELD_TIME },
	{ .name = "to", .type = FIELD_TIME, .says = "before this time; `next_to` of a page" },
	{ .name = "limit", .type = FIELD_INTEGER, .low = 1, .high = ITEMS_MAX, .otherwise = "50" },
	{ .name = NULL },
};
static const struct field item_fields[] = {
	{ .name = "at", .type = FIELD_TIME },
	{ .name = "kind",
	  .type = FIELD_TEXT,
	  .one_of =
		  "run|hold|trigger|stop|restart|test|release|cursor|sign_in|token|schedule|other" },
	{ .name = "says", .type = FIELD_TEXT },
	{ .name = "actor", .type = FIELD_TEXT, .nullable = true },
	{ .name = "run", .type = FIELD_TEXT, .nullable = true },
	{ .name = "status", .type = FIELD_TEXT, .nullable = true },
	{ .name = "ended_at", .type = FIELD_TIME, .nullable = true },
	{ .name = "error", .type = FIELD_TEXT, .nullable = true },
	{ .name = "details", .type = FIELD_OBJECT, .nullable = true },
	{ .name = NULL },
};
static const struct field item_list[] = {
	{ .name = "item", .type = FIELD_OBJECT, .of = item_fields },
	{ .name = NULL },
};
static const struct field timeline_answer[] = {
	{ .name = "connection", .type = FIELD_TEXT },
	{ .name = "items", .type = FIELD_LIST, .of = item_list, .says = "the newest first" },
	{ .name = "next_to",
	  .type = FIELD_TIME,
	  .nullable = true,
	  .says = "there is more before this time" },
	{ .name = NULL },
};

const struct route timeline_routes[] = {
	{ .method = "GET",
	  .path = "/api/connections/{name}/timeline",
	  .roles = ROLE_ADMIN | ROLE_VIEWER,
	  .handle = show,
	  .summary = "What happened to it: runs, stops, holds, cursors, schedules, sign-ins",
	  .tag = "connections",
	  .query = timeline_query,
	  .answer = timeline_answer,
	  .problems = "not_found:404" },
	{ .method = NULL },
};

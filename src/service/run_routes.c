/* SPDX-License-Identifier: Apache-2.0 */
/*
 * run_routes.c - connections over HTTP: look, sync, stop, restart.
 */
#include "service/run_routes.h"

#include "service/connection_view.h"
#include "service/trail.h"
#include "service/view.h"
#include "store/seal.h"

#define ONLY_MAX 64
#define WISHED_MAX 1000

/* ---- connections ---- */

static bool list_connections(struct call *c, struct err *e)
{
	AUTO_SETUP *setup = service_setup(c->arg);
	const struct plan *p = setup_plan(setup);
	struct value map = value_map_new(c->arena), list = value_list_new(c->arena), one;
	const struct connection **all =
		arena_new_array(c->arena, const struct connection *, p->connections + 1);
	struct connection_sight *sight;

	for (size_t i = 0; i < p->connections; i++)
		all[i] = &p->connection[i];
	if (!connection_look(c, all, p->connections, &sight, e))
		return false;
	for (size_t i = 0; i < p->connections; i++) {
		if (!connection_sight_view(c, &sight[i], &one, e))
			return false;
		value_list_add(c->arena, list, one);
	}
	value_map_set(c->arena, map, STR("connections"), list);
	return call_json(c, map, e);
}

static bool named(const struct call *c, const struct setup *s, const struct connection **out,
		  struct err *e)
{
	return connection_find(setup_plan(s), call_text(c, c->params, "name"), STR(""), out, e);
}

static bool show_connection(struct call *c, struct err *e)
{
	AUTO_SETUP *setup = service_setup(c->arg);
	const struct connection *n;
	struct value map;

	return named(c, setup, &n, e) && connection_view(c, n, &map, e) && call_json(c, map, e);
}

/* ---- deeds ---- */

static const struct field only_item[] = {
	{ .name = "name", .type = FIELD_TEXT, .low = 1, .high = 200 },
	{ .name = NULL },
};
static const struct field sync_body[] = {
	{ .name = "mode", .type = FIELD_TEXT, .one_of = "incremental|full" },
	{ .name = "only",
	  .type = FIELD_LIST,
	  .of = only_item,
	  .high = ONLY_MAX,
	  .says = "tables or streams; all when it is not given" },
	{ .name = "records",
	  .type = FIELD_LIST,
	  .of = only_item,
	  .high = WISHED_MAX,
	  .says = "only records with these keys" },
	{ .name = "since", .type = FIELD_TIME, .says = "only what changed at or after this time" },
	{ .name = "until", .type = FIELD_TIME, .says = "only what changed at or before this time" },
	{ .name = "where",
	  .type = FIELD_TEXT,
	  .high = 2000,
	  .says = "only records for which this expression is true" },
	{ .name = NULL },
};

/* Every name is a table or a stream, else the run would only fail later. */
static bool only_ok(const struct connection *n, struct str name, struct err *e)
{
	for (size_t i = 0; i < n->tables; i++)
		if (str_eq(name, n->table[i].name) || str_eq(name, n->table[i].stream->name) ||
		    str_eq(name, n->table[i].log_type))
			return true;
	return err_set(e, ERR_USAGE, "connection '%.*s' has no such table or stream",
		       STR_ARG(n->name));
}

static bool read_only(const struct call *c, const struct connection *n, struct str *only,
		      size_t *onlys, struct err *e)
{
	struct value item, list = value_get(c->body, STR("only"));
	struct value_iter it = value_iter(list);
	struct str unused;

	*onlys = 0;
	if (list.kind != VALUE_LIST)
		return true;
	while (*onlys < ONLY_MAX && value_next(&it, &unused, &item)) {
		if (!only_ok(n, item.s, e))
			return false;
		only[(*onlys)++] = item.s;
	}
	return true;
}

/* What the run is to be of; a bad expression is told here, not by a dead job. */
static bool read_select(const struct call *c, struct select_options *out, struct err *e)
{
	struct value item, list = value_get(c->body, STR("records"));
	struct value_iter it = value_iter(list);
	struct str unused, *record = arena_new_array(c->arena, struct str, WISHED_MAX);
	struct selection *selection;

	*out = (struct select_options){ .record = record,
					.since = call_text(c, c->body, "since"),
					.until = call_text(c, c->body, "until"),
					.where = call_text(c, c->body, "where") };
	while (list.kind == VALUE_LIST && value_next(&it, &unused, &item))
		record[out->records++] = item.s;
	return selection_open(c->arena, out, &selection, e);
}

bool run_ticket_answer(struct call *c, const struct sync_ticket *t, struct err *e)
{
	struct value map = value_map_new(c->arena);

	view_text(c->arena, map, "run", t->run);
	view_text(c->arena, map, "job", view_id(c->arena, t->job.id));
	call_reply_header(c, "Location",
			  str_printf(c->arena, "/api/jobs/%lld", (long long)t->job.id));
	return call_json(c, map, e);
}

static bool sync_connection(struct call *c, struct err *e)
{
	AUTO_SETUP *setup = service_setup(c->arg);
	struct str only[ONLY_MAX];
	struct sync_wish wish = { .only = only };
	const struct connection *n;
	struct sync_ticket ticket;
	bool answered;

	if (str_eq(call_text(c, c->body, "mode"), STR("full")))
		wish.mode = MODE_FULL;
	else
		wish.mode = MODE_INCREMENTAL;
	if (!named(c, setup, &n, e) || !read_only(c, n, only, &wish.onlys, e) ||
	    !read_select(c, &wish.select, e) ||
	    !connection_trigger(c, n, &wish, &ticket, &answered, e))
		return false;
	return answered || run_ticket_answer(c, &ticket, e);
}

static const struct field stop_body[] = {
	{ .name = "reason", .type = FIELD_TEXT, .high = 500 },
	{ .name = NULL },
};

static bool stop_connection(struct call *c, struct err *e)
{
	AUTO_SETUP *setup = service_setup(c->arg);
	struct value map = value_map_new(c->arena);
	const struct connection *n;
	int64_t cancelled;

	if (!named(c, setup, &n, e) ||
	    !connection_stop(c, n, call_text(c, c->body, "reason"), &cancelled, e))
		return false;
	view_int(c->arena, map, "cancelled", cancelled);
	return call_json(c, map, e);
}

static bool restart_connection(struct call *c, struct err *e)
{
	AUTO_SETUP *setup = service_setup(c->arg);
	const struct connection *n;
	struct sync_ticket ticket;
	bool was;

	return named(c, setup, &n, e) && connection_restart(c, n, &was, &ticket, e) &&
	       run_ticket_answer(c, &ticket, e);
}

static const struct field release_body[] = {
	{ .name = "table",
	  .type = FIELD_TEXT,
	  .high = 200,
	  .says = "all that are held without it" },
	{ .name = "once",
	  .type = FIELD_BOOLEAN,
	  .says = "the next complete run goes without the check" },
	{ .name = NULL },
};

static bool release_connection(struct call *c, struct err *e)
{
	AUTO_SETUP *setup = service_setup(c->arg);
	const struct connection *n;
	struct value map;

	return named(c, setup, &n, e) &&
	       connection_release(c, n, call_text(c, c->body, "table"),
				  call_bool(c, c->body, "once", false), e) &&
	       connection_view(c, n, &map, e) && call_json(c, map, e);
}

/* ---- the table ---- */

static const struct field connections_answer[] = {
	{ .name = "connections", .type = FIELD_LIST, .of = connection_view_item },
	{ .name = NULL },
};
static const struct field ticket_answer[] = {
	{ .name = "run", .type = FIELD_UUID },
	{ .name = "job", .type = FIELD_TEXT },
	{ .name = NULL },
};
static const struct field stop_answer[] = {
	{ .name = "cancelled", .type = FIELD_INTEGER },
	{ .name = NULL },
};
const struct route run_routes[] = {
	{ .method = "GET",
	  .path = "/api/connections",
	  .roles = ROLE_ADMIN | ROLE_VIEWER,
	  .handle = list_connections,
	  .summary = "The plan's connections and where each stands",
	  .tag = "connections",
	  .answer = connections_answer },
	{ .method = "GET",
	  .path = "/api/connections/{name}",
	  .roles = ROLE_ADMIN | ROLE_VIEWER,
	  .handle = show_connection,
	  .summary = "One connection",
	  .tag = "connections",
	  .answer = connection_view_fields,
	  .problems = "not_found:404" },
	{ .method = "POST",
	  .path = "/api/connections/{name}/sync",
	  .roles = ROLE_ADMIN,
	  .handle = sync_connection,
	  .summary = "Start a sync",
	  .tag = "connections",
	  .body_kind = BODY_JSON_OPTIONAL,
	  .body = sync_body,
	  .answer = ticket_answer,
	  .status = 202,
	  .rate = RATE_EXPENSIVE,
	  .problems = "not_found:404,sync_running:409,sync_stopped:409" },
	{ .method = "POST",
	  .path = "/api/connections/{name}/stop",
	  .roles = ROLE_ADMIN,
	  .handle = stop_connection,
	  .summary = "Stop the running sync between two pages, and start none until restarted",
	  .tag = "connections",
	  .body_kind = BODY_JSON_OPTIONAL,
	  .body = stop_body,
	  .answer = stop_answer,
	  .problems = "not_found:404" },
	{ .method = "POST",
	  .path = "/api/connections/{name}/restart",
	  .roles = ROLE_ADMIN,
	  .handle = restart_connection,
	  .summary = "End a stop, and sync what changed meanwhile",
	  .tag = "connections",
	  .answer = ticket_answer,
	  .status = 202,
	  .rate = RATE_EXPENSIVE,
	  .problems = "not_found:404" },
	{ .method = "POST",
	  .path = "/api/connections/{name}/release",
	  .roles = ROLE_ADMIN,
	  .handle = release_connection,
	  .summary = "Let tables that a check stopped go on",
	  .tag = "connections",
	  .body_kind = BODY_JSON_OPTIONAL,
	  .body = release_body,
	  .answer = connection_view_fields,
	  .problems = "not_found:404" },
	{ .method = NULL },
};

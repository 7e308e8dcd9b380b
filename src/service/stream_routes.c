/* SPDX-License-Identifier: Apache-2.0 */
/* stream_routes.c - the streams of a connection over HTTP, and their cursors. */
#include "service/stream_routes.h"

#include "service/cursor_edit.h"
#include "service/stream_view.h"
#include "service/view.h"

static bool named(const struct call *c, const struct setup *s, const struct connection **out,
		  struct err *e)
{
	return connection_find(setup_plan(s), call_text(c, c->params, "name"), STR(""), out, e);
}

static bool list_streams(struct call *c, struct err *e)
{
	AUTO_SETUP *setup = service_setup(c->arg);
	struct value map = value_map_new(c->arena), list;
	const struct connection *n;

	if (!named(c, setup, &n, e) || !stream_views(c, n, NULL, &list, e))
		return false;
	view_text(c->arena, map, "connection", n->name);
	value_map_set(c->arena, map, STR("streams"), list);
	return call_json(c, map, e);
}

static bool answer_stream(struct call *c, const struct connection *n, const struct plan_table *t,
			  struct err *e)
{
	struct cursor_states s;
	struct value list;

	if (!stream_views(c, n, t, &list, e) || !cursor_states(c, n, t, &s, e))
		return false;
	call_reply_header(c, "ETag", str_printf(c->arena, "\"%lld\"", (long long)s.version));
	return call_json(c, value_at(list, 0), e);
}

static bool show_stream(struct call *c, struct err *e)
{
	AUTO_SETUP *setup = service_setup(c->arg);
	const struct connection *n;
	const struct plan_table *t;

	return named(c, setup, &n, e) && cursor_table(n, call_text(c, c->params, "table"), &t, e) &&
	       answer_stream(c, n, t, e);
}

static bool set_cursor(struct call *c, struct err *e)
{
	AUTO_SETUP *setup = service_setup(c->arg);
	struct cursor_wish w = { .cursor = call_text(c, c->body, "cursor"),
				 .reason = call_text(c, c->body, "reason") };
	bool answered;

	if (!named(c, setup, &w.connection, e) ||
	    !cursor_table(w.connection, call_text(c, c->params, "table"), &w.table, e) ||
	    !cursor_edit(c, &w, &answered, e))
		return false;
	if (answered)
		return true;
	connection_hint(c, w.connection);
	return answer_stream(c, w.connection, w.table, e);
}

static const struct field cursor_body[] = {
	{ .name = "cursor",
	  .type = FIELD_TEXT,
	  .required = true,
	  .nullable = true,
	  .low = 1,
	  .high = 200,
	  .says = "a time; null: forgotten, so that everything is read again" },
	{ .name = "reason", .type = FIELD_TEXT, .required = true, .low = 3, .high = 500 },
	{ .name = NULL },
};
static const struct field streams_answer[] = {
	{ .name = "connection", .type = FIELD_TEXT },
	{ .name = "streams", .type = FIELD_LIST, .of = stream_view_item },
	{ .name = NULL },
};

const struct route stream_routes[] = {
	{ .method = "GET",
	  .path = "/api/connections/{name}/streams",
	  .roles = ROLE_ADMIN | ROLE_VIEWER,
	  .handle = list_streams,
	  .summary = "Its tables: cursor, rows, last run, and how far the one under way has come",
	  .tag = "connections",
	  .answer = streams_answer,
	  .problems = "not_found:404" },
	{ .method = "GET",
	  .path = "/api/connections/{name}/streams/{table}",
	  .roles = ROLE_ADMIN | ROLE_VIEWER,
	  .handle = show_stream,
	  .summary = "One of its tables, with the ETag that its cursor is changed by",
	  .tag = "connections",
	  .answer = stream_view_fields,
	  .problems = "not_found:404" },
	{ .method = "PUT",
	  .path = "/api/connections/{name}/streams/{table}/cursor",
	  .roles = ROLE_ADMIN,
	  .handle = set_cursor,
	  .summary = "Set where its reading goes on; needs If-Match, and no sync under way",
	  .tag = "connections",
	  .body_kind = BODY_JSON,
	  .body = cursor_body,
	  .answer = stream_view_fields,
	  .problems =
		  "not_found:404,sync_running:409,stale:412,bad_cursor:422,if_match_missing:428" },
	{ .method = NULL },
};

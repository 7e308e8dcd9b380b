/* SPDX-License-Identifier: Apache-2.0 */
/* rotation_routes.c - how the rotations of a connection do, over HTTP. */
#include "service/rotation_routes.h"

#include "service/connection.h"
#include "service/rotation_view.h"

static bool show_rotations(struct call *c, struct err *e)
{
	AUTO_SETUP *setup = service_setup(c->arg);
	int64_t hours = call_int(c, c->query, "hours", 24);
	struct value map = value_map_new(c->arena), list = value_list_new(c->arena), one;
	const struct connection *n;

	if (!connection_find(setup_plan(setup), call_text(c, c->params, "name"), STR(""), &n, e))
		return false;
	for (size_t i = 0; i < n->manifest->streams; i++) {
		const struct stream *st = &n->manifest->stream[i];

		if (!plan_rotation(n, st))
			continue;
		if (!rotation_view(c, n, st, hours, &one, e))
			return false;
		value_list_add(c->arena, list, one);
	}
	value_map_set(c->arena, map, STR("connection"), value_str(n->name));
	value_map_set(c->arena, map, STR("streams"), list);
	return call_json(c, map, e);
}

static const struct field rotation_query[] = {
	{ .name = "hours",
	  .type = FIELD_INTEGER,
	  .low = 1,
	  .high = ROTATION_HOURS_MAX,
	  .otherwise = "24",
	  .says = "how far back cycles are looked at" },
	{ .name = NULL },
};
static const struct field stream_item[] = {
	{ .name = "stream", .type = FIELD_TEXT },
	{ .name = "table", .type = FIELD_TEXT, .says = "whose rows are the members" },
	{ .name = "members", .type = FIELD_INTEGER },
	{ .name = "hours", .type = FIELD_INTEGER },
	{ .name = "sentinel", .type = FIELD_BOOLEAN },
	{ .name = "batch", .type = FIELD_INTEGER, .nullable = true },
	{ .name = "tiers", .type = FIELD_LIST, .says = "promise, late members and ages of each" },
	{ .name = "lag", .type = FIELD_LIST, .says = "how many members are how old" },
	{ .name = "totals", .type = FIELD_OBJECT },
	{ .name = "by_hour", .type = FIELD_LIST },
	{ .name = "by_batch", .type = FIELD_LIST },
	{ .name = "cycles", .type = FIELD_LIST, .says = "the newest first" },
	{ .name = "advice",
	  .type = FIELD_LIST,
	  .says = "what the figures say about the plan's keys; nothing is changed by itself" },
	{ .name = NULL },
};
static const struct field stream_list[] = {
	{ .name = "stream", .type = FIELD_OBJECT, .of = stream_item },
	{ .name = NULL },
};
static const struct field rotation_answer[] = {
	{ .name = "connection", .type = FIELD_TEXT },
	{ .name = "streams", .type = FIELD_LIST, .of = stream_list },
	{ .name = NULL },
};

const struct route rotation_routes[] = {
	{ .method = "GET",
	  .path = "/api/connections/{name}/rotation",
	  .roles = ROLE_ADMIN | ROLE_VIEWER,
	  .handle = show_rotations,
	  .summary = "How fresh the members of its rotations are, what cycles cost, and advice",
	  .tag = "connections",
	  .query = rotation_query,
	  .answer = rotation_answer,
	  .problems = "not_found:404" },
	{ .method = NULL },
};

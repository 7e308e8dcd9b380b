/* SPDX-License-Identifier: Apache-2.0 */
/* plan_routes.c - what the plan in force says of a connection, over HTTP. */
#include "service/plan_routes.h"

#include "service/connection.h"
#include "service/mapping_view.h"
#include "service/setting_view.h"
#include "service/view.h"

static bool named(const struct call *c, const struct setup *s, const struct connection **out,
		  struct err *e)
{
	return connection_find(setup_plan(s), call_text(c, c->params, "name"), STR(""), out, e);
}

static bool show_mapping(struct call *c, struct err *e)
{
	AUTO_SETUP *setup = service_setup(c->arg);
	struct value map = value_map_new(c->arena), list = value_list_new(c->arena);
	const struct connection *n;

	if (!named(c, setup, &n, e))
		return false;
	for (size_t i = 0; i < n->tables; i++)
		value_list_add(c->arena, list, mapping_view(c->arena, n, &n->table[i]));
	view_text(c->arena, map, "connection", n->name);
	value_map_set(c->arena, map, STR("tables"), list);
	return call_json(c, map, e);
}

static bool show_settings(struct call *c, struct err *e)
{
	AUTO_SETUP *setup = service_setup(c->arg);
	struct value map = value_map_new(c->arena);
	const struct connection *n;

	if (!named(c, setup, &n, e))
		return false;
	view_text(c->arena, map, "connection", n->name);
	view_text(c->arena, map, "plan", setup_plan(setup)->file);
	value_map_set(c->arena, map, STR("settings"), setting_views(c->arena, n));
	return call_json(c, map, e);
}

static const struct field mapping_fields[] = {
	{ .name = "table", .type = FIELD_TEXT },
	{ .name = "stream", .type = FIELD_TEXT },
	{ .name = "key", .type = FIELD_LIST },
	{ .name = "columns",
	  .type = FIELD_LIST,
	  .says = "each with its type, its expression as the plan has it, references, who has the "
		  "last word, and what pushes its changes" },
	{ .name = "raw", .type = FIELD_TEXT, .nullable = true },
	{ .name = "stamp", .type = FIELD_TEXT, .nullable = true },
	{ .name = "id", .type = FIELD_TEXT, .nullable = true },
	{ .name = "when", .type = FIELD_TEXT, .nullable = true },
	{ .name = "update_only", .type = FIELD_BOOLEAN },
	{ .name = "where", .type = FIELD_TEXT, .says = "its place in the plan" },
	{ .name = "checks", .type = FIELD_OBJECT },
	{ .name = NULL },
};
static const struct field mapping_item[] = {
	{ .name = "table", .type = FIELD_OBJECT, .of = mapping_fields },
	{ .name = NULL },
};
static const struct field mapping_answer[] = {
	{ .name = "connection", .type = FIELD_TEXT },
	{ .name = "tables", .type = FIELD_LIST, .of = mapping_item },
	{ .name = NULL },
};
static const struct field setting_fields[] = {
	{ .name = "section", .type = FIELD_TEXT },
	{ .name = "name", .type = FIELD_TEXT },
	{ .name = "value",
	  .type = FIELD_ANY,
	  .nullable = true,
	  .says = "of a secret only \"set\" or \"not set\"" },
	{ .name = "from",
	  .type = FIELD_TEXT,
	  .one_of = "plan|environment|default",
	  .nullable = true },
	{ .name = "secret", .type = FIELD_BOOLEAN },
	{ .name = NULL },
};
static const struct field setting_item[] = {
	{ .name = "setting", .type = FIELD_OBJECT, .of = setting_fields },
	{ .name = NULL },
};
static const struct field settings_answer[] = {
	{ .name = "connection", .type = FIELD_TEXT },
	{ .name = "plan", .type = FIELD_TEXT },
	{ .name = "settings", .type = FIELD_LIST, .of = setting_item },
	{ .name = NULL },
};

const struct route plan_routes[] = {
	{ .method = "GET",
	  .path = "/api/connections/{name}/mapping",
	  .roles = ROLE_ADMIN | ROLE_VIEWER,
	  .handle = show_mapping,
	  .summary = "How its records become rows, as the plan says it",
	  .tag = "connections",
	  .answer = mapping_answer,
	  .problems = "not_found:404" },
	{ .method = "GET",
	  .path = "/api/connections/{name}/settings",
	  .roles = ROLE_ADMIN | ROLE_VIEWER,
	  .handle = show_settings,
	  .summary = "What is in force for it and where that comes from; no secret",
	  .tag = "connections",
	  .answer = settings_answer,
	  .problems = "not_found:404" },
	{ .method = NULL },
};

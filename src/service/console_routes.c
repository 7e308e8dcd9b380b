/* SPDX-License-Identifier: Apache-2.0 */
/*
 * console_routes.c - what the console's frame asks first: which integrations there are.
 *
 * Whoever is signed in may know the names of connections: a coach's console has pages that it shows
 * only where the plan has the platform.  Nothing about how they stand is told here.
 */
#include "service/console_routes.h"

#include "service/service.h"
#include "service/setup.h"
#include "service/view.h"

static bool show_console(struct call *c, struct err *e)
{
	AUTO_SETUP *setup = service_setup(c->arg);
	const struct plan *p = setup_plan(setup);
	struct value map = value_map_new(c->arena), list = value_list_new(c->arena);

	for (size_t i = 0; i < p->connections; i++) {
		struct value one = value_map_new(c->arena);

		view_text(c->arena, one, "name", p->connection[i].name);
		view_text(c->arena, one, "connector", p->connection[i].manifest->name);
		value_list_add(c->arena, list, one);
	}
	view_text(c->arena, map, "version", service_version(c->arg));
	value_map_set(c->arena, map, STR("connections"), list);
	return call_json(c, map, e);
}

static const struct field connection_members[] = {
	{ .name = "name", .type = FIELD_TEXT, .required = true },
	{ .name = "connector", .type = FIELD_TEXT, .required = true },
	{ .name = NULL },
};
static const struct field connection_item[] = {
	{ .name = "connection", .type = FIELD_OBJECT, .of = connection_members },
	{ .name = NULL },
};
static const struct field console_answer[] = {
	{ .name = "version", .type = FIELD_TEXT, .required = true },
	{ .name = "connections", .type = FIELD_LIST, .required = true, .of = connection_item },
	{ .name = NULL },
};

const struct route console_routes[] = {
	{ .method = "GET",
	  .path = "/api/console",
	  .roles = ROLE_ALL,
	  .handle = show_console,
	  .summary = "The server's version and the names of the plan's connections",
	  .tag = "connections",
	  .answer = console_answer },
	{ .method = NULL },
};

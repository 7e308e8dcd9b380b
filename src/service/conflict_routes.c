/* SPDX-License-Identifier: Apache-2.0 */
/*
 * conflict_routes.c - values that both sides changed over HTTP: look, and say whose counts.
 *
 * A conflict has no number; its id is made of what names it and of our key, so that no record's key
 * stands in a URL or a log, nor is found out by trying.  Always: values and keys are shown to an
 * administrator alone.
 */
#include "service/outbox_routes.h"

#include "flow/decide.h"
#include "service/connection.h"
#include "service/trail.h"
#include "service/view.h"

#define LIMIT_MAX 500
#define LOOK_MAX 100000

static struct str conflict_id(const struct call *c, const struct conflict *f)
{
	struct str all =
		str_printf(c->arena, "%.*s\x1f%.*s\x1f%.*s\x1f%.*s", STR_ARG(f->connection),
			   STR_ARG(f->table), STR_ARG(f->key), STR_ARG(f->column));

	return seal_mark(connection_seal(c), c->arena, STR("conflict"), all);
}

/* ---- looking ---- */

static const struct field list_query[] = {
	{ .name = "connection", .type = FIELD_TEXT },
	{ .name = "table", .type = FIELD_TEXT },
	{ .name = "limit", .type = FIELD_INTEGER, .low = 1, .high = LIMIT_MAX, .otherwise = "100" },
	{ .name = NULL },
};

/* Both values; what cannot be read is said and does not hide the others. */
static void sides_value(struct call *c, const struct plan *p, const struct conflict *f,
			struct value map)
{
	const struct connection *n = plan_connection(p, f->connection);
	struct value ours = NULL_VALUE, theirs = NULL_VALUE;
	struct rng rng;
	struct engine g = connection_engine(c, &rng);
	struct err why = { .text = "the plan has no such connection" };

	if (!conflict_vendor(g.seal, c->arena, f, &theirs, &why) || !n ||
	    !conflict_local(&g, n, f, c->arena, &ours, &why))
		view_text(c->arena, map, "problem", str_keep(c->arena, str_from(why.text)));
	value_map_set(c->arena, map, STR("ours"), ours);
	value_map_set(c->arena, map, STR("theirs"), theirs);
}

static struct value conflict_value(struct call *c, const struct plan *p, const struct conflict *f)
{
	bool all = (c->who.roles & ROLE_ADMIN) != 0;
	struct value map = value_map_new(c->arena);

	view_text(c->arena, map, "id", conflict_id(c, f));
	view_text(c->arena, map, "connection", f->connection);
	view_text(c->arena, map, "table", f->table);
	view_text(c->arena, map, "key", all ? f->key : STR(""));
	view_text(c->arena, map, "column", f->column);
	view_time(c->arena, map, "since", f->since_ms);
	value_map_set(c->arena, map, STR("ours"), NULL_VALUE);
	value_map_set(c->arena, map, STR("theirs"), NULL_VALUE);
	value_map_set(c->arena, map, STR("problem"), NULL_VALUE);
	if (all)
		sides_value(c, p, f, map);
	return map;
}

static bool list_conflicts(struct call *c, struct err *e)
{
	AUTO_SETUP *setup = service_setup(c->arg);
	struct value map = value_map_new(c->arena), list = value_list_new(c->arena);
	struct conflict_filter f = { .connection = call_text(c, c->query, "connection"),
				     .table = call_text(c, c->query, "table"),
				     .limit = (size_t)call_int(c, c->query, "limit", 100) };
	struct conflict *found;
	int64_t total;
	size_t n;

	if (!conflict_list(c->db, c->arena, &f, &found, &n, e) ||
	    !conflict_count(c->db, &f, &total, e))
		return false;
	for (size_t i = 0; i < n; i++)
		value_list_add(c->arena, list, conflict_value(c, setup_plan(setup), &found[i]));
	value_map_set(c->arena, map, STR("conflicts"), list);
	view_int(c->arena, map, "total", total);
	return call_json(c, map, e);
}

/* ---- deciding ---- */

static const struct field decide_body[] = {
	{ .name = "take",
	  .type = FIELD_TEXT,
	  .required = true,
	  .one_of = "ours|theirs|value",
	  .says = "ours: the row keeps its own; theirs: the vendor's goes in; or another value" },
	{ .name = "value",
	  .type = FIELD_TEXT,
	  .high = 10000,
	  .nullable = true,
	  .says = "with take: value; null empties the cell" },
	{ .name = "reason", .type = FIELD_TEXT, .high = 500, .says = "for the audit log" },
	{ .name = NULL },
};

static const struct field decide_answer[] = {
	{ .name = "id", .type = FIELD_TEXT },
	{ .name = "took", .type = FIELD_TEXT, .one_of = "ours|theirs|value" },
	{ .name = NULL },
};

struct deciding {
	struct call *call;
	const struct engine *engine;
	const struct connection *connection;
	struct decision what;
};

/* As the command line says it; the row's key and the values stay out: they may be a person's. */
static struct value details_of(const struct deciding *g)
{
	struct call *c = g->call;
	struct value map = value_map_new(c->arena);
	struct str side = g->what.vendor ? STR("vendor") : STR("local");
	struct str reason = call_text(c, c->body, "reason");

	view_text(c->arena, map, "table", g->what.table);
	view_text(c->arena, map, "column", g->what.column);
	view_text(c->arena, map, "take",
		  g->what.other.kind == VALUE_UNDEFINED ? side : STR("value"));
	if (reason.len)
		view_text(c->arena, map, "reason", reason);
	return map;
}

static bool decide_in_transaction(void *arg, struct err *e)
{
	const struct deciding *g = arg;
	struct str target =
		str_printf(g->call->arena, "connection:%.*s", STR_ARG(g->connection->name));

	return conflict_decide(g->engine, g->connection, &g->what, e) &&
	       trail(g->call, "conflict.decide", target, details_of(g), e);
}

static bool find_conflict(struct call *c, struct conflict *out, struct err *e)
{
	struct conflict_filter f = { .limit = LOOK_MAX };
	struct str id = call_text(c, c->params, "id");
	struct conflict *all;
	size_t n;

	if (!conflict_list(c->db, c->arena, &f, &all, &n, e))
		return false;
	for (size_t i = 0; i < n; i++)
		if (str_eq(id, conflict_id(c, &all[i]))) {
			*out = all[i];
			return true;
		}
	return err_set(e, ERR_MISSING,
		       "there is no such conflict: somebody may have decided it already");
}

static bool other_value(const struct call *c, struct str take, struct value *out, struct err *e)
{
	struct value given = value_get(c->body, STR("value"));
	bool wanted = str_eq(take, STR("value"));

	*out = wanted ? given : UNDEFINED;
	return wanted == (given.kind != VALUE_UNDEFINED) ||
	       err_set(e, ERR_USAGE, "`value` belongs to take: value, and to nothing else");
}

static bool decide_conflict(struct call *c, struct err *e)
{
	AUTO_SETUP *setup = service_setup(c->arg);
	struct str take = call_text(c, c->body, "take");
	struct value map = value_map_new(c->arena);
	struct rng rng;
	struct engine engine = connection_engine(c, &rng);
	struct deciding g = { .call = c, .engine = &engine };
	struct conflict f;

	if (!find_conflict(c, &f, e) ||
	    !connection_find(setup_plan(setup), f.connection, STR(""), &g.connection, e) ||
	    !other_value(c, take, &g.what.other, e))
		return false;
	g.what.table = f.table;
	g.what.key = f.key;
	g.what.column = f.column;
	g.what.vendor = str_eq(take, STR("theirs"));
	if (!db_transact(c->db, decide_in_transaction, &g, e))
		return false;
	view_text(c->arena, map, "id", conflict_id(c, &f));
	view_text(c->arena, map, "took", take);
	return call_json(c, map, e);
}

/* ---- the table ---- */

static const struct field conflict_fields[] = {
	{ .name = "id", .type = FIELD_TEXT, .required = true },
	{ .name = "connection", .type = FIELD_TEXT, .required = true },
	{ .name = "table", .type = FIELD_TEXT, .required = true },
	{ .name = "column", .type = FIELD_TEXT, .required = true },
	{ .name = "key", .type = FIELD_TEXT, .nullable = true, .says = "for an admin alone" },
	{ .name = "ours", .type = FIELD_TEXT, .nullable = true, .says = "for an admin alone" },
	{ .name = "theirs", .type = FIELD_TEXT, .nullable = true, .says = "for an admin alone" },
	{ .name = "problem",
	  .type = FIELD_TEXT,
	  .nullable = true,
	  .says = "why a value cannot be read" },
	{ .name = "since", .type = FIELD_TIME },
	{ .name = NULL },
};
static const struct field conflict_item[] = {
	{ .name = "conflict", .type = FIELD_OBJECT, .of = conflict_fields },
	{ .name = NULL },
};
static const struct field list_answer[] = {
	{ .name = "conflicts", .type = FIELD_LIST, .of = conflict_item },
	{ .name = "total", .type = FIELD_INTEGER },
	{ .name = NULL },
};

const struct route conflict_routes[] = {
	{ .method = "GET",
	  .path = "/api/conflicts",
	  .roles = ROLE_ADMIN | ROLE_VIEWER,
	  .handle = list_conflicts,
	  .summary = "Values that a person and the vendor both changed, until a person decides",
	  .tag = "outbox",
	  .query = list_query,
	  .answer = list_answer },
	{ .method = "POST",
	  .path = "/api/conflicts/{id}/decide",
	  .roles = ROLE_ADMIN,
	  .handle = decide_conflict,
	  .summary = "Say whose value counts",
	  .tag = "outbox",
	  .body_kind = BODY_JSON,
	  .body = decide_body,
	  .answer = decide_answer,
	  .problems = "not_found:404" },
	{ .method = NULL },
};

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * budget_routes.c - how each vendor's limit stands, over HTTP.
 *
 * All numbers are the ledger's, which all processes share; nothing is asked of a vendor.
 */
#include "service/budget_routes.h"

#include "service/connection.h"
#include "service/view.h"
#include "store/ledger_use.h"

#define HOUR_MS ((int64_t)3600 * 1000)
#define HOURS 24
#define LIMITS_MAX 256

/* ---- which limits there are ---- */

struct collecting {
	struct arena *a;
	struct budget_limit *limit;
	size_t n;
};

static void add(struct collecting *x, struct budget_limit l)
{
	if (x->n < LIMITS_MAX && l.limit > 0)
		x->limit[x->n++] = l;
}

/* "POST", "/api/v2/contacts": what a policy counts, or empty when all. */
static struct str requests_of(struct arena *a, const struct call_policy *p)
{
	const struct request_matcher *m = p->matchers ? p->matcher : NULL;
	struct str where;

	if (!m)
		return STR("");
	where = m->url_path_regex.len ? m->url_path_regex : m->url_base;
	return str_printf(a, "%.*s%s%.*s", STR_ARG(m->method),
			  m->method.len && where.len ? " " : "", STR_ARG(where));
}

static bool add_connection(struct collecting *x, const struct engine *g, const struct connection *c,
			   struct err *e)
{
	const struct budget *b = &c->manifest->budget;
	struct session *s;

	if (!session_open(x->a, g, c, &s, e))
		return false;
	for (size_t i = 0; i < b->policies; i++) {
		const struct call_policy *p = &b->policy[i];

		for (size_t k = 0; p->kind != POLICY_UNLIMITED && k < p->rates; k++)
			add(x,
			    (struct budget_limit){ .connection = c,
						   .ledger_key = s->budget_key[i],
						   .what = "calls",
						   .of = requests_of(x->a, p),
						   .limit = p->rate[k].limit,
						   .interval_ms = p->rate[k].interval.us / 1000 });
	}
	return true;
}

bool budget_limits(struct service *s, struct arena *a, struct db *d, const struct plan *p,
		   struct budget_limit **out, size_t *n, struct err *e)
{
	struct collecting x = { .a = a,
				.limit = arena_new_array(a, struct budget_limit, LIMITS_MAX) };
	struct rng *unused = arena_new_struct(a, struct rng);
	struct engine *g = arena_new_struct(a, struct engine);

	*g = service_engine(s, d, unused, NULL);
	for (size_t i = 0; i < p->connections; i++) {
		const struct connection *c = &p->connection[i];
		struct integration_limit own;

		if (!add_connection(&x, g, c, e))
			return false;
		service_limit(s, a, c, &own);
		add(&x, (struct budget_limit){ c, own.ledger_key, own.what, STR(""), own.limit,
					       own.interval_ms, own.kept });
	}
	*out = x.limit;
	*n = x.n;
	return true;
}

/* ---- as JSON ---- */

static const struct field hour_fields[] = {
	{ .name = "at", .type = FIELD_TIME },
	{ .name = "calls", .type = FIELD_INTEGER },
	{ .name = "wait_max_seconds", .type = FIELD_NUMBER },
	{ .name = NULL },
};
static const struct field hour_item[] = {
	{ .name = "hour", .type = FIELD_OBJECT, .of = hour_fields },
	{ .name = NULL },
};
static const struct field budget_fields[] = {
	{ .name = "connection", .type = FIELD_TEXT, .required = true },
	{ .name = "connector", .type = FIELD_TEXT },
	{ .name = "what", .type = FIELD_TEXT, .says = "is counted: calls, pages" },
	{ .name = "requests", .type = FIELD_TEXT, .nullable = true, .says = "which; null: all" },
	{ .name = "limit", .type = FIELD_INTEGER, .required = true },
	{ .name = "window_seconds", .type = FIELD_NUMBER, .required = true },
	{ .name = "used", .type = FIELD_INTEGER, .required = true },
	{ .name = "reserved", .type = FIELD_INTEGER, .says = "of them, still on their way" },
	{ .name = "remaining", .type = FIELD_INTEGER },
	{ .name = "kept_for_persons", .type = FIELD_INTEGER, .says = "of the limit, by jobs" },
	{ .name = "resets_at",
	  .type = FIELD_TIME,
	  .nullable = true,
	  .says = "when the first of the used ones counts no more" },
	{ .name = "held_until",
	  .type = FIELD_TIME,
	  .nullable = true,
	  .says = "the vendor wants to be left alone" },
	{ .name = "wait_max_seconds",
	  .type = FIELD_NUMBER,
	  .says = "the longest that anybody was told to wait in 24 hours" },
	{ .name = "calls_24h", .type = FIELD_INTEGER },
	{ .name = "hours", .type = FIELD_LIST, .of = hour_item },
	{ .name = NULL },
};

static struct value hour_value(struct arena *a, const struct ledger_hour *h)
{
	struct value map = value_map_new(a);

	view_time(a, map, "at", h->hour_ms);
	view_int(a, map, "calls", h->calls);
	value_map_set(a, map, STR("wait_max_seconds"), value_float((double)h->wait_max_ms / 1000));
	return map;
}

/* The last 24 hours, also those in which nobody asked. */
static bool put_hours(const struct call *c, struct value map, const struct budget_limit *l,
		      struct err *e)
{
	struct ledger_hour hour[HOURS] = { 0 }, *there;
	int64_t now_ms = clock_wall_ms(c->clock), calls = 0, wait_ms = 0;
	int64_t first_ms = now_ms - now_ms % HOUR_MS - (HOURS - 1) * HOUR_MS;
	struct value list = value_list_new(c->arena);
	size_t n;

	if (!ledger_hours(c->db, c->arena, l->ledger_key, first_ms, &there, &n, e))
		return false;
	for (size_t i = 0; i < n; i++) {
		int64_t at = (there[i].hour_ms - first_ms) / HOUR_MS;

		if (at >= 0 && at < HOURS)
			hour[at] = there[i];
		calls += there[i].calls;
		wait_ms = there[i].wait_max_ms > wait_ms ? there[i].wait_max_ms : wait_ms;
	}
	for (int i = 0; i < HOURS; i++) {
		hour[i].hour_ms = first_ms + i * HOUR_MS;
		value_list_add(c->arena, list, hour_value(c->arena, &hour[i]));
	}
	value_map_set(c->arena, map, STR("wait_max_seconds"), value_float((double)wait_ms / 1000));
	view_int(c->arena, map, "calls_24h", calls);
	value_map_set(c->arena, map, STR("hours"), list);
	return true;
}

static bool budget_value(const struct call *c, const struct budget_limit *l, struct value *out,
			 struct err *e)
{
	struct arena *a = c->arena;
	int64_t now_ms = clock_wall_ms(c->clock);
	struct ledger_use use;

	if (!ledger_use(c->db, l->ledger_key, l->interval_ms, &use, e))
		return false;
	*out = value_map_new(a);
	view_text(a, *out, "connection", l->connection->name);
	view_text(a, *out, "connector", l->connection->manifest->name);
	view_text(a, *out, "what", str_from(l->what));
	view_text(a, *out, "requests", l->of);
	view_int(a, *out, "limit", l->limit);
	value_map_set(a, *out, STR("window_seconds"), value_float((double)l->interval_ms / 1000));
	view_int(a, *out, "used", use.used);
	view_int(a, *out, "reserved", use.flying);
	view_int(a, *out, "remaining", use.used < l->limit ? l->limit - use.used : 0);
	view_int(a, *out, "kept_for_persons", l->kept);
	view_time(a, *out, "resets_at", use.used > 0 ? now_ms + use.next_ms : 0);
	view_time(a, *out, "held_until", use.blocked_ms > 0 ? now_ms + use.blocked_ms : 0);
	return put_hours(c, *out, l, e);
}

static bool list_budgets(struct call *c, struct err *e)
{
	AUTO_SETUP *setup = service_setup(c->arg);
	struct value map = value_map_new(c->arena), list = value_list_new(c->arena), one;
	struct budget_limit *limit;
	size_t n;

	if (!budget_limits(c->arg, c->arena, c->db, setup_plan(setup), &limit, &n, e))
		return false;
	for (size_t i = 0; i < n; i++) {
		if (!budget_value(c, &limit[i], &one, e))
			return false;
		value_list_add(c->arena, list, one);
	}
	value_map_set(c->arena, map, STR("budgets"), list);
	return call_json(c, map, e);
}

/* ---- the table ---- */

static const struct field budget_item[] = {
	{ .name = "budget", .type = FIELD_OBJECT, .of = budget_fields },
	{ .name = NULL },
};
static const struct field budgets_answer[] = {
	{ .name = "budgets", .type = FIELD_LIST, .of = budget_item },
	{ .name = NULL },
};

const struct route budget_routes[] = {
	{ .method = "GET",
	  .path = "/api/budgets",
	  .roles = ROLE_ADMIN | ROLE_VIEWER,
	  .handle = list_budgets,
	  .summary = "How each vendor's limit stands, and its last 24 hours",
	  .tag = "budgets",
	  .answer = budgets_answer },
	{ .method = NULL },
};

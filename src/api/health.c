/* SPDX-License-Identifier: Apache-2.0 */
/*
 * health.c - whether the process lives, whether it is ready, and its numbers.
 *
 * /livez asks no database and waits for no handler: a slow database must not get the process
 * killed.
 */
#include "api/api_part.h"

#include "base/metric.h"

#define METRICS_BYTES_MAX ((size_t)4 * 1024 * 1024)
#define OPENMETRICS "application/openmetrics-text; version=1.0.0; charset=utf-8"

bool health_live(struct call *c, struct err *e)
{
	const struct api_options *o = &c->api->o;
	struct value v = value_map_new(c->arena);
	bool live = !o->live || o->live(o->arg);

	value_map_set(c->arena, v, STR("status"), value_str(live ? STR("ok") : STR("stuck")));
	return call_status_json(c, live ? 200 : 503, v, e);
}

/* ---- /readyz ---- */

struct check {
	const char *name;
	bool (*run)(struct call *c, struct err *e);
};

static bool is_serving(struct call *c, struct err *e)
{
	if (atomic_load(&c->api->draining))
		return err_set(e, ERR_BUSY, "the process is about to stop");
	return true;
}

static bool has_database(struct call *c, struct err *e)
{
	if (!c->db)
		return err_set(e, ERR_TRANSIENT, "the database cannot be reached");
	if (!db_exec(c->db, "SELECT 1", NULL, 0, NULL, e))
		return err_set(e, ERR_TRANSIENT, "the database does not answer");
	return true;
}

static bool has_work(struct call *c, struct err *e)
{
	const struct api_options *o = &c->api->o;

	return !o->ready || o->ready(o->arg, e);
}

static const struct check checks[] = {
	{ "serving", is_serving },
	{ "database", has_database },
	{ "work", has_work },
};

static bool health_ready(struct call *c, struct err *e)
{
	bool verbose = value_get(c->query, STR("verbose")).kind != VALUE_UNDEFINED, ready = true;
	struct value v = value_map_new(c->arena), list = value_list_new(c->arena);
	struct err why = { 0 };

	for (size_t i = 0; i < COUNT(checks); i++) {
		struct value one = value_map_new(c->arena);
		bool good = checks[i].run(c, &why);

		/* A lost connection is opened again, by the next try or by this one's second. */
		if (!good && c->db && checks[i].run == has_database)
			return err_set(e, ERR_TRANSIENT, "%s", why.text);
		ready = ready && good;
		value_map_set(c->arena, one, STR("name"), value_str(str_from(checks[i].name)));
		value_map_set(c->arena, one, STR("ok"), value_bool(good));
		if (!good)
			value_map_set(c->arena, one, STR("detail"),
				      value_str(str_keep(c->arena, str_from(why.text))));
		value_list_add(c->arena, list, one);
	}
	value_map_set(c->arena, v, STR("status"),
		      value_str(ready ? STR("ready") : STR("not ready")));
	if (verbose)
		value_map_set(c->arena, v, STR("checks"), list);
	return call_status_json(c, ready ? 200 : 503, v, e);
}

/* ---- /metrics ---- */

static bool health_metrics(struct call *c, struct err *e)
{
	const struct api_options *o = &c->api->o;
	struct buf b;

	if (o->measure && c->db)
		o->measure(o->arg, c->db);
	buf_in(&b, c->arena, METRICS_BYTES_MAX);
	metric_write(&b);
	return call_bytes(c, OPENMETRICS, buf_str(&b), e);
}

static const struct field verbose_row[] = {
	{ .name = "verbose",
	  .type = FIELD_TEXT,
	  .says = "list every check; its value does not matter" },
	{ 0 },
};

static const struct field status_row[] = {
	{ .name = "status",
	  .type = FIELD_TEXT,
	  .required = true,
	  .says = "ok, ready, or what not" },
	{ .name = "checks", .type = FIELD_LIST, .says = "with ?verbose" },
	{ 0 },
};

const struct route health_routes[] = {
	{ .method = "GET",
	  .path = "/livez",
	  .handle = health_live,
	  .summary = "Whether the process lives",
	  .tag = "health",
	  .answer = status_row,
	  .rate = RATE_FREE },
	{ .method = "GET",
	  .path = "/readyz",
	  .handle = health_ready,
	  .summary = "Whether requests and jobs are taken",
	  .tag = "health",
	  .query = verbose_row,
	  .answer = status_row,
	  .rate = RATE_FREE },
	{ .method = "GET",
	  .path = "/metrics",
	  .handle = health_metrics,
	  .summary = "Counters, gauges and histograms as OpenMetrics text",
	  .tag = "health",
	  .answer_type = OPENMETRICS,
	  .rate = RATE_FREE },
	{ 0 },
};

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * statistics.c - 30 days of runs: totals, rates, days, durations, errors, what they were in the 30
 * days before, and the monitoring checklist of the specification with its thresholds.
 */
#include "practicepanther/statistics.h"

#include "practicepanther/firm.h"
#include "service/view.h"
#include "store/run_span.h"

#define DAY_MS ((int64_t)24 * 60 * 60 * 1000)
#define SUCCESS_MIN 0.95
#define BUDGET_MAX 0.8
#define ERRORS_MAX 0.05

static struct value overall_value(struct arena *a, const struct run_sums *s)
{
	int64_t ended = s->success + s->partial + s->error;
	struct value map = value_map_new(a);

	view_int(a, map, "totalSyncs", s->total);
	view_int(a, map, "successfulSyncs", s->success);
	view_int(a, map, "failedSyncs", s->error);
	view_int(a, map, "partialSyncs", s->partial);
	view_int(a, map, "stoppedSyncs", s->stopped);
	view_int(a, map, "totalRecordsProcessed", s->processed);
	view_int(a, map, "totalRecordsCreated", s->created);
	view_int(a, map, "totalRecordsUpdated", s->updated);
	view_int(a, map, "totalRecordsFailed", s->failed);
	view_time(a, map, "lastSuccessfulSync", s->last_success);
	value_map_set(a, map, STR("averageSyncDuration"), value_float(s->seconds));
	value_map_set(a, map, STR("successRate"),
		      ended ? value_float(run_share(s->success, ended)) : NULL_VALUE);
	value_map_set(a, map, STR("errorRate"),
		      s->processed ? value_float(run_share(s->failed, s->processed)) : NULL_VALUE);
	return map;
}

static struct value by_type_value(struct arena *a, const struct run_sums *s, size_t n)
{
	struct value all = value_map_new(a);

	for (size_t i = 0; i < n; i++) {
		struct value map = value_map_new(a);

		view_int(a, map, "total", s[i].total);
		view_int(a, map, "successful", s[i].success);
		view_int(a, map, "failed", s[i].error);
		view_int(a, map, "partial", s[i].partial);
		value_map_set(a, all, s[i].type, map);
	}
	return all;
}

static struct value days_value(struct arena *a, const struct run_day *day, size_t n)
{
	struct value list = value_list_new(a);

	for (size_t i = 0; i < n; i++) {
		struct value map = value_map_new(a);

		view_text(a, map, "day", day[i].day);
		view_int(a, map, "syncs", day[i].total);
		view_int(a, map, "successful", day[i].success);
		view_int(a, map, "processed", day[i].processed);
		view_int(a, map, "created", day[i].created);
		view_int(a, map, "updated", day[i].updated);
		view_int(a, map, "failed", day[i].failed);
		view_int(a, map, "requests", day[i].requests);
		value_list_add(a, list, map);
	}
	return list;
}

/* ---- durations and errors ---- */

static struct value times_value(struct arena *a, const struct run_times *t)
{
	struct value map = value_map_new(a);

	view_int(a, map, "runs", (int64_t)t->runs);
	value_map_set(a, map, STR("p50"),
		      t->runs ? value_float((double)t->p50_ms / 1000) : NULL_VALUE);
	value_map_set(a, map, STR("p95"),
		      t->runs ? value_float((double)t->p95_ms / 1000) : NULL_VALUE);
	value_map_set(a, map, STR("longest"),
		      t->runs ? value_float((double)t->max_ms / 1000) : NULL_VALUE);
	return map;
}

static struct value named_times(struct arena *a, const struct run_times *t, size_t n,
				const char *name)
{
	struct value list = value_list_new(a);

	for (size_t i = 0; i < n; i++) {
		struct value map = times_value(a, &t[i]);

		view_text(a, map, name, t[i].name);
		value_list_add(a, list, map);
	}
	return list;
}

static struct value durations_value(struct arena *a, const struct run_times_all *t)
{
	struct value map = times_value(a, &t->all);

	value_map_set(a, map, STR("byDay"), named_times(a, t->day, t->days, "day"));
	value_map_set(a, map, STR("byType"), named_times(a, t->type, t->types, "syncType"));
	return map;
}

static struct value faults_value(struct arena *a, const struct run_fault *f, size_t n)
{
	struct value list = value_list_new(a);

	for (size_t i = 0; i < n; i++) {
		struct value map = value_map_new(a);

		view_text(a, map, "kind", f[i].kind);
		view_int(a, map, "syncs", f[i].runs);
		view_text(a, map, "lastMessage", f[i].last);
		view_text(a, map, "lastRun", f[i].run);
		view_time(a, map, "lastAt", f[i].last_ms);
		value_list_add(a, list, map);
	}
	return list;
}

/* ---- the checklist ---- */

struct check {
	const char *id, *says, *threshold;
	struct value value; /* a share, a number or a word; null: nothing to judge by yet */
	bool ok;
};

static void add_check(struct arena *a, struct value list, const struct check *k)
{
	struct value map = value_map_new(a);

	view_text(a, map, "id", str_from(k->id));
	view_text(a, map, "says", str_from(k->says));
	view_text(a, map, "threshold", str_from(k->threshold));
	value_map_set(a, map, STR("value"), k->value);
	value_map_set(a, map, STR("ok"),
		      value_is_nothing(k->value) ? NULL_VALUE : value_bool(k->ok));
	value_list_add(a, list, map);
}

static struct value share_value(int64_t part, int64_t whole)
{
	return whole > 0 ? value_float(run_share(part, whole)) : NULL_VALUE;
}

/* A token that has expired is renewed by whoever needs it next, as long as it can be. */
static bool token_works(struct value token)
{
	struct value status = value_get(token, STR("status"));

	if (str_eq(status.s, STR("expired")))
		return value_get_bool(token, "has_refresh_token");
	return str_eq(status.s, STR("valid")) || str_eq(status.s, STR("expiring_soon"));
}

static struct value checklist(struct arena *a, const struct run_sums *day, int64_t stuck,
			      struct value budget, struct value token)
{
	int64_t ended = day->success + day->partial + day->error;
	struct value list = value_list_new(a), ratio = value_get(budget, STR("ratio"));
	const struct check check[] = {
		{ "success_rate", "Success rate of the last 24 hours", "> 95 %",
		  share_value(day->success, ended), run_share(day->success, ended) > SUCCESS_MIN },
		{ "stuck", "Syncs that run for more than an hour", "0", value_int(stuck),
		  stuck == 0 },
		{ "rate_limit", "Use of the vendor's rate limit", "< 80 %",
		  value_is_number(ratio) ? ratio : NULL_VALUE,
		  value_to_double(ratio) < BUDGET_MAX },
		{ "error_rate", "Records refused in the last 24 hours", "< 5 %",
		  share_value(day->failed, day->processed),
		  run_share(day->failed, day->processed) < ERRORS_MAX },
		{ "token", "Token refresh", "working", value_get(token, STR("status")),
		  token_works(token) },
	};

	for (size_t i = 0; i < COUNT(check); i++)
		add_check(a, list, &check[i]);
	return list;
}

/* ---- the answer ---- */

/* What is asked of the log. */
struct figures {
	struct run_sums all, before, today, *type;
	struct run_day *day;
	struct run_times_all times, times_before;
	struct run_fault *fault;
	size_t types, days, faults;
	int64_t stuck;
};

static bool read_figures(const struct call *c, struct str connection, struct figures *f,
			 struct err *e)
{
	int64_t now_ms = clock_wall_ms(c->clock), since_ms = now_ms - STATISTICS_DAYS * DAY_MS;
	int64_t before_ms = since_ms - STATISTICS_DAYS * DAY_MS;
	struct run_span span = { connection, since_ms, now_ms + DAY_MS };
	struct run_span before = { connection, before_ms, since_ms };

	return run_stats(c->db, c->arena, connection, since_ms, &f->all, &f->type, &f->types, e) &&
	       run_stats_between(c->db, c->arena, connection, before_ms, since_ms, &f->before, e) &&
	       run_stats_between(c->db, c->arena, connection, now_ms - DAY_MS, now_ms + DAY_MS,
				 &f->today, e) &&
	       run_stats_days(c->db, c->arena, connection, since_ms, &f->day, &f->days, e) &&
	       run_stats_old(c->db, connection, now_ms - STUCK_MS, &f->stuck, e) &&
	       run_span_times(c->db, c->arena, &span, &f->times, e) &&
	       run_span_times(c->db, c->arena, &before, &f->times_before, e) &&
	       run_span_faults(c->db, c->arena, &span, &f->fault, &f->faults, e);
}

bool firm_statistics(struct call *c, struct err *e)
{
	AUTO_SETUP *setup = service_setup(c->arg);
	struct arena *a = c->arena;
	struct value data = value_map_new(a), before, budget, token;
	const struct connection *n;
	struct figures f = { 0 };

	if (!firm_connection(setup, &n, e) || !read_figures(c, n->name, &f, e) ||
	    !firm_budget(c, n, &budget, e) || !firm_token(c, n, &token, e))
		return false;
	before = overall_value(a, &f.before);
	value_map_set(a, before, STR("durations"), times_value(a, &f.times_before.all));
	value_map_set(a, data, STR("overall"), overall_value(a, &f.all));
	value_map_set(a, data, STR("previous"), before);
	value_map_set(a, data, STR("byType"), by_type_value(a, f.type, f.types));
	value_map_set(a, data, STR("byDay"), days_value(a, f.day, f.days));
	value_map_set(a, data, STR("durations"), durations_value(a, &f.times));
	value_map_set(a, data, STR("errors"), faults_value(a, f.fault, f.faults));
	value_map_set(a, data, STR("rateLimit"), budget);
	view_int(a, data, "stuckJobs", f.stuck);
	value_map_set(a, data, STR("checklist"), checklist(a, &f.today, f.stuck, budget, token));
	view_text(a, data, "period", STR("30 days"));
	return firm_answer(c, data, e);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* score_task.c - the cycle and the totals sweep as jobs. */
#include "gameplatform/score_task.h"

#include "base/log.h"
#include "data/json.h"
#include "gameplatform/platform.h"
#include "gameplatform/roster_turn.h"
#include "gameplatform/score_cycle.h"
#include "gameplatform/totals.h"
#include "service/job_routes.h"
#include "service/view.h"

#define BUSY_MS ((int64_t)5 * 1000)
#define JSON_BYTES_MAX ((size_t)256 * 1024)
/* Of a job that is tried again: what was asked longer ago than that is asked again. */
#define TRY_MS ((int64_t)24 * 60 * 60 * 1000)

/* ---- arguments ---- */

static bool text_arg(struct value args, const char *name, struct str *out, struct err *e)
{
	struct value v = value_get(args, str_from(name));

	*out = STR("");
	if (value_is_nothing(v))
		return true;
	if (v.kind != VALUE_STR)
		return err_set(e, ERR_USAGE, "the argument '%s' is not a text", name);
	*out = v.s;
	return true;
}

static bool flag_arg(struct value args, const char *name, bool *out, struct err *e)
{
	struct value v = value_get(args, str_from(name));

	*out = v.kind == VALUE_BOOL && v.b;
	return v.kind == VALUE_BOOL || value_is_nothing(v) ||
	       err_set(e, ERR_USAGE, "the argument '%s' is not true or false", name);
}

static bool number_arg(struct value args, const char *name, int64_t otherwise, int64_t *out,
		       struct err *e)
{
	struct value v = value_get(args, str_from(name));

	*out = v.kind == VALUE_INT ? v.i : otherwise;
	return v.kind == VALUE_INT || value_is_nothing(v) ||
	       err_set(e, ERR_USAGE, "the argument '%s' is not a number", name);
}

/* ---- both ---- */

struct chore {
	struct job_run *job;
	const struct connection *connection;
	struct engine engine;
	struct rng rng;
	struct value args;
	bool dry;           /* asked for, or the integration is switched off */
	struct lease lease; /* unless it is dry: that writes nothing */
};

static bool tell(struct job_run *r, struct value map, struct err *e)
{
	struct buf b;

	buf_in(&b, r->arena, JSON_BYTES_MAX);
	if (!json_write(&b, map, e))
		return false;
	job_output(r, buf_str(&b));
	service_publish(r->arg, "game_platform", STR("{}"), ROLE_ADMIN | ROLE_COACH);
	return true;
}

static void progress(struct chore *k, int64_t done, int64_t of, int64_t calls)
{
	AUTO_ARENA *a = arena_new("progress", (size_t)64 * 1024);
	struct str text = str_printf(a, "{\"done\":%lld,\"of\":%lld,\"calls\":%lld}",
				     (long long)done, (long long)of, (long long)calls);

	job_progress(k->job, text);
	service_publish(k->job->arg, "run", text, ROLE_ADMIN);
	service_publish(k->job->arg, "game_platform", STR("{}"), ROLE_ADMIN | ROLE_COACH);
}

/* Another one is at it: soon again, for the backoff is that of failures. */
static bool put_off(struct chore *k, const struct err *e)
{
	if (e->kind != ERR_BUSY)
		return false;
	job_snooze(k->job, BUSY_MS, e->text);
	return true;
}

static bool under_lease(struct chore *k, const char *lane,
			bool (*body)(struct chore *k, struct err *e), struct err *e)
{
	struct err unsaid;
	bool over, ok;

	k->lease = (struct lease){ .name = str_from(lane),
				   .ttl_ms = LEASE_TTL_MS,
				   .fence = k->engine.fence };
	if (!lease_take(k->engine.db, k->job->arena, &k->lease, &over, e))
		return put_off(k, e);
	ok = body(k, e);
	/* Whoever comes next sees that this job is over, and takes it. */
	if (!lease_release(k->engine.db, &k->lease, &unsaid))
		log_warn("the lease '%s' could not be given back: %s", lane, unsaid.text);
	return ok;
}

static bool chore_run(struct job_run *r, const char *lane,
		      bool (*body)(struct chore *k, struct err *e), struct err *e)
{
	AUTO_SETUP *setup = service_setup(r->arg);
	struct chore k = { .job = r,
			   .rng = { .state = (uint64_t)r->job->fence.job * 1000003u +
					     (uint64_t)clock_wall_ms(r->clock) } };
	bool ok;

	k.engine = service_engine(r->arg, r->db, &k.rng, r->stop);
	k.engine.fence = &r->job->fence;
	if (!json_parse(r->arena, r->job->args, &k.args, NULL, e))
		return err_set(e, ERR_USAGE, "the arguments are no JSON");
	if (!platform_connection(setup, &k.connection, e) || !flag_arg(k.args, "dryRun", &k.dry, e))
		return false;
	k.dry = k.dry || !platform_settings(k.connection).enabled;
	if (k.dry)
		return body(&k, e);
	ok = under_lease(&k, lane, body, e);
	/* Nobody's data, and also when it failed: what was read before that is there. */
	service_publish(r->arg, "game_platform", STR("{}"), ROLE_ADMIN | ROLE_COACH);
	return ok;
}

static const struct lease *lease_of(const struct chore *k)
{
	return k->dry ? NULL : &k->lease;
}

/* ---- the cycle ---- */

static bool step_cycle(void *arg, const struct score_counts *c, size_t left, struct err *e)
{
	struct chore *k = arg;

	(void)e;
	progress(k, c->total, c->total + (int64_t)left, c->calls);
	return true;
}

static bool cycle_options(struct chore *k, struct score_options *o, struct err *e)
{
	const struct job *job = k->job->job;

	*o = (struct score_options){
		.dry_run = k->dry, .lease = lease_of(k), .step = step_cycle, .arg = k
	};
	if (!flag_arg(k->args, "forceFullSync", &o->force_full, e) ||
	    !text_arg(k->args, "coachId", &o->coach, e) ||
	    !text_arg(k->args, "competitorId", &o->competitor, e))
		return false;
	if (job->fence.attempt > 1 && job->added_ms > clock_wall_ms(k->engine.clock) - TRY_MS)
		o->since_ms = job->added_ms;
	return true;
}

static struct value competitors_value(struct arena *a, const struct score_result *r)
{
	struct value map = value_map_new(a);

	view_int(a, map, "total", r->counts.total);
	view_int(a, map, "synced", r->counts.synced);
	view_int(a, map, "skipped", r->counts.skipped);
	view_int(a, map, "failed", r->counts.failed);
	view_int(a, map, "missing", r->counts.missing);
	view_bool(a, map, "dryRun", r->dry_run);
	return map;
}

static struct value batch_value(struct arena *a, const struct score_result *r)
{
	struct value map = value_map_new(a);

	view_int(a, map, "number", r->batch);
	view_int(a, map, "size", r->batch_size);
	view_int(a, map, "total", r->batches);
	view_int(a, map, "processed", r->dry_run ? 0 : r->counts.total);
	view_int(a, map, "withNewData", r->counts.synced);
	view_int(a, map, "calls", r->counts.calls);
	view_int(a, map, "errors", r->counts.failed + r->counts.flash_failed);
	view_int(a, map, "durationMs", r->duration_ms);
	return map;
}

static struct value events_value(struct arena *a, const struct score_result *r)
{
	struct value map = value_map_new(a);

	view_bool(a, map, "sentinel", r->sentinel);
	view_bool(a, map, "news", r->alarm);
	view_int(a, map, "asked", r->counts.flash);
	view_int(a, map, "failed", r->counts.flash_failed);
	return map;
}

static struct value teams_value(struct arena *a, const struct roster_turn *t)
{
	struct value map = value_map_new(a);

	view_int(a, map, "total", t->total);
	view_int(a, map, "synced", t->synced);
	view_int(a, map, "skipped", t->total - t->synced);
	view_bool(a, map, "looked", t->looked);
	return map;
}

static bool tell_cycle(struct chore *k, const struct score_result *r, const struct roster_turn *t,
		       struct err *e)
{
	struct arena *a = k->job->arena;
	struct value map = value_map_new(a);

	value_map_set(a, map, STR("competitors"), competitors_value(a, r));
	value_map_set(a, map, STR("teams"), teams_value(a, t));
	value_map_set(a, map, STR("events"), events_value(a, r));
	value_map_set(a, map, STR("batch"), batch_value(a, r));
	if (r->run.len)
		view_text(a, map, "run", r->run);
	return tell(k->job, map, e);
}

/* Rosters are looked at behind whole cycles only. */
static bool rosters(struct chore *k, const struct score_options *o, struct roster_turn *t,
		    struct err *e)
{
	*t = (struct roster_turn){ 0 };
	return o->dry_run || o->coach.len > 0 || o->competitor.len > 0 ||
	       roster_turn(&k->engine, k->connection, k->job->arena, t, e);
}

static bool cycle(struct chore *k, struct err *e)
{
	struct score_options o;
	struct score_result result;
	struct roster_turn teams;

	return cycle_options(k, &o, e) &&
	       score_cycle(&k->engine, k->connection, &o, k->job->arena, &result, e) &&
	       rosters(k, &o, &teams, e) && tell_cycle(k, &result, &teams, e);
}

bool score_task_run(struct job_run *r, struct err *e)
{
	return chore_run(r, SCORE_LANE, cycle, e);
}

/* ---- the sweep ---- */

static bool step_sweep(void *arg, int64_t done, int64_t total, struct err *e)
{
	(void)e;
	progress(arg, done, total, done);
	return true;
}

static bool sweep_wish(struct chore *k, struct totals_wish *w, struct err *e)
{
	int64_t batch = platform_settings(k->connection).batch_size;

	*w = (struct totals_wish){
		.dry_run = k->dry, .lease = lease_of(k), .step = step_sweep, .arg = k
	};
	if (!text_arg(k->args, "coachId", &w->coach, e) ||
	    !number_arg(k->args, "batchSize", batch, &w->batch, e) ||
	    !number_arg(k->args, "beganMs", 0, &w->began_ms, e))
		return false;
	if (w->batch < 1)
		return err_set(e, ERR_USAGE, "the argument 'batchSize' is less than 1");
	w->batch = w->batch < TOTALS_BATCH_MAX ? w->batch : TOTALS_BATCH_MAX;
	return true;
}

static struct value one_value(struct arena *a, const struct totals_one *one)
{
	struct value map = value_map_new(a);

	view_text(a, map, "competitorId", one->competitor);
	view_text(a, map, "status", str_from(totals_outcome_name(one->outcome)));
	if (one->outcome == TOTALS_FAILED)
		view_text(a, map, "code", str_from(vendor_code_name(one->code)));
	return map;
}

static bool tell_sweep(struct chore *k, const struct totals_wish *w, const struct totals_result *r,
		       struct err *e)
{
	struct arena *a = k->job->arena;
	struct value map = value_map_new(a), results = value_list_new(a);

	view_int(a, map, "total", r->total);
	view_int(a, map, "refreshed", r->refreshed);
	view_int(a, map, "failed", r->failed);
	view_int(a, map, "orphans", r->orphans);
	view_int(a, map, "calls", r->calls);
	view_bool(a, map, "dryRun", w->dry_run);
	view_bool(a, map, "more", r->more);
	for (size_t i = 0; i < r->n; i++)
		value_list_add(a, results, one_value(a, &r->one[i]));
	value_map_set(a, map, STR("results"), results);
	return tell(k->job, map, e);
}

struct page {
	struct chore *chore;
	struct job_draft draft;
};

static bool add_page(void *arg, struct err *e)
{
	struct page *p = arg;
	const struct engine *g = &p->chore->engine;
	struct job_ticket ticket;

	return fence_hold(g->db, g->fence, e) && queue_add(g->db, &p->draft, &ticket, e);
}

static struct str totals_key(struct arena *a, struct str coach)
{
	return coach.len ? str_printf(a, GAME_TOTALS_TASK ":coach:%.*s", STR_ARG(coach))
			 : STR(GAME_TOTALS_TASK);
}

/* The rest is a job of its own, so that no job lasts for hours. */
static bool next_page(struct chore *k, const struct totals_wish *w, int64_t began_ms, struct err *e)
{
	struct arena *a = k->job->arena;
	struct value args = value_map_new(a);
	struct page p = { .chore = k,
			  .draft = { .task = STR(GAME_TOTALS_TASK),
				     .unique = JOB_ONE_WAITING,
				     .key = totals_key(a, w->coach),
				     .lane = STR(TOTALS_LANE),
				     .attempts_max = SCORE_ATTEMPTS,
				     .trigger = k->job->job->trigger,
				     .actor = k->job->job->actor } };

	if (w->coach.len)
		view_text(a, args, "coachId", w->coach);
	view_int(a, args, "batchSize", w->batch);
	view_int(a, args, "beganMs", w->began_ms ? w->began_ms : began_ms);
	if (!job_args_text(a, args, &p.draft.args, e) ||
	    !db_transact(k->engine.db, add_page, &p, e))
		return false;
	service_wake(k->job->arg);
	return true;
}

static bool sweep(struct chore *k, struct err *e)
{
	int64_t began_ms = clock_wall_ms(k->engine.clock);
	struct totals_result result;
	struct totals_wish w;

	return sweep_wish(k, &w, e) &&
	       totals_sweep(&k->engine, k->connection, &w, k->job->arena, &result, e) &&
	       tell_sweep(k, &w, &result, e) &&
	       (w.dry_run || !result.more || next_page(k, &w, began_ms, e));
}

bool totals_task_run(struct job_run *r, struct err *e)
{
	return chore_run(r, TOTALS_LANE, sweep, e);
}

/* ---- asking for a cycle ---- */

static struct str score_key(struct arena *a, const struct score_wish *w)
{
	const char *kind = w->dry_run ? ":dry" : w->force_full ? ":full" : "";

	if (w->competitor.len)
		return str_printf(a, GAME_SYNC_TASK "%s:competitor:%.*s", kind,
				  STR_ARG(w->competitor));
	if (w->coach.len)
		return str_printf(a, GAME_SYNC_TASK "%s:coach:%.*s", kind, STR_ARG(w->coach));
	return str_printf(a, GAME_SYNC_TASK "%s", kind);
}

bool score_task_draft(struct arena *a, const struct score_wish *w, struct job_draft *out,
		      struct err *e)
{
	struct value args = value_map_new(a);

	*out = (struct job_draft){ .task = STR(GAME_SYNC_TASK),
				   .unique = JOB_ONE_WAITING,
				   .key = score_key(a, w),
				   .lane = STR(SCORE_LANE),
				   .attempts_max = SCORE_ATTEMPTS };
	if (w->dry_run)
		view_bool(a, args, "dryRun", true);
	if (w->force_full)
		view_bool(a, args, "forceFullSync", true);
	if (w->coach.len)
		view_text(a, args, "coachId", w->coach);
	if (w->competitor.len)
		view_text(a, args, "competitorId", w->competitor);
	return job_args_text(a, args, &out->args, e);
}

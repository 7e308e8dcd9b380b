/* SPDX-License-Identifier: Apache-2.0 */
/*
 * watch_task.c - looks once whether something is wrong, and has it told.
 *
 * The numbers are read from the tables, so it does not matter which process looks.  What is
 * remembered and the jobs that tell are one transaction: nothing is told twice or forgotten.
 */
#include "service/watch_task.h"

#include "data/json.h"
#include "service/alert_store.h"
#include "service/alert_task.h"
#include "service/error_group.h"
#include "service/error_mute.h"
#include "service/push_task.h"
#include "service/rotation_view.h"
#include "service/sample.h"
#include "service/service.h"
#include "service/sync_task.h"
#include "store/cell.h"

#define DAY_MS ((int64_t)24 * 3600 * 1000)
#define SUBJECTS_MAX 256
#define SYNCS_MAX 200
#define BUDGETS_MAX 256
#define TIERS_MAX 256

struct watching {
	struct job_run *job;
	struct service *service;
	const struct plan *plan;
	int64_t now_ms;
	struct task_health *task;
	int64_t *well_ms; /* of each: when it last went well; -1: not looked up yet */
	struct sync_health *sync;
	struct budget_health *budget;
	struct run_health *run;
	struct freshness_health *freshness;
	struct health health;
	struct alert_step *step;
	size_t steps;
	struct error_mute *mute; /* errors that nobody wants to hear of make no alert */
	size_t mutes;
	int64_t oldest_ms, running;
};

/* ---- failures in a row ---- */

/* Syncs by their connection's lane, other tasks by their name. */
static struct str subject_of(struct arena *a, struct str task, struct str lane)
{
	return str_eq(task, STR(SYNC_TASK)) && lane.len > 0
		       ? lane
		       : str_printf(a, "task:%.*s", STR_ARG(task));
}

static struct task_health *health_of(struct watching *w, struct str subject)
{
	for (size_t i = 0; i < w->health.tasks; i++)
		if (str_eq(w->task[i].subject, subject))
			return &w->task[i];
	if (w->health.tasks == SUBJECTS_MAX)
		return NULL;
	w->task[w->health.tasks] = (struct task_health){ .subject = subject };
	w->well_ms[w->health.tasks] = -1;
	return &w->task[w->health.tasks++];
}

static bool is_muted(const struct watching *w, struct str error)
{
	return w->mutes > 0 && error_mute_of(w->mute, w->mutes, error_hash_of(error));
}

/* When a job of that kind last went well, as far back as we look. */
static bool last_success(struct watching *w, struct str task, struct str lane, int64_t *ms,
			 struct err *e)
{
	bool sync = str_eq(task, STR(SYNC_TASK));
	struct value param[] = { value_str(task), value_str(sync ? lane : STR("")),
				 value_int(w->now_ms - DAY_MS) };
	struct db_result r;

	if (!db_query(w->job->db, w->job->arena,
		      "SELECT coalesce(max(finished_ms), 0) FROM lockstep_job_history WHERE "
		      "outcome = 0 AND task = ?1 AND (?2 = '' OR lane = ?2) AND finished_ms >= ?3",
		      param, COUNT(param), &r, e))
		return false;
	*ms = db_cell(&r, 0, 0).i;
	return true;
}

/* One job that failed for good; they come the newest first. */
static bool count_dead(struct watching *w, const struct db_result *r, size_t i, struct err *e)
{
	struct arena *a = w->job->arena;
	struct str task = db_cell(r, i, 0).s, lane = value_text(db_cell(r, i, 1));
	struct task_health *t = health_of(w, subject_of(a, task, lane));
	int64_t attempts = db_cell(r, i, 2).i, *well_ms;

	if (!t)
		return true;
	well_ms = &w->well_ms[t - w->task];
	if (*well_ms < 0 && !last_success(w, task, lane, well_ms, e))
		return false;
	if (db_cell(r, i, 3).i < *well_ms)
		return true;
	if (t->failures_in_row == 0)
		t->attention =
			value_get_bool(json_value(a, value_text(db_cell(r, i, 4))), "attention");
	t->failures_in_row += attempts > 0 ? attempts : 1;
	return true;
}

/* Few jobs end so, and an index has them: the history is not read for those that went well. */
static bool read_dead(struct watching *w, struct err *e)
{
	struct value since = value_int(w->now_ms - DAY_MS);
	struct db_result r;

	if (!db_query(w->job->db, w->job->arena,
		      "SELECT task, lane, attempt, finished_ms, output, error FROM "
		      "lockstep_job_history "
		      "WHERE outcome = 1 AND finished_ms >= ?1 AND task <> '" WATCH_TASK "' "
		      "ORDER BY finished_ms DESC LIMIT 200",
		      &since, 1, &r, e))
		return err_wrap(e, "table 'lockstep_job_history'");
	for (size_t i = 0; i < r.rows; i++)
		if (!is_muted(w, value_text(db_cell(&r, i, 5))) && !count_dead(w, &r, i, e))
			return false;
	return true;
}

/* Jobs that failed and will be tried again: the one that failed most often speaks for its kind. */
static bool read_retrying(struct watching *w, struct err *e)
{
	struct str told_task = STR(""), told_lane = STR("");
	struct arena *a = w->job->arena;
	struct db_result r;

	if (!db_query(w->job->db, a,
		      "SELECT task, lane, max(attempt - CASE WHEN state = 1 THEN 1 ELSE 0 END), "
		      "error FROM lockstep_jobs WHERE error IS NOT NULL AND error <> '' "
		      "GROUP BY task, lane, error ORDER BY 1, 2, 3 DESC",
		      NULL, 0, &r, e))
		return err_wrap(e, "table 'lockstep_jobs'");
	for (size_t i = 0; i < r.rows; i++) {
		struct str task = db_cell(&r, i, 0).s, lane = value_text(db_cell(&r, i, 1));
		struct task_health *t;

		if ((str_eq(task, told_task) && str_eq(lane, told_lane)) ||
		    is_muted(w, db_cell(&r, i, 3).s))
			continue;
		told_task = task;
		told_lane = lane;
		t = health_of(w, subject_of(a, task, lane));
		if (t)
			t->failures_in_row += db_cell(&r, i, 2).i;
	}
	return true;
}

static bool read_tasks(struct watching *w, struct err *e)
{
	w->task = arena_new_array(w->job->arena, struct task_health, SUBJECTS_MAX);
	w->well_ms = arena_new_array(w->job->arena, int64_t, SUBJECTS_MAX);
	w->health.task = w->task;
	return read_dead(w, e) && read_retrying(w, e);
}

/* Connections whose token a person must renew, whatever their jobs say. */
static bool read_tokens(struct watching *w, struct err *e)
{
	struct arena *a = w->job->arena;
	struct db_result r;

	if (!db_query(w->job->db, a, "SELECT connection FROM lockstep_tokens WHERE problem <> ''",
		      NULL, 0, &r, e))
		return false;
	for (size_t i = 0; i < r.rows; i++) {
		struct task_health *t = health_of(w, sync_lane(a, db_cell(&r, i, 0).s));

		if (t)
			t->attention = true;
	}
	return true;
}

/* ---- syncs that stand still ---- */

static bool read_syncs(struct watching *w, struct err *e)
{
	struct arena *a = w->job->arena;
	struct job_filter f = { .task = STR(SYNC_TASK),
				.status = STR("running"),
				.limit = SYNCS_MAX };
	struct job_row *row;
	int64_t total;
	size_t n;

	if (!queue_list(w->job->db, a, &f, &row, &n, &total, e))
		return false;
	w->sync = arena_new_array(a, struct sync_health, n + 1);
	w->health.sync = w->sync;
	for (size_t i = 0; i < n; i++) {
		struct str name = row[i].lane, kind = str_cut(&name, ':');

		if (str_eq(kind, STR("connection")))
			w->sync[w->health.syncs++] = (struct sync_health){
				.connection = name,
				.still_ms = w->now_ms -
					    sync_advanced_ms(a, row[i].progress, row[i].claimed_ms),
			};
	}
	return true;
}

/* ---- budgets ---- */

static const struct rate *longest(const struct call_policy *p)
{
	const struct rate *found = NULL;

	for (size_t i = 0; i < p->rates; i++)
		if (!found || p->rate[i].interval.us > found->interval.us)
			found = &p->rate[i];
	return found;
}

static bool read_budget(struct watching *w, const struct connection *c, struct err *e)
{
	struct arena *a = w->job->arena;
	struct rng rng = { 0 };
	struct engine *g = arena_new_struct(a, struct engine);
	const struct budget *b = &c->manifest->budget;
	struct session *session;

	*g = service_engine(w->service, w->job->db, &rng, w->job->stop);
	if (!session_open(a, g, c, &session, e))
		return false;
	for (size_t i = 0; i < b->policies && w->health.budgets < BUDGETS_MAX; i++) {
		const struct rate *rate = longest(&b->policy[i]);
		struct budget_health *h = &w->budget[w->health.budgets];

		if (!rate)
			continue;
		*h = (struct budget_health){ .connection = c->name, .limit = rate->limit };
		if (!ledger_used(w->job->db, session->budget_key[i], &h->used, e))
			return false;
		w->health.budgets++;
	}
	return true;
}

static bool read_budgets(struct watching *w, struct err *e)
{
	w->budget = arena_new_array(w->job->arena, struct budget_health, BUDGETS_MAX);
	w->health.budget = w->budget;
	for (size_t i = 0; i < w->plan->connections; i++)
		if (!read_budget(w, &w->plan->connection[i], e))
			return false;
	return true;
}

/* ---- the runs of a day ---- */

/* Stopped runs say nothing about health: somebody, or a restart, ended them. */
static bool read_runs(struct watching *w, struct err *e)
{
	struct value since = cell_from_ms(w->now_ms - DAY_MS);
	struct arena *a = w->job->arena;
	struct db_result r;

	if (!db_query(w->job->db, a,
		      "SELECT connection, count(*), "
		      "CAST(sum(CASE WHEN status = 'success' THEN 1 ELSE 0 END) AS bigint), "
		      "CAST(sum(coalesce(records_processed, 0)) AS bigint), "
		      "CAST(sum(coalesce(records_failed, 0)) AS bigint) FROM sync_logs "
		      "WHERE started_at >= ?1 AND parent_id IS NULL AND connection IS NOT NULL "
		      "AND status IN ('success', 'partial', 'error') GROUP BY connection",
		      &since, 1, &r, e))
		return err_wrap(e, "table 'sync_logs'");
	w->run = arena_new_array(a, struct run_health, r.rows + 1);
	w->health.run = w->run;
	for (size_t i = 0; i < r.rows; i++)
		w->run[w->health.runs++] = (struct run_health){ .connection = db_cell(&r, i, 0).s,
								.runs = db_cell(&r, i, 1).i,
								.whole = db_cell(&r, i, 2).i,
								.records = db_cell(&r, i, 3).i,
								.failed = db_cell(&r, i, 4).i };
	return true;
}

/* ---- rotations ---- */

static void add_tiers(void *arg, const struct connection *c, const struct stream *st,
		      const struct freshness *f)
{
	struct watching *w = arg;
	bool quiet = !plan_rotation(c, st)->alerts || service_idle(w->job->arg, c);
	size_t tiers = quiet ? 0 : f->tiers;

	for (size_t i = 0; i < tiers && w->health.freshnesses < TIERS_MAX; i++)
		w->freshness[w->health.freshnesses++] = (struct freshness_health){
			.connection = c->name,
			.stream = st->name,
			.tier = str_keep(w->job->arena, f->tier[i].name),
			.late = (int64_t)f->tier[i].late,
			.oldest_ms = f->tier[i].oldest_ms,
			.promise_ms = f->tier[i].promise_ms,
		};
}

static bool read_freshness(struct watching *w, struct err *e)
{
	struct freshness_watch look = { add_tiers, w };

	w->freshness = arena_new_array(w->job->arena, struct freshness_health, TIERS_MAX);
	w->health.freshness = w->freshness;
	return rotations_look(w->job->db, w->plan, w->now_ms, &look, e);
}

/* ---- for the console's lines ---- */

static int64_t budget_percent(const struct watching *w)
{
	int64_t most = 0;

	for (size_t i = 0; i < w->health.budgets; i++) {
		int64_t part = w->budget[i].used * 100 / w->budget[i].limit;

		most = part > most ? part : most;
	}
	return most;
}

static bool read_load(struct watching *w, struct err *e)
{
	struct session_row *row;
	size_t n;

	if (!queue_oldest_ready(w->job->db, &w->oldest_ms, e) ||
	    !session_list(w->job->db, w->job->arena, &row, &n, e))
		return false;
	for (size_t i = 0; i < n; i++)
		w->running += row[i].busy;
	return true;
}

static bool sample(const struct watching *w, struct err *e)
{
	struct db *d = w->job->db;

	return sample_put(d, SAMPLE_OLDEST, w->now_ms, w->oldest_ms, e) &&
	       sample_put(d, SAMPLE_RUNNING, w->now_ms, w->running, e) &&
	       sample_put(d, SAMPLE_BUDGET, w->now_ms, budget_percent(w), e);
}

/* ---- all of it ---- */

static bool say(void *arg, struct err *e)
{
	struct watching *w = arg;
	const struct alerts_plan *plan = &w->plan->server.alerts;

	if (!sample(w, e))
		return false;

	for (size_t i = 0; i < w->steps; i++) {
		const struct alert_step *s = &w->step[i];

		if (!alert_remember(w->job->db, s, w->now_ms, e))
			return false;
		if (s->act != ALERT_HOLD && !s->quiet &&
		    !alert_enqueue(w->job->db, w->job->arena, plan, s, w->now_ms, e))
			return false;
	}
	return true;
}

static bool decide(struct watching *w, size_t *raised, struct err *e)
{
	const struct alerts_plan *plan = &w->plan->server.alerts;
	struct arena *a = w->job->arena;
	struct alert_limits limits = { .failures = plan->failures,
				       .stuck_ms = plan->stuck_ms,
				       .budget_percent = plan->budget_percent,
				       .error_percent = plan->error_percent,
				       .success_percent = plan->success_percent };
	struct alert_news news = { .n = 0 };
	struct alert_memory *memory;
	struct alert *now;

	if (!alert_memories(w->job->db, a, &memory, &news.memories, e))
		return false;
	alert_judge(a, &w->health, &limits, &now, &news.n);
	news.now = now;
	news.memory = memory;
	alert_decide(a, &news, w->now_ms, &w->step, &w->steps);
	*raised = news.n;
	return true;
}

bool watch_task_run(struct job_run *r, struct err *e)
{
	AUTO_SETUP *setup = service_setup(r->arg);
	struct watching w = { .job = r,
			      .service = r->arg,
			      .plan = setup_plan(setup),
			      .now_ms = clock_wall_ms(r->clock) };
	size_t raised;

	if (!error_mutes(r->db, r->arena, w.now_ms, &w.mute, &w.mutes, e) || !read_load(&w, e) ||
	    !read_tasks(&w, e) || !read_tokens(&w, e) || !read_syncs(&w, e) ||
	    !read_budgets(&w, e) || !read_runs(&w, e) || !read_freshness(&w, e) ||
	    !decide(&w, &raised, e) || !db_transact(r->db, say, &w, e) ||
	    !push_task_look(r->db, r->clock, e))
		return false;
	job_output(r, str_printf(r->arena, "{\"alerts\":%zu}", raised));
	pool_wake(r->pool);
	return true;
}

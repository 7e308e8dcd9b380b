/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gauge.c - what the service tells about itself in numbers and events.
 *
 * Labels are tasks, states and outcomes: small closed sets.
 */
#include "service/gauge.h"

#include "base/log.h"
#include "base/metric.h"
#include "service/census.h"
#include "service/rotation_view.h"

#define EVENT_BYTES 512

static const double run_seconds[] = { 0.005, 0.025, 0.1, 0.5, 2, 10, 60, 300, 1800, 7200, 0 };

static struct metric finished = { .kind = METRIC_COUNTER,
				  .name = "lockstep_jobs_finished",
				  .help = "Attempts of jobs that ended, by how.",
				  .label = { "task", "outcome" } };
static struct metric run_time = { .kind = METRIC_HISTOGRAM,
				  .name = "lockstep_job_run_seconds",
				  .unit = "seconds",
				  .help = "How long attempts took.",
				  .label = { "task" },
				  .bucket = run_seconds };
static struct metric fenced = {
	.kind = METRIC_COUNTER,
	.name = "lockstep_job_fenced_acks",
	.help = "Acknowledgements that came after the job was taken over."
};
static struct metric lost = { .kind = METRIC_COUNTER,
			      .name = "lockstep_sessions_lost",
			      .help = "Times this process lost its session and began a new one." };
static struct metric rescued = { .kind = METRIC_COUNTER,
				 .name = "lockstep_jobs_rescued",
				 .help = "Jobs taken from workers that died." };
static struct metric jobs = { .kind = METRIC_GAUGE,
			      .name = "lockstep_jobs",
			      .help = "Jobs in the database, by status.",
			      .label = { "task", "status" } };
static struct metric oldest = { .kind = METRIC_GAUGE,
				.name = "lockstep_queue_oldest_ready_seconds",
				.unit = "seconds",
				.help = "How long the oldest job that could run has waited." };
static struct metric paused = { .kind = METRIC_GAUGE,
				.name = "lockstep_queue_pauses",
				.help = "Pauses in force." };
static struct metric workers = { .kind = METRIC_GAUGE,
				 .name = "lockstep_workers",
				 .help = "Workers of this process.",
				 .label = { "state" } };
static struct metric leads = { .kind = METRIC_GAUGE,
			       .name = "lockstep_scheduler_leads",
			       .help = "1 when this process looks after the schedules." };
static struct metric members = { .kind = METRIC_GAUGE,
				 .name = "lockstep_rotation_members",
				 .help = "Members of rotations, by tier.",
				 .label = { "connection", "stream", "tier" } };
static struct metric late = { .kind = METRIC_GAUGE,
			      .name = "lockstep_rotation_late",
			      .help = "Members older than promised, by tier.",
			      .label = { "connection", "stream", "tier" } };
static struct metric age = { .kind = METRIC_GAUGE,
			     .name = "lockstep_rotation_age_p90_seconds",
			     .unit = "seconds",
			     .help = "What nine of ten members are not older than, by tier.",
			     .label = { "connection", "stream", "tier" } };
static struct metric build = { .kind = METRIC_GAUGE,
			       .name = "lockstep_build_info",
			       .help = "Always 1.",
			       .label = { "version" } };

static const char *kind_word(enum verdict_kind k)
{
	switch (k) {
	case VERDICT_DONE:
		return "done";
	case VERDICT_RETRY:
		return "retry";
	case VERDICT_SNOOZE:
		return "snoozed";
	case VERDICT_DEAD:
		return "dead";
	case VERDICT_CANCELLED:
		return "cancelled";
	case VERDICT_RELEASED:
		return "released";
	}
	return "other";
}

/* ---- as things happen ---- */

static void publish(struct service *s, const struct job *j, const char *state)
{
	char text[EVENT_BYTES];
	AUTO_BUF b;

	/* Names of tasks are our own words. */
	buf_init(&b, sizeof(text));
	buf_printf(&b, "{\"id\":\"%lld\",\"task\":\"%.*s\",\"state\":\"%s\"}",
		   (long long)j->fence.job, STR_ARG(j->task), state);
	service_publish(s, "job", buf_str(&b), ROLE_ADMIN | ROLE_VIEWER);
}

static void tell_finished(struct service *s, const struct pool_event *ev)
{
	const struct verdict *v = ev->verdict;
	char task[64];
	size_t n = ev->job->task.len < sizeof(task) - 1 ? ev->job->task.len : sizeof(task) - 1;
	const char *labels[] = { task, kind_word(v->kind) };

	memcpy(task, ev->job->task.at, n);
	task[n] = '\0';
	metric_add(&finished, labels, 1);
	metric_observe(&run_time, labels, (double)ev->ran_ms / 1000);
	publish(s, ev->job, labels[1]);
	if (v->kind == VERDICT_DEAD || v->kind == VERDICT_RETRY)
		log_warn("job %lld (%s): %.*s%s", (long long)ev->job->fence.job, task,
			 STR_ARG(v->error), v->kind == VERDICT_DEAD ? "" : "; it is tried again");
}

void gauge_tell(struct service *s, const struct pool_event *ev)
{
	switch (ev->kind) {
	case POOL_CLAIMED:
		publish(s, ev->job, "running");
		break;
	case POOL_FINISHED:
		tell_finished(s, ev);
		break;
	case POOL_FENCED:
		metric_add(&fenced, NULL, 1);
		log_warn("job %lld was taken over by another worker: its result is not kept",
			 (long long)ev->job->fence.job);
		break;
	case POOL_SESSION_LOST:
		metric_add(&lost, NULL, 1);
		log_warn("this process lost its session: what ran was stopped");
		break;
	case POOL_REAPED:
		metric_add(&rescued, NULL, (double)ev->n);
		log_warn("%lld jobs of workers that died go on", (long long)ev->n);
		break;
	}
}

/* ---- when they are asked for ---- */

static void read_process(struct service *s, struct arena *a)
{
	const char *busy[] = { "busy" }, *idle[] = { "idle" };
	const char *version[] = { str_keep(a, service_version(s)).at };
	struct pool_stats stats;

	service_pool_stats(s, &stats);
	metric_set(&workers, busy, (double)stats.busy);
	metric_set(&workers, idle, (double)(stats.threads - stats.busy));
	metric_set(&leads, NULL, service_leads(s));
	metric_set(&build, version, 1);
}

/* What is no longer there is none, not what it was. */
static void zero_jobs(const struct service *s)
{
	static const char *const status[] = { "pending", "running", "succeeded", "failed",
					      "cancelled" };
	size_t n;
	const struct task *task = service_tasks(s, &n);

	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < COUNT(status); k++) {
			const char *labels[] = { task[i].name, status[k] };

			metric_set(&jobs, labels, 0);
		}
}

static bool read_database(struct service *s, struct arena *a, struct db *d, struct err *e)
{
	struct value census, counts;
	struct pause *pause;
	int64_t age_ms;
	size_t pauses;

	if (!census_take(service_census(s), d, a, &census, e) ||
	    !queue_oldest_ready(d, &age_ms, e) || !queue_pauses(d, a, &pause, &pauses, e))
		return false;
	zero_jobs(s);
	counts = value_get(census, STR("counts"));
	for (size_t i = 0; i < value_len(counts); i++) {
		struct value one = value_at(counts, i);
		const char *labels[] = { str_keep(a, value_get(one, STR("task")).s).at,
					 str_keep(a, value_get(one, STR("status")).s).at };

		metric_set(&jobs, labels, (double)value_get(one, STR("count")).i);
	}
	metric_set(&oldest, NULL, (double)age_ms / 1000);
	metric_set(&paused, NULL, (double)pauses);
	return true;
}

/* ---- rotations ---- */

static void set_tiers(void *arg, const struct connection *c, const struct stream *st,
		      const struct freshness *f)
{
	struct arena *a = arg;
	const char *labels[] = { str_keep(a, c->name).at, str_keep(a, st->name).at, NULL };

	for (size_t i = 0; i < f->tiers; i++) {
		labels[2] = str_keep(a, f->tier[i].name).at;
		metric_set(&members, labels, (double)f->tier[i].members);
		metric_set(&late, labels, (double)f->tier[i].late);
		metric_set(&age, labels, (double)f->tier[i].p90_ms / 1000);
	}
}

static bool read_rotations(struct service *s, struct arena *a, struct db *d, struct err *e)
{
	AUTO_SETUP *setup = service_setup(s);
	struct freshness_watch look = { set_tiers, a };

	return rotations_look(d, setup_plan(setup), clock_wall_ms(clock_system()), &look, e);
}

void gauge_read(struct service *s, struct db *d)
{
	AUTO_ARENA *a = arena_new("gauges", (size_t)8 * 1024 * 1024);
	struct err e;

	read_process(s, a);
	if (!read_database(s, a, d, &e) || !read_rotations(s, a, d, &e))
		log_warn("some metrics could not be read: %s", e.text);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* push_task.c - carries the changes of one record from the outbox to the vendor. */
#include "service/push_task.h"

#include "flow/push.h"
#include "service/job_routes.h"
#include "service/service.h"
#include "service/view.h"

#define ATTEMPTS_MAX 20
/* What waits for longer than this has lost its job. */
#define LOST_MS ((int64_t)5 * 60 * 1000)

static void tell(struct job_run *r, const struct push_result *p)
{
	struct str text =
		str_printf(r->arena, "{\"requests\":%lld,\"done\":%lld,\"failed\":%lld}",
			   (long long)p->requests, (long long)p->done, (long long)p->failed);

	job_output(r, text);
	service_publish(r->arg, "outbox", text, ROLE_ADMIN);
}

static bool judge(struct job_run *r, const struct push_result *p, struct err *e)
{
	switch (p->outcome) {
	case PUSH_CLEAR:
		return true;
	case PUSH_WAIT:
		job_snooze(r, p->wait_ms, p->why.text);
		return true;
	case PUSH_BLOCKED:
		break;
	}
	return err_set(e, ERR_REMOTE, "%s; `lockstep outbox` shows it and decides", p->why.text);
}

bool push_task_run(struct job_run *r, struct err *e)
{
	AUTO_SETUP *setup = service_setup(r->arg);
	struct rng rng = { .state = (uint64_t)r->job->fence.job * 1000003u +
				    (uint64_t)clock_wall_ms(r->clock) };
	struct engine g = service_engine(r->arg, r->db, &rng, r->stop);
	struct push_result result = { 0 };

	g.fence = &r->job->fence;
	if (!push_job(&g, setup_plan(setup), r->job->args, &result, e))
		return false;
	/* The jobs that changes became begin at once, also where nobody is told of new rows. */
	if (result.done > 0 && result.requests == 0)
		service_wake(r->arg);
	tell(r, &result);
	return judge(r, &result, e);
}

#define LOOK_MAX 1000

bool push_task_order(struct db *d, struct arena *a, const struct outbox_record *record,
		     struct str trigger, struct err *e)
{
	struct value args = value_map_new(a);
	struct job_draft draft = { .task = STR(PUSH_TASK),
				   .unique = JOB_ONE_WAITING,
				   .key = str_printf(a, "push:%.*s:%.*s:%.*s",
						     STR_ARG(record->connection),
						     STR_ARG(record->watch), STR_ARG(record->key)),
				   .attempts_max = ATTEMPTS_MAX,
				   .trigger = trigger };
	struct job_ticket ticket;

	view_text(a, args, "connection", record->connection);
	view_text(a, args, "watch", record->watch);
	view_text(a, args, "key", record->key);
	return job_args_text(a, args, &draft.args, e) && queue_add(d, &draft, &ticket, e);
}

bool push_task_look(struct db *d, struct clock *clock, struct err *e)
{
	AUTO_ARENA *a = arena_new("outbox", (size_t)64 * 1024 * 1024);
	struct outbox_record *record;
	size_t n;

	if (!outbox_due(d, a, clock_wall_ms(clock) - LOST_MS, LOOK_MAX, &record, &n, e))
		return err_wrap(e, "outbox");
	for (size_t i = 0; i < n; i++)
		if (!push_task_order(d, a, &record[i], STR("outbox"), e))
			return err_wrap(e, "outbox");
	return true;
}

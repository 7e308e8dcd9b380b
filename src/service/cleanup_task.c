/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cleanup_task.c - removes what has been over for longer than the plan keeps it.
 *
 * Each part is a deletion of its own, so that one which fails is tried again and the others stay
 * done.  The audit log is not among them.
 */
#include "service/cleanup_task.h"

#include "api/access.h"
#include "service/alert_store.h"
#include "service/error_mute.h"
#include "service/sample.h"
#include "service/service.h"
#include "store/cycle.h"
#include "store/delivery.h"
#include "store/ledger_use.h"
#include "store/member.h"
#include "store/outbox.h"

#define DAY_MS ((int64_t)24 * 3600 * 1000)
#define LEDGER_HOURS_DAYS 8
#define MEMBERS_DAYS 90 /* longer than any promise, so that who comes back is not a newcomer */

struct cleaning {
	int64_t jobs, dead_jobs, sync_logs, undo_runs, alerts, outbox, deliveries, cycles, members;
	int64_t mutes, samples, ledger_hours, sessions;
};

/* What `lockstep undo` would need, for as long as each connection wants it kept. */
static bool clean_images(struct db *d, const struct plan *p, int64_t now_ms, int64_t *runs,
			 struct err *e)
{
	int64_t n;

	for (size_t i = 0; i < p->connections; i++) {
		const struct connection *c = &p->connection[i];

		if (!before_cleanup(d, c->name, now_ms - c->undo_days * DAY_MS, &n, e))
			return err_wrap(e, "connection '%.*s'", STR_ARG(c->name));
		*runs += n;
	}
	return true;
}

static bool clean(struct job_run *r, const struct plan *p, struct cleaning *c, struct err *e)
{
	const struct server_plan *keep = &p->server;
	int64_t now_ms = clock_wall_ms(r->clock);

	return queue_cleanup(r->db, keep->keep_jobs_ms, false, &c->jobs, e) &&
	       queue_cleanup(r->db, keep->keep_dead_ms, true, &c->dead_jobs, e) &&
	       run_log_cleanup(r->db, now_ms - keep->keep_logs_ms, &c->sync_logs, e) &&
	       clean_images(r->db, p, now_ms, &c->undo_runs, e) &&
	       alert_cleanup(r->db, now_ms - keep->keep_logs_ms, &c->alerts, e) &&
	       outbox_cleanup(r->db, now_ms - keep->keep_jobs_ms, &c->outbox, e) &&
	       delivery_cleanup(r->db, now_ms - keep->keep_jobs_ms, &c->deliveries, e) &&
	       cycle_cleanup(r->db, now_ms - keep->keep_logs_ms, &c->cycles, e) &&
	       member_cleanup(r->db, now_ms - MEMBERS_DAYS * DAY_MS, &c->members, e) &&
	       error_mute_cleanup(r->db, now_ms - keep->keep_logs_ms, &c->mutes, e) &&
	       sample_cleanup(r->db, now_ms, &c->samples, e) &&
	       ledger_hours_cleanup(r->db, now_ms - LEDGER_HOURS_DAYS * DAY_MS, &c->ledger_hours,
				    e) &&
	       access_cleanup(r->db, now_ms, &c->sessions, e);
}

bool cleanup_task_run(struct job_run *r, struct err *e)
{
	AUTO_SETUP *setup = service_setup(r->arg);
	struct cleaning c = { 0 };

	if (!clean(r, setup_plan(setup), &c, e))
		return false;
	job_output(r, str_printf(r->arena,
				 "{\"jobs\":%lld,\"dead_jobs\":%lld,\"sync_logs\":%lld,"
				 "\"undo_runs\":%lld,\"alerts\":%lld,\"outbox\":%lld,"
				 "\"deliveries\":%lld,\"cycles\":%lld,\"members\":%lld,"
				 "\"sessions\":%lld}",
				 (long long)c.jobs, (long long)c.dead_jobs, (long long)c.sync_logs,
				 (long long)c.undo_runs, (long long)c.alerts, (long long)c.outbox,
				 (long long)c.deliveries, (long long)c.cycles, (long long)c.members,
				 (long long)c.sessions));
	return true;
}

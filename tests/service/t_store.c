/* SPDX-License-Identifier: Apache-2.0 */
/* t_store.c - what the service keeps in the database: tables, schedules, syncs asked for, alerts.
 */
#include "fixture.h"
#include "service/alert_store.h"
#include "service/alert_task.h"
#include "service/migration.h"
#include "service/sync_task.h"
#include "service/timetable.h"
#include "tap.h"
#include "work/schedule.h"

#define NOW_MS ((int64_t)1800000000000)

static struct connection two[] = {
	{ .name = { "pp", 2 },
	  .incremental = { .every = { "15m", 3 } },
	  .full = { .cron = { "0 2 * * *", 9 }, .timezone = { "America/New_York", 16 } } },
	{ .name = { "ctf", 3 }, .incremental = { .every = { "5m", 2 } } },
};

static void tables_are_made_once(struct fixture *f)
{
	struct plan p = { .connection = two, .connections = 2 };
	struct migration m = { &p, NULL };
	size_t n;

	must(migration_run_all(f->db, &m, &n, &oops));
	OK(n > 0, "%zu statements", n);
	must(migration_run_all(f->db, &m, &n, &oops));
	OK(n == 0, "the second time there is nothing to do");
}

static const char *schedule_names(struct fixture *f)
{
	struct schedule *s;
	struct buf b;
	size_t n;

	must(schedule_list(f->db, f->a, &s, &n, &oops));
	buf_in(&b, f->a, 4096);
	for (size_t i = 0; i < n; i++)
		buf_printf(&b, "%s%.*s", i ? " " : "", STR_ARG(s[i].name));
	return buf_str(&b).at;
}

static void the_plans_schedules_are_declared(struct fixture *f)
{
	struct plan p = { .connection = two, .connections = 2 };
	struct schedule s;

	must(timetable_declare(f->db, &p, NULL, &oops));
	IS(schedule_names(f), "cleanup ctf:incremental pp:full pp:incremental watch", "all");
	must(schedule_get(f->db, f->a, STR("pp:full"), &s, &oops));
	IS(str_keep(f->a, s.args).at,
	   "{\"connection\":\"pp\",\"mode\":\"full\",\"trigger\":\"schedule\"}", "arguments");
	IS(str_keep(f->a, s.lane).at, "connection:pp", "lane");
	IS(str_keep(f->a, s.zone).at, "America/New_York", "zone");
	p.connections = 1;
	must(timetable_declare(f->db, &p, NULL, &oops));
	IS(schedule_names(f), "cleanup pp:full pp:incremental watch", "one connection is gone");
}

static struct sync_ticket ask(struct fixture *f, enum run_mode mode, const char *only)
{
	struct str table = str_from(only ? only : "");
	struct sync_wish w = { .connection = STR("pp"),
			       .mode = mode,
			       .only = &table,
			       .onlys = only != NULL,
			       .trigger = STR("api"),
			       .actor = STR("user:ana") };
	struct sync_ticket t;

	must(sync_request(f->db, f->a, &w, &t, &oops));
	return t;
}

static void a_sync_that_waits_stands_for_the_next(struct fixture *f)
{
	struct sync_ticket first = ask(f, MODE_FULL, NULL), again = ask(f, MODE_FULL, NULL);
	struct sync_ticket other = ask(f, MODE_INCREMENTAL, NULL);
	struct sync_ticket part = ask(f, MODE_FULL, "contacts");

	OK(!first.job.coalesced && first.run.len == 36, "the first has a run");
	OK(again.job.coalesced && again.job.id == first.job.id, "the second is the same job");
	OK(str_eq(again.run, first.run), "and the same run");
	OK(!other.job.coalesced && other.job.id != first.job.id, "an incremental one is another");
	OK(!part.job.coalesced, "and so is one of a single table");
}

static struct alert_step step(enum alert_act act, int64_t raised_ms)
{
	return (struct alert_step){ { ALERT_BUDGET, STR("connection:pp"),
				      STR("budget_use:connection:pp"), 90, 80 },
				    act,
				    raised_ms,
				    false };
}

static struct alert_memory remembered(struct fixture *f)
{
	struct alert_memory *m;
	size_t n;

	must(alert_memories(f->db, f->a, &m, &n, &oops));
	OK(n == 1, "one is remembered");
	return n ? m[0] : (struct alert_memory){ 0 };
}

static void what_was_said_is_remembered(struct fixture *f)
{
	struct alert_step raise = step(ALERT_RAISE, NOW_MS), hold = step(ALERT_HOLD, NOW_MS),
			  clear = step(ALERT_CLEAR, NOW_MS);
	struct alert_memory m;
	int64_t deleted;

	must(alert_remember(f->db, &raise, NOW_MS, &oops));
	must(alert_remember(f->db, &hold, NOW_MS + 60000, &oops));
	m = remembered(f);
	OK(m.open && m.raised_ms == NOW_MS && m.told_ms == NOW_MS && m.code == ALERT_BUDGET,
	   "raised and told once");
	must(alert_remember(f->db, &clear, NOW_MS + 120000, &oops));
	m = remembered(f);
	OK(!m.open && m.told_ms == NOW_MS, "over");
	must(alert_cleanup(f->db, NOW_MS + 120000, &deleted, &oops));
	OK(deleted == 0, "kept for a while");
	must(alert_cleanup(f->db, NOW_MS + 120001, &deleted, &oops));
	OK(deleted == 1, "then forgotten");
}

static void each_receiver_has_a_job(struct fixture *f)
{
	struct alerts_plan plan = { .webhook = STR("https://a.example.org"),
				    .sentry_dsn = STR("https://k@s.example.org/1") };
	struct alert_step s = step(ALERT_RAISE, NOW_MS);

	must(alert_enqueue(f->db, f->a, &plan, &s, NOW_MS, &oops));
	OK(sql_int(f->db, "SELECT count(*) FROM lockstep_jobs WHERE task = 'alert'") == 2,
	   "webhook and Sentry");
	plan.sentry_dsn = STR("");
	must(alert_enqueue(f->db, f->a, &plan, &s, NOW_MS, &oops));
	OK(sql_int(f->db, "SELECT count(*) FROM lockstep_jobs WHERE task = 'alert'") == 3,
	   "the webhook alone");
}

static void old_runs_are_forgotten(struct fixture *f)
{
	int64_t deleted;

	run_sql(f->db,
		"INSERT INTO sync_logs (id, sync_type, status, started_at) VALUES "
		"('00000000-0000-0000-0000-000000000001', 'full', 'success', '2026-01-01T00:00:00.000Z'), "
		"('00000000-0000-0000-0000-000000000002', 'full', 'running', '2026-01-01T00:00:00.000Z'), "
		"('00000000-0000-0000-0000-000000000003', 'full', 'success', '2027-02-01T00:00:00.000Z')");
	must(run_log_cleanup(f->db, NOW_MS, &deleted, &oops));
	OK(deleted == 1, "what runs, and what is newer, stays");
}

int main(int argc, char **argv)
{
	struct fixture f;

	fixture_choose(argc, argv);
	f = fixture_open(NULL);
	tables_are_made_once(&f);
	the_plans_schedules_are_declared(&f);
	a_sync_that_waits_stands_for_the_next(&f);
	what_was_said_is_remembered(&f);
	each_receiver_has_a_job(&f);
	old_runs_are_forgotten(&f);
	fixture_close(&f);
	return tap_done();
}

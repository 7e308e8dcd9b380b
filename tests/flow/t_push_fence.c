/* SPDX-License-Identifier: Apache-2.0 */
/*
 * t_push_fence.c - pushes under jobs of the real queue, on both databases.
 *
 * "sqlite" or "postgres" as the argument.  A worker whose job was given to another while its
 * request was under way writes nothing; the other finds out what became of the request.
 */
#include "pushed.h"

#include "tap.h"
#include "work/queue.h"

#include <stdlib.h>
#include <unistd.h>

static struct pushed p;
static struct db *db;
static void (*vendor)(void *arg, const struct request *r, struct canned_reply *out);

static void run(const char *sql)
{
	must(db_exec(db, sql, NULL, 0, NULL, &oops));
}

static void apply(struct str *statement, size_t n)
{
	must(schema_apply(db, statement, n, &oops));
}

static const char *text(const char *sql)
{
	struct db_result r = { 0 };

	must(db_query(db, p.w.arena, sql, NULL, 0, &r, &oops));
	assert(r.rows == 1 && r.columns == 1);
	return db_cell(&r, 0, 0).kind == VALUE_STR ? str_keep(p.w.arena, db_cell(&r, 0, 0).s).at
						   : "(null)";
}

/* A database of its own, with the queue and an application whose types are not all text. */
static void open_database(bool postgres)
{
	const char *server = getenv("LOCKSTEP_TEST_POSTGRES");
	struct db_options o = { .create = true, .clock = &p.w.clock.clock };
	struct outbox_watch *watch;
	struct str *statement = NULL, url = STR("sqlite::memory:");
	size_t n = 0, watches;

	if (postgres && !server) {
		printf("1..0 # SKIP no LOCKSTEP_TEST_POSTGRES (run me by tests/with_postgres)\n");
		exit(0);
	}
	pushed_open(&p, NULL);
	vendor = p.w.wire.answer;
	must(db_open(postgres ? str_from(server) : url, &o, &db, &oops));
	p.w.engine.db = db;
	if (postgres) {
		run(str_printf(p.w.arena, "CREATE SCHEMA fence%d", (int)getpid()).at);
		run(str_printf(p.w.arena, "SET search_path = fence%d", (int)getpid()).at);
	}
	must(control_plan(db, p.w.arena, &statement, &n, &oops));
	apply(statement, n);
	must(queue_plan(db, p.w.arena, &statement, &n, &oops));
	apply(statement, n);
	run("CREATE TABLE shelves (ref text, name text)");
	run(postgres ? "CREATE TABLE people (id uuid PRIMARY KEY, name text, active boolean DEFAULT"
		       " true, vendor_id bigint, shelf text, problem varchar(200))"
		     : "CREATE TABLE people (id text PRIMARY KEY, name text, active boolean DEFAULT"
		       " true, vendor_id bigint, shelf text, problem text)");
	run("CREATE TABLE blind (id integer PRIMARY KEY, name text, vendor_id text)");
	run("CREATE TABLE keyed (id integer PRIMARY KEY, name text, vendor_id text)");
	run("CREATE TABLE members (id integer PRIMARY KEY, team text, who text, note text)");
	watch = push_watches(p.w.arena, p.w.plan, &watches);
	must(outbox_plan(db, p.w.arena, watch, watches, &statement, &n, &oops));
	apply(statement, n);
}

#define ADA "11111111-2222-4333-8444-555555555555"
#define REF "p" ADA

static struct job take(void)
{
	struct claim c = { .max = 1 };
	struct worker_info info = { .host = STR("here"), .version = STR("1"), .slots = 1 };
	struct job *job = NULL;
	size_t n = 0;

	must(session_begin(db, &info, &c.session, &oops));
	must(queue_claim(db, p.w.arena, &c, &job, &n, &oops));
	assert(n == 1);
	return job[0];
}

static bool push(const struct job *j, struct push_result *r, struct err *e)
{
	struct engine engine = p.w.engine;

	engine.fence = &j->fence;
	return push_job(&engine, p.w.plan, j->args, r, e);
}

static void a_change_goes_through_the_queue(void)
{
	struct push_result r;
	struct job j;

	run("INSERT INTO people (id, name) VALUES ('" ADA "', 'Ada')");
	j = take();
	OK(str_eq(j.task, STR("push")) && str_eq(j.key, STR("push:tiny:people:" ADA)),
	   "a change is a job of the queue");
	must(push(&j, &r, &oops));
	OK(r.outcome == PUSH_CLEAR && r.done == 1 && pushed_count(&p, REF) == 1, "it is sent");
	IS(text("SELECT CAST(vendor_id AS text) FROM people"), "1", "an integer is written back");
	IS(text("SELECT state FROM lockstep_outbox"), "done", "without an echo");
	run("UPDATE people SET name = 'Ada L.'");
	must(push(&j, &r, &oops));
	OK(strcmp(pushed_find(&p, REF)->name, "Ada L.") == 0, "an update goes by that id");
	run("DELETE FROM people");
	must(push(&j, &r, &oops));
	OK(pushed_find(&p, REF)->gone, "a delete too");
}

static struct job robbed;

/* While the vendor answers, the queue gives the job to another. */
static void rob(void *arg, const struct request *r, struct canned_reply *out)
{
	run("UPDATE lockstep_jobs SET attempt = attempt + 1 WHERE state = 1");
	robbed.fence.attempt++;
	p.w.wire.answer = vendor;
	vendor(arg, r, out);
}

static void a_worker_that_was_overtaken_writes_nothing(void)
{
	struct push_result r;
	struct job mine;
	struct err e;

	run("DELETE FROM lockstep_jobs");
	run("DELETE FROM lockstep_outbox");
	p.people = 0;
	run("INSERT INTO people (id, name) VALUES ('" ADA "', 'Ada')");
	mine = take();
	robbed = mine;
	p.w.wire.answer = rob;
	OK(!push(&mine, &r, &e) && e.kind == ERR_FENCED, "its late write is refused");
	IS(text("SELECT state FROM lockstep_outbox"), "sending", "the change is in doubt");
	IS(text("SELECT CAST(vendor_id AS text) FROM people"), "(null)", "nothing was filled in");
	must(push(&robbed, &r, &oops));
	OK(r.outcome == PUSH_WAIT, "the other gives it time to arrive");
	test_clock_pass(&p.w.clock, r.wait_ms + 1);
	must(push(&robbed, &r, &oops));
	OK(r.outcome == PUSH_CLEAR && pushed_count(&p, REF) == 1, "then looks, and finds it once");
	IS(text("SELECT CAST(vendor_id AS text) FROM people"), "1", "and fills in what it found");
}

static void a_change_that_is_being_sent_is_left_alone(void)
{
	struct push_result r;
	struct job mine, other;

	run("DELETE FROM people");
	run("DELETE FROM lockstep_jobs");
	run("DELETE FROM lockstep_outbox");
	p.people = 0;
	run("INSERT INTO people (id, name) VALUES ('" ADA "', 'Ada')");
	mine = take();
	run("UPDATE people SET name = 'b'");
	other = take();
	run(str_printf(p.w.arena,
		       "UPDATE lockstep_outbox SET state = 'sending', attempts = 1, claim_job = "
		       "%lld, claim_session = %lld, claim_attempt = %lld WHERE op = 'insert'",
		       (long long)mine.fence.job, (long long)mine.fence.session,
		       (long long)mine.fence.attempt)
		    .at);
	must(push(&other, &r, &oops));
	OK(r.outcome == PUSH_WAIT && r.requests == 0, "the claim of a live worker is respected");
	run("DELETE FROM lockstep_jobs WHERE state = 1 AND id = (SELECT min(id) FROM lockstep_jobs)");
	must(push(&other, &r, &oops));
	OK(r.outcome == PUSH_CLEAR && pushed_count(&p, REF) == 1,
	   "that of a dead one is not: it is looked up and sent");
}

int main(int argc, char **argv)
{
	open_database(argc > 1 && strcmp(argv[1], "postgres") == 0);
	a_change_goes_through_the_queue();
	a_worker_that_was_overtaken_writes_nothing();
	a_change_that_is_being_sent_is_left_alone();
	db_close(db);
	pushed_close(&p);
	return tap_done();
}

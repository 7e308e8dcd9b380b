/* SPDX-License-Identifier: Apache-2.0 */
/* t_control.c - leases, cursors, the run log, quarantine, tokens: the same on every store. */
#include "fixture.h"
#include "store/seal.h"
#include "tap.h"

#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

static struct fixture open_control(void)
{
	struct fixture f = fixture_open(NULL);

	make_control(&f);
	return f;
}

static struct lease lease_named(const char *name)
{
	return (struct lease){ .name = str_from(name), .ttl_ms = LEASE_TTL_MS };
}

/* ---- migrations ---- */

static void control_tables_are_made_once(void)
{
	struct fixture f = open_control();
	struct str *statement;
	size_t n = 99;

	must(control_plan(f.db, f.a, &statement, &n, &oops));
	OK(n == 0, "a second plan has nothing to do");
	run_sql(f.db, "UPDATE lockstep_control SET value = '99'");
	{
		struct err e;

		OK(!control_plan(f.db, f.a, &statement, &n, &e) && e.kind == ERR_CONFIG,
		   "a newer program's tables are left alone");
	}
	fixture_close(&f);
}

static void indexes_of_the_run_log_are_made_by_its_owner(void)
{
	struct fixture f = open_control();
	struct str *statement;
	size_t n = 99;

	run_sql(f.db, "DROP INDEX sync_logs_status_started_at_lockstep_idx");
	must(control_plan(f.db, f.a, &statement, &n, &oops));
	OK(n == 1 && str_starts(statement[0], STR("CREATE INDEX")),
	   "one that is missing is made, also years later");
	if (on_postgres()) {
		run_sql(f.db, "SET ROLE pg_read_all_data");
		must(control_plan(f.db, f.a, &statement, &n, &oops));
		OK(n == 0, "but never on a table of somebody else's");
	}
	fixture_close(&f);
}

static void an_applications_sync_logs_is_kept(void)
{
	struct fixture f = fixture_open(NULL);
	struct run_log r = { .connection = STR("pp"),
			     .type = STR("full"),
			     .started_ms = 1000,
			     .details = STR("{\"mine\": 1}") };
	struct run_filter all = { .limit = 10 };
	struct run_log *list;
	int64_t total;
	size_t n;

	run_sql(f.db,
		on_postgres()
			? "CREATE TABLE sync_logs (id uuid PRIMARY KEY DEFAULT "
			  "gen_random_uuid(), sync_type varchar(50) NOT NULL, status "
			  "varchar(20) NOT NULL CHECK (status IN ('running', 'success', "
			  "'error', 'partial')), started_at timestamptz NOT NULL, "
			  "completed_at timestamptz, records_processed integer DEFAULT 0, "
			  "records_created integer DEFAULT 0, records_updated integer DEFAULT "
			  "0, error_message text, details jsonb, triggered_by uuid);\n"
			  "INSERT INTO sync_logs (sync_type, status, started_at) VALUES "
			  "('theirs', 'success', '2001-01-01Z')"
			: "CREATE TABLE sync_logs (id TEXT PRIMARY KEY, sync_type varchar(50) "
			  "NOT NULL, status varchar(20) NOT NULL CHECK (status IN ('running', "
			  "'success', 'error', 'partial')), started_at TEXT NOT NULL, "
			  "completed_at TEXT, records_processed integer DEFAULT 0, "
			  "records_created integer DEFAULT 0, records_updated integer DEFAULT "
			  "0, error_message text, details TEXT, triggered_by TEXT);\n"
			  "INSERT INTO sync_logs (id, sync_type, status, started_at) VALUES "
			  "('x', 'theirs', 'success', '2001-01-01T00:00:00.000Z')");
	make_control(&f);
	must(db_begin(f.db, &oops));
	must(run_log_start(f.db, f.a, &r, &oops));
	r.status = RUN_STOPPED;
	r.completed_ms = 2000;
	r.counts.pages = 7;
	must(run_log_update(f.db, &r, &oops));
	must(db_commit(f.db, &oops));
	IS(sql_text(&f, "SELECT status FROM sync_logs WHERE connection = 'pp'"), "partial",
	   "its CHECK knows no 'stopped'");
	must(run_log_list(f.db, f.a, &all, &list, &n, &total, &oops));
	OK(n == 2 && total == 2, "their run and ours");
	OK(str_eq(list[0].type, STR("theirs")) && list[0].status == RUN_SUCCESS, "newest first");
	OK(list[1].status == RUN_STOPPED && list[1].counts.pages == 7, "ours was stopped, we know");
	OK(str_find(list[1].details, STR("\"mine\"")) >= 0, "and keeps its details");
	fixture_close(&f);
}

/* ---- leases ---- */

static void one_holder_at_a_time(void)
{
	struct fixture f = open_control();
	struct lease a = lease_named("run:x"), b = lease_named("run:x"), c = lease_named("run:y");
	struct err e;
	bool over;

	must(lease_take(f.db, f.a, &a, &over, &oops));
	OK(!over && a.token == 1 && a.holder.len, "a free lease is taken");
	OK(!lease_take(f.db, f.a, &b, &over, &e) && e.kind == ERR_BUSY, "but once");
	OK(strstr(e.text, a.holder.at), "and who has it is said");
	must(lease_take(f.db, f.a, &c, &over, &oops));
	must(lease_renew(f.db, &a, &oops));
	must(lease_release(f.db, &a, &oops));
	must(lease_take(f.db, f.a, &b, &over, &oops));
	OK(!over && b.token == 2, "after release another takes it, with a greater token");
	must(lease_release(f.db, &a, &oops));
	must(lease_renew(f.db, &b, &oops));
	OK(true, "a late release takes nothing from its successor");
	fixture_close(&f);
}

static void who_was_overtaken_knows_it(void)
{
	struct fixture f = open_control();
	struct lease a = lease_named("run:x"), b = lease_named("run:x");
	struct err e;
	bool over;

	must(lease_take(f.db, f.a, &a, &over, &oops));
	run_sql(f.db, "UPDATE lockstep_leases SET expires_ms = 1");
	must(lease_take(f.db, f.a, &b, &over, &oops));
	OK(over && b.token == 2, "an expired lease is taken over");
	OK(!lease_renew(f.db, &a, &e) && e.kind == ERR_FENCED, "renewing is fenced");
	must(db_begin(f.db, &oops));
	OK(!lease_hold(f.db, &a, &e) && e.kind == ERR_FENCED, "so is holding");
	db_rollback(f.db);
	must(db_begin(f.db, &oops));
	must(lease_hold(f.db, &b, &oops));
	must(db_commit(f.db, &oops));
	run_sql(f.db, "UPDATE lockstep_leases SET expires_ms = 1");
	must(lease_renew(f.db, &b, &oops));
	OK(true, "who is late but not overtaken goes on");
	fixture_close(&f);
}

static int take_and_die(struct fixture *f)
{
	struct lease l = lease_named("run:x");
	bool over;

	must(lease_take(f->db, f->a, &l, &over, &oops));
	raise(SIGKILL);
	return 0;
}

static void a_dead_holder_is_taken_over_at_once(void)
{
	struct fixture f = open_control();
	struct lease l = lease_named("run:x");
	int pid;
	bool over = false;

	db_close(f.db);
	pid = fixture_fork(&f, take_and_die);
	OK(fixture_wait(pid) == 128 + SIGKILL, "the holder is killed");
	f.db = fixture_again(&f);
	must(lease_take(f.db, f.a, &l, &over, &oops));
	OK(over && l.token == 2, "and its lease is free long before it expires");
	fixture_close(&f);
}

static void another_boot_has_no_claims(void)
{
	struct fixture f = open_control();
	struct lease l = lease_named("run:x");
	struct err e;
	bool over = false;

	must(lease_take(f.db, f.a, &l, &over, &oops));
	run_sql(f.db, "UPDATE lockstep_leases SET holder = 'elsewhere/pid:boot:1:1'");
	OK(!lease_take(f.db, f.a, &l, &over, &e) && e.kind == ERR_BUSY,
	   "of another machine's process nothing is known");
	if (!on_postgres()) {
		run_sql(f.db, "UPDATE lockstep_leases SET epoch = 'an earlier boot'");
		must(lease_take(f.db, f.a, &l, &over, &oops));
		OK(over, "times of an earlier boot are over");
	}
	fixture_close(&f);
}

/* Takes the lease as often as it can; each time it adds 1 to a number that nobody else may touch,
 * in two steps. */
static int fight(struct fixture *f)
{
	int taken = 0;

	for (int i = 0; i < 3000 && taken < 25; i++) {
		struct lease l = lease_named("run:fight");
		struct err e = { 0 };
		bool over;
		int64_t n;

		if (!lease_take(f->db, f->a, &l, &over, &e)) {
			if (e.kind != ERR_BUSY && e.kind != ERR_TRANSIENT)
				fixture_die(__FILE__, __LINE__, "lease_take", &e);
			usleep(500);
			continue;
		}
		taken++;
		n = sql_int(f->db, "SELECT n FROM shared");
		usleep(300);
		must(db_begin(f->db, &oops));
		must(lease_hold(f->db, &l, &oops));
		must(db_exec(f->db, "UPDATE shared SET n = ?1",
			     (struct value[]){ value_int(n + 1) }, 1, NULL, &oops));
		must(db_commit(f->db, &oops));
		must(lease_release(f->db, &l, &oops));
	}
	return taken == 25 ? 0 : 1;
}

static void processes_fight_for_a_lease(void)
{
	struct fixture f = open_control();
	int pid[3];

	run_sql(f.db, "CREATE TABLE shared (n integer);\nINSERT INTO shared VALUES (0)");
	for (size_t i = 0; i < COUNT(pid); i++)
		pid[i] = fixture_fork(&f, fight);
	for (size_t i = 0; i < COUNT(pid); i++)
		OK(fixture_wait(pid[i]) == 0, "fighter %zu had its 25 turns", i);
	OK(sql_int(f.db, "SELECT n FROM shared") == 75, "and no two had the lease at a time");
	fixture_close(&f);
}

/* ---- cursors ---- */

static void cursors_are_put_and_cleared(void)
{
	struct fixture f = open_control();
	struct state_key k = { STR("pp"), STR("contacts"), STR("") },
			 p = { STR("pp"), STR("contacts"), STR("{\"year\":2026}") };
	struct str json = STR("?");

	must(state_get(f.db, f.a, &k, &json, &oops));
	OK(json.len == 0, "nothing at first");
	must(db_begin(f.db, &oops));
	must(state_put(f.db, &k, STR("{\"a\":1}"), &oops));
	must(state_put(f.db, &p, STR("{\"p\":1}"), &oops));
	must(db_commit(f.db, &oops));
	must(db_begin(f.db, &oops));
	must(state_put(f.db, &k, STR("{\"a\":2}"), &oops));
	db_rollback(f.db);
	must(state_get(f.db, f.a, &k, &json, &oops));
	OK(str_eq(json, STR("{\"a\":1}")), "what was committed, not what was rolled back");
	must(state_get(f.db, f.a, &p, &json, &oops));
	OK(str_eq(json, STR("{\"p\":1}")), "each partition its own");
	must(state_clear(f.db, STR("other"), STR(""), &oops));
	must(state_clear(f.db, STR("pp"), STR("other"), &oops));
	OK(sql_int(f.db, "SELECT count(*) FROM lockstep_state") == 2, "others are not touched");
	must(state_clear(f.db, STR("pp"), STR("contacts"), &oops));
	OK(sql_int(f.db, "SELECT count(*) FROM lockstep_state") == 0, "cleared");
	fixture_close(&f);
}

/* ---- the run log ---- */

static struct run_log start(struct fixture *f, const char *type, int64_t at_ms, struct str parent)
{
	struct run_log r = { .connection = STR("pp"),
			     .type = str_from(type),
			     .started_ms = at_ms,
			     .parent = parent };

	must(db_begin(f->db, &oops));
	must(run_log_start(f->db, f->a, &r, &oops));
	must(db_commit(f->db, &oops));
	return r;
}

static void runs_are_logged(void)
{
	struct fixture f = open_control();
	struct run_log whole = start(&f, "full", 1795226400123, STR("")), *list;
	struct run_log part = start(&f, "contacts", 1795226401000, whole.id);
	struct run_filter all = { .limit = 10 }, of_type = { .type = STR("full"), .limit = 10 },
			  wholes = { .whole_only = true, .limit = 10 },
			  second = { .limit = 1, .offset = 1 }, one = { .id = part.id, .limit = 1 };
	int64_t total, closed = 0;
	size_t n;

	whole.status = RUN_PARTIAL;
	whole.completed_ms = 1795226460000;
	whole.error = STR("the page cap was reached");
	whole.counts = (struct run_counts){ 9, 1, 2, 3, 4, 5, 6, 7, 8 };
	must(db_begin(f.db, &oops));
	must(run_log_update(f.db, &whole, &oops));
	must(db_commit(f.db, &oops));
	must(run_log_list(f.db, f.a, &all, &list, &n, &total, &oops));
	OK(n == 2 && total == 2 && str_eq(list[0].id, part.id), "newest first");
	OK(list[0].status == RUN_RUNNING && list[0].completed_ms == 0, "one is running");
	OK(str_eq(list[0].parent, whole.id) && list[0].started_ms == 1795226401000, "a part");
	OK(list[1].status == RUN_PARTIAL && list[1].completed_ms == 1795226460000, "one is done");
	OK(memcmp(&list[1].counts, &whole.counts, sizeof(whole.counts)) == 0, "all its counts");
	OK(str_eq(list[1].error, whole.error) && str_eq(list[1].connection, STR("pp")),
	   "its error");
	must(run_log_list(f.db, f.a, &of_type, &list, &n, &total, &oops));
	OK(n == 1 && total == 1 && str_eq(list[0].id, whole.id), "by type");
	must(run_log_list(f.db, f.a, &wholes, &list, &n, &total, &oops));
	OK(n == 1 && str_eq(list[0].id, whole.id), "without parts");
	must(run_log_list(f.db, f.a, &second, &list, &n, &total, &oops));
	OK(n == 1 && total == 2 && str_eq(list[0].id, whole.id), "a page of one");
	must(run_log_list(f.db, f.a, &one, &list, &n, &total, &oops));
	OK(n == 1 && str_eq(list[0].id, part.id), "by id");
	one.status = STR("running");
	one.connection = STR("pp");
	must(run_log_list(f.db, f.a, &one, &list, &n, NULL, &oops));
	OK(n == 1, "by all that it is, and nobody counts");
	one.connection = STR("other");
	must(run_log_list(f.db, f.a, &one, &list, &n, NULL, &oops));
	OK(n == 0, "each condition counts");
	one = (struct run_filter){ .id = part.id, .limit = 1 };
	must(db_begin(f.db, &oops));
	must(run_log_close_stale(f.db, STR("pp"), 1795226500000, &closed, &oops));
	must(db_commit(f.db, &oops));
	must(run_log_list(f.db, f.a, &one, &list, &n, &total, &oops));
	OK(closed == 1 && list[0].status == RUN_ERROR && list[0].completed_ms == 1795226500000 &&
		   str_starts(list[0].error, STR("interrupted")),
	   "what a dead process left running is closed");
	fixture_close(&f);
}

static void several_lists_come_in_one_statement(void)
{
	struct fixture f = open_control();
	struct run_filter filter[] = {
		{ .connection = STR("pp"), .whole_only = true, .limit = 2 },
		{ .connection = STR("nobody"), .limit = 2 },
		{ .connection = STR("pp"), .type = STR("contacts"), .limit = 5 },
	};
	struct run_log first = start(&f, "full", 1000, STR("")), last;
	struct run_list list[COUNT(filter)];

	start(&f, "contacts", 2000, first.id);
	start(&f, "full", 3000, STR(""));
	last = start(&f, "full", 4000, STR(""));
	last.status = RUN_SUCCESS;
	last.details = STR("{\"trigger\": \"schedule\", \"log\": [1, 2, 3]}");
	must(db_begin(f.db, &oops));
	must(run_log_update(f.db, &last, &oops));
	must(db_commit(f.db, &oops));
	must(run_log_lists(f.db, f.a, filter, COUNT(filter), list, &oops));
	OK(list[0].runs == 2 && str_eq(list[0].run[0].id, last.id), "the newest two");
	OK(list[0].run[1].started_ms == 3000 && list[0].run[1].trigger.len == 0, "in order");
	OK(str_eq(list[0].run[0].trigger, STR("schedule")) && list[0].run[0].details.len == 0,
	   "who began it, without the rest of the details");
	OK(list[1].runs == 0 && list[1].run == NULL, "none");
	OK(list[2].runs == 1 && str_eq(list[2].run[0].parent, first.id), "a part by its type");
	must(run_log_lists(f.db, f.a, filter, 0, list, &oops));
	fixture_close(&f);
}

/* ---- quarantine ---- */

static struct quarantine_item *listed(struct fixture *f, struct str stream, struct str after,
				      size_t limit, size_t *n)
{
	struct quarantine_filter filter = { STR("pp"), stream, after, limit };
	struct quarantine_item *list;

	must(quarantine_list(f->db, f->a, &filter, &list, n, &oops));
	return list;
}

static void bad_records_wait_in_quarantine(void)
{
	struct fixture f = open_control();
	struct quarantine_item q = { .connection = STR("pp"),
				     .stream = STR("contacts"),
				     .table = STR("contacts"),
				     .column = STR("email"),
				     .code = STR("too_long"),
				     .says = STR("it is longer"),
				     .sealed = STR("v1.xyz"),
				     .first_ms = 1000,
				     .last_ms = 1000 };
	struct quarantine_item *list;
	int64_t count;
	size_t n;

	must(db_begin(f.db, &oops));
	for (int i = 0; i < 5; i++) {
		q.key = str_printf(f.a, "k%d", i);
		must(quarantine_put(f.db, &q, &oops));
	}
	q.key = STR("k3");
	q.first_ms = q.last_ms = 5000;
	must(quarantine_put(f.db, &q, &oops));
	q.table = STR("second");
	must(quarantine_put(f.db, &q, &oops));
	must(db_commit(f.db, &oops));
	must(quarantine_count(f.db, STR("pp"), &count, &oops));
	OK(count == 6, "six records");
	list = listed(&f, STR(""), STR("k1"), 2, &n);
	OK(n == 3 && str_eq(list[0].key, STR("k2")) && str_eq(list[2].table, STR("second")),
	   "two keys from there on, one of them in two tables");
	OK(list[1].tries == 2 && list[1].first_ms == 1000 && list[1].last_ms == 5000,
	   "tries are counted");
	OK(str_eq(list[1].code, STR("too_long")) && str_eq(list[1].sealed, STR("v1.xyz")),
	   "as put");
	must(quarantine_remove(f.db, STR("pp"), STR("contacts"), STR("k3"), &oops));
	must(quarantine_remove(f.db, STR("pp"), STR("contacts"), STR("never"), &oops));
	must(quarantine_count(f.db, STR("pp"), &count, &oops));
	OK(count == 5, "one came through");
	(void)listed(&f, STR("tasks"), STR(""), 9, &n);
	OK(n == 0, "by stream");
	fixture_close(&f);
}

/* ---- tokens ---- */

static void tokens_are_sealed(void)
{
	static const unsigned char key[32] = { 1, 2, 3 }, wrong[32] = { 9 };
	struct fixture f = open_control();
	struct seal *s = seal_new(key), *other = seal_new(wrong);
	struct token t = { .access = STR("access-canary"),
			   .refresh = STR("refresh-canary"),
			   .expires_ms = 123,
			   .problem = STR("") };
	struct err e;
	bool found = true;
	const char *row;

	must(token_get(f.db, f.a, s, STR("pp"), &t, &found, &oops));
	OK(!found, "none at first");
	must(token_put(f.db, s, STR("pp"), &t, &oops));
	t.access = STR("second-canary");
	must(token_put(f.db, s, STR("pp"), &t, &oops));
	t = (struct token){ 0 };
	must(token_get(f.db, f.a, s, STR("pp"), &t, &found, &oops));
	OK(found && str_eq(t.access, STR("second-canary")) &&
		   str_eq(t.refresh, STR("refresh-canary")) && t.expires_ms == 123,
	   "the newest pair");
	OK(t.version == 2, "its version grows");
	row = sql_text(&f, "SELECT sealed FROM lockstep_tokens");
	OK(!strstr(row, "canary"), "the table holds no plain text");
	OK(!token_get(f.db, f.a, other, STR("pp"), &t, &found, &e) && e.kind == ERR_CONFIG,
	   "another key opens nothing");
	run_sql(f.db, "UPDATE lockstep_tokens SET connection = 'else'");
	OK(!token_get(f.db, f.a, s, STR("else"), &t, &found, &e) && e.kind == ERR_CONFIG,
	   "one connection's token cannot be put in another's place");
	seal_close(s);
	seal_close(other);
	fixture_close(&f);
}

static void images_are_kept_until_they_are_old(void)
{
	struct fixture f = open_control();
	struct before_run one = { STR("run-1"), STR("pp"), 1000 };
	struct before_run two = { STR("run-2"), STR("pp"), 5000 };
	struct before_image image[3] = {
		{ 1, BEFORE_CREATED, STR("people"), STR("a"), STR(""), STR("00ff") },
		{ 2, BEFORE_UPDATED, STR("people"), STR("it's \"b\""),
		  STR("{\"name\":\"Ada \\u00e9\"}"), STR("01ff") },
		{ 3, BEFORE_DELETED, STR("pets"), STR("c"), STR("{\"x\":null}"), STR("") },
	};
	struct before_filter all = { .run = STR("run-1"), .below = INT64_MAX, .limit = 10 };
	struct before_image *got;
	int64_t runs = 0, count = 0;
	size_t n = 0;

	must(before_put(f.db, &one, image, 3, &oops));
	must(before_put(f.db, &two, image, 1, &oops));
	must(before_list(f.db, f.a, &all, &got, &n, &oops));
	OK(n == 3 && got[0].number == 3 && got[0].change == BEFORE_DELETED, "the last first");
	OK(str_eq(got[1].key, image[1].key) && str_eq(got[1].before, image[1].before) &&
		   str_eq(got[1].after, STR("01ff")),
	   "as they were put: %.*s", STR_ARG(got[1].before));
	OK(got[2].before.len == 0 && got[2].change == BEFORE_CREATED, "nothing before a new row");
	all.below = 3;
	all.table = STR("people");
	all.limit = 1;
	must(before_list(f.db, f.a, &all, &got, &n, &oops));
	OK(n == 1 && got[0].number == 2, "of one table, from a place on");
	must(before_cleanup(f.db, STR("other"), 4000, &runs, &oops));
	OK(runs == 0, "another connection's stay");
	must(before_cleanup(f.db, STR("pp"), 4000, &runs, &oops));
	must(before_count(f.db, STR("run-2"), &count, &oops));
	OK(runs == 1 && count == 1 && sql_int(f.db, "SELECT count(*) FROM lockstep_before") == 1,
	   "the old run's are gone");
	fixture_close(&f);
}

static void a_held_table_is_released_by_somebody(void)
{
	struct fixture f = open_control();
	struct hold h = { .connection = STR("pp"),
			  .table = STR("tasks"),
			  .check = STR("failed_max"),
			  .seen = STR("9 %"),
			  .expected = STR("5 %"),
			  .run = STR("run-1"),
			  .since_ms = 1000 };
	struct hold_filter held = { .connection = STR("pp") };
	struct hold_release r = {
		.connection = STR("pp"), .by = STR("somebody"), .once = true, .now_ms = 2000
	};
	struct hold *got;
	int64_t n = 0;
	size_t list = 0;

	must(hold_put(f.db, &h, &oops));
	h.table = STR("contacts");
	must(hold_put(f.db, &h, &oops));
	must(hold_list(f.db, f.a, &held, &got, &list, &oops));
	OK(list == 2 && str_eq(got[0].table, STR("contacts")) && got[0].since_ms == 1000,
	   "two are held");
	r.table = STR("tasks");
	must(hold_release(f.db, &r, &n, &oops));
	must(hold_list(f.db, f.a, &held, &got, &list, &oops));
	OK(n == 1 && list == 1, "one is released");
	held.table = r.table;
	held.released = true;
	must(hold_list(f.db, f.a, &held, &got, &list, &oops));
	OK(list == 1 && got[0].released_ms == 2000 && got[0].once &&
		   str_eq(got[0].released_by, STR("somebody")),
	   "by whom and for how often is known");
	must(hold_used(f.db, STR("pp"), STR("tasks"), &oops));
	must(hold_list(f.db, f.a, &held, &got, &list, &oops));
	OK(!got[0].once, "once is over");
	h.table = STR("tasks");
	must(hold_put(f.db, &h, &oops));
	must(hold_list(f.db, f.a, &held, &got, &list, &oops));
	OK(got[0].released_ms == 0 && got[0].released_by.len == 0, "it can be held again");
	fixture_close(&f);
}

static void conflicts_wait_for_a_decision(void)
{
	struct fixture f = open_control();
	struct conflict c = {
		STR("pp"), STR("people"), STR("a"), STR("name"), STR("sealed"), 1000
	};
	struct conflict_filter all = { .connection = STR("pp"), .limit = 10 };
	struct conflict *got;
	size_t n = 0;

	must(conflict_put(f.db, &c, &oops));
	c.since_ms = 2000;
	must(conflict_put(f.db, &c, &oops));
	c.column = STR("phone");
	must(conflict_put(f.db, &c, &oops));
	must(conflict_list(f.db, f.a, &all, &got, &n, &oops));
	OK(n == 2 && got[0].since_ms == 2000 && str_eq(got[1].column, STR("phone")),
	   "one for each cell, the latest");
	must(conflict_remove(f.db, &c, &oops));
	must(conflict_list(f.db, f.a, &all, &got, &n, &oops));
	OK(n == 1, "decided");
	fixture_close(&f);
}

int main(int argc, char **argv)
{
	fixture_choose(argc, argv);
	control_tables_are_made_once();
	indexes_of_the_run_log_are_made_by_its_owner();
	an_applications_sync_logs_is_kept();
	one_holder_at_a_time();
	who_was_overtaken_knows_it();
	a_dead_holder_is_taken_over_at_once();
	another_boot_has_no_claims();
	processes_fight_for_a_lease();
	cursors_are_put_and_cleared();
	runs_are_logged();
	several_lists_come_in_one_statement();
	bad_records_wait_in_quarantine();
	tokens_are_sealed();
	images_are_kept_until_they_are_old();
	a_held_table_is_released_by_somebody();
	conflicts_wait_for_a_decision();
	return tap_done();
}

/* SPDX-License-Identifier: Apache-2.0 */
/* t_audit.c - the audit log: what is written comes back, and whatever is done to it shows. */
#include "store/audit.h"

#include "fixture.h"
#include "store/table.h"
#include "tap.h"

#define WRITERS 4
#define EACH 25

static void make_audit(struct fixture *f)
{
	struct str *statement = NULL;
	size_t n = 0;

	must(audit_plan(f->db, f->a, &statement, &n, &oops));
	OK(n > 0, "the plan makes what is missing");
	must(schema_apply(f->db, statement, n, &oops));
	must(audit_plan(f->db, f->a, &statement, &n, &oops));
	OK(n == 0, "and then nothing is");
}

static struct audit_entry entry(const char *actor, const char *action, const char *target)
{
	return (struct audit_entry){ .actor = str_from(actor),
				     .from = STR("192.0.2.7"),
				     .action = str_from(action),
				     .target = str_from(target),
				     .details = STR("{\"was\":1}") };
}

static void add(struct db *d, const char *actor, const char *action, const char *target)
{
	struct audit_entry en = entry(actor, action, target);

	must(db_begin(d, &oops));
	must(audit_add(d, &en, &oops));
	must(db_commit(d, &oops));
}

static struct fixture log_of(int rows)
{
	struct fixture f = fixture_open(NULL);

	make_audit(&f);
	for (int i = 0; i < rows; i++)
		add(f.db, i % 2 ? "user:ana" : "cli:root", i % 3 ? "user.add" : "sync.trigger",
		    i % 2 ? "user:ben" : "connection:pp");
	return f;
}

static int64_t broken_at(struct fixture *f, int64_t *rows)
{
	int64_t at = -1;

	must(audit_verify(f->db, rows, &at, &oops));
	return at;
}

static void what_is_written_comes_back_newest_first(void)
{
	struct fixture f = log_of(6);
	struct audit_filter all = { .limit = 4 }, some = { .action = STR("user.*") };
	struct audit_entry *en = NULL;
	int64_t rows = 0;
	size_t n = 0;

	must(audit_list(f.db, f.a, &all, &en, &n, &oops));
	OK(n == 4 && en[0].number == 6 && en[3].number == 3, "a page, newest first");
	IS(str_keep(f.a, en[0].actor).at, "user:ana", "with its actor");
	IS(str_keep(f.a, en[0].from).at, "192.0.2.7", "address");
	IS(str_keep(f.a, en[0].details).at, "{\"was\":1}", "details as they were");
	OK(en[0].at_ms > 0 && en[0].hash.len == 64, "time and hash");
	all.before = en[3].number;
	must(audit_list(f.db, f.a, &all, &en, &n, &oops));
	OK(n == 2 && en[0].number == 2, "the page before it");
	must(audit_list(f.db, f.a, &some, &en, &n, &oops));
	OK(n == 4, "actions by their beginning");
	some = (struct audit_filter){ .action = STR("user.add"), .actor = STR("cli:root") };
	must(audit_list(f.db, f.a, &some, &en, &n, &oops));
	OK(n == 2, "by action and actor");
	some = (struct audit_filter){ .target = STR("connection:pp") };
	must(audit_list(f.db, f.a, &some, &en, &n, &oops));
	OK(n == 3, "by target");
	OK(broken_at(&f, &rows) == 0 && rows == 6, "the chain is whole");
	fixture_close(&f);
}

static void an_entry_stands_or_falls_with_its_transaction(void)
{
	struct fixture f = log_of(1);
	struct audit_entry en = { .actor = STR("user:ana"), .action = STR("user.add") };
	int64_t rows = 0;

	must(db_begin(f.db, &oops));
	must(audit_add(f.db, &en, &oops));
	db_rollback(f.db);
	OK(broken_at(&f, &rows) == 0 && rows == 1, "rolled back: as if it had never been");
	add(f.db, "user:ana", "user.add", "");
	OK(broken_at(&f, &rows) == 0 && rows == 2, "and the chain goes on");
	fixture_close(&f);
}

static void details_are_an_object(void)
{
	struct fixture f = log_of(0);
	struct audit_entry en = { .actor = STR("a"), .action = STR("b"), .details = STR("[1]") };
	struct err e;

	must(db_begin(f.db, &oops));
	OK(!audit_add(f.db, &en, &e) && e.kind == ERR_USAGE, "a list is refused");
	en.details = STR("{");
	OK(!audit_add(f.db, &en, &e), "and what is no JSON");
	db_rollback(f.db);
	fixture_close(&f);
}

static void the_database_refuses_changes(void)
{
	static const char *const tries[] = { "UPDATE lockstep_audit SET actor = 'x'",
					     "DELETE FROM lockstep_audit WHERE number = 2",
					     "TRUNCATE lockstep_audit" };
	struct fixture f = log_of(3);
	int64_t rows = 0;
	struct err e;

	for (size_t i = 0; i < COUNT(tries); i++)
		OK(!db_exec(f.db, tries[i], NULL, 0, NULL, &e), "refused: %s", tries[i]);
	OK(broken_at(&f, &rows) == 0 && rows == 3, "nothing happened");
	fixture_close(&f);
}

/* As somebody does who may change the schema. */
static void unguard(struct fixture *f)
{
	if (on_postgres())
		run_sql(f->db, "ALTER TABLE lockstep_audit DISABLE TRIGGER ALL");
	else
		run_sql(f->db, "DROP TRIGGER lockstep_audit_no_update;\n"
			       "DROP TRIGGER lockstep_audit_no_delete");
}

/* Row 3 once more, as number `n`. */
#define COPY_AS(n)                                                                            \
	"INSERT INTO lockstep_audit (number, at_ms, actor, origin, action, target, details, " \
	"request, hash) SELECT " n                                                            \
	", at_ms, actor, origin, action, target, details, request, hash FROM lockstep_audit " \
	"WHERE number = 3"

static void whatever_is_done_to_it_shows(void)
{
	static const struct {
		const char *sql, *says;
		int64_t broken;
	} row[] = {
		{ "UPDATE lockstep_audit SET actor = 'user:eve' WHERE number = 3",
		  "a changed actor", 3 },
		{ "UPDATE lockstep_audit SET at_ms = at_ms + 1 WHERE number = 1", "a changed time",
		  1 },
		{ "UPDATE lockstep_audit SET details = '{\"was\": 1}' WHERE number = 5",
		  "white space in the details", 5 },
		{ "UPDATE lockstep_audit SET target = action, action = target WHERE number = 4",
		  "two members swapped", 4 },
		{ "UPDATE lockstep_audit SET hash = '' WHERE number = 4", "a hash taken out", 4 },
		{ "DELETE FROM lockstep_audit WHERE number = 1", "the first row removed", 1 },
		{ "DELETE FROM lockstep_audit WHERE number = 4", "a row removed", 4 },
		{ "DELETE FROM lockstep_audit WHERE number = 6", "the last row removed", 6 },
		{ "DELETE FROM lockstep_audit", "all rows removed", 1 },
		{ "DELETE FROM lockstep_audit WHERE number = 4;\n"
		  "UPDATE lockstep_audit SET number = 4 WHERE number = 5;\n"
		  "UPDATE lockstep_audit SET number = 5 WHERE number = 6",
		  "a row removed and the others moved up", 4 },
		{ "UPDATE lockstep_audit SET number = 7 WHERE number = 6;\n"
		  "UPDATE lockstep_audit SET number = 6 WHERE number = 5;\n"
		  "UPDATE lockstep_audit SET number = 5 WHERE number = 4;\n" COPY_AS("4"),
		  "a row put in between", 4 },
		{ COPY_AS("7"), "a row put behind the end", 7 },
		{ COPY_AS("0"), "a row put before the beginning", 1 },
		{ "DELETE FROM lockstep_audit_head", "the head removed", 1 },
		{ "UPDATE lockstep_audit_head SET number = 5", "the head set back", 5 },
	};

	for (size_t i = 0; i < COUNT(row); i++) {
		struct fixture f = log_of(6);
		int64_t rows = 0, at;

		unguard(&f);
		run_sql(f.db, row[i].sql);
		at = broken_at(&f, &rows);
		OK(at == row[i].broken, "%s: broken at %lld", row[i].says, (long long)at);
		fixture_close(&f);
	}
}

/* Every other one in no transaction of the writer's. */
static int write_some(struct fixture *f)
{
	struct audit_entry en = entry("token:a", "sync.test", "connection:pp");

	for (int i = 0; i < EACH; i++)
		if (i % 2)
			add(f->db, "system", "job.stop", "job:1");
		else
			must(audit_add(f->db, &en, &oops));
	return 0;
}

static void writers_at_once_make_one_chain(void)
{
	struct fixture f = log_of(0);
	int pid[WRITERS], failed = 0;
	int64_t rows = 0;

	for (int i = 0; i < WRITERS; i++)
		pid[i] = fixture_fork(&f, write_some);
	for (int i = 0; i < WRITERS; i++)
		failed += fixture_wait(pid[i]) != 0;
	OK(failed == 0, "all wrote");
	OK(broken_at(&f, &rows) == 0 && rows == (int64_t)WRITERS * EACH, "one chain of %lld",
	   (long long)rows);
	fixture_close(&f);
}

static void a_long_log_is_walked_to_its_end(void)
{
	struct fixture f = log_of(1101);
	int64_t rows = 0;

	OK(broken_at(&f, &rows) == 0 && rows == 1101, "whole");
	unguard(&f);
	run_sql(f.db, "UPDATE lockstep_audit SET actor = 'x' WHERE number = 1100");
	OK(broken_at(&f, &rows) == 1100 && rows == 1099, "a change near its end shows");
	fixture_close(&f);
}

int main(int argc, char **argv)
{
	fixture_choose(argc, argv);
	what_is_written_comes_back_newest_first();
	an_entry_stands_or_falls_with_its_transaction();
	details_are_an_object();
	the_database_refuses_changes();
	whatever_is_done_to_it_shows();
	writers_at_once_make_one_chain();
	a_long_log_is_walked_to_its_end();
	return tap_done();
}

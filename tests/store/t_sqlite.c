/* SPDX-License-Identifier: Apache-2.0 */
/* t_sqlite.c - what only a database in a file can do wrong. */
#include "fixture.h"
#include "tap.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *path_of(const struct fixture *f)
{
	return f->url.at + strlen("sqlite:");
}

static bool opens(const char *url, bool create, struct err *e)
{
	struct db_options o = { .create = create, .busy_ms = 50 };
	struct db *d;

	if (!db_open(str_from(url), &o, &d, e))
		return false;
	db_close(d);
	return true;
}

static void files_are_for_their_owner(void)
{
	struct fixture f = fixture_open(NULL);
	static const char *const suffix[] = { "", "-wal", "-shm", "-lock" };
	struct stat st;

	run_sql(f.db, "CREATE TABLE t (a integer)");
	for (size_t i = 0; i < COUNT(suffix); i++)
		OK(stat(str_printf(f.a, "%s%s", path_of(&f), suffix[i]).at, &st) == 0 &&
			   (st.st_mode & 0777) == 0600,
		   "mode 0600 of the file%s", suffix[i]);
	fixture_close(&f);
}

static void urls_that_do_not_work_say_why(void)
{
	struct err e;

	OK(!opens("mysql://x", true, &e) && e.kind == ERR_CONFIG && strstr(e.text, "sqlite:PATH"),
	   "another kind of database");
	OK(!opens("sqlite:", true, &e) && e.kind == ERR_CONFIG, "no path");
	OK(!opens("sqlite:/nowhere/at/all.db", true, &e) && e.kind == ERR_CONFIG, "no directory");
	OK(!opens("sqlite:/tmp/lockstep-not-there.db", false, &e) && e.kind == ERR_MISSING,
	   "no file, and none wanted");
	OK(!opens("sqlite:/etc/passwd", false, &e) && e.kind == ERR_CONFIG, "not a database");
	OK(opens("sqlite::memory:", true, &e), "memory");
}

static void passwords_are_never_shown(void)
{
	static const char *const url[][2] = {
		{ "postgresql://u:s3cret@host/db", "postgresql://u:***@host/db" },
		{ "postgres://u:s3c@ret@host/db", "postgres://u:***@host/db" },
		{ "postgresql://u:s3/cret@host/db?x=1", "postgresql://u:***@host/db?x=1" },
		{ "postgresql://u@host:5432/db", "postgresql://u@host:5432/db" },
		{ "postgresql:///db?password=s3cret&user=u",
		  "postgresql:///db?password=***&user=u" },
		{ "postgresql://h/db?user=u&password=s3cret",
		  "postgresql://h/db?user=u&password=***" },
		{ "sqlite:/a/b.db", "sqlite:/a/b.db" },
	};
	AUTO_ARENA *a = arena_new("redact", 1 << 20);

	for (size_t i = 0; i < COUNT(url); i++)
		IS(db_url_redact(a, str_from(url[i][0])).at, url[i][1], "redacted");
}

static bool lock_is_held(const struct fixture *f)
{
	int fd = open(str_printf(f->a, "%s-lock", path_of(f)).at, O_RDWR | O_CLOEXEC);
	bool held = fd < 0 || flock(fd, LOCK_EX | LOCK_NB) != 0;

	close(fd);
	return held;
}

static off_t wal_bytes(const struct fixture *f)
{
	struct stat st;

	return stat(str_printf(f->a, "%s-wal", path_of(f)).at, &st) == 0 ? st.st_size : -1;
}

static void fill(struct db *d)
{
	for (int i = 0; i < 25; i++)
		run_sql(d, "INSERT INTO t SELECT zeroblob(1000000)");
}

static void only_the_holder_of_the_lock_checkpoints(void)
{
	struct fixture f = fixture_open(NULL);
	struct db *second;

	run_sql(f.db, "CREATE TABLE t (a blob)");
	OK(lock_is_held(&f), "the first connection holds it");
	second = fixture_again(&f);
	fill(f.db);
	fill(second);
	fill(second);
	OK(wal_bytes(&f) > 50000000, "what the second writes stays in the WAL");
	db_close(second);
	OK(lock_is_held(&f) && wal_bytes(&f) > 0, "also when it closes");
	db_close(f.db);
	OK(!lock_is_held(&f), "the lock goes with its holder");
	OK(wal_bytes(&f) == -1, "who leaves no WAL behind");
	f.db = fixture_again(&f);
	OK(sql_int(f.db, "SELECT count(*) FROM t") == 75, "all is there");
	fixture_close(&f);
}

static void the_last_one_to_leave_checkpoints(void)
{
	struct fixture f = fixture_open(NULL);
	struct db *second = fixture_again(&f);

	run_sql(second, "CREATE TABLE t (a blob)");
	db_close(f.db);
	f.db = second;
	fill(f.db);
	db_close(f.db);
	OK(wal_bytes(&f) == -1, "though it came second");
	f.db = fixture_again(&f);
	OK(sql_int(f.db, "SELECT count(*) FROM t") == 25, "all is there");
	fixture_close(&f);
}

static struct table counters(void)
{
	struct table t = { .name = STR("counters"), .columns = 2, .keys = 1 };

	t.column[0] = (struct table_column){ STR("k"), COLUMN_TEXT, WRITE_ALWAYS };
	t.column[1] = (struct table_column){ STR("n"), COLUMN_INTEGER, WRITE_ALWAYS };
	return t;
}

/* Adds one to each of twenty counters, a hundred times, and is sometimes killed in between. */
static int count_up(struct fixture *f)
{
	struct table t = counters();

	for (int round = 0; round < 100; round++) {
		AUTO_ARENA *a = arena_new("round", 1 << 22);
		const struct value *stored[20];
		struct value cell[20][2];
		struct row row[20];
		struct row_result result[20];

		for (size_t i = 0; i < 20; i++) {
			cell[i][0] = value_str(str_printf(a, "c%zu", i));
			row[i] = (struct row){ .cell = cell[i] };
		}
		must(db_begin(f->db, &oops));
		must(table_read(f->db, &t, row, 20, a, stored, &oops));
		for (size_t i = 0; i < 20; i++)
			cell[i][1] = value_int((stored[i] ? stored[i][1].i : 0) + 1);
		must(table_upsert(f->db, &t, row, 20, a, result, &oops));
		must(db_commit(f->db, &oops));
	}
	return 0;
}

static void processes_write_at_once(void)
{
	struct fixture f = fixture_open(NULL);
	int pid[3];

	run_sql(f.db, "CREATE TABLE counters (k text UNIQUE, n integer)");
	for (size_t i = 0; i < COUNT(pid); i++)
		pid[i] = fixture_fork(&f, count_up);
	for (size_t i = 0; i < COUNT(pid); i++)
		OK(fixture_wait(pid[i]) == 0, "writer %zu was done", i);
	OK(sql_int(f.db, "SELECT min(n) FROM counters") == 300 &&
		   sql_int(f.db, "SELECT max(n) FROM counters") == 300,
	   "no addition was lost");
	IS(sql_text(&f, "PRAGMA integrity_check"), "ok", "and the file is whole");
	fixture_close(&f);
}

static void killed_writers_leave_whole_transactions(void)
{
	struct fixture f = fixture_open(NULL);
	int64_t low, high;

	run_sql(f.db, "CREATE TABLE counters (k text UNIQUE, n integer)");
	for (int i = 0; i < 10; i++) {
		int pid = fixture_fork(&f, count_up);

		usleep(3000 + (useconds_t)i * 2500);
		kill(pid, SIGKILL);
		fixture_wait(pid);
		low = sql_int(f.db, "SELECT coalesce(min(n), 0) FROM counters");
		high = sql_int(f.db, "SELECT coalesce(max(n), 0) FROM counters");
		OK(low == high, "all counters say %d", (int)high);
	}
	IS(sql_text(&f, "PRAGMA integrity_check"), "ok", "and the file is whole");
	fixture_close(&f);
}

static void a_locked_database_is_worth_another_try(void)
{
	struct fixture f = fixture_open(NULL);
	struct db_options o = { .busy_ms = 20 };
	struct db *second = NULL;
	struct err e;

	must(db_open(f.url, &o, &second, &oops));
	must(db_begin(f.db, &oops));
	OK(!db_begin(second, &e) && e.kind == ERR_TRANSIENT, "ERR_TRANSIENT");
	must(db_commit(f.db, &oops));
	must(db_begin(second, &oops));
	db_rollback(second);
	db_close(second);
	fixture_close(&f);
}

#define AN_HOUR_MS 3600000

/* If it waited, it would wait for ever: the writer is this very thread. */
static void what_is_not_worth_a_wait_does_not_wait(void)
{
	struct fixture f = fixture_open(NULL);
	struct db_options o = { .busy_ms = AN_HOUR_MS };
	struct db *second = NULL;
	struct err e;

	run_sql(f.db, "CREATE TABLE t (a integer)");
	must(db_open(f.url, &o, &second, &oops));
	must(db_begin(f.db, &oops));
	OK(!db_exec_unless_busy(second, "INSERT INTO t VALUES (1)", NULL, 0, &e) &&
		   e.kind == ERR_TRANSIENT,
	   "while somebody writes it is left undone");
	must(db_commit(f.db, &oops));
	must(db_exec_unless_busy(second, "INSERT INTO t VALUES (1)", NULL, 0, &oops));
	OK(sql_int(f.db, "SELECT count(*) FROM t") == 1, "else it is done");
	OK(sql_int(second, "PRAGMA busy_timeout") == AN_HOUR_MS, "and all others wait as before");
	db_close(second);
	fixture_close(&f);
}

/* Its affinity would make a double of the digits. */
static void a_numeric_column_takes_what_it_can_hold(void)
{
	struct fixture f = fixture_open(NULL);
	struct table t = { .name = STR("sums"), .columns = 2, .keys = 1 };
	struct value one[] = { value_str(STR("a")), value_str(STR("509135.89")) };
	struct value two[] = { value_str(STR("b")), value_str(STR("12345678901234567.89")) };
	struct row row[] = { { .cell = one }, { .cell = two } };
	struct row_result result[2];

	t.column[0] = (struct table_column){ STR("k"), COLUMN_TEXT, WRITE_ALWAYS };
	t.column[1] = (struct table_column){ STR("n"), COLUMN_DECIMAL, WRITE_ALWAYS };
	run_sql(f.db, "CREATE TABLE sums (k text UNIQUE, n numeric(15, 2))");
	for (int pass = 0; pass < 2; pass++) {
		must(db_begin(f.db, &oops));
		must(table_upsert(f.db, &t, row, 2, f.a, result, &oops));
		must(db_commit(f.db, &oops));
		OK(result[0].outcome == (pass ? ROW_UNCHANGED : ROW_CREATED), "15 digits fit");
		OK(result[1].outcome == ROW_REJECTED && str_eq(result[1].column, STR("n")),
		   "19 do not, and are refused");
	}
	fixture_close(&f);
}

static void many_statements_share_the_cache(void)
{
	struct fixture f = fixture_open(NULL);

	for (int i = 0; i < 300; i++)
		OK(i % 60 || sql_int(f.db, str_printf(f.a, "SELECT %d", i % 130).at) == i % 130,
		   "statement %d", i);
	for (int i = 0; i < 300; i++)
		if (sql_int(f.db, str_printf(f.a, "SELECT %d", i % 130).at) != i % 130)
			OK(false, "statement %d", i);
	fixture_close(&f);
}

int main(int argc, char **argv)
{
	fixture_choose(argc, argv);
	files_are_for_their_owner();
	urls_that_do_not_work_say_why();
	passwords_are_never_shown();
	only_the_holder_of_the_lock_checkpoints();
	the_last_one_to_leave_checkpoints();
	processes_write_at_once();
	killed_writers_leave_whole_transactions();
	a_locked_database_is_worth_another_try();
	what_is_not_worth_a_wait_does_not_wait();
	a_numeric_column_takes_what_it_can_hold();
	many_statements_share_the_cache();
	return tap_done();
}

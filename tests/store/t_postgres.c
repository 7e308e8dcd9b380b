/* SPDX-License-Identifier: Apache-2.0 */
/* t_postgres.c - an application's own tables, lost connections, and others at the same rows. */
#include "fixture.h"
#include "tap.h"

#include <stdlib.h>
#include <unistd.h>

/* ---- an application's own types ---- */

static const char app_sql[] =
	"CREATE TYPE stage AS ENUM ('PENDING', '45D', 'COMPLETED');\n"
	"CREATE DOMAIN short_text AS text CHECK (length(VALUE) < 10);\n"
	"CREATE TABLE app (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), pp_id varchar(50) UNIQUE, "
	"stage stage NOT NULL DEFAULT 'PENDING', name varchar(10), worth numeric(15,2), data json, "
	"datb jsonb, plain text, due date, at timestamp, small smallint, code short_text, ref uuid, "
	"flag boolean, \"odd \"\"name\" text)";

enum {
	PP_ID,
	STAGE,
	NAME,
	WORTH,
	DATA,
	DATB,
	PLAIN,
	DUE,
	AT,
	SMALL,
	CODE,
	REF,
	FLAG,
	ODD,
	COLUMNS
};

static const struct table_column app_columns[COLUMNS] = {
	{ STR("pp_id"), COLUMN_TEXT, WRITE_ALWAYS },
	{ STR("stage"), COLUMN_TEXT, WRITE_ALWAYS },
	{ STR("name"), COLUMN_TEXT, WRITE_ALWAYS },
	{ STR("worth"), COLUMN_DECIMAL, WRITE_ALWAYS },
	{ STR("data"), COLUMN_JSON, WRITE_ALWAYS },
	{ STR("datb"), COLUMN_JSON, WRITE_ALWAYS },
	{ STR("plain"), COLUMN_JSON, WRITE_ALWAYS },
	{ STR("due"), COLUMN_DATE, WRITE_ALWAYS },
	{ STR("at"), COLUMN_TIMESTAMP, WRITE_ALWAYS },
	{ STR("small"), COLUMN_INTEGER, WRITE_ALWAYS },
	{ STR("code"), COLUMN_TEXT, WRITE_ALWAYS },
	{ STR("ref"), COLUMN_UUID, WRITE_ALWAYS },
	{ STR("flag"), COLUMN_BOOLEAN, WRITE_ALWAYS },
	{ STR("odd \"name"), COLUMN_TEXT, WRITE_ALWAYS },
};

static struct table app(void)
{
	struct table t = { .name = STR("app"), .columns = COLUMNS, .keys = 1 };

	memcpy(t.column, app_columns, sizeof(app_columns));
	return t;
}

static struct row app_row(struct arena *a, size_t i)
{
	struct value *cell = arena_new_array(a, struct value, COLUMNS);

	cell[PP_ID] = value_str(str_printf(a, "id-%zu", i));
	cell[STAGE] = value_str(STR("45D"));
	cell[NAME] = value_str(STR("Ada"));
	cell[WORTH] = value_str(STR("509135.89"));
	cell[DATA] = cell[DATB] = cell[PLAIN] =
		value_str(STR("{\"b\": 1.50, \"a\": \"\\\\ \\n\"}"));
	cell[DUE] = value_str(STR("2026-03-08"));
	cell[AT] = (struct value){ .kind = VALUE_TIME, .us = 1795226400123456 };
	cell[SMALL] = value_int(7);
	cell[CODE] = value_str(STR("short"));
	cell[REF] = value_str(STR("00000000-0000-4000-8000-000000000001"));
	cell[FLAG] = value_bool(false);
	cell[ODD] = value_str(STR("tab\tnewline\nslash\\"));
	return (struct row){ .cell = cell };
}

static struct value *cells(struct row r)
{
	return (struct value *)(uintptr_t)r.cell;
}

static void put(struct fixture *f, const struct table *t, const struct row *row, size_t rows,
		struct row_result *result)
{
	must(db_begin(f->db, &oops));
	must(table_upsert(f->db, t, row, rows, f->a, result, &oops));
	must(db_commit(f->db, &oops));
}

static void an_applications_types_are_met(void)
{
	struct fixture f = fixture_open(NULL);
	struct table t = app();
	struct row row[2] = { app_row(f.a, 1), app_row(f.a, 2) };
	const struct value *stored[2];
	struct row_result result[2];

	run_sql(f.db, app_sql);
	put(&f, &t, row, 2, result);
	OK(result[0].outcome == ROW_CREATED && result[1].outcome == ROW_CREATED, "created");
	put(&f, &t, row, 2, result);
	OK(result[0].outcome == ROW_UNCHANGED && result[1].outcome == ROW_UNCHANGED, "unchanged");
	IS(sql_text(&f, "SELECT CAST(at AS text) FROM app WHERE pp_id = 'id-1'"),
	   "2026-11-21 02:00:00.123456", "a timestamp without zone is UTC");
	must(table_read(f.db, &t, row, 2, f.a, stored, &oops));
	for (size_t i = 0; i < COLUMNS; i++)
		OK(stored[1] && (column_eq(t.column[i].type, stored[1][i], row[1].cell[i])),
		   "column %s comes back", t.column[i].name.at);
	cells(row[0])[DATA] = value_str(STR("{\"a\":\"\\\\ \\n\",\"b\":1.50}"));
	cells(row[0])[DATB] = cells(row[0])[DATA];
	put(&f, &t, row, 1, result);
	OK(result[0].outcome == ROW_UNCHANGED, "json is compared by content");
	cells(row[0])[DATA] = value_str(STR("{\"a\":2}"));
	put(&f, &t, row, 1, result);
	OK(result[0].outcome == ROW_UPDATED, "also where its type has no equality");
	fixture_close(&f);
}

static void each_refusal_has_its_code(void)
{
	static const struct {
		int column;
		struct value value;
		const char *code;
	} bad[] = {
		{ STAGE, { .kind = VALUE_STR, .s = STR("NOT-A-STAGE") }, "type" },
		{ STAGE, { .kind = VALUE_NULL }, "not_null" },
		{ NAME, { .kind = VALUE_STR, .s = STR("longer than ten") }, "too_long" },
		{ WORTH, { .kind = VALUE_STR, .s = STR("1.005") }, "type" },
		{ WORTH, { .kind = VALUE_STR, .s = STR("12345678901234.00") }, "type" },
		{ DATB, { .kind = VALUE_STR, .s = STR("{\"a\": \"\\u0000\"}") }, "type" },
		{ SMALL, { .kind = VALUE_INT, .i = 100000 }, "type" },
		{ CODE, { .kind = VALUE_STR, .s = STR("much too long a code") }, "check" },
		{ REF, { .kind = VALUE_STR, .s = STR("not-a-uuid") }, "type" },
		{ DUE, { .kind = VALUE_STR, .s = STR("2026-02-30") }, "type" },
	};
	struct fixture f = fixture_open(NULL);
	struct table t = app();
	struct row row[40];
	struct row_result result[40];

	run_sql(f.db, app_sql);
	for (size_t i = 0; i < COUNT(row); i++)
		row[i] = app_row(f.a, i);
	for (size_t i = 0; i < COUNT(bad); i++)
		cells(row[3 * i + 2])[bad[i].column] = bad[i].value;
	put(&f, &t, row, COUNT(row), result);
	for (size_t i = 0; i < COUNT(bad); i++) {
		struct row_result *r = &result[3 * i + 2];

		OK(r->outcome == ROW_REJECTED && str_eq(r->code, str_from(bad[i].code)), "%s: %.*s",
		   bad[i].code, STR_ARG(r->code));
		OK(str_eq(r->column, app_columns[bad[i].column].name), "in %.*s, got '%.*s'",
		   STR_ARG(app_columns[bad[i].column].name), STR_ARG(r->column));
	}
	OK(sql_int(f.db, "SELECT count(*) FROM app") == 30, "the thirty others are there");
	OK(sql_int(f.db, "SELECT count(*) FROM app WHERE worth = 509135.89") == 30, "to the digit");
	fixture_close(&f);
}

static void a_trigger_may_refuse(void)
{
	struct fixture f = fixture_open(NULL);
	struct table t = app();
	struct row row[3] = { app_row(f.a, 1), app_row(f.a, 2), app_row(f.a, 3) };
	struct row_result result[3];

	run_sql(f.db, app_sql);
	run_sql(f.db, "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS "
		      "'BEGIN IF NEW.small = 13 THEN RAISE EXCEPTION ''no % here'', NEW.name; END "
		      "IF; RETURN NEW; END';\n"
		      "CREATE TRIGGER refuse BEFORE INSERT ON app FOR EACH ROW EXECUTE FUNCTION "
		      "refuse()");
	cells(row[1])[SMALL] = value_int(13);
	put(&f, &t, row, 3, result);
	OK(result[1].outcome == ROW_REJECTED && str_eq(result[1].code, STR("other")), "other");
	OK(str_find(result[1].says, STR("Ada")) < 0, "its words are not repeated");
	OK(result[0].outcome == ROW_CREATED && result[2].outcome == ROW_CREATED, "the rest is in");
	fixture_close(&f);
}

static void a_table_without_the_key_is_named(void)
{
	struct fixture f = fixture_open(NULL);
	struct table t = app();
	struct row row = app_row(f.a, 1);
	struct row_result result;
	struct err e;

	run_sql(f.db, app_sql);
	run_sql(f.db, "ALTER TABLE app DROP CONSTRAINT app_pp_id_key");
	must(db_begin(f.db, &oops));
	OK(!table_upsert(f.db, &t, &row, 1, f.a, &result, &e) && e.kind == ERR_CONFIG &&
		   strstr(e.text, "unique index"),
	   "no unique index: %s", e.text);
	db_rollback(f.db);
	run_sql(f.db, "ALTER TABLE app ADD UNIQUE (pp_id)");
	put(&f, &t, &row, 1, &result);
	OK(result.outcome == ROW_CREATED, "and it works once there is one");
	fixture_close(&f);
}

/* ---- connections that end ---- */

static void kill_backend(struct fixture *f)
{
	struct db *other = fixture_again(f);
	struct str sql = str_printf(f->a, "SELECT CAST(pg_terminate_backend(%lld) AS integer)",
				    (long long)sql_int(f->db, "SELECT pg_backend_pid()"));

	OK(sql_int(other, sql.at) == 1, "the connection is ended by the server");
	db_close(other);
	usleep(20000);
}

static void a_lost_connection_is_replaced(void)
{
	struct fixture f = fixture_open(NULL);
	struct table t = app();
	struct row row = app_row(f.a, 1);
	struct row_result result;
	struct err e;

	run_sql(f.db, app_sql);
	kill_backend(&f);
	must(db_begin(f.db, &oops));
	OK(true, "an idle one at the next begin");
	kill_backend(&f);
	OK(!table_upsert(f.db, &t, &row, 1, f.a, &result, &e) && e.kind == ERR_TRANSIENT,
	   "in a transaction: ERR_TRANSIENT");
	OK(!db_exec(f.db, "SELECT 1", NULL, 0, NULL, &e) && e.kind == ERR_TRANSIENT,
	   "until it is rolled back");
	OK(!db_commit(f.db, &e) && e.kind == ERR_TRANSIENT, "nothing can be committed");
	db_rollback(f.db);
	put(&f, &t, &row, 1, &result);
	OK(result.outcome == ROW_CREATED, "then it works again");
	kill_backend(&f);
	OK(!db_exec(f.db, "SELECT 1", NULL, 0, NULL, &e) && e.kind == ERR_TRANSIENT,
	   "a single statement may have happened: ERR_TRANSIENT");
	must(db_exec(f.db, "SELECT 1", NULL, 0, NULL, &oops));
	must(db_begin(f.db, &oops));
	must(table_upsert(f.db, &t, &row, 1, f.a, &result, &oops));
	kill_backend(&f);
	OK(!db_commit(f.db, &e) && e.kind == ERR_TRANSIENT, "lost before COMMIT");
	db_rollback(f.db);
	fixture_close(&f);
}

static void a_restarted_server_is_found_again(void)
{
	const char *restart = getenv("LOCKSTEP_TEST_POSTGRES_RESTART");
	struct fixture f = fixture_open(NULL);
	struct err e;
	int pid;

	if (!restart)
		return fixture_close(&f);
	run_sql(f.db, "CREATE TABLE t (a integer)");
	must(db_begin(f.db, &oops));
	run_sql(f.db, "INSERT INTO t VALUES (1)");
	pid = fork();
	if (pid == 0) {
		execl("/bin/sh", "sh", "-c", restart, (char *)NULL);
		_exit(127);
	}
	OK(fixture_wait(pid) == 0, "the server is killed and started");
	OK(!db_commit(f.db, &e) && e.kind == ERR_TRANSIENT, "what was open is lost: %s", e.text);
	db_rollback(f.db);
	must(db_begin(f.db, &oops));
	must(db_commit(f.db, &oops));
	OK(sql_int(f.db, "SELECT count(*) FROM t") == 0, "and the next transaction works");
	fixture_close(&f);
}

static void statements_stay_prepared_when_asked_for(void)
{
	struct fixture f = fixture_open(NULL);
	struct db_options o = { .prepare = true };
	struct value two = value_int(2);
	struct db_result r;
	struct db *d;
	struct err e;

	run_sql(f.db, "CREATE TABLE t (a integer);\nINSERT INTO t VALUES (2)");
	must(db_open(f.url, &o, &d, &oops));
	for (int i = 0; i < 3; i++)
		must(db_query(d, f.a, "SELECT a FROM t WHERE a = ?1", &two, 1, &r, &oops));
	OK(r.rows == 1 && db_cell(&r, 0, 0).i == 2, "they answer");
	OK(sql_int(d, "SELECT count(*) FROM pg_prepared_statements") == 2, "and are kept once");
	OK(sql_int(f.db, "SELECT count(*) FROM pg_prepared_statements") == 0, "only then");
	OK(str_eq(str_from(
			  sql_text(&(struct fixture){ .db = d, .a = f.a }, "SHOW enable_hashjoin")),
		  STR("on")),
	   "and the planner is left alone");
	run_sql(f.db, "ALTER TABLE t ALTER a TYPE bigint");
	OK(!db_query(d, f.a, "SELECT a FROM t WHERE a = ?1", &two, 1, &r, &e) &&
		   e.kind == ERR_TRANSIENT,
	   "one whose answer has changed asks for another try: %s", e.text);
	OK(db_query(d, f.a, "SELECT a FROM t WHERE a = ?1", &two, 1, &r, &e) && r.rows == 1,
	   "which works");
	OK(!db_exec(d, "SELECT nothing", NULL, 0, NULL, &e) && e.kind == ERR_STORE,
	   "a mistake is told when it is prepared: %s", e.text);
	db_close(d);
	fixture_close(&f);
}

static void servers_that_are_not_there_say_so(void)
{
	struct db_options o = { 0 };
	struct db *d;
	struct err e;

	OK(!db_open(STR("postgresql://u:canary@127.0.0.1:1/x"), &o, &d, &e) &&
		   e.kind == ERR_TRANSIENT && !strstr(e.text, "canary"),
	   "nobody listens: %s", e.text);
	OK(!db_open(STR("postgresql://u:canary@host:notaport/x"), &o, &d, &e) &&
		   e.kind == ERR_CONFIG && !strstr(e.text, "canary"),
	   "a bad URL: %s", e.text);
}

/* ---- others at the same rows ---- */

static struct row pair(struct arena *a, size_t i, int64_t n)
{
	struct value *cell = arena_new_array(a, struct value, 2);

	cell[0] = value_str(str_printf(a, "k%zu", i));
	cell[1] = value_int(n);
	return (struct row){ .cell = cell };
}

static struct table pairs(void)
{
	struct table t = { .name = STR("pairs"), .columns = 2, .keys = 1 };

	t.column[0] = (struct table_column){ STR("k"), COLUMN_TEXT, WRITE_ALWAYS };
	t.column[1] = (struct table_column){ STR("n"), COLUMN_INTEGER, WRITE_ALWAYS };
	return t;
}

/* Inserts the same keys as its siblings, in its own order. */
static int race(struct fixture *f)
{
	struct table t = pairs();
	struct row row[50];
	struct row_result result[50];
	size_t created = 0;

	for (size_t i = 0; i < 50; i++)
		row[i] = pair(f->a, i, (int64_t)getpid());
	for (int tries = 0; tries < 50; tries++) {
		struct err e;

		if (!db_begin(f->db, &e))
			return 250;
		if (table_upsert(f->db, &t, row, 50, f->a, result, &e) && db_commit(f->db, &e))
			break;
		db_rollback(f->db);
		if (e.kind != ERR_TRANSIENT)
			return 251;
	}
	for (size_t i = 0; i < 50; i++)
		created += result[i].outcome == ROW_CREATED;
	return (int)created;
}

static void two_that_insert_the_same_key(void)
{
	struct fixture f = fixture_open(NULL);
	int pid[4], created = 0;

	run_sql(f.db, "CREATE TABLE pairs (k text UNIQUE, n integer)");
	for (size_t i = 0; i < COUNT(pid); i++)
		pid[i] = fixture_fork(&f, race);
	for (size_t i = 0; i < COUNT(pid); i++)
		created += fixture_wait(pid[i]);
	OK(created == 50, "each row was created by one of them: %d", created);
	OK(sql_int(f.db, "SELECT count(*) FROM pairs") == 50, "and is there once");
	fixture_close(&f);
}

static void keys_that_only_the_database_finds_equal(void)
{
	struct fixture f = fixture_open(NULL);
	struct table t = pairs();
	struct row row[2] = { pair(f.a, 1, 1), pair(f.a, 1, 2) };
	struct row_result result[2];

	run_sql(f.db, "CREATE COLLATION nocase (provider = icu, locale = 'und-u-ks-level2', "
		      "deterministic = false);\n"
		      "CREATE TABLE pairs (k text COLLATE nocase UNIQUE, n integer)");
	cells(row[1])[0] = value_str(STR("K1"));
	put(&f, &t, row, 2, result);
	OK(result[0].outcome == ROW_CREATED && result[1].outcome == ROW_UPDATED,
	   "one after another");
	OK(sql_int(f.db, "SELECT n FROM pairs") == 2, "one row");
	fixture_close(&f);
}

static void an_unchanged_row_is_not_touched(void)
{
	struct fixture f = fixture_open(NULL);
	struct table t = pairs();
	struct row row = pair(f.a, 1, 1);
	struct row_result result;
	const char *before;

	run_sql(f.db, "CREATE TABLE pairs (k text UNIQUE, n integer)");
	put(&f, &t, &row, 1, &result);
	before = sql_text(&f, "SELECT CAST(xmin AS text) || CAST(xmax AS text) || CAST(ctid AS "
			      "text) FROM pairs");
	put(&f, &t, &row, 1, &result);
	IS(sql_text(&f,
		    "SELECT CAST(xmin AS text) || CAST(xmax AS text) || CAST(ctid AS text) FROM "
		    "pairs"),
	   before, "neither written nor locked");
	fixture_close(&f);
}

/* ---- before-images beside somebody else's change ---- */

static struct table beside(void)
{
	struct table t = { .name = STR("beside"), .columns = 2, .keys = 1, .before = true };

	t.column[0] = (struct table_column){ STR("k"), COLUMN_TEXT, WRITE_ALWAYS };
	t.column[1] = (struct table_column){ STR("v"), COLUMN_TEXT, WRITE_ALWAYS };
	return t;
}

/* Exits with 0 when the row that was replaced is the one that somebody committed meanwhile. */
static int replace_what_is_there(struct fixture *f)
{
	struct value cell[] = { value_str(STR("a")), value_str(STR("ours")) };
	struct row row = { .cell = cell };
	struct row_result result = { 0 };
	struct table t = beside();

	must(db_begin(f->db, &oops));
	must(table_upsert(f->db, &t, &row, 1, f->a, &result, &oops));
	must(db_commit(f->db, &oops));
	return result.outcome == ROW_UPDATED && result.before &&
			       str_eq(result.before[1].s, STR("theirs"))
		       ? 0
		       : 1;
}

static void what_was_replaced_is_what_was_there(void)
{
	struct fixture f = fixture_open(NULL);
	struct db *other;
	int pid;

	run_sql(f.db, "CREATE TABLE beside (k text PRIMARY KEY, v text);\n"
		      "INSERT INTO beside VALUES ('a', 'first')");
	other = fixture_again(&f);
	must(db_begin(other, &oops));
	must(db_exec(other, "UPDATE beside SET v = 'theirs'", NULL, 0, NULL, &oops));
	pid = fixture_fork(&f, replace_what_is_there);
	while (sql_int(f.db, "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' "
			     "AND datname = current_database()") == 0)
		usleep(1000);
	must(db_commit(other, &oops));
	OK(fixture_wait(pid) == 0, "the image is of the row that was replaced");
	IS(sql_text(&f, "SELECT v FROM beside"), "ours", "ours is there");
	db_close(other);
	fixture_close(&f);
}

int main(int argc, char **argv)
{
	fixture_choose(argc, argv);
	an_applications_types_are_met();
	each_refusal_has_its_code();
	a_trigger_may_refuse();
	a_table_without_the_key_is_named();
	a_lost_connection_is_replaced();
	statements_stay_prepared_when_asked_for();
	servers_that_are_not_there_say_so();
	two_that_insert_the_same_key();
	what_was_replaced_is_what_was_there();
	keys_that_only_the_database_finds_equal();
	an_unchanged_row_is_not_touched();
	a_restarted_server_is_found_again();
	return tap_done();
}

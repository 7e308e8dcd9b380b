/* SPDX-License-Identifier: Apache-2.0 */
/* t_outbox.c - changes that an application makes by SQL of its own become rows of the outbox. */
#include "fixture.h"

#include "store/outbox.h"
#include "tap.h"

#define A_QUOTE "it's"

static const struct str watched[] = { { "name", 4 }, { "size \"x\"", 8 } };
static const struct str carried[] = { { "vendor_id", 9 } };

static struct outbox_watch things(void)
{
	return (struct outbox_watch){ .connection = STR("shop"),
				      .name = STR("things"),
				      .table = STR("things"),
				      .key = STR("id"),
				      .column = watched,
				      .columns = COUNT(watched),
				      .carried = carried,
				      .carries = COUNT(carried) };
}

static size_t plan(struct fixture *f, const struct outbox_watch *w, size_t n)
{
	struct str *statement = NULL;
	size_t statements = 0;

	must(outbox_plan(f->db, f->a, w, n, &statement, &statements, &oops));
	must(schema_apply(f->db, statement, statements, &oops));
	return statements;
}

static struct fixture make(const struct outbox_watch *w)
{
	struct fixture f = fixture_open(NULL);

	make_control(&f);
	make_jobs(&f);
	run_sql(f.db, "CREATE TABLE things (id integer PRIMARY KEY, name text,"
		      " \"size \"\"x\"\"\" integer, vendor_id text, note text, open boolean)");
	plan(&f, w, 1);
	return f;
}

/* "op key changed" of every row, in order. */
static const char *rows(struct fixture *f)
{
	struct db_result r = { 0 };
	struct buf b;

	buf_in(&b, f->a, 100000);
	must(db_query(f->db, f->a,
		      "SELECT op, record_key, changed FROM lockstep_outbox ORDER BY id", NULL, 0,
		      &r, &oops));
	for (size_t i = 0; i < r.rows; i++) {
		struct value changed = db_cell(&r, i, 2);

		buf_printf(&b, "%s%.*s %.*s%s", i ? ", " : "", STR_ARG(db_cell(&r, i, 0).s),
			   STR_ARG(db_cell(&r, i, 1).s), changed.kind == VALUE_STR ? " " : "");
		for (size_t k = 0; changed.kind == VALUE_STR && k < changed.s.len; k++)
			if (changed.s.at[k] != ' ')
				buf_char(&b, changed.s.at[k]);
	}
	return buf_str(&b).at;
}

static void forget(struct fixture *f)
{
	run_sql(f->db, "DELETE FROM lockstep_outbox");
}

static void changes_become_rows(void)
{
	struct outbox_watch w = things();
	struct fixture f = make(&w);

	run_sql(f.db, "INSERT INTO things (id, name, vendor_id) VALUES (1, 'a', 'v1')");
	IS(rows(&f), "insert 1", "an insert makes a row");
	OK(strstr(sql_text(&f, "SELECT after_row FROM lockstep_outbox"), "\"v1\"") != NULL,
	   "with the carried column");
	forget(&f);
	run_sql(f.db, "UPDATE things SET name = 'b' WHERE id = 1");
	IS(rows(&f), "update 1 [\"name\"]", "an update names what changed");
	OK(strstr(sql_text(&f, "SELECT before_row FROM lockstep_outbox"), "\"a\"") != NULL &&
		   strstr(sql_text(&f, "SELECT after_row FROM lockstep_outbox"), "\"b\"") != NULL,
	   "before and after are there");
	forget(&f);
	run_sql(f.db, "UPDATE things SET \"size \"\"x\"\"\" = 7");
	IS(rows(&f), "update 1 [\"size\\\"x\\\"\"]", "a column with quotes in its name");
	forget(&f);
	run_sql(f.db, "UPDATE things SET note = 'n', vendor_id = 'v2', name = 'b'");
	IS(rows(&f), "", "an update of nothing that is watched makes none");
	run_sql(f.db, "UPDATE things SET id = 2");
	IS(rows(&f), "delete 1, insert 2", "another key is another record");
	forget(&f);
	run_sql(f.db, "DELETE FROM things");
	IS(rows(&f), "delete 2", "a delete makes a row");
	fixture_close(&f);
}

static void transactions_hold(void)
{
	struct outbox_watch w = things();
	struct fixture f = make(&w);

	must(db_begin(f.db, &oops));
	run_sql(f.db, "INSERT INTO things (id, name) VALUES (1, 'a')");
	db_rollback(f.db);
	IS(rows(&f), "", "what is rolled back was never there");
	must(db_begin(f.db, &oops));
	run_sql(f.db, "INSERT INTO things (id, name) VALUES (1, 'a');\n"
		      "UPDATE things SET name = 'b'");
	must(db_commit(f.db, &oops));
	IS(rows(&f), "insert 1, update 1 [\"name\"]", "what is committed is, in order");
	fixture_close(&f);
}

static void own_writes_are_quiet(void)
{
	struct outbox_watch w = things();
	struct fixture f = make(&w);

	must(db_begin(f.db, &oops));
	must(outbox_quiet(f.db, STR("shop"), &oops));
	run_sql(f.db, "INSERT INTO things (id, name) VALUES (1, 'a')");
	must(outbox_loud(f.db, STR("shop"), &oops));
	must(db_commit(f.db, &oops));
	IS(rows(&f), "", "what came from the vendor does not go back to it");
	must(db_begin(f.db, &oops));
	must(outbox_quiet(f.db, STR("other"), &oops));
	run_sql(f.db, "UPDATE things SET name = 'b'");
	must(outbox_loud(f.db, STR("other"), &oops));
	must(db_commit(f.db, &oops));
	IS(rows(&f), "update 1 [\"name\"]", "what came from another vendor does");
	forget(&f);
	must(db_begin(f.db, &oops));
	must(outbox_quiet(f.db, STR("shop"), &oops));
	db_rollback(f.db);
	run_sql(f.db, "UPDATE things SET name = 'c'");
	IS(rows(&f), "update 1 [\"name\"]", "the quiet ends with its transaction");
	fixture_close(&f);
}

static void conditions_hold(void)
{
	static const struct value open[] = { { .kind = VALUE_BOOL, .b = true } };
	static const struct value names[] = { { .kind = VALUE_STR, .s = { A_QUOTE, 4 } },
					      { .kind = VALUE_INT, .i = 5 } };
	static const struct value none[] = { { .kind = VALUE_NULL } };
	static const struct outbox_condition when[] = {
		{ { "open", 4 }, open, 1, false },
		{ { "name", 4 }, names, 2, false },
		{ { "vendor_id", 9 }, none, 1, true },
	};
	struct outbox_watch w = things();
	struct fixture f;

	w.when = when;
	w.whens = COUNT(when);
	f = make(&w);
	run_sql(f.db, "INSERT INTO things (id, name, open, vendor_id) VALUES"
		      " (1, 'it''s', true, 'v'), (2, '5', true, 'v'), (3, '5', false, 'v'),"
		      " (4, '5', true, NULL), (5, NULL, true, 'v'), (6, '5', NULL, 'v')");
	IS(rows(&f), "insert 1, insert 2", "only rows that meet the conditions");
	forget(&f);
	run_sql(f.db, "UPDATE things SET open = true WHERE id = 3");
	IS(rows(&f), "insert 3", "a row that begins to meet them is inserted");
	forget(&f);
	run_sql(f.db, "UPDATE things SET open = NULL WHERE id = 3");
	IS(rows(&f), "delete 3", "one that no longer does is deleted");
	forget(&f);
	run_sql(f.db, "UPDATE things SET name = 'it''s' WHERE id = 2");
	IS(rows(&f), "update 2 [\"name\"]", "one that still does is updated");
	fixture_close(&f);
}

static void triggers_follow_the_plan(void)
{
	struct outbox_watch w[2] = { things(), things() };
	struct fixture f = make(&w[0]);

	OK(plan(&f, w, 1) == 0, "planned twice, nothing is to be done");
	w[0].columns = 1;
	OK(plan(&f, w, 1) > 0, "a watch that changed is made again");
	OK(plan(&f, w, 1) == 0, "once");
	run_sql(f.db, "INSERT INTO things (id, name) VALUES (1, 'a')");
	forget(&f);
	run_sql(f.db, "UPDATE things SET \"size \"\"x\"\"\" = 7");
	IS(rows(&f), "", "and watches what it now says");
	w[1].name = STR("again");
	plan(&f, w, 2);
	run_sql(f.db, "UPDATE things SET name = 'b'");
	OK(sql_int(f.db, "SELECT count(*) FROM lockstep_outbox") == 2, "two watches on a table");
	plan(&f, w, 0);
	run_sql(f.db, "UPDATE things SET name = 'c'");
	OK(sql_int(f.db, "SELECT count(*) FROM lockstep_outbox") == 2,
	   "a watch that is gone has no trigger");
	fixture_close(&f);
}

static void complaints_name_the_column(void)
{
	struct outbox_watch w = things();
	struct fixture f = make(&w);
	struct str *statement;
	size_t n;
	struct err e;

	w.key = STR("nope");
	OK(!outbox_plan(f.db, f.a, &w, 1, &statement, &n, &e) && e.kind == ERR_CONFIG &&
		   strstr(e.text, "'nope'"),
	   "a column that is not there is named");
	w = things();
	w.filled = &(struct str){ "unfilled", 8 };
	w.fills = 1;
	OK(!outbox_plan(f.db, f.a, &w, 1, &statement, &n, &e) && strstr(e.text, "'unfilled'"),
	   "so is one that is to be filled");
	w.table = STR("nowhere");
	OK(!outbox_plan(f.db, f.a, &w, 1, &statement, &n, &e) && strstr(e.text, "'nowhere'"),
	   "and a table");
	fixture_close(&f);
}

/* ---- merging ---- */

static struct outbox_row row_of(enum outbox_op op, const char *before, const char *after)
{
	return (struct outbox_row){ .op = op,
				    .before = str_from(before),
				    .after = str_from(after) };
}

static void changes_of_a_record_merge(void)
{
	struct outbox_row r[3];
	size_t taken;
	bool nothing;

	r[0] = row_of(OUTBOX_INSERT, "", "1");
	r[1] = row_of(OUTBOX_UPDATE, "1", "2");
	r[2] = row_of(OUTBOX_UPDATE, "2", "3");
	outbox_merge(r, 3, &taken, &nothing);
	OK(taken == 3 && !nothing && r[0].op == OUTBOX_INSERT && str_eq(r[0].after, STR("3")),
	   "an insert and updates are the insert of the newest state");
	r[0] = row_of(OUTBOX_UPDATE, "1", "2");
	r[2] = row_of(OUTBOX_DELETE, "3", "");
	outbox_merge(r, 3, &taken, &nothing);
	OK(taken == 3 && !nothing && r[0].op == OUTBOX_DELETE && str_eq(r[0].before, STR("1")),
	   "updates and a delete are a delete");
	r[0] = row_of(OUTBOX_INSERT, "", "1");
	outbox_merge(r, 3, &taken, &nothing);
	OK(taken == 3 && nothing, "an insert and a delete are nothing");
	r[0] = row_of(OUTBOX_DELETE, "1", "");
	r[1] = row_of(OUTBOX_INSERT, "", "2");
	outbox_merge(r, 2, &taken, &nothing);
	OK(taken == 1 && !nothing && r[0].op == OUTBOX_DELETE, "a delete and an insert are two");
	r[0] = row_of(OUTBOX_INSERT, "", "1");
	r[1] = row_of(OUTBOX_UPDATE, "1", "2");
	r[1].in_doubt = true;
	outbox_merge(r, 2, &taken, &nothing);
	OK(taken == 1, "what may have been sent is not merged into another");
}

/* ---- states ---- */

static void rows_move_once(void)
{
	struct outbox_watch w = things();
	struct fixture f = make(&w);
	struct outbox_row *row, stale;
	struct err e;
	size_t n;

	run_sql(f.db, "INSERT INTO things (id, name) VALUES (1, 'secret name')");
	must(outbox_waiting(f.db, f.a, STR("shop"), STR("things"), STR("1"), &row, &n, &oops));
	OK(n == 1 && row->state == OUTBOX_PENDING && row->made_ms > 1700000000000, "it waits");
	stale = *row;
	row->state = OUTBOX_SENDING;
	row->attempts++;
	must(outbox_save(f.db, row, &oops));
	stale.state = OUTBOX_SENDING;
	stale.attempts++;
	OK(!outbox_save(f.db, &stale, &e) && e.kind == ERR_FENCED, "only one takes it");
	row->state = OUTBOX_DONE;
	must(outbox_save(f.db, row, &oops));
	OK(sql_int(f.db, "SELECT count(*) FROM lockstep_outbox WHERE state = 'done' AND"
			 " after_row IS NULL") == 1,
	   "what is done keeps no contents");
	must(outbox_waiting(f.db, f.a, STR("shop"), STR("things"), STR("1"), &row, &n, &oops));
	OK(n == 0, "and waits no more");
	fixture_close(&f);
}

static void changes_become_jobs(void)
{
	struct outbox_watch w = things();
	struct fixture f = make(&w);

	run_sql(f.db, "INSERT INTO things (id, name) VALUES (1, 'a'), (2, 'b');\n"
		      "UPDATE things SET name = 'c'");
	OK(sql_int(f.db, "SELECT count(*) FROM lockstep_jobs") == 2,
	   "a record has one job that waits");
	OK(strcmp(sql_text(&f, "SELECT job_key FROM lockstep_jobs ORDER BY id LIMIT 1"),
		  "push:shop:things:1") == 0,
	   "under its name");
	OK(strstr(sql_text(&f, "SELECT args FROM lockstep_jobs ORDER BY id LIMIT 1"), "\"shop\"") !=
		   NULL,
	   "with what to push");
	run_sql(f.db, "UPDATE lockstep_jobs SET state = 1");
	run_sql(f.db, "UPDATE things SET name = 'd' WHERE id = 1");
	OK(sql_int(f.db, "SELECT count(*) FROM lockstep_jobs") == 3,
	   "one that runs may have looked already: another waits");
	must(db_begin(f.db, &oops));
	run_sql(f.db, "INSERT INTO things (id, name) VALUES (3, 'a')");
	db_rollback(f.db);
	OK(sql_int(f.db, "SELECT count(*) FROM lockstep_jobs") == 3, "no change, no job");
	fixture_close(&f);
}

/* A worker must not take the job for which a change that it cannot see yet stands in. */
static void a_job_in_use_is_passed_over(void)
{
	struct outbox_watch w = things();
	struct fixture f = make(&w);
	struct db_result r = { 0 };
	struct db *other;

	run_sql(f.db, "INSERT INTO things (id, name) VALUES (1, 'a')");
	if (on_postgres()) {
		other = fixture_again(&f);
		must(db_begin(f.db, &oops));
		run_sql(f.db, "UPDATE things SET name = 'b'");
		must(db_query(other, f.a, "SELECT id FROM lockstep_jobs FOR UPDATE SKIP LOCKED",
			      NULL, 0, &r, &oops));
		must(db_commit(f.db, &oops));
		db_close(other);
	}
	OK(r.rows == 0, "the waiting job is locked until the change is there to be seen");
	fixture_close(&f);
}

static void lists_are_filtered(void)
{
	struct outbox_filter filter = { .by_state = true, .state = OUTBOX_PENDING, .limit = 1 };
	struct outbox_watch w = things();
	struct fixture f = make(&w);
	struct outbox_record *record;
	struct outbox_row *row, one;
	int64_t deleted = -1;
	struct err e;
	size_t n;

	run_sql(f.db, "INSERT INTO things (id, name) VALUES (1, 'a'), (2, 'b')");
	must(outbox_list(f.db, f.a, &filter, &row, &n, &oops));
	OK(n == 1 && str_eq(row[0].key, STR("2")), "the newest first, as many as asked for");
	filter = (struct outbox_filter){ .connection = STR("other") };
	must(outbox_list(f.db, f.a, &filter, &row, &n, &oops));
	OK(n == 0, "only those of the connection");
	must(outbox_due(f.db, f.a, INT64_C(1) << 50, 10, &record, &n, &oops));
	OK(n == 2 && str_eq(record[0].key, STR("1")), "what is due is found without its job");
	filter = (struct outbox_filter){ .watch = STR("things") };
	must(outbox_list(f.db, f.a, &filter, &row, &n, &oops));
	must(outbox_get(f.db, f.a, row[0].id, &one, &oops));
	OK(one.id == row[0].id && !outbox_get(f.db, f.a, 999999, &one, &e) && e.kind == ERR_MISSING,
	   "one is found by its number");
	row[0].state = OUTBOX_CANCELLED;
	must(outbox_save(f.db, &row[0], &oops));
	must(outbox_cleanup(f.db, INT64_C(1) << 50, &deleted, &oops));
	OK(deleted == 1, "what is over can be forgotten, what waits cannot");
	fixture_close(&f);
}

/* Whole rows would not fit. */
static void ids_come_without_the_rows(void)
{
	AUTO_ARENA *small = arena_new("ids", (size_t)256 * 1024);
	struct outbox_watch w = things();
	struct fixture f = make(&w);
	struct outbox_filter filter = { .connection = STR("shop"), .limit = 2 };
	int64_t *id;
	size_t n;

	run_sql(f.db, on_postgres()
			      ? "INSERT INTO things (id, name) SELECT n, repeat('x', 1000000) "
				"FROM generate_series(1, 3) n"
			      : "INSERT INTO things (id, name) SELECT value, hex(zeroblob(500000)) "
				"FROM json_each('[1,2,3]')");
	must(outbox_ids(f.db, small, &filter, &id, &n, &oops));
	OK(n == 2 && id[0] > id[1], "the ids of a page, the newest first, and nothing else");
	fixture_close(&f);
}

static void blobs_do_no_harm(void)
{
	struct outbox_watch w = things();
	struct fixture f = make(&w);

	if (!on_postgres())
		run_sql(f.db, "INSERT INTO things (id, name) VALUES (1, x'00ff')");
	OK(on_postgres() || strcmp(rows(&f), "insert 1") == 0, "a blob in a watched column");
	fixture_close(&f);
}

int main(int argc, char **argv)
{
	fixture_choose(argc, argv);
	changes_become_rows();
	transactions_hold();
	own_writes_are_quiet();
	conditions_hold();
	triggers_follow_the_plan();
	complaints_name_the_column();
	changes_of_a_record_merge();
	rows_move_once();
	changes_become_jobs();
	a_job_in_use_is_passed_over();
	lists_are_filtered();
	ids_come_without_the_rows();
	blobs_do_no_harm();
	return tap_done();
}

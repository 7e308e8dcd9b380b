/* SPDX-License-Identifier: Apache-2.0 */
/* t_upsert.c - rows into tables: the outcomes are the truth, and bad rows harm only themselves. */
#include "fixture.h"
#include "tap.h"

#include <stdlib.h>

#define S(text) value_str(STR(text))

/* contacts(pp_id, name, amount, seen, note, data) as SQL that both databases take. */
static const char people_sql[] = "CREATE TABLE people (id integer, pp_id text UNIQUE, "
				 "name text NOT NULL, amount numeric, ok boolean, "
				 "at timestamp with time zone, data text, stamp integer, "
				 "created integer)";
static const char people_sqlite[] = "CREATE TABLE people (id integer, pp_id text UNIQUE, "
				    "name text NOT NULL, amount text, ok boolean, at text, "
				    "data text, stamp integer, created integer)";

enum { PP_ID, NAME, AMOUNT, IS_OK, AT, DATA, STAMP, CREATED, PEOPLE_COLUMNS };

static struct table people(void)
{
	struct table t = { .name = STR("people"), .columns = PEOPLE_COLUMNS, .keys = 1 };

	t.column[PP_ID] = (struct table_column){ STR("pp_id"), COLUMN_TEXT, WRITE_ALWAYS };
	t.column[NAME] = (struct table_column){ STR("name"), COLUMN_TEXT, WRITE_ALWAYS };
	t.column[AMOUNT] = (struct table_column){ STR("amount"), COLUMN_DECIMAL, WRITE_ALWAYS };
	t.column[IS_OK] = (struct table_column){ STR("ok"), COLUMN_BOOLEAN, WRITE_ALWAYS };
	t.column[AT] = (struct table_column){ STR("at"), COLUMN_TIMESTAMP, WRITE_ALWAYS };
	t.column[DATA] = (struct table_column){ STR("data"), COLUMN_JSON, WRITE_ALWAYS };
	t.column[STAMP] = (struct table_column){ STR("stamp"), COLUMN_INTEGER, WRITE_STAMP };
	t.column[CREATED] =
		(struct table_column){ STR("created"), COLUMN_INTEGER, WRITE_ON_INSERT };
	return t;
}

static struct fixture open_people(void)
{
	struct fixture f = fixture_open(NULL);

	run_sql(f.db, on_postgres() ? people_sql : people_sqlite);
	return f;
}

static struct value time_at(int64_t us)
{
	return (struct value){ .kind = VALUE_TIME, .us = us };
}

/* A row of people in the arena with invented content. */
static struct row person(struct arena *a, const char *id, const char *name, int64_t stamp)
{
	struct value *cell = arena_new_array(a, struct value, PEOPLE_COLUMNS);

	cell[PP_ID] = id ? value_str(str_from(id)) : NULL_VALUE;
	cell[NAME] = name ? value_str(str_from(name)) : NULL_VALUE;
	cell[AMOUNT] = S("509135.89");
	cell[IS_OK] = value_bool(true);
	cell[AT] = time_at(1795226400123000);
	cell[DATA] = S("{\"a\": [1, 2]}");
	cell[STAMP] = value_int(stamp);
	cell[CREATED] = value_int(stamp);
	return (struct row){ .cell = cell };
}

static void put(struct fixture *f, const struct table *t, const struct row *row, size_t rows,
		struct row_result *result)
{
	must(db_begin(f->db, &oops));
	must(table_upsert(f->db, t, row, rows, f->a, result, &oops));
	must(db_commit(f->db, &oops));
}

/* The outcomes as letters: c u = ! */
static const char *letters(struct fixture *f, const struct row_result *result, size_t n)
{
	char *text = arena_alloc(f->a, n + 1);

	for (size_t i = 0; i < n; i++)
		text[i] = "cu=!"[result[i].outcome];
	return text;
}

static void outcomes_are_truthful(void)
{
	struct fixture f = open_people();
	struct table t = people();
	struct row row[3] = { person(f.a, "a", "Ada Sample", 1), person(f.a, "b", "Bo Sample", 1) };
	struct row_result result[3];

	put(&f, &t, row, 2, result);
	IS(letters(&f, result, 2), "cc", "new rows are created");
	put(&f, &t, row, 2, result);
	IS(letters(&f, result, 2), "==", "the same rows again are unchanged");
	row[0] = person(f.a, "a", "Ada Sample", 2);
	row[1] = person(f.a, "b", "Bo Other", 2);
	row[2] = person(f.a, "c", "Cy Sample", 2);
	put(&f, &t, row, 3, result);
	IS(letters(&f, result, 3), "=uc", "one unchanged, one updated, one created");
	OK(sql_int(f.db, "SELECT count(*) FROM people") == 3, "three rows are there");
	OK(sql_int(f.db, "SELECT stamp FROM people WHERE pp_id = 'a'") == 1,
	   "a stamp alone is no reason to write");
	OK(sql_int(f.db, "SELECT stamp FROM people WHERE pp_id = 'b'") == 2,
	   "but is written with the rest");
	OK(sql_int(f.db, "SELECT created FROM people WHERE pp_id = 'b'") == 1,
	   "what is set on insert stays");
	IS(sql_text(&f, "SELECT name FROM people WHERE pp_id = 'b'"), "Bo Other", "the new name");
	fixture_close(&f);
}

static void every_column_counts(void)
{
	struct fixture f = open_people();
	struct table t = people();
	struct value other[PEOPLE_COLUMNS] = {
		[NAME] = S("Else"),
		[AMOUNT] = S("509135.88"),
		[IS_OK] = value_bool(false),
		[AT] = time_at(1795226400123001),
		[DATA] = S("{\"a\": [2, 1]}"),
	};
	struct row row = person(f.a, "a", "Ada Sample", 1);
	struct row_result result;

	put(&f, &t, &row, 1, &result);
	for (size_t i = NAME; i <= DATA; i++) {
		row = person(f.a, "a", "Ada Sample", 1);
		((struct value *)(uintptr_t)row.cell)[i] = other[i];
		put(&f, &t, &row, 1, &result);
		OK(result.outcome == ROW_UPDATED, "column %zu alone makes a difference", i);
		put(&f, &t, &row, 1, &result);
		OK(result.outcome == ROW_UNCHANGED, "and only once");
		if (i != NAME) {
			((struct value *)(uintptr_t)row.cell)[i] = NULL_VALUE;
			put(&f, &t, &row, 1, &result);
			OK(result.outcome == ROW_UPDATED, "NULL differs from a value");
		}
		put(&f, &t, &row, 1, &result);
		OK(result.outcome == ROW_UNCHANGED, "and not from itself");
		row = person(f.a, "a", "Ada Sample", 1);
		put(&f, &t, &row, 1, &result);
	}
	fixture_close(&f);
}

static void the_same_key_twice_is_two_calls(void)
{
	struct fixture f = open_people();
	struct table t = people();
	struct row row[5] = { person(f.a, "a", "One", 1), person(f.a, "b", "Bo", 1),
			      person(f.a, "a", "Two", 1), person(f.a, "a", "Two", 1),
			      person(f.a, "a", "Three", 1) };
	struct row_result result[5];

	put(&f, &t, row, 5, result);
	IS(letters(&f, result, 5), "ccu=u", "as if they had come one after another");
	IS(sql_text(&f, "SELECT name FROM people WHERE pp_id = 'a'"), "Three", "the last one wins");
	fixture_close(&f);
}

static void values_come_back_as_they_were(void)
{
	static const char *const texts[] = {
		"",
		"plain",
		"tab\there",
		"line\nbreak\r\n",
		"back\\slash \\N \\.",
		"quote ' \" `",
		"\xF0\x9F\x98\x80 emoji",
		"Zo\xC3\xAB \xE6\xBC\xA2\xE5\xAD\x97",
		"null",
		"{}",
		"\x01\x1F\x7F",
		" spaces ",
		"NULL",
		"\\.",
		"007",
		"1e3",
	};
	static const char *const decimals[] = { "509135.89",
						"0.1",
						"-0.000000000000000000001",
						"123456789012345678901234567890.123456789",
						"1.50",
						"0" };
	struct fixture f = open_people();
	struct table t = people();
	const struct value *stored[COUNT(texts)];
	struct row_result result[COUNT(texts)];
	struct row row[COUNT(texts)];

	for (size_t i = 0; i < COUNT(texts); i++) {
		struct value *cell;

		row[i] = person(f.a, str_printf(f.a, "%zu", i).at, texts[i], 1);
		cell = (struct value *)(uintptr_t)row[i].cell;
		cell[AMOUNT] = value_str(str_from(decimals[i % COUNT(decimals)]));
		cell[AT] = time_at(1795226400000000 + (int64_t)i * 1001);
	}
	put(&f, &t, row, COUNT(texts), result);
	must(table_read(f.db, &t, row, COUNT(texts), f.a, stored, &oops));
	for (size_t i = 0; i < COUNT(texts); i++) {
		OK(stored[i] && value_eq(stored[i][NAME], row[i].cell[NAME]), "text %zu", i);
		OK(stored[i] && str_eq(stored[i][AMOUNT].s, row[i].cell[AMOUNT].s),
		   "every digit of decimal %zu", i);
		OK(stored[i] && stored[i][AT].us == row[i].cell[AT].us, "time %zu", i);
		OK(stored[i] && stored[i][IS_OK].kind == VALUE_BOOL && stored[i][IS_OK].b,
		   "true is true");
	}
	put(&f, &t, row, COUNT(texts), result);
	IS(letters(&f, result, COUNT(texts)), "================", "and they compare as equal");
	fixture_close(&f);
}

static void a_decimal_is_compared_by_value(void)
{
	struct fixture f = open_people();
	struct table t = people();
	struct row row = person(f.a, "a", "Ada", 1);
	struct value *cell = (struct value *)(uintptr_t)row.cell;
	struct row_result result;

	cell[AMOUNT] = S("1.50");
	put(&f, &t, &row, 1, &result);
	cell[AMOUNT] = S("1.5");
	put(&f, &t, &row, 1, &result);
	OK(result.outcome == ROW_UNCHANGED, "1.50 is 1.5");
	fixture_close(&f);
}

static void a_null_key_is_refused(void)
{
	struct fixture f = open_people();
	struct table t = people();
	struct row row[3] = { person(f.a, NULL, "Nobody", 1), person(f.a, "a", "Ada", 1),
			      person(f.a, NULL, "Nobody", 1) };
	struct row_result result[3];

	put(&f, &t, row, 3, result);
	IS(letters(&f, result, 3), "!c!", "rows without a key are rejected");
	OK(str_eq(result[0].code, STR("not_null")) && str_eq(result[0].column, STR("pp_id")),
	   "by the key's column");
	OK(sql_int(f.db, "SELECT count(*) FROM people") == 1, "and not stored");
	fixture_close(&f);
}

static void kept_columns_stay(void)
{
	struct fixture f = open_people();
	struct table t = people();
	struct row row[2] = { person(f.a, "a", "Ada", 1), person(f.a, "b", "Bo", 1) };
	struct row_result result[2];

	row[0].keep = 1 << NAME;
	put(&f, &t, row, 2, result);
	IS(sql_text(&f, "SELECT name FROM people WHERE pp_id = 'a'"), "Ada",
	   "keep means nothing to a new row");
	run_sql(f.db, "UPDATE people SET name = 'By hand'");
	put(&f, &t, row, 2, result);
	IS(letters(&f, result, 2), "=u", "a kept column is no reason to write");
	IS(sql_text(&f, "SELECT name FROM people WHERE pp_id = 'a'"), "By hand", "and stays");
	IS(sql_text(&f, "SELECT name FROM people WHERE pp_id = 'b'"), "Bo", "the other does not");
	((struct value *)(uintptr_t)row[0].cell)[IS_OK] = value_bool(false);
	put(&f, &t, row, 2, result);
	IS(letters(&f, result, 2), "u=", "another column is written");
	IS(sql_text(&f, "SELECT name FROM people WHERE pp_id = 'a'"), "By hand",
	   "and the kept one stays still");
	fixture_close(&f);
}

static void update_only_creates_nothing(void)
{
	struct fixture f = open_people();
	struct table t = people();
	struct row row[2] = { person(f.a, "a", "Ada", 1), person(f.a, "b", "Bo", 1) };
	struct row_result result[2];

	put(&f, &t, row, 1, result);
	t.update_only = true;
	row[0] = person(f.a, "a", "Changed", 1);
	put(&f, &t, row, 2, result);
	IS(letters(&f, result, 2), "u=", "what is there is updated, the other left out");
	OK(sql_int(f.db, "SELECT count(*) FROM people") == 1, "nothing was created");
	fixture_close(&f);
}

static void a_table_of_keys_alone(void)
{
	struct fixture f = fixture_open(NULL);
	struct table t = { .name = STR("pairs"), .columns = 2, .keys = 2, .key = { 0, 1 } };
	struct value one[] = { S("x"), value_int(1) }, two[] = { S("x"), value_int(2) };
	struct row row[] = { { .cell = one }, { .cell = two } };
	const struct value *stored[2];
	struct row_result result[2];

	run_sql(f.db, "CREATE TABLE pairs (a text, b integer, UNIQUE (a, b))");
	t.column[0] = (struct table_column){ STR("a"), COLUMN_TEXT, WRITE_ALWAYS };
	t.column[1] = (struct table_column){ STR("b"), COLUMN_INTEGER, WRITE_ALWAYS };
	put(&f, &t, row, 2, result);
	IS(letters(&f, result, 2), "cc", "a key of two columns");
	put(&f, &t, row, 2, result);
	IS(letters(&f, result, 2), "==", "is found again");
	must(table_read(f.db, &t, row, 2, f.a, stored, &oops));
	OK(stored[1] && stored[1][1].i == 2, "and read");
	IS(str_keep(f.a, table_key_text(f.a, &t, two)).at, "[\"x\",\"2\"]", "its text");
	fixture_close(&f);
}

/* Rows that break each rule among rows that break none. */
static const char strict_sql[] = "CREATE TABLE parents (id text PRIMARY KEY);\n"
				 "INSERT INTO parents VALUES ('p1');\n"
				 "CREATE TABLE strict_ones (k text UNIQUE, n integer NOT NULL, "
				 "email text UNIQUE, parent text REFERENCES parents(id), "
				 "age integer CHECK (age >= 0))";

static struct table strict_ones(void)
{
	static const struct table_column column[] = {
		{ STR("k"), COLUMN_TEXT, WRITE_ALWAYS },
		{ STR("n"), COLUMN_INTEGER, WRITE_ALWAYS },
		{ STR("email"), COLUMN_TEXT, WRITE_ALWAYS },
		{ STR("parent"), COLUMN_TEXT, WRITE_ALWAYS },
		{ STR("age"), COLUMN_INTEGER, WRITE_ALWAYS },
	};
	struct table t = { .name = STR("strict_ones"), .columns = COUNT(column), .keys = 1 };

	memcpy(t.column, column, sizeof(column));
	return t;
}

static struct row strict_one(struct arena *a, size_t i)
{
	struct value *cell = arena_new_array(a, struct value, 5);

	cell[0] = value_str(str_printf(a, "k%zu", i));
	cell[1] = value_int((int64_t)i);
	cell[2] = value_str(str_printf(a, "person%zu@example.com", i));
	cell[3] = S("p1");
	cell[4] = value_int(30);
	return (struct row){ .cell = cell };
}

static void bad_rows_harm_only_themselves(void)
{
	static const struct {
		size_t row, column;
		struct value value;
		const char *code, *name;
	} bad[] = {
		{ 3, 1, { .kind = VALUE_NULL }, "not_null", "n" },
		{ 50,
		  2,
		  { .kind = VALUE_STR, .s = STR("person1@example.com") },
		  "unique",
		  "email" },
		{ 51, 3, { .kind = VALUE_STR, .s = STR("nobody-here") }, "foreign_key", "parent" },
		{ 99, 4, { .kind = VALUE_INT, .i = -1 }, "check", "age" },
	};
	struct fixture f = fixture_open(NULL);
	struct table t = strict_ones();
	struct row_result result[100];
	struct row row[100];
	size_t created = 0;

	run_sql(f.db, strict_sql);
	for (size_t i = 0; i < 100; i++)
		row[i] = strict_one(f.a, i);
	for (size_t i = 0; i < COUNT(bad); i++)
		((struct value *)(uintptr_t)row[bad[i].row].cell)[bad[i].column] = bad[i].value;
	put(&f, &t, row, 100, result);
	for (size_t i = 0; i < 100; i++)
		created += result[i].outcome == ROW_CREATED;
	OK(created == 96, "the good rows were created");
	OK(sql_int(f.db, "SELECT count(*) FROM strict_ones") == 96, "and are there");
	for (size_t i = 0; i < COUNT(bad); i++) {
		struct row_result *r = &result[bad[i].row];

		OK(r->outcome == ROW_REJECTED, "the row with a bad %s is rejected", bad[i].name);
		IS(str_keep(f.a, r->code).at, bad[i].code, "its code");
		IS(str_keep(f.a, r->column).at, bad[i].name, "its column");
		OK(r->says.len && str_find(r->says, STR("person1")) < 0 &&
			   str_find(r->says, STR("nobody")) < 0,
		   "a sentence without the value");
	}
	put(&f, &t, row, 3, result);
	IS(letters(&f, result, 3), "===", "and the table takes rows as before");
	((struct value *)(uintptr_t)row[1].cell)[4] = value_int(-5);
	((struct value *)(uintptr_t)row[2].cell)[4] = value_int(31);
	put(&f, &t, row, 3, result);
	IS(letters(&f, result, 3), "=!u", "an update is refused in the same way");
	fixture_close(&f);
}

static void a_large_batch(void)
{
	struct fixture f = open_people();
	struct table t = people();
	size_t n = 10000, counts[4] = { 0 };
	struct row *row = arena_new_array(f.a, struct row, n);
	struct row_result *result = arena_new_array(f.a, struct row_result, n);

	for (size_t i = 0; i < n; i++)
		row[i] = person(f.a, str_printf(f.a, "id-%zu", i).at, "Somebody", 1);
	put(&f, &t, row, n, result);
	for (size_t i = 0; i < n; i++)
		counts[result[i].outcome]++;
	OK(counts[ROW_CREATED] == n, "10,000 rows in one call");
	for (size_t i = 0; i < n; i += 10)
		row[i] = person(f.a, row[i].cell[PP_ID].s.at, "Changed", 2);
	row[5000] = person(f.a, "id-5000", NULL, 2);
	memset(counts, 0, sizeof(counts));
	put(&f, &t, row, n, result);
	for (size_t i = 0; i < n; i++)
		counts[result[i].outcome]++;
	OK(counts[ROW_UPDATED] == 999 && counts[ROW_UNCHANGED] == 9000, "a tenth of them changed");
	OK(counts[ROW_REJECTED] == 1 && result[5000].outcome == ROW_REJECTED, "one is bad");
	OK(sql_int(f.db, "SELECT count(*) FROM people WHERE name = 'Changed'") == 999, "as stored");
	fixture_close(&f);
}

static void sixty_four_columns(void)
{
	struct fixture f = fixture_open(NULL);
	struct table t = { .name = STR("wide"), .columns = TABLE_COLUMNS_MAX, .keys = 1 };
	struct value cell[TABLE_COLUMNS_MAX];
	struct row row = { .cell = cell };
	struct row_result result;
	struct buf b;

	buf_in(&b, f.a, 1 << 16);
	buf_add(&b, STR("CREATE TABLE wide ("));
	for (size_t i = 0; i < TABLE_COLUMNS_MAX; i++) {
		struct str name = str_printf(f.a, "Column \"%zu\" x", i);

		t.column[i] = (struct table_column){ name, COLUMN_INTEGER, WRITE_ALWAYS };
		buf_printf(&b, "%s\"Column \"\"%zu\"\" x\" integer%s", i ? ", " : "", i,
			   i ? "" : " UNIQUE");
		cell[i] = value_int((int64_t)i);
	}
	buf_add(&b, STR(")"));
	run_sql(f.db, b.at);
	put(&f, &t, &row, 1, &result);
	OK(result.outcome == ROW_CREATED, "64 columns with quotes and spaces in their names");
	cell[63] = value_int(0);
	row.keep = (uint64_t)1 << 63;
	put(&f, &t, &row, 1, &result);
	OK(result.outcome == ROW_UNCHANGED, "the last bit keeps the last column");
	row.keep = 0;
	put(&f, &t, &row, 1, &result);
	OK(result.outcome == ROW_UPDATED, "and without it the last column counts");
	fixture_close(&f);
}

static void a_rollback_leaves_nothing(void)
{
	struct fixture f = open_people();
	struct table t = people();
	struct row row = person(f.a, "a", "Ada", 1);
	struct row_result result;

	must(db_begin(f.db, &oops));
	must(table_upsert(f.db, &t, &row, 1, f.a, &result, &oops));
	db_rollback(f.db);
	OK(sql_int(f.db, "SELECT count(*) FROM people") == 0, "nothing");
	put(&f, &t, &row, 1, &result);
	OK(result.outcome == ROW_CREATED, "and the next transaction works");
	db_rollback(f.db);
	fixture_close(&f);
}

static void several_tables_in_one_transaction(void)
{
	struct fixture f = open_people();
	struct table t = people(), s = strict_ones();
	struct row row = person(f.a, "a", "Ada", 1), one = strict_one(f.a, 1);
	struct row_result result[4];

	run_sql(f.db, strict_sql);
	must(db_begin(f.db, &oops));
	must(table_upsert(f.db, &t, &row, 1, f.a, &result[0], &oops));
	must(table_upsert(f.db, &s, &one, 1, f.a, &result[1], &oops));
	row = person(f.a, "a", "Ada II", 1);
	must(table_upsert(f.db, &t, &row, 1, f.a, &result[2], &oops));
	must(table_upsert(f.db, &s, &one, 1, f.a, &result[3], &oops));
	must(db_commit(f.db, &oops));
	IS(letters(&f, result, 4), "ccu=", "each knows its own rows");
	fixture_close(&f);
}

static void finding_parents(void)
{
	struct fixture f = fixture_open(NULL);
	struct table_lookup l = { .table = STR("homes"),
				  .match = STR("account"),
				  .take = STR("id"),
				  .prefer = STR("best") };
	struct value wanted[] = { S("x"), S("none"), S("y"), NULL_VALUE, S("x"), S("it's \"q\"") };
	struct value found[COUNT(wanted)];

	run_sql(f.db, "CREATE TABLE homes (id text, account text, best boolean, number integer);\n"
		      "INSERT INTO homes VALUES ('2', 'x', false, 10), ('1', 'x', NULL, 11), "
		      "('3', 'x', true, 12), ('5', 'y', false, 13), ('4', 'y', false, 14), "
		      "('6', 'it''s \"q\"', true, 15)");
	must(table_find(f.db, &l, wanted, COUNT(wanted), f.a, found, &oops));
	OK(str_eq(found[0].s, STR("3")), "the preferred one");
	OK(found[1].kind == VALUE_UNDEFINED, "nothing where there is none");
	OK(str_eq(found[2].s, STR("4")), "else the first");
	OK(found[3].kind == VALUE_UNDEFINED, "nothing for NULL");
	OK(str_eq(found[4].s, STR("3")), "the same again");
	OK(str_eq(found[5].s, STR("6")), "quotes are nothing special");
	l.fold_case = true;
	wanted[0] = S("X");
	must(table_find(f.db, &l, wanted, 1, f.a, found, &oops));
	OK(str_eq(found[0].s, STR("3")), "upper and lower case");
	l = (struct table_lookup){ .table = STR("homes"),
				   .match = STR("number"),
				   .take = STR("id") };
	wanted[0] = S("13");
	wanted[1] = S("not a number");
	wanted[2] = value_int(14);
	must(table_find(f.db, &l, wanted, 3, f.a, found, &oops));
	OK(str_eq(found[0].s, STR("5")) && str_eq(found[2].s, STR("4")), "a number by its text");
	OK(found[1].kind == VALUE_UNDEFINED, "a text is no number");
	fixture_close(&f);
}

static void what_was_there_before_comes_with_an_update(void)
{
	struct fixture f = open_people();
	struct table t = people();
	struct row row[3] = { person(f.a, "a", "Ada Sample", 1), person(f.a, "b", "Bo Sample", 1) };
	struct row_result result[3];

	t.before = true;
	put(&f, &t, row, 2, result);
	OK(!result[0].before && !result[1].before, "nothing was there");
	row[0] = person(f.a, "a", "Ada Sample", 2);
	row[1] = person(f.a, "b", "Bo Other", 2);
	row[2] = person(f.a, "b", "Bo Third", 2);
	put(&f, &t, row, 3, result);
	IS(letters(&f, result, 3), "=uu", "one row twice");
	OK(!result[0].before, "a row that stays has none");
	OK(result[1].before && str_eq(result[1].before[NAME].s, STR("Bo Sample")), "the old name");
	OK(str_eq(result[2].before[NAME].s, STR("Bo Other")), "and the one between");
	for (size_t i = 0; i < t.columns; i++)
		OK(i == NAME || i == STAMP || i == CREATED ||
			   column_eq(t.column[i].type, result[1].before[i], row[1].cell[i]),
		   "column %zu as it was", i);
	fixture_close(&f);
}

static void a_row_is_deleted_by_its_key(void)
{
	struct fixture f = open_people();
	struct table t = people();
	struct row row[2] = { person(f.a, "a", "Ada Sample", 1), person(f.a, "b", "Bo Sample", 1) };
	struct row_result result[2];
	bool refused = true;

	put(&f, &t, row, 2, result);
	must(db_begin(f.db, &oops));
	must(table_delete(f.db, &t, &row[0], f.a, &refused, &oops));
	must(db_commit(f.db, &oops));
	OK(!refused && sql_int(f.db, "SELECT count(*) FROM people WHERE pp_id = 'a'") == 0, "gone");
	OK(sql_int(f.db, "SELECT count(*) FROM people") == 1, "the other stays");
	run_sql(f.db, "CREATE TABLE pets (owner varchar(40) REFERENCES people (pp_id));\n"
		      "INSERT INTO pets VALUES ('b')");
	must(db_begin(f.db, &oops));
	must(table_delete(f.db, &t, &row[1], f.a, &refused, &oops));
	must(db_commit(f.db, &oops));
	OK(refused && sql_int(f.db, "SELECT count(*) FROM people") == 1,
	   "what another row refers to is kept, and the transaction goes on");
	fixture_close(&f);
}

static void an_unknown_table_is_said_so(void)
{
	struct fixture f = fixture_open(NULL);
	struct table t = people();
	struct row row = person(f.a, "a", "Ada", 1);
	struct row_result result;
	struct err e;

	must(db_begin(f.db, &oops));
	OK(!table_upsert(f.db, &t, &row, 1, f.a, &result, &e) && e.kind == ERR_MISSING,
	   "ERR_MISSING");
	OK(strstr(e.text, "people") && !strstr(e.text, "Ada"), "names the table, not the value");
	db_rollback(f.db);
	fixture_close(&f);
}

int main(int argc, char **argv)
{
	fixture_choose(argc, argv);
	outcomes_are_truthful();
	every_column_counts();
	the_same_key_twice_is_two_calls();
	values_come_back_as_they_were();
	a_decimal_is_compared_by_value();
	a_null_key_is_refused();
	kept_columns_stay();
	update_only_creates_nothing();
	a_table_of_keys_alone();
	bad_rows_harm_only_themselves();
	a_large_batch();
	sixty_four_columns();
	a_rollback_leaves_nothing();
	several_tables_in_one_transaction();
	finding_parents();
	what_was_there_before_comes_with_an_update();
	a_row_is_deleted_by_its_key();
	an_unknown_table_is_said_so();
	return tap_done();
}

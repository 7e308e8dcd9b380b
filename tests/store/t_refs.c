/* SPDX-License-Identifier: Apache-2.0 */
/* t_refs.c - references mended later, columns that follow a parent, keys that a pass did not see.
 */
#include "fixture.h"
#include "store/cell.h"
#include "tap.h"

#include <stdlib.h>

static const char family_sql[] =
	"CREATE TABLE contacts (id %s PRIMARY KEY, account varchar(50), best boolean, phone text);\n"
	"CREATE TABLE exchanges (number integer UNIQUE, matter varchar(50) UNIQUE, "
	"client_id %s, account varchar(50), phone text)";

/* contacts have uuids in PostgreSQL, as an application's would. */
static struct fixture open_family(void)
{
	const char *id = on_postgres() ? "uuid" : "text";
	struct fixture f = fixture_open(NULL);
	struct buf b;

	make_control(&f);
	buf_in(&b, f.a, 1 << 12);
	for (const char *c = family_sql; *c; c++) {
		if (c[0] == '%' && c[1] == 's')
			buf_add(&b, str_from(id)), c++;
		else
			buf_char(&b, *c);
	}
	run_sql(f.db, b.at);
	run_sql(f.db, "INSERT INTO exchanges (number, matter, account) VALUES (1, 'm1', 'a1'), "
		      "(2, 'm2', 'a1'), (3, 'm3', 'a2'), (4, 'm4', 'a1')");
	return f;
}

#define ID(n) "0000000" #n "-0000-4000-8000-000000000000"

static struct missing_ref missing(const char *key, const char *account)
{
	return (struct missing_ref){ .table = STR("exchanges"),
				     .key_column = STR("matter"),
				     .key = str_from(key),
				     .column = STR("client_id"),
				     .lookup = { .table = STR("contacts"),
						 .match = STR("account"),
						 .take = STR("id"),
						 .prefer = STR("best") },
				     .value = str_from(account) };
}

static void put_ref(struct fixture *f, struct missing_ref m)
{
	must(missing_ref_put(f->db, STR("pp"), &m, &oops));
}

static char told[256];

static bool note(void *arg, const struct link_change *c, struct err *e)
{
	size_t n = strlen(told);
	struct fixture *f = arg;

	(void)e;
	snprintf(told + n, sizeof(told) - n, "%.*s.%.*s %.*s: %.*s -> %.*s; ", STR_ARG(c->table),
		 STR_ARG(c->column), STR_ARG(c->key), STR_ARG(cell_text(f->a, c->before)),
		 STR_ARG(cell_text(f->a, c->after)));
	return true;
}

static void relink(struct fixture *f, int64_t *linked, int64_t *left)
{
	struct link_watch watch = { note, f };

	told[0] = 0;
	must(db_begin(f->db, &oops));
	must(missing_ref_relink(f->db, STR("pp"), &watch, linked, left, &oops));
	must(db_commit(f->db, &oops));
}

static void parents_that_come_later_are_linked(void)
{
	struct fixture f = open_family();
	struct missing_ref by_number = missing("4", "a1");
	int64_t linked, left;

	put_ref(&f, missing("m1", "a1"));
	put_ref(&f, missing("m1", "a1"));
	put_ref(&f, missing("m2", "a1"));
	put_ref(&f, missing("m3", "a2"));
	put_ref(&f, missing("gone", "a1"));
	by_number.key_column = STR("number");
	put_ref(&f, by_number);
	relink(&f, &linked, &left);
	OK(linked == 0 && left == 5, "no parent, no link");
	run_sql(f.db,
		"INSERT INTO contacts VALUES ('" ID(2) "', 'a1', false, '1'), ('" ID(
			3) "', 'a1', true, '2'), ('" ID(1) "', 'a1', NULL, '3');\n"
							   "UPDATE exchanges SET client_id = '" ID(
								   9) "' WHERE matter = 'm2'");
	relink(&f, &linked, &left);
	OK(linked == 2, "two rows were linked");
	OK(strstr(told, "exchanges.client_id m1:  -> " ID(3) "; ") != NULL,
	   "who watches is told of each: %s", told);
	OK(left == 1, "one still waits for its parent");
	IS(sql_text(&f, "SELECT CAST(client_id AS text) FROM exchanges WHERE matter = 'm1'"), ID(3),
	   "to the preferred parent");
	IS(sql_text(&f, "SELECT CAST(client_id AS text) FROM exchanges WHERE matter = 'm4'"), ID(3),
	   "also by a key that is a number");
	IS(sql_text(&f, "SELECT CAST(client_id AS text) FROM exchanges WHERE matter = 'm2'"), ID(9),
	   "what has a value meanwhile is left alone");
	run_sql(f.db, "INSERT INTO contacts VALUES ('" ID(5) "', 'A2', NULL, '5')");
	relink(&f, &linked, &left);
	OK(linked == 0 && left == 1, "case counts");
	must(missing_ref_remove(f.db, STR("pp"), STR("exchanges"), STR("m3"), STR("client_id"),
				&oops));
	{
		struct missing_ref m = missing("m3", "a2");

		m.lookup.fold_case = true;
		put_ref(&f, m);
	}
	relink(&f, &linked, &left);
	OK(linked == 1 && left == 0, "unless it is told not to");
	fixture_close(&f);
}

static void columns_follow_their_parent(void)
{
	struct fixture f = open_family();
	struct follow phone = { .table = STR("exchanges"),
				.column = STR("phone"),
				.local = STR("account"),
				.lookup = { .table = STR("contacts"),
					    .match = STR("account"),
					    .take = STR("phone"),
					    .prefer = STR("best") } };
	struct follow id = {
		.table = STR("exchanges"),
		.column = STR("client_id"),
		.local = STR("phone"),
		.lookup = { .table = STR("contacts"), .match = STR("phone"), .take = STR("id") }
	};
	int64_t changed;

	run_sql(f.db, "INSERT INTO contacts VALUES ('" ID(1) "', 'a1', true, '555 0100'), ('" ID(
			      2) "', 'a1', false, 'other');\n"
				 "UPDATE exchanges SET phone = 'keep' WHERE account = 'a2'");
	must(follow_apply(f.db, &phone, &changed, &oops));
	OK(changed == 3, "three rows say what their parent says");
	must(follow_apply(f.db, &phone, &changed, &oops));
	OK(changed == 0, "once");
	IS(sql_text(&f, "SELECT phone FROM exchanges WHERE matter = 'm3'"), "keep",
	   "where there is no parent nothing changes");
	run_sql(f.db, "UPDATE contacts SET phone = NULL WHERE best");
	{
		struct link_watch watch = { note, &f };
		struct table keys = { .columns = 1, .keys = 1 };

		keys.column[0] = (struct table_column){ STR("matter"), COLUMN_TEXT, WRITE_ALWAYS };
		told[0] = 0;
		phone.watch = &watch;
		phone.keys = &keys;
		must(follow_apply(f.db, &phone, &changed, &oops));
		phone.watch = NULL;
		OK(strstr(told, "exchanges.phone m1: 555 0100 -> ; ") != NULL,
		   "who watches is told: %s", told);
	}
	OK(changed == 3, "NULL is followed too");
	run_sql(f.db, "UPDATE contacts SET phone = 'x' WHERE best;\n"
		      "UPDATE exchanges SET phone = 'x' WHERE matter = 'm1'");
	must(follow_apply(f.db, &id, &changed, &oops));
	OK(changed == 1, "other types");
	IS(sql_text(&f, "SELECT CAST(client_id AS text) FROM exchanges WHERE matter = 'm1'"), ID(1),
	   "as they are");
	fixture_close(&f);
}

static void saw(struct fixture *f, size_t from, size_t to)
{
	uint64_t *hash = arena_new_array(f->a, uint64_t, to - from + 1);

	for (size_t i = from; i < to; i++)
		hash[i - from] = str_hash(str_printf(f->a, "key-%zu", i));
	must(seen_add(f->db, STR("pp"), STR("things"), hash, to - from, &oops));
}

static struct table things(void)
{
	struct table t = { .name = STR("things"), .columns = 2, .keys = 1, .key = { 1 } };

	t.column[0] = (struct table_column){ STR("name"), COLUMN_TEXT, WRITE_ALWAYS };
	t.column[1] = (struct table_column){ STR("k"), COLUMN_TEXT, WRITE_ALWAYS };
	return t;
}

static void add_things(struct fixture *f, size_t n)
{
	struct table t = things();
	size_t batch = 5000;
	struct row *row = arena_new_array(f->a, struct row, batch);
	struct row_result *result = arena_new_array(f->a, struct row_result, batch);

	must(db_begin(f->db, &oops));
	for (size_t from = 0; from < n; from += batch) {
		size_t rows = n - from < batch ? n - from : batch;

		for (size_t i = 0; i < rows; i++) {
			struct value *cell = arena_new_array(f->a, struct value, 2);

			cell[0] = NULL_VALUE;
			cell[1] = value_str(str_printf(f->a, "key-%zu", from + i));
			row[i] = (struct row){ .cell = cell };
		}
		must(table_upsert(f->db, &t, row, rows, f->a, result, &oops));
	}
	must(db_commit(f->db, &oops));
}

static void what_a_pass_did_not_see(size_t n)
{
	struct fixture f = fixture_open(NULL);
	struct table t = things();
	struct seen_report r;

	make_control(&f);
	run_sql(f.db, "CREATE TABLE things (name text, k text UNIQUE);\n"
		      "INSERT INTO things VALUES ('not ours', NULL), ('nor this', NULL)");
	add_things(&f, n);
	must(seen_absent(f.db, f.a, STR("pp"), &t, 5, &r, &oops));
	OK(r.absent == (int64_t)n && r.examples == 5, "a pass that saw nothing misses all %zu", n);
	for (size_t from = 0; from < n; from += 10000)
		saw(&f, from, from + 10000 < n ? from + 10000 : n);
	must(seen_absent(f.db, f.a, STR("pp"), &t, 5, &r, &oops));
	OK(r.absent == 0 && r.examples == 0, "one that saw all misses none");
	must(seen_clear(f.db, STR("pp"), STR("things"), &oops));
	saw(&f, 0, n / 2);
	saw(&f, n / 2 + 2, n);
	must(seen_absent(f.db, f.a, STR("pp"), &t, 5, &r, &oops));
	OK(r.absent == 2 && r.examples == 2, "two are missing");
	OK(r.examples == 2 && str_starts(r.example[0], STR("key-")), "and named");
	fixture_close(&f);
}

int main(int argc, char **argv)
{
	fixture_choose(argc, argv);
	parents_that_come_later_are_linked();
	columns_follow_their_parent();
	what_a_pass_did_not_see(10);
	what_a_pass_did_not_see(150000);
	return tap_done();
}

/* SPDX-License-Identifier: Apache-2.0 */
/* t_schema.c - migrations add what is missing, once, and touch nothing else. */
#include "fixture.h"
#include "tap.h"

#include <stdlib.h>

static struct schema_column contacts_columns[] = {
	{ .name = STR("pp_contact_id"), .type = COLUMN_TEXT },
	{ .name = STR("name"), .type = COLUMN_TEXT },
	{ .name = STR("worth"), .type = COLUMN_DECIMAL },
	{ .name = STR("active"), .type = COLUMN_BOOLEAN },
	{ .name = STR("seen_at"), .type = COLUMN_TIMESTAMP },
	{ .name = STR("born"), .type = COLUMN_DATE },
	{ .name = STR("pp_data"), .type = COLUMN_JSON },
	{ .name = STR("visits"), .type = COLUMN_INTEGER },
	{ .name = STR("score"), .type = COLUMN_FLOAT },
	{ .name = STR("pp_account_id"), .type = COLUMN_TEXT, .indexed = true },
};

/* Refers to a table that comes later in the list, to itself, and to one that comes earlier. */
static struct schema_column tasks_columns[] = {
	{ .name = STR("pp_task_id"), .type = COLUMN_TEXT },
	{ .name = STR("exchange_id"), .type = COLUMN_UUID, .references = STR("exchanges") },
	{ .name = STR("parent_id"), .type = COLUMN_UUID, .references = STR("tasks") },
	{ .name = STR("contact_id"), .type = COLUMN_UUID, .references = STR("contacts") },
};

static struct schema_column exchanges_columns[] = {
	{ .name = STR("pp_matter_id"), .type = COLUMN_TEXT },
	{ .name = STR("client_id"),
	  .type = COLUMN_UUID,
	  .references = STR("contacts"),
	  .indexed = true },
};

static const struct schema_table schema[] = {
	{ .name = STR("contacts"),
	  .column = contacts_columns,
	  .columns = COUNT(contacts_columns),
	  .key = { STR("pp_contact_id") },
	  .keys = 1 },
	{ .name = STR("tasks"),
	  .column = tasks_columns,
	  .columns = COUNT(tasks_columns),
	  .key = { STR("pp_task_id") },
	  .keys = 1 },
	{ .name = STR("exchanges"),
	  .column = exchanges_columns,
	  .columns = COUNT(exchanges_columns),
	  .key = { STR("pp_matter_id") },
	  .keys = 1 },
};

static size_t plan(struct fixture *f, const struct schema_table *table, size_t tables,
		   struct str **statement)
{
	size_t n = 0;

	must(schema_plan(f->db, f->a, table, tables, statement, &n, &oops));
	return n;
}

static void migrate(struct fixture *f)
{
	struct str *statement = NULL;
	size_t n = plan(f, schema, COUNT(schema), &statement);

	must(schema_apply(f->db, statement, n, &oops));
}

static bool has_unique(struct fixture *f, const char *table, const char *column)
{
	struct table_shape s;

	must(table_shape(f->db, f->a, str_from(table), &s, &oops));
	for (size_t i = 0; i < s.uniques; i++)
		if (s.unique[i].columns == 1 && str_eq(s.unique[i].column[0], str_from(column)))
			return true;
	return false;
}

static void an_empty_database_gets_everything_once(void)
{
	struct fixture f = fixture_open(NULL);
	struct str *statement;
	struct table_shape s;
	const char *id;

	migrate(&f);
	OK(plan(&f, schema, COUNT(schema), &statement) == 0, "a second plan is empty");
	must(table_shape(f.db, f.a, STR("tasks"), &s, &oops));
	OK(s.exists && s.columns == 6 && shape_find(&s, STR("exchange_id")) &&
		   shape_find(&s, STR("created_at")) && !shape_find(&s, STR("updated_at")),
	   "all columns are there");
	OK(has_unique(&f, "contacts", "pp_contact_id") && has_unique(&f, "tasks", "pp_task_id"),
	   "keys are unique");
	run_sql(f.db, "INSERT INTO contacts (pp_contact_id, worth) VALUES ('a', '1.10'), "
		      "('b', NULL)");
	OK(sql_int(f.db, "SELECT count(*) FROM contacts WHERE id IS NULL OR created_at IS NULL") ==
		   0,
	   "the own columns fill themselves");
	id = sql_text(&f, "SELECT CAST(id AS text) FROM contacts WHERE pp_contact_id = 'a'");
	OK(strlen(id) == 36 && id[14] == '4' && strchr("89ab", id[19]) && id[8] == '-' &&
		   id[23] == '-',
	   "an id is a version 4 UUID: %s", id);
	OK(strcmp(id, sql_text(&f, "SELECT CAST(id AS text) FROM contacts WHERE pp_contact_id "
				   "= 'b'")) != 0,
	   "each its own");
	IS(sql_text(&f, "SELECT CAST(worth AS text) FROM contacts WHERE pp_contact_id = 'a'"),
	   "1.10", "decimals keep their digits");
	{
		struct err e;
		const char *orphan = "INSERT INTO exchanges (pp_matter_id, client_id) VALUES "
				     "('m', '00000000-0000-4000-8000-000000000000')";

		OK(!db_exec(f.db, orphan, NULL, 0, NULL, &e), "references are checked");
	}
	fixture_close(&f);
}

static void an_applications_tables_are_completed(void)
{
	struct fixture f = fixture_open(NULL);
	struct str *statement;
	struct table_shape s;
	size_t n;

	run_sql(f.db,
		on_postgres()
			? "CREATE TYPE mood AS ENUM ('good', 'bad');\n"
			  "CREATE TABLE contacts (id bigint PRIMARY KEY, name varchar(100) NOT "
			  "NULL, pp_data text, pp_contact_id varchar(50), theirs mood);\n"
			  "INSERT INTO contacts VALUES (7, 'Ada Sample', NULL, 'a', 'good')"
			: "CREATE TABLE contacts (id bigint PRIMARY KEY, name varchar(100) NOT "
			  "NULL, pp_data text, pp_contact_id varchar(50), theirs text);\n"
			  "INSERT INTO contacts VALUES (7, 'Ada Sample', NULL, 'a', 'good')");
	migrate(&f);
	must(table_shape(f.db, f.a, STR("contacts"), &s, &oops));
	OK(s.columns == 5 + 7, "what was missing was added");
	OK(!shape_find(&s, STR("created_at")), "and nothing else");
	OK(has_unique(&f, "contacts", "pp_contact_id"), "the key became unique");
	IS(sql_text(&f, "SELECT name FROM contacts WHERE id = 7"), "Ada Sample", "rows stay");
	must(table_shape(f.db, f.a, STR("exchanges"), &s, &oops));
	OK(shape_find(&s, STR("client_id"))->holds == HOLDS_INTEGER,
	   "a reference has the type of what it refers to");
	n = plan(&f, schema, COUNT(schema), &statement);
	OK(n == 0, "and then nothing is left to do");
	run_sql(f.db, "INSERT INTO exchanges (pp_matter_id, client_id) VALUES ('m', 7)");
	fixture_close(&f);
}

static void a_wrong_type_is_named(void)
{
	struct fixture f = fixture_open(NULL);
	struct str *statement;
	struct err e;
	size_t n;

	run_sql(f.db, "CREATE TABLE contacts (id text PRIMARY KEY, visits date)");
	OK(!schema_plan(f.db, f.a, schema, COUNT(schema), &statement, &n, &e) &&
		   e.kind == ERR_CONFIG,
	   "an error of configuration");
	OK(strstr(e.text, "'visits'") && strstr(e.text, "'contacts'") && strstr(e.text, "date") &&
		   strstr(e.text, "integer"),
	   "that names column, table and both types: %s", e.text);
	fixture_close(&f);
}

static void a_parent_that_is_nowhere_is_named(void)
{
	struct schema_column column = { .name = STR("owner"),
					.type = COLUMN_UUID,
					.references = STR("users") };
	struct schema_table lonely = { .name = STR("pets"), .column = &column, .columns = 1 };
	struct fixture f = fixture_open(NULL);
	struct str *statement;
	struct err e;
	size_t n;

	OK(!schema_plan(f.db, f.a, &lonely, 1, &statement, &n, &e) && e.kind == ERR_CONFIG &&
		   strstr(e.text, "users"),
	   "named");
	run_sql(f.db, "CREATE TABLE users (id integer PRIMARY KEY)");
	OK(plan(&f, &lonely, 1, &statement) == 1, "the application's own table is a parent too");
	OK(str_find(statement[0], STR("REFERENCES")) > 0, "and is referred to");
	fixture_close(&f);
}

static void long_names_stay_apart(void)
{
	static const char base[] = "a_column_whose_name_is_rather_long_for_an_index_of_its_own_";
	struct schema_column column[2] = { { .type = COLUMN_TEXT, .indexed = true },
					   { .type = COLUMN_TEXT, .indexed = true } };
	struct schema_table t = { .name = STR("t"), .column = column, .columns = 2 };
	struct fixture f = fixture_open(NULL);
	struct str *statement;
	size_t n;

	column[0].name = str_printf(f.a, "%s1", base);
	column[1].name = str_printf(f.a, "%s2", base);
	n = plan(&f, &t, 1, &statement);
	OK(n == 3, "a table and two indexes");
	must(schema_apply(f.db, statement, n, &oops));
	OK(sql_int(f.db, on_postgres()
				 ? "SELECT count(*) FROM pg_indexes WHERE tablename = 't' AND "
				   "schemaname = current_schema()"
				 : "SELECT count(*) FROM sqlite_schema WHERE type = 'index' AND "
				   "tbl_name = 't' AND sql IS NOT NULL") == (on_postgres() ? 3 : 2),
	   "both were made");
	fixture_close(&f);
}

static void a_failed_migration_leaves_nothing(void)
{
	struct fixture f = fixture_open(NULL);
	struct str statement[] = { STR("CREATE TABLE one (a integer)"), STR("CREATE TABLE") };
	struct table_shape s;
	struct err e;

	OK(!schema_apply(f.db, statement, 2, &e) && strstr(e.text, "statement 2"),
	   "the second one");
	must(table_shape(f.db, f.a, STR("one"), &s, &oops));
	OK(!s.exists, "and the first is undone");
	fixture_close(&f);
}

static void a_schema_may_be_named(void)
{
	struct schema_column column = { .name = STR("k"), .type = COLUMN_TEXT, .indexed = true };
	struct schema_table t = { .column = &column, .columns = 1, .key = { STR("k") }, .keys = 1 };
	struct fixture f = fixture_open(NULL);
	struct str *statement;
	size_t n;

	t.name = on_postgres() ? str_printf(f.a, "%s.things",
					    sql_text(&f, "SELECT CAST(current_schema() AS text)"))
			       : STR("main.things");
	n = plan(&f, &t, 1, &statement);
	must(schema_apply(f.db, statement, n, &oops));
	OK(plan(&f, &t, 1, &statement) == 0, "schema.table");
	fixture_close(&f);
}

int main(int argc, char **argv)
{
	fixture_choose(argc, argv);
	an_empty_database_gets_everything_once();
	an_applications_tables_are_completed();
	a_wrong_type_is_named();
	a_parent_that_is_nowhere_is_named();
	long_names_stay_apart();
	a_failed_migration_leaves_nothing();
	a_schema_may_be_named();
	return tap_done();
}

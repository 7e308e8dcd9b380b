/* SPDX-License-Identifier: Apache-2.0 */
/*
 * control.c - the control tables as they are made and grow.
 *
 * Always: a table or column that is there is left as it is; sync_logs may be the application's own.
 */
#include "store/control.h"

#include "store/ddl.h"
#include "store/sql.h"

#include <stdio.h>

#define COLUMNS_MAX 20

/* The types in which the dialects differ, by a letter; all others are themselves. */
static const char key_text[] = "K"; /* a text that compares byte by byte, the same in both */
/* In comparisons with the application's columns: a collation of its own would keep PostgreSQL from
 * using their indexes. */
static const char plain_text[] = "text";
static const char time_point[] = "T";
static const char uuid[] = "U";
static const char uuid_self[] = "I"; /* a uuid that makes itself, and is the primary key */
static const char json[] = "J";

struct control_table {
	const char *name;
	const char *key; /* primary key, or NULL */
	struct {
		const char *name, *type, *tail;
	} column[COLUMNS_MAX];
};

static const struct control_table tables[] = {
	{ "lockstep_control",
	  "name",
	  { { "name", key_text, "NOT NULL" }, { "value", "text", "NOT NULL" } } },
	{ "lockstep_leases",
	  "name",
	  { { "name", key_text, "NOT NULL" },
	    { "holder", "text", "NOT NULL" },
	    { "token", "bigint", "NOT NULL" },
	    { "epoch", "text", "NOT NULL" },
	    { "expires_ms", "bigint", "NOT NULL" },
	    { "taken_at", time_point, "" },
	    { "job", "bigint", "" },
	    { "session", "bigint", "" },
	    { "attempt", "bigint", "" } } },
	{ "lockstep_state",
	  "connection, stream, slice",
	  { { "connection", key_text, "NOT NULL" },
	    { "stream", key_text, "NOT NULL" },
	    { "slice", key_text, "NOT NULL" },
	    { "state", "text", "NOT NULL" } } },
	{ "sync_logs",
	  NULL,
	  { { "id", uuid_self, "" },
	    { "sync_type", "varchar(50)", "NOT NULL" },
	    { "status", "varchar(20)", "NOT NULL" },
	    { "started_at", time_point, "NOT NULL" },
	    { "completed_at", time_point, "" },
	    { "records_processed", "integer", "DEFAULT 0" },
	    { "records_created", "integer", "DEFAULT 0" },
	    { "records_updated", "integer", "DEFAULT 0" },
	    { "error_message", "text", "" },
	    { "details", json, "" },
	    { "triggered_by", uuid, "" },
	    { "connection", "text", "" },
	    { "parent_id", uuid, "" },
	    { "records_unchanged", "bigint", "DEFAULT 0" },
	    { "records_failed", "bigint", "DEFAULT 0" },
	    { "requests", "bigint", "DEFAULT 0" } } },
	{ "lockstep_quarantine",
	  "connection, table_name, record_key",
	  { { "connection", key_text, "NOT NULL" },
	    { "stream", key_text, "NOT NULL" },
	    { "table_name", key_text, "NOT NULL" },
	    { "record_key", key_text, "NOT NULL" },
	    { "column_name", "text", "NOT NULL" },
	    { "code", "text", "NOT NULL" },
	    { "says", "text", "NOT NULL" },
	    { "sealed", "text", "NOT NULL" },
	    { "tries", "bigint", "NOT NULL" },
	    { "first_at", time_point, "NOT NULL" },
	    { "last_at", time_point, "NOT NULL" } } },
	{ "lockstep_missing_refs",
	  "connection, table_name, record_key, column_name",
	  { { "connection", plain_text, "NOT NULL" },
	    { "table_name", plain_text, "NOT NULL" },
	    { "key_column", plain_text, "NOT NULL" },
	    { "record_key", plain_text, "NOT NULL" },
	    { "column_name", plain_text, "NOT NULL" },
	    { "parent_table", plain_text, "NOT NULL" },
	    { "match_column", plain_text, "NOT NULL" },
	    { "take_column", plain_text, "NOT NULL" },
	    { "prefer_column", plain_text, "NOT NULL" },
	    { "fold_case", "integer", "NOT NULL" },
	    { "value", plain_text, "NOT NULL" } } },
	{ "lockstep_seen",
	  "connection, table_name, batch",
	  { { "connection", key_text, "NOT NULL" },
	    { "table_name", key_text, "NOT NULL" },
	    { "batch", "bigint", "NOT NULL" },
	    { "hashes", "text", "NOT NULL" } } },
	{ "lockstep_ledger_keys",
	  "ledger_key",
	  { { "ledger_key", key_text, "NOT NULL" },
	    { "epoch", "text", "NOT NULL" },
	    { "interval_ms", "bigint", "NOT NULL" },
	    { "blocked_until_ms", "bigint", "NOT NULL" },
	    { "blocked_ms", "bigint", "NOT NULL" } } },
	{ "lockstep_ledger",
	  "ledger_key, arrives_ms, ticket",
	  { { "ticket", "bigint", "NOT NULL UNIQUE" },
	    { "ledger_key", key_text, "NOT NULL" },
	    { "arrives_ms", "bigint", "NOT NULL" },
	    { "sent", "integer", "NOT NULL" } } },
	{ "lockstep_ledger_hours",
	  "ledger_key, hour_ms",
	  { { "ledger_key", key_text, "NOT NULL" },
	    { "hour_ms", "bigint", "NOT NULL" },
	    { "calls", "bigint", "NOT NULL" },
	    { "wait_max_ms", "bigint", "NOT NULL" } } },
	{ "lockstep_conflicts",
	  "connection, table_name, record_key, column_name",
	  { { "connection", key_text, "NOT NULL" },
	    { "table_name", key_text, "NOT NULL" },
	    { "record_key", key_text, "NOT NULL" },
	    { "column_name", key_text, "NOT NULL" },
	    { "sealed", "text", "NOT NULL" },
	    { "since", time_point, "NOT NULL" } } },
	{ "lockstep_holds",
	  "connection, table_name",
	  { { "connection", key_text, "NOT NULL" },
	    { "table_name", key_text, "NOT NULL" },
	    { "check_name", "text", "NOT NULL" },
	    { "seen", "text", "NOT NULL" },
	    { "expected", "text", "NOT NULL" },
	    { "run_id", "text", "NOT NULL" },
	    { "since", time_point, "NOT NULL" },
	    { "released_at", time_point, "" },
	    { "released_by", "text", "NOT NULL" },
	    { "pass_once", "integer", "NOT NULL" } } },
	{ "lockstep_before",
	  "run_id, number",
	  { { "run_id", key_text, "NOT NULL" },
	    { "number", "bigint", "NOT NULL" },
	    { "connection", key_text, "NOT NULL" },
	    { "written_at", time_point, "NOT NULL" },
	    { "change", "text", "NOT NULL" },
	    { "table_name", key_text, "NOT NULL" },
	    { "record_key", key_text, "NOT NULL" },
	    { "before", "text", "" },
	    { "after", "text", "NOT NULL" } } },
	{ "lockstep_members",
	  "connection, stream, member",
	  { { "connection", key_text, "NOT NULL" },
	    { "stream", key_text, "NOT NULL" },
	    { "member", key_text, "NOT NULL" },
	    { "asked_ms", "bigint", "NOT NULL" },
	    { "done_ms", "bigint", "NOT NULL" },
	    { "news_ms", "bigint", "NOT NULL" },
	    { "failures", "bigint", "NOT NULL" } } },
	{ "lockstep_rotations",
	  "connection, stream",
	  { { "connection", key_text, "NOT NULL" },
	    { "stream", key_text, "NOT NULL" },
	    { "place", "text", "NOT NULL" },
	    { "alarm_ms", "bigint", "NOT NULL" },
	    { "closed_ms", "bigint", "NOT NULL" } } },
	{ "lockstep_cycles",
	  "connection, stream, began_ms, run",
	  { { "connection", key_text, "NOT NULL" },
	    { "stream", key_text, "NOT NULL" },
	    { "run", key_text, "NOT NULL" },
	    { "began_ms", "bigint", "NOT NULL" },
	    { "ended_ms", "bigint", "NOT NULL" },
	    { "batch", "bigint", "NOT NULL" },
	    { "batches", "bigint", "NOT NULL" },
	    { "batch_size", "bigint", "NOT NULL" },
	    { "members", "bigint", "NOT NULL" },
	    { "processed", "bigint", "NOT NULL" },
	    { "news", "bigint", "NOT NULL" },
	    { "failed", "bigint", "NOT NULL" },
	    { "calls", "bigint", "NOT NULL" },
	    { "sentinel", "bigint", "NOT NULL" },
	    { "alarm", "bigint", "NOT NULL" } } },
	{ "lockstep_tokens",
	  "connection",
	  { { "connection", key_text, "NOT NULL" },
	    { "sealed", "text", "NOT NULL" },
	    { "expires_ms", "bigint", "NOT NULL" },
	    { "version", "bigint", "NOT NULL" },
	    { "problem", "text", "NOT NULL" } } },
};

static const char *type_text(const struct db *d, const char *type)
{
	const struct sql_words *w = sql_words(d);

	if (type == key_text)
		return w->text_type;
	if (type == time_point)
		return w->time_type;
	if (type == uuid)
		return w->uuid_type;
	if (type == uuid_self)
		return w->uuid_self;
	return type == json ? w->json_type : type;
}

static size_t make_columns(const struct db *d, struct arena *a, const struct control_table *t,
			   struct ddl_column *column)
{
	size_t n = 0;

	for (; n < COLUMNS_MAX && t->column[n].name; n++) {
		const char *tail = t->column[n].tail;

		column[n].name = str_from(t->column[n].name);
		column[n].type = str_printf(a, "%s%s%s", type_text(d, t->column[n].type),
					    *tail ? " " : "", tail);
	}
	return n;
}

static bool plan_table(struct ddl *l, const struct control_table *t, struct err *e)
{
	struct ddl_column column[COLUMNS_MAX];
	size_t columns = make_columns(l->db, l->a, t, column);
	struct table_shape shape;

	if (!table_shape(l->db, l->a, str_from(t->name), &shape, e))
		return err_wrap(e, "table '%s'", t->name);
	if (!shape.exists) {
		struct str tail =
			t->key ? str_printf(l->a, ",\n  PRIMARY KEY (%s)", t->key) : STR("");

		ddl_create(l, str_from(t->name), column, columns, tail);
		return true;
	}
	for (size_t i = 0; i < columns; i++)
		if (!shape_find(&shape, column[i].name))
			ddl_add_column(l, str_from(t->name), &column[i]);
	return true;
}

/* Months of runs: the newest, those that run, a run's parts and a connection's runs are found
 * without reading the others.  Also where the table is the application's own. */
static bool plan_indexes(struct ddl *l, struct err *e)
{
	static const struct {
		const char *table;
		struct str column[4];
		size_t columns;
	} index[] = {
		{ "sync_logs", { STR("started_at"), STR("id") }, 2 },
		{ "sync_logs", { STR("status"), STR("started_at") }, 2 },
		{ "sync_logs", { STR("parent_id"), STR("started_at"), STR("id") }, 3 },
		{ "sync_logs", { STR("connection"), STR("started_at"), STR("id") }, 3 },
		{ "sync_logs",
		  { STR("connection"), STR("parent_id"), STR("started_at"), STR("id") },
		  4 },
		{ "sync_logs",
		  { STR("connection"), STR("status"), STR("started_at"), STR("id") },
		  4 },
		{ "sync_logs",
		  { STR("connection"), STR("sync_type"), STR("started_at"), STR("status") },
		  4 },
		{ "lockstep_quarantine", { STR("last_at") }, 1 },
		{ "lockstep_quarantine", { STR("connection"), STR("last_at") }, 2 },
		/* Counted by it alone: a record lies beside its complaint, and is large. */
		{ "lockstep_quarantine",
		  { STR("connection"), STR("table_name"), STR("code"), STR("first_at") },
		  4 },
	};

	for (size_t i = 0; i < COUNT(index); i++)
		if (!ddl_index_once(l, str_from(index[i].table), index[i].column, index[i].columns,
				    e))
			return false;
	return true;
}

/* The version that the tables were made by, 0 when there are none. */
static bool version_get(struct db *d, struct arena *a, int64_t *version, struct err *e)
{
	struct table_shape shape;
	struct db_result r;

	if (!table_shape(d, a, STR("lockstep_control"), &shape, e))
		return false;
	*version = 0;
	if (!shape.exists)
		return true;
	if (!db_query(d, a, "SELECT value FROM lockstep_control WHERE name = 'version'", NULL, 0,
		      &r, e))
		return false;
	if (r.rows && !str_to_i64(db_cell(&r, 0, 0).s, version))
		return err_set(e, ERR_STORE, "lockstep_control holds no version");
	return true;
}

static void plan_version(struct ddl *l, int64_t version)
{
	if (version == CONTROL_VERSION)
		return;
	ddl_add(l, str_printf(l->a,
			      "INSERT INTO lockstep_control (name, value) VALUES ('version', '%d')"
			      " ON CONFLICT (name) DO UPDATE SET value = excluded.value",
			      CONTROL_VERSION));
}

bool control_plan(struct db *d, struct arena *a, struct str **statement, size_t *statements,
		  struct err *e)
{
	int64_t version;
	struct ddl l;

	ddl_init(&l, d, a);
	if (!version_get(d, a, &version, e))
		return false;
	if (version > CONTROL_VERSION)
		return err_set(e, ERR_CONFIG,
			       "the database was used by a newer Lockstep (its tables have version "
			       "%lld, this program knows %d)",
			       (long long)version, CONTROL_VERSION);
	for (size_t i = 0; i < COUNT(tables); i++)
		if (!plan_table(&l, &tables[i], e))
			return false;
	if (!plan_indexes(&l, e))
		return false;
	plan_version(&l, version);
	*statement = l.statement;
	*statements = l.statements;
	return true;
}

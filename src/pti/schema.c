/* SPDX-License-Identifier: Apache-2.0 */
/*
 * schema.c - the tables that ratings need, as data.
 *
 * Columns that are there stay as they are; one that cannot hold what we write is complained about
 * with what to do, for a rating cut to an integer is a wrong rating.
 */
#include "pti/schema.h"

#include "pti/budget.h"
#include "pti/setting.h"
#include "store/ddl.h"
#include "store/sql.h"
#include "store/table.h"

enum kind {
	KIND_ID,
	KIND_UUID,
	KIND_TEXT,
	KIND_COUNT,
	KIND_FLOAT,
	KIND_BOOL,
	KIND_TIME,
	KIND_JSON
};

struct column {
	const char *name;
	enum kind kind;
	const char *rest; /* "NOT NULL", "DEFAULT 0" */
};

struct made {
	const char *name; /* NULL: the plan says (players_table) */
	const struct column *column;
	const char *tail;
};

static const struct column players[] = {
	{ "id", KIND_ID, "" },
	{ "name", KIND_TEXT, "" },
	{ "email", KIND_TEXT, "" },
	{ "home_club", KIND_TEXT, "" },
	{ "pti", KIND_FLOAT, "" },
	{ "pti_source_url", KIND_TEXT, "" },
	{ "pti_source_name", KIND_TEXT, "" },
	{ "pti_last_synced", KIND_TIME, "" },
	{ "pti_sync_enabled", KIND_BOOL, "" },
	{ NULL, KIND_TEXT, "" },
};
static const struct column memory[] = {
	{ "player", KIND_TEXT, " NOT NULL PRIMARY KEY" },
	{ "failures", KIND_COUNT, " NOT NULL DEFAULT 0" }, /* one after another */
	{ "last_error", KIND_TEXT, "" },                   /* its code */
	{ "last_attempt_ms", KIND_COUNT, "" },
	{ "refreshed_ms", KIND_COUNT, "" }, /* when a person asked last */
	{ "unlinked_ms", KIND_COUNT, "" },  /* links asked for before it come to nothing */
	{ "page", KIND_TEXT, "" },
	{ "run", KIND_UUID, "" }, /* of the weekly job that looked last */
	{ NULL, KIND_TEXT, "" },
};
static const struct column changes[] = {
	{ "id", KIND_ID, "" },        { "player", KIND_TEXT, " NOT NULL" },
	{ "run", KIND_UUID, "" },     { "at", KIND_TIME, " NOT NULL" },
	{ "before", KIND_FLOAT, "" }, { "after", KIND_FLOAT, "" },
	{ "note", KIND_TEXT, "" },    { NULL, KIND_TEXT, "" },
};
static const struct column runs[] = {
	{ "id", KIND_ID, "" },
	{ "started_at", KIND_TIME, " NOT NULL" },
	{ "completed_at", KIND_TIME, "" },
	{ "status", KIND_TEXT, " NOT NULL" },
	{ "found", KIND_COUNT, " NOT NULL DEFAULT 0" },
	{ "succeeded", KIND_COUNT, " NOT NULL DEFAULT 0" },
	{ "failed", KIND_COUNT, " NOT NULL DEFAULT 0" },
	{ "updated", KIND_COUNT, " NOT NULL DEFAULT 0" },
	{ "no_pti", KIND_COUNT, " NOT NULL DEFAULT 0" },
	{ "pages", KIND_COUNT, " NOT NULL DEFAULT 0" },
	{ "credits", KIND_COUNT, " NOT NULL DEFAULT 0" },
	{ "requests", KIND_COUNT, " NOT NULL DEFAULT 0" },
	{ "error", KIND_TEXT, "" },
	{ "summary", KIND_JSON, "" },
	{ NULL, KIND_TEXT, "" },
};

static const struct made tables[] = {
	{ NULL, players, "" },
	{ "lockstep_pti_players", memory, "" },
	{ "lockstep_pti_changes", changes, "" },
	{ "lockstep_pti_runs", runs, "" },
};

const char *const pti_schema_tables[] = {
	"players",
	"lockstep_pti_spend",
	"lockstep_pti_players",
	"lockstep_pti_changes",
	"lockstep_pti_runs",
	NULL,
};

static const char *type_of(const struct db *d, enum kind kind)
{
	const struct sql_words *w = sql_words(d);
	const char *const text[] = {
		[KIND_ID] = w->uuid_self,     [KIND_UUID] = w->uuid_type,
		[KIND_TEXT] = "text",         [KIND_COUNT] = "bigint",
		[KIND_FLOAT] = w->float_type, [KIND_BOOL] = w->boolean_type,
		[KIND_TIME] = w->time_type,   [KIND_JSON] = w->json_type,
	};

	return text[kind];
}

static bool holds(const struct db *d, enum kind kind, enum column_holds has)
{
	if (d->ops->dialect == DB_SQLITE)
		return true; /* a cell there has its own type */
	switch (kind) {
	case KIND_FLOAT:
		return has == HOLDS_FLOAT || has == HOLDS_NUMERIC;
	case KIND_BOOL:
		return has == HOLDS_BOOLEAN;
	case KIND_TIME:
		return has == HOLDS_TIME;
	case KIND_TEXT:
		return has == HOLDS_TEXT;
	case KIND_COUNT:
		return has == HOLDS_INTEGER || has == HOLDS_NUMERIC;
	case KIND_ID:
	case KIND_UUID:
		return has == HOLDS_UUID || has == HOLDS_TEXT;
	case KIND_JSON:
		break;
	}
	return true;
}

static struct ddl_column column_of(const struct ddl *l, const struct column *c)
{
	return (struct ddl_column){ str_from(c->name),
				    str_printf(l->a, "%s%s", type_of(l->db, c->kind), c->rest) };
}

static void make(struct ddl *l, struct str name, const struct made *t)
{
	struct ddl_column column[24];
	size_t n = 0;

	for (; t->column[n].name; n++) {
		assert(n < COUNT(column));
		column[n] = column_of(l, &t->column[n]);
	}
	ddl_create(l, name, column, n, str_from(t->tail));
}

static bool complete(struct ddl *l, struct str name, const struct made *t,
		     const struct table_shape *shape, struct err *e)
{
	for (const struct column *c = t->column; c->name; c++) {
		const struct shape_column *has = shape_find(shape, str_from(c->name));
		struct ddl_column column = column_of(l, c);

		if (!has && c->kind == KIND_ID)
			return err_set(e, ERR_CONFIG,
				       "table '%.*s' has no column 'id': players are known by it",
				       STR_ARG(name));
		if (!has)
			ddl_add_column(l, name, &column);
		else if (!holds(l->db, c->kind, has->holds))
			return err_set(e, ERR_CONFIG,
				       "column '%s' of '%.*s' is %.*s and cannot hold what is "
				       "written: ALTER TABLE %.*s ALTER COLUMN %s TYPE %s",
				       c->name, STR_ARG(name), STR_ARG(has->type), STR_ARG(name),
				       c->name, type_of(l->db, c->kind));
	}
	return true;
}

static bool plan_one(struct ddl *l, struct str name, const struct made *t, struct err *e)
{
	struct table_shape shape;

	if (!table_shape(l->db, l->a, name, &shape, e))
		return err_wrap(e, "table '%.*s'", STR_ARG(name));
	if (shape.exists)
		return complete(l, name, t, &shape, e);
	make(l, name, t);
	return true;
}

/* Players are counted by their page; changes are looked up by their player. */
static bool plan_indexes(struct ddl *l, struct str table, bool elsewhere, struct err *e)
{
	const struct str url[] = { STR("pti_source_url") };
	const struct str history[] = { STR("player"), STR("at") };

	return (elsewhere || ddl_index_once(l, table, url, 1, e)) &&
	       ddl_index_once(l, STR("lockstep_pti_changes"), history, 2, e);
}

/* The budget knows its own. */
static bool plan_spend(struct ddl *l, struct err *e)
{
	struct table_shape shape;

	if (!table_shape(l->db, l->a, STR("lockstep_pti_spend"), &shape, e))
		return false;
	if (!shape.exists)
		ddl_add(l, str_from(budget_table_sql));
	return true;
}

static struct str setting(const struct connection *c, const char *name)
{
	return c ? setting_text(c, name) : STR("");
}

bool pti_schema_plan(struct db *d, struct arena *a, const struct connection *c,
		     struct str **statement, size_t *statements, struct err *e)
{
	struct str table = setting(c, "players_table");
	bool elsewhere = setting(c, "players").len > 0;
	struct ddl l;

	if (table.len == 0)
		table = STR("players");
	ddl_init(&l, d, a);
	for (size_t i = 0; i < COUNT(tables); i++) {
		struct str name = tables[i].name ? str_from(tables[i].name) : table;

		if (!tables[i].name && elsewhere)
			continue;
		if (!plan_one(&l, name, &tables[i], e))
			return false;
	}
	if (!plan_spend(&l, e) || !plan_indexes(&l, table, elsewhere, e))
		return false;
	*statement = l.statement;
	*statements = l.statements;
	return true;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * schema.c - bringing a database to the tables that a plan wants, by adding only.
 *
 * In three passes, so that tables may refer to each other in any order: tables with the columns
 * whose parents are there by then, all other columns, indexes.
 */
#include "store/ddl.h"
#include "store/sql.h"

/* Besides the wanted columns a new table gets these. */
#define OWN_COLUMNS 2 /* id, created_at */

struct plan {
	struct ddl ddl;
	const struct schema_table *table;
	struct table_shape *shape;
	bool *made;   /* tables that an earlier statement of the plan makes */
	bool **later; /* of these, the columns whose parents were not there yet */
	size_t tables;
};

#define CAN(kind) (1u << HOLDS_##kind)

/* What a cell of each type may be written into, unchanged, whatever the column is called. */
static const unsigned accepted[COLUMN_TYPES] = {
	[COLUMN_TEXT] = CAN(TEXT) | CAN(ENUM) | CAN(UUID) | CAN(OTHER),
	[COLUMN_INTEGER] = CAN(INTEGER) | CAN(NUMERIC) | CAN(TEXT),
	[COLUMN_DECIMAL] = CAN(NUMERIC) | CAN(TEXT),
	[COLUMN_FLOAT] = CAN(FLOAT) | CAN(NUMERIC) | CAN(TEXT),
	[COLUMN_BOOLEAN] = CAN(BOOLEAN) | CAN(TEXT),
	[COLUMN_TIMESTAMP] = CAN(TIME) | CAN(TEXT),
	[COLUMN_DATE] = CAN(DATE) | CAN(TIME) | CAN(TEXT),
	[COLUMN_UUID] = CAN(UUID) | CAN(TEXT),
	[COLUMN_JSON] = CAN(JSON) | CAN(TEXT),
};

static bool accepts(const struct db *d, enum column_type type, enum column_holds holds)
{
	/* SQLite has no booleans: a 0 or 1 in an integer column is one. */
	if (d->ops->dialect == DB_SQLITE && type == COLUMN_BOOLEAN && holds == HOLDS_INTEGER)
		return true;
	return accepted[type] & (1u << holds);
}

static const char *type_text(const struct db *d, enum column_type type)
{
	const struct sql_words *w = sql_words(d);
	const char *const text[COLUMN_TYPES] = {
		[COLUMN_TEXT] = "text",
		[COLUMN_INTEGER] = "bigint",
		[COLUMN_DECIMAL] = w->decimal_type,
		[COLUMN_FLOAT] = w->float_type,
		[COLUMN_BOOLEAN] = w->boolean_type,
		[COLUMN_TIMESTAMP] = w->time_type,
		[COLUMN_DATE] = w->date_type,
		[COLUMN_UUID] = w->uuid_type,
		[COLUMN_JSON] = w->json_type,
	};

	return text[type];
}

/* ---- parents ---- */

static bool is_unique(const struct table_shape *s, struct str column)
{
	for (size_t i = 0; i < s->uniques; i++)
		if (s->unique[i].columns == 1 && str_eq(s->unique[i].column[0], column))
			return true;
	return false;
}

/* The number of a table of the plan, or p->tables. */
static size_t find_table(const struct plan *p, struct str name)
{
	size_t i = 0;

	while (i < p->tables && !str_eq(p->table[i].name, name))
		i++;
	return i;
}

/* The shape of a parent, which may be a table that the plan does not name. */
static bool parent_shape(struct plan *p, struct str name, struct table_shape *shape, struct err *e)
{
	size_t i = find_table(p, name);

	if (i < p->tables)
		*shape = p->shape[i];
	else if (!table_shape(p->ddl.db, p->ddl.a, name, shape, e))
		return err_wrap(e, "table '%.*s'", STR_ARG(name));
	if (i == p->tables && !shape->exists)
		return err_set(e, ERR_CONFIG,
			       "table '%.*s', which another refers to, is neither in the database "
			       "nor in the plan",
			       STR_ARG(name));
	return true;
}

/* Type and constraint of a column that is new.  A reference has the type of what it refers to. */
static bool column_sql(struct plan *p, const struct schema_column *c, struct ddl_column *out,
		       struct err *e)
{
	struct str type = str_from(type_text(p->ddl.db, c->type)), tail = STR("");
	struct table_shape parent;
	struct buf b;

	if (c->references.len) {
		const struct shape_column *id;

		if (!parent_shape(p, c->references, &parent, e))
			return err_wrap(e, "column '%.*s'", STR_ARG(c->name));
		id = shape_find(&parent, STR("id"));
		if (id && id->type.len)
			type = id->type;
		buf_in(&b, p->ddl.a, SQL_BYTES_MAX);
		buf_add(&b, STR(" REFERENCES "));
		sql_table(&b, c->references);
		buf_add(&b, STR(" (\"id\")"));
		if (!parent.exists || is_unique(&parent, STR("id")))
			tail = buf_str(&b);
	}
	*out = (struct ddl_column){ c->name, str_printf(p->ddl.a, "%.*s%.*s", STR_ARG(type),
							STR_ARG(tail)) };
	return true;
}

/* ---- first pass: tables ---- */

static bool is_wanted(const struct schema_table *t, const char *name)
{
	for (size_t i = 0; i < t->columns; i++)
		if (str_eq(t->column[i].name, str_from(name)))
			return true;
	return false;
}

/* Whether the parent of a column is there when table `i` is made. */
static bool parent_ready(const struct plan *p, size_t i, const struct schema_column *c)
{
	size_t parent = find_table(p, c->references);

	return !c->references.len || parent == p->tables || parent == i ||
	       p->shape[parent].exists || p->made[parent];
}

static void add_own(const struct schema_table *t, struct ddl_column *column, size_t *n,
		    const char *name, const char *type)
{
	if (!is_wanted(t, name))
		column[(*n)++] = (struct ddl_column){ str_from(name), str_from(type) };
}

static bool make_table(struct plan *p, size_t i, struct err *e)
{
	const struct schema_table *t = &p->table[i];
	const struct sql_words *w = sql_words(p->ddl.db);
	struct ddl_column *column =
		arena_new_array(p->ddl.a, struct ddl_column, t->columns + OWN_COLUMNS);
	size_t n = 0;

	add_own(t, column, &n, "id", w->uuid_self);
	for (size_t j = 0; j < t->columns; j++) {
		p->later[i][j] = !parent_ready(p, i, &t->column[j]);
		if (!p->later[i][j] && !column_sql(p, &t->column[j], &column[n++], e))
			return false;
	}
	add_own(t, column, &n, "created_at", w->time_self);
	ddl_create(&p->ddl, t->name, column, n, STR(""));
	p->made[i] = true;
	return true;
}

/* ---- second pass: columns ---- */

static bool check_type(struct plan *p, const struct schema_table *t,
		       const struct schema_column *want, const struct shape_column *have,
		       struct err *e)
{
	struct table_shape parent;
	const struct shape_column *id;

	if (accepts(p->ddl.db, want->type, have->holds))
		return true;
	if (want->references.len) {
		if (!parent_shape(p, want->references, &parent, e))
			return false;
		id = shape_find(&parent, STR("id"));
		if (id && id->holds == have->holds)
			return true;
	}
	return err_set(e, ERR_CONFIG,
		       "column '%.*s' of table '%.*s' is %.*s in the database, which cannot hold "
		       "%s as it is: change the column's type there, or map another column",
		       STR_ARG(want->name), STR_ARG(t->name), STR_ARG(have->type),
		       column_type_name(want->type));
}

static bool add_columns(struct plan *p, size_t i, struct err *e)
{
	const struct schema_table *t = &p->table[i];

	for (size_t j = 0; j < t->columns; j++) {
		const struct shape_column *have = shape_find(&p->shape[i], t->column[j].name);
		struct ddl_column column;

		if (have && !check_type(p, t, &t->column[j], have, e))
			return false;
		if (have || (p->made[i] && !p->later[i][j]))
			continue;
		if (!column_sql(p, &t->column[j], &column, e))
			return false;
		ddl_add_column(&p->ddl, t->name, &column);
	}
	return true;
}

/* ---- third pass: indexes ---- */

static bool same_columns(const struct shape_unique *u, const struct str *key, size_t keys)
{
	size_t found = 0;

	for (size_t i = 0; i < keys; i++)
		for (size_t j = 0; j < u->columns; j++)
			found += str_eq(key[i], u->column[j]);
	return found == keys && u->columns == keys;
}

static bool has_key(const struct table_shape *s, const struct schema_table *t)
{
	for (size_t i = 0; i < s->uniques; i++)
		if (same_columns(&s->unique[i], t->key, t->keys))
			return true;
	return false;
}

/* Only with a column that is new: whether an older one needs an index is its owner's business. */
static void add_indexes(struct plan *p, size_t i)
{
	const struct schema_table *t = &p->table[i];

	if (t->keys && !has_key(&p->shape[i], t))
		ddl_index(&p->ddl, t->name, t->key, t->keys, true);
	for (size_t j = 0; j < t->columns; j++)
		if (t->column[j].indexed && !shape_find(&p->shape[i], t->column[j].name))
			ddl_index(&p->ddl, t->name, &t->column[j].name, 1, false);
}

/* ---- all of it ---- */

static bool plan_init(struct plan *p, struct err *e)
{
	struct arena *a = p->ddl.a;

	p->shape = arena_new_array(a, struct table_shape, p->tables + 1);
	p->made = arena_new_array(a, bool, p->tables + 1);
	p->later = arena_new_array(a, bool *, p->tables + 1);
	for (size_t i = 0; i < p->tables; i++) {
		p->later[i] = arena_new_array(a, bool, p->table[i].columns + 1);
		if (!table_shape(p->ddl.db, a, p->table[i].name, &p->shape[i], e))
			return err_wrap(e, "table '%.*s'", STR_ARG(p->table[i].name));
	}
	return true;
}

bool schema_plan(struct db *d, struct arena *a, const struct schema_table *table, size_t tables,
		 struct str **statement, size_t *statements, struct err *e)
{
	struct plan p = { .table = table, .tables = tables };

	ddl_init(&p.ddl, d, a);
	if (!plan_init(&p, e))
		return false;
	for (size_t i = 0; i < tables; i++)
		if (!p.shape[i].exists && !make_table(&p, i, e))
			return false;
	for (size_t i = 0; i < tables; i++)
		if (!add_columns(&p, i, e))
			return false;
	for (size_t i = 0; i < tables; i++)
		add_indexes(&p, i);
	*statement = p.ddl.statement;
	*statements = p.ddl.statements;
	return true;
}

static bool apply(struct db *d, const struct str *statement, size_t statements, struct err *e)
{
	/* Two that migrate at once: IF NOT EXISTS alone is no protection in PostgreSQL. */
	if (*sql_words(d)->one_at_a_time &&
	    !db_exec(d, sql_words(d)->one_at_a_time, NULL, 0, NULL, e))
		return false;
	for (size_t i = 0; i < statements; i++)
		if (!d->ops->run(d, NULL, statement[i], NULL, 0, NULL, NULL, e))
			return err_wrap(e, "statement %zu of the migration", i + 1);
	return true;
}

bool schema_apply(struct db *d, const struct str *statement, size_t statements, struct err *e)
{
	if (statements == 0)
		return true;
	if (!db_begin(d, e))
		return false;
	if (apply(d, statement, statements, e) && db_commit(d, e))
		return true;
	db_rollback(d);
	return false;
}

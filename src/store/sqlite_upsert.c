/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sqlite_upsert.c - rows into a SQLite table: look, compare, then insert, update or leave alone.
 *
 * The hottest path of the product: a row that has not changed costs one look-up and a comparison of
 * bytes.  A refused row undoes only its own statement; the transaction goes on.
 */
#include "store/cell.h"
#include "store/reject.h"
#include "store/sql.h"
#include "store/sqlite.h"

#define BIT(i) ((uint64_t)1 << (i))
/* SQLite keeps no more of a decimal in a column with a numeric affinity. */
#define DOUBLE_DIGITS 15

struct upsert {
	struct sqlite *s;
	const struct table *t;
	struct arena *a;
	struct str select_sql, insert_sql, update_sql;
	sqlite3_stmt *select, *insert, *update;
	uint64_t keys, on_insert, stamps; /* columns by bit */
	uint64_t inexact;                 /* decimals that the column would turn into doubles */
	uint64_t update_mask;             /* the columns that `update` sets */
};

static uint64_t key_mask(const struct table *t)
{
	uint64_t mask = 0;

	for (size_t i = 0; i < t->keys; i++)
		mask |= BIT(t->key[i]);
	return mask;
}

static uint64_t write_mask(const struct table *t, enum column_write write)
{
	uint64_t mask = 0;

	for (size_t i = 0; i < t->columns; i++)
		if (t->column[i].write == write)
			mask |= BIT(i);
	return mask;
}

/* "a", "b", … and, with `values`, ?1, ?2, … */
static void add_list(struct buf *b, const struct table *t, bool values)
{
	for (size_t i = 0; i < t->columns; i++) {
		if (i)
			buf_char(b, ',');
		if (values)
			buf_printf(b, "?%zu", i + 1);
		else
			sql_name(b, t->column[i].name);
	}
}

/* Parameters have the numbers of their columns, in every statement. */
static void add_where(struct buf *b, const struct table *t)
{
	for (size_t i = 0; i < t->keys; i++) {
		buf_add(b, i ? STR(" AND ") : STR(" WHERE "));
		sql_name(b, t->column[t->key[i]].name);
		buf_printf(b, "=?%zu", t->key[i] + 1);
	}
}

static void build(struct upsert *u)
{
	struct buf b;

	buf_in(&b, u->a, SQL_BYTES_MAX);
	buf_add(&b, STR("SELECT "));
	add_list(&b, u->t, false);
	buf_add(&b, STR(" FROM "));
	sql_table(&b, u->t->name);
	add_where(&b, u->t);
	u->select_sql = buf_str(&b);
	buf_in(&b, u->a, SQL_BYTES_MAX);
	buf_add(&b, STR("INSERT INTO "));
	sql_table(&b, u->t->name);
	buf_char(&b, '(');
	add_list(&b, u->t, false);
	buf_add(&b, STR(") VALUES ("));
	add_list(&b, u->t, true);
	buf_char(&b, ')');
	assert(!b.failed);
	u->insert_sql = buf_str(&b);
}

static void build_update(struct upsert *u, uint64_t mask)
{
	struct buf b;
	size_t n = 0;

	buf_in(&b, u->a, SQL_BYTES_MAX);
	buf_add(&b, STR("UPDATE "));
	sql_table(&b, u->t->name);
	for (size_t i = 0; i < u->t->columns; i++) {
		if (!(mask & BIT(i)))
			continue;
		buf_add(&b, n++ ? STR(",") : STR(" SET "));
		sql_name(&b, u->t->column[i].name);
		buf_printf(&b, "=?%zu", i + 1);
	}
	add_where(&b, u->t);
	assert(!b.failed);
	u->update_sql = buf_str(&b);
	u->update_mask = mask;
}

/* Whether the declared type gives the column an affinity that turns digits into a double
 * (sqlite.org/datatype3.html, section 3.1). */
static bool is_inexact(struct upsert *u, struct str column)
{
	struct str schema = str_keep(u->a, sql_table_schema(u->t->name));
	struct str table = str_keep(u->a, sql_table_bare(u->t->name));
	const char *type = NULL;
	int rc = sqlite3_table_column_metadata(u->s->handle, schema.len ? schema.at : NULL,
					       table.at, str_keep(u->a, column).at, &type, NULL,
					       NULL, NULL, NULL);

	return rc == SQLITE_OK && type && *type && sqlite3_strlike("%char%", type, 0) != 0 &&
	       sqlite3_strlike("%clob%", type, 0) != 0 && sqlite3_strlike("%text%", type, 0) != 0 &&
	       sqlite3_strlike("%blob%", type, 0) != 0;
}

static bool upsert_init(struct upsert *u, struct err *e)
{
	const struct table *t = u->t;

	u->keys = key_mask(t);
	u->on_insert = write_mask(t, WRITE_ON_INSERT);
	u->stamps = write_mask(t, WRITE_STAMP);
	for (size_t i = 0; i < t->columns; i++)
		if (t->column[i].type == COLUMN_DECIMAL && is_inexact(u, t->column[i].name))
			u->inexact |= BIT(i);
	build(u);
	return sqlite_prepare(u->s, u->select_sql, &u->select, e) &&
	       sqlite_prepare(u->s, u->insert_sql, &u->insert, e);
}

/* Makes `update` set the columns of `mask`.  The others are asked for again, so that many masks do
 * not push them out of the cache. */
static bool want_update(struct upsert *u, uint64_t mask, struct err *e)
{
	if (u->update && mask == u->update_mask)
		return true;
	build_update(u, mask);
	return sqlite_prepare(u->s, u->select_sql, &u->select, e) &&
	       sqlite_prepare(u->s, u->insert_sql, &u->insert, e) &&
	       sqlite_prepare(u->s, u->update_sql, &u->update, e);
}

/* The columns on account of which a stored row is rewritten. */
static uint64_t compared(const struct upsert *u, const struct row *row)
{
	uint64_t all = u->t->columns == 64 ? UINT64_MAX : BIT(u->t->columns) - 1;

	return all & ~(u->keys | u->on_insert | u->stamps | row->keep);
}

static bool same_text(sqlite3_stmt *stmt, int i, struct str text)
{
	const void *at = sqlite3_column_text(stmt, i);
	size_t len = (size_t)sqlite3_column_bytes(stmt, i);

	return len == text.len && (len == 0 || memcmp(at, text.at, len) == 0);
}

static bool same_bytes(sqlite3_stmt *stmt, int i, struct value cell)
{
	int kind = sqlite3_column_type(stmt, i);
	char time[CELL_TIME_SIZE];

	if (kind == SQLITE_NULL || value_is_nothing(cell))
		return kind == SQLITE_NULL && value_is_nothing(cell);
	if (kind == SQLITE_TEXT && cell.kind == VALUE_STR)
		return same_text(stmt, i, cell.s);
	if (kind == SQLITE_TEXT && cell.kind == VALUE_TIME)
		return same_text(stmt, i, (struct str){ time, cell_time_text(cell.us, time) });
	if (kind == SQLITE_INTEGER && cell.kind == VALUE_INT)
		return sqlite3_column_int64(stmt, i) == cell.i;
	if (kind == SQLITE_INTEGER && cell.kind == VALUE_BOOL)
		return sqlite3_column_int64(stmt, i) == cell.b;
	return false;
}

static bool differs(struct upsert *u, const struct row *row)
{
	uint64_t look = compared(u, row);

	for (size_t i = 0; i < u->t->columns; i++) {
		enum column_type type = u->t->column[i].type;
		struct value stored;

		if (!(look & BIT(i)) || same_bytes(u->select, (int)i, row->cell[i]))
			continue;
		stored = cell_from_stored(u->a, type, sqlite_value(u->select, (int)i));
		if (!column_eq(type, stored, row->cell[i]))
			return true;
	}
	return false;
}

/* What a statement's failure means for its row; REJECT_OTHER + 1 when it is not the row's fault. */
static enum reject row_fault(int rc)
{
	static const struct {
		int rc;
		enum reject why;
	} faults[] = {
		{ SQLITE_CONSTRAINT_NOTNULL, REJECT_NOT_NULL },
		{ SQLITE_CONSTRAINT_UNIQUE, REJECT_UNIQUE },
		{ SQLITE_CONSTRAINT_PRIMARYKEY, REJECT_UNIQUE },
		{ SQLITE_CONSTRAINT_ROWID, REJECT_UNIQUE },
		{ SQLITE_CONSTRAINT_FOREIGNKEY, REJECT_FOREIGN_KEY },
		{ SQLITE_CONSTRAINT_CHECK, REJECT_CHECK },
		{ SQLITE_CONSTRAINT_DATATYPE, REJECT_TYPE },
		{ SQLITE_MISMATCH, REJECT_TYPE },
		{ SQLITE_TOOBIG, REJECT_TOO_LONG },
	};

	for (size_t i = 0; i < COUNT(faults); i++)
		if (faults[i].rc == rc)
			return faults[i].why;
	return (rc & 0xff) == SQLITE_CONSTRAINT ? REJECT_OTHER : REJECT_OTHER + 1;
}

/* "UNIQUE constraint failed: contacts.email": the part that names a column.  A trigger's own words
 * may hold anything, but only a column's name is ever taken from them. */
static struct str fault_place(struct str says)
{
	size_t from = 0;

	for (size_t i = 0; i < says.len; i++)
		if (says.at[i] == '.' || says.at[i] == ':')
			from = i + 1;
	return str_slice(says, from, says.len);
}

/* Whether the parent that foreign key row `i` of `keys` asks for is missing. */
static bool parent_missing(struct upsert *u, const struct db_result *keys, size_t i,
			   struct value cell)
{
	struct db_result r;
	struct buf sql;
	struct err e;

	if (value_is_nothing(cell))
		return false;
	if (db_cell(keys, i, 2).kind == VALUE_NULL) /* the parent's primary key, whatever it is */
		return true;
	buf_in(&sql, u->a, SQL_BYTES_MAX);
	buf_add(&sql, STR("SELECT 1 FROM "));
	sql_name(&sql, db_cell(keys, i, 1).s);
	buf_add(&sql, STR(" WHERE "));
	sql_name(&sql, db_cell(keys, i, 2).s);
	buf_add(&sql, STR(" = ?1"));
	return db_query(&u->s->db, u->a, sql.at, &cell, 1, &r, &e) && r.rows == 0;
}

/* SQLite does not say which foreign key failed. */
static struct str orphan_column(struct upsert *u, const struct row *row)
{
	struct value table = value_str(sql_table_bare(u->t->name));
	struct db_result keys;
	struct err e;

	if (!db_query(&u->s->db, u->a,
		      "SELECT \"from\", \"table\", \"to\" FROM pragma_foreign_key_list(?1)", &table,
		      1, &keys, &e))
		return STR("");
	for (size_t i = 0; i < keys.rows; i++)
		for (size_t j = 0; j < u->t->columns; j++)
			if (str_eq(u->t->column[j].name, db_cell(&keys, i, 0).s) &&
			    parent_missing(u, &keys, i, row->cell[j]))
				return u->t->column[j].name;
	return STR("");
}

static bool not_written(struct upsert *u, int rc, const struct row *row, struct row_result *result,
			struct err *e)
{
	enum reject why = row_fault(rc);
	struct str says = str_from(sqlite3_errmsg(u->s->handle));

	if (why > REJECT_OTHER || !sqlite_in_transaction(u->s))
		return sqlite_fail(u->s, rc, e);
	*result = reject_result(why, why == REJECT_FOREIGN_KEY
					     ? orphan_column(u, row)
					     : reject_column(u->t, fault_place(says)));
	return true;
}

static void bind_masked(sqlite3_stmt *stmt, const struct table *t, const struct row *row,
			uint64_t mask)
{
	for (size_t i = 0; i < t->columns; i++)
		if (mask & BIT(i))
			sqlite_bind(stmt, (int)i + 1, row->cell[i]);
}

static bool write_row(struct upsert *u, sqlite3_stmt *stmt, const struct row *row, uint64_t mask,
		      struct row_result *result, struct err *e)
{
	bool done = true;
	int rc;

	bind_masked(stmt, u->t, row, mask);
	rc = sqlite3_step(stmt);
	if (rc == SQLITE_DONE)
		result->outcome = stmt == u->insert ? ROW_CREATED : ROW_UPDATED;
	else
		done = not_written(u, rc, row, result, e);
	(void)sqlite3_reset(stmt); /* says again what step said */
	return done;
}

enum look { LOOK_MISSING, LOOK_SAME, LOOK_DIFFERS, LOOK_FAILED };

/* What the look-up found, to outlive it. */
static const struct value *keep_stored(struct upsert *u)
{
	struct value *cell = arena_new_array(u->a, struct value, u->t->columns);

	for (size_t i = 0; i < u->t->columns; i++)
		cell[i] = cell_from_stored(u->a, u->t->column[i].type,
					   value_keep(u->a, sqlite_value(u->select, (int)i)));
	return cell;
}

static enum look look_up(struct upsert *u, const struct row *row, const struct value **before,
			 struct err *e)
{
	enum look found = LOOK_FAILED;
	int rc;

	bind_masked(u->select, u->t, row, u->keys);
	rc = sqlite3_step(u->select);
	if (rc == SQLITE_DONE)
		found = LOOK_MISSING;
	else if (rc == SQLITE_ROW)
		found = differs(u, row) ? LOOK_DIFFERS : LOOK_SAME;
	else
		sqlite_fail(u->s, rc, e);
	if (found == LOOK_DIFFERS && u->t->before)
		*before = keep_stored(u);
	(void)sqlite3_reset(u->select);
	return found;
}

static size_t digits(struct str decimal)
{
	size_t n = 0;

	for (size_t i = 0; i < decimal.len; i++)
		n += decimal.at[i] >= '0' && decimal.at[i] <= '9' && (n || decimal.at[i] != '0');
	return n;
}

/* True, and *result filled, when a decimal would lose digits in its column. */
static bool reject_inexact(const struct upsert *u, const struct row *row, struct row_result *result)
{
	for (size_t i = 0; u->inexact && i < u->t->columns; i++) {
		if (!(u->inexact & BIT(i)) || row->cell[i].kind != VALUE_STR ||
		    digits(row->cell[i].s) <= DOUBLE_DIGITS)
			continue;
		*result = reject_result(REJECT_TYPE, u->t->column[i].name);
		return true;
	}
	return false;
}

static bool upsert_row(struct upsert *u, const struct row *row, struct row_result *result,
		       struct err *e)
{
	uint64_t set = compared(u, row) | u->stamps;

	*result = (struct row_result){ .outcome = ROW_UNCHANGED };
	if (reject_keyless(u->t, row, result) || reject_inexact(u, row, result))
		return true;
	switch (look_up(u, row, &result->before, e)) {
	case LOOK_FAILED:
		return false;
	case LOOK_SAME:
		return true;
	case LOOK_MISSING:
		return u->t->update_only || write_row(u, u->insert, row, UINT64_MAX, result, e);
	case LOOK_DIFFERS:
		break;
	}
	return want_update(u, set, e) && write_row(u, u->update, row, set | u->keys, result, e);
}

bool sqlite_upsert(struct db *d, const struct table *t, const struct row *row, size_t rows,
		   struct arena *a, struct row_result *result, struct err *e)
{
	struct upsert u = { .s = sqlite_of(d), .t = t, .a = a };

	assert(sqlite_in_transaction(u.s) && t->columns <= TABLE_COLUMNS_MAX && t->keys > 0);
	if (!upsert_init(&u, e))
		return err_wrap(e, "table '%.*s'", STR_ARG(t->name));
	for (size_t i = 0; i < rows; i++)
		if (!upsert_row(&u, &row[i], &result[i], e))
			return err_wrap(e, "table '%.*s', row %zu", STR_ARG(t->name), i + 1);
	return true;
}

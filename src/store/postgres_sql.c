/* SPDX-License-Identifier: Apache-2.0 */
/* postgres_sql.c - the statements by which a stage becomes rows, as text. */
#include "store/postgres.h"
#include "store/sql.h"

#define BIT(i) ((uint64_t)1 << (i))

static bool is_key(const struct table *t, size_t column)
{
	for (size_t i = 0; i < t->keys; i++)
		if (t->key[i] == column)
			return true;
	return false;
}

/* numeric cells are staged with all their digits, so that rounding can be seen. */
static void add_stage_column(struct buf *b, const struct postgres_target *u, size_t i)
{
	if (u->held[i]->holds == HOLDS_NUMERIC) {
		buf_printf(b, ", CAST(NULL AS numeric) AS c%zu", i);
		return;
	}
	buf_add(b, STR(", "));
	sql_column(b, "t", u->t->column[i].name);
	buf_printf(b, " AS c%zu", i);
}

struct str postgres_stage_sql(const struct postgres_target *u)
{
	struct buf b;

	buf_in(&b, u->a, SQL_BYTES_MAX);
	buf_add(&b, STR("SELECT 0 AS ord, CAST(0 AS bigint) AS keep"));
	for (size_t i = 0; i < u->t->columns; i++)
		add_stage_column(&b, u, i);
	buf_add(&b, STR(" FROM "));
	sql_table(&b, u->t->name);
	buf_add(&b, STR(" AS t WITH NO DATA"));
	assert(!b.failed);
	return buf_str(&b);
}

/* The digits behind the point that the column keeps, from "numeric(15,2)"; -1 when it has no
 * limits. *whole: those before the point. */
static int numeric_limits(struct str type, int *whole)
{
	struct str rest = type;
	int64_t precision, scale = 0;

	str_cut(&rest, '(');
	rest.len -= rest.len > 0; /* ')' */
	if (!str_to_i64(str_cut(&rest, ','), &precision) ||
	    (rest.len && !str_to_i64(rest, &scale)) || scale < 0 || scale > precision)
		return -1;
	*whole = (int)(precision - scale);
	return (int)scale;
}

/* Takes rows out of the stage whose decimals the target would round, and says which column. */
struct str postgres_round_sql(const struct postgres_target *u)
{
	struct buf which, where;

	buf_in(&which, u->a, SQL_BYTES_MAX);
	buf_in(&where, u->a, SQL_BYTES_MAX);
	for (size_t i = 0; i < u->t->columns; i++) {
		int whole = 0, scale = u->held[i]->holds == HOLDS_NUMERIC
					       ? numeric_limits(u->held[i]->type, &whole)
					       : -1;
		struct str too_fine;

		if (scale < 0)
			continue;
		too_fine = str_printf(u->a, "(c%zu <> round(c%zu, %d) OR abs(c%zu) >= 1e%d)", i, i,
				      scale, i, whole);
		buf_printf(&which, " WHEN %.*s THEN %zu", STR_ARG(too_fine), i);
		buf_printf(&where, "%s%.*s", where.len ? " OR " : "", STR_ARG(too_fine));
	}
	if (!where.len)
		return STR("");
	return str_printf(u->a,
			  "DELETE FROM lockstep_stage_%u WHERE %.*s"
			  " RETURNING ord, CASE%.*s END;",
			  u->stage, STR_ARG(buf_str(&where)), STR_ARG(buf_str(&which)));
}

/* t."k" = s.c0 AND … */
static void add_key_match(struct buf *b, const struct table *t)
{
	for (size_t i = 0; i < t->keys; i++) {
		buf_add(b, i ? STR(" AND ") : STR(""));
		sql_column(b, "t", t->column[t->key[i]].name);
		buf_printf(b, " = s.c%zu", t->key[i]);
	}
}

/* Types without an equality of their own are compared as one that has it. */
static const char *compare_cast(const struct shape_column *c)
{
	if (c->holds == HOLDS_JSON)
		return "::jsonb";
	return c->holds == HOLDS_OTHER ? "::text" : "";
}

static void add_comparison(struct buf *b, const struct postgres_target *u, size_t i, uint64_t kept)
{
	const char *cast = compare_cast(u->held[i]);

	if (kept & BIT(i))
		buf_printf(b, "((s.keep >> %zu) & 1 = 0 AND ", i);
	sql_column(b, "t", u->t->column[i].name);
	buf_printf(b, "%s IS DISTINCT FROM s.c%zu%s%s", cast, i, cast, kept & BIT(i) ? ")" : "");
}

static void add_assignment(struct buf *b, const struct postgres_target *u, size_t i, uint64_t kept)
{
	sql_name(b, u->t->column[i].name);
	if (!(kept & BIT(i))) {
		buf_printf(b, " = s.c%zu", i);
		return;
	}
	buf_printf(b, " = CASE WHEN (s.keep >> %zu) & 1 = 0 THEN s.c%zu ELSE ", i, i);
	sql_column(b, "t", u->t->column[i].name);
	buf_add(b, STR(" END"));
}

/*
 * Asked once, before anything is joined: of a first load no row is there, and the planner, who
 * cannot know that, would build a table of all documents to compare with.  Where some row is there,
 * the first one found is the answer.
 */
static void add_any_stored(struct buf *b, const struct postgres_target *u)
{
	buf_printf(b, " AND (SELECT EXISTS (SELECT 1 FROM lockstep_stage_%u s, ", u->stage);
	sql_table(b, u->t->name);
	buf_add(b, STR(" AS t WHERE "));
	add_key_match(b, u->t);
	buf_add(b, STR("))"));
}

/*
 * Reads what is there, locked, and then updates exactly those rows: what differs is looked for
 * once, and what was read is what gets replaced, whoever else writes.  IN is a look-up in a hash
 * table (postgres_insert_sql() says why).
 */
static struct str update_after_reading(const struct postgres_target *u, struct str set,
				       struct str where)
{
	struct buf b;

	buf_in(&b, u->a, SQL_BYTES_MAX);
	buf_add(&b, STR("WITH old AS MATERIALIZED (SELECT s.ord"));
	for (size_t i = 0; i < u->t->columns; i++) {
		buf_add(&b, STR(", "));
		sql_column(&b, "t", u->t->column[i].name);
		buf_printf(&b, " AS c%zu", i);
	}
	buf_printf(&b, " FROM lockstep_stage_%u s, ", u->stage);
	sql_table(&b, u->t->name);
	buf_add(&b, STR(" AS t WHERE "));
	add_key_match(&b, u->t);
	add_any_stored(&b, u);
	buf_printf(&b, " AND (%.*s) FOR NO KEY UPDATE OF t), done AS (UPDATE ", STR_ARG(where));
	sql_table(&b, u->t->name);
	buf_printf(&b, " AS t SET %.*s FROM lockstep_stage_%u s WHERE ", STR_ARG(set), u->stage);
	add_key_match(&b, u->t);
	buf_add(&b, STR(" AND (s.ord IN (SELECT old.ord FROM old)) IS TRUE) SELECT * FROM old;"));
	assert(!b.failed);
	return buf_str(&b);
}

struct str postgres_update_sql(const struct postgres_target *u, uint64_t kept)
{
	struct buf set, where, b;

	buf_in(&set, u->a, SQL_BYTES_MAX);
	buf_in(&where, u->a, SQL_BYTES_MAX);
	for (size_t i = 0; i < u->t->columns; i++) {
		if (is_key(u->t, i) || u->t->column[i].write == WRITE_ON_INSERT)
			continue;
		buf_add(&set, set.len ? STR(", ") : STR(""));
		add_assignment(&set, u, i, kept);
		if (u->t->column[i].write == WRITE_STAMP)
			continue;
		buf_add(&where, where.len ? STR(" OR ") : STR(""));
		add_comparison(&where, u, i, kept);
	}
	if (!where.len)
		return STR("");
	if (u->t->before)
		return update_after_reading(u, buf_str(&set), buf_str(&where));
	buf_in(&b, u->a, SQL_BYTES_MAX);
	buf_add(&b, STR("UPDATE "));
	sql_table(&b, u->t->name);
	buf_printf(&b, " AS t SET %.*s FROM lockstep_stage_%u s WHERE ", STR_ARG(buf_str(&set)),
		   u->stage);
	add_key_match(&b, u->t);
	add_any_stored(&b, u);
	buf_printf(&b, " AND (%.*s) RETURNING s.ord;", STR_ARG(buf_str(&where)));
	assert(!b.failed && !set.failed && !where.failed);
	return buf_str(&b);
}

/* The lists of an INSERT: the target's columns, the stage's cells, the names of the key. */
static void add_insert_lists(struct buf *names, struct buf *cells, struct buf *keys,
			     const struct table *t)
{
	for (size_t i = 0; i < t->columns; i++) {
		buf_add(names, i ? STR(", ") : STR(""));
		sql_name(names, t->column[i].name);
		buf_printf(cells, "%ss.c%zu", i ? ", " : "", i);
	}
	for (size_t i = 0; i < t->keys; i++) {
		buf_add(keys, i ? STR(", ") : STR(""));
		sql_name(keys, t->column[t->key[i]].name);
	}
}

/*
 * Answers (ord, how many were inserted) of what was missing; fewer when somebody else's insert of
 * the same key came first.  Nothing is joined to what the planner cannot count beforehand, for it
 * would guess one row and choose a nested loop: IS TRUE keeps IN a look-up in a hash table.
 */
struct str postgres_insert_sql(const struct postgres_target *u)
{
	struct buf names, cells, keys, b;

	buf_in(&names, u->a, SQL_BYTES_MAX);
	buf_in(&cells, u->a, SQL_BYTES_MAX);
	buf_in(&keys, u->a, SQL_BYTES_MAX);
	add_insert_lists(&names, &cells, &keys, u->t);
	buf_in(&b, u->a, SQL_BYTES_MAX);
	buf_printf(&b,
		   "WITH w AS MATERIALIZED (SELECT s.ord FROM lockstep_stage_%u s "
		   "WHERE NOT EXISTS (SELECT 1 FROM ",
		   u->stage);
	sql_table(&b, u->t->name);
	buf_add(&b, STR(" AS t WHERE "));
	add_key_match(&b, u->t);
	buf_add(&b, STR(")), done AS (INSERT INTO "));
	sql_table(&b, u->t->name);
	buf_printf(&b,
		   " (%.*s) SELECT %.*s FROM lockstep_stage_%u s"
		   " WHERE (s.ord IN (SELECT w.ord FROM w)) IS TRUE",
		   STR_ARG(buf_str(&names)), STR_ARG(buf_str(&cells)), u->stage);
	buf_printf(&b,
		   " ON CONFLICT (%.*s) DO NOTHING RETURNING 1)"
		   " SELECT w.ord, (SELECT count(*) FROM done) FROM w;",
		   STR_ARG(buf_str(&keys)));
	assert(!b.failed && !names.failed && !cells.failed);
	return buf_str(&b);
}

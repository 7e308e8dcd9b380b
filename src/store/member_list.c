/* SPDX-License-Identifier: Apache-2.0 */
/*
 * member_list.c - the members of a rotation, in order, with what is known of each: one query.
 *
 * The databases order and compare, with their own types and collations; a content of an order's
 * column comes back to them as they gave it.  NULL sorts last in both.
 */
#include "store/member.h"

#include "store/match.h"
#include "store/sql.h"

#include "base/map.h"
#include "data/json.h"

#define CURSOR_BYTES_MAX ((size_t)64 * 1024)
#define FIXED_COLUMNS 6 /* before those of the order */
#define PARAMS_MAX (4 + 2 * MEMBER_ORDER_MAX)

struct listing {
	struct db *db;
	struct arena *a;
	const struct member_source *s;
	struct table_shape shape;
	struct buf sql;
	struct value param[PARAMS_MAX];
	size_t params;
	/* The cursor. */
	struct value at; /* a list, or UNDEFINED */
	struct str last;
};

/* ---- the table ---- */

static const struct shape_column *column_of(const struct listing *l, struct str name)
{
	return shape_find(&l->shape, name);
}

static bool check_column(const struct listing *l, struct str name, struct err *e)
{
	if (!name.len || column_of(l, name))
		return true;
	return err_set(e, ERR_CONFIG,
		       "table '%.*s' has no column '%.*s', which the rotation of stream '%.*s' "
		       "names",
		       STR_ARG(l->s->table), STR_ARG(name), STR_ARG(l->s->stream));
}

static bool check_table(struct listing *l, struct err *e)
{
	const struct member_source *s = l->s;

	if (!table_shape(l->db, l->a, s->table, &l->shape, e))
		return false;
	if (!l->shape.exists)
		return err_set(
			e, ERR_CONFIG,
			"table '%.*s', from which stream '%.*s' takes its members, is not in "
			"the database",
			STR_ARG(s->table), STR_ARG(s->stream));
	for (size_t i = 0; i < s->whens; i++)
		if (!check_column(l, s->when[i].column, e))
			return false;
	for (size_t i = 0; i < s->orders; i++)
		if (!check_column(l, s->order[i], e))
			return false;
	return check_column(l, s->key, e) && check_column(l, s->activity, e) &&
	       check_column(l, s->only_column, e);
}

/* A cursor's contents mean something only to the columns that they were taken from. */
static struct str order_shape(struct listing *l)
{
	struct buf b;

	buf_in(&b, l->a, CURSOR_BYTES_MAX);
	for (size_t i = 0; i < l->s->orders; i++)
		buf_printf(&b, "%.*s %.*s,", STR_ARG(l->s->order[i]),
			   STR_ARG(column_of(l, l->s->order[i])->type));
	return buf_str(&b);
}

/* One that cannot be read, or is of another order, is the beginning. */
static void cursor_read(struct listing *l, struct str cursor, struct str shape)
{
	struct value v = json_value(l->a, cursor);
	struct value was = value_get(v, STR("order")), last = value_get(v, STR("member"));

	l->at = UNDEFINED;
	if (was.kind != VALUE_STR || last.kind != VALUE_STR || !str_eq(was.s, shape))
		return;
	l->at = value_get(v, STR("at"));
	l->last = last.s;
	if (l->at.kind != VALUE_LIST || value_len(l->at) != l->s->orders)
		l->at = UNDEFINED;
}

bool member_cursor(struct arena *a, const struct members *all, size_t orders,
		   const struct member *m, struct str *out, struct err *e)
{
	struct value v = value_map_new(a), at = value_list_new(a);
	struct buf b;

	for (size_t i = 0; i < orders; i++)
		value_list_add(a, at, m->at[i]);
	value_map_set(a, v, STR("order"), value_str(all->shape));
	value_map_set(a, v, STR("at"), at);
	value_map_set(a, v, STR("member"), value_str(m->id));
	buf_in(&b, a, CURSOR_BYTES_MAX);
	if (!json_write(&b, v, e))
		return err_wrap(e, "a rotation's cursor");
	*out = buf_str(&b);
	return true;
}

/* ---- the statement ---- */

static void add_param(struct listing *l, struct value v)
{
	assert(l->params < PARAMS_MAX);
	l->param[l->params++] = v;
	buf_printf(&l->sql, "?%zu", l->params);
}

/* Bytes compare, in both, as lockstep_members has them. */
static void add_key(struct listing *l)
{
	buf_add(&l->sql, STR("CAST("));
	sql_column(&l->sql, "t", l->s->key);
	buf_add(&l->sql, l->db->ops->dialect == DB_POSTGRES ? STR(" AS text) COLLATE \"C\"")
							    : STR(" AS TEXT)"));
}

/* As text in PostgreSQL, which reads it back by the column's type; as it is in SQLite. */
static void add_content(struct listing *l, struct str column)
{
	bool text = l->db->ops->dialect == DB_POSTGRES;

	buf_add(&l->sql, text ? STR("CAST(") : STR(""));
	sql_column(&l->sql, "t", column);
	buf_add(&l->sql, text ? STR(" AS text)") : STR(""));
}

static void add_cursor_value(struct listing *l, struct str column, struct value v)
{
	bool typed = l->db->ops->dialect == DB_POSTGRES;

	buf_add(&l->sql, typed ? STR("CAST(") : STR(""));
	add_param(l, v);
	if (typed)
		buf_printf(&l->sql, " AS %.*s)", STR_ARG(column_of(l, column)->type));
}

/* "It is behind, or as far and behind by the columns that follow", up to the key. */
static void add_behind(struct listing *l)
{
	size_t open = 0;

	for (size_t i = 0; i < l->s->orders; i++) {
		struct str column = l->s->order[i];
		struct value v = value_at(l->at, i);
		bool null = value_is_nothing(v);

		if (!null) {
			buf_char(&l->sql, '(');
			sql_column(&l->sql, "t", column);
			buf_add(&l->sql, STR(" IS NULL OR "));
			sql_column(&l->sql, "t", column);
			buf_add(&l->sql, STR(" > "));
			add_cursor_value(l, column, v);
			buf_add(&l->sql, STR(" OR "));
			open++;
		}
		buf_char(&l->sql, '(');
		sql_column(&l->sql, "t", column);
		buf_add(&l->sql, null ? STR(" IS NULL") : STR(" = "));
		if (!null)
			add_cursor_value(l, column, v);
		buf_add(&l->sql, STR(" AND "));
		open++;
	}
	add_key(l);
	buf_add(&l->sql, STR(" > "));
	add_param(l, value_str(l->last));
	while (open--)
		buf_char(&l->sql, ')');
}

static void add_columns(struct listing *l)
{
	buf_add(&l->sql, STR("SELECT "));
	add_key(l);
	buf_add(&l->sql, STR(", "));
	if (l->s->activity.len)
		sql_column(&l->sql, "t", l->s->activity);
	else
		buf_add(&l->sql, STR("NULL"));
	buf_add(&l->sql, STR(", m.asked_ms, m.done_ms, m.failures, "));
	if (l->at.kind == VALUE_LIST) {
		buf_add(&l->sql, STR("CASE WHEN "));
		add_behind(l);
		buf_add(&l->sql, STR(" THEN 1 ELSE 0 END"));
	} else {
		buf_char(&l->sql, '1');
	}
	for (size_t i = 0; i < l->s->orders; i++) {
		buf_add(&l->sql, STR(", "));
		add_content(l, l->s->order[i]);
	}
}

static void add_source(struct listing *l)
{
	buf_add(&l->sql, STR(" FROM "));
	sql_table(&l->sql, l->s->table);
	buf_add(&l->sql, STR(" t LEFT JOIN lockstep_members m ON m.connection = "));
	add_param(l, value_str(l->s->connection));
	buf_add(&l->sql, STR(" AND m.stream = "));
	add_param(l, value_str(l->s->stream));
	buf_add(&l->sql, STR(" AND m.member = "));
	add_key(l);
}

static bool add_conditions(struct listing *l, struct err *e)
{
	struct str number;

	buf_add(&l->sql, STR(" WHERE "));
	sql_column(&l->sql, "t", l->s->key);
	buf_add(&l->sql, STR(" IS NOT NULL"));
	for (size_t i = 0; i < l->s->whens; i++) {
		buf_add(&l->sql, STR(" AND "));
		outbox_condition_sql(&l->sql, &l->s->when[i], "t", l->db->ops->dialect);
	}
	if (!l->s->only_column.len)
		return true;
	buf_add(&l->sql, STR(" AND "));
	l->param[l->params++] = value_str(l->s->only);
	number = str_printf(l->a, "?%zu", l->params);
	return match_column(l->db, &l->sql, l->s->table, "t", l->s->only_column, number.at, e);
}

static void add_order(struct listing *l)
{
	buf_add(&l->sql, STR(" ORDER BY "));
	for (size_t i = 0; i < l->s->orders; i++) {
		sql_column(&l->sql, "t", l->s->order[i]);
		buf_add(&l->sql, STR(" IS NULL, "));
		sql_column(&l->sql, "t", l->s->order[i]);
		buf_add(&l->sql, STR(", "));
	}
	add_key(l);
}

/* ---- the answer ---- */

static int64_t whole(struct value v)
{
	return v.kind == VALUE_INT ? v.i : value_is_number(v) ? (int64_t)value_to_double(v) : 0;
}

static void members_of(struct listing *l, const struct db_result *r, struct members *out)
{
	struct map *seen = map_new(l->a);

	out->member = arena_new_array(l->a, struct member, r->rows + 1);
	out->n = 0;
	for (size_t i = 0; i < r->rows; i++) {
		struct member *m = &out->member[out->n];
		struct value activity = db_cell(r, i, 1);

		*m = (struct member){ .id = db_cell(r, i, 0).s,
				      .activity = whole(activity),
				      .has_activity = !value_is_nothing(activity),
				      .asked_ms = whole(db_cell(r, i, 2)),
				      .done_ms = whole(db_cell(r, i, 3)),
				      .failures = whole(db_cell(r, i, 4)),
				      .behind = whole(db_cell(r, i, 5)) != 0,
				      .at = &r->cell[i * r->columns + FIXED_COLUMNS] };
		/* A name that two rows have is one member. */
		if (m->id.len && !map_put(seen, m->id, m))
			out->n++;
	}
}

bool member_list(struct db *d, struct arena *a, const struct member_source *s, struct str cursor,
		 struct members *out, struct err *e)
{
	struct listing l = { .db = d, .a = a, .s = s };
	struct db_result r;

	assert(s->orders <= MEMBER_ORDER_MAX);
	if (!check_table(&l, e))
		return false;
	out->shape = order_shape(&l);
	cursor_read(&l, cursor, out->shape);
	buf_in(&l.sql, a, SQL_BYTES_MAX);
	add_columns(&l);
	add_source(&l);
	if (!add_conditions(&l, e))
		return false;
	add_order(&l);
	if (!db_query(d, a, buf_str(&l.sql).at, l.param, l.params, &r, e))
		return err_wrap(e, "members of stream '%.*s'", STR_ARG(s->stream));
	members_of(&l, &r, out);
	return true;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * push_view.c - what the expressions of a push see, and the columns they fill.
 */
#include "flow/push_view.h"

#include "data/json.h"
#include "store/sql.h"

#define ARGS_BYTES_MAX ((size_t)1 << 20)

static bool parse(struct arena *a, struct str json, struct value *out, struct err *e)
{
	*out = NULL_VALUE;
	return !json.len || json_parse(a, json, out, NULL, e);
}

bool push_view_eval(const struct push_view *v, const struct template *t, struct str where,
		    struct value *out, struct err *e)
{
	struct expr_context c = { v->arena, v->variable, v->session->engine->clock };

	return template_eval(t, &c, out, e) || err_wrap(e, "%.*s", STR_ARG(where));
}

/* ---- rows of other tables ---- */

static struct str select_sql(struct arena *a, const struct related_plan *r,
			     const struct table_shape *shape)
{
	struct buf b;

	buf_in(&b, a, SQL_BYTES_MAX);
	for (size_t i = 0; i < shape->columns; i++) {
		buf_add(&b, i ? STR(", ") : STR("SELECT "));
		sql_name(&b, shape->column[i].name);
	}
	buf_add(&b, STR(" FROM "));
	sql_table(&b, r->table);
	buf_add(&b, STR(" WHERE "));
	sql_name(&b, r->match);
	buf_add(&b, STR(" = ?1 ORDER BY 1 LIMIT 1"));
	return buf_str(&b);
}

/* A map of its columns; null when there is no such row. */
static bool related_read(const struct push_view *v, const struct related_plan *r, struct value *out,
			 struct err *e)
{
	struct db *db = v->session->engine->db;
	struct table_shape shape;
	struct db_result found;
	struct value want;

	*out = NULL_VALUE;
	if (!push_view_eval(v, r->value, r->where, &want, e) ||
	    !table_shape(db, v->arena, r->table, &shape, e))
		return false;
	if (value_is_nothing(want))
		return true;
	if (!shape.exists || !shape_find(&shape, r->match))
		return err_set(e, ERR_CONFIG,
			       "%.*s: the database has no table '%.*s' with a column "
			       "'%.*s'",
			       STR_ARG(r->where), STR_ARG(r->table), STR_ARG(r->match));
	if (!db_query(db, v->arena, str_keep(v->arena, select_sql(v->arena, r, &shape)).at, &want,
		      1, &found, e))
		return err_wrap(e, "%.*s", STR_ARG(r->where));
	if (found.rows == 0)
		return true;
	*out = value_map_new(v->arena);
	for (size_t i = 0; i < shape.columns; i++)
		value_map_set(v->arena, *out, shape.column[i].name, db_cell(&found, 0, i));
	return true;
}

static bool related_open(struct push_view *v, struct err *e)
{
	struct value all = value_map_new(v->arena);

	v->variable[PUSH_RELATED] = all;
	for (size_t i = 0; i < v->watch->relateds; i++) {
		struct value row;

		if (!related_read(v, &v->watch->related[i], &row, e))
			return false;
		value_map_set(v->arena, all, v->watch->related[i].name, row);
	}
	return true;
}

/* ---- the record ---- */

static bool record_open(struct push_view *v, struct err *e)
{
	const struct outbox_row *row = v->row;
	struct value before, after, changed;

	if (!parse(v->arena, row->before, &before, e) || !parse(v->arena, row->after, &after, e) ||
	    !parse(v->arena, row->changed, &changed, e))
		return err_wrap(e, "outbox row %lld", (long long)row->id);
	v->variable[PUSH_RECORD] = row->op == OUTBOX_DELETE ? before : after;
	v->variable[PUSH_BEFORE] = row->op == OUTBOX_INSERT ? NULL_VALUE : before;
	v->variable[PUSH_CHANGED] = changed;
	v->variable[PUSH_CONFIG] = v->session->connection->config;
	return true;
}

bool push_view_values(const struct push_view *v, const struct push_value *value, size_t n,
		      struct value *out, struct err *e)
{
	struct value map = value_map_new(v->arena);

	for (size_t i = 0; i < n; i++) {
		struct value made;

		if (!push_view_eval(v, value[i].value, value[i].where, &made, e))
			return false;
		value_map_set(v->arena, map, value[i].name, made);
	}
	*out = map;
	return true;
}

bool push_view_open(struct push_view *v, bool *wanted, struct err *e)
{
	struct expr_context c = { v->arena, v->variable, v->session->engine->clock };
	struct value args;

	*wanted = true;
	if (!record_open(v, e) || !related_open(v, e))
		return false;
	if (v->row->args.len) {
		if (!parse(v->arena, v->row->args, &args, e))
			return false;
	} else {
		if (v->push->when && !template_test(v->push->when, &c, wanted, e))
			return err_wrap(e, "%.*s.when", STR_ARG(v->push->where));
		if (*wanted && !push_view_values(v, v->push->arg, v->push->args, &args, e))
			return false;
	}
	v->scope = session_scope(v->session, v->arena);
	v->scope.variable[VAR_RECORD] = v->variable[PUSH_RECORD];
	v->scope.variable[VAR_BEFORE] = v->variable[PUSH_BEFORE];
	v->scope.variable[VAR_ARGS] = *wanted ? args : NULL_VALUE;
	v->scope.variable[VAR_IDEMPOTENCY_KEY] = value_str(v->row->idempotency_key);
	return true;
}

bool push_view_args(struct push_view *v, struct str *out, struct err *e)
{
	struct buf b;

	buf_in(&b, v->arena, ARGS_BYTES_MAX);
	if (!json_write(&b, v->scope.variable[VAR_ARGS], e))
		return err_wrap(e, "%.*s.args", STR_ARG(v->push->where));
	*out = buf_str(&b);
	return true;
}

/* ---- writing back ---- */

/* What a column is given: texts, numbers and times as they are, lists and maps as JSON. */
static bool cell_of(const struct push_view *v, struct value value, struct value *out, struct err *e)
{
	struct buf b;

	*out = value;
	if (value.kind == VALUE_UNDEFINED)
		*out = NULL_VALUE;
	if (value.kind != VALUE_LIST && value.kind != VALUE_MAP)
		return true;
	buf_in(&b, v->arena, ARGS_BYTES_MAX);
	if (!json_write(&b, value, e))
		return false;
	*out = value_str(buf_str(&b));
	return true;
}

static bool update(struct push_view *v, const struct push_value *value, struct value *cell,
		   size_t n, struct err *e)
{
	struct buf b;

	buf_in(&b, v->arena, SQL_BYTES_MAX);
	buf_add(&b, STR("UPDATE "));
	sql_table(&b, v->watch->table);
	for (size_t i = 0; i < n; i++) {
		buf_add(&b, i ? STR(", ") : STR(" SET "));
		sql_name(&b, value[i].name);
		buf_printf(&b, " = ?%zu", i + 1);
	}
	cell[n] = value_str(v->row->key);
	buf_add(&b, STR(" WHERE "));
	sql_name(&b, v->watch->key);
	buf_printf(&b, " = ?%zu", n + 1);
	return db_exec(v->session->engine->db, str_keep(v->arena, buf_str(&b)).at, cell, n + 1,
		       NULL, e) ||
	       err_wrap(e, "writing back to '%.*s'", STR_ARG(v->watch->table));
}

/* A snapshot of the record that waits, with what was filled in where it still had what we saw. */
static bool snapshot_learn(struct push_view *v, const struct push_value *value,
			   const struct value *cell, size_t n, struct str *json, struct err *e)
{
	struct value seen = v->variable[PUSH_RECORD], map;
	struct buf b;

	if (!json->len)
		return true;
	if (!parse(v->arena, *json, &map, e))
		return false;
	map = value_map_copy(v->arena, map);
	for (size_t i = 0; i < n; i++) {
		struct value had = value_get(map, value[i].name);

		if (had.kind != VALUE_UNDEFINED && value_eq(had, value_get(seen, value[i].name)))
			value_map_set(v->arena, map, value[i].name, cell[i]);
	}
	buf_in(&b, v->arena, ARGS_BYTES_MAX);
	if (!json_write(&b, map, e))
		return false;
	*json = buf_str(&b);
	return true;
}

static bool waiting_learn(struct push_view *v, const struct push_value *value,
			  const struct value *cell, size_t n, struct err *e)
{
	struct db *db = v->session->engine->db;
	struct outbox_row *row;
	size_t rows;

	if (!outbox_waiting(db, v->arena, v->row->connection, v->row->watch, v->row->key, &row,
			    &rows, e))
		return false;
	for (size_t i = 0; i < rows; i++) {
		if (row[i].id == v->row->id || row[i].state != OUTBOX_PENDING)
			continue;
		if (!snapshot_learn(v, value, cell, n, &row[i].before, e) ||
		    !snapshot_learn(v, value, cell, n, &row[i].after, e) ||
		    !outbox_save(db, &row[i], e))
			return false;
	}
	return true;
}

bool push_view_write(struct push_view *v, const struct push_value *value, size_t n, struct err *e)
{
	struct value *cell = arena_new_array(v->arena, struct value, n + 1);

	if (n == 0)
		return true;
	for (size_t i = 0; i < n; i++) {
		struct value made;

		if (!push_view_eval(v, value[i].value, value[i].where, &made, e) ||
		    !cell_of(v, made, &cell[i], e))
			return false;
	}
	/* In this order: whoever changes the record just now is waited for, and then seen. */
	return update(v, value, cell, n, e) && waiting_learn(v, value, cell, n, e);
}

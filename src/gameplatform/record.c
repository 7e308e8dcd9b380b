/* SPDX-License-Identifier: Apache-2.0 */
/*
 * record.c - a row of a table as JSON, and a body as a row.
 *
 * Names of tables and columns are ours; what a caller says is only ever a parameter.
 */
#include "gameplatform/record.h"

#include "data/moment.h"
#include "gameplatform/platform.h"
#include "store/cell.h"
#include "store/seal.h"
#include "store/sql.h"

#define ADDRESS_BYTES_MAX 254

/* ---- a row as JSON ---- */

struct str record_columns(struct arena *a, const struct record_column *column, const char *alias,
			  const char *more)
{
	struct buf b;

	buf_in(&b, a, SQL_BYTES_MAX);
	for (size_t i = 0; column[i].name; i++) {
		buf_add(&b, i ? STR(", ") : STR(""));
		sql_column(&b, alias, str_from(column[i].name));
	}
	buf_add(&b, str_from(more));
	return buf_str(&b);
}

bool record_true(struct value cell)
{
	return cell.kind == VALUE_BOOL ? cell.b : value_whole(cell) != 0;
}

void record_member(struct arena *a, struct value map, const char *name, enum record_kind kind,
		   struct value cell)
{
	struct value v = cell;

	if (kind == RECORD_BOOL && !value_is_nothing(cell))
		v = value_bool(record_true(cell));
	if (kind == RECORD_TIME && !value_is_nothing(cell)) {
		v = cell_from_stored(a, COLUMN_TIMESTAMP, cell);
		if (v.kind == VALUE_TIME)
			v = value_str(moment_text(a, v.us));
	}
	value_map_set(a, map, str_from(name), v);
}

size_t record_view(struct arena *a, struct value map, const struct record_column *column,
		   const struct db_result *r, size_t row, size_t first)
{
	for (; column->name; column++)
		record_member(a, map, column->name, column->kind, db_cell(r, row, first++));
	return first;
}

/* ---- a body as a row ---- */

void record_put(struct record_cells *c, const char *name, struct value v)
{
	assert(c->n < RECORD_CELLS_MAX);
	c->name[c->n] = name;
	c->value[c->n++] = v;
}

bool record_take(const struct record_column *column, struct value body, struct record_cells *out,
		 struct err *e)
{
	for (; column->name; column++) {
		struct value v = value_get(body, str_from(column->name));

		if (!column->written || v.kind == VALUE_UNDEFINED)
			continue;
		if (column->kind == RECORD_TIME && v.kind == VALUE_STR &&
		    !moment_parse(v.s, &v, e)) {
			e->kind = ERR_USAGE;
			return false;
		}
		if (v.kind == VALUE_STR) {
			v.s = str_trim(v.s);
			v = v.s.len ? v : NULL_VALUE;
		}
		record_put(out, column->name, v);
	}
	return true;
}

bool record_insert(struct call *c, const char *table, const struct record_cells *cells,
		   struct str *id, struct err *e)
{
	struct record_cells all = *cells;
	struct buf b;

	if (id->len == 0)
		*id = uuid_new(c->arena);
	record_put(&all, "id", value_str(*id));
	buf_in(&b, c->arena, SQL_BYTES_MAX);
	buf_printf(&b, "INSERT INTO %s (", table);
	for (size_t i = 0; i < all.n; i++) {
		buf_add(&b, i ? STR(", ") : STR(""));
		sql_name(&b, str_from(all.name[i]));
	}
	buf_add(&b, STR(") VALUES ("));
	for (size_t i = 0; i < all.n; i++)
		buf_printf(&b, "%s?%zu", i ? ", " : "", i + 1);
	buf_char(&b, ')');
	return db_exec(c->db, buf_str(&b).at, all.value, all.n, NULL, e);
}

bool record_update(struct call *c, const char *table, struct str id,
		   const struct record_cells *cells, struct err *e)
{
	struct record_cells all = *cells;
	struct buf b;

	if (cells->n == 0)
		return true;
	buf_in(&b, c->arena, SQL_BYTES_MAX);
	buf_printf(&b, "UPDATE %s SET ", table);
	for (size_t i = 0; i < cells->n; i++) {
		buf_add(&b, i ? STR(", ") : STR(""));
		sql_name(&b, str_from(cells->name[i]));
		buf_printf(&b, " = ?%zu", i + 1);
	}
	record_put(&all, "id", value_str(id));
	buf_printf(&b, " WHERE id = ?%zu", all.n);
	return db_exec(c->db, buf_str(&b).at, all.value, all.n, NULL, e);
}

bool record_lock(struct call *c, const char *table, struct str id, struct str coach,
		 const char *missing, struct err *e)
{
	struct value param[] = { value_str(id), value_str(coach) };
	struct str sql =
		str_printf(c->arena, "SELECT 1 FROM %s WHERE id = ?1%s%s", table,
			   coach.len ? " AND coach_id = ?2" : "", sql_words(c->db)->wait_row);
	bool any;

	if (!db_any(c->db, sql.at, param, coach.len ? 2 : 1, &any, e))
		return false;
	return any || err_set(e, ERR_MISSING, "%s", missing);
}

/* ---- deeds ---- */

struct value record_fields(struct arena *a, const struct record_cells *cells)
{
	struct value map = value_map_new(a), list = value_list_new(a);

	for (size_t i = 0; i < cells->n; i++)
		value_list_add(a, list, value_str(str_from(cells->name[i])));
	value_map_set(a, map, STR("fields"), list);
	return map;
}

bool record_deed(struct deed *d, struct err *e)
{
	if (!deed_do(d, e) &&
	    ((e->kind != ERR_STORE && e->kind != ERR_TRANSIENT) || !deed_do(d, e)))
		return false;
	platform_changed(d->call->arg, str_starts(d->target, STR("team:")) ? "team" : "competitor");
	return true;
}

/* ---- what a body must look like beyond its fields ---- */

static bool is_address(struct str s)
{
	struct str host = s, name = str_cut(&host, '@');
	ptrdiff_t dot = str_find(host, STR("."));

	if (s.len > ADDRESS_BYTES_MAX || name.len == 0 || name.len == s.len)
		return false;
	for (size_t i = 0; i < s.len; i++)
		if ((unsigned char)s.at[i] <= ' ' || s.at[i] == 0x7f || strchr("<>,;\"", s.at[i]))
			return false;
	return dot > 0 && host.at[host.len - 1] != '.' && str_find(host, STR("@")) < 0 &&
	       str_find(host, STR("..")) < 0;
}

bool record_check_email(struct value body, const char *name, struct err *e)
{
	struct str s = str_trim(value_get_text(body, name));

	return s.len == 0 || is_address(s) ||
	       err_set(e, ERR_USAGE, "%s is no e-mail address", name);
}

bool record_check_filled(struct value body, const char *name, size_t least, struct err *e)
{
	struct value v = value_get(body, str_from(name));

	if (v.kind != VALUE_STR || value_len(value_str(str_trim(v.s))) >= least)
		return true;
	if (least == 1)
		return err_set(e, ERR_USAGE, "%s must not be blank", name);
	return err_set(e, ERR_USAGE, "%s must have at least %zu characters", name, least);
}

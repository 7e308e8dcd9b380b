/* SPDX-License-Identifier: Apache-2.0 */
/* figures.c - rows that a query counts, as JSON. */
#include "gameplatform/figures.h"

#include "data/json.h"
#include "data/moment.h"
#include "gameplatform/platform.h"
#include "service/view.h"
#include "store/cell.h"

#include <math.h>

#define DAY_MS ((int64_t)24 * 60 * 60 * 1000)
/* "all" still needs a beginning for its sparklines. */
#define ALL_DAYS 365

static int64_t days_of(struct str range, bool *all)
{
	static const struct {
		const char *name;
		int64_t days;
	} known[] = { { "7d", 7 }, { "30d", 30 }, { "90d", 90 }, { "all", ALL_DAYS } };

	*all = str_eq(range, STR("all"));
	for (size_t i = 0; i < COUNT(known); i++)
		if (str_eq(range, str_from(known[i].name)))
			return known[i].days;
	return 30;
}

bool figures_open(struct call *c, struct figures *out, struct err *e)
{
	struct str division = call_text(c, c->query, "division");
	int64_t span_ms;

	*out = (struct figures){ .call = c, .now_ms = clock_wall_ms(c->clock) };
	if (!platform_scope(c, &out->coach, e))
		return false;
	if (!str_eq(division, STR("all")))
		out->division = division;
	span_ms = days_of(call_text(c, c->query, "range"), &out->all_time) * DAY_MS;
	out->since_ms = out->now_ms - span_ms;
	out->before_ms = out->since_ms - span_ms;
	return true;
}

bool figures_ask(const struct figures *f, const char *sql, const struct value *more, size_t mores,
		 struct db_result *out, struct err *e)
{
	struct arena *a = f->call->arena;
	struct str text = str_printf(a, "%s%s", FIGURES_SCOPE, sql);
	struct value *param = arena_new_array(a, struct value, mores + 2);

	param[0] = value_str(f->coach);
	param[1] = value_str(f->division);
	for (size_t i = 0; i < mores; i++)
		param[2 + i] = more[i];
	return db_query(f->call->db, a, text.at, param, mores + 2, out, e) ||
	       err_wrap(e, "the game platform's figures");
}

int64_t figures_int(struct value cell)
{
	if (cell.kind == VALUE_INT)
		return cell.i;
	if (cell.kind == VALUE_BOOL)
		return cell.b;
	return value_is_number(cell) ? (int64_t)value_to_double(cell) : 0;
}

static struct value json_of(struct arena *a, struct value cell)
{
	struct value v = NULL_VALUE;
	struct err unsaid;

	if (cell.kind != VALUE_STR || !json_parse(a, cell.s, &v, NULL, &unsaid))
		return NULL_VALUE;
	return v;
}

static struct value shown_value(struct arena *a, enum shown_as as, struct value cell)
{
	if (value_is_nothing(cell))
		return NULL_VALUE;
	switch (as) {
	case SHOWN_INT:
		return value_int(figures_int(cell));
	case SHOWN_NUMBER:
		return value_float(round(value_to_double(cell) * 10) / 10);
	case SHOWN_TIME:
		return value_str(moment_text(a, cell_time_ms(cell) * 1000));
	case SHOWN_BOOL:
		return value_bool(figures_int(cell) != 0);
	case SHOWN_JSON:
		return json_of(a, cell);
	case SHOWN_TEXT:
		break;
	}
	return value_str(cell_text(a, cell));
}

struct value figures_row(struct arena *a, const struct db_result *r, size_t row,
			 const struct shown *columns)
{
	struct value map = value_map_new(a);

	for (size_t i = 0; columns[i].name; i++)
		value_map_set(a, map, str_from(columns[i].name),
			      shown_value(a, columns[i].as, db_cell(r, row, i)));
	return map;
}

bool figures_list(const struct figures *f, const char *sql, const struct value *more, size_t mores,
		  const struct shown *columns, struct value *list, struct err *e)
{
	struct arena *a = f->call->arena;
	struct db_result r;

	if (!figures_ask(f, sql, more, mores, &r, e))
		return false;
	*list = value_list_new(a);
	for (size_t i = 0; i < r.rows; i++)
		value_list_add(a, *list, figures_row(a, &r, i, columns));
	return true;
}

/* ---- what the databases call differently ---- */

static const char *said(const struct figures *f, const char *const form[2], const char *column)
{
	const char *mine = form[f->call->db->ops->dialect];
	const char *gap = strchr(mine, '@');

	return str_printf(f->call->arena, "%.*s%s%s", (int)(gap - mine), mine, column, gap + 1).at;
}

const char *figures_epoch(const struct figures *f, const char *column)
{
	static const char *const form[] = {
		[DB_SQLITE] = "CAST(strftime('%s', @) AS integer)",
		[DB_POSTGRES] = "CAST(floor(extract(epoch FROM @)) AS bigint)",
	};

	return said(f, form, column);
}

const char *figures_month(const struct figures *f, const char *column)
{
	static const char *const form[] = {
		[DB_SQLITE] = "substr(@, 1, 7)",
		[DB_POSTGRES] = "to_char(@ AT TIME ZONE 'UTC', 'YYYY-MM')",
	};

	return said(f, form, column);
}

const char *figures_day(const struct figures *f, const char *column)
{
	static const char *const form[] = {
		[DB_SQLITE] = "substr(@, 1, 10)",
		[DB_POSTGRES] = "to_char(@ AT TIME ZONE 'UTC', 'YYYY-MM-DD')",
	};

	return said(f, form, column);
}

const char *figures_date(const struct figures *f, const char *column)
{
	static const char *const form[] = {
		[DB_SQLITE] = "substr(@, 1, 10)",
		[DB_POSTGRES] = "CAST(@ AT TIME ZONE 'UTC' AS date)",
	};

	return said(f, form, column);
}

const char *figures_day_number(const struct figures *f, const char *date)
{
	static const char *const form[] = {
		[DB_SQLITE] = "CAST(strftime('%s', @) AS integer) / 86400",
		[DB_POSTGRES] = "(@ - DATE '1970-01-01')",
	};

	return said(f, form, date);
}

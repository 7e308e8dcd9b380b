/* SPDX-License-Identifier: Apache-2.0 */
/* cell.c - cells between their canonical form and what databases hold. */
#include "store/cell.h"

#include "data/decimal.h"
#include "data/moment.h"

#include <math.h>

static char *put_digits(char *to, int n, int digits)
{
	for (int i = digits - 1; i >= 0; i--, n /= 10)
		to[i] = (char)('0' + n % 10);
	return to + digits;
}

static char *put_part(char *to, char before, int n, int digits)
{
	*to = before;
	return put_digits(to + 1, n, digits);
}

size_t cell_time_text(int64_t us, char to[CELL_TIME_SIZE])
{
	struct civil c = civil_from_us(us);
	bool whole_ms = c.us % 1000 == 0;
	char *at = put_digits(to, c.year, 4);

	at = put_part(at, '-', c.month, 2);
	at = put_part(at, '-', c.day, 2);
	at = put_part(at, 'T', c.hour, 2);
	at = put_part(at, ':', c.minute, 2);
	at = put_part(at, ':', c.second, 2);
	at = put_part(at, '.', whole_ms ? c.us / 1000 : c.us, whole_ms ? 3 : 6);
	*at++ = 'Z';
	*at = 0;
	return (size_t)(at - to);
}

static struct str int_keep(struct arena *a, int64_t i)
{
	char text[INT_TEXT_MAX];

	return str_keep(a, (struct str){ text, int_text(text, i) });
}

static struct str float_keep(struct arena *a, double f)
{
	char text[FLOAT_TEXT_MAX];

	if (!isfinite(f))
		return isnan(f) ? STR("NaN") : f > 0 ? STR("Infinity") : STR("-Infinity");
	return str_keep(a, (struct str){ text, float_text(text, f) });
}

static struct str time_keep(struct arena *a, int64_t us)
{
	char text[CELL_TIME_SIZE];

	return str_keep(a, (struct str){ text, cell_time_text(us, text) });
}

struct str cell_text(struct arena *a, struct value v)
{
	switch ((enum value_kind)v.kind) {
	case VALUE_BOOL:
		return v.b ? STR("true") : STR("false");
	case VALUE_INT:
		return int_keep(a, v.i);
	case VALUE_FLOAT:
		return float_keep(a, v.f);
	case VALUE_TIME:
		return time_keep(a, v.us);
	case VALUE_STR:
	case VALUE_NUMBER:
	case VALUE_OTHER:
		return v.s;
	case VALUE_UNDEFINED:
	case VALUE_NULL:
	case VALUE_LIST:
	case VALUE_MAP:
	case VALUE_SPAN:
		break;
	}
	return STR("");
}

static struct value as_text(struct arena *a, struct value v)
{
	return value_str(cell_text(a, v));
}

static struct value as_integer(struct arena *a, struct value v)
{
	struct str text = cell_text(a, v);
	struct decimal d;
	int64_t i;

	if (v.kind == VALUE_INT || !decimal_parse(text, &d) || !decimal_to_i64(d, &i))
		return v;
	return value_int(i);
}

static struct value as_decimal(struct arena *a, struct value v)
{
	struct str text = cell_text(a, v);
	struct decimal d;

	if (!decimal_parse(text, &d) || !decimal_text(a, d, &text))
		return v;
	return value_str(text);
}

static struct value as_float(struct arena *a, struct value v)
{
	struct str text = cell_text(a, v);
	struct decimal d;

	if (v.kind == VALUE_FLOAT || !decimal_parse(text, &d))
		return v;
	return value_float(decimal_to_double(text));
}

static struct value as_boolean(struct arena *a, struct value v)
{
	struct str text = cell_text(a, v);

	if (str_eq(text, STR("1")) || str_eq_nocase(text, STR("true")) || str_eq(text, STR("t")))
		return value_bool(true);
	if (str_eq(text, STR("0")) || str_eq_nocase(text, STR("false")) || str_eq(text, STR("f")))
		return value_bool(false);
	return v;
}

static struct value as_timestamp(struct arena *a, struct value v)
{
	struct value time;
	struct err e;

	(void)a;
	if (v.kind != VALUE_STR || !moment_parse(v.s, &time, &e))
		return v;
	return time;
}

/* The day of a date or of a time. */
static struct value as_date(struct arena *a, struct value v)
{
	struct str text = cell_text(a, v);

	return value_str(str_slice(text, 0, strlen("YYYY-MM-DD")));
}

static struct value as_uuid(struct arena *a, struct value v)
{
	struct str text = str_keep(a, cell_text(a, v));
	char *lower = arena_alloc(a, text.len + 1);

	for (size_t i = 0; i < text.len; i++)
		lower[i] = (char)(text.at[i] >= 'A' && text.at[i] <= 'Z' ? text.at[i] + 32
									 : text.at[i]);
	return value_str((struct str){ lower, text.len });
}

struct value cell_from_stored(struct arena *a, enum column_type type, struct value v)
{
	static struct value (*const as[COLUMN_TYPES])(struct arena *, struct value) = {
		[COLUMN_TEXT] = as_text,       [COLUMN_INTEGER] = as_integer,
		[COLUMN_DECIMAL] = as_decimal, [COLUMN_FLOAT] = as_float,
		[COLUMN_BOOLEAN] = as_boolean, [COLUMN_TIMESTAMP] = as_timestamp,
		[COLUMN_DATE] = as_date,       [COLUMN_UUID] = as_uuid,
		[COLUMN_JSON] = as_text,
	};

	assert((size_t)type < COUNT(as));
	return value_is_nothing(v) ? NULL_VALUE : as[type](a, v);
}

struct value cell_from_ms(int64_t wall_ms)
{
	return (struct value){ .kind = VALUE_TIME, .us = wall_ms * 1000 };
}

int64_t cell_time_ms(struct value stored)
{
	struct value time = as_timestamp(NULL, stored);

	return time.kind == VALUE_TIME ? time.us / 1000 : 0;
}

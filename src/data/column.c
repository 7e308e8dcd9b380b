/* SPDX-License-Identifier: Apache-2.0 */
/*
 * column.c - how a value becomes a cell exactly or not at all.
 *
 * Always: a cast either yields the canonical form of its type or an error that names kinds, never
 * what the value holds.
 */
#include "data/column.h"

#include "data/decimal.h"
#include "data/json.h"

#include <math.h>

struct cast {
	struct arena *a;
	const struct zone *zone;
	enum column_type type;
	bool repaired;
	struct err *e;
};

/* Each sees neither UNDEFINED nor NULL, and no blank text where that is nothing. */
static bool to_text(struct cast *c, struct value v, struct value *cell);
static bool to_integer(struct cast *c, struct value v, struct value *cell);
static bool to_decimal(struct cast *c, struct value v, struct value *cell);
static bool to_float(struct cast *c, struct value v, struct value *cell);
static bool to_boolean(struct cast *c, struct value v, struct value *cell);
static bool to_timestamp(struct cast *c, struct value v, struct value *cell);
static bool to_date(struct cast *c, struct value v, struct value *cell);
static bool to_uuid(struct cast *c, struct value v, struct value *cell);
static bool to_json(struct cast *c, struct value v, struct value *cell);

static const struct column {
	const char *name;
	const char *expected; /* "… where <this> is expected" */
	bool (*cast)(struct cast *c, struct value v, struct value *cell);
	bool keeps_blank;
} columns[] = {
	[COLUMN_TEXT] = { "text", "text", to_text, true },
	[COLUMN_INTEGER] = { "integer", "an integer", to_integer, false },
	[COLUMN_DECIMAL] = { "decimal", "a decimal number", to_decimal, false },
	[COLUMN_FLOAT] = { "float", "a number", to_float, false },
	[COLUMN_BOOLEAN] = { "boolean", "true or false", to_boolean, false },
	[COLUMN_TIMESTAMP] = { "timestamp", "a time", to_timestamp, false },
	[COLUMN_DATE] = { "date", "a date", to_date, false },
	[COLUMN_UUID] = { "uuid", "a UUID", to_uuid, false },
	[COLUMN_JSON] = { "json", "JSON", to_json, true },
};

_Static_assert(COUNT(columns) == COLUMN_TYPES, "a row for each type");

const char *column_type_name(enum column_type t)
{
	assert((size_t)t < COLUMN_TYPES);
	return columns[t].name;
}

static bool refuse(struct cast *c, struct value v)
{
	static const char *const kind[] = {
		[VALUE_UNDEFINED] = "nothing", [VALUE_NULL] = "null",
		[VALUE_BOOL] = "a boolean",    [VALUE_INT] = "an integer",
		[VALUE_NUMBER] = "a number",   [VALUE_FLOAT] = "a number",
		[VALUE_STR] = "text",          [VALUE_LIST] = "a list",
		[VALUE_MAP] = "a map",         [VALUE_TIME] = "a time",
		[VALUE_SPAN] = "a span",       [VALUE_OTHER] = "an object",
	};

	assert(v.kind < COUNT(kind));
	return err_set(c->e, ERR_REMOTE, "%s where %s is expected", kind[v.kind],
		       columns[c->type].expected);
}

static bool give_str(struct value *cell, struct str s)
{
	*cell = value_str(s);
	return true;
}

/* Texts. */

#define ONES UINT64_C(0x0101010101010101)
#define HIGHS (ONES * 0x80)

/* Whether all is ASCII without NUL: nearly every text of nearly every vendor. */
static bool is_simple(struct str s)
{
	size_t i = 0;

	for (; s.len - i >= sizeof(uint64_t); i += sizeof(uint64_t)) {
		uint64_t word;

		memcpy(&word, s.at + i, sizeof(word));
		if ((word | (word - ONES)) & HIGHS)
			break;
	}
	while (i < s.len && (signed char)s.at[i] > 0)
		i++;
	return i == s.len;
}

/* Without NUL, and U+FFFD for every byte that is no UTF-8. */
static struct str repaired_text(struct arena *a, struct str s)
{
	struct buf b;

	buf_in(&b, a, 3 * s.len);
	while (s.len > 0) {
		size_t n = str_utf8_len(s);

		if (n == 0)
			buf_add(&b, STR("\xEF\xBF\xBD"));
		else if (s.at[0] != 0)
			buf_add(&b, str_slice(s, 0, n));
		s = str_slice(s, n ? n : 1, s.len);
	}
	return buf_str(&b);
}

static struct str clean_text(struct cast *c, struct str s)
{
	if (is_simple(s) || (str_is_utf8(s) && !memchr(s.at, 0, s.len)))
		return s;
	c->repaired = true;
	return repaired_text(c->a, s);
}

static struct str kept_digits(struct cast *c, const char *digits, size_t n)
{
	return str_keep(c->a, (struct str){ digits, n });
}

#define TIME_TEXT_MAX 64

static bool to_text(struct cast *c, struct value v, struct value *cell)
{
	char digits[FLOAT_TEXT_MAX];
	struct buf b;

	buf_in(&b, c->a, TIME_TEXT_MAX);
	switch ((enum value_kind)v.kind) {
	case VALUE_STR:
	case VALUE_NUMBER:
	case VALUE_OTHER:
		return give_str(cell, clean_text(c, v.s));
	case VALUE_INT:
		return give_str(cell, kept_digits(c, digits, int_text(digits, v.i)));
	case VALUE_FLOAT:
		if (!isfinite(v.f))
			return refuse(c, v);
		return give_str(cell, kept_digits(c, digits, float_text(digits, v.f)));
	case VALUE_BOOL:
		return give_str(cell, v.b ? STR("true") : STR("false"));
	case VALUE_TIME:
		moment_write(&b, v);
		return give_str(cell, buf_str(&b));
	case VALUE_SPAN:
		span_write(&b, v.us);
		return give_str(cell, buf_str(&b));
	case VALUE_UNDEFINED:
	case VALUE_NULL:
	case VALUE_LIST:
	case VALUE_MAP:
		break;
	}
	return refuse(c, v);
}

/* Numbers. */

static bool has_exponent(struct str s)
{
	return s.len > 0 && (memchr(s.at, 'e', s.len) || memchr(s.at, 'E', s.len));
}

/* The digits of anything that is a number or a text that is all a plain one.  `room` may be used
 * for them. */
static bool read_decimal(struct value v, char room[static FLOAT_TEXT_MAX], struct decimal *d)
{
	struct str digits = { room, 0 };

	if (v.kind == VALUE_NUMBER || v.kind == VALUE_STR)
		return !(v.kind == VALUE_STR && has_exponent(v.s)) && decimal_parse(v.s, d);
	if (v.kind == VALUE_INT)
		digits.len = int_text(room, v.i);
	else if (v.kind == VALUE_FLOAT && isfinite(v.f))
		digits.len = float_text(room, v.f);
	return decimal_parse(digits, d);
}

static bool to_integer(struct cast *c, struct value v, struct value *cell)
{
	char room[FLOAT_TEXT_MAX];
	struct decimal d;
	int64_t i;

	if (v.kind == VALUE_INT) {
		*cell = v;
		return true;
	}
	if (!read_decimal(v, room, &d) || !decimal_to_i64(d, &i))
		return refuse(c, v);
	*cell = value_int(i);
	return true;
}

static bool to_decimal(struct cast *c, struct value v, struct value *cell)
{
	char room[FLOAT_TEXT_MAX];
	struct decimal d;
	struct str text;

	if (!read_decimal(v, room, &d))
		return refuse(c, v);
	/* JSON's grammar leaves nothing to change in a number without an exponent. */
	if (v.kind == VALUE_NUMBER && !has_exponent(v.s) && d.digits.len > 0 &&
	    v.s.len <= DECIMAL_DIGITS_MAX)
		return give_str(cell, v.s);
	if (!decimal_text(c->a, d, &text))
		return err_set(c->e, ERR_REMOTE, "a number of more than %d digits",
			       DECIMAL_DIGITS_MAX);
	return give_str(cell, text);
}

static bool to_float(struct cast *c, struct value v, struct value *cell)
{
	struct decimal d;
	double f;

	if (v.kind == VALUE_STR) {
		if (!decimal_parse(v.s, &d))
			return refuse(c, v);
		f = decimal_to_double(v.s);
	} else if (value_is_number(v)) {
		f = value_to_double(v);
	} else {
		return refuse(c, v);
	}
	if (!isfinite(f))
		return err_set(c->e, ERR_REMOTE, "a number too large for a float");
	*cell = value_float(f);
	return true;
}

static bool to_boolean(struct cast *c, struct value v, struct value *cell)
{
	bool yes = (v.kind == VALUE_BOOL && v.b) || (v.kind == VALUE_INT && v.i == 1) ||
		   (v.kind == VALUE_STR && str_eq_nocase(v.s, STR("true")));
	bool no = (v.kind == VALUE_BOOL && !v.b) || (v.kind == VALUE_INT && v.i == 0) ||
		  (v.kind == VALUE_STR && str_eq_nocase(v.s, STR("false")));

	if (!yes && !no)
		return refuse(c, v);
	*cell = value_bool(yes);
	return true;
}

/* Times. */

/* Numbers are no times: seconds, milliseconds and days all look alike. */
static bool read_time(struct cast *c, struct value v, struct value *time)
{
	if (v.kind == VALUE_TIME) {
		*time = v;
		return true;
	}
	if (v.kind != VALUE_STR || !moment_parse(v.s, time, c->e))
		return refuse(c, v);
	return true;
}

static bool to_timestamp(struct cast *c, struct value v, struct value *cell)
{
	struct value time = NULL_VALUE;

	if (!read_time(c, v, &time))
		return false;
	*cell = (struct value){ .kind = VALUE_TIME, .has_offset = true, .us = time.us };
	return true;
}

#define DATE_BYTES 10

static bool to_date(struct cast *c, struct value v, struct value *cell)
{
	struct value time = NULL_VALUE;
	struct civil day;

	if (!read_time(c, v, &time))
		return false;
	if (v.kind == VALUE_STR && v.s.len == DATE_BYTES)
		return give_str(cell, v.s);
	day = c->zone ? zone_civil(c->zone, time.us) : civil_from_us(time.us);
	if (!civil_valid(day))
		return err_set(c->e, ERR_REMOTE, "a time outside the years 1 to 9999");
	return give_str(cell, str_printf(c->a, "%04d-%02d-%02d", day.year, day.month, day.day));
}

/* Others. */

#define UUID_BYTES 36
#define UUID_HEX 32

static bool is_uuid_dash(size_t i)
{
	return i == 8 || i == 13 || i == 18 || i == 23;
}

/* The lower-case form of hexadecimal digit `c`, or 0. */
static char hex_lower(char c)
{
	if ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'))
		return c;
	return c >= 'A' && c <= 'F' ? (char)(c - 'A' + 'a') : 0;
}

static bool to_uuid(struct cast *c, struct value v, struct value *cell)
{
	bool dashes = v.kind == VALUE_STR && v.s.len == UUID_BYTES;
	char text[UUID_BYTES];
	size_t from = 0;

	if (!dashes && !(v.kind == VALUE_STR && v.s.len == UUID_HEX))
		return refuse(c, v);
	for (size_t i = 0; i < UUID_BYTES; i++) {
		text[i] = is_uuid_dash(i) ? '-' : hex_lower(v.s.at[from]);
		if (text[i] == 0 || (dashes && is_uuid_dash(i) && v.s.at[from] != '-'))
			return refuse(c, v);
		from += dashes || !is_uuid_dash(i);
	}
	return give_str(cell, kept_digits(c, text, sizeof(text)));
}

/* JSON text without the escapes of NUL; "\\u0000" is a backslash and some letters. */
static struct str without_nul(struct cast *c, struct str s)
{
	struct str nul = STR("\\u0000");
	struct buf b;

	if (str_find(s, nul) < 0)
		return s;
	buf_in(&b, c->a, s.len);
	while (s.len > 0) {
		const char *slash = memchr(s.at, '\\', s.len);
		size_t plain = slash ? (size_t)(slash - s.at) : s.len;

		buf_add(&b, str_slice(s, 0, plain));
		s = str_slice(s, plain, s.len);
		if (str_starts(s, nul)) {
			c->repaired = true;
			s = str_slice(s, nul.len, s.len);
			continue;
		}
		buf_add(&b, str_slice(s, 0, 2));
		s = str_slice(s, 2, s.len);
	}
	return buf_str(&b);
}

static bool to_json(struct cast *c, struct value v, struct value *cell)
{
	struct buf b;

	/* A buf that doubles asks its arena for less than four times what it holds in the end. */
	buf_in(&b, c->a, arena_room(c->a) / 8);
	if (!json_write(&b, v, c->e))
		return false;
	return give_str(cell, without_nul(c, buf_str(&b)));
}

static bool is_blank(struct value v)
{
	return v.kind == VALUE_STR && str_trim(v.s).len == 0;
}

bool column_cast(struct arena *a, enum column_type type, const struct zone *zone, struct value v,
		 struct value *cell, bool *repaired, struct err *e)
{
	struct cast c = { .a = a, .zone = zone, .type = type, .e = e };
	const struct column *column = &columns[type];
	struct value got = NULL_VALUE;

	assert((size_t)type < COLUMN_TYPES);
	if (!value_is_nothing(v) && (column->keeps_blank || !is_blank(v)) &&
	    !column->cast(&c, v, &got))
		return false;
	if (c.repaired && repaired)
		*repaired = true;
	*cell = got;
	return true;
}

/* Comparing. */

static bool decimals_eq(struct str a, struct str b)
{
	struct decimal x, y;

	return decimal_parse(a, &x) && decimal_parse(b, &y) && decimal_eq(x, y);
}

/* What a parsed text may take, generously: its own bytes, and a value for each of them at the
 * worst. */
#define JSON_BYTES_PER_BYTE 64

static bool json_eq(struct str a, struct str b)
{
	AUTO_ARENA *arena =
		arena_new("json comparison", (a.len + b.len + 1024) * JSON_BYTES_PER_BYTE);
	struct value x, y;
	struct err e;

	return json_parse(arena, a, &x, NULL, &e) && json_parse(arena, b, &y, NULL, &e) &&
	       value_eq(x, y);
}

bool column_eq(enum column_type type, struct value a, struct value b)
{
	bool both_text = a.kind == VALUE_STR && b.kind == VALUE_STR;

	assert((size_t)type < COLUMN_TYPES);
	if (both_text && str_eq(a.s, b.s))
		return true;
	if (both_text && type == COLUMN_DECIMAL)
		return decimals_eq(a.s, b.s);
	if (both_text && type == COLUMN_JSON)
		return json_eq(a.s, b.s);
	return value_eq(a, b);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * repr.c - values as the text Python prints for them, and as the JSON it writes.
 *
 * Always: recursion ends at VALUE_DEPTH_MAX, output at the buf's maximum.
 */
#include "expr/repr.h"
#include "data/moment.h"
#include "expr/number.h"
#include "expr/rune.h"

#include <stdlib.h>

struct writer {
	struct buf *b;
	enum repr_numbers numbers;
	enum repr_json how;
	unsigned depth;
	struct err *e;
};

static bool write_repr(struct writer *w, struct value v);

static bool too_deep(struct writer *w)
{
	return err_set(w->e, ERR_LIMIT, "the value is nested too deeply to be printed");
}

static void write_float(struct buf *b, double f)
{
	char text[NUMBER_TEXT_SIZE];

	number_text(f, text);
	buf_add(b, str_from(text));
}

/* By hand: printf costs more than evaluating most expressions. */
static void write_int(struct buf *b, int64_t i)
{
	char text[24];
	size_t at = sizeof(text);
	uint64_t rest = i < 0 ? -(uint64_t)i : (uint64_t)i;

	do
		text[--at] = (char)('0' + rest % 10);
	while ((rest /= 10) > 0);
	if (i < 0)
		text[--at] = '-';
	buf_add(b, (struct str){ text + at, sizeof(text) - at });
}

static void write_number(struct writer *w, struct value v)
{
	struct number n = number_of(v);

	if (w->numbers == NUMBERS_PYTHON && n.class == NUMBER_FLOAT)
		write_float(w->b, n.f);
	else if (w->numbers == NUMBERS_PYTHON && n.class == NUMBER_INT && n.i == 0)
		buf_char(w->b, '0');
	else
		buf_add(w->b, v.s);
}

static void write_escaped(struct buf *b, uint32_t rune)
{
	static const char from[] = "\n\r\t", to[] = "nrt";
	const char *hit = rune < 0x80 && rune ? strchr(from, (int)rune) : NULL;

	if (hit)
		buf_printf(b, "\\%c", to[hit - from]);
	else if (rune < 0x100)
		buf_printf(b, "\\x%02x", (unsigned)rune);
	else if (rune < 0x10000)
		buf_printf(b, "\\u%04x", (unsigned)rune);
	else
		buf_printf(b, "\\U%08x", (unsigned)rune);
}

/* Single quotes, unless the text holds some and no double ones. */
static void write_quoted(struct buf *b, struct str s)
{
	bool single = s.len && memchr(s.at, '\'', s.len), both = s.len && memchr(s.at, '"', s.len);
	char quote = single && !both ? '"' : '\'';

	buf_char(b, quote);
	while (s.len > 0 && !b->failed) {
		struct str before = s;
		uint32_t rune = rune_next(&s);

		if (rune == '\\' || rune == (uint32_t)quote)
			buf_char(b, '\\');
		if (rune_is_printable(rune))
			buf_add(b, str_slice(before, 0, before.len - s.len));
		else
			write_escaped(b, rune);
	}
	buf_char(b, quote);
}

static void write_civil(struct buf *b, struct value v)
{
	struct civil c = civil_from_us(v.us + (int64_t)v.offset_s * US_PER_S);

	buf_printf(b, "%04d-%02d-%02d", c.year, c.month, c.day);
	if (v.shape == SHAPE_DATE)
		return;
	buf_printf(b, " %02d:%02d:%02d", c.hour, c.minute, c.second);
	if (c.us)
		buf_printf(b, ".%06d", c.us);
	if (v.has_offset)
		buf_printf(b, "%c%02d:%02d", v.offset_s < 0 ? '-' : '+', abs(v.offset_s) / 3600,
			   abs(v.offset_s) / 60 % 60);
}

/* "1 day, 0:00:00": Python's timedelta; calendar months before it, as isodate prints them. */
static void write_span(struct buf *b, struct value v)
{
	int64_t day = 86400 * US_PER_S, days = v.us / day, rest = v.us % day;
	int years = v.offset_s / 12, months = v.offset_s % 12;

	if (rest < 0) {
		rest += day;
		days--;
	}
	if (years)
		buf_printf(b, "%d years, ", years);
	if (months)
		buf_printf(b, "%d %s, ", months, months == 1 ? "month" : "months");
	if (days)
		buf_printf(b, "%lld day%s, ", (long long)days, days == 1 || days == -1 ? "" : "s");
	buf_printf(b, "%d:%02d:%02d", (int)(rest / US_PER_S / 3600),
		   (int)(rest / US_PER_S / 60 % 60), (int)(rest / US_PER_S % 60));
	if (rest % US_PER_S)
		buf_printf(b, ".%06d", (int)(rest % US_PER_S));
}

struct brackets {
	const char *open, *close, *empty;
};

static struct brackets brackets_of(struct value v)
{
	static const struct brackets of[] = {
		[SHAPE_PLAIN] = { "[", "]", "[]" },
		[SHAPE_TUPLE] = { "(", ")", "()" },
		[SHAPE_SET] = { "{", "}", "set()" },
		[SHAPE_ITEMS] = { "dict_items([", "])", "dict_items([])" },
		[SHAPE_KEYS] = { "dict_keys([", "])", "dict_keys([])" },
		[SHAPE_VALUES] = { "dict_values([", "])", "dict_values([])" },
	};

	if (v.kind == VALUE_MAP)
		return (struct brackets){ "{", "}", "{}" };
	assert(v.shape < COUNT(of) && of[v.shape].open);
	return of[v.shape];
}

static bool write_container(struct writer *w, struct value v)
{
	struct brackets use = brackets_of(v);
	struct value_iter it = value_iter(v);
	struct value item;
	struct str key;
	size_t n = 0;

	if (++w->depth > VALUE_DEPTH_MAX)
		return too_deep(w);
	while (value_next(&it, &key, &item) && !w->b->failed) {
		buf_add(w->b, n++ ? STR(", ") : str_from(use.open));
		if (v.kind == VALUE_MAP) {
			write_quoted(w->b, key);
			buf_add(w->b, STR(": "));
		}
		if (!write_repr(w, item))
			return false;
	}
	w->depth--;
	if (n == 1 && v.kind == VALUE_LIST && v.shape == SHAPE_TUPLE)
		buf_char(w->b, ',');
	buf_add(w->b, str_from(n ? use.close : use.empty));
	return true;
}

static void write_time_repr(struct buf *b, struct value v)
{
	buf_add(b, v.kind == VALUE_SPAN ? STR("timedelta(") : STR("datetime("));
	if (v.kind == VALUE_SPAN)
		write_span(b, v);
	else
		write_civil(b, v);
	buf_char(b, ')');
}

static bool write_repr(struct writer *w, struct value v)
{
	switch ((enum value_kind)v.kind) {
	case VALUE_UNDEFINED:
		buf_add(w->b, STR("Undefined"));
		break;
	case VALUE_NULL:
		buf_add(w->b, STR("None"));
		break;
	case VALUE_BOOL:
		buf_add(w->b, v.b ? STR("True") : STR("False"));
		break;
	case VALUE_INT:
		write_int(w->b, v.i);
		break;
	case VALUE_NUMBER:
		write_number(w, v);
		break;
	case VALUE_FLOAT:
		write_float(w->b, v.f);
		break;
	case VALUE_STR:
		write_quoted(w->b, v.s);
		break;
	case VALUE_LIST:
	case VALUE_MAP:
		return write_container(w, v);
	case VALUE_TIME:
	case VALUE_SPAN:
		write_time_repr(w->b, v);
		break;
	case VALUE_OTHER:
		buf_add(w->b, v.s);
		break;
	}
	return true;
}

static bool ended_well(struct writer *w, bool ok)
{
	if (ok && w->b->failed)
		return err_set(w->e, ERR_LIMIT, "the text grows too long");
	return ok;
}

bool repr_add(struct buf *b, struct value v, enum repr_numbers numbers, struct err *e)
{
	struct writer w = { .b = b, .numbers = numbers, .e = e };

	return ended_well(&w, write_repr(&w, v));
}

bool repr_str(struct buf *b, struct value v, enum repr_numbers numbers, struct err *e)
{
	struct writer w = { .b = b, .numbers = numbers, .e = e };
	bool ok = true;

	if (v.kind == VALUE_STR)
		buf_add(b, v.s);
	else if (v.kind == VALUE_TIME)
		write_civil(b, v);
	else if (v.kind == VALUE_SPAN)
		write_span(b, v);
	else if (v.kind != VALUE_UNDEFINED)
		ok = write_repr(&w, v);
	return ended_well(&w, ok);
}

static void json_unit(struct buf *b, uint32_t unit)
{
	buf_printf(b, "\\u%04x", (unsigned)unit);
}

static void json_rune(struct writer *w, uint32_t rune)
{
	static const char from[] = "\n\r\t\b\f\"\\", to[] = "nrtbf\"\\";
	const char *hit = rune < 0x80 && rune ? strchr(from, (int)rune) : NULL;
	bool html = w->how == JSON_FOR_HTML && rune < 0x80 && rune && strchr("<>&'", (int)rune);

	if (hit) {
		buf_char(w->b, '\\');
		buf_char(w->b, to[hit - from]);
	} else if (rune >= 0x10000) {
		json_unit(w->b, 0xD800 + ((rune - 0x10000) >> 10));
		json_unit(w->b, 0xDC00 + ((rune - 0x10000) & 0x3FF));
	} else if (rune < 0x20 || rune > 0x7E || html) {
		json_unit(w->b, rune);
	} else {
		buf_char(w->b, (char)rune);
	}
}

static void json_text(struct writer *w, struct str s)
{
	buf_char(w->b, '"');
	while (s.len > 0 && !w->b->failed)
		json_rune(w, rune_next(&s));
	buf_char(w->b, '"');
}

static int by_key(const void *x, const void *y)
{
	return str_cmp(*(const struct str *)x, *(const struct str *)y);
}

static bool write_json(struct writer *w, struct value v);

/* The keys of a map, in order or sorted, in the buf's arena. */
static struct str *json_keys(struct writer *w, struct value v, size_t *n)
{
	struct str *keys = arena_new_array(w->b->arena, struct str, value_len(v) + 1);
	struct value_iter it = value_iter(v);
	struct value item;

	*n = 0;
	while (value_next(&it, &keys[*n], &item))
		(*n)++;
	if (w->how == JSON_FOR_HTML && *n > 1)
		qsort(keys, *n, sizeof(*keys), by_key);
	return keys;
}

static bool json_map(struct writer *w, struct value v)
{
	size_t n;
	struct str *keys;

	if (value_len(v) > w->b->max / sizeof(struct str) / 4)
		return err_set(w->e, ERR_LIMIT, "the map has too many members");
	keys = json_keys(w, v, &n);
	buf_char(w->b, '{');
	for (size_t i = 0; i < n && !w->b->failed; i++) {
		if (i)
			buf_add(w->b, STR(", "));
		json_text(w, keys[i]);
		buf_add(w->b, STR(": "));
		if (!write_json(w, value_get(v, keys[i])))
			return false;
	}
	buf_char(w->b, '}');
	return true;
}

static bool json_list(struct writer *w, struct value v)
{
	struct value_iter it = value_iter(v);
	struct value item;
	struct str key;
	size_t n = 0;

	buf_char(w->b, '[');
	while (value_next(&it, &key, &item) && !w->b->failed) {
		if (n++)
			buf_add(w->b, STR(", "));
		if (!write_json(w, item))
			return false;
	}
	buf_char(w->b, ']');
	return true;
}

static bool json_container(struct writer *w, struct value v)
{
	bool ok;

	if (++w->depth > VALUE_DEPTH_MAX)
		return too_deep(w);
	ok = v.kind == VALUE_MAP ? json_map(w, v) : json_list(w, v);
	w->depth--;
	return ok;
}

static bool write_json(struct writer *w, struct value v)
{
	bool list = v.kind == VALUE_LIST && (v.shape == SHAPE_PLAIN || v.shape == SHAPE_TUPLE);

	if (v.kind == VALUE_NULL) {
		buf_add(w->b, STR("null"));
		return true;
	}
	if (v.kind == VALUE_BOOL) {
		buf_add(w->b, v.b ? STR("true") : STR("false"));
		return true;
	}
	if (v.kind == VALUE_STR) {
		json_text(w, v.s);
		return true;
	}
	if (v.kind == VALUE_MAP || list)
		return json_container(w, v);
	if (value_is_number(v))
		return write_repr(w, v);
	return err_set(w->e, ERR_REMOTE, "a value of this type has no JSON");
}

bool repr_json(struct buf *b, struct value v, enum repr_json how, struct err *e)
{
	struct writer w = { .b = b, .numbers = NUMBERS_PYTHON, .how = how, .e = e };

	assert(b->arena);
	return ended_well(&w, write_json(&w, v));
}

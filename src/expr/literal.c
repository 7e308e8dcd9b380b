/* SPDX-License-Identifier: Apache-2.0 */
/*
 * literal.c - text that is a Python literal, as its value.
 *
 * Recursive descent; the first thing that is not a literal ends it, and the text stays text.
 * Always: memory is asked for only after room() said yes, `full` remembers that it said no.
 */
#include "expr/literal.h"
#include "expr/lex.h"
#include "expr/ops.h"
#include "expr/rune.h"

#include <stdlib.h>

#define SET_ITEMS_MAX 1000  /* each is compared with every other */
#define INT_DIGITS_MAX 4300 /* Python's own */

struct reader {
	struct arena *a;
	struct str s; /* what is left */
	size_t used, bytes_max;
	unsigned depth; /* brackets around: line ends are white space inside them */
	bool full;
};

static bool read_item(struct reader *r, struct value *out);

static bool room(struct reader *r, size_t bytes)
{
	size_t taken = arena_used(r->a) - r->used;

	if (bytes > r->bytes_max || taken > r->bytes_max - bytes || bytes > arena_room(r->a))
		r->full = true;
	return !r->full;
}

static char at(const struct reader *r, size_t i)
{
	return i < r->s.len ? r->s.at[i] : 0;
}

static void move(struct reader *r, size_t n)
{
	r->s = str_slice(r->s, n, r->s.len);
}

static bool is_line_end(char c)
{
	return c == '\n' || c == '\r';
}

static void skip_comment(struct reader *r)
{
	while (r->s.len > 0 && !is_line_end(at(r, 0)))
		move(r, 1);
}

static void skip(struct reader *r)
{
	for (;;) {
		char c = at(r, 0);

		if (c == ' ' || c == '\t' || c == '\f' || (r->depth > 0 && is_line_end(c)))
			move(r, 1);
		else if (c == '#')
			skip_comment(r);
		else
			return;
	}
}

/* Lines that are empty or comments; the first line may be indented, the one that counts may not. */
static bool skip_lines(struct reader *r)
{
	bool first = true;

	for (;; first = false) {
		char before = at(r, 0);

		skip(r);
		if (!is_line_end(at(r, 0)))
			return first || !(before == ' ' || before == '\t');
		move(r, 1);
	}
}

static bool cut_char(struct reader *r, char c)
{
	skip(r);
	if (at(r, 0) != c)
		return false;
	move(r, 1);
	return true;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_name(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
	       (unsigned char)c >= 0x80;
}

/* How many bytes from `i` on are digits with single underscores between them. */
static size_t digits(const struct reader *r, size_t i)
{
	size_t n = i;

	while (is_digit(at(r, n)) || (at(r, n) == '_' && n > i && is_digit(at(r, n + 1))))
		n++;
	return n - i;
}

/* "12", "1_000", "0x1F", "1.", ".5", "1e-3": its length, and whether it has a fraction. */
static size_t number_length(const struct reader *r, bool *is_float)
{
	size_t n = digits(r, 0), exponent;

	*is_float = false;
	if (at(r, 0) == '0' && at(r, 1) && strchr("xXoObB", at(r, 1))) {
		while (is_name(at(r, n)))
			n++;
		return n;
	}
	if (at(r, n) == '.' && (n > 0 || is_digit(at(r, 1)))) {
		*is_float = true;
		n += 1 + digits(r, n + 1);
	}
	if (n > 0 && (at(r, n) | 32) == 'e') {
		exponent = n + 1 + (at(r, n + 1) == '+' || at(r, n + 1) == '-');
		if (digits(r, exponent) > 0) {
			*is_float = true;
			n = exponent + digits(r, exponent);
		}
	}
	return n;
}

static bool read_number(struct reader *r, struct value *out)
{
	char plain[LEX_NUMBER_MAX];
	bool is_float;
	size_t n = number_length(r, &is_float);
	struct str text = str_slice(r->s, 0, n);

	if (n == 0 || is_name(at(r, n)) || !room(r, n + 64))
		return false;
	if (is_float) {
		if (!lex_plain_number(text, plain, sizeof(plain)))
			return false;
		*out = value_float(strtod(plain, NULL));
	} else if (n > INT_DIGITS_MAX || !lex_integer(r->a, text, out)) {
		return false;
	}
	move(r, n);
	return true;
}

static struct value negative(struct reader *r, struct value v)
{
	struct number n = number_of(v);

	if (n.class == NUMBER_FLOAT)
		return value_float(-n.f);
	if (n.class == NUMBER_INT)
		return number_value(r->a, -n.i);
	v.s = str_printf(r->a, "-%.*s", STR_ARG(v.s));
	return v;
}

/* One sign, then a number, perhaps in parentheses. */
static bool read_signed(struct reader *r, struct value *out)
{
	bool minus = at(r, 0) == '-', parenthesis;

	move(r, 1);
	parenthesis = cut_char(r, '(');
	r->depth += parenthesis;
	skip(r);
	if (!read_number(r, out) || (parenthesis && !cut_char(r, ')')))
		return false;
	r->depth -= parenthesis;
	if (minus)
		*out = negative(r, *out);
	return true;
}

struct quoted {
	struct str body;
	bool raw, bytes, triple;
};

/* The letters before the quote: their number, or -1 when there is no quote behind them. */
static int read_prefix(const struct reader *r, struct quoted *q)
{
	int n = 0, u = 0;

	for (; n < 3; n++) {
		char c = at(r, (size_t)n) | 32;

		if (at(r, (size_t)n) == '\'' || at(r, (size_t)n) == '"')
			return u && n > 1 ? -1 : n;
		if ((c == 'r' && q->raw) || (c == 'b' && q->bytes) || (c == 'u' && u))
			return -1;
		q->raw |= c == 'r';
		q->bytes |= c == 'b';
		u |= c == 'u';
		if (c != 'r' && c != 'b' && c != 'u')
			return -1;
	}
	return -1;
}

static bool at_end_of(const struct reader *r, size_t i, char quote, size_t quotes)
{
	for (size_t k = 0; k < quotes; k++)
		if (at(r, i + k) != quote)
			return false;
	return true;
}

/* Cuts prefix, quotes and body. */
static bool cut_quoted(struct reader *r, struct quoted *q)
{
	int prefix = read_prefix(r, q);
	size_t quotes, n = 0;
	char quote;

	if (prefix < 0)
		return false;
	move(r, (size_t)prefix);
	quote = at(r, 0);
	q->triple = at_end_of(r, 0, quote, 3);
	quotes = q->triple ? 3 : 1;
	move(r, quotes);
	while (n < r->s.len && !at_end_of(r, n, quote, quotes)) {
		if (!q->triple && is_line_end(at(r, n)))
			return false;
		n += at(r, n) == '\\' ? 2 : 1;
	}
	if (n >= r->s.len)
		return false;
	q->body = str_slice(r->s, 0, n);
	move(r, n + quotes);
	return true;
}

static bool unescape(const struct quoted *q, struct buf *b)
{
	struct str rest = q->body;

	while (rest.len > 0) {
		char c = rest.at[0];

		if (q->bytes && (unsigned char)c >= 0x80)
			return false;
		rest = str_slice(rest, 1, rest.len);
		if (c != '\\' || q->raw)
			buf_char(b, c);
		else if (!rune_escape(&rest, q->bytes, b))
			return false;
	}
	return true;
}

/* repr() of bytes. */
static struct str bytes_text(struct arena *a, struct str s)
{
	static const char from[] = "\n\r\t\\", to[] = "nrt\\";
	bool single = memchr(s.at, '\'', s.len), both = memchr(s.at, '"', s.len);
	char quote = single && !both ? '"' : '\'';
	struct buf b;

	buf_in(&b, a, s.len * 4 + 4);
	buf_printf(&b, "b%c", quote);
	for (size_t i = 0; i < s.len; i++) {
		unsigned char c = (unsigned char)s.at[i];
		const char *hit = c ? strchr(from, c) : NULL;

		if (hit || c == (unsigned char)quote)
			buf_printf(&b, "\\%c", hit ? to[hit - from] : c);
		else if (c < 0x20 || c > 0x7E)
			buf_printf(&b, "\\x%02x", c);
		else
			buf_char(&b, (char)c);
	}
	buf_char(&b, quote);
	return buf_str(&b);
}

/* Texts side by side are one; they are all bytes or none is. */
static bool read_text(struct reader *r, struct value *out)
{
	struct quoted q = { .raw = false }, next = q;
	struct reader ahead;
	struct buf b;
	bool bytes;

	if (!cut_quoted(r, &q) || !room(r, 4 * (q.body.len + r->s.len) + 64))
		return false;
	bytes = q.bytes;
	buf_in(&b, r->a, q.body.len + r->s.len + 8);
	for (;;) {
		if (!unescape(&q, &b))
			return false;
		skip(r);
		ahead = *r;
		next = (struct quoted){ .raw = false };
		if (!cut_quoted(&ahead, &next))
			break;
		if (next.bytes != bytes)
			return false;
		*r = ahead;
		q = next;
	}
	if (b.failed || (bytes && !room(r, 16 * b.len + 64)))
		return false;
	*out = bytes ? (struct value){ .kind = VALUE_OTHER, .s = bytes_text(r->a, buf_str(&b)) }
		     : value_str(buf_str(&b));
	return true;
}

/* Items with commas between, up to `close`; *comma when one ended with a comma. */
static bool read_items(struct reader *r, char close, struct value list, bool *comma)
{
	struct value item;

	*comma = false;
	for (;;) {
		if (close ? cut_char(r, close) : (skip(r), r->s.len == 0 || is_line_end(at(r, 0))))
			return true;
		if (value_len(list) > 0 && !*comma)
			return false;
		if (!read_item(r, &item) || !room(r, (3 * value_len(list) + 16) * sizeof(item)))
			return false;
		value_list_add(r->a, list, item);
		*comma = cut_char(r, ',');
	}
}

static bool read_list(struct reader *r, struct value *out)
{
	bool comma;

	*out = value_list_new(r->a);
	return read_items(r, ']', *out, &comma);
}

/* A tuple, or one item in parentheses. */
static bool read_parentheses(struct reader *r, struct value *out)
{
	struct value list = value_list_new(r->a);
	bool comma;

	list.shape = SHAPE_TUPLE;
	if (cut_char(r, ','))
		return false;
	if (!read_items(r, ')', list, &comma))
		return false;
	*out = value_len(list) == 1 && !comma ? value_at(list, 0) : list;
	return true;
}

static bool holds(struct value list, struct value v)
{
	struct value_iter it = value_iter(list);
	struct value item;
	struct str key;

	while (value_next(&it, &key, &item))
		if (value_eq(item, v))
			return true;
	return false;
}

/* The first item was read already, and "{" before it. */
static bool read_set(struct reader *r, struct value first, struct value *out)
{
	struct value all = value_list_new(r->a), set = value_list_new(r->a), item;
	struct value_iter it;
	struct str key;
	bool comma = cut_char(r, ',');

	if (!comma && !cut_char(r, '}'))
		return false;
	value_list_add(r->a, all, first);
	if (comma) {
		struct value rest = value_list_new(r->a);

		if (!read_items(r, '}', rest, &comma) || value_len(rest) > SET_ITEMS_MAX)
			return false;
		for (it = value_iter(rest); value_next(&it, &key, &item);)
			value_list_add(r->a, all, item);
	}
	set.shape = SHAPE_SET;
	for (it = value_iter(all); value_next(&it, &key, &item);) {
		if (!op_is_hashable(item))
			return false;
		if (!holds(set, item))
			value_list_add(r->a, set, item);
	}
	*out = set;
	return true;
}

static bool key_text(struct reader *r, struct value v, struct str *out)
{
	char text[NUMBER_TEXT_SIZE];

	if (v.kind == VALUE_STR || v.kind == VALUE_NUMBER) {
		*out = v.s;
	} else if (v.kind == VALUE_NULL) {
		*out = STR("null");
	} else if (v.kind == VALUE_BOOL) {
		*out = v.b ? STR("true") : STR("false");
	} else if (v.kind == VALUE_INT) {
		*out = str_printf(r->a, "%lld", (long long)v.i);
	} else if (v.kind == VALUE_FLOAT) {
		number_text(v.f, text);
		*out = str_keep(r->a, str_from(text));
	} else {
		return false;
	}
	return true;
}

static bool read_braces(struct reader *r, struct value *out)
{
	struct value map, key, item;
	struct str name;

	if (!room(r, 1024))
		return false;
	map = value_map_new(r->a);
	while (!cut_char(r, '}')) {
		if (!read_item(r, &key))
			return false;
		if (!cut_char(r, ':'))
			return value_len(map) == 0 && read_set(r, key, out);
		if (!read_item(r, &item) || !room(r, (4 * value_len(map) + 32) * sizeof(map) * 2) ||
		    !key_text(r, key, &name))
			return false;
		value_map_set(r->a, map, name, item);
		if (!cut_char(r, ',')) {
			if (!cut_char(r, '}'))
				return false;
			break;
		}
	}
	*out = map;
	return true;
}

static bool read_word(struct reader *r, struct value *out)
{
	static const struct {
		const char *word;
		struct value is;
	} words[] = { { "None", { .kind = VALUE_NULL } },
		      { "True", { .kind = VALUE_BOOL, .b = true } },
		      { "False", { .kind = VALUE_BOOL, .b = false } } };

	for (size_t i = 0; i < COUNT(words); i++) {
		struct str word = str_from(words[i].word);

		if (!str_starts(r->s, word) || is_name(at(r, word.len)))
			continue;
		*out = words[i].is;
		move(r, word.len);
		return true;
	}
	if (str_starts(r->s, STR("set")) && !is_name(at(r, 3))) {
		move(r, 3);
		*out = value_list_new(r->a);
		out->shape = SHAPE_SET;
		return cut_char(r, '(') && cut_char(r, ')');
	}
	return read_text(r, out);
}

static bool read_bracket(struct reader *r, struct value *out)
{
	char open = at(r, 0);
	bool ok;

	if (r->depth >= LITERAL_DEPTH_MAX)
		return false;
	r->depth++;
	move(r, 1);
	ok = open == '['   ? read_list(r, out)
	     : open == '(' ? read_parentheses(r, out)
			   : read_braces(r, out);
	r->depth--;
	return ok;
}

static bool read_item(struct reader *r, struct value *out)
{
	char c;

	skip(r);
	c = at(r, 0);
	if (!room(r, 1024))
		return false;
	if (c == '-' || c == '+')
		return read_signed(r, out);
	if (is_digit(c) || (c == '.' && is_digit(at(r, 1))))
		return read_number(r, out);
	if (c == '[' || c == '(' || c == '{')
		return read_bracket(r, out);
	if (str_starts(r->s, STR("..."))) {
		move(r, 3);
		*out = (struct value){ .kind = VALUE_OTHER, .s = STR("Ellipsis") };
		return true;
	}
	return read_word(r, out);
}

static bool read_whole(struct reader *r, struct value *out)
{
	struct value list;
	bool comma;

	if (!skip_lines(r) || !room(r, 1024))
		return false;
	list = value_list_new(r->a);
	list.shape = SHAPE_TUPLE;
	if (!read_items(r, 0, list, &comma) || value_len(list) == 0)
		return false;
	skip_lines(r);
	if (r->s.len > 0)
		return false;
	*out = value_len(list) == 1 && !comma ? value_at(list, 0) : list;
	return true;
}

/* Most results are words: the first character tells that they are no literal. */
static bool may_be_literal(struct str s)
{
	return s.len > 0 && (strchr(" \t\f\r\n#-+.([{'\"0123456789NTFsrbuRBU", s.at[0]) != NULL) &&
	       !memchr(s.at, 0, s.len);
}

/* An id, the most frequent literal of all: up to 18 digits without a superfluous zero. */
static bool quick_integer(struct str s, struct value *out)
{
	int64_t n = 0;

	if (s.len == 0 || s.len > 18 || (s.at[0] == '0' && s.len > 1))
		return false;
	for (size_t i = 0; i < s.len; i++) {
		if (!is_digit(s.at[i]))
			return false;
		n = n * 10 + (s.at[i] - '0');
	}
	*out = value_int(n);
	return true;
}

bool literal_read(struct arena *a, struct str text, size_t bytes_max, struct value *out,
		  struct err *e)
{
	struct reader r = { .a = a, .s = text, .used = arena_used(a), .bytes_max = bytes_max };
	struct value v;

	if (quick_integer(text, out))
		return true;
	while (r.s.len > 0 && (r.s.at[0] == ' ' || r.s.at[0] == '\t'))
		move(&r, 1);
	if (!may_be_literal(r.s) || !read_whole(&r, &v)) {
		if (r.full)
			return err_set(e, ERR_LIMIT, "the literal takes more than %zu bytes",
				       bytes_max);
		v = value_str(text);
	}
	*out = v;
	return true;
}

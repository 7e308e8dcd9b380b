/* SPDX-License-Identifier: Apache-2.0 */
/*
 * format.c - '%5.2f' % x and '{:>5}'.format(x).
 *
 * Both spellings become a struct spec; what Python knows beyond it is refused.
 */
#include "expr/ops.h"
#include "expr/rune.h"

#include <math.h>
#include <stdio.h>

#define WIDTH_MAX 4096
#define DIGITS_MAX 400

struct spec {
	struct str fill;
	char align; /* '<', '>', '^', '=' (zeros after the sign), or 0 */
	char sign;  /* '+', ' ' or 0 */
	bool alternate, comma;
	int width, precision; /* precision -1: not given */
	char type;
};

static bool malformed(struct eval *ev)
{
	return eval_fail(ev, ERR_REMOTE, "the format is malformed or not known here");
}

/* Digits, none being -1. */
static bool cut_count(struct str *s, int *out)
{
	int n = -1;

	while (s->len > 0 && s->at[0] >= '0' && s->at[0] <= '9') {
		n = (n < 0 ? 0 : n) * 10 + (s->at[0] - '0');
		if (n > WIDTH_MAX)
			return false;
		*s = str_slice(*s, 1, s->len);
	}
	*out = n;
	return true;
}

static char cut_char(struct str *s)
{
	char c = s->len > 0 ? s->at[0] : 0;

	*s = str_slice(*s, 1, s->len);
	return c;
}

/* Puts `body` (a sign of `prefix` bytes first) into the field. */
static void pad(struct buf *b, const struct spec *f, struct str body, size_t prefix)
{
	size_t len = rune_count(body), missing = 0, before = 0;

	if (f->width > 0 && (size_t)f->width > len)
		missing = (size_t)f->width - len;
	if (f->align == '>' || f->align == '=')
		before = missing;
	else if (f->align == '^')
		before = missing / 2;
	if (f->align == '=') {
		buf_add(b, str_slice(body, 0, prefix));
		body = str_slice(body, prefix, body.len);
	}
	for (size_t i = 0; i < before; i++)
		buf_add(b, f->fill);
	buf_add(b, body);
	for (size_t i = before; i < missing; i++)
		buf_add(b, f->fill);
}

static void add_sign(struct buf *b, const struct spec *f, bool minus)
{
	if (minus)
		buf_char(b, '-');
	else if (f->sign)
		buf_char(b, f->sign);
}

/* The digits before a dot, with a comma every three. */
static void add_grouped(struct buf *b, const struct spec *f, const char *digits)
{
	size_t whole = strspn(digits, "0123456789");

	for (size_t i = 0; i < whole; i++) {
		if (f->comma && i > 0 && (whole - i) % 3 == 0)
			buf_char(b, ',');
		buf_char(b, digits[i]);
	}
	buf_add(b, str_from(digits + whole));
}

static bool format_float(struct eval *ev, struct buf *b, const struct spec *f, double v)
{
	char text[DIGITS_MAX], pattern[] = { '%', f->alternate ? '#' : '.', '.', '*', 0, 0 };
	double shown = fabs(v) * (f->type == '%' ? 100 : 1);
	int precision = f->precision < 0 ? 6 : f->precision, n;
	char *at = pattern + (f->alternate ? 4 : 3);

	if (!f->alternate)
		memmove(pattern + 1, pattern + 2, 3);
	*at = f->type == '%' ? 'f' : f->type;
	add_sign(b, f, signbit(v));
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	n = snprintf(text, sizeof(text), pattern, precision, shown);
#pragma GCC diagnostic pop
	if (n < 0 || (size_t)n >= sizeof(text))
		return eval_fail(ev, ERR_LIMIT, "the number has too many digits");
	add_grouped(b, f, text);
	if (f->type == '%')
		buf_char(b, '%');
	return true;
}

static bool format_int(struct eval *ev, struct buf *b, const struct spec *f, __int128 v)
{
	int base = f->type == 'x' || f->type == 'X' ? 16
		   : f->type == 'o'                 ? 8
		   : f->type == 'b'                 ? 2
						    : 10;
	unsigned __int128 rest = v < 0 ? -(unsigned __int128)v : (unsigned __int128)v;
	char text[DIGITS_MAX];
	size_t at = sizeof(text) - 1;

	text[at] = 0;
	do {
		text[--at] = (f->type == 'X' ? "0123456789ABCDEF"
					     : "0123456789abcdef")[rest % (unsigned)base];
		rest /= (unsigned)base;
	} while (rest > 0 ||
		 (f->precision > 0 && sizeof(text) - 1 - at < (size_t)f->precision && at > 1));
	if (f->precision >= DIGITS_MAX - 2)
		return eval_fail(ev, ERR_LIMIT, "the number has too many digits");
	add_sign(b, f, v < 0);
	if (f->alternate && base != 10) {
		buf_char(b, '0');
		buf_char(b, f->type);
	}
	if (base == 10)
		add_grouped(b, f, text + at);
	else
		buf_add(b, str_from(text + at));
	return true;
}

/* Fills `body` with the number as asked; `f` says how. */
static bool format_number(struct eval *ev, struct buf *body, const struct spec *f, struct value v,
			  bool truncate)
{
	struct number n = number_of(v);

	if (n.class == NUMBER_HUGE)
		return eval_fail(ev, ERR_LIMIT,
				 "a number has more digits than can be computed with");
	if (n.class == NUMBER_NONE)
		return eval_wrong_type(ev, "a number's format", v);
	if (strchr("eEfFgG%", f->type))
		return format_float(ev, body, f, number_double(n));
	if (n.class == NUMBER_FLOAT) {
		if (!truncate || !(fabs(n.f) < 0x1p126))
			return eval_wrong_type(ev, "a whole number's format", v);
		n.i = (__int128)n.f;
	}
	return format_int(ev, body, f, n.i);
}

static bool format_value(struct eval *ev, struct buf *b, const struct spec *f, struct value v,
			 bool truncate)
{
	struct buf body;
	struct str text;
	bool ok;

	eval_buf(ev, &body);
	if (f->type == 'r' || f->type == 'a')
		ok = repr_add(&body, v, eval_numbers(ev), ev->e) || eval_where(ev);
	else if (f->type == 's')
		ok = eval_add_str(ev, &body, v);
	else
		ok = format_number(ev, &body, f, v, truncate);
	if (!ok)
		return false;
	text = buf_str(&body);
	if (strchr("rsa", f->type) && f->precision >= 0)
		text = rune_slice(text, 0, (size_t)f->precision);
	pad(b, f, text, text.len > 0 && strchr("+- ", text.at[0]) ? 1 : 0);
	return true;
}

struct percent {
	struct value from; /* what stands right of % */
	size_t used;
	bool by_key;
};

static bool percent_next(struct eval *ev, struct percent *p, struct value *out)
{
	bool tuple = p->from.kind == VALUE_LIST && p->from.shape == SHAPE_TUPLE;

	if (p->used >= (tuple ? value_len(p->from) : 1))
		return eval_fail(ev, ERR_REMOTE, "the format asks for more values than there are");
	*out = tuple ? value_at(p->from, p->used) : p->from;
	p->used++;
	return true;
}

/* "(name)" after the percent sign. */
static bool percent_key(struct eval *ev, struct percent *p, struct str *rest, struct value *out)
{
	struct str key;

	cut_char(rest);
	if (!memchr(rest->at, ')', rest->len))
		return malformed(ev);
	key = str_cut(rest, ')');
	p->by_key = true;
	if (p->from.kind != VALUE_MAP)
		return eval_wrong_type(ev, "a format by names", p->from);
	*out = value_get(p->from, key);
	if (out->kind == VALUE_UNDEFINED)
		return eval_fail(ev, ERR_REMOTE, "the format names a value that is not there");
	return true;
}

static bool percent_spec(struct eval *ev, struct str *rest, struct spec *f)
{
	static const char flags[] = "-+ 0#";
	bool zero = false;

	*f = (struct spec){ .fill = STR(" "), .align = '>', .precision = -1 };
	while (rest->len > 0 && rest->at[0] && strchr(flags, rest->at[0])) {
		char c = cut_char(rest);

		if (c == '-')
			f->align = '<';
		if (c == '+' || (c == ' ' && !f->sign))
			f->sign = c;
		zero |= c == '0';
		f->alternate |= c == '#';
	}
	if (!cut_count(rest, &f->width))
		return malformed(ev);
	if (rest->len > 0 && rest->at[0] == '.') {
		cut_char(rest);
		if (!cut_count(rest, &f->precision))
			return malformed(ev);
		f->precision = f->precision < 0 ? 0 : f->precision;
	}
	f->type = cut_char(rest);
	if (!f->type || !strchr("diusraeEfFgGxXo%", f->type))
		return malformed(ev);
	f->type = f->type == 'i' || f->type == 'u' ? 'd' : f->type;
	if (zero && f->align == '>' && !strchr("sra", f->type)) {
		f->fill = STR("0");
		f->align = '=';
	}
	return true;
}

static bool percent_one(struct eval *ev, struct percent *p, struct str *rest, struct buf *b)
{
	struct value v = UNDEFINED;
	struct spec f;
	bool keyed = rest->len > 0 && rest->at[0] == '(';

	if (keyed && !percent_key(ev, p, rest, &v))
		return false;
	if (!percent_spec(ev, rest, &f))
		return false;
	if (f.type == '%') {
		buf_char(b, '%');
		return true;
	}
	if (!keyed && !percent_next(ev, p, &v))
		return false;
	return format_value(ev, b, &f, v, f.type == 'd');
}

bool op_percent(struct eval *ev, struct str text, struct value v, struct value *out)
{
	struct percent p = { .from = v };
	struct str rest = text;
	struct buf b;
	bool all;

	eval_buf(ev, &b);
	while (rest.len > 0) {
		struct str plain = str_cut(&rest, '%');

		buf_add(&b, plain);
		if (plain.at + plain.len == text.at + text.len)
			break;
		if (!percent_one(ev, &p, &rest, &b) || !eval_steps(ev, 1))
			return false;
	}
	all = p.by_key || v.kind == VALUE_MAP ||
	      (v.kind == VALUE_LIST && (v.shape != SHAPE_TUPLE || p.used == value_len(v))) ||
	      (v.kind != VALUE_LIST && p.used == 1);
	if (!all)
		return eval_fail(ev, ERR_REMOTE, "the format leaves values unused");
	return eval_text(ev, &b, out);
}

static bool is_align(char c)
{
	return c == '<' || c == '>' || c == '^' || c == '=';
}

/* [[fill]align][sign][#][0][width][,][.precision][type] */
static bool brace_spec(struct eval *ev, struct str s, bool number, struct spec *f)
{
	struct str after = s;

	*f = (struct spec){ .fill = STR(" "), .align = number ? '>' : '<', .precision = -1 };
	if (s.len > 0)
		rune_next(&after);
	if (after.len > 0 && is_align(after.at[0])) {
		f->fill = str_slice(s, 0, s.len - after.len);
		s = after;
	}
	if (s.len > 0 && is_align(s.at[0]))
		f->align = cut_char(&s);
	if (s.len > 0 && strchr("+- ", s.at[0])) {
		f->sign = cut_char(&s);
		f->sign = f->sign == '-' ? 0 : f->sign;
	}
	if (s.len > 0 && s.at[0] == '#')
		f->alternate = cut_char(&s);
	if (s.len > 0 && s.at[0] == '0') {
		f->fill = STR("0");
		f->align = '=';
	}
	if (!cut_count(&s, &f->width))
		return malformed(ev);
	if (s.len > 0 && s.at[0] == ',')
		f->comma = cut_char(&s);
	if (s.len > 0 && s.at[0] == '.') {
		cut_char(&s);
		if (!cut_count(&s, &f->precision) || f->precision < 0)
			return malformed(ev);
	}
	f->type = s.len > 0 ? cut_char(&s) : 0;
	if (s.len > 0 || (f->type && !strchr("sdeEfFgG%xXob", f->type)) ||
	    (f->align == '=' && !number))
		return malformed(ev);
	return true;
}

static bool brace_value(struct eval *ev, struct buf *b, struct str spec, struct value v)
{
	bool number = value_is_number(v);
	struct spec f;

	if (!brace_spec(ev, spec, number, &f))
		return false;
	if (!f.type && number && (f.comma || f.sign)) {
		if (number_of(v).class == NUMBER_FLOAT)
			return malformed(ev);
		f.type = 'd';
	}
	if (!f.type)
		f.type = 's';
	else if ((f.type == 's') == number)
		return malformed(ev);
	return format_value(ev, b, &f, v, false);
}

/* What stands between the braces: "", "0", ":>5", "1!r:>5" without the conversion. */
static bool brace_one(struct eval *ev, struct str field, size_t *next, const struct args *in,
		      struct buf *b)
{
	struct str which = str_cut(&field, ':');
	int64_t i = (int64_t)*next;

	if (which.len == 0)
		(*next)++;
	else if (!str_to_i64(which, &i))
		return malformed(ev);
	if (i < 0 || (uint64_t)i >= in->n)
		return eval_fail(ev, ERR_REMOTE, "the format asks for more values than there are");
	return brace_value(ev, b, field, in->at[i]);
}

bool op_format(struct eval *ev, struct str text, const struct args *in, struct value *out)
{
	struct buf b;
	size_t next = 0;

	eval_buf(ev, &b);
	while (text.len > 0) {
		char c = cut_char(&text);
		bool twice = text.len > 0 && text.at[0] == c;

		if ((c != '{' && c != '}') || twice) {
			buf_char(&b, c);
			if (c == '{' || c == '}')
				cut_char(&text);
			continue;
		}
		if (c == '}' || !text.len || !memchr(text.at, '}', text.len))
			return malformed(ev);
		if (!eval_steps(ev, 1) || !brace_one(ev, str_cut(&text, '}'), &next, in, &b))
			return false;
	}
	return eval_text(ev, &b, out);
}

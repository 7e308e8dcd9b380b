/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lex.c - the words inside {{ }} and {% %}.
 *
 * Follows Jinja2's own rules: names and numbers as in Python, a float needs digits on both sides of
 * its dot, "}}" closes only when no bracket is open.
 */
#include "expr/lex.h"
#include "expr/number.h"
#include "expr/rune.h"

#include <stdlib.h>

size_t lex_column(struct str text, size_t at)
{
	return rune_count(str_slice(text, 0, at)) + 1;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_name(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static char peek(const struct lexer *l, size_t ahead)
{
	return l->at + ahead < l->text.len ? l->text.at[l->at + ahead] : 0;
}

bool lex_plain_number(struct str text, char *out, size_t size)
{
	size_t n = 0;

	for (size_t i = 0; i < text.len; i++) {
		char c = text.at[i];

		if (c == '_')
			continue;
		if (n + 1 >= size)
			return false;
		out[n++] = c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
	}
	out[n] = 0;
	return true;
}

/* An underscore may only stand between two digits (or after the base's letter). */
static bool underscores_are_fine(struct str s, size_t from)
{
	for (size_t i = 0; i < s.len; i++) {
		if (s.at[i] != '_')
			continue;
		if (i < from || i + 1 == s.len || s.at[i + 1] == '_' || (i == 0))
			return false;
	}
	return true;
}

static bool digits_are_of(const char *s, int base)
{
	if (!*s)
		return false;
	for (; *s; s++) {
		int d = is_digit(*s) ? *s - '0' : *s >= 'a' && *s <= 'f' ? *s - 'a' + 10 : 99;

		if (d >= base)
			return false;
	}
	return true;
}

static bool superfluous_zero(const char *digits)
{
	return digits[0] == '0' && strspn(digits, "0") != strlen(digits);
}

bool lex_integer(struct arena *a, struct str text, struct value *out)
{
	char plain[LEX_NUMBER_MAX], *digits = plain;
	__int128 big = 0;
	int base = 10;

	if (!lex_plain_number(text, plain, sizeof(plain)))
		return false;
	if (plain[0] == '0' && plain[1] && strchr("xob", plain[1])) {
		base = plain[1] == 'x' ? 16 : plain[1] == 'o' ? 8 : 2;
		digits += 2;
	}
	if (!digits_are_of(digits, base) || !underscores_are_fine(text, base == 10 ? 1 : 2))
		return false;
	if (base == 10 && superfluous_zero(digits))
		return false;
	for (const char *p = digits; *p; p++) {
		int d = is_digit(*p) ? *p - '0' : *p - 'a' + 10;

		if (__builtin_mul_overflow(big, base, &big) ||
		    __builtin_add_overflow(big, d, &big)) {
			*out = (struct value){ .kind = VALUE_NUMBER,
					       .s = str_keep(a, str_from(digits)) };
			return base == 10;
		}
	}
	*out = number_value(a, big);
	return true;
}

static bool fail(const struct lexer *l, size_t at, const char *what, struct err *e)
{
	return err_set(e, ERR_CONFIG, "column %zu: %s", lex_column(l->text, at), what);
}

/* Digits with single underscores between them, from `ahead` on: how many bytes. */
static size_t digit_run(const struct lexer *l, size_t ahead)
{
	size_t n = ahead;

	while (is_digit(peek(l, n)) || (peek(l, n) == '_' && n > ahead && is_digit(peek(l, n + 1))))
		n++;
	return n - ahead;
}

/* Bytes of ".5", "e10", ".5e-3" after `ahead`, or 0. */
static size_t fraction_run(const struct lexer *l, size_t ahead)
{
	size_t n = ahead, m;

	if (peek(l, n) == '.' && digit_run(l, n + 1) > 0)
		n += 1 + digit_run(l, n + 1);
	if (peek(l, n) == 'e' || peek(l, n) == 'E') {
		m = n + 1 + (peek(l, n + 1) == '+' || peek(l, n + 1) == '-');
		if (digit_run(l, m) > 0)
			n = m + digit_run(l, m);
	}
	return n - ahead;
}

static bool lex_number(struct lexer *l, struct token *t, struct err *e)
{
	char plain[LEX_NUMBER_MAX];
	size_t n = 0, fraction = 0;
	char base = peek(l, 1);

	if (peek(l, 0) == '0' && base && strchr("xXoObB", base)) {
		n = 2;
		while (is_name(peek(l, n)))
			n++;
	} else {
		n = digit_run(l, 0);
		fraction = l->dotted ? 0 : fraction_run(l, n);
	}
	t->text = str_slice(l->text, l->at, l->at + n + fraction);
	t->kind = TOKEN_NUMBER;
	if (fraction > 0) {
		if (!lex_plain_number(t->text, plain, sizeof(plain)))
			return fail(l, t->at, "the number is too long", e);
		t->value = value_float(strtod(plain, NULL));
	} else if (!lex_integer(l->a, t->text, &t->value)) {
		return fail(l, t->at, "not a number as Jinja writes them", e);
	}
	l->at += t->text.len;
	if (is_name(peek(l, 0)))
		return fail(l, l->at, "a number runs into a name", e);
	return true;
}

static bool lex_text(struct lexer *l, struct token *t, struct err *e)
{
	char quote = peek(l, 0);
	struct str rest = str_slice(l->text, l->at + 1, l->text.len);
	struct buf b;

	buf_in(&b, l->a, l->text.len * 4 + 64);
	while (rest.len > 0 && rest.at[0] != quote) {
		char c = rest.at[0];

		rest = str_slice(rest, 1, rest.len);
		if (c != '\\')
			buf_char(&b, c);
		else if (!rune_escape(&rest, false, &b))
			return fail(l, l->text.len - rest.len, "the escape is not known", e);
	}
	if (rest.len == 0)
		return fail(l, t->at, "the text has no closing quote", e);
	assert(!b.failed);
	t->kind = TOKEN_TEXT;
	t->value = value_str(buf_str(&b));
	l->at = l->text.len - rest.len + 1;
	t->text = str_slice(l->text, t->at, l->at);
	return true;
}

/* "}}", "-}}", "+%}", … when no bracket is open. */
static size_t closing_length(const struct lexer *l)
{
	size_t sign = peek(l, 0) == '-' || (l->close == '%' && peek(l, 0) == '+');

	if (l->open > 0 || peek(l, sign) != l->close || peek(l, sign + 1) != '}')
		return 0;
	return sign + 2;
}

static bool lex_operator(struct lexer *l, struct token *t, struct err *e)
{
	static const char *const ops[] = { "//", "**", "==", "!=", "<=", ">=", "+", "-", "*",
					   "/",  "%",  "~",  "<",  ">",  "(",  ")", "[", "]",
					   "{",  "}",  ".",  ",",  ":",  "|",  "=" };
	struct str rest = str_slice(l->text, l->at, l->text.len);

	for (size_t i = 0; i < COUNT(ops); i++) {
		struct str op = str_from(ops[i]);

		if (!str_starts(rest, op))
			continue;
		t->kind = TOKEN_OP;
		t->text = str_slice(rest, 0, op.len);
		l->at += op.len;
		if (op.len == 1 && strchr("([{", op.at[0]))
			l->open++;
		if (op.len == 1 && strchr(")]}", op.at[0]) && l->open-- == 0)
			return fail(l, t->at, "a closing bracket without its opening one", e);
		return true;
	}
	return fail(l, t->at, "a character that no expression knows", e);
}

bool lex_next(struct lexer *l, struct token *out, struct err *e)
{
	struct token t = { .kind = TOKEN_END };
	size_t closing;
	bool ok = true;

	while (peek(l, 0) == ' ' || (peek(l, 0) >= '\t' && peek(l, 0) <= '\r'))
		l->at++;
	t.at = l->at;
	closing = closing_length(l);
	if (l->at == l->text.len)
		return fail(l, l->at, "the expression is not closed", e);
	if (closing > 0) {
		t.text = str_slice(l->text, l->at, l->at + closing);
		l->at += closing;
	} else if (is_digit(peek(l, 0))) {
		ok = lex_number(l, &t, e);
	} else if (is_name(peek(l, 0))) {
		t.kind = TOKEN_NAME;
		while (is_name(peek(l, 0)))
			l->at++;
		t.text = str_slice(l->text, t.at, l->at);
	} else if (peek(l, 0) == '\'' || peek(l, 0) == '"') {
		ok = lex_text(l, &t, e);
	} else {
		ok = lex_operator(l, &t, e);
	}
	if (!ok)
		return false;
	l->dotted = t.kind == TOKEN_OP && str_eq(t.text, STR("."));
	*out = t;
	return true;
}

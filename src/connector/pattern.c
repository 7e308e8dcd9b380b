/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pattern.c - Python's regular expressions in the words of POSIX.
 */
#include "connector/pattern.h"

#include "base/buf.h"

#include <ctype.h>
#include <regex.h>

#define PATTERN_GROWTH 20 /* what an escape becomes, over what it was */

struct translation {
	struct arena *arena;
	struct str from;
	size_t at;
	struct buf out;
	size_t repeats; /* the product of all counts in braces */
	struct err *e;
};

static const struct escape {
	char letter;
	const char *outside, *inside; /* of brackets; NULL: cannot be said */
} escapes[] = {
	{ 'd', "[0-9]", "0-9" },
	{ 'D', "[^0-9]", NULL },
	{ 'w', "[[:alnum:]_]", "[:alnum:]_" },
	{ 'W', "[^[:alnum:]_]", NULL },
	{ 's', "[[:space:]]", "[:space:]" },
	{ 'S', "[^[:space:]]", NULL },
	{ 'A', "^", NULL },
	{ 'Z', "$", NULL },
	{ 'b', "\\b", NULL },
	{ 'n', "\n", "\n" },
	{ 't', "\t", "\t" },
	{ 'r', "\r", "\r" },
};

static bool refuse(struct translation *t, const char *what)
{
	return err_set(t->e, ERR_CONFIG, "column %zu of the pattern: %s", t->at + 1, what);
}

static const struct escape *escape_of(char c)
{
	for (size_t i = 0; i < COUNT(escapes); i++)
		if (escapes[i].letter == c)
			return &escapes[i];
	return NULL;
}

/* The character behind the next one, or NUL. */
static char peek(const struct translation *t, size_t ahead)
{
	return t->at + ahead < t->from.len ? t->from.at[t->at + ahead] : 0;
}

/* At a backslash outside of brackets. */
static bool escape_outside(struct translation *t)
{
	char c = peek(t, 1);
	const struct escape *known = escape_of(c);

	if (known)
		buf_add(&t->out, str_from(known->outside));
	else if (c == 0 || isalnum((unsigned char)c) || (unsigned char)c >= 0x80)
		return refuse(t, "this escape is not supported");
	else if (strchr(".[]{}()\\*+?|^$", c))
		buf_printf(&t->out, "\\%c", c);
	else
		buf_char(&t->out, c);
	t->at += 2;
	return true;
}

/* What a bracket holds: POSIX wants ']' first, '^' not first and '-' last. */
struct bracket {
	struct buf rest;
	bool closing, caret, dash;
};

static bool bracket_escape(struct translation *t, struct bracket *b)
{
	char c = peek(t, 1);
	const struct escape *known = escape_of(c);

	if (known && !known->inside)
		return refuse(t, "this escape cannot stand in brackets");
	if (!known && (c == 0 || isalnum((unsigned char)c) || (unsigned char)c >= 0x80))
		return refuse(t, "this escape is not supported");
	if (known)
		buf_add(&b->rest, str_from(known->inside));
	else if (c == ']')
		b->closing = true;
	else if (c == '^')
		b->caret = true;
	else if (c == '-')
		b->dash = true;
	else
		buf_char(&b->rest, c);
	t->at += 2;
	return true;
}

static bool bracket_char(struct translation *t, struct bracket *b)
{
	char c = peek(t, 0);

	if (c == '\\')
		return bracket_escape(t, b);
	if (c == '[' && strchr(":.=", peek(t, 1)) && peek(t, 1))
		return refuse(t, "a class like [:alpha:] is not Python's");
	if (c == '-' && (b->rest.len == 0 || peek(t, 1) == ']'))
		b->dash = true;
	else if (c == '^' && b->rest.len == 0)
		b->caret = true;
	else
		buf_char(&b->rest, c);
	t->at++;
	return true;
}

static bool bracket(struct translation *t)
{
	struct bracket b = { .closing = false };
	bool negated = peek(t, 1) == '^';

	buf_in(&b.rest, t->arena, PATTERN_BYTES_MAX * PATTERN_GROWTH);
	t->at += negated ? 2 : 1;
	if (peek(t, 0) == ']') {
		b.closing = true;
		t->at++;
	}
	while (peek(t, 0) && peek(t, 0) != ']')
		if (!bracket_char(t, &b))
			return false;
	if (!peek(t, 0))
		return refuse(t, "a bracket is not closed");
	t->at++;
	buf_printf(&t->out, "[%s%s%.*s%s%s]", negated ? "^" : "", b.closing ? "]" : "",
		   STR_ARG(buf_str(&b.rest)), b.caret ? "^" : "", b.dash ? "-" : "");
	return true;
}

/* regcomp() unrolls counts, and counts of counts: a short pattern could fill the memory. */
static bool count_repeats(struct translation *t)
{
	size_t most = 1, n = 0;

	for (size_t i = 1; peek(t, i) && peek(t, i) != '}'; i++) {
		char c = peek(t, i);

		n = c >= '0' && c <= '9' && n <= PATTERN_REPEATS_MAX ? n * 10 + (size_t)(c - '0')
								     : 0;
		most = n > most ? n : most;
	}
	t->repeats *= most;
	return t->repeats <= PATTERN_REPEATS_MAX || refuse(t, "too many repetitions");
}

static bool plain(struct translation *t)
{
	char c = peek(t, 0);

	if (c == '(' && peek(t, 1) == '?')
		return refuse(t, "groups with '(?' are not supported");
	if (strchr("*+?}", c) && (peek(t, 1) == '?' || peek(t, 1) == '+'))
		return refuse(t, "only plain repetition is supported");
	if (c == '{' && !count_repeats(t))
		return false;
	buf_char(&t->out, c);
	t->at++;
	return true;
}

static bool translate(struct translation *t)
{
	while (t->at < t->from.len) {
		char c = peek(t, 0);
		bool ok = c == '\\' ? escape_outside(t) : c == '[' ? bracket(t) : plain(t);

		if (!ok)
			return false;
	}
	return true;
}

bool pattern_translate(struct arena *a, struct str python, struct str *posix, struct err *e)
{
	struct translation t = { .arena = a, .from = python, .repeats = 1, .e = e };
	struct str text;
	regex_t compiled;
	char says[100];
	int code;

	if (python.len > PATTERN_BYTES_MAX || memchr(python.at, 0, python.len))
		return err_set(e, ERR_CONFIG, "the pattern is longer than %d bytes",
			       PATTERN_BYTES_MAX);
	buf_in(&t.out, a, PATTERN_BYTES_MAX * PATTERN_GROWTH);
	if (!translate(&t))
		return false;
	text = str_keep(a, buf_str(&t.out));
	code = regcomp(&compiled, text.at, REG_EXTENDED);
	if (code != 0) {
		regerror(code, &compiled, says, sizeof(says));
		return err_set(e, ERR_CONFIG, "the pattern does not compile: %s", says);
	}
	regfree(&compiled);
	*posix = text;
	return true;
}

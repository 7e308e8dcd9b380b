/* SPDX-License-Identifier: Apache-2.0 */
/*
 * err.c - fills and wraps struct err.
 *
 * The text is always NUL-terminated and valid UTF-8 is kept whole where it is cut.
 */
#include "base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Ends the text with "..." without leaving half a UTF-8 sequence before it. */
static void mark_cut(char *text, size_t size)
{
	size_t at = size - 4;

	while (at > 0 && ((unsigned char)text[at] & 0xC0) == 0x80)
		at--;
	memcpy(text + at, "...", 4);
}

bool err_set(struct err *e, enum err_kind kind, const char *fmt, ...)
{
	va_list ap;
	int n;

	e->kind = kind;
	va_start(ap, fmt);
	n = vsnprintf(e->text, sizeof(e->text), fmt, ap);
	va_end(ap);
	if (n >= (int)sizeof(e->text))
		mark_cut(e->text, sizeof(e->text));
	return false;
}

bool err_wrap(struct err *e, const char *fmt, ...)
{
	char inner[sizeof(e->text)];
	va_list ap;
	int n, m;

	memcpy(inner, e->text, sizeof(inner));
	va_start(ap, fmt);
	n = vsnprintf(e->text, sizeof(e->text), fmt, ap);
	va_end(ap);
	if (n >= (int)sizeof(e->text))
		n = (int)sizeof(e->text) - 1;
	m = snprintf(e->text + n, sizeof(e->text) - (size_t)n, ": %s", inner);
	if (n + m >= (int)sizeof(e->text))
		mark_cut(e->text, sizeof(e->text));
	return false;
}

const char *err_kind_name(enum err_kind kind)
{
	static const char *const name[] = {
		[ERR_NONE] = "none",       [ERR_CONFIG] = "config",       [ERR_AUTH] = "auth",
		[ERR_REMOTE] = "remote",   [ERR_TRANSIENT] = "transient", [ERR_STORE] = "store",
		[ERR_LIMIT] = "limit",     [ERR_CANCELLED] = "cancelled", [ERR_BUSY] = "busy",
		[ERR_MISSING] = "missing", [ERR_FENCED] = "fenced",       [ERR_USAGE] = "usage",
	};

	assert((size_t)kind < COUNT(name));
	return name[kind];
}

/* SPDX-License-Identifier: Apache-2.0 */
/* log.c - formats a line, makes it harmless and writes it with one write(2). */
#include "base/log.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>

static atomic_int level = LOG_INFO;

void log_set_level(enum log_level l)
{
	atomic_store(&level, (int)l);
}

enum log_level log_level_now(void)
{
	return (enum log_level)atomic_load(&level);
}

static void harmless(char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)text[i] < 0x20 || text[i] == 0x7F)
			text[i] = ' ';
}

PRINTF(3, 0)
static void line(enum log_level l, const char *word, const char *fmt, va_list ap)
{
	char text[LOG_LINE_MAX];
	size_t n;
	int m;

	if ((int)l > atomic_load(&level))
		return;
	n = (size_t)snprintf(text, sizeof(text), "lockstep: %s", word);
	m = vsnprintf(text + n, sizeof(text) - n, fmt, ap);
	n += m > 0 ? (size_t)m : 0;
	if (n > sizeof(text) - 2)
		n = sizeof(text) - 2;
	harmless(text, n);
	text[n++] = '\n';
	if (write(STDERR_FILENO, text, n) < 0)
		return; /* nobody left to tell */
}

#define LOG_AT(name, l, word)           \
	void name(const char *fmt, ...) \
	{                               \
		va_list ap;             \
                                        \
		va_start(ap, fmt);      \
		line(l, word, fmt, ap); \
		va_end(ap);             \
	}

LOG_AT(log_error, LOG_ERROR, "error: ")
LOG_AT(log_warn, LOG_WARN, "warning: ")
LOG_AT(log_info, LOG_INFO, "")
LOG_AT(log_debug, LOG_DEBUG, "debug: ")

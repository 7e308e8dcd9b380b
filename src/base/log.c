/* SPDX-License-Identifier: Apache-2.0 */
/* log.c - formats a line, makes it harmless and writes it with one write(2). */
#include "base/log.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static atomic_int level = LOG_INFO;
static atomic_int format = LOG_TEXT;
static _Thread_local const char *context_kind;
static _Thread_local char context_id[LOG_CONTEXT_MAX];

static const char *const level_word[] = {
	[LOG_QUIET] = "", [LOG_ERROR] = "error", [LOG_WARN] = "warning",
	[LOG_INFO] = "",  [LOG_DEBUG] = "debug",
};

void log_set_level(enum log_level l)
{
	atomic_store(&level, (int)l);
}

void log_set_format(enum log_format f)
{
	atomic_store(&format, (int)f);
}

void log_set_context(const char *kind, const char *id)
{
	context_kind = kind;
	snprintf(context_id, sizeof(context_id), "%s", kind && id ? id : "");
}

static void harmless(char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)text[i] < 0x20 || text[i] == 0x7F)
			text[i] = ' ';
}

/* A line as it grows; what does not fit before `room` is left out. */
struct line {
	char at[2 * LOG_LINE_MAX];
	size_t len, room;
};

static void line_add(struct line *l, const char *text, size_t n)
{
	n = n < l->room - l->len ? n : l->room - l->len;
	memcpy(l->at + l->len, text, n);
	l->len += n;
}

static void line_word(struct line *l, const char *text)
{
	line_add(l, text, strlen(text));
}

/* The inside of a JSON string.  Control characters are gone already. */
static void line_quoted(struct line *l, const char *text)
{
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			line_add(l, "\\", 1);
		line_add(l, text, 1);
	}
}

static void line_text(struct line *l, enum log_level at, const char *message)
{
	line_word(l, "lockstep: ");
	if (*level_word[at]) {
		line_word(l, level_word[at]);
		line_word(l, ": ");
	}
	line_word(l, message);
	if (context_kind) {
		line_word(l, " (");
		line_word(l, context_kind);
		line_word(l, " ");
		line_word(l, context_id);
		line_word(l, ")");
	}
}

static void line_json(struct line *l, enum log_level at, const char *message)
{
	char when[64];
	struct timespec now;
	struct tm tm;

	clock_gettime(CLOCK_REALTIME, &now);
	gmtime_r(&now.tv_sec, &tm);
	snprintf(when, sizeof(when), "{\"at\":\"%04d-%02d-%02dT%02d:%02d:%02d.%03dZ\"",
		 tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec,
		 (int)(now.tv_nsec / 1000000));
	line_word(l, when);
	line_word(l, ",\"level\":\"");
	line_word(l, at == LOG_INFO ? "info" : level_word[at]);
	line_word(l, "\",\"message\":\"");
	line_quoted(l, message);
	if (context_kind) {
		line_word(l, "\",\"");
		line_word(l, context_kind);
		line_word(l, "\":\"");
		line_quoted(l, context_id);
	}
	line_word(l, "\"}");
}

PRINTF(2, 0)
static void line(enum log_level at, const char *fmt, va_list ap)
{
	char message[LOG_LINE_MAX - 256];
	struct line l = { .room = LOG_LINE_MAX - 1 };
	int n;

	if ((int)at > atomic_load(&level))
		return;
	n = vsnprintf(message, sizeof(message), fmt, ap);
	if (n < 0)
		return;
	harmless(message, strlen(message));
	if (atomic_load(&format) == LOG_JSON) {
		/* Quoting may double the text, and a line cut in the middle is not JSON. */
		l.room = sizeof(l.at) - 1;
		line_json(&l, at, message);
	} else {
		line_text(&l, at, message);
		harmless(l.at, l.len);
	}
	l.at[l.len++] = '\n';
	if (write(STDERR_FILENO, l.at, l.len) < 0)
		return; /* nobody left to tell */
}

#define LOG_AT(name, l)                 \
	void name(const char *fmt, ...) \
	{                               \
		va_list ap;             \
                                        \
		va_start(ap, fmt);      \
		line(l, fmt, ap);       \
		va_end(ap);             \
	}

LOG_AT(log_error, LOG_ERROR)
LOG_AT(log_warn, LOG_WARN)
LOG_AT(log_info, LOG_INFO)
LOG_AT(log_debug, LOG_DEBUG)

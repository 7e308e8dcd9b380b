/* SPDX-License-Identifier: Apache-2.0 */
/*
 * log.h - what the edges say on standard error, one line each.
 *
 * Only the edges log: the job runner, an HTTP handler, a command.  Everyone between returns a
 * struct err.  A line is cut at LOG_LINE_MAX; control characters in it are replaced, so that a
 * vendor's text cannot forge a line.  Never pass a secret or a person's data.
 */
#ifndef LOG_H
#define LOG_H

#include "base/base.h"

#define LOG_LINE_MAX 2048
#define LOG_CONTEXT_MAX 80

enum log_level { LOG_QUIET, LOG_ERROR, LOG_WARN, LOG_INFO, LOG_DEBUG };

/* TEXT: "lockstep: warning: what happened (request 4f0c…)".
 * JSON: {"at":"2026-11-25T21:00:00.123Z","level":"warning","message":"what happened",
 *        "request":"4f0c…"} */
enum log_format { LOG_TEXT, LOG_JSON };

void log_set_level(enum log_level level);
void log_set_format(enum log_format format);

/*
 * What this thread works on from now on: each of its lines names it.  `kind` is a literal
 * ("request", "job"); `id` is copied and cut at LOG_CONTEXT_MAX.  kind NULL: nothing any more.
 */
void log_set_context(const char *kind, const char *id);

void log_error(const char *fmt, ...) PRINTF(1, 2);
void log_warn(const char *fmt, ...) PRINTF(1, 2);
void log_info(const char *fmt, ...) PRINTF(1, 2);
void log_debug(const char *fmt, ...) PRINTF(1, 2);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * err.h - how a function says no.
 *
 * A function that can fail returns bool (or a pointer) and takes a
 * `struct err *e` as its last parameter.  The rule has two halves:
 *
 *   - false (or NULL) is returned  <=>  *e has been filled;
 *   - on false, no other out-parameter has been touched.
 *
 * The caller owns the struct, usually on its stack, so an error needs no
 * allocation and no free.  The kind is for code to decide on (retry? stop?);
 * the text is for a person.  Only the edges - the job runner, an HTTP
 * handler, a CLI command - log it; everyone between adds context and returns.
 */
#ifndef ERR_H
#define ERR_H

#include "base/base.h"

enum err_kind {
	ERR_NONE,
	ERR_CONFIG,    /* the connector or config file is wrong: a person must edit it */
	ERR_AUTH,      /* credentials refused: a person must renew them */
	ERR_REMOTE,    /* the far end answered and said no: retrying will not help */
	ERR_TRANSIENT, /* timeout, 429, 5xx, connection reset: worth another try */
	ERR_STORE,     /* the database refused a write */
	ERR_LIMIT,     /* an input was larger than we agreed to hold */
	ERR_CANCELLED, /* we were asked to stop */
	ERR_BUSY,      /* somebody else holds what we need: try later */
	ERR_MISSING,   /* the named thing does not exist */
	ERR_FENCED,    /* our lease was taken over: what we hold may no longer be written */
	ERR_USAGE,     /* the command line or request is malformed */
};

struct err {
	enum err_kind kind;
	char text[512]; /* always NUL-terminated; cut with "..." when too long */
};

/* Fills *e and returns false, so that a failure is one line at its source. */
bool err_set(struct err *e, enum err_kind kind, const char *fmt, ...) PRINTF(3, 4);

/* Puts "<context>: " before the text and returns false.  Keeps the kind. */
bool err_wrap(struct err *e, const char *fmt, ...) PRINTF(2, 3);

/* "config", "auth", …: stable lower-case words for logs, JSON and the run log. */
const char *err_kind_name(enum err_kind kind);

#endif

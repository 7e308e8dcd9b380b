/* SPDX-License-Identifier: Apache-2.0 */
/*
 * json.h - JSON text to values and back, every digit kept (yyjson below).
 *
 * What is read lives as long as the arena and borrows nothing from `text`.
 */
#ifndef JSON_H
#define JSON_H

#include "base/err.h"
#include "data/value.h"

/*
 * Parses one JSON text (RFC 8259; a leading UTF-8 byte order mark is skipped).  ERR_REMOTE with
 * line and column when it is not JSON, ERR_LIMIT when nested deeper than VALUE_DEPTH_MAX.  A
 * message never quotes the text: it may hold a secret or a person's data.
 *
 * Vendors do send what RFC 8259 forbids inside strings: invalid UTF-8 and lone surrogates (\ud83d).
 * Each such sequence is read as U+FFFD and counted in *repaired (may be NULL), so that one spoilt
 * name does not lose a page; the caller reports it.
 */
MUST_CHECK bool json_parse(struct arena *a, struct str text, struct value *out, size_t *repaired,
			   struct err *e);

/* The same for a text that may be missing or broken: UNDEFINED then. */
struct value json_value(struct arena *a, struct str text);

/* Whether an object anywhere in `v`, as json_parse() read it, had two members of one name: what
 * signs and what checks may take different ones. */
bool json_has_duplicates(struct value v);

/*
 * Appends `v` as JSON: numbers digit by digit as received, floats in their shortest exact form,
 * times as RFC 3339 text, members in order, no white space.  UNDEFINED is null.  False (ERR_LIMIT)
 * when nested too deeply or the buf is full.
 */
MUST_CHECK bool json_write(struct buf *b, struct value v, struct err *e);

/* As json_write(), into `a`, two spaces of indentation. */
MUST_CHECK bool json_pretty(struct arena *a, struct value v, struct str *out, struct err *e);

/* Appends `s` as a JSON string with its quotes. */
void json_write_str(struct buf *b, struct str s);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * error_print.h - which errors are the same one: a text without what changes each time.  Pure.
 *
 * "record 17 of 'contacts': HTTP 500" and "record 4 of 'tasks': HTTP 500" are one trouble.  The
 * status after "HTTP" is part of what it is; other numbers, ids, times, addresses and whatever
 * stands in quotes are not.
 */
#ifndef ERROR_PRINT_H
#define ERROR_PRINT_H

#include "base/buf.h"

#define ERROR_TITLE_MAX 240
#define ERROR_PRINT_SIZE 17 /* 16 hex digits and a NUL */

/* Appends the text without what changes, at most ERROR_TITLE_MAX bytes of it. */
void error_title(struct buf *b, struct str text);

/* Of a kind's word and its code (may be empty), and a title. */
uint64_t error_hash(struct str kind, struct str code, struct str title);
/* As it is shown and asked for: "0f3c…". */
void error_print(uint64_t hash, char out[ERROR_PRINT_SIZE]);
/* False when it is none. */
bool error_print_parse(struct str text, uint64_t *hash);

#endif

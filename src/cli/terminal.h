/* SPDX-License-Identifier: Apache-2.0 */
/*
 * terminal.h - what a person sees while a command works: one line that is drawn over again.
 *
 * Only where standard error is a terminal and TERM is not "dumb"; colours obey NO_COLOR.
 */
#ifndef TERMINAL_H
#define TERMINAL_H

#include "base/str.h"

bool terminal_is(int fd);

/* Draws `text` over the line that is there, cut to the terminal's width.  Nothing elsewhere. */
void terminal_draw(const char *text);

/* Removes the drawn line, so that other text may follow. */
void terminal_clear(void);

enum tint { TINT_GOOD, TINT_WARN, TINT_BAD, TINT_DIM, TINT_BOLD };

/* The text in a colour when `fd` is a terminal, else as it is. */
struct str terminal_tint(struct arena *a, int fd, enum tint t, struct str text);

/* "11,193" */
struct str grouped_text(struct arena *a, int64_t n);

/* "842 B", "3.2 MB" */
struct str bytes_text(struct arena *a, int64_t n);

/* Local-time free, for lists: "2026-11-21 02:00:05" UTC, or "-" for 0. */
struct str wall_text(struct arena *a, int64_t wall_ms);

/* A table of texts with columns as wide as they need; numbers (columns in `right`) to the right. */
struct sheet;
struct sheet *sheet_new(struct arena *a, const char *const *head, size_t columns, uint32_t right);
void sheet_add(struct sheet *s, const struct str *cell);
void sheet_print(const struct sheet *s);

#endif

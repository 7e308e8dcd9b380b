/* SPDX-License-Identifier: Apache-2.0 */
/*
 * option.h - command lines by tables: a row is name, argument, help and where the value goes.
 */
#ifndef OPTION_H
#define OPTION_H

#include "base/buf.h"
#include "base/err.h"

enum option_kind { OPTION_NUMBER, OPTION_TEXT, OPTION_FLAG, OPTION_LIST };

/* Where the row's value goes: int64_t, const char *, bool, struct option_list. */
#define OPTION_LIST_MAX 16
struct option_list {
	const char *at[OPTION_LIST_MAX];
	size_t n;
};

struct option_row {
	const char *name, *argument, *about;
	enum option_kind kind;
	size_t offset;
};

/* Rows, and the struct that their offsets are in. */
struct option_table {
	const struct option_row *rows;
	size_t n;
	void *into;
};

/* `--name value` or `--name=value`, in any of the `n` tables.  ERR_USAGE. */
MUST_CHECK bool options_read(const struct option_table *tables, size_t n, int argc, char **argv,
			     struct err *e);

/* Each option with its meaning, one a line. */
void options_list(const struct option_table *table, struct buf *b);

#endif

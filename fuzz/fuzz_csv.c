/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_csv.c - a vendor's texts in a file for a spreadsheet: as many cells as were given, whoever
 * reads it, and no formula, wherever it parts cells.
 *
 * A NUL parts one cell from the next.
 */
#include "service/csv.h"

#include <stdlib.h>

#define CELLS_MAX 8
#define INPUT_BYTES_MAX ((size_t)1 << 14)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool true_always)
{
	if (!true_always)
		abort();
}

/* By RFC 4180: what is quoted parts nothing. */
static size_t count_cells(struct str row)
{
	bool quoted = false;
	size_t n = 1;

	for (size_t i = 0; i + 2 < row.len; i++) {
		quoted ^= row.at[i] == '"';
		n += !quoted && row.at[i] == ',';
		must(quoted || (row.at[i] != '\r' && row.at[i] != '\n'));
	}
	must(!quoted);
	return n;
}

/* By who parts cells elsewhere and sees no quotes but at the beginning of one. */
static void must_hold_no_formula(struct str row)
{
	for (size_t i = 0; i < row.len; i++) {
		bool begins = i == 0 || memchr(";\t\r\n", row.at[i - 1], 4);

		must(!begins || !memchr("=+-@", row.at[i], 4));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str rest = { (const char *)data, size }, cell[CELLS_MAX], row;
	AUTO_BUF b = { 0 };
	size_t n = 0;

	if (size == 0 || size > INPUT_BYTES_MAX)
		return 0;
	while (n < CELLS_MAX && (rest.len || n == 0))
		cell[n++] = str_cut(&rest, '\0');
	buf_init(&b, 4 * INPUT_BYTES_MAX);
	csv_row(&b, cell, n);
	row = buf_str(&b);
	must(str_ends(row, STR("\r\n")));
	must(count_cells(row) == n);
	must_hold_no_formula(row);
	return 0;
}

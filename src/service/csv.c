/* SPDX-License-Identifier: Apache-2.0 */
/* csv.c - a row of a CSV file that a spreadsheet takes for text. */
#include "service/csv.h"

static bool begins_formula(struct str cell)
{
	return cell.len > 0 && memchr("=+-@\t\r", cell.at[0], 6);
}

static bool wants_quotes(struct str cell)
{
	for (size_t i = 0; i < cell.len; i++)
		if (memchr("\",\r\n", cell.at[i], 4))
			return true;
	return false;
}

static void add_cell(struct buf *b, struct str cell)
{
	bool quoted = wants_quotes(cell);

	if (quoted)
		buf_char(b, '"');
	if (begins_formula(cell))
		buf_char(b, '\'');
	for (size_t i = 0; i < cell.len; i++) {
		if (cell.at[i] == '"')
			buf_char(b, '"');
		buf_char(b, cell.at[i]);
	}
	if (quoted)
		buf_char(b, '"');
}

void csv_row(struct buf *b, const struct str *cell, size_t cells)
{
	for (size_t i = 0; i < cells; i++) {
		if (i)
			buf_char(b, ',');
		add_cell(b, cell[i]);
	}
	buf_add(b, STR("\r\n"));
}

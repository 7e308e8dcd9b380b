/* SPDX-License-Identifier: Apache-2.0 */
/* csv.c - a row of a CSV file that a spreadsheet takes for text. */
#include "service/csv.h"

/* "=", "+", "-", "@", also as wide ones, which are the same to some spreadsheets. */
static bool is_sign(struct str rest)
{
	static const char *const wide[] = { "\xEF\xBC\x9D", "\xEF\xBC\x8B", "\xEF\xBC\x8D",
					    "\xEF\xBC\xA0" };

	for (size_t i = 0; i < COUNT(wide); i++)
		if (str_starts(rest, str_from(wide[i])))
			return true;
	return rest.len > 0 && memchr("=+-@", rest.at[0], 4);
}

/* Where a spreadsheet may begin a cell: also behind a semicolon or a tab, for where those part
 * cells, quotes behind a comma are not seen. */
static bool begins_formula(struct str cell, size_t at)
{
	struct str rest = str_slice(cell, at, cell.len);

	if (at == 0)
		return is_sign(rest) || memchr("\t\r\n", rest.at[0], 3);
	return memchr(";\t\r\n", cell.at[at - 1], 4) && is_sign(rest);
}

static bool wants_quotes(struct str cell)
{
	for (size_t i = 0; i < cell.len; i++)
		if (memchr("\",;\t\r\n", cell.at[i], 6))
			return true;
	return false;
}

static void add_cell(struct buf *b, struct str cell)
{
	bool quoted = wants_quotes(cell);

	if (quoted)
		buf_char(b, '"');
	for (size_t i = 0; i < cell.len; i++) {
		if (begins_formula(cell, i))
			buf_char(b, '\'');
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

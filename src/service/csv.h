/* SPDX-License-Identifier: Apache-2.0 */
/*
 * csv.h - a row of a CSV file (RFC 4180) that a spreadsheet takes for text.
 *
 * A cell that begins with = + - @, a tab or a carriage return would be a formula there: it gets an
 * apostrophe before it.
 */
#ifndef CSV_H
#define CSV_H

#include "base/buf.h"

void csv_row(struct buf *b, const struct str *cell, size_t cells);

#endif

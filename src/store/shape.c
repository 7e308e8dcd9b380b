/* SPDX-License-Identifier: Apache-2.0 */
/* shape.c - what a database has under a table's name. */
#include "store/shape.h"

static bool same_index(const struct db_result *r, size_t i, size_t j)
{
	return value_eq(db_cell(r, i, 0), db_cell(r, j, 0));
}

void shape_set_uniques(struct arena *a, struct table_shape *s, const struct db_result *r)
{
	s->unique = arena_new_array(a, struct shape_unique, r->rows + 1);
	for (size_t i = 0, next; i < r->rows; i = next) {
		struct shape_unique *u = &s->unique[s->uniques];

		for (next = i; next < r->rows && same_index(r, i, next); next++)
			if (next - i < TABLE_KEYS_MAX)
				u->column[next - i] = db_cell(r, next, 1).s;
		u->columns = next - i;
		s->uniques += u->columns <= TABLE_KEYS_MAX;
	}
}

const struct shape_column *shape_find(const struct table_shape *s, struct str column)
{
	for (size_t i = 0; i < s->columns; i++)
		if (str_eq(s->column[i].name, column))
			return &s->column[i];
	return NULL;
}

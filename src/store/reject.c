/* SPDX-License-Identifier: Apache-2.0 */
/* reject.c - how a row is refused: codes, their sentences, and which column it was. */
#include "store/reject.h"

static const struct {
	struct str code, says;
} rejects[] = {
	[REJECT_NOT_NULL] = { STR("not_null"), STR("the column may not be empty") },
	[REJECT_UNIQUE] = { STR("unique"), STR("another row already has this value") },
	[REJECT_FOREIGN_KEY] = { STR("foreign_key"),
				 STR("the row it refers to is not in the database") },
	[REJECT_CHECK] = { STR("check"), STR("the table's check does not allow this value") },
	[REJECT_TOO_LONG] = { STR("too_long"), STR("the value is longer than the column") },
	[REJECT_TYPE] = { STR("type"), STR("the value does not fit the column's type") },
	[REJECT_OTHER] = { STR("other"), STR("the database refused the row") },
};

struct row_result reject_result(enum reject why, struct str column)
{
	assert((size_t)why < COUNT(rejects));
	return (struct row_result){ .outcome = ROW_REJECTED,
				    .column = column,
				    .code = rejects[why].code,
				    .says = rejects[why].says };
}

static bool is_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

static bool holds_name(struct str text, struct str name)
{
	for (size_t i = 0; i + name.len <= text.len; i++)
		if (memcmp(text.at + i, name.at, name.len) == 0 &&
		    (i == 0 || !is_word(text.at[i - 1])) &&
		    (i + name.len == text.len || !is_word(text.at[i + name.len])))
			return true;
	return false;
}

struct str reject_column(const struct table *t, struct str text)
{
	struct str best = STR("");

	for (size_t i = 0; i < t->columns; i++)
		if (t->column[i].name.len > best.len && holds_name(text, t->column[i].name))
			best = t->column[i].name;
	return best;
}

bool reject_keyless(const struct table *t, const struct row *row, struct row_result *result)
{
	for (size_t i = 0; i < t->keys; i++) {
		if (!value_is_nothing(row->cell[t->key[i]]))
			continue;
		*result = reject_result(REJECT_NOT_NULL, t->column[t->key[i]].name);
		return true;
	}
	return false;
}

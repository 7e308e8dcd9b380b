/* SPDX-License-Identifier: Apache-2.0 */
/* mode.c - the ways in which a vendor differs from its usual self. */
#include "mode.h"

static bool modes_set(const struct modes *m, struct str name, int64_t value, struct err *e)
{
	for (size_t i = 0; i < m->n; i++) {
		if (!str_eq(name, str_from(m->rows[i].name)))
			continue;
		if (value < 0)
			return err_set(e, ERR_USAGE, "mode %s cannot be negative", m->rows[i].name);
		memcpy((char *)m->into + m->rows[i].offset, &value, sizeof value);
		return true;
	}
	return err_set(e, ERR_USAGE, "there is no mode '%.*s'", STR_ARG(name));
}

bool modes_set_text(const struct modes *m, struct str text, struct err *e)
{
	struct str value = text, name = str_cut(&value, '=');
	int64_t number = 1;

	if (value.len && !str_to_i64(value, &number))
		return err_set(e, ERR_USAGE, "--mode %.*s needs a number", STR_ARG(text));
	return modes_set(m, name, number, e);
}

bool modes_read(const struct modes *m, yyjson_val *wish, struct err *e)
{
	struct modes_kept before = modes_keep(m);
	yyjson_obj_iter it = yyjson_obj_iter_with(wish);
	yyjson_val *key;

	while ((key = yyjson_obj_iter_next(&it))) {
		yyjson_val *v = yyjson_obj_iter_get_val(key);
		int64_t value = yyjson_is_bool(v) ? yyjson_get_bool(v) : yyjson_get_sint(v);

		if (!modes_set(m, str_from(yyjson_get_str(key)), value, e)) {
			modes_restore(m, &before);
			return false;
		}
	}
	return true;
}

struct modes_kept modes_keep(const struct modes *m)
{
	struct modes_kept kept = { 0 };

	assert(m->n <= MODES_MAX);
	for (size_t i = 0; i < m->n; i++)
		memcpy(&kept.value[i], (char *)m->into + m->rows[i].offset, sizeof(int64_t));
	return kept;
}

void modes_restore(const struct modes *m, const struct modes_kept *kept)
{
	for (size_t i = 0; i < m->n; i++)
		memcpy((char *)m->into + m->rows[i].offset, &kept->value[i], sizeof(int64_t));
}

void modes_list(const struct modes *m, struct buf *b)
{
	for (size_t i = 0; i < m->n; i++)
		buf_printf(b, "  %-25s %s\n", m->rows[i].name, m->rows[i].about);
}

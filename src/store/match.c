/* SPDX-License-Identifier: Apache-2.0 */
/* match.c - SQL that finds rows by the text of a column. */
#include "store/match.h"

#include "store/cell.h"
#include "store/sql.h"

#include "data/json.h"

#define VALUES_BYTES_MAX ((size_t)256 * 1024 * 1024)

/* How a text becomes what the column holds; "" leaves it, NULL compares the column as a text. */
static const struct {
	const char *before, *after;
} casts[] = {
	[HOLDS_TEXT] = { "", "" },
	[HOLDS_INTEGER] = { "CASE WHEN %s ~ '^-?[0-9]{1,18}$' THEN CAST(", " AS bigint) END" },
	[HOLDS_NUMERIC] = { "CASE WHEN %s ~ '^-?[0-9]{1,99}(\\.[0-9]{1,99})?$' THEN CAST(",
			    " AS numeric) END" },
	[HOLDS_UUID] = { "CASE WHEN %s ~* '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' THEN CAST(",
			 " AS uuid) END" },
	[HOLDS_TIME] = { "CAST(", " AS timestamptz)" },
	[HOLDS_DATE] = { "CAST(", " AS date)" },
	[HOLDS_FLOAT] = { NULL, NULL },
	[HOLDS_BOOLEAN] = { NULL, NULL },
	[HOLDS_JSON] = { NULL, NULL },
	[HOLDS_ENUM] = { NULL, NULL },
	[HOLDS_OTHER] = { NULL, NULL },
};

static void add_cast(struct buf *b, enum column_holds holds, const char *text)
{
	struct str before = str_from(casts[holds].before);
	ptrdiff_t place = str_find(before, STR("%s"));

	if (place >= 0) {
		buf_add(b, str_slice(before, 0, (size_t)place));
		buf_add(b, str_from(text));
		before = str_slice(before, (size_t)place + 2, before.len);
	}
	buf_add(b, before);
	buf_add(b, str_from(text));
	buf_add(b, str_from(casts[holds].after));
}

bool match_column(struct db *d, struct buf *b, struct str table, const char *alias,
		  struct str column, const char *text, struct err *e)
{
	enum column_holds holds;

	if (!d->ops->holds(d, table, column, &holds, e))
		return false;
	assert((size_t)holds < COUNT(casts));
	if (casts[holds].before) {
		sql_column(b, alias, column);
		buf_add(b, STR(" = "));
		add_cast(b, holds, text);
		return true;
	}
	buf_add(b, STR("CAST("));
	sql_column(b, alias, column);
	buf_printf(b, " AS text) = %s", text);
	return true;
}

bool match_parent(struct db *d, struct buf *b, const struct table_lookup *l, const char *text,
		  struct err *e)
{
	if (!l->fold_case)
		return match_column(d, b, l->table, "p", l->match, text, e);
	buf_add(b, STR("lower(CAST("));
	sql_column(b, "p", l->match);
	buf_printf(b, " AS text)) = lower(%s)", text);
	return true;
}

bool match_take(struct db *d, struct buf *b, const struct table_lookup *l, struct str table,
		struct str column, struct err *e)
{
	enum column_holds from, to;
	AUTO_BUF text = { 0 };

	if (!d->ops->holds(d, l->table, l->take, &from, e) ||
	    !d->ops->holds(d, table, column, &to, e))
		return false;
	if (from == to || !casts[to].before) {
		sql_column(b, "p", l->take);
		return true;
	}
	buf_init(&text, SQL_BYTES_MAX);
	buf_add(&text, STR("CAST("));
	sql_column(&text, "p", l->take);
	buf_add(&text, STR(" AS text)"));
	add_cast(b, to, text.at);
	return true;
}

void match_order(struct buf *b, const struct table_lookup *l)
{
	if (l->prefer.len) {
		/* A boolean's text in PostgreSQL, a number's in SQLite. */
		buf_add(b, STR("CASE WHEN CAST("));
		sql_column(b, "p", l->prefer);
		buf_add(b, STR(" AS text) IN ('true', 't', '1') THEN 0 ELSE 1 END, "));
	}
	sql_column(b, "p", l->take);
}

void match_values_init(struct match_values *m, struct arena *a)
{
	m->rows = 0;
	buf_in(&m->json, a, VALUES_BYTES_MAX);
	buf_char(&m->json, '[');
}

void match_values_add(struct match_values *m, struct arena *a, const struct value *cell, size_t n)
{
	if (m->rows++)
		buf_char(&m->json, ',');
	for (size_t i = 0; i < n; i++) {
		buf_char(&m->json, i ? ',' : '[');
		if (value_is_nothing(cell[i]))
			buf_add(&m->json, STR("null"));
		else
			json_write_str(&m->json, cell_text(a, cell[i]));
	}
	buf_char(&m->json, ']');
}

struct value match_values_param(struct match_values *m)
{
	buf_char(&m->json, ']');
	assert(!m->json.failed);
	return value_str(buf_str(&m->json));
}

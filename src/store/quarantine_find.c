/* SPDX-License-Identifier: Apache-2.0 */
/* quarantine_find.c - looking for records in quarantine, as people do. */
#include "store/quarantine.h"

#include "store/cell.h"

#define WHERE_BYTES_MAX ((size_t)8192)

/* What is asked for as SQL; only what is, so that an index can be used. */
struct lookup {
	struct buf sql;
	struct value param[10];
	size_t params;
};

static void where(struct lookup *l, const char *before, struct value v)
{
	assert(l->params < COUNT(l->param));
	l->param[l->params++] = v;
	buf_printf(&l->sql, "%s?%zu", before, l->params);
}

static void where_text(struct lookup *l, const char *before, struct str text)
{
	if (text.len)
		where(l, before, value_str(text));
}

/* Part of a text, whatever its case; the wanted text is no pattern. */
static void where_part(struct lookup *l, struct arena *a, struct str text, bool keys_hidden)
{
	struct buf b;

	if (text.len == 0)
		return;
	buf_in(&b, a, 4 * text.len + 8);
	buf_char(&b, '%');
	for (size_t i = 0; i < text.len; i++) {
		if (memchr("%_\\", text.at[i], 3))
			buf_char(&b, '\\');
		buf_char(&b, text.at[i]);
	}
	buf_char(&b, '%');
	where(l, " AND (lower(column_name) LIKE lower(", value_str(buf_str(&b)));
	buf_printf(&l->sql, ") ESCAPE '\\' OR lower(says) LIKE lower(?%zu) ESCAPE '\\'", l->params);
	if (!keys_hidden)
		buf_printf(&l->sql, " OR lower(record_key) LIKE lower(?%zu) ESCAPE '\\'",
			   l->params);
	buf_char(&l->sql, ')');
}

static void lookup_init(struct lookup *l, struct arena *a, const char *select,
			const struct quarantine_query *q)
{
	*l = (struct lookup){ 0 };
	buf_in(&l->sql, a, WHERE_BYTES_MAX);
	buf_printf(&l->sql, "SELECT %s FROM lockstep_quarantine WHERE 1 = 1", select);
	where_text(l, " AND connection = ", q->connection);
	where_text(l, " AND table_name = ", q->table);
	where_text(l, " AND code = ", q->code);
	where_part(l, a, q->text, q->keys_hidden);
	if (q->from_ms)
		where(l, " AND last_at >= ", cell_from_ms(q->from_ms));
	if (q->to_ms)
		where(l, q->during ? " AND first_at <= " : " AND last_at < ",
		      cell_from_ms(q->to_ms));
}

static bool lookup_ask(struct lookup *l, struct db *d, struct arena *a, struct db_result *r,
		       struct err *e)
{
	return db_query(d, a, str_keep(a, buf_str(&l->sql)).at, l->param, l->params, r, e) ||
	       err_wrap(e, "quarantine");
}

static void read_item(const struct db_result *r, size_t row, struct quarantine_item *item)
{
	struct str *const text[] = {
		&item->connection, &item->stream, &item->table, &item->key,
		&item->column,     &item->code,   &item->says,  &item->sealed
	};

	for (size_t j = 0; j < COUNT(text); j++)
		*text[j] = db_cell(r, row, j).s;
	item->tries = db_cell(r, row, 8).i;
	item->first_ms = cell_time_ms(db_cell(r, row, 9));
	item->last_ms = cell_time_ms(db_cell(r, row, 10));
}

#define COLUMNS(sealed)                                                                \
	"connection, stream, table_name, record_key, column_name, code, says, " sealed \
	", tries, first_at, last_at"

bool quarantine_find(struct db *d, struct arena *a, const struct quarantine_query *q,
		     struct quarantine_item **out, size_t *n, struct err *e)
{
	struct db_result r;
	struct lookup l;

	lookup_init(&l, a, COLUMNS("''"), q);
	buf_add(&l.sql, STR(" ORDER BY last_at DESC, connection, table_name, record_key"));
	where(&l, " LIMIT ", value_int((int64_t)q->limit));
	where(&l, " OFFSET ", value_int((int64_t)q->offset));
	if (!lookup_ask(&l, d, a, &r, e))
		return false;
	*out = arena_new_array(a, struct quarantine_item, r.rows + 1);
	for (size_t i = 0; i < r.rows; i++)
		read_item(&r, i, &(*out)[i]);
	*n = r.rows;
	return true;
}

bool quarantine_total(struct db *d, const struct quarantine_query *q, int64_t *n, struct err *e)
{
	AUTO_ARENA *a = arena_new("quarantine", (size_t)1 << 20);
	struct db_result r;
	struct lookup l;

	lookup_init(&l, a, "count(*) FROM (SELECT 1", q);
	if (q->count_max)
		where(&l, " LIMIT ", value_int(q->count_max));
	buf_add(&l.sql, STR(") c"));
	if (!lookup_ask(&l, d, a, &r, e))
		return false;
	*n = db_cell(&r, 0, 0).i;
	return true;
}

bool quarantine_get(struct db *d, struct arena *a, struct str connection, struct str table,
		    struct str key, struct quarantine_item *out, bool *found, struct err *e)
{
	struct value param[] = { value_str(connection), value_str(table), value_str(key) };
	struct db_result r;

	if (!db_query(d, a,
		      "SELECT " COLUMNS("sealed") " FROM lockstep_quarantine WHERE connection = ?1 "
						  "AND table_name = ?2 AND record_key = ?3",
		      param, COUNT(param), &r, e))
		return err_wrap(e, "quarantine");
	*found = r.rows > 0;
	if (*found)
		read_item(&r, 0, out);
	return true;
}

bool quarantine_groups(struct db *d, struct arena *a, const struct quarantine_query *q,
		       struct quarantine_group **out, size_t *n, struct err *e)
{
	struct quarantine_group *group;
	struct db_result r;
	struct lookup l;

	lookup_init(&l, a, "connection, table_name, code, count(*)", q);
	buf_printf(&l.sql,
		   " GROUP BY connection, table_name, code ORDER BY 4 DESC, 1, 2, 3 LIMIT %d",
		   QUARANTINE_GROUPS_MAX);
	if (!lookup_ask(&l, d, a, &r, e))
		return false;
	group = arena_new_array(a, struct quarantine_group, r.rows + 1);
	for (size_t i = 0; i < r.rows; i++)
		group[i] = (struct quarantine_group){ db_cell(&r, i, 0).s, db_cell(&r, i, 1).s,
						      db_cell(&r, i, 2).s, db_cell(&r, i, 3).i };
	*out = group;
	*n = r.rows;
	return true;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * filter.c - which rows of a list are asked for, and which page of them, as SQL.
 *
 * Conditions are ours; what a caller says is only ever a parameter.
 */
#include "gameplatform/filter.h"

#include "service/view.h"
#include "store/sql.h"

void filter_init(struct filter *f, struct call *c)
{
	*f = (struct filter){ .call = c };
	buf_in(&f->where, c->arena, SQL_BYTES_MAX);
}

void filter_also(struct filter *f, const char *condition)
{
	buf_add(&f->where, f->where.len ? STR(" AND ") : STR(" WHERE "));
	buf_add(&f->where, str_from(condition));
}

void filter_is(struct filter *f, const char *before, struct value v)
{
	assert(f->values < FILTER_VALUES_MAX);
	f->value[f->values++] = v;
	filter_also(f, before);
	buf_printf(&f->where, "?%zu", f->values);
}

void filter_asked(struct filter *f, const char *name, const char *before)
{
	struct str asked = call_text(f->call, f->call->query, name);

	if (asked.len > 0)
		filter_is(f, before, value_str(asked));
}

/* LIKE's own signs stand for themselves. */
static struct str pattern_of(struct arena *a, struct str q)
{
	struct buf b;

	buf_in(&b, a, 2 * q.len + 3);
	buf_char(&b, '%');
	for (size_t i = 0; i < q.len; i++) {
		if (q.at[i] == '%' || q.at[i] == '_' || q.at[i] == '!')
			buf_char(&b, '!');
		buf_char(&b, q.at[i]);
	}
	buf_char(&b, '%');
	return buf_str(&b);
}

void filter_found(struct filter *f, const char *text)
{
	struct arena *a = f->call->arena;
	struct str q = str_trim(call_text(f->call, f->call->query, "q"));

	if (q.len == 0)
		return;
	filter_is(f, str_printf(a, "lower(%s) LIKE lower(", text).at, value_str(pattern_of(a, q)));
	buf_add(&f->where, STR(") ESCAPE '!'"));
}

bool filter_all(struct filter *f, struct str columns, const char *from, const char *order,
		struct db_result *out, struct err *e)
{
	struct str sql = str_printf(f->call->arena, "SELECT %.*s FROM %s%.*s ORDER BY %s",
				    STR_ARG(columns), from, STR_ARG(buf_str(&f->where)), order);

	return db_query(f->call->db, f->call->arena, sql.at, f->value, f->values, out, e);
}

static struct value page_value(const struct filter_list *l, struct arena *a,
			       const struct db_result *r)
{
	struct value map = value_map_new(a), list = value_list_new(a);

	for (size_t i = 0; i < r->rows; i++)
		value_list_add(a, list, l->view(a, r, i));
	value_map_set(a, map, str_from(l->name), list);
	return map;
}

bool filter_page(struct filter *f, const struct filter_list *l, struct value *out, struct err *e)
{
	struct call *c = f->call;
	int64_t limit = call_int(c, c->query, "limit", 50), page = call_int(c, c->query, "page", 1);
	int64_t offset = (page - 1) * limit;
	struct str sql = str_printf(c->arena, "SELECT count(*) FROM %s%.*s", l->from,
				    STR_ARG(buf_str(&f->where)));
	struct str order = str_printf(c->arena, "%s LIMIT %lld OFFSET %lld", l->order,
				      (long long)limit, (long long)offset);
	struct db_result count, r;

	if (!db_query(c->db, c->arena, sql.at, f->value, f->values, &count, e) ||
	    !filter_all(f, l->columns, l->from, order.at, &r, e))
		return false;
	*out = page_value(l, c->arena, &r);
	view_int(c->arena, *out, "page", page);
	view_int(c->arena, *out, "limit", limit);
	view_int(c->arena, *out, "total", db_cell(&count, 0, 0).i);
	return true;
}

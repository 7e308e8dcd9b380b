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

void filter_is(struct filter *f, const char *before, struct value v, const char *behind)
{
	assert(f->values < FILTER_VALUES_MAX);
	f->value[f->values++] = v;
	filter_also(f, before);
	buf_printf(&f->where, "?%zu%s", f->values, behind);
}

void filter_asked(struct filter *f, const char *name, const char *before, const char *behind)
{
	struct str asked = call_text(f->call, f->call->query, name);

	if (asked.len > 0)
		filter_is(f, before, value_str(asked), behind);
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

	if (q.len > 0)
		filter_is(f, str_printf(a, "lower(%s) LIKE lower(", text).at,
			  value_str(pattern_of(a, q)), ") ESCAPE '!'");
}

bool filter_all(struct filter *f, struct str columns, const char *from, const char *order,
		struct db_result *out, struct err *e)
{
	struct str sql = str_printf(f->call->arena, "SELECT %.*s FROM %s%.*s ORDER BY %s",
				    STR_ARG(columns), from, STR_ARG(buf_str(&f->where)), order);

	return db_query(f->call->db, f->call->arena, sql.at, f->value, f->values, out, e);
}

bool filter_page(struct filter *f, struct str columns, const char *from, const char *order,
		 struct db_result *out, int64_t *total, struct err *e)
{
	struct call *c = f->call;
	int64_t limit = call_int(c, c->query, "limit", 50);
	int64_t offset = (call_int(c, c->query, "page", 1) - 1) * limit;
	struct str sql = str_printf(c->arena, "SELECT count(*) FROM %s%.*s", from,
				    STR_ARG(buf_str(&f->where)));
	struct db_result count;

	if (!db_query(c->db, c->arena, sql.at, f->value, f->values, &count, e))
		return false;
	*total = db_cell(&count, 0, 0).i;
	order = str_printf(c->arena, "%s LIMIT %lld OFFSET %lld", order, (long long)limit,
			   (long long)offset)
			.at;
	return filter_all(f, columns, from, order, out, e);
}

void filter_tell(const struct filter *f, struct value map, int64_t total)
{
	struct call *c = f->call;

	view_int(c->arena, map, "page", call_int(c, c->query, "page", 1));
	view_int(c->arena, map, "limit", call_int(c, c->query, "limit", 50));
	view_int(c->arena, map, "total", total);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* run_span.c - what the single runs of a span of time say. */
#include "store/run_span.h"

#include "base/map.h"
#include "data/json.h"
#include "store/cell.h"

#include <stdlib.h>

#define FAULTS_MAX 2000

static bool ask(struct db *d, struct arena *a, const struct run_span *s, const char *columns,
		const char *more, int most, struct db_result *r, struct err *e)
{
	struct value param[] = { value_str(s->connection), cell_from_ms(s->from_ms),
				 cell_from_ms(s->to_ms) };
	struct str sql = str_printf(a,
				    "SELECT %s FROM sync_logs WHERE (?1 = '' OR connection = ?1) "
				    "AND started_at >= ?2 AND started_at < ?3 AND parent_id IS "
				    "NULL AND %s ORDER BY started_at DESC LIMIT %d",
				    columns, more, most);

	return db_query(d, a, sql.at, param, COUNT(param), r, e) ||
	       err_wrap(e, "table 'sync_logs'");
}

/* ---- how long ---- */

struct took {
	struct str day, type;
	int64_t ms;
};

static int by_ms(const void *a, const void *b)
{
	const struct took *x = a, *y = b;

	return (x->ms > y->ms) - (x->ms < y->ms);
}

/* Of what is sorted: the smallest that so many percent do not exceed. */
static int64_t rank_ms(const struct took *const *t, size_t n, size_t percent)
{
	return t[(n * percent + 99) / 100 - 1]->ms;
}

static struct run_times times_of(struct str name, const struct took *const *t, size_t n)
{
	return (struct run_times){ name, n, rank_ms(t, n, 50), rank_ms(t, n, 95), t[n - 1]->ms };
}

static struct str day_of(const struct took *t)
{
	return t->day;
}

static struct str type_of(const struct took *t)
{
	return t->type;
}

/* The runs by a name of theirs, in the order in which `name` was met in `t`. */
static struct run_times *group(struct arena *a, const struct took *t, size_t n,
			       struct str (*name)(const struct took *), size_t *groups)
{
	const struct took **of = arena_new_array(a, const struct took *, n + 1);
	struct run_times *list = arena_new_array(a, struct run_times, n + 1);
	struct map *seen = map_new(a);

	*groups = 0;
	for (size_t i = 0; i < n; i++) {
		size_t k = 0;

		if (map_get(seen, name(&t[i])))
			continue;
		map_put(seen, name(&t[i]), &list[*groups]);
		for (size_t j = i; j < n; j++)
			if (str_eq(name(&t[j]), name(&t[i])))
				of[k++] = &t[j];
		list[(*groups)++] = times_of(name(&t[i]), of, k);
	}
	return list;
}

static int by_name(const void *a, const void *b)
{
	const struct run_times *x = a, *y = b;

	return str_cmp(x->name, y->name);
}

bool run_span_times(struct db *d, struct arena *a, const struct run_span *s,
		    struct run_times_all *out, struct err *e)
{
	const struct took **all;
	struct db_result r;
	struct took *t;

	*out = (struct run_times_all){ 0 };
	if (!ask(d, a, s, "sync_type, started_at, completed_at", "completed_at IS NOT NULL",
		 RUN_SPAN_MAX, &r, e))
		return false;
	if (r.rows == 0)
		return true;
	t = arena_new_array(a, struct took, r.rows);
	all = arena_new_array(a, const struct took *, r.rows);
	for (size_t i = 0; i < r.rows; i++) {
		int64_t from_ms = cell_time_ms(db_cell(&r, i, 1));
		char day[CELL_TIME_SIZE];

		cell_time_text(from_ms * 1000, day);
		t[i] = (struct took){ .day = str_keep(a, (struct str){ day, 10 }),
				      .type = db_cell(&r, i, 0).s,
				      .ms = cell_time_ms(db_cell(&r, i, 2)) - from_ms };
		all[i] = &t[i];
	}
	qsort(t, r.rows, sizeof(*t), by_ms);
	out->all = times_of(STR(""), all, r.rows);
	out->day = group(a, t, r.rows, day_of, &out->days);
	out->type = group(a, t, r.rows, type_of, &out->types);
	qsort(out->day, out->days, sizeof(*out->day), by_name);
	qsort(out->type, out->types, sizeof(*out->type), by_name);
	return true;
}

/* ---- why not ---- */

static struct str kind_of(struct arena *a, struct value details, struct value failed)
{
	struct value kind = value_get(json_value(a, value_text(details)), STR("error_kind"));

	if (kind.kind == VALUE_STR)
		return kind.s;
	return value_whole(failed) > 0 ? STR("records") : STR("incomplete");
}

static int by_runs(const void *a, const void *b)
{
	const struct run_fault *x = a, *y = b;

	return (x->runs < y->runs) - (x->runs > y->runs);
}

bool run_span_faults(struct db *d, struct arena *a, const struct run_span *s,
		     struct run_fault **out, size_t *n, struct err *e)
{
	struct map *seen = map_new(a);
	struct run_fault *list;
	struct db_result r;

	if (!ask(d, a, s,
		 "CAST(id AS text), started_at, records_failed, error_message, "
		 "CAST(details AS text)",
		 "status IN ('partial', 'error')", FAULTS_MAX, &r, e))
		return false;
	list = arena_new_array(a, struct run_fault, r.rows + 1);
	*n = 0;
	for (size_t i = 0; i < r.rows; i++) {
		struct str kind = kind_of(a, db_cell(&r, i, 4), db_cell(&r, i, 2));
		struct run_fault *f = map_get(seen, kind);

		if (!f) {
			f = &list[(*n)++];
			*f = (struct run_fault){ .kind = kind,
						 .run = db_cell(&r, i, 0).s,
						 .last = value_text(db_cell(&r, i, 3)),
						 .last_ms = cell_time_ms(db_cell(&r, i, 1)) };
			map_put(seen, kind, f);
		}
		f->runs++;
	}
	qsort(list, *n, sizeof(*list), by_runs);
	*out = list;
	return true;
}

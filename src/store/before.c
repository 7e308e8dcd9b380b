/* SPDX-License-Identifier: Apache-2.0 */
/*
 * before.c - before-images: what rows held before a run changed them.
 *
 * They are the application's own data in the application's own database, in the open as the rows
 * are.
 */
#include "store/cell.h"
#include "store/control.h"
#include "store/match.h"
#include "store/sql.h"

#define PUT_BYTES ((size_t)4 * 1024 * 1024) /* of one statement, about */
#define PUT_COLUMNS 6

static const char *const change_names[] = {
	[BEFORE_CREATED] = "created", [BEFORE_UPDATED] = "updated", [BEFORE_DELETED] = "deleted"
};

static const char *change_name(enum before_change c)
{
	assert((size_t)c < COUNT(change_names));
	return change_names[c];
}

static enum before_change change_of(struct str name)
{
	for (size_t i = 0; i < COUNT(change_names); i++)
		if (str_eq(name, str_from(change_names[i])))
			return (enum before_change)i;
	return BEFORE_UPDATED;
}

static void image_cells(const struct before_image *i, struct value cell[PUT_COLUMNS])
{
	cell[0] = value_int(i->number);
	cell[1] = value_str(str_from(change_name(i->change)));
	cell[2] = value_str(i->table);
	cell[3] = value_str(i->key);
	cell[4] = value_text_or_null(i->before);
	cell[5] = value_str(i->after);
}

#define INSERT                                                                                      \
	"INSERT INTO lockstep_before (run_id, connection, written_at, number, change, table_name, " \
	"record_key, before, after) "

/* A statement each: in SQLite a call. */
static bool put_each(struct db *d, const struct before_run *r, const struct before_image *image,
		     size_t n, struct err *e)
{
	struct value param[3 + PUT_COLUMNS] = { value_str(r->run), value_str(r->connection),
						cell_from_ms(r->now_ms) };

	for (size_t i = 0; i < n; i++) {
		image_cells(&image[i], param + 3);
		if (!db_exec(d, INSERT "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)", param,
			     COUNT(param), NULL, e))
			return false;
	}
	return true;
}

/* As few journeys as the size of a statement allows; *done counts what went. */
static bool put_some(struct db *d, const struct before_run *r, const struct before_image *image,
		     size_t n, size_t *done, struct err *e)
{
	AUTO_ARENA *a = arena_new("before-images", (size_t)1 << 30);
	struct value cell[PUT_COLUMNS];
	struct match_values m;

	match_values_init(&m, a);
	for (*done = 0; *done < n && m.json.len < PUT_BYTES; ++*done) {
		image_cells(&image[*done], cell);
		match_values_add(&m, a, cell, PUT_COLUMNS);
	}

	struct value param[] = { match_values_param(&m), value_str(r->run),
				 value_str(r->connection), cell_from_ms(r->now_ms) };
	struct str sql = str_printf(
		a,
		INSERT "SELECT ?2, ?3, CAST(?4 AS %s), CAST(v.value ->> 0 AS bigint), "
		       "v.value ->> 1, v.value ->> 2, v.value ->> 3, v.value ->> 4, v.value ->> 5 "
		       "FROM %s",
		sql_words(d)->time_type, sql_words(d)->values);

	return db_exec(d, sql.at, param, COUNT(param), NULL, e);
}

bool before_put(struct db *d, const struct before_run *r, const struct before_image *image,
		size_t n, struct err *e)
{
	if (d->ops->dialect == DB_SQLITE)
		return put_each(d, r, image, n, e) || err_wrap(e, "before-images");
	for (size_t from = 0, done; from < n; from += done)
		if (!put_some(d, r, image + from, n - from, &done, e))
			return err_wrap(e, "before-images");
	return true;
}

bool before_list(struct db *d, struct arena *a, const struct before_filter *f,
		 struct before_image **out, size_t *n, struct err *e)
{
	struct value param[] = { value_str(f->run), value_str(f->table), value_int(f->below),
				 value_int((int64_t)f->limit) };
	struct before_image *image;
	struct db_result r;

	if (!db_query(d, a,
		      "SELECT number, change, table_name, record_key, before, after "
		      "FROM lockstep_before WHERE run_id = ?1 AND (?2 = '' OR table_name = ?2) "
		      "AND number < ?3 ORDER BY number DESC LIMIT ?4",
		      param, COUNT(param), &r, e))
		return err_wrap(e, "before-images");
	image = arena_new_array(a, struct before_image, r.rows + 1);
	for (size_t i = 0; i < r.rows; i++) {
		image[i] = (struct before_image){
			.number = db_cell(&r, i, 0).i,
			.change = change_of(db_cell(&r, i, 1).s),
			.table = db_cell(&r, i, 2).s,
			.key = db_cell(&r, i, 3).s,
			.before = value_text(db_cell(&r, i, 4)),
			.after = db_cell(&r, i, 5).s,
		};
	}
	*out = image;
	*n = r.rows;
	return true;
}

bool before_count(struct db *d, struct str run, int64_t *n, struct err *e)
{
	AUTO_ARENA *a = arena_new("before-images", 1 << 20);
	struct value param = value_str(run);
	struct db_result r;

	if (!db_query(d, a, "SELECT count(*) FROM lockstep_before WHERE run_id = ?1", &param, 1, &r,
		      e))
		return false;
	*n = db_cell(&r, 0, 0).i;
	return true;
}

bool before_cleanup(struct db *d, struct str connection, int64_t before_ms, int64_t *runs,
		    struct err *e)
{
	AUTO_ARENA *a = arena_new("before-images", (size_t)64 << 20);
	struct value param[] = { value_str(connection), cell_from_ms(before_ms) };
	struct db_result r;

	*runs = 0;
	if (!db_query(d, a,
		      "SELECT run_id FROM lockstep_before WHERE connection = ?1 GROUP BY run_id "
		      "HAVING max(written_at) < ?2",
		      param, COUNT(param), &r, e))
		return err_wrap(e, "before-images");
	for (size_t i = 0; i < r.rows; i++) {
		struct value run = db_cell(&r, i, 0);

		if (!db_exec(d, "DELETE FROM lockstep_before WHERE run_id = ?1", &run, 1, NULL, e))
			return err_wrap(e, "before-images");
		++*runs;
	}
	return true;
}

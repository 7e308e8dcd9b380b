/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ingest.c - solves and events of a vendor's answer on their way into the tables.
 *
 * Always: a row that the database refuses (a figure out of its range, say) is counted and the
 * others go on; the caller decides what that means.
 */
#include "gameplatform/ingest.h"

#include "data/json.h"
#include "data/moment.h"
#include "store/cell.h"
#include "store/table.h"

#define RAW_BYTES_MAX ((size_t)1 << 20)

/* The columns that hold metactf_user_id, which is not known of every answer: never news. */
enum { SOLVE_NUMBER = 4, EVENT_NUMBER = 2 };

static const struct table solves_table = {
	.name = { "game_platform_challenge_solves", 30 },
	.column = { { { "syned_user_id", 13 }, COLUMN_TEXT, WRITE_ALWAYS },
		    { { "source", 6 }, COLUMN_TEXT, WRITE_ALWAYS },
		    { { "event_id", 8 }, COLUMN_TEXT, WRITE_ALWAYS },
		    { { "challenge_solve_id", 18 }, COLUMN_INTEGER, WRITE_ALWAYS },
		    { { "metactf_user_id", 15 }, COLUMN_INTEGER, WRITE_STAMP },
		    { { "syned_team_id", 13 }, COLUMN_TEXT, WRITE_ON_INSERT },
		    { { "challenge_id", 12 }, COLUMN_INTEGER, WRITE_ALWAYS },
		    { { "challenge_title", 15 }, COLUMN_TEXT, WRITE_ALWAYS },
		    { { "challenge_category", 18 }, COLUMN_TEXT, WRITE_ALWAYS },
		    { { "challenge_points", 16 }, COLUMN_INTEGER, WRITE_ALWAYS },
		    { { "solved_at", 9 }, COLUMN_TIMESTAMP, WRITE_ALWAYS },
		    { { "raw_payload", 11 }, COLUMN_JSON, WRITE_ALWAYS } },
	.columns = 12,
	.key = { 0, 1, 2, 3 },
	.keys = 4,
	.id = { "id", 2 },
};

static const struct table events_table = {
	.name = { "game_platform_flash_ctf_events", 30 },
	.column = { { { "syned_user_id", 13 }, COLUMN_TEXT, WRITE_ALWAYS },
		    { { "event_id", 8 }, COLUMN_TEXT, WRITE_ALWAYS },
		    { { "metactf_user_id", 15 }, COLUMN_INTEGER, WRITE_STAMP },
		    { { "name", 4 }, COLUMN_TEXT, WRITE_ALWAYS },
		    { { "challenges_solved", 17 }, COLUMN_INTEGER, WRITE_ALWAYS },
		    { { "score", 5 }, COLUMN_INTEGER, WRITE_ALWAYS },
		    { { "rank", 4 }, COLUMN_INTEGER, WRITE_ALWAYS },
		    { { "max_points_possible", 19 }, COLUMN_INTEGER, WRITE_ALWAYS },
		    { { "started_at", 10 }, COLUMN_TIMESTAMP, WRITE_ALWAYS },
		    { { "ended_at", 8 }, COLUMN_TIMESTAMP, WRITE_ALWAYS },
		    { { "raw_payload", 11 }, COLUMN_JSON, WRITE_ALWAYS } },
	.columns = 11,
	.key = { 0, 1 },
	.keys = 2,
	.id = { "id", 2 },
};

/* ---- cells ---- */

static bool cast(struct arena *a, const struct table *t, size_t i, struct value v,
		 struct value *cell, struct err *e)
{
	return column_cast(a, t->column[i].type, NULL, v, &cell[i], NULL, e) ||
	       err_wrap(e, "column '%.*s'", STR_ARG(t->column[i].name));
}

static struct value int_or_null(int64_t n)
{
	return n ? value_int(n) : NULL_VALUE;
}

/* Unix seconds; what no calendar has is not known. */
static struct value time_or_null(int64_t s)
{
	if (s <= 0 || s > MOMENT_MAX_US / US_PER_S)
		return NULL_VALUE;
	return (struct value){ .kind = VALUE_TIME, .us = s * US_PER_S };
}

static bool raw_text(struct arena *a, struct value raw, struct value *out, struct err *e)
{
	struct buf b;

	*out = NULL_VALUE;
	if (value_is_nothing(raw))
		return true;
	buf_in(&b, a, RAW_BYTES_MAX);
	if (!json_write(&b, raw, e))
		return err_wrap(e, "column 'raw_payload'");
	*out = value_str(buf_str(&b));
	return true;
}

static bool cast_all(struct arena *a, const struct table *t, const struct value *from,
		     struct value **cell, struct err *e)
{
	*cell = arena_new_array(a, struct value, t->columns);
	for (size_t i = 0; i < t->columns; i++)
		if (!cast(a, t, i, from[i], *cell, e))
			return false;
	return true;
}

/* Where a solve was made: an event, or the ODL (id empty). */
static struct str source_of(struct str event)
{
	return event.len ? STR("flash_ctf") : STR("odl");
}

static bool solve_cells(struct arena *a, const struct ingest_who *who, struct str event,
			const struct vendor_solve *s, struct value **cell, struct err *e)
{
	struct value raw;

	if (!raw_text(a, s->raw, &raw, e))
		return false;

	const struct value from[] = { value_str(who->user),
				      value_str(source_of(event)),
				      value_str(event),
				      value_int(s->id),
				      int_or_null(who->number),
				      value_text_or_null(who->team),
				      int_or_null(s->challenge),
				      value_text_or_null(s->title),
				      value_text_or_null(s->category),
				      value_int(s->points),
				      time_or_null(s->at_s),
				      raw };

	return cast_all(a, &solves_table, from, cell, e);
}

static bool event_cells(struct arena *a, const struct ingest_who *who, const struct vendor_event *v,
			struct value **cell, struct err *e)
{
	struct value raw;

	if (!raw_text(a, v->raw, &raw, e))
		return false;

	const struct value from[] = { value_str(who->user),
				      value_str(v->id),
				      int_or_null(who->number),
				      value_text_or_null(v->name),
				      value_int(v->challenges),
				      value_int(v->points),
				      int_or_null(v->rank),
				      int_or_null(v->points_max),
				      time_or_null(v->start_s),
				      time_or_null(v->end_s),
				      raw };

	return cast_all(a, &events_table, from, cell, e);
}

/* ---- writing ---- */

/* Who is not known by number this time may have been before. */
static struct row row_of(const struct ingest_who *who, const struct value *cell, size_t number)
{
	return (struct row){ .cell = cell, .keep = who->number ? 0 : (uint64_t)1 << number };
}

static bool write_rows(struct db *d, struct arena *a, const struct table *t, const struct row *row,
		       size_t n, struct ingest_counts *c, struct err *e)
{
	struct row_result *result = arena_new_array(a, struct row_result, n + 1);

	if (n == 0)
		return true;
	if (!table_upsert(d, t, row, n, a, result, e))
		return err_wrap(e, "table '%.*s'", STR_ARG(t->name));
	for (size_t i = 0; i < n; i++) {
		c->created += result[i].outcome == ROW_CREATED;
		c->updated += result[i].outcome == ROW_UPDATED;
		c->rejected += result[i].outcome == ROW_REJECTED;
	}
	return true;
}

struct solves {
	const struct vendor_solve *at;
	size_t n;
	struct str event;
};

static bool write_solves(struct db *d, struct arena *a, const struct ingest_who *who,
			 const struct solves *s, struct ingest_counts *c, struct err *e)
{
	struct row *row = arena_new_array(a, struct row, s->n + 1);
	struct value *cell;
	size_t rows = 0;

	for (size_t i = 0; i < s->n; i++) {
		if (s->at[i].id == 0)
			continue;
		if (!solve_cells(a, who, s->event, &s->at[i], &cell, e))
			return err_wrap(e, "solve %lld", (long long)s->at[i].id);
		row[rows++] = row_of(who, cell, SOLVE_NUMBER);
	}
	return write_rows(d, a, &solves_table, row, rows, c, e);
}

bool ingest_scores(struct db *d, struct arena *a, const struct ingest_who *who,
		   const struct vendor_scores *scores, struct ingest_counts *c, struct err *e)
{
	const struct solves s = { scores->solve, scores->solves, STR("") };

	return write_solves(d, a, who, &s, c, e);
}

bool ingest_events(struct db *d, struct arena *a, const struct ingest_who *who,
		   const struct vendor_event *event, size_t n, struct ingest_counts *solves,
		   struct ingest_counts *events, struct err *e)
{
	struct row *row = arena_new_array(a, struct row, n + 1);
	struct value *cell;

	for (size_t i = 0; i < n; i++) {
		const struct solves s = { event[i].solve, event[i].solves, event[i].id };

		if (!event_cells(a, who, &event[i], &cell, e) ||
		    !write_solves(d, a, who, &s, solves, e))
			return err_wrap(e, "event %zu of the answer", i + 1);
		row[i] = row_of(who, cell, EVENT_NUMBER);
	}
	return write_rows(d, a, &events_table, row, n, events, e);
}

/* ---- what is known ---- */

static bool known(struct db *d, struct str event, bool *is, struct err *e)
{
	const struct value param = value_str(event);

	return db_any(d, "SELECT 1 FROM game_platform_flash_ctf_events WHERE event_id = ?1", &param,
		      1, is, e);
}

bool ingest_unheard_of(struct db *d, const struct vendor_event *event, size_t n, bool *any,
		       struct err *e)
{
	bool is = true;

	for (size_t i = 0; i < n && is; i++)
		if (!known(d, event[i].id, &is, e))
			return err_wrap(e, "known events");
	*any = !is;
	return true;
}

bool ingest_event_before(struct db *d, int64_t before_ms, int64_t *began_ms, struct err *e)
{
	AUTO_ARENA *a = arena_new("event", (size_t)64 * 1024);
	const struct value param = cell_from_ms(before_ms);
	struct db_result r;

	if (!db_query(d, a,
		      "SELECT MAX(started_at) FROM game_platform_flash_ctf_events"
		      " WHERE started_at < ?1",
		      &param, 1, &r, e))
		return err_wrap(e, "known events");
	*began_ms = cell_time_ms(db_cell(&r, 0, 0));
	return true;
}

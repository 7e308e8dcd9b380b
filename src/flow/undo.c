/* SPDX-License-Identifier: Apache-2.0 */
/*
 * undo.c - a run that puts back what another run changed.
 *
 * Always: a row is looked at and written in one transaction that holds the lease.
 */
#include "flow/undo.h"

#include "base/map.h"
#include "data/json.h"
#include "flow/image.h"
#include "flow/mapping.h"
#include "flow/run.h"

#define BATCH_IMAGES 500
#define BATCH_BYTES_MAX ((size_t)2 * 1024 * 1024 * 1024)
#define DETAILS_BYTES_MAX ((size_t)64 * 1024)
#define BIT(i) ((uint64_t)1 << (i))

struct undo {
	struct session *session;
	struct undo_options o;
	struct arena *arena; /* the job's */
	struct arena *batch; /* reset by every batch */
	struct lease lease;
	struct run_log log;
	struct str retry_of; /* the run whose second attempt this is, or empty */
	struct image_log images;
	struct table **table; /* by number of the connection's tables, made when needed */
	int64_t below, done;
	struct before_image *image; /* of the batch, the last first */
	size_t n;
	int64_t batch_count[UNDO_OUTCOMES];
	struct undo_result result;
};

/* An image on its way. */
struct step {
	const struct before_image *image;
	struct row row;
	struct value *cell;
	uint64_t columns;
	enum undo_outcome outcome;
	struct str says;
};

const char *undo_outcome_name(enum undo_outcome o)
{
	static const char *const names[] = {
		[UNDO_RESTORED] = "restored", [UNDO_RECREATED] = "recreated",
		[UNDO_DELETED] = "deleted",   [UNDO_KEPT] = "kept",
		[UNDO_ALREADY] = "already",   [UNDO_CONFLICT] = "conflict",
	};

	assert((size_t)o < COUNT(names));
	return names[o];
}

/* ---- tables ---- */

/* With the id by which others refer to a row, so that a row that is made again keeps it. */
static bool add_id(struct undo *u, struct table *t, struct err *e)
{
	struct table_shape shape;

	if (t->columns == TABLE_COLUMNS_MAX || t->id.len == 0)
		return true;
	for (size_t i = 0; i < t->columns; i++)
		if (str_eq(t->column[i].name, t->id))
			return true;
	if (!table_shape(u->session->engine->db, u->batch, t->name, &shape, e))
		return false;
	if (shape_find(&shape, t->id))
		t->column[t->columns++] =
			(struct table_column){ t->id, COLUMN_TEXT, WRITE_ON_INSERT };
	return true;
}

static bool find_table(struct undo *u, struct str name, struct table **out, struct err *e)
{
	const struct connection *c = u->session->connection;
	struct mapping *m;
	size_t i = 0;

	while (i < c->tables && !str_eq(c->table[i].name, name))
		i++;
	if (i == c->tables)
		return err_set(e, ERR_MISSING, "the plan has no table '%.*s' any more",
			       STR_ARG(name));
	if (!u->table[i]) {
		if (!mapping_open(u->arena, c, &c->table[i], &m, e) || !add_id(u, &m->table, e))
			return false;
		m->table.before = true;
		m->table.update_only = false;
		u->table[i] = &m->table;
	}
	*out = u->table[i];
	return true;
}

/* ---- what is to be done with one row ---- */

static void conflict(struct step *s, const char *says)
{
	s->outcome = UNDO_CONFLICT;
	s->says = str_from(says);
}

static bool same(const struct table *t, const struct value *a, const struct value *b,
		 uint64_t columns)
{
	for (size_t i = 0; i < t->columns; i++)
		if (columns & BIT(i) && !column_eq(t->column[i].type, a[i], b[i]))
			return false;
	return true;
}

static void judge_updated(const struct undo *u, const struct table *t, const struct value *stored,
			  struct step *s)
{
	if (!stored)
		conflict(s, "the row is gone");
	else if (same(t, stored, s->cell, s->columns))
		s->outcome = UNDO_ALREADY;
	else if (u->o.force || str_eq(image_hash(u->batch, t, stored, s->columns), s->image->after))
		s->outcome = UNDO_RESTORED;
	else
		conflict(s, "changed since");
	s->row.keep = ~s->columns;
}

static void judge_created(const struct undo *u, const struct table *t, const struct value *stored,
			  struct step *s)
{
	if (!stored) {
		s->outcome = UNDO_ALREADY;
		return;
	}
	if (!u->o.delete_created)
		s->outcome = UNDO_KEPT;
	else if (u->o.force ||
		 str_eq(image_hash(u->batch, t, stored, image_columns(t)), s->image->after))
		s->outcome = UNDO_DELETED;
	else
		conflict(s, "changed since it was created");
	memcpy(s->cell, stored, t->columns * sizeof(*stored));
}

static void judge_deleted(const struct table *t, const struct value *stored, struct step *s)
{
	if (!stored)
		s->outcome = UNDO_RECREATED;
	else if (same(t, stored, s->cell, s->columns))
		s->outcome = UNDO_ALREADY;
	else
		conflict(s, "there is a row of that key again");
}

static void judge(const struct undo *u, const struct table *t, const struct value *stored,
		  struct step *s)
{
	if (s->outcome == UNDO_CONFLICT)
		return;
	switch (s->image->change) {
	case BEFORE_UPDATED:
		judge_updated(u, t, stored, s);
		return;
	case BEFORE_CREATED:
		judge_created(u, t, stored, s);
		return;
	case BEFORE_DELETED:
		judge_deleted(t, stored, s);
		return;
	}
}

/* ---- a stretch of images: one table, every key once ---- */

static bool step_open(struct undo *u, const struct table *t, const struct before_image *image,
		      struct step *s, struct err *e)
{
	struct err why;

	*s = (struct step){ .image = image, .outcome = UNDO_ALREADY };
	s->cell = arena_new_array(u->batch, struct value, t->columns);
	for (size_t i = 0; i < t->columns; i++)
		s->cell[i] = NULL_VALUE;
	s->row.cell = s->cell;
	if (image->before.len > 0 &&
	    !image_read(u->batch, t, image->before, s->cell, &s->columns, &why))
		conflict(s, str_keep(u->batch, str_from(why.text)).at);
	for (size_t i = 0; i < t->columns; i++)
		if (t->column[i].write == WRITE_STAMP)
			s->cell[i] =
				(struct value){ .kind = VALUE_TIME,
						.has_offset = true,
						.us = clock_wall_ms(u->session->engine->clock) *
						      1000 };
	return table_key_read(u->batch, t, image->key, s->cell, e);
}

static bool write_rows(struct undo *u, const struct table *t, struct step *s, size_t n,
		       struct err *e)
{
	struct row *row = arena_new_array(u->batch, struct row, n + 1);
	struct row_result *result = arena_new_array(u->batch, struct row_result, n + 1);
	size_t *of = arena_new_array(u->batch, size_t, n + 1), rows = 0;

	for (size_t i = 0; i < n; i++)
		if (s[i].outcome == UNDO_RESTORED || s[i].outcome == UNDO_RECREATED) {
			row[rows] = s[i].row;
			of[rows++] = i;
		}
	if (rows == 0)
		return true;
	if (!table_upsert(u->session->engine->db, t, row, rows, u->batch, result, e) ||
	    !images_put(u->session, u->batch, t, row, result, rows, e))
		return false;
	for (size_t i = 0; i < rows; i++)
		if (result[i].outcome == ROW_REJECTED)
			conflict(&s[of[i]], result[i].says.at);
	return true;
}

static bool delete_rows(struct undo *u, const struct table *t, struct step *s, size_t n,
			struct err *e)
{
	bool refused;

	for (size_t i = 0; i < n; i++) {
		if (s[i].outcome != UNDO_DELETED)
			continue;
		if (!table_delete(u->session->engine->db, t, &s[i].row, u->batch, &refused, e))
			return false;
		if (refused)
			conflict(&s[i], "the database keeps it: other rows refer to it");
		else if (u->session->images &&
			 !image_put_deleted(u->session, u->batch, t, s[i].cell, e))
			return false;
	}
	return true;
}

static void tell(struct undo *u, const struct step *s)
{
	const struct undo_event event = { .table = s->image->table,
					  .key = s->image->key,
					  .outcome = s->outcome,
					  .says = s->says };

	u->batch_count[s->outcome]++;
	if (u->o.tell)
		u->o.tell(u->o.arg, &event);
}

static bool stretch(struct undo *u, const struct before_image *image, size_t n, struct err *e)
{
	const struct value **stored = arena_new_array(u->batch, const struct value *, n + 1);
	struct step *s = arena_new_array(u->batch, struct step, n + 1);
	struct row *row = arena_new_array(u->batch, struct row, n + 1);
	struct table *t = NULL;

	if (!find_table(u, image[0].table, &t, e))
		return false;
	for (size_t i = 0; i < n; i++) {
		if (!step_open(u, t, &image[i], &s[i], e))
			return false;
		row[i] = s[i].row;
	}
	if (!table_read(u->session->engine->db, t, row, n, u->batch, stored, e))
		return false;
	for (size_t i = 0; i < n; i++)
		judge(u, t, stored[i], &s[i]);
	if (!write_rows(u, t, s, n, e) || !delete_rows(u, t, s, n, e))
		return false;
	for (size_t i = 0; i < n; i++)
		tell(u, &s[i]);
	return true;
}

/* How many images from `from` on are of one table and of different rows. */
static size_t stretch_length(const struct undo *u, size_t from)
{
	struct map *seen = map_new(u->batch);
	size_t i = from;

	while (i < u->n && str_eq(u->image[i].table, u->image[from].table) &&
	       !map_get(seen, u->image[i].key)) {
		map_put(seen, u->image[i].key, &u->image[i]);
		i++;
	}
	return i - from;
}

/* ---- a batch ---- */

static bool batch_body(void *arg, struct err *e)
{
	struct undo *u = arg;
	struct db *db = u->session->engine->db;
	struct before_filter f = { u->o.run, u->o.table, u->below, BATCH_IMAGES };

	arena_reset(u->batch);
	memset(u->batch_count, 0, sizeof(u->batch_count));
	if ((!u->o.dry_run && !lease_hold(db, &u->lease, e)) ||
	    !before_list(db, u->batch, &f, &u->image, &u->n, e))
		return false;
	for (size_t from = 0, n; from < u->n; from += n) {
		n = stretch_length(u, from);
		if (!stretch(u, u->image + from, n, e))
			return false;
	}
	return u->o.dry_run || run_log_update(db, &u->log, e);
}

static void counts(struct undo *u)
{
	const int64_t *n = u->result.count;

	u->log.counts = (struct run_counts){ .created = n[UNDO_RECREATED],
					     .updated = n[UNDO_RESTORED],
					     .unchanged = n[UNDO_KEPT] + n[UNDO_ALREADY],
					     .failed = n[UNDO_CONFLICT] };
	for (size_t i = 0; i < UNDO_OUTCOMES; i++)
		u->log.counts.processed += n[i];
}

static bool batches(struct undo *u, struct err *e)
{
	struct db *db = u->session->engine->db;

	do {
		if (!cancel_check(u->session->engine->stop, e) || !session_beat(u->session, e) ||
		    !(u->o.dry_run ? batch_body(u, e) : db_transact(db, batch_body, u, e)))
			return false;
		for (size_t i = 0; i < UNDO_OUTCOMES; i++)
			u->result.count[i] += u->batch_count[i];
		counts(u);
		u->done += (int64_t)u->n;
		if (u->n > 0)
			u->below = u->image[u->n - 1].number;
		if (u->o.progress)
			u->o.progress(u->o.arg, u->done, u->result.images);
	} while (u->n > 0);
	return true;
}

/* What rows with several images come to can only be told by doing it. */
static bool rehearse(struct undo *u, struct err *e)
{
	struct db *db = u->session->engine->db;
	bool ok;

	if (!db_begin(db, e))
		return false;
	ok = batches(u, e);
	db_rollback(db);
	return ok;
}

/* ---- the run ---- */

static bool details(struct undo *u, struct str *out, struct err *e)
{
	struct value map = value_map_new(u->arena);
	struct buf b;

	value_map_set(u->arena, map, STR("undoes"), value_str(u->o.run));
	value_map_set(u->arena, map, STR("trigger"), value_str(u->o.trigger));
	if (u->retry_of.len > 0)
		value_map_set(u->arena, map, STR("retry_of"), value_str(u->retry_of));
	if (u->o.table.len > 0)
		value_map_set(u->arena, map, STR("table"), value_str(u->o.table));
	for (size_t i = 0; i < UNDO_OUTCOMES; i++)
		if (u->result.count[i] > 0)
			value_map_set(u->arena, map,
				      str_from(undo_outcome_name((enum undo_outcome)i)),
				      value_int(u->result.count[i]));
	if (u->images.number > 0)
		value_map_set(u->arena, map, STR("images"), value_int(u->images.number));
	buf_in(&b, u->arena, DETAILS_BYTES_MAX);
	if (!json_write(&b, map, e))
		return false;
	*out = buf_str(&b);
	return true;
}

static bool log_begin_body(void *arg, struct err *e)
{
	struct undo *u = arg;
	struct db *db = u->session->engine->db;
	bool taken = false;
	int64_t closed;

	u->log = (struct run_log){ .connection = u->session->connection->name,
				   .type = STR("undo"),
				   .status = RUN_RUNNING,
				   .started_ms = clock_wall_ms(u->session->engine->clock),
				   .triggered_by = u->o.triggered_by };
	if (!lease_hold(db, &u->lease, e) ||
	    !run_log_close_stale(db, u->log.connection, u->log.started_ms, &closed, e) ||
	    (u->o.id.len > 0 && !run_log_any(db, u->o.id, &taken, e)))
		return false;
	u->log.id = taken ? STR("") : u->o.id;
	u->retry_of = taken ? u->o.id : STR("");
	return details(u, &u->log.details, e) && run_log_start(db, u->arena, &u->log, e);
}

static bool log_end_body(void *arg, struct err *e)
{
	struct undo *u = arg;
	struct db *db = u->session->engine->db;

	return lease_hold(db, &u->lease, e) && run_log_update(db, &u->log, e);
}

static enum run_status status_of(const struct undo *u)
{
	if (u->result.error.kind == ERR_CANCELLED)
		return RUN_STOPPED;
	if (u->result.error.kind != ERR_NONE)
		return u->done > 0 ? RUN_PARTIAL : RUN_ERROR;
	return u->result.count[UNDO_CONFLICT] > 0 ? RUN_PARTIAL : RUN_SUCCESS;
}

static bool log_end(struct undo *u, struct err *e)
{
	u->log.status = u->result.status;
	u->log.completed_ms = clock_wall_ms(u->session->engine->clock);
	if (u->result.error.kind != ERR_NONE)
		u->log.error = str_from(u->result.error.text);
	return details(u, &u->log.details, e) &&
	       db_transact(u->session->engine->db, log_end_body, u, e);
}

/* Under the lease. */
static bool carry_out(struct undo *u, struct err *e)
{
	if (!db_transact(u->session->engine->db, log_begin_body, u, e))
		return false;
	u->result.id = u->images.run = u->log.id;
	u->images.on = true;
	u->session->images = &u->images;
	if (!batches(u, &u->result.error))
		assert(u->result.error.kind != ERR_NONE);
	u->result.status = status_of(u);
	return log_end(u, e);
}

static bool run_under_lease(struct undo *u, struct err *e)
{
	struct db *db = u->session->engine->db;
	struct err unsaid;
	bool over, ok;

	u->lease = (struct lease){ .name = run_lease_name(u->arena, u->session->connection->name),
				   .ttl_ms = LEASE_TTL_MS,
				   .fence = u->session->engine->fence };
	if (!lease_take(db, u->arena, &u->lease, &over, e))
		return err_wrap(e, "connection '%.*s'", STR_ARG(u->session->connection->name));
	u->session->lease = &u->lease;
	u->session->beat_ms = clock_steady_ms(u->session->engine->clock);
	ok = carry_out(u, e);
	if (!lease_release(db, &u->lease, &unsaid))
		session_warn(u->session, "the undo's lease could not be given back: %s",
			     unsaid.text);
	return ok;
}

/* The run must be one of the connection's, whole, and have images. */
static bool check_run(struct undo *u, struct err *e)
{
	struct run_filter f = { .id = u->o.run, .limit = 1 };
	const struct connection *c = u->session->connection;
	struct run_log *log;
	size_t n;

	if (!run_log_list(u->session->engine->db, u->arena, &f, &log, &n, NULL, e))
		return false;
	if (u->o.run.len == 0 || n == 0 || !str_eq(log[0].connection, c->name))
		return err_set(e, ERR_MISSING, "connection '%.*s' has no run '%.*s'",
			       STR_ARG(c->name), STR_ARG(u->o.run));
	if (log[0].parent.len > 0)
		return err_set(e, ERR_MISSING,
			       "'%.*s' is a table's part of run %.*s: undo that, with --table for "
			       "one table alone",
			       STR_ARG(u->o.run), STR_ARG(log[0].parent));
	u->o.run = log[0].id;
	if (!before_count(u->session->engine->db, u->o.run, &u->result.images, e))
		return false;
	if (u->result.images == 0)
		return err_set(e, ERR_MISSING,
			       "run %.*s changed nothing, or what was there before was not kept "
			       "(`undo` and `undo_days` in the plan)",
			       STR_ARG(u->o.run));
	return true;
}

bool undo_run(const struct engine *g, const struct connection *c, const struct undo_options *o,
	      struct arena *a, struct undo_result *out, struct err *e)
{
	struct undo u = { .o = *o, .arena = a, .below = INT64_MAX };
	bool ok;

	if (u.o.trigger.len == 0)
		u.o.trigger = STR("manual");
	u.table = arena_new_array(a, struct table *, c->tables + 1);
	if (!session_open(a, g, c, &u.session, e) || !check_run(&u, e))
		return false;
	u.batch = arena_new("undo", BATCH_BYTES_MAX);
	u.result.status = RUN_SUCCESS;
	ok = u.o.dry_run ? rehearse(&u, e) : run_under_lease(&u, e);
	arena_free(u.batch);
	*out = u.result;
	return ok;
}

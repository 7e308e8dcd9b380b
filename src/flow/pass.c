/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pass.c - one table's stream, read to its end.
 *
 * Always: what the batch holds and what `pending` says belong together and are committed together;
 * the database never holds a cursor whose rows it does not hold.
 */
#include "flow/pass.h"

#include "base/map.h"
#include "data/json.h"
#include "flow/check.h"
#include "flow/image.h"
#include "flow/land.h"
#include "flow/lookup.h"
#include "flow/progress.h"
#include "flow/selection.h"
#include "flow/shift.h"

#define ROWS_SQLITE 2000
#define ROWS_POSTGRES 10000
#define COMMIT_MS 1000   /* rows do not wait longer than this for company */
#define PENDING_MAX 2000 /* partitions whose state waits for a commit */
#define COMMIT_TRIES 6
#define ABSENT_EXAMPLES 20
#define DETAILS_BYTES_MAX ((size_t)256 * 1024)
#define QUARANTINE_CHUNK 200

/* The state of one partition, waiting for the commit. */
struct pending {
	struct str partition, json;
};

struct pass {
	struct session *session;
	const struct plan_table *plan;
	struct pass_options o;
	const struct stream_plan *limits;
	struct arena *arena;         /* the job's */
	struct arena *pending_arena; /* reset by every commit */
	struct arena *place_arena;   /* the current partition's state */
	struct mapping *mapping;
	struct batch *batch;
	struct reader *reader;
	struct pass_state state;
	struct partition_state at; /* the partition being read */
	struct map *pending_index;
	int64_t waiting_since_ms;       /* steady; of the oldest row that waits */
	int64_t pages, records;         /* of this run */
	struct batch_counts committing; /* of the commit under way */
	struct run_log log;
	struct pass_result result;
	struct str excused;  /* the check that a person let through once */
	struct shift *shift; /* members take turns; or NULL */
	bool seen;           /* keys are noted for an open full pass */
	size_t asked;        /* records that were asked for one by one */
	bool read;           /* the stream, to its end */
	bool retrying;       /* the quarantine, whose records are no sample of anything */
	bool refused;        /* the table was held before */
	bool finished;
	bool closing; /* the commit under way ends the turn */
	struct meter meter;
	struct progress progress;
};

/* ---- the state of the partitions ---- */

static struct state_key key_of(const struct pass *p, struct str partition)
{
	return (struct state_key){ p->session->connection->name, p->plan->name, partition };
}

static int64_t since_of(const struct pass *p, const struct partition_state *was)
{
	if (p->state.mode == MODE_FULL || was->cursor_us == NO_TIME)
		return NO_TIME;
	return was->cursor_us - p->limits->overlap_ms * 1000;
}

static bool partition_begin(void *arg, const struct partition *partition, struct place *out,
			    struct err *e)
{
	struct pass *p = arg;
	struct state_key k = key_of(p, partition->key);
	struct partition_state was;
	struct pending *waiting;

	arena_reset(p->place_arena);
	if (p->session->selection) {
		*out = (struct place){ .since_us = p->session->selection->since_us,
				       .window_us = NO_TIME,
				       .window_end_us = p->session->selection->until_us,
				       .token = UNDEFINED };
		return true;
	}
	if (!partition_state_load(p->session->engine->db, p->place_arena, &k, &was, e))
		return false;
	waiting = map_get(p->pending_index, partition->key);
	if (str_eq(was.pass, p->state.id) || waiting) {
		*out = (struct place){ .skip = was.done || waiting,
				       .since_us = was.since_us,
				       .window_us = was.window_us,
				       .window_end_us = was.windows_end_us,
				       .token = was.token };
		p->at = was;
		if (!out->skip)
			progress_begin(&p->progress, was.cursor_us);
		return true;
	}
	p->at = (struct partition_state){
		.cursor_us = was.cursor_us,
		.pass = p->state.id,
		.since_us = since_of(p, &was),
		.signpost_us = NO_TIME,
		.window_us = NO_TIME,
		.windows_end_us = NO_TIME,
		.max_us = NO_TIME,
		.token = UNDEFINED,
	};
	progress_begin(&p->progress, was.cursor_us);
	/* By our clock until the vendor's is known: taken before anything was asked. */
	p->session->vendor_ms = 0;
	p->at.signpost_us = clock_wall_ms(p->session->engine->clock) * 1000;
	*out = (struct place){ .since_us = p->at.since_us,
			       .window_us = NO_TIME,
			       .window_end_us = NO_TIME,
			       .token = UNDEFINED };
	return true;
}

/* Where the partition's cursor stands once it has been read to its end. */
static int64_t cursor_after(const struct pass *p)
{
	const struct datetime_cursor *c = p->plan->stream->cursor;
	int64_t us = p->at.signpost_us;

	if (!c)
		return NO_TIME;
	if (c->has_end_option && p->at.windows_end_us != NO_TIME && p->at.windows_end_us < us)
		us = p->at.windows_end_us;
	if (p->limits->watermark == WATERMARK_RECORDS && p->at.max_us < us)
		us = p->at.max_us != NO_TIME ? p->at.max_us : p->at.cursor_us;
	return us > p->at.cursor_us ? us : p->at.cursor_us;
}

static bool place_note(struct pass *p, const struct page *page, struct err *e)
{
	struct pending *at = map_get(p->pending_index, page->partition->key);
	bool first = p->at.windows_end_us == NO_TIME;

	if (first && p->session->vendor_ms > 0)
		p->at.signpost_us = p->session->vendor_ms * 1000;
	p->at.windows_end_us = page->windows_end_us;
	if (page->max_us != NO_TIME && page->max_us > p->at.max_us)
		p->at.max_us = page->max_us;
	p->at.window_us = page->next_window_us;
	p->at.token = page->next;
	p->at.done = page->last_of_partition;
	if (p->at.done) {
		p->at.cursor_us = cursor_after(p);
		progress_end(&p->progress, p->at.cursor_us);
	}
	if (!at) {
		at = arena_new_struct(p->pending_arena, struct pending);
		at->partition = str_keep(p->pending_arena, page->partition->key);
		map_put(p->pending_index, at->partition, at);
	}
	return partition_state_text(p->pending_arena, &p->at, &at->json, e);
}

static void pending_reset(struct pass *p)
{
	arena_reset(p->pending_arena);
	p->pending_index = map_new(p->pending_arena);
}

/* ---- one commit ---- */

static void add_counts(struct run_counts *to, const struct batch_counts *c)
{
	to->processed += c->processed;
	to->created += c->created;
	to->updated += c->updated;
	to->unchanged += c->unchanged;
	to->failed += c->failed;
}

static bool states_put(struct pass *p, struct err *e)
{
	struct db *db = p->session->engine->db;

	if (p->session->selection)
		return true;
	for (size_t i = 0; i < map_len(p->pending_index); i++) {
		const struct pending *at = map_at(p->pending_index, i)->value;
		struct state_key k = key_of(p, at->partition);

		if (!state_put(db, &k, at->json, e))
			return false;
	}
	p->state.committed_ms = clock_wall_ms(p->session->engine->clock);
	return pass_state_store(db, p->session->connection->name, p->plan->name, &p->state, e);
}

/* ---- holding the table ---- */

static bool hold_body(void *arg, struct err *e)
{
	struct pass *p = arg;
	struct db *db = p->session->engine->db;
	struct hold h = { .connection = p->session->connection->name,
			  .table = p->plan->name,
			  .check = p->result.held.check,
			  .seen = p->result.held.seen,
			  .expected = p->result.held.expected,
			  .run = p->o.parent_run,
			  .since_ms = clock_wall_ms(p->session->engine->clock) };

	return lease_hold(db, p->o.lease, e) && hold_put(db, &h, e);
}

static bool held_error(const struct pass *p, struct err *e)
{
	const struct pass_held *h = &p->result.held;

	return err_set(e, ERR_LIMIT,
		       "held by %.*s: %.*s, expected %.*s; look at it, then `lockstep hold "
		       "release %.*s %.*s`",
		       STR_ARG(h->check), STR_ARG(h->seen), STR_ARG(h->expected),
		       STR_ARG(p->session->connection->name), STR_ARG(p->plan->name));
}

/* Says so in *e, always false: what it is called for does not happen. */
static bool hold(struct pass *p, struct err *e)
{
	return db_transact(p->session->engine->db, hold_body, p, e) && held_error(p, e);
}

static bool take_verdict(struct pass *p, const struct check_verdict *v)
{
	if (v->check)
		p->result.held = (struct pass_held){ str_from(v->check), v->seen, v->expected };
	return v->check != NULL;
}

static bool looks_wrong(struct pass *p, const struct run_counts *counts)
{
	const struct check_figures f = { .counts = *counts,
					 .full = p->state.mode == MODE_FULL &&
						 !p->session->selection,
					 .read = p->read,
					 .excused = p->excused };
	struct check_verdict v = check_rows(&p->plan->checks, &f, p->arena);

	return !p->retrying && take_verdict(p, &v);
}

/* After an alarm members are read again whose partitions this pass has read: it becomes another. */
static bool shift_note(struct pass *p, struct err *e)
{
	bool anew;

	if (!p->shift)
		return true;
	if (!shift_commit(p->shift, p->batch, &anew, e))
		return false;
	if (anew)
		p->state.id = uuid_new(p->arena);
	return !p->closing || shift_end(p->shift, e);
}

/* What the log says of a stream that is still read; the counts stand beside it. */
static bool details_now(struct pass *p, struct str *out, struct err *e)
{
	struct arena *a = p->pending_arena;
	struct value map = value_map_new(a);
	struct buf b;

	value_map_set(a, map, STR("table"), value_str(p->plan->name));
	value_map_set(a, map, STR("timing"), timing_value(a, &p->meter.total));
	buf_in(&b, a, DETAILS_BYTES_MAX);
	if (!json_write(&b, map, e))
		return false;
	*out = buf_str(&b);
	return true;
}

/* Everything that belongs together, inside the transaction. */
static bool commit_body(void *arg, struct err *e)
{
	struct pass *p = arg;
	struct db *db = p->session->engine->db;
	struct batch_counts *counts = &p->committing;
	struct run_log log = p->log;
	const uint64_t *hash;
	size_t n;

	if (!lease_hold(db, p->o.lease, e) || !land_batch(p->session, p->batch, counts, e))
		return false;
	if (!details_now(p, &log.details, e))
		return false;
	log.counts = p->session->counts;
	add_counts(&log.counts, counts);
	if (looks_wrong(p, &log.counts))
		return held_error(p, e);
	if (p->seen && batch_rows(p->batch) > 0) {
		hash = batch_hashes(p->batch, &n);
		if (!seen_add(db, p->session->connection->name, p->plan->name, hash, n, e))
			return false;
	}
	return land_follow_up(p->session, p->arena, p->plan, counts, e) && shift_note(p, e) &&
	       states_put(p, e) && run_log_update(db, &log, e);
}

static bool compare(struct pass *p, struct err *e)
{
	struct db *db = p->session->engine->db;
	bool ok;

	if (!db_begin(db, e))
		return false;
	ok = batch_compare(p->batch, p->o.sink, &p->committing, e);
	db_rollback(db);
	return ok;
}

static bool commit_once(struct pass *p, struct err *e)
{
	p->committing = (struct batch_counts){ 0 };
	if (p->o.dry_run)
		return compare(p, e);
	return db_transact(p->session->engine->db, commit_body, p, e);
}

/* A database that is away for a while (a restart, a failover) does not end the run: the batch
 * waits. */
static bool commit(struct pass *p, struct err *e)
{
	struct clock *clock = p->session->engine->clock;

	p->state.records += (int64_t)batch_rows(p->batch);
	meter_start(&p->meter, clock);
	for (unsigned n = 0; !commit_once(p, e); n++) {
		if (p->result.held.check.len > 0)
			return hold(p, e);
		if (e->kind != ERR_TRANSIENT || n + 1 == COMMIT_TRIES)
			return err_wrap(e, "table '%.*s'", STR_ARG(p->plan->name));
		if (!session_wait(p->session, WAIT_DATABASE, (int64_t)500 << n,
				  "the database does not answer", e))
			return false;
	}
	meter_lap(&p->meter, clock, SPENT_COMMIT);
	add_counts(&p->session->counts, &p->committing);
	if (p->shift)
		shift_committed(p->shift);
	batch_clear(p->batch);
	pending_reset(p);
	session_tell(p->session, (struct watch_event){ .kind = WATCH_COMMIT,
						       .counts = p->session->counts,
						       .total = p->state.total });
	return true;
}

static bool commit_is_due(const struct pass *p, const struct page *page)
{
	int64_t now_ms = clock_steady_ms(p->session->engine->clock);

	return batch_full(p->batch) || page->next_waits ||
	       (p->shift && shift_wants_commit(p->shift)) ||
	       map_len(p->pending_index) >= PENDING_MAX ||
	       now_ms - p->waiting_since_ms >= COMMIT_MS;
}

/* ---- the records that waited in quarantine ---- */

static bool retry_one(struct pass *p, const struct quarantine_item *q, struct arena *a,
		      struct err *e)
{
	struct scope scope = session_scope(p->session, a);
	struct value record;
	struct str plain;

	if (!seal_read(p->session->engine->seal, a, STR("quarantine"), q->sealed, &plain, e) ||
	    !json_parse(a, plain, &record, NULL, e))
		return err_wrap(e, "quarantined record of '%.*s'", STR_ARG(p->plan->name));
	return batch_add(p->batch, &scope, record, e);
}

/* Of this table, and not only just put there. */
static bool waits(const struct pass *p, const struct quarantine_item *q)
{
	return str_eq(q->table, p->plan->name) && q->last_ms < p->log.started_ms;
}

static bool retry_quarantine(struct pass *p, struct err *e)
{
	AUTO_ARENA *a = arena_new("quarantine", (size_t)512 * 1024 * 1024);
	AUTO_BUF after = { 0 };
	struct quarantine_item *item;
	size_t n;

	/* After the stream: what was mended at the vendor has come through by now and is not tried.
	 */
	if (!commit(p, e))
		return false;
	p->retrying = true;
	buf_init(&after, 4096);
	do {
		struct quarantine_filter f = { .connection = p->session->connection->name,
					       .stream = p->plan->stream->name,
					       .after = buf_str(&after),
					       .limit = QUARANTINE_CHUNK };

		arena_reset(a);
		if (!quarantine_list(p->session->engine->db, a, &f, &item, &n, e))
			return false;
		for (size_t i = 0; i < n; i++)
			if (waits(p, &item[i]) && !retry_one(p, &item[i], a, e))
				return false;
		if (n > 0) {
			buf_reset(&after);
			buf_add(&after, item[n - 1].key);
		}
		if (batch_rows(p->batch) > 0 && !commit(p, e))
			return false;
	} while (n >= QUARANTINE_CHUNK && !after.failed);
	return true;
}

/* ---- opening ---- */

static size_t rows_per_commit(const struct pass *p)
{
	int64_t rows = (int64_t)p->o.rows_per_commit;

	if (rows == 0)
		rows = p->session->connection->batch_rows;
	if (rows == 0)
		rows = p->session->engine->db->ops->dialect == DB_POSTGRES ? ROWS_POSTGRES
									   : ROWS_SQLITE;
	return (size_t)(rows < BATCH_ROWS_MAX ? rows : BATCH_ROWS_MAX);
}

/*
 * An open pass is gone on with, whichever kind of run comes: it is the shortest way to a complete
 * table.  Only a full run does not content itself with an open incremental pass.  Nor does a turn:
 * who is due by now is another question, and its own cursor knows who was asked.
 */
static void state_choose(struct pass *p)
{
	struct pass_state *s = &p->state;

	if (p->session->selection) {
		/* An open full pass must not tell of what comes now as gone. */
		p->seen = s->open && s->mode == MODE_FULL;
		*s = (struct pass_state){ .id = uuid_new(p->arena), .mode = p->o.mode };
		selection_begin(p->session->selection);
		return;
	}
	if (s->open &&
	    !(s->mode == MODE_INCREMENTAL &&
	      (p->o.mode == MODE_FULL || plan_rotation(p->session->connection, p->plan->stream)))) {
		p->result.resumed = true;
		return;
	}
	s->id = uuid_new(p->arena);
	s->mode = p->o.mode;
	s->open = true;
	s->records = 0;
	s->began_ms = clock_wall_ms(p->session->engine->clock);
}

/* Whether the table is held, or which of its checks was let through once. */
static bool holds_load(struct pass *p, struct err *e)
{
	struct hold_filter f = { p->session->connection->name, p->plan->name, .released = true };
	struct hold *h;
	size_t n;

	if (!hold_list(p->session->engine->db, p->arena, &f, &h, &n, e))
		return false;
	if (n == 0 || p->o.dry_run)
		return true;
	p->refused = h[0].released_ms == 0;
	if (p->refused)
		p->result.held = (struct pass_held){ h[0].check, h[0].seen, h[0].expected };
	else if (h[0].once)
		p->excused = h[0].check;
	return true;
}

static bool log_open_body(void *arg, struct err *e)
{
	struct pass *p = arg;
	struct db *db = p->session->engine->db;
	struct str connection = p->session->connection->name;

	p->log = (struct run_log){ .parent = p->o.parent_run,
				   .connection = connection,
				   .type = p->plan->log_type,
				   .status = RUN_RUNNING,
				   .started_ms = clock_wall_ms(p->session->engine->clock),
				   .details = STR("{}") };
	if (!lease_hold(db, p->o.lease, e) || !run_log_start(db, p->arena, &p->log, e))
		return false;
	if (p->refused || p->session->selection)
		return true;
	if (p->state.mode == MODE_FULL && !p->result.resumed &&
	    !seen_clear(db, connection, p->plan->name, e))
		return false;
	return pass_state_store(db, connection, p->plan->name, &p->state, e);
}

static bool log_open(struct pass *p, struct err *e)
{
	return p->o.dry_run || db_transact(p->session->engine->db, log_open_body, p, e);
}

static bool pass_begin(struct pass *p, struct err *e)
{
	struct session *s = p->session;
	struct reader_options r = { .stream = p->plan->stream,
				    .page_size = s->connection->page_size,
				    .pages_max = p->limits->pages_max,
				    .begin = partition_begin,
				    .arg = p };

	if (!pass_state_load(s->engine->db, p->arena, s->connection->name, p->plan->name, &p->state,
			     e) ||
	    !holds_load(p, e))
		return false;
	if (p->refused)
		return mapping_open(p->arena, s->connection, p->plan, &p->mapping, e) &&
		       log_open(p, e);
	state_choose(p);
	p->seen = p->seen || (!s->selection && p->state.mode == MODE_FULL);
	if (s->selection)
		r.pages_max = 0;
	if (s->images)
		s->images->on = s->connection->undo == UNDO_ALL || p->state.mode == MODE_FULL;
	return mapping_open(p->arena, s->connection, p->plan, &p->mapping, e) &&
	       batch_open(s, p->mapping, rows_per_commit(p), p->arena, &p->batch, e) &&
	       shift_open(s, p->plan, p->state.mode, p->arena, &p->shift, e) && log_open(p, e) &&
	       reader_open(s, p->arena, &r, &p->reader, e);
}

static void pass_free(struct pass *p)
{
	reader_close(p->reader);
	shift_done(p->shift);
	batch_close(p->batch);
	arena_free(p->pending_arena);
	arena_free(p->place_arena);
}

bool pass_open(struct session *s, const struct plan_table *t, const struct pass_options *o,
	       struct arena *a, struct pass **out, struct err *e)
{
	struct pass *p = arena_new_struct(a, struct pass);

	p->session = s;
	p->plan = t;
	p->o = *o;
	p->limits = &s->connection->stream[t->stream->number];
	p->arena = a;
	p->pending_arena = arena_new("pending cursors", (size_t)256 * 1024 * 1024);
	p->place_arena = arena_new("partition state", (size_t)16 * 1024 * 1024);
	p->result.absent.absent = -1;
	pending_reset(p);
	s->table = t->name;
	s->counts = (struct run_counts){ 0 };
	s->meter = &p->meter;
	meter_begin(&p->meter, s->engine->clock);
	if (!pass_begin(p, e)) {
		s->meter = NULL;
		pass_free(p);
		return err_wrap(e, "table '%.*s'", STR_ARG(t->name));
	}
	session_tell(s, (struct watch_event){ .kind = WATCH_TABLE, .total = p->state.total });
	*out = p;
	return true;
}

/* ---- one page ---- */

static bool capped(struct pass *p, const struct page *page)
{
	const char *name = NULL;
	int64_t cap = 0;

	if (p->session->selection)
		return false; /* it could not be gone on with */
	if (p->limits->pages_max > 0 && p->pages >= p->limits->pages_max) {
		name = "pages_max";
		cap = p->limits->pages_max;
	} else if (p->limits->records_max > 0 && p->records >= p->limits->records_max) {
		name = "records_max";
		cap = p->limits->records_max;
	}
	/* A cap that falls on the very last page of a stream without partitions stopped nothing. */
	if (!name || (page->last_of_partition && p->plan->stream->routers == 0))
		return false;
	p->result.stopped_by = str_printf(p->arena, "%s %lld", name, (long long)cap);
	return true;
}

static bool record_add(struct pass *p, struct scope *scope, struct value record, struct err *e)
{
	struct session *s = p->session;
	bool takes = true;

	if (s->selection && !selection_takes(s->selection, p->plan->stream, s->connection, scope,
					     record, &takes, e))
		return false;
	return !takes || batch_add(p->batch, scope, record, e);
}

/* One of the records that were asked for by their ids, where the vendor gives them one by one. */
static bool step_record(struct pass *p, bool *more, struct err *e)
{
	const struct select_options *o = p->session->selection->o;
	AUTO_ARENA *a = arena_new("record", (size_t)256 * 1024 * 1024);
	struct scope scope = session_scope(p->session, a);
	struct value record;
	bool found;

	if (batch_rows(p->batch) == 0)
		p->waiting_since_ms = clock_steady_ms(p->session->engine->clock);
	scope.variable[VAR_STREAM_PARTITION] = value_map_new(a);
	if (!lookup_record(p->session, p->plan->stream, p->limits->record_path, o->record[p->asked],
			   a, &record, &found, e) ||
	    (found && !record_add(p, &scope, record, e)))
		return false;
	p->records += found;
	*more = ++p->asked < o->records;
	p->finished = !*more;
	return !batch_full(p->batch) || commit(p, e);
}

static bool page_rows(struct pass *p, const struct page *page, struct err *e)
{
	struct scope scope = session_scope(p->session, p->arena);
	size_t first = batch_rows(p->batch);

	scope.variable[VAR_STREAM_PARTITION] = page->slice;
	if (batch_rows(p->batch) == 0)
		p->waiting_since_ms = clock_steady_ms(p->session->engine->clock);
	for (size_t i = 0; i < page->records; i++)
		if (!record_add(p, &scope, page->record[i], e))
			return false;
	if (page->repaired > 0)
		session_warn(p->session, "%zu texts with broken characters were repaired",
			     page->repaired);
	return !p->shift || shift_page(p->shift, page, p->batch, first, e);
}

static bool by_record(const struct pass *p)
{
	return p->session->selection && p->session->selection->o->records > 0 &&
	       p->limits->record_path.len > 0;
}

/* One member's failure is not the others'. */
static bool member_failed(struct pass *p, bool *more, struct err *e)
{
	if (!p->shift || !shift_failed(p->shift, e))
		return false;
	session_warn(p->session, "a member was passed over: %s", e->text);
	reader_skip(p->reader);
	*more = true;
	return !shift_wants_commit(p->shift) || commit(p, e);
}

bool pass_step(struct pass *p, bool *more, struct err *e)
{
	struct run_counts read_so_far;
	struct page page;
	bool due;

	if (p->refused) {
		*more = false;
		return true;
	}
	if (!cancel_check(p->session->engine->stop, e))
		return false;
	if (by_record(p))
		return step_record(p, more, e);
	meter_page_begin(&p->meter, p->session->engine->clock);
	if (!reader_next(p->reader, &page, more, e))
		return member_failed(p, more, e);
	meter_lap(&p->meter, p->session->engine->clock, SPENT_FETCH);
	if (!*more) {
		p->read = true;
		p->finished = p->o.dry_run || p->session->selection || retry_quarantine(p, e);
		return p->finished;
	}
	session_tell(p->session, (struct watch_event){ .kind = WATCH_READ });
	if (!page_rows(p, &page, e) || !place_note(p, &page, e))
		return false;
	meter_lap(&p->meter, p->session->engine->clock, SPENT_TRANSFORM);
	p->pages++;
	p->records += (int64_t)page.records;
	due = commit_is_due(p, &page);
	read_so_far = p->session->counts;
	read_so_far.processed += (int64_t)batch_rows(p->batch);
	session_tell(p->session, (struct watch_event){ .kind = WATCH_PAGE,
						       .counts = read_so_far,
						       .total = p->state.total,
						       .writes = due });
	*more = !capped(p, &page);
	if (p->session->selection && selection_done(p->session->selection)) {
		p->finished = true;
		*more = false;
	}
	if (due && !commit(p, e))
		return false;
	meter_page_end(&p->meter, (int64_t)page.records);
	return true;
}

/* ---- the end ---- */

static void warn_columns(struct pass *p)
{
	const struct mapping *m = p->mapping;

	for (size_t i = 0; i < m->plan->columns; i++) {
		if (m->unknown[i] > 0)
			session_warn(p->session,
				     "%lld values of %.*s.%.*s have no entry in its map",
				     (long long)m->unknown[i], STR_ARG(m->plan->name),
				     STR_ARG(m->plan->column[i].name));
		if (m->missing[i] > 0)
			session_warn(p->session, "%lld rows of %.*s found no parent for %.*s",
				     (long long)m->missing[i], STR_ARG(m->plan->name),
				     STR_ARG(m->plan->column[i].name));
	}
	for (size_t i = 0; i < m->plan->columns; i++)
		if (m->conflicts[i] > 0)
			session_warn(p->session,
				     "%lld values of %.*s.%.*s were changed on both sides; "
				     "`lockstep conflicts` lists them",
				     (long long)m->conflicts[i], STR_ARG(m->plan->name),
				     STR_ARG(m->plan->column[i].name));
	if (m->repaired > 0)
		session_warn(p->session, "%lld texts of %.*s lost a NUL character",
			     (long long)m->repaired, STR_ARG(m->plan->name));
}

static bool excuse_used(struct pass *p, struct err *e)
{
	return p->excused.len == 0 ||
	       hold_used(p->session->engine->db, p->session->connection->name, p->plan->name, e);
}

/* The enumeration is complete: what was not seen is not there any more. */
static bool complete(struct pass *p, struct err *e)
{
	struct pass_result *r = &p->result;
	struct check_verdict v =
		check_total(&p->plan->checks, p->excused, p->state.records,
			    p->state.mode == MODE_FULL ? p->state.total : 0, p->arena);

	if (p->session->selection) {
		r->complete = true;
		return commit(p, e);
	}
	p->state.open = false;
	p->closing = true;
	/* Without one of its members it is no enumeration. */
	if (p->shift && !shift_whole(p->shift))
		return commit(p, e);
	if (!p->o.dry_run && v.check)
		return commit(p, e) && take_verdict(p, &v) && hold(p, e);
	if (p->state.mode == MODE_FULL || (!p->plan->stream->cursor && !p->shift))
		p->state.total = p->state.records;
	if (p->state.mode == MODE_FULL)
		p->state.full_ms = clock_wall_ms(p->session->engine->clock);
	r->complete = true;
	if (p->o.dry_run)
		return commit(p, e);
	if (!commit(p, e) || !excuse_used(p, e))
		return false;
	if (p->state.mode != MODE_FULL)
		return true;
	return seen_absent(p->session->engine->db, p->arena, p->session->connection->name,
			   &p->mapping->table, ABSENT_EXAMPLES, &r->absent, e);
}

static enum run_status status_of(const struct pass *p)
{
	const struct pass_result *r = &p->result;

	if (r->error.kind == ERR_CANCELLED)
		return RUN_STOPPED;
	if (r->held.check.len > 0)
		return RUN_PARTIAL;
	if (r->error.kind != ERR_NONE)
		return r->counts.processed > 0 ? RUN_PARTIAL : RUN_ERROR;
	if (r->stopped_by.len > 0 || r->counts.failed > 0 || (p->shift && !shift_whole(p->shift)))
		return RUN_PARTIAL;
	return RUN_SUCCESS;
}

static void details_columns(struct arena *a, struct value map, const struct mapping *m,
			    const char *name, const int64_t *count)
{
	struct value list = value_map_new(a);

	for (size_t i = 0; i < m->plan->columns; i++)
		if (count[i] > 0)
			value_map_set(a, list, m->plan->column[i].name, value_int(count[i]));
	if (value_len(list) > 0)
		value_map_set(a, map, str_from(name), list);
}

static void details_held(struct arena *a, struct value map, const struct pass_held *h)
{
	struct value held = value_map_new(a);

	if (h->check.len == 0)
		return;
	value_map_set(a, held, STR("check"), value_str(h->check));
	value_map_set(a, held, STR("seen"), value_str(h->seen));
	value_map_set(a, held, STR("expected"), value_str(h->expected));
	value_map_set(a, map, STR("held"), held);
}

static bool details(struct pass *p, struct str *out, struct err *e)
{
	struct arena *a = p->arena;
	const struct pass_result *r = &p->result;
	struct value map = value_map_new(a), keys = value_list_new(a);
	struct buf b;

	value_map_set(a, map, STR("table"), value_str(p->plan->name));
	value_map_set(a, map, STR("mode"), value_str(str_from(run_mode_name(p->state.mode))));
	value_map_set(a, map, STR("trigger"), value_str(p->o.trigger));
	value_map_set(a, map, STR("complete"), value_bool(r->complete));
	details_held(a, map, &r->held);
	value_map_set(a, map, STR("timing"), timing_value(a, &p->meter.total));
	if (p->plan->stream->cursor && p->progress.partitions > 0)
		value_map_set(a, map, STR("cursor"), progress_value(a, &p->progress));
	if (p->meter.pages > 0)
		value_map_set(a, map, STR("page_times"), meter_pages_value(a, &p->meter));
	if (p->session->selection)
		value_map_set(a, map, STR("select"),
			      selection_value(a, p->session->selection, r->complete));
	if (r->resumed)
		value_map_set(a, map, STR("resumed"), value_bool(true));
	if (r->stopped_by.len > 0)
		value_map_set(a, map, STR("stopped_by"), value_str(r->stopped_by));
	if (r->error.kind != ERR_NONE)
		value_map_set(a, map, STR("error_kind"),
			      value_str(str_from(err_kind_name(r->error.kind))));
	if (r->absent.absent >= 0)
		value_map_set(a, map, STR("no_longer_seen"), value_int(r->absent.absent));
	for (size_t i = 0; i < r->absent.examples; i++)
		value_list_add(a, keys, value_str(r->absent.example[i]));
	if (r->absent.examples > 0)
		value_map_set(a, map, STR("no_longer_seen_keys"), keys);
	if (p->shift)
		value_map_set(a, map, STR("rotation"), shift_details(p->shift, a));
	details_columns(a, map, p->mapping, "unknown_values", p->mapping->unknown);
	details_columns(a, map, p->mapping, "missing_references", p->mapping->missing);
	details_columns(a, map, p->mapping, "conflicts", p->mapping->conflicts);
	buf_in(&b, a, DETAILS_BYTES_MAX);
	if (!json_write(&b, map, e))
		return false;
	*out = buf_str(&b);
	return true;
}

static bool log_close_body(void *arg, struct err *e)
{
	struct pass *p = arg;

	if (p->shift && !shift_log(p->shift, p->o.parent_run, p->result.counts.requests, e))
		return false;
	return run_log_update(p->session->engine->db, &p->log, e);
}

static bool log_close(struct pass *p, struct err *e)
{
	if (p->o.dry_run)
		return true;
	p->log.status = p->result.status;
	p->log.completed_ms = clock_wall_ms(p->session->engine->clock);
	p->log.counts = p->result.counts;
	p->log.error = p->result.error.kind != ERR_NONE ? str_from(p->result.error.text) : STR("");
	return details(p, &p->log.details, e) &&
	       db_transact(p->session->engine->db, log_close_body, p, e);
}

/* Commits what waits, unless the lease is lost or the database is what failed. */
static bool settle(struct pass *p, const struct err *why, struct err *e)
{
	if (why && (why->kind == ERR_FENCED || why->kind == ERR_STORE))
		return true;
	if (p->refused)
		return held_error(p, e);
	if (p->result.held.check.len > 0)
		return true;
	if (p->finished)
		return complete(p, e);
	return commit(p, e);
}

bool pass_close(struct pass *p, const struct err *why, struct pass_result *out, struct err *e)
{
	struct pass_result *r = &p->result;
	bool ok;

	if (why)
		r->error = *why;
	if (!settle(p, why, e) && r->error.kind == ERR_NONE)
		r->error = *e;
	if (p->shift && shift_error(p->shift) && r->error.kind == ERR_NONE)
		r->error = *shift_error(p->shift);
	r->counts = p->session->counts;
	r->timing = p->meter.total;
	r->status = status_of(p);
	warn_columns(p);
	ok = log_close(p, e);
	session_tell(p->session, (struct watch_event){ .kind = WATCH_TABLE_END,
						       .counts = r->counts,
						       .status = r->status,
						       .says = str_from(r->error.text) });
	*out = *r;
	p->session->meter = NULL;
	pass_free(p);
	return ok;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * shift.c - a pass over a stream whose members take turns.
 *
 * `asked` are the members of whom something waits for the commit, the last one perhaps still being
 * read; `part` says which rows of the batch are whose.
 */
#include "flow/shift.h"

#include "base/map.h"
#include "flow/partition.h"
#include "store/cycle.h"

#define FAILURES_IN_A_ROW_MAX 10
#define WAITING_BYTES_MAX ((size_t)256 * 1024 * 1024)

struct asked {
	const struct rota_member *member;
	bool probe;         /* a sentinel */
	bool changed, made; /* rows of earlier commits, or what was looked up */
	bool done, failed;
	int64_t at_ms; /* wall; when its last page came */
};

/* Rows [from, to) of the batch. */
struct part {
	size_t asked, from, to;
};

struct shift {
	struct session *session;
	const struct plan_table *table;
	const struct rotation_plan *plan;
	struct arena *arena;   /* the job's */
	struct arena *waiting; /* reset by every commit */
	struct rota *rota;
	struct rota_turn first; /* as the pass began */
	enum run_mode mode;
	struct partition_feed feed;
	size_t next;                      /* of the turn */
	const struct rota_member *member; /* being read; or NULL */
	struct asked *asked;
	struct part *part;
	size_t askeds, parts, asked_cap, part_cap;
	struct map *known; /* values that were news in this pass */
	bool probed;       /* a sentinel waits for the commit */
	int64_t began_ms, done, news, failed, in_a_row;
	bool alarm;
	struct err error; /* of the first that failed */
};

/* ---- who is read ---- */

static bool feed_next(void *arg, struct value *out, bool *more, struct err *e)
{
	struct shift *h = arg;
	const struct rota_turn *t = rota_turn(h->rota);

	(void)e; /* they are in memory */
	*more = h->next < t->n;
	h->member = *more ? &t->member[h->next] : NULL;
	if (*more)
		*out = value_str(t->member[h->next++].id);
	return true;
}

static void waiting_reset(struct shift *h)
{
	arena_reset(h->waiting);
	h->asked = NULL;
	h->part = NULL;
	h->askeds = h->parts = h->asked_cap = h->part_cap = 0;
	h->probed = false;
}

bool shift_open(struct session *s, const struct plan_table *t, enum run_mode mode, struct arena *a,
		struct shift **out, struct err *e)
{
	const struct rotation_plan *plan = plan_rotation(s->connection, t->stream);
	struct rota_choice choice = { .connection = s->connection, .stream = t->stream };
	struct shift *h;

	*out = NULL;
	if (!plan || s->selection)
		return true;
	h = arena_new_struct(a, struct shift);
	h->session = s;
	h->table = t;
	h->plan = plan;
	h->arena = a;
	h->mode = mode;
	choice.now_ms = h->began_ms = clock_wall_ms(s->engine->clock);
	h->known = map_new(a);
	if (!rota_choose(s->engine->db, a, &choice, &h->rota, e))
		return false;
	if (mode == MODE_FULL)
		rota_everybody(h->rota);
	h->first = *rota_turn(h->rota);
	h->waiting = arena_new("members that wait", WAITING_BYTES_MAX);
	waiting_reset(h);
	h->feed = (struct partition_feed){ t->stream, feed_next, h };
	s->feed = &h->feed;
	*out = h;
	return true;
}

void shift_done(struct shift *h)
{
	if (!h)
		return;
	h->session->feed = NULL;
	arena_free(h->waiting);
	h->waiting = NULL;
}

/* ---- what came ---- */

static bool is_probe(const struct shift *h)
{
	return h->plan->sentinel && h->mode == MODE_INCREMENTAL &&
	       h->next <= rota_turn(h->rota)->probes;
}

static bool looks_up(const struct shift *h)
{
	return h->plan->sentinel && h->plan->sentinel->value;
}

/* Of the member being read. */
static struct asked *asked_now(struct shift *h)
{
	if (h->askeds && h->asked[h->askeds - 1].member == h->member)
		return &h->asked[h->askeds - 1];
	if (h->askeds == h->asked_cap) {
		h->asked = arena_grow(h->waiting, h->asked, h->asked_cap * sizeof(*h->asked),
				      (h->asked_cap + 64) * 2 * sizeof(*h->asked));
		h->asked_cap = (h->asked_cap + 64) * 2;
	}
	h->asked[h->askeds] = (struct asked){ .member = h->member, .probe = is_probe(h) };
	return &h->asked[h->askeds++];
}

static void part_add(struct shift *h, size_t from, size_t to)
{
	if (from == to)
		return;
	if (h->parts == h->part_cap) {
		h->part = arena_grow(h->waiting, h->part, h->part_cap * sizeof(*h->part),
				     (h->part_cap + 64) * 2 * sizeof(*h->part));
		h->part_cap = (h->part_cap + 64) * 2;
	}
	h->part[h->parts++] = (struct part){ h->askeds - 1, from, to };
}

/* The texts that the plan's `value` gives for the page's records, each once. */
static bool values_of(struct shift *h, const struct page *page, struct arena *a, struct value **out,
		      size_t *n, struct err *e)
{
	struct value list = value_list_new(a), variable[PLAN_VARIABLES], v;
	struct expr_context c = { a, variable, h->session->engine->clock };
	struct map *once = map_new(a);

	variable[PLAN_CONFIG] = h->session->connection->config;
	variable[PLAN_STREAM_PARTITION] = page->slice;
	for (size_t i = 0; i < page->records; i++) {
		variable[PLAN_RECORD] = page->record[i];
		if (!template_eval(h->plan->sentinel->value, &c, &v, e))
			return err_wrap(e, "the sentinel's value");
		for (size_t k = 0; v.kind == VALUE_LIST && k < value_len(v); k++)
			value_list_add(a, list, value_at(v, k));
		if (v.kind != VALUE_LIST)
			value_list_add(a, list, v);
	}
	*out = arena_new_array(a, struct value, value_len(list) + 1);
	*n = 0;
	for (size_t i = 0; i < value_len(list); i++) {
		struct str text;

		if (!value_as_text(a, value_at(list, i), &text, e))
			return false;
		if (text.len && !map_get(h->known, text) && !map_put(once, text, once))
			(*out)[(*n)++] = value_str(text);
	}
	return true;
}

/* Whether the page has what nobody had in the sentinel's table. */
static bool look_up(struct shift *h, const struct page *page, bool *news, struct err *e)
{
	const struct sentinel_plan *s = h->plan->sentinel;
	AUTO_ARENA *a = arena_new("what nobody had", WAITING_BYTES_MAX);
	struct table_lookup lookup = { .table = s->table, .match = s->column, .take = s->column };
	struct value *value = NULL, *found;
	size_t n = 0;

	if (!values_of(h, page, a, &value, &n, e))
		return false;
	found = arena_new_array(a, struct value, n + 1);
	if (n && !table_find(h->session->engine->db, &lookup, value, n, a, found, e))
		return err_wrap(e, "the sentinel's table '%.*s'", STR_ARG(s->table));
	for (size_t i = 0; i < n; i++)
		if (found[i].kind == VALUE_UNDEFINED) {
			*news = true;
			map_put(h->known, str_keep(h->arena, value[i].s), h);
		}
	return true;
}

bool shift_page(struct shift *h, const struct page *page, const struct batch *b, size_t row,
		struct err *e)
{
	struct asked *m = asked_now(h);

	if (looks_up(h) && !look_up(h, page, &m->made, e))
		return false;
	part_add(h, row, batch_rows(b));
	m->at_ms = clock_wall_ms(h->session->engine->clock);
	m->done = page->last_of_partition;
	h->probed = h->probed || (m->probe && m->done);
	h->in_a_row = 0;
	return true;
}

bool shift_wants_commit(const struct shift *h)
{
	return h->probed;
}

/* What may be one member's alone: the vendor's word about it, or an answer that did not come. */
static bool may_be_its_own(enum err_kind kind)
{
	return kind == ERR_REMOTE || kind == ERR_TRANSIENT || kind == ERR_LIMIT;
}

bool shift_failed(struct shift *h, const struct err *why)
{
	struct asked *m;

	if (!h->member || !may_be_its_own(why->kind))
		return false;
	m = asked_now(h);
	m->failed = true;
	m->at_ms = clock_wall_ms(h->session->engine->clock);
	h->probed = h->probed || m->probe;
	if (h->error.kind == ERR_NONE)
		h->error = *why;
	return ++h->in_a_row < FAILURES_IN_A_ROW_MAX;
}

/* ---- commits ---- */

static void parts_weigh(const struct shift *h, const struct batch *b, bool *changed, bool *made)
{
	for (size_t i = 0; i < h->parts; i++) {
		const struct part *p = &h->part[i];

		for (size_t row = p->from; row < p->to; row++) {
			enum row_outcome o = batch_outcome(b, row);

			made[p->asked] = made[p->asked] || o == ROW_CREATED;
			changed[p->asked] =
				changed[p->asked] || o == ROW_CREATED || o == ROW_UPDATED;
		}
	}
}

/* Only rows of the sentinels count when nothing is looked up: in a cycle after an alarm everybody
 * has rows of their own. */
static bool alarms(const struct shift *h, const struct asked *m, bool made)
{
	if (!h->plan->sentinel || !m->done || m->failed)
		return false;
	return looks_up(h) ? m->made : m->probe && (made || m->made);
}

static bool note_alarm(struct shift *h, const struct asked *m, bool *anew, struct err *e)
{
	struct db *db = h->session->engine->db;

	h->alarm = true;
	if (!m->probe)
		return rota_remind(db, h->rota, m->at_ms, e);
	*anew = true;
	return rota_alarm(db, h->rota, m->at_ms, e);
}

static enum rota_outcome outcome_of(const struct asked *m, bool changed)
{
	return m->failed ? ROTA_FAILED : changed || m->changed ? ROTA_NEWS : ROTA_NOTHING;
}

bool shift_commit(struct shift *h, const struct batch *b, bool *anew, struct err *e)
{
	struct db *db = h->session->engine->db;
	bool *changed = arena_new_array(h->waiting, bool, h->askeds + 1);
	bool *made = arena_new_array(h->waiting, bool, h->askeds + 1);

	*anew = false;
	parts_weigh(h, b, changed, made);
	for (size_t i = 0; i < h->askeds; i++) {
		struct asked *m = &h->asked[i];

		if (!m->done && !m->failed)
			continue;
		if (!rota_note(db, h->rota, m->member, outcome_of(m, changed[i]), m->at_ms, e))
			return false;
	}
	/* Behind the notes: the turn that comes of it leaves out who was asked. */
	for (size_t i = 0; i < h->askeds; i++)
		if (alarms(h, &h->asked[i], made[i]) && !note_alarm(h, &h->asked[i], anew, e))
			return false;
	for (size_t i = 0; i < h->askeds; i++) {
		h->asked[i].changed = h->asked[i].changed || changed[i];
		h->asked[i].made = h->asked[i].made || (made[i] && !looks_up(h));
	}
	if (*anew)
		h->next = 0;
	return true;
}

void shift_committed(struct shift *h)
{
	struct asked last = { 0 };
	bool open = h->askeds && !h->asked[h->askeds - 1].done && !h->asked[h->askeds - 1].failed;

	for (size_t i = 0; i < h->askeds; i++) {
		const struct asked *m = &h->asked[i];

		h->done += m->done && !m->failed;
		h->news += m->done && !m->failed && m->changed;
		h->failed += m->failed;
	}
	if (open)
		last = h->asked[h->askeds - 1];
	waiting_reset(h);
	if (open)
		*asked_now(h) = last;
}

bool shift_end(struct shift *h, struct err *e)
{
	return rota_close(h->session->engine->db, h->rota, clock_wall_ms(h->session->engine->clock),
			  e);
}

/* ---- the end ---- */

bool shift_whole(const struct shift *h)
{
	for (size_t i = 0; i < h->askeds; i++)
		if (h->asked[i].failed)
			return false;
	return h->failed == 0;
}

const struct err *shift_error(const struct shift *h)
{
	return h->failed && !h->done ? &h->error : NULL;
}

bool shift_log(struct shift *h, struct str run, int64_t calls, struct err *e)
{
	struct session *s = h->session;
	struct cycle c = { .connection = s->connection->name,
			   .stream = h->table->stream->name,
			   .run = run,
			   .began_ms = h->began_ms,
			   .ended_ms = clock_wall_ms(s->engine->clock),
			   .batch = (int64_t)h->first.batch,
			   .batches = (int64_t)h->first.batches,
			   .batch_size = (int64_t)h->first.batch_size,
			   .total = (int64_t)h->first.total,
			   .processed = h->done + h->failed,
			   .news = h->news,
			   .failed = h->failed,
			   .calls = calls,
			   .sentinel = h->first.probes > 0,
			   .alarm = h->alarm };

	return cycle_add(s->engine->db, &c, e);
}

static void details_tiers(const struct shift *h, struct arena *a, struct value to)
{
	struct value tiers = value_map_new(a);
	int64_t count[PLAN_TIERS_MAX] = { 0 };

	if (!h->plan->tiering || !h->plan->tiers || h->mode == MODE_FULL)
		return;
	for (size_t i = 0; i < h->first.n; i++)
		count[h->first.member[i].tier]++;
	for (size_t i = 0; i < h->plan->tiers; i++)
		value_map_set(a, tiers, h->plan->tier[i].name, value_int(count[i]));
	value_map_set(a, to, STR("tiers"), tiers);
}

struct value shift_details(const struct shift *h, struct arena *a)
{
	struct value map = value_map_new(a);
	const struct rota_turn *t = &h->first;

	value_map_set(a, map, STR("members"), value_int((int64_t)t->total));
	value_map_set(a, map, STR("due"), value_int((int64_t)t->due));
	value_map_set(a, map, STR("batch"), value_int((int64_t)t->batch));
	value_map_set(a, map, STR("batches"), value_int((int64_t)t->batches));
	value_map_set(a, map, STR("asked"), value_int(h->done + h->failed));
	value_map_set(a, map, STR("news"), value_int(h->news));
	value_map_set(a, map, STR("failed"), value_int(h->failed));
	if (t->probes > 0)
		value_map_set(a, map, STR("sentinels"), value_int((int64_t)t->probes));
	if (h->alarm)
		value_map_set(a, map, STR("alarm"), value_bool(true));
	details_tiers(h, a, map);
	return map;
}

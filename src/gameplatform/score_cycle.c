/* SPDX-License-Identifier: Apache-2.0 */
/*
 * score_cycle.c - one cycle of the incremental sync.
 *
 * Always: what a dry run or a switched-off integration would do is only counted; nothing is asked
 * and nothing written.
 */
#include "gameplatform/score_cycle.h"

#include "base/log.h"
#include "base/map.h"
#include "data/moment.h"
#include "gameplatform/activity.h"
#include "gameplatform/ingest.h"
#include "gameplatform/platform.h"
#include "gameplatform/score_member.h"
#include "gameplatform/score_run.h"
#include "gameplatform/score_state.h"
#include "store/cycle.h"

#define ONE_BYTES_MAX ((size_t)64 << 20)
#define OVERLAP_MS ((int64_t)10 * 60 * 1000)
/* People take part in an event for so long, and their answers may change for so long. */
#define EVENT_OVER_MS ((int64_t)24 * 60 * 60 * 1000)
#define EVENT_YOUNG_MS (3 * EVENT_OVER_MS)

/* One of the two rotations. */
struct ring {
	struct rota *rota;
	const struct rota_member *member; /* all, in order */
	size_t n;
	/* By place. */
	bool *asked;    /* in this cycle */
	bool *refused;  /* and to no avail */
	bool *due;      /* the turn has them */
	struct map *by; /* id → member */
	struct cycle cost;
};

struct score {
	const struct connection *connection;
	const struct score_options *options;
	struct arena *arena;
	struct score_floor floor;
	struct ring odl, flash;
	struct score_run run;
	struct score_counts counts;
	bool limited; /* to a coach or a competitor: no cursor moves */
	size_t left;
};

/* ---- before ---- */

/* How far back an answer is asked for again: for what the vendor committed late, and clocks. */
static bool overlap(const struct connection *c, int64_t *ms, struct err *e)
{
	struct value said = value_get(c->config, STR("overlap"));
	struct duration d;

	*ms = OVERLAP_MS;
	if (said.kind != VALUE_STR || said.s.len == 0)
		return true;
	if (!duration_parse_plain(said.s, &d, e))
		return err_wrap(e, "the connection's config.overlap");
	*ms = d.us / 1000;
	return true;
}

static bool whole(const struct score_options *o)
{
	return o->force_full || o->coach.len > 0 || o->competitor.len > 0;
}

static void note_due(struct ring *r)
{
	const struct rota_turn *turn = rota_turn(r->rota);

	memset(r->due, 0, r->n * sizeof(*r->due));
	for (size_t i = 0; i < turn->n; i++)
		r->due[turn->member[i].place] = true;
}

static bool ring_open(struct score *s, const char *name, struct ring *r, struct err *e)
{
	const struct score_options *o = s->options;
	const struct stream *st = manifest_stream(s->connection->manifest, str_from(name));
	struct str column = o->competitor.len ? STR("id")
			    : o->coach.len    ? STR("coach_id")
					      : STR("");
	struct rota_choice choice = { .connection = s->connection,
				      .now_ms = clock_wall_ms(s->floor.g->clock),
				      .only_column = column,
				      .only = o->competitor.len ? o->competitor : o->coach };

	if (!st)
		return err_set(e, ERR_CONFIG, "the connector has no stream '%s'", name);
	if (!plan_rotation(s->connection, st))
		return err_set(e, ERR_CONFIG, "stream '%s' has no rotation in the plan", name);
	choice.stream = st;
	if (!rota_choose(s->floor.g->db, s->arena, &choice, &r->rota, e))
		return err_wrap(e, "stream '%s'", name);
	r->member = rota_members(r->rota, &r->n);
	r->asked = arena_new_array(s->arena, bool, r->n + 1);
	r->refused = arena_new_array(s->arena, bool, r->n + 1);
	r->due = arena_new_array(s->arena, bool, r->n + 1);
	r->by = map_new(s->arena);
	for (size_t i = 0; i < r->n; i++)
		map_put(r->by, r->member[i].id, (void *)(uintptr_t)(i + 1));
	r->cost = (struct cycle){ .connection = s->connection->name, .stream = str_from(name) };
	if (whole(o))
		rota_everybody(r->rota);
	note_due(r);
	return true;
}

/* NULL: nobody of that id. */
static const struct rota_member *ring_find(const struct ring *r, struct str id)
{
	uintptr_t place = (uintptr_t)map_get(r->by, id);

	return place ? &r->member[place - 1] : NULL;
}

static bool start(void *arg, struct err *e)
{
	struct score *s = arg;
	const struct score_options *o = s->options;
	const struct engine *g = s->floor.g;
	const struct score_scope scope = { o->coach, o->competitor };
	int64_t changed;

	if (g->fence && !fence_hold(g->db, g->fence, e))
		return false;
	return score_run_start(g->db, s->arena, &s->run, e) &&
	       (!o->force_full ||
		score_state_forget(g->db, &scope, o->since_ms ? o->since_ms : s->run.started_ms,
				   e)) &&
	       activity_update(g->db, s->run.started_ms, &changed, e);
}

static bool open_rings(struct score *s, struct err *e)
{
	return ring_open(s, SCORE_ODL_STREAM, &s->odl, e) &&
	       ring_open(s, SCORE_FLASH_STREAM, &s->flash, e);
}

/* ---- one after the other ---- */

static void count(struct score *s, const struct score_turn *t, const struct score_told *told)
{
	struct score_counts *c = &s->counts;

	if (told->alarm) {
		s->flash.cost.alarm = true;
		note_due(&s->flash);
	}
	if (told->flash_asked) {
		c->flash++;
		c->flash_failed += told->flash_failed;
		s->flash.cost.processed++;
		s->flash.cost.failed += told->flash_failed;
		s->flash.cost.news += told->flash_news;
		s->flash.asked[t->flash->place] = true;
	}
	if (!t->ask_odl)
		return;
	c->total++;
	c->synced += told->outcome == SCORE_SYNCED;
	c->skipped += told->outcome == SCORE_NO_NEWS || told->outcome == SCORE_MISSING;
	c->missing += told->outcome == SCORE_MISSING;
	c->failed += told->outcome == SCORE_ERROR;
	s->odl.cost.processed++;
	s->odl.cost.failed += told->outcome == SCORE_ERROR;
	s->odl.cost.news += told->outcome == SCORE_SYNCED;
	s->odl.refused[t->odl->place] =
		told->outcome == SCORE_MISSING || told->outcome == SCORE_ERROR;
}

static bool take_turn(struct score *s, const struct score_turn *t, struct err *e)
{
	const struct score_options *o = s->options;
	struct vendor *v = &s->floor.vendor;
	struct score_told told;
	bool ok;

	if (!cancel_check(s->floor.g->stop, e) || !session_beat(v->session, e))
		return false;
	ok = score_member(&s->floor, t, &told, e);
	s->counts.calls = v->calls;
	if (!ok)
		return false;
	count(s, t, &told);
	return !o->step || o->step(o->arg, &s->counts, s->left, e);
}

/* Who is due by time alone is so again when it has passed. */
static bool was_asked(const struct score *s, const struct rota_member *m)
{
	return whole(s->options) && s->options->since_ms > 0 && m->done_ms >= s->options->since_ms;
}

/* Few are asked first; only when they have what nobody had, everybody is.  One that fails says
 * nothing, and nobody is asked. */
static bool ask_sentinels(struct score *s, struct err *e)
{
	const struct rota_turn *turn = rota_turn(s->flash.rota);
	struct score_turn t = { .ask_flash = true, .probe = true };
	size_t n = turn->probes;
	struct str *id = arena_new_array(s->arena, struct str, n + 1);

	s->flash.cost.sentinel = n > 0;
	/* The turn is another one after an alarm. */
	for (size_t i = 0; i < n; i++)
		id[i] = turn->member[i].id;
	for (size_t i = 0; i < n; i++) {
		t.user = id[i];
		t.flash = ring_find(&s->flash, t.user);
		if (t.flash && !was_asked(s, t.flash) && !take_turn(s, &t, e))
			return false;
	}
	return true;
}

static bool flash_due(const struct score *s, const struct rota_member *m)
{
	return m && s->flash.due[m->place] && !s->flash.asked[m->place] && !was_asked(s, m);
}

static bool ask_due(struct score *s, struct err *e)
{
	const struct rota_turn *turn = rota_turn(s->odl.rota);

	s->left = turn->n;
	for (size_t i = 0; i < turn->n; i++) {
		struct score_turn t = { .user = turn->member[i].id, .ask_odl = true };

		s->left--;
		if (was_asked(s, &turn->member[i]))
			continue;
		t.odl = ring_find(&s->odl, t.user);
		t.flash = ring_find(&s->flash, t.user);
		t.ask_flash = flash_due(s, t.flash);
		if (!take_turn(s, &t, e))
			return false;
	}
	return true;
}

/* Whoever else owes events; but for those whose scores were just refused. */
static bool ask_others(struct score *s, struct err *e)
{
	const struct rota_turn *turn = rota_turn(s->flash.rota);

	s->left = turn->n;
	for (size_t i = 0; i < turn->n; i++) {
		struct score_turn t = { .user = turn->member[i].id, .ask_flash = true };
		const struct rota_member *odl = ring_find(&s->odl, t.user);

		s->left--;
		t.flash = ring_find(&s->flash, t.user);
		if (!flash_due(s, t.flash) || (odl && s->odl.refused[odl->place]))
			continue;
		if (!take_turn(s, &t, e))
			return false;
	}
	return true;
}

/* ---- after ---- */

/* A cycle may end before it knows whose turn it is. */
static struct rota_turn turn_of(const struct ring *r)
{
	return r->rota ? *rota_turn(r->rota) : (struct rota_turn){ .batches = 1 };
}

static void close_run(struct score *s, const struct err *why)
{
	const struct rota_turn turn = turn_of(&s->odl);
	struct score_run *r = &s->run;

	r->completed_ms = clock_wall_ms(s->floor.g->clock);
	r->status = why ? STR("failed") : STR("completed");
	r->error = why ? str_keep(s->arena, str_from(why->text)) : STR("");
	r->synced = s->counts.synced;
	r->skipped = s->counts.skipped;
	r->failed = s->counts.failed;
	r->batch = (int64_t)turn.batch;
	r->batches = (int64_t)turn.batches;
	r->batch_size = (int64_t)turn.batch_size;
	r->processed = s->counts.total;
	r->news = s->counts.synced;
	r->calls = s->counts.calls;
}

static struct cycle cost(const struct score *s, const struct ring *r, int64_t calls)
{
	const struct rota_turn turn = turn_of(r);
	struct cycle c = r->cost;

	c.run = s->run.id;
	c.began_ms = s->run.started_ms;
	c.ended_ms = s->run.completed_ms;
	c.batch = (int64_t)turn.batch;
	c.batches = (int64_t)turn.batches;
	c.batch_size = (int64_t)turn.batch_size;
	c.total = (int64_t)turn.total;
	c.calls = calls;
	return c;
}

/* What was called for events is at least a call for each; tries again are the scores'. */
static bool add_costs(struct score *s, struct err *e)
{
	struct cycle odl = cost(s, &s->odl, s->counts.calls - s->counts.flash);
	struct cycle flash = cost(s, &s->flash, s->counts.flash);

	if (!s->flash.rota)
		return true;
	return cycle_add(s->floor.g->db, &odl, e) && cycle_add(s->floor.g->db, &flash, e);
}

static bool finish(void *arg, struct err *e)
{
	struct score *s = arg;
	const struct engine *g = s->floor.g;
	int64_t now_ms = clock_wall_ms(g->clock), changed;

	if (g->fence && !fence_hold(g->db, g->fence, e))
		return false;
	close_run(s, NULL);
	/* Who was heard of for the first time is as active as that says, not dormant until the
	 * next cycle. */
	if (!activity_update(g->db, now_ms, &changed, e))
		return false;
	if (!s->limited && (!rota_close(g->db, s->odl.rota, now_ms, e) ||
			    !rota_close(g->db, s->flash.rota, now_ms, e)))
		return false;
	return add_costs(s, e) && score_run_end(g->db, &s->run, e);
}

struct give_up {
	struct score *score;
	const struct err *why;
};

static bool give_up(void *arg, struct err *e)
{
	const struct give_up *u = arg;
	struct score *s = u->score;
	const struct engine *g = s->floor.g;

	if (g->fence && !fence_hold(g->db, g->fence, e))
		return false;
	close_run(s, u->why);
	return add_costs(s, e) && score_run_end(g->db, &s->run, e);
}

static bool look_at_events(struct score *s, struct err *e)
{
	struct db *d = s->floor.g->db;
	int64_t now_ms = s->run.started_ms, last_ms, over_ms;

	if (!ingest_event_before(d, now_ms, &last_ms, e) ||
	    !ingest_event_before(d, now_ms - EVENT_OVER_MS, &over_ms, e))
		return false;
	s->floor.event_under_way = last_ms > now_ms - EVENT_YOUNG_MS;
	s->floor.event_over_ms = over_ms ? over_ms + EVENT_OVER_MS : 0;
	return true;
}

static bool carry_out(struct score *s, struct err *e)
{
	if (!open_rings(s, e) || !look_at_events(s, e))
		return false;
	s->floor.odl = s->odl.rota;
	s->floor.flash = s->flash.rota;
	s->floor.everybody = s->options->force_full && !s->limited;
	return ask_sentinels(s, e) && ask_due(s, e) && ask_others(s, e) &&
	       db_transact(s->floor.g->db, finish, s, e);
}

static void tell(const struct score *s, struct score_result *out)
{
	const struct rota_turn turn = turn_of(&s->odl);

	*out = (struct score_result){ .run = s->run.id,
				      .dry_run = s->options->dry_run,
				      .counts = s->counts,
				      .batch = (int64_t)turn.batch,
				      .batches = (int64_t)turn.batches,
				      .batch_size = (int64_t)turn.batch_size,
				      .duration_ms = s->run.completed_ms - s->run.started_ms,
				      .sentinel = s->flash.cost.sentinel,
				      .alarm = s->flash.cost.alarm };
}

/* What would be asked. */
static bool dry(struct score *s, struct score_result *out, struct err *e)
{
	if (!open_rings(s, e))
		return false;
	tell(s, out);
	out->counts.total = out->counts.skipped = (int64_t)rota_turn(s->odl.rota)->n;
	return true;
}

static bool run(struct score *s, struct err *e)
{
	const struct engine *g = s->floor.g;
	struct give_up u = { s, e };
	struct err unsaid;

	if (!vendor_open(s->arena, g, s->connection, &s->floor.vendor, e) ||
	    !db_transact(g->db, start, s, e))
		return false;
	s->floor.vendor.session->lease = s->options->lease;
	s->floor.vendor.session->beat_ms = clock_steady_ms(g->clock);
	if (carry_out(s, e))
		return true;
	if (e->kind != ERR_FENCED && !db_transact(g->db, give_up, &u, &unsaid))
		log_warn("the sync run stays open until the next one: %s", unsaid.text);
	return false;
}

bool score_cycle(const struct engine *g, const struct connection *c, const struct score_options *o,
		 struct arena *a, struct score_result *out, struct err *e)
{
	AUTO_ARENA *one = arena_new("scores of one", ONE_BYTES_MAX);
	struct score s = { .connection = c,
			   .options = o,
			   .arena = a,
			   .floor = { .g = g, .one = one },
			   .run = { .type = o->force_full ? STR("full") : STR("incremental"),
				    .started_ms = clock_wall_ms(g->clock) },
			   .limited = o->coach.len > 0 || o->competitor.len > 0 };

	if (!overlap(c, &s.floor.overlap_ms, e))
		return false;
	if (o->dry_run)
		return dry(&s, out, e);
	if (!run(&s, e))
		return false;
	tell(&s, out);
	return true;
}

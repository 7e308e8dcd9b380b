/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rota.c - whose turn it is, from what stands in the database, and what came of it.
 *
 * `member` is everybody in order; a member's place is its number there.  What is noted is known
 * here at once, so that a turn that an alarm makes anew leaves out who was asked meanwhile.
 */
#include "flow/rota_part.h"

#include "store/member.h"

struct rota {
	const struct rotation_plan *plan;
	struct arena *arena;
	struct str connection, stream;
	struct members all;
	struct rota_member *member;
	struct rotation_state *state;
	struct rota_turn turn;
	size_t last; /* place of the last of the turn, also when it was asked before */
	int64_t now_ms;
	bool limited;   /* to some rows: no cursor moves */
	bool everybody; /* a full pass */
	bool alarmed;   /* in this cycle */
};

/* ---- the turn ---- */

/* Where the order counts: nobody is due by time. */
static bool in_order(const struct rota *r)
{
	return !rota_has_tiers(r->plan) && !r->plan->sentinel;
}

static size_t cursor_place(const struct rota *r)
{
	size_t n = 0;

	while (n < r->all.n && !r->all.member[n].behind)
		n++;
	return r->limited ? 0 : n;
}

/* Those whom a turn that was never closed has asked already. */
static void leave_out_asked(struct rota *r)
{
	struct rota_turn *t = &r->turn;
	size_t n = 0;

	if (r->limited)
		return;
	for (size_t i = 0; i < t->n; i++) {
		const struct rota_member *m = &t->member[i];

		if (m->asked_ms <= r->state->closed_ms || m->done_ms < m->asked_ms)
			t->member[n++] = *m;
	}
	t->n = n;
}

static void pick(struct rota *r)
{
	struct rota_times times = { r->now_ms, r->state->alarm_ms, r->alarmed };

	if (r->plan->sentinel) {
		rota_pick_sentinels(r->arena, r->plan, r->member, r->all.n, &times, &r->turn);
		return;
	}
	rota_pick(r->arena, r->plan, r->member, r->all.n, cursor_place(r), r->now_ms, &r->turn);
	if (!in_order(r))
		return;
	r->last = r->turn.n ? r->turn.member[r->turn.n - 1].place : 0;
	leave_out_asked(r);
}

static void members_read(struct rota *r)
{
	r->member = arena_new_array(r->arena, struct rota_member, r->all.n + 1);
	for (size_t i = 0; i < r->all.n; i++) {
		const struct member *m = &r->all.member[i];

		r->member[i] = (struct rota_member){ .id = m->id,
						     .activity = m->activity,
						     .has_activity = m->has_activity,
						     .asked_ms = m->asked_ms,
						     .done_ms = m->done_ms,
						     .place = i };
		r->member[i].tier = rota_tier(r->plan, &r->member[i]);
	}
}

static struct member_source source_of(const struct rota *r, struct str only_column, struct str only)
{
	const struct rotation_plan *p = r->plan;
	struct outbox_condition *when =
		arena_new_array(r->arena, struct outbox_condition, p->whens + 1);

	for (size_t i = 0; i < p->whens; i++)
		when[i] = (struct outbox_condition){ p->when[i].column, p->when[i].any,
						     p->when[i].anys, p->when[i].negate };
	return (struct member_source){ .connection = r->connection,
				       .stream = r->stream,
				       .table = p->table,
				       .key = p->key,
				       .activity = p->activity,
				       .when = when,
				       .whens = p->whens,
				       .order = p->order,
				       .orders = p->orders,
				       .only_column = only_column,
				       .only = only };
}

bool rota_choose(struct db *d, struct arena *a, const struct rota_choice *q, struct rota **out,
		 struct err *e)
{
	struct rota *r = arena_new_struct(a, struct rota);
	struct member_source source;

	_Static_assert(PLAN_ORDER_MAX == MEMBER_ORDER_MAX, "what a plan may order by");
	r->plan = plan_rotation(q->connection, q->stream);
	assert(r->plan);
	r->arena = a;
	r->state = arena_new_struct(a, struct rotation_state);
	r->connection = q->connection->name;
	r->stream = q->stream->name;
	r->now_ms = q->now_ms;
	r->limited = q->only_column.len > 0;
	source = source_of(r, q->only_column, q->only);
	if (!rotation_get(d, a, r->connection, r->stream, r->state, e) ||
	    !member_list(d, a, &source, r->state->cursor, &r->all, e))
		return false;
	members_read(r);
	pick(r);
	*out = r;
	return true;
}

const struct rota_turn *rota_turn(const struct rota *r)
{
	return &r->turn;
}

const struct rota_member *rota_members(const struct rota *r, size_t *n)
{
	*n = r->all.n;
	return r->member;
}

void rota_everybody(struct rota *r)
{
	r->everybody = true;
	r->turn = (struct rota_turn){ .member = r->member,
				      .n = r->all.n,
				      .total = r->all.n,
				      .due = r->all.n,
				      .batches = 1,
				      .batch_size = r->all.n ? r->all.n : 1,
				      .wraps = true };
}

/* ---- what came of it ---- */

bool rota_note(struct db *d, const struct rota *r, const struct rota_member *m,
	       enum rota_outcome outcome, int64_t now_ms, struct err *e)
{
	struct rota_member *known = &r->member[m->place];
	int64_t done_ms = now_ms > r->now_ms ? now_ms : r->now_ms;
	struct member_note note = { .connection = r->connection,
				    .stream = r->stream,
				    .id = m->id,
				    .asked_ms = r->now_ms,
				    .done_ms = outcome == ROTA_FAILED ? 0 : done_ms,
				    .news_ms = outcome == ROTA_NEWS ? done_ms : 0 };

	assert(m->place < r->all.n && str_eq(known->id, m->id));
	if (!member_put(d, &note, e))
		return false;
	known->asked_ms = note.asked_ms;
	if (note.done_ms)
		known->done_ms = note.done_ms;
	return true;
}

bool rota_remind(struct db *d, struct rota *r, int64_t now_ms, struct err *e)
{
	if (now_ms > r->state->alarm_ms)
		r->state->alarm_ms = now_ms;
	return rotation_alarm(d, r->connection, r->stream, now_ms, e);
}

bool rota_alarm(struct db *d, struct rota *r, int64_t now_ms, struct err *e)
{
	assert(r->plan->sentinel);
	if (!rota_remind(d, r, now_ms, e))
		return false;
	r->alarmed = true;
	if (!r->everybody)
		pick(r);
	return true;
}

bool rota_close(struct db *d, struct rota *r, int64_t now_ms, struct err *e)
{
	(void)now_ms; /* what was asked is told by when the turn began */
	if (r->limited || !in_order(r))
		return true;
	r->state->closed_ms = r->now_ms;
	if (!r->everybody)
		r->state->cursor = STR("");
	if (!r->everybody && !r->turn.wraps &&
	    !member_cursor(r->arena, &r->all, r->plan->orders, &r->all.member[r->last],
			   &r->state->cursor, e))
		return false;
	return rotation_put(d, r->connection, r->stream, r->state, e);
}

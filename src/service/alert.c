/* SPDX-License-Identifier: Apache-2.0 */
/*
 * alert.c - what is worth waking somebody: rules over numbers, and when to say it again.  Pure.
 */
#include "service/alert.h"

#include "data/moment.h"

static const char *const names[ALERT_CODES] = {
	[ALERT_FAILURES] = "repeated_failures", [ALERT_ATTENTION] = "attention",
	[ALERT_STUCK] = "sync_stuck",           [ALERT_BUDGET] = "budget_use",
	[ALERT_ERRORS] = "error_rate",          [ALERT_SUCCESS] = "success_rate",
	[ALERT_FRESHNESS] = "freshness",
};

const char *alert_code_name(enum alert_code c)
{
	assert((size_t)c < COUNT(names));
	return names[c];
}

struct str alert_text(struct arena *a, const struct alert *al)
{
	long long n = (long long)al->n, limit = (long long)al->limit;
	int len = (int)al->subject.len;
	const char *who = al->subject.at;

	switch (al->code) {
	case ALERT_FAILURES:
		return str_printf(a, "%.*s failed %lld times in a row", len, who, n);
	case ALERT_ATTENTION:
		return str_printf(a, "%.*s asks for a person: credentials or configuration", len,
				  who);
	case ALERT_STUCK:
		return str_printf(a, "%.*s: a sync has made no progress for %s (limit: %s)", len,
				  who, span_text(a, al->n).at, span_text(a, al->limit).at);
	case ALERT_BUDGET:
		return str_printf(a, "%.*s has used %lld %% of its vendor's limit (limit: %lld %%)",
				  len, who, n, limit);
	case ALERT_ERRORS:
		return str_printf(a, "%.*s: %lld %% of the records of 24 h failed (limit: %lld %%)",
				  len, who, n, limit);
	case ALERT_SUCCESS:
		return str_printf(
			a, "%.*s: %lld %% of the runs of 24 h were whole (at least: %lld %%)", len,
			who, n, limit);
	case ALERT_FRESHNESS:
		return str_printf(a, "%.*s: what is known of a member is %s old (promised: %s)",
				  len, who, span_text(a, al->n).at, span_text(a, al->limit).at);
	case ALERT_CODES:
		break;
	}
	return STR("something is wrong");
}

/* ---- the rules ---- */

struct judging {
	struct arena *arena;
	struct alert *at;
	size_t n;
};

static void find(struct judging *j, enum alert_code code, struct str subject, int64_t n,
		 int64_t limit)
{
	struct str print = str_printf(j->arena, "%s:%.*s", names[code], STR_ARG(subject));

	/* The worse of two with one name, for they are one trouble. */
	for (size_t i = 0; i < j->n; i++)
		if (str_eq(j->at[i].fingerprint, print)) {
			if (n > j->at[i].n)
				j->at[i].n = n;
			return;
		}
	j->at[j->n++] = (struct alert){ code, subject, print, n, limit };
}

static struct str connection_subject(struct arena *a, struct str name)
{
	return str_printf(a, "connection:%.*s", STR_ARG(name));
}

static int64_t percent(int64_t part, int64_t whole)
{
	return whole > 0 ? part * 100 / whole : 0;
}

static void judge_run(struct judging *j, const struct run_health *r, const struct alert_limits *l)
{
	struct str who = connection_subject(j->arena, r->connection);

	/* Exact, not by the rounded share: 5.4 % is above 5 %. */
	if (r->records >= ALERT_RECORDS_MIN && r->failed * 100 > l->error_percent * r->records)
		find(j, ALERT_ERRORS, who, percent(r->failed, r->records), l->error_percent);
	if (r->runs >= ALERT_RUNS_MIN && r->whole * 100 < l->success_percent * r->runs)
		find(j, ALERT_SUCCESS, who, percent(r->whole, r->runs), l->success_percent);
}

static void judge_freshness(struct judging *j, const struct freshness_health *f)
{
	struct str who = str_printf(j->arena, "rotation:%.*s/%.*s/%.*s", STR_ARG(f->connection),
				    STR_ARG(f->stream), STR_ARG(f->tier));

	if (f->late > 0)
		find(j, ALERT_FRESHNESS, who, f->oldest_ms, f->promise_ms);
}

void alert_judge(struct arena *a, const struct health *h, const struct alert_limits *l,
		 struct alert **out, size_t *n)
{
	size_t most = 2 * h->tasks + h->syncs + h->budgets + 2 * h->runs + h->freshnesses;
	struct judging j = { .arena = a, .at = arena_new_array(a, struct alert, most + 1) };

	for (size_t i = 0; i < h->tasks; i++) {
		const struct task_health *t = &h->task[i];

		if (t->failures_in_row >= l->failures)
			find(&j, ALERT_FAILURES, t->subject, t->failures_in_row, l->failures);
		if (t->attention)
			find(&j, ALERT_ATTENTION, t->subject, t->failures_in_row, 0);
	}
	for (size_t i = 0; i < h->syncs; i++)
		if (h->sync[i].still_ms >= l->stuck_ms)
			find(&j, ALERT_STUCK, connection_subject(a, h->sync[i].connection),
			     h->sync[i].still_ms, l->stuck_ms);
	for (size_t i = 0; i < h->budgets; i++) {
		const struct budget_health *b = &h->budget[i];

		if (b->limit > 0 && b->used * 100 > l->budget_percent * b->limit)
			find(&j, ALERT_BUDGET, connection_subject(a, b->connection),
			     percent(b->used, b->limit), l->budget_percent);
	}
	for (size_t i = 0; i < h->runs; i++)
		judge_run(&j, &h->run[i], l);
	for (size_t i = 0; i < h->freshnesses; i++)
		judge_freshness(&j, &h->freshness[i]);
	*out = j.at;
	*n = j.n;
}

/* ---- saying it ---- */

static const struct alert_memory *memory_of(const struct alert_news *news, struct str fingerprint)
{
	for (size_t i = 0; i < news->memories; i++)
		if (str_eq(news->memory[i].fingerprint, fingerprint))
			return &news->memory[i];
	return NULL;
}

static bool is_now(const struct alert_news *news, struct str fingerprint)
{
	for (size_t i = 0; i < news->n; i++)
		if (str_eq(news->now[i].fingerprint, fingerprint))
			return true;
	return false;
}

static bool told_lately(const struct alert_memory *m, int64_t now_ms)
{
	return m->told_ms > 0 && now_ms - m->told_ms < ALERT_AGAIN_MS;
}

static enum alert_act act_on(const struct alert_memory *m, int64_t now_ms)
{
	if (m && told_lately(m, now_ms))
		return ALERT_HOLD;
	return m && m->open && m->told_ms > 0 ? ALERT_REMIND : ALERT_RAISE;
}

static struct alert_step clear(const struct alert_memory *m)
{
	return (struct alert_step){ .alert = { m->code, m->subject, m->fingerprint, 0, 0 },
				    .act = ALERT_CLEAR,
				    .raised_ms = m->raised_ms,
				    .quiet = m->told_ms < m->raised_ms };
}

void alert_decide(struct arena *a, const struct alert_news *news, int64_t now_ms,
		  struct alert_step **out, size_t *steps)
{
	struct alert_step *step =
		arena_new_array(a, struct alert_step, news->n + news->memories + 1);
	size_t count = 0, told = 0;

	for (size_t i = 0; i < news->memories; i++)
		told += told_lately(&news->memory[i], now_ms);
	for (size_t i = 0; i < news->n; i++) {
		const struct alert_memory *old = memory_of(news, news->now[i].fingerprint);
		struct alert_step s = { .alert = news->now[i], .act = act_on(old, now_ms) };

		s.raised_ms = old && old->open ? old->raised_ms : now_ms;
		if (s.act != ALERT_HOLD && told++ >= ALERT_TOLD_MAX)
			s.act = ALERT_HOLD;
		step[count++] = s;
	}
	for (size_t i = 0; i < news->memories; i++)
		if (news->memory[i].open && !is_now(news, news->memory[i].fingerprint))
			step[count++] = clear(&news->memory[i]);
	*out = step;
	*steps = count;
}

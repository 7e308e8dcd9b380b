/* SPDX-License-Identifier: Apache-2.0 */
/* advice.c - what the figures of a rotation say about its settings.  Pure. */
#include "service/advice.h"

#include "data/moment.h"

#define RECENT_SHARE 5 /* a fifth … */
#define RECENT_MIN 5

static struct str rotation_key(struct arena *a, const struct advice_ground *g, const char *key)
{
	return str_printf(a, "connections.%.*s.streams.%.*s.rotation.%s", STR_ARG(g->connection),
			  STR_ARG(g->stream), key);
}

/* Whether the newest cycle left somebody for the next. */
static bool is_cut(const struct advice_ground *g)
{
	return g->plan->batching && g->plan->batch > 0 && g->cycles && g->cycle[0].batches > 1;
}

/* ---- quiet ---- */

static bool judge_quiet(struct arena *a, const struct advice_ground *g, struct advice *out)
{
	int64_t asked = 0, quiet = 0;
	bool tiers = g->plan->tiering && g->plan->tiers;

	for (size_t i = 0; i < g->cycles; i++) {
		asked += g->cycle[i].processed > g->cycle[i].failed;
		quiet += g->cycle[i].processed > g->cycle[i].failed && g->cycle[i].news == 0;
	}
	if (g->plan->sentinel || asked < ADVICE_QUIET_CYCLES_MIN ||
	    quiet * 100 <= asked * ADVICE_QUIET_PERCENT || (!is_cut(g) && !tiers))
		return false;
	*out = (struct advice){
		.code = is_cut(g) ? "larger_batch" : "longer_tiers",
		.because = "quiet",
		.key = rotation_key(a, g, is_cut(g) ? "batch" : "tiers"),
		.measured = quiet * 100 / asked,
		.limit = ADVICE_QUIET_PERCENT,
		.cycles = (size_t)asked,
	};
	return true;
}

/* ---- errors ---- */

struct errors {
	int64_t processed, failed;
};

static struct errors errors_of(const struct advice_ground *g, size_t from, size_t to)
{
	struct errors e = { 0, 0 };

	for (size_t i = from; i < to; i++) {
		e.processed += g->cycle[i].processed;
		e.failed += g->cycle[i].failed;
	}
	return e;
}

static bool judge_errors(struct arena *a, const struct advice_ground *g, struct advice *out)
{
	size_t share = g->cycles / RECENT_SHARE;
	size_t recent = share > RECENT_MIN ? share : RECENT_MIN;
	struct errors now, before;

	if (g->cycles < ADVICE_ERROR_CYCLES_MIN)
		return false;
	now = errors_of(g, 0, recent);
	before = errors_of(g, recent, g->cycles);
	/* Exact, not by rounded shares. */
	if (now.processed == 0 || now.failed * 100 < now.processed * ADVICE_ERROR_PERCENT ||
	    now.failed * before.processed <= 2 * before.failed * now.processed)
		return false;
	*out = (struct advice){
		.code = "smaller_batch",
		.because = "errors",
		.key = rotation_key(a, g, "batch"),
		.measured = now.failed * 100 / now.processed,
		.limit = before.processed ? before.failed * 100 / before.processed : 0,
		.cycles = recent,
	};
	return true;
}

/* ---- late ---- */

static bool judge_late(struct arena *a, const struct advice_ground *g,
		       const struct tier_freshness *t, struct advice *out)
{
	if (t->late == 0)
		return false;
	*out = (struct advice){
		.code = is_cut(g) ? "larger_batch" : "more_cycles",
		.because = "late",
		.tier = t->name,
		.key = is_cut(g) ? rotation_key(a, g, "batch")
				 : str_printf(a, "connections.%.*s.schedule.incremental",
					      STR_ARG(g->connection)),
		.measured = t->p90_ms,
		.limit = t->promise_ms,
		.cycles = g->cycles,
		.late = t->late,
		.members = t->members,
	};
	return true;
}

void advise(struct arena *a, const struct advice_ground *g, struct advice **out, size_t *n)
{
	struct advice *v = arena_new_array(a, struct advice, g->fresh->tiers + 2);

	*n = 0;
	for (size_t i = 0; i < g->fresh->tiers; i++)
		*n += judge_late(a, g, &g->fresh->tier[i], &v[*n]);
	*n += judge_errors(a, g, &v[*n]);
	*n += judge_quiet(a, g, &v[*n]);
	*out = v;
}

struct str advice_text(struct arena *a, const struct advice *v)
{
	if (strcmp(v->because, "late") == 0)
		return str_printf(a,
				  "%zu of %zu members of tier '%.*s' are older than the promised "
				  "%s (nine of ten are younger than %s): %s",
				  v->late, v->members, STR_ARG(v->tier), span_text(a, v->limit).at,
				  span_text(a, v->measured).at,
				  strcmp(v->code, "more_cycles") == 0
					  ? "let runs start more often"
					  : "the batch cuts the turn; make it larger");
	if (strcmp(v->because, "errors") == 0)
		return str_printf(a,
				  "%lld %% of the members asked in the last %zu cycles failed, "
				  "before it were %lld %%: make the batch smaller until the vendor "
				  "is well",
				  (long long)v->measured, v->cycles, (long long)v->limit);
	return str_printf(
		a, "%lld %% of %zu cycles brought nothing (more than %lld %% is much): %s",
		(long long)v->measured, v->cycles, (long long)v->limit,
		strcmp(v->code, "larger_batch") == 0 ? "make the batch larger and runs fewer"
						     : "let the tiers wait longer");
}

/* SPDX-License-Identifier: Apache-2.0 */
/* rotation_view.c - how a rotation does, as JSON. */
#include "service/rotation_view.h"

#include "service/advice.h"
#include "service/view.h"

#define HOUR_MS ((int64_t)3600 * 1000)
#define MEMBERS_BYTES_MAX ((size_t)1024 * 1024 * 1024)
#define CYCLES_MAX 20000 /* that are looked at */
#define CYCLES_SHOWN 500

static bool look(struct db *d, struct arena *a, const struct connection *n, const struct stream *st,
		 int64_t now_ms, struct freshness *out, struct err *e)
{
	const struct rota_member *member;
	struct rota *rota;
	size_t count;
	struct rota_choice choice = { .connection = n, .stream = st, .now_ms = now_ms };

	if (!rota_choose(d, a, &choice, &rota, e))
		return false;
	member = rota_members(rota, &count);
	freshness_measure(a, plan_rotation(n, st), member, count, now_ms, out);
	return true;
}

static bool look_and_tell(struct db *d, const struct connection *n, const struct stream *st,
			  int64_t now_ms, const struct freshness_watch *w, struct err *e)
{
	AUTO_ARENA *a = arena_new("members", MEMBERS_BYTES_MAX);
	struct freshness f;

	if (!look(d, a, n, st, now_ms, &f, e))
		return e->kind == ERR_CONFIG;
	w->tell(w->arg, n, st, &f);
	return true;
}

bool rotations_look(struct db *d, const struct plan *p, int64_t now_ms,
		    const struct freshness_watch *w, struct err *e)
{
	for (size_t i = 0; i < p->connections; i++) {
		const struct connection *n = &p->connection[i];

		for (size_t k = 0; k < n->manifest->streams; k++)
			if (plan_rotation(n, &n->manifest->stream[k]) &&
			    !look_and_tell(d, n, &n->manifest->stream[k], now_ms, w, e))
				return false;
	}
	return true;
}

/* ---- freshness ---- */

static struct value ages_value(struct arena *a, const struct tier_freshness *t)
{
	struct value map = value_map_new(a);

	view_int(a, map, "p50", t->p50_ms / 1000);
	view_int(a, map, "p90", t->p90_ms / 1000);
	view_int(a, map, "p99", t->p99_ms / 1000);
	view_int(a, map, "oldest", t->oldest_ms / 1000);
	return map;
}

static struct value lag_value(struct arena *a, const size_t *members)
{
	struct value list = value_list_new(a);

	for (size_t i = 0; i < LAG_BUCKETS; i++) {
		struct value map = value_map_new(a);

		view_text(a, map, "lag", str_from(lag_names[i]));
		view_int(a, map, "members", (int64_t)members[i]);
		value_list_add(a, list, map);
	}
	return list;
}

static struct value tiers_value(struct arena *a, const struct freshness *f)
{
	struct value list = value_list_new(a);

	for (size_t i = 0; i < f->tiers; i++) {
		const struct tier_freshness *t = &f->tier[i];
		struct value map = value_map_new(a);

		view_text(a, map, "name", t->name);
		value_map_set(a, map, STR("promise_seconds"),
			      t->promise_ms ? value_int(t->promise_ms / 1000) : NULL_VALUE);
		view_int(a, map, "members", (int64_t)t->members);
		view_int(a, map, "never_asked", (int64_t)t->never);
		view_int(a, map, "late", (int64_t)t->late);
		value_map_set(a, map, STR("age_seconds"), ages_value(a, t));
		value_map_set(a, map, STR("lag"), lag_value(a, t->lag));
		value_list_add(a, list, map);
	}
	return list;
}

/* ---- cycles ---- */

static struct value cycle_value(struct arena *a, const struct cycle *c)
{
	struct value map = value_map_new(a);

	view_text(a, map, "run", c->run);
	view_time(a, map, "began_at", c->began_ms);
	view_time(a, map, "ended_at", c->ended_ms);
	view_int(a, map, "duration_ms", c->ended_ms - c->began_ms);
	view_int(a, map, "batch", c->batch);
	view_int(a, map, "batches", c->batches);
	view_int(a, map, "batch_size", c->batch_size);
	view_int(a, map, "members", c->total);
	view_int(a, map, "processed", c->processed);
	view_int(a, map, "news", c->news);
	view_int(a, map, "failed", c->failed);
	view_int(a, map, "calls", c->calls);
	view_bool(a, map, "sentinel", c->sentinel);
	view_bool(a, map, "alarm", c->alarm);
	return map;
}

static struct value cycles_value(struct arena *a, const struct cycle *c, size_t n)
{
	struct value list = value_list_new(a);

	for (size_t i = 0; i < n && i < CYCLES_SHOWN; i++)
		value_list_add(a, list, cycle_value(a, &c[i]));
	return list;
}

/* What several cycles come to. */
struct sums {
	int64_t cycles, processed, news, failed, calls, asked, quiet;
};

static void sums_add(struct sums *s, const struct cycle *c)
{
	s->cycles++;
	s->processed += c->processed;
	s->news += c->news;
	s->failed += c->failed;
	s->calls += c->calls;
	s->asked += c->processed > 0;
	s->quiet += c->processed > 0 && c->news == 0;
}

static double share(int64_t part, int64_t whole)
{
	return whole ? (double)part / (double)whole : 0;
}

static struct value sums_value(struct arena *a, const struct sums *s)
{
	struct value map = value_map_new(a);

	view_int(a, map, "cycles", s->cycles);
	view_int(a, map, "processed", s->processed);
	view_int(a, map, "news", s->news);
	view_int(a, map, "failed", s->failed);
	view_int(a, map, "calls", s->calls);
	value_map_set(a, map, STR("error_rate"), value_float(share(s->failed, s->processed)));
	return map;
}

static struct value totals_value(struct arena *a, const struct cycle *c, size_t n)
{
	struct sums s = { 0 };
	struct value map;

	for (size_t i = 0; i < n; i++)
		sums_add(&s, &c[i]);
	map = sums_value(a, &s);
	value_map_set(a, map, STR("empty_share"), value_float(share(s.quiet, s.asked)));
	return map;
}

/* Every hour, also those without a cycle, the oldest first. */
static struct value hours_value(struct arena *a, const struct cycle *c, size_t n, int64_t now_ms,
				int64_t hours)
{
	int64_t last = now_ms / HOUR_MS, first = last - hours + 1;
	struct sums *sum = arena_new_array(a, struct sums, (size_t)hours);
	struct value list = value_list_new(a);

	for (size_t i = 0; i < n; i++) {
		int64_t hour = c[i].began_ms / HOUR_MS;

		if (hour >= first && hour <= last)
			sums_add(&sum[hour - first], &c[i]);
	}
	for (int64_t i = 0; i < hours; i++) {
		struct value map = sums_value(a, &sum[i]);

		view_time(a, map, "hour", (first + i) * HOUR_MS);
		value_list_add(a, list, map);
	}
	return list;
}

static struct value batches_value(struct arena *a, const struct cycle *c, size_t n)
{
	struct value list = value_list_new(a);
	int64_t most = -1;

	for (size_t i = 0; i < n; i++)
		most = c[i].batch > most ? c[i].batch : most;
	for (int64_t batch = 0; batch <= most && batch < CYCLES_SHOWN; batch++) {
		struct sums s = { 0 };
		struct value map;

		for (size_t i = 0; i < n; i++)
			if (c[i].batch == batch)
				sums_add(&s, &c[i]);
		if (s.cycles == 0)
			continue;
		map = sums_value(a, &s);
		view_int(a, map, "batch", batch);
		value_list_add(a, list, map);
	}
	return list;
}

/* ---- advice ---- */

static struct value advice_value(struct arena *a, const struct advice_ground *g)
{
	struct value list = value_list_new(a);
	struct advice *v;
	size_t n;

	advise(a, g, &v, &n);
	for (size_t i = 0; i < n; i++) {
		struct value map = value_map_new(a);
		bool late = strcmp(v[i].because, "late") == 0;

		view_text(a, map, "code", str_from(v[i].code));
		view_text(a, map, "because", str_from(v[i].because));
		view_text(a, map, "tier", v[i].tier);
		view_text(a, map, "key", v[i].key);
		view_int(a, map, "measured", late ? v[i].measured / 1000 : v[i].measured);
		view_int(a, map, "limit", late ? v[i].limit / 1000 : v[i].limit);
		view_text(a, map, "unit", late ? STR("seconds") : STR("percent"));
		view_int(a, map, "cycles", (int64_t)v[i].cycles);
		view_text(a, map, "text", advice_text(a, &v[i]));
		value_list_add(a, list, map);
	}
	return list;
}

/* ---- all of it ---- */

bool rotation_view(struct call *c, const struct connection *n, const struct stream *st,
		   int64_t hours, struct value *out, struct err *e)
{
	struct arena *a = c->arena;
	int64_t now_ms = clock_wall_ms(c->clock);
	const struct rotation_plan *p = plan_rotation(n, st);
	struct freshness fresh;
	struct advice_ground ground = { n->name, st->name, p, NULL, 0, &fresh };
	struct cycle_filter filter = { n->name, st->name, now_ms - hours * HOUR_MS, CYCLES_MAX };
	struct cycle *cycle;
	size_t cycles;
	struct value map;

	assert(p && hours >= 1 && hours <= ROTATION_HOURS_MAX);
	if (!look(c->db, a, n, st, now_ms, &fresh, e) ||
	    !cycle_list(c->db, a, &filter, &cycle, &cycles, e))
		return false;
	ground.cycle = cycle;
	ground.cycles = cycles;
	map = value_map_new(a);
	view_text(a, map, "stream", st->name);
	view_text(a, map, "table", p->table);
	view_int(a, map, "members", (int64_t)fresh.members);
	view_int(a, map, "hours", hours);
	view_bool(a, map, "sentinel", p->sentinel != NULL);
	value_map_set(a, map, STR("batch"),
		      p->batching && p->batch ? value_int(p->batch) : NULL_VALUE);
	value_map_set(a, map, STR("tiers"), tiers_value(a, &fresh));
	value_map_set(a, map, STR("lag"), lag_value(a, fresh.lag));
	value_map_set(a, map, STR("totals"), totals_value(a, cycle, cycles));
	value_map_set(a, map, STR("by_hour"), hours_value(a, cycle, cycles, now_ms, hours));
	value_map_set(a, map, STR("by_batch"), batches_value(a, cycle, cycles));
	value_map_set(a, map, STR("cycles"), cycles_value(a, cycle, cycles));
	value_map_set(a, map, STR("advice"), advice_value(a, &ground));
	*out = map;
	return true;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* t_activity.c - the statement gives what the rule says, for everybody, and writes no row twice. */
#include "fake_vendor.h"
#include "gameplatform/activity.h"
#include "store/cell.h"
#include "tap.h"

#define PEOPLE 120
#define DAY_MS ((int64_t)24 * 60 * 60 * 1000)

struct activity_facts {
	int64_t idle_ms; /* since they last did something; negative: never */
	int64_t solves_30d, solves_90d, events_30d;
};

static struct activity_facts facts[PEOPLE + 1];

static int64_t at_most(int64_t n, int64_t most)
{
	return n < most ? n : most;
}

/* The rule of activity.h, a second time and without SQL. */
static int64_t activity_score(const struct activity_facts *f)
{
	if (f->idle_ms < 0 || f->idle_ms > 90 * DAY_MS)
		return 0;
	if (f->idle_ms <= 7 * DAY_MS)
		return 60 + at_most(f->solves_30d, 30) + at_most(5 * f->events_30d, 10);
	if (f->idle_ms <= 30 * DAY_MS)
		return 20 + at_most(f->solves_30d, 30) + at_most(3 * f->events_30d, 9);
	return 1 + at_most(f->solves_90d, 18);
}

static void solved(struct ground *g, int n, int64_t id, int64_t at_ms)
{
	const struct value param[] = { value_str(fake_id(n)), value_int(id), cell_from_ms(at_ms) };

	must(db_exec(g->f.db,
		     "INSERT INTO game_platform_challenge_solves (syned_user_id,"
		     " challenge_solve_id, solved_at) VALUES (?1, ?2, ?3)",
		     param, 3, NULL, &oops));
}

static void took_part(struct ground *g, int n, int64_t id, int64_t at_ms)
{
	const struct value param[] = { value_str(fake_id(n)),
				       value_str(str_printf(g->f.a, "e%lld", (long long)id)),
				       cell_from_ms(at_ms) };

	must(db_exec(g->f.db,
		     "INSERT INTO game_platform_flash_ctf_events (syned_user_id, event_id,"
		     " started_at) VALUES (?1, ?2, ?3)",
		     param, 3, NULL, &oops));
}

static void accessed(struct ground *g, int n, int64_t at_ms)
{
	const struct value param[] = { value_str(fake_id(n)), cell_from_ms(at_ms) };

	must(db_exec(g->f.db,
		     "INSERT INTO game_platform_sync_state (syned_user_id, last_remote_accessed_at)"
		     " VALUES (?1, ?2)",
		     param, 2, NULL, &oops));
}

static int64_t some_time(struct ground *g, int64_t days)
{
	return FAKE_START_MS - (int64_t)rng_below(&g->rng, (uint64_t)(days * DAY_MS));
}

static void latest(struct activity_facts *f, int64_t at_ms)
{
	int64_t idle_ms = FAKE_START_MS - at_ms;

	if (f->idle_ms < 0 || idle_ms < f->idle_ms)
		f->idle_ms = idle_ms;
}

static void somebody(struct ground *g, int n)
{
	struct activity_facts *f = &facts[n];
	int64_t days = (int64_t[]){ 6, 20, 60, 200 }[rng_below(&g->rng, 4)];
	uint64_t solves = rng_below(&g->rng, 50), events = rng_below(&g->rng, 5);

	*f = (struct activity_facts){ .idle_ms = -1 };
	if (rng_below(&g->rng, 3)) {
		int64_t at_ms = some_time(g, days);

		accessed(g, n, at_ms);
		latest(f, at_ms);
	}
	if (rng_below(&g->rng, 4) == 0)
		solves = 0;
	for (uint64_t i = 0; i < solves; i++) {
		int64_t at_ms = FAKE_START_MS - days * DAY_MS / 2 - (int64_t)i * DAY_MS;

		solved(g, n, (int64_t)i + 1, at_ms);
		latest(f, at_ms);
		f->solves_30d += at_ms >= FAKE_START_MS - 30 * DAY_MS;
		f->solves_90d += at_ms >= FAKE_START_MS - 90 * DAY_MS;
	}
	for (uint64_t i = 0; i < events; i++) {
		int64_t at_ms = some_time(g, 60);

		took_part(g, n, (int64_t)i + 1, at_ms);
		f->events_30d += at_ms >= FAKE_START_MS - 30 * DAY_MS;
	}
}

static int64_t score(struct ground *g, int n)
{
	return sql_int(g->f.db,
		       str_printf(g->f.a,
				  "SELECT game_platform_activity_score FROM competitors WHERE"
				  " game_platform_id = '%s'",
				  fake_id(n).at)
			       .at);
}

int main(int argc, char **argv)
{
	int bad = 0, bands[4] = { 0 };
	int64_t changed, was;
	struct ground g;

	fixture_choose(argc, argv);
	ground_open(&g);
	ground_people(&g, 1, PEOPLE);
	must(db_begin(g.f.db, &oops));
	for (int n = 1; n <= PEOPLE; n++)
		somebody(&g, n);
	must(db_commit(g.f.db, &oops));
	must(activity_update(g.f.db, FAKE_START_MS, &changed, &oops));
	for (int n = 1; n <= PEOPLE; n++) {
		int64_t want = activity_score(&facts[n]), got = score(&g, n);

		if (want != got && ++bad < 5)
			printf("# %d: %lld, should be %lld\n", n, (long long)got, (long long)want);
		bands[want >= 60 ? 3 : want >= 20 ? 2 : want >= 1 ? 1 : 0]++;
		OK(want >= 0 && want <= 100, "%d is within 0 and 100", n);
	}
	OK(bad == 0, "everybody has the score of the rule");
	OK(bands[0] && bands[1] && bands[2] && bands[3], "all bands are there");
	OK(changed == PEOPLE - bands[0], "rows that stay 0 are not written");
	must(activity_update(g.f.db, FAKE_START_MS, &changed, &oops));
	OK(changed == 0, "nothing is written when nothing changes");
	was = sql_int(g.f.db, "SELECT SUM(game_platform_activity_score) FROM competitors");
	must(activity_update(g.f.db, FAKE_START_MS + 8 * DAY_MS, &changed, &oops));
	OK(changed > 0 && sql_int(g.f.db, "SELECT SUM(game_platform_activity_score) FROM"
					  " competitors") < was,
	   "time alone makes it fall");
	must(activity_update(g.f.db, FAKE_START_MS + 400 * DAY_MS, &changed, &oops));
	OK(sql_int(g.f.db, "SELECT SUM(game_platform_activity_score) FROM competitors") == 0,
	   "down to nothing");
	ground_close(&g);
	return tap_done();
}

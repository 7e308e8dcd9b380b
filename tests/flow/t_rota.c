/* SPDX-License-Identifier: Apache-2.0 */
/*
 * t_rota.c - whose turn it is: rounds in which nobody is left out or asked twice while members come
 * and go, tiers that keep their promise, sentinels; on every store.
 */
#include "base/rng.h"
#include "fixture.h"
#include "flow/rota.h"
#include "tap.h"

#define MEMBERS_MAX 400
#define MINUTE_MS ((int64_t)60 * 1000)
#define HOUR_MS (60 * MINUTE_MS)
#define BEGIN_MS ((int64_t)1764000000000)

static struct str order[] = { { "joined_at", 9 }, { "rank", 4 } };
static struct tier_plan tiers[] = {
	{ .name = { "high", 4 }, .at_least = 60, .bounded = true, .every_ms = 30 * MINUTE_MS },
	{ .name = { "medium", 6 }, .at_least = 20, .bounded = true, .every_ms = 2 * HOUR_MS },
	{ .name = { "low", 3 }, .every_ms = 8 * HOUR_MS },
};
static struct sentinel_plan sentinel = { .rule = SENTINEL_MOST_ACTIVE,
					 .members = 1,
					 .full_every_ms = 7 * 24 * HOUR_MS };

static struct rotation_plan rotation;
static struct stream_plan stream_plan = { .rotation = &rotation };
static struct stream stream = { .name = { "scores", 6 } };
static struct connection connection = { .name = { "game", 4 }, .stream = &stream_plan };
static struct fixture f;

static void rotation_is(struct rotation_plan p)
{
	rotation = p;
	rotation.table = STR("players");
	rotation.key = STR("platform_id");
	rotation.activity = STR("activity");
	rotation.order = order;
	rotation.orders = COUNT(order);
	rotation.batching = rotation.tiering = true;
}

/* ---- pure ---- */

static struct rota_turn picked(struct rota_member *m, size_t n, size_t cursor, int64_t now_ms)
{
	struct rota_turn t;

	rota_pick(f.a, &rotation, m, n, cursor, now_ms, &t);
	return t;
}

static void batches_are_counted_as_specified(void)
{
	static struct rota_member m[MEMBERS_MAX];
	struct rota_turn t;

	rotation_is((struct rotation_plan){ .batch = 50 });
	t = picked(m, 400, 0, BEGIN_MS);
	OK(t.batches == 8 && t.batch == 0 && t.n == 50 && !t.wraps, "400 by 50 are 8 batches");
	t = picked(m, 400, 350, BEGIN_MS);
	OK(t.batch == 7 && t.n == 50 && t.wraps, "the last of them begins the round anew");
	rotation.batch = 5;
	t = picked(m, 22, 20, BEGIN_MS);
	OK(t.batches == 5 && t.batch == 4 && t.n == 2 && t.wraps, "22 by 5 are 5, the last has 2");
	t = picked(m, 22, 22, BEGIN_MS);
	OK(t.batch == 0 && t.n == 5, "behind the last comes the first");
	t = picked(m, 0, 0, BEGIN_MS);
	OK(t.n == 0 && t.batches == 1 && t.wraps, "nobody is one empty batch");
	rotation.batching = false;
	t = picked(m, 22, 0, BEGIN_MS);
	OK(t.n == 22 && t.batches == 1 && t.wraps, "without batches all");
}

static void whoever_is_due_comes_by_tier(void)
{
	struct rota_member m[] = {
		{ .activity = 0, .asked_ms = BEGIN_MS - 9 * HOUR_MS },
		{ .activity = 70, .asked_ms = BEGIN_MS - 29 * MINUTE_MS },
		{ .activity = 70, .asked_ms = BEGIN_MS - 27 * MINUTE_MS },
		{ .activity = 30, .asked_ms = BEGIN_MS - 3 * HOUR_MS },
		{ .activity = 0 },
		{ .activity = 30, .asked_ms = BEGIN_MS - MINUTE_MS },
	};
	struct rota_turn t;

	rotation_is((struct rotation_plan){ .tier = tiers, .tiers = COUNT(tiers) });
	for (size_t i = 0; i < COUNT(m); i++)
		m[i].done_ms = m[i].asked_ms;
	m[5].done_ms -= HOUR_MS; /* the last attempt failed */
	t = picked(m, COUNT(m), 0, BEGIN_MS);
	OK(t.due == 5 && t.n == 5, "who is not due is left out");
	OK(t.member[0].place == 4, "who was never asked comes first");
	OK(t.member[1].place == 1 && t.member[2].place == 3 && t.member[3].place == 5 &&
		   t.member[4].place == 0,
	   "then tier by tier, in a tier who waits longest");
	rotation.batch = 2;
	t = picked(m, COUNT(m), 0, BEGIN_MS);
	OK(t.n == 2 && t.due == 5 && t.batches == 3 && !t.wraps, "the batch cuts the least urgent");
}

/* The specification's data set. */
static void active_members_are_asked_sixteen_times_as_often(void)
{
	static struct rota_member m[100];
	static int64_t asked[100];
	size_t by_tier[3] = { 0 };

	rotation_is((struct rotation_plan){ .tier = tiers, .tiers = COUNT(tiers) });
	for (size_t i = 0; i < 100; i++)
		m[i] = (struct rota_member){ .activity = i < 10 ? 80 : i < 40 ? 40 : 3 };
	for (int64_t now = BEGIN_MS; now < BEGIN_MS + 5 * 24 * HOUR_MS; now += 30 * MINUTE_MS) {
		struct rota_turn t = picked(m, 100, 0, now);

		for (size_t i = 0; i < t.n; i++) {
			asked[t.member[i].place]++;
			m[t.member[i].place].asked_ms = now;
			m[t.member[i].place].done_ms = now + (int64_t)i * 1000;
		}
	}
	for (size_t i = 0; i < 100; i++)
		by_tier[i < 10 ? 0 : i < 40 ? 1 : 2] += (size_t)asked[i];
	OK(by_tier[0] == 10 * 240 && by_tier[1] == 30 * 60 && by_tier[2] == 60 * 15,
	   "in five days 240, 60 and 15 times: %zu, %zu, %zu", by_tier[0] / 10, by_tier[1] / 30,
	   by_tier[2] / 60);
}

/* Cycles of 30 minutes that take up to 20; members change their tier. */
static void tiers_keep_their_promise(void)
{
	static struct rota_member m[200];
	static int64_t fresh_ms[200];
	struct rng rng = { 20261125 };
	int64_t late = 0, worst[3] = { 0 };

	rotation_is((struct rotation_plan){ .tier = tiers, .tiers = COUNT(tiers), .batch = 120 });
	for (size_t i = 0; i < 200; i++)
		m[i].activity = (int64_t)rng_below(&rng, 100);
	for (int64_t cycle = 0; cycle < 400; cycle++) {
		int64_t now = BEGIN_MS + cycle * 30 * MINUTE_MS + (int64_t)rng_below(&rng, 60000);
		struct rota_turn t = picked(m, 200, 0, now);

		for (size_t i = 0; i < t.n; i++) {
			size_t who = t.member[i].place;

			m[who].asked_ms = now;
			fresh_ms[who] = now + (int64_t)(i * 10000);
			m[who].done_ms = fresh_ms[who];
		}
		for (size_t i = 0; cycle > 2 && i < 200; i++) {
			size_t tier = m[i].activity >= 60 ? 0 : m[i].activity >= 20 ? 1 : 2;
			int64_t age = now + 20 * MINUTE_MS - fresh_ms[i];

			worst[tier] = age > worst[tier] ? age : worst[tier];
			late += age > tiers[tier].every_ms + 30 * MINUTE_MS;
		}
		for (int i = 0; i < 3; i++)
			m[rng_below(&rng, 200)].activity = (int64_t)rng_below(&rng, 20);
	}
	OK(late == 0, "nobody gets older than promised and one cycle: %d, %d, %d minutes",
	   (int)(worst[0] / MINUTE_MS), (int)(worst[1] / MINUTE_MS), (int)(worst[2] / MINUTE_MS));
}

/* ---- in the database ---- */

static struct rota *opened(int64_t now_ms)
{
	struct rota_choice q = { .connection = &connection, .stream = &stream, .now_ms = now_ms };
	struct rota *r;

	must(rota_choose(f.db, f.a, &q, &r, &oops));
	return r;
}

static void begin(void)
{
	must(db_begin(f.db, &oops));
}

static void commit(void)
{
	must(db_commit(f.db, &oops));
}

static void note(struct rota *r, const struct rota_member *m, enum rota_outcome o, int64_t now_ms)
{
	begin();
	must(rota_note(f.db, r, m, o, now_ms, &oops));
	commit();
}

static void closed(struct rota *r, int64_t now_ms)
{
	begin();
	must(rota_close(f.db, r, now_ms, &oops));
	commit();
}

static void players_are_made(void)
{
	run_sql(f.db, on_postgres() ? "CREATE TABLE players (id integer PRIMARY KEY, platform_id "
				      "text, joined_at timestamptz, rank numeric, activity "
				      "integer, coach uuid, state text)"
				    : "CREATE TABLE players (id INTEGER PRIMARY KEY, platform_id "
				      "TEXT, joined_at TEXT, rank REAL, activity INTEGER, coach "
				      "TEXT, state TEXT)");
}

/* Many have joined in the same second, some at no time at all. */
static void player_joins(struct rng *rng, int id)
{
	char sql[400];

	snprintf(sql, sizeof sql,
		 "INSERT INTO players (id, platform_id, joined_at, rank, activity) VALUES (%d, "
		 "'p%d', %s%d%s, %s, %d)",
		 id, (id * 7919) % 1000, rng_below(rng, 8) ? "'2026-11-1" : "NULL -- ",
		 (int)rng_below(rng, 9), "T10:00:00.5Z'\n", rng_below(rng, 4) ? "1.25" : "NULL",
		 (int)rng_below(rng, 100));
	if (strstr(sql, "--"))
		snprintf(sql, sizeof sql,
			 "INSERT INTO players (id, platform_id, rank, activity) VALUES (%d, 'p%d', "
			 "%d, 5)",
			 id, (id * 7919) % 1000, (int)rng_below(rng, 3));
	run_sql(f.db, sql);
}

struct crowd {
	bool here[MEMBERS_MAX], stayed[MEMBERS_MAX];
	int asked[MEMBERS_MAX];
	struct rng rng;
	int next;
	bool calm; /* nobody comes or goes */
};

static void some_come_and_go(struct crowd *c)
{
	char sql[100];

	for (int i = 0; i < 2 && c->next < MEMBERS_MAX; i++) {
		c->here[c->next] = true;
		player_joins(&c->rng, c->next++);
	}
	for (int i = 0; i < 2; i++) {
		int gone = (int)rng_below(&c->rng, (uint64_t)c->next);

		snprintf(sql, sizeof sql, "DELETE FROM players WHERE id = %d", gone);
		run_sql(f.db, sql);
		c->here[gone] = c->stayed[gone] = false;
	}
}

static int id_of(struct str platform_id)
{
	for (int i = 0; i < MEMBERS_MAX; i++) {
		char name[20];

		snprintf(name, sizeof name, "p%d", (i * 7919) % 1000);
		if (str_eq(platform_id, str_from(name)))
			return i;
	}
	return -1;
}

/* One cycle, cut short at random; true when it ended a round. */
static bool cycle(struct crowd *c, int64_t now_ms)
{
	struct rota *r = opened(now_ms);
	const struct rota_turn *t = rota_turn(r);
	bool wraps = t->wraps, cut = rng_below(&c->rng, 5) == 0;

	for (size_t i = 0; i < t->n; i++) {
		if (cut && i == t->n / 2)
			return false;
		c->asked[id_of(t->member[i].id)]++;
		note(r, &t->member[i], ROTA_NOTHING, now_ms + (int64_t)i);
	}
	closed(r, now_ms + 1000);
	return wraps;
}

static int wrongs_of_round(struct crowd *c)
{
	int wrong = 0;

	for (int i = 0; i < MEMBERS_MAX; i++) {
		wrong += c->stayed[i] && c->asked[i] != 1;
		wrong += c->asked[i] > 1;
	}
	memcpy(c->stayed, c->here, sizeof c->stayed);
	memset(c->asked, 0, sizeof c->asked);
	return wrong;
}

static void a_round_asks_everybody_who_stays_once(void)
{
	static struct crowd c;
	int rounds = 0, wrong = 0;
	int64_t now = BEGIN_MS;

	c.rng.state = 7;
	rotation_is((struct rotation_plan){ .batch = 10 });
	for (; c.next < 60; c.next++) {
		c.here[c.next] = true;
		player_joins(&c.rng, c.next);
	}
	memcpy(c.stayed, c.here, sizeof c.stayed);
	for (int i = 0; i < 140; i++, now += 30 * MINUTE_MS) {
		if (cycle(&c, now)) {
			rounds++;
			wrong += wrongs_of_round(&c);
		}
		some_come_and_go(&c);
	}
	OK(rounds > 10 && wrong == 0,
	   "%d rounds with members that come and go and cycles that are cut: %d wrong", rounds,
	   wrong);
}

static void players_are(int n)
{
	struct rng rng = { 3 };

	run_sql(f.db, "DELETE FROM players");
	run_sql(f.db, "DELETE FROM lockstep_members");
	run_sql(f.db, "DELETE FROM lockstep_rotations");
	for (int i = 0; i < n; i++)
		player_joins(&rng, i);
}

static void a_cursor_of_another_order_is_none(void)
{
	struct rota *r;

	players_are(22);
	rotation_is((struct rotation_plan){ .batch = 5 });
	r = opened(BEGIN_MS);
	closed(r, BEGIN_MS);
	OK(rota_turn(opened(BEGIN_MS))->batch == 1, "the second batch");
	rotation.orders = 1;
	OK(rota_turn(opened(BEGIN_MS))->batch == 0, "begins anew by another order");
}

static void conditions_say_who_is_a_member(void)
{
	struct value states[] = { value_str(STR("active")), NULL_VALUE };
	struct watch_condition when = { .column = STR("state"), .any = states, .anys = 2 };
	struct rota_choice q = { .connection = &connection, .stream = &stream, .now_ms = BEGIN_MS };
	struct rota *r;
	size_t n;
	struct err e;

	players_are(10);
	rotation_is((struct rotation_plan){ .when = &when, .whens = 1 });
	run_sql(f.db, "UPDATE players SET state = 'active' WHERE id < 3");
	run_sql(f.db, "UPDATE players SET state = 'gone' WHERE id > 6");
	run_sql(f.db, "UPDATE players SET platform_id = NULL WHERE id = 4");
	run_sql(f.db, "UPDATE players SET platform_id = 'twice' WHERE id IN (0, 1)");
	rota_members(opened(BEGIN_MS), &n);
	OK(n == 5, "those that meet them, have a key, each key once: %zu", n);
	run_sql(f.db, "UPDATE players SET coach = '6f1d3a52-0d4f-4b8a-9a57-0a4b5c6d7e8f' "
		      "WHERE id = 2");
	q.only_column = STR("coach");
	q.only = STR("6F1D3A52-0D4F-4B8A-9A57-0A4B5C6D7E8F");
	must(rota_choose(f.db, f.a, &q, &r, &oops));
	rota_members(r, &n);
	OK(n == (on_postgres() ? 1 : 0), "one coach's, as the column compares");
	q.only_column = STR("");
	rotation.activity = STR("nonsense");
	OK(!rota_choose(f.db, f.a, &q, &r, &e) && e.kind == ERR_CONFIG &&
		   strstr(e.text, "'nonsense'"),
	   "a column that is not there is named");
	rotation.table = STR("nobody");
	OK(!rota_choose(f.db, f.a, &q, &r, &e) && strstr(e.text, "'nobody'"), "and so is a table");
}

/* Everybody was asked; only the sentinel's turn is left. */
static void all_were_asked(int64_t now_ms)
{
	struct rota *r = opened(now_ms);
	const struct rota_turn *t = rota_turn(r);

	for (size_t i = 0; i < t->n; i++)
		note(r, &t->member[i], ROTA_NOTHING, now_ms);
	closed(r, now_ms);
}

static void a_sentinel_spares_the_others(void)
{
	int64_t now = BEGIN_MS;
	struct rota *r;
	struct str who;

	players_are(22);
	run_sql(f.db, "UPDATE players SET activity = 100 WHERE id = 13");
	rotation_is((struct rotation_plan){ .sentinel = &sentinel });
	r = opened(now);
	OK(rota_turn(r)->n == 22 && rota_turn(r)->probes == 1, "who was never asked comes along");
	all_were_asked(now);
	now += 30 * MINUTE_MS;
	r = opened(now);
	who = rota_turn(r)->member[0].id;
	OK(rota_turn(r)->n == 1 && rota_turn(r)->probes == 1 && id_of(who) == 13,
	   "one call: the most active");
	begin();
	must(rota_alarm(f.db, r, now + 5, &oops));
	must(rota_note(f.db, r, rota_turn(r)->member, ROTA_NEWS, now + 5, &oops));
	commit();
	OK(rota_turn(opened(now + 10))->n == 22, "after an alarm all who were not asked since");
	all_were_asked(now + 10);
	OK(rota_turn(opened(now + 20))->n == 1, "and then the sentinel alone again");
	now += 7 * 24 * HOUR_MS;
	OK(rota_turn(opened(now))->n == 22, "everybody after a week, news or not");
}

static void an_alarm_makes_the_turn_anew(void)
{
	int64_t now = BEGIN_MS;
	struct rota *r;
	struct str who;

	players_are(22);
	rotation_is((struct rotation_plan){ .sentinel = &sentinel, .batch = 8 });
	for (int i = 0; i < 3; i++)
		all_were_asked(now += MINUTE_MS);
	r = opened(now += MINUTE_MS);
	OK(rota_turn(r)->n == rota_turn(r)->probes, "a quiet cycle");
	who = rota_turn(r)->member[0].id;
	begin();
	must(rota_note(f.db, r, rota_turn(r)->member, ROTA_NEWS, now, &oops));
	must(rota_alarm(f.db, r, now, &oops));
	commit();
	OK(rota_turn(r)->n == 8 && rota_turn(r)->due == 21, "the batch limits what follows");
	OK(!str_eq(rota_turn(r)->member[0].id, who), "the sentinel is not asked again");
	OK(rota_turn(opened(now + 1))->n == 9, "the others are owed still");
	begin();
	must(rota_remind(f.db, r, now + HOUR_MS, &oops));
	commit();
	OK(rota_turn(r)->n == 8, "a reminder leaves the turn alone");
}

int main(int argc, char **argv)
{
	fixture_choose(argc, argv);
	f = fixture_open(NULL);
	make_control(&f);
	players_are_made();
	batches_are_counted_as_specified();
	whoever_is_due_comes_by_tier();
	active_members_are_asked_sixteen_times_as_often();
	tiers_keep_their_promise();
	a_round_asks_everybody_who_stays_once();
	a_cursor_of_another_order_is_none();
	conditions_say_who_is_a_member();
	a_sentinel_spares_the_others();
	an_alarm_makes_the_turn_anew();
	fixture_close(&f);
	return tap_done();
}

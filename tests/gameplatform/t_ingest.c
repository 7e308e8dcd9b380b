/* SPDX-License-Identifier: Apache-2.0 */
/* t_ingest.c - solves and events of answers: each once, the last one stands, ids that repeat. */
#include "fake_vendor.h"
#include "gameplatform/ingest.h"
#include "tap.h"

static const struct ingest_who who = { .user = { "u-00001", 7 }, .number = 5001 };

static struct vendor_solve made(int64_t id, int64_t points)
{
	return (struct vendor_solve){ .id = id,
				      .challenge = id,
				      .points = points,
				      .at_s = FAKE_START_MS / 1000,
				      .title = STR("DNS Tunneling"),
				      .category = STR("networking"),
				      .raw = UNDEFINED };
}

static struct ingest_counts put_scores(struct ground *g, struct vendor_solve *s, size_t n)
{
	const struct vendor_scores scores = { .solve = s, .solves = n };
	struct ingest_counts c = { 0 };

	must(db_begin(g->f.db, &oops));
	must(ingest_scores(g->f.db, g->f.a, &who, &scores, &c, &oops));
	must(db_commit(g->f.db, &oops));
	return c;
}

static void new_changed_same(struct ground *g)
{
	struct vendor_solve s[3] = { made(1, 100), made(2, 200), made(3, 300) };
	struct ingest_counts c = put_scores(g, s, 2);

	OK(c.created == 2 && c.updated == 0, "two are new");
	c = put_scores(g, s, 3);
	OK(c.created == 1 && c.updated == 0, "only the third is new the second time");
	s[0].points = 150;
	c = put_scores(g, s, 3);
	OK(c.created == 0 && c.updated == 1, "a changed one is written again");
	OK(sql_int(g->f.db, "SELECT challenge_points FROM game_platform_challenge_solves"
			    " WHERE challenge_solve_id = 1") == 150,
	   "and holds what came last");
}

/* Bug 5: a collision inside one answer must not end anything. */
static void twice_in_one_answer(struct ground *g)
{
	struct vendor_solve s[3] = { made(7, 10), made(8, 20), made(7, 30) };
	struct ingest_counts c = put_scores(g, s, 3);

	OK(c.rejected == 0, "an id that comes twice in one answer is no error");
	OK(sql_int(g->f.db, "SELECT challenge_points FROM game_platform_challenge_solves"
			    " WHERE challenge_solve_id = 7") == 30,
	   "the last one stands");
}

static void same_id_elsewhere(struct ground *g)
{
	struct vendor_solve odl = made(1819, 1), first = made(1819, 2), second = made(1819, 3);
	struct vendor_event event[2] = { { .id = STR("Spring Sprint CTF:1772300000"),
					   .name = STR("Spring Sprint CTF"),
					   .start_s = 1772300000,
					   .challenges = 1,
					   .solve = &first,
					   .solves = 1,
					   .raw = UNDEFINED },
					 { .id = STR("Winter Warfare:1772310000"),
					   .name = STR("Winter Warfare"),
					   .start_s = 1772310000,
					   .challenges = 1,
					   .solve = &second,
					   .solves = 1,
					   .raw = UNDEFINED } };
	struct ingest_counts solves = { 0 }, events = { 0 };
	int64_t began_ms;
	bool any;

	put_scores(g, &odl, 1);
	must(ingest_unheard_of(g->f.db, event, 2, &any, &oops));
	OK(any, "nobody had these events");
	must(db_begin(g->f.db, &oops));
	must(ingest_events(g->f.db, g->f.a, &who, event, 2, &solves, &events, &oops));
	must(db_commit(g->f.db, &oops));
	OK(solves.created == 2 && events.created == 2, "one id in two events is two solves");
	OK(sql_int(g->f.db, "SELECT COUNT(*) FROM game_platform_challenge_solves"
			    " WHERE challenge_solve_id = 1819") == 3,
	   "and a third one in the ODL");
	OK(sql_int(g->f.db, "SELECT COUNT(*) FROM game_platform_challenge_solves"
			    " WHERE source = 'flash_ctf' AND event_id LIKE '%:17723%'") == 2,
	   "told apart by source and event");
	must(ingest_unheard_of(g->f.db, event, 2, &any, &oops));
	OK(!any, "now they are known");
	must(ingest_event_before(g->f.db, (int64_t)1772310001 * 1000, &began_ms, &oops));
	OK(began_ms == (int64_t)1772310000 * 1000, "the youngest");
	must(ingest_event_before(g->f.db, (int64_t)1772310000 * 1000, &began_ms, &oops));
	OK(began_ms == (int64_t)1772300000 * 1000, "the one before");
	must(ingest_event_before(g->f.db, 1000, &began_ms, &oops));
	OK(began_ms == 0, "none");
}

static void refused_alone(struct ground *g)
{
	struct vendor_solve s[2] = { made(91, 1), made(92, 2) };
	struct ingest_counts c;

	run_sql(g->f.db,
		on_postgres() ? "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS "
				"'BEGIN IF NEW.challenge_solve_id = 91 THEN RAISE EXCEPTION "
				"''no''; END IF; RETURN NEW; END';\n"
				"CREATE TRIGGER refuse BEFORE INSERT ON "
				"game_platform_challenge_solves FOR EACH ROW EXECUTE FUNCTION "
				"refuse()"
			      : "CREATE TRIGGER refuse BEFORE INSERT ON "
				"game_platform_challenge_solves WHEN NEW.challenge_solve_id = 91 "
				"BEGIN SELECT RAISE(ABORT, 'no'); END");
	c = put_scores(g, s, 2);
	OK(c.rejected == 1 && c.created == 1, "what the database refuses is counted, others go on");
}

static void unknown_is_null(struct ground *g)
{
	struct vendor_solve s = made(95, 1);

	s.at_s = 0;
	s.title = s.category = STR("");
	put_scores(g, &s, 1);
	OK(sql_int(g->f.db, "SELECT COUNT(*) FROM game_platform_challenge_solves WHERE"
			    " challenge_solve_id = 95 AND solved_at IS NULL"
			    " AND challenge_title IS NULL AND challenge_category IS NULL") == 1,
	   "what the vendor does not tell is NULL");
	s = made(0, 1);
	OK(put_scores(g, &s, 1).created == 0, "a solve without an id is left out");
}

int main(int argc, char **argv)
{
	struct ground g;

	fixture_choose(argc, argv);
	ground_open(&g);
	new_changed_same(&g);
	twice_in_one_answer(&g);
	same_id_elsewhere(&g);
	refused_alone(&g);
	unknown_is_null(&g);
	ground_close(&g);
	return tap_done();
}

/* SPDX-License-Identifier: Apache-2.0 */
/* t_memory.c - what is remembered of a player: the pause, unlinks, failures in a row, changes. */
#include "fixture.h"
#include "pti/memory.h"
#include "pti/schema.h"
#include "tap.h"

#define ANA STR("player-ana")
#define BEN STR("player-ben")

static struct fixture open_tables(void)
{
	struct fixture f = fixture_open(NULL);
	struct str *statement;
	size_t n;

	must(pti_schema_plan(f.db, f.a, NULL, &statement, &n, &oops));
	must(schema_apply(f.db, statement, n, &oops));
	return f;
}

static bool claim(struct fixture *f, struct str player, int64_t now_ms, int64_t *wait_ms)
{
	bool granted;

	must(memory_claim(f->db, player, now_ms, 60000, &granted, wait_ms, &oops));
	return granted;
}

static void test_claim(void)
{
	struct fixture f = open_tables();
	int64_t wait_ms;

	OK(claim(&f, ANA, 1000000, &wait_ms), "the first is granted");
	OK(!claim(&f, ANA, 1000001, &wait_ms) && wait_ms == 59999, "the next waits for the rest");
	OK(claim(&f, BEN, 1000001, &wait_ms), "another player does not");
	OK(!claim(&f, ANA, 1059999, &wait_ms) && wait_ms == 1, "until the last millisecond");
	OK(claim(&f, ANA, 1060000, &wait_ms), "then it is granted again");
	OK(!claim(&f, ANA, 1060001, &wait_ms), "and taken");
	OK(claim(&f, ANA, 900000, &wait_ms), "a clock that was ahead holds nobody up");
	fixture_close(&f);
}

static bool unlinked_since(struct fixture *f, struct str player, int64_t asked_ms)
{
	bool is;

	must(memory_unlinked(f->db, player, asked_ms, &is, &oops));
	return is;
}

static void test_unlink(void)
{
	struct fixture f = open_tables();
	int64_t before_ms, after_ms;

	must(memory_now(f.db, &before_ms, &oops));
	OK(!unlinked_since(&f, ANA, 0), "nobody unlinked");
	must(memory_unlink(f.db, ANA, &oops));
	must(memory_now(f.db, &after_ms, &oops));
	OK(unlinked_since(&f, ANA, before_ms), "what was asked for before comes to nothing");
	OK(!unlinked_since(&f, ANA, after_ms + 1), "what is asked for later does not");
	OK(!unlinked_since(&f, BEN, before_ms), "nor what another player asked for");
	fixture_close(&f);
}

static void attempt(struct fixture *f, const char *code)
{
	must(memory_attempt(f->db, ANA, STR("https://x.tenniscores.com/"), code, 1000, &oops));
}

static void test_attempts(void)
{
	struct fixture f = open_tables();

	attempt(&f, "timeout");
	attempt(&f, "blocked");
	OK(sql_int(f.db, "SELECT failures FROM lockstep_pti_players") == 2, "failures in a row");
	IS(sql_text(&f, "SELECT last_error FROM lockstep_pti_players"), "blocked", "the last one");
	attempt(&f, "");
	OK(sql_int(f.db, "SELECT failures FROM lockstep_pti_players") == 0, "are forgotten");
	attempt(&f, "timeout");
	must(memory_unlink(f.db, ANA, &oops));
	OK(sql_int(f.db, "SELECT count(*) FROM lockstep_pti_players WHERE failures = 0 AND page IS"
			 " NULL AND last_error IS NULL") == 1,
	   "an unlink forgets them too");
	fixture_close(&f);
}

static void test_changes(void)
{
	struct fixture f = open_tables();
	struct memory_change change = {
		.player = ANA, .at_ms = 1790000000123, .before = PTI_NONE, .after = 353
	};

	must(memory_changed(f.db, &change, &oops));
	change.before = 353;
	change.after = -24;
	change.run = STR("00000000-0000-4000-8000-000000000001");
	change.note = STR("The rating went from 35.3 to -2.4 at once");
	must(memory_changed(f.db, &change, &oops));
	OK(sql_int(f.db, "SELECT count(*) FROM lockstep_pti_changes WHERE before IS NULL AND after"
			 " = 35.3 AND run IS NULL AND note IS NULL") == 1,
	   "the first rating");
	OK(sql_int(f.db, "SELECT count(*) FROM lockstep_pti_changes WHERE before = 35.3 AND after ="
			 " -2.4 AND run IS NOT NULL AND note IS NOT NULL") == 1,
	   "the next, with its run and what is unusual");
	fixture_close(&f);
}

#define RUN_ONE STR("00000000-0000-4000-8000-00000000000a")
#define RUN_TWO STR("00000000-0000-4000-8000-00000000000b")

static struct player_result left_of(struct str run, int64_t at_ms, const char *code)
{
	return (struct player_result){ .id = STR("00000000-0000-4000-8000-0000000000ff"),
				       .player = ANA,
				       .page = STR("https://x.tenniscores.com/"),
				       .run = run,
				       .at_ms = at_ms,
				       .code = str_from(code),
				       .before = 353,
				       .after = *code ? PTI_NONE : 340,
				       .note = STR("") };
}

static bool stands(struct fixture *f, const char *where)
{
	return sql_int(f->db, str_printf(f->a,
					 "SELECT count(*) FROM lockstep_pti_players WHERE player ="
					 " 'player-ana' AND %s",
					 where)
				      .at) == 1;
}

static void take(struct fixture *f, struct player_result r, bool goes_on)
{
	must(memory_take_over(f->db, &r, goes_on, &oops));
}

static void test_left(void)
{
	struct fixture f = open_tables();

	take(&f, left_of(RUN_ONE, 2000, ""), true);
	take(&f, left_of(RUN_ONE, 2000, ""), true);
	OK(sql_int(f.db, "SELECT count(*) FROM lockstep_pti_changes") == 1,
	   "a change that was left is there once, however often it is taken over");
	OK(stands(&f, "failures = 0 AND last_attempt_ms = 2000 AND run IS NOT NULL"),
	   "with the attempt, of its run");
	must(memory_attempt(f.db, ANA, STR("p"), "timeout", 3000, &oops));
	take(&f, left_of(RUN_TWO, 2500, ""), false);
	OK(stands(&f, "failures = 1 AND last_attempt_ms = 3000 AND last_error = 'timeout'"),
	   "what is older than what is remembered changes nothing");
	take(&f, left_of(RUN_TWO, 2500, "blocked"), true);
	OK(stands(&f, "failures = 2 AND last_error = 'blocked'"), "but in its run it was a try");
	take(&f, left_of(RUN_TWO, 2500, "blocked"), true);
	OK(stands(&f, "failures = 2"), "and one only");
	take(&f, left_of(STR(""), 4000, ""), false);
	OK(stands(&f, "failures = 0 AND last_attempt_ms = 4000 AND run = "
		      "'00000000-0000-4000-8000-00000000000b'"),
	   "a person's says nothing of the run");
	OK(sql_int(f.db, "SELECT count(*) FROM lockstep_pti_changes") == 1, "one change still");
	fixture_close(&f);
}

int main(int argc, char **argv)
{
	fixture_choose(argc, argv);
	test_claim();
	test_unlink();
	test_attempts();
	test_changes();
	test_left();
	return tap_done();
}

/* SPDX-License-Identifier: Apache-2.0 */
/* t_member.c - what is kept of members, of cycles, and jobs that follow. */
#include "fixture.h"
#include "store/cycle.h"
#include "store/follow_up.h"
#include "store/member.h"
#include "tap.h"

#define GAME STR("game")
#define SCORES STR("scores")

static struct fixture f;

static void begin(void)
{
	must(db_begin(f.db, &oops));
}

static void commit(void)
{
	must(db_commit(f.db, &oops));
}

/* ---- members ---- */

static void noted(const char *id, int64_t asked_ms, int64_t done_ms, int64_t news_ms)
{
	struct member_note n = { GAME, SCORES, str_from(id), asked_ms, done_ms, news_ms };

	begin();
	must(member_put(f.db, &n, &oops));
	commit();
}

static const char *kept(const char *id)
{
	struct str sql = str_printf(f.a,
				    "SELECT asked_ms || ' ' || done_ms || ' ' || news_ms || ' ' || "
				    "failures FROM lockstep_members WHERE member = '%s'",
				    id);

	return sql_text(&f, sql.at);
}

static void a_member_is_remembered(void)
{
	noted("a", 100, 110, 110);
	IS(kept("a"), "100 110 110 0", "a success with news");
	noted("a", 200, 0, 0);
	noted("a", 300, 0, 0);
	IS(kept("a"), "300 110 110 2", "failures are counted, and nothing else changes");
	noted("a", 400, 410, 0);
	IS(kept("a"), "400 410 110 0", "a success ends them");
}

static void members_that_were_not_asked_are_forgotten(void)
{
	int64_t deleted;

	noted("b", 50, 60, 0);
	must(member_cleanup(f.db, 100, &deleted, &oops));
	OK(deleted == 1 && sql_int(f.db, "SELECT count(*) FROM lockstep_members") == 1, "one");
}

/* ---- where a rotation stands ---- */

static struct rotation_state standing(void)
{
	struct rotation_state s;

	must(rotation_get(f.db, f.a, GAME, SCORES, &s, &oops));
	return s;
}

static void a_rotation_stands_somewhere(void)
{
	struct rotation_state s = { STR("{\"x\":1}"), 77, 12 };

	OK(standing().cursor.len == 0 && standing().alarm_ms == 0, "nowhere at first");
	begin();
	must(rotation_alarm(f.db, GAME, SCORES, 900, &oops));
	must(rotation_alarm(f.db, GAME, SCORES, 800, &oops));
	must(rotation_put(f.db, GAME, SCORES, &s, &oops));
	commit();
	OK(standing().alarm_ms == 900, "the latest alarm, which moving on does not change");
	OK(str_eq(standing().cursor, s.cursor) && standing().closed_ms == 12, "a place");
}

/* A list of the texts of all, and of those behind the cursor in capitals. */
static const char *listed(struct member_source *s, struct str cursor, struct members *all)
{
	struct buf b;

	must(member_list(f.db, f.a, s, cursor, all, &oops));
	buf_in(&b, f.a, 4096);
	for (size_t i = 0; i < all->n; i++)
		buf_printf(&b, "%s%.*s%s", i ? " " : "", STR_ARG(all->member[i].id),
			   all->member[i].behind ? "*" : "");
	return buf_str(&b).at;
}

static void rows_are_listed_by_the_databases_own_order(void)
{
	struct str order[] = { STR("at"), STR("rank"), STR("name") };
	struct member_source s = { .connection = GAME,
				   .stream = SCORES,
				   .table = STR("own"),
				   .key = STR("id"),
				   .order = order,
				   .orders = COUNT(order) };
	struct members all;
	struct str cursor;

	run_sql(f.db, on_postgres()
			      ? "CREATE TABLE own (id uuid, at timestamptz, rank numeric, name "
				"varchar(20))"
			      : "CREATE TABLE own (id TEXT, at TEXT, rank REAL, name TEXT)");
	run_sql(f.db,
		"INSERT INTO own VALUES "
		"('00000000-0000-4000-8000-000000000001', '2026-01-01T00:00:00.000001Z', 2.5, 'b'), "
		"('00000000-0000-4000-8000-000000000002', '2026-01-01T00:00:00.000001Z', 10, 'a'), "
		"('00000000-0000-4000-8000-000000000003', '2026-01-01T00:00:00.000001Z', 10, NULL), "
		"('00000000-0000-4000-8000-000000000004', NULL, 1, 'a'), "
		"('00000000-0000-4000-8000-000000000005', NULL, 1, 'a'), "
		"(NULL, NULL, 1, 'a')");
	listed(&s, STR(""), &all);
	OK(all.n == 5 && all.member[0].behind, "all are behind the beginning");
	for (size_t i = 0; i < all.n; i++) {
		struct members again;
		size_t behind = 0;

		must(member_cursor(f.a, &all, s.orders, &all.member[i], &cursor, &oops));
		listed(&s, cursor, &again);
		for (size_t k = 0; k < again.n; k++)
			behind += again.member[k].behind;
		OK(behind == all.n - i - 1 && (behind == 0 || again.member[i + 1].behind),
		   "behind number %zu are those that follow", i);
	}
	must(member_cursor(f.a, &all, s.orders, &all.member[2], &cursor, &oops));
	run_sql(f.db, "DELETE FROM own WHERE rank = 10");
	OK(strstr(listed(&s, cursor, &all), "1 ") && !all.member[0].behind && all.member[1].behind,
	   "also when that one is gone");
}

/* ---- cycles ---- */

static void cycles_are_listed(void)
{
	struct cycle c = { .connection = GAME,
			   .stream = SCORES,
			   .run = STR("r1"),
			   .began_ms = 1000,
			   .ended_ms = 1500,
			   .batch = 2,
			   .batches = 5,
			   .batch_size = 10,
			   .total = 44,
			   .processed = 10,
			   .news = 3,
			   .failed = 1,
			   .calls = 12,
			   .alarm = true };
	struct cycle_filter filter = { GAME, SCORES, 1000, 10 };
	struct cycle *list;
	int64_t deleted;
	size_t n;

	begin();
	must(cycle_add(f.db, &c, &oops));
	must(cycle_add(f.db, &c, &oops));
	c.began_ms = 2000;
	must(cycle_add(f.db, &c, &oops));
	c.stream = STR("others");
	must(cycle_add(f.db, &c, &oops));
	commit();
	must(cycle_list(f.db, f.a, &filter, &list, &n, &oops));
	OK(n == 2 && list[0].began_ms == 2000, "the newest first, told twice is once");
	OK(list[1].ended_ms == 1500 && list[1].batch == 2 && list[1].batches == 5 &&
		   list[1].batch_size == 10 && list[1].total == 44 && list[1].processed == 10 &&
		   list[1].news == 3 && list[1].failed == 1 && list[1].calls == 12 &&
		   !list[1].sentinel && list[1].alarm,
	   "as it was");
	must(cycle_cleanup(f.db, 1500, &deleted, &oops));
	OK(deleted == 1, "old ones go");
}

/* ---- jobs that follow ---- */

static void a_follow_up_waits_once(void)
{
	struct follow_up j = { STR("recount"), STR("{\"x\":1}"), STR("k"), "follow_up", 60000 };

	run_sql(f.db, "ALTER TABLE lockstep_jobs ADD COLUMN run_at_ms bigint");
	begin();
	must(follow_up_put(f.db, &j, &oops));
	must(follow_up_put(f.db, &j, &oops));
	commit();
	OK(sql_int(f.db, "SELECT count(*) FROM lockstep_jobs WHERE task = 'recount' AND args = "
			 "'{\"x\":1}' AND origin = 'follow_up' AND state = 2") == 1,
	   "one, later");
	run_sql(f.db, "UPDATE lockstep_jobs SET state = 1");
	j.after_ms = 0;
	begin();
	must(follow_up_put(f.db, &j, &oops));
	commit();
	OK(sql_int(f.db, "SELECT count(*) FROM lockstep_jobs WHERE state = 0") == 1,
	   "another, at once, beside one that runs");
	begin();
	j.key = STR("other");
	must(follow_up_put(f.db, &j, &oops));
	db_rollback(f.db);
	OK(sql_int(f.db, "SELECT count(*) FROM lockstep_jobs") == 2, "none without the rest");
}

int main(int argc, char **argv)
{
	fixture_choose(argc, argv);
	f = fixture_open(NULL);
	make_control(&f);
	make_jobs(&f);
	a_member_is_remembered();
	members_that_were_not_asked_are_forgotten();
	a_rotation_stands_somewhere();
	rows_are_listed_by_the_databases_own_order();
	cycles_are_listed();
	a_follow_up_waits_once();
	fixture_close(&f);
	return tap_done();
}

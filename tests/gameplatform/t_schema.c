/* SPDX-License-Identifier: Apache-2.0 */
/*
 * t_schema.c - the game platform's tables: made, completed, and what holds whoever writes.
 *
 * All writing is plain SQL from outside, as an application does it.
 */
#include "fixture.h"
#include "gameplatform/integration.h"
#include "gameplatform/schema.h"
#include "service/migration.h"
#include "service/timetable.h"
#include "tap.h"

static size_t migrate(struct fixture *f)
{
	AUTO_ARENA *a = arena_new("migrate", (size_t)64 << 20);
	struct str *statement;
	size_t n;

	must(game_schema_plan(f->db, a, NULL, &statement, &n, &oops));
	must(schema_apply(f->db, statement, n, &oops));
	return n;
}

static bool refused(struct fixture *f, const char *sql)
{
	struct err e = { 0 };

	return !db_exec(f->db, sql, NULL, 0, NULL, &e) && e.kind == ERR_STORE;
}

#define COACH "'00000000-0000-4000-8000-00000000c001'"
#define ID(n) "'00000000-0000-4000-8000-00000000000" #n "'"
#define TEAM(n) "'00000000-0000-4000-8000-0000000000a" #n "'"

static void add_coach(struct fixture *f)
{
	run_sql(f->db, "INSERT INTO profiles (id, role, full_name) VALUES (" COACH
		       ", 'coach', 'Test Coach')");
}

static void add_competitor(struct fixture *f, int n)
{
	run_sql(f->db, str_printf(f->a,
				  "INSERT INTO competitors (id, coach_id, first_name, last_name) "
				  "VALUES ('00000000-0000-4000-8000-%012d', " COACH ", 'C', '%d')",
				  n, n)
			       .at);
}

static void add_team(struct fixture *f, const char *id, const char *name)
{
	run_sql(f->db,
		str_printf(f->a,
			   "INSERT INTO teams (id, coach_id, name) VALUES (%s, " COACH ", '%s')",
			   id, name)
			.at);
}

static bool add_member(struct fixture *f, const char *team, int competitor)
{
	return !refused(f, str_printf(f->a,
				      "INSERT INTO team_members (team_id, competitor_id) VALUES "
				      "(%s, '00000000-0000-4000-8000-%012d')",
				      team, competitor)
				   .at);
}

/* ---- what is made ---- */

static void tables_are_made_once(void)
{
	struct fixture f = fixture_open(NULL);
	struct table_shape shape;
	bool all = true;

	OK(migrate(&f) > 0, "there is something to make");
	OK(migrate(&f) == 0, "the second time there is nothing to do");
	run_sql(f.db, "CREATE INDEX lockstep_game_solves_user ON game_platform_challenge_solves "
		      "(syned_user_id);\nDROP INDEX lockstep_game_solves_seen");
	OK(migrate(&f) == 2 && migrate(&f) == 0,
	   "an index of before makes room for the one that does more");
	for (const char *const *t = game_schema_tables; *t; t++) {
		must(table_shape(f.db, f.a, str_from(*t), &shape, &oops));
		all = all && shape.exists;
	}
	OK(all, "all tables are there");
	add_coach(&f);
	add_competitor(&f, 1);
	run_sql(f.db, "INSERT INTO game_platform_stats (competitor_id, total_score, synced_at) "
		      "VALUES (" ID(1) ", 250, '2026-01-02T03:04:05.000Z')");
	OK(sql_int(f.db, "SELECT count(*) FROM game_platform_scores WHERE CAST(score_json AS text) "
			 "LIKE '%250%' AND fetched_at IS NOT NULL") == 1,
	   "the scores of old are a view");
	OK(refused(&f, "INSERT INTO game_platform_stats (competitor_id) VALUES (" ID(1) ")"),
	   "one row of totals a competitor");
	OK(sql_int(f.db, "SELECT count(*) FROM team_memberships") == 0, "and so are memberships");
	fixture_close(&f);
}

static void a_solve_is_known_by_event_too(void)
{
	struct fixture f = fixture_open(NULL);

	migrate(&f);
	run_sql(f.db,
		"INSERT INTO game_platform_challenge_solves (syned_user_id, challenge_solve_id) "
		"VALUES ('u', 1819);\n"
		"INSERT INTO game_platform_challenge_solves (syned_user_id, challenge_solve_id, "
		"source, event_id) VALUES ('u', 1819, 'flash_ctf', 'a:1'), ('u', 1819, "
		"'flash_ctf', 'b:2')");
	OK(sql_int(f.db, "SELECT count(*) FROM game_platform_challenge_solves") == 3,
	   "one id under two events and outside of any");
	OK(refused(&f, "INSERT INTO game_platform_challenge_solves (syned_user_id, "
		       "challenge_solve_id) VALUES ('u', 1819)"),
	   "but once each");
	OK(refused(&f, "INSERT INTO game_platform_challenge_solves (syned_user_id, "
		       "challenge_solve_id, source) VALUES ('u', 1, 'elsewhere')"),
	   "of two sources");
	OK(refused(&f, "INSERT INTO game_platform_profiles (metactf_role) VALUES ('user')"),
	   "a mapping is somebody's");
	fixture_close(&f);
}

/* ---- onto an application's own ---- */

/* As the application had them before the integration, types included. */
static const char theirs_sqlite[] =
	"CREATE TABLE profiles (id TEXT PRIMARY KEY, email TEXT, role TEXT NOT NULL, full_name TEXT,"
	" school_name TEXT NOT NULL DEFAULT '', game_platform_user_id TEXT);\n"
	"CREATE TABLE competitors (id TEXT PRIMARY KEY, coach_id TEXT NOT NULL REFERENCES profiles"
	" (id) ON DELETE CASCADE, first_name TEXT NOT NULL, last_name TEXT NOT NULL, email_personal"
	" TEXT, email_school TEXT, is_18_or_over BOOLEAN DEFAULT false, grade TEXT, parent_name"
	" TEXT, parent_email TEXT, gender TEXT, race TEXT, ethnicity TEXT, level_of_technology TEXT,"
	" years_competing INTEGER, media_release_date DATETIME, participation_agreement_date"
	" DATETIME, game_platform_id TEXT UNIQUE, division VARCHAR(20), is_active BOOLEAN DEFAULT"
	" true, status TEXT DEFAULT 'pending', created_at DATETIME, updated_at DATETIME);\n"
	"CREATE TABLE teams (id TEXT PRIMARY KEY, coach_id TEXT NOT NULL, name TEXT NOT NULL,"
	" division TEXT, status TEXT DEFAULT 'forming', game_platform_id TEXT, UNIQUE (coach_id, name));\n"
	"CREATE TABLE team_members (id TEXT PRIMARY KEY, team_id TEXT REFERENCES teams (id),"
	" competitor_id TEXT REFERENCES competitors (id), position INTEGER, UNIQUE (team_id,"
	" competitor_id))";
static const char theirs_postgres[] =
	"CREATE TYPE user_role AS ENUM ('admin', 'coach');\n"
	"CREATE TYPE game_division AS ENUM ('middle_school', 'high_school', 'college');\n"
	"CREATE TYPE team_status AS ENUM ('forming', 'active', 'archived');\n"
	"CREATE TABLE profiles (id uuid PRIMARY KEY, email text, role user_role NOT NULL, full_name"
	" text, school_name text NOT NULL DEFAULT '', game_platform_user_id text);\n"
	"CREATE TABLE competitors (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), coach_id uuid NOT"
	" NULL REFERENCES profiles (id) ON DELETE CASCADE, first_name text NOT NULL, last_name text"
	" NOT NULL, email_personal text, email_school text, is_18_or_over boolean DEFAULT false,"
	" grade text, parent_name text, parent_email text, gender text, race text, ethnicity text,"
	" level_of_technology text, years_competing integer, media_release_date timestamptz,"
	" participation_agreement_date timestamptz, game_platform_id text UNIQUE, division"
	" game_division, is_active boolean DEFAULT true, status text DEFAULT 'pending', created_at"
	" timestamptz DEFAULT now(), updated_at timestamptz DEFAULT now());\n"
	"CREATE TABLE teams (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), coach_id uuid NOT NULL,"
	" name text NOT NULL, division text, status team_status DEFAULT 'forming', game_platform_id uuid, UNIQUE (coach_id,"
	" name));\n"
	"CREATE TABLE team_members (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), team_id uuid"
	" REFERENCES teams (id), competitor_id uuid REFERENCES competitors (id), position integer,"
	" UNIQUE (team_id, competitor_id))";

static void an_applications_tables_are_completed(void)
{
	struct fixture f = fixture_open(NULL);

	run_sql(f.db, on_postgres() ? theirs_postgres : theirs_sqlite);
	run_sql(f.db,
		"INSERT INTO profiles (id, role, game_platform_user_id) VALUES (" COACH
		", 'coach', 'remote-c');\n"
		"INSERT INTO teams (id, coach_id, name, game_platform_id) VALUES (" TEAM(
			2) ", " COACH
			   ", 'Mirrored', " TEAM(
				   2) ");\n"
				      "INSERT INTO competitors (id, coach_id, first_name, last_name, "
				      "game_platform_id) VALUES (" ID(
					      1) ", " COACH ", 'A', 'B', 'remote-1'), "
						 "(" ID(2) ", " COACH ", 'C', 'D', NULL)");
	OK(migrate(&f) > 0, "there is something to add");
	OK(migrate(&f) == 0, "once");
	OK(sql_int(f.db, "SELECT count(*) FROM game_platform_sync_state WHERE syned_user_id = "
			 "'remote-1'") == 1,
	   "who is on the platform has a state");
	OK(sql_int(f.db, "SELECT count(*) FROM game_platform_profiles WHERE competitor_id = "
			 "" ID(1) " AND syned_user_id = 'remote-1' AND status = 'pending'") == 1,
	   "and a mapping");
	OK(sql_int(f.db, "SELECT count(*) FROM game_platform_profiles WHERE coach_id IS NULL") == 1,
	   "nobody else has");
	OK(sql_int(f.db, "SELECT count(*) FROM game_platform_profiles WHERE coach_id = " COACH
			 " AND metactf_role = 'coach' AND syned_user_id = 'remote-c'") == 1,
	   "a coach who is there already is known as such");
	OK(sql_int(f.db, "SELECT count(*) FROM game_platform_teams WHERE team_id = " TEAM(
				 2) " AND syned_team_id = " TEAM(2) " AND status = 'approved'") ==
		   1,
	   "a team that is there already is known as such");
	run_sql(f.db, "UPDATE competitors SET division = 'college' WHERE id = " ID(
			      2) ";\n"
				 "INSERT INTO teams (id, coach_id, name, division) VALUES (" TEAM(
					 1) ", " COACH ", 'Theirs', 'high_school')");
	OK(refused(&f, "INSERT INTO team_members (id, team_id, competitor_id) VALUES (" ID(
			       9) ", " TEAM(1) ", " ID(2) ")"),
	   "the rules hold over columns of the application's types");
	run_sql(f.db, "INSERT INTO team_members (id, team_id, competitor_id) VALUES (" ID(
			      9) ", " TEAM(1) ", " ID(1) ")");
	OK(sql_int(f.db, "SELECT count(*) FROM team_memberships WHERE game_platform_synced_at IS "
			 "NULL") == 1,
	   "and who keeps them is let in");
	fixture_close(&f);
}

static void rows_that_are_alike_are_named(void)
{
	struct fixture f = fixture_open(NULL);
	AUTO_ARENA *a = arena_new("plan", (size_t)16 << 20);
	struct err e = { 0 };
	struct str *statement;
	size_t n;

	run_sql(f.db,
		"CREATE TABLE game_platform_stats (id text PRIMARY KEY, competitor_id text);\n"
		"INSERT INTO game_platform_stats VALUES ('1', 'c'), ('2', 'c'), ('3', NULL)");
	OK(!game_schema_plan(f.db, a, NULL, &statement, &n, &e) && e.kind == ERR_CONFIG &&
		   strstr(e.text, "game_platform_stats"),
	   "a migration that could not go through says why");
	run_sql(f.db, "DELETE FROM game_platform_stats WHERE id = '2'");
	OK(migrate(&f) > 0, "and goes through afterwards");
	fixture_close(&f);
}

/* ---- the status of a competitor ---- */

struct status_case {
	const char *set, *want;
};

/* From a minor who has everything; each in turn. */
static const struct status_case cases[] = {
	{ "game_platform_id = 'r'", "complete" },
	{ "game_platform_id = ''", "compliance" },
	{ "game_platform_id = NULL", "compliance" },
	{ "media_release_date = NULL", "profile" },
	{ "media_release_date = NULL, game_platform_id = 'r'", "profile" },
	{ "media_release_date = NULL, participation_agreement_date = '2026-01-01T00:00:00Z'",
	  "profile" },
	{ "grade = NULL", "pending" },
	{ "grade = ''", "pending" },
	{ "grade = NULL, game_platform_id = 'r'", "pending" },
	{ "gender = NULL", "pending" },
	{ "gender = ''", "pending" },
	{ "race = NULL", "pending" },
	{ "race = ''", "pending" },
	{ "ethnicity = NULL", "pending" },
	{ "ethnicity = ''", "pending" },
	{ "level_of_technology = NULL", "pending" },
	{ "level_of_technology = ''", "pending" },
	{ "years_competing = NULL", "pending" },
	{ "years_competing = 0", "compliance" },
	{ "parent_name = NULL", "pending" },
	{ "parent_name = ''", "pending" },
	{ "parent_email = NULL", "pending" },
	{ "parent_email = ''", "pending" },
	{ "parent_name = NULL, media_release_date = NULL", "pending" },
	{ "is_18_or_over = NULL", "compliance" },
	{ "is_18_or_over = true", "pending" },
	{ "is_18_or_over = true, email_school = ''", "pending" },
	{ "is_18_or_over = true, email_school = 'a@b.example'", "profile" },
	{ "is_18_or_over = true, email_school = 'a@b.example', game_platform_id = 'r'", "profile" },
	{ "is_18_or_over = true, email_school = 'a@b.example', participation_agreement_date = "
	  "'2026-01-01T00:00:00Z'",
	  "compliance" },
	{ "is_18_or_over = true, email_school = 'a@b.example', participation_agreement_date = "
	  "'2026-01-01T00:00:00Z', parent_name = NULL, media_release_date = NULL",
	  "compliance" },
	{ "is_18_or_over = true, email_school = 'a@b.example', participation_agreement_date = "
	  "'2026-01-01T00:00:00Z', game_platform_id = 'r'",
	  "complete" },
	{ "status = 'complete'", "compliance" },
	{ "status = NULL", "compliance" },
};

#define MINOR                                                                                  \
	"grade = '9', gender = 'x', race = 'x', ethnicity = 'x', level_of_technology = 'x', "  \
	"years_competing = 2, is_18_or_over = false, email_school = NULL, parent_name = 'P', " \
	"parent_email = 'p@q.example', media_release_date = '2026-01-01T00:00:00Z', "          \
	"participation_agreement_date = NULL, game_platform_id = NULL"

static void status_follows_the_row(void)
{
	struct fixture f = fixture_open(NULL);

	migrate(&f);
	add_coach(&f);
	add_competitor(&f, 1);
	IS(sql_text(&f, "SELECT status FROM competitors"), "pending", "a new one");
	for (size_t i = 0; i < COUNT(cases); i++) {
		run_sql(f.db, "UPDATE competitors SET " MINOR);
		run_sql(f.db, str_printf(f.a, "UPDATE competitors SET %s", cases[i].set).at);
		IS(sql_text(&f, "SELECT status FROM competitors"), cases[i].want, cases[i].set);
	}
	run_sql(f.db, "INSERT INTO competitors (coach_id, first_name, last_name, grade, gender, "
		      "race, ethnicity, level_of_technology, years_competing, is_18_or_over, "
		      "email_school, participation_agreement_date, status) VALUES (" COACH
		      ", 'Z', 'Z', '12', 'x', 'x', 'x', 'x', 0, true, 'a@b.example', "
		      "'2026-01-01T00:00:00Z', 'complete')");
	IS(sql_text(&f, "SELECT status FROM competitors WHERE first_name = 'Z'"), "compliance",
	   "a new one that has all but the platform");
	OK(sql_int(f.db, str_printf(f.a, "SELECT count(*) FROM competitors r WHERE r.status = %.*s",
				    STR_ARG(game_status_sql(f.a, "r")))
				 .at) == 2,
	   "the same expression asked of rows");
	fixture_close(&f);
}

static void updates_are_stamped(void)
{
	struct fixture f = fixture_open(NULL);

	migrate(&f);
	add_coach(&f);
	run_sql(f.db, "UPDATE profiles SET updated_at = '2020-01-01T00:00:00.000Z'");
	OK(sql_int(f.db, "SELECT count(*) FROM profiles WHERE updated_at = "
			 "'2020-01-01T00:00:00.000Z'") == 1,
	   "a writer's own stamp stays");
	run_sql(f.db, "UPDATE profiles SET region = 'east'");
	OK(sql_int(f.db, "SELECT count(*) FROM profiles WHERE updated_at > "
			 "'2026-01-01T00:00:00.000Z'") == 1,
	   "without one there is ours");
	fixture_close(&f);
}

/* ---- teams ---- */

static void a_team_has_six(void)
{
	struct fixture f = fixture_open(NULL);
	bool six = true;

	migrate(&f);
	add_coach(&f);
	add_team(&f, TEAM(1), "One");
	add_team(&f, TEAM(2), "Two");
	for (int i = 1; i <= 7; i++)
		add_competitor(&f, i);
	for (int i = 1; i <= 6; i++)
		six = six && add_member(&f, TEAM(1), i);
	OK(six, "six find a place");
	OK(!add_member(&f, TEAM(1), 7), "the seventh does not");
	OK(add_member(&f, TEAM(2), 7), "but in another team");
	OK(refused(&f, "UPDATE team_members SET team_id = " TEAM(1) " WHERE team_id = " TEAM(2)),
	   "nor may it move there");
	run_sql(f.db, "UPDATE team_members SET team_id = " TEAM(1) " WHERE team_id = " TEAM(1));
	OK(!add_member(&f, TEAM(2), 1), "nobody is in two teams");
	run_sql(f.db,
		"INSERT INTO team_members (team_id, competitor_id) VALUES (" TEAM(2) ", " ID(
			1) ") ON CONFLICT (competitor_id) DO UPDATE SET team_id = excluded.team_id");
	OK(sql_int(f.db, "SELECT count(*) FROM team_members WHERE team_id = " TEAM(2)) == 2,
	   "an upsert moves it");
	OK(refused(&f, "UPDATE team_members SET position = 7 WHERE competitor_id = " ID(1)),
	   "a team has six places");
	OK(sql_int(f.db, on_postgres()
				 ? "SELECT count(*) FROM pg_proc WHERE pronamespace = "
				   "current_schema()::regnamespace AND prosrc LIKE "
				   "'%Team cannot have more than 6 members%'"
				 : "SELECT count(*) FROM sqlite_master WHERE type = 'trigger' AND "
				   "name LIKE '%_insert' AND sql LIKE "
				   "'%Team cannot have more than 6 members%'") == 1,
	   "the application is told why");
	OK(refused(&f, "INSERT INTO teams (coach_id, name) VALUES (" COACH ", 'One')"),
	   "a coach's teams have names of their own");
	fixture_close(&f);
}

static void divisions_agree(void)
{
	struct fixture f = fixture_open(NULL);

	migrate(&f);
	add_coach(&f);
	add_team(&f, TEAM(1), "One");
	for (int i = 1; i <= 3; i++)
		add_competitor(&f, i);
	run_sql(f.db, "UPDATE teams SET division = 'high_school';\n"
		      "UPDATE competitors SET division = 'high_school' WHERE id = " ID(
			      1) ";\n"
				 "UPDATE competitors SET division = 'college' WHERE id = " ID(2));
	OK(add_member(&f, TEAM(1), 1), "the same division");
	OK(!add_member(&f, TEAM(1), 2), "another division");
	OK(add_member(&f, TEAM(1), 3), "no division");
	OK(refused(&f, "UPDATE competitors SET division = 'college' WHERE id = " ID(3)),
	   "a member cannot leave the team's division");
	OK(refused(&f, "UPDATE teams SET division = 'college'"), "nor the team that of a member");
	run_sql(f.db, "UPDATE competitors SET division = 'high_school' WHERE id = " ID(
			      3) ";\n"
				 "UPDATE teams SET division = NULL;\n"
				 "UPDATE competitors SET division = 'college' WHERE id = " ID(
					 3) ";\n"
					    "UPDATE teams SET division = ''");
	OK(refused(&f, "UPDATE teams SET division = 'college'"), "one of two members is elsewhere");
	fixture_close(&f);
}

/* Two coaches add the sixth member at the same moment. */
static int add_sixth(struct fixture *f)
{
	struct err e;

	return db_exec(f->db,
		       "INSERT INTO team_members (team_id, competitor_id) VALUES (" TEAM(
			       1) ", '00000000-0000-4000-8000-000000000007')",
		       NULL, 0, NULL, &e)
		       ? 0
		       : 1;
}

static void only_one_is_the_sixth(void)
{
	struct fixture f = fixture_open(NULL);
	struct db *other;
	struct err e;
	int pid;
	bool mine;

	migrate(&f);
	add_coach(&f);
	add_team(&f, TEAM(1), "One");
	for (int i = 1; i <= 7; i++)
		add_competitor(&f, i);
	for (int i = 1; i <= 5; i++)
		add_member(&f, TEAM(1), i);
	other = fixture_again(&f);
	must(db_begin(other, &oops));
	must(db_exec(
		other,
		"INSERT INTO team_members (team_id, competitor_id) VALUES (" TEAM(1) ", " ID(6) ")",
		NULL, 0, NULL, &oops));
	/* The other waits for this transaction, or for the file, and then finds six. */
	pid = fixture_fork(&f, add_sixth);
	mine = db_commit(other, &e);
	OK(fixture_wait(pid) == 1 && mine, "the second is refused");
	OK(sql_int(f.db, "SELECT count(*) FROM team_members") == 6, "six are in");
	db_close(other);
	fixture_close(&f);
}

/* ---- as a part of the service ---- */

static const struct integration_schedule two_schedules[] = {
	{ .name = "game_platform_sync",
	  .cron = "*/30 * * * *",
	  .task = "game_platform_sync",
	  .args = "{}",
	  .attempts_max = 3,
	  .lane = "game_platform:sync" },
	{ .name = "later", .cron = "0 * * * *", .task = "t", .args = "{}" },
	{ .name = NULL },
};

static void it_comes_and_goes_with_the_connection(void)
{
	struct fixture f = fixture_open(NULL);
	struct manifest manifest = { .name = STR("metactf") };
	struct watch_plan watch = { .name = STR("teams"), .table = STR("teams"), .key = STR("id") };
	struct str column[] = { STR("name") };
	struct connection c = {
		.name = STR("ctf"), .manifest = &manifest, .watch = &watch, .watches = 1
	};
	struct plan p = { .connection = &c, .connections = 1 };
	struct integration row = game_platform;
	const struct integration *const all[] = { &row, NULL };
	struct migration m = { &p, all };
	struct schedule s;
	struct err e;
	size_t n;

	watch.column = column;
	watch.columns = 1;
	row.schedule = two_schedules;
	must(migration_run_all(f.db, &m, &n, &oops));
	OK(n > 0, "tables and the triggers that stand on them in one go");
	must(migration_run_all(f.db, &m, &n, &oops));
	OK(n == 0, "once");
	add_coach(&f);
	add_team(&f, TEAM(1), "One");
	OK(sql_int(f.db, "SELECT count(*) FROM lockstep_outbox WHERE table_name = 'teams'") == 1,
	   "a change is on its way");
	must(timetable_declare(f.db, &p, all, &oops));
	must(schedule_get(f.db, f.a, STR("game_platform_sync"), &s, &oops));
	OK(str_eq(s.cron, STR("*/30 * * * *")) && str_eq(s.lane, STR("game_platform:sync")) &&
		   str_eq(s.key, STR("game_platform_sync")) && s.attempts_max == 3,
	   "a schedule as it was given");
	manifest.name = STR("another");
	must(timetable_declare(f.db, &p, all, &oops));
	OK(!schedule_get(f.db, f.a, STR("game_platform_sync"), &s, &e) && e.kind == ERR_MISSING,
	   "it goes with the connection");
	fixture_close(&f);
}

int main(int argc, char **argv)
{
	fixture_choose(argc, argv);
	tables_are_made_once();
	a_solve_is_known_by_event_too();
	an_applications_tables_are_completed();
	rows_that_are_alike_are_named();
	status_follows_the_row();
	updates_are_stamped();
	a_team_has_six();
	divisions_agree();
	only_one_is_the_sixth();
	it_comes_and_goes_with_the_connection();
	return tap_done();
}

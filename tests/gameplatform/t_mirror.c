/* SPDX-License-Identifier: Apache-2.0 */
/*
 * t_mirror.c - onboarding and rosters against a vendor that makes everything twice when asked
 * twice.
 *
 * A season is played: two competitors come, form a team, move, leave, and the team goes.  It is
 * played again with every answer lost in turn, every contact with the database failing in turn, and
 * the process dying at every one of them; whatever happens, nobody is made twice and the rosters
 * end equal.
 */
#include "ctf.h"
#include "data/json.h"
#include "gameplatform/onboard.h"
#include "gameplatform/schema.h"
#include "gameplatform/team_mirror.h"
#include "store/outbox.h"
#include "store/table.h"
#include "tap.h"

#include <stdlib.h>

#define THINGS_MAX 16
#define ROUNDS_MAX 200
/* Longer than any lock and any doubt. */
#define REST_MS 130000

#define COACH "c0000000-0000-4000-8000-000000000001"
#define ADA "a0000000-0000-4000-8000-000000000001"
#define BOB "b0000000-0000-4000-8000-000000000001"
#define RED "d0000000-0000-4000-8000-000000000001"
#define BLUE "d0000000-0000-4000-8000-000000000002"

/* ---- the vendor ---- */

struct user {
	char id[64], team[64];
	int made;
	bool approved;
};

struct team {
	char id[64];
	int made;
	bool there;
};

static struct ctf c;
static struct user user[THINGS_MAX];
static struct team team[THINGS_MAX];
static bool coaches_wait, users_away;

static struct user *find_user(struct str id)
{
	for (size_t i = 0; i < THINGS_MAX; i++)
		if (user[i].made && str_eq(id, str_from(user[i].id)))
			return &user[i];
	return NULL;
}

static struct team *find_team(struct str id, bool new)
{
	for (size_t i = 0; i < THINGS_MAX; i++)
		if (team[i].made && str_eq(id, str_from(team[i].id)))
			return team[i].there || new ? &team[i] : NULL;
	return NULL;
}

static void copy(char *to, size_t size, struct str s)
{
	assert(s.len < size);
	memcpy(to, s.at, s.len);
	to[s.len] = 0;
}

static void say(struct canned_reply *out, int status, const char *detail)
{
	out->status = status;
	buf_printf(&out->body, "{\"detail\":\"%s\"}", detail);
}

static void say_user(struct canned_reply *out, const struct user *u)
{
	out->status = 201;
	buf_printf(&out->body,
		   "{\"metactf_user_id\":%d,\"metactf_username\":\"x\",\"syned_user_id\":\"%s\","
		   "\"metactf_user_status\":\"%s\"}",
		   (int)(u - user) + 1, u->id, u->approved ? "approved" : "pending_approval");
}

static void make_user(struct value body, struct canned_reply *out)
{
	struct str id = value_get(body, STR("syned_user_id")).s;
	struct user *u = find_user(id);

	for (size_t i = 0; !u && i < THINGS_MAX; i++)
		if (!user[i].made)
			u = &user[i];
	assert(u);
	copy(u->id, sizeof(u->id), id);
	u->made++;
	u->approved = !coaches_wait;
	say_user(out, u);
}

static void make_team(struct value body, struct canned_reply *out)
{
	struct str id = value_get(body, STR("syned_team_id")).s;
	struct team *t = find_team(id, true);

	for (size_t i = 0; !t && i < THINGS_MAX; i++)
		if (!team[i].made)
			t = &team[i];
	assert(t);
	copy(t->id, sizeof(t->id), id);
	/* One that was deleted before may be made again. */
	t->made = t->there ? t->made + 1 : t->made ? t->made : 1;
	t->there = true;
	out->status = 201;
	buf_printf(&out->body,
		   "{\"metactf_team_id\":1,\"metactf_coach_id\":\"1\",\"syned_team_id\":\"%s\","
		   "\"team_name\":\"x\",\"division\":\"high_school\",\"affiliation\":\"x\"}",
		   t->id);
}

static void list(struct str only, struct canned_reply *out)
{
	int n = 0;

	buf_add(&out->body, STR("{\"assignments\":["));
	for (size_t i = 0; i < THINGS_MAX; i++)
		if (user[i].team[0] && (!only.len || str_eq(only, str_from(user[i].team))))
			buf_printf(&out->body,
				   "%s{\"syned_user_id\":\"%s\",\"syned_team_id\":\"%s\"}",
				   n++ ? "," : "", user[i].id, user[i].team);
	buf_printf(&out->body, "],\"total_count\":%d}", n);
}

static void delete_team(struct value body, struct canned_reply *out)
{
	struct team *t = find_team(value_get(body, STR("syned_team_id")).s, false);

	for (size_t i = 0; t && i < THINGS_MAX; i++)
		if (strcmp(user[i].team, t->id) == 0) {
			say(out, 400, "Cannot delete a team that has members");
			return;
		}
	if (!t) {
		say(out, 404, "Team not found");
		return;
	}
	t->there = false;
	buf_add(&out->body, STR("{}"));
}

static void assign(struct value body, struct canned_reply *out)
{
	struct user *u = find_user(value_get(body, STR("syned_user_id")).s);
	struct str id = value_get(body, STR("syned_team_id")).s;

	if (!find_team(id, false)) {
		say(out, 404, "Team not found");
	} else if (!u) {
		say(out, 404, "User not found or not approved");
	} else {
		copy(u->team, sizeof(u->team), id);
		out->status = 201;
		buf_printf(&out->body, "{\"syned_user_id\":\"%s\"}", u->id);
	}
}

static void unassign(struct value body, struct canned_reply *out)
{
	struct user *u = find_user(value_get(body, STR("syned_user_id")).s);

	if (!u) {
		say(out, 404, "User not found or not approved");
		return;
	}
	u->team[0] = 0;
	buf_printf(&out->body, "{\"syned_user_id\":\"%s\"}", u->id);
}

static void look(const struct request *r, struct str path, struct canned_reply *out)
{
	AUTO_ARENA *a = arena_new("look", 65536);
	struct str id = STR("");
	struct user *u;

	if (str_ends(path, STR("/users/get_team_assignments"))) {
		if (!url_query_get(a, r->url, STR("syned_team_id"), &id))
			id = STR("");
		list(id, out);
		return;
	}
	u = url_query_get(a, r->url, STR("syned_user_id"), &id) ? find_user(id) : NULL;
	if (u)
		say_user(out, u);
	else
		say(out, 404, "User not found or not approved");
}

static void vendor(void *arg, const struct request *r, struct canned_reply *out)
{
	AUTO_ARENA *a = arena_new("vendor", (size_t)1 << 20);
	struct str path = url_redact(a, r->url);
	struct value body;

	(void)arg;
	if (strcmp(r->method, "GET") == 0) {
		look(r, path, out);
		return;
	}
	must(json_parse(a, r->body, &body, NULL, &oops));
	if (str_ends(path, STR("/teams/delete")))
		delete_team(body, out);
	else if (str_ends(path, STR("/teams")))
		make_team(body, out);
	else if (str_ends(path, STR("/users/assign_team")))
		assign(body, out);
	else if (str_ends(path, STR("/users/delete_assignment")))
		unassign(body, out);
	else if (users_away)
		say(out, 503, "away");
	else
		make_user(body, out);
}

/* ---- the application ---- */

static void sql(const char *text)
{
	must(db_exec(c.real, text, NULL, 0, NULL, &oops));
}

static const char *told(const char *query)
{
	struct db_result r;
	struct value v;

	must(db_query(c.real, c.arena, query, NULL, 0, &r, &oops));
	if (r.rows == 0)
		return "(none)";
	v = db_cell(&r, 0, 0);
	return v.kind == VALUE_NULL  ? "(null)"
	       : v.kind == VALUE_INT ? str_printf(c.arena, "%lld", (long long)v.i).at
				     : str_keep(c.arena, v.s).at;
}

static void competitor(const char *id, const char *first)
{
	sql(str_printf(c.arena,
		       "INSERT INTO competitors (id, coach_id, first_name, last_name, email_school,"
		       " grade, gender, race, ethnicity, level_of_technology, years_competing,"
		       " parent_name, parent_email, media_release_date) VALUES ('%s', '" COACH
		       "', '%s', 'Player', '%s@x.example', '9', 'x', 'x', 'x', 'x', 1, 'p', 'p@x',"
		       " '2026-01-01T00:00:00Z')",
		       id, first, first)
		    .at);
}

static void given(void)
{
	struct str *statement = NULL;
	size_t n = 0;

	memset(user, 0, sizeof(user));
	memset(team, 0, sizeof(team));
	coaches_wait = users_away = false;
	ctf_open(&c, "{\"token\": \"t\", \"enabled\": \"true\", \"base_url\": "
		     "\"https://ctf.example/v1\"}");
	c.wire.answer = vendor;
	must(outbox_plan(c.real, c.arena, NULL, 0, &statement, &n, &oops));
	must(schema_apply(c.real, statement, n, &oops));
	must(game_schema_plan(c.real, c.arena, &c.connection, &statement, &n, &oops));
	must(schema_apply(c.real, statement, n, &oops));
	sql("INSERT INTO profiles (id, email, role, full_name, school_name, is_approved) VALUES ('" COACH
	    "', 'c@x.example', 'coach', 'Casey Coach', 'Oak', true)");
	competitor(ADA, "Ada");
	competitor(BOB, "Bob");
}

/* ---- one try, in an arena of its own ---- */

static struct err e;
static const char *status;

static bool try_onboard(const char *id)
{
	struct onboarding o = { .competitor = str_from(id) };
	struct mirror m;
	struct value out;

	e = (struct err){ 0 };
	status = "";
	if (!mirror_open(c.arena, &c.engine, &c.connection, false, &m, &e) ||
	    !onboard(&m, &o, &out, &e))
		return false;
	status = str_keep(c.arena, value_get(out, STR("status")).s).at;
	return true;
}

/* Whether nothing is left to do. */
static bool try_team(const char *id)
{
	struct team_outcome out;
	struct mirror m;

	e = (struct err){ 0 };
	status = "";
	if (!mirror_open(c.arena, &c.engine, &c.connection, false, &m, &e))
		return false;
	m.asked_ms = c.clock.wall_ms;
	if (!team_mirror(&m, str_from(id), STR(""), &out, &e))
		return false;
	status = str_keep(c.arena, value_get(out.map, STR("status")).s).at;
	if (out.again)
		e = out.why;
	/* A deletion that was asked for just now looks again after a while. */
	return !out.again || strcmp(status, "skipped_not_synced") == 0;
}

static bool until_done(bool (*try)(const char *id), const char *id)
{
	for (int i = 0; i < ROUNDS_MAX; i++) {
		if (try(id))
			return true;
		/* Whoever died is looked after by another. */
		if (c.chaos.dead)
			c.chaos = (struct chaos){ 0 };
		test_clock_pass(&c.clock, REST_MS);
	}
	printf("# %s: %s\n", id, e.text);
	return false;
}

/* ---- the season ---- */

static bool onboarded(const char *id)
{
	return until_done(try_onboard, id) && (strcmp(status, "synced") == 0 ||
					       strcmp(status, "skipped_requires_compliance") == 0);
}

static int complaints;

static void expect(bool good, const char *what)
{
	if (good)
		return;
	complaints++;
	printf("# %s (status %s: %s)\n", what, status, e.text);
}

static bool is_on(const char *who, const char *where)
{
	const struct user *u = find_user(str_from(who));

	return u && strcmp(u->team, where) == 0;
}

static void made_once(void)
{
	for (size_t i = 0; i < THINGS_MAX; i++) {
		expect(user[i].made <= 1, "a user was made twice");
		expect(team[i].made <= 1, "a team was made twice");
	}
}

/* Returns how many complaints there are. */
static int season(void)
{
	complaints = 0;
	expect(onboarded(ADA), "Ada comes");
	expect(onboarded(BOB), "Bob comes");
	sql("INSERT INTO teams (id, coach_id, name) VALUES ('" RED "', '" COACH "', 'Red')");
	sql("INSERT INTO teams (id, coach_id, name) VALUES ('" BLUE "', '" COACH "', 'Blue')");
	sql("INSERT INTO team_members (team_id, competitor_id, position) VALUES ('" RED "', '" ADA
	    "', 1), ('" RED "', '" BOB "', 2)");
	expect(until_done(try_team, RED), "Red is made");
	expect(until_done(try_team, BLUE), "Blue is made");
	expect(is_on(ADA, RED) && is_on(BOB, RED), "both are on Red");
	sql("UPDATE team_members SET team_id = '" BLUE "' WHERE competitor_id = '" BOB "'");
	expect(until_done(try_team, RED), "Red lets Bob go");
	expect(until_done(try_team, BLUE), "Blue takes Bob");
	expect(is_on(ADA, RED) && is_on(BOB, BLUE), "Bob has moved");
	sql("DELETE FROM team_members WHERE competitor_id = '" ADA "'");
	expect(until_done(try_team, RED), "Red lets Ada go");
	expect(is_on(ADA, ""), "Ada is on none");
	sql("INSERT INTO team_members (team_id, competitor_id, position) VALUES ('" BLUE "', '" ADA
	    "', 3)");
	sql("DELETE FROM teams WHERE id = '" RED "'");
	expect(until_done(try_team, BLUE), "Blue takes Ada");
	expect(until_done(try_team, RED), "Red goes");
	expect(is_on(ADA, BLUE) && is_on(BOB, BLUE), "both are on Blue");
	expect(!find_team(STR(RED), false) && find_team(STR(BLUE), false), "Blue alone is there");
	expect(strcmp(told("SELECT count(*) FROM competitors WHERE status = 'complete' AND"
			   " game_platform_sync_error IS NULL"),
		      "2") == 0,
	       "both are complete");
	expect(strcmp(told("SELECT count(*) FROM team_members WHERE game_platform_synced_at IS NOT"
			   " NULL AND game_platform_sync_error IS NULL"),
		      "2") == 0,
	       "and their badges say so");
	expect(strcmp(told("SELECT count(*) FROM lockstep_outbox"), "0") == 0,
	       "nothing comes back through the outbox");
	made_once();
	return complaints;
}

static void all_goes_well(void)
{
	given();
	OK(season() == 0, "without trouble");
	OK(c.wire.logged < 40, "with %zu requests", c.wire.logged);
	ctf_close(&c);
}

static void every_answer_may_be_lost(void)
{
	int bad = 0;
	int64_t n = 1;

	for (bool fired = true; fired; n++) {
		given();
		canned_fault(&c.wire, n, FAULT_TRANSIENT, 0);
		if (season())
			printf("# answer %lld lost\n", (long long)n);
		bad += complaints;
		fired = (int64_t)c.wire.logged > n;
		ctf_close(&c);
	}
	OK(bad == 0, "each of %lld answers was lost once", (long long)n);
}

static void every_request_may_fail(int http)
{
	int bad = 0;
	int64_t n = 1;

	for (bool fired = true; fired; n++) {
		given();
		for (int64_t i = 0; i < 4; i++)
			canned_fault(&c.wire, n + i, FAULT_STATUS, http);
		if (season())
			printf("# requests from %lld answered with %d\n", (long long)n, http);
		bad += complaints;
		fired = (int64_t)c.wire.logged > n;
		ctf_close(&c);
	}
	OK(bad == 0, "four answers in a row with %d, from each of %lld on, though carried out",
	   http, (long long)n);
}

static void the_database_may_fail(bool dies, bool after, const char *what)
{
	int bad = 0;
	int64_t n = 1;

	for (bool fired = true; fired; n++) {
		given();
		c.chaos = (struct chaos){ .facet = FACET_STORE,
					  .at = n,
					  .kind = ERR_TRANSIENT,
					  .dies = dies,
					  .after = after };
		if (season())
			printf("# contact %lld\n", (long long)n);
		bad += complaints;
		fired = c.chaos.fired || c.chaos.contacts == 0;
		ctf_close(&c);
	}
	OK(bad == 0 && n > 50, "%s, each of %lld times", what, (long long)n);
}

static void the_process_may_die_while_it_asks(void)
{
	int bad = 0;
	int64_t n = 1;

	for (bool fired = true; fired; n++) {
		given();
		c.chaos = (struct chaos){
			.facet = FACET_CLIENT, .at = n, .kind = ERR_TRANSIENT, .dies = true
		};
		if (season())
			printf("# contact %lld\n", (long long)n);
		bad += complaints;
		fired = c.chaos.fired || c.chaos.contacts == 0;
		ctf_close(&c);
	}
	OK(bad == 0 && n > 20, "the process dies at each of %lld contacts with the vendor",
	   (long long)n);
}

/* ---- guards ---- */

static void guards_hold_in_their_order(void)
{
	given();
	sql("UPDATE competitors SET grade = NULL, email_school = NULL WHERE id = '" ADA "'");
	OK(try_onboard(ADA) && strcmp(status, "skipped_requires_compliance") == 0, "not ready");
	OK(c.wire.logged == 0, "asks nobody");
	sql("UPDATE competitors SET grade = '9' WHERE id = '" ADA "'");
	sql("INSERT INTO game_platform_profiles (competitor_id, metactf_role, syned_user_id, status)"
	    " VALUES ('" ADA "', 'user', 'x', 'user_created')");
	OK(try_onboard(ADA) && strcmp(status, "skipped_already_synced") == 0, "known already");
	sql("DELETE FROM game_platform_profiles");
	sql("UPDATE profiles SET role = 'admin'");
	OK(!try_onboard(ADA), "no coach");
	IS(told("SELECT game_platform_sync_error FROM competitors WHERE id = '" ADA "'"),
	   "Coach not found or missing Game Platform mapping", "is told");
	sql("UPDATE profiles SET role = 'coach'");
	OK(!try_onboard(ADA), "no address");
	IS(told("SELECT game_platform_sync_error FROM competitors WHERE id = '" ADA "'"),
	   "Missing email for Game Platform onboarding", "is told");
	IS(told("SELECT status FROM game_platform_profiles WHERE competitor_id = '" ADA "'"),
	   "error", "on the mapping too");
	sql("UPDATE competitors SET email_personal = 'a@home.example' WHERE id = '" ADA "'");
	OK(try_onboard(ADA) && strcmp(status, "synced") == 0, "all is there");
	IS(told("SELECT game_platform_sync_error FROM competitors WHERE id = '" ADA "'"), "(null)",
	   "and the error gone");
	OK(!try_onboard("00000000-0000-4000-8000-000000000000") && e.kind == ERR_MISSING, "nobody");
	ctf_close(&c);
}

static void a_coach_must_be_approved(void)
{
	given();
	coaches_wait = true;
	OK(!try_onboard(ADA) && e.kind == ERR_REMOTE, "one who waits");
	OK(strstr(told("SELECT game_platform_sync_error FROM competitors WHERE id = '" ADA "'"),
		  "has status \"pending\" and must be") != NULL,
	   "is told on the competitor");
	IS(told("SELECT status FROM game_platform_profiles WHERE coach_id IS NOT NULL"), "pending",
	   "and in the mapping");
	OK(!find_user(STR(ADA)), "nobody is made under them");
	find_user(STR(COACH))->approved = true;
	coaches_wait = false;
	OK(try_onboard(ADA) && strcmp(status, "synced") == 0, "until approved");
	OK(find_user(STR(COACH))->made == 1, "without being made again");
	ctf_close(&c);
}

static void what_is_not_ready_stops_nobody_else(void)
{
	given();
	OK(try_onboard(ADA), "one is on the platform");
	sql("UPDATE competitors SET game_platform_id = 'gone' WHERE id = '" BOB "'");
	sql("INSERT INTO teams (id, coach_id, name) VALUES ('" RED "', '" COACH "', 'Red')");
	sql("INSERT INTO team_members (team_id, competitor_id, position) VALUES ('" RED "', '" BOB
	    "', 1), ('" RED "', '" ADA "', 2)");
	OK(try_team(RED) && strcmp(status, "created_team") == 0, "a team with one unknown member");
	OK(is_on(ADA, RED), "has the other");
	IS(told("SELECT game_platform_sync_error FROM team_members WHERE competitor_id = '" BOB
		"'"),
	   "User not found or not approved", "the member's row says why");
	IS(told("SELECT game_platform_sync_error FROM teams"), "User not found or not approved",
	   "and the team's");
	sql("UPDATE competitors SET game_platform_id = NULL WHERE id = '" BOB "'");
	OK(try_team(RED), "without an id they wait");
	IS(told("SELECT game_platform_sync_error FROM teams"), "(null)", "which is no error");
	ctf_close(&c);
}

static void a_team_that_was_deleted_there_is_made_again(void)
{
	given();
	OK(try_onboard(ADA), "one is on the platform");
	sql("INSERT INTO teams (id, coach_id, name) VALUES ('" RED "', '" COACH "', 'Red')");
	sql("INSERT INTO team_members (team_id, competitor_id, position) VALUES ('" RED "', '" ADA
	    "', 1)");
	OK(try_team(RED), "and on a team");
	find_team(STR(RED), false)->there = false;
	find_user(STR(ADA))->team[0] = 0;
	OK(try_team(RED) && strcmp(status, "created_team") == 0 && is_on(ADA, RED),
	   "it comes back with them");
	ctf_close(&c);
}

int main(void)
{
	guards_hold_in_their_order();
	a_coach_must_be_approved();
	what_is_not_ready_stops_nobody_else();
	a_team_that_was_deleted_there_is_made_again();
	all_goes_well();
	every_answer_may_be_lost();
	every_request_may_fail(503);
	the_process_may_die_while_it_asks();
	the_database_may_fail(false, false, "the database fails");
	the_database_may_fail(true, false, "the process dies before the database answers");
	the_database_may_fail(true, true, "the process dies when the database has done it");
	return tap_done();
}

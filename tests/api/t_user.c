/* SPDX-License-Identifier: Apache-2.0 */
/* t_user.c - local users, their passwords and sessions. */
#include "access_world.h"
#include "api/access_table.h"
#include "api/login_gate.h"
#include "api/password.h"
#include "tap.h"

#define PASSWORD STR("a long walk by the river")
#define MINUTE INT64_C(60000)

static struct access_world w;

static struct str begin(const char *name)
{
	struct login_draft draft = { .kind = LOGIN_USER };
	struct str secret = { 0 };
	struct user user = { 0 };
	bool found = false;

	must(user_find(w.f.db, w.f.a, str_from(name), &user, &found, &oops));
	assert(found);
	draft.user_id = user.id;
	must(login_begin(w.f.db, w.f.a, &draft, w.clock.wall_ms, LOGIN_IDLE_MS, &secret, &oops));
	return secret;
}

static struct identity with(struct str secret)
{
	return who_has_cookie(&w, str_printf(w.f.a, "a=b; lockstep=%.*s; c", STR_ARG(secret)));
}

static bool password_right(const char *name, struct str password)
{
	struct user user = { 0 };
	bool found = false, right = false;

	must(user_find(w.f.db, w.f.a, str_from(name), &user, &found, &oops));
	must(password_check(password, found ? user.password : STR(""), &right, &oops));
	return right;
}

static void users_are_added_and_listed(void)
{
	struct user_row *row = NULL;
	struct err e;
	size_t n = 0;

	must(user_add(w.f.db, STR("ben"), PASSWORD, ROLE_VIEWER, &oops));
	must(user_add(w.f.db, STR("ana"), PASSWORD, ROLE_ADMIN, &oops));
	OK(!user_add(w.f.db, STR("ana"), PASSWORD, ROLE_ADMIN, &e) && e.kind == ERR_BUSY,
	   "a name once");
	must(user_list(w.f.db, w.f.a, &row, &n, &oops));
	OK(n == 2, "both are there");
	IS(str_keep(w.f.a, row[0].name).at, "ana", "by name");
	IS(str_keep(w.f.a, row[0].role).at, "admin", "with the role");
	OK(row[0].id.len == 36 && row[0].made_ms > 0 && !row[0].disabled, "and all else");
	OK(sql_int(w.f.db, "SELECT count(*) FROM lockstep_users WHERE password LIKE "
			   "'$argon2id$v=19$m=65536,t=2,p=1$%'") == 2,
	   "passwords are hashed by argon2id");
	OK(sql_int(w.f.db, "SELECT count(DISTINCT password) FROM lockstep_users") == 2,
	   "with salt");
}

static void names_and_passwords_are_checked(void)
{
	static const char *const name[] = { "",     "-ana",       "ana@club.example", "a b",
					    "an\n", "x'; DROP--", "an\303\251" };
	static const char *const password[] = { "",
						"elevenchars",
						"password1234",
						"PASSWORD1234",
						"aaaaaaaaaaaaaaaa",
						"abababababababab",
						"correct horse battery staple" };
	struct err e;

	for (size_t i = 0; i < COUNT(name); i++)
		OK(!user_add(w.f.db, str_from(name[i]), PASSWORD, ROLE_ADMIN, &e) &&
			   e.kind == ERR_USAGE,
		   "name %zu is refused", i);
	for (size_t i = 0; i < COUNT(password); i++)
		OK(!user_add(w.f.db, STR("eve"), str_from(password[i]), ROLE_ADMIN, &e) &&
			   e.kind == ERR_USAGE && !(*password[i] && strstr(e.text, password[i])),
		   "the password '%s', without showing it", password[i]);
	OK(!user_add(w.f.db, STR("long-name-of-ana"), STR("long-name-of-ana"), ROLE_ADMIN, &e),
	   "the name as the password");
	OK(!user_add(w.f.db, STR("eve"), PASSWORD, ROLE_ADMIN | ROLE_COACH, &e) &&
		   e.kind == ERR_USAGE,
	   "two roles at once");
	OK(!user_add(w.f.db, STR("eve"), PASSWORD, 0, &e), "no role");
}

static void a_password_is_right_or_wrong(void)
{
	OK(password_right("ana", PASSWORD), "right");
	OK(!password_right("ana", STR("a long walk by the rivers")), "one letter more");
	OK(!password_right("ana", STR("")), "empty");
	OK(!password_right("nobody", PASSWORD), "of somebody who is not there");
	OK(!password_right("' OR 1=1 --", PASSWORD), "of what is no name");
}

static void a_session_says_who_it_is(void)
{
	struct str secret = begin("ana"), other = begin("ana");
	struct identity id = with(secret);

	OK(id.kind == IDENTITY_USER && id.roles == ROLE_ADMIN && id.cookie, "ana, admin");
	IS(str_keep(w.f.a, id.name).at, "user:ana", "her name");
	OK(id.subject.len == 36 && str_eq(id.subject, id.uuid), "her uuid");
	OK(!str_eq(secret, other), "each login has a secret of its own");
	OK(sql_int(w.f.db, str_printf(w.f.a,
				      "SELECT count(*) FROM lockstep_logins WHERE hash = "
				      "'%.*s'",
				      STR_ARG(secret))
				   .at) == 0,
	   "which is not in the database");
	OK(with(STR("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")).kind == IDENTITY_SECRET,
	   "one that was made up is refused");
	OK(who_has_cookie(&w, STR("")).kind == IDENTITY_NOBODY, "no cookie: nobody");
	OK(who_has_cookie(&w, STR("xlockstep=1; lockstepx=2")).kind == IDENTITY_NOBODY,
	   "other cookies: nobody");
	OK(who_has_cookie(&w, str_printf(w.f.a, "lockstep=%.*s; lockstep=%.*s", STR_ARG(secret),
					 STR_ARG(other)))
			   .kind == IDENTITY_SECRET,
	   "two sessions at once are refused");
	OK(who_has_cookie(&w, str_printf(w.f.a, "__Host-lockstep=%.*s", STR_ARG(secret))).kind ==
		   IDENTITY_NOBODY,
	   "the other name is not ours here");
	must(login_end(w.f.db, secret, &oops));
	OK(with(secret).kind == IDENTITY_SECRET && with(other).kind == IDENTITY_USER,
	   "logging out ends one of them");
}

static void sessions_end_by_themselves(void)
{
	struct str idle = begin("ana"), busy = begin("ana");
	int hours = 0;

	hand_clock_pass(&w.clock, LOGIN_IDLE_MS / 2);
	OK(with(busy).kind == IDENTITY_USER, "used after six hours");
	hand_clock_pass(&w.clock, LOGIN_IDLE_MS / 2);
	OK(with(idle).kind == IDENTITY_SECRET, "ended after twelve without use");
	OK(with(busy).kind == IDENTITY_USER, "the used one goes on");
	while (hours < 1000 && with(busy).kind == IDENTITY_USER) {
		hand_clock_pass(&w.clock, 60 * MINUTE);
		hours++;
	}
	OK(hours == 7 * 24 - 12, "until a week after it began: %d hours", hours);
	(void)begin("ana");
	OK(sql_int(w.f.db, "SELECT count(*) FROM lockstep_logins") == 1, "old ones are swept");
}

static void seen_is_written_once_a_minute(void)
{
	struct str secret = begin("ben");
	int64_t began = w.clock.wall_ms;
	const char *sql = "SELECT max(seen_ms) FROM lockstep_logins";

	hand_clock_pass(&w.clock, MINUTE - 1);
	OK(with(secret).kind == IDENTITY_USER && sql_int(w.f.db, sql) == began, "not within one");
	hand_clock_pass(&w.clock, 1);
	OK(with(secret).kind == IDENTITY_USER && sql_int(w.f.db, sql) == began + MINUTE, "then");
}

static void changes_of_a_user_show_at_once(void)
{
	struct str bens = begin("ben"), anas = begin("ana");
	struct err e;

	must(user_role(w.f.db, STR("ben"), ROLE_COACH, &oops));
	OK(with(bens).roles == ROLE_COACH, "the role, in a session that is under way");
	run_sql(w.f.db, "UPDATE lockstep_users SET disabled = 1 WHERE name = 'ben'");
	OK(with(bens).kind == IDENTITY_SECRET, "disabled by whoever writes the table");
	run_sql(w.f.db, "UPDATE lockstep_users SET disabled = 0 WHERE name = 'ben'");
	OK(with(bens).kind == IDENTITY_USER, "and enabled again");
	must(user_disable(w.f.db, STR("ben"), true, &oops));
	OK(with(bens).kind == IDENTITY_SECRET, "disabled: its sessions have ended");
	must(user_disable(w.f.db, STR("ben"), false, &oops));
	OK(with(bens).kind == IDENTITY_SECRET, "and do not come back");
	bens = begin("ben");
	must(user_password(w.f.db, STR("ben"), STR("another walk, by the sea"), &oops));
	OK(with(bens).kind == IDENTITY_SECRET, "a new password ends them too");
	OK(password_right("ben", STR("another walk, by the sea")) &&
		   !password_right("ben", PASSWORD),
	   "and is the only one");
	OK(!user_password(w.f.db, STR("ben"), STR("short"), &e) && e.kind == ERR_USAGE,
	   "unless it is none");
	bens = begin("ben");
	must(user_delete(w.f.db, STR("ben"), &oops));
	OK(with(bens).kind == IDENTITY_SECRET && with(anas).kind == IDENTITY_USER, "deleted");
	OK(!user_delete(w.f.db, STR("ben"), &e) && e.kind == ERR_MISSING, "once");
	OK(!user_role(w.f.db, STR("ben"), ROLE_COACH, &e) && e.kind == ERR_MISSING, "no role");
	OK(!user_disable(w.f.db, STR("ben"), true, &e) && e.kind == ERR_MISSING, "no disabling");
	OK(!user_password(w.f.db, STR("ben"), PASSWORD, &e) && e.kind == ERR_MISSING,
	   "no password of who is gone");
}

static void failures_make_wait(void)
{
	struct login_gate *g = login_gate_new();
	struct str ana = STR("ana"), home = STR("192.0.2.1"), away = STR("198.51.100.1");
	int64_t now = 1000;

	for (int i = 0; i < LOGIN_FREE_TRIES; i++) {
		OK(login_gate_wait_ms(g, ana, home, now) == 0, "try %d is free", i + 1);
		login_gate_failed(g, ana, home, now);
	}
	OK(login_gate_wait_ms(g, ana, away, now) == 1000, "then the name waits a second");
	OK(login_gate_wait_ms(g, STR("ben"), home, now) == 1000, "and the address");
	OK(login_gate_wait_ms(g, STR("ben"), away, now) == 0, "but nobody else");
	OK(login_gate_wait_ms(g, ana, away, now + 999) == 1, "to the millisecond");
	login_gate_failed(g, ana, home, now);
	OK(login_gate_wait_ms(g, ana, away, now) == 2000, "each further failure doubles it");
	for (int i = 0; i < 100; i++)
		login_gate_failed(g, ana, home, now);
	OK(login_gate_wait_ms(g, ana, away, now) == LOGIN_NAME_WAIT_MAX_MS, "up to a minute");
	OK(login_gate_wait_ms(g, STR("ben"), home, now) == LOGIN_ADDRESS_WAIT_MAX_MS,
	   "or a quarter of an hour");
	login_gate_passed(g, ana, away, now);
	OK(login_gate_wait_ms(g, ana, away, now) == 0, "a right password clears the name");
	OK(login_gate_wait_ms(g, ana, home, now) > 0, "but not the address");
	for (int i = 0; i < 100; i++)
		login_gate_failed(g, ana, STR("203.0.113.9"), now);
	OK(login_gate_wait_ms(g, ana, STR("203.0.113.8"), now) == LOGIN_NAME_WAIT_MAX_MS &&
		   login_gate_wait_ms(g, STR("ben"), away, now) == 0,
	   "whoever fails in the name makes it wait");
	OK(login_gate_wait_ms(g, ana, away, now) == 0, "but not where its owner got in");
	login_gate_failed(g, STR(""), away, now);
	OK(login_gate_wait_ms(g, STR(""), STR("203.0.113.7"), now) == 0, "no name is nobody's");
	OK(login_gate_wait_ms(g, ana, away, now + LOGIN_KNOWN_MS - 1) == 0 &&
		   login_gate_wait_ms(g, ana, home, now) > 0,
	   "for a month, and nowhere else");
	now += LOGIN_FORGET_MS + 1;
	login_gate_failed(g, ana, home, now);
	OK(login_gate_wait_ms(g, ana, home, now) == 0, "after half an hour it begins anew");
	for (int i = 0; i < 100000; i++) {
		char name[16];

		snprintf(name, sizeof(name), "n%d", i);
		login_gate_failed(g, str_from(name), str_from(name), now);
	}
	OK(login_gate_wait_ms(g, STR("ben"), away, now) == 0, "100,000 names fit");
	login_gate_free(g);
}

int main(int argc, char **argv)
{
	fixture_choose(argc, argv);
	access_world_open(&w, NULL, 0);
	users_are_added_and_listed();
	names_and_passwords_are_checked();
	a_password_is_right_or_wrong();
	a_session_says_who_it_is();
	sessions_end_by_themselves();
	seen_is_written_once_a_minute();
	changes_of_a_user_show_at_once();
	failures_make_wait();
	access_world_close(&w);
	return tap_done();
}

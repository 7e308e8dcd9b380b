/* SPDX-License-Identifier: Apache-2.0 */
/* t_token.c - API tokens: made once, kept as a hash, revoked, expired. */
#include "access_world.h"
#include "tap.h"

#define MINUTE INT64_C(60000)
#define FAR_MS INT64_C(4102444800000) /* 2100: api_token_add() looks at the machine's clock */

static struct access_world w;

static struct str make(const char *name, unsigned role, int64_t expires_ms)
{
	struct str token = { 0 };

	must(api_token_add(w.f.db, w.f.a, str_from(name), role, expires_ms, STR("cli:root"), &token,
			   &oops));
	return token;
}

static void a_token_says_who_it_is(void)
{
	struct str token = make("ci", ROLE_VIEWER, 0);
	struct identity id = who_bears(&w, token);
	struct credentials lower = { .authorization =
					     str_printf(w.f.a, "bearer %.*s", STR_ARG(token)) };
	struct identity same = { 0 };

	OK(str_starts(token, STR("lsk_")) && token.len == 47, "lsk_ and 43 characters");
	OK(id.kind == IDENTITY_TOKEN && id.roles == ROLE_VIEWER && !id.cookie, "ci, viewer");
	IS(str_keep(w.f.a, id.name).at, "token:ci", "its name");
	OK(id.subject.len == 36, "its id");
	must(access_check(w.access, w.f.db, w.f.a, &lower, &same, &oops));
	OK(same.kind == IDENTITY_TOKEN, "the scheme in any case");
	OK(sql_int(w.f.db, str_printf(w.f.a,
				      "SELECT count(*) FROM lockstep_api_tokens WHERE hash = "
				      "'%.*s' OR prefix = '%.*s'",
				      STR_ARG(token), STR_ARG(token))
				   .at) == 0,
	   "the token itself is not in the database");
}

static void what_is_not_quite_a_token_is_refused(void)
{
	struct str token = make("exact", ROLE_ADMIN, 0), bad[8];
	char *last = arena_alloc(w.f.a, token.len + 1), *middle = arena_alloc(w.f.a, token.len + 1);

	memcpy(last, token.at, token.len);
	last[token.len - 1] = last[token.len - 1] == 'A' ? 'E' : 'A';
	memcpy(middle, token.at, token.len);
	middle[20] = middle[20] == 'A' ? 'B' : 'A';
	bad[0] = str_from(last);
	bad[1] = str_from(middle);
	bad[2] = str_slice(token, 0, token.len - 1);
	bad[3] = str_printf(w.f.a, "%.*sA", STR_ARG(token));
	bad[4] = str_printf(w.f.a, "%.*s=", STR_ARG(token));
	bad[5] = str_printf(w.f.a, "%.*s ", STR_ARG(token));
	bad[6] = str_slice(token, 0, 12);
	bad[7] = STR("lsk_");
	for (size_t i = 0; i < COUNT(bad); i++)
		OK(who_bears(&w, bad[i]).kind == IDENTITY_SECRET, "refused: variant %zu", i);
	OK(who_bears(&w, token).kind == IDENTITY_TOKEN, "the token itself is taken");
}

static void other_schemes_are_refused(void)
{
	static const char *const header[] = { "Basic YTpi", "Bearer", "Bearer ",
					      "Token x",    "x",      "Bearer  lsk_x" };

	for (size_t i = 0; i < COUNT(header); i++) {
		struct credentials c = { .authorization = str_from(header[i]) };
		struct identity id;
		struct err e = { 0 };

		OK(!access_check(w.access, w.f.db, w.f.a, &c, &id, &e) && e.kind == ERR_AUTH,
		   "'%s': %s", header[i], e.text);
	}
}

static void a_token_ends(void)
{
	struct str token = make("old", ROLE_COACH, FAR_MS), other = make("other", ROLE_COACH, 0);
	struct token_row *row = NULL;
	struct err e;
	size_t n = 0;

	w.clock.wall_ms = FAR_MS - 1;
	OK(who_bears(&w, token).kind == IDENTITY_TOKEN, "until it expires");
	w.clock.wall_ms = FAR_MS;
	OK(who_bears(&w, token).kind == IDENTITY_SECRET, "and no longer");
	w.clock.wall_ms = WORLD_MS;
	OK(!api_token_add(w.f.db, w.f.a, STR("past"), ROLE_COACH, 1, STR("x"), &token, &e) &&
		   e.kind == ERR_USAGE,
	   "none is made that has expired");
	OK(!api_token_add(w.f.db, w.f.a, STR("other"), ROLE_COACH, 0, STR("x"), &token, &e) &&
		   e.kind == ERR_BUSY,
	   "a name once");
	OK(!api_token_add(w.f.db, w.f.a, STR("a b"), ROLE_COACH, 0, STR("x"), &token, &e) &&
		   e.kind == ERR_USAGE,
	   "a name that is one");
	OK(!api_token_add(w.f.db, w.f.a, STR("none"), 0, 0, STR("x"), &token, &e) &&
		   e.kind == ERR_USAGE,
	   "with a role");
	must(api_token_list(w.f.db, w.f.a, &row, &n, &oops));
	for (size_t i = 0; i < n; i++)
		if (str_eq(row[i].name, STR("old")))
			must(api_token_revoke(w.f.db, row[i].id, &oops));
	must(api_token_revoke(w.f.db, STR("other"), &oops));
	OK(who_bears(&w, other).kind == IDENTITY_SECRET, "revoked");
	OK(!api_token_revoke(w.f.db, STR("other"), &e) && e.kind == ERR_MISSING, "once");
}

static void use_is_written_once_a_minute(void)
{
	struct str token = make("used", ROLE_PLAYER, 0);
	const char *sql = "SELECT used_ms FROM lockstep_api_tokens WHERE name = 'used'";
	int64_t began = w.clock.wall_ms;

	OK(sql_int(w.f.db, sql) == 0, "never used");
	(void)who_bears(&w, token);
	hand_clock_pass(&w.clock, MINUTE - 1);
	(void)who_bears(&w, token);
	OK(sql_int(w.f.db, sql) == began, "used");
	hand_clock_pass(&w.clock, 1);
	(void)who_bears(&w, token);
	OK(sql_int(w.f.db, sql) == began + MINUTE, "a minute later");
}

static void tokens_are_listed(void)
{
	struct str token = make("aaa", ROLE_PLAYER, FAR_MS);
	struct token_row *row = NULL;
	size_t n = 0;

	must(api_token_list(w.f.db, w.f.a, &row, &n, &oops));
	OK(n >= 1 && str_eq(row[0].name, STR("aaa")), "by name");
	OK(str_eq(row[0].prefix, str_slice(token, 0, 12)), "with the beginning of the token");
	OK(row[0].expires_ms == FAR_MS && row[0].used_ms == 0 && row[0].made_ms > 0, "times");
	IS(str_keep(w.f.a, row[0].made_by).at, "cli:root", "and who made it");
}

int main(int argc, char **argv)
{
	fixture_choose(argc, argv);
	access_world_open(&w, NULL, 0);
	a_token_says_who_it_is();
	what_is_not_quite_a_token_is_refused();
	other_schemes_are_refused();
	a_token_ends();
	use_is_written_once_a_minute();
	tokens_are_listed();
	access_world_close(&w);
	return tap_done();
}

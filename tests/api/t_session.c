/* SPDX-License-Identifier: Apache-2.0 */
/* t_session.c - sessions of tokens; what a browser carries to a provider; databases of before. */
#include "access_world.h"
#include "api/sign_in.h"
#include "signer.h"
#include "tap.h"

#define IN_TIME "\"iat\":1772366340,\"exp\":1772370000"
#define EXP_MS INT64_C(1772370000000)
#define MINUTE INT64_C(60000)

static struct access_world w;
static struct signer *signer;
static struct issuer issuer;

static struct str jwt(const char *audience, const char *more)
{
	struct str payload = str_printf(w.f.a,
					"{\"iss\":\"https://one.example\",\"aud\":\"%s\","
					"\"sub\":\"ana@club.example\"," IN_TIME "%s}",
					audience, more);

	return signer_token(w.f.a, signer, STR("{\"alg\":\"HS256\",\"typ\":\"JWT\"}"), payload);
}

static struct str begin(enum login_kind kind, struct str token, int64_t ends_ms)
{
	bool api_token = str_starts(token, STR(API_TOKEN_START));
	struct login_draft draft = { .kind = kind,
				     .token = token,
				     .name = api_token ? STR("token:ci") : STR("jwt:x"),
				     .provider = STR("one"),
				     .token_ends_ms = ends_ms };
	struct str secret = { 0 };

	must(login_begin(w.f.db, w.f.a, &draft, w.clock.wall_ms, LOGIN_IDLE_MS, &secret, &oops));
	return secret;
}

static struct identity with(struct str secret)
{
	return who_has_cookie(&w, str_printf(w.f.a, "lockstep=%.*s", STR_ARG(secret)));
}

static bool refused(struct identity id, const char *why)
{
	return id.kind == IDENTITY_SECRET && str_find(id.name, str_from(why)) >= 0;
}

static void a_session_is_worth_what_its_jwt_is(void)
{
	struct str secret = begin(LOGIN_BEARER, jwt("app", ",\"r\":\"coach\""), EXP_MS);
	const struct grant_row g = { STR("https://one.example"), STR("ana@club.example"),
				     STR("viewer") };
	struct identity id = with(secret);

	OK(id.kind == IDENTITY_JWT && id.roles == ROLE_COACH && id.cookie, "a coach, by a cookie");
	OK(id.expires_ms == EXP_MS && str_eq(id.provider, STR("one")), "until the token ends");
	must(grant_put(w.f.db, &g, &oops));
	OK(with(secret).roles == ROLE_VIEWER, "what is said here counts at once");
	must(grant_put(w.f.db, &(struct grant_row){ g.issuer, g.subject, STR("denied") }, &oops));
	OK(refused(with(secret), "withdrawn"), "to the end");
	must(grant_remove(w.f.db, g.issuer, g.subject, &oops));
	w.clock.wall_ms = EXP_MS - 1;
	OK(with(secret).kind == IDENTITY_JWT, "to the last moment");
	w.clock.wall_ms = EXP_MS;
	OK(refused(with(secret), "has ended"), "and no longer, leeway or not");
	w.clock.wall_ms = WORLD_MS;
}

static void a_session_ends_with_its_api_token(void)
{
	struct str token = { 0 }, secret;

	must(api_token_add(w.f.db, w.f.a, STR("ci"), ROLE_VIEWER, 0, STR("test"), &token, &oops));
	secret = begin(LOGIN_BEARER, token, 0);
	OK(with(secret).kind == IDENTITY_TOKEN && with(secret).roles == ROLE_VIEWER, "a viewer");
	OK(with(secret).expires_ms == WORLD_MS + LOGIN_ABSOLUTE_MS, "for a week");
	must(api_token_revoke(w.f.db, STR("ci"), &oops));
	OK(refused(with(secret), "has ended"), "or until it is revoked");
	OK(sql_int(w.f.db, "SELECT count(*) FROM lockstep_logins WHERE name = 'token:ci'") == 0,
	   "and is not listed then");
}

static void an_id_token_is_for_sessions_only(void)
{
	struct str id_token = jwt("client", ",\"r\":\"admin\"");
	struct str secret = begin(LOGIN_ID_TOKEN, id_token, EXP_MS);
	struct provider *p = access_provider(w.access, STR("one"));
	const struct id_token other = { jwt("client", ",\"nonce\":\"a\""), STR("b") };
	const struct id_token same = { jwt("client", ",\"nonce\":\"b\""), STR("b") };
	const struct id_token none = { id_token, STR("b") };
	const struct id_token azp = { jwt("client", ",\"azp\":\"x\",\"nonce\":\"b\""), STR("b") };
	const struct id_token *const bad[] = { &other, &none, &azp };
	struct identity id;
	struct err e;

	OK(with(secret).roles == ROLE_ADMIN, "in a session");
	OK(refused(who_bears(&w, id_token), "another audience"), "not in a header");
	OK(refused(with(begin(LOGIN_BEARER, id_token, EXP_MS)), "another audience"),
	   "nor as another kind of session");
	OK(access_id_token(w.access, p, &same, w.f.db, w.f.a, &id, &e), "with its nonce");
	for (size_t i = 0; i < COUNT(bad); i++)
		OK(!access_id_token(w.access, p, bad[i], w.f.db, w.f.a, &id, &e) &&
			   e.kind == ERR_AUTH,
		   "%s", e.text);
}

static void a_token_is_sealed_by_its_cookie(void)
{
	struct str token = jwt("app", ""), secret = begin(LOGIN_BEARER, token, EXP_MS);
	struct str other = begin(LOGIN_BEARER, token, EXP_MS);

	OK(sql_int(w.f.db, "SELECT count(*) FROM lockstep_logins WHERE sealed LIKE '%eyJ%'") == 0,
	   "it stands nowhere");
	run_sql(w.f.db,
		str_printf(w.f.a,
			   "UPDATE lockstep_logins SET sealed = (SELECT sealed FROM "
			   "lockstep_logins WHERE hash = '%.*s') WHERE hash = '%.*s'",
			   STR_ARG(secret_hash(w.f.a, other)), STR_ARG(secret_hash(w.f.a, secret)))
			.at);
	OK(refused(with(secret), "has ended"), "nor in another session");
	OK(with(other).kind == IDENTITY_JWT, "but in its own");
}

static void sessions_are_listed_and_ended(void)
{
	struct login_row *row = NULL;
	struct str secret, id;
	struct err e;
	size_t n = 0;

	run_sql(w.f.db, "DELETE FROM lockstep_logins");
	begin(LOGIN_BEARER, jwt("app", ""), EXP_MS);
	w.clock.wall_ms += MINUTE;
	secret = begin(LOGIN_BEARER, jwt("app", ""), EXP_MS);
	id = login_id(w.f.a, secret);
	must(login_list(w.f.db, w.f.a, w.clock.wall_ms, LOGIN_IDLE_MS, &row, &n, &oops));
	OK(n == 2 && str_eq(row[0].id, id) && row[0].ends_ms == EXP_MS, "the newest first");
	must(login_end_one(w.f.db, id, &oops));
	OK(refused(with(secret), "has ended"), "one is ended");
	OK(!login_end_one(w.f.db, id, &e) && e.kind == ERR_MISSING, "once");
	OK(!login_end_one(w.f.db, STR(""), &e) && e.kind == ERR_MISSING, "and no other");
	must(login_list(w.f.db, w.f.a, EXP_MS, LOGIN_IDLE_MS, &row, &n, &oops));
	OK(n == 0, "what has ended is not listed");
	w.clock.wall_ms = WORLD_MS;
}

static void what_has_expired_is_removed(void)
{
	struct str token = { 0 };
	int64_t removed = 0;

	run_sql(w.f.db, "DELETE FROM lockstep_logins");
	begin(LOGIN_BEARER, jwt("app", ""), EXP_MS);
	must(embed_token_add(w.f.db, w.f.a, STR("p"), WORLD_MS, WORLD_MS + MINUTE, &token, &oops));
	OK(who_bears(&w, token).kind == IDENTITY_EMBED && who_bears(&w, token).roles == ROLE_PLAYER,
	   "an embed token is its player's");
	must(access_cleanup(w.f.db, WORLD_MS + MINUTE - 1, &removed, &oops));
	OK(removed == 0, "while it is good it stays");
	must(access_cleanup(w.f.db, WORLD_MS + MINUTE, &removed, &oops));
	OK(removed == 1 && refused(who_bears(&w, token), "expired"), "and goes then");
	must(access_cleanup(w.f.db, EXP_MS, &removed, &oops));
	OK(removed == 1 && sql_int(w.f.db, "SELECT count(*) FROM lockstep_logins") == 0,
	   "sessions likewise");
}

static void a_database_of_before_grows(void)
{
	struct str *statement = NULL;
	struct user user = { 0 };
	bool found = false;
	size_t n = 0;

	must(user_add(w.f.db, STR("ben"), STR("a long walk by the river"), ROLE_ADMIN, &oops));
	must(user_find(w.f.db, w.f.a, STR("ben"), &user, &found, &oops));
	run_sql(w.f.db, "DROP TABLE lockstep_logins");
	run_sql(w.f.db, "DROP TABLE lockstep_embed_tokens");
	run_sql(w.f.db, "CREATE TABLE lockstep_logins (hash text NOT NULL PRIMARY KEY, user_id "
			"text NOT NULL, made_ms bigint NOT NULL, seen_ms bigint NOT NULL, "
			"expires_ms bigint NOT NULL)");
	run_sql(w.f.db,
		str_printf(w.f.a,
			   "INSERT INTO lockstep_logins VALUES ('%.*s', '%.*s', 1, %lld, %lld)",
			   STR_ARG(secret_hash(w.f.a, STR("old"))), STR_ARG(user.id),
			   (long long)WORLD_MS, (long long)(WORLD_MS + MINUTE))
			.at);
	must(access_plan(w.f.db, w.f.a, &statement, &n, &oops));
	OK(n == 5, "four columns and a table: %zu", n);
	must(schema_apply(w.f.db, statement, n, &oops));
	must(access_plan(w.f.db, w.f.a, &statement, &n, &oops));
	OK(n == 0, "once");
	OK(with(STR("old")).kind == IDENTITY_USER, "a session of before goes on");
	OK(with(begin(LOGIN_BEARER, jwt("app", ""), EXP_MS)).kind == IDENTITY_JWT, "others begin");
}

static void one_comes_back_to_a_path_of_ours(void)
{
	static const char *const good[] = {
		"/",      "/jobs",          "/runs?state=failed&x=%2F#y",
		"/a//b",  "/?to=/../api/x", "/runs/a%20b.c",
		"/apiary"
	};
	static const char *const bad[] = { "",
					   "jobs",
					   "//evil.example",
					   "/\\evil.example",
					   "/a\\b",
					   "/a\tb",
					   "/a b",
					   "https://evil.example",
					   "/api/x",
					   "/\x7F",
					   "/\xC3\xA9",
					   "\\/evil.example",
					   "/api",
					   "/api?x",
					   "/./api/x",
					   "/x/../api/x",
					   "/%61pi/x",
					   "/x/%2e%2E/api/x",
					   "/.//evil.example",
					   "/x/.." };

	for (size_t i = 0; i < COUNT(good); i++)
		OK(sign_in_path_ok(str_from(good[i])), "%s", good[i]);
	for (size_t i = 0; i < COUNT(bad); i++)
		OK(!sign_in_path_ok(str_from(bad[i])), "not number %zu", i);
}

static void what_the_browser_carries_is_read_back(void)
{
	struct sign_in_errand one = sign_in_errand_new(w.f.a, STR("/jobs?x=1")), back = { 0 };
	struct str text = sign_in_errand_text(w.f.a, &one);
	struct str head = str_slice(text, 0, 44);
	const struct str bad[] = { STR(""), head, str_slice(text, 1, text.len), STR("."),
				   str_printf(w.f.a, "%.*sLy9ldmls", STR_ARG(head)) /* //evil */ };

	OK(sign_in_errand_read(w.f.a, text, &back) && str_eq(back.secret, one.secret) &&
		   str_eq(back.from, one.from),
	   "wholly");
	for (size_t i = 0; i < COUNT(bad); i++)
		OK(!sign_in_errand_read(w.f.a, bad[i], &back), "not %.*s", STR_ARG(bad[i]));
}

static void the_page_holds_nothing_secret(void)
{
	struct sign_in_flow f = { .access = w.access,
				  .provider = access_provider(w.access, STR("one")),
				  .errand = sign_in_errand_new(w.f.a, STR("/")),
				  .redirect_url = STR("https://x.example/back") };
	struct str url = { 0 }, state = { 0 }, challenge = { 0 };

	must(sign_in_page(&f, w.f.a, &url, &oops));
	OK(str_starts(url, STR("https://one.example/authorize?response_type=code&")), "its page");
	OK(str_find(url, f.errand.secret) < 0, "without the cookie's secret");
	OK(url_query_get(w.f.a, url, STR("state"), &state) && sign_in_state_is(&f, w.f.a, state),
	   "with a state that is known again");
	OK(!sign_in_state_is(&f, w.f.a, STR("")) &&
		   !sign_in_state_is(&f, w.f.a, str_slice(state, 0, 42)),
	   "whole");
	OK(url_query_get(w.f.a, url, STR("code_challenge"), &challenge) && challenge.len == 43 &&
		   !str_eq(challenge, state),
	   "and a challenge of its own");
	f.errand = sign_in_errand_new(w.f.a, STR("/"));
	OK(!sign_in_state_is(&f, w.f.a, state), "another browser's is another");
}

int main(int argc, char **argv)
{
	fixture_choose(argc, argv);
	signer = signer_new(JWT_HS256, "", 0);
	issuer =
		(struct issuer){ .name = STR("one"),
				 .secret = signer_secret(signer),
				 .issuer = STR("https://one.example"),
				 .audience = STR("app"),
				 .roles_claim = STR("r"),
				 .sign_in = { .url = STR("https://one.example/page"),
					      .authorize_url = STR("https://one.example/authorize"),
					      .scopes = STR("openid") } };
	access_world_open(&w, &issuer, 1);
	/* The flow itself asks the provider, in tests/e2e/sign_in.js; here nobody does. */
	w.access->provider[0].issuer.sign_in.client_id = STR("client");
	a_session_is_worth_what_its_jwt_is();
	a_session_ends_with_its_api_token();
	an_id_token_is_for_sessions_only();
	a_token_is_sealed_by_its_cookie();
	sessions_are_listed_and_ended();
	what_has_expired_is_removed();
	a_database_of_before_grows();
	one_comes_back_to_a_path_of_ours();
	what_the_browser_carries_is_read_back();
	the_page_holds_nothing_secret();
	access_world_close(&w);
	signer_free(signer);
	return tap_done();
}

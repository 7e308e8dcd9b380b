/* SPDX-License-Identifier: Apache-2.0 */
/*
 * t_routes.c - signing in, users, tokens and the audit log over HTTP, and who may call what.
 */
#include "access_world.h"
#include "api/api.h"
#include "base/log.h"
#include "data/json.h"
#include "store/audit.h"
#include "tap.h"

#define PASSWORD "a long walk by the river"
#define FIVE_LOGINS_MS 60000

static struct access_world w;
static struct api *api;
static struct client *client;
static struct str bearer[9]; /* by enum role; 0: none */

struct reply {
	int status;
	struct str code; /* of a problem */
	struct str cookie;
	struct value body;
};

struct ask {
	const char *method, *path, *body;
	struct str token, cookie; /* empty: none */
	const char *site;         /* Sec-Fetch-Site */
};

static struct reply ask(struct ask q)
{
	static const struct url_policy policy = { .allow_http = true, .allow_private = true };
	struct header header[5];
	struct request r = { .method = q.method, .header = header, .policy = &policy };
	struct response answer = { 0 };
	struct reply out = { .body = UNDEFINED };
	struct err e;

	r.url = str_printf(w.f.a, "http://127.0.0.1:%d%s", api_port(api), q.path);
	if (q.body) {
		r.body = str_from(q.body);
		header[r.headers++] =
			(struct header){ STR("Content-Type"), STR("application/json") };
	}
	if (q.token.len)
		header[r.headers++] =
			(struct header){ STR("Authorization"),
					 str_printf(w.f.a, "Bearer %.*s", STR_ARG(q.token)) };
	if (q.cookie.len)
		header[r.headers++] = (struct header){ STR("Cookie"), q.cookie };
	if (q.site)
		header[r.headers++] = (struct header){ STR("Sec-Fetch-Site"), str_from(q.site) };
	must(client_send(client, &r, w.f.a, NULL, &answer, &oops));
	out.status = answer.status;
	out.cookie = response_header(&answer, STR("set-cookie"));
	if (answer.body.len && !json_parse(w.f.a, answer.body, &out.body, NULL, &e))
		out.body = UNDEFINED;
	out.code = value_get(out.body, STR("code")).kind == VALUE_STR
			   ? str_keep(w.f.a, value_get(out.body, STR("code")).s)
			   : STR("");
	return out;
}

static struct reply by_token(const char *method, const char *path, const char *body,
			     struct str token)
{
	return ask((struct ask){ method, path, body, .token = token });
}

static const char *text_of(struct value v, const char *name)
{
	struct value t = value_get(v, str_from(name));

	return t.kind == VALUE_STR ? str_keep(w.f.a, t.s).at : "(none)";
}

static struct reply login(const char *name, const char *password, struct str cookie)
{
	struct str body =
		str_printf(w.f.a, "{\"name\":\"%s\",\"password\":\"%s\"}", name, password);

	return ask((struct ask){ "POST", "/api/login", body.at, .cookie = cookie,
				 .site = "same-origin" });
}

/* "lockstep=SECRET" of a Set-Cookie header. */
static struct str cookie_of(struct str header)
{
	return str_cut(&header, ';');
}

/* The actor of the newest entry of the action, or "(none)". */
static const char *last_actor(const char *action)
{
	struct audit_filter f = { .action = str_from(action), .limit = 1 };
	struct audit_entry *en = NULL;
	size_t n = 0;

	must(audit_list(w.f.db, w.f.a, &f, &en, &n, &oops));
	return n ? str_keep(w.f.a, en[0].actor).at : "(none)";
}

/* Lets so much time pass that the limits of logins have forgotten all. */
static void rest(void)
{
	hand_clock_pass(&w.clock, FIVE_LOGINS_MS);
}

static void asks_for_its_roles(const struct route *r)
{
	static const unsigned roles[] = { 0, ROLE_ADMIN, ROLE_COACH, ROLE_PLAYER, ROLE_VIEWER };

	for (size_t i = 0; i < COUNT(roles); i++) {
		struct reply got =
			by_token(r->method, r->path, r->body_kind ? "{}" : NULL, bearer[roles[i]]);
		bool open = r->roles == ROLE_ANYBODY || (r->roles & roles[i]);
		bool refused = got.status == 401 || got.status == 403;

		OK(open ? !refused : got.status == (roles[i] ? 403 : 401), "%s %s for %s: %d",
		   r->method, r->path, roles[i] ? role_name((enum role)roles[i]) : "nobody",
		   got.status);
	}
	rest();
}

static void every_route_asks_for_its_roles(void)
{
	for (const struct route *r = access_routes; r->method; r++)
		asks_for_its_roles(r);
	for (const struct route *r = sign_in_routes; r->method; r++)
		asks_for_its_roles(r);
}

static void a_login_gives_a_session(void)
{
	struct reply in = login("ana", PASSWORD, STR("")), me;
	struct str cookie = cookie_of(in.cookie);

	OK(in.status == 200, "in");
	IS(text_of(in.body, "name"), "ana", "as ana");
	OK(str_find(in.cookie, STR("; HttpOnly")) > 0 && str_find(in.cookie, STR("; Path=/")) > 0 &&
		   str_find(in.cookie, STR("; SameSite=Lax")) > 0,
	   "a cookie that scripts and other sites do not get");
	me = ask((struct ask){ "GET", "/api/me", .cookie = cookie });
	IS(text_of(me.body, "name"), "user:ana", "which says who it is");
	IS(text_of(me.body, "kind"), "user", "and how");
	OK(ask((struct ask){ "GET", "/api/users", .cookie = cookie }).status == 200,
	   "and lets an administrator in");
	IS(last_actor("login"), "user:ana", "the audit log has it");
	OK(ask((struct ask){ "POST", "/api/logout", .cookie = cookie, .site = "cross-site" })
			   .status == 403,
	   "another site cannot use it");
	OK(ask((struct ask){ "POST", "/api/logout", .cookie = cookie, .site = "same-origin" })
			   .status == 204,
	   "out");
	OK(ask((struct ask){ "GET", "/api/users", .cookie = cookie }).status == 401,
	   "the session has ended");
	IS(last_actor("logout"), "user:ana", "the audit log has that too");
	me = ask((struct ask){ "GET", "/api/me", .cookie = cookie });
	IS(text_of(me.body, "kind"), "nobody", "an ended session is nobody's");
	rest();
}

static void a_login_ends_the_session_it_came_with(void)
{
	struct str old = cookie_of(login("ana", PASSWORD, STR("")).cookie);
	struct str new = cookie_of(login("ana", PASSWORD, old).cookie);

	OK(new.len && !str_eq(old, new), "another secret");
	OK(ask((struct ask){ "GET", "/api/users", .cookie = old }).status == 401, "instead of");
	OK(ask((struct ask){ "GET", "/api/users", .cookie = new }).status == 200, "the old one");
	rest();
}

static void a_failed_login_says_nothing_more(void)
{
	struct reply wrong = login("ana", "not the password", STR(""));
	struct reply unknown = login("nobody", PASSWORD, STR(""));
	struct reply disabled;

	must(user_disable(w.f.db, STR("carl"), true, &oops));
	disabled = login("carl", PASSWORD, STR(""));
	OK(wrong.status == 401 && unknown.status == 401 && disabled.status == 401, "401");
	IS(text_of(wrong.body, "detail"), "name or password is wrong", "one text");
	IS(text_of(unknown.body, "detail"), "name or password is wrong", "for all");
	IS(text_of(disabled.body, "detail"), "name or password is wrong", "of them");
	OK(!wrong.cookie.len && !unknown.cookie.len && !disabled.cookie.len, "no cookie");
	IS(last_actor("login.fail"), "nobody", "by nobody");
	OK(sql_int(w.f.db, "SELECT count(*) FROM lockstep_audit WHERE action = 'login.fail' AND "
			   "target IN ('user:ana', 'user:carl')") == 2,
	   "failures of a known name are noted");
	OK(sql_int(w.f.db, "SELECT count(*) FROM lockstep_audit WHERE action = 'login.fail' AND "
			   "target LIKE '%nobody%'") == 0,
	   "names of others are not");
	OK(sql_int(w.f.db, "SELECT count(*) FROM lockstep_audit WHERE action = 'login.fail'") == 3,
	   "but it takes as long");
	rest();
}

static void failures_make_wait(void)
{
	struct reply last = { 0 };

	for (int i = 0; i < 12 && !str_eq(last.code, STR("too_many_failures")); i++) {
		hand_clock_pass(&w.clock, FIVE_LOGINS_MS / 5);
		last = login("ben", "not the password", STR(""));
	}
	OK(last.status == 429 && str_eq(last.code, STR("too_many_failures")), "too many: %s",
	   last.code.at);
	OK(login("ben", PASSWORD, STR("")).status == 429, "the right one waits as well");
	hand_clock_pass(&w.clock, INT64_C(15) * FIVE_LOGINS_MS);
	OK(login("ben", PASSWORD, STR("")).status == 200, "and is let in afterwards");
	rest();
}

static void users_are_kept(void)
{
	struct str admin = bearer[ROLE_ADMIN];
	const char *dora = "{\"name\":\"dora\",\"password\":\"" PASSWORD "\",\"role\":\"coach\"}";
	struct reply got = by_token("POST", "/api/users", dora, admin);

	OK(got.status == 201 && value_get(got.body, STR("password")).kind == VALUE_UNDEFINED,
	   "added");
	IS(text_of(got.body, "role"), "coach", "a coach");
	OK(by_token("POST", "/api/users", dora, admin).status == 409, "once");
	OK(by_token("POST", "/api/users",
		    "{\"name\":\"eve\",\"password\":\"password1234\",\"role\":\"coach\"}", admin)
			   .status == 400,
	   "not with a password that everybody knows");
	got = by_token("PATCH", "/api/users/dora",
		       "{\"role\":\"viewer\",\"password\":\"another walk, by the sea\","
		       "\"disabled\":true}",
		       admin);
	IS(text_of(got.body, "role"), "viewer", "changed");
	OK(value_get(got.body, STR("disabled")).b, "disabled");
	OK(sql_int(w.f.db, "SELECT count(*) FROM lockstep_audit WHERE details LIKE '%walk%'") ==
			   0 &&
		   sql_int(w.f.db, "SELECT count(*) FROM lockstep_audit WHERE action = "
				   "'user.change' AND details LIKE '%viewer%'") == 1,
	   "noted, without the password");
	OK(by_token("PATCH", "/api/users/dora", "{}", admin).status == 400, "nothing to change");
	OK(by_token("PATCH", "/api/users/nobody", "{\"role\":\"admin\"}", admin).status == 404,
	   "nobody to change");
	OK(sql_int(w.f.db, "SELECT count(*) FROM lockstep_audit WHERE target = 'user:nobody'") == 0,
	   "what failed is not noted");
	OK(by_token("DELETE", "/api/users/dora", NULL, admin).status == 204 &&
		   by_token("DELETE", "/api/users/dora", NULL, admin).status == 404,
	   "deleted");
	IS(last_actor("user.delete"), "token:admin", "by whom");
}

static void grants_are_kept(void)
{
	struct str admin = bearer[ROLE_ADMIN];
	const char *gone = "/api/grants?issuer=https%3A%2F%2Fnobody.example&subject=x";

	OK(by_token(
		   "PUT", "/api/grants",
		   "{\"issuer\":\"https://nobody.example\",\"subject\":\"x\",\"access\":\"coach\"}",
		   admin)
			   .status == 422,
	   "not of an issuer that nobody believes");
	OK(by_token("PUT", "/api/grants",
		    "{\"issuer\":\"https://nobody.example\",\"subject\":\"x\",\"access\":\"king\"}",
		    admin)
			   .status == 400,
	   "nor of a role that is none");
	OK(by_token("DELETE", gone, NULL, admin).status == 404, "what was not said is not unsaid");
	run_sql(w.f.db, "INSERT INTO lockstep_grants (issuer, subject, role, denied) VALUES "
			"('https://nobody.example', 'x', 'coach', 0)");
	OK(value_len(value_get(by_token("GET", "/api/grants", NULL, admin).body, STR("items"))) ==
		   1,
	   "what the application wrote is listed");
	OK(by_token("DELETE", gone, NULL, admin).status == 204, "and removed, whoever wrote it");
	IS(last_actor("grant.remove"), "token:admin", "by whom");
	OK(sql_int(w.f.db, "SELECT count(*) FROM lockstep_audit WHERE action LIKE 'grant.%'") == 1,
	   "what failed is not noted");
}

static void nobody_locks_himself_out(void)
{
	struct str cookie = cookie_of(login("ana", PASSWORD, STR("")).cookie);
	static const char *const body[] = { "{\"role\":\"viewer\"}", "{\"disabled\":true}" };

	for (size_t i = 0; i < COUNT(body); i++)
		OK(ask((struct ask){ "PATCH", "/api/users/ana", body[i], .cookie = cookie,
				     .site = "same-origin" })
				   .status == 409,
		   "not %s", body[i]);
	OK(ask((struct ask){ "DELETE", "/api/users/ana", NULL, .cookie = cookie,
			     .site = "same-origin" })
			   .status == 409,
	   "not by deleting");
	OK(ask((struct ask){ "PATCH", "/api/users/ana", "{\"password\":\"" PASSWORD "\"}",
			     .cookie = cookie, .site = "same-origin" })
			   .status == 200,
	   "a new password is one's own affair");
	OK(ask((struct ask){ "GET", "/api/users", .cookie = cookie }).status == 401,
	   "and ends one's sessions");
	rest();
}

static void tokens_are_kept(void)
{
	struct str admin = bearer[ROLE_ADMIN], token;
	struct reply got = by_token("POST", "/api/tokens",
				    "{\"name\":\"ci\",\"role\":\"viewer\",\"expires_at\":"
				    "\"2100-01-01T00:00:00Z\"}",
				    admin);
	struct reply list;
	const char *id = text_of(got.body, "id");

	token = str_from(text_of(got.body, "token"));
	OK(got.status == 201 && str_starts(token, STR("lsk_")), "made");
	IS(text_of(got.body, "expires_at"), "2100-01-01T00:00:00Z", "with its end");
	IS(text_of(got.body, "made_by"), "token:admin", "and who made it");
	IS(text_of(by_token("GET", "/api/me", NULL, token).body, "name"), "token:ci", "it lets in");
	list = by_token("GET", "/api/tokens", NULL, admin);
	OK(value_len(value_get(list.body, STR("items"))) == 5 &&
		   value_get(value_at(value_get(list.body, STR("items")), 1), STR("token")).kind ==
			   VALUE_UNDEFINED,
	   "listed without the secret");
	OK(by_token("POST", "/api/tokens",
		    "{\"name\":\"old\",\"role\":\"viewer\",\"expires_at\":"
		    "\"2000-01-01T00:00:00Z\"}",
		    admin)
			   .status == 400,
	   "none that has expired");
	OK(by_token("DELETE", str_printf(w.f.a, "/api/tokens/%s", id).at, NULL, admin).status ==
		   204,
	   "revoked");
	OK(by_token("GET", "/api/users", NULL, token).status == 401, "it is nobody's now");
	OK(sql_int(w.f.db, "SELECT count(*) FROM lockstep_audit WHERE target = 'token:ci' AND "
			   "action IN ('token.add', 'token.revoke')") == 2,
	   "both are noted, by its name");
	OK(sql_int(w.f.db, "SELECT count(*) FROM lockstep_audit WHERE details LIKE '%lsk_%'") == 0,
	   "and never the token");
}

static void the_audit_log_is_read_page_by_page(void)
{
	struct str admin = bearer[ROLE_ADMIN];
	int64_t pages = 0, rows = 0, before = 0, all;
	struct reply got;

	all = sql_int(w.f.db, "SELECT count(*) FROM lockstep_audit");
	do {
		struct str more =
			before ? str_printf(w.f.a, "&before=%lld", (long long)before) : STR("");

		got = by_token("GET", str_printf(w.f.a, "/api/audit?limit=3%.*s", STR_ARG(more)).at,
			       NULL, admin);
		rows += (int64_t)value_len(value_get(got.body, STR("items")));
		before = value_get(got.body, STR("next_before")).i;
		pages++;
	} while (pages < 100 && value_get(got.body, STR("next_before")).kind == VALUE_INT);
	OK(rows == all && all > 10 && pages == (all + 2) / 3, "%lld rows on %lld pages",
	   (long long)rows, (long long)pages);
	got = by_token("GET", "/api/audit?action=token.*", NULL, admin);
	OK(value_len(value_get(got.body, STR("items"))) == 2, "by action");
	got = by_token("GET", "/api/audit/verify", NULL, admin);
	OK(value_get(got.body, STR("whole")).b && value_get(got.body, STR("rows")).i == all,
	   "and is whole");
}

static struct api *served_by(struct access *access)
{
	struct api_options o = { .listen = STR("127.0.0.1:0"),
				 .database = w.f.url,
				 .access = access,
				 .handlers = 2,
				 .version = STR("test"),
				 .clock = &w.clock.clock,
				 .plain_per_s = 100000 };
	struct api *server = api_new(&o);

	api_add(server, access_routes, access);
	api_add(server, sign_in_routes, access);
	must(api_start(server, &oops));
	return server;
}

static void serve(void)
{
	struct client_options o = { .user_agent = STR("test") };
	struct str *statement = NULL;
	size_t n = 0;

	must(api_plan(w.f.db, w.f.a, &statement, &n, &oops));
	must(schema_apply(w.f.db, statement, n, &oops));
	must(client_open(&o, &client, &oops));
	api = served_by(w.access);
}

static void behind_tls_the_cookie_is_for_this_host_alone(void)
{
	struct access_options o = { .cookie_secure = true, .clock = &w.clock.clock };
	struct access *access = NULL;
	struct api *plain = api;
	struct str set, cookie;

	must(access_open(&o, &access, &oops));
	api = served_by(access);
	set = login("ana", PASSWORD, STR("")).cookie;
	cookie = cookie_of(set);
	OK(str_starts(set, STR("__Host-lockstep=")) && str_ends(set, STR("; Secure")) &&
		   str_find(set, STR("; Path=/;")) > 0 && str_find(set, STR("Domain")) < 0,
	   "its name and marks make browsers keep it so");
	OK(ask((struct ask){ "GET", "/api/users", .cookie = cookie }).status == 200, "it lets in");
	OK(ask((struct ask){ "GET", "/api/users",
			     .cookie = str_slice(cookie, strlen("__Host-"), cookie.len) })
			   .status == 401,
	   "not by the name that another host could have set");
	api_drain(api, 1000);
	api_free(api);
	access_close(access);
	api = plain;
	rest();
}

static void people(void)
{
	static const enum role roles[] = { ROLE_ADMIN, ROLE_COACH, ROLE_PLAYER, ROLE_VIEWER };

	must(user_add(w.f.db, STR("ana"), STR(PASSWORD), ROLE_ADMIN, &oops));
	must(user_add(w.f.db, STR("ben"), STR(PASSWORD), ROLE_VIEWER, &oops));
	must(user_add(w.f.db, STR("carl"), STR(PASSWORD), ROLE_VIEWER, &oops));
	for (size_t i = 0; i < COUNT(roles); i++)
		must(api_token_add(w.f.db, w.f.a, str_from(role_name(roles[i])), roles[i], 0,
				   STR("test"), &bearer[roles[i]], &oops));
}

int main(int argc, char **argv)
{
	fixture_choose(argc, argv);
	access_world_open(&w, NULL, 0);
	log_set_level(LOG_WARN);
	people();
	serve();
	every_route_asks_for_its_roles();
	a_login_gives_a_session();
	a_login_ends_the_session_it_came_with();
	a_failed_login_says_nothing_more();
	failures_make_wait();
	users_are_kept();
	grants_are_kept();
	nobody_locks_himself_out();
	tokens_are_kept();
	the_audit_log_is_read_page_by_page();
	behind_tls_the_cookie_is_for_this_host_alone();
	client_close(client);
	api_drain(api, 1000);
	api_free(api);
	access_world_close(&w);
	return tap_done();
}

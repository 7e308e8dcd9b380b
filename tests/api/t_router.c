/* SPDX-License-Identifier: Apache-2.0 */
/* t_router.c - the API over the wire: every status, and what the table promises. */
#include "base/log.h"
#include "base/map.h"
#include "data/json.h"
#include "fixture.h"
#include "stand_in.h"
#include "tap.h"
#include "wire.h"

#include <stdatomic.h>
#include <unistd.h>

#define EVENT_CLIENT GET_AS("/api/events", "admin")

#define LINE(method, path) method " " path " HTTP/1.1\r\nHost: here\r\nConnection: close\r\n"
#define AS(who) "Authorization: Bearer " who "\r\n"
#define GET(path) LINE("GET", path) "\r\n"
#define GET_AS(path, who) LINE("GET", path) AS(who) "\r\n"

/* A clock that stands until it is told. */
static atomic_int_least64_t now_ms;

static int64_t test_wall(struct clock *c)
{
	(void)c;
	return 1700000000000 + atomic_load(&now_ms);
}

static int64_t test_steady(struct clock *c)
{
	(void)c;
	return 1000 + atomic_load(&now_ms);
}

static const struct clock_ops test_ops = { .wall_ms = test_wall, .steady_ms = test_steady };
static struct clock test_clock = { &test_ops };

static struct arena *a;
static struct api *api;
static int port;
static bool ready = true, secure;

static bool is_ready(void *arg, struct err *e)
{
	(void)arg;
	return ready || err_set(e, ERR_BUSY, "the claim loop stands still");
}

static const struct str proxy = { "127.0.0.1", 9 };

static void start(struct fixture *f, int64_t plain_per_s)
{
	struct api_options o = { .listen = STR("127.0.0.1:0"),
				 .database = f->url,
				 .handlers = 4,
				 .version = STR("1.2.3"),
				 .ready = is_ready,
				 .trusted_proxy = &proxy,
				 .trusted_proxies = 1,
				 .secure = secure,
				 .clock = &test_clock,
				 .plain_per_s = plain_per_s };

	api = api_new(&o);
	api_add(api, stand_in_routes, NULL);
	must(api_start(api, &oops));
	port = api_port(api);
}

static void stop(void)
{
	api_free(api);
	api = NULL;
}

static struct value json_of(struct wire_answer w)
{
	struct value v = UNDEFINED;
	struct err e;

	if (!json_parse(a, w.body, &v, NULL, &e))
		printf("# no JSON: %.*s\n", STR_ARG(w.body));
	return v;
}

static struct str text_of(struct value v, const char *name)
{
	struct value m = value_get(v, str_from(name));

	return m.kind == VALUE_STR ? str_keep(a, m.s) : STR("");
}

/* A POST with a JSON body; `headers` end with \r\n each. */
static struct wire_answer post(const char *path, const char *headers, const char *body)
{
	return wire_ask(
		a, port,
		str_printf(a,
			   "POST %s HTTP/1.1\r\nHost: here\r\nConnection: close\r\n"
			   "Content-Type: application/json\r\nContent-Length: %zu\r\n%s\r\n%s",
			   path, strlen(body), headers, body)
			.at);
}

static struct wire_answer ask(const char *request)
{
	return wire_ask(a, port, request);
}

/* The answer is a whole problem document of that status and code. */
static void is_problem(struct wire_answer w, int status, const char *code)
{
	struct value v = json_of(w);
	struct str instance = str_printf(a, "/requests/%s", wire_header(a, &w, "X-Request-Id").at);
	bool whole = w.status == status && value_get(v, STR("status")).i == status &&
		     str_eq(text_of(v, "code"), str_from(code)) &&
		     str_starts(text_of(v, "type"), STR("urn:lockstep:problem:")) &&
		     text_of(v, "title").len && str_eq(text_of(v, "instance"), instance) &&
		     str_eq(wire_header(a, &w, "Content-Type"), STR("application/problem+json")) &&
		     str_eq(wire_header(a, &w, "X-Content-Type-Options"), STR("nosniff"));

	OK(whole, "problem %d %s", status, code);
	if (!whole)
		printf("# %.*s\n# %.*s\n", STR_ARG(w.head), STR_ARG(w.body));
}

/* Its first complaint. */
static void complains(struct wire_answer w, const char *kind, const char *where, const char *detail)
{
	struct value list = value_get(json_of(w), STR("errors"));
	struct value one = value_len(list) ? value_at(list, 0) : UNDEFINED;
	bool good = w.status == 400 && str_eq(text_of(one, kind), str_from(where)) &&
		    str_eq(text_of(one, "detail"), str_from(detail));

	OK(good, "%s %s %s", kind, where, detail);
	if (!good)
		printf("# %d %.*s\n", w.status, STR_ARG(w.body));
}

static void paths_and_methods(void)
{
	struct wire_answer w;

	is_problem(ask(GET("/api/none")), 404, "not_found");
	is_problem(ask(GET("/api/open/")), 404, "not_found");
	is_problem(ask(GET("/api/names/%zz/of/b")), 400, "malformed");
	is_problem(ask(GET("/api/names/%00/of/b")), 400, "malformed");
	w = ask(LINE("DELETE", "/api/things/1") "\r\n");
	is_problem(w, 405, "method_not_allowed");
	IS(wire_header(a, &w, "Allow").at, "GET, HEAD, PUT, OPTIONS", "Allow");
	w = ask(LINE("OPTIONS", "/api/things") "\r\n");
	OK(w.status == 204, "OPTIONS");
	IS(wire_header(a, &w, "Allow").at, "POST, OPTIONS", "Allow");
	w = ask(LINE("HEAD", "/api/open") "\r\n");
	OK(w.status == 200 && w.body.len == 0, "HEAD");
	w = ask(GET_AS("/api/names/a%2Fb%20c/of/%C3%A4", "viewer"));
	IS(text_of(value_get(json_of(w), STR("params")), "name").at, "a/b c", "a parameter");
	IS(text_of(value_get(json_of(w), STR("params")), "what").at, "ä", "another");
	OK(ask(GET_AS("/api/things/latest", "viewer")).status == 200, "a literal goes first");
	complains(ask(GET_AS("/api/things/x", "viewer")), "parameter", "id", "must be an integer");
	is_problem(ask(GET("/api/wait?x=1")), 400, "invalid_request");
}

static void types(void)
{
	is_problem(ask(LINE("GET", "/api/open") "Accept: text/html\r\n\r\n"), 406,
		   "not_acceptable");
	is_problem(ask(LINE("GET", "/api/open") "Accept: application/json;q=0\r\n\r\n"), 406,
		   "not_acceptable");
	OK(ask(LINE("GET", "/api/open") "Accept: text/html, */*;q=0.1\r\n\r\n").status == 200,
	   "anything is accepted");
	OK(ask(LINE("GET", "/api/open") "Accept: application/*\r\n\r\n").status == 200,
	   "a range is accepted");
	is_problem(ask(LINE("POST", "/api/echo") AS(
			   "admin") "Content-Type: text/json\r\nContent-Length: 2\r\n\r\n{}"),
		   415, "media_type");
	is_problem(ask(LINE("POST", "/api/echo") AS("admin") "Content-Length: 2\r\n\r\n{}"), 415,
		   "media_type");
	is_problem(post("/api/echo", AS("admin") "Content-Encoding: gzip\r\n", "{}"), 415,
		   "media_type");
	is_problem(ask(LINE("GET", "/api/open") "Content-Length: 1\r\n\r\nx"), 413, "too_large");
}

static void limits(void)
{
	struct buf b;

	buf_in(&b, a, 4 << 20);
	for (int i = 0; i < 70000; i++)
		buf_char(&b, ' ');
	is_problem(post("/api/echo", AS("admin"), buf_str(&b).at), 413, "too_large");
	buf_reset(&b);
	buf_add(&b, STR("GET /api/open?text="));
	for (int i = 0; i < 9000; i++)
		buf_char(&b, 'a');
	buf_add(&b, STR(" HTTP/1.1\r\nHost: x\r\n\r\n"));
	is_problem(ask(buf_str(&b).at), 414, "path_too_long");
	buf_reset(&b);
	buf_add(&b, STR("GET /api/open HTTP/1.1\r\nHost: x\r\nA: "));
	for (int i = 0; i < 20000; i++)
		buf_char(&b, 'a');
	buf_add(&b, STR("\r\n\r\n"));
	is_problem(ask(buf_str(&b).at), 431, "header_too_large");
	buf_reset(&b);
	buf_add(&b, STR("{\"name\":\"x\",\"any\":"));
	for (int i = 0; i < 500; i++)
		buf_char(&b, '[');
	for (int i = 0; i < 500; i++)
		buf_char(&b, ']');
	buf_char(&b, '}');
	complains(post("/api/echo", AS("admin"), buf_str(&b).at), "pointer", "",
		  "cannot be read: JSON nested deeper than 128 levels");
}

static void bodies(void)
{
	static const struct {
		const char *body, *where, *detail;
	} wrong[] = {
		{ "{}", "/name", "is missing" },
		{ "[]", "", "must be an object" },
		{ "{\"name\":1}", "/name", "must be a text" },
		{ "{\"name\":null}", "/name", "must be a text" },
		{ "{\"name\":\"\"}", "/name", "must have at least 1 bytes" },
		{ "{\"name\":\"12345678901\"}", "/name", "must have at most 10 bytes" },
		{ "{\"name\":\"\\u0000\"}", "/name", "must not hold a NUL" },
		{ "{\"name\":\"x\",\"a/b~\":1}", "/a~1b~0", "is not known here" },
		{ "{\"name\":\"x\",\"kind\":\"none\"}", "/kind", "must be one of contacts|full" },
		{ "{\"name\":\"x\",\"inner\":1}", "/inner", "must be an object" },
		{ "{\"name\":\"x\",\"inner\":{}}", "/inner/a", "is missing" },
		{ "{\"name\":\"x\",\"inner\":{\"a\":0}}", "/inner/a", "must be at least 1" },
		{ "{\"name\":\"x\",\"inner\":{\"a\":6}}", "/inner/a", "must be at most 5" },
		{ "{\"name\":\"x\",\"inner\":{\"a\":1.5}}", "/inner/a", "must be an integer" },
		{ "{\"name\":\"x\",\"inner\":{\"a\":1,\"b/c\":0}}", "/inner/b~1c",
		  "must be true or false" },
		{ "{\"name\":\"x\",\"list\":{}}", "/list", "must be a list" },
		{ "{\"name\":\"x\",\"list\":[1,2,3,4]}", "/list", "must have at most 3 items" },
		{ "{\"name\":\"x\",\"list\":[1,\"2\"]}", "/list/1", "must be an integer" },
		{ "{\"name\":\"x\",\"at\":\"yesterday\"}", "/at",
		  "must be a time such as 2026-11-25T21:00:00Z" },
		{ "{\"name\":\"x\",\"at\":\"2026-11-25\"}", "/at",
		  "must be a time such as 2026-11-25T21:00:00Z" },
		{ "{\"name\":\"x\",\"id\":\"5\"}", "/id", "must be a uuid" },
		{ "{\"name\":\"x\",\"share\":true}", "/share", "must be a number" },
		{ "{\"name\":\"x\",\"share\":1e999}", "/share", "is too large" },
		{ "{\"name\":\"\xff\"}", "", "must be UTF-8" },
	};
	struct wire_answer w;

	for (size_t i = 0; i < COUNT(wrong); i++)
		complains(post("/api/echo", AS("admin"), wrong[i].body), "pointer", wrong[i].where,
			  wrong[i].detail);
	w = post("/api/echo", AS("admin"),
		 "{\"name\":\"x\",\"kind\":\"full\",\"inner\":{\"a\":5},\"list\":[],\"at\":null,"
		 "\"id\":\"4f0c53e0-0000-4000-8000-000000000000\",\"share\":0.5,\"any\":[{}]}");
	OK(w.status == 200, "a good body");
	w = ask(LINE("POST", "/api/echo") AS("admin") "\r\n");
	OK(w.status == 200, "no body where it is optional");
	OK(post("/api/start", AS("admin"), "{}").status == 200, "an empty object for no body");
	complains(post("/api/start", AS("admin"), "{\"a\":1}"), "pointer", "/a",
		  "is not known here");
	w = post("/api/things", AS("admin"), "");
	OK(w.status == 400, "no body where it is not");
	w = ask(LINE("POST", "/api/form") AS(
		"admin") "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: "
			 "21\r\n\r\npage=3&text=a+b%26%3D");
	OK(w.status == 200, "a form");
	IS(text_of(value_get(json_of(w), STR("body")), "text").at, "a b&=", "is decoded");
}

static void queries(void)
{
	struct wire_answer w = ask(GET("/api/open?all=true&share=-1.5e2&text=%2B+"));
	struct value q = value_get(json_of(w), STR("query"));

	OK(value_get(q, STR("page")).i == 1 && value_get(q, STR("all")).b, "values and defaults");
	IS(text_of(q, "text").at, "+ ", "decoded");
	complains(ask(GET("/api/open?page=0")), "parameter", "page", "must be at least 1");
	complains(ask(GET("/api/open?page=1x")), "parameter", "page", "must be an integer");
	complains(ask(GET("/api/open?page=")), "parameter", "page", "must be an integer");
	complains(ask(GET("/api/open?page=%5B1%5D")), "parameter", "page", "must be an integer");
	complains(ask(GET("/api/open?all=1")), "parameter", "all", "must be true or false");
	complains(ask(GET("/api/open?no=1")), "parameter", "no", "is not known here");
	complains(ask(GET("/api/open?page=1&page=2")), "parameter", "",
		  "the query is not well encoded, or names a parameter twice");
	complains(ask(GET("/api/open?text=%ff")), "parameter", "",
		  "the query is not well encoded, or names a parameter twice");
}

static void roles(void)
{
	struct wire_answer w = ask(GET("/api/admin"));

	is_problem(w, 401, "not_signed_in");
	OK(str_starts(wire_header(a, &w, "WWW-Authenticate"), STR("Bearer realm=")), "says how");
	is_problem(ask(GET_AS("/api/admin", "stranger")), 401, "bad_credentials");
	is_problem(ask(GET_AS("/api/admin", "coach")), 403, "role_missing");
	OK(ask(GET_AS("/api/admin", "admin")).status == 200, "an admin may");
	OK(ask(GET_AS("/api/open", "stranger")).status == 200,
	   "bad credentials do not matter where none are asked for");
	OK(ask(GET_AS("/api/hook", "x")).status == 405, "a secret's route is POST");
}

static void every_route_asks_for_its_roles(void)
{
	static const char *const names[] = { "", "admin", "coach", "player", "viewer" };
	const struct route *all[128];
	size_t n = api_routes(api, all, COUNT(all));
	int wrong = 0;

	for (size_t i = 0; i < n * COUNT(names); i++) {
		const struct route *r = all[i / COUNT(names)];
		const char *name = names[i % COUNT(names)];
		bool may = r->roles == ROLE_ANYBODY || (role_from(str_from(name)) & r->roles);
		int status;

		if (strcmp(r->path, "/api/wait") == 0 || r->handle == NULL ||
		    (may && strcmp(r->path, "/api/events") == 0))
			continue;
		status =
			ask(str_printf(a,
				       "%s %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
				       "%s%s\r\nContent-Length: 0\r\n\r\n",
				       r->method, r->path,
				       *name ? "Authorization: Bearer " : "X: ", *name ? name : "y")
				    .at)
				.status;
		if (may ? status == 401 || status == 403 : status != (*name ? 403 : 401)) {
			printf("# %s %s as '%s': %d\n", r->method, r->path, name, status);
			wrong++;
		}
	}
	OK(n > 15 && wrong == 0, "every route by every role");
}

static void restart(struct fixture *f)
{
	stop();
	start(f, 1000000);
}

static void cross_site_writes_are_refused(struct fixture *f)
{
	static const struct {
		const char *headers;
		int status;
	} cases[] = {
		{ "Cookie: who=admin\r\n", 403 },
		{ "Cookie: who=admin\r\nSec-Fetch-Site: same-origin\r\n", 200 },
		{ "Cookie: who=admin\r\nSec-Fetch-Site: none\r\n", 200 },
		{ "Cookie: who=admin\r\nSec-Fetch-Site: same-site\r\n", 403 },
		{ "Cookie: who=admin\r\nSec-Fetch-Site: cross-site\r\nOrigin: http://here\r\n",
		  403 },
		{ "Cookie: who=admin\r\nOrigin: http://here\r\n", 200 },
		{ "Cookie: who=admin\r\nOrigin: http://here.evil\r\n", 403 },
		{ "Cookie: who=admin\r\nOrigin: null\r\n", 403 },
		{ AS("admin") "Origin: http://evil\r\nSec-Fetch-Site: cross-site\r\n", 200 },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		int status = post("/api/echo", cases[i].headers, "{\"name\":\"x\"}").status;

		OK(status == cases[i].status, "write %zu: %d", i, status);
	}
	secure = true;
	restart(f);
	OK(post("/api/echo", "Cookie: who=admin\r\nOrigin: http://here\r\n", "{\"name\":\"x\"}")
			   .status == 403,
	   "behind TLS, from a page that anybody on the way can make");
	OK(post("/api/echo", "Cookie: who=admin\r\nOrigin: https://here\r\n", "{\"name\":\"x\"}")
			   .status == 200,
	   "from our own");
	secure = false;
	restart(f);
	is_problem(post("/api/sign-in", "Sec-Fetch-Site: cross-site\r\n", "{\"name\":\"x\"}"), 403,
		   "cross_site");
	OK(ask(LINE("GET", "/api/admin") "Cookie: who=admin\r\nSec-Fetch-Site: "
					 "cross-site\r\n\r\n")
			   .status == 200,
	   "a read changes nothing");
}

static void errors_become_problems(void)
{
	static const struct {
		const char *kind;
		int status;
		const char *code;
		bool shown;
	} kinds[] = {
		{ "usage", 400, "invalid_request", true },
		{ "auth", 403, "refused", true },
		{ "missing", 404, "not_found", true },
		{ "busy", 409, "conflict", true },
		{ "limit", 413, "too_large", true },
		{ "config", 422, "invalid_content", true },
		{ "fenced", 409, "taken_over", true },
		{ "transient", 503, "try_again", false },
		{ "remote", 502, "remote_refused", true },
		{ "store", 500, "internal", false },
		{ "cancelled", 503, "stopping", true },
		{ "own", 409, "sync_running", false },
	};
	struct wire_answer w;

	for (size_t i = 0; i < COUNT(kinds); i++) {
		w = ask(str_printf(a, GET("/api/fail/%s"), kinds[i].kind).at);
		is_problem(w, kinds[i].status, kinds[i].code);
		OK((str_find(w.body, STR("secret-or-not")) >= 0) == kinds[i].shown,
		   "%s: shown or not", kinds[i].kind);
	}
	w = ask(GET_AS("/api/all", "broken"));
	is_problem(w, 503, "try_again");
	OK(str_find(w.body, STR("hunter2")) < 0, "what broke inside stays inside");
}

static void entities_have_tags(void)
{
	struct wire_answer w = ask(GET_AS("/api/things/1", "admin"));

	IS(wire_header(a, &w, "ETag").at, "\"7\"", "ETag");
	w = ask(LINE("GET", "/api/things/1") AS("admin") "If-None-Match: \"6\", W/\"7\"\r\n\r\n");
	OK(w.status == 304, "known already: 304");
	w = ask(LINE("PUT", "/api/things/1") AS("admin") "\r\n");
	is_problem(w, 428, "if_match_missing");
	is_problem(ask(LINE("PUT", "/api/things/1") AS("admin") "If-Match: \"6\"\r\n\r\n"), 412,
		   "stale");
	is_problem(ask(LINE("PUT", "/api/things/1") AS("admin") "If-Match: W/\"7\"\r\n\r\n"), 412,
		   "stale");
	OK(ask(LINE("PUT", "/api/things/1") AS("admin") "If-Match: \"7\"\r\n\r\n").status == 204,
	   "the right one");
}

static void request_ids_are_echoed(void)
{
	struct wire_answer w = ask(LINE("GET", "/api/open") "X-Request-Id: a.B-1_2\r\n\r\n");

	IS(wire_header(a, &w, "X-Request-Id").at, "a.B-1_2", "a sane one");
	w = ask(LINE("GET", "/api/open") "X-Request-Id: a b\r\n\r\n");
	OK(wire_header(a, &w, "X-Request-Id").len == 36, "another is replaced by a uuid");
	IS(wire_header(a, &w, "Cache-Control").at, "no-store", "nothing is stored");
	OK(str_find(wire_header(a, &w, "Content-Security-Policy"), STR("frame-ancestors 'none'")) >
		   0,
	   "nothing is framed");
	IS(wire_header(a, &w, "Referrer-Policy").at, "no-referrer", "nothing is told");
}

#define KEY "Idempotency-Key: k1\r\n"

static void a_key_makes_a_post_safe_to_repeat(struct fixture *f)
{
	int before = stand_in_made();
	struct wire_answer w = post("/api/things", AS("admin") KEY, "{\"name\":\"x\"}"), again;

	OK(w.status == 201 && stand_in_made() == before + 1, "the first is done");
	again = post("/api/things", AS("admin") KEY, "{\"name\":\"x\"}");
	OK(again.status == 201 && str_eq(again.body, w.body), "the second gets the same answer");
	IS(wire_header(a, &again, "Idempotency-Replayed").at, "true", "and is told so");
	IS(wire_header(a, &again, "Location").at, "/api/things/1", "with its Location");
	OK(stand_in_made() == before + 1, "but nothing is done");
	is_problem(post("/api/things", AS("admin") KEY, "{\"name\":\"y\"}"), 422,
		   "idempotency_key_reused");
	OK(post("/api/things", AS("coach:1") KEY, "{\"name\":\"x\"}").status == 201 &&
		   stand_in_made() == before + 2,
	   "another caller's key is another key");
	OK(post("/api/things", AS("coach:1@one") KEY, "{\"name\":\"x\"}").status == 201 &&
		   post("/api/things", AS("coach:1@two") KEY, "{\"name\":\"x\"}").status == 201 &&
		   stand_in_made() == before + 4,
	   "also one of that name at another provider");
	run_sql(f->db, "UPDATE lockstep_idempotency SET status = 0");
	is_problem(post("/api/things", AS("admin") KEY, "{\"name\":\"x\"}"), 409,
		   "idempotency_in_flight");
	atomic_fetch_add(&now_ms, 11 * 60 * 1000);
	OK(post("/api/things", AS("admin") KEY, "{\"name\":\"x\"}").status == 201 &&
		   stand_in_made() == before + 5,
	   "one whose process died is done again");
	atomic_fetch_add(&now_ms, (int64_t)25 * 3600 * 1000);
	OK(post("/api/things", AS("admin") KEY, "{\"name\":\"z\"}").status == 201 &&
		   stand_in_made() == before + 6,
	   "after a day the key is free");
	OK(sql_int(f->db, "SELECT count(*) FROM lockstep_idempotency") == 1,
	   "and old rows are gone");
	is_problem(post("/api/things", AS("admin") "Idempotency-Key: \r\n", "{\"name\":\"z\"}"),
		   400, "invalid_request");
}

static int sign_in_from(struct str address)
{
	static int people;
	struct str from = str_printf(a, "X-Forwarded-For: %.*s\r\n", STR_ARG(address));

	return post("/api/sign-in", from.at, str_printf(a, "{\"name\":\"p%d\"}", people++).at)
		.status;
}

static void callers_have_a_rate(void)
{
	struct wire_answer w;
	int good = 0;

	for (int i = 0; i < 50; i++)
		good += ask(GET_AS("/api/all", "coach:1")).status == 200;
	OK(good == 50, "fifty in a second");
	w = ask(GET_AS("/api/all", "coach:1"));
	is_problem(w, 429, "too_many_requests");
	IS(wire_header(a, &w, "Retry-After").at, "1", "Retry-After");
	IS(wire_header(a, &w, "RateLimit-Policy").at, "\"plain\";q=50;w=1", "RateLimit-Policy");
	IS(wire_header(a, &w, "RateLimit").at, "\"plain\";r=0;t=1", "RateLimit");
	OK(ask(GET_AS("/api/all", "coach:2")).status == 200, "another caller is another");
	atomic_fetch_add(&now_ms, 20);
	OK(ask(GET_AS("/api/all", "coach:1")).status == 200, "a fiftieth of a second later");
	for (int i = 0; i < 10; i++)
		good += ask(LINE("POST", "/api/start") AS("coach:1") "\r\n").status == 200;
	OK(good == 60, "ten that are expensive");
	w = ask(LINE("POST", "/api/start") AS("coach:1") "\r\n");
	is_problem(w, 429, "too_many_requests");
	IS(wire_header(a, &w, "Retry-After").at, "6", "one every six seconds");
	for (int i = 0; i < 5; i++)
		good += post("/api/sign-in", "", "{\"name\":\"ana\"}").status == 200;
	OK(good == 65, "five logins");
	is_problem(post("/api/sign-in", "", "{\"name\":\"bob\"}"), 429, "too_many_requests");
	good = 0;
	for (int i = 0; i < 6; i++)
		good += sign_in_from(str_printf(a, "2001:db8::%d", i)) == 200;
	OK(good == 5 && sign_in_from(STR("2001:db8:0:1::1")) == 200,
	   "who has many addresses is one all the same");
	good = 0;
	for (int i = 0; i < 60; i++)
		good += ask(GET_AS("/api/all", "guess")).status == 401;
	OK(good < 60, "guessing tokens is limited for the address");
	OK(ask(GET("/livez")).status == 200, "health is free");
}

static void events_are_resumed(void)
{
	struct events *ev = api_events(api);
	int64_t last;
	struct str seen;
	int fd = wire_connect(port);

	OK(wire_say(fd, EVENT_CLIENT) && wire_await(fd, "retry: 3000\n\n"), "a stream begins");
	events_publish(ev, "job", STR("{\"id\":1}"), ROLE_COACH);
	events_publish(ev, "job", STR("{\"id\":2}"), ROLE_ADMIN);
	last = events_last_id(ev);
	seen = wire_collect(
		a, fd,
		str_printf(a, "id: %lld\nevent: job\ndata: {\"id\":2}\n\n", (long long)last).at);
	OK(seen.len && str_find(seen, STR("{\"id\":1}")) < 0,
	   "its event comes, another role's not");
	close(fd);
	events_publish(ev, "run", STR("{\"id\":3}"), ROLE_ALL);
	events_publish(ev, "run", STR("two\nlines"), ROLE_ALL);
	fd = wire_connect(port);
	OK(wire_say(fd, str_printf(a,
				   LINE("GET", "/api/events") AS("admin") "Last-Event-ID: "
									  "%lld\r\n\r\n",
				   (long long)last)
				.at) &&
		   wire_await(fd, "event: run\ndata: {\"id\":3}\n\n"),
	   "what was missed comes");
	close(fd);
	for (int i = 0; i < EVENTS_KEPT; i++)
		events_publish(ev, "run", STR("{}"), ROLE_ALL);
	fd = wire_connect(port);
	OK(wire_say(fd, str_printf(a,
				   LINE("GET", "/api/events") AS("admin") "Last-Event-ID: "
									  "%lld\r\n\r\n",
				   (long long)last)
				.at) &&
		   wire_await(fd, "event: reset\ndata: {}\n\n"),
	   "who missed too much starts over");
	close(fd);
	fd = wire_connect(port);
	OK(wire_say(fd, LINE("GET", "/api/events") AS("admin") "Last-Event-ID: "
							       "9223372036854775807\r\n\r\n") &&
		   wire_await(fd, "event: reset\ndata: {}\n\n"),
	   "and so does who names an event that is yet to come");
	close(fd);
	is_problem(ask(LINE("GET", "/api/events") AS("admin") "Last-Event-ID: x\r\n\r\n"), 400,
		   "invalid_request");
}

static void streams_last_no_longer_than_the_right_to_them(struct fixture *f)
{
	struct events *ev = api_events(api);
	int gone = wire_connect(port), stays = wire_connect(port), past = wire_connect(port);

	OK(wire_say(gone, GET_AS("/api/events", "viewer:1")) &&
		   wire_await(gone, "retry: 3000\n\n") &&
		   wire_say(stays, GET_AS("/api/events", "viewer:2")) &&
		   wire_await(stays, "retry: 3000\n\n"),
	   "two look");
	must(events_attend(ev, NULL, f->db, &oops));
	events_publish(ev, "job", STR("{\"id\":1}"), ROLE_VIEWER);
	OK(wire_await(gone, "{\"id\":1}\n\n") && wire_await(stays, "{\"id\":1}\n\n"),
	   "and may, when it is asked again");
	stand_in_withdraw("viewer:1");
	must(events_attend(ev, NULL, f->db, &oops));
	OK(wire_await(gone, "0\r\n\r\n"), "one may no longer");
	events_publish(ev, "job", STR("{\"id\":2}"), ROLE_VIEWER);
	OK(wire_await(stays, "{\"id\":2}\n\n"), "the other goes on");
	stand_in_withdraw("");
	OK(wire_say(past, GET_AS("/api/events", "viewer:past")) && wire_await(past, "0\r\n\r\n"),
	   "what has an end ends then");
	close(gone);
	close(stays);
	close(past);
}

static void nobody_takes_all_streams(void)
{
	int fd[EVENTS_READERS_EACH], other = wire_connect(port);
	size_t good = 0;

	for (size_t i = 0; i < COUNT(fd); i++) {
		fd[i] = wire_connect(port);
		good += wire_say(fd[i], GET_AS("/api/events", "viewer:3")) &&
			wire_await(fd[i], "retry: 3000\n\n");
	}
	OK(good == COUNT(fd), "%zu streams of one caller", good);
	is_problem(ask(GET_AS("/api/events", "viewer:3")), 503, "too_many_streams");
	OK(wire_say(other, GET_AS("/api/events", "viewer:4")) && wire_await(other, "retry: "),
	   "another has his own");
	for (size_t i = 0; i < COUNT(fd); i++)
		close(fd[i]);
	close(other);
}

static void health(void)
{
	struct wire_answer w = ask(GET("/readyz"));
	struct value v;

	OK(w.status == 200, "ready");
	ready = false;
	w = ask(GET("/readyz?verbose"));
	v = value_at(value_get(json_of(w), STR("checks")), 2);
	OK(w.status == 503, "not ready");
	IS(text_of(v, "detail").at, "the claim loop stands still", "and why");
	ready = true;
	w = ask(GET("/metrics"));
	IS(wire_header(a, &w, "Content-Type").at,
	   "application/openmetrics-text; version=1.0.0; charset=utf-8", "OpenMetrics");
	OK(str_find(w.body, STR("lockstep_http_requests_total{route=\"/readyz\",method=\"GET\","
				"status=\"2xx\"} ")) >= 0,
	   "counts requests");
	OK(str_find(w.body,
		    STR("lockstep_http_request_duration_seconds_bucket{route=\"/readyz\"")) >= 0,
	   "and their times");
	OK(str_ends(w.body, STR("# EOF\n")), "to its end");
}

/* ---- the document ---- */

static bool has_every_parameter(struct str path, struct value op)
{
	struct value list = value_get(op, STR("parameters"));
	size_t found = 0, wanted = 0;

	for (size_t i = 0; i < path.len; i++)
		wanted += path.at[i] == '{';
	for (size_t i = 0; i < value_len(list); i++)
		found += str_eq(text_of(value_at(list, i), "in"), STR("path")) &&
			 value_get(value_at(list, i), STR("required")).b;
	return found == wanted;
}

/* What OpenAPI 3.1 asks of an operation, and what is ours. */
static bool is_operation(struct str path, struct value op, struct map *ids)
{
	struct str id = text_of(op, "operationId");
	struct value responses = value_get(op, STR("responses")), one;
	struct value_iter it = value_iter(responses);
	struct str status;
	bool good = id.len && !map_put(ids, id, ids) && text_of(op, "summary").len &&
		    value_len(value_get(op, STR("tags"))) == 1 && value_len(responses) > 0 &&
		    value_get(op, STR("security")).kind == VALUE_LIST &&
		    value_get(op, STR("x-roles")).kind == VALUE_LIST &&
		    has_every_parameter(path, op);

	while (good && value_next(&it, &status, &one)) {
		struct value content = value_get(one, STR("content"));

		good = (status.len == 3 || str_eq(status, STR("default"))) &&
		       text_of(one, "description").len;
		if (good && status.at[0] >= '4')
			good = value_get(content, STR("application/problem+json")).kind ==
			       VALUE_MAP;
	}
	return good;
}

static void the_document_lists_every_route_and_no_other(void)
{
	struct value d = json_of(ask(GET("/api/openapi.json")));
	struct value paths = value_get(d, STR("paths")), methods, op;
	struct value_iter it = value_iter(paths), inside;
	struct map *ids = map_new(a);
	const struct route *all[128];
	size_t n = api_routes(api, all, COUNT(all)), listed = 0, good = 0;
	struct str path, method;

	IS(text_of(d, "openapi").at, "3.1.0", "OpenAPI 3.1");
	IS(text_of(value_get(d, STR("info")), "version").at, "1.2.3", "of this version");
	while (value_next(&it, &path, &methods)) {
		inside = value_iter(methods);
		while (value_next(&inside, &method, &op)) {
			bool fine = is_operation(path, op, ids);

			listed++;
			good += fine;
			if (!fine)
				printf("# %.*s %.*s\n", STR_ARG(method), STR_ARG(path));
		}
	}
	OK(listed == n && n > 15, "as many operations as routes: %zu", n);
	OK(good == listed, "each is whole");
	for (size_t i = 0; i < n; i++) {
		char lower[16] = { 0 };

		for (size_t k = 0; all[i]->method[k]; k++)
			lower[k] = (char)(all[i]->method[k] | 0x20);
		op = value_get(value_get(paths, str_from(all[i]->path)), str_from(lower));
		listed -= op.kind == VALUE_MAP;
	}
	OK(listed == 0, "and they are the same");
	op = value_get(value_get(paths, STR("/api/things")), STR("post"));
	op = value_get(value_get(value_get(value_get(op, STR("requestBody")), STR("content")),
				 STR("application/json")),
		       STR("schema"));
	OK(!value_get(op, STR("additionalProperties")).b &&
		   value_get(value_get(value_get(op, STR("properties")), STR("name")),
			     STR("maxLength"))
				   .i == 10,
	   "a body's rows are its schema");
}

/* ---- the log ---- */

/* The line with `id`, its end included; empty when there is none. */
static struct str line_with(struct str text, struct str id)
{
	while (text.len > 0) {
		struct str line = str_cut(&text, '\n');

		if (str_find(line, id) >= 0)
			return (struct str){ line.at, line.len + 1 };
	}
	return text;
}

/* What `request`, whose id is `id`, makes the server say on standard error.  The end of an earlier
 * request may be told there too. */
static struct str logged(const char *request, struct str id)
{
	int pipes[2], kept = dup(STDERR_FILENO);
	static char text[8192];
	struct str all = { text, 0 };
	ssize_t n = 1;

	assert(pipe(pipes) == 0);
	dup2(pipes[1], STDERR_FILENO);
	ask(request);
	while (n > 0 && line_with(all, id).len == 0) {
		n = read(pipes[0], text + all.len, sizeof(text) - all.len);
		all.len += n > 0 ? (size_t)n : 0;
	}
	dup2(kept, STDERR_FILENO);
	close(kept);
	close(pipes[0]);
	close(pipes[1]);
	return line_with(all, id);
}

static void the_log_names_the_route_and_nobody(void)
{
	struct str line;
	struct value v = UNDEFINED;
	struct err e;

	log_set_level(LOG_INFO);
	line = logged(LINE("GET", "/api/names/ana/of/b?x=secret")
			      AS("admin:7") "X-Request-Id: r-1\r\n\r\n",
		      STR("r-1"));
	OK(str_starts(line, STR("lockstep: GET /api/names/{name}/of/{what} 400 ")) &&
		   str_ends(line, STR(" bytes token:admin:7 (request r-1)\n")),
	   "a line");
	OK(str_find(line, STR("ana")) < 0 && str_find(line, STR("secret")) < 0, "tells no more");
	log_set_format(LOG_JSON);
	line = logged(LINE("GET", "/api/open") "X-Request-Id: r-2\r\n\r\n", STR("r-2"));
	OK(json_parse(a, line, &v, NULL, &e), "a line is JSON");
	IS(text_of(v, "request").at, "r-2", "with the request");
	IS(text_of(v, "level").at, "info", "and the level");
	OK(str_starts(text_of(v, "message"), STR("GET /api/open 200 ")), "and the message");
	log_set_format(LOG_TEXT);
	log_set_level(LOG_QUIET);
}

/* ---- a database that comes back ---- */

static void a_lost_connection_is_opened_again(struct fixture *f)
{
	struct db_result r;
	int good = 0;

	if (!on_postgres())
		return;
	for (int i = 0; i < 8; i++)
		good += ask(GET("/readyz")).status == 200;
	must(db_query(f->db, f->a,
		      "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
		      " WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'",
		      NULL, 0, &r, &oops));
	OK(good == 8 && db_cell(&r, 0, 0).i > 0, "connections were there and are cut");
	for (int i = 0; i < 8; i++) {
		struct wire_answer w = ask(GET("/readyz?verbose"));

		good += w.status == 200;
		if (w.status != 200)
			printf("# %d %.*s\n", w.status, STR_ARG(w.body));
	}
	OK(good == 16, "nobody notices (%d)", good);
}

int main(int argc, char **argv)
{
	struct fixture f;
	struct str *statement = NULL;
	size_t n = 0;

	fixture_choose(argc, argv);
	log_set_level(LOG_QUIET);
	a = arena_new("test", (size_t)1 << 30);
	f = fixture_open(NULL);
	must(api_plan(f.db, f.a, &statement, &n, &oops));
	must(schema_apply(f.db, statement, n, &oops));
	must(api_plan(f.db, f.a, &statement, &n, &oops));
	OK(n == 0, "the tables are made once");
	start(&f, 1000000);
	paths_and_methods();
	types();
	limits();
	bodies();
	queries();
	roles();
	cross_site_writes_are_refused(&f);
	errors_become_problems();
	entities_have_tags();
	request_ids_are_echoed();
	every_route_asks_for_its_roles();
	a_key_makes_a_post_safe_to_repeat(&f);
	events_are_resumed();
	streams_last_no_longer_than_the_right_to_them(&f);
	nobody_takes_all_streams();
	health();
	the_document_lists_every_route_and_no_other();
	the_log_names_the_route_and_nobody();
	a_lost_connection_is_opened_again(&f);
	stop();
	start(&f, 0);
	callers_have_a_rate();
	stop();
	fixture_close(&f);
	arena_free(a);
	return tap_done();
}

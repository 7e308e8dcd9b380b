/* SPDX-License-Identifier: Apache-2.0 */
/* t_client.c - the real client against a server that misbehaves in every way we know. */
#include "base/clock.h"
#include "base/cancel.h"
#include "http/client.h"
#include "raw_server.h"
#include "tap.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define ARENA_BYTES ((size_t)512 * 1024 * 1024)

static const struct url_policy open_policy = { .allow_http = true, .allow_private = true };

/* What every test uses; made anew for each. */
struct bench {
	struct raw_server *server, *other;
	struct client *client;
	struct arena *a;
	struct request request;
	struct response r;
	struct err e;
	bool ok;
};

static struct client *client_new(void)
{
	struct client_options o = { .user_agent = STR("lockstep/test") };
	struct client *client;
	struct err e;

	if (!client_open(&o, &client, &e))
		abort();
	return client;
}

static void setup(struct bench *b)
{
	*b = (struct bench){ .server = raw_server_open(), .a = arena_new("test", ARENA_BYTES) };
	b->client = client_new();
	b->request = (struct request){ .method = "GET", .policy = &open_policy };
}

static void teardown(struct bench *b)
{
	client_close(b->client);
	raw_server_close(b->server);
	if (b->other)
		raw_server_close(b->other);
	arena_free(b->a);
}

static struct str url_on(struct arena *a, const char *host, const struct raw_server *s,
			 const char *path)
{
	return str_printf(a, "http://%s:%d%s", host, raw_server_port(s), path);
}

/* Sends b->request with another URL. */
static bool send_to(struct bench *b, const char *host, const char *path)
{
	struct request r = b->request;

	arena_reset(b->a);
	b->e = (struct err){ 0 };
	b->r = (struct response){ 0 };
	r.url = url_on(b->a, host, b->server, path);
	b->ok = client_send(b->client, &r, b->a, NULL, &b->r, &b->e);
	if (!b->ok)
		printf("# %s: %s: %s\n", path, err_kind_name(b->e.kind), b->e.text);
	return b->ok;
}

static bool get(struct bench *b, const char *path)
{
	return send_to(b, "127.0.0.1", path);
}

static bool fails(struct bench *b, const char *path, enum err_kind kind, const char *text)
{
	return !get(b, path) && b->e.kind == kind && strstr(b->e.text, text) &&
	       strstr(b->e.text, "127.0.0.1");
}

static bool body_is(const struct bench *b, struct str want)
{
	return b->ok && str_eq(b->r.body, want) && b->r.body.at[b->r.body.len] == 0;
}

static bool body_is_page(const struct bench *b)
{
	if (!b->ok || b->r.body.len != PAGE_BYTES)
		return false;
	for (size_t i = 0; i < PAGE_BYTES; i++)
		if (b->r.body.at[i] != raw_server_page_byte(i))
			return false;
	return true;
}

static bool body_has(const struct bench *b, const char *text)
{
	return b->ok && str_find(b->r.body, str_from(text)) >= 0;
}

static void an_answer_arrives(struct bench *b)
{
	OK(get(b, "/plain?x=y") && b->r.status == 200 && body_is(b, STR("hello")), "plain");
	OK(str_eq(response_header(&b->r, STR("X-MIXED-case")), STR("Value")), "its headers");
	OK(str_eq(b->r.header[1].name, STR("x-mixed-case")), "with names in lower case");
	OK(response_header(&b->r, STR("absent")).at == NULL, "and none that is not there");
	OK(str_ends(b->r.url, STR("/plain?x=y")) && b->r.hops == 0 && b->r.took_ms >= 0,
	   "and where it came from");
	OK(get(b, "/page") && body_is_page(b), "a page");
	OK(get(b, "/chunked") && body_is(b, STR("hello world")), "in chunks");
	OK(response_header(&b->r, STR("x-trailer")).at == NULL, "whose trailer is no header");
	OK(get(b, "/old") && body_is(b, STR("hello until the end")), "by HTTP/1.0 until it closes");
	OK(get(b, "/big-chunked") && body_is_page(b), "in one large chunk");
	OK(get(b, "/limited") && b->r.status == 429 &&
		   str_eq(response_header(&b->r, STR("retry-after")), STR("0.493")),
	   "429 is an answer, and Retry-After comes through as it is");
	OK(get(b, "/absent") && b->r.status == 404 && b->r.body.len == 0, "so is 404");
	OK(get(b, "/204") && b->r.status == 204 && body_is(b, STR("")), "204 has no body");
	OK(get(b, "/304") && b->r.status == 304 && body_is(b, STR("")),
	   "304 has none either, whatever its length says");
	OK(get(b, "/interim-first") && body_is(b, STR("hello")) &&
		   response_header(&b->r, STR("x-early")).at == NULL,
	   "an interim answer leaves nothing behind");
	OK(get(b, "/folded") && body_is(b, STR("ok")), "a folded header does no harm");
}

static void gzip_is_unpacked_and_checked(struct bench *b)
{
	OK(get(b, "/gzip") && body_is_page(b), "gzip");
	OK(get(b, "/gzip-two") && body_is(b, STR("hello world")), "two members and padding");
	OK(get(b, "/gzip-empty") && body_is(b, STR("")), "an empty body is empty");
	OK(fails(b, "/gzip-cut", ERR_TRANSIENT, "too early"), "a stream without its last byte");
	OK(fails(b, "/gzip-bad", ERR_TRANSIENT, "broken"), "a wrong checksum");
	OK(fails(b, "/brotli", ERR_REMOTE, "gzip"), "an encoding nobody asked for");
	OK(get(b, "/echo") && body_has(b, "Accept-Encoding: gzip\r\n"), "gzip is asked for");
}

static void a_bomb_costs_its_limit(struct bench *b)
{
	b->request.body_bytes_max = 1000000;
	OK(fails(b, "/bomb", ERR_LIMIT, "1000000"), "100 MiB in 100 KB end at the cap");
	b->request.body_bytes_max = BOMB_BYTES - 1;
	OK(fails(b, "/bomb", ERR_LIMIT, "larger than"), "one byte too many is too many");
	b->request.body_bytes_max = BOMB_BYTES;
	OK(get(b, "/bomb") && b->r.body.len == BOMB_BYTES, "as many as allowed are allowed");
}

static void too_much_is_a_limit(struct bench *b)
{
	b->request.body_bytes_max = PAGE_BYTES - 1;
	OK(fails(b, "/big", ERR_LIMIT, "larger than"), "a Content-Length over the cap");
	OK(fails(b, "/big-chunked", ERR_LIMIT, "larger than"), "chunks over the cap");
	b->request.body_bytes_max = PAGE_BYTES;
	OK(get(b, "/big") && get(b, "/big-chunked"), "exactly the cap");
	OK(fails(b, "/many-headers", ERR_LIMIT, "headers"), "10,000 headers");
	OK(fails(b, "/large-headers", ERR_LIMIT, "headers"), "400 KB of headers");
	OK(fails(b, "/long-header", ERR_LIMIT, "header"), "a header that never ends");
	OK(fails(b, "/interim-flood", ERR_LIMIT, "headers"), "interim answers without end");
}

static void an_answer_must_fit_its_arena(struct bench *b)
{
	AUTO_ARENA *small = arena_new("small", PAGE_BYTES);
	struct request r = b->request;
	size_t used;

	r.url = url_on(b->a, "127.0.0.1", b->server, "/page");
	used = arena_used(small);
	OK(!client_send(b->client, &r, small, NULL, &b->r, &b->e) && b->e.kind == ERR_LIMIT,
	   "an answer that does not fit is a limit passed");
	OK(arena_used(small) == used && !b->r.body.at, "and leaves nothing behind");
}

static void half_an_answer_is_no_answer(struct bench *b)
{
	bool unsent = true;

	OK(fails(b, "/cut", ERR_TRANSIENT, "cut short"), "less than Content-Length");
	OK(fails(b, "/chunked-cut", ERR_TRANSIENT, ""), "a chunk cut");
	OK(fails(b, "/chunked-without-end", ERR_TRANSIENT, ""), "the last chunk missing");
	OK(fails(b, "/chunked-bad", ERR_TRANSIENT, ""), "a chunk without a size");
	OK(fails(b, "/reset", ERR_TRANSIENT, ""), "a reset in the middle");
	b->request.unsent = &unsent;
	OK(fails(b, "/nothing", ERR_TRANSIENT, "without an answer"), "no answer at all");
	OK(!unsent, "but what got no answer was sent");
	b->request.unsent = NULL;
	OK(fails(b, "/interim-only", ERR_TRANSIENT, ""), "a lone 100 Continue");
	OK(fails(b, "/two-lengths", ERR_REMOTE, "two lengths"), "two lengths");
}

static void what_is_not_http_is_said_so(struct bench *b)
{
	OK(fails(b, "/garbage", ERR_REMOTE, "not HTTP"), "the greeting of another protocol");
	OK(fails(b, "/bad-status", ERR_REMOTE, "HTTP"), "a status that is no number");
	OK(fails(b, "/no-colon", ERR_REMOTE, "HTTP"), "a header line without a colon");
}

static void deadlines_hold(struct bench *b)
{
	b->request.stall_ms = 100;
	OK(fails(b, "/silent", ERR_TRANSIENT, "nothing came"), "no byte at all");
	OK(fails(b, "/stall", ERR_TRANSIENT, "nothing came"), "no more bytes");
	b->request.stall_ms = 10000;
	b->request.total_ms = 200;
	OK(fails(b, "/drip", ERR_TRANSIENT, "deadline"), "a byte now and then");
	OK(fails(b, "/silent", ERR_TRANSIENT, "deadline"), "and the whole counts, too");
}

/* A port that is listened on and whose queue is full: connecting to it takes for ever. */
struct full_port {
	int listener, port;
	int waiting[64];
};

static void full_port_open(struct full_port *p)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(at);

	p->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert(p->listener >= 0);
	if (bind(p->listener, (struct sockaddr *)&at, len) < 0 || listen(p->listener, 0) < 0 ||
	    getsockname(p->listener, (struct sockaddr *)&at, &len) < 0)
		abort();
	p->port = ntohs(at.sin_port);
	for (size_t i = 0; i < COUNT(p->waiting); i++) {
		p->waiting[i] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
		assert(p->waiting[i] >= 0);
		if (connect(p->waiting[i], (struct sockaddr *)&at, len) == 0)
			continue;
	}
}

static void full_port_close(struct full_port *p)
{
	close(p->listener);
	for (size_t i = 0; i < COUNT(p->waiting); i++)
		close(p->waiting[i]);
}

static void connecting_has_a_deadline_too(struct bench *b)
{
	struct full_port full;
	struct request r = b->request;
	struct cancel *stop = cancel_new();
	struct transfer *t = NULL;
	bool done = true, unsent = false;

	r.unsent = &unsent;
	full_port_open(&full);
	r.url = str_printf(b->a, "http://127.0.0.1:%d/", full.port);
	r.connect_ms = 100;
	OK(!client_send(b->client, &r, b->a, NULL, &b->r, &b->e) && b->e.kind == ERR_TRANSIENT &&
		   strstr(b->e.text, "no connection"),
	   "connecting: %s", b->e.text);
	OK(unsent, "what got no connection was not sent");
	r.connect_ms = 60000;
	OK(b->client->ops->start(b->client, &r, &t, &b->e) &&
		   b->client->ops->wait(b->client, t, b->a, 0, stop, &done, &b->r, &b->e) && !done,
	   "a look at it is not a wait for it");
	cancel_fire(stop);
	OK(!b->client->ops->wait(b->client, t, b->a, -1, stop, &done, &b->r, &b->e) &&
		   b->e.kind == ERR_CANCELLED,
	   "connecting can be cancelled");
	full_port_close(&full);
	cancel_free(stop);
	r.url = str_printf(b->a, "http://127.0.0.1:%d/", full.port);
	OK(!client_send(b->client, &r, b->a, NULL, &b->r, &b->e) && b->e.kind == ERR_TRANSIENT,
	   "refused: %s", b->e.text);
	OK(unsent, "nor what was refused one");
	r.url = STR("https://no-such-host.invalid/?key=hunter2");
	OK(!client_send(b->client, &r, b->a, NULL, &b->r, &b->e) && b->e.kind == ERR_TRANSIENT &&
		   !strstr(b->e.text, "hunter2"),
	   "no such name: %s", b->e.text);
}

/* Fires `stop` when the server has the request. */
struct firing {
	struct raw_server *server;
	int requests;
	struct cancel *stop;
};

static void *fire(void *arg)
{
	struct firing *f = arg;

	raw_server_await(f->server, f->requests);
	cancel_fire(f->stop);
	return NULL;
}

static void cancelled_in(struct bench *b, const char *path)
{
	struct firing f = { b->server, raw_server_requests(b->server) + 1, cancel_new() };
	struct request r = b->request;
	pthread_t thread = thread_start(fire, &f);
	bool ok;

	r.url = url_on(b->a, "127.0.0.1", b->server, path);
	ok = client_send(b->client, &r, b->a, f.stop, &b->r, &b->e);
	OK(!ok && b->e.kind == ERR_CANCELLED, "%s is cancelled", path);
	thread_join(thread);
	OK(!client_send(b->client, &r, b->a, f.stop, &b->r, &b->e) && b->e.kind == ERR_CANCELLED,
	   "and what is cancelled before is not waited for");
	cancel_free(f.stop);
}

static void cancelling_is_instant(struct bench *b)
{
	cancelled_in(b, "/silent");
	cancelled_in(b, "/stall");
	cancelled_in(b, "/drip");
	OK(get(b, "/plain"), "the client goes on");
}

static void abandoning_is_allowed_at_any_time(struct bench *b)
{
	static const char *const path[] = { "/plain", "/silent", "/page", "/drip", "/loop" };
	struct transfer *t = NULL;
	int bad = 0;

	for (int i = 0; i < 50; i++) {
		struct request r = b->request;
		int before = raw_server_requests(b->server);

		r.url = url_on(b->a, "127.0.0.1", b->server, path[i % 5]);
		bad += !b->client->ops->start(b->client, &r, &t, &b->e);
		if (i % 2)
			raw_server_await(b->server, before + 1);
		b->client->ops->abandon(b->client, t);
	}
	b->client->ops->abandon(b->client, NULL);
	OK(bad == 0 && get(b, "/plain"), "50 abandoned transfers, and the client goes on");
}

static void redirects_are_followed(struct bench *b)
{
	OK(get(b, "/hop5") && body_is(b, STR("hello")) && b->r.hops == 5, "five hops");
	OK(str_ends(b->r.url, STR("/hop0")), "the answer says where it comes from");
	OK(fails(b, "/hop6", ERR_REMOTE, "more than 5"), "not six");
	b->request.hops_max = 2;
	OK(get(b, "/hop2") && fails(b, "/hop3", ERR_REMOTE, "more than 2"), "a limit of its own");
	b->request.hops_max = CLIENT_HOPS_NONE;
	OK(get(b, "/hop2") && b->r.hops == 0 && b->r.status >= 300 && b->r.status < 400 &&
		   response_header(&b->r, STR("location")).len > 0,
	   "or none: the redirect is the answer");
	b->request.hops_max = 0;
	OK(fails(b, "/loop", ERR_REMOTE, "more than 5"), "a loop ends");
	OK(get(b, "/to-nowhere") && b->r.status == 302 && body_is(b, STR("where")),
	   "without a Location it is an answer");
	OK(fails(b, "/to-nonsense", ERR_REMOTE, "redirect"), "nonsense leads nowhere");
	b->request.method = "HEAD";
	OK(get(b, "/hop2") && b->r.hops == 2 && b->r.body.len == 0, "HEAD is redirected");
	b->request.method = "POST";
	b->request.body = STR("money");
	OK(get(b, "/here") && b->r.status == 308 && b->r.hops == 0,
	   "POST is not: its answer is the redirect");
	b->request.method = "PUT";
	OK(get(b, "/hop2") && b->r.hops == 0 && b->r.status == 303, "nor is PUT");
}

static void no_redirect_leads_inside(struct bench *b)
{
	AUTO_ARENA *rules = arena_new("rules", ARENA_BYTES);
	const struct url_allow *allow;
	struct str entry = str_printf(rules, "localhost:%d", raw_server_port(b->server));
	struct url_policy policy = { .allow_http = true, .allow_n = 1 };
	int requests;

	if (!url_allow_parse(rules, &entry, 1, &allow, &b->e))
		abort();
	policy.allow = allow;
	b->request.policy = &policy;
	OK(send_to(b, "localhost", "/plain"), "the host is allowed by its name");
	raw_server_point_to(b->server, "http://127.0.0.1/latest/meta-data?key=hunter2");
	requests = raw_server_requests(b->server);
	OK(!send_to(b, "localhost", "/elsewhere") && b->e.kind == ERR_CONFIG &&
		   strstr(b->e.text, "localhost: redirect") && strstr(b->e.text, "127.0.0.1") &&
		   !strstr(b->e.text, "hunter2"),
	   "its redirect to an address is refused");
	raw_server_point_to(b->server, "http://2130706433/");
	OK(!send_to(b, "localhost", "/elsewhere") && b->e.kind == ERR_CONFIG, "in any spelling");
	raw_server_point_to(b->server, "http://me:pw@localhost/");
	OK(!send_to(b, "localhost", "/elsewhere") && b->e.kind == ERR_CONFIG, "with a user, too");
	OK(!send_to(b, "localhost", "/to-file") && b->e.kind == ERR_CONFIG, "to a file");
	OK(!send_to(b, "localhost", "/to-gopher") && b->e.kind == ERR_CONFIG, "to gopher");
	OK(raw_server_requests(b->server) == requests + 5, "each was one request and no more");
}

static void credentials_stay_at_home(struct bench *b)
{
	static const struct header secret[] = { { STR("Authorization"), STR("Bearer canary") },
						{ STR("X-Api-Key"), STR("canary") },
						{ STR("Cookie"), STR("a=canary") },
						{ STR("Accept"), STR("application/json") } };

	b->other = raw_server_open();
	b->request.header = secret;
	b->request.headers = COUNT(secret);
	OK(get(b, "/here") && body_has(b, "Bearer canary") && body_has(b, "X-Api-Key: canary"),
	   "on the same origin the headers go along");
	raw_server_point_to(b->server, url_on(b->a, "127.0.0.1", b->other, "/echo").at);
	OK(get(b, "/elsewhere") && b->r.hops == 1 && body_has(b, "GET /echo") &&
		   !body_has(b, "canary"),
	   "on another port they do not");
	OK(body_has(b, "Accept: application/json") && body_has(b, "User-Agent: lockstep/test"),
	   "Accept does");
	raw_server_point_to(b->server, url_on(b->a, "localhost", b->server, "/echo").at);
	OK(get(b, "/elsewhere") && body_has(b, "GET /echo") && !body_has(b, "canary"),
	   "on another host neither");
	raw_server_point_to(b->other, url_on(b->a, "127.0.0.1", b->server, "/echo").at);
	raw_server_point_to(b->server, url_on(b->a, "127.0.0.1", b->other, "/elsewhere").at);
	OK(get(b, "/elsewhere") && b->r.hops == 2 && body_has(b, "GET /echo") &&
		   !body_has(b, "canary"),
	   "and they do not come back when the way leads home");
	OK(get(b, "/echo") && body_has(b, "Bearer canary"), "the next request has its own again");
}

static void private_addresses_need_leave(struct bench *b)
{
	static const struct url_policy strict = { .allow_http = true };
	AUTO_ARENA *rules = arena_new("rules", ARENA_BYTES);
	const struct url_allow *allow, *loopback;
	struct str net = str_printf(rules, "10.0.0.0/8:%d", raw_server_port(b->server));
	struct str v4 = str_printf(rules, "127.0.0.1:%d", raw_server_port(b->server));
	struct url_policy only_net = { .allow_http = true, .allow_n = 1 };
	struct url_policy only_v4 = { .allow_http = true, .allow_n = 1 };

	if (!url_allow_parse(rules, &net, 1, &allow, &b->e) ||
	    !url_allow_parse(rules, &v4, 1, &loopback, &b->e))
		abort();
	only_net.allow = allow;
	only_v4.allow = loopback;
	b->request.policy = &strict;
	OK(fails(b, "/plain", ERR_CONFIG, "URL refused"), "loopback is refused at once");
	b->request.policy = &only_net;
	OK(!send_to(b, "localhost", "/plain") && b->e.kind == ERR_CONFIG &&
		   strstr(b->e.text, "localhost: its address"),
	   "and behind a name when it is connected to");
	OK(raw_server_connections(b->server) == 0, "nothing was connected to");
	b->request.policy = &only_v4;
	OK(send_to(b, "localhost", "/plain"), "of several addresses the allowed one is used");
	b->request.policy = &only_net;
	OK(!send_to(b, "localhost", "/plain") && b->e.kind == ERR_CONFIG,
	   "a connection that others opened is closed to who may not");
	OK(raw_server_requests(b->server) == 1, "it did not see a second request");
}

static void proxies_in_the_environment_are_ignored(struct bench *b)
{
	char proxy[64];

	b->other = raw_server_open();
	snprintf(proxy, sizeof(proxy), "http://127.0.0.1:%d", raw_server_port(b->other));
	setenv("http_proxy", proxy, 1);
	setenv("https_proxy", proxy, 1);
	setenv("all_proxy", proxy, 1);
	OK(get(b, "/plain") && body_is(b, STR("hello")), "the answer is the server's");
	OK(raw_server_connections(b->other) == 0, "the proxy was not asked");
	unsetenv("http_proxy");
	unsetenv("https_proxy");
	unsetenv("all_proxy");
}

static void connections_are_kept(struct bench *b)
{
	bool ok = true;

	for (int i = 0; i < 200; i++)
		ok &= get(b, i % 3 ? "/page" : "/chunked");
	OK(ok && raw_server_requests(b->server) == 200, "200 requests");
	OK(raw_server_connections(b->server) == 1, "over one connection");
}

static void its_thread_is_seen_going_round(struct bench *b)
{
	int64_t begun_ms;

	while (client_still_ms(b->client) == 0)
		sched_yield();
	OK(client_still_ms(b->client) > 0, "idle, it sleeps");
	begun_ms = clock_steady_now();
	OK(get(b, "/page"), "a request");
	OK(client_still_ms(b->client) <= clock_steady_now() - begun_ms, "had it go round");
}

static void a_request_goes_out_once(struct bench *b)
{
	OK(get(b, "/once"), "the first request on a connection is answered");
	OK(fails(b, "/once", ERR_TRANSIENT, "kept connection"),
	   "the second finds it closed: that is an error, not a silent repetition");
	OK(raw_server_requests(b->server) == 2, "the server saw each of them once");
	OK(get(b, "/once"), "a new try gets a new connection");
	b->request.method = "POST";
	b->request.body = STR("money");
	OK(fails(b, "/once", ERR_TRANSIENT, "kept connection"), "the same for POST");
	OK(raw_server_requests(b->server) == 4, "which was not repeated either");
}

static void the_request_is_what_was_asked(struct bench *b)
{
	static const struct header header[] = { { STR("X-Empty"), STR("") },
						{ STR("X-Text"), STR("a: b; \xC3\xA9") },
						{ STR("accept-encoding"), STR("br") },
						{ STR("Content-Length"), STR("7") },
						{ STR("X-Last"), STR(" padded ") } };

	b->request.header = header;
	b->request.headers = COUNT(header);
	b->request.method = "POST";
	b->request.body = STR("{\"a\":1}\0tail");
	OK(get(b, "/echo?$top=1") && body_has(b, "POST /echo?$top=1 HTTP/1.1\r\n"), "the line");
	OK(body_has(b, "\r\nX-Empty:") && body_has(b, "\r\nX-Text: a: b; \xC3\xA9\r\n") &&
		   body_has(b, "\r\nX-Last: padded\r\n"),
	   "the headers");
	OK(body_has(b, "Content-Length: 12\r\n") && !body_has(b, "Content-Type") &&
		   !body_has(b, "Expect") && !body_has(b, ": br"),
	   "and none of the client's own by others");
	OK(b->ok && str_ends(b->r.body, STR("\r\n\r\n{\"a\":1}\0tail")),
	   "the body, to its last byte");
	b->request.body = (struct str){ NULL, 0 };
	OK(get(b, "/echo") && body_has(b, "POST /") && body_has(b, "Content-Length: 0\r\n"),
	   "POST without a body says so");
	b->request.method = "DELETE";
	OK(get(b, "/echo") && body_has(b, "DELETE /") && !body_has(b, "Content-Length"),
	   "DELETE has none");
	b->request.method = "PATCH";
	b->request.body = STR("x");
	OK(get(b, "/echo") && body_has(b, "PATCH /") && str_ends(b->r.body, STR("\r\n\r\nx")),
	   "PATCH has one");
	b->request.method = "GET";
	OK(get(b, "/echo") && body_has(b, "GET /") && str_ends(b->r.body, STR("\r\n\r\nx")),
	   "even GET may");
	b->request.body = (struct str){ NULL, 0 };
	OK(get(b, "/echo") && body_has(b, "GET /") && !body_has(b, "Content-Length"),
	   "and the next GET is plain again");
	b->request.method = "HEAD";
	OK(get(b, "/plain") && b->r.status == 200 && b->r.body.len == 0, "HEAD brings no body");
}

static void a_large_body_is_sent(struct bench *b)
{
	size_t n = 1500000;
	char *body = malloc(n);

	if (!body)
		abort();
	memset(body, 'b', n);
	b->request.method = "POST";
	b->request.body = (struct str){ body, n };
	OK(get(b, "/echo") && b->r.body.len > n && body_has(b, "Content-Length: 1500000\r\n"),
	   "1.5 MB there and back");
	free(body);
}

static bool refused_header(struct bench *b, struct str name, struct str value)
{
	struct header header = { name, value };

	b->request.header = &header;
	b->request.headers = 1;
	return !get(b, "/echo") && b->e.kind == ERR_CONFIG && !strstr(b->e.text, "canary");
}

static void nothing_can_be_smuggled_in(struct bench *b)
{
	OK(refused_header(b, STR("X-A"), STR("canary\r\nX-Evil: 1")), "a line break in a value");
	OK(refused_header(b, STR("X-A"), STR("canary\n")), "half a line break");
	OK(refused_header(b, STR("X-A"), STR("canary\0b")), "a NUL");
	OK(refused_header(b, STR("X-A: canary"), STR("b")), "a colon in a name");
	OK(refused_header(b, STR("X-A\r\nX-Evil"), STR("b")), "a line break in a name");
	OK(refused_header(b, STR(""), STR("canary")), "no name");
	OK(refused_header(b, STR("Host"), STR("canary.example")), "another host");
	b->request.headers = 0;
	b->request.method = "GET /evil HTTP/1.1\r\nX:";
	OK(!get(b, "/echo") && b->e.kind == ERR_CONFIG, "a method with a tail");
	b->request.method = "";
	OK(!get(b, "/echo") && b->e.kind == ERR_CONFIG, "no method");
	OK(raw_server_requests(b->server) == 0, "nothing of it went out");
}

static void tls_is_not_given_up(struct bench *b)
{
	struct request r = b->request;

	r.url = str_printf(b->a, "https://127.0.0.1:%d/", raw_server_port(b->server));
	r.stall_ms = r.connect_ms = 500;
	OK(!client_send(b->client, &r, b->a, NULL, &b->r, &b->e) && b->e.kind == ERR_TRANSIENT,
	   "a server without TLS: %s", b->e.text);
}

static void many_at_once_from_one_thread(struct bench *b)
{
	struct transfer *t[100];
	int bad = 0;

	for (size_t i = 0; i < COUNT(t); i++) {
		struct request r = b->request;

		r.url = url_on(b->a, "127.0.0.1", b->server, i % 2 ? "/page" : "/hop2");
		if (!b->client->ops->start(b->client, &r, &t[i], &b->e))
			abort();
	}
	for (size_t i = COUNT(t); i-- > 0;) {
		bool done = false;

		b->ok = b->client->ops->wait(b->client, t[i], b->a, -1, NULL, &done, &b->r, &b->e);
		bad += !done || !(i % 2 ? body_is_page(b) : body_is(b, STR("hello")));
	}
	OK(bad == 0, "100 transfers at once, waited for backwards");
	OK(raw_server_connections(b->server) <= 8, "over at most 8 connections");
}

static void a_queue_has_deadlines_too(struct bench *b)
{
	struct transfer *blocking[8], *t;
	struct request r = b->request;
	bool done = false;

	r.url = url_on(b->a, "127.0.0.1", b->server, "/silent");
	for (size_t i = 0; i < COUNT(blocking); i++)
		if (!b->client->ops->start(b->client, &r, &blocking[i], &b->e))
			abort();
	raw_server_await(b->server, 8);
	r.total_ms = 100;
	OK(b->client->ops->start(b->client, &r, &t, &b->e) &&
		   !b->client->ops->wait(b->client, t, b->a, -1, NULL, &done, &b->r, &b->e) &&
		   strstr(b->e.text, "deadline"),
	   "who waits for a connection does not wait for ever");
	for (size_t i = 0; i < COUNT(blocking); i++)
		b->client->ops->abandon(b->client, blocking[i]);
	OK(get(b, "/plain"), "and then there is room again");
}

/* Many threads, each with its own requests, some stopped, some failing. */
struct crowd {
	struct bench *b;
	int bad;
	int number;
};

static void *crowd_run(void *arg)
{
	static const char *const path[] = { "/page",  "/gzip", "/cut",   "/hop3",
					    "/reset", "/here", "/plain", "/silent" };
	struct crowd *c = arg;
	AUTO_ARENA *a = arena_new("crowd", ARENA_BYTES);

	for (int i = 0; i < 40; i++) {
		struct bench mine = { .client = c->b->client, .server = c->b->server, .a = a };
		int what = (i + c->number) % 8;

		mine.request = c->b->request;
		mine.request.stall_ms = what == 7 ? 20 : 0;
		get(&mine, path[what]);
		if (what == 2 || what == 4 || what == 7)
			c->bad += mine.ok || mine.e.kind != ERR_TRANSIENT;
		else
			c->bad += !mine.ok || (what < 2 && !body_is_page(&mine));
	}
	return NULL;
}

static void many_at_once_from_many_threads(struct bench *b)
{
	struct crowd crowd[16];
	pthread_t thread[COUNT(crowd)];
	int bad = 0;

	for (size_t i = 0; i < COUNT(crowd); i++) {
		crowd[i] = (struct crowd){ b, 0, (int)i };
		thread[i] = thread_start(crowd_run, &crowd[i]);
	}
	for (size_t i = 0; i < COUNT(crowd); i++) {
		thread_join(thread[i]);
		bad += crowd[i].bad;
	}
	OK(bad == 0, "16 threads, 640 requests, every one with its own answer");
}

static void many_clients(struct bench *b)
{
	struct client *other = client_new(), *again;
	struct request r = b->request;

	r.url = url_on(b->a, "127.0.0.1", b->server, "/plain");
	OK(client_send(other, &r, b->a, NULL, &b->r, &b->e), "a second client works");
	client_close(other);
	again = client_new();
	OK(client_send(again, &r, b->a, NULL, &b->r, &b->e) && get(b, "/plain"),
	   "and a third, after the second has gone");
	client_close(again);
	client_close(NULL);
}

int main(void)
{
	static void (*const test[])(struct bench *) = {
		an_answer_arrives,
		gzip_is_unpacked_and_checked,
		a_bomb_costs_its_limit,
		too_much_is_a_limit,
		an_answer_must_fit_its_arena,
		half_an_answer_is_no_answer,
		what_is_not_http_is_said_so,
		deadlines_hold,
		connecting_has_a_deadline_too,
		cancelling_is_instant,
		abandoning_is_allowed_at_any_time,
		redirects_are_followed,
		no_redirect_leads_inside,
		credentials_stay_at_home,
		private_addresses_need_leave,
		proxies_in_the_environment_are_ignored,
		connections_are_kept,
		its_thread_is_seen_going_round,
		a_request_goes_out_once,
		the_request_is_what_was_asked,
		a_large_body_is_sent,
		nothing_can_be_smuggled_in,
		tls_is_not_given_up,
		many_at_once_from_one_thread,
		a_queue_has_deadlines_too,
		many_at_once_from_many_threads,
		many_clients,
	};

	setvbuf(stdout, NULL, _IOLBF, 0);
	for (size_t i = 0; i < COUNT(test); i++) {
		struct bench b;

		setup(&b);
		test[i](&b);
		teardown(&b);
	}
	return tap_done();
}

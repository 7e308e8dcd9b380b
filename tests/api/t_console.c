/* SPDX-License-Identifier: Apache-2.0 */
/* t_console.c - the console's files over the wire: codings, tags, headers, and where its page is.
 */
#include "base/log.h"
#include "stand_in.h"
#include "tap.h"
#include "wire.h"

#define LINE(method, path) method " " path " HTTP/1.1\r\nHost: here\r\nConnection: close\r\n"
#define BROWSER "Accept: text/html,application/xhtml+xml,*/*;q=0.8\r\n"
#define SCRIPT "/assets/main-1A2B3C.js"

static const char policy[] =
	"Content-Security-Policy: default-src 'none'; script-src 'self'; style-src 'self'; "
	"connect-src 'self'; img-src 'self' data:; manifest-src 'self'; frame-ancestors 'none'; "
	"base-uri 'none'; form-action 'self'; require-trusted-types-for 'script'; trusted-types 'none'";

static const struct asset files[] = {
	{ SCRIPT,
	  "text/javascript; charset=utf-8",
	  "t1",
	  ASSET_HASHED,
	  { { "plain script", 12 }, { "gz", 2 }, { "br\0x", 4 } } },
	{ "/assets/dot-1A2B3C.png", "image/png", "t2", ASSET_HASHED, { { "png", 3 } } },
	{ "/favicon.svg", "image/svg+xml", "t3", ASSET_NAMED, { { "<svg/>", 6 } } },
	{ "/embed/sync-link-card.js",
	  "text/javascript; charset=utf-8",
	  "t4",
	  ASSET_EMBED,
	  { { "card", 4 }, { "cz", 2 } } },
	{ "/", "text/html; charset=utf-8", "t5", ASSET_SHELL, { { "<!doctype html>", 15 } } },
};
static const struct assets all = { files, COUNT(files) };

static struct arena *a;
static int port;

static struct api *start(const struct assets *console)
{
	struct api_options o = { .listen = STR("127.0.0.1:0"),
				 .database = STR("sqlite::memory:"),
				 .handlers = 1,
				 .version = STR("1"),
				 .plain_per_s = 1,
				 .console = console };
	struct api *api = api_new(&o);
	struct err e;

	api_add(api, stand_in_routes, NULL);
	if (!api_start(api, &e))
		printf("Bail out! %s\n", e.text);
	port = api_port(api);
	return api;
}

static struct wire_answer ask(const char *line, const char *headers)
{
	return wire_ask(a, port, str_printf(a, "%s%s\r\n", line, headers).at);
}

static const char *header(struct wire_answer w, const char *name)
{
	return wire_header(a, &w, name).at;
}

/* What a client gets that says this of codings. */
static void coded(const char *accept, const char *coding, const char *tag, const char *body)
{
	struct str line = accept ? str_printf(a, "Accept-Encoding: %s\r\n", accept) : STR("");
	struct wire_answer w = ask(LINE("GET", SCRIPT), line.at);
	bool good = w.status == 200 && strcmp(header(w, "Content-Encoding"), coding) == 0 &&
		    strcmp(header(w, "ETag"), tag) == 0 && str_eq(w.body, str_from(body)) &&
		    strcmp(header(w, "Vary"), "Accept-Encoding") == 0;

	OK(good, "%s gives %s", accept ? accept : "(nothing said)", *coding ? coding : "plain");
	if (!good)
		printf("# %.*s\n", STR_ARG(w.head));
}

static void a_client_gets_the_coding_it_likes_best(void)
{
	struct wire_answer w;

	coded(NULL, "", "\"t1\"", "plain script");
	coded("gzip, deflate", "gzip", "\"t1-gz\"", "gz");
	coded("GZIP;Q=0.1", "gzip", "\"t1-gz\"", "gz");
	coded("br;q=0, gzip;q=0.5", "gzip", "\"t1-gz\"", "gz");
	coded("br;q=0.2, gzip;q=0.201", "gzip", "\"t1-gz\"", "gz");
	coded("br;q=0.000,*;q=0", "", "\"t1\"", "plain script");
	coded("identity;q=1, gzip;q=0.5", "", "\"t1\"", "plain script");
	coded("deflate, zstd", "", "\"t1\"", "plain script");
	coded(";;,=,q=,\"", "", "\"t1\"", "plain script");
	coded("brotli, xgzip", "", "\"t1\"", "plain script");
	w = ask(LINE("GET", SCRIPT), "Accept-Encoding: gzip, deflate, br\r\n");
	OK(w.body.len == 4 && memcmp(w.body.at, "br\0x", 4) == 0, "br is best, byte for byte");
	w = ask(LINE("GET", SCRIPT), "Accept-Encoding: *\r\n");
	IS(header(w, "Content-Encoding"), "br", "anything is br");
	w = ask(LINE("GET", "/assets/dot-1A2B3C.png"), "Accept-Encoding: gzip, br\r\n");
	OK(w.status == 200 && str_eq(w.body, STR("png")), "what is kept plain only comes plain");
	IS(header(w, "Content-Encoding"), "", "and says no coding");
}

static int status_with(const char *line, const char *headers)
{
	return ask(line, headers).status;
}

static void who_has_it_is_told_so(void)
{
	struct wire_answer w = ask(LINE("GET", SCRIPT), "If-None-Match: \"x\", W/\"t1\"\r\n");

	OK(w.status == 304 && w.body.len == 0, "304 by one tag of a list, weak or not");
	IS(header(w, "ETag"), "\"t1\"", "with its tag");
	IS(header(w, "Cache-Control"), "public, max-age=31536000, immutable", "its age");
	IS(header(w, "Vary"), "Accept-Encoding", "and what it depends on");
	IS(header(w, "Content-Type"), "", "without a type");
	OK(status_with(LINE("GET", SCRIPT), "If-None-Match: *\r\n") == 304, "any");
	OK(status_with(LINE("HEAD", SCRIPT), "If-None-Match: \"t1\"\r\n") == 304, "HEAD too");
	OK(status_with(LINE("GET", SCRIPT), "If-None-Match: \"t1-gz\"\r\n") == 200,
	   "other bytes have another tag");
	OK(status_with(LINE("GET", SCRIPT),
		       "Accept-Encoding: gzip\r\nIf-None-Match: \"t1-gz\"\r\n") == 304,
	   "each coding has its own");
	OK(status_with(LINE("GET", SCRIPT), "If-None-Match: t1\r\n") == 200, "a tag has quotes");
}

/* Every one of the header lines stands in the answer, as it is. */
static void says(struct wire_answer w, const char *const *lines)
{
	for (; *lines; lines++)
		OK(str_find(w.head, str_printf(a, "\r\n%s\r\n", *lines)) > 0, "%s", *lines);
}

static void each_kind_has_its_headers(void)
{
	static const char *const shell[] = { "Content-Type: text/html; charset=utf-8",
					     policy,
					     "Cache-Control: no-cache",
					     "X-Content-Type-Options: nosniff",
					     "Referrer-Policy: no-referrer",
					     "Cross-Origin-Opener-Policy: same-origin",
					     "ETag: \"t5\"",
					     NULL };
	static const char *const hashed[] = { "Content-Type: text/javascript; charset=utf-8",
					      "Cache-Control: public, max-age=31536000, immutable",
					      "X-Content-Type-Options: nosniff",
					      "Cross-Origin-Resource-Policy: same-origin", NULL };
	static const char *const embed[] = { "Content-Type: text/javascript; charset=utf-8",
					     "Cache-Control: public, max-age=300",
					     "X-Content-Type-Options: nosniff",
					     "Access-Control-Allow-Origin: *",
					     "Cross-Origin-Resource-Policy: cross-origin",
					     NULL };
	static const char *const named[] = { "Cache-Control: no-cache",
					     "Cross-Origin-Resource-Policy: same-origin", NULL };
	struct wire_answer w = ask(LINE("GET", "/"), BROWSER);

	says(w, shell);
	OK(*header(w, "Permissions-Policy"), "the page says what it will not use");
	says(ask(LINE("GET", SCRIPT), ""), hashed);
	says(ask(LINE("GET", "/embed/sync-link-card.js"), "Origin: https://shop.example\r\n"),
	     embed);
	says(ask(LINE("GET", "/favicon.svg"), ""), named);
	IS(header(ask(LINE("GET", SCRIPT), ""), "Access-Control-Allow-Origin"), "",
	   "only the card is for others");
}

static bool is_shell(const char *line, const char *headers)
{
	struct wire_answer w = ask(line, headers);

	return w.status == 200 && str_eq(w.body, STR("<!doctype html>"));
}

static bool is_missing(const char *line, const char *headers)
{
	struct wire_answer w = ask(line, headers);

	return w.status == 404 &&
	       strcmp(header(w, "Content-Type"), "application/problem+json") == 0;
}

static void the_page_is_at_every_path_that_a_browser_opens(void)
{
	OK(is_shell(LINE("GET", "/"), ""), "the top, whoever asks");
	OK(is_shell(LINE("GET", "/?q=1"), BROWSER), "with a query");
	OK(is_shell(LINE("GET", "/connections/practicepanther"), BROWSER), "a connection");
	OK(is_shell(LINE("GET", "/runs/1/two%2Fthree?tab=log"), BROWSER), "deep down");
	OK(is_shell(LINE("GET", "/apis"), BROWSER), "no API path");
	OK(ask(LINE("HEAD", "/runs/1"), BROWSER).status == 200, "HEAD");
	OK(is_missing(LINE("GET", "/connections/x"), ""), "a program gets a problem");
	OK(is_missing(LINE("GET", "/connections/x"), "Accept: */*\r\n"), "curl too");
	OK(is_missing(LINE("GET", "/connections/x"), "Accept: text/html;q=0, */*\r\n"),
	   "and who wants none of it");
	OK(is_missing(LINE("GET", "/api/none"), BROWSER), "below /api it is no page");
	OK(is_missing(LINE("GET", "/api"), BROWSER), "nor /api itself");
	OK(is_missing(LINE("GET", "/assets/main-OLD.js"), BROWSER), "nor an asset that is gone");
	OK(is_missing(LINE("GET", "/embed/other.js"), BROWSER), "nor another embedded script");
	OK(status_with(LINE("GET", "/api/open"), "") == 200, "routes stay what they are");
	OK(status_with(LINE("DELETE", "/api/open"), BROWSER) == 405, "and their methods");
}

static void only_reading_is_known(void)
{
	struct wire_answer w = ask(LINE("POST", SCRIPT), "Content-Length: 0\r\n");

	OK(w.status == 405, "no POST");
	IS(header(w, "Allow"), "GET, HEAD, OPTIONS", "it says what there is");
	OK(status_with(LINE("DELETE", "/"), BROWSER) == 405, "no DELETE");
	w = ask(LINE("OPTIONS", "/"), "");
	OK(w.status == 204, "OPTIONS");
	IS(header(w, "Allow"), "GET, HEAD, OPTIONS", "likewise");
	OK(is_missing(LINE("POST", "/runs/1"), BROWSER "Content-Length: 0\r\n"),
	   "nothing is written to a page");
	w = ask(LINE("HEAD", SCRIPT), "Accept-Encoding: gzip\r\n");
	IS(header(w, "Content-Length"), "2", "HEAD tells the length of what GET would get");
	OK(w.body.len == 0, "and sends nothing");
}

static void strange_paths_reach_nothing(void)
{
	static const char *const none[] = { "/assets/../api/open",
					    "/assets/%2e%2e/main-1A2B3C.js",
					    "/%2E%2E/%2e%2e/etc/passwd",
					    "/../../etc/passwd",
					    "/.git/config",
					    "/runs/.env",
					    "/assets/",
					    "/assets/main-1A2B3C.js/",
					    "/assets/main-1A2B3C.js.gz",
					    "/ASSETS/../MAIN",
					    NULL };
	struct buf b;

	for (const char *const *p = none; *p; p++)
		OK(is_missing(str_printf(a, LINE("GET", "%s"), *p).at, BROWSER), "%s", *p);
	OK(status_with(LINE("GET", "/runs/%00"), BROWSER) == 400, "NUL");
	OK(status_with(LINE("GET", "/assets/%zz"), BROWSER) == 400, "badly encoded");
	OK(status_with(LINE("GET", "/runs/%ff"), BROWSER) == 400, "no UTF-8");
	buf_in(&b, a, 1 << 16);
	buf_add(&b, STR("GET /"));
	for (int i = 0; i < 9000; i++)
		buf_add(&b, STR("a"));
	buf_add(&b, STR(" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"));
	OK(status_with(buf_str(&b).at, BROWSER) == 414, "a long path");
}

/* The server lets one request a second through (plain_per_s). */
static void it_counts_for_no_limit(void)
{
	int good = 0;

	for (int i = 0; i < 100; i++)
		good += status_with(LINE("GET", SCRIPT), "") == 200 &&
			is_shell(LINE("GET", "/jobs"), BROWSER);
	OK(good == 100, "%d of 100 pages and scripts", good);
}

static void without_a_console(void)
{
	struct api *api = start(NULL);

	OK(is_missing(LINE("GET", "/"), BROWSER), "no table, no page");
	api_free(api);
}

int main(void)
{
	struct api *api;

	log_set_level(LOG_ERROR);
	a = arena_new("test", 1 << 26);
	api = start(&all);
	a_client_gets_the_coding_it_likes_best();
	who_has_it_is_told_so();
	each_kind_has_its_headers();
	the_page_is_at_every_path_that_a_browser_opens();
	only_reading_is_known();
	strange_paths_reach_nothing();
	it_counts_for_no_limit();
	api_free(api);
	without_a_console();
	arena_free(a);
	return tap_done();
}

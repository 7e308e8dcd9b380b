/* SPDX-License-Identifier: Apache-2.0 */
/* t_source.c - what is asked of Firecrawl and of a league, and what their answers mean. */
#include "data/json.h"
#include "desk.h"
#include "pti/budget.h"
#include "pti/envelope.h"
#include "tap.h"

#define KEY "fc-00000000-0000-4000-8000-00000000beef"
#define PAGE \
	"https://gbpta.tenniscores.com/?print&mod=nndz-Sm5yb2lPdTcxdFJibXc9PQ%3D%3D&p=nndz-WkM2NXhyMzZoQT09"
#define V2 "{\"firecrawl_key\": \"" KEY "\"}"
#define V1 "{\"firecrawl_key\": \"" KEY "\", \"source\": \"firecrawl_v1\"}"
#define BOTH "{\"firecrawl_key\": \"" KEY "\", \"cross_check\": true}"
#define OWN "{\"firecrawl_url\": \"http://127.0.0.1:3002/\"}"
#define DIRECT "{\"source\": \"direct\"}"

#define META(rest) "\"metadata\":{\"sourceURL\":\"" PAGE "\",\"url\":\"" PAGE "\"" rest "}"
#define GOOD META(",\"statusCode\":200,\"creditsUsed\":1,\"cacheState\":\"miss\"")
#define CARD                                                                                      \
	"<html><body><div><div class='demi' style='font-size: 30px;'>Ann</div><div class='demi' " \
	"style='font-size: 30px;'>Oakes</div></div></body></html>"

/* ---- what is asked ---- */

static struct value sent_body(struct desk *d)
{
	struct value body;

	if (d->wire.logged == 0)
		return UNDEFINED;
	desk_must(json_parse(d->arena, d->wire.log[0].body, &body, NULL, &oops));
	return body;
}

static const char *as_text(struct desk *d, struct value v)
{
	struct buf b;

	buf_in(&b, d->arena, 1 << 20);
	desk_must(json_write(&b, v, &oops));
	return str_keep(d->arena, buf_str(&b)).at;
}

static void v2_asks_for_the_page_alone(void)
{
	struct desk d;

	desk_open(&d, V2);
	desk_fetch(&d, PAGE);
	OK(d.wire.logged == 1, "one request goes out");
	OK(str_eq(d.wire.log[0].url, STR("https://api.firecrawl.dev/v2/scrape")), "to v2");
	OK(str_eq(d.wire.log[0].authorization, STR("Bearer " KEY)), "with the key");
	IS(as_text(&d, sent_body(&d)),
	   "{\"url\":\"" PAGE "\",\"formats\":[\"rawHtml\"],\"onlyMainContent\":false,"
	   "\"timeout\":45000,\"maxAge\":0}",
	   "rawHtml, an explicit timeout, nothing out of the cache");
	desk_close(&d);
}

static void v1_asks_as_the_specification_shows(void)
{
	struct desk d;

	desk_open(&d, V1);
	desk_fetch(&d, PAGE);
	OK(str_eq(d.wire.log[0].url, STR("https://api.firecrawl.dev/v1/scrape")), "to v1");
	IS(as_text(&d, sent_body(&d)),
	   "{\"url\":\"" PAGE "\",\"formats\":[\"extract\"],\"extract\":{\"schema\":{\"type\":"
	   "\"object\",\"properties\":{\"player_name\":{\"type\":\"string\",\"description\":\"The "
	   "player's full name, usually displayed as a heading\"},\"pti\":{\"type\":\"number\","
	   "\"description\":\"Platform Tennis Index score, a decimal number like 35.3\"},\"club\":{"
	   "\"type\":\"string\",\"description\":\"The player's home club name\"}},\"required\":["
	   "\"player_name\",\"pti\"]}},\"timeout\":45000}",
	   "extract with the specification's schema");
	desk_close(&d);
}

static void both_ask_a_model_beside_the_page(void)
{
	struct desk d;
	struct value formats;

	desk_open(&d, BOTH);
	desk_fetch(&d, PAGE);
	formats = value_get(sent_body(&d), STR("formats"));
	OK(value_len(formats) == 2 && str_eq(value_at(formats, 0).s, STR("rawHtml")), "rawHtml");
	OK(str_eq(value_get(value_at(formats, 1), STR("type")).s, STR("json")), "and json");
	OK(strstr(as_text(&d, formats), "\"pti\":{\"type\":[\"number\",\"null\"]") != NULL,
	   "which may say that there is none");
	OK(str_starts(value_get(value_at(formats, 1), STR("prompt")).s, STR("Read the player")),
	   "with a prompt");
	desk_close(&d);
}

static void ones_own_needs_no_key(void)
{
	struct desk d;

	desk_open(&d, OWN);
	d.connection.network.allow_http = d.connection.network.allow_private = true;
	desk_fetch(&d, PAGE);
	OK(d.wire.logged == 1 && str_eq(d.wire.log[0].url, STR("http://127.0.0.1:3002/v2/scrape")),
	   "one's own is asked");
	OK(d.wire.log[0].authorization.len == 0, "without a key");
	desk_close(&d);
}

static void without_a_key_nothing_goes_out(void)
{
	struct desk d;
	struct fetched f;

	desk_open(&d, "{\"source\": \"firecrawl\"}");
	f = desk_fetch(&d, PAGE);
	OK(f.outcome == FETCH_STOP && !f.sent && d.wire.logged == 0, "nothing goes out");
	OK(str_eq(f.why, STR("FIRECRAWL_API_KEY not configured")), "the specification's text");
	IS(f.code, "no_key", "and a code");
	desk_close(&d);
}

static void without_a_word_the_league_is_asked(void)
{
	struct desk d;
	struct fetched f;

	desk_open(&d, "{}");
	d.body = CARD;
	f = desk_fetch(&d,
		       "https://gbpta.paddlescores.com/player.php?print&p=nndz-WkM2NXhyMzZoQT09");
	OK(d.wire.logged == 1 && str_eq(d.wire.log[0].url, STR(PAGE)), "at its canonical address");
	OK(f.outcome == FETCH_OK && str_eq(f.html, STR(CARD)) && f.credits == 0,
	   "and gives the page for nothing");
	desk_close(&d);
}

static void a_site_may_stand_in_for_the_leagues(void)
{
	struct desk d;
	struct fetched f;

	desk_open(&d, "{\"source\": \"direct\", \"site\": \"http://127.0.0.1:4020/@{league}/\"}");
	d.connection.network.allow_http = d.connection.network.allow_private = true;
	d.body = CARD;
	f = desk_fetch(&d, PAGE);
	OK(f.outcome == FETCH_OK, "the page is believed");
	OK(str_eq(d.wire.log[0].url,
		  STR("http://127.0.0.1:4020/@gbpta/?print&mod=nndz-Sm5yb2lPdTcxdFJibXc9PQ%3D%3D"
		      "&p=nndz-WkM2NXhyMzZoQT09")),
	   "the league's label and the page's address are kept");
	desk_close(&d);
}

static void a_redirect_elsewhere_is_not_followed(void)
{
	static const char *const elsewhere[] = { "https://tenniscores.com.example/x",
						 "https://other.tenniscores.com/",
						 "http://169.254.169.254/", "//example.com/",
						 "/?print&mod=m&p=nndz-somebody" };
	struct desk d;

	for (size_t i = 0; i < COUNT(elsewhere); i++) {
		struct fetched f;

		desk_open(&d, DIRECT);
		d.status = 302;
		d.header = "location";
		d.value = elsewhere[i];
		f = desk_fetch(&d, PAGE);
		OK(d.wire.logged == 1 && f.outcome == FETCH_REFUSED, "not to %s", elsewhere[i]);
		desk_close(&d);
	}
	desk_open(&d, DIRECT);
	d.status = 301;
	d.header = "location";
	d.value = "/?print&mod=nndz-Sm5yb2lPdTcxdFJibXc9PQ%3D%3D&p=nndz-WkM2NXhyMzZoQT09";
	OK(desk_fetch(&d, PAGE).outcome == FETCH_REFUSED && d.wire.logged == 4,
	   "within the league it is, a few times");
	desk_close(&d);
}

static void nor_from_a_site_in_their_place(void)
{
	static const struct {
		const char *to;
		size_t asked;
	} redirects[] = { { "http://127.0.0.1:4021/", 1 },
			  { "https://gbpta.tenniscores.com/", 1 },
			  { "/?print&mod=m&p=nndz-somebody", 1 },
			  { "/@gbpta/", 4 } };

	for (size_t i = 0; i < COUNT(redirects); i++) {
		struct desk d;

		desk_open(
			&d,
			"{\"source\": \"direct\", \"site\": \"http://127.0.0.1:4020/@{league}\"}");
		d.connection.network.allow_http = d.connection.network.allow_private = true;
		d.status = 302;
		d.header = "location";
		d.value = redirects[i].to;
		OK(desk_fetch(&d, PAGE).outcome == FETCH_REFUSED &&
			   d.wire.logged == redirects[i].asked,
		   "%s: %zu requests", redirects[i].to, d.wire.logged);
		desk_close(&d);
	}
}

/* ---- what the plan says ---- */

/* A budget that cannot be read must not become another one. */
static void settings_are_refused_or_taken(void)
{
	static const struct {
		const char *config;
		bool taken;
	} said[] = {
		{ "{\"credits_per_month\": \"3000\"}", true },
		{ "{\"credits_per_month\": 0}", true },
		{ "{\"credits_per_month\": \"\"}", true },
		{ "{\"credits_per_month\": \"3,000\"}", false },
		{ "{\"credits_per_month\": \"none\"}", false },
		{ "{\"credits_per_month\": -1}", false },
		{ "{\"requests_per_minute\": \"10 \"}", false },
		{ "{\"requests_per_minute\": \"1e3\"}", false },
		{ "{\"reserve_percent\": \"100\"}", true },
		{ "{\"reserve_percent\": \"20%\"}", false },
		{ "{\"reserve_percent\": 150}", false },
		{ "{\"cooldown\": \"90s\"}", true },
		{ "{\"cooldown\": \"PT1M\"}", true },
		{ "{\"cooldown\": \"a minute\"}", false },
		{ "{\"cooldown\": \"60\"}", false },
		{ "{\"league_pages\": true}", true },
		{ "{\"league_pages\": \"True\"}", true },
		{ "{\"league_pages\": \"maybe\"}", false },
		{ "{\"cross_check\": \"ja\"}", false },
	};
	struct desk d;

	desk_open(&d, DIRECT);
	for (size_t i = 0; i < COUNT(said); i++) {
		struct value config, filled;
		struct err e;

		desk_must(json_parse(d.arena, str_from(said[i].config), &config, NULL, &oops));
		OK(manifest_check_config(d.arena, d.connection.manifest, config, &filled, &e) ==
			   said[i].taken,
		   "%s is %s", said[i].config, said[i].taken ? "taken" : "refused");
	}
	desk_close(&d);
}

/* ---- what answers mean ---- */

struct envelope_case {
	const char *what, *config;
	int status;
	const char *body;
	enum fetch_outcome outcome;
	const char *code, *why;
	int64_t credits;
};

static const struct envelope_case cases[] = {
	{ "a page", V2, 200, "{\"success\":true,\"data\":{\"rawHtml\":\"<p>\"," GOOD "}}", FETCH_OK,
	  NULL, "", 1 },
	{ "a page without a word of success", V2, 200, "{\"data\":{\"rawHtml\":\"<p>\"," GOOD "}}",
	  FETCH_OK, NULL, "", 1 },
	{ "a price that is not told", V2, 200,
	  "{\"success\":true,\"data\":{\"rawHtml\":\"<p>\"," META(",\"statusCode\":200") "}}",
	  FETCH_OK, NULL, "", 1 },
	{ "a price of the list with a model", BOTH, 200,
	  "{\"success\":true,\"data\":{\"rawHtml\":\"<p>\",\"json\":null," META("") "}}", FETCH_OK,
	  NULL, "", 5 },
	{ "only where it was asked for", V2, 200,
	  "{\"success\":true,\"data\":{\"rawHtml\":\"<p>\",\"metadata\":{\"sourceURL\":\"" PAGE
	  "\"}}}",
	  FETCH_OK, NULL, "", 1 },
	{ "the page is gone", V2, 200,
	  "{\"success\":true,\"data\":{\"rawHtml\":\"<p>\"," META(
		  ",\"statusCode\":404,\"error\":\"Not Found\",\"creditsUsed\":1") "}}",
	  FETCH_GONE, "not_found", "The league's site answered 404", 1 },
	{ "the site blocks", V2, 200,
	  "{\"success\":true,\"data\":{\"rawHtml\":\"<p>\"," META(",\"statusCode\":403") "}}",
	  FETCH_BLOCKED, "blocked", "The league's site answered 403", 1 },
	{ "the site is down", V2, 200,
	  "{\"success\":true,\"data\":{\"rawHtml\":\"<p>\"," META(",\"statusCode\":503") "}}",
	  FETCH_LATER, "upstream", "The league's site answered 503", 1 },
	{ "another host", V2, 200,
	  "{\"success\":true,\"data\":{\"rawHtml\":\"<p>\",\"metadata\":{\"url\":"
	  "\"https://example.com/\",\"statusCode\":200,\"creditsUsed\":1}}}",
	  FETCH_REFUSED, "refused", "The page came from another site", 1 },
	{ "another league", V2, 200,
	  "{\"success\":true,\"data\":{\"rawHtml\":\"<p>\",\"metadata\":{\"url\":"
	  "\"https://apta.tenniscores.com/\",\"statusCode\":200}}}",
	  FETCH_REFUSED, "refused", "The page came from another site", 1 },
	{ "another player", V2, 200,
	  "{\"success\":true,\"data\":{\"rawHtml\":\"<p>\",\"metadata\":{\"url\":"
	  "\"https://gbpta.tenniscores.com/?print&mod=x&p=nndz-other\",\"statusCode\":200}}}",
	  FETCH_REFUSED, "refused", "The page that came is another player's", 1 },
	{ "the same player, spelt in another way", V2, 200,
	  "{\"success\":true,\"data\":{\"rawHtml\":\"<p>\",\"metadata\":{\"url\":"
	  "\"https://gbpta.paddlescores.com/player.php?p=nndz-WkM2NXhyMzZoQT0%39&print\"}}}",
	  FETCH_OK, NULL, "", 1 },
	{ "a status of no kind", V2, 200,
	  "{\"success\":true,\"data\":{\"rawHtml\":\"<p>\"," META(",\"statusCode\":999") "}}",
	  FETCH_REFUSED, "upstream", "The league's site answered 999", 1 },
	{ "a redirect that nobody followed", V2, 200,
	  "{\"success\":true,\"data\":{\"rawHtml\":\"<p>\"," META(",\"statusCode\":302") "}}",
	  FETCH_REFUSED, "upstream", "The league's site answered 302", 1 },
	{ "a status with a point", V2, 200,
	  "{\"success\":true,\"data\":{\"rawHtml\":\"<p>\"," META(",\"statusCode\":404.0") "}}",
	  FETCH_GONE, "not_found", "The league's site answered 404", 1 },
	{ "a word in place of success", V2, 200,
	  "{\"success\":\"false\",\"data\":{\"rawHtml\":\"<p>\"," GOOD "}}", FETCH_LATER,
	  "upstream", "Firecrawl API error: 200", 1 },
	{ "from nowhere", V2, 200, "{\"success\":true,\"data\":{\"rawHtml\":\"<p>\"}}",
	  FETCH_REFUSED, "refused", "The page came from another site", 1 },
	{ "no content", V2, 200, "{\"success\":true,\"data\":{\"rawHtml\":\"\"," GOOD "}}",
	  FETCH_LATER, "upstream", "The page came without content", 1 },
	{ "no success", V2, 200, "{\"success\":false,\"error\":\"x\"}", FETCH_LATER, "upstream",
	  "Firecrawl API error: 200", 0 },
	{ "no success, for it took too long", V2, 200,
	  "{\"success\":false,\"code\":\"SCRAPE_TIMEOUT\",\"error\":\"x\"}", FETCH_LATER, "timeout",
	  "Firecrawl API error: 200", 0 },
	{ "no data", V2, 200, "{\"success\":true}", FETCH_LATER, "upstream",
	  "Firecrawl API error: 200", 0 },
	{ "half an answer", V2, 200, "{\"success\":true,\"data\":{\"rawHtml\":\"<p", FETCH_LATER,
	  "upstream", "Firecrawl API error: 200, but no JSON", 1 },
	{ "details", V2, 400,
	  "{\"success\":false,\"error\":\"Bad Request\",\"details\":[{\"code\":\"x\"}]}",
	  FETCH_REFUSED, "refused", "Firecrawl API error: 400", 0 },
	{ "a key that is refused", V2, 401,
	  "{\"success\":false,\"error\":\"Unauthorized: Invalid token\"}", FETCH_STOP,
	  "key_refused", "Firecrawl API error: 401", 0 },
	{ "no credits", V2, 402, "{\"error\":\"Insufficient credits\"}", FETCH_STOP, "no_credits",
	  "Firecrawl API error: 402", 0 },
	{ "a site that it does not read", V2, 403, "{\"success\":false,\"error\":\"This website\"}",
	  FETCH_REFUSED, "refused", "Firecrawl API error: 403", 0 },
	{ "no such call", V2, 404, "<html>nginx</html>", FETCH_STOP, "no_service",
	  "Firecrawl API error: 404", 0 },
	{ "a call that is no more", V1, 410, "{\"success\":false,\"error\":\"Gone\"}", FETCH_STOP,
	  "no_service", "Firecrawl API error: 410", 0 },
	{ "nothing kept", V2, 404,
	  "{\"success\":false,\"code\":\"SCRAPE_NO_CACHED_DATA\",\"error\":\"x\"}", FETCH_REFUSED,
	  "upstream", "Firecrawl API error: 404", 0 },
	{ "too slow", V2, 408, "{\"success\":false,\"code\":\"SCRAPE_TIMEOUT\",\"error\":\"x\"}",
	  FETCH_LATER, "timeout", "Firecrawl API error: 408", 0 },
	{ "an engine that failed", V2, 500,
	  "{\"success\":false,\"code\":\"UNKNOWN_ERROR\",\"error\":\"x\"}", FETCH_LATER, "upstream",
	  "Firecrawl API error: 500", 0 },
	{ "a gateway's page", V2, 502, "<html><body>Bad Gateway</body></html>", FETCH_LATER,
	  "upstream", "Firecrawl API error: 502", 0 },
	{ "an extract", V1, 200,
	  "{\"success\":true,\"data\":{\"extract\":{\"player_name\":\"Ann "
	  "Oakes\",\"pti\":35.3,\"club\":\"x\"}," META(
		  ",\"statusCode\":200,\"creditsUsed\":5") "}}",
	  FETCH_OK, NULL, "", 5 },
	{ "a json in its place", V1, 200,
	  "{\"success\":true,\"data\":{\"json\":{\"pti\":\"35.3\"}," META("") "}}", FETCH_OK, NULL,
	  "", 5 },
	{ "an extract that is null", V1, 200,
	  "{\"success\":true,\"data\":{\"extract\":null,\"warning\":\"x\"," META("") "}}",
	  FETCH_REFUSED, "no_pti", "Could not extract PTI from page", 5 },
	{ "an extract that is missing", V1, 200, "{\"success\":true,\"data\":{" META("") "}}",
	  FETCH_REFUSED, "no_pti", "Could not extract PTI from page", 5 },
	{ "the league says no", DIRECT, 403, "no", FETCH_BLOCKED, "blocked",
	  "The league's site answered 403", 0 },
	{ "the league has none", DIRECT, 410, "no", FETCH_GONE, "not_found",
	  "The league's site answered 410", 0 },
	{ "the league is down", DIRECT, 500, "no", FETCH_LATER, "upstream",
	  "The league's site answered 500", 0 },
	{ "the league says nothing", DIRECT, 200, "", FETCH_LATER, "upstream",
	  "The page came without content", 0 },
};

static void answers_mean_what_they_say(void)
{
	for (size_t i = 0; i < COUNT(cases); i++) {
		const struct envelope_case *c = &cases[i];
		struct fetched f;
		struct desk d;

		desk_open(&d, c->config);
		d.status = c->status;
		d.body = c->body;
		f = desk_fetch(&d, PAGE);
		OK(f.outcome == c->outcome && f.sent && f.credits == c->credits,
		   "%s: outcome %d, %lld credits", c->what, (int)f.outcome, (long long)f.credits);
		if (c->code) {
			IS(f.code, c->code, c->what);
			IS(str_keep(d.arena, f.why).at, c->why, c->what);
			OK(f.html.len == 0 && f.model.kind == VALUE_UNDEFINED, "and gives nothing");
		}
		OK(d.wire.logged == 1, "nothing is tried again here");
		desk_close(&d);
	}
}

static int64_t wait_of(int status, const char *body, const char *header, const char *value)
{
	struct fetched f;
	struct desk d;

	desk_open(&d, V2);
	d.status = status;
	d.body = body;
	d.header = header;
	d.value = value;
	f = desk_fetch(&d, PAGE);
	desk_close(&d);
	return f.wait_ms;
}

#define LIMITED                                                                                  \
	"{\"success\":false,\"error\":\"Rate limit exceeded. Consumed (req/min): 11, Remaining " \
	"(req/min): 0. Upgrade your plan, please retry after 12s, resets at Sun Nov 01 2026\"}"

static void waits_are_read_wherever_they_stand(void)
{
	int64_t ms;

	OK(wait_of(429, LIMITED, "retry-after", "7") == 7000, "in the header");
	OK(wait_of(429, LIMITED, NULL, NULL) == 12000, "in the text");
	OK(wait_of(429, "{}", NULL, NULL) == 0, "nowhere");
	OK(wait_of(503, "<html>", "retry-after", "3") == 3000, "with an error of the gateway");
	OK(!envelope_retry_text(STR("please retry after s"), &ms) &&
		   !envelope_retry_text(STR("please retry after 12 minutes"), &ms),
	   "what is no number of seconds is none");
}

static void a_refusal_blocks_the_key_for_all(void)
{
	struct desk d;
	int64_t began_ms;

	desk_open(&d, V2);
	d.status = 429;
	d.body = LIMITED;
	desk_fetch(&d, PAGE);
	began_ms = d.clock.steady_ms;
	desk_fetch(&d, PAGE);
	OK(d.clock.steady_ms - began_ms >= 12000, "the next one waits as long");
	desk_close(&d);
}

static void the_limit_a_minute_is_kept(void)
{
	struct desk d;

	desk_open(&d, V2);
	for (int i = 0; i < 25; i++)
		desk_fetch(&d, PAGE);
	OK(canned_most_in_window(&d.wire, 60000) <= 10, "never more than ten in any minute");
	desk_close(&d);
}

static void whoever_gives_way_leaves_a_share(void)
{
	struct source *job, *person;
	struct address at;
	struct fetched f;
	struct desk d;
	int64_t began_ms;

	desk_open(&d, V2);
	desk_must(address_player(d.arena, STR(PAGE), &at, &oops));
	desk_must(source_open(d.arena, &d.engine, &d.connection, &job, &oops));
	desk_must(source_open(d.arena, &d.engine, &d.connection, &person, &oops));
	source_give_way(job);
	for (int i = 0; i < 20; i++)
		desk_must(source_fetch(job, &at, d.arena, &f, &oops));
	OK(canned_most_in_window(&d.wire, 60000) <= 8, "a job leaves two of ten a minute");
	OK(canned_most_in_window(&d.wire, 5900) == 1, "and goes evenly");
	began_ms = d.clock.steady_ms;
	desk_must(source_fetch(person, &at, d.arena, &f, &oops));
	OK(canned_seen_ms(&d.wire, d.wire.logged - 1) - began_ms < 1000,
	   "a person does not wait for it (%lld ms)", (long long)(d.clock.steady_ms - began_ms));
	desk_close(&d);
}

/* ---- secrets ---- */

static void no_text_holds_the_key(void)
{
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct fetched f;
		struct desk d;

		desk_open(&d, cases[i].config);
		d.status = cases[i].status;
		d.body = "{\"success\":false,\"error\":\"" KEY "\"}";
		f = desk_fetch(&d, PAGE);
		if (str_find(f.why, STR("beef")) >= 0)
			OK(false, "%s: it does", cases[i].what);
		desk_close(&d);
	}
	OK(true, "whatever the service says");
}

static void credits_that_are_left_are_asked_for(void)
{
	struct source *s;
	struct desk d;
	int64_t left;
	int status;

	desk_open(&d, V2);
	d.body = "{\"success\":true,\"data\":{\"remainingCredits\":321,\"planCredits\":1000}}";
	desk_must(source_open(d.arena, &d.engine, &d.connection, &s, &oops));
	desk_must(source_credits(s, d.arena, &left, &status, &oops));
	OK(left == 321 && str_eq(d.wire.log[0].method, STR("GET")), "and told");
	d.status = 500;
	desk_must(source_credits(s, d.arena, &left, &status, &oops));
	OK(left == -1 && status == 500, "or not");
	desk_close(&d);
}

int main(void)
{
	v2_asks_for_the_page_alone();
	v1_asks_as_the_specification_shows();
	both_ask_a_model_beside_the_page();
	ones_own_needs_no_key();
	without_a_key_nothing_goes_out();
	without_a_word_the_league_is_asked();
	a_site_may_stand_in_for_the_leagues();
	a_redirect_elsewhere_is_not_followed();
	nor_from_a_site_in_their_place();
	settings_are_refused_or_taken();
	answers_mean_what_they_say();
	waits_are_read_wherever_they_stand();
	a_refusal_blocks_the_key_for_all();
	the_limit_a_minute_is_kept();
	whoever_gives_way_leaves_a_share();
	no_text_holds_the_key();
	credits_that_are_left_are_asked_for();
	return tap_done();
}

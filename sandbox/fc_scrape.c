/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fc_scrape.c - the page that a request is about, and the document made of it.
 *
 * A page that was kept is the page as it was when it was kept: it is made anew for that moment.
 */
#include "fc.h"

#include "data/json.h"
#include "base/map.h"
#include "instant.h"
#include "mc_people.h"

#include <stdio.h>

#define REDIRECTS_MAX 5
#define STEALTH_EXTRA 4
#define ZERO_RETENTION_EXTRA 1
#define KIND_SCRAPE 81
#define LINKS_MAX 200
#define STALE_MS (2 * MS_PER_DAY)
#define TITLE_OPEN "<title>"

/* One scrape on its way. */
struct scrape {
	struct fc *fc;
	const struct fc_want *want;
	const struct fc_spoil *spoil;
	int64_t now_ms, page_ms; /* the moment that the page is of */
	bool hit, slow;
	struct reply page;
	struct tc_seen seen;
	struct str final_url;
	int64_t credits;
};

static void split_url(struct str url, struct str *host, struct str *path, struct str *query)
{
	ptrdiff_t scheme = str_find(url, STR("://"));
	struct str rest = str_slice(url, scheme < 0 ? 0 : (size_t)scheme + 3, url.len);
	size_t end = 0;

	while (end < rest.len && rest.at[end] != '/' && rest.at[end] != '?')
		end++;
	*host = str_slice(rest, 0, end);
	*query = str_slice(rest, end, rest.len);
	*query = str_cut(query, '#');
	*path = str_cut(query, '?');
	if (!path->len)
		*path = STR("/");
}

/* Takes the page of one address from another stand-in. */
static void fetch(struct scrape *s, const struct tc_ask *ask)
{
	struct fc *fc = s->fc;
	struct arena *a = fc->server->scratch;
	struct fc_place place = { .league = ask->league->name, .paddlescores = ask->paddlescores };
	struct fc_fetched got;

	place.path = str_printf(a, "%.*s%s%.*s", STR_ARG(ask->path), ask->query.len ? "?" : "",
				STR_ARG(ask->query));
	switch (fc_site_fetch(fc->site, &place, s->want->timeout_ms, a, &got)) {
	case FC_FETCHED:
		reply_set(&s->page, got.status, TYPE_HTML, got.body);
		s->final_url = got.url;
		fc_read_card(got.body, a, &s->seen);
		break;
	case FC_FETCH_SLOW:
		s->slow = true;
		break;
	case FC_FETCH_LOST:
		s->page.delivery = DELIVER_NOTHING;
		break;
	}
}

/* Makes the page of one address; false when there is no such host. */
static bool visit(struct scrape *s, struct str url)
{
	struct tc_ask ask = { .world = s->fc->world,
			      .modes = &s->fc->modes.site,
			      .scratch = s->fc->server->scratch,
			      .now_ms = s->page_ms };
	struct str host;

	split_url(url, &host, &ask.path, &ask.query);
	if (tc_host(s->fc->world, host, &ask)) {
		if (s->fc->site)
			fetch(s, &ask);
		else
			tc_answer(&ask, &s->page, &s->seen);
		return true;
	}
	if (!str_ends(host, STR("example.com")))
		return false;
	reply_set(&s->page, 200, TYPE_HTML,
		  STR("<html><head><title>Example</title></head><body>Nothing</body></html>\n"));
	return true;
}

static bool follow(struct scrape *s)
{
	struct arena *a = s->fc->server->scratch;

	s->final_url = s->want->url;
	for (int i = 0; i < REDIRECTS_MAX; i++) {
		if (!visit(s, s->final_url))
			return false;
		if (!s->page.location)
			return true;
		s->final_url = str_keep(a, str_from(s->page.location));
	}
	return false;
}

/* Answers in the document's place where the page does not come. */
static bool lost(struct scrape *s, struct reply *reply)
{
	int64_t needs_ms = s->want->wait_ms;

	if (s->page.delivery == DELIVER_DRIP)
		needs_ms += (int64_t)(s->page.body.len / s->page.drip_bytes) * s->page.drip_ms;
	if (s->slow || needs_ms > s->want->timeout_ms) {
		char text[160];

		snprintf(text, sizeof text,
			 "Scrape timed out after the configured timeout of %lldms",
			 (long long)s->want->timeout_ms);
		fc_fail(reply, 408, "SCRAPE_TIMEOUT", text);
	} else if (s->page.delivery == DELIVER_NOTHING) {
		fc_fail(reply, 500, "SCRAPE_SITE_ERROR",
			"The URL failed to load in the browser with error code "
			"\\\"ERR_CONNECTION_RESET\\\"");
	} else if (s->page.delivery == DELIVER_CUT) {
		fc_fail(reply, 500, "SCRAPE_ALL_ENGINES_FAILED", "All scraping engines failed!");
	} else {
		return false;
	}
	return true;
}

static int64_t price(const struct fc_want *w)
{
	int64_t credits = 1;

	if (w->json || w->extract || w->summary)
		credits += FC_JSON_EXTRA;
	if (w->version == 1 && str_eq(w->proxy, STR("stealth")))
		credits += STEALTH_EXTRA;
	if (w->zero_retention)
		credits += ZERO_RETENTION_EXTRA;
	return credits;
}

static void put_text(struct str html, struct buf *b)
{
	bool tag = false, blank = true;

	for (size_t i = 0; i < html.len; i++) {
		char c = html.at[i];

		tag = (tag && c != '>') || c == '<';
		if (tag || c == '>')
			c = ' ';
		if ((c == ' ' || c == '\n' || c == '\t') && blank)
			continue;
		blank = c == ' ' || c == '\n' || c == '\t';
		buf_char(b, blank ? ' ' : c);
	}
}

static struct str body_of(struct str html)
{
	ptrdiff_t at = str_find(html, STR("<body"));

	return at < 0 ? html : str_slice(html, (size_t)at, html.len);
}

static void put_links(struct str html, struct buf *b)
{
	ptrdiff_t at;

	buf_add(b, STR(",\"links\":["));
	for (int i = 0; i < LINKS_MAX && (at = str_find(html, STR("href=\""))) >= 0; i++) {
		html = str_slice(html, (size_t)at + 6, html.len);
		if (i)
			buf_char(b, ',');
		json_write_str(b, str_cut(&html, '"'));
	}
	buf_char(b, ']');
}

static void put_model(struct scrape *s, struct buf *b)
{
	const char *name = s->want->extract ? "extract" : "json";
	struct buf answer;
	bool made;

	buf_in(&answer, s->fc->server->scratch, (size_t)4 << 20);
	made = fc_model_put(s->fc, s->want, s->spoil->llm, &s->seen, &answer);
	if (made)
		buf_printf(b, ",\"%s\":%.*s", name, STR_ARG(buf_str(&answer)));
	if (!made || str_eq(buf_str(&answer), STR("null")))
		buf_add(b, STR(",\"warning\":\"No object generated: the model did not return a "
			       "response.\""));
}

static void put_formats(struct scrape *s, struct buf *b)
{
	const struct fc_want *w = s->want;
	struct str html = buf_str(&s->page.body);

	if (w->raw_html && !s->spoil->no_html) {
		buf_add(b, STR(",\"rawHtml\":"));
		json_write_str(b, html);
	}
	if (w->html && !s->spoil->no_html) {
		buf_add(b, STR(",\"html\":"));
		json_write_str(b, body_of(html));
	}
	if (w->markdown || w->summary) {
		struct buf text;

		buf_in(&text, s->fc->server->scratch, html.len + 1);
		put_text(body_of(html), &text);
		buf_add(b, w->markdown ? STR(",\"markdown\":") : STR(",\"summary\":"));
		json_write_str(b, buf_str(&text));
	}
	if (w->links)
		put_links(html, b);
	if (w->json || w->extract)
		put_model(s, b);
}

static void put_title(struct str html, struct buf *b)
{
	ptrdiff_t at = str_find(html, STR(TITLE_OPEN));
	struct str title;

	if (at < 0)
		return;
	title = str_slice(html, (size_t)at + sizeof TITLE_OPEN - 1, html.len);
	buf_add(b, STR("\"title\":"));
	json_write_str(b, str_cut(&title, '<'));
	buf_char(b, ',');
}

static const char *status_text(unsigned status)
{
	switch (status) {
	case 403:
		return "Forbidden";
	case 404:
		return "Not Found";
	case 429:
		return "Too Many Requests";
	default:
		return "Internal Server Error";
	}
}

static void put_metadata(struct scrape *s, struct buf *b)
{
	uint64_t id = mc_pick(s->fc->world->setup.seed, KIND_SCRAPE, s->fc->scrapes, 0);

	buf_add(b, STR(",\"metadata\":{"));
	put_title(buf_str(&s->page.body), b);
	buf_add(b, STR("\"sourceURL\":"));
	json_write_str(b, s->want->url);
	buf_add(b, STR(",\"url\":"));
	json_write_str(b,
		       s->spoil->other_host ? STR("https://parking.example.com/") : s->final_url);
	buf_printf(b, ",\"statusCode\":%u", s->page.status);
	if (s->page.status >= 400)
		buf_printf(b, ",\"error\":\"%s\"", status_text(s->page.status));
	buf_printf(b, ",\"contentType\":\"text/html; charset=UTF-8\",\"proxyUsed\":\"%s\"",
		   str_eq(s->want->proxy, STR("stealth")) ? "stealth" : "basic");
	if (s->want->max_age_ms)
		buf_printf(b, ",\"cacheState\":\"%s\"", s->hit ? "hit" : "miss");
	if (s->hit) {
		buf_add(b, STR(",\"cachedAt\":\""));
		instant_put(b, s->page_ms);
		buf_add(b, STR("Z\""));
	}
	buf_printf(b, ",\"creditsUsed\":%lld", (long long)s->credits);
	buf_printf(b,
		   ",\"concurrencyLimited\":false,\"scrapeId\":\"%08llx-0000-4%03llx-8000-"
		   "%012llx\"}",
		   (unsigned long long)(id >> 32), (unsigned long long)(id & 0xfff),
		   (unsigned long long)s->fc->scrapes);
}

static void put_document(struct scrape *s, struct reply *reply)
{
	struct buf *b = &reply->body;

	reply_set(reply, 200, TYPE_JSON, STR(""));
	buf_printf(b, "{\"success\":%s", s->spoil->not_success ? "false" : "true");
	if (!s->spoil->no_data) {
		size_t from = b->len + sizeof ",\"data\":{" - 1;

		buf_add(b, STR(",\"data\":{"));
		put_formats(s, b);
		if (!s->spoil->no_metadata)
			put_metadata(s, b);
		/* Every member was put with a comma before it. */
		if (b->len > from && b->at[from] == ',') {
			memmove(b->at + from, b->at + from + 1, b->len - from - 1);
			b->len--;
		}
		buf_char(b, '}');
	}
	buf_char(b, '}');
	if (s->spoil->truncated)
		b->len /= 2;
}

/* The moment that the page is of: now, or when it was kept. */
static void look_up(struct scrape *s)
{
	const int64_t *kept = map_get(s->fc->cache, s->want->url);

	s->page_ms = s->now_ms;
	if (s->spoil->stale) {
		s->hit = true;
		s->page_ms = s->now_ms - STALE_MS;
	} else if (kept && !s->want->own_headers && s->want->max_age_ms &&
		   s->now_ms - *kept <= s->want->max_age_ms) {
		s->hit = true;
		s->page_ms = *kept;
	}
}

static void keep(struct scrape *s)
{
	int64_t *kept = map_get(s->fc->cache, s->want->url);

	if (s->hit || !s->want->store || s->want->own_headers || s->page.status != 200)
		return;
	if (!kept) {
		kept = arena_new_struct(s->fc->arena, int64_t);
		map_put(s->fc->cache, str_keep(s->fc->arena, s->want->url), kept);
	}
	*kept = s->now_ms;
}

/* What the target is said to have answered. */
static void spoil_target(struct scrape *s)
{
	if (!s->spoil->target_status)
		return;
	reply_set(&s->page, (unsigned)s->spoil->target_status, TYPE_HTML,
		  STR("<html><head><title>Error</title></head><body>Error</body></html>\n"));
	s->seen = (struct tc_seen){ .player = { .pti = TC_NO_PTI }, .misread = TC_NO_PTI };
}

void fc_scrape(struct fc *fc, const struct fc_want *want, const struct fc_spoil *spoil,
	       struct reply *reply)
{
	struct scrape s = {
		.fc = fc, .want = want, .spoil = spoil, .now_ms = timepiece_now(&fc->server->time)
	};
	struct fc_month *month = fc_bill_month(fc, s.now_ms);

	s.seen = (struct tc_seen){ .player = { .pti = TC_NO_PTI }, .misread = TC_NO_PTI };
	reply_init(&s.page);
	look_up(&s);
	fc->scrapes++;
	if (!follow(&s)) {
		month->failed++;
		fc_fail(reply, 500, "SCRAPE_DNS_RESOLUTION_ERROR",
			"DNS resolution failed for the hostname. Please check the URL.");
	} else if (lost(&s, reply)) {
		month->failed++;
	} else {
		spoil_target(&s);
		keep(&s);
		s.credits = fc->self_hosted ? 0 : price(want);
		fc_bill_charge(fc, s.now_ms, s.credits);
		put_document(&s, reply);
	}
	reply_done(&s.page);
}

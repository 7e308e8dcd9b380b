/* SPDX-License-Identifier: Apache-2.0 */
/* envelope.c - what an answer says about the page that was asked for. */
#include "pti/envelope.h"

#include "data/json.h"
#include "http/backoff.h"

#define CREDITS_SANE 1000 /* for one page */
#define STATUS_FIRST 100  /* what is below says nothing */
#define EXTRACT_MISSING "Could not extract PTI from page"

static void say(struct fetched *out, enum fetch_outcome outcome, const char *code, struct str why)
{
	out->outcome = outcome;
	out->code = code;
	out->why = why;
}

static struct str api_error(struct arena *a, int status)
{
	return str_printf(a, "Firecrawl API error: %d", status);
}

#define NUMBER_SANE 1e9

/* A number, also one that was sent as a text; -1 without one. */
static int64_t number_of(struct value map, const char *name)
{
	struct value v = value_get(map, str_from(name));
	double d = value_is_number(v) ? value_to_double(v) : -1;
	int64_t n = -1;

	if (v.kind == VALUE_STR)
		return str_to_i64(v.s, &n) ? n : -1;
	return d >= 0 && d < NUMBER_SANE ? (int64_t)d : -1;
}

/* ---- how long to wait ---- */

bool envelope_retry_text(struct str text, int64_t *wait_ms)
{
	static const struct str before = { "retry after ", 12 };
	ptrdiff_t at = str_find(text, before);
	size_t end;

	if (at < 0)
		return false;
	text = str_slice(text, (size_t)at + before.len, text.len);
	for (end = 0; end < text.len && text.at[end] >= '0' && text.at[end] <= '9';)
		end++;
	return end > 0 && end < text.len && text.at[end] == 's' &&
	       retry_after_ms(str_slice(text, 0, end), 0, wait_ms);
}

static int64_t wait_of(const struct envelope *v, const struct response *r, struct str text)
{
	int64_t wait_ms = 0;

	if (!retry_after_ms(response_header(r, STR("retry-after")), v->now_ms, &wait_ms) &&
	    !envelope_retry_text(text, &wait_ms))
		return 0;
	return wait_ms;
}

/* ---- the service says no ---- */

static void refused_by_service(const struct envelope *v, const struct response *r,
			       struct value body, struct arena *a, struct fetched *out)
{
	struct str why = api_error(a, r->status);
	int64_t credits = number_of(body, "creditsUsed");

	out->credits = credits > 0 && credits <= CREDITS_SANE ? credits : 0;
	out->wait_ms = wait_of(v, r, value_get_text(body, "error"));
	switch (r->status) {
	case 401:
		say(out, FETCH_STOP, "key_refused", why);
		return;
	case 402:
		say(out, FETCH_STOP, "no_credits", why);
		return;
	case 404:
	case 405:
	case 410:
		/* No such call, unless it is the service itself that speaks of the page. */
		if (value_get_text(body, "code").len)
			say(out, FETCH_REFUSED, "upstream", why);
		else
			say(out, FETCH_STOP, "no_service", why);
		return;
	case 408:
		say(out, FETCH_LATER, "timeout", why);
		return;
	default:
		break;
	}
	switch (http_class(r->status)) {
	case HTTP_LIMITED:
		say(out, FETCH_LATER, "rate_limited", why);
		return;
	case HTTP_RETRY:
		say(out, FETCH_LATER, "upstream", why);
		return;
	case HTTP_OK:
	case HTTP_AUTH:
	case HTTP_REFUSED:
	case HTTP_ODD:
		say(out, FETCH_REFUSED, "refused", why);
		return;
	}
}

/* ---- the site says no ---- */

static void refused_by_site(int status, struct arena *a, struct fetched *out)
{
	struct str why = str_printf(a, "The league's site answered %d", status);

	switch (status) {
	case 404:
	case 410:
		say(out, FETCH_GONE, "not_found", why);
		return;
	case 401:
	case 403:
	case 429:
	case 451:
		say(out, FETCH_BLOCKED, "blocked", why);
		return;
	default:
		break;
	}
	if (http_class(status) == HTTP_RETRY)
		say(out, FETCH_LATER, status == 408 ? "timeout" : "upstream", why);
	else
		say(out, FETCH_REFUSED, "upstream", why);
}

/* Why the page at `url` is not the one that was asked for; or NULL. */
static const char *other_page(const struct envelope *v, struct str url, struct arena *a)
{
	if (!v->any_host && !address_came_from(v->asked, url))
		return "The page came from another site";
	return address_names_another(a, v->asked, url) ? "The page that came is another player's"
						       : NULL;
}

/* Whether the page itself was given, and by whom it should have been. */
static bool page_came(const struct envelope *v, struct value metadata, struct arena *a,
		      struct fetched *out)
{
	int64_t status = number_of(metadata, "statusCode");
	struct str url = value_get_text(metadata, "url");
	const char *other;

	if (status >= STATUS_FIRST && http_class((int)status) != HTTP_OK) {
		refused_by_site((int)status, a, out);
		return false;
	}
	if (status < 0 && value_get_text(metadata, "error").len) {
		say(out, FETCH_LATER, "upstream", STR("The league's site did not answer"));
		return false;
	}
	if (!url.len)
		url = value_get_text(metadata, "sourceURL");
	other = other_page(v, url, a);
	if (other)
		say(out, FETCH_REFUSED, "refused", str_from(other));
	return !other;
}

/* ---- what is there ---- */

static struct value model_of(struct value data)
{
	struct value model = value_get(data, STR("json"));

	if (model.kind != VALUE_MAP)
		model = value_get(data, STR("extract"));
	return model.kind == VALUE_MAP ? model : UNDEFINED;
}

static void content_of(const struct envelope *v, struct value data, struct fetched *out)
{
	struct value metadata = value_get(data, STR("metadata"));

	out->html = value_get_text(data, "rawHtml");
	out->model = v->model ? model_of(data) : UNDEFINED;
	out->cached = str_eq(value_get_text(metadata, "cacheState"), STR("hit"));
	if (v->page && !out->html.len) /* slow pages come empty at times */
		say(out, FETCH_LATER, "upstream", STR("The page came without content"));
	else if (!v->page && out->model.kind != VALUE_MAP)
		say(out, FETCH_REFUSED, "no_pti", STR(EXTRACT_MISSING));
}

static void success_false(const struct envelope *v, const struct response *r, struct value body,
			  struct arena *a, struct fetched *out)
{
	bool timeout = str_eq(value_get_text(body, "code"), STR("SCRAPE_TIMEOUT"));

	out->wait_ms = wait_of(v, r, value_get_text(body, "error"));
	say(out, FETCH_LATER, timeout ? "timeout" : "upstream", api_error(a, r->status));
}

static void of_firecrawl(const struct envelope *v, const struct response *r, struct arena *a,
			 struct fetched *out)
{
	struct value body = UNDEFINED, data, success;
	struct err unsaid;
	int64_t credits;
	bool json = json_parse(a, r->body, &body, NULL, &unsaid);

	if (http_class(r->status) != HTTP_OK) {
		refused_by_service(v, r, json ? body : UNDEFINED, a, out);
		return;
	}
	out->credits = v->price; /* it may have been charged, whatever is wrong with it */
	if (!json) {
		say(out, FETCH_LATER, "upstream",
		    str_printf(a, "Firecrawl API error: %d, but no JSON", r->status));
		return;
	}
	success = value_get(body, STR("success"));
	data = value_get(body, STR("data"));
	credits = number_of(value_get(data, STR("metadata")), "creditsUsed");
	if (credits >= 0 && credits <= CREDITS_SANE)
		out->credits = credits;
	if (data.kind != VALUE_MAP)
		out->credits = 0;
	if (data.kind != VALUE_MAP ||
	    (success.kind != VALUE_UNDEFINED && (success.kind != VALUE_BOOL || !success.b)))
		success_false(v, r, body, a, out);
	else if (page_came(v, value_get(data, STR("metadata")), a, out))
		content_of(v, data, out);
}

static void of_site(const struct envelope *v, const struct response *r, struct arena *a,
		    struct fetched *out)
{
	const char *other = other_page(v, r->url, a);

	if (http_class(r->status) != HTTP_OK) {
		out->wait_ms = wait_of(v, r, STR(""));
		refused_by_site(r->status, a, out);
	} else if (other) {
		say(out, FETCH_REFUSED, "refused", str_from(other));
	} else if (!r->body.len) {
		say(out, FETCH_LATER, "upstream", STR("The page came without content"));
	} else {
		out->html = r->body;
	}
}

void envelope_read(const struct envelope *v, const struct response *r, struct arena *a,
		   struct fetched *out)
{
	*out = (struct fetched){
		.outcome = FETCH_OK, .model = UNDEFINED, .status = r->status, .sent = true
	};
	if (v->kind == SOURCE_DIRECT)
		of_site(v, r, a, out);
	else
		of_firecrawl(v, r, a, out);
	if (out->outcome != FETCH_OK) {
		out->html = STR("");
		out->model = UNDEFINED;
	}
}

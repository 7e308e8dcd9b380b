/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fc_envelope.c - answers with a name, each for one way to fail: some come in the vendor's place
 * and cost nothing, the others spoil a document that was made and charged.
 */
#include "fc.h"

#include <stdio.h>

#define RETRY_SECONDS "7"

struct envelope {
	const char *name;
	unsigned status; /* 0: spoils a document */
	const char *code, *error, *raw, *retry_after;
	struct fc_spoil spoil;
};

static const char gateway[] = "<html><head><title>502 Bad Gateway</title></head><body><center>"
			      "<h1>502 Bad Gateway</h1></center></body></html>\r\n";
static const char limited[] =
	"Rate limit exceeded. Consumed (req/min): 11, Remaining (req/min): 0. "
	"Upgrade your plan at https://firecrawl.dev/pricing for increased rate "
	"limits or please retry after 7s, resets at Sun, 01 Nov 2026 00:01:00 GMT";
static const char no_credits[] =
	"Insufficient credits to perform this request. For more credits, you can upgrade your plan at "
	"https://firecrawl.dev/pricing or try changing the request limit to a lower value.";
static const char blocklisted[] =
	"This website is no longer supported, please reach out to help@firecrawl.com for more info on "
	"how to activate it on your account.";

/* clang-format off */
#define INSTEAD(named, answered, ...) { .name = (named), .status = (answered), __VA_ARGS__ }
#define SPOIL(named, ...) { .name = (named), .spoil = { __VA_ARGS__ } }
/* clang-format on */

static const struct envelope envelopes[] = {
	INSTEAD("400", 400, .code = "BAD_REQUEST", .error = "Bad Request"),
	INSTEAD("401", 401, .error = "Unauthorized: Invalid token"),
	INSTEAD("402", 402, .error = no_credits),
	INSTEAD("403", 403, .error = blocklisted),
	INSTEAD("408", 408, .code = "SCRAPE_TIMEOUT",
		.error = "Scrape timed out after the configured timeout of 30000ms"),
	INSTEAD("409", 409, .error = "Idempotency key already used"),
	INSTEAD("429", 429, .error = limited, .retry_after = RETRY_SECONDS),
	INSTEAD("429_no_header", 429, .error = limited),
	INSTEAD("429_no_text", 429, .error = "Rate limit exceeded."),
	INSTEAD("500", 500, .code = "UNKNOWN_ERROR",
		.error = "An unexpected error occurred while scraping"),
	INSTEAD("500_engines", 500, .code = "SCRAPE_ALL_ENGINES_FAILED",
		.error = "All scraping engines failed!"),
	INSTEAD("502_html", 502, .raw = gateway),
	INSTEAD("503_empty", 503, .raw = ""),
	INSTEAD("success_false", 200, .error = "No page was made of it"),
	INSTEAD("not_json", 200, .raw = "upstream connect error"),
	INSTEAD("json_list", 200, .raw = "[]"),
	SPOIL("target_403", .target_status = 403),
	SPOIL("target_404", .target_status = 404),
	SPOIL("target_429", .target_status = 429),
	SPOIL("target_500", .target_status = 500),
	SPOIL("llm_null", .llm = LLM_NULL),
	SPOIL("llm_missing", .llm = LLM_MISSING),
	SPOIL("llm_string", .llm = LLM_STRING),
	SPOIL("llm_word", .llm = LLM_WORD),
	SPOIL("llm_off", .llm = LLM_OFF),
	SPOIL("llm_invents", .llm = LLM_INVENTS),
	SPOIL("other_host", .other_host = true),
	SPOIL("no_metadata", .no_metadata = true),
	SPOIL("no_data", .no_data = true),
	SPOIL("no_html", .no_html = true),
	SPOIL("truncated_json", .truncated = true),
	SPOIL("stale", .stale = true),
	SPOIL("not_success", .not_success = true),
};

int fc_envelope_find(struct str name)
{
	for (size_t i = 0; i < COUNT(envelopes); i++)
		if (str_eq(name, str_from(envelopes[i].name)))
			return (int)i;
	return -1;
}

int fc_envelope_pick(struct fc *fc, const struct request *r)
{
	const char *wish = request_header(r, FC_ENVELOPE_HEADER);

	if (wish)
		return fc_envelope_find(str_from(wish));
	for (struct fc_rule *rule = fc->rules; rule; rule = rule->next) {
		if (!rule->times || (rule->match.len && str_find(r->body, rule->match) < 0))
			continue;
		if (rule->after) {
			rule->after--;
			continue;
		}
		if (rule->times > 0)
			rule->times--;
		return rule->envelope;
	}
	return -1;
}

bool fc_envelope_apply(const struct fc *fc, int which, struct reply *reply, struct fc_spoil *spoil)
{
	const struct envelope *e = &envelopes[which];

	if (!e->status) {
		*spoil = e->spoil;
		return false;
	}
	if (e->raw)
		reply_set(reply, e->status, e->status == 502 ? TYPE_HTML : TYPE_JSON,
			  str_from(e->raw));
	else if (fc->modes.plain_errors)
		reply_error(reply, e->status, e->error);
	else
		fc_fail(reply, e->status, e->code, e->error);
	if (e->retry_after)
		snprintf(reply->retry_after, sizeof reply->retry_after, "%s", e->retry_after);
	return true;
}

void fc_envelope_list(struct buf *b)
{
	for (size_t i = 0; i < COUNT(envelopes); i++)
		buf_printf(b, "%s%s", i ? " " : "", envelopes[i].name);
	buf_char(b, '\n');
}

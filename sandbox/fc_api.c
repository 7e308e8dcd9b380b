/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fc_api.c - routes, keys, and what refuses a request before it is read: key, rate, credits, then
 * the request itself, in the vendor's order.
 */
#include "fc.h"

#include "base/map.h"
#include "data/json.h"

/* 2026-12-10T15:00:00Z: extract is gone from then on. */
#define EXTRACT_ENDS_MS ((int64_t)1796914800000)
#define DETAILS_BYTES_MAX ((size_t)1 << 20)
#define BEARER "Bearer "
#define KEY_PREFIX "fc-"

void fc_fail(struct reply *reply, unsigned status, const char *code, const char *error)
{
	reply_set(reply, status, TYPE_JSON, STR("{\"success\":false"));
	if (code)
		buf_printf(&reply->body, ",\"code\":\"%s\"", code);
	buf_printf(&reply->body, ",\"error\":\"%s\"}", error);
}

/* "fc-" and a UUID. */
static bool is_key(struct str s)
{
	if (!str_starts(s, STR(KEY_PREFIX)))
		return false;
	s = str_slice(s, sizeof KEY_PREFIX - 1, s.len);
	for (size_t i = 0; i < s.len; i++) {
		bool dash = i == 8 || i == 13 || i == 18 || i == 23;

		if (dash ? s.at[i] != '-' : !strchr("0123456789abcdefABCDEF", s.at[i]))
			return false;
	}
	return s.len == 36;
}

static const char *key_refused(const struct fc *fc, const struct request *r)
{
	const char *header = request_header(r, "Authorization");
	struct str token;

	if (fc->self_hosted)
		return NULL;
	if (!header)
		return "Unauthorized";
	if (!str_starts(str_from(header), STR(BEARER)))
		return "Unauthorized: Token missing";
	token = str_from(header + sizeof BEARER - 1);
	if (!token.len)
		return "Unauthorized: Token missing";
	return is_key(token) && str_eq(token, fc->key) ? NULL : "Unauthorized: Invalid token";
}

bool fc_authorised(const struct fc *fc, const struct request *r)
{
	return !key_refused(fc, r);
}

static bool used_before(struct fc *fc, const struct request *r)
{
	const char *key = request_header(r, "x-idempotency-key");

	return key && map_put(fc->idempotency, str_keep(fc->arena, str_from(key)), fc) != NULL;
}

static void bad_request(struct reply *reply, struct buf *details)
{
	reply_set(reply, 400, TYPE_JSON,
		  STR("{\"success\":false,\"code\":\"BAD_REQUEST\",\"error\":\"Bad Request\","
		      "\"details\":["));
	buf_add(&reply->body, buf_str(details));
	buf_add(&reply->body, STR("]}"));
}

/* Whether the request asks for an envelope that is not there. */
static bool wishes_nonsense(const struct request *r)
{
	const char *wish = request_header(r, FC_ENVELOPE_HEADER);

	return wish && fc_envelope_find(str_from(wish)) < 0;
}

static void scrape(struct fc *fc, const struct request *r, int version, struct reply *reply)
{
	struct arena *a = fc->server->scratch;
	yyjson_doc *doc = yyjson_read(r->body.at, r->body.len, 0);
	struct fc_spoil spoil = { 0 };
	struct fc_want want = { 0 };
	struct buf details;
	int envelope;

	buf_in(&details, a, DETAILS_BYTES_MAX);
	if (!doc) {
		fc_fail(reply, 400, "BAD_REQUEST_INVALID_JSON", "Bad request, malformed JSON");
		return;
	}
	if (wishes_nonsense(r)) {
		fc_fail(reply, 400, NULL, "There is no such envelope");
	} else if (!fc_check(yyjson_doc_get_root(doc), version, a, &want, &details)) {
		bad_request(reply, &details);
	} else if (used_before(fc, r)) {
		fc_fail(reply, 409, NULL, "Idempotency key already used");
	} else {
		envelope = fc_envelope_pick(fc, r);
		if (envelope < 0 || !fc_envelope_apply(fc, envelope, reply, &spoil))
			fc_scrape(fc, &want, &spoil, reply);
	}
	yyjson_doc_free(doc);
}

static void scrape_limited(struct fc *fc, const struct request *r, int version, struct reply *reply)
{
	int64_t now_ms = timepiece_now(&fc->server->time);
	struct fc_month *month = fc_bill_month(fc, now_ms);

	month->requests++;
	if (fc_bill_limited(fc, now_ms, reply))
		return;
	if (!fc->self_hosted && !fc->modes.no_credit_check && fc->remaining < 1) {
		struct fc_spoil unused;

		fc_envelope_apply(fc, fc_envelope_find(STR("402")), reply, &unused);
		return;
	}
	scrape(fc, r, version, reply);
}

static void extract(struct fc *fc, struct reply *reply)
{
	if (timepiece_now(&fc->server->time) >= EXTRACT_ENDS_MS)
		fc_fail(reply, 410, NULL,
			"The extract endpoint was shut down on 2026-12-10. Use scrape with a json "
			"format instead.");
	else
		fc_fail(reply, 403, NULL, "This stand-in never had the extract endpoint.");
}

static void not_found(const struct request *r, struct reply *reply)
{
	reply_set(reply, 404, TYPE_HTML, STR("<!DOCTYPE html>\n<html><body><pre>Cannot "));
	buf_add(&reply->body, r->method);
	buf_add(&reply->body, STR(" this path</pre></body></html>\n"));
}

void fc_api(struct fc *fc, const struct request *r, struct reply *reply)
{
	bool post = str_eq(r->method, STR("POST")), get = str_eq(r->method, STR("GET"));
	int version = str_starts(r->path, STR("/v2/")) ? 2 : 1;
	struct str name = str_slice(r->path, 3, r->path.len);
	const char *refused = key_refused(fc, r);

	if (!str_starts(r->path, STR("/v1/")) && version != 2)
		not_found(r, reply);
	else if (refused)
		fc_fail(reply, 401, NULL, refused);
	else if (post && str_eq(name, STR("/scrape")))
		scrape_limited(fc, r, version, reply);
	else if (get && str_eq(name, STR("/team/credit-usage")))
		fc_bill_usage(fc, timepiece_now(&fc->server->time), version, &reply->body);
	else if (str_starts(name, STR("/extract")))
		extract(fc, reply);
	else
		not_found(r, reply);
}

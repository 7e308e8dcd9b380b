/* SPDX-License-Identifier: Apache-2.0 */
/*
 * judge.c - the manifest's error handlers, applied.
 *
 * Order of a composite as the reference has it: SUCCESS, RETRY, IGNORE and RESET end the search;
 * FAIL, RATE_LIMITED and REFRESH_TOKEN_THEN_RETRY fall through to later handlers, whose verdict
 * then counts.
 */
#include "flow/judge.h"

#include "data/json.h"
#include "http/backoff.h"

#include <regex.h>

#define RETRIES_DEFAULT 5
#define SPENT_MAX_S 600
#define BACKOFF_BASE_MS 1000
#define BACKOFF_CAP_MS 60000
#define MESSAGE_BYTES_MAX 65536

/* ---- headers ---- */

static struct str title_case(struct arena *a, struct str name)
{
	struct str copy = str_keep(a, name);
	char *at = arena_alloc(a, name.len + 1);
	bool start = true;

	for (size_t i = 0; i < copy.len; i++) {
		char c = copy.at[i];

		at[i] = start && c >= 'a' && c <= 'z' ? (char)(c - 32) : c;
		start = c == '-';
	}
	return (struct str){ at, name.len };
}

/* One member of a Link header (RFC 8288): <url>; rel="next". */
static void link_add(struct arena *a, struct value links, struct str part)
{
	struct str url, head = str_cut(&part, ';');
	struct value entry = value_map_new(a);
	struct str rel = { NULL, 0 };

	head = str_trim(head);
	if (head.len < 2 || head.at[0] != '<' || head.at[head.len - 1] != '>')
		return;
	url = str_slice(head, 1, head.len - 1);
	value_map_set(a, entry, STR("url"), value_str(url));
	while (part.len > 0) {
		struct str value = str_cut(&part, ';');
		struct str key = str_trim(str_cut(&value, '='));

		value = str_trim(value);
		if (value.len >= 2 && value.at[0] == '"')
			value = str_slice(value, 1, value.len - 1);
		value_map_set(a, entry, key, value_str(value));
		if (str_eq_nocase(key, STR("rel")))
			rel = value;
	}
	value_map_set(a, links, rel.len ? rel : url, entry);
}

static struct value links_value(struct arena *a, struct str text)
{
	struct value links = value_map_new(a);

	while (text.len > 0) {
		ptrdiff_t end = str_find(text, STR("<"));
		struct str rest = end < 0 ? (struct str){ text.at + text.len, 0 }
					  : str_slice(text, (size_t)end + 1, text.len);
		ptrdiff_t next = str_find(rest, STR(", <"));
		size_t len = next < 0 ? rest.len : (size_t)next;

		if (end < 0)
			break;
		link_add(a, links, (struct str){ rest.at - 1, len + 1 });
		text = str_slice(rest, len, rest.len);
	}
	return links;
}

struct value headers_value(struct arena *a, const struct response *r)
{
	struct value map = value_map_new(a);
	struct str link = response_header(r, STR("link"));

	for (size_t i = 0; i < r->headers; i++) {
		struct value v = value_str(r->header[i].value);

		value_map_set(a, map, title_case(a, r->header[i].name), v);
		value_map_set(a, map, r->header[i].name, v);
	}
	value_map_set(a, map, STR("link"), links_value(a, link));
	return map;
}

/* ---- which action ---- */

/* What the format says when no filter does (its default error mapping). */
static enum error_action action_by_status(const struct evidence *ev)
{
	if (!ev->response)
		return ev->failure.kind == ERR_TRANSIENT ? ACTION_RETRY : ACTION_FAIL;
	switch (http_class(ev->response->status)) {
	case HTTP_OK:
		return ACTION_SUCCESS;
	case HTTP_AUTH:
		return ACTION_FAIL;
	case HTTP_LIMITED:
		return ACTION_RATE_LIMITED;
	case HTTP_REFUSED:
		return ev->response->status == 400 || ev->response->status == 404 ||
				       ev->response->status == 405
			       ? ACTION_FAIL
			       : ACTION_RETRY;
	case HTTP_RETRY:
	case HTTP_ODD:
		return ACTION_RETRY;
	}
	return ACTION_FAIL;
}

static bool has_code(const struct response_filter *f, const struct evidence *ev)
{
	for (size_t i = 0; ev->response && i < f->codes; i++)
		if (f->code[i] == ev->response->status)
			return true;
	return false;
}

/* The message that an error answer carries in one of the usual places. */
static struct str message_of(const struct evidence *ev)
{
	static const char *const name[] = { "message", "error",  "error_description",
					    "detail",  "errors", "title" };

	for (size_t i = 0; i < COUNT(name); i++) {
		struct value v = value_get(ev->body, str_from(name[i]));

		if (v.kind == VALUE_MAP)
			v = value_get(v, STR("message"));
		if (v.kind == VALUE_STR && v.s.len <= MESSAGE_BYTES_MAX)
			return v.s;
	}
	return STR("");
}

static bool filter_matches(const struct response_filter *f, const struct evidence *ev,
			   const struct scope *scope, bool *out, struct err *e)
{
	*out = has_code(f, ev);
	if (*out || !ev->response)
		return true;
	if (f->contains.len > 0 && str_find(message_of(ev), f->contains) >= 0) {
		*out = true;
		return true;
	}
	return slot_test(&f->predicate, scope, false, out, e);
}

static bool handler_decides(const struct error_handler *h, const struct evidence *ev,
			    const struct scope *scope, const struct response_filter **filter,
			    struct err *e)
{
	*filter = NULL;
	for (size_t i = 0; i < h->filters; i++) {
		bool match;

		if (!filter_matches(&h->filter[i], ev, scope, &match, e))
			return false;
		if (match) {
			*filter = &h->filter[i];
			return true;
		}
	}
	return true;
}

static bool falls_through(enum error_action action)
{
	return action == ACTION_FAIL || action == ACTION_RATE_LIMITED ||
	       action == ACTION_REFRESH_TOKEN_THEN_RETRY;
}

static bool decide(const struct requester *r, const struct evidence *ev, const struct scope *scope,
		   enum error_action *action, const struct response_filter **filter, struct err *e)
{
	*action = action_by_status(ev);
	*filter = NULL;
	for (size_t i = 0; i < r->handlers; i++) {
		if (!handler_decides(&r->handler[i], ev, scope, filter, e))
			return false;
		*action = *filter && (*filter)->action != ACTION_NONE ? (*filter)->action
								      : action_by_status(ev);
		if (!falls_through(*action))
			return true;
	}
	return true;
}

/* ---- how long to wait ---- */

/* The first group of a POSIX regular expression in `text`, or all of the match; empty when none. */
static struct str regex_cut(struct arena *a, struct str regex, struct str text)
{
	regmatch_t m[2];
	regex_t re;
	struct str out = { NULL, 0 }, copy = str_keep(a, text);
	int group;

	if (regcomp(&re, str_keep(a, regex).at, REG_EXTENDED) != 0)
		return out;
	if (regexec(&re, copy.at, COUNT(m), m, 0) == 0) {
		group = re.re_nsub > 0 && m[1].rm_so >= 0;
		out = str_slice(copy, (size_t)m[group].rm_so, (size_t)m[group].rm_eo);
	}
	regfree(&re);
	return out;
}

/*
 * A moment as Unix seconds, perhaps with a fraction, to milliseconds rounded up; -1 when it is no
 * such thing.
 */
static int64_t moment_to_ms(struct str text)
{
	struct str fraction = str_trim(text), whole = str_cut(&fraction, '.');
	int64_t s, ms = 0;

	if (!str_to_i64(whole, &s) || s < 0 || s > MOMENT_MAX_US / US_PER_S)
		return -1;
	for (size_t i = 0; i < fraction.len; i++) {
		if (fraction.at[i] < '0' || fraction.at[i] > '9')
			return -1;
		if (fraction.at[i] != '0')
			ms = 1;
	}
	/* Whole seconds are what vendors send; a fraction is rounded up to the next. */
	return (s + ms) * 1000;
}

static bool slot_ms(const struct slot *s, const struct scope *scope, int64_t otherwise_ms,
		    int64_t *out_ms, struct err *e)
{
	struct value v;

	if (!slot_value(s, scope, &v, e))
		return false;
	*out_ms = value_is_number(v) ? (int64_t)(value_to_double(v) * 1000) : otherwise_ms;
	return true;
}

static bool header_text(const struct backoff *b, const struct evidence *ev,
			const struct scope *scope, struct str *out, struct err *e)
{
	struct str name;

	*out = STR("");
	if (!ev->response)
		return true;
	if (!slot_text(&b->header, scope, &name, e))
		return false;
	*out = response_header(ev->response, name);
	if (out->len > 0 && b->regex.len > 0)
		*out = regex_cut(scope->arena, b->regex, *out);
	return true;
}

/* -1: this strategy has nothing to say. */
static bool strategy_ms(const struct backoff *b, const struct evidence *ev,
			const struct scope *scope, struct rng *rng, int64_t *out_ms, struct err *e)
{
	int64_t ms, asked;
	struct str text;

	*out_ms = -1;
	switch (b->kind) {
	case BACKOFF_CONSTANT:
		if (!slot_ms(&b->seconds, scope, BACKOFF_BASE_MS, &ms, e))
			return false;
		*out_ms = ms + (int64_t)rng_below(rng, BACKOFF_BASE_MS);
		return true;
	case BACKOFF_EXPONENTIAL:
		if (!slot_ms(&b->seconds, scope, 5 * BACKOFF_BASE_MS, &ms, e))
			return false;
		*out_ms = backoff_full_jitter_ms(
			ms, ms > BACKOFF_CAP_MS ? ms : 5 * (int64_t)BACKOFF_CAP_MS, ev->attempt + 1,
			rng);
		return true;
	case BACKOFF_WAIT_HEADER:
		if (!header_text(b, ev, scope, &text, e))
			return false;
		if (text.len > 0 && !retry_after_ms(text, ev->now_wall_ms, out_ms))
			*out_ms = -1;
		return true;
	case BACKOFF_UNTIL_HEADER:
		if (!header_text(b, ev, scope, &text, e) || !slot_ms(&b->seconds, scope, 0, &ms, e))
			return false;
		asked = text.len > 0 ? moment_to_ms(text) : -1;
		if (asked >= 0)
			*out_ms = asked - ev->now_wall_ms > ms ? asked - ev->now_wall_ms : ms;
		return true;
	}
	assert(!"backoff kind");
	return false;
}

static bool wait_of(const struct requester *r, const struct evidence *ev, const struct scope *scope,
		    struct rng *rng, int64_t spent_max_ms, struct verdict *v, struct err *e)
{
	int64_t asked_ms = 0, ms = -1, max_ms = INT64_MAX;

	for (size_t i = 0; i < r->handlers && ms < 0; i++)
		for (size_t k = 0; k < r->handler[i].backoffs && ms < 0; k++) {
			const struct backoff *b = &r->handler[i].backoff[k];

			if (!strategy_ms(b, ev, scope, rng, &ms, e) ||
			    !slot_ms(&b->max_wait_s, scope, INT64_MAX, &max_ms, e))
				return false;
		}
	if (ms < 0)
		ms = backoff_full_jitter_ms(BACKOFF_BASE_MS, BACKOFF_CAP_MS, ev->attempt, rng);
	if (ev->response &&
	    retry_after_ms(response_header(ev->response, STR("retry-after")), ev->now_wall_ms,
			   &asked_ms) &&
	    asked_ms > ms)
		ms = asked_ms;
	v->wait_ms = ms;
	v->too_long = ms > max_ms || ev->spent_ms + ms > spent_max_ms;
	v->give_up = v->too_long;
	/* Without a word from the vendor it is only our own patience that has ended. */
	v->too_long = v->too_long && (v->action == ACTION_RATE_LIMITED || asked_ms > 0);
	return true;
}

/* ---- the error a person reads ---- */

static enum err_kind kind_of(const struct evidence *ev, const struct verdict *v,
			     const struct response_filter *f)
{
	if (!ev->response)
		return ev->failure.kind;
	if (v->action == ACTION_RETRY || v->action == ACTION_RATE_LIMITED)
		return ERR_TRANSIENT;
	/* Only what is about the credentials concerns every stream. */
	if (f && f->failure == FAILURE_CONFIG && ev->response->status != 401 &&
	    v->action != ACTION_REFRESH_TOKEN_THEN_RETRY)
		return ERR_CONFIG;
	if (f && f->failure == FAILURE_TRANSIENT)
		return ERR_TRANSIENT;
	return http_class(ev->response->status) == HTTP_AUTH ||
			       v->action == ACTION_REFRESH_TOKEN_THEN_RETRY
		       ? ERR_AUTH
		       : ERR_REMOTE;
}

static const char *advice(int status)
{
	switch (status) {
	case 401:
		return "; the credentials were refused: check them, or run `lockstep connect`";
	case 403:
		return "; the user behind the credentials lacks a permission";
	case 404:
		return "; check the base URL and the path";
	default:
		return "";
	}
}

static bool explain(const struct evidence *ev, const struct response_filter *f,
		    const struct scope *scope, struct verdict *v, struct err *e)
{
	struct str says = { NULL, 0 };

	if (!ev->response) {
		v->why = ev->failure;
		return true;
	}
	if (f && !slot_text(&f->message, scope, &says, e))
		return false;
	v->why = (struct err){ 0 };
	if (says.len > 0)
		err_set(&v->why, kind_of(ev, v, f), "HTTP %d: %.*s", ev->response->status,
			STR_ARG(says));
	else
		err_set(&v->why, kind_of(ev, v, f), "HTTP %d%s", ev->response->status,
			advice(ev->response->status));
	return true;
}

bool judge(const struct requester *r, const struct evidence *ev, const struct scope *scope,
	   struct rng *rng, struct verdict *out, struct err *e)
{
	struct scope in = *scope;
	const struct response_filter *filter;
	struct verdict v = { 0 };
	int64_t retries = RETRIES_DEFAULT, spent_max_s = SPENT_MAX_S;

	in.variable[VAR_RESPONSE] = ev->body;
	in.variable[VAR_HEADERS] = ev->headers;
	if (!decide(r, ev, &in, &v.action, &filter, e))
		return false;
	if (v.action == ACTION_SUCCESS || v.action == ACTION_IGNORE) {
		*out = v;
		return true;
	}
	if (r->handlers > 0) {
		if (!slot_int(&r->handler[0].max_retries, &in, RETRIES_DEFAULT, &retries, e))
			return false;
		spent_max_s = r->handler[0].max_time_s ? r->handler[0].max_time_s : SPENT_MAX_S;
	}
	if (!explain(ev, filter, &in, &v, e))
		return false;
	if (v.action == ACTION_RETRY || v.action == ACTION_RATE_LIMITED) {
		if (!wait_of(r, ev, &in, rng, spent_max_s * 1000, &v, e))
			return false;
		if ((int64_t)ev->attempt >= retries) {
			v.give_up = true;
			v.too_long = false;
		}
	}
	*out = v;
	return true;
}

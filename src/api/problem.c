/* SPDX-License-Identifier: Apache-2.0 */
/*
 * problem.c - answers that say no, as problem documents (RFC 9457).
 *
 * `type` is a name that stays ("urn:lockstep:problem:sync_running"), `title` is the status's,
 * `detail` is for a person.  What broke inside is logged with the request's id and not shown.
 */
#include "api/api_part.h"

#include "base/log.h"
#include "data/json.h"

static const struct {
	int status;
	const char *title;
} titles[] = {
	{ 400, "The request makes no sense" },
	{ 401, "Sign in first" },
	{ 403, "Not allowed" },
	{ 404, "Not found" },
	{ 405, "Method not allowed" },
	{ 406, "No acceptable form" },
	{ 408, "The request took too long" },
	{ 409, "In conflict with what is there" },
	{ 412, "It was changed meanwhile" },
	{ 413, "Too large" },
	{ 414, "The path is too long" },
	{ 415, "Media type not understood" },
	{ 422, "The content makes no sense" },
	{ 428, "If-Match is missing" },
	{ 429, "Too many requests" },
	{ 431, "The header is too large" },
	{ 500, "Something went wrong here" },
	{ 502, "The other side refused" },
	{ 503, "Not available now" },
};

/* One row for each kind of error; `shown`: its text is for the caller. */
static const struct {
	int status;
	const char *code;
	bool shown;
} kinds[] = {
	[ERR_NONE] = { 500, "internal", false },
	[ERR_CONFIG] = { 422, "invalid_content", true },
	[ERR_AUTH] = { 403, "refused", true },
	[ERR_REMOTE] = { 502, "remote_refused", true },
	[ERR_TRANSIENT] = { 503, "try_again", false },
	[ERR_STORE] = { 500, "internal", false },
	[ERR_LIMIT] = { 413, "too_large", true },
	[ERR_CANCELLED] = { 503, "stopping", true },
	[ERR_BUSY] = { 409, "conflict", true },
	[ERR_MISSING] = { 404, "not_found", true },
	[ERR_FENCED] = { 409, "taken_over", true },
	[ERR_USAGE] = { 400, "invalid_request", true },
};

#define TRY_AGAIN_MS 1000

const char *status_title(int status)
{
	for (size_t i = 0; i < COUNT(titles); i++)
		if (titles[i].status == status)
			return titles[i].title;
	return "Not possible";
}

static void add_members(struct arena *a, struct value document, struct value more)
{
	struct value_iter it = value_iter(more);
	struct value item;
	struct str key;

	while (value_next(&it, &key, &item))
		value_map_set(a, document, key, item);
}

void problem_answer(struct call_reply *reply, int status, const char *code, struct str detail,
		    struct value more)
{
	struct arena *a = reply->request->arena;
	struct value d = value_map_new(a);
	struct buf b;
	struct err e;

	value_map_set(a, d, STR("type"), value_str(str_printf(a, "urn:lockstep:problem:%s", code)));
	value_map_set(a, d, STR("title"), value_str(str_from(status_title(status))));
	value_map_set(a, d, STR("status"), value_int(status));
	if (detail.len)
		value_map_set(a, d, STR("detail"), value_str(detail));
	value_map_set(a, d, STR("instance"),
		      value_str(str_printf(a, "/requests/%.*s", STR_ARG(reply->id))));
	value_map_set(a, d, STR("code"), value_str(str_from(code)));
	if (more.kind == VALUE_MAP)
		add_members(a, d, more);
	buf_in(&b, a, ANSWER_BYTES_MAX);
	if (!json_write(&b, d, &e)) {
		buf_reset(&b);
		buf_printf(&b, "{\"status\":%d,\"code\":\"%s\"}", status, code);
	}
	reply->request->answer.status = status;
	reply->request->answer.body = buf_str(&b);
	reply->type = STR("application/problem+json");
}

void problem_wait(struct call_reply *reply, int status, const char *code, struct str detail,
		  int64_t wait_ms)
{
	struct arena *a = reply->request->arena;
	struct value more = value_map_new(a);
	int64_t seconds = (wait_ms + 999) / 1000;

	value_map_set(a, more, STR("retry_after_seconds"), value_int(seconds));
	reply_header(reply, "Retry-After", str_printf(a, "%lld", (long long)seconds));
	problem_answer(reply, status, code, detail, more);
}

void problem_from_err(struct call_reply *reply, const struct err *e)
{
	int status = kinds[e->kind].status;
	const char *code = kinds[e->kind].code;

	if (kinds[e->kind].shown) {
		problem_answer(reply, status, code,
			       str_keep(reply->request->arena, str_from(e->text)), UNDEFINED);
		return;
	}
	log_error("%s %s: %s: %s", reply->endpoint ? reply->endpoint->route->method : "-",
		  reply->endpoint ? reply->endpoint->route->path : "-", err_kind_name(e->kind),
		  e->text);
	if (status == 503)
		problem_wait(reply, status, code,
			     STR("the database cannot be asked now; try again in a moment"),
			     TRY_AGAIN_MS);
	else
		problem_answer(reply, status, code,
			       STR("this was not your fault; the log knows it by the request's id"),
			       UNDEFINED);
}

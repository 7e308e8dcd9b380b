/* SPDX-License-Identifier: Apache-2.0 */
/*
 * call.c - what a route's handler can ask and answer.
 *
 * Always: an answer replaces one that was made before; headers of the handler stay.
 */
#include "api/api_part.h"

#include "data/json.h"
#include "data/moment.h"

struct str call_text(const struct call *c, struct value from, const char *name)
{
	(void)c;
	return value_get_text(from, name);
}

int64_t call_int(const struct call *c, struct value from, const char *name, int64_t otherwise)
{
	struct value v = value_get(from, str_from(name));

	(void)c;
	return v.kind == VALUE_INT ? v.i : otherwise;
}

bool call_bool(const struct call *c, struct value from, const char *name, bool otherwise)
{
	struct value v = value_get(from, str_from(name));

	(void)c;
	return v.kind == VALUE_BOOL ? v.b : otherwise;
}

int64_t call_time(const struct call *c, struct value from, const char *name, int64_t otherwise)
{
	struct str text = call_text(c, from, name);
	struct value at;
	struct err unsaid;

	return text.len && moment_parse(text, &at, &unsaid) ? at.us / 1000 : otherwise;
}

struct str call_header(const struct call *c, const char *name)
{
	return server_request_header(c->reply->request, name);
}

size_t call_headers(const struct call *c, const struct header **out)
{
	const struct server_header *given;
	size_t n = server_request_headers(c->reply->request, &given);
	struct header *header = arena_new_array(c->arena, struct header, n + 1);

	for (size_t i = 0; i < n; i++)
		header[i] = (struct header){ str_from(given[i].name), given[i].value };
	*out = header;
	return n;
}

static int success(const struct call *c)
{
	return c->route->status ? c->route->status : 200;
}

bool call_json(struct call *c, struct value v, struct err *e)
{
	return call_status_json(c, success(c), v, e);
}

bool call_status_json(struct call *c, int status, struct value v, struct err *e)
{
	struct buf b;

	buf_in(&b, c->arena, ANSWER_BYTES_MAX);
	if (!json_write(&b, v, e))
		return false;
	c->reply->request->answer.status = status;
	c->reply->request->answer.body = buf_str(&b);
	c->reply->type = STR("application/json");
	return true;
}

bool call_bytes(struct call *c, const char *type, struct str bytes, struct err *e)
{
	if (bytes.len > ANSWER_BYTES_MAX)
		return err_set(e, ERR_LIMIT, "an answer of %zu bytes", bytes.len);
	c->reply->request->answer.status = 200;
	c->reply->request->answer.body = str_keep(c->arena, bytes);
	c->reply->type = str_keep(c->arena, str_from(type));
	return true;
}

bool call_redirect(struct call *c, struct str location, struct err *e)
{
	call_reply_header(c, "Location", location);
	return call_empty(c, 303, e);
}

bool call_empty(struct call *c, int status, struct err *e)
{
	(void)e;
	c->reply->request->answer.status = status;
	c->reply->request->answer.body = (struct str){ "", 0 };
	c->reply->type = (struct str){ 0 };
	return true;
}

void call_reply_header(struct call *c, const char *name, struct str value)
{
	reply_header(c->reply, name, value);
}

bool call_problem(struct call *c, int status, const char *code, struct str detail,
		  struct value more)
{
	problem_answer(c->reply, status, code, detail, more);
	return true;
}

static struct event_reader reader_of(const struct call *c)
{
	int64_t expires_ms = c->who.expires_ms;

	return (struct event_reader){
		.caller = identity_key(c->arena, &c->who),
		.given = { call_header(c, "Authorization"), call_header(c, "Cookie") },
		.roles = c->who.roles,
		.left_ms = expires_ms ? expires_ms - clock_wall_ms(c->clock) : INT64_MAX,
	};
}

static bool too_many_streams(struct call *c, const char *detail)
{
	problem_wait(c->reply, 503, "too_many_streams", str_from(detail), SERVER_BEAT_MS);
	return true;
}

bool call_events(struct call *c, struct err *e)
{
	struct server_answer *answer = &c->reply->request->answer;
	struct str last = call_header(c, "Last-Event-ID");
	struct event_reader reader = reader_of(c);
	int64_t after = -1;
	void *stream;

	if (last.len && (!str_to_i64(last, &after) || after < 0))
		return err_set(e, ERR_USAGE, "Last-Event-ID is no id of ours");
	stream = events_stream(c->api->events, &reader, after);
	if (!stream)
		return too_many_streams(c, "you look at the events too often already");
	if (!server_stream_reserve(c->api->server)) {
		events_stream_ops.close(stream);
		return too_many_streams(c, "too many look at the events already");
	}
	answer->status = 200;
	answer->stream = &events_stream_ops;
	answer->stream_state = stream;
	c->reply->type = STR("text/event-stream");
	call_reply_header(c, "X-Accel-Buffering", STR("no"));
	return true;
}

bool call_match(struct call *c, int64_t version, bool required, bool *go_on)
{
	struct str tag = str_printf(c->arena, "\"%lld\"", (long long)version);
	struct str match = call_header(c, "If-Match");
	struct str none = call_header(c, "If-None-Match");
	struct err e;

	*go_on = false;
	if (required && !match.at)
		return call_problem(c, 428, "if_match_missing",
				    STR("send the ETag that you saw as If-Match"), UNDEFINED);
	if (match.at && !tag_listed(match, tag, false))
		return call_problem(c, 412, "stale", STR("it was changed since you saw it"),
				    UNDEFINED);
	*go_on = true;
	/* A write makes another version. */
	if (strcmp(c->route->method, "GET") != 0)
		return true;
	call_reply_header(c, "ETag", tag);
	if (!none.at || !tag_listed(none, tag, true))
		return true;
	*go_on = false;
	return call_empty(c, 304, &e);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* reply.c - the headers of an answer. */
#include "api/api_part.h"

#include "base/log.h"

/* What stands on every answer unless its handler said otherwise. */
static const struct {
	const char *name, *value;
	bool secure_only;
} always[] = {
	{ "X-Content-Type-Options", "nosniff", false },
	{ "Cache-Control", "no-store", false },
	{ "Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'", false },
	{ "Referrer-Policy", "no-referrer", false },
	{ "Strict-Transport-Security", "max-age=31536000", true },
};

#define HEADERS_OWN 12 /* room that reply_finish() needs */

static struct server_header *find_header(const struct call_reply *reply, const char *name)
{
	struct server_answer *answer = &reply->request->answer;

	for (size_t i = 0; i < answer->headers; i++)
		if (str_eq_nocase(str_from(answer->header[i].name), str_from(name)))
			return &answer->header[i];
	return NULL;
}

/* What would begin another header line, or end the header. */
static bool has_control(struct str value)
{
	for (size_t i = 0; i < value.len; i++)
		if ((unsigned char)value.at[i] < ' ' || value.at[i] == 0x7F)
			return true;
	return false;
}

void reply_header(struct call_reply *reply, const char *name, struct str value)
{
	struct server_request *r = reply->request;
	struct server_header *old = find_header(reply, name);

	if (has_control(value)) {
		log_error("the header %s of an answer is left out: it holds control characters",
			  name);
		return;
	}
	value = str_keep(r->arena, value);
	/* Cookies alone may come more than once. */
	if (old && strcmp(name, "Set-Cookie") != 0) {
		old->value = value;
		return;
	}
	assert(r->answer.headers < SERVER_HEADERS_OUT_MAX - HEADERS_OWN);
	server_answer_header(r, name, value);
}

static bool reply_has_header(const struct call_reply *reply, const char *name)
{
	return find_header(reply, name) != NULL;
}

void reply_reset(struct call_reply *reply)
{
	struct server_answer *answer = &reply->request->answer;

	assert(!answer->stream);
	*answer = (struct server_answer){ 0 };
	reply->type = (struct str){ 0 };
}

void reply_finish(struct call_reply *reply)
{
	struct server_request *r = reply->request;

	server_answer_header(r, "X-Request-Id", reply->id);
	if (reply->endpoint && reply->endpoint->route->embed)
		cors_finish(reply);
	if (reply->type.len)
		server_answer_header(r, "Content-Type", reply->type);
	for (size_t i = 0; i < COUNT(always); i++)
		if ((!always[i].secure_only || r->secure) &&
		    !reply_has_header(reply, always[i].name))
			server_answer_header(r, always[i].name, str_from(always[i].value));
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * api_part.h - what the API's own files share; nobody else includes it.
 */
#ifndef API_PART_H
#define API_PART_H

#include "api/api.h"
#include "http/server.h"

#include <stdatomic.h>

#define REQUEST_ID_MAX 64
#define BODY_BYTES_DEFAULT ((size_t)64 * 1024)
#define ANSWER_BYTES_MAX ((size_t)64 * 1024 * 1024)
#define ROUTES_MAX 512
#define COMPLAINTS_MAX 20

struct endpoint {
	const struct route *route;
	void *arg;
};

struct api {
	struct api_options o;
	struct arena *arena;
	struct clock *clock;
	struct endpoint endpoint[ROUTES_MAX];
	size_t endpoints;
	struct server *server; /* handlers may run before it is set: they ask `draining` */
	atomic_bool draining;
	struct events *events;
	struct rates *rates;
	struct db **db; /* a handler thread's each, or NULL */
	size_t handlers;
	struct str document; /* the OpenAPI document as JSON, made at the start */
};

/* One request on its way through the API: server_request.state, and call.reply. */
struct call_reply {
	struct server_request *request;
	struct api *api;
	const struct endpoint *endpoint; /* NULL: the path or method is none of ours */
	struct str id;
	struct value params;
	struct str type; /* Content-Type of the answer */
	struct str who;  /* identity.name, for the log */
	struct call call;
};

/* ---- router.c ---- */

struct match {
	const struct endpoint *endpoint; /* NULL */
	bool known_path;                 /* some method of it is there */
	struct str embed; /* those of `allow` that a page of another origin may use */
	struct value params;
	struct str allow; /* "GET, HEAD, OPTIONS" */
};
/* Finds the route; *bad: a segment is not well encoded. */
struct match router_find(const struct api *api, struct arena *a, struct str method, struct str path,
			 bool *bad);

/* ---- form.c: %-encoding ---- */

/* False when it is malformed, holds a NUL or is not UTF-8.  '+' is a space when `form`. */
MUST_CHECK bool form_decode(struct arena *a, struct str text, bool form, struct str *out);
/* "a=1&b=2" as a map of texts.  False as above, or when a name comes twice. */
MUST_CHECK bool form_parse(struct arena *a, struct str text, struct value *out);

/* ---- check.c: what comes in against its rows ---- */

struct complaints {
	struct arena *a;
	struct value list; /* of {pointer or parameter, detail} */
	size_t n;
};
void complaints_init(struct complaints *k, struct arena *a);
/* A body against its rows. */
void check_body(struct complaints *k, const struct field *row, struct value body);
/* Texts (of a query, a path or a form) to values as the rows say, with their defaults. */
struct value check_texts(struct complaints *k, const struct field *row, struct value texts);
void fault_put(struct complaints *k, const char *kind, struct str where, struct str detail);

/* ---- problem.c ---- */

const char *status_title(int status);
/* Fills the answer; `more` may be UNDEFINED. */
void problem_answer(struct call_reply *reply, int status, const char *code, struct str detail,
		    struct value more);
/* By the kind of a handler's error. */
void problem_from_err(struct call_reply *reply, const struct err *e);
/* 429, 503: with Retry-After. */
void problem_wait(struct call_reply *reply, int status, const char *code, struct str detail,
		  int64_t wait_ms);

/* ---- reply.c ---- */

void reply_header(struct call_reply *reply, const char *name, struct str value);
/* Forgets what a handler said so far. */
void reply_reset(struct call_reply *reply);
/* Adds what every answer has; once, at the end. */
void reply_finish(struct call_reply *reply);

/* ---- accept.c: the header of a request ---- */

/* Whether the Accept header lets `type` through. */
bool accept_allows(struct str accept, struct str type);
/* Whether it names `type` itself, as browsers do when they open a page and programs do not. */
bool accept_names(struct str accept, struct str type);
/* How much an Accept-Encoding header likes `coding`: 0 (not at all) to 1000. */
int accept_coding(struct str accept, struct str coding);
/* Whether a list of entity tags holds this one; `*` is any. */
bool tag_listed(struct str list, struct str tag, bool weak_too);
/* "application/json; charset=utf-8" is "application/json". */
bool media_type_is(struct str header, const char *type);
/* The client's id when it is sane, else a new uuid. */
struct str request_id(struct arena *a, struct str given);

/* ---- origin.c ---- */

/* Whether a write that a browser may have been tricked into comes from our own pages. */
bool origin_is_ours(const struct api *api, struct server_request *r, bool must_say);

/* ---- cors.c: pages of other origins ---- */

/* What a browser asks before it calls from another origin: answered when the path has `methods` for
 * such pages, and the origin may. */
void cors_preflight(struct call_reply *reply, struct str methods);
/* Adds to an answer of such a route what lets that origin's page read it. */
void cors_finish(struct call_reply *reply);

/* ---- rate.c: token buckets ---- */

struct rates;
struct rates *rates_new(int64_t plain_per_s);
void rates_free(struct rates *t);
struct rate_answer {
	int64_t limit, left, window_s, wait_ms; /* wait_ms 0: let in */
};
struct rate_answer rates_take(struct rates *t, enum rate_class class, struct str key,
			      int64_t now_ms);
const char *rate_name(enum rate_class class);

/* ---- idempotency.c ---- */

struct idempotency {
	struct str key, caller, hash;
	int64_t made_ms;
	bool begun;
};
/* *go_on false: the call was answered (a replay, 409, 422, 400). */
MUST_CHECK bool idempotency_begin(struct call *c, struct idempotency *i, bool *go_on,
				  struct err *e);
/* Keeps the answer, or forgets the key when the call should be tried again. */
MUST_CHECK bool idempotency_end(struct call *c, struct idempotency *i, struct err *e);

/* ---- turn.c: what a handler thread does with a request ---- */

void turn_handle(void *arg, size_t handler, struct server_request *r);
void turn_handler_end(void *arg, size_t handler);

/* ---- console.c ---- */

/* What the console has for a path that is no route's; NULL: nothing. */
const struct asset *console_find(const struct api *api, const struct server_request *r);
/* GET and HEAD, the only methods it knows. */
bool console_reads(const struct server_request *r);
/* Answers with the asset, or with 304 to whom has it. */
void console_answer(struct call_reply *reply, const struct asset *asset);

/* ---- openapi.c, health.c, events.c ---- */

extern const struct route health_routes[];
bool health_live(struct call *c, struct err *e);
extern const struct route document_routes[];
extern const struct route events_routes[];
void events_bind(struct events *ev, struct server *server);
struct event_reader {
	struct str caller;        /* identity_key() */
	struct credentials given; /* what he came with */
	unsigned roles;
	int64_t left_ms; /* until what he came with ends */
};
/* A stream from `after` (-1: only what comes); NULL when the caller has EVENTS_READERS_EACH. */
void *events_stream(struct events *ev, const struct event_reader *r, int64_t after);
extern const struct server_stream_ops events_stream_ops;

/* ---- access log and measures: tally.c ---- */

void tally(struct call_reply *reply);

#endif

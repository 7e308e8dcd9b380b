/* SPDX-License-Identifier: Apache-2.0 */
/*
 * call.h - one request under way, as a route's handler sees it.
 *
 * A handler runs on one of the server's handler threads with a database connection of its own, may
 * block, and answers exactly once: by returning true after one of the call_…() answers, or by
 * returning false with *e, which becomes a problem document:
 *
 *     USAGE 400, AUTH 403, MISSING 404, BUSY 409, LIMIT 413, CONFIG 422, FENCED 409,
 *     TRANSIENT 503, REMOTE 502, STORE 500 (its text is logged, not shown), CANCELLED 503
 */
#ifndef CALL_H
#define CALL_H

#include "api/route.h"
#include "base/clock.h"
#include "http/client.h"
#include "store/db.h"

struct api;

struct call {
	const struct route *route;
	struct api *api;
	void *arg; /* as given to api_add() */
	struct arena *arena;
	struct db *db;
	struct clock *clock;
	struct identity who;
	struct str id;   /* the request's: a uuid, or the client's X-Request-Id when it is sane */
	struct str peer; /* the client's address as text (behind a trusted proxy: as that says) */
	struct str peer_group; /* server_peer_group() of it, for limits */
	struct str method, path;
	struct value params; /* map of path parameters, by name (text, or as path_params says) */
	struct value
		query; /* map: every row of route->query, with its default; UNDEFINED: not given */
	struct value body;        /* BODY_JSON, BODY_FORM: a map; else UNDEFINED */
	struct str raw;           /* the body's bytes */
	struct call_reply *reply; /* server's */
};

/* A parameter that is there (the router has checked). */
struct str call_text(const struct call *c, struct value from, const char *name);
int64_t call_int(const struct call *c, struct value from, const char *name, int64_t otherwise);
bool call_bool(const struct call *c, struct value from, const char *name, bool otherwise);
/* A FIELD_TIME, as wall milliseconds. */
int64_t call_time(const struct call *c, struct value from, const char *name, int64_t otherwise);
/* A request header, or empty with .at NULL. */
struct str call_header(const struct call *c, const char *name);

/* All request headers, names in lower case; they live as long as the call. */
size_t call_headers(const struct call *c, const struct header **out);

/* Answers with route->status. */
bool call_json(struct call *c, struct value v, struct err *e);
bool call_status_json(struct call *c, int status, struct value v, struct err *e);
/* With 200, and with 303. */
bool call_bytes(struct call *c, const char *type, struct str bytes, struct err *e);
bool call_redirect(struct call *c, struct str location, struct err *e);
bool call_empty(struct call *c, int status, struct err *e);

/* A header of the answer, added before or after it is made. */
void call_reply_header(struct call *c, const char *name, struct str value);

/*
 * Answers with a problem document (RFC 9457): {type, title, status, detail, instance, code, …}.
 * `code` is stable ("sync_running"); `detail` may be shown to a person.  `more` (UNDEFINED: none)
 * is a map of further members.  Returns true: the call was answered.
 */
bool call_problem(struct call *c, int status, const char *code, struct str detail,
		  struct value more);

/*
 * Server-sent events from now on (or from Last-Event-ID): the stream is fed by events_publish() and
 * lives apart from the handler, which returns at once.
 */
bool call_events(struct call *c, struct err *e);

/* If-Match / If-None-Match against the entity's version: answers 428, 412 or 304 and returns false
 * in *go_on, or sets ETag and says go on. */
bool call_match(struct call *c, int64_t version, bool required, bool *go_on);

#endif

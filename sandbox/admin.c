/* SPDX-License-Identifier: Apache-2.0 */
/*
 * admin.c - the routes below /sandbox/ that every vendor has: a test's hands and eyes.
 *
 * None of these requests is counted, delayed or spoiled.
 */
#include "server.h"

#include <stdio.h>
#include <stdlib.h>

#define WINDOW_SECONDS 300
#define SANDBOX "/sandbox/"
#define ADMIN "/__admin/"

static void admin_faults(struct server *s, const struct request *r, struct reply *reply)
{
	(void)s, (void)r;
	reply->type = TYPE_TEXT;
	fault_list(&reply->body);
}

static void admin_modes(struct server *s, const struct request *r, struct reply *reply)
{
	(void)r;
	reply->type = TYPE_TEXT;
	modes_list(&s->vendor->modes, &reply->body);
}

static void admin_stats(struct server *s, const struct request *r, struct reply *reply)
{
	struct buf *b = &reply->body;

	(void)r;
	buf_printf(b, "{\"requests\":%llu,\"now\":\"", (unsigned long long)s->requests);
	instant_put(b, timepiece_now(&s->time));
	buf_printf(b, "Z\",\"clock\":\"%s\",\"logged\":%zu", s->time.standing ? "virtual" : "real",
		   journal_len(s->journal));
	s->vendor->ops->stats(s->vendor, b);
	buf_char(b, '}');
}

struct log_source {
	struct source source;
	const struct journal *journal;
	size_t at;
};

static bool log_next(struct source *source, struct buf *out)
{
	struct log_source *l = CONTAINER(source, struct log_source, source);

	if (l->at >= journal_len(l->journal))
		return false;
	journal_put(l->journal, l->at++, out);
	return true;
}

static void log_free(struct source *source)
{
	free(CONTAINER(source, struct log_source, source));
}

static void admin_log(struct server *s, const struct request *r, struct reply *reply)
{
	struct log_source *l = calloc(1, sizeof *l);

	(void)r;
	if (!l)
		abort();
	*l = (struct log_source){ .source = { log_next, log_free }, .journal = s->journal };
	reply->type = TYPE_NDJSON;
	reply->source = &l->source;
}

/* ?subjects=1 also says how often each user or team was asked for. */
static void admin_counts(struct server *s, const struct request *r, struct reply *reply)
{
	journal_tally(s->journal, request_number(r, "subjects", 0), &reply->body);
}

static void admin_reset_log(struct server *s, const struct request *r, struct reply *reply)
{
	(void)r;
	journal_reset(s->journal);
	buf_add(&reply->body, STR("{}"));
}

/* ?seconds=300&path=PREFIX&clock=steady|own; without `clock`, the one the stand-in runs on,
 * without `path` the whole API. */
static void admin_window(struct server *s, const struct request *r, struct reply *reply)
{
	struct window_query q = {
		.prefix = str_from(s->vendor->ops->api),
		.seconds = request_number(r, "seconds", WINDOW_SECONDS),
		.own_time = s->time.standing,
	};
	struct window api, all;
	struct str clock;

	if (request_param(r, "clock", &clock))
		q.own_time = str_eq(clock, STR("own"));
	request_param(r, "path", &q.prefix);
	if (q.seconds < 1) {
		reply_message(reply, 400, "seconds must be at least 1");
		return;
	}
	api = journal_window(s->journal, q);
	q.prefix = (struct str){ "", 0 };
	all = journal_window(s->journal, q);
	buf_printf(&reply->body,
		   "{\"seconds\":%lld,\"max\":%zu,\"requests\":%zu,\"ended_ms\":%lld,"
		   "\"max_all\":%zu,\"requests_all\":%zu}",
		   (long long)q.seconds, api.max, api.total, (long long)api.ended_ms, all.max,
		   all.total);
}

static void admin_plan(struct server *s, const struct request *r, struct reply *reply)
{
	struct err e;

	if (server_plan(s, r->body, &e))
		buf_add(&reply->body, STR("{}"));
	else
		reply_set(reply, 400, TYPE_TEXT, str_from(e.text));
}

/* ?ms= or ?seconds=, or {"ms": n}, {"seconds": n} or {"to_unix": n}. */
static void admin_advance(struct server *s, const struct request *r, struct reply *reply)
{
	yyjson_doc *doc = yyjson_read(r->body.at, r->body.len, 0);
	yyjson_val *root = yyjson_doc_get_root(doc);
	int64_t ms = request_number(r, "ms", 0) + request_number(r, "seconds", 0) * MS_PER_S;

	ms += yyjson_get_sint(yyjson_obj_get(root, "ms"));
	ms += yyjson_get_sint(yyjson_obj_get(root, "seconds")) * MS_PER_S;
	if (yyjson_obj_get(root, "to_unix"))
		ms += yyjson_get_sint(yyjson_obj_get(root, "to_unix")) * MS_PER_S -
		      timepiece_now(&s->time);
	yyjson_doc_free(doc);
	if (ms < 0) {
		reply_message(reply, 400, "time does not go back");
		return;
	}
	timepiece_advance(&s->time, ms);
	buf_add(&reply->body, STR("{\"now\":\""));
	instant_put(&reply->body, timepiece_now(&s->time));
	buf_add(&reply->body, STR("Z\"}"));
}

static const struct route {
	const char *method, *path;
	void (*handle)(struct server *s, const struct request *r, struct reply *reply);
} routes[] = {
	{ "GET", "/sandbox/faults", admin_faults },
	{ "GET", "/sandbox/modes", admin_modes },
	{ "GET", "/sandbox/stats", admin_stats },
	{ "GET", "/sandbox/log", admin_log },
	{ "GET", "/sandbox/counts", admin_counts },
	{ "GET", "/sandbox/window", admin_window },
	{ "POST", "/sandbox/reset-log", admin_reset_log },
	{ "POST", "/sandbox/plan", admin_plan },
	{ "POST", "/sandbox/clock/advance", admin_advance },
};

bool admin_path(struct str path)
{
	return str_starts(path, STR(SANDBOX)) || str_starts(path, STR(ADMIN));
}

void admin_handle(struct server *s, struct request *r, struct reply *reply)
{
	if (str_starts(r->path, STR(ADMIN)))
		r->path = str_printf(s->scratch, SANDBOX "%.*s", (int)(r->path.len - strlen(ADMIN)),
				     r->path.at + strlen(ADMIN));
	for (size_t i = 0; i < COUNT(routes); i++) {
		if (!str_eq(r->path, str_from(routes[i].path)))
			continue;
		if (str_eq(r->method, str_from(routes[i].method)))
			routes[i].handle(s, r, reply);
		else
			reply_message(reply, 405, "Wrong method.");
		return;
	}
	if (!s->vendor->ops->admin(s->vendor, r, reply))
		reply_message(reply, 404, "There is no such route below /sandbox/.");
}

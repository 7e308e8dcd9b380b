/* SPDX-License-Identifier: Apache-2.0 */
/*
 * error_routes.c - errors over HTTP: grouped, muted for a while, tried again.
 *
 * Always: a record's key and the words of its error may name a person, so a viewer sees neither.
 */
#include "service/error_routes.h"

#include "service/error_group.h"
#include "service/error_mute.h"
#include "service/error_remedy.h"
#include "service/error_retry.h"
#include "service/service.h"
#include "service/trail.h"
#include "service/view.h"

#include <stdlib.h>

#define SINCE_MS ((int64_t)7 * 24 * 3600 * 1000)
#define OCCURRENCES 20
#define MUTE_SECONDS_MAX (90 * 86400)
#define LOOKERS (ROLE_ADMIN | ROLE_VIEWER)

/* What was found, of the time and connection that the call asks for. */
struct found {
	struct error_filter filter;
	struct error_event *event;
	struct error_group *group;
	struct error_mute *mute;
	size_t events, groups, mutes;
	bool cut;
};

static bool look(const struct call *c, struct found *f, struct err *e)
{
	int64_t now_ms = clock_wall_ms(c->clock);

	*f = (struct found){ .filter = { .now_ms = now_ms,
					 .since_ms =
						 call_time(c, c->query, "since", now_ms - SINCE_MS),
					 .connection = call_text(c, c->query, "connection") } };
	if (!error_events(c->db, c->arena, &f->filter, &f->event, &f->events, &f->cut, e) ||
	    !error_mutes(c->db, c->arena, f->filter.now_ms, &f->mute, &f->mutes, e))
		return false;
	error_groups(c->arena, &f->filter, f->event, f->events, &f->group, &f->groups);
	return true;
}

/* ---- as JSON ---- */

static const struct field group_fields[] = {
	{ .name = "fingerprint", .type = FIELD_TEXT, .required = true },
	{ .name = "title", .type = FIELD_TEXT, .required = true, .says = "without what changes" },
	{ .name = "sample", .type = FIELD_TEXT, .says = "the newest, as it was" },
	{ .name = "kind", .type = FIELD_TEXT, .required = true, .one_of = "run|job|record" },
	{ .name = "code", .type = FIELD_TEXT, .says = "\"auth\", \"rate_limit\", \"required\"" },
	{ .name = "count", .type = FIELD_INTEGER, .required = true },
	{ .name = "waiting", .type = FIELD_INTEGER, .says = "jobs that are tried again anyway" },
	{ .name = "first_seen", .type = FIELD_TIME },
	{ .name = "last_seen", .type = FIELD_TIME },
	{ .name = "connections", .type = FIELD_LIST },
	{ .name = "tasks", .type = FIELD_LIST, .says = "tasks, kinds of runs or tables" },
	{ .name = "spark", .type = FIELD_LIST, .says = "24 equal parts of the time" },
	{ .name = "remedy", .type = FIELD_TEXT, .says = "what to do about it" },
	{ .name = "muted_until", .type = FIELD_TIME, .nullable = true },
	{ .name = "muted_by", .type = FIELD_TEXT, .nullable = true },
	{ .name = "mute_reason", .type = FIELD_TEXT, .nullable = true },
	{ .name = "href", .type = FIELD_TEXT },
	{ .name = NULL },
};

static struct value names_value(struct arena *a, const struct str *name, size_t n)
{
	struct value list = value_list_new(a);

	for (size_t i = 0; i < n; i++)
		value_list_add(a, list, value_str(name[i]));
	return list;
}

static struct value spark_value(struct arena *a, const struct error_group *g)
{
	struct value list = value_list_new(a);

	for (size_t i = 0; i < ERROR_SPARK; i++)
		value_list_add(a, list, value_int(g->spark[i]));
	return list;
}

static struct str print_of(struct arena *a, uint64_t hash)
{
	char print[ERROR_PRINT_SIZE];

	error_print(hash, print);
	return str_keep(a, str_from(print));
}

static struct value group_value(struct arena *a, const struct found *f, const struct error_group *g)
{
	const struct error_mute *m = error_mute_of(f->mute, f->mutes, g->hash);
	struct str print = print_of(a, g->hash);
	struct value map = value_map_new(a);

	view_text(a, map, "fingerprint", print);
	view_text(a, map, "title", g->title);
	view_text(a, map, "sample", g->sample);
	view_text(a, map, "kind", str_from(error_source_name(g->source)));
	view_text(a, map, "code", g->code);
	view_int(a, map, "count", g->count);
	view_int(a, map, "waiting", g->waiting);
	view_time(a, map, "first_seen", g->first_ms);
	view_time(a, map, "last_seen", g->last_ms);
	value_map_set(a, map, STR("connections"), names_value(a, g->connection, g->connections));
	value_map_set(a, map, STR("tasks"), names_value(a, g->task, g->tasks));
	value_map_set(a, map, STR("spark"), spark_value(a, g));
	view_text(a, map, "remedy", str_from(remedy_of(g->code, g->sample)->says));
	view_time(a, map, "muted_until", m ? m->until_ms : 0);
	view_text(a, map, "muted_by", m ? m->actor : STR(""));
	view_text(a, map, "mute_reason", m ? m->reason : STR(""));
	view_text(a, map, "href", str_printf(a, "/errors/%.*s", STR_ARG(print)));
	return map;
}

static struct str event_href(struct arena *a, const struct error_event *ev)
{
	switch (ev->source) {
	case ERROR_RUN:
		return str_printf(a, "/runs/%.*s", STR_ARG(ev->id));
	case ERROR_JOB:
		return str_printf(a, "/jobs/%.*s", STR_ARG(ev->id));
	case ERROR_RECORD:
		break;
	}
	return str_printf(a, "/quarantine?connection=%.*s&table=%.*s&reason=%.*s",
			  STR_ARG(ev->connection), STR_ARG(ev->task), STR_ARG(ev->code));
}

static struct value event_value(const struct call *c, const struct error_event *ev)
{
	struct arena *a = c->arena;
	struct value map = value_map_new(a);
	bool may = ev->source != ERROR_RECORD || c->who.roles & ROLE_ADMIN;

	view_text(a, map, "kind", str_from(error_source_name(ev->source)));
	view_text(a, map, "id", may ? ev->id : STR(""));
	view_time(a, map, "at", ev->at_ms);
	view_text(a, map, "connection", ev->connection);
	view_text(a, map, "task", ev->task);
	view_text(a, map, "text", ev->source == ERROR_RECORD ? STR("") : ev->text);
	view_bool(a, map, "waiting", ev->waiting);
	view_text(a, map, "href", event_href(a, ev));
	return map;
}

/* ---- looking ---- */

static const struct field list_query[] = {
	{ .name = "since", .type = FIELD_TIME, .says = "seven days ago without it" },
	{ .name = "connection", .type = FIELD_TEXT },
	{ .name = "muted", .type = FIELD_BOOLEAN, .says = "only muted ones, or only the others" },
	{ .name = NULL },
};

static bool is_wanted(const struct call *c, const struct found *f, const struct error_group *g)
{
	struct value muted = value_get(c->query, STR("muted"));

	return muted.kind != VALUE_BOOL ||
	       muted.b == (error_mute_of(f->mute, f->mutes, g->hash) != NULL);
}

static bool list_errors(struct call *c, struct err *e)
{
	struct value map = value_map_new(c->arena), list = value_list_new(c->arena);
	struct found f;

	if (!look(c, &f, e))
		return false;
	for (size_t i = 0; i < f.groups; i++)
		if (is_wanted(c, &f, &f.group[i]))
			value_list_add(c->arena, list, group_value(c->arena, &f, &f.group[i]));
	value_map_set(c->arena, map, STR("errors"), list);
	view_time(c->arena, map, "since", f.filter.since_ms);
	view_bool(c->arena, map, "cut", f.cut);
	return call_json(c, map, e);
}

static bool hash_of_path(const struct call *c, uint64_t *hash, struct err *e)
{
	return error_print_parse(call_text(c, c->params, "fingerprint"), hash) ||
	       err_set(e, ERR_MISSING, "there is no such error");
}

static bool find(const struct call *c, struct found *f, const struct error_group **out,
		 struct err *e)
{
	uint64_t hash;

	if (!hash_of_path(c, &hash, e) || !look(c, f, e))
		return false;
	for (size_t i = 0; i < f->groups; i++)
		if (f->group[i].hash == hash) {
			*out = &f->group[i];
			return true;
		}
	return err_set(e, ERR_MISSING, "there is no such error, or it has not happened since then");
}

static int newest_first(const void *left, const void *right)
{
	const struct error_event *x = *(const struct error_event *const *)left;
	const struct error_event *y = *(const struct error_event *const *)right;

	return (x->at_ms < y->at_ms) - (x->at_ms > y->at_ms);
}

static struct value occurrences(const struct call *c, const struct found *f, uint64_t hash)
{
	const struct error_event **of =
		arena_new_array(c->arena, const struct error_event *, f->events + 1);
	struct value list = value_list_new(c->arena);
	size_t n = 0;

	for (size_t i = 0; i < f->events; i++)
		if (f->event[i].hash == hash)
			of[n++] = &f->event[i];
	qsort(of, n, sizeof(*of), newest_first);
	for (size_t i = 0; i < n && i < OCCURRENCES; i++)
		value_list_add(c->arena, list, event_value(c, of[i]));
	return list;
}

static bool answer_group(struct call *c, const struct found *f, const struct error_group *g,
			 struct err *e)
{
	struct value map = group_value(c->arena, f, g);

	value_map_set(c->arena, map, STR("occurrences"), occurrences(c, f, g->hash));
	return call_json(c, map, e);
}

static bool show_error(struct call *c, struct err *e)
{
	const struct error_group *g;
	struct found f;

	return find(c, &f, &g, e) && answer_group(c, &f, g, e);
}

/* ---- deeds ---- */

static struct str target_of(const struct call *c)
{
	return str_printf(c->arena, "error:%.*s", STR_ARG(call_text(c, c->params, "fingerprint")));
}

static void publish(const struct call *c)
{
	struct str data = str_printf(c->arena, "{\"fingerprint\":\"%.*s\"}",
				     STR_ARG(call_text(c, c->params, "fingerprint")));

	service_publish(c->arg, "error", data, LOOKERS);
}

static const struct field mute_body[] = {
	{ .name = "until", .type = FIELD_TIME },
	{ .name = "for_s",
	  .type = FIELD_INTEGER,
	  .low = 60,
	  .high = MUTE_SECONDS_MAX,
	  .says = "in place of until; a day without both" },
	{ .name = "reason", .type = FIELD_TEXT, .high = 500 },
	{ .name = NULL },
};

struct muting {
	struct call *call;
	struct error_mute mute;
	bool was;
};

static bool read_until(const struct call *c, int64_t now_ms, int64_t *until_ms, struct err *e)
{
	*until_ms = call_time(c, c->body, "until",
			      now_ms + call_int(c, c->body, "for_s", 86400) * 1000);
	if (*until_ms <= now_ms)
		return err_set(e, ERR_USAGE, "`until` is in the past");
	if (*until_ms > now_ms + (int64_t)MUTE_SECONDS_MAX * 1000)
		return err_set(e, ERR_USAGE, "an error is muted for at most 90 days");
	return true;
}

static bool mute_in_transaction(void *arg, struct err *e)
{
	const struct muting *m = arg;
	struct value details = value_map_new(m->call->arena);

	view_time(m->call->arena, details, "until", m->mute.until_ms);
	view_text(m->call->arena, details, "reason", m->mute.reason);
	return error_mute_put(m->call->db, &m->mute, e) &&
	       trail(m->call, "error.mute", target_of(m->call), details, e);
}

static bool mute_error(struct call *c, struct err *e)
{
	struct muting m = { .call = c,
			    .mute = { .since_ms = clock_wall_ms(c->clock),
				      .reason = call_text(c, c->body, "reason"),
				      .actor = c->who.name } };
	const struct error_group *g;
	struct found f;

	if (!read_until(c, m.mute.since_ms, &m.mute.until_ms, e) || !find(c, &f, &g, e))
		return false;
	m.mute.hash = g->hash;
	if (!db_transact(c->db, mute_in_transaction, &m, e))
		return false;
	f.mute = &m.mute;
	f.mutes = 1;
	publish(c);
	return answer_group(c, &f, g, e);
}

static bool unmute_in_transaction(void *arg, struct err *e)
{
	struct muting *m = arg;

	return error_mute_remove(m->call->db, m->mute.hash, &m->was, e) &&
	       (!m->was || trail(m->call, "error.unmute", target_of(m->call), UNDEFINED, e));
}

/* Also of an error that has not happened for long. */
static bool unmute_error(struct call *c, struct err *e)
{
	struct muting m = { .call = c };
	struct value map = value_map_new(c->arena);

	if (!hash_of_path(c, &m.mute.hash, e) || !db_transact(c->db, unmute_in_transaction, &m, e))
		return false;
	publish(c);
	view_bool(c->arena, map, "was_muted", m.was);
	return call_json(c, map, e);
}

static const struct field retry_body[] = {
	{ .name = "dry_run", .type = FIELD_BOOLEAN, .says = "only count; true without it" },
	{ .name = NULL },
};

static bool retry_error(struct call *c, struct err *e)
{
	bool dry_run = call_bool(c, c->body, "dry_run", true);
	struct value map = value_map_new(c->arena);
	struct error_retry done;
	const struct error_group *g;
	struct error_event *own;
	struct found f;
	size_t n = 0;

	if (!find(c, &f, &g, e))
		return false;
	own = arena_new_array(c->arena, struct error_event, f.events + 1);
	for (size_t i = 0; i < f.events; i++)
		if (f.event[i].hash == g->hash)
			own[n++] = f.event[i];
	if (!dry_run && !trail(c, "error.retry", target_of(c), UNDEFINED, e))
		return false;
	if (!error_retry(c, own, n, dry_run, &done, e))
		return false;
	if (!dry_run) {
		service_wake(c->arg);
		publish(c);
	}
	view_bool(c->arena, map, "dry_run", dry_run);
	view_int(c->arena, map, "jobs", done.jobs);
	view_int(c->arena, map, "records", done.records);
	view_int(c->arena, map, "syncs", done.syncs);
	view_int(c->arena, map, "done", done.done);
	view_int(c->arena, map, "refused", done.refused);
	return call_json(c, map, e);
}

/* ---- the table ---- */

static const struct field group_item[] = {
	{ .name = "error", .type = FIELD_OBJECT, .of = group_fields },
	{ .name = NULL },
};
static const struct field list_answer[] = {
	{ .name = "errors", .type = FIELD_LIST, .of = group_item },
	{ .name = "since", .type = FIELD_TIME },
	{ .name = "cut", .type = FIELD_BOOLEAN, .says = "only the newest 3,000 of each kind" },
	{ .name = NULL },
};
static const struct field unmute_answer[] = {
	{ .name = "was_muted", .type = FIELD_BOOLEAN },
	{ .name = NULL },
};
static const struct field retry_answer[] = {
	{ .name = "dry_run", .type = FIELD_BOOLEAN },
	{ .name = "jobs", .type = FIELD_INTEGER, .says = "redriven, or that would be" },
	{ .name = "records",
	  .type = FIELD_INTEGER,
	  .says = "tried again, with all of their table and reason" },
	{ .name = "syncs", .type = FIELD_INTEGER, .says = "of connections without such a job" },
	{ .name = "done", .type = FIELD_INTEGER },
	{ .name = "refused", .type = FIELD_INTEGER, .says = "one of its kind is under way" },
	{ .name = NULL },
};

const struct route error_routes[] = {
	{ .method = "GET",
	  .path = "/api/errors",
	  .roles = LOOKERS,
	  .handle = list_errors,
	  .summary = "What went wrong lately, the same things together, the newest first",
	  .tag = "errors",
	  .query = list_query,
	  .answer = list_answer },
	{ .method = "GET",
	  .path = "/api/errors/{fingerprint}",
	  .roles = LOOKERS,
	  .handle = show_error,
	  .summary = "One of them, with its last 20 times (`occurrences`)",
	  .tag = "errors",
	  .query = list_query,
	  .answer = group_fields,
	  .problems = "not_found:404" },
	{ .method = "POST",
	  .path = "/api/errors/{fingerprint}/mute",
	  .roles = ROLE_ADMIN,
	  .handle = mute_error,
	  .summary = "Hear no more of it until then",
	  .tag = "errors",
	  .body_kind = BODY_JSON_OPTIONAL,
	  .query = list_query,
	  .body = mute_body,
	  .answer = group_fields,
	  .problems = "not_found:404" },
	{ .method = "POST",
	  .path = "/api/errors/{fingerprint}/unmute",
	  .roles = ROLE_ADMIN,
	  .handle = unmute_error,
	  .summary = "Hear of it again",
	  .tag = "errors",
	  .answer = unmute_answer,
	  .problems = "not_found:404" },
	{ .method = "POST",
	  .path = "/api/errors/{fingerprint}/retry",
	  .roles = ROLE_ADMIN,
	  .handle = retry_error,
	  .summary = "Redrive its jobs and try its records again; counts only, unless dry_run is "
		     "false",
	  .tag = "errors",
	  .body_kind = BODY_JSON_OPTIONAL,
	  .query = list_query,
	  .body = retry_body,
	  .answer = retry_answer,
	  .problems = "not_found:404" },
	{ .method = NULL },
};

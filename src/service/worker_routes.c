/* SPDX-License-Identifier: Apache-2.0 */
/*
 * worker_routes.c - the processes that run jobs, over HTTP: who they are, what they do, and that
 * one of them is to take nothing more.
 *
 * Always: a drain is a pause of the worker's own scope in the database, which the claim itself asks
 * about: it holds at once and on whatever machine, and ends with the worker.
 */
#include "service/worker_routes.h"

#include "service/queue_routes.h"
#include "service/service.h"
#include "service/view.h"

#include <stdio.h>
#include <unistd.h>

#define PROC_LINE 256
#define RUNNING_MAX 1000

/* ---- what a machine says of a process ---- */

/* The first line of a file of /proc/PID, whose size nobody tells; empty: there is none. */
static struct str proc_line(struct arena *a, int64_t pid, const char *name)
{
	char line[PROC_LINE] = "";
	FILE *f = fopen(str_printf(a, "/proc/%lld/%s", (long long)pid, name).at, "re");

	if (!f)
		return STR("");
	if (!fgets(line, sizeof(line), f))
		line[0] = '\0';
	fclose(f);
	return str_keep(a, str_from(line));
}

/* The second number of /proc/PID/statm, in bytes; 0: it is not on this machine, or not told. */
static int64_t resident_bytes(struct arena *a, const struct session_row *s)
{
	char host[256] = "";
	struct str said, pages;
	int64_t n;

	(void)gethostname(host, sizeof(host) - 1); /* cut as the worker's own is */
	/* Another machine of the same name, or another process under its number. */
	if (!str_eq(s->host, str_from(host)) ||
	    !str_starts(proc_line(a, s->pid, "comm"), STR("lockstep")))
		return 0;
	said = proc_line(a, s->pid, "statm");
	(void)str_cut(&said, ' ');
	pages = str_cut(&said, ' ');
	return str_to_i64(pages, &n) ? n * sysconf(_SC_PAGESIZE) : 0;
}

/* What PostgreSQL says of its connections; SQLite has none. */
static bool database_value(const struct call *c, struct value *out, struct err *e)
{
	struct db_result r;

	*out = NULL_VALUE;
	if (c->db->ops->dialect != DB_POSTGRES)
		return true;
	if (!db_query(c->db, c->arena,
		      "SELECT count(*), count(*) FILTER (WHERE state = 'active'), "
		      "CAST(current_setting('max_connections') AS bigint) FROM pg_stat_activity "
		      "WHERE datname = current_database()",
		      NULL, 0, &r, e))
		return false;
	*out = value_map_new(c->arena);
	view_int(c->arena, *out, "connections", db_cell(&r, 0, 0).i);
	view_int(c->arena, *out, "active", db_cell(&r, 0, 1).i);
	view_int(c->arena, *out, "connections_max", db_cell(&r, 0, 2).i);
	return true;
}

/* ---- as JSON ---- */

static const struct field worker_fields[] = {
	{ .name = "id", .type = FIELD_TEXT, .required = true },
	{ .name = "host", .type = FIELD_TEXT },
	{ .name = "pid", .type = FIELD_INTEGER },
	{ .name = "version", .type = FIELD_TEXT },
	{ .name = "slots", .type = FIELD_INTEGER },
	{ .name = "busy", .type = FIELD_INTEGER },
	{ .name = "draining", .type = FIELD_BOOLEAN, .says = "takes no more jobs" },
	{ .name = "ending", .type = FIELD_BOOLEAN, .says = "its process is about to end" },
	{ .name = "drain",
	  .type = FIELD_OBJECT,
	  .of = view_pause_fields,
	  .nullable = true,
	  .says = "who asked for it, and why" },
	{ .name = "this", .type = FIELD_BOOLEAN, .says = "the process that answers" },
	{ .name = "started_at", .type = FIELD_TIME },
	{ .name = "beat_at", .type = FIELD_TIME },
	{ .name = "beat_age_seconds", .type = FIELD_NUMBER },
	{ .name = "rss_bytes", .type = FIELD_INTEGER, .nullable = true, .says = "null: elsewhere" },
	{ .name = "jobs", .type = FIELD_LIST, .says = "{id, task, connection, started_at, href}" },
	{ .name = NULL },
};

/* All workers, what runs and what is paused, read once. */
struct crew {
	struct session_row *row;
	struct job_row *job;
	struct pause *pause;
	size_t rows, jobs, pauses;
};

static bool read_crew(const struct call *c, struct crew *w, struct err *e)
{
	struct job_filter f = { .status = STR("running"), .limit = RUNNING_MAX };
	int64_t total;

	return session_list(c->db, c->arena, &w->row, &w->rows, e) &&
	       queue_list(c->db, c->arena, &f, &w->job, &w->jobs, &total, e) &&
	       queue_pauses(c->db, c->arena, &w->pause, &w->pauses, e);
}

static struct str scope_of(struct arena *a, int64_t session)
{
	return str_printf(a, "worker:%lld", (long long)session);
}

static const struct pause *drain_of(const struct call *c, const struct crew *w, int64_t session)
{
	struct str scope = scope_of(c->arena, session);

	for (size_t i = 0; i < w->pauses; i++)
		if (str_eq(w->pause[i].scope, scope))
			return &w->pause[i];
	return NULL;
}

static struct value job_value(struct arena *a, const struct job_row *j)
{
	struct str lane = j->lane, kind = str_cut(&lane, ':');
	struct value map = value_map_new(a);

	view_text(a, map, "id", view_id(a, j->id));
	view_text(a, map, "task", j->task);
	view_text(a, map, "connection", str_eq(kind, STR("connection")) ? lane : STR(""));
	view_time(a, map, "started_at", j->claimed_ms);
	view_text(a, map, "href", str_printf(a, "/jobs/%lld", (long long)j->id));
	return map;
}

static struct value jobs_value(struct arena *a, const struct crew *w, int64_t session)
{
	struct value list = value_list_new(a);

	for (size_t i = 0; i < w->jobs; i++)
		if (w->job[i].session == session)
			value_list_add(a, list, job_value(a, &w->job[i]));
	return list;
}

static struct value worker_value(const struct call *c, const struct crew *w,
				 const struct session_row *s)
{
	struct arena *a = c->arena;
	const struct pause *drain = drain_of(c, w, s->id);
	int64_t rss = resident_bytes(a, s), age_ms = clock_wall_ms(c->clock) - s->beat_ms;
	struct value map = value_map_new(a), jobs = jobs_value(a, w, s->id);
	struct pool_stats stats;

	service_pool_stats(c->arg, &stats);
	view_text(a, map, "id", view_id(a, s->id));
	view_text(a, map, "host", s->host);
	view_int(a, map, "pid", s->pid);
	view_text(a, map, "version", s->version);
	view_int(a, map, "slots", s->slots);
	view_int(a, map, "busy", (int64_t)value_len(jobs));
	view_bool(a, map, "draining", s->draining || drain);
	view_bool(a, map, "ending", s->draining);
	value_map_set(a, map, STR("drain"), drain ? view_pause(a, drain) : NULL_VALUE);
	view_bool(a, map, "this", stats.session == s->id);
	view_time(a, map, "started_at", s->started_ms);
	view_time(a, map, "beat_at", s->beat_ms);
	value_map_set(a, map, STR("beat_age_seconds"),
		      value_float(age_ms > 0 ? (double)age_ms / 1000 : 0));
	value_map_set(a, map, STR("rss_bytes"), rss ? value_int(rss) : NULL_VALUE);
	value_map_set(a, map, STR("jobs"), jobs);
	return map;
}

static bool list_workers(struct call *c, struct err *e)
{
	struct value map = value_map_new(c->arena), list = value_list_new(c->arena), database;
	struct crew w;

	if (!read_crew(c, &w, e) || !database_value(c, &database, e))
		return false;
	for (size_t i = 0; i < w.rows; i++)
		value_list_add(c->arena, list, worker_value(c, &w, &w.row[i]));
	value_map_set(c->arena, map, STR("workers"), list);
	value_map_set(c->arena, map, STR("database"), database);
	return call_json(c, map, e);
}

/* ---- drain ---- */

static const struct field drain_body[] = {
	{ .name = "reason", .type = FIELD_TEXT, .high = 500 },
	{ .name = NULL },
};

static bool answer_worker(struct call *c, int64_t id, struct err *e)
{
	struct crew w;

	if (!read_crew(c, &w, e))
		return false;
	for (size_t i = 0; i < w.rows; i++)
		if (w.row[i].id == id)
			return call_json(c, worker_value(c, &w, &w.row[i]), e);
	return err_set(e, ERR_MISSING, "there is no such worker");
}

static bool find_worker(const struct call *c, int64_t *id, struct err *e)
{
	struct session_row *row;
	size_t n;

	if (!session_list(c->db, c->arena, &row, &n, e))
		return false;
	if (str_to_i64(call_text(c, c->params, "id"), id))
		for (size_t i = 0; i < n; i++)
			if (row[i].id == *id)
				return true;
	return err_set(e, ERR_MISSING, "there is no such worker");
}

static bool change_drain(struct call *c, bool drain, struct err *e)
{
	struct pause p = { .reason = call_text(c, c->body, "reason"), .actor = c->who.name };
	int64_t id;

	if (!find_worker(c, &id, e))
		return false;
	p.scope = scope_of(c->arena, id);
	if (!job_pause(c, &p, drain, e))
		return false;
	service_publish(c->arg, "worker", str_printf(c->arena, "{\"id\":\"%lld\"}", (long long)id),
			ROLE_ADMIN | ROLE_VIEWER);
	return answer_worker(c, id, e);
}

static bool drain_worker(struct call *c, struct err *e)
{
	return change_drain(c, true, e);
}

static bool undrain_worker(struct call *c, struct err *e)
{
	return change_drain(c, false, e);
}

/* ---- the table ---- */

static const struct field worker_item[] = {
	{ .name = "worker", .type = FIELD_OBJECT, .of = worker_fields },
	{ .name = NULL },
};
static const struct field database_fields[] = {
	{ .name = "connections", .type = FIELD_INTEGER },
	{ .name = "active", .type = FIELD_INTEGER },
	{ .name = "connections_max", .type = FIELD_INTEGER },
	{ .name = NULL },
};
static const struct field workers_answer[] = {
	{ .name = "workers", .type = FIELD_LIST, .of = worker_item },
	{ .name = "database",
	  .type = FIELD_OBJECT,
	  .of = database_fields,
	  .nullable = true,
	  .says = "PostgreSQL's connections, of all programs" },
	{ .name = NULL },
};

const struct route worker_routes[] = {
	{ .method = "GET",
	  .path = "/api/workers",
	  .roles = ROLE_ADMIN | ROLE_VIEWER,
	  .handle = list_workers,
	  .summary = "The processes that run jobs, and what each does",
	  .tag = "jobs",
	  .answer = workers_answer },
	{ .method = "POST",
	  .path = "/api/workers/{id}/drain",
	  .roles = ROLE_ADMIN,
	  .handle = drain_worker,
	  .summary = "Let a worker end what it runs and take nothing more",
	  .tag = "jobs",
	  .body_kind = BODY_JSON_OPTIONAL,
	  .body = drain_body,
	  .answer = worker_fields,
	  .problems = "not_found:404" },
	{ .method = "POST",
	  .path = "/api/workers/{id}/undrain",
	  .roles = ROLE_ADMIN,
	  .handle = undrain_worker,
	  .summary = "Let it take jobs again",
	  .tag = "jobs",
	  .answer = worker_fields,
	  .problems = "not_found:404" },
	{ .method = NULL },
};

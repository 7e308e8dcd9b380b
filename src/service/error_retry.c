/* SPDX-License-Identifier: Apache-2.0 */
/* error_retry.c - all of a group of errors tried again. */
#include "service/error_retry.h"

#include "service/job_routes.h"
#include "service/quarantine_task.h"
#include "service/sync_task.h"
#include "service/view.h"
#include "work/queue.h"

#define CONNECTIONS_MAX 64

struct retrying {
	struct call *call;
	const struct error_event *event;
	size_t n;
	bool dry_run;
	struct error_retry *out;
	struct sync_wish wish;
	struct sync_ticket ticket;
	const struct error_event *record; /* whose table and reason are tried */
};

/* ---- jobs ---- */

static bool redrive(struct retrying *r, const struct error_event *ev, struct err *e)
{
	int64_t id;

	r->out->jobs++;
	if (r->dry_run || !str_to_i64(ev->id, &id))
		return true;
	if (queue_retry(r->call->db, id, e)) {
		r->out->done++;
		return true;
	}
	/* Somebody was faster, or another of its kind is under way. */
	r->out->refused++;
	return e->kind == ERR_MISSING || e->kind == ERR_BUSY;
}

static bool redrive_jobs(struct retrying *r, struct err *e)
{
	for (size_t i = 0; i < r->n; i++)
		if (r->event[i].source == ERROR_JOB && !redrive(r, &r->event[i], e))
			return false;
	return true;
}

/* ---- syncs ---- */

static bool request_body(void *arg, struct err *e)
{
	struct retrying *r = arg;

	return sync_request(r->call->db, r->call->arena, &r->wish, &r->ticket, e);
}

static void note_ticket(struct retrying *r)
{
	if (r->ticket.job.coalesced)
		r->out->refused++;
	else
		r->out->done++;
}

static bool request(struct retrying *r, struct err *e)
{
	r->wish.mode = MODE_INCREMENTAL;
	r->wish.trigger = STR("manual");
	r->wish.actor = r->call->who.name;
	r->wish.triggered_by = r->call->who.uuid;
	if (r->dry_run)
		return true;
	if (!db_transact(r->call->db, request_body, r, e))
		return false;
	note_ticket(r);
	return true;
}

/* Connections whose runs are among the events, each once. */
static size_t connections_of(const struct retrying *r, struct str name[CONNECTIONS_MAX])
{
	size_t n = 0;

	for (size_t i = 0; i < r->n && n < CONNECTIONS_MAX; i++) {
		struct str one = r->event[i].connection;
		size_t k = 0;

		if (r->event[i].source != ERROR_RUN || one.len == 0)
			continue;
		while (k < n && !str_eq(name[k], one))
			k++;
		if (k == n)
			name[n++] = one;
	}
	return n;
}

/* Whether a job of the connection is among the events: then that one goes again. */
static bool has_job(const struct retrying *r, struct str connection)
{
	for (size_t i = 0; i < r->n; i++)
		if (r->event[i].source == ERROR_JOB && str_eq(r->event[i].connection, connection))
			return true;
	return false;
}

static bool sync_all(struct retrying *r, struct err *e)
{
	struct str name[CONNECTIONS_MAX];
	size_t n = connections_of(r, name);

	for (size_t i = 0; i < n; i++) {
		if (has_job(r, name[i]))
			continue;
		r->wish = (struct sync_wish){ .connection = name[i] };
		r->out->syncs++;
		if (!request(r, e))
			return false;
	}
	return true;
}

/* ---- records: the task "quarantine", one job for each table and reason ---- */

static bool mend_body(void *arg, struct err *e)
{
	struct retrying *r = arg;
	struct arena *a = r->call->arena;
	struct value args = value_map_new(a);
	struct job_draft draft = { .task = STR(QUARANTINE_TASK),
				   .unique = JOB_ONE_WAITING,
				   .lane = sync_lane(a, r->record->connection),
				   .lane_max = 1,
				   .attempts_max = 3,
				   .trigger = STR("api"),
				   .actor = r->call->who.name };

	view_text(a, args, "connection", r->record->connection);
	view_text(a, args, "table", r->record->task);
	view_text(a, args, "reason", r->record->code);
	if (!job_args_text(a, args, &draft.args, e))
		return false;
	draft.key = str_printf(a, "quarantine:%016llx", (unsigned long long)str_hash(draft.args));
	return queue_add(r->call->db, &draft, &r->ticket.job, e);
}

/* Whether an earlier event has the same table and reason. */
static bool is_met(const struct retrying *r, size_t i)
{
	const struct error_event *one = &r->event[i];

	for (size_t k = 0; k < i; k++) {
		const struct error_event *ev = &r->event[k];

		if (ev->source == ERROR_RECORD && str_eq(ev->connection, one->connection) &&
		    str_eq(ev->task, one->task) && str_eq(ev->code, one->code))
			return true;
	}
	return false;
}

static bool mend_all(struct retrying *r, struct err *e)
{
	for (size_t i = 0; i < r->n; i++) {
		if (r->event[i].source != ERROR_RECORD)
			continue;
		r->out->records++;
		r->record = &r->event[i];
		if (r->dry_run || is_met(r, i))
			continue;
		if (!db_transact(r->call->db, mend_body, r, e))
			return false;
		note_ticket(r);
	}
	return true;
}

bool error_retry(struct call *c, const struct error_event *event, size_t n, bool dry_run,
		 struct error_retry *out, struct err *e)
{
	struct retrying r = { .call = c, .event = event, .n = n, .dry_run = dry_run, .out = out };

	*out = (struct error_retry){ 0 };
	return redrive_jobs(&r, e) && mend_all(&r, e) && sync_all(&r, e);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * view.h - how jobs, runs and schedules look as JSON: one shape, whoever asks.
 *
 * Ids are texts, times RFC 3339 UTC or null.  Nothing here shows a job's arguments to anybody but
 * an administrator: they may name people.
 */
#ifndef VIEW_H
#define VIEW_H

#include "api/route.h"
#include "data/value.h"
#include "store/control.h"
#include "work/schedule.h"

/* Members of a map under construction; an empty text and a time of 0 are null. */
void view_text(struct arena *a, struct value map, const char *name, struct str s);
void view_time(struct arena *a, struct value map, const char *name, int64_t wall_ms);
void view_int(struct arena *a, struct value map, const char *name, int64_t n);
void view_bool(struct arena *a, struct value map, const char *name, bool b);
/* JSON text as what it says; null when it is empty or no JSON. */
void view_json(struct arena *a, struct value map, const char *name, struct str json);
/* An id of the database as the text that the API calls it by. */
struct str view_id(struct arena *a, int64_t id);

struct value view_job(struct arena *a, const struct job_row *j);
struct value view_run(struct arena *a, const struct run_log *r);
struct value view_schedule(struct arena *a, const struct schedule *s);
struct value view_fire(struct arena *a, const struct fire *f);
struct value view_pause(struct arena *a, const struct pause *p);
/* A list of them, each with `next`: what a person does about it. */
struct value view_holds(struct arena *a, const struct hold *h, size_t n);
/* "look at it, then `lockstep hold release CONNECTION TABLE`" */
struct str view_hold_next(struct arena *a, const struct hold *h);

/* Words of members, for struct field's one_of. */
#define VIEW_JOB_STATUSES "pending|running|succeeded|failed|cancelled"
#define VIEW_RUN_STATUSES "running|success|partial|error|stopped"

/* The members of view_run(): what tells more of a run begins with them. */
#define VIEW_RUN_FIELDS                                                            \
	{ .name = "id", .type = FIELD_UUID, .required = true },                    \
		{ .name = "parent_id", .type = FIELD_UUID, .nullable = true },     \
		{ .name = "connection", .type = FIELD_TEXT, .nullable = true },    \
		{ .name = "sync_type", .type = FIELD_TEXT, .required = true },     \
		{ .name = "status",                                                \
		  .type = FIELD_TEXT,                                              \
		  .required = true,                                                \
		  .one_of = VIEW_RUN_STATUSES },                                   \
		{ .name = "started_at", .type = FIELD_TIME },                      \
		{ .name = "completed_at", .type = FIELD_TIME, .nullable = true },  \
		{ .name = "records_processed", .type = FIELD_INTEGER },            \
		{ .name = "records_created", .type = FIELD_INTEGER },              \
		{ .name = "records_updated", .type = FIELD_INTEGER },              \
		{ .name = "records_unchanged", .type = FIELD_INTEGER },            \
		{ .name = "records_failed", .type = FIELD_INTEGER },               \
		{ .name = "requests", .type = FIELD_INTEGER },                     \
		{ .name = "error_message", .type = FIELD_TEXT, .nullable = true }, \
		{ .name = "details", .type = FIELD_OBJECT, .nullable = true },     \
	{                                                                          \
		.name = "triggered_by", .type = FIELD_UUID, .nullable = true       \
	}

/* Their members, for the OpenAPI document. */
extern const struct field view_job_fields[];
extern const struct field view_run_fields[];
extern const struct field view_schedule_fields[];
extern const struct field view_pause_fields[];
extern const struct field view_holds_item[];

#endif

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

/* Their members, for the OpenAPI document. */
extern const struct field view_job_fields[];
extern const struct field view_run_fields[];
extern const struct field view_schedule_fields[];
extern const struct field view_pause_fields[];
extern const struct field view_holds_item[];

#endif

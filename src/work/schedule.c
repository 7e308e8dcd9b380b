/* SPDX-License-Identifier: Apache-2.0 */
/*
 * schedule.c - schedules in the database: what the plan declares and what a person changes.
 *
 * Always: a row's next_ms is the first slot after the moment at which its cadence last changed or a
 * pause ended, or follows the last slot that was seen to.  `said` is the plan's cadence when it was
 * last taken over; as long as the plan says the same, the row's own cadence is a person's to
 * change.
 */
#include "data/json.h"
#include "work/schedule_part.h"

#define NAME_BYTES_MAX 200
#define ATTEMPTS_MAX 1000
/* As in a plan: what was missed is looked at slot by slot. */
#define CATCH_UP_MAX_MS ((int64_t)31 * 24 * 60 * 60 * 1000)
#define JITTER_MAX_MS ((int64_t)60 * 60 * 1000)

/* ---- transactions ---- */

/* What a change works on; the arena dies with it. */
struct change {
	struct db *d;
	struct arena *a;
	const struct schedule *s;
	struct str name, reason, actor;
	int64_t version, now_ms;
	bool paused;
	struct job_ticket *ticket;
};

/* Inside the caller's transaction, or in one of its own. */
static bool change_apply(struct change *c, bool (*body)(void *arg, struct err *e), struct err *e)
{
	AUTO_ARENA *a = arena_new("schedule", SCHEDULE_ROW_BYTES_MAX);

	c->a = a;
	return db_in_transaction(c->d) ? body(c, e) : db_transact(c->d, body, c, e);
}

static bool not_found(struct str name, struct err *e)
{
	return err_set(e, ERR_MISSING, "Cron job not found: %.*s", STR_ARG(name));
}

/* The row that a change is about, locked; and the time. */
static bool change_row(struct change *c, struct schedule_row *row, struct err *e)
{
	bool found;

	if (!schedule_now(c->d, &c->now_ms, e) ||
	    !schedule_lock(c->d, c->a, c->name, row, &found, e))
		return false;
	return found || not_found(c->name, e);
}

/* ---- what a schedule says ---- */

static bool args_check(struct str args, struct err *e)
{
	AUTO_ARENA *a = arena_new("arguments", 64 * JOB_ARGS_BYTES_MAX);
	struct value v;
	struct err unsaid;

	if (args.len > JOB_ARGS_BYTES_MAX)
		return err_set(e, ERR_USAGE, "the arguments are longer than %zu bytes",
			       JOB_ARGS_BYTES_MAX);
	if (args.len == 0 || (json_parse(a, args, &v, NULL, &unsaid) && v.kind == VALUE_MAP))
		return true;
	return err_set(e, ERR_USAGE, "the arguments are not a JSON object");
}

static bool numbers_check(const struct schedule *s, struct err *e)
{
	const struct {
		const char *what;
		int64_t n, min, max;
	} row[] = {
		{ "the priority", s->priority, JOB_PRIORITY_MIN, JOB_PRIORITY_MAX },
		{ "the number of attempts", s->attempts_max, 0, ATTEMPTS_MAX },
		{ "the catch-up window (ms)", s->catch_up_ms, 0, CATCH_UP_MAX_MS },
		{ "the jitter (ms)", s->jitter_ms, 0, JITTER_MAX_MS },
	};

	for (size_t i = 0; i < COUNT(row); i++)
		if (row[i].n < row[i].min || row[i].n > row[i].max)
			return err_set(e, ERR_USAGE, "%s is from %lld to %lld", row[i].what,
				       (long long)row[i].min, (long long)row[i].max);
	return true;
}

static bool schedule_check(struct arena *a, const struct schedule *s, struct err *e)
{
	struct cadence c;

	if (s->name.len == 0 || s->name.len > NAME_BYTES_MAX || !str_is_utf8(s->name))
		return err_set(e, ERR_USAGE, "a schedule's name has 1 to %d bytes", NAME_BYTES_MAX);
	if (s->task.len == 0)
		return err_set(e, ERR_USAGE, "a schedule needs a task");
	return numbers_check(s, e) && cadence_of(a, s, &c, e) && args_check(s->args, e);
}

/* The cadence as one text: what the plan says. */
static struct str cadence_text(struct arena *a, const struct schedule *s)
{
	return str_printf(a, "%.*s|%.*s|%.*s|%d|%d|%lld|%lld", STR_ARG(s->cron), STR_ARG(s->every),
			  STR_ARG(s->zone), (int)s->overlap, (int)s->catch_up,
			  (long long)s->catch_up_ms, (long long)s->jitter_ms);
}

static bool next_set(struct arena *a, struct schedule_row *row, int64_t now_ms, struct err *e)
{
	struct cadence c;

	if (!cadence_of(a, &row->s, &c, e))
		return false;
	row->s.next_ms = cadence_next(&c, now_ms);
	row->due_ms = row->s.next_ms < INT64_MAX
			      ? row->s.next_ms + schedule_jitter(&row->s, row->s.next_ms)
			      : INT64_MAX;
	row->s.problem = STR("");
	row->looked_ms = now_ms;
	return true;
}

/* What the job is. */
static void job_copy(struct schedule *to, const struct schedule *from)
{
	to->task = from->task;
	to->args = from->args.len > 0 ? from->args : STR("{}");
	to->lane = from->lane;
	to->key = from->key;
	to->attempts_max = from->attempts_max;
	to->priority = from->priority;
}

/* When it runs.  A new interval counts from now, unless an anchor is given. */
static bool cadence_copy(struct change *c, struct schedule_row *row, struct err *e)
{
	const struct schedule *from = c->s;
	struct schedule *to = &row->s;
	bool same = str_eq(to->cron, from->cron) && str_eq(to->every, from->every) &&
		    str_eq(to->zone, from->zone) && to->jitter_ms == from->jitter_ms;

	if (from->anchor_ms != 0 && from->anchor_ms != to->anchor_ms) {
		to->anchor_ms = from->anchor_ms;
		same = false;
	} else if (!str_eq(to->every, from->every)) {
		to->anchor_ms = c->now_ms;
	}
	to->cron = from->cron;
	to->every = from->every;
	to->zone = from->zone;
	to->overlap = from->overlap;
	to->catch_up = from->catch_up;
	to->catch_up_ms = from->catch_up_ms;
	to->jitter_ms = from->jitter_ms;
	return same || next_set(c->a, row, c->now_ms, e);
}

/* ---- the plan's ---- */

static bool insert_new(struct change *c, struct str origin, int64_t *changed, struct err *e)
{
	struct schedule_row row = { .s = *c->s };

	row.s.origin = origin;
	row.s.version = 1;
	row.s.last_ms = 0;
	row.s.anchor_ms = c->s->anchor_ms ? c->s->anchor_ms : c->now_ms;
	row.said = cadence_text(c->a, c->s);
	job_copy(&row.s, c->s);
	return next_set(c->a, &row, c->now_ms, e) && schedule_insert(c->d, &row, changed, e);
}

static bool declare(void *arg, struct err *e)
{
	struct change *c = arg;
	struct schedule_row row;
	struct str said = cadence_text(c->a, c->s);
	int64_t unsaid;
	bool found;

	if (!schedule_check(c->a, c->s, e) || !schedule_now(c->d, &c->now_ms, e) ||
	    !schedule_lock(c->d, c->a, c->name, &row, &found, e))
		return false;
	if (!found)
		return insert_new(c, STR("plan"), &unsaid, e); /* or somebody else just did */
	job_copy(&row.s, c->s);
	if (!str_eq(row.said, said) || !str_eq(row.s.origin, STR("plan"))) {
		if (!cadence_copy(c, &row, e))
			return false;
		row.said = said;
		row.s.origin = STR("plan");
		row.s.version++;
	}
	return schedule_update(c->d, &row, e);
}

bool schedule_declare(struct db *d, const struct schedule *s, struct err *e)
{
	struct change c = { .d = d, .s = s, .name = s->name };

	return change_apply(&c, declare, e);
}

static bool delete_row(struct db *d, struct str name, struct err *e)
{
	struct value param = value_str(name);

	return db_exec(d, "DELETE FROM lockstep_schedules WHERE name = ?1", &param, 1, NULL, e) &&
	       fire_clean(d, name, INT64_MAX, e);
}

struct others {
	struct db *d;
	const struct str *name;
	size_t n;
};

static bool is_named(const struct others *o, struct str name)
{
	for (size_t i = 0; i < o->n; i++)
		if (str_eq(o->name[i], name))
			return true;
	return false;
}

static bool forget_others(void *arg, struct err *e)
{
	AUTO_ARENA *a = arena_new("schedules", (size_t)1 << 28);
	struct others *o = arg;
	struct schedule_row *row;
	size_t n;

	if (!schedule_rows(o->d, a, STR(""), &row, &n, e))
		return false;
	for (size_t i = 0; i < n; i++)
		if (str_eq(row[i].s.origin, STR("plan")) && !is_named(o, row[i].s.name) &&
		    !delete_row(o->d, row[i].s.name, e))
			return false;
	return true;
}

bool schedule_forget_others(struct db *d, const struct str *names, size_t n, struct err *e)
{
	struct others o = { d, names, n };

	return db_in_transaction(d) ? forget_others(&o, e) : db_transact(d, forget_others, &o, e);
}

/* ---- a person's ---- */

static bool create(void *arg, struct err *e)
{
	struct change *c = arg;
	int64_t changed;

	if (!schedule_check(c->a, c->s, e) || !schedule_now(c->d, &c->now_ms, e) ||
	    !insert_new(c, STR("person"), &changed, e))
		return false;
	return changed > 0 ||
	       err_set(e, ERR_BUSY, "Cron job already exists: %.*s", STR_ARG(c->name));
}

bool schedule_create(struct db *d, const struct schedule *s, struct err *e)
{
	struct change c = { .d = d, .s = s, .name = s->name };

	return change_apply(&c, create, e);
}

static bool change(void *arg, struct err *e)
{
	struct change *c = arg;
	struct schedule_row row;

	if (!schedule_check(c->a, c->s, e) || !change_row(c, &row, e))
		return false;
	if (c->version != 0 && c->version != row.s.version)
		return err_set(e, ERR_BUSY, "'%.*s' was changed meanwhile: read it again",
			       STR_ARG(c->name));
	if (!str_eq(row.s.origin, STR("plan")))
		job_copy(&row.s, c->s);
	if (!cadence_copy(c, &row, e))
		return false;
	row.s.version++;
	return schedule_update(c->d, &row, e);
}

bool schedule_change(struct db *d, const struct schedule *s, int64_t version, struct err *e)
{
	struct change c = { .d = d, .s = s, .name = s->name, .version = version };

	return change_apply(&c, change, e);
}

static bool pause(void *arg, struct err *e)
{
	struct change *c = arg;
	struct schedule_row row;

	if (!change_row(c, &row, e))
		return false;
	/* What went by during a pause was not missed. */
	if (row.s.paused && !c->paused && !next_set(c->a, &row, c->now_ms, e))
		return false;
	row.s.paused = c->paused;
	row.s.pause_reason = c->paused ? c->reason : STR("");
	row.s.pause_actor = c->paused ? c->actor : STR("");
	row.s.version++;
	return schedule_update(c->d, &row, e);
}

bool schedule_pause(struct db *d, struct str name, bool paused, struct str reason, struct str actor,
		    struct err *e)
{
	struct change c = {
		.d = d, .name = name, .paused = paused, .reason = reason, .actor = actor
	};

	return change_apply(&c, pause, e);
}

static bool delete (void *arg, struct err *e)
{
	struct change *c = arg;
	struct schedule_row row;

	if (!change_row(c, &row, e))
		return false;
	if (str_eq(row.s.origin, STR("plan")))
		return err_set(e, ERR_BUSY, "'%.*s' is in the plan: take it out there, or pause it",
			       STR_ARG(c->name));
	return delete_row(c->d, c->name, e);
}

bool schedule_delete(struct db *d, struct str name, struct err *e)
{
	struct change c = { .d = d, .name = name };

	return change_apply(&c, delete, e);
}

/* ---- its job ---- */

bool schedule_add_job(struct db *d, const struct schedule *s, struct str actor,
		      struct job_ticket *out, struct err *e)
{
	AUTO_ARENA *a = arena_new("job", 1 << 16);
	struct str own = str_printf(a, "schedule:%.*s", STR_ARG(s->name));
	struct job_draft j = { .task = s->task,
			       .args = s->args,
			       .lane = s->lane,
			       .priority = s->priority,
			       .attempts_max = s->attempts_max,
			       .trigger = STR("schedule"),
			       .actor = actor };

	if (s->overlap != OVERLAP_ALLOW) {
		j.unique = s->overlap == OVERLAP_SKIP ? JOB_ONE : JOB_ONE_WAITING;
		j.key = s->key.len > 0 ? s->key : own;
	}
	/* Only in a lane does the one that waits wait for the one that runs. */
	if (s->overlap == OVERLAP_QUEUE && s->lane.len == 0)
		j.lane = own;
	return queue_add(d, &j, out, e);
}

static bool run_now(void *arg, struct err *e)
{
	struct change *c = arg;
	struct schedule_row row;
	struct job_ticket t;
	struct fire f = { .schedule = c->name, .outcome = STR("manual"), .slots = 1 };
	bool written;

	if (!change_row(c, &row, e) || !schedule_add_job(c->d, &row.s, c->actor, &t, e))
		return false;
	f.job = t.id;
	f.fired_ms = c->now_ms;
	f.slot_ms = -c->now_ms;
	/* Two in one millisecond are one fire. */
	if (!fire_put(c->d, &f, &written, e))
		return false;
	*c->ticket = t;
	return true;
}

bool schedule_run_now(struct db *d, struct str name, struct str actor, struct job_ticket *out,
		      struct err *e)
{
	struct change c = { .d = d, .name = name, .actor = actor, .ticket = out };

	return change_apply(&c, run_now, e);
}

/* ---- reading ---- */

bool schedule_get(struct db *d, struct arena *a, struct str name, struct schedule *out,
		  struct err *e)
{
	struct schedule_row *row;
	size_t n = 0;

	if (name.len > 0 && !schedule_rows(d, a, name, &row, &n, e))
		return false;
	if (n == 0)
		return not_found(name, e);
	*out = row[0].s;
	return true;
}

bool schedule_list(struct db *d, struct arena *a, struct schedule **out, size_t *n, struct err *e)
{
	struct schedule_row *row;

	if (!schedule_rows(d, a, STR(""), &row, n, e))
		return false;
	*out = arena_new_array(a, struct schedule, *n);
	for (size_t i = 0; i < *n; i++)
		(*out)[i] = row[i].s;
	return true;
}

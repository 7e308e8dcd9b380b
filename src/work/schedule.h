/* SPDX-License-Identifier: Apache-2.0 */
/*
 * schedule.h - what runs by itself, and when.
 *
 * The arithmetic is pure functions of (schedule, now).  The rest keeps schedules in the database:
 * a fire is a row (schedule, slot) and the job it made, written in one transaction, so that no
 * restart and no second leader can fire a slot twice.  A lease ("scheduler") says who looks; it is
 * for economy, the unique fire is what makes it right.
 */
#ifndef SCHEDULE_H
#define SCHEDULE_H

#include "base/rng.h"
#include "data/cron.h"
#include "work/queue.h"

/* When the last job of the schedule is not finished yet: */
enum overlap {
	OVERLAP_SKIP,  /* the slot is recorded as skipped */
	OVERLAP_QUEUE, /* one more waits (at most one) */
	OVERLAP_ALLOW, /* it starts beside it */
};

/* Slots that went by while nobody looked: */
enum catch_up {
	CATCH_UP_ONE, /* the latest runs once, when it is at most catch_up_ms ago */
	CATCH_UP_ALL, /* each runs, when it is at most catch_up_ms ago (and at most 1000 of them) */
	CATCH_UP_NONE,
};

struct schedule {
	struct str name;       /* "practicepanther:full" */
	struct str task, args; /* of the job it makes */
	struct str lane, key;
	int attempts_max, priority;
	struct str cron, every; /* one of them; as written */
	struct str zone;        /* IANA name; cron only */
	enum overlap overlap;
	enum catch_up catch_up;
	int64_t catch_up_ms; /* 0: one interval's length, at least a minute, at most a day */
	int64_t jitter_ms; /* each fire is later by a part of this that depends on name and slot */
	bool paused;
	struct str pause_reason, pause_actor;
	struct str origin;  /* "plan", "person" */
	int64_t anchor_ms;  /* `every`: slots are anchor + n * interval */
	int64_t next_ms;    /* the next slot (without jitter), wall Unix ms; 0: not computed */
	int64_t last_ms;    /* the last slot that fired, 0: none */
	int64_t version;    /* grows with every change: an ETag */
	struct str problem; /* why it cannot run, or empty; read only */
};

/* ---- pure ---- */

/* When it runs, ready to be asked. */
struct cadence {
	struct cron cron;
	const struct zone *zone;
	int64_t every_ms, anchor_ms; /* every_ms 0: cron */
};
MUST_CHECK bool cadence_of(struct arena *a, const struct schedule *s, struct cadence *out,
			   struct err *e);
/* The first slot after `after_ms`. */
int64_t cadence_next(const struct cadence *c, int64_t after_ms);
/* How much later than its slot a fire is: in [0, jitter_ms), always the same for one slot. */
int64_t schedule_jitter(const struct schedule *s, int64_t slot_ms);
/* "every 15 minutes", "at 02:00 every day (America/New_York)". */
struct str schedule_words(struct arena *a, const struct schedule *s);

/* What is to be done at `now_ms`: the slots to fire in order (so many at most: look again when the
 * next one is due already), and the next slot.  A slot waits for those before it. */
struct due {
	int64_t slot[16];
	size_t slots;
	int64_t missed;  /* slots that catch-up gives up, from next_ms on; at least so many */
	int64_t next_ms; /* the slot to wait for */
};
void schedule_due(const struct schedule *s, const struct cadence *c, int64_t now_ms,
		  struct due *out);

/* ---- in the database ---- */

MUST_CHECK bool schedule_plan(struct db *d, struct arena *a, struct str **statement,
			      size_t *statements, struct err *e);
/*
 * [tx] Brings a schedule of the plan into the table.  A cadence (cron, every, zone, overlap,
 * catch-up, jitter) that a person changed stays until the plan itself says something else than it
 * did when the person changed it; a pause stays until somebody ends it.  What the job is, is always
 * the plan's.
 */
MUST_CHECK bool schedule_declare(struct db *d, const struct schedule *s, struct err *e);
/* [tx] Removes schedules of the plan that it no longer has. */
MUST_CHECK bool schedule_forget_others(struct db *d, const struct str *names, size_t n,
				       struct err *e);
/* [tx] A person's: ERR_BUSY when the name is taken ("Cron job already exists: x"). */
MUST_CHECK bool schedule_create(struct db *d, const struct schedule *s, struct err *e);
/* [tx] ERR_MISSING ("Cron job not found: x"); ERR_BUSY when version is not 0 and not the row's.
 * Effective at once: slots count from now.  Of a schedule of the plan only the cadence changes. */
MUST_CHECK bool schedule_change(struct db *d, const struct schedule *s, int64_t version,
				struct err *e);
MUST_CHECK bool schedule_pause(struct db *d, struct str name, bool paused, struct str reason,
			       struct str actor, struct err *e); /* [tx] */
/* [tx] With its fires.  ERR_BUSY for one of the plan, which would come back. */
MUST_CHECK bool schedule_delete(struct db *d, struct str name, struct err *e);
/* [tx] Adds its job now, beside its slots; also while it is paused. */
MUST_CHECK bool schedule_run_now(struct db *d, struct str name, struct str actor,
				 struct job_ticket *out, struct err *e);
MUST_CHECK bool schedule_get(struct db *d, struct arena *a, struct str name, struct schedule *out,
			     struct err *e);
MUST_CHECK bool schedule_list(struct db *d, struct arena *a, struct schedule **out, size_t *n,
			      struct err *e);

struct fire {
	struct str schedule,
		outcome; /* "fired", "coalesced", "skipped: overlap", "missed", "manual" */
	int64_t slot_ms, fired_ms, job; /* job 0: none */
	int64_t slots;         /* how many the row stands for: those missed in a row are one */
	struct str job_status; /* the view's word, or empty */
};
/* The newest first; of all schedules when `name` is empty. */
MUST_CHECK bool schedule_fires(struct db *d, struct arena *a, struct str name, size_t limit,
			       struct fire **out, size_t *n, struct err *e);

/*
 * One look, by whoever holds the lease: fires what is due by the database's clock.  *wait_ms: until
 * the next look is worth while (at most a minute).
 */
MUST_CHECK bool schedule_tick(struct db *d, int64_t *fired, int64_t *wait_ms, struct err *e);

/* ---- the thread ---- */

struct scheduler;
/* Looks on its own connection for as long as it lives; takes the lease when it is free. */
MUST_CHECK bool scheduler_open(struct str database, void (*fired)(void *arg), void *arg,
			       struct scheduler **out, struct err *e);
void scheduler_wake(struct scheduler *s); /* a schedule was changed */
bool scheduler_leads(struct scheduler *s);
int64_t scheduler_ticked_ms(struct scheduler *s); /* steady time of its last round */
void scheduler_close(struct scheduler *s);

#endif

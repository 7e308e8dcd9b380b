/* SPDX-License-Identifier: Apache-2.0 */
/*
 * scheduler.c - the thread that looks at the schedules, while it leads.
 *
 *     away --opened--> follows --lease taken--> leads --lease lost--> follows
 *       ^                 |                        |
 *       '-----------------'------ the database is lost
 *
 * Always: the thread alone uses its connection and its lease.  The lease saves the others the work;
 * a slot is fired once however many look.  Every wait is for a condition, with an end: the next
 * slot, the lease's renewal, or the next try of a lost database.
 */
#include "base/log.h"
#include "base/thread.h"
#include "work/schedule.h"

#include <stdlib.h>

#define LEASE_MS 15000
#define RENEW_MS (LEASE_MS / 3)
#define RETRY_MIN_MS 250
#define RETRY_MAX_MS 2000 /* so that it is at work again within seconds of the database */
#define ARENA_BYTES ((size_t)1024 * 1024)

struct scheduler {
	char *database;
	void (*fired)(void *arg);
	void *arg;
	pthread_t thread;

	struct mutex lock; /* guards what follows */
	struct condition wake;
	bool stop, woken, leads, away;
	int64_t ticked_ms;

	/* The thread's own. */
	struct arena *arena; /* the lease's texts */
	struct db *db;       /* NULL: away */
	struct lease lease;
	int64_t renew_ms; /* steady: when the lease is to be renewed, or asked for */
	int64_t retry_ms; /* how long the next wait for the database is */
};

static void leads_set(struct scheduler *s, bool leads)
{
	bool before;

	mutex_lock(&s->lock);
	before = s->leads;
	s->leads = leads;
	mutex_unlock(&s->lock);
	if (leads != before)
		log_info(leads ? "scheduler: leads" : "scheduler: leads no more");
}

static bool open_database(struct scheduler *s, struct err *e)
{
	const struct db_options o = { 0 };

	return s->db || db_open(str_from(s->database), &o, &s->db, e);
}

static bool lease_keep(struct scheduler *s, struct err *e)
{
	if (lease_renew(s->db, &s->lease, e))
		return true;
	if (e->kind != ERR_FENCED)
		return false;
	leads_set(s, false);
	return true;
}

static bool lease_ask(struct scheduler *s, struct err *e)
{
	bool unsaid;

	arena_reset(s->arena);
	s->lease = (struct lease){ .name = STR("scheduler"), .ttl_ms = LEASE_MS };
	if (lease_take(s->db, s->arena, &s->lease, &unsaid, e))
		leads_set(s, true);
	else if (e->kind != ERR_BUSY)
		return false;
	return true;
}

/* Keeps the lease, or asks for it, when it is time to. */
static bool see_to_lease(struct scheduler *s, struct err *e)
{
	int64_t now_ms = clock_steady_now();

	if (now_ms < s->renew_ms)
		return true;
	if (s->leads ? !lease_keep(s, e) : !lease_ask(s, e))
		return false;
	s->renew_ms = now_ms + RENEW_MS;
	return true;
}

/* One round; *wait_ms until the next is worth while. */
static bool look(struct scheduler *s, int64_t *wait_ms, struct err *e)
{
	int64_t fired, until_renewal;

	if (!open_database(s, e) || !see_to_lease(s, e))
		return false;
	until_renewal = s->renew_ms - clock_steady_now();
	*wait_ms = until_renewal > 0 ? until_renewal : 0;
	if (!s->leads)
		return true;
	if (!schedule_tick(s->db, &fired, &until_renewal, e))
		return false;
	if (until_renewal < *wait_ms)
		*wait_ms = until_renewal;
	if (fired > 0 && s->fired)
		s->fired(s->arg);
	return true;
}

static void away_set(struct scheduler *s, bool away)
{
	mutex_lock(&s->lock);
	s->away = away;
	mutex_unlock(&s->lock);
}

static void after_success(struct scheduler *s)
{
	if (s->away)
		log_info("scheduler: the database is back");
	away_set(s, false);
	s->retry_ms = RETRY_MIN_MS;
}

/* The connection is given up: what is wrong with it is not worth finding out. */
static int64_t after_failure(struct scheduler *s, const struct err *e)
{
	int64_t wait_ms = s->retry_ms;

	if (!s->away)
		log_warn("scheduler: %s; tries again", e->text);
	away_set(s, true);
	db_close(s->db);
	s->db = NULL;
	s->renew_ms = 0;
	s->retry_ms = wait_ms * 2 < RETRY_MAX_MS ? wait_ms * 2 : RETRY_MAX_MS;
	return wait_ms;
}

/* Waits, but not when somebody called meanwhile; false when it is over. */
static bool rest(struct scheduler *s, int64_t wait_ms)
{
	int64_t until_ms = clock_steady_now() + wait_ms, left_ms = wait_ms;
	bool stop;

	mutex_lock(&s->lock);
	s->ticked_ms = clock_steady_now();
	while (!s->stop && !s->woken && left_ms > 0) {
		condition_wait_for(&s->wake, &s->lock, left_ms);
		left_ms = until_ms - clock_steady_now();
	}
	s->woken = false;
	stop = s->stop;
	mutex_unlock(&s->lock);
	return !stop;
}

static void give_up_lease(struct scheduler *s)
{
	struct err e;

	if (s->db && s->leads && !lease_release(s->db, &s->lease, &e))
		log_warn("scheduler: %s", e.text); /* it runs out by itself */
	leads_set(s, false);
}

static void *scheduler_run(void *arg)
{
	struct scheduler *s = arg;
	int64_t wait_ms;
	struct err e;

	do {
		if (look(s, &wait_ms, &e))
			after_success(s);
		else
			wait_ms = after_failure(s, &e);
	} while (rest(s, wait_ms));
	give_up_lease(s);
	return NULL;
}

bool scheduler_open(struct str database, void (*fired)(void *arg), void *arg,
		    struct scheduler **out, struct err *e)
{
	struct scheduler *s = calloc(1, sizeof(*s));

	if (!s)
		abort();
	s->database = strndup(database.at, database.len);
	if (!s->database)
		abort();
	s->fired = fired;
	s->arg = arg;
	s->retry_ms = RETRY_MIN_MS;
	s->ticked_ms = clock_steady_now();
	s->arena = arena_new("scheduler", ARENA_BYTES);
	mutex_init(&s->lock);
	condition_init(&s->wake);
	/* A database that is named wrongly is told at once; one that goes away later is not. */
	if (!open_database(s, e)) {
		s->stop = true;
		scheduler_close(s);
		return false;
	}
	s->thread = thread_start(scheduler_run, s);
	*out = s;
	return true;
}

void scheduler_wake(struct scheduler *s)
{
	mutex_lock(&s->lock);
	s->woken = true;
	condition_signal(&s->wake);
	mutex_unlock(&s->lock);
}

bool scheduler_leads(struct scheduler *s)
{
	bool leads;

	mutex_lock(&s->lock);
	leads = s->leads && !s->away;
	mutex_unlock(&s->lock);
	return leads;
}

int64_t scheduler_ticked_ms(struct scheduler *s)
{
	int64_t ticked_ms;

	mutex_lock(&s->lock);
	ticked_ms = s->ticked_ms;
	mutex_unlock(&s->lock);
	return ticked_ms;
}

void scheduler_close(struct scheduler *s)
{
	if (!s)
		return;
	if (s->thread) {
		mutex_lock(&s->lock);
		s->stop = true;
		condition_signal(&s->wake);
		mutex_unlock(&s->lock);
		thread_join(s->thread);
	}
	db_close(s->db);
	condition_done(&s->wake);
	mutex_done(&s->lock);
	arena_free(s->arena);
	free(s->database);
	free(s);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lookout.c - the thread that hears of changes made by other processes, and keeps hints few.
 *
 * Always: the lock is held for counting alone, never while somebody is told or the database is
 * asked.  The thread alone uses its connection, its listener and its place.
 */
#include "service/lookout.h"

#include "api/identity.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/thread.h"
#include "store/beacon.h"
#include "store/listen.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define BYTES_MAX ((size_t)64 * 1024)
#define KIND_BYTES 32
#define EXTRAS 8 /* kinds that are none of the beacon's */
#define KINDS (BEACON_KINDS + EXTRAS)
#define SECOND_MS 1000
/* How soon what was held back is told, and others hear of this process. */
#define FLUSH_MS 250
/* How often SQLite is looked at: a number is read, mostly no more. */
#define LOOK_MS 500
#define REST_MS 5000
/* How soon somebody who may not look any more does not. */
#define ATTEND_MS 5000
/* Behind a pooler nothing is heard: readers look at everything so often. */
#define DEAF_MS 5000
#define RETRY_MS 2000

#define EVERYTHING ((1u << BEACON_KINDS) - 1)
#define ENGINE (ROLE_ADMIN | ROLE_VIEWER)

struct kind {
	char name[KIND_BYTES];
	int64_t second_ms; /* when the second began in which `told` were told */
	int told;
	bool held;
	unsigned roles; /* of what is held */
};

struct lookout {
	struct arena *arena;
	struct lookout_options o;
	pthread_t thread;
	int wake_fd;

	struct mutex lock; /* guards what follows */
	struct kind kind[KINDS];
	unsigned others; /* kinds that other processes have not heard of yet */
	bool stop;

	/* The thread's own. */
	struct listener *listener; /* PostgreSQL, not deaf */
	struct db *db;
	struct beacon_place place;
	int64_t told_ms, looked_ms, retry_ms, attended_ms;
	bool away;
};

static bool is_sqlite(const struct lookout *l)
{
	return str_starts(l->o.database, STR("sqlite:"));
}

static unsigned roles_of(enum beacon_kind k)
{
	if (k == BEACON_GAME || k == BEACON_COMPETITOR || k == BEACON_TEAM)
		return ENGINE | ROLE_COACH;
	return k == BEACON_PTI ? ROLE_ALL : ENGINE;
}

/* ---- keeping hints few; under the lock ---- */

static struct kind *kind_of(struct lookout *l, const char *name)
{
	size_t i = 0;

	while (i < KINDS && l->kind[i].name[0] && strcmp(l->kind[i].name, name) != 0)
		i++;
	assert(i < KINDS);
	if (!l->kind[i].name[0])
		memcpy(l->kind[i].name, name, strnlen(name, KIND_BYTES - 1));
	return &l->kind[i];
}

/* Whether one more may be told in this second; if so it is counted. */
static bool may_tell(struct kind *k)
{
	int64_t now_ms = clock_steady_now();

	if (now_ms - k->second_ms >= SECOND_MS) {
		k->second_ms = now_ms;
		k->told = 0;
	}
	if (k->told >= LOOKOUT_A_SECOND)
		return false;
	k->told++;
	return true;
}

static void hold(struct kind *k, unsigned roles)
{
	k->roles = k->held ? k->roles | roles : roles;
	k->held = true;
}

/* ---- telling ---- */

static void wake(struct lookout *l)
{
	const uint64_t one = 1;

	if (write(l->wake_fd, &one, sizeof(one)) < 0)
		return; /* it is full: the thread is about to wake */
}

void lookout_tell(struct lookout *l, const char *kind, struct str data, unsigned roles)
{
	enum beacon_kind b;
	bool now, others;
	struct kind *k;

	others = beacon_parse(str_from(kind), &b) && !beacon_is_told(b);
	mutex_lock(&l->lock);
	k = kind_of(l, kind);
	now = !k->held && may_tell(k);
	if (!now)
		hold(k, roles);
	others = others && !(l->others & 1u << b);
	if (others)
		l->others |= 1u << b;
	mutex_unlock(&l->lock);
	if (now)
		l->o.publish(l->o.arg, kind, data, roles);
	if (!now || others)
		wake(l);
}

/* What was held back, as far as its second allows. */
static void flush(struct lookout *l)
{
	for (size_t i = 0; i < KINDS; i++) {
		unsigned roles = 0;

		mutex_lock(&l->lock);
		if (l->kind[i].held && may_tell(&l->kind[i])) {
			roles = l->kind[i].roles;
			l->kind[i].held = false;
		}
		mutex_unlock(&l->lock);
		if (roles)
			l->o.publish(l->o.arg, l->kind[i].name, STR("{}"), roles);
	}
}

/* Others changed something: that may wait for its turn. */
static void heard(struct lookout *l, unsigned kinds)
{
	for (size_t i = 0; i < BEACON_KINDS; i++) {
		if (!(kinds & 1u << i))
			continue;
		mutex_lock(&l->lock);
		hold(kind_of(l, beacon_name((enum beacon_kind)i)), roles_of((enum beacon_kind)i));
		mutex_unlock(&l->lock);
	}
}

/* ---- the database ---- */

static bool open_database(struct lookout *l, struct err *e)
{
	const struct db_options o = { 0 };

	return l->db || db_open(l->o.database, &o, &l->db, e);
}

static void give_up(struct lookout *l, const struct err *e)
{
	if (!l->away)
		log_warn("events: %s; tries again", e->text);
	l->away = true;
	db_close(l->db);
	l->db = NULL;
	l->place = (struct beacon_place){ 0 };
	l->retry_ms = clock_steady_now() + RETRY_MS;
}

/* What happened meanwhile nobody knows. */
static void come_back(struct lookout *l)
{
	l->away = false;
	heard(l, EVERYTHING);
}

static unsigned take_others(struct lookout *l)
{
	unsigned kinds;

	mutex_lock(&l->lock);
	kinds = l->others;
	l->others = 0;
	mutex_unlock(&l->lock);
	return kinds;
}

static void give_back(struct lookout *l, unsigned kinds)
{
	mutex_lock(&l->lock);
	l->others |= kinds;
	mutex_unlock(&l->lock);
}

/* What could not be told, for the database is away or somebody writes to the file just now, is told
 * later. */
static bool tell_others(struct lookout *l, struct err *e)
{
	unsigned kinds;

	if (clock_steady_now() - l->told_ms < SECOND_MS || !(kinds = take_others(l)))
		return true;
	l->told_ms = clock_steady_now();
	if (open_database(l, e) && beacon_tell(l->db, kinds, e))
		return true;
	give_back(l, kinds);
	return e->kind == ERR_TRANSIENT && is_sqlite(l) && l->db;
}

static bool look(struct lookout *l, struct err *e)
{
	unsigned kinds;

	if (clock_steady_now() - l->looked_ms < LOOK_MS)
		return true;
	if (!open_database(l, e) || !beacon_look(l->db, &l->place, &kinds, e))
		return false;
	l->looked_ms = clock_steady_now();
	heard(l, kinds);
	return true;
}

static bool attend(struct lookout *l, struct err *e)
{
	if (!l->o.attend || clock_steady_now() - l->attended_ms < ATTEND_MS ||
	    l->o.readers(l->o.arg) == 0)
		return true;
	l->attended_ms = clock_steady_now();
	return open_database(l, e) && l->o.attend(l->o.arg, l->db, e);
}

/* The last channel is that of jobs that were added, by whoever. */
static void listen_to(struct lookout *l)
{
	unsigned told = listener_take(l->listener);

	if (told & 1u << BEACON_KINDS)
		told |= 1u << BEACON_JOB;
	heard(l, told & EVERYTHING);
}

static void assume(struct lookout *l)
{
	if (clock_steady_now() - l->looked_ms < DEAF_MS || l->o.readers(l->o.arg) == 0)
		return;
	l->looked_ms = clock_steady_now();
	heard(l, EVERYTHING);
}

/* ---- the thread ---- */

static void go_round(struct lookout *l)
{
	struct err e;

	if (l->listener)
		listen_to(l);
	else if (!is_sqlite(l))
		assume(l);
	if (clock_steady_now() >= l->retry_ms) {
		if (!tell_others(l, &e) || (is_sqlite(l) && !look(l, &e)) || !attend(l, &e))
			give_up(l, &e);
		else if (l->away && l->db)
			come_back(l);
	}
	flush(l);
}

static bool is_pending(struct lookout *l)
{
	bool pending;

	mutex_lock(&l->lock);
	pending = l->others != 0;
	for (size_t i = 0; i < KINDS; i++)
		pending = pending || l->kind[i].held;
	mutex_unlock(&l->lock);
	return pending;
}

static int64_t wait_ms(struct lookout *l)
{
	int64_t ms = listener_wait_ms(l->listener);

	if (is_pending(l))
		return FLUSH_MS < ms ? FLUSH_MS : ms;
	if (!l->listener)
		ms = is_sqlite(l) ? LOOK_MS : DEAF_MS;
	return ms < REST_MS ? ms : REST_MS;
}

static void rest(struct lookout *l)
{
	struct pollfd fd[] = { { .fd = l->wake_fd, .events = POLLIN },
			       { .fd = listener_fd(l->listener),
				 .events = listener_events(l->listener) } };
	uint64_t n;

	if (poll(fd, COUNT(fd), (int)wait_ms(l)) > 0 && (fd[0].revents & POLLIN) &&
	    read(l->wake_fd, &n, sizeof(n)) < 0)
		return; /* somebody else's wake: nothing to read is nothing to do */
}

static bool is_over(struct lookout *l)
{
	bool stop;

	mutex_lock(&l->lock);
	stop = l->stop;
	mutex_unlock(&l->lock);
	return stop;
}

static void *run(void *arg)
{
	struct lookout *l = arg;

	while (!is_over(l)) {
		go_round(l);
		rest(l);
	}
	return NULL;
}

bool lookout_open(const struct lookout_options *o, struct lookout **out, struct err *e)
{
	struct arena *a = arena_new("lookout", BYTES_MAX);
	struct lookout *l = arena_new_struct(a, struct lookout);
	const char *channel[BEACON_KINDS + 1];

	l->arena = a;
	l->o = *o;
	l->o.database = str_keep(a, o->database);
	for (size_t i = 0; i < BEACON_KINDS; i++)
		channel[i] = beacon_channel((enum beacon_kind)i);
	channel[BEACON_KINDS] = LISTEN_JOBS;
	if (!o->deaf && !listener_open(l->o.database, channel, COUNT(channel), &l->listener, e)) {
		arena_free(a);
		return false;
	}
	l->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	assert(l->wake_fd >= 0);
	mutex_init(&l->lock);
	l->thread = thread_start(run, l);
	*out = l;
	return true;
}

void lookout_close(struct lookout *l)
{
	if (!l)
		return;
	mutex_lock(&l->lock);
	l->stop = true;
	mutex_unlock(&l->lock);
	wake(l);
	thread_join(l->thread);
	listener_close(l->listener);
	db_close(l->db);
	close(l->wake_fd);
	mutex_done(&l->lock);
	arena_free(l->arena);
}

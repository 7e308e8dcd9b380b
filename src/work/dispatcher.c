/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dispatcher.c - the thread that talks to the queue for all the others.
 *
 * A round does what is due, on one connection: keep the session, acknowledge what has ended, claim
 * (both by one statement where that can be), promote, reap, look for cancelled jobs; then it sleeps
 * until something is due again or somebody wakes it.  When a call fails, the rest of the round
 * waits for a better time: verdicts are kept for as long as the session is trusted, and
 * acknowledged then.
 *
 * Always: the session is trusted from when its renewal was *sent*; times are steady ones.
 */
#include "work/crew.h"

#include "base/log.h"

#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#define TRUST_MARGIN_MS 1000
#define POLL_DEFAULT_MS 1000
#define REAP_MS 1500
#define WATCH_MS 400
#define PROMOTE_MAX 1000
#define ACKS_MAX ((size_t)1000)
#define RETRY_MIN_MS 20
#define RETRY_MAX_MS 1000

static void tell(struct pool *p, struct pool_event ev)
{
	if (p->o.tell)
		p->o.tell(p->o.tell_arg, &ev);
}

/* Somewhere in the second half of `ms`, so that processes do not march in step. */
static int64_t jitter(struct dispatcher *d, int64_t ms)
{
	return ms / 2 + (int64_t)rng_below(&d->rng, (uint64_t)(ms / 2) + 1);
}

static int64_t sooner(int64_t a_ms, int64_t b_ms)
{
	return a_ms < b_ms ? a_ms : b_ms;
}

/* ---- the session ---- */

static void trust(struct pool *p, int64_t session, int64_t sent_ms)
{
	struct board *b = &p->board;

	mutex_lock(&b->lock);
	b->session = session;
	b->trusted_ms = sent_ms + SESSION_DEAD_MS - TRUST_MARGIN_MS;
	mutex_unlock(&b->lock);
	p->d.beat_ms = sent_ms + SESSION_BEAT_MS;
}

bool dispatcher_join(struct pool *p, struct err *e)
{
	struct worker_info w = { .version = p->o.version,
				 .pid = getpid(),
				 .slots = (int64_t)p->o.threads,
				 .pooled = p->o.deaf };
	int64_t sent_ms = clock_steady_now(), session;
	char host[256] = "";

	(void)gethostname(host, sizeof(host) - 1); /* cut is fine, none is too */
	w.host = str_from(host);
	if (!session_begin(p->d.db, &w, &session, e))
		return false;
	p->d.session = session;
	p->d.look = true;
	p->d.orphans = false;
	trust(p, session, sent_ms);
	return true;
}

/* Nothing that was claimed under the last session is ours any more; what it still holds goes back
 * uncounted, and a new one begins. */
static bool rejoin(struct pool *p, struct err *e)
{
	struct dispatcher *d = &p->d;
	struct err gone;

	if (d->session) {
		if (!session_end(d->db, d->session, &gone) && gone.kind != ERR_FENCED) {
			*e = gone;
			return false;
		}
		log_warn("worker session %lld is over: its running jobs were told to stop",
			 (long long)d->session);
		d->session = 0;
		mutex_lock(&p->board.lock);
		p->board.stats.lost_sessions++;
		mutex_unlock(&p->board.lock);
		tell(p, (struct pool_event){ .kind = POOL_SESSION_LOST });
	}
	return dispatcher_join(p, e);
}

static bool renew(struct pool *p, int64_t session, int64_t busy, bool draining, struct err *e)
{
	int64_t sent_ms = clock_steady_now();

	if (session_renew(p->d.db, session, busy, draining, e)) {
		trust(p, session, sent_ms);
		return true;
	}
	if (e->kind != ERR_FENCED)
		return false;
	mutex_lock(&p->board.lock);
	board_distrust_locked(&p->board);
	mutex_unlock(&p->board.lock);
	return rejoin(p, e);
}

static bool keep_session(struct pool *p, struct err *e)
{
	struct board *b = &p->board;
	int64_t session, busy;
	bool draining;

	mutex_lock(&b->lock);
	session = b->session;
	busy = (int64_t)b->running;
	draining = b->draining;
	mutex_unlock(&b->lock);
	if (!session)
		return rejoin(p, e);
	if (clock_steady_now() < p->d.beat_ms)
		return true;
	return renew(p, session, busy, draining, e);
}

/* ---- what has ended ---- */

/* Takes what has ended; gives up at once what was lost with its session. */
static void collect(struct pool *p)
{
	struct board *b = &p->board;
	struct dispatcher *d = &p->d;
	struct attempt_list all = d->acks, lost = { 0 };
	struct attempt *a;
	int64_t session;

	d->acks = (struct attempt_list){ 0 };
	mutex_lock(&b->lock);
	session = b->session;
	attempt_move_all(&all, &b->ended);
	mutex_unlock(&b->lock);
	while ((a = attempt_shift(&all)))
		attempt_push(a->job.fence.session == session ? &d->acks : &lost, a);
	if (!lost.n)
		return;
	mutex_lock(&b->lock);
	b->stats.fenced += (int64_t)lost.n;
	mutex_unlock(&b->lock);
	for (a = lost.first; a; a = a->next)
		tell(p, (struct pool_event){
				.kind = POOL_FENCED, .job = &a->job, .ran_ms = a->ran_ms });
	board_settle(b, &lost);
}

/* What an acknowledged attempt means for the next things to do. */
static void look_ahead(struct dispatcher *d, const struct attempt *a)
{
	enum verdict_kind kind = a->verdict.kind;

	if (a->job.lane.len || kind == VERDICT_RELEASED)
		d->look = true; /* the lane's next one, or the job itself */
	if (kind == VERDICT_RETRY || kind == VERDICT_SNOOZE)
		d->promote_ms = sooner(d->promote_ms, clock_steady_now() + a->verdict.wait_ms);
}

/* Counts them before anybody is told. */
static void count(struct board *b, const bool *fenced, size_t n)
{
	int64_t refused = 0;

	for (size_t i = 0; i < n; i++)
		refused += fenced[i];
	mutex_lock(&b->lock);
	b->stats.fenced += refused;
	b->stats.finished += (int64_t)n - refused;
	mutex_unlock(&b->lock);
}

static void settle(struct pool *p, struct attempt_list *done, const bool *fenced)
{
	size_t i = 0;

	count(&p->board, fenced, done->n);
	for (struct attempt *a = done->first; a; a = a->next, i++) {
		look_ahead(&p->d, a);
		tell(p, (struct pool_event){
				.kind = fenced[i] ? POOL_FENCED : POOL_FINISHED,
				.job = &a->job,
				.verdict = fenced[i] ? NULL : &a->verdict,
				.ran_ms = a->ran_ms,
			});
	}
	board_settle(&p->board, done);
}

/* Of the first `n`, as many as are to be acknowledged at once. */
static struct verdict *verdicts(struct dispatcher *d, size_t n)
{
	struct verdict *v = arena_new_array(d->scratch, struct verdict, n + 1);
	struct attempt *a = d->acks.first;

	for (size_t i = 0; i < n; i++, a = a->next)
		v[i] = a->verdict;
	return v;
}

static void settle_first(struct pool *p, const bool *fenced, size_t n)
{
	struct attempt_list done = { 0 };

	while (done.n < n)
		attempt_push(&done, attempt_shift(&p->d.acks));
	settle(p, &done, fenced);
}

/* Together, for the commit is what costs. */
static bool acknowledge(struct pool *p, struct err *e)
{
	struct dispatcher *d = &p->d;

	while (d->acks.n) {
		size_t n = d->acks.n < ACKS_MAX ? d->acks.n : ACKS_MAX;
		bool *fenced = arena_new_array(d->scratch, bool, n);

		if (!queue_finish(d->db, verdicts(d, n), n, fenced, e))
			return false;
		settle_first(p, fenced, n);
	}
	return true;
}

/* ---- what is to be done ---- */

static const struct task *task_of(const struct pool *p, struct str name)
{
	for (size_t i = 0; i < p->o.tasks; i++)
		if (str_eq(p->d.task[i], name))
			return &p->o.task[i];
	return NULL;
}

/* Hands claimed jobs to the threads. */
static void spread(struct pool *p, const struct job *job, size_t n)
{
	struct attempt_list l = { 0 };

	for (size_t i = 0; i < n; i++) {
		const struct task *t = task_of(p, job[i].task);
		struct attempt *a = board_spare(&p->board);

		assert(t); /* no other was asked for */
		attempt_begin(a, &job[i], t);
		attempt_push(&l, a);
		tell(p, (struct pool_event){ .kind = POOL_CLAIMED, .job = &job[i] });
	}
	board_queue(&p->board, &l);
}

/* A claim whose answer was lost may have succeeded.  d->acks is empty here: acknowledge() was
 * before. */
static bool give_orphans_back(struct pool *p, struct err *e)
{
	struct dispatcher *d = &p->d;
	struct fence *f;
	int64_t *known, jobs;
	size_t n;

	if (!d->orphans)
		return true;
	n = board_claims(&p->board, d->scratch, &f);
	known = arena_new_array(d->scratch, int64_t, n + 1);
	for (size_t i = 0; i < n; i++)
		known[i] = f[i].job;
	if (!session_release_others(d->db, d->session, known, n, &jobs, e))
		return false;
	d->orphans = false;
	return true;
}

static bool claim_some(struct pool *p, const struct claim *c, size_t *n, struct err *e)
{
	struct dispatcher *d = &p->d;
	struct job *job = NULL;

	if (!give_orphans_back(p, e))
		return false;
	d->orphans = true;
	if (!queue_claim(d->db, d->scratch, c, &job, n, e))
		return false;
	d->orphans = false;
	d->lanes = false;
	for (size_t i = 0; i < *n; i++)
		d->lanes |= job[i].lane.len > 0;
	if (*n)
		spread(p, job, *n);
	return true;
}

/* Which jobs a person wants run now; they are forgotten by being asked for. */
static size_t take_forced(struct board *b, int64_t id[POOL_FORCED_MAX])
{
	size_t n;

	mutex_lock(&b->lock);
	n = b->forceds;
	memcpy(id, b->forced, n * sizeof(*id));
	b->forceds = 0;
	mutex_unlock(&b->lock);
	return n;
}

static bool claim_forced(struct pool *p, const struct claim *usual, struct err *e)
{
	int64_t id[POOL_FORCED_MAX];
	struct claim c = *usual;
	size_t n = 0;

	c.only = id;
	c.onlys = take_forced(&p->board, id);
	c.force = true;
	return c.onlys == 0 || claim_some(p, &c, &n, e);
}

static struct claim usual_claim(struct pool *p)
{
	return (struct claim){ .session = p->d.session,
			       .max = board_room(&p->board, p->o.batch),
			       .task = p->d.task,
			       .tasks = p->o.tasks };
}

/* What a claim for `max` says of the next one.  Too few for a hasty one may have been too hasty. */
static void look_again(struct dispatcher *d, size_t n, size_t max)
{
	d->look = n == max || d->hasty;
	d->hasty = n == max;
	if (!n)
		d->promote_ms = 0; /* whatever woke us is not due yet: when will it be? */
}

static bool claim(struct pool *p, struct err *e)
{
	struct dispatcher *d = &p->d;
	struct claim c = usual_claim(p);
	size_t n = 0;

	if (!d->look || !c.max)
		return true;
	if (!claim_forced(p, &c, e))
		return false;
	d->hasty = false;
	c.max = board_room(&p->board, p->o.batch);
	if (c.max && !claim_some(p, &c, &n, e))
		return false;
	look_again(d, n, c.max);
	return true;
}

/* After a failure it is not known what was written: the longer way asks. */
static bool may_trade(const struct dispatcher *d)
{
	if (d->failures || d->orphans)
		return false;
	for (const struct attempt *a = d->acks.first; a; a = a->next)
		if (a->job.lane.len)
			return false;
	return true;
}

/* Acknowledges and claims at once; *done says that nothing is left of either. */
static bool trade(struct pool *p, bool *done, struct err *e)
{
	struct dispatcher *d = &p->d;
	struct claim c = usual_claim(p);
	size_t n = d->acks.n;
	struct trade x;

	*done = false;
	c.hasty = d->hasty;
	if (!d->look || d->lanes || d->forced)
		c.max = 0;
	if (!may_trade(d) || (!n && !c.max))
		return true;
	d->orphans = c.max > 0;
	if (!queue_trade(d->db, d->scratch, verdicts(d, n), n, &c, &x, e))
		return false;
	d->orphans = false;
	if (!x.ended)
		return true;
	if (n)
		settle_first(p, arena_new_array(d->scratch, bool, n), n);
	if (x.jobs)
		spread(p, x.job, x.jobs);
	d->lanes |= x.lanes;
	*done = c.max > 0 && !x.lanes;
	if (*done)
		look_again(d, x.jobs, c.max);
	return true;
}

static bool promote(struct pool *p, struct err *e)
{
	struct dispatcher *d = &p->d;
	int64_t moved, next_ms, now_ms = clock_steady_now();

	if (now_ms < d->promote_ms)
		return true;
	if (!queue_promote(d->db, PROMOTE_MAX, &moved, &next_ms, e))
		return false;
	d->look |= moved > 0;
	d->promote_ms = now_ms + p->o.poll_ms;
	if (next_ms >= 0)
		d->promote_ms = sooner(d->promote_ms, now_ms + next_ms);
	return true;
}

/* ---- others ---- */

static bool reap(struct pool *p, struct err *e)
{
	struct dispatcher *d = &p->d;
	int64_t sessions, jobs, now_ms = clock_steady_now();

	if (now_ms < d->reap_ms)
		return true;
	if (!session_reap(d->db, &sessions, &jobs, e))
		return false;
	d->reap_ms = now_ms + jitter(d, REAP_MS);
	d->look |= jobs > 0;
	if (sessions) {
		log_warn("%lld dead workers were found, %lld jobs go on elsewhere",
			 (long long)sessions, (long long)jobs);
		tell(p, (struct pool_event){ .kind = POOL_REAPED, .n = jobs });
	}
	return true;
}

/* Looks for jobs that somebody cancelled. */
static bool watch(struct pool *p, struct err *e)
{
	struct dispatcher *d = &p->d;
	struct fence *f;
	bool *unwanted;
	size_t n;

	if (clock_steady_now() < d->watch_ms)
		return true;
	n = board_claims(&p->board, d->scratch, &f);
	unwanted = arena_new_array(d->scratch, bool, n + 1);
	if (n && !queue_unwanted(d->db, f, n, unwanted, e))
		return false;
	d->watch_ms = clock_steady_now() + WATCH_MS;
	mutex_lock(&p->board.lock);
	for (size_t i = 0; i < n; i++)
		if (unwanted[i])
			board_cancel_locked(&p->board, &f[i]);
	mutex_unlock(&p->board.lock);
	return true;
}

/* ---- rounds ---- */

/* Notes the time; whether anything happened that asks for a look. */
static void take_notes(struct pool *p)
{
	struct board *b = &p->board;
	struct dispatcher *d = &p->d;
	int64_t now_ms = clock_steady_now();
	uint64_t told;

	if (listener_take(d->ears) & 1)
		d->look = true;
	if (now_ms >= d->poll_ms) {
		d->look = true;
		d->poll_ms = now_ms + jitter(d, p->o.poll_ms);
	}
	mutex_lock(&b->lock);
	if (b->woken && read(b->wake_fd, &told, sizeof(told)) < 0)
		abort(); /* it was written before `woken` was set */
	b->woken = false;
	d->look |= b->look;
	d->forced = b->forceds > 0;
	b->look = false;
	b->stats.ticked_ms = now_ms;
	b->stats.connected = d->failures == 0;
	mutex_unlock(&b->lock);
}

static bool talk(struct pool *p, struct err *e)
{
	bool done;

	return keep_session(p, e) && trade(p, &done, e) &&
	       (done || (acknowledge(p, e) && claim(p, e))) && promote(p, e) && reap(p, e) &&
	       watch(p, e);
}

static void failed(struct dispatcher *d, const struct err *e)
{
	int64_t wait_ms = RETRY_MIN_MS;

	db_rollback(d->db);
	for (unsigned i = 0; i < d->failures && wait_ms < RETRY_MAX_MS; i++)
		wait_ms *= 2;
	if (wait_ms > RETRY_MAX_MS)
		wait_ms = RETRY_MAX_MS;
	d->retry_ms = clock_steady_now() + jitter(d, wait_ms);
	d->beat_ms = 0; /* a new connection has to show at once whose it is */
	/* One deadlock is no news. */
	if (d->failures++ == 2)
		log_warn("the job queue cannot be reached, trying on: %s", e->text);
}

static void round_once(struct pool *p)
{
	struct dispatcher *d = &p->d;
	struct err e;

	take_notes(p);
	collect(p);
	if (clock_steady_now() < d->retry_ms)
		return;
	if (!talk(p, &e))
		return failed(d, &e);
	if (d->failures > 2)
		log_info("the job queue is reached again");
	d->failures = 0;
	d->retry_ms = 0;
}

/* How long nothing will be due. */
static int64_t sleep_ms(struct pool *p)
{
	const struct dispatcher *d = &p->d;
	int64_t now_ms = clock_steady_now(), next_ms = d->retry_ms;

	if (!d->failures) {
		next_ms = sooner(d->beat_ms, sooner(d->reap_ms, d->poll_ms));
		next_ms = sooner(next_ms, d->promote_ms);
		mutex_lock(&p->board.lock);
		if (p->board.running || p->board.queued.n)
			next_ms = sooner(next_ms, d->watch_ms);
		mutex_unlock(&p->board.lock);
		if (d->look && board_room(&p->board, p->o.batch))
			next_ms = now_ms;
	}
	next_ms = sooner(next_ms - now_ms, listener_wait_ms(d->ears));
	return next_ms > 0 ? next_ms : 0;
}

static void wait_for_news(struct pool *p)
{
	struct pollfd fd[2] = {
		{ .fd = p->board.wake_fd, .events = POLLIN },
		{ .fd = listener_fd(p->d.ears), .events = listener_events(p->d.ears) },
	};
	int64_t wait_ms = sleep_ms(p);

	/* Interrupted or not, the next round looks for itself. */
	(void)poll(fd, COUNT(fd), (int)(wait_ms < POLL_DEFAULT_MS ? wait_ms : POLL_DEFAULT_MS));
}

static bool closing(struct pool *p)
{
	bool is;

	mutex_lock(&p->board.lock);
	is = p->board.closing;
	mutex_unlock(&p->board.lock);
	return is;
}

void *dispatcher_run(void *arg)
{
	struct pool *p = arg;
	struct err e;

	while (!closing(p)) {
		arena_reset(p->d.scratch);
		round_once(p);
		wait_for_news(p);
	}
	collect(p);
	/* When it cannot be ended its beat stops, and somebody reaps it. */
	if (p->d.session && !session_end(p->d.db, p->d.session, &e))
		log_debug("worker session %lld was not ended: %s", (long long)p->d.session, e.text);
	return NULL;
}

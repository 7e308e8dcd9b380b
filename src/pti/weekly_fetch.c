/* SPDX-License-Identifier: Apache-2.0 */
/*
 * weekly_fetch.c - one page: credits first, then the request, then what it cost.
 *
 * What may work when it is tried again is tried again, but what was paid for in vain only once
 * more: a site that is down would cost three credits for every page.
 */
#include "http/backoff.h"
#include "pti/budget.h"
#include "pti/weekly_part.h"

#define TRIES_MAX 3
#define PAID_TRIES_MAX 2
#define WAIT_BASE_MS 500
#define WAIT_CAP_MS 60000
/* Whoever asks to be left alone for longer ends the run, which goes on then. */
#define PATIENCE_MS (INT64_C(10) * 60 * 1000)

static int64_t now(const struct weekly *w)
{
	return clock_wall_ms(w->g->clock);
}

/* What a page may cost, and what it did: statements that are tried again while the database is
 * away.
 */
struct bill {
	struct weekly *w;
	int64_t price;
	bool granted;
	const struct fetched *page;
};

static bool take(void *arg, struct err *e)
{
	struct bill *b = arg;

	return budget_take(b->w->g->db, b->w->connection, now(b->w), b->price, false, &b->granted,
			   e);
}

static bool settle(void *arg, struct err *e)
{
	struct bill *b = arg;
	struct db *d = b->w->g->db;

	return b->page->sent
		       ? budget_spent(d, b->w->connection, now(b->w), b->price, b->page->credits, e)
		       : budget_return(d, b->w->connection, now(b->w), b->price, e);
}

static bool attempt(struct weekly *w, const struct address *at, int64_t price, struct fetched *out,
		    bool *granted, struct err *e)
{
	struct bill b = { .w = w, .price = price, .page = out };

	if (!session_ask_db(w->session, take, &b, e))
		return false;
	*granted = b.granted;
	if (!b.granted)
		return true;
	if (!source_fetch(w->source, at, w->one, out, e))
		return false; /* the grant runs out by itself */
	if (out->sent) {
		w->counts.requests++;
		w->counts.credits += out->credits;
	}
	return session_ask_db(w->session, settle, &b, e);
}

static void pause_run(struct weekly *w, const struct fetched *f)
{
	w->result->status = WEEKLY_PAUSED;
	w->result->resume_ms = now(w) + (f->wait_ms < QUIET_MS_MAX ? f->wait_ms : QUIET_MS_MAX);
	w->result->stop_code = f->code;
	w->result->stop = str_keep(w->arena, f->why);
}

/* *again: after a wait.  Not when the run is to go on much later. */
static bool wait_for_next(struct weekly *w, const struct fetched *f, unsigned tries, unsigned paid,
			  bool *again, struct err *e)
{
	int64_t wait_ms = backoff_full_jitter_ms(WAIT_BASE_MS, WAIT_CAP_MS, tries, w->g->rng);

	*again = false;
	if (f->outcome != FETCH_LATER)
		return true;
	if (f->wait_ms > PATIENCE_MS) {
		pause_run(w, f);
		return true;
	}
	if (tries >= TRIES_MAX || paid >= PAID_TRIES_MAX)
		return true;
	if (f->wait_ms > wait_ms)
		wait_ms = f->wait_ms;
	weekly_tell(w, (struct weekly_event){ .kind = WEEKLY_WAIT,
					      .wait_ms = wait_ms,
					      .code = f->code,
					      .says = f->why });
	*again = true;
	return session_pause(w->session, wait_ms, "a page is asked for again", e);
}

bool weekly_fetch(struct weekly *w, const struct address *at, int64_t price, struct fetched *out,
		  bool *granted, struct err *e)
{
	unsigned tries = 0, paid = 0;
	bool again = true;

	while (again) {
		if (!attempt(w, at, price, out, granted, e))
			return false;
		if (!*granted)
			return true;
		/* Waiting for one's turn is no attempt. */
		tries += out->sent || out->outcome != FETCH_LATER ||
			 strcmp(out->code, "rate_limited") != 0;
		paid += out->credits > 0;
		if (!wait_for_next(w, out, tries, paid, &again, e))
			return false;
	}
	if (out->outcome == FETCH_STOP)
		weekly_stop(w, out->code, out->why);
	return true;
}

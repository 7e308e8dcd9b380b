/* SPDX-License-Identifier: Apache-2.0 */
/*
 * canned.h - a vendor in memory, a clock that does not wait, and a database that fails on demand.
 *
 * One thread.  Every contact with the outside can be made to fail once (struct chaos), and
 * afterwards the process can be as good as dead: nothing reaches client, database or clock any
 * more, so that what a crash would leave is left, and memory is still given back.
 */
#ifndef CANNED_H
#define CANNED_H

#include "base/cancel.h"
#include "base/clock.h"
#include "base/rng.h"
#include "http/client.h"
#include "store/db.h"

/* ---- failing the n-th contact ---- */

enum facet { FACET_NONE, FACET_CLIENT, FACET_STORE, FACET_CLOCK };

struct chaos {
	enum facet facet;
	int64_t at; /* which contact of the facet fails, from 1 */
	enum err_kind kind;
	bool dies;        /* nothing works afterwards */
	bool after;       /* a commit is carried out before it is said to have failed */
	int64_t contacts; /* of the facet, so far */
	bool fired, dead;
};

/* ---- the clock ---- */

struct test_clock {
	struct clock clock;
	int64_t wall_ms, steady_ms;
	struct chaos *chaos;
};
void test_clock_init(struct test_clock *c, struct chaos *chaos);
void test_clock_pass(struct test_clock *c, int64_t ms);

/* ---- the wire ---- */

enum fault_kind {
	FAULT_TRANSIENT, /* no answer */
	FAULT_STATUS,    /* `number` as the status, with an error body */
	FAULT_LIMITED,   /* 429, Retry-After `number` seconds */
	FAULT_TRUNCATED, /* half of the JSON */
	FAULT_EMPTY,     /* 200 without a body */
	FAULT_LIST,      /* [] */
	FAULT_OBJECT,    /* {"message": …} with 200 */
	FAULT_SAME,      /* what was answered before, from here on */
};

struct fault {
	int64_t request; /* which one, from 1 */
	enum fault_kind kind;
	int64_t number;
};

struct canned_request {
	struct str method, url, body, authorization;
	int64_t began_ms, landed_ms; /* steady; it reached the vendor somewhere between */
	int status;                  /* 0: no answer */
};

struct canned_reply {
	int status;
	struct buf body;
	struct str header_name, header_value; /* one more header, or empty */
};

#define FAULTS_MAX 64

struct canned {
	struct client client;
	struct test_clock *clock;
	struct chaos *chaos;
	struct arena *arena; /* the log */
	void (*answer)(void *arg, const struct request *r, struct canned_reply *out);
	void *arg;
	struct fault fault[FAULTS_MAX];
	size_t faults;
	struct canned_request *log;
	size_t logged, log_max;
	int64_t latency_ms; /* an answer takes that long */
	int64_t skew_ms;    /* the vendor's clock is so far ahead of ours */
	bool lands_late;    /* the vendor sees a request when it answers, else when it is sent */
	unsigned under_way;
	struct str last_body;
};

void canned_init(struct canned *c, struct test_clock *clock, struct chaos *chaos);
void canned_done(struct canned *c);
void canned_fault(struct canned *c, int64_t request, enum fault_kind kind, int64_t number);

/* The most requests that any window of `window_ms` saw at the vendor. */
size_t canned_most_in_window(const struct canned *c, int64_t window_ms);
/* Steady time at which the vendor saw a request. */
int64_t canned_seen_ms(const struct canned *c, size_t i);

/* ---- the database ---- */

/* Passes everything on to `real`, but for what the chaos forbids. */
struct db *unruly_open(struct db *real, struct chaos *chaos);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * visit.h - one request on its way through the server: arrives, may wait, is answered, is gone.
 *
 *   ARRIVED ──► WAITING ──► READY ──► ANSWERED
 *      └──────────────────────┘
 *
 * A visit that waits (held, delayed, or between two pieces of a slow body) is suspended in
 * libmicrohttpd and stands in the server's list until its time has come or its client has left.
 */
#ifndef VISIT_H
#define VISIT_H

#include "server.h"

#include <microhttpd.h>

enum visit_state { VISIT_ARRIVED, VISIT_WAITING, VISIT_READY, VISIT_ANSWERED };

struct visits;

struct visit {
	struct request request;
	struct visits *visits;
	enum visit_state state;
	bool seen;      /* the first call of libmicrohttpd has been made */
	bool abandoned; /* its client has left, or the server ends */
	bool too_large;
	char *target; /* owned; path and query point into it */
	struct buf body;
	struct fault fault;
	int fd;
	bool suspended;
	int64_t wake_ms; /* steady */
	uint64_t plans;  /* of the server, when it began to wait */
	struct visit *next;
};

/* The visits that are suspended. */
struct visits {
	struct server *server;
	struct visit *first;
};

/* Suspends the visit until `wake_ms` (steady time; INT64_MAX: until there is another plan). */
void visit_suspend(struct visit *v, int64_t wake_ms);

/* Resumes those whose time has come or whose client has left; all of them when `all`. */
void visits_wake(struct visits *vs, int64_t now_ms, bool all);

/* Until when the server may sleep; at most `now_ms` + a poll for clients that leave. */
int64_t visits_next_ms(const struct visits *vs, int64_t now_ms);

/* Does what is asked for, though its client has left and gets no answer. */
void visit_carry_out(struct visit *v);

/* Sends the reply and gives up what it holds. */
enum MHD_Result deliver(struct visit *v, struct reply *reply);

#endif

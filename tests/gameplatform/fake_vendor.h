/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fake_vendor.h - the game platform's vendor behind vendor.h, in memory, and people to ask it for.
 *
 * Takes the place of vendor.c at link time: what is tested is what is done with answers.  Times are
 * by the test's clock.
 */
#ifndef FAKE_VENDOR_H
#define FAKE_VENDOR_H

#include "fixture.h"
#include "gameplatform/vendor.h"
#include "hand_clock.h"

/* 2026-03-01T00:00:00Z */
#define FAKE_START_MS ((int64_t)1772323200000)
#define FAKE_COACH "00000000-0000-4000-8000-00000000c001"

void fake_reset(void);
/* Somebody the vendor knows; numbers from 1.  Their platform id is fake_id(n). */
void fake_user(int n);
struct str fake_id(int n);
/* A solve; event NULL: the ODL.  visible_s: it can be seen from then on (a late commit); 0: at
 * once. An event's solve makes the event. */
struct fake_solve {
	int user;
	int64_t id, at_s, visible_s, points;
	const char *event;
	int64_t event_start_s;
	const char *title;
};
void fake_solve(const struct fake_solve *s);
void fake_accessed(int user, int64_t at_s);
/* All calls for the user fail so, until NONE. */
void fake_fail(int user, enum vendor_code code, int status, const char *says);
/* The same for calls of one kind ("scores", "events", "user") of anybody. */
void fake_fail_all(const char *call, enum vendor_code code);
void fake_status(int user, const char *status);
/* Called while a request is under way; after the answer is made. */
extern void (*fake_meanwhile)(const char *call, struct str user);

/* How many requests of a kind there were (NULL: any) since the last fake_forget(). */
int fake_calls(const char *call, int user); /* user 0: anybody */
void fake_forget(void);
/* after_s of the last "scores" of the user. */
int64_t fake_after(int user);

/* Tables, a coach, an engine on them, and the rotations of the shipped plan. */
struct ground {
	struct fixture f;
	struct hand_clock clock;
	struct rng rng;
	struct engine engine;
	struct connection connection;
	struct rotation_plan odl, flash; /* of the two streams; may be changed */
};
void ground_open(struct ground *g);
void ground_close(struct ground *g);
/* Competitors number 1 to n, all with a platform id, known to the vendor. */
void ground_people(struct ground *g, int from, int to);
struct str ground_competitor(struct ground *g, int n); /* its id */

#endif

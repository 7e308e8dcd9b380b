/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pushed.h - a vendor of people who are created, changed and removed, and what really happened.
 *
 * It stands in the place of world.h's vendor.  A request with an Idempotency-Key that it has seen
 * changes nothing and gets the first answer again.
 */
#ifndef PUSHED_H
#define PUSHED_H

#include "flow/push.h"
#include "world.h"

#define PEOPLE_MAX 64

struct person {
	char ref[64], name[64], shelf[64], key[80];
	bool gone;
	int changes;
};

struct pushed {
	struct world w;
	struct person person[PEOPLE_MAX];
	size_t people;
	int requests, keyed;
	bool deaf;  /* requests get lost on the way: nothing happens */
	int status; /* the next answer's, in place of its own; 0: its own */
	int status_times;
	const char *body; /* of such an answer */
	bool acts;        /* although such an answer is given, it happens */
	void (*lists)(void *arg, const struct request *r,
		      struct canned_reply *out); /* world.h's vendor */
	const char *meanwhile; /* SQL of the application while the next request is under way */
};

void pushed_open(struct pushed *p, const char *file);
void pushed_close(struct pushed *p);

/* The application's own SQL. */
void pushed_sql(struct pushed *p, const char *sql);

/* One push of a record; false with *e. */
bool pushed_once(struct pushed *p, const char *watch, const char *key, struct push_result *out,
		 struct err *e);
/* Until it says other than WAIT, with the clock going on. */
struct push_result pushed_through(struct pushed *p, const char *watch, const char *key);

/* How many people of that ref there are. */
int pushed_count(const struct pushed *p, const char *ref);
const struct person *pushed_find(const struct pushed *p, const char *ref);

#endif

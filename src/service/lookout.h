/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lookout.h - the thread that hears of changes made by other processes, and keeps hints few.
 *
 * What happens in this process is told by lookout_tell(), what happens elsewhere is heard through
 * the database (beacon.h); both become events.  Of each kind at most LOOKOUT_A_SECOND are told in a
 * second; what comes faster becomes one event with no members, which means "some of that kind".
 * What triggers do not tell of, the lookout tells other processes, at most once a second.  It has
 * who looks asked about, too, for it has a thread and a database.
 */
#ifndef LOOKOUT_H
#define LOOKOUT_H

#include "base/err.h"
#include "base/str.h"

#define LOOKOUT_A_SECOND 4

struct db;
struct lookout;

struct lookout_options {
	struct str database;
	bool deaf; /* behind a transaction pooler: nothing is heard, everything may have changed */
	/* Tells those who look; from any thread. */
	void (*publish)(void *arg, const char *kind, struct str data, unsigned roles);
	/* How many look: a deaf lookout tells them alone. */
	size_t (*readers)(void *arg);
	/* While somebody looks, every few seconds: whether they may; NULL: everybody. */
	bool (*attend)(void *arg, struct db *d, struct err *e);
	void *arg;
};

MUST_CHECK bool lookout_open(const struct lookout_options *o, struct lookout **out, struct err *e);
/* NULL is allowed.  What was held back is not told any more. */
void lookout_close(struct lookout *l);

/* From any thread; never blocks on the database.  `data` is JSON text; `roles` may see it. */
void lookout_tell(struct lookout *l, const char *kind, struct str data, unsigned roles);

#endif

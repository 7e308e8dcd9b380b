/* SPDX-License-Identifier: Apache-2.0 */
/*
 * beacon.h - "something of that kind has changed", for every process that looks at the database,
 * whoever changed it: another process, the command line, psql, sqlite3.
 *
 * Triggers on Lockstep's own tables say it by themselves, and so do those on the tables that an
 * integration names, into which the application itself writes.  Jobs, which change thousands of
 * times a second, have no trigger: the processes that work on them say it, at most once a second,
 * by beacon_tell().  On PostgreSQL it is a NOTIFY on a channel for each kind; on SQLite a row of
 * lockstep_ticks for each kind counts, and the file's own change counter says when to look there.
 */
#ifndef BEACON_H
#define BEACON_H

#include "store/db.h"

enum beacon_kind {
	BEACON_JOB,
	BEACON_RUN,
	BEACON_SCHEDULE,
	BEACON_QUEUE, /* pauses */
	BEACON_HOLD,
	BEACON_OUTBOX,
	BEACON_CONFLICT,
	BEACON_QUARANTINE,
	BEACON_WORKER,
	BEACON_TOKEN, /* a connection's sign-in */
	BEACON_AUDIT,
	BEACON_GAME,
	BEACON_PTI,
	BEACON_COMPETITOR,
	BEACON_TEAM,
	BEACON_KINDS
};

/* "job", "run", … */
const char *beacon_name(enum beacon_kind k);
bool beacon_parse(struct str name, enum beacon_kind *out);
/* The channel on which PostgreSQL tells of it. */
const char *beacon_channel(enum beacon_kind k);
/* Whether triggers tell of it; if not, whoever changes it does. */
bool beacon_is_told(enum beacon_kind k);

/* A table that is watched.  An update counts only when `differs`, over OLD and NEW; NULL: any. */
struct beacon_watch {
	const char *table;
	enum beacon_kind kind;
	const char *differs;
};

/* Lockstep's own tables, and that which comes with a connection's; .table NULL at the end. */
extern const struct beacon_watch beacon_own[], beacon_outbox[];

/*
 * The statements that make the triggers of all tables in `watch` (lists as beacon_own, NULL at the
 * end) that lack theirs, as control_plan(), behind all that make the tables.  A table that belongs
 * to somebody else is left alone.
 */
MUST_CHECK bool beacon_plan(struct db *d, struct arena *a, const struct beacon_watch *const *watch,
			    struct str **statement, size_t *statements, struct err *e);

/* Tells of all kinds in the set (bits). */
MUST_CHECK bool beacon_tell(struct db *d, unsigned kinds, struct err *e);

/* Where somebody who looks at SQLite has come to; zeroed to begin with. */
struct beacon_place {
	int64_t version; /* the file's change counter */
	int64_t tick[BEACON_KINDS];
	int64_t added, ended; /* of jobs: the last id, the last time */
	bool begun, jobs;     /* jobs: the queue's tables are there */
};
/* The kinds that changed since the last look; nothing on PostgreSQL, nor at the first. */
MUST_CHECK bool beacon_look(struct db *d, struct beacon_place *place, unsigned *kinds,
			    struct err *e);

#endif

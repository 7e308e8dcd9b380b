/* SPDX-License-Identifier: Apache-2.0 */
/*
 * error_group.h - what went wrong lately, and how often the same thing did.
 *
 * What goes wrong stands in three places: runs that ended in error or partly, jobs that failed for
 * good or wait to be tried again, and records in quarantine.  At most ERROR_EVENTS_MAX of each are
 * looked at, the newest, each found by an index.  The text of a record's error is never shown as it
 * is: it may quote the record.
 */
#ifndef ERROR_GROUP_H
#define ERROR_GROUP_H

#include "service/error_print.h"
#include "store/db.h"

#define ERROR_EVENTS_MAX 3000
#define ERROR_NAMES_MAX 8
#define ERROR_SPARK 24

enum error_source { ERROR_RUN, ERROR_JOB, ERROR_RECORD };
/* "run", "job", "record" */
const char *error_source_name(enum error_source s);

struct error_event {
	enum error_source source;
	uint64_t hash;
	int64_t at_ms, first_ms;     /* wall; of a record: when it was last and first tried */
	struct str connection, task; /* or empty; of a run its type, of a record its table */
	struct str id;               /* run's uuid, job's number, record's key */
	struct str code, column;     /* of a record */
	struct str text;
	bool told;    /* a sync's job whose run is there too: tried again, but not counted twice */
	bool waiting; /* a job that will be tried again by itself */
};

struct error_filter {
	int64_t since_ms, now_ms;
	struct str connection; /* empty: any */
};

/* Newest first within each source; *cut: there are more than were looked at. */
MUST_CHECK bool error_events(struct db *d, struct arena *a, const struct error_filter *f,
			     struct error_event **out, size_t *n, bool *cut, struct err *e);

struct error_group {
	uint64_t hash;
	enum error_source source;
	struct str title, sample, code;
	int64_t count, first_ms, last_ms;
	int64_t waiting; /* jobs that will be tried again */
	struct str connection[ERROR_NAMES_MAX], task[ERROR_NAMES_MAX];
	size_t connections, tasks;
	int64_t spark[ERROR_SPARK]; /* equal parts of the time that was asked for */
};

/* The groups of these events, that which happened last first. */
void error_groups(struct arena *a, const struct error_filter *f, const struct error_event *event,
		  size_t n, struct error_group **out, size_t *groups);

/* The fingerprint of a run's or job's error. */
uint64_t error_hash_of(struct str text);

#endif

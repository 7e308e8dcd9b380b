/* SPDX-License-Identifier: Apache-2.0 */
/*
 * journal.h - every request a vendor received, as the vendor saw it: the judge of rates and
 * retries.
 *
 * An entry is opened when the request line arrives (that is the moment that counts) and closed when
 * the answer is out or the connection is gone.  Requests to /sandbox/ are not entered.
 */
#ifndef JOURNAL_H
#define JOURNAL_H

#include "base/buf.h"
#include "base/err.h"

struct journal;

struct entry {
	uint64_t n;      /* from 1, in order of arrival */
	int64_t t_ms;    /* steady, since the stand-in started */
	int64_t at_ms;   /* the stand-in's own time */
	int64_t took_ms; /* until the answer was out; -1 while it is not */
	const char *method, *path, *query;
	char host[64];
	char fault[32]; /* "" when the vendor behaved */
	char retry_after[48];
	char subject[40]; /* whom it is about, where the vendor says so; "" when not */
	uint64_t bytes;   /* of the body, as sent */
	unsigned status;  /* 0: no answer */
	bool authorised;  /* the request carried a live access token */
	bool forgotten;   /* the journal was reset while this was open */
};

/* `path` NULL, or where each closed entry is also appended as a line of JSON. */
MUST_CHECK bool journal_new(const char *path, struct journal **out, struct err *e);
void journal_free(struct journal *j);

/* `target` is the request target as received, with its query. */
struct entry *journal_open(struct journal *j, struct str method, struct str target, int64_t at_ms);
void journal_close(struct journal *j, struct entry *entry);

void journal_reset(struct journal *j);
size_t journal_len(const struct journal *j);

/* Entry number `i` < journal_len() as a line of JSON. */
void journal_put(const struct journal *j, size_t i, struct buf *b);

/* A JSON string of ASCII; the request line is a stranger's. */
void journal_put_quoted(struct buf *b, const char *s);

/*
 * The largest number of requests whose path starts with `prefix` in any window of `seconds`:
 * [t, t + seconds).  Measured in steady time, or in the stand-in's own when `own_time`.
 */
struct window {
	size_t max, total;
	int64_t ended_ms; /* when the last request of the first fullest window came */
};

struct window_query {
	struct str prefix;
	int64_t seconds;
	bool own_time;
};

struct window journal_window(const struct journal *j, struct window_query q);

/*
 * {"requests": n, "operations": [{"method", "path", "requests", "answered": {"200": n, …}}, …]},
 * and with `subjects` for each a member {"subjects": {id: n, …}}.
 */
void journal_tally(const struct journal *j, bool subjects, struct buf *b);

/* Entry number `i` < journal_len(). */
const struct entry *journal_at(const struct journal *j, size_t i);

#endif

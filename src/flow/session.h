/* SPDX-License-Identifier: Apache-2.0 */
/*
 * session.h - one connection's talk with its vendor: what a run borrows from the outside.
 *
 * The engine is everything that has a fake in tests: client, database, clock, randomness.  A
 * session adds what belongs to one connection: its URL policy, its rate keys, its counters and its
 * pulse.
 */
#ifndef SESSION_H
#define SESSION_H

#include "base/rng.h"
#include "connector/plan.h"
#include "flow/meter.h"
#include "flow/scope.h"
#include "http/client.h"
#include "store/control.h"
#include "store/seal.h"

/* A job that something in here calls for. */
struct job_order {
	struct str task, args; /* args: a JSON object */
	struct str key;        /* one of this key that waits is enough; empty: none stands for it */
	struct str lane;       /* or empty */
	struct str trigger;    /* "outbox" */
	int64_t after_ms;
};

struct engine {
	struct client *client;
	struct db *db;
	struct clock *clock;
	const struct seal *seal;
	struct rng *rng;
	const struct cancel *stop; /* or NULL */
	const struct fence *fence; /* of the job that this is done for; NULL: a plain process */
	/* [tx] Puts a job into the queue; NULL: there is no queue. */
	bool (*order)(void *arg, struct db *d, const struct job_order *o, struct err *e);
	void *order_arg;
};

/* What a person may be told while a run goes on. */
enum watch_kind {
	WATCH_TABLE,   /* a table's pass begins */
	WATCH_READ,    /* a page is there, and its records are made rows of; no counts */
	WATCH_PAGE,    /* a page was read, all of it */
	WATCH_COMMIT,  /* rows were committed */
	WATCH_WAIT,    /* nothing happens for `wait_ms`, because `says` */
	WATCH_WARNING, /* `says` */
	WATCH_TABLE_END,
};
struct watch_event {
	enum watch_kind kind;
	struct str table;
	struct run_counts counts; /* of the table so far */
	int64_t wait_ms;
	int64_t calls_left;     /* in the vendor's window; -1 unknown */
	int64_t total;          /* records expected, when the last complete pass tells; else 0 */
	enum run_status status; /* TABLE_END */
	bool writes;            /* PAGE: rows are about to be committed */
	struct str says;
};
struct watch {
	void (*tell)(void *arg, const struct watch_event *event);
	void *arg;
};

struct image_log;
struct partition_feed;
struct selection;

struct session {
	const struct engine *engine;
	const struct connection *connection;
	struct url_policy policy;
	struct str *budget_key;    /* by policy of the budget */
	const struct lease *lease; /* renewed while waiting; or NULL */
	int64_t beat_ms;           /* steady time of the last renewal */
	int64_t quiet_ms;          /* wall: the vendor is left alone, see session_quiet(); 0: no */
	struct run_counts counts;  /* requests, pages and bytes of the current table */
	int64_t calls_left;        /* as the ledger last said; -1 unknown */
	int64_t vendor_ms;         /* wall time by the last answer's Date header; 0 unknown */
	int64_t token_used;        /* version of the token that was sent last */
	int64_t token_refused;     /* version of the token that the vendor refused last; -1 none */
	struct selection *selection;       /* only some records; or NULL */
	struct image_log *images;          /* before-images are kept; or NULL */
	const struct partition_feed *feed; /* says whose turn it is; or NULL */
	struct watch watch;
	struct meter *meter; /* of the current table; or NULL */
	struct str table;    /* for events */
};

/* Everything it makes lives as long as `a`. */
MUST_CHECK bool session_open(struct arena *a, const struct engine *g, const struct connection *c,
			     struct session **out, struct err *e);

/* The scope with `config` set and everything else undefined. */
struct scope session_scope(const struct session *s, struct arena *a);

/* Waits, telling the watch why; renews the lease while it does. */
MUST_CHECK bool session_pause(struct session *s, int64_t wait_ms, const char *why, struct err *e);
/* The same, counted as a wait of that kind. */
MUST_CHECK bool session_wait(struct session *s, enum wait_kind kind, int64_t wait_ms,
			     const char *why, struct err *e);

/*
 * The vendor is to be left alone for longer than anybody should stand waiting: what this is for
 * ends with ERR_TRANSIENT ("<why>; …"), and whoever began it comes back at s->quiet_ms.  A wait
 * counts for QUIET_MS_MAX at most, lest a slip of the vendor's silences a connection for a year.
 */
#define QUIET_MS_MAX (INT64_C(24) * 60 * 60 * 1000)
bool session_quiet(struct session *s, int64_t wait_ms, const char *why, struct err *e);

/* Renews the lease when its last renewal is a third of its life ago. */
MUST_CHECK bool session_beat(struct session *s, struct err *e);

/*
 * Asks the database again while it says ERR_TRANSIENT (a restart, a failover), for about half a
 * minute.  For single statements outside a transaction.
 */
MUST_CHECK bool session_ask_db(struct session *s, bool (*ask)(void *arg, struct err *e), void *arg,
			       struct err *e);

void session_tell(const struct session *s, struct watch_event event);
void session_warn(const struct session *s, const char *fmt, ...) PRINTF(2, 3);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * control.h - Lockstep's own tables: leases, cursors, the run log, quarantine, references to mend.
 *
 * All stand in the database of the rows they speak of, so that one transaction covers both.  Names
 * begin with lockstep_, but for sync_logs, whose columns a specification fixes.  Functions marked
 * [tx] are called inside the caller's transaction; the others open their own.
 * Nothing here holds a person's data or a secret unless it is sealed (seal.h).
 */
#ifndef CONTROL_H
#define CONTROL_H

#include "store/db.h"
#include "store/fence.h"
#include "store/table.h"

#define CONTROL_VERSION 1

/* The statements that make or upgrade the control tables, as schema_plan() does for others. */
MUST_CHECK bool control_plan(struct db *d, struct arena *a, struct str **statement,
			     size_t *statements, struct err *e);

/* ---- leases: one holder at a time, fenced ---- */

struct lease {
	struct str name;   /* "run:practicepanther" */
	struct str holder; /* process_name() */
	int64_t token;     /* grows with every taking: a fencing token */
	int64_t ttl_ms;
	const struct fence *fence; /* the job that it is taken for; NULL: a plain process */
};

#define LEASE_TTL_MS 60000

/*
 * Takes the lease when it is free, expired, or its holder is a process of this machine that is
 * dead, or a job that does not run under the same claim any more; *took_over says whether somebody
 * held it.  ERR_BUSY names who holds it and since when.  ERR_FENCED: our own job is not ours.
 * l->name, l->ttl_ms and l->fence are given; holder and token are filled (holder lives as long as
 * `a`).
 */
MUST_CHECK bool lease_take(struct db *d, struct arena *a, struct lease *l, bool *took_over,
			   struct err *e);
/* Pushes the expiry forward.  ERR_FENCED when it was taken over. */
MUST_CHECK bool lease_renew(struct db *d, const struct lease *l, struct err *e);
/* [tx] ERR_FENCED when it is not ours any more; when true it cannot be taken over before the
 * caller's commit. */
MUST_CHECK bool lease_hold(struct db *d, const struct lease *l, struct err *e);
/* Gives it back; not an error when it is lost already. */
MUST_CHECK bool lease_release(struct db *d, const struct lease *l, struct err *e);

/* ---- cursors ---- */

/* Names a stream's place: partition is "" or canonical JSON. */
struct state_key {
	struct str connection, stream, partition;
};
/* The JSON text that was put, or empty.  */
MUST_CHECK bool state_get(struct db *d, struct arena *a, const struct state_key *k,
			  struct str *json, struct err *e);
MUST_CHECK bool state_put(struct db *d, const struct state_key *k, struct str json,
			  struct err *e); /* [tx] */
/* Forgets the states of a stream, or of a whole connection when stream is empty.  [tx] */
MUST_CHECK bool state_clear(struct db *d, struct str connection, struct str stream, struct err *e);
/* The same for all partitions that a stream has, but for that one.  [tx] */
MUST_CHECK bool state_put_all(struct db *d, const struct state_key *but, struct str json,
			      struct err *e);
struct state_row {
	struct str partition, json;
};
/* All of a stream, in the order of their partitions; at most `limit`. */
MUST_CHECK bool state_list(struct db *d, struct arena *a, struct str connection, struct str stream,
			   size_t limit, struct state_row **out, size_t *n, struct err *e);

/* ---- the run log: sync_logs ---- */

enum run_status { RUN_RUNNING, RUN_SUCCESS, RUN_PARTIAL, RUN_ERROR, RUN_STOPPED };
const char *run_status_name(enum run_status s);

struct run_counts {
	int64_t processed, created, updated, unchanged, failed, relinked, requests, pages, bytes;
};

struct run_log {
	struct str id;     /* uuid */
	struct str parent; /* the id of the run it is a part of, or empty */
	struct str connection;
	struct str type; /* sync_type: "full", "incremental", or a stream's name */
	enum run_status status;
	int64_t started_ms, completed_ms; /* wall; completed 0 while running */
	struct run_counts counts;
	struct str error;        /* error_message */
	struct str details;      /* a JSON object */
	struct str triggered_by; /* uuid or empty */
	struct str trigger;      /* of the details, filled by run_log_lists() alone */
};

/* A new run's row, status running; an empty id becomes a random uuid in `a`.  [tx] */
MUST_CHECK bool run_log_start(struct db *d, struct arena *a, struct run_log *r, struct err *e);
/* Whether a run of that id (a uuid) is in the log. */
MUST_CHECK bool run_log_any(struct db *d, struct str id, bool *any, struct err *e);
/* Overwrites status, completed_at, counts, error and details of r->id.  [tx] */
MUST_CHECK bool run_log_update(struct db *d, const struct run_log *r, struct err *e);
/* Closes runs of the connection that a dead process left running: status error, "interrupted". [tx]
 */
MUST_CHECK bool run_log_close_stale(struct db *d, struct str connection, int64_t now_ms,
				    int64_t *closed, struct err *e);

/* Forgets runs that began before that and are over. */
MUST_CHECK bool run_log_cleanup(struct db *d, int64_t before_ms, int64_t *deleted, struct err *e);

/* All but the first two look at the newest RUN_SORT_MAX that match. */
enum run_sort { RUN_NEWEST, RUN_OLDEST, RUN_LONGEST, RUN_MOST, RUN_MOST_FAILED };
#define RUN_SORT_MAX 10000

struct run_filter {
	struct str connection, type, status, id; /* empty: any */
	bool whole_only;                         /* no parts */
	size_t limit, offset;
	struct str parent;      /* only parts of this run */
	struct str trigger;     /* "manual", "schedule", … */
	int64_t from_ms, to_ms; /* began at or after, before (wall); 0: whenever */
	enum run_sort sort;
	struct str after;  /* RUN_NEWEST, RUN_OLDEST: those that stand behind this run */
	int64_t count_max; /* *total stops counting here; 0: it does not */
};
/* Newest first, or as `sort` says; *total is how many there are without limit; NULL: nobody asks,
 * and nothing is counted. */
MUST_CHECK bool run_log_list(struct db *d, struct arena *a, const struct run_filter *f,
			     struct run_log **out, size_t *n, int64_t *total, struct err *e);

/* As many lists as there are filters (at most RUN_LISTS_MAX), in one statement, the newest first;
 * each has its own limit (`after`, `sort` and `count_max` do not count).  Without details, which
 * may be long. */
#define RUN_LISTS_MAX 200
struct run_list {
	struct run_log *run;
	size_t runs;
};
MUST_CHECK bool run_log_lists(struct db *d, struct arena *a, const struct run_filter *f, size_t n,
			      struct run_list *out, struct err *e);

/* ---- quarantine: records that could not become rows ---- */

struct quarantine_item {
	struct str connection, stream, table;
	/* table_key_text(), or a fingerprint of the record when it has no key */
	struct str key;
	struct str column; /* the field, when known */
	struct str code, says;
	struct str sealed; /* the record as JSON, sealed */
	int64_t tries, first_ms, last_ms;
};
/* Inserts, or counts another try of the same (connection, table, key).  [tx] */
MUST_CHECK bool quarantine_put(struct db *d, const struct quarantine_item *q, struct err *e);
/* The record came through.  Nothing happens when it was not there.  [tx] */
MUST_CHECK bool quarantine_remove(struct db *d, struct str connection, struct str table,
				  struct str key, struct err *e);
struct quarantine_filter {
	struct str connection, stream; /* stream empty: any */
	struct str after;              /* only keys that sort (byte by byte) behind it */
	size_t limit;                  /* how many keys */
};
/* In the order of keys.  A key that stands in two tables gives two items, never on two pages. */
MUST_CHECK bool quarantine_list(struct db *d, struct arena *a, const struct quarantine_filter *f,
				struct quarantine_item **out, size_t *n, struct err *e);
/* Whether anything of the table is in quarantine: mostly not, and then nothing needs taking out. */
MUST_CHECK bool quarantine_any(struct db *d, struct str connection, struct str table, bool *any,
			       struct err *e);
MUST_CHECK bool quarantine_count(struct db *d, struct str connection, int64_t *n, struct err *e);
struct quarantine_sum {
	struct str connection, table;
	int64_t n;
};
/* How many there are of each table that has any. */
MUST_CHECK bool quarantine_sums(struct db *d, struct arena *a, struct quarantine_sum **out,
				size_t *n, struct err *e);

/* ---- references whose parent has not come yet ---- */

struct missing_ref {
	/* The row (key is table_key_text()) and its column that is NULL for now. */
	struct str table, key_column, key, column;
	struct table_lookup lookup; /* where the parent will be found */
	struct str value;           /* the content of lookup.match that it waits for */
};
MUST_CHECK bool missing_ref_put(struct db *d, struct str connection, const struct missing_ref *m,
				struct err *e); /* [tx] */
MUST_CHECK bool missing_ref_remove(struct db *d, struct str connection, struct str table,
				   struct str key, struct str column, struct err *e); /* [tx] */
/* Whether any reference of the table waits. */
MUST_CHECK bool missing_ref_any(struct db *d, struct str connection, struct str table, bool *any,
				struct err *e);
/* A cell that linking or following changes, told before the caller's commit. */
struct link_change {
	struct str table, key; /* table_key_text() */
	struct str column;
	struct value before, after; /* as the database gives them */
};
struct link_watch {
	bool (*tell)(void *arg, const struct link_change *c, struct err *e);
	void *arg;
};

/*
 * Fills, set by set, every reference whose parent is there now and forgets it; *linked counts the
 * rows, *left what still waits.  A row that got another value meanwhile is left alone.  `watch` may
 * be NULL.  [tx]
 */
MUST_CHECK bool missing_ref_relink(struct db *d, struct str connection,
				   const struct link_watch *watch, int64_t *linked, int64_t *left,
				   struct err *e);

/*
 * Copies `take` of the parent into `column` of every row of `table` whose `local` column equals the
 * parent's `match` column and whose content differs.  *changed counts the rows.  [tx]
 */
struct follow {
	struct str table, column, local;
	struct table_lookup lookup;
	const struct link_watch *watch; /* or NULL */
	const struct table *keys;       /* with a watch: the table's view, for its key */
};
MUST_CHECK bool follow_apply(struct db *d, const struct follow *f, int64_t *changed, struct err *e);

/* ---- holds: tables whose runs are refused until a person has looked ---- */

struct hold {
	struct str connection, table;
	struct str check;              /* the plan's key: "failed_max" */
	struct str seen, expected;     /* in words */
	struct str run;                /* that was held */
	int64_t since_ms, released_ms; /* wall; released 0: it is held */
	struct str released_by;
	bool once; /* the next complete run goes without that check */
};
MUST_CHECK bool hold_put(struct db *d, const struct hold *h, struct err *e); /* [tx] */
struct hold_filter {
	struct str connection, table; /* empty: any */
	bool released;                /* also those that were released */
};
MUST_CHECK bool hold_list(struct db *d, struct arena *a, const struct hold_filter *f,
			  struct hold **out, size_t *n, struct err *e);
struct hold_release {
	struct str connection, table; /* table empty: all of the connection */
	struct str by;                /* who, for people */
	bool once;                    /* let the next run through without the check */
	int64_t now_ms;               /* wall */
};
/* *released counts them. */
MUST_CHECK bool hold_release(struct db *d, const struct hold_release *r, int64_t *released,
			     struct err *e);
/* A complete run has used up what was let through once.  [tx] */
MUST_CHECK bool hold_used(struct db *d, struct str connection, struct str table, struct err *e);

/* ---- conflicts: cells that both sides changed, for a person to decide ---- */

struct conflict {
	struct str connection, table, key, column;
	struct str sealed; /* the vendor's value: {"vendor": text or null}, sealed */
	int64_t since_ms;  /* wall */
};
/* Inserts, or takes the place of an earlier one of the same cell.  [tx] */
MUST_CHECK bool conflict_put(struct db *d, const struct conflict *c, struct err *e);
/* Not an error when there is none; column empty: all of the row.  [tx] */
MUST_CHECK bool conflict_remove(struct db *d, const struct conflict *c, struct err *e);
struct conflict_filter {
	struct str connection, table, key, column; /* empty: any */
	size_t limit;
};
MUST_CHECK bool conflict_list(struct db *d, struct arena *a, const struct conflict_filter *f,
			      struct conflict **out, size_t *n, struct err *e);
/* How many there are, whatever the limit. */
MUST_CHECK bool conflict_count(struct db *d, const struct conflict_filter *f, int64_t *n,
			       struct err *e);

/* ---- before-images: what a run changed, so that it can be undone ---- */

enum before_change { BEFORE_CREATED, BEFORE_UPDATED, BEFORE_DELETED };

struct before_image {
	int64_t number; /* in the order in which the run changed rows */
	enum before_change change;
	struct str table, key; /* table_key_text() */
	struct str before;     /* a JSON object: columns and their texts; empty for a created row */
	struct str after;      /* a fingerprint of what the run wrote; empty for a deleted row */
};
struct before_run {
	struct str run, connection;
	int64_t now_ms; /* wall */
};
/* [tx] */
MUST_CHECK bool before_put(struct db *d, const struct before_run *r,
			   const struct before_image *image, size_t n, struct err *e);
/* A run's images below a number, the last first; table empty: of all. */
struct before_filter {
	struct str run, table;
	int64_t below;
	size_t limit;
};
MUST_CHECK bool before_list(struct db *d, struct arena *a, const struct before_filter *f,
			    struct before_image **out, size_t *n, struct err *e);
MUST_CHECK bool before_count(struct db *d, struct str run, int64_t *n, struct err *e);
/* Forgets the images that the connection's runs kept before that time (wall), run by run in
 * transactions of their own; *runs counts them. */
MUST_CHECK bool before_cleanup(struct db *d, struct str connection, int64_t before_ms,
			       int64_t *runs, struct err *e);

/* ---- which keys a full pass saw ---- */

/* Adds fingerprints (str_hash() of table_key_text()) of one batch to the pass.  [tx] */
MUST_CHECK bool seen_add(struct db *d, struct str connection, struct str table,
			 const uint64_t *hash, size_t n, struct err *e);
MUST_CHECK bool seen_clear(struct db *d, struct str connection, struct str table,
			   struct err *e); /* [tx] */
struct seen_report {
	int64_t absent; /* rows whose key the pass did not see */
	struct str *example;
	size_t examples;
};
/*
 * Reads the table's keys and counts those that the pass did not see; at most `examples_max` of them
 * come back as key texts (table_key_text()).  Rows whose key column is NULL are not ours and do not
 * count.  Memory stays flat (1 MiB of fingerprints at a time) however large the table is; it is
 * read once for every 118,000 keys that the pass saw.
 */
MUST_CHECK bool seen_absent(struct db *d, struct arena *a, struct str connection,
			    const struct table *t, size_t examples_max, struct seen_report *out,
			    struct err *e);

/* ---- the rate ledger: what a credential has sent, shared by all processes ---- */

struct ledger_rate {
	int64_t limit, interval_ms;
};

struct ledger_answer {
	int64_t wait_ms; /* 0: recorded, durably, and may be sent; else ask again after this */
	int64_t ticket;  /* when it may be sent: names it for ledger_sent() */
	int64_t left;    /* what the tightest rate still allows now; INT64_MAX without rates */
};

/*
 * Asks to send one request under `key` (a credential's fingerprint and policy).
 *
 * A call counts from the moment it is recorded until `interval` after it is known to have reached
 * the vendor: until ledger_sent() that moment is taken to be `hold_ms` (the request's total
 * deadline) from now.  So the vendor's own log never shows more than `limit` in any window, however
 * long a request travels and also after a crash.  As long as a call is under way, the wait is a
 * short one, for the next may be free sooner than the deadline says.
 */
MUST_CHECK bool ledger_take(struct db *d, struct str key, const struct ledger_rate *rate,
			    size_t rates, int64_t hold_ms, struct ledger_answer *out,
			    struct err *e);
/* The request has reached the vendor or never will: its answer came, or it failed. */
MUST_CHECK bool ledger_sent(struct db *d, int64_t ticket, struct err *e);
/* How many calls of the last interval count now, for status. */
MUST_CHECK bool ledger_used(struct db *d, struct str key, int64_t *used, struct err *e);
/* The vendor said 429 or "none left": nobody sends under `key` before `for_ms` are over. */
MUST_CHECK bool ledger_block(struct db *d, struct str key, int64_t for_ms, struct err *e);

/* ---- OAuth tokens, sealed ---- */

struct token {
	struct str access, refresh;     /* plain text; refresh may be empty */
	int64_t expires_ms;             /* wall; 0 unknown */
	int64_t margin_ms;              /* renewed so long before; 0: not told */
	int64_t version;                /* grows with every put */
	struct str problem;             /* why a person must authorise again, or empty */
	int64_t renewed_ms, problem_ms; /* wall: when it came, when the problem did; 0 unknown */
};

struct seal;

/* *found false when there is none. */
MUST_CHECK bool token_get(struct db *d, struct arena *a, const struct seal *s,
			  struct str connection, struct token *t, bool *found, struct err *e);
/* Durable when it returns. */
MUST_CHECK bool token_put(struct db *d, const struct seal *s, struct str connection,
			  const struct token *t, struct err *e);

/* [tx] Forgets them; *was says whether there were any. */
MUST_CHECK bool token_forget(struct db *d, struct str connection, bool *was, struct err *e);

#endif

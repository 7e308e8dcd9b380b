/* SPDX-License-Identifier: Apache-2.0 */
/*
 * outbox.h - changes of the application's own rows on their way to a vendor.
 *
 * A watch is a trigger on a table: whoever changes a row (the application, psql) puts a row into
 * lockstep_outbox in the same transaction, so that a change and its way to the vendor stand or fall
 * together.  A second trigger, on the outbox itself, makes the job that carries it on.
 *
 *             trigger             claim             answer
 *   (nothing) ───────► PENDING ──────────► SENDING ─────────► DONE
 *                       ▲  │ ▲               │ │ └──refused──► FAILED ──retry──► PENDING
 *                       │  │ └──not sent─────┘ └──who knows──► UNKNOWN ─┬─found─► DONE
 *                       │  └──came to nothing──► CANCELLED              ├─not there─► PENDING
 *                       └───────────────────────────────────────────────┘
 *
 * SENDING is committed before the request goes: after a crash such a row is in doubt, and never
 * simply sent again.  A change that becomes a job of its own (a task in place of an action) is DONE
 * from PENDING, by the commit that adds the job.  A row of the outbox holds what the application's
 * row held, since the vendor is to get it; as soon as it is DONE or CANCELLED its contents are
 * erased.
 *
 * Functions marked [tx] are called inside the caller's transaction.
 */
#ifndef OUTBOX_H
#define OUTBOX_H

#include "store/fence.h"

/* ---- watches ---- */

/* Watched and carried columns together; what a function of the databases takes is limited. */
#define OUTBOX_COLUMNS_MAX 40
#define OUTBOX_WHENS_MAX 16

/* "The column holds one of these", or none of them. */
struct outbox_condition {
	struct str column;
	const struct value *any; /* NULL, BOOL, INT, STR */
	size_t anys;
	bool negate;
};

/* The condition on `row` (an alias) as SQL that is true or false, with literals. */
void outbox_condition_sql(struct buf *b, const struct outbox_condition *c, const char *row,
			  enum db_dialect dialect);

/*
 * What is watched.  A row that begins to meet the conditions counts as inserted, one that no longer
 * does as deleted; an update of no watched column makes nothing.
 */
struct outbox_watch {
	struct str connection, name;
	struct str table; /* "contacts" or "schema.contacts" */
	struct str key;   /* the column that names its rows */
	const struct str *column;
	size_t columns;
	const struct str *carried; /* columns that go along but are not watched */
	size_t carries;
	const struct outbox_condition *when; /* all must hold */
	size_t whens;
	const struct str *filled; /* columns that are written back to: they must be there too */
	size_t fills;
	bool made; /* statements that run before make the table or its columns: nothing is checked
		    */
};

/*
 * The statements that make or upgrade the outbox and its triggers, as control_plan(): triggers are
 * made again when their watch has changed and dropped when it is gone.  The jobs go into the
 * queue's lockstep_jobs, which must be there before a row is put.  ERR_CONFIG when a watched table
 * or column does not exist.
 */
MUST_CHECK bool outbox_plan(struct db *d, struct arena *a, const struct outbox_watch *watch,
			    size_t watches, struct str **statement, size_t *statements,
			    struct err *e);

/*
 * [tx] From here to outbox_loud() what this transaction writes is not put into the outbox of that
 * connection: it came from its vendor.  Ends with the transaction in any case when that is rolled
 * back.
 */
MUST_CHECK bool outbox_quiet(struct db *d, struct str connection, struct err *e);
MUST_CHECK bool outbox_loud(struct db *d, struct str connection, struct err *e);

/* ---- rows ---- */

enum outbox_op { OUTBOX_INSERT, OUTBOX_UPDATE, OUTBOX_DELETE };

enum outbox_state {
	OUTBOX_PENDING,
	OUTBOX_SENDING,
	OUTBOX_DONE,
	OUTBOX_FAILED,
	OUTBOX_UNKNOWN,
	OUTBOX_CANCELLED,
	OUTBOX_STATES
};

const char *outbox_op_name(enum outbox_op op);
const char *outbox_state_name(enum outbox_state s);
bool outbox_state_parse(struct str name, enum outbox_state *out);

struct outbox_row {
	int64_t id;
	struct str connection, watch, table, key;
	enum outbox_op op;
	struct str changed;       /* a JSON list of columns, or empty */
	struct str before, after; /* JSON objects, or empty */
	int64_t made_ms;          /* wall */
	enum outbox_state state;
	int64_t attempts;
	int64_t not_before_ms; /* wall; 0: at once */
	int64_t sent_ms;       /* wall, when the last request went; 0: none did */
	bool in_doubt; /* a request may have reached the vendor: nothing is merged into it */
	struct str action, args; /* args: the JSON object that it was first sent with */
	struct str idempotency_key;
	struct str error;
	struct fence claim; /* of whoever sends it; .job 0: none, or without the queue */
	int64_t status;     /* of the vendor's answer; 0: none */
	struct str result;  /* a JSON object of what the answer gave */

	/* What is stored, which a save must find unchanged. */
	enum outbox_state stored_state;
	int64_t stored_attempts;
};

/* [tx] The rows of one record that are neither DONE nor CANCELLED, oldest first; on PostgreSQL they
 * are locked. */
MUST_CHECK bool outbox_waiting(struct db *d, struct arena *a, struct str connection,
			       struct str watch, struct str key, struct outbox_row **out, size_t *n,
			       struct err *e);

/*
 * [tx] Writes what may change of a row.  ERR_FENCED when somebody else changed it since it was
 * read.  Dies on a change of state that is not in the diagram.
 */
MUST_CHECK bool outbox_save(struct db *d, struct outbox_row *row, struct err *e);

/*
 * How the first of `n` rows of a record absorbs the next: the newest state, created when the first
 * was an insert.  *taken rows (at least 1) became row[0]; *nothing: they cancel each other out.
 * Pure; row[0] is changed, the others are not.
 */
void outbox_merge(struct outbox_row *row, size_t n, size_t *taken, bool *nothing);

/* ---- for people ---- */

struct outbox_filter {
	struct str connection, watch; /* empty: any */
	bool by_state;
	enum outbox_state state;
	int64_t id;      /* 0: any */
	struct str text; /* found in the error, or with `in_keys` in the record's key */
	bool in_keys;
	size_t limit, offset;
};
/* Newest first. */
MUST_CHECK bool outbox_list(struct db *d, struct arena *a, const struct outbox_filter *f,
			    struct outbox_row **out, size_t *n, struct err *e);

/* The ids of the same, without what the rows hold. */
MUST_CHECK bool outbox_ids(struct db *d, struct arena *a, const struct outbox_filter *f,
			   int64_t **out, size_t *n, struct err *e);

/* How many there are; limit and offset do not matter. */
MUST_CHECK bool outbox_count(struct db *d, const struct outbox_filter *f, int64_t *n,
			     struct err *e);
/* How many by state, whatever state the filter wants. */
MUST_CHECK bool outbox_counts(struct db *d, const struct outbox_filter *f,
			      int64_t count[OUTBOX_STATES], struct err *e);

/* ERR_MISSING. */
MUST_CHECK bool outbox_get(struct db *d, struct arena *a, int64_t id, struct outbox_row *out,
			   struct err *e);

struct outbox_record {
	struct str connection, watch, key;
};
/* Records with something to send at `now_ms`, for whoever looks after jobs that were lost. */
MUST_CHECK bool outbox_due(struct db *d, struct arena *a, int64_t now_ms, size_t max,
			   struct outbox_record **out, size_t *n, struct err *e);

/* Deletes DONE and CANCELLED rows made before that. */
MUST_CHECK bool outbox_cleanup(struct db *d, int64_t before_ms, int64_t *deleted, struct err *e);

#endif

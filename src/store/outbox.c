/* SPDX-License-Identifier: Apache-2.0 */
/*
 * outbox.c - rows of the outbox: read, moved from state to state, listed.
 *
 * Always: a row changes only from the state and attempt it was read in, and only along the arrows
 * of outbox.h.
 */
#include "store/outbox.h"

#include "store/sql.h"

/* ---- words ---- */

static const char *const ops[] = {
	[OUTBOX_INSERT] = "insert", [OUTBOX_UPDATE] = "update", [OUTBOX_DELETE] = "delete"
};

static const char *const states[] = {
	[OUTBOX_PENDING] = "pending", [OUTBOX_SENDING] = "sending",
	[OUTBOX_DONE] = "done",       [OUTBOX_FAILED] = "failed",
	[OUTBOX_UNKNOWN] = "unknown", [OUTBOX_CANCELLED] = "cancelled",
};

const char *outbox_op_name(enum outbox_op op)
{
	assert((size_t)op < COUNT(ops));
	return ops[op];
}

const char *outbox_state_name(enum outbox_state s)
{
	assert((size_t)s < COUNT(states));
	return states[s];
}

bool outbox_state_parse(struct str name, enum outbox_state *out)
{
	for (size_t i = 0; i < COUNT(states); i++)
		if (str_eq(name, str_from(states[i]))) {
			*out = (enum outbox_state)i;
			return true;
		}
	return false;
}

static bool op_parse(struct str name, enum outbox_op *out)
{
	for (size_t i = 0; i < COUNT(ops); i++)
		if (str_eq(name, str_from(ops[i]))) {
			*out = (enum outbox_op)i;
			return true;
		}
	return false;
}

/* ---- reading ---- */

enum place {
	AT_ID,
	AT_CONNECTION,
	AT_WATCH,
	AT_TABLE,
	AT_KEY,
	AT_OP,
	AT_CHANGED,
	AT_BEFORE,
	AT_AFTER,
	AT_MADE,
	AT_STATE,
	AT_ATTEMPTS,
	AT_NOT_BEFORE,
	AT_SENT,
	AT_IN_DOUBT,
	AT_ACTION,
	AT_ARGS,
	AT_IDEMPOTENCY,
	AT_ERROR,
	AT_JOB,
	AT_SESSION,
	AT_ATTEMPT,
	AT_STATUS,
	AT_RESULT,
};

#define SELECT_ROWS                                                                       \
	"SELECT id, connection, watch, table_name, record_key, op, changed, before_row,"  \
	" after_row, made_ms, state, attempts, not_before_ms, sent_ms, in_doubt, action," \
	" args, idempotency_key, last_error, claim_job, claim_session, claim_attempt,"    \
	" status, result FROM lockstep_outbox"

static struct str text_at(const struct db_result *r, size_t row, enum place p)
{
	return value_text(db_cell(r, row, (size_t)p));
}

static int64_t int_at(const struct db_result *r, size_t row, enum place p)
{
	return value_whole(db_cell(r, row, (size_t)p));
}

static bool row_read(const struct db_result *r, size_t i, struct outbox_row *row, struct err *e)
{
	*row = (struct outbox_row){
		.id = int_at(r, i, AT_ID),
		.connection = text_at(r, i, AT_CONNECTION),
		.watch = text_at(r, i, AT_WATCH),
		.table = text_at(r, i, AT_TABLE),
		.key = text_at(r, i, AT_KEY),
		.changed = text_at(r, i, AT_CHANGED),
		.before = text_at(r, i, AT_BEFORE),
		.after = text_at(r, i, AT_AFTER),
		.made_ms = int_at(r, i, AT_MADE),
		.attempts = int_at(r, i, AT_ATTEMPTS),
		.not_before_ms = int_at(r, i, AT_NOT_BEFORE),
		.sent_ms = int_at(r, i, AT_SENT),
		.in_doubt = int_at(r, i, AT_IN_DOUBT) != 0,
		.action = text_at(r, i, AT_ACTION),
		.args = text_at(r, i, AT_ARGS),
		.idempotency_key = text_at(r, i, AT_IDEMPOTENCY),
		.error = text_at(r, i, AT_ERROR),
		.claim = { int_at(r, i, AT_JOB), int_at(r, i, AT_SESSION),
			   int_at(r, i, AT_ATTEMPT) },
		.status = int_at(r, i, AT_STATUS),
		.result = text_at(r, i, AT_RESULT),
	};
	if (!outbox_state_parse(text_at(r, i, AT_STATE), &row->state) ||
	    !op_parse(text_at(r, i, AT_OP), &row->op))
		return err_set(e, ERR_STORE, "lockstep_outbox holds a row in no known state");
	row->stored_state = row->state;
	row->stored_attempts = row->attempts;
	return true;
}

static bool rows_read(struct arena *a, const struct db_result *r, struct outbox_row **out,
		      size_t *n, struct err *e)
{
	struct outbox_row *row = arena_new_array(a, struct outbox_row, r->rows + 1);

	for (size_t i = 0; i < r->rows; i++)
		if (!row_read(r, i, &row[i], e))
			return false;
	*out = row;
	*n = r->rows;
	return true;
}

bool outbox_waiting(struct db *d, struct arena *a, struct str connection, struct str watch,
		    struct str key, struct outbox_row **out, size_t *n, struct err *e)
{
	struct value param[] = { value_str(connection), value_str(watch), value_str(key) };
	struct str sql = str_printf(a,
				    SELECT_ROWS " WHERE connection = ?1 AND watch = ?2"
						" AND record_key = ?3"
						" AND state NOT IN ('done', 'cancelled')"
						" ORDER BY id%s",
				    sql_words(d)->wait_row);
	struct db_result r;

	return db_query(d, a, sql.at, param, COUNT(param), &r, e) && rows_read(a, &r, out, n, e);
}

bool outbox_get(struct db *d, struct arena *a, int64_t id, struct outbox_row *out, struct err *e)
{
	struct value param[] = { value_int(id) };
	struct db_result r;

	if (!db_query(d, a, SELECT_ROWS " WHERE id = ?1", param, COUNT(param), &r, e))
		return false;
	if (r.rows == 0)
		return err_set(e, ERR_MISSING, "the outbox has no row %lld", (long long)id);
	return row_read(&r, 0, out, e);
}

/* What is asked for as SQL; only what is, so that an index can be used. */
struct lookup {
	struct buf sql;
	struct value param[8];
	size_t params;
};

static void where(struct lookup *l, const char *before, struct value v, const char *behind)
{
	assert(l->params < COUNT(l->param));
	l->param[l->params++] = v;
	buf_printf(&l->sql, "%s?%zu%s", before, l->params, behind);
}

static void where_found(struct lookup *l, const char *before, const char *column, struct value text,
			const char *behind)
{
	buf_printf(&l->sql, "%sreplace(lower(%s), ", before, column);
	where(l, "lower(CAST(", text, " AS text)), '') <> ");
	buf_printf(&l->sql, "lower(%s)%s", column, behind);
}

/* `newest`: a page of them.  SQLite would rather find all by an index, and sort them, than read the
 * newest until the page is full. */
static void lookup_init(struct lookup *l, struct arena *a, const char *select,
			const struct outbox_filter *f, bool newest)
{
	struct value text = value_str(f->text);

	*l = (struct lookup){ .params = 0 };
	buf_in(&l->sql, a, SQL_BYTES_MAX);
	buf_printf(&l->sql, "%s WHERE 1 = 1", select);
	if (f->connection.len)
		where(l, newest && !f->by_state ? " AND +connection = " : " AND connection = ",
		      value_str(f->connection), "");
	if (f->watch.len)
		where(l, newest ? " AND +watch = " : " AND watch = ", value_str(f->watch), "");
	if (f->by_state)
		where(l, " AND state = ", value_str(str_from(outbox_state_name(f->state))), "");
	if (f->id)
		where(l, " AND id = ", value_int(f->id), "");
	if (f->text.len)
		where_found(l, " AND (", "last_error", text, f->in_keys ? "" : ")");
	if (f->text.len && f->in_keys)
		where_found(l, " OR ", "record_key", text, ")");
}

static bool lookup_ask(struct lookup *l, struct db *d, struct arena *a, struct db_result *r,
		       struct err *e)
{
	return db_query(d, a, str_keep(a, buf_str(&l->sql)).at, l->param, l->params, r, e);
}

bool outbox_count(struct db *d, const struct outbox_filter *f, int64_t *n, struct err *e)
{
	AUTO_ARENA *a = arena_new("outbox count", SQL_BYTES_MAX);
	struct db_result r;
	struct lookup l;

	lookup_init(&l, a, "SELECT count(*) FROM lockstep_outbox", f, false);
	if (!lookup_ask(&l, d, a, &r, e))
		return false;
	*n = db_cell(&r, 0, 0).i;
	return true;
}

bool outbox_counts(struct db *d, const struct outbox_filter *f, int64_t count[OUTBOX_STATES],
		   struct err *e)
{
	AUTO_ARENA *a = arena_new("outbox counts", SQL_BYTES_MAX);
	struct outbox_filter any = *f;
	struct db_result r;
	struct lookup l;
	enum outbox_state s;

	any.by_state = false;
	memset(count, 0, OUTBOX_STATES * sizeof(*count));
	lookup_init(&l, a, "SELECT state, count(*) FROM lockstep_outbox", &any, false);
	buf_add(&l.sql, STR(" GROUP BY state"));
	if (!lookup_ask(&l, d, a, &r, e))
		return false;
	for (size_t i = 0; i < r.rows; i++)
		if (outbox_state_parse(db_cell(&r, i, 0).s, &s))
			count[s] = db_cell(&r, i, 1).i;
	return true;
}

/* The newest first. */
static bool page(struct db *d, struct arena *a, const char *select, const struct outbox_filter *f,
		 struct db_result *r, struct err *e)
{
	struct lookup l;

	lookup_init(&l, a, select, f, d->ops->dialect == DB_SQLITE);
	where(&l, " ORDER BY id DESC LIMIT CAST(", value_int(f->limit ? (int64_t)f->limit : 100),
	      " AS bigint)");
	where(&l, " OFFSET CAST(", value_int((int64_t)f->offset), " AS bigint)");
	return lookup_ask(&l, d, a, r, e);
}

bool outbox_list(struct db *d, struct arena *a, const struct outbox_filter *f,
		 struct outbox_row **out, size_t *n, struct err *e)
{
	struct db_result r;

	return page(d, a, SELECT_ROWS, f, &r, e) && rows_read(a, &r, out, n, e);
}

bool outbox_ids(struct db *d, struct arena *a, const struct outbox_filter *f, int64_t **out,
		size_t *n, struct err *e)
{
	struct db_result r;

	if (!page(d, a, "SELECT id FROM lockstep_outbox", f, &r, e))
		return false;
	*out = arena_new_array(a, int64_t, r.rows + 1);
	for (size_t i = 0; i < r.rows; i++)
		(*out)[i] = db_cell(&r, i, 0).i;
	*n = r.rows;
	return true;
}

bool outbox_due(struct db *d, struct arena *a, int64_t now_ms, size_t max,
		struct outbox_record **out, size_t *n, struct err *e)
{
	struct value param[] = { value_int(now_ms), value_int((int64_t)max) };
	struct outbox_record *record;
	struct db_result r;

	if (!db_query(d, a,
		      "SELECT connection, watch, record_key FROM lockstep_outbox"
		      " WHERE state = 'sending' OR (state = 'pending' AND not_before_ms <= ?1)"
		      " OR (state = 'unknown' AND not_before_ms BETWEEN 1 AND ?1)"
		      " GROUP BY connection, watch, record_key ORDER BY min(id)"
		      " LIMIT CAST(?2 AS bigint)",
		      param, COUNT(param), &r, e))
		return false;
	record = arena_new_array(a, struct outbox_record, r.rows + 1);
	for (size_t i = 0; i < r.rows; i++)
		record[i] = (struct outbox_record){ db_cell(&r, i, 0).s, db_cell(&r, i, 1).s,
						    db_cell(&r, i, 2).s };
	*out = record;
	*n = r.rows;
	return true;
}

bool outbox_cleanup(struct db *d, int64_t before_ms, int64_t *deleted, struct err *e)
{
	struct value param[] = { value_int(before_ms) };

	return db_exec(d,
		       "DELETE FROM lockstep_outbox WHERE state IN ('done', 'cancelled')"
		       " AND made_ms < ?1",
		       param, COUNT(param), deleted, e);
}

/* ---- writing ---- */

static const bool arrows[OUTBOX_STATES][OUTBOX_STATES] = {
	[OUTBOX_PENDING] = { [OUTBOX_PENDING] = true,
			     [OUTBOX_SENDING] = true,
			     [OUTBOX_DONE] = true,
			     [OUTBOX_FAILED] = true,
			     [OUTBOX_CANCELLED] = true },
	[OUTBOX_SENDING] = { [OUTBOX_PENDING] = true,
			     [OUTBOX_SENDING] = true,
			     [OUTBOX_DONE] = true,
			     [OUTBOX_FAILED] = true,
			     [OUTBOX_UNKNOWN] = true },
	[OUTBOX_FAILED] = { [OUTBOX_PENDING] = true,
			    [OUTBOX_DONE] = true,
			    [OUTBOX_CANCELLED] = true },
	[OUTBOX_UNKNOWN] = { [OUTBOX_UNKNOWN] = true,
			     [OUTBOX_PENDING] = true,
			     [OUTBOX_DONE] = true,
			     [OUTBOX_FAILED] = true,
			     [OUTBOX_CANCELLED] = true },
};

bool outbox_save(struct db *d, struct outbox_row *row, struct err *e)
{
	bool over = row->state == OUTBOX_DONE || row->state == OUTBOX_CANCELLED;
	struct value param[] = {
		value_int(row->id),
		value_str(str_from(outbox_state_name(row->stored_state))),
		value_int(row->stored_attempts),
		value_str(str_from(outbox_state_name(row->state))),
		value_str(str_from(outbox_op_name(row->op))),
		over ? NULL_VALUE : value_text_or_null(row->changed),
		over ? NULL_VALUE : value_text_or_null(row->before),
		over ? NULL_VALUE : value_text_or_null(row->after),
		value_int(row->attempts),
		value_int(row->not_before_ms),
		value_int(row->sent_ms),
		value_int(row->in_doubt),
		value_str(row->action),
		over ? NULL_VALUE : value_text_or_null(row->args),
		value_str(row->idempotency_key),
		value_str(row->error),
		value_int(row->claim.job),
		value_int(row->claim.session),
		value_int(row->claim.attempt),
		value_int(row->status),
		value_text_or_null(row->result),
	};
	int64_t changed;

	assert(arrows[row->stored_state][row->state]);
	if (!db_exec(d,
		     "UPDATE lockstep_outbox SET state = ?4, op = ?5, changed = ?6,"
		     " before_row = ?7, after_row = ?8, attempts = ?9, not_before_ms = ?10,"
		     " sent_ms = ?11, in_doubt = ?12, action = ?13, args = ?14,"
		     " idempotency_key = ?15, last_error = ?16, claim_job = ?17,"
		     " claim_session = ?18, claim_attempt = ?19, status = ?20, result = ?21"
		     " WHERE id = ?1 AND state = ?2 AND attempts = ?3",
		     param, COUNT(param), &changed, e))
		return false;
	if (changed != 1)
		return err_set(e, ERR_FENCED, "outbox row %lld was changed by somebody else",
			       (long long)row->id);
	row->stored_state = row->state;
	row->stored_attempts = row->attempts;
	return true;
}

/* ---- merging ---- */

/* Whether `next` may become part of what `first` stands for by now. */
static bool absorbs(const struct outbox_row *first, const struct outbox_row *next)
{
	bool open = next->state == OUTBOX_PENDING || next->state == OUTBOX_FAILED;

	/* What was deleted and made anew is two things to the vendor. */
	return open && !next->in_doubt && first->op != OUTBOX_DELETE;
}

static void absorb(struct outbox_row *first, const struct outbox_row *next)
{
	if (next->op == OUTBOX_DELETE) {
		first->op = OUTBOX_DELETE;
		first->after = STR("");
		if (!first->before.len)
			first->before = next->before;
		return;
	}
	first->after = next->after;
	/* The columns of either; the newest list is what people see. */
	if (next->changed.len)
		first->changed = next->changed;
}

void outbox_merge(struct outbox_row *row, size_t n, size_t *taken, bool *nothing)
{
	bool created = row[0].op == OUTBOX_INSERT;

	assert(n > 0 && !row[0].in_doubt);
	*taken = 1;
	while (*taken < n && absorbs(&row[0], &row[*taken])) {
		absorb(&row[0], &row[*taken]);
		(*taken)++;
	}
	*nothing = created && row[0].op == OUTBOX_DELETE;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * postgres_upsert.c - rows into a PostgreSQL table: COPY into a stage, compare and write as sets.
 *
 *     stage (temporary, columns like the target's) <- COPY
 *     DELETE what would be rounded; UPDATE what differs; INSERT what is missing
 *
 * Rows equal to what is stored are neither written nor locked.  All of a batch happens behind a
 * savepoint; when the server refuses something, the batch is undone and tried in halves, down to
 * the row that is at fault.
 */
#include "store/cell.h"
#include "store/postgres.h"
#include "store/reject.h"
#include "store/sql.h"

#include <stdlib.h>

#define COPY_CHUNK_BYTES ((size_t)128 * 1024)
#define CELL_BYTES_MAX ((size_t)1 << 29)
/* From so many rows on the planner is told what the stage holds. */
#define ANALYZE_ROWS_MIN 500
/* A row that is taken and yet cannot be seen (row-level security) is not tried for ever. */
#define RACES_MAX 100

struct upsert {
	struct postgres *p;
	struct postgres_target to;
	const struct row *row;
	struct row_result *result;
	unsigned races;
	struct str round_sql, update_sql, insert_sql; /* empty: not needed */
};

/* ---- the stage ---- */

static bool make_stage(struct upsert *u, struct postgres_stage *place, struct str by, struct err *e)
{
	struct postgres *p = u->p;
	struct str sql;

	if (place->made_by.len) {
		sql = str_printf(u->to.a, "DROP TABLE pg_temp.lockstep_stage_%u", place->number);
		if (!db_exec(&p->db, sql.at, NULL, 0, NULL, e))
			return false;
	}
	sql = str_printf(u->to.a, "CREATE TEMP TABLE lockstep_stage_%u ON COMMIT DROP AS %.*s",
			 p->stages_made, STR_ARG(by));
	if (!db_exec(&p->db, sql.at, NULL, 0, NULL, e))
		return false;
	*place = (struct postgres_stage){ str_keep(p->staged, by), p->stages_made };
	u->to.stage = p->stages_made++;
	return true;
}

/* A stage of this transaction that fits, or a new one. */
static bool find_stage(struct upsert *u, struct err *e)
{
	struct postgres *p = u->p;
	struct str by = postgres_stage_sql(&u->to);
	struct postgres_stage *place;

	for (size_t i = 0; i < p->stages; i++) {
		if (str_eq(p->stage[i].made_by, by)) {
			u->to.stage = p->stage[i].number;
			return true;
		}
	}
	if (p->stages < POSTGRES_STAGES_MAX) {
		place = &p->stage[p->stages++];
		*place = (struct postgres_stage){ 0 };
	} else {
		place = &p->stage[p->stages_made % POSTGRES_STAGES_MAX];
	}
	return make_stage(u, place, by, e);
}

/* ---- the statements ---- */

static void build(struct upsert *u, size_t rows)
{
	uint64_t kept = 0;

	for (size_t i = 0; i < rows; i++)
		kept |= u->row[i].keep;
	u->round_sql = postgres_round_sql(&u->to);
	u->update_sql = postgres_update_sql(&u->to, kept);
	if (!u->to.t->update_only)
		u->insert_sql = postgres_insert_sql(&u->to);
}

/* ---- COPY ---- */

static void copy_escape(struct buf *b, struct str s)
{
	size_t from = 0;

	for (size_t i = 0; i < s.len; i++) {
		char c = s.at[i], as = c == '\n' ? 'n' : c == '\r' ? 'r' : c == '\t' ? 't' : '\\';

		if (c != '\n' && c != '\r' && c != '\t' && c != '\\')
			continue;
		buf_add(b, str_slice(s, from, i));
		buf_char(b, '\\');
		buf_char(b, as);
		from = i + 1;
	}
	buf_add(b, str_slice(s, from, s.len));
}

static void copy_row(struct buf *b, struct arena *scratch, const struct table *t,
		     const struct row *row, size_t ord)
{
	int64_t keep;

	memcpy(&keep, &row->keep, sizeof(keep)); /* bit for bit */
	buf_printf(b, "%zu\t%lld", ord, (long long)keep);
	for (size_t i = 0; i < t->columns; i++) {
		buf_char(b, '\t');
		if (value_is_nothing(row->cell[i]))
			buf_add(b, STR("\\N"));
		else
			copy_escape(b, cell_text(scratch, row->cell[i]));
	}
	buf_char(b, '\n');
}

static bool copy_send(struct upsert *u, struct buf *b, struct err *e)
{
	struct postgres *p = u->p;

	assert(b->len < INT32_MAX);
	if (b->failed)
		return err_set(e, ERR_LIMIT, "a row is larger than %zu bytes", CELL_BYTES_MAX);
	if (b->len && PQputCopyData(p->conn, b->at, (int)b->len) != 1)
		return postgres_fail(p, NULL, e);
	buf_reset(b);
	arena_reset(p->scratch);
	return true;
}

static bool copy_rows(struct upsert *u, size_t from, size_t to, struct err *e)
{
	AUTO_BUF b;

	buf_init(&b, CELL_BYTES_MAX);
	arena_reset(u->p->scratch);
	for (size_t i = from; i < to; i++) {
		if (u->result[i].outcome == ROW_REJECTED)
			continue;
		copy_row(&b, u->p->scratch, u->to.t, &u->row[i], i);
		if (b.len >= COPY_CHUNK_BYTES && !copy_send(u, &b, e))
			return false;
	}
	if (!copy_send(u, &b, e))
		return false;
	return PQputCopyEnd(u->p->conn, NULL) == 1 || postgres_fail(u->p, NULL, e);
}

/* ---- one batch ---- */

/* How a batch ended: refused by the server for a row of it, or too late for another's insert. */
enum batch { BATCH_DONE, BATCH_REFUSED, BATCH_RACED, BATCH_FAILED };

/* Whether the server blames the data, and not the statement or itself. */
static bool is_refusal(const PGresult *r)
{
	static const char *const blame[] = { "22", "23", "44", "P0", "54000" };
	const char *state = postgres_state(r);

	for (size_t i = 0; i < COUNT(blame); i++)
		if (strncmp(state, blame[i], strlen(blame[i])) == 0)
			return true;
	return false;
}

/* "COPY lockstep_stage_0, line 1, column c3: "…"": the number behind ", column c". */
static struct str copy_column(const struct table *t, const PGresult *r)
{
	const char *context = PQresultErrorField(r, PG_DIAG_CONTEXT);
	const char *at = context ? strstr(context, ", column c") : NULL;
	unsigned long i = at ? strtoul(at + strlen(", column c"), NULL, 10) : TABLE_COLUMNS_MAX;

	return i < t->columns ? t->column[i].name : STR("");
}

static struct str refused_column(const struct table *t, const PGresult *r)
{
	const char *column = PQresultErrorField(r, PG_DIAG_COLUMN_NAME);
	const char *constraint = PQresultErrorField(r, PG_DIAG_CONSTRAINT_NAME);
	struct str found = copy_column(t, r);

	if (!found.len && column)
		found = reject_column(t, str_from(column));
	if (!found.len && constraint)
		found = reject_column(t, str_from(constraint));
	return found;
}

static struct row_result refused(const struct table *t, const PGresult *r)
{
	static const struct {
		const char *state;
		enum reject why;
	} codes[] = {
		{ "23502", REJECT_NOT_NULL }, { "23505", REJECT_UNIQUE },
		{ "23P01", REJECT_UNIQUE },   { "23503", REJECT_FOREIGN_KEY },
		{ "23514", REJECT_CHECK },    { "44", REJECT_CHECK },
		{ "22001", REJECT_TOO_LONG }, { "54000", REJECT_TOO_LONG },
		{ "22", REJECT_TYPE },        { "", REJECT_OTHER },
	};
	const char *state = postgres_state(r);
	size_t i = 0;

	while (strncmp(state, codes[i].state, strlen(codes[i].state)) != 0)
		i++;
	return reject_result(codes[i].why, refused_column(t, r));
}

static bool is_answer(const PGresult *r)
{
	ExecStatusType s = PQresultStatus(r);

	return s == PGRES_COMMAND_OK || s == PGRES_TUPLES_OK || s == PGRES_COPY_IN;
}

/* Judges a result that is no answer; `whole` is filled for a refused batch of one row. */
static enum batch judge(struct upsert *u, const PGresult *r, struct row_result *whole,
			struct err *e)
{
	if (!r || !is_refusal(r)) {
		postgres_fail(u->p, r, e);
		postgres_drain(u->p);
		return BATCH_FAILED;
	}
	*whole = refused(u->to.t, r);
	postgres_drain(u->p);
	return BATCH_REFUSED;
}

static enum batch fill_stage(struct upsert *u, size_t from, size_t to, struct row_result *whole,
			     struct err *e)
{
	struct str sql = str_printf(u->to.a,
				    "SAVEPOINT lockstep_rows; TRUNCATE lockstep_stage_%u;"
				    " COPY lockstep_stage_%u FROM STDIN",
				    u->to.stage, u->to.stage);
	bool copied = false;
	PGresult *r;

	if (!postgres_send(u->p, sql.at, e))
		return BATCH_FAILED;
	while ((r = postgres_next(u->p))) {
		CLEANUP(postgres_clear) PGresult *held = r;

		if (!is_answer(held))
			return judge(u, held, whole, e);
		if (PQresultStatus(held) != PGRES_COPY_IN)
			continue;
		copied = true;
		if (!copy_rows(u, from, to, e)) {
			/* Ends the COPY with an error, so that the connection can be rolled back.
			 */
			if (u->p->conn && PQputCopyEnd(u->p->conn, "given up") == 1)
				postgres_drain(u->p);
			return BATCH_FAILED;
		}
	}
	if (copied && u->p->conn && PQstatus(u->p->conn) == CONNECTION_OK)
		return BATCH_DONE;
	postgres_fail(u->p, NULL, e);
	return BATCH_FAILED;
}

static int64_t int_at(const PGresult *r, int row, int column)
{
	int64_t i = -1;

	return str_to_i64(str_from(PQgetvalue(r, row, column)), &i) ? i : -1;
}

/* The cells that rows had before their update, behind their numbers. */
static void take_before(struct upsert *u, const PGresult *r)
{
	const struct table *t = u->to.t;
	struct db_result rows;

	postgres_rows(u->to.a, r, &rows);
	for (size_t i = 0; i < rows.rows; i++) {
		struct value *cell = arena_new_array(u->to.a, struct value, t->columns);

		for (size_t j = 0; j < t->columns; j++)
			cell[j] = cell_from_stored(u->to.a, t->column[j].type,
						   db_cell(&rows, i, j + 1));
		u->result[db_cell(&rows, i, 0).i].before = cell;
	}
}

/* Results have two columns but the update's: (ord, column) of rounded, (ord, t or f) of inserted.
 */
static void take_outcomes(struct upsert *u, const PGresult *r, enum row_outcome outcome,
			  bool *raced)
{
	for (int i = 0; i < PQntuples(r); i++) {
		int64_t ord = int_at(r, i, 0);
		struct row_result *to = &u->result[ord];

		assert(ord >= 0);
		if (outcome == ROW_REJECTED)
			*to = reject_result(REJECT_TYPE, u->to.t->column[int_at(r, i, 1)].name);
		else
			to->outcome = outcome;
		*raced |= outcome == ROW_CREATED && int_at(r, i, 1) != PQntuples(r);
	}
	if (outcome == ROW_UPDATED && u->to.t->before)
		take_before(u, r);
}

/* Sends statements whose results mean outcome[0], outcome[1], …; one without rows means none. */
static enum batch run_statements(struct upsert *u, struct str sql, const enum row_outcome *outcome,
				 bool *raced, struct row_result *whole, struct err *e)
{
	size_t n = 0;
	PGresult *r;

	if (!postgres_send(u->p, sql.at, e))
		return BATCH_FAILED;
	while ((r = postgres_next(u->p))) {
		CLEANUP(postgres_clear) PGresult *held = r;

		if (!is_answer(held))
			return judge(u, held, whole, e);
		if (PQresultStatus(held) == PGRES_TUPLES_OK)
			take_outcomes(u, held, outcome[n++], raced);
	}
	if (PQstatus(u->p->conn) == CONNECTION_OK)
		return BATCH_DONE;
	postgres_fail(u->p, NULL, e);
	return BATCH_FAILED;
}

/* Only what the joins look at: statistics of the raw records alone cost as much as the join. */
static void add_analyze(struct buf *b, const struct upsert *u)
{
	buf_printf(b, "ANALYZE lockstep_stage_%u (ord", u->to.stage);
	for (size_t i = 0; i < u->to.t->keys; i++)
		buf_printf(b, ", c%zu", u->to.t->key[i]);
	buf_add(b, STR(");"));
}

static enum batch write_stage(struct upsert *u, size_t rows, struct row_result *whole,
			      struct err *e)
{
	enum row_outcome outcome[3];
	bool raced = false;
	enum batch done;
	size_t n = 0;
	struct buf b;

	buf_in(&b, u->to.a, SQL_BYTES_MAX);
	if (rows >= ANALYZE_ROWS_MIN)
		add_analyze(&b, u);
	buf_add(&b, u->round_sql);
	if (u->round_sql.len)
		outcome[n++] = ROW_REJECTED;
	buf_add(&b, u->update_sql);
	if (u->update_sql.len)
		outcome[n++] = ROW_UPDATED;
	buf_add(&b, u->insert_sql);
	if (u->insert_sql.len)
		outcome[n++] = ROW_CREATED;
	done = n ? run_statements(u, buf_str(&b), outcome, &raced, whole, e) : BATCH_DONE;
	/* Somebody else inserted a key between our look and our insert: another look finds it. */
	if (done == BATCH_DONE && raced)
		done = BATCH_RACED;
	return done;
}

static bool leave_savepoint(struct upsert *u, bool undo, struct err *e)
{
	if (undo && !db_exec(&u->p->db, "ROLLBACK TO SAVEPOINT lockstep_rows", NULL, 0, NULL, e))
		return false;
	return db_exec(&u->p->db, "RELEASE SAVEPOINT lockstep_rows", NULL, 0, NULL, e);
}

/* Forgets what a batch that was undone had reached.  A decimal that would be rounded is so in any
 * company. */
static void reset_outcomes(struct upsert *u, size_t from, size_t to)
{
	for (size_t i = from; i < to; i++)
		if (u->result[i].outcome != ROW_REJECTED)
			u->result[i].outcome = ROW_UNCHANGED;
}

/* Rows [from, to), in halves when they are refused. */
static bool upsert_range(struct upsert *u, size_t from, size_t to, struct err *e)
{
	struct row_result whole = { 0 };
	size_t middle = from + (to - from) / 2;
	enum batch done = fill_stage(u, from, to, &whole, e);

	if (done == BATCH_DONE)
		done = write_stage(u, to - from, &whole, e);
	if (done == BATCH_FAILED || !leave_savepoint(u, done != BATCH_DONE, e))
		return false;
	if (done == BATCH_DONE)
		return true;
	reset_outcomes(u, from, to);
	/* Halves tell keys apart, too, that are one to the database only (citext). */
	if (to - from > 1)
		return upsert_range(u, from, middle, e) && upsert_range(u, middle, to, e);
	if (done == BATCH_RACED && u->races++ < RACES_MAX)
		return upsert_range(u, from, to, e);
	u->result[from] = done == BATCH_RACED ? reject_result(REJECT_UNIQUE, STR("")) : whole;
	return true;
}

/* ---- all rows ---- */

/* How many rows from `from` on have different keys; `seen` has a power of two of places, more than
 * twice the rows. */
static size_t distinct_run(struct upsert *u, size_t from, size_t rows, size_t *seen, size_t places)
{
	memset(seen, 0, places * sizeof(*seen));
	arena_reset(u->p->scratch);
	for (size_t i = from; i < rows; i++) {
		struct str key = table_key_text(u->p->scratch, u->to.t, u->row[i].cell);
		size_t at = str_hash(key) & (places - 1);

		if (u->result[i].outcome == ROW_REJECTED)
			continue;
		for (; seen[at]; at = (at + 1) & (places - 1)) {
			const struct row *other = &u->row[seen[at] - 1];

			if (str_eq(key, table_key_text(u->p->scratch, u->to.t, other->cell)))
				return i - from;
		}
		seen[at] = i + 1;
	}
	return rows - from;
}

static bool find_columns(struct upsert *u, const struct table_shape *shape, struct err *e)
{
	for (size_t i = 0; i < u->to.t->columns; i++) {
		u->to.held[i] = shape_find(shape, u->to.t->column[i].name);
		if (!u->to.held[i])
			return err_set(e, ERR_MISSING, "there is no column '%.*s'",
				       STR_ARG(u->to.t->column[i].name));
	}
	return true;
}

static bool upsert_all(struct upsert *u, size_t rows, struct err *e)
{
	size_t places = 16, *seen;

	while (places <= 2 * rows)
		places *= 2;
	seen = arena_new_array(u->to.a, size_t, places);
	for (size_t i = 0; i < rows; i++) {
		u->result[i] = (struct row_result){ .outcome = ROW_UNCHANGED };
		reject_keyless(u->to.t, &u->row[i], &u->result[i]);
	}
	build(u, rows);
	for (size_t from = 0, n; from < rows; from += n) {
		n = distinct_run(u, from, rows, seen, places);
		if (!upsert_range(u, from, from + n, e))
			return false;
	}
	return true;
}

bool postgres_upsert(struct db *d, const struct table *t, const struct row *row, size_t rows,
		     struct arena *a, struct row_result *result, struct err *e)
{
	struct postgres *p = postgres_of(d);
	struct upsert u = { .p = p, .to = { .t = t, .a = a }, .row = row, .result = result };
	const struct table_shape *shape;

	assert(p->in_transaction && t->columns <= TABLE_COLUMNS_MAX && t->keys > 0);
	if (rows == 0)
		return true;
	if (postgres_known_shape(p, t->name, &shape, e) && find_columns(&u, shape, e) &&
	    find_stage(&u, e) && upsert_all(&u, rows, e))
		return true;
	postgres_forget_shapes(p); /* the table may have changed under us */
	return err_wrap(e, "table '%.*s'", STR_ARG(t->name));
}

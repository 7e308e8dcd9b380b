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
#define BIT(i) ((uint64_t)1 << (i))

struct upsert {
	struct postgres *p;
	const struct table *t;
	const struct table_shape *shape;
	const struct shape_column *held[TABLE_COLUMNS_MAX]; /* the target's columns */
	const struct row *row;
	struct row_result *result;
	struct arena *a;
	unsigned stage, races;
	struct str round_sql, update_sql, insert_sql; /* empty: not needed */
};

static bool is_key(const struct table *t, size_t column)
{
	for (size_t i = 0; i < t->keys; i++)
		if (t->key[i] == column)
			return true;
	return false;
}

/* ---- the stage ---- */

/* numeric cells are staged with all their digits, so that rounding can be seen. */
static void add_stage_column(struct buf *b, const struct upsert *u, size_t i)
{
	if (u->held[i]->holds == HOLDS_NUMERIC) {
		buf_printf(b, ", CAST(NULL AS numeric) AS c%zu", i);
		return;
	}
	buf_add(b, STR(", "));
	sql_column(b, "t", u->t->column[i].name);
	buf_printf(b, " AS c%zu", i);
}

static struct str stage_sql(const struct upsert *u)
{
	struct buf b;

	buf_in(&b, u->a, SQL_BYTES_MAX);
	buf_add(&b, STR("SELECT 0 AS ord, CAST(0 AS bigint) AS keep"));
	for (size_t i = 0; i < u->t->columns; i++)
		add_stage_column(&b, u, i);
	buf_add(&b, STR(" FROM "));
	sql_table(&b, u->t->name);
	buf_add(&b, STR(" AS t WITH NO DATA"));
	assert(!b.failed);
	return buf_str(&b);
}

static bool make_stage(struct upsert *u, struct postgres_stage *place, struct str by, struct err *e)
{
	struct postgres *p = u->p;
	struct str sql;

	if (place->made_by.len) {
		sql = str_printf(u->a, "DROP TABLE pg_temp.lockstep_stage_%u", place->number);
		if (!db_exec(&p->db, sql.at, NULL, 0, NULL, e))
			return false;
	}
	sql = str_printf(u->a, "CREATE TEMP TABLE lockstep_stage_%u ON COMMIT DROP AS %.*s",
			 p->stages_made, STR_ARG(by));
	if (!db_exec(&p->db, sql.at, NULL, 0, NULL, e))
		return false;
	*place = (struct postgres_stage){ str_keep(p->staged, by), p->stages_made };
	u->stage = p->stages_made++;
	return true;
}

/* A stage of this transaction that fits, or a new one. */
static bool find_stage(struct upsert *u, struct err *e)
{
	struct postgres *p = u->p;
	struct str by = stage_sql(u);
	struct postgres_stage *place;

	for (size_t i = 0; i < p->stages; i++) {
		if (str_eq(p->stage[i].made_by, by)) {
			u->stage = p->stage[i].number;
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

/* The digits behind the point that the column keeps, from "numeric(15,2)"; -1 when it has no
 * limits. *whole: those before the point. */
static int numeric_limits(struct str type, int *whole)
{
	struct str rest = type;
	int64_t precision, scale = 0;

	str_cut(&rest, '(');
	rest.len -= rest.len > 0; /* ')' */
	if (!str_to_i64(str_cut(&rest, ','), &precision) ||
	    (rest.len && !str_to_i64(rest, &scale)) || scale < 0 || scale > precision)
		return -1;
	*whole = (int)(precision - scale);
	return (int)scale;
}

/* Takes rows out of the stage whose decimals the target would round, and says which column. */
static struct str round_sql(struct upsert *u)
{
	struct buf which, where;

	buf_in(&which, u->a, SQL_BYTES_MAX);
	buf_in(&where, u->a, SQL_BYTES_MAX);
	for (size_t i = 0; i < u->t->columns; i++) {
		int whole = 0, scale = u->held[i]->holds == HOLDS_NUMERIC
					       ? numeric_limits(u->held[i]->type, &whole)
					       : -1;
		struct str too_fine;

		if (scale < 0)
			continue;
		too_fine = str_printf(u->a, "(c%zu <> round(c%zu, %d) OR abs(c%zu) >= 1e%d)", i, i,
				      scale, i, whole);
		buf_printf(&which, " WHEN %.*s THEN %zu", STR_ARG(too_fine), i);
		buf_printf(&where, "%s%.*s", where.len ? " OR " : "", STR_ARG(too_fine));
	}
	if (!where.len)
		return STR("");
	return str_printf(u->a,
			  "DELETE FROM lockstep_stage_%u WHERE %.*s"
			  " RETURNING ord, CASE%.*s END;",
			  u->stage, STR_ARG(buf_str(&where)), STR_ARG(buf_str(&which)));
}

/* t."k" = s.c0 AND … */
static void add_key_match(struct buf *b, const struct table *t)
{
	for (size_t i = 0; i < t->keys; i++) {
		buf_add(b, i ? STR(" AND ") : STR(""));
		sql_column(b, "t", t->column[t->key[i]].name);
		buf_printf(b, " = s.c%zu", t->key[i]);
	}
}

/* Types without an equality of their own are compared as one that has it. */
static const char *compare_cast(const struct shape_column *c)
{
	if (c->holds == HOLDS_JSON)
		return "::jsonb";
	return c->holds == HOLDS_OTHER ? "::text" : "";
}

static void add_comparison(struct buf *b, const struct upsert *u, size_t i, uint64_t kept)
{
	const char *cast = compare_cast(u->held[i]);

	if (kept & BIT(i))
		buf_printf(b, "((s.keep >> %zu) & 1 = 0 AND ", i);
	sql_column(b, "t", u->t->column[i].name);
	buf_printf(b, "%s IS DISTINCT FROM s.c%zu%s%s", cast, i, cast, kept & BIT(i) ? ")" : "");
}

static void add_assignment(struct buf *b, const struct upsert *u, size_t i, uint64_t kept)
{
	sql_name(b, u->t->column[i].name);
	if (!(kept & BIT(i))) {
		buf_printf(b, " = s.c%zu", i);
		return;
	}
	buf_printf(b, " = CASE WHEN (s.keep >> %zu) & 1 = 0 THEN s.c%zu ELSE ", i, i);
	sql_column(b, "t", u->t->column[i].name);
	buf_add(b, STR(" END"));
}

/* `kept`: columns that some row of the batch leaves alone. */
static struct str update_sql(struct upsert *u, uint64_t kept)
{
	struct buf set, where, b;

	buf_in(&set, u->a, SQL_BYTES_MAX);
	buf_in(&where, u->a, SQL_BYTES_MAX);
	for (size_t i = 0; i < u->t->columns; i++) {
		if (is_key(u->t, i) || u->t->column[i].write == WRITE_ON_INSERT)
			continue;
		buf_add(&set, set.len ? STR(", ") : STR(""));
		add_assignment(&set, u, i, kept);
		if (u->t->column[i].write == WRITE_STAMP)
			continue;
		buf_add(&where, where.len ? STR(" OR ") : STR(""));
		add_comparison(&where, u, i, kept);
	}
	if (!where.len)
		return STR("");
	buf_in(&b, u->a, SQL_BYTES_MAX);
	buf_add(&b, STR("UPDATE "));
	sql_table(&b, u->t->name);
	buf_printf(&b, " AS t SET %.*s FROM lockstep_stage_%u s WHERE ", STR_ARG(buf_str(&set)),
		   u->stage);
	add_key_match(&b, u->t);
	buf_printf(&b, " AND (%.*s) RETURNING s.ord;", STR_ARG(buf_str(&where)));
	assert(!b.failed && !set.failed && !where.failed);
	return buf_str(&b);
}

/* The lists of an INSERT: the target's columns, the stage's cells, the names of the key. */
static void add_insert_lists(struct buf *names, struct buf *cells, struct buf *keys,
			     const struct table *t)
{
	for (size_t i = 0; i < t->columns; i++) {
		buf_add(names, i ? STR(", ") : STR(""));
		sql_name(names, t->column[i].name);
		buf_printf(cells, "%ss.c%zu", i ? ", " : "", i);
	}
	for (size_t i = 0; i < t->keys; i++) {
		buf_add(keys, i ? STR(", ") : STR(""));
		sql_name(keys, t->column[t->key[i]].name);
	}
}

/*
 * Answers (ord, how many were inserted) of what was missing; fewer when somebody else's insert of
 * the same key came first.  Nothing is joined to what the planner cannot count beforehand, for it
 * would guess one row and choose a nested loop: IS TRUE keeps IN a look-up in a hash table.
 */
static struct str insert_sql(struct upsert *u)
{
	struct buf names, cells, keys, b;

	buf_in(&names, u->a, SQL_BYTES_MAX);
	buf_in(&cells, u->a, SQL_BYTES_MAX);
	buf_in(&keys, u->a, SQL_BYTES_MAX);
	add_insert_lists(&names, &cells, &keys, u->t);
	buf_in(&b, u->a, SQL_BYTES_MAX);
	buf_printf(&b,
		   "WITH w AS MATERIALIZED (SELECT s.ord FROM lockstep_stage_%u s "
		   "WHERE NOT EXISTS (SELECT 1 FROM ",
		   u->stage);
	sql_table(&b, u->t->name);
	buf_add(&b, STR(" AS t WHERE "));
	add_key_match(&b, u->t);
	buf_add(&b, STR(")), done AS (INSERT INTO "));
	sql_table(&b, u->t->name);
	buf_printf(&b,
		   " (%.*s) SELECT %.*s FROM lockstep_stage_%u s"
		   " WHERE (s.ord IN (SELECT w.ord FROM w)) IS TRUE",
		   STR_ARG(buf_str(&names)), STR_ARG(buf_str(&cells)), u->stage);
	buf_printf(&b,
		   " ON CONFLICT (%.*s) DO NOTHING RETURNING 1)"
		   " SELECT w.ord, (SELECT count(*) FROM done) FROM w;",
		   STR_ARG(buf_str(&keys)));
	assert(!b.failed && !names.failed && !cells.failed);
	return buf_str(&b);
}

static void build(struct upsert *u, size_t rows)
{
	uint64_t kept = 0;

	for (size_t i = 0; i < rows; i++)
		kept |= u->row[i].keep;
	u->round_sql = round_sql(u);
	u->update_sql = update_sql(u, kept);
	if (!u->t->update_only)
		u->insert_sql = insert_sql(u);
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
		copy_row(&b, u->p->scratch, u->t, &u->row[i], i);
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
	*whole = refused(u->t, r);
	postgres_drain(u->p);
	return BATCH_REFUSED;
}

static enum batch fill_stage(struct upsert *u, size_t from, size_t to, struct row_result *whole,
			     struct err *e)
{
	struct str sql = str_printf(u->a,
				    "SAVEPOINT lockstep_rows; TRUNCATE lockstep_stage_%u;"
				    " COPY lockstep_stage_%u FROM STDIN",
				    u->stage, u->stage);
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
			*to = reject_result(REJECT_TYPE, u->t->column[int_at(r, i, 1)].name);
		else
			to->outcome = outcome;
		*raced |= outcome == ROW_CREATED && int_at(r, i, 1) != PQntuples(r);
	}
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
	buf_printf(b, "ANALYZE lockstep_stage_%u (ord", u->stage);
	for (size_t i = 0; i < u->t->keys; i++)
		buf_printf(b, ", c%zu", u->t->key[i]);
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

	buf_in(&b, u->a, SQL_BYTES_MAX);
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
		struct str key = table_key_text(u->p->scratch, u->t, u->row[i].cell);
		size_t at = str_hash(key) & (places - 1);

		if (u->result[i].outcome == ROW_REJECTED)
			continue;
		for (; seen[at]; at = (at + 1) & (places - 1)) {
			const struct row *other = &u->row[seen[at] - 1];

			if (str_eq(key, table_key_text(u->p->scratch, u->t, other->cell)))
				return i - from;
		}
		seen[at] = i + 1;
	}
	return rows - from;
}

static bool find_columns(struct upsert *u, struct err *e)
{
	for (size_t i = 0; i < u->t->columns; i++) {
		u->held[i] = shape_find(u->shape, u->t->column[i].name);
		if (!u->held[i])
			return err_set(e, ERR_MISSING, "there is no column '%.*s'",
				       STR_ARG(u->t->column[i].name));
	}
	return true;
}

static bool upsert_all(struct upsert *u, size_t rows, struct err *e)
{
	size_t places = 16, *seen;

	while (places <= 2 * rows)
		places *= 2;
	seen = arena_new_array(u->a, size_t, places);
	for (size_t i = 0; i < rows; i++) {
		u->result[i] = (struct row_result){ .outcome = ROW_UNCHANGED };
		reject_keyless(u->t, &u->row[i], &u->result[i]);
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
	struct upsert u = { .p = p, .t = t, .row = row, .result = result, .a = a };

	assert(p->in_transaction && t->columns <= TABLE_COLUMNS_MAX && t->keys > 0);
	if (rows == 0)
		return true;
	if (postgres_known_shape(p, t->name, &u.shape, e) && find_columns(&u, e) &&
	    find_stage(&u, e) && upsert_all(&u, rows, e))
		return true;
	postgres_forget_shapes(p); /* the table may have changed under us */
	return err_wrap(e, "table '%.*s'", STR_ARG(t->name));
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * seen.c - which keys a full pass saw, and which rows of the table it did not.
 *
 * A batch of fingerprints is one row of text, 16 hex digits each.  The comparison takes the
 * fingerprints in parts that fit into memory, by a part of the fingerprint itself, and reads the
 * table's keys once for each part.
 */
#include "store/cell.h"
#include "store/control.h"
#include "store/sql.h"

#include <stdlib.h>

#define DIGITS 16
/* A part of so many fingerprints is 1 MiB. */
#define PART_HASHES ((int64_t)128 * 1024)
#define KEYS_A_PAGE 2000
#define PAGE_BYTES_MAX ((size_t)256 << 20)

bool seen_add(struct db *d, struct str connection, struct str table, const uint64_t *hash, size_t n,
	      struct err *e)
{
	AUTO_BUF b = { 0 };
	struct value param[3];

	if (n == 0)
		return true;
	buf_init(&b, n * DIGITS);
	for (size_t i = 0; i < n; i++)
		buf_printf(&b, "%016llx", (unsigned long long)hash[i]);
	assert(!b.failed);
	param[0] = value_str(connection);
	param[1] = value_str(table);
	param[2] = value_str(buf_str(&b));
	return db_exec(d,
		       "INSERT INTO lockstep_seen (connection, table_name, batch, hashes) "
		       "SELECT ?1, ?2, coalesce(max(batch), 0) + 1, ?3 FROM lockstep_seen "
		       "WHERE connection = ?1 AND table_name = ?2",
		       param, COUNT(param), NULL, e);
}

bool seen_clear(struct db *d, struct str connection, struct str table, struct err *e)
{
	struct value param[] = { value_str(connection), value_str(table) };

	return db_exec(d, "DELETE FROM lockstep_seen WHERE connection = ?1 AND table_name = ?2",
		       param, COUNT(param), NULL, e);
}

struct sweep {
	struct db *db;
	struct str connection;
	const struct table *t;
	struct arena *page;  /* reset for every page of keys and every batch */
	struct arena *part;  /* the fingerprints of this part */
	struct arena *out;   /* the caller's */
	uint64_t parts, now; /* how many parts, and which this is */
	uint64_t *hash;      /* sorted */
	size_t hashes, cap;
	struct seen_report report;
	size_t examples_max;
};

static bool in_part(const struct sweep *s, uint64_t hash)
{
	return (hash >> 32) % s->parts == s->now;
}

static uint64_t digits_value(const char *at)
{
	uint64_t v = 0;

	for (int i = 0; i < DIGITS; i++)
		v = v << 4 | (uint64_t)(at[i] <= '9' ? at[i] - '0' : at[i] - 'a' + 10);
	return v;
}

static void keep_hash(struct sweep *s, uint64_t hash)
{
	if (!in_part(s, hash))
		return;
	if (s->hashes == s->cap) {
		size_t cap = s->cap ? 2 * s->cap : (size_t)PART_HASHES;

		s->hash = arena_grow(s->part, s->hash, s->cap * sizeof(*s->hash),
				     cap * sizeof(*s->hash));
		s->cap = cap;
	}
	s->hash[s->hashes++] = hash;
}

static int by_value(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

/* Reads all batches, one at a time, and keeps what belongs to this part. */
static bool load_part(struct sweep *s, struct err *e)
{
	int64_t batch = 0;
	struct db_result r;

	s->hashes = 0;
	for (;;) {
		struct value param[] = { value_str(s->connection), value_str(s->t->name),
					 value_int(batch) };

		arena_reset(s->page);
		if (!db_query(s->db, s->page,
			      "SELECT batch, hashes FROM lockstep_seen WHERE connection = ?1 AND "
			      "table_name = ?2 AND batch > ?3 ORDER BY batch LIMIT 1",
			      param, COUNT(param), &r, e))
			return false;
		if (r.rows == 0)
			break;
		batch = db_cell(&r, 0, 0).i;
		for (struct str left = db_cell(&r, 0, 1).s; left.len >= DIGITS;
		     left = str_slice(left, DIGITS, left.len))
			keep_hash(s, digits_value(left.at));
	}
	if (s->hashes)
		qsort(s->hash, s->hashes, sizeof(*s->hash), by_value);
	return true;
}

static void add_keys(struct buf *b, const struct table *t)
{
	for (size_t i = 0; i < t->keys; i++) {
		buf_add(b, i ? STR(", ") : STR(""));
		sql_name(b, t->column[t->key[i]].name);
	}
}

/* The next keys after parameters ?1 … (or the first, when `from_start`), none of them NULL. */
static struct str page_sql(struct arena *a, const struct table *t, bool from_start)
{
	struct buf b;

	buf_in(&b, a, SQL_BYTES_MAX);
	buf_add(&b, STR("SELECT "));
	add_keys(&b, t);
	buf_add(&b, STR(" FROM "));
	sql_table(&b, t->name);
	for (size_t i = 0; i < t->keys; i++) {
		buf_add(&b, i ? STR(" AND ") : STR(" WHERE "));
		sql_name(&b, t->column[t->key[i]].name);
		buf_add(&b, STR(" IS NOT NULL"));
	}
	if (!from_start) {
		buf_add(&b, STR(" AND ("));
		add_keys(&b, t);
		for (size_t i = 0; i < t->keys; i++)
			buf_printf(&b, "%s?%zu", i ? ", " : ") > (", i + 1);
		buf_char(&b, ')');
	}
	buf_add(&b, STR(" ORDER BY "));
	add_keys(&b, t);
	buf_printf(&b, " LIMIT %d", KEYS_A_PAGE);
	assert(!b.failed);
	return buf_str(&b);
}

static void judge_key(struct sweep *s, const struct db_result *r, size_t row)
{
	struct value cell[TABLE_COLUMNS_MAX];
	struct str key;
	uint64_t hash;

	for (size_t i = 0; i < s->t->keys; i++) {
		size_t column = s->t->key[i];

		cell[column] =
			cell_from_stored(s->page, s->t->column[column].type, db_cell(r, row, i));
	}
	key = table_key_text(s->page, s->t, cell);
	hash = str_hash(key);
	if (!in_part(s, hash) ||
	    (s->hashes && bsearch(&hash, s->hash, s->hashes, sizeof(hash), by_value)))
		return;
	s->report.absent++;
	if (s->report.examples < s->examples_max)
		s->report.example[s->report.examples++] = str_keep(s->out, key);
}

/* Keeps the last key of a page beyond the page. */
static void keep_last(struct arena *a, const struct db_result *r, struct value *last)
{
	arena_reset(a);
	for (size_t i = 0; i < r->columns; i++)
		last[i] = value_keep(a, db_cell(r, r->rows - 1, i));
}

static bool sweep_table(struct sweep *s, struct err *e)
{
	AUTO_ARENA *kept = arena_new("last key", PAGE_BYTES_MAX);
	AUTO_ARENA *text = arena_new("sweep sql", SQL_BYTES_MAX * 8);
	struct str first = page_sql(text, s->t, true), next = page_sql(text, s->t, false);
	struct value last[TABLE_KEYS_MAX];
	struct db_result r = { 0 };
	bool begun = false;

	do {
		arena_reset(s->page);
		if (!db_query(s->db, s->page, begun ? next.at : first.at, last,
			      begun ? s->t->keys : 0, &r, e))
			return err_wrap(e, "table '%.*s'", STR_ARG(s->t->name));
		for (size_t i = 0; i < r.rows; i++)
			judge_key(s, &r, i);
		if (r.rows)
			keep_last(kept, &r, last);
		begun = true;
	} while (r.rows == KEYS_A_PAGE);
	return true;
}

static bool count_parts(struct sweep *s, struct err *e)
{
	struct value param[] = { value_str(s->connection), value_str(s->t->name) };
	struct db_result r;

	if (!db_query(s->db, s->page,
		      "SELECT CAST(coalesce(sum(length(hashes)), 0) AS bigint) FROM lockstep_seen "
		      "WHERE connection = ?1 AND table_name = ?2",
		      param, COUNT(param), &r, e))
		return false;
	/* A tenth less than fits, for no part is exactly as large as the next. */
	s->parts = (uint64_t)(db_cell(&r, 0, 0).i / DIGITS / (PART_HASHES - PART_HASHES / 10) + 1);
	return true;
}

static bool sweep_parts(struct sweep *s, struct err *e)
{
	if (!count_parts(s, e))
		return false;
	for (s->now = 0; s->now < s->parts; s->now++)
		if (!load_part(s, e) || !sweep_table(s, e))
			return false;
	return true;
}

bool seen_absent(struct db *d, struct arena *a, struct str connection, const struct table *t,
		 size_t examples_max, struct seen_report *out, struct err *e)
{
	AUTO_ARENA *page = arena_new("sweep page", PAGE_BYTES_MAX);
	AUTO_ARENA *part = arena_new("sweep part", PAGE_BYTES_MAX);
	struct sweep s = { .db = d,
			   .connection = connection,
			   .t = t,
			   .page = page,
			   .part = part,
			   .out = a,
			   .report = { .example =
					       arena_new_array(a, struct str, examples_max + 1) },
			   .examples_max = examples_max };

	if (!sweep_parts(&s, e))
		return false;
	*out = s.report;
	return true;
}

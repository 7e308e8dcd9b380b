/* SPDX-License-Identifier: Apache-2.0 */
/*
 * loop_postgres.c - the limit on PostgreSQL: COPY into a temporary table, then one INSERT … SELECT
 * … ON CONFLICT, in transactions of 10,000 rows.
 *
 * Usage: loop_postgres CONNINFO URL; the table is there already.
 */
#include "loop.h"

#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROWS_A_COMMIT 10000
#define SEND_BYTES ((size_t)128 * 1024)

struct target {
	PGconn *db;
	char *line; /* of COPY's text format */
	size_t len, cap, rows;
};

static void run(struct target *t, const char *sql)
{
	PGresult *r = PQexec(t->db, sql);
	ExecStatusType s = PQresultStatus(r);

	loop_must(s == PGRES_COMMAND_OK || s == PGRES_COPY_IN, sql, PQerrorMessage(t->db));
	PQclear(r);
}

static void flush(struct target *t)
{
	loop_must(PQputCopyData(t->db, t->line, (int)t->len) == 1, "copy", PQerrorMessage(t->db));
	t->len = 0;
}

static void finish(struct target *t)
{
	PGresult *r;

	flush(t);
	loop_must(PQputCopyEnd(t->db, NULL) == 1, "copy", PQerrorMessage(t->db));
	while ((r = PQgetResult(t->db))) {
		loop_must(PQresultStatus(r) == PGRES_COMMAND_OK, "copy", PQerrorMessage(t->db));
		PQclear(r);
	}
	run(t, "INSERT INTO contacts (" LOOP_COLUMNS ") SELECT " LOOP_COLUMNS " FROM stage"
	       " ON CONFLICT (pp_contact_id) DO UPDATE SET " LOOP_SET
	       " WHERE contacts.pp_data IS DISTINCT FROM excluded.pp_data");
	run(t, "COMMIT");
}

/* A backslash before what COPY would take for its own; at worst twice as long. */
static size_t escape(char *to, struct loop_text text)
{
	size_t n = 0;

	for (size_t i = 0; i < text.len; i++) {
		char c = text.at[i];
		char as = c == '\n' ? 'n' : c == '\r' ? 'r' : c == '\t' ? 't' : c;

		if (as != c || c == '\\')
			to[n++] = '\\';
		to[n++] = as;
	}
	return n;
}

static void write_row(void *arg, const struct loop_text *field)
{
	struct target *t = arg;
	size_t need = 4 * LOOP_FIELDS;

	if (t->rows && t->rows % ROWS_A_COMMIT == 0)
		finish(t);
	if (t->rows % ROWS_A_COMMIT == 0)
		run(t, "BEGIN");
	if (t->rows % ROWS_A_COMMIT == 0)
		run(t, "COPY stage FROM STDIN");
	for (size_t i = 0; i < LOOP_FIELDS; i++)
		need += 2 * field[i].len;
	if (t->len + need > t->cap) {
		t->cap = 2 * (t->len + need);
		t->line = realloc(t->line, t->cap);
		loop_must(t->line != NULL, "copy", "no memory");
	}
	for (size_t i = 0; i < LOOP_FIELDS; i++) {
		if (field[i].at)
			t->len += escape(t->line + t->len, field[i]);
		else
			t->len += (size_t)snprintf(t->line + t->len, 3, "\\N");
		t->line[t->len++] = i + 1 < LOOP_FIELDS ? '\t' : '\n';
	}
	t->rows++;
	if (t->len >= SEND_BYTES)
		flush(t);
}

int main(int argc, char **argv)
{
	struct target t = { 0 };

	loop_must(argc == 3, "usage", "loop_postgres CONNINFO URL");
	t.db = PQconnectdb(argv[1]);
	loop_must(PQstatus(t.db) == CONNECTION_OK, "connect", PQerrorMessage(t.db));
	run(&t, "CREATE TEMP TABLE stage ON COMMIT DELETE ROWS AS SELECT " LOOP_COLUMNS
		" FROM contacts WITH NO DATA");
	printf("%zu\n", loop_run(argv[2], write_row, &t));
	if (t.rows)
		finish(&t);
	free(t.line);
	PQfinish(t.db);
	return 0;
}

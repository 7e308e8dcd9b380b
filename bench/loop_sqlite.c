/* SPDX-License-Identifier: Apache-2.0 */
/*
 * loop_sqlite.c - the limit on SQLite: a prepared upsert in transactions of 2,000 rows.
 *
 * Usage: loop_sqlite FILE URL; the table is there already.
 */
#include "loop.h"

#include <sqlite3.h>
#include <stdio.h>

#define ROWS_A_COMMIT 2000

struct target {
	sqlite3 *db;
	sqlite3_stmt *upsert;
	size_t rows;
};

static void run(struct target *t, const char *sql)
{
	loop_must(sqlite3_exec(t->db, sql, NULL, NULL, NULL) == SQLITE_OK, sql,
		  sqlite3_errmsg(t->db));
}

static void write_row(void *arg, const struct loop_text *field)
{
	struct target *t = arg;

	if (t->rows % ROWS_A_COMMIT == 0)
		run(t, t->rows ? "COMMIT; BEGIN IMMEDIATE" : "BEGIN IMMEDIATE");
	for (int i = 0; i < LOOP_FIELDS; i++) {
		if (i == LOOP_IS_PRIMARY)
			sqlite3_bind_int(t->upsert, i + 1, field[i].at[0] == '1');
		else
			sqlite3_bind_text(t->upsert, i + 1, field[i].at, (int)field[i].len,
					  SQLITE_STATIC);
	}
	loop_must(sqlite3_step(t->upsert) == SQLITE_DONE, "upsert", sqlite3_errmsg(t->db));
	sqlite3_reset(t->upsert);
	t->rows++;
}

int main(int argc, char **argv)
{
	struct target t = { 0 };

	loop_must(argc == 3, "usage", "loop_sqlite FILE URL");
	loop_must(sqlite3_open(argv[1], &t.db) == SQLITE_OK, argv[1], sqlite3_errmsg(t.db));
	run(&t, "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cache_size=-8192");
	loop_must(sqlite3_prepare_v2(t.db,
				     "INSERT INTO contacts (" LOOP_COLUMNS
				     ") VALUES (?,?,?,?,?,?,?,?,?,?,?,?)"
				     " ON CONFLICT (pp_contact_id) DO UPDATE SET " LOOP_SET
				     " WHERE contacts.pp_data IS NOT excluded.pp_data",
				     -1, &t.upsert, NULL) == SQLITE_OK,
		  "prepare", sqlite3_errmsg(t.db));
	printf("%zu\n", loop_run(argv[2], write_row, &t));
	if (t.rows)
		run(&t, "COMMIT");
	sqlite3_finalize(t.upsert);
	sqlite3_close(t.db);
	return 0;
}

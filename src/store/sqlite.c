/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sqlite.c - a database in a file, in this process.
 *
 * Always: WAL, synchronous=FULL, foreign keys on; a statement is reset before it goes back to the
 * cache, so that no read lock outlives a call; writing transactions begin IMMEDIATE, so that none
 * fails half-way for want of the lock.
 */
#include "store/sqlite.h"

#include "store/cell.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

#define BUSY_DEFAULT_MS 10000

/* What SQLite's own message is worth: those of CONSTRAINT may come from a trigger of the
 * application's and hold anything. */
static const struct {
	int rc;
	enum err_kind kind;
	const char *says; /* NULL: SQLite's message */
} failures[] = {
	{ SQLITE_BUSY, ERR_TRANSIENT, "another process holds the database" },
	{ SQLITE_LOCKED, ERR_TRANSIENT, "another statement holds the table" },
	{ SQLITE_CANTOPEN, ERR_CONFIG,
	  "cannot be opened: does its directory exist, and may this user write there?" },
	{ SQLITE_READONLY, ERR_CONFIG, "may not be written by this user" },
	{ SQLITE_PERM, ERR_CONFIG, "may not be used by this user" },
	{ SQLITE_NOTADB, ERR_CONFIG, "is not a SQLite database" },
	{ SQLITE_CORRUPT, ERR_STORE, "is damaged: restore it from a copy" },
	{ SQLITE_FULL, ERR_STORE, "the disk is full" },
	{ SQLITE_NOMEM, ERR_STORE, "out of memory" },
	{ SQLITE_CONSTRAINT, ERR_STORE, "a constraint of the table forbids it" },
	{ SQLITE_TOOBIG, ERR_STORE, "a text is longer than SQLite holds" },
};

bool sqlite_fail(struct sqlite *s, int rc, struct err *e)
{
	const char *says = sqlite3_errmsg(s->handle);
	enum err_kind kind = ERR_STORE;

	for (size_t i = 0; i < COUNT(failures); i++) {
		if (failures[i].rc == (rc & 0xff)) {
			kind = failures[i].kind;
			says = failures[i].says;
		}
	}
	if ((rc & 0xff) == SQLITE_ERROR && strncmp(says, "no such table", 13) == 0)
		kind = ERR_MISSING;
	return err_set(e, kind, "database '%s': %s", s->path, says);
}

/* The place of a new statement: a free one, or that of the least recently used. */
static struct sqlite_statement *statement_place(struct sqlite *s)
{
	struct sqlite_statement *oldest = &s->statement[0];

	if (s->statements < SQLITE_STATEMENTS_MAX)
		return &s->statement[s->statements++];
	for (size_t i = 1; i < s->statements; i++)
		if (s->statement[i].used < oldest->used)
			oldest = &s->statement[i];
	sqlite3_finalize(oldest->stmt);
	return oldest;
}

bool sqlite_prepare(struct sqlite *s, struct str sql, sqlite3_stmt **out, struct err *e)
{
	uint64_t hash = str_hash(sql);
	sqlite3_stmt *stmt;
	const char *rest;
	int rc;

	for (size_t i = 0; i < s->statements; i++) {
		struct sqlite_statement *kept = &s->statement[i];

		if (kept->hash == hash && str_eq(str_from(sqlite3_sql(kept->stmt)), sql)) {
			kept->used = ++s->uses;
			*out = kept->stmt;
			return true;
		}
	}
	assert(sql.len < INT_MAX);
	rc = sqlite3_prepare_v3(s->handle, sql.at, (int)sql.len, SQLITE_PREPARE_PERSISTENT, &stmt,
				&rest);
	if (rc != SQLITE_OK)
		return sqlite_fail(s, rc, e);
	assert(stmt && rest == sql.at + sql.len); /* one statement at a time */
	*statement_place(s) = (struct sqlite_statement){ stmt, hash, ++s->uses };
	*out = stmt;
	return true;
}

static int bind_text(sqlite3_stmt *stmt, int i, struct str text, sqlite3_destructor_type owner)
{
	return sqlite3_bind_text64(stmt, i, text.len ? text.at : "", text.len, owner, SQLITE_UTF8);
}

static int bind_time(sqlite3_stmt *stmt, int i, int64_t us)
{
	char text[CELL_TIME_SIZE];
	size_t len = cell_time_text(us, text);

	return bind_text(stmt, i, (struct str){ text, len }, SQLITE_TRANSIENT);
}

void sqlite_bind(sqlite3_stmt *stmt, int i, struct value v)
{
	int rc = SQLITE_MISUSE;

	switch ((enum value_kind)v.kind) {
	case VALUE_UNDEFINED:
	case VALUE_NULL:
		rc = sqlite3_bind_null(stmt, i);
		break;
	case VALUE_BOOL:
		rc = sqlite3_bind_int(stmt, i, v.b);
		break;
	case VALUE_INT:
		rc = sqlite3_bind_int64(stmt, i, v.i);
		break;
	case VALUE_FLOAT:
		rc = sqlite3_bind_double(stmt, i, v.f);
		break;
	case VALUE_STR:
	case VALUE_NUMBER:
		rc = bind_text(stmt, i, v.s, SQLITE_STATIC);
		break;
	case VALUE_TIME:
		rc = bind_time(stmt, i, v.us);
		break;
	case VALUE_LIST:
	case VALUE_MAP:
	case VALUE_SPAN:
	case VALUE_OTHER:
		break;
	}
	assert(rc == SQLITE_OK); /* nobody hands us a text of 1 GB, or a list */
}

struct value sqlite_value(sqlite3_stmt *stmt, int i)
{
	const void *at;

	switch (sqlite3_column_type(stmt, i)) {
	case SQLITE_INTEGER:
		return value_int(sqlite3_column_int64(stmt, i));
	case SQLITE_FLOAT:
		return value_float(sqlite3_column_double(stmt, i));
	case SQLITE_TEXT:
		at = sqlite3_column_text(stmt, i);
		break;
	case SQLITE_BLOB:
		at = sqlite3_column_blob(stmt, i);
		break;
	default:
		return NULL_VALUE;
	}
	return value_str((struct str){ at ? at : "", (size_t)sqlite3_column_bytes(stmt, i) });
}

/* Appends the current row to *cell, which grows by doubling. */
static void result_add(struct arena *a, sqlite3_stmt *stmt, struct db_result *r,
		       struct value **cell, size_t *cap)
{
	size_t n = r->rows * r->columns;

	if (n + r->columns > *cap) {
		struct value *grown = arena_new_array(a, struct value, 2 * (n + r->columns));

		if (n)
			memcpy(grown, *cell, n * sizeof(**cell));
		*cap = 2 * (n + r->columns);
		*cell = grown;
	}
	for (size_t i = 0; i < r->columns; i++) {
		struct value v = sqlite_value(stmt, (int)i);

		if (v.kind == VALUE_STR)
			v.s = str_keep(a, v.s);
		(*cell)[n + i] = v;
	}
	r->rows++;
}

/* Steps to the end; the rows go to *out when it is asked for. */
static int run_through(struct arena *a, sqlite3_stmt *stmt, struct db_result *out)
{
	struct db_result r = { .columns = (size_t)sqlite3_column_count(stmt) };
	struct value *cell = NULL;
	size_t cap = 0;
	int rc;

	while ((rc = sqlite3_step(stmt)) == SQLITE_ROW)
		if (out)
			result_add(a, stmt, &r, &cell, &cap);
	r.cell = cell;
	if (rc == SQLITE_DONE && out)
		*out = r;
	return rc;
}

static bool sqlite_run(struct db *d, struct arena *a, struct str sql, const struct value *param,
		       size_t params, struct db_result *out, int64_t *changed, struct err *e)
{
	struct sqlite *s = sqlite_of(d);
	int before = sqlite3_total_changes(s->handle);
	sqlite3_stmt *stmt;
	int rc;

	if (!sqlite_prepare(s, sql, &stmt, e))
		return false;
	assert((size_t)sqlite3_bind_parameter_count(stmt) == params);
	for (size_t i = 0; i < params; i++)
		sqlite_bind(stmt, (int)i + 1, param[i]);
	rc = run_through(a, stmt, out);
	if (rc != SQLITE_DONE)
		sqlite_fail(s, rc, e);
	else if (changed)
		*changed =
			sqlite3_total_changes(s->handle) == before ? 0 : sqlite3_changes(s->handle);
	(void)sqlite3_reset(stmt); /* says again what step said */
	sqlite3_clear_bindings(stmt);
	return rc == SQLITE_DONE;
}

static bool run_word(struct sqlite *s, const char *sql, struct err *e)
{
	return sqlite_run(&s->db, NULL, str_from(sql), NULL, 0, NULL, NULL, e);
}

static bool sqlite_begin(struct db *d, struct err *e)
{
	struct sqlite *s = sqlite_of(d);

	assert(!sqlite_in_transaction(s));
	sqlite_lock_try(s);
	return run_word(s, "BEGIN IMMEDIATE", e);
}

static bool sqlite_commit(struct db *d, struct err *e)
{
	struct sqlite *s = sqlite_of(d);

	/* A full disk or a trigger's RAISE(ROLLBACK) ends the transaction by itself. */
	if (!sqlite_in_transaction(s))
		return err_set(e, ERR_STORE, "database '%s': the transaction was undone", s->path);
	return run_word(s, "COMMIT", e);
}

static void sqlite_rollback(struct db *d)
{
	struct sqlite *s = sqlite_of(d);
	struct err e;

	/* What cannot be rolled back now is rolled back by whoever opens the file next. */
	if (sqlite_in_transaction(s) && !run_word(s, "ROLLBACK", &e))
		return;
}

static bool in_transaction(struct db *d)
{
	return sqlite_in_transaction(sqlite_of(d));
}

/* lockstep_now_ms(): the wall time by the connection's clock. */
static void now_function(sqlite3_context *context, int arguments, sqlite3_value **argument)
{
	struct sqlite *s = sqlite3_user_data(context);

	(void)arguments;
	(void)argument;
	sqlite3_result_int64(context, clock_wall_ms(s->clock));
}

static bool sqlite_now(struct db *d, int64_t *steady_ms, struct err *e)
{
	(void)e;
	*steady_ms = clock_steady_ms(sqlite_of(d)->clock);
	return true;
}

static void sqlite_close(struct db *d)
{
	struct sqlite *s = sqlite_of(d);

	for (size_t i = 0; i < s->statements; i++)
		sqlite3_finalize(s->statement[i].stmt);
	if (s->handle) {
		s->lock.next_try_ms = 0;
		sqlite_lock_try(s); /* if nobody is left, the WAL goes into the file now */
		sqlite3_close(s->handle);
	}
	sqlite_lock_close(s);
	free(s->path);
	free(s);
}

static void set_patient(struct db *d, bool patient)
{
	struct sqlite *s = sqlite_of(d);

	(void)sqlite3_busy_timeout(s->handle, patient ? (int)s->busy_ms : 0);
}

static const struct db_ops sqlite_ops = {
	.dialect = DB_SQLITE,
	.name = "sqlite",
	.begin = sqlite_begin,
	.commit = sqlite_commit,
	.rollback = sqlite_rollback,
	.run = sqlite_run,
	.upsert = sqlite_upsert,
	.shape = sqlite_shape,
	.holds = sqlite_holds,
	.now = sqlite_now,
	.close = sqlite_close,
	.in_transaction = in_transaction,
	.set_patient = set_patient,
};

/* Makes the file so that nobody else may read it: SQLite gives its WAL the same mode. */
static bool file_make(const char *path, bool create, struct err *e)
{
	int fd;

	if (access(path, F_OK) == 0)
		return true;
	if (!create)
		return err_set(e, ERR_MISSING, "there is no database '%s'", path);
	fd = open(path, O_CREAT | O_RDWR | O_CLOEXEC, 0600);
	if (fd < 0)
		return err_set(e, ERR_CONFIG, "cannot make the database '%s': %s", path,
			       strerror(errno));
	close(fd);
	return true;
}

/* A file that another program keeps open in another mode, or a file system without shared memory.
 */
static bool wal_on(struct sqlite *s, struct err *e)
{
	AUTO_ARENA *a = arena_new("pragma", 1 << 16);
	struct db_result r;

	if (!db_query(&s->db, a, "PRAGMA journal_mode=WAL", NULL, 0, &r, e))
		return false;
	if (r.rows == 1 && str_eq(db_cell(&r, 0, 0).s, STR("wal")))
		return true;
	return err_set(e, ERR_CONFIG,
		       "database '%s': its directory cannot hold a write-ahead log (a network "
		       "file system?)",
		       s->path);
}

static bool set_up(struct sqlite *s, bool in_file, bool read_only, struct err *e)
{
	static const char *const pragma[] = { "PRAGMA foreign_keys=ON", "PRAGMA synchronous=FULL",
					      "PRAGMA temp_store=MEMORY",
					      "PRAGMA cache_size=-8192" };
	(void)sqlite3_extended_result_codes(s->handle, 1);
	(void)sqlite3_db_config(s->handle, SQLITE_DBCONFIG_DQS_DML, 0, NULL);
	(void)sqlite3_db_config(s->handle, SQLITE_DBCONFIG_DQS_DDL, 0, NULL);
	if (sqlite3_create_function_v2(s->handle, "lockstep_now_ms", 0, SQLITE_UTF8, s,
				       now_function, NULL, NULL, NULL) != SQLITE_OK)
		abort();
	if (in_file && !read_only) {
		sqlite_lock_open(s);
		if (!wal_on(s, e))
			return false;
	}
	for (size_t i = 0; i < COUNT(pragma); i++)
		if (!run_word(s, pragma[i], e))
			return false;
	return true;
}

static struct sqlite *sqlite_new(struct str path, const struct db_options *o)
{
	struct sqlite *s = calloc(1, sizeof(*s));

	if (!s || !(s->path = strndup(path.at, path.len)))
		abort();
	s->db.ops = &sqlite_ops;
	s->clock = o->clock ? o->clock : clock_system();
	s->busy_ms = o->busy_ms ? o->busy_ms : BUSY_DEFAULT_MS;
	s->lock.fd = -1;
	clock_boot_id(s->db.epoch);
	return s;
}

bool sqlite_open(struct str url, const struct db_options *o, struct db **out, struct err *e)
{
	struct str path = str_slice(url, strlen("sqlite:"), url.len);
	int flags =
		(o->read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE) | SQLITE_OPEN_NOMUTEX;
	bool in_file = !str_eq(path, STR(":memory:"));
	struct sqlite *s;
	int rc;

	if (str_starts(path, STR("//")))
		path = str_slice(path, 2, path.len);
	if (path.len == 0 || memchr(path.at, 0, path.len))
		return err_set(e, ERR_CONFIG, "a database URL names a file: sqlite:PATH");
	s = sqlite_new(path, o);
	if (in_file && !file_make(s->path, o->create && !o->read_only, e)) {
		sqlite_close(&s->db);
		return false;
	}
	rc = sqlite3_open_v2(s->path, &s->handle, flags, NULL);
	if (rc != SQLITE_OK)
		sqlite_fail(s, rc, e);
	else
		set_patient(&s->db, true);
	if (rc != SQLITE_OK || !set_up(s, in_file, o->read_only, e)) {
		sqlite_close(&s->db);
		return false;
	}
	*out = &s->db;
	return true;
}

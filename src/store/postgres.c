/* SPDX-License-Identifier: Apache-2.0 */
/*
 * postgres.c - a database behind a socket, through libpq.
 *
 *     connected --begin--> in transaction --commit, rollback--> connected
 *         |                      |
 *        lost <-----------------' (then only rollback leads on)
 *         '--begin, run--> connected
 *
 * Always: unless a connection was opened with `prepare` or `indexed`, nothing outlives a
 * transaction on the server (no prepared statements, session settings, session locks or temporary
 * tables), so that a transaction pooler may stand between.  Messages hold no values: those of
 * refused rows are replaced, DETAIL is never read.
 */
#include "store/postgres.h"

#include "store/cell.h"
#include "store/sql.h"

#include "data/decimal.h"
#include "data/moment.h"

#include <stdio.h>
#include <stdlib.h>

#define SCRATCH_BYTES_MAX ((size_t)1 << 30)

/*
 * A transaction that its process forgot must not hold its rows for ever, nor wait for ever.  What a
 * batch looks up was mostly written or read lately: with the price of a spinning disk the planner
 * would read a whole table of 100,000 rows for each 10,000.
 */
#define PATIENCE(set)                                                                           \
	set " idle_in_transaction_session_timeout = '10s'; " set " lock_timeout = '1min'; " set \
	    " random_page_cost = 1.1"
#define INDEXED(set)                                                                     \
	"; " set " enable_seqscan = off; " set " enable_bitmapscan = off; " set          \
	" enable_hashjoin = off; " set " enable_mergejoin = off; " set " enable_sort = " \
	"off; " set " jit = off"
static const char begin_sql[] = "BEGIN; " PATIENCE("SET LOCAL");
static const char begin_indexed_sql[] = "BEGIN; " PATIENCE("SET LOCAL") INDEXED("SET LOCAL");
/* A connection for few statements, very often, says it once: nine settings cost as much as a claim.
 */
static const char session_sql[] =
	PATIENCE("SET") INDEXED("SET") "; SET plan_cache_mode = force_generic_plan";

const char *postgres_state(const PGresult *r)
{
	const char *state = PQresultErrorField(r, PG_DIAG_SQLSTATE);

	return state ? state : "";
}

/* A prepared statement that is gone, or there already, is another connection's. */
#define POOLED                                                                               \
	"a transaction pooler stands between: the plan has to say `server.notify: off`, or " \
	"name the server itself"

/* By the beginning of SQLSTATE.  `says` NULL: the server's primary message, which names tables and
 * columns only. */
static const struct {
	const char *state;
	enum err_kind kind;
	const char *says;
} failures[] = {
	{ "08", ERR_TRANSIENT, NULL },
	{ "40001", ERR_TRANSIENT, NULL },
	{ "40P01", ERR_TRANSIENT, NULL },
	{ "53300", ERR_TRANSIENT, NULL },
	{ "55P03", ERR_TRANSIENT, "another transaction holds the row" },
	{ "57", ERR_TRANSIENT, NULL },
	{ "25P03", ERR_TRANSIENT, NULL },
	{ "26000", ERR_CONFIG, POOLED },
	{ "42P05", ERR_CONFIG, POOLED },
	{ "42P01", ERR_MISSING, NULL },
	{ "3F000", ERR_MISSING, NULL },
	{ "42P10", ERR_CONFIG, "the table has no unique index on exactly its key columns" },
	{ "42501", ERR_CONFIG, NULL },
	{ "22", ERR_STORE, "a value does not fit its column" },
	{ "23", ERR_STORE, "a constraint of the table forbids it" },
	{ "44", ERR_STORE, "a check of the view forbids it" },
	{ "P0", ERR_STORE, "a trigger of the table forbids it" },
};

/* The first line of a message, without what libpq puts around it. */
static struct str first_line(const char *text)
{
	struct str rest = str_from(text);

	return str_trim(str_cut(&rest, '\n'));
}

static void connection_lost(struct postgres *p)
{
	PQfinish(p->conn);
	p->conn = NULL;
	p->prepareds = 0;
}

bool postgres_fail(struct postgres *p, const PGresult *r, struct err *e)
{
	const char *state = postgres_state(r),
		   *says = PQresultErrorField(r, PG_DIAG_MESSAGE_PRIMARY);
	enum err_kind kind = ERR_STORE;

	/* Without a SQLSTATE it is libpq that speaks: it could not write, or nobody answered. */
	if (!p->conn || PQstatus(p->conn) == CONNECTION_BAD || !*state) {
		connection_lost(p);
		return err_set(e, ERR_TRANSIENT, "the connection to PostgreSQL was lost");
	}
	for (size_t i = 0; i < COUNT(failures); i++) {
		if (strncmp(state, failures[i].state, strlen(failures[i].state)) != 0)
			continue;
		kind = failures[i].kind;
		says = failures[i].says ? failures[i].says : says;
		break;
	}
	return err_set(e, kind, "PostgreSQL: %s (%s)", says ? says : "no reason given", state);
}

/* What a person must mend; everything else may pass by itself. */
static enum err_kind connect_failure(const char *message)
{
	static const char *const config[] = { "authentication failed",
					      "no password supplied",
					      "does not exist",
					      "no pg_hba.conf entry",
					      "Name or service not known",
					      "certificate",
					      "invalid " };

	for (size_t i = 0; i < COUNT(config); i++)
		if (strstr(message, config[i]))
			return ERR_CONFIG;
	return ERR_TRANSIENT;
}

static void hear_nothing(void *arg, const PGresult *r)
{
	(void)arg;
	(void)r;
}

/* Times are read in the ISO style, which nearly every server has as its default. */
static bool set_style(struct postgres *p, struct err *e)
{
	const char *style = PQparameterStatus(p->conn, "DateStyle");

	if (style && strncmp(style, "ISO", 3) == 0)
		return true;
	return db_exec(&p->db, "SET datestyle = 'ISO, MDY'", NULL, 0, NULL, e);
}

static bool command(struct postgres *p, const char *sql, struct err *e)
{
	AUTO_PGRESULT *r = p->conn ? PQexec(p->conn, sql) : NULL;

	return PQresultStatus(r) == PGRES_COMMAND_OK || postgres_fail(p, r, e);
}

static bool connect(struct postgres *p, struct err *e)
{
	/* The URL comes later in the list than what it may override. */
	static const char *const word[] = {
		"connect_timeout",  "keepalives_idle",  "keepalives_interval",
		"keepalives_count", "tcp_user_timeout", "fallback_application_name",
		"dbname",           "client_encoding",  NULL
	};
	const char *const value[] = { "10",       "30",   "10",   "3", "60000",
				      "lockstep", p->url, "UTF8", NULL };
	struct str says;

	p->conn = PQconnectdbParams(word, value, 1);
	if (!p->conn)
		abort();
	PQsetNoticeReceiver(p->conn, hear_nothing, NULL);
	if (PQstatus(p->conn) == CONNECTION_OK)
		return set_style(p, e) && (!p->db.indexed || command(p, session_sql, e));
	says = first_line(PQerrorMessage(p->conn));
	err_set(e, connect_failure(PQerrorMessage(p->conn)), "cannot connect to PostgreSQL: %.*s",
		STR_ARG(says));
	connection_lost(p);
	return false;
}

/* Outside a transaction a lost connection is replaced; inside, its work is gone with it. */
static bool ready(struct postgres *p, struct err *e)
{
	if (p->conn && PQstatus(p->conn) != CONNECTION_BAD)
		return true;
	if (p->in_transaction)
		return err_set(e, ERR_TRANSIENT, "the connection to PostgreSQL was lost");
	if (p->conn)
		connection_lost(p);
	postgres_forget_shapes(p);
	return connect(p, e);
}

static const char *param_text(struct arena *a, struct value v)
{
	return value_is_nothing(v) ? NULL : str_keep(a, cell_text(a, v)).at;
}

static bool has_nul(struct value v)
{
	return (v.kind == VALUE_STR || v.kind == VALUE_NUMBER) && v.s.len &&
	       memchr(v.s.at, 0, v.s.len);
}

/* Types from pg_type.dat, fixed for all time. */
#define OID_BOOL 16
#define OID_INT8 20
#define OID_INT2 21
#define OID_INT4 23
#define OID_FLOAT4 700
#define OID_FLOAT8 701
#define OID_TIMESTAMP 1114
#define OID_TIMESTAMPTZ 1184
#define OID_NUMERIC 1700

static struct value time_value(struct str text)
{
	struct value v;
	struct err e;

	return moment_parse(text, &v, &e) ? v : value_str(text); /* "infinity", years B. C. */
}

static struct value result_value(Oid type, struct str text)
{
	int64_t i = 0;

	switch (type) {
	case OID_BOOL:
		return value_bool(str_eq(text, STR("t")));
	case OID_INT2:
	case OID_INT4:
	case OID_INT8:
		return str_to_i64(text, &i) ? value_int(i) : value_str(text);
	case OID_FLOAT4:
	case OID_FLOAT8:
		return value_float(decimal_to_double(text));
	case OID_NUMERIC:
		return (struct value){ .kind = VALUE_NUMBER, .s = text };
	case OID_TIMESTAMP:
	case OID_TIMESTAMPTZ:
		return time_value(text);
	default:
		return value_str(text);
	}
}

void postgres_rows(struct arena *a, const PGresult *r, struct db_result *out)
{
	size_t rows = (size_t)PQntuples(r), columns = (size_t)PQnfields(r);
	struct value *cell = arena_new_array(a, struct value, rows * columns + 1);

	for (size_t i = 0; i < rows * columns; i++) {
		int row = (int)(i / columns), column = (int)(i % columns);
		struct str text = { PQgetvalue(r, row, column),
				    (size_t)PQgetlength(r, row, column) };

		cell[i] = PQgetisnull(r, row, column)
				  ? NULL_VALUE
				  : result_value(PQftype(r, column), str_keep(a, text));
	}
	*out = (struct db_result){ rows, columns, cell };
}

static int64_t rows_changed(PGresult *r)
{
	int64_t n = 0;

	if (strncmp(PQcmdStatus(r), "SELECT", 6) == 0)
		return 0;
	return str_to_i64(str_from(PQcmdTuples(r)), &n) ? n : 0;
}

/* The statement's name on the server, made when it is not there yet; false with the refusal in *r.
 */
static bool prepare(struct postgres *p, struct str sql, char name[32], PGresult **r)
{
	uint64_t hash = str_hash(sql);

	snprintf(name, 32, "lockstep_%016llx", (unsigned long long)hash);
	for (size_t i = 0; i < p->prepareds; i++)
		if (p->prepared[i] == hash)
			return true;
	*r = PQprepare(p->conn, name, sql_dollar(p->scratch, sql), 0, NULL);
	if (PQresultStatus(*r) != PGRES_COMMAND_OK)
		return false;
	PQclear(*r);
	*r = NULL;
	p->prepared[p->prepareds++] = hash;
	return true;
}

static PGresult *execute(struct postgres *p, struct str sql, const char *const *text, size_t params)
{
	PGresult *r = NULL;
	char name[32];

	if (!p->prepare || p->prepareds == POSTGRES_PREPARED_MAX)
		return PQexecParams(p->conn, sql_dollar(p->scratch, sql), (int)params, NULL, text,
				    NULL, NULL, 0);
	if (!prepare(p, sql, name, &r))
		return r;
	r = PQexecPrepared(p->conn, name, (int)params, text, NULL, NULL, 0);
	/* A column of its answer has another type now: it has to be made anew. */
	if (strcmp(postgres_state(r), "0A000") == 0)
		connection_lost(p);
	return r;
}

static bool postgres_run(struct db *d, struct arena *a, struct str sql, const struct value *param,
			 size_t params, struct db_result *out, int64_t *changed, struct err *e)
{
	struct postgres *p = postgres_of(d);
	AUTO_PGRESULT *r = NULL;
	const char **text;
	ExecStatusType status;

	if (!ready(p, e))
		return false;
	arena_reset(p->scratch);
	text = arena_new_array(p->scratch, const char *, params + 1);
	for (size_t i = 0; i < params; i++) {
		if (has_nul(param[i]))
			return err_set(e, ERR_STORE, "PostgreSQL: a text holds U+0000");
		text[i] = param_text(p->scratch, param[i]);
	}
	r = execute(p, sql, text, params);
	status = PQresultStatus(r);
	if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK)
		return postgres_fail(p, r, e);
	if (out)
		postgres_rows(a, r, out);
	if (changed)
		*changed = rows_changed(r);
	return true;
}

bool postgres_send(struct postgres *p, const char *sql, struct err *e)
{
	if (p->conn && PQsendQuery(p->conn, sql))
		return true;
	return postgres_fail(p, NULL, e);
}

PGresult *postgres_next(struct postgres *p)
{
	return p->conn ? PQgetResult(p->conn) : NULL;
}

void postgres_drain(struct postgres *p)
{
	PGresult *r;

	while ((r = postgres_next(p)))
		PQclear(r);
}

/* One command without rows. */
static void transaction_over(struct postgres *p)
{
	p->in_transaction = false;
	p->stages = 0;
	arena_reset(p->staged);
}

static bool begin(struct postgres *p, const char *sql, struct err *e)
{
	assert(!p->in_transaction);
	if (!ready(p, e))
		return false;
	if (p->db.indexed)
		sql = "BEGIN";
	/* A connection that died while it was idle shows only now, and nothing is lost yet. */
	if (!command(p, sql, e) && (p->conn || !ready(p, e) || !command(p, sql, e)))
		return false;
	p->in_transaction = true;
	return true;
}

static bool postgres_begin(struct db *d, struct err *e)
{
	return begin(postgres_of(d), begin_sql, e);
}

static bool postgres_begin_indexed(struct db *d, struct err *e)
{
	return begin(postgres_of(d), begin_indexed_sql, e);
}

static bool postgres_commit(struct db *d, struct err *e)
{
	struct postgres *p = postgres_of(d);
	AUTO_PGRESULT *r = p->conn ? PQexec(p->conn, "COMMIT") : NULL;

	assert(p->in_transaction);
	if (PQresultStatus(r) != PGRES_COMMAND_OK)
		return postgres_fail(p, r, e);
	transaction_over(p);
	/* COMMIT of a transaction in which a statement failed is a rollback, politely. */
	if (strcmp(PQcmdStatus(r), "COMMIT") != 0)
		return err_set(e, ERR_STORE, "PostgreSQL: the transaction was undone");
	return true;
}

static void postgres_rollback(struct db *d)
{
	struct postgres *p = postgres_of(d);
	struct err e;

	if (!p->in_transaction)
		return;
	postgres_drain(p);
	/* A connection on which this fails is not used again. */
	if (p->conn && !command(p, "ROLLBACK", &e) && p->conn)
		connection_lost(p);
	transaction_over(p);
}

static bool postgres_in_transaction(struct db *d)
{
	return postgres_of(d)->in_transaction;
}

static bool postgres_now(struct db *d, int64_t *steady_ms, struct err *e)
{
	AUTO_ARENA *a = arena_new("now", 1 << 20);
	struct db_result r;

	if (!db_query(d, a, "SELECT CAST(extract(epoch FROM clock_timestamp()) * 1000 AS bigint)",
		      NULL, 0, &r, e))
		return false;
	*steady_ms = db_cell(&r, 0, 0).i;
	return true;
}

static void postgres_close(struct db *d)
{
	struct postgres *p = postgres_of(d);

	PQfinish(p->conn);
	arena_free(p->scratch);
	arena_free(p->kept);
	arena_free(p->staged);
	free(p->url);
	free(p);
}

static const struct db_ops postgres_ops = {
	.dialect = DB_POSTGRES,
	.name = "postgresql",
	.begin = postgres_begin,
	.commit = postgres_commit,
	.rollback = postgres_rollback,
	.run = postgres_run,
	.upsert = postgres_upsert,
	.shape = postgres_shape,
	.holds = postgres_holds,
	.now = postgres_now,
	.close = postgres_close,
	.in_transaction = postgres_in_transaction,
	.begin_indexed = postgres_begin_indexed,
};

/* libpq's own words about a bad URL quote it, password and all. */
static bool url_check(const char *url, struct err *e)
{
	char *says = NULL;
	PQconninfoOption *o = PQconninfoParse(url, &says);
	bool known = o != NULL;

	PQconninfoFree(o);
	PQfreemem(says);
	if (known)
		return true;
	return err_set(e, ERR_CONFIG,
		       "the database URL is not one that PostgreSQL understands: "
		       "postgresql://user:password@host:port/name?sslmode=require, with "
		       "special characters as %%XX");
}

bool postgres_open(struct str url, const struct db_options *o, struct db **out, struct err *e)
{
	struct postgres *p = calloc(1, sizeof(*p));

	if (!p || !(p->url = strndup(url.at, url.len)))
		abort();
	p->db.ops = &postgres_ops;
	p->db.indexed = o->indexed;
	p->prepare = o->prepare; /* what else a role may do, its grants say */
	p->scratch = arena_new("postgres call", SCRATCH_BYTES_MAX);
	p->kept = arena_new("postgres shapes", SCRATCH_BYTES_MAX);
	p->staged = arena_new("postgres stages", SCRATCH_BYTES_MAX);
	if (!url_check(p->url, e) || (!o->when_used && !connect(p, e))) {
		postgres_close(&p->db);
		return false;
	}
	*out = &p->db;
	return true;
}

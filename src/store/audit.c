/* SPDX-License-Identifier: Apache-2.0 */
/*
 * audit.c - who did what, in a chain of hashes.
 *
 * Always: numbers go 1, 2, 3, … without a gap; hash(0) is 32 zero bytes; lockstep_audit_head holds
 * number and hash of the newest row, so that a chain that lost its end shows it too, and its row is
 * what writers wait for (in SQLite a transaction keeps the others out anyway).
 *
 * What a row says is hashed as JSON with its members in the order of their names, `details` as the
 * text that it is.  Whoever may write the database can make a whole new chain: keep a number and
 * its hash elsewhere to notice that.
 */
#include "store/audit.h"

#include "data/json.h"
#include "store/ddl.h"
#include "store/sql.h"

#include <sodium.h>

#define HASH_BYTES crypto_hash_sha256_BYTES
#define ROW_BYTES_MAX ((size_t)256 * 1024)
#define ARENA_BYTES_MAX ((size_t)256 * 1024 * 1024)
#define DETAILS_BYTES_MAX ((size_t)64 * 1024)
#define VERIFY_ROWS 500
#define LIST_LIMIT 50
#define COLUMNS "number, at_ms, actor, origin, action, target, details, request, hash"

/* ---- the chain ---- */

static bool canonical(const struct audit_entry *en, struct buf *b)
{
	/* In the order of their names. */
	const struct {
		const char *name;
		const struct str *text;
		int64_t number;
	} member[] = {
		{ "action", &en->action, 0 },   { "actor", &en->actor, 0 },
		{ "at_ms", NULL, en->at_ms },   { "details", &en->details, 0 },
		{ "from", &en->from, 0 },       { "number", NULL, en->number },
		{ "request", &en->request, 0 }, { "target", &en->target, 0 },
	};

	for (size_t i = 0; i < COUNT(member); i++) {
		buf_printf(b, "%s\"%s\":", i ? "," : "{", member[i].name);
		if (member[i].text)
			json_write_str(b, *member[i].text);
		else
			buf_printf(b, "%lld", (long long)member[i].number);
	}
	buf_char(b, '}');
	return !b->failed;
}

/* The hash of `en` behind the row with the hash `before`, as hex in `a`. */
static bool chain(struct arena *a, const unsigned char before[HASH_BYTES],
		  const struct audit_entry *en, struct str *out, struct err *e)
{
	char *hex = arena_alloc(a, 2 * HASH_BYTES + 1);
	unsigned char hash[HASH_BYTES];
	crypto_hash_sha256_state state;
	AUTO_BUF b;

	buf_init(&b, ROW_BYTES_MAX);
	if (!canonical(en, &b))
		return err_set(e, ERR_LIMIT, "an audit entry is larger than %zu bytes",
			       ROW_BYTES_MAX);
	crypto_hash_sha256_init(&state);
	crypto_hash_sha256_update(&state, before, HASH_BYTES);
	crypto_hash_sha256_update(&state, (const unsigned char *)b.at, b.len);
	crypto_hash_sha256_final(&state, hash);
	sodium_bin2hex(hex, 2 * HASH_BYTES + 1, hash, HASH_BYTES);
	*out = str_from(hex);
	return true;
}

static bool hash_read(struct str hex, unsigned char to[HASH_BYTES])
{
	size_t n;

	return sodium_hex2bin(to, HASH_BYTES, hex.at, hex.len, NULL, &n, NULL) == 0 &&
	       n == HASH_BYTES && hex.len == 2 * (size_t)HASH_BYTES;
}

struct head {
	int64_t number;
	struct str hash;
	bool there;
};

static bool read_head(struct db *d, struct arena *a, const char *lock, struct head *h,
		      struct err *e)
{
	struct db_result r;
	struct str sql;

	sql = str_printf(a, "SELECT number, hash FROM lockstep_audit_head WHERE name = 'head'%s",
			 lock);
	if (!db_query(d, a, sql.at, NULL, 0, &r, e))
		return err_wrap(e, "audit");
	*h = (struct head){ .there = r.rows > 0 };
	if (h->there) {
		h->number = db_cell(&r, 0, 0).i;
		h->hash = db_cell(&r, 0, 1).s;
	}
	return true;
}

/* ---- writing ---- */

static bool details_ok(struct arena *a, struct str details, struct err *e)
{
	struct value v;

	if (details.len == 0)
		return true;
	if (details.len > DETAILS_BYTES_MAX)
		return err_set(e, ERR_LIMIT, "the details of an audit entry are too long");
	if (!json_parse(a, details, &v, NULL, e))
		return err_wrap(e, "details of an audit entry");
	return v.kind == VALUE_MAP ||
	       err_set(e, ERR_USAGE, "the details of an audit entry are no JSON object");
}

static bool put_row(struct db *d, const struct audit_entry *en, struct err *e)
{
	const struct value row[] = { value_int(en->number),  value_int(en->at_ms),
				     value_str(en->actor),   value_str(en->from),
				     value_str(en->action),  value_str(en->target),
				     value_str(en->details), value_str(en->request),
				     value_str(en->hash) };
	const struct value head[] = { value_int(en->number), value_str(en->hash) };

	return db_exec(d,
		       "INSERT INTO lockstep_audit (" COLUMNS
		       ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
		       row, COUNT(row), NULL, e) &&
	       db_exec(d,
		       "UPDATE lockstep_audit_head SET number = ?1, hash = ?2 WHERE name = 'head'",
		       head, COUNT(head), NULL, e);
}

static struct str some(struct str s)
{
	return s.at ? s : STR("");
}

/* [tx] */
static bool add(struct db *d, const struct audit_entry *en, struct err *e)
{
	AUTO_ARENA *a = arena_new("audit entry", ARENA_BYTES_MAX);
	unsigned char before[HASH_BYTES];
	struct audit_entry row = { .actor = some(en->actor),
				   .from = some(en->from),
				   .action = some(en->action),
				   .target = some(en->target),
				   .details = some(en->details),
				   .request = some(en->request) };
	struct head h;

	assert(row.actor.len > 0 && row.action.len > 0);
	if (!details_ok(a, row.details, e) || !read_head(d, a, sql_words(d)->wait_row, &h, e))
		return false;
	if (!h.there || !hash_read(h.hash, before))
		return err_set(e, ERR_STORE, "audit: the head of the log is missing or spoilt");
	row.number = h.number + 1;
	row.at_ms = clock_wall_now();
	return chain(a, before, &row, &row.hash, e) &&
	       (put_row(d, &row, e) || err_wrap(e, "audit"));
}

struct adding {
	struct db *db;
	const struct audit_entry *entry;
};

static bool add_body(void *arg, struct err *e)
{
	const struct adding *g = arg;

	return add(g->db, g->entry, e);
}

bool audit_add(struct db *d, const struct audit_entry *en, struct err *e)
{
	struct adding g = { d, en };

	return db_in_transaction(d) ? add(d, en, e) : db_transact(d, add_body, &g, e);
}

/* ---- reading ---- */

static struct audit_entry *entries(struct arena *a, const struct db_result *r)
{
	struct audit_entry *en = arena_new_array(a, struct audit_entry, r->rows + 1);

	for (size_t i = 0; i < r->rows; i++) {
		struct str *const text[] = { &en[i].actor,  &en[i].from,    &en[i].action,
					     &en[i].target, &en[i].details, &en[i].request,
					     &en[i].hash };

		en[i].number = db_cell(r, i, 0).i;
		en[i].at_ms = db_cell(r, i, 1).i;
		for (size_t j = 0; j < COUNT(text); j++)
			*text[j] = db_cell(r, i, 2 + j).s;
	}
	return en;
}

/* "user.*" is every action that begins with "user."; what is no such pattern is compared whole. */
static struct str action_prefix(struct str action)
{
	return str_ends(action, STR(".*")) ? str_slice(action, 0, action.len - 1) : STR("");
}

bool audit_list(struct db *d, struct arena *a, const struct audit_filter *f,
		struct audit_entry **out, size_t *n, struct err *e)
{
	struct str prefix = action_prefix(f->action);
	const struct value param[] = {
		value_str(some(f->actor)), value_str(prefix.len ? STR("") : some(f->action)),
		value_str(prefix),         value_str(some(f->target)),
		value_int(f->before),      value_int(f->limit ? (int64_t)f->limit : LIST_LIMIT),
		value_int(f->from_ms),     value_int(f->to_ms)
	};
	struct db_result r;

	/* The column stands first: PostgreSQL takes a parameter for what it meets it with, and 0 is
	 * a small number. */
	if (!db_query(d, a,
		      "SELECT " COLUMNS " FROM lockstep_audit WHERE (?1 = '' OR actor = ?1) "
		      "AND (?2 = '' OR action = ?2) "
		      "AND (?3 = '' OR substr(action, 1, length(CAST(?3 AS text))) = ?3) "
		      "AND (?4 = '' OR target = ?4) AND (number < ?5 OR ?5 = 0) "
		      "AND (at_ms >= ?7 OR ?7 = 0) AND (at_ms < ?8 OR ?8 = 0) "
		      "ORDER BY number DESC LIMIT ?6",
		      param, COUNT(param), &r, e))
		return err_wrap(e, "audit");
	*out = entries(a, &r);
	*n = r.rows;
	return true;
}

/* ---- verifying ---- */

struct walk {
	struct db *db;
	int64_t last;   /* the number of the row before, at first below all there can be */
	int64_t rows;   /* that fit */
	int64_t broken; /* 0: none yet */
	int64_t up_to;  /* the head's, when the walk began */
	unsigned char hash[HASH_BYTES];
};

static bool walk_row(struct walk *w, struct arena *a, const struct audit_entry *en, struct err *e)
{
	struct str hash;

	if (en->number != w->rows + 1) {
		w->broken = w->rows + 1;
		return true;
	}
	if (!chain(a, w->hash, en, &hash, e))
		return false;
	if (!str_eq(hash, en->hash) || !hash_read(hash, w->hash))
		w->broken = en->number;
	else
		w->rows++;
	return true;
}

/* Some rows more; *ended when there were no more, or one did not fit. */
static bool walk_on(struct walk *w, bool *ended, struct err *e)
{
	AUTO_ARENA *a = arena_new("audit walk", ARENA_BYTES_MAX);
	const struct value param[] = { value_int(w->last), value_int(w->up_to),
				       value_int(VERIFY_ROWS) };
	const struct audit_entry *en;
	struct db_result r;

	if (!db_query(w->db, a,
		      "SELECT " COLUMNS " FROM lockstep_audit WHERE number > ?1 AND number <= ?2 "
		      "ORDER BY number LIMIT ?3",
		      param, COUNT(param), &r, e))
		return false;
	en = entries(a, &r);
	for (size_t i = 0; i < r.rows && !w->broken; i++)
		if (!walk_row(w, a, &en[i], e))
			return false;
	*ended = w->broken || r.rows < VERIFY_ROWS;
	if (r.rows)
		w->last = en[r.rows - 1].number;
	return true;
}

/* Rows that the head knows nothing of were put behind it by somebody else.  One statement: what
 * is added meanwhile moves the head as well. */
static bool walk_beyond(struct walk *w, struct err *e)
{
	bool any;

	if (!db_any(w->db,
		    "SELECT 1 FROM lockstep_audit WHERE number > (SELECT h.number FROM "
		    "lockstep_audit_head h WHERE h.name = 'head') LIMIT 1",
		    NULL, 0, &any, e))
		return false;
	if (any)
		w->broken = w->up_to + 1;
	return true;
}

bool audit_verify(struct db *d, int64_t *rows, int64_t *broken_at, struct err *e)
{
	AUTO_ARENA *a = arena_new("audit head", ROW_BYTES_MAX);
	struct walk w = { .db = d, .last = INT64_MIN };
	unsigned char head[HASH_BYTES];
	bool ended = false;
	struct head h;

	if (!read_head(d, a, "", &h, e))
		return false;
	if (!h.there || !hash_read(h.hash, head)) {
		*rows = 0;
		*broken_at = 1;
		return true;
	}
	w.up_to = h.number;
	while (!ended)
		if (!walk_on(&w, &ended, e))
			return err_wrap(e, "audit");
	if (!w.broken && w.rows != h.number)
		w.broken = w.rows + 1;
	if (!w.broken && memcmp(w.hash, head, HASH_BYTES) != 0)
		w.broken = h.number;
	if (!w.broken && !walk_beyond(&w, e))
		return err_wrap(e, "audit");
	*rows = w.rows;
	*broken_at = w.broken;
	return true;
}

/* ---- the tables ---- */

static const char *const guard_sqlite[] = {
	"CREATE TRIGGER lockstep_audit_no_update BEFORE UPDATE ON lockstep_audit "
	"BEGIN SELECT RAISE(ABORT, 'the audit log is only added to'); END",
	"CREATE TRIGGER lockstep_audit_no_delete BEFORE DELETE ON lockstep_audit "
	"BEGIN SELECT RAISE(ABORT, 'the audit log is only added to'); END",
};

static const char *const guard_postgres[] = {
	"CREATE OR REPLACE FUNCTION lockstep_audit_refuse() RETURNS trigger LANGUAGE plpgsql AS "
	"'BEGIN RAISE EXCEPTION ''the audit log is only added to''; END'",
	"CREATE TRIGGER lockstep_audit_append_only BEFORE UPDATE OR DELETE OR TRUNCATE "
	"ON lockstep_audit FOR EACH STATEMENT EXECUTE FUNCTION lockstep_audit_refuse()",
};

static void plan_log(struct ddl *l)
{
	bool sqlite = l->db->ops->dialect == DB_SQLITE;
	const char *const *guard = sqlite ? guard_sqlite : guard_postgres;
	const struct str key = str_from(sql_words(l->db)->text_type);
	const struct str text = str_printf(l->a, "%.*s NOT NULL", STR_ARG(key));
	const struct ddl_column column[] = {
		{ STR("number"), STR("bigint NOT NULL") },
		{ STR("at_ms"), STR("bigint NOT NULL") },
		{ STR("actor"), text },
		{ STR("origin"), text },
		{ STR("action"), text },
		{ STR("target"), text },
		{ STR("details"), text },
		{ STR("request"), text },
		{ STR("hash"), text },
	};

	ddl_create(l, STR("lockstep_audit"), column, COUNT(column),
		   STR(",\n  PRIMARY KEY (number)"));
	for (size_t i = 0; i < COUNT(guard_sqlite); i++)
		ddl_add(l, str_from(guard[i]));
}

static void plan_head(struct ddl *l)
{
	const struct str key = str_from(sql_words(l->db)->text_type);
	const struct ddl_column column[] = {
		{ STR("name"), str_printf(l->a, "%.*s NOT NULL", STR_ARG(key)) },
		{ STR("number"), STR("bigint NOT NULL") },
		{ STR("hash"), STR("text NOT NULL") },
	};

	ddl_create(l, STR("lockstep_audit_head"), column, COUNT(column),
		   STR(",\n  PRIMARY KEY (name)"));
	ddl_add(l, str_printf(l->a,
			      "INSERT INTO lockstep_audit_head (name, number, hash) "
			      "VALUES ('head', 0, '%064d')",
			      0));
}

bool audit_plan(struct db *d, struct arena *a, struct str **statement, size_t *statements,
		struct err *e)
{
	const struct str by_target[] = { STR("target"), STR("number") };
	struct table_shape log, head;
	struct ddl l;

	ddl_init(&l, d, a);
	if (!table_shape(d, a, STR("lockstep_audit"), &log, e) ||
	    !table_shape(d, a, STR("lockstep_audit_head"), &head, e))
		return err_wrap(e, "audit");
	if (!log.exists)
		plan_log(&l);
	if (!head.exists)
		plan_head(&l);
	if (!ddl_index_once(&l, STR("lockstep_audit"), by_target, COUNT(by_target), e))
		return err_wrap(e, "audit");
	*statement = l.statement;
	*statements = l.statements;
	return true;
}

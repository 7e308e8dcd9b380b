/* SPDX-License-Identifier: Apache-2.0 */
/*
 * idempotency.c - a POST that comes again with its Idempotency-Key is answered, not done again.
 *
 *     (none) ──begin──► in flight (status 0) ──answer below 500──► kept for a day
 *                            └──── answer 5xx, 429 ───► (none)
 *
 * A row is the caller's own: nobody else can ask for its answer.  Keys and bodies are kept as
 * hashes.  A row whose process died in flight is taken over after STUCK_MS.
 */
#include "api/api_part.h"

#include "store/ddl.h"
#include "store/sql.h"

#include <sodium.h>

#define KEY_BYTES_MAX 255
#define KEEP_MS ((int64_t)24 * 3600 * 1000)
#define STUCK_MS ((int64_t)10 * 60 * 1000)
#define KEPT_BYTES_MAX ((size_t)256 * 1024)
#define HASH_BYTES 32

bool api_plan(struct db *d, struct arena *a, struct str **statement, size_t *statements,
	      struct err *e)
{
	struct str text = str_from(sql_words(d)->text_type);
	struct ddl_column column[] = {
		{ STR("caller"), str_printf(a, "%.*s NOT NULL", STR_ARG(text)) },
		{ STR("key_hash"), str_printf(a, "%.*s NOT NULL", STR_ARG(text)) },
		{ STR("body_hash"), STR("text NOT NULL") },
		{ STR("status"), STR("integer NOT NULL") },
		{ STR("type"), STR("text NOT NULL") },
		{ STR("location"), STR("text NOT NULL") },
		{ STR("answer"), STR("text NOT NULL") },
		{ STR("made_ms"), STR("bigint NOT NULL") },
	};
	struct str made = STR("made_ms");
	struct table_shape shape;
	struct ddl l;

	ddl_init(&l, d, a);
	if (!table_shape(d, a, STR("lockstep_idempotency"), &shape, e))
		return false;
	if (!shape.exists) {
		ddl_create(&l, STR("lockstep_idempotency"), column, COUNT(column),
			   STR(",\n  PRIMARY KEY (caller, key_hash)"));
		ddl_index(&l, STR("lockstep_idempotency"), &made, 1, false);
	}
	*statement = l.statement;
	*statements = l.statements;
	return true;
}

static void hash_part(crypto_generichash_state *h, struct str part)
{
	uint64_t n = part.len;

	/* With its length, so that two parts cannot pass for one. */
	crypto_generichash_update(h, (const unsigned char *)&n, sizeof(n));
	crypto_generichash_update(h, (const unsigned char *)part.at, part.len);
}

static struct str hash_of(struct arena *a, const struct str *part, size_t parts)
{
	unsigned char hash[HASH_BYTES];
	char *hex = arena_alloc(a, 2 * HASH_BYTES + 1);
	crypto_generichash_state h;

	crypto_generichash_init(&h, NULL, 0, sizeof(hash));
	for (size_t i = 0; i < parts; i++)
		hash_part(&h, part[i]);
	crypto_generichash_final(&h, hash, sizeof(hash));
	sodium_bin2hex(hex, 2 * HASH_BYTES + 1, hash, sizeof(hash));
	return (struct str){ hex, 2 * HASH_BYTES };
}

static void answer_kept(struct call *c, const struct db_result *r)
{
	struct server_answer *answer = &c->reply->request->answer;
	struct str location = db_cell(r, 0, 3).s;

	answer->status = (int)db_cell(r, 0, 1).i;
	c->reply->type = db_cell(r, 0, 2).s;
	answer->body = db_cell(r, 0, 4).s;
	if (location.len)
		call_reply_header(c, "Location", location);
	call_reply_header(c, "Idempotency-Replayed", STR("true"));
}

/* A row is there already: its answer, or what is wrong; or it is stuck, and ours from now on. */
static bool meet(struct call *c, struct idempotency *i, bool *mine, struct err *e)
{
	struct value key[] = { value_str(i->caller), value_str(i->key) };
	struct value take[] = { key[0], key[1], value_int(i->made_ms), UNDEFINED,
				value_str(i->hash) };
	struct db_result r;
	int64_t changed = 0;

	*mine = false;
	if (!db_query(c->db, c->arena,
		      "SELECT body_hash, status, type, location, answer, made_ms"
		      " FROM lockstep_idempotency WHERE caller = ?1 AND key_hash = ?2",
		      key, COUNT(key), &r, e))
		return false;
	if (r.rows &&
	    i->made_ms - db_cell(&r, 0, 5).i >= (db_cell(&r, 0, 1).i ? KEEP_MS : STUCK_MS)) {
		take[3] = db_cell(&r, 0, 5);
		if (!db_exec(c->db,
			     "UPDATE lockstep_idempotency SET made_ms = ?3, status = 0,"
			     " body_hash = ?5 WHERE caller = ?1 AND key_hash = ?2 AND made_ms = ?4",
			     take, COUNT(take), &changed, e))
			return false;
		*mine = changed > 0;
		if (*mine)
			return true;
	}
	if (r.rows && !str_eq(db_cell(&r, 0, 0).s, i->hash))
		return call_problem(c, 422, "idempotency_key_reused",
				    STR("this Idempotency-Key came with another request"),
				    UNDEFINED);
	if (!r.rows || db_cell(&r, 0, 1).i == 0)
		return call_problem(c, 409, "idempotency_in_flight",
				    STR("the first request with this key is not done yet"),
				    UNDEFINED);
	answer_kept(c, &r);
	return true;
}

static bool is_good_key(struct str key)
{
	for (size_t i = 0; i < key.len; i++)
		if (key.at[i] < ' ' || key.at[i] == 0x7F)
			return false;
	return key.len > 0 && key.len <= KEY_BYTES_MAX;
}

static void fill(struct call *c, struct idempotency *i, struct str key)
{
	struct server_request *r = c->reply->request;
	struct str asked[] = { c->method, c->path, r->query, c->raw };

	i->key = hash_of(c->arena, &key, 1);
	i->hash = hash_of(c->arena, asked, COUNT(asked));
	i->caller = identity_key(c->arena, &c->who);
	i->made_ms = clock_wall_ms(c->clock);
}

bool idempotency_begin(struct call *c, struct idempotency *i, bool *go_on, struct err *e)
{
	struct str key = call_header(c, "Idempotency-Key");
	struct value old, row[4];
	int64_t changed = 0;

	*go_on = true;
	if (!key.at || strcmp(c->route->method, "POST") != 0 || c->route->unkept ||
	    c->route->secret || c->who.kind == IDENTITY_NOBODY)
		return true;
	if (!is_good_key(key)) {
		*go_on = false;
		return call_problem(c, 400, "invalid_request",
				    STR("an Idempotency-Key has 1 to 255 characters"), UNDEFINED);
	}
	fill(c, i, key);
	old = value_int(i->made_ms - KEEP_MS);
	row[0] = value_str(i->caller);
	row[1] = value_str(i->key);
	row[2] = value_str(i->hash);
	row[3] = value_int(i->made_ms);
	if (!db_exec(c->db, "DELETE FROM lockstep_idempotency WHERE made_ms < ?1", &old, 1, NULL,
		     e) ||
	    !db_exec(c->db,
		     "INSERT INTO lockstep_idempotency (caller, key_hash, body_hash, status, type,"
		     " location, answer, made_ms) VALUES (?1, ?2, ?3, 0, '', '', '', ?4)"
		     " ON CONFLICT (caller, key_hash) DO NOTHING",
		     row, COUNT(row), &changed, e))
		return false;
	i->begun = changed > 0;
	if (i->begun)
		return true;
	if (!meet(c, i, &i->begun, e))
		return false;
	*go_on = i->begun;
	return true;
}

static struct str location_of(const struct server_answer *answer)
{
	for (size_t i = 0; i < answer->headers; i++)
		if (strcmp(answer->header[i].name, "Location") == 0)
			return answer->header[i].value;
	return STR("");
}

bool idempotency_end(struct call *c, struct idempotency *i, struct err *e)
{
	const struct server_answer *answer = &c->reply->request->answer;
	bool keep = answer->status < 500 && answer->status != 429 && !answer->stream &&
		    answer->body.len <= KEPT_BYTES_MAX;
	struct value row[] = {
		value_str(i->caller),
		value_str(i->key),
		value_int(i->made_ms),
		value_int(answer->status),
		value_str(c->reply->type.len ? c->reply->type : STR("")),
		value_str(location_of(answer)),
		value_str(answer->body.len ? answer->body : STR("")),
	};

	if (!i->begun)
		return true;
	if (!keep)
		return db_exec(c->db,
			       "DELETE FROM lockstep_idempotency"
			       " WHERE caller = ?1 AND key_hash = ?2 AND made_ms = ?3",
			       row, 3, NULL, e);
	return db_exec(c->db,
		       "UPDATE lockstep_idempotency SET status = ?4, type = ?5, location = ?6,"
		       " answer = ?7 WHERE caller = ?1 AND key_hash = ?2 AND made_ms = ?3",
		       row, COUNT(row), NULL, e);
}

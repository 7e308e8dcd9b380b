/* SPDX-License-Identifier: Apache-2.0 */
/*
 * token.c - OAuth tokens, sealed, so that a copy of the database opens nobody's account.
 */
#include "store/control.h"
#include "store/seal.h"

#include "data/json.h"

#define SEALED_BYTES_MAX ((size_t)1 << 20)

static struct str context_of(struct arena *a, struct str connection)
{
	return str_printf(a, "token:%.*s", STR_ARG(connection));
}

bool token_get(struct db *d, struct arena *a, const struct seal *s, struct str connection,
	       struct token *t, bool *found, struct err *e)
{
	struct value param = value_str(connection), pair;
	struct str plain;
	struct db_result r;

	if (!db_query(d, a,
		      "SELECT sealed, expires_ms, version, problem FROM lockstep_tokens "
		      "WHERE connection = ?1",
		      &param, 1, &r, e))
		return false;
	if (r.rows == 0) {
		*found = false;
		return true;
	}
	if (!seal_read(s, a, context_of(a, connection), db_cell(&r, 0, 0).s, &plain, e) ||
	    !json_parse(a, plain, &pair, NULL, e))
		return err_wrap(e, "token of connection '%.*s'", STR_ARG(connection));
	*t = (struct token){ .access = value_get_text(pair, "access"),
			     .refresh = value_get_text(pair, "refresh"),
			     .margin_ms = value_get_int(pair, "margin_ms"),
			     .renewed_ms = value_get_int(pair, "renewed_ms"),
			     .problem_ms = value_get_int(pair, "problem_ms"),
			     .expires_ms = db_cell(&r, 0, 1).i,
			     .version = db_cell(&r, 0, 2).i,
			     .problem = db_cell(&r, 0, 3).s };
	*found = true;
	return true;
}

static bool sealed_pair(struct arena *a, const struct seal *s, struct str connection,
			const struct token *t, struct value *out, struct err *e)
{
	struct value pair = value_map_new(a);
	struct buf b;

	value_map_set(a, pair, STR("access"), value_str(t->access));
	value_map_set(a, pair, STR("refresh"), value_str(t->refresh));
	value_map_set(a, pair, STR("margin_ms"), value_int(t->margin_ms));
	value_map_set(a, pair, STR("renewed_ms"), value_int(t->renewed_ms));
	value_map_set(a, pair, STR("problem_ms"), value_int(t->problem_ms));
	buf_in(&b, a, SEALED_BYTES_MAX);
	if (!json_write(&b, pair, e))
		return err_wrap(e, "token of connection '%.*s'", STR_ARG(connection));
	*out = value_str(seal_text(s, a, context_of(a, connection), buf_str(&b)));
	return true;
}

/* One statement is a transaction of its own, and durable when it returns. */
bool token_put(struct db *d, const struct seal *s, struct str connection, const struct token *t,
	       struct err *e)
{
	AUTO_ARENA *a = arena_new("token", 8 * SEALED_BYTES_MAX);
	struct value sealed;

	if (!sealed_pair(a, s, connection, t, &sealed, e))
		return false;

	struct value param[] = { value_str(connection), sealed, value_int(t->expires_ms),
				 value_str(t->problem) };

	return db_exec(d,
		       "INSERT INTO lockstep_tokens (connection, sealed, expires_ms, version, "
		       "problem) VALUES (?1, ?2, ?3, 1, ?4) ON CONFLICT (connection) DO UPDATE SET "
		       "sealed = excluded.sealed, expires_ms = excluded.expires_ms, "
		       "version = lockstep_tokens.version + 1, problem = excluded.problem",
		       param, COUNT(param), NULL, e);
}

bool token_forget(struct db *d, struct str connection, bool *was, struct err *e)
{
	struct value param = value_str(connection);
	int64_t changed;

	if (!db_exec(d, "DELETE FROM lockstep_tokens WHERE connection = ?1", &param, 1, &changed,
		     e))
		return err_wrap(e, "token of connection '%.*s'", STR_ARG(connection));
	*was = changed > 0;
	return true;
}

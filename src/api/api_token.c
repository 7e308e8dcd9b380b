/* SPDX-License-Identifier: Apache-2.0 */
/*
 * api_token.c - tokens for machines: "lsk_" and 32 random bytes, of which only a hash is kept.
 *
 * The first characters are kept in the open, to recognise a token and to find its row; the rest is
 * compared in constant time.
 */
#include "api/access_table.h"
#include "api/base64url.h"
#include "base/log.h"
#include "store/seal.h"

#define ARENA_BYTES_MAX ((size_t)64 * 1024)
#define PREFIX_LEN 12
#define START_LEN (sizeof(API_TOKEN_START) - 1)

bool api_token_add(struct db *d, struct arena *a, struct str name, unsigned role,
		   int64_t expires_ms, struct str made_by, struct str *token, struct err *e)
{
	struct str secret = random_text(a, SECRET_BYTES);
	struct str fresh = str_printf(a, API_TOKEN_START "%.*s", STR_ARG(secret));
	const char *role_text = role_name((enum role)role);
	int64_t added = 0;

	if (!access_name_ok(name))
		return err_set(e, ERR_USAGE,
			       "a token's name has 1 to %d letters, digits, '.', '_' or '-'",
			       USER_NAME_MAX);
	if (!role_text)
		return err_set(e, ERR_USAGE, "a role is admin, coach, player or viewer");
	if (expires_ms && expires_ms <= clock_wall_now())
		return err_set(e, ERR_USAGE, "the token would have expired already");

	const struct value param[] = {
		value_str(uuid_new(a)),           value_str(name),
		value_str(str_from(role_text)),   value_str(str_slice(fresh, 0, PREFIX_LEN)),
		value_str(secret_hash(a, fresh)), value_str(made_by),
		value_int(clock_wall_now()),      value_int(expires_ms)
	};

	if (!db_exec(d,
		     "INSERT INTO lockstep_api_tokens (id, name, role, prefix, hash, made_by, "
		     "made_ms, used_ms, expires_ms) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 0, ?8) "
		     "ON CONFLICT (name) DO NOTHING",
		     param, COUNT(param), &added, e))
		return err_wrap(e, "tokens");
	if (added != 1)
		return err_set(e, ERR_BUSY, "there is a token '%.*s' already", STR_ARG(name));
	*token = fresh;
	return true;
}

bool api_token_revoke(struct db *d, struct str name_or_id, struct err *e)
{
	const struct value param = value_str(name_or_id);
	int64_t gone = 0;

	/* Its sessions are worth nothing without it; they shall not be listed either. */
	if (!db_exec(d,
		     "DELETE FROM lockstep_logins WHERE kind = 'bearer' AND name IN (SELECT "
		     "'token:' || name FROM lockstep_api_tokens WHERE name = ?1 OR id = ?1)",
		     &param, 1, NULL, e))
		return err_wrap(e, "sessions");
	if (!db_exec(d, "DELETE FROM lockstep_api_tokens WHERE name = ?1 OR id = ?1", &param, 1,
		     &gone, e))
		return err_wrap(e, "tokens");
	return gone > 0 || err_set(e, ERR_MISSING, "there is no token '%.*s'", STR_ARG(name_or_id));
}

bool api_token_list(struct db *d, struct arena *a, struct token_row **out, size_t *n, struct err *e)
{
	struct token_row *row;
	struct db_result r;

	if (!db_query(d, a,
		      "SELECT id, name, role, prefix, made_by, made_ms, used_ms, expires_ms "
		      "FROM lockstep_api_tokens ORDER BY name",
		      NULL, 0, &r, e))
		return err_wrap(e, "tokens");
	row = arena_new_array(a, struct token_row, r.rows + 1);
	for (size_t i = 0; i < r.rows; i++)
		row[i] = (struct token_row){ .id = db_cell(&r, i, 0).s,
					     .name = db_cell(&r, i, 1).s,
					     .role = db_cell(&r, i, 2).s,
					     .prefix = db_cell(&r, i, 3).s,
					     .made_by = db_cell(&r, i, 4).s,
					     .made_ms = db_cell(&r, i, 5).i,
					     .used_ms = db_cell(&r, i, 6).i,
					     .expires_ms = db_cell(&r, i, 7).i };
	*out = row;
	*n = r.rows;
	return true;
}

/* ---- checking ---- */

/* Not worth failing a request for, nor a wait for a sync that writes: the next one notes it. */
static void note_used(struct db *d, struct str id, int64_t now_ms)
{
	const struct value param[] = { value_str(id), value_int(now_ms) };
	struct err e;

	if (!db_exec_unless_busy(d, "UPDATE lockstep_api_tokens SET used_ms = ?2 WHERE id = ?1",
				 param, COUNT(param), &e))
		log_debug("a token's use was not noted: %s", e.text);
}

static struct identity identity_of(struct arena *a, const struct db_result *r, size_t i)
{
	struct str id = db_cell(r, i, 0).s, name = db_cell(r, i, 1).s;

	return (struct identity){ .kind = IDENTITY_TOKEN,
				  .roles = role_from(db_cell(r, i, 2).s),
				  .subject = id,
				  .name = str_printf(a, "token:%.*s", STR_ARG(name)),
				  .uuid = id,
				  .expires_ms = db_cell(r, i, 5).i };
}

bool api_token_check(struct db *d, struct arena *a, struct str token, int64_t now_ms,
		     struct identity *out, struct err *e)
{
	const struct value param = value_str(str_slice(token, 0, PREFIX_LEN));
	struct str hash = secret_hash(a, token);
	unsigned char secret[SECRET_BYTES];
	struct db_result r;
	size_t n;

	*out = (struct identity){ .kind = IDENTITY_NOBODY };
	if (!base64url_read(str_slice(token, START_LEN, token.len), secret, sizeof(secret), &n) ||
	    n != sizeof(secret))
		return true;
	if (!db_query(d, a,
		      "SELECT id, name, role, hash, used_ms, expires_ms FROM lockstep_api_tokens "
		      "WHERE prefix = ?1",
		      &param, 1, &r, e))
		return err_wrap(e, "tokens");
	for (size_t i = 0; i < r.rows; i++) {
		int64_t used_ms = db_cell(&r, i, 4).i, expires_ms = db_cell(&r, i, 5).i;

		if (!secret_hash_eq(db_cell(&r, i, 3).s, hash) ||
		    (expires_ms && expires_ms <= now_ms))
			continue;
		*out = identity_of(a, &r, i);
		if (now_ms - used_ms >= SEEN_EVERY_MS)
			note_used(d, out->subject, now_ms);
	}
	return true;
}

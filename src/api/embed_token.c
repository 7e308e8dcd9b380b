/* SPDX-License-Identifier: Apache-2.0 */
/*
 * embed_token.c - tokens by which a page of the application shows one player's card.
 *
 * Always: it is good for its player alone, for an hour at most, on the routes that say `embed`, and
 * no longer when the player is denied, whichever provider's user that is.
 */
#include "api/access_table.h"
#include "store/seal.h"

bool embed_token_add(struct db *d, struct arena *a, struct str player, int64_t now_ms,
		     int64_t expires_ms, struct str *token, struct err *e)
{
	struct str secret = random_text(a, SECRET_BYTES);
	struct str fresh = str_printf(a, EMBED_TOKEN_START "%.*s", STR_ARG(secret));
	const struct value old = value_int(now_ms);
	const struct value row[] = { value_str(secret_hash(a, fresh)), value_str(player),
				     value_int(expires_ms) };

	if (!db_exec(d, "DELETE FROM lockstep_embed_tokens WHERE expires_ms <= ?1", &old, 1, NULL,
		     e) ||
	    !db_exec(d,
		     "INSERT INTO lockstep_embed_tokens (hash, player, expires_ms) "
		     "VALUES (?1, ?2, ?3)",
		     row, COUNT(row), NULL, e))
		return err_wrap(e, "embed tokens");
	*token = fresh;
	return true;
}

bool embed_token_check(struct db *d, struct arena *a, struct str token, int64_t now_ms,
		       struct identity *out, struct err *e)
{
	struct str hash = secret_hash(a, token), player;
	const struct value param[] = { value_str(hash), value_int(now_ms) };
	struct db_result r;

	*out = (struct identity){ .kind = IDENTITY_NOBODY };
	if (!db_query(d, a,
		      "SELECT t.player, t.hash, t.expires_ms FROM lockstep_embed_tokens t "
		      "WHERE t.hash = ?1 AND t.expires_ms > ?2 AND NOT EXISTS (SELECT 1 FROM "
		      "lockstep_grants g WHERE g.subject = t.player AND g.denied <> 0)",
		      param, COUNT(param), &r, e))
		return err_wrap(e, "embed tokens");
	if (r.rows != 1 || !secret_hash_eq(db_cell(&r, 0, 1).s, hash))
		return true;
	player = db_cell(&r, 0, 0).s;
	*out = (struct identity){ .kind = IDENTITY_EMBED,
				  .roles = ROLE_PLAYER,
				  .subject = player,
				  .name = subject_label(a, "embed", player),
				  .uuid = subject_uuid(player),
				  .expires_ms = db_cell(&r, 0, 2).i };
	return true;
}

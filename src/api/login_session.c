/* SPDX-License-Identifier: Apache-2.0 */
/*
 * login_session.c - sessions of local users: a random secret in a cookie, its hash in the database.
 *
 * A session ends by logging out, by not being used for a while, a week after it began at the
 * latest, and with its user.  The role is read with every request, so that a change shows at once.
 */
#include "api/access_table.h"
#include "base/log.h"
#include "store/seal.h"

#define ARENA_BYTES_MAX ((size_t)64 * 1024)

bool login_begin(struct db *d, struct arena *a, struct str user_id, int64_t now_ms, int64_t idle_ms,
		 struct str *secret, struct err *e)
{
	struct str fresh = random_text(a, SECRET_BYTES);
	const struct value row[] = { value_str(secret_hash(a, fresh)), value_str(user_id),
				     value_int(now_ms), value_int(now_ms + LOGIN_ABSOLUTE_MS) };
	const struct value old[] = { value_int(now_ms), value_int(now_ms - idle_ms) };
	const struct value seen[] = { value_str(user_id), value_int(now_ms) };

	if (!db_exec(d, "DELETE FROM lockstep_logins WHERE expires_ms <= ?1 OR seen_ms <= ?2", old,
		     COUNT(old), NULL, e) ||
	    !db_exec(d,
		     "INSERT INTO lockstep_logins (hash, user_id, made_ms, seen_ms, expires_ms) "
		     "VALUES (?1, ?2, ?3, ?3, ?4)",
		     row, COUNT(row), NULL, e) ||
	    !db_exec(d, "UPDATE lockstep_users SET seen_ms = ?2 WHERE id = ?1", seen, COUNT(seen),
		     NULL, e))
		return err_wrap(e, "sessions");
	*secret = fresh;
	return true;
}

/* Not worth failing a request for, nor a wait for a sync that writes: the next one notes it. */
static void note_seen(struct db *d, struct str hash, int64_t now_ms)
{
	const struct value param[] = { value_str(hash), value_int(now_ms) };
	struct err e;

	if (!db_exec_unless_busy(d, "UPDATE lockstep_logins SET seen_ms = ?2 WHERE hash = ?1",
				 param, COUNT(param), &e))
		log_debug("a session's time was not noted: %s", e.text);
}

bool login_check(struct db *d, struct arena *a, struct str secret, int64_t now_ms, int64_t idle_ms,
		 struct identity *out, struct err *e)
{
	struct str hash = secret_hash(a, secret);
	const struct value param[] = { value_str(hash), value_int(now_ms),
				       value_int(now_ms - idle_ms) };
	struct db_result r;

	if (!db_query(d, a,
		      "SELECT u.id, u.name, u.role, l.seen_ms, l.hash FROM lockstep_logins l "
		      "JOIN lockstep_users u ON u.id = l.user_id WHERE l.hash = ?1 "
		      "AND l.expires_ms > ?2 AND l.seen_ms > ?3 AND u.disabled = 0",
		      param, COUNT(param), &r, e))
		return err_wrap(e, "sessions");
	*out = (struct identity){ .kind = IDENTITY_NOBODY };
	if (r.rows != 1 || !secret_hash_eq(db_cell(&r, 0, 4).s, hash))
		return true;
	*out = (struct identity){ .kind = IDENTITY_USER,
				  .roles = role_from(db_cell(&r, 0, 2).s),
				  .subject = db_cell(&r, 0, 0).s,
				  .name = str_printf(a, "user:%.*s", STR_ARG(db_cell(&r, 0, 1).s)),
				  .uuid = db_cell(&r, 0, 0).s,
				  .cookie = true };
	if (now_ms - db_cell(&r, 0, 3).i >= SEEN_EVERY_MS)
		note_seen(d, hash, now_ms);
	return true;
}

bool login_end(struct db *d, struct str secret, struct err *e)
{
	AUTO_ARENA *a = arena_new("session", ARENA_BYTES_MAX);
	const struct value param = value_str(secret_hash(a, secret));

	return db_exec(d, "DELETE FROM lockstep_logins WHERE hash = ?1", &param, 1, NULL, e) ||
	       err_wrap(e, "sessions");
}

bool login_end_all(struct db *d, struct str user_name, struct err *e)
{
	const struct value param = value_str(user_name);

	return db_exec(d,
		       "DELETE FROM lockstep_logins WHERE user_id IN "
		       "(SELECT id FROM lockstep_users WHERE name = ?1)",
		       &param, 1, NULL, e) ||
	       err_wrap(e, "sessions");
}

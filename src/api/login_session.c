/* SPDX-License-Identifier: Apache-2.0 */
/*
 * login_session.c - sessions: a random secret in a cookie, its hash in the database.
 *
 * A session ends by logging out, by not being used for a while, a week after it began at the
 * latest, and with the user or the token it is of.  A user's role is read with every request; a
 * token is kept sealed by a key that is made of the cookie's secret, and checked anew each time.
 * Who reads the database can open neither; who has the cookie needs the row.
 */
#include "api/access_table.h"
#include "base/log.h"
#include "store/seal.h"

#include <sodium.h>

#define ARENA_BYTES_MAX ((size_t)64 * 1024)
#define KEY_BYTES 32
#define SEAL_CONTEXT STR("session")

static const char *const kind_words[] = {
	[LOGIN_USER] = "user", [LOGIN_BEARER] = "bearer", [LOGIN_ID_TOKEN] = "id_token"
};

/* ---- a token and the cookie ---- */

/* Not the hash that the database has: another function of the same secret. */
static struct seal *cookie_seal(struct str secret)
{
	static const unsigned char purpose[] = "lockstep: a session's token";
	unsigned char key[KEY_BYTES];
	struct seal *s;

	crypto_generichash(key, sizeof(key), (const unsigned char *)secret.at, secret.len, purpose,
			   sizeof(purpose) - 1);
	s = seal_new(key);
	sodium_memzero(key, sizeof(key));
	return s;
}

static struct str token_seal(struct arena *a, struct str secret, struct str token)
{
	struct seal *s = cookie_seal(secret);
	struct str sealed = seal_text(s, a, SEAL_CONTEXT, token);

	seal_close(s);
	return sealed;
}

static bool token_open(struct arena *a, struct str secret, struct str sealed, struct str *token,
		       struct err *e)
{
	struct seal *s = cookie_seal(secret);
	bool ok = seal_read(s, a, SEAL_CONTEXT, sealed, token, e);

	seal_close(s);
	return ok;
}

/* ---- beginning ---- */

static int64_t end_of(const struct login_draft *draft, int64_t now_ms)
{
	int64_t latest_ms = now_ms + LOGIN_ABSOLUTE_MS;

	return draft->token_ends_ms && draft->token_ends_ms < latest_ms ? draft->token_ends_ms
									: latest_ms;
}

bool login_begin(struct db *d, struct arena *a, const struct login_draft *draft, int64_t now_ms,
		 int64_t idle_ms, struct str *secret, struct err *e)
{
	struct str fresh = random_text(a, SECRET_BYTES);
	struct str sealed =
		draft->kind == LOGIN_USER ? STR("") : token_seal(a, fresh, draft->token);
	const struct value row[] = {
		value_str(secret_hash(a, fresh)),
		value_str(draft->user_id.len ? draft->user_id : STR("")),
		value_int(now_ms),
		value_int(end_of(draft, now_ms)),
		value_str(str_from(kind_words[draft->kind])),
		value_str(draft->name.len ? draft->name : STR("")),
		value_str(draft->provider.len ? draft->provider : STR("")),
		value_str(sealed),
	};
	const struct value old[] = { value_int(now_ms), value_int(now_ms - idle_ms) };
	const struct value seen[] = { row[1], value_int(now_ms) };

	if (!db_exec(d, "DELETE FROM lockstep_logins WHERE expires_ms <= ?1 OR seen_ms <= ?2", old,
		     COUNT(old), NULL, e) ||
	    !db_exec(d,
		     "INSERT INTO lockstep_logins (hash, user_id, made_ms, seen_ms, expires_ms, "
		     "kind, name, provider, sealed) VALUES (?1, ?2, ?3, ?3, ?4, ?5, ?6, ?7, ?8)",
		     row, COUNT(row), NULL, e) ||
	    !db_exec(d, "UPDATE lockstep_users SET seen_ms = ?2 WHERE id = ?1", seen, COUNT(seen),
		     NULL, e))
		return err_wrap(e, "sessions");
	*secret = fresh;
	return true;
}

/* ---- asking ---- */

/* Not worth failing a request for, nor a wait for a sync that writes: the next one notes it. */
static void note_seen(struct db *d, struct str hash, int64_t now_ms)
{
	const struct value param[] = { value_str(hash), value_int(now_ms) };
	struct err e;

	if (!db_exec_unless_busy(d, "UPDATE lockstep_logins SET seen_ms = ?2 WHERE hash = ?1",
				 param, COUNT(param), &e))
		log_debug("a session's time was not noted: %s", e.text);
}

#define FIND_SQL                                                                       \
	"SELECT l.hash, l.seen_ms, l.expires_ms, l.kind, l.provider, l.sealed, u.id, " \
	"u.name, u.role FROM lockstep_logins l "                                       \
	"LEFT JOIN lockstep_users u ON u.id = l.user_id AND u.disabled = 0 "           \
	"WHERE l.hash = ?1 AND l.expires_ms > ?2 AND l.seen_ms > ?3"

static bool kind_read(struct str word, enum login_kind *out)
{
	for (size_t i = 0; i < COUNT(kind_words); i++) {
		*out = (enum login_kind)i;
		if (str_eq(word, str_from(kind_words[i])))
			return true;
	}
	return false;
}

static struct identity user_identity(struct arena *a, const struct db_result *r)
{
	struct str id = db_cell(r, 0, 6).s, name = db_cell(r, 0, 7).s;

	return (struct identity){ .kind = IDENTITY_USER,
				  .roles = role_from(db_cell(r, 0, 8).s),
				  .subject = id,
				  .name = str_printf(a, "user:%.*s", STR_ARG(name)),
				  .uuid = id };
}

/* The row as a session; false when it is none that is good any more. */
static bool read_login(struct arena *a, const struct db_result *r, struct str secret,
		       struct login *out)
{
	struct err spoilt;

	*out = (struct login){ .ends_ms = db_cell(r, 0, 2).i, .provider = db_cell(r, 0, 4).s };
	if (!kind_read(db_cell(r, 0, 3).s, &out->kind))
		return false;
	if (out->kind != LOGIN_USER)
		return token_open(a, secret, db_cell(r, 0, 5).s, &out->token, &spoilt);
	if (db_cell(r, 0, 6).kind != VALUE_STR)
		return false;
	out->user = user_identity(a, r);
	return true;
}

bool login_find(struct db *d, struct arena *a, struct str secret, int64_t now_ms, int64_t idle_ms,
		struct login *out, bool *found, struct err *e)
{
	struct str hash = secret_hash(a, secret);
	const struct value param[] = { value_str(hash), value_int(now_ms),
				       value_int(now_ms - idle_ms) };
	struct db_result r;

	if (!db_query(d, a, FIND_SQL, param, COUNT(param), &r, e))
		return err_wrap(e, "sessions");
	*found = r.rows == 1 && secret_hash_eq(db_cell(&r, 0, 0).s, hash) &&
		 read_login(a, &r, secret, out);
	if (*found && now_ms - db_cell(&r, 0, 1).i >= SEEN_EVERY_MS)
		note_seen(d, hash, now_ms);
	return true;
}

struct str login_id(struct arena *a, struct str secret)
{
	return str_slice(secret_hash(a, secret), 0, LOGIN_ID_LEN);
}

bool login_list(struct db *d, struct arena *a, int64_t now_ms, int64_t idle_ms,
		struct login_row **out, size_t *n, struct err *e)
{
	const struct value param[] = { value_int(now_ms), value_int(now_ms - idle_ms) };
	struct login_row *row;
	struct db_result r;

	if (!db_query(d, a,
		      "SELECT l.hash, CASE WHEN l.kind = 'user' THEN 'user:' || u.name ELSE l.name "
		      "END, l.provider, l.made_ms, l.seen_ms, l.expires_ms FROM lockstep_logins l "
		      "LEFT JOIN lockstep_users u ON u.id = l.user_id WHERE l.expires_ms > ?1 "
		      "AND l.seen_ms > ?2 ORDER BY l.seen_ms DESC, l.hash",
		      param, COUNT(param), &r, e))
		return err_wrap(e, "sessions");
	row = arena_new_array(a, struct login_row, r.rows + 1);
	for (size_t i = 0; i < r.rows; i++)
		row[i] = (struct login_row){ .id = str_slice(db_cell(&r, i, 0).s, 0, LOGIN_ID_LEN),
					     .name = db_cell(&r, i, 1).s,
					     .provider = db_cell(&r, i, 2).s,
					     .made_ms = db_cell(&r, i, 3).i,
					     .seen_ms = db_cell(&r, i, 4).i,
					     .ends_ms = db_cell(&r, i, 5).i };
	*out = row;
	*n = r.rows;
	return true;
}

/* ---- ending ---- */

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

bool login_end_one(struct db *d, struct str id, struct err *e)
{
	const struct value param[] = { value_str(id), value_int(LOGIN_ID_LEN) };
	int64_t ended = 0;

	if (id.len == LOGIN_ID_LEN &&
	    !db_exec(d, "DELETE FROM lockstep_logins WHERE substr(hash, 1, ?2) = ?1", param,
		     COUNT(param), &ended, e))
		return err_wrap(e, "sessions");
	return ended > 0 || err_set(e, ERR_MISSING, "there is no such session");
}

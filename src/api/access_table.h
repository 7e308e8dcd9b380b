/* SPDX-License-Identifier: Apache-2.0 */
/*
 * access_table.h - the tables of users, sessions, tokens and grants, and what reads them.
 *
 * Secrets are never in them: passwords as argon2id, sessions and tokens as BLAKE2b hashes, and a
 * token that a session goes by sealed with what only the browser has.  Times are wall milliseconds,
 * for all machines that share the database go by them.
 */
#ifndef ACCESS_TABLE_H
#define ACCESS_TABLE_H

#include "api/access.h"

#define USER_NAME_MAX 64
#define SECRET_BYTES 32
/* "Last used" and "last seen" are written at most this often. */
#define SEEN_EVERY_MS 60000

/* A letter or digit, then at most 63 of letters, digits, '.', '_', '-': nothing that is an email
 * address, for names stand in logs. */
bool access_name_ok(struct str name);

/* BLAKE2b of a secret, as hex in `a`. */
struct str secret_hash(struct arena *a, struct str secret);

/* Both are hex of secret_hash(); takes the same time wherever they differ. */
bool secret_hash_eq(struct str x, struct str y);

/* ---- subjects of providers' tokens ---- */

/* "embed:8c1f…": subject_name() of another kind of identity. */
struct str subject_label(struct arena *a, const char *kind, struct str subject);
/* The subject when it is a uuid, or empty. */
struct str subject_uuid(struct str subject);

/* ---- users ---- */

struct user {
	struct str id, name, role, password; /* password: its hash */
	bool disabled;
};
/* *found false: there is none of that name. */
MUST_CHECK bool user_find(struct db *d, struct arena *a, struct str name, struct user *out,
			  bool *found, struct err *e);

/* ---- sessions ---- */

#define LOGIN_IDLE_MS (INT64_C(12) * 60 * 60 * 1000)
#define LOGIN_ABSOLUTE_MS (INT64_C(7) * 24 * 60 * 60 * 1000)
#define LOGIN_ID_LEN 16

enum login_kind {
	LOGIN_USER,     /* of a local user */
	LOGIN_BEARER,   /* of a token that could come in the Authorization header as well */
	LOGIN_ID_TOKEN, /* of what a provider says of who signed in there */
};

/*
 * A session that begins.  A token is kept sealed by the cookie's secret, of which only the hash is
 * here: with every request it is opened and checked as if it had come itself.
 */
struct login_draft {
	enum login_kind kind;
	struct str user_id;     /* USER */
	struct str token, name; /* the others; name: identity.name */
	struct str provider;    /* of a JWT, else empty */
	int64_t token_ends_ms;  /* 0: it does not */
};
/* The old ones that have expired are swept.  *secret is for the cookie.  [tx] */
MUST_CHECK bool login_begin(struct db *d, struct arena *a, const struct login_draft *draft,
			    int64_t now_ms, int64_t idle_ms, struct str *secret, struct err *e);

/* A session as its cookie finds it. */
struct login {
	enum login_kind kind;
	struct identity user;       /* USER */
	struct str token, provider; /* the others: still to be checked */
	int64_t ends_ms;            /* at the latest */
};
/* *found false: it is none, has expired, or its user may not. */
MUST_CHECK bool login_find(struct db *d, struct arena *a, struct str secret, int64_t now_ms,
			   int64_t idle_ms, struct login *out, bool *found, struct err *e);
MUST_CHECK bool login_end(struct db *d, struct str secret, struct err *e);
MUST_CHECK bool login_end_all(struct db *d, struct str user_name, struct err *e);

struct login_row {
	struct str id; /* the first characters of its hash */
	struct str name, provider;
	int64_t made_ms, seen_ms, ends_ms;
};
/* Those that have not ended, the one that was used last first. */
MUST_CHECK bool login_list(struct db *d, struct arena *a, int64_t now_ms, int64_t idle_ms,
			   struct login_row **out, size_t *n, struct err *e);
/* ERR_MISSING. */
MUST_CHECK bool login_end_one(struct db *d, struct str id, struct err *e);
/* What login_list() calls the session of that secret. */
struct str login_id(struct arena *a, struct str secret);

/* ---- API tokens ---- */

#define API_TOKEN_START "lsk_"

/* Whose token it is; IDENTITY_NOBODY when it is none or has expired. */
MUST_CHECK bool api_token_check(struct db *d, struct arena *a, struct str token, int64_t now_ms,
				struct identity *out, struct err *e);

/* ---- embed tokens: for a player's card in a page of the application ---- */

#define EMBED_TOKEN_START "lse_"
#define EMBED_TTL_MAX_S 3600

/* A token for that player's card and nothing else; those that have expired are swept.  [tx] */
MUST_CHECK bool embed_token_add(struct db *d, struct arena *a, struct str player, int64_t now_ms,
				int64_t expires_ms, struct str *token, struct err *e);
/* The player; IDENTITY_NOBODY when it is none, has expired, or the player was denied. */
MUST_CHECK bool embed_token_check(struct db *d, struct arena *a, struct str token, int64_t now_ms,
				  struct identity *out, struct err *e);

/* ---- grants: what the application says of somebody, before what a token claims ---- */

struct grant {
	bool there, denied;
	unsigned roles;
};
MUST_CHECK bool grant_find(struct db *d, struct arena *a, struct str issuer, struct str subject,
			   struct grant *out, struct err *e);

#endif

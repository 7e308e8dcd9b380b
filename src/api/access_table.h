/* SPDX-License-Identifier: Apache-2.0 */
/*
 * access_table.h - the tables of users, sessions, tokens and grants, and what reads them.
 *
 * Secrets are never in them: passwords as argon2id, sessions and tokens as BLAKE2b hashes.  Times
 * are wall milliseconds, for all machines that share the database go by them.
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

/* A new session of the user, and the old ones that have expired are swept.  *secret is for the
 * cookie.  [tx] */
MUST_CHECK bool login_begin(struct db *d, struct arena *a, struct str user_id, int64_t now_ms,
			    int64_t idle_ms, struct str *secret, struct err *e);
/* Whose session it is; IDENTITY_NOBODY when it is none, has expired, or its user may not. */
MUST_CHECK bool login_check(struct db *d, struct arena *a, struct str secret, int64_t now_ms,
			    int64_t idle_ms, struct identity *out, struct err *e);
MUST_CHECK bool login_end(struct db *d, struct str secret, struct err *e);
MUST_CHECK bool login_end_all(struct db *d, struct str user_name, struct err *e);

/* ---- API tokens ---- */

#define API_TOKEN_START "lsk_"

/* Whose token it is; IDENTITY_NOBODY when it is none or has expired. */
MUST_CHECK bool api_token_check(struct db *d, struct arena *a, struct str token, int64_t now_ms,
				struct identity *out, struct err *e);

/* ---- grants: what the application says of somebody, before what a token claims ---- */

struct grant {
	bool there, denied;
	unsigned roles;
};
MUST_CHECK bool grant_find(struct db *d, struct arena *a, struct str issuer, struct str subject,
			   struct grant *out, struct err *e);

#endif

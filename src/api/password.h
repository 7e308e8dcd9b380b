/* SPDX-License-Identifier: Apache-2.0 */
/*
 * password.h - passwords of local users: what is accepted, hashed (argon2id), compared.
 */
#ifndef PASSWORD_H
#define PASSWORD_H

#include "base/err.h"
#include "base/str.h"

#define PASSWORD_MIN 12
#define PASSWORD_MAX 1024

/* ERR_USAGE when it is shorter than 12 characters, longer than 1,024 bytes, well known, or the
 * name itself. */
MUST_CHECK bool password_ok(struct str name, struct str password, struct err *e);

/*
 * Hashing takes 64 MiB for a moment, so that only a few are hashed at once; ERR_TRANSIENT when too
 * many wait already.
 */
MUST_CHECK bool password_hash(struct arena *a, struct str password, struct str *out, struct err *e);

/* `hash` empty: there is no such user; takes as long as if there were one, and is never right. */
MUST_CHECK bool password_check(struct str password, struct str hash, bool *right, struct err *e);

#endif

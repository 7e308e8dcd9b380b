/* SPDX-License-Identifier: Apache-2.0 */
/*
 * seal.h - secrets at rest: authenticated encryption by libsodium (XChaCha20-Poly1305).
 *
 * The key comes from LOCKSTEP_KEY (base64 of 32 bytes), else from the file, which is made with mode
 * 0600 on first use.  A sealed text is "v1." + base64url(nonce + cipher text), safe in any column.
 * `context` names what it is for ("token:practicepanther") and must be the same when opened, so
 * that one secret cannot be put in another's place.
 */
#ifndef SEAL_H
#define SEAL_H

#include "base/err.h"
#include "base/str.h"

struct seal;

/* ERR_CONFIG when the key is malformed, the file is readable by others or cannot be made. */
MUST_CHECK bool seal_open(struct str key_file, struct seal **out, struct err *e);
/* With a given key of 32 bytes (tests). */
struct seal *seal_new(const unsigned char key[32]);
void seal_close(struct seal *s); /* wipes the key */

struct str seal_text(const struct seal *s, struct arena *a, struct str context, struct str plain);
/* ERR_CONFIG when it was sealed with another key, for another context, or was changed. */
MUST_CHECK bool seal_read(const struct seal *s, struct arena *a, struct str context,
			  struct str sealed, struct str *plain, struct err *e);

/* 32 hex digits that are the text's as long as the key is: they tell things apart for whoever must
 * not know what they are, nor find out by trying. */
struct str seal_mark(const struct seal *s, struct arena *a, struct str context, struct str text);

/* A random version 4 UUID, lower case, in `a`. */
struct str uuid_new(struct arena *a);

/* n random bytes as base64url text: states, tokens. */
struct str random_text(struct arena *a, size_t bytes);

#endif

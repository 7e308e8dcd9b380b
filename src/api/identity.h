/* SPDX-License-Identifier: Apache-2.0 */
/*
 * identity.h - who calls, and what they may.
 */
#ifndef IDENTITY_H
#define IDENTITY_H

#include "base/str.h"

enum role { ROLE_ADMIN = 1, ROLE_COACH = 2, ROLE_PLAYER = 4, ROLE_VIEWER = 8 };
#define ROLE_ANYBODY 0u /* of a route: signed in or not */
#define ROLE_ALL (ROLE_ADMIN | ROLE_COACH | ROLE_PLAYER | ROLE_VIEWER)

/* "admin", … or NULL for what is no single role; and back (0 when there is none). */
const char *role_name(enum role r);
unsigned role_from(struct str name);

enum identity_kind {
	IDENTITY_NOBODY,
	IDENTITY_USER,   /* a local user, by session cookie */
	IDENTITY_TOKEN,  /* an API token of ours */
	IDENTITY_JWT,    /* a token of the application's identity provider */
	IDENTITY_SECRET, /* a shared secret that one route asks for */
	IDENTITY_EMBED,  /* a player, by a token for one card in a page of the application */
};

struct identity {
	enum identity_kind kind;
	unsigned roles;
	struct str subject; /* stable; unique within kind and provider: user id, token id, `sub` */
	struct str name;  /* "user:ana", "token:ci", "jwt:8c1f…": for logs and audit, no email */
	struct str uuid;  /* the subject when it is a uuid (sync_logs.triggered_by), or empty */
	struct str email; /* JWT and users, when known: never logged */
	bool cookie;      /* came by a cookie: the router asks for the same origin on writes */
	struct str provider; /* JWT: the plan's name for its issuer */
	int64_t expires_ms;  /* wall; 0: does not end by itself */
};

/* One text for one caller, for what is kept by caller: two providers may each know a subject of the
 * same name. */
struct str identity_key(struct arena *a, const struct identity *who);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * access.h - who is calling: bearer JWTs, API tokens, sessions of local users.
 */
#ifndef ACCESS_H
#define ACCESS_H

#include "api/route.h"
#include "base/clock.h"
#include "http/client.h"
#include "store/db.h"

struct access;

enum jwt_algorithm { JWT_HS256, JWT_RS256, JWT_ES256, JWT_EDDSA };

/* How people sign in at a console by a provider; all empty: they do not. */
struct sign_in {
	struct str label;
	struct str url; /* a page of the application, which sends the browser back with a token; or
			   the authorization code flow: */
	struct str authorize_url, token_url, client_id;
	struct str redirect_url;  /* empty: by the host that was asked */
	struct str client_secret; /* empty: a public client */
	struct str scopes;
	bool secret_in_body; /* of the exchange, not in its header */
};

/* One identity provider.  The algorithm is fixed here and never read from a token. */
struct issuer {
	struct str name; /* in messages and names */
	enum jwt_algorithm algorithm;
	struct str secret;      /* HS256: at least 32 bytes */
	struct str jwks_url;    /* the others; https unless `allow_http` */
	struct str issuer;      /* `iss` must be this */
	struct str audience;    /* `aud` must be or hold this */
	struct str roles_claim; /* a path such as "app_metadata.role"; never below user_metadata */
	/* Claim values to roles, "owner=admin"; a value that is a role's own name needs no row. */
	const struct str *role_map;
	size_t role_maps;
	struct str types; /* accepted `typ`, "JWT|at+jwt" by default */
	bool allow_http;  /* its addresses on this machine, in tests */
	struct sign_in sign_in;
};

struct access_options {
	const struct issuer *issuer;
	size_t issuers;
	struct client *client; /* for JWKS; borrowed */
	struct clock *clock;   /* NULL: the machine's */
	bool cookie_secure;    /* Secure and __Host- on the session's cookie: TLS or behind it */
	int64_t session_ms;    /* 0: 12 h idle */
};

/* ERR_CONFIG when an issuer is wrong (a short or well-known secret, a claim below user_metadata).
 */
MUST_CHECK bool access_open(const struct access_options *o, struct access **out, struct err *e);
void access_close(struct access *a);

/* What a request says of its caller.  Empty fields: the header was not there. */
struct credentials {
	struct str authorization; /* "Bearer …" */
	struct str cookie;
};

/*
 * Who it is; IDENTITY_NOBODY when nothing was sent.  ERR_AUTH (a 401) when something was sent that
 * is not good: the text says which rule it broke ("the token has expired"), never what it was.
 * Texts live as long as `a`.
 */
MUST_CHECK bool access_check(struct access *acc, struct db *d, struct arena *a,
			     const struct credentials *given, struct identity *out, struct err *e);

/* The routes of signing in and out, and for admins of users, tokens, grants and the audit log;
 * those of providers and sessions stand in the second table.  `arg` is the struct access. */
extern const struct route access_routes[], sign_in_routes[];

/* Tables of users, sessions, tokens, grants, as control_plan(). */
MUST_CHECK bool access_plan(struct db *d, struct arena *a, struct str **statement,
			    size_t *statements, struct err *e);

/* Removes sessions and embed tokens that have expired; how many. */
MUST_CHECK bool access_cleanup(struct db *d, int64_t now_ms, int64_t *removed, struct err *e);

/* ---- local users and API tokens: also for the command line ---- */

struct user_row {
	struct str id, name, role; /* id a uuid */
	int64_t made_ms, seen_ms;
	bool disabled;
};
/* ERR_BUSY when the name is taken; ERR_USAGE when the password is short (12) or well known. */
MUST_CHECK bool user_add(struct db *d, struct str name, struct str password, unsigned role,
			 struct err *e);
MUST_CHECK bool user_password(struct db *d, struct str name, struct str password, struct err *e);
MUST_CHECK bool user_role(struct db *d, struct str name, unsigned role, struct err *e);
/* Disabling ends its sessions. */
MUST_CHECK bool user_disable(struct db *d, struct str name, bool disabled, struct err *e);
MUST_CHECK bool user_delete(struct db *d, struct str name, struct err *e);
MUST_CHECK bool user_list(struct db *d, struct arena *a, struct user_row **out, size_t *n,
			  struct err *e);

struct token_row {
	struct str id, name, role, prefix;    /* prefix: its first characters, to recognise it */
	int64_t made_ms, used_ms, expires_ms; /* 0: never */
	struct str made_by;
};
/* *token is shown once; only its hash is kept. */
MUST_CHECK bool api_token_add(struct db *d, struct arena *a, struct str name, unsigned role,
			      int64_t expires_ms, struct str made_by, struct str *token,
			      struct err *e);
MUST_CHECK bool api_token_revoke(struct db *d, struct str name_or_id, struct err *e);
MUST_CHECK bool api_token_list(struct db *d, struct arena *a, struct token_row **out, size_t *n,
			       struct err *e);

/* ---- grants: what is said here of an identity provider's users, before what tokens claim ---- */

struct grant_row {
	struct str issuer, subject; /* a token's `iss` and `sub` */
	struct str access;          /* a role's name, "none" (signed in, no role), "denied" */
};
/* Says so from now on.  ERR_USAGE when a field is not as above. */
MUST_CHECK bool grant_put(struct db *d, const struct grant_row *g, struct err *e);
/* The token's claim counts again.  ERR_MISSING. */
MUST_CHECK bool grant_remove(struct db *d, struct str issuer, struct str subject, struct err *e);
MUST_CHECK bool grant_list(struct db *d, struct arena *a, struct grant_row **out, size_t *n,
			   struct err *e);

/* "jwt:8c1f…": enough of the subject to tell callers apart in a log; one that may be an email
 * address or a name becomes the beginning of its hash. */
struct str subject_name(struct arena *a, struct str subject);

#endif

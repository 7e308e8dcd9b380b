/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vendor.h - the game platform's API, call by call: typed, checked, with errors that have a code.
 *
 * Requests, credentials, limits and retries are the connector's (connectors/metactf.yaml and its
 * actions); what stands here is what the answers must look like.  Unknown fields are kept (raw),
 * unknown words of an enum are taken as they are; a missing or mistyped member is bad_response.
 * Source of every shape: the vendor's OpenAPI file, and vendors/game-platform.md section 1.
 */
#ifndef VENDOR_H
#define VENDOR_H

#include "flow/session.h"

enum vendor_code {
	VENDOR_NONE,
	VENDOR_UNAUTHORIZED, /* 401, or no token is configured (status 401, nothing was sent) */
	VENDOR_NOT_APPROVED, /* 403 */
	VENDOR_NOT_FOUND,
	VENDOR_VALIDATION, /* 400, 422 */
	VENDOR_CONFLICT,   /* 409 */
	VENDOR_RATE_LIMITED,
	VENDOR_REFUSED, /* any other 4xx */
	VENDOR_SERVER,
	VENDOR_TIMEOUT,
	VENDOR_NETWORK,
	VENDOR_BAD_RESPONSE,
	VENDOR_CODES
};
const char *vendor_code_name(enum vendor_code c); /* "not_found" */

/* What the last call that failed ran into. */
struct vendor_fault {
	enum vendor_code code;
	int status;         /* 0: there was no answer */
	struct str message; /* the vendor's `detail`, or a sentence of ours; at most 500 bytes */
	struct str context; /* JSON: {operation, path, ids…}; no name, no address, no token */
	bool in_doubt;      /* it may have been carried out */
	int64_t wait_ms;    /* not before that, says the vendor; 0: it does not */
};

struct vendor {
	struct session *session;
	struct arena *arena; /* what calls return lives as long */
	struct vendor_fault fault;
	int64_t calls; /* requests that went out */
	bool adrift;   /* one that nobody answered may still be carried out, after all that followed
			*/
};

MUST_CHECK bool vendor_open(struct arena *a, const struct engine *g, const struct connection *c,
			    struct vendor *out, struct err *e);

/* All calls: false fills *e and v->fault. */

struct vendor_user {
	int64_t number;                  /* metactf_user_id; 0: not told */
	struct str username, id, status; /* status: as the vendor says it; empty: not told */
	int64_t last_login_s;            /* 0: not told */
};
struct vendor_user_draft {
	struct str id, first_name, last_name, email, role; /* role "coach" or "user" */
	struct str username, school, region, coach;        /* empty: not sent */
};
/* *found false: the vendor has no such user (404). */
MUST_CHECK bool vendor_user_find(struct vendor *v, struct str id, bool *found,
				 struct vendor_user *out, struct err *e);
/* Sent once; in doubt or 409: look it up. */
MUST_CHECK bool vendor_user_create(struct vendor *v, const struct vendor_user_draft *d,
				   struct vendor_user *out, struct err *e);
/* *offered false: this vendor has no such call (404, 405). */
MUST_CHECK bool vendor_password_reset(struct vendor *v, struct str user, bool *offered,
				      struct err *e);

struct vendor_team {
	int64_t number; /* metactf_team_id */
	struct str id, coach, name, division, affiliation;
};
struct vendor_team_draft {
	struct str id, coach, name, division, affiliation;
};
/* Sent once. */
MUST_CHECK bool vendor_team_create(struct vendor *v, const struct vendor_team_draft *d,
				   struct vendor_team *out, struct err *e);
/* *existed false: the vendor has no such team.  CONFLICT or VALIDATION: it has members. */
MUST_CHECK bool vendor_team_delete(struct vendor *v, struct str team, bool *existed, struct err *e);

struct vendor_assignment {
	struct str team, user; /* team may be empty */
};
/* `team` empty: all of them. */
MUST_CHECK bool vendor_assignments(struct vendor *v, struct str team,
				   struct vendor_assignment **out, size_t *n, struct err *e);
/* Both may be done twice. */
MUST_CHECK bool vendor_assign(struct vendor *v, struct str team, struct str user, struct err *e);
MUST_CHECK bool vendor_unassign(struct vendor *v, struct str user, struct err *e);

struct vendor_solve {
	int64_t id, challenge, points, at_s; /* id 0 or missing: it is left out; at_s 0: unknown */
	struct str title, category;
	struct value raw;
};
struct vendor_scores {
	int64_t user;                 /* metactf_user_id */
	int64_t challenges, points;   /* lifetime totals, whatever was asked */
	int64_t accessed_s;           /* 0: never */
	struct value category_points; /* a map */
	struct vendor_solve *solve;   /* later than after_s only, one per id (the last one sent) */
	size_t solves;
};
#define VENDOR_ALL_TIME INT64_MIN
/* after_s is strict: later than that (the vendor's rule, checked again here); VENDOR_ALL_TIME: not
 * sent.  404: NOT_FOUND, 403: NOT_APPROVED. */
MUST_CHECK bool vendor_scores(struct vendor *v, struct str user, int64_t after_s,
			      struct vendor_scores *out, struct err *e);

struct vendor_event {
	struct str id; /* "NAME:START": the vendor gives none */
	struct str name;
	int64_t start_s, end_s;                       /* end 0: not told */
	int64_t challenges, points, rank, points_max; /* points_max 0: not told */
	struct vendor_solve *solve;
	size_t solves;
	struct value raw;
};
/* An unknown user has none (404 is an empty list here). */
MUST_CHECK bool vendor_events(struct vendor *v, struct str user, struct vendor_event **out,
			      size_t *n, struct err *e);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * route.h - one row per thing that can be called: path, who may, what comes in, what goes out.
 *
 * The table is the router, the access check, the validation, the rate limit and the OpenAPI
 * document.  A layer above adds its routes with api_add() before the server starts.
 */
#ifndef ROUTE_H
#define ROUTE_H

#include "api/identity.h"
#include "base/err.h"

struct call;

enum field_type {
	FIELD_TEXT,
	FIELD_INTEGER,
	FIELD_NUMBER,
	FIELD_BOOLEAN,
	FIELD_OBJECT, /* of `of`, or any members when `of` is NULL */
	FIELD_LIST,   /* of `of`'s first row, or of anything */
	FIELD_ANY,
	FIELD_TIME, /* RFC 3339 */
	FIELD_UUID,
};

/* A member of a body or an answer, a query or a path parameter; arrays end with .name NULL. */
struct field {
	const char *name;
	enum field_type type;
	bool required;
	/* INTEGER, NUMBER: the least and the most; TEXT: lengths in bytes; LIST: items.  Both 0:
	 * TEXT at most 1,000 bytes, LIST at most 1,000 items, numbers free. */
	int64_t low, high;
	const char *one_of;    /* TEXT: "contacts|matters|tasks|full" */
	const char *otherwise; /* query: the value when it is not given, as text */
	const struct field *of;
	bool nullable;
	const char *says;
};

enum rate_class {
	RATE_PLAIN,     /* 50 a second for each caller */
	RATE_EXPENSIVE, /* 10 a minute for each caller: starts work at a vendor */
	RATE_LOGIN,     /* 5 a minute for each address; names have the login gate */
	RATE_FREE,      /* health */
};

enum body_kind {
	BODY_NONE, /* or {}, but for GET */
	BODY_JSON, /* an object, checked against `body`; unknown members are refused */
	BODY_JSON_OPTIONAL,
	BODY_FORM, /* application/x-www-form-urlencoded or JSON, checked against `body` */
	BODY_RAW,  /* any bytes: call.raw (a webhook's signature is over them) */
};

struct route {
	const char *method; /* "GET" */
	const char *path;   /* "/api/jobs/{id}" */
	unsigned roles;     /* ROLE_…, or ROLE_ANYBODY */
	/* False: *e becomes a problem document by its kind.  See call.h for the answers. */
	bool (*handle)(struct call *c, struct err *e);
	const char *summary;             /* one line */
	const char *tag;                 /* the group in the OpenAPI document: "jobs" */
	const struct field *path_params; /* NULL: all TEXT */
	const struct field *query;       /* NULL: none; unknown ones are refused */
	enum body_kind body_kind;
	const struct field *body;
	const struct field *answer; /* the members of the 2xx JSON object; NULL: not told */
	const char *answer_type;    /* NULL: "application/json" (204: none) */
	int status;                 /* of success; 0: 200 */
	const char *problems;       /* codes of problems it may answer: "sync_running:409,…" */
	enum rate_class rate;
	size_t body_bytes_max; /* 0: 64 KiB */
	bool secret;     /* IDENTITY_SECRET: checks a shared secret itself (roles is ANYBODY) */
	bool unkept;     /* the answer holds a secret: an Idempotency-Key does not keep it */
	bool query_open; /* parameters that are not told are passed over: others make the address */
	/* A page of another origin may call it (api_options.embed_origin), and an embed token, when
	 * its subject is {id}.  No other route takes either. */
	bool embed;
};

/* Path parameter {id}, a uuid. */
extern const struct field route_id_params[];

#endif

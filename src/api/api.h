/* SPDX-License-Identifier: Apache-2.0 */
/*
 * api.h - the HTTP API as a whole: routes, access, events and the server that carries them.
 */
#ifndef API_H
#define API_H

#include "api/access.h"
#include "api/asset.h"
#include "api/call.h"
#include "api/events.h"

struct api;

#define API_HANDLERS 8

/* All texts and lists are borrowed until api_free(). */
struct api_options {
	struct str listen; /* "127.0.0.1:8080", "[::1]:8080", "unix:/run/lockstep.sock" */
	struct str tls_cert, tls_key;    /* PEM files; both or none */
	bool secure;                     /* people come by TLS: ours, or a proxy's */
	struct str database;             /* db_open()'s: each handler thread opens its own */
	bool pooled;                     /* behind a transaction pooler: nothing is prepared */
	struct access *access;           /* borrowed */
	size_t handlers;                 /* threads; 0: API_HANDLERS */
	size_t connections_max;          /* 0: 2048 */
	const struct str *trusted_proxy; /* addresses whose X-Forwarded-For is believed */
	size_t trusted_proxies;
	const struct str *embed_origin; /* whose pages may call the routes that say `embed` */
	size_t embed_origins;
	struct str version;
	/* /readyz: false with *e says why not; may be NULL. */
	bool (*ready)(void *arg, struct err *e);
	/* /livez: whether every loop of the process ticked lately; may be NULL.  Called by the
	 * thread that moves bytes: must not block. */
	bool (*live)(void *arg);
	/* /metrics: refreshes gauges before they are written; may be NULL. */
	void (*measure)(void *arg, struct db *d);
	void *arg;
	struct clock *clock;          /* NULL: the machine's; for limits and ages */
	int64_t plain_per_s;          /* RATE_PLAIN for each caller; 0: 50 */
	const struct assets *console; /* answered where no route is; NULL: none */
};

/* Tables that the API keeps (lockstep_idempotency), as control_plan(). */
MUST_CHECK bool api_plan(struct db *d, struct arena *a, struct str **statement, size_t *statements,
			 struct err *e);

/* Makes it without listening yet. */
struct api *api_new(const struct api_options *o);
/* Adds a table of routes (ends with .method NULL), whose handlers get `arg`.  Asserts on two routes
 * of one method and path. */
void api_add(struct api *api, const struct route *routes, void *arg);
/* Listens and answers. */
MUST_CHECK bool api_start(struct api *api, struct err *e);
/* The port that was bound (for ":0"). */
int api_port(const struct api *api);
struct events *api_events(struct api *api);
/* As server_still_ms(); 0 before it was started. */
int64_t api_still_ms(const struct api *api);
/* No new requests; those under way end, for at most wait_ms. */
void api_drain(struct api *api, int64_t wait_ms);
void api_free(struct api *api);

/* Every route, in the order they were added: for the OpenAPI document and for the test that walks
 * them with every role. */
size_t api_routes(const struct api *api, const struct route **out, size_t max);
/* The OpenAPI 3.1 document, as a value in `a`. */
struct value api_document(const struct api *api, struct arena *a);

#endif

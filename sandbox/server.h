/* SPDX-License-Identifier: Apache-2.0 */
/*
 * server.h - one thread that answers for a vendor: requests in, replies (good and spoiled) out.
 *
 * server_run() owns the thread until SIGTERM or SIGINT.  Everything below it runs on that thread,
 * so nothing in a vendor needs a lock.
 */
#ifndef SERVER_H
#define SERVER_H

#include "fault.h"
#include "instant.h"
#include "journal.h"
#include "mode.h"

struct server;
struct MHD_Connection;
struct vendor;

struct request {
	struct server *server;
	struct MHD_Connection *connection;
	struct str method, path, query; /* as received, the query still encoded */
	struct str body;
	struct entry *entry; /* NULL for requests to /sandbox/ */
};

/* The decoded value of a query parameter; false when it is not there. */
bool request_param(const struct request *r, const char *name, struct str *out);
int64_t request_number(const struct request *r, const char *name, int64_t otherwise);

/* NULL when it is not there. */
const char *request_header(const struct request *r, const char *name);

/* A member of an application/x-www-form-urlencoded body, decoded into `a`. */
bool request_form(const struct request *r, struct arena *a, const char *name, struct str *out);

/* What a vendor must be able to do.  `handle` gets every request outside /sandbox/. */
struct vendor_ops {
	const char *api;          /* the beginning of the paths that are limited and measured */
	const char *error_member; /* of an answer that says what is wrong: "message" */
	bool (*authorised)(struct vendor *v, const struct request *r);
	/* Enters in the journal whom the request is about; NULL where nobody needs to know. */
	void (*note)(struct vendor *v, const struct request *r);
	void (*handle)(struct vendor *v, const struct request *r, struct reply *reply);
	/* Routes below /sandbox/ that are the vendor's own; false when `r` is none of them. */
	bool (*admin)(struct vendor *v, const struct request *r, struct reply *reply);
	/* Members of a plan that are the vendor's own; its modes are not.  NULL: there are none. */
	bool (*plan)(struct vendor *v, yyjson_val *root, struct err *e);
	/* Adds `,"name":value` members to the answer of GET /sandbox/stats. */
	void (*stats)(struct vendor *v, struct buf *b);
};

struct vendor {
	const struct vendor_ops *ops;
	struct modes modes;
};

struct server {
	struct timepiece time;
	struct journal *journal;
	struct fault_plan *plan;
	struct vendor *vendor;
	struct arena *scratch; /* forgotten after each request */
	bool gzip;             /* compress for clients that ask for it */
	int64_t limit_n;       /* 0: no rate limit */
	int64_t limit_seconds;
	struct gate *gate;
	unsigned port;
	uint64_t requests; /* all but those to /sandbox/, since the start */
	uint64_t plans;    /* plans that were set, since the start */
};

/*
 * Listens on 127.0.0.1:port (0: any free one), prints "listening on URL" when ready and serves
 * until it is told to end.
 */
MUST_CHECK bool server_run(struct server *s, unsigned port, struct err *e);

/* Reads {"rules", "modes", "mutations"} or a bare list of rules. */
MUST_CHECK bool server_plan(struct server *s, struct str json, struct err *e);

/* Whether it is for admin_handle(): below /sandbox/, or below /__admin/, which is the same. */
bool admin_path(struct str path);

/* Answers such a request; takes its path for the one below /sandbox/. */
void admin_handle(struct server *s, struct request *r, struct reply *reply);

/* A rate limit as a vendor enforces it: at most n requests in any `seconds`. */
struct gate *gate_new(int64_t n, int64_t seconds);
void gate_free(struct gate *g);
/* 0 when the request is let in (and counted), else the milliseconds until one will be. */
int64_t gate_pass(struct gate *g, int64_t now_ms);

#endif

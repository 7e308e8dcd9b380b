/* SPDX-License-Identifier: Apache-2.0 */
/*
 * client.h - sends a request and waits for the answer.
 *
 * The real client is one net thread that owns a curl_multi and every connection; a job thread hands
 * it a transfer and sleeps until it ends, a deadline passes or the job is cancelled (the transfer
 * is then torn down at once).  Redirects are followed here, each hop guarded, credentials dropped
 * when the origin changes.  No proxies, cookies, netrc, alt-svc or HSTS.
 *
 * There is no retry and no rate limit in here: one start is one request on the wire (plus redirect
 * hops, counted in `hops`); not even a kept connection that turns out closed makes a second one.
 * Across origins a redirect takes nothing along but the Accept header; an answer to anything but
 * GET and HEAD is never followed.  Tests give the flow a client that answers from a table.
 */
#ifndef CLIENT_H
#define CLIENT_H

#include "base/cancel.h"
#include "http/url.h"

struct header {
	struct str name, value;
};

struct request {
	const char *method; /* "GET", "POST", … */
	struct str url;
	/*
	 * Host is refused (ERR_CONFIG), and so are line breaks; Accept-Encoding, Connection,
	 * Content-Length, Expect, Transfer-Encoding and the like are the client's own business and
	 * passed over.  Without a Content-Type none is sent.
	 */
	const struct header *header;
	size_t headers;
	struct str body;                        /* sent when its .at is not NULL */
	int64_t connect_ms, stall_ms, total_ms; /* 0: the client's defaults (10 s, 60 s, 300 s) */
	size_t body_bytes_max;                  /* of the decoded answer; 0: CLIENT_BODY_MAX */
	size_t hops_max; /* redirects to follow; 0: CLIENT_HOPS_MAX; only GET and HEAD are
			    redirected; CLIENT_HOPS_NONE: a redirect is an answer */
	const struct url_policy *policy; /* outlives the transfer */
	/*
	 * Set when wait gives false: whether it failed before anything of it went out (no name, no
	 * connection, no TLS), so that the vendor cannot have acted on it.  May be NULL; else it
	 * outlives the transfer.
	 */
	bool *unsent;
};

struct response {
	int status;
	const struct header *header; /* names in lower case */
	size_t headers;
	struct str body; /* decoded (gzip, …), NUL-terminated */
	struct str url;  /* the one that answered */
	unsigned hops;   /* requests on the wire beyond the first */
	int64_t took_ms;
};

#define CLIENT_BODY_MAX ((size_t)256 * 1024 * 1024)
#define CLIENT_HEADERS_MAX 256
#define CLIENT_HEADER_BYTES_MAX ((size_t)64 * 1024)
#define CLIENT_HOPS_MAX 5
#define CLIENT_HOPS_NONE SIZE_MAX

struct client;
struct transfer; /* one request under way */

struct client_ops {
	const char *name;
	/*
	 * Copies what it needs of `r`, returns at once.  The URL is checked here (ERR_CONFIG).
	 * What was started must be waited for to its end or abandoned before the client is closed.
	 */
	MUST_CHECK bool (*start)(struct client *c, const struct request *r, struct transfer **out,
				 struct err *e);
	/*
	 * Waits at most `wait_ms` (-1: as long as it takes) and says in *done whether it ended.
	 * When it did, the transfer is gone and *out lives as long as `a`, or the result is false:
	 * ERR_TRANSIENT (no connection, reset, cut short, deadline), ERR_LIMIT (too large),
	 * ERR_CONFIG (address refused), ERR_REMOTE (not HTTP, bad TLS certificate, redirected too
	 * often), ERR_CANCELLED.  ERR_LIMIT also when `a` has no room for it.
	 * On *done false nothing else is touched and the result is true.  On a false result the
	 * transfer is gone too, and *done is not touched.
	 */
	MUST_CHECK bool (*wait)(struct client *c, struct transfer *t, struct arena *a,
				int64_t wait_ms, const struct cancel *stop, bool *done,
				struct response *out, struct err *e);
	/* Tears it down and returns when nothing of it is used any more.  NULL is allowed. */
	void (*abandon)(struct client *c, struct transfer *t);
	void (*close)(struct client *c);
};

struct client {
	const struct client_ops *ops;
};

struct client_options {
	struct str user_agent; /* "lockstep/0.1.0" */
	struct str ca_file;    /* empty: the system's */
	bool http2;
	size_t connections_max; /* per host; 0: 8 */
};

/* The real one; starts the net thread. */
MUST_CHECK bool client_open(const struct client_options *o, struct client **out, struct err *e);

static inline void client_close(struct client *c)
{
	if (c)
		c->ops->close(c);
}

/* For a watchdog: how long the net thread, which keeps the deadlines, has not gone round; 0 for
 * clients without one.  From any thread. */
int64_t client_still_ms(struct client *c);

/* Start and wait in one: `false` as by wait. */
MUST_CHECK bool client_send(struct client *c, const struct request *r, struct arena *a,
			    const struct cancel *stop, struct response *out, struct err *e);

/* The first header of that name (ASCII case ignored), or empty with .at NULL. */
struct str response_header(const struct response *r, struct str name);

#endif

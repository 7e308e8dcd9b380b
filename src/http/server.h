/* SPDX-License-Identifier: Apache-2.0 */
/*
 * server.h - answers HTTP requests: one thread moves bytes, a few threads do the work.
 *
 * The byte thread (libmicrohttpd, epoll) reads a request wholly, within the limits below, before
 * one of the handler threads sees it, and sends the answer after the handler has gone on to the
 * next.  So a client that dribbles or does not read holds a connection, never a handler.
 *
 * The server knows no content: whoever opens it says how a request is begun, handled and refused.
 */
#ifndef SERVER_H
#define SERVER_H

#include "base/buf.h"
#include "base/err.h"

struct server;

/* What a stranger can make grow. */
#define SERVER_LINE_BYTES_MAX ((size_t)8 * 1024)  /* path and query: 414 */
#define SERVER_HEAD_BYTES_MAX ((size_t)16 * 1024) /* all header lines: 431 */
#define SERVER_HEADER_LINES_MAX 100
#define SERVER_ARENA_BYTES_MAX ((size_t)256 * 1024 * 1024)
#define SERVER_BODY_BYTES_SURE ((size_t)64 * 1024)         /* of each body there is room for */
#define SERVER_BODIES_BYTES_MAX ((size_t)64 * 1024 * 1024) /* what goes beyond, of all: 503 */
#define SERVER_HEAD_MS_MAX 10000  /* from the connection to the end of its first header: 408 */
#define SERVER_IDLE_MS_MAX 60000  /* from one answer to the end of the next header */
#define SERVER_BODY_MS_MAX 30000  /* to read a body: 408 */
#define SERVER_SEND_MS_MAX 120000 /* to take an answer */
#define SERVER_STALL_MS_MAX 20000 /* a stream whose reader takes nothing for so long is dropped */
#define SERVER_STREAMS_MAX 256
#define SERVER_BEAT_MS 15000 /* a stream without news is asked again after this */
#define SERVER_HEADERS_OUT_MAX 24

struct server_header {
	const char *name;
	struct str value;
};

/* An answer whose bytes come bit by bit.  Both calls are made by the byte thread. */
struct server_stream_ops {
	/* Writes at most `max` bytes and returns how many.  0: nothing now; is called again after
	 * server_wake() and every SERVER_BEAT_MS.  -1: the end.  Must not block, and must not call
	 * the server. */
	ptrdiff_t (*read)(void *stream, char *to, size_t max);
	void (*close)(void *stream);
};

struct server_answer {
	int status; /* 0: not answered yet */
	struct server_header header[SERVER_HEADERS_OUT_MAX];
	size_t headers;
	struct str body; /* lives in the request's arena, or for ever */
	const struct server_stream_ops *stream;
	void *stream_state;
};

/* One request; everything in it lives in its arena. */
struct server_request {
	struct arena *arena;
	struct str method;
	struct str path, query; /* as received, still encoded */
	struct str peer;        /* the client's address as text; "unix" */
	bool secure;            /* came by TLS */
	bool has_body;          /* a body was announced */
	int64_t body_announced; /* Content-Length, or -1 */
	size_t body_bytes_max;  /* filled by begin() */
	struct str body;
	int64_t begun_ms; /* steady */
	void *state;      /* the application's */
	struct server_answer answer;
	int64_t bytes_sent; /* of the body; known to done() */
	void *own;          /* the server's */
};

/* The value of a request's header, or {NULL, 0}. */
struct str server_request_header(const struct server_request *r, const char *name);
/* All of them, names in lower case; they live as long as the request. */
size_t server_request_headers(struct server_request *r, const struct server_header **out);
/* Adds a header to the answer; both live as long as the request. */
void server_answer_header(struct server_request *r, const char *name, struct str value);

/* Who counts as one where somebody is counted: an IPv4 address, or the first 64 bits of an IPv6
 * one, of which a subscriber has all the others to choose from.  Any other text is itself. */
struct str server_peer_group(struct arena *a, struct str peer);

struct server_options {
	struct str listen;            /* "127.0.0.1:8080", "[::1]:0", ":8080", "unix:/run/x.sock" */
	struct str tls_cert, tls_key; /* PEM files; both or none */
	size_t handlers;              /* 0: 8 */
	size_t connections_max;       /* 0: 2048 */
	size_t per_address_max;       /* 0: half of connections_max; see server_peer_group() */
	size_t queue_max;             /* 0: three quarters of connections_max */
	const struct str *trusted_proxy; /* addresses (or "unix") whose X-Forwarded-For is true */
	size_t trusted_proxies;

	/* The header is there (byte thread, must not block): fills body_bytes_max and state, or
	 * answers already. */
	void (*begin)(void *arg, struct server_request *r);
	/* Fills the answer; on handler thread number `handler`, may block. */
	void (*handle)(void *arg, size_t handler, struct server_request *r);
	/* The server itself cannot go on: fills the answer with this status (byte thread). */
	void (*refuse)(void *arg, struct server_request *r, int status);
	/* The request is over, answered or not (byte thread): for logs and measures. */
	void (*done)(void *arg, struct server_request *r);
	/* A handler thread ends: forget what belongs to it.  May be NULL. */
	void (*handler_end)(void *arg, size_t handler);
	void *arg;
	/* Instead of what stands above; 0: that. */
	size_t bodies_bytes_max;
	int64_t head_ms, idle_ms, body_ms, send_ms, stall_ms, beat_ms;
	/* What a client that was too slow to send is told with 408. */
	const char *late_type, *late_body;
};

/* Listens and answers.  ERR_CONFIG when the address or certificate makes no sense, ERR_BUSY when
 * the address is taken. */
MUST_CHECK bool server_open(const struct server_options *o, struct server **out, struct err *e);
/* The TCP port that was bound; 0 for a Unix socket. */
int server_port(const struct server *s);

/* There may be something to read for every stream.  From any thread. */
void server_wake(struct server *s);
/* Takes a place among SERVER_STREAMS_MAX for a stream; false when there is none left.  It is given
 * back when the stream closes. */
MUST_CHECK bool server_stream_reserve(struct server *s);

/* For a watchdog: how long the byte thread has left an answer lying that a handler made; 0: none
 * lies.  From any thread. */
int64_t server_still_ms(const struct server *s);

/* Accepts nothing any more, ends idle connections and streams, and returns when every request was
 * answered and sent, or after wait_ms. */
void server_drain(struct server *s, int64_t wait_ms);
/* Ends everything; what a handler has begun it ends first.  NULL is fine. */
void server_close(struct server *s);

#endif

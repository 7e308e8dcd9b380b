/* SPDX-License-Identifier: Apache-2.0 */
/*
 * server_part.h - what the server's own files share; nobody else includes it.
 *
 * No two locks of the server are held at once.  Those of the queue and of the streams are held
 * across libmicrohttpd's suspend and resume, which must be one step with the list they change; it
 * calls nothing back from there.
 */
#ifndef SERVER_PART_H
#define SERVER_PART_H

#include "base/thread.h"
#include "http/server.h"

#include <microhttpd.h>
#include <stdatomic.h>
#include <sys/socket.h>

#define SERVER_ADDRESS_MAX 48 /* an address as text */

/* What a connection does; each phase has its deadline. */
enum phase {
	PHASE_HEAD,    /* new: its first header is awaited */
	PHASE_IDLE,    /* answered at least once */
	PHASE_BODY,    /* a body is being read */
	PHASE_HANDLED, /* waits for a handler, or is in its hands */
	PHASE_SEND,    /* takes its answer */
	PHASE_STREAM,
};

struct connection {
	struct connection *next, *prev;
	int fd;
	enum phase phase;
	int64_t deadline_ms; /* 0: none */
	bool cut;
	char address[SERVER_ADDRESS_MAX];
	char group[SERVER_ADDRESS_MAX]; /* server_peer_group() */
};

struct exchange;

/* One request as the server sees it. */
struct exchange {
	struct server_request request;
	struct server *server;
	struct MHD_Connection *mhd;
	struct connection *connection;
	const char *target; /* path and query where they came in; good until the header is over */
	size_t target_len;
	struct buf body;
	enum { EXCHANGE_NEW, EXCHANGE_READING, EXCHANGE_QUEUED, EXCHANGE_SENT } stage;
	bool too_large, no_room;
	size_t counted; /* of server.bodies_bytes */
	bool ready;     /* a handler has answered, and the byte thread has not seen it yet */
	struct exchange *next_queued;
	/* Streams: */
	struct exchange *next_stream, *prev_stream;
	bool asleep;     /* suspended, for it had nothing to say */
	bool left;       /* its client has gone */
	int64_t read_ms; /* when it was last asked */
};

struct server {
	struct server_options o;
	struct arena *arena;
	struct MHD_Daemon *daemon;
	int listener;
	int port;
	bool secure;
	struct str unix_path; /* removed at the end; or empty */

	size_t bodies_bytes; /* beyond what is sure; the byte thread's own */

	struct mutex connections_lock;
	struct connection *connections;
	size_t under_way;         /* requests from their header to the end of their answer */
	struct condition settled; /* under_way became 0 */
	atomic_bool draining;

	struct mutex queue_lock;
	struct condition queue_filled;
	struct exchange *queue, **queue_end;
	size_t queued;
	bool ending;
	pthread_t *handler;
	size_t handlers, handlers_started;
	atomic_size_t handler_number;
	atomic_size_t ready; /* exchanges that are */
	_Atomic int64_t
		stepped_ms; /* steady: when the byte thread last saw one, or the first came */

	struct mutex streams_lock;
	struct exchange *streams;
	size_t streams_reserved;

	struct mutex watch_lock;
	struct condition watch_ends;
	bool watch_ending;
	pthread_t watch;
	bool watching;
};

/* server_socket.c */
MUST_CHECK bool server_listen(struct server *s, struct err *e);

/* server_address.c */
void address_text(const struct sockaddr *from, char *to, size_t size);
void address_group(const char *address, char to[SERVER_ADDRESS_MAX]);

/* server_connection.c */
void connection_phase(struct server *s, struct connection *c, enum phase phase);
void connection_notify(void *arg, struct MHD_Connection *mhd, void **state,
		       enum MHD_ConnectionNotificationCode code);
enum MHD_Result connection_accept(void *arg, const struct sockaddr *from, socklen_t size);
/* Ends connections that took too long; with `idle_too` also those that do nothing. */
void connection_sweep(struct server *s, bool idle_too);

/* server_head.c */
/* Whether nothing stands in the header that was left out; of what exchange_step() was given. */
bool head_is_whole(const struct exchange *x, const char *method, const char *version);

/* server_exchange.c */
void *exchange_begin(void *arg, const char *uri, struct MHD_Connection *mhd);
enum MHD_Result exchange_step(void *arg, struct MHD_Connection *mhd, const char *url,
			      const char *method, const char *version, const char *bytes,
			      size_t *size, void **state);
void exchange_end(void *arg, struct MHD_Connection *mhd, void **state,
		  enum MHD_RequestTerminationCode code);

/* server_queue.c */
/* The byte thread sees the exchange (again). */
void queue_seen(struct exchange *x);
bool queue_push(struct server *s, struct exchange *x);
void *queue_run(void *arg);
/* Wakes every handler thread to end, joins them, and refuses what is left. */
void queue_end(struct server *s);

/* server_stream.c */
void stream_begin(struct exchange *x);
ptrdiff_t stream_read(void *arg, uint64_t at, char *to, size_t max);
void stream_end(struct exchange *x);
/* Wakes those whose beat is due, cuts those whose reader stalls. */
void stream_sweep(struct server *s);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * transfer.h - one request of the real client, from what was asked to what came of it.
 *
 * A transfer belongs to one thread at a time: to the job thread from transfer_new() until it is
 * handed to the net thread, to the net thread until that signals ended_fd, then to the job thread
 * again.  Only `stop` may be set from outside.
 */
#ifndef TRANSFER_H
#define TRANSFER_H

#include "http/answer.h"

#include <curl/curl.h>
#include <stdatomic.h>

/* Deadlines and what they are measured from, steady milliseconds. */
struct transfer_times {
	int64_t connect_ms, stall_ms, total_ms;
	int64_t started_ms, ended_ms;
	int64_t moved_ms; /* when the last byte came or went; 0: not connected yet */
	int64_t sent_bytes;
};

/* What happened on the way of the current hop. */
struct transfer_hop {
	bool connecting; /* a socket was allowed */
	bool sent;       /* the request went out */
	bool refused;    /* an address was refused: `address` */
	bool repeated;   /* curl wanted to send it again on another connection */
	char address[48];
	char detail[CURL_ERROR_SIZE];
};

struct transfer {
	struct transfer *next;
	atomic_bool stop;
	int ended_fd;        /* becomes readable when it has ended */
	struct arena *arena; /* everything below that is borrowed lives there */
	CURL *easy;
	const struct url_policy *policy;
	struct str url, host;
	struct curl_slist *bare_headers; /* those that may follow a redirect elsewhere */
	bool follow;
	size_t hops_max;
	unsigned hops;
	int status;
	size_t body_bytes_max;
	struct transfer_times times;
	struct transfer_hop hop;
	struct answer answer;
	bool failed;
	bool *unsent_out; /* the request's `unsent`, or NULL */
	struct err err;
};

struct transfer *transfer_new(const struct client_options *o);
void transfer_free(struct transfer *t);

/* Forgets the last request and takes a new one; ERR_CONFIG or ERR_LIMIT when it cannot be sent. */
MUST_CHECK bool transfer_prepare(struct transfer *t, const struct request *r, struct err *e);

/*
 * Net thread: curl is through with this hop.  False when a redirect is to be followed: t->easy is
 * ready to be sent again.
 */
bool transfer_hop_ended(struct transfer *t, CURLcode code);

/* Net thread: ends it as failed. */
void transfer_fail(struct transfer *t, enum err_kind kind, const char *why);

/* Net thread: fails it when a deadline has passed, else says when the next one does. */
bool transfer_expired(struct transfer *t, int64_t now_ms, int64_t *next_ms);

/* Job thread: what came of it. */
MUST_CHECK bool transfer_result(const struct transfer *t, struct arena *a, struct response *out,
				struct err *e);

#endif

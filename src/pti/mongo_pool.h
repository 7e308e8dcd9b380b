/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mongo_pool.h - a client of MongoDB for a while, out of a pool of the process.
 *
 * Pools are kept by address: connections, their handshakes and the watching of the servers are
 * shared by all threads.  A client belongs to one thread until it is given back.
 */
#ifndef MONGO_POOL_H
#define MONGO_POOL_H

#include "base/err.h"
#include "base/str.h"
#include "pti/mongo_library.h"

/* Whether writes of several documents can be whole together. */
enum mongo_kind {
	MONGO_UNKNOWN,
	MONGO_ALONE,   /* a server of its own: one document at a time */
	MONGO_TOGETHER /* a replica set or mongos, with sessions: transactions */
};

struct mongo_lease {
	const struct mongo_library *mongo;
	mongoc_client_pool_t *pool; /* NULL: the client is nobody else's */
	mongoc_client_t *client;
	const char *database; /* of the address' path, or NULL; lives as long as the client */
	const char *host;     /* the first one: what a message may name */
	enum mongo_kind kind; /* of a client that is nobody else's; else the pool knows it */
	mongoc_client_session_t *session; /* of the transaction that is open, or NULL */
	bool passing;                     /* the server said that all of it may be tried again */
	bool refused; /* the server has no transactions, whatever its greeting says */
};

/* ERR_CONFIG: it is no address, names no server, or libmongoc is not there.  Connects when it is
 * used first. */
MUST_CHECK bool mongo_lease_begin(const char *url, struct mongo_lease *out, struct err *e);
void mongo_lease_end(struct mongo_lease *l);

/* What kind of server it is: asked for once per pool, and again after one that failed. */
MUST_CHECK bool mongo_lease_kind(struct mongo_lease *l, enum mongo_kind *out, struct err *e);
/* It is known now to be of that kind; MONGO_UNKNOWN: to be asked for again. */
void mongo_lease_learn(struct mongo_lease *l, enum mongo_kind kind);

/* Fills *e from what the driver says and returns false.  `reply` may be NULL: its labels tell
 * whether the transaction may be tried again. */
bool mongo_fail(struct mongo_lease *l, const bson_error_t *why, const bson_t *reply, struct err *e);

#endif

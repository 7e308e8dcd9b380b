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

struct mongo_lease {
	const struct mongo_library *mongo;
	mongoc_client_pool_t *pool; /* NULL: the client is nobody else's */
	mongoc_client_t *client;
	const char *database; /* of the address' path, or NULL; lives as long as the client */
	const char *host;     /* the first one: what a message may name */
};

/* ERR_CONFIG: it is no address, names no server, or libmongoc is not there.  Connects when it is
 * used first. */
MUST_CHECK bool mongo_lease_begin(const char *url, struct mongo_lease *out, struct err *e);
void mongo_lease_end(struct mongo_lease *l);

/* Fills *e from what the driver says and returns false. */
bool mongo_fail(const struct mongo_lease *l, const bson_error_t *why, struct err *e);

#endif

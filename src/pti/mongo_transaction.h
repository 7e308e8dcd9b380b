/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mongo_transaction.h - several writes that are there together or not at all.
 *
 * What `work` does through the lease is of one session and one transaction: its commands carry
 * mongo_put_session().  The majority of the servers has it when the call returns true.
 */
#ifndef MONGO_TRANSACTION_H
#define MONGO_TRANSACTION_H

#include "pti/mongo_pool.h"

/* Whether transactions can be had there at all is the caller's to know (mongo_lease_kind); when the
 * server refuses them after all, *refused, and nothing is written.  `work` runs again as often as
 * the server says that it may help, also behind a commit whose end nobody heard of: it looks
 * whether it was carried out.  On false nobody knows, when e->kind is ERR_TRANSIENT; else nothing
 * is written. */
MUST_CHECK bool mongo_transact(struct mongo_lease *l, bool (*work)(void *arg, struct err *e),
			       void *arg, bool *refused, struct err *e);

/* The session of the open transaction, if there is one, into a command's options. */
MUST_CHECK bool mongo_put_session(struct mongo_lease *l, bson_t *opts, struct err *e);

#endif

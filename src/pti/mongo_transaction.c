/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mongo_transaction.c - several writes that are there together or not at all.
 *
 * By hand and not by mongoc_client_session_with_transaction(), which tries for two minutes while
 * the weekly job neither beats nor stops.  The rules are those of the driver's specification: an
 * error labelled TransientTransactionError begins all again, UnknownTransactionCommitResult sends
 * the commit again.
 */
#include "pti/mongo_transaction.h"

#include "base/clock.h"

#define TRIES_MAX 6
#define COMMITS_MAX 4
#define PAUSE_MS 20

bool mongo_put_session(struct mongo_lease *l, bson_t *opts, struct err *e)
{
	bson_error_t why;

	return !l->session || l->mongo->client_session_append(l->session, opts, &why) ||
	       mongo_fail(l, &why, NULL, e);
}

static bool start(struct mongo_lease *l, struct err *e)
{
	const struct mongo_library *mongo = l->mongo;
	mongoc_transaction_opt_t *opts = mongo->transaction_opts_new();
	mongoc_read_concern_t *read = mongo->read_concern_new();
	mongoc_write_concern_t *write = mongo->write_concern_new();
	mongoc_read_prefs_t *primary = mongo->read_prefs_new(MONGOC_READ_PRIMARY);
	bson_error_t why;
	bool ok;

	(void)mongo->read_concern_set_level(read, MONGOC_READ_CONCERN_LEVEL_SNAPSHOT);
	mongo->write_concern_set_wmajority(write, 0);
	mongo->transaction_opts_set_read_concern(opts, read);
	mongo->transaction_opts_set_write_concern(opts, write);
	/* The address may say otherwise. */
	mongo->transaction_opts_set_read_prefs(opts, primary);
	ok = mongo->client_session_start_transaction(l->session, opts, &why);
	mongo->read_prefs_destroy(primary);
	mongo->write_concern_destroy(write);
	mongo->read_concern_destroy(read);
	mongo->transaction_opts_destroy(opts);
	return ok || mongo_fail(l, &why, NULL, e);
}

static bool commit(struct mongo_lease *l, struct err *e)
{
	const struct mongo_library *mongo = l->mongo;

	for (int n = 1;; n++) {
		bson_error_t why;
		bson_t reply;
		bool ok = mongo->client_session_commit_transaction(l->session, &reply, &why);
		bool unknown =
			!ok && mongo->error_has_label(&reply, "UnknownTransactionCommitResult");

		if (!ok)
			(void)mongo_fail(l, &why, &reply, e);
		bson_destroy(&reply);
		if (ok)
			return true;
		if (unknown && n == COMMITS_MAX)
			return err_set(e, ERR_TRANSIENT,
				       "MongoDB does not say whether it has kept a rating");
		if (!unknown)
			return false;
	}
}

static bool attempt(struct mongo_lease *l, bool (*work)(void *arg, struct err *e), void *arg,
		    struct err *e)
{
	bson_error_t unsaid;

	l->passing = false;
	if (!start(l, e))
		return false;
	if (work(arg, e))
		return commit(l, e);
	(void)l->mongo->client_session_abort_transaction(l->session, &unsaid);
	return false;
}

/* A short while, longer each time: who is in the way is a transaction of some milliseconds. */
static bool wait_a_little(int n, struct err *e)
{
	return clock_sleep(clock_system(), (int64_t)PAUSE_MS << n, NULL, e);
}

bool mongo_transact(struct mongo_lease *l, bool (*work)(void *arg, struct err *e), void *arg,
		    bool *refused, struct err *e)
{
	bson_error_t why;
	bool ok = false;

	*refused = false;
	l->refused = false;
	l->session = l->mongo->client_start_session(l->client, NULL, &why);
	if (!l->session) {
		*refused = why.domain == MONGOC_ERROR_CLIENT;
		return mongo_fail(l, &why, NULL, e);
	}
	for (int n = 0; !ok && n < TRIES_MAX; n++) {
		ok = attempt(l, work, arg, e);
		if (ok || !l->passing || (n + 1 < TRIES_MAX && !wait_a_little(n, e)))
			break;
	}
	l->mongo->client_session_destroy(l->session);
	l->session = NULL;
	*refused = !ok && l->refused;
	if (!ok && l->passing)
		e->kind = ERR_TRANSIENT;
	return ok;
}

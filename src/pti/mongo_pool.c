/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mongo_pool.c - clients of MongoDB, shared by address.
 *
 * Pools live as long as the process; a plan that is read again with another address gets another.
 * With more addresses than there is room for, a client is made for one use.
 */
#include "pti/mongo_pool.h"

#include "base/thread.h"

#define POOLS_MAX 8
#define URL_BYTES_MAX ((size_t)64 * 1024)
#define CONNECT_MS 5000
#define SELECT_MS 5000
#define ANSWER_MS 20000
#define POOL_WAIT_MS 10000

/* Under `lock`. */
static struct {
	struct arena *arena;
	struct str url[POOLS_MAX];
	mongoc_client_pool_t *pool[POOLS_MAX];
	enum mongo_kind kind[POOLS_MAX];
	size_t n;
} kept;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static struct mutex lock;

static void begin(void)
{
	mutex_init(&lock);
	kept.arena = arena_new("mongodb", POOLS_MAX * URL_BYTES_MAX);
}

static void set_default(const struct mongo_library *mongo, mongoc_uri_t *u, const char *option,
			int32_t ms)
{
	if (!mongo->uri_has_option(u, option))
		mongo->uri_set_option_as_int32(u, option, ms);
}

/* NULL with *e.  The driver's words are not told: they quote the address. */
static mongoc_uri_t *read_url(const struct mongo_library *mongo, const char *url, struct err *e)
{
	bson_error_t why;
	mongoc_uri_t *u = mongo->uri_new_with_error(url, &why);
	const mongoc_host_list_t *host = u ? mongo->uri_get_hosts(u) : NULL;
	bool looked_up = u && mongo->uri_get_srv_hostname(u);

	if (!u || (!looked_up && (!host || !host->host[0]))) {
		if (u)
			mongo->uri_destroy(u);
		err_set(e, ERR_CONFIG,
			"players: this is no address of a MongoDB server (mongodb://HOST:PORT/NAME)");
		return NULL;
	}
	set_default(mongo, u, MONGOC_URI_CONNECTTIMEOUTMS, CONNECT_MS);
	set_default(mongo, u, MONGOC_URI_SERVERSELECTIONTIMEOUTMS, SELECT_MS);
	set_default(mongo, u, MONGOC_URI_SOCKETTIMEOUTMS, ANSWER_MS);
	set_default(mongo, u, MONGOC_URI_WAITQUEUETIMEOUTMS, POOL_WAIT_MS);
	if (!mongo->uri_get_appname(u))
		mongo->uri_set_appname(u, "lockstep");
	return u;
}

/* The address' pool, made when it is new; *out NULL when there is no room for another. */
static bool find_pool(const struct mongo_library *mongo, struct str url, mongoc_client_pool_t **out,
		      struct err *e)
{
	mongoc_uri_t *u;

	*out = NULL;
	for (size_t i = 0; i < kept.n; i++)
		if (str_eq(kept.url[i], url)) {
			*out = kept.pool[i];
			return true;
		}
	if (kept.n == POOLS_MAX)
		return true;
	u = read_url(mongo, url.at, e);
	if (!u)
		return false;
	*out = mongo->client_pool_new(u);
	mongo->uri_destroy(u);
	if (!*out)
		return err_set(e, ERR_CONFIG, "players: the driver does not take the address");
	(void)mongo->client_pool_set_error_api(*out, MONGOC_ERROR_API_VERSION_2);
	kept.url[kept.n] = str_keep(kept.arena, url);
	kept.kind[kept.n] = MONGO_UNKNOWN;
	kept.pool[kept.n++] = *out;
	return true;
}

static bool lone_client(const struct mongo_library *mongo, const char *url, mongoc_client_t **out,
			struct err *e)
{
	mongoc_uri_t *u = read_url(mongo, url, e);

	if (!u)
		return false;
	*out = mongo->client_new_from_uri(u);
	mongo->uri_destroy(u);
	if (!*out)
		return err_set(e, ERR_CONFIG, "players: the driver does not take the address");
	(void)mongo->client_set_error_api(*out, MONGOC_ERROR_API_VERSION_2);
	return true;
}

bool mongo_lease_begin(const char *url, struct mongo_lease *out, struct err *e)
{
	const struct mongo_library *mongo = mongo_library(e);
	const mongoc_host_list_t *host;
	const mongoc_uri_t *u;
	bool ok;

	*out = (struct mongo_lease){ .mongo = mongo };
	if (!mongo)
		return false;
	if (strlen(url) >= URL_BYTES_MAX)
		return err_set(e, ERR_CONFIG, "players: the address is too long");
	pthread_once(&once, begin);
	mutex_lock(&lock);
	ok = find_pool(mongo, str_from(url), &out->pool, e);
	mutex_unlock(&lock);
	if (!ok || (!out->pool && !lone_client(mongo, url, &out->client, e)))
		return false;
	if (out->pool)
		out->client = mongo->client_pool_pop(out->pool);
	if (!out->client)
		return err_set(e, ERR_TRANSIENT, "players: all connections to MongoDB are busy");
	u = mongo->client_get_uri(out->client);
	host = mongo->uri_get_hosts(u);
	out->database = mongo->uri_get_database(u);
	out->host = host ? host->host_and_port : mongo->uri_get_srv_hostname(u);
	return true;
}

void mongo_lease_end(struct mongo_lease *l)
{
	if (!l->client)
		return;
	if (l->pool)
		l->mongo->client_pool_push(l->pool, l->client);
	else
		l->mongo->client_destroy(l->client);
	l->client = NULL;
}

/* ---- what it is ---- */

/* Where the kind is kept, under `lock`. */
static enum mongo_kind *kind_of(struct mongo_lease *l)
{
	for (size_t i = 0; l->pool && i < kept.n; i++)
		if (kept.pool[i] == l->pool)
			return &kept.kind[i];
	return &l->kind;
}

void mongo_lease_learn(struct mongo_lease *l, enum mongo_kind kind)
{
	mutex_lock(&lock);
	*kind_of(l) = kind;
	mutex_unlock(&lock);
}

/* Before 4.4 (wire version 9) a transaction cannot make the collection that it writes to. */
#define WIRE_VERSION_MIN 9

static enum mongo_kind read_hello(const bson_t *hello)
{
	bson_iter_t it;
	bool many, sessions, young;

	many = bson_iter_init_find(&it, hello, "setName") && BSON_ITER_HOLDS_UTF8(&it);
	if (bson_iter_init_find(&it, hello, "msg") && BSON_ITER_HOLDS_UTF8(&it))
		many = many || strcmp(bson_iter_utf8(&it, NULL), "isdbgrid") == 0;
	sessions = bson_iter_init_find(&it, hello, "logicalSessionTimeoutMinutes") &&
		   BSON_ITER_HOLDS_NUMBER(&it);
	young = bson_iter_init_find(&it, hello, "maxWireVersion") &&
		bson_iter_as_int64(&it) >= WIRE_VERSION_MIN;
	return many && sessions && young ? MONGO_TOGETHER : MONGO_ALONE;
}

bool mongo_lease_kind(struct mongo_lease *l, enum mongo_kind *out, struct err *e)
{
	mongoc_server_description_t *server;
	bson_error_t why;

	mutex_lock(&lock);
	*out = *kind_of(l);
	mutex_unlock(&lock);
	if (*out != MONGO_UNKNOWN)
		return true;
	server = l->mongo->client_select_server(l->client, true, NULL, &why);
	if (!server)
		return mongo_fail(l, &why, NULL, e);
	*out = read_hello(l->mongo->server_description_hello_response(server));
	l->mongo->server_description_destroy(server);
	mongo_lease_learn(l, *out);
	return true;
}

/* ---- what went wrong ---- */

static bool is_among(uint32_t code, const uint32_t *all, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (all[i] == code)
			return true;
	return false;
}

/* What servers say whose greeting promises transactions that they do not have: an unknown member of
 * a command (9, 40415), "only allowed on a replica set member or mongos" (20), not implemented
 * (238), not in a transaction (263).  Our commands are the same in one and without. */
static bool is_refusal(uint32_t code)
{
	static const uint32_t refusals[] = { 9, 20, 238, 263, 40415 };

	return is_among(code, refusals, COUNT(refusals));
}

/* Numbers of the server that pass: not the primary, shutting down, a network failure behind it, a
 * time limit of its own, another writer of the same document, a transaction that it lost. */
static bool is_passing(uint32_t code)
{
	static const uint32_t passing[] = { 6,   7,   24,   50,    89,    91,    112,   189,
					    251, 262, 9001, 10107, 11600, 11602, 13435, 13436 };

	return is_among(code, passing, COUNT(passing));
}

#define UNAUTHORIZED 13

static bool tell_failure(const char *host, const bson_error_t *why, struct err *e)
{
	switch (why->domain) {
	case MONGOC_ERROR_SERVER_SELECTION:
	case MONGOC_ERROR_STREAM:
	case MONGOC_ERROR_POOL:
		return err_set(e, ERR_TRANSIENT, "MongoDB at %s does not answer", host);
	case MONGOC_ERROR_CLIENT:
		if (why->code == MONGOC_ERROR_CLIENT_AUTHENTICATE)
			return err_set(e, ERR_STORE, "MongoDB at %s refuses the user of `players`",
				       host);
		break;
	case MONGOC_ERROR_SERVER:
	case MONGOC_ERROR_WRITE_CONCERN:
		if (why->code == UNAUTHORIZED)
			return err_set(e, ERR_STORE,
				       "MongoDB at %s does not allow it to the user of `players` "
				       "(docs/pti.md says what it needs)",
				       host);
		if (is_passing(why->code))
			return err_set(e, ERR_TRANSIENT, "MongoDB at %s asks for another try (%u)",
				       host, why->code);
		break;
	default:
		break;
	}
	return err_set(e, ERR_STORE, "MongoDB at %s refused it (%u)", host, why->code);
}

bool mongo_fail(struct mongo_lease *l, const bson_error_t *why, const bson_t *reply, struct err *e)
{
	if (reply && l->mongo->error_has_label(reply, "TransientTransactionError"))
		l->passing = true;
	if (l->session && why->domain == MONGOC_ERROR_SERVER && is_refusal(why->code))
		l->refused = true;
	(void)tell_failure(l->host ? l->host : "its address", why, e);
	/* Another server may answer there the next time. */
	if (e->kind == ERR_TRANSIENT)
		mongo_lease_learn(l, MONGO_UNKNOWN);
	return false;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * jwks.c - the public keys that an issuer publishes.
 *
 * Always: `set` is replaced as a whole, so that a key that was rotated out is gone with the next
 * successful fetch; `fetching` is true while exactly one thread fetches without the lock.
 */
#include "api/jwks.h"

#include "base/log.h"
#include "base/thread.h"
#include "data/json.h"

#include <stdlib.h>

#define ARENA_BYTES_MAX ((size_t)4 * 1024 * 1024)
#define FETCH_MS 5000

struct key_set {
	struct jose_key *key[JWKS_KEYS_MAX];
	size_t n;
};

struct jwks {
	struct jwks_options o;
	struct url_policy policy;
	struct mutex lock; /* guards all that follows */
	struct condition fetched;
	struct key_set set;
	int64_t good_ms, tried_ms; /* steady: of the last fetch that worked, and that was begun */
	bool good, tried, fetching;
	unsigned waiting; /* for what is fetched */
};

static void set_done(struct key_set *s)
{
	for (size_t i = 0; i < s->n; i++)
		jose_key_unref(s->key[i]);
	s->n = 0;
}

static struct jose_key *set_find(const struct key_set *s, struct str kid)
{
	for (size_t i = 0; i < s->n; i++)
		if (str_eq(jose_key_kid(s->key[i]), kid))
			return s->key[i];
	return NULL;
}

struct jwks *jwks_new(const struct jwks_options *o)
{
	struct jwks *j = calloc(1, sizeof(*j));

	if (!j)
		abort();
	assert(o->client && o->clock && o->algorithm != JWT_HS256);
	j->o = *o;
	j->policy =
		(struct url_policy){ .allow_http = o->allow_http, .allow_private = o->allow_http };
	mutex_init(&j->lock);
	condition_init(&j->fetched);
	return j;
}

void jwks_free(struct jwks *j)
{
	if (!j)
		return;
	assert(!j->fetching);
	set_done(&j->set);
	condition_done(&j->fetched);
	mutex_done(&j->lock);
	free(j);
}

/* ---- fetching ---- */

/* Keys of other kinds stand beside ours; they are passed over, and so is a kid's second key. */
static bool read_set(struct arena *a, struct str body, enum jwt_algorithm algorithm,
		     struct key_set *out, struct err *e)
{
	struct value doc, keys, item;
	struct value_iter it;
	struct str name;

	if (!json_parse(a, body, &doc, NULL, e))
		return false;
	keys = value_get(doc, STR("keys"));
	it = value_iter(keys);
	while (keys.kind == VALUE_LIST && out->n < JWKS_KEYS_MAX && value_next(&it, &name, &item)) {
		struct jose_key *key;
		struct err unfit;

		if (item.kind != VALUE_MAP || !jose_key_public(item, algorithm, &key, &unfit))
			continue;
		if (set_find(out, jose_key_kid(key)))
			jose_key_unref(key);
		else
			out->key[out->n++] = key;
	}
	return out->n > 0 || err_set(e, ERR_REMOTE, "it holds no key that can be used");
}

static bool fetch(const struct jwks *j, struct key_set *out, struct err *e)
{
	AUTO_ARENA *a = arena_new("jwks", ARENA_BYTES_MAX);
	const struct header accept = { STR("Accept"), STR("application/json") };
	const struct request r = { .method = "GET",
				   .url = j->o.url,
				   .header = &accept,
				   .headers = 1,
				   .total_ms = FETCH_MS,
				   .body_bytes_max = JWKS_BYTES_MAX,
				   .policy = &j->policy };
	struct response answer;

	if (!client_send(j->o.client, &r, a, NULL, &answer, e))
		return false;
	if (answer.status != 200)
		return err_set(e, ERR_REMOTE, "it answered %d", answer.status);
	if (answer.body.len > JWKS_BYTES_MAX)
		return err_set(e, ERR_LIMIT, "it is larger than %zu bytes", JWKS_BYTES_MAX);
	return read_set(a, answer.body, j->o.algorithm, out, e);
}

/* Called with the lock, which is given up meanwhile. */
static void refresh(struct jwks *j, int64_t now_ms)
{
	struct key_set fresh = { .n = 0 }, old = { .n = 0 };
	struct err e;
	bool ok;

	j->fetching = true;
	j->tried = true;
	j->tried_ms = now_ms;
	mutex_unlock(&j->lock);
	ok = fetch(j, &fresh, &e);
	if (!ok)
		log_warn("the keys of an issuer cannot be fetched from %.*s: %s", STR_ARG(j->o.url),
			 e.text);
	mutex_lock(&j->lock);
	if (ok) {
		old = j->set;
		j->set = fresh;
		j->good = true;
		j->good_ms = now_ms;
	}
	j->fetching = false;
	condition_broadcast(&j->fetched);
	mutex_unlock(&j->lock);
	set_done(&old);
	mutex_lock(&j->lock);
}

/* ---- finding ---- */

/* What to do about a kid now. */
enum step { STEP_SERVE, STEP_FETCH, STEP_WAIT, STEP_REFUSE, STEP_LATER };

static enum step next_step(const struct jwks *j, bool found, int64_t now_ms)
{
	int64_t age_ms = now_ms - j->good_ms;
	bool fresh = j->good && age_ms < JWKS_TTL_MS;
	bool usable = found && j->good && age_ms < JWKS_STALE_MS;
	bool cool = j->tried && now_ms - j->tried_ms < JWKS_COOL_DOWN_MS;

	if (found && fresh)
		return STEP_SERVE;
	if (usable && (j->fetching || cool))
		return STEP_SERVE;
	if (j->fetching)
		return j->waiting < JWKS_WAITING_MAX ? STEP_WAIT : STEP_LATER;
	return cool ? STEP_REFUSE : STEP_FETCH;
}

static void wait_for_fetch(struct jwks *j)
{
	j->waiting++;
	condition_wait(&j->fetched, &j->lock);
	j->waiting--;
}

/* Called with the lock.  What is left to do is serve, refuse or come later. */
static enum step settle(struct jwks *j, struct str kid, struct jose_key **key)
{
	enum step step = STEP_FETCH;

	while (step == STEP_FETCH || step == STEP_WAIT) {
		int64_t now_ms = clock_steady_ms(j->o.clock);

		*key = set_find(&j->set, kid);
		step = next_step(j, *key != NULL, now_ms);
		if (step == STEP_FETCH)
			refresh(j, now_ms);
		else if (step == STEP_WAIT)
			wait_for_fetch(j);
	}
	if (step == STEP_REFUSE &&
	    (!j->good || clock_steady_ms(j->o.clock) - j->good_ms >= JWKS_STALE_MS))
		step = STEP_LATER;
	return step;
}

bool jwks_find(struct jwks *j, struct str kid, struct jose_key **out, struct err *e)
{
	struct jose_key *key = NULL;
	enum step step;

	mutex_lock(&j->lock);
	step = settle(j, kid, &key);
	if (step == STEP_SERVE)
		*out = jose_key_ref(key);
	mutex_unlock(&j->lock);
	if (step == STEP_SERVE)
		return true;
	if (step == STEP_REFUSE)
		return err_set(e, ERR_AUTH, "the token names a key that the issuer does not have");
	return err_set(e, ERR_TRANSIENT, "the keys of the token's issuer cannot be fetched now");
}

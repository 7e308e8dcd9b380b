/* SPDX-License-Identifier: Apache-2.0 */
/* t_jwks.c - the keys that an issuer publishes: when they are fetched, and how long they serve. */
#include "api/jwks.h"

#include "base/thread.h"
#include "hand_clock.h"
#include "key_server.h"
#include "signer.h"
#include "tap.h"

#define KEYS 40
#define THREADS 8
#define SERVED (1 + JWKS_WAITING_MAX)

static struct arena *a;
static struct signer *old_key, *new_key;
static struct str old_jwk, new_jwk;

struct desk {
	struct hand_clock clock;
	struct key_server server;
	struct jwks *keys;
};

static struct str set_of(struct str first, struct str second)
{
	return str_printf(a, "{\"keys\":[%.*s%s%.*s]}", STR_ARG(first),
			  first.len && second.len ? "," : "", STR_ARG(second));
}

static void desk_open(struct desk *d, const char *url)
{
	hand_clock_init(&d->clock, 1772366400000);
	key_server_init(&d->server);
	d->server.body = set_of(old_jwk, STR(""));
	d->keys = jwks_new(&(struct jwks_options){ .url = str_from(url),
						   .algorithm = JWT_ES256,
						   .client = &d->server.client,
						   .clock = &d->clock.clock });
}

static struct desk *desk_new(void)
{
	struct desk *d = arena_new_struct(a, struct desk);

	desk_open(d, "https://one.example/keys");
	return d;
}

/* ERR_NONE: it was found. */
static enum err_kind find(struct desk *d, const char *kid)
{
	struct jose_key *key = NULL;
	struct err e = { 0 };

	if (!jwks_find(d->keys, str_from(kid), &key, &e))
		return e.kind;
	jose_key_unref(key);
	return ERR_NONE;
}

static void keys_are_fetched_once(void)
{
	struct desk *d = desk_new();
	int found = 0;

	for (int i = 0; i < 100; i++)
		found += find(d, "old") == ERR_NONE;
	OK(found == 100 && d->server.asked == 1, "100 tokens, one request");
	hand_clock_pass(&d->clock, JWKS_TTL_MS - 1);
	OK(find(d, "old") == ERR_NONE && d->server.asked == 1, "good for ten minutes");
	hand_clock_pass(&d->clock, 1);
	OK(find(d, "old") == ERR_NONE && d->server.asked == 2, "then fetched anew");
	jwks_free(d->keys);
}

static void an_unknown_kid_fetches_once_in_a_while(void)
{
	struct desk *d = desk_new();

	OK(find(d, "old") == ERR_NONE && d->server.asked == 1, "the first fetch");
	for (int i = 0; i < 50; i++)
		(void)find(d, "unknown");
	OK(d->server.asked == 1, "unknown keys right after it ask for nothing");
	hand_clock_pass(&d->clock, JWKS_COOL_DOWN_MS);
	for (int i = 0; i < 50; i++)
		OK(find(d, "unknown") == ERR_AUTH, "refused");
	OK(d->server.asked == 2, "after the cool-down one of 50 asks");
	d->server.body = set_of(old_jwk, new_jwk);
	OK(find(d, "new") == ERR_AUTH, "a key that is published now waits for the cool-down");
	hand_clock_pass(&d->clock, JWKS_COOL_DOWN_MS);
	OK(find(d, "new") == ERR_NONE && d->server.asked == 3, "and is there after it");
	OK(find(d, "old") == ERR_NONE && d->server.asked == 3, "beside the old one");
	jwks_free(d->keys);
}

static void a_key_that_is_rotated_out_is_refused(void)
{
	struct desk *d = desk_new();

	OK(find(d, "old") == ERR_NONE, "known");
	d->server.body = set_of(STR(""), new_jwk);
	hand_clock_pass(&d->clock, JWKS_TTL_MS);
	OK(find(d, "old") == ERR_AUTH, "refused after the next fetch");
	OK(find(d, "new") == ERR_NONE, "its successor is taken");
	jwks_free(d->keys);
}

static void what_is_there_serves_on_when_fetching_fails(void)
{
	static const struct {
		int status;
		const char *body;
	} bad[] = { { 0, "" },
		    { 500, "" },
		    { 404, "" },
		    { 200, "<html>" },
		    { 200, "{}" },
		    { 200, "[]" },
		    { 200, "{\"keys\":{}}" },
		    { 200, "{\"keys\":[]}" },
		    { 200, "{\"keys\":[1,\"x\",null,{}]}" } };
	struct desk *d = desk_new();
	int asked;

	OK(find(d, "old") == ERR_NONE, "known");
	for (size_t i = 0; i < COUNT(bad); i++) {
		d->server.status = bad[i].status;
		d->server.body = str_from(bad[i].body);
		hand_clock_pass(&d->clock, JWKS_TTL_MS);
		OK(find(d, "old") == ERR_NONE && d->server.asked == (int)i + 2,
		   "served on after %d %s", bad[i].status, bad[i].body);
	}
	asked = d->server.asked;
	for (int i = 0; i < 50; i++)
		(void)find(d, "old");
	OK(d->server.asked == asked, "without asking again at once");
	hand_clock_pass(&d->clock, JWKS_STALE_MS - (int64_t)COUNT(bad) * JWKS_TTL_MS - 1);
	OK(find(d, "old") == ERR_NONE, "for a day");
	hand_clock_pass(&d->clock, 1);
	OK(find(d, "old") == ERR_TRANSIENT, "and no longer");
	d->server.status = 200;
	d->server.body = set_of(old_jwk, STR(""));
	hand_clock_pass(&d->clock, JWKS_COOL_DOWN_MS);
	OK(find(d, "old") == ERR_NONE, "until they can be fetched again");
	jwks_free(d->keys);
}

static void nothing_was_ever_fetched(void)
{
	struct desk *d = desk_new();

	d->server.status = 0;
	OK(find(d, "old") == ERR_TRANSIENT && find(d, "old") == ERR_TRANSIENT, "try later");
	OK(d->server.asked == 1, "asked once");
	jwks_free(d->keys);
}

static void too_large_a_set_is_refused(void)
{
	struct desk *d = desk_new();
	char *fill = arena_alloc(a, JWKS_BYTES_MAX + 1);

	memset(fill, ' ', JWKS_BYTES_MAX);
	d->server.body = str_printf(a, "%s%.*s", fill, STR_ARG(set_of(old_jwk, STR(""))));
	OK(find(d, "old") == ERR_TRANSIENT, "64 KiB of nothing before it");
	jwks_free(d->keys);
}

static void only_https_is_asked(void)
{
	static const char *const url[] = { "http://one.example/keys", "https://127.0.0.1/keys",
					   "file:///etc/passwd", "https://169.254.169.254/keys" };

	for (size_t i = 0; i < COUNT(url); i++) {
		struct desk *d = arena_new_struct(a, struct desk);

		desk_open(d, url[i]);
		OK(find(d, "old") == ERR_TRANSIENT && d->server.asked == 0, "not %s", url[i]);
		jwks_free(d->keys);
	}
}

static void other_keys_stand_beside_ours(void)
{
	struct desk *d = desk_new();
	struct signer *rsa = signer_new(JWT_RS256, "rsa", 2048);
	struct str other = signer_jwk(a, rsa, ",\"alg\":\"RS256\"");
	struct buf b;

	d->server.body = set_of(other, old_jwk);
	OK(find(d, "old") == ERR_NONE && find(d, "rsa") == ERR_AUTH, "only those of the algorithm");
	buf_in(&b, a, JWKS_BYTES_MAX);
	buf_add(&b, STR("{\"keys\":["));
	for (int i = 0; i < KEYS; i++) {
		char kid[16];
		struct signer *s;

		snprintf(kid, sizeof(kid), "k%d", i);
		s = signer_new(JWT_ES256, kid, 0);
		buf_add(&b, i ? STR(",") : STR(""));
		buf_add(&b, signer_jwk(a, s, ""));
		signer_free(s);
	}
	buf_add(&b, STR("]}"));
	d->server.body = buf_str(&b);
	hand_clock_pass(&d->clock, JWKS_TTL_MS);
	OK(find(d, "k0") == ERR_NONE && find(d, "k31") == ERR_NONE, "32 of them");
	OK(find(d, "k32") == ERR_AUTH, "and no more");
	signer_free(rsa);
	jwks_free(d->keys);
}

/* ---- threads ---- */

struct crowd {
	struct desk *desk;
	struct mutex lock;
	struct condition came;
	int later, wanted; /* who was told to come later, and how many that must be */
	int here, all;
	atomic_int found;
};

static void *comes(void *arg)
{
	struct crowd *c = arg;
	enum err_kind kind;

	mutex_lock(&c->lock);
	c->here++;
	condition_broadcast(&c->came);
	mutex_unlock(&c->lock);
	kind = find(c->desk, "old");
	if (kind == ERR_NONE)
		atomic_fetch_add(&c->found, 1);
	mutex_lock(&c->lock);
	c->later += kind == ERR_TRANSIENT;
	condition_broadcast(&c->came);
	mutex_unlock(&c->lock);
	return NULL;
}

/* The fetch ends when all came, and those who are too many have gone. */
static void until_all_are_here(void *arg)
{
	struct crowd *c = arg;

	mutex_lock(&c->lock);
	while (c->here < c->all || c->later < c->wanted)
		condition_wait(&c->came, &c->lock);
	mutex_unlock(&c->lock);
}

static void crowd_comes(struct crowd *c, int all, int wanted)
{
	pthread_t thread[THREADS];

	c->desk = desk_new();
	c->all = all;
	c->wanted = wanted;
	mutex_init(&c->lock);
	condition_init(&c->came);
	c->desk->server.meanwhile = until_all_are_here;
	c->desk->server.arg = c;
	for (int i = 0; i < all; i++)
		thread[i] = thread_start(comes, c);
	for (int i = 0; i < all; i++)
		thread_join(thread[i]);
	condition_done(&c->came);
	mutex_done(&c->lock);
}

static void of_many_threads_one_fetches(void)
{
	struct crowd c = { .found = 0 };

	crowd_comes(&c, SERVED, 0);
	OK(c.found == SERVED && c.desk->server.asked == 1, "all are served by one request");
	jwks_free(c.desk->keys);
}

static void only_a_few_wait_for_it(void)
{
	struct crowd c = { .found = 0 };

	crowd_comes(&c, THREADS, THREADS - SERVED);
	OK(c.found == SERVED && c.later == THREADS - SERVED && c.desk->server.asked == 1,
	   "the others are told to come later");
	jwks_free(c.desk->keys);
}

static enum err_kind meanwhile_kind;

static void find_meanwhile(void *arg)
{
	meanwhile_kind = find(arg, "old");
}

/* It would wait for itself if the lock were held. */
static void others_are_served_while_it_fetches(void)
{
	struct desk *d = desk_new();

	OK(find(d, "old") == ERR_NONE, "known");
	hand_clock_pass(&d->clock, JWKS_TTL_MS);
	d->server.meanwhile = find_meanwhile;
	d->server.arg = d;
	meanwhile_kind = ERR_BUSY;
	OK(find(d, "old") == ERR_NONE && meanwhile_kind == ERR_NONE && d->server.asked == 2,
	   "with what is there");
	jwks_free(d->keys);
}

int main(void)
{
	a = arena_new("t_jwks", (size_t)64 << 20);
	old_key = signer_new(JWT_ES256, "old", 0);
	new_key = signer_new(JWT_ES256, "new", 0);
	old_jwk = signer_jwk(a, old_key, "");
	new_jwk = signer_jwk(a, new_key, ",\"use\":\"sig\",\"alg\":\"ES256\"");
	keys_are_fetched_once();
	an_unknown_kid_fetches_once_in_a_while();
	a_key_that_is_rotated_out_is_refused();
	what_is_there_serves_on_when_fetching_fails();
	nothing_was_ever_fetched();
	too_large_a_set_is_refused();
	only_https_is_asked();
	other_keys_stand_beside_ours();
	of_many_threads_one_fetches();
	only_a_few_wait_for_it();
	others_are_served_while_it_fetches();
	signer_free(old_key);
	signer_free(new_key);
	arena_free(a);
	return tap_done();
}

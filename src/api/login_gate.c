/* SPDX-License-Identifier: Apache-2.0 */
/*
 * login_gate.c - who failed to log in lately.
 *
 * Always: a key has its place among WAYS slots of one bucket, chosen by a hash with a secret key of
 * this process, so that nobody can aim at another's slot; the slot that failed longest ago gives
 * way.
 */
#include "api/login_gate.h"

#include "base/thread.h"

#include <sodium.h>
#include <stdlib.h>

#define BUCKETS 1024
#define WAYS 4
#define KNOWN 256 /* only who gets in takes a place, so that nobody else can fill them */
#define DOUBLINGS_MAX 30

struct slot {
	uint64_t key; /* 0: free */
	int64_t failed_ms;
	unsigned failures;
};

/* A name and an address from where it got in. */
struct known {
	uint64_t key; /* 0: free */
	int64_t passed_ms;
};

struct login_gate {
	struct mutex lock;
	unsigned char secret[crypto_shorthash_KEYBYTES];
	struct slot slot[BUCKETS][WAYS];
	struct known known[KNOWN];
};

enum gate_kind { GATE_NAME = 'n', GATE_ADDRESS = 'a' };

struct login_gate *login_gate_new(void)
{
	struct login_gate *g = calloc(1, sizeof(*g));

	if (!g || sodium_init() < 0)
		abort();
	mutex_init(&g->lock);
	crypto_shorthash_keygen(g->secret);
	return g;
}

void login_gate_free(struct login_gate *g)
{
	if (!g)
		return;
	mutex_done(&g->lock);
	free(g);
}

static uint64_t key_of(const struct login_gate *g, enum gate_kind kind, struct str text)
{
	unsigned char hash[crypto_shorthash_BYTES];
	uint64_t key;

	crypto_shorthash(hash, (const unsigned char *)text.at, text.len, g->secret);
	memcpy(&key, hash, sizeof(key));
	key ^= (uint64_t)kind * 0x9E3779B97F4A7C15u;
	return key ? key : 1;
}

static struct slot *slot_find(struct login_gate *g, uint64_t key)
{
	struct slot *bucket = g->slot[key % BUCKETS];

	for (size_t i = 0; i < WAYS; i++)
		if (bucket[i].key == key)
			return &bucket[i];
	return NULL;
}

static struct slot *slot_make(struct login_gate *g, uint64_t key)
{
	struct slot *bucket = g->slot[key % BUCKETS], *oldest = bucket;

	for (size_t i = 1; i < WAYS; i++)
		if (bucket[i].failed_ms < oldest->failed_ms)
			oldest = &bucket[i];
	*oldest = (struct slot){ .key = key };
	return oldest;
}

static int64_t wait_of(const struct slot *s, int64_t max_ms, int64_t now_ms)
{
	unsigned over;
	int64_t wait_ms, since_ms;

	if (!s || s->failures < LOGIN_FREE_TRIES)
		return 0;
	over = s->failures - LOGIN_FREE_TRIES;
	wait_ms = INT64_C(1000) << (over < DOUBLINGS_MAX ? over : DOUBLINGS_MAX);
	since_ms = now_ms - s->failed_ms;
	if (wait_ms > max_ms)
		wait_ms = max_ms;
	return since_ms < wait_ms ? wait_ms - since_ms : 0;
}

/* ---- where somebody got in ---- */

static uint64_t pair_of(const struct login_gate *g, struct str name, struct str address)
{
	uint64_t key = key_of(g, GATE_NAME, name) * 3 ^ key_of(g, GATE_ADDRESS, address);

	return key ? key : 1;
}

static bool is_known(const struct login_gate *g, uint64_t pair, int64_t now_ms)
{
	for (size_t i = 0; i < KNOWN; i++)
		if (g->known[i].key == pair)
			return now_ms - g->known[i].passed_ms < LOGIN_KNOWN_MS;
	return false;
}

static void know(struct login_gate *g, uint64_t pair, int64_t now_ms)
{
	struct known *to = g->known;

	for (size_t i = 0; i < KNOWN; i++) {
		struct known *one = &g->known[i];

		if (one->key == pair || (to->key != pair && one->passed_ms < to->passed_ms))
			to = one;
	}
	*to = (struct known){ pair, now_ms };
}

/* ---- who waits ---- */

int64_t login_gate_wait_ms(struct login_gate *g, struct str name, struct str address,
			   int64_t now_ms)
{
	int64_t name_ms, address_ms;

	mutex_lock(&g->lock);
	name_ms = is_known(g, pair_of(g, name, address), now_ms)
			  ? 0
			  : wait_of(slot_find(g, key_of(g, GATE_NAME, name)),
				    LOGIN_NAME_WAIT_MAX_MS, now_ms);
	address_ms = wait_of(slot_find(g, key_of(g, GATE_ADDRESS, address)),
			     LOGIN_ADDRESS_WAIT_MAX_MS, now_ms);
	mutex_unlock(&g->lock);
	return name_ms > address_ms ? name_ms : address_ms;
}

static void count(struct login_gate *g, uint64_t key, int64_t now_ms)
{
	struct slot *s = slot_find(g, key);

	if (!s)
		s = slot_make(g, key);
	else if (now_ms - s->failed_ms > LOGIN_FORGET_MS)
		s->failures = 0;
	s->failures++;
	s->failed_ms = now_ms;
}

void login_gate_failed(struct login_gate *g, struct str name, struct str address, int64_t now_ms)
{
	mutex_lock(&g->lock);
	if (name.len)
		count(g, key_of(g, GATE_NAME, name), now_ms);
	count(g, key_of(g, GATE_ADDRESS, address), now_ms);
	mutex_unlock(&g->lock);
}

void login_gate_passed(struct login_gate *g, struct str name, struct str address, int64_t now_ms)
{
	struct slot *s;

	mutex_lock(&g->lock);
	s = slot_find(g, key_of(g, GATE_NAME, name));
	if (s)
		*s = (struct slot){ 0 };
	know(g, pair_of(g, name, address), now_ms);
	mutex_unlock(&g->lock);
}

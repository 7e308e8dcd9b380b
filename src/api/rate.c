/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rate.c - how often one caller may ask: a token bucket for each caller and class.
 *
 * The table is of fixed size.  A caller's place is one of WAYS slots that its hash names; when all
 * are taken by others, the one that is fullest goes, for a full bucket says nothing.
 */
#include "api/api_part.h"

#include "base/thread.h"

#include <stdlib.h>

#define SETS 4096
#define WAYS 4

/* So many of `limit` come back in each window; never more than `limit` are there. */
struct rate_row {
	const char *name;
	int64_t limit, window_ms;
};

static const struct rate_row rows[] = {
	[RATE_PLAIN] = { "plain", 50, 1000 },
	[RATE_EXPENSIVE] = { "expensive", 10, 60000 },
	[RATE_LOGIN] = { "login", 5, 60000 },
	[RATE_FREE] = { "free", 0, 0 },
};

struct bucket {
	uint64_t key;
	double left;
	int64_t at_ms;
};

struct rates {
	struct mutex lock;
	int64_t plain_per_s;
	struct bucket bucket[SETS][WAYS];
};

const char *rate_name(enum rate_class class)
{
	return rows[class].name;
}

struct rates *rates_new(int64_t plain_per_s)
{
	struct rates *t = calloc(1, sizeof(*t));

	if (!t)
		abort();
	mutex_init(&t->lock);
	t->plain_per_s = plain_per_s ? plain_per_s : rows[RATE_PLAIN].limit;
	return t;
}

void rates_free(struct rates *t)
{
	if (!t)
		return;
	mutex_done(&t->lock);
	free(t);
}

static struct bucket *find(struct rates *t, uint64_t key, double full)
{
	struct bucket *set = t->bucket[key % SETS], *best = set;

	for (size_t i = 0; i < WAYS; i++) {
		if (set[i].key == key)
			return &set[i];
		if (set[i].key == 0 || (best->key != 0 && set[i].left > best->left))
			best = &set[i];
	}
	*best = (struct bucket){ .key = key, .left = full };
	return best;
}

struct rate_answer rates_take(struct rates *t, enum rate_class class, struct str key,
			      int64_t now_ms)
{
	struct rate_row row = rows[class];
	struct rate_answer out = { .window_s = row.window_ms / 1000 };
	double full, per_ms;
	struct bucket *b;

	if (class == RATE_FREE)
		return out;
	if (class == RATE_PLAIN)
		row.limit = t->plain_per_s;
	full = (double)row.limit;
	per_ms = full / (double)row.window_ms;
	mutex_lock(&t->lock);
	b = find(t, str_hash(key) * 4 + (uint64_t) class + 1, full);
	if (b->at_ms && now_ms > b->at_ms)
		b->left += (double)(now_ms - b->at_ms) * per_ms;
	b->left = b->left < full ? b->left : full;
	b->at_ms = now_ms;
	if (b->left >= 1)
		b->left -= 1;
	else
		/* Up to the next whole millisecond, but not for what only rounding made. */
		out.wait_ms = (int64_t)((1 - b->left) / per_ms + 0.999);
	out.limit = row.limit;
	out.left = (int64_t)b->left;
	mutex_unlock(&t->lock);
	return out;
}

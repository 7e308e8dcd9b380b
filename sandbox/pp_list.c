/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pp_list.c - which records a list request is about, in which order.
 *
 * Always: a kept list is right for its query as long as its version is the population's.
 */
#include "pp_list.h"

#include "pp_put.h"

#include <stdlib.h>

#define KEPT_LISTS 6

struct kept {
	struct pp_query query;
	uint64_t version;
	uint64_t used; /* 0: never */
	uint32_t *ordinals;
	size_t n;
};

struct pp_lists {
	const struct population *p;
	uint64_t uses;
	struct kept kept[KEPT_LISTS];
};

struct pp_query pp_query_all(enum pp_kind kind)
{
	return (struct pp_query){ .kind = kind,
				  .created_since_ms = INT64_MIN,
				  .updated_since_ms = INT64_MIN };
}

struct pp_lists *pp_lists_new(const struct population *p)
{
	struct pp_lists *l = calloc(1, sizeof *l);

	if (!l)
		abort();
	l->p = p;
	return l;
}

void pp_lists_free(struct pp_lists *l)
{
	if (!l)
		return;
	for (size_t i = 0; i < KEPT_LISTS; i++)
		free(l->kept[i].ordinals);
	free(l);
}

static bool same_query(const struct pp_query *a, const struct pp_query *b)
{
	return a->kind == b->kind && a->order == b->order && a->descending == b->descending &&
	       a->since_exclusive == b->since_exclusive &&
	       a->created_since_ms == b->created_since_ms &&
	       a->updated_since_ms == b->updated_since_ms && strcmp(a->status, b->status) == 0 &&
	       strcmp(a->account, b->account) == 0 && strcmp(a->matter, b->matter) == 0;
}

static bool since(int64_t ms, int64_t since_ms, bool exclusive)
{
	return since_ms == INT64_MIN || ms > since_ms || (ms == since_ms && !exclusive);
}

static bool of_account(const struct population *p, const struct pp_query *q, uint32_t ordinal,
		       uint32_t wanted)
{
	uint32_t account = 0, matter = 0;

	switch (q->kind) {
	case PP_CONTACTS:
		return pp_account_of(p, ordinal) == wanted;
	case PP_MATTERS:
		return pp_matter_account(p, ordinal, &account) && account == wanted;
	case PP_TASKS:
		return pp_task_matter(p, ordinal, &matter) &&
		       pp_matter_account(p, matter, &account) && account == wanted;
	case PP_ACCOUNTS:
	case PP_USERS:
	case PP_KINDS:
		break;
	}
	return true;
}

static bool of_matter(const struct population *p, const struct pp_query *q, uint32_t ordinal,
		      uint32_t wanted)
{
	uint32_t matter = 0;

	return q->kind != PP_TASKS || (pp_task_matter(p, ordinal, &matter) && matter == wanted);
}

static bool fits(const struct population *p, const struct pp_query *q, uint32_t ordinal)
{
	uint32_t wanted = 0;

	if (!since(pp_updated_ms(p, q->kind, ordinal), q->updated_since_ms, q->since_exclusive) ||
	    !since(pp_created_ms(p, q->kind, ordinal), q->created_since_ms, q->since_exclusive))
		return false;
	if (q->status[0] && !str_eq_nocase(pp_status(p, q->kind, ordinal), str_from(q->status)))
		return false;
	if (q->account[0] && (!population_find(p, PP_ACCOUNTS, str_from(q->account), &wanted) ||
			      !of_account(p, q, ordinal, wanted)))
		return false;
	if (q->matter[0] && (!population_find(p, PP_MATTERS, str_from(q->matter), &wanted) ||
			     !of_matter(p, q, ordinal, wanted)))
		return false;
	return true;
}

struct sorting {
	const struct population *p;
	const struct pp_query *q;
};

static int64_t key(const struct sorting *s, uint32_t ordinal)
{
	if (s->q->order == PP_BY_CREATED)
		return pp_created_ms(s->p, s->q->kind, ordinal);
	if (s->q->order == PP_BY_UPDATED)
		return pp_updated_ms(s->p, s->q->kind, ordinal);
	return ordinal;
}

static int compare(const void *va, const void *vb, void *arg)
{
	const struct sorting *s = arg;
	uint32_t a = *(const uint32_t *)va, b = *(const uint32_t *)vb;
	int64_t ka = key(s, a), kb = key(s, b);
	int order = (ka > kb) - (ka < kb);

	if (s->q->descending)
		order = -order;
	return order ? order : (a > b) - (a < b);
}

static void collect(const struct population *p, struct kept *k)
{
	struct sorting sorting = { p, &k->query };
	uint32_t ordinal = 0;

	k->n = 0;
	k->ordinals =
		realloc(k->ordinals, (population_count(p, k->query.kind) + 1) * sizeof(uint32_t));
	if (!k->ordinals)
		abort();
	for (; population_from(p, k->query.kind, &ordinal); ordinal++)
		if (fits(p, &k->query, ordinal))
			k->ordinals[k->n++] = ordinal;
	if (k->query.order != PP_BY_ID || k->query.descending)
		qsort_r(k->ordinals, k->n, sizeof(uint32_t), compare, &sorting);
}

/* NULL: everything, by id. */
static const struct kept *find(struct pp_lists *l, const struct pp_query *q)
{
	struct pp_query all = pp_query_all(q->kind);
	struct kept *oldest = &l->kept[0];

	all.since_exclusive = q->since_exclusive;
	if (same_query(q, &all))
		return NULL;
	l->uses++;
	for (struct kept *k = l->kept; k < l->kept + KEPT_LISTS; k++) {
		if (k->used && k->version == l->p->version && same_query(&k->query, q)) {
			k->used = l->uses;
			return k;
		}
		if (k->used < oldest->used)
			oldest = k;
	}
	oldest->query = *q;
	oldest->version = l->p->version;
	oldest->used = l->uses;
	collect(l->p, oldest);
	return oldest;
}

struct pp_reader pp_lists_read(struct pp_lists *l, const struct pp_query *q, size_t skip,
			       size_t most)
{
	const struct kept *k = find(l, q);
	struct pp_reader r = { .p = l->p, .kind = q->kind, .left = most };

	if (k) {
		r.list = k->ordinals;
		r.n = k->n;
		r.at = skip < k->n ? skip : k->n;
	} else if (!population_at(l->p, q->kind, skip, &r.ordinal)) {
		r.left = 0;
	}
	return r;
}

bool pp_reader_next(struct pp_reader *r, uint32_t *ordinal)
{
	if (!r->left || (r->list && r->at == r->n))
		return false;
	if (r->list)
		*ordinal = r->list[r->at++];
	else if (!population_from(r->p, r->kind, &r->ordinal))
		return false;
	else
		*ordinal = r->ordinal++;
	r->left--;
	return true;
}

size_t pp_lists_count(struct pp_lists *l, const struct pp_query *q)
{
	const struct kept *k = find(l, q);

	return k ? k->n : population_count(l->p, q->kind);
}

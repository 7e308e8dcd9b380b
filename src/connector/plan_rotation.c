/* SPDX-License-Identifier: Apache-2.0 */
/*
 * plan_rotation.c - whose turn it is: which rows of an own table a stream is asked for, how often.
 *
 * What columns the table has only the database knows; the first run complains about them.
 */
#include "connector/plan_read.h"

#define MEMBERS_MAX 1000000
#define FULL_EVERY "7d"

/* ---- tiers ---- */

#define AT(member) offsetof(struct tier_plan, member)

static void read_at_least(struct plan_loader *p, const struct node *n, void *into)
{
	struct tier_plan *t = into;

	t->bounded = plan_scalar(p, n, KEY_INTEGER, &t->at_least);
}

static const struct plan_key tier_rows[] = {
	{ .name = "at_least",
	  .type = KEY_INTEGER,
	  .read = read_at_least,
	  .says = "The least content of the activity column that belongs here; without it "
		  "everything does." },
	{ .name = "every",
	  .type = KEY_DURATION,
	  .required = true,
	  .min = 1000,
	  .offset = AT(every_ms),
	  .says = "How old what is known of a member may get: 30m, 2h, 1d." },
};
#undef AT

static const struct plan_keys tier_keys = {
	.name = "tier",
	.says = "Members that are asked for equally often; the first tier whose at_least is reached "
		"is a member's.",
	.key = tier_rows,
	.n = COUNT(tier_rows),
};

/* A tier behind one that takes more would stay empty. */
static void check_tier(struct plan_loader *p, const struct node *n, size_t i,
		       const struct rotation_plan *r)
{
	const struct tier_plan *t = &r->tier[i], *before = i ? &r->tier[i - 1] : NULL;

	if (!plan_word_ok(t->name))
		plan_complain_key(p, n, i, "a name is made of letters, digits, - and _");
	if (before && (!before->bounded || (t->bounded && t->at_least >= before->at_least)))
		plan_complain_key(p, n, i,
				  "nobody can be in this tier: the one above takes them all; name "
				  "the tiers with the highest at_least first");
}

static void read_tiers(struct plan_loader *p, const struct node *n, void *into)
{
	struct rotation_plan *r = into;

	if (!plan_expect(p, n, NODE_MAP, "a map from names to tiers"))
		return;
	if (n->n > PLAN_TIERS_MAX) {
		plan_complain(p, n, "at most %d tiers", PLAN_TIERS_MAX);
		return;
	}
	r->tier = arena_new_array(p->a, struct tier_plan, n->n);
	for (; r->tiers < n->n; r->tiers++) {
		r->tier[r->tiers].name = n->key[r->tiers];
		plan_map(p, n->item[r->tiers], &tier_keys, &r->tier[r->tiers]);
		check_tier(p, n, r->tiers, r);
	}
}

/* ---- sentinels ---- */

#define AT(member) offsetof(struct sentinel_plan, member)

static const char *const rule_words[] = {
	[SENTINEL_FIRST] = "first", [SENTINEL_MOST_ACTIVE] = "most_active", NULL
};

static const struct plan_key sentinel_rows[] = {
	{ .name = "rule",
	  .type = KEY_WORD,
	  .word = rule_words,
	  .fallback = "first",
	  .offset = AT(rule),
	  .says = "Who they are: the first in the order, or those with the most in the activity "
		  "column." },
	{ .name = "members",
	  .type = KEY_INTEGER,
	  .fallback = "1",
	  .min = 1,
	  .max = 1000,
	  .offset = AT(members),
	  .says = "How many." },
	{ .name = "full_every",
	  .type = KEY_DURATION,
	  .fallback = FULL_EVERY,
	  .min = 1000,
	  .offset = AT(full_every_ms),
	  .says = "Everybody is asked so often, news or not, so that nobody is missed for ever." },
	{ .name = "table",
	  .type = KEY_TABLE,
	  .offset = AT(table),
	  .says = "Where it is looked up whether somebody had it already; without it a row that "
		  "the stream creates in the plan's own table is news." },
	{ .name = "column",
	  .type = KEY_NAME,
	  .offset = AT(column),
	  .says = "The column of that table." },
	{ .name = "value",
	  .type = KEY_TEMPLATE,
	  .offset = AT(value),
	  .says = "What is looked up there, one or a list: an expression over record." },
};
#undef AT

static const struct plan_keys sentinel_keys = {
	.name = "sentinel",
	.says = "Few members who are asked first; the others only when these have what nobody had.",
	.key = sentinel_rows,
	.n = COUNT(sentinel_rows),
};

static void read_sentinel(struct plan_loader *p, const struct node *n, void *into)
{
	struct rotation_plan *r = into;
	struct sentinel_plan *s = arena_new_struct(p->a, struct sentinel_plan);
	size_t told;

	plan_defaults(p, &sentinel_keys, s);
	plan_map(p, n, &sentinel_keys, s);
	r->sentinel = s;
	told = (size_t)(s->table.len > 0) + (s->column.len > 0) + (s->value != NULL);
	if (told != 0 && told != 3)
		plan_complain(p, n, "table, column and value belong together");
}

/* ---- a rotation ---- */

#define AT(member) offsetof(struct rotation_plan, member)

static void read_where(struct plan_loader *p, const struct node *n, void *into)
{
	struct rotation_plan *r = into;

	r->whens = plan_conditions(p, n, &r->when);
}

static void read_order(struct plan_loader *p, const struct node *n, void *into)
{
	struct rotation_plan *r = into;

	r->orders = plan_names(p, n, &r->order);
	if (r->orders > PLAN_ORDER_MAX) {
		plan_complain(p, n, "at most %d columns", PLAN_ORDER_MAX);
		r->orders = PLAN_ORDER_MAX;
	}
}

static const struct plan_key rotation_rows[] = {
	{ .name = "table",
	  .type = KEY_TABLE,
	  .required = true,
	  .offset = AT(table),
	  .says = "A table of your own: each of its rows is a member, for which the stream is "
		  "asked." },
	{ .name = "key",
	  .type = KEY_NAME,
	  .required = true,
	  .offset = AT(key),
	  .says = "The column with the vendor's name of the member, which becomes the partition's "
		  "value; rows in which it is NULL are no members." },
	{ .name = "where",
	  .type = KEY_MAPS,
	  .read = read_where,
	  .says = "Columns and what they must hold: a value, a list of values, or { not: … }." },
	{ .name = "order",
	  .type = KEY_TEXTS,
	  .read = read_order,
	  .says = "Columns by whose contents members take turns; the key comes last by itself." },
	{ .name = "batch",
	  .type = KEY_INTEGER,
	  .fallback = "0",
	  .max = MEMBERS_MAX,
	  .offset = AT(batch),
	  .says = "Members that one run asks for; the next goes on from there. 0: no limit." },
	{ .name = "batching_enabled",
	  .type = KEY_BOOLEAN,
	  .fallback = "true",
	  .offset = AT(batching),
	  .says = "False: as if batch were 0." },
	{ .name = "activity",
	  .type = KEY_NAME,
	  .offset = AT(activity),
	  .says = "A column with a whole number: how active the member is. Nothing counts as 0." },
	{ .name = "tiers",
	  .type = KEY_MAPS,
	  .of = &tier_keys,
	  .read = read_tiers,
	  .says = "How fresh members are kept, by activity, from the most active on; without tiers "
		  "all take turns." },
	{ .name = "tiers_enabled",
	  .type = KEY_BOOLEAN,
	  .fallback = "true",
	  .offset = AT(tiering),
	  .says = "False: as if there were no tiers." },
	{ .name = "alerts",
	  .type = KEY_BOOLEAN,
	  .fallback = "true",
	  .offset = AT(alerts),
	  .says = "False: members that are late raise no alert, as long as nothing is to run." },
	{ .name = "sentinel",
	  .type = KEY_MAP,
	  .of = &sentinel_keys,
	  .read = read_sentinel,
	  .says = "Few members who are asked first; the others only when these have news." },
};
#undef AT

const struct plan_keys plan_rotation_keys = {
	.name = "rotation",
	.says = "Which rows of a table of your own the stream is asked for, and how often: its "
		"partitions come from there.",
	.key = rotation_rows,
	.n = COUNT(rotation_rows),
};

/* ---- what belongs together ---- */

static bool is_partitioned_once(const struct stream *st)
{
	return st->routers == 1 && st->router[0].kind == ROUTER_LIST;
}

static void check_rotation(struct plan_loader *p, const struct node *n, const struct stream *st,
			   const struct rotation_plan *r)
{
	const struct node *tiers = node_get(n, "tiers"), *sentinel = node_get(n, "sentinel");

	if (st && !is_partitioned_once(st))
		plan_complain(p, n,
			      "stream '%.*s' cannot take turns: its manifest needs exactly one "
			      "partition router, a ListPartitionRouter",
			      STR_ARG(st->name));
	if (r->tiers > 1 && !r->activity.len)
		plan_complain(p, tiers, "tiers go by activity: say which column tells it");
	if (r->sentinel && r->sentinel->rule == SENTINEL_MOST_ACTIVE && !r->activity.len)
		plan_complain(p, sentinel,
			      "most_active goes by activity: say which column tells it");
	if (r->sentinel && r->tiers)
		plan_complain(p, sentinel,
			      "a stream has tiers or a sentinel: a sentinel decides for everybody");
}

void plan_read_rotation(struct plan_loader *p, const struct node *n, const struct stream *st,
			struct stream_plan *into)
{
	struct rotation_plan *r = arena_new_struct(p->a, struct rotation_plan);

	r->where = n->path;
	plan_defaults(p, &plan_rotation_keys, r);
	plan_map(p, n, &plan_rotation_keys, r);
	into->rotation = r;
	if (n->kind == NODE_MAP)
		check_rotation(p, n, st, r);
}

/* The second table would find nobody due, for the first one was just asked. */
void plan_check_rotations(struct plan_loader *p, const struct node *connection,
			  const struct connection *c)
{
	const struct node *tables = node_get(connection, "tables");

	for (size_t i = 0; i < c->tables; i++)
		for (size_t k = 0; k < i; k++)
			if (c->table[i].stream && c->table[i].stream == c->table[k].stream &&
			    plan_rotation(c, c->table[i].stream))
				plan_complain_key(p, tables, i,
						  "a stream with a rotation fills one table, and "
						  "this is the second");
}

const struct rotation_plan *plan_rotation(const struct connection *c, const struct stream *st)
{
	return c->stream ? c->stream[st->number].rotation : NULL;
}

bool plan_has_rotation(const struct connection *c)
{
	size_t streams = c->stream && c->manifest ? c->manifest->streams : 0;

	for (size_t i = 0; i < streams; i++)
		if (c->stream[i].rotation)
			return true;
	return false;
}

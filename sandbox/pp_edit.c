/* SPDX-License-Identifier: Apache-2.0 */
/* pp_edit.c - changes: to how the stand-in behaves, and to its data, now or while it is read. */
#include "pp.h"

#include <stdio.h>
#include <stdlib.h>

#define MUTATIONS_MAX 64
#define MUTATED_MAX 1000000

static const struct mode_row modes[] = {
	{ "ignore_top", "$top is ignored: every answer is the rest of the list",
	  offsetof(struct pp_modes, ignore_top) },
	{ "ignore_skip", "$skip is ignored: every answer starts at the beginning",
	  offsetof(struct pp_modes, ignore_skip) },
	{ "cap", "never more than this many rows in an answer", offsetof(struct pp_modes, cap) },
	{ "top_max", "400 for a $top above this", offsetof(struct pp_modes, top_max) },
	{ "orderby_400", "400 for any $orderby", offsetof(struct pp_modes, orderby_400) },
	{ "duplicate_rows", "each page begins with the last row of the one before",
	  offsetof(struct pp_modes, duplicate_rows) },
	{ "since_exclusive", "updated_since leaves out what changed at that very moment",
	  offsetof(struct pp_modes, since_exclusive) },
	{ "grant_client_credentials", "the client_credentials grant works",
	  offsetof(struct pp_modes, grant_client_credentials) },
	{ "keep_refresh_token", "refreshing gives no new refresh token, the old one stays good",
	  offsetof(struct pp_modes, keep_refresh_token) },
	{ "no_expires_in", "token answers do not say how long",
	  offsetof(struct pp_modes, no_expires_in) },
};

struct modes pp_modes(struct pp *pp)
{
	return (struct modes){ modes, COUNT(modes), &pp->modes };
}

enum mutation_op { OP_TOUCH, OP_ADD, OP_DELETE };
enum mutation_place { AT_SPREAD, AT_FRONT, AT_END };

static const char *const op_names[] = { "touch", "add", "delete" };
static const char *const place_names[] = { "spread", "front", "end" };

struct pp_mutation {
	enum mutation_op op;
	enum mutation_place place;
	enum pp_kind kind, on; /* `on`: the collection whose reading sets it off */
	int64_t count, every, from, to, ago_seconds;
	int64_t seen; /* list requests so far */
	bool by_id, stamp_only;
	uint32_t ordinal;
	char status[PP_STATUS_SIZE];
};

/* One of `names`; the first when the member is absent. */
static bool read_name(yyjson_val *wish, const char *member, const char *const *names, unsigned *out)
{
	yyjson_val *v = yyjson_obj_get(wish, member);

	if (!v)
		return true;
	for (unsigned i = 0; names[i]; i++) {
		if (yyjson_equals_str(v, names[i])) {
			*out = i;
			return true;
		}
	}
	return false;
}

static bool read_status(yyjson_val *wish, struct pp_mutation *m)
{
	yyjson_val *v = yyjson_obj_get(wish, "status");
	const char *s = yyjson_get_str(v);

	if (!v)
		return true;
	/* It goes into JSON as it is. */
	if (!s || strlen(s) >= sizeof((struct pp_change *)0)->status ||
	    strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_ ") != strlen(s))
		return false;
	snprintf(m->status, sizeof m->status, "%s", s);
	return true;
}

static int64_t read_number(yyjson_val *wish, const char *name, int64_t otherwise)
{
	yyjson_val *v = yyjson_obj_get(wish, name);

	return yyjson_is_int(v) ? yyjson_get_sint(v) : otherwise;
}

static bool read_names(yyjson_val *wish, struct pp_mutation *m, struct err *e)
{
	static const char *const ops[] = { "touch", "add", "delete", NULL };
	static const char *const places[] = { "spread", "front", "end", NULL };
	const char *kinds[PP_KINDS + 1] = { NULL };
	unsigned op = 0, place = 0, kind = PP_CONTACTS, on;

	for (unsigned i = 0; i < PP_KINDS; i++)
		kinds[i] = pp_kind_names[i];
	if (!read_name(wish, "op", ops, &op))
		return err_set(e, ERR_USAGE, "op is touch, add or delete");
	if (!read_name(wish, "at", places, &place))
		return err_set(e, ERR_USAGE, "at is spread, front or end");
	if (!yyjson_obj_get(wish, "collection") || !read_name(wish, "collection", kinds, &kind))
		return err_set(e, ERR_USAGE,
			       "collection is accounts, contacts, matters, tasks or users");
	on = kind;
	if (!read_name(wish, "on", kinds, &on))
		return err_set(e, ERR_USAGE, "on is a collection");
	m->op = (enum mutation_op)op;
	m->place = (enum mutation_place)place;
	m->kind = (enum pp_kind)kind;
	m->on = (enum pp_kind)on;
	return true;
}

/*
 * {"collection", "op": touch|add|delete, "count": 1, "at": spread|front|end, "id", "status",
 * "stamp_only", "ago_seconds"} and, while reading, {"on", "every", "from", "to"}.
 */
static bool read_mutation(const struct pp *pp, yyjson_val *wish, struct pp_mutation *m,
			  struct err *e)
{
	yyjson_val *id = yyjson_obj_get(wish, "id");

	*m = (struct pp_mutation){
		.count = read_number(wish, "count", 1),
		.every = read_number(wish, "every", 1),
		.from = read_number(wish, "from", 1),
		.to = read_number(wish, "to", INT64_MAX),
		.ago_seconds = read_number(wish, "ago_seconds", 0),
		.stamp_only = yyjson_get_bool(yyjson_obj_get(wish, "stamp_only")),
		.by_id = id != NULL,
	};
	if (!yyjson_is_obj(wish))
		return err_set(e, ERR_USAGE, "a mutation is an object");
	if (!read_names(wish, m, e))
		return false;
	if (!read_status(wish, m))
		return err_set(e, ERR_USAGE, "status is a short word");
	if (m->count < 0 || m->count > MUTATED_MAX || m->every < 1)
		return err_set(e, ERR_USAGE, "count is 0 to %d, every at least 1", MUTATED_MAX);
	if (id &&
	    (!yyjson_is_str(id) ||
	     !population_find(pp->population, m->kind, str_from(yyjson_get_str(id)), &m->ordinal)))
		return err_set(e, ERR_USAGE, "there is no record with that id");
	if (m->op == OP_ADD && m->kind == PP_USERS)
		return err_set(e, ERR_USAGE, "users cannot be added");
	return true;
}

/* The places of the records a mutation is about, in the order of ids. */
static size_t place_of(const struct pp *pp, const struct pp_mutation *m, size_t i, size_t n)
{
	size_t all = population_count(pp->population, m->kind);

	switch (m->place) {
	case AT_FRONT:
		return i;
	case AT_END:
		return all - 1 - i;
	case AT_SPREAD:
		break;
	}
	return (i * all / n + pp->edits * 7919) % all;
}

static size_t choose(const struct pp *pp, const struct pp_mutation *m, uint32_t *out)
{
	size_t all = population_count(pp->population, m->kind);
	size_t n = (size_t)m->count < all ? (size_t)m->count : all;

	if (m->by_id) {
		out[0] = m->ordinal;
		return 1;
	}
	for (size_t i = 0; i < n; i++)
		if (!population_at(pp->population, m->kind, place_of(pp, m, i, n), &out[i]))
			abort();
	return n;
}

static size_t add(struct pp *pp, const struct pp_mutation *m, int64_t when_ms, uint32_t *out)
{
	size_t n = (size_t)m->count;
	bool in_front = m->place == AT_FRONT;

	if (!population_room(pp->population, PP_CONTACTS, in_front, n) ||
	    !population_room(pp->population, m->kind, in_front, n))
		return 0;
	for (size_t i = 0; i < n; i++)
		out[i] = population_add(pp->population, m->kind, in_front, when_ms);
	return n;
}

static void put_ids(const struct pp *pp, const struct pp_mutation *m, const uint32_t *ordinals,
		    size_t n, struct buf *b)
{
	buf_printf(b, "{\"op\":\"%s\",\"at\":\"%s\",\"count\":%zu,\"ids\":[", op_names[m->op],
		   place_names[m->place], n);
	for (size_t i = 0; i < n; i++) {
		buf_add(b, i ? STR(",\"") : STR("\""));
		pp_put_id(pp->population, m->kind, ordinals[i], b);
		buf_char(b, '"');
	}
	buf_add(b, STR("]}"));
}

static void apply(struct pp *pp, const struct pp_mutation *m, struct buf *b)
{
	uint32_t *ordinals = calloc((size_t)m->count + 1, sizeof *ordinals);
	int64_t when_ms = pp_now_ms(pp) - m->ago_seconds * MS_PER_S;
	struct pp_edit edit = { .now_ms = when_ms,
				.stamp_only = m->stamp_only,
				.status = str_from(m->status) };
	size_t n;

	if (!ordinals)
		abort();
	n = m->op == OP_ADD ? add(pp, m, when_ms, ordinals) : choose(pp, m, ordinals);
	for (size_t i = 0; i < n && m->op == OP_TOUCH; i++)
		population_touch(pp->population, m->kind, ordinals[i], &edit);
	for (size_t i = 0; i < n && m->op == OP_DELETE; i++)
		population_remove(pp->population, m->kind, ordinals[i], when_ms);
	pp->edits++;
	if (b)
		put_ids(pp, m, ordinals, n, b);
	free(ordinals);
}

bool pp_mutate(struct pp *pp, yyjson_val *wish, struct buf *b, struct err *e)
{
	struct pp_mutation m;

	if (!read_mutation(pp, wish, &m, e))
		return false;
	apply(pp, &m, b);
	return true;
}

void pp_while_reading(struct pp *pp, enum pp_kind kind)
{
	for (size_t i = 0; i < pp->mutations_n; i++) {
		struct pp_mutation *m = &pp->mutations[i];

		if (m->on != kind)
			continue;
		m->seen++;
		if (m->seen >= m->from && m->seen <= m->to && m->seen % m->every == 0)
			apply(pp, m, NULL);
	}
}

static bool read_mutations(struct pp *pp, yyjson_val *wish, struct err *e)
{
	size_t n = yyjson_arr_size(wish);
	struct pp_mutation *made;

	if (n > MUTATIONS_MAX)
		return err_set(e, ERR_LIMIT, "more than %d mutations", MUTATIONS_MAX);
	made = calloc(n + 1, sizeof *made);
	if (!made)
		abort();
	for (size_t i = 0; i < n; i++) {
		if (!read_mutation(pp, yyjson_arr_get(wish, i), &made[i], e)) {
			free(made);
			return err_wrap(e, "mutation %zu", i + 1);
		}
	}
	free(pp->mutations);
	pp->mutations = made;
	pp->mutations_n = n;
	return true;
}

bool pp_plan(struct pp *pp, yyjson_val *root, struct err *e)
{
	yyjson_val *mutations = yyjson_obj_get(root, "mutations");

	return !mutations || read_mutations(pp, mutations, e);
}

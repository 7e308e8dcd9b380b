/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ref.c - replaces references by what they name.
 *
 * Two passes.  The first walks the file as written and follows each reference to each target once:
 * afterwards every reference is known to lead somewhere and never back to itself.  The second
 * copies; it can only fail by growing too large.
 */
#include "connector/resolve.h"

#include "base/map.h"

#define REF_PREFIX "#/"
#define ARENA_ROOM_MIN ((size_t)1024 * 1024)

static bool is_ref(const struct node *n)
{
	return n->kind == NODE_SCALAR && str_starts(n->text, STR(REF_PREFIX));
}

/* ---- where a reference leads ---- */

static const struct node *member(const struct node *n, struct str key)
{
	for (size_t i = 0; n->kind == NODE_MAP && i < n->n; i++)
		if (str_eq(n->key[i], key))
			return n->item[i];
	return NULL;
}

static const struct node *step(const struct node *n, struct str key)
{
	int64_t i;

	if (n->kind != NODE_LIST)
		return member(n, key);
	return str_to_i64(key, &i) && i >= 0 && (size_t)i < n->n ? n->item[i] : NULL;
}

/* Keys may hold '/': the whole rest is tried first. */
static const struct node *lookup(const struct node *root, struct str ref)
{
	struct str rest = str_slice(ref, strlen(REF_PREFIX), ref.len);
	const struct node *at = root;

	while (at && rest.len) {
		const struct node *whole = member(at, rest);

		if (whole)
			return whole;
		at = step(at, str_cut(&rest, '/'));
	}
	return at == root ? NULL : at;
}

/* ---- the first pass ---- */

struct visit {
	bool done; /* else it is being followed */
};

struct walk {
	struct resolver *r;
	struct map *visit; /* by the target's address */
	size_t chain;
};

static void walk_node(struct walk *w, const struct node *n);

static void walk_ref(struct walk *w, const struct node *n)
{
	struct resolver *r = w->r;
	const struct node *to = lookup(r->root, n->text);
	struct visit *v;
	struct str key;

	if (!to) {
		complain(r->list, r->arena, n, r->file, "nothing stands at '%.*s'",
			 STR_ARG(n->text));
		return;
	}
	key = str_printf(r->arena, "%p", (const void *)to);
	v = map_get(w->visit, key);
	if (v && !v->done)
		complain(r->list, r->arena, n, r->file, "'%.*s' leads back to itself",
			 STR_ARG(n->text));
	else if (!v && w->chain == REF_CHAIN_MAX)
		complain(r->list, r->arena, n, r->file,
			 "references lead to references more than %d deep here", REF_CHAIN_MAX);
	if (v || w->chain == REF_CHAIN_MAX)
		return;
	v = arena_new_struct(r->arena, struct visit);
	map_put(w->visit, key, v);
	w->chain++;
	walk_node(w, to);
	w->chain--;
	v->done = true;
}

static void walk_dollar_ref(struct walk *w, const struct node *map, const struct node *ref)
{
	struct resolver *r = w->r;
	const struct node *to;

	if (!is_ref(ref)) {
		complain(r->list, r->arena, ref, r->file,
			 "a $ref is a text like '#/definitions/name'");
		return;
	}
	to = lookup(r->root, ref->text);
	if (to && to->kind != NODE_MAP && !is_ref(to) && map->n > 1)
		complain(r->list, r->arena, ref, r->file,
			 "'%.*s' is %s, so the keys beside this $ref would be lost",
			 STR_ARG(ref->text), node_kind_name(to));
}

static void walk_node(struct walk *w, const struct node *n)
{
	const struct node *ref = node_get(n, "$ref");

	if (is_ref(n))
		walk_ref(w, n);
	if (ref)
		walk_dollar_ref(w, n, ref);
	for (size_t i = 0; i < n->n; i++)
		walk_node(w, n->item[i]);
}

/* ---- the second pass ---- */

struct node *resolved_node(struct resolver *r, const struct node *from, struct str path,
			   size_t depth)
{
	struct node *n;

	if (r->stopped)
		return NULL;
	if (++r->nodes > RESOLVED_NODES_MAX || depth > RESOLVED_DEPTH_MAX ||
	    arena_room(r->arena) < ARENA_ROOM_MIN) {
		r->stopped = true;
		complain(r->list, r->arena, from, r->file,
			 "with its references and $parameters resolved the manifest grows too %s",
			 depth > RESOLVED_DEPTH_MAX ? "deep" : "large");
		return NULL;
	}
	n = arena_new_struct(r->arena, struct node);
	*n = (struct node){ .kind = from->kind,
			    .line = from->line,
			    .column = from->column,
			    .path = path,
			    .text = from->text,
			    .plain = from->plain,
			    .parameters = UNDEFINED,
			    .origin = from->origin ? from->origin : from };
	return n;
}

static struct node *expand(struct resolver *r, const struct node *from, struct str path,
			   size_t depth);

static bool expand_list(struct resolver *r, const struct node *from, struct node *n, size_t depth)
{
	n->item = arena_new_array(r->arena, struct node *, from->n);
	for (n->n = 0; n->n < from->n; n->n++) {
		struct node *item = expand(r, from->item[n->n],
					   node_path_index(r->arena, n->path, n->n), depth + 1);

		if (!item)
			return false;
		n->item[n->n] = item;
	}
	return true;
}

/* The members of `from` that `n` does not have yet, but for those of the root that are stores. */
static bool expand_members(struct resolver *r, const struct node *from, struct node *n,
			   size_t depth)
{
	for (size_t i = 0; i < from->n; i++) {
		struct str key = from->key[i];
		struct node *item;

		if (str_eq(key, STR("$ref")) || member(n, key) ||
		    (from == r->root &&
		     (str_eq(key, STR("definitions")) || str_eq(key, STR("schemas")))))
			continue;
		item = expand(r, from->item[i], node_path_key(r->arena, n->path, key), depth + 1);
		if (!item)
			return false;
		n->key[n->n] = key;
		n->key_mark[n->n] = from->key_mark[i];
		n->item[n->n++] = item;
	}
	return true;
}

/* Local keys first, then those of the map that a $ref names. */
static struct node *expand_map(struct resolver *r, const struct node *from, struct str path,
			       size_t depth)
{
	const struct node *ref = node_get(from, "$ref");
	struct node *base = NULL, *n;
	size_t cap = from->n;

	if (ref) {
		base = expand(r, ref, path, depth + 1);
		if (!base || base->kind != NODE_MAP || from->n == 1)
			return r->stopped ? NULL : base;
		cap += base->n;
	}
	n = resolved_node(r, from, path, depth);
	if (!n)
		return NULL;
	n->key = arena_new_array(r->arena, struct str, cap);
	n->key_mark = arena_new_array(r->arena, struct mark, cap);
	n->item = arena_new_array(r->arena, struct node *, cap);
	if (!expand_members(r, from, n, depth))
		return NULL;
	for (size_t i = 0; base && i < base->n; i++) {
		if (member(n, base->key[i]))
			continue;
		n->key[n->n] = base->key[i];
		n->key_mark[n->n] = base->key_mark[i];
		n->item[n->n++] = base->item[i];
	}
	return n;
}

static struct node *expand(struct resolver *r, const struct node *from, struct str path,
			   size_t depth)
{
	struct node *n;

	if (is_ref(from)) {
		const struct node *to = lookup(r->root, from->text);

		assert(to); /* the first pass saw it */
		return expand(r, to, path, depth);
	}
	if (from->kind == NODE_MAP)
		return expand_map(r, from, path, depth);
	n = resolved_node(r, from, path, depth);
	if (n && from->kind == NODE_LIST && !expand_list(r, from, n, depth))
		return NULL;
	return n;
}

struct node *refs_resolve(struct resolver *r)
{
	struct walk w = { r, map_new(r->arena), 0 };
	size_t before = r->list->n;

	walk_node(&w, r->root);
	if (r->list->n > before || r->list->dropped)
		return NULL;
	return expand(r, r->root, STR(""), 0);
}

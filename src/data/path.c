/* SPDX-License-Identifier: Apache-2.0 */
/*
 * path.c - following a list of steps into a value.
 *
 * Globs are matched while the value is walked once: `where` has bit i set when the steps before
 * number i have been taken in some way to get here, and bit p.n when all have.  So each value is
 * met once, however many ways "**" finds to it.
 */
#include "data/path.h"

static bool is_deep(struct str step)
{
	return str_eq(step, STR("**"));
}

static bool is_glob(struct str step)
{
	return step.len > 0 && memchr(step.at, '*', step.len) != NULL;
}

/* "3", "-1": where it points in a list of `len`; `len` when it points nowhere. */
static size_t step_index(struct str step, size_t len)
{
	int64_t i;

	if (step.len == 0 || step.at[0] == '+' || !str_to_i64(step, &i))
		return len;
	if (i < 0)
		i += (int64_t)len;
	return i >= 0 && (uint64_t)i < len ? (size_t)i : len;
}

static struct value take_step(struct value v, struct str step)
{
	size_t i;

	if (v.kind == VALUE_MAP)
		return value_get(v, step);
	if (v.kind != VALUE_LIST)
		return UNDEFINED;
	i = step_index(step, value_len(v));
	return i < value_len(v) ? value_at(v, i) : UNDEFINED;
}

struct value path_get(struct value v, struct path p)
{
	for (size_t i = 0; i < p.n && v.kind != VALUE_UNDEFINED; i++)
		v = take_step(v, p.step[i]);
	return v;
}

/* Globs. */

/* '*' stands for any characters; going back only to the last one keeps it quadratic at the worst.
 */
static bool glob_matches(struct str glob, struct str s)
{
	size_t g = 0, i = 0, star = SIZE_MAX, tried = 0;

	while (i < s.len) {
		if (g < glob.len && glob.at[g] == '*') {
			star = g++;
			tried = i;
		} else if (g < glob.len && glob.at[g] == s.at[i]) {
			g++;
			i++;
		} else if (star != SIZE_MAX) {
			g = star + 1;
			i = ++tried;
		} else {
			return false;
		}
	}
	while (g < glob.len && glob.at[g] == '*')
		g++;
	return g == glob.len;
}

#define BIT(i) (UINT64_C(1) << (i))

/* "**" may stand for no step at all. */
static uint64_t skip_deep(struct path p, uint64_t where)
{
	for (size_t i = 0; i < p.n; i++)
		if (where & BIT(i) && is_deep(p.step[i]))
			where |= BIT(i + 1);
	return where;
}

static uint64_t path_start(struct path p)
{
	return p.n <= PATH_STEPS_MAX ? skip_deep(p, BIT(0)) : 0;
}

/* One item of a container: its key, or its place among `len` of a list. */
struct place {
	bool in_map;
	struct str key;
	size_t at, len;
};

static bool step_matches(struct str step, const struct place *place)
{
	if (str_eq(step, STR("*")))
		return true;
	if (place->in_map)
		return is_glob(step) ? glob_matches(step, place->key) : str_eq(step, place->key);
	return step_index(step, place->len) == place->at;
}

static uint64_t step_into(struct path p, uint64_t where, const struct place *place)
{
	uint64_t next = 0;

	for (size_t i = 0; i < p.n; i++) {
		if (!(where & BIT(i)))
			continue;
		if (is_deep(p.step[i]))
			next |= BIT(i);
		else if (step_matches(p.step[i], place))
			next |= BIT(i + 1);
	}
	return skip_deep(p, next);
}

/* A walk over the items of a container with what of the path lies before each. */
struct walk {
	struct path p;
	uint64_t where;
	struct value_iter it;
	struct place place;
};

static struct walk walk_start(struct path p, uint64_t where, struct value v)
{
	return (struct walk){ .p = p,
			      .where = where,
			      .it = value_iter(v),
			      .place = { .in_map = v.kind == VALUE_MAP, .len = value_len(v) } };
}

static bool walk_next(struct walk *w, struct value *item, uint64_t *next)
{
	w->place.at = w->it.at;
	if (!value_next(&w->it, &w->place.key, item))
		return false;
	*next = step_into(w->p, w->where, &w->place);
	return true;
}

/* The step to take when there is but one way on and it needs no search; else NULL. */
static const struct str *only_step(struct path p, uint64_t where)
{
	size_t i;

	if (where == 0 || (where & (where - 1)) != 0)
		return NULL;
	i = (size_t)__builtin_ctzll(where);
	return i < p.n && !is_glob(p.step[i]) ? &p.step[i] : NULL;
}

struct matching {
	struct arena *a;
	struct path p;
	struct value found;
	size_t matches_max;
};

static void match_at(struct matching *m, struct value v, uint64_t where, unsigned depth)
{
	const struct str *step;
	struct walk w;
	struct value item;
	uint64_t next;

	for (; (step = only_step(m->p, where)); where = skip_deep(m->p, where << 1))
		v = take_step(v, *step);
	if (v.kind == VALUE_UNDEFINED || value_len(m->found) >= m->matches_max)
		return;
	if (where & BIT(m->p.n))
		value_list_add(m->a, m->found, v);
	if ((where & (BIT(m->p.n) - 1)) == 0 || depth > VALUE_DEPTH_MAX)
		return;
	w = walk_start(m->p, where, v);
	while (value_len(m->found) < m->matches_max && walk_next(&w, &item, &next))
		if (next)
			match_at(m, item, next, depth + 1);
}

struct value path_match(struct arena *a, struct value v, struct path p, size_t matches_max)
{
	struct matching m = { a, p, value_list_new(a), matches_max };
	uint64_t start = path_start(p);

	/* "**" alone is everything in `v`, not `v`. */
	if (p.n > 0 && start)
		start &= ~BIT(p.n);
	if (start)
		match_at(&m, v, start, 0);
	return m.found;
}

/* Copies with a change. */

static struct value list_with(struct arena *a, struct value list, size_t at, struct value item)
{
	struct value copy = value_list_new(a), old;
	struct value_iter it = value_iter(list);
	struct str key;

	copy.shape = list.shape;
	for (size_t i = 0; value_next(&it, &key, &old); i++)
		value_list_add(a, copy, i == at ? item : old);
	return copy;
}

/* UNDEFINED when something is in the way. */
static struct value set_at(struct arena *a, struct value v, struct path p, struct value item)
{
	struct path rest = { p.step + 1, p.n - 1 };
	struct value copy, inner;

	if (p.n == 0)
		return item;
	if (v.kind == VALUE_LIST) {
		size_t at = step_index(p.step[0], value_len(v));

		if (at == value_len(v))
			return UNDEFINED;
		inner = set_at(a, value_at(v, at), rest, item);
		return inner.kind == VALUE_UNDEFINED ? inner : list_with(a, v, at, inner);
	}
	if (v.kind != VALUE_MAP && !value_is_nothing(v))
		return UNDEFINED;
	inner = set_at(a, value_get(v, p.step[0]), rest, item);
	if (inner.kind == VALUE_UNDEFINED)
		return inner;
	copy = v.kind == VALUE_MAP ? value_map_copy(a, v) : value_map_new(a);
	value_map_set(a, copy, p.step[0], inner);
	return copy;
}

struct value path_set(struct arena *a, struct value v, struct path p, struct value item)
{
	struct value set = set_at(a, v, p, item.kind == VALUE_UNDEFINED ? NULL_VALUE : item);

	return set.kind == VALUE_UNDEFINED ? v : set;
}

static struct value remove_at(struct arena *a, struct path p, struct value v, uint64_t where,
			      unsigned depth)
{
	bool map = v.kind == VALUE_MAP;
	struct walk w = walk_start(p, where, v);
	struct value copy, item;
	uint64_t next;

	if ((!map && v.kind != VALUE_LIST) || depth > VALUE_DEPTH_MAX)
		return v;
	copy = map ? value_map_new(a) : value_list_new(a);
	copy.shape = v.shape;
	while (walk_next(&w, &item, &next)) {
		bool goes = next & BIT(p.n);

		if (next && !goes)
			item = remove_at(a, p, item, next, depth + 1);
		if (!map)
			value_list_add(a, copy, goes ? NULL_VALUE : item);
		else if (!goes)
			value_map_set(a, copy, w.place.key, item);
	}
	return copy;
}

struct value path_remove(struct arena *a, struct value v, struct path p)
{
	uint64_t start = path_start(p);

	return p.n == 0 || start == 0 ? v : remove_at(a, p, v, start, 0);
}

struct str path_text(struct arena *a, struct path p)
{
	size_t bytes = 0;
	struct buf b;

	for (size_t i = 0; i < p.n; i++)
		bytes += p.step[i].len + 1;
	buf_in(&b, a, bytes);
	for (size_t i = 0; i < p.n; i++) {
		if (i > 0)
			buf_char(&b, '.');
		buf_add(&b, p.step[i]);
	}
	return buf_str(&b);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fn_list.c - what is done with lists and maps: choosing, sorting, joining, looking up.
 *
 * Where Jinja yields a generator, here is a list.
 */
#include "expr/functions.h"
#include "expr/rune.h"

/* An attribute of an item, "a.b.0"; `otherwise` (may be NULL) stands for what is undefined. */
static bool attribute_of(struct eval *ev, struct value item, struct value path,
			 const struct value *otherwise, struct value *out)
{
	struct str rest = path.s, step;
	struct value v = item;
	int64_t i;

	if (path.kind == VALUE_INT)
		return eval_item(ev, item, path, out);
	if (path.kind != VALUE_STR)
		return eval_wrong_type(ev, "naming an attribute", path);
	while (rest.len > 0) {
		step = str_cut(&rest, '.');
		if (!eval_item(ev, v, str_to_i64(step, &i) ? value_int(i) : value_str(step), &v))
			return false;
		if (v.kind == VALUE_UNDEFINED && otherwise)
			v = *otherwise;
	}
	*out = v;
	return true;
}

/* What to sort and compare by: an attribute when one is named, lower case unless asked not to. */
struct key_rule {
	const struct value *attribute; /* NULL: the item itself */
	bool case_sensitive;
};

static struct key_rule key_rule(const struct args *in, size_t case_at, size_t attribute_at)
{
	bool named = args_have(in, attribute_at) && in->at[attribute_at].kind != VALUE_NULL;

	return (struct key_rule){ .attribute = named ? &in->at[attribute_at] : NULL,
				  .case_sensitive = args_truth(in, case_at) };
}

static bool key_of(struct eval *ev, const struct key_rule *rule, struct value item,
		   struct value *out)
{
	struct args lower = { .n = 0 };

	lower.self = item;
	if (rule->attribute && !attribute_of(ev, item, *rule->attribute, NULL, &lower.self))
		return false;
	if (!rule->case_sensitive && lower.self.kind == VALUE_STR)
		return text_lower(ev, &lower, out);
	*out = lower.self;
	return true;
}

struct keyed {
	struct value key, item;
};

struct sorter {
	struct eval *ev;
	struct keyed *at, *spare;
	bool reverse;
};

/* Merges two sorted runs; equal keys keep their order, also when it is reversed. */
static bool merge(struct sorter *s, size_t from, size_t middle, size_t to)
{
	size_t i = from, j = middle, n = from;
	int c;

	while (i < middle && j < to) {
		if (!op_order(s->ev, s->at[j].key, s->at[i].key, &c))
			return false;
		s->spare[n++] = (s->reverse ? c == 1 : c < 0) ? s->at[j++] : s->at[i++];
	}
	while (i < middle)
		s->spare[n++] = s->at[i++];
	while (j < to)
		s->spare[n++] = s->at[j++];
	memcpy(s->at + from, s->spare + from, (to - from) * sizeof(*s->at));
	return true;
}

static bool sort_run(struct sorter *s, size_t from, size_t to)
{
	size_t middle = from + (to - from) / 2;

	if (to - from < 2)
		return true;
	return sort_run(s, from, middle) && sort_run(s, middle, to) && merge(s, from, middle, to);
}

/* `v` as an array with the keys of its items. */
static bool collect(struct eval *ev, struct value v, const struct key_rule *rule, struct sorter *s,
		    size_t *n)
{
	size_t count = value_len(v);
	struct eval_items items;

	if (!eval_items(ev, v, &items) || !eval_room(ev, 2 * count * sizeof(*s->at)))
		return false;
	s->ev = ev;
	s->at = arena_new_array(ev->a, struct keyed, count);
	s->spare = arena_new_array(ev->a, struct keyed, count);
	for (*n = 0; *n < count && eval_items_next(&items, &s->at[*n].item); (*n)++)
		if (!key_of(ev, rule, s->at[*n].item, &s->at[*n].key))
			return false;
	return true;
}

static bool sorted(struct sorter *s, size_t n, struct value *out)
{
	struct value list;

	if (!sort_run(s, 0, n) || !eval_list(s->ev, SHAPE_PLAIN, &list))
		return false;
	for (size_t i = 0; i < n; i++)
		if (!eval_push(s->ev, list, s->at[i].item))
			return false;
	*out = list;
	return true;
}

bool filter_sort(struct eval *ev, const struct args *in, struct value *out)
{
	struct key_rule rule = key_rule(in, 1, 2);
	struct sorter s = { .reverse = args_truth(in, 0) };
	size_t n;

	if (rule.attribute && rule.attribute->kind == VALUE_STR &&
	    str_find(rule.attribute->s, STR(",")) >= 0)
		return eval_fail(ev, ERR_REMOTE, "sorting by several attributes is not known here");
	return collect(ev, in->self, &rule, &s, &n) && sorted(&s, n, out);
}

/* The members of a map as a list of pairs. */
static bool pairs_of(struct eval *ev, struct value map, enum value_shape shape, struct value *out)
{
	struct value list, pair, item;
	struct value_iter it;
	struct str key;

	if (map.kind != VALUE_MAP)
		return eval_wrong_type(ev, "going through its members", map);
	if (!eval_steps(ev, value_len(map)) || !eval_list(ev, shape, &list))
		return false;
	for (it = value_iter(map); value_next(&it, &key, &item);)
		if (!eval_list(ev, SHAPE_TUPLE, &pair) || !eval_push(ev, pair, value_str(key)) ||
		    !eval_push(ev, pair, item) || !eval_push(ev, list, pair))
			return false;
	*out = list;
	return true;
}

bool filter_dictsort(struct eval *ev, const struct args *in, struct value *out)
{
	struct value by = value_int(0), pairs;
	struct key_rule rule = { .attribute = &by, .case_sensitive = args_truth(in, 0) };
	struct sorter s = { .reverse = args_truth(in, 2) };
	struct str name;
	size_t n;

	if (!args_text(ev, in, 1, STR("key"), &name))
		return false;
	if (!str_eq(name, STR("key")) && !str_eq(name, STR("value")))
		return eval_fail(ev, ERR_REMOTE, "a map is sorted by 'key' or by 'value'");
	by = value_int(str_eq(name, STR("value")));
	return pairs_of(ev, in->self, SHAPE_PLAIN, &pairs) && collect(ev, pairs, &rule, &s, &n) &&
	       sorted(&s, n, out);
}

bool filter_items(struct eval *ev, const struct args *in, struct value *out)
{
	if (in->self.kind == VALUE_UNDEFINED)
		return eval_list(ev, SHAPE_PLAIN, out);
	return pairs_of(ev, in->self, SHAPE_PLAIN, out);
}

bool method_items(struct eval *ev, const struct args *in, struct value *out)
{
	return pairs_of(ev, in->self, (enum value_shape)SHAPE_ITEMS, out);
}

/* The keys of a map, or its values, as a view. */
static bool side_of(struct eval *ev, struct value map, enum repr_shape shape, struct value *out)
{
	struct value_iter it = value_iter(map);
	struct value list, item;
	struct str key;

	if (!eval_steps(ev, value_len(map)) || !eval_list(ev, (enum value_shape)shape, &list))
		return false;
	while (value_next(&it, &key, &item))
		if (!eval_push(ev, list, shape == SHAPE_KEYS ? value_str(key) : item))
			return false;
	*out = list;
	return true;
}

bool method_keys(struct eval *ev, const struct args *in, struct value *out)
{
	return side_of(ev, in->self, SHAPE_KEYS, out);
}

bool method_values(struct eval *ev, const struct args *in, struct value *out)
{
	return side_of(ev, in->self, SHAPE_VALUES, out);
}

bool method_get(struct eval *ev, const struct args *in, struct value *out)
{
	struct value v = UNDEFINED;

	(void)ev;
	if (in->at[0].kind == VALUE_STR)
		v = value_get(in->self, in->at[0].s);
	if (v.kind == VALUE_UNDEFINED)
		v = args_have(in, 1) ? in->at[1] : NULL_VALUE;
	*out = v;
	return true;
}

bool filter_default(struct eval *ev, const struct args *in, struct value *out)
{
	bool use = in->self.kind == VALUE_UNDEFINED || (args_truth(in, 1) && !op_truth(in->self));

	(void)ev;
	*out = in->self;
	if (use)
		*out = args_have(in, 0) ? in->at[0] : value_str(STR(""));
	return true;
}

bool filter_length(struct eval *ev, const struct args *in, struct value *out)
{
	uint8_t kind = in->self.kind;

	if (kind != VALUE_UNDEFINED && kind != VALUE_STR && kind != VALUE_LIST && kind != VALUE_MAP)
		return eval_wrong_type(ev, "a length", in->self);
	*out = value_int((int64_t)value_len(in->self));
	return true;
}

bool filter_list(struct eval *ev, const struct args *in, struct value *out)
{
	struct eval_items items;
	struct value list, v;

	if (!eval_items(ev, in->self, &items) || !eval_list(ev, SHAPE_PLAIN, &list))
		return false;
	while (eval_items_next(&items, &v))
		if (!eval_push(ev, list, v))
			return false;
	*out = list;
	return true;
}

bool filter_reverse(struct eval *ev, const struct args *in, struct value *out)
{
	struct value list, back;
	struct buf b;

	if (!filter_list(ev, in, &list) || !eval_list(ev, SHAPE_PLAIN, &back))
		return false;
	eval_buf(ev, &b);
	for (size_t i = value_len(list); i-- > 0;) {
		if (in->self.kind == VALUE_STR)
			buf_add(&b, value_at(list, i).s);
		else if (!eval_push(ev, back, value_at(list, i)))
			return false;
	}
	if (in->self.kind == VALUE_STR)
		return eval_text(ev, &b, out);
	*out = back;
	return true;
}

bool filter_first(struct eval *ev, const struct args *in, struct value *out)
{
	struct eval_items items;

	*out = UNDEFINED;
	if (!eval_items(ev, in->self, &items))
		return false;
	eval_items_next(&items, out);
	return true;
}

bool filter_last(struct eval *ev, const struct args *in, struct value *out)
{
	struct eval_items items;

	*out = UNDEFINED;
	if (!eval_items(ev, in->self, &items))
		return false;
	while (eval_items_next(&items, out))
		;
	return true;
}

bool filter_join(struct eval *ev, const struct args *in, struct value *out)
{
	struct eval_items items;
	struct str between = STR("");
	struct value v;
	struct buf b;
	bool first = true;

	if (!eval_items(ev, in->self, &items) ||
	    (args_have(in, 0) && !eval_str(ev, in->at[0], &between)))
		return false;
	eval_buf(ev, &b);
	for (; eval_items_next(&items, &v); first = false) {
		if (args_have(in, 1) && in->at[1].kind != VALUE_NULL &&
		    !attribute_of(ev, v, in->at[1], NULL, &v))
			return false;
		if (!first)
			buf_add(&b, between);
		if (!eval_add_str(ev, &b, v))
			return false;
	}
	return eval_text(ev, &b, out);
}

/* Runs the filter or test that args[which] names on `v`, with the arguments after it. */
static bool run_named(struct eval *ev, enum builtin_kind kind, const struct args *in, size_t which,
		      struct value *v)
{
	const struct builtin *b;
	struct args inner = { .self = *v };

	if (in->at[which].kind != VALUE_STR)
		return eval_wrong_type(ev, "naming a filter or test", in->at[which]);
	b = builtin_find(kind, in->at[which].s, NULL);
	if (!b)
		return eval_fail(ev, ERR_REMOTE, "there is no such %s", builtin_kind_name(kind));
	for (size_t i = which + 1; i < in->n && args_have(in, i); i++) {
		inner.at[inner.n] = in->at[i];
		inner.given |= 1u << inner.n++;
	}
	if (inner.n < b->args_min || inner.n > b->args_max)
		return eval_fail(ev, ERR_REMOTE, "%s '%s' takes %zu to %zu arguments, not %zu",
				 builtin_kind_name(kind), b->name, b->args_min, b->args_max,
				 inner.n);
	/* map('map', …) would be a loop in a loop in a loop. */
	if (b->on & (NAMES_TEST | NAMES_FILTER))
		return eval_fail(ev, ERR_REMOTE, "'%s' cannot be used inside another filter",
				 b->name);
	return b->run(ev, &inner, v);
}

bool filter_map(struct eval *ev, const struct args *in, struct value *out)
{
	bool by_attribute = args_have(in, 4);
	const struct value *otherwise = args_have(in, 5) ? &in->at[5] : NULL;
	struct eval_items items;
	struct value list, v;
	bool ok;

	if (by_attribute == args_have(in, 0))
		return eval_fail(ev, ERR_REMOTE, "map takes a filter's name or attribute=");
	if (!eval_items(ev, in->self, &items) || !eval_list(ev, SHAPE_PLAIN, &list))
		return false;
	while (eval_items_next(&items, &v)) {
		ok = by_attribute ? attribute_of(ev, v, in->at[4], otherwise, &v)
				  : run_named(ev, BUILTIN_FILTER, in, 0, &v);
		if (!ok || !eval_push(ev, list, v))
			return false;
	}
	*out = list;
	return true;
}

/* The items of which the test (or plain truth) says `want`; `by` is the place of an attribute. */
static bool chosen(struct eval *ev, const struct args *in, bool want, bool by, struct value *out)
{
	size_t test = by ? 1 : 0;
	struct eval_items items;
	struct value list, item, v;

	if (!eval_items(ev, in->self, &items) || !eval_list(ev, SHAPE_PLAIN, &list))
		return false;
	while (eval_items_next(&items, &item)) {
		v = item;
		if (by && !attribute_of(ev, item, in->at[0], NULL, &v))
			return false;
		if (args_have(in, test) && !run_named(ev, BUILTIN_TEST, in, test, &v))
			return false;
		if (op_truth(v) == want && !eval_push(ev, list, item))
			return false;
	}
	*out = list;
	return true;
}

bool filter_select(struct eval *ev, const struct args *in, struct value *out)
{
	return chosen(ev, in, true, false, out);
}

bool filter_reject(struct eval *ev, const struct args *in, struct value *out)
{
	return chosen(ev, in, false, false, out);
}

bool filter_selectattr(struct eval *ev, const struct args *in, struct value *out)
{
	return chosen(ev, in, true, true, out);
}

bool filter_rejectattr(struct eval *ev, const struct args *in, struct value *out)
{
	return chosen(ev, in, false, true, out);
}

bool filter_unique(struct eval *ev, const struct args *in, struct value *out)
{
	struct key_rule rule = key_rule(in, 0, 1);
	struct value list, keys, item, key;
	struct eval_items items;
	bool seen;

	if (!eval_items(ev, in->self, &items) || !eval_list(ev, SHAPE_PLAIN, &list) ||
	    !eval_list(ev, SHAPE_PLAIN, &keys))
		return false;
	while (eval_items_next(&items, &item)) {
		if (!key_of(ev, &rule, item, &key))
			return false;
		if (!op_is_hashable(key))
			return eval_wrong_type(ev, "unique", key);
		if (!op_contains(ev, keys, key, &seen))
			return false;
		if (!seen && (!eval_push(ev, keys, key) || !eval_push(ev, list, item)))
			return false;
	}
	*out = list;
	return true;
}

/* `want` is the order that makes a later item win: 1 for the largest, -1 for the smallest. */
static bool extreme(struct eval *ev, struct value of, const struct key_rule *rule, int want,
		    struct value *out)
{
	struct value best = UNDEFINED, best_key = UNDEFINED, v, key;
	struct eval_items items;
	bool first = true;
	int c = want;

	if (!eval_items(ev, of, &items))
		return false;
	for (; eval_items_next(&items, &v); first = false) {
		if (!key_of(ev, rule, v, &key) || (!first && !op_order(ev, key, best_key, &c)))
			return false;
		if (c == want) {
			best = v;
			best_key = key;
		}
	}
	*out = best;
	return true;
}

bool filter_max(struct eval *ev, const struct args *in, struct value *out)
{
	struct key_rule rule = key_rule(in, 0, 1);

	return extreme(ev, in->self, &rule, 1, out);
}

bool filter_min(struct eval *ev, const struct args *in, struct value *out)
{
	struct key_rule rule = key_rule(in, 0, 1);

	return extreme(ev, in->self, &rule, -1, out);
}

/* Python's own: one list, or two and more values. */
static bool extreme_of(struct eval *ev, const struct args *in, int want, struct value *out)
{
	struct key_rule rule = { .case_sensitive = true };
	struct value list = in->at[0];

	if (in->n > 1) {
		if (!eval_list(ev, SHAPE_PLAIN, &list))
			return false;
		for (size_t i = 0; i < in->n; i++)
			if (!eval_push(ev, list, in->at[i]))
				return false;
	}
	if (in->n == 1 && list.kind == VALUE_UNDEFINED)
		return eval_undefined(ev);
	if (!extreme(ev, list, &rule, want, out))
		return false;
	if (value_len(list) == 0)
		return eval_fail(ev, ERR_REMOTE, "the largest or smallest of nothing");
	return true;
}

bool function_max(struct eval *ev, const struct args *in, struct value *out)
{
	return extreme_of(ev, in, 1, out);
}

bool function_min(struct eval *ev, const struct args *in, struct value *out)
{
	return extreme_of(ev, in, -1, out);
}

bool filter_sum(struct eval *ev, const struct args *in, struct value *out)
{
	struct value total = args_have(in, 1) ? in->at[1] : value_int(0), v;
	bool by = args_have(in, 0) && in->at[0].kind != VALUE_NULL;
	struct eval_items items;

	if (!eval_items(ev, in->self, &items))
		return false;
	while (eval_items_next(&items, &v)) {
		if (by && !attribute_of(ev, v, in->at[0], NULL, &v))
			return false;
		if (!op_binary(ev, NUMBER_ADD, total, v, &total))
			return false;
	}
	*out = total;
	return true;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ops.c - the operators, with Python's rules about types.
 *
 * Always: nothing is allocated before its size was checked; comparing costs steps by the bytes and
 * items looked at.
 */
#include "expr/ops.h"
#include "data/moment.h"
#include "expr/rune.h"

#include <math.h>

static bool is_arithmetic(struct value v)
{
	return value_is_number(v) || v.kind == VALUE_BOOL;
}

bool op_truth(struct value v)
{
	struct number n;

	switch ((enum value_kind)v.kind) {
	case VALUE_UNDEFINED:
	case VALUE_NULL:
		return false;
	case VALUE_BOOL:
		return v.b;
	case VALUE_INT:
		return v.i != 0;
	case VALUE_FLOAT:
		return v.f != 0;
	case VALUE_NUMBER:
		n = number_of(v);
		return n.class == NUMBER_HUGE || n.i != 0 || n.f != 0;
	case VALUE_STR:
		return v.s.len > 0;
	case VALUE_LIST:
	case VALUE_MAP:
		return value_len(v) > 0;
	case VALUE_TIME:
		return true;
	case VALUE_SPAN:
		return v.us != 0 || v.offset_s != 0;
	case VALUE_OTHER:
		return !str_eq(v.s, STR("b''"));
	}
	return false;
}

bool op_is_hashable(struct value v)
{
	struct value_iter it = value_iter(v);
	struct value item;
	struct str key;

	if (v.kind == VALUE_MAP || (v.kind == VALUE_LIST && v.shape != SHAPE_TUPLE))
		return false;
	while (v.kind == VALUE_LIST && value_next(&it, &key, &item))
		if (!op_is_hashable(item))
			return false;
	return true;
}

static bool numbers_of(struct eval *ev, struct value x, struct value y, struct number out[2])
{
	out[0] = number_of(x);
	out[1] = number_of(y);
	if (out[0].class == NUMBER_HUGE || out[1].class == NUMBER_HUGE)
		return eval_fail(ev, ERR_LIMIT,
				 "a number has more digits than can be computed with");
	return true;
}

static bool number_out(struct eval *ev, struct number n, struct value *out)
{
	if (!eval_room(ev, 64))
		return false;
	*out = n.class == NUMBER_INT ? number_value(ev->a, n.i) : value_float(n.f);
	return true;
}

static bool compute(struct eval *ev, enum number_op op, const struct number n[2], struct value *out)
{
	struct number r;

	switch (number_compute(op, n[0], n[1], &r)) {
	case NUMBER_OK:
		return number_out(ev, r, out);
	case NUMBER_BY_ZERO:
		return eval_fail(ev, ERR_REMOTE, "division by zero");
	case NUMBER_TOO_BIG:
		return eval_fail(ev, ERR_LIMIT, "the number grows too large");
	case NUMBER_COMPLEX:
		return eval_fail(ev, ERR_REMOTE, "a root of a negative number");
	}
	return false;
}

static bool repeat_text(struct eval *ev, struct str s, size_t n, struct value *out)
{
	size_t total;
	char *at;

	if (__builtin_mul_overflow(s.len, n, &total))
		total = SIZE_MAX;
	if (!eval_room(ev, total) || !eval_steps(ev, steps_of_text(total)))
		return false;
	at = arena_alloc(ev->a, total + 1);
	for (size_t i = 0; i < total; i += s.len)
		memcpy(at + i, s.at, s.len);
	*out = value_str((struct str){ at, total });
	return true;
}

static bool append_items(struct eval *ev, struct value list, struct value from)
{
	struct eval_items items;
	struct value item;

	if (!eval_items(ev, from, &items))
		return false;
	while (eval_items_next(&items, &item))
		if (!eval_push(ev, list, item))
			return false;
	return true;
}

static bool repeat(struct eval *ev, struct value v, struct value count, struct value *out)
{
	int64_t n = count.kind == VALUE_BOOL ? count.b : count.i;
	struct value list;

	if (count.kind != VALUE_INT && count.kind != VALUE_BOOL)
		return eval_wrong_type(ev, "repeating so many times", count);
	if (n < 0 || value_len(v) == 0)
		n = 0;
	if (v.kind == VALUE_STR)
		return repeat_text(ev, v.s, (size_t)n, out);
	if (!eval_list(ev, v.shape, &list))
		return false;
	for (; n > 0; n--)
		if (!append_items(ev, list, v))
			return false;
	*out = list;
	return true;
}

static bool is_sequence(struct value v)
{
	return v.kind == VALUE_STR || (v.kind == VALUE_LIST && v.shape <= SHAPE_TUPLE);
}

static bool join(struct eval *ev, struct value x, struct value y, struct value *out)
{
	struct value list;
	struct buf b;

	if (x.kind != y.kind || (x.kind == VALUE_LIST && x.shape != y.shape))
		return eval_wrong_type(ev, "'+' with something else", x);
	if (x.kind == VALUE_STR) {
		eval_buf(ev, &b);
		buf_add(&b, x.s);
		buf_add(&b, y.s);
		return eval_steps(ev, steps_of_text(b.len)) && eval_text(ev, &b, out);
	}
	if (!eval_list(ev, x.shape, &list) || !append_items(ev, list, x) ||
	    !append_items(ev, list, y))
		return false;
	*out = list;
	return true;
}

/* A moment moved by a span, `sign` times; a date moves by whole days. */
static bool shift(struct eval *ev, struct value time, struct value span, int sign,
		  struct value *out)
{
	struct duration d = { .months = span.offset_s, .us = 0 };
	int64_t local = time.us + (int64_t)time.offset_s * US_PER_S, us = span.us;

	if (time.shape == SHAPE_DATE)
		us = (us / (86400 * US_PER_S) - (us % (86400 * US_PER_S) < 0)) * 86400 * US_PER_S;
	if (d.months > 12 * 10000 || d.months < -12 * 10000 || us > 2 * MOMENT_MAX_US ||
	    us < -2 * MOMENT_MAX_US)
		return eval_fail(ev, ERR_REMOTE, "the time is out of range");
	if (d.months)
		local = moment_add(local, d, sign);
	local += sign * us;
	if (local < MOMENT_MIN_US || local > MOMENT_MAX_US)
		return eval_fail(ev, ERR_REMOTE, "the time is out of range");
	*out = time;
	out->us = local - (int64_t)time.offset_s * US_PER_S;
	return true;
}

static bool add_spans(struct eval *ev, struct value x, struct value y, int sign, struct value *out)
{
	struct value r = x;
	int64_t us;

	if (__builtin_mul_overflow(y.us, sign, &us) || __builtin_add_overflow(x.us, us, &r.us) ||
	    __builtin_add_overflow(x.offset_s, sign * y.offset_s, &r.offset_s))
		return eval_fail(ev, ERR_LIMIT, "the span of time grows too long");
	*out = r;
	return true;
}

static bool compute_times(struct eval *ev, enum number_op op, struct value x, struct value y,
			  struct value *out)
{
	int sign = op == NUMBER_ADD ? 1 : -1;

	if (op != NUMBER_ADD && op != NUMBER_SUBTRACT)
		return eval_wrong_type(ev, "this operator", x);
	if (x.kind == VALUE_TIME && y.kind == VALUE_SPAN)
		return shift(ev, x, y, sign, out);
	if (x.kind == VALUE_SPAN && y.kind == VALUE_TIME && op == NUMBER_ADD)
		return shift(ev, y, x, sign, out);
	if (x.kind == VALUE_SPAN && y.kind == VALUE_SPAN)
		return add_spans(ev, x, y, sign, out);
	if (x.kind == VALUE_TIME && y.kind == VALUE_TIME && op == NUMBER_SUBTRACT &&
	    (x.shape == SHAPE_DATE) == (y.shape == SHAPE_DATE)) {
		*out = (struct value){ .kind = VALUE_SPAN, .us = x.us - y.us };
		return true;
	}
	return eval_wrong_type(ev, "this operator", y);
}

/* What almost all arithmetic is; false when it is anything else. */
static bool quick_sum(enum number_op op, struct value x, struct value y, struct value *out)
{
	int64_t r;

	if (x.kind != VALUE_INT || y.kind != VALUE_INT || op > NUMBER_SUBTRACT)
		return false;
	if (op == NUMBER_ADD ? __builtin_add_overflow(x.i, y.i, &r)
			     : __builtin_sub_overflow(x.i, y.i, &r))
		return false;
	*out = value_int(r);
	return true;
}

bool op_binary(struct eval *ev, enum number_op op, struct value x, struct value y,
	       struct value *out)
{
	struct number n[2];

	if (quick_sum(op, x, y, out))
		return true;
	if (x.kind == VALUE_UNDEFINED || y.kind == VALUE_UNDEFINED) {
		/* Only text % undefined has a meaning in Python. */
		if (x.kind != VALUE_STR || op != NUMBER_MODULO)
			return eval_undefined(ev);
	}
	if (is_arithmetic(x) && is_arithmetic(y))
		return numbers_of(ev, x, y, n) && compute(ev, op, n, out);
	if (x.kind == VALUE_STR && op == NUMBER_MODULO)
		return op_percent(ev, x.s, y, out);
	if (op == NUMBER_ADD && is_sequence(x))
		return join(ev, x, y, out);
	if (op == NUMBER_MULTIPLY && is_sequence(x))
		return repeat(ev, x, y, out);
	if (op == NUMBER_MULTIPLY && is_sequence(y))
		return repeat(ev, y, x, out);
	if (x.kind == VALUE_TIME || x.kind == VALUE_SPAN)
		return compute_times(ev, op, x, y, out);
	return eval_wrong_type(ev, "this operator", is_arithmetic(x) ? y : x);
}

bool op_plus(struct eval *ev, struct value v, struct value *out)
{
	struct number n[2];

	if (!is_arithmetic(v))
		return eval_wrong_type(ev, "a sign", v);
	return numbers_of(ev, v, v, n) && number_out(ev, n[0], out);
}

bool op_negate(struct eval *ev, struct value v, struct value *out)
{
	struct number n[2];

	if (v.kind == VALUE_SPAN)
		return add_spans(ev, (struct value){ .kind = VALUE_SPAN }, v, -1, out);
	if (!is_arithmetic(v))
		return eval_wrong_type(ev, "a sign", v);
	if (!numbers_of(ev, v, v, n))
		return false;
	n[0].f = -n[0].f;
	if (__builtin_sub_overflow((__int128)0, n[0].i, &n[0].i))
		return eval_fail(ev, ERR_LIMIT, "the number grows too large");
	return number_out(ev, n[0], out);
}

static bool equal_at(struct eval *ev, struct value x, struct value y, unsigned depth, bool *out);

static bool equal_lists(struct eval *ev, struct value x, struct value y, unsigned depth, bool *out)
{
	struct value_iter ix = value_iter(x), iy = value_iter(y);
	struct value vx, vy;
	struct str key;
	bool same = value_len(x) == value_len(y) && x.shape == y.shape;

	while (same && value_next(&ix, &key, &vx) && value_next(&iy, &key, &vy))
		if (!equal_at(ev, vx, vy, depth + 1, &same))
			return false;
	*out = same;
	return true;
}

static bool equal_maps(struct eval *ev, struct value x, struct value y, unsigned depth, bool *out)
{
	struct value_iter it = value_iter(x);
	struct value vx, vy;
	struct str key;
	bool same = value_len(x) == value_len(y);

	while (same && value_next(&it, &key, &vx)) {
		vy = value_get(y, key);
		same = vy.kind != VALUE_UNDEFINED || vx.kind == VALUE_UNDEFINED;
		if (same && !equal_at(ev, vx, vy, depth + 1, &same))
			return false;
	}
	*out = same;
	return true;
}

/* Sets are equal when each holds all of the other. */
static bool equal_sets(struct eval *ev, struct value x, struct value y, bool *out)
{
	struct eval_items items;
	struct value v;
	bool same = value_len(x) == value_len(y);

	if (!eval_items(ev, x, &items))
		return false;
	while (same && eval_items_next(&items, &v))
		if (!op_contains(ev, y, v, &same))
			return false;
	*out = same;
	return true;
}

static bool equal_at(struct eval *ev, struct value x, struct value y, unsigned depth, bool *out)
{
	if (!eval_steps(ev, 1))
		return false;
	if (depth > VALUE_DEPTH_MAX)
		return eval_fail(ev, ERR_LIMIT, "the values are nested too deeply");
	if (is_arithmetic(x) && is_arithmetic(y)) {
		struct number n[2] = { number_of(x), number_of(y) };

		*out = n[0].class == NUMBER_HUGE || n[1].class == NUMBER_HUGE
			       ? value_eq(x, y)
			       : number_compare(n[0], n[1]) == 0;
		return true;
	}
	*out = false;
	if (x.kind != y.kind)
		return true;
	if (x.kind == VALUE_STR) {
		*out = str_eq(x.s, y.s);
		return eval_steps(ev, *out ? steps_of_text(x.s.len) : 0);
	}
	if (x.kind == VALUE_LIST && x.shape == SHAPE_SET && y.shape == SHAPE_SET)
		return equal_sets(ev, x, y, out);
	if (x.kind == VALUE_LIST)
		return equal_lists(ev, x, y, depth, out);
	if (x.kind == VALUE_MAP)
		return equal_maps(ev, x, y, depth, out);
	if (x.kind == VALUE_TIME || x.kind == VALUE_SPAN)
		*out = x.us == y.us && (x.shape == SHAPE_DATE) == (y.shape == SHAPE_DATE) &&
		       (x.kind == VALUE_TIME || x.offset_s == y.offset_s);
	else
		*out = x.kind == VALUE_OTHER ? str_eq(x.s, y.s) : true;
	return true;
}

bool op_equal(struct eval *ev, struct value x, struct value y, bool *out)
{
	return equal_at(ev, x, y, 0, out);
}

static bool order_at(struct eval *ev, struct value x, struct value y, unsigned depth, int *out);

/* By the first items that differ, then by length. */
static bool order_lists(struct eval *ev, struct value x, struct value y, unsigned depth, int *out)
{
	struct value_iter ix = value_iter(x), iy = value_iter(y);
	struct value vx, vy;
	struct str key;
	bool same = true;

	if (depth > VALUE_DEPTH_MAX)
		return eval_fail(ev, ERR_LIMIT, "the values are nested too deeply");
	for (;;) {
		bool more_x = value_next(&ix, &key, &vx), more_y = value_next(&iy, &key, &vy);

		if (!more_x || !more_y) {
			*out = more_x - more_y;
			return true;
		}
		if (!op_equal(ev, vx, vy, &same))
			return false;
		if (!same)
			return order_at(ev, vx, vy, depth + 1, out);
	}
}

static bool order_at(struct eval *ev, struct value x, struct value y, unsigned depth, int *out)
{
	struct number n[2];

	if (x.kind == VALUE_UNDEFINED || y.kind == VALUE_UNDEFINED)
		return eval_undefined(ev);
	if (is_arithmetic(x) && is_arithmetic(y)) {
		if (!numbers_of(ev, x, y, n))
			return false;
		*out = number_compare(n[0], n[1]);
		return true;
	}
	if (x.kind == VALUE_STR && y.kind == VALUE_STR) {
		int c = str_cmp(x.s, y.s);

		*out = (c > 0) - (c < 0);
		return true;
	}
	if (x.kind == VALUE_LIST && y.kind == VALUE_LIST && x.shape == y.shape &&
	    x.shape <= SHAPE_TUPLE)
		return order_lists(ev, x, y, depth, out);
	if ((x.kind == VALUE_TIME || (x.kind == VALUE_SPAN && !x.offset_s && !y.offset_s)) &&
	    x.kind == y.kind && (x.shape == SHAPE_DATE) == (y.shape == SHAPE_DATE)) {
		*out = (x.us > y.us) - (x.us < y.us);
		return true;
	}
	return eval_fail(ev, ERR_REMOTE, "%s and %s have no order", value_kind_name(x),
			 value_kind_name(y));
}

bool op_order(struct eval *ev, struct value x, struct value y, int *out)
{
	if (!eval_steps(ev, 1))
		return false;
	return order_at(ev, x, y, 0, out);
}

bool op_contains(struct eval *ev, struct value in, struct value v, bool *out)
{
	struct eval_items items;
	struct value item;
	bool found = false;

	if (in.kind == VALUE_MAP) {
		*out = v.kind == VALUE_STR && value_get(in, v.s).kind != VALUE_UNDEFINED;
		return true;
	}
	if (in.kind == VALUE_STR) {
		if (v.kind != VALUE_STR)
			return eval_wrong_type(ev, "'in' of a text", v);
		*out = str_find(in.s, v.s) >= 0;
		return eval_steps(ev, steps_of_text(in.s.len));
	}
	if (in.kind != VALUE_LIST && in.kind != VALUE_UNDEFINED)
		return eval_wrong_type(ev, "'in'", in);
	if (!eval_items(ev, in, &items))
		return false;
	while (!found && eval_items_next(&items, &item))
		if (!op_equal(ev, item, v, &found))
			return false;
	*out = found;
	return true;
}

bool op_compare(struct eval *ev, enum compare_op op, struct value x, struct value y, bool *out)
{
	bool yes;
	int c;

	if (op == COMPARE_EQ || op == COMPARE_NE) {
		if (!op_equal(ev, x, y, &yes))
			return false;
		*out = yes == (op == COMPARE_EQ);
		return true;
	}
	if (op == COMPARE_IN || op == COMPARE_NOT_IN) {
		if (!op_contains(ev, y, x, &yes))
			return false;
		*out = yes == (op == COMPARE_IN);
		return true;
	}
	if (!op_order(ev, x, y, &c))
		return false;
	*out = c != 2 && (op == COMPARE_LT   ? c < 0
			  : op == COMPARE_LE ? c <= 0
			  : op == COMPARE_GT ? c > 0
					     : c >= 0);
	return true;
}

/* A bound of a slice, clamped as Python clamps it; `least` and `most` are where it may end up. */
static bool slice_bound(struct eval *ev, struct value v, int64_t len, int64_t range[2],
			int64_t *out)
{
	int64_t i = v.kind == VALUE_BOOL ? v.b : v.i;

	if (v.kind == VALUE_NULL)
		return true;
	if (v.kind != VALUE_INT && v.kind != VALUE_BOOL)
		return eval_wrong_type(ev, "slicing", v);
	if (i < 0)
		i = i < -len ? -1 : i + len;
	*out = i < range[0] ? range[0] : i > range[1] ? range[1] : i;
	return true;
}

static bool slice_items(struct eval *ev, struct value v, const int64_t range[3], struct value *out)
{
	int64_t from = range[0], to = range[1], step = range[2];
	struct eval_items items;
	struct value list, item, all;
	struct buf b;

	/* Through a list of our own, because a JSON list and a text are walked from the front. */
	if (!eval_list(ev, SHAPE_PLAIN, &all) || !eval_items(ev, v, &items) ||
	    !eval_list(ev, v.kind == VALUE_LIST ? v.shape : SHAPE_PLAIN, &list))
		return false;
	while (eval_items_next(&items, &item))
		if (!eval_push(ev, all, item))
			return false;
	eval_buf(ev, &b);
	while (step > 0 ? from < to : from > to) {
		item = value_at(all, (size_t)from);
		if (v.kind == VALUE_STR)
			buf_add(&b, item.s);
		else if (!eval_push(ev, list, item))
			return false;
		if (__builtin_add_overflow(from, step, &from))
			break;
	}
	if (v.kind == VALUE_STR)
		return eval_text(ev, &b, out);
	*out = list;
	return true;
}

bool op_slice(struct eval *ev, struct value v, const struct value bound[3], struct value *out)
{
	int64_t len = (int64_t)value_len(v), range[3], clamp[2] = { 0, len };

	if (!is_sequence(v))
		return eval_wrong_type(ev, "slicing", v);
	range[2] = bound[2].kind == VALUE_NULL   ? 1
		   : bound[2].kind == VALUE_BOOL ? bound[2].b
						 : bound[2].i;
	if (bound[2].kind != VALUE_NULL && bound[2].kind != VALUE_INT &&
	    bound[2].kind != VALUE_BOOL)
		return eval_wrong_type(ev, "slicing", bound[2]);
	if (range[2] == 0)
		return eval_fail(ev, ERR_REMOTE, "the step of a slice is zero");
	if (range[2] < 0) {
		clamp[0] = -1;
		clamp[1] = len - 1;
	}
	range[0] = range[2] > 0 ? 0 : len - 1;
	range[1] = range[2] > 0 ? len : -1;
	if (!slice_bound(ev, bound[0], len, clamp, &range[0]) ||
	    !slice_bound(ev, bound[1], len, clamp, &range[1]))
		return false;
	if (range[2] == 1 && v.kind == VALUE_STR) {
		*out = value_str(rune_slice(v.s, (size_t)range[0],
					    (size_t)(range[1] < range[0] ? range[0] : range[1])));
		return eval_steps(ev, steps_of_text(v.s.len));
	}
	return slice_items(ev, v, range, out);
}

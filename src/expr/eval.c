/* SPDX-License-Identifier: Apache-2.0 */
/*
 * eval.c - walks a tree and yields its value.
 *
 * Always: `at` is the place of what is being computed, steps only fall, memory comes from the
 * context's arena only and is asked for only after eval_room() said yes.
 */
#include "expr/eval.h"
#include "data/moment.h"
#include "expr/lex.h"
#include "expr/ops.h"
#include "expr/rune.h"

#include <stdarg.h>
#include <stdio.h>

#define ROOM_LEAST 1024 /* what one small allocation may take */

bool eval_where(struct eval *ev)
{
	return err_wrap(ev->e, "column %zu", lex_column(ev->t->source, ev->at));
}

bool eval_fail(struct eval *ev, enum err_kind kind, const char *fmt, ...)
{
	char text[sizeof(ev->e->text)];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	err_set(ev->e, kind, "%s", text);
	return eval_where(ev);
}

void eval_report_type(struct eval *ev, const char *what, struct value v)
{
	if (v.kind == VALUE_UNDEFINED)
		ev->undefined = true;
	else
		eval_fail(ev, ERR_REMOTE, "%s does not work on a value of type %s", what,
			  value_kind_name(v));
}

bool eval_steps(struct eval *ev, size_t n)
{
	if (n >= ev->steps)
		return eval_fail(ev, ERR_LIMIT, "the expression takes more than %d steps",
				 EXPR_STEPS_MAX);
	ev->steps -= n;
	return true;
}

static size_t room_left(const struct eval *ev)
{
	size_t used = arena_used(ev->a) - ev->used, room = arena_room(ev->a);

	if (used >= EXPR_BYTES_MAX || room <= ROOM_LEAST)
		return 0;
	room -= ROOM_LEAST;
	return room < EXPR_BYTES_MAX - used ? room : EXPR_BYTES_MAX - used;
}

bool eval_room(struct eval *ev, size_t bytes)
{
	if (bytes > room_left(ev))
		return eval_fail(ev, ERR_LIMIT, "the expression makes more than %zu bytes",
				 EXPR_BYTES_MAX);
	return true;
}

/* A buf that doubles takes at most three times what it holds in the end. */
void eval_buf(struct eval *ev, struct buf *b)
{
	buf_in(b, ev->a, room_left(ev) / 3);
}

bool eval_text(struct eval *ev, struct buf *b, struct value *out)
{
	if (b->failed)
		return eval_fail(ev, ERR_LIMIT, "the expression makes more than %zu bytes",
				 EXPR_BYTES_MAX);
	*out = value_str(buf_str(b));
	return true;
}

enum repr_numbers eval_numbers(const struct eval *ev)
{
	return ev->t->typing == TEMPLATE_PLAN ? NUMBERS_RECEIVED : NUMBERS_PYTHON;
}

bool eval_add_str(struct eval *ev, struct buf *b, struct value v)
{
	if (v.kind == VALUE_STR && !b->failed && v.s.len <= b->max - b->len) {
		buf_add(b, v.s);
		return true;
	}
	return repr_str(b, v, eval_numbers(ev), ev->e) || eval_where(ev);
}

bool eval_str(struct eval *ev, struct value v, struct str *out)
{
	struct buf b;

	if (v.kind == VALUE_STR) {
		*out = v.s;
		return true;
	}
	eval_buf(ev, &b);
	if (!eval_add_str(ev, &b, v))
		return false;
	*out = buf_str(&b);
	return true;
}

bool eval_list(struct eval *ev, enum value_shape shape, struct value *out)
{
	if (!eval_room(ev, ROOM_LEAST))
		return false;
	*out = value_list_new(ev->a);
	out->shape = (uint8_t)shape;
	return true;
}

bool eval_push(struct eval *ev, struct value list, struct value item)
{
	size_t held = value_len(list);

	/* Only a growth at a power of two allocates. */
	if ((held & (held - 1)) == 0 && !eval_room(ev, (3 * held + 16) * sizeof(item)))
		return false;
	value_list_add(ev->a, list, item);
	return true;
}

bool eval_items(struct eval *ev, struct value v, struct eval_items *out)
{
	size_t n = value_len(v);

	if (!eval_steps(ev, n))
		return false;
	*out = (struct eval_items){ .kind = v.kind };
	if (v.kind == VALUE_STR)
		out->text = v.s;
	else if (v.kind == VALUE_LIST || v.kind == VALUE_MAP)
		out->it = value_iter(v);
	else if (v.kind != VALUE_UNDEFINED)
		return eval_wrong_type(ev, "going through its items", v);
	return true;
}

bool eval_items_next(struct eval_items *i, struct value *out)
{
	struct str before = i->text, key;
	struct value item;

	if (i->kind == VALUE_STR) {
		if (i->text.len == 0)
			return false;
		rune_next(&i->text);
		*out = value_str(str_slice(before, 0, before.len - i->text.len));
		return true;
	}
	if (i->kind == VALUE_UNDEFINED || !value_next(&i->it, &key, &item))
		return false;
	*out = i->kind == VALUE_MAP ? value_str(key) : item;
	return true;
}

static struct value bound_method(struct eval *ev, struct str name)
{
	return (struct value){ .kind = VALUE_OTHER,
			       .s = str_printf(ev->a, "<built-in method %.*s of dict object>",
					       STR_ARG(name)) };
}

/* A key of a map.  In manifests the names of a dict's methods stand in for missing keys. */
static bool member(struct eval *ev, struct value v, struct str name, bool method, struct value *out)
{
	*out = value_get(v, name);
	if (out->kind == VALUE_UNDEFINED && method && ev->t->typing == TEMPLATE_MANIFEST) {
		if (!eval_room(ev, name.len + ROOM_LEAST))
			return false;
		*out = bound_method(ev, name);
	}
	return true;
}

static struct value time_attribute(struct value v, struct str name)
{
	struct civil c = civil_from_us(v.us + (int64_t)v.offset_s * US_PER_S);
	const struct {
		const char *name;
		int is;
	} fields[] = { { "year", c.year },     { "month", c.month },   { "day", c.day },
		       { "hour", c.hour },     { "minute", c.minute }, { "second", c.second },
		       { "microsecond", c.us } };

	for (size_t i = 0; i < (v.shape == SHAPE_DATE ? 3 : COUNT(fields)); i++)
		if (str_eq(name, str_from(fields[i].name)))
			return value_int(fields[i].is);
	return UNDEFINED;
}

static struct value span_attribute(struct value v, struct str name)
{
	int64_t day = 86400 * US_PER_S, days = v.us / day - (v.us % day < 0);
	int64_t rest = v.us - days * day;

	if (str_eq(name, STR("days")))
		return value_int(days);
	if (str_eq(name, STR("seconds")))
		return value_int(rest / US_PER_S);
	if (str_eq(name, STR("microseconds")))
		return value_int(rest % US_PER_S);
	return UNDEFINED;
}

static bool eval_attribute(struct eval *ev, struct value v, struct str name, struct value *out)
{
	*out = UNDEFINED;
	if (v.kind == VALUE_UNDEFINED)
		return eval_undefined(ev);
	if (v.kind == VALUE_MAP)
		*out = value_get(v, name);
	else if (v.kind == VALUE_TIME)
		*out = time_attribute(v, name);
	else if (v.kind == VALUE_SPAN)
		*out = span_attribute(v, name);
	return true;
}

static bool index_of(struct value key, size_t len, size_t *out)
{
	int64_t i = key.kind == VALUE_BOOL ? key.b : key.i;

	if (key.kind != VALUE_INT && key.kind != VALUE_BOOL)
		return false;
	if (i < 0)
		i += (int64_t)len;
	if (i < 0 || (uint64_t)i >= len)
		return false;
	*out = (size_t)i;
	return true;
}

bool eval_item(struct eval *ev, struct value v, struct value key, struct value *out)
{
	size_t i;

	*out = UNDEFINED;
	if (v.kind == VALUE_UNDEFINED)
		return eval_undefined(ev);
	if (v.kind == VALUE_MAP && key.kind == VALUE_STR)
		return member(ev, v, key.s, false, out);
	if (v.kind == VALUE_STR) {
		if (!eval_steps(ev, steps_of_text(v.s.len)))
			return false;
		if (index_of(key, value_len(v), &i))
			*out = value_str(rune_slice(v.s, i, i + 1));
	} else if (v.kind == VALUE_LIST && v.shape <= SHAPE_TUPLE &&
		   index_of(key, value_len(v), &i)) {
		*out = value_at(v, i);
	} else if (key.kind == VALUE_STR) {
		return eval_attribute(ev, v, key.s, out);
	}
	return true;
}

static bool eval_const(struct eval *ev, const struct node *n, struct value *out)
{
	(void)ev;
	*out = n->value;
	return true;
}

static bool eval_variable(struct eval *ev, const struct node *n, struct value *out)
{
	*out = ev->c->variable[n->slot];
	return true;
}

static bool eval_local(struct eval *ev, const struct node *n, struct value *out)
{
	*out = ev->local[n->slot];
	return true;
}

static bool eval_dot(struct eval *ev, const struct node *n, struct value *out)
{
	struct value of;

	if (!eval_node(ev, n->kid[0], &of))
		return false;
	ev->at = n->at;
	if (of.kind == VALUE_MAP && n->op && ev->t->typing == TEMPLATE_MANIFEST)
		return member(ev, UNDEFINED, n->value.s, true, out);
	return eval_attribute(ev, of, n->value.s, out);
}

static bool eval_brackets(struct eval *ev, const struct node *n, struct value *out)
{
	const struct node *constant = n->kid[1];
	struct value of, key;

	if (!eval_node(ev, n->kid[0], &of) || !eval_node(ev, n->kid[1], &key))
		return false;
	ev->at = n->at;
	if (of.kind == VALUE_MAP && constant->kind == NODE_CONST && constant->op)
		return member(ev, of, key.s, true, out);
	return eval_item(ev, of, key, out);
}

static bool eval_slice(struct eval *ev, const struct node *n, struct value *out)
{
	struct value of, bound[3] = { NULL_VALUE, NULL_VALUE, NULL_VALUE };

	if (!eval_node(ev, n->kid[0], &of))
		return false;
	for (size_t i = 0; i < 3; i++)
		if (n->kid[i + 1] && !eval_node(ev, n->kid[i + 1], &bound[i]))
			return false;
	ev->at = n->at;
	return op_slice(ev, of, bound, out);
}

static unsigned receiver_of(struct value v)
{
	static const uint8_t of[] = {
		[VALUE_STR] = ON_STR,   [VALUE_LIST] = ON_LIST, [VALUE_MAP] = ON_MAP,
		[VALUE_TIME] = ON_TIME, [VALUE_SPAN] = ON_SPAN, [VALUE_OTHER] = 0,
	};

	return of[v.kind];
}

/* A method that the value does not have is undefined, and so is calling it. */
static const struct call *choose_call(const struct node *n, struct value self)
{
	if (n->call[0].fn->kind != BUILTIN_METHOD)
		return &n->call[0];
	for (size_t i = 0; i < n->slot; i++)
		if (n->call[i].fn->on & receiver_of(self))
			return &n->call[i];
	return NULL;
}

static bool eval_call(struct eval *ev, const struct node *n, struct value *out)
{
	struct args in = { .n = 0 };
	const struct call *call;

	if (n->op && !eval_node(ev, n->kid[0], &in.self))
		return false;
	call = choose_call(n, in.self);
	ev->at = n->at;
	if (!call)
		return eval_undefined(ev);
	in.n = call->n;
	for (size_t i = 0; i < call->n; i++) {
		if (!call->arg[i])
			continue;
		in.given |= 1u << i;
		if (!eval_node(ev, call->arg[i], &in.at[i]))
			return false;
	}
	ev->at = n->at;
	if (in.self.kind == VALUE_STR && !eval_steps(ev, steps_of_text(in.self.s.len)))
		return false;
	return call->fn->run(ev, &in, out);
}

static bool eval_sequence(struct eval *ev, const struct node *n, struct value *out)
{
	struct value list, item;

	if (!eval_list(ev, n->kind == NODE_TUPLE ? SHAPE_TUPLE : SHAPE_PLAIN, &list))
		return false;
	for (size_t i = 0; i < n->n; i++)
		if (!eval_node(ev, n->kid[i], &item) || !eval_push(ev, list, item))
			return false;
	*out = list;
	return true;
}

static bool eval_map(struct eval *ev, const struct node *n, struct value *out)
{
	struct value map, key, item;

	if (!eval_room(ev, ROOM_LEAST + n->n * 8 * sizeof(map)))
		return false;
	map = value_map_new(ev->a);
	for (size_t i = 0; i < n->n; i += 2) {
		if (!eval_node(ev, n->kid[i], &key) || !eval_node(ev, n->kid[i + 1], &item))
			return false;
		ev->at = n->kid[i]->at;
		if (key.kind != VALUE_STR)
			return eval_fail(ev, ERR_REMOTE, "the key of a map must be text here");
		value_map_set(ev->a, map, key.s, item);
	}
	*out = map;
	return true;
}

static bool eval_binary(struct eval *ev, const struct node *n, struct value *out)
{
	struct value x, y;

	if (!eval_node(ev, n->kid[0], &x) || !eval_node(ev, n->kid[1], &y))
		return false;
	ev->at = n->at;
	return op_binary(ev, n->op, x, y, out);
}

static bool eval_sign(struct eval *ev, const struct node *n, struct value *out)
{
	struct value v;

	if (!eval_node(ev, n->kid[0], &v))
		return false;
	ev->at = n->at;
	return n->kind == NODE_NEGATE ? op_negate(ev, v, out) : op_plus(ev, v, out);
}

static bool eval_not(struct eval *ev, const struct node *n, struct value *out)
{
	struct value v;

	if (!eval_node(ev, n->kid[0], &v))
		return false;
	*out = value_bool(!op_truth(v));
	return true;
}

static bool eval_logic(struct eval *ev, const struct node *n, struct value *out)
{
	if (!eval_node(ev, n->kid[0], out))
		return false;
	if (op_truth(*out) == (n->kind == NODE_OR))
		return true;
	return eval_node(ev, n->kid[1], out);
}

static bool eval_compare(struct eval *ev, const struct node *n, struct value *out)
{
	struct value x, y;
	bool holds = true;

	if (!eval_node(ev, n->kid[0], &x))
		return false;
	for (size_t i = 0; holds && i + 1 < n->n; i++) {
		if (!eval_node(ev, n->kid[i + 1], &y))
			return false;
		ev->at = n->kid[i + 1]->at;
		if (!op_compare(ev, n->compare[i], x, y, &holds))
			return false;
		x = y;
	}
	*out = value_bool(holds);
	return true;
}

static bool eval_concat(struct eval *ev, const struct node *n, struct value *out)
{
	struct value v;
	struct buf b;

	eval_buf(ev, &b);
	for (size_t i = 0; i < n->n; i++) {
		if (!eval_node(ev, n->kid[i], &v))
			return false;
		ev->at = n->at;
		if (!eval_add_str(ev, &b, v))
			return false;
	}
	return eval_text(ev, &b, out);
}

static bool eval_choice(struct eval *ev, const struct node *n, struct value *out)
{
	struct value v;

	if (!eval_node(ev, n->kid[0], &v))
		return false;
	if (op_truth(v))
		return eval_node(ev, n->kid[1], out);
	if (n->kid[2])
		return eval_node(ev, n->kid[2], out);
	*out = UNDEFINED;
	return true;
}

bool eval_node(struct eval *ev, const struct node *n, struct value *out)
{
	static bool (*const eval_of[])(struct eval *, const struct node *, struct value *) = {
		[NODE_CONST] = eval_const,     [NODE_VARIABLE] = eval_variable,
		[NODE_LOCAL] = eval_local,     [NODE_ATTRIBUTE] = eval_dot,
		[NODE_ITEM] = eval_brackets,   [NODE_SLICE] = eval_slice,
		[NODE_CALL] = eval_call,       [NODE_LIST] = eval_sequence,
		[NODE_TUPLE] = eval_sequence,  [NODE_MAP] = eval_map,
		[NODE_BINARY] = eval_binary,   [NODE_NEGATE] = eval_sign,
		[NODE_PLUS] = eval_sign,       [NODE_NOT] = eval_not,
		[NODE_AND] = eval_logic,       [NODE_OR] = eval_logic,
		[NODE_COMPARE] = eval_compare, [NODE_CONCAT] = eval_concat,
		[NODE_CHOICE] = eval_choice,
	};

	assert(n->kind < COUNT(eval_of));
	if (!eval_steps(ev, 1))
		return false;
	return eval_of[n->kind](ev, n, out);
}

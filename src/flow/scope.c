/* SPDX-License-Identifier: Apache-2.0 */
/*
 * scope.c - evaluates the templates of a manifest and says where in it when one goes wrong.
 */
#include "flow/scope.h"

#define TEXT_BYTES_MAX ((size_t)1024 * 1024)

static struct expr_context context_of(const struct slot *s, const struct scope *scope,
				      struct value *variable)
{
	memcpy(variable, scope->variable, sizeof(scope->variable));
	variable[VAR_PARAMETERS] = s->parameters;
	return (struct expr_context){ scope->arena, variable, scope->clock };
}

static bool blame(const struct slot *s, struct err *e)
{
	return err_wrap(e, "%.*s", STR_ARG(s->where));
}

bool slot_value(const struct slot *s, const struct scope *scope, struct value *out, struct err *e)
{
	struct value variable[MANIFEST_VARIABLES];
	struct expr_context c;

	if (!s->template) {
		*out = UNDEFINED;
		return true;
	}
	c = context_of(s, scope, variable);
	return template_eval(s->template, &c, out, e) || blame(s, e);
}

bool value_as_text(struct arena *a, struct value v, struct str *out, struct err *e)
{
	struct buf b;

	if (v.kind == VALUE_STR) {
		*out = v.s;
		return true;
	}
	if (value_is_nothing(v)) {
		*out = STR("");
		return true;
	}
	buf_in(&b, a, TEXT_BYTES_MAX);
	if (!expr_str(&b, v, e))
		return false;
	*out = buf_str(&b);
	return true;
}

bool slot_text(const struct slot *s, const struct scope *scope, struct str *out, struct err *e)
{
	struct value v;

	return slot_value(s, scope, &v, e) &&
	       (value_as_text(scope->arena, v, out, e) || blame(s, e));
}

bool slot_render(const struct slot *s, const struct scope *scope, struct str *out, struct err *e)
{
	struct value variable[MANIFEST_VARIABLES];
	struct expr_context c;

	if (!s->template) {
		*out = STR("");
		return true;
	}
	c = context_of(s, scope, variable);
	return template_render(s->template, &c, out, e) || blame(s, e);
}

bool slot_int(const struct slot *s, const struct scope *scope, int64_t otherwise, int64_t *out,
	      struct err *e)
{
	struct value v;

	if (!slot_value(s, scope, &v, e))
		return false;
	if (v.kind == VALUE_INT)
		*out = v.i;
	else if (v.kind == VALUE_FLOAT && v.f == (double)(int64_t)v.f)
		*out = (int64_t)v.f;
	else if (value_is_nothing(v))
		*out = otherwise;
	else
		return err_set(e, ERR_CONFIG, "%.*s: %s where a whole number is expected",
			       STR_ARG(s->where), value_kind_name(v));
	return true;
}

bool slot_test(const struct slot *s, const struct scope *scope, bool otherwise, bool *out,
	       struct err *e)
{
	struct value variable[MANIFEST_VARIABLES];
	struct expr_context c;

	if (!s->template) {
		*out = otherwise;
		return true;
	}
	c = context_of(s, scope, variable);
	return template_test(s->template, &c, out, e) || blame(s, e);
}

static bool mould_map(const struct mould *m, const struct scope *scope, struct value *out,
		      struct err *e)
{
	struct value map = value_map_new(scope->arena);

	for (size_t i = 0; i < m->n; i++) {
		struct value item;
		struct str key;

		if (!slot_text(&m->key[i], scope, &key, e) ||
		    !mould_value(&m->item[i], scope, &item, e))
			return false;
		value_map_set(scope->arena, map, key, item);
	}
	*out = map;
	return true;
}

static bool mould_list(const struct mould *m, const struct scope *scope, struct value *out,
		       struct err *e)
{
	struct value list = value_list_new(scope->arena);

	for (size_t i = 0; i < m->n; i++) {
		struct value item;

		if (!mould_value(&m->item[i], scope, &item, e))
			return false;
		value_list_add(scope->arena, list, item);
	}
	*out = list;
	return true;
}

bool mould_value(const struct mould *m, const struct scope *scope, struct value *out, struct err *e)
{
	switch (m->kind) {
	case MOULD_NONE:
		*out = UNDEFINED;
		return true;
	case MOULD_CONSTANT:
		*out = m->constant;
		return true;
	case MOULD_SLOT:
		return slot_value(&m->slot, scope, out, e);
	case MOULD_LIST:
		return mould_list(m, scope, out, e);
	case MOULD_MAP:
		return mould_map(m, scope, out, e);
	}
	assert(!"mould kind");
	return false;
}

bool slot_path(const struct slot *step, size_t n, const struct scope *scope, struct path *out,
	       struct err *e)
{
	struct path p = { arena_new_array(scope->arena, struct str, n), n };

	for (size_t i = 0; i < n; i++)
		if (!slot_text(&step[i], scope, &p.step[i], e))
			return false;
	*out = p;
	return true;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* select.c - from an answer's body to records. */
#include "flow/select.h"

static bool is_list_endpoint(const struct stream *st)
{
	return st->paginator.kind != PAGING_NONE;
}

static bool extract(const struct stream *st, struct value body, const struct scope *scope,
		    struct value *out, struct err *e)
{
	const struct selector *sel = &st->selector;
	struct value one = value_list_new(scope->arena), hit;
	struct path p;

	if (!slot_path(sel->step, sel->steps, scope, &p, e))
		return false;
	if (sel->has_glob) {
		hit = path_match(scope->arena, body, p, RECORDS_MAX);
		/* One match that is a list is the list of records, as without a glob. */
		*out = value_len(hit) == 1 && value_at(hit, 0).kind == VALUE_LIST ? value_at(hit, 0)
										  : hit;
		return true;
	}
	hit = path_get(body, p);
	if (hit.kind == VALUE_MAP) {
		if (sel->steps == 0 && is_list_endpoint(st))
			return err_set(
				e, ERR_REMOTE,
				"the answer is an object where a list of records was expected");
		value_list_add(scope->arena, one, hit);
		hit = one;
	}
	if (value_is_nothing(hit))
		hit = one;
	if (hit.kind != VALUE_LIST)
		return err_set(e, ERR_REMOTE,
			       "the answer is %s where a list of records was expected",
			       value_kind_name(hit));
	*out = hit;
	return true;
}

static bool as_type(struct arena *a, const struct transform *t, struct value *v, struct err *e)
{
	struct str text;

	switch (t->type) {
	case ADDED_AS_IS:
		return true;
	case ADDED_STRING:
		if (!value_as_text(a, *v, &text, e))
			return false;
		*v = value_str(text);
		return true;
	case ADDED_INTEGER:
		if (v->kind != VALUE_INT)
			break;
		return true;
	case ADDED_NUMBER:
		if (!value_is_number(*v))
			break;
		return true;
	case ADDED_BOOLEAN:
		if (v->kind != VALUE_BOOL)
			break;
		return true;
	}
	return err_set(e, ERR_REMOTE, "an added field has the type %s", value_kind_name(*v));
}

static bool apply(const struct transform *t, struct value *record, const struct scope *scope,
		  struct err *e)
{
	struct path p;
	struct value v;
	bool wanted;

	if (!slot_test(&t->condition, scope, true, &wanted, e))
		return false;
	if (!wanted)
		return true;
	if (!slot_path(t->step, t->steps, scope, &p, e))
		return false;
	if (t->kind == TRANSFORM_REMOVE) {
		*record = path_remove(scope->arena, *record, p);
		return true;
	}
	if (!slot_value(&t->value, scope, &v, e))
		return false;
	if (value_is_nothing(v) && t->type != ADDED_AS_IS)
		v = NULL_VALUE;
	else if (!as_type(scope->arena, t, &v, e))
		return err_wrap(e, "%.*s", STR_ARG(t->value.where));
	*record = path_set(scope->arena, *record, p, v);
	return true;
}

static bool transform(const struct stream *st, struct value *record, struct scope *in,
		      struct err *e)
{
	for (size_t i = 0; i < st->transforms; i++) {
		if (!apply(&st->transform[i], record, in, e))
			return false;
		in->variable[VAR_RECORD] = *record;
	}
	return true;
}

bool record_select(const struct stream *st, struct value *record, const struct scope *scope,
		   bool *wanted, struct err *e)
{
	const struct selector *sel = &st->selector;
	struct scope in = *scope;

	in.variable[VAR_RECORD] = *record;
	*wanted = true;
	if (sel->transform_before_filter && !transform(st, record, &in, e))
		return false;
	if (!slot_test(&sel->filter, &in, true, wanted, e))
		return false;
	if (!*wanted || sel->transform_before_filter)
		return true;
	return transform(st, record, &in, e);
}

bool records_select(const struct stream *st, struct value body, const struct scope *scope,
		    struct records *out, struct err *e)
{
	struct records r = { .last = UNDEFINED };
	struct value list, item;
	struct value_iter it;
	struct str key;

	if (!extract(st, body, scope, &list, e))
		return false;
	r.extracted = value_len(list);
	if (r.extracted > RECORDS_MAX)
		return err_set(e, ERR_LIMIT, "more than %d records in one answer", RECORDS_MAX);
	r.at = arena_new_array(scope->arena, struct value, r.extracted);
	it = value_iter(list);
	for (size_t n = 1; value_next(&it, &key, &item); n++) {
		bool wanted;

		if (item.kind != VALUE_MAP)
			return err_set(e, ERR_REMOTE, "record %zu is %s, not an object", n,
				       value_kind_name(item));
		r.last = item;
		if (!record_select(st, &item, scope, &wanted, e))
			return err_wrap(e, "record %zu", n);
		if (wanted)
			r.at[r.n++] = item;
	}
	*out = r;
	return true;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* shape.c - takes a vendor's object into a struct, by a table. */
#include "gameplatform/shape.h"

#define ID_BYTES_MAX 255
/* Beyond that a double does not hold every whole number. */
#define EXACT_MAX ((double)(1LL << 53))

static const char *const kind_says[] = {
	[SHAPE_INTEGER] = "a whole number",
	[SHAPE_TEXT] = "a text",
	[SHAPE_ID] = "an id",
	[SHAPE_LIST] = "a list",
	[SHAPE_MAP] = "an object",
	[SHAPE_FLAG] = "true or false",
};

static bool integer_of(struct value v, int64_t *out)
{
	double d = value_to_double(v);

	if (v.kind == VALUE_INT) {
		*out = v.i;
		return true;
	}
	if (v.kind != VALUE_NUMBER || !(d >= -EXACT_MAX && d <= EXACT_MAX) ||
	    d != (double)(int64_t)d)
		return false;
	*out = (int64_t)d;
	return true;
}

static bool fits(const struct shape_member *m, struct value v, int64_t *number)
{
	switch (m->kind) {
	case SHAPE_INTEGER:
		return integer_of(v, number);
	case SHAPE_TEXT:
		return v.kind == VALUE_STR && v.s.len <= SHAPE_TEXT_MAX;
	case SHAPE_ID:
		return v.kind == VALUE_STR && v.s.len > 0 && v.s.len <= ID_BYTES_MAX;
	case SHAPE_LIST:
		return v.kind == VALUE_LIST && value_len(v) <= SHAPE_ITEMS_MAX;
	case SHAPE_MAP:
		return v.kind == VALUE_MAP && value_len(v) <= SHAPE_ITEMS_MAX;
	case SHAPE_FLAG:
		return v.kind == VALUE_BOOL;
	}
	assert(!"shape kind");
	return false;
}

static void put(const struct shape_member *m, struct value v, int64_t number, void *into)
{
	void *field = (char *)into + m->offset;

	if (m->offset == SHAPE_NOWHERE)
		return;
	switch (m->kind) {
	case SHAPE_INTEGER:
		*(int64_t *)field = number;
		break;
	case SHAPE_TEXT:
	case SHAPE_ID:
		*(struct str *)field = value_text(v);
		break;
	case SHAPE_LIST:
	case SHAPE_MAP:
		*(struct value *)field = v;
		break;
	case SHAPE_FLAG:
		break;
	}
}

static bool take(const struct shape *s, const struct shape_member *m, struct value v, void *into,
		 struct err *e)
{
	int64_t number = 0;

	if (v.kind == VALUE_UNDEFINED && m->required)
		return err_set(e, ERR_REMOTE, "%s without '%s'", s->name, m->name);
	if (v.kind == VALUE_NULL && m->nullable)
		v = UNDEFINED;
	if (v.kind != VALUE_UNDEFINED && !fits(m, v, &number))
		return err_set(e, ERR_REMOTE, "%s whose '%s' is not %s", s->name, m->name,
			       kind_says[m->kind]);
	put(m, v, number, into);
	return true;
}

bool shape_take(const struct shape *s, struct value v, void *into, struct err *e)
{
	if (v.kind != VALUE_MAP)
		return err_set(e, ERR_REMOTE, "%s that is not an object", s->name);
	for (size_t i = 0; i < s->members; i++)
		if (!take(s, &s->member[i], value_get(v, str_from(s->member[i].name)), into, e))
			return false;
	return true;
}

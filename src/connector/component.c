/* SPDX-License-Identifier: Apache-2.0 */
/*
 * component.c - reads a component of a manifest by the table of its properties.
 */
#include "connector/component.h"
#include "connector/pattern.h"

/* "a, b or c" */
static struct str words_text(struct arena *a, const char *const *word, size_t words)
{
	struct buf b;

	buf_in(&b, a, 4096);
	for (size_t i = 0; i < words; i++)
		buf_printf(&b, "%s%s", i == 0 ? "" : i + 1 == words ? " or " : ", ", word[i]);
	return buf_str(&b);
}

/* ---- which component ---- */

static struct str set_text(struct arena *a, const struct component_set *set)
{
	const char **word = arena_new_array(a, const char *, set->n);

	for (size_t i = 0; i < set->n; i++)
		word[i] = set->at[i]->type;
	return words_text(a, word, set->n);
}

static void complain_type(struct reader *r, const struct node *type,
			  const struct component_set *set)
{
	struct str t = type->text, want = set_text(r->arena, set);
	const char *near = component_nearest(t);

	if (str_starts(t, STR("Custom")))
		READER_SAYS(r, type, "%.*s needs Python: not supported", STR_ARG(t));
	else if (component_is_known(t))
		READER_SAYS(r, type, "%.*s is not supported here; use %.*s", STR_ARG(t),
			    STR_ARG(want));
	else
		READER_SAYS(r, type, "there is no component '%.*s'%s%s%s", STR_ARG(t),
			    near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
}

static const struct component *choose(struct reader *r, const struct node *n,
				      const struct component_set *set)
{
	const struct node *type;

	if (!read_kind(r, n, NODE_MAP))
		return NULL;
	if (node_get(n, "class_name")) {
		READER_SAYS(r, n, "a class_name needs Python: not supported");
		return NULL;
	}
	type = node_get(n, "type");
	if (!type) {
		struct str want = set_text(r->arena, set);

		READER_SAYS(r, n, "type is missing; it would be %.*s", STR_ARG(want));
		return NULL;
	}
	if (!read_kind(r, type, NODE_SCALAR))
		return NULL;
	for (size_t i = 0; i < set->n; i++)
		if (str_eq(type->text, str_from(set->at[i]->type)))
			return set->at[i];
	complain_type(r, type, set);
	return NULL;
}

/* ---- its properties ---- */

static const struct property *property_find(const struct component *c, struct str name)
{
	for (size_t i = 0; i < c->properties; i++)
		if (str_eq(name, str_from(c->property[i].name)))
			return &c->property[i];
	return NULL;
}

static void complain_property(struct reader *r, const struct component *c, const struct node *n,
			      size_t i)
{
	const char **name = arena_new_array(r->arena, const char *, c->properties);
	const char *near;

	for (size_t k = 0; k < c->properties; k++)
		name[k] = c->property[k].name;
	near = str_nearest(n->key[i], name, c->properties);
	complain_key(r->list, r->arena, n, i, r->file, "%s has no property '%.*s'%s%s%s", c->type,
		     STR_ARG(n->key[i]), near ? "; did you mean '" : "", near ? near : "",
		     near ? "'?" : "");
}

static void read_false(struct reader *r, const struct node *n, const struct property *p)
{
	bool b;

	if (!node_bool(n, &b) || b)
		READER_SAYS(r, n, "%.*s.%s is not supported, but for false", STR_ARG(r->type),
			    p->name);
}

static void property_read(struct reader *r, const struct property *p, const struct node *n,
			  void *into)
{
	void *field = (char *)into + p->offset;

	switch (p->kind) {
	case PROPERTY_NOTE:
		break;
	case PROPERTY_REFUSED:
		READER_SAYS(r, n, "%.*s.%s is not supported", STR_ARG(r->type), p->name);
		break;
	case PROPERTY_FALSE:
		read_false(r, n, p);
		break;
	case PROPERTY_TEXT:
		read_text(r, n, field);
		break;
	case PROPERTY_BOOL:
		read_bool(r, n, field);
		break;
	case PROPERTY_INT:
		read_int(r, n, field);
		break;
	case PROPERTY_SLOT:
		slot_read(r, n, p->scope, field);
		break;
	case PROPERTY_MOULD:
		mould_read(r, n, p->scope, field);
		break;
	case PROPERTY_COMPONENT:
		component_read(r, n, p->set, field);
		break;
	case PROPERTY_READ:
		p->read(r, n, field);
		break;
	}
}

/* What every component may have; "$comment" is JSON Schema's word for a note. */
static bool is_own(struct str key)
{
	return str_eq(key, STR("type")) || str_eq(key, STR("$parameters")) ||
	       str_eq(key, STR("$comment"));
}

static void properties_read(struct reader *r, const struct component *c, const struct node *n,
			    void *into)
{
	for (size_t i = 0; i < n->n; i++) {
		const struct property *p = property_find(c, n->key[i]);

		if (is_own(n->key[i]) || (!p && n->item[i]->inherited))
			continue;
		if (!p)
			complain_property(r, c, n, i);
		else if (!node_is_null(n->item[i]))
			property_read(r, p, n->item[i], into);
	}
	for (size_t i = 0; i < c->properties; i++) {
		const struct node *item = node_get(n, c->property[i].name);

		if (c->property[i].required && (!item || node_is_null(item)))
			READER_SAYS(r, n, "%s.%s is required", c->type, c->property[i].name);
	}
}

static void component_fill(struct reader *r, const struct node *n, const struct component *c,
			   void *into)
{
	struct str type = r->type;

	r->type = str_from(c->type);
	if (c->kind)
		memcpy((char *)into + c->kind_at, &c->kind, sizeof(c->kind));
	if (c->start)
		c->start(r, into);
	properties_read(r, c, n, into);
	if (c->finish)
		c->finish(r, n, into);
	r->type = type;
}

bool component_read(struct reader *r, const struct node *n, const struct component_set *set,
		    void *into)
{
	const struct component *c = choose(r, n, set);
	struct value parameters = r->parameters;

	if (!c)
		return false;
	r->parameters = n->parameters;
	component_fill(r, n, c, into);
	r->parameters = parameters;
	return true;
}

bool component_read_as(struct reader *r, const struct node *n, const struct component *c,
		       void *into)
{
	if (!read_kind(r, n, NODE_MAP))
		return false;
	component_fill(r, n, c, into);
	return true;
}

void *component_list(struct reader *r, const struct node *n, const struct component_set *set,
		     size_t size, size_t *count)
{
	char *at;

	*count = 0;
	if (!read_kind(r, n, NODE_LIST))
		return NULL;
	at = arena_alloc_array(r->arena, n->n, size);
	for (size_t i = 0; i < n->n; i++)
		*count += component_read(r, n->item[i], set, at + *count * size);
	return at;
}

/* ---- kinds of values ---- */

bool read_kind(struct reader *r, const struct node *n, enum node_kind kind)
{
	struct node want = { .kind = kind };

	if (n->kind == kind)
		return true;
	return READER_SAYS(r, n, "%s is expected here, not %s", node_kind_name(&want),
			   node_kind_name(n));
}

bool read_text(struct reader *r, const struct node *n, struct str *out)
{
	if (!read_kind(r, n, NODE_SCALAR))
		return false;
	if (str_find(n->text, STR("{{")) >= 0 || str_find(n->text, STR("{%")) >= 0)
		return READER_SAYS(r, n, "a template cannot stand here");
	*out = n->text;
	return true;
}

bool read_bool(struct reader *r, const struct node *n, bool *out)
{
	return node_bool(n, out) || READER_SAYS(r, n, "true or false is expected here");
}

bool read_int(struct reader *r, const struct node *n, int64_t *out)
{
	int64_t i;

	if (!node_int(n, &i) || i < 0)
		return READER_SAYS(r, n, "a whole number from 0 is expected here");
	*out = i;
	return true;
}

bool read_word(struct reader *r, const struct node *n, const char *const *word, size_t words,
	       size_t *out)
{
	struct str all = words_text(r->arena, word, words);

	if (!read_kind(r, n, NODE_SCALAR))
		return false;
	for (size_t i = 0; i < words; i++)
		if (str_eq(n->text, str_from(word[i]))) {
			*out = i;
			return true;
		}
	return READER_SAYS(r, n, "'%.*s' is unknown here; it would be %.*s", STR_ARG(n->text),
			   STR_ARG(all));
}

bool read_duration(struct reader *r, const struct node *n, struct duration *out)
{
	struct duration d;
	struct str text;
	struct err e;

	if (!read_text(r, n, &text))
		return false;
	if (!duration_parse(text, &d, &e))
		return READER_SAYS(r, n, "%s", e.text);
	*out = d;
	return true;
}

bool read_format(struct reader *r, const struct node *n, struct str *out)
{
	struct str text;
	struct err e;

	if (!read_text(r, n, &text))
		return false;
	if (!moment_format_check(text, &e))
		return READER_SAYS(r, n, "%s", e.text);
	*out = text;
	return true;
}

bool read_pattern(struct reader *r, const struct node *n, struct str *out)
{
	struct str pattern;
	struct err e;

	if (!read_kind(r, n, NODE_SCALAR))
		return false;
	if (!pattern_translate(r->arena, n->text, &pattern, &e))
		return READER_SAYS(r, n, "%s", e.text);
	*out = pattern;
	return true;
}

struct slot *read_slots(struct reader *r, const struct node *n, const struct expr_scope *scope,
			size_t *count)
{
	struct slot *slot;

	*count = 0;
	if (!read_kind(r, n, NODE_LIST))
		return NULL;
	slot = arena_new_array(r->arena, struct slot, n->n);
	for (size_t i = 0; i < n->n; i++)
		*count += slot_read(r, n->item[i], scope, &slot[*count]);
	return slot;
}

int *read_codes(struct reader *r, const struct node *n, size_t *count)
{
	int *code;

	*count = 0;
	if (!read_kind(r, n, NODE_LIST))
		return NULL;
	code = arena_new_array(r->arena, int, n->n);
	for (size_t i = 0; i < n->n; i++) {
		int64_t c;

		if (!node_int(n->item[i], &c) || c < 100 || c > 599)
			READER_SAYS(r, n->item[i], "an HTTP status is a number from 100 to 599");
		else
			code[(*count)++] = (int)c;
	}
	return code;
}

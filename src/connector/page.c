/* SPDX-License-Identifier: Apache-2.0 */
/*
 * page.c - reads plans of pages by the tables of their properties.
 *
 * As with manifests, everything that is wrong is found, and nothing is handed out when anything is.
 */
#include "connector/page.h"

#include "connector/document.h"
#include "connector/page_part.h"
#include "connector/plan_read.h"
#include "data/decimal.h"

#define LISTS_DEEP 2 /* a page's lists, and their rows' */

/* ---- expressions ---- */

static bool select_one(struct reader *r, const struct node *n, struct page_select *out)
{
	struct xpath *compiled;
	struct err e;

	if (!read_kind(r, n, NODE_SCALAR))
		return false;
	if (!xpath_new(n->text, &compiled, &e))
		return READER_SAYS(r, n, "%s", e.text);
	xpath_free(compiled);
	out->text = n->text;
	return true;
}

/* One expression or a list of them. */
static void selects_read(struct reader *r, const struct node *n, void *field)
{
	struct page_selects *s = field;
	bool many = n->kind == NODE_LIST;

	if (many && n->n == 0)
		READER_SAYS(r, n, "at least one XPath expression is needed");
	s->at = arena_new_array(r->arena, struct page_select, many ? n->n : 1);
	if (!many) {
		s->n = select_one(r, n, s->at);
		return;
	}
	for (size_t i = 0; i < n->n; i++)
		s->n += select_one(r, n->item[i], &s->at[s->n]);
}

/* ---- fields ---- */

static const char *const type_word[] = { [PAGE_TEXT] = "text",
					 [PAGE_INTEGER] = "integer",
					 [PAGE_DECIMAL] = "decimal",
					 [PAGE_DATE] = "date",
					 [PAGE_BOOLEAN] = "boolean" };

/* "type" is a word of the format's own: no table of properties is asked for it. */
static void type_read(struct reader *r, const struct node *n, struct page_field *f)
{
	const struct node *type = node_get(n, "type");
	size_t i;

	if (type && read_word(r, type, type_word, COUNT(type_word), &i))
		f->type = (enum page_type)i;
}

static void pattern_read(struct reader *r, const struct node *n, void *field)
{
	read_pattern(r, n, field);
}

static void format_read(struct reader *r, const struct node *n, void *field)
{
	read_format(r, n, field);
}

static void bound_read(struct reader *r, const struct node *n, void *field)
{
	struct decimal d;

	if (!read_kind(r, n, NODE_SCALAR))
		return;
	if (decimal_parse(n->text, &d))
		*(struct str *)field = n->text;
	else
		READER_SAYS(r, n, "a number is expected here");
}

static void field_finish(struct reader *r, const struct node *n, void *into)
{
	struct page_field *f = into;
	bool number, format = node_get(n, "format") != NULL;

	type_read(r, n, f);
	number = f->type == PAGE_INTEGER || f->type == PAGE_DECIMAL;
	if ((f->type == PAGE_DATE) != format)
		READER_SAYS(r, n, format ? "only a date has a format" : "a date needs a format");
	if (!number && (f->low.len || f->high.len))
		READER_SAYS(r, n, "only numbers are low or high");
	if (f->type == PAGE_BOOLEAN && (f->pattern.len || f->attribute.len || f->single))
		READER_SAYS(r, n, "a boolean asks only whether something is there");
}

#define AT(member) offsetof(struct page_field, member)
static const struct property field_properties[] = {
	{ .name = "select",
	  .kind = PROPERTY_READ,
	  .required = true,
	  .offset = AT(select),
	  .read = selects_read },
	{ .name = "pattern", .kind = PROPERTY_READ, .offset = AT(pattern), .read = pattern_read },
	{ .name = "low", .kind = PROPERTY_READ, .offset = AT(low), .read = bound_read },
	{ .name = "high", .kind = PROPERTY_READ, .offset = AT(high), .read = bound_read },
	{ .name = "format", .kind = PROPERTY_READ, .offset = AT(format), .read = format_read },
	{ .name = "attribute", .kind = PROPERTY_TEXT, .offset = AT(attribute) },
	{ .name = "required", .kind = PROPERTY_BOOL, .offset = AT(required) },
	{ .name = "single", .kind = PROPERTY_BOOL, .offset = AT(single) },
	{ .name = "description", .kind = PROPERTY_NOTE },
};
static const struct component field_component = { .type = "field",
						  .property = field_properties,
						  .properties = COUNT(field_properties),
						  .finish = field_finish };
#undef AT

static bool name_ok(struct reader *r, const struct node *map, size_t i)
{
	if (plan_word_ok(map->key[i]))
		return true;
	return complain_key(r->list, r->arena, map, i, r->file,
			    "a name is made of letters, digits, - and _");
}

static void fields_read(struct reader *r, const struct node *n, void *group)
{
	struct page_group *g = group;

	if (!read_kind(r, n, NODE_MAP))
		return;
	g->field = arena_new_array(r->arena, struct page_field, n->n);
	for (; g->fields < n->n; g->fields++) {
		struct page_field *f = &g->field[g->fields];
		const struct node *item = n->item[g->fields];

		name_ok(r, n, g->fields);
		f->name = n->key[g->fields];
		if (item->kind == NODE_MAP)
			component_read_as(r, item, &field_component, f);
		else
			selects_read(r, item, &f->select);
	}
}

/* ---- lists ---- */

static void lists_read(struct reader *r, const struct node *n, void *group);

static void list_start(struct reader *r, void *into)
{
	(void)r; /* nothing of it lives in the arena */
	((struct page_list *)into)->max = PAGE_ROWS_DEFAULT;
}

#define AT(member) offsetof(struct page_list, member)
static const struct property list_properties[] = {
	{ .name = "rows",
	  .kind = PROPERTY_READ,
	  .required = true,
	  .offset = AT(rows),
	  .read = selects_read },
	{ .name = "max", .kind = PROPERTY_INT, .offset = AT(max) },
	{ .name = "fields",
	  .kind = PROPERTY_READ,
	  .required = true,
	  .offset = AT(group),
	  .read = fields_read },
	{ .name = "lists", .kind = PROPERTY_READ, .offset = AT(group), .read = lists_read },
	{ .name = "description", .kind = PROPERTY_NOTE },
};
static const struct component list_component = { .type = "list",
						 .property = list_properties,
						 .properties = COUNT(list_properties),
						 .start = list_start };
#undef AT

static void lists_read(struct reader *r, const struct node *n, void *group)
{
	struct page_group *g = group;

	if (!read_kind(r, n, NODE_MAP))
		return;
	g->list = arena_new_array(r->arena, struct page_list, n->n);
	for (; g->lists < n->n; g->lists++) {
		name_ok(r, n, g->lists);
		g->list[g->lists].name = n->key[g->lists];
		component_read_as(r, n->item[g->lists], &list_component, &g->list[g->lists]);
	}
}

/* ---- pages ---- */

#define AT(member) offsetof(struct page_plan, member)
static const struct property page_properties[] = {
	{ .name = "present",
	  .kind = PROPERTY_READ,
	  .required = true,
	  .offset = AT(present),
	  .read = selects_read },
	{ .name = "fields", .kind = PROPERTY_READ, .offset = AT(group), .read = fields_read },
	{ .name = "lists", .kind = PROPERTY_READ, .offset = AT(group), .read = lists_read },
	{ .name = "description", .kind = PROPERTY_NOTE },
};
static const struct component page_component = { .type = "page",
						 .property = page_properties,
						 .properties = COUNT(page_properties) };
#undef AT

static void pages_read(struct reader *r, const struct node *n, void *field)
{
	struct pages *s = field;

	if (!read_kind(r, n, NODE_MAP))
		return;
	s->plan = arena_new_array(r->arena, struct page_plan, n->n);
	for (; s->n < n->n; s->n++) {
		name_ok(r, n, s->n);
		s->plan[s->n].name = n->key[s->n];
		component_read_as(r, n->item[s->n], &page_component, &s->plan[s->n]);
	}
}

static const struct property file_properties[] = {
	{ .name = "pages", .kind = PROPERTY_READ, .required = true, .read = pages_read },
	{ .name = "definitions", .kind = PROPERTY_NOTE },
	{ .name = "description", .kind = PROPERTY_NOTE },
};
static const struct component file_component = { .type = "file",
						 .property = file_properties,
						 .properties = COUNT(file_properties) };

/* ---- the whole ---- */

static void number_selects(struct page_plan *p, struct page_selects *s)
{
	for (size_t i = 0; i < s->n; i++)
		s->at[i].number = p->selects++;
}

/* False when lists stand deeper than LISTS_DEEP. */
static bool number_group(struct page_plan *p, struct page_group *g, size_t depth)
{
	bool ok = depth <= LISTS_DEEP;

	for (size_t i = 0; i < g->fields; i++) {
		number_selects(p, &g->field[i].select);
		if (g->field[i].pattern.len)
			g->field[i].pattern_number = p->patterns++;
	}
	for (size_t i = 0; ok && i < g->lists; i++) {
		number_selects(p, &g->list[i].rows);
		ok = number_group(p, &g->list[i].group, depth + 1);
	}
	return ok;
}

static void file_read(struct resolver *resolver, struct reader *r, struct node *tree, void *into)
{
	struct pages *s = into;

	(void)resolver; /* pages have no $parameters */
	component_read_as(r, tree, &file_component, s);
	for (size_t i = 0; i < s->n; i++) {
		number_selects(&s->plan[i], &s->plan[i].present);
		if (!number_group(&s->plan[i], &s->plan[i].group, 0))
			READER_SAYS(r, node_get(tree, "pages")->item[i],
				    "lists stand in lists at most once");
	}
}

static const struct document document = { "a file of pages", file_read };

bool pages_parse(struct arena *a, struct str text, struct str file, const struct pages **out,
		 struct complaints *list, struct err *e)
{
	struct pages *s = arena_new_struct(a, struct pages);

	if (!document_parse(a, text, file, &document, s, list, e))
		return false;
	*out = s;
	return true;
}

bool pages_load(struct arena *a, const char *path, const struct pages **out,
		struct complaints *list, struct err *e)
{
	struct pages *s = arena_new_struct(a, struct pages);

	if (!document_load(a, path, &document, s, list, e))
		return false;
	*out = s;
	return true;
}

const struct page_plan *pages_find(const struct pages *p, struct str name)
{
	for (size_t i = 0; p && i < p->n; i++)
		if (str_eq(p->plan[i].name, name))
			return &p->plan[i];
	return NULL;
}

size_t pages_count(const struct pages *p)
{
	return p->n;
}

struct str pages_path(struct arena *a, struct str manifest)
{
	return document_beside(a, manifest, "pages");
}

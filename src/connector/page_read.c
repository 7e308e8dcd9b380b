/* SPDX-License-Identifier: Apache-2.0 */
/*
 * page_read.c - reads a page by its plan.
 *
 * A field takes the first of its expressions that finds a text; a text that its type, pattern or
 * range refuses is refused, and no further expression is asked: something stood in its place.
 */
#include "connector/page.h"

#include "connector/page_part.h"
#include "data/decimal.h"
#include "data/moment.h"

#include <regex.h>

struct pass {
	struct html *html;
	struct arena *arena;
	struct xpath **compiled; /* by their numbers; NULL: not yet */
	regex_t **pattern;
	struct page_reading *out;
};

/* The place that is being read. */
struct spot {
	const struct html_node *under; /* NULL: the page */
	struct str path;               /* of names, for refusals: "matches." */
	struct value fields;
	bool complete; /* nothing that is required is missing */
};

static bool roomy(const struct pass *p, struct err *e)
{
	return arena_room(p->arena) >= PAGE_ROOM_BYTES ||
	       err_set(e, ERR_LIMIT, "the page says more than there is room for");
}

static bool expression(struct pass *p, const struct page_select *s, const struct xpath **out,
		       struct err *e)
{
	if (!p->compiled[s->number] && !xpath_new(s->text, &p->compiled[s->number], e))
		return false;
	*out = p->compiled[s->number];
	return true;
}

static void refuse(struct pass *p, const struct spot *at, struct str field, const char *why)
{
	struct page_reading *r = p->out;

	if (r->refusals < PAGE_REFUSALS_MAX)
		r->refusal[r->refusals++] =
			(struct page_refusal){ str_printf(p->arena, "%.*s%.*s", STR_ARG(at->path),
							  STR_ARG(field)),
					       str_from(why) };
}

/* ---- what a text is ---- */

static bool matches(struct pass *p, const struct page_field *f, struct str text)
{
	regex_t **re = &p->pattern[f->pattern_number];
	regmatch_t all;

	if (!*re) {
		int code;

		*re = arena_new_struct(p->arena, regex_t);
		code = regcomp(*re, f->pattern.at, REG_EXTENDED);
		assert(code == 0); /* the plan's reader has tried */
	}
	text = str_keep(p->arena, text);
	return regexec(*re, text.at, 1, &all, 0) == 0 && all.rm_so == 0 &&
	       (size_t)all.rm_eo == text.len;
}

static const char *bounds_broken(const struct page_field *f, struct str number)
{
	double v = decimal_to_double(number);

	if (f->low.len && v < decimal_to_double(f->low))
		return "it is too low";
	if (f->high.len && v > decimal_to_double(f->high))
		return "it is too high";
	return NULL;
}

static const char *decimal_value(struct pass *p, const struct page_field *f, struct str text,
				 struct value *out)
{
	struct decimal d;
	struct str digits;

	if (!decimal_parse(text, &d) || !decimal_text(p->arena, d, &digits))
		return "it is no number";
	*out = (struct value){ .kind = VALUE_NUMBER, .s = digits };
	return bounds_broken(f, digits);
}

static const char *integer_value(const struct page_field *f, struct str text, struct value *out)
{
	int64_t i;

	if (!str_to_i64(text, &i))
		return "it is no whole number";
	*out = value_int(i);
	return bounds_broken(f, text);
}

/* NULL, or what is wrong with the text. */
static const char *typed(struct pass *p, const struct page_field *f, struct str text,
			 struct value *out)
{
	struct err unsaid;

	if (f->pattern.len && !matches(p, f, text))
		return "it does not look like one";
	switch (f->type) {
	case PAGE_INTEGER:
		return integer_value(f, text, out);
	case PAGE_DECIMAL:
		return decimal_value(p, f, text, out);
	case PAGE_DATE:
		return moment_parse_as(text, f->format, out, &unsaid) ? NULL : "it is no such date";
	case PAGE_TEXT:
	case PAGE_BOOLEAN:
		break;
	}
	*out = value_str(text);
	return NULL;
}

/* ---- fields ---- */

/* A node's text or attribute, as the field says. */
static struct str said(struct pass *p, const struct page_field *f, const struct html_node *n)
{
	if (!f->attribute.len)
		return html_node_text(p->html, n, p->arena);
	return str_trim(html_attribute(p->html, n, str_keep(p->arena, f->attribute).at, p->arena));
}

/* Of all nodes that an expression finds; *text empty when none says anything. */
static bool text_of_nodes(struct pass *p, const struct page_field *f, const struct spot *at,
			  const struct xpath *x, struct str *text, const char **wrong,
			  struct err *e)
{
	const struct html_node **node;
	size_t n;

	*text = STR("");
	if (!html_select(p->html, at->under, x, p->arena, &node, &n, e))
		return false;
	for (size_t i = 0; i < n && (i == 0 || f->single) && !*wrong; i++) {
		struct str one = said(p, f, node[i]);

		if (!roomy(p, e))
			return false;
		if (i > 0 && !str_eq(one, *text))
			*wrong = "it is there more than once";
		*text = one;
	}
	return true;
}

static bool field_text(struct pass *p, const struct page_field *f, const struct spot *at,
		       struct str *text, const char **wrong, struct err *e)
{
	*text = STR("");
	for (size_t i = 0; i < f->select.n && !text->len && !*wrong; i++) {
		const struct xpath *x;
		bool found;

		if (!roomy(p, e) || !expression(p, &f->select.at[i], &x, e))
			return false;
		if (f->attribute.len || f->single) {
			if (!text_of_nodes(p, f, at, x, text, wrong, e))
				return false;
		}
		if (!text->len && !f->attribute.len && !*wrong &&
		    !html_text_of(p->html, at->under, x, p->arena, text, &found, e))
			return false;
	}
	return true;
}

/* Whether any of the expressions finds a node or is true of the page. */
static bool any_found(struct pass *p, const struct page_selects *s, const struct spot *at,
		      bool *found, struct err *e)
{
	*found = false;
	for (size_t i = 0; i < s->n && !*found; i++) {
		const struct html_node **node;
		const struct xpath *x;
		struct str text;
		size_t n;

		if (!roomy(p, e) || !expression(p, &s->at[i], &x, e) ||
		    !html_select(p->html, at->under, x, p->arena, &node, &n, e))
			return false;
		*found = n > 0;
		if (!n && !html_text_of(p->html, at->under, x, p->arena, &text, found, e))
			return false;
	}
	return true;
}

static bool field_read(struct pass *p, const struct page_field *f, struct spot *at, struct err *e)
{
	struct value v = NULL_VALUE;
	const char *wrong = NULL;
	struct str text;
	bool found;

	if (f->type == PAGE_BOOLEAN) {
		if (!any_found(p, &f->select, at, &found, e))
			return false;
		v = value_bool(found);
	} else {
		if (!field_text(p, f, at, &text, &wrong, e))
			return false;
		if (!wrong && text.len)
			wrong = typed(p, f, text, &v);
		else if (!wrong && f->required)
			wrong = "it is missing";
	}
	if (wrong) {
		v = NULL_VALUE;
		refuse(p, at, f->name, wrong);
	}
	at->complete = at->complete && !(f->required && wrong);
	value_map_set(p->arena, at->fields, f->name, v);
	return true;
}

/* ---- rows ---- */

static bool rows_of(struct pass *p, const struct page_list *l, const struct spot *at,
		    const struct html_node ***row, size_t *n, struct err *e)
{
	*n = 0;
	for (size_t i = 0; i < l->rows.n && *n == 0; i++) {
		const struct xpath *x;

		if (!roomy(p, e) || !expression(p, &l->rows.at[i], &x, e) ||
		    !html_select(p->html, at->under, x, p->arena, row, n, e))
			return false;
	}
	return true;
}

static bool group_read(struct pass *p, const struct page_group *g, struct spot *at, struct err *e);

static bool list_read(struct pass *p, const struct page_list *l, struct spot *at, struct err *e)
{
	struct value list = value_list_new(p->arena);
	struct str path = str_printf(p->arena, "%.*s%.*s.", STR_ARG(at->path), STR_ARG(l->name));
	const struct html_node **row;
	size_t n;

	if (!rows_of(p, l, at, &row, &n, e))
		return false;
	for (size_t i = 0; i < n && i < (size_t)l->max; i++) {
		struct spot in = { .under = row[i], .path = path };

		if (!group_read(p, &l->group, &in, e))
			return false;
		if (in.complete)
			value_list_add(p->arena, list, in.fields);
	}
	value_map_set(p->arena, at->fields, l->name, list);
	return true;
}

/* The plan's reader sees to it that lists do not stand deeply in lists. */
static bool group_read(struct pass *p, const struct page_group *g, struct spot *at, struct err *e)
{
	at->fields = value_map_new(p->arena);
	at->complete = true;
	for (size_t i = 0; i < g->fields; i++)
		if (!field_read(p, &g->field[i], at, e))
			return false;
	for (size_t i = 0; i < g->lists; i++)
		if (!list_read(p, &g->list[i], at, e))
			return false;
	return true;
}

/* ---- the page ---- */

static bool follow(struct pass *p, const struct page_plan *plan, struct err *e)
{
	struct spot page = { .path = STR(""), .fields = value_map_new(p->arena) };

	if (!any_found(p, &plan->present, &page, &p->out->present, e))
		return false;
	if (p->out->present) {
		if (!group_read(p, &plan->group, &page, e))
			return false;
		p->out->present = page.complete;
	}
	p->out->fields = page.fields;
	return true;
}

bool page_read(const struct page_plan *plan, struct html *h, struct arena *a,
	       struct page_reading *out, struct err *e)
{
	struct page_reading r = { .present = false };
	struct pass p = { .html = h, .arena = a, .out = &r };
	bool ok;

	if (!roomy(&p, e))
		return false;
	r.refusal = arena_new_array(a, struct page_refusal, PAGE_REFUSALS_MAX);
	p.compiled = arena_new_array(a, struct xpath *, plan->selects);
	p.pattern = arena_new_array(a, regex_t *, plan->patterns);
	ok = follow(&p, plan, e);
	for (size_t i = 0; i < plan->selects; i++)
		xpath_free(p.compiled[i]);
	for (size_t i = 0; i < plan->patterns; i++)
		if (p.pattern[i])
			regfree(p.pattern[i]);
	if (ok)
		*out = r;
	return ok;
}

bool page_refused(const struct page_reading *r, const char *field)
{
	for (size_t i = 0; i < r->refusals; i++)
		if (str_eq(r->refusal[i].field, str_from(field)))
			return true;
	return false;
}

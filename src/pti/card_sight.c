/* SPDX-License-Identifier: Apache-2.0 */
/*
 * card_sight.c - looks at a page through the connector's plan of it.
 *
 * What a stranger's page does, too large, too deep, empty, is an outcome, never a failure of ours.
 */
#include "pti/card_part.h"

static bool plan_of(const struct pages *p, const char *name, const struct page_plan **out,
		    struct err *e)
{
	*out = pages_find(p, str_from(name));
	return *out ||
	       err_set(e, ERR_CONFIG, "the connector's pages do not say what a '%s' is", name);
}

/* True and an outcome for what the page is to blame for. */
static bool blame(struct sight *s, const struct err *e)
{
	if (e->kind == ERR_LIMIT)
		*s = (struct sight){ .outcome = CARD_REFUSED,
				     .why = STR("The page is larger than any page of the kind") };
	else if (e->kind == ERR_REMOTE)
		*s = (struct sight){ .outcome = CARD_BLOCKED, .why = STR("The page is empty") };
	else
		return false;
	return true;
}

static bool look(const struct page_plan *plan, const struct page_plan *more, struct html *h,
		 struct arena *a, struct sight *s, struct err *e)
{
	if (!page_read(plan, h, a, &s->page, e))
		return false;
	if (!s->page.present) {
		s->outcome = CARD_BLOCKED;
		s->why = STR("The site answered with another page");
		return true;
	}
	s->outcome = CARD_OK;
	return !more || page_read(more, h, a, &s->more, e);
}

bool sight_take(const struct pages *p, const char *name, const char *more, struct str html,
		struct arena *a, struct sight *out, struct err *e)
{
	const struct page_plan *plan, *second = NULL;
	struct sight s = { .why = STR("") };
	struct html *h;
	bool ok;

	if (!plan_of(p, name, &plan, e) || (more && !plan_of(p, more, &second, e)))
		return false;
	ok = html_parse(html, &h, e);
	if (ok) {
		ok = look(plan, second, h, a, &s, e);
		html_free(h);
	}
	if (!ok && !blame(&s, e))
		return false;
	*out = s;
	return true;
}

struct str sight_text(struct value fields, const char *name)
{
	struct value v = value_get(fields, str_from(name));

	return v.kind == VALUE_STR ? v.s : STR("");
}

bool sight_bool(struct value fields, const char *name)
{
	struct value v = value_get(fields, str_from(name));

	return v.kind == VALUE_BOOL && v.b;
}

int32_t sight_rating(struct value fields, const char *name)
{
	int32_t tenths;

	return pti_from(value_get(fields, str_from(name)), &tenths) ? tenths : PTI_NONE;
}

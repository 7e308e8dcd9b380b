/* SPDX-License-Identifier: Apache-2.0 */
/*
 * setup.c - a plan that is in force, for as long as somebody works by it.
 *
 * The struct lives in the arena of its plan: the last reference ends both.
 */
#include "service/setup.h"

#include <stdatomic.h>

#define CONFIG_BYTES_MAX ((size_t)256 * 1024 * 1024)

struct setup {
	struct arena *arena;
	const struct plan *plan;
	atomic_int refs;
};

static void tell(struct arena *a, struct buf *told, const struct complaints *list,
		 const struct err *e)
{
	if (list->n == 0)
		buf_printf(told, "%s\n", e->text);
	for (size_t i = 0; i < list->n; i++) {
		buf_add(told, complaint_text(a, &list->at[i]));
		buf_char(told, '\n');
	}
	if (list->dropped > 0)
		buf_printf(told, "… and %zu more\n", list->dropped);
}

bool setup_load(const struct plan_options *o, struct buf *told, struct setup **out, struct err *e)
{
	struct arena *a = arena_new("configuration", CONFIG_BYTES_MAX);
	struct complaints *list = arena_new_struct(a, struct complaints);
	struct setup *s = arena_new_struct(a, struct setup);

	s->arena = a;
	atomic_init(&s->refs, 1);
	if (!plan_load(a, o, &s->plan, list, e)) {
		tell(a, told, list, e);
		arena_free(a);
		return false;
	}
	*out = s;
	return true;
}

const struct plan *setup_plan(const struct setup *s)
{
	return s->plan;
}

struct setup *setup_ref(struct setup *s)
{
	atomic_fetch_add(&s->refs, 1);
	return s;
}

void setup_unref(struct setup *s)
{
	if (s && atomic_fetch_sub(&s->refs, 1) == 1)
		arena_free(s->arena);
}

void setup_unrefp(struct setup **s)
{
	setup_unref(*s);
}

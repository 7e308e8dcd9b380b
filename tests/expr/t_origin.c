/* SPDX-License-Identifier: Apache-2.0 */
/* t_origin.c - which member of a variable a template reads. */
#include "expr/origin.h"

#include "tap.h"

static const char *const names[] = { "record", "config" };
static const struct expr_scope scope = { names, COUNT(names) };

/* "-" when there is none. */
static const char *origin(const char *text)
{
	static struct arena *a;
	struct template *t;
	struct str pointer;
	struct err e;

	arena_free(a);
	a = arena_new("origin", (size_t)1 << 20);
	if (!template_compile(a, str_from(text), TEMPLATE_PLAN, &scope, &t, &e))
		return e.text[0] ? "(no template)" : "";
	return template_origin(t, a, 0, &pointer) ? str_keep(a, pointer).at : "-";
}

int main(void)
{
	IS(origin("{{ record.email }}"), "/email", "a member");
	IS(origin("{{ record.account_ref.id }}"), "/account_ref/id", "a member's member");
	IS(origin("{{ record['a/b~c'][0] }}"), "/a~1b~0c/0", "by name and by number");
	IS(origin("{{ record.mobile or record.work }}"), "/mobile", "the first of several");
	IS(origin("{{ config.prefix ~ record.name }}"), "/name", "not of another variable");
	IS(origin("{{ record.name | upper }}"), "/name", "below a filter");
	IS(origin("no. {{ record.number }}"), "/number", "within a text");
	IS(origin("{{ record[config.field] }}"), "-", "a computed name is none");
	IS(origin("always the same"), "-", "nothing is read");
	IS(origin("{{ config.prefix }}"), "-", "nothing of the record");
	return tap_done();
}

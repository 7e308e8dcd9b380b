/* SPDX-License-Identifier: Apache-2.0 */
/* selection.c - a run of some records only. */
#include "flow/selection.h"

#define LOGGED_MAX 100

bool select_any(const struct select_options *o)
{
	return o->records > 0 || o->since.len > 0 || o->until.len > 0 || o->where.len > 0;
}

static bool read_time(const char *what, struct str text, int64_t *us, struct err *e)
{
	struct value at;

	*us = NO_TIME;
	if (text.len == 0)
		return true;
	if (!moment_parse(text, &at, e)) {
		e->kind = ERR_USAGE;
		return err_wrap(e, "%s", what);
	}
	*us = at.us;
	return true;
}

/* "record.status == 'open'" may be written without its braces. */
static bool read_where(struct arena *a, struct str text, const struct template **out, struct err *e)
{
	static const char *const names[] = { "record", "config", "stream_partition" };
	static const struct expr_scope scope = { names, COUNT(names) };
	struct template *t;

	_Static_assert(COUNT(names) == PLAN_VARIABLES, "a name for every variable");
	if (text.len == 0)
		return true;
	text = str_find(text, STR("{{")) >= 0 ? str_keep(a, text)
					      : str_printf(a, "{{ %.*s }}", STR_ARG(text));
	if (!template_compile(a, text, TEMPLATE_PLAN, &scope, &t, e)) {
		e->kind = ERR_USAGE;
		return err_wrap(e, "where");
	}
	*out = t;
	return true;
}

bool selection_open(struct arena *a, const struct select_options *o, struct selection **out,
		    struct err *e)
{
	struct selection *s = arena_new_struct(a, struct selection);

	*out = NULL;
	if (!select_any(o))
		return true;
	s->o = o;
	s->found = arena_new_array(a, bool, o->records + 1);
	if (!read_time("since", o->since, &s->since_us, e) ||
	    !read_time("until", o->until, &s->until_us, e) ||
	    !read_where(a, o->where, &s->where, e))
		return false;
	if (s->since_us != NO_TIME && s->until_us != NO_TIME && s->since_us > s->until_us)
		return err_set(e, ERR_USAGE, "since is later than until");
	*out = s;
	return true;
}

void selection_begin(struct selection *s)
{
	memset(s->found, 0, s->o->records * sizeof(*s->found));
}

/* A record that does not say when it changed is taken: the vendor was asked for the range. */
static bool in_range(const struct selection *s, const struct stream *st, const struct scope *scope,
		     struct value record)
{
	int64_t us = st->cursor ? record_time(st->cursor, record, scope) : NO_TIME;

	return us == NO_TIME || ((s->since_us == NO_TIME || us >= s->since_us) &&
				 (s->until_us == NO_TIME || us <= s->until_us));
}

bool selection_takes(const struct selection *s, const struct stream *st, const struct connection *c,
		     const struct scope *scope, struct value record, bool *takes, struct err *e)
{
	struct value variable[PLAN_VARIABLES];
	struct expr_context context = { scope->arena, variable, scope->clock };

	*takes = in_range(s, st, scope, record);
	if (!*takes || !s->where)
		return true;
	variable[PLAN_RECORD] = record;
	variable[PLAN_CONFIG] = c->config;
	variable[PLAN_STREAM_PARTITION] = scope->variable[VAR_STREAM_PARTITION];
	return template_test(s->where, &context, takes, e) || err_wrap(e, "where");
}

bool selection_takes_key(struct selection *s, struct str key)
{
	for (size_t i = 0; i < s->o->records; i++)
		if (str_eq(s->o->record[i], key)) {
			s->found[i] = true;
			return true;
		}
	return s->o->records == 0;
}

bool selection_done(const struct selection *s)
{
	for (size_t i = 0; i < s->o->records; i++)
		if (!s->found[i])
			return false;
	return s->o->records > 0;
}

static struct value record_list(struct arena *a, const struct selection *s, bool missing)
{
	struct value list = value_list_new(a);

	for (size_t i = 0; i < s->o->records && value_len(list) < LOGGED_MAX; i++)
		if (!missing || !s->found[i])
			value_list_add(a, list, value_str(s->o->record[i]));
	return list;
}

static void set_text(struct arena *a, struct value map, const char *key, struct str text)
{
	if (text.len > 0)
		value_map_set(a, map, str_from(key), value_str(text));
}

struct value selection_value(struct arena *a, const struct selection *s, bool ended)
{
	struct value map = value_map_new(a), missing = UNDEFINED;

	if (s->o->records > 0)
		value_map_set(a, map, STR("records"), record_list(a, s, false));
	set_text(a, map, "since", s->o->since);
	set_text(a, map, "until", s->o->until);
	set_text(a, map, "where", s->o->where);
	if (ended && s->o->records > 0)
		missing = record_list(a, s, true);
	if (value_len(missing) > 0)
		value_map_set(a, map, STR("not_found"), missing);
	return map;
}

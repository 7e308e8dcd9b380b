/* SPDX-License-Identifier: Apache-2.0 */
/*
 * push_order.c - the jobs that a change calls for where the plan says a task in place of an action.
 *
 * A task's work is done elsewhere and later: what it must do it finds out from the tables when it
 * runs, so that of many changes one job is enough.  It may have run between two changes of a record
 * though, for another record's sake: each change has to name whom it concerns.
 */
#include "flow/push_view.h"

#include "data/json.h"

#define ARGS_BYTES_MAX ((size_t)64 * 1024)
#define NAME_BYTES_MAX 1000 /* as the queue's */

/* A key or a lane: the rendered text. */
static bool name_of(struct push_view *v, const struct template *t, struct str *out, struct err *e)
{
	struct value name;

	if (!push_view_eval(v, t, v->push->where, &name, e) ||
	    !value_as_text(v->arena, name, out, e))
		return false;
	return out->len <= NAME_BYTES_MAX ||
	       err_set(e, ERR_CONFIG, "%.*s: a key or lane of more than %d bytes",
		       STR_ARG(v->push->where), NAME_BYTES_MAX);
}

static bool order(struct push_view *v, struct value args, struct err *e)
{
	const struct engine *g = v->session->engine;
	const struct push_plan *push = v->push;
	struct job_order o = { .task = push->task, .trigger = STR("outbox") };
	struct buf b;

	buf_in(&b, v->arena, ARGS_BYTES_MAX);
	if (!json_write(&b, args, e))
		return err_wrap(e, "%.*s.args", STR_ARG(push->where));
	o.args = buf_str(&b);
	v->variable[PUSH_ARGS] = args;
	if (push->key && !name_of(v, push->key, &o.key, e))
		return false;
	if (!push->key)
		o.key = str_slice(
			str_printf(v->arena, "%.*s:%.*s", STR_ARG(push->task), STR_ARG(o.args)), 0,
			NAME_BYTES_MAX);
	if (push->lane && !name_of(v, push->lane, &o.lane, e))
		return false;
	return g->order(g->order_arg, g->db, &o, e) || err_wrap(e, "%.*s", STR_ARG(push->where));
}

/* No argument, or none with a value. */
static bool is_nothing(struct value args)
{
	struct value_iter it = value_iter(args);
	struct value item;
	struct str key;

	while (value_next(&it, &key, &item))
		if (!value_is_nothing(item))
			return false;
	return true;
}

bool push_view_orders(const struct watch_plan *w)
{
	for (size_t i = 0; i < PUSH_ONS; i++)
		if (w->on[i].task.len)
			return true;
	return false;
}

bool push_view_order(struct push_view *v, struct err *e)
{
	struct value args = v->scope.variable[VAR_ARGS], also;

	if (!v->session->engine->order)
		return err_set(e, ERR_CONFIG, "%.*s: there is no queue here",
			       STR_ARG(v->push->where));
	if (!push_view_values(v, v->push->also, v->push->alsos, &also, e) || !order(v, args, e))
		return false;
	return is_nothing(also) || value_eq(also, args) || order(v, also, e);
}

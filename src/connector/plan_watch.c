/* SPDX-License-Identifier: Apache-2.0 */
/*
 * plan_watch.c - what of the application's own tables goes to a vendor, and by which actions.
 *
 * What columns a watched table has only the database knows; migrating complains about them.
 */
#include "connector/plan_read.h"

/* ---- expressions ---- */

#define NOT_HERE "(not a variable here)"

static const char *const before_names[] = { "record",  "before", "changed", "config",
					    "related", NOT_HERE, NOT_HERE,  NOT_HERE };
static const char *const done_names[] = { "record",  "before", "changed", "config",
					  "related", "result", NOT_HERE,  NOT_HERE };
static const char *const failed_names[] = { "record",  "before", "changed", "config",
					    "related", NOT_HERE, "error",   NOT_HERE };
static const char *const job_names[] = { "record",  "before", "changed", "config",
					 "related", NOT_HERE, NOT_HERE,  "args" };
static const struct expr_scope scope_before = { before_names, PUSH_VARIABLES };
static const struct expr_scope scope_done = { done_names, PUSH_VARIABLES };
static const struct expr_scope scope_failed = { failed_names, PUSH_VARIABLES };
static const struct expr_scope scope_job = { job_names, PUSH_VARIABLES };

static bool read_template(struct plan_loader *p, const struct node *n,
			  const struct expr_scope *scope, const struct template **out)
{
	struct template *t;
	struct str text;
	struct err e;

	_Static_assert(COUNT(before_names) == PUSH_VARIABLES, "a name for every variable");
	if (!plan_scalar(p, n, KEY_TEXT, &text))
		return false;
	if (!template_compile(p->a, text, TEMPLATE_PLAN, scope, &t, &e)) {
		plan_complain(p, n, "%s", e.text);
		return false;
	}
	*out = t;
	return true;
}

static size_t read_values(struct plan_loader *p, const struct node *n,
			  const struct expr_scope *scope, struct push_value **out)
{
	struct push_value *v;
	size_t count = 0;

	if (!plan_expect(p, n, NODE_MAP, "a map from names to values"))
		return 0;
	v = arena_new_array(p->a, struct push_value, n->n);
	for (size_t i = 0; i < n->n; i++) {
		if (!plan_name_ok(p, n, i, KEY_NAME))
			continue;
		v[count].name = n->key[i];
		v[count].where = n->item[i]->path;
		count += read_template(p, n->item[i], scope, &v[count].value);
	}
	*out = v;
	return count;
}

/* ---- one kind of change ---- */

static void read_action(struct plan_loader *p, const struct node *n, void *into)
{
	struct push_plan *push = into;
	const struct actions *s = p->actions;
	const char **name;
	struct str text;

	if (!plan_scalar(p, n, KEY_TEXT, &text))
		return;
	push->action = actions_find(s, text);
	if (push->action)
		return;
	if (!s) {
		plan_complain(p, n,
			      "the connector has no actions: there is no NAME.actions.yaml "
			      "beside its manifest");
		return;
	}
	name = arena_new_array(p->a, const char *, s->n + 1);
	for (size_t i = 0; i < s->n; i++)
		name[i] = str_keep(p->a, s->action[i].name).at;
	plan_complain(p, n, "the connector has no action %s%s", plan_quote(p, n),
		      plan_hint(p, text, name, s->n));
}

/* Which tasks there are only the service knows; starting it complains about others. */
static void read_task(struct plan_loader *p, const struct node *n, void *into)
{
	struct push_plan *push = into;

	if (plan_scalar(p, n, KEY_TEXT, &push->task) && !plan_word_ok(push->task))
		plan_complain(p, n, "%s is not a task: letters, digits, - and _", plan_quote(p, n));
}

static void read_also(struct plan_loader *p, const struct node *n, void *into)
{
	struct push_plan *push = into;

	push->alsos = read_values(p, n, &scope_before, &push->also);
}

static void read_key(struct plan_loader *p, const struct node *n, void *into)
{
	read_template(p, n, &scope_job, &((struct push_plan *)into)->key);
}

static void read_lane(struct plan_loader *p, const struct node *n, void *into)
{
	read_template(p, n, &scope_job, &((struct push_plan *)into)->lane);
}

static void read_push_when(struct plan_loader *p, const struct node *n, void *into)
{
	read_template(p, n, &scope_before, &((struct push_plan *)into)->when);
}

static void read_args(struct plan_loader *p, const struct node *n, void *into)
{
	struct push_plan *push = into;

	push->args = read_values(p, n, &scope_before, &push->arg);
}

static void read_write(struct plan_loader *p, const struct node *n, void *into)
{
	struct push_plan *push = into;

	push->writes = read_values(p, n, &scope_done, &push->write);
}

static void read_failed(struct plan_loader *p, const struct node *n, void *into)
{
	struct push_plan *push = into;

	push->faileds = read_values(p, n, &scope_failed, &push->failed);
}

static const struct plan_key push_rows[] = {
	{ .name = "action",
	  .type = KEY_TEXT,
	  .read = read_action,
	  .says = "The connector's action." },
	{ .name = "task",
	  .type = KEY_TEXT,
	  .read = read_task,
	  .says = "In place of an action: a task of the queue, whose job is added by the commit "
		  "that takes the change up." },
	{ .name = "when",
	  .type = KEY_TEMPLATE,
	  .read = read_push_when,
	  .says = "A condition, asked when the change is about to be sent: when it is false, "
		  "nothing is to be done." },
	{ .name = "args",
	  .type = KEY_MAPS,
	  .read = read_args,
	  .says = "What the action or the task is given, by name: expressions over record, "
		  "before, changed, config and related." },
	{ .name = "also",
	  .type = KEY_MAPS,
	  .read = read_also,
	  .says = "The arguments of a second job of the task, where a change concerns two; there "
		  "is none when they are the same, or nothing." },
	{ .name = "key",
	  .type = KEY_TEMPLATE,
	  .read = read_key,
	  .says = "What names a job of the task: while one of that name waits, no other is added. "
		  "An expression over args as well; by default the task with its arguments." },
	{ .name = "lane",
	  .type = KEY_TEMPLATE,
	  .read = read_lane,
	  .says = "Jobs of one lane run one after the other: an expression over args as well." },
	{ .name = "write_back",
	  .type = KEY_MAPS,
	  .read = read_write,
	  .says = "Columns of the record to fill when the vendor has answered: expressions over "
		  "result as well." },
	{ .name = "on_failure",
	  .type = KEY_MAPS,
	  .read = read_failed,
	  .says = "Columns of the record to fill when the vendor has refused: expressions over "
		  "error as well." },
};

static const struct plan_keys push_keys = {
	.name = "push",
	.says = "What is done at the vendor for one kind of change.",
	.key = push_rows,
	.n = COUNT(push_rows),
};

/* ---- conditions ---- */

static bool read_plain(struct plan_loader *p, const struct node *n, struct value *out)
{
	if (!plan_expect(p, n, NODE_SCALAR, "a text, a whole number, true, false or null"))
		return false;
	*out = node_value(p->a, n);
	if (out->kind == VALUE_NULL || out->kind == VALUE_BOOL || out->kind == VALUE_INT ||
	    out->kind == VALUE_STR)
		return true;
	plan_complain(p, n,
		      "a condition compares with a text, a whole number, true, false or null");
	return false;
}

static void read_condition(struct plan_loader *p, const struct node *n, struct watch_condition *c)
{
	size_t count;

	if (n->kind == NODE_MAP) {
		const struct node *negated = node_get(n, "not");

		if (!negated || n->n != 1 || negated->kind == NODE_MAP) {
			plan_complain(p, n,
				      "a condition is a value, a list of values, or "
				      "{ not: … } of either");
			return;
		}
		c->negate = true;
		n = negated;
	}
	count = n->kind == NODE_LIST ? n->n : 1;
	if (count == 0)
		plan_complain(p, n, "there is no value in this list");
	c->any = arena_new_array(p->a, struct value, count);
	for (size_t i = 0; i < count; i++)
		c->anys += read_plain(p, n->kind == NODE_LIST ? n->item[i] : n, &c->any[c->anys]);
}

size_t plan_conditions(struct plan_loader *p, const struct node *n, struct watch_condition **out)
{
	struct watch_condition *when;

	if (!plan_expect(p, n, NODE_MAP, "a map from columns to what they must hold"))
		return 0;
	if (n->n > PLAN_WATCH_WHENS_MAX) {
		plan_complain(p, n, "at most %d columns", PLAN_WATCH_WHENS_MAX);
		return 0;
	}
	*out = when = arena_new_array(p->a, struct watch_condition, n->n);
	for (size_t i = 0; i < n->n; i++) {
		plan_name_ok(p, n, i, KEY_NAME);
		when[i].column = n->key[i];
		read_condition(p, n->item[i], &when[i]);
	}
	return n->n;
}

static void read_when(struct plan_loader *p, const struct node *n, void *into)
{
	struct watch_plan *w = into;

	w->whens = plan_conditions(p, n, &w->when);
}

/* ---- rows of other tables ---- */

static void read_match(struct plan_loader *p, const struct node *n, void *into)
{
	struct related_plan *r = into;

	if (!plan_expect(p, n, NODE_MAP, "a map such as { id: \"{{ record.coach_id }}\" }"))
		return;
	if (n->n != 1) {
		plan_complain(p, n, "match has exactly one column of the other table");
		return;
	}
	if (!plan_name_ok(p, n, 0, KEY_NAME))
		return;
	r->match = n->key[0];
	read_template(p, n->item[0], &scope_before, &r->value);
}

static const struct plan_key related_rows[] = {
	{ .name = "table",
	  .type = KEY_TABLE,
	  .required = true,
	  .offset = offsetof(struct related_plan, table),
	  .says = "The other table." },
	{ .name = "match",
	  .type = KEY_MAPS,
	  .required = true,
	  .read = read_match,
	  .says = "A column of it and what that must hold, an expression; rows above may be "
		  "looked at through `related`." },
};

static const struct plan_keys related_keys = {
	.name = "related",
	.says = "A row of another table that expressions may look at.",
	.key = related_rows,
	.n = COUNT(related_rows),
};

static void read_related(struct plan_loader *p, const struct node *n, void *into)
{
	struct watch_plan *w = into;

	if (!plan_expect(p, n, NODE_MAP, "a map from names to rows of other tables"))
		return;
	w->related = arena_new_array(p->a, struct related_plan, n->n);
	for (; w->relateds < n->n; w->relateds++) {
		struct related_plan *r = &w->related[w->relateds];

		plan_name_ok(p, n, w->relateds, KEY_NAME);
		r->name = n->key[w->relateds];
		r->where = n->item[w->relateds]->path;
		plan_map(p, n->item[w->relateds], &related_keys, r);
	}
}

/* ---- a watch ---- */

size_t plan_names(struct plan_loader *p, const struct node *n, struct str **out)
{
	size_t count = n->kind == NODE_SCALAR ? 1 : n->n, good = 0;

	if (n->kind == NODE_MAP && !plan_expect(p, n, NODE_LIST, "a list of columns"))
		return 0;
	*out = arena_new_array(p->a, struct str, count);
	for (size_t i = 0; i < count; i++)
		good += plan_scalar(p, n->kind == NODE_LIST ? n->item[i] : n, KEY_NAME,
				    &(*out)[good]);
	return good;
}

static void read_columns(struct plan_loader *p, const struct node *n, void *into)
{
	struct watch_plan *w = into;

	w->columns = plan_names(p, n, &w->column);
	if (n->kind == NODE_LIST && n->n == 0)
		plan_complain(p, n, "there is no column in this list");
}

static void read_carried(struct plan_loader *p, const struct node *n, void *into)
{
	struct watch_plan *w = into;

	w->carries = plan_names(p, n, &w->carried);
}

/* An action and a task are two things; what is said for one means nothing to the other. */
static void check_push(struct plan_loader *p, const struct node *n)
{
	static const char *const of_action[] = { "write_back", "on_failure" };
	static const char *const of_task[] = { "also", "key", "lane" };
	bool action = node_get(n, "action"), task = node_get(n, "task");

	if (n->kind != NODE_MAP)
		return;
	if (action == task)
		plan_complain(p, n, "either an action or a task is to be done%s",
			      action ? ", not both" : "");
	for (size_t i = 0; task && i < COUNT(of_action); i++)
		if (node_get(n, of_action[i]))
			plan_complain(p, node_get(n, of_action[i]),
				      "a task tells of nothing to write: this is for actions");
	for (size_t i = 0; action && i < COUNT(of_task); i++)
		if (node_get(n, of_task[i]))
			plan_complain(p, node_get(n, of_task[i]), "this is for tasks");
}

static void read_push(struct plan_loader *p, const struct node *n, struct watch_plan *w,
		      enum push_on on)
{
	w->on[on].where = n->path;
	plan_map(p, n, &push_keys, &w->on[on]);
	check_push(p, n);
}

static void read_insert(struct plan_loader *p, const struct node *n, void *into)
{
	read_push(p, n, into, PUSH_INSERT);
}

static void read_update(struct plan_loader *p, const struct node *n, void *into)
{
	read_push(p, n, into, PUSH_UPDATE);
}

static void read_delete(struct plan_loader *p, const struct node *n, void *into)
{
	read_push(p, n, into, PUSH_DELETE);
}

static const struct plan_key watch_rows[] = {
	{ .name = "table",
	  .type = KEY_TABLE,
	  .required = true,
	  .offset = offsetof(struct watch_plan, table),
	  .says = "The table; `lockstep migrate` puts triggers on it." },
	{ .name = "key",
	  .type = KEY_NAME,
	  .fallback = "id",
	  .offset = offsetof(struct watch_plan, key),
	  .says = "The column that names its rows." },
	{ .name = "columns",
	  .type = KEY_TEXTS,
	  .required = true,
	  .read = read_columns,
	  .says = "The columns that the vendor is told about: an update of others is none." },
	{ .name = "carry",
	  .type = KEY_TEXTS,
	  .read = read_carried,
	  .says = "Columns that expressions may look at although a change of theirs is none." },
	{ .name = "when",
	  .type = KEY_MAPS,
	  .read = read_when,
	  .says = "Columns and what they must hold: a value, a list of values, or { not: … }. A "
		  "row that begins to meet this counts as inserted, one that no longer does as "
		  "deleted." },
	{ .name = "related",
	  .type = KEY_MAPS,
	  .of = &related_keys,
	  .read = read_related,
	  .says = "Rows of other tables that expressions may look at, by names of your choice." },
	{ .name = "insert",
	  .type = KEY_MAP,
	  .of = &push_keys,
	  .read = read_insert,
	  .says = "What is done when a row was inserted." },
	{ .name = "update",
	  .type = KEY_MAP,
	  .of = &push_keys,
	  .read = read_update,
	  .says = "What is done when a row was updated." },
	{ .name = "delete",
	  .type = KEY_MAP,
	  .of = &push_keys,
	  .read = read_delete,
	  .says = "What is done when a row was deleted." },
};

const struct plan_keys plan_watch_keys = {
	.name = "watch",
	.says = "A table of your own whose changes go to the vendor.",
	.key = watch_rows,
	.n = COUNT(watch_rows),
};

static void check_watch(struct plan_loader *p, const struct node *n, const struct watch_plan *w)
{
	bool any = false;

	if (n->kind != NODE_MAP)
		return;
	for (size_t i = 0; i < PUSH_ONS; i++)
		any = any || w->on[i].where.len;
	if (!any)
		plan_complain(p, n, "nothing is done with a change: say insert, update or delete");
	if (w->columns + w->carries > PLAN_WATCH_COLUMNS_MAX)
		plan_complain(p, n, "%zu columns are too many: at most %d", w->columns + w->carries,
			      PLAN_WATCH_COLUMNS_MAX);
}

void plan_watches(struct plan_loader *p, const struct node *n, struct connection *c)
{
	if (!plan_expect(p, n, NODE_MAP, "a map from names to watched tables"))
		return;
	c->watch = arena_new_array(p->a, struct watch_plan, n->n);
	for (; c->watches < n->n; c->watches++) {
		struct watch_plan *w = &c->watch[c->watches];

		if (!plan_word_ok(n->key[c->watches]))
			plan_complain_key(p, n, c->watches,
					  "a name is made of letters, digits, - and _");
		plan_defaults(p, &plan_watch_keys, w);
		w->name = n->key[c->watches];
		w->where = n->item[c->watches]->path;
		plan_map(p, n->item[c->watches], &plan_watch_keys, w);
		check_watch(p, n->item[c->watches], w);
	}
}

const struct watch_plan *plan_watch(const struct connection *c, struct str name)
{
	for (size_t i = 0; i < c->watches; i++)
		if (str_eq(c->watch[i].name, name))
			return &c->watch[i];
	return NULL;
}

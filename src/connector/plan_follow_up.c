/* SPDX-License-Identifier: Apache-2.0 */
/*
 * plan_follow_up.c - the job that is to come when a run has changed rows of a table.
 *
 * Which tasks there are only the service knows; a job of a task that nobody has ends dead and says
 * so.
 */
#include "connector/plan_read.h"
#include "data/json.h"

#define ARGS_BYTES_MAX ((size_t)64 * 1024)
#define TASK_BYTES_MAX 64

static void read_task(struct plan_loader *p, const struct node *n, void *into)
{
	struct str task;

	if (!plan_scalar(p, n, KEY_TEXT, &task))
		return;
	if (plan_word_ok(task) && task.len <= TASK_BYTES_MAX)
		*(struct str *)into = task;
	else
		plan_complain(p, n, "%s is not a task: letters, digits, - and _, at most %d bytes",
			      plan_quote(p, n), TASK_BYTES_MAX);
}

static void read_args(struct plan_loader *p, const struct node *n, void *into)
{
	struct buf b;
	struct err e;

	if (!plan_expect(p, n, NODE_MAP, "a map of constants") || env_broken(&p->env, n))
		return;
	buf_in(&b, p->a, ARGS_BYTES_MAX);
	if (json_write(&b, node_value(p->a, n), &e))
		*(struct str *)into = buf_str(&b);
	else
		plan_complain(p, n, "these cannot be a job's arguments: %s", e.text);
}

static const char *const on_words[] = {
	[FOLLOW_UP_CREATED] = "created", [FOLLOW_UP_CHANGED] = "changed", NULL
};

#define AT(member) offsetof(struct follow_up_plan, member)
static const struct plan_key follow_up_rows[] = {
	{ .name = "task",
	  .type = KEY_TEXT,
	  .required = true,
	  .read = read_task,
	  .offset = AT(task),
	  .says = "The task of the job." },
	{ .name = "args",
	  .type = KEY_MAPS,
	  .read = read_args,
	  .offset = AT(args),
	  .says = "Its arguments, constants by name." },
	{ .name = "after",
	  .type = KEY_DURATION,
	  .fallback = "0s",
	  .offset = AT(after_ms),
	  .says = "How long it waits, so that many commits have one job." },
	{ .name = "on",
	  .type = KEY_WORD,
	  .word = on_words,
	  .fallback = "changed",
	  .offset = AT(on),
	  .says = "What calls for it: rows that were created, or also those that were updated." },
};
#undef AT

const struct plan_keys plan_follow_up_keys = {
	.name = "follow_up",
	.says = "A job that comes, once, when a run has changed rows of the table.",
	.key = follow_up_rows,
	.n = COUNT(follow_up_rows),
};

void plan_read_follow_up(struct plan_loader *p, const struct node *n, void *into)
{
	struct follow_up_plan *f = arena_new_struct(p->a, struct follow_up_plan);

	f->args = STR("{}");
	plan_defaults(p, &plan_follow_up_keys, f);
	plan_map(p, n, &plan_follow_up_keys, f);
	*(const struct follow_up_plan **)into = f;
}

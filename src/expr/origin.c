/* SPDX-License-Identifier: Apache-2.0 */
/* origin.c - which member of a variable a template reads. */
#include "expr/origin.h"

#include "expr/ast.h"

#define POINTER_BYTES_MAX 1024

static void add_step(struct buf *b, struct str name)
{
	buf_char(b, '/');
	for (size_t i = 0; i < name.len; i++) {
		if (name.at[i] == '~')
			buf_add(b, STR("~0"));
		else if (name.at[i] == '/')
			buf_add(b, STR("~1"));
		else
			buf_char(b, name.at[i]);
	}
}

/* record.a["b"][0]: false for whatever is no such chain, or ends in a computed step. */
static bool chain(const struct node *n, struct arena *a, size_t slot, struct buf *b)
{
	struct value step;

	if (n->kind == NODE_VARIABLE)
		return n->slot == slot;
	if (n->kind == NODE_ATTRIBUTE && chain(n->kid[0], a, slot, b)) {
		add_step(b, n->value.s);
		return true;
	}
	if (n->kind != NODE_ITEM || n->kid[1]->kind != NODE_CONST || !chain(n->kid[0], a, slot, b))
		return false;
	step = n->kid[1]->value;
	if (step.kind == VALUE_STR)
		add_step(b, step.s);
	else if (step.kind == VALUE_INT && step.i >= 0)
		add_step(b, str_printf(a, "%lld", (long long)step.i));
	else
		return false;
	return true;
}

static bool find(const struct node *n, struct arena *a, size_t slot, struct buf *b);

static bool find_in_call(const struct node *n, struct arena *a, size_t slot, struct buf *b)
{
	for (uint32_t i = 0; i < n->slot; i++)
		for (size_t k = 0; k < n->call[i].n; k++)
			if (n->call[i].arg[k] && find(n->call[i].arg[k], a, slot, b))
				return true;
	return false;
}

/* The leftmost chain of the tree; its depth is bounded by the parser. */
static bool find(const struct node *n, struct arena *a, size_t slot, struct buf *b)
{
	buf_reset(b);
	if (n->kind != NODE_VARIABLE && chain(n, a, slot, b) && b->len > 0)
		return true;
	for (uint32_t i = 0; i < n->n; i++)
		if (n->kid[i] && find(n->kid[i], a, slot, b))
			return true;
	return n->kind == NODE_CALL && find_in_call(n, a, slot, b);
}

bool template_origin(const struct template *t, struct arena *a, size_t slot, struct str *pointer)
{
	struct buf b;
	bool found = false;

	buf_in(&b, a, POINTER_BYTES_MAX);
	if (t->lone)
		found = find(t->lone, a, slot, &b);
	for (const struct part *p = t->first; p && !found && !t->lone; p = p->next)
		found = p->node && find(p->node, a, slot, &b);
	if (!found || b.failed)
		return false;
	*pointer = buf_str(&b);
	return true;
}

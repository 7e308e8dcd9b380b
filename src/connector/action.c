/* SPDX-License-Identifier: Apache-2.0 */
/*
 * action.c - reads a connector's actions by the tables of their properties.
 *
 * As with manifests, everything that is wrong is found, and nothing is handed out when anything is.
 */
#include "connector/action.h"

#include "connector/document.h"
#include "connector/manifest_parts.h"

/* ---- parts ---- */

static void extract_one(struct reader *r, const struct node *n, size_t i,
			struct action_extract *out)
{
	out->name = n->key[i];
	slot_read(r, n->item[i], &scope_outcome, &out->value);
}

static void action_extracts(struct reader *r, const struct node *n, void *field)
{
	struct action *c = field;

	if (!read_kind(r, n, NODE_MAP))
		return;
	c->extract = arena_new_array(r->arena, struct action_extract, n->n);
	for (; c->extracts < n->n; c->extracts++)
		extract_one(r, n, c->extracts, &c->extract[c->extracts]);
}

static void lookup_extracts(struct reader *r, const struct node *n, void *field)
{
	struct action_lookup *l = field;

	if (!read_kind(r, n, NODE_MAP))
		return;
	l->extract = arena_new_array(r->arena, struct action_extract, n->n);
	for (; l->extracts < n->n; l->extracts++)
		extract_one(r, n, l->extracts, &l->extract[l->extracts]);
}

static void requester_read(struct reader *r, const struct node *n, void *field)
{
	r->request_scope = &scope_action;
	component_read(r, n, &requester_set, field);
	r->request_scope = NULL;
}

static void lookup_start(struct reader *r, void *into)
{
	(void)r; /* nothing of it lives in the arena */
	((struct action_lookup *)into)->settle_s = ACTION_SETTLE_S_DEFAULT;
}

#define AT(member) offsetof(struct action_lookup, member)
static const struct property lookup_properties[] = {
	{ .name = "requester",
	  .kind = PROPERTY_READ,
	  .required = true,
	  .offset = AT(requester),
	  .read = requester_read },
	{ .name = "found", .kind = PROPERTY_SLOT, .offset = AT(found), .scope = &scope_outcome },
	{ .name = "extract", .kind = PROPERTY_READ, .read = lookup_extracts },
	{ .name = "settle_seconds", .kind = PROPERTY_INT, .offset = AT(settle_s) },
	{ .name = "description", .kind = PROPERTY_NOTE },
};
static const struct component lookup = { .type = "lookup",
					 .property = lookup_properties,
					 .properties = COUNT(lookup_properties),
					 .start = lookup_start };
#undef AT

static void lookup_read(struct reader *r, const struct node *n, void *field)
{
	struct action_lookup *l = arena_new_struct(r->arena, struct action_lookup);

	if (component_read_as(r, n, &lookup, l))
		*(struct action_lookup **)field = l;
}

static void success_read(struct reader *r, const struct node *n, void *field)
{
	struct action *c = field;

	c->success = read_codes(r, n, &c->successes);
}

static void server_error_read(struct reader *r, const struct node *n, void *field)
{
	static const char *const word[] = {
		[SERVER_ERROR_IN_DOUBT] = "in_doubt", [SERVER_ERROR_NO_EFFECT] = "no_effect"
	};
	size_t i;

	if (read_word(r, n, word, COUNT(word), &i))
		*(enum action_server_error *)field = (enum action_server_error)i;
}

/* ---- an action ---- */

static void action_start(struct reader *r, void *into)
{
	(void)r; /* nothing of it lives in the arena */
	((struct action *)into)->attempts_max = ACTION_ATTEMPTS_DEFAULT;
}

static void action_finish(struct reader *r, const struct node *n, void *into)
{
	struct action *c = into;
	const struct node *attempts = node_get(n, "attempts_max");

	if (attempts && c->attempts_max < 1)
		READER_SAYS(r, attempts, "at least one attempt is needed");
	for (size_t i = 0; i < c->successes; i++)
		if (c->success[i] < 200 || c->success[i] > 299)
			READER_SAYS(r, node_get(n, "success"),
				    "%d is no success; let the error_handler IGNORE it instead",
				    c->success[i]);
}

#define AT(member) offsetof(struct action, member)
static const struct property action_properties[] = {
	{ .name = "requester",
	  .kind = PROPERTY_READ,
	  .required = true,
	  .offset = AT(requester),
	  .read = requester_read },
	{ .name = "success", .kind = PROPERTY_READ, .read = success_read },
	{ .name = "extract", .kind = PROPERTY_READ, .read = action_extracts },
	{ .name = "idempotency_header", .kind = PROPERTY_TEXT, .offset = AT(idempotency_header) },
	{ .name = "safe_to_repeat", .kind = PROPERTY_BOOL, .offset = AT(safe_to_repeat) },
	{ .name = "server_error",
	  .kind = PROPERTY_READ,
	  .offset = AT(server_error),
	  .read = server_error_read },
	{ .name = "lookup", .kind = PROPERTY_READ, .offset = AT(lookup), .read = lookup_read },
	{ .name = "attempts_max", .kind = PROPERTY_INT, .offset = AT(attempts_max) },
	{ .name = "description", .kind = PROPERTY_NOTE },
};
static const struct component action = { .type = "action",
					 .property = action_properties,
					 .properties = COUNT(action_properties),
					 .start = action_start,
					 .finish = action_finish };
#undef AT

/* ---- the file ---- */

static bool word_ok(struct str s)
{
	for (size_t i = 0; i < s.len; i++) {
		char c = s.at[i];

		if ((c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '_')
			return false;
	}
	return s.len > 0;
}

static void actions_read(struct reader *r, const struct node *n, void *field)
{
	struct actions *s = field;

	if (!read_kind(r, n, NODE_MAP))
		return;
	s->action = arena_new_array(r->arena, struct action, n->n);
	for (; s->n < n->n; s->n++) {
		struct action *c = &s->action[s->n];

		if (!word_ok(n->key[s->n]))
			complain_key(r->list, r->arena, n, s->n, r->file,
				     "an action's name is made of lower-case letters, digits and "
				     "_");
		c->name = n->key[s->n];
		c->where = n->item[s->n]->path;
		if (node_is_null(n->item[s->n]))
			complain_key(r->list, r->arena, n, s->n, r->file,
				     "an action has at least a requester");
		else
			component_read_as(r, n->item[s->n], &action, c);
	}
}

static const struct property file_properties[] = {
	{ .name = "actions", .kind = PROPERTY_READ, .required = true, .read = actions_read },
	{ .name = "definitions", .kind = PROPERTY_NOTE },
	{ .name = "description", .kind = PROPERTY_NOTE },
};
static const struct component file = { .type = "file",
				       .property = file_properties,
				       .properties = COUNT(file_properties) };

/* The components of the format below ours: each requester is the root of a tree of them. */
static bool propagate_one(struct resolver *r, const struct node *parent)
{
	struct node *requester = parent ? node_get(parent, "requester") : NULL;

	/* One without a type is complained about when it is read. */
	return !requester || !node_get(requester, "type") || parameters_propagate(r, requester);
}

static bool propagate(struct resolver *r, const struct node *tree)
{
	const struct node *all = node_get(tree, "actions");
	bool ok = true;

	for (size_t i = 0; all && all->kind == NODE_MAP && i < all->n; i++)
		ok = ok && propagate_one(r, all->item[i]) &&
		     propagate_one(r, node_get(all->item[i], "lookup"));
	return ok;
}

static void file_read(struct resolver *resolver, struct reader *r, struct node *tree, void *into)
{
	((struct actions *)into)->file = r->file;
	if (propagate(resolver, tree))
		component_read_as(r, tree, &file, into);
}

static const struct document document = { "an actions file", file_read };

bool actions_parse(struct arena *a, struct str text, struct str name, const struct actions **out,
		   struct complaints *list, struct err *e)
{
	struct actions *s = arena_new_struct(a, struct actions);

	if (!document_parse(a, text, name, &document, s, list, e))
		return false;
	*out = s;
	return true;
}

bool actions_load(struct arena *a, const char *path, const struct actions **out,
		  struct complaints *list, struct err *e)
{
	struct actions *s = arena_new_struct(a, struct actions);

	if (!document_load(a, path, &document, s, list, e))
		return false;
	*out = s;
	return true;
}

const struct action *actions_find(const struct actions *s, struct str name)
{
	for (size_t i = 0; s && i < s->n; i++)
		if (str_eq(s->action[i].name, name))
			return &s->action[i];
	return NULL;
}

struct str actions_path(struct arena *a, struct str manifest)
{
	return document_beside(a, manifest, "actions");
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * manifest_stream.c - a stream, made of its parts; and which streams there are.
 */
#include "connector/manifest_parts.h"

#define AT(member) offsetof(struct stream, member)

/* ---- which streams there are ---- */

/* Two nodes make the same stream when they have one name and come from the same text. */
static bool is_same_stream(const struct node *a, const struct node *b)
{
	const struct node *an = node_get(a, "name"), *bn = node_get(b, "name");

	if (a == b)
		return true;
	if (!an || !bn || !str_eq(an->text, bn->text))
		return false;
	return a->origin && b->origin && node_same(a->origin, b->origin);
}

size_t streams_find(struct node_list list, const struct node *n)
{
	size_t i = 0;

	while (i < list.n && !is_same_stream(list.at[i], n))
		i++;
	return i;
}

static void list_add(struct arena *a, struct node_list *list, size_t *cap, const struct node *n)
{
	if (list->n == *cap) {
		size_t grown = *cap ? 2 * *cap : 16;

		list->at = arena_grow(a, list->at, *cap * sizeof(*list->at),
				      grown * sizeof(*list->at));
		*cap = grown;
	}
	list->at[list->n++] = n;
}

static const struct node *parents_of(const struct node *router)
{
	const struct node *configs = node_get(router, "parent_stream_configs");

	return configs && configs->kind == NODE_LIST ? configs : NULL;
}

static void collect_parents(struct arena *a, struct node_list *list, size_t *cap,
			    const struct node *router)
{
	const struct node *configs = parents_of(router);

	for (size_t i = 0; configs && i < configs->n; i++) {
		const struct node *stream = node_get(configs->item[i], "stream");

		if (stream && stream->kind == NODE_MAP && streams_find(*list, stream) == list->n)
			list_add(a, list, cap, stream);
	}
}

static void collect_routers(struct arena *a, struct node_list *list, size_t *cap,
			    const struct node *stream)
{
	const struct node *retriever = node_get(stream, "retriever");
	const struct node *router = retriever ? node_get(retriever, "partition_router") : NULL;

	if (!router)
		return;
	if (router->kind == NODE_MAP)
		collect_parents(a, list, cap, router);
	for (size_t i = 0; router->kind == NODE_LIST && i < router->n; i++)
		collect_parents(a, list, cap, router->item[i]);
}

struct node_list streams_collect(struct arena *a, const struct node *public_streams)
{
	struct node_list list = { .n = 0 };
	size_t cap = 0;

	for (size_t i = 0; i < public_streams->n; i++)
		list_add(a, &list, &cap, public_streams->item[i]);
	for (size_t i = 0; i < list.n; i++)
		collect_routers(a, &list, &cap, list.at[i]);
	return list;
}

/* ---- its parts ---- */

static const struct property retriever_properties[] = {
	{ .name = "requester",
	  .kind = PROPERTY_COMPONENT,
	  .required = true,
	  .offset = AT(requester),
	  .set = &requester_set },
	{ .name = "record_selector",
	  .kind = PROPERTY_COMPONENT,
	  .required = true,
	  .offset = AT(selector),
	  .set = &selector_set },
	{ .name = "paginator",
	  .kind = PROPERTY_COMPONENT,
	  .offset = AT(paginator),
	  .set = &paginator_set },
	{ .name = "partition_router", .kind = PROPERTY_READ, .read = routers_read },
	{ .name = "ignore_stream_slicer_parameters_on_paginated_requests",
	  .kind = PROPERTY_BOOL,
	  .offset = AT(ignore_slicer_options_on_paging) },
	{ .name = "decoder", .kind = PROPERTY_COMPONENT, .set = &decoder_set },
	{ .name = "pagination_reset", .kind = PROPERTY_REFUSED },
	{ .name = "name", .kind = PROPERTY_NOTE },
	{ .name = "primary_key", .kind = PROPERTY_NOTE },
};
static const struct component retriever = { .type = "SimpleRetriever",
					    .property = retriever_properties,
					    .properties = COUNT(retriever_properties) };
static const struct component *const retrievers[] = { &retriever };
static const struct component_set retriever_set = { retrievers, COUNT(retrievers) };

static void schema_map(struct reader *r, const struct node *n, void *field)
{
	if (read_kind(r, n, NODE_MAP))
		*(struct value *)field = node_value(r->arena, n);
}

static const struct property inline_properties[] = {
	{ .name = "schema", .kind = PROPERTY_READ, .offset = AT(schema), .read = schema_map },
};
static const struct component inline_schema = { .type = "InlineSchemaLoader",
						.property = inline_properties,
						.properties = COUNT(inline_properties) };
static const struct component *const schema_loaders[] = { &inline_schema };
static const struct component_set schema_loader_set = { schema_loaders, COUNT(schema_loaders) };

bool read_steps(struct reader *r, const struct node *n, struct path *out)
{
	struct path p = { .n = 0 };

	if (!read_kind(r, n, NODE_LIST))
		return false;
	p.step = arena_new_array(r->arena, struct str, n->n);
	for (; p.n < n->n; p.n++)
		if (!read_text(r, n->item[p.n], &p.step[p.n]))
			return false;
	*out = p;
	return true;
}

/* One key, a list of keys, or a list of paths. */
static void stream_key(struct reader *r, const struct node *n, void *field)
{
	struct stream *s = field;
	size_t n_keys = n->kind == NODE_LIST ? n->n : 1;

	if (n->kind == NODE_MAP) {
		READER_SAYS(r, n, "a text or a list is expected here, not a map");
		return;
	}
	s->primary_key = arena_new_array(r->arena, struct path, n_keys);
	for (size_t i = 0; i < n_keys; i++) {
		const struct node *key = n->kind == NODE_LIST ? n->item[i] : n;
		struct path *p = &s->primary_key[s->primary_keys];

		if (key->kind == NODE_LIST) {
			s->primary_keys += read_steps(r, key, p);
			continue;
		}
		p->step = arena_new_array(r->arena, struct str, 1);
		p->n = 1;
		s->primary_keys += read_text(r, key, &p->step[0]);
	}
}

static void stream_cursor(struct reader *r, const struct node *n, void *field)
{
	struct stream *s = field;
	struct datetime_cursor *c = arena_new_struct(r->arena, struct datetime_cursor);

	if (component_read(r, n, &cursor_set, c))
		s->cursor = c;
}

static void stream_finish(struct reader *r, const struct node *n, void *into)
{
	struct stream *s = into;

	s->where = n->path;
	if (node_get(n, "name") && s->name.len == 0)
		READER_SAYS(r, n, "a stream's name is not empty");
}

static const struct property stream_properties[] = {
	{ .name = "name", .kind = PROPERTY_TEXT, .required = true, .offset = AT(name) },
	{ .name = "retriever",
	  .kind = PROPERTY_COMPONENT,
	  .required = true,
	  .set = &retriever_set },
	{ .name = "primary_key", .kind = PROPERTY_READ, .read = stream_key },
	{ .name = "incremental_sync", .kind = PROPERTY_READ, .read = stream_cursor },
	{ .name = "transformations", .kind = PROPERTY_READ, .read = transforms_read },
	{ .name = "schema_loader", .kind = PROPERTY_COMPONENT, .set = &schema_loader_set },
	{ .name = "description", .kind = PROPERTY_NOTE },
	{ .name = "metadata", .kind = PROPERTY_NOTE },
	{ .name = "state_migrations", .kind = PROPERTY_REFUSED },
	{ .name = "file_uploader", .kind = PROPERTY_REFUSED },
};
static const struct component stream = { .type = "DeclarativeStream",
					 .property = stream_properties,
					 .properties = COUNT(stream_properties),
					 .finish = stream_finish };
static const struct component *const streams[] = { &stream };
const struct component_set stream_set = { streams, COUNT(streams) };

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * manifest_partition.c - the components that cut a stream into parts: partitions and time.
 */
#include "connector/manifest_parts.h"

/* ---- lists ---- */

#define AT(member) offsetof(struct router, member)

static void router_option(struct reader *r, const struct node *n, void *field)
{
	struct router *t = field;

	t->has_option = component_read(r, n, &option_set, &t->option);
}

static void router_values(struct reader *r, const struct node *n, void *field)
{
	if (n->kind == NODE_MAP)
		READER_SAYS(r, n, "a list, or a template that yields one, is expected here");
	else
		mould_read(r, n, &scope_config, field);
}

static const struct property list_properties[] = {
	{ .name = "values",
	  .kind = PROPERTY_READ,
	  .required = true,
	  .offset = AT(values),
	  .read = router_values },
	{ .name = "cursor_field",
	  .kind = PROPERTY_SLOT,
	  .required = true,
	  .offset = AT(cursor_field),
	  .scope = &scope_config },
	{ .name = "request_option", .kind = PROPERTY_READ, .read = router_option },
};
static const struct component list_router = { .type = "ListPartitionRouter",
					      .property = list_properties,
					      .properties = COUNT(list_properties) };

/* ---- parents ---- */

#undef AT
#define AT(member) offsetof(struct parent, member)

static void parent_stream(struct reader *r, const struct node *n, void *field)
{
	struct parent *p = field;
	size_t i = streams_find(*r->stream_node, n);

	if (i < r->stream_node->n)
		p->stream = &r->stream[i];
	else
		READER_SAYS(r, n, "a stream is expected here");
}

static void parent_option(struct reader *r, const struct node *n, void *field)
{
	struct parent *p = field;

	p->has_option = component_read(r, n, &option_set, &p->option);
}

static void parent_extra(struct reader *r, const struct node *n, void *field)
{
	struct parent *p = field;

	if (!read_kind(r, n, NODE_LIST))
		return;
	p->extra_field = arena_new_array(r->arena, struct path, n->n);
	for (size_t i = 0; i < n->n; i++)
		p->extra_fields += read_steps(r, n->item[i], &p->extra_field[p->extra_fields]);
}

/* A list of steps by which the reference asks for more of a parent; the empty one is its default.
 */
static void parent_lazy(struct reader *r, const struct node *n, void *field)
{
	(void)field;
	if (n->kind != NODE_LIST || n->n > 0)
		READER_SAYS(r, n, "ParentStreamConfig.lazy_read_pointer is not supported");
}

static const struct property parent_properties[] = {
	{ .name = "stream", .kind = PROPERTY_READ, .required = true, .read = parent_stream },
	{ .name = "parent_key",
	  .kind = PROPERTY_SLOT,
	  .required = true,
	  .offset = AT(parent_key),
	  .scope = &scope_config },
	{ .name = "partition_field",
	  .kind = PROPERTY_SLOT,
	  .required = true,
	  .offset = AT(partition_field),
	  .scope = &scope_config },
	{ .name = "request_option", .kind = PROPERTY_READ, .read = parent_option },
	{ .name = "incremental_dependency",
	  .kind = PROPERTY_BOOL,
	  .offset = AT(incremental_dependency) },
	{ .name = "extra_fields", .kind = PROPERTY_READ, .read = parent_extra },
	{ .name = "lazy_read_pointer", .kind = PROPERTY_READ, .read = parent_lazy },
};
static const struct component parent = { .type = "ParentStreamConfig",
					 .property = parent_properties,
					 .properties = COUNT(parent_properties) };
static const struct component *const parents[] = { &parent };
static const struct component_set parent_set = { parents, COUNT(parents) };

static void substream_parents(struct reader *r, const struct node *n, void *field)
{
	struct router *t = field;

	t->parent = component_list(r, n, &parent_set, sizeof(*t->parent), &t->parents);
	if (n->kind == NODE_LIST && n->n == 0)
		READER_SAYS(r, n, "at least one parent is expected here");
}

static const struct property substream_properties[] = {
	{ .name = "parent_stream_configs",
	  .kind = PROPERTY_READ,
	  .required = true,
	  .read = substream_parents },
};
static const struct component substream = { .type = "SubstreamPartitionRouter",
					    .property = substream_properties,
					    .properties = COUNT(substream_properties),
					    .kind_at = offsetof(struct router, kind),
					    .kind = ROUTER_SUBSTREAM };
static const struct component *const routers[] = { &list_router, &substream };
static const struct component_set router_set = { routers, COUNT(routers) };

void routers_read(struct reader *r, const struct node *n, void *stream)
{
	struct stream *s = stream;

	if (n->kind == NODE_LIST) {
		s->router = component_list(r, n, &router_set, sizeof(*s->router), &s->routers);
		return;
	}
	s->router = arena_new_struct(r->arena, struct router);
	s->routers = component_read(r, n, &router_set, s->router);
}

/* ---- time ---- */

#undef AT
#define AT(member) offsetof(struct moment_bound, member)

static void bound_format(struct reader *r, const struct node *n, void *field)
{
	if (n->kind != NODE_SCALAR || n->text.len)
		read_format(r, n, field);
}

static const struct property bound_properties[] = {
	{ .name = "datetime",
	  .kind = PROPERTY_SLOT,
	  .required = true,
	  .offset = AT(datetime),
	  .scope = &scope_config },
	{ .name = "datetime_format",
	  .kind = PROPERTY_READ,
	  .offset = AT(format),
	  .read = bound_format },
	{ .name = "min_datetime",
	  .kind = PROPERTY_SLOT,
	  .offset = AT(min),
	  .scope = &scope_config },
	{ .name = "max_datetime",
	  .kind = PROPERTY_SLOT,
	  .offset = AT(max),
	  .scope = &scope_config },
};
static const struct component bound = { .type = "MinMaxDatetime",
					.property = bound_properties,
					.properties = COUNT(bound_properties) };
static const struct component *const bounds[] = { &bound };
static const struct component_set bound_set = { bounds, COUNT(bounds) };

#undef AT
#define AT(member) offsetof(struct datetime_cursor, member)

static void cursor_bound(struct reader *r, const struct node *n, void *field)
{
	struct moment_bound *b = field;

	if (n->kind == NODE_SCALAR)
		slot_read(r, n, &scope_config, &b->datetime);
	else
		component_read(r, n, &bound_set, b);
}

static void cursor_format(struct reader *r, const struct node *n, void *field)
{
	read_format(r, n, field);
}

static void cursor_formats(struct reader *r, const struct node *n, void *field)
{
	struct datetime_cursor *c = field;

	if (!read_kind(r, n, NODE_LIST))
		return;
	c->input_format = arena_new_array(r->arena, struct str, n->n);
	for (size_t i = 0; i < n->n; i++)
		c->input_formats += read_format(r, n->item[i], &c->input_format[c->input_formats]);
}

static void cursor_step(struct reader *r, const struct node *n, void *field)
{
	struct datetime_cursor *c = field;

	c->has_step = slot_read(r, n, &scope_config, &c->step);
	if (c->has_step)
		slot_check_duration(r, n, &c->step);
}

static void cursor_lookback(struct reader *r, const struct node *n, void *field)
{
	if (slot_read(r, n, &scope_config, field))
		slot_check_duration(r, n, field);
}

static void cursor_granularity(struct reader *r, const struct node *n, void *field)
{
	read_duration(r, n, field);
}

static void cursor_start_option(struct reader *r, const struct node *n, void *field)
{
	struct datetime_cursor *c = field;

	c->has_start_option = component_read(r, n, &option_set, &c->start_option);
}

static void cursor_end_option(struct reader *r, const struct node *n, void *field)
{
	struct datetime_cursor *c = field;

	c->has_end_option = component_read(r, n, &option_set, &c->end_option);
}

static void cursor_start(struct reader *r, void *into)
{
	struct datetime_cursor *c = into;

	(void)r;
	c->start_field = STR("start_time");
	c->end_field = STR("end_time");
}

static void cursor_finish(struct reader *r, const struct node *n, void *into)
{
	(void)into;
	if (!node_get(n, "step") != !node_get(n, "cursor_granularity"))
		READER_SAYS(r, n, "step and cursor_granularity come together");
}

static const struct property cursor_properties[] = {
	{ .name = "cursor_field",
	  .kind = PROPERTY_SLOT,
	  .required = true,
	  .offset = AT(cursor_field),
	  .scope = &scope_config },
	{ .name = "datetime_format",
	  .kind = PROPERTY_READ,
	  .required = true,
	  .offset = AT(format),
	  .read = cursor_format },
	{ .name = "cursor_datetime_formats", .kind = PROPERTY_READ, .read = cursor_formats },
	{ .name = "start_datetime",
	  .kind = PROPERTY_READ,
	  .required = true,
	  .offset = AT(start),
	  .read = cursor_bound },
	{ .name = "end_datetime", .kind = PROPERTY_READ, .offset = AT(end), .read = cursor_bound },
	{ .name = "step", .kind = PROPERTY_READ, .read = cursor_step },
	{ .name = "cursor_granularity",
	  .kind = PROPERTY_READ,
	  .offset = AT(granularity),
	  .read = cursor_granularity },
	{ .name = "lookback_window",
	  .kind = PROPERTY_READ,
	  .offset = AT(lookback),
	  .read = cursor_lookback },
	{ .name = "start_time_option", .kind = PROPERTY_READ, .read = cursor_start_option },
	{ .name = "end_time_option", .kind = PROPERTY_READ, .read = cursor_end_option },
	{ .name = "partition_field_start", .kind = PROPERTY_TEXT, .offset = AT(start_field) },
	{ .name = "partition_field_end", .kind = PROPERTY_TEXT, .offset = AT(end_field) },
	{ .name = "is_data_feed", .kind = PROPERTY_BOOL, .offset = AT(is_data_feed) },
	{ .name = "is_client_side_incremental", .kind = PROPERTY_BOOL, .offset = AT(client_side) },
	{ .name = "is_compare_strictly", .kind = PROPERTY_FALSE },
	{ .name = "global_substream_cursor", .kind = PROPERTY_FALSE },
	{ .name = "clamping", .kind = PROPERTY_REFUSED },
};
static const struct component cursor = { .type = "DatetimeBasedCursor",
					 .property = cursor_properties,
					 .properties = COUNT(cursor_properties),
					 .start = cursor_start,
					 .finish = cursor_finish };
static const struct component *const cursors[] = { &cursor };
const struct component_set cursor_set = { cursors, COUNT(cursors) };

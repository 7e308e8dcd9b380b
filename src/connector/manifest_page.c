/* SPDX-License-Identifier: Apache-2.0 */
/*
 * manifest_page.c - the components that say how pages follow each other.
 */
#include "connector/manifest_parts.h"

#define AT(member) offsetof(struct paginator, member)

/* A page of nothing would never end. */
static void size_finish(struct reader *r, const struct node *n, void *into)
{
	const struct paginator *p = into;
	const struct node *size = node_get(n, "page_size");
	struct value v;

	if (size && slot_constant(r, &p->page_size, &v) && (v.kind != VALUE_INT || v.i < 1))
		READER_SAYS(r, size, "a whole number from 1 is expected here");
}

static const struct property offset_properties[] = {
	{ .name = "page_size",
	  .kind = PROPERTY_SLOT,
	  .offset = AT(page_size),
	  .scope = &scope_size },
	{ .name = "inject_on_first_request", .kind = PROPERTY_BOOL, .offset = AT(inject_on_first) },
};
static const struct component offset = { .type = "OffsetIncrement",
					 .property = offset_properties,
					 .properties = COUNT(offset_properties),
					 .finish = size_finish,
					 .kind_at = offsetof(struct paginator, kind),
					 .kind = PAGING_OFFSET };

static const struct property number_properties[] = {
	{ .name = "page_size",
	  .kind = PROPERTY_SLOT,
	  .offset = AT(page_size),
	  .scope = &scope_size },
	{ .name = "start_from_page", .kind = PROPERTY_INT, .offset = AT(start_from_page) },
	{ .name = "inject_on_first_request", .kind = PROPERTY_BOOL, .offset = AT(inject_on_first) },
};
static const struct component page_number = { .type = "PageIncrement",
					      .property = number_properties,
					      .properties = COUNT(number_properties),
					      .finish = size_finish,
					      .kind_at = offsetof(struct paginator, kind),
					      .kind = PAGING_PAGE };

static const struct property cursor_properties[] = {
	{ .name = "cursor_value",
	  .kind = PROPERTY_SLOT,
	  .required = true,
	  .offset = AT(cursor_value),
	  .scope = &scope_page },
	{ .name = "stop_condition",
	  .kind = PROPERTY_SLOT,
	  .offset = AT(stop_condition),
	  .scope = &scope_page },
	{ .name = "page_size",
	  .kind = PROPERTY_SLOT,
	  .offset = AT(page_size),
	  .scope = &scope_size },
	{ .name = "decoder", .kind = PROPERTY_COMPONENT, .set = &decoder_set },
};
static const struct component page_cursor = { .type = "CursorPagination",
					      .property = cursor_properties,
					      .properties = COUNT(cursor_properties),
					      .finish = size_finish,
					      .kind_at = offsetof(struct paginator, kind),
					      .kind = PAGING_CURSOR };
static const struct component *const strategies[] = { &offset, &page_number, &page_cursor };
static const struct component_set strategy_set = { strategies, COUNT(strategies) };

/* ---- the whole ---- */

static void page_token_option(struct reader *r, const struct node *n, void *field)
{
	struct paginator *p = field;

	p->has_token_option = component_read(r, n, &token_option_set, &p->token_option);
}

static void page_size_option(struct reader *r, const struct node *n, void *field)
{
	struct paginator *p = field;

	p->has_size_option = component_read(r, n, &option_set, &p->size_option);
}

static void paginator_finish(struct reader *r, const struct node *n, void *into)
{
	const struct paginator *p = into;

	if (p->has_size_option && !p->page_size.template)
		READER_SAYS(r, n,
			    "a page_size_option needs a page_size in the pagination strategy");
	if (p->token_option.into == INJECT_PATH && p->kind != PAGING_CURSOR)
		READER_SAYS(r, n, "a RequestPath needs a CursorPagination");
}

static const struct property paginator_properties[] = {
	{ .name = "pagination_strategy",
	  .kind = PROPERTY_COMPONENT,
	  .required = true,
	  .set = &strategy_set },
	{ .name = "page_token_option", .kind = PROPERTY_READ, .read = page_token_option },
	{ .name = "page_size_option", .kind = PROPERTY_READ, .read = page_size_option },
	{ .name = "decoder", .kind = PROPERTY_COMPONENT, .set = &decoder_set },
};
static const struct component paginator = { .type = "DefaultPaginator",
					    .property = paginator_properties,
					    .properties = COUNT(paginator_properties),
					    .finish = paginator_finish };
static const struct component no_pages = { .type = "NoPagination" };
static const struct component *const paginators[] = { &paginator, &no_pages };
const struct component_set paginator_set = { paginators, COUNT(paginators) };

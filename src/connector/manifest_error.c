/* SPDX-License-Identifier: Apache-2.0 */
/*
 * manifest_error.c - the components that say what an answer means and when to try again.
 */
#include "connector/manifest_parts.h"

#define HANDLERS_MAX 50
#define MAX_TIME_S 600 /* the reference's, which has no property for it */

/* ---- when to try again ---- */

#define AT(member) offsetof(struct backoff, member)

static const struct property constant_properties[] = {
	{ .name = "backoff_time_in_seconds",
	  .kind = PROPERTY_SLOT,
	  .required = true,
	  .offset = AT(seconds),
	  .scope = &scope_config },
};
static const struct component constant = { .type = "ConstantBackoffStrategy",
					   .property = constant_properties,
					   .properties = COUNT(constant_properties),
					   .kind_at = offsetof(struct backoff, kind),
					   .kind = BACKOFF_CONSTANT };

static void exponential_finish(struct reader *r, const struct node *n, void *into)
{
	struct backoff *b = into;

	if (!b->seconds.template)
		slot_make(r, STR("5"), n->path, &b->seconds);
}

static const struct property exponential_properties[] = {
	{ .name = "factor", .kind = PROPERTY_SLOT, .offset = AT(seconds), .scope = &scope_config },
};
static const struct component exponential = { .type = "ExponentialBackoffStrategy",
					      .property = exponential_properties,
					      .properties = COUNT(exponential_properties),
					      .finish = exponential_finish,
					      .kind_at = offsetof(struct backoff, kind),
					      .kind = BACKOFF_EXPONENTIAL };

static void header_regex(struct reader *r, const struct node *n, void *field)
{
	struct str pattern;

	/* the reference matches at the start of the header */
	if (read_pattern(r, n, &pattern))
		*(struct str *)field = str_printf(r->arena, "^(%.*s)", STR_ARG(pattern));
}

static const struct property wait_properties[] = {
	{ .name = "header",
	  .kind = PROPERTY_SLOT,
	  .required = true,
	  .offset = AT(header),
	  .scope = &scope_config },
	{ .name = "regex", .kind = PROPERTY_READ, .offset = AT(regex), .read = header_regex },
	{ .name = "max_waiting_time_in_seconds",
	  .kind = PROPERTY_SLOT,
	  .offset = AT(max_wait_s),
	  .scope = &scope_config },
};
static const struct component wait_header = { .type = "WaitTimeFromHeader",
					      .property = wait_properties,
					      .properties = COUNT(wait_properties),
					      .kind_at = offsetof(struct backoff, kind),
					      .kind = BACKOFF_WAIT_HEADER };

static const struct property until_properties[] = {
	{ .name = "header",
	  .kind = PROPERTY_SLOT,
	  .required = true,
	  .offset = AT(header),
	  .scope = &scope_config },
	{ .name = "regex", .kind = PROPERTY_READ, .offset = AT(regex), .read = header_regex },
	{ .name = "min_wait",
	  .kind = PROPERTY_SLOT,
	  .offset = AT(seconds),
	  .scope = &scope_config },
};
static const struct component until_header = { .type = "WaitUntilTimeFromHeader",
					       .property = until_properties,
					       .properties = COUNT(until_properties),
					       .kind_at = offsetof(struct backoff, kind),
					       .kind = BACKOFF_UNTIL_HEADER };

static const struct component *const backoffs[] = { &constant, &exponential, &wait_header,
						    &until_header };
static const struct component_set backoff_set = { backoffs, COUNT(backoffs) };

#undef AT

/* ---- what an answer means ---- */

#define AT(member) offsetof(struct response_filter, member)

static void filter_action(struct reader *r, const struct node *n, void *field)
{
	static const char *const word[] = {
		"SUCCESS",         "RETRY",        "FAIL",
		"IGNORE",          "RATE_LIMITED", "REFRESH_TOKEN_THEN_RETRY",
		"RESET_PAGINATION"
	};
	size_t i;

	if (read_word(r, n, word, COUNT(word), &i))
		*(enum error_action *)field = (enum error_action)(ACTION_SUCCESS + i);
}

static void filter_failure(struct reader *r, const struct node *n, void *field)
{
	static const char *const word[] = { "system_error", "config_error", "transient_error" };
	size_t i;

	if (read_word(r, n, word, COUNT(word), &i))
		*(enum failure_type *)field = (enum failure_type)(FAILURE_SYSTEM + i);
}

static void filter_codes(struct reader *r, const struct node *n, void *field)
{
	struct response_filter *f = field;

	f->code = read_codes(r, n, &f->codes);
}

static void filter_finish(struct reader *r, const struct node *n, void *into)
{
	struct response_filter *f = into;

	if (!node_get(n, "http_codes") && !node_get(n, "predicate") && !f->contains.len)
		READER_SAYS(r, n,
			    "one of http_codes, predicate and error_message_contains is required");
}

static const struct property filter_properties[] = {
	{ .name = "action", .kind = PROPERTY_READ, .offset = AT(action), .read = filter_action },
	{ .name = "failure_type",
	  .kind = PROPERTY_READ,
	  .offset = AT(failure),
	  .read = filter_failure },
	{ .name = "http_codes", .kind = PROPERTY_READ, .read = filter_codes },
	{ .name = "predicate",
	  .kind = PROPERTY_SLOT,
	  .offset = AT(predicate),
	  .scope = &scope_predicate },
	{ .name = "error_message_contains", .kind = PROPERTY_TEXT, .offset = AT(contains) },
	{ .name = "error_message",
	  .kind = PROPERTY_SLOT,
	  .offset = AT(message),
	  .scope = &scope_message },
};
static const struct component filter = { .type = "HttpResponseFilter",
					 .property = filter_properties,
					 .properties = COUNT(filter_properties),
					 .finish = filter_finish };
static const struct component *const filters[] = { &filter };
static const struct component_set filter_set = { filters, COUNT(filters) };

#undef AT

/* ---- handlers ---- */

/* All handlers of a requester while they are being collected. */
struct handlers {
	struct error_handler at[HANDLERS_MAX];
	size_t n;
	const struct node *too_many;
};

static struct error_handler *handler_add(struct handlers *all, const struct node *n)
{
	if (all->n == HANDLERS_MAX) {
		all->too_many = n;
		all->n--;
	}
	all->at[all->n] = (struct error_handler){ .max_time_s = MAX_TIME_S };
	return &all->at[all->n++];
}

static void handler_filters(struct reader *r, const struct node *n, void *field)
{
	struct error_handler *h = field;

	h->filter = component_list(r, n, &filter_set, sizeof(*h->filter), &h->filters);
}

static void handler_backoffs(struct reader *r, const struct node *n, void *field)
{
	struct error_handler *h = field;

	h->backoff = component_list(r, n, &backoff_set, sizeof(*h->backoff), &h->backoffs);
}

static const struct property handler_properties[] = {
	{ .name = "response_filters", .kind = PROPERTY_READ, .read = handler_filters },
	{ .name = "backoff_strategies", .kind = PROPERTY_READ, .read = handler_backoffs },
	{ .name = "max_retries",
	  .kind = PROPERTY_SLOT,
	  .offset = offsetof(struct error_handler, max_retries),
	  .scope = &scope_config },
};
static const struct component one_handler = { .type = "DefaultErrorHandler",
					      .property = handler_properties,
					      .properties = COUNT(handler_properties) };

static void handlers_read(struct reader *r, const struct node *n, struct handlers *all);

/* The members of a composite stand one after the other; one within another changes nothing. */
static void composite_members(struct reader *r, const struct node *n, void *field)
{
	if (!read_kind(r, n, NODE_LIST))
		return;
	for (size_t i = 0; i < n->n; i++)
		handlers_read(r, n->item[i], field);
}

static const struct property composite_properties[] = {
	{ .name = "error_handlers",
	  .kind = PROPERTY_READ,
	  .required = true,
	  .read = composite_members },
};
static const struct component composite = { .type = "CompositeErrorHandler",
					    .property = composite_properties,
					    .properties = COUNT(composite_properties) };
static const struct component *const composites[] = { &composite };
static const struct component_set composite_set = { composites, COUNT(composites) };
static const struct component *const either[] = { &one_handler, &composite };
static const struct component_set handler_set = { either, COUNT(either) };

static void handlers_read(struct reader *r, const struct node *n, struct handlers *all)
{
	const struct node *type = node_get(n, "type");
	struct error_handler spare;

	if (type && str_eq(type->text, str_from(composite.type)))
		component_read(r, n, &composite_set, all);
	else if (type && str_eq(type->text, str_from(one_handler.type)))
		component_read(r, n, &handler_set, handler_add(all, n));
	else
		component_read(r, n, &handler_set, &spare); /* complains */
}

void error_handlers_read(struct reader *r, const struct node *n, void *requester)
{
	struct handlers *all = arena_new_struct(r->arena, struct handlers);
	struct requester *q = requester;

	handlers_read(r, n, all);
	if (all->too_many)
		READER_SAYS(r, all->too_many, "more than %d error handlers", HANDLERS_MAX);
	if (all->n == 0)
		return;
	q->handler = all->at;
	q->handlers = all->n;
}

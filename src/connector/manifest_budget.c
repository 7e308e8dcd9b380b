/* SPDX-License-Identifier: Apache-2.0 */
/*
 * manifest_budget.c - the components that say how many requests a vendor takes.
 */
#include "connector/manifest_parts.h"

#define AT(member) offsetof(struct call_policy, member)
#define MATCHER(member) offsetof(struct request_matcher, member)

static void matcher_map(struct reader *r, const struct node *n, void *field)
{
	if (read_kind(r, n, NODE_MAP))
		*(struct value *)field = node_value(r->arena, n);
}

static void matcher_pattern(struct reader *r, const struct node *n, void *field)
{
	read_pattern(r, n, field);
}

static const struct property matcher_properties[] = {
	{ .name = "method", .kind = PROPERTY_TEXT, .offset = MATCHER(method) },
	{ .name = "url_base", .kind = PROPERTY_TEXT, .offset = MATCHER(url_base) },
	{ .name = "url_path_pattern",
	  .kind = PROPERTY_READ,
	  .offset = MATCHER(url_path_regex),
	  .read = matcher_pattern },
	{ .name = "params", .kind = PROPERTY_READ, .offset = MATCHER(params), .read = matcher_map },
	{ .name = "headers",
	  .kind = PROPERTY_READ,
	  .offset = MATCHER(headers),
	  .read = matcher_map },
};
static const struct component matcher = { .type = "HttpRequestRegexMatcher",
					  .property = matcher_properties,
					  .properties = COUNT(matcher_properties) };
static const struct component *const matchers[] = { &matcher };
static const struct component_set matcher_set = { matchers, COUNT(matchers) };

static void policy_matchers(struct reader *r, const struct node *n, void *field)
{
	struct call_policy *p = field;

	p->matcher = component_list(r, n, &matcher_set, sizeof(*p->matcher), &p->matchers);
}

/* A number, or a template that is one without looking at the config: all connections share it. */
static void rate_limit(struct reader *r, const struct node *n, void *field)
{
	struct slot s = { .template = NULL };
	struct value v;

	if (!slot_read(r, n, &scope_config, &s))
		return;
	if (!slot_constant(r, &s, &v) || v.kind != VALUE_INT || v.i < 1)
		READER_SAYS(r, n, "a whole number from 1 is expected here");
	else
		*(int64_t *)field = v.i;
}

static void rate_interval(struct reader *r, const struct node *n, void *field)
{
	struct duration d;

	if (!read_duration(r, n, &d))
		return;
	if (d.months || d.us <= 0)
		READER_SAYS(r, n, "an interval is longer than nothing and holds no months");
	else
		*(struct duration *)field = d;
}

static const struct property rate_properties[] = {
	{ .name = "limit",
	  .kind = PROPERTY_READ,
	  .required = true,
	  .offset = offsetof(struct rate, limit),
	  .read = rate_limit },
	{ .name = "interval",
	  .kind = PROPERTY_READ,
	  .required = true,
	  .offset = offsetof(struct rate, interval),
	  .read = rate_interval },
};
static const struct component rate = { .type = "Rate",
				       .property = rate_properties,
				       .properties = COUNT(rate_properties) };
static const struct component *const rates[] = { &rate };
static const struct component_set rate_set = { rates, COUNT(rates) };

static void policy_rates(struct reader *r, const struct node *n, void *field)
{
	struct call_policy *p = field;

	p->rate = component_list(r, n, &rate_set, sizeof(*p->rate), &p->rates);
	if (n->kind == NODE_LIST && n->n == 0)
		READER_SAYS(r, n, "a window needs a rate");
}

static const struct property moving_properties[] = {
	{ .name = "rates", .kind = PROPERTY_READ, .required = true, .read = policy_rates },
	{ .name = "matchers", .kind = PROPERTY_READ, .required = true, .read = policy_matchers },
};
static const struct component moving = { .type = "MovingWindowCallRatePolicy",
					 .property = moving_properties,
					 .properties = COUNT(moving_properties),
					 .kind_at = offsetof(struct call_policy, kind),
					 .kind = POLICY_MOVING };

static void fixed_start(struct reader *r, void *into)
{
	struct call_policy *p = into;

	p->rate = arena_new_struct(r->arena, struct rate);
	p->rates = 1;
}

static void fixed_limit(struct reader *r, const struct node *n, void *field)
{
	rate_limit(r, n, &((struct call_policy *)field)->rate->limit);
}

static void fixed_period(struct reader *r, const struct node *n, void *field)
{
	rate_interval(r, n, &((struct call_policy *)field)->rate->interval);
}

static const struct property fixed_properties[] = {
	{ .name = "call_limit", .kind = PROPERTY_READ, .required = true, .read = fixed_limit },
	{ .name = "period", .kind = PROPERTY_READ, .required = true, .read = fixed_period },
	{ .name = "matchers", .kind = PROPERTY_READ, .required = true, .read = policy_matchers },
};
static const struct component fixed = { .type = "FixedWindowCallRatePolicy",
					.property = fixed_properties,
					.properties = COUNT(fixed_properties),
					.start = fixed_start,
					.kind_at = AT(kind),
					.kind = POLICY_FIXED };

static const struct property unlimited_properties[] = {
	{ .name = "matchers", .kind = PROPERTY_READ, .required = true, .read = policy_matchers },
};
static const struct component unlimited = { .type = "UnlimitedCallRatePolicy",
					    .property = unlimited_properties,
					    .properties = COUNT(unlimited_properties),
					    .kind_at = offsetof(struct call_policy, kind),
					    .kind = POLICY_UNLIMITED };
static const struct component *const policies[] = { &moving, &fixed, &unlimited };
static const struct component_set policy_set = { policies, COUNT(policies) };

static void budget_policies(struct reader *r, const struct node *n, void *field)
{
	struct budget *b = field;

	b->policy = component_list(r, n, &policy_set, sizeof(*b->policy), &b->policies);
}

#undef AT
#define AT(member) offsetof(struct budget, member)

static const struct property budget_properties[] = {
	{ .name = "policies", .kind = PROPERTY_READ, .required = true, .read = budget_policies },
	/* What the ledger counts is not corrected by what the vendor says of its own count: a 429
	 * and its Retry-After hold everybody. */
	{ .name = "ratelimit_reset_header", .kind = PROPERTY_NOTE },
	{ .name = "ratelimit_remaining_header", .kind = PROPERTY_NOTE },
	{ .name = "status_codes_for_ratelimit_hit", .kind = PROPERTY_NOTE },
	{ .name = "maximum_attempts_to_acquire", .kind = PROPERTY_NOTE },
};
static const struct component budget = { .type = "HTTPAPIBudget",
					 .property = budget_properties,
					 .properties = COUNT(budget_properties) };
static const struct component *const budgets[] = { &budget };
const struct component_set budget_set = { budgets, COUNT(budgets) };

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fc_bill.c - credits by month, plans, and the limit of requests a minute that goes with a plan.
 *
 * Always: what is spent in all months together and what remains differ from what was ever given by
 * nothing.  A plan that is paid gets its credits anew on the first of each month (UTC).
 */
#include "fc.h"

#include "instant.h"

#include <stdio.h>

#define MINUTE_SECONDS 60
#define DAYS_PAST_MONTH 32

static const struct fc_plan fc_plans[] = {
	{ "free", 1000, 10, false },       { "hobby", 5000, 100, true },
	{ "standard", 100000, 500, true }, { "growth", 500000, 5000, true },
	{ "scale", 1000000, 7500, true },  { NULL, 0, 0, false },
};

const struct fc_plan *fc_plan_find(struct str name)
{
	for (const struct fc_plan *p = fc_plans; p->name; p++)
		if (str_eq(name, str_from(p->name)))
			return p;
	return NULL;
}

/* "2026-11" */
static void name_month(int64_t now_ms, char name[8])
{
	AUTO_BUF iso;

	buf_init(&iso, 64);
	instant_put(&iso, now_ms);
	snprintf(name, 8, "%.7s", iso.at);
}

static int64_t month_start(const char *name)
{
	char day[16];
	int64_t ms = 0;
	struct err e;

	snprintf(day, sizeof day, "%s-01", name);
	if (!instant_parse(str_from(day), &ms, &e))
		assert(false);
	return ms;
}

struct fc_month *fc_bill_month(struct fc *fc, int64_t now_ms)
{
	struct fc_month *m = fc->months;
	char name[8];

	name_month(now_ms, name);
	if (m && strcmp(m->name, name) == 0)
		return m;
	if (m && fc->plan->monthly)
		fc->remaining = fc->plan_credits;
	m = arena_new_struct(fc->arena, struct fc_month);
	memcpy(m->name, name, sizeof name);
	m->next = fc->months;
	fc->months = m;
	return m;
}

void fc_bill_charge(struct fc *fc, int64_t now_ms, int64_t credits)
{
	struct fc_month *m = fc_bill_month(fc, now_ms);

	if (fc->self_hosted)
		return;
	m->spent += credits;
	fc->remaining -= credits;
}

void fc_bill_set_plan(struct fc *fc, const struct fc_plan *plan)
{
	fc->plan = plan;
	fc->plan_credits = plan->credits;
	fc->remaining = plan->credits;
	gate_free(fc->gate);
	fc->gate = gate_new(plan->per_minute, MINUTE_SECONDS);
}

void fc_bill_put(struct fc *fc, int64_t now_ms, struct buf *b)
{
	fc_bill_month(fc, now_ms);
	buf_printf(b,
		   "{\"plan\":\"%s\",\"requests_per_minute\":%lld,\"planCredits\":%lld,"
		   "\"remaining\":%lld,\"months\":[",
		   fc->plan->name, (long long)fc->plan->per_minute, (long long)fc->plan_credits,
		   (long long)fc->remaining);
	for (const struct fc_month *m = fc->months; m; m = m->next)
		buf_printf(b,
			   "%s{\"month\":\"%s\",\"spent\":%lld,\"requests\":%lld,\"failed\":%lld}",
			   m == fc->months ? "" : ",", m->name, (long long)m->spent,
			   (long long)m->requests, (long long)m->failed);
	buf_add(b, STR("]}"));
}

void fc_bill_usage(struct fc *fc, int64_t now_ms, int version, struct buf *b)
{
	const struct fc_month *m = fc_bill_month(fc, now_ms);
	int64_t start = month_start(m->name);
	bool v2 = version == 2;
	char next[8];

	name_month(start + DAYS_PAST_MONTH * MS_PER_DAY, next);
	buf_printf(b, "{\"success\":true,\"data\":{\"%s\":%lld,\"%s\":%lld",
		   v2 ? "remainingCredits" : "remaining_credits", (long long)fc->remaining,
		   v2 ? "planCredits" : "plan_credits", (long long)fc->plan_credits);
	buf_printf(b, ",\"%s\":\"%s-01T00:00:00.000Z\",\"%s\":\"%s-01T00:00:00.000Z\"}}",
		   v2 ? "billingPeriodStart" : "billing_period_start", m->name,
		   v2 ? "billingPeriodEnd" : "billing_period_end", next);
}

bool fc_bill_limited(struct fc *fc, int64_t now_ms, struct reply *reply)
{
	int64_t n = fc->plan->per_minute, wait_ms, seconds;
	char text[320], when[INSTANT_HTTP_SIZE];

	if (fc->self_hosted || fc->modes.no_limits)
		return false;
	wait_ms = gate_pass(fc->gate, now_ms);
	if (!wait_ms)
		return false;
	seconds = (wait_ms + MS_PER_S - 1) / MS_PER_S;
	instant_http(when, now_ms + wait_ms);
	snprintf(
		text, sizeof text,
		"Rate limit exceeded. Consumed (req/min): %lld, Remaining (req/min): 0. Upgrade your "
		"plan at https://firecrawl.dev/pricing for increased rate limits or please retry "
		"after %llds, resets at %s",
		(long long)n + 1, (long long)seconds, when);
	fc_fail(reply, 429, NULL, text);
	if (!fc->modes.no_retry_after)
		snprintf(reply->retry_after, sizeof reply->retry_after, "%lld", (long long)seconds);
	return true;
}

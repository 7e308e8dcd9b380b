/* SPDX-License-Identifier: Apache-2.0 */
/*
 * plan_schedule.c - checks the form of a schedule: `every` a length of time, or a cron expression.
 *
 * Both are kept as text; what they mean in time is the scheduler's.
 */
#include "connector/plan_read.h"
#include "data/cron.h"

#define EVERY_MIN_MS ((int64_t)60 * 1000)
#define JITTER_MAX_MS ((int64_t)60 * 60 * 1000)
#define CATCH_UP_MAX_MS ((int64_t)31 * 24 * 60 * 60 * 1000)

/* In the order of the enums. */
static const char *const overlap_words[] = { "skip", "queue", "allow", NULL };
static const char *const catch_up_words[] = { "one", "all", "none", NULL };

static void read_cron(struct plan_loader *p, const struct node *n, void *into)
{
	struct cron cron;
	struct str text;
	struct err e;

	if (!plan_scalar(p, n, KEY_TEXT, &text))
		return;
	*(struct str *)into = text;
	if (cron_parse(text, &cron, &e))
		return;
	if (env_touched(&p->env, n))
		plan_complain(
			p, n,
			"%s is not a cron expression: it has five fields, minute hour day month "
			"weekday, such as \"0 2 * * *\"",
			plan_quote(p, n));
	else
		plan_complain(p, n, "%s is %s", plan_quote(p, n), e.text);
}

static void read_every(struct plan_loader *p, const struct node *n, void *into)
{
	int64_t ms;

	if (!plan_scalar(p, n, KEY_DURATION, &ms))
		return;
	if (ms < EVERY_MIN_MS)
		plan_complain(p, n, "%s is too short: at least 1m", plan_quote(p, n));
	*(struct str *)into = n->text;
}

static void read_zone_name(struct plan_loader *p, const struct node *n, void *into)
{
	const struct zone *zone;

	if (plan_scalar(p, n, KEY_ZONE, &zone))
		*(struct str *)into = n->text;
}

static const struct plan_key schedule_rows[] = {
	{ .name = "every",
	  .type = KEY_DURATION,
	  .read = read_every,
	  .offset = offsetof(struct schedule_plan, every),
	  .says = "The time between two starts, such as 15m." },
	{ .name = "cron",
	  .type = KEY_TEXT,
	  .read = read_cron,
	  .offset = offsetof(struct schedule_plan, cron),
	  .says = "Five fields: minute, hour, day of the month, month, weekday (0 or 7 is "
		  "Sunday); or @hourly, @daily, @weekly, @monthly, @yearly." },
	{ .name = "timezone",
	  .type = KEY_ZONE,
	  .read = read_zone_name,
	  .offset = offsetof(struct schedule_plan, timezone),
	  .says = "Whose clock cron means; the connection's by default." },
	{ .name = "overlap",
	  .type = KEY_WORD,
	  .word = overlap_words,
	  .fallback = "skip",
	  .offset = offsetof(struct schedule_plan, overlap),
	  .says = "When the last run is not finished yet: skip this one, queue it (at most one "
		  "waits), or allow both." },
	{ .name = "catch_up",
	  .type = KEY_WORD,
	  .word = catch_up_words,
	  .fallback = "one",
	  .offset = offsetof(struct schedule_plan, catch_up),
	  .says = "Of the runs that were due while nobody was there to start them: one (the "
		  "latest), all, or none." },
	{ .name = "catch_up_within",
	  .type = KEY_DURATION,
	  .max = CATCH_UP_MAX_MS,
	  .offset = offsetof(struct schedule_plan, catch_up_ms),
	  .says = "How long ago such a run may have been due; by default as long as from one run "
		  "to the next, at most a day." },
	{ .name = "jitter",
	  .type = KEY_DURATION,
	  .max = JITTER_MAX_MS,
	  .offset = offsetof(struct schedule_plan, jitter_ms),
	  .says = "Start later by up to this much, differently each time, so that not everything "
		  "starts at once." },
};

static const struct plan_keys schedule_keys = {
	.name = "schedule",
	.says = "When runs of one kind start: `every` or `cron`.",
	.key = schedule_rows,
	.n = COUNT(schedule_rows),
};

static void check_jitter(struct plan_loader *p, const struct node *n, const struct schedule_plan *s)
{
	const struct node *jitter = node_get(n, "jitter");
	struct duration every;
	struct err unsaid;

	if (jitter && s->every.len > 0 && duration_parse_plain(s->every, &every, &unsaid) &&
	    s->jitter_ms >= every.us / 1000)
		plan_complain(p, jitter, "the jitter must be shorter than every");
}

static void read_schedule(struct plan_loader *p, const struct node *n, void *into)
{
	bool every, cron;

	plan_map(p, n, &schedule_keys, into);
	if (n->kind != NODE_MAP)
		return;
	every = node_get(n, "every") != NULL;
	cron = node_get(n, "cron") != NULL;
	if (every == cron)
		plan_complain(p, n, "a schedule has either every or cron%s",
			      every ? ", not both" : "");
	else if (every && node_get(n, "timezone"))
		plan_complain(p, node_get(n, "timezone"),
			      "only cron has a timezone; every counts time as it passes");
	check_jitter(p, n, into);
}

static const struct plan_key schedules_rows[] = {
	{ .name = "incremental",
	  .type = KEY_MAP,
	  .of = &schedule_keys,
	  .read = read_schedule,
	  .offset = offsetof(struct connection, incremental),
	  .says = "Runs that fetch what changed." },
	{ .name = "full",
	  .type = KEY_MAP,
	  .of = &schedule_keys,
	  .read = read_schedule,
	  .offset = offsetof(struct connection, full),
	  .says = "Runs that fetch everything and report what is no longer there." },
};

const struct plan_keys plan_schedules_keys = {
	.name = "schedules",
	.says = "When runs start by themselves.",
	.key = schedules_rows,
	.n = COUNT(schedules_rows),
};

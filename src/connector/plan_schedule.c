/* SPDX-License-Identifier: Apache-2.0 */
/*
 * plan_schedule.c - checks the form of a schedule: `every` a length of time, or five cron fields.
 *
 * Both are kept as text; what they mean in time is the scheduler's.  A cron field is a list of
 * "*", numbers and ranges, each with a "/step" if need be.
 */
#include "connector/plan_read.h"

#define EVERY_MIN_MS ((int64_t)60 * 1000)

static const struct cron_field {
	const char *name;
	int64_t min, max;
} cron_fields[] = {
	{ "minute", 0, 59 }, { "hour", 0, 23 },   { "day of the month", 1, 31 },
	{ "month", 1, 12 },  { "weekday", 0, 7 },
};

static bool number_ok(struct str s, int64_t min, int64_t max, int64_t *out)
{
	return s.len > 0 && s.at[0] != '-' && s.at[0] != '+' && str_to_i64(s, out) && *out >= min &&
	       *out <= max;
}

static bool range_ok(struct str s, const struct cron_field *f)
{
	struct str last = s, first = str_cut(&last, '-');
	int64_t from, to;

	if (str_eq(s, STR("*")))
		return true;
	if (!number_ok(first, f->min, f->max, &from))
		return false;
	return first.len == s.len || (number_ok(last, f->min, f->max, &to) && from <= to);
}

static bool field_ok(struct str field, const struct cron_field *f)
{
	int64_t step;

	if (field.len == 0 || field.at[field.len - 1] == ',')
		return false;
	while (field.len) {
		struct str item = str_cut(&field, ','), every = item, range = str_cut(&every, '/');

		if (!range_ok(range, f))
			return false;
		if (range.len < item.len && !number_ok(every, 1, f->max, &step))
			return false;
	}
	return true;
}

static void read_cron(struct plan_loader *p, const struct node *n, void *into)
{
	struct str text, rest;

	if (!plan_scalar(p, n, KEY_TEXT, &text))
		return;
	rest = str_trim(text);
	for (size_t i = 0; i < COUNT(cron_fields); i++) {
		struct str field = str_cut(&rest, ' ');

		rest = str_trim(rest);
		if (field_ok(field, &cron_fields[i]))
			continue;
		plan_complain(p, n,
			      "%s is not a cron schedule: its %s is wrong; it has five fields, "
			      "minute hour day month weekday, such as \"0 2 * * *\"",
			      plan_quote(p, n), cron_fields[i].name);
		return;
	}
	if (rest.len)
		plan_complain(p, n, "%s is not a cron schedule: it has more than five fields",
			      plan_quote(p, n));
	*(struct str *)into = text;
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
		  "Sunday)." },
	{ .name = "timezone",
	  .type = KEY_ZONE,
	  .read = read_zone_name,
	  .offset = offsetof(struct schedule_plan, timezone),
	  .says = "Whose clock cron means; the connection's by default." },
};

static const struct plan_keys schedule_keys = {
	.name = "schedule",
	.says = "When runs of one kind start: `every` or `cron`.",
	.key = schedule_rows,
	.n = COUNT(schedule_rows),
};

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

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * schedule_sheet.c - how `lockstep schedules` shows schedules, their fires and times.
 *
 * Always: a time is shown by the clock of its schedule's zone, with its offset; a zone that cannot
 * be read is UTC.
 */
#include "cli/schedule_sheet.h"

#include "cli/terminal.h"
#include "data/json.h"

#include <stdio.h>

static const struct zone *zone_of(struct arena *a, struct str name)
{
	const struct zone *z = NULL;
	struct err unsaid;

	return name.len > 0 && zone_load(a, name, &z, &unsaid) ? z : NULL;
}

static int32_t offset_of(const struct zone *z, int64_t ms)
{
	return z ? zone_offset_s(z, ms * 1000) : 0;
}

/* "2026-11-26 02:00 -05:00"; seconds only when there are any. */
static struct str clock_text(struct arena *a, const struct zone *z, int64_t ms)
{
	int32_t offset_s = offset_of(z, ms), minutes = (offset_s < 0 ? -offset_s : offset_s) / 60;
	struct civil c = civil_from_us(ms * 1000 + offset_s * US_PER_S);
	struct str seconds = c.second ? str_printf(a, ":%02d", c.second) : STR("");

	return str_printf(a, "%04d-%02d-%02d %02d:%02d%.*s %c%02d:%02d", c.year, c.month, c.day,
			  c.hour, c.minute, STR_ARG(seconds), offset_s < 0 ? '-' : '+',
			  minutes / 60, minutes % 60);
}

static struct value time_value(struct arena *a, const struct zone *z, int64_t ms)
{
	struct value time = { .kind = VALUE_TIME,
			      .us = ms * 1000,
			      .has_offset = true,
			      .offset_s = offset_of(z, ms) };
	struct buf b;

	if (ms == 0 || ms == INT64_MAX)
		return NULL_VALUE;
	buf_in(&b, a, 64);
	moment_write(&b, time);
	return value_str(buf_str(&b));
}

/* "in 4 h 30 m", "2 m ago" */
static struct str relative_text(struct arena *a, int64_t at_ms, int64_t now_ms)
{
	/* Whole seconds: nobody counts the rest. */
	int64_t ms = (at_ms - now_ms) / 1000 * 1000;

	if (ms < 0)
		return str_printf(a, "%.*s ago", STR_ARG(span_text(a, -ms)));
	return ms == 0 ? STR("now") : str_printf(a, "in %.*s", STR_ARG(span_text(a, ms)));
}

/* ---- schedules ---- */

static struct str next_text(struct arena *a, const struct schedule *s, int64_t now_ms)
{
	struct str at;

	if (s->paused)
		return STR("-");
	if (s->next_ms == 0 || s->next_ms == INT64_MAX)
		return s->next_ms ? STR("never") : STR("-");
	at = clock_text(a, zone_of(a, s->zone), s->next_ms);
	return str_printf(a, "%.*s, %.*s", STR_ARG(at),
			  STR_ARG(relative_text(a, s->next_ms, now_ms)));
}

static struct str last_text(struct arena *a, const struct fire *f, int64_t now_ms)
{
	struct str what = f->job_status.len > 0 ? f->job_status : f->outcome;

	if (f->outcome.len == 0)
		return STR("-");
	return str_printf(a, "%.*s, %.*s", STR_ARG(what),
			  STR_ARG(relative_text(a, f->fired_ms, now_ms)));
}

static struct str state_text(struct arena *a, const struct schedule *s)
{
	if (s->paused && s->pause_reason.len > 0)
		return terminal_tint(a, 1, TINT_WARN,
				     str_printf(a, "paused: %.*s", STR_ARG(s->pause_reason)));
	if (s->paused)
		return terminal_tint(a, 1, TINT_WARN, STR("paused"));
	if (s->problem.len > 0)
		return terminal_tint(a, 1, TINT_BAD, STR("cannot run"));
	return terminal_tint(a, 1, TINT_GOOD, STR("on"));
}

void schedules_print(struct arena *a, const struct schedule_shown *s, size_t n, int64_t now_ms)
{
	static const char *const head[] = { "name", "runs", "next", "last", "state" };
	struct sheet *sheet = sheet_new(a, head, COUNT(head), 0);

	for (size_t i = 0; i < n; i++) {
		struct str cell[COUNT(head)] = {
			s[i].schedule.name,
			schedule_words(a, &s[i].schedule),
			next_text(a, &s[i].schedule, now_ms),
			last_text(a, &s[i].last, now_ms),
			state_text(a, &s[i].schedule),
		};

		sheet_add(sheet, cell);
	}
	sheet_print(sheet);
	for (size_t i = 0; i < n; i++)
		if (s[i].schedule.problem.len > 0)
			printf("\n%.*s: %.*s\n", STR_ARG(s[i].schedule.name),
			       STR_ARG(s[i].schedule.problem));
}

static void set_texts(struct arena *a, struct value map, const struct schedule_shown *shown)
{
	static const char *const overlaps[] = { "skip", "queue", "allow" };
	static const char *const catch_ups[] = { "one", "all", "none" };
	const struct schedule *s = &shown->schedule;
	const struct {
		const char *name;
		struct str s;
	} text[] = {
		{ "name", s->name },
		{ "runs", schedule_words(a, s) },
		{ "task", s->task },
		{ "cron", s->cron },
		{ "every", s->every },
		{ "timezone", s->zone },
		{ "overlap", str_from(overlaps[s->overlap]) },
		{ "catch_up", str_from(catch_ups[s->catch_up]) },
		{ "lane", s->lane },
		{ "key", s->key },
		{ "pause_reason", s->pause_reason },
		{ "pause_actor", s->pause_actor },
		{ "origin", s->origin },
		{ "problem", s->problem },
		{ "last_outcome", shown->last.outcome },
		{ "last_job_status", shown->last.job_status },
	};

	for (size_t i = 0; i < COUNT(text); i++)
		value_map_set(a, map, str_from(text[i].name), value_text_or_null(text[i].s));
}

static struct value schedule_value(struct arena *a, const struct schedule_shown *shown)
{
	const struct schedule *s = &shown->schedule;
	const struct zone *z = zone_of(a, s->zone);
	struct value map = value_map_new(a), args = NULL_VALUE;
	struct err unsaid;

	set_texts(a, map, shown);
	if (json_parse(a, s->args, &args, NULL, &unsaid))
		value_map_set(a, map, STR("args"), args);
	value_map_set(a, map, STR("catch_up_ms"), value_int(s->catch_up_ms));
	value_map_set(a, map, STR("jitter_ms"), value_int(s->jitter_ms));
	value_map_set(a, map, STR("paused"), value_bool(s->paused));
	value_map_set(a, map, STR("version"), value_int(s->version));
	value_map_set(a, map, STR("next_at"),
		      s->paused ? NULL_VALUE : time_value(a, z, s->next_ms));
	value_map_set(a, map, STR("last_at"), time_value(a, z, shown->last.fired_ms));
	value_map_set(a, map, STR("last_job"),
		      shown->last.job ? value_int(shown->last.job) : NULL_VALUE);
	return map;
}

struct value schedules_value(struct arena *a, const struct schedule_shown *s, size_t n)
{
	struct value list = value_list_new(a);

	for (size_t i = 0; i < n; i++)
		value_list_add(a, list, schedule_value(a, &s[i]));
	return list;
}

/* ---- fires ---- */

static enum tint tint_of(struct str outcome)
{
	if (str_eq(outcome, STR("missed")))
		return TINT_BAD;
	return str_starts(outcome, STR("skipped")) ? TINT_WARN : TINT_GOOD;
}

void fires_print(struct arena *a, const struct schedule *s, const struct fire *f, size_t n)
{
	static const char *const head[] = { "slot",  "began after", "outcome",
					    "slots", "job",         "status" };
	struct sheet *sheet = sheet_new(a, head, COUNT(head), 1u << 1 | 1u << 3 | 1u << 4);
	const struct zone *z = zone_of(a, s->zone);

	for (size_t i = 0; i < n; i++) {
		struct str cell[COUNT(head)] = {
			clock_text(a, z, f[i].slot_ms),
			span_text(a, f[i].fired_ms - f[i].slot_ms),
			terminal_tint(a, 1, tint_of(f[i].outcome), f[i].outcome),
			grouped_text(a, f[i].slots),
			f[i].job ? str_printf(a, "%lld", (long long)f[i].job) : STR("-"),
			f[i].job_status.len > 0 ? f[i].job_status : STR("-"),
		};

		sheet_add(sheet, cell);
	}
	sheet_print(sheet);
}

struct value fires_value(struct arena *a, const struct fire *f, size_t n)
{
	struct value list = value_list_new(a);

	for (size_t i = 0; i < n; i++) {
		struct value map = value_map_new(a);

		value_map_set(a, map, STR("schedule"), value_str(f[i].schedule));
		value_map_set(a, map, STR("slot_at"), time_value(a, NULL, f[i].slot_ms));
		value_map_set(a, map, STR("fired_at"), time_value(a, NULL, f[i].fired_ms));
		value_map_set(a, map, STR("outcome"), value_str(f[i].outcome));
		value_map_set(a, map, STR("slots"), value_int(f[i].slots));
		value_map_set(a, map, STR("job"), f[i].job ? value_int(f[i].job) : NULL_VALUE);
		value_map_set(a, map, STR("job_status"), value_text_or_null(f[i].job_status));
		value_list_add(a, list, map);
	}
	return list;
}

/* ---- slots to come ---- */

void slots_print(struct arena *a, const struct cadence *c, int64_t now_ms, int64_t count)
{
	static const char *const head[] = { "next", "" };
	struct sheet *sheet = sheet_new(a, head, COUNT(head), 0);
	int64_t at = cadence_next(c, now_ms);

	for (int64_t i = 0; i < count && at < INT64_MAX; i++, at = cadence_next(c, at)) {
		struct str cell[] = { clock_text(a, c->zone, at), relative_text(a, at, now_ms) };

		sheet_add(sheet, cell);
	}
	sheet_print(sheet);
}

struct value slots_value(struct arena *a, const struct cadence *c, int64_t now_ms, int64_t count)
{
	struct value list = value_list_new(a);
	int64_t at = cadence_next(c, now_ms);

	for (int64_t i = 0; i < count && at < INT64_MAX; i++, at = cadence_next(c, at))
		value_list_add(a, list, time_value(a, c->zone, at));
	return list;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cadence.c - when a schedule is due: pure functions of the schedule and the time.
 *
 * Always: slots ascend strictly, a slot's jitter never changes, and of the slots that went by the
 * oldest are given up first.  What is asked once costs the same however long nobody looked.
 */
#include "work/schedule.h"

#define EVERY_MIN_MS ((int64_t)60 * 1000)
#define EVERY_MAX_MS ((int64_t)366 * 24 * 60 * 60 * 1000)
#define DAY_MS ((int64_t)24 * 60 * 60 * 1000)
/* How late a look may be without anything having been missed. */
#define LATE_MS ((int64_t)60 * 1000)
#define CATCH_UP_SLOTS_MAX 1000
/* Slots that are looked at one by one; before them lies what nobody needs to know exactly. */
#define WALK_MAX 10000

static bool every_of(struct str text, int64_t *out, struct err *e)
{
	struct duration d;

	if (!duration_parse_plain(text, &d, e))
		return err_wrap(e, "every '%.*s'", STR_ARG(text));
	if (d.months != 0 || d.us < EVERY_MIN_MS * 1000 || d.us > EVERY_MAX_MS * 1000)
		return err_set(e, ERR_CONFIG,
			       "every '%.*s': at least 1m and at most 366d, in units that have a "
			       "length",
			       STR_ARG(text));
	*out = d.us / 1000;
	return true;
}

bool cadence_of(struct arena *a, const struct schedule *s, struct cadence *out, struct err *e)
{
	struct cadence c = { .anchor_ms = s->anchor_ms };
	struct str zone = s->zone.len > 0 ? s->zone : STR("UTC");

	if ((s->cron.len > 0) == (s->every.len > 0))
		return err_set(e, ERR_CONFIG, "a schedule has either every or cron");
	if (s->every.len > 0) {
		if (!every_of(s->every, &c.every_ms, e))
			return false;
	} else if (!cron_parse(s->cron, &c.cron, e) || !zone_load(a, zone, &c.zone, e)) {
		return false;
	}
	*out = c;
	return true;
}

int64_t cadence_next(const struct cadence *c, int64_t after_ms)
{
	int64_t us, past;

	if (c->every_ms > 0) {
		past = (after_ms - c->anchor_ms) % c->every_ms;
		return after_ms - past + (past < 0 ? 0 : c->every_ms);
	}
	us = cron_next(&c->cron, c->zone, after_ms * 1000);
	return us == INT64_MAX ? INT64_MAX : us / 1000;
}

int64_t schedule_jitter(const struct schedule *s, int64_t slot_ms)
{
	struct rng rng = { str_hash(s->name) ^ (uint64_t)slot_ms };

	return s->jitter_ms > 0 ? (int64_t)rng_below(&rng, (uint64_t)s->jitter_ms) : 0;
}

static struct str every_words(struct arena *a, int64_t ms)
{
	static const struct {
		const char *name;
		int64_t ms;
	} units[] = {
		{ "day", 86400000 }, { "hour", 3600000 }, { "minute", 60000 }, { "second", 1000 }
	};

	for (size_t i = 0; i < COUNT(units); i++) {
		if (ms == units[i].ms)
			return str_printf(a, "every %s", units[i].name);
		if (ms % units[i].ms == 0)
			return str_printf(a, "every %lld %ss", (long long)(ms / units[i].ms),
					  units[i].name);
	}
	return str_printf(a, "every %lld ms", (long long)ms);
}

struct str schedule_words(struct arena *a, const struct schedule *s)
{
	struct cadence c;
	struct err unsaid;
	struct str words;

	/* A zone that is gone does not make the words wrong. */
	if (s->cron.len > 0 && cron_parse(s->cron, &c.cron, &unsaid)) {
		words = cron_words(a, &c.cron);
		return str_printf(a, "%.*s (%.*s)", STR_ARG(words),
				  STR_ARG(s->zone.len > 0 ? s->zone : STR("UTC")));
	}
	if (s->every.len > 0 && every_of(s->every, &c.every_ms, &unsaid))
		return every_words(a, c.every_ms);
	return str_printf(a, "not understood: %.*s", STR_ARG(s->cron.len > 0 ? s->cron : s->every));
}

/* How long after it was due a slot may still run. */
static int64_t window_ms(const struct schedule *s, const struct cadence *c, int64_t slot_ms)
{
	int64_t interval;

	if (s->catch_up == CATCH_UP_NONE)
		return LATE_MS;
	if (s->catch_up_ms > 0)
		return s->catch_up_ms;
	interval = cadence_next(c, slot_ms) - slot_ms;
	return interval < LATE_MS ? LATE_MS : interval > DAY_MS ? DAY_MS : interval;
}

static bool is_due(const struct schedule *s, int64_t slot_ms, int64_t now_ms)
{
	return slot_ms <= now_ms && slot_ms + schedule_jitter(s, slot_ms) <= now_ms;
}

static bool may_run(const struct schedule *s, const struct cadence *c, int64_t slot_ms,
		    int64_t now_ms)
{
	return now_ms - slot_ms - schedule_jitter(s, slot_ms) <= window_ms(s, c, slot_ms);
}

/* The slots that went by, those given up first. */
struct passed {
	int64_t missed; /* how many are given up */
	int64_t first;  /* the first that is not */
	int64_t runs;   /* how many those are */
};

/* Skips ahead when more slots went by than are worth counting: `missed` is then too small. */
static int64_t walk_from(const struct schedule *s, const struct cadence *c, int64_t now_ms)
{
	int64_t longest = s->catch_up_ms > DAY_MS ? s->catch_up_ms : DAY_MS;
	int64_t slot = s->next_ms, i = 0;

	while (i < WALK_MAX && is_due(s, slot, now_ms)) {
		slot = cadence_next(c, slot);
		i++;
	}
	if (i < WALK_MAX || slot > now_ms - s->jitter_ms - longest)
		return s->next_ms;
	return cadence_next(c, now_ms - s->jitter_ms - longest);
}

static struct passed slots_passed(const struct schedule *s, const struct cadence *c, int64_t now_ms)
{
	int64_t most = s->catch_up == CATCH_UP_ALL ? CATCH_UP_SLOTS_MAX : 1;
	struct passed p = { .first = walk_from(s, c, now_ms) };

	for (int64_t slot = p.first; is_due(s, slot, now_ms); slot = cadence_next(c, slot)) {
		p.runs++;
		/* Gives up the oldest for one too many, or everything so far for one too old. */
		if (!may_run(s, c, slot, now_ms)) {
			p.missed += p.runs;
			p.runs = 0;
			p.first = cadence_next(c, slot);
		} else if (p.runs > most) {
			p.missed++;
			p.runs--;
			p.first = cadence_next(c, p.first);
		}
	}
	return p;
}

void schedule_due(const struct schedule *s, const struct cadence *c, int64_t now_ms,
		  struct due *out)
{
	struct due due = { .next_ms = s->next_ms };
	struct passed p;

	if (s->next_ms == 0) {
		due.next_ms = cadence_next(c, now_ms);
	} else if (is_due(s, s->next_ms, now_ms)) {
		p = slots_passed(s, c, now_ms);
		due.missed = p.missed;
		for (due.next_ms = p.first; p.runs > 0 && due.slots < COUNT(due.slot); p.runs--) {
			due.slot[due.slots++] = due.next_ms;
			due.next_ms = cadence_next(c, due.next_ms);
		}
	}
	*out = due;
}

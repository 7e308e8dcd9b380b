/* SPDX-License-Identifier: Apache-2.0 */
/* meter.c - where the time of a stream goes: fetching, transforming, committing, waiting. */
#include "flow/meter.h"

static const char *const spent_names[] = {
	[SPENT_FETCH] = "fetch_ms", [SPENT_TRANSFORM] = "transform_ms", [SPENT_COMMIT] = "commit_ms"
};

static const char *const wait_names[] = { [WAIT_RATE_LIMIT] = "rate_limit",
					  [WAIT_RETRY_AFTER] = "retry_after",
					  [WAIT_BACKOFF] = "backoff",
					  [WAIT_DATABASE] = "database",
					  [WAIT_OTHER] = "other" };

void meter_begin(struct meter *m, struct clock *clock)
{
	*m = (struct meter){ .began_ms = clock_steady_ms(clock) };
	m->lap_ms = m->began_ms;
}

void meter_start(struct meter *m, struct clock *clock)
{
	m->lap_ms = clock_steady_ms(clock);
	m->lap_waited_ms = m->waited_ms;
}

void meter_lap(struct meter *m, struct clock *clock, enum spent_kind what)
{
	int64_t from_ms = m->lap_ms, waited_ms = m->waited_ms - m->lap_waited_ms;

	meter_start(m, clock);
	m->total.spent_ms[what] += m->lap_ms - from_ms - waited_ms;
}

void meter_wait(struct meter *m, enum wait_kind why, int64_t waited_ms)
{
	if (!m)
		return;
	m->total.waits[why]++;
	m->total.wait_ms[why] += waited_ms;
	m->waited_ms += waited_ms;
}

void meter_page_begin(struct meter *m, struct clock *clock)
{
	meter_start(m, clock);
	m->page_from = m->total;
	m->page_at_ms = m->lap_ms - m->began_ms;
}

static int64_t waited(const struct timing *t)
{
	int64_t ms = 0;

	for (int i = 0; i < WAIT_KINDS; i++)
		ms += t->wait_ms[i];
	return ms;
}

void meter_page_end(struct meter *m, int64_t records)
{
	const struct timing *now = &m->total, *from = &m->page_from;

	m->page[m->pages++ % METER_PAGES] = (struct meter_page){
		.at_ms = m->page_at_ms,
		.fetch_ms = now->spent_ms[SPENT_FETCH] - from->spent_ms[SPENT_FETCH],
		.wait_ms = waited(now) - waited(from),
		.transform_ms = now->spent_ms[SPENT_TRANSFORM] - from->spent_ms[SPENT_TRANSFORM],
		.commit_ms = now->spent_ms[SPENT_COMMIT] - from->spent_ms[SPENT_COMMIT],
		.records = records,
	};
}

void timing_add(struct timing *to, const struct timing *t)
{
	for (int i = 0; i < SPENT_KINDS; i++)
		to->spent_ms[i] += t->spent_ms[i];
	for (int i = 0; i < WAIT_KINDS; i++) {
		to->wait_ms[i] += t->wait_ms[i];
		to->waits[i] += t->waits[i];
	}
}

struct value timing_value(struct arena *a, const struct timing *t)
{
	struct value map = value_map_new(a), waits = value_map_new(a);

	for (int i = 0; i < SPENT_KINDS; i++)
		value_map_set(a, map, str_from(spent_names[i]), value_int(t->spent_ms[i]));
	for (int i = 0; i < WAIT_KINDS; i++) {
		struct value one = value_map_new(a);

		if (t->waits[i] == 0)
			continue;
		value_map_set(a, one, STR("count"), value_int(t->waits[i]));
		value_map_set(a, one, STR("ms"), value_int(t->wait_ms[i]));
		value_map_set(a, waits, str_from(wait_names[i]), one);
	}
	value_map_set(a, map, STR("waits"), waits);
	return map;
}

struct value meter_pages_value(struct arena *a, const struct meter *m)
{
	int64_t first = m->pages > METER_PAGES ? m->pages - METER_PAGES : 0;
	struct value map = value_map_new(a), pages = value_list_new(a);

	for (int64_t i = first; i < m->pages; i++) {
		const struct meter_page *p = &m->page[i % METER_PAGES];
		const int64_t number[] = { p->at_ms,        p->fetch_ms,  p->wait_ms,
					   p->transform_ms, p->commit_ms, p->records };
		struct value list = value_list_new(a);

		for (size_t k = 0; k < COUNT(number); k++)
			value_list_add(a, list, value_int(number[k]));
		value_list_add(a, pages, list);
	}
	value_map_set(a, map, STR("first"), value_int(first + 1));
	value_map_set(a, map, STR("pages"), pages);
	return map;
}

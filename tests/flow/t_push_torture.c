/* SPDX-License-Identifier: Apache-2.0 */
/*
 * t_push_torture.c - the n-th contact of a push with vendor or database fails, for every n.
 *
 * A record is created, changed and removed, and something fails once or for good.  Whatever it was,
 * once healed the vendor has acted exactly once on the creation, or the change is shown as unknown
 * and the vendor acted at most once.
 */
#include "pushed.h"

#include "tap.h"

#include <stdio.h>

struct ordeal {
	const char *name, *watch, *ref;
	struct chaos chaos;
};

static const struct ordeal ordeals[] = {
#define EVERY(watch, ref, facet, kind, dies)                 \
	{                                                    \
#facet " " #kind " " #dies, watch, ref,      \
		{                                            \
			facet, 1, kind, dies, false, 0, 0, 0 \
		}                                            \
	}
#define ALL(facet, kind, dies)                                                             \
	EVERY("people", "p1", facet, kind, dies), EVERY("keyed", "k1", facet, kind, dies), \
		EVERY("blind", "b1", facet, kind, dies)
	ALL(FACET_CLIENT, ERR_TRANSIENT, false),
	ALL(FACET_CLIENT, ERR_TRANSIENT, true),
	ALL(FACET_CLIENT, ERR_CANCELLED, true),
	ALL(FACET_STORE, ERR_STORE, false),
	ALL(FACET_STORE, ERR_STORE, true),
	ALL(FACET_STORE, ERR_TRANSIENT, false),
#undef ALL
#undef EVERY
	/* The connection breaks after the database has committed, before it could say so. */
	{ "commit unheard",
	  "people",
	  "p1",
	  { FACET_STORE, 1, ERR_TRANSIENT, false, true, 0, 0, 0 } },
	{ "commit unheard", "keyed", "k1", { FACET_STORE, 1, ERR_TRANSIENT, true, true, 0, 0, 0 } },
	{ "commit unheard", "blind", "b1", { FACET_STORE, 1, ERR_TRANSIENT, true, true, 0, 0, 0 } },
};

static int64_t rows(struct pushed *p, const char *watch, const char *condition)
{
	char sql[256];

	snprintf(sql, sizeof(sql), "SELECT count(*) FROM lockstep_outbox WHERE watch = '%s' AND %s",
		 watch, condition);
	return world_int(&p->w, sql);
}

static bool written_back(struct pushed *p, const char *watch)
{
	char sql[128];

	snprintf(sql, sizeof(sql), "SELECT count(*) FROM %s WHERE vendor_id = '1'", watch);
	return world_int(&p->w, sql) == 1;
}

/* What is wrong with how it ended, or NULL. */
static const char *verdict(struct pushed *p, const struct ordeal *o, const struct push_result *r)
{
	int there = pushed_count(p, o->ref);
	bool unknown = rows(p, o->watch, "state = 'unknown'") > 0;

	if (there > 1)
		return "it was carried out twice";
	if (unknown)
		return strcmp(o->watch, "blind") == 0 ? NULL : "unknown, although it can be known";
	if (r->outcome != PUSH_CLEAR)
		return "it does not end";
	if (there == 0)
		return "done, but it never happened";
	if (!written_back(p, o->watch))
		return "its id was not written back";
	if (rows(p, o->watch, "1 = 1") != 1)
		return "our own writing came back as a change";
	return NULL;
}

/* False when the contact was never made. */
static bool suffer(const struct ordeal *o, int64_t n, int *bad)
{
	static struct pushed p;
	struct push_result r = { 0 };
	const char *wrong;
	char sql[128];
	struct err e;
	bool fired;

	pushed_open(&p, NULL);
	snprintf(sql, sizeof(sql), "INSERT INTO %s (id, name) VALUES (1, 'a')", o->watch);
	pushed_sql(&p, sql);
	p.w.chaos = o->chaos;
	p.w.chaos.at = n;
	if (!pushed_once(&p, o->watch, "1", &r, &e))
		r.outcome = PUSH_WAIT;
	fired = p.w.chaos.fired;
	p.w.chaos = (struct chaos){ 0 };
	test_clock_pass(&p.w.clock, 2 * LEASE_TTL_MS);
	r = pushed_through(&p, o->watch, "1");
	wrong = verdict(&p, o, &r);
	if (wrong) {
		printf("# %s, %s, contact %lld: %s\n", o->watch, o->name, (long long)n, wrong);
		++*bad;
	}
	pushed_close(&p);
	return fired;
}

int main(void)
{
	for (size_t i = 0; i < COUNT(ordeals); i++) {
		int64_t n = 1;
		int bad = 0;

		while (suffer(&ordeals[i], n, &bad))
			n++;
		OK(bad == 0, "%s, %s: %lld contacts, each failed once", ordeals[i].watch,
		   ordeals[i].name, (long long)n - 1);
	}
	return tap_done();
}

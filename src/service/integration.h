/* SPDX-License-Identifier: Apache-2.0 */
/*
 * integration.h - what one integration adds to the engine: a row of cli/integrations.c.
 */
#ifndef INTEGRATION_H
#define INTEGRATION_H

#include "api/route.h"
#include "connector/plan.h"
#include "flow/session.h"
#include "store/beacon.h"
#include "store/control.h"
#include "work/pool.h"

/* A schedule that stands as long as the plan has a connection with the connector, and that people
 * may change or pause like any other. */
struct integration_schedule {
	const char *name, *cron, *task, *args; /* cron in UTC */
	int attempts_max;
	const char *lane; /* of its jobs; NULL: none.  Their key is the name. */
};

/* What `lockstep check` found, a sentence each. */
struct finding {
	const char *what;      /* "token" */
	struct str says, next; /* next: what to do about it; or empty */
	const struct err *why; /* NULL: all is well */
};
struct inspection {
	const struct engine *engine;
	const struct connection *connection;
	struct arena *arena;
	void (*tell)(void *arg, const struct finding *f);
	void *arg;
};

/* A rate limit of an integration's own. */
struct integration_limit {
	struct str ledger_key; /* control.h's */
	const char *what;      /* "pages", "calls" */
	int64_t limit, interval_ms;
	int64_t kept; /* of the limit: what jobs leave to persons */
};

/* A figure about an integration, for its connection's page. */
struct integration_fact {
	const char *label;
	struct value value;
	const char *href; /* of the console; or NULL */
};
#define INTEGRATION_FACTS 6

/* What an integration whose schedules are its own was at, in the words of the run log. */
struct integration_report {
	struct run_list runs;          /* the newest first; their ids are the integration's own */
	const struct run_log *success; /* the last one that keeps the promise, or NULL */
	int64_t written;               /* records with news in the last 24 h */
	struct str trouble, next;      /* what waits for a person, whatever became of the runs */
	struct integration_fact fact[INTEGRATION_FACTS];
	size_t facts;
};
struct reporting {
	struct db *db;
	struct arena *arena;
	const struct connection *connection;
	int64_t now_ms;
	size_t runs; /* so many at most */
};

struct integration {
	const char *connector;             /* "metactf" */
	const struct route *const *routes; /* tables, NULL at the end; or NULL */
	const struct task *tasks;          /* .name NULL at the end; or NULL */
	/* The statements that make or upgrade its tables, as control_plan(); after Lockstep's own
	 * and before the connection's outbox, whose triggers stand on them.  Only when the plan has
	 * such a connection.  NULL: none. */
	bool (*schema)(struct db *d, struct arena *a, const struct connection *c,
		       struct str **statement, size_t *statements, struct err *e);
	const struct integration_schedule *schedule; /* .name NULL at the end; or NULL */
	/* The tables that `schema` makes, which a watch may name before they are there; NULL at the
	 * end, or NULL. */
	const char *const *tables;
	/* Those of them of whose changes, by whoever, people who look are told; .table NULL at the
	 * end, or NULL. */
	const struct beacon_watch *watched;
	/* Tests a connection in place of the manifest's check streams: tells all it finds, reads
	 * only, and is safe on production.  NULL: the check streams. */
	void (*inspect)(const struct inspection *x);
	/* Whether the plan has it switched off: then nobody who waits for it is late.  NULL: never.
	 */
	bool (*idle)(const struct connection *c);
	/* The limit that it keeps besides its manifest's budget.  NULL: none. */
	void (*limit)(struct arena *a, const struct connection *c, struct integration_limit *out);
	/* What it was at: a few queries by index, for the list of connections asks often.  Its
	 * first schedule is the promise.  NULL: the run log tells all. */
	bool (*report)(const struct reporting *r, struct integration_report *out, struct err *e);
	const char *page; /* of the console, where its runs are: "/ratings"; with `report` */
};

/* Whether the plan's connection is one of the integration's. */
static inline bool integration_is(const struct integration *i, const struct connection *c)
{
	return c->manifest && str_eq(c->manifest->name, str_from(i->connector));
}

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * source.h - where pages come from: Firecrawl v2 or v1, one that is run by oneself, or the league
 * itself.
 *
 * What is chosen stands in the plan.  All of them give the page's bytes; v1's `extract` as the
 * specification shows it gives the model's answer instead.  Spending is told with every answer.
 */
#ifndef SOURCE_H
#define SOURCE_H

#include "flow/session.h"
#include "pti/address.h"
#include "service/integration.h"

enum source_kind {
	SOURCE_FIRECRAWL,    /* v2 scrape, rawHtml: 1 credit */
	SOURCE_FIRECRAWL_V1, /* v1 scrape with `extract`, as the specification: 5 credits */
	SOURCE_DIRECT,
};

enum fetch_outcome {
	FETCH_OK,
	FETCH_BLOCKED, /* the site did not give the page: 403, 429, captcha; later perhaps */
	FETCH_GONE,    /* the site says 404 or 410 */
	FETCH_LATER,   /* timeouts, 408, 429, 5xx: wait_ms or backoff */
	FETCH_REFUSED, /* this request will not work (400, 403 of the service, wrong page) */
	FETCH_STOP,    /* no request will: key refused (401), no credits (402), no key */
};

struct fetched {
	enum fetch_outcome outcome;
	struct str html;    /* OK, unless `model` alone was asked for */
	struct value model; /* the language model's {player_name, pti, club}, or UNDEFINED */
	int64_t credits;    /* spent, as the service says or by its price list */
	int64_t wait_ms;
	struct str why; /* the specification's texts: "Firecrawl API error: 500", … */
	bool cached;
	bool sent;  /* something went out: false, and it cost neither credits nor a request */
	int status; /* that the service, or the site itself, answered with; 0: none */
	const char
		*code; /* unless OK: "no_key", "no_credits", "blocked", "timeout", "upstream", … */
};

struct source;
MUST_CHECK bool source_open(struct arena *a, const struct engine *g, const struct connection *c,
			    struct source **out, struct err *e);
/* Whether the league's own site is asked. */
bool source_is_direct(const struct source *s);
/* Whether it gives a player's page, and not only what a model makes of it. */
bool source_gives_pages(const struct source *s);
/* Whether Firecrawl's own service is to be asked and there is no key for it. */
bool source_lacks_key(const struct source *s);
/* Credits that one page costs, and how long to leave between two requests (requests a minute). */
int64_t source_price(const struct source *s);
/* Whose waits its requests are: for a lease to renew and a watch to tell. */
struct session *source_session(struct source *s);
/* From now on its requests leave a share of the requests a minute to others, and go out evenly: for
 * whoever asks for many pages, while persons wait for one. */
void source_give_way(struct source *s);
/* The limit of requests a minute, and what of it those who give way leave to others; limit 0: there
 * is none. */
void source_limit(struct arena *a, const struct connection *c, struct integration_limit *out);
/* Once; waits for the connection's rate limit, but tries nothing again.  False only for our own
 * failures (database, cancelled). */
MUST_CHECK bool source_fetch(struct source *s, const struct address *at, struct arena *a,
			     struct fetched *out, struct err *e);
/* Credits that are left, as the service says; -1 when it cannot be asked, or does not say.  *status
 * is its answer's: 401 when it refuses the key, 0 when there was none. */
MUST_CHECK bool source_credits(struct source *s, struct arena *a, int64_t *left, int *status,
			       struct err *e);

#endif

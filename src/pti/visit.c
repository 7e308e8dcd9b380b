/* SPDX-License-Identifier: Apache-2.0 */
/*
 * visit.c - one page for one person.
 *
 * Always: what may be spent is granted before a request and settled after it; a request whose end
 * nobody saw counts as spent, and one that never went out costs nothing.
 */
#include "pti/visit.h"

#include "pti/budget.h"

#define TRIES_MAX 3
#define PATIENCE_MS 40000
#define PAUSE_MS 2000

bool visitor_open(struct arena *a, const struct engine *g, const struct connection *c,
		  struct visitor *out, struct err *e)
{
	struct visitor v = { .engine = g, .connection = c, .arena = a, .patience_ms = PATIENCE_MS };

	if (!c->pages)
		return err_set(e, ERR_CONFIG, "there is no %.*s.pages.yaml beside the manifest",
			       STR_ARG(c->manifest->name));
	if (!source_open(a, g, c, &v.source, e))
		return false;
	*out = v;
	return true;
}

static struct fault fault_of(const char *code, struct str text)
{
	return (struct fault){ code, text };
}

/* ---- asking ---- */

static bool fetch_once(struct visitor *v, const struct address *at, struct fetched *out,
		       struct fault *fault, struct err *e)
{
	struct db *d = v->engine->db;
	int64_t now_ms = clock_wall_ms(v->engine->clock), price = source_price(v->source);
	struct err unsaid;
	bool granted;

	if (!budget_take(d, v->connection, now_ms, price, true, &granted, e))
		return false;
	if (!granted) {
		*fault = fault_of("no_credits", STR("This month's credits are used up"));
		*out = (struct fetched){ .outcome = FETCH_STOP, .why = fault->text };
		return true;
	}
	if (!source_fetch(v->source, at, v->arena, out, e)) {
		(void)!budget_spent(d, v->connection, now_ms, price, price, &unsaid);
		return false;
	}
	if (out->sent ? !budget_spent(d, v->connection, now_ms, price, out->credits, e)
		      : !budget_return(d, v->connection, now_ms, price, e))
		return false;
	*fault = out->outcome == FETCH_OK ? fault_of(NULL, STR(""))
					  : fault_of(out->code ? out->code : "upstream", out->why);
	return true;
}

/* A few times, while that may help and there is time. */
static bool fetch(struct visitor *v, const struct address *at, struct fetched *out,
		  struct fault *fault, struct err *e)
{
	struct clock *clock = v->engine->clock;
	int64_t until_ms = clock_steady_ms(clock) + v->patience_ms;

	for (int n = 1;; n++) {
		int64_t wait_ms = (int64_t)PAUSE_MS * n;

		if (!fetch_once(v, at, out, fault, e))
			return false;
		if (out->outcome != FETCH_LATER || n == TRIES_MAX)
			return true;
		if (out->wait_ms > wait_ms)
			wait_ms = out->wait_ms;
		if (clock_steady_ms(clock) + wait_ms >= until_ms)
			return true;
		if (!clock_sleep(clock, wait_ms, v->engine->stop, e))
			return false;
	}
}

/* ---- reading ---- */

bool visit_card(struct visitor *v, const struct address *at, size_t matches, struct reading *out,
		struct fault *fault, struct err *e)
{
	struct fetched page = { .outcome = FETCH_OK };

	*out = (struct reading){ .card = { .pti = PTI_NONE, .matches = NULL_VALUE } };
	if (matches && !source_gives_pages(v->source)) {
		*fault = fault_of("no_page", STR("source firecrawl_v1 asks a language model, which "
						 "tells no matches"));
		return true;
	}
	if (!fetch(v, at, &page, fault, e))
		return false;
	if (fault->code)
		return true;
	if (!reading_take(v->connection->pages, &page, v->arena, matches, out, e))
		return false;
	*fault = out->ok ? fault_of(NULL, STR("")) : fault_of(out->code, out->error);
	return true;
}

bool visit_roster(struct visitor *v, const struct address *at, struct roster *out,
		  struct fault *fault, struct err *e)
{
	struct fetched page = { .outcome = FETCH_OK };

	if (!fetch(v, at, &page, fault, e))
		return false;
	if (fault->code)
		return true;
	if (!roster_take(v->connection->pages, &page, v->arena, out, e))
		return false;
	if (out->outcome == CARD_NOT_FOUND)
		*fault = fault_of("not_found", out->why);
	else if (out->outcome != CARD_OK)
		*fault = fault_of("blocked", out->why);
	return true;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* inspect.c - `lockstep check` of ratings. */
#include "pti/inspect.h"

#include "pti/budget.h"
#include "pti/link.h"
#include "pti/schema.h"
#include "pti/setting.h"
#include "pti/source.h"

static void tell(const struct inspection *x, const char *what, struct str says, const char *next,
		 const struct err *why)
{
	struct finding f = {
		.what = what, .says = says, .next = str_from(next ? next : ""), .why = why
	};

	x->tell(x->arg, &f);
}

/* ---- the source ---- */

static void tell_credits(const struct inspection *x, int64_t price, int64_t left, int status)
{
	struct err why;

	if (status == 0) {
		err_set(&why, ERR_TRANSIENT, "Firecrawl cannot be reached");
		tell(x, "source", str_from(why.text), "Is firecrawl_url right, and the way free?",
		     &why);
	} else if (status == 401) {
		err_set(&why, ERR_AUTH, "Firecrawl refuses the key");
		tell(x, "source", str_from(why.text),
		     "Take the key from Firecrawl's dashboard into FIRECRAWL_API_KEY.", &why);
	} else if (left < 0) {
		tell(x, "source",
		     str_printf(x->arena, "Firecrawl answers %d and says nothing of its credits",
				status),
		     NULL, NULL);
	} else {
		tell(x, "source",
		     str_printf(x->arena, "Firecrawl has %lld credits left; a page costs %lld",
				(long long)left, (long long)price),
		     left < price ? "Without credits nothing can be read: see Firecrawl's plans."
				  : NULL,
		     NULL);
	}
}

static void tell_no_key(const struct inspection *x)
{
	struct err why;

	err_set(&why, ERR_AUTH, "FIRECRAWL_API_KEY not configured");
	tell(x, "source", str_from(why.text),
	     "Set it, or PTI_SOURCE=direct to ask the leagues' own sites.", &why);
}

static void check_source(const struct inspection *x)
{
	struct source *s;
	int64_t left;
	int status;
	struct err e;

	if (!source_open(x->arena, x->engine, x->connection, &s, &e)) {
		tell(x, "source", str_from(e.text), NULL, &e);
		return;
	}
	if (source_is_direct(s))
		tell(x, "source", STR("the leagues' own sites, asked one page at a time"),
		     "With FIRECRAWL_API_KEY set, pages come through Firecrawl.", NULL);
	else if (source_lacks_key(s))
		tell_no_key(x);
	else if (!source_credits(s, x->arena, &left, &status, &e))
		tell(x, "source", str_from(e.text), "Is Firecrawl reachable from here?", &e);
	else if (!setting_text(x->connection, "firecrawl_key").len)
		tell(x, "source", STR("a Firecrawl of one's own; no key, no credits"), NULL, NULL);
	else
		tell_credits(x, source_price(s), left, status);
}

/* ---- here ---- */

static bool check_schema(const struct inspection *x)
{
	struct str *statement;
	struct err e;
	size_t n;

	if (!pti_schema_plan(x->engine->db, x->arena, x->connection, &statement, &n, &e)) {
		tell(x, "schema", str_from(e.text), NULL, &e);
		return false;
	}
	tell(x, "schema",
	     n ? str_printf(x->arena, "%zu statements are missing", n)
	       : STR("all tables and columns are there"),
	     n ? "lockstep migrate --dry-run shows them, lockstep migrate runs them." : NULL, NULL);
	return n == 0;
}

static void check_budget(const struct inspection *x)
{
	struct budget_state b;
	struct err e;

	if (!budget_state(x->engine->db, x->arena, x->connection, clock_wall_ms(x->engine->clock),
			  &b, &e))
		tell(x, "budget", str_from(e.text), NULL, &e);
	else if (b.limit == 0)
		tell(x, "budget", STR("no limit of credits a month"), NULL, NULL);
	else
		tell(x, "budget",
		     str_printf(x->arena,
				"%lld of %lld credits spent in %.*s; %lld are kept for persons",
				(long long)b.spent, (long long)b.limit, STR_ARG(b.month),
				(long long)b.reserve),
		     NULL, NULL);
}

/* ---- players elsewhere ---- */

struct trial {
	struct players *players;
	bool noted, came;
};

/* Puts a note and fails on purpose: nothing of it stays. */
static bool put_none(void *arg, struct err *e)
{
	struct trial *t = arg;
	struct player_result none = { .id = STR("check"),
				      .player = STR(""),
				      .page = STR(""),
				      .run = STR(""),
				      .code = STR(""),
				      .before = PTI_NONE,
				      .after = PTI_NONE,
				      .note = STR("") };

	if (t->noted && !t->players->ops->notes->put(t->players, &none, e))
		return false;
	t->came = true;
	return err_set(e, ERR_CANCELLED, "tried");
}

/* How a rating and what is remembered of it are kept together there; false with *e: they cannot. */
static bool check_notes(struct players *p, const char **says, struct err *e)
{
	const struct str none = STR("check");
	struct trial t = { .players = p };

	*says = "";
	if (!p->ops->notes)
		return true;
	if (!players_write(p, put_none, &t, &t.noted, e) && !t.came)
		return false;
	if (t.noted && !p->ops->notes->drop(p, &none, 1, e))
		return false;
	*says = t.noted ? "; a replica set: a rating and the note of it are one transaction"
			: "; no replica set: what is remembered comes after the rating";
	return true;
}

static void check_players(const struct inspection *x)
{
	struct players *players;
	struct player *due;
	const char *notes;
	struct err e;
	size_t n;

	if (!link_players(x->arena, x->engine->db, x->connection, &players, &e)) {
		tell(x, "players", str_from(e.text), NULL, &e);
		return;
	}
	if (!players->ops->due(players, x->arena, -1, STR(""), 1, &due, &n, &e) ||
	    !check_notes(players, &notes, &e))
		tell(x, "players", str_from(e.text), NULL, &e);
	else
		tell(x, "players",
		     str_printf(x->arena, "can be read; %s linked%s", n ? "some are" : "nobody is",
				notes),
		     n ? NULL : "lockstep pti link PLAYER ADDRESS links one.", NULL);
	players_close(players);
}

void pti_inspect(const struct inspection *x)
{
	check_source(x);
	if (!check_schema(x))
		return;
	check_budget(x);
	check_players(x);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * weekly_write.c - what a page says, written for all who link it, in one transaction with the note
 * that they were looked at in this run.
 *
 * Players elsewhere (MongoDB) are written first and the note after them: when the note is lost,
 * the page is asked for again and says the same.  A player who unlinked meanwhile stays unlinked.
 */
#include "pti/memory.h"
#include "pti/outcome.h"
#include "pti/weekly_part.h"

/* What is to be told when it is true, for it may be rolled back. */
struct telling {
	struct telling *next;
	struct weekly_event event;
};

struct writing {
	struct weekly *w;
	struct weekly_page *page;
	const struct reading *reading;
	int64_t now_ms;
	struct weekly_counts before; /* of the run, to go back to */
	struct telling *first, **end;
};

static void tell_later(struct writing *x, struct weekly_event ev)
{
	struct telling *t = arena_new_struct(x->w->one, struct telling);

	t->event = ev;
	*x->end = t;
	x->end = &t->next;
}

/* ---- what is remembered ---- */

/* `code` NULL: it went well; "no_pti" is no failure. */
static bool remember(struct writing *x, struct str player, const char *code, struct err *e)
{
	bool failed = code && strcmp(code, "no_pti") != 0;
	struct str page = x->page->at.canonical;

	return db_exec(x->w->g->db,
		       "INSERT INTO lockstep_pti_players (player, failures, last_error, "
		       "last_attempt_ms, page, run) VALUES (?1, ?2, ?3, ?4, ?5, ?6) "
		       "ON CONFLICT (player) DO UPDATE SET failures = CASE WHEN "
		       "excluded.failures = 0 THEN 0 ELSE lockstep_pti_players.failures + 1 END, "
		       "last_error = excluded.last_error, last_attempt_ms = "
		       "excluded.last_attempt_ms, page = excluded.page, run = excluded.run",
		       (struct value[]){ value_str(player), value_int(failed),
					 code ? value_str(str_from(code)) : NULL_VALUE,
					 value_int(x->now_ms),
					 page.len ? value_str(page) : NULL_VALUE,
					 value_str(x->w->result->run) },
		       6, NULL, e) ||
	       err_wrap(e, "table 'lockstep_pti_players'");
}

static bool report_change(const struct writing *x, const struct player *p, int32_t after,
			  struct str note, struct err *e)
{
	const struct memory_change change = { .player = p->id,
					      .run = x->w->result->run,
					      .at_ms = x->now_ms,
					      .before = p->pti,
					      .after = after,
					      .note = note };

	return memory_changed(x->w->g->db, &change, e);
}

/* ---- one player ---- */

static struct str shown(const struct player *p)
{
	return p->name.len ? p->name : p->id;
}

static bool fail(struct writing *x, const struct player *p, const char *code, struct str why,
		 struct err *e)
{
	x->w->counts.failed++;
	tell_later(x, (struct weekly_event){ .kind = WEEKLY_FAILED,
					     .player = p->id,
					     .name = shown(p),
					     .code = code,
					     .says = why });
	return remember(x, p->id, code, e);
}

static bool no_pti(struct writing *x, const struct player *p, struct err *e)
{
	x->w->counts.no_pti++;
	tell_later(x, (struct weekly_event){ .kind = WEEKLY_NO_PTI,
					     .player = p->id,
					     .name = shown(p),
					     .before = p->pti,
					     .after = PTI_NONE });
	return remember(x, p->id, "no_pti", e);
}

static bool note_change(struct writing *x, const struct player *p, struct err *e)
{
	int32_t after = x->reading->card.pti;
	const struct storing storing = { .card = &x->reading->card, .note = x->reading->note };
	struct str warning = outcome_step(x->w->one, p->pti, &storing);
	bool changed = after != p->pti;

	x->w->counts.success++;
	if (changed) {
		x->w->counts.updated++;
		tell_later(x, (struct weekly_event){ .kind = WEEKLY_UPDATED,
						     .player = p->id,
						     .name = shown(p),
						     .before = p->pti,
						     .after = after });
	}
	if (warning.len) {
		x->w->counts.warnings++;
		tell_later(x, (struct weekly_event){ .kind = WEEKLY_WARNING,
						     .player = p->id,
						     .name = shown(p),
						     .says = warning });
	}
	return remember(x, p->id, NULL, e) && (!changed || report_change(x, p, after, warning, e));
}

static bool unlinked(struct writing *x)
{
	x->w->counts.unlinked++;
	return true;
}

static bool rate(struct writing *x, const struct player *p, struct err *e)
{
	struct players *players = x->w->players;
	const struct card *card = &x->reading->card;
	bool done;

	/* The page may be another person's by now. */
	if (p->source_name.len && card->name.len && !pti_same_name(card->name, p->source_name))
		return fail(x, p, "renamed", STR("The page is another player's now"), e);
	if (!players->ops->update(players, p->id, p->url, card->pti, x->now_ms, &done, e))
		return false;
	return done ? note_change(x, p, e) : unlinked(x);
}

static bool write_one(struct writing *x, struct str id, struct err *e)
{
	struct weekly *w = x->w;
	const struct reading *r = x->reading;
	struct address at;
	struct player p;
	struct err unsaid;
	bool found;

	if (!w->players->ops->get(w->players, w->one, id, &found, &p, e))
		return false;
	if (!found || !p.enabled || !p.url.len)
		return unlinked(x);
	/* Linked to another page meanwhile: that was looked at then. */
	if (x->page->at.canonical.len && (!address_player(w->one, p.url, &at, &unsaid) ||
					  !str_eq(at.canonical, x->page->at.canonical)))
		return unlinked(x);
	if (r->ok)
		return rate(x, &p, e);
	return strcmp(r->code, "no_pti") == 0 ? no_pti(x, &p, e)
					      : fail(x, &p, r->code, r->error, e);
}

/* ---- all of a page ---- */

static bool body(void *arg, struct err *e)
{
	struct writing *x = arg;

	if (!weekly_hold(x->w, e))
		return false;
	for (const struct weekly_holder *h = x->page->holder; h; h = h->next)
		if (!write_one(x, h->id, e))
			return false;
	return weekly_run_note(x->w, e);
}

bool weekly_write(struct weekly *w, struct weekly_page *p, const struct reading *r, struct err *e)
{
	struct writing x = { .w = w,
			     .page = p,
			     .reading = r,
			     .now_ms = clock_wall_ms(w->g->clock),
			     .before = w->counts };

	x.end = &x.first;
	if (!db_transact(w->g->db, body, &x, e)) {
		w->counts = x.before;
		return false;
	}
	p->done = true;
	w->done += p->holders;
	for (const struct telling *t = x.first; t; t = t->next)
		weekly_tell(w, t->event);
	weekly_tell(w, (struct weekly_event){ .kind = WEEKLY_STEP });
	return true;
}

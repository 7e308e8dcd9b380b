/* SPDX-License-Identifier: Apache-2.0 */
/*
 * weekly_write.c - what a page says, written for all who link it, in one transaction with the note
 * that they were looked at in this run.
 *
 * Players elsewhere (MongoDB) are written first and the note after them: when the note is lost,
 * the page is asked for again and says the same.  A player who unlinked meanwhile stays unlinked.
 * The page has been paid for, so a database that is away for a moment is waited for; whether it has
 * heard of the commit that it did not answer, the note says.
 */
#include "pti/memory.h"
#include "pti/outcome.h"
#include "pti/setting.h"
#include "pti/weekly_part.h"

/* What is to be told when it is true, for it may be rolled back. */
struct telling {
	struct telling *next;
	struct weekly_event event;
};

/* What became of one player. */
struct fate {
	struct fate *next;
	struct player player;
	enum { FATE_UNLINKED, FATE_RATED, FATE_NO_PTI, FATE_FAILED } kind;
	const char *code; /* FAILED */
	struct str why;
};

struct writing {
	struct weekly *w;
	struct weekly_page *page;
	const struct reading *reading;
	int64_t now_ms;
	struct weekly_counts before, after; /* of the run */
	unsigned tries;
	struct fate *fate;
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

/* ---- the player ---- */

static bool rate(struct writing *x, struct fate *f, struct err *e)
{
	struct players *players = x->w->players;
	const struct card *card = &x->reading->card;
	const struct player *p = &f->player;
	bool done;

	/* The page may be another person's by now. */
	if (p->source_name.len && card->name.len && !pti_same_name(card->name, p->source_name)) {
		f->kind = FATE_FAILED;
		f->code = "renamed";
		f->why = STR("The page is another player's now");
		return true;
	}
	if (!players->ops->update(players, p->id, p->url, card->pti, x->now_ms, &done, e))
		return false;
	f->kind = done ? FATE_RATED : FATE_UNLINKED;
	return true;
}

/* Still linked to this page: to another one means that it was looked at then. */
static bool is_linked(const struct writing *x, const struct player *p)
{
	struct address at;
	struct err unsaid;

	if (!p->enabled || !p->url.len)
		return false;
	return !x->page->at.canonical.len || (address_player(x->w->one, p->url, &at, &unsaid) &&
					      str_eq(at.canonical, x->page->at.canonical));
}

static bool write_player(struct writing *x, struct str id, struct fate *f, struct err *e)
{
	struct players *players = x->w->players;
	const struct reading *r = x->reading;
	bool found;

	f->kind = FATE_UNLINKED;
	if (!players->ops->get(players, x->w->one, id, &found, &f->player, e))
		return false;
	if (!found || !is_linked(x, &f->player))
		return true;
	if (r->ok)
		return rate(x, f, e);
	f->kind = strcmp(r->code, "no_pti") == 0 ? FATE_NO_PTI : FATE_FAILED;
	f->code = r->code;
	f->why = r->error;
	return true;
}

static bool write_players(struct writing *x, struct err *e)
{
	x->fate = NULL;
	for (const struct weekly_holder *h = x->page->holder; h; h = h->next) {
		struct fate *f = arena_new_struct(x->w->one, struct fate);

		if (!write_player(x, h->id, f, e))
			return false;
		f->next = x->fate;
		x->fate = f;
	}
	return true;
}

/* ---- what is said of it ---- */

static struct weekly_event event_of(const struct player *p, enum weekly_kind kind)
{
	return (struct weekly_event){ .kind = kind,
				      .player = p->id,
				      .name = p->name.len ? p->name : p->id,
				      .before = p->pti,
				      .after = PTI_NONE };
}

static bool note_rated(struct writing *x, const struct player *p, struct err *e)
{
	int32_t after = x->reading->card.pti;
	const struct storing storing = { .card = &x->reading->card, .note = x->reading->note };
	struct str warning = outcome_step(x->w->one, p->pti, &storing);
	struct weekly_event ev;

	x->w->counts.success++;
	if (after != p->pti) {
		x->w->counts.updated++;
		ev = event_of(p, WEEKLY_UPDATED);
		ev.after = after;
		tell_later(x, ev);
	}
	if (warning.len) {
		x->w->counts.warnings++;
		ev = event_of(p, WEEKLY_WARNING);
		ev.says = warning;
		tell_later(x, ev);
	}
	return remember(x, p->id, NULL, e) &&
	       (after == p->pti || report_change(x, p, after, warning, e));
}

static bool note(struct writing *x, const struct fate *f, struct err *e)
{
	struct weekly_counts *c = &x->w->counts;
	const struct player *p = &f->player;
	struct weekly_event ev = event_of(p, WEEKLY_FAILED);

	switch (f->kind) {
	case FATE_UNLINKED:
		c->unlinked++;
		return true;
	case FATE_RATED:
		return note_rated(x, p, e);
	case FATE_NO_PTI:
		c->no_pti++;
		tell_later(x, event_of(p, WEEKLY_NO_PTI));
		return remember(x, p->id, "no_pti", e);
	case FATE_FAILED:
		break;
	}
	c->failed++;
	ev.code = f->code;
	ev.says = f->why;
	tell_later(x, ev);
	return remember(x, p->id, f->code, e);
}

/* ---- all of a page ---- */

static bool note_all(struct writing *x, struct err *e)
{
	for (const struct fate *f = x->fate; f; f = f->next)
		if (!note(x, f, e))
			return false;
	return weekly_run_note(x->w, e);
}

static bool write_and_note(void *arg, struct err *e)
{
	return weekly_hold(((struct writing *)arg)->w, e) && write_players(arg, e) &&
	       note_all(arg, e);
}

static bool only_note(void *arg, struct err *e)
{
	return weekly_hold(((struct writing *)arg)->w, e) && note_all(arg, e);
}

/* Nobody waits for another server while our own database is held. */
static bool write_all(struct writing *x, struct err *e)
{
	struct db *d = x->w->g->db;
	bool elsewhere = setting_text(x->w->connection, "players").len > 0;

	if (elsewhere)
		return write_players(x, e) && db_transact(d, only_note, x, e);
	return db_transact(d, write_and_note, x, e);
}

/* Whether an earlier try was carried out after all. */
static bool was_noted(struct writing *x, bool *noted, struct err *e)
{
	const struct fate *f = x->fate;

	while (f && f->kind == FATE_UNLINKED)
		f = f->next;
	*noted = false;
	return !f ||
	       db_any(x->w->g->db,
		      "SELECT 1 FROM lockstep_pti_players WHERE player = ?1 AND run = ?2",
		      (struct value[]){ value_str(f->player.id), value_str(x->w->result->run) }, 2,
		      noted, e);
}

static bool try_write(void *arg, struct err *e)
{
	struct writing *x = arg;
	bool noted, ok;

	if (x->tries++ > 0) {
		if (!was_noted(x, &noted, e))
			return false;
		if (noted) {
			x->w->counts = x->after;
			return true;
		}
	}
	x->first = NULL;
	x->end = &x->first;
	ok = write_all(x, e);
	x->after = x->w->counts;
	if (!ok)
		x->w->counts = x->before;
	return ok;
}

bool weekly_write(struct weekly *w, struct weekly_page *p, const struct reading *r, struct err *e)
{
	struct writing x = { .w = w,
			     .page = p,
			     .reading = r,
			     .now_ms = clock_wall_ms(w->g->clock),
			     .before = w->counts };

	if (!session_ask_db(w->session, try_write, &x, e))
		return false;
	p->done = true;
	w->done += p->holders;
	for (const struct telling *t = x.first; t; t = t->next)
		weekly_tell(w, t->event);
	weekly_tell(w, (struct weekly_event){ .kind = WEEKLY_STEP });
	return true;
}

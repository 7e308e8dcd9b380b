/* SPDX-License-Identifier: Apache-2.0 */
/*
 * weekly_write.c - what a page says, written for all who link it, in one transaction with the note
 * that they were looked at in this run.
 *
 * Players elsewhere (MongoDB) are written before it: on a replica set together with a note of what
 * came of them, which the next run remembers for us when we die in between (weekly_left.c); on a
 * server of its own alone, so that a page is asked for again then, and says the same.  A player who
 * unlinked meanwhile stays unlinked.
 * The page has been paid for, so a database that is away for a moment is waited for; whether it has
 * heard of the commit that it did not answer, the note says.
 */
#include "pti/memory.h"
#include "pti/outcome.h"
#include "pti/setting.h"
#include "pti/weekly_part.h"
#include "store/seal.h"

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
	const char *code; /* FAILED, NO_PTI */
	struct str why;
	struct str warning;          /* RATED: or empty */
	struct player_result result; /* what is remembered; not of UNLINKED */
};

struct writing {
	struct weekly *w;
	struct weekly_page *page;
	const struct reading *reading;
	int64_t now_ms;
	struct weekly_counts before, after; /* of the run */
	unsigned tries;
	bool begun, written; /* elsewhere: the players may be, or are */
	bool noted;          /* with notes beside them */
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

static bool remember(const struct writing *x, const struct player_result *r, struct err *e)
{
	struct db *d = x->w->g->db;

	return memory_looked(d, r, e) && memory_result(d, r, e);
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

/* ---- what came of it ---- */

static void judge(const struct writing *x, struct fate *f)
{
	const struct storing storing = { .card = &x->reading->card, .note = x->reading->note };
	bool rated = f->kind == FATE_RATED;

	f->warning = rated ? outcome_step(x->w->one, f->player.pti, &storing) : STR("");
	f->result = (struct player_result){
		.id = uuid_new(x->w->one),
		.player = f->player.id,
		.page = x->page->at.canonical.len ? x->page->at.canonical : STR(""),
		.run = x->w->result->run,
		.at_ms = x->now_ms,
		.code = rated ? STR("") : str_from(f->code),
		.before = f->player.pti,
		.after = rated ? x->reading->card.pti : PTI_NONE,
		.note = f->warning,
	};
}

static void count(struct weekly_counts *c, const struct fate *f)
{
	switch (f->kind) {
	case FATE_UNLINKED:
		c->unlinked++;
		break;
	case FATE_RATED:
		c->success++;
		c->updated += player_result_changes(&f->result);
		c->warnings += f->warning.len > 0;
		break;
	case FATE_NO_PTI:
		c->no_pti++;
		break;
	case FATE_FAILED:
		c->failed++;
		break;
	}
}

/* Where the run stands then. */
static struct player_place place_of(const struct weekly_counts *c)
{
	return (struct player_place){ .success = c->success,
				      .failed = c->failed,
				      .updated = c->updated,
				      .no_pti = c->no_pti,
				      .pages = c->pages,
				      .credits = c->credits,
				      .requests = c->requests };
}

static void judge_all(struct writing *x)
{
	x->after = x->before;
	for (struct fate *f = x->fate; f; f = f->next) {
		if (f->kind != FATE_UNLINKED)
			judge(x, f);
		count(&x->after, f);
	}
	for (struct fate *f = x->fate; f; f = f->next)
		f->result.place = place_of(&x->after);
}

/* ---- what is said of it ---- */

static void tell(struct writing *x, const struct fate *f, enum weekly_kind kind)
{
	const struct player *p = &f->player;
	struct weekly_event ev = { .kind = kind,
				   .player = p->id,
				   .name = p->name.len ? p->name : p->id,
				   .before = p->pti,
				   .after = PTI_NONE };

	if (kind == WEEKLY_UPDATED)
		ev.after = f->result.after;
	if (kind == WEEKLY_WARNING)
		ev.says = f->warning;
	if (kind == WEEKLY_FAILED) {
		ev.code = f->code;
		ev.says = f->why;
	}
	tell_later(x, ev);
}

static bool note(struct writing *x, const struct fate *f, struct err *e)
{
	switch (f->kind) {
	case FATE_UNLINKED:
		return true;
	case FATE_RATED:
		if (player_result_changes(&f->result))
			tell(x, f, WEEKLY_UPDATED);
		if (f->warning.len > 0)
			tell(x, f, WEEKLY_WARNING);
		break;
	case FATE_NO_PTI:
		tell(x, f, WEEKLY_NO_PTI);
		break;
	case FATE_FAILED:
		tell(x, f, WEEKLY_FAILED);
		break;
	}
	return remember(x, &f->result, e);
}

/* ---- all of a page ---- */

static bool note_all(struct writing *x, struct err *e)
{
	x->w->counts = x->after;
	for (const struct fate *f = x->fate; f; f = f->next)
		if (!note(x, f, e))
			return false;
	return weekly_run_note(x->w, e);
}

static bool write_and_note(void *arg, struct err *e)
{
	struct writing *x = arg;

	if (!weekly_hold(x->w, e) || !write_players(x, e))
		return false;
	judge_all(x);
	return note_all(x, e);
}

static bool only_note(void *arg, struct err *e)
{
	return weekly_hold(((struct writing *)arg)->w, e) && note_all(arg, e);
}

/* ---- players elsewhere ---- */

static const struct fate *first_noted(const struct writing *x)
{
	const struct fate *f = x->fate;

	while (f && f->kind == FATE_UNLINKED)
		f = f->next;
	return f;
}

/* What was written by a commit that nobody answered for would look as if nothing had changed: the
 * notes say that it was carried out, and what came of it is what we have. */
static bool is_written(const struct writing *x, bool *is, struct err *e)
{
	struct players *p = x->w->players;
	const struct fate *f = first_noted(x);

	*is = false;
	return !x->begun || !x->noted || !f || p->ops->notes->has(p, f->result.id, is, e);
}

static bool write_elsewhere(void *arg, struct err *e)
{
	struct writing *x = arg;
	struct players *p = x->w->players;
	bool is;

	if (!is_written(x, &is, e))
		return false;
	if (is)
		return true;
	if (!write_players(x, e))
		return false;
	judge_all(x);
	x->begun = true;
	for (const struct fate *f = x->fate; f && x->noted; f = f->next)
		if (f->kind != FATE_UNLINKED && !p->ops->notes->put(p, &f->result, e))
			return false;
	return true;
}

static void forget_notes(const struct writing *x)
{
	struct str *id = arena_new_array(x->w->one, struct str, (size_t)x->page->holders + 1);
	size_t n = 0;

	for (const struct fate *f = x->fate; f && x->noted; f = f->next)
		if (f->kind != FATE_UNLINKED)
			id[n++] = f->result.id;
	players_forget(x->w->players, id, n);
}

/* Nobody waits for another server while our own database is held. */
static bool write_all(struct writing *x, struct err *e)
{
	struct db *d = x->w->g->db;

	if (!setting_text(x->w->connection, "players").len)
		return db_transact(d, write_and_note, x, e);
	if (!x->written && !players_write(x->w->players, write_elsewhere, x, &x->noted, e))
		return false;
	x->written = true;
	return db_transact(d, only_note, x, e);
}

/* Whether an earlier try was carried out after all. */
static bool was_noted(struct writing *x, bool *noted, struct err *e)
{
	const struct fate *f = first_noted(x);

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
	if (x.written)
		forget_notes(&x);
	p->done = true;
	w->done += p->holders;
	for (const struct telling *t = x.first; t; t = t->next)
		weekly_tell(w, t->event);
	weekly_tell(w, (struct weekly_event){ .kind = WEEKLY_STEP });
	return true;
}

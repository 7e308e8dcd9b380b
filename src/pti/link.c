/* SPDX-License-Identifier: Apache-2.0 */
/*
 * link.c - link a page, refresh, unlink.
 *
 * An unlink wins over a link or refresh under way, whichever store holds the players: a refresh
 * writes only while its page is linked (players.h), and a link looks before and after it writes
 * whether an unlink was asked for since it was asked for itself (memory.h).  So whoever unlinks
 * says so there first, commits, and then unsets the fields.
 */
#include "pti/link.h"

#include "pti/memory.h"
#include "pti/outcome.h"
#include "pti/setting.h"
#include "store/seal.h"

bool link_players(struct arena *a, struct db *d, const struct connection *c, struct players **out,
		  struct err *e)
{
	struct str table = setting_text(c, "players_table");
	struct players_options o = { .url = setting_text(c, "players"),
				     .database = setting_text(c, "players_database"),
				     .collection = table,
				     .table = table };

	return players_open(a, d, &o, out, e);
}

bool linking_open(struct arena *a, const struct engine *g, const struct connection *c,
		  struct linking *out, struct err *e)
{
	*out = (struct linking){ .engine = g, .connection = c, .arena = a };
	return link_players(a, g->db, c, &out->players, e);
}

void linking_close(struct linking *l)
{
	players_close(l->players);
	l->players = NULL;
}

#define COOLDOWN_MS 60000 /* unless the plan says otherwise */

bool link_cooldown(struct arena *a, struct db *d, const struct connection *c,
		   struct cooldown *pause, struct err *e)
{
	int64_t every_ms = setting_span_ms(c, "cooldown", COOLDOWN_MS), wait_ms;
	bool granted;

	if (!memory_claim(d, pause->player, pause->now_ms, every_ms, &granted, &wait_ms, e))
		return false;
	pause->wait_s = granted ? 0 : (wait_ms + 999) / 1000;
	pause->text = str_printf(a, "PTI was refreshed a moment ago. Please wait %lld seconds.",
				 (long long)pause->wait_s);
	return true;
}

static int64_t now_ms(const struct linking *l)
{
	return clock_wall_ms(l->engine->clock);
}

static bool note_attempt(const struct linking *l, struct str player, struct str page,
			 const struct fault *f, struct err *e)
{
	return memory_attempt(l->engine->db, player, page, f->code ? f->code : "", now_ms(l), e);
}

#define LEFT_MAX 100

/* What an earlier one left beside the player and did not come to remember.  What the weekly job
 * left is its own (weekly_left.c). */
static bool take_left(const struct linking *l, struct str player, struct err *e)
{
	struct players *p = l->players;
	struct player_result *left;
	bool noting;
	size_t n;

	if (!players_noting(p, &noting, e))
		return false;
	if (!noting)
		return true;
	if (!p->ops->notes->list(p, l->arena, player, LEFT_MAX, &left, &n, e))
		return false;
	for (size_t i = 0; i < n; i++) {
		if (left[i].run.len > 0)
			continue;
		if (!memory_take_over(l->engine->db, &left[i], false, e))
			return false;
		players_forget(p, &left[i].id, 1);
	}
	return true;
}

/* ---- linking ---- */

/* The note of a change, where the players keep one beside their data. */
struct change_note {
	struct str id; /* of the change */
	bool noted;    /* whether they keep one */
	bool begun;    /* the write was tried before */
};

/* Whether an earlier try was carried out although its answer was lost. */
static bool is_written(struct players *p, struct change_note *n, bool *is, struct err *e)
{
	*is = false;
	if (n->begun && n->noted && !p->ops->notes->has(p, n->id, is, e))
		return false;
	n->begun = true;
	return true;
}

struct link_try {
	struct linking *l;
	const struct wish *w;
	struct address at;
	struct player player; /* as they were; the id as the store spells it */
	struct reading read;
	struct fault fault;
	struct player with; /* as they become */
	struct change_note note;
	bool found;
};

static bool is_strict(const struct linking *l)
{
	return str_eq(setting_text(l->connection, "name_check"), STR("strict"));
}

/* Whether an unlink came after the wish. */
static bool is_late(const struct link_try *t, bool *late, struct err *e)
{
	return memory_unlinked(t->l->engine->db, t->player.id, t->w->asked_ms, late, e);
}

static struct fault gone(void)
{
	return (struct fault){ "unlinked", STR("The link was removed meanwhile") };
}

static bool link_changes(const struct link_try *t)
{
	return t->player.pti != t->with.pti;
}

static bool put_linked(struct link_try *t, struct err *e)
{
	struct players *p = t->l->players;

	return p->ops->notes->put(p,
				  &(struct player_result){ .id = t->note.id,
							   .player = t->player.id,
							   .page = t->with.url,
							   .run = STR(""),
							   .at_ms = t->with.synced_ms,
							   .code = STR(""),
							   .before = t->player.pti,
							   .after = t->with.pti,
							   .note = STR("linked") },
				  e);
}

/* To link again what is linked changes nothing, so it does not matter whether it was. */
static bool link_and_note(void *arg, struct err *e)
{
	struct link_try *t = arg;
	struct players *p = t->l->players;
	bool is;

	if (!is_written(p, &t->note, &is, e))
		return false;
	if (is)
		return true;
	return p->ops->link(p, t->w->player, &t->with, &t->found, e) &&
	       (!t->note.noted || !t->found || !link_changes(t) || put_linked(t, e));
}

static bool write_link(struct link_try *t, struct err *e)
{
	struct players *p = t->l->players;
	bool late;

	t->with = (struct player){ .pti = t->read.card.pti,
				   .url = t->at.canonical,
				   .source_name = t->read.card.name,
				   .synced_ms = now_ms(t->l),
				   .enabled = true };
	t->note.id = uuid_new(t->l->arena);
	if (!is_late(t, &late, e))
		return false;
	if (late) {
		t->fault = gone();
		return true;
	}
	if (!players_write(p, link_and_note, t, &t->note.noted, e) || !is_late(t, &late, e))
		return false;
	if (!t->found)
		t->fault = (struct fault){ "no_player", STR(PTI_NO_PLAYER) };
	else if (late)
		t->fault = gone();
	return !late || p->ops->unlink(p, t->w->player, &t->found, e);
}

static bool note_link(struct link_try *t, struct err *e)
{
	struct memory_change change = { .id = t->note.id,
					.player = t->player.id,
					.at_ms = now_ms(t->l),
					.before = t->player.pti,
					.after = t->read.card.pti,
					.note = STR("linked") };

	if (!note_attempt(t->l, t->player.id, t->at.canonical, &t->fault, e) ||
	    (!t->fault.code && change.before != change.after &&
	     !memory_changed(t->l->engine->db, &change, e)))
		return false;
	if (t->note.noted)
		players_forget(t->l->players, &t->note.id, 1);
	return true;
}

static bool try_link(struct link_try *t, struct err *e)
{
	struct linking *l = t->l;
	struct visitor v;
	bool found;

	if (!l->players->ops->get(l->players, l->arena, t->w->player, &found, &t->player, e))
		return false;
	if (!found) {
		t->fault = (struct fault){ "no_player", STR(PTI_NO_PLAYER) };
		return true;
	}
	if (!take_left(l, t->player.id, e) ||
	    !visitor_open(l->arena, l->engine, l->connection, &v, e) ||
	    !visit_card(&v, &t->at, 0, &t->read, &t->fault, e))
		return false;
	if (!t->fault.code && is_strict(l) && !pti_same_name(t->read.card.name, t->player.name))
		t->fault = (struct fault){ "other_name", STR("The name on the page is not yours") };
	if (!t->fault.code && !write_link(t, e))
		return false;
	return note_link(t, e);
}

static bool say_linked(struct link_try *t, struct value *out, struct err *e)
{
	struct linking *l = t->l;
	struct arena *a = l->arena;
	struct linked_outcome o = { .read = &t->read,
				    .name_match =
					    pti_same_name(t->read.card.name, t->player.name) };

	if (!l->players->ops->linked(l->players, t->at.canonical, &o.accounts, e))
		return false;
	*out = outcome_linked(a, &o);
	return true;
}

bool link_page(struct linking *l, const struct wish *w, struct value *out, struct err *e)
{
	struct link_try t = { .l = l, .w = w };
	struct err why;

	if (!address_player(l->arena, w->url, &t.at, &why)) {
		*out = outcome_fault(l->arena,
				     &(struct fault){ "invalid_url", STR(ADDRESS_PLAYER_INVALID) });
		outcome_reason(l->arena, *out, &why);
		return true;
	}
	if (!try_link(&t, e))
		return false;
	if (!t.fault.code)
		return say_linked(&t, out, e);
	*out = outcome_fault(l->arena, &t.fault);
	return true;
}

/* ---- refreshing ---- */

struct store_step {
	struct linking *l;
	struct storing *s;
	int64_t at_ms;
	struct change_note note;
	bool done;
};

static bool update(struct store_step *t, struct err *e)
{
	struct players *p = t->l->players;
	const struct player *of = t->s->player;

	return p->ops->update(p, of->id, of->url, t->s->card->pti, t->at_ms, &t->done, e);
}

static bool note_change(struct store_step *t, struct err *e)
{
	struct storing *s = t->s;
	struct memory_change change = { .id = t->note.id,
					.player = s->player->id,
					.run = s->run,
					.at_ms = t->at_ms,
					.before = s->player->pti,
					.after = s->card->pti,
					.note = s->warning };

	return !t->done || !s->changed || memory_changed(t->l->engine->db, &change, e);
}

/* The players and what we remember are one database: both or neither. */
static bool update_and_note(void *arg, struct err *e)
{
	struct store_step *t = arg;

	return (!t->l->engine->fence || fence_hold(t->l->engine->db, t->l->engine->fence, e)) &&
	       update(t, e) && note_change(t, e);
}

static bool put_updated(struct store_step *t, struct err *e)
{
	struct players *p = t->l->players;
	const struct storing *s = t->s;

	return p->ops->notes->put(p,
				  &(struct player_result){ .id = t->note.id,
							   .player = s->player->id,
							   .page = s->player->url,
							   .run = s->run,
							   .at_ms = t->at_ms,
							   .code = STR(""),
							   .before = s->player->pti,
							   .after = s->card->pti,
							   .note = s->warning },
				  e);
}

static bool update_elsewhere(void *arg, struct err *e)
{
	struct store_step *t = arg;
	struct players *p = t->l->players;
	bool is;

	if (!is_written(p, &t->note, &is, e))
		return false;
	if (is)
		return true;
	return update(t, e) && (!t->note.noted || !t->done || !t->s->changed || put_updated(t, e));
}

/* They are two: what we remember comes after the data, so that nothing is remembered that is not
 * there, and the note beside the data says it until then. */
static bool update_then_note(struct store_step *t, struct err *e)
{
	if (!players_write(t->l->players, update_elsewhere, t, &t->note.noted, e) ||
	    !note_change(t, e))
		return false;
	if (t->note.noted)
		players_forget(t->l->players, &t->note.id, 1);
	return true;
}

static bool is_elsewhere(const struct linking *l)
{
	return setting_text(l->connection, "players").len > 0;
}

bool link_store(struct linking *l, struct storing *s, struct fault *fault, struct err *e)
{
	struct store_step t = {
		.l = l, .s = s, .at_ms = now_ms(l), .note = { .id = uuid_new(l->arena) }
	};
	const struct player *of = s->player;

	s->changed = s->card->pti != of->pti;
	s->warning = outcome_step(l->arena, of->pti, s);
	*fault = (struct fault){ NULL, STR("") };
	/* A model may leave the name out; a card without one is none. */
	if (of->source_name.len > 0 && s->card->name.len > 0 &&
	    !pti_same_name(of->source_name, s->card->name)) {
		*fault = (struct fault){ "renamed", STR("The page is another player's now") };
		return true;
	}
	if (s->card->pti == PTI_NONE) {
		*fault = (struct fault){ "no_pti", STR("The page has no PTI now") };
		s->changed = false;
		return true;
	}
	if (is_elsewhere(l) ? !update_then_note(&t, e)
			    : !db_transact(l->engine->db, update_and_note, &t, e))
		return false;
	if (!t.done)
		*fault = (struct fault){ "not_linked", STR(PTI_NOT_LINKED) };
	return true;
}

/* Reads the page that a player has linked. */
static bool read_linked(struct linking *l, const struct wish *w, struct player *player,
			struct reading *read, struct fault *fault, struct err *e)
{
	struct address at;
	struct visitor v;
	struct err why;
	bool found;

	if (!l->players->ops->get(l->players, l->arena, w->player, &found, player, e))
		return false;
	if (!found || player->url.len == 0) {
		*fault = found ? (struct fault){ "not_linked", STR(PTI_NOT_LINKED) }
			       : (struct fault){ "no_player", STR(PTI_NO_PLAYER) };
		return true;
	}
	if (!address_player(l->arena, player->url, &at, &why)) {
		*fault =
			(struct fault){ "invalid_url", STR("Invalid Paddlescores print page URL") };
		return true;
	}
	return take_left(l, player->id, e) &&
	       visitor_open(l->arena, l->engine, l->connection, &v, e) &&
	       visit_card(&v, &at, w->matches, read, fault, e);
}

static bool is_no_pti(const struct fault *f)
{
	return f->code && strcmp(f->code, "no_pti") == 0;
}

bool link_refresh(struct linking *l, const struct wish *w, struct value *out, struct err *e)
{
	struct player player = { .pti = PTI_NONE, .url = STR("") };
	struct reading read = { .card.pti = PTI_NONE };
	struct storing s = { .player = &player, .card = &read.card, .run = STR("") };
	struct fault fault = { NULL, STR("") };

	if (!read_linked(l, w, &player, &read, &fault, e))
		return false;
	s.note = read.note;
	if ((!fault.code || is_no_pti(&fault)) && !link_store(l, &s, &fault, e))
		return false;
	if (player.url.len > 0 && !note_attempt(l, player.id, player.url, &fault, e))
		return false;
	*out = fault.code && !is_no_pti(&fault) ? outcome_fault(l->arena, &fault)
						: outcome_refreshed(l->arena, &s);
	return true;
}

bool link_history(struct linking *l, const struct wish *w, struct value *out, struct err *e)
{
	struct player player = { .url = STR("") };
	struct reading read = { .card.pti = PTI_NONE };
	struct fault fault = { NULL, STR("") };

	if (!read_linked(l, w, &player, &read, &fault, e))
		return false;
	*out = fault.code && !is_no_pti(&fault) ? outcome_fault(l->arena, &fault)
						: outcome_history(l->arena, &read.card);
	return true;
}

bool link_roster(struct linking *l, const struct wish *w, struct value *out, struct err *e)
{
	struct fault fault = { "invalid_url", STR(ADDRESS_TEAM_INVALID) };
	struct roster roster = { .rows = 0 };
	struct address at;
	struct visitor v;
	struct err why;

	if (!address_team(l->arena, w->url, &at, &why)) {
		*out = outcome_fault(l->arena, &fault);
		outcome_reason(l->arena, *out, &why);
		return true;
	}
	fault.code = NULL;
	if (!visitor_open(l->arena, l->engine, l->connection, &v, e) ||
	    !visit_roster(&v, &at, &roster, &fault, e))
		return false;
	*out = fault.code ? outcome_fault(l->arena, &fault) : outcome_roster(l->arena, &roster);
	return true;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * weekly_league.c - a league's page of ratings in place of the cards of its players.
 *
 * Whom the page does not list, or lists without a rating, is left to a card: the page may be of
 * this season's players only.  A league that has no such page is read card by card.  A page that
 * does not come leaves the league's players to the next run: a card for each would cost in one
 * evening what the pages of a season do.
 */
#include "pti/weekly_part.h"

struct league {
	struct str name;
	struct weekly_page **page;
	size_t pages, cap;
};

static void league_add(struct weekly *w, struct league *l, struct weekly_page *p)
{
	if (l->pages == l->cap) {
		size_t cap = l->cap ? l->cap * 2 : 16;
		struct weekly_page **grown = arena_new_array(w->arena, struct weekly_page *, cap);

		if (l->pages > 0)
			memcpy(grown, l->page, l->pages * sizeof(struct weekly_page *));
		l->page = grown;
		l->cap = cap;
	}
	l->page[l->pages++] = p;
}

static struct map *leagues_of(struct weekly *w)
{
	struct map *leagues = map_new(w->arena);

	for (size_t i = 0; i < w->pages; i++) {
		struct weekly_page *p = w->page[i];
		struct league *l;

		if (p->done || !p->at.canonical.len)
			continue;
		l = map_get(leagues, p->at.league);
		if (!l) {
			l = arena_new_struct(w->arena, struct league);
			l->name = p->at.league;
			map_put(leagues, l->name, l);
		}
		league_add(w, l, p);
	}
	return leagues;
}

size_t weekly_league_count(struct weekly *w)
{
	return map_len(leagues_of(w));
}

/* ---- the page came ---- */

static bool write_found(struct weekly *w, const struct league *l, const struct ratings *r,
			struct err *e)
{
	struct map *by_id = map_new(w->one);

	for (size_t i = 0; i < r->rows; i++)
		map_put(by_id, r->row[i].id, &r->row[i]);
	for (size_t i = 0; i < l->pages; i++) {
		const struct rating_row *row = map_get(by_id, l->page[i]->at.id);
		struct reading reading = { .ok = true };

		if (!row || row->pti == PTI_NONE)
			continue;
		reading.card = (struct card){ .outcome = CARD_OK,
					      .name = row->name,
					      .club = STR(""),
					      .pti = row->pti,
					      .matches = NULL_VALUE };
		if (row->pti < PTI_USUAL_LOW || row->pti > PTI_USUAL_HIGH)
			reading.note = STR("The PTI is unusual");
		if (!cancel_check(w->g->stop, e) || !session_beat(w->session, e) ||
		    !weekly_write(w, l->page[i], &reading, e))
			return false;
	}
	return true;
}

/* ---- it did not ---- */

static bool write_failed(struct weekly *w, const struct league *l, const char *code, struct str why,
			 struct err *e)
{
	const struct reading reading = { .ok = false, .code = code, .error = why };

	for (size_t i = 0; i < l->pages; i++)
		if (!weekly_write(w, l->page[i], &reading, e))
			return false;
	return true;
}

static bool read_league(struct weekly *w, const struct league *l, const struct fetched *f,
			struct err *e)
{
	struct ratings r;

	if (!w->connection->pages)
		return err_set(e, ERR_CONFIG,
			       "there is no tenniscores.pages.yaml beside the manifest");
	if (!ratings_read(w->connection->pages, f->html, w->one, &r, e))
		return e->kind == ERR_LIMIT; /* more than can be read at once */
	if (r.outcome != CARD_OK)
		return true; /* the cards are asked, and tell whether it is a page that blocks */
	w->in_vain = 0;
	return write_found(w, l, &r, e);
}

static bool ask_league(struct weekly *w, const struct league *l, struct err *e)
{
	struct address at;
	struct fetched f;
	bool granted;

	if (!address_ratings(w->one, l->name, &at, e) ||
	    !weekly_fetch(w, &at, source_price(w->source) > 0, &f, &granted, e))
		return false;
	if (!granted || weekly_over(w))
		return true; /* the cards will find out */
	w->counts.pages++;
	switch (f.outcome) {
	case FETCH_OK:
		return read_league(w, l, &f, e);
	case FETCH_GONE:
		return true;
	case FETCH_BLOCKED:
	case FETCH_LATER:
	case FETCH_REFUSED:
	case FETCH_STOP:
		break;
	}
	w->in_vain++;
	return write_failed(w, l, f.code, f.why, e);
}

bool weekly_leagues(struct weekly *w, struct err *e)
{
	struct map *leagues = leagues_of(w);

	for (size_t i = 0; i < map_len(leagues) && !weekly_over(w); i++) {
		if (!cancel_check(w->g->stop, e) || !ask_league(w, map_at(leagues, i)->value, e))
			return false;
		arena_reset(w->one);
	}
	return true;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * weekly_list.c - who links which page, and whose turn is first.
 *
 * Whoever was looked at longest ago comes first, and that is the later of two: when the rating was
 * last good, and when it was last tried.  By the first alone a page without a rating would be first
 * for ever, and take the credits of all others in a month that has few.
 */
#include "pti/weekly_part.h"

#include <stdlib.h>

#define BATCH 500

/* What is remembered of a player. */
struct memory {
	int64_t tried_ms;
	bool in_run; /* this run has written it */
};

static bool load_batch(struct weekly *w, struct map *memory, struct str *after, size_t *n,
		       struct err *e)
{
	struct value run = w->result->run.len ? value_str(w->result->run) : NULL_VALUE;
	struct db_result r;

	if (!db_query(w->g->db, w->one,
		      "SELECT player, last_attempt_ms, CASE WHEN run = ?2 THEN 1 ELSE 0 END "
		      "FROM lockstep_pti_players WHERE player > ?1 ORDER BY player LIMIT ?3",
		      (struct value[]){ value_str(*after), run, value_int(BATCH) }, 3, &r, e))
		return err_wrap(e, "table 'lockstep_pti_players'");
	for (size_t i = 0; i < r.rows; i++) {
		struct memory *m = arena_new_struct(w->arena, struct memory);
		struct value tried = db_cell(&r, i, 1), in_run = db_cell(&r, i, 2);

		*after = str_keep(w->arena, db_cell(&r, i, 0).s);
		m->tried_ms = tried.kind == VALUE_INT ? tried.i : 0;
		m->in_run = in_run.kind == VALUE_INT && in_run.i == 1;
		map_put(memory, *after, m);
	}
	*n = r.rows;
	return true;
}

static bool load_memory(struct weekly *w, struct map *memory, struct err *e)
{
	struct str after = STR("");
	size_t n;

	do {
		if (!cancel_check(w->g->stop, e) || !load_batch(w, memory, &after, &n, e))
			return false;
		arena_reset(w->one);
	} while (n == BATCH);
	return true;
}

static struct weekly_page *page_of(struct weekly *w, const struct player *p)
{
	struct address at = { 0 };
	struct weekly_page *page;
	struct err unsaid;
	struct str key;

	/* An address that is none is a page of its own: each of its players is told. */
	if (address_player(w->one, p->url, &at, &unsaid))
		key = at.canonical;
	else
		key = str_printf(w->one, "invalid:%.*s", STR_ARG(p->id));
	page = map_get(w->known, key);
	if (page)
		return page;
	page = arena_new_struct(w->arena, struct weekly_page);
	*page = (struct weekly_page){ .looked_ms = INT64_MAX, .done = true };
	if (at.canonical.len)
		page->at = (struct address){ .kind = at.kind,
					     .league = str_keep(w->arena, at.league),
					     .id = str_keep(w->arena, at.id),
					     .mod = str_keep(w->arena, at.mod),
					     .canonical = str_keep(w->arena, at.canonical) };
	map_put(w->known, at.canonical.len ? page->at.canonical : str_keep(w->arena, key), page);
	return page;
}

static void add(struct weekly *w, const struct map *memory, const struct player *p)
{
	const struct memory *m = map_get(memory, p->id);
	struct weekly_page *page = page_of(w, p);
	struct weekly_holder *h = arena_new_struct(w->arena, struct weekly_holder);
	int64_t looked_ms = m && m->tried_ms > p->synced_ms ? m->tried_ms : p->synced_ms;

	*h = (struct weekly_holder){ .next = page->holder, .id = str_keep(w->arena, p->id) };
	page->holder = h;
	page->holders++;
	page->done = page->done && m && m->in_run;
	if (looked_ms < page->looked_ms)
		page->looked_ms = looked_ms;
	w->counts.found++;
}

static bool gather(struct weekly *w, const struct map *memory, struct err *e)
{
	const struct players_ops *ops = w->players->ops;
	struct str after = STR("");
	int64_t after_ms = -1;
	struct player *p;
	size_t n;

	do {
		if (!cancel_check(w->g->stop, e) ||
		    !ops->due(w->players, w->one, after_ms, after, BATCH, &p, &n, e))
			return false;
		for (size_t i = 0; i < n; i++)
			add(w, memory, &p[i]);
		if (n > 0) {
			after_ms = p[n - 1].synced_ms;
			after = str_keep(w->arena, p[n - 1].id);
		}
		arena_reset(w->one);
	} while (n == BATCH);
	return true;
}

static bool gather_one(struct weekly *w, const struct map *memory, struct err *e)
{
	struct player p;
	bool found;

	if (!w->players->ops->get(w->players, w->one, w->options->player, &found, &p, e))
		return false;
	if (!found)
		return err_set(e, ERR_MISSING, "Player not found");
	if (!p.url.len)
		return err_set(e, ERR_MISSING, "the player has no PTI source linked");
	add(w, memory, &p);
	arena_reset(w->one);
	return true;
}

static int by_turn(const void *x, const void *y)
{
	const struct weekly_page *a = *(struct weekly_page *const *)x;
	const struct weekly_page *b = *(struct weekly_page *const *)y;

	if (a->looked_ms != b->looked_ms)
		return a->looked_ms < b->looked_ms ? -1 : 1;
	return str_cmp(a->at.canonical, b->at.canonical);
}

bool weekly_list(struct weekly *w, struct err *e)
{
	struct map *memory = map_new(w->arena);

	w->known = map_new(w->arena);
	w->counts.found = 0;
	if (!load_memory(w, memory, e) ||
	    !(w->options->player.len ? gather_one(w, memory, e) : gather(w, memory, e)))
		return false;
	w->pages = map_len(w->known);
	w->page = arena_new_array(w->arena, struct weekly_page *, w->pages + 1);
	for (size_t i = 0; i < w->pages; i++)
		w->page[i] = map_at(w->known, i)->value;
	if (w->pages > 0)
		qsort(w->page, w->pages, sizeof(struct weekly_page *), by_turn);
	for (size_t i = 0; i < w->pages; i++)
		w->done += w->page[i]->done ? w->page[i]->holders : 0;
	return true;
}

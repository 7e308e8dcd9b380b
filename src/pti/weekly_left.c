/* SPDX-License-Identifier: Apache-2.0 */
/*
 * weekly_left.c - what a run that died left beside the players.
 *
 * Players elsewhere are written in one transaction with a note of what came of their page; our own
 * memory comes after it.  Between the two a process may die: then the note says what to remember,
 * and where the run stood.
 */
#include "pti/memory.h"
#include "pti/weekly_part.h"

#define BATCH 200

struct left {
	struct weekly *w;
	struct player_result *row;
	size_t n;
};

static bool is_ours(const struct weekly *w, const struct player_result *r)
{
	return str_eq(r->run, w->result->run);
}

/* A run that another one may still go on with takes its own; one that is not in our database is
 * that of another plan. */
static bool may_take(struct weekly *w, const struct player_result *r, bool *may, struct err *e)
{
	struct value run = value_str(r->run);

	*may = r->run.len == 0 || is_ours(w, r);
	return *may || db_any(w->g->db,
			      "SELECT 1 FROM lockstep_pti_runs WHERE id = ?1 AND "
			      "status <> 'running'",
			      &run, 1, may, e);
}

/* The row may have it already, and more. */
static void go_forward(int64_t *count, int64_t to)
{
	if (*count < to)
		*count = to;
}

static void take_place(struct weekly *w, const struct player_place *p)
{
	struct weekly_counts *c = &w->counts;

	go_forward(&c->success, p->success);
	go_forward(&c->failed, p->failed);
	go_forward(&c->updated, p->updated);
	go_forward(&c->no_pti, p->no_pti);
	go_forward(&c->pages, p->pages);
	go_forward(&c->credits, p->credits);
	go_forward(&c->requests, p->requests);
}

/* [tx] */
static bool remember(void *arg, struct err *e)
{
	struct left *l = arg;

	if (!weekly_hold(l->w, e))
		return false;
	for (size_t i = 0; i < l->n; i++) {
		if (is_ours(l->w, &l->row[i]))
			take_place(l->w, &l->row[i].place);
		if (!memory_take_over(l->w->g->db, &l->row[i], is_ours(l->w, &l->row[i]), e))
			return false;
	}
	return weekly_run_note(l->w, e);
}

static bool try_remember(void *arg, struct err *e)
{
	return db_transact(((struct left *)arg)->w->g->db, remember, arg, e);
}

/* Those that are not ours to take are left out. */
static bool sift(struct left *l, struct err *e)
{
	size_t kept = 0;
	bool may;

	for (size_t i = 0; i < l->n; i++) {
		if (!may_take(l->w, &l->row[i], &may, e))
			return false;
		if (may)
			l->row[kept++] = l->row[i];
	}
	l->n = kept;
	return true;
}

static void forget(const struct left *l)
{
	struct str *id = arena_new_array(l->w->one, struct str, l->n + 1);

	for (size_t i = 0; i < l->n; i++)
		id[i] = l->row[i].id;
	players_forget(l->w->players, id, l->n);
}

bool weekly_take_left(struct weekly *w, struct err *e)
{
	struct players *p = w->players;
	struct left l = { .w = w };
	bool noting;

	if (!players_noting(p, &noting, e))
		return false;
	if (!noting)
		return true;
	/* More than one page's are there when several processes died, and none went on. */
	if (!p->ops->notes->list(p, w->one, STR(""), BATCH, &l.row, &l.n, e) || !sift(&l, e) ||
	    (l.n > 0 && !session_ask_db(w->session, try_remember, &l, e)))
		return false;
	forget(&l);
	arena_reset(w->one);
	return true;
}

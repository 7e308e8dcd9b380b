/* SPDX-License-Identifier: Apache-2.0 */
/*
 * players.h - the application's players: five fields that are ours, the rest nobody's business.
 *
 * In SQL a table `players` with the columns id, name, pti (double precision), pti_source_url,
 * pti_source_name, pti_last_synced, pti_sync_enabled; in MongoDB the collection `players` with
 * fields of those names, keyed by `id` (never _id).  pti may be stored as int32, int64, double or a
 * text there, times as dates or ISO texts; we write a double and a date.  Unset is absent in
 * MongoDB and NULL in SQL.
 */
#ifndef PLAYERS_H
#define PLAYERS_H

#include "pti/card.h"
#include "store/db.h"

struct player {
	struct str id, name;
	int32_t pti;    /* tenths, or PTI_NONE */
	struct str url; /* as stored; empty: not linked */
	struct str source_name;
	int64_t synced_ms; /* wall; 0 never */
	bool enabled;
};

/* What came of one player's page, as it is kept beside the player until it is remembered in the
 * plan's database (lockstep_pti_players, lockstep_pti_changes).  No name is in it. */
struct player_result {
	struct str id; /* a uuid; that of the change, if it is one */
	struct str player, page;
	struct str run; /* of the weekly job, or empty */
	int64_t at_ms;
	struct str code;       /* empty: it went well */
	int32_t before, after; /* tenths; PTI_NONE in `after`: the rating stays */
	struct str note;       /* what is unusual about a change, or empty */
	/* Where the run stands with this page done: its row's counts. */
	struct player_place {
		int64_t success, failed, updated, no_pti, pages, credits, requests;
	} place;
};

/* Of a store that is not the plan's own database: writes that are there together with the note of
 * what came of them.  Without that a note can only come after the data. */
struct players;
struct players_notes {
	/* Whether the server can do that. */
	MUST_CHECK bool (*able)(struct players *p, bool *yes, struct err *e);
	/* What `work` writes is there with all its notes, or nothing is.  `work` may run several
	 * times, and behind one whose end nobody heard of: it asks `has` then.  *able false:
	 * nothing is written, the server cannot. */
	MUST_CHECK bool (*together)(struct players *p, bool (*work)(void *arg, struct err *e),
				    void *arg, bool *able, struct err *e);
	/* Only within `together`. */
	MUST_CHECK bool (*put)(struct players *p, const struct player_result *r, struct err *e);
	MUST_CHECK bool (*has)(struct players *p, struct str id, bool *yes, struct err *e);
	/* Those that are still there, oldest first, at most `limit`; `player` empty: of all. */
	MUST_CHECK bool (*list)(struct players *p, struct arena *a, struct str player, size_t limit,
				struct player_result **out, size_t *n, struct err *e);
	MUST_CHECK bool (*drop)(struct players *p, const struct str *id, size_t n, struct err *e);
};

/* One const struct per kind of store. */
struct players_ops {
	const char *name;                  /* "sql", "mongodb" */
	const struct players_notes *notes; /* NULL: the store is the plan's own database */
	MUST_CHECK bool (*get)(struct players *p, struct arena *a, struct str id, bool *found,
			       struct player *out, struct err *e);
	/* Sets exactly the five fields. */
	MUST_CHECK bool (*link)(struct players *p, struct str id, const struct player *with,
				bool *found, struct err *e);
	/* Unsets url, source name, last synced and enabled; pti stays. */
	MUST_CHECK bool (*unlink)(struct players *p, struct str id, bool *found, struct err *e);
	/* pti and last synced, only while the player is still linked to `url` (an unlink meanwhile
	 * wins): *done false otherwise. */
	MUST_CHECK bool (*update)(struct players *p, struct str id, struct str url, int32_t pti,
				  int64_t synced_ms, bool *done, struct err *e);
	/* Enabled players with a page, oldest last sync first (never first), then by id; those
	 * behind (after_ms, after_id), at most `limit`. */
	MUST_CHECK bool (*due)(struct players *p, struct arena *a, int64_t after_ms,
			       struct str after_id, size_t limit, struct player **out, size_t *n,
			       struct err *e);
	/* How many link that page. */
	MUST_CHECK bool (*linked)(struct players *p, struct str url, int64_t *n, struct err *e);
	void (*close)(struct players *p);
};
struct players {
	const struct players_ops *ops;
};

/* `url` "mongodb://…" (database and collection from the path or `database`): libmongoc; empty: the
 * table in `d`.  `a` outlives it. */
struct players_options {
	struct str url, database, collection, table;
};
MUST_CHECK bool players_open(struct arena *a, struct db *d, const struct players_options *o,
			     struct players **out, struct err *e);

/* What `work` writes is there with its notes where the store can do that (*noted, which is said
 * before `work` begins); elsewhere it is carried out as it is, and puts none.  `work` may run
 * several times. */
MUST_CHECK bool players_write(struct players *p, bool (*work)(void *arg, struct err *e), void *arg,
			      bool *noted, struct err *e);
/* What the notes say is remembered.  One that cannot be removed now is found by the next run, which
 * then has nothing to do for it. */
void players_forget(struct players *p, const struct str *id, size_t n);
/* Whether notes are kept there. */
MUST_CHECK bool players_noting(struct players *p, bool *yes, struct err *e);

static inline void players_close(struct players *p)
{
	if (p)
		p->ops->close(p);
}

#endif

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

/* One const struct per kind of store. */
struct players;
struct players_ops {
	const char *name; /* "sql", "mongodb" */
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
static inline void players_close(struct players *p)
{
	if (p)
		p->ops->close(p);
}

#endif

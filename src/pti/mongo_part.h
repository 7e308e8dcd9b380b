/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mongo_part.h - what the files of the players in MongoDB share.
 *
 *   players_mongo.c  the players
 *   mongo_notes.c    what came of their pages, until the plan's database has it
 *   mongo_find.c     asking
 */
#ifndef MONGO_PART_H
#define MONGO_PART_H

#include "pti/mongo_transaction.h"
#include "pti/players.h"

/* Beside the players, in the same database. */
#define MONGO_RESULTS "lockstep_pti_results"

struct mongo_players {
	struct players base;
	struct mongo_lease lease;
	mongoc_collection_t *collection, *results;
};

static inline struct mongo_players *mongo_of(struct players *p)
{
	return CONTAINER(p, struct mongo_players, base);
}

extern const struct players_notes mongo_notes;

struct mongo_question {
	const bson_t *filter;
	bson_t *opts; /* the session comes to it */
	void (*each)(void *arg, const bson_t *doc);
	void *arg;
};
/* Calls `each` for every document that is found. */
MUST_CHECK bool mongo_find(struct mongo_players *m, mongoc_collection_t *in,
			   const struct mongo_question *q, struct err *e);

void mongo_put_text(bson_t *b, const char *name, struct str s);
/* Empty where it is no text. */
struct str mongo_text(const bson_iter_t *it, struct arena *a);

#endif

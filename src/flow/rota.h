/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rota.h - whose turn it is: which rows of an own table a stream is asked for in this cycle.
 *
 * A stream whose manifest has a ListPartitionRouter may take its values from rows of the
 * application's own table (the plan's `streams.NAME.rotation`).  Not all of them are asked every
 * time.  A cycle is one run; its turn is worked out from what stands in the database and `now`:
 *
 *     members     rows of the table that meet `where` and have a key, in the order of the plan
 *     due         without tiers: all.  With tiers: those whose last success is `every` of their
 *                 tier ago (less a slack of a tenth, at most two minutes), or who never had one
 *     batch       at most `batch` of the due.  Without tiers on from where the cycle before stood,
 *                 up to the end: a keyset cursor (order columns, key), so that rows which come and
 *                 go make nobody be left out or asked twice.  With tiers tier by tier (who was
 *                 never asked first of all), in a tier whoever waits longest since it was tried
 *
 *     sentinel    a stream with a sentinel asks few members first (`rule`: "first" of the order or
 *                 the "most_active"; always the same as long as the rows are).  Only when their
 *                 answer has what nobody had before, everybody is asked who was not since; and
 *                 everybody `full_every`, news or not.  Who was never asked, failed last, or is
 *                 still owed after an alarm comes along behind the sentinels, up to `batch`
 *
 * A cycle that was cut short (a crash, a stop) does not move the cursor; the next one takes the
 * same batch, without those that were asked already.
 *
 * Selecting is pure (rota_pick()); the rest reads and writes lockstep_members.
 */
#ifndef ROTA_H
#define ROTA_H

#include "connector/plan.h"
#include "store/db.h"

struct rota_member {
	struct str id;     /* the key's content: the partition's value */
	int64_t activity;  /* 0 when the column is NULL or there is none */
	bool has_activity; /* the column is not NULL */
	int64_t asked_ms;  /* wall; when the turn of the last attempt began; 0 never */
	int64_t done_ms;   /* wall; last success; 0 never */
	size_t tier;       /* number in the plan; 0 without tiers */
	size_t place;      /* number in the order of all members */
};

/* What a cycle asks for. */
struct rota_turn {
	struct rota_member *member;
	size_t n;
	size_t total;          /* members altogether */
	size_t due;            /* of these, before the batch cut them */
	size_t batch, batches; /* the specification's arithmetic: batch number (from 0) of all */
	size_t batch_size;
	bool wraps;    /* the keyset cursor came to the end: the next cycle starts over */
	size_t probes; /* so many of the first are sentinels; as long as nothing is new, all */
};

/* Pure, of a rotation without a sentinel.  `member` (n, in order; tier and place are worked out) is
 * all; `cursor` is the place behind which the last cycle ended (0: the start).  *out borrows from
 * `a`. */
void rota_pick(struct arena *a, const struct rotation_plan *p, const struct rota_member *member,
	       size_t n, size_t cursor, int64_t now_ms, struct rota_turn *out);

struct rota;

struct rota_choice {
	const struct connection *connection;
	const struct stream *stream; /* has a rotation */
	int64_t now_ms;              /* wall */
	/* Limits the members to rows whose column holds it (a coach's own, say); such a turn moves
	 * no cursor.  Or empty. */
	struct str only_column, only;
};

/* Reads members and says whose turn it is. */
MUST_CHECK bool rota_choose(struct db *d, struct arena *a, const struct rota_choice *q,
			    struct rota **out, struct err *e);

const struct rota_turn *rota_turn(const struct rota *r);
/* All members, in order. */
const struct rota_member *rota_members(const struct rota *r, size_t *n);
/* A full pass: everybody, whatever is due.  Replaces the turn. */
void rota_everybody(struct rota *r);

enum rota_outcome {
	ROTA_NOTHING, /* asked, nothing new */
	ROTA_NEWS,    /* asked, something new */
	ROTA_FAILED,
};
/* [tx] Remembers, with what the answer brought; `now_ms` is when it came. */
MUST_CHECK bool rota_note(struct db *d, const struct rota *r, const struct rota_member *m,
			  enum rota_outcome outcome, int64_t now_ms, struct err *e);
/*
 * [tx] A sentinel saw something that nobody had: everybody who was not asked since `now_ms` is due
 * now.  The turn becomes that, but in a full pass.  The sentinel's own rota_note() has the same
 * `now_ms` or a later one, so that it is not asked again.
 */
MUST_CHECK bool rota_alarm(struct db *d, struct rota *r, int64_t now_ms, struct err *e);
/*
 * [tx] Another member had what nobody had.  Everybody who was not asked since is due in the next
 * cycle; this one's turn stays, or the very first cycle of many members would begin anew with
 * everything that only some of them have.
 */
MUST_CHECK bool rota_remind(struct db *d, struct rota *r, int64_t now_ms, struct err *e);
/* [tx] The cycle is over: the keyset cursor moves behind the last member of the turn (only after
 * cycles that were carried to their end). */
MUST_CHECK bool rota_close(struct db *d, struct rota *r, int64_t now_ms, struct err *e);

#endif

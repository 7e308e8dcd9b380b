/* SPDX-License-Identifier: Apache-2.0 */
/*
 * shift.h - a pass over a stream whose members take turns: whom it reads, what came of each.
 *
 * An incremental pass reads the turn (rota.h), a full one everybody.  What is known of a member is
 * written by the commit that covers its partition.  A member that fails is noted and the others go
 * on, until so many fail in a row that the vendor must be away.
 *
 * A sentinel's news are known at the commit: with `table`, `column` and `value` of the plan they
 * are what nobody had in that column, without them a row that was created.
 */
#ifndef SHIFT_H
#define SHIFT_H

#include "flow/batch.h"
#include "flow/place.h"
#include "flow/rota.h"

struct shift;

/* *out NULL when the stream has no rotation, or only some records are read: then everybody is.
 * The reader of the stream is fed by the session from here on. */
MUST_CHECK bool shift_open(struct session *s, const struct plan_table *t, enum run_mode mode,
			   struct arena *a, struct shift **out, struct err *e);
void shift_done(struct shift *h); /* NULL is allowed */

/* A page of the member whose turn it is, whose rows are those of the batch from `row` on. */
MUST_CHECK bool shift_page(struct shift *h, const struct page *page, const struct batch *b,
			   size_t row, struct err *e);
/* The sentinels were read: what they had decides whom the reader gets next. */
bool shift_wants_commit(const struct shift *h);
/* It failed, because of *why.  False: that ends the pass. */
bool shift_failed(struct shift *h, const struct err *why);

/* [tx] After the batch was written; may be run again after a rollback.  *anew: an alarm has begun
 * another turn, in which members may be read again. */
MUST_CHECK bool shift_commit(struct shift *h, const struct batch *b, bool *anew, struct err *e);
void shift_committed(struct shift *h);
/* [tx] The turn was read to its end. */
MUST_CHECK bool shift_end(struct shift *h, struct err *e);

/* Nobody's turn failed, or the error of the first one when all did. */
bool shift_whole(const struct shift *h);
const struct err *shift_error(const struct shift *h);

/* [tx] The cycle's row; `run` is the run's id. */
MUST_CHECK bool shift_log(struct shift *h, struct str run, int64_t calls, struct err *e);
/* For the run log. */
struct value shift_details(const struct shift *h, struct arena *a);

#endif

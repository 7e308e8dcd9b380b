/* SPDX-License-Identifier: Apache-2.0 */
/*
 * error_mute.h - groups of errors that nobody wants to hear of for a while: lockstep_mutes.
 */
#ifndef ERROR_MUTE_H
#define ERROR_MUTE_H

#include "store/db.h"

struct error_mute {
	uint64_t hash;              /* error_hash() */
	int64_t until_ms, since_ms; /* wall */
	struct str reason, actor;
};

/* As control_plan(). */
MUST_CHECK bool error_mute_plan(struct db *d, struct arena *a, struct str **statement,
				size_t *statements, struct err *e);

/* [tx] In place of an earlier one. */
MUST_CHECK bool error_mute_put(struct db *d, const struct error_mute *m, struct err *e);
/* [tx] *was: there was one. */
MUST_CHECK bool error_mute_remove(struct db *d, uint64_t hash, bool *was, struct err *e);
/* Those in force at now_ms. */
MUST_CHECK bool error_mutes(struct db *d, struct arena *a, int64_t now_ms, struct error_mute **out,
			    size_t *n, struct err *e);
/* Forgets those that ended before that. */
MUST_CHECK bool error_mute_cleanup(struct db *d, int64_t before_ms, int64_t *deleted,
				   struct err *e);

/* NULL: it is not among them. */
const struct error_mute *error_mute_of(const struct error_mute *m, size_t n, uint64_t hash);

#endif

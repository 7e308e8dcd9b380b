/* SPDX-License-Identifier: Apache-2.0 */
/*
 * member.h - the members of a rotation: rows of the application's own table, and what is remembered
 * of each, in lockstep_members and lockstep_rotations.
 *
 * A member is named by the text of its key.  Where a rotation stands is a keyset cursor: the
 * contents of the order's columns and the key of the last member, so that rows which come and go
 * leave nobody out.  Functions marked [tx] are called inside the caller's transaction.
 */
#ifndef MEMBER_H
#define MEMBER_H

#include "store/outbox.h"

#define MEMBER_ORDER_MAX 4

/* Who is a member. */
struct member_source {
	struct str connection, stream;
	struct str table, key, activity; /* activity: a column, or empty */
	const struct outbox_condition *when;
	size_t whens;
	const struct str *order;
	size_t orders;
	struct str only_column, only; /* only rows whose column holds that; or empty */
};

struct member {
	struct str id;
	int64_t activity;
	bool has_activity;                   /* the column is not NULL */
	int64_t asked_ms, done_ms, failures; /* wall; 0 never; failures since the last success */
	bool behind;                         /* the cursor */
	const struct value *at;              /* contents of the order's columns */
};

struct members {
	struct member *member; /* in order, each key once */
	size_t n;
	struct str shape; /* the order's columns and their types: cursors of another are void */
};

/*
 * One query, whatever their number.  `cursor` is a member_cursor() of before, or empty: all are
 * behind it.  ERR_CONFIG names a table or column that is not there.
 */
MUST_CHECK bool member_list(struct db *d, struct arena *a, const struct member_source *s,
			    struct str cursor, struct members *out, struct err *e);

/* The place of that member. */
MUST_CHECK bool member_cursor(struct arena *a, const struct members *all, size_t orders,
			      const struct member *m, struct str *out, struct err *e);

struct member_note {
	struct str connection, stream, id;
	int64_t asked_ms;
	int64_t done_ms; /* 0: it failed */
	int64_t news_ms; /* 0: there were none */
};
/* [tx] */
MUST_CHECK bool member_put(struct db *d, const struct member_note *note, struct err *e);

/* Where a rotation stands. */
struct rotation_state {
	struct str cursor;
	int64_t alarm_ms;  /* wall, of the last news of a sentinel; 0 none */
	int64_t closed_ms; /* wall; when the last turn began that was closed; 0 none */
};
MUST_CHECK bool rotation_get(struct db *d, struct arena *a, struct str connection,
			     struct str stream, struct rotation_state *out, struct err *e);
/* [tx] All but the alarm. */
MUST_CHECK bool rotation_put(struct db *d, struct str connection, struct str stream,
			     const struct rotation_state *s, struct err *e);
/* [tx] An alarm never becomes an older one. */
MUST_CHECK bool rotation_alarm(struct db *d, struct str connection, struct str stream,
			       int64_t alarm_ms, struct err *e);

/* Forgets members that were not asked since. */
MUST_CHECK bool member_cleanup(struct db *d, int64_t before_ms, int64_t *deleted, struct err *e);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * place.h - where the reading of a table stands, as it is kept in the database.
 *
 * Two kinds of state, both small and of constant size, both JSON in lockstep_state under the
 * table's name:
 *
 *     "#pass"        the pass over all partitions: which one, of which kind, whether it is open
 *     a partition    its cursor, and, while a pass is open, where in it the next page begins
 *
 * A pass is a complete enumeration.  It may take several runs (a cap, a stop, a crash); its cursors
 * move only when a partition was read to its end, to where the vendor's clock stood when the pass
 * began.
 */
#ifndef PLACE_H
#define PLACE_H

#include "flow/reader.h"

enum run_mode { MODE_INCREMENTAL, MODE_FULL };
const char *run_mode_name(enum run_mode m);

struct pass_state {
	struct str id; /* empty: there never was one */
	enum run_mode mode;
	bool open;
	int64_t began_ms;     /* wall */
	int64_t records;      /* so far, or of the last complete one */
	int64_t full_ms;      /* when the last full pass ended; 0 never */
	int64_t total;        /* records of the last complete enumeration; 0 unknown */
	int64_t committed_ms; /* when it was last committed; 0 unknown */
};

struct partition_state {
	int64_t cursor_us; /* the next incremental pass begins here, less the overlap; NO_TIME none
			    */
	struct str pass;   /* the pass that the rest speaks of */
	bool done;         /* in that pass */
	int64_t since_us, signpost_us, window_us, windows_end_us, max_us;
	struct value token;
};

MUST_CHECK bool pass_state_load(struct db *d, struct arena *a, struct str connection,
				struct str table, struct pass_state *out, struct err *e);
MUST_CHECK bool pass_state_store(struct db *d, struct str connection, struct str table,
				 const struct pass_state *s, struct err *e); /* [tx] */

/* What a stored text says; an empty one: of nothing. */
MUST_CHECK bool pass_state_read(struct arena *a, struct str table, struct str json,
				struct pass_state *out, struct err *e);
/* Under which partition the pass over all of them stands. */
#define PASS_PARTITION STR("#pass")

MUST_CHECK bool partition_state_load(struct db *d, struct arena *a, const struct state_key *k,
				     struct partition_state *out, struct err *e);
MUST_CHECK bool partition_state_read(struct arena *a, struct str table, struct str json,
				     struct partition_state *out, struct err *e);
/* The JSON to put for it. */
MUST_CHECK bool partition_state_text(struct arena *a, const struct partition_state *s,
				     struct str *out, struct err *e);

#endif

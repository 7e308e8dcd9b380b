/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ingest.h - solves and events of a vendor's answer on their way into the tables.
 *
 * A solve's id is the vendor's for one event only: the same number stands for another solve in
 * another event, and in the ODL.  So the key is (user, source, event, id), and of what one answer
 * holds twice the last one stands.  What comes again is written only when it differs.
 */
#ifndef INGEST_H
#define INGEST_H

#include "gameplatform/vendor.h"

struct ingest_who {
	struct str user; /* syned_user_id */
	struct str team; /* syned_team_id, or empty */
	int64_t number;  /* metactf_user_id; 0: not known */
};

struct ingest_counts {
	int64_t created, updated, rejected;
};

/* [tx] What `scores` holds, as source `odl`.  *c is added to. */
MUST_CHECK bool ingest_scores(struct db *d, struct arena *a, const struct ingest_who *who,
			      const struct vendor_scores *scores, struct ingest_counts *c,
			      struct err *e);

/* [tx] Events and their solves (source `flash_ctf`).  `solves` and `events` are added to. */
MUST_CHECK bool ingest_events(struct db *d, struct arena *a, const struct ingest_who *who,
			      const struct vendor_event *event, size_t n,
			      struct ingest_counts *solves, struct ingest_counts *events,
			      struct err *e);

/* Whether any of the events is one that nobody had before. */
MUST_CHECK bool ingest_unheard_of(struct db *d, const struct vendor_event *event, size_t n,
				  bool *any, struct err *e);

/* When the youngest of the events began that began before then; *began_ms 0: there is none. */
MUST_CHECK bool ingest_event_before(struct db *d, int64_t before_ms, int64_t *began_ms,
				    struct err *e);

#endif

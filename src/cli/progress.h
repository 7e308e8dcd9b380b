/* SPDX-License-Identifier: Apache-2.0 */
/*
 * progress.h - a run as a person follows it: a bar on a terminal, a line per table elsewhere.
 */
#ifndef PROGRESS_H
#define PROGRESS_H

#include "flow/session.h"

struct progress {
	bool quiet, live; /* live: draw */
	int64_t began_ms; /* steady; of the table */
	int64_t drawn_ms; /* steady; last drawing */
	char table[128];
};

void progress_init(struct progress *p, bool quiet);

/* A struct watch that draws on `p`. */
struct watch progress_watch(struct progress *p);

#endif

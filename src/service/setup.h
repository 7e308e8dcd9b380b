/* SPDX-License-Identifier: Apache-2.0 */
/*
 * setup.h - a plan that is in force, for as long as somebody works by it.
 *
 * A reload swaps the whole; whoever began under the old one ends under it.  Immutable, from any
 * thread.
 */
#ifndef SETUP_H
#define SETUP_H

#include "connector/plan.h"

struct setup;

/* A plan file and the connectors it names.  False: *told has every complaint, a line each. */
MUST_CHECK bool setup_load(const struct plan_options *o, struct buf *told, struct setup **out,
			   struct err *e);

const struct plan *setup_plan(const struct setup *s);
struct setup *setup_ref(struct setup *s);
void setup_unref(struct setup *s); /* NULL is allowed */

/* For CLEANUP(setup_unrefp). */
void setup_unrefp(struct setup **s);
#define AUTO_SETUP CLEANUP(setup_unrefp) struct setup

#endif

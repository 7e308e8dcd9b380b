/* SPDX-License-Identifier: Apache-2.0 */
/* restart_note.h - what of a plan that was read again takes a restart. */
#ifndef RESTART_NOTE_H
#define RESTART_NOTE_H

#include "base/buf.h"
#include "connector/plan.h"

/* Tells, a line each, what this process holds open and so keeps until it is started anew. */
void restart_note(const struct plan *old, const struct plan *new, struct buf *told);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * note.h - what a person does at the command line, and its entry in the audit log.
 *
 * Actions and targets are called as the API's routes call them, so that one filter of `lockstep
 * audit` finds a deed whichever way it came.
 */
#ifndef NOTE_H
#define NOTE_H

#include "cli/app.h"

struct note {
	const char *action;   /* "outbox.retry" */
	struct str target;    /* "outbox:17" */
	struct value details; /* a map without secrets and personal data; .kind 0: none */
};

/* Who sits here: "cli:root". */
struct str note_actor(struct arena *a);

/*
 * Runs `act` and writes the entry, both or neither; `n` is read when `act` has said true, which may
 * still fill it.  `act` NULL: the entry alone, for what is too long for one transaction.
 */
MUST_CHECK bool note_do(struct app *app, const struct note *n,
			bool (*act)(void *arg, struct err *e), void *arg, struct err *e);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * desk.h - what the commands about users, tokens and the audit log stand on: an open database with
 * their tables, who asks, and a change that goes into the log with itself.
 */
#ifndef DESK_H
#define DESK_H

#include "cli/app.h"

struct desk {
	struct app app;
	const struct args *args;
	const char *name;  /* the word behind the verb, or NULL */
	struct str actor;  /* "cli:root" */
	struct str secret; /* a password that was typed, a token that was made */
};

struct verb {
	const char *name;
	bool named; /* a name must follow */
	MUST_CHECK bool (*run)(struct desk *d, struct err *e);
};

/* Runs the verb that the first word names; without any, the first of the table. */
int desk_run(const struct args *a, const struct verb *verb, size_t verbs);

/* Runs `act` and writes the entry, both or neither. */
MUST_CHECK bool desk_do(struct desk *d, const char *action, const char *kind, struct value details,
			bool (*act)(struct desk *d, struct err *e), struct err *e);

/* --role, which must be there. */
MUST_CHECK bool desk_role(const struct desk *d, unsigned *role, struct err *e);

#endif

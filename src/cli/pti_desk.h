/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pti_desk.h - what the verbs of `lockstep pti` stand on: an open plan and database, the connection
 * that has the ratings, and the store of players.
 */
#ifndef PTI_DESK_H
#define PTI_DESK_H

#include "cli/app.h"
#include "pti/link.h"

struct pti_desk {
	struct app app;
	const struct args *args;
	const struct connection *connection;
	struct linking linking;
	struct wish wish;
};

/* One row of the table in cmd_pti.c.  *code is EXIT_DONE before. */
struct pti_verb {
	const char *name;
	size_t operands; /* that must follow the verb */
	const char *asks;
	bool (*run)(struct pti_desk *d, int *code, struct err *e);
};

#endif

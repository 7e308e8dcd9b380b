/* SPDX-License-Identifier: Apache-2.0 */
/*
 * deed.h - a change that somebody asked for, and its audit entry, in one transaction.
 */
#ifndef DEED_H
#define DEED_H

#include "api/call.h"

struct deed {
	struct call *call;
	MUST_CHECK bool (*act)(struct deed *d, struct err *e);
	void *arg;
	const char *action;   /* "user.add" */
	struct str target;    /* "user:ana" */
	struct value details; /* a map without secrets, or UNDEFINED */
	struct str actor;     /* empty: the caller's name */
};

/* Both are there, or neither. */
MUST_CHECK bool deed_do(struct deed *d, struct err *e);

#endif

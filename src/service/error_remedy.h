/* SPDX-License-Identifier: Apache-2.0 */
/*
 * error_remedy.h - what a person does about an error, by its code or by what its text speaks of.
 * Pure.
 */
#ifndef ERROR_REMEDY_H
#define ERROR_REMEDY_H

#include "base/str.h"

struct remedy {
	const char *code; /* "auth", "rate_limit", …: stable */
	const char *says; /* a sentence or two */
};

/* By a code of the quarantine ("required", …) when there is one, else by the text. */
const struct remedy *remedy_of(struct str code, struct str text);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * secret_prompt.h - a secret typed by a person, or piped in: never an option, for those are seen by
 * everybody on the machine and kept by shells.
 */
#ifndef SECRET_PROMPT_H
#define SECRET_PROMPT_H

#include "base/err.h"
#include "base/str.h"

/*
 * From a terminal without echo, asked for twice; else the first line of standard input.  ERR_USAGE
 * when there is none, it is longer than `max` bytes, or the two differ.
 */
MUST_CHECK bool secret_prompt(struct arena *a, const char *what, size_t max, struct str *out,
			      struct err *e);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* inspect_part.h - telling what was found: between inspect*.c only. */
#ifndef INSPECT_PART_H
#define INSPECT_PART_H

#include "gameplatform/inspect.h"

/* All is well; `next` may be NULL. */
void inspect_well(const struct inspection *x, const char *what, struct str says, const char *next);
/* It is not. */
void inspect_ill(const struct inspection *x, const char *what, struct str says, const char *next,
		 const struct err *why);

/* inspect_calls.c: the vendor's calls, one by one.  False: the vendor is not to be reached, and it
 * is told why.  `user`: of somebody registered, or empty. */
bool inspect_calls(const struct inspection *x, struct str user);

#endif

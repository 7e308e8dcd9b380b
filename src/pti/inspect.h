/* SPDX-License-Identifier: Apache-2.0 */
/* inspect.h - `lockstep check` of ratings: where pages come from, what is left to spend, who is
 * linked. */
#ifndef PTI_INSPECT_H
#define PTI_INSPECT_H

#include "service/integration.h"

/* integration.h's inspect(): asks the source for its credits, which costs none, and fetches no
 * page. */
void pti_inspect(const struct inspection *x);

#endif

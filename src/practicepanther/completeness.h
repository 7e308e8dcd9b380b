/* SPDX-License-Identifier: Apache-2.0 */
/* completeness.h - GET /api/sync/completeness: whether all that the firm has is here, and linked.
 */
#ifndef COMPLETENESS_H
#define COMPLETENESS_H

#include "api/call.h"

bool firm_completeness(struct call *c, struct err *e);

#endif

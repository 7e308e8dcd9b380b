/* SPDX-License-Identifier: Apache-2.0 */
/* firm.h - the plan's PracticePanther connection, and the state of its token. */
#ifndef FIRM_H
#define FIRM_H

#include "service/connection.h"

/* The plan's first connection with the connector practicepanther; it lives as long as `s`.
 * ERR_MISSING. */
MUST_CHECK bool firm_connection(const struct setup *s, const struct connection **out,
				struct err *e);

/* {status, message, expires_at, has_refresh_token}; status is one of no_token, valid,
 * expiring_soon (less than an hour), expired, error. */
MUST_CHECK bool firm_token(const struct call *c, const struct connection *n, struct value *out,
			   struct err *e);

/* Use of the vendor's limit as budget_view(); null when the manifest has none. */
MUST_CHECK bool firm_budget(const struct call *c, const struct connection *n, struct value *out,
			    struct err *e);

/* Answers in the original application's envelope: {"status": "success", "data": …}. */
bool firm_answer(struct call *c, struct value data, struct err *e);

#endif

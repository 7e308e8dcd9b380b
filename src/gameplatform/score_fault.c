/* SPDX-License-Identifier: Apache-2.0 */
/* score_fault.c - what a call that failed means: for one competitor, or for all of them. */
#include "gameplatform/score_fault.h"

static bool away(enum vendor_code code)
{
	return code == VENDOR_SERVER || code == VENDOR_TIMEOUT || code == VENDOR_NETWORK ||
	       code == VENDOR_RATE_LIMITED;
}

enum score_fault score_fault(const struct vendor_fault *f, struct patience *p, struct err *e)
{
	if (!away(f->code))
		p->failures = 0;
	else if (++p->failures >= PATIENCE) {
		err_set(e, ERR_TRANSIENT, "the vendor did not answer %u requests in a row: %s",
			p->failures, vendor_code_name(f->code));
		return SCORE_STOP;
	}
	if (f->code == VENDOR_NONE || f->code == VENDOR_UNAUTHORIZED)
		return SCORE_STOP;
	if (f->code == VENDOR_NOT_FOUND)
		return SCORE_GONE;
	return f->code == VENDOR_NOT_APPROVED ? SCORE_UNAPPROVED : SCORE_FAILED;
}

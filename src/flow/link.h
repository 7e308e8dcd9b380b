/* SPDX-License-Identifier: Apache-2.0 */
/* link.h - the end of a run: references whose parent came later, columns that follow a parent. */
#ifndef LINK_H
#define LINK_H

#include "flow/session.h"

/* Set by set, over all tables of the connection; keeps before-images where the session does.  [tx]
 */
MUST_CHECK bool link_rows(struct session *s, struct arena *a, int64_t *linked, int64_t *waiting,
			  struct err *e);

#endif

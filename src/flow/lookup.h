/* SPDX-License-Identifier: Apache-2.0 */
/* lookup.h - one record by its id, where the plan knows how to ask for it (`record_path`). */
#ifndef LOOKUP_H
#define LOOKUP_H

#include "flow/exchange.h"

/*
 * Asks for the record `id` at `path` (below the stream's own URL, {id} in the id's place).
 * *found false: the vendor has no such record, or the stream's filter leaves it out.  The record is
 * filtered and transformed as the stream's are, and lives as long as `a`.
 */
MUST_CHECK bool lookup_record(struct session *s, const struct stream *st, struct str path,
			      struct str id, struct arena *a, struct value *record, bool *found,
			      struct err *e);

#endif

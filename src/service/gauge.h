/* SPDX-License-Identifier: Apache-2.0 */
/* gauge.h - what the service tells about itself in numbers and events. */
#ifndef GAUGE_H
#define GAUGE_H

#include "service/service.h"

/* Refreshes what only the database knows, before the metrics are written. */
void gauge_read(struct service *s, struct db *d);

/* Counts what became of a job, and tells whoever looks.  The dispatcher's thread; never blocks. */
void gauge_tell(struct service *s, const struct pool_event *ev);

#endif

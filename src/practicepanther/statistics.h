/* SPDX-License-Identifier: Apache-2.0 */
/* statistics.h - GET /api/sync/statistics: 30 days of runs, and the monitoring checklist. */
#ifndef STATISTICS_H
#define STATISTICS_H

#include "api/call.h"

bool firm_statistics(struct call *c, struct err *e);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * weekly_report.h - what the weekly job was at, for the list of connections: runs, players,
 * credits.
 *
 * A run that asked for everybody is a success for the promise, also when some pages failed; one
 * that stopped before is not.
 */
#ifndef WEEKLY_REPORT_H
#define WEEKLY_REPORT_H

#include "service/integration.h"

/* A `report` of struct integration. */
MUST_CHECK bool weekly_report(const struct reporting *r, struct integration_report *out,
			      struct err *e);

#endif

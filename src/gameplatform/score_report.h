/* SPDX-License-Identifier: Apache-2.0 */
/*
 * score_report.h - what the score sync was at, for the list of connections: cycles and figures.
 *
 * A cycle in which some competitors failed is a success: each of them shows its own error.
 */
#ifndef SCORE_REPORT_H
#define SCORE_REPORT_H

#include "service/integration.h"

/* A `report` of struct integration. */
MUST_CHECK bool score_report(const struct reporting *r, struct integration_report *out,
			     struct err *e);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* run_export.h - runs as a file: CSV for a spreadsheet, or a line of JSON each. */
#ifndef RUN_EXPORT_H
#define RUN_EXPORT_H

#include "api/call.h"
#include "store/control.h"

#define EXPORT_RUNS_MAX 50000

/*
 * Answers with the runs that the filter finds, at most f->limit, read in pieces.  When there are
 * more, the header X-Next-After has the id to go on with as `after`.
 */
MUST_CHECK bool run_export(struct call *c, struct run_filter f, bool csv, struct err *e);

#endif

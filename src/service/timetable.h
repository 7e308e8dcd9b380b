/* SPDX-License-Identifier: Apache-2.0 */
/* timetable.h - the schedules that the plan asks for, and the service's own. */
#ifndef TIMETABLE_H
#define TIMETABLE_H

#include "flow/run.h"
#include "service/integration.h"
#include "work/schedule.h"

/* The schedule of a connection's runs of one kind, without a time: cron and every are empty. */
void timetable_schedule(struct arena *a, const struct connection *c, enum run_mode mode,
			struct schedule *out);

/* Declares them all and forgets those that the plan had before.  Opens its own transaction. */
MUST_CHECK bool timetable_declare(struct db *d, const struct plan *p,
				  const struct integration *const *integrations, struct err *e);

#endif

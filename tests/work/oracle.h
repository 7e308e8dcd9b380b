/* SPDX-License-Identifier: Apache-2.0 */
/*
 * oracle.h - what oracle_schedule.py says: schedules, when nobody looked, and what fires.
 */
#ifndef ORACLE_H
#define ORACLE_H

#include "work/schedule.h"

struct oracle_fire {
	int64_t slot_ms, at_ms;
};

struct oracle_schedule {
	struct schedule schedule;
	int64_t begin_ms; /* when it was made */
	struct oracle_fire *fire;
	size_t fires;
	int64_t missed;
};

struct oracle {
	struct arena *arena;
	struct oracle_schedule *schedule;
	size_t schedules;
	struct {
		int64_t from_ms, until_ms;
	} outage[1000];
	size_t outages;
	int64_t end_ms;
};

/* Ends the program when there is nothing to be had. */
struct oracle *oracle_open(const char *script, int schedules, int days, int seed);
void oracle_close(struct oracle *o);

/* When somebody looks first, not before `at_ms`. */
int64_t oracle_look(const struct oracle *o, int64_t at_ms);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dashboard.h - the parts of the game platform's dashboard; each is a route and a member of the
 * whole.
 *
 * Definitions: section 16 of the specification and section 5 of the vendor's facts.  Every part is
 * counted by the database in a handful of queries, however many solves there are.
 */
#ifndef DASHBOARD_H
#define DASHBOARD_H

#include "gameplatform/figures.h"

/*
 * The five cards: {value, of, delta, sparkline}.  `delta` is this range less the one of the same
 * length before it, null when the range is all time; `sparkline` has seven equal parts of the
 * range, oldest first.
 *
 *     activeOnPlatform      competitors whose last activity is at most 14 days old, whatever the
 *                           range; delta and sparkline: who solved or took part
 *     registeredCompetitors with a platform id, of all; delta: newly registered; sparkline: running
 *                           total
 *     teamEnrollment        on a team, of all; likewise
 *     totalChallenges       the vendor's totals; delta and sparkline: solves
 *     monthlyParticipation  distinct participants of Flash CTFs that began in the range
 *
 * `global`, unless it is NULL: {totalCompetitors, syncedCompetitors, activeRecently,
 * totalChallenges, monthlyCtfParticipants, lastSyncedAt}, the original's names for the same.
 */
MUST_CHECK bool dashboard_kpis(const struct figures *f, struct value *out, struct value *global,
			       struct err *e);

/* Who has solved how much.  `rank` is by challenges, then points, among all in sight, whatever is
 * searched for. */
struct board_options {
	struct str search; /* in names and teams; empty: all */
	struct str sort;   /* rank, name, team, challenges, points, activity */
	bool descending;
	int64_t limit, offset;
};
MUST_CHECK bool dashboard_leaderboard(const struct figures *f, const struct board_options *o,
				      struct value *list, int64_t *total, struct err *e);
/* Topics of one competitor in sight: ERR_MISSING when there is none. */
MUST_CHECK bool dashboard_topics(const struct figures *f, struct str competitor, struct value *list,
				 struct err *e);

/*
 * Flash CTFs: {students, alerts: {noParticipation, declining}, monthlyTotals: twelve months, oldest
 * first, {month, participants, events, challenges, score}}.  A student's status: "none" without an
 * event in twelve months; "declining" when there is none this month, or fewer than half of the
 * average of the last three; else "active".  Months are UTC's.
 */
struct momentum_options {
	struct str status; /* only those; empty: all.  `alerts` counts all in any case */
	struct str sort;   /* status, name, month, average, year, challenges, last */
	bool descending;
	int64_t limit, offset;
};
MUST_CHECK bool dashboard_momentum(const struct figures *f, const struct momentum_options *o,
				   struct value *out, struct err *e);
/* The events of one competitor in sight, newest first, each with what was solved there. */
MUST_CHECK bool dashboard_events(const struct figures *f, struct str competitor, struct value *list,
				 struct err *e);

MUST_CHECK bool dashboard_teams(const struct figures *f, struct value *list, struct err *e);
/* {onPlatform, awaiting, roster} of one team in sight. */
MUST_CHECK bool dashboard_team(const struct figures *f, struct str team, struct value *out,
			       struct err *e);

/* {unsyncedCompetitors, syncErrors, staleCompetitors, actionRequired} with at most `limit` each,
 * and how many there are. */
MUST_CHECK bool dashboard_alerts(const struct figures *f, int64_t limit, struct value *out,
				 struct err *e);

/* What happened in the range, newest first: {at, type, title, competitorId, teamId, status}. */
struct timeline_options {
	struct str kind; /* solve, flash_ctf, streak, registration, team, sync, other; empty: all */
	struct str before; /* only what came before that time; empty: up to now */
	int64_t limit, offset;
};
MUST_CHECK bool dashboard_timeline(const struct figures *f, const struct timeline_options *o,
				   struct value *list, struct err *e);

/* How much of that happened on each of the range's days, UTC, oldest first: {day, events}. */
MUST_CHECK bool dashboard_days(const struct figures *f, struct str kind, struct value *list,
			       struct err *e);

/* One competitor's report card. */
MUST_CHECK bool dashboard_report(const struct figures *f, struct str competitor, struct value *out,
				 struct err *e);

extern const struct route gameplatform_dashboard_routes[];

#endif

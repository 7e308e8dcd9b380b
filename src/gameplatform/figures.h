/* SPDX-License-Identifier: Apache-2.0 */
/*
 * figures.h - rows that a query counts, as JSON: what every part of the dashboard stands on.
 *
 * Whatever is counted is counted by the database, over rows of competitors that the caller may see;
 * nothing here loads solves one by one.
 */
#ifndef FIGURES_H
#define FIGURES_H

#include "api/call.h"

#define FIGURES_BUCKETS 7 /* of a sparkline */
#define FIGURES_ACTIVE_MS ((int64_t)14 * 24 * 60 * 60 * 1000)

/* Whose figures, and of when.  Times are wall milliseconds. */
struct figures {
	struct call *call;
	struct str coach;    /* profiles.id; empty: all */
	struct str division; /* of the team; empty: all, also competitors without a team */
	bool all_time;       /* range "all": there is no range before this one */
	int64_t now_ms, since_ms;
	int64_t before_ms; /* where the range of the same length before it begins */
};

/* The query's `range`, `coach` and `division`; what the caller may see.  ERR_AUTH. */
MUST_CHECK bool figures_open(struct call *c, struct figures *out, struct err *e);

/*
 * Begins every query: a row per competitor in sight, with the team if there is one.  ?1 is the
 * coach, ?2 the division; a query's own parameters are ?3 and on.
 *
 *     scope(cid, id, uid, name, status, is_active, coach_id, problem, created_at,
 *           team_id, team_name, team_division, joined_at)
 *
 * `id` is the competitor's id as text, for answers and for what a caller names.  `cid` is the same
 * as it is stored: other tables are joined by it, or no index of theirs could be used, and each of
 * a thousand competitors would read a thousand rows.
 */
#define FIGURES_SCOPE                                                                            \
	"WITH scope AS NOT MATERIALIZED (SELECT c.id AS cid, CAST(c.id AS text) AS id, "         \
	"c.game_platform_id AS uid, "                                                            \
	"c.first_name || ' ' || c.last_name AS name, c.status AS status, c.is_active, "          \
	"c.coach_id, c.game_platform_sync_error AS problem, c.created_at, "                      \
	"CAST(t.id AS text) AS team_id, t.name AS team_name, t.division AS team_division, "      \
	"m.joined_at FROM competitors c LEFT JOIN team_members m ON m.competitor_id = c.id "     \
	"LEFT JOIN teams t ON t.id = m.team_id WHERE (?1 = '' OR CAST(c.coach_id AS text) = ?1)" \
	" AND (?2 = '' OR t.division = ?2)) "

enum shown_as {
	SHOWN_TEXT,
	SHOWN_INT,
	SHOWN_NUMBER, /* one decimal */
	SHOWN_TIME,
	SHOWN_BOOL,
	SHOWN_JSON,
};
/* A column of a result as a member of a map; arrays end with .name NULL. */
struct shown {
	const char *name;
	enum shown_as as;
};

/* Runs FIGURES_SCOPE and `sql`. */
MUST_CHECK bool figures_ask(const struct figures *f, const char *sql, const struct value *more,
			    size_t mores, struct db_result *out, struct err *e);
/* A map of the row's columns, from the first on. */
struct value figures_row(struct arena *a, const struct db_result *r, size_t row,
			 const struct shown *columns);
/* Asks, and makes a list of such maps. */
MUST_CHECK bool figures_list(const struct figures *f, const char *sql, const struct value *more,
			     size_t mores, const struct shown *columns, struct value *list,
			     struct err *e);

int64_t figures_int(struct value cell); /* 0 for NULL */

/* SQL of this database for a column that holds a time: Unix seconds; "2026-11"; "2026-11-21"; and
 * the day as the database likes it, for many rows are grouped by it. */
const char *figures_epoch(const struct figures *f, const char *column);
const char *figures_month(const struct figures *f, const char *column);
const char *figures_day(const struct figures *f, const char *column);
const char *figures_date(const struct figures *f, const char *column);
/* Of such a day: how many days after 1970-01-01 it is. */
const char *figures_day_number(const struct figures *f, const char *date);
/* The solves of one competitor in sight, whose id is ?3, by the index of a user's solves. */
#define FIGURES_OF_ONE(column) column " = (SELECT uid FROM scope WHERE id = ?3)"

#endif

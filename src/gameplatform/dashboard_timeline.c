/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dashboard_timeline.c - what happened, newest first: solves, events, registrations, team edits,
 * streaks, syncs.
 *
 * Each source gives at most as many rows as are wanted altogether, newest first, so that nothing is
 * sorted whole.
 */
#include "data/moment.h"
#include "gameplatform/dashboard.h"
#include "service/view.h"
#include "store/cell.h"

/* So many days in a row with a solve are a streak. */
#define STREAK_DAYS 3
#define SQL_BYTES_MAX ((size_t)16 << 10)

static const struct shown timeline_columns[] = {
	{ "at", SHOWN_TIME },     { "type", SHOWN_TEXT },         { "title", SHOWN_TEXT },
	{ "points", SHOWN_INT },  { "competitorId", SHOWN_TEXT }, { "name", SHOWN_TEXT },
	{ "teamId", SHOWN_TEXT }, { "status", SHOWN_TEXT },       { NULL, SHOWN_TEXT },
};

/* A time between ?3 and ?4. */
#define SPAN(column) column " >= ?3 AND " column " < ?4 "

#define SOLVES                                                                               \
	"s.solved_at AS at, 'solve' AS type, "                                               \
	"s.challenge_title AS title, s.challenge_points AS points, scope.id AS competitor, " \
	"scope.name AS name, scope.team_id AS team, s.source AS status "                     \
	"FROM game_platform_challenge_solves s JOIN scope ON scope.uid = s.syned_user_id "   \
	"WHERE " SPAN("s.solved_at")

#define FLASH                                                                              \
	"v.started_at AS at, 'flash_ctf' AS type, v.name AS title, v.score AS points, "    \
	"scope.id AS competitor, scope.name AS name, scope.team_id AS team, "              \
	"CAST(v.challenges_solved AS text) AS status "                                     \
	"FROM game_platform_flash_ctf_events v JOIN scope ON scope.uid = v.syned_user_id " \
	"WHERE " SPAN("v.started_at")

/* What we did at the vendor; of a team without its rows any more, the owner is not known. */
#define DEEDS                                                                                   \
	"x.created_at AS at, x.event_type AS type, t.name AS title, "                           \
	"CAST(NULL AS bigint) AS points, scope.id AS competitor, scope.name AS name, "          \
	"CAST(x.team_id AS text) AS team, x.status AS status FROM game_platform_sync_events x " \
	"LEFT JOIN scope ON scope.id = CAST(x.competitor_id AS text) "                          \
	"LEFT JOIN teams t ON t.id = x.team_id "                                                \
	"WHERE (scope.id IS NOT NULL OR (x.competitor_id IS NULL AND (?1 = '' "                 \
	"OR CAST(t.coach_id AS text) = ?1 OR CAST(x.profile_id AS text) = ?1) "                 \
	"AND (?2 = '' OR t.division = ?2))) AND " SPAN("x.created_at")
#define REGISTRATION "x.event_type IN ('coach_registered', 'competitor_registered') "
#define OF_TEAM "(x.event_type LIKE 'team%' OR x.event_type LIKE 'member%') "

#define SYNCS                                                                         \
	"r.completed_at AS at, 'sync' AS type, 'Stats sync completed' AS title, "     \
	"r.competitors_synced AS points, CAST(NULL AS text) AS competitor, "          \
	"CAST(NULL AS text) AS name, CAST(NULL AS text) AS team, r.status AS status " \
	"FROM game_platform_sync_runs r WHERE r.status = 'completed' AND " SPAN("r.completed_at")

/* Gaps and islands: the day's number less its rank is one for days in a row. */
#define STREAKS                                                                            \
	"max(i.at) AS at, 'streak' AS type, CAST(count(*) AS text) || ' days in a row' "   \
	"AS title, count(*) AS points, i.id AS competitor, i.name AS name, "               \
	"i.team_id AS team, CAST(NULL AS text) AS status "                                 \
	"FROM (SELECT y.*, y.day - row_number() OVER "                                     \
	"(PARTITION BY y.id ORDER BY y.day) AS island FROM (SELECT scope.id, scope.name, " \
	"scope.team_id, %s / 86400 AS day, max(s.solved_at) AS at "                        \
	"FROM game_platform_challenge_solves s JOIN scope ON scope.uid = s.syned_user_id " \
	"WHERE " SPAN(                                                                     \
		"s.solved_at") "GROUP BY 1, 2, 3, 4) y) i "                                \
			       "GROUP BY i.id, i.name, i.team_id, i.island HAVING count(*) >= %d "

/* The same order inside a source and over all: what is left out of a page is on the next. */
#define NEWEST "ORDER BY at DESC, type, competitor, title LIMIT %lld"

static const struct source {
	const char *kind, *select; /* select NULL: streaks */
} sources[] = {
	{ "solve", SOLVES },
	{ "flash_ctf", FLASH },
	{ "streak", NULL },
	{ "registration", DEEDS "AND " REGISTRATION },
	{ "team", DEEDS "AND " OF_TEAM },
	{ "other", DEEDS "AND NOT (" REGISTRATION "OR " OF_TEAM ") " },
	{ "sync", SYNCS },
};

/* All sources, or that of the kind; `most` of each, newest first, or all of it (0). */
static void union_of(const struct figures *f, struct str kind, long long most, struct buf *b)
{
	struct str streaks =
		str_printf(f->call->arena, STREAKS, figures_epoch(f, "s.solved_at"), STREAK_DAYS);
	const char *joint = "";

	for (size_t i = 0; i < COUNT(sources); i++) {
		const struct source *s = &sources[i];

		if (kind.len > 0 && !str_eq(kind, str_from(s->kind)))
			continue;
		buf_printf(b, "%sSELECT * FROM (SELECT %s", joint,
			   s->select ? s->select : streaks.at);
		if (most > 0)
			buf_printf(b, NEWEST, most);
		buf_printf(b, ") of_%s ", s->kind);
		joint = "UNION ALL ";
	}
}

static bool until_of(const struct timeline_options *o, struct value *until, struct err *e)
{
	if (o->before.len == 0 || moment_parse(o->before, until, e))
		return true;
	e->kind = ERR_USAGE;
	return err_wrap(e, "before");
}

bool dashboard_timeline(const struct figures *f, const struct timeline_options *o,
			struct value *list, struct err *e)
{
	struct value more[] = { cell_from_ms(f->since_ms), cell_from_ms(f->now_ms + 1) };
	struct buf b;

	if (!until_of(o, &more[1], e))
		return false;
	buf_in(&b, f->call->arena, SQL_BYTES_MAX);
	union_of(f, o->kind, o->offset + o->limit, &b);
	buf_printf(&b, NEWEST " OFFSET %lld", (long long)o->limit, (long long)o->offset);
	return figures_list(f, buf_str(&b).at, more, COUNT(more), timeline_columns, list, e);
}

/* ---- days ---- */

#define DAY_MS ((int64_t)24 * 60 * 60 * 1000)

/* Every day of the range, also those on which nothing happened. */
static void days_fill(const struct figures *f, const struct db_result *r, struct value list)
{
	struct arena *a = f->call->arena;
	size_t row = 0;

	for (int64_t day = f->since_ms / DAY_MS; day <= f->now_ms / DAY_MS; day++) {
		struct value map = value_map_new(a);
		bool any;

		while (row < r->rows && figures_int(db_cell(r, row, 0)) < day)
			row++;
		any = row < r->rows && figures_int(db_cell(r, row, 0)) == day;
		view_time(a, map, "day", day * DAY_MS);
		view_int(a, map, "events", any ? figures_int(db_cell(r, row, 1)) : 0);
		value_list_add(a, list, map);
	}
}

bool dashboard_days(const struct figures *f, struct str kind, struct value *list, struct err *e)
{
	struct value more[] = { cell_from_ms(f->since_ms), cell_from_ms(f->now_ms + 1) };
	struct db_result r;
	struct buf b;

	buf_in(&b, f->call->arena, SQL_BYTES_MAX);
	buf_printf(&b, "SELECT %s / 86400, count(*) FROM (", figures_epoch(f, "every.at"));
	union_of(f, kind, 0, &b);
	buf_printf(&b, ") every GROUP BY 1 ORDER BY 1");
	if (!figures_ask(f, buf_str(&b).at, more, COUNT(more), &r, e))
		return false;
	*list = value_list_new(f->call->arena);
	days_fill(f, &r, *list);
	return true;
}

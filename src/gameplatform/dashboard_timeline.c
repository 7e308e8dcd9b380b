/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dashboard_timeline.c - what happened, newest first: solves, events, registrations, team edits,
 * streaks, syncs.
 *
 * Each source gives at most as many rows as are wanted altogether, newest first, so that nothing is
 * sorted whole; what is counted by days is counted by each source alone.
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
#define IN_SIGHT(alias) alias ".syned_user_id IN (SELECT uid FROM scope) "

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

/*
 * Gaps and islands: the day's number less its rank is one for days in a row.  The day, its number,
 * who is looked at (a condition on s), how many days, since when the last of them (a condition).
 */
#define STREAKS                                                                             \
	"i.at AS at, 'streak' AS type, CAST(i.days AS text) || ' days in a row' AS title, " \
	"i.days AS points, scope.id AS competitor, scope.name AS name, "                    \
	"scope.team_id AS team, CAST(NULL AS text) AS status FROM (SELECT w.uid, "          \
	"max(w.at) AS at, count(*) AS days FROM (SELECT y.uid, y.at, %s - row_number() "    \
	"OVER (PARTITION BY y.uid ORDER BY y.day) AS island FROM (SELECT "                  \
	"s.syned_user_id AS uid, %s AS day, max(s.solved_at) AS at "                        \
	"FROM game_platform_challenge_solves s WHERE %sAND " SPAN(                          \
		"s.solved_at") "GROUP BY 1, 2) y) w GROUP BY w.uid, w.island "              \
			       "HAVING count(*) >= %d%s) i JOIN scope ON scope.uid = i.uid "
/* Only who solved something since ?5, and what ended since. */
#define RECENT                                                      \
	"s.syned_user_id IN (SELECT r.syned_user_id FROM "          \
	"game_platform_challenge_solves r WHERE r.solved_at >= ?5 " \
	"AND r.solved_at < ?4) "
#define ENDED_RECENTLY " AND max(w.at) >= ?5"

/* The same order inside a source and over all: what is left out of a page is on the next. */
#define NEWEST "ORDER BY at DESC, type, competitor, title LIMIT %lld"

/* `times`: the same rows by their time alone, where that is less work. */
static const struct source {
	const char *kind, *select, *times; /* select NULL: streaks */
} sources[] = {
	{ "solve", SOLVES,
	  "s.solved_at AS at FROM game_platform_challenge_solves s WHERE " IN_SIGHT(
		  "s") "AND " SPAN("s.solved_at") },
	{ "flash_ctf", FLASH,
	  "v.started_at AS at FROM game_platform_flash_ctf_events v WHERE " IN_SIGHT(
		  "v") "AND " SPAN("v.started_at") },
	{ "streak", NULL, NULL },
	{ "registration", DEEDS "AND " REGISTRATION, NULL },
	{ "team", DEEDS "AND " OF_TEAM, NULL },
	{ "other", DEEDS "AND NOT (" REGISTRATION "OR " OF_TEAM ") ", NULL },
	{ "sync", SYNCS, NULL },
};

static bool is_wanted(const struct source *s, struct str kind)
{
	return kind.len == 0 || str_eq(kind, str_from(s->kind));
}

static const char *streaks(const struct figures *f, bool recent)
{
	return str_printf(f->call->arena, STREAKS, figures_day_number(f, "y.day"),
			  figures_date(f, "s.solved_at"), recent ? RECENT : IN_SIGHT("s"),
			  STREAK_DAYS, recent ? ENDED_RECENTLY : "")
		.at;
}

/* All sources, or that of the kind, `most` of each, newest first. */
static void newest_of(const struct figures *f, struct str kind, long long most, bool recent,
		      struct buf *b)
{
	const char *joint = "";

	for (size_t i = 0; i < COUNT(sources); i++) {
		const struct source *s = &sources[i];

		if (!is_wanted(s, kind))
			continue;
		buf_printf(b, "%sSELECT * FROM (SELECT %s", joint,
			   s->select ? s->select : streaks(f, recent));
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

/* Of all kinds together nothing on the page is older than the last of so many solves: streaks,
 * which are much work, are looked for behind it only.  NULL: there are fewer. */
static bool newest_since(const struct figures *f, long long most, const struct value *span,
			 struct value *since, struct err *e)
{
	/* An EXISTS: a join SQLite would begin with people, and then sort all that they solved. */
	struct str sql = str_printf(
		f->call->arena,
		"SELECT s.solved_at FROM game_platform_challenge_solves s WHERE " SPAN(
			"s.solved_at") "AND EXISTS (SELECT 1 FROM scope WHERE scope.uid = "
				       "s.syned_user_id) ORDER BY s.solved_at DESC LIMIT 1 OFFSET %lld",
		most - 1);
	struct db_result r;

	if (!figures_ask(f, sql.at, span, 2, &r, e))
		return false;
	*since = r.rows ? cell_from_ms(cell_time_ms(db_cell(&r, 0, 0))) : NULL_VALUE;
	return true;
}

bool dashboard_timeline(const struct figures *f, const struct timeline_options *o,
			struct value *list, struct err *e)
{
	struct value more[] = { cell_from_ms(f->since_ms), cell_from_ms(f->now_ms + 1),
				NULL_VALUE };
	long long most = (long long)o->offset + (long long)o->limit;
	struct buf b;
	bool recent;

	if (!until_of(o, &more[1], e) ||
	    (o->kind.len == 0 && !newest_since(f, most, more, &more[2], e)))
		return false;
	recent = !value_is_nothing(more[2]);
	buf_in(&b, f->call->arena, SQL_BYTES_MAX);
	newest_of(f, o->kind, most, recent, &b);
	buf_printf(&b, NEWEST " OFFSET %lld", (long long)o->limit, (long long)o->offset);
	return figures_list(f, buf_str(&b).at, more, recent ? 3 : 2, timeline_columns, list, e);
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

/* Each source counts by itself: what is put together are days. */
static void days_of(const struct figures *f, struct str kind, struct buf *b)
{
	const char *joint = "";

	for (size_t i = 0; i < COUNT(sources); i++) {
		const struct source *s = &sources[i];
		const char *rows = s->times ? s->times : s->select;

		if (!is_wanted(s, kind))
			continue;
		buf_printf(b,
			   "%sSELECT %s AS day, count(*) AS n FROM (SELECT %s) of_%s GROUP BY 1 ",
			   joint, figures_date(f, "at"), rows ? rows : streaks(f, false), s->kind);
		joint = "UNION ALL ";
	}
}

bool dashboard_days(const struct figures *f, struct str kind, struct value *list, struct err *e)
{
	struct value more[] = { cell_from_ms(f->since_ms), cell_from_ms(f->now_ms + 1) };
	struct db_result r;
	struct buf b;

	buf_in(&b, f->call->arena, SQL_BYTES_MAX);
	buf_printf(&b, "SELECT %s, CAST(sum(n) AS bigint) FROM (",
		   figures_day_number(f, "every.day"));
	days_of(f, kind, &b);
	buf_printf(&b, ") every GROUP BY 1 ORDER BY 1");
	if (!figures_ask(f, buf_str(&b).at, more, COUNT(more), &r, e))
		return false;
	*list = value_list_new(f->call->arena);
	days_fill(f, &r, *list);
	return true;
}

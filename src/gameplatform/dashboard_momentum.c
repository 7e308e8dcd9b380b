/* SPDX-License-Identifier: Apache-2.0 */
/* dashboard_momentum.c - Flash CTFs: who takes part how often, and how many in each month. */
#include "data/moment.h"
#include "gameplatform/dashboard.h"
#include "service/view.h"
#include "store/cell.h"

#define MONTHS 12
#define AVERAGE_MONTHS 3

/* ---- months ---- */

/* The first instant of the month that lies `back` months before the one of `now`. */
static int64_t month_start_ms(int64_t now_ms, int back)
{
	struct civil c = civil_from_us(now_ms * 1000);

	c = (struct civil){ .year = c.year, .month = c.month, .day = 1 };
	return moment_add(civil_to_us(c), (struct duration){ .months = 1 }, -back) / 1000;
}

static struct str month_name(struct arena *a, int64_t start_ms)
{
	struct civil c = civil_from_us(start_ms * 1000);

	return str_printf(a, "%04d-%02d", c.year, c.month);
}

/* Three calendar months ago, at this time of the day. */
static int64_t months_ago_ms(int64_t now_ms, int months)
{
	return moment_add(now_ms * 1000, (struct duration){ .months = 1 }, -months) / 1000;
}

/* ---- students ---- */

/*
 * ?3 the month's begin, ?4 three months ago, ?5 twelve months ago.  `declining` compares with half
 * of the unrounded average: 6 * this month < the events of three months.
 */
#define STUDENTS                                                                                    \
	", taken AS (SELECT v.syned_user_id AS uid, "                                               \
	"sum(CASE WHEN v.started_at >= ?3 THEN 1 ELSE 0 END) AS this_month, "                       \
	"sum(CASE WHEN v.started_at >= ?4 THEN 1 ELSE 0 END) AS three, count(*) AS twelve, "        \
	"sum(v.challenges_solved) AS challenges, sum(v.score) AS score, max(v.started_at) AS last " \
	"FROM game_platform_flash_ctf_events v WHERE v.started_at >= ?5 GROUP BY 1), "              \
	"student AS (SELECT scope.id, scope.name, scope.team_id, scope.team_name, "                 \
	"coalesce(t.this_month, 0) AS this_month, coalesce(t.three, 0) AS three, "                  \
	"coalesce(t.twelve, 0) AS twelve, coalesce(t.challenges, 0) AS challenges, "                \
	"coalesce(t.score, 0) AS score, t.last, "                                                   \
	"CASE WHEN coalesce(t.twelve, 0) = 0 THEN 'none' WHEN t.this_month = 0 THEN 'declining' "   \
	"WHEN 6 * t.this_month < t.three THEN 'declining' ELSE 'active' END AS status "             \
	"FROM scope LEFT JOIN taken t ON t.uid = scope.uid WHERE scope.uid IS NOT NULL) "

static const struct shown student_columns[] = {
	{ "competitorId", SHOWN_TEXT },   { "name", SHOWN_TEXT },
	{ "teamId", SHOWN_TEXT },         { "teamName", SHOWN_TEXT },
	{ "thisMonthEvents", SHOWN_INT }, { "last3MonthsAvg", SHOWN_NUMBER },
	{ "totalEvents12mo", SHOWN_INT }, { "challengesSolved", SHOWN_INT },
	{ "score", SHOWN_INT },           { "lastParticipated", SHOWN_TIME },
	{ "status", SHOWN_TEXT },         { NULL, SHOWN_TEXT },
};

/* Worst first; whoever never took part before who did, and who did longest ago before the others.
 */
#define WORST "CASE status WHEN 'none' THEN 0 WHEN 'declining' THEN 1 ELSE 2 END"

/* Nothing of a request gets into SQL but one of these. */
static const struct {
	const char *name, *column;
} sorts[] = {
	{ "status", WORST },    { "name", "lower(name)" }, { "month", "this_month" },
	{ "average", "three" }, { "year", "twelve" },      { "challenges", "challenges" },
	{ "last", "last" },
};

static const char *sort_column(struct str name)
{
	for (size_t i = 0; i < COUNT(sorts); i++)
		if (str_eq(name, str_from(sorts[i].name)))
			return sorts[i].column;
	return WORST;
}

#define WANTED "WHERE (?6 = '' OR status = ?6)"

static bool students(const struct figures *f, const struct momentum_options *o, struct value *out,
		     struct err *e)
{
	struct arena *a = f->call->arena;
	struct value more[] = { cell_from_ms(month_start_ms(f->now_ms, 0)),
				cell_from_ms(months_ago_ms(f->now_ms, AVERAGE_MONTHS)),
				cell_from_ms(months_ago_ms(f->now_ms, MONTHS)),
				value_str(o->status) };
	const char *column = sort_column(o->sort);
	struct str page = str_printf(
		a,
		STUDENTS
		"SELECT id, name, team_id, team_name, this_month, three * 1.0 / %d, twelve, challenges, "
		"score, last, status FROM student " WANTED
		" ORDER BY %s IS NOT NULL, %s %s, last IS NOT NULL, last, name, id LIMIT %lld OFFSET %lld",
		AVERAGE_MONTHS, column, column, o->descending ? "DESC" : "ASC", (long long)o->limit,
		(long long)o->offset);
	static const char counts[] =
		STUDENTS "SELECT "
			 "coalesce(sum(CASE WHEN ?6 = '' OR status = ?6 THEN 1 ELSE 0 END), 0), "
			 "coalesce(sum(CASE WHEN status = 'none' THEN 1 ELSE 0 END), 0), "
			 "coalesce(sum(CASE WHEN status = 'declining' THEN 1 ELSE 0 END), 0) "
			 "FROM student";
	struct value list, alerts = value_map_new(a);
	struct db_result r;

	if (!figures_list(f, page.at, more, COUNT(more), student_columns, &list, e) ||
	    !figures_ask(f, counts, more, COUNT(more), &r, e))
		return false;
	view_int(a, alerts, "noParticipation", figures_int(db_cell(&r, 0, 1)));
	view_int(a, alerts, "declining", figures_int(db_cell(&r, 0, 2)));
	value_map_set(a, *out, STR("students"), list);
	view_int(a, *out, "totalStudents", figures_int(db_cell(&r, 0, 0)));
	value_map_set(a, *out, STR("alerts"), alerts);
	return true;
}

/* ---- months of everybody in sight ---- */

static bool monthly(const struct figures *f, struct value *list, struct err *e)
{
	struct arena *a = f->call->arena;
	struct str sql = str_printf(
		a,
		"SELECT %s, count(DISTINCT v.syned_user_id), count(DISTINCT v.event_id), "
		"CAST(coalesce(sum(v.challenges_solved), 0) AS bigint), "
		"CAST(coalesce(sum(v.score), 0) AS bigint) "
		"FROM game_platform_flash_ctf_events v JOIN scope ON scope.uid = v.syned_user_id "
		"WHERE v.started_at >= ?3 GROUP BY 1",
		figures_month(f, "v.started_at"));
	struct value more[] = { cell_from_ms(month_start_ms(f->now_ms, MONTHS - 1)) };
	struct db_result r;

	if (!figures_ask(f, sql.at, more, COUNT(more), &r, e))
		return false;
	*list = value_list_new(a);
	for (int back = MONTHS - 1; back >= 0; back--) {
		struct str month = month_name(a, month_start_ms(f->now_ms, back));
		struct value map = value_map_new(a);
		static const char *const member[] = { "participants", "events", "challenges",
						      "score" };
		size_t row = 0;

		while (row < r.rows && !str_eq(db_cell(&r, row, 0).s, month))
			row++;
		view_text(a, map, "month", month);
		for (size_t i = 0; i < COUNT(member); i++)
			view_int(a, map, member[i],
				 row < r.rows ? figures_int(db_cell(&r, row, 1 + i)) : 0);
		value_list_add(a, *list, map);
	}
	return true;
}

bool dashboard_momentum(const struct figures *f, const struct momentum_options *o,
			struct value *out, struct err *e)
{
	struct arena *a = f->call->arena;
	struct value months;

	*out = value_map_new(a);
	if (!students(f, o, out, e) || !monthly(f, &months, e))
		return false;
	value_map_set(a, *out, STR("monthlyTotals"), months);
	return true;
}

/* ---- one competitor's events ---- */

#define EVENTS_MAX 200
#define EVENT_SOLVES_MAX 5000

static const struct shown event_columns[] = {
	{ "eventId", SHOWN_TEXT },
	{ "name", SHOWN_TEXT },
	{ "startedAt", SHOWN_TIME },
	{ "endedAt", SHOWN_TIME },
	{ "challengesSolved", SHOWN_INT },
	{ "score", SHOWN_INT },
	{ "rank", SHOWN_INT },
	{ "maxPoints", SHOWN_INT },
	{ NULL, SHOWN_TEXT },
};
static const struct shown solve_columns[] = {
	{ "eventId", SHOWN_TEXT }, { "name", SHOWN_TEXT },     { "category", SHOWN_TEXT },
	{ "points", SHOWN_INT },   { "solvedAt", SHOWN_TIME }, { NULL, SHOWN_TEXT },
};

static void add_solves(struct arena *a, struct value event, struct value solves)
{
	struct value mine = value_list_new(a);

	for (size_t i = 0; i < value_len(solves); i++)
		if (value_eq(value_get(value_at(solves, i), STR("eventId")),
			     value_get(event, STR("eventId"))))
			value_list_add(a, mine, value_at(solves, i));
	value_map_set(a, event, STR("challenges"), mine);
}

bool dashboard_events(const struct figures *f, struct str competitor, struct value *list,
		      struct err *e)
{
	struct arena *a = f->call->arena;
	struct str events = str_printf(
		a,
		"SELECT v.event_id, v.name, v.started_at, v.ended_at, v.challenges_solved, v.score, "
		"v.rank, v.max_points_possible FROM game_platform_flash_ctf_events v "
		"WHERE " FIGURES_OF_ONE("v.syned_user_id") " "
							   "ORDER BY v.started_at DESC LIMIT %d",
		EVENTS_MAX);
	struct str solves = str_printf(
		a,
		"SELECT s.event_id, s.challenge_title, s.challenge_category, s.challenge_points, "
		"s.solved_at FROM game_platform_challenge_solves s "
		"WHERE " FIGURES_OF_ONE(
			"s.syned_user_id") " AND s.source = 'flash_ctf' ORDER BY s.solved_at, s.id LIMIT %d",
		EVENT_SOLVES_MAX);
	struct value more[] = { value_str(competitor) }, solved;

	if (!figures_list(f, events.at, more, 1, event_columns, list, e) ||
	    !figures_list(f, solves.at, more, 1, solve_columns, &solved, e))
		return false;
	for (size_t i = 0; i < value_len(*list); i++)
		add_solves(a, value_at(*list, i), solved);
	return true;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dashboard_routes.c - GET /api/game-platform/dashboard and its parts; the arg is the struct
 * service.
 *
 * A coach sees their own competitors, an administrator everybody's or one coach's.
 */
#include "gameplatform/dashboard.h"
#include "gameplatform/platform.h"
#include "service/view.h"

#define BOARD_MAX 200
#define STUDENTS_MAX 200
#define ALERTS_MAX 200
#define TIMELINE_MAX 200
/* What the whole carries of each part; the parts' own routes page through the rest. */
#define WHOLE_BOARD 50
#define WHOLE_STUDENTS 50
#define WHOLE_ALERTS 8
#define WHOLE_TIMELINE 8

static bool answer_list(struct call *c, const char *name, struct value list, struct err *e)
{
	struct value map = value_map_new(c->arena);

	value_map_set(c->arena, map, str_from(name), list);
	return call_json(c, map, e);
}

/* ---- the whole ---- */

static bool whole_board(const struct figures *f, struct value out, struct err *e)
{
	struct board_options o = { .sort = STR("rank"), .limit = WHOLE_BOARD };
	struct value list;
	int64_t total;

	if (!dashboard_leaderboard(f, &o, &list, &total, e))
		return false;
	value_map_set(f->call->arena, out, STR("leaderboard"), list);
	view_int(f->call->arena, out, "leaderboardTotal", total);
	return true;
}

static void controller(const struct figures *f, struct value out)
{
	struct arena *a = f->call->arena;
	struct value map = value_map_new(a);

	view_bool(a, map, "isAdmin", f->call->who.roles & ROLE_ADMIN);
	view_text(a, map, "coachId", f->coach);
	value_map_set(a, out, STR("controller"), map);
	view_time(a, out, "from", f->since_ms);
	view_time(a, out, "to", f->now_ms);
}

static bool whole(struct call *c, struct err *e)
{
	static const struct momentum_options students = { .status = { "", 0 },
							  .sort = { "", 0 },
							  .limit = WHOLE_STUDENTS };
	static const struct timeline_options latest = { .kind = { "", 0 },
							.before = { "", 0 },
							.limit = WHOLE_TIMELINE };
	struct value out = value_map_new(c->arena), global, kpis, momentum, teams, alerts, timeline;
	struct figures f;

	if (!figures_open(c, &f, e) || !dashboard_kpis(&f, &kpis, &global, e) ||
	    !whole_board(&f, out, e) || !dashboard_momentum(&f, &students, &momentum, e) ||
	    !dashboard_teams(&f, &teams, e) || !dashboard_alerts(&f, WHOLE_ALERTS, &alerts, e) ||
	    !dashboard_timeline(&f, &latest, &timeline, e))
		return false;
	value_map_set(c->arena, out, STR("global"), global);
	value_map_set(c->arena, out, STR("kpis"), kpis);
	value_map_set(c->arena, out, STR("flashCtfMomentum"), momentum);
	value_map_set(c->arena, out, STR("teams"), teams);
	value_map_set(c->arena, out, STR("alerts"), alerts);
	value_map_set(c->arena, out, STR("timeline"), timeline);
	controller(&f, out);
	return call_json(c, out, e);
}

/* ---- the parts ---- */

static bool kpis(struct call *c, struct err *e)
{
	struct figures f;
	struct value out;

	return figures_open(c, &f, e) && dashboard_kpis(&f, &out, NULL, e) && call_json(c, out, e);
}

/* page and limit as limit and offset. */
static int64_t offset_of(const struct call *c, int64_t limit)
{
	return (call_int(c, c->query, "page", 1) - 1) * limit;
}

static bool leaderboard(struct call *c, struct err *e)
{
	struct board_options o = { .search = call_text(c, c->query, "search"),
				   .sort = call_text(c, c->query, "sort"),
				   .descending =
					   str_eq(call_text(c, c->query, "order"), STR("desc")),
				   .limit = call_int(c, c->query, "limit", WHOLE_BOARD) };
	struct value out = value_map_new(c->arena), list;
	struct figures f;
	int64_t total;

	o.offset = offset_of(c, o.limit);
	if (!figures_open(c, &f, e) || !dashboard_leaderboard(&f, &o, &list, &total, e))
		return false;
	value_map_set(c->arena, out, STR("leaderboard"), list);
	view_int(c->arena, out, "total", total);
	view_int(c->arena, out, "page", call_int(c, c->query, "page", 1));
	view_int(c->arena, out, "limit", o.limit);
	return call_json(c, out, e);
}

static bool topics(struct call *c, struct err *e)
{
	struct figures f;
	struct value list;

	return figures_open(c, &f, e) &&
	       dashboard_topics(&f, call_text(c, c->params, "competitor"), &list, e) &&
	       answer_list(c, "topics", list, e);
}

static bool momentum(struct call *c, struct err *e)
{
	struct momentum_options o = { .status = call_text(c, c->query, "status"),
				      .sort = call_text(c, c->query, "sort"),
				      .descending =
					      str_eq(call_text(c, c->query, "order"), STR("desc")),
				      .limit = call_int(c, c->query, "limit", WHOLE_STUDENTS) };
	struct figures f;
	struct value out;

	o.offset = offset_of(c, o.limit);
	return figures_open(c, &f, e) && dashboard_momentum(&f, &o, &out, e) &&
	       call_json(c, out, e);
}

static bool events(struct call *c, struct err *e)
{
	struct figures f;
	struct value list;

	return figures_open(c, &f, e) &&
	       dashboard_events(&f, call_text(c, c->params, "competitor"), &list, e) &&
	       answer_list(c, "events", list, e);
}

static bool teams(struct call *c, struct err *e)
{
	struct figures f;
	struct value list;

	return figures_open(c, &f, e) && dashboard_teams(&f, &list, e) &&
	       answer_list(c, "teams", list, e);
}

static bool team(struct call *c, struct err *e)
{
	struct figures f;
	struct value out;

	return figures_open(c, &f, e) &&
	       dashboard_team(&f, call_text(c, c->params, "team"), &out, e) && call_json(c, out, e);
}

static bool alerts(struct call *c, struct err *e)
{
	struct figures f;
	struct value out;

	return figures_open(c, &f, e) &&
	       dashboard_alerts(&f, call_int(c, c->query, "limit", ALERTS_MAX), &out, e) &&
	       call_json(c, out, e);
}

static bool timeline(struct call *c, struct err *e)
{
	struct timeline_options o = { .kind = call_text(c, c->query, "kind"),
				      .before = call_text(c, c->query, "before"),
				      .limit = call_int(c, c->query, "limit", TIMELINE_MAX) };
	struct figures f;
	struct value list;

	o.offset = offset_of(c, o.limit);
	return figures_open(c, &f, e) && dashboard_timeline(&f, &o, &list, e) &&
	       answer_list(c, "timeline", list, e);
}

static bool days(struct call *c, struct err *e)
{
	struct figures f;
	struct value list;

	return figures_open(c, &f, e) &&
	       dashboard_days(&f, call_text(c, c->query, "kind"), &list, e) &&
	       answer_list(c, "days", list, e);
}

static bool report(struct call *c, struct err *e)
{
	struct figures f;
	struct value out;

	return figures_open(c, &f, e) &&
	       dashboard_report(&f, call_text(c, c->params, "competitor"), &out, e) &&
	       call_json(c, out, e);
}

/* ---- the table ---- */

#define FILTERS                                                                                \
	{ .name = "range",                                                                     \
	  .type = FIELD_TEXT,                                                                  \
	  .high = 20,                                                                          \
	  .otherwise = "30d",                                                                  \
	  .says = "7d, 30d, 90d or all; anything else is 30d" },                               \
		{ .name = "coach",                                                             \
		  .type = FIELD_TEXT,                                                          \
		  .high = 60,                                                                  \
		  .says = "one coach's competitors only; coaches see their own in any case" }, \
	{                                                                                      \
		.name = "division", .type = FIELD_TEXT,                                        \
		.one_of = "all|middle_school|high_school|college", .otherwise = "all",         \
		.says = "the team's"                                                           \
	}
#define LIMIT(most, usual)                                                                         \
	{                                                                                          \
		.name = "limit", .type = FIELD_INTEGER, .low = 1, .high = most, .otherwise = usual \
	}
#define PAGE                                                                                       \
	{                                                                                          \
		.name = "page", .type = FIELD_INTEGER, .low = 1, .high = 1000000, .otherwise = "1" \
	}
#define ORDER                                                                                 \
	{                                                                                     \
		.name = "order", .type = FIELD_TEXT, .one_of = "asc|desc", .otherwise = "asc" \
	}
#define KIND                                                                        \
	{                                                                           \
		.name = "kind", .type = FIELD_TEXT,                                 \
		.one_of = "solve|flash_ctf|streak|registration|team|sync|other",    \
		.says = "only those; other: all else that was done at the platform" \
	}

static const struct field filters[] = { FILTERS, { .name = NULL } };
static const struct field board_query[] = {
	FILTERS,
	PAGE,
	LIMIT(BOARD_MAX, "50"),
	{ .name = "search", .type = FIELD_TEXT, .high = 100, .says = "in names and teams" },
	{ .name = "sort",
	  .type = FIELD_TEXT,
	  .one_of = "rank|name|team|challenges|points|activity",
	  .otherwise = "rank" },
	ORDER,
	{ .name = NULL },
};
static const struct field students_query[] = {
	FILTERS,
	PAGE,
	LIMIT(STUDENTS_MAX, "50"),
	{ .name = "status",
	  .type = FIELD_TEXT,
	  .one_of = "none|declining|active",
	  .says = "only those; totalStudents counts them, alerts all" },
	{ .name = "sort",
	  .type = FIELD_TEXT,
	  .one_of = "status|name|month|average|year|challenges|last",
	  .otherwise = "status" },
	ORDER,
	{ .name = NULL },
};
static const struct field alerts_query[] = { FILTERS, LIMIT(ALERTS_MAX, "50"), { .name = NULL } };
static const struct field timeline_query[] = {
	FILTERS,
	PAGE,
	LIMIT(TIMELINE_MAX, "50"),
	KIND,
	{ .name = "before", .type = FIELD_TIME, .says = "what came before this" },
	{ .name = NULL },
};

static const struct field days_query[] = { FILTERS, KIND, { .name = NULL } };

static const struct field whole_answer[] = {
	{ .name = "global", .type = FIELD_OBJECT },
	{ .name = "kpis", .type = FIELD_OBJECT },
	{ .name = "leaderboard", .type = FIELD_LIST },
	{ .name = "leaderboardTotal", .type = FIELD_INTEGER },
	{ .name = "teams", .type = FIELD_LIST },
	{ .name = "flashCtfMomentum", .type = FIELD_OBJECT },
	{ .name = "alerts", .type = FIELD_OBJECT },
	{ .name = "timeline", .type = FIELD_LIST },
	{ .name = "controller", .type = FIELD_OBJECT },
	{ .name = "from", .type = FIELD_TIME },
	{ .name = "to", .type = FIELD_TIME },
	{ .name = NULL },
};
static const struct field kpis_answer[] = {
	{ .name = "activeOnPlatform", .type = FIELD_OBJECT },
	{ .name = "registeredCompetitors", .type = FIELD_OBJECT },
	{ .name = "teamEnrollment", .type = FIELD_OBJECT },
	{ .name = "totalChallenges", .type = FIELD_OBJECT },
	{ .name = "monthlyParticipation", .type = FIELD_OBJECT },
	{ .name = NULL },
};
static const struct field board_answer[] = {
	{ .name = "leaderboard", .type = FIELD_LIST },
	{ .name = "total", .type = FIELD_INTEGER },
	{ .name = "page", .type = FIELD_INTEGER },
	{ .name = "limit", .type = FIELD_INTEGER },
	{ .name = NULL },
};
static const struct field momentum_answer[] = {
	{ .name = "students", .type = FIELD_LIST },
	{ .name = "totalStudents", .type = FIELD_INTEGER },
	{ .name = "alerts", .type = FIELD_OBJECT },
	{ .name = "monthlyTotals", .type = FIELD_LIST },
	{ .name = NULL },
};
static const struct field team_answer[] = {
	{ .name = "onPlatform", .type = FIELD_LIST },
	{ .name = "awaiting", .type = FIELD_LIST },
	{ .name = "roster", .type = FIELD_LIST },
	{ .name = NULL },
};
static const struct field alerts_answer[] = {
	{ .name = "unsyncedCompetitors", .type = FIELD_LIST },
	{ .name = "syncErrors", .type = FIELD_LIST },
	{ .name = "staleCompetitors", .type = FIELD_LIST },
	{ .name = "actionRequired", .type = FIELD_LIST },
	{ .name = "totals", .type = FIELD_OBJECT },
	{ .name = "texts", .type = FIELD_OBJECT },
	{ .name = NULL },
};
static const struct field topics_answer[] = { { .name = "topics", .type = FIELD_LIST },
					      { .name = NULL } };
static const struct field events_answer[] = { { .name = "events", .type = FIELD_LIST },
					      { .name = NULL } };
static const struct field teams_answer[] = { { .name = "teams", .type = FIELD_LIST },
					     { .name = NULL } };
static const struct field timeline_answer[] = { { .name = "timeline", .type = FIELD_LIST },
						{ .name = NULL } };
static const struct field days_answer[] = { { .name = "days", .type = FIELD_LIST },
					    { .name = NULL } };
static const struct field report_answer[] = {
	{ .name = "competitorId", .type = FIELD_UUID },
	{ .name = "challenges", .type = FIELD_INTEGER },
	{ .name = "points", .type = FIELD_INTEGER },
	{ .name = "domains", .type = FIELD_LIST },
	{ .name = "recentSolves", .type = FIELD_LIST },
	{ .name = "timeline", .type = FIELD_LIST },
	{ .name = "flashEvents", .type = FIELD_LIST },
	{ .name = "workRoles", .type = FIELD_LIST },
	{ .name = NULL },
};

#define SEEN (ROLE_ADMIN | ROLE_COACH)
#define PART(where, handler, what, asked, answered)                                         \
	{                                                                                   \
		.method = "GET", .path = "/api/game-platform/" where, .roles = SEEN,        \
		.handle = handler, .summary = what, .tag = "game platform", .query = asked, \
		.answer = answered                                                          \
	}

const struct route gameplatform_dashboard_routes[] = {
	PART("dashboard", whole,
	     "The dashboard: cards, leaderboard, teams, Flash CTFs, alerts, timeline", filters,
	     whole_answer),
	PART("dashboard/kpis", kpis, "The five cards with delta and sparkline", filters,
	     kpis_answer),
	PART("dashboard/leaderboard", leaderboard, "Who has solved how much, searched and sorted",
	     board_query, board_answer),
	PART("dashboard/leaderboard/{competitor}/topics", topics,
	     "One competitor's challenges by topic", filters, topics_answer),
	PART("dashboard/momentum", momentum, "Flash CTFs: students and twelve months",
	     students_query, momentum_answer),
	PART("dashboard/momentum/{competitor}/events", events,
	     "One competitor's Flash CTFs and what was solved there", filters, events_answer),
	PART("dashboard/teams", teams, "Teams with their scores", filters, teams_answer),
	PART("dashboard/teams/{team}", team, "One team's members", filters, team_answer),
	PART("dashboard/alerts", alerts, "Who is missing, failing, or has not been there",
	     alerts_query, alerts_answer),
	PART("dashboard/timeline", timeline, "What happened, newest first", timeline_query,
	     timeline_answer),
	PART("dashboard/timeline/days", days, "How much happened on each day, oldest first",
	     days_query, days_answer),
	PART("competitors/{competitor}/report", report, "One competitor's report card", filters,
	     report_answer),
	{ .method = NULL },
};

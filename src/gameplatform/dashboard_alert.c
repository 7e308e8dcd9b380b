/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dashboard_alert.c - who is not on the platform, whose sync fails, who has not been there lately,
 * and where a person has to do something.
 */
#include "gameplatform/dashboard.h"
#include "service/view.h"
#include "store/cell.h"

static const struct shown unsynced_columns[] = {
	{ "competitorId", SHOWN_TEXT }, { "name", SHOWN_TEXT },   { "teamName", SHOWN_TEXT },
	{ "status", SHOWN_TEXT },       { "reason", SHOWN_TEXT }, { NULL, SHOWN_TEXT },
};
static const struct shown problem_columns[] = {
	{ "competitorId", SHOWN_TEXT }, { "name", SHOWN_TEXT },  { "teamName", SHOWN_TEXT },
	{ "error", SHOWN_TEXT },        { "since", SHOWN_TIME }, { NULL, SHOWN_TEXT },
};
static const struct shown stale_columns[] = {
	{ "competitorId", SHOWN_TEXT }, { "name", SHOWN_TEXT }, { "teamName", SHOWN_TEXT },
	{ "lastActivity", SHOWN_TIME }, { NULL, SHOWN_TEXT },
};
static const struct shown action_columns[] = {
	{ "competitorId", SHOWN_TEXT }, { "name", SHOWN_TEXT },   { "teamName", SHOWN_TEXT },
	{ "action", SHOWN_TEXT },       { "reason", SHOWN_TEXT }, { NULL, SHOWN_TEXT },
};

#define PROBLEM "coalesce(nullif(scope.problem, ''), nullif(p.sync_error, ''), st.error_message)"
#define PROBLEMS                                                                 \
	"FROM scope LEFT JOIN game_platform_profiles p "                         \
	"ON p.competitor_id = scope.cid "                                        \
	"LEFT JOIN game_platform_sync_state st ON st.syned_user_id = scope.uid " \
	"AND st.last_result = 'failure' "

/*
 * Every alert: its member of the answer, its columns, what to select and from where.  `timed`: ?3
 * is the time from which on somebody counts as active.
 */
static const struct alert {
	const char *name, *none;
	const struct shown *columns;
	bool timed;
	const char *select, *from, *order;
} alerts[] = {
	{ "unsyncedCompetitors", "All competitors have platform IDs.", unsynced_columns, false,
	  "scope.id, scope.name, scope.team_name, scope.status, 'No Game Platform ID assigned'",
	  "FROM scope WHERE scope.uid IS NULL", "scope.created_at DESC, scope.id" },
	{ "syncErrors", "No sync errors reported.", problem_columns, false,
	  "scope.id, scope.name, scope.team_name, " PROBLEM ", st.last_attempt_at",
	  PROBLEMS "WHERE " PROBLEM " IS NOT NULL", "scope.name, scope.id" },
	{ "staleCompetitors", "Everybody was there lately.", stale_columns, true,
	  "scope.id, scope.name, scope.team_name, s.last_activity",
	  "FROM scope JOIN game_platform_stats s ON s.competitor_id = scope.cid "
	  "WHERE (s.last_activity IS NULL OR s.last_activity < ?3)",
	  "s.last_activity IS NOT NULL, s.last_activity, scope.name, scope.id" },
	{ "actionRequired", "Nothing to do.", action_columns, false,
	  "scope.id, scope.name, scope.team_name, CASE WHEN p.status IN ('pending', 'denied') "
	  "OR coalesce(st.error_message, '') LIKE '%not approved%' THEN 'approval' "
	  "ELSE 'activation' END, " PROBLEM,
	  PROBLEMS "WHERE scope.uid IS NOT NULL AND (p.status IN ('pending', 'denied') "
		   "OR coalesce(st.error_message, '') LIKE '%not approved%' "
		   "OR (p.status = 'user_created' AND NOT EXISTS (SELECT 1 FROM "
		   "game_platform_sync_state was WHERE was.syned_user_id = scope.uid "
		   "AND was.last_remote_accessed_at IS NOT NULL)))",
	  "scope.name, scope.id" },
};

static bool alert_add(const struct figures *f, const struct alert *t, int64_t limit,
		      struct value out, struct value counts, struct err *e)
{
	struct arena *a = f->call->arena;
	struct str count = str_printf(a, "SELECT count(*) %s", t->from);
	struct str page = str_printf(a, "SELECT %s %s ORDER BY %s LIMIT %lld", t->select, t->from,
				     t->order, (long long)limit);
	struct value more[] = { cell_from_ms(f->now_ms - FIGURES_ACTIVE_MS) }, list;
	size_t mores = t->timed ? COUNT(more) : 0;
	struct db_result r;

	if (!figures_ask(f, count.at, more, mores, &r, e) ||
	    !figures_list(f, page.at, more, mores, t->columns, &list, e))
		return false;
	view_int(a, counts, t->name, figures_int(db_cell(&r, 0, 0)));
	value_map_set(a, out, str_from(t->name), list);
	return true;
}

bool dashboard_alerts(const struct figures *f, int64_t limit, struct value *out, struct err *e)
{
	struct arena *a = f->call->arena;
	struct value counts = value_map_new(a), texts = value_map_new(a);

	*out = value_map_new(a);
	for (size_t i = 0; i < COUNT(alerts); i++) {
		if (!alert_add(f, &alerts[i], limit, *out, counts, e))
			return false;
		if (figures_int(value_get(counts, str_from(alerts[i].name))) == 0)
			view_text(a, texts, alerts[i].name, str_from(alerts[i].none));
	}
	value_map_set(a, *out, STR("totals"), counts);
	value_map_set(a, *out, STR("texts"), texts);
	return true;
}

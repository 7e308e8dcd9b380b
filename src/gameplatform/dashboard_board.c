/* SPDX-License-Identifier: Apache-2.0 */
/* dashboard_board.c - the leaderboard, and one competitor's challenges by topic. */
#include "gameplatform/dashboard.h"
#include "service/view.h"

/* Missing categories have a name, as the original showed them. */
#define TOPIC "coalesce(nullif(d.challenge_category, ''), 'Uncategorized')"

#define BOARD                                                                                       \
	", board AS (SELECT scope.id, scope.uid, scope.name, scope.team_id, scope.team_name, "      \
	"s.challenges_completed AS challenges, s.total_score AS points, "                           \
	"s.monthly_ctf_challenges AS ctf, s.last_activity AS activity, "                            \
	"row_number() OVER (ORDER BY s.challenges_completed DESC, s.total_score DESC, scope.name, " \
	"scope.id) AS rank FROM scope JOIN game_platform_stats s "                                  \
	"ON s.competitor_id = scope.cid) "

static const struct shown board_columns[] = {
	{ "competitorId", SHOWN_TEXT }, { "name", SHOWN_TEXT },
	{ "teamId", SHOWN_TEXT },       { "teamName", SHOWN_TEXT },
	{ "rank", SHOWN_INT },          { "challenges", SHOWN_INT },
	{ "totalPoints", SHOWN_INT },   { "ctfChallenges", SHOWN_INT },
	{ "lastActivity", SHOWN_TIME }, { NULL, SHOWN_TEXT },
};

/* Nothing of a request gets into SQL but one of these. */
static const struct {
	const char *name, *column;
} sorts[] = {
	{ "rank", "rank" },
	{ "name", "lower(name)" },
	{ "team", "lower(team_name)" },
	{ "challenges", "challenges" },
	{ "points", "points" },
	{ "activity", "activity" },
};

static const char *sort_column(struct str name)
{
	for (size_t i = 0; i < COUNT(sorts); i++)
		if (str_eq(name, str_from(sorts[i].name)))
			return sorts[i].column;
	return sorts[0].column;
}

/* The search's own % and _ stand for themselves. */
static struct str like(struct arena *a, struct str text)
{
	struct buf b;

	buf_in(&b, a, 4 * text.len + 16);
	buf_printf(&b, "%%");
	for (size_t i = 0; i < text.len; i++)
		buf_printf(&b, strchr("%_!", text.at[i]) ? "!%c" : "%c", text.at[i]);
	buf_printf(&b, "%%");
	return buf_str(&b);
}

#define SEARCH                                                       \
	"WHERE (?3 = '%%' OR lower(name) LIKE lower(?3) ESCAPE '!' " \
	"OR lower(coalesce(team_name, '')) LIKE lower(?3) ESCAPE '!') "

/* ---- points and counts by topic, of those on the page ---- */

#define TOPICS_SQL                                                                         \
	"SELECT d.syned_user_id, " TOPIC ", count(*), "                                    \
	"CAST(coalesce(sum(d.challenge_points), 0) AS bigint) "                            \
	"FROM game_platform_challenge_solves d JOIN scope ON scope.uid = d.syned_user_id " \
	"WHERE scope.id IN (%.*s) GROUP BY 1, 2 ORDER BY 1, 3 DESC, 4 DESC, 2"

static void topic_add(struct arena *a, struct value entry, const char *member, struct value topic,
		      int64_t n)
{
	struct value map = value_get(entry, str_from(member));

	value_map_set(a, map, topic.s, value_int(n));
}

static bool topics_of_page(const struct figures *f, struct value list, const struct str *uid,
			   size_t n, struct err *e)
{
	struct arena *a = f->call->arena;
	struct value *more = arena_new_array(a, struct value, n + 1);
	struct db_result r;
	struct buf in;

	buf_in(&in, a, 16 * n + 64);
	for (size_t i = 0; i < n; i++) {
		struct value entry = value_at(list, i);

		buf_printf(&in, "%s?%zu", i ? ", " : "", i + 3);
		more[i] = value_get(entry, STR("competitorId"));
		value_map_set(a, entry, STR("categoryCounts"), value_map_new(a));
		value_map_set(a, entry, STR("categoryPoints"), value_map_new(a));
	}
	if (n == 0)
		return true;
	if (!figures_ask(f, str_printf(a, TOPICS_SQL, STR_ARG(buf_str(&in))).at, more, n, &r, e))
		return false;
	for (size_t row = 0; row < r.rows; row++)
		for (size_t i = 0; i < n; i++) {
			struct value entry = value_at(list, i);

			if (!str_eq(uid[i], db_cell(&r, row, 0).s))
				continue;
			topic_add(a, entry, "categoryCounts", db_cell(&r, row, 1),
				  figures_int(db_cell(&r, row, 2)));
			topic_add(a, entry, "categoryPoints", db_cell(&r, row, 1),
				  figures_int(db_cell(&r, row, 3)));
		}
	return true;
}

bool dashboard_leaderboard(const struct figures *f, const struct board_options *o,
			   struct value *list, int64_t *total, struct err *e)
{
	struct arena *a = f->call->arena;
	struct str count = str_printf(a, BOARD "SELECT count(*) FROM board " SEARCH);
	struct str page = str_printf(
		a,
		BOARD "SELECT id, name, team_id, team_name, rank, challenges, "
		      "points, ctf, activity, uid FROM board " SEARCH
		      "ORDER BY %s IS NULL, %s %s, rank LIMIT %lld OFFSET %lld",
		sort_column(o->sort), sort_column(o->sort), o->descending ? "DESC" : "ASC",
		(long long)o->limit, (long long)o->offset);
	struct value more[] = { value_str(like(a, o->search)) };
	struct db_result r;
	struct str *uid;

	if (!figures_ask(f, count.at, more, 1, &r, e))
		return false;
	*total = figures_int(db_cell(&r, 0, 0));
	if (!figures_ask(f, page.at, more, 1, &r, e))
		return false;
	*list = value_list_new(a);
	uid = arena_new_array(a, struct str, r.rows + 1);
	for (size_t i = 0; i < r.rows; i++) {
		struct value id = db_cell(&r, i, 9);

		value_list_add(a, *list, figures_row(a, &r, i, board_columns));
		uid[i] = id.kind == VALUE_STR ? id.s : STR("");
	}
	return topics_of_page(f, *list, uid, r.rows, e);
}

bool dashboard_topics(const struct figures *f, struct str competitor, struct value *list,
		      struct err *e)
{
	static const struct shown columns[] = { { "topic", SHOWN_TEXT },
						{ "challenges", SHOWN_INT },
						{ "score", SHOWN_INT },
						{ "latest", SHOWN_TIME },
						{ NULL, SHOWN_TEXT } };
	static const char sql[] =
		"SELECT " TOPIC ", count(*), CAST(coalesce(sum(d.challenge_points), 0) AS bigint), "
		"max(d.solved_at) FROM game_platform_challenge_solves d "
		"WHERE " FIGURES_OF_ONE("d.syned_user_id") " GROUP BY 1 "
							   "ORDER BY 2 DESC, 3 DESC, 1";
	struct value more[] = { value_str(competitor) };
	struct db_result r;

	if (!figures_ask(f, "SELECT 1 FROM scope WHERE id = ?3", more, 1, &r, e))
		return false;
	if (r.rows == 0)
		return err_set(e, ERR_MISSING, "Competitor not found or access denied");
	return figures_list(f, sql, more, COUNT(more), columns, list, e);
}

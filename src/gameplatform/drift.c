/* SPDX-License-Identifier: Apache-2.0 */
/* drift.c - where the vendor's rosters differ from ours, and making them the same. */
#include "gameplatform/drift.h"

#include "base/map.h"
#include "gameplatform/naming.h"
#include "gameplatform/platform.h"
#include "gameplatform/record.h"
#include "service/view.h"

#define NO_TEAM "00000000-0000-0000-0000-000000000000"

/* A team of ours, by its id at the vendor. */
struct own_team {
	struct str id, remote, coach;
	bool stale;  /* an error stands on it */
	bool wanted; /* its job is to be started */
};

/* A competitor of ours with an account. */
struct own_user {
	struct str id, remote, coach, status;
	struct own_team *team; /* or NULL */
	bool stale;            /* an error stands on the member, or they were never put on */
};

struct drifting {
	struct mirror m;
	const struct drift_wish *w;
	struct drift *out;
	struct map *teams, *teams_by_remote, *users; /* by id, by remote id, by remote id */
	struct own_team *team;
	size_t team_n;
	struct own_user *user;
	size_t user_n;
};

static const char *const lists[] = { "missing",      "wrongTeam",   "extra",        "notThere",
				     "unknownTeams", "staleErrors", "unknownUsers", "statuses" };

/* ---- telling ---- */

static void add(struct drifting *d, const char *list, struct value item)
{
	struct value to = value_get(d->out->map, str_from(list));
	struct value summary = value_get(d->out->map, STR("summary"));

	view_int(d->m.arena, summary, list, value_get_int(summary, list) + 1);
	if (value_len(to) < DRIFT_LIST_MAX)
		value_list_add(d->m.arena, to, item);
}

static void tell(struct drifting *d, const char *list, const struct own_user *u, struct str remote,
		 struct str remote_team)
{
	struct arena *a = d->m.arena;
	struct value item = value_map_new(a);

	view_text(a, item, "competitorId", u ? u->id : STR(""));
	view_text(a, item, "synedUserId", remote);
	view_text(a, item, "teamId", u && u->team ? u->team->id : STR(""));
	view_text(a, item, "remoteTeamId", remote_team);
	add(d, list, item);
	d->out->drifted++;
}

static void begin(struct drifting *d)
{
	struct arena *a = d->m.arena;
	struct value summary = value_map_new(a);

	d->out->map = value_map_new(a);
	value_map_set(a, d->out->map, STR("summary"), summary);
	for (size_t i = 0; i < COUNT(lists); i++) {
		view_int(a, summary, lists[i], 0);
		value_map_set(a, d->out->map, str_from(lists[i]), value_list_new(a));
	}
}

/* ---- our side ---- */

static bool read_teams(struct drifting *d, struct err *e)
{
	struct db_result r;

	if (!db_query(
		    d->m.engine->db, d->m.arena,
		    "SELECT t.id, COALESCE(t.game_platform_id, g.syned_team_id), t.coach_id,"
		    " COALESCE(t.game_platform_sync_error, g.sync_error) FROM teams t LEFT JOIN game_platform_teams g ON g.team_id = t.id"
		    " ORDER BY t.id",
		    NULL, 0, &r, e))
		return false;
	d->team = arena_new_array(d->m.arena, struct own_team, r.rows + 1);
	for (; d->team_n < r.rows; d->team_n++) {
		struct own_team *t = &d->team[d->team_n];

		t->id = value_text(db_cell(&r, d->team_n, 0));
		t->remote = value_text(db_cell(&r, d->team_n, 1));
		t->coach = value_text(db_cell(&r, d->team_n, 2));
		t->stale = value_text(db_cell(&r, d->team_n, 3)).len > 0;
		map_put(d->teams, t->id, t);
		map_put(d->teams_by_remote, t->remote.len ? t->remote : t->id, t);
	}
	return true;
}

static bool read_users(struct drifting *d, struct err *e)
{
	struct db_result r;

	if (!db_query(d->m.engine->db, d->m.arena,
		      "SELECT c.id, c.game_platform_id, c.coach_id, k.team_id,"
		      " k.game_platform_synced_at, k.game_platform_sync_error, p.status"
		      " FROM competitors c LEFT JOIN team_members k ON k.competitor_id = c.id"
		      " LEFT JOIN game_platform_profiles p ON p.competitor_id = c.id"
		      " WHERE c.game_platform_id IS NOT NULL ORDER BY c.id",
		      NULL, 0, &r, e))
		return false;
	d->user = arena_new_array(d->m.arena, struct own_user, r.rows + 1);
	for (; d->user_n < r.rows; d->user_n++) {
		struct own_user *u = &d->user[d->user_n];
		struct str team = value_text(db_cell(&r, d->user_n, 3));

		u->id = value_text(db_cell(&r, d->user_n, 0));
		u->remote = value_text(db_cell(&r, d->user_n, 1));
		u->coach = value_text(db_cell(&r, d->user_n, 2));
		u->team = team.len ? map_get(d->teams, team) : NULL;
		u->stale = u->team && (db_cell(&r, d->user_n, 4).kind == VALUE_NULL ||
				       value_text(db_cell(&r, d->user_n, 5)).len > 0);
		u->status = value_text(db_cell(&r, d->user_n, 6));
		map_put(d->users, u->remote, u);
	}
	return true;
}

static bool is_theirs(const struct drifting *d, struct str coach)
{
	return d->w->coach.len == 0 || str_eq(d->w->coach, coach);
}

/* ---- comparing ---- */

static void want(struct own_team *t)
{
	if (t)
		t->wanted = true;
}

static struct str remote_of(const struct own_team *t)
{
	return t->remote.len ? t->remote : t->id;
}

static void compare_user(struct drifting *d, const struct own_user *u, struct map *at)
{
	const struct vendor_assignment *there = map_get(at, u->remote);

	if (!u->team || !is_theirs(d, u->coach))
		return;
	if (!there || there->team.len == 0) {
		tell(d, "missing", u, u->remote, STR(""));
		want(u->team);
	} else if (!str_eq(there->team, remote_of(u->team))) {
		tell(d, "wrongTeam", u, u->remote, there->team);
		want(u->team);
		want(map_get(d->teams_by_remote, there->team));
	} else if (u->stale) {
		tell(d, "staleErrors", u, u->remote, there->team);
		want(u->team);
	}
}

/* Somebody is on a team there who is on none here. */
static void compare_assignment(struct drifting *d, const struct vendor_assignment *k)
{
	const struct own_user *u = map_get(d->users, k->user);
	struct own_team *t = map_get(d->teams_by_remote, k->team);

	/* Who is none of ours on a team that is none of ours is nobody's business here. */
	if ((u && u->team) || k->team.len == 0 || (!u && !t) ||
	    !is_theirs(d, t ? t->coach : u->coach))
		return;
	tell(d, "extra", u, k->user, k->team);
	want(t);
}

static void tell_team(struct drifting *d, const char *list, struct own_team *t)
{
	struct value item = value_map_new(d->m.arena);

	view_text(d->m.arena, item, "teamId", t->id);
	add(d, list, item);
	d->out->drifted++;
	want(t);
}

static void compare_team(struct drifting *d, struct own_team *t)
{
	if (!is_theirs(d, t->coach))
		return;
	if (t->remote.len == 0)
		tell_team(d, "notThere", t);
	else if (t->stale)
		tell_team(d, "staleErrors", t);
}

/* The vendor's teams that are none of ours, as far as somebody is on them. */
static void compare_unknown(struct drifting *d, const struct vendor_assignment *at, size_t n,
			    struct map *unknown)
{
	for (size_t i = 0; i < n; i++) {
		struct value item;

		if (d->w->coach.len || at[i].team.len == 0 ||
		    map_get(d->teams_by_remote, at[i].team) ||
		    map_put(unknown, at[i].team, (void *)(uintptr_t)&at[i]))
			continue;
		item = value_map_new(d->m.arena);
		view_text(d->m.arena, item, "remoteTeamId", at[i].team);
		add(d, "unknownTeams", item);
	}
}

static bool ask_user(struct drifting *d, const struct own_user *u, struct err *e)
{
	struct vendor_user there;
	struct value item;
	bool found;

	if (!vendor_user_find(&d->m.vendor, u->remote, &found, &there, e))
		return false;
	if (!found) {
		tell(d, "unknownUsers", u, u->remote, STR(""));
		return true;
	}
	if (str_eq(naming_status(there.status), u->status))
		return true;
	item = value_map_new(d->m.arena);
	view_text(d->m.arena, item, "competitorId", u->id);
	view_text(d->m.arena, item, "here", u->status);
	view_text(d->m.arena, item, "there", there.status);
	add(d, "statuses", item);
	return true;
}

static bool ask_users(struct drifting *d, struct err *e)
{
	size_t asked = 0;

	for (size_t i = 0; d->w->users && i < d->user_n && asked < DRIFT_USERS_MAX; i++) {
		if (!is_theirs(d, d->user[i].coach))
			continue;
		asked++;
		if (!ask_user(d, &d->user[i], e))
			return false;
	}
	view_int(d->m.arena, value_get(d->out->map, STR("summary")), "usersAsked", (int64_t)asked);
	return true;
}

/* ---- repairing ---- */

static bool start_teams(struct drifting *d, struct err *e)
{
	struct value list = value_list_new(d->m.arena);

	value_map_set(d->m.arena, d->out->map, STR("teams"), list);
	for (size_t i = 0; i < d->team_n; i++) {
		if (!d->team[i].wanted)
			continue;
		d->out->teams++;
		if (value_len(list) < DRIFT_LIST_MAX)
			value_list_add(d->m.arena, list, value_str(d->team[i].id));
		if (!d->m.dry_run && !mirror_order_team(&d->m, d->team[i].id, e))
			return false;
	}
	return true;
}

/* Under the user's lock: ours, on no team here, on one there that is none of ours. */
static bool take_off(struct drifting *d, const struct own_user *u, struct err *e)
{
	struct value param = value_str(u->id);
	struct lease lock;
	bool on_team, ok;

	if (!mirror_lock_user(&d->m, u->remote, &lock, e))
		return false;
	ok = db_any(d->m.engine->db, "SELECT 1 FROM team_members WHERE competitor_id = ?1", &param,
		    1, &on_team, e) &&
	     (on_team || vendor_unassign(&d->m.vendor, u->remote, e));
	mirror_unlock(&d->m, &lock);
	return ok;
}

static bool take_off_all(struct drifting *d, const struct vendor_assignment *at, size_t n,
			 struct err *e)
{
	for (size_t i = 0; i < n; i++) {
		const struct own_user *u = map_get(d->users, at[i].user);

		if (!u || u->team || at[i].team.len == 0 || !is_theirs(d, u->coach) ||
		    map_get(d->teams_by_remote, at[i].team))
			continue;
		d->out->unassigned++;
		if (!d->m.dry_run && !take_off(d, u, e))
			return false;
	}
	return true;
}

static bool delete_unknown(struct drifting *d, struct map *unknown, struct err *e)
{
	struct str team = STR(NO_TEAM);

	for (size_t i = 0; d->w->delete_unknown && i < map_len(unknown); i++)
		if (!d->m.dry_run && !mirror_order_gone(&d->m, team, map_at(unknown, i)->key, e))
			return false;
	return true;
}

static bool repair(struct drifting *d, const struct vendor_assignment *at, size_t n,
		   struct map *unknown, struct err *e)
{
	if (!start_teams(d, e) || !take_off_all(d, at, n, e) || !delete_unknown(d, unknown, e))
		return false;
	view_int(d->m.arena, d->out->map, "unassigned", d->out->unassigned);
	view_text(d->m.arena, d->out->map, "status",
		  d->m.dry_run ? STR("dry_run") : STR("started"));
	return true;
}

/* ---- the whole ---- */

static bool look(struct drifting *d, struct err *e)
{
	struct map *at = map_new(d->m.arena), *unknown = map_new(d->m.arena);
	struct vendor_assignment *list;
	size_t n;

	/* The vendor first: what comes here meanwhile is then not taken for drift there. */
	if (!vendor_assignments(&d->m.vendor, STR(""), &list, &n, e) || !read_teams(d, e) ||
	    !read_users(d, e))
		return false;
	for (size_t i = 0; i < n; i++)
		map_put(at, list[i].user, &list[i]);
	for (size_t i = 0; i < d->team_n; i++)
		compare_team(d, &d->team[i]);
	for (size_t i = 0; i < d->user_n; i++)
		compare_user(d, &d->user[i], at);
	for (size_t i = 0; i < n; i++)
		compare_assignment(d, &list[i]);
	compare_unknown(d, list, n, unknown);
	if (!ask_users(d, e))
		return false;
	view_int(d->m.arena, value_get(d->out->map, STR("summary")), "drifted", d->out->drifted);
	return !d->w->repair || repair(d, list, n, unknown, e);
}

bool drift_look(const struct engine *g, const struct connection *c, const struct drift_wish *w,
		struct arena *a, struct drift *out, struct vendor_fault *fault, struct err *e)
{
	struct drifting d = { .w = w, .out = out };

	*out = (struct drift){ .drifted = 0 };
	if (!mirror_open(a, g, c, w->dry_run, &d.m, e))
		return false;
	d.teams = map_new(a);
	d.teams_by_remote = map_new(a);
	d.users = map_new(a);
	begin(&d);
	if (look(&d, e))
		return true;
	*fault = d.m.vendor.fault;
	return false;
}

bool drift_repair(const struct engine *g, const struct connection *c, struct arena *a,
		  struct drift *out, struct err *e)
{
	struct drift_wish w = { .repair = true };
	struct vendor_fault unsaid;

	return drift_look(g, c, &w, a, out, &unsaid, e);
}

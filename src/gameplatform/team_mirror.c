/* SPDX-License-Identifier: Apache-2.0 */
/* team_mirror.c - makes the vendor's team what ours is: there or gone, and who is on it. */
#include "gameplatform/team_mirror.h"

#include "gameplatform/record.h"
#include "gameplatform/team_part.h"
#include "service/view.h"
#include "store/cell.h"

/* ---- what is told ---- */

void team_tell(struct mirrored_team *t, const char *list, struct value item)
{
	value_list_add(t->m->arena, value_get(t->out->map, str_from(list)), item);
}

struct value team_item(struct mirrored_team *t, struct str competitor, const char *name,
		       struct str says)
{
	struct value map = value_map_new(t->m->arena);

	view_text(t->m->arena, map, "competitorId", competitor);
	view_text(t->m->arena, map, name, says);
	return map;
}

void team_again(struct mirrored_team *t, int64_t wait_ms, const struct err *why)
{
	struct team_outcome *out = t->out;

	if (!out->again)
		out->why = *why;
	if (!out->again || wait_ms > out->again_ms)
		out->again_ms = wait_ms;
	out->again = true;
}

bool team_is_passing(const struct mirrored_team *t)
{
	enum vendor_code c = t->m->vendor.fault.code;

	return c == VENDOR_SERVER || c == VENDOR_TIMEOUT || c == VENDOR_NETWORK ||
	       c == VENDOR_RATE_LIMITED || t->m->vendor.fault.in_doubt;
}

bool team_has_members(const struct vendor_fault *f)
{
	return f->code == VENDOR_VALIDATION || f->code == VENDOR_CONFLICT;
}

static void tell_status(struct mirrored_team *t, const char *status)
{
	view_text(t->m->arena, t->out->map, "status", str_from(status));
}

static void tell_begin(struct mirrored_team *t)
{
	static const char *const lists[] = { "assigned", "skipped", "unassigned", "failed" };
	struct arena *a = t->m->arena;

	t->out->map = value_map_new(a);
	view_text(a, t->out->map, "status", STR("synced"));
	view_text(a, t->out->map, "teamId", t->id);
	view_bool(a, t->out->map, "created", false);
	for (size_t i = 0; i < COUNT(lists); i++)
		value_map_set(a, t->out->map, str_from(lists[i]), value_list_new(a));
}

/* ---- reading ---- */

static struct str either(struct value a, struct value b)
{
	return value_text(a).len ? value_text(a) : value_text(b);
}

static bool read_team(struct mirrored_team *t, struct err *e)
{
	struct db_result r;

	if (!mirror_row(t->m,
			"SELECT t.coach_id, t.name, t.division, t.affiliation, t.game_platform_id,"
			" g.syned_team_id, t.syned_coach_user_id, t.coach_game_platform_id,"
			" g.create_sent_at FROM teams t LEFT JOIN game_platform_teams g"
			" ON g.team_id = t.id WHERE t.id = ?1",
			t->id, &r, e))
		return false;
	t->gone = r.rows == 0;
	if (t->gone)
		return true;
	t->coach_id = value_text(db_cell(&r, 0, 0));
	t->name = value_text(db_cell(&r, 0, 1));
	t->division = value_text(db_cell(&r, 0, 2));
	t->affiliation = value_text(db_cell(&r, 0, 3));
	t->remote = either(db_cell(&r, 0, 4), db_cell(&r, 0, 5));
	t->coach_remote = either(db_cell(&r, 0, 6), db_cell(&r, 0, 7));
	t->create_sent_ms = cell_time_ms(db_cell(&r, 0, 8));
	return true;
}

static bool read_members(struct mirrored_team *t, struct err *e)
{
	struct db_result r;

	if (!mirror_row(t->m,
			"SELECT k.id, k.competitor_id, c.game_platform_id,"
			" k.game_platform_synced_at, k.game_platform_sync_error"
			" FROM team_members k JOIN competitors c ON c.id = k.competitor_id"
			" WHERE k.team_id = ?1 ORDER BY k.position, k.id",
			t->id, &r, e))
		return false;
	t->member = arena_new_array(t->m->arena, struct member, r.rows + 1);
	t->members = r.rows;
	for (size_t i = 0; i < r.rows; i++)
		t->member[i] = (struct member){
			.id = value_text(db_cell(&r, i, 0)),
			.competitor = value_text(db_cell(&r, i, 1)),
			.remote = value_text(db_cell(&r, i, 2)),
			.synced = db_cell(&r, i, 3).kind != VALUE_NULL,
			.failed = value_text(db_cell(&r, i, 4)).len > 0,
		};
	return true;
}

/* ---- writing ---- */

static bool end_body(void *arg, struct err *e)
{
	const struct mirrored_team *t = arg;
	struct db *d = t->m->engine->db;
	struct value failed[] = { value_str(t->id), value_str(t->complaint) };
	struct value done[] = { value_str(t->id), mirror_now(t->m) };

	if (t->complaint.len)
		return db_exec(d, "UPDATE teams SET game_platform_sync_error = ?2 WHERE id = ?1",
			       failed, COUNT(failed), NULL, e) &&
		       db_exec(d,
			       "UPDATE game_platform_teams SET sync_error = ?2 WHERE team_id = ?1",
			       failed, COUNT(failed), NULL, e);
	return db_exec(d,
		       "UPDATE teams SET game_platform_synced_at = ?2,"
		       " game_platform_sync_error = NULL WHERE id = ?1",
		       done, COUNT(done), NULL, e) &&
	       db_exec(d,
		       "UPDATE game_platform_teams SET last_synced_at = ?2, sync_error = NULL,"
		       " status = 'approved' WHERE team_id = ?1",
		       done, COUNT(done), NULL, e);
}

/* Tells people, and goes on failing as *e says. */
static bool fail(struct mirrored_team *t, struct str says, struct err *e)
{
	struct err unsaid;

	if (t->m->dry_run || t->gone)
		return false;
	t->complaint = says;
	if (!mirror_write(t->m, end_body, t, &unsaid) && unsaid.kind == ERR_FENCED)
		*e = unsaid;
	return false;
}

static bool refuse(struct mirrored_team *t, const char *says, struct err *e)
{
	err_set(e, ERR_REMOTE, "%s", says);
	return fail(t, str_from(says), e);
}

/* What the vendor has said goes to people; what is our own trouble does not. */
static bool fail_as(struct mirrored_team *t, struct err *e)
{
	if (e->kind != ERR_REMOTE && t->m->vendor.fault.code == VENDOR_NONE)
		return false;
	return fail(t, mirror_says(t->m, e), e);
}

/* ---- the coach ---- */

/* *ready false: it is told why. */
static bool find_coach(struct mirrored_team *t, bool *ready, struct err *e)
{
	bool found = false;

	*ready = false;
	if (t->coach_id.len == 0) {
		t->complaint = STR("Missing Game Platform coach mapping");
		tell_status(t, "skipped_missing_coach_mapping");
		return t->m->dry_run || mirror_write(t->m, end_body, t, e);
	}
	if (!coach_get(t->m, t->coach_id, &t->coach, &found, e))
		return false;
	if (!found || !str_eq(t->coach.role, STR("coach")) || t->coach.unapproved)
		return refuse(t, "Coach not found or not approved connection", e);
	if (!t->coach_remote.len && !coach_ensure(t->m, &t->coach, &t->coach_remote, e))
		return fail_as(t, e);
	*ready = true;
	return true;
}

/* ---- the whole ---- */

static void tell_dry(struct mirrored_team *t)
{
	tell_status(t, "dry_run");
	view_bool(t->m->arena, t->out->map, "created", t->remote.len == 0);
	for (size_t i = 0; i < t->members; i++) {
		const struct member *k = &t->member[i];

		if (!k->remote.len)
			team_tell(t, "skipped",
				  team_item(t, k->competitor, "reason",
					    STR("Competitor missing game_platform_id")));
		else if (!k->synced || k->failed || !t->remote.len)
			team_tell(t, "assigned", value_str(k->competitor));
	}
}

/* Made at the vendor when it is not there; *ready false: not now, or not any more. */
static bool make(struct mirrored_team *t, bool *ready, struct err *e)
{
	bool gone = false;

	if (!team_create(t, &gone, e))
		return fail_as(t, e);
	if (gone) /* its deletion's own job goes on from here */
		tell_status(t, "skipped_missing_team");
	else if (t->out->again)
		tell_status(t, "pending");
	*ready = !gone && !t->out->again;
	return true;
}

static bool mirror_roster(struct mirrored_team *t, struct err *e)
{
	bool lost = false, ready = true;

	if (!team_roster(t, &lost, e))
		return fail_as(t, e);
	if (lost) { /* somebody deleted it there */
		if (!make(t, &ready, e))
			return false;
		if (!ready)
			return true;
		if (!team_roster(t, &lost, e))
			return fail_as(t, e);
		if (lost)
			return refuse(t, "MetaCTF does not know the team it has just made", e);
	}
	tell_status(t, t->created ? "created_team" : "synced");
	view_bool(t->m->arena, t->out->map, "created", t->created);
	return mirror_write(t->m, end_body, t, e);
}

static bool mirror_there(struct mirrored_team *t, struct err *e)
{
	bool ready;

	if (!find_coach(t, &ready, e))
		return false;
	if (!ready)
		return true;
	if (!read_members(t, e))
		return false;
	if (t->m->dry_run) {
		tell_dry(t);
		return true;
	}
	if (t->remote.len == 0) {
		if (!make(t, &ready, e))
			return false;
		if (!ready)
			return true;
	}
	return mirror_roster(t, e);
}

bool team_mirror(struct mirror *m, struct str team, struct str remote, struct team_outcome *out,
		 struct err *e)
{
	struct mirrored_team t = { .m = m, .id = team, .out = out };

	*out = (struct team_outcome){ .again = false };
	tell_begin(&t);
	if (!read_team(&t, e))
		return false;
	if (!t.gone)
		return mirror_there(&t, e);
	/* A team of ours is at the vendor under its own id, unless somebody said otherwise. */
	t.remote = remote.len ? remote : team;
	return team_gone(&t, e);
}

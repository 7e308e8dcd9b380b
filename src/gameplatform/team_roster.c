/* SPDX-License-Identifier: Apache-2.0 */
/*
 * team_roster.c - who is on a team at the vendor, made to be who is on ours.
 *
 * A member's failure is told on their row and stops nobody else.
 */
#include "base/map.h"
#include "gameplatform/record.h"
#include "gameplatform/team_part.h"

/* ---- where somebody is by our own tables ---- */

/* *team empty: on none, or nobody of ours. */
static bool local_team(struct mirrored_team *t, struct str remote, struct str *team, struct err *e)
{
	struct db_result r;

	if (!mirror_row(t->m,
			"SELECT k.team_id FROM team_members k JOIN competitors c"
			" ON c.id = k.competitor_id WHERE c.game_platform_id = ?1",
			remote, &r, e))
		return false;
	*team = r.rows ? value_text(db_cell(&r, 0, 0)) : STR("");
	return true;
}

/* ---- what is written ---- */

struct noting {
	struct mirrored_team *t;
	const struct member *k; /* or NULL */
	const char *type;       /* "member_assigned", or NULL: no event */
	struct str says;        /* what went wrong, or empty */
};

static bool note_body(void *arg, struct err *e)
{
	const struct noting *n = arg;
	struct mirror *m = n->t->m;
	struct mirror_event ev = { .type = n->type,
				   .status = n->says.len ? "error" : "success",
				   .competitor = n->k ? n->k->competitor : STR(""),
				   .team = n->t->gone ? STR("") : n->t->id,
				   .message = n->says };
	struct value param[] = { value_str(n->k ? n->k->id : STR("")), value_text_or_null(n->says),
				 mirror_now(m) };

	/* PostgreSQL wants to know the type of every parameter: none without a column. */
	if (n->k && !db_exec(m->engine->db,
			     n->says.len ? "UPDATE team_members SET game_platform_sync_error = ?2"
					   " WHERE id = ?1"
					 : "UPDATE team_members SET game_platform_sync_error = ?2,"
					   " game_platform_synced_at = ?3 WHERE id = ?1",
			     param, n->says.len ? 2 : 3, NULL, e))
		return false;
	return !n->type || mirror_note(m, &ev, e);
}

static bool note(struct mirrored_team *t, const struct member *k, const char *type, struct str says,
		 struct err *e)
{
	struct noting n = { .t = t, .k = k, .type = type, .says = says };

	return mirror_write(t->m, note_body, &n, e);
}

/* ---- one failure ---- */

/* False: nobody else need be tried. */
static bool failed(struct mirrored_team *t, const struct member *k, const char *type, struct err *e)
{
	struct str says = mirror_says(t->m, e);
	struct err why = *e;

	if (t->m->vendor.fault.code == VENDOR_NONE ||
	    t->m->vendor.fault.code == VENDOR_UNAUTHORIZED)
		return false;
	team_tell(t, "failed", team_item(t, k ? k->competitor : STR(""), "error", says));
	if (!t->complaint.len)
		t->complaint = says;
	if (team_is_passing(t))
		team_again(t, t->m->vendor.fault.wait_ms, &why);
	return note(t, k, type, says, e);
}

/* ---- on ---- */

/* Under the user's lock: who has moved since the members were read is another team's to put on. */
static bool put_on_locked(struct mirrored_team *t, const struct member *k, bool *here,
			  struct err *e)
{
	struct str team;

	if (!local_team(t, k->remote, &team, e))
		return false;
	*here = str_eq(team, t->id);
	return !*here || vendor_assign(&t->m->vendor, t->remote, k->remote, e);
}

static bool put_on(struct mirrored_team *t, const struct member *k, bool *here, struct err *e)
{
	struct lease lock;
	bool ok;

	if (!mirror_lock_user(t->m, k->remote, &lock, e))
		return false;
	ok = put_on_locked(t, k, here, e);
	mirror_unlock(t->m, &lock);
	return ok;
}

/* The vendor's words when it does not know the team, as opposed to the user. */
static bool is_team_missing(const struct vendor_fault *f)
{
	return f->code == VENDOR_NOT_FOUND && str_find(f->message, STR("eam not found")) >= 0;
}

static bool is_user_missing(const struct vendor_fault *f)
{
	return f->code == VENDOR_NOT_FOUND && str_find(f->message, STR("ser not found")) >= 0;
}

bool team_probe(struct mirrored_team *t, bool *asked, bool *there, struct err *e)
{
	struct str remote = t->remote;
	bool here, ok = true;

	*asked = *there = false;
	t->remote = t->id;
	for (size_t i = 0; ok && i < t->members && !*asked; i++) {
		const struct vendor_fault *f = &t->m->vendor.fault;

		if (t->member[i].remote.len == 0)
			continue;
		t->m->vendor.fault = (struct vendor_fault){ 0 };
		ok = put_on(t, &t->member[i], &here, e);
		*there = ok && here;
		*asked = *there || (!ok && f->code == VENDOR_NOT_FOUND && !is_user_missing(f));
		ok = ok || f->code == VENDOR_NOT_FOUND;
	}
	t->remote = remote;
	return ok;
}

static bool add(struct mirrored_team *t, const struct member *k, bool *lost, struct err *e)
{
	bool here;

	t->m->vendor.fault = (struct vendor_fault){ 0 };
	if (!put_on(t, k, &here, e)) {
		*lost = is_team_missing(&t->m->vendor.fault);
		return *lost || failed(t, k, "member_assigned", e);
	}
	if (!here)
		return true;
	team_tell(t, "assigned", value_str(k->competitor));
	return note(t, k, "member_assigned", STR(""), e);
}

/* ---- off ---- */

/* Whether a team of ours is at the vendor. */
static bool is_mirrored(struct mirrored_team *t, struct str team, bool *out, struct err *e)
{
	struct db_result r;

	if (!mirror_row(t->m, "SELECT game_platform_id FROM teams WHERE id = ?1", team, &r, e))
		return false;
	*out = r.rows && value_text(db_cell(&r, 0, 0)).len;
	return true;
}

/*
 * Under the user's lock.  Another team of ours that has them moves them by itself once it is at the
 * vendor; in any case it has to look after them again.
 */
static bool take_off_locked(struct mirrored_team *t, struct str remote, bool *off, struct err *e)
{
	bool moved = false;
	struct str team;

	if (!local_team(t, remote, &team, e))
		return false;
	if (team.len && !str_eq(team, t->id) &&
	    (!is_mirrored(t, team, &moved, e) || !mirror_order_team(t->m, team, e)))
		return false;
	*off = !moved && !str_eq(team, t->id);
	return !*off || vendor_unassign(&t->m->vendor, remote, e);
}

static bool take_off(struct mirrored_team *t, struct str remote, struct err *e)
{
	struct lease lock;
	bool ok, off;

	t->m->vendor.fault = (struct vendor_fault){ 0 };
	if (!mirror_lock_user(t->m, remote, &lock, e))
		return false;
	ok = take_off_locked(t, remote, &off, e);
	mirror_unlock(t->m, &lock);
	if (!ok)
		return failed(t, NULL, "member_removed", e);
	if (!off)
		return true;
	team_tell(t, "unassigned", value_str(remote));
	return note(t, NULL, "member_removed", STR(""), e);
}

/* ---- both ---- */

static bool remove_others(struct mirrored_team *t, const struct vendor_assignment *at, size_t n,
			  struct err *e)
{
	struct map *ours = map_new(t->m->arena);

	for (size_t i = 0; i < t->members; i++)
		if (t->member[i].remote.len)
			map_put(ours, t->member[i].remote, &t->member[i]);
	for (size_t i = 0; i < n; i++)
		if (!map_get(ours, at[i].user) && !take_off(t, at[i].user, e))
			return false;
	return true;
}

static bool add_missing(struct mirrored_team *t, struct vendor_assignment *at, size_t n, bool *lost,
			struct err *e)
{
	struct map *there = map_new(t->m->arena);

	for (size_t i = 0; i < n; i++)
		map_put(there, at[i].user, &at[i]);
	for (size_t i = 0; i < t->members && !*lost; i++) {
		const struct member *k = &t->member[i];

		if (k->remote.len == 0)
			team_tell(t, "skipped",
				  team_item(t, k->competitor, "reason",
					    STR("Competitor missing game_platform_id")));
		else if (!map_get(there, k->remote)) {
			if (!add(t, k, lost, e))
				return false;
		} else if ((!k->synced || k->failed) && !note(t, k, NULL, STR(""), e)) {
			return false;
		}
	}
	return true;
}

bool team_empty(struct mirrored_team *t, struct err *e)
{
	struct vendor_assignment *at;
	size_t n;

	return vendor_assignments(&t->m->vendor, t->remote, &at, &n, e) &&
	       remove_others(t, at, n, e);
}

bool team_roster(struct mirrored_team *t, bool *lost, struct err *e)
{
	struct vendor_assignment *at;
	size_t n;

	*lost = false;
	return vendor_assignments(&t->m->vendor, t->remote, &at, &n, e) &&
	       remove_others(t, at, n, e) && add_missing(t, at, n, lost, e);
}

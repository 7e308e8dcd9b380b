/* SPDX-License-Identifier: Apache-2.0 */
/* onboard.c - brings a competitor onto the platform, once, whatever breaks meanwhile. */
#include "gameplatform/onboard.h"

#include "gameplatform/account.h"
#include "gameplatform/naming.h"
#include "gameplatform/record.h"
#include "service/view.h"

struct newcomer {
	struct mirror *m;
	const struct onboarding *o;
	struct str coach_id, status, remote; /* remote: game_platform_id, or empty */
	struct str school, region, coach_remote;
	struct naming_person person;
	struct coach coach;
	struct account known;
	struct vendor_user_draft draft;
	struct vendor_user user;
	bool made;
};

static bool read_competitor(struct newcomer *n, struct err *e)
{
	struct db_result r;

	if (!mirror_row(n->m,
			"SELECT c.coach_id, c.status, c.first_name, c.last_name, c.email_school,"
			" c.email_personal, c.syned_school_id, c.syned_region_id,"
			" c.syned_coach_user_id, c.game_platform_id FROM competitors c"
			" WHERE c.id = ?1",
			n->o->competitor, &r, e))
		return false;
	if (r.rows == 0)
		return err_set(e, ERR_MISSING, "Competitor not found");
	n->coach_id = value_text(db_cell(&r, 0, 0));
	n->status = value_text(db_cell(&r, 0, 1));
	n->person = (struct naming_person){ .id = n->o->competitor,
					    .first = value_text(db_cell(&r, 0, 2)),
					    .last = value_text(db_cell(&r, 0, 3)),
					    .email = value_text(db_cell(&r, 0, 4)),
					    .other_email = value_text(db_cell(&r, 0, 5)) };
	n->school = value_text(db_cell(&r, 0, 6));
	n->region = value_text(db_cell(&r, 0, 7));
	n->coach_remote = value_text(db_cell(&r, 0, 8));
	n->remote = value_text(db_cell(&r, 0, 9));
	return true;
}

/* ---- failures ---- */

struct failing {
	const struct newcomer *n;
	struct str says;
	bool in_doubt;
};

static bool fail_body(void *arg, struct err *e)
{
	const struct failing *f = arg;
	struct mirror *m = f->n->m;
	struct account_owner owner = { .competitor = f->n->o->competitor };
	struct mirror_event ev = { .type = "sync_failed",
				   .status = "error",
				   .competitor = owner.competitor,
				   .message = f->says };
	struct value param[] = { value_str(owner.competitor), value_str(f->says) };

	return db_exec(m->engine->db,
		       "UPDATE competitors SET game_platform_sync_error = ?2 WHERE id = ?1", param,
		       COUNT(param), NULL, e) &&
	       account_fail(m, &owner, f->in_doubt ? STR("pending") : STR("error"), f->says, e) &&
	       mirror_note(m, &ev, e);
}

/* A creation went out, and nothing has said since what became of it. */
static bool is_in_doubt(const struct newcomer *n)
{
	return n->known.exists && n->known.remote.len == 0 && n->remote.len == 0 &&
	       str_eq(n->known.status, STR("pending"));
}

/* Tells people, and goes on failing as *e says; a failure of our own is nobody's to read. */
static bool fail(const struct newcomer *n, struct str says, struct err *e)
{
	bool passing = e->kind == ERR_TRANSIENT || e->kind == ERR_AUTH;
	struct failing f = { n, says, n->m->vendor.fault.in_doubt || (passing && is_in_doubt(n)) };
	struct err unsaid;

	if (n->m->dry_run)
		return false;
	if (!mirror_write(n->m, fail_body, &f, &unsaid) && unsaid.kind == ERR_FENCED)
		*e = unsaid;
	return false;
}

static bool refuse(const struct newcomer *n, const char *says, struct err *e)
{
	err_set(e, ERR_REMOTE, "%s", says);
	return fail(n, str_from(says), e);
}

static bool is_ours(enum err_kind kind)
{
	return kind == ERR_STORE || kind == ERR_FENCED || kind == ERR_CANCELLED || kind == ERR_BUSY;
}

/* ---- guards ---- */

static bool find_coach(struct newcomer *n, struct err *e)
{
	struct str id = n->o->coach.len ? n->o->coach : n->coach_id;
	bool found = false;

	if (id.len && !coach_get(n->m, id, &n->coach, &found, e))
		return false;
	if (!found || !str_eq(n->coach.role, STR("coach")))
		return refuse(n, "Coach not found or missing Game Platform mapping", e);
	if (n->coach_remote.len || coach_ensure(n->m, &n->coach, &n->coach_remote, e))
		return true;
	return is_ours(e->kind) ? false : fail(n, mirror_says(n->m, e), e);
}

static bool draft(struct newcomer *n, struct err *e)
{
	struct naming_names names;

	n->person.school = n->school.len ? n->school : n->coach.school;
	n->person.region = n->region.len ? n->region : n->coach.division;
	naming_competitor(n->m->arena, &n->person, &names);
	n->draft = (struct vendor_user_draft){ .id = n->known.remote.len ? n->known.remote
									 : n->o->competitor,
					       .first_name = names.first,
					       .last_name = names.last,
					       .email = names.email,
					       .role = STR("user"),
					       .username = names.username,
					       .school = names.school,
					       .region = names.region,
					       .coach = n->coach_remote };
	if (n->coach_remote.len == 0 && !n->m->dry_run)
		return refuse(n, "Missing syned_coach_user_id for Game Platform onboarding", e);
	return names.email.len > 0 || refuse(n, "Missing email for Game Platform onboarding", e);
}

/* ---- success ---- */

static bool log_disclosure(const struct newcomer *n, struct err *e)
{
	struct value param[] = {
		value_str(n->o->competitor),
		value_str(STR(
			"{\"disclosed_to\":\"MetaCTF Game Platform\",\"fields\":[\"first_name\","
			"\"last_name\",\"email_school\",\"grade\",\"division\"]}")),
	};

	return db_exec(n->m->engine->db,
		       "INSERT INTO activity_logs (action, entity_type, entity_id, metadata)"
		       " VALUES ('data_disclosed_game_platform', 'competitor', ?1, ?2)",
		       param, COUNT(param), NULL, e);
}

static bool write_competitor(const struct newcomer *n, bool *there, struct err *e)
{
	struct value param[] = { value_str(n->o->competitor), value_str(n->user.id),
				 mirror_now(n->m) };
	int64_t changed;

	if (!db_exec(n->m->engine->db,
		     "UPDATE competitors SET game_platform_id = ?2, game_platform_synced_at = ?3,"
		     " game_platform_sync_error = NULL WHERE id = ?1",
		     param, COUNT(param), &changed, e))
		return false;
	*there = changed > 0;
	return true;
}

static bool write_beginnings(const struct newcomer *n, struct err *e)
{
	struct db *d = n->m->engine->db;
	struct value competitor = value_str(n->o->competitor), user = value_str(n->user.id);

	return db_exec(d,
		       "INSERT INTO game_platform_stats (competitor_id) VALUES (?1)"
		       " ON CONFLICT (competitor_id) DO NOTHING",
		       &competitor, 1, NULL, e) &&
	       db_exec(d,
		       "INSERT INTO game_platform_sync_state (syned_user_id) VALUES (?1)"
		       " ON CONFLICT (syned_user_id) DO NOTHING",
		       &user, 1, NULL, e);
}

/* Whoever puts them on a team meanwhile waits for the competitor's row, which is written already.
 */
static bool order_team(const struct newcomer *n, struct err *e)
{
	struct db_result r;

	return mirror_row(n->m, "SELECT team_id FROM team_members WHERE competitor_id = ?1",
			  n->o->competitor, &r, e) &&
	       (r.rows == 0 || mirror_order_team(n->m, value_text(db_cell(&r, 0, 0)), e));
}

static bool done_body(void *arg, struct err *e)
{
	const struct newcomer *n = arg;
	struct account_owner owner = { .competitor = n->o->competitor };
	struct mirror_event ev = { .type = "competitor_registered",
				   .status = "success",
				   .profile = n->coach.id,
				   .competitor = n->o->competitor,
				   .message = n->made ? STR("created") : STR("found") };
	bool there;

	if (!write_competitor(n, &there, e))
		return false;
	if (!there) /* deleted meanwhile: nobody is left to tell of it */
		return err_set(e, ERR_MISSING, "Competitor not found");
	return account_save(n->m, &owner, &n->user, e) && write_beginnings(n, e) &&
	       log_disclosure(n, e) && mirror_note(n->m, &ev, e) && order_team(n, e) &&
	       mirror_order_scores(n->m, n->o->competitor, e);
}

/* ---- the whole ---- */

static struct value told(const struct newcomer *n, const char *status)
{
	struct arena *a = n->m->arena;
	struct value map = value_map_new(a);

	view_text(a, map, "status", str_from(status));
	view_text(a, map, "competitorId", n->o->competitor);
	return map;
}

static bool mark_body(void *arg, struct err *e)
{
	const struct newcomer *n = arg;
	struct account_owner owner = { .competitor = n->o->competitor };

	return account_fail(n->m, &owner, STR("pending"), STR(""), e);
}

/* Before the request goes: who dies with it leaves a doubt, not an oblivion. */
static bool mark(struct newcomer *n, struct err *e)
{
	if (n->known.remote.len)
		return true;
	if (!mirror_write(n->m, mark_body, n, e))
		return false;
	n->known = (struct account){ .exists = true, .status = STR("pending") };
	return true;
}

static bool arrived(struct newcomer *n, struct value *out, struct err *e)
{
	if (!mirror_write(n->m, done_body, n, e))
		return false;
	*out = told(n, "synced");
	view_text(n->m->arena, *out, "synedUserId", n->user.id);
	view_bool(n->m->arena, *out, "created", n->made);
	view_text(n->m->arena, *out, "platformStatus", naming_status(n->user.status));
	return true;
}

static bool carry(struct newcomer *n, struct value *out, struct err *e)
{
	if (!mark(n, e))
		return false;
	if (!account_ensure(n->m, &n->draft, &n->user, &n->made, e))
		return is_ours(e->kind) ? false : fail(n, mirror_says(n->m, e), e);
	return arrived(n, out, e);
}

static bool forget_body(void *arg, struct err *e)
{
	const struct newcomer *n = arg;
	struct value param = value_str(n->o->competitor);

	return db_exec(n->m->engine->db,
		       "DELETE FROM game_platform_profiles WHERE competitor_id = ?1"
		       " AND syned_user_id IS NULL AND status = 'pending'",
		       &param, 1, NULL, e);
}

/* They may be there by an earlier request, and must not be made any more. */
static bool look_after(struct newcomer *n, struct value *out, struct err *e)
{
	bool found;

	if (!vendor_user_find(&n->m->vendor, n->o->competitor, &found, &n->user, e))
		return is_ours(e->kind) ? false : fail(n, mirror_says(n->m, e), e);
	if (found) {
		n->made = true;
		return arrived(n, out, e);
	}
	*out = told(n, "skipped_requires_compliance");
	return mirror_write(n->m, forget_body, n, e);
}

bool onboard(struct mirror *m, const struct onboarding *o, struct value *out, struct err *e)
{
	struct newcomer n = { .m = m, .o = o };

	if (!read_competitor(&n, e))
		return false;
	if (!account_of_competitor(m, o->competitor, &n.known, e))
		return false;
	if (!str_eq(n.status, STR("compliance"))) {
		if (is_in_doubt(&n) && !m->dry_run)
			return look_after(&n, out, e);
		*out = told(&n, "skipped_requires_compliance");
		return true;
	}
	if (n.known.remote.len && naming_status_is_good(n.known.status)) {
		*out = told(&n, "skipped_already_synced");
		return true;
	}
	if (!find_coach(&n, e) || !draft(&n, e))
		return false;
	if (!m->dry_run)
		return carry(&n, out, e);
	*out = told(&n, "dry_run");
	view_text(m->arena, *out, "synedUserId", n.draft.id);
	view_text(m->arena, *out, "coach",
		  n.coach_remote.len ? STR("known") : STR("would be looked up or created"));
	return true;
}

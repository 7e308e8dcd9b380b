/* SPDX-License-Identifier: Apache-2.0 */
/* coach.c - a coach's account at the vendor, without which neither competitors nor teams can be. */
#include "gameplatform/account.h"
#include "gameplatform/naming.h"
#include "gameplatform/record.h"

bool coach_get(struct mirror *m, struct str id, struct coach *out, bool *found, struct err *e)
{
	struct db_result r;

	*found = false;
	if (!mirror_row(m,
			"SELECT id, role, first_name, last_name, full_name, email, school_name,"
			" division, is_approved FROM profiles WHERE id = ?1",
			id, &r, e))
		return false;
	if (r.rows == 0)
		return true;
	*found = true;
	*out = (struct coach){
		.id = value_text(db_cell(&r, 0, 0)),
		.role = value_text(db_cell(&r, 0, 1)),
		.first = value_text(db_cell(&r, 0, 2)),
		.last = value_text(db_cell(&r, 0, 3)),
		.full = value_text(db_cell(&r, 0, 4)),
		.email = value_text(db_cell(&r, 0, 5)),
		.school = value_text(db_cell(&r, 0, 6)),
		.division = value_text(db_cell(&r, 0, 7)),
		.unapproved =
			db_cell(&r, 0, 8).kind != VALUE_NULL && !record_true(db_cell(&r, 0, 8)),
	};
	return true;
}

/* ---- what is written ---- */

struct saving {
	struct mirror *m;
	const struct coach *coach;
	const struct vendor_user *user;
	struct str status, says; /* says empty: all is well */
	bool made;
};

static bool save_body(void *arg, struct err *e)
{
	const struct saving *s = arg;
	struct account_owner owner = { .coach = s->coach->id };
	struct mirror_event ev = { .type = "coach_registered",
				   .status = s->says.len ? "error" : "success",
				   .profile = s->coach->id,
				   .message = s->says };
	struct value param[] = { value_str(s->coach->id), value_str(s->user->id),
				 mirror_now(s->m) };

	if (!account_save(s->m, &owner, s->user, e) ||
	    (s->says.len && !account_fail(s->m, &owner, s->status, s->says, e)))
		return false;
	if ((s->made || s->says.len) && !mirror_note(s->m, &ev, e))
		return false;
	return db_exec(s->m->engine->db,
		       "UPDATE profiles SET game_platform_user_id = ?2,"
		       " game_platform_last_synced_at = ?3 WHERE id = ?1",
		       param, COUNT(param), NULL, e);
}

struct failing {
	struct mirror *m;
	const struct coach *coach;
	struct str says;
};

static bool fail_body(void *arg, struct err *e)
{
	const struct failing *f = arg;
	struct account_owner owner = { .coach = f->coach->id };

	return account_fail(f->m, &owner, STR(""), f->says, e);
}

/* ---- the account ---- */

static bool settle(struct mirror *m, const struct coach *c, const struct vendor_user *u, bool made,
		   struct err *e)
{
	struct saving s = { .m = m, .coach = c, .user = u, .made = made };

	s.status = naming_status(u->status);
	if (!naming_status_is_good(s.status))
		s.says = str_printf(
			m->arena,
			"Coach user on MetaCTF has status \"%.*s\" and must be \"approved\" or "
			"\"user_created\" before adding competitors. Please contact MetaCTF support "
			"to approve this coach.",
			STR_ARG(s.status));
	if (!mirror_write(m, save_body, &s, e))
		return false;
	return s.says.len == 0 || err_set(e, ERR_REMOTE, "%.*s", STR_ARG(s.says));
}

static bool look_or_make(struct mirror *m, const struct coach *c, const struct account *known,
			 struct str *remote, struct err *e)
{
	struct naming_person person = { .id = c->id,
					.first = c->first,
					.last = c->last,
					.full = c->full,
					.email = c->email,
					.school = c->school,
					.region = c->division };
	struct failing f = { .m = m, .coach = c };
	struct naming_names names;
	struct vendor_user user;
	struct err unsaid;
	bool made;

	naming_coach(m->arena, &person, &names);

	struct vendor_user_draft draft = { .id = known->remote.len ? known->remote : c->id,
					   .first_name = names.first,
					   .last_name = names.last,
					   .email = names.email,
					   .role = STR("coach"),
					   .username = names.username,
					   .school = names.school,
					   .region = names.region };

	if (!account_ensure(m, &draft, &user, &made, e)) {
		f.says = mirror_says(m, e);
		if (m->vendor.fault.code != VENDOR_NONE && !mirror_write(m, fail_body, &f, &unsaid))
			*e = unsaid;
		return false;
	}
	*remote = user.id;
	return settle(m, c, &user, made, e);
}

bool coach_ensure(struct mirror *m, const struct coach *c, struct str *remote, struct err *e)
{
	struct account known;
	struct lease lock;
	bool ok;

	if (!account_of_coach(m, c->id, &known, e))
		return false;
	*remote = known.remote;
	if (m->dry_run || (known.remote.len && naming_status_is_good(known.status)))
		return true;
	if (!mirror_lock_coach(m, c->id, &lock, e))
		return false;
	/* Whoever held it may have made the coach. */
	ok = account_of_coach(m, c->id, &known, e);
	*remote = known.remote;
	if (ok && !(known.remote.len && naming_status_is_good(known.status)))
		ok = look_or_make(m, c, &known, remote, e);
	mirror_unlock(m, &lock);
	return ok;
}

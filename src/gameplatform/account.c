/* SPDX-License-Identifier: Apache-2.0 */
/* account.c - a person's account at the vendor, and the mapping that remembers it. */
#include "gameplatform/account.h"

#include "gameplatform/naming.h"
#include "gameplatform/record.h"

/* ---- the mapping ---- */

static bool account_of(struct mirror *m, const char *sql, struct str id, struct account *out,
		       struct err *e)
{
	struct db_result r;

	*out = (struct account){ .exists = false };
	if (!mirror_row(m, sql, id, &r, e))
		return false;
	if (r.rows)
		*out = (struct account){ true, value_text(db_cell(&r, 0, 0)),
					 value_text(db_cell(&r, 0, 1)) };
	return true;
}

bool account_of_coach(struct mirror *m, struct str coach, struct account *out, struct err *e)
{
	return account_of(m,
			  "SELECT syned_user_id, status FROM game_platform_profiles"
			  " WHERE coach_id = ?1",
			  coach, out, e);
}

bool account_of_competitor(struct mirror *m, struct str competitor, struct account *out,
			   struct err *e)
{
	return account_of(m,
			  "SELECT syned_user_id, status FROM game_platform_profiles"
			  " WHERE competitor_id = ?1",
			  competitor, out, e);
}

#define SAVE(owner, role)                                                                      \
	"INSERT INTO game_platform_profiles (" owner ", metactf_role, syned_user_id,"          \
	" metactf_user_id, metactf_username, status, last_synced_at, sync_error)"              \
	" VALUES (?1, '" role "', ?2, ?3, ?4, ?5, ?6, NULL) ON CONFLICT (" owner ") DO UPDATE" \
	" SET syned_user_id = excluded.syned_user_id,"                                         \
	" metactf_user_id = excluded.metactf_user_id,"                                         \
	" metactf_username = excluded.metactf_username, status = excluded.status,"             \
	" last_synced_at = excluded.last_synced_at, sync_error = NULL"

bool account_save(struct mirror *m, const struct account_owner *o, const struct vendor_user *u,
		  struct err *e)
{
	struct value param[] = {
		value_str(o->coach.len ? o->coach : o->competitor),
		value_str(u->id),
		u->number ? value_int(u->number) : NULL_VALUE,
		value_text_or_null(u->username),
		value_str(naming_status(u->status)),
		mirror_now(m),
	};

	return db_exec(m->engine->db,
		       o->coach.len ? SAVE("coach_id", "coach") : SAVE("competitor_id", "user"),
		       param, COUNT(param), NULL, e);
}

#define FAIL(owner, role)                                                                  \
	"INSERT INTO game_platform_profiles (" owner ", metactf_role, status, sync_error)" \
	" VALUES (?1, '" role "', ?2, ?3) ON CONFLICT (" owner ") DO UPDATE SET"           \
	" status = excluded.status, sync_error = excluded.sync_error"

bool account_fail(struct mirror *m, const struct account_owner *o, struct str status,
		  struct str says, struct err *e)
{
	struct value param[] = {
		value_str(o->coach.len ? o->coach : o->competitor),
		value_str(status.len ? status : STR("error")),
		value_text_or_null(says),
	};

	return db_exec(m->engine->db,
		       o->coach.len ? FAIL("coach_id", "coach") : FAIL("competitor_id", "user"),
		       param, COUNT(param), NULL, e);
}

/* ---- at the vendor ---- */

/* Somebody was faster, or our own earlier request has arrived after all. */
static bool adopt(struct mirror *m, struct str id, struct vendor_user *out, struct err *e)
{
	struct vendor_fault conflict = m->vendor.fault;
	struct err why = *e;
	bool found;

	if (!vendor_user_find(&m->vendor, id, &found, out, e))
		return false;
	if (found)
		return true;
	/* It is about something else: the address belongs to another user, say. */
	m->vendor.fault = conflict;
	*e = why;
	return false;
}

bool account_ensure(struct mirror *m, const struct vendor_user_draft *d, struct vendor_user *out,
		    bool *made, struct err *e)
{
	bool found;

	*made = false;
	if (!vendor_user_find(&m->vendor, d->id, &found, out, e))
		return false;
	if (found)
		return true;
	if (vendor_user_create(&m->vendor, d, out, e)) {
		*made = true;
		return true;
	}
	if (m->vendor.fault.code == VENDOR_CONFLICT)
		return adopt(m, d->id, out, e);
	/* Whether it arrived the next attempt sees by looking first. */
	if (m->vendor.fault.in_doubt)
		e->kind = ERR_TRANSIENT;
	return false;
}

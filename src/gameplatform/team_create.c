/* SPDX-License-Identifier: Apache-2.0 */
/*
 * team_create.c - makes a team at the vendor, once.
 *
 *     (nothing) --create_sent_at committed--> sent --answer--> there
 *                        ^                     |
 *                        '--refused, or not----+--no answer: in doubt, looked into after a while
 *                           found
 *
 * The vendor cannot be asked for a team.  A doubt is looked into by putting a member on, which has
 * to be done anyway; without a member the team, should it be there, is deleted first.
 */
#include "gameplatform/naming.h"
#include "gameplatform/team_part.h"
#include "store/cell.h"
#include "store/sql.h"

#define SETTLE_MS 10000 /* what was sent may still be on its way */

struct marking {
	struct mirrored_team *t;
	int64_t sent_ms; /* 0: nothing is under way any more */
	struct str says; /* what was refused, or empty */
	bool gone;
};

/* [tx] Nobody deletes the team meanwhile. */
static bool hold_row(struct mirrored_team *t, bool *gone, struct err *e)
{
	struct str sql = str_printf(t->m->arena, "SELECT 1 FROM teams WHERE id = ?1%s",
				    sql_words(t->m->engine->db)->wait_row);
	struct db_result r;

	if (!mirror_row(t->m, sql.at, t->id, &r, e))
		return false;
	*gone = r.rows == 0;
	return true;
}

static bool mark_body(void *arg, struct err *e)
{
	struct marking *k = arg;
	struct value param[] = {
		value_str(k->t->id),
		k->sent_ms ? cell_from_ms(k->sent_ms) : NULL_VALUE,
		value_text_or_null(k->says),
		value_str(k->says.len ? STR("error") : STR("pending")),
	};

	if (!hold_row(k->t, &k->gone, e))
		return false;
	return k->gone ||
	       db_exec(k->t->m->engine->db,
		       "INSERT INTO game_platform_teams (team_id, create_sent_at, sync_error,"
		       " status) VALUES (?1, ?2, ?3, ?4) ON CONFLICT (team_id) DO UPDATE SET"
		       " create_sent_at = excluded.create_sent_at,"
		       " sync_error = excluded.sync_error, status = excluded.status",
		       param, COUNT(param), NULL, e);
}

static bool mark(struct mirrored_team *t, int64_t sent_ms, struct str says, bool *gone,
		 struct err *e)
{
	struct marking k = { .t = t, .sent_ms = sent_ms, .says = says };

	if (!mirror_write(t->m, mark_body, &k, e))
		return false;
	t->create_sent_ms = sent_ms;
	*gone = k.gone;
	return true;
}

struct storing {
	struct mirrored_team *t;
	const struct vendor_team *team;
	bool gone;
};

static bool store_body(void *arg, struct err *e)
{
	struct storing *s = arg;
	struct mirrored_team *t = s->t;
	struct db *d = t->m->engine->db;
	struct mirror_event ev = {
		.type = "team_created", .status = "success", .profile = t->coach_id, .team = t->id
	};
	struct value team[] = { value_str(t->id), value_str(s->team->id), mirror_now(t->m),
				value_str(t->coach_remote) };
	struct value mapping[] = {
		value_str(t->id),
		value_str(s->team->id),
		s->team->number ? value_int(s->team->number) : NULL_VALUE,
		value_text_or_null(s->team->name),
		mirror_now(t->m),
	};

	if (!hold_row(t, &s->gone, e))
		return false;
	if (s->gone)
		return true;
	return db_exec(d,
		       "UPDATE teams SET game_platform_id = ?2, game_platform_synced_at = ?3,"
		       " game_platform_sync_error = NULL, syned_coach_user_id = ?4 WHERE id = ?1",
		       team, COUNT(team), NULL, e) &&
	       db_exec(d,
		       "INSERT INTO game_platform_teams (team_id, syned_team_id, metactf_team_id,"
		       " metactf_team_name, status, last_synced_at) VALUES (?1, ?2, ?3, ?4,"
		       " 'approved', ?5) ON CONFLICT (team_id) DO UPDATE SET"
		       " syned_team_id = excluded.syned_team_id, metactf_team_id ="
		       " COALESCE(excluded.metactf_team_id, game_platform_teams.metactf_team_id),"
		       " metactf_team_name = COALESCE(excluded.metactf_team_name,"
		       " game_platform_teams.metactf_team_name), status = excluded.status,"
		       " create_sent_at = NULL, sync_error = NULL,"
		       " last_synced_at = excluded.last_synced_at",
		       mapping, COUNT(mapping), NULL, e) &&
	       mirror_note(t->m, &ev, e);
}

/* The vendor has it. */
static bool store(struct mirrored_team *t, const struct vendor_team *team, bool *gone,
		  struct err *e)
{
	struct storing s = { .t = t, .team = team };

	if (!mirror_write(t->m, store_body, &s, e))
		return false;
	*gone = s.gone;
	t->remote = team->id;
	t->created = true;
	t->create_sent_ms = 0;
	return true;
}

/* ---- doubts ---- */

/* *there: a creation of ours has arrived. */
static bool look_into(struct mirrored_team *t, bool *there, struct err *e)
{
	bool asked, existed;

	*there = false;
	if (!team_probe(t, &asked, there, e))
		return false;
	if (asked || vendor_team_delete(&t->m->vendor, t->id, &existed, e))
		return true;
	/* Somebody at the vendor has put others on it meanwhile: so it is there. */
	*there = team_has_members(&t->m->vendor.fault);
	return *there;
}

/* ---- the request ---- */

static bool give_up(struct mirrored_team *t, bool *gone, struct err *e)
{
	struct err why = *e;

	/* Refused for good: nothing is under way, whatever comes next begins anew. */
	if (!mark(t, 0, mirror_says(t->m, &why), gone, e))
		return false;
	*e = why;
	return false;
}

static bool ask(struct mirrored_team *t, bool *gone, struct err *e)
{
	struct vendor_team_draft d = { .id = t->id,
				       .coach = t->coach_remote,
				       .name = t->name,
				       .division = naming_division(t->division),
				       .affiliation = naming_affiliation(t->affiliation,
									 t->coach.school) };
	struct vendor_team known = { .id = t->id }, team;

	if (!mark(t, clock_wall_ms(t->m->engine->clock), STR(""), gone, e))
		return false;
	if (*gone)
		return true;
	if (vendor_team_create(&t->m->vendor, &d, &team, e))
		return store(t, &team, gone, e);
	/* The id is ours alone: whoever has it is our own team. */
	if (t->m->vendor.fault.code == VENDOR_CONFLICT)
		return store(t, &known, gone, e);
	if (t->m->vendor.fault.code == VENDOR_NONE)
		return false;
	if (!t->m->vendor.fault.in_doubt)
		return give_up(t, gone, e);
	team_again(t, SETTLE_MS, e);
	return true;
}

bool team_create(struct mirrored_team *t, bool *gone, struct err *e)
{
	struct vendor_team known = { .id = t->id };
	int64_t now_ms = clock_wall_ms(t->m->engine->clock);
	bool there = false;
	struct err why;

	*gone = false;
	if (t->create_sent_ms) {
		if (now_ms < t->create_sent_ms + SETTLE_MS && now_ms >= t->create_sent_ms) {
			err_set(&why, ERR_TRANSIENT, "a creation's end is not known yet");
			team_again(t, t->create_sent_ms + SETTLE_MS - now_ms, &why);
			return true;
		}
		if (!look_into(t, &there, e))
			return false;
	}
	return there ? store(t, &known, gone, e) : ask(t, gone, e);
}

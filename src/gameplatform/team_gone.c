/* SPDX-License-Identifier: Apache-2.0 */
/*
 * team_gone.c - takes a team away at the vendor whose row is gone here.
 *
 * The vendor deletes only teams without members.  Who has moved to another team of ours is moved by
 * that one's own job, and this waits for it.
 */
#include "gameplatform/team_part.h"
#include "service/view.h"

#define SETTLE_MS 10000 /* a creation may still be on its way */
#define MOVING_MS 2000

static bool note_body(void *arg, struct err *e)
{
	const struct mirrored_team *t = arg;
	struct mirror_event ev = { .type = "team_deleted",
				   .status = "success",
				   .message = t->remote };

	return mirror_note(t->m, &ev, e);
}

static void tell(struct mirrored_team *t, const char *status)
{
	view_text(t->m->arena, t->out->map, "status", str_from(status));
}

bool team_gone(struct mirrored_team *t, struct err *e)
{
	int64_t young_ms = t->m->asked_ms + SETTLE_MS - clock_wall_ms(t->m->engine->clock);
	bool existed;
	struct err why;

	if (t->m->dry_run) {
		tell(t, "dry_run");
		return true;
	}
	if (!team_empty(t, e))
		return false;
	if (!vendor_team_delete(&t->m->vendor, t->remote, &existed, e)) {
		if (!team_has_members(&t->m->vendor.fault))
			return false;
		why = *e;
		tell(t, "waiting");
		team_again(t, MOVING_MS, &why);
		return true;
	}
	if (existed) {
		tell(t, "deleted");
		return mirror_write(t->m, note_body, t, e);
	}
	tell(t, "skipped_not_synced");
	if (young_ms > 0 && young_ms <= SETTLE_MS) {
		err_set(&why, ERR_TRANSIENT, "a creation may still be on its way");
		team_again(t, young_ms, &why);
	}
	return true;
}

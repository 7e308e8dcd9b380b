/* SPDX-License-Identifier: Apache-2.0 */
/*
 * platform.h - the plan's game platform connection: its settings, and what every part asks first.
 */
#ifndef PLATFORM_H
#define PLATFORM_H

#include "api/call.h"
#include "service/service.h"

/* Tasks; all their arguments are JSON objects, none of them holds a person's data. */
#define GAME_SYNC_TASK "game_platform_sync"           /* {dryRun, coachId, forceFullSync} */
#define GAME_TOTALS_TASK "game_platform_totals_sweep" /* {dryRun, coachId, batchSize} */
#define GAME_ONBOARD_TASK "game_platform_onboard"     /* {competitor, coach} */
#define GAME_TEAM_TASK "game_platform_team"           /* {team, remote} */
#define GAME_ROSTERS_TASK "game_platform_rosters"     /* {} */

/* The plan's first connection with the connector metactf; it lives as long as `s`.  ERR_MISSING. */
MUST_CHECK bool platform_connection(const struct setup *s, const struct connection **out,
				    struct err *e);

/* Whether the plan in force has one: without it there are no tables to look into.  ERR_MISSING. */
MUST_CHECK bool platform_there(const struct call *c, struct err *e);

/* Settings in the connection's config. */
struct platform_settings {
	bool enabled;       /* config.enabled is "true": else every call is a dry run */
	int64_t batch_size; /* of the totals sweep: config.totals_batch, 100 */
};
struct platform_settings platform_settings(const struct connection *c);

/*
 * Whose rows the caller may see: a coach their own (profiles.id is the token's subject when that is
 * a uuid, else the profile with the caller's e-mail address), an administrator all, or one coach's
 * when the query says coach=ID.  *coach empty: all.  ERR_AUTH: nobody's.
 */
MUST_CHECK bool platform_scope(struct call *c, struct str *coach, struct err *e);
/* The query's row for it. */
#define PLATFORM_SCOPE_QUERY                                                               \
	{                                                                                  \
		.name = "coach", .type = FIELD_UUID, .says = "administrators: one coach's" \
	}
/* Whose a new row will be: a coach's own, or whom an administrator's body says by coach_id. */
MUST_CHECK bool platform_new_owner(struct call *c, struct str *coach, struct err *e);
/* The caller's own profile, whatever their role.  ERR_AUTH: there is none. */
MUST_CHECK bool platform_profile(struct call *c, struct str *id, struct err *e);

/*
 * Tells whoever looks at /api/events that competitors or teams ("competitor", "team") changed,
 * without anybody's data: another coach's page hears it too, and finds nothing new.
 */
void platform_changed(struct service *s, const char *kind);

#endif

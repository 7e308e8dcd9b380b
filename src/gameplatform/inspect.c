/* SPDX-License-Identifier: Apache-2.0 */
/* inspect.c - `lockstep check` of a game platform connection: the live smoke test. */
#include "gameplatform/inspect_part.h"

#include "gameplatform/drift.h"
#include "gameplatform/integration.h"
#include "gameplatform/platform.h"
#include "gameplatform/record.h"
#include "gameplatform/schema.h"
#include "work/schedule.h"

#include <inttypes.h>

#define INSPECT_BYTES_MAX ((size_t)256 * 1024 * 1024)

void inspect_well(const struct inspection *x, const char *what, struct str says, const char *next)
{
	struct finding f = { .what = what, .says = says, .next = str_from(next ? next : "") };

	x->tell(x->arg, &f);
}

void inspect_ill(const struct inspection *x, const char *what, struct str says, const char *next,
		 const struct err *why)
{
	struct finding f = {
		.what = what, .says = says, .next = str_from(next ? next : ""), .why = why
	};

	x->tell(x->arg, &f);
}

/* ---- here ---- */

static void check_flag(const struct inspection *x)
{
	if (platform_settings(x->connection).enabled)
		inspect_well(x, "flag", STR("on: changes are mirrored"), NULL);
	else
		inspect_well(x, "flag", STR("off: every call is a dry run, nothing is written"),
			     "When the dry runs say what they should, set "
			     "GAME_PLATFORM_INTEGRATION_ENABLED=true and start lockstep anew.");
}

/* Whether the tables may be looked into. */
static bool check_schema(const struct inspection *x)
{
	struct str *statement;
	struct err e;
	size_t n;

	if (!game_schema_plan(x->engine->db, x->arena, x->connection, &statement, &n, &e)) {
		inspect_ill(x, "schema", str_from(e.text), NULL, &e);
		return false;
	}
	if (n == 0)
		inspect_well(x, "schema", STR("all tables, columns and triggers are there"), NULL);
	else
		inspect_well(x, "schema", str_printf(x->arena, "%zu statements are missing", n),
			     "lockstep migrate --dry-run shows them, lockstep migrate runs them.");
	return n == 0;
}

static bool is_ours(const struct schedule *s)
{
	for (const struct integration_schedule *own = game_platform.schedule; own && own->name;
	     own++)
		if (str_eq(s->name, str_from(own->name)))
			return true;
	return false;
}

static void check_schedules(const struct inspection *x)
{
	struct schedule *list;
	size_t n, on = 0, paused = 0, wanted = 0;
	struct err e;

	for (const struct integration_schedule *s = game_platform.schedule; s && s->name; s++)
		wanted++;
	if (!schedule_list(x->engine->db, x->arena, &list, &n, &e)) {
		inspect_well(x, "schedules", STR("lockstep serve has not begun here yet"), NULL);
		return;
	}
	for (size_t i = 0; i < n; i++) {
		on += is_ours(&list[i]) && !list[i].paused;
		paused += is_ours(&list[i]) && list[i].paused;
	}
	if (on + paused < wanted)
		inspect_well(x, "schedules",
			     str_printf(x->arena, "%zu of %zu are there", on + paused, wanted),
			     "lockstep serve makes them when it begins.");
	else
		inspect_well(x, "schedules",
			     str_printf(x->arena, "%zu run, %zu are paused", on, paused),
			     paused ? "lockstep schedules resume NAME ends a pause." : NULL);
}

/* ---- both sides ---- */

/* Empty: nobody is registered. */
static bool find_user(const struct inspection *x, struct str *user, struct err *e)
{
	struct db_result r;

	*user = STR("");
	if (!db_query(x->engine->db, x->arena,
		      "SELECT game_platform_id FROM competitors WHERE game_platform_id IS NOT NULL"
		      " ORDER BY created_at, id LIMIT 1",
		      NULL, 0, &r, e))
		return false;
	if (r.rows)
		*user = value_text(db_cell(&r, 0, 0));
	return true;
}

static int64_t count(const struct drift *d, const char *name)
{
	return value_get_int(value_get(d->map, STR("summary")), name);
}

static void check_drift(const struct inspection *x)
{
	AUTO_ARENA *a = arena_new("inspection", INSPECT_BYTES_MAX);
	struct drift_wish wish = { .dry_run = true };
	struct vendor_fault unsaid;
	struct drift d;
	struct err e;

	if (!drift_look(x->engine, x->connection, &wish, a, &d, &unsaid, &e)) {
		inspect_ill(x, "mirror", str_from(e.text), NULL, &e);
		return;
	}
	if (d.drifted == 0)
		inspect_well(x, "mirror", STR("teams and members are the same here and there"),
			     NULL);
	else
		inspect_well(x, "mirror",
			     str_printf(x->arena,
					"teams to be made: %" PRId64
					"; members to be put on: %" PRId64 ", to be moved: %" PRId64
					", to be taken off: %" PRId64
					"; errors that stand: %" PRId64,
					count(&d, "notThere"), count(&d, "missing"),
					count(&d, "wrongTeam"), count(&d, "extra"),
					count(&d, "staleErrors")),
			     "GET /api/game-platform/drift lists them.");
	if (count(&d, "unknownTeams"))
		inspect_well(x, "mirror",
			     str_printf(x->arena,
					"MetaCTF has members on %" PRId64
					" teams that are none of yours; they are let be",
					count(&d, "unknownTeams")),
			     NULL);
}

void game_inspect(const struct inspection *x)
{
	bool tables = check_schema(x), there;
	struct str user = STR("");
	struct err e;

	check_flag(x);
	if (tables && !find_user(x, &user, &e)) {
		inspect_ill(x, "schema", str_from(e.text), NULL, &e);
		return;
	}
	there = inspect_calls(x, user);
	if (tables)
		check_schedules(x);
	if (tables && there)
		check_drift(x);
}

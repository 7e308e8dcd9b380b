/* SPDX-License-Identifier: Apache-2.0 */
/*
 * register_routes.c - registering everybody who can be: a job for each, all of them or none.
 *
 * A job that waits for a competitor already stands for this one.  How far it is, the status says:
 * registrations that wait, competitors who are ready.
 */
#include "gameplatform/register_routes.h"

#include "api/deed.h"
#include "gameplatform/mirror_task.h"
#include "gameplatform/platform.h"
#include "gameplatform/record.h"
#include "service/job_routes.h"
#include "service/service.h"
#include "service/setup.h"
#include "service/view.h"
#include "work/queue.h"

/* For one transaction; whoever has more asks again. */
#define REGISTER_MAX 1000

struct crowd {
	struct str coach;
	struct db_result r; /* ids */
	size_t n;
	bool more;
};

static bool find(struct call *c, struct crowd *w, struct err *e)
{
	const struct value param[] = { value_text_or_null(w->coach), value_int(REGISTER_MAX + 1) };

	if (!db_query(c->db, c->arena,
		      "SELECT CAST(id AS text) FROM competitors WHERE status = 'compliance'"
		      " AND game_platform_id IS NULL AND (is_active IS NULL OR is_active)"
		      " AND (CAST(?1 AS text) IS NULL OR CAST(coach_id AS text) = ?1)"
		      " ORDER BY last_name, first_name, id LIMIT ?2",
		      param, COUNT(param), &w->r, e))
		return false;
	w->more = w->r.rows > REGISTER_MAX;
	w->n = w->more ? REGISTER_MAX : w->r.rows;
	return true;
}

static bool order(struct call *c, const struct crowd *w, struct str id, struct err *e)
{
	struct value args = value_map_new(c->arena);
	struct str key = str_printf(c->arena, "game_platform:competitor:%.*s", STR_ARG(id));
	struct job_draft draft = { .task = STR(GAME_ONBOARD_TASK),
				   .unique = JOB_ONE_WAITING,
				   .key = key,
				   .lane = key,
				   .trigger = STR("api"),
				   .actor = c->who.name };
	struct job_ticket unused;

	view_text(c->arena, args, "competitor", id);
	if (w->coach.len)
		view_text(c->arena, args, "coach", w->coach);
	return job_args_text(c->arena, args, &draft.args, e) &&
	       queue_add(c->db, &draft, &unused, e);
}

static bool act_order(struct deed *d, struct err *e)
{
	struct crowd *w = d->arg;

	if (!find(d->call, w, e))
		return false;
	for (size_t i = 0; i < w->n; i++)
		if (!order(d->call, w, value_text(db_cell(&w->r, i, 0)), e))
			return false;
	view_int(d->call->arena, d->details, "competitors", (int64_t)w->n);
	return true;
}

static bool answer(struct call *c, const struct crowd *w, bool dry_run, struct err *e)
{
	struct value map = value_map_new(c->arena);

	view_text(c->arena, map, "status", dry_run ? STR("dry_run") : STR("started"));
	view_int(c->arena, map, "competitors", (int64_t)w->n);
	view_bool(c->arena, map, "more", w->more);
	return call_status_json(c, dry_run ? 200 : 202, map, e);
}

static bool register_all(struct call *c, struct err *e)
{
	AUTO_SETUP *setup = service_setup(c->arg);
	struct crowd w = { .n = 0 };
	struct deed d = { .call = c,
			  .act = act_order,
			  .arg = &w,
			  .action = "game_platform.register_all",
			  .target = STR("competitor:all"),
			  .details = value_map_new(c->arena) };
	const struct connection *n;

	if (!platform_scope(c, &w.coach, e) || !platform_connection(setup, &n, e))
		return false;
	if (call_bool(c, c->query, "dry_run", false) || !platform_settings(n).enabled)
		return find(c, &w, e) && answer(c, &w, true, e);
	if (!record_deed(&d, e))
		return false;
	service_wake(c->arg);
	return answer(c, &w, false, e);
}

/* ---- the table ---- */

static const struct field all_query[] = {
	PLATFORM_SCOPE_QUERY,
	{ .name = "dry_run", .type = FIELD_BOOLEAN, .says = "only count them" },
	{ .name = NULL },
};
static const struct field all_answer[] = {
	{ .name = "status", .type = FIELD_TEXT, .required = true, .one_of = "started|dry_run" },
	{ .name = "competitors",
	  .type = FIELD_INTEGER,
	  .required = true,
	  .says = "who are ready: for whom there is a job now" },
	{ .name = "more",
	  .type = FIELD_BOOLEAN,
	  .required = true,
	  .says = "there are more than one call takes: ask again" },
	{ .name = NULL },
};

const struct route register_routes[] = {
	{ .method = "POST",
	  .path = "/api/game-platform/competitors",
	  .roles = ROLE_ADMIN | ROLE_COACH,
	  .handle = register_all,
	  .summary = "Register everybody who is ready to be; a dry run counts them and answers 200",
	  .tag = "game platform",
	  .query = all_query,
	  .answer = all_answer,
	  .status = 202,
	  .rate = RATE_EXPENSIVE },
	{ .method = NULL },
};

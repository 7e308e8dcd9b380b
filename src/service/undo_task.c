/* SPDX-License-Identifier: Apache-2.0 */
/* undo_task.c - puts back what rows held before a run, as a job. */
#include "service/undo_task.h"

#include "data/json.h"
#include "flow/undo.h"
#include "service/service.h"
#include "service/view.h"

#define OUTPUT_BYTES_MAX 4096

static void on_progress(void *arg, int64_t done, int64_t images)
{
	struct job_run *r = arg;
	struct str text = str_printf(r->arena, "{\"done\":%lld,\"images\":%lld}", (long long)done,
				     (long long)images);

	job_progress(r, text);
	service_publish(r->arg, "run", text, ROLE_ADMIN | ROLE_VIEWER);
}

static bool tell(struct job_run *r, const struct undo_result *u, struct err *e)
{
	struct value map = value_map_new(r->arena);
	struct buf b;

	view_text(r->arena, map, "run", u->id);
	view_text(r->arena, map, "status", str_from(run_status_name(u->status)));
	view_int(r->arena, map, "images", u->images);
	for (int i = 0; i < UNDO_OUTCOMES; i++)
		view_int(r->arena, map, undo_outcome_name((enum undo_outcome)i), u->count[i]);
	buf_in(&b, r->arena, OUTPUT_BYTES_MAX);
	if (!json_write(&b, map, e))
		return false;
	job_output(r, buf_str(&b));
	if (u->error.kind == ERR_NONE)
		return true;
	*e = u->error;
	return false;
}

bool undo_task_run(struct job_run *r, struct err *e)
{
	AUTO_SETUP *setup = service_setup(r->arg);
	struct rng rng = { .state = (uint64_t)r->job->fence.job };
	struct engine g = service_engine(r->arg, r->db, &rng, r->stop);
	struct undo_result result = { 0 };
	const struct connection *c;
	struct value args;

	if (!json_parse(r->arena, r->job->args, &args, NULL, e))
		return err_set(e, ERR_USAGE, "the arguments are no JSON");
	c = plan_connection(setup_plan(setup), value_get_text(args, "connection"));
	if (!c)
		return err_set(e, ERR_MISSING, "the plan has no such connection");

	struct undo_options o = { .run = value_get_text(args, "run"),
				  .table = value_get_text(args, "table"),
				  .dry_run = value_get_bool(args, "dry_run"),
				  .force = value_get_bool(args, "force"),
				  .delete_created = value_get_bool(args, "delete_created"),
				  .id = value_get_text(args, "id"),
				  .trigger = STR("manual"),
				  .triggered_by = value_get_text(args, "triggered_by"),
				  .progress = on_progress,
				  .arg = r };

	g.fence = &r->job->fence;
	return undo_run(&g, c, &o, r->arena, &result, e) && tell(r, &result, e);
}

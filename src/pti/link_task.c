/* SPDX-License-Identifier: Apache-2.0 */
/* link_task.c - the tasks behind what a person asks for. */
#include "pti/link_task.h"

#include "data/json.h"
#include "pti/link.h"
#include "service/connection.h"

#define OUTPUT_BYTES_MAX ((size_t)256 * 1024)

bool pti_connection(const struct setup *s, const struct connection **out, struct err *e)
{
	return connection_find(setup_plan(s), STR(""), STR(PTI_CONNECTOR), out, e);
}

static bool read_wish(struct job_run *r, struct wish *out, struct err *e)
{
	struct value args, matches;

	if (!json_parse(r->arena, r->job->args, &args, NULL, e))
		return err_wrap(e, "arguments");
	matches = value_get(args, STR("matches"));
	*out = (struct wish){ .player = value_get_text(args, "player"),
			      .url = value_get_text(args, "url"),
			      .asked_ms = r->job->added_ms };
	if (matches.kind == VALUE_INT && matches.i > 0)
		out->matches = matches.i < PTI_MATCHES_MAX ? (size_t)matches.i : PTI_MATCHES_MAX;
	return true;
}

static bool tell(struct job_run *r, struct value out, struct err *e)
{
	struct buf b;

	buf_in(&b, r->arena, OUTPUT_BYTES_MAX);
	if (!json_write(&b, out, e))
		return false;
	job_output(r, buf_str(&b));
	return true;
}

static bool run(struct job_run *r,
		bool (*act)(struct linking *l, const struct wish *w, struct value *out,
			    struct err *e),
		struct err *e)
{
	AUTO_SETUP *setup = service_setup(r->arg);
	struct rng rng = { (uint64_t)r->job->fence.job * 1000003u +
			   (uint64_t)clock_wall_ms(r->clock) };
	struct engine engine = service_engine(r->arg, r->db, &rng, r->stop);
	const struct connection *c;
	struct linking l;
	struct value out;
	struct wish w;
	bool ok;

	engine.fence = &r->job->fence;
	if (!read_wish(r, &w, e) || !pti_connection(setup, &c, e) ||
	    !linking_open(r->arena, &engine, c, &l, e))
		return false;
	ok = act(&l, &w, &out, e) && tell(r, out, e);
	linking_close(&l);
	return ok;
}

bool link_task_run(struct job_run *r, struct err *e)
{
	return run(r, link_page, e);
}

bool refresh_task_run(struct job_run *r, struct err *e)
{
	return run(r, link_refresh, e);
}

bool history_task_run(struct job_run *r, struct err *e)
{
	return run(r, link_history, e);
}

bool roster_task_run(struct job_run *r, struct err *e)
{
	return run(r, link_roster, e);
}

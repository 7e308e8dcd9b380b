/* SPDX-License-Identifier: Apache-2.0 */
/*
 * quarantine_task.c - tries the records in quarantine again, one by one.
 *
 * Always: what is to be tried is settled at the beginning, so that a record that stays is tried
 * once.
 */
#include "service/quarantine_task.h"

#include "data/json.h"
#include "flow/mend.h"
#include "service/service.h"
#include "service/view.h"
#include "store/quarantine.h"

#define TRIED_MAX 10000
#define TEXT_BYTES_MAX 4096
#define RECORD_ARENA_BYTES ((size_t)512 * 1024 * 1024)

struct trying {
	struct job_run *job;
	struct mender *mender;
	struct quarantine_item *item;
	size_t items;
	int64_t tried, failed, count[MEND_OUTCOMES];
};

static bool figures(const struct trying *t, struct str *out, struct err *e)
{
	struct arena *a = t->job->arena;
	struct value map = value_map_new(a);
	struct buf b;

	view_int(a, map, "records", (int64_t)t->items);
	view_int(a, map, "tried", t->tried);
	for (int i = 0; i < MEND_OUTCOMES; i++)
		view_int(a, map, mend_outcome_name((enum mend_outcome)i), t->count[i]);
	view_int(a, map, "failed", t->failed);
	buf_in(&b, a, TEXT_BYTES_MAX);
	if (!json_write(&b, map, e))
		return false;
	*out = buf_str(&b);
	return true;
}

static bool tell(const struct trying *t, bool over, struct err *e)
{
	struct str text;

	if (!figures(t, &text, e))
		return false;
	if (over)
		job_output(t->job, text);
	else
		job_progress(t->job, text);
	service_publish(t->job->arg, "quarantine", text, ROLE_ADMIN | ROLE_VIEWER);
	return true;
}

/* What fails every record ends it; one that cannot be tried is counted. */
static bool try_one(struct trying *t, const struct quarantine_item *known, struct err *e)
{
	AUTO_ARENA *a = arena_new("quarantine", RECORD_ARENA_BYTES);
	struct quarantine_item q;
	struct mend_result result;
	struct mend_options o = { 0 };
	bool found;

	if (!cancel_check(t->job->stop, e) ||
	    !quarantine_get(t->job->db, a, known->connection, known->table, known->key, &q, &found,
			    e))
		return false;
	if (!found)
		return true; /* a person was faster */
	t->tried++;
	if (mend(t->mender, &q, &o, a, &result, e)) {
		t->count[result.outcome]++;
		return true;
	}
	t->failed++;
	return e->kind == ERR_REMOTE || e->kind == ERR_LIMIT || e->kind == ERR_MISSING;
}

static bool try_all(struct trying *t, struct err *e)
{
	for (size_t i = 0; i < t->items; i++)
		if (!try_one(t, &t->item[i], e) || !tell(t, false, e))
			return false;
	return tell(t, true, e);
}

bool quarantine_task_run(struct job_run *r, struct err *e)
{
	AUTO_SETUP *setup = service_setup(r->arg);
	struct rng rng = { .state = (uint64_t)r->job->fence.job };
	struct engine g = service_engine(r->arg, r->db, &rng, r->stop);
	struct trying t = { .job = r };
	struct quarantine_query q = { .limit = TRIED_MAX };
	const struct connection *c;
	struct value args;
	bool ok;

	if (!json_parse(r->arena, r->job->args, &args, NULL, e))
		return err_set(e, ERR_USAGE, "the arguments are no JSON");
	q.connection = value_get_text(args, "connection");
	q.table = value_get_text(args, "table");
	q.code = value_get_text(args, "reason");
	c = plan_connection(setup_plan(setup), q.connection);
	if (!c)
		return err_set(e, ERR_MISSING, "the plan has no such connection");
	g.fence = &r->job->fence;
	if (!quarantine_find(r->db, r->arena, &q, &t.item, &t.items, e) ||
	    !mender_open(&g, c, r->arena, &t.mender, e))
		return false;
	ok = try_all(&t, e);
	mender_close(t.mender);
	return ok;
}

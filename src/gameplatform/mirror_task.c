/* SPDX-License-Identifier: Apache-2.0 */
/* mirror_task.c - the tasks that mirror a competitor and a team. */
#include "gameplatform/mirror_task.h"

#include "data/json.h"
#include "gameplatform/drift.h"
#include "gameplatform/onboard.h"
#include "gameplatform/platform.h"
#include "gameplatform/team_mirror.h"
#include "service/view.h"

#define OUTPUT_BYTES_MAX ((size_t)64 * 1024)
#define WAIT_MIN_MS 2000
#define WAIT_MAX_MS 30000
#define WAIT_LIMIT_MS ((int64_t)3600 * 1000) /* a Retry-After that is longer is not believed */

struct mirroring {
	struct job_run *run;
	struct setup *setup;
	struct rng rng;
	struct engine engine;
	struct value args;
	struct mirror mirror;
};

static bool begin(struct mirroring *w, struct job_run *r, struct err *e)
{
	const struct connection *c;

	*w = (struct mirroring){ .run = r };
	w->rng.state = (uint64_t)r->job->fence.job * 1000003u + (uint64_t)clock_wall_ms(r->clock);
	w->setup = service_setup(r->arg);
	w->engine = service_engine(r->arg, r->db, &w->rng, r->stop);
	w->engine.fence = &r->job->fence;
	if (!json_parse(r->arena, r->job->args, &w->args, NULL, e))
		return err_wrap(e, "arguments");
	if (!platform_connection(w->setup, &c, e) ||
	    !mirror_open(r->arena, &w->engine, c, value_get_bool(w->args, "dryRun"), &w->mirror, e))
		return false;
	w->mirror.asked_ms = r->job->added_ms;
	return true;
}

static void output(struct mirroring *w, struct value v)
{
	struct err unsaid;
	struct buf b;

	buf_in(&b, w->run->arena, OUTPUT_BYTES_MAX);
	if (json_write(&b, v, &unsaid))
		job_output(w->run, buf_str(&b));
}

struct value mirror_fault_value(const struct mirror *m, const struct err *e)
{
	const struct vendor_fault *f = &m->vendor.fault;
	struct value map = value_map_new(m->arena);
	bool told = f->code != VENDOR_NONE;

	view_text(m->arena, map, "code",
		  str_from(told ? vendor_code_name(f->code) : err_kind_name(e->kind)));
	view_int(m->arena, map, "status", told ? f->status : 0);
	view_text(m->arena, map, "message", mirror_says(m, e));
	return map;
}

static void output_fault(struct mirroring *w, const struct err *e)
{
	struct value map = value_map_new(w->run->arena);

	view_text(w->run->arena, map, "status", STR("error"));
	value_map_set(w->run->arena, map, STR("error"), mirror_fault_value(&w->mirror, e));
	output(w, map);
}

/* The longer it has waited, the less often: a quarter of its age, within limits. */
static int64_t pause_of(struct mirroring *w, int64_t asked_ms)
{
	int64_t age_ms = clock_wall_ms(w->run->clock) - w->run->job->added_ms;
	int64_t wait_ms = age_ms / 4;

	wait_ms = wait_ms < WAIT_MIN_MS   ? WAIT_MIN_MS
		  : wait_ms > WAIT_MAX_MS ? WAIT_MAX_MS
					  : wait_ms;
	wait_ms += (int64_t)rng_below(&w->rng, WAIT_MIN_MS / 2);
	if (asked_ms > WAIT_LIMIT_MS)
		asked_ms = WAIT_LIMIT_MS;
	return asked_ms > wait_ms ? asked_ms : wait_ms;
}

/* A failure that may pass is waited for; any other is the job's end. */
static bool fail(struct mirroring *w, struct err *e)
{
	output_fault(w, e);
	if (e->kind != ERR_TRANSIENT || w->mirror.vendor.fault.code == VENDOR_NONE)
		return false;
	job_snooze(w->run, pause_of(w, w->mirror.vendor.fault.wait_ms), e->text);
	return true;
}

/* Whoever looks at badges looks again: at what went well, and at what did not. */
static void end(struct mirroring *w, const char *kind)
{
	platform_changed(w->run->arg, kind);
	setup_unref(w->setup);
}

bool onboard_task_run(struct job_run *r, struct err *e)
{
	struct mirroring w;
	struct onboarding o;
	struct value out;
	bool ok = begin(&w, r, e);

	if (ok) {
		o = (struct onboarding){ value_get_text(w.args, "competitor"),
					 value_get_text(w.args, "coach") };
		if (o.competitor.len == 0)
			ok = err_set(e, ERR_USAGE, "the argument 'competitor' is missing");
		else if (onboard(&w.mirror, &o, &out, e))
			output(&w, out);
		else
			ok = fail(&w, e);
	}
	end(&w, "competitor");
	return ok;
}

static bool mirror_team(struct mirroring *w, struct err *e)
{
	struct str team = value_get_text(w->args, "team");
	struct team_outcome out;

	if (team.len == 0)
		return err_set(e, ERR_USAGE, "the argument 'team' is missing");
	if (!team_mirror(&w->mirror, team, value_get_text(w->args, "remote"), &out, e))
		return fail(w, e);
	output(w, out.map);
	if (out.again)
		job_snooze(w->run,
			   out.again_ms && out.why.kind == ERR_TRANSIENT
				   ? out.again_ms
				   : pause_of(w, out.again_ms),
			   out.why.text);
	return true;
}

static bool order_body(void *arg, struct err *e)
{
	return mirror_order_rosters(arg, e);
}

/*
 * A request that nobody answered, or whose process died, may be carried out behind all that came
 * after it: somebody is put back, or taken off again.  Rosters are looked at once more then.
 */
static bool look_again(struct mirroring *w, bool due, struct err *e)
{
	struct mirror *m = &w->mirror;

	return m->dry_run || !due || mirror_write(m, order_body, m, e);
}

bool team_task_run(struct job_run *r, struct err *e)
{
	struct mirroring w;
	/* Before all else: a job that dies too often is not run any more. */
	bool ok = begin(&w, r, e) && look_again(&w, r->job->crashes > 0, e);
	struct err unsaid;

	if (ok) {
		ok = mirror_team(&w, e);
		if (!look_again(&w, w.mirror.vendor.adrift, ok ? e : &unsaid))
			ok = false;
	}
	end(&w, "team");
	return ok;
}

bool rosters_task_run(struct job_run *r, struct err *e)
{
	struct mirroring w;
	struct drift drift;
	bool ok = begin(&w, r, e);

	if (ok && !w.mirror.dry_run) {
		ok = drift_repair(&w.engine, w.mirror.connection, r->arena, &drift, e);
		if (ok)
			output(&w, value_get(drift.map, STR("summary")));
	}
	setup_unref(w.setup);
	return ok;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* weekly_task.c - the weekly job as a job of the queue. */
#include "pti/weekly_task.h"

#include "base/log.h"
#include "data/json.h"
#include "pti/link_task.h"
#include "pti/weekly.h"
#include "service/view.h"
#include "store/control.h"

#define OUTPUT_BYTES_MAX ((size_t)256 * 1024)

struct str weekly_lease(struct arena *a, const struct connection *c)
{
	return str_printf(a, "pti_sync:%.*s", STR_ARG(c->name));
}

static bool flag_arg(struct value args, const char *name)
{
	struct value v = value_get(args, str_from(name));

	return v.kind == VALUE_BOOL && v.b;
}

static bool read_options(struct job_run *r, struct weekly_options *o, struct err *e)
{
	struct value args, player;

	if (!json_parse(r->arena, r->job->args, &args, NULL, e))
		return err_set(e, ERR_USAGE, "the arguments are no JSON");
	player = value_get(args, STR("player"));
	*o = (struct weekly_options){ .dry_run = flag_arg(args, "dry_run"),
				      .league_pages = flag_arg(args, "league_pages"),
				      .player = player.kind == VALUE_STR ? player.s : STR("") };
	return true;
}

/* Numbers only: whose they are is nobody's business here. */
static void on_event(void *arg, const struct weekly_event *ev)
{
	AUTO_ARENA *a = arena_new("progress", (size_t)64 * 1024);
	struct job_run *r = arg;
	struct str text;

	if (ev->kind != WEEKLY_STEP && ev->kind != WEEKLY_WAIT)
		return;
	text = str_printf(a,
			  "{\"done\":%lld,\"of\":%lld,\"pages\":%lld,\"credits\":%lld,"
			  "\"waiting_ms\":%lld}",
			  (long long)ev->done, (long long)ev->of, (long long)ev->counts->pages,
			  (long long)ev->counts->credits, (long long)ev->wait_ms);
	job_progress(r, text);
	service_publish(r->arg, "run", text, ROLE_ADMIN);
	service_publish(r->arg, "pti", STR("{}"), ROLE_ALL);
}

static bool tell(struct job_run *r, const struct weekly_result *result, struct err *e)
{
	struct buf b;

	buf_in(&b, r->arena, OUTPUT_BYTES_MAX);
	if (!json_write(&b, weekly_value(r->arena, result), e))
		return false;
	job_output(r, buf_str(&b));
	return true;
}

/* Whether it is done, and if not, why not. */
static bool judge(struct job_run *r, const struct weekly_result *result, struct err *e)
{
	bool key = result->stop_code && (strcmp(result->stop_code, "no_key") == 0 ||
					 strcmp(result->stop_code, "key_refused") == 0);
	bool config = result->stop_code && (strcmp(result->stop_code, "config") == 0 ||
					    strcmp(result->stop_code, "no_service") == 0);

	if (result->status == WEEKLY_PAUSED) {
		job_snooze(r, result->resume_ms - clock_wall_ms(r->clock), result->stop.at);
		return true;
	}
	if (!key && !config)
		return true;
	return err_set(e, key ? ERR_AUTH : ERR_CONFIG, "%.*s. %.*s", STR_ARG(result->stop),
		       STR_ARG(result->advice));
}

static bool sync_under_lease(struct job_run *r, const struct engine *g, const struct connection *c,
			     const struct weekly_options *o, struct weekly_result *out,
			     struct err *e)
{
	struct lease lease = { .name = weekly_lease(r->arena, c),
			       .ttl_ms = LEASE_TTL_MS,
			       .fence = g->fence };
	struct weekly_options own = *o;
	struct err unsaid;
	bool over, ok;

	if (o->dry_run)
		return weekly_sync(g, c, o, r->arena, out, e);
	if (!lease_take(g->db, r->arena, &lease, &over, e))
		return false;
	own.lease = &lease;
	ok = weekly_sync(g, c, &own, r->arena, out, e);
	/* Whoever comes next sees that this job is over, and takes it. */
	if (!lease_release(g->db, &lease, &unsaid))
		log_warn("the lease of the weekly job could not be given back: %s", unsaid.text);
	return ok;
}

bool weekly_task_run(struct job_run *r, struct err *e)
{
	AUTO_SETUP *setup = service_setup(r->arg);
	struct rng rng = { .state = (uint64_t)r->job->fence.job * 1000003u +
				    (uint64_t)clock_wall_ms(r->clock) };
	struct engine g = service_engine(r->arg, r->db, &rng, r->stop);
	struct weekly_result result;
	const struct connection *c;
	struct weekly_options o;

	g.fence = &r->job->fence;
	if (!read_options(r, &o, e) || !pti_connection(setup, &c, e))
		return false;
	o.tell = on_event;
	o.arg = r;
	return sync_under_lease(r, &g, c, &o, &result, e) && tell(r, &result, e) &&
	       judge(r, &result, e);
}

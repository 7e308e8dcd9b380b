/* SPDX-License-Identifier: Apache-2.0 */
/*
 * platform_routes.c - what coaches and administrators start at the vendor by hand.
 *
 * What writes is a job, so that a caller who goes away or a process that dies loses nothing; the
 * answer waits for its end for a while.  With the flag off, or a dry run wanted, there is no job
 * and nothing is written: the answer is worked out here.
 */
#include "gameplatform/platform_routes.h"

#include "api/deed.h"
#include "gameplatform/competitor.h"
#include "gameplatform/drift.h"
#include "gameplatform/mirror_task.h"
#include "gameplatform/onboard.h"
#include "gameplatform/platform.h"
#include "gameplatform/platform_status.h"
#include "gameplatform/team.h"
#include "gameplatform/team_mirror.h"
#include "service/errand.h"
#include "service/connection.h"
#include "service/job_routes.h"
#include "service/trail.h"
#include "service/view.h"

#define WAIT_MS 20000
#define LOOK_MS 250

/* ---- faults as problems ---- */

/* The vendor's 401 is about our token, its 404 about its own people: neither is the caller's. */
static int problem_status(struct str code)
{
	static const struct {
		const char *code;
		int status;
	} row[] = {
		{ "conflict", 409 }, { "validation", 422 }, { "rate_limited", 429 },
		{ "timeout", 504 },  { "remote", 422 },     { "missing", 404 },
	};

	for (size_t i = 0; i < COUNT(row); i++)
		if (str_eq(code, str_from(row[i].code)))
			return row[i].status;
	return 502;
}

static bool problem(struct call *c, struct value fault)
{
	struct str code = value_get(fault, STR("code")).s;
	struct value more = value_map_new(c->arena);

	view_int(c->arena, more, "vendorStatus", value_get(fault, STR("status")).i);
	if (str_eq(code, STR("remote")))
		code = STR("refused_here");
	return call_problem(c, problem_status(value_get(fault, STR("code")).s),
			    str_keep(c->arena, code).at, value_get(fault, STR("message")).s, more);
}

/* What a mirror of our own ran into. */
static bool mirror_problem(struct call *c, const struct mirror *m, struct err *e)
{
	if (m->vendor.fault.code == VENDOR_NONE && e->kind != ERR_REMOTE)
		return false;
	return problem(c, mirror_fault_value(m, e));
}

/* ---- jobs ---- */

struct order {
	struct str task, args, key;
	const char *action; /* for the audit log */
	struct str target;
	struct job_ticket ticket;
};

static bool act_order(struct deed *d, struct err *e)
{
	struct order *o = d->arg;
	struct job_draft draft = { .task = o->task,
				   .args = o->args,
				   .unique = JOB_ONE_WAITING,
				   .key = o->key,
				   .lane = o->key,
				   .trigger = STR("api"),
				   .actor = d->call->who.name };

	return queue_add(d->call->db, &draft, &o->ticket, e);
}

static bool answer_waiting(struct call *c, const struct order *o, struct str error, struct err *e)
{
	struct value map = value_map_new(c->arena);
	struct str job = view_id(c->arena, o->ticket.id);

	view_text(c->arena, map, "status", STR("pending"));
	view_text(c->arena, map, "job", job);
	view_text(c->arena, map, "lastError", error);
	call_reply_header(c, "Location", str_printf(c->arena, "/api/jobs/%.*s", STR_ARG(job)));
	return call_status_json(c, 202, map, e);
}

/* Its end, or that it will be tried again: a vendor who is away is nothing to wait for here. */
static bool await_until(struct call *c, int64_t job, int64_t until_ms, struct errand_outcome *out,
			struct err *e)
{
	do {
		if (!errand_wait(c, job, clock_steady_ms(c->clock) < until_ms ? LOOK_MS : 0, out,
				 e))
			return false;
	} while (!out->over && out->error.len == 0 && clock_steady_ms(c->clock) < until_ms);
	return true;
}

static bool await(struct call *c, int64_t job, struct errand_outcome *out, struct err *e)
{
	int64_t until_ms = clock_steady_ms(c->clock) + errand_wait_begin(WAIT_MS);
	bool ok = await_until(c, job, until_ms, out, e);

	errand_wait_end();
	return ok;
}

/* *out is the job's output when it ended well; else the call is answered. */
static bool carry(struct call *c, struct order *o, struct value *out, bool *answered, struct err *e)
{
	struct deed d = {
		.call = c, .act = act_order, .arg = o, .action = o->action, .target = o->target
	};
	struct errand_outcome result;
	struct value fault;

	*answered = true;
	if (!deed_do(&d, e))
		return false;
	service_wake(c->arg);
	if (!await(c, o->ticket.id, &result, e))
		return false;
	if (!result.over)
		return answer_waiting(c, o, result.error, e);
	if (result.ok) {
		*answered = false;
		*out = result.output.kind == VALUE_MAP ? result.output : value_map_new(c->arena);
		return true;
	}
	fault = value_get(result.output, STR("error"));
	if (fault.kind == VALUE_MAP)
		return problem(c, fault);
	return call_problem(c, 502, "failed", result.error, UNDEFINED);
}

/* ---- what every handler begins with ---- */

struct desk {
	struct setup *setup;
	struct rng rng;
	struct engine engine;
	const struct connection *connection;
	struct str coach; /* whose rows; empty: all */
	struct str id;    /* of the path, or empty */
	bool dry_run;
};

static bool desk_open(struct call *c, struct desk *d, struct err *e)
{
	*d = (struct desk){ .setup = service_setup(c->arg), .id = STR("") };
	d->engine = connection_engine(c, &d->rng);
	if (!platform_scope(c, &d->coach, e) || !platform_connection(d->setup, &d->connection, e))
		return false;
	if (c->route->path_params)
		d->id = call_text(c, c->params, "id");
	d->dry_run = call_bool(c, c->query, "dry_run", false) ||
		     !platform_settings(d->connection).enabled;
	return true;
}

static bool with_desk(struct call *c, bool (*work)(struct call *c, struct desk *d, struct err *e),
		      struct err *e)
{
	struct desk d;
	bool ok = desk_open(c, &d, e) && work(c, &d, e);

	setup_unref(d.setup);
	return ok;
}

/* ---- POST /api/game-platform/competitors/{id} ---- */

static bool answer_competitor(struct call *c, struct desk *d, struct value out, struct err *e)
{
	struct value map = value_map_copy(c->arena, out), now;

	if (!competitor_find(c, d->id, d->coach, &now, e))
		return false;
	value_map_set(c->arena, map, STR("competitor"), now);
	return call_json(c, map, e);
}

static bool register_dry(struct call *c, struct desk *d, struct err *e)
{
	struct onboarding o = { .competitor = d->id, .coach = d->coach };
	struct mirror m;
	struct value out;

	if (!mirror_open(c->arena, &d->engine, d->connection, true, &m, e))
		return false;
	if (!onboard(&m, &o, &out, e))
		return mirror_problem(c, &m, e);
	return answer_competitor(c, d, out, e);
}

static bool register_one(struct call *c, struct desk *d, struct err *e)
{
	struct order o = { .task = STR(GAME_ONBOARD_TASK), .action = "game_platform.register" };
	struct value args = value_map_new(c->arena), out, there;
	bool answered;

	if (!competitor_find(c, d->id, d->coach, &there, e))
		return false;
	if (competitor_is_inactive(there))
		return call_problem(c, 422, "refused_here", STR(COMPETITOR_INACTIVE), UNDEFINED);
	if (d->dry_run)
		return register_dry(c, d, e);
	view_text(c->arena, args, "competitor", d->id);
	if (d->coach.len)
		view_text(c->arena, args, "coach", d->coach);
	if (!job_args_text(c->arena, args, &o.args, e))
		return false;
	o.key = str_printf(c->arena, "game_platform:competitor:%.*s", STR_ARG(d->id));
	o.target = str_printf(c->arena, "competitor:%.*s", STR_ARG(d->id));
	return carry(c, &o, &out, &answered, e) && (answered || answer_competitor(c, d, out, e));
}

static bool register_competitor(struct call *c, struct err *e)
{
	return with_desk(c, register_one, e);
}

/* ---- POST /api/game-platform/teams/{id}/sync ---- */

static bool sync_dry(struct call *c, struct desk *d, struct err *e)
{
	struct team_outcome out;
	struct mirror m;

	if (!mirror_open(c->arena, &d->engine, d->connection, true, &m, e))
		return false;
	if (!team_mirror(&m, d->id, STR(""), &out, e))
		return mirror_problem(c, &m, e);
	return call_json(c, out.map, e);
}

static bool sync_one(struct call *c, struct desk *d, struct err *e)
{
	struct order o = { .task = STR(GAME_TEAM_TASK), .action = "game_platform.sync_team" };
	struct value out, there;
	bool answered;

	if (!team_find(c, d->id, d->coach, &there, e))
		return false;
	if (d->dry_run)
		return sync_dry(c, d, e);
	o.args = str_printf(c->arena, "{\"team\":\"%.*s\"}", STR_ARG(d->id));
	o.key = str_printf(c->arena, "game_platform:team:%.*s", STR_ARG(d->id));
	o.target = str_printf(c->arena, "team:%.*s", STR_ARG(d->id));
	return carry(c, &o, &out, &answered, e) && (answered || call_json(c, out, e));
}

static bool sync_team(struct call *c, struct err *e)
{
	return with_desk(c, sync_one, e);
}

/* ---- POST /api/game-platform/competitors/{id}/password-reset ---- */

static bool answer_word(struct call *c, const char *word, struct err *e)
{
	struct value map = value_map_new(c->arena);

	view_text(c->arena, map, "status", str_from(word));
	return call_json(c, map, e);
}

struct resetting {
	struct mirror *m;
	struct str competitor;
};

static bool note_reset(void *arg, struct err *e)
{
	const struct resetting *r = arg;
	struct mirror_event ev = { .type = "password_reset",
				   .status = "success",
				   .competitor = r->competitor };

	return mirror_note(r->m, &ev, e);
}

static bool reset_one(struct call *c, struct desk *d, struct err *e)
{
	struct resetting r = { .competitor = d->id };
	struct value there, remote;
	struct mirror m;
	bool offered;

	if (!competitor_find(c, d->id, d->coach, &there, e))
		return false;
	remote = value_get(there, STR("game_platform_id"));
	if (remote.kind != VALUE_STR || remote.s.len == 0)
		return call_problem(c, 409, "not_on_platform",
				    STR("The competitor is not on the Game Platform"), UNDEFINED);
	if (!mirror_open(c->arena, &d->engine, d->connection, d->dry_run, &m, e))
		return false;
	if (m.dry_run)
		return answer_word(c, "dry_run", e);
	if (!trail(c, "game_platform.password_reset",
		   str_printf(c->arena, "competitor:%.*s", STR_ARG(d->id)), UNDEFINED, e))
		return false;
	if (!vendor_password_reset(&m.vendor, remote.s, &offered, e))
		return mirror_problem(c, &m, e);
	if (!offered)
		return answer_word(c, "not_offered", e);
	r.m = &m;
	return mirror_write(&m, note_reset, &r, e) && answer_word(c, "sent", e);
}

static bool reset_password(struct call *c, struct err *e)
{
	return with_desk(c, reset_one, e);
}

/* ---- drift ---- */

static bool drift_fault(struct call *c, const struct vendor_fault *f, struct err *e)
{
	struct mirror m = { .arena = c->arena };

	m.vendor.fault = *f;
	return mirror_problem(c, &m, e);
}

static bool look_one(struct call *c, struct desk *d, struct err *e)
{
	struct drift_wish w = { .coach = d->coach,
				.users = call_bool(c, c->query, "users", false) };
	struct vendor_fault fault = { 0 };
	struct drift out;

	if (!drift_look(&d->engine, d->connection, &w, c->arena, &out, &fault, e))
		return drift_fault(c, &fault, e);
	return call_json(c, out.map, e);
}

static bool look_at_drift(struct call *c, struct err *e)
{
	return with_desk(c, look_one, e);
}

static bool repair_one(struct call *c, struct desk *d, struct err *e)
{
	struct drift_wish w = { .coach = d->coach,
				.repair = true,
				.dry_run = d->dry_run,
				.delete_unknown = call_bool(c, c->query, "delete_unknown", false) };
	struct value details = value_map_new(c->arena);
	struct vendor_fault fault = { 0 };
	struct drift out;

	view_bool(c->arena, details, "delete_unknown", w.delete_unknown);
	if (!w.dry_run && !trail(c, "game_platform.repair", STR("drift:rosters"), details, e))
		return false;
	if (!drift_look(&d->engine, d->connection, &w, c->arena, &out, &fault, e))
		return drift_fault(c, &fault, e);
	service_wake(c->arg);
	return call_status_json(c, w.dry_run ? 200 : 202, out.map, e);
}

static bool repair_drift(struct call *c, struct err *e)
{
	return with_desk(c, repair_one, e);
}

/* ---- GET /api/game-platform/status ---- */

static bool status_one(struct call *c, struct desk *d, struct err *e)
{
	struct value out;

	return platform_status(c, d->connection, d->coach, &out, e) && call_json(c, out, e);
}

static bool show_status(struct call *c, struct err *e)
{
	return with_desk(c, status_one, e);
}

/* ---- the table ---- */

#define DRY_RUN                                                                                 \
	{                                                                                       \
		.name = "dry_run", .type = FIELD_BOOLEAN, .says = "only say what would be done" \
	}

static const struct field doing_query[] = { PLATFORM_SCOPE_QUERY, DRY_RUN, { .name = NULL } };
static const struct field coach_query[] = { PLATFORM_SCOPE_QUERY, { .name = NULL } };
static const struct field drift_query[] = {
	PLATFORM_SCOPE_QUERY,
	{ .name = "users", .type = FIELD_BOOLEAN, .says = "ask the vendor for every user, too" },
	{ .name = NULL },
};
static const struct field repair_query[] = {
	PLATFORM_SCOPE_QUERY,
	DRY_RUN,
	{ .name = "delete_unknown",
	  .type = FIELD_BOOLEAN,
	  .says = "delete the vendor's teams that are none of yours" },
	{ .name = NULL },
};

static const struct field register_answer[] = {
	{ .name = "status",
	  .type = FIELD_TEXT,
	  .required = true,
	  .one_of = "synced|skipped_requires_compliance|skipped_already_synced|dry_run|pending" },
	{ .name = "competitorId", .type = FIELD_UUID },
	{ .name = "synedUserId", .type = FIELD_TEXT },
	{ .name = "created", .type = FIELD_BOOLEAN, .says = "false: the vendor had the user" },
	{ .name = "platformStatus", .type = FIELD_TEXT },
	{ .name = "coach", .type = FIELD_TEXT, .says = "of a dry run" },
	{ .name = "competitor", .type = FIELD_OBJECT, .of = competitor_fields },
	{ .name = "job", .type = FIELD_TEXT, .says = "202: what goes on" },
	{ .name = "lastError",
	  .type = FIELD_TEXT,
	  .nullable = true,
	  .says = "202: why it is tried again" },
	{ .name = NULL },
};
static const struct field sync_answer[] = {
	{ .name = "status",
	  .type = FIELD_TEXT,
	  .required = true,
	  .says = "synced, created_team, skipped_missing_team, skipped_missing_coach_mapping, "
		  "dry_run or pending" },
	{ .name = "teamId", .type = FIELD_UUID },
	{ .name = "created", .type = FIELD_BOOLEAN },
	{ .name = "assigned", .type = FIELD_LIST, .says = "competitors' ids" },
	{ .name = "unassigned", .type = FIELD_LIST, .says = "users' ids at the vendor" },
	{ .name = "skipped", .type = FIELD_LIST, .says = "{competitorId, reason}" },
	{ .name = "failed", .type = FIELD_LIST, .says = "{competitorId, error}" },
	{ .name = "job", .type = FIELD_TEXT, .says = "202: what goes on" },
	{ .name = "lastError",
	  .type = FIELD_TEXT,
	  .nullable = true,
	  .says = "202: why it is tried again" },
	{ .name = NULL },
};
static const struct field reset_answer[] = {
	{ .name = "status",
	  .type = FIELD_TEXT,
	  .required = true,
	  .one_of = "sent|not_offered|dry_run",
	  .says = "not_offered: the vendor has no such call" },
	{ .name = NULL },
};
#define DRIFT_FIELDS                                                                               \
	{ .name = "summary", .type = FIELD_OBJECT, .required = true, .says = "how many of each" }, \
		{ .name = "missing",                                                               \
		  .type = FIELD_LIST,                                                              \
		  .says = "on a team here, on none there" },                                       \
		{ .name = "wrongTeam", .type = FIELD_LIST },                                       \
		{ .name = "extra", .type = FIELD_LIST, .says = "on a team there, on none here" },  \
		{ .name = "notThere", .type = FIELD_LIST, .says = "teams that never got there" },  \
		{ .name = "unknownTeams",                                                          \
		  .type = FIELD_LIST,                                                              \
		  .says = "the vendor's that are none of yours" },                                 \
		{ .name = "staleErrors", .type = FIELD_LIST },                                     \
		{ .name = "unknownUsers", .type = FIELD_LIST },                                    \
	{                                                                                          \
		.name = "statuses", .type = FIELD_LIST, .says = "{competitorId, here, there}"      \
	}
static const struct field drift_answer[] = { DRIFT_FIELDS, { .name = NULL } };
static const struct field repair_answer[] = {
	DRIFT_FIELDS,
	{ .name = "status", .type = FIELD_TEXT, .required = true, .one_of = "started|dry_run" },
	{ .name = "teams",
	  .type = FIELD_LIST,
	  .required = true,
	  .says = "whose jobs were started" },
	{ .name = "unassigned", .type = FIELD_INTEGER },
	{ .name = NULL },
};

#define TAG "game platform"
#define PROBLEMS                                                                              \
	"conflict:409,validation:422,refused_here:422,rate_limited:429,unauthorized:502,"     \
	"not_approved:502,not_found:502,server:502,network:502,bad_response:502,refused:502," \
	"timeout:504"

const struct route platform_routes[] = {
	{ .method = "POST",
	  .path = "/api/game-platform/competitors/{id}",
	  .roles = ROLE_ADMIN | ROLE_COACH,
	  .handle = register_competitor,
	  .summary = "Register a competitor who has completed compliance; 202 when it takes longer",
	  .tag = TAG,
	  .path_params = route_id_params,
	  .query = doing_query,
	  .answer = register_answer,
	  .problems = PROBLEMS,
	  .rate = RATE_EXPENSIVE },
	{ .method = "POST",
	  .path = "/api/game-platform/competitors/{id}/password-reset",
	  .roles = ROLE_ADMIN | ROLE_COACH,
	  .handle = reset_password,
	  .summary = "Have the vendor send a mail to set a new password, if it can",
	  .tag = TAG,
	  .path_params = route_id_params,
	  .query = doing_query,
	  .answer = reset_answer,
	  .problems = "not_on_platform:409," PROBLEMS,
	  .rate = RATE_EXPENSIVE },
	{ .method = "POST",
	  .path = "/api/game-platform/teams/{id}/sync",
	  .roles = ROLE_ADMIN | ROLE_COACH,
	  .handle = sync_team,
	  .summary = "Make a team at the vendor what it is here; 202 when it takes longer",
	  .tag = TAG,
	  .path_params = route_id_params,
	  .query = doing_query,
	  .answer = sync_answer,
	  .problems = PROBLEMS,
	  .rate = RATE_EXPENSIVE },
	{ .method = "GET",
	  .path = "/api/game-platform/drift",
	  .roles = ROLE_ADMIN | ROLE_COACH,
	  .handle = look_at_drift,
	  .summary = "Where rosters at the vendor differ from those here",
	  .tag = TAG,
	  .query = drift_query,
	  .answer = drift_answer,
	  .problems = PROBLEMS,
	  .rate = RATE_EXPENSIVE },
	{ .method = "POST",
	  .path = "/api/game-platform/drift/repair",
	  .roles = ROLE_ADMIN,
	  .handle = repair_drift,
	  .summary = "Start the jobs that make rosters the same; a dry run answers 200",
	  .tag = TAG,
	  .query = repair_query,
	  .answer = repair_answer,
	  .status = 202,
	  .problems = PROBLEMS,
	  .rate = RATE_EXPENSIVE },
	{ .method = "GET",
	  .path = "/api/game-platform/status",
	  .roles = ROLE_ADMIN | ROLE_COACH,
	  .handle = show_status,
	  .summary = "The flag, what waits to be mirrored, the last cycles",
	  .tag = TAG,
	  .query = coach_query,
	  .answer = platform_status_fields },
	{ .method = NULL },
};

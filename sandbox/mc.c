/* SPDX-License-Identifier: Apache-2.0 */
/* mc.c - `lockstep-sandbox metactf`: its options, and the vendor as the server sees it. */
#include "mc.h"

#include "embedded.h"
#include "start.h"

#include <stdio.h>

#define DEFAULT_PORT 4010
#define COMPETITORS_MAX 1000000
#define APPLICATION_BYTES_MAX ((size_t)4 << 30)
#define TOKENS_BYTES_MAX ((size_t)16 << 20)
#define UNSET (-1)
#define DAY_MS (86400 * MS_PER_S)

struct options {
	int64_t seed, epoch, population, waiting, active, moderate, daily, event_days;
	const char *dataset, *token, *approval, *coach_approval, *user_approval;
	bool password_reset, print_application;
};

static const struct option_row rows[] = {
#define ROW(name, argument, kind, member, about)                              \
	{                                                                     \
		name, argument, about, kind, offsetof(struct options, member) \
	}
	ROW("dataset", "NAME", OPTION_TEXT, dataset,
	    "baseline (the default), supabase-sync, empty or population"),
	ROW("population", "N", OPTION_NUMBER, population,
	    "the data set of that name, with N competitors (default 300)"),
	ROW("waiting", "N", OPTION_NUMBER, waiting,
	    "and N more that only the application knows (--print-application)"),
	ROW("active", "PERCENT", OPTION_NUMBER, active, "of a population, default 10"),
	ROW("moderate", "PERCENT", OPTION_NUMBER, moderate,
	    "default 30; the rest solves nothing for months"),
	ROW("daily", "N", OPTION_NUMBER, daily,
	    "solves a day of an active one (default 3); of a moderate one, a sixth of it"),
	ROW("event-days", "N", OPTION_NUMBER, event_days,
	    "days between two Flash CTFs of a population (default 7)"),
	ROW("seed", "N", OPTION_NUMBER, seed,
	    "other people (default 1); the same seed, the same bytes"),
	ROW("epoch", "UNIX", OPTION_NUMBER, epoch,
	    "the moment the data set is laid around: default the clock's, or midnight of today"),
	ROW("token", "TOKEN", OPTION_TEXT, token, "the bearer token (default sandbox-token)"),
	ROW("approval", "HOW", OPTION_TEXT, approval,
	    "status of users that are created: created (the default), auto, pending or denied"),
	ROW("coach-approval", "HOW", OPTION_TEXT, coach_approval, "the same, of coaches only"),
	ROW("user-approval", "HOW", OPTION_TEXT, user_approval, "the same, of competitors only"),
	ROW("password-reset", NULL, OPTION_FLAG, password_reset,
	    "have POST /auth/send_password_reset_email, which the OpenAPI file has not"),
	ROW("print-application", NULL, OPTION_FLAG, print_application,
	    "print the application's rows for these people as SQL, and end"),
#undef ROW
};

static const struct mode_row modes[] = {
#define ROW(name, about)                                      \
	{                                                     \
#name, about, offsetof(struct mc_modes, name) \
	}
	ROW(late_seconds, "a population's solves show up to this many seconds late"),
	ROW(duplicate_ids, "the last N solves of each answer come twice"),
	ROW(zero_solve_id, "every challenge_solve_id is 0"),
	ROW(missing_solve_id, "no challenge_solve_id at all"),
	ROW(extra_fields, "objects have fields that the OpenAPI file does not know"),
	ROW(unknown_enum, "statuses, divisions and categories that nobody knows"),
	ROW(float_numbers, "challenge_points as 100.0"),
	ROW(last_accessed_zero, "last_accessed_unix_timestamp is 0"),
	ROW(newer_api, "last_login_unix_timestamp and max_points_possible, as of 2026"),
	ROW(ignore_after, "after_time_unix is ignored: every answer is the whole history"),
	ROW(after_inclusive, "after_time_unix lets that very second through"),
	ROW(filter_totals, "after_time_unix also cuts the totals"),
	ROW(not_approved_403, "scores of unapproved users are 403 instead of 404"),
	ROW(auth_401, "a missing token is 401 instead of 403"),
	ROW(strict_email, "reserved domains (.test, .local) are no email addresses"),
	ROW(any_coach, "users may name a coach that is not there or not approved"),
	ROW(user_again_ok, "a user id that is there answers 201 and the user, not 409"),
	ROW(team_again_ok, "a team id that is there answers 201 and the team, not 409"),
	ROW(empty_delete, "teams/delete answers with an empty body"),
	ROW(strict_unassign, "unassigning who is on no team is 404"),
	ROW(password_reset, "have POST /auth/send_password_reset_email"),
	ROW(check_answers, "answers that the OpenAPI file does not declare become 500"),
#undef ROW
};

static const char help_head[] =
	"usage: lockstep-sandbox metactf [options]\n"
	"\n"
	"Stands in for MetaCTF's SynEd integration API on 127.0.0.1, with invented people.  Requests\n"
	"are judged by the vendor's own OpenAPI file.  Prints `listening on URL` when it is ready; the\n"
	"API is at URL/integrations/syned/v1.  Ends on SIGTERM.\n"
	"\n"
	"Options:\n";
static const char help_tail[] =
	"\n"
	"What the OpenAPI file leaves open: ids and emails that are taken are 409; unknown or unapproved\n"
	"users and coaches, and unknown teams, are 404; a team with members is not deleted (400); assigning\n"
	"again, and unassigning who is on no team, are no errors; assigning moves off the team before.  A\n"
	"missing token is 403, a wrong one 401.\n"
	"\n"
	"A plan is {\"rules\": [{\"match\": {\"path_prefix\", \"query\", \"method\", \"nth\", \"every\",\n"
	"\"from\", \"to\", \"probability\", \"seed\"}, \"fault\": name, \"args\": {…}}], \"modes\": {…}};\n"
	"posting another replaces the rules.  A POST that is done but not answered is fault `drop`.\n"
	"One request: header `X-Sandbox-Fault: name;argument=value` or ?sandbox_fault=name.\n"
	"\n"
	"Below /sandbox/, or /__admin/, which is the same (no token needed):\n"
	"  GET  datasets, openapi.json, stats, log, counts?subjects=1, window?seconds=300, faults, modes\n"
	"  GET  state, truth/users|teams|assignments|odl|flash (a JSON object a line); each ?at=UNIX\n"
	"  GET  application.sql        the application's side of these people\n"
	"  POST reset                  the data set as started\n"
	"  POST seed                   {\"dataset\": name}; also seed/NAME\n"
	"  POST solves                 WHO, and \"count\" or \"solves\": [{\"challenge_solve_id\", \"challenge_id\",\n"
	"                              \"challenge_title\", \"challenge_points\", \"challenge_category\",\n"
	"                              \"timestamp_unix\", \"challenge_retired\", \"nist_nice_work_roles\",\n"
	"                              \"visible_in\": seconds}]; each member may be left out\n"
	"  POST events                 {\"flash_ctf_name\", \"flash_ctf_time_start_unix\", WHO, \"rank\",\n"
	"                              \"joined_unix\", \"count\" or \"solves\"}, or \"participants\": [those, …]\n"
	"  POST users/status           WHO, \"status\": user_created|pending_approval|approved|denied\n"
	"  POST users/login            WHO, \"last_login_unix_timestamp\", \"last_accessed_unix_timestamp\"\n"
	"  POST users/remove           WHO: unknown to the vendor from then on\n"
	"  POST assignments            WHO, \"syned_team_id\": id or null\n"
	"  POST approval               {\"coaches\", \"users\": created|auto|pending|denied}\n"
	"  POST token                  {\"token\": text}: the only one that is good from then on\n"
	"  POST validate?method=&path=&status=   is the body an answer that the OpenAPI file declares?\n"
	"  POST clock/advance          {\"seconds\": n}, {\"ms\": n} or {\"to_unix\": n}\n"
	"  POST plan, reset-log\n"
	"WHO is \"syned_user_id\": id, \"syned_user_ids\": [id, …], \"having_status\": all with that one, or\n"
	"\"users\": n, the first n competitors whose scores can be asked for.\n"
	"\n"
	"Examples:\n"
	"  lockstep-sandbox metactf --dataset supabase-sync --clock virtual\n"
	"  lockstep-sandbox metactf --population 10000 --active 1 --moderate 9 --clock virtual\n"
	"  lockstep-sandbox metactf --population 300 --waiting 20 --print-application | sqlite3 app.db\n"
	"  curl -H 'Authorization: Bearer sandbox-token' \\\n"
	"    http://127.0.0.1:4010/integrations/syned/v1/users/get_team_assignments\n"
	"  curl -d '{\"users\":1,\"count\":2}' http://127.0.0.1:4010/sandbox/solves\n"
	"  curl -d '{\"rules\":[{\"match\":{\"path_prefix\":\"/integrations/\",\"probability\":0.05,\"seed\":7},\n"
	"    \"fault\":\"503\"}]}' http://127.0.0.1:4010/sandbox/plan\n";

static void help(const struct option_table *tables, const struct modes *m)
{
	struct buf b;

	buf_init(&b, 64 << 10);
	buf_add(&b, str_from(help_head));
	options_list(&tables[1], &b);
	options_list(&tables[0], &b);
	buf_printf(&b, "\nThe port is %d unless another is given.\n\nModes:\n", DEFAULT_PORT);
	modes_list(m, &b);
	buf_add(&b, STR("\nFaults:\n"));
	fault_list(&b);
	buf_add(&b, str_from(help_tail));
	fwrite(b.at, 1, b.len, stdout);
	buf_done(&b);
}

struct str mc_openapi_text(void)
{
	return (struct str){ metactf_openapi, metactf_openapi_len };
}

int64_t mc_now(const struct mc *mc)
{
	return timepiece_now(&mc->server->time) / MS_PER_S;
}

void mc_restart(struct mc *mc, enum mc_dataset dataset)
{
	struct mc_setup setup = mc->setup;

	setup.dataset = dataset;
	mc_world_free(mc->world);
	mc->world = mc_world_new(&setup);
}

bool mc_approval_parse(const char *text, enum mc_status *out, struct err *e)
{
	static const struct {
		const char *name;
		enum mc_status status;
	} words[] = {
		{ "created", MC_USER_CREATED },
		{ "auto", MC_APPROVED },
		{ "pending", MC_PENDING_APPROVAL },
		{ "denied", MC_DENIED },
	};

	for (size_t i = 0; i < COUNT(words); i++) {
		if (strcmp(text, words[i].name) == 0) {
			*out = words[i].status;
			return true;
		}
	}
	return err_set(e, ERR_USAGE, "approval is created, auto, pending or denied");
}

static struct mc *of(struct vendor *v)
{
	return CONTAINER(v, struct mc, vendor);
}

static bool vendor_authorised(struct vendor *v, const struct request *r)
{
	return mc_authorised(of(v), r);
}

static void vendor_note(struct vendor *v, const struct request *r)
{
	(void)v;
	mc_note(r);
}

static void vendor_handle(struct vendor *v, const struct request *r, struct reply *reply)
{
	mc_api(of(v), r, reply);
}

static bool vendor_admin(struct vendor *v, const struct request *r, struct reply *reply)
{
	return mc_admin(of(v), r, reply);
}

static void vendor_stats(struct vendor *v, struct buf *b)
{
	const struct mc_world *w = of(v)->world;

	buf_printf(
		b,
		",\"dataset\":\"%s\",\"users\":%zu,\"teams\":%zu,\"now_unix\":%lld,\"epoch\":%lld",
		mc_dataset_names[w->setup.dataset], w->users_n, w->teams_n,
		(long long)mc_now(of(v)), (long long)w->setup.epoch);
}

static const struct vendor_ops vendor_ops = {
	.api = MC_API,
	.error_member = "detail",
	.authorised = vendor_authorised,
	.note = vendor_note,
	.handle = vendor_handle,
	.admin = vendor_admin,
	.stats = vendor_stats,
};

static bool read_setup(const struct options *o, struct mc_setup *setup, struct err *e)
{
	unsigned dataset = o->population == UNSET ? MC_BASELINE : MC_POPULATION;

	if (o->dataset &&
	    !mc_name_find(mc_dataset_names, MC_DATASETS, str_from(o->dataset), &dataset))
		return err_set(e, ERR_USAGE,
			       "--dataset is baseline, supabase-sync, empty or population");
	if (o->population > COMPETITORS_MAX || o->waiting > COMPETITORS_MAX)
		return err_set(e, ERR_USAGE, "at most %d competitors", COMPETITORS_MAX);
	if (o->active + o->moderate > 100 || o->daily > 24)
		return err_set(e, ERR_USAGE,
			       "--active and --moderate are at most 100 per cent "
			       "together, --daily at most 24");
	if (o->event_days < 1 || o->event_days > 60)
		return err_set(e, ERR_USAGE, "--event-days is 1 to 60");
	*setup = (struct mc_setup){
		.dataset = (enum mc_dataset)dataset,
		.seed = (uint64_t)o->seed,
		.shape = { o->population == UNSET ? 300 : o->population, o->waiting, o->active,
			   o->moderate, o->daily, o->event_days },
	};
	return true;
}

static bool read_approval(const struct options *o, struct mc *mc, struct err *e)
{
	const char *both = o->approval ? o->approval : "created";

	return mc_approval_parse(o->coach_approval ? o->coach_approval : both, &mc->new_coach, e) &&
	       mc_approval_parse(o->user_approval ? o->user_approval : both, &mc->new_user, e);
}

static void print_application(const struct mc_world *w)
{
	struct buf b;

	buf_init(&b, APPLICATION_BYTES_MAX);
	mc_put_application(w, &b);
	fwrite(b.at, 1, b.len, stdout);
	buf_done(&b);
}

static int serve(struct mc *mc, struct server *server, const struct options *o,
		 const struct server_options *so)
{
	int status = 0;
	struct err e;

	mc->server = server;
	mc->arena = arena_new("platform", TOKENS_BYTES_MAX);
	mc->setup.epoch = o->epoch;
	if (o->epoch == UNSET)
		mc->setup.epoch = timepiece_now(&server->time) / DAY_MS * (DAY_MS / MS_PER_S);
	if (!openapi_new(mc_openapi_text(), &mc->api, &e)) {
		fprintf(stderr, "lockstep-sandbox: metactf-openapi.json: %s\n", e.text);
		return 1;
	}
	mc_restart(mc, mc->setup.dataset);
	if (o->print_application)
		print_application(mc->world);
	else
		status = server_main(server, so);
	mc_world_free(mc->world);
	openapi_free(mc->api);
	arena_free(mc->arena);
	return status;
}

int mc_main(int argc, char **argv)
{
	struct options o = {
		.seed = 1,
		.epoch = UNSET,
		.population = UNSET,
		.active = 10,
		.moderate = 30,
		.daily = 3,
		.event_days = 7,
		.token = "sandbox-token",
	};
	struct server_options so = { .port = DEFAULT_PORT };
	struct option_table tables[] = { server_options_table(&so), { rows, COUNT(rows), &o } };
	struct mc mc = { .vendor = { &vendor_ops, { modes, COUNT(modes), &mc.modes } } };
	struct server server;
	struct err e;
	int status;

	if (!options_read(tables, COUNT(tables), argc, argv, &e) ||
	    !server_options_check(&so, &e) || !read_setup(&o, &mc.setup, &e) ||
	    !read_approval(&o, &mc, &e)) {
		fprintf(stderr, "lockstep-sandbox: %s\n", e.text);
		return 2;
	}
	if (so.help) {
		help(tables, &mc.vendor.modes);
		return 0;
	}
	mc.token = str_from(o.token);
	mc.modes.password_reset = o.password_reset;
	server_init(&server, &mc.vendor, &so);
	status = serve(&mc, &server, &o, &so);
	server_done(&server);
	return status;
}

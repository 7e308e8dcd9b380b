/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_schedules.c - `lockstep schedules`: what runs by itself, when, and changes of that. */
#include "base/clock.h"
#include "cli/note.h"
#include "cli/schedule_sheet.h"

#include <stdio.h>

/* ---- what every action stands on ---- */

struct schedules_act {
	const char *name, *usage;
	size_t names;   /* how many words stand behind its name */
	unsigned parts; /* of the app; 0: it needs no database */
	bool (*run)(struct app *app, const struct args *a, struct err *e);
};

static bool apply(struct app *app,
		  bool (*plan)(struct db *d, struct arena *a, struct str **statement, size_t *n,
			       struct err *e),
		  struct err *e)
{
	struct str *statement;
	size_t n;

	if (!plan(app->db, app->arena, &statement, &n, e))
		return false;
	return n == 0 || schema_apply(app->db, statement, n, e);
}

/* The tables may be missing when no server has run yet. */
static bool make_tables(struct app *app, struct err *e)
{
	return (apply(app, control_plan, e) && apply(app, queue_plan, e) &&
		apply(app, schedule_plan, e)) ||
	       err_wrap(e, "the tables of schedules");
}

static struct str name_of(const struct args *a)
{
	return str_from(a->positional[1]);
}

static bool slots_wanted(const struct args *a, int64_t *count, struct err *e)
{
	return args_number(a, "count", 1, 1000, 5, count, e);
}

/* ---- reading ---- */

static bool shown_of(struct app *app, const struct schedule *s, struct schedule_shown *out,
		     struct err *e)
{
	struct fire *f;
	size_t fires;

	if (!schedule_fires(app->db, app->arena, s->name, 1, &f, &fires, e))
		return false;
	*out = (struct schedule_shown){ .schedule = *s };
	if (fires > 0)
		out->last = f[0];
	return true;
}

static bool list_all(struct app *app, struct schedule_shown **out, size_t *n, struct err *e)
{
	struct schedule *s;

	if (!schedule_list(app->db, app->arena, &s, n, e))
		return false;
	*out = arena_new_array(app->arena, struct schedule_shown, *n);
	for (size_t i = 0; i < *n; i++)
		if (!shown_of(app, &s[i], &(*out)[i], e))
			return false;
	return true;
}

static bool run_list(struct app *app, const struct args *a, struct err *e)
{
	struct schedule_shown *s;
	size_t n;

	if (!list_all(app, &s, &n, e))
		return false;
	if (args_flag(a, "json"))
		app_print_json(app->arena, a, schedules_value(app->arena, s, n));
	else if (n == 0)
		printf("No schedules yet. `lockstep serve` takes those of the plan, "
		       "`lockstep schedules create` makes others.\n");
	else
		schedules_print(app->arena, s, n, clock_wall_now());
	return true;
}

static void show_slots(struct arena *arena, const struct args *a, const struct schedule *s,
		       const struct cadence *c, int64_t count)
{
	int64_t now_ms = clock_wall_now();

	if (args_flag(a, "json")) {
		app_print_json(arena, a, slots_value(arena, c, now_ms, count));
		return;
	}
	printf("%.*s\n", STR_ARG(schedule_words(arena, s)));
	slots_print(arena, c, now_ms, count);
}

static bool run_next(struct app *app, const struct args *a, struct err *e)
{
	struct schedule s;
	struct cadence c;
	int64_t count;

	if (!slots_wanted(a, &count, e) || !schedule_get(app->db, app->arena, name_of(a), &s, e) ||
	    !cadence_of(app->arena, &s, &c, e))
		return false;
	show_slots(app->arena, a, &s, &c, count);
	return true;
}

static bool run_preview(struct app *app, const struct args *a, struct err *e)
{
	const char *zone = args_value(a, "timezone");
	struct schedule s = { .cron = name_of(a), .zone = str_from(zone ? zone : "") };
	struct cadence c;
	int64_t count;

	if (!slots_wanted(a, &count, e) || !cadence_of(app->arena, &s, &c, e))
		return false;
	show_slots(app->arena, a, &s, &c, count);
	return true;
}

static bool run_fires(struct app *app, const struct args *a, struct err *e)
{
	struct schedule s;
	struct fire *f;
	int64_t limit;
	size_t n;

	if (!args_number(a, "limit", 1, 10000, 20, &limit, e) ||
	    !schedule_get(app->db, app->arena, name_of(a), &s, e) ||
	    !schedule_fires(app->db, app->arena, s.name, (size_t)limit, &f, &n, e))
		return false;
	if (args_flag(a, "json"))
		app_print_json(app->arena, a, fires_value(app->arena, f, n));
	else if (n == 0)
		printf("It has not run yet.\n");
	else
		fires_print(app->arena, &s, f, n);
	return true;
}

/* ---- changing ---- */

static bool word_option(const struct args *a, const char *name, const char *const *word, int *out,
			struct err *e)
{
	const char *given = args_value(a, name);

	for (int i = 0; given && i < 3; i++)
		if (strcmp(given, word[i]) == 0) {
			*out = i;
			return true;
		}
	return !given ||
	       err_set(e, ERR_USAGE, "--%s is %s, %s or %s", name, word[0], word[1], word[2]);
}

static bool span_option(const struct args *a, const char *name, int64_t *out_ms, struct err *e)
{
	const char *given = args_value(a, name);
	struct duration d;

	if (!given)
		return true;
	if (!duration_parse_plain(str_from(given), &d, e) || d.months != 0)
		return err_set(e, ERR_USAGE, "--%s takes a length of time such as 30s, 10m or 6h",
			       name);
	*out_ms = d.us / 1000;
	return true;
}

static void text_option(const struct args *a, const char *name, struct str *out)
{
	if (args_value(a, name))
		*out = str_from(args_value(a, name));
}

/* What the options say, over what is there. */
static bool take_options(const struct args *a, struct schedule *s, struct err *e)
{
	static const char *const overlaps[] = { "skip", "queue", "allow" };
	static const char *const catch_ups[] = { "one", "all", "none" };
	bool cron = args_flag(a, "cron"), every = args_flag(a, "every");
	int overlap = (int)s->overlap, catch_up = (int)s->catch_up;

	if (cron && every)
		return err_set(e, ERR_USAGE, "--cron or --every, not both");
	if (cron || every)
		s->cron = s->every = STR("");
	text_option(a, "cron", &s->cron);
	text_option(a, "every", &s->every);
	text_option(a, "timezone", &s->zone);
	text_option(a, "task", &s->task);
	text_option(a, "args", &s->args);
	if (!word_option(a, "overlap", overlaps, &overlap, e) ||
	    !word_option(a, "catch-up", catch_ups, &catch_up, e) ||
	    !span_option(a, "catch-up-within", &s->catch_up_ms, e) ||
	    !span_option(a, "jitter", &s->jitter_ms, e))
		return false;
	s->overlap = (enum overlap)overlap;
	s->catch_up = (enum catch_up)catch_up;
	return true;
}

/* Says what is there now. */
static bool show_one(struct app *app, const struct args *a, struct err *e)
{
	struct schedule s;
	struct schedule_shown shown;

	if (!schedule_get(app->db, app->arena, name_of(a), &s, e) || !shown_of(app, &s, &shown, e))
		return false;
	if (args_flag(a, "json"))
		app_print_json(app->arena, a, schedules_value(app->arena, &shown, 1));
	else
		schedules_print(app->arena, &shown, 1, clock_wall_now());
	return true;
}

/* A change under way, as its transaction sees it. */
struct doing {
	struct app *app;
	struct str name;
	struct schedule schedule; /* create, set */
	struct str reason;        /* pause */
	struct job_ticket ticket; /* run */
};

static bool create_body(void *arg, struct err *e)
{
	struct doing *d = arg;

	return schedule_create(d->app->db, &d->schedule, e);
}

static bool set_body(void *arg, struct err *e)
{
	struct doing *d = arg;

	return schedule_change(d->app->db, &d->schedule, d->schedule.version, e);
}

static bool pause_body(void *arg, struct err *e)
{
	struct doing *d = arg;

	return schedule_pause(d->app->db, d->name, true, d->reason, note_actor(d->app->arena), e);
}

static bool resume_body(void *arg, struct err *e)
{
	struct doing *d = arg;

	return schedule_pause(d->app->db, d->name, false, STR(""), STR(""), e);
}

static bool run_body(void *arg, struct err *e)
{
	struct doing *d = arg;

	return schedule_run_now(d->app->db, d->name, note_actor(d->app->arena), &d->ticket, e);
}

static bool delete_body(void *arg, struct err *e)
{
	struct doing *d = arg;

	return schedule_delete(d->app->db, d->name, e);
}

static bool change(struct doing *d, const char *action, bool (*body)(void *arg, struct err *e),
		   struct err *e)
{
	struct note note = { .action = action,
			     .target =
				     str_printf(d->app->arena, "schedule:%.*s", STR_ARG(d->name)) };

	return note_do(d->app, &note, body, d, e);
}

static bool run_create(struct app *app, const struct args *a, struct err *e)
{
	struct doing d = { .app = app, .name = name_of(a), .schedule = { .name = name_of(a) } };

	return take_options(a, &d.schedule, e) && change(&d, "schedule.create", create_body, e) &&
	       show_one(app, a, e);
}

static bool run_set(struct app *app, const struct args *a, struct err *e)
{
	struct doing d = { .app = app, .name = name_of(a) };

	if (!schedule_get(app->db, app->arena, d.name, &d.schedule, e) ||
	    !take_options(a, &d.schedule, e))
		return false;
	if (str_eq(d.schedule.origin, STR("plan")) &&
	    (args_flag(a, "task") || args_flag(a, "args")))
		return err_set(e, ERR_USAGE, "its task and arguments are the plan's");
	return change(&d, "schedule.change", set_body, e) && show_one(app, a, e);
}

static bool run_pause(struct app *app, const struct args *a, struct err *e)
{
	struct doing d = { .app = app, .name = name_of(a), .reason = STR("") };

	text_option(a, "reason", &d.reason);
	return change(&d, "schedule.pause", pause_body, e) && show_one(app, a, e);
}

static bool run_resume(struct app *app, const struct args *a, struct err *e)
{
	struct doing d = { .app = app, .name = name_of(a) };

	return change(&d, "schedule.resume", resume_body, e) && show_one(app, a, e);
}

static bool run_run(struct app *app, const struct args *a, struct err *e)
{
	struct value map = value_map_new(app->arena);
	struct doing d = { .app = app, .name = name_of(a) };

	if (!change(&d, "schedule.run", run_body, e))
		return false;
	value_map_set(app->arena, map, STR("job"), value_int(d.ticket.id));
	value_map_set(app->arena, map, STR("coalesced"), value_bool(d.ticket.coalesced));
	if (args_flag(a, "json"))
		app_print_json(app->arena, a, map);
	else
		printf("Job %lld %s.\n", (long long)d.ticket.id,
		       d.ticket.coalesced ? "was there already and stands for it" : "was added");
	return true;
}

static bool run_delete(struct app *app, const struct args *a, struct err *e)
{
	struct value map = value_map_new(app->arena);
	struct doing d = { .app = app, .name = name_of(a) };

	if (!change(&d, "schedule.delete", delete_body, e))
		return false;
	value_map_set(app->arena, map, STR("deleted"), value_str(name_of(a)));
	if (args_flag(a, "json"))
		app_print_json(app->arena, a, map);
	else
		printf("Deleted.\n");
	return true;
}

/* ---- the command ---- */

#define STORED (APP_PLAN | APP_DATABASE)

static const struct schedules_act actions[] = {
	{ "list", "list", 0, STORED, run_list },
	{ "next", "next NAME", 1, STORED, run_next },
	{ "preview", "preview \"CRON\" --timezone ZONE", 1, 0, run_preview },
	{ "create", "create NAME --cron \"CRON\" --task TASK", 1, STORED | APP_CREATE, run_create },
	{ "set", "set NAME --every 30m", 1, STORED, run_set },
	{ "pause", "pause NAME --reason TEXT", 1, STORED, run_pause },
	{ "resume", "resume NAME", 1, STORED, run_resume },
	{ "run", "run NAME", 1, STORED, run_run },
	{ "delete", "delete NAME", 1, STORED, run_delete },
	{ "fires", "fires NAME", 1, STORED, run_fires },
};

static bool action_find(const struct args *a, const struct schedules_act **out, struct err *e)
{
	const char *names[COUNT(actions)], *near;
	const char *word = a->positionals > 0 ? a->positional[0] : "list";

	for (size_t i = 0; i < COUNT(actions); i++) {
		names[i] = actions[i].name;
		if (strcmp(word, actions[i].name) != 0)
			continue;
		if (a->positionals > 1 + actions[i].names ||
		    (actions[i].names > 0 && a->positionals < 2))
			return err_set(e, ERR_USAGE, "it goes `lockstep schedules %s`",
				       actions[i].usage);
		*out = &actions[i];
		return true;
	}
	near = str_nearest(str_from(word), names, COUNT(names));
	return err_set(e, ERR_USAGE, "schedules cannot '%s'%s%s%s", word,
		       near ? "; did you mean '" : "", near ? near : "",
		       near ? "'?" : "; see `lockstep help schedules`");
}

static int without_database(const struct schedules_act *action, const struct args *a)
{
	AUTO_ARENA *arena = arena_new("preview", (size_t)1 << 24);
	struct app app = { .args = a, .arena = arena };
	struct err e;

	return action->run(&app, a, &e) ? EXIT_DONE : command_fail(a, &e);
}

static int schedules_run(const struct args *a)
{
	const struct schedules_act *action = NULL;
	struct app app;
	struct err e;
	int code;

	if (!action_find(a, &action, &e))
		return command_fail(a, &e);
	if (!action->parts)
		return without_database(action, a);
	if (!app_open(&app, a, action->parts, &code))
		return code;
	code = make_tables(&app, &e) && action->run(&app, a, &e) ? EXIT_DONE : command_fail(a, &e);
	app_close(&app);
	return code;
}

const struct command command_schedules = {
	.name = "schedules",
	.usage = "[list | next | preview | create | set | pause | resume | run | delete | fires] [NAME] [options]",
	.summary = "list what runs by itself and when, and change it",
	.details =
		"A change takes effect within seconds, wherever the server runs, and stays until the plan says\n"
		"something else than it does now. A time that a clock change skips runs once, right after the gap; one that\n"
		"is shown twice runs once. Times are shown by the clock of the schedule's zone.",
	.examples = "lockstep schedules\n"
		    "lockstep schedules next practicepanther:full --count 10\n"
		    "lockstep schedules preview \"0 2 * * mon-fri\" --timezone America/New_York\n"
		    "lockstep schedules create nightly --cron \"0 3 * * *\" --task cleanup\n"
		    "lockstep schedules set practicepanther:incremental --every 30m\n"
		    "lockstep schedules pause practicepanther:full --reason \"vendor maintenance\"\n"
		    "lockstep schedules resume practicepanther:full\n"
		    "lockstep schedules run practicepanther:full\n"
		    "lockstep schedules fires practicepanther:full --json",
	.option = {
		OPTION_PLAN,
		{ "cron", 0, "CRON", "when: minute hour day month weekday, or @daily …" },
		{ "every", 0, "SPAN", "or how often, such as 15m or 2h" },
		{ "timezone", 0, "ZONE", "whose clock --cron means (default UTC)" },
		{ "task", 0, "TASK", "what its job does, such as sync or cleanup" },
		{ "args", 0, "JSON", "the job's arguments, a JSON object" },
		{ "overlap", 0, "POLICY", "while the last job runs: skip (default), queue or allow" },
		{ "catch-up", 0, "POLICY", "of what was missed: one (default), all or none" },
		{ "catch-up-within", 0, "SPAN", "how long ago that may have been" },
		{ "jitter", 0, "SPAN", "start later by up to this much" },
		{ "reason", 0, "TEXT", "why it is paused" },
		{ "count", 'n', "N", "how many times to come (default 5)" },
		{ "limit", 'l', "N", "how many fires (default 20)" },
		OPTION_JSON,
	},
	.run = schedules_run,
};

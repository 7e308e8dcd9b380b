/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_jobs.c - `lockstep jobs`: the queue's jobs, and what a person does to them. */
#include "cli/job_sheet.h"
#include "cli/note.h"
#include "cli/terminal.h"
#include "data/moment.h"

#include "base/log.h"

#include <stdio.h>
#include <stdlib.h>

#define REDRIVE_PAGE 500

static const char uuid_head[] = "00000000-0000-0000-0000-";

/* What follows the verb, number `i`. */
static const char *word_of(const struct args *a, size_t i)
{
	return i + 1 < a->positionals ? a->positional[i + 1] : NULL;
}

static struct str option_of(const struct args *a, const char *name)
{
	const char *v = args_value(a, name);

	return str_from(v ? v : "");
}

/* A number, or the UUID of the view job_queue. */
static bool id_of(const char *text, int64_t *id, struct err *e)
{
	size_t head = sizeof(uuid_head) - 1;
	char *end;

	if (strncmp(text, uuid_head, head) == 0 && strlen(text) == head + 12) {
		*id = (int64_t)strtoull(text + head, &end, 16);
		if (!*end)
			return true;
	}
	return str_to_i64(str_from(text), id) ||
	       err_set(e, ERR_USAGE, "'%s' is no job: give its number", text);
}

/* ---- looking ---- */

static bool list_jobs(struct app *app, const struct args *a, struct err *e)
{
	struct job_filter f = { .status = option_of(a, "status"),
				.task = option_of(a, "task"),
				.lane = option_of(a, "lane"),
				.text = option_of(a, "text") };
	struct job_row *j;
	int64_t limit, page, total;
	size_t n;

	if (!args_number(a, "limit", 1, 1000, 20, &limit, e) ||
	    !args_number(a, "page", 1, 1000000, 1, &page, e))
		return false;
	f.limit = (size_t)limit;
	f.offset = (size_t)((page - 1) * limit);
	/* The view's five words are statuses, the finer ones are states; both narrow alike. */
	if (!queue_list(app->db, app->arena, &f, &j, &n, &total, e))
		return false;
	if (args_flag(a, "json"))
		app_print_json(app->arena, a, jobs_value(app->arena, j, n, total));
	else if (n == 0)
		printf("No jobs. `lockstep jobs add TASK` adds one.\n");
	else
		jobs_print(app->arena, j, n, total);
	return true;
}

static bool find_job(struct app *app, int64_t id, struct job_row *out, struct err *e)
{
	struct job_filter f = { .id = id, .limit = 1 };
	struct job_row *j;
	int64_t total;
	size_t n;

	if (!queue_list(app->db, app->arena, &f, &j, &n, &total, e))
		return false;
	if (n == 0)
		return err_set(e, ERR_MISSING, "there is no job %lld", (long long)id);
	*out = j[0];
	return true;
}

static bool tell_job(struct app *app, const struct args *a, int64_t id, struct err *e)
{
	struct job_row j;

	if (!find_job(app, id, &j, e))
		return false;
	if (args_flag(a, "json"))
		app_print_json(app->arena, a, job_value(app->arena, &j));
	else
		job_print(app->arena, &j);
	return true;
}

static bool show_job(struct app *app, const struct args *a, struct err *e)
{
	int64_t id;

	if (!word_of(a, 0))
		return err_set(e, ERR_USAGE, "which job? `lockstep jobs show ID`");
	return id_of(word_of(a, 0), &id, e) && tell_job(app, a, id, e);
}

static bool count_jobs(struct app *app, const struct args *a, struct err *e)
{
	struct queue_state s = { 0 };
	struct job_count *count;
	struct pause *pause;

	if (!queue_counts(app->db, app->arena, &count, &s.counts, e) ||
	    !queue_pauses(app->db, app->arena, &pause, &s.pauses, e) ||
	    !queue_oldest_ready(app->db, &s.oldest_ms, e))
		return false;
	s.count = count;
	s.pause = pause;
	if (args_flag(a, "json"))
		app_print_json(app->arena, a, counts_value(app->arena, &s));
	else
		counts_print(app->arena, &s);
	return true;
}

/* ---- adding ---- */

static bool time_of(const struct args *a, const char *name, int64_t *ms, struct err *e)
{
	struct str text = option_of(a, name);
	struct value v;
	struct err why;

	*ms = 0;
	if (!text.len)
		return true;
	if (!moment_parse(text, &v, &why) || v.us <= 0)
		return err_set(e, ERR_USAGE, "--%s is a time like 2026-12-01T02:00:00Z", name);
	*ms = v.us / 1000;
	return true;
}

static struct str target_of(struct app *app, int64_t id)
{
	return str_printf(app->arena, "job:%lld", (long long)id);
}

struct adding {
	struct app *app;
	const struct job_draft *draft;
	struct job_ticket ticket;
	struct note note;
};

static bool add_body(void *arg, struct err *e)
{
	struct adding *g = arg;

	if (!queue_add(g->app->db, g->draft, &g->ticket, e))
		return false;
	g->note.target = target_of(g->app, g->ticket.id);
	return true;
}

static bool add_job(struct app *app, const struct args *a, struct err *e)
{
	struct job_draft d = { .args = option_of(a, "args"),
			       .trigger = STR("cli"),
			       .actor = note_actor(app->arena) };
	struct adding g = { .app = app, .draft = &d, .note = { .action = "job.add" } };
	int64_t priority;

	if (!word_of(a, 0))
		return err_set(e, ERR_USAGE, "which task? `lockstep jobs add TASK`");
	d.task = str_from(word_of(a, 0));
	if (!args_number(a, "priority", JOB_PRIORITY_MIN, JOB_PRIORITY_MAX, 0, &priority, e) ||
	    !time_of(a, "at", &d.run_at_ms, e))
		return false;
	d.priority = (int)priority;
	g.note.details = value_map_new(app->arena);
	value_map_set(app->arena, g.note.details, STR("task"), value_str(d.task));
	if (!note_do(app, &g.note, add_body, &g, e))
		return false;
	if (args_flag(a, "json"))
		return tell_job(app, a, g.ticket.id, e);
	printf("job %lld was added\n", (long long)g.ticket.id);
	return true;
}

/* ---- changing ---- */

/* What a person does to one job. */
struct job_change {
	const char *audit, *done; /* done: in words, when it is */
	bool (*one)(struct db *d, const struct job_change *c, int64_t id, struct err *e);
	struct str reason;
	int64_t until_ms; /* snooze: wall */
};

static bool cancel_one(struct db *d, const struct job_change *c, int64_t id, struct err *e)
{
	return queue_cancel(d, id, c->reason, e);
}

static bool retry_one(struct db *d, const struct job_change *c, int64_t id, struct err *e)
{
	(void)c; /* nothing to say about it */
	return queue_retry(d, id, e);
}

static bool delete_one(struct db *d, const struct job_change *c, int64_t id, struct err *e)
{
	(void)c; /* nothing to say about it */
	return queue_delete(d, id, e);
}

static bool snooze_one(struct db *d, const struct job_change *c, int64_t id, struct err *e)
{
	return queue_snooze(d, id, c->until_ms, e);
}

static const struct job_change retrying = { "job.retry", "due at once", retry_one, { NULL, 0 }, 0 };

struct changing {
	struct app *app;
	const struct job_change *change;
	int64_t id;
};

static bool change_body(void *arg, struct err *e)
{
	const struct changing *g = arg;

	return g->change->one(g->app->db, g->change, g->id, e);
}

static bool change_job(struct app *app, const struct job_change *c, int64_t id, struct err *e)
{
	struct changing g = { app, c, id };
	struct note note = { .action = c->audit, .target = target_of(app, id) };

	if (c->until_ms) {
		note.details = value_map_new(app->arena);
		value_map_set(app->arena, note.details, STR("run_at"),
			      value_str(moment_text(app->arena, c->until_ms * 1000)));
	}
	return note_do(app, &note, change_body, &g, e);
}

/* Each of the jobs that are named; what cannot be changed does not keep the others from it. */
static bool each(struct app *app, const struct args *a, const struct job_change *c, struct err *e)
{
	bool ok = true;

	if (!word_of(a, 0))
		return err_set(e, ERR_USAGE, "which jobs? give their numbers");
	for (size_t i = 0; word_of(a, i); i++) {
		struct err why;
		int64_t id;

		if (!id_of(word_of(a, i), &id, &why) || !change_job(app, c, id, &why)) {
			if (!ok)
				log_error("%s", e->text);
			*e = why;
			ok = false;
		} else {
			printf("job %lld: %s\n", (long long)id, c->done);
		}
	}
	return ok;
}

static bool cancel_jobs(struct app *app, const struct args *a, struct err *e)
{
	struct job_change c = { "job.cancel", "cancelled, or asked to stop", cancel_one,
				option_of(a, "reason"), 0 };

	return each(app, a, &c, e);
}

static bool delete_jobs(struct app *app, const struct args *a, struct err *e)
{
	struct job_change c = { .audit = "job.delete", .done = "deleted", .one = delete_one };

	return each(app, a, &c, e);
}

/* Until when, by --for or --until. */
static bool snooze_end(const struct args *a, int64_t *ms, struct err *e)
{
	struct duration d;

	if (args_flag(a, "for") == args_flag(a, "until"))
		return err_set(e, ERR_USAGE, "until when? --for 2h, or --until TIME");
	if (args_flag(a, "until"))
		return time_of(a, "until", ms, e);
	if (!duration_parse_plain(option_of(a, "for"), &d, e) || d.months != 0 || d.us <= 0)
		return err_set(e, ERR_USAGE, "--for takes a length of time such as 30s, 10m or 6h");
	*ms = clock_wall_now() + d.us / 1000;
	return true;
}

static bool snooze_jobs(struct app *app, const struct args *a, struct err *e)
{
	struct job_change c = { .audit = "job.snooze", .one = snooze_one };

	if (!snooze_end(a, &c.until_ms, e))
		return false;
	c.done = str_printf(app->arena, "waits until %s UTC", wall_text(app->arena, c.until_ms).at)
			 .at;
	return each(app, a, &c, e);
}

/* A page of dead letters; *skipped counts those that could not be redriven and stay. */
static bool redrive_page(struct app *app, const struct args *a, struct job_filter *f, size_t *done,
			 size_t *n, struct err *e)
{
	struct job_row *j;
	int64_t total;

	if (!queue_list(app->db, app->arena, f, &j, n, &total, e))
		return false;
	for (size_t i = 0; i < *n; i++) {
		struct err why;

		if (args_flag(a, "dry-run")) {
			printf("job %lld: %.*s: %.*s\n", (long long)j[i].id, STR_ARG(j[i].task),
			       STR_ARG(j[i].error));
		} else if (!change_job(app, &retrying, j[i].id, &why)) {
			log_warn("%s", why.text);
			f->offset++;
			continue;
		}
		*done += 1;
	}
	f->offset += args_flag(a, "dry-run") ? *n : 0;
	return true;
}

static bool redrive_failed(struct app *app, const struct args *a, struct err *e)
{
	struct job_filter f = { .status = STR("failed"),
				.task = option_of(a, "task"),
				.limit = REDRIVE_PAGE,
				.oldest_first = true };
	size_t done = 0, n = REDRIVE_PAGE;

	while (n == REDRIVE_PAGE)
		if (!redrive_page(app, a, &f, &done, &n, e))
			return false;
	printf("%zu jobs%s\n", done,
	       args_flag(a, "dry-run") ? " would be redriven" : " were redriven");
	return true;
}

static bool retry_jobs(struct app *app, const struct args *a, struct err *e)
{
	if (!args_flag(a, "all-failed"))
		return each(app, a, &retrying, e);
	if (word_of(a, 0))
		return err_set(e, ERR_USAGE, "--all-failed and numbers of jobs exclude each other");
	return redrive_failed(app, a, e);
}

/* ---- pauses ---- */

static struct str scope_of(const struct args *a)
{
	return str_from(word_of(a, 0) ? word_of(a, 0) : "*");
}

struct pausing {
	struct db *db;
	struct pause pause;
	bool was;
};

static bool pause_body(void *arg, struct err *e)
{
	const struct pausing *p = arg;

	return queue_pause(p->db, &p->pause, e);
}

static bool resume_body(void *arg, struct err *e)
{
	struct pausing *p = arg;

	return queue_resume(p->db, p->pause.scope, &p->was, e);
}

static bool pause_jobs(struct app *app, const struct args *a, struct err *e)
{
	struct pausing p = { .db = app->db,
			     .pause = { .scope = scope_of(a),
					.reason = option_of(a, "reason"),
					.actor = note_actor(app->arena) } };
	struct note note = { .action = "queue.pause", .target = p.pause.scope };

	if (!note_do(app, &note, pause_body, &p, e))
		return false;
	printf("%.*s is paused; jobs that run go on\n", STR_ARG(p.pause.scope));
	return true;
}

static bool resume_jobs(struct app *app, const struct args *a, struct err *e)
{
	struct pausing p = { .db = app->db, .pause = { .scope = scope_of(a) } };
	struct note note = { .action = "queue.resume", .target = p.pause.scope };

	if (!note_do(app, &note, resume_body, &p, e))
		return false;
	printf("%.*s %s\n", STR_ARG(p.pause.scope), p.was ? "goes on" : "was not paused");
	return true;
}

/* ---- the command ---- */

static const struct {
	const char *name;
	bool (*run)(struct app *app, const struct args *a, struct err *e);
} verbs[] = {
	{ "list", list_jobs },     { "show", show_job },      { "add", add_job },
	{ "snooze", snooze_jobs }, { "retry", retry_jobs },   { "redrive", retry_jobs },
	{ "cancel", cancel_jobs }, { "delete", delete_jobs }, { "pause", pause_jobs },
	{ "resume", resume_jobs }, { "counts", count_jobs },
};

static bool has_tables(struct app *app, struct err *e)
{
	struct str *statement;
	size_t n;

	if (!queue_plan(app->db, app->arena, &statement, &n, e))
		return false;
	return n == 0 || err_set(e, ERR_CONFIG,
				 "the database lacks the queue's tables; `lockstep migrate` makes "
				 "them");
}

static bool jobs(struct app *app, const struct args *a, struct err *e)
{
	const char *name = a->positionals ? a->positional[0] : "list";

	for (size_t i = 0; i < COUNT(verbs); i++)
		if (strcmp(name, verbs[i].name) == 0)
			return has_tables(app, e) && verbs[i].run(app, a, e);
	return err_set(e, ERR_USAGE, "`lockstep jobs` has no '%s'; see `lockstep jobs --help`",
		       name);
}

static int jobs_run(const struct args *a)
{
	struct app app;
	struct err e;
	int code;

	if (!app_open(&app, a, APP_PLAN | APP_DATABASE, &code))
		return code;
	code = jobs(&app, a, &e) ? EXIT_DONE : command_fail(a, &e);
	app_close(&app);
	return code;
}

const struct command command_jobs = {
	.name = "jobs",
	.usage = "[list|show|add|snooze|retry|redrive|cancel|delete|pause|resume|counts] [options]",
	.summary = "list the queue's jobs and change them",
	.details =
		"show ID, add TASK, cancel ID…, delete ID…; snooze ID… puts waiting jobs off, --for a while or\n"
		"--until a time; retry ID… makes a waiting job due at once and redrives a finished one from its\n"
		"first attempt, under the same number (redrive is another word for it). pause and resume take \"*\" (everything, the default), task:NAME or lane:NAME.",
	.examples =
		"lockstep jobs --status failed\nlockstep jobs show 17\n"
		"lockstep jobs add sync --args '{\"connection\":\"practicepanther\"}'\n"
		"lockstep jobs redrive --all-failed --task sync --dry-run\n"
		"lockstep jobs snooze 17 18 --for 2h\n"
		"lockstep jobs pause task:sync --reason 'the vendor is down'\n"
		"lockstep jobs counts --json",
	.option = {
		OPTION_PLAN,
		{ "status", 0, "STATUS", "only pending (ready, later, blocked), running, succeeded, failed, cancelled" },
		{ "task", 0, "TASK", "only jobs of this task" },
		{ "lane", 0, "LANE", "only jobs of this lane" },
		{ "text", 0, "TEXT", "only jobs whose error holds this" },
		{ "limit", 'l', "N", "how many (default 20)" },
		{ "page", 0, "N", "which page of so many (default 1)" },
		{ "args", 0, "JSON", "add: the arguments, a JSON object" },
		{ "at", 0, "TIME", "add: not before this time" },
		{ "for", 0, "LENGTH", "snooze: for so long (2h)" },
		{ "until", 0, "TIME", "snooze: until this time" },
		{ "priority", 0, "N", "add: -100 to 100, smaller goes first (default 0)" },
		{ "reason", 0, "TEXT", "cancel, pause: why" },
		{ "all-failed", 0, NULL, "redrive: all that failed (with --task: of that task)" },
		{ "dry-run", 'n', NULL, "redrive: print them, change nothing" },
		OPTION_JSON,
	},
	.run = jobs_run,
};

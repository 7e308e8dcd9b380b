/* SPDX-License-Identifier: Apache-2.0 */
/*
 * overview_attention.c - what asks for a person, what to do about it, and a sentence that sums up.
 *
 * A notice names its kind, which thing it is about and the next step.  Errors that somebody muted
 * make none.
 */
#include "service/error_group.h"
#include "service/error_mute.h"
#include "service/error_remedy.h"
#include "service/overview_part.h"
#include "service/service.h"
#include "service/sync_task.h"
#include "service/alert.h"
#include "data/moment.h"
#include "store/cell.h"

#include <stdlib.h>

#define NOTICES_MAX 200
#define STREAK 5          /* so many runs of a connection are looked at */
#define OVERDUE_MS 120000 /* the scheduler rests for up to a minute */
#define WEEK_MS ((int64_t)7 * 24 * 3600 * 1000)
#define WORKER_STILL_MS 30000
#define DEAD_MAX 1000

enum severity { SEVERITY_ERROR, SEVERITY_WARNING, SEVERITY_INFO };

struct notice {
	const char *kind;
	enum severity severity;
	struct str title, detail, next, href;
	const char *subject_kind; /* "connection", "schedule", "task", "worker", "queue" */
	struct str subject;
	int64_t since_ms;
};

struct looking {
	const struct overview *o;
	struct arena *a;
	struct db *db;
	struct notice notice[NOTICES_MAX];
	size_t n;
	struct error_mute *mute;
	size_t mutes;
	struct pause *pause;
	size_t pauses;
	bool has_run; /* some connection, at some time */
};

const struct field overview_notice_fields[] = {
	{ .name = "kind",
	  .type = FIELD_TEXT,
	  .required = true,
	  .says = "auth_expired, failing, stuck, overdue_schedule, held, …" },
	{ .name = "severity",
	  .type = FIELD_TEXT,
	  .required = true,
	  .one_of = "error|warning|info" },
	{ .name = "title", .type = FIELD_TEXT, .required = true },
	{ .name = "detail", .type = FIELD_TEXT, .nullable = true },
	{ .name = "since", .type = FIELD_TIME, .nullable = true },
	{ .name = "subject", .type = FIELD_OBJECT, .says = "{kind, name}" },
	{ .name = "next", .type = FIELD_TEXT, .says = "what to do" },
	{ .name = "href", .type = FIELD_TEXT, .says = "where to do it" },
	{ .name = NULL },
};

static void tell(struct looking *l, struct notice notice)
{
	if (l->n < NOTICES_MAX)
		l->notice[l->n++] = notice;
}

static struct str connection_href(struct arena *a, struct str name)
{
	return str_printf(a, "/connections/%.*s", STR_ARG(name));
}

/* A notice about a connection; the caller adds what else it knows. */
static struct notice about(struct looking *l, const char *kind, enum severity severity,
			   struct str connection, int64_t since_ms)
{
	return (struct notice){ .kind = kind,
				.severity = severity,
				.subject_kind = "connection",
				.subject = connection,
				.since_ms = since_ms,
				.href = connection_href(l->a, connection) };
}

static bool is_muted(const struct looking *l, struct str error)
{
	return l->mutes > 0 && error_mute_of(l->mute, l->mutes, error_hash_of(error));
}

static const char *plural(int64_t n)
{
	return n == 1 ? "" : "s";
}

/* ---- connections ---- */

static bool look_tokens(struct looking *l, struct err *e)
{
	struct db_result r;

	if (!db_query(l->db, l->a,
		      "SELECT connection, problem FROM lockstep_tokens WHERE problem <> '' "
		      "ORDER BY connection",
		      NULL, 0, &r, e))
		return err_wrap(e, "table 'lockstep_tokens'");
	for (size_t i = 0; i < r.rows; i++) {
		struct str name = db_cell(&r, i, 0).s;
		struct notice n = about(l, "auth_expired", SEVERITY_ERROR, name, 0);

		if (!plan_connection(l->o->plan, name))
			continue;
		n.title = str_printf(l->a, "%.*s has to be signed in again", STR_ARG(name));
		n.detail = db_cell(&r, i, 1).s;
		n.next = str_printf(l->a, "Connect it again, or run `lockstep connect %.*s`.",
				    STR_ARG(name));
		tell(l, n);
	}
	return true;
}

static bool is_told(const struct looking *l, const char *kind, struct str subject)
{
	for (size_t i = 0; i < l->n; i++)
		if (strcmp(l->notice[i].kind, kind) == 0 && str_eq(l->notice[i].subject, subject))
			return true;
	return false;
}

/* `href`: of the page where the runs are; NULL: each has its own. */
static void judge_runs(struct looking *l, struct str name, const struct run_list *runs,
		       const char *href)
{
	const struct run_log *run = runs->run;
	size_t n = runs->runs, first = n && run[0].status == RUN_RUNNING ? 1 : 0, row = first;
	struct notice note;
	struct str error;

	while (row < n && run[row].status == RUN_ERROR)
		row++;
	if (first == n || is_muted(l, run[first].error) ||
	    (row == first && (run[first].status != RUN_PARTIAL || run[first].error.len == 0)))
		return;
	error = run[first].error;
	note = about(l, "failing", row > first + 1 ? SEVERITY_ERROR : SEVERITY_WARNING, name,
		     run[row > first ? row - 1 : first].started_ms);
	if (row == first)
		note.title = str_printf(l->a, "The last run of %.*s went only partly well",
					STR_ARG(name));
	else if (row == first + 1)
		note.title = str_printf(l->a, "The last run of %.*s failed", STR_ARG(name));
	else
		note.title = str_printf(l->a, "%.*s failed %zu times in a row%s", STR_ARG(name),
					row - first, row == n && n == STREAK ? " or more" : "");
	note.detail = error;
	note.next = str_from(remedy_of(STR(""), error)->says);
	note.href = href ? str_from(href) : str_printf(l->a, "/runs/%.*s", STR_ARG(run[first].id));
	tell(l, note);
}

/* The last few runs of each connection; what asks for a sign-in is told already. */
static bool look_runs(struct looking *l, struct err *e)
{
	for (size_t i = 0; i < l->o->plan->connections; i++) {
		struct str name = l->o->plan->connection[i].name;
		struct run_filter f = { .connection = name, .whole_only = true, .limit = STREAK };
		struct run_list runs;

		if (is_told(l, "auth_expired", name))
			continue;
		if (!run_log_list(l->db, l->a, &f, &runs.run, &runs.runs, NULL, e))
			return false;
		l->has_run |= runs.runs > 0;
		judge_runs(l, name, &runs, NULL);
	}
	return true;
}

/* What integrations keep of their own; who is switched off asks for nobody. */
static bool look_reports(struct looking *l, struct err *e)
{
	const struct service *s = l->o->call->arg;

	for (size_t i = 0; i < l->o->plan->connections; i++) {
		const struct connection *c = &l->o->plan->connection[i];
		const struct integration *of = service_integration(s, c);
		struct reporting r = { l->db, l->a, c, l->o->now_ms, STREAK };
		struct integration_report got = { .facts = 0 };
		struct notice n = about(l, "integration", SEVERITY_WARNING, c->name, 0);

		if (!of || !of->report || service_idle(s, c))
			continue;
		if (!of->report(&r, &got, e))
			return false;
		l->has_run |= got.runs.runs > 0;
		judge_runs(l, c->name, &got.runs, of->page);
		n.title = str_printf(l->a, "%.*s cannot go on", STR_ARG(c->name));
		n.detail = got.trouble;
		n.next = got.next;
		n.href = str_from(of->page);
		if (got.trouble.len)
			tell(l, n);
	}
	return true;
}

/* Syncs hold their connection's lane: they are found by it. */
static bool look_stuck(struct looking *l, struct err *e)
{
	int64_t stuck_ms = l->o->plan->server.alerts.stuck_ms;
	struct db_result r;

	if (!db_query(l->db, l->a,
		      "SELECT j.id, j.lane, coalesce(j.claimed_ms, 0), j.progress FROM "
		      "lockstep_lanes s JOIN lockstep_jobs j ON j.id = s.job WHERE j.state = 1 AND "
		      "j.task = '" SYNC_TASK "'",
		      NULL, 0, &r, e))
		return err_wrap(e, "the queue");
	for (size_t i = 0; i < r.rows; i++) {
		struct str name = db_cell(&r, i, 1).s;
		int64_t advanced_ms =
			sync_advanced_ms(l->a, value_text(db_cell(&r, i, 3)), db_cell(&r, i, 2).i);
		struct notice n;

		(void)str_cut(&name, ':');
		if (l->o->now_ms - advanced_ms < stuck_ms)
			continue;
		n = about(l, "stuck", SEVERITY_ERROR, name, advanced_ms);
		n.title = str_printf(l->a, "A sync of %.*s stands still", STR_ARG(name));
		n.detail = str_printf(l->a, "It has made no progress for %s.",
				      span_text(l->a, l->o->now_ms - advanced_ms).at);
		n.next = STR("Cancel its job and start it again; if it stands still again, look "
			     "at the log of its worker.");
		n.href = str_printf(l->a, "/jobs/%lld", (long long)db_cell(&r, i, 0).i);
		tell(l, n);
	}
	return true;
}

static bool look_holds(struct looking *l, struct err *e)
{
	struct hold_filter f = { .connection = STR("") };
	struct hold *h;
	size_t n;

	if (!hold_list(l->db, l->a, &f, &h, &n, e))
		return false;
	for (size_t i = 0; i < n; i++) {
		struct notice note =
			about(l, "held", SEVERITY_WARNING, h[i].connection, h[i].since_ms);

		note.title = str_printf(l->a, "A check holds %.*s of %.*s", STR_ARG(h[i].table),
					STR_ARG(h[i].connection));
		note.detail = str_printf(l->a, "%.*s: %.*s, expected %.*s", STR_ARG(h[i].check),
					 STR_ARG(h[i].seen), STR_ARG(h[i].expected));
		note.next = str_printf(l->a,
				       "Look whether the vendor's data is right, then release it, "
				       "or run `lockstep hold release %.*s %.*s`.",
				       STR_ARG(h[i].connection), STR_ARG(h[i].table));
		tell(l, note);
	}
	return true;
}

/* What is counted by connection: (connection, how many, since when). */
struct pile {
	const char *kind, *sql;
	const char *one, *many; /* around the connection's name: "N record of X could not" */
	const char *tail, *next, *href;
	bool by_time; /* since is a time of the database, not milliseconds */
};

static const struct pile piles[] = {
	{ "quarantine",
	  "SELECT connection, count(*), min(first_at) FROM lockstep_quarantine GROUP BY connection",
	  "record of", "records of", " could not be stored",
	  "Each run tries them again. Look why, and correct the plan or the vendor's data.",
	  "/quarantine", true },
	{ "conflict",
	  "SELECT connection, count(*), min(since) FROM lockstep_conflicts GROUP BY connection",
	  "value of", "values of", " changed on both sides",
	  "Decide which side is right, here or by `lockstep conflicts`.", "/conflicts", true },
	{ "outbox_stuck",
	  "SELECT connection, count(*), min(made_ms) FROM (SELECT connection, made_ms, state FROM "
	  "lockstep_outbox ORDER BY id DESC LIMIT 5000) x WHERE state IN ('failed', 'unknown') "
	  "GROUP BY connection",
	  "change did not reach", "changes did not reach", "",
	  "Try them again or let them go, here or by `lockstep outbox`.", "/outbox", false },
};

static bool look_pile(struct looking *l, const struct pile *p, struct err *e)
{
	struct db_result r;

	if (!db_query(l->db, l->a, p->sql, NULL, 0, &r, e))
		return err_wrap(e, "%s", p->kind);
	for (size_t i = 0; i < r.rows; i++) {
		struct str name = db_cell(&r, i, 0).s;
		long long count = db_cell(&r, i, 1).i;
		struct value since = db_cell(&r, i, 2);
		struct notice n = about(l, p->kind, SEVERITY_WARNING, name,
					p->by_time ? cell_time_ms(since) : since.i);

		n.title = str_printf(l->a, "%lld %s %.*s%s", count, count == 1 ? p->one : p->many,
				     STR_ARG(name), p->tail);
		n.next = str_from(p->next);
		n.href = str_printf(l->a, "%s?connection=%.*s", p->href, STR_ARG(name));
		tell(l, n);
	}
	return true;
}

static bool look_piles(struct looking *l, struct err *e)
{
	/* Without a connection there are none of these tables. */
	for (size_t i = 0; l->o->plan->connections > 0 && i < COUNT(piles); i++)
		if (!look_pile(l, &piles[i], e))
			return false;
	return true;
}

/* What the watch has found by its limits and what no other notice tells. */
static bool look_alerts(struct looking *l, struct err *e)
{
	static const enum alert_code code[] = { ALERT_BUDGET, ALERT_ERRORS, ALERT_SUCCESS,
						ALERT_FRESHNESS };
	struct db_result r;

	if (!db_query(l->db, l->a,
		      "SELECT code, subject, measured, allowed, raised_ms FROM lockstep_alerts "
		      "WHERE cleared_ms = 0 ORDER BY raised_ms LIMIT 100",
		      NULL, 0, &r, e))
		return err_wrap(e, "table 'lockstep_alerts'");
	for (size_t i = 0; i < r.rows; i++)
		for (size_t k = 0; k < COUNT(code); k++) {
			struct str name = db_cell(&r, i, 1).s;
			struct alert al = { code[k], name, STR(""), db_cell(&r, i, 2).i,
					    db_cell(&r, i, 3).i };
			struct notice n;

			if (!str_eq(db_cell(&r, i, 0).s, str_from(alert_code_name(code[k]))))
				continue;
			(void)str_cut(&name, ':');
			al.subject = name;
			name = str_cut(&name, '/');
			n = about(l, alert_code_name(code[k]), SEVERITY_WARNING, name,
				  db_cell(&r, i, 4).i);
			n.title = alert_text(l->a, &al);
			n.next = STR("Look at its runs and errors of the last day.");
			n.href = code[k] == ALERT_BUDGET ? STR("/budgets") : n.href;
			tell(l, n);
		}
	return true;
}

/* ---- the queue ---- */

static void judge_pause(struct looking *l, const struct pause *p)
{
	struct str name = p->scope, kind = str_cut(&name, ':');
	struct notice n = { .kind = "paused",
			    .severity = SEVERITY_INFO,
			    .subject_kind = "queue",
			    .subject = p->scope,
			    .detail = p->reason,
			    .since_ms = p->since_ms,
			    .href = STR("/queue") };
	struct str inner = name, lane = str_cut(&inner, ':');

	if (str_eq(p->scope, STR("*"))) {
		n.severity = SEVERITY_WARNING;
		n.title = STR("Nothing is started: all processing is paused");
		n.next = STR("Resume it on the queue's page, or run `lockstep jobs resume`.");
	} else if (str_eq(kind, STR("worker"))) {
		n.kind = "draining";
		n.subject_kind = "worker";
		n.subject = name;
		n.title = str_printf(l->a, "Worker %.*s takes no more jobs", STR_ARG(name));
		n.next = STR("Stop its process when it is idle, or let it take jobs again.");
		n.href = STR("/workers");
	} else if (str_eq(kind, STR("lane")) && str_eq(lane, STR("connection"))) {
		n.subject_kind = "connection";
		n.subject = inner;
		n.title = str_printf(l->a, "%.*s is stopped", STR_ARG(inner));
		n.next = STR("Restart it on its page when it may sync again.");
		n.href = connection_href(l->a, inner);
	} else {
		n.title = str_printf(l->a, "Jobs of the %.*s %.*s are paused", STR_ARG(kind),
				     STR_ARG(name));
		n.next = STR("Resume them on the queue's page.");
	}
	tell(l, n);
}

static bool look_pauses(struct looking *l, struct err *e)
{
	if (!queue_pauses(l->db, l->a, &l->pause, &l->pauses, e))
		return false;
	for (size_t i = 0; i < l->pauses; i++)
		judge_pause(l, &l->pause[i]);
	return true;
}

static bool look_workers(struct looking *l, struct err *e)
{
	struct notice n = { .kind = "no_worker",
			    .severity = SEVERITY_WARNING,
			    .subject_kind = "queue",
			    .subject = STR("workers"),
			    .title = STR("No worker runs"),
			    .next = STR("Start one: `lockstep serve` without `--workers 0`, or "
					"`lockstep work` beside it."),
			    .href = STR("/workers") };
	struct session_row *row;
	size_t rows, alive = 0;
	int64_t age_ms;

	if (!session_list(l->db, l->a, &row, &rows, e) || !queue_oldest_ready(l->db, &age_ms, e))
		return false;
	for (size_t i = 0; i < rows; i++)
		alive += l->o->now_ms - row[i].beat_ms < WORKER_STILL_MS;
	if (alive > 0)
		return true;
	if (age_ms > 0) {
		n.severity = SEVERITY_ERROR;
		n.since_ms = l->o->now_ms - age_ms;
		n.detail = str_printf(l->a, "A job has waited for %s.", span_text(l->a, age_ms).at);
	}
	tell(l, n);
	return true;
}

struct dead {
	struct str task;
	int64_t n, since_ms;
	struct str error;
};

static void note_dead(struct dead *dead, size_t *n, size_t max, const struct dead *one)
{
	for (size_t i = 0; i < *n; i++)
		if (str_eq(dead[i].task, one->task)) {
			dead[i].n++;
			dead[i].since_ms = one->since_ms;
			return;
		}
	if (*n < max)
		dead[(*n)++] = *one;
}

/* Jobs that were given up, but for syncs: their connection says how it is now. */
static bool look_dead(struct looking *l, struct err *e)
{
	struct value since = value_int(l->o->now_ms - WEEK_MS);
	struct dead dead[16];
	struct db_result r;
	size_t n = 0;

	if (!db_query(l->db, l->a,
		      "SELECT task, error, finished_ms FROM lockstep_job_history WHERE "
		      "outcome = 1 AND finished_ms >= ?1 AND task <> '" SYNC_TASK "' "
		      "ORDER BY finished_ms DESC LIMIT 1000", /* DEAD_MAX */
		      &since, 1, &r, e))
		return err_wrap(e, "table 'lockstep_job_history'");
	for (size_t i = 0; i < r.rows; i++) {
		struct dead one = { db_cell(&r, i, 0).s, 1, db_cell(&r, i, 2).i,
				    value_text(db_cell(&r, i, 1)) };

		if (!is_muted(l, one.error))
			note_dead(dead, &n, COUNT(dead), &one);
	}
	for (size_t i = 0; i < n; i++)
		tell(l, (struct notice){
				.kind = "dead_letters",
				.severity = SEVERITY_WARNING,
				.subject_kind = "task",
				.subject = dead[i].task,
				.since_ms = dead[i].since_ms,
				.title = str_printf(l->a, "%lld job%s%s of %.*s failed for good",
						    (long long)dead[i].n, plural(dead[i].n),
						    r.rows == DEAD_MAX ? " or more" : "",
						    STR_ARG(dead[i].task)),
				.detail = dead[i].error,
				.next = str_from(remedy_of(STR(""), dead[i].error)->says),
				.href = str_printf(l->a, "/jobs?state=failed&task=%.*s",
						   STR_ARG(dead[i].task)) });
	return true;
}

static bool look_schedules(struct looking *l, struct err *e)
{
	struct schedule *s;
	size_t n;

	if (!schedule_list(l->db, l->a, &s, &n, e))
		return false;
	for (size_t i = 0; i < n; i++) {
		struct notice note = { .kind = "overdue_schedule",
				       .severity = SEVERITY_WARNING,
				       .subject_kind = "schedule",
				       .subject = s[i].name,
				       .href = str_printf(l->a, "/schedules?schedule=%.*s",
							  STR_ARG(s[i].name)) };
		bool late =
			s[i].next_ms && s[i].next_ms + s[i].jitter_ms + OVERDUE_MS < l->o->now_ms;

		if (s[i].paused || (!late && s[i].problem.len == 0))
			continue;
		note.since_ms = late ? s[i].next_ms : 0;
		note.detail = s[i].problem;
		note.title = str_printf(l->a, "Schedule %.*s %s", STR_ARG(s[i].name),
					late ? "is overdue" : "cannot run");
		note.next = late ? STR("Look whether a `lockstep serve` with schedules runs.")
				 : STR("Correct its times on the schedules' page.");
		tell(l, note);
	}
	return true;
}

static bool look_fenced(struct looking *l, struct err *e)
{
	struct pool_stats stats;

	(void)e;
	service_pool_stats(l->o->call->arg, &stats);
	if (stats.fenced > 0)
		tell(l, (struct notice){
				.kind = "fenced",
				.severity = SEVERITY_INFO,
				.subject_kind = "worker",
				.subject = view_id(l->a, stats.session),
				.title = str_printf(l->a,
						    "%lld result%s came after the job had been "
						    "taken over",
						    (long long)stats.fenced, plural(stats.fenced)),
				.detail = STR("They were thrown away, and nothing was written "
					      "twice. This worker was out of touch for a while."),
				.next = STR("If it happens often, look at the load of this "
					    "machine and of the database."),
				.href = STR("/workers") });
	return true;
}

/* ---- all of it ---- */

static bool (*const looks[])(struct looking *l, struct err *e) = {
	look_tokens, look_runs,   look_reports, look_stuck, look_holds,     look_piles,
	look_alerts, look_pauses, look_workers, look_dead,  look_schedules, look_fenced,
};

static int worst_first(const void *left, const void *right)
{
	const struct notice *x = left, *y = right;

	if (x->severity != y->severity)
		return x->severity < y->severity ? -1 : 1;
	return (x->since_ms < y->since_ms) - (x->since_ms > y->since_ms);
}

static struct value notice_value(struct arena *a, const struct notice *n)
{
	static const char *const word[] = { "error", "warning", "info" };
	struct value map = value_map_new(a), subject = value_map_new(a);

	view_text(a, subject, "kind", str_from(n->subject_kind));
	view_text(a, subject, "name", n->subject);
	view_text(a, map, "kind", str_from(n->kind));
	view_text(a, map, "severity", str_from(word[n->severity]));
	view_text(a, map, "title", n->title);
	view_text(a, map, "detail", n->detail);
	view_time(a, map, "since", n->since_ms);
	value_map_set(a, map, STR("subject"), subject);
	view_text(a, map, "next", n->next);
	view_text(a, map, "href", n->href);
	return map;
}

/* Connections among what is more than information, each once, and whatever else there is. */
static void count_subjects(const struct looking *l, int64_t *connections, int64_t *others)
{
	for (size_t i = 0; i < l->n; i++) {
		const struct notice *n = &l->notice[i];
		bool again = false, connection = strcmp(n->subject_kind, "connection") == 0;

		for (size_t k = 0; k < i; k++)
			again |= l->notice[k].severity != SEVERITY_INFO &&
				 strcmp(l->notice[k].subject_kind, n->subject_kind) == 0 &&
				 str_eq(l->notice[k].subject, n->subject);
		if (n->severity == SEVERITY_INFO || again)
			continue;
		*connections += connection;
		*others += !connection;
	}
}

static struct str sentence(const struct looking *l)
{
	long long all = (long long)l->o->plan->connections;
	int64_t connections = 0, others = 0;

	count_subjects(l, &connections, &others);
	if (connections == 0 && others == 0 && all == 0)
		return STR("The plan has no connections yet");
	if (connections == 0 && others == 0 && !l->has_run)
		return STR("Nothing has run yet");
	if (connections == 0 && others == 0)
		return all == 1 ? STR("The connection is in step")
				: str_printf(l->a, "All %lld connections are in step", all);
	if (connections == 0)
		return others == 1
			       ? STR("One thing needs attention")
			       : str_printf(l->a, "%lld things need attention", (long long)others);
	return str_printf(
		l->a, "%lld connection%s need%s attention%s", (long long)connections,
		plural(connections), connections == 1 ? "s" : "",
		others == 0   ? ""
		: others == 1 ? ", and one thing more"
			      : str_printf(l->a, ", and %lld things more", (long long)others).at);
}

static const char *state_of(const struct looking *l)
{
	enum severity worst = SEVERITY_INFO;

	for (size_t i = 0; i < l->n; i++)
		worst = l->notice[i].severity < worst ? l->notice[i].severity : worst;
	if (worst == SEVERITY_ERROR)
		return "failing";
	return worst == SEVERITY_WARNING ? "attention" : "ok";
}

bool overview_attention(const struct overview *o, struct value map, struct err *e)
{
	struct arena *a = o->call->arena;
	struct looking *l = arena_new_struct(a, struct looking);
	struct value health = value_map_new(a), list = value_list_new(a);

	*l = (struct looking){ .o = o, .a = a, .db = o->call->db };
	if (!error_mutes(l->db, a, o->now_ms, &l->mute, &l->mutes, e))
		return false;
	for (size_t i = 0; i < COUNT(looks); i++)
		if (!looks[i](l, e))
			return false;
	qsort(l->notice, l->n, sizeof(*l->notice), worst_first);
	for (size_t i = 0; i < l->n; i++)
		value_list_add(a, list, notice_value(a, &l->notice[i]));
	view_text(a, health, "state", str_from(state_of(l)));
	view_text(a, health, "sentence", sentence(l));
	value_map_set(a, map, STR("health"), health);
	value_map_set(a, map, STR("attention"), list);
	return true;
}

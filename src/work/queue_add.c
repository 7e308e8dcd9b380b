/* SPDX-License-Identifier: Apache-2.0 */
/*
 * queue_add.c - jobs come in.
 *
 * Always: of two adders of one key the unique index of lockstep_jobs decides, whoever asked first.
 */
#include "work/queue_inner.h"

#include "data/json.h"
#include "store/sql.h"

#define TRIES 8
#define TASK_BYTES_MAX 200
#define KEY_BYTES_MAX 1000

static bool is_text(struct str s, size_t max)
{
	return s.len <= max && str_is_utf8(s) && (s.len == 0 || !memchr(s.at, 0, s.len));
}

static bool args_check(const struct job_draft *j, struct err *e)
{
	AUTO_ARENA *a = NULL;
	struct err why;
	struct value v;

	if (j->args.len == 0 || str_eq(j->args, STR("{}")))
		return true;
	if (j->args.len > JOB_ARGS_BYTES_MAX)
		return err_set(e, ERR_USAGE, "the arguments of a job are at most %zu bytes",
			       JOB_ARGS_BYTES_MAX);
	a = arena_new("arguments", 64 * JOB_ARGS_BYTES_MAX);
	if (!json_parse(a, j->args, &v, NULL, &why) || v.kind != VALUE_MAP)
		return err_set(e, ERR_USAGE, "the arguments of a job are a JSON object");
	return true;
}

static bool draft_check(const struct job_draft *j, struct err *e)
{
	if (j->task.len == 0 || !is_text(j->task, TASK_BYTES_MAX))
		return err_set(e, ERR_USAGE, "a job's task is a name of at most %d bytes",
			       TASK_BYTES_MAX);
	if (!is_text(j->key, KEY_BYTES_MAX) || !is_text(j->lane, KEY_BYTES_MAX) ||
	    !is_text(j->trigger, KEY_BYTES_MAX) || !is_text(j->actor, KEY_BYTES_MAX))
		return err_set(e, ERR_USAGE,
			       "key, lane, trigger and actor of a job are at most %d bytes",
			       KEY_BYTES_MAX);
	if ((j->key.len > 0) != (j->unique != JOB_ANY))
		return err_set(e, ERR_USAGE, "a job has a key exactly when it is to be unique");
	if (j->lane_max < 0 || j->lane_max > JOB_LANE_MAX)
		return err_set(e, ERR_USAGE, "a lane has 1 to %d places", JOB_LANE_MAX);
	if (j->priority < JOB_PRIORITY_MIN || j->priority > JOB_PRIORITY_MAX)
		return err_set(e, ERR_USAGE, "a priority is between %d and %d", JOB_PRIORITY_MIN,
			       JOB_PRIORITY_MAX);
	if (j->attempts_max < 0 || j->run_at_ms < 0)
		return err_set(e, ERR_USAGE, "a job has at least one attempt and a time to run");
	return args_check(j, e);
}

static struct str args_text(const struct job_draft *j)
{
	return j->args.len ? j->args : STR("{}");
}

struct adding {
	struct db *db;
	struct arena *a;
	const struct job_draft *draft;
	struct job_ticket ticket;
	bool found;
};

static bool insert(struct adding *x, struct err *e)
{
	const struct job_draft *j = x->draft;
	struct value param[] = {
		value_int(j->priority),
		value_bool(j->unique == JOB_ONE),
		value_int(j->run_at_ms),
		value_int(j->attempts_max ? j->attempts_max : JOB_ATTEMPTS_DEFAULT),
		value_int(j->lane_max ? j->lane_max : 1),
		value_str(j->task),
		value_str(args_text(j)),
		value_text_or_null(j->key),
		value_text_or_null(j->lane),
		value_str(j->trigger),
		value_str(j->actor),
	};
	struct str sql = str_printf(
		x->a,
		"INSERT INTO lockstep_jobs (state, priority, one, run_at_ms, added_ms, "
		"attempts_max, lane_max, task, args, job_key, lane, origin, actor) "
		"SELECT CASE WHEN CAST(?3 AS bigint) > n.now THEN 2 ELSE 0 END, "
		"CAST(?1 AS integer), CAST(?2 AS boolean), "
		"CASE WHEN CAST(?3 AS bigint) = 0 THEN n.now ELSE CAST(?3 AS bigint) END, n.now, "
		"CAST(?4 AS integer), CAST(?5 AS integer), ?6, ?7, ?8, ?9, ?10, ?11 "
		"FROM (SELECT %s AS now) n WHERE true ON CONFLICT DO NOTHING RETURNING id, state",
		sql_words(x->db)->now_ms);
	struct db_result r;

	if (!db_query(x->db, x->a, sql.at, param, COUNT(param), &r, e))
		return false;
	x->found = r.rows == 1;
	if (x->found)
		x->ticket = (struct job_ticket){ .id = db_cell(&r, 0, 0).i,
						 .state = (enum job_state)db_cell(&r, 0, 1).i };
	return true;
}

/* A job of the key that has not begun even once is due as early as the earliest that asked. */
static bool find_twin(struct adding *x, struct err *e)
{
	const struct job_draft *j = x->draft;
	struct value param[] = { value_str(j->key), value_int(j->run_at_ms) };
	struct str sql = str_printf(
		x->a,
		"UPDATE lockstep_jobs SET run_at_ms = CASE WHEN CAST(?2 AS bigint) = 0 THEN %s ELSE CAST(?2 AS bigint) END, "
		"state = CASE WHEN CAST(?2 AS bigint) <= %s THEN 0 ELSE 2 END WHERE job_key = ?1 "
		"AND state = 2 AND attempt = 0 AND run_at_ms > CAST(?2 AS bigint)",
		sql_words(x->db)->now_ms, sql_words(x->db)->now_ms);
	/* A job that waits for us too must not begin before what it is to see is committed: claims
	 * pass over a locked row. */
	struct str find = str_printf(
		x->a,
		"SELECT id, state FROM lockstep_jobs WHERE job_key = ?1 AND (one OR state <> 1)%s",
		j->unique == JOB_ONE_WAITING ? sql_words(x->db)->wait_row : "");
	int64_t moved = 0;
	struct db_result r;

	if (!db_exec(x->db, sql.at, param, COUNT(param), &moved, e) ||
	    (moved > 0 && !queue_wake(x->db, e)) ||
	    !db_query(x->db, x->a, find.at, param, 1, &r, e))
		return false;
	x->found = r.rows > 0;
	if (x->found)
		x->ticket = (struct job_ticket){ .id = db_cell(&r, 0, 0).i,
						 .coalesced = true,
						 .state = (enum job_state)db_cell(&r, 0, 1).i };
	return true;
}

/* The twin that was in the way may be gone when it is looked for. */
static bool add(void *arg, struct err *e)
{
	struct adding *x = arg;

	for (int i = 0; i < TRIES; i++) {
		if (!insert(x, e) || (!x->found && !find_twin(x, e)))
			return false;
		if (x->found)
			return true;
	}
	return err_set(e, ERR_TRANSIENT, "jobs of the key '%.*s' come and go too fast",
		       STR_ARG(x->draft->key));
}

bool queue_add(struct db *d, const struct job_draft *draft, struct job_ticket *out, struct err *e)
{
	AUTO_ARENA *a = arena_new("add", 4 * JOB_ARGS_BYTES_MAX);
	struct adding x = { .db = d, .a = a, .draft = draft };

	if (!draft_check(draft, e))
		return false;
	if (draft->key.len ? !queue_join(d, add, &x, e) : !add(&x, e))
		return false;
	*out = x.ticket;
	return true;
}

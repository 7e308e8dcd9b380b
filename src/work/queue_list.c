/* SPDX-License-Identifier: Apache-2.0 */
/* queue_list.c - jobs as people see them, of both tables at once. */
#include "work/queue_inner.h"

#include "store/sql.h"

#define PARAMS_MAX 10

/* How a word of the view, or a finer one, narrows each table; NULL: it has none of these. */
static const struct {
	const char *word;
	const char *open, *finished;
} words[] = {
	{ "pending", "state <> 1", NULL }, { "running", "state = 1", NULL },
	{ "ready", "state = 0", NULL },    { "later", "state = 2", NULL },
	{ "blocked", "state = 3", NULL },  { "succeeded", NULL, "outcome = 0" },
	{ "failed", NULL, "outcome = 1" }, { "cancelled", NULL, "outcome = 2" },
};

static const char *const state_words[] = { [JOB_READY] = "ready",
					   [JOB_RUNNING] = "running",
					   [JOB_LATER] = "later",
					   [JOB_BLOCKED] = "blocked" };

/* A query under construction: conditions and their parameters. */
struct listing {
	struct db *db;
	struct arena *a;
	struct buf where;          /* of both tables */
	struct str open, finished; /* conditions; empty: nothing of that table */
	struct value param[PARAMS_MAX];
	size_t params;
};

/* Adds the condition `head` parameter `tail`. */
static void narrow(struct listing *l, const char *head, struct value v, const char *tail)
{
	assert(l->params < PARAMS_MAX);
	l->param[l->params++] = v;
	buf_printf(&l->where, " AND %s?%zu%s", head, l->params, tail);
}

static struct str both_hold(struct arena *a, struct str one, const char *other)
{
	return one.len && other ? str_printf(a, "%.*s AND %s", STR_ARG(one), other) : STR("");
}

static bool narrow_to(struct listing *l, struct str word, struct err *e)
{
	if (!word.len)
		return true;
	for (size_t i = 0; i < COUNT(words); i++) {
		if (!str_eq(word, str_from(words[i].word)))
			continue;
		l->open = both_hold(l->a, l->open, words[i].open);
		l->finished = both_hold(l->a, l->finished, words[i].finished);
		return true;
	}
	return err_set(e, ERR_USAGE,
		       "a job is pending (ready, later, blocked), running, succeeded, failed or "
		       "cancelled, not '%.*s'",
		       STR_ARG(word));
}

static bool listing_of(struct listing *l, const struct job_filter *f, struct err *e)
{
	bool postgres = l->db->ops->dialect == DB_POSTGRES;

	buf_in(&l->where, l->a, SQL_BYTES_MAX);
	l->open = l->finished = STR("true");
	if (!narrow_to(l, f->status, e) || !narrow_to(l, f->state, e))
		return false;
	if (f->id)
		narrow(l, "id = ", value_int(f->id), "");
	/* SQLite would sort all jobs of a task by their ids rather than read the newest first; by
	 * task and outcome they are in order. */
	if (f->task.len)
		narrow(l, postgres || f->status.len || f->state.len ? "task = " : "+task = ",
		       value_str(f->task), "");
	if (f->lane.len)
		narrow(l, "lane = ", value_str(f->lane), "");
	if (f->since_ms)
		narrow(l, "added_ms >= ", value_int(f->since_ms), "");
	if (f->until_ms)
		narrow(l, "added_ms < ", value_int(f->until_ms), "");
	if (f->beyond)
		narrow(l, f->oldest_first ? "id > " : "id < ", value_int(f->beyond), "");
	/* Said twice for the index of those that say anything. */
	if (f->text.len)
		narrow(l,
		       postgres ? "error IS NOT NULL AND strpos(lower(error), lower("
				: "error IS NOT NULL AND instr(lower(error), lower(",
		       value_str(f->text), ")) > 0");
	return true;
}

#define COMMON                                                                               \
	"task, args, job_key, lane, origin, actor, error, progress, attempt, attempts_max, " \
	"crashes, priority, session, run_at_ms, added_ms, claimed_ms, lane_max"

/* Both parts, each already in order and cut, so that neither table is read to its end. */
static struct str both(struct listing *l, const struct job_filter *f)
{
	const char *order = f->oldest_first ? "ORDER BY id" : "ORDER BY id DESC";
	size_t need = f->limit + f->offset;
	struct buf b;

	buf_in(&b, l->a, SQL_BYTES_MAX);
	if (l->open.len)
		buf_printf(&b,
			   "SELECT * FROM (SELECT id, CAST(state AS integer) AS state, -1 AS "
			   "outcome, " COMMON ", CAST(NULL AS text) AS output, CAST(NULL AS "
			   "bigint) AS finished_ms, CAST(cancel_asked AS integer) AS asked FROM "
			   "lockstep_jobs WHERE %s%s %s LIMIT %zu) o",
			   l->open.at, l->where.at ? l->where.at : "", order, need);
	if (l->open.len && l->finished.len)
		buf_add(&b, STR(" UNION ALL "));
	if (l->finished.len)
		buf_printf(&b,
			   "SELECT * FROM (SELECT id, -1, CAST(outcome AS integer), " COMMON
			   ", output, finished_ms, 0 FROM lockstep_job_history WHERE %s%s %s "
			   "LIMIT %zu) h",
			   l->finished.at, l->where.at ? l->where.at : "", order, need);
	buf_printf(&b, " ORDER BY 1%s LIMIT %zu OFFSET %zu", f->oldest_first ? "" : " DESC",
		   f->limit, f->offset);
	assert(!b.failed);
	return buf_str(&b);
}

/* A count that has an end does not read on behind it. */
static void count_part(struct buf *b, const char *table, struct str where, int64_t max)
{
	if (max > 0)
		buf_printf(b,
			   " + (SELECT count(*) FROM (SELECT 1 FROM %s WHERE %.*s LIMIT %lld) c)",
			   table, STR_ARG(where), (long long)max);
	else
		buf_printf(b, " + (SELECT count(*) FROM %s WHERE %.*s)", table, STR_ARG(where));
}

static struct str count_sql(struct listing *l, int64_t max)
{
	const char *where = l->where.at ? l->where.at : "";
	struct buf b;

	buf_in(&b, l->a, SQL_BYTES_MAX);
	buf_add(&b, STR("SELECT 0"));
	if (l->open.len)
		count_part(&b, "lockstep_jobs", str_printf(l->a, "%s%s", l->open.at, where), max);
	if (l->finished.len)
		count_part(&b, "lockstep_job_history",
			   str_printf(l->a, "%s%s", l->finished.at, where), max);
	assert(!b.failed);
	return buf_str(&b);
}

static struct job_row row_of(const struct db_result *r, size_t i)
{
	int64_t state = db_cell(r, i, 1).i, outcome = db_cell(r, i, 2).i;
	const char *word = state < 0 ? job_outcome_word((enum job_outcome)outcome)
				     : job_state_word((enum job_state)state);

	assert(state < (int64_t)COUNT(state_words));
	return (struct job_row){
		.id = db_cell(r, i, 0).i,
		.status = str_from(word),
		.state = str_from(state < 0 ? word : state_words[state]),
		.task = value_text(db_cell(r, i, 3)),
		.args = value_text(db_cell(r, i, 4)),
		.key = value_text(db_cell(r, i, 5)),
		.lane = value_text(db_cell(r, i, 6)),
		.trigger = value_text(db_cell(r, i, 7)),
		.actor = value_text(db_cell(r, i, 8)),
		.error = value_text(db_cell(r, i, 9)),
		.progress = value_text(db_cell(r, i, 10)),
		.attempts = value_whole(db_cell(r, i, 11)),
		.attempts_max = value_whole(db_cell(r, i, 12)),
		.crashes = value_whole(db_cell(r, i, 13)),
		.priority = value_whole(db_cell(r, i, 14)),
		.session = value_whole(db_cell(r, i, 15)),
		.run_at_ms = value_whole(db_cell(r, i, 16)),
		.added_ms = value_whole(db_cell(r, i, 17)),
		.claimed_ms = value_whole(db_cell(r, i, 18)),
		.lane_max = value_whole(db_cell(r, i, 19)),
		.output = value_text(db_cell(r, i, 20)),
		.finished_ms = value_whole(db_cell(r, i, 21)),
		.cancel_asked = value_whole(db_cell(r, i, 22)) != 0,
	};
}

/* The page and how many there are; no rows where nothing can match. */
static bool ask(struct db *d, struct arena *a, const struct job_filter *f, bool ids_only,
		struct db_result *r, int64_t *total, struct err *e)
{
	struct listing l = { .db = d, .a = a };
	struct db_result count;
	struct str list;

	*r = (struct db_result){ 0 };
	*total = 0;
	if (!listing_of(&l, f, e))
		return false;
	if (!l.open.len && !l.finished.len)
		return true;
	list = both(&l, f);
	if (ids_only)
		list = str_printf(a, "SELECT id FROM (%.*s) j ORDER BY id%s", STR_ARG(list),
				  f->oldest_first ? "" : " DESC");
	if (!db_query(d, a, count_sql(&l, f->count_max).at, l.param, l.params, &count, e))
		return false;
	*total = db_cell(&count, 0, 0).i;
	/* Who looks for what there is not has looked far enough. */
	return *total == 0 || db_query(d, a, list.at, l.param, l.params, r, e);
}

bool queue_list(struct db *d, struct arena *a, const struct job_filter *f, struct job_row **out,
		size_t *n, int64_t *total, struct err *e)
{
	struct db_result r;

	if (!ask(d, a, f, false, &r, total, e))
		return false;
	*out = arena_new_array(a, struct job_row, r.rows + 1);
	for (size_t i = 0; i < r.rows; i++)
		(*out)[i] = row_of(&r, i);
	*n = r.rows;
	return true;
}

bool queue_ids(struct db *d, struct arena *a, const struct job_filter *f, int64_t **out, size_t *n,
	       int64_t *total, struct err *e)
{
	struct db_result r;

	if (!ask(d, a, f, true, &r, total, e))
		return false;
	*out = arena_new_array(a, int64_t, r.rows + 1);
	for (size_t i = 0; i < r.rows; i++)
		(*out)[i] = db_cell(&r, i, 0).i;
	*n = r.rows;
	return true;
}

/* One step in the index of ready jobs for each priority that there is. */
bool queue_oldest_ready(struct db *d, int64_t *age_ms, struct err *e)
{
	AUTO_ARENA *a = arena_new("oldest", SQL_BYTES_MAX);
	struct str sql = str_printf(
		a,
		"WITH RECURSIVE p(priority) AS (SELECT min(priority) FROM lockstep_jobs WHERE "
		"state = 0 UNION ALL SELECT (SELECT min(j.priority) FROM lockstep_jobs j WHERE "
		"j.state = 0 AND j.priority > p.priority) FROM p WHERE p.priority IS NOT NULL) "
		"SELECT %s - min((SELECT min(j.run_at_ms) FROM lockstep_jobs j WHERE j.state = 0 "
		"AND j.priority = p.priority)) FROM p WHERE p.priority IS NOT NULL",
		sql_words(d)->now_ms);
	struct db_result r;

	if (!db_query(d, a, sql.at, NULL, 0, &r, e))
		return false;
	*age_ms = value_whole(db_cell(&r, 0, 0));
	if (*age_ms < 0)
		*age_ms = 0;
	return true;
}

bool queue_cleanup(struct db *d, int64_t age_ms, bool dead_too, int64_t *deleted, struct err *e)
{
	AUTO_ARENA *a = arena_new("cleanup", SQL_BYTES_MAX);
	struct value param = value_int(age_ms);
	struct str sql = str_printf(a,
				    "DELETE FROM lockstep_job_history WHERE finished_ms < %s - "
				    "CAST(?1 AS bigint)%s",
				    sql_words(d)->now_ms, dead_too ? "" : " AND outcome <> 1");

	return db_exec(d, sql.at, &param, 1, deleted, e) && attempt_cleanup(d, e);
}

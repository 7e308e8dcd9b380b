/* SPDX-License-Identifier: Apache-2.0 */
/* t_judge_job.c - what becomes of a job, by how its handler came back. */
#include "work/judge_job.h"

#include "tap.h"

static struct rng rng = { 7 };
static const struct task plain = { .name = "plain" };

static struct handler_end failed(enum err_kind kind, enum stop_cause cause)
{
	return (struct handler_end){
		.kind = kind, .cause = cause, .attempt = 1, .snooze_ms = -1, .retry_after_ms = -1
	};
}

static struct judgement judge(struct handler_end end)
{
	return job_judge(&plain, &end, &rng);
}

static void every_kind_has_its_verdict(void)
{
	static const struct {
		enum err_kind kind;
		enum verdict_kind want;
	} rows[] = {
		{ ERR_TRANSIENT, VERDICT_RETRY }, { ERR_STORE, VERDICT_RETRY },
		{ ERR_NONE, VERDICT_RETRY },      { ERR_FENCED, VERDICT_RETRY },
		{ ERR_BUSY, VERDICT_SNOOZE },     { ERR_LIMIT, VERDICT_SNOOZE },
		{ ERR_AUTH, VERDICT_DEAD },       { ERR_CONFIG, VERDICT_DEAD },
		{ ERR_REMOTE, VERDICT_DEAD },     { ERR_USAGE, VERDICT_DEAD },
		{ ERR_MISSING, VERDICT_DEAD },    { ERR_CANCELLED, VERDICT_RETRY },
	};

	for (size_t i = 0; i < COUNT(rows); i++)
		OK(judge(failed(rows[i].kind, STOP_NOT)).kind == rows[i].want, "%s",
		   err_kind_name(rows[i].kind));
}

static void a_stop_is_judged_by_its_cause(void)
{
	OK(judge(failed(ERR_CANCELLED, STOP_PERSON)).kind == VERDICT_CANCELLED, "a person");
	OK(judge(failed(ERR_CANCELLED, STOP_DRAIN)).kind == VERDICT_RELEASED, "a drain");
	OK(judge(failed(ERR_CANCELLED, STOP_TIME)).kind == VERDICT_RETRY, "its time was over");
	OK(judge(failed(ERR_AUTH, STOP_DRAIN)).kind == VERDICT_DEAD,
	   "what failed for another reason is judged by that");
	OK(judge((struct handler_end){ .done = true, .cause = STOP_PERSON, .snooze_ms = -1 })
			   .kind == VERDICT_DONE,
	   "what was done nevertheless is done");
}

static void retries_wait_longer_each_time(void)
{
	struct task t = { .name = "t", .base_ms = 1000, .cap_ms = 8000 };
	struct handler_end end = failed(ERR_TRANSIENT, STOP_NOT);

	for (end.attempt = 1; end.attempt < 40; end.attempt++) {
		int64_t most_ms = end.attempt < 4 ? 1000 << (end.attempt - 1) : 8000, seen_ms = 0;

		for (int i = 0; i < 200; i++) {
			struct judgement j = job_judge(&t, &end, &rng);

			seen_ms = j.wait_ms > seen_ms ? j.wait_ms : seen_ms;
		}
		if (seen_ms > most_ms || seen_ms < most_ms / 2)
			OK(false, "attempt %d waited %d ms", (int)end.attempt, (int)seen_ms);
	}
	end.attempt = 1;
	end.retry_after_ms = 60000;
	OK(job_judge(&t, &end, &rng).wait_ms == 60000, "never before Retry-After");
	t.attempts_max = 3;
	end.attempt = 3;
	OK(job_judge(&t, &end, &rng).kind == VERDICT_DEAD, "a task may allow fewer attempts");
}

static void snoozes_last_as_long_as_was_said(void)
{
	struct handler_end end = failed(ERR_LIMIT, STOP_NOT);

	OK(judge(end).wait_ms >= 2500, "some seconds when nobody said");
	end.retry_after_ms = 1234;
	OK(judge(end).wait_ms == 1234, "as the vendor said");
	end.snooze_ms = 77;
	OK(judge(end).wait_ms == 77, "as the handler said");
	end.done = true;
	OK(judge(end).kind == VERDICT_SNOOZE && judge(end).wait_ms == 77, "also with true");
}

int main(void)
{
	every_kind_has_its_verdict();
	a_stop_is_judged_by_its_cause();
	retries_wait_longer_each_time();
	snoozes_last_as_long_as_was_said();
	return tap_done();
}

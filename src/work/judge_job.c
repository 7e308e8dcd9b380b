/* SPDX-License-Identifier: Apache-2.0 */
/*
 * judge_job.c - what becomes of a job when its handler has returned.
 *
 * Pure.  Whether anything may be written at all is not decided here: the queue refuses a verdict
 * whose claim is over.  That is also why ERR_FENCED is a retry: where it was the job's claim that
 * was lost nothing is written, and where it was something else's (a run's lease) the job must not
 * stay claimed for ever.
 */
#include "work/judge_job.h"

#include "http/backoff.h"

#define BASE_DEFAULT_MS 5000
#define CAP_DEFAULT_MS 3600000

enum reaction { TRY_AGAIN, TRY_LATER, GIVE_UP, STOPPED };

static enum reaction reaction_to(enum err_kind kind)
{
	switch (kind) {
	case ERR_NONE:
	case ERR_TRANSIENT:
	case ERR_STORE:
	case ERR_FENCED:
		return TRY_AGAIN;
	case ERR_BUSY:
	case ERR_LIMIT:
		return TRY_LATER;
	case ERR_CONFIG:
	case ERR_AUTH:
	case ERR_REMOTE:
	case ERR_MISSING:
	case ERR_USAGE:
		return GIVE_UP;
	case ERR_CANCELLED:
		return STOPPED;
	}
	return TRY_AGAIN;
}

static int64_t base_of(const struct task *t)
{
	return t->base_ms > 0 ? t->base_ms : BASE_DEFAULT_MS;
}

static struct judgement retry(const struct task *t, const struct handler_end *end, struct rng *rng)
{
	int64_t base_ms = base_of(t), cap_ms = t->cap_ms > 0 ? t->cap_ms : CAP_DEFAULT_MS;
	unsigned before = (unsigned)(end->attempt > 1 ? end->attempt - 1 : 0);
	int64_t wait_ms;

	if (t->attempts_max > 0 && end->attempt >= t->attempts_max)
		return (struct judgement){ .kind = VERDICT_DEAD };
	wait_ms = backoff_full_jitter_ms(base_ms < cap_ms ? base_ms : cap_ms, cap_ms, before, rng);
	if (wait_ms < end->retry_after_ms)
		wait_ms = end->retry_after_ms;
	return (struct judgement){ VERDICT_RETRY, wait_ms };
}

/* Snoozes are not counted, so nothing makes them rarer: never at once when nobody said how long. */
static struct judgement snooze(const struct task *t, const struct handler_end *end, struct rng *rng)
{
	int64_t half_ms = base_of(t) / 2, wait_ms = end->snooze_ms;

	if (wait_ms < 0)
		wait_ms = end->retry_after_ms;
	if (wait_ms < 0)
		wait_ms = half_ms + (int64_t)rng_below(rng, (uint64_t)half_ms + 1);
	return (struct judgement){ VERDICT_SNOOZE, wait_ms };
}

static struct judgement stopped(const struct task *t, const struct handler_end *end,
				struct rng *rng)
{
	switch (end->cause) {
	case STOP_PERSON:
		return (struct judgement){ .kind = VERDICT_CANCELLED };
	case STOP_DRAIN:
	case STOP_LOST:
		return (struct judgement){ .kind = VERDICT_RELEASED };
	case STOP_TIME:
	case STOP_NOT:
		break;
	}
	return retry(t, end, rng);
}

struct judgement job_judge(const struct task *t, const struct handler_end *end, struct rng *rng)
{
	if (end->done && end->snooze_ms >= 0)
		return snooze(t, end, rng);
	if (end->done)
		return (struct judgement){ .kind = VERDICT_DONE };
	switch (reaction_to(end->kind)) {
	case TRY_AGAIN:
		return retry(t, end, rng);
	case TRY_LATER:
		return snooze(t, end, rng);
	case STOPPED:
		return stopped(t, end, rng);
	case GIVE_UP:
		break;
	}
	return (struct judgement){ .kind = VERDICT_DEAD };
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * attempt.c - one attempt at a job, from its claim to its acknowledgement, and what its handler may
 * say about it.
 */
#include "work/crew.h"

#include <stdlib.h>

#define TEXTS_BYTES_MAX (2 * JOB_ARGS_BYTES_MAX)

void attempt_push(struct attempt_list *l, struct attempt *a)
{
	a->next = NULL;
	if (l->last)
		l->last->next = a;
	else
		l->first = a;
	l->last = a;
	l->n++;
}

struct attempt *attempt_shift(struct attempt_list *l)
{
	struct attempt *a = l->first;

	if (!a)
		return NULL;
	l->first = a->next;
	if (!l->first)
		l->last = NULL;
	l->n--;
	return a;
}

void attempt_move_all(struct attempt_list *to, struct attempt_list *from)
{
	if (!from->first)
		return;
	if (to->last)
		to->last->next = from->first;
	else
		to->first = from->first;
	to->last = from->last;
	to->n += from->n;
	*from = (struct attempt_list){ 0 };
}

struct attempt *attempt_new(void)
{
	struct attempt *a = calloc(1, sizeof(*a));

	if (!a)
		abort();
	buf_init(&a->texts, TEXTS_BYTES_MAX);
	buf_init(&a->output, JOB_ARGS_BYTES_MAX);
	return a;
}

void attempt_free(struct attempt *a)
{
	if (!a)
		return;
	buf_done(&a->texts);
	buf_done(&a->output);
	free(a);
}

/* Appends the text; where it begins is known when all of them are there. */
static void keep(struct buf *b, struct str *text)
{
	buf_add(b, *text);
}

static void point(const struct buf *b, size_t *at, struct str *text)
{
	text->at = b->at ? b->at + *at : "";
	*at += text->len;
}

void attempt_begin(struct attempt *a, const struct job *job, const struct task *task)
{
	struct str *text[] = { &a->job.task, &a->job.args,    &a->job.key,
			       &a->job.lane, &a->job.trigger, &a->job.actor };
	size_t at = 0;

	a->job = *job;
	a->task = task;
	buf_reset(&a->texts);
	buf_reset(&a->output);
	for (size_t i = 0; i < COUNT(text); i++)
		keep(&a->texts, text[i]);
	assert(!a->texts.failed);
	for (size_t i = 0; i < COUNT(text); i++)
		point(&a->texts, &at, text[i]);
	a->verdict = (struct verdict){ .fence = job->fence };
	a->failure = (struct err){ 0 };
	a->ending = (struct handler_end){ .attempt = job->fence.attempt,
					  .snooze_ms = -1,
					  .retry_after_ms = -1 };
	a->began_ms = a->ran_ms = a->told_ms = 0;
}

void attempt_judge(struct attempt *a, struct judgement j, const char *says)
{
	if (says)
		err_set(&a->failure, ERR_CANCELLED, "%s", says);
	a->verdict.kind = j.kind;
	a->verdict.wait_ms = j.wait_ms;
	a->verdict.output = buf_str(&a->output);
	a->verdict.error = j.kind == VERDICT_DONE ? STR("") : str_from(a->failure.text);
}

/* ---- for handlers ---- */

static struct attempt *attempt_of(const struct job_run *r)
{
	return CONTAINER(r->verdict, struct attempt, verdict);
}

void job_output(struct job_run *r, struct str json)
{
	struct buf *output = &attempt_of(r)->output;

	buf_reset(output);
	buf_add(output, json);
	if (!output->failed)
		return;
	buf_reset(output);
	buf_add(output, STR("{\"dropped\":\"the output was too long\"}"));
}

void job_snooze(struct job_run *r, int64_t wait_ms, const char *why)
{
	struct attempt *a = attempt_of(r);

	a->ending.snooze_ms = wait_ms > 0 ? wait_ms : 0;
	err_set(&a->failure, ERR_BUSY, "%s", why);
}

void job_retry_after(struct job_run *r, int64_t wait_ms)
{
	attempt_of(r)->ending.retry_after_ms = wait_ms > 0 ? wait_ms : 0;
}

/* On the handler's own connection: anyone else would wait for the row that its fence_hold() has. */
void job_progress_now(struct job_run *r, struct str json)
{
	struct attempt *a = attempt_of(r);
	struct err e;

	a->told_ms = clock_steady_ms(r->clock);
	/* What a person sees may be late; a lost fence is found where something is written. */
	(void)!queue_progress(r->db, &a->job.fence, json, &e);
}

bool job_progress(struct job_run *r, struct str json)
{
	const struct attempt *a = attempt_of(r);

	if (a->told_ms && clock_steady_ms(r->clock) - a->told_ms < 1000)
		return false;
	job_progress_now(r, json);
	return true;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* errand.c - a job that a caller waits for. */
#include "service/errand.h"

#include "api/api.h"
#include "data/json.h"
#include "service/service.h"

#include <stdatomic.h>

#define LOOK_MS 50
#define LOOK_BYTES_MAX ((size_t)1024 * 1024)

_Static_assert(ERRANDS_WAITING_MAX < API_HANDLERS, "a slow vendor must not keep all handlers");

static atomic_int waiting;

int64_t errand_wait_begin(int64_t wait_ms)
{
	return atomic_fetch_add(&waiting, 1) < ERRANDS_WAITING_MAX ? wait_ms : 0;
}

void errand_wait_end(void)
{
	atomic_fetch_sub(&waiting, 1);
}

static bool is_over(const struct job_row *j)
{
	return !str_eq(j->status, STR("pending")) && !str_eq(j->status, STR("running"));
}

/* The texts live as long as `a`. */
static bool look(struct call *c, struct arena *a, int64_t id, struct job_row *out, struct err *e)
{
	struct job_filter f = { .id = id, .limit = 1 };
	struct job_row *row;
	int64_t total;
	size_t n;

	if (!queue_list(c->db, a, &f, &row, &n, &total, e))
		return false;
	if (n == 0)
		return err_set(e, ERR_MISSING, "the job is gone");
	*out = row[0];
	return true;
}

static bool is_waited_for(struct call *c, int64_t id, bool *over, struct err *e)
{
	AUTO_ARENA *a = arena_new("look", LOOK_BYTES_MAX);
	struct job_row row;

	if (!look(c, a, id, &row, e))
		return false;
	*over = is_over(&row);
	return true;
}

bool errand_wait(struct call *c, int64_t job, int64_t wait_ms, struct errand_outcome *out,
		 struct err *e)
{
	int64_t until_ms = clock_steady_ms(c->clock) + wait_ms;
	struct job_row row;

	*out = (struct errand_outcome){ .job = job, .output = UNDEFINED };
	for (;;) {
		if (!is_waited_for(c, job, &out->over, e))
			return false;
		if (out->over || clock_steady_ms(c->clock) >= until_ms)
			break;
		if (!clock_sleep(c->clock, LOOK_MS, NULL, e))
			return false;
	}
	if (!look(c, c->arena, job, &row, e))
		return false;
	out->over = is_over(&row);
	out->ok = str_eq(row.status, STR("succeeded"));
	out->error = row.error;
	out->output = json_value(c->arena, row.output);
	return true;
}

bool errand_do(struct call *c, const struct errand *j, struct errand_outcome *out, struct err *e)
{
	struct job_draft draft = { .task = j->task,
				   .args = j->args,
				   .unique = j->key.len ? JOB_ONE_WAITING : JOB_ANY,
				   .key = j->key,
				   .lane = j->lane,
				   .trigger = STR("api"),
				   .actor = c->who.name };
	struct job_ticket ticket;

	if (!queue_add(c->db, &draft, &ticket, e))
		return false;
	service_wake(c->arg);
	return errand_wait(c, ticket.id, j->wait_ms, out, e);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* errand_answer.c - a route's job, waited for, and its output as the answer. */
#include "pti/errand_answer.h"

#include "base/log.h"
#include "data/json.h"
#include "service/errand.h"

#define ARGS_BYTES_MAX ((size_t)16 * 1024)

/* Codes whose text is whole and whose status is their own, whatever the route. */
static const struct {
	const char *code;
	int status;
} whole[] = { { "no_player", 404 }, { "not_linked", 400 }, { "unlinked", 409 } };

static bool answer_fault(struct call *c, const struct errand_wish *w, struct value output)
{
	struct str code = value_get_text(output, "code"), error = value_get_text(output, "error");
	const char *name = str_keep(c->arena, code).at;

	for (size_t i = 0; i < COUNT(whole); i++)
		if (str_eq(code, str_from(whole[i].code)))
			return call_problem(c, whole[i].status, name, error, UNDEFINED);
	return call_problem(c, w->failed, name,
			    str_printf(c->arena, "%s: %.*s", w->says, STR_ARG(error)), UNDEFINED);
}

static bool answer_later(struct call *c, int64_t job, struct err *e)
{
	struct value map = value_map_new(c->arena);

	view_text(c->arena, map, "job", view_id(c->arena, job));
	view_text(c->arena, map, "status", STR("running"));
	view_text(c->arena, map, "message", STR("It takes longer; look at the status later."));
	return call_status_json(c, 202, map, e);
}

static bool do_waiting(struct call *c, struct errand *job, struct errand_outcome *out,
		       struct err *e)
{
	bool ok;

	job->wait_ms = errand_wait_begin(ERRAND_WAIT_MS);
	ok = errand_do(c, job, out, e);
	errand_wait_end();
	return ok;
}

bool errand_answer(struct call *c, const struct errand_wish *w, struct err *e)
{
	struct errand job = { .task = str_from(w->task) };
	struct errand_outcome o;
	struct value success;
	struct buf b;

	buf_in(&b, c->arena, ARGS_BYTES_MAX);
	if (!json_write(&b, w->args, e))
		return false;
	job.args = buf_str(&b);
	job.key =
		str_printf(c->arena, "%s:%.*s:%.*s", w->task, STR_ARG(w->player), STR_ARG(w->key));
	if (w->player.len > 0)
		job.lane = str_printf(c->arena, "pti:player:%.*s", STR_ARG(w->player));
	if (!do_waiting(c, &job, &o, e))
		return false;
	if (!o.over)
		return answer_later(c, o.job, e);
	success = value_get(o.output, STR("success"));
	if (o.ok && success.kind == VALUE_BOOL)
		return success.b ? call_json(c, o.output, e) : answer_fault(c, w, o.output);
	log_warn("%s: %.*s", w->task, STR_ARG(o.error));
	return call_problem(
		c, w->failed, "failed",
		str_printf(c->arena, "%s: something went wrong here, try again later", w->says),
		UNDEFINED);
}

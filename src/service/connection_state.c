/* SPDX-License-Identifier: Apache-2.0 */
/* connection_state.c - how a connection stands.  Pure. */
#include "service/connection_state.h"

#include "data/moment.h"

const char *connection_state_name(enum connection_state s)
{
	static const char *const name[] = {
		[CONNECTION_OK] = "ok",
		[CONNECTION_RUNNING] = "running",
		[CONNECTION_ATTENTION] = "attention",
		[CONNECTION_STOPPED] = "stopped",
		[CONNECTION_FAILING] = "failing",
		[CONNECTION_OFF] = "off",
	};

	return name[s];
}

static bool is_late(const struct connection_facts *f)
{
	int64_t late_ms = f->now_ms - f->last_success_ms - f->due_every_ms;
	int64_t grace_ms =
		f->due_every_ms > CONNECTION_GRACE_MS ? f->due_every_ms : CONNECTION_GRACE_MS;

	return f->due_every_ms && f->last_success_ms && late_ms > grace_ms;
}

static void say(struct connection_verdict *v, enum connection_state state, struct str reason,
		struct str next)
{
	*v = (struct connection_verdict){ state, reason, next };
}

static void judge_late(struct arena *a, const struct connection_facts *f,
		       struct connection_verdict *out)
{
	/* The text of a span ends at its NUL; the arena keeps several. */
	struct str ago = span_text(a, f->now_ms - f->last_success_ms);
	struct str every = span_text(a, f->due_every_ms);

	say(out, CONNECTION_ATTENTION,
	    str_printf(a, "The last success was %.*s ago; one is due every %.*s.", STR_ARG(ago),
		       STR_ARG(every)),
	    STR("Sync it now, and see whether a worker runs."));
}

/* What to do about a run that went wrong: nothing, where a job tries it again. */
static struct str what_next(struct arena *a, const struct connection_facts *f, struct str otherwise)
{
	struct str in = span_text(a, f->again_ms - f->now_ms);

	if (f->again_ms <= f->now_ms)
		return otherwise;
	return str_printf(a, "It goes on by itself in %.*s, as job %lld.", STR_ARG(in),
			  (long long)f->again_job);
}

/* The last run that is over: an error is failing, a part is for a person to look at. */
static bool judge_last(struct arena *a, const struct connection_facts *f,
		       struct connection_verdict *out)
{
	const struct run_log *r = f->last;

	if (!r || (r->status != RUN_ERROR && r->status != RUN_PARTIAL))
		return false;
	if (r->status == RUN_ERROR)
		say(out, CONNECTION_FAILING,
		    str_printf(a, "The last run failed: %.*s",
			       STR_ARG(r->error.len ? r->error : STR("nobody said why."))),
		    what_next(a, f, STR("Test the connection, then sync it again.")));
	else if (r->error.len)
		say(out, CONNECTION_ATTENTION,
		    str_printf(a, "The last run is not complete: %.*s", STR_ARG(r->error)),
		    what_next(a, f, STR("The next run goes on where it ended.")));
	else if (f->quarantined)
		say(out, CONNECTION_ATTENTION,
		    str_printf(a, "%lld record%s could not be stored.", (long long)f->quarantined,
			       f->quarantined == 1 ? "" : "s"),
		    STR("Look at the quarantine; every run tries them again."));
	else
		say(out, CONNECTION_ATTENTION, STR("The last run is not complete."),
		    STR("Look at the run; the next one goes on where it ended."));
	return true;
}

static void judge_health(struct arena *a, const struct connection_facts *f,
			 struct connection_verdict *out)
{
	if (f->token_problem.len)
		say(out, CONNECTION_ATTENTION,
		    str_printf(a, "A person must allow the access again: %.*s",
			       STR_ARG(f->token_problem)),
		    str_printf(a, "Sign in at the vendor, or `lockstep connect %.*s`.",
			       STR_ARG(f->name)));
	else if (f->held)
		say(out, CONNECTION_ATTENTION,
		    str_printf(a, "Table %.*s is held by %.*s: %.*s, expected %.*s.",
			       STR_ARG(f->held->table), STR_ARG(f->held->check),
			       STR_ARG(f->held->seen), STR_ARG(f->held->expected)),
		    STR("Look at it, then release it once or for good."));
	else if (f->trouble.len)
		say(out, CONNECTION_ATTENTION, f->trouble, f->trouble_next);
	else if (!judge_last(a, f, out) && is_late(f))
		judge_late(a, f, out);
}

void connection_judge(struct arena *a, const struct connection_facts *f,
		      struct connection_verdict *out)
{
	*out = (struct connection_verdict){ CONNECTION_OK, STR(""), STR("") };
	if (f->stopped) {
		say(out, CONNECTION_STOPPED,
		    f->stopped->reason.len
			    ? str_printf(a, "Stopped by %.*s: %.*s", STR_ARG(f->stopped->actor),
					 STR_ARG(f->stopped->reason))
			    : str_printf(a, "Stopped by %.*s.", STR_ARG(f->stopped->actor)),
		    STR("Restart it when it may go on."));
		return;
	}
	if (f->off) {
		say(out, CONNECTION_OFF, STR("It is switched off in the plan."),
		    STR("Switch it on there, then let the server read the plan again."));
		return;
	}
	judge_health(a, f, out);
	if (f->running)
		out->state = CONNECTION_RUNNING;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* ask.c - one request of a stream, put together as a run's first page, and its whole answer. */
#include "flow/ask.h"

#include "flow/partition.h"

/* The partition's option, for a stream that takes its partitions from a list. */
static bool inject_slice(const struct stream *st, struct value slice, struct draft *d,
			 const struct scope *scope, struct err *e)
{
	struct partition p = { .slice = slice };

	for (size_t i = 0; i < st->routers; i++) {
		const struct router *r = &st->router[i];
		struct str field;

		if (r->kind != ROUTER_LIST || !r->has_option)
			continue;
		if (!slot_text(&r->cursor_field, scope, &field, e))
			return false;
		p.option[p.options++] =
			(struct partition_option){ &r->option, value_get(slice, field) };
		assert(p.options < COUNT(p.option));
	}
	return partition_inject(&p, d, scope, e);
}

/* Everything that the answer's window says but its beginning is left away. */
static bool inject_since(const struct question *q, struct draft *d, struct scope *scope,
			 struct err *e)
{
	struct windows windows = { .cursor = q->stream->cursor, .start_us = q->since_us };
	struct window window = { .bounded = true, .start_us = q->since_us };
	struct datetime_cursor only_start;

	if (q->since_us == NO_TIME || !windows.cursor)
		return true;
	only_start = *windows.cursor;
	only_start.has_end_option = false;
	windows.cursor = &only_start;
	return window_inject(&windows, &window, d, scope, e);
}

static bool ask_draft(const struct question *q, struct draft *d, struct scope *scope, struct err *e)
{
	const struct stream *st = q->stream;

	scope->variable[VAR_STREAM_SLICE] = q->slice;
	scope->variable[VAR_STREAM_PARTITION] = q->slice;
	scope->variable[VAR_STREAM_INTERVAL] = q->slice;
	return draft_fill(d, &st->requester, scope, e) && inject_since(q, d, scope, e) &&
	       inject_slice(st, q->slice, d, scope, e);
}

bool ask(struct session *s, const struct question *q, struct arena *a, struct reply *out,
	 struct err *e)
{
	struct scope scope = session_scope(s, a);
	struct draft *d = arena_new_struct(a, struct draft);
	struct exchange x = { 0 };
	struct answer answer = { 0 };
	bool ok;

	*out = (struct reply){ .body = UNDEFINED };
	ok = ask_draft(q, d, &scope, e) && exchange_start(s, &q->stream->requester, d, a, &x, e) &&
	     exchange_finish(s, &x, &answer, e);
	out->status = x.status;
	out->text = x.body;
	if (!ok)
		return err_wrap(e, "stream '%.*s'", STR_ARG(q->stream->name));
	if (answer.kind == ANSWER_RESET)
		return err_set(e, ERR_TRANSIENT,
			       "stream '%.*s': the vendor asks to begin the pages anew",
			       STR_ARG(q->stream->name));
	out->ignored = answer.kind == ANSWER_IGNORED;
	if (!out->ignored)
		out->body = answer.body;
	return true;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* ask.c - one request of a stream outside a run. */
#include "flow/ask.h"

/* Of several parents the first that names the field has the say, as in partitions_next(). */
static bool parent_inject(const struct router *r, struct value slice, struct draft *d,
			  const struct scope *scope, struct err *e)
{
	for (size_t i = 0; i < r->parents; i++) {
		struct str field;
		struct value v;

		if (!slot_text(&r->parent[i].partition_field, scope, &field, e))
			return false;
		v = value_get(slice, field);
		if (r->parent[i].has_option && v.kind != VALUE_UNDEFINED)
			return draft_inject(d, &r->parent[i].option, v, scope, e);
	}
	return true;
}

static bool slice_inject(const struct stream *st, struct value slice, struct draft *d,
			 const struct scope *scope, struct err *e)
{
	for (size_t i = 0; i < st->routers; i++) {
		const struct router *r = &st->router[i];
		struct str field;

		if (r->kind == ROUTER_SUBSTREAM) {
			if (!parent_inject(r, slice, d, scope, e))
				return false;
			continue;
		}
		if (!slot_text(&r->cursor_field, scope, &field, e))
			return false;
		/* Without it the vendor would be asked for everybody. */
		assert(value_get(slice, field).kind != VALUE_UNDEFINED);
		if (r->has_option &&
		    !draft_inject(d, &r->option, value_get(slice, field), scope, e))
			return false;
	}
	return true;
}

/* The vendor is told where to begin, and no end: what it has by now is wanted too. */
static bool draft_of(const struct question *q, struct scope *scope, struct draft *d, struct err *e)
{
	struct datetime_cursor only_start;
	struct value slice = value_map_copy(scope->arena, q->slice);
	struct windows windows = { .cursor = q->stream->cursor,
				   .start_us = q->since_us,
				   .end_us = clock_wall_ms(scope->clock) * 1000 };
	struct window window = { .bounded = windows.cursor && q->since_us != NO_TIME,
				 .start_us = windows.start_us,
				 .end_us = windows.end_us };

	if (!window_slice(&windows, &window, slice, scope, e))
		return false;
	scope->variable[VAR_STREAM_SLICE] = slice;
	scope->variable[VAR_STREAM_PARTITION] = slice;
	scope->variable[VAR_STREAM_INTERVAL] = slice;
	if (windows.cursor) {
		only_start = *windows.cursor;
		only_start.has_end_option = false;
		windows.cursor = &only_start;
	}
	return draft_fill(d, &q->stream->requester, scope, e) &&
	       window_inject(&windows, &window, d, scope, e) &&
	       slice_inject(q->stream, q->slice, d, scope, e);
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
	ok = draft_of(q, &scope, d, e) && exchange_start(s, &q->stream->requester, d, a, &x, e);
	x.raw = q->raw;
	ok = ok && exchange_finish(s, &x, &answer, e);
	out->status = x.status;
	out->text = x.body;
	out->wait_ms = x.wait_ms;
	if (ok && answer.kind == ANSWER_RESET)
		ok = err_set(e, ERR_TRANSIENT, "the vendor asks to begin the pages anew");
	if (!ok)
		return err_wrap(e, "stream '%.*s'", STR_ARG(q->stream->name));
	out->ignored = answer.kind == ANSWER_IGNORED;
	if (!out->ignored)
		out->body = answer.body;
	return true;
}

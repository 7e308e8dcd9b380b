/* SPDX-License-Identifier: Apache-2.0 */
/* cursor.c - windows of time over a stream. */
#include "flow/cursor.h"

static bool bound(const struct datetime_cursor *c, const struct moment_bound *b,
		  const struct slot *slot, const struct scope *scope, int64_t *out_us,
		  struct err *e)
{
	struct str text, format = b->format.len ? b->format : c->format;
	struct value v, at;
	struct err first;

	if (!slot_value(slot, scope, &v, e))
		return false;
	if (v.kind == VALUE_TIME) {
		*out_us = v.us;
		return true;
	}
	if (!slot_render(slot, scope, &text, e))
		return false;
	if (!moment_parse_as(text, format, &at, &first) && !moment_parse(text, &at, e))
		return err_wrap(e, "%.*s", STR_ARG(slot->where));
	*out_us = at.us;
	return true;
}

static bool bound_of(const struct datetime_cursor *c, const struct moment_bound *b,
		     const struct scope *scope, int64_t *out_us, struct err *e)
{
	int64_t us, limit;

	if (!bound(c, b, &b->datetime, scope, &us, e))
		return false;
	if (b->min.template) {
		if (!bound(c, b, &b->min, scope, &limit, e))
			return false;
		us = us < limit ? limit : us;
	}
	if (b->max.template) {
		if (!bound(c, b, &b->max, scope, &limit, e))
			return false;
		us = us > limit ? limit : us;
	}
	*out_us = us;
	return true;
}

static bool slot_duration(const struct slot *s, const struct scope *scope, struct duration *out,
			  struct err *e)
{
	struct str text;

	*out = (struct duration){ 0 };
	if (!s->template)
		return true;
	if (!slot_render(s, scope, &text, e))
		return false;
	return text.len == 0 || duration_parse(text, out, e) ||
	       err_wrap(e, "%.*s", STR_ARG(s->where));
}

bool windows_open(const struct stream *st, int64_t since_us, const struct scope *scope,
		  struct windows *out, struct err *e)
{
	const struct datetime_cursor *c = st->cursor;
	struct windows w = { .cursor = c };
	struct duration lookback;

	if (!c) {
		*out = w;
		return true;
	}
	w.end_us = clock_wall_ms(scope->clock) * 1000;
	if (!bound_of(c, &c->start, scope, &w.start_us, e) ||
	    (c->end.datetime.template && !bound_of(c, &c->end, scope, &w.end_us, e)) ||
	    !slot_duration(&c->step, scope, &w.step, e) ||
	    !slot_duration(&c->lookback, scope, &lookback, e))
		return err_wrap(e, "stream '%.*s', cursor", STR_ARG(st->name));
	if (since_us != NO_TIME)
		since_us = moment_add(since_us, lookback, -1);
	if (since_us != NO_TIME && since_us > w.start_us)
		w.start_us = since_us;
	if (w.start_us > w.end_us)
		w.end_us = w.start_us;
	*out = w;
	return true;
}

static bool has_step(const struct windows *w)
{
	return w->cursor && (w->step.months > 0 || w->step.us > 0);
}

struct window windows_at(const struct windows *w, int64_t start_us)
{
	struct window window = { .bounded = w->cursor != NULL, start_us, w->end_us };
	int64_t end_us;

	if (!has_step(w))
		return window;
	end_us = moment_add(moment_add(start_us, w->step, 1), w->cursor->granularity, -1);
	if (end_us < w->end_us && end_us >= start_us)
		window.end_us = end_us;
	return window;
}

int64_t windows_after(const struct windows *w, const struct window *window)
{
	int64_t next;

	if (!has_step(w) || window->end_us >= w->end_us)
		return NO_TIME;
	next = moment_add(window->end_us, w->cursor->granularity, 1);
	return next > window->start_us ? next : NO_TIME;
}

static bool format_time(const struct windows *w, int64_t us, const struct scope *scope,
			struct str *out, struct err *e)
{
	struct value at = { .kind = VALUE_TIME, .has_offset = true, .us = us };

	return moment_format(scope->arena, at, w->cursor->format, out, e);
}

bool window_slice(const struct windows *w, const struct window *window, struct value slice,
		  const struct scope *scope, struct err *e)
{
	struct str start, end;

	if (!window->bounded)
		return true;
	if (!format_time(w, window->start_us, scope, &start, e) ||
	    !format_time(w, window->end_us, scope, &end, e))
		return false;
	value_map_set(scope->arena, slice, w->cursor->start_field, value_str(start));
	value_map_set(scope->arena, slice, w->cursor->end_field, value_str(end));
	return true;
}

bool window_inject(const struct windows *w, const struct window *window, struct draft *d,
		   const struct scope *scope, struct err *e)
{
	struct str text;

	if (!window->bounded)
		return true;
	if (w->cursor->has_start_option) {
		if (!format_time(w, window->start_us, scope, &text, e) ||
		    !draft_inject(d, &w->cursor->start_option, value_str(text), scope, e))
			return false;
	}
	if (w->cursor->has_end_option) {
		if (!format_time(w, window->end_us, scope, &text, e) ||
		    !draft_inject(d, &w->cursor->end_option, value_str(text), scope, e))
			return false;
	}
	return true;
}

int64_t record_time(const struct datetime_cursor *c, struct value record, const struct scope *scope)
{
	struct value v, at;
	struct str field, text;
	struct err unsaid;

	if (!slot_text(&c->cursor_field, scope, &field, &unsaid))
		return NO_TIME;
	v = value_get(record, field);
	if (value_is_nothing(v) || !value_as_text(scope->arena, v, &text, &unsaid))
		return NO_TIME;
	for (size_t i = 0; i < c->input_formats; i++)
		if (moment_parse_as(text, c->input_format[i], &at, &unsaid))
			return at.us;
	if (moment_parse_as(text, c->format, &at, &unsaid) || moment_parse(text, &at, &unsaid))
		return at.us;
	return NO_TIME;
}

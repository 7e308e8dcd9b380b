/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fn_time.c - what is done with times, dates and spans of time.
 */
#include "expr/functions.h"
#include "data/moment.h"
#include "data/zone.h"

#define DAY_US ((int64_t)86400 * US_PER_S)
#define ZONE_ROOM ((size_t)1024 * 1024) /* the largest zone takes less */
#define DAYS_MAX 4000000                /* more than there are between the years 1 and 9999 */

static struct value now(const struct eval *ev)
{
	assert(ev->c->clock);
	return (struct value){ .kind = VALUE_TIME,
			       .has_offset = true,
			       .us = clock_wall_ms(ev->c->clock) * 1000 };
}

static struct value date_of(struct value time)
{
	int64_t local = time.us + (int64_t)time.offset_s * US_PER_S, rest = local % DAY_US;

	return (struct value){ .kind = VALUE_TIME,
			       .shape = SHAPE_DATE,
			       .us = local - rest - (rest < 0 ? DAY_US : 0) };
}

/* A text, read as ISO 8601, or a time; in UTC. */
static bool time_of(struct eval *ev, struct value v, struct value *out)
{
	struct value time = v;

	if (v.kind != VALUE_STR && v.kind != VALUE_TIME)
		return eval_wrong_type(ev, "reading a time", v);
	/* The text may hold anything: it stays out of the message. */
	if (v.kind == VALUE_STR && !moment_parse(v.s, &time, ev->e))
		return eval_fail(ev, ERR_REMOTE, "the text is not a time");
	time.offset_s = 0;
	time.has_offset = true;
	time.shape = SHAPE_PLAIN;
	*out = time;
	return true;
}

static bool formatted(struct eval *ev, struct value time, struct str format, struct value *out)
{
	struct str text;

	if (!eval_room(ev, 64 * format.len + 256))
		return false;
	if (!moment_format(ev->a, time, format, &text, ev->e))
		return eval_where(ev);
	*out = value_str(text);
	return true;
}

bool function_now_utc(struct eval *ev, const struct args *in, struct value *out)
{
	(void)in;
	*out = now(ev);
	return true;
}

bool function_today_utc(struct eval *ev, const struct args *in, struct value *out)
{
	(void)in;
	*out = date_of(now(ev));
	return true;
}

/* Reads the zone's file each time: no connector asks this often. */
bool function_today_with_timezone(struct eval *ev, const struct args *in, struct value *out)
{
	struct value time = now(ev);
	const struct zone *zone = NULL;
	struct str name;

	if (!args_text(ev, in, 0, STR(""), &name) || !eval_room(ev, ZONE_ROOM))
		return false;
	if (!zone_load(ev->a, name, &zone, ev->e))
		return eval_fail(ev, ERR_REMOTE, "there is no such time zone");
	time.offset_s = zone_offset_s(zone, time.us);
	*out = date_of(time);
	return true;
}

bool function_str_to_datetime(struct eval *ev, const struct args *in, struct value *out)
{
	return time_of(ev, in->at[0], out);
}

static double seconds_of(struct value time)
{
	return (double)time.us / (double)US_PER_S;
}

bool function_timestamp(struct eval *ev, const struct args *in, struct value *out)
{
	struct args whole = { .self = in->at[0] };
	struct value time;

	if (value_is_number(in->at[0]))
		return filter_int(ev, &whole, out);
	if (!time_of(ev, in->at[0], &time))
		return false;
	*out = value_float(seconds_of(time));
	return true;
}

bool function_day_delta(struct eval *ev, const struct args *in, struct value *out)
{
	struct value time = now(ev);
	struct number n = number_of(in->at[0]);
	struct str format;
	double us;

	if (!args_text(ev, in, 1, STR("%Y-%m-%dT%H:%M:%S.%f%z"), &format))
		return false;
	if (n.class != NUMBER_INT && n.class != NUMBER_FLOAT)
		return eval_wrong_type(ev, "a number of days", in->at[0]);
	us = number_double(n) * (double)DAY_US;
	if (!(us > -DAYS_MAX * (double)DAY_US && us < DAYS_MAX * (double)DAY_US))
		return eval_fail(ev, ERR_REMOTE, "the time is out of range");
	time.us += (int64_t)us;
	if (time.us < MOMENT_MIN_US || time.us > MOMENT_MAX_US)
		return eval_fail(ev, ERR_REMOTE, "the time is out of range");
	return formatted(ev, time, format, out);
}

bool function_duration(struct eval *ev, const struct args *in, struct value *out)
{
	struct duration d;

	if (in->at[0].kind != VALUE_STR)
		return eval_wrong_type(ev, "reading a span of time", in->at[0]);
	if (!duration_parse(in->at[0].s, &d, ev->e))
		return eval_fail(ev, ERR_REMOTE, "the text is not an ISO 8601 duration");
	*out = (struct value){ .kind = VALUE_SPAN, .offset_s = d.months, .us = d.us };
	return true;
}

bool function_format_datetime(struct eval *ev, const struct args *in, struct value *out)
{
	struct value time = in->at[0];
	struct str format, input;

	if (!args_text(ev, in, 1, STR(""), &format) || !args_text(ev, in, 2, STR(""), &input))
		return false;
	if (time.kind == VALUE_INT && time.i > MOMENT_MIN_US / US_PER_S &&
	    time.i < MOMENT_MAX_US / US_PER_S && input.len == 0) {
		time = (struct value){ .kind = VALUE_TIME,
				       .has_offset = true,
				       .us = time.i * US_PER_S };
	} else if (time.kind == VALUE_STR && input.len > 0) {
		if (!moment_parse_as(in->at[0].s, input, &time, ev->e)) {
			return ev->e->kind == ERR_CONFIG
				       ? eval_where(ev)
				       : eval_fail(ev, ERR_REMOTE, "the text is not such a time");
		}
	} else if (time.kind != VALUE_TIME && !time_of(ev, in->at[0], &time)) {
		return false;
	}
	return formatted(ev, time, format, out);
}

bool method_strftime(struct eval *ev, const struct args *in, struct value *out)
{
	struct str format;

	return args_text(ev, in, 0, STR(""), &format) && formatted(ev, in->self, format, out);
}

bool method_isoformat(struct eval *ev, const struct args *in, struct value *out)
{
	struct buf b;

	eval_buf(ev, &b);
	if (!eval_add_str(ev, &b, in->self))
		return false;
	if (in->self.shape != SHAPE_DATE && !b.failed)
		*strchr(b.at, ' ') = 'T';
	return eval_text(ev, &b, out);
}

bool method_date(struct eval *ev, const struct args *in, struct value *out)
{
	(void)ev;
	*out = date_of(in->self);
	return true;
}

bool method_timestamp(struct eval *ev, const struct args *in, struct value *out)
{
	if (in->self.shape == SHAPE_DATE)
		return eval_undefined(ev);
	*out = value_float(seconds_of(in->self));
	return true;
}

static int64_t weekday(struct value time)
{
	return civil_weekday(civil_from_us(date_of(time).us));
}

bool method_weekday(struct eval *ev, const struct args *in, struct value *out)
{
	(void)ev;
	*out = value_int(weekday(in->self));
	return true;
}

bool method_isoweekday(struct eval *ev, const struct args *in, struct value *out)
{
	(void)ev;
	*out = value_int(weekday(in->self) + 1);
	return true;
}

bool method_time_replace(struct eval *ev, const struct args *in, struct value *out)
{
	struct value time = in->self;
	struct civil c = civil_from_us(time.us + (int64_t)time.offset_s * US_PER_S);
	int *const field[] = { &c.year, &c.month, &c.day, &c.hour, &c.minute, &c.second, &c.us };
	int64_t n;

	for (size_t i = 0; i < COUNT(field); i++) {
		if (!args_int(ev, in, i, *field[i], &n))
			return false;
		*field[i] = n < 0 || n > 999999 ? -1 : (int)n;
	}
	if (!civil_valid(c))
		return eval_fail(ev, ERR_REMOTE, "there is no such date or time");
	time.us = civil_to_us(c) - (int64_t)time.offset_s * US_PER_S;
	*out = time;
	return true;
}

bool method_total_seconds(struct eval *ev, const struct args *in, struct value *out)
{
	if (in->self.offset_s != 0)
		return eval_undefined(ev);
	*out = value_float(seconds_of(in->self));
	return true;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* t_cursor.c - windows of time. */
#include "flow/cursor.h"
#include "piece.h"
#include "tap.h"

#define CURSOR(more)                                                                             \
	"incremental_sync: {type: DatetimeBasedCursor, cursor_field: updated_at, "               \
	"start_datetime: '2026-01-10', " more                                                    \
	" start_time_option: {type: RequestOption, inject_into: request_parameter, field_name: " \
	"since}}"
#define DAYS "datetime_format: '%Y-%m-%d',"
#define MONTHS DAYS "end_datetime: '2026-03-20', step: P1M, cursor_granularity: P1D,"

static struct piece p;

static void given(const char *stream)
{
	struct piece_parts parts = { .stream = stream };

	piece_open(&p, &parts);
}

/* All windows as "start..end start..end", in the cursor's format. */
static const char *windows(const char *since)
{
	struct windows w;
	struct window window;
	struct err e;
	struct buf b;
	int64_t at;

	buf_in(&b, p.a, 65536);
	if (!windows_open(p.stream, since ? piece_us(since) : NO_TIME, &p.scope, &w, &e))
		return str_keep(p.a, str_from(e.text)).at;
	for (at = w.start_us; at != NO_TIME; at = windows_after(&w, &window)) {
		struct value slice = value_map_new(p.a);

		window = windows_at(&w, at);
		if (!window_slice(&w, &window, slice, &p.scope, &e))
			return str_keep(p.a, str_from(e.text)).at;
		buf_printf(&b, "%s%.*s..%.*s", b.len ? " " : "",
			   STR_ARG(value_get(slice, STR("start_time")).s),
			   STR_ARG(value_get(slice, STR("end_time")).s));
	}
	return buf_str(&b).at;
}

static void months_are_calendar_months(void)
{
	given(CURSOR(MONTHS));
	IS(windows(NULL), "2026-01-10..2026-02-09 2026-02-10..2026-03-09 2026-03-10..2026-03-20",
	   "as the reference cuts them");
	IS(windows("2026-03-01"), "2026-03-01..2026-03-20", "from where the last pass stood");
	IS(windows("2025-12-01"),
	   "2026-01-10..2026-02-09 2026-02-10..2026-03-09 2026-03-10..2026-03-20",
	   "never before the start");
	IS(windows("2026-04-20"), "2026-04-20..2026-04-20", "never backwards");
	piece_close(&p);
}

static void windows_touch_without_overlap(void)
{
	given(CURSOR("datetime_format: '%Y-%m-%dT%H:%M:%SZ', end_datetime: '2026-01-10T02:30:00Z', "
		     "step: PT1H, cursor_granularity: PT1S,"));
	IS(windows(NULL),
	   "2026-01-10T00:00:00Z..2026-01-10T00:59:59Z "
	   "2026-01-10T01:00:00Z..2026-01-10T01:59:59Z "
	   "2026-01-10T02:00:00Z..2026-01-10T02:30:00Z",
	   "the granularity lies between them");
	piece_close(&p);
}

static void without_a_step_there_is_one_window_until_now(void)
{
	given(CURSOR(DAYS));
	IS(windows(NULL), "2026-01-10..2026-03-01", "from the start");
	IS(windows("2026-02-20"), "2026-02-20..2026-03-01", "from the last");
	piece_close(&p);
	given("primary_key: [id]");
	struct windows w;
	struct err e;
	OK(windows_open(p.stream, NO_TIME, &p.scope, &w, &e) && !windows_at(&w, 0).bounded &&
		   windows_after(&w, &(struct window){ 0 }) == NO_TIME,
	   "without a cursor: one without bounds");
	piece_close(&p);
}

static void lookback_goes_back_but_not_before_the_start(void)
{
	given(CURSOR(DAYS "lookback_window: P10D,"));
	IS(windows("2026-02-20"), "2026-02-10..2026-03-01", "ten days");
	IS(windows("2026-01-15"), "2026-01-10..2026-03-01", "not before the start");
	IS(windows(NULL), "2026-01-10..2026-03-01", "the first time there is nothing to go back");
	piece_close(&p);
}

static void the_request_says_the_window_in_the_cursors_format(void)
{
	struct draft d = { .method = "GET", .url = STR("https://things.example/a") };
	struct windows w;
	struct window window;
	struct err e;

	given(CURSOR("datetime_format: '%s', end_time_option: {type: RequestOption, inject_into: "
		     "header, field_name: X-Until}, end_datetime: '2026-01-11',"));
	OK(windows_open(p.stream, NO_TIME, &p.scope, &w, &e), "opened");
	window = windows_at(&w, w.start_us);
	OK(window_inject(&w, &window, &d, &p.scope, &e), "injected");
	OK(d.params == 1 && str_eq(d.param[0].name, STR("since")) &&
		   str_eq(d.param[0].value, STR("1768003200")),
	   "start");
	OK(d.headers == 1 && str_eq(d.header[0].value, STR("1768089600")), "end");
	piece_close(&p);
}

static const char *time_of(const char *record)
{
	return piece_time(&p, record_time(p.stream->cursor, piece_value(&p, record), &p.scope));
}

static void a_records_time_is_read_in_every_format_in_order(void)
{
	given(CURSOR("datetime_format: '%Y-%m-%dT%H:%M:%SZ', cursor_datetime_formats: "
		     "['%d.%m.%Y', '%s'],"));
	IS(time_of("{\"updated_at\": \"03.02.2026\"}"), "2026-02-03T00:00:00Z", "the first");
	IS(time_of("{\"updated_at\": 1768003200}"), "2026-01-10T00:00:00Z", "the second, a number");
	IS(time_of("{\"updated_at\": \"2026-02-03T04:05:06Z\"}"), "2026-02-03T04:05:06Z",
	   "the cursor's own");
	IS(time_of("{\"updated_at\": \"2026-02-03T04:05:06.789+02:00\"}"),
	   "2026-02-03T02:05:06.789Z", "any other that is clear");
	IS(time_of("{\"updated_at\": null}"), "(none)", "null");
	IS(time_of("{\"updated_at\": \"soon\"}"), "(none)", "no time");
	IS(time_of("{}"), "(none)", "missing");
	piece_close(&p);
}

int main(void)
{
	months_are_calendar_months();
	windows_touch_without_overlap();
	without_a_step_there_is_one_window_until_now();
	lookback_goes_back_but_not_before_the_start();
	the_request_says_the_window_in_the_cursors_format();
	a_records_time_is_read_in_every_format_in_order();
	return tap_done();
}

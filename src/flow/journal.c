/* SPDX-License-Identifier: Apache-2.0 */
/* journal.c - the last lines of what a run told whoever watches. */
#include "flow/journal.h"

#include "data/moment.h"

#include <stdarg.h>
#include <stdio.h>

#define SAME_WAIT_MS 1000 /* a wait is told in slices */

void journal_init(struct journal *j, struct watch next, struct clock *clock)
{
	*j = (struct journal){ .next = next, .clock = clock };
}

static void note(struct journal *j, const char *fmt, ...) PRINTF(2, 3);

static void note(struct journal *j, const char *fmt, ...)
{
	struct journal_line *line = &j->line[j->lines++ % JOURNAL_LINES];
	va_list ap;

	line->at_ms = clock_wall_ms(j->clock);
	va_start(ap, fmt);
	vsnprintf(line->text, sizeof(line->text), fmt, ap);
	va_end(ap);
}

static void note_wait(struct journal *j, const struct watch_event *ev)
{
	AUTO_ARENA *a = arena_new("journal", (size_t)1 << 16);
	int64_t until_ms = clock_steady_ms(j->clock) + ev->wait_ms;

	if (until_ms < j->wait_until_ms + SAME_WAIT_MS &&
	    until_ms > j->wait_until_ms - SAME_WAIT_MS)
		return;
	j->wait_until_ms = until_ms;
	note(j, "%.*s: waits %.*s: %.*s", STR_ARG(ev->table), STR_ARG(span_text(a, ev->wait_ms)),
	     STR_ARG(ev->says));
}

static void note_end(struct journal *j, const struct watch_event *ev)
{
	const struct run_counts *c = &ev->counts;

	note(j, "%.*s: %s, %lld created, %lld updated, %lld unchanged, %lld failed%s%.*s",
	     STR_ARG(ev->table), run_status_name(ev->status), (long long)c->created,
	     (long long)c->updated, (long long)c->unchanged, (long long)c->failed,
	     ev->says.len ? "; " : "", STR_ARG(ev->says));
}

static void on_watch(void *arg, const struct watch_event *ev)
{
	struct journal *j = arg;

	switch (ev->kind) {
	case WATCH_TABLE:
		note(j, "%.*s: begun", STR_ARG(ev->table));
		break;
	case WATCH_WAIT:
		note_wait(j, ev);
		break;
	case WATCH_WARNING:
		note(j, "%.*s: %.*s", STR_ARG(ev->table), STR_ARG(ev->says));
		break;
	case WATCH_TABLE_END:
		note_end(j, ev);
		break;
	case WATCH_READ:
	case WATCH_PAGE:
	case WATCH_COMMIT:
		break;
	}
	if (j->next.tell)
		j->next.tell(j->next.arg, ev);
}

struct watch journal_watch(struct journal *j)
{
	return (struct watch){ on_watch, j };
}

struct value journal_value(struct arena *a, const struct journal *j)
{
	int64_t first = j->lines > JOURNAL_LINES ? j->lines - JOURNAL_LINES : 0;
	struct value list = value_list_new(a);

	for (int64_t i = first; i < j->lines; i++) {
		const struct journal_line *line = &j->line[i % JOURNAL_LINES];
		struct str text = str_from(line->text);
		struct value pair = value_list_new(a);

		/* A cut in the middle of a character is no text for a database. */
		while (text.len && !str_is_utf8(text))
			text.len--;
		value_list_add(a, pair, value_int(line->at_ms));
		value_list_add(a, pair, value_str(text));
		value_list_add(a, list, pair);
	}
	return list;
}

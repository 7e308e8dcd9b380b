/* SPDX-License-Identifier: Apache-2.0 */
/* progress.c - a run as a person follows it. */
#include "cli/progress.h"

#include "base/log.h"
#include "cli/terminal.h"
#include "data/moment.h"

#include <stdio.h>
#include <unistd.h>

#define DRAW_EVERY_MS 100
#define BAR_WIDTH 20
#define LINE_BYTES_MAX 512

void progress_init(struct progress *p, bool quiet)
{
	*p = (struct progress){ .quiet = quiet, .live = !quiet && terminal_is(STDERR_FILENO) };
}

static void draw_bar(struct buf *b, int64_t done, int64_t total)
{
	int64_t full = total > 0 ? done * BAR_WIDTH / total : 0;

	if (total <= 0)
		return;
	buf_add(b, STR("["));
	for (int64_t i = 0; i < BAR_WIDTH; i++)
		buf_add(b, i < full ? STR("█") : STR("·"));
	buf_add(b, STR("] "));
}

static void time_to_go(struct buf *b, struct arena *a, const struct progress *p, int64_t done,
		       int64_t total)
{
	int64_t took_ms = clock_steady_now() - p->began_ms;

	if (total <= done || done <= 0 || took_ms < 1000)
		return;
	buf_printf(b, " · %s to go", span_text(a, took_ms * (total - done) / done).at);
}

static void draw(struct progress *p, const struct watch_event *ev)
{
	AUTO_ARENA *a = arena_new("progress", (size_t)256 * 1024);
	const struct run_counts *c = &ev->counts;
	struct buf b;

	if (!p->live)
		return;
	buf_in(&b, a, LINE_BYTES_MAX * 4);
	buf_printf(&b, "%s ", p->table);
	draw_bar(&b, c->processed, ev->total);
	buf_add(&b, grouped_text(a, c->processed));
	if (ev->total > 0)
		buf_printf(&b, " of %s", grouped_text(a, ev->total).at);
	buf_printf(&b, " records · page %s", grouped_text(a, c->pages).at);
	if (ev->calls_left >= 0)
		buf_printf(&b, " · %s calls left", grouped_text(a, ev->calls_left).at);
	time_to_go(&b, a, p, c->processed, ev->total);
	if (ev->kind == WATCH_WAIT)
		buf_printf(&b, " · waiting %s: %.*s", span_text(a, ev->wait_ms).at,
			   STR_ARG(ev->says));
	terminal_draw(b.at);
}

static const char *status_mark(enum run_status s)
{
	switch (s) {
	case RUN_SUCCESS:
		return "✓";
	case RUN_PARTIAL:
		return "!";
	case RUN_STOPPED:
		return "■";
	case RUN_ERROR:
	case RUN_RUNNING:
		return "✗";
	}
	return "?";
}

static void table_end(const struct progress *p, const struct watch_event *ev)
{
	AUTO_ARENA *a = arena_new("progress", (size_t)256 * 1024);
	const struct run_counts *c = &ev->counts;
	enum tint t = ev->status == RUN_SUCCESS ? TINT_GOOD
		      : ev->status == RUN_ERROR ? TINT_BAD
						: TINT_WARN;
	struct str mark = terminal_tint(a, STDERR_FILENO, t, str_from(status_mark(ev->status)));
	struct str took = span_text(a, clock_steady_now() - p->began_ms);

	terminal_clear();
	fprintf(stderr, "%.*s %-14s %9s records  %s created, %s updated, %s unchanged%s%s  %s\n",
		STR_ARG(mark), p->table, grouped_text(a, c->processed).at,
		grouped_text(a, c->created).at, grouped_text(a, c->updated).at,
		grouped_text(a, c->unchanged).at, c->failed ? ", failed " : "",
		c->failed ? grouped_text(a, c->failed).at : "", took.at);
}

static void on_event(void *arg, const struct watch_event *ev)
{
	struct progress *p = arg;
	int64_t now_ms = clock_steady_now();

	if (p->quiet)
		return;
	switch (ev->kind) {
	case WATCH_TABLE:
		p->began_ms = now_ms;
		snprintf(p->table, sizeof(p->table), "%.*s", STR_ARG(ev->table));
		draw(p, ev);
		break;
	case WATCH_WARNING:
		terminal_clear();
		log_warn("%.*s", STR_ARG(ev->says));
		break;
	case WATCH_TABLE_END:
		table_end(p, ev);
		break;
	case WATCH_WAIT:
		if (!p->live && ev->wait_ms >= 5000 && now_ms - p->drawn_ms > 30000) {
			p->drawn_ms = now_ms;
			log_info("waiting %lld s: %.*s", (long long)(ev->wait_ms / 1000),
				 STR_ARG(ev->says));
		}
		draw(p, ev);
		break;
	case WATCH_READ:
		break;
	case WATCH_PAGE:
	case WATCH_COMMIT:
		if (p->live && now_ms - p->drawn_ms >= DRAW_EVERY_MS) {
			p->drawn_ms = now_ms;
			draw(p, ev);
		}
		break;
	}
}

struct watch progress_watch(struct progress *p)
{
	return (struct watch){ on_event, p };
}

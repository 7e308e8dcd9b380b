/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cmd_pti_sync.c - `lockstep pti sync`: the weekly job, by hand or by cron.
 *
 * The lines that begin in "Found", "  Updated", "  Failed for" and "Sync complete" are the
 * specification's to the letter, so that what reads its job's output reads ours.
 */
#include "cli/cmd_pti_sync.h"

#include "cli/app.h"
#include "cli/terminal.h"
#include "data/moment.h"
#include "pti/weekly.h"
#include "pti/weekly_task.h"
#include "store/control.h"

#include <stdio.h>
#include <unistd.h>

#define RUN_BYTES_MAX ((size_t)64 << 20)
#define LINE_BYTES_MAX 1024
#define BAR_WIDTH 20

struct desk_sync {
	const struct args *args;
	struct arena *arena;
	bool quiet, json, live;
	struct value changes, failures; /* of --json */
};

/* ---- while it goes on ---- */

static const char *rating(struct arena *a, int32_t tenths)
{
	return tenths == PTI_NONE ? "None" : pti_text(a, tenths).at;
}

static void draw(const struct weekly_event *ev, struct str waits)
{
	AUTO_ARENA *a = arena_new("progress", (size_t)256 * 1024);
	int64_t full = ev->of > 0 ? ev->done * BAR_WIDTH / ev->of : 0;
	struct buf b;

	buf_in(&b, a, LINE_BYTES_MAX * 4);
	buf_add(&b, STR("pti ["));
	for (int64_t i = 0; i < BAR_WIDTH; i++)
		buf_add(&b, i < full ? STR("█") : STR("·"));
	buf_printf(&b, "] %s of %s players · %s pages · %s credits", grouped_text(a, ev->done).at,
		   grouped_text(a, ev->of).at, grouped_text(a, ev->counts->pages).at,
		   grouped_text(a, ev->counts->credits).at);
	if (waits.len)
		buf_printf(&b, " · waiting %s: %.*s", span_text(a, ev->wait_ms).at, STR_ARG(waits));
	terminal_draw(b.at);
}

static void tell_forecast(struct arena *a, const struct weekly_forecast *f)
{
	if (f->needs == 0 || f->left == INT64_MAX)
		return;
	printf("It needs %s%s credits; this month has %s left for it, and %s are kept for "
	       "refreshes by persons\n",
	       f->leagues > 0 ? "at least " : "", grouped_text(a, f->needs).at,
	       grouped_text(a, f->left).at, grouped_text(a, f->reserve).at);
	if (f->service_left >= 0)
		printf("The service says that %s are left\n", grouped_text(a, f->service_left).at);
	if (f->needs > f->left || (f->service_left >= 0 && f->needs > f->service_left))
		printf("That is not enough for all: who waits longest comes first\n");
}

static void say(const struct desk_sync *d, const struct weekly_event *ev)
{
	AUTO_ARENA *a = arena_new("line", (size_t)256 * 1024);

	terminal_clear();
	switch (ev->kind) {
	case WEEKLY_FOUND:
		printf("Found %lld players with PTI sync enabled\n", (long long)ev->of);
		break;
	case WEEKLY_UPDATED:
		printf("  Updated %.*s: %s → %s\n", STR_ARG(ev->name), rating(a, ev->before),
		       rating(a, ev->after));
		break;
	case WEEKLY_FAILED:
		printf("  Failed for %.*s: %.*s\n", STR_ARG(ev->name), STR_ARG(ev->says));
		break;
	case WEEKLY_NO_PTI:
		printf("  No PTI for %.*s: kept %s\n", STR_ARG(ev->name), rating(a, ev->before));
		break;
	case WEEKLY_WARNING:
		printf("  Look at %.*s: %.*s\n", STR_ARG(ev->name), STR_ARG(ev->says));
		break;
	case WEEKLY_FORECAST:
		tell_forecast(a, ev->forecast);
		break;
	case WEEKLY_STEP:
	case WEEKLY_WAIT:
		break;
	}
	if (d->live)
		draw(ev, ev->kind == WEEKLY_WAIT ? ev->says : STR(""));
}

static struct value rating_value(struct arena *a, int32_t tenths)
{
	return tenths == PTI_NONE
		       ? NULL_VALUE
		       : (struct value){ .kind = VALUE_NUMBER, .s = pti_text(a, tenths) };
}

static void keep(struct desk_sync *d, const struct weekly_event *ev)
{
	struct arena *a = d->arena;
	struct value one = value_map_new(a);

	value_map_set(a, one, STR("player"), value_str(str_keep(a, ev->player)));
	if (ev->kind == WEEKLY_UPDATED) {
		value_map_set(a, one, STR("before"), rating_value(a, ev->before));
		value_map_set(a, one, STR("after"), rating_value(a, ev->after));
		value_list_add(a, d->changes, one);
	} else if (ev->kind == WEEKLY_FAILED) {
		value_map_set(a, one, STR("code"), value_str(str_from(ev->code)));
		value_map_set(a, one, STR("error"), value_str(str_keep(a, ev->says)));
		value_list_add(a, d->failures, one);
	}
}

static void on_event(void *arg, const struct weekly_event *ev)
{
	struct desk_sync *d = arg;

	if (d->json)
		keep(d, ev);
	else if (!d->quiet)
		say(d, ev);
}

/* ---- behind it ---- */

static void tell(struct arena *a, const struct weekly_result *r, bool dry_run)
{
	const struct weekly_counts *c = &r->counts;

	if (dry_run) {
		printf("Dry run: %s pages to ask for%s; nothing was asked and nothing written\n",
		       grouped_text(a, r->forecast.pages).at,
		       r->forecast.leagues > 0 ? ", or those of their leagues" : "");
		return;
	}
	printf("\nSync complete: %lld success, %lld failed, %lld updated\n", (long long)c->success,
	       (long long)c->failed, (long long)c->updated);
	printf("%s without a PTI on their page, %s to look at; %s pages, %s requests, %s credits\n",
	       grouped_text(a, c->no_pti).at, grouped_text(a, c->warnings).at,
	       grouped_text(a, c->pages).at, grouped_text(a, c->requests).at,
	       grouped_text(a, c->credits).at);
	if (c->left_out > 0)
		printf("%s were left out and will be first the next time\n",
		       grouped_text(a, c->left_out).at);
	if (r->stop_code)
		printf("%.*s. %.*s\n", STR_ARG(r->stop), STR_ARG(r->advice));
	if (r->status == WEEKLY_PAUSED)
		printf("`lockstep pti sync` goes on; not before %s UTC\n",
		       wall_text(a, r->resume_ms).at);
}

static int code_of(const struct weekly_result *r)
{
	static const char *const of_config[] = { "no_key", "key_refused", "no_service", "config" };

	for (size_t i = 0; i < COUNT(of_config); i++)
		if (r->stop_code && strcmp(r->stop_code, of_config[i]) == 0)
			return EXIT_USAGE;
	return r->status == WEEKLY_COMPLETED ? EXIT_DONE : EXIT_FAILED;
}

static int report(struct desk_sync *d, const struct weekly_result *r, bool dry_run)
{
	struct value map;

	terminal_clear();
	if (d->json) {
		map = weekly_value(d->arena, r);
		value_map_set(d->arena, map, STR("changes"), d->changes);
		value_map_set(d->arena, map, STR("failures"), d->failures);
		app_print_json(d->arena, d->args, map);
	} else if (!d->quiet) {
		tell(d->arena, r, dry_run);
	}
	return code_of(r);
}

/* ---- the verb ---- */

static bool sync_under_lease(struct app *app, const struct connection *c,
			     const struct weekly_options *o, struct arena *a,
			     struct weekly_result *out, struct err *e)
{
	struct lease lease = { .name = weekly_lease(a, c), .ttl_ms = LEASE_TTL_MS };
	struct weekly_options own = *o;
	struct err unsaid;
	bool over, ok;

	if (o->dry_run)
		return weekly_sync(&app->engine, c, o, a, out, e);
	if (!lease_take(app->db, a, &lease, &over, e))
		return false;
	own.lease = &lease;
	ok = weekly_sync(&app->engine, c, &own, a, out, e);
	if (!lease_release(app->db, &lease, &unsaid) && ok)
		*e = unsaid;
	return ok;
}

static bool sync_all(struct app *app, struct desk_sync *d, struct weekly_result *out, struct err *e)
{
	const struct args *a = d->args;
	struct weekly_options o = { .dry_run = args_flag(a, "dry-run"),
				    .league_pages = args_flag(a, "league-pages"),
				    .tell = on_event,
				    .arg = d };
	const struct connection *c;
	size_t statements;

	if (!app_connection(app, NULL, &c, e) || !app_migrate(app, c, &statements, e))
		return false;
	return sync_under_lease(app, c, &o, d->arena, out, e);
}

int cmd_pti_sync(const struct args *a)
{
	AUTO_ARENA *arena = arena_new("pti sync", RUN_BYTES_MAX);
	struct desk_sync d = { .args = a,
			       .arena = arena,
			       .quiet = args_flag(a, "quiet"),
			       .json = args_flag(a, "json") };
	struct weekly_result r;
	struct app app;
	struct err e;
	int code;

	d.live = !d.quiet && !d.json && terminal_is(STDERR_FILENO);
	d.changes = value_list_new(arena);
	d.failures = value_list_new(arena);
	if (!app_open(&app, a, APP_ENGINE | APP_CREATE, &code))
		return code;
	code = sync_all(&app, &d, &r, &e) ? report(&d, &r, args_flag(a, "dry-run"))
					  : command_fail(a, &e);
	app_close(&app);
	return code;
}

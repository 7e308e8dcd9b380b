/* SPDX-License-Identifier: Apache-2.0 */
/*
 * weekly.c - the weekly job: the order of things, and how it ends.
 *
 * Always: what is fetched is written, for all who link the page, before the next page is asked for.
 */
#include "pti/weekly.h"

#include "pti/budget.h"
#include "pti/link.h"
#include "pti/setting.h"
#include "pti/weekly_part.h"
#include "store/control.h"

#define RUN_BYTES_MAX ((size_t)1 << 30)
#define ONE_BYTES_MAX ((size_t)256 << 20)
/* Pages one after another that nobody gave us: then it is not the pages. */
#define IN_VAIN_MAX 5

const char *weekly_status_name(enum weekly_status s)
{
	static const char *const name[] = { [WEEKLY_COMPLETED] = "completed",
					    [WEEKLY_PARTIAL] = "partial",
					    [WEEKLY_STOPPED] = "stopped",
					    [WEEKLY_PAUSED] = "running" };

	return name[s];
}

/* ---- what the parts share ---- */

void weekly_tell(struct weekly *w, struct weekly_event ev)
{
	if (!w->options->tell)
		return;
	ev.done = w->done;
	ev.of = w->counts.found;
	ev.counts = &w->counts;
	w->options->tell(w->options->arg, &ev);
}

bool weekly_over(const struct weekly *w)
{
	return w->result->status == WEEKLY_STOPPED || w->result->status == WEEKLY_PAUSED;
}

void weekly_stop(struct weekly *w, const char *code, struct str why)
{
	static const struct {
		const char *code, *advice;
	} known[] = {
		{ "no_key",
		  "Set firecrawl_key in the plan ($FIRECRAWL_API_KEY), or source: direct." },
		{ "key_refused",
		  "The service refused the key: renew it, and set $FIRECRAWL_API_KEY." },
		{ "no_credits", "Buy credits or wait for the next month: the next run begins with "
				"those who were not asked for." },
		{ "no_service", "Nothing answers there: look at firecrawl_url and source in the "
				"plan." },
		{ "config", "Look at firecrawl_url, site and network in the plan." },
	};
	const char *advice = "Try again later; if it goes on, ask less often "
			     "(requests_per_minute).";

	for (size_t i = 0; i < COUNT(known); i++)
		if (strcmp(known[i].code, code) == 0)
			advice = known[i].advice;
	w->result->status = WEEKLY_STOPPED;
	w->result->stop_code = code;
	w->result->stop = str_keep(w->arena, why);
	w->result->advice = str_from(advice);
}

bool weekly_hold(const struct weekly *w, struct err *e)
{
	if (w->g->fence && !fence_hold(w->g->db, w->g->fence, e))
		return false;
	return !w->options->lease || lease_hold(w->g->db, w->options->lease, e);
}

/* ---- before ---- */

static bool start(void *arg, struct err *e)
{
	struct weekly *w = arg;

	return weekly_hold(w, e) && weekly_run_start(w, e);
}

static bool wants_leagues(const struct weekly *w)
{
	return !w->options->player.len &&
	       (w->options->league_pages || setting_true(w->connection, "league_pages"));
}

static bool forecast(struct weekly *w, struct err *e)
{
	struct weekly_forecast *f = &w->forecast;
	int64_t price = source_price(w->source);
	struct budget_state budget;
	int status;

	for (size_t i = 0; i < w->pages; i++)
		f->pages += !w->page[i]->done && w->page[i]->at.canonical.len > 0;
	if (wants_leagues(w))
		f->leagues = (int64_t)weekly_league_count(w);
	f->needs = f->leagues > 0 ? f->leagues * (price > 0) : f->pages * price;
	if (!budget_state(w->g->db, w->arena, w->connection, clock_wall_ms(w->g->clock), &budget,
			  e) ||
	    !source_credits(w->source, w->one, &f->service_left, &status, e))
		return false;
	f->left = price > 0 ? budget.left_job : INT64_MAX;
	f->reserve = budget.reserve;
	w->result->forecast = *f;
	arena_reset(w->one);
	weekly_tell(w, (struct weekly_event){ .kind = WEEKLY_FOUND });
	weekly_tell(w, (struct weekly_event){ .kind = WEEKLY_FORECAST, .forecast = f });
	return true;
}

/* ---- page by page ---- */

static bool failed_for(const struct fetched *f)
{
	return f->outcome == FETCH_BLOCKED || f->outcome == FETCH_LATER;
}

static void note_in_vain(struct weekly *w, const struct fetched *f, const struct reading *r)
{
	bool in_vain = failed_for(f) || (!r->ok && strcmp(r->code, "blocked") == 0);

	w->in_vain = in_vain ? w->in_vain + 1 : 0;
	if (w->in_vain >= IN_VAIN_MAX && !weekly_over(w))
		weekly_stop(w, r->code,
			    str_printf(w->one, "%d pages one after another did not come: %.*s",
				       IN_VAIN_MAX, STR_ARG(r->error)));
}

/* An address that nobody can ask for. */
static bool write_invalid(struct weekly *w, struct weekly_page *p, struct err *e)
{
	const struct reading r = { .code = "invalid_url",
				   .error = STR("Invalid Paddlescores print page URL") };

	return weekly_write(w, p, &r, e);
}

/* One page that is too large must not keep all others from being read. */
static bool read_page(struct weekly *w, const struct fetched *f, struct reading *out, struct err *e)
{
	if (reading_take(w->connection->pages, f, w->one, 0, out, e))
		return true;
	*out = (struct reading){ .code = "refused", .error = STR("The page is too large") };
	return e->kind == ERR_LIMIT;
}

static bool ask_card(struct weekly *w, struct weekly_page *p, bool *granted, struct err *e)
{
	struct reading reading;
	struct fetched f;

	*granted = true;
	if (!p->at.canonical.len)
		return write_invalid(w, p, e);
	if (!weekly_fetch(w, &p->at, source_price(w->source), &f, granted, e))
		return false;
	if (!*granted || weekly_over(w))
		return true;
	w->counts.pages++;
	if (!read_page(w, &f, &reading, e))
		return false;
	note_in_vain(w, &f, &reading);
	return weekly_write(w, p, &reading, e);
}

static void leave_out(struct weekly *w)
{
	for (size_t i = 0; i < w->pages; i++)
		w->counts.left_out += w->page[i]->done ? 0 : w->page[i]->holders;
}

static bool ask_cards(struct weekly *w, struct err *e)
{
	bool granted = true;

	for (size_t i = 0; i < w->pages && granted && !weekly_over(w); i++) {
		if (w->page[i]->done)
			continue;
		if (!cancel_check(w->g->stop, e) || !session_beat(w->session, e) ||
		    !ask_card(w, w->page[i], &granted, e))
			return false;
		arena_reset(w->one);
	}
	leave_out(w);
	return true;
}

/* ---- after ---- */

static bool end(void *arg, struct err *e)
{
	return weekly_run_end(arg, e);
}

/* A run whose end is not heard of would be done all over again. */
static bool try_end(void *arg, struct err *e)
{
	return db_transact(((struct weekly *)arg)->g->db, end, arg, e);
}

static bool finish(struct weekly *w, struct err *e)
{
	struct weekly_result *r = w->result;
	const struct weekly_counts *c = &w->counts;

	if (r->status == WEEKLY_COMPLETED && (c->failed > 0 || c->left_out > 0))
		r->status = WEEKLY_PARTIAL;
	r->counts = *c;
	r->completed_ms = clock_wall_ms(w->g->clock);
	/* What goes on later is not over. */
	return w->options->dry_run || r->status == WEEKLY_PAUSED ||
	       session_ask_db(w->session, try_end, w, e);
}

static bool carry_out(struct weekly *w, struct err *e)
{
	if (!link_players(w->arena, w->g->db, w->connection, &w->players, e) ||
	    (!w->options->dry_run &&
	     (!db_transact(w->g->db, start, w, e) || !weekly_take_left(w, e))) ||
	    !weekly_list(w, e) || !forecast(w, e))
		return false;
	if (w->options->dry_run)
		return finish(w, e);
	return (!wants_leagues(w) || weekly_leagues(w, e)) && ask_cards(w, e) && finish(w, e);
}

bool weekly_sync(const struct engine *g, const struct connection *c, const struct weekly_options *o,
		 struct arena *a, struct weekly_result *out, struct err *e)
{
	AUTO_ARENA *run = arena_new("weekly run", RUN_BYTES_MAX);
	AUTO_ARENA *one = arena_new("weekly page", ONE_BYTES_MAX);
	struct weekly_result result = { .started_ms = clock_wall_ms(g->clock) };
	struct weekly w = {
		.g = g, .connection = c, .options = o, .arena = run, .one = one, .result = &result
	};
	bool ok;

	if (!source_open(run, g, c, &w.source, e))
		return false;
	source_give_way(w.source);
	w.session = source_session(w.source);
	w.session->lease = o->lease;
	w.session->beat_ms = clock_steady_ms(g->clock);
	ok = carry_out(&w, e);
	players_close(w.players);
	if (!ok)
		return false;
	result.run = str_keep(a, result.run);
	result.stop = str_keep(a, result.stop);
	*out = result;
	return true;
}

/* ---- as JSON ---- */

struct value weekly_value(struct arena *a, const struct weekly_result *r)
{
	const struct {
		const char *name;
		int64_t n;
	} row[] = {
		{ "found", r->counts.found },       { "success", r->counts.success },
		{ "failed", r->counts.failed },     { "updated", r->counts.updated },
		{ "no_pti", r->counts.no_pti },     { "pages", r->counts.pages },
		{ "credits", r->counts.credits },   { "requests", r->counts.requests },
		{ "left_out", r->counts.left_out }, { "unlinked", r->counts.unlinked },
		{ "warnings", r->counts.warnings }, { "needs", r->forecast.needs },
	};
	struct value map = value_map_new(a);

	if (r->run.len)
		value_map_set(a, map, STR("run"), value_str(r->run));
	value_map_set(a, map, STR("status"), value_str(str_from(weekly_status_name(r->status))));
	value_map_set(a, map, STR("resumed"), value_bool(r->resumed));
	for (size_t i = 0; i < COUNT(row); i++)
		value_map_set(a, map, str_from(row[i].name), value_int(row[i].n));
	if (r->forecast.left != INT64_MAX)
		value_map_set(a, map, STR("credits_left"), value_int(r->forecast.left));
	if (r->stop_code) {
		value_map_set(a, map, STR("code"), value_str(str_from(r->stop_code)));
		value_map_set(a, map, STR("error"), value_str(r->stop));
		value_map_set(a, map, STR("advice"), value_str(r->advice));
	}
	return map;
}

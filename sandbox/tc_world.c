/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tc_world.c - leagues and players as pure functions of seed, ordinal and time.
 *
 * A rating starts where the counts of a real league say that ratings lie and moves with each week's
 * match by some tenths.  Some steps are corrected days later, a few ratings are set anew when a
 * season begins, and a membership that lapses hides the value for three weeks.
 */
#include "tc_data.h"

#include "instant.h"
#include "mc_people.h"
#include "pp_words.h"

#define WORLD_BYTES_MAX ((size_t)64 << 20)
/* 2025-09-07, a Sunday: where the first season begins. */
#define ORIGIN_MS ((int64_t)1757203200000)
#define SEASON_WEEKS 52
#define SEASON_FIRST 3 /* the first and the last week with matches */
#define SEASON_LAST 30
#define RESET_WEEK 2
#define CORRECTED_AFTER_MS ((int64_t)10 * 86400 * 1000)
#define DRIFT_MAX 80
#define LAPSE_WEEKS 13
#define LAPSE_LASTS 3
#define KIND_PLAYER 64
#define SHORT_NUMBER 200000
#define LONG_NUMBER 3000000

enum {
	WHAT_FIRST = -1,
	WHAT_LAST = -2,
	WHAT_CLUB = -3,
	WHAT_ODDITY = -4,
	WHAT_START = -5,
	WHAT_NEVER = -6,
	WHAT_LAPSE = -1000,
	WHAT_RESET = -5000,
	WHAT_TEAM = -9000
};

static const char *const league_names[] = { "gbpta",    "harborpl", "pinecove",   "dunmore",
					    "eastlake", "merrick",  "saltmarsh",  "tidewater",
					    "ashgrove", "kestrel",  "lindley-pt", "northcote" };
static const char *const titles[] = {
	"Great Bay Paddle Association", "Harbor Platform League", "Pine Cove Racquet & Tennis",
	"Dunmore Paddle League",        "Eastlake Series",        "Merrick Platform Tennis"
};
static const char *const clubs[] = { "Bay Harrow Club",    "Cedar Point R&T",
				     "Lantern Hill CC",    "Dunmore Field Club",
				     "St. Brannoc's",      "Oak & Iron Club",
				     "Lindqvist Courts",   "Arrow Falls  Club",
				     "Les \xC3\x89rables", "The 19th Hut" };

/* How many of 5,422 rated players have a value in each ten from -20 on. */
static const int histogram[] = { 5, 14, 98, 218, 448, 759, 1010, 1145, 1090, 506, 122, 7 };
#define HISTOGRAM_SUM 5422
#define START_LOW (-177)
#define START_HIGH 971

uint64_t tc_pick(const struct tc_world *w, const struct tc_league *l, int64_t k, int64_t what)
{
	return mc_pick(w->setup.seed ^ (uint64_t)what * 0xE7037ED1A0B428DBu, KIND_PLAYER,
		       k * w->setup.leagues + l->ordinal, 0);
}

static void make_league(struct tc_world *w, int64_t i)
{
	struct tc_league *l = &w->leagues[i];
	int64_t n = w->setup.players / w->setup.leagues;

	l->ordinal = i;
	if (i < (int64_t)COUNT(league_names))
		l->name = str_from(league_names[i]);
	else
		l->name = str_printf(w->arena, "league%lld", (long long)i);
	l->title = str_from(titles[i % (int64_t)COUNT(titles)]);
	l->players = n + (i < w->setup.players % w->setup.leagues ? 1 : 0);
	l->teams = (l->players + TC_TEAM_SEATS - 1) / TC_TEAM_SEATS;
	l->first_number = i % 2 ? LONG_NUMBER : SHORT_NUMBER;
	l->rated = i % 4 != 2;
}

struct tc_world *tc_world_new(struct tc_setup setup)
{
	struct arena *arena = arena_new("league pages", WORLD_BYTES_MAX);
	struct tc_world *w = arena_new_struct(arena, struct tc_world);

	w->setup = setup;
	w->arena = arena;
	w->leagues = arena_new_array(arena, struct tc_league, (size_t)setup.leagues);
	for (int64_t i = 0; i < setup.leagues; i++)
		make_league(w, i);
	return w;
}

void tc_world_free(struct tc_world *w)
{
	if (w)
		arena_free(w->arena);
}

const struct tc_league *tc_league_find(const struct tc_world *w, struct str name)
{
	for (int64_t i = 0; i < w->setup.leagues; i++)
		if (str_eq_nocase(w->leagues[i].name, name))
			return &w->leagues[i];
	return NULL;
}

int64_t tc_week_of(int64_t now_ms)
{
	return now_ms < ORIGIN_MS ? -1 : (now_ms - ORIGIN_MS) / TC_WEEK_MS;
}

bool tc_season_of(int64_t week, int64_t *first)
{
	int64_t place = week % SEASON_WEEKS;

	*first = week - place;
	return week >= 0 && place >= SEASON_FIRST && place < SEASON_LAST;
}

bool tc_played(const struct tc_world *w, const struct tc_league *l, int64_t k, int64_t week,
	       int64_t *at_ms)
{
	uint64_t pick = tc_pick(w, l, k, week);
	int64_t first;

	*at_ms = ORIGIN_MS + week * TC_WEEK_MS + (int64_t)(pick >> 8) % TC_WEEK_MS;
	if (*at_ms < ORIGIN_MS + week * TC_WEEK_MS)
		*at_ms += TC_WEEK_MS;
	return tc_season_of(week, &first) && pick % 10 < 7;
}

/* Where a player begins: anywhere in a ten that is drawn by the histogram. */
static int32_t start_of(const struct tc_world *w, const struct tc_league *l, int64_t k)
{
	uint64_t pick = tc_pick(w, l, k, WHAT_START);
	int place = (int)(pick % HISTOGRAM_SUM), ten = 0;
	int32_t value;

	while (place >= histogram[ten])
		place -= histogram[ten++];
	value = -200 + ten * 100 + (int32_t)(pick >> 32 & 0xffff) % 100;
	if (value < START_LOW)
		return START_LOW;
	return value > START_HIGH ? START_HIGH : value;
}

/* By how much the match moved the rating as the vendor sees it at `now_ms`.  `drift`: how far it
 * is from where it began. */
static int32_t step_of(uint64_t pick, int64_t at_ms, int64_t now_ms, int32_t drift)
{
	int64_t u = (int64_t)(pick >> 20 & 1023);
	int32_t step = (int32_t)(u * u / 1024 * u / 1024 * 24 / 1024);
	bool down = drift > DRIFT_MAX || (drift >= -DRIFT_MAX && (pick & 1 << 30));

	if (pick >> 32 & 31)
		return down ? -step : step;
	/* One in 32 was entered wrong. */
	if (now_ms < at_ms + CORRECTED_AFTER_MS)
		return down ? -step - 6 : step + 6;
	return down ? -step : step;
}

int32_t tc_hidden_pti(const struct tc_world *w, const struct tc_league *l, int64_t k,
		      int64_t now_ms)
{
	int64_t weeks = tc_week_of(now_ms), at_ms;
	int32_t start = start_of(w, l, k), drift = 0;

	for (int64_t week = 0; week <= weeks; week++) {
		uint64_t reset = tc_pick(w, l, k, WHAT_RESET - week / SEASON_WEEKS);

		if (week > SEASON_WEEKS && week % SEASON_WEEKS == RESET_WEEK && reset % 20 == 0)
			drift += reset & 64 ? 115 : -115;
		if (tc_played(w, l, k, week, &at_ms) && at_ms <= now_ms)
			drift += step_of(tc_pick(w, l, k, week), at_ms, now_ms, drift);
	}
	return start + drift;
}

static bool hides(const struct tc_world *w, const struct tc_league *l, int64_t k, int64_t now_ms)
{
	int64_t week = tc_week_of(now_ms);
	uint64_t lapse;

	if (!l->rated || tc_pick(w, l, k, WHAT_NEVER) % 6 == 0)
		return true;
	if (week < 0)
		return false;
	lapse = tc_pick(w, l, k, WHAT_LAPSE - week / LAPSE_WEEKS);
	if (lapse % 33)
		return false;
	week = week % LAPSE_WEEKS - (int64_t)(lapse >> 16 & 7);
	return week >= 0 && week < LAPSE_LASTS;
}

/* What people enter in the fields of a name. */
static void add_oddity(struct tc_player *p, uint64_t pick, struct arena *a)
{
	struct str f = p->first, n = p->last;

	switch (pick % 110) {
	case 0:
		p->last = str_printf(a, "O'%.*s", STR_ARG(n));
		break;
	case 1:
		p->last = str_printf(a, "%.*s Jr.", STR_ARG(n));
		break;
	case 2:
		p->last = str_printf(a, "%.*s III", STR_ARG(n));
		break;
	case 3:
		p->first = str_printf(a, "%.*s  J.", STR_ARG(f));
		break;
	case 4:
		p->first = str_printf(a, "%.*s \"Ace\"", STR_ARG(f));
		break;
	case 5:
		p->first = str_printf(a, "%.*s (Buzz)", STR_ARG(f));
		break;
	case 6:
		p->first = STR("ADA");
		p->last = STR("QUILLFEATHER");
		break;
	case 7:
		p->last = str_printf(a, "%.*s*", STR_ARG(n));
		break;
	case 8:
		p->last = str_printf(a, "%.*s-Pike", STR_ARG(n));
		break;
	case 9:
		p->first = STR("Ren\xC3\xA9");
		p->last = STR("Ju\xC3\xA1rez-\xC3\x98stby");
		break;
	case 10:
		p->last = str_printf(a, "%.*s (SHP/BB) (555) 010-0199", STR_ARG(n));
		break;
	case 11:
		p->last = str_printf(a, "%.*s ", STR_ARG(n));
		break;
	default:
		break;
	}
}

struct tc_player tc_player_at(const struct tc_world *w, const struct tc_league *l, int64_t k,
			      int64_t now_ms, struct arena *a)
{
	/* One in forty has the name of the one before. */
	int64_t named = k > 0 && (tc_pick(w, l, k, WHAT_ODDITY) >> 40) % 40 == 0 ? k - 1 : k;
	struct tc_player p = {
		.first = word(words_first, tc_pick(w, l, named, WHAT_FIRST)),
		.last = word(words_last, tc_pick(w, l, named, WHAT_LAST)),
		.club = str_from(clubs[tc_pick(w, l, k, WHAT_CLUB) % COUNT(clubs)]),
		.pti = hides(w, l, k, now_ms) ? TC_NO_PTI : tc_hidden_pti(w, l, k, now_ms),
	};
	bool pti = false, name = false, club = false;

	add_oddity(&p, tc_pick(w, l, named, WHAT_ODDITY), a);
	for (const struct tc_edit *e = w->edits; e; e = e->next) {
		if (e->league != l || e->k != k || e->from_ms > now_ms)
			continue;
		if (e->sets_pti && !pti)
			p.pti = e->pti;
		if (e->first.at && !name) {
			p.first = e->first;
			p.last = e->last;
		}
		if (e->club.at && !club)
			p.club = e->club;
		pti = pti || e->sets_pti;
		name = name || e->first.at;
		club = club || e->club.at;
	}
	return p;
}

int tc_page_instead(const struct tc_world *w, const struct tc_league *l, int64_t k, int64_t now_ms)
{
	for (const struct tc_edit *e = w->edits; e; e = e->next)
		if (e->league == l && e->k == k && e->from_ms <= now_ms && e->sets_page)
			return e->page;
	return -1;
}

struct str tc_team_name(const struct tc_world *w, const struct tc_league *l, int64_t team,
			struct arena *a)
{
	uint64_t pick = tc_pick(w, l, team, WHAT_TEAM);

	if (team >= l->teams)
		return STR("BYE");
	return str_printf(a, "%s - %lld", clubs[pick % COUNT(clubs)], (long long)team + 1);
}

void tc_put_pti(struct buf *b, int32_t pti)
{
	int32_t size;

	if (pti == TC_NO_PTI)
		return;
	size = pti < 0 ? -pti : pti;
	buf_printf(b, "%s%d.%d", pti < 0 ? "-" : "", size / 10, size % 10);
}

void tc_put_date(struct buf *b, int64_t ms)
{
	AUTO_BUF iso;

	buf_init(&iso, 64);
	instant_put(&iso, ms);
	buf_printf(b, "%.2s/%.2s/%.2s", iso.at + 5, iso.at + 8, iso.at + 2);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* t_reading.c - whom to believe: a page, or a language model that read it. */
#include "desk.h"
#include "pti/reading.h"
#include "tap.h"

#define KEY "fc-00000000-0000-4000-8000-00000000beef"
#define PAGE \
	"https://gbpta.tenniscores.com/?print&mod=nndz-Sm5yb2lPdTcxdFJibXc9PQ%3D%3D&p=nndz-WkM2NXhyMzZoQT09"
#define TEAM "https://gbpta.tenniscores.com/?mod=nndz-x&team=nndz-y"
#define V2 "{\"firecrawl_key\": \"" KEY "\"}"
#define V1 "{\"firecrawl_key\": \"" KEY "\", \"source\": \"firecrawl_v1\"}"
#define BOTH "{\"firecrawl_key\": \"" KEY "\", \"cross_check\": true}"

#define META(rest) "\"metadata\":{\"sourceURL\":\"" PAGE "\",\"url\":\"" PAGE "\"" rest "}"
#define GOOD META(",\"statusCode\":200,\"creditsUsed\":1,\"cacheState\":\"miss\"")
#define CARD                                                                                      \
	"<html><body><div><div class='demi' style='font-size: 30px;'>Ann</div><div class='demi' " \
	"style='font-size: 30px;'>Oakes</div></div></body></html>"

static struct reading read_as(const char *config, const char *body)
{
	struct reading r;
	struct fetched f;
	static struct desk d;

	if (d.arena)
		desk_close(&d);
	desk_open(&d, config);
	d.body = body;
	f = desk_fetch(&d, PAGE);
	desk_must(reading_take(d.connection.pages, &f, d.arena, 0, &r, &oops));
	return r;
}

#define RATED(pti)                                                                               \
	"<html><body><div><div style='float: left;'><div style='font-size: 30px;' class='demi'>" \
	"Ann</div><div style='font-size: 30px;' class='demi'>Oakes</div><div style='font-size: " \
	"14px; height: 12px; line-height:7px;'>Harrow</div></div><div><div><span class='demi' "  \
	"style='font-size: 30px;'> " pti " </span><div class='clearfix'></div><span> Paddle "    \
	"Tennis Index </span></div></div></div><hr /></body></html>"

static void the_page_wins_over_the_model(void)
{
	struct reading r = read_as(BOTH, "{\"success\":true,\"data\":{\"rawHtml\":\"" RATED(
						 "16.8") "\",\"json\":{\"pti\":17.0}," GOOD "}}");

	OK(r.ok && r.card.pti == 168, "16.8, not 17.0");
	OK(str_eq(r.note, STR("The page says 16.8, a language model read 17.0")), "it is told");
	r = read_as(BOTH, "{\"success\":true,\"data\":{\"rawHtml\":\"" CARD
			  "\",\"json\":{\"pti\":17.0}," GOOD "}}");
	OK(!r.ok && r.card.pti == PTI_NONE, "a page without a rating has none");
	r = read_as(V2, "{\"success\":true,\"data\":{\"rawHtml\":\"" RATED("16.8") "\"," META(
				",\"statusCode\":200,\"cacheState\":\"hit\"") "}}");
	OK(r.ok && str_starts(r.note, STR("The service had kept the page")),
	   "a page out of a cache is told");
}

static void a_model_alone_is_taken_at_its_word_if_it_can_be(void)
{
#define EXTRACT(pti)                                                                            \
	"{\"success\":true,\"data\":{\"extract\":{\"player_name\":\" Ann Oakes \",\"pti\":" pti \
	"}," META("") "}}"
	struct reading r = read_as(V1, EXTRACT("35.3"));
	static const char *const none[] = { EXTRACT("null"), EXTRACT("\"N/A\""), EXTRACT("true"),
					    EXTRACT("1e9"),  EXTRACT("[35.3]"),  EXTRACT("-31") };

	OK(r.ok && r.card.pti == 353, "a number");
	OK(str_eq(r.card.name, STR("Ann Oakes")), "and a name");
	OK(read_as(V1, EXTRACT("\"35.3\"")).card.pti == 353, "a text that is a number");
	for (size_t i = 0; i < COUNT(none); i++) {
		r = read_as(V1, none[i]);
		OK(!r.ok && r.card.pti == PTI_NONE &&
			   str_eq(r.error, STR("Could not extract PTI from page")),
		   "none of case %zu", i);
	}
}

/* ---- rosters ---- */

static struct roster roster_as(const char *config, const char *body)
{
	struct roster r;
	struct fetched f;
	struct source *source;
	struct address at;
	static struct desk d;

	if (d.arena)
		desk_close(&d);
	desk_open(&d, config);
	d.body = body;
	desk_must(address_team(d.arena, STR(TEAM), &at, &oops));
	desk_must(source_open(d.arena, &d.engine, &d.connection, &source, &oops));
	desk_must(source_fetch(source, &at, d.arena, &f, &oops));
	desk_must(roster_take(d.connection.pages, &f, d.arena, &r, &oops));
	return r;
}

static void a_model_tells_a_roster_where_nothing_else_is_asked(void)
{
#define ROSTER(extract) \
	"{\"success\":true,\"data\":{\"extract\":" extract ",\"metadata\":{\"url\":\"" TEAM "\"}}}"
	struct roster r = roster_as(V1, ROSTER("{\"team_name\":\"Harrow 1\",\"players\":[{\"name\":"
					       "\" Ann Oakes\",\"pti\":\"16.8\"},{\"name\":\"Bea\","
					       "\"pti\":null},{\"pti\":3.0},{\"name\":\"Cora\","
					       "\"pti\":500},7]}"));

	OK(r.outcome == CARD_OK && str_eq(r.team, STR("Harrow 1")) && r.rated, "a team");
	OK(r.rows == 3 && r.row[0].pti == 168 && str_eq(r.row[0].name, STR("Ann Oakes")),
	   "names and ratings");
	OK(r.row[1].pti == PTI_NONE && r.row[2].pti == PTI_NONE && r.row[2].wins == -1,
	   "or none, where it is none");
	r = roster_as(V1, ROSTER("{\"team_name\":\"\",\"players\":[]}"));
	OK(r.outcome == CARD_NOT_FOUND, "nothing is no team");
	r = roster_as(V2,
		      "{\"success\":true,\"data\":{\"rawHtml\":\"<table class=team_roster_table>"
		      "<tr><th>Harrow 1<th>R<tr><td><a href='/player.php?p=x'>Ann</a><td>1.5"
		      "</table>\",\"json\":{\"players\":[]},\"metadata\":{\"url\":\"" TEAM "\"}}}");
	OK(r.rows == 1 && r.row[0].pti == 15, "a page is read where there is one");
}

int main(void)
{
	the_page_wins_over_the_model();
	a_model_alone_is_taken_at_its_word_if_it_can_be();
	a_model_tells_a_roster_where_nothing_else_is_asked();
	return tap_done();
}

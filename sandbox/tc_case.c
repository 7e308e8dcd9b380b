/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tc_case.c - pages with a name, each for one oddity: every league has them, under fixed ids.
 *
 * A page that is no card stands under a player's and a team's id alike.
 */
#include "tc.h"

#include "data/json.h"

#define SEATS_MAX 12
#define NO TC_NO_PTI
/* 2025-03-06 */
#define MATCH_MS ((int64_t)1741219200000)
#define SLOW_BYTES 256
#define SLOW_MS 3000

struct tc_case {
	const char *name;
	int64_t number;
	enum tc_kind kind;
	struct tc_player player;
	bool unrated, fragment, platform, twin;
	const char *section, *comment;
	int32_t misread;
	const struct tc_seat *seat;
	size_t seats;
	/* Of a page that is no card. */
	unsigned status;
	enum delivery delivery;
	const char *text, *location;
};

#define S(literal)                           \
	{                                    \
		literal, sizeof(literal) - 1 \
	}
#define WHO(first, last, club, pti)             \
	{                                       \
		S(first), S(last), S(club), pti \
	}
#define SEAT(first, last, pti, number, section, c, cc)                                 \
	{                                                                              \
		WHO(first, last, "Cedar Point R&T", pti), number, section, c, cc, 3, 2 \
	}

static const struct tc_seat seats[] = {
	SEAT("Greta", "Elderbach", 148, 900021, 0, true, false),
	SEAT("Tova ", "Foxcroft", NO, 900022, 0, false, true),
	SEAT("Nils", "Arkwell", -12, 900023, 1, false, false),
	SEAT("Ren\xC3\xA9", "O'Brackwater", 1, 900024, 1, false, false),
	SEAT("Hugo \"Ace\"", "Lindqvist Jr.", 353, 9000001, 1, false, false),
	SEAT("PIA", "STORMONT", NO, 900025, 1, false, false),
	SEAT("Otto", "Garrick (S\xE2\x86\x91)", 441, 900026, 2, false, false),
	SEAT("Greta", "Elderbach", 148, 900021, 2, false, false),
	SEAT("Greta", "Elderbach", 612, 900027, 2, false, false),
};

static const char blocked[] = "<html><head><title>403 Forbidden</title></head>"
			      "<body><h1>Access denied</h1></body></html>\n";
static const char captcha[] =
	"<!DOCTYPE html><html><head><title>One more step</title></head><body>\n"
	"<h1>Please complete the captcha</h1><p>We have seen 40 requests from your address in the\n"
	"last minute. Are you a robot? Prove that you are not, and the Paddle Tennis Index you were\n"
	"looking for will be back.</p><form method=post><div class=captcha data-key=99.9></div>\n"
	"<input type=submit value=Continue></form></body></html>\n";

/* clang-format off */
#define CARD(named, id, who, ...) \
	{ .name = (named), .number = (id), .kind = TC_CARD, .player = who, ##__VA_ARGS__ }
#define TEAM(named, id, who, ...) \
	{ .name = (named), .number = (id), .kind = TC_ROSTER, .player = who, ##__VA_ARGS__ }
#define PAGE(named, id, answered, how, body, ...)                                              \
	{ .name = (named), .number = (id), .status = (answered), .delivery = (how), .text = (body), \
	  ##__VA_ARGS__ }
/* clang-format on */

static const struct tc_case cases[] = {
	CARD("player_ok", 9000001, WHO("Hugo", "Lindqvist", "Cedar Point R&T", 353), .twin = true),
	CARD("player_negative", 900002, WHO("Wanda", "Ironside", "Oak & Iron Club", -24)),
	CARD("player_single_digit", 900003, WHO("Kofi", "Rookwood", "Lantern Hill CC", 44)),
	CARD("player_high", 900004, WHO("Esme", "Saltmarsh", "Dunmore Field Club", 971)),
	CARD("player_zero", 900005, WHO("Basil", "Kestrel", "Bay Harrow Club", 0)),
	CARD("player_no_pti_rated_league", 900006, WHO("Lotte", "Whitlock", "Bay Harrow Club", NO),
	     .misread = 402),
	CARD("player_no_pti_unrated_league", 900007,
	     WHO("Marco", "Redfern", "Lindqvist Courts", NO), .unrated = true, .misread = 40),
	CARD("player_unknown_id", 900008, WHO("", "", "", NO), .misread = 402),
	CARD("player_trap", 900009, WHO("Selma", "Darkwood", "Lantern Hill CC", NO), .twin = true,
	     .section = "Winter Team Nationals Play Off PTI 40-45",
	     .comment = "LAD Accepted 10280\nLAD Declined 35.3 Paddle Tennis Index\n",
	     .misread = 400),
	CARD("player_names", 900010,
	     WHO("Ren\xC3\xA9  \"Ace\"", "O'Ju\xC3\xA1rez-\xC3\x98stby Jr.", "Smash & Lob  Club",
		 512)),
	CARD("player_fragment", 900011, WHO("Ines", "Merriwind", "Les \xC3\x89rables", 287),
	     .fragment = true, .twin = true),
	CARD("player_platform", 900012, WHO("Theo", "Holloway", "Bay Harrow Club", 419),
	     .platform = true),
	CARD("player_out_of_range", 900013, WHO("Uma", "Zellweather", "Bay Harrow Club", 8120)),
	CARD("player_unusual", 900014, WHO("Zeno", "Thistlewood", "Bay Harrow Club", 1043)),
	CARD("player_model_wrong", 900015, WHO("Vera", "Hazelden", "Arrow Falls  Club", 168),
	     .misread = 170, .twin = true),
	TEAM("team_ok", 900101, WHO("", "Smash & Lob - 1", "Cedar Point R&T", NO), .seat = seats,
	     .seats = COUNT(seats)),
	TEAM("team_no_rating", 900102, WHO("", "Lindqvist Courts - 2", "Lindqvist Courts", NO),
	     .unrated = true, .seat = seats, .seats = COUNT(seats)),
	TEAM("team_bye", 900103, WHO("", "BYE", "", NO), .seats = 0),
	PAGE("blocked_page", 900201, 403, DELIVER_WHOLE, blocked),
	PAGE("captcha_page", 900202, 200, DELIVER_WHOLE, captcha),
	CARD("slow_page", 900203, WHO("Sana", "Yellowlees", "Bay Harrow Club", 301),
	     .delivery = DELIVER_DRIP),
	CARD("truncated_page", 900204, WHO("Cyrus", "Umberland", "Bay Harrow Club", 302),
	     .delivery = DELIVER_CUT),
	PAGE("garbage_page", 900205, 200, DELIVER_WHOLE, "\x1f\x8b\xff\xfe<div <<\xc0\xaf>>"),
	PAGE("error_page", 900206, 500, DELIVER_WHOLE, "Internal Server Error\n"),
	PAGE("gone_page", 900207, 404, DELIVER_WHOLE, "Not Found\n"),
	PAGE("busy_page", 900208, 429, DELIVER_WHOLE, "Too Many Requests\n"),
	PAGE("reset_page", 900209, 200, DELIVER_NOTHING, ""),
	PAGE("empty_page", 900210, 200, DELIVER_WHOLE, ""),
	PAGE("elsewhere_page", 900211, 302, DELIVER_WHOLE, "",
	     .location = "https://parking.example.com/?p=1"),
};

int tc_case_find(struct str name)
{
	for (size_t i = 0; i < COUNT(cases); i++)
		if (str_eq(name, str_from(cases[i].name)))
			return (int)i;
	return -1;
}

int tc_case_of_number(int64_t number)
{
	for (size_t i = 0; i < COUNT(cases); i++)
		if (cases[i].number == number)
			return (int)i;
	return -1;
}

static void make_matches(const struct tc_case *c, struct tc_match match[2])
{
	struct str own, section = STR("Day League: Series 1");
	bool blank = !c->player.first.len;

	if (c->section)
		section = str_from(c->section);
	own = blank ? STR("Rosa Barlowe") : c->player.last;
	match[0] = (struct tc_match){
		.won = true,
		.section = section,
		.text = STR("Team A 1 (H) vs Team B 1a (A)"),
		.id = 4666156,
		.at_ms = MATCH_MS,
		.line = 2,
		.sets = 2,
		.rating = NO,
		.side = { { 2,
			    blank ? -1 : 0,
			    { own, STR("Bea Arkwell") },
			    { 402, 234 },
			    { 6, 7 },
			    { -1, 7, -1 } },
			  { 1,
			    -1,
			    { STR("Nils Whitlock"), { "", 0 } },
			    { 44, 0 },
			    { 3, 6 },
			    { -1, 5, -1 } } },
	};
	match[1] = match[0];
	match[1].tournament = true;
	match[1].section = c->section ? section : STR("Harbor Classic 2025");
	match[1].text = STR("Barlowe/Arkwell vs Whitlock/Garrick");
	match[1].id = -2154309;
	match[1].at_ms = MATCH_MS - 5 * TC_WEEK_MS;
	match[1].won = false;
	match[1].rating = 349;
	match[1].side[1].names = 0;
}

static void answer_card(const struct tc_ask *ask, const struct tc_case *c, struct reply *reply)
{
	struct tc_match match[2];
	struct tc_card card = {
		.player = c->player,
		.rated = !c->unrated,
		.fragment = c->fragment,
		.platform = c->platform,
		.comment = c->comment,
		.match = match,
		.n = c->twin ? 2 : 1,
	};

	make_matches(c, match);
	tc_put_card(ask, &card, &reply->body);
}

static struct tc_roster roster_of(const struct tc_ask *ask, const struct tc_case *c)
{
	struct tc_roster r = { c->player.last, c->player.club, !c->unrated, NULL, c->seats };

	r.seat = arena_new_array(ask->scratch, struct tc_seat, SEATS_MAX);
	for (size_t i = 0; i < c->seats; i++) {
		r.seat[i] = c->seat[i];
		if (c->unrated)
			r.seat[i].player.pti = NO;
	}
	return r;
}

void tc_case_answer(const struct tc_ask *ask, int which, struct reply *reply, struct tc_seen *seen)
{
	const struct tc_case *c = &cases[which];

	seen->kind = c->kind;
	seen->player = c->player;
	seen->known = c->player.first.len > 0;
	seen->misread = c->misread ? c->misread : NO;
	if (c->location)
		reply_redirect(reply, c->status, str_from(c->location));
	if (c->status)
		reply->status = c->status;
	reply->delivery = c->delivery;
	reply->drip_bytes = SLOW_BYTES;
	reply->drip_ms = SLOW_MS;
	switch (c->kind) {
	case TC_CARD:
		answer_card(ask, c, reply);
		break;
	case TC_ROSTER:
		seen->roster = roster_of(ask, c);
		tc_put_roster(ask, &seen->roster, &reply->body);
		break;
	case TC_RATINGS:
	case TC_OTHER:
		seen->player.pti = NO;
		buf_add(&reply->body, str_from(c->text));
		break;
	}
}

static void put_case(const struct tc_ask *ask, const struct tc_case *c, struct buf *b)
{
	struct str id = tc_id(ask->scratch, c->number);

	buf_printf(b, "{\"name\":\"%s\",\"kind\":\"%s\",\"id\":\"%.*s\",\"path\":\"", c->name,
		   c->kind == TC_ROSTER ? "team"
		   : c->kind == TC_CARD ? "player"
					: "page",
		   STR_ARG(id));
	buf_add(b, c->kind == TC_ROSTER ? STR("/?mod=" TC_TEAM_MOD "&team=")
					: STR("/?print&mod=" TC_PLAYER_MOD "&p="));
	tc_put_id(b, id);
	buf_add(b, STR("\",\"first\":"));
	json_write_str(b, c->player.first);
	buf_add(b, STR(",\"last\":"));
	json_write_str(b, c->player.last);
	buf_add(b, STR(",\"club\":"));
	json_write_str(b, c->player.club);
	buf_add(b, STR(",\"pti\":"));
	if (c->kind == TC_CARD && c->player.pti != NO)
		tc_put_pti(b, c->player.pti);
	else
		buf_add(b, STR("null"));
	buf_char(b, '}');
}

void tc_case_list(const struct tc_ask *ask, struct buf *b)
{
	buf_char(b, '[');
	for (size_t i = 0; i < COUNT(cases); i++) {
		if (i)
			buf_char(b, ',');
		put_case(ask, &cases[i], b);
	}
	buf_char(b, ']');
}

void tc_case_help(struct buf *b)
{
	struct arena *a = arena_new("fixtures", (size_t)1 << 20);

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct str id = tc_id(a, cases[i].number);

		buf_printf(b, "  %-29s %.*s\n", cases[i].name, STR_ARG(id));
	}
	arena_free(a);
}

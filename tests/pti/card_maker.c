/* SPDX-License-Identifier: Apache-2.0 */
/*
 * card_maker.c - player cards of invented people with known truth.
 *
 * A card is written piece by piece; each piece draws how it is written (order and quotes of
 * attributes, letters' case, blanks, closing tags that are forgotten, comments, wrappers).  Breaks
 * are made on top, and never change the digits of the rating.
 */
#include "card_maker.h"

#include <stdio.h>

#define PAGE_MAX ((size_t)1 << 20)

struct maker {
	struct rng rng;
	struct buf b;
	struct made_card *card;
	size_t value_at, value_end; /* the number's bytes */
	bool upper, sloppy;         /* tags in capitals; closing tags may be missing */
	bool noisy;                 /* comments and scripts with numbers in between */
};

static bool chance(struct maker *m, unsigned percent)
{
	return rng_below(&m->rng, 100) < percent;
}

static const char *any_of(struct maker *m, const char *const *of, size_t n)
{
	return of[rng_below(&m->rng, n)];
}

#define ANY(m, ...)                                       \
	any_of((m), (const char *const[]){ __VA_ARGS__ }, \
	       COUNT(((const char *const[]){ __VA_ARGS__ })))

static void put(struct maker *m, const char *text)
{
	buf_add(&m->b, str_from(text));
}

static void blank(struct maker *m)
{
	put(m, ANY(m, "", " ", "\n", "\t  ", "\r\n\t", "   ", "&nbsp;", "\n&#160; "));
}

/* Between two elements. */
static void gap(struct maker *m)
{
	put(m, ANY(m, "", "\n", "\n    ", "\t", " "));
	if (!m->noisy || !chance(m, 25))
		return;
	put(m, ANY(m, "<!-- LAD Accepted 10280 Declined 31 -->",
		   "<!-- <span class=\"demi\">77.7</span><span>Paddle Tennis Index</span> -->",
		   "<!-- 55.5 Paddle Tennis Index",
		   "<script>var pti = 99.9; // <span>Paddle Tennis Index</span>\n</script>",
		   "<style>.pti { width: 44.4px }</style>"));
	if (str_ends(buf_str(&m->b), STR("Index")))
		put(m, " -->");
}

static void tag(struct maker *m, const char *name)
{
	for (; *name; name++)
		buf_char(&m->b,
			 m->upper && *name >= 'a' && *name <= 'z' ? (char)(*name - 32) : *name);
}

static void attribute(struct maker *m, const char *name, const char *value)
{
	bool bare = !strpbrk(value, " ;:") && *value && chance(m, 30);
	const char *quote = bare ? "" : ANY(m, "\"", "'");

	put(m, ANY(m, " ", " ", "  ", "\n\t"));
	tag(m, name);
	put(m, "=");
	put(m, quote);
	put(m, value);
	put(m, quote);
}

/* Declarations in another order, with other blanks, perhaps in capitals. */
static const char *restyled(struct maker *m, struct arena *a, const char *style)
{
	bool capital = chance(m, 10), wide = chance(m, 30);
	struct buf b;

	buf_in(&b, a, 1000);
	for (; *style; style++) {
		char c = capital && *style >= 'a' && *style <= 'z' ? (char)(*style - 32) : *style;

		if (c == ' ' && chance(m, 30))
			continue;
		buf_char(&b, c);
		if (wide && (c == ':' || c == ';'))
			buf_char(&b, ' ');
	}
	return buf_str(&b).at;
}

static void begin(struct maker *m, struct arena *a, const char *name, const char *class,
		  const char *style)
{
	bool first = chance(m, 50);

	put(m, "<");
	tag(m, name);
	if (*class && first)
		attribute(m, "class", class);
	if (*style)
		attribute(m, "style", restyled(m, a, style));
	if (*class && !first)
		attribute(m, "class", class);
	if (chance(m, 5))
		attribute(m, "data-pti", "66.6");
	put(m, ">");
}

static void end(struct maker *m, const char *name)
{
	put(m, "</");
	tag(m, name);
	put(m, ">");
}

/* An empty line; sloppy pages forget to end it. */
static void clear(struct maker *m, struct arena *a, bool may_stay_open)
{
	begin(m, a, "div", "clearfix", "margin-bottom: 5px;");
	if (!may_stay_open || !m->sloppy || !chance(m, 30))
		end(m, "div");
	gap(m);
}

/* ---- truth ---- */

static void invent(struct maker *m)
{
	struct made_card *c = m->card;
	int32_t size = (int32_t)rng_below(&m->rng, chance(m, 10) ? 100 : 990);

	c->known = !chance(m, 4);
	c->rated = chance(m, 85);
	c->tenths = c->rated ? (chance(m, 4) ? -size % 200 : size) : 0;
	c->latin1 = chance(m, 5);
	c->first = str_from(ANY(m, "Theodora", "Zo\303\253", "Ana Mar\303\255a", "\303\211loise",
				"J\303\274rgen", "Cora", "BEA", "Fay-Ann", "Dora"));
	c->last = str_from(ANY(m, "Tester", "O'Twofold", "M\303\274ller Jr.", "Sixpence III",
			       "Sevenoaks", "de la Fuente", "St. Invented", "Court 16"));
	c->club = str_from(ANY(m, "Harbor Platform Tennis", "Millbrook 2", "Lakeshore S&F",
			       "Soci\303\251t\303\251 de Paddle", "Club 44.4", ""));
	if (!c->known) {
		c->first = c->last = c->club = STR("");
		c->rated = false;
	}
}

/* ---- the card ---- */

static void words(struct maker *m, struct str text)
{
	for (size_t i = 0; i < text.len; i++)
		if (text.at[i] == ' ')
			put(m, ANY(m, " ", "  ", "&nbsp;", "\n "));
		else if (text.at[i] == '&' && chance(m, 50))
			put(m, "&amp;");
		else
			buf_char(&m->b, text.at[i]);
}

static void left(struct maker *m, struct arena *a)
{
	static const char *const line =
		"font-size: 30px; color: #333; line-height: 25px; height: 30px;";
	const struct made_card *c = m->card;
	bool plain = c->broken == BREAK_NAME;
	const struct str part[] = { c->first, c->last };

	begin(m, a, "div", "", "float: left; padding: 30px; width: 450px;");
	for (size_t i = 0; i < COUNT(part); i++) {
		begin(m, a, "div", plain ? "name" : "demi", line);
		blank(m);
		words(m, part[i]);
		blank(m);
		end(m, "div");
		gap(m);
		clear(m, a, true);
	}
	begin(m, a, "div", "", "font-size: 14px; height: 12px; line-height:7px;float: left;");
	blank(m);
	words(m, c->club);
	blank(m);
	end(m, "div");
	gap(m);
	begin(m, a, "div", "", "font-size: 14px; height: 12px; line-height:12px;float: left;");
	end(m, "div");
	end(m, "div");
	gap(m);
}

/* A number as the page writes it, by digits or their entities. */
static void number(struct maker *m, int32_t tenths)
{
	int32_t size = tenths < 0 ? -tenths : tenths;
	bool entity = chance(m, 3);
	char text[20];

	snprintf(text, sizeof(text), "%s%d.%d", tenths < 0 ? "-" : "", size / 10, size % 10);
	m->value_at = m->b.len;
	for (const char *c = text; *c; c++)
		if (entity)
			buf_printf(&m->b, "&#%d;", *c);
		else
			buf_char(&m->b, *c);
	m->value_end = m->b.len;
}

static void spoilt_number(struct maker *m)
{
	int32_t t = m->card->tenths < 0 ? -m->card->tenths : m->card->tenths;

	switch (rng_below(&m->rng, 9)) {
	case 0:
		break;
	case 1:
		buf_printf(&m->b, "%d.%d (est.)", t / 10, t % 10);
		break;
	case 2:
		buf_printf(&m->b, "%d,%d", t / 10, t % 10);
		break;
	case 3:
		buf_printf(&m->b, "%d-%d", t / 10, t / 10 + 5);
		break;
	case 4:
		buf_printf(&m->b, "%d.%d %d.%d", t / 10, t % 10, t / 10 + 1, t % 10);
		break;
	case 5:
		buf_printf(&m->b, "\342\210\222%d.%d", t / 10, t % 10);
		break;
	case 6:
		put(m, "NR");
		break;
	case 7:
		buf_printf(&m->b, "%d.%d.%d", t / 10, t % 10, t % 10);
		break;
	default:
		buf_printf(&m->b, "%d", t + 1201);
		break;
	}
}

static void label(struct maker *m)
{
	if (m->card->broken == BREAK_LABEL)
		put(m, ANY(m, "", "PTI", "Indice de tennis", "Platform-Tennis-Index",
			   "\303\215ndice de P\303\241del", "Win Percentage", "Tennis Index"));
	else
		put(m, ANY(m, "Paddle Tennis Index", "Paddle Tennis Index", "Platform Tennis Index",
			   "PADDLE TENNIS INDEX", "paddle&nbsp;tennis\n\tindex",
			   "Platform  Tennis Index"));
}

static void rating(struct maker *m, struct arena *a, bool spoilt)
{
	const char *wrap = chance(m, 15) ? ANY(m, "b", "font", "div", "em") : "";
	const char *round = chance(m, 10) ? ANY(m, "div", "section", "center") : "";

	if (*round)
		begin(m, a, round, "", "");
	begin(m, a, "span", "demi", "font-size: 30px;");
	if (*wrap)
		begin(m, a, wrap, "", "");
	blank(m);
	if (spoilt)
		spoilt_number(m);
	else
		number(m, m->card->tenths);
	blank(m);
	if (*wrap)
		end(m, wrap);
	if (!m->sloppy || !chance(m, 20))
		end(m, "span");
	gap(m);
	clear(m, a, true);
	begin(m, a, "span", "", "color: #b5b5b5;font-size: 14px;");
	blank(m);
	label(m);
	blank(m);
	end(m, "span");
	if (*round)
		end(m, round);
}

static void right(struct maker *m, struct arena *a)
{
	const struct made_card *c = m->card;

	begin(m, a, "div", "", "float: left; padding: 30px 0 0 30px; width: 150px;");
	gap(m);
	begin(m, a, "div", "", "float: right;");
	if (c->rated) {
		begin(m, a, "div", "", "float: right;text-align: right;");
		rating(m, a, c->broken == BREAK_VALUE);
		end(m, "div");
	}
	gap(m);
	clear(m, a, false);
	end(m, "div");
	end(m, "div");
	gap(m);
}

/* ---- what stands around it ---- */

static void matches(struct maker *m, struct arena *a)
{
	unsigned n = (unsigned)rng_below(&m->rng, 4);

	if (n == 0)
		return;
	begin(m, a, "div", "shader match_type_All match_type_League", "margin-bottom: 30px;");
	begin(m, a, "div", "sectioner", "");
	put(m, ANY(m, "Day League: Series 1", "Team Nationals Play Off PTI 40-45",
		   "Paddle Tennis Index 40.5 and under", "Platform Tennis Index"));
	end(m, "div");
	for (unsigned i = 0; i < n; i++) {
		buf_printf(&m->b,
			   "<div id=\"match_%u\" class=\"match_type_All match_type_League\">",
			   i + 100);
		put(m, "<div> 03/06/25</div><div><a href=#>Harbor 1 (H) vs Millbrook 2 (A) &nbsp; "
		       "</a></div><div> 2 </div><div> W </div>");
		if (chance(m, 50))
			put(m, "<div style=\"width: 60px;\">16.6 </div>");
		buf_printf(&m->b,
			   "<div class=match_card id=match_card_%u><div>2</div>"
			   "<div style=\"width: 480px;\"><b>Own Name</b> 40.2 / Bea Two 23.4</div>"
			   "<div>6</div></div></div>",
			   i + 100);
	}
	end(m, "div");
}

static void advertise(struct maker *m)
{
	if (chance(m, 20))
		put(m, ANY(m, "<div>PTI 44.4</div>", "<span class=\"demi\">77.7</span>",
			   "<p>Best Paddle Tennis Index of the year: 12.3</p>",
			   "<div class=demi style='width: 68px'>31.1</div>",
			   "<img alt='88.8 Paddle Tennis Index' src=x>"));
}

static void head(struct maker *m)
{
	if (chance(m, 15) && !m->card->latin1)
		return;
	buf_printf(&m->b,
		   "<!DOCTYPE html>\n<html>\n<head><meta http-equiv=\"Content-Type\" "
		   "content=\"text/html; charset=%s\" /><title>Invented League PTI 33.3</title>"
		   "<style>.demi { width: 10.5px }</style></head>\n<body id=\"body_id\" "
		   "class=\"theme\">\n",
		   m->card->latin1 ? "iso-8859-1" : "utf-8");
}

static void body(struct maker *m, struct arena *a)
{
	bool moved = chance(m, 10);

	begin(m, a, "div", "", "");
	if (!moved)
		left(m, a);
	right(m, a);
	if (moved)
		left(m, a);
	end(m, "div");
	gap(m);
	put(m, chance(m, 50) ? "<hr />" : "<HR>");
}

/* ---- breaks ---- */

static void double_it(struct maker *m, struct arena *a)
{
	int32_t tenths = m->card->tenths;

	m->card->tenths = (tenths + 55) % 900;
	if (chance(m, 50))
		rating(m, a, false);
	else
		body(m, a);
	m->card->tenths = tenths;
}

static struct str without_bytes(struct maker *m, struct arena *a, struct str html)
{
	unsigned n = 1 + (unsigned)rng_below(&m->rng, 6);
	char *at = arena_alloc(a, html.len + 1);
	size_t len = html.len;

	memcpy(at, html.at, len);
	for (unsigned i = 0; i < n; i++) {
		size_t where = (size_t)rng_below(&m->rng, len);

		if (where + 1 >= m->value_at && where <= m->value_end)
			continue;
		if (chance(m, 50)) {
			at[where] = ANY(m, "<", ">", "\"", "'", "/", "x", "&", "=")[0];
			continue;
		}
		memmove(at + where, at + where + 1, len - where - 1);
		len--;
		m->value_at -= where < m->value_at;
		m->value_end -= where < m->value_end;
	}
	return (struct str){ at, len };
}

static struct str as_latin1(struct arena *a, struct str html)
{
	char *at = arena_alloc(a, html.len + 1);
	size_t n = 0;

	for (size_t i = 0; i < html.len; i++) {
		unsigned char c = (unsigned char)html.at[i];

		if (c == 0xc2 || c == 0xc3)
			c = (unsigned char)(html.at[++i] + (c == 0xc3 ? 0x40 : 0));
		else if (c >= 0x80)
			c = '?';
		at[n++] = (char)c;
	}
	return (struct str){ at, n };
}

static struct str broken_page(struct maker *m, struct arena *a)
{
	struct str html = buf_str(&m->b);

	if (m->card->broken == BREAK_BYTES)
		html = without_bytes(m, a, html);
	if (m->card->broken == BREAK_CUT)
		html = str_slice(html, 0, (size_t)rng_below(&m->rng, html.len));
	return m->card->latin1 ? as_latin1(a, html) : html;
}

void card_make(uint64_t seed, struct arena *a, struct made_card *out)
{
	struct maker m = { .rng = { seed * 0x2545F4914F6CDD1Du + 1 }, .card = out };

	*out = (struct made_card){ .broken = BREAK_NONE };
	buf_in(&m.b, a, PAGE_MAX);
	invent(&m);
	if (chance(&m, 40))
		out->broken = (enum break_kind)(1 + rng_below(&m.rng, BREAKS - 1));
	m.upper = chance(&m, 10);
	m.sloppy = chance(&m, 30);
	m.noisy = chance(&m, 50);
	head(&m);
	advertise(&m);
	body(&m, a);
	advertise(&m);
	if (out->broken == BREAK_DOUBLED)
		double_it(&m, a);
	matches(&m, a);
	if (chance(&m, 80))
		put(&m, "</body></html>\n");
	out->html = broken_page(&m, a);
}

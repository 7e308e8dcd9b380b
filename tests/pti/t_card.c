/* SPDX-License-Identifier: Apache-2.0 */
/*
 * t_card.c - golden pages: what the shipped connector's plan reads from each.
 *
 * A case is pages/NAME.html and what is to be read from it, pages/NAME.json.  NAME begins with what
 * is asked for: "team_", "ratings_", anything else a player's card (with its matches).  A page that
 * was read wrongly is one more pair; all names are invented.
 *
 * ratings.txt has what may stand in the place of a rating, on one line (\x20 and the like
 * resolved), and behind each a line with what is read: "= 35.3", or "! why not".
 */
#include "base/file.h"
#include "data/json.h"
#include "pages.h"
#include "tap.h"

#include <dirent.h>
#include <stdlib.h>

#define CASES_MAX 1000
#define PAGE_BYTES_MAX ((size_t)1 << 20)

static struct str root;
static const struct pages *pages;

static int by_name(const void *a, const void *b)
{
	return str_cmp(*(const struct str *)a, *(const struct str *)b);
}

static size_t list_cases(struct arena *a, struct str *out)
{
	DIR *d = opendir(str_printf(a, "%.*s/tests/pti/pages", STR_ARG(root)).at);
	const struct dirent *entry;
	size_t n = 0;

	while (d && (entry = readdir(d)) && n < CASES_MAX) {
		struct str name = str_from(entry->d_name);

		if (str_ends(name, STR(".html")))
			out[n++] = str_keep(a, str_slice(name, 0, name.len - strlen(".html")));
	}
	if (d)
		closedir(d);
	if (n > 0)
		qsort(out, n, sizeof(*out), by_name);
	return n;
}

static struct str file_of(struct arena *a, struct str name, const char *kind)
{
	struct str path =
		str_printf(a, "%.*s/tests/pti/pages/%.*s.%s", STR_ARG(root), STR_ARG(name), kind);
	struct str text = STR("");
	struct err e;

	if (!file_read(a, path.at, PAGE_BYTES_MAX, &text, &e))
		return STR("(no such file)");
	return text;
}

static void a_page_says_what_is_expected(struct str name)
{
	AUTO_ARENA *a = arena_new("case", (size_t)64 * 1024 * 1024);
	struct value said = UNDEFINED;
	struct str text = STR("");
	struct err e;

	if (!page_said(pages, name, file_of(a, name, "html"), a, &said, &e))
		OK(false, "%.*s: %s", STR_ARG(name), e.text);
	else if (json_pretty(a, said, &text, &e))
		IS(str_keep(a, str_trim(text)).at,
		   str_keep(a, str_trim(file_of(a, name, "json"))).at, name.at);
}

static int hex(char c)
{
	return c <= '9' ? c - '0' : c - 'a' + 10;
}

/* A card with `rating` in its column. */
static struct str card_with(struct arena *a, struct str rating)
{
	struct buf b;

	buf_in(&b, a, 1 << 16);
	buf_add(&b, STR("<meta charset=utf-8><title>League 44.4</title><div><div>"
			"<div class=demi style='font-size: 30px'>Theodora</div>"
			"<div class=demi style='font-size: 30px'>Tester</div>"
			"<div style='font-size: 14px; line-height: 7px'>Club 2</div></div><div>"));
	for (size_t i = 0; i < rating.len; i++)
		if (rating.at[i] == '\\') {
			buf_char(&b, (char)(hex(rating.at[i + 2]) * 16 + hex(rating.at[i + 3])));
			i += 3;
		} else {
			buf_char(&b, rating.at[i]);
		}
	buf_add(&b, STR("</div></div><hr><select><option>All Matches</select>"));
	return buf_str(&b);
}

static void a_rating_is_what_a_person_sees(struct str html, struct str want)
{
	AUTO_ARENA *a = arena_new("case", (size_t)64 * 1024 * 1024);
	struct card c = { .pti = PTI_NONE };
	struct str got;
	struct err e;

	if (!card_read(pages, card_with(a, html), a, 0, &c, &e))
		OK(false, "%.*s: %s", STR_ARG(html), e.text);
	got = c.pti == PTI_NONE ? str_printf(a, "! %.*s", STR_ARG(c.why))
				: str_printf(a, "= %s", pti_text(a, c.pti).at);
	IS(got.at, str_keep(a, want).at, str_keep(a, html).at);
}

static void ratings_are_what_a_person_sees(void)
{
	AUTO_ARENA *a = arena_new("test", (size_t)16 * 1024 * 1024);
	struct str file = str_printf(a, "%.*s/tests/pti/ratings.txt", STR_ARG(root));
	struct str rest = STR("");
	struct err e;
	size_t n = 0;

	OK(file_read(a, file.at, 1 << 20, &rest, &e), "the cases are there");
	while (rest.len) {
		struct str line = str_cut(&rest, '\n');

		if (!line.len || line.at[0] == '#')
			continue;
		a_rating_is_what_a_person_sees(line, str_cut(&rest, '\n'));
		n++;
	}
	OK(n > 60, "%zu cases", n);
}

static struct str repeated(struct arena *a, const char *first, const char *piece, size_t n)
{
	size_t len = strlen(piece), at = strlen(first);
	char *text = arena_alloc(a, at + n * len + 1);

	memcpy(text, first, at);
	for (size_t i = 0; i < n; i++, at += len)
		memcpy(text + at, piece, len);
	return (struct str){ text, at };
}

/* What a page is to blame for is an outcome; only our own files are failures. */
static void hostile_pages_have_an_outcome(void)
{
	AUTO_ARENA *a = arena_new("case", (size_t)256 * 1024 * 1024);
	struct pages *none = NULL;
	struct roster roster;
	struct card card;
	struct err e = { 0 };

	OK(card_read(pages, STR(""), a, 0, &card, &e) && card.outcome == CARD_BLOCKED,
	   "nothing is no card");
	OK(card_read(pages, repeated(a, "<p>", "x", HTML_BYTES_MAX), a, 0, &card, &e) &&
		   card.outcome == CARD_REFUSED && card.pti == PTI_NONE,
	   "more than a page may have is refused");
	OK(card_read(pages,
		     repeated(a,
			      "<div class=demi style=font-size:30px>A</div>"
			      "<div class=demi style=font-size:30px>B</div>",
			      "<span class=demi>1.1</span><span>Paddle Tennis Index</span>", 50000),
		     a, 0, &card, &e) &&
		   card.outcome == CARD_REFUSED,
	   "labels without end are refused");
	OK(roster_read(pages,
		       repeated(a, "<table class=team_roster_table><tr><th>A<th>R</tr><tr>",
				"<td><a href=player.php?p=1>x</a>", 5000),
		       a, &roster, &e) &&
		   roster.rows == 1 && roster.row[0].pti == PTI_NONE,
	   "a row without end has no rating");
	OK(!card_read(none, STR("<p>"), a, 0, &card, &e) && e.kind == ERR_CONFIG,
	   "a connector that does not know cards: %s", e.text);
}

int main(void)
{
	AUTO_ARENA *a = arena_new("test", (size_t)64 * 1024 * 1024);
	struct str *name = arena_new_array(a, struct str, CASES_MAX);
	struct err e;
	size_t n;

	assert(getenv("SOURCE_ROOT"));
	root = str_from(getenv("SOURCE_ROOT"));
	if (!pages_load(a,
			str_printf(a, "%.*s/connectors/tenniscores.pages.yaml", STR_ARG(root)).at,
			&pages, NULL, &e)) {
		OK(false, "%s", e.text);
		return tap_done();
	}
	n = list_cases(a, name);
	OK(n > 0, "there are cases");
	for (size_t i = 0; i < n; i++)
		a_page_says_what_is_expected(name[i]);
	ratings_are_what_a_person_sees();
	hostile_pages_have_an_outcome();
	return tap_done();
}

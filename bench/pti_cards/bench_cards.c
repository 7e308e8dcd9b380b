/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bench_cards.c - makes player cards, or reads them as often as is said.
 *
 *     bench_cards make DIR N       N rated cards of the corpus, as large as real ones
 *     bench_cards read DIR PAGES ROUNDS     "CARDS SUM SECONDS": the sum is that of all tenths
 *
 * PAGES is the connector's plan of pages.
 */
#include "../../tests/pti/card_maker.h"
#include "base/clock.h"
#include "base/file.h"
#include "pti/card.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#define CARDS_MAX 10000
#define STYLE_BYTES 17000 /* of style sheets that real cards begin with */
#define MATCHES 30

static const char usage[] = "usage: bench_cards make DIR N | read DIR PAGES ROUNDS\n";

/* The card between the style sheets and the matches that real ones have. */
static struct str enlarged(struct arena *a, struct str card)
{
	struct buf b;

	buf_in(&b, a, 1 << 20);
	buf_add(&b, STR("<style>\n"));
	for (size_t i = 0; b.len < STYLE_BYTES; i++)
		buf_printf(&b, ".shade%zu { color: #333; width: %zupx; margin-left: 4px; }\n", i,
			   i);
	buf_add(&b, STR("</style>\n"));
	buf_add(&b, card);
	buf_add(&b, STR("<div class=\"shader match_type_All match_type_League\"><div "
			"class=\"sectioner\">Day League: Series 1</div>\n"));
	for (int i = 0; i < MATCHES; i++)
		buf_printf(&b,
			   "<div id=\"match_%d\" class=\"match_type_All match_type_League\">\n"
			   "<div style=\"width: 68px; float: left;\"> 03/06/25</div>\n"
			   "<div style=\"width: 405px; float: left;\"><a href=\"#\">Harbor 1 (H) "
			   "vs Millbrook 1a (A) &nbsp; </a></div>\n<div style=\"width: 20px;\"> 2 "
			   "</div>\n<div style=\"width: 57px;\"> W </div>\n<div class=\"match_card "
			   "div_1\" id=\"match_card_%d\" style=\"display: none;\">\n<div "
			   "style=\"float: left; width: 16px;\"> 2 </div>\n<div style=\"float: "
			   "left; width: 480px;\"> <b>Own Name</b> 40.2 / Bea Twofold 23.4 "
			   "</div>\n<div style=\"float: left; width: 20px;\"> 6 </div>\n</div>\n"
			   "</div>\n",
			   i + 1, i + 1);
	buf_add(&b, STR("</div>\n"));
	return buf_str(&b);
}

static int make(const char *dir, long n)
{
	uint64_t seed = 0;
	struct err e;

	while (n > 0) {
		AUTO_ARENA *a = arena_new("card", (size_t)32 * 1024 * 1024);
		struct made_card card;

		card_make(++seed, a, &card);
		if (card.broken != BREAK_NONE || !card.rated || !card.known || card.latin1)
			continue;
		if (!file_write(str_printf(a, "%s/%06ld.html", dir, n).at, 0644,
				enlarged(a, card.html), &e)) {
			fprintf(stderr, "bench_cards: %s\n", e.text);
			return 1;
		}
		n--;
	}
	return 0;
}

static size_t load(struct arena *a, const char *dir, struct str *page)
{
	DIR *d = opendir(dir);
	const struct dirent *entry;
	size_t n = 0;
	struct err e;

	while (d && (entry = readdir(d)) && n < CARDS_MAX)
		if (str_ends(str_from(entry->d_name), STR(".html")) &&
		    file_read(a, str_printf(a, "%s/%s", dir, entry->d_name).at, 1 << 20, &page[n],
			      &e))
			n++;
	if (d)
		closedir(d);
	return n;
}

static int read_all(const char *dir, const char *plan, long rounds)
{
	AUTO_ARENA *a = arena_new("cards", (size_t)1 << 30);
	struct str *page = arena_new_array(a, struct str, CARDS_MAX);
	struct arena *one = arena_new("card", (size_t)32 * 1024 * 1024);
	size_t n = load(a, dir, page), read = 0;
	const struct pages *pages;
	int64_t sum = 0, began_ms;
	struct card card;
	struct err e;

	if (!pages_load(a, plan, &pages, NULL, &e)) {
		fprintf(stderr, "bench_cards: %s\n", e.text);
		return 1;
	}
	began_ms = clock_steady_ms(clock_system());
	for (size_t i = 0; i < n * (size_t)rounds; i++) {
		arena_reset(one);
		if (card_read(pages, page[i % n], one, 0, &card, &e) && card.outcome == CARD_OK) {
			sum += card.pti;
			read++;
		}
	}
	printf("%zu %lld %.3f\n", read, (long long)sum,
	       (double)(clock_steady_ms(clock_system()) - began_ms) / 1000);
	arena_free(one);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 4 && strcmp(argv[1], "make") == 0)
		return make(argv[2], strtol(argv[3], NULL, 10));
	if (argc == 5 && strcmp(argv[1], "read") == 0)
		return read_all(argv[2], argv[3], strtol(argv[4], NULL, 10));
	fputs(usage, stderr);
	return 2;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * t_corpus.c - ten thousand cards of known truth: no wrong number, and hardly one that is missed.
 *
 * A wrong number is any that is not the card's own.  A card counts as readable when it has a rating
 * and what marks it is whole, however sloppy the rest.
 */
#include "base/file.h"
#include "card_maker.h"
#include "pti/card.h"
#include "tap.h"

#include <stdlib.h>

#define CARDS 10000
#define SHOWN 5

static struct {
	unsigned readable, read, wrong, misnamed, made_up, unknown_found, failed;
	unsigned broken, broken_read;
} count;
static const struct pages *pages;
static unsigned shown;

static void show(uint64_t seed, const struct made_card *made, const struct card *got,
		 const char *what)
{
	if (shown++ < SHOWN)
		printf("# card %llu, break %d, %d tenths: %s; outcome %d, %d tenths, '%.*s'\n",
		       (unsigned long long)seed, made->broken, made->tenths, what, got->outcome,
		       got->pti, STR_ARG(got->why));
}

static void judge_name(uint64_t seed, struct arena *a, const struct made_card *made,
		       const struct card *got)
{
	struct str name = str_printf(a, "%.*s %.*s", STR_ARG(made->first), STR_ARG(made->last));

	if (pti_same_name(got->name, name))
		return;
	count.misnamed++;
	show(seed, made, got, "another name");
}

static void judge_broken(uint64_t seed, const struct made_card *made, const struct card *got)
{
	count.broken++;
	count.broken_read += got->outcome == CARD_OK;
	if (got->outcome == CARD_OK &&
	    (made->broken == BREAK_LABEL || made->broken == BREAK_VALUE ||
	     made->broken == BREAK_DOUBLED)) {
		count.made_up++;
		show(seed, made, got, "read from what cannot be read");
	}
}

static void judge(uint64_t seed, struct arena *a, const struct made_card *made,
		  const struct card *got)
{
	if (got->outcome == CARD_OK && (!made->rated || got->pti != made->tenths)) {
		count.wrong++;
		show(seed, made, got, "a wrong number");
	}
	if (got->outcome != CARD_OK && got->pti != PTI_NONE)
		count.wrong++;
	if (made->broken != BREAK_NONE) {
		judge_broken(seed, made, got);
	} else if (!made->known) {
		count.unknown_found += got->outcome != CARD_NOT_FOUND;
	} else {
		enum card_outcome want = made->rated ? CARD_OK : CARD_NO_PTI;

		count.readable++;
		count.read += got->outcome == want;
		if (got->outcome != want)
			show(seed, made, got, "not read");
		else
			judge_name(seed, a, made, got);
	}
}

static void read_one(uint64_t seed)
{
	AUTO_ARENA *a = arena_new("card", (size_t)32 * 1024 * 1024);
	struct made_card made;
	struct card got;
	struct err e;

	card_make(seed, a, &made);
	if (card_read(pages, made.html, a, seed % 2 ? 0 : 20, &got, &e))
		judge(seed, a, &made, &got);
	else
		count.failed++;
}

/* One card's bytes, to look at: t_pti_corpus SEED. */
static int print_one(const char *seed)
{
	AUTO_ARENA *a = arena_new("card", (size_t)32 * 1024 * 1024);
	struct made_card made;

	card_make(strtoull(seed, NULL, 10), a, &made);
	fwrite(made.html.at, 1, made.html.len, stdout);
	return 0;
}

int main(int argc, char **argv)
{
	AUTO_ARENA *a = arena_new("test", (size_t)32 * 1024 * 1024);
	struct str file;
	struct err e;

	if (argc > 1)
		return print_one(argv[1]);
	assert(getenv("SOURCE_ROOT"));
	file = str_printf(a, "%s/connectors/tenniscores.pages.yaml", getenv("SOURCE_ROOT"));
	OK(pages_load(a, file.at, &pages, NULL, &e), "the connector says what a card is");
	for (uint64_t seed = 1; pages && seed <= CARDS; seed++)
		read_one(seed);
	OK(count.failed == 0, "every card has an outcome");
	OK(count.wrong == 0, "no wrong number among %d cards: %u", CARDS, count.wrong);
	OK(count.readable > CARDS / 2 && count.read * 1000 >= count.readable * 999,
	   "%u of %u readable cards are read", count.read, count.readable);
	OK(count.misnamed == 0, "with their names: %u differ", count.misnamed);
	OK(count.unknown_found == 0, "unknown players stay unknown: %u did not",
	   count.unknown_found);
	OK(count.broken > CARDS / 4 && count.made_up == 0,
	   "nothing is read from what cannot be: %u of %u broken cards, all cut off, changed in "
	   "other bytes, or not broken where it matters",
	   count.broken_read, count.broken);
	return tap_done();
}

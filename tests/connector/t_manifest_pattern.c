/* SPDX-License-Identifier: Apache-2.0 */
/* t_manifest_pattern.c - Python's regular expressions in the words of POSIX. */
#include "connector/pattern.h"
#include "tap.h"

#include <regex.h>

#define ARENA_MAX ((size_t)1 << 24)

static void what_both_can_say_matches_alike(void)
{
	static const struct {
		const char *pattern, *yes, *no;
	} cases[] = {
		{ "^\\d{4}-\\d{2}$", "2024-01", "2024-1" },
		{ "^[^\\]]+$", "abc", "a]c" },
		{ "^[\\]x]$", "]", "y" },
		{ "^[a\\-z]$", "-", "b" },
		{ "^[-az]$", "-", "b" },
		{ "^[a-c-]$", "-", "d" },
		{ "^[x\\^]$", "^", "y" },
		{ "^[x^]$", "^", "y" },
		{ "^[\\w.]+$", "a_1.b", "a-b" },
		{ "^[\\d\\s]+$", "1 2", "1a2" },
		{ "^\\S+\\s\\D$", "ab c", "ab 1" },
		{ "\\Aab\\Z", "ab", "abc" },
		{ "^/v1/(users|items)/?$", "/v1/items/", "/v1/item" },
		{ "^\\/x\\.y$", "/x.y", "/xzy" },
		{ "^a\\{1\\}$", "a{1}", "a" },
		{ "^\\W$", "-", "_" },
		{ "^[^\\w]$", "-", "_" },
		{ "^[]a]$", "]", "b" },
	};
	AUTO_ARENA *a = arena_new("test", ARENA_MAX);

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct str posix;
		struct err e;
		regex_t re;
		bool ok = pattern_translate(a, str_from(cases[i].pattern), &posix, &e);

		OK(ok, "%s", cases[i].pattern);
		if (!ok || regcomp(&re, posix.at, REG_EXTENDED) != 0)
			continue;
		OK(regexec(&re, cases[i].yes, 0, NULL, 0) == 0, "  matches %s", cases[i].yes);
		OK(regexec(&re, cases[i].no, 0, NULL, 0) != 0, "  not %s", cases[i].no);
		regfree(&re);
	}
}

static void what_posix_cannot_say_is_refused(void)
{
	static const struct {
		const char *pattern, *says;
	} cases[] = {
		{ "a(?=b)", "column 2 of the pattern: groups with '(?' are not supported" },
		{ "(?i)a", "column 1 of the pattern: groups with '(?' are not supported" },
		{ "a*?", "column 2 of the pattern: only plain repetition is supported" },
		{ "a{2}+", "column 4 of the pattern: only plain repetition is supported" },
		{ "\\1", "column 1 of the pattern: this escape is not supported" },
		{ "\\p", "column 1 of the pattern: this escape is not supported" },
		{ "a\\", "column 2 of the pattern: this escape is not supported" },
		{ "[\\D]", "column 2 of the pattern: this escape cannot stand in brackets" },
		{ "[a", "column 3 of the pattern: a bracket is not closed" },
		{ "[[:alpha:]]",
		  "column 2 of the pattern: a class like [:alpha:] is not Python's" },
		{ "((a{100}){100}){100}", "column 10 of the pattern: too many repetitions" },
		{ "a{99999999999999999999}", "column 2 of the pattern: too many repetitions" },
		{ "(a", "the pattern does not compile: Unmatched ( or \\(" },
	};
	AUTO_ARENA *a = arena_new("test", ARENA_MAX);
	char big[PATTERN_BYTES_MAX + 2];
	struct str posix;
	struct err e;

	for (size_t i = 0; i < COUNT(cases); i++) {
		bool ok = pattern_translate(a, str_from(cases[i].pattern), &posix, &e);

		IS(ok ? "it compiles" : e.text, cases[i].says, cases[i].pattern);
	}
	memset(big, 'x', sizeof(big) - 1);
	big[sizeof(big) - 1] = 0;
	OK(!pattern_translate(a, str_from(big), &posix, &e), "too long: %s", e.text);
}

int main(void)
{
	what_both_can_say_matches_alike();
	what_posix_cannot_say_is_refused();
	return tap_done();
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pp_words.h - the words of which invented people, companies and cases are made.
 *
 * Every text here is already escaped as the inside of a JSON string, so rendering only copies.
 */
#ifndef PP_WORDS_H
#define PP_WORDS_H

#include "base/str.h"

struct words {
	const struct str *at;
	size_t n;
};

extern const struct words words_first, words_last, words_company_start, words_company_end,
	words_street, words_city, words_state, words_area, words_sentence, words_task, words_tag,
	words_mail;

static inline struct str word(struct words w, uint64_t pick)
{
	return w.at[pick % w.n];
}

/* Nasty texts. */
extern const struct str text_html, text_emoji, text_emoji_name, text_nul, text_nul_name,
	text_escapes, text_marks_name, text_long_first, text_long_last, text_long_name,
	text_long_notes, text_long_subject;

#endif

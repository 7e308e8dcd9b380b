/* SPDX-License-Identifier: Apache-2.0 */
/* fc_read.c - what a language model makes of a card that came from elsewhere. */
#include "fc.h"

#define NAME_MARK "font-size: 30px; color: #333;"
#define CLUB_MARK "line-height:7px;"
#define VALUE_MARK "font-size: 30px;\">"
#define LABEL_MARK " Tennis Index"
#define AMPERSAND "&amp;"

/* Moves *rest behind `mark` and then behind the next '>'; the text up to the next '<'. */
static bool text_after(struct str *rest, struct str mark, struct arena *a, struct str *out)
{
	ptrdiff_t at = str_find(*rest, mark);
	struct str text;
	struct buf b;

	if (at < 0)
		return false;
	*rest = str_slice(*rest, (size_t)at + mark.len, rest->len);
	str_cut(rest, '>');
	text = str_trim(str_cut(rest, '<'));
	buf_in(&b, a, text.len + 1);
	while (text.len) {
		buf_char(&b, *text.at);
		at = str_starts(text, STR(AMPERSAND)) ? sizeof AMPERSAND - 1 : 1;
		text = str_slice(text, (size_t)at, text.len);
	}
	*out = buf_str(&b);
	return true;
}

/* "35.3" */
static int32_t tenths_of(struct str s)
{
	bool minus = str_starts(s, STR("-"));
	struct str tenth = str_slice(s, minus, s.len), whole = str_cut(&tenth, '.');
	int64_t a, b;

	if (!str_to_i64(whole, &a) || !str_to_i64(tenth, &b) || tenth.len != 1 || a > 10000)
		return TC_NO_PTI;
	return (int32_t)(minus ? -(a * 10 + b) : a * 10 + b);
}

void fc_read_card(struct str html, struct arena *a, struct tc_seen *seen)
{
	struct str rest = html, value;
	ptrdiff_t label = str_find(html, STR(LABEL_MARK));

	if (!text_after(&rest, STR(NAME_MARK), a, &seen->player.first) ||
	    !text_after(&rest, STR(NAME_MARK), a, &seen->player.last) ||
	    !text_after(&rest, STR(CLUB_MARK), a, &seen->player.club))
		return;
	seen->kind = TC_CARD;
	seen->known = seen->player.first.len > 0;
	rest = str_slice(html, 0, label < 0 ? 0 : (size_t)label);
	label = str_find(rest, STR(VALUE_MARK));
	if (label < 0)
		return;
	value = str_slice(rest, (size_t)label + sizeof VALUE_MARK - 1, rest.len);
	seen->player.pti = tenths_of(str_trim(str_cut(&value, '<')));
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fn_text.c - what is done with texts: case, trimming, finding, replacing, splitting.
 *
 * A filter takes str() of anything, a method is only ever called on text.
 */
#include "expr/functions.h"
#include "expr/rune.h"

#define WIDTH_MAX 4096

static bool answer(bool yes, struct value *out)
{
	*out = value_bool(yes);
	return true;
}

/* German's sharp s has no capital of one letter. */
static void add_upper(struct buf *b, uint32_t rune)
{
	if (rune == 0xDF)
		buf_add(b, STR("SS"));
	else
		rune_add(b, rune_upper(rune));
}

bool text_lower(struct eval *ev, const struct args *in, struct value *out)
{
	struct buf b;
	struct str s;

	if (!eval_str(ev, in->self, &s))
		return false;
	eval_buf(ev, &b);
	while (s.len > 0)
		rune_add(&b, rune_lower(rune_next(&s)));
	return eval_text(ev, &b, out);
}

bool text_upper(struct eval *ev, const struct args *in, struct value *out)
{
	struct buf b;
	struct str s;

	if (!eval_str(ev, in->self, &s))
		return false;
	eval_buf(ev, &b);
	while (s.len > 0)
		add_upper(&b, rune_next(&s));
	return eval_text(ev, &b, out);
}

/* Upper case for the first character and after what `starts_word` says yes to. */
static bool capitalized(struct eval *ev, struct value v, bool (*starts_word)(uint32_t before),
			struct value *out)
{
	bool start = true;
	struct buf b;
	struct str s;

	if (!eval_str(ev, v, &s))
		return false;
	eval_buf(ev, &b);
	while (s.len > 0) {
		uint32_t rune = rune_next(&s);

		if (!start)
			rune_add(&b, rune_lower(rune));
		else if (rune == 0xDF)
			buf_add(&b, STR("Ss"));
		else
			rune_add(&b, rune_upper(rune));
		start = starts_word && starts_word(rune);
	}
	return eval_text(ev, &b, out);
}

bool text_capitalize(struct eval *ev, const struct args *in, struct value *out)
{
	return capitalized(ev, in->self, NULL, out);
}

static bool after_separator(uint32_t rune)
{
	return rune_is_space(rune) || (rune < 0x80 && rune && strchr("-({[<", (int)rune));
}

/* Jinja's own idea of words, not Python's. */
bool filter_title(struct eval *ev, const struct args *in, struct value *out)
{
	return capitalized(ev, in->self, after_separator, out);
}

static bool after_no_letter(uint32_t rune)
{
	return !rune_is_cased(rune);
}

bool method_title(struct eval *ev, const struct args *in, struct value *out)
{
	return capitalized(ev, in->self, after_no_letter, out);
}

static bool is_among(uint32_t rune, struct str chars)
{
	while (chars.len > 0)
		if (rune_next(&chars) == rune)
			return true;
	return false;
}

enum side { AT_START = 1, AT_END = 2 };

/* `chars` empty and not given: white space. */
static struct str strip(struct str s, const struct str *chars, unsigned sides)
{
	size_t from = 0, to = 0;
	struct str rest = s;
	bool started = !(sides & AT_START);

	while (rest.len > 0) {
		size_t before = s.len - rest.len;
		uint32_t rune = rune_next(&rest);
		bool off = chars ? is_among(rune, *chars) : rune_is_space(rune);

		if (!started && !off) {
			started = true;
			from = before;
		}
		if (!off)
			to = s.len - rest.len;
	}
	if (!started)
		return str_slice(s, 0, 0);
	return str_slice(s, from, sides & AT_END ? to : s.len);
}

static bool stripped(struct eval *ev, const struct args *in, unsigned sides, struct value *out)
{
	bool given = args_have(in, 0) && in->at[0].kind != VALUE_NULL;
	struct str s, chars;

	if (!eval_str(ev, in->self, &s) || !args_text(ev, in, 0, STR(""), &chars) ||
	    !eval_steps(ev, given ? s.len * chars.len / 64 : 0))
		return false;
	*out = value_str(strip(s, given ? &chars : NULL, sides));
	return true;
}

bool text_strip(struct eval *ev, const struct args *in, struct value *out)
{
	return stripped(ev, in, AT_START | AT_END, out);
}

bool method_lstrip(struct eval *ev, const struct args *in, struct value *out)
{
	return stripped(ev, in, AT_START, out);
}

bool method_rstrip(struct eval *ev, const struct args *in, struct value *out)
{
	return stripped(ev, in, AT_END, out);
}

/* A text, or a tuple of them, of which one must fit. */
static bool fits(struct eval *ev, const struct args *in, bool (*fit)(struct str, struct str),
		 struct value *out)
{
	struct value choices = in->at[0], v;
	struct eval_items items;
	bool yes = false;

	if (choices.kind == VALUE_STR)
		return answer(fit(in->self.s, choices.s), out);
	if (choices.kind != VALUE_LIST || choices.shape != SHAPE_TUPLE)
		return eval_wrong_type(ev, "looking at an end of a text", choices);
	if (!eval_items(ev, choices, &items))
		return false;
	while (!yes && eval_items_next(&items, &v)) {
		if (v.kind != VALUE_STR)
			return eval_wrong_type(ev, "looking at an end of a text", v);
		yes = fit(in->self.s, v.s);
	}
	return answer(yes, out);
}

bool method_startswith(struct eval *ev, const struct args *in, struct value *out)
{
	return fits(ev, in, str_starts, out);
}

bool method_endswith(struct eval *ev, const struct args *in, struct value *out)
{
	return fits(ev, in, str_ends, out);
}

bool method_removeprefix(struct eval *ev, const struct args *in, struct value *out)
{
	struct str s = in->self.s, end;

	if (!args_text(ev, in, 0, STR(""), &end))
		return false;
	*out = value_str(str_starts(s, end) ? str_slice(s, end.len, s.len) : s);
	return true;
}

bool method_removesuffix(struct eval *ev, const struct args *in, struct value *out)
{
	struct str s = in->self.s, end;

	if (!args_text(ev, in, 0, STR(""), &end))
		return false;
	*out = value_str(str_ends(s, end) ? str_slice(s, 0, s.len - end.len) : s);
	return true;
}

/* The text argument of a search; not given as text is an error. */
static bool needle_of(struct eval *ev, const struct args *in, struct str *out)
{
	if (in->at[0].kind != VALUE_STR)
		return eval_wrong_type(ev, "looking for it in a text", in->at[0]);
	*out = in->at[0].s;
	return true;
}

static int64_t position(struct str s, ptrdiff_t byte)
{
	return byte < 0 ? -1 : (int64_t)rune_count(str_slice(s, 0, (size_t)byte));
}

bool method_find(struct eval *ev, const struct args *in, struct value *out)
{
	struct str part;

	if (!needle_of(ev, in, &part))
		return false;
	*out = value_int(position(in->self.s, str_find(in->self.s, part)));
	return true;
}

static ptrdiff_t find_last(struct str s, struct str part)
{
	ptrdiff_t at = -1, next;
	size_t from = 0;

	if (part.len == 0)
		return (ptrdiff_t)s.len;
	while ((next = str_find(str_slice(s, from, s.len), part)) >= 0) {
		at = (ptrdiff_t)from + next;
		from = (size_t)at + 1;
	}
	return at;
}

bool method_rfind(struct eval *ev, const struct args *in, struct value *out)
{
	struct str part;

	if (!needle_of(ev, in, &part) ||
	    !eval_steps(ev, steps_of_text(in->self.s.len) * (part.len / 16 + 1)))
		return false;
	*out = value_int(position(in->self.s, find_last(in->self.s, part)));
	return true;
}

static size_t count_of(struct str s, struct str part)
{
	size_t n = 0;
	ptrdiff_t at;

	if (part.len == 0)
		return rune_count(s) + 1;
	while ((at = str_find(s, part)) >= 0) {
		s = str_slice(s, (size_t)at + part.len, s.len);
		n++;
	}
	return n;
}

/* Walks a list: where `v` is first (or -1), and how often. */
static bool look_for(struct eval *ev, struct value list, struct value v, int64_t found[2])
{
	struct eval_items items;
	struct value item;
	bool same;

	found[0] = -1;
	found[1] = 0;
	if (!eval_items(ev, list, &items))
		return false;
	for (int64_t i = 0; eval_items_next(&items, &item); i++) {
		if (!op_equal(ev, item, v, &same))
			return false;
		if (same && found[1]++ == 0)
			found[0] = i;
	}
	return true;
}

bool method_count(struct eval *ev, const struct args *in, struct value *out)
{
	int64_t found[2];
	struct str part;

	if (in->self.kind == VALUE_STR) {
		if (!needle_of(ev, in, &part))
			return false;
		*out = value_int((int64_t)count_of(in->self.s, part));
		return true;
	}
	if (!look_for(ev, in->self, in->at[0], found))
		return false;
	*out = value_int(found[1]);
	return true;
}

bool method_index(struct eval *ev, const struct args *in, struct value *out)
{
	int64_t found[2];
	struct str part;

	if (in->self.kind == VALUE_STR) {
		if (!needle_of(ev, in, &part))
			return false;
		found[0] = position(in->self.s, str_find(in->self.s, part));
	} else if (!look_for(ev, in->self, in->at[0], found)) {
		return false;
	}
	if (found[0] < 0)
		return eval_fail(ev, ERR_REMOTE, "what index() looks for is not there");
	*out = value_int(found[0]);
	return true;
}

/* Not more than `most` times; all of them when that is negative. */
static void replace_all(struct buf *b, struct str s, struct str old, struct str new, int64_t most)
{
	for (; most != 0 && !b->failed; most--) {
		ptrdiff_t at = old.len ? str_find(s, old) : 0;
		struct str before = s;

		if (at < 0)
			break;
		if (old.len) {
			buf_add(b, str_slice(s, 0, (size_t)at));
			buf_add(b, new);
			s = str_slice(s, (size_t)at + old.len, s.len);
			continue;
		}
		buf_add(b, new);
		if (s.len == 0)
			break;
		rune_next(&s);
		buf_add(b, str_slice(before, 0, before.len - s.len));
	}
	buf_add(b, s);
}

bool text_replace(struct eval *ev, const struct args *in, struct value *out)
{
	struct str s, old, new;
	struct buf b;
	int64_t most;

	if (!eval_str(ev, in->self, &s) || !args_int(ev, in, 2, -1, &most))
		return false;
	if (!eval_str(ev, in->at[0], &old) || !eval_str(ev, in->at[1], &new))
		return false;
	eval_buf(ev, &b);
	replace_all(&b, s, old, new, most);
	return eval_steps(ev, steps_of_text(b.len)) && eval_text(ev, &b, out);
}

static struct str cut_word(struct str *rest, bool from_end)
{
	struct str s = strip(*rest, NULL, from_end ? AT_END : AT_START), left = s;
	size_t at = 0, end = s.len;

	while (left.len > 0) {
		size_t before = s.len - left.len;

		if (!rune_is_space(rune_next(&left)))
			continue;
		at = s.len - left.len;
		if (!from_end) {
			end = before;
			break;
		}
	}
	if (from_end) {
		*rest = str_slice(s, 0, at);
		return str_slice(s, at, s.len);
	}
	*rest = str_slice(s, end, s.len);
	return str_slice(s, 0, end);
}

/* Words between white space; what is left after `most` cuts is one more. */
static bool split_words(struct eval *ev, struct str s, int64_t most, bool from_end,
			struct value list)
{
	for (; (s = strip(s, NULL, from_end ? AT_END : AT_START)).len > 0; most--) {
		struct str word = most == 0 ? s : cut_word(&s, from_end);

		if (!eval_steps(ev, 1 + (from_end ? steps_of_text(s.len) : 0)) ||
		    !eval_push(ev, list, value_str(word)))
			return false;
		if (most == 0)
			break;
	}
	return true;
}

static bool split_at(struct eval *ev, struct str s, struct str sep, int64_t most, bool from_end,
		     struct value list)
{
	for (; most != 0; most--) {
		ptrdiff_t at = from_end ? find_last(s, sep) : str_find(s, sep);
		struct str head, tail;

		if (at < 0)
			break;
		head = str_slice(s, 0, (size_t)at);
		tail = str_slice(s, (size_t)at + sep.len, s.len);
		if (!eval_steps(ev, 1 + (from_end ? steps_of_text(s.len) : 0)) ||
		    !eval_push(ev, list, value_str(from_end ? tail : head)))
			return false;
		s = from_end ? head : tail;
	}
	return eval_push(ev, list, value_str(s));
}

static bool reversed(struct eval *ev, struct value list, struct value *out)
{
	struct value back;

	if (!eval_list(ev, SHAPE_PLAIN, &back))
		return false;
	for (size_t i = value_len(list); i-- > 0;)
		if (!eval_push(ev, back, value_at(list, i)))
			return false;
	*out = back;
	return true;
}

static bool split(struct eval *ev, const struct args *in, bool from_end, struct value *out)
{
	bool words = !args_have(in, 0) || in->at[0].kind == VALUE_NULL, ok;
	struct value list;
	struct str sep;
	int64_t most;

	if (!args_text(ev, in, 0, STR(" "), &sep) || !args_int(ev, in, 1, -1, &most) ||
	    !eval_list(ev, SHAPE_PLAIN, &list))
		return false;
	if (sep.len == 0)
		return eval_fail(ev, ERR_REMOTE, "an empty separator");
	ok = words ? split_words(ev, in->self.s, most, from_end, list)
		   : split_at(ev, in->self.s, sep, most, from_end, list);
	if (!ok)
		return false;
	if (from_end)
		return reversed(ev, list, out);
	*out = list;
	return true;
}

bool method_split(struct eval *ev, const struct args *in, struct value *out)
{
	return split(ev, in, false, out);
}

bool method_rsplit(struct eval *ev, const struct args *in, struct value *out)
{
	return split(ev, in, true, out);
}

bool method_join(struct eval *ev, const struct args *in, struct value *out)
{
	struct eval_items items;
	struct value v;
	struct buf b;
	bool first = true;

	if (!eval_items(ev, in->at[0], &items))
		return false;
	eval_buf(ev, &b);
	for (; eval_items_next(&items, &v); first = false) {
		if (v.kind != VALUE_STR)
			return eval_wrong_type(ev, "joining texts", v);
		if (!first)
			buf_add(&b, in->self.s);
		buf_add(&b, v.s);
	}
	return eval_text(ev, &b, out);
}

bool method_zfill(struct eval *ev, const struct args *in, struct value *out)
{
	struct str s = in->self.s;
	bool sign = s.len > 0 && (s.at[0] == '-' || s.at[0] == '+');
	int64_t width, missing;
	struct buf b;

	if (!args_int(ev, in, 0, 0, &width))
		return false;
	if (width > WIDTH_MAX)
		return eval_fail(ev, ERR_LIMIT, "wider than %d", WIDTH_MAX);
	missing = width - (int64_t)rune_count(s);
	eval_buf(ev, &b);
	buf_add(&b, str_slice(s, 0, sign));
	for (; missing > 0; missing--)
		buf_char(&b, '0');
	buf_add(&b, str_slice(s, sign, s.len));
	return eval_text(ev, &b, out);
}

static bool is_digit(uint32_t rune)
{
	return rune >= '0' && rune <= '9';
}

static bool is_letter_or_digit(uint32_t rune)
{
	return is_digit(rune) || rune_is_letter(rune);
}

/* Some, and all of them. */
static bool all_are(struct str s, bool (*is)(uint32_t), struct value *out)
{
	bool all = s.len > 0;

	while (all && s.len > 0)
		all = is(rune_next(&s));
	return answer(all, out);
}

bool method_isalnum(struct eval *ev, const struct args *in, struct value *out)
{
	(void)ev;
	return all_are(in->self.s, is_letter_or_digit, out);
}

bool method_isalpha(struct eval *ev, const struct args *in, struct value *out)
{
	(void)ev;
	return all_are(in->self.s, rune_is_letter, out);
}

bool method_isdigit(struct eval *ev, const struct args *in, struct value *out)
{
	(void)ev;
	return all_are(in->self.s, is_digit, out);
}

bool method_isspace(struct eval *ev, const struct args *in, struct value *out)
{
	(void)ev;
	return all_are(in->self.s, rune_is_space, out);
}

bool method_format(struct eval *ev, const struct args *in, struct value *out)
{
	return op_format(ev, in->self.s, in, out);
}

bool filter_format(struct eval *ev, const struct args *in, struct value *out)
{
	struct value list;
	struct str s;

	if (!eval_str(ev, in->self, &s) || !eval_list(ev, SHAPE_TUPLE, &list))
		return false;
	for (size_t i = 0; i < in->n; i++)
		if (!eval_push(ev, list, in->at[i]))
			return false;
	return op_percent(ev, s, list, out);
}

/* An underscore before every capital but the first character, then lower case. */
bool function_snake_case(struct eval *ev, const struct args *in, struct value *out)
{
	struct buf b;
	struct str s;

	if (!needle_of(ev, in, &s))
		return false;
	eval_buf(ev, &b);
	for (bool first = true; s.len > 0; first = false) {
		uint32_t rune = rune_next(&s);

		if (!first && rune >= 'A' && rune <= 'Z')
			buf_char(&b, '_');
		rune_add(&b, rune_lower(rune));
	}
	return eval_text(ev, &b, out);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * error_print.c - which errors are the same one.
 *
 * A text is read word by word.  A word with a digit becomes N and takes the unit behind it along,
 * and a second such pair joins the first: "1 h 2 m" and "40 s" are both N.
 */
#include "service/error_print.h"

struct reading {
	struct str text;
	size_t at;
	struct buf *out;
	size_t end_max;  /* of out->len */
	bool was_number; /* what was written last is an N */
	bool was_http;   /* what was written last is "HTTP" */
	size_t gap;      /* spaces since, not written yet */
};

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c & 0x80);
}

static bool is_word(char c)
{
	return is_digit(c) || is_letter(c) || strchr("_-./:@+%=&?#~", c);
}

static void put(struct reading *r, struct str s)
{
	if (r->out->len + s.len > r->end_max)
		return;
	if (r->gap > 0)
		buf_char(r->out, ' ');
	r->gap = 0;
	buf_add(r->out, s);
	r->was_number = r->was_http = false;
}

/* ---- words ---- */

static bool has_digit(struct str s)
{
	for (size_t i = 0; i < s.len; i++)
		if (is_digit(s.at[i]))
			return true;
	return false;
}

static bool is_unit(struct str s)
{
	static const char *const unit[] = { "ms", "s", "m", "h", "d", "%" };

	for (size_t i = 0; i < COUNT(unit); i++)
		if (str_eq(s, str_from(unit[i])))
			return true;
	return false;
}

static bool is_status(struct str s)
{
	return s.len == 3 && is_digit(s.at[0]) && is_digit(s.at[1]) && is_digit(s.at[2]);
}

static void put_number(struct reading *r)
{
	if (r->was_number) {
		r->gap = 0;
		return;
	}
	put(r, STR("N"));
	r->was_number = true;
}

/* Punctuation that ends a sentence or a part of one is not the word's. */
static struct str bare(struct str word)
{
	while (word.len > 0 && strchr(".:?&#=~+", word.at[word.len - 1]))
		word.len--;
	return word;
}

static void put_word(struct reading *r, struct str word)
{
	struct str core = bare(word);
	struct str tail = str_slice(word, core.len, word.len);

	if (str_find(core, STR("://")) > 0)
		put(r, STR("URL"));
	else if (str_find(core, STR("@")) > 0)
		put(r, STR("\xe2\x80\xa6"));
	else if (r->was_http && is_status(core))
		put(r, core);
	else if (has_digit(core))
		put_number(r);
	else if (r->was_number && is_unit(core))
		r->gap = 0;
	else if (core.len > 0)
		put(r, core);
	if (str_eq(core, STR("HTTP")) && tail.len == 0)
		r->was_http = true;
	if (tail.len > 0)
		put(r, tail);
}

static void read_word(struct reading *r)
{
	size_t from = r->at;

	while (r->at < r->text.len && is_word(r->text.at[r->at]))
		r->at++;
	put_word(r, str_slice(r->text, from, r->at));
}

/* ---- quotes ---- */

/* Where the quoted part ends that begins here, or 0: an apostrophe is none. */
static size_t quote_end(const struct reading *r)
{
	char quote = r->text.at[r->at];

	if (!strchr("'\"`", quote) || (r->at > 0 && is_word(r->text.at[r->at - 1])))
		return 0;
	for (size_t i = r->at + 1; i < r->text.len; i++)
		if (r->text.at[i] == quote &&
		    (i + 1 == r->text.len || !is_letter(r->text.at[i + 1])))
			return i + 1;
	return 0;
}

static bool read_quoted(struct reading *r)
{
	size_t end = quote_end(r);

	if (end == 0)
		return false;
	put(r, STR("'\xe2\x80\xa6'"));
	r->at = end;
	return true;
}

void error_title(struct buf *b, struct str text)
{
	struct reading r = { .text = str_trim(text),
			     .out = b,
			     .end_max = b->len + ERROR_TITLE_MAX };

	while (r.at < r.text.len && b->len < r.end_max) {
		char c = r.text.at[r.at];

		if (c == ' ' || c == '\n' || c == '\t' || c == '\r') {
			r.gap += b->len > 0;
			r.at++;
		} else if (is_word(c)) {
			read_word(&r);
		} else if (!read_quoted(&r)) {
			put(&r, str_slice(r.text, r.at, r.at + 1));
			r.at++;
		}
	}
}

/* ---- fingerprints ---- */

uint64_t error_hash(struct str kind, struct str code, struct str title)
{
	/* FNV has no seed: what comes before is stirred in. */
	uint64_t hash = str_hash(kind);

	hash = hash * 1099511628211u ^ str_hash(code);
	return hash * 1099511628211u ^ str_hash(title);
}

void error_print(uint64_t hash, char out[ERROR_PRINT_SIZE])
{
	static const char digit[] = "0123456789abcdef";

	for (size_t i = 0; i < ERROR_PRINT_SIZE - 1; i++)
		out[i] = digit[hash >> (60 - 4 * i) & 15];
	out[ERROR_PRINT_SIZE - 1] = '\0';
}

bool error_print_parse(struct str text, uint64_t *hash)
{
	uint64_t n = 0;

	if (text.len != ERROR_PRINT_SIZE - 1)
		return false;
	for (size_t i = 0; i < text.len; i++) {
		char c = text.at[i];

		if (!is_digit(c) && (c < 'a' || c > 'f'))
			return false;
		n = n << 4 | (uint64_t)(is_digit(c) ? c - '0' : c - 'a' + 10);
	}
	*hash = n;
	return true;
}

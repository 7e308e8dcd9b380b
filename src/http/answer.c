/* SPDX-License-Identifier: Apache-2.0 */
/*
 * answer.c - an answer while it comes in.
 *
 * Always: headers <= CLIENT_HEADERS_MAX, header_bytes <= CLIENT_HEADER_BYTES_MAX over all interim
 * answers together, body.len <= body.max.
 */
#include "http/answer.h"

#define BODY_KEEP_BYTES ((size_t)1024 * 1024)
#define BODY_RESERVE_BYTES ((size_t)4 * 1024 * 1024) /* believed of a Content-Length */

void answer_reset(struct answer *a, size_t body_bytes_max)
{
	if (a->body.cap > BODY_KEEP_BYTES)
		buf_done(&a->body);
	buf_reset(&a->body);
	a->body.max = body_bytes_max;
	buf_reset(&a->text);
	a->text.max = 2 * CLIENT_HEADER_BYTES_MAX; /* two NULs a line more than received */
	a->headers = a->header_bytes = 0;
	a->head_complete = a->body_begun = a->gzip = a->refused = false;
}

void answer_done(struct answer *a)
{
	buf_done(&a->body);
	buf_done(&a->text);
	gunzip_done(&a->gunzip);
}

static bool refuse(struct answer *a)
{
	a->refused = true;
	return false;
}

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

static void header_add(struct answer *a, struct str name, struct str value)
{
	struct answer_header *h = &a->header[a->headers++];

	*h = (struct answer_header){ .name = a->text.len, .name_len = name.len };
	for (size_t i = 0; i < name.len; i++)
		buf_char(&a->text, lower(name.at[i]));
	buf_char(&a->text, 0);
	h->value = a->text.len;
	h->value_len = value.len;
	buf_add(&a->text, value);
	buf_char(&a->text, 0);
	assert(!a->text.failed);
}

static struct str text_at(const struct answer *a, size_t at, size_t len)
{
	return (struct str){ a->text.at + at, len };
}

struct str answer_value(const struct answer *a, struct str name)
{
	for (size_t i = 0; i < a->headers; i++) {
		const struct answer_header *h = &a->header[i];

		if (str_eq(text_at(a, h->name, h->name_len), name))
			return text_at(a, h->value, h->value_len);
	}
	return (struct str){ NULL, 0 };
}

/* Two lengths that differ: curl takes the last, and a text cut there would look whole. */
static bool lengths_agree(struct answer *a)
{
	struct str first = answer_value(a, STR("content-length"));

	for (size_t i = 0; i < a->headers; i++) {
		const struct answer_header *h = &a->header[i];

		if (!str_eq(text_at(a, h->name, h->name_len), STR("content-length")) ||
		    str_eq(text_at(a, h->value, h->value_len), first))
			continue;
		err_set(&a->err, ERR_REMOTE, "the answer gives two lengths that differ");
		return refuse(a);
	}
	return true;
}

/* Trailers come after the body was believed: they are counted and ignored. */
bool answer_line(struct answer *a, struct str line)
{
	struct str value = str_trim(line), name;

	a->header_bytes += line.len;
	if (a->header_bytes > CLIENT_HEADER_BYTES_MAX) {
		err_set(&a->err, ERR_LIMIT, "the answer's headers are larger than %zu bytes",
			CLIENT_HEADER_BYTES_MAX);
		return refuse(a);
	}
	if (str_starts(line, STR("HTTP/"))) {
		buf_reset(&a->text);
		a->headers = 0;
		a->head_complete = false;
		return true;
	}
	if (value.len == 0 && !a->head_complete) {
		a->head_complete = true;
		return lengths_agree(a);
	}
	if (a->head_complete || !memchr(line.at, ':', line.len))
		return true;
	if (a->headers == CLIENT_HEADERS_MAX) {
		err_set(&a->err, ERR_LIMIT, "the answer has more than %d headers",
			CLIENT_HEADERS_MAX);
		return refuse(a);
	}
	name = str_cut(&value, ':');
	header_add(a, str_trim(name), str_trim(value));
	return true;
}

/* Learns from the headers how the body is encoded: not at all or by gzip, which we asked for. */
static bool encoding_read(struct answer *a)
{
	for (size_t i = 0; i < a->headers; i++) {
		const struct answer_header *h = &a->header[i];
		struct str value = text_at(a, h->value, h->value_len);
		bool gzip =
			str_eq_nocase(value, STR("gzip")) || str_eq_nocase(value, STR("x-gzip"));

		if (!str_eq(text_at(a, h->name, h->name_len), STR("content-encoding")) ||
		    value.len == 0 || str_eq_nocase(value, STR("identity")))
			continue;
		if (!gzip || a->gzip) {
			err_set(&a->err, ERR_REMOTE,
				"the answer is encoded in another way than gzip, which is all that "
				"was asked for");
			return refuse(a);
		}
		a->gzip = true;
	}
	if (a->gzip)
		gunzip_reset(&a->gunzip);
	return true;
}

static bool too_large(struct answer *a)
{
	err_set(&a->err, ERR_LIMIT, "the answer is larger than %zu bytes", a->body.max);
	return refuse(a);
}

static bool body_begin(struct answer *a, int64_t declared)
{
	a->body_begun = true;
	if (!encoding_read(a))
		return false;
	if (a->gzip || declared <= 0)
		return true;
	if ((uint64_t)declared > a->body.max)
		return too_large(a);
	if ((uint64_t)declared <= BODY_RESERVE_BYTES)
		buf_room(&a->body, (size_t)declared);
	return true;
}

bool answer_bytes(struct answer *a, struct str bytes, int64_t declared)
{
	if (bytes.len == 0)
		return true;
	if (!a->body_begun && !body_begin(a, declared))
		return false;
	if (a->gzip)
		return gunzip_add(&a->gunzip, bytes, &a->body, &a->err) || refuse(a);
	buf_add(&a->body, bytes);
	return !a->body.failed || too_large(a);
}

bool answer_end(struct answer *a)
{
	return !a->gzip || gunzip_end(&a->gunzip, &a->err) || refuse(a);
}

#define COPY_SLACK_BYTES 64 /* for the ends of three texts */

bool answer_copy(const struct answer *a, struct arena *arena, struct response *out, struct err *e)
{
	size_t need = a->body.len + a->text.len + a->headers * sizeof(struct header);
	struct header *header;
	const char *text;

	if (need + COPY_SLACK_BYTES > arena_room(arena))
		return err_set(e, ERR_LIMIT,
			       "the answer of %zu bytes does not fit into the memory "
			       "left for it; ask for smaller pages",
			       a->body.len);
	text = str_keep(arena, buf_str(&a->text)).at;
	header = arena_new_array(arena, struct header, a->headers);
	for (size_t i = 0; i < a->headers; i++) {
		const struct answer_header *h = &a->header[i];

		header[i].name = (struct str){ text + h->name, h->name_len };
		header[i].value = (struct str){ text + h->value, h->value_len };
	}
	out->header = header;
	out->headers = a->headers;
	out->body = str_keep(arena, buf_str(&a->body));
	return true;
}

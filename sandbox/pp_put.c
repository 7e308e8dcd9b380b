/* SPDX-License-Identifier: Apache-2.0 */
/* pp_put.c - the pieces of JSON that several of the vendor's shapes share. */
#include "pp_put.h"

#include "instant.h"
#include "pp_words.h"

static const struct {
	void (*put)(const struct population *p, uint32_t ordinal, struct buf *b);
	struct str (*status)(const struct population *p, uint32_t ordinal);
} shapes[PP_KINDS] = {
	[PP_ACCOUNTS] = { pp_put_account, NULL },
	[PP_CONTACTS] = { pp_put_contact, pp_contact_status },
	[PP_MATTERS] = { pp_put_matter, pp_matter_status },
	[PP_TASKS] = { pp_put_task, pp_task_status },
	[PP_USERS] = { pp_put_user, NULL },
};

void pp_put(const struct population *p, enum pp_kind kind, uint32_t ordinal, struct buf *b)
{
	shapes[kind].put(p, ordinal, b);
}

struct str pp_status(const struct population *p, enum pp_kind kind, uint32_t ordinal)
{
	const struct pp_change *c = pp_changed(p, kind, ordinal);

	if (!shapes[kind].status)
		return (struct str){ "", 0 };
	return c && c->status[0] ? str_from(c->status) : shapes[kind].status(p, ordinal);
}

void put_quoted(struct buf *b, struct str text)
{
	char *to = buf_room(b, text.len + 2);

	if (!to)
		return;
	to[0] = '"';
	memcpy(to + 1, text.at, text.len);
	to[text.len + 1] = '"';
	b->len += text.len + 2;
	b->at[b->len] = 0;
}

void put_string(struct buf *b, const char *before, struct str text)
{
	buf_add(b, str_from(before));
	if (text.len)
		put_quoted(b, text);
	else
		PUT(b, "null");
}

void put_number(struct buf *b, uint64_t n)
{
	char text[20];
	size_t at = sizeof text;

	do
		text[--at] = (char)('0' + n % 10);
	while (n /= 10);
	buf_add(b, (struct str){ text + at, sizeof text - at });
}

void put_instant(struct buf *b, const char *before, int64_t ms)
{
	buf_add(b, str_from(before));
	buf_char(b, '"');
	instant_put(b, ms);
	buf_char(b, '"');
}

void pp_put_times(const struct population *p, enum pp_kind kind, uint32_t ordinal, struct buf *b)
{
	put_instant(b, ",\"created_at\":", pp_created_ms(p, kind, ordinal));
	put_instant(b, ",\"updated_at\":", pp_updated_ms(p, kind, ordinal));
}

void pp_put_tags(const struct population *p, unsigned kind, uint32_t ordinal, struct buf *b)
{
	uint64_t chance = pp_pick(p, kind, ordinal, 200);

	PUT(b, ",\"tags\":[");
	if (chance % 3 == 0)
		put_quoted(b, word(words_tag, chance >> 8));
	if (chance % 9 == 0) {
		buf_char(b, ',');
		put_quoted(b, word(words_tag, (chance >> 8) + 1));
	}
	buf_char(b, ']');
}

void pp_put_extra(struct buf *b)
{
	PUT(b, ",\"future_field\":{\"level\":3,\"names\":[\"a\",null],\"ratio\":0.10}");
}

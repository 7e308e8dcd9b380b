/* SPDX-License-Identifier: Apache-2.0 */
/* tally.c - how often each operation of a vendor was called, how it was answered, for whom. */
#include "journal.h"

#include "base/map.h"

#define TALLY_BYTES_MAX ((size_t)1 << 30)
#define STATUS_MAX 600

struct tally {
	const struct entry *first; /* says method and path */
	size_t n;
	size_t answered[STATUS_MAX];
	struct map *subjects; /* size_t */
};

static struct tally *tally_of(struct map *all, struct arena *a, const struct entry *entry)
{
	struct str key = str_printf(a, "%s %s", entry->method, entry->path);
	struct tally *t = map_get(all, key);

	if (t)
		return t;
	t = arena_new_struct(a, struct tally);
	*t = (struct tally){ .first = entry, .subjects = map_new(a) };
	map_put(all, key, t);
	return t;
}

static void count(struct tally *t, struct arena *a, const struct entry *entry)
{
	struct str subject = str_from(entry->subject);
	size_t *n = map_get(t->subjects, subject);

	t->n++;
	t->answered[entry->status < STATUS_MAX ? entry->status : 0]++;
	if (!subject.len)
		return;
	if (!n) {
		n = arena_new_struct(a, size_t);
		map_put(t->subjects, subject, n);
	}
	++*n;
}

static void put_tally(const struct tally *t, bool subjects, struct buf *b)
{
	const char *comma = "";

	buf_add(b, STR("{\"method\":"));
	journal_put_quoted(b, t->first->method);
	buf_add(b, STR(",\"path\":"));
	journal_put_quoted(b, t->first->path);
	buf_printf(b, ",\"requests\":%zu,\"answered\":{", t->n);
	for (size_t i = 0; i < STATUS_MAX; i++) {
		if (!t->answered[i])
			continue;
		buf_printf(b, "%s\"%zu\":%zu", comma, i, t->answered[i]);
		comma = ",";
	}
	buf_char(b, '}');
	if (subjects) {
		buf_add(b, STR(",\"subjects\":{"));
		for (size_t i = 0; i < map_len(t->subjects); i++) {
			const struct map_entry *one = map_at(t->subjects, i);

			if (i)
				buf_char(b, ',');
			journal_put_quoted(b, one->key.at);
			buf_printf(b, ":%zu", *(const size_t *)one->value);
		}
		buf_char(b, '}');
	}
	buf_char(b, '}');
}

void journal_tally(const struct journal *j, bool subjects, struct buf *b)
{
	struct arena *a = arena_new("tally", TALLY_BYTES_MAX);
	struct map *all = map_new(a);
	size_t n = journal_len(j);

	for (size_t i = 0; i < n; i++)
		count(tally_of(all, a, journal_at(j, i)), a, journal_at(j, i));
	buf_printf(b, "{\"requests\":%zu,\"operations\":[", n);
	for (size_t i = 0; i < map_len(all); i++) {
		if (i)
			buf_char(b, ',');
		put_tally(map_at(all, i)->value, subjects, b);
	}
	buf_add(b, STR("]}"));
	arena_free(a);
}

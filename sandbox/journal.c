/* SPDX-License-Identifier: Apache-2.0 */
/*
 * journal.c - every request a vendor received, as the vendor saw it.
 *
 * Always: entries[0..n) are in order of arrival and t_ms does not fall; at_ms does not either,
 * because a timepiece is never set back.
 */
#include "journal.h"

#include "base/clock.h"
#include "instant.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#define ENTRIES_MAX 4000000
#define LINE_BYTES_MAX (256 << 10)

struct journal {
	struct entry **entries;
	size_t n, cap;
	uint64_t last_n;
	int64_t started_ms;
	FILE *file;
};

bool journal_new(const char *path, struct journal **out, struct err *e)
{
	struct journal *j;
	FILE *file = NULL;

	if (path && !(file = fopen(path, "ae")))
		return err_set(e, ERR_CONFIG, "log '%s': %s", path, strerror(errno));
	j = calloc(1, sizeof *j);
	if (!j)
		abort();
	j->file = file;
	j->started_ms = clock_steady_now();
	*out = j;
	return true;
}

void journal_free(struct journal *j)
{
	if (!j)
		return;
	for (size_t i = 0; i < j->n; i++)
		free(j->entries[i]);
	free(j->entries);
	if (j->file)
		fclose(j->file);
	free(j);
}

static void push(struct journal *j, struct entry *entry)
{
	if (j->n == ENTRIES_MAX) {
		entry->forgotten = true;
		return;
	}
	if (j->n == j->cap) {
		j->cap = j->cap ? j->cap * 2 : 256;
		j->entries = realloc(j->entries, j->cap * sizeof(struct entry *));
		if (!j->entries)
			abort();
	}
	j->entries[j->n++] = entry;
}

static char *keep(char **at, struct str s)
{
	char *start = *at;

	memcpy(start, s.at, s.len);
	start[s.len] = 0;
	*at += s.len + 1;
	return start;
}

struct entry *journal_open(struct journal *j, struct str method, struct str target, int64_t at_ms)
{
	struct str query = target, path = str_cut(&query, '?');
	struct entry *entry = calloc(1, sizeof *entry + method.len + target.len + 3);
	char *text;

	if (!entry)
		abort();
	text = (char *)(entry + 1);
	entry->method = keep(&text, method);
	entry->path = keep(&text, path);
	entry->query = keep(&text, query);
	entry->n = ++j->last_n;
	entry->t_ms = clock_steady_now() - j->started_ms;
	entry->at_ms = at_ms;
	entry->took_ms = -1;
	push(j, entry);
	return entry;
}

void journal_put_quoted(struct buf *b, const char *s)
{
	buf_char(b, '"');
	for (; *s; s++) {
		unsigned char c = (unsigned char)*s;

		if (c == '"' || c == '\\')
			buf_printf(b, "\\%c", c);
		else if (c < 0x20 || c >= 0x7f)
			buf_printf(b, "\\u%04x", c);
		else
			buf_char(b, (char)c);
	}
	buf_char(b, '"');
}

static void put_member(struct buf *b, const char *name, const char *value)
{
	buf_printf(b, ",\"%s\":", name);
	journal_put_quoted(b, value);
}

static void put_entry(const struct entry *entry, struct buf *b)
{
	buf_printf(b, "{\"n\":%llu,\"t_ms\":%lld,\"at\":\"", (unsigned long long)entry->n,
		   (long long)entry->t_ms);
	instant_put(b, entry->at_ms);
	buf_printf(b, "Z\",\"status\":%u,\"bytes\":%llu,\"took_ms\":%lld,\"authorised\":%s",
		   entry->status, (unsigned long long)entry->bytes, (long long)entry->took_ms,
		   entry->authorised ? "true" : "false");
	put_member(b, "method", entry->method);
	put_member(b, "path", entry->path);
	put_member(b, "query", entry->query);
	put_member(b, "host", entry->host);
	put_member(b, "fault", entry->fault);
	put_member(b, "retry_after", entry->retry_after);
	if (entry->subject[0])
		put_member(b, "subject", entry->subject);
	buf_add(b, STR("}\n"));
}

const struct entry *journal_at(const struct journal *j, size_t i)
{
	assert(i < j->n);
	return j->entries[i];
}

void journal_put(const struct journal *j, size_t i, struct buf *b)
{
	assert(i < j->n);
	put_entry(j->entries[i], b);
}

void journal_close(struct journal *j, struct entry *entry)
{
	struct buf line;

	entry->took_ms = clock_steady_now() - j->started_ms - entry->t_ms;
	if (j->file) {
		buf_init(&line, LINE_BYTES_MAX);
		put_entry(entry, &line);
		fwrite(line.at, 1, line.len, j->file);
		fflush(j->file);
		buf_done(&line);
	}
	if (entry->forgotten)
		free(entry);
}

void journal_reset(struct journal *j)
{
	for (size_t i = 0; i < j->n; i++) {
		if (j->entries[i]->took_ms < 0)
			j->entries[i]->forgotten = true;
		else
			free(j->entries[i]);
	}
	j->n = 0;
	j->last_n = 0;
}

size_t journal_len(const struct journal *j)
{
	return j->n;
}

static int64_t when(const struct entry *entry, bool own_time)
{
	return own_time ? entry->at_ms : entry->t_ms;
}

struct window journal_window(const struct journal *j, struct window_query q)
{
	struct window w = { 0 };
	size_t first = 0, inside = 0;

	for (size_t i = 0; i < j->n; i++) {
		int64_t now = when(j->entries[i], q.own_time);

		if (!str_starts(str_from(j->entries[i]->path), q.prefix))
			continue;
		w.total++;
		inside++;
		for (; now - when(j->entries[first], q.own_time) >= q.seconds * MS_PER_S; first++)
			inside -= str_starts(str_from(j->entries[first]->path), q.prefix);
		if (inside > w.max) {
			w.max = inside;
			w.ended_ms = now;
		}
	}
	return w;
}

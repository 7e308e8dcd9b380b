/* SPDX-License-Identifier: Apache-2.0 */
/*
 * complaint.c - collects what is wrong with a file.
 *
 * Always: what a complaint says is one line of printable text, whatever the file holds.
 */
#include "connector/complaint.h"
#include "connector/yaml.h"

#include <stdarg.h>
#include <stdio.h>

#define SAYS_BYTES_MAX 400

struct str complaint_text(struct arena *a, const struct complaint *c)
{
	struct str where = STR("");

	if (c->line && c->column)
		where = str_printf(a, "%zu:%zu: ", c->line, c->column);
	return str_printf(a, "%.*s%s%.*s%.*s%s%.*s", STR_ARG(c->file),
			  where.len     ? ":"
			  : c->file.len ? ": "
					: "",
			  STR_ARG(where), STR_ARG(c->path), c->path.len ? ": " : "",
			  STR_ARG(c->says));
}

static bool is_known(const struct complaints *list, const struct complaint *c)
{
	for (size_t i = 0; i < list->n; i++) {
		const struct complaint *k = &list->at[i];

		if (c->line && k->line == c->line && k->column == c->column &&
		    str_eq(k->says, c->says) && str_eq(k->file, c->file))
			return true;
	}
	return false;
}

void complaints_add(struct complaints *list, struct complaint c)
{
	if (is_known(list, &c))
		return;
	if (list->n < COMPLAINTS_MAX)
		list->at[list->n++] = c;
	else
		list->dropped++;
}

bool complaints_verdict(struct arena *a, const struct complaints *list, struct err *e)
{
	size_t more = list->n + list->dropped;
	struct str first;

	if (list->n == 0)
		return true;
	first = complaint_text(a, &list->at[0]);
	if (more == 1)
		return err_set(e, ERR_CONFIG, "%.*s", STR_ARG(first));
	return err_set(e, ERR_CONFIG, "%.*s (and %zu more)", STR_ARG(first), more - 1);
}

/* Keys and values of a hostile file must not move a terminal's cursor. */
static struct str printable(struct arena *a, struct str s)
{
	char *copy = arena_alloc(a, s.len + 1);

	for (size_t i = 0; i < s.len; i++)
		copy[i] = (unsigned char)s.at[i] < 0x20 || s.at[i] == 0x7F ? ' ' : s.at[i];
	return (struct str){ copy, s.len };
}

static struct str says(struct arena *a, const char *fmt, va_list ap)
	__attribute__((format(printf, 2, 0)));

static struct str says(struct arena *a, const char *fmt, va_list ap)
{
	char text[SAYS_BYTES_MAX];
	int n = vsnprintf(text, sizeof(text), fmt, ap);
	size_t len = n < 0 ? 0 : (size_t)n;

	if (len >= sizeof(text)) {
		len = sizeof(text) - 4;
		while (len > 0 && ((unsigned char)text[len] & 0xC0) == 0x80)
			len--;
		memcpy(text + len, "...", 3);
		len += 3;
	}
	return printable(a, (struct str){ text, len });
}

bool complain(struct complaints *list, struct arena *a, const struct node *n, struct str file,
	      const char *fmt, ...)
{
	struct complaint c = { .file = file, .line = n->line, .column = n->column };
	va_list ap;

	if (!list)
		return false;
	va_start(ap, fmt);
	c.says = says(a, fmt, ap);
	va_end(ap);
	c.path = printable(a, n->path);
	complaints_add(list, c);
	return false;
}

bool complain_key(struct complaints *list, struct arena *a, const struct node *map, size_t i,
		  struct str file, const char *fmt, ...)
{
	struct complaint c = { .file = file,
			       .line = map->key_mark[i].line,
			       .column = map->key_mark[i].column };
	va_list ap;

	assert(map->kind == NODE_MAP && i < map->n);
	if (!list)
		return false;
	va_start(ap, fmt);
	c.says = says(a, fmt, ap);
	va_end(ap);
	c.path = printable(a, node_path_key(a, map->path, map->key[i]));
	complaints_add(list, c);
	return false;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* terminal.c - one line that is drawn over again, numbers and tables for people. */
#include "cli/terminal.h"

#include "base/clock.h"
#include "data/moment.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define WIDTH_DEFAULT 80
#define LINE_MAX_BYTES 1024
#define SHEET_COLUMNS_MAX 16

static bool drawn;

bool terminal_is(int fd)
{
	const char *term = getenv("TERM");

	return isatty(fd) && term && strcmp(term, "dumb") != 0;
}

static size_t width(void)
{
	struct winsize w;

	if (ioctl(STDERR_FILENO, TIOCGWINSZ, &w) != 0 || w.ws_col < 20)
		return WIDTH_DEFAULT;
	return w.ws_col;
}

/* Columns a text takes: its code points, which is right for what we draw. */
static size_t columns_of(struct str s)
{
	size_t n = 0;

	for (size_t i = 0; i < s.len; i++)
		n += ((unsigned char)s.at[i] & 0xC0) != 0x80;
	return n;
}

void terminal_draw(const char *text)
{
	struct str s = str_from(text);
	size_t max = width() - 1;

	if (!terminal_is(STDERR_FILENO))
		return;
	while (columns_of(s) > max)
		s.len--;
	while (s.len > 0 && str_utf8_len(str_slice(s, s.len - 1, s.len)) == 0 && !str_is_utf8(s))
		s.len--;
	fprintf(stderr, "\r\033[K%.*s", STR_ARG(s));
	fflush(stderr);
	drawn = true;
}

void terminal_clear(void)
{
	if (!drawn)
		return;
	fprintf(stderr, "\r\033[K");
	fflush(stderr);
	drawn = false;
}

struct str terminal_tint(struct arena *a, int fd, enum tint t, struct str text)
{
	static const char *const code[] = { [TINT_GOOD] = "32",
					    [TINT_WARN] = "33",
					    [TINT_BAD] = "31",
					    [TINT_DIM] = "2",
					    [TINT_BOLD] = "1" };
	const char *no = getenv("NO_COLOR");

	if (!terminal_is(fd) || (no && no[0]))
		return text;
	return str_printf(a, "\033[%sm%.*s\033[0m", code[t], STR_ARG(text));
}

struct str grouped_text(struct arena *a, int64_t n)
{
	struct str digits = str_printf(a, "%lld", (long long)(n < 0 ? -n : n));
	char *out = arena_alloc(a, digits.len * 2 + 2);
	size_t len = 0;

	if (n < 0)
		out[len++] = '-';
	for (size_t i = 0; i < digits.len; i++) {
		if (i > 0 && (digits.len - i) % 3 == 0)
			out[len++] = ',';
		out[len++] = digits.at[i];
	}
	return (struct str){ out, len };
}

struct str bytes_text(struct arena *a, int64_t n)
{
	static const char *const unit[] = { "B", "kB", "MB", "GB", "TB" };
	double v = (double)n;
	size_t i = 0;

	for (; v >= 1000 && i + 1 < COUNT(unit); i++)
		v /= 1000;
	return str_printf(a, i == 0 ? "%.0f %s" : "%.1f %s", v, unit[i]);
}

struct str wall_text(struct arena *a, int64_t wall_ms)
{
	struct civil c = civil_from_us(wall_ms * 1000);

	if (wall_ms == 0)
		return STR("-");
	return str_printf(a, "%04d-%02d-%02d %02d:%02d:%02d", c.year, c.month, c.day, c.hour,
			  c.minute, c.second);
}

struct sheet {
	struct arena *arena;
	size_t columns, rows, cap;
	uint32_t right;
	struct str *cell;
};

struct sheet *sheet_new(struct arena *a, const char *const *head, size_t columns, uint32_t right)
{
	struct sheet *s = arena_new_struct(a, struct sheet);
	struct str row[SHEET_COLUMNS_MAX];

	assert(columns <= SHEET_COLUMNS_MAX);
	*s = (struct sheet){ .arena = a, .columns = columns, .right = right };
	for (size_t i = 0; i < columns; i++)
		row[i] = str_from(head[i]);
	sheet_add(s, row);
	return s;
}

void sheet_add(struct sheet *s, const struct str *cell)
{
	size_t size = s->columns * sizeof(struct str);

	if (s->rows == s->cap) {
		size_t cap = s->cap ? 2 * s->cap : 16;

		s->cell = arena_grow(s->arena, s->cell, s->cap * size, cap * size);
		s->cap = cap;
	}
	memcpy(s->cell + s->rows++ * s->columns, cell, size);
}

static void print_cell(struct str text, size_t wide, bool right, bool last)
{
	int pad = (int)(wide - columns_of(text));

	printf("%*s%.*s%*s", right ? pad : 0, "", STR_ARG(text), right || last ? 0 : pad, "");
	printf(last ? "\n" : "  ");
}

void sheet_print(const struct sheet *s)
{
	size_t wide[SHEET_COLUMNS_MAX] = { 0 };

	for (size_t i = 0; i < s->rows * s->columns; i++) {
		size_t n = columns_of(s->cell[i]);

		if (n > wide[i % s->columns])
			wide[i % s->columns] = n;
	}
	for (size_t i = 0; i < s->rows * s->columns; i++) {
		size_t c = i % s->columns;

		print_cell(s->cell[i], wide[c], s->right >> c & 1, c + 1 == s->columns);
	}
}

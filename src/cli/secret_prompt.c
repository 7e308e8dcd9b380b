/* SPDX-License-Identifier: Apache-2.0 */
/*
 * secret_prompt.c - a secret typed by a person, or piped in.
 *
 * Always: the terminal echoes again when this returns.  An interrupt meanwhile is kept until then.
 */
#include "cli/secret_prompt.h"

#include <signal.h>
#include <stdio.h>
#include <termios.h>
#include <unistd.h>

/* The bytes up to a line break or the end; one more than `max` when there are too many.  Not
 * through stdio, whose buffer would keep them. */
static size_t read_line(char *to, size_t max)
{
	size_t n = 0;

	while (n <= max && read(STDIN_FILENO, to + n, 1) == 1 && to[n] != '\n')
		n++;
	if (n > 0 && n <= max && to[n - 1] == '\r')
		n--;
	return n;
}

static size_t read_hidden(const char *what, const char *again, char *to, size_t max)
{
	struct termios shown, hidden;
	sigset_t keep, before;
	size_t n;

	if (tcgetattr(STDIN_FILENO, &shown) != 0)
		return 0;
	sigemptyset(&keep);
	sigaddset(&keep, SIGINT);
	sigaddset(&keep, SIGTERM);
	sigaddset(&keep, SIGTSTP);
	sigprocmask(SIG_BLOCK, &keep, &before);
	hidden = shown;
	hidden.c_lflag &= ~(tcflag_t)ECHO;
	tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden);
	fprintf(stderr, "%s%s: ", what, again);
	n = read_line(to, max);
	fprintf(stderr, "\n");
	tcsetattr(STDIN_FILENO, TCSAFLUSH, &shown);
	sigprocmask(SIG_SETMASK, &before, NULL);
	return n;
}

bool secret_prompt(struct arena *a, const char *what, size_t max, struct str *out, struct err *e)
{
	char *text = arena_alloc(a, max + 2), *second = arena_alloc(a, max + 2);
	bool person = isatty(STDIN_FILENO);
	size_t n = person ? read_hidden(what, "", text, max) : read_line(text, max), again;

	if (n == 0)
		return err_set(e, ERR_USAGE, "there is no %s on standard input", what);
	if (n > max)
		return err_set(e, ERR_USAGE, "the %s is longer than %zu bytes", what, max);
	*out = (struct str){ text, n };
	if (!person)
		return true;
	again = read_hidden(what, " again", second, max);
	return (again == n && memcmp(text, second, n) == 0) ||
	       err_set(e, ERR_USAGE, "the two are not the same");
}

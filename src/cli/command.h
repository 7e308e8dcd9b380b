/* SPDX-License-Identifier: Apache-2.0 */
/*
 * command.h - one file and one const struct per command.
 *
 * To add a command: write src/cli/<name>.c with a `const struct command command_<name>` and name it
 * in the table of command.c.  Help, completion and the parser are made from the struct.
 */
#ifndef COMMAND_H
#define COMMAND_H

#include "base/err.h"
#include "base/str.h"

#define OPTIONS_MAX 24
#define POSITIONALS_MAX 64

/* What the process says to its caller; documented in `lockstep help exit-codes` and the manual. */
enum exit_code {
	EXIT_DONE = 0,
	EXIT_FAILED = 1,
	EXIT_USAGE = 2,      /* command line, plan or connector is wrong */
	EXIT_MISSING = 3,    /* what was named does not exist */
	EXIT_BUSY = 4,       /* another run of the connection is under way */
	EXIT_AUTH = 5,       /* credentials refused: a person must renew them */
	EXIT_PARTIAL = 6,    /* some records failed, or a cap was reached */
	EXIT_TEMPORARY = 75, /* worth another try later */
	EXIT_STOPPED = 130,  /* stopped on request */
};

struct option {
	const char *name;  /* "plan" for --plan */
	char letter;       /* 'p' for -p, or 0 */
	const char *takes; /* "FILE", or NULL for a flag */
	const char *says;
};

struct args;

struct command {
	const char *name;
	const char *usage;    /* "[CONNECTION] [options]" */
	const char *summary;  /* one line */
	const char *details;  /* paragraphs, or NULL */
	const char *examples; /* lines */
	struct option option[OPTIONS_MAX];
	int (*run)(const struct args *a);
};

struct args {
	const struct command *command;
	const char *positional[POSITIONALS_MAX];
	size_t positionals;
	const char *value[OPTIONS_MAX]; /* "" for a flag that is set; NULL: not given */
};

/* All commands, in the order of the help; ends with NULL. */
extern const struct command *const commands[];

/* The option's value ("" for a flag), or NULL when it was not given.  `name` is one of the
 * command's. */
const char *args_value(const struct args *a, const char *name);
bool args_flag(const struct args *a, const char *name);

/* An option that is a whole number in [low, high]; `otherwise` when it is not given. */
MUST_CHECK bool args_number(const struct args *a, const char *name, int64_t low, int64_t high,
			    int64_t otherwise, int64_t *out, struct err *e);

/* Runs the command line; what main() returns. */
int command_main(int argc, char **argv);

/* Prints `e` for a person, with --json as a JSON object, and gives its exit code. */
int command_fail(const struct args *a, const struct err *e);

/* Ends all commands that work on a plan. */
#define OPTION_PLAN                                                                           \
	{                                                                                     \
		"plan", 'p', "FILE", "the plan (default: $LOCKSTEP_PLAN, else lockstep.yaml)" \
	}
#define OPTION_JSON                                                    \
	{                                                              \
		"json", 0, NULL, "answer with JSON on standard output" \
	}

#endif

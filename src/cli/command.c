/* SPDX-License-Identifier: Apache-2.0 */
/*
 * command.c - the table of commands, the parser of their options, their help.
 */
#include "cli/command.h"

#include "base/log.h"
#include "cli/terminal.h"
#include "data/json.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

extern const struct command command_serve, command_work, command_sync, command_check,
	command_status, command_runs, command_undo, command_hold, command_conflicts, command_jobs,
	command_schedules, command_outbox, command_quarantine, command_connect, command_user,
	command_grant, command_token, command_audit, command_migrate, command_init, command_pti,
	command_connectors, command_expr, command_schema, command_completion, command_version,
	command_help;

const struct command *const commands[] = {
	&command_serve,      &command_work,       &command_sync,      &command_check,
	&command_status,     &command_runs,       &command_undo,      &command_hold,
	&command_conflicts,  &command_jobs,       &command_schedules, &command_outbox,
	&command_quarantine, &command_pti,        &command_connect,   &command_user,
	&command_grant,      &command_token,      &command_audit,     &command_migrate,
	&command_init,       &command_connectors, &command_expr,      &command_schema,
	&command_completion, &command_version,    &command_help,      NULL,
};

#define COMMANDS_MAX 64
#define NAME_WIDTH 28

static const struct option common[] = {
	{ "help", 'h', NULL, "this help" },
};

/* ---- help ---- */

static void print_option(const struct option *o)
{
	char left[64];
	char letter[8] = "    ";
	int n;

	if (o->letter)
		snprintf(letter, sizeof(letter), "-%c, ", o->letter);
	n = snprintf(left, sizeof(left), "%s--%s", letter, o->name);
	if (o->takes && n > 0 && (size_t)n < sizeof(left))
		snprintf(left + n, sizeof(left) - (size_t)n, " %s", o->takes);
	printf("  %-*s %s\n", NAME_WIDTH, left, o->says);
}

static void print_indented(const char *text)
{
	struct str rest = str_from(text);

	while (rest.len > 0) {
		struct str line = str_cut(&rest, '\n');

		printf("  %.*s\n", STR_ARG(line));
	}
}

static int help_of(const struct command *c)
{
	printf("lockstep %s - %s\n\nUsage: lockstep %s %s\n", c->name, c->summary, c->name,
	       c->usage);
	if (c->examples) {
		printf("\nExamples:\n");
		print_indented(c->examples);
	}
	printf("\nOptions:\n");
	for (size_t i = 0; i < OPTIONS_MAX && c->option[i].name; i++)
		print_option(&c->option[i]);
	for (size_t i = 0; i < COUNT(common); i++)
		print_option(&common[i]);
	if (c->details)
		printf("\n%s\n", c->details);
	return EXIT_DONE;
}

static int help_all(void)
{
	printf("lockstep - keeps your own database in step with the services it depends on\n\n"
	       "Usage: lockstep COMMAND [options]\n\nExamples:\n"
	       "  lockstep init practicepanther    write a commented plan, lockstep.yaml\n"
	       "  lockstep check                   test configuration, credentials and database\n"
	       "  lockstep sync                    bring the tables up to date\n\nCommands:\n");
	for (size_t i = 0; commands[i]; i++)
		printf("  %-12s %s\n", commands[i]->name, commands[i]->summary);
	printf("\n`lockstep help COMMAND` tells more; `lockstep help exit-codes` what the codes mean.\n");
	return EXIT_DONE;
}

static int help_exit_codes(void)
{
	static const struct {
		enum exit_code code;
		const char *says;
	} row[] = {
		{ EXIT_DONE, "done, with nothing left" },
		{ EXIT_FAILED, "failed: the vendor or the database refused" },
		{ EXIT_USAGE, "the command line, the plan or a connector is wrong" },
		{ EXIT_MISSING, "what was named does not exist" },
		{ EXIT_BUSY, "another run of the connection is under way" },
		{ EXIT_AUTH, "credentials were refused: a person must renew them" },
		{ EXIT_PARTIAL, "partly done: some records failed, or a cap was reached" },
		{ EXIT_TEMPORARY, "a passing failure: worth another try later" },
		{ EXIT_STOPPED, "stopped on request; the next run goes on from there" },
	};

	for (size_t i = 0; i < COUNT(row); i++)
		printf("%4d  %s\n", (int)row[i].code, row[i].says);
	return EXIT_DONE;
}

static const struct command *command_find(const char *name)
{
	for (size_t i = 0; commands[i]; i++)
		if (strcmp(commands[i]->name, name) == 0)
			return commands[i];
	return NULL;
}

static int unknown_command(const char *name)
{
	const char *names[COMMANDS_MAX], *near;
	size_t n = 0;

	for (; commands[n]; n++)
		names[n] = commands[n]->name;
	near = str_nearest(str_from(name), names, n);
	fprintf(stderr, "lockstep: there is no command '%s'%s%s%s\n", name,
		near ? "; did you mean '" : "", near ? near : "",
		near ? "'?" : "; see `lockstep help`");
	return EXIT_USAGE;
}

static int help_run(const struct args *a)
{
	const struct command *c;

	if (a->positionals == 0)
		return help_all();
	if (strcmp(a->positional[0], "exit-codes") == 0)
		return help_exit_codes();
	c = command_find(a->positional[0]);
	return c ? help_of(c) : unknown_command(a->positional[0]);
}

const struct command command_help = {
	.name = "help",
	.usage = "[COMMAND | exit-codes]",
	.summary = "tell what the commands do",
	.examples = "lockstep help sync\nlockstep help exit-codes",
	.run = help_run,
};

/* ---- options ---- */

static int option_number(const struct command *c, const char *name)
{
	for (int i = 0; i < OPTIONS_MAX && c->option[i].name; i++)
		if (strcmp(c->option[i].name, name) == 0)
			return i;
	return -1;
}

const char *args_value(const struct args *a, const char *name)
{
	int i = option_number(a->command, name);

	return i < 0 ? NULL : a->value[i];
}

bool args_flag(const struct args *a, const char *name)
{
	return args_value(a, name) != NULL;
}

bool args_number(const struct args *a, const char *name, int64_t low, int64_t high,
		 int64_t otherwise, int64_t *out, struct err *e)
{
	const char *text = args_value(a, name);
	int64_t n = otherwise;

	if (text && (!str_to_i64(str_from(text), &n) || n < low || n > high))
		return err_set(e, ERR_USAGE, "--%s takes a whole number from %lld to %lld", name,
			       (long long)low, (long long)high);
	*out = n;
	return true;
}

static int unknown_option(const struct command *c, const char *given)
{
	const char *names[OPTIONS_MAX], *near;
	struct str word = str_from(given);
	size_t n = 0;

	for (; n < OPTIONS_MAX && c->option[n].name; n++)
		names[n] = c->option[n].name;
	while (word.len > 0 && word.at[0] == '-')
		word = str_slice(word, 1, word.len);
	word = str_cut(&word, '=');
	near = str_nearest(word, names, n);
	fprintf(stderr, "lockstep %s: there is no option '%s'%s%s%s\n", c->name, given,
		near ? "; did you mean '--" : "; see `lockstep help ", near ? near : c->name,
		near ? "'?" : "`");
	return EXIT_USAGE;
}

/* The option that a word names; *inline_value what stands behind its '='. */
static int option_of(const struct command *c, const char *word, const char **inline_value)
{
	*inline_value = NULL;
	for (int i = 0; i < OPTIONS_MAX && c->option[i].name; i++) {
		size_t n = strlen(c->option[i].name);

		if (word[1] != '-') {
			if (c->option[i].letter && word[1] == c->option[i].letter && !word[2])
				return i;
			continue;
		}
		if (strncmp(word + 2, c->option[i].name, n) != 0)
			continue;
		if (word[2 + n] == '=')
			*inline_value = word + 3 + n;
		if (word[2 + n] == '=' || !word[2 + n])
			return i;
	}
	return -1;
}

static int usage(const struct command *c, const char *says, const char *what)
{
	fprintf(stderr, "lockstep %s: %s%s\nUsage: lockstep %s %s\n", c->name, says, what, c->name,
		c->usage);
	return EXIT_USAGE;
}

static int parse_option(struct args *a, int argc, char **argv, int *at)
{
	const struct command *c = a->command;
	const char *value, *word = argv[*at];
	int i = option_of(c, word, &value);

	if (i < 0)
		return unknown_option(c, word);
	if (!c->option[i].takes && value)
		return usage(c, "takes no value: ", word);
	if (c->option[i].takes && !value && *at + 1 < argc)
		value = argv[++*at];
	if (c->option[i].takes && !value)
		return usage(c, "needs a value: ", word);
	a->value[i] = value ? value : "";
	return EXIT_DONE;
}

static int parse(struct args *a, int argc, char **argv)
{
	bool options = true;

	for (int i = 0; i < argc; i++) {
		if (options && strcmp(argv[i], "--") == 0) {
			options = false;
		} else if (options && argv[i][0] == '-' && argv[i][1]) {
			int code = parse_option(a, argc, argv, &i);

			if (code != EXIT_DONE)
				return code;
		} else if (a->positionals == POSITIONALS_MAX) {
			return usage(a->command, "too many words", "");
		} else {
			a->positional[a->positionals++] = argv[i];
		}
	}
	return EXIT_DONE;
}

static bool wants_help(int argc, char **argv)
{
	for (int i = 0; i < argc && strcmp(argv[i], "--") != 0; i++)
		if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)
			return true;
	return false;
}

int command_main(int argc, char **argv)
{
	const struct command *c;
	struct args a = { 0 };
	int code;

	if (argc < 2) {
		help_all();
		return EXIT_USAGE;
	}
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)
		return help_all();
	c = command_find(strcmp(argv[1], "--version") == 0 ? "version" : argv[1]);
	if (!c)
		return unknown_command(argv[1]);
	if (wants_help(argc - 2, argv + 2))
		return help_of(c);
	a.command = c;
	code = parse(&a, argc - 2, argv + 2);
	return code == EXIT_DONE ? c->run(&a) : code;
}

/* ---- failing ---- */

static enum exit_code code_of(enum err_kind kind)
{
	switch (kind) {
	case ERR_CONFIG:
	case ERR_USAGE:
		return EXIT_USAGE;
	case ERR_MISSING:
		return EXIT_MISSING;
	case ERR_BUSY:
		return EXIT_BUSY;
	case ERR_AUTH:
		return EXIT_AUTH;
	case ERR_TRANSIENT:
		return EXIT_TEMPORARY;
	case ERR_CANCELLED:
		return EXIT_STOPPED;
	case ERR_NONE:
	case ERR_REMOTE:
	case ERR_STORE:
	case ERR_LIMIT:
	case ERR_FENCED:
		return EXIT_FAILED;
	}
	return EXIT_FAILED;
}

int command_fail(const struct args *a, const struct err *e)
{
	AUTO_ARENA *arena = arena_new("failure", (size_t)1024 * 1024);
	struct value map = value_map_new(arena);
	struct str text;
	struct err unsaid;

	terminal_clear();
	log_error("%s", e->text);
	if (args_flag(a, "json")) {
		value_map_set(arena, map, STR("error"), value_str(str_from(e->text)));
		value_map_set(arena, map, STR("kind"), value_str(str_from(err_kind_name(e->kind))));
		if (json_pretty(arena, map, &text, &unsaid))
			printf("%.*s\n", STR_ARG(text));
	}
	return (int)code_of(e->kind);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_completion.c - `lockstep completion`: completion for bash, zsh and fish, made from the table
 * of commands. */
#include "cli/command.h"

#include <stdio.h>

static void bash_options(const struct command *c)
{
	printf("\t%s) words=\"--help", c->name);
	for (size_t i = 0; i < OPTIONS_MAX && c->option[i].name; i++)
		printf(" --%s", c->option[i].name);
	printf("\" ;;\n");
}

static void bash(void)
{
	printf("# bash completion for lockstep: eval \"$(lockstep completion bash)\"\n"
	       "_lockstep()\n{\n\tlocal cur=${COMP_WORDS[COMP_CWORD]} words=\"\"\n"
	       "\tif [ \"$COMP_CWORD\" -eq 1 ]; then\n\t\twords=\"");
	for (size_t i = 0; commands[i]; i++)
		printf("%s%s", i ? " " : "", commands[i]->name);
	printf("\"\n\telse\n\tcase ${COMP_WORDS[1]} in\n");
	for (size_t i = 0; commands[i]; i++)
		bash_options(commands[i]);
	printf("\tesac\n\tcase $cur in -*) ;; *) words=\"\" ;; esac\n\tfi\n"
	       "\tmapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$cur\")\n}\n"
	       "complete -o default -F _lockstep lockstep\n");
}

static void zsh(void)
{
	printf("#compdef lockstep\nautoload -U +X bashcompinit && bashcompinit\n");
	bash();
}

static void fish(void)
{
	for (size_t i = 0; commands[i]; i++) {
		const struct command *c = commands[i];

		printf("complete -c lockstep -n __fish_use_subcommand -a %s -d '%s'\n", c->name,
		       c->summary);
		for (size_t k = 0; k < OPTIONS_MAX && c->option[k].name; k++)
			printf("complete -c lockstep -n '__fish_seen_subcommand_from %s' -l %s%s -d \"%s\"\n",
			       c->name, c->option[k].name, c->option[k].takes ? " -r" : "",
			       c->option[k].says);
	}
}

static int completion_run(const struct args *a)
{
	static const struct {
		const char *name;
		void (*print)(void);
	} shell[] = { { "bash", bash }, { "zsh", zsh }, { "fish", fish } };

	for (size_t i = 0; a->positionals == 1 && i < COUNT(shell); i++)
		if (strcmp(a->positional[0], shell[i].name) == 0) {
			shell[i].print();
			return EXIT_DONE;
		}
	fprintf(stderr, "lockstep completion: name a shell: bash, zsh or fish\n");
	return EXIT_USAGE;
}

const struct command command_completion = {
	.name = "completion",
	.usage = "bash | zsh | fish",
	.summary = "print completion for a shell",
	.examples = "eval \"$(lockstep completion bash)\"",
	.run = completion_run,
};

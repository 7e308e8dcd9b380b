/* SPDX-License-Identifier: Apache-2.0 */
/* main.c - lockstep-sandbox: one stand-in a vendor, each a command in its own files. */
#include "fc.h"
#include "mc.h"
#include "pp.h"
#include "tc.h"

#include <stdio.h>

static const struct {
	const char *name, *about;
	int (*run)(int argc, char **argv);
} commands[] = {
	{ "firecrawl", "Firecrawl's scrape, over the pages of tenniscores", fc_main },
	{ "metactf", "MetaCTF's SynEd integration: users, teams, scores, Flash CTFs", mc_main },
	{ "practicepanther", "PracticePanther API v2: accounts, contacts, matters, tasks",
	  pp_main },
	{ "tenniscores", "tenniscores.com and paddlescores.com: cards, teams, ratings", tc_main },
};

static void usage(FILE *to)
{
	fputs("usage: lockstep-sandbox VENDOR [options]\n\n"
	      "Stands in for a vendor, with invented records and faults on demand.\n\n",
	      to);
	for (size_t i = 0; i < COUNT(commands); i++)
		fprintf(to, "  %-16s %s\n", commands[i].name, commands[i].about);
	fputs("\nlockstep-sandbox VENDOR --help says more.\n", to);
}

int main(int argc, char **argv)
{
	for (size_t i = 0; argc > 1 && i < COUNT(commands); i++)
		if (strcmp(argv[1], commands[i].name) == 0)
			return commands[i].run(argc - 2, argv + 2);
	if (argc == 2 && strcmp(argv[1], "--help") == 0) {
		usage(stdout);
		return 0;
	}
	usage(stderr);
	return 2;
}

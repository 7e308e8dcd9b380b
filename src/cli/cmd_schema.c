/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_schema.c - `lockstep schema`: the JSON Schema of the plan, for editors. */
#include "cli/app.h"

#include <stdio.h>

static int schema_run(const struct args *a)
{
	AUTO_ARENA *arena = arena_new("schema", (size_t)16 * 1024 * 1024);

	(void)a;
	printf("%.*s\n", STR_ARG(plan_schema(arena)));
	return EXIT_DONE;
}

const struct command command_schema = {
	.name = "schema",
	.usage = "",
	.summary = "print the JSON Schema of lockstep.yaml, for editors",
	.details =
		"Editors with a YAML language server complete and check the plan when its first line reads\n"
		"# yaml-language-server: $schema=lockstep.schema.json",
	.examples = "lockstep schema > lockstep.schema.json",
	.run = schema_run,
};

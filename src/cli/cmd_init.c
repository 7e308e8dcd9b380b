/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_init.c - `lockstep init`: writes a commented plan for a connector. */
#include "base/file.h"
#include "cli/app.h"

#include <dirent.h>
#include <stdio.h>

#define PLAN_TEXT_MAX ((size_t)1024 * 1024)
#define SUFFIX ".plan.yaml"

static void list_dir(struct buf *names, struct str dir)
{
	DIR *d = opendir(dir.at);
	struct dirent *entry;

	while (d && (entry = readdir(d))) {
		struct str name = str_from(entry->d_name);

		if (!str_ends(name, STR(SUFFIX)))
			continue;
		name.len -= sizeof(SUFFIX) - 1;
		buf_printf(names, "%s%.*s", names->len ? ", " : "", STR_ARG(name));
	}
	if (d)
		closedir(d);
}

static bool plan_text(struct arena *a, const char *name, struct str file, struct str *out,
		      struct err *e)
{
	struct str dir[4];
	size_t n = app_connector_dirs(a, file, dir);
	struct buf names;

	buf_in(&names, a, 4096);
	for (size_t i = 0; i < n; i++) {
		struct str path = file_join(a, dir[i], str_printf(a, "%s" SUFFIX, name));

		if (!strchr(name, '/') && file_exists(path.at))
			return file_read(a, path.at, PLAN_TEXT_MAX, out, e);
		list_dir(&names, dir[i]);
	}
	return err_set(e, ERR_MISSING,
		       "there is no plan for a connector '%s'; there are plans for: %s", name,
		       names.len ? names.at : "none");
}

static bool init(const struct args *a, struct arena *arena, struct err *e)
{
	const char *file = args_value(a, "plan");
	struct str text;

	if (a->positionals != 1)
		return err_set(e, ERR_USAGE,
			       "name one connector, as in `lockstep init practicepanther`");
	if (!file)
		file = "lockstep.yaml";
	if (!plan_text(arena, a->positional[0], str_from(file), &text, e))
		return false;
	if (!file_create(file, 0644, text, e)) {
		if (e->kind == ERR_BUSY)
			return err_set(e, ERR_USAGE,
				       "'%s' is there already; --plan FILE writes another", file);
		return false;
	}
	printf("wrote %s: read it, set the variables it names, then run `lockstep check`\n", file);
	return true;
}

static int init_run(const struct args *a)
{
	AUTO_ARENA *arena = arena_new("init", (size_t)16 * 1024 * 1024);
	struct err e;

	return init(a, arena, &e) ? EXIT_DONE : command_fail(a, &e);
}

const struct command command_init = {
	.name = "init",
	.usage = "CONNECTOR [options]",
	.summary = "write a commented plan for a connector",
	.examples =
		"lockstep init practicepanther\nlockstep init practicepanther --plan other.yaml",
	.option = { { "plan", 'p', "FILE", "where to write it (default: lockstep.yaml)" } },
	.run = init_run,
};

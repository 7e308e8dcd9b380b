/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_connectors.c - `lockstep connectors`: which manifests there are, and whether each loads. */
#include "base/file.h"
#include "cli/app.h"
#include "cli/terminal.h"
#include "connector/page.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#define MANIFESTS_MAX 10000
#define DEPTH_MAX 4
#define CHECK_BYTES_MAX ((size_t)256 * 1024 * 1024)

struct found {
	struct arena *arena;
	struct str *path;
	size_t n;
};

static bool is_manifest(struct str name)
{
	return (str_ends(name, STR(".yaml")) || str_ends(name, STR(".yml"))) &&
	       !str_ends(name, STR(".plan.yaml")) && !str_ends(name, STR(".actions.yaml")) &&
	       !str_ends(name, STR(".pages.yaml"));
}

static void find(struct found *f, struct str dir, unsigned depth)
{
	DIR *d = opendir(dir.at);
	struct dirent *entry;
	struct stat st;

	while (d && (entry = readdir(d)) && f->n < MANIFESTS_MAX) {
		struct str name = str_from(entry->d_name), path;

		if (entry->d_name[0] == '.')
			continue;
		path = file_join(f->arena, dir, str_keep(f->arena, name));
		if (stat(path.at, &st) != 0)
			continue;
		if (S_ISDIR(st.st_mode) && depth < DEPTH_MAX)
			find(f, path, depth + 1);
		else if (S_ISREG(st.st_mode) && is_manifest(name))
			f->path[f->n++] = path;
	}
	if (d)
		closedir(d);
}

static int by_path(const void *a, const void *b)
{
	return str_cmp(*(const struct str *)a, *(const struct str *)b);
}

/* The manifest, and what stands beside it. */
static bool load(struct arena *a, struct str path, const struct manifest **m,
		 struct complaints *list, struct err *e)
{
	const char *does = actions_path(a, path).at, *shows = pages_path(a, path).at;
	const struct actions *actions;
	const struct pages *pages;

	return manifest_load(a, path.at, m, list, e) &&
	       (!file_exists(does) || actions_load(a, does, &actions, list, e)) &&
	       (!file_exists(shows) || pages_load(a, shows, &pages, list, e));
}

static struct value check_one(struct arena *out, struct str path, bool quiet, bool *ok)
{
	AUTO_ARENA *a = arena_new("manifest", CHECK_BYTES_MAX);
	struct complaints list = { 0 };
	const struct manifest *m = NULL;
	struct value map = value_map_new(out), why = value_list_new(out);
	struct err e;

	*ok = load(a, path, &m, &list, &e);
	value_map_set(out, map, STR("file"), value_str(path));
	value_map_set(out, map, STR("loads"), value_bool(*ok));
	if (*ok)
		value_map_set(out, map, STR("streams"), value_int((int64_t)m->public_streams));
	if (!quiet)
		printf("%.*s %.*s",
		       STR_ARG(terminal_tint(out, 1, *ok ? TINT_GOOD : TINT_BAD,
					     *ok ? STR("loads ") : STR("REFUSED"))),
		       STR_ARG(path));
	if (!quiet && *ok)
		printf("  %zu streams", m->public_streams);
	if (!quiet)
		printf("\n");
	for (size_t i = 0; !*ok && i < (list.n ? list.n : 1); i++) {
		struct str text =
			list.n ? complaint_text(out, &list.at[i]) : str_keep(out, str_from(e.text));

		value_list_add(out, why, value_str(text));
		if (!quiet)
			printf("        %.*s\n", STR_ARG(text));
	}
	value_map_set(out, map, STR("complaints"), why);
	return map;
}

static int check(const struct args *a, struct arena *arena, const char *dir)
{
	struct found f = { .arena = arena };
	struct value list = value_list_new(arena);
	bool json = args_flag(a, "json"), ok;
	size_t good = 0;
	struct stat st;
	struct err e;

	if (stat(dir, &st) != 0) {
		err_set(&e, ERR_MISSING, "'%s': %s", dir, strerror(errno));
		return command_fail(a, &e);
	}
	f.path = arena_new_array(arena, struct str, MANIFESTS_MAX);
	if (S_ISREG(st.st_mode))
		f.path[f.n++] = str_from(dir);
	else
		find(&f, str_from(dir), 0);
	if (f.n > 0)
		qsort(f.path, f.n, sizeof(*f.path), by_path);
	for (size_t i = 0; i < f.n; i++) {
		value_list_add(arena, list, check_one(arena, f.path[i], json, &ok));
		good += ok;
	}
	if (json)
		app_print_json(arena, a, list);
	else
		printf("%zu of %zu manifests load\n", good, f.n);
	return good == f.n ? EXIT_DONE : EXIT_USAGE;
}

static int list_known(const struct args *a, struct arena *arena)
{
	struct str dir[4];
	size_t n = app_connector_dirs(arena, STR("lockstep.yaml"), dir);
	struct value list = value_list_new(arena);

	for (size_t i = 0; i < n; i++) {
		struct found f = { .arena = arena };

		f.path = arena_new_array(arena, struct str, MANIFESTS_MAX);
		find(&f, dir[i], DEPTH_MAX);
		if (f.n > 0)
			qsort(f.path, f.n, sizeof(*f.path), by_path);
		for (size_t k = 0; k < f.n; k++) {
			value_list_add(arena, list, value_str(f.path[k]));
			if (!args_flag(a, "json"))
				printf("%.*s\n", STR_ARG(f.path[k]));
		}
	}
	return args_flag(a, "json") ? app_print_json(arena, a, list) : EXIT_DONE;
}

static int connectors_run(const struct args *a)
{
	AUTO_ARENA *arena = arena_new("connectors", CHECK_BYTES_MAX);

	if (a->positionals == 0 || strcmp(a->positional[0], "list") == 0)
		return list_known(a, arena);
	if (strcmp(a->positional[0], "check") == 0 && a->positionals == 2)
		return check(a, arena, a->positional[1]);
	fprintf(stderr, "lockstep connectors: list, or check DIR\n");
	return EXIT_USAGE;
}

const struct command command_connectors = {
	.name = "connectors",
	.usage = "list | check DIR",
	.summary = "list connectors, or say of each manifest in a folder whether it loads",
	.details =
		"A manifest that does not load, or whose actions or pages do not, is told with file, line, column and path, and what would be right.\n"
		"Exit code 0 when all load.",
	.examples = "lockstep connectors list\nlockstep connectors check connectors/",
	.option = { OPTION_JSON },
	.run = connectors_run,
};

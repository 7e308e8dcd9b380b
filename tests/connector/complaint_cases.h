/* SPDX-License-Identifier: Apache-2.0 */
/*
 * complaint_cases.h - files of some kind, and everything that is said about each.
 *
 * A case is "== name", the file's lines, "--", and one line "LINE:COLUMN: path: says" for each
 * complaint, in order; none when it loads.
 */
#ifndef COMPLAINT_CASES_H
#define COMPLAINT_CASES_H

#include "base/buf.h"
#include "base/file.h"
#include "connector/complaint.h"
#include "tap.h"

#define CASES_ARENA_MAX ((size_t)256 * 1024 * 1024)
#define CASES_TEXT_MAX ((size_t)1024 * 1024)

static inline const char *said_of(struct arena *a, const struct complaints *list, bool loaded)
{
	struct buf said;

	buf_in(&said, a, CASES_TEXT_MAX);
	if (loaded != (list->n == 0))
		buf_add(&said, STR("a file loads if and only if there is no complaint\n"));
	for (size_t i = 0; i < list->n; i++) {
		struct str line = complaint_text(a, &list->at[i]);

		buf_printf(&said, "%.*s\n", STR_ARG(str_slice(line, strlen("x:"), line.len)));
	}
	return str_keep(a, str_trim(buf_str(&said))).at;
}

/* Lines up to one that begins with `stop`, which is left there. */
static inline struct str lines_until(struct str *rest, struct str stop)
{
	struct str all = *rest;

	while (rest->len && !str_starts(*rest, stop))
		str_cut(rest, '\n');
	return str_slice(all, 0, all.len - rest->len);
}

/* Checks the cases of `file`, a path below `root`; `load` reads one by the name "x". */
static inline void complaint_cases(struct str root, struct str file,
				   bool (*load)(struct arena *a, struct str yaml,
						struct complaints *list, struct err *e))
{
	AUTO_ARENA *a = arena_new("test", CASES_ARENA_MAX);
	struct str path = file_join(a, root, file), rest = STR("");
	struct err e;

	OK(file_read(a, str_keep(a, path).at, CASES_TEXT_MAX, &rest, &e), "the cases are there");
	lines_until(&rest, STR("=="));
	while (rest.len) {
		struct str head = str_cut(&rest, '\n');
		struct str yaml = lines_until(&rest, STR("--\n"));
		struct complaints list = { .n = 0 };
		bool loaded = load(a, yaml, &list, &e);
		const char *want;

		str_cut(&rest, '\n');
		want = str_keep(a, str_trim(lines_until(&rest, STR("==")))).at;
		IS(said_of(a, &list, loaded), want, str_keep(a, head).at);
	}
}

#endif

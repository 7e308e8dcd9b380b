/* SPDX-License-Identifier: Apache-2.0 */
/*
 * t_plan_complaints.c - plans/complaints.txt: wrong plans and everything that is said about each.
 *
 * A case is "== name" (or "=+ name": the lines of the first case, "=. preamble", stand before it),
 * the plan's lines, "--", and one line "LINE:COLUMN: path: says" for each complaint, in order.
 */
#include "base/file.h"
#include "connector/plan.h"
#include "tap.h"

#include <stdlib.h>
#include <unistd.h>

#define ARENA_MAX ((size_t)256 * 1024 * 1024)
#define TEXT_MAX ((size_t)1024 * 1024)

static const char *env(const char *name)
{
	static const char *const secrets[] = { "hush-hush", "hush_hush" };

	return strcmp(name, "SECRET_A") == 0   ? secrets[0]
	       : strcmp(name, "SECRET_B") == 0 ? secrets[1]
					       : NULL;
}

/* What the plan is told, without the file's name in front. */
static const char *complaints_of(struct arena *a, struct str folder, struct str dir,
				 struct str yaml)
{
	struct plan_options o = {
		.file = file_join(a, dir, STR("lockstep.yaml")),
		.connector_dir = &folder,
		.connector_dirs = 1,
		.env = env,
	};
	struct complaints list = { .n = 0 };
	const struct plan *plan;
	struct buf said;
	struct err e;

	buf_in(&said, a, TEXT_MAX);
	if (!file_write(str_keep(a, o.file).at, 0600, yaml, &e))
		return str_keep(a, str_from(e.text)).at;
	if (plan_load(a, &o, &plan, &list, &e) != (list.n == 0))
		buf_add(&said, STR("a plan loads if and only if there is no complaint\n"));
	for (size_t i = 0; i < list.n; i++) {
		struct str line = complaint_text(a, &list.at[i]);

		assert(str_starts(line, list.at[i].file));
		line = str_slice(line, list.at[i].file.len + 1, line.len);
		buf_printf(&said, "%.*s\n", STR_ARG(str_trim(line)));
	}
	if (list.dropped)
		buf_printf(&said, "and %zu more\n", list.dropped);
	return buf_str(&said).at;
}

struct reader {
	struct arena *a;
	struct str folder, dir, preamble, rest;
};

/* Lines up to one that begins with `stop`, which is left there. */
static struct str lines_until(struct reader *r, struct str stop)
{
	struct str all = r->rest;

	while (r->rest.len && !str_starts(r->rest, stop))
		str_cut(&r->rest, '\n');
	return str_slice(all, 0, all.len - r->rest.len);
}

/* The folder of connectors has another name on every machine. */
static const char *placeless(struct reader *r, const char *said)
{
	struct str rest = str_from(said);
	struct buf b;
	ptrdiff_t at;

	buf_in(&b, r->a, TEXT_MAX);
	while ((at = str_find(rest, r->folder)) >= 0) {
		buf_add(&b, str_slice(rest, 0, (size_t)at));
		buf_add(&b, STR("DIR"));
		rest = str_slice(rest, (size_t)at + r->folder.len, rest.len);
	}
	buf_add(&b, rest);
	return buf_str(&b).at;
}

static void run_case(struct reader *r)
{
	struct str head = str_cut(&r->rest, '\n');
	struct str yaml = lines_until(r, STR("--\n"));
	const char *said, *want;

	str_cut(&r->rest, '\n');
	want = str_keep(r->a, str_trim(lines_until(r, STR("=")))).at;
	if (str_starts(head, STR("=.")))
		r->preamble = yaml;
	if (str_starts(head, STR("=+")))
		yaml = str_printf(r->a, "%.*s%.*s", STR_ARG(r->preamble), STR_ARG(yaml));
	said = placeless(r, complaints_of(r->a, r->folder, r->dir, yaml));
	said = str_keep(r->a, str_trim(str_from(said))).at;
	IS(said, want, str_keep(r->a, head).at);
	OK(!strstr(said, "hush"), "no secret is quoted");
}

int main(void)
{
	AUTO_ARENA *a = arena_new("test", ARENA_MAX);
	char dir[] = "/tmp/lockstep-plan-XXXXXX";
	struct reader r = { .a = a };
	struct str file;
	struct err e;

	assert(getenv("SOURCE_ROOT") && mkdtemp(dir));
	r.folder = file_join(a, str_from(getenv("SOURCE_ROOT")), STR("tests/connector/plans"));
	r.dir = str_from(dir);
	file = file_join(a, r.folder, STR("complaints.txt"));
	OK(file_read(a, str_keep(a, file).at, TEXT_MAX, &r.rest, &e), "the cases are there");
	lines_until(&r, STR("="));
	while (r.rest.len)
		run_case(&r);
	unlink(str_keep(a, file_join(a, r.dir, STR("lockstep.yaml"))).at);
	rmdir(dir);
	return tap_done();
}

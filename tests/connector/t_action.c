/* SPDX-License-Identifier: Apache-2.0 */
/* t_action.c - actions/complaints.txt, and what a plan reads of files of actions. */
#include "complaint_cases.h"
#include "connector/action.h"

#include <stdlib.h>

#define ARENA_MAX ((size_t)256 * 1024 * 1024)

static struct str root;

static bool load(struct arena *a, struct str yaml, struct complaints *list, struct err *e)
{
	const struct actions *s;

	return actions_parse(a, yaml, STR("x"), &s, list, e);
}

static void wrong_files_are_told_what_is_wrong(void)
{
	complaint_cases(root, STR("tests/connector/actions/complaints.txt"), load);
}

static void a_file_becomes_actions(void)
{
	AUTO_ARENA *a = arena_new("test", ARENA_MAX);
	struct str file = file_join(a, root, STR("tests/flow/fixtures/tiny.actions.yaml"));
	const struct actions *s = NULL;
	const struct action *c;
	struct err e;

	OK(actions_load(a, str_keep(a, file).at, &s, NULL, &e), "the fixture loads");
	c = actions_find(s, STR("create"));
	OK(c && strcmp(c->requester.method, "POST") == 0 && c->successes == 1 &&
		   c->success[0] == 201 && c->extracts == 1,
	   "an action, its request and its successes");
	OK(c->lookup && strcmp(c->lookup->requester.method, "GET") == 0 &&
		   c->lookup->extracts == 1 && c->lookup->settle_s == ACTION_SETTLE_S_DEFAULT,
	   "with its lookup");
	OK(!c->safe_to_repeat && !c->idempotency_header.len &&
		   c->server_error == SERVER_ERROR_IN_DOUBT &&
		   c->attempts_max == ACTION_ATTEMPTS_DEFAULT,
	   "careful unless told otherwise");
	OK(c->requester.handlers == 1 && c->requester.handler->filters == 1,
	   "a shared definition brings its error handler");
	OK(str_eq(actions_path(a, STR("c/tiny.yaml")), STR("c/tiny.actions.yaml")),
	   "it stands beside its manifest");
	OK(!actions_find(s, STR("nothing")) && !actions_find(NULL, STR("create")),
	   "what is not there is not found");
}

static void a_file_that_is_too_large_is_refused(void)
{
	AUTO_ARENA *a = arena_new("test", ARENA_MAX);
	struct complaints list = { .n = 0 };
	char *big = arena_alloc(a, MANIFEST_BYTES_MAX + 1);
	const struct actions *s;
	struct err e;

	memset(big, '#', MANIFEST_BYTES_MAX + 1);
	OK(!actions_parse(a, (struct str){ big, MANIFEST_BYTES_MAX + 1 }, STR("x"), &s, &list, &e),
	   "refused: %s", e.text);
	OK(e.kind == ERR_LIMIT && list.n == 1, "as a limit");
}

int main(void)
{
	assert(getenv("SOURCE_ROOT"));
	root = str_from(getenv("SOURCE_ROOT"));
	wrong_files_are_told_what_is_wrong();
	a_file_becomes_actions();
	a_file_that_is_too_large_is_refused();
	return tap_done();
}

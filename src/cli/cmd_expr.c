/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_expr.c - `lockstep expr`: tries a template, or lists what templates may use. */
#include "base/file.h"
#include "cli/app.h"
#include "data/json.h"

#include <stdio.h>
#include <unistd.h>

#define INPUT_BYTES_MAX ((size_t)64 * 1024 * 1024)

static const char *const names[] = { "record",       "config",          "stream_partition",
				     "stream_slice", "stream_interval", "response",
				     "headers",      "parameters",      "next_page_token",
				     "last_record",  "last_page_size" };
static const struct expr_scope scope = { names, COUNT(names) };

static bool variables(struct arena *a, const struct args *args, struct value *v, struct err *e)
{
	const char *file = args_value(args, "vars"), *record = args_value(args, "record");
	struct value map = UNDEFINED;
	struct str text;

	if (file) {
		if (!file_read(a, strcmp(file, "-") == 0 ? "/dev/stdin" : file, INPUT_BYTES_MAX,
			       &text, e) ||
		    !json_parse(a, text, &map, NULL, e))
			return err_wrap(e, "--vars");
	}
	for (size_t i = 0; i < COUNT(names); i++)
		v[i] = value_get(map, str_from(names[i]));
	if (record && !json_parse(a, str_from(record), &v[0], NULL, e))
		return err_wrap(e, "--record");
	return true;
}

static bool evaluate(struct arena *a, const struct args *args, struct err *e)
{
	struct value v[COUNT(names)], out;
	struct expr_context c = { a, v, clock_system() };
	struct template *t;
	struct buf b;

	if (args->positionals != 1)
		return err_set(e, ERR_USAGE, "give one template, as in '{{ record.id }}'");
	if (!variables(a, args, v, e) ||
	    !template_compile(a, str_from(args->positional[0]),
			      args_flag(args, "manifest") ? TEMPLATE_MANIFEST : TEMPLATE_PLAN,
			      &scope, &t, e) ||
	    !template_eval(t, &c, &out, e))
		return false;
	buf_in(&b, a, INPUT_BYTES_MAX);
	if (out.kind == VALUE_OTHER)
		out = value_str(out.s);
	if (!json_write(&b, out, e))
		return false;
	printf("%s\n", b.at);
	return true;
}

static void list_builtins(void)
{
	size_t n;
	const struct expr_builtin_doc *doc = expr_builtins(&n);

	for (size_t i = 0; i < n; i++)
		printf("%-9s %-50s %s\n", doc[i].kind, doc[i].usage, doc[i].says);
}

static int expr_run(const struct args *a)
{
	AUTO_ARENA *arena = arena_new("expression", (size_t)512 * 1024 * 1024);
	struct err e;

	if (args_flag(a, "list")) {
		list_builtins();
		return EXIT_DONE;
	}
	return evaluate(arena, a, &e) ? EXIT_DONE : command_fail(a, &e);
}

const struct command command_expr = {
	.name = "expr",
	.usage = "TEMPLATE [options]",
	.summary = "try a template on a record, or list what templates may use",
	.details = "Prints the result as JSON. Plans type results natively; --manifest types them as connector\n"
		   "manifests do, where a rendered text is read again as a literal.",
	.examples = "lockstep expr '{{ record.phone_mobile or record.phone_work }}' --record '{\"phone_work\":\"555-0100\"}'\n"
		    "lockstep expr '{{ config.id }}' --manifest --vars vars.json\n"
		    "lockstep expr --list",
	.option = {
		{ "record", 'r', "JSON", "the variable `record`" },
		{ "vars", 0, "FILE", "a JSON object of variables (- for standard input)" },
		{ "manifest", 'm', NULL, "type the result as manifests do" },
		{ "list", 'l', NULL, "list functions, filters, tests and methods" },
	},
	.run = expr_run,
};

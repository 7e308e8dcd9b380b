/* SPDX-License-Identifier: Apache-2.0 */
/* job_sheet.c - jobs, how many there are and what is paused, for people and as JSON. */
#include "cli/job_sheet.h"

#include "cli/terminal.h"
#include "data/json.h"
#include "data/moment.h"

#include <stdio.h>

static void set_json(struct arena *a, struct value map, const char *name, struct str text)
{
	struct value v = json_value(a, text);

	value_map_set(a, map, str_from(name),
		      v.kind == VALUE_UNDEFINED ? value_text_or_null(text) : v);
}

struct value job_value(struct arena *a, const struct job_row *j)
{
	struct value map = value_map_new(a);
	const struct {
		const char *name;
		struct value v;
	} member[] = {
		{ "id", value_int(j->id) },
		{ "status", value_str(j->status) },
		{ "state", value_str(j->state) },
		{ "task", value_str(j->task) },
		{ "priority", value_int(j->priority) },
		{ "attempts", value_int(j->attempts) },
		{ "max_attempts", value_int(j->attempts_max) },
		{ "crashes", value_int(j->crashes) },
		{ "key", value_text_or_null(j->key) },
		{ "lane", value_text_or_null(j->lane) },
		{ "trigger", value_text_or_null(j->trigger) },
		{ "actor", value_text_or_null(j->actor) },
		{ "error", value_text_or_null(j->error) },
		{ "cancel_asked", value_bool(j->cancel_asked) },
		{ "session", j->session ? value_int(j->session) : NULL_VALUE },
		{ "run_at", moment_or_null(a, j->run_at_ms) },
		{ "added_at", moment_or_null(a, j->added_ms) },
		{ "claimed_at", moment_or_null(a, j->claimed_ms) },
		{ "finished_at", moment_or_null(a, j->finished_ms) },
	};

	for (size_t i = 0; i < COUNT(member); i++)
		value_map_set(a, map, str_from(member[i].name), member[i].v);
	set_json(a, map, "args", j->args);
	set_json(a, map, "progress", j->progress);
	set_json(a, map, "output", j->output);
	return map;
}

struct value jobs_value(struct arena *a, const struct job_row *j, size_t n, int64_t total)
{
	struct value map = value_map_new(a), list = value_list_new(a);

	for (size_t i = 0; i < n; i++)
		value_list_add(a, list, job_value(a, &j[i]));
	value_map_set(a, map, STR("total"), value_int(total));
	value_map_set(a, map, STR("jobs"), list);
	return map;
}

static struct str status_text(struct arena *a, const struct job_row *j)
{
	enum tint t = TINT_DIM;

	if (str_eq(j->status, STR("failed")))
		t = TINT_BAD;
	else if (str_eq(j->status, STR("succeeded")))
		t = TINT_GOOD;
	else if (str_eq(j->status, STR("running")))
		t = TINT_BOLD;
	return terminal_tint(a, 1, t, j->state);
}

static void print_line(const char *name, struct str text)
{
	if (text.len)
		printf("%-10s %.*s\n", name, STR_ARG(text));
}

void job_print(struct arena *a, const struct job_row *j)
{
	printf("%-10s %lld\n", "job", (long long)j->id);
	print_line("task", j->task);
	print_line("status", status_text(a, j));
	if (j->cancel_asked)
		print_line("", STR("asked to stop"));
	printf("%-10s %lld of %lld\n", "attempt", (long long)j->attempts,
	       (long long)j->attempts_max);
	if (j->crashes)
		printf("%-10s %lld\n", "crashes", (long long)j->crashes);
	printf("%-10s %lld\n", "priority", (long long)j->priority);
	print_line("key", j->key);
	print_line("lane", j->lane);
	print_line("trigger", j->trigger);
	print_line("actor", j->actor);
	print_line("added", wall_text(a, j->added_ms));
	print_line("run at", wall_text(a, j->run_at_ms));
	if (j->claimed_ms)
		print_line("claimed", wall_text(a, j->claimed_ms));
	if (j->finished_ms)
		print_line("finished", wall_text(a, j->finished_ms));
	print_line("args", j->args);
	print_line("progress", j->progress);
	print_line("output", j->output);
	print_line("error", j->error);
}

void jobs_print(struct arena *a, const struct job_row *j, size_t n, int64_t total)
{
	static const char *const head[] = { "id",           "task",        "status", "attempt",
					    "run at (UTC)", "ended (UTC)", "error" };
	struct sheet *s = sheet_new(a, head, COUNT(head), 1u << 0 | 1u << 3);

	for (size_t i = 0; i < n; i++) {
		struct str cell[COUNT(head)] = {
			str_printf(a, "%lld", (long long)j[i].id),
			j[i].task,
			status_text(a, &j[i]),
			str_printf(a, "%lld/%lld", (long long)j[i].attempts,
				   (long long)j[i].attempts_max),
			wall_text(a, j[i].run_at_ms),
			wall_text(a, j[i].finished_ms),
			j[i].error,
		};

		sheet_add(s, cell);
	}
	sheet_print(s);
	if ((int64_t)n < total)
		printf("\n%zu of %lld jobs; --limit and --page show more\n", n, (long long)total);
}

struct value counts_value(struct arena *a, const struct queue_state *s)
{
	struct value map = value_map_new(a), counts = value_list_new(a), pauses = value_list_new(a);

	for (size_t i = 0; i < s->counts; i++) {
		struct value one = value_map_new(a);

		value_map_set(a, one, STR("task"), value_str(s->count[i].task));
		value_map_set(a, one, STR("status"), value_str(s->count[i].status));
		value_map_set(a, one, STR("count"), value_int(s->count[i].n));
		value_list_add(a, counts, one);
	}
	for (size_t i = 0; i < s->pauses; i++) {
		struct value one = value_map_new(a);

		value_map_set(a, one, STR("scope"), value_str(s->pause[i].scope));
		value_map_set(a, one, STR("reason"), value_text_or_null(s->pause[i].reason));
		value_map_set(a, one, STR("actor"), value_text_or_null(s->pause[i].actor));
		value_map_set(a, one, STR("since"), moment_or_null(a, s->pause[i].since_ms));
		value_list_add(a, pauses, one);
	}
	value_map_set(a, map, STR("counts"), counts);
	value_map_set(a, map, STR("pauses"), pauses);
	value_map_set(a, map, STR("oldest_ready_ms"), value_int(s->oldest_ms));
	return map;
}

void counts_print(struct arena *a, const struct queue_state *s)
{
	static const char *const head[] = { "task", "status", "jobs" };
	struct sheet *sheet = sheet_new(a, head, COUNT(head), 1u << 2);

	for (size_t i = 0; i < s->counts; i++) {
		struct str cell[] = { s->count[i].task, s->count[i].status,
				      grouped_text(a, s->count[i].n) };

		sheet_add(sheet, cell);
	}
	if (s->counts)
		sheet_print(sheet);
	else
		printf("There are no jobs.\n");
	if (s->oldest_ms > 0)
		printf("\nThe oldest that is ready waits for %lld s.\n",
		       (long long)(s->oldest_ms / 1000));
	for (size_t i = 0; i < s->pauses; i++)
		printf("\n%.*s is paused since %.*s%s%.*s\n", STR_ARG(s->pause[i].scope),
		       STR_ARG(wall_text(a, s->pause[i].since_ms)),
		       s->pause[i].reason.len ? ": " : "", STR_ARG(s->pause[i].reason));
}

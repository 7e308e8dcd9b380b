/* SPDX-License-Identifier: Apache-2.0 */
/* start.c - what every stand-in's command does the same way. */
#include "start.h"

#include "base/file.h"

#include <stdio.h>

#define PLAN_BYTES_MAX ((size_t)8 << 20)
#define SCRATCH_BYTES_MAX ((size_t)64 << 20)

static const struct option_row rows[] = {
#define ROW(name, argument, kind, member, about)                                     \
	{                                                                            \
		name, argument, about, kind, offsetof(struct server_options, member) \
	}
	ROW("port", "N", OPTION_NUMBER, port, "listen here; 0 takes any free port"),
	ROW("plan", "FILE", OPTION_TEXT, plan, "what goes wrong and when (JSON, see below)"),
	ROW("mode", "NAME[=N]", OPTION_LIST, modes,
	    "another behaviour; may be given again (see below)"),
	ROW("log", "FILE", OPTION_TEXT, log, "append each request as a line of JSON"),
	ROW("clock", "virtual|real", OPTION_TEXT, clock,
	    "virtual stands at 2026-11-01T00:00:00Z until told"),
	ROW("rate-limit", "N/SECONDS", OPTION_TEXT, rate_limit,
	    "answer 429 past it; not enforced by default"),
	ROW("no-gzip", NULL, OPTION_FLAG, no_gzip, "never compress unless a fault says so"),
	ROW("quiet", NULL, OPTION_FLAG, quiet, "no word at the end"),
	ROW("help", NULL, OPTION_FLAG, help, "this text"),
#undef ROW
};

struct option_table server_options_table(struct server_options *o)
{
	o->clock = "real";
	return (struct option_table){ rows, COUNT(rows), o };
}

bool server_options_check(const struct server_options *o, struct err *e)
{
	if (o->port > UINT16_MAX)
		return err_set(e, ERR_USAGE, "--port is at most %d", UINT16_MAX);
	if (strcmp(o->clock, "real") != 0 && strcmp(o->clock, "virtual") != 0)
		return err_set(e, ERR_USAGE, "--clock is virtual or real");
	return true;
}

void server_init(struct server *s, struct vendor *vendor, const struct server_options *o)
{
	*s = (struct server){ .vendor = vendor, .gzip = !o->no_gzip };
	if (strcmp(o->clock, "virtual") == 0)
		s->time = timepiece_standing();
	s->plan = fault_plan_new();
	s->scratch = arena_new("scratch", SCRATCH_BYTES_MAX);
}

void server_done(struct server *s)
{
	gate_free(s->gate);
	journal_free(s->journal);
	fault_plan_free(s->plan);
	arena_free(s->scratch);
}

static bool apply_modes(struct server *s, const struct option_list *wishes, struct err *e)
{
	for (size_t i = 0; i < wishes->n; i++)
		if (!modes_set_text(&s->vendor->modes, str_from(wishes->at[i]), e))
			return false;
	return true;
}

static bool apply_plan(struct server *s, const char *path, struct err *e)
{
	struct str text;

	if (!path)
		return true;
	return (file_read(s->scratch, path, PLAN_BYTES_MAX, &text, e) && server_plan(s, text, e)) ||
	       err_wrap(e, "plan '%s'", path);
}

static bool set_limit(struct server *s, const char *limit, struct err *e)
{
	struct str seconds, n;

	if (!limit)
		return true;
	seconds = str_from(limit);
	n = str_cut(&seconds, '/');
	if (!str_to_i64(n, &s->limit_n) || !str_to_i64(seconds, &s->limit_seconds) ||
	    s->limit_n < 1 || s->limit_n > 1000000 || s->limit_seconds < 1)
		return err_set(e, ERR_USAGE, "--rate-limit is like 300/300");
	s->gate = gate_new(s->limit_n, s->limit_seconds);
	return true;
}

int server_main(struct server *s, const struct server_options *o)
{
	struct err e;
	bool ok = apply_modes(s, &o->modes, &e) && set_limit(s, o->rate_limit, &e) &&
		  apply_plan(s, o->plan, &e) && journal_new(o->log, &s->journal, &e) &&
		  server_run(s, (unsigned)o->port, &e);

	if (!ok)
		fprintf(stderr, "lockstep-sandbox: %s\n", e.text);
	else if (!o->quiet)
		fprintf(stderr, "lockstep-sandbox: answered %llu requests\n",
			(unsigned long long)s->requests);
	return ok ? 0 : 1;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* pp.c - `lockstep-sandbox practicepanther`: its options, and the vendor as the server sees it. */
#include "pp.h"

#include "base/file.h"

#include <stdio.h>
#include <stdlib.h>

#define PLAN_BYTES_MAX ((size_t)8 << 20)
#define SCRATCH_BYTES_MAX ((size_t)64 << 20)
#define MODES_MAX 16
#define DERIVED (-1)

enum option_kind { OPTION_NUMBER, OPTION_TEXT, OPTION_FLAG, OPTION_MODE };

struct options {
	int64_t port, seed, contacts, matters, tasks, users, token_seconds;
	const char *accounts, *plan, *log, *clock, *rate_limit;
	const char *client_id, *client_secret, *refresh_token, *access_token;
	bool plain, quiet, no_gzip, client_credentials, help;
	const char *modes[MODES_MAX];
	size_t modes_n;
};

static const struct option_row {
	const char *name, *argument, *about;
	enum option_kind kind;
	size_t offset;
} rows[] = {
#define ROW(name, argument, kind, member, about)                              \
	{                                                                     \
		name, argument, about, kind, offsetof(struct options, member) \
	}
	ROW("port", "N", OPTION_NUMBER, port, "listen here; 0, the default, takes any free port"),
	ROW("seed", "N", OPTION_NUMBER, seed,
	    "another firm (default 1); the same seed, the same bytes"),
	ROW("contacts", "N", OPTION_NUMBER, contacts, "default 11193"),
	ROW("matters", "N", OPTION_NUMBER, matters, "default 7155"),
	ROW("tasks", "N", OPTION_NUMBER, tasks, "default: as many as matters"),
	ROW("accounts", "derived", OPTION_TEXT, accounts, "seven for each ten contacts"),
	ROW("users", "N", OPTION_NUMBER, users, "default 6"),
	ROW("plain", NULL, OPTION_FLAG, plain, "no nasty values: for demonstrations and benches"),
	ROW("plan", "FILE", OPTION_TEXT, plan, "what goes wrong and when (JSON, see below)"),
	ROW("mode", "NAME[=N]", OPTION_MODE, modes,
	    "another behaviour; may be given again (see below)"),
	ROW("log", "FILE", OPTION_TEXT, log, "append each request as a line of JSON"),
	ROW("clock", "virtual|real", OPTION_TEXT, clock,
	    "virtual stands at 2026-11-01T00:00:00Z until told"),
	ROW("rate-limit", "N/SECONDS", OPTION_TEXT, rate_limit,
	    "answer 429 past it; not enforced by default"),
	ROW("client-id", "ID", OPTION_TEXT, client_id, "default sandbox-client"),
	ROW("client-secret", "SECRET", OPTION_TEXT, client_secret, "default sandbox-secret"),
	ROW("refresh-token", "TOKEN", OPTION_TEXT, refresh_token,
	    "good at the start: sandbox-refresh-0"),
	ROW("access-token", "TOKEN", OPTION_TEXT, access_token,
	    "good at the start: sandbox-access-0"),
	ROW("token-seconds", "N", OPTION_NUMBER, token_seconds,
	    "life of an access token (default 86399)"),
	ROW("grant-client-credentials", NULL, OPTION_FLAG, client_credentials,
	    "grant what the real one does not"),
	ROW("no-gzip", NULL, OPTION_FLAG, no_gzip, "never compress unless a fault says so"),
	ROW("quiet", NULL, OPTION_FLAG, quiet, "no word at the end"),
	ROW("help", NULL, OPTION_FLAG, help, "this text"),
#undef ROW
};

static const char help_head[] =
	"usage: lockstep-sandbox practicepanther [options]\n"
	"\n"
	"Stands in for PracticePanther's API v2 on 127.0.0.1, with an invented firm's records.\n"
	"Prints `listening on URL` when it is ready; ends on SIGTERM.\n"
	"\n"
	"Options:\n";
static const char help_tail[] =
	"\n"
	"A plan is {\"rules\": [{\"match\": {\"path_prefix\", \"query\", \"method\", \"nth\", \"every\",\n"
	"\"from\", \"to\", \"probability\", \"seed\"}, \"fault\": name, \"args\": {…}}], \"modes\": {…},\n"
	"\"mutations\": [{\"collection\", \"op\": touch|add|delete, \"count\", \"at\": spread|front|end,\n"
	"\"on\", \"every\", \"from\", \"to\", \"status\", \"stamp_only\", \"ago_seconds\"}]}.\n"
	"One request: header `X-Sandbox-Fault: name;argument=value` or ?sandbox_fault=name.\n"
	"\n"
	"Below /sandbox/: GET stats, log, window?seconds=300, truth/COLLECTION, faults, modes; POST plan,\n"
	"mutate, clock/advance, revoke?what=access|refresh|all, rotate-drop, reset-log.\n"
	"\n"
	"Examples:\n"
	"  lockstep-sandbox practicepanther --port 8900 --seed 7\n"
	"  lockstep-sandbox practicepanther --plain --contacts 1000000 --no-gzip\n"
	"  lockstep-sandbox practicepanther --clock virtual --rate-limit 300/300 --mode top_max=100\n"
	"  curl -H 'Authorization: Bearer sandbox-access-0' \\\n"
	"    'http://127.0.0.1:8900/api/v2/contacts?$top=2&$skip=4'\n"
	"  curl -d '{\"collection\":\"contacts\",\"count\":5}' http://127.0.0.1:8900/sandbox/mutate\n"
	"  curl -d '[{\"match\":{\"path_prefix\":\"/api/\",\"nth\":3},\"fault\":\"429\",\"args\":{\"seconds\":2}}]' \\\n"
	"    http://127.0.0.1:8900/sandbox/plan\n";

static void help(void)
{
	struct buf b;

	buf_init(&b, 64 << 10);
	buf_add(&b, str_from(help_head));
	for (size_t i = 0; i < COUNT(rows); i++) {
		char left[48];

		snprintf(left, sizeof left, "--%s%s%s", rows[i].name, rows[i].argument ? " " : "",
			 rows[i].argument ? rows[i].argument : "");
		buf_printf(&b, "  %-26s %s\n", left, rows[i].about);
	}
	buf_add(&b, STR("\nModes:\n"));
	pp_list_modes(&b);
	buf_add(&b, STR("\nFaults:\n"));
	fault_list(&b);
	buf_add(&b, str_from(help_tail));
	fwrite(b.at, 1, b.len, stdout);
	buf_done(&b);
}

static bool set_option(struct options *o, const struct option_row *row, const char *value,
		       struct err *e)
{
	char *at = (char *)o + row->offset;
	bool yes = true;
	int64_t number;

	switch (row->kind) {
	case OPTION_FLAG:
		memcpy(at, &yes, sizeof yes);
		return true;
	case OPTION_TEXT:
		memcpy(at, &value, sizeof value);
		return true;
	case OPTION_MODE:
		if (o->modes_n == MODES_MAX)
			return err_set(e, ERR_USAGE, "more than %d modes", MODES_MAX);
		o->modes[o->modes_n++] = value;
		return true;
	case OPTION_NUMBER:
		break;
	}
	if (!str_to_i64(str_from(value), &number) || number < 0)
		return err_set(e, ERR_USAGE, "--%s needs a number, not '%s'", row->name, value);
	memcpy(at, &number, sizeof number);
	return true;
}

static const struct option_row *find_option(struct str name)
{
	for (size_t i = 0; i < COUNT(rows); i++)
		if (str_eq(name, str_from(rows[i].name)))
			return &rows[i];
	return NULL;
}

static bool read_options(struct options *o, int argc, char **argv, struct err *e)
{
	for (int i = 0; i < argc; i++) {
		struct str rest = str_from(argv[i]), name = str_cut(&rest, '=');
		bool attached = name.len < strlen(argv[i]);
		const struct option_row *row = NULL;
		const char *value = attached ? rest.at : NULL;

		if (str_starts(name, STR("--")))
			row = find_option(str_slice(name, 2, name.len));
		if (!row)
			return err_set(e, ERR_USAGE, "there is no option '%s'", argv[i]);
		if (!row->argument && attached)
			return err_set(e, ERR_USAGE, "--%s takes no value", row->name);
		if (row->argument && !attached) {
			if (i + 1 == argc)
				return err_set(e, ERR_USAGE, "--%s needs a value", row->name);
			value = argv[++i];
		}
		if (!set_option(o, row, value, e))
			return false;
	}
	return true;
}

static bool check_options(struct options *o, struct err *e)
{
	if (o->tasks == DERIVED)
		o->tasks = o->matters;
	if (o->port > UINT16_MAX)
		return err_set(e, ERR_USAGE, "--port is at most %d", UINT16_MAX);
	if (o->contacts > PP_COUNT_MAX || o->matters > PP_COUNT_MAX || o->tasks > PP_COUNT_MAX ||
	    o->users > 1000)
		return err_set(e, ERR_USAGE, "at most %lld records of a kind and 1000 users",
			       (long long)PP_COUNT_MAX);
	if (o->users < 1)
		return err_set(e, ERR_USAGE, "--users is at least 1");
	if (strcmp(o->accounts, "derived") != 0)
		return err_set(e, ERR_USAGE, "--accounts: they follow from the contacts: derived");
	if (strcmp(o->clock, "real") != 0 && strcmp(o->clock, "virtual") != 0)
		return err_set(e, ERR_USAGE, "--clock is virtual or real");
	return true;
}

static struct pp *of(struct vendor *v)
{
	return CONTAINER(v, struct pp, vendor);
}

static bool vendor_authorised(struct vendor *v, const struct request *r)
{
	return oauth_authorised(of(v)->oauth, request_header(r, "Authorization"), pp_now_ms(of(v)));
}

static void vendor_handle(struct vendor *v, const struct request *r, struct reply *reply)
{
	if (oauth_handle(of(v), r, reply))
		return;
	if (!str_starts(r->path, STR("/api/v2/")))
		reply_message(reply, 404, "No resource was found that matches the request.");
	else if (!r->entry->authorised)
		reply_message(reply, 401, "Authorization has been denied for this request.");
	else
		pp_api(of(v), r, reply);
}

static bool vendor_admin(struct vendor *v, const struct request *r, struct reply *reply)
{
	return pp_admin(of(v), r, reply);
}

static bool vendor_plan(struct vendor *v, yyjson_val *root, struct err *e)
{
	return pp_plan(of(v), root, e);
}

static void vendor_stats(struct vendor *v, struct buf *b)
{
	struct pp *pp = of(v);

	for (unsigned kind = 0; kind < PP_KINDS; kind++)
		buf_printf(b, ",\"%s\":%zu", pp_kind_names[kind],
			   population_count(pp->population, (enum pp_kind)kind));
	oauth_stats(pp->oauth, pp_now_ms(pp), b);
}

static const struct vendor_ops vendor_ops = {
	vendor_authorised, vendor_handle, vendor_admin, vendor_plan, vendor_stats,
};

static bool apply_modes(struct pp *pp, const struct options *o, struct err *e)
{
	pp->modes.grant_client_credentials = o->client_credentials;
	for (size_t i = 0; i < o->modes_n; i++) {
		struct str value = str_from(o->modes[i]), name = str_cut(&value, '=');
		int64_t number = 1;

		if (value.len && !str_to_i64(value, &number))
			return err_set(e, ERR_USAGE, "--mode %s needs a number", o->modes[i]);
		if (!pp_set_mode(pp, name, number, e))
			return false;
	}
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

static void make(struct pp *pp, struct server *s, const struct options *o)
{
	struct population_size size = { o->contacts, o->matters, o->tasks, o->users };
	struct oauth_setup setup = { o->client_id,    o->client_secret, o->refresh_token,
				     o->access_token, o->token_seconds, (uint64_t)o->seed };

	*s = (struct server){ .vendor = &pp->vendor, .gzip = !o->no_gzip };
	if (strcmp(o->clock, "virtual") == 0)
		s->time = timepiece_standing();
	s->plan = fault_plan_new();
	s->scratch = arena_new("scratch", SCRATCH_BYTES_MAX);
	*pp = (struct pp){ .vendor = { &vendor_ops }, .server = s };
	pp->population = population_new((uint64_t)o->seed, o->plain, size);
	pp->lists = pp_lists_new(pp->population);
	pp->oauth = oauth_new(&setup, timepiece_now(&s->time));
}

static void unmake(struct pp *pp, struct server *s)
{
	oauth_free(pp->oauth);
	pp_lists_free(pp->lists);
	population_free(pp->population);
	free(pp->mutations);
	gate_free(s->gate);
	journal_free(s->journal);
	fault_plan_free(s->plan);
	arena_free(s->scratch);
}

int pp_main(int argc, char **argv)
{
	struct options o = {
		.seed = 1,
		.contacts = 11193,
		.matters = 7155,
		.tasks = DERIVED,
		.users = 6,
		.token_seconds = 86399,
		.accounts = "derived",
		.clock = "real",
		.client_id = "sandbox-client",
		.client_secret = "sandbox-secret",
		.refresh_token = "sandbox-refresh-0",
		.access_token = "sandbox-access-0",
	};
	struct server server;
	struct pp pp;
	struct err e;
	bool ok;

	if (!read_options(&o, argc, argv, &e) || !check_options(&o, &e)) {
		fprintf(stderr, "lockstep-sandbox: %s\n", e.text);
		return 2;
	}
	if (o.help) {
		help();
		return 0;
	}
	make(&pp, &server, &o);
	ok = apply_modes(&pp, &o, &e) && set_limit(&server, o.rate_limit, &e) &&
	     apply_plan(&server, o.plan, &e) && journal_new(o.log, &server.journal, &e) &&
	     server_run(&server, (unsigned)o.port, &e);
	if (!ok)
		fprintf(stderr, "lockstep-sandbox: %s\n", e.text);
	else if (!o.quiet)
		fprintf(stderr, "lockstep-sandbox: answered %llu requests\n",
			(unsigned long long)server.requests);
	unmake(&pp, &server);
	return ok ? 0 : 1;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* pp.c - `lockstep-sandbox practicepanther`: its options, and the vendor as the server sees it. */
#include "pp.h"

#include "start.h"

#include <stdio.h>
#include <stdlib.h>

#define DERIVED (-1)

struct options {
	int64_t seed, contacts, matters, tasks, users, token_seconds;
	const char *accounts;
	const char *client_id, *client_secret, *refresh_token, *access_token;
	bool plain, client_credentials;
};

static const struct option_row rows[] = {
#define ROW(name, argument, kind, member, about)                              \
	{                                                                     \
		name, argument, about, kind, offsetof(struct options, member) \
	}
	ROW("seed", "N", OPTION_NUMBER, seed,
	    "another firm (default 1); the same seed, the same bytes"),
	ROW("contacts", "N", OPTION_NUMBER, contacts, "default 11193"),
	ROW("matters", "N", OPTION_NUMBER, matters, "default 7155"),
	ROW("tasks", "N", OPTION_NUMBER, tasks, "default: as many as matters"),
	ROW("accounts", "derived", OPTION_TEXT, accounts, "seven for each ten contacts"),
	ROW("users", "N", OPTION_NUMBER, users, "default 6"),
	ROW("plain", NULL, OPTION_FLAG, plain, "no nasty values: for demonstrations and benches"),
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

static void help(const struct option_table *tables, const struct modes *modes)
{
	struct buf b;

	buf_init(&b, 64 << 10);
	buf_add(&b, str_from(help_head));
	options_list(&tables[0], &b);
	options_list(&tables[1], &b);
	buf_add(&b, STR("\nModes:\n"));
	modes_list(modes, &b);
	buf_add(&b, STR("\nFaults:\n"));
	fault_list(&b);
	buf_add(&b, str_from(help_tail));
	fwrite(b.at, 1, b.len, stdout);
	buf_done(&b);
}

static bool check_options(struct options *o, struct err *e)
{
	if (o->tasks == DERIVED)
		o->tasks = o->matters;
	if (o->contacts > PP_COUNT_MAX || o->matters > PP_COUNT_MAX || o->tasks > PP_COUNT_MAX ||
	    o->users > 1000)
		return err_set(e, ERR_USAGE, "at most %lld records of a kind and 1000 users",
			       (long long)PP_COUNT_MAX);
	if (o->users < 1)
		return err_set(e, ERR_USAGE, "--users is at least 1");
	if (strcmp(o->accounts, "derived") != 0)
		return err_set(e, ERR_USAGE, "--accounts: they follow from the contacts: derived");
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
	.api = "/api/",
	.error_member = "message",
	.authorised = vendor_authorised,
	.handle = vendor_handle,
	.admin = vendor_admin,
	.plan = vendor_plan,
	.stats = vendor_stats,
};

static void make(struct pp *pp, struct server *s, const struct options *o)
{
	struct population_size size = { o->contacts, o->matters, o->tasks, o->users };
	struct oauth_setup setup = { o->client_id,    o->client_secret, o->refresh_token,
				     o->access_token, o->token_seconds, (uint64_t)o->seed };

	pp->server = s;
	pp->modes.grant_client_credentials = o->client_credentials;
	pp->population = population_new((uint64_t)o->seed, o->plain, size);
	pp->lists = pp_lists_new(pp->population);
	pp->oauth = oauth_new(&setup, timepiece_now(&s->time));
}

static void unmake(struct pp *pp)
{
	oauth_free(pp->oauth);
	pp_lists_free(pp->lists);
	population_free(pp->population);
	free(pp->mutations);
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
		.client_id = "sandbox-client",
		.client_secret = "sandbox-secret",
		.refresh_token = "sandbox-refresh-0",
		.access_token = "sandbox-access-0",
	};
	struct server_options so = { 0 };
	struct option_table tables[] = { server_options_table(&so), { rows, COUNT(rows), &o } };
	struct pp pp = { .vendor = { &vendor_ops, pp_modes(&pp) } };
	struct server server;
	struct err e;
	int status;

	if (!options_read(tables, COUNT(tables), argc, argv, &e) || !check_options(&o, &e) ||
	    !server_options_check(&so, &e)) {
		fprintf(stderr, "lockstep-sandbox: %s\n", e.text);
		return 2;
	}
	if (so.help) {
		help(tables, &pp.vendor.modes);
		return 0;
	}
	server_init(&server, &pp.vendor, &so);
	make(&pp, &server, &o);
	status = server_main(&server, &so);
	unmake(&pp);
	server_done(&server);
	return status;
}

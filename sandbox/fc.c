/* SPDX-License-Identifier: Apache-2.0 */
/* fc.c - `lockstep-sandbox firecrawl`: its options, and the vendor as the server sees it. */
#include "fc.h"

#include "base/map.h"
#include "start.h"

#include <stdio.h>

#define DEFAULT_PORT 4030
#define DEFAULT_KEY "fc-00000000-0000-4000-8000-000000000001"
#define ARENA_BYTES_MAX ((size_t)1 << 30)
#define MENU_LINKS 120
#define UNSET (-1)

struct options {
	const char *key, *tier, *site;
	int64_t credits;
	bool self_hosted;
};

static const struct option_row rows[] = {
#define ROW(name, argument, kind, member, about)                              \
	{                                                                     \
		name, argument, about, kind, offsetof(struct options, member) \
	}
	ROW("key", "KEY", OPTION_TEXT, key, "the key that is good (default " DEFAULT_KEY ")"),
	ROW("tier", "NAME", OPTION_TEXT, tier,
	    "free (the default: 10 a minute), hobby (100), standard (500), growth (5000), scale"),
	ROW("credits", "N", OPTION_NUMBER, credits,
	    "of the plan; default 1000, 5000, 100000, 500000, 1000000"),
	ROW("site", "URL", OPTION_TEXT, site,
	    "take the pages from a `lockstep-sandbox tenniscores` that listens there"),
	ROW("self-hosted", NULL, OPTION_FLAG, self_hosted,
	    "one's own: no key, no credits, no limits, no model"),
#undef ROW
};

static const struct mode_row modes[] = {
#define ROW(name, about)                                      \
	{                                                     \
#name, about, offsetof(struct fc_modes, name) \
	}
	ROW(llm_invents, "the model names a number where the page has none, null or not"),
	ROW(llm_off_tenths, "the model's numbers are N tenths too high"),
	ROW(llm_string, "the model's numbers are texts"),
	ROW(llm_null, "the model's answer is null, with a warning"),
	ROW(llm_missing, "there is no answer of the model, but a warning"),
	ROW(llm_wrong_percent, "so many answers are one of these, drawn by the seed"),
	ROW(no_retry_after, "429 says how long to wait in its text only"),
	ROW(no_limits, "no limit of requests a minute"),
	ROW(no_credit_check, "credits may go below 0"),
	ROW(plain_errors, "envelopes' errors have no success and no code"),
#undef ROW
#define ROW(name, about)                                           \
	{                                                          \
#name, about, offsetof(struct fc_modes, site.name) \
	}
	ROW(blocked, "the site: every page is a short 403"),
	ROW(captcha, "the site: every page is a captcha with status 200"),
	ROW(blank, "the site: every card is that of nobody"),
	ROW(fragment, "the site: cards come without html and head"),
	ROW(platform, "the site: the label says Platform, not Paddle"),
	ROW(menu_links, "the site: links in the menus of a team's page"),
#undef ROW
};

static const char help_head[] =
	"usage: lockstep-sandbox firecrawl [options]\n"
	"\n"
	"Stands in for Firecrawl on 127.0.0.1: POST /v2/scrape and /v1/scrape, GET\n"
	"/v2/team/credit-usage and v1's.  The pages are those of `lockstep-sandbox tenniscores` with\n"
	"the same seed, players and leagues, at https://LEAGUE.tenniscores.com and paddlescores.com;\n"
	"hosts below example.com have a page of nothing, all others do not exist.  Prints `listening\n"
	"on URL` when it is ready.  Ends on SIGTERM.\n"
	"\n"
	"Options:\n";
static const char help_tail[] =
	"\n"
	"Below /sandbox/ (the rest as the other stand-ins: log, counts?subjects=1, stats, plan, clock;\n"
	"truth, leagues, fixtures and players as `lockstep-sandbox tenniscores --help` says):\n"
	"  GET  credits     plan, remaining, and by month: spent, requests, failed\n"
	"  POST credits     {\"remaining\": n, \"plan\": name}; each may be left out\n"
	"  GET  envelopes   their names\n"
	"  POST envelopes   {\"rules\": [{\"envelope\": name, \"match\": part of the request's body,\n"
	"                   \"after\": n, \"times\": n}]}: the first that matches answers; replaces\n"
	"  POST reset       credits, envelopes, kept pages and what was set for players\n"
	"One request: header `X-Sandbox-Envelope: name`.\n"
	"\n"
	"Envelopes that come in the vendor's place cost nothing; llm_*, target_*, other_host, no_*,\n"
	"truncated_json, stale and not_success spoil a document that was charged.\n";

static struct fc *of(struct vendor *v)
{
	return CONTAINER(v, struct fc, vendor);
}

static bool vendor_authorised(struct vendor *v, const struct request *r)
{
	return fc_authorised(of(v), r);
}

/* The id in the address that is to be scraped. */
static void vendor_note(struct vendor *v, const struct request *r)
{
	ptrdiff_t at = str_find(r->body, STR("p=nndz-"));
	struct str rest;

	(void)v;
	if (at < 0)
		at = str_find(r->body, STR("m=nndz-"));
	if (at < 0)
		return;
	rest = str_slice(r->body, (size_t)at + 2, r->body.len);
	rest = str_cut(&rest, '"');
	snprintf(r->entry->subject, sizeof r->entry->subject, "%.*s", STR_ARG(rest));
}

static void vendor_handle(struct vendor *v, const struct request *r, struct reply *reply)
{
	fc_api(of(v), r, reply);
}

static bool vendor_admin(struct vendor *v, const struct request *r, struct reply *reply)
{
	return fc_admin(of(v), r, reply);
}

static void vendor_stats(struct vendor *v, struct buf *b)
{
	const struct fc *fc = of(v);

	buf_printf(b, ",\"players\":%lld,\"leagues\":%lld,\"scrapes\":%lld,\"remaining\":%lld",
		   (long long)fc->world->setup.players, (long long)fc->world->setup.leagues,
		   (long long)fc->scrapes, (long long)fc->remaining);
}

static const struct vendor_ops vendor_ops = {
	.api = "/v",
	.error_member = "error",
	.authorised = vendor_authorised,
	.note = vendor_note,
	.handle = vendor_handle,
	.admin = vendor_admin,
	.stats = vendor_stats,
};

static void help(const struct option_table *tables, size_t n, const struct modes *m)
{
	struct buf b;

	buf_init(&b, 64 << 10);
	buf_add(&b, str_from(help_head));
	while (n--)
		options_list(&tables[n], &b);
	buf_printf(&b, "\nThe port is %d unless another is given.\n\nModes:\n", DEFAULT_PORT);
	modes_list(m, &b);
	buf_add(&b, STR("\nFaults:\n"));
	fault_list(&b);
	buf_add(&b, STR("\nEnvelopes: "));
	fc_envelope_list(&b);
	buf_add(&b, STR("\nFixtures, in every league:\n"));
	tc_case_help(&b);
	buf_add(&b, str_from(help_tail));
	fwrite(b.at, 1, b.len, stdout);
	buf_done(&b);
}

static int serve(struct fc *fc, struct server *server, const struct options *o,
		 const struct server_options *so)
{
	int status;

	fc->arena = arena_new("scraper", ARENA_BYTES_MAX);
	fc->cache = map_new(fc->arena);
	fc->idempotency = map_new(fc->arena);
	fc->key = str_from(o->key);
	fc->self_hosted = o->self_hosted;
	fc->server = server;
	if (o->site)
		fc->site = fc_site_new(str_from(o->site));
	fc_bill_set_plan(fc, fc->plan);
	if (o->credits != UNSET)
		fc->plan_credits = fc->remaining = o->credits;
	server_init(server, &fc->vendor, so);
	status = server_main(server, so);
	server_done(server);
	fc_site_free(fc->site);
	gate_free(fc->gate);
	arena_free(fc->arena);
	return status;
}

int fc_main(int argc, char **argv)
{
	struct options o = { .key = DEFAULT_KEY, .tier = "free", .credits = UNSET };
	struct tc_options population;
	struct server_options so = { .port = DEFAULT_PORT };
	struct option_table tables[] = { server_options_table(&so),
					 tc_options_table(&population),
					 { rows, COUNT(rows), &o } };
	struct fc fc = { .vendor = { &vendor_ops, { modes, COUNT(modes), &fc.modes } },
			 .modes = { .site = { .menu_links = MENU_LINKS } } };
	struct tc_setup setup;
	struct server server;
	struct err e;
	int status;

	if (!options_read(tables, COUNT(tables), argc, argv, &e) ||
	    !server_options_check(&so, &e) || !tc_options_setup(&population, &setup, &e)) {
		fprintf(stderr, "lockstep-sandbox: %s\n", e.text);
		return 2;
	}
	if (so.help) {
		help(tables, COUNT(tables), &fc.vendor.modes);
		return 0;
	}
	fc.plan = fc_plan_find(str_from(o.tier));
	if (!fc.plan) {
		fputs("lockstep-sandbox: --tier is free, hobby, standard, growth or scale\n",
		      stderr);
		return 2;
	}
	fc.world = tc_world_new(setup);
	status = serve(&fc, &server, &o, &so);
	tc_world_free(fc.world);
	return status;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* ctf.c - the shipped connector against a vendor in memory. */
#include "ctf.h"

#include "data/json.h"
#include "store/table.h"

#include <stdio.h>
#include <stdlib.h>

#define BASE "https://ctf.example/integrations/syned/v1"

void ctf_die(const char *file, int line, const char *call, const struct err *e)
{
	printf("Bail out! %s:%d: %s: %s\n", file, line, call, e->text);
	exit(1);
}

static void answer(void *arg, const struct request *r, struct canned_reply *out)
{
	const struct ctf *c = arg;

	(void)r;
	out->status = c->status;
	buf_add(&out->body, str_from(c->body));
}

static const char *source(struct ctf *c, const char *file)
{
	const char *root = getenv("SOURCE_ROOT");

	return str_printf(c->arena, "%s/connectors/%s", root ? root : ".", file).at;
}

void ctf_open(struct ctf *c, const char *config)
{
	static const char plain[] = "{\"token\": \"invented\", \"base_url\": \"" BASE "\"}";
	struct db_options o = { .create = true, .clock = &c->clock.clock };
	struct str *statement = NULL;
	struct value given;
	size_t n = 0;

	*c = (struct ctf){ .arena = arena_new("ctf", (size_t)256 << 20),
			   .rng = { 7 },
			   .status = 200,
			   .body = "{}" };
	test_clock_init(&c->clock, &c->chaos);
	canned_init(&c->wire, &c->clock, &c->chaos);
	c->wire.answer = answer;
	c->wire.arg = c;
	must(db_open(STR("sqlite::memory:"), &o, &c->real, &oops));
	c->db = unruly_open(c->real, &c->chaos);
	must(control_plan(c->db, c->arena, &statement, &n, &oops));
	must(schema_apply(c->db, statement, n, &oops));
	c->connection.name = STR("metactf");
	must(manifest_load(c->arena, source(c, "metactf.yaml"), &c->connection.manifest, NULL,
			   &oops));
	must(actions_load(c->arena, source(c, "metactf.actions.yaml"), &c->connection.actions, NULL,
			  &oops));
	must(json_parse(c->arena, str_from(config ? config : plain), &given, NULL, &oops));
	must(manifest_check_config(c->arena, c->connection.manifest, given, &c->connection.config,
				   &oops));
	c->engine = (struct engine){
		.client = &c->wire.client, .db = c->db, .clock = &c->clock.clock, .rng = &c->rng
	};
	must(vendor_open(c->arena, &c->engine, &c->connection, &c->vendor, &oops));
}

void ctf_close(struct ctf *c)
{
	db_close(c->db);
	canned_done(&c->wire);
	arena_free(c->arena);
}

const char *ctf_sent(struct ctf *c, size_t i)
{
	const struct canned_request *r = &c->wire.log[i];
	struct str url;

	if (i >= c->wire.logged)
		return "(nothing)";
	url = str_starts(r->url, STR(BASE)) ? str_slice(r->url, strlen(BASE), r->url.len) : r->url;
	return str_printf(c->arena, "%.*s %.*s%s%.*s", STR_ARG(r->method), STR_ARG(url),
			  r->body.len ? " " : "", STR_ARG(r->body))
		.at;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* desk.c - the shipped connector against a service in memory. */
#include "desk.h"

#include "data/json.h"
#include "connector/page.h"
#include "store/control.h"
#include "store/table.h"

#include <stdio.h>
#include <stdlib.h>

void desk_die(const char *file, int line, const char *call, const struct err *e)
{
	printf("Bail out! %s:%d: %s: %s\n", file, line, call, e->text);
	exit(1);
}

static void answer(void *arg, const struct request *r, struct canned_reply *out)
{
	const struct desk *d = arg;

	(void)r;
	out->status = d->status;
	buf_add(&out->body, str_from(d->body));
	if (d->header) {
		out->header_name = str_from(d->header);
		out->header_value = str_from(d->value);
	}
}

static const char *shipped(struct desk *d, const char *file)
{
	const char *root = getenv("SOURCE_ROOT");

	return str_printf(d->arena, "%s/connectors/%s", root ? root : ".", file).at;
}

static void load(struct desk *d, const char *config)
{
	struct connection *c = &d->connection;
	struct value given;

	c->name = STR("pti");
	desk_must(
		manifest_load(d->arena, shipped(d, "tenniscores.yaml"), &c->manifest, NULL, &oops));
	desk_must(actions_load(d->arena, shipped(d, "tenniscores.actions.yaml"), &c->actions, NULL,
			       &oops));
	desk_must(
		pages_load(d->arena, shipped(d, "tenniscores.pages.yaml"), &c->pages, NULL, &oops));
	desk_must(json_parse(d->arena, str_from(config), &given, NULL, &oops));
	desk_must(manifest_check_config(d->arena, c->manifest, given, &c->config, &oops));
}

void desk_open(struct desk *d, const char *config)
{
	struct db_options o = { .create = true, .clock = &d->clock.clock };
	struct str *statement = NULL;
	size_t n = 0;

	*d = (struct desk){ .arena = arena_new("desk", (size_t)512 << 20),
			    .rng = { 7 },
			    .status = 200,
			    .body = "{}" };
	test_clock_init(&d->clock, &d->chaos);
	canned_init(&d->wire, &d->clock, &d->chaos);
	d->wire.answer = answer;
	d->wire.arg = d;
	desk_must(db_open(STR("sqlite::memory:"), &o, &d->real, &oops));
	d->db = unruly_open(d->real, &d->chaos);
	desk_must(control_plan(d->db, d->arena, &statement, &n, &oops));
	desk_must(schema_apply(d->db, statement, n, &oops));
	load(d, config);
	d->engine = (struct engine){
		.client = &d->wire.client, .db = d->db, .clock = &d->clock.clock, .rng = &d->rng
	};
}

void desk_close(struct desk *d)
{
	db_close(d->db);
	canned_done(&d->wire);
	arena_free(d->arena);
}

struct fetched desk_fetch(struct desk *d, const char *url)
{
	struct source *source;
	struct address at;
	struct fetched out;

	desk_must(address_player(d->arena, str_from(url), &at, &oops));
	desk_must(source_open(d->arena, &d->engine, &d->connection, &source, &oops));
	desk_must(source_fetch(source, &at, d->arena, &out, &oops));
	return out;
}

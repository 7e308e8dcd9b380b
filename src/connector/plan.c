/* SPDX-License-Identifier: Apache-2.0 */
/*
 * plan.c - lockstep.yaml as immutable structs: the file, its connections and their settings.
 *
 * Everything is read even when something is wrong, so that one load names every complaint; what
 * was read is handed out only when there is none.
 */
#include "connector/plan_read.h"

#include "base/file.h"

#define SQLITE "sqlite:"

/* A connection while it is read: what its streams get unless they say otherwise. */
struct draft {
	struct connection c;
	struct stream_plan stream;
	const struct zone *zone;
};

/* ---- paths and secrets ---- */

void plan_secret(struct plan_loader *p, const struct node *n, void *into)
{
	struct node *text = arena_new_struct(p->a, struct node);

	*text = *n;
	env_read_files(&p->env, text);
	plan_scalar(p, text, KEY_TEXT, into);
}

static void read_database(struct plan_loader *p, const struct node *n, void *into)
{
	struct str url = STR(""), path;

	plan_secret(p, n, &url);
	if (str_starts(url, STR(SQLITE)) && !str_eq(url, STR(SQLITE ":memory:"))) {
		path = str_slice(url, strlen(SQLITE), url.len);
		path = plan_beside(p, path);
		url = str_printf(p->a, SQLITE "%.*s", STR_ARG(path));
	}
	*(struct str *)into = url;
}

void plan_path(struct plan_loader *p, const struct node *n, void *into)
{
	struct str path = STR("");

	if (plan_scalar(p, n, KEY_TEXT, &path))
		*(struct str *)into = plan_beside(p, path);
}

/* ---- streams ---- */

static const char *const watermark_words[] = {
	[WATERMARK_RUN_START] = "run_start", [WATERMARK_RECORDS] = "records", NULL
};

static void read_record_path(struct plan_loader *p, const struct node *n, void *into)
{
	struct str path = STR("");

	if (!plan_scalar(p, n, KEY_TEXT, &path))
		return;
	if (str_find(path, STR("{id}")) < 0)
		plan_complain(p, n, "the path needs {id} where the record's id goes");
	else
		*(struct str *)into = path;
}

static const struct plan_key stream_rows[] = {
	{ .name = "overlap",
	  .type = KEY_DURATION,
	  .fallback = "15m",
	  .offset = offsetof(struct stream_plan, overlap_ms),
	  .says = "How far an incremental run reaches back before the last one, so that changes "
		  "which became visible late are not missed." },
	{ .name = "pages_max",
	  .type = KEY_INTEGER,
	  .fallback = "0",
	  .offset = offsetof(struct stream_plan, pages_max),
	  .says = "Pages that one run reads of a stream; it then ends as partial and the next run "
		  "goes on from there. 0: no limit." },
	{ .name = "records_max",
	  .type = KEY_INTEGER,
	  .fallback = "0",
	  .offset = offsetof(struct stream_plan, records_max),
	  .says = "Records that one run reads of a stream; it then ends as partial and the next "
		  "run goes on from there. 0: no limit." },
	{ .name = "watermark",
	  .type = KEY_WORD,
	  .word = watermark_words,
	  .fallback = "run_start",
	  .offset = offsetof(struct stream_plan, watermark),
	  .says = "Where the next incremental run begins: when this run started by the vendor's "
		  "clock, or at the newest time seen in the records." },
};

/* What no connection could say for all its streams. */
static const struct plan_key own_rows[] = {
	{ .name = "record_path",
	  .type = KEY_TEXT,
	  .read = read_record_path,
	  .offset = offsetof(struct stream_plan, record_path),
	  .says = "Where the vendor gives one record by its id, below the stream's URL: \"{id}\" or "
		  "\"{id}/full\"; without it `lockstep sync --record` reads the whole stream." },
	{ .name = "rotation",
	  .type = KEY_MAP,
	  .of = &plan_rotation_keys,
	  .read = plan_later,
	  .says = "Rows of a table of your own in place of the partitions that the connector "
		  "lists, asked for in turns." },
};

static const struct plan_keys own_keys = {
	.name = "stream",
	.key = own_rows,
	.n = COUNT(own_rows),
};

static const struct plan_keys stream_keys = {
	.name = "stream",
	.says = "Settings of one stream.",
	.key = stream_rows,
	.n = COUNT(stream_rows),
	.more = &own_keys,
};

static void init_streams(struct plan_loader *p, struct draft *d)
{
	size_t count = d->c.manifest ? d->c.manifest->streams : 0;

	d->c.stream = arena_new_array(p->a, struct stream_plan, count);
	for (size_t i = 0; i < count; i++)
		d->c.stream[i] = d->stream;
}

static void read_streams(struct plan_loader *p, const struct node *n, void *into)
{
	struct draft *d = into;

	init_streams(p, d);
	if (!plan_expect(p, n, NODE_MAP, "a map from streams to their settings"))
		return;
	p->manifest = d->c.manifest;
	for (size_t i = 0; i < n->n; i++) {
		const struct stream *s = plan_stream(p, n->item[i], n->key[i]);
		struct stream_plan nowhere = d->stream;
		struct stream_plan *own = s ? &d->c.stream[s->number] : &nowhere;
		const struct node *rotation = node_get(n->item[i], "rotation");

		plan_map(p, n->item[i], &stream_keys, own);
		if (rotation)
			plan_read_rotation(p, rotation, s, own);
	}
}

static void read_tables(struct plan_loader *p, const struct node *n, void *into)
{
	struct draft *d = into;

	p->manifest = d->c.manifest;
	p->zone = d->zone;
	plan_tables(p, n, &d->c);
}

static void read_watches(struct plan_loader *p, const struct node *n, void *into)
{
	struct draft *d = into;

	p->actions = d->c.actions;
	plan_watches(p, n, &d->c);
}

static void read_webhooks(struct plan_loader *p, const struct node *n, void *into)
{
	struct draft *d = into;

	p->manifest = d->c.manifest;
	plan_webhooks(p, n, &d->c);
}

/* ---- connections ---- */

static void read_allow(struct plan_loader *p, const struct node *n, void *into)
{
	struct network_plan *net = into;
	size_t count = n->kind == NODE_SCALAR ? 1 : n->n;

	if (n->kind == NODE_MAP && !plan_expect(p, n, NODE_LIST, "a list of hosts"))
		return;
	net->allow = arena_new_array(p->a, struct str, count);
	for (size_t i = 0; i < count; i++)
		if (plan_scalar(p, n->kind == NODE_LIST ? n->item[i] : n, KEY_TEXT,
				&net->allow[net->allows]))
			net->allows++;
}

static const struct plan_key network_rows[] = {
	{ .name = "allow_http",
	  .type = KEY_BOOLEAN,
	  .fallback = "false",
	  .offset = offsetof(struct network_plan, allow_http),
	  .says = "Let requests go over plain http, unencrypted." },
	{ .name = "allow_private",
	  .type = KEY_BOOLEAN,
	  .fallback = "false",
	  .offset = offsetof(struct network_plan, allow_private),
	  .says = "Let requests go to this machine and to private networks, on any port." },
	{ .name = "allow",
	  .type = KEY_TEXTS,
	  .read = read_allow,
	  .says = "Hosts that are let through although private or on another port: a name, an "
		  "address or a range such as 10.0.0.0/8, with a :port if need be." },
	{ .name = "connect_timeout",
	  .type = KEY_DURATION,
	  .offset = offsetof(struct network_plan, connect_ms),
	  .min = 1,
	  .says = "How long making a connection may take." },
	{ .name = "stall_timeout",
	  .type = KEY_DURATION,
	  .offset = offsetof(struct network_plan, stall_ms),
	  .min = 1,
	  .says = "How long nothing may arrive before a request is given up." },
	{ .name = "timeout",
	  .type = KEY_DURATION,
	  .offset = offsetof(struct network_plan, total_ms),
	  .min = 1,
	  .says = "How long one request may take altogether." },
	{ .name = "body_max",
	  .type = KEY_BYTES,
	  .offset = offsetof(struct network_plan, body_bytes_max),
	  .min = 1024,
	  .says = "The largest answer that is accepted, decompressed." },
};

static const struct plan_keys network_keys = {
	.name = "network",
	.says = "What requests may reach and how long they may take.",
	.key = network_rows,
	.n = COUNT(network_rows),
};

static const struct plan_key oauth_rows[] = {
	{ .name = "authorize_url",
	  .type = KEY_URL,
	  .offset = offsetof(struct connection, authorize_url),
	  .says = "The vendor's page on which a person grants access." },
	{ .name = "redirect_url",
	  .type = KEY_URL,
	  .offset = offsetof(struct connection, redirect_url),
	  .says = "Where that page sends the person back to; registered with the vendor." },
	{ .name = "scope",
	  .type = KEY_TEXT,
	  .offset = offsetof(struct connection, scope),
	  .says = "What access to ask for." },
};

static const struct plan_keys oauth_keys = {
	.name = "oauth",
	.says = "How `lockstep connect` gets access from a person.",
	.key = oauth_rows,
	.n = COUNT(oauth_rows),
};

static const char *const undo_words[] = {
	[UNDO_OFF] = "off", [UNDO_FULL] = "full", [UNDO_ALL] = "all", NULL
};

static const struct plan_key connection_rows[] = {
	{ .name = "connector",
	  .type = KEY_TEXT,
	  .required = true,
	  .read = plan_connector,
	  .says = "The vendor: the name of a connector, or the path of a manifest that ends in "
		  ".yaml." },
	{ .name = "config",
	  .type = KEY_MAPS,
	  .read = plan_config,
	  .says = "What the connector asks for; ${NAME} is taken from the environment, "
		  "{ file: PATH } from a file." },
	{ .name = "timezone",
	  .type = KEY_ZONE,
	  .offset = offsetof(struct draft, zone),
	  .says = "Where dates are taken, such as America/Los_Angeles; UTC by default." },
	{ .name = "page_size",
	  .type = KEY_INTEGER,
	  .offset = offsetof(struct connection, page_size),
	  .min = 1,
	  .max = 100000,
	  .says = "Records to ask for at a time, in place of the connector's." },
	{ .name = "batch_rows",
	  .type = KEY_INTEGER,
	  .offset = offsetof(struct connection, batch_rows),
	  .min = 1,
	  .max = 1000000,
	  .says = "Rows to write in one transaction, at most." },
	{ .name = "checks",
	  .type = KEY_MAP,
	  .of = &plan_checks_keys,
	  .offset = offsetof(struct connection, checks),
	  .says = "Figures past which a run stops and a table is held until a person releases "
		  "it." },
	{ .name = "undo",
	  .type = KEY_WORD,
	  .word = undo_words,
	  .fallback = "full",
	  .offset = offsetof(struct connection, undo),
	  .says = "Which runs keep what rows held before them, so that `lockstep undo` can put "
		  "it back: full ones, all or none (off)." },
	{ .name = "undo_days",
	  .type = KEY_INTEGER,
	  .fallback = "14",
	  .offset = offsetof(struct connection, undo_days),
	  .min = 1,
	  .max = 3650,
	  .says = "How many days that is kept." },
	{ .name = "network",
	  .type = KEY_MAP,
	  .of = &network_keys,
	  .offset = offsetof(struct connection, network),
	  .says = "What requests may reach and how long they may take." },
	{ .name = "oauth",
	  .type = KEY_MAP,
	  .of = &oauth_keys,
	  .says = "How `lockstep connect` gets access from a person." },
};

#define TABLES_SAYS "The tables to fill, in this order, by name."

/* Read last, for they look back at the rest. */
static const struct plan_key late_rows[] = {
	{ .name = "schedule",
	  .type = KEY_MAP,
	  .of = &plan_schedules_keys,
	  .says = "When runs start by themselves." },
	{ .name = "streams",
	  .type = KEY_MAPS,
	  .of = &stream_keys,
	  .read = read_streams,
	  .says = "Settings of single streams, by name, where they differ from the connection's." },
	{ .name = "tables",
	  .type = KEY_MAPS,
	  .of = &plan_table_keys,
	  .read = read_tables,
	  .says = TABLES_SAYS },
	{ .name = "watch",
	  .type = KEY_MAPS,
	  .of = &plan_watch_keys,
	  .read = read_watches,
	  .says = "Tables of your own whose changes go to the vendor, by names of your choice." },
	{ .name = "webhooks",
	  .type = KEY_MAPS,
	  .of = &plan_webhook_keys,
	  .read = read_webhooks,
	  .says = "Calls that the vendor makes to us when records change, by names of your choice." },
};

static const struct plan_keys late_keys = {
	.name = "connection",
	.key = late_rows,
	.n = COUNT(late_rows),
};

static const struct plan_keys limit_keys = {
	.name = "connection",
	.key = stream_rows,
	.n = COUNT(stream_rows),
	.offset = offsetof(struct draft, stream),
	.more = &late_keys,
};

static const struct plan_keys connection_keys = {
	.name = "connection",
	.says = "A vendor and what is done with its records.",
	.key = connection_rows,
	.n = COUNT(connection_rows),
	.more = &limit_keys,
};

static void zone_of_schedule(const struct draft *d, struct schedule_plan *s)
{
	if (s->cron.len && !s->timezone.len)
		s->timezone = d->zone ? zone_name(d->zone) : STR("UTC");
}

/* A connection does something: it fills tables, or sends changes, or takes calls, or its streams
 * are asked by an integration, in turns, or its pages are read by one. */
static void check_busy(struct plan_loader *p, const struct node *n, const struct connection *c)
{
	const struct node *tables = node_get(n, "tables");

	if (c->tables || c->watches || c->webhooks || c->pages || plan_has_rotation(c))
		return;
	if (!tables)
		plan_complain(p, n, "the key 'tables' is missing: " TABLES_SAYS);
	else if (tables->kind == NODE_MAP && tables->n == 0)
		plan_complain(p, tables,
			      "there is no table; name one and say its stream and its key");
}

static void read_connection(struct plan_loader *p, const struct node *n, struct connection *c)
{
	struct draft d = { .c = { .name = c->name } };

	plan_defaults(p, &connection_keys, &d);
	d.c.config = UNDEFINED;
	plan_map(p, n, &connection_keys, &d);
	if (!d.c.stream)
		init_streams(p, &d);
	if (n->kind == NODE_MAP) {
		plan_no_config(p, n, &d.c);
		check_busy(p, n, &d.c);
		plan_check_rotations(p, n, &d.c);
	}
	zone_of_schedule(&d, &d.c.incremental);
	zone_of_schedule(&d, &d.c.full);
	*c = d.c;
}

static void read_connections(struct plan_loader *p, const struct node *n, void *into)
{
	struct plan *plan = into;

	if (!plan_expect(p, n, NODE_MAP, "a map from names to connections"))
		return;
	if (n->n == 0)
		plan_complain(p, n, "there is no connection; name one and say its connector");
	plan->connection = arena_new_array(p->a, struct connection, n->n);
	for (; plan->connections < n->n; plan->connections++) {
		p->connection = plan->connections;
		plan->connection[p->connection].name = n->key[p->connection];
		if (!plan_word_ok(n->key[p->connection]))
			plan_complain_key(p, n, p->connection,
					  "a name is made of letters, digits, - and _");
		read_connection(p, n->item[p->connection], &plan->connection[p->connection]);
	}
}

/* ---- the file ---- */

static const struct plan_key root_rows[] = {
	{ .name = "database",
	  .type = KEY_SECRET,
	  .read = read_database,
	  .fallback = "sqlite:lockstep.db",
	  .offset = offsetof(struct plan, database),
	  .says = "Where the tables are: sqlite:PATH or postgresql://USER@HOST/NAME." },
	{ .name = "key_file",
	  .type = KEY_TEXT,
	  .read = plan_path,
	  .fallback = "lockstep.key",
	  .offset = offsetof(struct plan, key_file),
	  .says = "The key that seals tokens in the database; made on first use." },
	{ .name = "server",
	  .type = KEY_MAP,
	  .of = &plan_server_keys,
	  .offset = offsetof(struct plan, server),
	  .says = "How `lockstep serve` and `lockstep work` run." },
	{ .name = "connections",
	  .type = KEY_MAPS,
	  .of = &connection_keys,
	  .required = true,
	  .read = read_connections,
	  .says = "The vendors to keep in step with, by names of your choice." },
};

const struct plan_keys plan_root_keys = {
	.name = "plan",
	.says = "Which database, which vendors, and how their records become rows.",
	.key = root_rows,
	.n = COUNT(root_rows),
};

bool plan_load(struct arena *a, const struct plan_options *o, const struct plan **out,
	       struct complaints *list, struct err *e)
{
	struct complaints *mine = arena_new_struct(a, struct complaints);
	struct plan_loader p = {
		.a = a,
		.options = o,
		.file = str_keep(a, o->file),
		.list = list ? list : mine,
	};
	struct node *root;

	p.dir = file_dir(a, p.file);
	p.last = &p.first;
	p.plan = arena_new_struct(a, struct plan);
	p.plan->file = p.file;
	p.env = (struct env){ a, p.file, p.dir, p.list, o->env, NULL };
	env_init(&p.env);
	if (!yaml_load(a, p.file.at, PLAN_BYTES_MAX, &root, p.list, e))
		return false;
	env_expand(&p.env, root);
	plan_defaults(&p, &plan_root_keys, p.plan);
	plan_map(&p, root, &plan_root_keys, p.plan);
	plan_server_finish(&p, node_get(root, "server"));
	plan_resolve(&p);
	if (!complaints_verdict(a, p.list, e))
		return false;
	*out = p.plan;
	return true;
}

const struct connection *plan_connection(const struct plan *p, struct str name)
{
	for (size_t i = 0; i < p->connections; i++)
		if (str_eq(p->connection[i].name, name))
			return &p->connection[i];
	return NULL;
}

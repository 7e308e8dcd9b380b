/* SPDX-License-Identifier: Apache-2.0 */
/* t_plan.c - a plan with every key, value maps' keys, and the JSON Schema. */
#include "base/file.h"
#include "connector/plan.h"
#include "data/json.h"
#include "tap.h"

#include <stdlib.h>

#define ARENA_MAX ((size_t)256 * 1024 * 1024)

static struct arena *a;
static struct str folder;

static const char *env(const char *name)
{
	static const char *const set[][2] = {
		{ "CLIENT_ID", "hush-hush-id" },
		{ "LIMIT", "12" },
		{ "EMPTY", "" },
		{ "SENTRY_DSN", "https://hush@sentry.example.org/7" },
	};

	for (size_t i = 0; i < COUNT(set); i++)
		if (strcmp(set[i][0], name) == 0)
			return set[i][1];
	return NULL;
}

static const struct plan *load(const char *file)
{
	struct plan_options o = {
		.file = file_join(a, folder, str_from(file)),
		.connector_dir = &folder,
		.connector_dirs = 1,
		.env = env,
	};
	struct complaints *list = arena_new_struct(a, struct complaints);
	const struct plan *plan = NULL;
	struct err e;
	bool good = plan_load(a, &o, &plan, list, &e);

	OK(good, "%s loads", file);
	for (size_t i = 0; i < list->n; i++)
		printf("# %s\n", complaint_text(a, &list->at[i]).at);
	return plan;
}

static const char *text(struct str s)
{
	return str_keep(a, s).at;
}

static const char *config_text(const struct connection *c, const char *key)
{
	struct value v = value_get(c->config, str_from(key));
	struct buf b;
	struct err e;

	buf_in(&b, a, 1024);
	return json_write(&b, v, &e) ? buf_str(&b).at : str_keep(a, str_from(e.text)).at;
}

static const struct plan_column *column(const struct plan_table *t, const char *name)
{
	for (size_t i = 0; i < t->columns; i++)
		if (str_eq(t->column[i].name, str_from(name)))
			return &t->column[i];
	OK(false, "the table has the column %s", name);
	return t->column;
}

static const char *source(const struct template *t)
{
	return t ? text(template_source(t)) : "(none)";
}

/* "write V", "keep" or "reject". */
static const char *act(struct map_target t)
{
	struct buf b;
	struct err e;

	if (t.act != MAP_WRITE)
		return t.act == MAP_KEEP ? "keep" : "reject";
	buf_in(&b, a, 256);
	buf_add(&b, STR("write "));
	return json_write(&b, t.value, &e) ? buf_str(&b).at : str_keep(a, str_from(e.text)).at;
}

static void paths_are_taken_from_the_folder_of_the_plan(const struct plan *p)
{
	IS(text(p->database), text(str_printf(a, "sqlite:%.*s/data/own.db", STR_ARG(folder))),
	   "database");
	IS(text(p->key_file), text(str_printf(a, "%.*s/own.key", STR_ARG(folder))), "key file");
}

static void the_server_has_its_settings(const struct server_plan *s)
{
	IS(text(s->listen), "[::1]:9090", "listen");
	IS(text(s->tls_cert), text(str_printf(a, "%.*s/tls/cert.pem", STR_ARG(folder))), "cert");
	IS(text(s->tls_key), "/etc/tls/key.pem", "key");
	OK(s->trusted_proxies == 2 && str_eq(s->trusted_proxy[1], STR("::1")), "proxies");
	OK(s->workers == 12 && s->log_format == LOG_JSON && s->notify == 0, "numbers and words");
	OK(s->secure_cookies, "with TLS cookies are for https only");
	IS(text(s->job_runner_secret), "hush-hush-file", "a secret from a file");
	IS(text(s->internal_sync_secret), "hush-hush-id", "a secret from the environment");
	OK(s->keep_jobs_ms == 7 * 86400000ll && s->keep_logs_ms == 90 * 86400000ll, "retention");
	IS(text(s->alerts.webhook), "https://alerts.example.org/x", "webhook");
	IS(text(s->alerts.sentry_dsn), "https://hush@sentry.example.org/7", "SENTRY_DSN");
	OK(s->alerts.budget_percent == 70 && s->alerts.error_percent == 10 &&
		   s->alerts.success_percent == 95 && s->alerts.stuck_ms == 1800000 &&
		   s->alerts.failures == 3,
	   "thresholds, given and by default");
}

static void providers_have_their_keys(const struct server_plan *s)
{
	const struct auth_plan *one = &s->auth[0];

	OK(s->auths == 3, "three providers");
	if (s->auths != 3)
		return;
	OK(one->algorithm == AUTH_HS256 && one->secret.len == 36, "HS256 with its secret");
	IS(text(one->roles_claim), "app_metadata.level", "roles claim");
	OK(one->role_maps == 2 && str_eq(one->role_map[1], STR("Trainer=coach")), "roles");
	IS(text(one->types), "JWT|at+jwt", "types by default");
	OK(one[1].algorithm == AUTH_ES256, "Supabase signs with ES256");
	IS(text(one[1].jwks_url), "https://abc.supabase.co/auth/v1/.well-known/jwks.json",
	   "and publishes its keys");
	IS(text(one[1].issuer), "https://abc.supabase.co/auth/v1", "issuer");
	IS(text(one[1].audience), "authenticated", "audience");
	IS(text(one[1].roles_claim), "app_metadata.role", "roles claim by default");
	IS(text(one[1].sign_in.authorize_url), "https://abc.supabase.co/auth/v1/oauth/authorize",
	   "where people sign in");
	IS(text(one[1].sign_in.token_url), "https://abc.supabase.co/auth/v1/oauth/token",
	   "and go on");
	IS(text(one[1].sign_in.scopes), "openid email", "scopes");
	OK(one[1].sign_in.client_secret.len && one[1].sign_in.secret_in_body == 1, "by a secret");
	OK(!one[0].sign_in.client_id.len && !one[0].sign_in.label.len,
	   "nobody, when it is not said");
	OK(s->embed_origins == 2 && str_eq(s->embed_origin[1], STR("http://localhost:3000")),
	   "origins of cards");
	OK(one[2].algorithm == AUTH_RS256 && str_eq(one[2].types, STR("JWT")), "written out");
}

static void a_connection_has_its_settings(const struct connection *c)
{
	IS(text(c->name), "pp", "name");
	IS(text(c->manifest->name), "vendor", "manifest");
	OK(c->page_size == 100 && c->batch_rows == 5000, "page size and batch");
	IS(text(c->authorize_url), "https://vendor.example.org/authorize", "authorize URL");
	IS(text(c->redirect_url), "http://localhost:8765/callback", "redirect URL");
	IS(text(c->scope), "full", "scope");
	IS(text(c->incremental.every), "15m", "incremental");
	IS(text(c->full.cron), "0 2 * * 1-5", "full");
	IS(text(c->full.timezone), "America/Los_Angeles", "cron's zone is the connection's");
	OK(c->incremental.overlap == PLAN_OVERLAP_SKIP && c->full.overlap == PLAN_OVERLAP_QUEUE,
	   "overlap");
	OK(c->incremental.catch_up == PLAN_CATCH_UP_ONE && c->incremental.catch_up_ms == 0 &&
		   c->full.catch_up == PLAN_CATCH_UP_ALL && c->full.catch_up_ms == 6 * 3600000,
	   "catch-up");
	OK(c->incremental.jitter_ms == 0 && c->full.jitter_ms == 600000, "jitter");
}

static void config_comes_from_environment_files_and_defaults(const struct connection *c)
{
	IS(config_text(c, "client_id"), "\"hush-hush-id\"", "from the environment");
	IS(config_text(c, "client_secret"), "\"hush-hush-file\"", "from a file, without line end");
	IS(config_text(c, "limit"), "12", "the spec wants an integer");
	IS(config_text(c, "verbose"), "true", "the spec wants a boolean");
}

static void the_network_is_limited(const struct network_plan *n)
{
	OK(n->allow_http && n->allow_private, "flags");
	OK(n->allows == 2 && str_eq(n->allow[0], STR("127.0.0.1:8080")), "allowed hosts");
	OK(n->connect_ms == 5000 && n->stall_ms == 20000 && n->total_ms == 300000, "timeouts");
	OK(n->body_bytes_max == 64 * 1024 * 1024, "body");
}

static void streams_differ_from_the_connection(const struct connection *c)
{
	const struct stream_plan *users = &c->stream[0];
	const struct stream_plan *contacts =
		&c->stream[manifest_stream(c->manifest, STR("contacts"))->number];

	OK(users->overlap_ms == 20 * 60000 && users->pages_max == 50 &&
		   users->records_max == 9000 && users->watermark == WATERMARK_RECORDS,
	   "the connection's");
	OK(contacts->overlap_ms == 24 * 3600000 && contacts->watermark == WATERMARK_RUN_START,
	   "its own");
	IS(text(contacts->record_path), "{id}/full", "where one record is");
	OK(users->record_path.len == 0, "for one stream alone");
	OK(contacts->pages_max == 50 && contacts->records_max == 9000, "the rest is inherited");
}

static void a_stream_takes_turns(const struct connection *c)
{
	const struct stream *scores = manifest_stream(c->manifest, STR("scores"));
	const struct rotation_plan *r = plan_rotation(c, scores);

	OK(r && plan_has_rotation(c) && !plan_rotation(c, &c->manifest->stream[0]), "one stream");
	if (!r)
		return;
	IS(text(r->table), "players", "the table");
	IS(text(r->key), "platform_id", "its key");
	OK(r->whens == 2 && r->when[0].negate && r->when[1].anys == 2, "who is a member");
	OK(r->orders == 2 && r->batch == 50 && !r->batching && r->tiering && r->alerts,
	   "order, batch, a flag from the environment");
	OK(r->tiers == 2 && r->tier[0].every_ms == 30 * 60000 && r->tier[0].at_least == 60 &&
		   !r->tier[1].bounded,
	   "tiers in order");
	OK(!r->sentinel, "no sentinel");
}

static void checks_are_the_connections_or_the_tables(const struct connection *c)
{
	const struct checks_plan *all = &c->table[0].checks, *own = &c->table[1].checks;

	OK(c->undo == UNDO_ALL && c->undo_days == 30, "what is kept for an undo");
	OK(all->failed_max == 500 && all->changed_max == 1250 && all->rows_drop_max == 2000,
	   "the connection's, in hundredths of a percent");
	OK(own->failed_max == 1 && own->changed_max == SHARE_OFF && own->rows_drop_max == 2000,
	   "the table's where it says so");
}

static void a_table_has_its_settings(const struct plan_table *t)
{
	IS(text(t->name), "public.contacts", "name with a schema");
	IS(text(t->stream->name), "contacts", "stream");
	OK(t->keys == 2 && t->columns == 8, "keys come first");
	IS(text(t->column[1].name), "region", "second key");
	OK(t->column[0].required && t->column[1].required && !t->column[2].required,
	   "key columns are required");
	IS(text(t->raw), "pp_data", "raw");
	IS(text(t->stamp), "last_sync_at", "stamp");
	IS(text(t->id), "id", "id");
	IS(source(t->when), "{{ record.email }}", "when");
	OK(t->update_only && !t->create, "flags");
	IS(text(t->log_type), "people", "log type");
	IS(text(t->follow_up->task), "recount", "a job that follows");
	IS(text(t->follow_up->args), "{\"team\":7,\"kind\":[\"a\"]}", "its arguments");
	OK(t->follow_up->after_ms == 5 * 60000 && t->follow_up->on == FOLLOW_UP_CREATED,
	   "when it comes");
}

static void a_table_has_defaults(const struct plan_table *t)
{
	OK(!t->update_only && t->create && !t->when, "flags");
	OK(t->raw.len == 0 && t->stamp.len == 0, "no raw, no stamp");
	IS(text(t->log_type), "accounts", "log type");
	IS(text(t->id), "account_number", "id");
}

static void columns_have_types(const struct plan_table *contacts, const struct plan_table *ex)
{
	OK(column(contacts, "email")->type == COLUMN_TEXT, "text by default");
	OK(column(contacts, "region")->type == COLUMN_INTEGER, "as said");
	OK(column(contacts, "account_id")->type == COLUMN_UUID, "a reference is a uuid");
	OK(column(contacts, "company")->type == COLUMN_TEXT, "what is taken is text");
	OK(column(contacts, "address")->type == COLUMN_JSON, "what is taken is json");
	OK(column(ex, "reviewer")->type == COLUMN_INTEGER, "a reference of another type");
	IS(text(zone_name(column(ex, "start_date")->zone)), "America/Los_Angeles",
	   "a date is taken in the connection's zone");
	IS(text(zone_name(column(ex, "end_date")->zone)), "America/New_York", "or in its own");
	OK(!column(ex, "status")->zone, "other columns have no zone");
}

static void columns_have_policies(const struct plan_table *contacts, const struct plan_table *ex)
{
	const struct plan_column *status = column(ex, "status");

	OK(column(contacts, "email")->overwrite == OVERWRITE_NEVER, "never");
	OK(column(contacts, "source")->overwrite == OVERWRITE_ALWAYS, "always by default");
	OK(status->overwrite == OVERWRITE_WHEN_SOURCE_CHANGED, "when the source changed");
	OK(status->nevers == 2 && status->never[0].overs == 2 && status->never[1].overs == 1,
	   "never_replace");
	IS(text(status->never[0].value.s), "PENDING", "never puts");
	IS(text(status->never[0].over[1].s), "180D", "over");
	IS(source(column(contacts, "source")->value), "vendor", "a constant");
	OK(column(ex, "reviewer")->required, "required");
}

static void maps_are_normalised(const struct value_map *m)
{
	OK(!m->exact && m->entries == 5, "entries");
	IS(text(m->entry[0].from), "active", "lower case");
	IS(text(m->entry[1].from), "notcompleted", "letters and digits");
	IS(act(m->entry[2].insert), "write \"COMPLETED\"", "insert");
	IS(act(m->entry[2].update), "keep", "update");
	IS(act(m->entry[3].insert), "reject", "reject");
	IS(act(m->entry[4].update), "write \"keep\"", "the word itself");
	IS(act(m->unknown_insert), "write null", "a new row has nothing to keep");
	IS(act(m->unknown_update), "keep", "unknown");
	IS(act(m->null_insert), "write \"PENDING\"", "null on insert");
	OK(!m->warn && m->warn_null, "warnings");
}

static void exact_maps_are_as_written(const struct value_map *m)
{
	OK(m->exact && m->entries == 2, "two entries that differ in case");
	IS(act(m->entry[0].insert), "write 1", "values have the column's type");
	IS(act(m->unknown_update), "reject", "unknown values are rejected by default");
	IS(act(m->null_update), "write null", "no value is null by default");
	OK(m->warn && !m->warn_null, "warnings by default");
}

static void references_have_alternatives(const struct plan_table *contacts,
					 const struct plan_table *ex)
{
	const struct plan_column *owner = column(ex, "owner"),
				 *company = column(contacts, "company");

	OK(owner->refs == 2 && !owner->value, "two ways");
	IS(text(owner->ref[0].table), "staff", "a table of the application");
	IS(text(owner->ref[0].take), "id", "its id");
	IS(text(owner->ref[1].match), "email", "match");
	IS(source(owner->ref[1].value), "{{ record.owner.email }}", "value");
	OK(!owner->ref[0].fold_case && owner->ref[1].fold_case, "fold_case");
	OK(owner->relink && !owner->warn_missing && !owner->reject_missing, "missing");
	OK(column(ex, "reviewer")->reject_missing, "reject");
	OK(column(contacts, "account_id")->warn_missing, "a warning by default");
	IS(text(column(contacts, "account_id")->ref[0].take), "account_number", "a table's own id");
	IS(text(column(contacts, "account_id")->ref[0].prefer), "active", "prefer");
	IS(source(company->value), "{{ record.company }}", "a value first");
	IS(text(company->ref[0].take), "company_name", "then what the reference takes");
	IS(text(company->follow), "pp_account_id", "follow");
}

static void a_key_is_letters_and_digits(void)
{
	static const char *const cases[][2] = {
		{ "NotCompleted", "notcompleted" },
		{ "In Progress", "inprogress" },
		{ "on-hold_2", "onhold2" },
		{ "", "" },
		{ "--", "" },
		{ "Fällig!", "fällig" },
	};

	for (size_t i = 0; i < COUNT(cases); i++)
		IS(text(plan_map_key(a, str_from(cases[i][0]))), cases[i][1], cases[i][0]);
}

/* Every $ref leads somewhere and every key is described. */
static void check_schema(struct value v, struct value defs, size_t *refs, size_t *silent)
{
	struct value_iter it = value_iter(v);
	struct value ref = value_get(v, STR("$ref")), item;
	struct str key;

	if (ref.kind == VALUE_STR) {
		struct str name = str_slice(ref.s, strlen("#/$defs/"), ref.s.len);

		(*refs)++;
		OK(value_get(defs, name).kind == VALUE_MAP, "$defs has %s", text(name));
	}
	if (v.kind != VALUE_MAP && v.kind != VALUE_LIST)
		return;
	while (value_next(&it, &key, &item)) {
		struct value properties = value_get(item, STR("properties"));
		struct value_iter each = value_iter(properties);
		struct value property;
		struct str name;

		while (properties.kind == VALUE_MAP && value_next(&each, &name, &property))
			*silent += value_get(property, STR("description")).kind != VALUE_STR &&
				   !str_eq(name, STR("file"));
		check_schema(item, defs, refs, silent);
	}
}

static void the_schema_describes_every_key(void)
{
	struct str schema = plan_schema(a);
	struct value v, property;
	struct err e;
	size_t refs = 0, silent = 0;

	OK(json_parse(a, schema, &v, NULL, &e), "it is JSON");
	check_schema(v, value_get(v, STR("$defs")), &refs, &silent);
	OK(refs > 10, "%zu references", refs);
	OK(silent == 0, "every key is described");
	property = value_get(value_get(v, STR("properties")), STR("database"));
	IS(text(value_get(property, STR("default")).s), "sqlite:lockstep.db", "defaults are there");
}

static void the_words_are_those_of_the_types(void)
{
	struct value v, types;
	struct err e;

	OK(json_parse(a, plan_schema(a), &v, NULL, &e), "it is JSON");
	v = value_get(value_get(v, STR("$defs")), STR("key_column"));
	v = value_get(value_at(value_get(v, STR("anyOf")), 1), STR("properties"));
	types = value_get(value_at(value_get(value_get(v, STR("type")), STR("anyOf")), 0),
			  STR("enum"));
	OK(value_len(types) == COLUMN_TYPES, "all of them");
	for (size_t i = 0; i < value_len(types); i++)
		IS(text(value_at(types, i).s), column_type_name((enum column_type)i), "in order");
}

int main(void)
{
	const struct plan *p;
	const struct connection *c;

	a = arena_new("test", ARENA_MAX);
	assert(getenv("SOURCE_ROOT"));
	folder = file_join(a, str_from(getenv("SOURCE_ROOT")), STR("tests/connector/plans"));
	p = load("full.yaml");
	c = p ? plan_connection(p, STR("pp")) : NULL;
	OK(c && !plan_connection(p, STR("none")), "a connection is found by its name");
	if (!c)
		return tap_done();
	paths_are_taken_from_the_folder_of_the_plan(p);
	the_server_has_its_settings(&p->server);
	providers_have_their_keys(&p->server);
	a_connection_has_its_settings(c);
	config_comes_from_environment_files_and_defaults(c);
	the_network_is_limited(&c->network);
	streams_differ_from_the_connection(c);
	a_stream_takes_turns(c);
	checks_are_the_connections_or_the_tables(c);
	a_table_has_its_settings(&c->table[1]);
	a_table_has_defaults(&c->table[0]);
	columns_have_types(&c->table[1], &c->table[2]);
	columns_have_policies(&c->table[1], &c->table[2]);
	maps_are_normalised(column(&c->table[2], "status")->map);
	exact_maps_are_as_written(column(&c->table[2], "rank")->map);
	references_have_alternatives(&c->table[1], &c->table[2]);
	a_key_is_letters_and_digits();
	the_schema_describes_every_key();
	the_words_are_those_of_the_types();
	arena_free(a);
	return tap_done();
}

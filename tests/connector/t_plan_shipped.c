/* SPDX-License-Identifier: Apache-2.0 */
/* t_plan_shipped.c - the plans that `lockstep init` writes. */
#include "base/file.h"
#include "connector/plan.h"
#include "data/json.h"
#include "tap.h"

#include <stdlib.h>

#define ARENA_MAX ((size_t)256 * 1024 * 1024)

static struct arena *a;

static const char *env(const char *name)
{
	return strcmp(name, "PP_CLIENT_ID") == 0       ? "an-id"
	       : strcmp(name, "PP_CLIENT_SECRET") == 0 ? "a-secret"
						       : NULL;
}

static const struct connection *load(struct str folder, const char *name)
{
	struct plan_options o = {
		.file = file_join(a, folder, str_printf(a, "%s.plan.yaml", name)),
		.connector_dir = &folder,
		.connector_dirs = 1,
		.env = env,
	};
	struct complaints *list = arena_new_struct(a, struct complaints);
	const struct plan *plan;
	struct err e;
	bool good = plan_load(a, &o, &plan, list, &e);

	OK(good, "%s loads", name);
	for (size_t i = 0; i < list->n; i++)
		printf("# %s\n", complaint_text(a, &list->at[i]).at);
	return good ? plan_connection(plan, str_from(name)) : NULL;
}

static const struct plan_table *table(const struct connection *c, const char *name)
{
	for (size_t i = 0; i < c->tables; i++)
		if (str_eq(c->table[i].name, str_from(name)))
			return &c->table[i];
	assert(false); /* the plan has it */
	return NULL;
}

static const struct plan_column *column(const struct plan_table *t, const char *name)
{
	for (size_t i = 0; i < t->columns; i++)
		if (str_eq(t->column[i].name, str_from(name)))
			return &t->column[i];
	assert(false); /* the plan has it */
	return NULL;
}

/* The column's own value for a record, as JSON. */
static const char *value_of(const struct plan_column *c, const char *record)
{
	struct value variable[PLAN_VARIABLES] = { UNDEFINED, UNDEFINED, UNDEFINED }, v;
	struct expr_context context = { .arena = a, .variable = variable };
	struct value cell;
	bool repaired = false;
	struct err e;
	struct buf b;

	buf_in(&b, a, 65536);
	if (!json_parse(a, str_from(record), &variable[PLAN_RECORD], NULL, &e) ||
	    !template_eval(c->value, &context, &v, &e) ||
	    !column_cast(a, c->type, c->zone, v, &cell, &repaired, &e) || !json_write(&b, cell, &e))
		return str_keep(a, str_from(e.text)).at;
	return buf_str(&b).at;
}

static void tables_are_filled_in_order(const struct connection *c)
{
	static const char *const want[][2] = {
		{ "users", "users" },       { "pp_accounts", "accounts" },
		{ "contacts", "contacts" }, { "exchanges", "matters" },
		{ "tasks", "tasks" },
	};

	OK(c->tables == COUNT(want), "five tables");
	for (size_t i = 0; i < COUNT(want); i++) {
		IS(str_keep(a, c->table[i].name).at, want[i][0], "table");
		IS(str_keep(a, c->table[i].stream->name).at, want[i][1], "stream");
	}
}

static void settings_are_those_of_the_spec(const struct connection *c)
{
	OK(c->page_size == 100, "100 records a page");
	OK(c->stream[0].pages_max == 50, "50 pages a run");
	OK(c->stream[0].overlap_ms == 15 * 60000, "15 minutes back");
	IS(str_keep(a, c->incremental.every).at, "15m", "every 15 minutes");
	IS(str_keep(a, c->full.cron).at, "0 2 * * *", "at two");
	IS(str_keep(a, c->full.timezone).at, "America/New_York", "Eastern");
	OK(!c->network.allow_http && !c->network.allow_private, "nothing private, nothing plain");
}

static const struct {
	const char *table, *column, *record, *want;
} values[] = {
	{ "contacts", "phone", "{\"phone_mobile\":null,\"phone_work\":\"1\",\"phone_home\":\"2\"}",
	  "\"1\"" },
	{ "contacts", "phone", "{\"phone_fax\":\"9\",\"phone_home\":\"2\"}", "\"2\"" },
	{ "contacts", "phone", "{\"phone_fax\":\"9\",\"phone\":\"3\"}", "\"3\"" },
	{ "contacts", "phone", "{\"phone_fax\":\"9\"}", "null" },
	{ "contacts", "pp_account_id", "{\"account_ref\":{\"id\":\"1e3\"}}", "\"1e3\"" },
	{ "contacts", "pp_account_id", "{\"account_ref\":null}", "null" },
	{ "contacts", "is_primary_contact", "{\"is_primary_contact\":true}", "true" },
	{ "contacts", "address", "{\"address\":{\"city\":\"Ojai\"}}",
	  "\"{\\\"city\\\":\\\"Ojai\\\"}\"" },
	{ "contacts", "address", "{}", "null" },
	{ "pp_accounts", "address",
	  "{\"address_street_1\":null,\"address_street_2\":\"\",\"address_city\":null}", "null" },
	{ "pp_accounts", "address", "{\"address_city\":\"Ojai\",\"address_state\":null}",
	  "\"{\\\"street_1\\\":null,\\\"street_2\\\":null,\\\"city\\\":\\\"Ojai\\\",\\\"state\\\":null,"
	  "\\\"zip_code\\\":null,\\\"country\\\":null}\"" },
	{ "exchanges", "name", "{\"name\":null,\"display_name\":\"B\"}", "\"B\"" },
	{ "exchanges", "start_date", "{\"open_date\":\"2026-07-01T19:00:00\"}", "\"2026-07-01\"" },
	{ "exchanges", "start_date", "{\"open_date\":\"2026-07-02T05:37:00\"}", "\"2026-07-01\"" },
	{ "exchanges", "start_date",
	  "{\"open_date\":null,\"opened_date\":\"2026-01-02T08:00:00Z\"}", "\"2026-01-02\"" },
	{ "exchanges", "start_date", "{\"open_date\":null}", "null" },
	{ "exchanges", "exchange_value", "{\"value\":0,\"custom_field_values\":null}", "\"0\"" },
	{ "exchanges", "exchange_value", "{\"value\":509135.89}", "\"509135.89\"" },
	{ "exchanges", "exchange_value", "{\"custom_field_values\":null}", "null" },
	{ "exchanges", "exchange_value", "{}", "null" },
	{ "exchanges", "exchange_value",
	  "{\"value\":null,\"custom_field_values\":["
	  "{\"custom_field_ref\":{\"label\":\"Proceeds\",\"value_type\":\"Currency\"},\"value_number\":1},"
	  "{\"custom_field_ref\":{\"label\":\"Rel Value\",\"value_type\":\"TextBox\"},\"value_number\":2},"
	  "{\"custom_field_ref\":null,\"value_number\":3},"
	  "{\"custom_field_ref\":{\"label\":\"Rel Value\",\"value_type\":\"Currency\"},"
	  "\"value_boolean\":false,\"value_number\":null},"
	  "{\"custom_field_ref\":{\"label\":\"Rel Value\",\"value_type\":\"Number\"},"
	  "\"value_boolean\":false,\"value_number\":1250000.50}]}",
	  "\"1250000.50\"" },
	{ "exchanges", "notes", "{\"notes\":\"<b>n</b>\"}", "\"<b>n</b>\"" },
	{ "tasks", "title", "{\"subject\":\"S\",\"name\":\"N\"}", "\"S\"" },
	{ "tasks", "title", "{\"name\":\"N\"}", "\"N\"" },
	{ "tasks", "title", "{\"subject\":\"\"}", "\"(untitled task)\"" },
	{ "tasks", "title", "{\"subject\":null}", "\"(untitled task)\"" },
	{ "tasks", "title", "{}", "null" },
	{ "tasks", "due_date", "{\"due_date\":\"2026-12-01T07:59:59.5\"}", "\"2026-11-30\"" },
	{ "tasks", "due_date", "{\"due_date\":null}", "null" },
};

static void records_become_values(const struct connection *c)
{
	for (size_t i = 0; i < COUNT(values); i++)
		IS(value_of(column(table(c, values[i].table), values[i].column), values[i].record),
		   values[i].want,
		   str_printf(a, "%s.%s of %s", values[i].table, values[i].column, values[i].record)
			   .at);
}

static const char *ref_value(const struct plan_column *c, size_t ref, const char *record)
{
	struct plan_column text = { .type = COLUMN_TEXT, .value = c->ref[ref].value };

	return value_of(&text, record);
}

static void references_look_for_the_vendors_ids(const struct connection *c)
{
	static const char *const tasks[] = {
		"{\"assigned_to_users\":[{\"id\":\"u1\",\"email_address\":\"a@example.org\"}]}",
		"{\"assigned_to_users\":[]}", "{\"assigned_to_users\":null}", "{}"
	};
	const struct plan_column *who = column(table(c, "tasks"), "assigned_to");
	const struct plan_column *client = column(table(c, "exchanges"), "client_id");
	const struct plan_column *matter = column(table(c, "tasks"), "exchange_id");

	IS(ref_value(who, 0, tasks[0]), "\"u1\"", "the first assignee");
	IS(ref_value(who, 1, tasks[0]), "\"a@example.org\"", "or the address");
	OK(who->ref[1].fold_case && who->relink, "in any case, later if need be");
	for (size_t i = 1; i < COUNT(tasks); i++)
		IS(ref_value(who, 0, tasks[i]), "null", "nobody");
	IS(ref_value(client, 0, "{\"client_id\":\"c1\"}"), "\"c1\"", "a contact that is named");
	IS(ref_value(client, 1, "{\"account_ref\":{\"id\":\"a1\"}}"), "\"a1\"", "an account");
	IS(str_keep(a, client->ref[1].prefer).at, "is_primary_contact", "its primary contact");
	IS(ref_value(matter, 0, "{\"matter_ref\":{\"id\":\"m1\"}}"), "\"m1\"", "a matter");
	IS(ref_value(matter, 0, "{\"matter_ref\":null,\"matter_id\":\"m2\"}"), "\"m2\"", "its id");
	IS(ref_value(matter, 0, "{\"matter_ref\":null}"), "null", "no matter");
}

static const char *mapped(const struct plan_column *c, const char *from)
{
	struct str key = plan_map_key(a, str_from(from));

	for (size_t i = 0; i < c->map->entries; i++)
		if (str_eq(c->map->entry[i].from, key))
			return str_keep(a, c->map->entry[i].insert.value.s).at;
	return str_keep(a, c->map->unknown_insert.value.s).at;
}

static void words_become_those_of_the_spec(const struct connection *c)
{
	static const char *const words[][4] = {
		{ "exchanges", "status", "Open", "PENDING" },
		{ "exchanges", "status", "Pending", "PENDING" },
		{ "exchanges", "status", "active", "PENDING" },
		{ "exchanges", "status", "in_progress", "45D" },
		{ "exchanges", "status", "Closed", "COMPLETED" },
		{ "exchanges", "status", "completed", "COMPLETED" },
		{ "exchanges", "status", "cancelled", "TERMINATED" },
		{ "exchanges", "status", "Archived", "COMPLETED" },
		{ "exchanges", "status", "Dormant", "PENDING" },
		{ "tasks", "status", "NotCompleted", "PENDING" },
		{ "tasks", "status", "InProgress", "IN_PROGRESS" },
		{ "tasks", "status", "working", "IN_PROGRESS" },
		{ "tasks", "status", "Completed", "COMPLETED" },
		{ "tasks", "status", "done", "COMPLETED" },
		{ "tasks", "status", "Conditional", "ON_HOLD" },
		{ "tasks", "status", "on_hold", "ON_HOLD" },
		{ "tasks", "status", "cancelled", "CANCELLED" },
		{ "tasks", "status", "Dormant", "PENDING" },
		{ "tasks", "priority", "Low", "LOW" },
		{ "tasks", "priority", "normal", "MEDIUM" },
		{ "tasks", "priority", "Medium", "MEDIUM" },
		{ "tasks", "priority", "High", "HIGH" },
		{ "tasks", "priority", "critical", "URGENT" },
		{ "tasks", "priority", "urgent", "URGENT" },
		{ "tasks", "priority", "Odd", "MEDIUM" },
	};

	for (size_t i = 0; i < COUNT(words); i++)
		IS(mapped(column(table(c, words[i][0]), words[i][1]), words[i][2]), words[i][3],
		   words[i][2]);
}

static void a_persons_status_is_kept(const struct connection *c)
{
	const struct plan_column *status = column(table(c, "exchanges"), "status");

	OK(status->overwrite == OVERWRITE_WHEN_SOURCE_CHANGED, "only when it changed");
	OK(status->nevers == 1 && status->never[0].overs == 4, "never over four of them");
	OK(status->map->unknown_update.act == MAP_KEEP && status->map->warn, "unknown: kept");
}

/* ---- the game platform ---- */

static bool text_is(const struct connection *c, const char *name, const char *want)
{
	struct value v = value_get(c->config, str_from(name));

	return v.kind == VALUE_STR && str_eq(v.s, str_from(want));
}

static void the_platform_is_off_and_asks_nobody(const struct connection *c)
{
	OK(text_is(c, "enabled", "false") && text_is(c, "token", ""), "without a word of a person");
	OK(text_is(c, "base_url", "https://api.metactf.com/integrations/syned/v1"),
	   "the vendor's address");
	OK(c->network.total_ms == 15000 && !c->network.allow_http && !c->network.allow_private,
	   "15 seconds a call, https alone");
	OK(c->tables == 0 && c->watches == 3, "no tables to fill, three to watch");
}

static void every_change_of_a_roster_is_the_teams(const struct connection *c)
{
	static const char *const watched[] = { "teams", "members", "competitors" };

	for (size_t i = 0; i < COUNT(watched); i++) {
		const struct watch_plan *w = plan_watch(c, str_from(watched[i]));

		for (size_t on = 0; on < PUSH_ONS; on++) {
			const struct push_plan *p = &w->on[on];

			if (p->where.len)
				OK(str_eq(p->task, STR("game_platform_team")) && p->key && p->lane,
				   "%s: by the task, one at a time", watched[i]);
		}
	}
	OK(plan_watch(c, STR("members"))->on[PUSH_UPDATE].alsos == 1, "who moves concerns two");
	OK(!str_eq(template_source(plan_watch(c, STR("teams"))->on[PUSH_DELETE].key),
		   template_source(plan_watch(c, STR("teams"))->on[PUSH_UPDATE].key)),
	   "a deletion stands for itself");
}

int main(void)
{
	const struct connection *c;

	a = arena_new("test", ARENA_MAX);
	assert(getenv("SOURCE_ROOT"));
	c = load(file_join(a, str_from(getenv("SOURCE_ROOT")), STR("connectors")),
		 "practicepanther");
	if (!c)
		return tap_done();
	tables_are_filled_in_order(c);
	settings_are_those_of_the_spec(c);
	records_become_values(c);
	references_look_for_the_vendors_ids(c);
	words_become_those_of_the_spec(c);
	a_persons_status_is_kept(c);
	c = load(file_join(a, str_from(getenv("SOURCE_ROOT")), STR("connectors")), "metactf");
	if (!c)
		return tap_done();
	the_platform_is_off_and_asks_nobody(c);
	every_change_of_a_roster_is_the_teams(c);
	arena_free(a);
	return tap_done();
}

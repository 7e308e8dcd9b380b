/* SPDX-License-Identifier: Apache-2.0 */
/* setting_view.c - what is in force for a connection, as JSON, without its secrets. */
#include "service/setting_view.h"

#include "data/moment.h"
#include "service/redact.h"
#include "service/view.h"

static void add(struct arena *a, struct value list, const char *section, struct str name,
		struct value v)
{
	struct value map = value_map_new(a);

	view_text(a, map, "section", str_from(section));
	view_text(a, map, "name", name);
	value_map_set(a, map, STR("value"), value_is_nothing(v) ? NULL_VALUE : v);
	value_map_set(a, map, STR("from"), NULL_VALUE);
	view_bool(a, map, "secret", false);
	value_list_add(a, list, map);
}

static void add_text(struct arena *a, struct value list, const char *section, const char *name,
		     struct str s)
{
	add(a, list, section, str_from(name), value_text_or_null(s));
}

/* 0: nobody said anything, and what is built in holds. */
static void add_count(struct arena *a, struct value list, const char *section, struct str name,
		      int64_t n)
{
	add(a, list, section, name, n ? value_int(n) : NULL_VALUE);
}

static void add_span(struct arena *a, struct value list, const char *section, struct str name,
		     int64_t ms)
{
	add(a, list, section, name, ms ? value_str(span_text(a, ms)) : NULL_VALUE);
}

/* ---- the connector's config ---- */

static bool has_password(struct value v)
{
	ptrdiff_t at = v.kind == VALUE_STR ? str_find(v.s, STR("://")) : -1;

	return at >= 0 && str_find(v.s, STR("@")) > at;
}

/* Endpoints are named like tokens and are none. */
static bool is_secret(struct value property, struct str name, struct value v, struct str from)
{
	struct value said = value_get(property, STR("airbyte_secret"));

	if (value_get_bool(property, "airbyte_secret") || has_password(v) || v.kind == VALUE_MAP ||
	    v.kind == VALUE_LIST)
		return true;
	if (property.kind != VALUE_MAP)
		return str_eq(from, STR("environment")) || redact_is_secret(name);
	return v.kind == VALUE_STR && redact_is_secret(name) && str_find(v.s, STR("://")) < 0 &&
	       said.kind != VALUE_BOOL;
}

static void add_config(struct arena *a, struct value list, const struct connection *n,
		       struct str name, struct value property)
{
	struct value v = value_get(n->config, name), map = value_map_new(a);
	struct value from = value_get(n->config_from, name);
	struct str place = from.kind == VALUE_STR ? from.s : STR("default");
	bool is_set = !value_is_nothing(v) && !(v.kind == VALUE_STR && v.s.len == 0);

	view_text(a, map, "section", STR("config"));
	view_text(a, map, "name", name);
	if (is_secret(property, name, v, place)) {
		view_text(a, map, "value", is_set ? STR("set") : STR("not set"));
		view_bool(a, map, "secret", true);
	} else {
		value_map_set(a, map, STR("value"), is_set ? v : NULL_VALUE);
		view_bool(a, map, "secret", false);
	}
	view_text(a, map, "from", place);
	value_list_add(a, list, map);
}

static void add_configs(struct arena *a, struct value list, const struct connection *n)
{
	struct value properties = value_get(n->manifest->spec, STR("properties")), item;
	struct value_iter it = value_iter(properties);
	struct str name;

	while (value_next(&it, &name, &item))
		add_config(a, list, n, name, item);
	it = value_iter(n->config);
	while (value_next(&it, &name, &item))
		if (value_get(properties, name).kind == VALUE_UNDEFINED)
			add_config(a, list, n, name, UNDEFINED);
}

/* ---- the rest of the connection ---- */

static void add_schedule(struct arena *a, struct value list, const char *name,
			 const struct schedule_plan *s)
{
	struct str when =
		s->cron.len ? str_printf(a, "%.*s (%.*s)", STR_ARG(s->cron), STR_ARG(s->timezone))
		: s->every.len ? str_printf(a, "every %.*s", STR_ARG(s->every))
			       : STR("");

	add_text(a, list, "schedules", name, when);
}

static void add_streams(struct arena *a, struct value list, const struct connection *n)
{
	for (size_t i = 0; i < n->tables; i++) {
		const struct stream *st = n->table[i].stream;
		const struct stream_plan *p = &n->stream[st->number];
		struct str at = str_printf(a, "%.*s.", STR_ARG(st->name));

		add_span(a, list, "streams", str_printf(a, "%.*soverlap", STR_ARG(at)),
			 p->overlap_ms);
		add_count(a, list, "streams", str_printf(a, "%.*spages_max", STR_ARG(at)),
			  p->pages_max);
		add_count(a, list, "streams", str_printf(a, "%.*srecords_max", STR_ARG(at)),
			  p->records_max);
		add(a, list, "streams", str_printf(a, "%.*swatermark", STR_ARG(at)),
		    value_str(p->watermark == WATERMARK_RECORDS ? STR("records")
								: STR("run_start")));
	}
}

/* Where a file stands is this machine's business. */
static struct str file_name(struct str path)
{
	size_t at = path.len;

	while (at > 0 && path.at[at - 1] != '/')
		at--;
	return str_slice(path, at, path.len);
}

static void add_network(struct arena *a, struct value list, const struct network_plan *n)
{
	add(a, list, "network", STR("allow_http"), value_bool(n->allow_http));
	add(a, list, "network", STR("allow_private"), value_bool(n->allow_private));
	add_span(a, list, "network", STR("connect_timeout"), n->connect_ms);
	add_span(a, list, "network", STR("stall_timeout"), n->stall_ms);
	add_span(a, list, "network", STR("total_timeout"), n->total_ms);
}

struct value setting_views(struct arena *a, const struct connection *n)
{
	static const char *const undo[] = {
		[UNDO_OFF] = "off", [UNDO_FULL] = "full", [UNDO_ALL] = "all"
	};
	struct value list = value_list_new(a);

	add_text(a, list, "connection", "connector", n->manifest->name);
	add_text(a, list, "connection", "manifest", file_name(n->file));
	add_count(a, list, "connection", STR("page_size"), n->page_size);
	add_count(a, list, "connection", STR("batch_rows"), n->batch_rows);
	add_text(a, list, "connection", "undo", str_from(undo[n->undo]));
	add_count(a, list, "connection", STR("undo_days"), n->undo_days);
	add_configs(a, list, n);
	add_text(a, list, "oauth", "authorize_url", n->authorize_url);
	add_text(a, list, "oauth", "redirect_url", n->redirect_url);
	add_text(a, list, "oauth", "scope", n->scope);
	add_schedule(a, list, "incremental", &n->incremental);
	add_schedule(a, list, "full", &n->full);
	add_streams(a, list, n);
	add_network(a, list, &n->network);
	return list;
}

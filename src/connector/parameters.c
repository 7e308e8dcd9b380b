/* SPDX-License-Identifier: Apache-2.0 */
/*
 * parameters.c - fills in missing types and hands $parameters down.
 *
 * Works in place on a tree whose references are resolved.  Only maps whose type names a component
 * of the format take part: a JSON schema (type: object) or a body that happens to have a type does
 * not.
 */
#include "connector/component.h"
#include "connector/resolve.h"

/* The $parameters in force: as nodes, to be copied, and as the value that templates see. */
struct parameters {
	const struct node *map; /* NULL: none */
	struct value value;
};

struct default_type {
	const char *parent, *field, *type;
};

static const struct default_type default_types[] = {
	{ "AddFields", "fields", "AddedFieldDefinition" },
	{ "ApiKeyAuthenticator", "inject_into", "RequestOption" },
	{ "CompositeErrorHandler", "error_handlers", "DefaultErrorHandler" },
	{ "CursorPagination", "decoder", "JsonDecoder" },
	{ "DatetimeBasedCursor", "end_datetime", "MinMaxDatetime" },
	{ "DatetimeBasedCursor", "end_time_option", "RequestOption" },
	{ "DatetimeBasedCursor", "start_datetime", "MinMaxDatetime" },
	{ "DatetimeBasedCursor", "start_time_option", "RequestOption" },
	{ "DeclarativeSource", "api_budget", "HTTPAPIBudget" },
	{ "DeclarativeSource", "check", "CheckStream" },
	{ "DeclarativeSource", "concurrency_level", "ConcurrencyLevel" },
	{ "DeclarativeSource", "spec", "Spec" },
	{ "DeclarativeSource", "streams", "DeclarativeStream" },
	{ "DeclarativeStream", "retriever", "SimpleRetriever" },
	{ "DeclarativeStream", "schema_loader", "JsonFileSchemaLoader" },
	{ "DefaultErrorHandler", "response_filters", "HttpResponseFilter" },
	{ "DefaultPaginator", "decoder", "JsonDecoder" },
	{ "DefaultPaginator", "page_size_option", "RequestOption" },
	{ "DpathExtractor", "decoder", "JsonDecoder" },
	{ "FixedWindowCallRatePolicy", "matchers", "HttpRequestRegexMatcher" },
	{ "HttpRequester", "error_handler", "DefaultErrorHandler" },
	{ "ListPartitionRouter", "request_option", "RequestOption" },
	{ "MovingWindowCallRatePolicy", "matchers", "HttpRequestRegexMatcher" },
	{ "MovingWindowCallRatePolicy", "rates", "Rate" },
	{ "ParentStreamConfig", "request_option", "RequestOption" },
	{ "ParentStreamConfig", "stream", "DeclarativeStream" },
	{ "RecordSelector", "extractor", "DpathExtractor" },
	{ "RecordSelector", "record_filter", "RecordFilter" },
	{ "SimpleRetriever", "paginator", "NoPagination" },
	{ "SimpleRetriever", "record_selector", "RecordSelector" },
	{ "SimpleRetriever", "requester", "HttpRequester" },
	{ "SubstreamPartitionRouter", "parent_stream_configs", "ParentStreamConfig" },
	{ "UnlimitedCallRatePolicy", "matchers", "HttpRequestRegexMatcher" },
};

static const char *default_type(struct str parent, struct str field)
{
	for (size_t i = 0; i < COUNT(default_types); i++)
		if (str_eq(parent, str_from(default_types[i].parent)) &&
		    str_eq(field, str_from(default_types[i].field)))
			return default_types[i].type;
	return NULL;
}

/* ---- changing maps ---- */

/* A copy of `from` at `path`; what is handed down is changed further below. */
static struct node *copy(struct resolver *r, const struct node *from, struct str path, size_t depth)
{
	struct node *n = resolved_node(r, from, path, depth);

	if (!n)
		return NULL;
	n->key = from->key;
	n->key_mark = from->key_mark;
	n->item = arena_new_array(r->arena, struct node *, from->n);
	for (n->n = 0; n->n < from->n; n->n++) {
		struct str p = from->kind == NODE_MAP
				       ? node_path_key(r->arena, path, from->key[n->n])
				       : node_path_index(r->arena, path, n->n);

		n->item[n->n] = copy(r, from->item[n->n], p, depth + 1);
		if (!n->item[n->n])
			return NULL;
	}
	return n;
}

static ptrdiff_t find(const struct node *map, struct str key)
{
	for (size_t i = 0; map && i < map->n; i++)
		if (str_eq(map->key[i], key))
			return (ptrdiff_t)i;
	return -1;
}

/* Room for `more` members; the arrays may be shared with other nodes until now. */
static void map_widen(struct arena *a, struct node *n, size_t more)
{
	size_t cap = n->n + more;
	struct str *key = arena_new_array(a, struct str, cap);
	struct mark *mark = arena_new_array(a, struct mark, cap);
	struct node **item = arena_new_array(a, struct node *, cap);

	for (size_t i = 0; i < n->n; i++) {
		key[i] = n->key[i];
		mark[i] = n->key_mark[i];
		item[i] = n->item[i];
	}
	n->key = key;
	n->key_mark = mark;
	n->item = item;
}

static void map_set(struct node *n, struct str key, struct mark mark, struct node *item)
{
	ptrdiff_t at = find(n, key);
	size_t i = at < 0 ? n->n++ : (size_t)at;

	n->key[i] = key;
	n->key_mark[i] = mark;
	n->item[i] = item;
}

/* ---- parameters in force ---- */

static struct parameters parameters_of(struct resolver *r, const struct node *map)
{
	return (struct parameters){ map, map ? node_value(r->arena, map) : UNDEFINED };
}

/* `outer` overlaid with `inner`. */
static struct parameters parameters_with(struct resolver *r, const struct parameters *outer,
					 const struct node *inner)
{
	struct node *both;

	if (!inner || inner->n == 0)
		return *outer;
	if (!outer->map)
		return parameters_of(r, inner);
	both = arena_new_struct(r->arena, struct node);
	*both = *outer->map;
	map_widen(r->arena, both, inner->n);
	for (size_t i = 0; i < inner->n; i++)
		map_set(both, inner->key[i], inner->key_mark[i], inner->item[i]);
	return parameters_of(r, both);
}

/* Without the one named like the field that is entered: it would be copied into itself for ever. */
static struct parameters parameters_without(struct resolver *r, const struct parameters *p,
					    struct str field)
{
	ptrdiff_t at = find(p->map, field);
	struct node *rest;

	if (at < 0)
		return *p;
	rest = arena_new_struct(r->arena, struct node);
	*rest = *p->map;
	map_widen(r->arena, rest, 0);
	rest->n--;
	for (size_t i = (size_t)at; i < rest->n; i++) {
		rest->key[i] = rest->key[i + 1];
		rest->key_mark[i] = rest->key_mark[i + 1];
		rest->item[i] = rest->item[i + 1];
	}
	return parameters_of(r, rest->n ? rest : NULL);
}

/* ---- handing down ---- */

static bool enter(struct resolver *r, struct node *n, const char *fill,
		  const struct parameters *outer, size_t depth);

/* Copies each parameter as a field, unless that field is truthy already. */
static bool inject(struct resolver *r, struct node *n, const struct parameters *p, size_t depth)
{
	if (!p->map)
		return true;
	map_widen(r->arena, n, p->map->n);
	for (size_t i = 0; i < p->map->n; i++) {
		struct str key = p->map->key[i];
		ptrdiff_t at = find(n, key);
		struct node *item;

		if (at >= 0 && !node_is_falsy(n->item[at]))
			continue;
		item = copy(r, p->map->item[i], node_path_key(r->arena, n->path, key), depth + 1);
		if (!item)
			return false;
		item->inherited = true;
		map_set(n, key, p->map->key_mark[i], item);
	}
	return true;
}

static bool enter_field(struct resolver *r, struct node *n, size_t i, struct str type,
			const struct parameters *p, size_t depth)
{
	struct node *field = n->item[i];
	struct parameters below;
	const char *fill = default_type(type, n->key[i]);

	if (field->kind == NODE_SCALAR || str_eq(n->key[i], STR("$parameters")))
		return true;
	below = parameters_without(r, p, n->key[i]);
	if (field->kind == NODE_MAP)
		return enter(r, field, fill, &below, depth + 1);
	for (size_t k = 0; k < field->n; k++)
		if (field->item[k]->kind == NODE_MAP &&
		    !enter(r, field->item[k], fill, &below, depth + 2))
			return false;
	return true;
}

/* A type that is missing: nothing else would tell that this map is a component. */
static bool fill_type(struct resolver *r, struct node *n, const char *type)
{
	struct node here = { .kind = NODE_SCALAR, .line = n->line, .column = n->column };
	struct node *item =
		resolved_node(r, &here, node_path_key(r->arena, n->path, STR("type")), 0);

	if (!item)
		return false;
	item->text = str_from(type);
	item->origin = item;
	map_widen(r->arena, n, 1);
	map_set(n, STR("type"), (struct mark){ n->line, n->column }, item);
	return true;
}

/* `fill` is the type to assume when there is none, or NULL. */
static bool enter(struct resolver *r, struct node *n, const char *fill,
		  const struct parameters *outer, size_t depth)
{
	const struct node *type = node_get(n, "type"), *own = node_get(n, "$parameters");
	struct parameters p;

	if (depth > RESOLVED_DEPTH_MAX)
		return resolved_node(r, n, n->path, depth) != NULL;
	if (!type && fill && !node_get(n, "class_name")) {
		if (!fill_type(r, n, fill))
			return false;
		type = node_get(n, "type");
	}
	if (!type || type->kind != NODE_SCALAR || !component_is_known(type->text))
		return true;
	if (own && own->kind != NODE_MAP)
		return complain(r->list, r->arena, own, r->file, "$parameters are a map, not %s",
				node_kind_name(own));
	p = parameters_with(r, outer, own);
	if (!inject(r, n, &p, depth))
		return false;
	n->parameters = p.map ? p.value : value_map_new(r->arena);
	for (size_t i = 0; i < n->n; i++)
		if (!enter_field(r, n, i, type->text, &p, depth))
			return false;
	return true;
}

bool parameters_propagate(struct resolver *r, struct node *root)
{
	static const struct parameters none = { .map = NULL };

	return enter(r, root, "DeclarativeSource", &none, 0);
}

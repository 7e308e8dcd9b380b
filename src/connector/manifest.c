/* SPDX-License-Identifier: Apache-2.0 */
/* manifest.c - from a document to a manifest: read, then look once more at the whole. */
#include "connector/manifest.h"
#include "connector/document.h"
#include "connector/manifest_parts.h"

#define AT(member) offsetof(struct manifest, member)

/* ---- the root's parts ---- */

/* What the root is read into: the manifest, and what only later steps can use. */
struct root {
	struct manifest m;
	const struct node *streams, *check;
};

static void check_names(struct reader *r, const struct node *n, void *field)
{
	if (read_kind(r, n, NODE_LIST))
		*(const struct node **)field = n;
}

static const struct property check_properties[] = {
	{ .name = "stream_names",
	  .kind = PROPERTY_READ,
	  .required = true,
	  .offset = offsetof(struct root, check),
	  .read = check_names },
	{ .name = "dynamic_streams_check_configs", .kind = PROPERTY_REFUSED },
};
static const struct component check = { .type = "CheckStream",
					.property = check_properties,
					.properties = COUNT(check_properties) };
static const struct component *const checks[] = { &check };
static const struct component_set check_set = { checks, COUNT(checks) };

static void spec_schema(struct reader *r, const struct node *n, void *field)
{
	if (read_kind(r, n, NODE_MAP))
		*(struct value *)field = node_value(r->arena, n);
}

static const struct property spec_properties[] = {
	{ .name = "connection_specification",
	  .kind = PROPERTY_READ,
	  .required = true,
	  .offset = AT(spec),
	  .read = spec_schema },
	{ .name = "documentation_url", .kind = PROPERTY_NOTE },
	{ .name = "advanced_auth", .kind = PROPERTY_NOTE },
	{ .name = "config_normalization_rules", .kind = PROPERTY_REFUSED },
};
static const struct component spec = { .type = "Spec",
				       .property = spec_properties,
				       .properties = COUNT(spec_properties) };
static const struct component *const specs[] = { &spec };
static const struct component_set spec_set = { specs, COUNT(specs) };

static const struct property concurrency_properties[] = {
	{ .name = "default_concurrency", .kind = PROPERTY_NOTE, .required = true },
	{ .name = "max_concurrency", .kind = PROPERTY_NOTE },
};
static const struct component concurrency = { .type = "ConcurrencyLevel",
					      .property = concurrency_properties,
					      .properties = COUNT(concurrency_properties) };
static const struct component *const concurrencies[] = { &concurrency };
static const struct component_set concurrency_set = { concurrencies, COUNT(concurrencies) };

/* ---- the root ---- */

static void root_streams(struct reader *r, const struct node *n, void *field)
{
	if (read_kind(r, n, NODE_LIST))
		*(const struct node **)field = n;
}

static const struct property root_properties[] = {
	{ .name = "version", .kind = PROPERTY_TEXT, .required = true, .offset = AT(version) },
	{ .name = "check", .kind = PROPERTY_COMPONENT, .required = true, .set = &check_set },
	{ .name = "streams",
	  .kind = PROPERTY_READ,
	  .required = true,
	  .offset = offsetof(struct root, streams),
	  .read = root_streams },
	{ .name = "spec", .kind = PROPERTY_COMPONENT, .required = true, .set = &spec_set },
	{ .name = "concurrency_level", .kind = PROPERTY_COMPONENT, .set = &concurrency_set },
	{ .name = "api_budget",
	  .kind = PROPERTY_COMPONENT,
	  .offset = AT(budget),
	  .set = &budget_set },
	{ .name = "definitions", .kind = PROPERTY_NOTE },
	{ .name = "schemas", .kind = PROPERTY_NOTE },
	{ .name = "metadata", .kind = PROPERTY_NOTE },
	{ .name = "description", .kind = PROPERTY_NOTE },
	{ .name = "max_concurrent_async_job_count", .kind = PROPERTY_NOTE },
	{ .name = "dynamic_streams", .kind = PROPERTY_REFUSED },
	{ .name = "stream_groups", .kind = PROPERTY_REFUSED },
};
static const struct component source = { .type = "DeclarativeSource",
					 .property = root_properties,
					 .properties = COUNT(root_properties) };
static const struct component *const sources[] = { &source };
static const struct component_set source_set = { sources, COUNT(sources) };

/* ---- streams ---- */

static void streams_read(struct reader *r, struct root *root)
{
	struct node_list list = streams_collect(r->arena, root->streams);
	struct stream *stream = arena_new_array(r->arena, struct stream, list.n);

	r->stream = stream;
	r->stream_node = &list;
	for (size_t i = 0; i < list.n; i++) {
		stream[i] = (struct stream){ .number = i, .schema = UNDEFINED };
		component_read(r, list.at[i], &stream_set, &stream[i]);
	}
	r->stream_node = NULL;
	root->m.stream = stream;
	root->m.streams = list.n;
	root->m.public_streams = root->streams->n;
}

static void names_check(struct reader *r, const struct root *root)
{
	for (size_t i = 0; i < root->m.public_streams; i++)
		for (size_t k = 0; k < i; k++)
			if (str_eq(root->m.stream[i].name, root->m.stream[k].name))
				READER_SAYS(r, root->streams->item[i],
					    "there is another stream '%.*s'",
					    STR_ARG(root->m.stream[i].name));
}

const struct stream *manifest_stream(const struct manifest *m, struct str name)
{
	for (size_t i = 0; i < m->streams; i++)
		if (str_eq(m->stream[i].name, name))
			return &m->stream[i];
	return NULL;
}

static void complain_check(struct reader *r, const struct manifest *m, const struct node *n)
{
	const char **name = arena_new_array(r->arena, const char *, m->public_streams);
	const char *near;

	for (size_t i = 0; i < m->public_streams; i++)
		name[i] = str_keep(r->arena, m->stream[i].name).at;
	near = str_nearest(n->text, name, m->public_streams);
	READER_SAYS(r, n, "there is no stream '%.*s'%s%s%s", STR_ARG(n->text),
		    near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
}

static void checks_read(struct reader *r, struct root *root)
{
	const struct node *n = root->check;
	struct manifest *m = &root->m;

	m->check = arena_new_array(r->arena, const struct stream *, n->n);
	for (size_t i = 0; i < n->n; i++) {
		const struct stream *s = NULL;

		if (read_kind(r, n->item[i], NODE_SCALAR))
			s = manifest_stream(m, n->item[i]->text);
		if (s && s->number < m->public_streams)
			m->check[m->checks++] = s;
		else if (n->item[i]->kind == NODE_SCALAR)
			complain_check(r, m, n->item[i]);
	}
}

/* ---- the whole ---- */

/* "connectors/practicepanther.yaml" is practicepanther. */
static struct str manifest_name(struct str file)
{
	struct str name = file;

	for (size_t i = 0; i < file.len; i++)
		if (file.at[i] == '/')
			name = str_slice(file, i + 1, file.len);
	if (str_ends(name, STR(".yaml")))
		return str_slice(name, 0, name.len - strlen(".yaml"));
	if (str_ends(name, STR(".yml")))
		return str_slice(name, 0, name.len - strlen(".yml"));
	return name;
}

static void manifest_read(struct resolver *resolver, struct reader *r, struct node *tree,
			  void *into)
{
	struct root *root = into;

	root->m.file = r->file;
	root->m.name = manifest_name(r->file);
	if (!parameters_propagate(resolver, tree) || !component_read(r, tree, &source_set, root) ||
	    !root->streams)
		return;
	streams_read(r, root);
	names_check(r, root);
	if (root->check)
		checks_read(r, root);
}

static const struct document document = { "a manifest", manifest_read };

bool manifest_parse(struct arena *a, struct str text, struct str file, const struct manifest **out,
		    struct complaints *list, struct err *e)
{
	struct root *root = arena_new_struct(a, struct root);

	if (!document_parse(a, text, file, &document, root, list, e))
		return false;
	*out = &root->m;
	return true;
}

bool manifest_load(struct arena *a, const char *path, const struct manifest **out,
		   struct complaints *list, struct err *e)
{
	struct root *root = arena_new_struct(a, struct root);

	if (!document_load(a, path, &document, root, list, e))
		return false;
	*out = &root->m;
	return true;
}

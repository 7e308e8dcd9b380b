/* SPDX-License-Identifier: Apache-2.0 */
/*
 * manifest_records.c - the components that say which records an answer holds and how they change.
 */
#include "connector/manifest_parts.h"

#define AT(member) offsetof(struct selector, member)

/* ---- which records ---- */

static void extractor_path(struct reader *r, const struct node *n, void *field)
{
	struct selector *s = field;

	s->step = read_slots(r, n, &scope_config, &s->steps);
	for (size_t i = 0; i < s->steps; i++)
		s->has_glob |= str_find(template_source(s->step[i].template), STR("*")) >= 0;
}

static const struct property extractor_properties[] = {
	{ .name = "field_path", .kind = PROPERTY_READ, .required = true, .read = extractor_path },
	{ .name = "decoder", .kind = PROPERTY_COMPONENT, .set = &decoder_set },
	{ .name = "record_expander", .kind = PROPERTY_REFUSED },
};
static const struct component dpath = { .type = "DpathExtractor",
					.property = extractor_properties,
					.properties = COUNT(extractor_properties) };
static const struct component *const extractors[] = { &dpath };
static const struct component_set extractor_set = { extractors, COUNT(extractors) };

static const struct property filter_properties[] = {
	{ .name = "condition",
	  .kind = PROPERTY_SLOT,
	  .offset = AT(filter),
	  .scope = &scope_filter },
};
static const struct component record_filter = { .type = "RecordFilter",
						.property = filter_properties,
						.properties = COUNT(filter_properties) };
static const struct component *const record_filters[] = { &record_filter };
static const struct component_set record_filter_set = { record_filters, COUNT(record_filters) };

/* Values pass as they were received: a cast could change them in silence. */
static void selector_normalization(struct reader *r, const struct node *n, void *field)
{
	(void)field;
	if (n->kind != NODE_SCALAR || !str_eq(n->text, STR("None")))
		READER_SAYS(r, n, "only None is supported: values pass as they were received");
}

static const struct property selector_properties[] = {
	{ .name = "extractor",
	  .kind = PROPERTY_COMPONENT,
	  .required = true,
	  .set = &extractor_set },
	{ .name = "record_filter", .kind = PROPERTY_COMPONENT, .set = &record_filter_set },
	{ .name = "transform_before_filtering",
	  .kind = PROPERTY_BOOL,
	  .offset = AT(transform_before_filter) },
	{ .name = "schema_normalization", .kind = PROPERTY_READ, .read = selector_normalization },
};
static const struct component selector = { .type = "RecordSelector",
					   .property = selector_properties,
					   .properties = COUNT(selector_properties) };
static const struct component *const selectors[] = { &selector };
const struct component_set selector_set = { selectors, COUNT(selectors) };

/* ---- how they change ---- */

#undef AT
#define AT(member) offsetof(struct transform, member)

/* All transformations of a stream; one component may stand for several. */
struct transforms {
	struct transform *at;
	size_t n, cap;
};

static struct transform *transform_add(struct reader *r, struct transforms *all,
				       enum transform_kind kind)
{
	if (all->n == all->cap) {
		size_t cap = all->cap ? 2 * all->cap : 8;

		all->at = arena_grow(r->arena, all->at, all->cap * sizeof(*all->at),
				     cap * sizeof(*all->at));
		all->cap = cap;
	}
	all->at[all->n] = (struct transform){ .kind = kind };
	return &all->at[all->n++];
}

/* What one AddFields or RemoveFields component says. */
struct change {
	struct transforms *all;
	size_t first; /* of its own in all */
	struct slot condition;
};

static void added_steps(struct reader *r, const struct node *n, void *field)
{
	struct transform *t = field;

	t->step = read_slots(r, n, &scope_record, &t->steps);
	if (n->kind == NODE_LIST && n->n == 0)
		READER_SAYS(r, n, "a path has at least one step");
}

static void added_type(struct reader *r, const struct node *n, void *field)
{
	static const char *const word[] = { "string", "integer", "number", "boolean" };
	size_t i;

	if (read_word(r, n, word, COUNT(word), &i))
		*(enum added_type *)field = (enum added_type)(ADDED_STRING + i);
}

static const struct property added_properties[] = {
	{ .name = "path", .kind = PROPERTY_READ, .required = true, .read = added_steps },
	{ .name = "value",
	  .kind = PROPERTY_SLOT,
	  .required = true,
	  .offset = AT(value),
	  .scope = &scope_record },
	{ .name = "value_type", .kind = PROPERTY_READ, .offset = AT(type), .read = added_type },
};
static const struct component added = { .type = "AddedFieldDefinition",
					.property = added_properties,
					.properties = COUNT(added_properties) };
static const struct component *const added_fields[] = { &added };
static const struct component_set added_set = { added_fields, COUNT(added_fields) };

static void add_fields(struct reader *r, const struct node *n, void *field)
{
	struct change *c = field;

	if (!read_kind(r, n, NODE_LIST))
		return;
	for (size_t i = 0; i < n->n; i++) {
		struct transform t = { .kind = TRANSFORM_ADD };

		if (component_read(r, n->item[i], &added_set, &t))
			*transform_add(r, c->all, TRANSFORM_ADD) = t;
	}
}

static void remove_pointers(struct reader *r, const struct node *n, void *field)
{
	struct change *c = field;

	if (!read_kind(r, n, NODE_LIST))
		return;
	for (size_t i = 0; i < n->n; i++) {
		struct transform *t = transform_add(r, c->all, TRANSFORM_REMOVE);

		t->step = read_slots(r, n->item[i], &scope_config, &t->steps);
	}
}

static void change_finish(struct reader *r, const struct node *n, void *into)
{
	struct change *c = into;

	(void)r, (void)n;
	for (size_t i = c->first; i < c->all->n; i++)
		c->all->at[i].condition = c->condition;
}

static const struct property add_properties[] = {
	{ .name = "fields", .kind = PROPERTY_READ, .required = true, .read = add_fields },
	{ .name = "condition",
	  .kind = PROPERTY_SLOT,
	  .offset = offsetof(struct change, condition),
	  .scope = &scope_record },
};
static const struct component add = { .type = "AddFields",
				      .property = add_properties,
				      .properties = COUNT(add_properties),
				      .finish = change_finish };

/* The reference offers the value of each property to this condition; we offer the config alone. */
static const struct property remove_properties[] = {
	{ .name = "field_pointers",
	  .kind = PROPERTY_READ,
	  .required = true,
	  .read = remove_pointers },
	{ .name = "condition",
	  .kind = PROPERTY_SLOT,
	  .offset = offsetof(struct change, condition),
	  .scope = &scope_config },
};
static const struct component remove_fields = { .type = "RemoveFields",
						.property = remove_properties,
						.properties = COUNT(remove_properties),
						.finish = change_finish };
static const struct component *const changes[] = { &add, &remove_fields };
static const struct component_set change_set = { changes, COUNT(changes) };

void transforms_read(struct reader *r, const struct node *n, void *stream)
{
	struct stream *s = stream;
	struct transforms all = { .n = 0 };

	if (!read_kind(r, n, NODE_LIST))
		return;
	for (size_t i = 0; i < n->n; i++) {
		struct change c = { .all = &all, .first = all.n };

		component_read(r, n->item[i], &change_set, &c);
	}
	s->transform = all.at;
	s->transforms = all.n;
}

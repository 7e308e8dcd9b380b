/* SPDX-License-Identifier: Apache-2.0 */
/*
 * plan_connector.c - a connection's connector: where its manifest is, and its config.
 *
 * Errors of the config are the manifest's to word; they name keys and types, never values.
 */
#include "connector/plan_read.h"

#include "base/file.h"
#include "connector/page.h"

#include <dirent.h>
#include <stdlib.h>

#define LISTED_MAX 64
#define LIST_BYTES_MAX 512

struct str plan_beside(struct plan_loader *p, struct str path)
{
	return str_eq(p->dir, STR(".")) ? path : file_join(p->a, p->dir, path);
}

bool plan_word_ok(struct str s)
{
	for (size_t i = 0; i < s.len; i++) {
		char c = s.at[i];

		if ((c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') &&
		    c != '_' && c != '-')
			return false;
	}
	return s.len > 0;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* "NAME.yaml" of a connector, not "NAME.plan.yaml": NAME is one word. */
static size_t list_connectors(struct plan_loader *p, const char **names, size_t max)
{
	size_t n = 0;

	for (size_t i = 0; i < p->options->connector_dirs; i++) {
		DIR *dir = opendir(str_keep(p->a, p->options->connector_dir[i]).at);
		const struct dirent *entry;

		while (dir && n < max && (entry = readdir(dir))) {
			struct str name = str_from(entry->d_name);
			struct str stem = str_slice(name, 0, name.len < 5 ? 0 : name.len - 5);

			if (str_ends(name, STR(".yaml")) && plan_word_ok(stem))
				names[n++] = str_keep(p->a, stem).at;
		}
		if (dir)
			closedir(dir);
	}
	qsort(names, n, sizeof *names, by_name);
	return n;
}

static void complain_no_connector(struct plan_loader *p, const struct node *n)
{
	const char *names[LISTED_MAX];
	size_t count = list_connectors(p, names, COUNT(names));
	struct buf looked, have;

	buf_in(&looked, p->a, LIST_BYTES_MAX);
	buf_in(&have, p->a, LIST_BYTES_MAX);
	for (size_t i = 0; i < p->options->connector_dirs; i++)
		buf_printf(&looked, "%s%.*s", i ? ", " : "", STR_ARG(p->options->connector_dir[i]));
	for (size_t i = 0; i < count; i++)
		buf_printf(&have, "%s%s", i ? ", " : "", names[i]);
	if (env_touched(&p->env, n))
		plan_complain(p, n, "there is no connector of the name that ${…} gave (there %s%s)",
			      count ? "are: " : "is none", buf_str(&have).at);
	else
		plan_complain(p, n, "there is no connector %s in %s%s (there %s%s)",
			      plan_quote(p, n), looked.len ? buf_str(&looked).at : "no folder",
			      plan_hint(p, n->text, names, count), count ? "are: " : "is none",
			      buf_str(&have).at);
}

static bool find_connector(struct plan_loader *p, const struct node *n, struct str name,
			   struct str *out)
{
	if (str_ends(name, STR(".yaml"))) {
		*out = str_keep(p->a, plan_beside(p, name));
		if (file_exists(out->at))
			return true;
		plan_complain(p, n, "there is no connector file %s (looked for beside the plan)",
			      plan_quote(p, n));
		return false;
	}
	for (size_t i = 0; plan_word_ok(name) && i < p->options->connector_dirs; i++) {
		struct str file = str_printf(p->a, "%.*s.yaml", STR_ARG(name));

		*out = str_keep(p->a, file_join(p->a, p->options->connector_dir[i], file));
		if (file_exists(out->at))
			return true;
	}
	complain_no_connector(p, n);
	return false;
}

/* A connection before this one that has the same connector: what it loaded is shared. */
static const struct connection *sharer(const struct plan_loader *p, struct str file)
{
	for (size_t i = 0; i < p->connection; i++)
		if (str_eq(p->plan->connection[i].file, file))
			return &p->plan->connection[i];
	return NULL;
}

/* What is wrong with one of the connector's files is wrong with the plan. */
static void take_complaints(struct plan_loader *p, const struct node *n,
			    const struct complaints *its, const struct err *e)
{
	for (size_t i = 0; i < its->n; i++)
		complaints_add(p->list, its->at[i]);
	p->list->dropped += its->dropped;
	if (its->n == 0)
		plan_complain(p, n, "%s", e->text);
}

static const struct manifest *load_manifest(struct plan_loader *p, const struct node *n,
					    struct str file)
{
	struct complaints *its = arena_new_struct(p->a, struct complaints);
	const struct manifest *m = NULL;
	struct err e;

	if (!manifest_load(p->a, file.at, &m, its, &e))
		take_complaints(p, n, its, &e);
	return m;
}

/* What the connector can do at the vendor, when there is such a file beside its manifest. */
static const struct actions *load_actions(struct plan_loader *p, const struct node *n,
					  struct str manifest)
{
	struct complaints *its = arena_new_struct(p->a, struct complaints);
	struct str file = actions_path(p->a, manifest);
	const struct actions *s = NULL;
	struct err e;

	if (file_exists(file.at) && !actions_load(p->a, file.at, &s, its, &e))
		take_complaints(p, n, its, &e);
	return s;
}

/* How the vendor's pages are read, likewise. */
static const struct pages *load_pages(struct plan_loader *p, const struct node *n,
				      struct str manifest)
{
	struct complaints *its = arena_new_struct(p->a, struct complaints);
	struct str file = pages_path(p->a, manifest);
	const struct pages *s = NULL;
	struct err e;

	if (file_exists(file.at) && !pages_load(p->a, file.at, &s, its, &e))
		take_complaints(p, n, its, &e);
	return s;
}

void plan_connector(struct plan_loader *p, const struct node *n, void *into)
{
	struct connection *c = into;
	const struct connection *same;
	struct str name, file;

	if (!plan_scalar(p, n, KEY_TEXT, &name) || !find_connector(p, n, name, &file))
		return;
	same = sharer(p, file);
	c->file = file;
	c->manifest = same ? same->manifest : load_manifest(p, n, file);
	c->actions = same ? same->actions : load_actions(p, n, file);
	c->pages = same ? same->pages : load_pages(p, n, file);
}

/* ---- config ---- */

/*
 * What comes from the environment is text; where the connector's spec wants a number or a boolean
 * it is read as one.
 */
static struct value typed_by_spec(struct plan_loader *p, const struct node *n, struct value v,
				  struct value schema)
{
	struct value type = value_get(schema, STR("type"));
	struct node plain = *n;
	struct value got;
	bool fits;

	if (!env_touched(&p->env, n) || type.kind != VALUE_STR)
		return v;
	plain.plain = true;
	got = node_value(p->a, &plain);
	fits = (str_eq(type.s, STR("boolean")) && got.kind == VALUE_BOOL) ||
	       (str_eq(type.s, STR("integer")) && got.kind == VALUE_INT) ||
	       (str_eq(type.s, STR("number")) && value_is_number(got));
	return fits ? got : v;
}

void plan_config(struct plan_loader *p, const struct node *n, void *into)
{
	struct connection *c = into;
	struct node *tree = arena_new_struct(p->a, struct node);
	struct value properties;
	struct err e;

	if (!plan_expect(p, n, NODE_MAP, "a map of the connector's settings"))
		return;
	*tree = *n;
	for (size_t i = 0; i < tree->n; i++)
		env_read_files(&p->env, tree->item[i]);
	if (env_broken(&p->env, tree) || !c->manifest)
		return;
	properties = value_get(c->manifest->spec, STR("properties"));
	c->config = value_map_new(p->a);
	c->config_from = value_map_new(p->a);
	for (size_t i = 0; i < tree->n; i++) {
		value_map_set(p->a, c->config, tree->key[i],
			      typed_by_spec(p, tree->item[i], node_value(p->a, tree->item[i]),
					    value_get(properties, tree->key[i])));
		value_map_set(p->a, c->config_from, tree->key[i],
			      value_str(env_touched(&p->env, tree->item[i]) ? STR("environment")
									    : STR("plan")));
	}
	if (!manifest_check_config(p->a, c->manifest, c->config, &c->config, &e))
		plan_complain(p, n, "%s", e.text);
}

/* A connection without any config still gets the defaults, or is told what is missing. */
void plan_no_config(struct plan_loader *p, const struct node *n, struct connection *c)
{
	struct err e;

	if (node_get(n, "config") || !c->manifest)
		return;
	if (!manifest_check_config(p->a, c->manifest, value_map_new(p->a), &c->config, &e))
		plan_complain(p, n, "config is missing: %s", e.text);
}

static void complain_no_stream(struct plan_loader *p, const struct node *at, struct str name)
{
	const char *names[LISTED_MAX];
	size_t count = 0;

	while (count < COUNT(names) && count < p->manifest->public_streams) {
		names[count] = str_keep(p->a, p->manifest->stream[count].name).at;
		count++;
	}
	if (env_touched(&p->env, at))
		plan_complain(p, at, "the connector has no stream of the name that ${…} gave");
	else
		plan_complain(p, at, "the connector has no stream '%.*s'%s", STR_ARG(name),
			      plan_hint(p, name, names, count));
}

const struct stream *plan_stream(struct plan_loader *p, const struct node *at, struct str name)
{
	const struct stream *s = p->manifest ? manifest_stream(p->manifest, name) : NULL;

	if (p->manifest && !s)
		complain_no_stream(p, at, name);
	return s;
}

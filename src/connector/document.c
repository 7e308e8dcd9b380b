/* SPDX-License-Identifier: Apache-2.0 */
/*
 * document.c - a file of the connectors' format: parsed, its references resolved, then read.
 *
 * Each step needs the one before without complaints; within a step everything that is wrong is
 * found.
 */
#include "connector/document.h"

#include "connector/manifest.h"

static bool make(struct arena *a, const struct node *written, struct str file,
		 const struct document *kind, void *into, struct complaints *list, struct err *e)
{
	struct resolver resolver = { .arena = a, .file = file, .list = list, .root = written };
	struct reader reader = { .arena = a, .file = file, .list = list, .parameters = UNDEFINED };
	struct node *tree = NULL;

	if (written->kind == NODE_MAP)
		tree = refs_resolve(&resolver);
	else
		complain(list, a, written, file, "%s is a map", kind->noun);
	if (tree)
		kind->read(&resolver, &reader, tree, into);
	return complaints_verdict(a, list, e);
}

bool document_parse(struct arena *a, struct str text, struct str file, const struct document *kind,
		    void *into, struct complaints *list, struct err *e)
{
	struct complaints own = { .n = 0 };
	struct node *written;

	if (!list)
		list = &own;
	file = str_keep(a, file);
	if (text.len > MANIFEST_BYTES_MAX) {
		complaints_add(list, (struct complaint){ .file = file,
							 .says = STR("the file is too large") });
		return err_set(e, ERR_LIMIT, "%.*s is larger than %zu bytes", STR_ARG(file),
			       MANIFEST_BYTES_MAX);
	}
	return yaml_parse(a, text, file, &written, list, e) &&
	       make(a, written, file, kind, into, list, e);
}

bool document_load(struct arena *a, const char *path, const struct document *kind, void *into,
		   struct complaints *list, struct err *e)
{
	struct complaints own = { .n = 0 };
	struct node *written;

	if (!list)
		list = &own;
	return yaml_load(a, path, MANIFEST_BYTES_MAX, &written, list, e) &&
	       make(a, written, str_keep(a, str_from(path)), kind, into, list, e);
}

struct str document_beside(struct arena *a, struct str manifest, const char *kind)
{
	struct str stem = str_ends(manifest, STR(".yaml"))
				  ? str_slice(manifest, 0, manifest.len - strlen(".yaml"))
				  : manifest;

	return str_printf(a, "%.*s.%s.yaml", STR_ARG(stem), kind);
}

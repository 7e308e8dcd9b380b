/* SPDX-License-Identifier: Apache-2.0 */
/*
 * resolve.h - what a manifest's $ref and $parameters stand for.
 *
 * Rules of the reference (the format's own loader), in this order:
 *
 *   1. A text that starts with "#/" stands for what is found there, wherever it occurs; so does
 *      {$ref: "#/…"}, whose other keys win over those of the map it names.
 *   2. A component (a map whose type names one) hands its $parameters to the components in its
 *      fields: inner ones win; each is copied as a field unless the field is already truthy; a
 *      parameter with the name of a field is hidden below that field.
 *   3. A missing type is filled in where the format knows it ("HttpRequester.error_handler").
 */
#ifndef RESOLVE_H
#define RESOLVE_H

#include "connector/yaml.h"

#define RESOLVED_NODES_MAX 200000
#define RESOLVED_DEPTH_MAX 100
#define REF_CHAIN_MAX 32 /* references that lead to references */

/* What the parts of resolving share. */
struct resolver {
	struct arena *arena;
	struct str file;
	struct complaints *list;
	const struct node *root; /* as written */
	size_t nodes;            /* made so far */
	bool stopped;            /* a limit was passed */
};

/*
 * A tree of its own with all references replaced, but for `definitions` and `schemas`, which are
 * left out: whatever they hold is now where it is used.  NULL after a complaint.
 */
struct node *refs_resolve(struct resolver *r);

/* Fills in types and hands $parameters down, in place.  False after a complaint. */
bool parameters_propagate(struct resolver *r, struct node *root);

/* A node like `from` at `path`, without members; NULL when a limit is passed. */
struct node *resolved_node(struct resolver *r, const struct node *from, struct str path,
			   size_t depth);

#endif

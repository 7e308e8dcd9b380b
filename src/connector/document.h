/* SPDX-License-Identifier: Apache-2.0 */
/*
 * document.h - a file of the connectors' format: parsed, its references resolved, then read into
 * what it says.
 */
#ifndef DOCUMENT_H
#define DOCUMENT_H

#include "connector/component.h"
#include "connector/resolve.h"

/* A kind of file. */
struct document {
	const char *noun; /* "a manifest" */
	/* Hands parameters down in the tree and reads it into `into`; what is wrong is complained
	 * about. */
	void (*read)(struct resolver *resolver, struct reader *r, struct node *tree, void *into);
};

/* As manifest_load() and manifest_parse(), but that `into` is filled also when it says false. */
MUST_CHECK bool document_load(struct arena *a, const char *path, const struct document *kind,
			      void *into, struct complaints *list, struct err *e);
MUST_CHECK bool document_parse(struct arena *a, struct str text, struct str file,
			       const struct document *kind, void *into, struct complaints *list,
			       struct err *e);

/* The place of what a connector says in a file of its own: "x/NAME.KIND.yaml". */
struct str document_beside(struct arena *a, struct str manifest, const char *kind);

#endif

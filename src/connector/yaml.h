/* SPDX-License-Identifier: Apache-2.0 */
/*
 * yaml.h - a YAML 1.2 file as a tree that remembers where everything stands (libfyaml below).
 *
 * One document a file.  Anchors and aliases are resolved (bounded by YAML_NODES_MAX, so that a
 * billion laughs end early), merge keys ("<<") are, duplicate keys and other tags than the core
 * schema's are complaints.
 */
#ifndef YAML_H
#define YAML_H

#include "connector/complaint.h"
#include "data/value.h"

#define YAML_NODES_MAX 200000
#define YAML_DEPTH_MAX 64

enum node_kind { NODE_SCALAR, NODE_LIST, NODE_MAP };

struct node {
	enum node_kind kind;
	size_t line, column; /* from 1 */
	struct str path;     /* "streams[0].retriever" from the root, for complaints */
	struct str text;     /* SCALAR */
	bool plain;      /* SCALAR: unquoted, so that null, true and 12 mean what they look like */
	struct str *key; /* MAP: n keys, in order */
	struct node **item; /* LIST and MAP */
	size_t n;
	struct value parameters; /* manifests: the $parameters in force here, once resolved; else
				    UNDEFINED */
};

/* ERR_CONFIG with file, line and column when it is not YAML; ERR_MISSING, ERR_LIMIT. */
MUST_CHECK bool yaml_load(struct arena *a, const char *path, size_t bytes_max, struct node **out,
			  struct complaints *list, struct err *e);

/* From text (tests, and connectors built in); `file` is for complaints. */
MUST_CHECK bool yaml_parse(struct arena *a, struct str text, struct str file, struct node **out,
			   struct complaints *list, struct err *e);

/* The member of a map, or NULL. */
struct node *node_get(const struct node *map, const char *key);

/* null, booleans and numbers of the core schema where plain; text otherwise; lists and maps deeply.
 */
struct value node_value(struct arena *a, const struct node *n);

/* Adds a complaint about a node; always false.  `list` may be NULL.  *e gets the first one. */
bool complain(struct complaints *list, struct arena *a, const struct node *n, struct str file,
	      const char *fmt, ...) PRINTF(5, 6);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * yaml.h - a YAML 1.2 file as a tree that remembers where everything stands (libfyaml below).
 *
 * One document a file.  Anchors and aliases are resolved by copying (bounded by YAML_NODES_MAX, so
 * that a billion laughs end early), merge keys ("<<") too: a map's own keys win.  Duplicate keys
 * and other tags than the core schema's are complaints.
 */
#ifndef YAML_H
#define YAML_H

#include "connector/complaint.h"
#include "data/value.h"

#define YAML_NODES_MAX 200000
#define YAML_DEPTH_MAX 64
#define YAML_PATH_BYTES_MAX 240 /* longer paths in complaints are cut */

enum node_kind { NODE_SCALAR, NODE_LIST, NODE_MAP };

struct mark {
	size_t line, column; /* from 1 */
};

struct node {
	enum node_kind kind;
	size_t line, column; /* from 1 */
	struct str path;     /* "streams[0].retriever" from the root, for complaints */
	struct str text;     /* SCALAR */
	bool plain;      /* SCALAR: unquoted, so that null, true and 12 mean what they look like */
	bool inherited;  /* manifests: a member that a $parameters put there */
	struct str *key; /* MAP: n keys, in order */
	struct mark *key_mark; /* MAP: where each key stands */
	struct node **item;    /* LIST and MAP */
	size_t n;
	struct value parameters;   /* manifests: the $parameters in force here, once resolved; else
				      UNDEFINED */
	const struct node *origin; /* manifests: the node as written that this one was made from */
};

/*
 * Each complaint goes to `list` (may be NULL); when there is any it is false and *e holds the
 * first: ERR_CONFIG with file, line and column when it is not YAML; ERR_MISSING, ERR_LIMIT.
 */
MUST_CHECK bool yaml_load(struct arena *a, const char *path, size_t bytes_max, struct node **out,
			  struct complaints *list, struct err *e);

/* From text (tests, and connectors built in); `file` is for complaints. */
MUST_CHECK bool yaml_parse(struct arena *a, struct str text, struct str file, struct node **out,
			   struct complaints *list, struct err *e);

/* The member of a map, or NULL; NULL when it is no map. */
struct node *node_get(const struct node *map, const char *key);

/* A plain null, ~ or nothing at all. */
bool node_is_null(const struct node *n);

/* True and *out when it is a plain true or false (in any of the core schema's three spellings). */
bool node_bool(const struct node *n, bool *out);

/* True and *out when it is a plain integer of 64 bits. */
bool node_int(const struct node *n, int64_t *out);

/* The same content, wherever it stands. */
bool node_same(const struct node *a, const struct node *b);

/* What Python takes for false: null, false, zero, and text, lists and maps that are empty. */
bool node_is_falsy(const struct node *n);

/* "a text", "a list", "a map": for complaints. */
const char *node_kind_name(const struct node *n);

/* The path of a member or item: parent.key, parent[i]. */
struct str node_path_key(struct arena *a, struct str parent, struct str key);
struct str node_path_index(struct arena *a, struct str parent, size_t i);

/*
 * null, booleans and numbers of the core schema where plain; text otherwise; lists and maps deeply.
 */
struct value node_value(struct arena *a, const struct node *n);

/* Adds a complaint about a node; always false. */
bool complain(struct complaints *list, struct arena *a, const struct node *n, struct str file,
	      const char *fmt, ...) PRINTF(5, 6);

/* About the key of member `i` of a map. */
bool complain_key(struct complaints *list, struct arena *a, const struct node *map, size_t i,
		  struct str file, const char *fmt, ...) PRINTF(6, 7);

#endif

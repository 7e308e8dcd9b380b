/* SPDX-License-Identifier: Apache-2.0 */
/*
 * env.h - ${NAME} from the environment and { file: PATH } from secret files, put into a YAML tree.
 *
 * Only the text of scalars changes, never the shape of the tree and never a key: what comes from
 * outside is not read as YAML again, and is text whatever it looks like.  Which nodes were touched
 * is remembered, because what came from outside may be a secret and must not be quoted.
 */
#ifndef ENV_H
#define ENV_H

#include "connector/yaml.h"

#define ENV_TEXT_MAX ((size_t)1024 * 1024)
#define ENV_FILE_MAX ((size_t)64 * 1024)

struct map;

struct env {
	struct arena *a;
	struct str file; /* of the tree, for complaints */
	struct str dir;  /* where relative paths of secret files begin */
	struct complaints *list;
	const char *(*get)(const char *name); /* NULL: getenv */
	struct map *touched;                  /* made by env_init() */
};

void env_init(struct env *v);

/*
 * Replaces in every scalar of the tree: ${NAME}, ${NAME:-default} (also when the variable is
 * empty, as shells do), and $${ by a literal ${.  A variable that is not set, a name that is none
 * and a missing '}' are complaints.
 */
void env_expand(struct env *v, struct node *tree);

/*
 * Turns every map in the tree that has the one key `file` into the content of that file, without
 * its last line end.
 */
void env_read_files(struct env *v, struct node *tree);

/* Whether the node's text came from outside, wholly or in part. */
bool env_touched(const struct env *v, const struct node *n);

/* Whether something in the tree could not be replaced: there is a complaint about it already. */
bool env_broken(const struct env *v, const struct node *tree);

#endif

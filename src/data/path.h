/* SPDX-License-Identifier: Apache-2.0 */
/*
 * path.h - a list of steps into a value, as `field_path` and `path` of manifests write them.
 *
 * A step is a key of a map, an index of a list ("0", "-1") or, where globs are allowed, a pattern:
 * "*" any one step, "**" any number of steps (dpath's rules, as the manifests use them); a '*'
 * among other characters stands for any characters of one step.
 */
#ifndef PATH_H
#define PATH_H

#include "data/value.h"

struct path {
	struct str *step;
	size_t n;
};

/* Of more steps nothing matches, neither in path_match() nor in path_remove(): refuse such a path
 * when loading. */
#define PATH_STEPS_MAX 63

/* Follows the steps literally (no globs).  UNDEFINED where there is nothing. */
struct value path_get(struct value v, struct path p);

/* All values that match, in document order, into an own list.  At most `matches_max` of them.  No
 * steps match `v` itself, "**" alone everything in it. */
struct value path_match(struct arena *a, struct value v, struct path p, size_t matches_max);

/*
 * A copy of map `v` with `item` at `p`; maps that are missing on the way are made, a list index
 * must exist.  Only the maps and lists on the way are copied.  Where a scalar or a missing index is
 * in the way, the result is `v` as it was.
 */
struct value path_set(struct arena *a, struct value v, struct path p, struct value item);

/* A copy of `v` without what matches `p` (globs allowed; a list item becomes null, as the reference
 * has it). */
struct value path_remove(struct arena *a, struct value v, struct path p);

/* "a.b.0" for messages. */
struct str path_text(struct arena *a, struct path p);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * map.h - from text to pointers, in an arena.
 *
 * Grows as needed, forgets nothing, dies with its arena.  Keys are borrowed: they must live as long
 * as the map.  Iterates in the order of insertion.
 */
#ifndef MAP_H
#define MAP_H

#include "base/str.h"

struct map;

struct map_entry {
	struct str key;
	void *value;
};

struct map *map_new(struct arena *a);

/* NULL when the key is not there. */
void *map_get(const struct map *m, struct str key);

/* Sets or replaces; `value` is not NULL.  Returns the value that was there before, or NULL. */
void *map_put(struct map *m, struct str key, void *value);

size_t map_len(const struct map *m);

/* Entry number `i` < map_len() in the order of first insertion. */
const struct map_entry *map_at(const struct map *m, size_t i);

#endif

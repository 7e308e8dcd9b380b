/* SPDX-License-Identifier: Apache-2.0 */
/*
 * arena.h - memory that dies together.
 *
 * An arena is a lifetime with a name.  Whoever owns the lifetime owns the
 * arena; everyone else is handed `struct arena *` and may allocate but never
 * free.  A function that takes an arena says, in its signature, how long its
 * result lives.
 *
 *   process   malloc        connections, queues, the store handles
 *   config    one arena     a loaded connector set; swapped whole on reload
 *   job       one arena     cursor, compiled request, counters
 *   page      one arena     body, parsed JSON, records, rows; reset per page
 *
 * Running out of memory aborts: there is no caller that could do better.
 * Running past `limit` is a caller's fault that must be checked before
 * (ERR_LIMIT), so it aborts too.
 */
#ifndef ARENA_H
#define ARENA_H

#include "base/base.h"

struct arena;

struct arena *arena_new(const char *name, size_t limit);
void arena_free(struct arena *a);

/* Forgets every allocation at once and keeps memory for a next round of about the same size. */
void arena_reset(struct arena *a);

/* Zeroed, aligned for any type; never NULL. */
void *arena_alloc(struct arena *a, size_t size);

#define arena_new_array(a, type, n) ((type *)arena_alloc_array((a), (n), sizeof(type)))
#define arena_new_struct(a, type) ((type *)arena_alloc((a), sizeof(type)))
void *arena_alloc_array(struct arena *a, size_t n, size_t size);

/*
 * Makes the newest allocation `p` of `old` bytes `size` bytes long, in place when there is room;
 * otherwise it copies.  The new bytes are zeroed.  p NULL allocates.
 */
void *arena_grow(struct arena *a, void *p, size_t old, size_t size);

size_t arena_used(const struct arena *a);

/* How many bytes may still be asked for before the limit: check before allocating by a stranger's
 * number. */
size_t arena_room(const struct arena *a);

/* For CLEANUP(arena_freep). */
void arena_freep(struct arena **a);
#define AUTO_ARENA CLEANUP(arena_freep) struct arena

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * arena.c - chunks of memory that are filled in order and forgotten together.
 *
 * Always: only the newest chunk has room; `used` is what callers asked for, without rounding.
 */
#include "base/arena.h"

#include <assert.h>
#include <stdalign.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#if defined(__SANITIZE_ADDRESS__)
#define HAVE_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define HAVE_ASAN 1
#endif
#endif

#ifdef HAVE_ASAN
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(p, n) ((void)(p), (void)(n))
#define ASAN_UNPOISON_MEMORY_REGION(p, n) ((void)(p), (void)(n))
#endif

#define CHUNK_MIN ((size_t)64 * 1024)
#define CHUNK_KEEP_MAX ((size_t)4 * 1024 * 1024) /* what a reset keeps at the most */
#define ALIGN alignof(max_align_t)

/* Newest first; `bytes` of every chunk but the newest are full. */
struct chunk {
	struct chunk *older;
	size_t cap, used;
	alignas(max_align_t) char bytes[];
};

struct arena {
	const char *name;
	struct chunk *newest;
	size_t used, limit;
};

static _Noreturn void die(const struct arena *a, const char *why)
{
	fprintf(stderr, "arena '%s': %s (used %zu of %zu)\n", a->name, why, a->used, a->limit);
	abort();
}

static struct chunk *chunk_new(const struct arena *a, size_t need, struct chunk *older)
{
	size_t cap = older && older->cap < CHUNK_KEEP_MAX ? 2 * older->cap : CHUNK_MIN;
	struct chunk *c;

	if (cap < need)
		cap = need;
	c = malloc(sizeof(*c) + cap);
	if (!c)
		die(a, "out of memory");
	c->older = older;
	c->cap = cap;
	c->used = 0;
	ASAN_POISON_MEMORY_REGION(c->bytes, cap);
	return c;
}

static void chunk_free(struct chunk *c)
{
	ASAN_UNPOISON_MEMORY_REGION(c->bytes, c->cap);
	free(c);
}

struct arena *arena_new(const char *name, size_t limit)
{
	struct arena *a = calloc(1, sizeof(*a));

	if (!a)
		abort();
	a->name = name;
	a->limit = limit;
	return a;
}

/* Frees all chunks and returns how many bytes they held. */
static size_t chunks_free(struct arena *a)
{
	size_t held = 0;

	while (a->newest) {
		struct chunk *c = a->newest;

		a->newest = c->older;
		held += c->cap;
		chunk_free(c);
	}
	return held;
}

void arena_reset(struct arena *a)
{
	struct chunk *c = a->newest;

	a->used = 0;
	if (!c)
		return;
	if (c->older || c->cap > CHUNK_KEEP_MAX) {
		size_t held = chunks_free(a);

		a->newest = chunk_new(a, held < CHUNK_KEEP_MAX ? held : CHUNK_KEEP_MAX, NULL);
		return;
	}
	c->used = 0;
	ASAN_POISON_MEMORY_REGION(c->bytes, c->cap);
}

void arena_free(struct arena *a)
{
	if (!a)
		return;
	chunks_free(a);
	free(a);
}

void arena_freep(struct arena **a)
{
	arena_free(*a);
}

void *arena_alloc(struct arena *a, size_t size)
{
	struct chunk *c = a->newest;
	size_t need;
	char *p;

	if (size > a->limit - a->used)
		die(a, "limit passed");
	need = (size + ALIGN - 1) / ALIGN * ALIGN;
	if (!c || need > c->cap - c->used)
		c = a->newest = chunk_new(a, need, a->newest);
	p = c->bytes + c->used;
	c->used += need;
	a->used += size;
	ASAN_UNPOISON_MEMORY_REGION(p, size);
	assert((uintptr_t)p % ALIGN == 0);
	return memset(p, 0, size);
}

void *arena_alloc_array(struct arena *a, size_t n, size_t size)
{
	size_t total;

	if (__builtin_mul_overflow(n, size, &total))
		die(a, "array size overflows");
	return arena_alloc(a, total);
}

size_t arena_used(const struct arena *a)
{
	return a->used;
}

void *arena_grow(struct arena *a, void *p, size_t old, size_t size)
{
	struct chunk *c = a->newest;
	size_t held = (old + ALIGN - 1) / ALIGN * ALIGN;
	size_t need = (size + ALIGN - 1) / ALIGN * ALIGN;
	void *copy;

	assert(size >= old);
	if (p && old && c && (char *)p + held == c->bytes + c->used &&
	    need - held <= c->cap - c->used) {
		if (size - old > a->limit - a->used)
			die(a, "limit passed");
		c->used += need - held;
		a->used += size - old;
		ASAN_UNPOISON_MEMORY_REGION(p, size);
		memset((char *)p + old, 0, size - old);
		return p;
	}
	copy = arena_alloc(a, size);
	if (p && old)
		memcpy(copy, p, old);
	return copy;
}

size_t arena_room(const struct arena *a)
{
	return a->limit - a->used;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * map.c - open addressing over an array of entries kept in insertion order.
 *
 * Always: slots is a power of two, at least twice the entries; slot[i] is 0 or 1 + an entry number.
 */
#include "base/map.h"

#define SLOTS_MIN 16

struct map {
	struct arena *arena;
	struct map_entry *entry;
	size_t n, cap;
	uint32_t *slot;
	size_t slots;
};

struct map *map_new(struct arena *a)
{
	struct map *m = arena_new_struct(a, struct map);

	m->arena = a;
	m->slots = SLOTS_MIN;
	m->slot = arena_new_array(a, uint32_t, m->slots);
	return m;
}

/* The slot that holds `key`, or the empty one where it would go. */
static uint32_t *slot_of(const struct map *m, struct str key)
{
	size_t i = (size_t)str_hash(key) & (m->slots - 1);

	while (m->slot[i] && !str_eq(m->entry[m->slot[i] - 1].key, key))
		i = (i + 1) & (m->slots - 1);
	return &m->slot[i];
}

static void rehash(struct map *m)
{
	m->slots *= 2;
	m->slot = arena_new_array(m->arena, uint32_t, m->slots);
	for (size_t i = 0; i < m->n; i++)
		*slot_of(m, m->entry[i].key) = (uint32_t)i + 1;
}

void *map_get(const struct map *m, struct str key)
{
	uint32_t at = *slot_of(m, key);

	return at ? m->entry[at - 1].value : NULL;
}

void *map_put(struct map *m, struct str key, void *value)
{
	uint32_t *slot = slot_of(m, key);
	void *before = NULL;

	assert(value);
	if (*slot) {
		before = m->entry[*slot - 1].value;
		m->entry[*slot - 1].value = value;
		return before;
	}
	if (m->n == m->cap) {
		size_t cap = m->cap ? 2 * m->cap : SLOTS_MIN / 2;

		m->entry = arena_grow(m->arena, m->entry, m->cap * sizeof(*m->entry),
				      cap * sizeof(*m->entry));
		m->cap = cap;
	}
	m->entry[m->n++] = (struct map_entry){ key, value };
	*slot = (uint32_t)m->n;
	if (2 * m->n > m->slots)
		rehash(m);
	return before;
}

size_t map_len(const struct map *m)
{
	return m->n;
}

const struct map_entry *map_at(const struct map *m, size_t i)
{
	assert(i < m->n);
	return &m->entry[i];
}

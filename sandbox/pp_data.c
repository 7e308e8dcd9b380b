/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pp_data.c - which records the invented firm has, and what happened to them.
 *
 * Always: gone[] is ascending and within [lo, hi); an ordinal is never used twice.
 */
#include "pp_data.h"

#include "base/map.h"
#include "instant.h"

#include <stdlib.h>

/* Everything in the firm happened between 2017-01-01 and 2025-06-30. */
#define FIRM_BEGAN_MS ((int64_t)1483228800000)
#define FIRM_SEEN_MS ((int64_t)1751241600000)
#define ORDINAL_END ((uint32_t)1 << 24)

/* Ten contacts and their seven accounts. */
#define BLOCK_CONTACTS 10
#define BLOCK_ACCOUNTS 7
static const uint8_t account_in_block[BLOCK_CONTACTS] = { 0, 1, 2, 3, 4, 5, 5, 6, 6, 6 };
static const uint8_t first_in_block[BLOCK_ACCOUNTS + 1] = { 0, 1, 2, 3, 4, 5, 7, 10 };

const char *const pp_kind_names[PP_KINDS] = {
	[PP_ACCOUNTS] = "accounts", [PP_CONTACTS] = "contacts", [PP_MATTERS] = "matters",
	[PP_TASKS] = "tasks",       [PP_USERS] = "users",
};

/* Salts 0..15 are this file's; renderers use others. */
enum { SALT_ID_HIGH, SALT_ID_LOW, SALT_CREATED, SALT_UPDATED, SALT_FRACTION };

static void shelf_init(struct population *p, enum pp_kind kind, int64_t n)
{
	assert(n >= 0 && n <= PP_COUNT_MAX);
	p->shelf[kind] = (struct pp_shelf){
		.lo = PP_FIRST,
		.hi = PP_FIRST + (uint32_t)n,
		.base = (uint32_t)n,
		.changes = map_new(p->arena),
	};
}

struct population *population_new(uint64_t seed, bool plain, struct population_size size)
{
	struct population *p = calloc(1, sizeof *p);
	int64_t rest = size.contacts % BLOCK_CONTACTS;
	int64_t accounts = size.contacts / BLOCK_CONTACTS * BLOCK_ACCOUNTS;

	if (!p)
		abort();
	if (rest)
		accounts += account_in_block[rest - 1] + 1;
	p->seed = seed;
	p->plain = plain;
	p->arena = arena_new("changes", (size_t)1 << 32);
	shelf_init(p, PP_ACCOUNTS, accounts);
	shelf_init(p, PP_CONTACTS, size.contacts);
	shelf_init(p, PP_MATTERS, size.matters);
	shelf_init(p, PP_TASKS, size.tasks);
	shelf_init(p, PP_USERS, size.users);
	return p;
}

void population_free(struct population *p)
{
	if (!p)
		return;
	for (int kind = 0; kind < PP_KINDS; kind++)
		free(p->shelf[kind].gone);
	arena_free(p->arena);
	free(p);
}

/* The place in gone[] of the first that is at least `ordinal`. */
static size_t gone_place(const struct pp_shelf *s, uint32_t ordinal)
{
	size_t from = 0, to = s->gone_n;

	while (from < to) {
		size_t middle = from + (to - from) / 2;

		if (s->gone[middle] < ordinal)
			from = middle + 1;
		else
			to = middle;
	}
	return from;
}

static bool present(const struct pp_shelf *s, uint32_t ordinal)
{
	size_t place = gone_place(s, ordinal);

	return ordinal >= s->lo && ordinal < s->hi &&
	       !(place < s->gone_n && s->gone[place] == ordinal);
}

size_t population_count(const struct population *p, enum pp_kind kind)
{
	const struct pp_shelf *s = &p->shelf[kind];

	return s->hi - s->lo - s->gone_n;
}

bool population_at(const struct population *p, enum pp_kind kind, size_t place, uint32_t *ordinal)
{
	const struct pp_shelf *s = &p->shelf[kind];
	size_t at = place + s->lo;

	if (place >= population_count(p, kind))
		return false;
	for (size_t i = 0; i < s->gone_n && s->gone[i] <= at; i++)
		at++;
	*ordinal = (uint32_t)at;
	return true;
}

bool population_from(const struct population *p, enum pp_kind kind, uint32_t *ordinal)
{
	const struct pp_shelf *s = &p->shelf[kind];
	uint32_t at = *ordinal < s->lo ? s->lo : *ordinal;

	if (s->gone_n)
		for (size_t i = gone_place(s, at); i < s->gone_n && s->gone[i] == at; i++)
			at++;
	if (at >= s->hi)
		return false;
	*ordinal = at;
	return true;
}

static uint64_t mix(uint64_t z)
{
	z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
	z = (z ^ z >> 27) * 0x94D049BB133111EBu;
	return z ^ z >> 31;
}

uint64_t pp_pick(const struct population *p, unsigned kind, uint32_t ordinal, unsigned salt)
{
	uint64_t which = (uint64_t)ordinal << 16 | kind << 8 | salt;

	return mix(p->seed * 0xD1342543DE82EF95u + which * 0x9E3779B97F4A7C15u + 1);
}

int pp_flavour(const struct population *p, uint32_t ordinal)
{
	return p->plain ? -1 : (int)(ordinal % PP_FLAVOURS);
}

static char *put_hex(char *to, uint64_t value, int digits)
{
	static const char hex[] = "0123456789abcdef";

	for (int i = digits - 1; i >= 0; i--, value >>= 4)
		to[i] = hex[value & 15];
	return to + digits;
}

static void write_id(const struct population *p, unsigned kind, uint32_t ordinal, char *to)
{
	uint64_t high = pp_pick(p, kind, ordinal, SALT_ID_HIGH);
	uint64_t low = pp_pick(p, kind, ordinal, SALT_ID_LOW);

	to = put_hex(to, (uint64_t)ordinal << 8 | (high & 0xff), 8);
	*to++ = '-';
	to = put_hex(to, high >> 8, 4);
	*to++ = '-';
	to = put_hex(to, 0x4000 | (high >> 24 & 0xfff), 4);
	*to++ = '-';
	to = put_hex(to, 0x8000 | (high >> 36 & 0x3fff), 4);
	*to++ = '-';
	put_hex(to, low, 12);
}

void pp_put_id(const struct population *p, unsigned kind, uint32_t ordinal, struct buf *b)
{
	char *to = buf_room(b, UUID_LEN);

	if (!to)
		return;
	write_id(p, kind, ordinal, to);
	b->len += UUID_LEN;
	b->at[b->len] = 0;
}

bool pp_is_uuid(struct str s)
{
	if (s.len != UUID_LEN)
		return false;
	for (size_t i = 0; i < UUID_LEN; i++) {
		char c = s.at[i];
		bool dash = i == 8 || i == 13 || i == 18 || i == 23;
		bool hex = (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'f');

		if (dash ? c != '-' : !hex)
			return false;
	}
	return true;
}

bool population_find(const struct population *p, enum pp_kind kind, struct str id,
		     uint32_t *ordinal)
{
	char want[UUID_LEN], head[9] = "";
	uint32_t at;

	if (!pp_is_uuid(id))
		return false;
	memcpy(head, id.at, 8);
	at = (uint32_t)(strtoul(head, NULL, 16) >> 8);
	write_id(p, kind, at, want);
	if (!str_eq_nocase(id, (struct str){ want, UUID_LEN }) || !present(&p->shelf[kind], at))
		return false;
	*ordinal = at;
	return true;
}

const struct pp_change *pp_changed(const struct population *p, enum pp_kind kind, uint32_t ordinal)
{
	const struct map *changes = p->shelf[kind].changes;

	if (map_len(changes) == 0)
		return NULL;
	return map_get(changes, (struct str){ (const char *)&ordinal, sizeof ordinal });
}

uint32_t pp_revision(const struct population *p, enum pp_kind kind, uint32_t ordinal)
{
	const struct pp_change *c = pp_changed(p, kind, ordinal);

	return c ? c->revision : 0;
}

/* As many fraction digits as chance wants: 0, 1, 2 or 3. */
static int64_t with_fraction(const struct population *p, unsigned kind, uint32_t ordinal,
			     int64_t ms)
{
	static const int64_t steps[] = { 1000, 100, 10, 1 };
	int64_t step = steps[pp_pick(p, kind, ordinal, SALT_FRACTION) % COUNT(steps)];

	return ms / step * step;
}

int64_t pp_created_ms(const struct population *p, enum pp_kind kind, uint32_t ordinal)
{
	const struct pp_change *c;
	uint64_t span = FIRM_SEEN_MS - FIRM_BEGAN_MS;

	if (kind == PP_CONTACTS)
		return pp_created_ms(p, PP_ACCOUNTS, pp_account_of(p, ordinal));
	c = pp_changed(p, kind, ordinal);
	if (c && c->created_ms)
		return c->created_ms;
	return with_fraction(p, kind, ordinal,
			     FIRM_BEGAN_MS +
				     (int64_t)(pp_pick(p, kind, ordinal, SALT_CREATED) % span));
}

int64_t pp_updated_ms(const struct population *p, enum pp_kind kind, uint32_t ordinal)
{
	const struct pp_change *c;
	uint64_t chance = pp_pick(p, kind, ordinal, SALT_UPDATED);
	int64_t created_ms;

	if (kind == PP_CONTACTS)
		return pp_updated_ms(p, PP_ACCOUNTS, pp_account_of(p, ordinal));
	c = pp_changed(p, kind, ordinal);
	if (c && c->updated_ms)
		return c->updated_ms;
	created_ms = pp_created_ms(p, kind, ordinal);
	/* A quarter was never edited. */
	if (chance % 4 == 0)
		return created_ms;
	return with_fraction(
		p, kind, ordinal,
		FIRM_SEEN_MS - (int64_t)((chance >> 8) % (FIRM_SEEN_MS - created_ms + 1)) / 2);
}

uint32_t pp_account_of(const struct population *p, uint32_t contact)
{
	uint32_t i = contact - PP_FIRST;

	if (contact < PP_FIRST)
		return contact;
	if (i >= p->shelf[PP_CONTACTS].base)
		return contact - p->shelf[PP_CONTACTS].base + p->shelf[PP_ACCOUNTS].base;
	return PP_FIRST + i / BLOCK_CONTACTS * BLOCK_ACCOUNTS +
	       account_in_block[i % BLOCK_CONTACTS];
}

uint32_t pp_contacts_of(const struct population *p, uint32_t account, uint32_t *first)
{
	uint32_t i = account - PP_FIRST, contacts = p->shelf[PP_CONTACTS].base, from, to;

	if (account < PP_FIRST) {
		*first = account;
		return 1;
	}
	if (i >= p->shelf[PP_ACCOUNTS].base) {
		*first = account - p->shelf[PP_ACCOUNTS].base + contacts;
		return 1;
	}
	from = i / BLOCK_ACCOUNTS * BLOCK_CONTACTS + first_in_block[i % BLOCK_ACCOUNTS];
	to = i / BLOCK_ACCOUNTS * BLOCK_CONTACTS + first_in_block[i % BLOCK_ACCOUNTS + 1];
	*first = PP_FIRST + from;
	return (to < contacts ? to : contacts) - from;
}

static struct pp_change *change(struct population *p, enum pp_kind kind, uint32_t ordinal)
{
	struct map *changes = p->shelf[kind].changes;
	struct pp_change *c =
		map_get(changes, (struct str){ (const char *)&ordinal, sizeof ordinal });

	p->version++;
	if (c)
		return c;
	c = arena_new_struct(p->arena, struct pp_change);
	c->ordinal = ordinal;
	map_put(changes, (struct str){ (const char *)&c->ordinal, sizeof c->ordinal }, c);
	return c;
}

void population_touch(struct population *p, enum pp_kind kind, uint32_t ordinal,
		      const struct pp_edit *edit)
{
	struct pp_change *c = change(p, kind, ordinal);

	assert(edit->status.len < sizeof c->status);
	if (!edit->stamp_only)
		c->revision++;
	if (edit->status.len) {
		memcpy(c->status, edit->status.at, edit->status.len);
		c->status[edit->status.len] = 0;
	}
	if (kind == PP_CONTACTS)
		c = change(p, PP_ACCOUNTS, pp_account_of(p, ordinal));
	c->updated_ms = edit->now_ms;
}

static uint32_t shelf_grow(struct population *p, enum pp_kind kind, bool in_front, int64_t now_ms)
{
	struct pp_shelf *s = &p->shelf[kind];
	uint32_t ordinal = in_front ? --s->lo : s->hi++;
	struct pp_change *c = change(p, kind, ordinal);

	c->created_ms = c->updated_ms = now_ms;
	return ordinal;
}

bool population_room(const struct population *p, enum pp_kind kind, bool in_front, size_t n)
{
	return in_front ? n < p->shelf[kind].lo : n < ORDINAL_END - p->shelf[kind].hi;
}

uint32_t population_add(struct population *p, enum pp_kind kind, bool in_front, int64_t now_ms)
{
	uint32_t ordinal = shelf_grow(p, kind, in_front, now_ms);

	if (kind == PP_ACCOUNTS)
		shelf_grow(p, PP_CONTACTS, in_front, now_ms);
	if (kind == PP_CONTACTS)
		shelf_grow(p, PP_ACCOUNTS, in_front, now_ms);
	return ordinal;
}

static void shelf_remove(struct population *p, enum pp_kind kind, uint32_t ordinal)
{
	struct pp_shelf *s = &p->shelf[kind];
	size_t place = gone_place(s, ordinal);

	if (!present(s, ordinal))
		return;
	if (s->gone_n == s->gone_cap) {
		s->gone_cap = s->gone_cap ? s->gone_cap * 2 : 64;
		s->gone = realloc(s->gone, s->gone_cap * sizeof s->gone[0]);
		if (!s->gone)
			abort();
	}
	memmove(&s->gone[place + 1], &s->gone[place], (s->gone_n - place) * sizeof s->gone[0]);
	s->gone[place] = ordinal;
	s->gone_n++;
	p->version++;
}

void population_remove(struct population *p, enum pp_kind kind, uint32_t ordinal, int64_t now_ms)
{
	uint32_t first, n;

	shelf_remove(p, kind, ordinal);
	if (kind == PP_CONTACTS)
		change(p, PP_ACCOUNTS, pp_account_of(p, ordinal))->updated_ms = now_ms;
	if (kind != PP_ACCOUNTS)
		return;
	n = pp_contacts_of(p, ordinal, &first);
	for (uint32_t i = 0; i < n; i++)
		shelf_remove(p, PP_CONTACTS, first + i);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pp_data.h - an invented law firm: which records there are, how they hang together, when they
 * changed.
 *
 * A record is a number (its ordinal) in a collection, and everything about it is a pure function of
 * seed, collection and ordinal; nothing is stored but the changes made since the start.  So a
 * million contacts cost no more memory than ten, and the same seed gives the same bytes.
 *
 * Ids begin with the ordinal, so the order of ids is the order of ordinals.  Records are added at
 * the end of a collection or in front of its beginning.
 *
 * Seven accounts hold ten contacts: five persons, a company with two, a company with three.  An
 * account or a contact added later comes with its counterpart.
 */
#ifndef PP_DATA_H
#define PP_DATA_H

#include "base/buf.h"
#include "base/err.h"

enum pp_kind { PP_ACCOUNTS, PP_CONTACTS, PP_MATTERS, PP_TASKS, PP_USERS, PP_KINDS };

/* Kinds of ids that are no collection. */
enum { PP_FIELDS = PP_KINDS, PP_NOBODY };

extern const char *const pp_kind_names[PP_KINDS];

/* The first ordinal of every collection at the start. */
#define PP_FIRST ((uint32_t)1 << 20)
#define PP_COUNT_MAX ((int64_t)14 << 20)

/* Of every PP_FLAVOURS records of a kind one has each of the nasty values. */
#define PP_FLAVOURS 101

#define UUID_LEN 36

/* What happened to a record since the start. */
struct pp_change {
	uint32_t ordinal;
	uint32_t revision;  /* 0: its fields are as at the start */
	int64_t created_ms; /* 0: as at the start */
	int64_t updated_ms; /* 0: as at the start */
	char status[24];    /* "": as at the start */
};

struct pp_shelf {
	uint32_t lo, hi; /* ordinals [lo, hi), but for those gone */
	uint32_t base;   /* how many there were at the start */
	struct map *changes;
	uint32_t *gone; /* ascending */
	size_t gone_n, gone_cap;
};

struct population {
	uint64_t seed;
	bool plain; /* no nasty values */
	struct pp_shelf shelf[PP_KINDS];
	uint64_t version; /* grows with every change */
	struct arena *arena;
};

struct population_size {
	int64_t contacts, matters, tasks, users;
};

struct population *population_new(uint64_t seed, bool plain, struct population_size size);
void population_free(struct population *p);

size_t population_count(const struct population *p, enum pp_kind kind);

/* The record at a place in the order of ids; false past the end. */
bool population_at(const struct population *p, enum pp_kind kind, size_t place, uint32_t *ordinal);

/* The first record whose ordinal is at least *ordinal; false past the end. */
bool population_from(const struct population *p, enum pp_kind kind, uint32_t *ordinal);

/* The record with that id; false when there is none. */
bool population_find(const struct population *p, enum pp_kind kind, struct str id,
		     uint32_t *ordinal);

/* A repeatable 64-bit number for one property (`salt`) of one record. */
uint64_t pp_pick(const struct population *p, unsigned kind, uint32_t ordinal, unsigned salt);

/* Which nasty value the record has: 0..PP_FLAVOURS-1, or -1 in a plain population. */
int pp_flavour(const struct population *p, uint32_t ordinal);

/* The id without quotes; `kind` may also be PP_FIELDS or PP_NOBODY. */
void pp_put_id(const struct population *p, unsigned kind, uint32_t ordinal, struct buf *b);
/* What people call it: 1 for the first. */
static inline uint32_t pp_number(uint32_t ordinal)
{
	return ordinal < PP_FIRST ? ordinal : ordinal - PP_FIRST + 1;
}

bool pp_is_uuid(struct str s);

/* NULL when nothing happened to it. */
const struct pp_change *pp_changed(const struct population *p, enum pp_kind kind, uint32_t ordinal);
uint32_t pp_revision(const struct population *p, enum pp_kind kind, uint32_t ordinal);

/* A contact's times are its account's. */
int64_t pp_created_ms(const struct population *p, enum pp_kind kind, uint32_t ordinal);
int64_t pp_updated_ms(const struct population *p, enum pp_kind kind, uint32_t ordinal);

uint32_t pp_account_of(const struct population *p, uint32_t contact);
/* The ordinals of an account's contacts: [*first, *first + n); some may be gone. */
uint32_t pp_contacts_of(const struct population *p, uint32_t account, uint32_t *first);

/* How a record is changed. */
struct pp_edit {
	int64_t now_ms;
	bool stamp_only;   /* a new updated_at, the same fields */
	struct str status; /* "": unchanged */
};

void population_touch(struct population *p, enum pp_kind kind, uint32_t ordinal,
		      const struct pp_edit *edit);
/* Returns the new record's ordinal.  There must be room (population_room()). */
uint32_t population_add(struct population *p, enum pp_kind kind, bool in_front, int64_t now_ms);
bool population_room(const struct population *p, enum pp_kind kind, bool in_front, size_t n);
void population_remove(struct population *p, enum pp_kind kind, uint32_t ordinal, int64_t now_ms);

#endif

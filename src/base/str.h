/* SPDX-License-Identifier: Apache-2.0 */
/*
 * str.h - text borrowed from somebody else.
 *
 * A str is a pointer and a length passed by value.  It owns nothing and may
 * not be NUL-terminated; it is valid exactly as long as the thing it points
 * into.  Text that must outlive its source is copied into an arena with
 * str_keep(), which also terminates it, so the copy can be given to C APIs.
 */
#ifndef STR_H
#define STR_H

#include "base/arena.h"
#include "base/base.h"

#include <string.h>

struct str {
	const char *at;
	size_t len;
};

#define STR(literal) ((struct str){ "" literal, sizeof(literal) - 1 })

/* For printf: printf("%.*s", STR_ARG(s)). */
#define STR_ARG(s) (int)(s).len, (s).at

static inline struct str str_from(const char *cstr)
{
	return (struct str){ cstr, strlen(cstr) };
}

static inline bool str_eq(struct str a, struct str b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.at, b.at, a.len) == 0);
}

/*
 * Cuts *rest at the first `sep`: returns what was before it and leaves what
 * is after.  Without a `sep` returns everything and leaves *rest empty.
 */
struct str str_cut(struct str *rest, char sep);

/* A NUL-terminated copy that lives as long as `a`. */
struct str str_keep(struct arena *a, struct str s);

/* printf into `a`; NUL-terminated. */
struct str str_printf(struct arena *a, const char *fmt, ...) PRINTF(2, 3);

/* Byte order, shorter first when one is the other's beginning; <0, 0, >0. */
int str_cmp(struct str a, struct str b);

/* ASCII case only. */
bool str_eq_nocase(struct str a, struct str b);
bool str_starts(struct str s, struct str prefix);
bool str_ends(struct str s, struct str suffix);

/* Offset of the first `needle`, or -1. */
ptrdiff_t str_find(struct str s, struct str needle);

/* A copy with A to Z in lower case. */
struct str str_lower(struct arena *a, struct str s);

/* Without ASCII white space at both ends. */
struct str str_trim(struct str s);

/* The part from byte `from` (clamped) to before byte `to` (clamped). */
struct str str_slice(struct str s, size_t from, size_t to);

/* An optional sign and decimal digits, all of `s`, within int64; else false and *out untouched. */
bool str_to_i64(struct str s, int64_t *out);

/* 64-bit FNV-1a: for hash maps and fingerprints, not for secrets. */
uint64_t str_hash(struct str s);

/* Length in bytes of the valid UTF-8 sequence at the start of `s`, or 0 when it is not valid. */
size_t str_utf8_len(struct str s);
bool str_is_utf8(struct str s);

/* The entry of `names` nearest to `s` for a did-you-mean, or NULL when none is near. */
const char *str_nearest(struct str s, const char *const *names, size_t n);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * json.c - JSON text to values (yyjson below); json_write.c is the way back.
 *
 * Always: a document is checked for depth and its replaced members are marked (see doc.h) before
 * anyone sees it; after that it is not changed any more.
 */
#include "data/json.h"

#include "data/doc.h"

#include <stdlib.h>

static const struct str replacement = { "\xEF\xBF\xBD", 3 }; /* U+FFFD */

/* yyjson's memory.  It takes NULL for "no memory", which an arena never says. */

static void *take(void *ctx, size_t size)
{
	struct arena *a = ctx;

	return size <= arena_room(a) ? arena_alloc(a, size) : NULL;
}

static void *grow(void *ctx, void *p, size_t old, size_t size)
{
	struct arena *a = ctx;

	if (size <= old)
		return p;
	return size <= arena_room(a) ? arena_grow(a, p, old, size) : NULL;
}

static void leave(void *ctx, void *p)
{
	(void)ctx; /* it dies with the arena */
	(void)p;
}

static struct yyjson_doc *read_doc(struct arena *a, struct str text, yyjson_read_err *why)
{
	yyjson_alc alc = { take, grow, leave, a };

	/* Without YYJSON_READ_INSITU the text is copied, not written to. */
	return yyjson_read_opts((char *)(uintptr_t)text.at, text.len, YYJSON_READ_NUMBER_AS_RAW,
				&alc, why);
}

/* Repair of what vendors do to strings. */

/*
 * Length of the invalid sequence at the start of `s`: as many bytes as could begin a valid one, at
 * least one (the Unicode Standard, 3.9, "maximal subpart").
 */
static size_t bad_len(struct str s)
{
	size_t n = 1;

	for (size_t k = 2; k <= 3 && k <= s.len; k++) {
		char low[4] = { s.at[0], (char)0x80, (char)0x80, (char)0x80 };
		char high[4] = { s.at[0], (char)0xBF, (char)0xBF, (char)0xBF };

		memcpy(low, s.at, k);
		memcpy(high, s.at, k);
		if (str_utf8_len((struct str){ low, 4 }) <= k &&
		    str_utf8_len((struct str){ high, 4 }) <= k)
			break;
		n = k;
	}
	return n;
}

/* The code unit of a \uXXXX at the start of `s`, or -1. */
static int escaped_unit(struct str s)
{
	int unit = 0;

	if (s.len < 6 || s.at[0] != '\\' || s.at[1] != 'u')
		return -1;
	for (size_t i = 2; i < 6; i++) {
		char c = s.at[i];
		int digit = c >= '0' && c <= '9'   ? c - '0'
			    : c >= 'a' && c <= 'f' ? c - 'a' + 10
			    : c >= 'A' && c <= 'F' ? c - 'A' + 10
						   : -1;

		if (digit < 0)
			return -1;
		unit = unit * 16 + digit;
	}
	return unit;
}

static bool is_high(int unit)
{
	return unit >= 0xD800 && unit <= 0xDBFF;
}

static bool is_low(int unit)
{
	return unit >= 0xDC00 && unit <= 0xDFFF;
}

/* Length of what stands at the start of `s`: a character or an escape; *bad says if it must go. */
static size_t piece_len(struct str s, bool *bad)
{
	size_t n = str_utf8_len(s);
	int unit;

	*bad = n == 0;
	if (*bad)
		return bad_len(s);
	if (s.at[0] != '\\')
		return n;
	unit = escaped_unit(s);
	if (unit < 0)
		return s.len < 2 || (unsigned char)s.at[1] >= 0x80 ? 1 : 2;
	if (is_high(unit) && is_low(escaped_unit(str_slice(s, 6, s.len))))
		return 12;
	*bad = is_high(unit) || is_low(unit);
	return 6;
}

/* Writes the repaired text to `to` (NULL: only measures); returns its length. */
static size_t repair(struct str s, char *to, size_t *count)
{
	size_t len = 0;

	*count = 0;
	while (s.len > 0) {
		bool bad;
		size_t n = piece_len(s, &bad);
		struct str piece = bad ? replacement : str_slice(s, 0, n);

		if (to)
			memcpy(to + len, piece.at, piece.len);
		len += piece.len;
		*count += bad;
		s = str_slice(s, n, s.len);
	}
	return len;
}

/* Members that a later one replaces. */

#define SEEN_MAX 128 /* members of an object that are checked by a table on the stack */
#define SEEN_SLOTS ((size_t)512)

static uint64_t key_hash(struct str key)
{
	uint64_t head = 0, tail = 0;

	if (key.len >= sizeof(head)) {
		memcpy(&head, key.at, sizeof(head));
		memcpy(&tail, key.at + key.len - sizeof(tail), sizeof(tail));
	} else {
		for (size_t i = 0; i < key.len; i++)
			head = head << 8 | (unsigned char)key.at[i];
	}
	head = (head ^ key.len) * 0x9E3779B97F4A7C15u;
	return (head ^ (head >> 32) ^ tail) * 0x9E3779B97F4A7C15u >> 32;
}

struct seen {
	uint32_t round; /* of the object under check: an entry of another round is free */
	struct {
		uint32_t round;
		struct yyjson_val *key;
	} slot[SEEN_SLOTS];
};

static void mark_dead(struct yyjson_val *object, struct yyjson_val *key)
{
	key->tag = DOC_DEAD;
	unsafe_yyjson_set_len(object, unsafe_yyjson_get_len(object) - 1);
}

static void object_check_small(struct seen *seen, struct yyjson_val *object)
{
	const struct yyjson_val *end = doc_end(object);

	seen->round++;
	for (struct yyjson_val *k = doc_first(object); k < end; k = doc_end(k + 1)) {
		size_t at = (size_t)key_hash(doc_text(k)) % SEEN_SLOTS;

		while (seen->slot[at].round == seen->round &&
		       !str_eq(doc_text(seen->slot[at].key), doc_text(k)))
			at = (at + 1) % SEEN_SLOTS;
		if (seen->slot[at].round == seen->round)
			mark_dead(object, seen->slot[at].key);
		seen->slot[at].round = seen->round;
		seen->slot[at].key = k;
	}
}

/* Of equal keys the later one comes later. */
static int key_order(const void *a, const void *b)
{
	struct yyjson_val *x = *(struct yyjson_val *const *)a, *y = *(struct yyjson_val *const *)b;
	int c = str_cmp(doc_text(x), doc_text(y));

	return c != 0 ? c : (x > y) - (x < y);
}

/* By sorting: no choice of keys makes it slow. */
static bool object_check_large(struct arena *a, struct yyjson_val *object, struct err *e)
{
	size_t n = unsafe_yyjson_get_len(object), i = 0;
	const struct yyjson_val *end = doc_end(object);
	struct yyjson_val **key;

	if (n > arena_room(a) / sizeof(struct yyjson_val *))
		return err_set(e, ERR_LIMIT, "JSON too large for the memory it may use");
	key = arena_new_array(a, struct yyjson_val *, n);
	for (struct yyjson_val *k = doc_first(object); k < end; k = doc_end(k + 1))
		key[i++] = k;
	assert(i == n);
	qsort(key, n, sizeof(struct yyjson_val *), key_order);
	for (i = 0; i + 1 < n; i++)
		if (str_eq(doc_text(key[i]), doc_text(key[i + 1])))
			mark_dead(object, key[i]);
	return true;
}

/* One pass over the flat document, the ends of the containers around it on a stack. */
static bool doc_check(struct arena *a, const struct yyjson_doc *doc, struct err *e)
{
	struct yyjson_val *v = doc->root, *end = v + doc->val_read;
	const struct yyjson_val *open[VALUE_DEPTH_MAX];
	struct seen seen = { 0 };
	size_t depth = 0;

	assert(doc_end(v) == end);
	for (; v < end; v++) {
		if (!unsafe_yyjson_is_ctn(v))
			continue;
		while (depth > 0 && v >= open[depth - 1])
			depth--;
		if (depth == VALUE_DEPTH_MAX)
			return err_set(e, ERR_LIMIT, "JSON nested deeper than %d levels",
				       VALUE_DEPTH_MAX);
		open[depth++] = doc_end(v);
		if (unsafe_yyjson_get_type(v) != YYJSON_TYPE_OBJ)
			continue;
		if (unsafe_yyjson_get_len(v) <= SEEN_MAX)
			object_check_small(&seen, v);
		else if (!object_check_large(a, v, e))
			return false;
	}
	return true;
}

/* Reading. */

static bool refuse(struct str text, const yyjson_read_err *why, struct err *e)
{
	size_t line = 1, column = 1;

	if (why->code == YYJSON_READ_ERROR_MEMORY_ALLOCATION)
		return err_set(e, ERR_LIMIT, "JSON too large for the memory it may use");
	for (size_t i = 0; i < why->pos && i < text.len; i++) {
		if (text.at[i] == '\n') {
			line++;
			column = 1;
		} else {
			column += ((unsigned char)text.at[i] & 0xC0) != 0x80;
		}
	}
	return err_set(e, ERR_REMOTE, "not JSON: line %zu, column %zu: %s", line, column, why->msg);
}

/* After a string that is none: repairs the text and reads it again. */
static struct yyjson_doc *read_repaired(struct arena *a, struct str *text, yyjson_read_err *why,
					size_t *count)
{
	size_t len = repair(*text, NULL, count);
	char *to;

	if (*count == 0)
		return NULL;
	if (len > arena_room(a)) {
		why->code = YYJSON_READ_ERROR_MEMORY_ALLOCATION;
		return NULL;
	}
	to = arena_alloc(a, len);
	repair(*text, to, count);
	*text = (struct str){ to, len };
	return read_doc(a, *text, why);
}

bool json_parse(struct arena *a, struct str text, struct value *out, size_t *repaired,
		struct err *e)
{
	struct yyjson_doc *doc;
	yyjson_read_err why;
	size_t count = 0;

	if (str_starts(text, STR("\xEF\xBB\xBF")))
		text = str_slice(text, 3, text.len);
	if (text.len == 0)
		return err_set(e, ERR_REMOTE, "not JSON: empty");
	doc = read_doc(a, text, &why);
	if (!doc && why.code == YYJSON_READ_ERROR_INVALID_STRING)
		doc = read_repaired(a, &text, &why, &count);
	if (!doc)
		return refuse(text, &why, e);
	if (!doc_check(a, doc, e))
		return false;
	if (repaired)
		*repaired = count;
	*out = doc_value(doc->root);
	return true;
}

struct value json_value(struct arena *a, struct str text)
{
	struct value v = UNDEFINED;
	struct err unsaid;

	return text.len > 0 && json_parse(a, text, &v, NULL, &unsaid) ? v : UNDEFINED;
}

bool json_has_duplicates(struct value v)
{
	const struct yyjson_val *end;

	if (!v.json)
		return false;
	end = doc_end(v.doc);
	for (const struct yyjson_val *at = v.doc; at < end; at++)
		if (doc_is_dead(at))
			return true;
	return false;
}

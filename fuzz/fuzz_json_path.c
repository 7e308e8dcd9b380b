/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_json_path.c - strangers' JSON and paths: what is read is written, and reads the same again.
 *
 * The input is a path with '.' between its steps, a line end, and JSON.
 */
#include "data/column.h"
#include "data/json.h"
#include "data/path.h"

#include <stdlib.h>

#define ARENA_BYTES ((size_t)64 * 1024 * 1024)
#define TEXT_BYTES ((size_t)16 * 1024 * 1024)
#define MATCHES_MAX 1000
/* Whatever is built by a path into a document is nested no deeper than the two together. */
#define STEPS_MAX 100

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool good)
{
	if (!good)
		abort();
}

static struct path steps_of(struct arena *a, struct str text)
{
	struct path p = { arena_new_array(a, struct str, STEPS_MAX), 0 };

	while (text.len > 0 && p.n < STEPS_MAX)
		p.step[p.n++] = str_cut(&text, '.');
	return p;
}

/* Writes `v`, reads that, and writes it again: all must agree. */
static void round_trip(struct arena *a, struct value v)
{
	struct buf first, second;
	struct value again;
	size_t repaired = 1;
	struct err e;

	buf_init(&first, TEXT_BYTES);
	buf_init(&second, TEXT_BYTES);
	must(json_write(&first, v, &e));
	must(json_parse(a, buf_str(&first), &again, &repaired, &e) && repaired == 0);
	must(value_eq(v, again));
	must(json_write(&second, value_keep(a, again), &e));
	must(str_eq(buf_str(&first), buf_str(&second)));
	buf_done(&first);
	buf_done(&second);
}

static bool has_glob(struct path p)
{
	for (size_t i = 0; i < p.n; i++)
		if (str_find(p.step[i], STR("*")) >= 0)
			return true;
	return false;
}

static void use_path(struct arena *a, struct value v, struct path p)
{
	struct value matches = path_match(a, v, p, MATCHES_MAX);
	struct value set = path_set(a, v, p, value_int(7));
	struct value got = path_get(set, p);

	must(value_len(matches) <= MATCHES_MAX);
	must(value_eq(set, v) || (got.kind == VALUE_INT && got.i == 7));
	if (!has_glob(p) && p.n > 0 && p.n <= PATH_STEPS_MAX)
		must(value_len(matches) == (path_get(v, p).kind != VALUE_UNDEFINED));
	round_trip(a, path_remove(a, v, p));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO_ARENA *a = arena_new("fuzz", ARENA_BYTES);
	struct str text = { (const char *)data, size };
	struct str path = str_cut(&text, '\n');
	struct value v, cell;
	struct str pretty;
	struct err e;

	if (!json_parse(a, text, &v, NULL, &e))
		return 0;
	round_trip(a, v);
	use_path(a, v, steps_of(a, path));
	must(json_pretty(a, v, &pretty, &e));
	for (int t = 0; t < COLUMN_TYPES; t++)
		if (column_cast(a, (enum column_type)t, NULL, v, &cell, NULL, &e))
			must(column_eq((enum column_type)t, cell, cell));
	return 0;
}

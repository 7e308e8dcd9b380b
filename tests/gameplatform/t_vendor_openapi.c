/* SPDX-License-Identifier: Apache-2.0 */
/*
 * t_vendor_openapi.c - every operation of the vendor's OpenAPI file: each declared answer, and each
 * way of spoiling it.
 *
 * Answers are made from the file's own schemas.  Of a good one every required member is left out
 * and mistyped in turn; both must be bad_response, but for what is forgiven on purpose.
 */
#include "base/file.h"
#include "ctf.h"
#include "data/json.h"
#include "tap.h"

#include <stdlib.h>

static struct arena *a;
static struct value file;

/* ---- answers from schemas ---- */

static struct value get(struct value v, const char *name)
{
	return value_get(v, str_from(name));
}

static struct value resolve(struct value schema)
{
	struct value ref = get(schema, "$ref"), any = get(schema, "anyOf");
	struct value schemas = get(get(file, "components"), "schemas");

	if (ref.kind == VALUE_STR)
		return value_get(schemas,
				 str_slice(ref.s, strlen("#/components/schemas/"), ref.s.len));
	return any.kind == VALUE_LIST ? resolve(value_at(any, 0)) : schema;
}

static struct value sample(struct value schema);

static struct value sample_object(struct value schema)
{
	struct value map = value_map_new(a), item;
	struct value_iter it = value_iter(get(schema, "properties"));
	struct str key;

	while (value_next(&it, &key, &item))
		/* Ids are those that were asked for, or the answer is about somebody else. */
		value_map_set(a, map, key,
			      str_eq(key, STR("syned_user_id"))   ? value_str(STR("u-1"))
			      : str_eq(key, STR("syned_team_id")) ? value_str(STR("t-1"))
								  : sample(item));
	return map;
}

static struct value sample(struct value schema)
{
	struct value list, type, words;

	schema = resolve(schema);
	type = get(schema, "type");
	words = get(schema, "enum");
	if (words.kind == VALUE_LIST)
		return value_at(words, 0);
	if (type.kind != VALUE_STR || str_eq(type.s, STR("object")))
		return sample_object(schema);
	if (str_eq(type.s, STR("integer")))
		return value_int(7);
	if (str_eq(type.s, STR("boolean")))
		return value_bool(true);
	if (str_eq(type.s, STR("array"))) {
		list = value_list_new(a);
		value_list_add(a, list, sample(get(schema, "items")));
		return list;
	}
	return value_str(STR("text"));
}

static const char *json(struct value v)
{
	struct buf b;

	buf_in(&b, a, 65536);
	must(json_write(&b, v, &oops));
	return buf_str(&b).at;
}

/* ---- operations ---- */

static struct ctf c;

static bool find_user(struct err *e)
{
	struct vendor_user u;
	bool found;

	return vendor_user_find(&c.vendor, STR("u-1"), &found, &u, e);
}

static bool create_user(struct err *e)
{
	struct vendor_user_draft d = { .id = STR("u-1"),
				       .first_name = STR("A"),
				       .last_name = STR("B"),
				       .email = STR("a@b.example"),
				       .role = STR("user") };
	struct vendor_user u;

	return vendor_user_create(&c.vendor, &d, &u, e);
}

static bool create_team(struct err *e)
{
	struct vendor_team_draft d = { STR("t-1"), STR("c-1"), STR("Red"), STR("college"),
				       STR("Oak") };
	struct vendor_team t;

	return vendor_team_create(&c.vendor, &d, &t, e);
}

static bool delete_team(struct err *e)
{
	bool existed;

	return vendor_team_delete(&c.vendor, STR("t-1"), &existed, e);
}

static bool assign(struct err *e)
{
	return vendor_assign(&c.vendor, STR("t-1"), STR("u-1"), e);
}

static bool unassign(struct err *e)
{
	return vendor_unassign(&c.vendor, STR("u-1"), e);
}

static bool assignments(struct err *e)
{
	struct vendor_assignment *list;
	size_t n;

	return vendor_assignments(&c.vendor, STR("t-1"), &list, &n, e) &&
	       (n == 1 || err_set(e, ERR_REMOTE, "one assignment is expected"));
}

static bool scores(struct err *e)
{
	struct vendor_scores s;

	return vendor_scores(&c.vendor, STR("u-1"), 5, &s, e) &&
	       (s.solves == 1 || err_set(e, ERR_REMOTE, "one solve is expected"));
}

static bool events(struct err *e)
{
	struct vendor_event *list;
	size_t n;

	return vendor_events(&c.vendor, STR("u-1"), &list, &n, e) &&
	       (n == 1 || err_set(e, ERR_REMOTE, "one event is expected"));
}

static const struct operation {
	const char *method, *path;
	bool (*call)(struct err *e);
	const char *forgiven; /* required members that may be missing */
	bool unchecked;       /* any answer of the status is a good one */
} operations[] = {
	{ "get", "/users", find_user, "", false },
	{ "post", "/users", create_user, " metactf_user_status ", false },
	{ "post", "/teams", create_team, "", false },
	{ "post", "/teams/delete", delete_team, "", true },
	{ "post", "/users/assign_team", assign, "", false },
	{ "post", "/users/delete_assignment", unassign, " syned_user_id ", false },
	{ "get", "/users/get_team_assignments", assignments, "", false },
	{ "get", "/scores/get_odl_scores", scores, "", false },
	{ "get", "/scores/get_flash_ctf_progress", events, "", false },
};

/* Without an id a solve is left out, without a time it is kept; the rest is for the raw payload. */
#define FORGIVEN_SOLVE " challenge_solve_id timestamp_unix challenge_retired nist_nice_work_roles "

static bool is_forgiven(const struct operation *op, struct str name, bool solve)
{
	const char *word = str_printf(a, " %.*s ", STR_ARG(name)).at;

	return strstr(op->forgiven, word) || (solve && strstr(FORGIVEN_SOLVE, word));
}

static bool asked(const struct operation *op, int status, const char *body, struct err *e)
{
	bool ok;

	*e = (struct err){ 0 };
	ctf_open(&c, NULL);
	c.status = status;
	c.body = body;
	ok = op->call(e);
	return ok;
}

static const char *code(void)
{
	return vendor_code_name(c.vendor.fault.code);
}

/* ---- spoiling ---- */

/* The answer with `part`, found by identity of place, replaced: a path of keys into maps and first
 * items of lists. */
static struct value replaced(struct value v, const struct str *path, size_t n, struct value with)
{
	struct value copy;

	if (n == 0)
		return with;
	if (v.kind == VALUE_LIST) {
		copy = value_list_new(a);
		value_list_add(a, copy, replaced(value_at(v, 0), path, n, with));
		return copy;
	}
	copy = value_map_copy(a, v);
	if (n == 1 && with.kind == VALUE_UNDEFINED)
		value_map_remove(copy, path[0]);
	else
		value_map_set(a, copy, path[0],
			      replaced(value_get(v, path[0]), path + 1, n - 1, with));
	return copy;
}

static struct value mistyped(struct value v)
{
	return v.kind == VALUE_STR ? value_int(3) : value_str(STR("no"));
}

static void spoil(const struct operation *op, int status, struct value good, struct str *path,
		  size_t n, const char *what, bool solve)
{
	struct value was = good;
	struct err e;

	for (size_t i = 0; i < n; i++) {
		while (was.kind == VALUE_LIST)
			was = value_at(was, 0);
		was = value_get(was, path[i]);
	}
	OK(!asked(op, status, json(replaced(good, path, n, mistyped(was))), &e) &&
		   c.vendor.fault.code == VENDOR_BAD_RESPONSE,
	   "%s %s: %s mistyped: %s", op->method, op->path, what, code());
	ctf_close(&c);
	if (is_forgiven(op, path[n - 1], solve))
		return;
	OK(!asked(op, status, json(replaced(good, path, n, UNDEFINED)), &e) &&
		   c.vendor.fault.code == VENDOR_BAD_RESPONSE,
	   "%s %s: %s missing: %s", op->method, op->path, what, code());
	ctf_close(&c);
}

static void spoil_all(const struct operation *op, int status, struct value schema,
		      struct value good, struct str *path, size_t n)
{
	struct value_iter it;
	struct value item, type;
	struct str key;
	bool solve;

	schema = resolve(schema);
	type = get(schema, "type");
	if (type.kind == VALUE_STR && str_eq(type.s, STR("array"))) {
		spoil_all(op, status, get(schema, "items"), good, path, n);
		return;
	}
	solve = get(get(schema, "properties"), "challenge_solve_id").kind == VALUE_MAP;
	it = value_iter(get(schema, "required"));
	while (value_next(&it, &key, &item)) {
		struct value property = value_get(get(schema, "properties"), item.s);

		path[n] = item.s;
		if (!(is_forgiven(op, item.s, false) && strstr(op->path, "delete_assignment")))
			spoil(op, status, good, path, n + 1, str_keep(a, item.s).at, solve);
		spoil_all(op, status, property, good, path, n + 1);
	}
}

/* ---- the walk ---- */

static void walk_success(const struct operation *op, int status, struct value schema)
{
	struct value good = sample(schema);
	struct str path[8];
	struct err e;

	OK(asked(op, status, json(good), &e), "%s %s %d: %s", op->method, op->path, status, e.text);
	ctf_close(&c);
	if (op->unchecked) {
		OK(asked(op, status, "", &e), "%s %s: nothing at all will do", op->method,
		   op->path);
		ctf_close(&c);
		return;
	}
	OK(!asked(op, status, "[]", &e) && c.vendor.fault.code == VENDOR_BAD_RESPONSE,
	   "%s %s: a list: %s", op->method, op->path, code());
	ctf_close(&c);
	OK(!asked(op, status, "<html>", &e) && c.vendor.fault.code == VENDOR_BAD_RESPONSE,
	   "%s %s: a page: %s", op->method, op->path, code());
	ctf_close(&c);
	spoil_all(op, status, schema, good, path, 0);
}

static void walk(const struct operation *op)
{
	struct value paths = get(file, "paths"), responses, item;
	struct value_iter it;
	struct str key;
	struct err e;
	int64_t status;

	responses = get(get(value_get(paths, str_printf(a, "/integrations/syned/v1%s", op->path)),
			    op->method),
			"responses");
	OK(responses.kind == VALUE_MAP, "%s %s is in the file", op->method, op->path);
	it = value_iter(responses);
	while (value_next(&it, &key, &item)) {
		struct value schema = get(get(get(item, "content"), "application/json"), "schema");

		if (!str_to_i64(key, &status))
			continue;
		if (status < 300) {
			walk_success(op, (int)status, schema);
			continue;
		}
		OK(!asked(op, (int)status, json(sample(schema)), &e) &&
			   c.vendor.fault.code == VENDOR_VALIDATION &&
			   c.vendor.fault.status == status && !c.vendor.fault.in_doubt,
		   "%s %s %lld: %s", op->method, op->path, (long long)status, code());
		ctf_close(&c);
	}
}

/* The index, which needs no token, is nothing we ask. */
static size_t declared(void)
{
	struct value_iter it = value_iter(get(file, "paths"));
	struct value item;
	struct str key;
	size_t n = 0;

	while (value_next(&it, &key, &item))
		if (!str_ends(key, STR("/v1/")))
			n += value_len(item);
	return n;
}

int main(void)
{
	const char *root = getenv("SOURCE_ROOT");
	struct str text;

	a = arena_new("openapi", (size_t)512 << 20);
	must(file_read(a, str_printf(a, "%s/sandbox/metactf-openapi.json", root ? root : ".").at,
		       (size_t)1 << 20, &text, &oops));
	must(json_parse(a, text, &file, NULL, &oops));
	OK(declared() == COUNT(operations), "all %zu operations are walked", declared());
	for (size_t i = 0; i < COUNT(operations); i++)
		walk(&operations[i]);
	arena_free(a);
	return tap_done();
}

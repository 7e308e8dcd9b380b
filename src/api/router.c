/* SPDX-License-Identifier: Apache-2.0 */
/*
 * router.c - from a method and a path to a row of the table.
 *
 * A segment is decoded after the path was cut, so that %2F stays inside one.  Of two rows that fit,
 * the one with the literal segment further left wins.
 */
#include "api/api_part.h"

#define SEGMENTS_MAX 24
#define ALLOW_BYTES_MAX 256

const struct field route_id_params[] = {
	{ .name = "id", .type = FIELD_UUID, .required = true },
	{ .name = NULL },
};

struct segments {
	struct str at[SEGMENTS_MAX];
	size_t n;
};

static bool cut_segments(struct arena *a, struct str path, struct segments *out)
{
	struct str rest = str_slice(path, 1, path.len);

	out->n = 0;
	while (out->n < SEGMENTS_MAX) {
		bool more = str_find(rest, STR("/")) >= 0;
		struct str one = str_cut(&rest, '/');

		if (!form_decode(a, one, false, &out->at[out->n++]))
			return false;
		if (!more)
			return true;
	}
	return true;
}

static bool is_param(struct str pattern)
{
	return pattern.len > 2 && pattern.at[0] == '{';
}

/* How well the pattern fits: one bit a segment, set for a literal; -1: not at all. */
static int64_t fit(const char *pattern, const struct segments *s)
{
	struct str rest = str_from(pattern + 1);
	int64_t bits = 0;

	for (size_t i = 0; i < s->n; i++) {
		bool last = str_find(rest, STR("/")) < 0;
		struct str one = str_cut(&rest, '/');
		bool param = is_param(one);

		if (last != (i + 1 == s->n))
			return -1;
		if (param ? s->at[i].len == 0 : !str_eq(one, s->at[i]))
			return -1;
		bits = bits << 1 | !param;
	}
	return bits;
}

static struct value take_params(struct arena *a, const char *pattern, const struct segments *s)
{
	struct str rest = str_from(pattern + 1);
	struct value params = value_map_new(a);

	for (size_t i = 0; i < s->n; i++) {
		struct str one = str_cut(&rest, '/');

		if (is_param(one))
			value_map_set(a, params, str_slice(one, 1, one.len - 1),
				      value_str(s->at[i]));
	}
	return params;
}

/* The methods of every row with exactly this path. */
static struct str allowed(const struct api *api, struct arena *a, const char *path)
{
	struct buf b;

	buf_in(&b, a, ALLOW_BYTES_MAX);
	for (size_t i = 0; i < api->endpoints; i++) {
		const struct route *r = api->endpoint[i].route;

		if (strcmp(r->path, path) != 0)
			continue;
		buf_printf(&b, "%s, ", r->method);
		if (strcmp(r->method, "GET") == 0)
			buf_add(&b, STR("HEAD, "));
	}
	buf_add(&b, STR("OPTIONS"));
	return buf_str(&b);
}

/* Those of them that a page of another origin may use. */
static struct str embeddable(const struct api *api, struct arena *a, const char *path)
{
	struct buf b;

	buf_in(&b, a, ALLOW_BYTES_MAX);
	for (size_t i = 0; i < api->endpoints; i++) {
		const struct route *r = api->endpoint[i].route;

		if (r->embed && strcmp(r->path, path) == 0)
			buf_printf(&b, "%s%s", b.len ? ", " : "", r->method);
	}
	return buf_str(&b);
}

struct match router_find(const struct api *api, struct arena *a, struct str method, struct str path,
			 bool *bad)
{
	struct match m = { .params = UNDEFINED };
	const struct endpoint *best = NULL;
	struct segments s;
	int64_t best_fit = -1;

	*bad = !cut_segments(a, path, &s);
	if (*bad)
		return m;
	if (str_eq(method, STR("HEAD")))
		method = STR("GET");
	for (size_t i = 0; i < api->endpoints; i++) {
		const struct endpoint *p = &api->endpoint[i];
		int64_t f = fit(p->route->path, &s);

		if (f < 0 || f < best_fit)
			continue;
		if (f > best_fit || str_eq(method, str_from(p->route->method)))
			best = p;
		best_fit = f;
	}
	if (!best)
		return m;
	m.known_path = true;
	m.allow = allowed(api, a, best->route->path);
	m.embed = embeddable(api, a, best->route->path);
	if (!str_eq(method, str_from(best->route->method)))
		return m;
	m.endpoint = best;
	m.params = take_params(a, best->route->path, &s);
	return m;
}

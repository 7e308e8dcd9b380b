/* SPDX-License-Identifier: Apache-2.0 */
/*
 * db.c - which backend a URL names, and what both have in common.
 *
 * A new store is its own file and one row of `schemes`.
 */
#include "store/db.h"

#include "store/postgres.h"
#include "store/sqlite.h"

static const struct {
	const char *prefix;
	bool (*open)(struct str url, const struct db_options *o, struct db **out, struct err *e);
} schemes[] = {
	{ "sqlite:", sqlite_open },
	{ "postgresql://", postgres_open },
	{ "postgres://", postgres_open },
};

bool db_open(struct str url, const struct db_options *o, struct db **out, struct err *e)
{
	for (size_t i = 0; i < COUNT(schemes); i++)
		if (str_starts(url, str_from(schemes[i].prefix)))
			return schemes[i].open(url, o, out, e);
	return err_set(e, ERR_CONFIG,
		       "the database is named by a URL: sqlite:PATH, sqlite::memory: or "
		       "postgresql://user:password@host/name");
}

/* Cuts what stands between `from` and the next of `ends` out of *s. */
static struct str mask(struct arena *a, struct str s, size_t from, const char *ends)
{
	size_t to = from;

	while (to < s.len && !strchr(ends, s.at[to]))
		to++;
	return str_printf(a, "%.*s***%.*s", STR_ARG(str_slice(s, 0, from)),
			  STR_ARG(str_slice(s, to, s.len)));
}

/* Offset of the last `c` of s, or -1. */
static ptrdiff_t find_last(struct str s, char c)
{
	for (size_t i = s.len; i-- > 0;)
		if (s.at[i] == c)
			return (ptrdiff_t)i;
	return -1;
}

/* user:password@ of the part between "//" and the path. */
static struct str redact_userinfo(struct arena *a, struct str url, size_t start)
{
	struct str authority = str_slice(url, start, url.len);
	ptrdiff_t at, colon, end = str_find(authority, STR("/"));

	/* A password with a bare '/' or '?' in it is malformed, but must not show for that. */
	at = find_last(authority, '@');
	if (at < 0)
		return url;
	colon = str_find(str_slice(authority, 0, (size_t)at), STR(":"));
	if (colon < 0 || (end >= 0 && end < colon))
		return url;
	return str_printf(a, "%.*s***%.*s", STR_ARG(str_slice(url, 0, start + (size_t)colon + 1)),
			  STR_ARG(str_slice(url, start + (size_t)at, url.len)));
}

struct str db_url_redact(struct arena *a, struct str url)
{
	ptrdiff_t slashes = str_find(url, STR("://"));
	ptrdiff_t query;
	size_t from = 0;

	if (str_starts(url, STR("sqlite:")) || slashes < 0)
		return str_keep(a, url);
	url = redact_userinfo(a, url, (size_t)slashes + 3);
	while ((query = str_find(str_slice(url, from, url.len), STR("password="))) >= 0) {
		from += (size_t)query + strlen("password=");
		url = mask(a, url, from, "&#");
	}
	return str_keep(a, url);
}

bool db_transact(struct db *d, bool (*body)(void *arg, struct err *e), void *arg, struct err *e)
{
	if (!db_begin(d, e))
		return false;
	if (body(arg, e) && db_commit(d, e))
		return true;
	db_rollback(d);
	return false;
}

bool db_exec(struct db *d, const char *sql, const struct value *param, size_t params,
	     int64_t *changed, struct err *e)
{
	return d->ops->run(d, NULL, str_from(sql), param, params, NULL, changed, e);
}

bool db_exec_unless_busy(struct db *d, const char *sql, const struct value *param, size_t params,
			 struct err *e)
{
	bool ok;

	if (d->ops->set_patient)
		d->ops->set_patient(d, false);
	ok = db_exec(d, sql, param, params, NULL, e);
	if (d->ops->set_patient)
		d->ops->set_patient(d, true);
	return ok;
}

bool db_query(struct db *d, struct arena *a, const char *sql, const struct value *param,
	      size_t params, struct db_result *out, struct err *e)
{
	return d->ops->run(d, a, str_from(sql), param, params, out, NULL, e);
}

#define ANY_BYTES_MAX ((size_t)1024 * 1024)

bool db_any(struct db *d, const char *sql, const struct value *param, size_t params, bool *any,
	    struct err *e)
{
	AUTO_ARENA *a = arena_new("any", ANY_BYTES_MAX);
	struct db_result r;

	if (!db_query(d, a, sql, param, params, &r, e))
		return false;
	*any = r.rows > 0;
	return true;
}

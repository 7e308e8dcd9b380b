/* SPDX-License-Identifier: Apache-2.0 */
/*
 * queue_views.c - which of the queue's views and functions are there, and whose they are.
 *
 * What is ours speaks of tables whose names begin with lockstep_; everything else under one of the
 * names is the application's, and stays.
 */
#include "work/queue_views.h"

#include "work/queue_inner.h"

/* (name, 1 when it is ours) of all that is there. */
static bool find_views(struct db *d, struct arena *a, struct db_result *r, struct err *e)
{
	static const char sqlite[] =
		"SELECT name, type = 'view' AND sql LIKE '%lockstep_%' FROM sqlite_master WHERE "
		"type IN ('table', 'view') AND name IN ('job_queue', 'job_queue_settings')";
	static const char postgres[] =
		"SELECT CAST(relname AS text), CASE WHEN relkind = 'v' AND "
		"position('lockstep_' IN pg_get_viewdef(oid)) > 0 THEN 1 ELSE 0 END FROM pg_class "
		"WHERE oid IN (to_regclass('job_queue'), to_regclass('job_queue_settings')) "
		"UNION ALL SELECT CAST(proname AS text), CASE WHEN position('lockstep_' IN prosrc) "
		"> 0 THEN 1 ELSE 0 END FROM pg_proc WHERE proname IN ('job_queue_enqueue', "
		"'job_queue_cleanup', 'job_queue_health') AND pg_function_is_visible(oid)";

	return db_query(d, a, d->ops->dialect == DB_POSTGRES ? postgres : sqlite, NULL, 0, r, e);
}

enum found { FOUND_NONE, FOUND_OURS, FOUND_THEIRS };

/* Of several functions of one name, one that is not ours decides. */
static enum found look(const struct db_result *r, const char *name)
{
	enum found f = FOUND_NONE;

	for (size_t i = 0; i < r->rows; i++)
		if (str_eq(db_cell(r, i, 0).s, str_from(name)) && f != FOUND_THEIRS)
			f = db_cell(r, i, 1).i ? FOUND_OURS : FOUND_THEIRS;
	return f;
}

static const struct queue_view *views_of(const struct db *d, size_t *n)
{
	bool postgres = d->ops->dialect == DB_POSTGRES;

	*n = postgres ? postgres_views_count : sqlite_views_count;
	return postgres ? postgres_views : sqlite_views;
}

/* Functions answer with rows of the view: without it they are not made either. */
static bool view_is_theirs(const struct db_result *r, const char *name)
{
	return look(r, "job_queue") == FOUND_THEIRS && strcmp(name, "job_queue_settings") != 0;
}

bool views_plan(struct ddl *l, bool anew, struct err *e)
{
	struct db_result r;
	size_t n;
	const struct queue_view *v = views_of(l->db, &n);

	if (!find_views(l->db, l->a, &r, e))
		return false;
	for (size_t i = 0; i < n; i++) {
		enum found f = look(&r, v[i].name);

		if (f == FOUND_THEIRS || (f == FOUND_OURS && !anew) ||
		    view_is_theirs(&r, v[i].name))
			continue;
		for (size_t k = 0; k < v[i].statements; k++)
			ddl_add(l, str_from(v[i].statement[k]));
	}
	return true;
}

bool queue_names_taken(struct db *d, struct arena *a, struct str **name, size_t *names,
		       struct err *e)
{
	struct db_result r;
	size_t n, taken = 0;
	const struct queue_view *v = views_of(d, &n);
	struct str *out = arena_new_array(a, struct str, n);

	if (!find_views(d, a, &r, e))
		return false;
	for (size_t i = 0; i < n; i++)
		if (look(&r, v[i].name) == FOUND_THEIRS)
			out[taken++] = str_from(v[i].name);
	*name = out;
	*names = taken;
	return true;
}

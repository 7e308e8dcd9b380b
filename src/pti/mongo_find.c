/* SPDX-License-Identifier: Apache-2.0 */
/* mongo_find.c - asking a collection of MongoDB, within the open transaction if there is one. */
#include "pti/mongo_part.h"

void mongo_put_text(bson_t *b, const char *name, struct str s)
{
	bson_append_utf8(b, name, -1, s.at, (int)s.len);
}

struct str mongo_text(const bson_iter_t *it, struct arena *a)
{
	uint32_t len;
	const char *at;

	if (!BSON_ITER_HOLDS_UTF8(it))
		return STR("");
	at = bson_iter_utf8(it, &len);
	return str_keep(a, (struct str){ at, len });
}

bool mongo_find(struct mongo_players *m, mongoc_collection_t *in, const struct mongo_question *q,
		struct err *e)
{
	const struct mongo_library *mongo = m->lease.mongo;
	mongoc_read_prefs_t *primary = NULL;
	const bson_t *doc, *reply;
	mongoc_cursor_t *cursor;
	bson_error_t why;
	bool failed;

	if (!mongo_put_session(&m->lease, q->opts, e))
		return false;
	/* A transaction reads nowhere else, and a note that is not seen yet would be one lost; for
	 * the rest the address may say where to read. */
	if (m->lease.session || in == m->results)
		primary = mongo->read_prefs_new(MONGOC_READ_PRIMARY);
	cursor = mongo->collection_find_with_opts(in, q->filter, q->opts, primary);
	while (mongo->cursor_next(cursor, &doc))
		q->each(q->arg, doc);
	failed = mongo->cursor_error_document(cursor, &why, &reply);
	if (failed)
		(void)mongo_fail(&m->lease, &why, reply, e);
	mongo->cursor_destroy(cursor);
	mongo->read_prefs_destroy(primary);
	return !failed;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * players_mongo.c - players in a collection of MongoDB, by libmongoc.
 *
 * Every write is one command on one document, so it is whole or not at all on a standalone server
 * too; with the note of it (mongo_notes.c) it is part of a transaction where the server has them.
 * What a server says is told by its number only: its words may
 * quote a document.  The address' credentials are never in an error.
 */
#include "pti/mongo_part.h"

#include "data/moment.h"
#include "pti/players_part.h"

#define COLLECTION_DEFAULT "players"

/* ---- one document ---- */

/* Old values are integers, some are texts. */
static int32_t pti_of(const bson_iter_t *it, struct arena *a)
{
	char digits[BSON_DECIMAL128_STRING];
	bson_decimal128_t decimal;
	struct value v = UNDEFINED;
	int32_t pti;

	if (BSON_ITER_HOLDS_INT32(it) || BSON_ITER_HOLDS_INT64(it)) {
		v = value_int(bson_iter_as_int64(it));
	} else if (BSON_ITER_HOLDS_DOUBLE(it)) {
		v = value_float(bson_iter_double(it));
	} else if (BSON_ITER_HOLDS_UTF8(it)) {
		v = value_str(mongo_text(it, a));
	} else if (bson_iter_decimal128(it, &decimal)) {
		bson_decimal128_to_string(&decimal, digits);
		v = value_str(str_keep(a, str_from(digits)));
	}
	return pti_from(v, &pti) ? pti : PTI_NONE;
}

static int64_t time_of(const bson_iter_t *it, struct arena *a)
{
	struct value v;
	struct err unsaid;

	if (BSON_ITER_HOLDS_DATE_TIME(it))
		return bson_iter_date_time(it);
	if (!BSON_ITER_HOLDS_UTF8(it) || !moment_parse(mongo_text(it, a), &v, &unsaid))
		return 0;
	return v.us / 1000;
}

static void read_document(const bson_t *doc, struct arena *a, struct player *out)
{
	bson_iter_t it;

	*out = (struct player){ .id = STR(""),
				.name = STR(""),
				.pti = PTI_NONE,
				.url = STR(""),
				.source_name = STR("") };
	if (bson_iter_init_find(&it, doc, "id"))
		out->id = mongo_text(&it, a);
	if (bson_iter_init_find(&it, doc, "name"))
		out->name = mongo_text(&it, a);
	if (bson_iter_init_find(&it, doc, "pti"))
		out->pti = pti_of(&it, a);
	if (bson_iter_init_find(&it, doc, "pti_source_url"))
		out->url = mongo_text(&it, a);
	if (bson_iter_init_find(&it, doc, "pti_source_name"))
		out->source_name = mongo_text(&it, a);
	if (bson_iter_init_find(&it, doc, "pti_last_synced"))
		out->synced_ms = time_of(&it, a);
	if (bson_iter_init_find(&it, doc, "pti_sync_enabled"))
		out->enabled = BSON_ITER_HOLDS_BOOL(&it) && bson_iter_bool(&it);
}

/* Only what is ours and the name; nothing else of a person leaves the server. */
static const char *const wanted[] = { "id",
				      "name",
				      "pti",
				      "pti_source_url",
				      "pti_source_name",
				      "pti_last_synced",
				      "pti_sync_enabled" };

static void put_projection(bson_t *opts)
{
	bson_t projection;

	bson_append_document_begin(opts, "projection", -1, &projection);
	bson_append_int32(&projection, "_id", -1, 0);
	for (size_t i = 0; i < COUNT(wanted); i++)
		bson_append_int32(&projection, wanted[i], -1, 1);
	bson_append_document_end(opts, &projection);
}

static bool find(struct mongo_players *m, const bson_t *filter, int64_t limit,
		 void (*each)(void *arg, const bson_t *doc), void *arg, struct err *e)
{
	bson_t opts = BSON_INITIALIZER;
	bool ok;

	put_projection(&opts);
	if (limit > 0)
		bson_append_int64(&opts, "limit", -1, limit);
	ok = mongo_find(m, m->collection, &(struct mongo_question){ filter, &opts, each, arg }, e);
	bson_destroy(&opts);
	return ok;
}

struct reading {
	struct arena *a;
	struct player *out;
	bool found;
};

static void read_first(void *arg, const bson_t *doc)
{
	struct reading *r = arg;

	if (!r->found)
		read_document(doc, r->a, r->out);
	r->found = true;
}

static bool mongo_get(struct players *p, struct arena *a, struct str id, bool *found,
		      struct player *out, struct err *e)
{
	struct reading r = { a, out, false };
	bson_t filter = BSON_INITIALIZER;
	bool ok;

	mongo_put_text(&filter, "id", id);
	ok = find(mongo_of(p), &filter, 1, read_first, &r, e);
	bson_destroy(&filter);
	if (ok)
		*found = r.found;
	return ok;
}

/* ---- writing ---- */

static bool update_one(struct mongo_players *m, const bson_t *filter, const bson_t *change,
		       bool *matched, struct err *e)
{
	bson_t opts = BSON_INITIALIZER, reply;
	bson_error_t why;
	bson_iter_t it;
	bool ok;

	if (!mongo_put_session(&m->lease, &opts, e)) {
		bson_destroy(&opts);
		return false;
	}
	ok = m->lease.mongo->collection_update_one(m->collection, filter, change, &opts, &reply,
						   &why);
	bson_destroy(&opts);
	if (ok)
		*matched = bson_iter_init_find(&it, &reply, "matchedCount") &&
			   bson_iter_as_int64(&it) > 0;
	else
		(void)mongo_fail(&m->lease, &why, &reply, e);
	bson_destroy(&reply);
	return ok;
}

static bool mongo_link(struct players *p, struct str id, const struct player *with, bool *found,
		       struct err *e)
{
	bson_t filter = BSON_INITIALIZER, change = BSON_INITIALIZER, set;
	bool ok;

	mongo_put_text(&filter, "id", id);
	bson_append_document_begin(&change, "$set", -1, &set);
	bson_append_double(&set, "pti", -1, pti_double(with->pti));
	mongo_put_text(&set, "pti_source_url", with->url);
	mongo_put_text(&set, "pti_source_name", with->source_name);
	bson_append_date_time(&set, "pti_last_synced", -1, with->synced_ms);
	bson_append_bool(&set, "pti_sync_enabled", -1, with->enabled);
	bson_append_document_end(&change, &set);
	ok = update_one(mongo_of(p), &filter, &change, found, e);
	bson_destroy(&change);
	bson_destroy(&filter);
	return ok;
}

static bool mongo_unlink(struct players *p, struct str id, bool *found, struct err *e)
{
	bson_t filter = BSON_INITIALIZER, change = BSON_INITIALIZER, unset;
	bool ok;

	mongo_put_text(&filter, "id", id);
	bson_append_document_begin(&change, "$unset", -1, &unset);
	mongo_put_text(&unset, "pti_source_url", STR(""));
	mongo_put_text(&unset, "pti_source_name", STR(""));
	mongo_put_text(&unset, "pti_last_synced", STR(""));
	mongo_put_text(&unset, "pti_sync_enabled", STR(""));
	bson_append_document_end(&change, &unset);
	ok = update_one(mongo_of(p), &filter, &change, found, e);
	bson_destroy(&change);
	bson_destroy(&filter);
	return ok;
}

static bool mongo_update(struct players *p, struct str id, struct str url, int32_t pti,
			 int64_t synced_ms, bool *done, struct err *e)
{
	bson_t filter = BSON_INITIALIZER, change = BSON_INITIALIZER, set;
	bool ok;

	mongo_put_text(&filter, "id", id);
	mongo_put_text(&filter, "pti_source_url", url);
	bson_append_document_begin(&change, "$set", -1, &set);
	bson_append_double(&set, "pti", -1, pti_double(pti));
	bson_append_date_time(&set, "pti_last_synced", -1, synced_ms);
	bson_append_document_end(&change, &set);
	ok = update_one(mongo_of(p), &filter, &change, done, e);
	bson_destroy(&change);
	bson_destroy(&filter);
	return ok;
}

/* ---- many ---- */

/* The first `limit` behind a place.  Times may be dates or texts in one collection, which no sort
 * of the server's compares; so it is done here, in memory for `limit` of them. */
struct ranking {
	struct arena *a;
	struct player after, *row;
	size_t n, limit;
};

static int compare(const struct player *x, const struct player *y)
{
	if (x->synced_ms != y->synced_ms)
		return x->synced_ms < y->synced_ms ? -1 : 1;
	return str_cmp(x->id, y->id);
}

static void rank(void *arg, const bson_t *doc)
{
	struct ranking *r = arg;
	AUTO_ARENA *page = arena_new("player", (size_t)1 << 25);
	struct player one;
	size_t low = 0, high = r->n;

	read_document(doc, page, &one);
	if (one.id.len == 0 || compare(&one, &r->after) <= 0 ||
	    (r->n == r->limit && compare(&one, &r->row[r->n - 1]) >= 0))
		return;
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (compare(&one, &r->row[middle]) < 0)
			high = middle;
		else
			low = middle + 1;
	}
	r->n -= r->n == r->limit;
	memmove(&r->row[low + 1], &r->row[low], (r->n - low) * sizeof(*r->row));
	read_document(doc, r->a, &r->row[low]);
	r->n++;
}

static bool mongo_due(struct players *p, struct arena *a, int64_t after_ms, struct str after_id,
		      size_t limit, struct player **out, size_t *n, struct err *e)
{
	struct ranking r = { .a = a,
			     .after = { .id = after_id, .synced_ms = after_ms },
			     .row = arena_new_array(a, struct player, limit),
			     .limit = limit };
	bson_t filter = BSON_INITIALIZER, than;
	bool ok;

	/* Greater than the empty text is: a text, and not empty. */
	bson_append_bool(&filter, "pti_sync_enabled", -1, true);
	bson_append_document_begin(&filter, "pti_source_url", -1, &than);
	mongo_put_text(&than, "$gt", STR(""));
	bson_append_document_end(&filter, &than);
	ok = limit == 0 || find(mongo_of(p), &filter, 0, rank, &r, e);
	bson_destroy(&filter);
	if (!ok)
		return false;
	*out = r.row;
	*n = r.n;
	return true;
}

static bool mongo_linked(struct players *p, struct str url, int64_t *n, struct err *e)
{
	struct mongo_players *m = mongo_of(p);
	bson_t filter = BSON_INITIALIZER;
	bson_error_t why;
	int64_t count;

	mongo_put_text(&filter, "pti_source_url", url);
	count = m->lease.mongo->collection_count_documents(m->collection, &filter, NULL, NULL, NULL,
							   &why);
	bson_destroy(&filter);
	if (count < 0)
		return mongo_fail(&m->lease, &why, NULL, e);
	*n = count;
	return true;
}

static void mongo_close(struct players *p)
{
	struct mongo_players *m = mongo_of(p);

	m->lease.mongo->collection_destroy(m->results);
	m->lease.mongo->collection_destroy(m->collection);
	mongo_lease_end(&m->lease);
}

static const struct players_ops ops = {
	.name = "mongodb",
	.notes = &mongo_notes,
	.get = mongo_get,
	.link = mongo_link,
	.unlink = mongo_unlink,
	.update = mongo_update,
	.due = mongo_due,
	.linked = mongo_linked,
	.close = mongo_close,
};

bool players_mongo_open(struct arena *a, const struct players_options *o, struct players **out,
			struct err *e)
{
	struct mongo_players *m = arena_new_struct(a, struct mongo_players);
	struct str database = str_keep(a, o->database);
	struct str collection =
		o->collection.len > 0 ? str_keep(a, o->collection) : STR(COLLECTION_DEFAULT);

	if (!mongo_lease_begin(str_keep(a, o->url).at, &m->lease, e))
		return false;
	/* The path of the address comes first. */
	if (m->lease.database)
		database = str_from(m->lease.database);
	if (database.len == 0) {
		mongo_lease_end(&m->lease);
		return err_set(e, ERR_CONFIG,
			       "players_database: which database? say it there or in the path of "
			       "`players`");
	}
	m->base.ops = &ops;
	m->collection =
		m->lease.mongo->client_get_collection(m->lease.client, database.at, collection.at);
	m->results =
		m->lease.mongo->client_get_collection(m->lease.client, database.at, MONGO_RESULTS);
	*out = &m->base;
	return true;
}

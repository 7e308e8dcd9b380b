/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mongo_notes.c - what came of a player's page, kept beside the players until the plan's database
 * has it.
 *
 * A note is written in the transaction that writes the player, and removed when the plan's database
 * has committed what it says.  So the collection is empty but for the page that is being written,
 * and for what a process that died left behind.
 */
#include "pti/mongo_part.h"
#include "pti/players_part.h"

static bool notes_able(struct players *p, bool *yes, struct err *e)
{
	enum mongo_kind kind;

	if (!mongo_lease_kind(&mongo_of(p)->lease, &kind, e))
		return false;
	*yes = kind == MONGO_TOGETHER;
	return true;
}

static bool notes_together(struct players *p, bool (*work)(void *arg, struct err *e), void *arg,
			   bool *able, struct err *e)
{
	struct mongo_lease *l = &mongo_of(p)->lease;
	bool refused;

	*able = true;
	if (mongo_transact(l, work, arg, &refused, e))
		return true;
	if (!refused)
		return false;
	mongo_lease_learn(l, MONGO_ALONE);
	*able = false;
	return true;
}

/* ---- writing ---- */

static void put_rating(bson_t *b, const char *name, int32_t tenths)
{
	if (tenths == PTI_NONE)
		bson_append_null(b, name, -1);
	else
		bson_append_double(b, name, -1, pti_double(tenths));
}

/* The counts of a run, by name. */
struct count {
	const char *name;
	int64_t *n;
};

#define COUNTS 7
static void counts_of(struct player_place *p, struct count out[COUNTS])
{
	const struct count all[COUNTS] = {
		{ "success", &p->success },   { "failed", &p->failed }, { "updated", &p->updated },
		{ "no_pti", &p->no_pti },     { "pages", &p->pages },   { "credits", &p->credits },
		{ "requests", &p->requests },
	};

	memcpy(out, all, sizeof(all));
}

static void put_place(bson_t *b, struct player_place p)
{
	struct count count[COUNTS];
	bson_t place;

	counts_of(&p, count);
	bson_append_document_begin(b, "place", -1, &place);
	for (size_t i = 0; i < COUNTS; i++)
		bson_append_int64(&place, count[i].name, -1, *count[i].n);
	bson_append_document_end(b, &place);
}

static bool notes_put(struct players *p, const struct player_result *r, struct err *e)
{
	struct mongo_players *m = mongo_of(p);
	bson_t doc = BSON_INITIALIZER, opts = BSON_INITIALIZER, reply;
	bson_error_t why;
	bool ok;

	mongo_put_text(&doc, "_id", r->id);
	mongo_put_text(&doc, "player", r->player);
	mongo_put_text(&doc, "page", r->page);
	mongo_put_text(&doc, "run", r->run);
	bson_append_date_time(&doc, "at", -1, r->at_ms);
	mongo_put_text(&doc, "code", r->code);
	put_rating(&doc, "before", r->before);
	put_rating(&doc, "after", r->after);
	mongo_put_text(&doc, "note", r->note);
	put_place(&doc, r->place);
	ok = mongo_put_session(&m->lease, &opts, e);
	if (ok) {
		ok = m->lease.mongo->collection_insert_one(m->results, &doc, &opts, &reply, &why);
		if (!ok)
			(void)mongo_fail(&m->lease, &why, &reply, e);
		bson_destroy(&reply);
	}
	bson_destroy(&opts);
	bson_destroy(&doc);
	return ok;
}

static bool notes_drop(struct players *p, const struct str *id, size_t n, struct err *e)
{
	struct mongo_players *m = mongo_of(p);
	bson_t filter = BSON_INITIALIZER, in, list, reply;
	char number[24];
	bson_error_t why;
	bool ok;

	bson_append_document_begin(&filter, "_id", -1, &in);
	bson_append_array_begin(&in, "$in", -1, &list);
	for (size_t i = 0; i < n; i++) {
		const char *key;

		(void)bson_uint32_to_string((uint32_t)i, &key, number, sizeof(number));
		mongo_put_text(&list, key, id[i]);
	}
	bson_append_array_end(&in, &list);
	bson_append_document_end(&filter, &in);
	ok = m->lease.mongo->collection_delete_many(m->results, &filter, NULL, &reply, &why);
	if (!ok)
		(void)mongo_fail(&m->lease, &why, &reply, e);
	bson_destroy(&reply);
	bson_destroy(&filter);
	return ok;
}

/* ---- reading ---- */

static int32_t read_rating(const bson_iter_t *it)
{
	int32_t pti;

	if (!BSON_ITER_HOLDS_DOUBLE(it) || !pti_from(value_float(bson_iter_double(it)), &pti))
		return PTI_NONE;
	return pti;
}

static void read_place(const bson_t *doc, struct player_place *out)
{
	struct count count[COUNTS];
	bson_iter_t it, place;

	counts_of(out, count);
	for (size_t i = 0; i < COUNTS; i++)
		if (bson_iter_init_find(&it, doc, "place") && BSON_ITER_HOLDS_DOCUMENT(&it) &&
		    bson_iter_recurse(&it, &place) && bson_iter_find(&place, count[i].name))
			*count[i].n = bson_iter_as_int64(&place);
}

static void read_note(const bson_t *doc, struct arena *a, struct player_result *out)
{
	const struct {
		const char *name;
		struct str *text;
	} text[] = {
		{ "_id", &out->id },  { "player", &out->player }, { "page", &out->page },
		{ "run", &out->run }, { "code", &out->code },     { "note", &out->note },
	};
	bson_iter_t it;

	*out = (struct player_result){ .before = PTI_NONE, .after = PTI_NONE };
	for (size_t i = 0; i < COUNT(text); i++)
		*text[i].text =
			bson_iter_init_find(&it, doc, text[i].name) ? mongo_text(&it, a) : STR("");
	if (bson_iter_init_find(&it, doc, "at") && BSON_ITER_HOLDS_DATE_TIME(&it))
		out->at_ms = bson_iter_date_time(&it);
	if (bson_iter_init_find(&it, doc, "before"))
		out->before = read_rating(&it);
	if (bson_iter_init_find(&it, doc, "after"))
		out->after = read_rating(&it);
	read_place(doc, &out->place);
}

struct taking {
	struct arena *a;
	struct player_result *row;
	size_t n, limit;
};

static void take(void *arg, const bson_t *doc)
{
	struct taking *t = arg;

	if (t->n < t->limit)
		read_note(doc, t->a, &t->row[t->n++]);
}

static bool look(struct players *p, const bson_t *filter, struct taking *t, struct err *e)
{
	struct mongo_players *m = mongo_of(p);
	bson_t opts = BSON_INITIALIZER, sort;
	bool ok;

	bson_append_int64(&opts, "limit", -1, (int64_t)t->limit);
	bson_append_document_begin(&opts, "sort", -1, &sort);
	bson_append_int32(&sort, "at", -1, 1);
	bson_append_document_end(&opts, &sort);
	ok = mongo_find(m, m->results, &(struct mongo_question){ filter, &opts, take, t }, e);
	bson_destroy(&opts);
	return ok;
}

static bool notes_has(struct players *p, struct str id, bool *yes, struct err *e)
{
	AUTO_ARENA *a = arena_new("note", (size_t)1 << 20);
	struct player_result one;
	struct taking t = { a, &one, 0, 1 };
	bson_t filter = BSON_INITIALIZER;
	bool ok;

	mongo_put_text(&filter, "_id", id);
	ok = look(p, &filter, &t, e);
	bson_destroy(&filter);
	*yes = t.n > 0;
	return ok;
}

static bool notes_list(struct players *p, struct arena *a, struct str player, size_t limit,
		       struct player_result **out, size_t *n, struct err *e)
{
	struct taking t = { a, arena_new_array(a, struct player_result, limit), 0, limit };
	bson_t filter = BSON_INITIALIZER;
	bool ok;

	if (player.len > 0)
		mongo_put_text(&filter, "player", player);
	ok = look(p, &filter, &t, e);
	bson_destroy(&filter);
	*out = t.row;
	*n = t.n;
	return ok;
}

const struct players_notes mongo_notes = {
	.able = notes_able,
	.together = notes_together,
	.put = notes_put,
	.has = notes_has,
	.list = notes_list,
	.drop = notes_drop,
};

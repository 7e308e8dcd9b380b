/* SPDX-License-Identifier: Apache-2.0 */
/*
 * t_players.c - the contract that every store of players keeps: run with sqlite, postgres or
 * mongodb.
 *
 * Players are put there and looked at from outside, as the application does it.  For MongoDB
 * LOCKSTEP_TEST_MONGODB is an address without a database; each run has a database of its own there.
 * Whether it is a replica set says LOCKSTEP_TEST_MONGODB_SET, which is set then: notes are kept
 * there, and only there.
 */
#include "data/moment.h"
#include "fixture.h"
#include "pti/mongo_pool.h"
#include "pti/players.h"
#include "pti/schema.h"
#include "tap.h"

#include <stdlib.h>
#include <unistd.h>

#define URL_ONE "https://gbpta.tenniscores.com/player.php?print&p=nndz-AAAA"
#define URL_TWO "https://gbpta.tenniscores.com/player.php?print&p=nndz-BBBB"

static struct world {
	const char *mongo; /* its address, or NULL */
	struct fixture f;
	struct arena *a;
	struct players *p;
	mongoc_client_t *client;
	mongoc_collection_t *raw, *notes;
	struct str url, database;
} w;

static void open_world(void)
{
	struct players_options o = { .table = STR("players"), .collection = STR("players") };
	struct str *statement;
	size_t n;
	static int opened;

	w.a = arena_new("world", (size_t)64 << 20);
	if (w.mongo) {
		w.database = str_printf(w.a, "lockstep_%d_%d", (int)getpid(), ++opened);
		o.url = w.url = str_from(w.mongo);
		o.database = w.database;
		w.client = mongoc_client_new(w.mongo);
		w.raw = mongoc_client_get_collection(w.client, w.database.at, "players");
		w.notes = mongoc_client_get_collection(w.client, w.database.at,
						       "lockstep_pti_results");
		must(players_open(w.a, NULL, &o, &w.p, &oops));
		return;
	}
	w.f = fixture_open(NULL);
	must(pti_schema_plan(w.f.db, w.a, NULL, &statement, &n, &oops));
	must(schema_apply(w.f.db, statement, n, &oops));
	must(players_open(w.a, w.f.db, &o, &w.p, &oops));
}

static void close_world(void)
{
	players_close(w.p);
	if (w.mongo) {
		mongoc_collection_drop(w.raw, NULL);
		mongoc_collection_destroy(w.raw);
		mongoc_collection_drop(w.notes, NULL);
		mongoc_collection_destroy(w.notes);
		mongoc_client_destroy(w.client);
	} else {
		fixture_close(&w.f);
	}
	arena_free(w.a);
}

/* Ids are uuids: the table that is made holds such. */
static struct str id_of(int n)
{
	return str_printf(w.a, "00000000-0000-4000-8000-%012d", n);
}

struct given {
	double pti; /* 0: none */
	const char *url;
	int64_t synced_ms;
	bool enabled;
};

static void put_document(int n, struct given g)
{
	bson_t doc = BSON_INITIALIZER;
	bson_error_t why;

	bson_append_utf8(&doc, "id", -1, id_of(n).at, -1);
	bson_append_utf8(&doc, "name", -1, "Paula Peer", -1);
	bson_append_utf8(&doc, "email", -1, "paula@example.org", -1);
	if (g.pti != 0)
		bson_append_double(&doc, "pti", -1, g.pti);
	if (g.url)
		bson_append_utf8(&doc, "pti_source_url", -1, g.url, -1);
	if (g.synced_ms)
		bson_append_date_time(&doc, "pti_last_synced", -1, g.synced_ms);
	if (g.enabled)
		bson_append_bool(&doc, "pti_sync_enabled", -1, true);
	if (!mongoc_collection_insert_one(w.raw, &doc, NULL, NULL, &why))
		fixture_die(__FILE__, __LINE__, why.message, &(struct err){ 0 });
	bson_destroy(&doc);
}

static void put(int n, struct given g)
{
	struct value param[] = {
		value_str(id_of(n)),
		g.pti != 0 ? value_float(g.pti) : NULL_VALUE,
		g.url ? value_str(str_from(g.url)) : NULL_VALUE,
		g.synced_ms ? (struct value){ .kind = VALUE_TIME, .us = g.synced_ms * 1000 }
			    : NULL_VALUE,
		g.enabled ? value_bool(true) : NULL_VALUE,
	};

	if (w.mongo)
		put_document(n, g);
	else
		must(db_exec(w.f.db,
			     "INSERT INTO players (id, name, email, pti, pti_source_url,"
			     " pti_last_synced, pti_sync_enabled) VALUES (?1, 'Paula Peer',"
			     " 'paula@example.org', ?2, ?3, ?4, ?5)",
			     param, COUNT(param), NULL, &oops));
}

static struct player get(int n, bool *found)
{
	struct player out = { .pti = 0 };
	bool there;

	must(w.p->ops->get(w.p, w.a, id_of(n), &there, &out, &oops));
	if (found)
		*found = there;
	return out;
}

/* How many fields of a player's document or row are set. */
static int fields_set(int n)
{
	static const char *const name[] = { "id",
					    "name",
					    "email",
					    "home_club",
					    "pti",
					    "pti_source_url",
					    "pti_source_name",
					    "pti_last_synced",
					    "pti_sync_enabled" };
	bson_t filter = BSON_INITIALIZER;
	mongoc_cursor_t *cursor;
	const bson_t *doc;
	int count = 0;

	if (!w.mongo) {
		for (size_t i = 0; i < COUNT(name); i++)
			count += (int)sql_int(w.f.db,
					      str_printf(w.a,
							 "SELECT count(*) FROM players WHERE id ="
							 " '%s' AND %s IS NOT NULL",
							 id_of(n).at, name[i])
						      .at);
		return count;
	}
	bson_append_utf8(&filter, "id", -1, id_of(n).at, -1);
	cursor = mongoc_collection_find_with_opts(w.raw, &filter, NULL, NULL);
	if (mongoc_cursor_next(cursor, &doc))
		count = (int)bson_count_keys(doc) - 1; /* _id */
	mongoc_cursor_destroy(cursor);
	bson_destroy(&filter);
	return count;
}

static struct player link_of(const char *url, int32_t pti)
{
	return (struct player){ .pti = pti,
				.url = str_from(url),
				.source_name = STR("PAULA PEER"),
				.synced_ms = 1790000000123,
				.enabled = true };
}

static void test_get(void)
{
	struct player one;
	bool found;

	open_world();
	put(1, (struct given){ .pti = 35.3 });
	one = get(1, &found);
	OK(found && one.pti == 353 && one.url.len == 0 && !one.enabled && one.synced_ms == 0,
	   "a player without a link");
	IS(str_keep(w.a, one.id).at, id_of(1).at, "the id");
	IS(str_keep(w.a, one.name).at, "Paula Peer", "the name");
	put(2, (struct given){ .pti = 0 });
	OK(get(2, &found).pti == PTI_NONE && found, "a player without a rating");
	get(3, &found);
	OK(!found, "nobody is found");
	must(w.p->ops->get(w.p, w.a, STR("' OR {$ne: 1}"), &found, &one, &oops));
	OK(!found, "an id is a value, whatever it looks like");
	close_world();
}

static void test_link(void)
{
	struct player with = link_of(URL_ONE, -24), one;
	bool found;

	open_world();
	put(1, (struct given){ .pti = 0 });
	OK(fields_set(1) == 3, "three fields before");
	must(w.p->ops->link(w.p, id_of(1), &with, &found, &oops));
	one = get(1, NULL);
	OK(found && one.pti == -24 && one.enabled && one.synced_ms == with.synced_ms,
	   "linked: rating, time, enabled");
	IS(str_keep(w.a, one.url).at, URL_ONE, "the page");
	IS(str_keep(w.a, one.source_name).at, "PAULA PEER", "the name on it");
	OK(fields_set(1) == 8, "five fields more");
	with = link_of(URL_TWO, 971);
	must(w.p->ops->link(w.p, id_of(1), &with, &found, &oops));
	one = get(1, NULL);
	OK(found && one.pti == 971 && str_eq(one.url, STR(URL_TWO)), "linked again: overwritten");
	must(w.p->ops->link(w.p, id_of(9), &with, &found, &oops));
	OK(!found, "nobody cannot be linked");
	get(9, &found);
	OK(!found, "and is not made by it");
	close_world();
}

static void test_unlink(void)
{
	struct player with = link_of(URL_ONE, 353), one;
	bool found;

	open_world();
	put(1, (struct given){ .pti = 0 });
	must(w.p->ops->link(w.p, id_of(1), &with, &found, &oops));
	for (int i = 0; i < 2; i++) {
		must(w.p->ops->unlink(w.p, id_of(1), &found, &oops));
		one = get(1, NULL);
		OK(found && one.url.len == 0 && one.source_name.len == 0 && one.synced_ms == 0 &&
			   !one.enabled && one.pti == 353,
		   "unlinked: the rating stays");
		OK(fields_set(1) == 4, "four fields are gone");
	}
	must(w.p->ops->unlink(w.p, id_of(9), &found, &oops));
	OK(!found, "nobody cannot be unlinked");
	close_world();
}

static void test_update(void)
{
	struct player with = link_of(URL_ONE, 353), one;
	bool done;

	open_world();
	put(1, (struct given){ .pti = 0 });
	must(w.p->ops->link(w.p, id_of(1), &with, &done, &oops));
	must(w.p->ops->update(w.p, id_of(1), STR(URL_ONE), 349, 1790000001456, &done, &oops));
	one = get(1, NULL);
	OK(done && one.pti == 349 && one.synced_ms == 1790000001456, "rating and time");
	must(w.p->ops->update(w.p, id_of(1), STR(URL_TWO), 100, 1790000002000, &done, &oops));
	one = get(1, NULL);
	OK(!done && one.pti == 349 && one.synced_ms == 1790000001456,
	   "not while another page is linked");
	must(w.p->ops->update(w.p, id_of(1), STR(URL_ONE), 349, 1790000001456, &done, &oops));
	OK(done, "the same again is done");
	must(w.p->ops->unlink(w.p, id_of(1), &done, &oops));
	must(w.p->ops->update(w.p, id_of(1), STR(URL_ONE), 200, 1790000003000, &done, &oops));
	one = get(1, NULL);
	OK(!done && one.pti == 349 && one.url.len == 0 && one.synced_ms == 0,
	   "an unlink meanwhile wins");
	OK(fields_set(1) == 4, "nothing of the link came back");
	close_world();
}

static int64_t number(struct str s)
{
	int64_t n = 0;

	if (!str_to_i64(s, &n))
		fixture_die(__FILE__, __LINE__, "a number", &(struct err){ 0 });
	return n;
}

/* Walks in steps of `limit`; the numbers of the ids, in order. */
static struct str walk(size_t limit)
{
	struct str after_id = STR(""), said = STR("");
	int64_t after_ms = 0;
	struct player *row;
	size_t n;

	do {
		must(w.p->ops->due(w.p, w.a, after_ms, after_id, limit, &row, &n, &oops));
		for (size_t i = 0; i < n; i++) {
			said = str_printf(w.a, "%.*s %d", STR_ARG(said),
					  (int)number(str_slice(row[i].id, row[i].id.len - 3,
								row[i].id.len)));
			after_ms = row[i].synced_ms;
			after_id = row[i].id;
		}
	} while (n == limit);
	return said;
}

static void test_due(void)
{
	open_world();
	put(7, (struct given){ .url = URL_ONE, .enabled = true });
	put(3, (struct given){ .url = URL_ONE, .enabled = true });
	put(5, (struct given){ .url = URL_TWO, .synced_ms = 1790000000123, .enabled = true });
	put(4, (struct given){ .url = URL_TWO, .synced_ms = 1790000000123, .enabled = true });
	put(6, (struct given){ .url = URL_TWO, .synced_ms = 1780000000000, .enabled = true });
	put(1, (struct given){ .url = "", .enabled = true });
	put(2, (struct given){ .enabled = true });
	put(8, (struct given){ .url = URL_ONE });
	put(9, (struct given){ .url = URL_ONE, .synced_ms = 1790000000124, .enabled = true });
	for (size_t limit = 1; limit <= 8; limit++)
		IS(walk(limit).at, " 3 7 6 4 5 9", "never first, then the oldest, then by id");
	close_world();
}

static void test_linked(void)
{
	int64_t n;

	open_world();
	put(1, (struct given){ .url = URL_ONE, .enabled = true });
	put(2, (struct given){ .url = URL_ONE });
	put(3, (struct given){ .url = URL_TWO });
	must(w.p->ops->linked(w.p, STR(URL_ONE), &n, &oops));
	OK(n == 2, "two link it");
	must(w.p->ops->linked(w.p, STR("https://x.tenniscores.com/"), &n, &oops));
	OK(n == 0, "nobody links another");
	close_world();
}

/* ---- notes beside the players ---- */

/* What a page came to: written with its note, or left in the middle. */
struct deed {
	struct player_result note;
	bool noted, fails;
	int ran;
	int64_t seen; /* notes, from outside and before the end */
};

static struct player_result result_of(int n, int64_t at_ms)
{
	return (struct player_result){
		.id = str_printf(w.a, "10000000-0000-4000-8000-%012d", n),
		.player = id_of(n),
		.page = STR(URL_ONE),
		.run = STR("20000000-0000-4000-8000-000000000001"),
		.at_ms = at_ms,
		.code = STR(""),
		.before = 353,
		.after = PTI_NONE,
		.note = STR("The PTI is unusual"),
		.place = { 1, 2, 3, 4, 5, 6, 7 },
	};
}

static int64_t seen_from_outside(void)
{
	bson_t filter = BSON_INITIALIZER;
	int64_t n = mongoc_collection_count_documents(w.notes, &filter, NULL, NULL, NULL, NULL);

	bson_destroy(&filter);
	return n;
}

static bool act(void *arg, struct err *e)
{
	struct deed *d = arg;
	bool done, has = false;

	d->ran++;
	if (d->ran > 1 && d->noted && !w.p->ops->notes->has(w.p, d->note.id, &has, e))
		return false;
	if (has)
		return true;
	if (!w.p->ops->update(w.p, d->note.player, STR(URL_ONE), 340, d->note.at_ms, &done, e) ||
	    (d->noted && !w.p->ops->notes->put(w.p, &d->note, e)))
		return false;
	d->seen = d->noted ? seen_from_outside() : 0;
	return !d->fails || err_set(e, ERR_USAGE, "it ends here");
}

static bool is_as_put(const struct player_result *r, const struct player_result *put)
{
	return str_eq(r->id, put->id) && str_eq(r->player, put->player) &&
	       str_eq(r->page, put->page) && str_eq(r->run, put->run) && r->at_ms == put->at_ms &&
	       str_eq(r->code, put->code) && r->before == put->before && r->after == put->after &&
	       str_eq(r->note, put->note) && memcmp(&r->place, &put->place, sizeof(r->place)) == 0;
}

static void list_and_drop(const struct deed *first, const struct deed *second)
{
	struct player_result *row;
	size_t n;

	must(w.p->ops->notes->list(w.p, w.a, STR(""), 10, &row, &n, &oops));
	OK(n == 2 && is_as_put(&row[0], &second->note) && is_as_put(&row[1], &first->note),
	   "notes come back as they were put, the oldest first");
	must(w.p->ops->notes->list(w.p, w.a, id_of(1), 10, &row, &n, &oops));
	OK(n == 1 && str_eq(row[0].player, id_of(1)), "of one player");
	must(w.p->ops->notes->list(w.p, w.a, STR(""), 1, &row, &n, &oops));
	OK(n == 1, "as many as are wanted");
	players_forget(w.p, &first->note.id, 1);
	must(w.p->ops->notes->list(w.p, w.a, STR(""), 10, &row, &n, &oops));
	OK(n == 1 && str_eq(row[0].player, id_of(2)), "one is forgotten");
}

static void test_notes(void)
{
	bool set = w.mongo && getenv("LOCKSTEP_TEST_MONGODB_SET"), noting;
	struct deed first, second;
	struct err e = { 0 };

	open_world();
	put(1, (struct given){ .pti = 35.3, .url = URL_ONE, .enabled = true });
	put(2, (struct given){ .pti = 35.3, .url = URL_ONE, .enabled = true });
	first = (struct deed){ .note = result_of(1, 1790000002000) };
	second = (struct deed){ .note = result_of(2, 1790000001000), .fails = true };
	must(players_noting(w.p, &noting, &oops));
	OK(noting == set, "notes are kept where there are transactions");
	must(players_write(w.p, act, &first, &first.noted, &oops));
	OK(first.noted == set && first.ran > 0 && get(1, NULL).pti == 340, "written");
	if (set) {
		OK(first.seen == 0, "nobody saw the note before the end");
		OK(!players_write(w.p, act, &second, &second.noted, &e) && e.kind == ERR_USAGE,
		   "what fails in the middle");
		OK(get(2, NULL).pti == 353 && seen_from_outside() == 1, "leaves nothing behind");
		second.fails = false;
		must(players_write(w.p, act, &second, &second.noted, &oops));
		OK(get(2, NULL).pti == 340 && seen_from_outside() == 2, "and is done again");
		list_and_drop(&first, &second);
	}
	close_world();
}

/* ---- one store's own ---- */

/* A value and a time as older programs wrote them. */
static void put_old(int n, bson_type_t type, const char *text, const char *time)
{
	bson_t doc = BSON_INITIALIZER;
	bson_decimal128_t decimal;

	bson_append_utf8(&doc, "id", -1, id_of(n).at, -1);
	if (type == BSON_TYPE_INT32)
		bson_append_int32(&doc, "pti", -1, (int32_t)number(str_from(text)));
	else if (type == BSON_TYPE_INT64)
		bson_append_int64(&doc, "pti", -1, (int32_t)number(str_from(text)));
	else if (type == BSON_TYPE_DECIMAL128 && bson_decimal128_from_string(text, &decimal))
		bson_append_decimal128(&doc, "pti", -1, &decimal);
	else if (type == BSON_TYPE_UTF8)
		bson_append_utf8(&doc, "pti", -1, text, -1);
	else
		bson_append_bool(&doc, "pti", -1, true);
	bson_append_utf8(&doc, "pti_last_synced", -1, time, -1);
	bson_append_utf8(&doc, "pti_source_url", -1, URL_ONE, -1);
	bson_append_bool(&doc, "pti_sync_enabled", -1, true);
	if (!mongoc_collection_insert_one(w.raw, &doc, NULL, NULL, NULL))
		fixture_die(__FILE__, __LINE__, "insert", &(struct err){ 0 });
	bson_destroy(&doc);
}

static void test_old_forms(void)
{
	bool done;

	if (!w.mongo)
		return;
	open_world();
	put_old(1, BSON_TYPE_INT32, "35", "2026-09-21T14:13:20+00:00");
	put_old(2, BSON_TYPE_INT64, "-2", "2026-09-21T14:13:20.5");
	put_old(3, BSON_TYPE_UTF8, "35.3", "2026-09-21T16:13:20.250000+02:00");
	put_old(4, BSON_TYPE_UTF8, "N/A", "never");
	put_old(5, BSON_TYPE_BOOL, "", "");
	put(6, (struct given){ .url = URL_ONE, .synced_ms = 1790000000300, .enabled = true });
	OK(get(1, NULL).pti == 350 && get(1, NULL).synced_ms == 1790000000000, "int32, ISO text");
	OK(get(2, NULL).pti == -20 && get(2, NULL).synced_ms == 1790000000500,
	   "int64, text without a zone");
	OK(get(3, NULL).pti == 353 && get(3, NULL).synced_ms == 1790000000250,
	   "text, another zone");
	OK(get(4, NULL).pti == PTI_NONE && get(4, NULL).synced_ms == 0, "what is none is none");
	OK(get(5, NULL).pti == PTI_NONE, "a truth is no rating");
	IS(walk(2).at, " 4 5 1 3 6 2", "dates and texts stand in one order");
	must(w.p->ops->update(w.p, id_of(1), STR(URL_ONE), 350, 1790000009000, &done, &oops));
	OK(done && get(1, NULL).synced_ms == 1790000009000, "the text became a date");
	close_world();
}

static void test_written_types(void)
{
	struct player with = link_of(URL_ONE, 350);
	bson_t filter = BSON_INITIALIZER;
	mongoc_cursor_t *cursor;
	const bson_t *doc = NULL;
	bson_iter_t it;
	bool found;

	if (!w.mongo)
		return;
	open_world();
	put(1, (struct given){ .pti = 0 });
	must(w.p->ops->link(w.p, id_of(1), &with, &found, &oops));
	cursor = mongoc_collection_find_with_opts(w.raw, &filter, NULL, NULL);
	OK(mongoc_cursor_next(cursor, &doc), "the document");
	OK(bson_iter_init_find(&it, doc, "pti") && BSON_ITER_HOLDS_DOUBLE(&it) &&
		   bson_iter_double(&it) == 35.0,
	   "a whole rating is a double too");
	OK(bson_iter_init_find(&it, doc, "pti_last_synced") && BSON_ITER_HOLDS_DATE_TIME(&it) &&
		   bson_iter_date_time(&it) == with.synced_ms,
	   "a time is a date in UTC");
	OK(bson_iter_init_find(&it, doc, "pti_sync_enabled") && BSON_ITER_HOLDS_BOOL(&it),
	   "a truth is a truth");
	mongoc_cursor_destroy(cursor);
	close_world();
}

static void refused(const char *url, enum err_kind kind, const char *says)
{
	AUTO_ARENA *a = arena_new("refused", 1 << 20);
	struct players_options o = { .url = str_from(url), .database = STR("d") };
	struct players *p = NULL;
	struct player one;
	struct err e = { 0 };
	bool found, ok = players_open(a, NULL, &o, &p, &e);

	if (ok) {
		ok = p->ops->get(p, a, STR("x"), &found, &one, &e);
		players_close(p);
	}
	OK(!ok && e.kind == kind, "%s", says);
	OK(!strstr(e.text, "hunter2") && !strstr(e.text, "ana"), "nothing of the credentials: %s",
	   e.text);
}

static void test_refusals(void)
{
	refused("mysql://ana:hunter2@db.example/x", ERR_CONFIG, "another kind of server");
	refused("mongodb://", ERR_CONFIG, "no server");
	refused("mongodb://ana:hunter2@/x", ERR_CONFIG, "no host");
	refused("mongodb://ana:hunter2@h:port/x", ERR_CONFIG, "a port that is none");
	refused("mongodb://ana:hunter2@127.0.0.1:9/x?serverSelectionTimeoutMS=300&"
		"serverSelectionTryOnce=false",
		ERR_TRANSIENT, "a server that does not answer");
}

static void test_schema(void)
{
	struct err e = { 0 };
	struct str *statement;
	size_t n;

	if (w.mongo)
		return;
	open_world();
	must(pti_schema_plan(w.f.db, w.a, NULL, &statement, &n, &oops));
	OK(n == 0, "the second time there is nothing to do");
	run_sql(w.f.db,
		"DROP TABLE players;\nCREATE TABLE players (id text PRIMARY KEY, name text,"
		" pti integer);\nINSERT INTO players (id, name) VALUES ('00000000-0000-4000-"
		"8000-000000000001', 'Paula Peer')");
	if (on_postgres()) {
		OK(!pti_schema_plan(w.f.db, w.a, NULL, &statement, &n, &e) &&
			   e.kind == ERR_CONFIG && strstr(e.text, "TYPE double precision"),
		   "a column that would cut ratings is refused: %s", e.text);
		run_sql(w.f.db, "ALTER TABLE players ALTER COLUMN pti TYPE double precision");
	}
	must(pti_schema_plan(w.f.db, w.a, NULL, &statement, &n, &oops));
	must(schema_apply(w.f.db, statement, n, &oops));
	must(w.p->ops->link(w.p, id_of(1), &(struct player){ .pti = 353, .url = STR(URL_ONE) },
			    &(bool){ false }, &oops));
	OK(get(1, NULL).pti == 353, "the application's own table, completed, with ids of text");
	close_world();
}

int main(int argc, char **argv)
{
	bool mongo = argc > 1 && strcmp(argv[1], "mongodb") == 0;

	if (mongo) {
		w.mongo = getenv("LOCKSTEP_TEST_MONGODB");
		if (!w.mongo) {
			printf("1..0 # SKIP no LOCKSTEP_TEST_MONGODB (docs/pti.md says how)\n");
			return 0;
		}
		mongoc_init();
	} else {
		fixture_choose(argc, argv);
	}
	test_get();
	test_link();
	test_unlink();
	test_update();
	test_due();
	test_linked();
	test_notes();
	test_old_forms();
	test_written_types();
	test_refusals();
	test_schema();
	return tap_done();
}

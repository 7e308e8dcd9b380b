/* SPDX-License-Identifier: Apache-2.0 */
/*
 * t_weekly.c - the n-th contact of a weekly run with service, database or clock fails, for every n.
 *
 * A contact fails in two ways: once, or as the last thing that the process ever did.  Whatever
 * failed, the runs behind it bring every rating, report each change once, and ask for no page twice
 * but for the one that was on its way.
 *
 * `t_weekly mongodb`: the same with the players in MongoDB (LOCKSTEP_TEST_MONGODB, and
 * LOCKSTEP_TEST_MONGODB_SET when it is a replica set).  A server of its own keeps no note, so that
 * there a change may go unreported, once per process that died.
 */
#include "desk.h"
#include "pti/budget.h"
#include "pti/schema.h"
#include "pti/weekly.h"
#include "store/table.h"
#include "tap.h"

#include <mongoc/mongoc.h>
#include <stdlib.h>
#include <unistd.h>

#define CONFIG                                                              \
	"{\"firecrawl_key\": \"fc-00000000-0000-4000-8000-00000000beef\", " \
	"\"credits_per_month\": 100, \"requests_per_minute\": 30%s}"
#define PAGE_ADDRESS                                                                    \
	"https://gbpta.tenniscores.com/?print&mod=nndz-Sm5yb2lPdTcxdFJibXc9PQ%%3D%%3D&" \
	"p=nndz-Invented%c"
#define PEOPLE 5
#define PAGES 4
#define RUNS_MAX 4

/* The page of a person; two share the last. */
static char page_of(int i)
{
	return (char)('A' + (i < PAGES ? i : PAGES - 1));
}

/* "40.1" of page A, "40.2" of B, … */
static int32_t truth_of(char page)
{
	return 401 + page - 'A';
}

static void answer(void *arg, const struct request *r, struct canned_reply *out)
{
	ptrdiff_t at = str_find(r->body, STR("&p=nndz-Invented"));
	char page = at < 0 ? '?' : r->body.at[at + (ptrdiff_t)strlen("&p=nndz-Invented")];

	(void)arg;
	out->status = 200;
	if (at < 0) { /* the credits that are left */
		buf_add(&out->body, STR("{\"success\":true,\"data\":{\"remainingCredits\":77}}"));
		return;
	}
	buf_printf(&out->body,
		   "{\"success\":true,\"data\":{\"rawHtml\":\"<html><body><div><div style='float: "
		   "left;'><div style='font-size: 30px;' class='demi'>Ann</div><div "
		   "style='font-size: 30px;' class='demi'>%c</div></div><div><span class='demi' "
		   "style='font-size: 30px;'> 40.%d </span><div class='clearfix'></div><span> "
		   "Paddle Tennis Index </span></div></div><hr /></body></html>\",\"metadata\":{"
		   "\"url\":\"https://gbpta.tenniscores.com/?print\",\"statusCode\":200,"
		   "\"creditsUsed\":1}}}",
		   page, page - 'A' + 1);
}

static void exec(struct desk *d, const char *sql)
{
	desk_must(db_exec(d->real, sql, NULL, 0, NULL, &oops));
}

static int64_t number(struct desk *d, const char *sql)
{
	struct db_result r;

	desk_must(db_query(d->real, d->arena, sql, NULL, 0, &r, &oops));
	return db_cell(&r, 0, 0).i;
}

/* ---- the players: in the plan's database, or in MongoDB ---- */

static struct {
	const char *url; /* NULL: in the plan's database */
	bool set;
	mongoc_client_t *client;
	mongoc_collection_t *players, *notes;
	char database[64];
} mongo;

static void open_mongo(const char *url)
{
	mongo.url = url;
	mongo.set = getenv("LOCKSTEP_TEST_MONGODB_SET");
	mongoc_init();
	mongo.client = mongoc_client_new(url);
}

/* A database of its own for each club. */
static struct str mongo_config(struct arena *a)
{
	static int opened;

	if (!mongo.url)
		return str_printf(a, CONFIG, "");
	if (mongo.players) {
		mongoc_collection_drop(mongo.players, NULL);
		mongoc_collection_destroy(mongo.players);
		mongoc_collection_destroy(mongo.notes);
	}
	(void)snprintf(mongo.database, sizeof(mongo.database), "weekly_%d_%d", (int)getpid(),
		       ++opened);
	mongo.players = mongoc_client_get_collection(mongo.client, mongo.database, "players");
	mongo.notes =
		mongoc_client_get_collection(mongo.client, mongo.database, "lockstep_pti_results");
	return str_printf(a, CONFIG,
			  str_printf(a, ", \"players\": \"%s\", \"players_database\": \"%s\"",
				     mongo.url, mongo.database)
				  .at);
}

static void put_document(struct arena *a, int i)
{
	bson_t doc = BSON_INITIALIZER;

	bson_append_utf8(&doc, "id", -1, str_printf(a, "person-%d", i).at, -1);
	bson_append_double(&doc, "pti", -1, 50);
	bson_append_utf8(&doc, "pti_source_url", -1, str_printf(a, PAGE_ADDRESS, page_of(i)).at,
			 -1);
	bson_append_utf8(&doc, "pti_source_name", -1, str_printf(a, "Ann %c", page_of(i)).at, -1);
	bson_append_date_time(&doc, "pti_last_synced", -1, 1769904000000 + i);
	bson_append_bool(&doc, "pti_sync_enabled", -1, true);
	if (!mongoc_collection_insert_one(mongo.players, &doc, NULL, NULL, NULL))
		desk_die(__FILE__, __LINE__, "insert", &(struct err){ 0 });
	bson_destroy(&doc);
}

static void put_row(struct desk *d, int i)
{
	exec(d, str_printf(d->arena,
			   "INSERT INTO players (id, name, pti, pti_source_url, "
			   "pti_source_name, pti_last_synced, pti_sync_enabled) VALUES "
			   "('00000000-0000-4000-8000-00000000000%d', 'Person', 50.0, "
			   "'" PAGE_ADDRESS "', 'Ann %c', "
			   "'2026-02-0%dT00:00:00.000Z', 1)",
			   i, page_of(i), page_of(i), i + 1)
			.at);
}

/* Tenths, or 0. */
static int64_t stored_rating(struct desk *d, int i)
{
	bson_t filter = BSON_INITIALIZER;
	mongoc_cursor_t *cursor;
	const bson_t *doc;
	bson_iter_t it;
	int64_t tenths = 0;

	if (!mongo.url)
		return number(d, str_printf(d->arena,
					    "SELECT CAST(round(pti * 10) AS integer) FROM players "
					    "WHERE id LIKE '%%%d'",
					    i)
					 .at);
	bson_append_utf8(&filter, "id", -1, str_printf(d->arena, "person-%d", i).at, -1);
	cursor = mongoc_collection_find_with_opts(mongo.players, &filter, NULL, NULL);
	if (mongoc_cursor_next(cursor, &doc) && bson_iter_init_find(&it, doc, "pti"))
		tenths = (int64_t)(bson_iter_double(&it) * 10 + 0.5);
	mongoc_cursor_destroy(cursor);
	bson_destroy(&filter);
	return tenths;
}

static int64_t notes_left(void)
{
	bson_t filter = BSON_INITIALIZER;
	int64_t n = mongo.url ? mongoc_collection_count_documents(mongo.notes, &filter, NULL, NULL,
								  NULL, NULL)
			      : 0;

	bson_destroy(&filter);
	return n;
}

/* ---- a club and its runs ---- */

static void prepare(struct desk *d)
{
	AUTO_ARENA *a = arena_new("config", 1 << 20);
	struct str *statement;
	size_t n;

	desk_open(d, mongo_config(a).at);
	d->wire.answer = answer;
	desk_must(pti_schema_plan(d->real, d->arena, &d->connection, &statement, &n, &oops));
	desk_must(schema_apply(d->real, statement, n, &oops));
	for (int i = 0; i < PEOPLE; i++)
		if (mongo.url)
			put_document(d->arena, i);
		else
			put_row(d, i);
}

static bool run(struct desk *d, struct weekly_result *out, struct err *e)
{
	const struct weekly_options o = { .dry_run = false };

	return weekly_sync(&d->engine, &d->connection, &o, d->arena, out, e);
}

/* Runs as a queue or a cron does: again until one is through. */
static bool runs_heal(struct desk *d, struct weekly_result *out)
{
	struct err e;

	for (int i = 0; i < RUNS_MAX; i++) {
		test_clock_pass(&d->clock, 60000);
		if (run(d, out, &e) && out->status == WEEKLY_COMPLETED)
			return true;
	}
	return false;
}

static int wrong_ratings(struct desk *d)
{
	int wrong = 0;

	for (int i = 0; i < PEOPLE; i++)
		wrong += stored_rating(d, i) != truth_of(page_of(i));
	return wrong;
}

/* How often a page was asked for beyond once. */
static int64_t asked_twice(const struct desk *d)
{
	int64_t asked = 0;

	for (size_t i = 0; i < d->wire.logged; i++)
		asked += str_eq(d->wire.log[i].method, STR("POST"));
	return asked - PAGES;
}

static void a_run_reads_every_page_once(void)
{
	struct weekly_result r;
	struct desk d;

	prepare(&d);
	desk_must(run(&d, &r, &oops));
	OK(r.status == WEEKLY_COMPLETED && r.counts.found == PEOPLE && r.counts.success == PEOPLE,
	   "all are found and read");
	OK(r.counts.pages == PAGES && r.counts.credits == PAGES && asked_twice(&d) == 0,
	   "a page each");
	OK(r.forecast.needs == PAGES && r.forecast.left == 80 && r.forecast.service_left == 77,
	   "as the forecast said");
	OK(wrong_ratings(&d) == 0, "and right");
	OK(number(&d, "SELECT count(*) FROM lockstep_pti_changes") == PEOPLE, "each is reported");
	desk_close(&d);
}

struct ordeal {
	const char *name;
	struct chaos chaos;
	int64_t twice_max; /* pages that may be asked for again */
};

static const struct ordeal ordeals[] = {
	{ "the service is cut off once", { .facet = FACET_CLIENT, .kind = ERR_TRANSIENT }, 1 },
	{ "the service is not HTTP once", { .facet = FACET_CLIENT, .kind = ERR_REMOTE }, PAGES },
	{ "killed at the service",
	  { .facet = FACET_CLIENT, .kind = ERR_CANCELLED, .dies = true },
	  1 },
	{ "the database refuses once", { .facet = FACET_STORE, .kind = ERR_STORE }, 1 },
	{ "the database is away once", { .facet = FACET_STORE, .kind = ERR_TRANSIENT }, 0 },
	{ "killed at the database", { .facet = FACET_STORE, .kind = ERR_STORE, .dies = true }, 1 },
	{ "a commit is not heard of",
	  { .facet = FACET_STORE, .kind = ERR_TRANSIENT, .after = true },
	  0 },
	{ "stopped while it waits", { .facet = FACET_CLOCK, .kind = ERR_CANCELLED }, 1 },
	{ "killed while it waits",
	  { .facet = FACET_CLOCK, .kind = ERR_CANCELLED, .dies = true },
	  1 },
};

/* Each change once; but where nothing stands beside the players, those of the page that was being
 * written by a run that ended there. */
static bool is_reported(struct desk *d, const struct ordeal *o)
{
	bool ends = o->chaos.facet == FACET_STORE && o->chaos.kind == ERR_STORE;
	int64_t least = mongo.url && !mongo.set && ends ? PEOPLE - 2 : PEOPLE;
	int64_t changes = number(d, "SELECT count(*) FROM lockstep_pti_changes");
	int64_t updated = number(d, "SELECT sum(updated) FROM lockstep_pti_runs");

	return changes >= least && changes <= PEOPLE && updated == changes;
}

/* False when the contact was never made: the run was through. */
static bool suffer(const struct ordeal *o, int64_t n, int *bad)
{
	static struct desk d;
	struct weekly_result r;
	struct err e;
	bool fired, healed;

	prepare(&d);
	d.chaos = o->chaos;
	d.chaos.at = n;
	if (!run(&d, &r, &e))
		r.status = WEEKLY_STOPPED;
	fired = d.chaos.fired;
	d.chaos = (struct chaos){ .facet = FACET_NONE };
	db_rollback(d.real);
	healed = (r.status == WEEKLY_COMPLETED && wrong_ratings(&d) == 0) || runs_heal(&d, &r);
	if (!healed || wrong_ratings(&d) > 0 || asked_twice(&d) > o->twice_max ||
	    !is_reported(&d, o) || notes_left() != 0 ||
	    number(&d, "SELECT count(*) FROM lockstep_pti_runs WHERE status = 'running'") != 0) {
		printf("# %s, contact %lld: healed %d, %d wrong, %lld twice\n", o->name,
		       (long long)n, healed, wrong_ratings(&d), (long long)asked_twice(&d));
		++*bad;
	}
	desk_close(&d);
	return fired;
}

static void every_failure_heals(void)
{
	for (size_t i = 0; i < COUNT(ordeals); i++) {
		int64_t n = 1;
		int bad = 0;

		while (suffer(&ordeals[i], n, &bad))
			n++;
		OK(bad == 0 && n > 1, "%s: %lld contacts", ordeals[i].name, (long long)n - 1);
	}
}

static void a_refusal_of_the_month_leaves_the_youngest_out(void)
{
	struct weekly_result r;
	struct desk d;

	prepare(&d);
	desk_must(budget_spent(d.real, &d.connection, d.clock.wall_ms, 0, 78, &oops));
	desk_must(run(&d, &r, &oops));
	OK(r.status == WEEKLY_PARTIAL && r.counts.pages == 2 && r.counts.left_out == 3,
	   "two credits are two pages");
	OK(number(&d, "SELECT count(*) FROM players WHERE pti = 50.0 AND id NOT LIKE '%0' AND id "
		      "NOT LIKE '%1'") == 3,
	   "of those who were looked at longest ago");
	desk_close(&d);
}

static void whoever_asks_to_be_left_alone_is(void)
{
	struct weekly_result r;
	struct desk d;
	int64_t until_ms;

	prepare(&d);
	canned_fault(&d.wire, 3, FAULT_LIMITED, 3600);
	desk_must(run(&d, &r, &oops));
	OK(r.status == WEEKLY_PAUSED && r.resume_ms >= d.clock.wall_ms + 3599000,
	   "the run goes on in an hour");
	OK(number(&d, "SELECT count(*) FROM lockstep_pti_runs WHERE status = 'running'") == 1,
	   "it is not over");
	until_ms = r.resume_ms;
	test_clock_pass(&d.clock, until_ms - d.clock.wall_ms);
	desk_must(run(&d, &r, &oops));
	OK(r.resumed && r.status == WEEKLY_COMPLETED && r.counts.success == PEOPLE &&
		   wrong_ratings(&d) == 0,
	   "and does");
	OK(asked_twice(&d) == 1, "what was refused is asked for again, nothing else");
	desk_close(&d);
}

int main(int argc, char **argv)
{
	const char *url = getenv("LOCKSTEP_TEST_MONGODB");

	if (argc > 1 && strcmp(argv[1], "mongodb") == 0) {
		if (!url) {
			printf("1..0 # SKIP no LOCKSTEP_TEST_MONGODB (docs/pti.md says how)\n");
			return 0;
		}
		open_mongo(url);
	}
	a_run_reads_every_page_once();
	every_failure_heals();
	if (mongo.url)
		return tap_done();
	a_refusal_of_the_month_leaves_the_youngest_out();
	whoever_asks_to_be_left_alone_is();
	return tap_done();
}

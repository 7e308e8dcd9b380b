/* SPDX-License-Identifier: Apache-2.0 */
/* world.c - the invented vendor and an engine that reads it. */
#include "world.h"

#include "base/file.h"
#include "data/json.h"
#include "store/table.h"

#include <stdio.h>
#include <stdlib.h>

#define WORLD_BYTES_MAX ((size_t)2048 * 1024 * 1024)
#define PAGE_MAX 100

void world_die(const char *file, int line, const char *call, const struct err *e)
{
	printf("Bail out! %s:%d: %s: %s: %s\n", file, line, call, err_kind_name(e->kind), e->text);
	exit(1);
}

/* ---- the vendor ---- */

int64_t vendor_now_ms(const struct world *w)
{
	return w->clock.wall_ms + w->wire.skew_ms;
}

struct thing *world_add(struct world *w, int64_t shelf)
{
	struct thing *t;

	assert(w->things < THINGS_MAX);
	t = &w->thing[w->things++];
	*t = (struct thing){ .id = ++w->next_id, .on = shelf, .version = 1 };
	snprintf(t->amount, sizeof(t->amount), "%lld.%02lld", (long long)t->id * 7,
		 (long long)t->id % 100);
	t->changed_ms = vendor_now_ms(w);
	return t;
}

struct thing *world_add_shelf(struct world *w)
{
	struct thing *t = world_add(w, 0);

	t->shelf = true;
	return t;
}

void world_change_late(struct world *w, struct thing *t, int64_t late_ms)
{
	if (t->visible_ms <= vendor_now_ms(w)) {
		t->version_before = t->version;
		t->changed_before_ms = t->changed_ms;
	}
	t->version++;
	t->changed_ms = vendor_now_ms(w);
	t->visible_ms = t->changed_ms + late_ms;
}

struct thing *world_add_late(struct world *w, int64_t shelf, int64_t late_ms)
{
	struct thing *t = world_add(w, shelf);

	t->visible_ms = t->changed_ms + late_ms;
	return t;
}

void world_change(struct world *w, struct thing *t)
{
	t->version++;
	t->changed_ms = vendor_now_ms(w);
	t->visible_ms = 0;
}

void world_fill(struct world *w, int shelves, int n)
{
	for (int i = 0; i < shelves; i++)
		world_add_shelf(w);
	for (int i = 0; i < n; i++)
		world_add(w, shelves ? w->thing[i % shelves].id : 0);
}

void world_own_shelves(struct world *w)
{
	static const char *const made[] = {
		"CREATE TABLE lockstep_jobs (id INTEGER PRIMARY KEY, task text, args text,"
		" job_key text, origin text, one boolean DEFAULT false, state smallint DEFAULT 0,"
		" run_at_ms bigint)",
		"CREATE UNIQUE INDEX lockstep_jobs_key ON lockstep_jobs (job_key)"
		" WHERE job_key IS NOT NULL AND (one OR state <> 1)",
		"CREATE TABLE own_shelves (number INTEGER, shelf TEXT, closed TEXT)",
	};

	for (size_t i = 0; i < COUNT(made); i++)
		must(db_exec(w->real, made[i], NULL, 0, NULL, &oops));
	for (size_t i = 0; i < w->things; i++) {
		struct value param[] = { value_int((int64_t)i), value_int(w->thing[i].id) };

		if (w->thing[i].shelf)
			must(db_exec(w->real,
				     "INSERT INTO own_shelves (number, shelf) VALUES (?1, ?2)",
				     param, COUNT(param), NULL, &oops));
	}
}

const char *thing_name(const struct thing *t, char to[48])
{
	snprintf(to, 48, "Thing %lld, version %lld", (long long)t->id, (long long)t->version);
	return to;
}

static bool is_late(const struct world *w, const struct thing *t)
{
	return t->visible_ms > vendor_now_ms(w);
}

struct question {
	bool shelves;
	int64_t shelf, since_ms, top, skip, after;
};

/* The thing as it is shown just now; false when it is not. */
static bool shown(const struct world *w, const struct thing *t, struct thing *as)
{
	*as = *t;
	if (is_late(w, t)) {
		as->version = t->version_before;
		as->changed_ms = t->changed_before_ms;
	}
	return !t->gone && as->version > 0;
}

static bool wanted(const struct thing *t, const struct question *q)
{
	return t->shelf == q->shelves && (!q->shelf || t->on == q->shelf) && t->id > q->after &&
	       t->changed_ms >= q->since_ms;
}

static void thing_write(const struct thing *t, struct buf *b)
{
	char name[48];
	AUTO_ARENA *a = arena_new("time", 4096);

	buf_printf(b, "{\"id\":%lld,\"name\":\"%s\",\"amount\":%s,\"shelf\":", (long long)t->id,
		   thing_name(t, name), t->amount);
	if (t->on)
		buf_printf(b, "{\"id\":%lld,\"name\":\"Thing %lld, version 1\"}", (long long)t->on,
			   (long long)t->on);
	else
		buf_add(b, STR("null"));
	buf_printf(b, ",\"updated_at\":\"%.*s\"}", STR_ARG(moment_text(a, t->changed_ms * 1000)));
}

/* Writes the list; the id of the last one when there are more, else 0. */
static int64_t list_write(const struct world *w, const struct question *q, struct buf *b)
{
	int64_t at = 0, written = 0, last = 0;
	struct thing t;
	bool more = false;

	buf_add(b, STR("["));
	for (size_t i = 0; i < w->things; i++) {
		if (!shown(w, &w->thing[i], &t) || !wanted(&t, q) || at++ < q->skip)
			continue;
		more = written == q->top;
		if (more)
			break;
		if (written++)
			buf_add(b, STR(","));
		last = t.id;
		thing_write(&t, b);
	}
	buf_add(b, STR("]"));
	return more ? last : 0;
}

static int64_t number_of(struct arena *a, struct str url, const char *name, int64_t otherwise)
{
	struct str text;
	int64_t n = otherwise;

	if (url_query_get(a, url, str_from(name), &text) && !str_to_i64(text, &n))
		return otherwise;
	return n;
}

static int64_t since_of(struct arena *a, struct str url)
{
	struct str text;
	struct value at;
	struct err e;

	if (!url_query_get(a, url, STR("updated_since"), &text))
		return 0;
	if (!moment_parse(text, &at, &e))
		assert(!"updated_since");
	return at.us / 1000;
}

static void answer_token(struct world *w, const struct request *r, struct canned_reply *out)
{
	char want[64];

	snprintf(want, sizeof(want), w->tokens ? "refresh_token=r%lld" : "refresh_token=first",
		 (long long)w->tokens);
	if (w->token_closed || str_find(r->body, str_from(want)) < 0) {
		out->status = 400;
		buf_add(&out->body, STR("{\"error\":\"invalid_grant\"}"));
		return;
	}
	w->tokens++;
	buf_printf(&out->body,
		   "{\"access_token\":\"a%lld\",\"refresh_token\":\"r%lld\",\"expires_in\":3600}",
		   (long long)w->tokens, (long long)w->tokens);
}

static void answer_list(struct world *w, struct str path, const struct request *r, struct arena *a,
			struct canned_reply *out)
{
	struct question q = { .top = number_of(a, r->url, "$top", PAGE_MAX),
			      .skip = number_of(a, r->url, "$skip", 0),
			      .since_ms = since_of(a, r->url) };
	bool wrapped = str_ends(path, STR("/paged")) || str_ends(path, STR("/feed"));
	ptrdiff_t shelf = str_find(path, STR("shelves/"));
	struct str id;
	int64_t next;

	q.shelves = str_ends(path, STR("/shelves"));
	if (shelf >= 0) {
		id = str_slice(path, (size_t)shelf + strlen("shelves/"), path.len);
		if (!str_to_i64(str_cut(&id, '/'), &q.shelf))
			assert(!"shelf");
	}
	if (str_ends(path, STR("/paged"))) {
		q.top = number_of(a, r->url, "per_page", PAGE_MAX);
		q.skip = (number_of(a, r->url, "page", 1) - 1) * q.top;
	}
	if (str_ends(path, STR("/feed"))) {
		q.top = 5;
		q.after = number_of(a, r->url, "after", 0);
	}
	if (wrapped)
		buf_add(&out->body, STR("{\"data\":{\"items\":"));
	next = list_write(w, &q, &out->body);
	if (wrapped)
		buf_printf(&out->body, "},\"next\":\"%.*s\"}",
			   STR_ARG(next ? str_printf(a, "%lld", (long long)next) : STR("")));
}

/* …/things/ID; false when the path is another. */
static bool answer_one(const struct world *w, struct str path, struct canned_reply *out)
{
	ptrdiff_t at = str_find(path, STR("/things/"));
	struct str text;
	struct thing t;
	int64_t id;

	if (at < 0)
		return false;
	text = str_slice(path, (size_t)at + strlen("/things/"), path.len);
	out->status = 404;
	for (size_t i = 0; str_to_i64(text, &id) && i < w->things; i++) {
		if (w->thing[i].id != id || !shown(w, &w->thing[i], &t))
			continue;
		out->status = 200;
		thing_write(&t, &out->body);
	}
	return true;
}

static void vendor_answer(void *arg, const struct request *r, struct canned_reply *out)
{
	AUTO_ARENA *a = arena_new("answer", (size_t)1 << 20);
	struct world *w = arg;
	struct str path = url_redact(a, r->url);
	struct str token = STR("");

	if (w->meanwhile)
		w->meanwhile(w, w->wire.logged);
	if (str_ends(path, STR("/token"))) {
		answer_token(w, r, out);
		return;
	}
	for (size_t i = 0; i < r->headers; i++)
		if (str_eq_nocase(r->header[i].name, STR("authorization")))
			token = r->header[i].value;
	if (token.len > 0 && !str_eq(token, str_printf(a, "Bearer a%lld", (long long)w->tokens))) {
		out->status = 401;
		return;
	}
	if (!answer_one(w, path, out))
		answer_list(w, path, r, a, out);
}

/* ---- the engine ---- */

static struct str fixture_path(struct arena *a, const char *name)
{
	const char *root = getenv("SOURCE_ROOT");

	assert(root);
	return str_printf(a, "%s/tests/flow/fixtures/%s", root, name);
}

static void plan_open(struct world *w, const char *connection)
{
	struct str dir = fixture_path(w->arena, "");
	struct str name = str_printf(w->arena, "%s.plan.yaml", connection);
	struct plan_options o = { .file = fixture_path(w->arena, name.at),
				  .connector_dir = &dir,
				  .connector_dirs = 1 };

	must(plan_load(w->arena, &o, &w->plan, NULL, &oops));
	w->connection = &w->plan->connection[0];
}

static void add_column(struct schema_table *s, struct str name, enum column_type type)
{
	if (name.len > 0)
		s->column[s->columns++] = (struct schema_column){ .name = name, .type = type };
}

static struct schema_table table_of(struct arena *a, const struct plan_table *t)
{
	struct schema_table s = { .name = t->name, .keys = t->keys };

	s.column = arena_new_array(a, struct schema_column, t->columns + 2);
	for (size_t i = 0; i < t->columns; i++)
		add_column(&s, t->column[i].name, t->column[i].type);
	add_column(&s, t->raw, COLUMN_JSON);
	add_column(&s, t->stamp, COLUMN_TIMESTAMP);
	for (size_t i = 0; i < t->keys; i++)
		s.key[i] = t->column[i].name;
	return s;
}

void world_use(struct world *w, const char *connection)
{
	const struct connection *c;
	struct schema_table *table;
	struct str *statement = NULL;
	size_t n = 0;

	plan_open(w, connection);
	c = w->connection;
	table = arena_new_array(w->arena, struct schema_table, c->tables);
	for (size_t i = 0; i < c->tables; i++)
		table[i] = table_of(w->arena, &c->table[i]);
	must(control_plan(w->real, w->arena, &statement, &n, &oops));
	must(schema_apply(w->real, statement, n, &oops));
	must(schema_plan(w->real, w->arena, table, c->tables, &statement, &n, &oops));
	must(schema_apply(w->real, statement, n, &oops));
}

void world_open(struct world *w, const char *connection, const char *file)
{
	static const unsigned char key[32] = "thirty-two bytes, quite invented";
	struct db_options o = { .create = true, .clock = &w->clock.clock };

	*w = (struct world){ .arena = arena_new("world", WORLD_BYTES_MAX) };
	test_clock_init(&w->clock, &w->chaos);
	canned_init(&w->wire, &w->clock, &w->chaos);
	w->wire.answer = vendor_answer;
	w->wire.arg = w;
	snprintf(w->database, sizeof(w->database), "sqlite:%s", file ? file : ":memory:");
	must(db_open(str_from(w->database), &o, &w->real, &oops));
	if (file)
		must(db_exec(w->real, "PRAGMA synchronous = OFF", NULL, 0, NULL, &oops));
	w->db = unruly_open(w->real, &w->chaos);
	w->seal = seal_new(key);
	w->rng.state = 1;
	w->stop = cancel_new();
	w->engine = (struct engine){ .client = &w->wire.client,
				     .db = w->db,
				     .clock = &w->clock.clock,
				     .seal = w->seal,
				     .rng = &w->rng,
				     .stop = w->stop };
	world_use(w, connection);
}

void world_close(struct world *w)
{
	db_close(w->db);
	seal_close(w->seal);
	cancel_free(w->stop);
	canned_done(&w->wire);
	arena_free(w->arena);
	w->arena = NULL;
}

bool world_run(struct world *w, enum run_mode mode, struct run_result *out, struct err *e)
{
	struct run_options o = { .mode = mode };

	return run_connection(&w->engine, w->connection, &o, w->arena, out, e);
}

bool world_run_until_done(struct world *w, enum run_mode mode, int most)
{
	struct run_result r = { 0 };
	struct err e = { 0 };

	for (int i = 0; i < most; i++) {
		if (world_run(w, mode, &r, &e)) {
			if (r.status == RUN_SUCCESS)
				return true;
			e = r.error;
		}
		/* Longer than any lease. */
		test_clock_pass(&w->clock, 2 * LEASE_TTL_MS);
	}
	printf("# no run ends well: %s\n", e.text);
	return false;
}

/* ---- comparing ---- */

struct stored {
	struct db_result r;
	size_t found;
};

static bool row_is(const struct stored *s, size_t row, const struct thing *t)
{
	char name[48];

	return str_eq(db_cell(&s->r, row, 1).s, str_from(thing_name(t, name))) &&
	       (t->shelf || str_eq(db_cell(&s->r, row, 2).s, str_from(t->amount)));
}

/* How many rows have the thing's key; *right when one is as the vendor has it. */
static int rows_of(struct stored *s, const struct thing *t, bool *right)
{
	char key[24];
	int n = 0;

	snprintf(key, sizeof(key), "%lld", (long long)t->id);
	*right = false;
	for (size_t row = 0; row < s->r.rows; row++) {
		if (!str_eq(db_cell(&s->r, row, 0).s, str_from(key)))
			continue;
		n++;
		*right = *right || row_is(s, row, t);
	}
	return n;
}

static int compare(struct world *w, bool shelves, int64_t up_to_ms)
{
	AUTO_ARENA *a = arena_new("comparing", (size_t)64 << 20);
	struct stored s = { 0 };
	int bad = 0;

	must(db_query(w->real, a,
		      shelves ? "SELECT ref, name FROM shelves"
			      : "SELECT ref, name, CAST(amount AS text) FROM things",
		      NULL, 0, &s.r, &oops));
	for (size_t i = 0; i < w->things; i++) {
		const struct thing *t = &w->thing[i];
		bool right, expected = !t->gone && t->changed_ms <= up_to_ms && !is_late(w, t);
		int n;

		if (t->shelf != shelves)
			continue;
		n = rows_of(&s, t, &right);
		if (n > 1 || (expected && !right)) {
			printf("# thing %lld: %d rows%s\n", (long long)t->id, n,
			       n == 0  ? ", lost"
			       : right ? ""
				       : ", not as the vendor has it");
			bad++;
		}
	}
	return bad;
}

int world_differences(struct world *w, int64_t up_to_ms)
{
	int bad = compare(w, false, up_to_ms);

	for (size_t i = 0; i < w->connection->tables; i++)
		if (str_eq(w->connection->table[i].name, STR("shelves")) && up_to_ms == INT64_MAX)
			bad += compare(w, true, up_to_ms);
	return bad;
}

int world_cursor_lies(struct world *w, int64_t overlap_ms)
{
	struct state_key k = { w->connection->name, STR("things"), STR("") };
	struct partition_state s;

	must(partition_state_load(w->real, w->arena, &k, &s, &oops));
	return s.cursor_us == NO_TIME ? 0 : world_differences(w, s.cursor_us / 1000 - overlap_ms);
}

static struct value cell(struct world *w, const char *sql)
{
	struct db_result r = { 0 };

	must(db_query(w->real, w->arena, sql, NULL, 0, &r, &oops));
	assert(r.rows == 1 && r.columns == 1);
	return db_cell(&r, 0, 0);
}

int64_t world_int(struct world *w, const char *sql)
{
	struct value v = cell(w, sql);

	assert(v.kind == VALUE_INT);
	return v.i;
}

const char *world_text(struct world *w, const char *sql)
{
	struct value v = cell(w, sql);

	return v.kind == VALUE_STR ? str_keep(w->arena, v.s).at : "(null)";
}

/* SPDX-License-Identifier: Apache-2.0 */
/* fake_vendor.c - the game platform's vendor behind vendor.h, in memory. */
#include "fake_vendor.h"

#include "gameplatform/schema.h"

#include <stdio.h>

#define USERS_MAX 20001
#define SOLVES_MAX 5000
#define CALLS_MAX 100000

static struct {
	bool known;
	int64_t accessed_s, after_s;
	enum vendor_code code;
	int status;
	const char *says, *user_status;
} user[USERS_MAX];
static struct fake_solve solve[SOLVES_MAX];
static size_t solves;
static struct {
	const char *call;
	int user;
} call_log[CALLS_MAX];
static size_t calls;
static const char *failing;
static enum vendor_code failing_code;
static struct clock *now;
void (*fake_meanwhile)(const char *call, struct str user);

void fake_reset(void)
{
	memset(user, 0, sizeof(user));
	solves = calls = 0;
	failing = NULL;
	fake_meanwhile = NULL;
}

void fake_user(int n)
{
	user[n].known = true;
	user[n].user_status = "approved";
}

static char ids[USERS_MAX][16];

struct str fake_id(int n)
{
	snprintf(ids[n], sizeof(ids[n]), "u-%05d", n);
	return str_from(ids[n]);
}

static int number_of(struct str id)
{
	int64_t n = 0;

	return id.len == 7 && str_to_i64(str_slice(id, 2, 7), &n) && n < USERS_MAX ? (int)n : 0;
}

void fake_solve(const struct fake_solve *s)
{
	assert(solves < SOLVES_MAX);
	solve[solves++] = *s;
}

void fake_accessed(int n, int64_t at_s)
{
	user[n].accessed_s = at_s;
}

void fake_fail(int n, enum vendor_code code, int status, const char *says)
{
	user[n].code = code;
	user[n].status = status;
	user[n].says = says;
}

void fake_fail_all(const char *call, enum vendor_code code)
{
	failing = call;
	failing_code = code;
}

void fake_status(int n, const char *status)
{
	user[n].user_status = status;
}

int fake_calls(const char *call, int n)
{
	int found = 0;

	for (size_t i = 0; i < calls; i++)
		found += (!call || strcmp(call, call_log[i].call) == 0) &&
			 (n == 0 || call_log[i].user == n);
	return found;
}

void fake_forget(void)
{
	calls = 0;
}

int64_t fake_after(int n)
{
	return user[n].after_s;
}

/* ---- vendor.h ---- */

const char *vendor_code_name(enum vendor_code c)
{
	static const char *const names[VENDOR_CODES] = {
		[VENDOR_NONE] = "none",
		[VENDOR_UNAUTHORIZED] = "unauthorized",
		[VENDOR_NOT_APPROVED] = "not_approved",
		[VENDOR_NOT_FOUND] = "not_found",
		[VENDOR_VALIDATION] = "validation",
		[VENDOR_CONFLICT] = "conflict",
		[VENDOR_RATE_LIMITED] = "rate_limited",
		[VENDOR_REFUSED] = "refused",
		[VENDOR_SERVER] = "server",
		[VENDOR_TIMEOUT] = "timeout",
		[VENDOR_NETWORK] = "network",
		[VENDOR_BAD_RESPONSE] = "bad_response",
	};

	return names[c];
}

bool vendor_open(struct arena *a, const struct engine *g, const struct connection *c,
		 struct vendor *out, struct err *e)
{
	(void)e;
	now = g->clock;
	*out = (struct vendor){ .arena = a, .session = arena_new_struct(a, struct session) };
	out->session->engine = g;
	out->session->connection = c;
	return true;
}

static bool fail(struct vendor *v, enum vendor_code code, int status, const char *says,
		 struct err *e)
{
	v->fault = (struct vendor_fault){ .code = code,
					  .status = status,
					  .message = str_keep(v->arena, str_from(says)) };
	return err_set(e,
		       code == VENDOR_UNAUTHORIZED ? ERR_AUTH
		       : code >= VENDOR_SERVER     ? ERR_TRANSIENT
						   : ERR_REMOTE,
		       "%s", says);
}

/* 0: it fails. */
static int begin(struct vendor *v, const char *call, struct str id, struct err *e)
{
	int n = number_of(id);

	assert(calls < CALLS_MAX);
	call_log[calls].call = call;
	call_log[calls++].user = n;
	v->calls++;
	if (failing && (strcmp(failing, call) == 0 || strcmp(failing, "any") == 0))
		return fail(v, failing_code, 500, "the vendor is away", e), 0;
	if (user[n].code != VENDOR_NONE && strcmp(call, "user") != 0)
		return fail(v, user[n].code, user[n].status, user[n].says, e), 0;
	if (!user[n].known)
		return fail(v, VENDOR_NOT_FOUND, 404, "User not found or not approved", e), 0;
	return n;
}

static bool seen(const struct fake_solve *s, int n, bool event)
{
	return s->user == n && !s->event == !event && s->visible_s * 1000 <= clock_wall_ms(now);
}

static struct vendor_solve solve_of(struct arena *a, const struct fake_solve *s)
{
	struct value raw = value_map_new(a);

	value_map_set(a, raw, STR("challenge_solve_id"), value_int(s->id));
	value_map_set(a, raw, STR("challenge_points"), value_int(s->points));
	return (struct vendor_solve){ .id = s->id,
				      .challenge = 1000 + s->id,
				      .points = s->points,
				      .at_s = s->at_s,
				      .title = str_from(s->title ? s->title : "AES Decryption"),
				      .category = STR("cryptography"),
				      .raw = raw };
}

bool vendor_scores(struct vendor *v, struct str id, int64_t after_s, struct vendor_scores *out,
		   struct err *e)
{
	int n = begin(v, "scores", id, e);

	if (n == 0)
		return false;
	user[n].after_s = after_s;
	*out = (struct vendor_scores){ .user = 5000 + n, .accessed_s = user[n].accessed_s };
	out->category_points = value_map_new(v->arena);
	out->solve = arena_new_array(v->arena, struct vendor_solve, solves + 1);
	for (size_t i = 0; i < solves; i++) {
		if (!seen(&solve[i], n, false))
			continue;
		out->challenges++;
		out->points += solve[i].points;
		if (solve[i].at_s > after_s)
			out->solve[out->solves++] = solve_of(v->arena, &solve[i]);
	}
	if (fake_meanwhile)
		fake_meanwhile("scores", id);
	return true;
}

static struct vendor_event *event_of(struct vendor *v, struct vendor_event *event, size_t *n,
				     const struct fake_solve *s)
{
	struct str id = str_printf(v->arena, "%s:%lld", s->event, (long long)s->event_start_s);

	for (size_t i = 0; i < *n; i++)
		if (str_eq(event[i].id, id))
			return &event[i];
	event[*n] = (struct vendor_event){ .id = id,
					   .name = str_from(s->event),
					   .start_s = s->event_start_s,
					   .rank = 7,
					   .raw = value_map_new(v->arena),
					   .solve = arena_new_array(v->arena, struct vendor_solve,
								    solves) };
	return &event[(*n)++];
}

bool vendor_events(struct vendor *v, struct str id, struct vendor_event **out, size_t *count,
		   struct err *e)
{
	int n = begin(v, "events", id, e);
	struct vendor_event *event;

	*count = 0;
	if (n == 0)
		return v->fault.code == VENDOR_NOT_FOUND;
	event = arena_new_array(v->arena, struct vendor_event, solves + 1);
	for (size_t i = 0; i < solves; i++) {
		struct vendor_event *of;

		if (!seen(&solve[i], n, true))
			continue;
		of = event_of(v, event, count, &solve[i]);
		of->challenges++;
		of->points += solve[i].points;
		of->solve[of->solves++] = solve_of(v->arena, &solve[i]);
	}
	*out = event;
	if (fake_meanwhile)
		fake_meanwhile("events", id);
	return true;
}

bool vendor_user_find(struct vendor *v, struct str id, bool *found, struct vendor_user *out,
		      struct err *e)
{
	int n = begin(v, "user", id, e);

	*found = n != 0;
	if (n == 0)
		return v->fault.code == VENDOR_NOT_FOUND;
	*out = (struct vendor_user){ .number = 5000 + n,
				     .id = id,
				     .status = str_from(user[n].user_status) };
	return true;
}

/* ---- the ground ---- */

static struct tier_plan tiers[] = {
	{ .name = { "high", 4 }, .at_least = 60, .bounded = true, .every_ms = 30 * 60000 },
	{ .name = { "medium", 6 }, .at_least = 20, .bounded = true, .every_ms = 120 * 60000 },
	{ .name = { "low", 3 }, .at_least = 1, .bounded = true, .every_ms = 480 * 60000 },
	{ .name = { "dormant", 7 }, .every_ms = (int64_t)1440 * 60000 },
};
static struct watch_condition has_id = { .column = { "game_platform_id", 16 }, .negate = true };
static struct str order[] = { { "created_at", 10 }, { "id", 2 } };
static const struct sentinel_plan sentinel = { .rule = SENTINEL_MOST_ACTIVE,
					       .members = 1,
					       .full_every_ms = (int64_t)7 * 1440 * 60000 };

static struct rotation_plan rotation(void)
{
	return (struct rotation_plan){ .table = STR("competitors"),
				       .key = STR("game_platform_id"),
				       .when = &has_id,
				       .whens = 1,
				       .order = order,
				       .orders = 2,
				       .batching = true,
				       .activity = STR("game_platform_activity_score") };
}

static void plan_open(struct ground *g)
{
	struct stream *stream = arena_new_array(g->f.a, struct stream, 2);
	struct manifest *manifest = arena_new_struct(g->f.a, struct manifest);

	has_id.any = arena_new_array(g->f.a, struct value, 1);
	has_id.any[0] = NULL_VALUE;
	has_id.anys = 1;
	stream[0] = (struct stream){ .name = STR("odl_scores"), .number = 0 };
	stream[1] = (struct stream){ .name = STR("flash_ctf_progress"), .number = 1 };
	manifest->name = STR("metactf");
	manifest->stream = stream;
	manifest->streams = manifest->public_streams = 2;
	g->odl = g->flash = rotation();
	g->odl.tier = tiers;
	g->odl.tiers = COUNT(tiers);
	g->odl.tiering = true;
	g->flash.sentinel = &sentinel;
	g->connection.manifest = manifest;
	g->connection.stream = arena_new_array(g->f.a, struct stream_plan, 2);
	g->connection.stream[0].rotation = &g->odl;
	g->connection.stream[1].rotation = &g->flash;
}

void ground_open(struct ground *g)
{
	struct str *statement;
	size_t n;

	*g = (struct ground){ .rng = { .state = 1 } };
	hand_clock_init(&g->clock, FAKE_START_MS);
	g->f = fixture_open(NULL);
	fake_reset();
	must(control_plan(g->f.db, g->f.a, &statement, &n, &oops));
	must(schema_apply(g->f.db, statement, n, &oops));
	must(game_schema_plan(g->f.db, g->f.a, NULL, &statement, &n, &oops));
	must(schema_apply(g->f.db, statement, n, &oops));
	run_sql(g->f.db, "INSERT INTO profiles (id, role, full_name) VALUES ('" FAKE_COACH
			 "', 'coach', 'Test Coach')");
	g->connection.name = STR("metactf");
	g->connection.config = value_map_new(g->f.a);
	plan_open(g);
	g->engine = (struct engine){ .db = g->f.db, .clock = &g->clock.clock, .rng = &g->rng };
	now = &g->clock.clock;
}

void ground_close(struct ground *g)
{
	fixture_close(&g->f);
}

struct str ground_competitor(struct ground *g, int n)
{
	return str_printf(g->f.a, "00000000-0000-4000-8000-%012d", n);
}

void ground_people(struct ground *g, int from, int to)
{
	for (int n = from; n <= to; n++) {
		fake_user(n);
		run_sql(g->f.db,
			str_printf(g->f.a,
				   "INSERT INTO competitors (id, coach_id, first_name, last_name,"
				   " game_platform_id, created_at) VALUES ('%s', '" FAKE_COACH
				   "', 'C', '%d', '%s', '2026-01-01T00:%02d:%02d.000Z')",
				   ground_competitor(g, n).at, n, fake_id(n).at, n / 60 % 60,
				   n % 60)
				.at);
	}
}

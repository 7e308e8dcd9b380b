/* SPDX-License-Identifier: Apache-2.0 */
/* stand_in.c - routes and an access check to test the API with. */
#include "stand_in.h"

#include "base/thread.h"

#include <stdatomic.h>

static struct mutex lock = { PTHREAD_MUTEX_INITIALIZER };
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static int waiting, let_go;
static const char *withdrawn = "";
static atomic_int made;

void stand_in_withdraw(const char *who)
{
	mutex_lock(&lock);
	withdrawn = who;
	mutex_unlock(&lock);
}

static bool is_withdrawn(struct str who)
{
	bool is;

	mutex_lock(&lock);
	is = str_eq(who, str_from(withdrawn));
	mutex_unlock(&lock);
	return is;
}

bool access_check(struct access *acc, struct db *d, struct arena *a,
		  const struct credentials *given, struct identity *out, struct err *e)
{
	struct str who = given->authorization, role, provider;
	bool cookie = false;

	(void)acc;
	(void)d;
	if (str_starts(who, STR("Bearer "))) {
		who = str_slice(who, 7, who.len);
	} else if (str_starts(given->cookie, STR("who="))) {
		who = str_slice(given->cookie, 4, given->cookie.len);
		cookie = true;
	} else if (who.len) {
		return err_set(e, ERR_AUTH, "the token is none");
	} else {
		return true;
	}
	if (str_eq(who, STR("broken")))
		return err_set(e, ERR_TRANSIENT, "password=hunter2 was refused");
	provider = str_keep(a, who);
	who = str_cut(&provider, '@');
	role = str_keep(a, who);
	role = str_cut(&role, ':');
	if (!role_from(role) || is_withdrawn(who))
		return err_set(e, ERR_AUTH, "the token is unknown");
	*out = (struct identity){
		.kind = cookie ? IDENTITY_USER : IDENTITY_TOKEN,
		.roles = role_from(role),
		.subject = str_keep(a, who),
		.name = str_printf(a, "token:%.*s", STR_ARG(who)),
		.cookie = cookie,
		.provider = provider,
		.expires_ms = str_ends(who, STR(":past")) ? 1 : 0,
	};
	return true;
}

int stand_in_made(void)
{
	return atomic_load(&made);
}

void stand_in_let_go(void)
{
	mutex_lock(&lock);
	let_go++;
	pthread_cond_broadcast(&changed);
	mutex_unlock(&lock);
}

void stand_in_await(int n)
{
	mutex_lock(&lock);
	while (waiting < n)
		pthread_cond_wait(&changed, &lock.m);
	mutex_unlock(&lock);
}

static bool wait_get(struct call *c, struct err *e)
{
	mutex_lock(&lock);
	waiting++;
	pthread_cond_broadcast(&changed);
	while (let_go == 0)
		pthread_cond_wait(&changed, &lock.m);
	let_go--;
	waiting--;
	mutex_unlock(&lock);
	return call_json(c, value_map_new(c->arena), e);
}

/* Says back what the router made of the request. */
static bool echo(struct call *c, struct err *e)
{
	struct value v = value_map_new(c->arena);

	value_map_set(c->arena, v, STR("params"), c->params);
	value_map_set(c->arena, v, STR("query"), c->query);
	value_map_set(c->arena, v, STR("body"), c->body);
	value_map_set(c->arena, v, STR("raw"), value_int((int64_t)c->raw.len));
	value_map_set(c->arena, v, STR("peer"), value_str(c->peer));
	value_map_set(c->arena, v, STR("who"), value_str(c->who.name));
	return call_json(c, v, e);
}

static bool thing_post(struct call *c, struct err *e)
{
	struct value v = value_map_new(c->arena);

	value_map_set(c->arena, v, STR("made"), value_int(atomic_fetch_add(&made, 1) + 1));
	call_reply_header(c, "Location", STR("/api/things/1"));
	return call_json(c, v, e);
}

static bool thing_get(struct call *c, struct err *e)
{
	bool go_on;

	if (!call_match(c, 7, false, &go_on) || !go_on)
		return true;
	return echo(c, e);
}

static bool thing_put(struct call *c, struct err *e)
{
	bool go_on;

	if (!call_match(c, 7, true, &go_on) || !go_on)
		return true;
	return call_empty(c, 204, e);
}

/* Fails as the path says. */
static bool fail_get(struct call *c, struct err *e)
{
	struct str kind = call_text(c, c->params, "kind");

	for (int k = ERR_CONFIG; k <= ERR_USAGE; k++)
		if (str_eq(kind, str_from(err_kind_name((enum err_kind)k))))
			return err_set(e, (enum err_kind)k, "secret-or-not");
	return call_problem(c, 409, "sync_running", STR("it runs"), UNDEFINED);
}

static bool big_get(struct call *c, struct err *e)
{
	size_t n = (size_t)call_int(c, c->query, "bytes", 0);
	char *text = arena_alloc(c->arena, n + 1);

	memset(text, 'x', n);
	return call_bytes(c, "text/plain", (struct str){ text, n }, e);
}

static const struct field inner[] = {
	{ .name = "a", .type = FIELD_INTEGER, .required = true, .low = 1, .high = 5 },
	{ .name = "b/c", .type = FIELD_BOOLEAN },
	{ 0 },
};
static const struct field item[] = { { .name = "n", .type = FIELD_INTEGER }, { 0 } };
static const struct field body[] = {
	{ .name = "name", .type = FIELD_TEXT, .required = true, .low = 1, .high = 10 },
	{ .name = "kind", .type = FIELD_TEXT, .one_of = "contacts|full" },
	{ .name = "inner", .type = FIELD_OBJECT, .of = inner },
	{ .name = "list", .type = FIELD_LIST, .of = item, .low = 0, .high = 3 },
	{ .name = "at", .type = FIELD_TIME, .nullable = true },
	{ .name = "id", .type = FIELD_UUID },
	{ .name = "share", .type = FIELD_NUMBER },
	{ .name = "any", .type = FIELD_ANY },
	{ 0 },
};
static const struct field query[] = {
	{ .name = "page", .type = FIELD_INTEGER, .low = 1, .high = 100, .otherwise = "1" },
	{ .name = "all", .type = FIELD_BOOLEAN },
	{ .name = "text", .type = FIELD_TEXT },
	{ .name = "share", .type = FIELD_NUMBER },
	{ 0 },
};
static const struct field path_id[] = {
	{ .name = "id", .type = FIELD_INTEGER, .required = true, .low = 1 },
	{ 0 },
};
static const struct field bytes_row[] = {
	{ .name = "bytes", .type = FIELD_INTEGER, .low = 0, .high = 8 << 20, .otherwise = "0" },
	{ 0 },
};
static const struct field login_row[] = {
	{ .name = "name", .type = FIELD_TEXT, .required = true },
	{ 0 },
};

#define ROW(m, p, h, r, ...)                                                          \
	{                                                                             \
		.method = m, .path = p, .handle = h, .roles = r, .summary = "A test", \
		.tag = "test", __VA_ARGS__                                            \
	}

const struct route stand_in_routes[] = {
	ROW("GET", "/api/open", echo, ROLE_ANYBODY, .query = query),
	ROW("GET", "/api/free", echo, ROLE_ANYBODY, .rate = RATE_FREE),
	ROW("GET", "/api/admin", echo, ROLE_ADMIN, .query = query),
	ROW("GET", "/api/all", echo, ROLE_ALL, .query = query),
	ROW("POST", "/api/things", thing_post, ROLE_ADMIN | ROLE_COACH, .body_kind = BODY_JSON,
	    .body = body, .status = 201),
	ROW("GET", "/api/things/{id}", thing_get, ROLE_ALL, .path_params = path_id),
	ROW("PUT", "/api/things/{id}", thing_put, ROLE_ADMIN, .path_params = path_id,
	    .status = 204),
	ROW("GET", "/api/things/latest", echo, ROLE_ALL, ),
	ROW("GET", "/api/names/{name}/of/{what}", echo, ROLE_ALL, ),
	ROW("POST", "/api/echo", echo, ROLE_ALL, .body_kind = BODY_JSON_OPTIONAL, .body = body),
	ROW("POST", "/api/form", echo, ROLE_ALL, .body_kind = BODY_FORM, .body = query),
	ROW("POST", "/api/hook", echo, ROLE_ANYBODY, .body_kind = BODY_RAW, .secret = true,
	    .body_bytes_max = 2 << 20),
	ROW("POST", "/api/start", echo, ROLE_ALL, .rate = RATE_EXPENSIVE),
	ROW("POST", "/api/sign-in", echo, ROLE_ANYBODY, .rate = RATE_LOGIN, .body_kind = BODY_JSON,
	    .body = login_row),
	ROW("GET", "/api/fail/{kind}", fail_get, ROLE_ANYBODY, .rate = RATE_FREE,
	    .problems = "sync_running:409"),
	ROW("GET", "/api/wait", wait_get, ROLE_ANYBODY, .rate = RATE_FREE),
	ROW("GET", "/api/big", big_get, ROLE_ANYBODY, .rate = RATE_FREE, .query = bytes_row,
	    .answer_type = "text/plain"),
	{ 0 },
};

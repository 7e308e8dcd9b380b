/* SPDX-License-Identifier: Apache-2.0 */
/*
 * turn.c - what a handler thread does with a request: who, how often, what, then the handler.
 *
 * A database connection is opened when it is first needed and again when it is found lost: the
 * question who calls finds out before anything is written, and reads are asked twice.
 */
#include "api/api_part.h"

#include "base/log.h"
#include "data/json.h"

static bool is_read(const struct route *r)
{
	return strcmp(r->method, "GET") == 0;
}

/* ---- the database ---- */

static bool database_open(struct call *c, struct db **kept, struct err *e)
{
	/* The same few questions, over and over: parsing and planning them costs the most. */
	struct db_options o = { .prepare = !c->api->o.pooled };

	if (!*kept && !db_open(c->api->o.database, &o, kept, e)) {
		e->kind = ERR_TRANSIENT;
		return false;
	}
	c->db = *kept;
	return true;
}

/*
 * After ERR_TRANSIENT: the connection is a good one again, so that another try makes sense.  (The
 * PostgreSQL backend connects again by itself; what it cannot mend is opened anew.)
 */
static bool database_mend(struct call *c, struct db **kept, struct err *e)
{
	if (*kept) {
		db_rollback(*kept);
		if (db_exec(*kept, "SELECT 1", NULL, 0, NULL, e))
			return true;
		db_close(*kept);
		*kept = c->db = NULL;
	}
	return database_open(c, kept, e);
}

/* ---- who ---- */

static bool needs_identity(const struct call *c, const struct credentials *given)
{
	const struct route *r = c->route;

	if (r->roles != ROLE_ANYBODY)
		return true;
	/* A secret route's Authorization is not one of ours; health must not need a database. */
	return !r->secret && r->rate != RATE_FREE &&
	       (given->authorization.len || given->cookie.len);
}

static bool identify(struct call *c, struct db **kept, struct err *e)
{
	struct credentials given = { call_header(c, "Authorization"), call_header(c, "Cookie") };
	bool needed = needs_identity(c, &given);

	c->who = (struct identity){ .kind = IDENTITY_NOBODY, .name = STR("nobody") };
	if (c->route->rate == RATE_FREE && !needed)
		return database_open(c, kept, e) || true;
	if (!database_open(c, kept, e))
		return false;
	if (!needed)
		return true;
	if (access_check(c->api->o.access, c->db, c->arena, &given, &c->who, e))
		return true;
	if (e->kind == ERR_TRANSIENT && database_mend(c, kept, e) &&
	    access_check(c->api->o.access, c->db, c->arena, &given, &c->who, e))
		return true;
	/* An old cookie must not keep anybody from signing in. */
	if (e->kind == ERR_AUTH && c->route->roles == ROLE_ANYBODY) {
		c->who = (struct identity){ .kind = IDENTITY_NOBODY, .name = STR("nobody") };
		return true;
	}
	return false;
}

static void ask_to_sign_in(struct call *c, const char *code, struct str detail)
{
	struct str more =
		strcmp(code, "not_signed_in") == 0 ? STR("") : STR(", error=\"invalid_token\"");

	call_reply_header(c, "WWW-Authenticate",
			  str_printf(c->arena, "Bearer realm=\"lockstep\"%.*s", STR_ARG(more)));
	problem_answer(c->reply, 401, code, detail, UNDEFINED);
}

/* ---- how often ---- */

static bool take_rate(struct call *c, enum rate_class class, struct str key)
{
	struct rate_answer a = rates_take(c->api->rates, class, key, clock_steady_ms(c->clock));
	const char *name = rate_name(class);
	int64_t again_s;

	if (class == RATE_FREE)
		return true;
	again_s = a.wait_ms ? (a.wait_ms + 999) / 1000 : a.window_s;
	call_reply_header(c, "RateLimit-Policy",
			  str_printf(c->arena, "\"%s\";q=%lld;w=%lld", name, (long long)a.limit,
				     (long long)a.window_s));
	call_reply_header(c, "RateLimit",
			  str_printf(c->arena, "\"%s\";r=%lld;t=%lld", name, (long long)a.left,
				     (long long)again_s));
	if (!a.wait_ms)
		return true;
	problem_wait(c->reply, 429, "too_many_requests", STR("this was asked too often"),
		     a.wait_ms);
	return false;
}

static struct str caller_key(const struct call *c)
{
	if (c->who.kind == IDENTITY_NOBODY || c->route->rate == RATE_LOGIN)
		return str_printf(c->arena, "address:%.*s", STR_ARG(c->peer_group));
	return identity_key(c->arena, &c->who);
}

/* ---- may they ---- */

/* A page of another origin holds it: it opens one card and nothing else, whatever the role. */
static bool embed_may(struct call *c)
{
	if (c->who.kind != IDENTITY_EMBED ||
	    (c->route->embed && str_eq(call_text(c, c->params, "id"), c->who.subject)))
		return true;
	problem_answer(c->reply, 403, "embed_scope",
		       STR("this token is good for one player's card and nothing else"), UNDEFINED);
	return false;
}

static bool may(struct call *c)
{
	bool write = !is_read(c->route);

	if (!embed_may(c))
		return false;
	if (c->route->roles != ROLE_ANYBODY && c->who.kind == IDENTITY_NOBODY) {
		ask_to_sign_in(c, "not_signed_in", STR("this needs a token or a session"));
		return false;
	}
	if (c->route->roles != ROLE_ANYBODY && !(c->who.roles & c->route->roles)) {
		problem_answer(c->reply, 403, "role_missing", STR("your role does not allow this"),
			       UNDEFINED);
		return false;
	}
	if (write && !c->route->secret && (c->who.cookie || c->who.kind == IDENTITY_NOBODY) &&
	    !origin_is_ours(c->api, c->reply->request, c->who.cookie)) {
		problem_answer(c->reply, 403, "cross_site",
			       STR("a write with a session must come from the same origin"),
			       UNDEFINED);
		return false;
	}
	return true;
}

/* ---- what came in ---- */

static struct value known_only(struct arena *a, const struct field *row, struct value texts)
{
	struct value known = value_map_new(a);

	for (; row && row->name; row++) {
		struct value v = value_get(texts, str_from(row->name));

		if (v.kind != VALUE_UNDEFINED)
			value_map_set(a, known, str_from(row->name), v);
	}
	return known;
}

static bool read_query(struct call *c, struct complaints *k)
{
	struct value texts;

	if (!form_parse(c->arena, c->reply->request->query, &texts)) {
		fault_put(k, "parameter", STR(""),
			  STR("the query is not well encoded, or names a parameter twice"));
		return false;
	}
	if (c->route->query_open)
		texts = known_only(c->arena, c->route->query, texts);
	c->query = check_texts(k, c->route->query, texts);
	return true;
}

static void read_json(struct call *c, struct complaints *k)
{
	size_t repaired = 0;
	struct value v;
	struct err e;

	if (!json_parse(c->arena, c->raw, &v, &repaired, &e) || repaired) {
		fault_put(k, "pointer", STR(""),
			  repaired ? STR("must be UTF-8")
				   : str_printf(c->arena, "cannot be read: %s", e.text));
		return;
	}
	check_body(k, c->route->body, v);
	c->body = v;
}

static void read_form(struct call *c, struct complaints *k)
{
	struct value texts;

	if (form_parse(c->arena, c->raw, &texts))
		c->body = check_texts(k, c->route->body, texts);
	else
		fault_put(k, "pointer", STR(""), STR("is no well encoded form"));
}

static void read_body(struct call *c, struct complaints *k)
{
	bool json = media_type_is(call_header(c, "Content-Type"), "application/json");

	switch (c->route->body_kind) {
	case BODY_RAW:
		return;
	case BODY_NONE: /* {}, and nothing in it */
		if (c->raw.len)
			read_json(c, k);
		return;
	case BODY_JSON_OPTIONAL:
		if (c->raw.len)
			read_json(c, k);
		else
			c->body = value_map_new(c->arena);
		return;
	case BODY_JSON:
		read_json(c, k);
		return;
	case BODY_FORM:
		if (json)
			read_json(c, k);
		else
			read_form(c, k);
		return;
	}
}

static bool read_all(struct call *c)
{
	struct complaints k;
	struct value more;

	complaints_init(&k, c->arena);
	if (c->route->path_params)
		c->params = check_texts(&k, c->route->path_params, c->params);
	if (read_query(c, &k))
		read_body(c, &k);
	if (!k.n)
		return true;
	more = value_map_new(c->arena);
	value_map_set(c->arena, more, STR("errors"), k.list);
	problem_answer(c->reply, 400, "invalid_request",
		       str_printf(c->arena, "%zu thing%s to correct", k.n, k.n == 1 ? "" : "s"),
		       more);
	return false;
}

/* ---- the handler ---- */

static bool run_once(struct call *c, struct err *e)
{
	struct idempotency key = { 0 };
	bool go_on;

	if (!idempotency_begin(c, &key, &go_on, e))
		return false;
	if (!go_on)
		return true;
	if (c->route->handle(c, e)) {
		assert(c->reply->request->answer.status != 0);
	} else {
		if (c->db)
			db_rollback(c->db);
		reply_reset(c->reply);
		problem_from_err(c->reply, e);
	}
	/* What was done is done: at worst the key stays in flight for a while. */
	if (!idempotency_end(c, &key, e))
		log_warn("an answer was not kept for its Idempotency-Key: %s", e->text);
	return true;
}

static bool run(struct call *c, struct db **kept, struct err *e)
{
	if (!is_read(c->route))
		return run_once(c, e);
	if (c->route->handle(c, e))
		return true;
	if (e->kind != ERR_TRANSIENT || !c->db)
		return false;
	reply_reset(c->reply);
	return database_mend(c, kept, e) && c->route->handle(c, e);
}

/* Who is turned away has only asked: what is expensive never begins. */
static enum rate_class rate_class_of(const struct call *c)
{
	const struct route *r = c->route;
	bool refused = r->roles != ROLE_ANYBODY && !(c->who.roles & r->roles);

	return refused ? RATE_PLAIN : r->rate;
}

static bool go(struct call *c, struct db **kept, struct err *e)
{
	if (!identify(c, kept, e)) {
		if (e->kind != ERR_AUTH)
			return false;
		/* Guessing tokens is asking too. */
		if (take_rate(c, RATE_PLAIN, caller_key(c)))
			ask_to_sign_in(c, "bad_credentials", str_keep(c->arena, str_from(e->text)));
		return true;
	}
	c->reply->who = c->who.name;
	if (!take_rate(c, rate_class_of(c), caller_key(c)) || !may(c) || !read_all(c))
		return true;
	return run(c, kept, e);
}

static void fill(struct call *c, struct call_reply *reply)
{
	struct server_request *r = reply->request;

	*c = (struct call){
		.route = reply->endpoint->route,
		.api = reply->api,
		.arg = reply->endpoint->arg,
		.arena = r->arena,
		.clock = reply->api->clock,
		.who = { .kind = IDENTITY_NOBODY },
		.id = reply->id,
		.peer = r->peer,
		.peer_group = server_peer_group(r->arena, r->peer),
		.method = r->method,
		.path = r->path,
		.params = reply->params,
		.query = UNDEFINED,
		.body = UNDEFINED,
		.raw = r->body,
		.reply = reply,
	};
}

void turn_handle(void *arg, size_t handler, struct server_request *r)
{
	struct api *api = arg;
	struct call_reply *reply = r->state;
	struct call *c = &reply->call;
	struct err e = { 0 };

	fill(c, reply);
	log_set_context("request", str_keep(r->arena, reply->id).at);
	if (!go(c, &api->db[handler], &e)) {
		reply_reset(reply);
		problem_from_err(reply, &e);
	}
	reply_finish(reply);
	log_set_context(NULL, NULL);
}

void turn_handler_end(void *arg, size_t handler)
{
	struct api *api = arg;

	db_close(api->db[handler]);
	api->db[handler] = NULL;
}

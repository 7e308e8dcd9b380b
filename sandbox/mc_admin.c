/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mc_admin.c - the routes below /sandbox/ that only this vendor has: data sets and the truth.
 *
 * The truth is what an oracle compares with: complete, without the modes that spoil answers, and
 * for any moment (?at=UNIX; without it, now).
 */
#include "mc.h"

#include "data/json.h"

#include <stdlib.h>

#define TRUTH "/sandbox/truth/"
#define SEED "/sandbox/seed/"
#define ROW_BYTES_MAX ((size_t)256 << 20)

static const struct mc_modes no_modes;

static void put_truth_user(const struct mc_view *v, const struct mc_user *u, struct buf *b)
{
	struct mc_solves odl = mc_solves_at(v->world, u, v->now, v->scratch);
	struct mc_parts parts = mc_parts_at(v->world, u, v->now, v->scratch);
	size_t flash = 0;

	for (size_t i = 0; i < parts.n; i++)
		flash += parts.at[i].n;
	mc_put_user(v, u, b);
	b->len--; /* more members follow */
	buf_printf(b, ",\"role\":\"%s\",\"activity\":\"%s\",\"first_name\":",
		   u->coach ? "coach" : "user", mc_activity_of(v->world, u));
	json_write_str(b, u->first);
	buf_add(b, STR(",\"last_name\":"));
	json_write_str(b, u->last);
	buf_add(b, STR(",\"email\":"));
	json_write_str(b, u->email);
	buf_add(b, STR(",\"syned_coach_user_id\":"));
	json_write_str(b, u->coach_id);
	buf_add(b, STR(",\"syned_school_id\":"));
	json_write_str(b, u->school);
	buf_add(b, STR(",\"syned_region_id\":"));
	json_write_str(b, u->region);
	buf_add(b, STR(",\"syned_team_id\":"));
	if (u->team)
		json_write_str(b, u->team->id);
	else
		buf_add(b, STR("null"));
	buf_printf(b,
		   ",\"odl_solves\":%zu,\"flash_ctfs\":%zu,\"flash_solves\":%zu,"
		   "\"last_login_unix_timestamp\":%lld}",
		   odl.n, parts.n, flash, (long long)u->last_login);
}

static bool put_user_row(const struct mc_view *v, size_t i, struct buf *b)
{
	const struct mc_user *u = v->world->users[i];

	if (!u->gone)
		put_truth_user(v, u, b);
	return !u->gone;
}

static bool put_team_row(const struct mc_view *v, size_t i, struct buf *b)
{
	const struct mc_team *t = v->world->teams[i];

	if (t->gone)
		return false;
	mc_put_team(v, t, b);
	b->len--;
	buf_add(b, STR(",\"syned_coach_user_id\":"));
	json_write_str(b, t->coach ? t->coach->id : (struct str){ "", 0 });
	buf_printf(b, ",\"members\":%zu}", t->members);
	return true;
}

static bool put_assignment_row(const struct mc_view *v, size_t i, struct buf *b)
{
	const struct mc_user *u = v->world->users[i];

	if (u->gone || !u->team)
		return false;
	mc_put_assignment(u, true, b);
	return true;
}

static bool put_odl_row(const struct mc_view *v, size_t i, struct buf *b)
{
	const struct mc_user *u = v->world->users[i];

	if (u->gone || u->coach)
		return false;
	mc_put_odl(v, u, NULL, b);
	return true;
}

static bool put_flash_row(const struct mc_view *v, size_t i, struct buf *b)
{
	const struct mc_user *u = v->world->users[i];

	if (u->gone || u->coach)
		return false;
	mc_put_flash(v, u, b);
	return true;
}

static const struct collection {
	const char *name;
	bool of_teams;
	/* Appends row `i`; false when it is none. */
	bool (*put)(const struct mc_view *v, size_t i, struct buf *b);
} collections[] = {
	{ "users", false, put_user_row },
	{ "teams", true, put_team_row },
	{ "assignments", false, put_assignment_row },
	{ "odl", false, put_odl_row },
	{ "flash", false, put_flash_row },
};

static size_t rows_of(const struct collection *c, const struct mc_world *w)
{
	return c->of_teams ? w->teams_n : w->users_n;
}

static struct mc_view truth_view(const struct mc *mc, const struct request *r,
				 struct arena *scratch)
{
	struct mc_view v = mc_view_of(mc, scratch);

	v.modes = &no_modes;
	v.now = request_number(r, "at", v.now);
	return v;
}

/* The rows of a collection, one a line, made as they are sent. */
struct truth_source {
	struct source source;
	const struct collection *collection;
	struct mc_view view;
	size_t at, n;
};

static bool truth_next(struct source *source, struct buf *out)
{
	struct truth_source *t = CONTAINER(source, struct truth_source, source);
	bool put = false;

	while (!put && t->at < t->n) {
		put = t->collection->put(&t->view, t->at++, out);
		arena_reset(t->view.scratch);
	}
	if (put)
		buf_char(out, '\n');
	return put;
}

static void truth_free(struct source *source)
{
	struct truth_source *t = CONTAINER(source, struct truth_source, source);

	arena_free(t->view.scratch);
	free(t);
}

static bool truth(struct mc *mc, const struct request *r, struct reply *reply)
{
	struct str name = str_slice(r->path, sizeof TRUTH - 1, r->path.len);

	for (size_t i = 0; i < COUNT(collections); i++) {
		struct truth_source *t;

		if (!str_eq(name, str_from(collections[i].name)))
			continue;
		t = calloc(1, sizeof *t);
		if (!t)
			abort();
		*t = (struct truth_source){
			.source = { truth_next, truth_free },
			.collection = &collections[i],
			.view = truth_view(mc, r, arena_new("truth", ROW_BYTES_MAX)),
			.n = rows_of(&collections[i], mc->world),
		};
		reply->type = TYPE_NDJSON;
		reply->source = &t->source;
		return true;
	}
	return false;
}

/* Every collection at once. */
static void state(struct mc *mc, const struct request *r, struct reply *reply)
{
	struct arena *scratch = arena_new("state", ROW_BYTES_MAX);
	struct mc_view v = truth_view(mc, r, scratch);
	struct buf *b = &reply->body;

	buf_printf(b, "{\"now_unix\":%lld,\"dataset\":\"%s\"", (long long)v.now,
		   mc_dataset_names[mc->world->setup.dataset]);
	for (size_t c = 0; c < COUNT(collections); c++) {
		size_t n = rows_of(&collections[c], mc->world);

		buf_printf(b, ",\"%s\":[", collections[c].name);
		for (size_t i = 0; i < n; i++) {
			if (collections[c].put(&v, i, b))
				buf_char(b, ',');
			arena_reset(scratch);
		}
		if (b->len && b->at[b->len - 1] == ',')
			b->len--;
		buf_char(b, ']');
	}
	buf_char(b, '}');
	arena_free(scratch);
	if (b->failed)
		reply_message(reply, 500, "More than the stand-in holds at once: see truth/");
}

static void say_dataset(struct mc *mc, struct reply *reply)
{
	buf_printf(
		&reply->body, "{\"status\":\"ok\",\"dataset\":\"%s\",\"users\":%zu,\"teams\":%zu}",
		mc_dataset_names[mc->world->setup.dataset], mc->world->users_n, mc->world->teams_n);
}

static void reset(struct mc *mc, const struct request *r, struct reply *reply)
{
	(void)r;
	mc_restart(mc, mc->setup.dataset);
	say_dataset(mc, reply);
}

static void seed_named(struct mc *mc, struct str name, struct reply *reply)
{
	unsigned which;

	if (!mc_name_find(mc_dataset_names, MC_DATASETS, name, &which)) {
		reply_message(reply, 404, "There is no such data set");
		return;
	}
	mc_restart(mc, (enum mc_dataset)which);
	say_dataset(mc, reply);
}

static void seed(struct mc *mc, const struct request *r, struct reply *reply)
{
	yyjson_doc *doc = yyjson_read(r->body.at, r->body.len, 0);
	const char *name = yyjson_get_str(yyjson_obj_get(yyjson_doc_get_root(doc), "dataset"));

	seed_named(mc, str_from(name ? name : ""), reply);
	yyjson_doc_free(doc);
}

static void datasets(struct mc *mc, const struct request *r, struct reply *reply)
{
	(void)r;
	buf_printf(&reply->body, "{\"current\":\"%s\",\"datasets\":[",
		   mc_dataset_names[mc->world->setup.dataset]);
	for (size_t i = 0; i < MC_DATASETS; i++)
		buf_printf(&reply->body, "%s\"%s\"", i ? "," : "", mc_dataset_names[i]);
	buf_add(&reply->body, STR("]}"));
}

static void application(struct mc *mc, const struct request *r, struct reply *reply)
{
	(void)r;
	reply->type = TYPE_TEXT;
	mc_put_application(mc->world, &reply->body);
}

static void openapi_text(struct mc *mc, const struct request *r, struct reply *reply)
{
	(void)mc, (void)r;
	buf_add(&reply->body, mc_openapi_text());
}

/* ?method=GET&path=/…&status=200: whether the body is an answer that the OpenAPI file declares. */
static void validate(struct mc *mc, const struct request *r, struct reply *reply)
{
	struct str method = STR("GET"), path = STR("/");
	int64_t status = request_number(r, "status", 200);
	const struct operation *op;
	struct buf list;
	struct complaints c = { .list = &list };
	bool known;

	request_param(r, "method", &method);
	request_param(r, "path", &path);
	op = openapi_find(mc->api, method, path, &known);
	if (!op || status < 100 || status > 999) {
		reply_message(reply, 400, "method, path and status of an operation are needed");
		return;
	}
	buf_in(&list, mc->server->scratch, ROW_BYTES_MAX);
	openapi_check_answer(mc->api, op, (unsigned)status, r->body, &c);
	buf_add(&reply->body, STR("{\"detail\":["));
	buf_add(&reply->body, buf_str(&list));
	buf_add(&reply->body, STR("]}"));
}

static const struct route {
	const char *method, *path;
	void (*handle)(struct mc *mc, const struct request *r, struct reply *reply);
} routes[] = {
	{ "POST", "/sandbox/reset", reset },
	{ "POST", "/sandbox/seed", seed },
	{ "GET", "/sandbox/datasets", datasets },
	{ "GET", "/sandbox/state", state },
	{ "GET", "/sandbox/application.sql", application },
	{ "GET", "/sandbox/openapi.json", openapi_text },
	{ "POST", "/sandbox/validate", validate },
};

bool mc_admin(struct mc *mc, const struct request *r, struct reply *reply)
{
	bool post = str_eq(r->method, STR("POST"));

	if (str_starts(r->path, STR(TRUTH)))
		return truth(mc, r, reply);
	if (post && str_starts(r->path, STR(SEED))) {
		seed_named(mc, str_slice(r->path, sizeof SEED - 1, r->path.len), reply);
		return true;
	}
	for (size_t i = 0; i < COUNT(routes); i++) {
		if (str_eq(r->path, str_from(routes[i].path)) &&
		    str_eq(r->method, str_from(routes[i].method))) {
			routes[i].handle(mc, r, reply);
			return true;
		}
	}
	return mc_edit(mc, r, reply);
}

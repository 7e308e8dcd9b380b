/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mc_api.c - the operations of MetaCTF's SynEd integration.
 *
 * Which paths, methods, parameters and bodies there are is the OpenAPI file's to say; a row here
 * says what an operation does once that file has let its request in.
 *
 * What the file leaves open, and the choice made here: a user id or an email that is taken, and a
 * team id that is taken, are 409; a coach must be there and not be waiting or denied (404); a team
 * with members is not deleted (400); unassigning somebody who is on no team is no error.
 */
#include "mc.h"

#include <stdio.h>

#define COMPLAINTS_BYTES_MAX ((size_t)1 << 20)

static void detail(struct reply *reply, unsigned status, const char *text)
{
	reply_message(reply, status, text);
}

static struct str member(yyjson_val *body, const char *name)
{
	yyjson_val *v = yyjson_obj_get(body, name);

	return yyjson_is_str(v) ? (struct str){ yyjson_get_str(v), yyjson_get_len(v) }
				: (struct str){ "", 0 };
}

/* One request on its way through an operation. */
struct call {
	struct mc *mc;
	const struct request *r;
	yyjson_val *body;
	struct reply *reply;
};

static struct str param(const struct call *c, const char *name)
{
	struct str text = { "", 0 };

	request_param(c->r, name, &text);
	return text;
}

/* The user of that id; NULL after having answered 404. */
static struct mc_user *user_or_404(const struct call *c, struct str id)
{
	struct mc_user *u = mc_user_find(c->mc->world, id);

	if (!u)
		detail(c->reply, 404, "User not found or not approved");
	return u;
}

/* As user_or_404(), and approved. */
static struct mc_user *scored_user(const struct call *c)
{
	struct mc_user *u = user_or_404(c, param(c, "syned_user_id"));

	if (!u || mc_is_approved(u))
		return u;
	detail(c->reply, c->mc->modes.not_approved_403 ? 403 : 404,
	       "User not found or not approved");
	return NULL;
}

static void answer_user(const struct call *c, const struct mc_user *u)
{
	struct mc_view v = mc_view_of(c->mc, c->mc->server->scratch);

	c->reply->status = 201;
	mc_put_user(&v, u, &c->reply->body);
}

static void get_user(const struct call *c)
{
	const struct mc_user *u = user_or_404(c, param(c, "syned_user_id"));

	if (u)
		answer_user(c, u);
}

/* NULL after having answered. */
static struct mc_user *coach_or_404(const struct call *c, struct str id)
{
	struct mc_user *u = mc_user_find(c->mc->world, id);

	if (u && u->coach && mc_is_approved(u))
		return u;
	detail(c->reply, 404, "Coach not found or not approved");
	return NULL;
}

static void create_user(const struct call *c)
{
	struct mc_world *w = c->mc->world;
	struct str email = member(c->body, "email"), id = member(c->body, "syned_user_id");
	struct mc_user *there = mc_user_find(w, id);
	bool coach = str_eq(member(c->body, "role"), STR("coach"));
	struct mc_user u = {
		.id = id,
		.first = member(c->body, "first_name"),
		.last = member(c->body, "last_name"),
		.email = email,
		.school = member(c->body, "syned_school_id"),
		.region = member(c->body, "syned_region_id"),
		.coach_id = member(c->body, "syned_coach_user_id"),
		.ordinal = mc_waiting_find(w, id),
		.since = mc_now(c->mc),
		.coach = coach,
		.status = coach ? c->mc->new_coach : c->mc->new_user,
	};

	if (there && c->mc->modes.user_again_ok)
		answer_user(c, there);
	else if (there)
		detail(c->reply, 409, "User with this syned_user_id already exists");
	else if (mc_user_of_email(w, email, c->mc->server->scratch))
		detail(c->reply, 409, "User with this email already exists");
	else if (!u.coach_id.len || c->mc->modes.any_coach || coach_or_404(c, u.coach_id))
		answer_user(c, mc_user_add(w, &u, member(c->body, "preferred_username")));
}

static void answer_team(const struct call *c, const struct mc_team *t)
{
	struct mc_view v = mc_view_of(c->mc, c->mc->server->scratch);

	c->reply->status = 201;
	mc_put_team(&v, t, &c->reply->body);
}

static void create_team(const struct call *c)
{
	struct mc_world *w = c->mc->world;
	struct str id = member(c->body, "syned_team_id");
	struct mc_team *there = mc_team_find(w, id);
	unsigned division = 0;
	struct mc_team t = {
		.id = id,
		.name = member(c->body, "team_name"),
		.affiliation = member(c->body, "affiliation"),
		.ordinal = -1,
	};

	if (there && c->mc->modes.team_again_ok) {
		answer_team(c, there);
		return;
	}
	if (there) {
		detail(c->reply, 409, "Team with this syned_team_id already exists");
		return;
	}
	t.coach = coach_or_404(c, member(c->body, "syned_coach_user_id"));
	if (!t.coach)
		return;
	mc_name_find(mc_division_names, MC_DIVISIONS, member(c->body, "division"), &division);
	t.division = (enum mc_division)division;
	answer_team(c, mc_team_add(w, &t));
}

/* NULL after having answered 404. */
static struct mc_team *team_or_404(const struct call *c)
{
	struct mc_team *t = mc_team_find(c->mc->world, member(c->body, "syned_team_id"));

	if (!t)
		detail(c->reply, 404, "Team not found");
	return t;
}

static void delete_team(const struct call *c)
{
	struct mc_team *t = team_or_404(c);

	if (!t)
		return;
	if (t->members) {
		detail(c->reply, 400, "Cannot delete a team that has members");
		return;
	}
	t->gone = true;
	if (!c->mc->modes.empty_delete)
		detail(c->reply, 200, "Team deleted");
}

static void assign_team(const struct call *c)
{
	struct mc_team *t = team_or_404(c);
	struct mc_user *u = t ? user_or_404(c, member(c->body, "syned_user_id")) : NULL;

	if (!u)
		return;
	mc_assign(u, t);
	c->reply->status = 201;
	mc_put_assignment(u, true, &c->reply->body);
}

static void delete_assignment(const struct call *c)
{
	struct mc_user *u = user_or_404(c, member(c->body, "syned_user_id"));

	if (!u)
		return;
	if (!u->team && c->mc->modes.strict_unassign) {
		detail(c->reply, 404, "Assignment not found");
		return;
	}
	mc_assign(u, NULL);
	mc_put_assignment(u, false, &c->reply->body);
}

static void get_team_assignments(const struct call *c)
{
	struct mc_world *w = c->mc->world;
	struct str id;
	bool one = request_param(c->r, "syned_team_id", &id);
	const struct mc_team *team = one ? mc_team_find(w, id) : NULL;
	struct buf *b = &c->reply->body;
	size_t n = 0;

	buf_add(b, STR("{\"assignments\":["));
	for (size_t i = 0; i < w->users_n; i++) {
		const struct mc_user *u = w->users[i];

		if (u->gone || !u->team || (one && u->team != team))
			continue;
		if (n++)
			buf_char(b, ',');
		mc_put_assignment(u, true, b);
	}
	buf_printf(b, "],\"total_count\":%zu}", n);
}

static void get_odl_scores(const struct call *c)
{
	struct mc_view v = mc_view_of(c->mc, c->mc->server->scratch);
	const struct mc_user *u = scored_user(c);
	struct str text = str_trim(param(c, "after_time_unix")), whole = str_cut(&text, '.');
	int64_t after = 0;

	if (u)
		mc_put_odl(&v, u, str_to_i64(whole, &after) ? &after : NULL, &c->reply->body);
}

static void get_flash_progress(const struct call *c)
{
	struct mc_view v = mc_view_of(c->mc, c->mc->server->scratch);
	const struct mc_user *u = scored_user(c);

	if (u)
		mc_put_flash(&v, u, &c->reply->body);
}

static void get_index(const struct call *c)
{
	buf_printf(&c->reply->body,
		   "{\"status\":\"ok\",\"storageMode\":\"memory\",\"dataset\":\"%s\"}",
		   mc_dataset_names[c->mc->world->setup.dataset]);
}

static const struct {
	const char *method, *path;
	void (*run)(const struct call *c);
} operations[] = {
	{ "GET", MC_API "/users", get_user },
	{ "POST", MC_API "/users", create_user },
	{ "POST", MC_API "/teams", create_team },
	{ "POST", MC_API "/teams/delete", delete_team },
	{ "POST", MC_API "/users/assign_team", assign_team },
	{ "POST", MC_API "/users/delete_assignment", delete_assignment },
	{ "GET", MC_API "/users/get_team_assignments", get_team_assignments },
	{ "GET", MC_API "/scores/get_odl_scores", get_odl_scores },
	{ "GET", MC_API "/scores/get_flash_ctf_progress", get_flash_progress },
	{ "GET", MC_API "/", get_index },
};

static void run(const struct call *c, const struct operation *op)
{
	for (size_t i = 0; i < COUNT(operations); i++) {
		if (str_eq(op->path, str_from(operations[i].path)) &&
		    str_eq(op->method, str_from(operations[i].method))) {
			operations[i].run(c);
			return;
		}
	}
	detail(c->reply, 501, "The OpenAPI file knows this operation, the stand-in does not");
}

static struct str bearer(const struct request *r)
{
	const char *header = request_header(r, "Authorization");
	struct str token = str_from(header ? header : ""), scheme = str_cut(&token, ' ');

	return str_eq_nocase(scheme, STR("Bearer")) ? str_trim(token) : (struct str){ "", 0 };
}

bool mc_authorised(const struct mc *mc, const struct request *r)
{
	return str_eq(bearer(r), mc->token);
}

/* FastAPI's own answers: none, or none of the kind, is 403; newer releases say 401. */
static bool let_in(const struct mc *mc, const struct request *r, struct reply *reply)
{
	if (r->entry->authorised)
		return true;
	if (bearer(r).len)
		detail(reply, 401, "Invalid authentication credentials");
	else
		detail(reply, mc->modes.auth_401 ? 401 : 403, "Not authenticated");
	return false;
}

static void refuse(struct reply *reply, struct buf *list)
{
	reply_set(reply, 422, TYPE_JSON, STR("{\"detail\":["));
	buf_add(&reply->body, buf_str(list));
	buf_add(&reply->body, STR("]}"));
}

void mc_note(const struct request *r)
{
	static const char *const names[] = { "syned_user_id", "syned_team_id" };
	yyjson_doc *doc = r->body.len ? yyjson_read(r->body.at, r->body.len, 0) : NULL;
	yyjson_val *body = yyjson_doc_get_root(doc);
	struct entry *entry = r->entry;

	for (size_t i = 0; i < COUNT(names) && !entry->subject[0]; i++) {
		struct str id = member(body, names[i]);

		request_param(r, names[i], &id);
		snprintf(entry->subject, sizeof entry->subject, "%.*s", STR_ARG(id));
	}
	yyjson_doc_free(doc);
}

/* The judge of others judges itself: an answer that the file does not allow is a bug here. */
static void check_answer(const struct mc *mc, const struct operation *op, struct reply *reply)
{
	struct buf list;
	struct complaints c = { .list = &list };

	if (!mc->modes.check_answers || reply->status >= 300)
		return;
	buf_in(&list, mc->server->scratch, COMPLAINTS_BYTES_MAX);
	openapi_check_answer(mc->api, op, reply->status, buf_str(&reply->body), &c);
	if (!c.n)
		return;
	fprintf(stderr, "lockstep-sandbox: undeclared answer: %.*s\n", STR_ARG(buf_str(&list)));
	detail(reply, 500, "The stand-in's answer is not one that the OpenAPI file declares");
}

/* A path with a slash too many or too few is sent to the right one, as the framework does. */
static bool redirect_slash(const struct mc *mc, const struct request *r, struct reply *reply)
{
	bool slash = str_ends(r->path, STR("/")), known;
	struct str bare = str_slice(r->path, 0, r->path.len - slash);
	struct str other =
		str_printf(mc->server->scratch, "%.*s%s", STR_ARG(bare), slash ? "" : "/");

	openapi_find(mc->api, r->method, other, &known);
	if (!known)
		return false;
	if (r->query.len)
		other = str_printf(mc->server->scratch, "%.*s?%.*s", STR_ARG(other),
				   STR_ARG(r->query));
	reply_redirect(reply, 307, other);
	return true;
}

/* Not in the vendor's file: some say it is there. */
static bool password_reset(struct mc *mc, const struct request *r, struct reply *reply)
{
	if (!mc->modes.password_reset || !str_eq(r->method, STR("POST")) ||
	    !str_eq(r->path, STR(MC_API "/auth/send_password_reset_email")))
		return false;
	if (let_in(mc, r, reply)) {
		yyjson_doc *doc = yyjson_read(r->body.at, r->body.len, 0);
		struct str id = member(yyjson_doc_get_root(doc), "syned_user_id");
		struct call c = { mc, r, NULL, reply };

		if (user_or_404(&c, id))
			detail(reply, 200, "Password reset email sent");
		yyjson_doc_free(doc);
	}
	return true;
}

void mc_api(struct mc *mc, const struct request *r, struct reply *reply)
{
	bool known;
	const struct operation *op = openapi_find(mc->api, r->method, r->path, &known);
	struct call call = { .mc = mc, .r = r, .reply = reply };
	struct buf list;
	struct complaints c = { .list = &list, .strict_email = mc->modes.strict_email };

	if (!op) {
		if (!password_reset(mc, r, reply) && (known || !redirect_slash(mc, r, reply)))
			detail(reply, known ? 405 : 404,
			       known ? "Method Not Allowed" : "Not Found");
		return;
	}
	if (op->secured && !let_in(mc, r, reply))
		return;
	if (!str_is_utf8(r->body)) {
		detail(reply, 400, "There was an error parsing the body");
		return;
	}
	buf_in(&list, mc->server->scratch, COMPLAINTS_BYTES_MAX);
	openapi_check_query(mc->api, op, r, &c);
	openapi_check_body(mc->api, op, request_header(r, "Content-Type"), r->body,
			   mc->server->scratch, &call.body, &c);
	if (c.n) {
		refuse(reply, &list);
		return;
	}
	run(&call, op);
	check_answer(mc, op, reply);
}

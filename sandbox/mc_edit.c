/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mc_edit.c - the routes below /sandbox/ by which a test changes the invented platform.
 *
 * Who is meant is said everywhere in the same way: {"syned_user_id": id}, {"syned_user_ids":
 * [id, …]}, {"having_status": status} for all with it, or {"users": n} for the first n competitors
 * whose scores can be asked for.
 */
#include "mc.h"

#include "data/json.h"

#include <stdlib.h>

#define ADDED_MAX 1000000
#define CHALLENGE_BYTES_MAX ((size_t)8 << 10)

/* One request, read. */
struct edit {
	struct mc *mc;
	yyjson_val *wish;
	struct buf *b;
	struct mc_user **users;
	size_t n;
};

static struct str text(yyjson_val *wish, const char *name, struct str otherwise)
{
	yyjson_val *v = yyjson_obj_get(wish, name);

	return yyjson_is_str(v) ? (struct str){ yyjson_get_str(v), yyjson_get_len(v) } : otherwise;
}

static int64_t number(yyjson_val *wish, const char *name, int64_t otherwise)
{
	yyjson_val *v = yyjson_obj_get(wish, name);

	return yyjson_is_int(v) ? yyjson_get_sint(v) : otherwise;
}

static bool find_user(struct edit *edit, yyjson_val *id, struct err *e)
{
	struct str s = { yyjson_get_str(id), yyjson_get_len(id) };
	struct mc_user *u = s.at ? mc_user_find(edit->mc->world, s) : NULL;

	if (!u)
		return err_set(e, ERR_USAGE, "there is no such user");
	edit->users[edit->n++] = u;
	return true;
}

/* Who is meant, as `wish` says it. */
static bool find_users(struct edit *edit, yyjson_val *wish, struct err *e)
{
	struct mc_world *w = edit->mc->world;
	yyjson_val *one = yyjson_obj_get(wish, "syned_user_id");
	yyjson_val *several = yyjson_obj_get(wish, "syned_user_ids");
	struct str status = text(wish, "having_status", (struct str){ "", 0 });
	int64_t first = number(wish, "users", 0);
	size_t room = yyjson_arr_size(several) + w->users_n + 1;

	edit->n = 0;
	edit->users = arena_new_array(edit->mc->server->scratch, struct mc_user *, room);
	for (size_t i = 0; i < w->users_n; i++) {
		struct mc_user *u = w->users[i];
		bool among_first = (int64_t)edit->n < first && !u->coach && mc_is_approved(u);

		if (!u->gone &&
		    (among_first || str_eq(status, str_from(mc_status_names[u->status]))))
			edit->users[edit->n++] = u;
	}
	if (one && !find_user(edit, one, e))
		return false;
	for (size_t i = 0; i < yyjson_arr_size(several); i++)
		if (!find_user(edit, yyjson_arr_get(several, i), e))
			return false;
	return edit->n ||
	       err_set(e, ERR_USAGE,
		       "which users? syned_user_id, syned_user_ids, having_status or users");
}

static struct str roles_of(struct arena *a, yyjson_val *wish, struct str otherwise)
{
	yyjson_val *v = yyjson_obj_get(wish, "nist_nice_work_roles");
	size_t len = 0;
	char *json = yyjson_is_arr(v) ? yyjson_val_write(v, 0, &len) : NULL;
	struct str kept = otherwise;

	if (json)
		kept = str_keep(a, (struct str){ json, len });
	free(json);
	return kept;
}

/* A solve by the vendor's own names, each with a default; "visible_in" says in how many seconds it
 * shows, which may be long after it happened. */
static struct mc_solve read_solve(struct edit *edit, yyjson_val *wish)
{
	struct mc_world *w = edit->mc->world;
	int64_t id = number(wish, "challenge_solve_id", w->last_solve_id + 1),
		now = mc_now(edit->mc);
	unsigned pick = (unsigned)(uint64_t)id;
	struct mc_challenge c = mc_challenge_at(pick % MC_CATEGORIES, pick / MC_CATEGORIES);
	int64_t at = number(wish, "timestamp_unix", now);
	yyjson_val *visible_in = yyjson_obj_get(wish, "visible_in");
	yyjson_val *retired = yyjson_obj_get(wish, "challenge_retired");

	w->last_solve_id += id == w->last_solve_id + 1;
	c.id = number(wish, "challenge_id", c.id);
	c.points = number(wish, "challenge_points", c.points);
	c.title = text(wish, "challenge_title", c.title);
	c.category = text(wish, "challenge_category", c.category);
	c.roles = roles_of(edit->mc->server->scratch, wish, c.roles);
	c.retired = retired ? yyjson_get_bool(retired) : c.retired;
	return (struct mc_solve){
		.id = id,
		.at = at,
		.visible_at = visible_in ? now + yyjson_get_sint(visible_in) : at,
		.challenge = c,
	};
}

/* Adds to the part, or (NULL) to On-Demand Learning, and tells. */
static void add_solve(struct edit *edit, struct mc_user *u, struct mc_part *part, yyjson_val *wish)
{
	struct mc_solve s = read_solve(edit, wish);

	if (part)
		mc_part_solve_add(edit->mc->world, part, &s);
	else
		mc_solve_add(edit->mc->world, u, &s);
	if (edit->b->at[edit->b->len - 1] != '[')
		buf_char(edit->b, ',');
	buf_add(edit->b, STR("{\"syned_user_id\":"));
	json_write_str(edit->b, u->id);
	buf_printf(edit->b, ",\"challenge_solve_id\":%lld,\"timestamp_unix\":%lld}",
		   (long long)s.id, (long long)s.at);
}

/* {"solves": [{…}, …]}, or {"count": n} of what stands beside it. */
static bool add_solves(struct edit *edit, struct mc_user *u, struct mc_part *part, yyjson_val *wish,
		       struct err *e)
{
	yyjson_val *list = yyjson_obj_get(wish, "solves");
	int64_t count = number(wish, "count", part ? 0 : 1);

	if (count < 0 || count > ADDED_MAX)
		return err_set(e, ERR_USAGE, "count is 0 to %d", ADDED_MAX);
	for (size_t i = 0; i < yyjson_arr_size(list); i++)
		add_solve(edit, u, part, yyjson_arr_get(list, i));
	for (int64_t i = 0; !list && i < count; i++)
		add_solve(edit, u, part, wish);
	return true;
}

static bool edit_solves(struct edit *edit, struct err *e)
{
	if (!find_users(edit, edit->wish, e))
		return false;
	buf_add(edit->b, STR("{\"added\":["));
	for (size_t i = 0; i < edit->n; i++)
		if (!add_solves(edit, edit->users[i], NULL, edit->wish, e))
			return false;
	buf_add(edit->b, STR("]}"));
	return true;
}

static bool add_participants(struct edit *edit, const struct mc_event *event, yyjson_val *wish,
			     struct err *e)
{
	if (!find_users(edit, wish, e))
		return false;
	for (size_t i = 0; i < edit->n; i++) {
		struct mc_part *part = mc_part_add(edit->mc->world, edit->users[i], event);

		part->rank = number(wish, "rank", part->rank);
		part->joined = number(wish, "joined_unix", part->joined);
		if (!add_solves(edit, edit->users[i], part, wish, e))
			return false;
	}
	return true;
}

/* {"flash_ctf_name", "flash_ctf_time_start_unix", and participants: users as everywhere with
 * "rank", "joined_unix", "count" or "solves"; or "participants": [those, …]} */
static bool edit_events(struct edit *edit, struct err *e)
{
	struct str name = text(edit->wish, "flash_ctf_name", (struct str){ "", 0 });
	yyjson_val *list = yyjson_obj_get(edit->wish, "participants");
	const struct mc_event *event;

	if (!name.len)
		return err_set(e, ERR_USAGE, "flash_ctf_name is needed");
	event = mc_event_add(edit->mc->world, name,
			     number(edit->wish, "flash_ctf_time_start_unix", mc_now(edit->mc)));
	buf_add(edit->b, STR("{\"added\":["));
	for (size_t i = 0; i < yyjson_arr_size(list); i++)
		if (!add_participants(edit, event, yyjson_arr_get(list, i), e))
			return false;
	if (!list && !add_participants(edit, event, edit->wish, e))
		return false;
	buf_add(edit->b, STR("]}"));
	return true;
}

/* {"status": user_created|pending_approval|approved|denied} */
static bool edit_status(struct edit *edit, struct err *e)
{
	unsigned status;

	if (!mc_name_find(mc_status_names, MC_STATUSES, text(edit->wish, "status", STR("approved")),
			  &status))
		return err_set(e, ERR_USAGE,
			       "status is user_created, pending_approval, approved or denied");
	if (!find_users(edit, edit->wish, e))
		return false;
	for (size_t i = 0; i < edit->n; i++)
		edit->users[i]->status = (enum mc_status)status;
	buf_printf(edit->b, "{\"changed\":%zu}", edit->n);
	return true;
}

/* {"last_login_unix_timestamp"?, "last_accessed_unix_timestamp"?}: both now when neither is there
 */
static bool edit_login(struct edit *edit, struct err *e)
{
	int64_t login = number(edit->wish, "last_login_unix_timestamp", mc_now(edit->mc));
	int64_t access = number(edit->wish, "last_accessed_unix_timestamp", login);

	if (!find_users(edit, edit->wish, e))
		return false;
	for (size_t i = 0; i < edit->n; i++) {
		edit->users[i]->last_login = login;
		edit->users[i]->last_access = access;
	}
	buf_printf(edit->b, "{\"changed\":%zu}", edit->n);
	return true;
}

static bool edit_remove(struct edit *edit, struct err *e)
{
	if (!find_users(edit, edit->wish, e))
		return false;
	for (size_t i = 0; i < edit->n; i++)
		mc_user_remove(edit->users[i]);
	buf_printf(edit->b, "{\"removed\":%zu}", edit->n);
	return true;
}

/* {"syned_team_id": id or null}: somebody at the vendor moves people about */
static bool edit_assignments(struct edit *edit, struct err *e)
{
	struct str id = text(edit->wish, "syned_team_id", (struct str){ "", 0 });
	struct mc_team *team = id.len ? mc_team_find(edit->mc->world, id) : NULL;

	if (id.len && !team)
		return err_set(e, ERR_USAGE, "there is no such team");
	if (!find_users(edit, edit->wish, e))
		return false;
	for (size_t i = 0; i < edit->n; i++)
		mc_assign(edit->users[i], team);
	buf_printf(edit->b, "{\"changed\":%zu}", edit->n);
	return true;
}

/* {"coaches": …, "users": …}: created, auto, pending or denied; of those created from now on */
static bool edit_approval(struct edit *edit, struct err *e)
{
	const char *coaches = yyjson_get_str(yyjson_obj_get(edit->wish, "coaches"));
	const char *users = yyjson_get_str(yyjson_obj_get(edit->wish, "users"));
	enum mc_status coach = edit->mc->new_coach, user = edit->mc->new_user;

	if ((coaches && !mc_approval_parse(coaches, &coach, e)) ||
	    (users && !mc_approval_parse(users, &user, e)))
		return false;
	edit->mc->new_coach = coach;
	edit->mc->new_user = user;
	buf_printf(edit->b, "{\"coaches\":\"%s\",\"users\":\"%s\"}", mc_status_names[coach],
		   mc_status_names[user]);
	return true;
}

static bool edit_token(struct edit *edit, struct err *e)
{
	struct str token = text(edit->wish, "token", (struct str){ "", 0 });

	if (!token.len)
		return err_set(e, ERR_USAGE, "token is needed");
	/* The world's arena would forget it at the next reset. */
	edit->mc->token = str_keep(edit->mc->arena, token);
	buf_add(edit->b, STR("{}"));
	return true;
}

static const struct {
	const char *path;
	bool (*run)(struct edit *edit, struct err *e);
} routes[] = {
	{ "/sandbox/solves", edit_solves },       { "/sandbox/events", edit_events },
	{ "/sandbox/users/status", edit_status }, { "/sandbox/users/login", edit_login },
	{ "/sandbox/users/remove", edit_remove }, { "/sandbox/assignments", edit_assignments },
	{ "/sandbox/approval", edit_approval },   { "/sandbox/token", edit_token },
};

bool mc_edit(struct mc *mc, const struct request *r, struct reply *reply)
{
	size_t i = 0;
	yyjson_doc *doc;
	struct edit edit = { .mc = mc, .b = &reply->body };
	struct err e = { 0 };

	while (i < COUNT(routes) && !str_eq(r->path, str_from(routes[i].path)))
		i++;
	if (i == COUNT(routes) || !str_eq(r->method, STR("POST")))
		return false;
	doc = yyjson_read(r->body.at, r->body.len, 0);
	edit.wish = yyjson_doc_get_root(doc);
	if (!yyjson_is_obj(edit.wish))
		reply_set(reply, 400, TYPE_TEXT, STR("a JSON object is needed"));
	else if (!routes[i].run(&edit, &e))
		reply_set(reply, 400, TYPE_TEXT, str_from(e.text));
	yyjson_doc_free(doc);
	return true;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* vendor.c - the vendor's users, teams and who is in which. */
#include "gameplatform/vendor.h"

#include "gameplatform/vendor_call.h"
#include "http/backoff.h"

/* ---- what answers look like ---- */

#define AT(member) offsetof(struct vendor_user, member)
static const struct shape_member user_members[] = {
	{ "metactf_user_id", SHAPE_INTEGER, true, false, AT(number) },
	{ "metactf_username", SHAPE_TEXT, true, false, AT(username) },
	{ "syned_user_id", SHAPE_ID, true, false, AT(id) },
	{ "metactf_user_status", SHAPE_TEXT, true, false, AT(status) },
	{ "last_login_unix_timestamp", SHAPE_INTEGER, false, true, AT(last_login_s) },
};
/* The status of a user just made may be missing. */
static const struct shape_member new_user_members[] = {
	{ "metactf_user_id", SHAPE_INTEGER, true, false, AT(number) },
	{ "metactf_username", SHAPE_TEXT, true, false, AT(username) },
	{ "syned_user_id", SHAPE_ID, true, false, AT(id) },
	{ "metactf_user_status", SHAPE_TEXT, false, true, AT(status) },
	{ "last_login_unix_timestamp", SHAPE_INTEGER, false, true, AT(last_login_s) },
};
#undef AT
static const struct shape user_shape = { "a user", user_members, COUNT(user_members) };
static const struct shape new_user_shape = { "a user", new_user_members, COUNT(new_user_members) };

#define AT(member) offsetof(struct vendor_team, member)
static const struct shape_member team_members[] = {
	{ "metactf_team_id", SHAPE_INTEGER, true, false, AT(number) },
	{ "metactf_coach_id", SHAPE_TEXT, true, false, SHAPE_NOWHERE },
	{ "syned_team_id", SHAPE_ID, true, false, AT(id) },
	{ "team_name", SHAPE_TEXT, true, false, AT(name) },
	{ "division", SHAPE_TEXT, true, false, AT(division) },
	{ "affiliation", SHAPE_TEXT, true, false, AT(affiliation) },
};
#undef AT
static const struct shape team_shape = { "a team", team_members, COUNT(team_members) };

#define AT(member) offsetof(struct vendor_assignment, member)
static const struct shape_member assignment_members[] = {
	{ "syned_user_id", SHAPE_ID, true, false, AT(user) },
	{ "syned_team_id", SHAPE_TEXT, false, true, AT(team) },
};
#undef AT
static const struct shape assignment_shape = { "an assignment", assignment_members,
					       COUNT(assignment_members) };

/* Any object will do. */
static const struct shape any_shape = { "an answer", NULL, 0 };

struct listing {
	struct value assignments;
	int64_t total;
};
#define AT(member) offsetof(struct listing, member)
static const struct shape_member listing_members[] = {
	{ "assignments", SHAPE_LIST, true, false, AT(assignments) },
	{ "total_count", SHAPE_INTEGER, true, false, AT(total) },
};
#undef AT
static const struct shape listing_shape = { "a list of assignments", listing_members,
					    COUNT(listing_members) };

/* Whose it is must be who was asked for: nobody is given another's answer. */
static bool is_about(struct vendor *v, const struct vendor_op *op, struct str asked, struct str got,
		     bool done, struct err *e)
{
	struct err why;

	if (str_eq_nocase(asked, got))
		return true;
	err_set(&why, ERR_REMOTE, "an answer about another id");
	v->fault.in_doubt = done;
	return vendor_odd(v, op, 200, &why, e);
}

/* ---- arguments ---- */

static void give(struct vendor *v, struct value args, const char *name, struct str s)
{
	value_map_set(v->arena, args, str_from(name), value_str(s));
}

static void give_some(struct vendor *v, struct value args, const char *name, struct str s)
{
	if (s.len)
		give(v, args, name, s);
}

/* ---- users ---- */

bool vendor_user_find(struct vendor *v, struct str id, bool *found, struct vendor_user *out,
		      struct err *e)
{
	struct vendor_op op = { .name = "get_user", .path = "users", .user = id };
	struct vendor_user user = { 0 };
	struct reply reply;

	assert(id.len > 0);
	if (!vendor_ask(v, &op, "users", NO_TIME, &reply, e))
		return false;
	if (reply.ignored) {
		*found = false;
		return true;
	}
	if (!vendor_take(v, &op, &user_shape, reply.body, &user, false, e) ||
	    !is_about(v, &op, id, user.id, false, e))
		return false;
	*found = true;
	*out = user;
	return true;
}

bool vendor_user_create(struct vendor *v, const struct vendor_user_draft *d,
			struct vendor_user *out, struct err *e)
{
	struct vendor_op op = {
		.name = "create_user", .path = "users", .user = d->id, .coach = d->coach
	};
	struct value args = value_map_new(v->arena);
	struct vendor_user user = { 0 };
	struct sent sent;

	give(v, args, "first_name", d->first_name);
	give(v, args, "last_name", d->last_name);
	give(v, args, "email", d->email);
	give(v, args, "role", d->role);
	give(v, args, "syned_user_id", d->id);
	give_some(v, args, "preferred_username", d->username);
	give_some(v, args, "syned_school_id", d->school);
	give_some(v, args, "syned_region_id", d->region);
	give_some(v, args, "syned_coach_user_id", d->coach);
	if (!vendor_do(v, &op, args, &sent, e) ||
	    !vendor_take(v, &op, &new_user_shape, vendor_body(v, &sent), &user, true, e) ||
	    !is_about(v, &op, d->id, user.id, true, e))
		return false;
	*out = user;
	return true;
}

/* Its framework's answer for a path that is not there; an unknown user is told in other words. */
#define NO_SUCH_PATH STR("Not Found")

static bool is_not_offered(const struct vendor_fault *f)
{
	return f->status == 405 ||
	       (f->status == 404 && (str_eq(f->message, NO_SUCH_PATH) ||
				     str_starts(f->message, STR("GamePlatform request failed"))));
}

bool vendor_password_reset(struct vendor *v, struct str user, bool *offered, struct err *e)
{
	struct vendor_op op = { .name = "send_password_reset",
				.path = "auth/send_password_reset_email",
				.user = user };
	struct value args = value_map_new(v->arena);
	struct sent sent;

	give(v, args, "syned_user_id", user);
	if (vendor_do(v, &op, args, &sent, e)) {
		*offered = true;
		return true;
	}
	if (!is_not_offered(&v->fault))
		return false;
	*offered = false;
	return true;
}

/* ---- teams ---- */

bool vendor_team_create(struct vendor *v, const struct vendor_team_draft *d,
			struct vendor_team *out, struct err *e)
{
	struct vendor_op op = {
		.name = "create_team", .path = "teams", .team = d->id, .coach = d->coach
	};
	struct value args = value_map_new(v->arena);
	struct vendor_team team = { .coach = d->coach };
	struct sent sent;

	give(v, args, "syned_coach_user_id", d->coach);
	give(v, args, "syned_team_id", d->id);
	give(v, args, "team_name", d->name);
	give(v, args, "affiliation", d->affiliation);
	give(v, args, "division", d->division);
	if (!vendor_do(v, &op, args, &sent, e) ||
	    !vendor_take(v, &op, &team_shape, vendor_body(v, &sent), &team, true, e) ||
	    !is_about(v, &op, d->id, team.id, true, e))
		return false;
	*out = team;
	return true;
}

bool vendor_team_delete(struct vendor *v, struct str team, bool *existed, struct err *e)
{
	struct vendor_op op = { .name = "delete_team", .path = "teams/delete", .team = team };
	struct value args = value_map_new(v->arena);
	struct sent sent;

	give(v, args, "syned_team_id", team);
	if (!vendor_do(v, &op, args, &sent, e))
		return false;
	*existed = http_class(sent.status) == HTTP_OK;
	return true;
}

/* ---- who is in which ---- */

bool vendor_assignments(struct vendor *v, struct str team, struct vendor_assignment **out,
			size_t *n, struct err *e)
{
	struct vendor_op op = { .name = "get_team_assignments",
				.path = "users/get_team_assignments",
				.team = team };
	struct vendor_assignment *list;
	struct listing listing;
	struct value_iter it;
	struct value item;
	struct reply reply;
	struct str key;
	size_t count = 0;

	if (!vendor_ask(v, &op, "team_assignments", NO_TIME, &reply, e) ||
	    !vendor_take(v, &op, &listing_shape, reply.body, &listing, false, e))
		return false;
	list = arena_new_array(v->arena, struct vendor_assignment,
			       value_len(listing.assignments) + 1);
	it = value_iter(listing.assignments);
	while (value_next(&it, &key, &item)) {
		struct vendor_assignment *one = &list[count];

		if (!vendor_take(v, &op, &assignment_shape, item, one, false, e))
			return false;
		if (team.len && !one->team.len)
			one->team = team;
		/* Others' rows are passed over, should the vendor send them after all. */
		count += !team.len || str_eq_nocase(one->team, team);
	}
	*out = list;
	*n = count;
	return true;
}

static bool assigning(struct vendor *v, const struct vendor_op *op, const struct shape *s,
		      struct err *e)
{
	struct value args = value_map_new(v->arena);
	struct vendor_assignment told;
	struct sent sent;

	give_some(v, args, "syned_team_id", op->team);
	give(v, args, "syned_user_id", op->user);
	if (!vendor_do(v, op, args, &sent, e))
		return false;
	/* What was not there to be taken away is told in other words. */
	if (http_class(sent.status) != HTTP_OK ||
	    vendor_take(v, op, s, vendor_body(v, &sent), &told, true, e))
		return true;
	/* It was carried out, or may be again: the next look tells. */
	e->kind = ERR_TRANSIENT;
	return false;
}

bool vendor_assign(struct vendor *v, struct str team, struct str user, struct err *e)
{
	struct vendor_op op = {
		.name = "assign_team", .path = "users/assign_team", .user = user, .team = team
	};

	assert(team.len > 0 && user.len > 0);
	return assigning(v, &op, &assignment_shape, e);
}

bool vendor_unassign(struct vendor *v, struct str user, struct err *e)
{
	struct vendor_op op = { .name = "delete_assignment",
				.path = "users/delete_assignment",
				.user = user };

	assert(user.len > 0);
	return assigning(v, &op, &any_shape, e);
}

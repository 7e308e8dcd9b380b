/* SPDX-License-Identifier: Apache-2.0 */
/* vendor_scores.c - what the vendor's users have solved. */
#include "base/map.h"
#include "gameplatform/vendor.h"
#include "gameplatform/vendor_call.h"

#define AT(member) offsetof(struct vendor_solve, member)
static const struct shape_member solve_members[] = {
	{ "challenge_solve_id", SHAPE_INTEGER, false, true, AT(id) },
	{ "challenge_id", SHAPE_INTEGER, true, false, AT(challenge) },
	{ "challenge_title", SHAPE_TEXT, true, true, AT(title) },
	{ "challenge_points", SHAPE_INTEGER, true, false, AT(points) },
	{ "challenge_category", SHAPE_TEXT, true, true, AT(category) },
	{ "timestamp_unix", SHAPE_INTEGER, false, true, AT(at_s) },
	{ "challenge_retired", SHAPE_FLAG, false, true, SHAPE_NOWHERE },
	{ "nist_nice_work_roles", SHAPE_LIST, false, true, SHAPE_NOWHERE },
};
#undef AT
static const struct shape solve_shape = { "a solve", solve_members, COUNT(solve_members) };

struct scores {
	struct vendor_scores told;
	struct str id;
	struct value solves;
};
#define AT(member) offsetof(struct scores, member)
static const struct shape_member scores_members[] = {
	{ "syned_user_id", SHAPE_TEXT, false, true, AT(id) },
	{ "metactf_user_id", SHAPE_INTEGER, true, false, AT(told.user) },
	{ "total_challenges_solved", SHAPE_INTEGER, true, false, AT(told.challenges) },
	{ "total_points", SHAPE_INTEGER, true, false, AT(told.points) },
	{ "last_accessed_unix_timestamp", SHAPE_INTEGER, true, false, AT(told.accessed_s) },
	{ "category_points", SHAPE_MAP, true, false, AT(told.category_points) },
	{ "challenge_solves", SHAPE_LIST, true, false, AT(solves) },
};
#undef AT
static const struct shape scores_shape = { "scores", scores_members, COUNT(scores_members) };

struct event {
	struct vendor_event told;
	struct value solves;
};
#define AT(member) offsetof(struct event, member)
static const struct shape_member event_members[] = {
	{ "flash_ctf_name", SHAPE_ID, true, false, AT(told.name) },
	{ "flash_ctf_time_start_unix", SHAPE_INTEGER, true, false, AT(told.start_s) },
	{ "flash_ctf_time_end_unix", SHAPE_INTEGER, false, true, AT(told.end_s) },
	{ "challenges_solved", SHAPE_INTEGER, true, false, AT(told.challenges) },
	{ "challenge_solves", SHAPE_LIST, true, false, AT(solves) },
	{ "points_earned", SHAPE_INTEGER, true, false, AT(told.points) },
	{ "rank", SHAPE_INTEGER, true, false, AT(told.rank) },
	{ "max_points_possible", SHAPE_INTEGER, false, true, AT(told.points_max) },
};
#undef AT
static const struct shape event_shape = { "an event", event_members, COUNT(event_members) };

struct progress {
	struct str id;
	struct value events;
};
#define AT(member) offsetof(struct progress, member)
static const struct shape_member progress_members[] = {
	{ "syned_user_id", SHAPE_ID, true, false, AT(id) },
	{ "flash_ctfs", SHAPE_LIST, true, false, AT(events) },
};
#undef AT
static const struct shape progress_shape = { "progress", progress_members,
					     COUNT(progress_members) };

/* ---- solves ---- */

/* Of solves with one id the last one sent counts, at the place of the first. */
static void keep(struct arena *a, struct map *seen, struct vendor_solve *list, size_t *n,
		 const struct vendor_solve *one)
{
	struct str key = str_printf(a, "%lld", (long long)one->id);
	struct vendor_solve *before = map_get(seen, key);

	if (before) {
		*before = *one;
		return;
	}
	list[*n] = *one;
	map_put(seen, key, &list[(*n)++]);
}

/* `after_s` is strict; a solve without a time cannot be judged, and is kept. */
static bool solves_take(struct vendor *v, const struct vendor_op *op, struct value from,
			int64_t after_s, struct vendor_solve **out, size_t *n, struct err *e)
{
	struct vendor_solve *list =
		arena_new_array(v->arena, struct vendor_solve, value_len(from) + 1);
	struct map *seen = map_new(v->arena);
	struct value_iter it = value_iter(from);
	struct value item;
	struct str key;
	size_t count = 0;

	while (value_next(&it, &key, &item)) {
		struct vendor_solve one = { .raw = item };

		if (!vendor_take(v, op, &solve_shape, item, &one, false, e))
			return false;
		if (one.id != 0 && (one.at_s == 0 || one.at_s > after_s))
			keep(v->arena, seen, list, &count, &one);
	}
	*out = list;
	*n = count;
	return true;
}

/* Nobody is given another's solves. */
static bool is_theirs(struct vendor *v, const struct vendor_op *op, struct str id, struct err *e)
{
	struct err why;

	if (!id.len || str_eq_nocase(id, op->user))
		return true;
	err_set(&why, ERR_REMOTE, "an answer about another user");
	return vendor_odd(v, op, 200, &why, e);
}

bool vendor_scores(struct vendor *v, struct str user, int64_t after_s, struct vendor_scores *out,
		   struct err *e)
{
	struct vendor_op op = { .name = "get_odl_scores",
				.path = "scores/get_odl_scores",
				.user = user };
	int64_t since_us = after_s == VENDOR_ALL_TIME ? NO_TIME : after_s * US_PER_S;
	struct scores s = { .solves = UNDEFINED };
	struct reply reply;

	assert(user.len > 0);
	assert(after_s == VENDOR_ALL_TIME || (after_s >= 0 && after_s <= MOMENT_MAX_US / US_PER_S));
	if (!vendor_ask(v, &op, "odl_scores", since_us, &reply, e) ||
	    !vendor_take(v, &op, &scores_shape, reply.body, &s, false, e) ||
	    !is_theirs(v, &op, s.id, e) ||
	    !solves_take(v, &op, s.solves, after_s, &s.told.solve, &s.told.solves, e))
		return false;
	*out = s.told;
	return true;
}

/* ---- events ---- */

static bool event_take(struct vendor *v, const struct vendor_op *op, struct value from,
		       struct vendor_event *out, struct err *e)
{
	struct event one = { .solves = UNDEFINED };

	if (!vendor_take(v, op, &event_shape, from, &one, false, e) ||
	    !solves_take(v, op, one.solves, VENDOR_ALL_TIME, &one.told.solve, &one.told.solves, e))
		return false;
	one.told.raw = from;
	one.told.id = str_printf(v->arena, "%.*s:%lld", STR_ARG(one.told.name),
				 (long long)one.told.start_s);
	*out = one.told;
	return true;
}

bool vendor_events(struct vendor *v, struct str user, struct vendor_event **out, size_t *n,
		   struct err *e)
{
	struct vendor_op op = { .name = "get_flash_ctf_progress",
				.path = "scores/get_flash_ctf_progress",
				.user = user };
	struct progress p = { .events = UNDEFINED };
	struct vendor_event *list;
	struct value_iter it;
	struct value item;
	struct reply reply;
	struct str key;
	size_t count = 0;

	assert(user.len > 0);
	if (!vendor_ask(v, &op, "flash_ctf_progress", NO_TIME, &reply, e))
		return false;
	if (reply.ignored) {
		*n = 0;
		return true;
	}
	if (!vendor_take(v, &op, &progress_shape, reply.body, &p, false, e) ||
	    !is_theirs(v, &op, p.id, e))
		return false;
	list = arena_new_array(v->arena, struct vendor_event, value_len(p.events) + 1);
	it = value_iter(p.events);
	while (value_next(&it, &key, &item))
		if (!event_take(v, &op, item, &list[count++], e))
			return false;
	*out = list;
	*n = count;
	return true;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* fc_admin.c - the routes below /sandbox/ that are the scraper's own: credits, plan, envelopes. */
#include "fc.h"

#include "base/map.h"

#define RULES_MAX 1000

static bool set_credits(struct fc *fc, yyjson_val *root)
{
	yyjson_val *left = yyjson_obj_get(root, "remaining");
	yyjson_val *name = yyjson_obj_get(root, "plan");
	const struct fc_plan *plan =
		name ? fc_plan_find(str_from(yyjson_is_str(name) ? yyjson_get_str(name) : ""))
		     : fc->plan;

	if (!plan || (left && !yyjson_is_int(left)))
		return false;
	if (name)
		fc_bill_set_plan(fc, plan);
	if (left)
		fc->remaining = yyjson_get_sint(left);
	return true;
}

static bool read_rule(struct fc *fc, yyjson_val *v, struct fc_rule *rule)
{
	const char *name = yyjson_get_str(yyjson_obj_get(v, "envelope"));
	const char *match = yyjson_get_str(yyjson_obj_get(v, "match"));
	yyjson_val *times = yyjson_obj_get(v, "times");

	rule->envelope = fc_envelope_find(str_from(name ? name : ""));
	rule->match = str_keep(fc->arena, str_from(match ? match : ""));
	rule->after = yyjson_get_sint(yyjson_obj_get(v, "after"));
	rule->times = times ? yyjson_get_sint(times) : -1;
	return rule->envelope >= 0 && rule->after >= 0;
}

/* Replaces the rules by those of `root`, in their order; nothing changes when one is wrong. */
static bool set_rules(struct fc *fc, yyjson_val *root)
{
	yyjson_val *list = yyjson_obj_get(root, "rules"), *v;
	yyjson_arr_iter it = yyjson_arr_iter_with(list);
	struct fc_rule *first = NULL, **end = &first;

	if (!yyjson_is_arr(list) || yyjson_arr_size(list) > RULES_MAX)
		return false;
	while ((v = yyjson_arr_iter_next(&it))) {
		*end = arena_new_struct(fc->arena, struct fc_rule);
		if (!read_rule(fc, v, *end))
			return false;
		end = &(*end)->next;
	}
	fc->rules = first;
	return true;
}

static bool reset(struct fc *fc, yyjson_val *root)
{
	(void)root;
	fc->world->edits = NULL;
	fc->rules = NULL;
	fc->months = NULL;
	fc->remaining = fc->plan_credits;
	fc->cache = map_new(fc->arena);
	fc->idempotency = map_new(fc->arena);
	return true;
}

static const struct {
	const char *path, *about;
	bool (*set)(struct fc *fc, yyjson_val *root);
} setters[] = {
	{ "/sandbox/credits", "\\\"remaining\\\": n and/or \\\"plan\\\": name", set_credits },
	{ "/sandbox/envelopes",
	  "\\\"rules\\\": [{\\\"envelope\\\", \\\"match\\\", \\\"after\\\", "
	  "\\\"times\\\"}]",
	  set_rules },
	{ "/sandbox/reset", "", reset },
};

static bool post(struct fc *fc, const struct request *r, struct reply *reply)
{
	for (size_t i = 0; i < COUNT(setters); i++) {
		yyjson_doc *doc;

		if (!str_eq(r->path, str_from(setters[i].path)))
			continue;
		doc = yyjson_read(r->body.at, r->body.len, 0);
		if (setters[i].set(fc, yyjson_doc_get_root(doc)))
			buf_add(&reply->body, STR("{}"));
		else
			fc_fail(reply, 400, NULL, setters[i].about);
		yyjson_doc_free(doc);
		return true;
	}
	return false;
}

bool fc_admin(struct fc *fc, const struct request *r, struct reply *reply)
{
	bool get = str_eq(r->method, STR("GET"));

	if (!get && post(fc, r, reply))
		return true;
	if (get && str_eq(r->path, STR("/sandbox/credits"))) {
		fc_bill_put(fc, timepiece_now(&fc->server->time), &reply->body);
		return true;
	}
	if (get && str_eq(r->path, STR("/sandbox/envelopes"))) {
		reply->type = TYPE_TEXT;
		fc_envelope_list(&reply->body);
		return true;
	}
	return tc_admin(fc->world, &fc->modes.site, r, reply);
}

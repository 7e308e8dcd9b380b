/* SPDX-License-Identifier: Apache-2.0 */
/*
 * plan.c - when a vendor misbehaves: rules that count the requests they match.
 *
 * Always: a rule's count is the number of requests that matched its path, query and method since
 * the plan was set, whether or not the rule fired.
 */
#include "fault.h"

#include "base/rng.h"

#include <stdio.h>
#include <stdlib.h>

#define RULES_MAX 1000

struct rule {
	struct str path_prefix, query, method; /* empty: any */
	int64_t nth, every, from, to;          /* 0: any */
	double probability;                    /* 1: always */
	struct rng rng;
	int64_t count;
	struct fault fault;
};

struct fault_plan {
	struct arena *arena; /* the rules and their texts; replaced with them */
	struct rule *rules;
	size_t n;
};

struct fault_plan *fault_plan_new(void)
{
	struct fault_plan *p = calloc(1, sizeof *p);

	if (!p)
		abort();
	return p;
}

void fault_plan_free(struct fault_plan *p)
{
	if (!p)
		return;
	arena_free(p->arena);
	free(p);
}

static struct str keep_text(struct arena *a, yyjson_val *object, const char *name)
{
	yyjson_val *v = yyjson_obj_get(object, name);

	if (!yyjson_is_str(v))
		return (struct str){ "", 0 };
	return str_keep(a, (struct str){ yyjson_get_str(v), yyjson_get_len(v) });
}

static int64_t number(yyjson_val *object, const char *name)
{
	yyjson_val *v = yyjson_obj_get(object, name);

	return yyjson_is_int(v) ? yyjson_get_sint(v) : 0;
}

/* Tests name their wishes by hand: a misspelled one must not pass for "any". */
static bool known_keys(yyjson_val *object, const char *const *names, size_t n, struct err *e)
{
	yyjson_obj_iter it = yyjson_obj_iter_with(object);
	yyjson_val *key;

	while ((key = yyjson_obj_iter_next(&it))) {
		size_t i = 0;

		while (i < n && strcmp(names[i], yyjson_get_str(key)) != 0)
			i++;
		if (i == n)
			return err_set(e, ERR_USAGE, "unknown member '%s'", yyjson_get_str(key));
	}
	return true;
}

static bool read_match(struct arena *a, yyjson_val *match, struct rule *rule, struct err *e)
{
	static const char *const names[] = { "path_prefix", "query", "method",
					     "nth",         "every", "from",
					     "to",          "seed",  "probability" };
	yyjson_val *probability = yyjson_obj_get(match, "probability");

	rule->probability = 1;
	if (!match)
		return true;
	if (!yyjson_is_obj(match))
		return err_set(e, ERR_USAGE, "match is not an object");
	if (!known_keys(match, names, COUNT(names), e))
		return err_wrap(e, "match");
	rule->path_prefix = keep_text(a, match, "path_prefix");
	rule->query = keep_text(a, match, "query");
	rule->method = keep_text(a, match, "method");
	rule->nth = number(match, "nth");
	rule->every = number(match, "every");
	rule->from = number(match, "from");
	rule->to = number(match, "to");
	rule->rng.state = (uint64_t)number(match, "seed");
	if (probability)
		rule->probability = yyjson_get_num(probability);
	return true;
}

static bool read_args(yyjson_val *args, struct fault_args *out, struct err *e)
{
	yyjson_obj_iter it = yyjson_obj_iter_with(args);
	yyjson_val *key;

	while ((key = yyjson_obj_iter_next(&it))) {
		yyjson_val *value = yyjson_obj_iter_get_val(key);
		char digits[32];
		struct str text;

		snprintf(digits, sizeof digits, "%lld", (long long)yyjson_get_sint(value));
		text = str_from(yyjson_is_str(value) ? yyjson_get_str(value) : digits);
		if (!fault_argument(out, str_from(yyjson_get_str(key)), text, e))
			return false;
	}
	return true;
}

static bool read_rule(struct arena *a, yyjson_val *v, struct rule *rule, struct err *e)
{
	static const char *const names[] = { "match", "fault", "args" };
	yyjson_val *fault = yyjson_obj_get(v, "fault");

	if (!yyjson_is_obj(v) || !yyjson_is_str(fault))
		return err_set(e, ERR_USAGE, "needs {\"match\": {…}, \"fault\": name}");
	return known_keys(v, names, COUNT(names), e) &&
	       read_match(a, yyjson_obj_get(v, "match"), rule, e) &&
	       fault_parse(str_from(yyjson_get_str(fault)), &rule->fault, e) &&
	       read_args(yyjson_obj_get(v, "args"), &rule->fault.args, e);
}

bool fault_plan_set(struct fault_plan *p, yyjson_val *rules, struct err *e)
{
	size_t n = yyjson_arr_size(rules);
	struct arena *a;
	struct rule *made;

	if (rules && !yyjson_is_arr(rules))
		return err_set(e, ERR_USAGE, "rules is not a list");
	if (n > RULES_MAX)
		return err_set(e, ERR_LIMIT, "more than %d rules", RULES_MAX);
	a = arena_new("plan", 16 << 20);
	made = arena_new_array(a, struct rule, n + 1);
	for (size_t i = 0; i < n; i++) {
		if (!read_rule(a, yyjson_arr_get(rules, i), &made[i], e)) {
			arena_free(a);
			return err_wrap(e, "rule %zu", i + 1);
		}
	}
	arena_free(p->arena);
	*p = (struct fault_plan){ .arena = a, .rules = made, .n = n };
	return true;
}

static bool concerns(const struct rule *rule, struct str method, struct str path, struct str query)
{
	return (!rule->method.len || str_eq(rule->method, method)) &&
	       str_starts(path, rule->path_prefix) &&
	       (!rule->query.len || str_find(query, rule->query) >= 0);
}

/* For the request that was just counted. */
static bool fires(struct rule *rule)
{
	int64_t n = rule->count;

	if ((rule->nth && n != rule->nth) || (rule->every && n % rule->every != 0) ||
	    (rule->from && n < rule->from) || (rule->to && n > rule->to))
		return false;
	return rule->probability >= 1 ||
	       (double)rng_next(&rule->rng) / 18446744073709551616.0 < rule->probability;
}

struct fault fault_plan_pick(struct fault_plan *p, struct str method, struct str path,
			     struct str query)
{
	struct fault picked = { 0 };

	for (size_t i = 0; i < p->n; i++) {
		struct rule *rule = &p->rules[i];

		if (!concerns(rule, method, path, query))
			continue;
		rule->count++;
		if (!picked.kind && fires(rule))
			picked = rule->fault;
	}
	return picked;
}

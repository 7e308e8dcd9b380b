/* SPDX-License-Identifier: Apache-2.0 */
/* account_view.c - users, API tokens, grants and audit entries as JSON. */
#include "api/account_view.h"

#include "api/access_route.h"
#include "data/json.h"
#include "data/moment.h"

struct value user_view(struct arena *a, const struct user_row *u)
{
	struct value v = value_map_new(a);

	value_map_set(a, v, STR("id"), value_str(u->id));
	value_map_set(a, v, STR("name"), value_str(u->name));
	value_map_set(a, v, STR("role"), value_str(u->role));
	value_map_set(a, v, STR("disabled"), value_bool(u->disabled));
	value_map_set(a, v, STR("made_at"), moment_or_null(a, u->made_ms));
	value_map_set(a, v, STR("seen_at"), moment_or_null(a, u->seen_ms));
	return v;
}

struct value api_token_view(struct arena *a, const struct token_row *t)
{
	struct value v = value_map_new(a);

	value_map_set(a, v, STR("id"), value_str(t->id));
	value_map_set(a, v, STR("name"), value_str(t->name));
	value_map_set(a, v, STR("role"), value_str(t->role));
	value_map_set(a, v, STR("prefix"), value_str(t->prefix));
	value_map_set(a, v, STR("made_by"), value_str(t->made_by));
	value_map_set(a, v, STR("made_at"), moment_or_null(a, t->made_ms));
	value_map_set(a, v, STR("used_at"), moment_or_null(a, t->used_ms));
	value_map_set(a, v, STR("expires_at"), moment_or_null(a, t->expires_ms));
	return v;
}

struct value grant_view(struct arena *a, const struct grant_row *g)
{
	struct value v = value_map_new(a);

	value_map_set(a, v, STR("issuer"), value_str(g->issuer));
	value_map_set(a, v, STR("subject"), value_str(g->subject));
	value_map_set(a, v, STR("access"), value_str(g->access));
	return v;
}

struct value audit_view(struct arena *a, const struct audit_entry *en)
{
	struct value v = value_map_new(a), details = NULL_VALUE;
	const struct {
		const char *name;
		struct str text;
	} text[] = {
		{ "actor", en->actor },   { "from", en->from },       { "action", en->action },
		{ "target", en->target }, { "request", en->request }, { "hash", en->hash },
	};
	struct err spoilt;

	value_map_set(a, v, STR("number"), value_int(en->number));
	value_map_set(a, v, STR("at"), moment_or_null(a, en->at_ms));
	for (size_t i = 0; i < COUNT(text); i++)
		value_map_set(a, v, str_from(text[i].name), value_str(text[i].text));
	if (en->details.len && !json_parse(a, en->details, &details, NULL, &spoilt))
		details = value_str(en->details);
	value_map_set(a, v, STR("details"), details);
	return v;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * grant_route.c - what is said here of the users of identity providers, for administrators.
 *
 * Nobody changes what is said of himself: one administrator always stays.
 */
#include "api/access_part.h"
#include "api/access_route.h"
#include "api/account_view.h"
#include "api/deed.h"

static struct value issuers_view(struct arena *a, const struct access *acc)
{
	struct value list = value_list_new(a);

	for (size_t i = 0; i < acc->providers; i++) {
		const struct issuer *one = &acc->provider[i].issuer;
		struct value v = value_map_new(a);

		value_map_set(a, v, STR("name"), value_str(one->name));
		value_map_set(a, v, STR("issuer"), value_str(one->issuer));
		value_list_add(a, list, v);
	}
	return list;
}

bool grants_get(struct call *c, struct err *e)
{
	struct value v = value_map_new(c->arena), list = value_list_new(c->arena);
	struct grant_row *row;
	size_t n;

	if (!grant_list(c->db, c->arena, &row, &n, e))
		return false;
	for (size_t i = 0; i < n; i++)
		value_list_add(c->arena, list, grant_view(c->arena, &row[i]));
	value_map_set(c->arena, v, STR("items"), list);
	value_map_set(c->arena, v, STR("issuers"), issuers_view(c->arena, c->arg));
	return call_json(c, v, e);
}

static bool issuer_known(const struct access *acc, struct str issuer, struct err *e)
{
	for (size_t i = 0; i < acc->providers; i++)
		if (str_eq(acc->provider[i].issuer.issuer, issuer))
			return true;
	return err_set(e, ERR_CONFIG, "no issuer of that name is believed here");
}

static bool is_self(const struct call *c, const struct grant_row *g)
{
	return c->who.kind == IDENTITY_JWT && str_eq(c->who.subject, g->subject);
}

/* The subject itself may be an email address: the log has what it shows of callers. */
static bool carry_out(struct call *c, struct deed *d, const struct grant_row *g, struct err *e)
{
	d->target = subject_name(c->arena, g->subject);
	d->details = value_map_new(c->arena);
	value_map_set(c->arena, d->details, STR("issuer"), value_str(g->issuer));
	if (g->access.len)
		value_map_set(c->arena, d->details, STR("access"), value_str(g->access));
	return deed_do(d, e);
}

static bool refuse_self(struct call *c)
{
	return call_problem(c, 409, "own_account", STR("somebody else must say what you may do"),
			    UNDEFINED);
}

static bool act_put(struct deed *d, struct err *e)
{
	return grant_put(d->call->db, d->arg, e);
}

bool grants_put(struct call *c, struct err *e)
{
	struct grant_row g = { .issuer = call_text(c, c->body, "issuer"),
			       .subject = call_text(c, c->body, "subject"),
			       .access = call_text(c, c->body, "access") };
	struct deed d = { .call = c, .act = act_put, .arg = &g, .action = "grant.set" };

	if (!issuer_known(c->arg, g.issuer, e))
		return false;
	if (is_self(c, &g))
		return refuse_self(c);
	return carry_out(c, &d, &g, e) && call_json(c, grant_view(c->arena, &g), e);
}

static bool act_remove(struct deed *d, struct err *e)
{
	const struct grant_row *g = d->arg;

	return grant_remove(d->call->db, g->issuer, g->subject, e);
}

bool grants_delete(struct call *c, struct err *e)
{
	struct grant_row g = { .issuer = call_text(c, c->query, "issuer"),
			       .subject = call_text(c, c->query, "subject") };
	struct deed d = { .call = c, .act = act_remove, .arg = &g, .action = "grant.remove" };

	if (is_self(c, &g))
		return refuse_self(c);
	return carry_out(c, &d, &g, e) && call_empty(c, 204, e);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sign_in_route.c - the ways in, and a browser's way to a provider and back.
 *
 *     /api/sign-in/NAME ---> the provider ---> /api/sign-in/NAME/callback ---> where one came from
 *
 * Always: what goes wrong on the way ends at the sign-in page with a word that it knows (a person
 * sees it), and the reason in the log; nothing that came by the address is shown or followed.
 */
#include "api/access_route.h"
#include "api/login.h"
#include "api/sign_in.h"
#include "base/log.h"

#define PAGE "/sign-in"
#define HOST_BYTES_MAX 255

static struct str errand_cookie(const struct access *acc)
{
	return acc->cookie_secure ? STR("__Host-lockstep-sign-in") : STR("lockstep-sign-in");
}

/* ---- which ways there are ---- */

static struct value provider_view(struct arena *a, const struct provider *p)
{
	const struct sign_in *s = &p->issuer.sign_in;
	bool flow = sign_in_has_flow(p);
	struct value v = value_map_new(a);

	value_map_set(a, v, STR("name"), value_str(p->issuer.name));
	value_map_set(a, v, STR("label"), value_str(s->label.len ? s->label : p->issuer.name));
	value_map_set(a, v, STR("kind"), value_str(flow ? STR("redirect") : STR("page")));
	value_map_set(a, v, STR("url"),
		      value_str(flow ? str_printf(a, "/api/sign-in/%.*s", STR_ARG(p->issuer.name))
				     : s->url));
	return v;
}

bool sign_in_get(struct call *c, struct err *e)
{
	const struct access *acc = c->arg;
	struct value v = value_map_new(c->arena), list = value_list_new(c->arena);
	struct db_result r;

	if (!db_query(c->db, c->arena, "SELECT 1 FROM lockstep_users WHERE disabled = 0 LIMIT 1",
		      NULL, 0, &r, e))
		return err_wrap(e, "users");
	for (size_t i = 0; i < acc->providers; i++) {
		const struct provider *p = &acc->provider[i];

		if (sign_in_has_flow(p) || p->issuer.sign_in.url.len)
			value_list_add(c->arena, list, provider_view(c->arena, p));
	}
	value_map_set(c->arena, v, STR("local"), value_bool(r.rows > 0));
	value_map_set(c->arena, v, STR("providers"), list);
	return call_json(c, v, e);
}

/* ---- there ---- */

/* The Host of a request that a browser sent, as it may stand in an address. */
static bool host_ok(struct str host)
{
	static const char fit[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-:[]_";

	for (size_t i = 0; i < host.len; i++)
		if (!host.at[i] || !strchr(fit, host.at[i]))
			return false;
	return host.len > 0 && host.len <= HOST_BYTES_MAX;
}

/* Fills all but the errand; false when the provider is none, or the browser says no host. */
static bool flow_of(struct call *c, struct sign_in_flow *f, struct err *e)
{
	struct access *acc = c->arg;
	struct str name = call_text(c, c->params, "provider"), host = call_header(c, "Host");
	struct provider *p = access_provider(acc, name);

	*f = (struct sign_in_flow){ .access = acc, .provider = p };
	if (!p || !sign_in_has_flow(p))
		return err_set(e, ERR_MISSING, "nobody signs in by a provider of that name");
	f->redirect_url = p->issuer.sign_in.redirect_url;
	if (f->redirect_url.len)
		return true;
	if (!host_ok(host))
		return err_set(e, ERR_USAGE, "the request names no host");
	f->redirect_url =
		str_printf(c->arena, "%s://%.*s/api/sign-in/%.*s/callback",
			   acc->cookie_secure ? "https" : "http", STR_ARG(host), STR_ARG(name));
	return true;
}

bool sign_in_start(struct call *c, struct err *e)
{
	struct access *acc = c->arg;
	struct str from = call_text(c, c->query, "to"), url;
	struct sign_in_flow f;

	if (!flow_of(c, &f, e))
		return false;
	f.errand = sign_in_errand_new(c->arena, sign_in_path_ok(from) ? from : STR("/"));
	if (!sign_in_page(&f, c->arena, &url, e))
		return false;
	login_cookie_set(c, acc, errand_cookie(acc), sign_in_errand_text(c->arena, &f.errand),
			 SIGN_IN_MS / 1000);
	return call_redirect(c, url, e);
}

/* ---- and back ---- */

/* The words that the sign-in page knows. */
enum setback { SETBACK_DENIED, SETBACK_STATE, SETBACK_REFUSED, SETBACK_UNREACHABLE };

static const char *const setback_words[] = { [SETBACK_DENIED] = "denied",
					     [SETBACK_STATE] = "state",
					     [SETBACK_REFUSED] = "refused",
					     [SETBACK_UNREACHABLE] = "unreachable" };

static bool turn_back(struct call *c, const struct sign_in_flow *f, enum setback why, struct err *e)
{
	const struct url_param param[] = {
		{ STR("problem"), str_from(setback_words[why]) },
		{ STR("provider"), f->provider->issuer.name },
		{ STR("to"), f->errand.from },
	};
	struct str query = url_form(c->arena, param, f->errand.from.len ? 3 : 2);

	return call_redirect(c, str_printf(c->arena, PAGE "?%.*s", STR_ARG(query)), e);
}

/* Whether this browser began it here, and lately. */
static bool began_here(struct call *c, struct sign_in_flow *f)
{
	struct str text = STR("");
	struct err several;

	return access_cookie(errand_cookie(f->access), call_header(c, "Cookie"), &text, &several) &&
	       sign_in_errand_read(c->arena, text, &f->errand) &&
	       sign_in_state_is(f, c->arena, call_text(c, c->query, "state"));
}

/* Its own way back: what it carried was good for one way there and back. */
static bool come_back(struct call *c, struct sign_in_flow *f, struct err *e)
{
	struct str code = call_text(c, c->query, "code");
	struct str iss = call_text(c, c->query, "iss");
	struct str name = f->provider->issuer.name;
	struct login_draft draft;
	struct identity who;
	struct err why = { 0 };

	login_cookie_set(c, f->access, errand_cookie(f->access), STR(""), 0);
	if (call_text(c, c->query, "error").len || !code.len)
		return turn_back(c, f, SETBACK_DENIED, e);
	/* RFC 9207: an answer that another provider gave. */
	if (iss.len && !str_eq(iss, f->provider->issuer.issuer))
		return turn_back(c, f, SETBACK_REFUSED, e);
	if (sign_in_redeem(f, c->db, c->arena, code, &who, &draft, &why) &&
	    login_enter(c, &draft, "sign_in", &why))
		return call_redirect(c, f->errand.from, e);
	log_warn("signing in by '%.*s' failed: %s", STR_ARG(name), why.text);
	db_rollback(c->db);
	return turn_back(c, f, why.kind == ERR_AUTH ? SETBACK_REFUSED : SETBACK_UNREACHABLE, e);
}

bool sign_in_callback(struct call *c, struct err *e)
{
	struct sign_in_flow f;

	if (!flow_of(c, &f, e))
		return false;
	/* Another's address, opened here, does not spoil a sign-in that is under way. */
	return began_here(c, &f) ? come_back(c, &f, e) : turn_back(c, &f, SETBACK_STATE, e);
}

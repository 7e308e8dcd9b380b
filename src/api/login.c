/* SPDX-License-Identifier: Apache-2.0 */
/*
 * login.c - what every way of signing in ends in.
 *
 * Always: a session is new, whatever came along: nobody can be given one that another knows.
 */
#include "api/login.h"

#include "api/deed.h"

void login_cookie_set(struct call *c, const struct access *acc, struct str name, struct str value,
		      int64_t age_s)
{
	call_reply_header(c, "Set-Cookie",
			  str_printf(c->arena,
				     "%.*s=%.*s; Path=/; HttpOnly; SameSite=Lax; Max-Age=%lld%s",
				     STR_ARG(name), STR_ARG(value), (long long)age_s,
				     acc->cookie_secure ? "; Secure" : ""));
}

struct str login_cookie_given(struct call *c, const struct access *acc)
{
	struct str secret = STR("");
	struct err several;

	if (!access_cookie(access_cookie_name(acc), call_header(c, "Cookie"), &secret, &several))
		return STR("");
	return secret;
}

struct entering {
	const struct login_draft *draft;
	struct str secret;
};

static bool act_enter(struct deed *d, struct err *e)
{
	struct entering *en = d->arg;
	struct call *c = d->call;
	const struct access *acc = c->arg;
	struct str old = login_cookie_given(c, acc);

	if (old.len && !login_end(c->db, old, e))
		return false;
	return login_begin(c->db, c->arena, en->draft, clock_wall_ms(acc->clock), acc->session_ms,
			   &en->secret, e);
}

bool login_enter(struct call *c, const struct login_draft *draft, const char *by, struct err *e)
{
	const struct access *acc = c->arg;
	struct entering en = { .draft = draft };
	struct deed d = { .call = c,
			  .act = act_enter,
			  .arg = &en,
			  .action = "login",
			  .target = draft->name,
			  .actor = draft->name,
			  .details = UNDEFINED };

	if (by) {
		d.details = value_map_new(c->arena);
		value_map_set(c->arena, d.details, STR("by"), value_str(str_from(by)));
	}
	if (by && draft->provider.len)
		value_map_set(c->arena, d.details, STR("provider"), value_str(draft->provider));
	if (!deed_do(&d, e))
		return false;
	login_cookie_set(c, acc, access_cookie_name(acc), en.secret, LOGIN_ABSOLUTE_MS / 1000);
	return true;
}

bool login_must_wait(struct call *c, struct str name)
{
	const struct access *acc = c->arg;
	int64_t wait_ms =
		login_gate_wait_ms(acc->gate, name, c->peer_group, clock_steady_ms(acc->clock));

	if (wait_ms <= 0)
		return false;
	call_reply_header(c, "Retry-After",
			  str_printf(c->arena, "%lld", (long long)((wait_ms + 999) / 1000)));
	return call_problem(c, 429, "too_many_failures",
			    STR("too many logins failed; wait a moment"), UNDEFINED);
}

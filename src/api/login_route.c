/* SPDX-License-Identifier: Apache-2.0 */
/*
 * login_route.c - signing in and out.
 *
 * Always: a login that fails says the same, and takes as long, whether the name, the password or
 * the account is at fault; one that succeeds begins a new session and ends the one it came with.
 */
#include "api/access_part.h"
#include "api/access_route.h"
#include "api/deed.h"
#include "api/password.h"

/* ---- the cookie ---- */

static void set_cookie(struct call *c, const struct access *acc, struct str secret, int64_t age_s)
{
	struct str name = access_cookie_name(acc);

	call_reply_header(c, "Set-Cookie",
			  str_printf(c->arena,
				     "%.*s=%.*s; Path=/; HttpOnly; SameSite=Lax; Max-Age=%lld%s",
				     STR_ARG(name), STR_ARG(secret), (long long)age_s,
				     acc->cookie_secure ? "; Secure" : ""));
}

/* The secret of the session that came along, or empty. */
static struct str cookie_given(struct call *c, const struct access *acc)
{
	struct str secret = STR("");
	struct err several;

	if (!access_cookie(acc, call_header(c, "Cookie"), &secret, &several))
		return STR("");
	return secret;
}

/* ---- in ---- */

struct login {
	const struct access *access;
	struct str user_id, secret;
};

static bool act_login(struct deed *d, struct err *e)
{
	struct login *l = d->arg;
	struct call *c = d->call;
	struct str old = cookie_given(c, l->access);

	if (old.len && !login_end(c->db, old, e))
		return false;
	return login_begin(c->db, c->arena, l->user_id, clock_wall_ms(l->access->clock),
			   l->access->session_ms, &l->secret, e);
}

static bool act_nothing(struct deed *d, struct err *e)
{
	(void)d;
	(void)e;
	return true;
}

static bool too_early(struct call *c, int64_t wait_ms)
{
	int64_t wait_s = (wait_ms + 999) / 1000;

	call_reply_header(c, "Retry-After", str_printf(c->arena, "%lld", (long long)wait_s));
	return call_problem(c, 429, "too_many_failures",
			    STR("too many logins failed; wait a moment"), UNDEFINED);
}

/* Of names that are not there nothing is noted: people type passwords into the wrong field. */
static bool refuse(struct call *c, struct access *acc, const struct user *known, struct err *e)
{
	struct deed d = { .call = c, .act = act_nothing, .action = "login.fail" };

	login_gate_failed(acc->gate, call_text(c, c->body, "name"), c->peer,
			  clock_steady_ms(acc->clock));
	if (known) {
		d.actor = STR("nobody");
		d.target = str_printf(c->arena, "user:%.*s", STR_ARG(known->name));
		if (!deed_do(&d, e))
			return false;
	}
	return call_problem(c, 401, "bad_credentials", STR("name or password is wrong"), UNDEFINED);
}

static struct value role_list(struct arena *a, unsigned roles)
{
	struct value list = value_list_new(a);

	for (unsigned r = ROLE_ADMIN; r <= ROLE_VIEWER; r <<= 1)
		if (roles & r)
			value_list_add(a, list, value_str(str_from(role_name((enum role)r))));
	return list;
}

static bool let_in(struct call *c, struct access *acc, const struct user *user, struct err *e)
{
	struct login l = { .access = acc, .user_id = user->id };
	struct deed d = { .call = c,
			  .act = act_login,
			  .arg = &l,
			  .action = "login",
			  .actor = str_printf(c->arena, "user:%.*s", STR_ARG(user->name)) };
	struct value v = value_map_new(c->arena);

	d.target = d.actor;
	if (!deed_do(&d, e))
		return false;
	login_gate_passed(acc->gate, user->name);
	set_cookie(c, acc, l.secret, LOGIN_ABSOLUTE_MS / 1000);
	value_map_set(c->arena, v, STR("name"), value_str(user->name));
	value_map_set(c->arena, v, STR("roles"), role_list(c->arena, role_from(user->role)));
	return call_json(c, v, e);
}

bool login_post(struct call *c, struct err *e)
{
	struct access *acc = c->arg;
	struct str name = call_text(c, c->body, "name");
	struct str password = call_text(c, c->body, "password");
	int64_t wait_ms = login_gate_wait_ms(acc->gate, name, c->peer, clock_steady_ms(acc->clock));
	struct user user;
	bool found, right, open;

	if (wait_ms > 0)
		return too_early(c, wait_ms);
	if (!user_find(c->db, c->arena, name, &user, &found, e))
		return false;
	open = found && !user.disabled;
	if (!password_check(password, open ? user.password : STR(""), &right, e))
		return false;
	return right ? let_in(c, acc, &user, e) : refuse(c, acc, found ? &user : NULL, e);
}

/* ---- out ---- */

static bool act_logout(struct deed *d, struct err *e)
{
	return login_end(d->call->db, *(struct str *)d->arg, e);
}

bool logout_post(struct call *c, struct err *e)
{
	struct access *acc = c->arg;
	struct str secret = cookie_given(c, acc);
	struct deed d = { .call = c,
			  .act = act_logout,
			  .arg = &secret,
			  .action = "logout",
			  .target = c->who.name };

	if (c->who.kind == IDENTITY_USER && c->who.cookie && !deed_do(&d, e))
		return false;
	set_cookie(c, acc, STR(""), 0);
	return call_empty(c, 204, e);
}

/* ---- who ---- */

bool me_get(struct call *c, struct err *e)
{
	static const char *const kinds[] = { [IDENTITY_NOBODY] = "nobody",
					     [IDENTITY_USER] = "user",
					     [IDENTITY_TOKEN] = "token",
					     [IDENTITY_JWT] = "jwt",
					     [IDENTITY_SECRET] = "secret" };
	struct value v = value_map_new(c->arena);

	value_map_set(c->arena, v, STR("signed_in"), value_bool(c->who.kind != IDENTITY_NOBODY));
	value_map_set(c->arena, v, STR("kind"), value_str(str_from(kinds[c->who.kind])));
	value_map_set(c->arena, v, STR("name"), value_str(c->who.name));
	value_map_set(c->arena, v, STR("roles"), role_list(c->arena, c->who.roles));
	return call_json(c, v, e);
}

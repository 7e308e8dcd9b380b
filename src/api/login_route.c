/* SPDX-License-Identifier: Apache-2.0 */
/*
 * login_route.c - signing in by name and password or by a token, signing out, and who one is.
 *
 * Always: a login that fails says the same, and takes as long, whether the name, the password or
 * the account is at fault; one that succeeds begins a new session and ends the one it came with.
 */
#include "api/access_route.h"
#include "api/deed.h"
#include "api/login.h"
#include "api/password.h"
#include "base/log.h"
#include "data/moment.h"

/* ---- by name and password ---- */

static bool act_nothing(struct deed *d, struct err *e)
{
	(void)d;
	(void)e;
	return true;
}

/* A name that is not there is not noted: people type passwords into the wrong field.  The failure
 * is, for an entry takes its time, all the more while somebody else writes, and that time would
 * tell which names there are. */
static bool refuse(struct call *c, struct access *acc, const struct user *known, struct err *e)
{
	struct deed d = { .call = c,
			  .act = act_nothing,
			  .action = "login.fail",
			  .actor = STR("nobody"),
			  .target = STR("user") };

	login_gate_failed(acc->gate, call_text(c, c->body, "name"), c->peer_group,
			  clock_steady_ms(acc->clock));
	if (known)
		d.target = str_printf(c->arena, "user:%.*s", STR_ARG(known->name));
	return deed_do(&d, e) &&
	       call_problem(c, 401, "bad_credentials", STR("name or password is wrong"), UNDEFINED);
}

static struct value role_list(struct arena *a, unsigned roles)
{
	struct value list = value_list_new(a);

	for (unsigned r = ROLE_ADMIN; r <= ROLE_VIEWER; r <<= 1)
		if (roles & r)
			value_list_add(a, list, value_str(str_from(role_name((enum role)r))));
	return list;
}

static bool answer_who(struct call *c, struct str name, unsigned roles, struct err *e)
{
	struct value v = value_map_new(c->arena);

	value_map_set(c->arena, v, STR("name"), value_str(name));
	value_map_set(c->arena, v, STR("roles"), role_list(c->arena, roles));
	return call_json(c, v, e);
}

static bool let_in(struct call *c, struct access *acc, const struct user *user, struct err *e)
{
	const struct login_draft draft = { .kind = LOGIN_USER,
					   .user_id = user->id,
					   .name = str_printf(c->arena, "user:%.*s",
							      STR_ARG(user->name)) };

	if (!login_enter(c, &draft, NULL, e))
		return false;
	login_gate_passed(acc->gate, user->name, c->peer_group, clock_steady_ms(acc->clock));
	return answer_who(c, user->name, role_from(user->role), e);
}

bool login_post(struct call *c, struct err *e)
{
	struct access *acc = c->arg;
	struct str name = call_text(c, c->body, "name");
	struct str password = call_text(c, c->body, "password");
	struct user user;
	bool found, right, open;

	if (login_must_wait(c, name))
		return true;
	if (!user_find(c->db, c->arena, name, &user, &found, e))
		return false;
	open = found && !user.disabled;
	if (!password_check(password, open ? user.password : STR(""), &right, e))
		return false;
	return right ? let_in(c, acc, &user, e) : refuse(c, acc, found ? &user : NULL, e);
}

/* ---- by a token ---- */

/* For the gate: tokens are guessed by address, there is no name to try them for. */
#define TOKEN_NAME STR("")

/* The rule it breaks is told, as to one that comes in a header: a token is no password, and whoever
 * has it may know why it does not work. */
static bool refuse_token(struct call *c, const char *rule)
{
	const struct access *acc = c->arg;

	login_gate_failed(acc->gate, TOKEN_NAME, c->peer_group, clock_steady_ms(acc->clock));
	return call_problem(c, 401, "bad_credentials", str_keep(c->arena, str_from(rule)),
			    UNDEFINED);
}

bool login_token_post(struct call *c, struct err *e)
{
	struct access *acc = c->arg;
	struct str token = call_text(c, c->body, "token");
	struct login_draft draft = { .kind = LOGIN_BEARER, .token = token };
	struct identity who;

	if (login_must_wait(c, TOKEN_NAME))
		return true;
	if (str_starts(token, STR(EMBED_TOKEN_START)))
		return refuse_token(c, "a token for a card in a page signs nobody in");
	if (!access_bearer(acc, c->db, c->arena, token, &who, e))
		return e->kind == ERR_AUTH && refuse_token(c, e->text);
	if (who.kind == IDENTITY_NOBODY)
		return refuse_token(c, "an anonymous user does not sign in");
	/* A bearer is let through a little longer, for clocks differ; a session is not begun. */
	if (who.expires_ms && who.expires_ms <= clock_wall_ms(acc->clock))
		return refuse_token(c, "the token has expired");
	draft.name = who.name;
	draft.provider = who.provider;
	draft.token_ends_ms = who.expires_ms;
	return login_enter(c, &draft, "token", e) && answer_who(c, who.name, who.roles, e);
}

/* ---- out ---- */

static bool act_logout(struct deed *d, struct err *e)
{
	return login_end(d->call->db, *(struct str *)d->arg, e);
}

bool logout_post(struct call *c, struct err *e)
{
	struct access *acc = c->arg;
	struct str secret = login_cookie_given(c, acc);
	struct deed d = { .call = c,
			  .act = act_logout,
			  .arg = &secret,
			  .action = "logout",
			  .target = c->who.name };

	if (c->who.cookie && !deed_do(&d, e))
		return false;
	login_cookie_set(c, acc, access_cookie_name(acc), STR(""), 0);
	return call_empty(c, 204, e);
}

/* ---- who ---- */

bool me_get(struct call *c, struct err *e)
{
	static const char *const kinds[] = {
		[IDENTITY_NOBODY] = "nobody", [IDENTITY_USER] = "user",
		[IDENTITY_TOKEN] = "token",   [IDENTITY_JWT] = "jwt",
		[IDENTITY_SECRET] = "secret", [IDENTITY_EMBED] = "embed"
	};
	struct value v = value_map_new(c->arena);

	value_map_set(c->arena, v, STR("signed_in"), value_bool(c->who.kind != IDENTITY_NOBODY));
	value_map_set(c->arena, v, STR("kind"), value_str(str_from(kinds[c->who.kind])));
	value_map_set(c->arena, v, STR("name"), value_str(c->who.name));
	value_map_set(c->arena, v, STR("roles"), role_list(c->arena, c->who.roles));
	value_map_set(c->arena, v, STR("session"), value_bool(c->who.cookie));
	value_map_set(c->arena, v, STR("subject"), value_text_or_null(c->who.subject));
	value_map_set(c->arena, v, STR("provider"), value_text_or_null(c->who.provider));
	value_map_set(c->arena, v, STR("expires_at"), moment_or_null(c->arena, c->who.expires_ms));
	return call_json(c, v, e);
}

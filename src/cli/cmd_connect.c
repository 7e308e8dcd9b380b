/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_connect.c - `lockstep connect`: lets a person give Lockstep access at the vendor (RFC
 * 6749, 4.1). */
#include "cli/note.h"
#include "cli/terminal.h"
#include "flow/auth.h"
#include "http/loopback.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define WAIT_MS (10 * 60 * 1000)
#define STATE_BYTES 24
#define TOKEN_BYTES_MAX 8192
#define PORT_DEFAULT 8765

struct redirect {
	uint16_t port;
	struct str path, url;
};

/* "http://127.0.0.1:8765/callback" into its parts. */
static bool redirect_of(struct arena *a, const struct connection *c, struct redirect *out,
			struct err *e)
{
	struct str url = c->redirect_url.len
				 ? c->redirect_url
				 : str_printf(a, "http://127.0.0.1:%d/callback", PORT_DEFAULT);
	struct str rest = url, host, port;
	int64_t number;

	for (unsigned i = 0; i < 2; i++)
		(void)str_cut(&rest, '/');
	host = str_cut(&rest, '/');
	port = host;
	host = str_cut(&port, ':');
	if (!str_starts(url, STR("http://")) ||
	    (!str_eq(host, STR("127.0.0.1")) && !str_eq(host, STR("localhost"))) ||
	    !str_to_i64(port, &number) || number < 1 || number > 65535)
		return err_set(
			e, ERR_CONFIG,
			"oauth.redirect_url must be http://127.0.0.1:PORT/PATH, as it is registered at the vendor");
	*out = (struct redirect){ (uint16_t)number, str_printf(a, "/%.*s", STR_ARG(rest)), url };
	return true;
}

static bool redeem(struct app *app, const struct connection *c, const struct authenticator *auth,
		   struct str code, struct str redirect_url, struct err *e)
{
	struct session *s;

	return session_open(app->arena, &app->engine, c, &s, e) &&
	       auth_redeem(s, auth, code, redirect_url, e);
}

/* A refresh token that was got elsewhere, from standard input: never from the command line. */
static bool take_token(struct app *app, const struct connection *c, struct err *e)
{
	char text[TOKEN_BYTES_MAX];
	struct token t = { 0 };

	if (!fgets(text, sizeof(text), stdin))
		return err_set(e, ERR_USAGE, "no refresh token on standard input");
	t.refresh = str_trim(str_from(text));
	if (t.refresh.len == 0)
		return err_set(e, ERR_USAGE, "the refresh token on standard input is empty");
	return token_put(app->db, app->seal, c->name, &t, e);
}

static bool by_browser(struct app *app, const struct connection *c,
		       const struct authenticator *auth, struct err *e)
{
	struct str state = random_text(app->arena, STATE_BYTES), url, code;
	struct loopback *l;
	struct redirect r = { 0 };
	bool ok;

	if (!redirect_of(app->arena, c, &r, e) ||
	    !auth_page(app->arena, c, r.url, state, &url, e) ||
	    !loopback_open(r.port, r.path, &l, e))
		return false;
	printf("Open this page, sign in and allow the access:\n\n  %.*s\n\nWaiting at %.*s …\n",
	       STR_ARG(url), STR_ARG(r.url));
	fflush(stdout);
	ok = loopback_wait(l, app->arena, state, WAIT_MS, app->stop, &code, e);
	loopback_close(l);
	return ok && redeem(app, c, auth, code, r.url, e);
}

static bool connect_to(struct app *app, const struct args *a, struct err *e)
{
	const struct authenticator *auth;
	struct note note = { .action = "token.connected" };
	const struct connection *c;
	struct str *statement;
	size_t n;

	if (!app_connection(app, a->positionals ? a->positional[0] : NULL, &c, e))
		return false;
	auth = auth_of(c->manifest);
	if (!auth)
		return err_set(
			e, ERR_CONFIG,
			"connector '%.*s' does not use OAuth: its credentials stand in the plan",
			STR_ARG(c->manifest->name));
	if (!control_plan(app->db, app->arena, &statement, &n, e) ||
	    (n > 0 && !schema_apply(app->db, statement, n, e)))
		return false;
	if (args_flag(a, "token-stdin") ? !take_token(app, c, e) : !by_browser(app, c, auth, e))
		return false;
	note.target = str_printf(app->arena, "connection:%.*s", STR_ARG(c->name));
	if (!note_do(app, &note, NULL, NULL, e))
		return false;
	printf("%.*s is connected. `lockstep check` tests it.\n", STR_ARG(c->name));
	return true;
}

static int connect_run(const struct args *a)
{
	struct app app;
	struct err e;
	int code;

	if (!app_open(&app, a, APP_ENGINE | APP_CREATE, &code))
		return code;
	code = connect_to(&app, a, &e) ? EXIT_DONE : command_fail(a, &e);
	app_close(&app);
	return code;
}

const struct command command_connect = {
	.name = "connect",
	.usage = "[CONNECTION] [options]",
	.summary = "give Lockstep access at a vendor that uses OAuth",
	.details =
		"Prints a page to open; the vendor sends the browser back to this machine, and the tokens are kept\n"
		"encrypted in the database. On a machine without a browser, forward the port\n"
		"(ssh -L 8765:127.0.0.1:8765 HOST).",
	.examples = "lockstep connect practicepanther\n"
		    "lockstep connect practicepanther --token-stdin < refresh-token",
	.option = { OPTION_PLAN,
		    { "token-stdin", 0, NULL,
		      "take a refresh token from standard input instead" } },
	.run = connect_run,
};

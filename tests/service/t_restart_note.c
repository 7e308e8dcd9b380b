/* SPDX-License-Identifier: Apache-2.0 */
/* t_restart_note.c - what of a plan that was read again takes a restart is told. */
#include "service/restart_note.h"
#include "tap.h"

static const char *told(const struct auth_plan *before, const struct auth_plan *after)
{
	static char text[256];
	struct auth_plan one = *before, two = *after;
	const struct plan old = { .server = { .auth = &one, .auths = 1 } };
	const struct plan new = { .server = { .auth = &two, .auths = 1 } };
	AUTO_BUF b;

	buf_init(&b, sizeof(text));
	restart_note(&old, &new, &b);
	snprintf(text, sizeof(text), "%.*s", STR_ARG(buf_str(&b)));
	return text;
}

int main(void)
{
	struct auth_plan was = { .name = STR("login"),
				 .sign_in = { .client_id = STR("a"),
					      .authorize_url = STR("https://x.example/a") } };
	struct auth_plan is = was;

	IS(told(&was, &is), "", "nothing has changed");
	is.sign_in.client_id = STR("b");
	IS(told(&was, &is), "server.auth has changed: that takes a restart\n",
	   "another client signs people in");
	is = was;
	is.sign_in.label = STR("Sign in with X");
	IS(told(&was, &is), "server.auth has changed: that takes a restart\n",
	   "another label of its button");
	is = was;
	is.sign_in.secret_in_body = 1;
	IS(told(&was, &is), "server.auth has changed: that takes a restart\n",
	   "another place of its secret");
	return tap_done();
}

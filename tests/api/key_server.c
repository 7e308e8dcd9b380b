/* SPDX-License-Identifier: Apache-2.0 */
/* key_server.c - a client whose only host publishes keys. */
#include "key_server.h"

static bool server_start(struct client *c, const struct request *r, struct transfer **out,
			 struct err *e)
{
	struct key_server *s = CONTAINER(c, struct key_server, client);

	if (!url_check(r->url, r->policy, e))
		return false;
	atomic_fetch_add(&s->asked, 1);
	*out = (struct transfer *)(void *)s;
	return true;
}

static bool server_wait(struct client *c, struct transfer *t, struct arena *a, int64_t wait_ms,
			const struct cancel *stop, bool *done, struct response *out, struct err *e)
{
	struct key_server *s = CONTAINER(c, struct key_server, client);

	(void)t;
	(void)wait_ms;
	(void)stop;
	if (s->meanwhile)
		s->meanwhile(s->arg);
	if (!s->status)
		return err_set(e, ERR_TRANSIENT, "no connection");
	*out = (struct response){ .status = s->status, .body = str_keep(a, s->body) };
	*done = true;
	return true;
}

static void server_abandon(struct client *c, struct transfer *t)
{
	(void)c;
	(void)t;
}

static void server_close(struct client *c)
{
	(void)c;
}

void key_server_init(struct key_server *s)
{
	static const struct client_ops ops = { "keys", server_start, server_wait, server_abandon,
					       server_close };

	*s = (struct key_server){ .client = { &ops }, .status = 200, .body = STR("{\"keys\":[]}") };
}

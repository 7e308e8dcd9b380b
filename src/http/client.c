/* SPDX-License-Identifier: Apache-2.0 */
/* client.c - what is the same for every client. */
#include "http/client.h"

bool client_send(struct client *c, const struct request *r, struct arena *a,
		 const struct cancel *stop, struct response *out, struct err *e)
{
	struct transfer *t;
	bool done = false;

	if (!c->ops->start(c, r, &t, e))
		return false;
	while (!done)
		if (!c->ops->wait(c, t, a, -1, stop, &done, out, e))
			return false;
	return true;
}

struct str response_header(const struct response *r, struct str name)
{
	for (size_t i = 0; i < r->headers; i++)
		if (str_eq_nocase(r->header[i].name, name))
			return r->header[i].value;
	return (struct str){ NULL, 0 };
}

/* SPDX-License-Identifier: Apache-2.0 */
/* fc_site.c - the leagues' pages from another stand-in, over a socket. */
#include "fc_site.h"

#include "base/clock.h"
#include "http/client.h"

#include <stdlib.h>

#define PATIENCE_MS 5000
#define NEW_DOMAIN ".tenniscores.com"
#define OLD_DOMAIN ".paddlescores.com"

struct fc_site {
	struct str base;
	struct client *client; /* NULL until the first page: it starts a thread */
};

static const struct url_policy anywhere = { .allow_http = true, .allow_private = true };

struct fc_site *fc_site_new(struct str base)
{
	struct fc_site *s = calloc(1, sizeof *s);

	if (!s)
		abort();
	s->base = base;
	return s;
}

void fc_site_free(struct fc_site *s)
{
	if (s)
		client_close(s->client);
	free(s);
}

/* "http://127.0.0.1:4020/@gbpta/…" as the league's own host has it. */
static struct str public_url(const struct fc_site *s, struct str url, struct arena *a)
{
	struct str rest = str_slice(url, s->base.len + 2, url.len), name;

	if (!str_starts(url, s->base))
		return url;
	name = str_cut(&rest, '/');
	return str_printf(a, "https://%.*s%s/%.*s", STR_ARG(name),
			  str_ends(name, STR(OLD_DOMAIN)) ? "" : NEW_DOMAIN, STR_ARG(rest));
}

enum fc_fetch fc_site_fetch(struct fc_site *s, const struct fc_place *place, int64_t timeout_ms,
			    struct arena *a, struct fc_fetched *out)
{
	struct client_options options = { .user_agent = STR("Mozilla/5.0 (stand-in)") };
	struct request r = { .method = "GET",
			     .total_ms = timeout_ms < PATIENCE_MS ? timeout_ms : PATIENCE_MS,
			     .policy = &anywhere };
	int64_t began_ms = clock_steady_now();
	struct response answer;
	struct err e;

	if (!s->client && !client_open(&options, &s->client, &e))
		return FC_FETCH_LOST;
	r.url = str_printf(a, "%.*s/@%.*s%s%.*s", STR_ARG(s->base), STR_ARG(place->league),
			   place->paddlescores ? OLD_DOMAIN : "", STR_ARG(place->path));
	if (!client_send(s->client, &r, a, NULL, &answer, &e))
		return clock_steady_now() - began_ms >= r.total_ms ? FC_FETCH_SLOW : FC_FETCH_LOST;
	*out = (struct fc_fetched){ (unsigned)answer.status, answer.body,
				    public_url(s, answer.url, a) };
	return FC_FETCHED;
}

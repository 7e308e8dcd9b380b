/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cors.c - pages of other origins that may call the routes of a card, and no others.
 *
 * Always: an origin is one of the list, letter by letter, or nothing is said to it; never "*", and
 * no cookie goes along.  What is not let through is not refused either: a browser keeps the answer
 * from the page, and whoever is no browser needs no leave.
 */
#include "api/api_part.h"

#define PREFLIGHT_S "600"

static bool is_listed(const struct api *api, struct str origin)
{
	for (size_t i = 0; i < api->o.embed_origins; i++)
		if (str_eq(api->o.embed_origin[i], origin))
			return true;
	return false;
}

/* The origin that asks and may, or empty. */
static struct str origin_let_in(struct call_reply *reply)
{
	struct str origin = server_request_header(reply->request, "Origin");

	return origin.at && is_listed(reply->api, origin) ? origin : STR("");
}

void cors_preflight(struct call_reply *reply, struct str methods)
{
	struct str origin = origin_let_in(reply);

	if (!methods.len)
		return;
	reply_header(reply, "Vary", STR("Origin"));
	if (!origin.len)
		return;
	reply_header(reply, "Access-Control-Allow-Origin", origin);
	reply_header(reply, "Access-Control-Allow-Methods", methods);
	reply_header(reply, "Access-Control-Allow-Headers", STR("Authorization, Content-Type"));
	reply_header(reply, "Access-Control-Max-Age", STR(PREFLIGHT_S));
}

void cors_finish(struct call_reply *reply)
{
	struct str origin = origin_let_in(reply);

	reply_header(reply, "Vary", STR("Origin"));
	if (!origin.len)
		return;
	reply_header(reply, "Access-Control-Allow-Origin", origin);
	reply_header(reply, "Access-Control-Expose-Headers", STR("Retry-After, X-Request-Id"));
}

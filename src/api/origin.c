/* SPDX-License-Identifier: Apache-2.0 */
/*
 * origin.c - whether a browser sent a write from our own pages (cross-site request forgery).
 *
 * Browsers say so in Sec-Fetch-Site, which no page can forge; older ones only send Origin, which
 * must then be the host that was asked, and where we are served by TLS, by TLS: anybody on the way
 * can make a page of http://our-host.  What sends neither is no browser: it is let through unless
 * it came with a cookie.
 */
#include "api/api_part.h"

bool origin_is_ours(const struct api *api, struct server_request *r, bool must_say)
{
	struct str site = server_request_header(r, "Sec-Fetch-Site");
	struct str origin = server_request_header(r, "Origin");
	struct str host = server_request_header(r, "Host");
	ptrdiff_t scheme;

	if (site.at)
		return str_eq(site, STR("same-origin")) || str_eq(site, STR("none"));
	if (!origin.at)
		return !must_say;
	if ((api->o.secure || r->secure) && !str_starts(origin, STR("https://")))
		return false;
	scheme = str_find(origin, STR("://"));
	return scheme > 0 && host.len > 0 &&
	       str_eq_nocase(str_slice(origin, (size_t)scheme + 3, origin.len), host);
}

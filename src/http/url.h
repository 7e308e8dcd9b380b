/* SPDX-License-Identifier: Apache-2.0 */
/*
 * url.h - which addresses we talk to, and how URLs are put together.
 *
 * curl_url() is the only parser.  The guard decides twice: on the URL before it is used, and on the
 * address when a socket is opened or reused, for names lie (rebinding, mixed answers).
 */
#ifndef URL_H
#define URL_H

#include "base/err.h"
#include "base/str.h"

#include <sys/socket.h>

#define URL_BYTES_MAX 8192

/* "host" or "10.0.0.0/8" or "[::1]", each with an optional ":port"; made by url_allow_parse(). */
struct url_allow;

struct url_policy {
	bool allow_http;    /* plain http as well as https */
	bool allow_private; /* loopback, private and reserved addresses, any port */
	const struct url_allow
		*allow; /* entries that are let through although private, or on another port */
	size_t allow_n;
};

/* Parses a list of allow entries into `a`. */
MUST_CHECK bool url_allow_parse(struct arena *a, const struct str *entry, size_t n,
				const struct url_allow **out, struct err *e);

/*
 * Refuses (ERR_CONFIG, with what is wrong and what to do) userinfo, other schemes, control bytes,
 * an empty host, zone ids, ports other than 80 and 443 unless allowed, literal addresses that are
 * denied, anything longer than URL_BYTES_MAX.  Never quotes the query: it may hold a key.
 */
MUST_CHECK bool url_check(struct str url, const struct url_policy *policy, struct err *e);

/* The decision on one resolved address (IPv4, IPv6, every form of embedded IPv4 decoded). */
bool url_address_allowed(const struct sockaddr *address, struct str host,
			 const struct url_policy *policy);

/*
 * `path` below `base` as the manifests mean it: base gets a '/' at its end, leading '/' of path are
 * dropped, an absolute URL in path wins.
 */
MUST_CHECK bool url_join(struct arena *a, struct str base, struct str path, struct str *out,
			 struct err *e);

struct url_param {
	struct str name, value;
};

/* Adds parameters to the URL's query, percent-encoded (RFC 3986 unreserved characters and '$'
 * stay). */
MUST_CHECK bool url_add_params(struct arena *a, struct str url, const struct url_param *param,
			       size_t n, struct str *out, struct err *e);

/* application/x-www-form-urlencoded. */
struct str url_form(struct arena *a, const struct url_param *param, size_t n);

/* Scheme, host and port of both are the same. */
bool url_same_origin(struct str a, struct str b);

/* The URL without query, fragment and userinfo: what may be logged. */
struct str url_redact(struct arena *a, struct str url);

/* One percent-decoded parameter of the URL's query; false when it is not there. */
bool url_query_get(struct arena *a, struct str url, struct str name, struct str *out);

#endif

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

/*
 * "host" or "10.0.0.0/8" or "[::1]", each with an optional ":port" (without one: 80 and 443); made
 * by url_allow_parse().  A host's entry opens whatever private address its name resolves to, but
 * not link-local and multicast addresses: the cloud's metadata services live there, and only an
 * entry that names the network opens them.
 */
struct url_allow;

struct url_policy {
	bool allow_http;    /* plain http as well as https */
	bool allow_private; /* loopback, private and reserved addresses, any port */
	const struct url_allow
		*allow; /* entries that are let through although private, or on another port */
	size_t allow_n;
};

/* Parses a list of allow entries into `a`; ERR_CONFIG names the one that is wrong. */
MUST_CHECK bool url_allow_parse(struct arena *a, const struct str *entry, size_t n,
				const struct url_allow **out, struct err *e);

/*
 * Refuses (ERR_CONFIG, with what is wrong and what to do) userinfo, other schemes, control bytes,
 * an empty host, zone ids, ports other than 80 and 443 unless allowed, literal addresses that are
 * denied, anything longer than URL_BYTES_MAX.  Never quotes the query: it may hold a key.
 */
MUST_CHECK bool url_check(struct str url, const struct url_policy *policy, struct err *e);

/*
 * The decision on one resolved address and its port (IPv4, IPv6, every form of embedded IPv4
 * decoded: the address and the one inside must both be fit).  `host` is the name it was found by.
 */
bool url_address_allowed(const struct sockaddr *address, struct str host,
			 const struct url_policy *policy);

/*
 * `path` below `base` as the manifests mean it: base gets a '/' at its end, leading '/' of path are
 * dropped, an absolute URL in path wins.  ERR_LIMIT past URL_BYTES_MAX.
 */
MUST_CHECK bool url_join(struct arena *a, struct str base, struct str path, struct str *out,
			 struct err *e);

/*
 * Where a redirect leads: `location` (RFC 3986, 4.1) taken against the absolute URL `base`, without
 * a fragment.  Still to be checked by url_check().  ERR_REMOTE when it is not a URL.
 */
MUST_CHECK bool url_resolve(struct arena *a, struct str base, struct str location, struct str *out,
			    struct err *e);

struct url_param {
	struct str name, value;
};

/* Adds parameters to the URL's query, percent-encoded (RFC 3986 unreserved characters and '$'
 * stay); a fragment is dropped.  ERR_LIMIT past URL_BYTES_MAX. */
MUST_CHECK bool url_add_params(struct arena *a, struct str url, const struct url_param *param,
			       size_t n, struct str *out, struct err *e);

/* application/x-www-form-urlencoded. */
struct str url_form(struct arena *a, const struct url_param *param, size_t n);

/* Scheme, host and port of both are the same; false when one is not a URL. */
bool url_same_origin(struct str a, struct str b);

/* The host of the URL (an IPv6 address without brackets), or "(no host)". */
struct str url_host(struct arena *a, struct str url);

/* The URL without query, fragment and userinfo: what may be logged. */
struct str url_redact(struct arena *a, struct str url);

/* One percent-decoded parameter of the URL's query; false when it is not there. */
bool url_query_get(struct arena *a, struct str url, struct str name, struct str *out);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_url.c - a URL from a stranger: what the check lets through is never a private address, and
 * nothing that is done with a URL crashes or makes it unsafe.
 */
#include "http/url_part.h"

#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>

#define ARENA_BYTES ((size_t)1 << 24)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What passes must be no address to the system's resolver, or one that passes by its bytes. */
static void must_be_public(struct str url, const struct url_policy *policy)
{
	struct addrinfo hint = { .ai_flags = AI_NUMERICHOST, .ai_socktype = SOCK_STREAM };
	struct addrinfo *found = NULL;
	struct url_part part;
	struct err e;
	char host[300];

	if (!url_part_init(&part, url, &e))
		abort();
	snprintf(host, sizeof(host), "%.*s", STR_ARG(part.host));
	if (getaddrinfo(host, "443", &hint, &found) == 0) {
		if (!url_address_allowed(found->ai_addr, part.host, policy))
			abort();
		freeaddrinfo(found);
	}
	url_part_done(&part);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct url_policy strict = { .allow_http = true };
	struct str text = { (const char *)data, size }, url;
	struct url_param param = { STR("a b"), text };
	AUTO_ARENA *a = arena_new("fuzz", ARENA_BYTES);
	const struct url_allow *allow;
	struct err e;

	if (size > URL_BYTES_MAX)
		return 0;
	if (url_check(text, &strict, &e)) {
		must_be_public(text, &strict);
		assert(url_same_origin(text, text));
		assert(str_find(url_redact(a, text), STR("?")) < 0);
	}
	if (url_resolve(a, STR("https://vendor.example/a/b?c"), text, &url, &e) &&
	    url_check(url, &strict, &e))
		must_be_public(url, &strict);
	if (url_join(a, STR("https://vendor.example/a"), text, &url, &e) &&
	    url_check(url, &strict, &e))
		must_be_public(url, &strict);
	if (url_add_params(a, STR("https://vendor.example"), &param, 1, &url, &e)) {
		must_be_public(url, &strict);
		if (!url_query_get(a, url, STR("a b"), &url) || !str_eq(url, text))
			abort();
	}
	if (!url_allow_parse(a, &text, 1, &allow, &e))
		assert(e.kind == ERR_CONFIG);
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_address.c - addresses from strangers: what is taken leads to a league's own host, and its
 * canonical form is taken again as itself.
 */
#include "http/url.h"
#include "pti/address.h"

#include <stdlib.h>

#define ARENA_BYTES ((size_t)1 << 24)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool good)
{
	if (!good)
		abort();
}

static void look_at(struct arena *a, const struct address *at)
{
	static const struct url_policy strict = { .allow_http = false };
	struct str host = str_printf(a, "%.*s.tenniscores.com", STR_ARG(at->league));
	struct err e;

	must(at->league.len > 0 && at->id.len > 0 && at->id.len <= ADDRESS_ID_BYTES_MAX);
	must(str_starts(at->canonical, STR("https://")));
	must(str_eq_nocase(url_host(a, at->canonical), host));
	must(address_came_from(at, at->canonical));
	/* An underscore is no letter of a host's name to curl; the guard then says no. */
	if (!memchr(at->league.at, '_', at->league.len))
		must(url_check(at->canonical, &strict, &e));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO_ARENA *a = arena_new("fuzz", ARENA_BYTES);
	struct str text = { (const char *)data, size }, id;
	struct address at, again;
	struct err e = { 0 };

	if (address_player(a, text, &at, &e)) {
		look_at(a, &at);
		must(address_player(a, at.canonical, &again, &e));
		must(str_eq(again.canonical, at.canonical) && str_eq(again.id, at.id));
	} else {
		must(e.kind == ERR_USAGE);
	}
	if (address_team(a, text, &at, &e)) {
		look_at(a, &at);
		must(address_team(a, at.canonical, &again, &e));
		must(str_eq(again.canonical, at.canonical) && str_eq(again.id, at.id));
	}
	if (address_link_id(a, text, STR("p"), &id))
		must(id.len > 0 && id.len <= ADDRESS_ID_BYTES_MAX);
	return 0;
}

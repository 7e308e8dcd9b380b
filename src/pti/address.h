/* SPDX-License-Identifier: Apache-2.0 */
/*
 * address.h - addresses of a league's pages: player cards and teams.  Pure.
 *
 * One parser for all of them; what it does not know is refused with a reason, and nothing is ever
 * fetched from a host that is not one label below paddlescores.com or tenniscores.com.
 * Source of the rules: the vendor's facts, sections 2.1 and 5 (rows 7 to 11).
 */
#ifndef ADDRESS_H
#define ADDRESS_H

#include "base/err.h"
#include "base/str.h"

#define ADDRESS_BYTES_MAX 2048
#define ADDRESS_ID_BYTES_MAX 128

/* The specification's text, to the letter. */
#define ADDRESS_PLAYER_INVALID "Invalid URL. Please provide your Paddlescores print page URL."
#define ADDRESS_TEAM_INVALID "Invalid URL. Please provide your Paddlescores team page URL."

enum address_kind { ADDRESS_PLAYER, ADDRESS_TEAM, ADDRESS_RATINGS };

struct address {
	enum address_kind kind;
	struct str league; /* "gbpta": the host's first label, in lower case */
	struct str id;     /* canonical: percent-decoded once; "nndz-…"; empty for RATINGS */
	struct str mod;    /* the page's type as the address says it, decoded; or empty */
	/* The address to fetch and to store: https, on tenniscores.com (where the other redirects
	 * to), the id with %3D, without `all`.  One page has one of them. */
	struct str canonical;
};

/* ERR_USAGE: the specification's text (…_INVALID), a blank and why in parentheses. */
MUST_CHECK bool address_player(struct arena *a, struct str url, struct address *out, struct err *e);
MUST_CHECK bool address_team(struct arena *a, struct str url, struct address *out, struct err *e);
/* The ratings page of a league. */
MUST_CHECK bool address_ratings(struct arena *a, struct str league, struct address *out,
				struct err *e);
/* Whether a page that came may be believed to be the one that was asked for: its host is of the two
 * domains and its league is the same. */
bool address_came_from(const struct address *asked, struct str final_url);
/* Whether it names another player than the one who was asked for. */
bool address_names_another(struct arena *a, const struct address *asked, struct str final_url);

/* The canonical id that a page's link to a player holds in parameter `name`; false without one. */
MUST_CHECK bool address_link_id(struct arena *a, struct str link, struct str name, struct str *id);

#endif

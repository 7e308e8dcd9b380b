/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fc_site.h - the leagues' pages from another stand-in, over a socket.
 *
 * Apart from fc.h, because the HTTP client and the server each have a struct request.
 */
#ifndef FC_SITE_H
#define FC_SITE_H

#include "base/arena.h"
#include "base/str.h"

struct fc_site;

enum fc_fetch { FC_FETCHED, FC_FETCH_SLOW, FC_FETCH_LOST };

struct fc_fetched {
	unsigned status;
	struct str body, url; /* url: as the leagues' own hosts have it */
};

/* `base`: where `lockstep-sandbox tenniscores` listens; outlives it. */
struct fc_site *fc_site_new(struct str base);
void fc_site_free(struct fc_site *s);

/* An address of a league: whether at the older domain, and the path with its query. */
struct fc_place {
	struct str league, path;
	bool paddlescores;
};

/* Nobody else is answered meanwhile, so it waits for seconds at most, whatever `timeout_ms`. */
enum fc_fetch fc_site_fetch(struct fc_site *s, const struct fc_place *place, int64_t timeout_ms,
			    struct arena *a, struct fc_fetched *out);

#endif

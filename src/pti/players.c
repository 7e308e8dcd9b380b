/* SPDX-License-Identifier: Apache-2.0 */
/* players.c - which store holds the players: by the address that the plan says. */
#include "pti/players_part.h"

static bool is_mongo(struct str url)
{
	return str_starts(url, STR("mongodb://")) || str_starts(url, STR("mongodb+srv://"));
}

bool players_open(struct arena *a, struct db *d, const struct players_options *o,
		  struct players **out, struct err *e)
{
	if (o->url.len == 0)
		return players_sql_open(a, d, o, out, e);
	if (is_mongo(o->url))
		return players_mongo_open(a, o, out, e);
	return err_set(e, ERR_CONFIG,
		       "players: an address begins with mongodb:// or mongodb+srv://; empty is the "
		       "plan's own database");
}

bool players_noting(struct players *p, bool *yes, struct err *e)
{
	*yes = false;
	return !p->ops->notes || p->ops->notes->able(p, yes, e);
}

bool players_write(struct players *p, bool (*work)(void *arg, struct err *e), void *arg,
		   bool *noted, struct err *e)
{
	if (!players_noting(p, noted, e))
		return false;
	/* It may turn out there that the server cannot after all. */
	if (*noted && !p->ops->notes->together(p, work, arg, noted, e))
		return false;
	return *noted || work(arg, e);
}

void players_forget(struct players *p, const struct str *id, size_t n)
{
	struct err unsaid;

	if (n > 0)
		(void)!p->ops->notes->drop(p, id, n, &unsaid);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* roster_turn.c - now and then a cycle also looks whether the vendor's rosters are ours. */
#include "gameplatform/roster_turn.h"

#include "base/log.h"
#include "data/json.h"
#include "data/moment.h"
#include "gameplatform/drift.h"

#define EVERY_MS ((int64_t)6 * 60 * 60 * 1000)

static bool every(const struct connection *c, int64_t *ms, struct err *e)
{
	struct value said = value_get(c->config, STR("roster_every"));
	struct duration d;

	*ms = EVERY_MS;
	if (said.kind != VALUE_STR || said.s.len == 0)
		return true;
	if (!duration_parse_plain(said.s, &d, e))
		return err_wrap(e, "the connection's config.roster_every");
	*ms = d.us / 1000;
	return true;
}

/* Where the time of the last look stands. */
static struct state_key key_of(const struct connection *c)
{
	return (struct state_key){ c->name, STR("game_platform_rosters"), STR("") };
}

static bool last_look(const struct engine *g, const struct connection *c, struct arena *a,
		      int64_t *ms, struct err *e)
{
	const struct state_key key = key_of(c);
	struct value state;
	struct str json;

	*ms = 0;
	if (!state_get(g->db, a, &key, &json, e))
		return false;
	if (json.len == 0)
		return true;
	if (!json_parse(a, json, &state, NULL, e))
		return err_wrap(e, "when rosters were looked at");
	*ms = value_get_int(state, "looked_ms");
	return true;
}

struct look {
	const struct engine *g;
	const struct connection *c;
	struct str json;
};

static bool note_look(void *arg, struct err *e)
{
	const struct look *l = arg;
	const struct state_key key = key_of(l->c);

	return (!l->g->fence || fence_hold(l->g->db, l->g->fence, e)) &&
	       state_put(l->g->db, &key, l->json, e);
}

/* *all: those that the vendor has not heard of, too. */
static bool count_teams(struct db *d, struct arena *a, int64_t *mirrored, int64_t *all,
			struct err *e)
{
	struct db_result r;

	if (!db_query(d, a, "SELECT COUNT(game_platform_id), COUNT(*) FROM teams", NULL, 0, &r, e))
		return err_wrap(e, "table 'teams'");
	*mirrored = db_cell(&r, 0, 0).i;
	*all = db_cell(&r, 0, 1).i;
	return true;
}

/* What keeps this process from writing, or wants it to end, is not the vendor's doing. */
static bool ours(const struct err *why)
{
	return why->kind == ERR_FENCED || why->kind == ERR_CANCELLED || why->kind == ERR_STORE;
}

static bool look(const struct engine *g, const struct connection *c, struct arena *a,
		 int64_t now_ms, struct roster_turn *t, struct err *e)
{
	struct look l = { g, c, str_printf(a, "{\"looked_ms\":%lld}", (long long)now_ms) };
	struct drift drift;
	struct err why;

	if (!drift_repair(g, c, a, &drift, &why)) {
		if (ours(&why)) {
			*e = why;
			return false;
		}
		log_warn("the rosters could not be compared: %s", why.text);
		return true;
	}
	t->looked = true;
	t->synced = drift.teams;
	return db_transact(g->db, note_look, &l, e);
}

bool roster_turn(const struct engine *g, const struct connection *c, struct arena *a,
		 struct roster_turn *out, struct err *e)
{
	int64_t now_ms = clock_wall_ms(g->clock), every_ms, last_ms, all = 0;
	struct roster_turn t = { 0 };

	if (!every(c, &every_ms, e) || !last_look(g, c, a, &last_ms, e) ||
	    !count_teams(g->db, a, &t.total, &all, e))
		return false;
	if (all > 0 && now_ms - last_ms >= every_ms && !look(g, c, a, now_ms, &t, e))
		return false;
	*out = t;
	return true;
}

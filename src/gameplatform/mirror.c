/* SPDX-License-Identifier: Apache-2.0 */
/* mirror.c - what every piece of mirroring to the vendor works with, and how it writes. */
#include "gameplatform/mirror.h"

#include "data/json.h"
#include "gameplatform/platform.h"
#include "store/cell.h"
#include "store/outbox.h"

#define LOCK_TTL_MS 120000 /* longer than any call with its attempts */
#define ARGS_BYTES_MAX 4096
#define USER_LOCKS 256
#define ADRIFT_MS 20000 /* longer than a request whose client has left is on its way */
#define LOCK_TRIES 40
#define LOCK_WAIT_MS 50

bool mirror_open(struct arena *a, const struct engine *g, const struct connection *c, bool dry_run,
		 struct mirror *out, struct err *e)
{
	*out = (struct mirror){ .engine = g, .connection = c, .arena = a };
	out->dry_run = dry_run || !platform_settings(c).enabled;
	return vendor_open(a, g, c, &out->vendor, e);
}

/* ---- writing ---- */

struct writing {
	struct mirror *m;
	bool (*body)(void *arg, struct err *e);
	void *arg;
};

static bool write_body(void *arg, struct err *e)
{
	const struct writing *w = arg;
	const struct engine *g = w->m->engine;
	struct str name = w->m->connection->name;

	return (!g->fence || fence_hold(g->db, g->fence, e)) && outbox_quiet(g->db, name, e) &&
	       w->body(w->arg, e) && outbox_loud(g->db, name, e);
}

bool mirror_write(struct mirror *m, bool (*body)(void *arg, struct err *e), void *arg,
		  struct err *e)
{
	struct writing w = { m, body, arg };

	assert(!m->dry_run);
	return db_transact(m->engine->db, write_body, &w, e);
}

static bool order(struct mirror *m, const struct job_order *o, struct err *e)
{
	const struct engine *g = m->engine;

	return !g->order || g->order(g->order_arg, g->db, o, e);
}

bool mirror_order_team(struct mirror *m, struct str team, struct err *e)
{
	struct str lane = str_printf(m->arena, "game_platform:team:%.*s", STR_ARG(team));
	struct job_order o = { .task = STR(GAME_TEAM_TASK),
			       .args = str_printf(m->arena, "{\"team\":\"%.*s\"}", STR_ARG(team)),
			       .key = lane,
			       .lane = lane,
			       .trigger = STR("game platform") };

	return order(m, &o, e);
}

bool mirror_order_gone(struct mirror *m, struct str team, struct str remote, struct err *e)
{
	struct value args = value_map_new(m->arena);
	struct job_order o = { .task = STR(GAME_TEAM_TASK), .trigger = STR("game platform") };
	struct buf b;

	value_map_set(m->arena, args, STR("team"), value_str(team));
	value_map_set(m->arena, args, STR("remote"), value_str(remote));
	buf_in(&b, m->arena, ARGS_BYTES_MAX);
	if (!json_write(&b, args, e))
		return false;
	o.args = buf_str(&b);
	o.lane = str_printf(m->arena, "game_platform:team:%.*s", STR_ARG(remote));
	o.key = str_printf(m->arena, "%.*s:gone", STR_ARG(o.lane));
	return order(m, &o, e);
}

bool mirror_order_rosters(struct mirror *m, struct err *e)
{
	int64_t now_ms = clock_wall_ms(m->engine->clock);
	int64_t at_ms = (now_ms / ADRIFT_MS + 2) * ADRIFT_MS;
	/* One look does for all that went adrift in one span, and for nothing later. */
	struct job_order o = { .task = STR(GAME_ROSTERS_TASK),
			       .args = STR("{}"),
			       .key = str_printf(m->arena, "game_platform:rosters:%lld",
						 (long long)at_ms),
			       .lane = STR("game_platform:rosters"),
			       .trigger = STR("game platform"),
			       .after_ms = at_ms - now_ms };

	return order(m, &o, e);
}

bool mirror_order_scores(struct mirror *m, struct str competitor, struct err *e)
{
	struct job_order o = {
		.task = STR(GAME_SYNC_TASK),
		.args = str_printf(m->arena, "{\"competitorId\":\"%.*s\"}", STR_ARG(competitor)),
		.key = str_printf(m->arena, "game_platform_sync:%.*s", STR_ARG(competitor)),
		.lane = STR("game_platform:sync"),
		.trigger = STR("game platform")
	};

	return order(m, &o, e);
}

/* ---- one at a time ---- */

static bool lock(struct mirror *m, struct str name, struct lease *out, struct err *e)
{
	const struct engine *g = m->engine;
	bool over;

	*out = (struct lease){ .name = name, .ttl_ms = LOCK_TTL_MS, .fence = g->fence };
	for (int tries = 1;; tries++) {
		if (lease_take(g->db, m->arena, out, &over, e))
			return true;
		if (e->kind != ERR_BUSY || tries == LOCK_TRIES ||
		    !clock_sleep(g->clock, LOCK_WAIT_MS, g->stop, e))
			return false;
	}
}

bool mirror_lock_coach(struct mirror *m, struct str coach, struct lease *out, struct err *e)
{
	return lock(m, str_printf(m->arena, "game_platform:coach:%.*s", STR_ARG(coach)), out, e);
}

/* A lock is a row for ever: that of each user would be too many. */
bool mirror_lock_user(struct mirror *m, struct str remote, struct lease *out, struct err *e)
{
	unsigned number = (unsigned)(str_hash(remote) % USER_LOCKS);

	return lock(m, str_printf(m->arena, "game_platform:user:%u", number), out, e);
}

void mirror_unlock(struct mirror *m, const struct lease *l)
{
	struct err unsaid;

	/* One that is not given back ends with its job. */
	if (!lease_release(m->engine->db, l, &unsaid))
		return;
}

/* ---- texts ---- */

struct str mirror_says(const struct mirror *m, const struct err *e)
{
	const struct vendor_fault *f = &m->vendor.fault;

	return f->code != VENDOR_NONE ? f->message : str_keep(m->arena, str_from(e->text));
}

struct value mirror_now(const struct mirror *m)
{
	return cell_from_ms(clock_wall_ms(m->engine->clock));
}

bool mirror_row(struct mirror *m, const char *sql, struct str id, struct db_result *out,
		struct err *e)
{
	struct value param = value_str(id);

	return db_query(m->engine->db, m->arena, sql, &param, 1, out, e);
}

bool mirror_note(struct mirror *m, const struct mirror_event *ev, struct err *e)
{
	struct value param[] = {
		value_text_or_null(ev->profile), value_text_or_null(ev->competitor),
		value_text_or_null(ev->team),    value_str(str_from(ev->type)),
		value_str(str_from(ev->status)), value_text_or_null(ev->message),
	};

	return db_exec(m->engine->db,
		       "INSERT INTO game_platform_sync_events (profile_id, competitor_id, team_id,"
		       " event_type, status, message) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
		       param, COUNT(param), NULL, e);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* memory.c - what is remembered of a player beside the application's five fields. */
#include "pti/memory.h"

#include "pti/players_part.h"
#include "store/seal.h"
#include "store/sql.h"

static bool make_row(struct db *d, const struct value *player, struct err *e)
{
	return db_exec(d,
		       "INSERT INTO lockstep_pti_players (player) VALUES (?1)"
		       " ON CONFLICT (player) DO NOTHING",
		       player, 1, NULL, e);
}

/* A time that has not come yet is another machine's clock, and holds nobody up. */
#define FREE                                                                   \
	"coalesce(refreshed_ms, 0) <= CAST(?2 AS bigint) - CAST(?3 AS bigint)" \
	" OR refreshed_ms > CAST(?2 AS bigint)"

bool memory_claim(struct db *d, struct str player, int64_t now_ms, int64_t cooldown_ms,
		  bool *granted, int64_t *wait_ms, struct err *e)
{
	AUTO_ARENA *a = arena_new("claim", 1 << 16);
	struct value param[] = { value_str(player), value_int(now_ms), value_int(cooldown_ms) };
	int64_t changed;
	struct db_result r;

	if (!make_row(d, param, e) ||
	    !db_exec(d,
		     "UPDATE lockstep_pti_players SET refreshed_ms = ?2 WHERE player = ?1"
		     " AND (" FREE ")",
		     param, COUNT(param), &changed, e))
		return false;
	*granted = changed > 0;
	*wait_ms = 0;
	if (*granted)
		return true;
	if (!db_query(d, a, "SELECT refreshed_ms FROM lockstep_pti_players WHERE player = ?1",
		      param, 1, &r, e))
		return false;
	if (r.rows > 0 && db_cell(&r, 0, 0).kind == VALUE_INT)
		*wait_ms = db_cell(&r, 0, 0).i + cooldown_ms - now_ms;
	if (*wait_ms < 1)
		*wait_ms = 1;
	return true;
}

bool memory_now(struct db *d, int64_t *now_ms, struct err *e)
{
	AUTO_ARENA *a = arena_new("now", 1 << 16);
	struct db_result r;

	if (!db_query(d, a, str_printf(a, "SELECT %s", sql_words(d)->now_ms).at, NULL, 0, &r, e))
		return false;
	*now_ms = db_cell(&r, 0, 0).i;
	return true;
}

bool memory_unlink(struct db *d, struct str player, struct err *e)
{
	AUTO_ARENA *a = arena_new("unlink", 1 << 16);
	struct value param = value_str(player);

	return make_row(d, &param, e) &&
	       db_exec(d,
		       str_printf(a,
				  "UPDATE lockstep_pti_players SET unlinked_ms = %s, failures = 0,"
				  " last_error = NULL, page = NULL WHERE player = ?1",
				  sql_words(d)->now_ms)
			       .at,
		       &param, 1, NULL, e);
}

bool memory_unlinked(struct db *d, struct str player, int64_t asked_ms, bool *is, struct err *e)
{
	struct value param[] = { value_str(player), value_int(asked_ms) };

	return db_any(d,
		      "SELECT 1 FROM lockstep_pti_players WHERE player = ?1 AND unlinked_ms >= ?2",
		      param, COUNT(param), is, e);
}

bool memory_attempt(struct db *d, struct str player, struct str page, const char *code,
		    int64_t now_ms, struct err *e)
{
	struct value param[] = { value_str(player), value_int(now_ms), value_str(page),
				 *code ? value_str(str_from(code)) : NULL_VALUE };

	return make_row(d, param, e) &&
	       db_exec(d,
		       *code ? "UPDATE lockstep_pti_players SET failures = failures + 1,"
			       " last_error = ?4, last_attempt_ms = ?2, page = ?3 WHERE player = ?1"
			     : "UPDATE lockstep_pti_players SET failures = 0, last_error = ?4,"
			       " last_attempt_ms = ?2, page = ?3 WHERE player = ?1",
		       param, COUNT(param), NULL, e);
}

#define LOOKED                                                                      \
	"INSERT INTO lockstep_pti_players (player, failures, last_error, "          \
	"last_attempt_ms, page, run) VALUES (?1, ?2, ?3, ?4, ?5, ?6) "              \
	"ON CONFLICT (player) DO UPDATE SET failures = CASE WHEN "                  \
	"excluded.failures = 0 THEN 0 ELSE lockstep_pti_players.failures + 1 END, " \
	"last_error = excluded.last_error, last_attempt_ms = "                      \
	"excluded.last_attempt_ms, page = excluded.page, "                          \
	"run = coalesce(excluded.run, lockstep_pti_players.run)"
#define LATER                                                         \
	" WHERE coalesce(lockstep_pti_players.last_attempt_ms, 0) < " \
	"excluded.last_attempt_ms"
/* A run looks at a player once. */
#define LATER_OR_NEW                                     \
	LATER " OR lockstep_pti_players.run IS NULL OR " \
	      "lockstep_pti_players.run <> excluded.run"

static struct value or_null(struct str s)
{
	return s.len > 0 ? value_str(s) : NULL_VALUE;
}

static bool note_look(struct db *d, const char *sql, const struct player_result *r, struct err *e)
{
	bool failed = r->code.len > 0 && !str_eq(r->code, STR("no_pti"));

	return db_exec(d, sql,
		       (struct value[]){ value_str(r->player), value_int(failed), or_null(r->code),
					 value_int(r->at_ms), or_null(r->page), or_null(r->run) },
		       6, NULL, e) ||
	       err_wrap(e, "table 'lockstep_pti_players'");
}

bool memory_looked(struct db *d, const struct player_result *r, struct err *e)
{
	return note_look(d, LOOKED, r, e);
}

static struct value rating(int32_t tenths)
{
	return tenths == PTI_NONE ? NULL_VALUE : value_float(pti_double(tenths));
}

bool memory_changed(struct db *d, const struct memory_change *c, struct err *e)
{
	AUTO_ARENA *a = arena_new("change", 1 << 16);
	struct value param[] = {
		value_str(c->id.len > 0 ? c->id : uuid_new(a)),
		value_str(c->player),
		or_null(c->run),
		{ .kind = VALUE_TIME, .us = c->at_ms * 1000, .has_offset = true },
		rating(c->before),
		rating(c->after),
		or_null(c->note),
	};

	return db_exec(d,
		       "INSERT INTO lockstep_pti_changes (id, player, run, at, before, after, note)"
		       " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT (id) DO NOTHING",
		       param, COUNT(param), NULL, e);
}

bool player_result_changes(const struct player_result *r)
{
	return r->code.len == 0 && r->after != PTI_NONE && r->after != r->before;
}

bool memory_result(struct db *d, const struct player_result *r, struct err *e)
{
	const struct memory_change change = { .id = r->id,
					      .player = r->player,
					      .run = r->run,
					      .at_ms = r->at_ms,
					      .before = r->before,
					      .after = r->after,
					      .note = r->note };

	return !player_result_changes(r) || memory_changed(d, &change, e);
}

bool memory_take_over(struct db *d, const struct player_result *r, bool goes_on, struct err *e)
{
	return memory_result(d, r, e) &&
	       note_look(d, goes_on ? LOOKED LATER_OR_NEW : LOOKED LATER, r, e);
}

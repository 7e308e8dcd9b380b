/* SPDX-License-Identifier: Apache-2.0 */
/*
 * players_sql.c - players in a table of the plan's database.
 *
 * The table may be the application's own: its id a text or a uuid, its columns of any type that
 * holds what we write.  Times are compared as whole milliseconds on both sides, so that a time that
 * was stored finer than that is not met twice.
 */
#include "pti/players_part.h"

#include "data/moment.h"
#include "store/sql.h"

#define TABLE_DEFAULT "players"
#define UUID_BYTES 36

struct sql_players {
	struct players base;
	struct db *db;
	struct arena *a;
	struct str table, name; /* quoted; as it is called */
	const char *id, *synced_ms;
};

static struct sql_players *self(struct players *p)
{
	return CONTAINER(p, struct sql_players, base);
}

/* ---- one row ---- */

/* name, pti, url, source name, synced, enabled */
static void read_row(struct player *out, const struct db_result *r, size_t row)
{
	struct value enabled = db_cell(r, row, 6);
	struct value synced = db_cell(r, row, 5);

	*out = (struct player){ .id = value_text(db_cell(r, row, 0)),
				.name = value_text(db_cell(r, row, 1)),
				.url = value_text(db_cell(r, row, 3)),
				.source_name = value_text(db_cell(r, row, 4)),
				.synced_ms = synced.kind == VALUE_INT ? synced.i : 0,
				.enabled = enabled.kind == VALUE_BOOL
						   ? enabled.b
						   : enabled.kind == VALUE_INT && enabled.i != 0 };
	if (!pti_from(db_cell(r, row, 2), &out->pti))
		out->pti = PTI_NONE;
}

static struct str select_sql(const struct sql_players *s, struct arena *a, const char *where)
{
	return str_printf(a,
			  "SELECT %s, name, pti, pti_source_url, pti_source_name, %s,"
			  " pti_sync_enabled FROM %.*s WHERE %s",
			  s->id, s->synced_ms, STR_ARG(s->table), where);
}

static bool is_uuid(struct str s)
{
	if (s.len != UUID_BYTES)
		return false;
	for (size_t i = 0; i < s.len; i++) {
		bool dash = i == 8 || i == 13 || i == 18 || i == 23;
		char c = s.at[i];

		if (dash ? c != '-'
			 : !((c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'f')))
			return false;
	}
	return true;
}

/* An id that the column cannot hold is nobody's: PostgreSQL would refuse the comparison. */
static bool may_be(struct sql_players *s, struct str id, bool *may, struct err *e)
{
	enum column_holds holds;

	if (!s->db->ops->holds(s->db, s->name, STR("id"), &holds, e))
		return false;
	*may = holds != HOLDS_UUID || is_uuid(id);
	return true;
}

static bool sql_get(struct players *p, struct arena *a, struct str id, bool *found,
		    struct player *out, struct err *e)
{
	struct sql_players *s = self(p);
	struct value param = value_str(id);
	struct db_result r;
	bool may;

	if (!may_be(s, id, &may, e))
		return false;
	*found = false;
	if (!may)
		return true;
	if (!db_query(s->db, a, select_sql(s, a, "id = ?1").at, &param, 1, &r, e))
		return false;
	*found = r.rows > 0;
	if (*found)
		read_row(out, &r, 0);
	return true;
}

/* ---- writing ---- */

/* `set` behind SET; the id is ?1. */
static bool change(struct sql_players *s, const char *set, const struct value *param, size_t params,
		   bool *found, struct err *e)
{
	AUTO_ARENA *a = arena_new("player", SQL_BYTES_MAX);
	struct str sql = str_printf(a, "UPDATE %.*s SET %s", STR_ARG(s->table), set);
	int64_t changed = 0;
	bool may;

	if (!may_be(s, param[0].s, &may, e) ||
	    (may && !db_exec(s->db, sql.at, param, params, &changed, e)))
		return false;
	*found = changed > 0;
	return true;
}

static struct value time_value(int64_t wall_ms)
{
	return (struct value){ .kind = VALUE_TIME, .us = wall_ms * 1000, .has_offset = true };
}

static bool sql_link(struct players *p, struct str id, const struct player *with, bool *found,
		     struct err *e)
{
	struct value param[] = {
		value_str(id),
		value_float(pti_double(with->pti)),
		value_str(with->url),
		value_str(with->source_name),
		time_value(with->synced_ms),
		value_bool(with->enabled),
	};

	return change(self(p),
		      "pti = ?2, pti_source_url = ?3, pti_source_name = ?4, pti_last_synced = ?5,"
		      " pti_sync_enabled = ?6 WHERE id = ?1",
		      param, COUNT(param), found, e);
}

static bool sql_unlink(struct players *p, struct str id, bool *found, struct err *e)
{
	struct value param = value_str(id);

	return change(self(p),
		      "pti_source_url = NULL, pti_source_name = NULL, pti_last_synced = NULL,"
		      " pti_sync_enabled = NULL WHERE id = ?1",
		      &param, 1, found, e);
}

static bool sql_update(struct players *p, struct str id, struct str url, int32_t pti,
		       int64_t synced_ms, bool *done, struct err *e)
{
	struct value param[] = { value_str(id), value_str(url), value_float(pti_double(pti)),
				 time_value(synced_ms) };

	return change(self(p),
		      "pti = ?3, pti_last_synced = ?4 WHERE id = ?1 AND pti_source_url = ?2", param,
		      COUNT(param), done, e);
}

/* ---- many ---- */

static bool sql_due(struct players *p, struct arena *a, int64_t after_ms, struct str after_id,
		    size_t limit, struct player **out, size_t *n, struct err *e)
{
	struct sql_players *s = self(p);
	struct value param[] = { value_int(after_ms), value_str(after_id),
				 value_int((int64_t)limit) };
	struct str where = str_printf(a,
				      "pti_sync_enabled = %s AND pti_source_url <> '' AND"
				      " (%s > ?1 OR (%s = ?1 AND %s > ?2)) ORDER BY 6, 1 LIMIT ?3",
				      s->db->ops->dialect == DB_SQLITE ? "1" : "true", s->synced_ms,
				      s->synced_ms, s->id);
	struct db_result r;

	if (!db_query(s->db, a, select_sql(s, a, where.at).at, param, COUNT(param), &r, e))
		return false;
	*out = arena_new_array(a, struct player, r.rows);
	*n = r.rows;
	for (size_t i = 0; i < r.rows; i++)
		read_row(&(*out)[i], &r, i);
	return true;
}

static bool sql_linked(struct players *p, struct str url, int64_t *n, struct err *e)
{
	struct sql_players *s = self(p);
	AUTO_ARENA *a = arena_new("linked", SQL_BYTES_MAX);
	struct value param = value_str(url);
	struct db_result r;

	if (!db_query(s->db, a,
		      str_printf(a, "SELECT count(*) FROM %.*s WHERE pti_source_url = ?1",
				 STR_ARG(s->table))
			      .at,
		      &param, 1, &r, e))
		return false;
	*n = db_cell(&r, 0, 0).i;
	return true;
}

static void sql_close(struct players *p)
{
	(void)p; /* the database is the caller's, the memory the arena's */
}

static const struct players_ops ops = {
	.name = "sql",
	.get = sql_get,
	.link = sql_link,
	.unlink = sql_unlink,
	.update = sql_update,
	.due = sql_due,
	.linked = sql_linked,
	.close = sql_close,
};

/* Unix milliseconds of pti_last_synced, 0 for never; and the id as a text that compares byte by
 * byte, as the other store does. */
#define MS_SQLITE                                                                     \
	"coalesce(CAST(round((julianday(pti_last_synced) - 2440587.5) * 86400000) AS" \
	" integer), 0)"
#define MS_POSTGRES "coalesce(CAST(floor(extract(epoch FROM pti_last_synced) * 1000) AS bigint), 0)"

bool players_sql_open(struct arena *a, struct db *d, const struct players_options *o,
		      struct players **out, struct err *e)
{
	struct sql_players *s = arena_new_struct(a, struct sql_players);
	bool sqlite = d->ops->dialect == DB_SQLITE;
	struct buf b;

	(void)e;
	buf_in(&b, a, SQL_BYTES_MAX);
	s->name = o->table.len > 0 ? o->table : STR(TABLE_DEFAULT);
	sql_table(&b, s->name);
	s->base.ops = &ops;
	s->db = d;
	s->a = a;
	s->table = buf_str(&b);
	s->id = sqlite ? "CAST(id AS text)" : "CAST(id AS text) COLLATE \"C\"";
	s->synced_ms = sqlite ? MS_SQLITE : MS_POSTGRES;
	*out = &s->base;
	return true;
}

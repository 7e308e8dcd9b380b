/* SPDX-License-Identifier: Apache-2.0 */
/*
 * schema_trigger.c - what holds whoever writes: the status of a competitor, teams' rules, stamps.
 *
 * A condition or a value is one text for both databases, over the columns of NEW.  PostgreSQL
 * decides it before the row is written; SQLite, which cannot change NEW, sets what must be set
 * right behind it.  Rules never refuse what an upsert then would not do: who is on two teams is the
 * unique index's to say.  No text of a rule holds a value of a row.
 */
#include "gameplatform/schema_part.h"

#include "store/sql.h"

#define PREFIX "lockstep_game_"

enum act {
	ACT_REFUSE, /* when `sql` is true, with the message `word` */
	ACT_SET,    /* column `word` to `sql` */
	ACT_EMPTY,  /* column `word`, when an update makes `sql` true, over NEW and OLD */
	ACT_STAMP,  /* updated_at, unless the writer did; `word` is the key column */
};

struct rule {
	const char *name, *table;
	enum act act;
	const char *columns; /* of an update that concern it; NULL: any */
	const char *word, *sql;
	const char *lock; /* PostgreSQL: what is held meanwhile, so that two cannot pass at once */
};

/* ---- what they say ---- */

#define EMPTY(c) "coalesce(CAST(NEW." c " AS text), '') = ''"
#define TRUE_OF(c) "coalesce(CAST(NEW." c " AS text), '') IN ('true', '1', 't')"

/* The first thing that is missing decides. */
static const char status[] = "CASE WHEN " EMPTY("grade") " OR " EMPTY("gender") " OR " EMPTY("race") " OR " EMPTY("ethnicity") " OR " EMPTY(
	"level_of_technology") " OR NEW.years_competing IS NULL"
			       " THEN 'pending' WHEN " TRUE_OF("is_18_or_over") " AND " EMPTY("email_school") " THEN 'pending' WHEN NOT (" TRUE_OF("is_18_or_over") ") AND (" EMPTY(
				       "parent_name") " OR " EMPTY("parent_email") ") THEN 'pending' WHEN " TRUE_OF("is_18_or_over") " AND NEW.participation_agreement_date IS NULL THEN 'profile' WHEN NOT (" TRUE_OF("is_18_or_over") ") AND NEW.media_release_date IS NULL THEN 'profile' WHEN " EMPTY("game_platform_id") " THEN 'compliance' ELSE 'complete' END";

#define DIVISION(of) "nullif(CAST(" of ".division AS text), '')"

#define MOVED "NEW.team_id <> OLD.team_id OR NEW.competitor_id <> OLD.competitor_id"

static const struct rule rules[] = {
	{ "members_max", "team_members", ACT_REFUSE, "team_id", GAME_TEAM_FULL,
	  "(SELECT count(*) FROM team_members m WHERE m.team_id = NEW.team_id"
	  " AND m.competitor_id <> NEW.competitor_id) >= 6",
	  "PERFORM 1 FROM teams WHERE id = NEW.team_id FOR NO KEY UPDATE" },
	{ "members_division", "team_members", ACT_REFUSE, "team_id, competitor_id",
	  GAME_OTHER_DIVISION,
	  "EXISTS (SELECT 1 FROM teams t, competitors c WHERE t.id = NEW.team_id"
	  " AND c.id = NEW.competitor_id AND " DIVISION("t") " <> " DIVISION("c") ")",
	  "PERFORM 1 FROM teams WHERE id = NEW.team_id FOR NO KEY UPDATE;"
	  " PERFORM 1 FROM competitors WHERE id = NEW.competitor_id FOR NO KEY UPDATE" },
	{ "teams_division", "teams", ACT_REFUSE, "division", GAME_OTHER_DIVISION,
	  "EXISTS (SELECT 1 FROM team_members m JOIN competitors c ON c.id = m.competitor_id"
	  " WHERE m.team_id = NEW.id AND " DIVISION("c") " <> " DIVISION("NEW") ")",
	  "PERFORM 1 FROM competitors c JOIN team_members m ON m.competitor_id = c.id"
	  " WHERE m.team_id = NEW.id ORDER BY c.id FOR NO KEY UPDATE OF c" },
	{ "competitors_division", "competitors", ACT_REFUSE, "division", GAME_OTHER_DIVISION,
	  "EXISTS (SELECT 1 FROM team_members m JOIN teams t ON t.id = m.team_id"
	  " WHERE m.competitor_id = NEW.id AND " DIVISION("t") " <> " DIVISION("NEW") ")",
	  "PERFORM 1 FROM teams t JOIN team_members m ON m.team_id = t.id"
	  " WHERE m.competitor_id = NEW.id FOR NO KEY UPDATE OF t" },
	{ "competitors_status", "competitors", ACT_SET, NULL, "status", status, NULL },
	/* Who has moved has not arrived yet, nor failed to. */
	{ "members_moved", "team_members", ACT_EMPTY, "team_id, competitor_id",
	  "game_platform_synced_at", MOVED, NULL },
	{ "members_anew", "team_members", ACT_EMPTY, "team_id, competitor_id",
	  "game_platform_sync_error", MOVED, NULL },
	{ .name = "profiles_stamp", .table = "profiles", .act = ACT_STAMP, .word = "id" },
	{ .name = "competitors_stamp", .table = "competitors", .act = ACT_STAMP, .word = "id" },
	{ .name = "teams_stamp", .table = "teams", .act = ACT_STAMP, .word = "id" },
	{ .name = "mapped_stamp",
	  .table = "game_platform_profiles",
	  .act = ACT_STAMP,
	  .word = "id" },
	{ .name = "mapped_teams_stamp",
	  .table = "game_platform_teams",
	  .act = ACT_STAMP,
	  .word = "id" },
	{ .name = "stats_stamp", .table = "game_platform_stats", .act = ACT_STAMP, .word = "id" },
	{ .name = "state_stamp",
	  .table = "game_platform_sync_state",
	  .act = ACT_STAMP,
	  .word = "syned_user_id" },
};

struct str game_status_sql(struct arena *a, const char *row)
{
	struct str rest = str_from(status);
	struct buf b;
	ptrdiff_t at;

	buf_in(&b, a, SQL_BYTES_MAX);
	while ((at = str_find(rest, STR("NEW."))) >= 0) {
		buf_add(&b, str_slice(rest, 0, (size_t)at));
		buf_printf(&b, "%s.", row);
		rest = str_slice(rest, (size_t)at + 4, rest.len);
	}
	buf_add(&b, rest);
	return buf_str(&b);
}

static bool is_of_updates(const struct rule *r)
{
	return r->act == ACT_STAMP || r->act == ACT_EMPTY;
}

/* ---- SQLite ---- */

/* As the columns' default writes it; doubled, for it stands in a format. */
#define NOW_SQLITE "strftime('%%Y-%%m-%%dT%%H:%%M:%%fZ', 'now')"

static struct str sqlite_sql(struct arena *a, const struct rule *r, struct str name, bool insert)
{
	struct buf b;

	buf_in(&b, a, SQL_BYTES_MAX);
	buf_printf(&b, "CREATE TRIGGER %.*s %s ", STR_ARG(name),
		   r->act == ACT_REFUSE ? "BEFORE" : "AFTER");
	buf_add(&b, insert ? STR("INSERT") : STR("UPDATE"));
	if (!insert && r->columns)
		buf_printf(&b, " OF %s", r->columns);
	buf_printf(&b, " ON %s", r->table);
	if (r->act == ACT_REFUSE)
		buf_printf(&b, " WHEN %s BEGIN SELECT RAISE(ABORT, '%s'); END", r->sql, r->word);
	else if (r->act == ACT_SET)
		buf_printf(&b,
			   " WHEN NEW.%s IS NOT %s BEGIN UPDATE %s SET %s = %s WHERE id = NEW.id;"
			   " END",
			   r->word, r->sql, r->table, r->word, r->sql);
	else if (r->act == ACT_EMPTY)
		buf_printf(&b, " WHEN %s BEGIN UPDATE %s SET %s = NULL WHERE id = NEW.id; END",
			   r->sql, r->table, r->word);
	else
		buf_printf(&b,
			   " WHEN NEW.updated_at IS OLD.updated_at BEGIN UPDATE %s SET"
			   " updated_at = " NOW_SQLITE " WHERE %s = NEW.%s; END",
			   r->table, r->word, r->word);
	assert(!b.failed);
	return buf_str(&b);
}

static bool plan_sqlite_one(struct ddl *l, const struct rule *r, bool insert, struct err *e)
{
	struct str name = str_printf(l->a, PREFIX "%s_%s", r->name, insert ? "insert" : "update");
	struct str want = sqlite_sql(l->a, r, name, insert);
	struct value param = value_str(name);
	struct db_result have;

	if (!db_query(l->db, l->a,
		      "SELECT sql FROM sqlite_master WHERE type = 'trigger' AND name = ?1", &param,
		      1, &have, e))
		return false;
	if (have.rows && str_eq(db_cell(&have, 0, 0).s, want))
		return true;
	if (have.rows)
		ddl_add(l, str_printf(l->a, "DROP TRIGGER %.*s", STR_ARG(name)));
	ddl_add(l, want);
	return true;
}

static bool plan_sqlite(struct ddl *l, const struct rule *r, struct err *e)
{
	return (is_of_updates(r) || plan_sqlite_one(l, r, true, e)) &&
	       plan_sqlite_one(l, r, false, e);
}

/* ---- PostgreSQL ---- */

static struct str postgres_body(struct arena *a, const struct rule *r)
{
	struct buf b;

	buf_in(&b, a, SQL_BYTES_MAX);
	buf_add(&b, STR(" BEGIN "));
	if (r->lock)
		buf_printf(&b, "%s; ", r->lock);
	if (r->act == ACT_REFUSE)
		buf_printf(&b,
			   "IF %s THEN RAISE EXCEPTION USING MESSAGE = '%s', ERRCODE ="
			   " 'check_violation', TABLE = '%s'; END IF; ",
			   r->sql, r->word, r->table);
	else if (r->act == ACT_SET)
		buf_printf(&b, "NEW.%s := %s; ", r->word, r->sql);
	else if (r->act == ACT_EMPTY)
		buf_printf(&b, "IF %s THEN NEW.%s := NULL; END IF; ", r->sql, r->word);
	else
		buf_add(&b, STR("IF NEW.updated_at IS NOT DISTINCT FROM OLD.updated_at THEN"
				" NEW.updated_at := clock_timestamp(); END IF; "));
	buf_add(&b, STR("RETURN NEW; END "));
	assert(!b.failed);
	return buf_str(&b);
}

static bool plan_postgres(struct ddl *l, const struct rule *r, struct err *e)
{
	struct str body = postgres_body(l->a, r), name = str_printf(l->a, PREFIX "%s", r->name);
	struct value function[] = { value_str(name), value_str(body) };
	struct value trigger[] = { value_str(name), value_str(str_from(r->table)) };
	bool same, there;

	if (!db_any(l->db,
		    "SELECT 1 FROM pg_proc WHERE proname = ?1"
		    " AND pronamespace = current_schema()::regnamespace AND prosrc = ?2",
		    function, COUNT(function), &same, e) ||
	    !db_any(l->db,
		    "SELECT 1 FROM pg_trigger WHERE tgname = ?1 AND tgrelid = to_regclass(?2)",
		    trigger, COUNT(trigger), &there, e))
		return false;
	if (!same)
		ddl_add(l, str_printf(l->a,
				      "CREATE OR REPLACE FUNCTION %.*s() RETURNS trigger LANGUAGE "
				      "plpgsql AS $lockstep$%.*s$lockstep$",
				      STR_ARG(name), STR_ARG(body)));
	if (!there)
		ddl_add(l, str_printf(l->a,
				      "CREATE TRIGGER %.*s BEFORE %sUPDATE%s%s ON %s FOR EACH ROW "
				      "EXECUTE FUNCTION %.*s()",
				      STR_ARG(name), is_of_updates(r) ? "" : "INSERT OR ",
				      r->columns ? " OF " : "", r->columns ? r->columns : "",
				      r->table, STR_ARG(name)));
	return true;
}

bool game_triggers_plan(struct game_state *s, struct err *e)
{
	bool postgres = s->ddl.db->ops->dialect == DB_POSTGRES;

	for (size_t i = 0; i < COUNT(rules); i++)
		if (!(postgres ? plan_postgres(&s->ddl, &rules[i], e)
			       : plan_sqlite(&s->ddl, &rules[i], e)))
			return false;
	return true;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * beacon.c - triggers that tell of changes, and how they are heard.
 *
 * Always: a row "beacon:TABLE" of lockstep_control says by which version of this file the triggers
 * of a table were made.  Whether they are still there the database says: whoever makes a table
 * anew, as applications do to change one on SQLite, drops them.
 */
#include "store/beacon.h"

#include "store/ddl.h"
#include "store/sql.h"

#define BEACON_VERSION "1"

static const char *const names[] = {
	[BEACON_JOB] = "job",           [BEACON_RUN] = "run",
	[BEACON_SCHEDULE] = "schedule", [BEACON_QUEUE] = "queue",
	[BEACON_HOLD] = "hold",         [BEACON_OUTBOX] = "outbox",
	[BEACON_CONFLICT] = "conflict", [BEACON_QUARANTINE] = "quarantine",
	[BEACON_WORKER] = "worker",     [BEACON_TOKEN] = "token",
	[BEACON_AUDIT] = "audit",       [BEACON_GAME] = "game_platform",
	[BEACON_PTI] = "pti",           [BEACON_COMPETITOR] = "competitor",
	[BEACON_TEAM] = "team",
};

static const char *const channels[] = {
	[BEACON_JOB] = "lockstep_job",           [BEACON_RUN] = "lockstep_run",
	[BEACON_SCHEDULE] = "lockstep_schedule", [BEACON_QUEUE] = "lockstep_queue",
	[BEACON_HOLD] = "lockstep_hold",         [BEACON_OUTBOX] = "lockstep_outbox",
	[BEACON_CONFLICT] = "lockstep_conflict", [BEACON_QUARANTINE] = "lockstep_quarantine",
	[BEACON_WORKER] = "lockstep_worker",     [BEACON_TOKEN] = "lockstep_token",
	[BEACON_AUDIT] = "lockstep_audit",       [BEACON_GAME] = "lockstep_game_platform",
	[BEACON_PTI] = "lockstep_pti",           [BEACON_COMPETITOR] = "lockstep_competitor",
	[BEACON_TEAM] = "lockstep_team",
};

const char *beacon_name(enum beacon_kind k)
{
	assert(k < BEACON_KINDS);
	return names[k];
}

bool beacon_parse(struct str name, enum beacon_kind *out)
{
	for (size_t i = 0; i < COUNT(names); i++)
		if (str_eq(name, str_from(names[i]))) {
			*out = (enum beacon_kind)i;
			return true;
		}
	return false;
}

const char *beacon_channel(enum beacon_kind k)
{
	assert(k < BEACON_KINDS);
	return channels[k];
}

/* ---- what is watched ---- */

/* Beats and looks change rows without telling anything. */
const struct beacon_watch beacon_own[] = {
	{ "sync_logs", BEACON_RUN, NULL },
	{ "lockstep_schedules", BEACON_SCHEDULE,
	  "OLD.version <> NEW.version OR OLD.next_ms <> NEW.next_ms OR OLD.paused <> NEW.paused OR "
	  "OLD.problem <> NEW.problem" },
	{ "lockstep_schedule_fires", BEACON_SCHEDULE, NULL },
	{ "lockstep_pauses", BEACON_QUEUE, NULL },
	{ "lockstep_holds", BEACON_HOLD, NULL },
	{ "lockstep_conflicts", BEACON_CONFLICT, NULL },
	{ "lockstep_quarantine", BEACON_QUARANTINE, NULL },
	{ "lockstep_sessions", BEACON_WORKER,
	  "OLD.busy <> NEW.busy OR OLD.draining <> NEW.draining OR OLD.gone <> NEW.gone" },
	{ "lockstep_tokens", BEACON_TOKEN, NULL },
	{ "lockstep_audit", BEACON_AUDIT, NULL },
	{ .table = NULL },
};

const struct beacon_watch beacon_outbox[] = {
	{ "lockstep_outbox", BEACON_OUTBOX, NULL },
	{ .table = NULL },
};

bool beacon_is_told(enum beacon_kind k)
{
	return k != BEACON_JOB && k != BEACON_GAME && k != BEACON_PTI;
}

/* ---- the triggers ---- */

static void plan_sqlite(struct ddl *l, const struct beacon_watch *w)
{
	static const char *const op[] = { "INSERT", "UPDATE", "DELETE" };

	for (size_t i = 0; i < COUNT(op); i++) {
		bool some = strcmp(op[i], "UPDATE") == 0 && w->differs;

		ddl_add(l, str_printf(l->a, "DROP TRIGGER IF EXISTS lockstep_tell_%s_%s", w->table,
				      op[i]));
		ddl_add(l, str_printf(l->a,
				      "CREATE TRIGGER lockstep_tell_%s_%s AFTER %s ON %s%s%s BEGIN "
				      "UPDATE lockstep_ticks SET n = n + 1 WHERE kind = '%s'; END",
				      w->table, op[i], op[i], w->table, some ? " WHEN " : "",
				      some ? w->differs : "", names[w->kind]));
	}
}

static void plan_postgres(struct ddl *l, const struct beacon_watch *w)
{
	ddl_add(l, str_printf(l->a, "DROP TRIGGER IF EXISTS lockstep_tell ON %s", w->table));
	ddl_add(l, str_printf(l->a, "DROP TRIGGER IF EXISTS lockstep_tell_change ON %s", w->table));
	ddl_add(l, str_printf(l->a,
			      "CREATE TRIGGER lockstep_tell AFTER INSERT OR DELETE ON %s FOR EACH "
			      "ROW EXECUTE FUNCTION lockstep_tell('%s')",
			      w->table, channels[w->kind]));
	ddl_add(l, str_printf(l->a,
			      "CREATE TRIGGER lockstep_tell_change AFTER UPDATE ON %s FOR EACH ROW "
			      "%s%s%sEXECUTE FUNCTION lockstep_tell('%s')",
			      w->table, w->differs ? "WHEN (" : "", w->differs ? w->differs : "",
			      w->differs ? ") " : "", channels[w->kind]));
}

/* What the triggers need, before them. */
static void plan_ground(struct ddl *l)
{
	if (l->db->ops->dialect == DB_POSTGRES) {
		ddl_add(l, STR("CREATE OR REPLACE FUNCTION lockstep_tell() RETURNS trigger "
			       "LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_notify(TG_ARGV[0], ''); "
			       "RETURN NULL; END $$"));
		return;
	}
	ddl_add(l, STR("CREATE TABLE IF NOT EXISTS lockstep_ticks (kind TEXT PRIMARY KEY NOT NULL, "
		       "n INTEGER NOT NULL) WITHOUT ROWID"));
	for (size_t i = 0; i < COUNT(names); i++)
		ddl_add(l, str_printf(l->a,
				      "INSERT INTO lockstep_ticks (kind, n) VALUES ('%s', 0) ON "
				      "CONFLICT (kind) DO NOTHING",
				      names[i]));
}

/* A table that an application made for us need not be ours to give triggers to. */
static bool is_ours(struct db *d, const struct beacon_watch *w, bool *ours, struct err *e)
{
	struct value param = value_str(str_from(w->table));
	bool theirs = false;

	if (d->ops->dialect == DB_POSTGRES &&
	    !db_any(d,
		    "SELECT 1 FROM pg_class WHERE oid = to_regclass(?1) AND NOT "
		    "pg_has_role(relowner, 'USAGE')",
		    &param, 1, &theirs, e))
		return false;
	*ours = !theirs;
	return true;
}

/* Which tables have their triggers. */
static bool read_made(struct db *d, struct arena *a, struct db_result *r, struct err *e)
{
	static const char *const made[] = {
		[DB_SQLITE] = "SELECT 1 FROM sqlite_master WHERE type = 'trigger' AND "
			      "name = 'lockstep_tell_' || substr(c.name, 8) || '_INSERT'",
		[DB_POSTGRES] = "SELECT 1 FROM pg_trigger WHERE tgname = 'lockstep_tell' AND "
				"tgrelid = to_regclass(substr(c.name, 8))",
	};
	struct table_shape control;
	struct str sql;

	*r = (struct db_result){ 0 };
	sql = str_printf(a,
			 "SELECT c.name FROM lockstep_control c WHERE c.name LIKE 'beacon:%%' AND "
			 "c.value = '" BEACON_VERSION "' AND EXISTS (%s)",
			 made[d->ops->dialect]);
	return table_shape(d, a, STR("lockstep_control"), &control, e) &&
	       (!control.exists || db_query(d, a, sql.at, NULL, 0, r, e));
}

static bool is_made(struct arena *a, const struct db_result *r, const struct beacon_watch *w)
{
	struct str name = str_printf(a, "beacon:%s", w->table);

	for (size_t i = 0; i < r->rows; i++)
		if (str_eq(db_cell(r, i, 0).s, name))
			return true;
	return false;
}

static bool plan_one(struct ddl *l, const struct beacon_watch *w, const struct db_result *made,
		     struct err *e)
{
	bool ours;

	if (is_made(l->a, made, w))
		return true;
	if (!is_ours(l->db, w, &ours, e))
		return false;
	if (!ours)
		return true;
	if (l->statements == 0)
		plan_ground(l);
	if (l->db->ops->dialect == DB_POSTGRES)
		plan_postgres(l, w);
	else
		plan_sqlite(l, w);
	ddl_add(l, str_printf(l->a,
			      "INSERT INTO lockstep_control (name, value) VALUES "
			      "('beacon:%s', '" BEACON_VERSION "') ON CONFLICT (name) DO "
			      "UPDATE SET value = excluded.value",
			      w->table));
	return true;
}

bool beacon_plan(struct db *d, struct arena *a, const struct beacon_watch *const *watch,
		 struct str **statement, size_t *statements, struct err *e)
{
	struct db_result made;
	struct ddl l;

	ddl_init(&l, d, a);
	if (!read_made(d, a, &made, e))
		return false;
	for (; *watch; watch++)
		for (const struct beacon_watch *w = *watch; w->table; w++)
			if (!plan_one(&l, w, &made, e))
				return false;
	*statement = l.statement;
	*statements = l.statements;
	return true;
}

/* ---- telling and hearing ---- */

bool beacon_tell(struct db *d, unsigned kinds, struct err *e)
{
	bool postgres = d->ops->dialect == DB_POSTGRES;
	struct value param[1];

	for (size_t i = 0; i < BEACON_KINDS; i++) {
		if (!(kinds & 1u << i))
			continue;
		param[0] = value_str(str_from(postgres ? channels[i] : names[i]));
		if (!(postgres ? db_exec(d, "SELECT pg_notify(?1, '')", param, 1, NULL, e)
			       : db_exec_unless_busy(
					 d, "UPDATE lockstep_ticks SET n = n + 1 WHERE kind = ?1",
					 param, 1, e)))
			return false;
	}
	return true;
}

static unsigned compare(struct beacon_place *place, const struct db_result *r)
{
	unsigned kinds = 0;
	enum beacon_kind k;

	for (size_t i = 0; i < r->rows; i++) {
		int64_t n = db_cell(r, i, 1).i;

		if (!beacon_parse(db_cell(r, i, 0).s, &k))
			continue;
		if (n != place->tick[k] && place->begun)
			kinds |= 1u << k;
		place->tick[k] = n;
	}
	return kinds;
}

/* What anybody adds or ends shows in two numbers that the file has at hand. */
static bool look_at_jobs(struct db *d, struct arena *a, struct beacon_place *place, unsigned *kinds,
			 struct err *e)
{
	int64_t added, ended;
	struct db_result r;

	if (!place->begun &&
	    !db_any(d, "SELECT 1 FROM sqlite_master WHERE name = 'lockstep_job_history'", NULL, 0,
		    &place->jobs, e))
		return false;
	if (!place->jobs)
		return true;
	if (!db_query(d, a,
		      "SELECT coalesce((SELECT seq FROM sqlite_sequence WHERE name = "
		      "'lockstep_jobs'), 0), coalesce((SELECT max(finished_ms) FROM "
		      "lockstep_job_history), 0)",
		      NULL, 0, &r, e))
		return false;
	added = db_cell(&r, 0, 0).i;
	ended = db_cell(&r, 0, 1).i;
	if (place->begun && (added != place->added || ended != place->ended))
		*kinds |= 1u << BEACON_JOB;
	place->added = added;
	place->ended = ended;
	return true;
}

bool beacon_look(struct db *d, struct beacon_place *place, unsigned *kinds, struct err *e)
{
	AUTO_ARENA *a = arena_new("beacon", (size_t)256 * 1024);
	struct db_result r;

	*kinds = 0;
	if (d->ops->dialect != DB_SQLITE)
		return true;
	if (!db_query(d, a, "PRAGMA data_version", NULL, 0, &r, e))
		return false;
	if (place->begun && db_cell(&r, 0, 0).i == place->version)
		return true;
	place->version = db_cell(&r, 0, 0).i;
	if (!db_query(d, a, "SELECT kind, n FROM lockstep_ticks", NULL, 0, &r, e))
		return false;
	*kinds = compare(place, &r);
	if (!look_at_jobs(d, a, place, kinds, e))
		return false;
	place->begun = true;
	return true;
}

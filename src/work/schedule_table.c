/* SPDX-License-Identifier: Apache-2.0 */
/*
 * schedule_table.c - the tables of schedules and their fires, as they are made, read and written.
 *
 * Always: a row of lockstep_schedule_fires is unique by (schedule, slot_ms), which is what keeps a
 * slot from firing twice.  A run by hand has no slot; it stands under the negative of its time.
 */
#include "store/ddl.h"
#include "store/sql.h"
#include "work/schedule_part.h"

#define COLUMNS_MAX 26

static const char key_text[] = "K"; /* a text that compares byte by byte in both databases */
static const char text[] = "text NOT NULL";
static const char number[] = "bigint NOT NULL";

struct table_plan {
	const char *name, *key;
	struct {
		const char *name, *type;
	} column[COLUMNS_MAX];
};

/* Columns that are added later need a DEFAULT. */
static const struct table_plan tables[] = {
	{ "lockstep_schedules",
	  "name",
	  { { "name", key_text },      { "task", text },        { "args", text },
	    { "lane", text },          { "job_key", text },     { "attempts_max", number },
	    { "priority", number },    { "cron", text },        { "every", text },
	    { "zone", text },          { "overlap", text },     { "catch_up", text },
	    { "catch_up_ms", number }, { "jitter_ms", number }, { "paused", number },
	    { "pause_reason", text },  { "pause_actor", text }, { "origin", text },
	    { "anchor_ms", number },   { "next_ms", number },   { "last_ms", number },
	    { "version", number },     { "problem", text },     { "due_ms", number },
	    { "said", text },          { "looked_ms", number } } },
	{ "lockstep_schedule_fires",
	  "schedule, slot_ms",
	  { { "schedule", key_text },
	    { "slot_ms", number },
	    { "outcome", text },
	    { "fired_ms", number },
	    { "job", number },
	    { "slots", number } } },
};

static bool plan_table(struct ddl *l, const struct table_plan *t, bool *made, struct err *e)
{
	struct ddl_column column[COLUMNS_MAX];
	struct table_shape shape;
	size_t n = 0;

	if (!table_shape(l->db, l->a, str_from(t->name), &shape, e))
		return err_wrap(e, "table '%s'", t->name);
	for (; n < COLUMNS_MAX && t->column[n].name; n++) {
		const char *type = t->column[n].type;

		column[n].name = str_from(t->column[n].name);
		column[n].type = type == key_text ? str_printf(l->a, "%s NOT NULL",
							       sql_words(l->db)->text_type)
						  : str_from(type);
		if (shape.exists && !shape_find(&shape, column[n].name))
			ddl_add_column(l, str_from(t->name), &column[n]);
	}
	if (!shape.exists)
		ddl_create(l, str_from(t->name), column, n,
			   str_printf(l->a, ",\n  PRIMARY KEY (%s)", t->key));
	*made = *made || !shape.exists;
	return true;
}

/* The newest fires of one schedule and of all are found without reading the others. */
static void plan_indexes(struct ddl *l)
{
	const struct str column[] = { STR("schedule"), STR("fired_ms"), STR("slot_ms") };
	const struct str table = STR("lockstep_schedule_fires");

	ddl_index(l, table, column, 3, false);
	ddl_index(l, table, column + 1, 2, false);
}

bool schedule_plan(struct db *d, struct arena *a, struct str **statement, size_t *statements,
		   struct err *e)
{
	struct ddl l;
	bool made = false;

	ddl_init(&l, d, a);
	for (size_t i = 0; i < COUNT(tables); i++)
		if (!plan_table(&l, &tables[i], &made, e))
			return false;
	if (made)
		plan_indexes(&l);
	*statement = l.statement;
	*statements = l.statements;
	return true;
}

bool schedule_now(struct db *d, int64_t *now_ms, struct err *e)
{
	AUTO_ARENA *a = arena_new("now", 1 << 20);
	struct db_result r;

	if (!db_query(d, a, str_printf(a, "SELECT %s", sql_words(d)->now_ms).at, NULL, 0, &r, e))
		return false;
	*now_ms = db_cell(&r, 0, 0).i;
	return true;
}

/* ---- schedules ---- */

static const char *const overlap_words[] = { "skip", "queue", "allow" };
static const char *const catch_up_words[] = { "one", "all", "none" };

/* 0, the careful choice, for a word that a person wrote into the table. */
static int word_number(struct str s, const char *const *word, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (str_eq(s, str_from(word[i])))
			return (int)i;
	return 0;
}

static struct schedule_row row_of(const struct db_result *r, size_t i)
{
	const struct value *c = &r->cell[i * r->columns];

	return (struct schedule_row){
		.s = { .name = c[0].s,
		       .task = c[1].s,
		       .args = c[2].s,
		       .lane = c[3].s,
		       .key = c[4].s,
		       .attempts_max = (int)c[5].i,
		       .priority = (int)c[6].i,
		       .cron = c[7].s,
		       .every = c[8].s,
		       .zone = c[9].s,
		       .overlap = (enum overlap)word_number(c[10].s, overlap_words,
							    COUNT(overlap_words)),
		       .catch_up = (enum catch_up)word_number(c[11].s, catch_up_words,
							      COUNT(catch_up_words)),
		       .catch_up_ms = c[12].i,
		       .jitter_ms = c[13].i,
		       .paused = c[14].i != 0,
		       .pause_reason = c[15].s,
		       .pause_actor = c[16].s,
		       .origin = c[17].s,
		       .anchor_ms = c[18].i,
		       .next_ms = c[19].i,
		       .last_ms = c[20].i,
		       .version = c[21].i,
		       .problem = c[22].s },
		.due_ms = c[23].i,
		.said = c[24].s,
		.looked_ms = c[25].i,
	};
}

#define SELECT_ROWS                                                                              \
	"SELECT name, task, args, lane, job_key, attempts_max, priority, cron, every, zone, "    \
	"overlap, catch_up, catch_up_ms, jitter_ms, paused, pause_reason, pause_actor, origin, " \
	"anchor_ms, next_ms, last_ms, version, problem, due_ms, said, looked_ms "                \
	"FROM lockstep_schedules"

bool schedule_rows(struct db *d, struct arena *a, struct str name, struct schedule_row **out,
		   size_t *n, struct err *e)
{
	struct value param = value_str(name);
	struct db_result r;

	if (!db_query(d, a,
		      name.len ? SELECT_ROWS " WHERE name = ?1" : SELECT_ROWS " ORDER BY name",
		      &param, name.len ? 1 : 0, &r, e))
		return false;
	*n = r.rows;
	*out = arena_new_array(a, struct schedule_row, r.rows);
	for (size_t i = 0; i < r.rows; i++)
		(*out)[i] = row_of(&r, i);
	return true;
}

bool schedule_lock(struct db *d, struct arena *a, struct str name, struct schedule_row *row,
		   bool *found, struct err *e)
{
	struct value param = value_str(name);
	struct db_result r;
	struct str sql = str_printf(a, SELECT_ROWS " WHERE name = ?1%s", sql_words(d)->wait_row);

	if (!db_query(d, a, sql.at, &param, 1, &r, e))
		return false;
	*found = r.rows > 0;
	if (*found)
		*row = row_of(&r, 0);
	return true;
}

/* In the order of SELECT_ROWS. */
static void params_of(const struct schedule_row *row, struct value param[COLUMNS_MAX])
{
	const struct schedule *s = &row->s;
	const struct value all[COLUMNS_MAX] = {
		value_str(s->name),
		value_str(s->task),
		value_str(s->args),
		value_str(s->lane),
		value_str(s->key),
		value_int(s->attempts_max),
		value_int(s->priority),
		value_str(s->cron),
		value_str(s->every),
		value_str(s->zone),
		value_str(str_from(overlap_words[s->overlap])),
		value_str(str_from(catch_up_words[s->catch_up])),
		value_int(s->catch_up_ms),
		value_int(s->jitter_ms),
		value_int(s->paused),
		value_str(s->pause_reason),
		value_str(s->pause_actor),
		value_str(s->origin),
		value_int(s->anchor_ms),
		value_int(s->next_ms),
		value_int(s->last_ms),
		value_int(s->version),
		value_str(s->problem),
		value_int(row->due_ms),
		value_str(row->said),
		value_int(row->looked_ms),
	};

	memcpy(param, all, sizeof(all));
}

bool schedule_insert(struct db *d, const struct schedule_row *row, int64_t *changed, struct err *e)
{
	struct value param[COLUMNS_MAX];

	params_of(row, param);
	return db_exec(
		d,
		"INSERT INTO lockstep_schedules (name, task, args, lane, job_key, "
		"attempts_max, priority, cron, every, zone, overlap, catch_up, catch_up_ms, "
		"jitter_ms, paused, pause_reason, pause_actor, origin, anchor_ms, next_ms, "
		"last_ms, version, problem, due_ms, said, looked_ms) VALUES (?1, ?2, ?3, ?4, ?5, ?6, "
		"?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, "
		"?22, ?23, ?24, ?25, ?26) ON CONFLICT (name) DO NOTHING",
		param, COLUMNS_MAX, changed, e);
}

bool schedule_update(struct db *d, const struct schedule_row *row, struct err *e)
{
	struct value param[COLUMNS_MAX];

	params_of(row, param);
	return db_exec(
		d,
		"UPDATE lockstep_schedules SET task = ?2, args = ?3, lane = ?4, "
		"job_key = ?5, attempts_max = ?6, priority = ?7, cron = ?8, every = ?9, "
		"zone = ?10, overlap = ?11, catch_up = ?12, catch_up_ms = ?13, "
		"jitter_ms = ?14, paused = ?15, pause_reason = ?16, pause_actor = ?17, "
		"origin = ?18, anchor_ms = ?19, next_ms = ?20, last_ms = ?21, "
		"version = ?22, problem = ?23, due_ms = ?24, said = ?25, looked_ms = ?26 WHERE name = ?1",
		param, COLUMNS_MAX, NULL, e);
}

/* ---- fires ---- */

bool fire_put(struct db *d, const struct fire *f, bool *written, struct err *e)
{
	struct value param[] = { value_str(f->schedule), value_int(f->slot_ms),
				 value_str(f->outcome),  value_int(f->fired_ms),
				 value_int(f->job),      value_int(f->slots) };
	int64_t changed;

	if (!db_exec(d,
		     "INSERT INTO lockstep_schedule_fires (schedule, slot_ms, outcome, fired_ms, "
		     "job, slots) VALUES (?1, ?2, ?3, ?4, ?5, ?6) "
		     "ON CONFLICT (schedule, slot_ms) DO NOTHING",
		     param, COUNT(param), &changed, e))
		return false;
	*written = changed > 0;
	return true;
}

bool fire_update(struct db *d, const struct fire *f, struct err *e)
{
	struct value param[] = { value_str(f->schedule), value_int(f->slot_ms),
				 value_str(f->outcome), value_int(f->job) };

	return db_exec(d,
		       "UPDATE lockstep_schedule_fires SET outcome = ?3, job = ?4 "
		       "WHERE schedule = ?1 AND slot_ms = ?2",
		       param, COUNT(param), NULL, e);
}

bool fire_clean(struct db *d, struct str schedule, int64_t before_ms, struct err *e)
{
	struct value param[] = { value_str(schedule), value_int(before_ms) };

	/* The first condition is the index's; the second spares what was run by hand. */
	return db_exec(d,
		       "DELETE FROM lockstep_schedule_fires "
		       "WHERE schedule = ?1 AND slot_ms < ?2 AND fired_ms < ?2",
		       param, COUNT(param), NULL, e);
}

/* In the view's words; empty when the job is forgotten. */
static struct str status_of(struct value state, struct value outcome)
{
	if (outcome.kind == VALUE_INT)
		return str_from(job_outcome_word((enum job_outcome)outcome.i));
	return state.kind == VALUE_INT ? str_from(job_state_word((enum job_state)state.i))
				       : STR("");
}

bool schedule_fires(struct db *d, struct arena *a, struct str name, size_t limit, struct fire **out,
		    size_t *n, struct err *e)
{
	struct value param[] = { value_int((int64_t)limit), value_str(name) };
	struct db_result r;
	struct str sql = str_printf(
		a,
		"SELECT f.schedule, f.slot_ms, f.outcome, f.fired_ms, f.job, f.slots, j.state, "
		"h.outcome FROM (SELECT schedule, slot_ms, outcome, fired_ms, job, slots "
		"FROM lockstep_schedule_fires %s ORDER BY fired_ms DESC, slot_ms DESC LIMIT ?1) f "
		"LEFT JOIN lockstep_jobs j ON j.id = f.job "
		"LEFT JOIN lockstep_job_history h ON h.id = f.job "
		"ORDER BY f.fired_ms DESC, f.slot_ms DESC",
		name.len ? "WHERE schedule = ?2" : "");

	if (!db_query(d, a, sql.at, param, name.len ? 2 : 1, &r, e))
		return false;
	*n = r.rows;
	*out = arena_new_array(a, struct fire, r.rows);
	for (size_t i = 0; i < r.rows; i++) {
		const struct value *c = &r.cell[i * r.columns];

		(*out)[i] = (struct fire){ .schedule = c[0].s,
					   .slot_ms = c[1].i < 0 ? c[3].i : c[1].i,
					   .outcome = c[2].s,
					   .fired_ms = c[3].i,
					   .job = c[4].i,
					   .slots = c[5].i,
					   .job_status = status_of(c[6], c[7]) };
	}
	return true;
}

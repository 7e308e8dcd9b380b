/* SPDX-License-Identifier: Apache-2.0 */
/*
 * alert_store.c - what was said about which trouble: the table lockstep_alerts.
 *
 * One row a fingerprint.  Times are Unix milliseconds by the clock of whoever watches; told_ms and
 * cleared_ms are 0 when that has not been.
 */
#include "service/alert_store.h"

#include "store/ddl.h"
#include "store/sql.h"

bool alert_plan(struct db *d, struct arena *a, struct str **statement, size_t *statements,
		struct err *e)
{
	struct str key = str_printf(a, "%s NOT NULL", sql_words(d)->text_type);
	const struct ddl_column column[] = {
		{ STR("fingerprint"), key },
		{ STR("code"), STR("text NOT NULL") },
		{ STR("subject"), STR("text NOT NULL") },
		{ STR("measured"), STR("bigint NOT NULL") },
		{ STR("allowed"), STR("bigint NOT NULL") },
		{ STR("raised_ms"), STR("bigint NOT NULL") },
		{ STR("told_ms"), STR("bigint NOT NULL") },
		{ STR("cleared_ms"), STR("bigint NOT NULL") },
	};
	struct table_shape shape;
	struct ddl l;

	ddl_init(&l, d, a);
	if (!table_shape(d, a, STR("lockstep_alerts"), &shape, e))
		return false;
	if (!shape.exists)
		ddl_create(&l, STR("lockstep_alerts"), column, COUNT(column),
			   STR(", PRIMARY KEY (fingerprint)"));
	*statement = l.statement;
	*statements = l.statements;
	return true;
}

static enum alert_code code_of(struct str name)
{
	for (int i = 0; i < ALERT_CODES; i++)
		if (str_eq(name, str_from(alert_code_name((enum alert_code)i))))
			return (enum alert_code)i;
	return ALERT_FAILURES; /* of a newer program: only its fingerprint counts */
}

bool alert_memories(struct db *d, struct arena *a, struct alert_memory **out, size_t *n,
		    struct err *e)
{
	struct alert_memory *m;
	struct db_result r;

	if (!db_query(d, a,
		      "SELECT fingerprint, code, subject, raised_ms, told_ms, cleared_ms "
		      "FROM lockstep_alerts ORDER BY fingerprint",
		      NULL, 0, &r, e))
		return err_wrap(e, "table 'lockstep_alerts'");
	m = arena_new_array(a, struct alert_memory, r.rows + 1);
	for (size_t i = 0; i < r.rows; i++)
		m[i] = (struct alert_memory){ .fingerprint = db_cell(&r, i, 0).s,
					      .code = code_of(db_cell(&r, i, 1).s),
					      .subject = db_cell(&r, i, 2).s,
					      .raised_ms = db_cell(&r, i, 3).i,
					      .told_ms = db_cell(&r, i, 4).i,
					      .open = db_cell(&r, i, 5).i == 0 };
	*out = m;
	*n = r.rows;
	return true;
}

static bool clear(struct db *d, struct str fingerprint, int64_t now_ms, struct err *e)
{
	struct value param[] = { value_str(fingerprint), value_int(now_ms) };

	return db_exec(d, "UPDATE lockstep_alerts SET cleared_ms = ?2 WHERE fingerprint = ?1",
		       param, COUNT(param), NULL, e);
}

bool alert_remember(struct db *d, const struct alert_step *s, int64_t now_ms, struct err *e)
{
	const struct alert *al = &s->alert;
	bool told = s->act == ALERT_RAISE || s->act == ALERT_REMIND;
	struct value param[] = {
		value_str(al->fingerprint),  value_str(str_from(alert_code_name(al->code))),
		value_str(al->subject),      value_int(al->n),
		value_int(al->limit),        value_int(s->raised_ms),
		value_int(told ? now_ms : 0)
	};

	if (s->act == ALERT_CLEAR)
		return clear(d, al->fingerprint, now_ms, e);
	return db_exec(d,
		       "INSERT INTO lockstep_alerts AS t (fingerprint, code, subject, measured, "
		       "allowed, raised_ms, told_ms, cleared_ms) "
		       "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 0) ON CONFLICT (fingerprint) "
		       "DO UPDATE SET measured = excluded.measured, allowed = excluded.allowed, "
		       "raised_ms = excluded.raised_ms, cleared_ms = 0, told_ms = "
		       "CASE WHEN excluded.told_ms > 0 THEN excluded.told_ms ELSE t.told_ms END",
		       param, COUNT(param), NULL, e) ||
	       err_wrap(e, "table 'lockstep_alerts'");
}

bool alert_cleanup(struct db *d, int64_t before_ms, int64_t *deleted, struct err *e)
{
	struct value param[] = { value_int(before_ms) };

	return db_exec(d, "DELETE FROM lockstep_alerts WHERE cleared_ms > 0 AND cleared_ms < ?1",
		       param, COUNT(param), deleted, e);
}

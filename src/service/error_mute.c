/* SPDX-License-Identifier: Apache-2.0 */
/* error_mute.c - groups of errors that nobody wants to hear of for a while. */
#include "service/error_mute.h"

#include "service/error_print.h"
#include "store/ddl.h"
#include "store/sql.h"

#define MUTES_MAX "1000"

bool error_mute_plan(struct db *d, struct arena *a, struct str **statement, size_t *statements,
		     struct err *e)
{
	struct str key = str_printf(a, "%s NOT NULL", sql_words(d)->text_type);
	const struct ddl_column column[] = {
		{ STR("fingerprint"), key },
		{ STR("until_ms"), STR("bigint NOT NULL") },
		{ STR("since_ms"), STR("bigint NOT NULL") },
		{ STR("reason"), STR("text NOT NULL") },
		{ STR("actor"), STR("text NOT NULL") },
	};
	struct table_shape shape;
	struct ddl l;

	ddl_init(&l, d, a);
	if (!table_shape(d, a, STR("lockstep_mutes"), &shape, e))
		return false;
	if (!shape.exists)
		ddl_create(&l, STR("lockstep_mutes"), column, COUNT(column),
			   STR(", PRIMARY KEY (fingerprint)"));
	*statement = l.statement;
	*statements = l.statements;
	return true;
}

bool error_mute_put(struct db *d, const struct error_mute *m, struct err *e)
{
	char print[ERROR_PRINT_SIZE];
	struct value param[5];

	error_print(m->hash, print);
	param[0] = value_str(str_from(print));
	param[1] = value_int(m->until_ms);
	param[2] = value_int(m->since_ms);
	param[3] = value_str(m->reason);
	param[4] = value_str(m->actor);
	return db_exec(
		d,
		"INSERT INTO lockstep_mutes (fingerprint, until_ms, since_ms, reason, actor) "
		"VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (fingerprint) DO UPDATE SET "
		"until_ms = excluded.until_ms, since_ms = excluded.since_ms, "
		"reason = excluded.reason, actor = excluded.actor",
		param, COUNT(param), NULL, e);
}

bool error_mute_remove(struct db *d, uint64_t hash, bool *was, struct err *e)
{
	char print[ERROR_PRINT_SIZE];
	struct value param;
	int64_t removed;

	error_print(hash, print);
	param = value_str(str_from(print));
	if (!db_exec(d, "DELETE FROM lockstep_mutes WHERE fingerprint = ?1", &param, 1, &removed,
		     e))
		return false;
	*was = removed > 0;
	return true;
}

bool error_mutes(struct db *d, struct arena *a, int64_t now_ms, struct error_mute **out, size_t *n,
		 struct err *e)
{
	struct value param = value_int(now_ms);
	struct db_result r;

	if (!db_query(d, a,
		      "SELECT fingerprint, until_ms, since_ms, reason, actor FROM lockstep_mutes "
		      "WHERE until_ms > ?1 ORDER BY since_ms DESC LIMIT " MUTES_MAX,
		      &param, 1, &r, e))
		return err_wrap(e, "table 'lockstep_mutes'");
	*out = arena_new_array(a, struct error_mute, r.rows + 1);
	*n = 0;
	for (size_t i = 0; i < r.rows; i++) {
		struct error_mute *m = &(*out)[*n];

		*m = (struct error_mute){ .until_ms = db_cell(&r, i, 1).i,
					  .since_ms = db_cell(&r, i, 2).i,
					  .reason = db_cell(&r, i, 3).s,
					  .actor = db_cell(&r, i, 4).s };
		*n += error_print_parse(db_cell(&r, i, 0).s, &m->hash);
	}
	return true;
}

bool error_mute_cleanup(struct db *d, int64_t before_ms, int64_t *deleted, struct err *e)
{
	struct value param = value_int(before_ms);

	return db_exec(d, "DELETE FROM lockstep_mutes WHERE until_ms < ?1", &param, 1, deleted,
		       e) ||
	       err_wrap(e, "table 'lockstep_mutes'");
}

const struct error_mute *error_mute_of(const struct error_mute *m, size_t n, uint64_t hash)
{
	for (size_t i = 0; i < n; i++)
		if (m[i].hash == hash)
			return &m[i];
	return NULL;
}

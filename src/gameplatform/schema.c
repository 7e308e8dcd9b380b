/* SPDX-License-Identifier: Apache-2.0 */
/* schema.c - all that the game platform needs of a database, in the order in which it is made. */
#include "gameplatform/schema_part.h"

#include "store/sql.h"

static size_t table_count(void)
{
	size_t n = 0;

	while (game_tables[n].name)
		n++;
	return n;
}

const struct table_shape *game_shape(const struct game_state *s, const char *table)
{
	for (size_t i = 0; game_tables[i].name; i++)
		if (strcmp(game_tables[i].name, table) == 0)
			return &s->shape[i];
	return NULL;
}

bool game_had(const struct game_state *s, const char *table, const char *column)
{
	const struct table_shape *shape = game_shape(s, table);

	return shape && shape->exists && shape_find(shape, str_from(column));
}

bool game_name_taken(struct db *d, const char *name, bool *taken, struct err *e)
{
	struct value param = value_str(str_from(name));

	return db_any(d,
		      d->ops->dialect == DB_POSTGRES
			      ? "SELECT 1 WHERE to_regclass(quote_ident(?1)) IS NOT NULL"
			      : "SELECT 1 FROM sqlite_master WHERE name = ?1 COLLATE NOCASE",
		      &param, 1, taken, e);
}

bool game_schema_plan(struct db *d, struct arena *a, const struct connection *c,
		      struct str **statement, size_t *statements, struct err *e)
{
	struct game_state s = { .shape = NULL };
	size_t n = table_count();

	(void)c; /* the tables are the same whatever the plan says of the connection */
	ddl_init(&s.ddl, d, a);
	s.shape = arena_new_array(a, struct table_shape, n);
	for (size_t i = 0; i < n; i++)
		if (!table_shape(d, a, str_from(game_tables[i].name), &s.shape[i], e))
			return err_wrap(e, "table '%s'", game_tables[i].name);
	if (!game_tables_plan(&s, e) || !game_views_plan(&s, e) || !game_triggers_plan(&s, e) ||
	    !game_backfill_plan(&s, e))
		return false;
	*statement = s.ddl.statement;
	*statements = s.ddl.statements;
	return true;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* delivery.c - which deliveries of a webhook have been taken already. */
#include "store/delivery.h"

#include "store/ddl.h"
#include "store/sql.h"

bool delivery_plan(struct db *d, struct arena *a, struct str **statement, size_t *statements,
		   struct err *e)
{
	const struct ddl_column column[] = {
		{ STR("connection"), STR("text NOT NULL") },
		{ STR("webhook"), STR("text NOT NULL") },
		{ STR("delivery"), STR("text NOT NULL") },
		{ STR("received_ms"), STR("bigint NOT NULL") },
	};
	struct table_shape shape;
	struct ddl l;

	ddl_init(&l, d, a);
	if (!table_shape(d, a, STR("lockstep_deliveries"), &shape, e))
		return false;
	if (!shape.exists)
		ddl_create(&l, STR("lockstep_deliveries"), column, COUNT(column),
			   STR(",\n  PRIMARY KEY (connection, webhook, delivery)"));
	*statement = l.statement;
	*statements = l.statements;
	return true;
}

bool delivery_add(struct db *d, const struct delivery *v, int64_t now_ms, bool *fresh,
		  struct err *e)
{
	struct value param[] = { value_str(v->connection), value_str(v->webhook), value_str(v->id),
				 value_int(now_ms) };
	int64_t added;

	if (!db_exec(d,
		     "INSERT INTO lockstep_deliveries (connection, webhook, delivery, received_ms)"
		     " VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING",
		     param, COUNT(param), &added, e))
		return false;
	*fresh = added == 1;
	return true;
}

bool delivery_cleanup(struct db *d, int64_t before_ms, int64_t *deleted, struct err *e)
{
	struct value param[] = { value_int(before_ms) };

	return db_exec(d, "DELETE FROM lockstep_deliveries WHERE received_ms < ?1", param,
		       COUNT(param), deleted, e);
}

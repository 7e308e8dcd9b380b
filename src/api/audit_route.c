/* SPDX-License-Identifier: Apache-2.0 */
/* audit_route.c - the audit log, for administrators. */
#include "api/access_route.h"
#include "api/account_view.h"
#include "store/audit.h"

bool audit_get(struct call *c, struct err *e)
{
	int64_t limit = call_int(c, c->query, "limit", 50);
	struct audit_filter f = { .actor = call_text(c, c->query, "actor"),
				  .action = call_text(c, c->query, "action"),
				  .target = call_text(c, c->query, "target"),
				  .from_ms = call_time(c, c->query, "from", 0),
				  .to_ms = call_time(c, c->query, "to", 0),
				  .before = call_int(c, c->query, "before", 0),
				  .limit = (size_t)limit + 1 };
	struct value v = value_map_new(c->arena), list = value_list_new(c->arena);
	struct audit_entry *en;
	size_t n, shown;

	if (!audit_list(c->db, c->arena, &f, &en, &n, e))
		return false;
	shown = n > (size_t)limit ? (size_t)limit : n;
	for (size_t i = 0; i < shown; i++)
		value_list_add(c->arena, list, audit_view(c->arena, &en[i]));
	value_map_set(c->arena, v, STR("items"), list);
	value_map_set(c->arena, v, STR("next_before"),
		      n > shown ? value_int(en[shown - 1].number) : NULL_VALUE);
	return call_json(c, v, e);
}

bool audit_verify_get(struct call *c, struct err *e)
{
	struct value v = value_map_new(c->arena);
	int64_t rows, broken_at;

	if (!audit_verify(c->db, &rows, &broken_at, e))
		return false;
	value_map_set(c->arena, v, STR("whole"), value_bool(broken_at == 0));
	value_map_set(c->arena, v, STR("rows"), value_int(rows));
	value_map_set(c->arena, v, STR("broken_at"), broken_at ? value_int(broken_at) : NULL_VALUE);
	return call_json(c, v, e);
}

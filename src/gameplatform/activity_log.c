/* SPDX-License-Identifier: Apache-2.0 */
/* activity_log.c - the application's own log of what people did, beside our audit log. */
#include "gameplatform/activity_log.h"

#include "data/json.h"
#include "store/seal.h"

#define METADATA_BYTES_MAX 4096
#define AGENT_BYTES_MAX 300

bool activity_log_add(struct call *c, const struct activity_entry *entry, struct err *e)
{
	struct str agent = call_header(c, "User-Agent");
	struct buf b;

	if (agent.len > AGENT_BYTES_MAX || !str_is_utf8(agent))
		agent = STR("");
	buf_in(&b, c->arena, METADATA_BYTES_MAX);
	if (entry->metadata.kind != VALUE_MAP)
		buf_add(&b, STR("{}"));
	else if (!json_write(&b, entry->metadata, e))
		return false;

	struct value param[] = {
		value_str(uuid_new(c->arena)),      value_text_or_null(c->who.uuid),
		value_str(str_from(entry->action)), value_str(str_from(entry->entity_type)),
		value_str(entry->entity),           value_str(buf_str(&b)),
		value_text_or_null(c->peer),        value_text_or_null(agent),
	};

	return db_exec(c->db,
		       "INSERT INTO activity_logs (id, user_id, action, entity_type, entity_id,"
		       " metadata, ip_address, user_agent) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
		       param, COUNT(param), NULL, e);
}

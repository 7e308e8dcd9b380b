/* SPDX-License-Identifier: Apache-2.0 */
/* run_progress.c - how far a run under way has come. */
#include "service/run_progress.h"

#include "data/json.h"
#include "service/view.h"

/* An event tells what was done. */
const char *run_phase(const struct watch_event *ev)
{
	switch (ev->kind) {
	case WATCH_READ:
		return "transform";
	case WATCH_PAGE:
		return ev->writes ? "commit" : "fetch";
	case WATCH_WAIT:
		return "wait";
	case WATCH_TABLE:
	case WATCH_COMMIT:
	case WATCH_WARNING:
	case WATCH_TABLE_END:
		break;
	}
	return "fetch";
}

void run_progress_read(struct arena *a, struct str json, struct run_progress *out)
{
	struct value map = json_value(a, json);

	*out = (struct run_progress){ .table = value_get_text(map, "table"),
				      .phase = value_get_text(map, "phase"),
				      .waiting = value_get_text(map, "waiting"),
				      .waiting_until_ms = value_get_int(map, "waiting_until_ms"),
				      .processed = value_get_int(map, "processed"),
				      .requests = value_get_int(map, "requests"),
				      .table_processed = value_get_int(map, "table_processed"),
				      .table_pages = value_get_int(map, "table_pages"),
				      .table_total = value_get_int(map, "table_total"),
				      .advanced_ms = value_get_int(map, "advanced_ms") };
}

struct value run_progress_view(struct arena *a, const struct run_progress *p)
{
	struct value map = value_map_new(a);

	view_text(a, map, "table", p->table);
	view_text(a, map, "phase", p->phase);
	view_text(a, map, "waiting", p->waiting);
	view_time(a, map, "waiting_until", p->waiting_until_ms);
	view_int(a, map, "records", p->processed);
	view_int(a, map, "requests", p->requests);
	view_int(a, map, "table_records", p->table_processed);
	view_int(a, map, "table_pages", p->table_pages);
	value_map_set(a, map, STR("table_expected"),
		      p->table_total ? value_int(p->table_total) : NULL_VALUE);
	view_time(a, map, "advanced_at", p->advanced_ms);
	return map;
}

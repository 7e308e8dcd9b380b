/* SPDX-License-Identifier: Apache-2.0 */
/*
 * quarantine_routes.c - records that could not become rows: look, mend, try again, dismiss.
 *
 * Always: a record's content is shown to administrators alone, one record at a time; the list has
 * fields and reasons, and for administrators keys: they may be a person's.  An id is the item's own
 * names (connection, table, key), so that it stays the same from run to run.
 */
#include "service/quarantine_routes.h"

#include "api/base64url.h"
#include "data/json.h"
#include "data/moment.h"
#include "flow/mend.h"
#include "service/connection.h"
#include "service/error_remedy.h"
#include "service/hurry.h"
#include "service/job_routes.h"
#include "service/quarantine_task.h"
#include "service/trail.h"
#include "service/view.h"
#include "store/quarantine.h"
#include "store/seal.h"

#include <sodium.h>

#define ITEMS_MAX 200
#define ID_BYTES_MAX 4096
#define RECORD_BYTES_MAX ((size_t)1024 * 1024)
#define ASK_MS 15000

/* ---- ids ---- */

static struct str id_of(struct arena *a, const struct quarantine_item *q)
{
	struct str plain = str_printf(a, "%.*s\n%.*s\n%.*s", STR_ARG(q->connection),
				      STR_ARG(q->table), STR_ARG(q->key));
	size_t size =
		sodium_base64_encoded_len(plain.len, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
	char *to = arena_new_array(a, char, size);

	return str_from(sodium_bin2base64(to, size, (const unsigned char *)plain.at, plain.len,
					  sodium_base64_VARIANT_URLSAFE_NO_PADDING));
}

/* A key may have line breaks in it, the names of the plan have none. */
static bool id_read(const struct call *c, struct str *connection, struct str *table,
		    struct str *key)
{
	unsigned char *plain = arena_new_array(c->arena, unsigned char, ID_BYTES_MAX);
	size_t len;

	if (!base64url_read(call_text(c, c->params, "id"), plain, ID_BYTES_MAX, &len))
		return false;
	*key = (struct str){ (const char *)plain, len };
	*connection = str_cut(key, '\n');
	*table = str_cut(key, '\n');
	return str_is_utf8(*connection) && str_is_utf8(*table) && str_is_utf8(*key);
}

static bool find_item(const struct call *c, struct quarantine_item *out, struct err *e)
{
	struct str connection, table, key;
	bool found = false;

	if (id_read(c, &connection, &table, &key) &&
	    !quarantine_get(c->db, c->arena, connection, table, key, out, &found, e))
		return false;
	return found || err_set(e, ERR_MISSING, "there is no such record in quarantine (any more)");
}

/* ---- GET /api/quarantine ---- */

static bool is_admin(const struct call *c)
{
	return (c->who.roles & ROLE_ADMIN) != 0;
}

/* An id holds the key; who may not see that tells the items apart by another. */
static struct str shown_id(const struct call *c, const struct quarantine_item *q)
{
	struct str id = id_of(c->arena, q);

	return is_admin(c) ? id : seal_mark(connection_seal(c), c->arena, STR("quarantined"), id);
}

static struct value item_value(const struct call *c, const struct quarantine_item *q)
{
	struct arena *a = c->arena;
	struct value map = value_map_new(a);

	view_text(a, map, "id", shown_id(c, q));
	view_text(a, map, "connection", q->connection);
	view_text(a, map, "table", q->table);
	view_text(a, map, "stream", q->stream);
	view_text(a, map, "key", is_admin(c) ? q->key : STR(""));
	view_text(a, map, "field", q->column);
	view_text(a, map, "reason", q->code);
	view_text(a, map, "says", q->says);
	view_int(a, map, "tries", q->tries);
	view_time(a, map, "first_at", q->first_ms);
	view_time(a, map, "last_at", q->last_ms);
	return map;
}

/* What stood there during a run. */
static bool read_run(const struct call *c, struct str id, struct quarantine_query *q, struct err *e)
{
	struct run_filter f = { .id = id, .limit = 1 };
	struct run_log *run;
	size_t n;

	if (id.len == 0)
		return true;
	if (!run_log_list(c->db, c->arena, &f, &run, &n, NULL, e))
		return false;
	if (n == 0)
		return err_set(e, ERR_MISSING, "there is no such run");
	q->connection = run[0].connection;
	q->from_ms = run[0].started_ms;
	q->to_ms = run[0].completed_ms ? run[0].completed_ms : clock_wall_ms(c->clock);
	q->during = true;
	return true;
}

static struct value groups_value(struct arena *a, const struct quarantine_group *g, size_t n)
{
	struct value list = value_list_new(a);

	for (size_t i = 0; i < n; i++) {
		struct value map = value_map_new(a);

		view_text(a, map, "connection", g[i].connection);
		view_text(a, map, "table", g[i].table);
		view_text(a, map, "reason", g[i].code);
		view_int(a, map, "count", g[i].n);
		value_list_add(a, list, map);
	}
	return list;
}

static const struct field list_query[] = {
	{ .name = "connection", .type = FIELD_TEXT },
	{ .name = "run", .type = FIELD_UUID, .says = "what stood there during this run" },
	{ .name = "table", .type = FIELD_TEXT },
	{ .name = "reason", .type = FIELD_TEXT, .says = "required, type, unique, …" },
	{ .name = "q",
	  .type = FIELD_TEXT,
	  .high = 200,
	  .says = "in the field, the sentence, or for an admin the key" },
	{ .name = "page", .type = FIELD_INTEGER, .low = 1, .high = 100000, .otherwise = "1" },
	{ .name = "limit", .type = FIELD_INTEGER, .low = 1, .high = ITEMS_MAX, .otherwise = "50" },
	{ .name = NULL },
};

/* The groups hold everything, unless there are more of them than are told. */
static bool total_of(const struct call *c, const struct quarantine_query *q,
		     const struct quarantine_group *group, size_t groups, int64_t *total,
		     struct err *e)
{
	if (groups == QUARANTINE_GROUPS_MAX)
		return quarantine_total(c->db, q, total, e);
	*total = 0;
	for (size_t i = 0; i < groups; i++)
		*total += group[i].n;
	if (*total > QUARANTINE_COUNT_MAX)
		*total = QUARANTINE_COUNT_MAX;
	return true;
}

static bool list_quarantine(struct call *c, struct err *e)
{
	int64_t limit = call_int(c, c->query, "limit", 50), page = call_int(c, c->query, "page", 1);
	struct quarantine_query q = { .connection = call_text(c, c->query, "connection"),
				      .table = call_text(c, c->query, "table"),
				      .code = call_text(c, c->query, "reason"),
				      .text = call_text(c, c->query, "q"),
				      .keys_hidden = !is_admin(c),
				      .limit = (size_t)limit,
				      .offset = (size_t)((page - 1) * limit),
				      .count_max = QUARANTINE_COUNT_MAX };
	struct value map = value_map_new(c->arena), list = value_list_new(c->arena);
	struct quarantine_group *group;
	struct quarantine_item *item = NULL;
	size_t n = 0, groups;
	int64_t total;

	if (!read_run(c, call_text(c, c->query, "run"), &q, e) ||
	    !quarantine_groups(c->db, c->arena, &q, &group, &groups, e) ||
	    !total_of(c, &q, group, groups, &total, e) ||
	    (total > 0 && !quarantine_find(c->db, c->arena, &q, &item, &n, e)))
		return false;
	for (size_t i = 0; i < n; i++)
		value_list_add(c->arena, list, item_value(c, &item[i]));
	value_map_set(c->arena, map, STR("items"), list);
	value_map_set(c->arena, map, STR("groups"), groups_value(c->arena, group, groups));
	view_int(c->arena, map, "page", page);
	view_int(c->arena, map, "limit", limit);
	view_int(c->arena, map, "total", total);
	view_bool(c->arena, map, "more", total == QUARANTINE_COUNT_MAX);
	return call_json(c, map, e);
}

/* ---- GET /api/quarantine/{id} ---- */

static struct value refusals_value(struct arena *a, const struct refusal *r, size_t n)
{
	struct value list = value_list_new(a);

	for (size_t i = 0; i < n; i++) {
		struct value map = value_map_new(a);

		view_text(a, map, "field", r[i].column);
		view_text(a, map, "pointer", r[i].pointer);
		view_text(a, map, "reason", r[i].code);
		view_text(a, map, "detail", r[i].says);
		value_list_add(a, list, map);
	}
	return list;
}

static bool show_item(struct call *c, struct err *e)
{
	AUTO_SETUP *setup = service_setup(c->arg);
	struct rng rng;
	struct engine g = connection_engine(c, &rng);
	const struct connection *n;
	struct quarantine_item q;
	struct refusal *refusal;
	struct value map, record;
	struct str plain, text;
	size_t refusals;

	if (!find_item(c, &q, e) ||
	    !connection_find(setup_plan(setup), q.connection, STR(""), &n, e) ||
	    !seal_read(connection_seal(c), c->arena, STR("quarantine"), q.sealed, &plain, e) ||
	    !json_parse(c->arena, plain, &record, NULL, e) ||
	    !json_pretty(c->arena, record, &text, e) ||
	    !mend_look(&g, n, &q, record, c->arena, &refusal, &refusals, e) ||
	    !trail(c, "quarantine.look", sync_lane(c->arena, q.connection), item_value(c, &q), e))
		return false;
	map = item_value(c, &q);
	value_map_set(c->arena, map, STR("record"), record);
	view_text(c->arena, map, "text", text);
	value_map_set(c->arena, map, STR("complaints"),
		      refusals_value(c->arena, refusal, refusals));
	view_text(c->arena, map, "next", str_from(remedy_of(q.code, q.says)->says));
	view_bool(c->arena, map, "can_read_again", mend_can_ask(n, &q));
	return call_json(c, map, e);
}

/* ---- POST /api/quarantine/{id}/retry ---- */

static const struct field retry_body[] = {
	{ .name = "record",
	  .type = FIELD_OBJECT,
	  .says = "corrected by a person; without it the vendor's is read again" },
	{ .name = "text",
	  .type = FIELD_TEXT,
	  .low = 2,
	  .high = RECORD_BYTES_MAX,
	  .says = "the same as JSON text, whose numbers keep their digits on every way" },
	{ .name = NULL },
};

struct retrying {
	struct call *call;
	struct quarantine_item item;
	struct mend_options o;
	struct mend_result result;
};

static bool retry_noted(void *arg, enum mend_outcome o, struct err *e)
{
	struct retrying *r = arg;
	struct call *c = r->call;
	struct value details = value_map_new(c->arena);

	view_text(c->arena, details, "table", r->item.table);
	view_text(c->arena, details, "key", r->item.key);
	view_text(c->arena, details, "outcome", str_from(mend_outcome_name(o)));
	view_text(c->arena, details, "source", str_from(mend_source_name(r->result.source)));
	return trail(c, "quarantine.retry", sync_lane(c->arena, r->item.connection), details, e);
}

static bool given_record(struct retrying *r, struct err *e)
{
	struct call *c = r->call;
	struct value v = value_get(c->body, STR("record"));
	struct str text = call_text(c, c->body, "text");
	struct buf b;

	if (text.len > 0) {
		if (!json_parse(c->arena, text, &v, NULL, e) || v.kind != VALUE_MAP)
			return err_set(e, ERR_USAGE, "the text is no JSON object");
		r->o.record = text;
	} else if (v.kind == VALUE_MAP) {
		buf_in(&b, c->arena, RECORD_BYTES_MAX);
		if (!json_write(&b, v, e))
			return false;
		r->o.record = buf_str(&b);
	}
	return true;
}

static bool mend_item(struct retrying *r, const struct connection *n, struct err *e)
{
	struct call *c = r->call;
	struct rng rng;
	struct engine g = connection_engine(c, &rng);
	struct mender *m;
	struct hurry hurry;
	bool ok;

	hurry_init(&hurry, c->clock, ASK_MS);
	g.clock = &hurry.clock;
	if (!mender_open(&g, n, c->arena, &m, e))
		return false;
	ok = mend(m, &r->item, &r->o, c->arena, &r->result, e);
	mender_close(m);
	return ok;
}

static bool answer_refused(struct call *c, const struct mend_result *r)
{
	struct value more = value_map_new(c->arena);

	value_map_set(c->arena, more, STR("complaints"),
		      refusals_value(c->arena, r->refusal, r->refusals));
	view_text(c->arena, more, "source", str_from(mend_source_name(r->source)));
	if (r->outcome == MEND_GONE)
		return call_problem(c, 422, "record_gone",
				    STR("The vendor has no such record any more: dismiss it."),
				    more);
	return call_problem(c, 422, "record_refused",
			    STR("The record still cannot become a row; see `complaints`."), more);
}

/* Viewers hear of it as well: without its id, which holds the key. */
static void hint(const struct call *c)
{
	service_publish(c->arg, "quarantine", STR("{}"), ROLE_ADMIN | ROLE_VIEWER);
}

static bool retry_item(struct call *c, struct err *e)
{
	AUTO_SETUP *setup = service_setup(c->arg);
	struct retrying r = { .call = c, .o = { .also = retry_noted } };
	struct value map = value_map_new(c->arena);
	const struct connection *n;

	r.o.arg = &r;
	if (!find_item(c, &r.item, e) ||
	    !connection_find(setup_plan(setup), r.item.connection, STR(""), &n, e) ||
	    !given_record(&r, e))
		return false;
	if (!mend_item(&r, n, e)) {
		if (e->kind != ERR_BUSY)
			return false;
		return call_problem(c, 409, "sync_running",
				    STR("A sync of the connection is under way; try again when it "
					"is over."),
				    UNDEFINED);
	}
	hint(c);
	if (r.result.outcome == MEND_REFUSED || r.result.outcome == MEND_GONE)
		return answer_refused(c, &r.result);
	service_wake(c->arg);
	view_text(c->arena, map, "outcome", str_from(mend_outcome_name(r.result.outcome)));
	view_text(c->arena, map, "source", str_from(mend_source_name(r.result.source)));
	view_text(c->arena, map, "key", r.result.key);
	return call_json(c, map, e);
}

/* ---- POST /api/quarantine/retry ---- */

static const struct field bulk_body[] = {
	{ .name = "connection", .type = FIELD_TEXT, .required = true, .low = 1, .high = 200 },
	{ .name = "table", .type = FIELD_TEXT, .high = 200 },
	{ .name = "reason", .type = FIELD_TEXT, .high = 200 },
	{ .name = "dry_run", .type = FIELD_BOOLEAN, .says = "only count them; true by default" },
	{ .name = NULL },
};

struct bulk {
	struct call *call;
	struct str connection;
	struct job_ticket ticket;
};

static bool bulk_in_transaction(void *arg, struct err *e)
{
	struct bulk *b = arg;
	struct call *c = b->call;
	struct value args = value_map_copy(c->arena, c->body);
	struct job_draft draft = { .task = STR(QUARANTINE_TASK),
				   .unique = JOB_ONE_WAITING,
				   .lane = sync_lane(c->arena, b->connection),
				   .lane_max = 1,
				   .attempts_max = 3,
				   .trigger = STR("api"),
				   .actor = c->who.name };

	value_map_remove(args, STR("dry_run"));
	if (!job_args_text(c->arena, args, &draft.args, e))
		return false;
	draft.key = str_printf(c->arena, "quarantine:%016llx",
			       (unsigned long long)str_hash(draft.args));
	return queue_add(c->db, &draft, &b->ticket, e) &&
	       trail(c, "quarantine.retry_all", sync_lane(c->arena, b->connection), c->body, e);
}

static bool retry_bulk(struct call *c, struct err *e)
{
	AUTO_SETUP *setup = service_setup(c->arg);
	struct quarantine_query q = { .connection = call_text(c, c->body, "connection"),
				      .table = call_text(c, c->body, "table"),
				      .code = call_text(c, c->body, "reason"),
				      .count_max = QUARANTINE_COUNT_MAX };
	struct bulk b = { .call = c, .connection = q.connection };
	struct value map = value_map_new(c->arena);
	bool dry = call_bool(c, c->body, "dry_run", true);
	const struct connection *n;
	int64_t matched;

	if (!connection_find(setup_plan(setup), q.connection, STR(""), &n, e) ||
	    !quarantine_total(c->db, &q, &matched, e) ||
	    (!dry && matched > 0 && !db_transact(c->db, bulk_in_transaction, &b, e)))
		return false;
	if (b.ticket.id)
		service_wake(c->arg);
	view_int(c->arena, map, "matched", matched);
	view_bool(c->arena, map, "dry_run", dry);
	view_text(c->arena, map, "job", b.ticket.id ? view_id(c->arena, b.ticket.id) : STR(""));
	return call_status_json(c, b.ticket.id ? 202 : 200, map, e);
}

/* ---- DELETE /api/quarantine/{id} ---- */

static const struct field dismiss_query[] = {
	{ .name = "reason", .type = FIELD_TEXT, .high = 500, .says = "why, for the audit log" },
	{ .name = NULL },
};

static bool dismiss_in_transaction(void *arg, struct err *e)
{
	struct retrying *r = arg;
	struct call *c = r->call;
	struct value details = value_map_new(c->arena);

	view_text(c->arena, details, "table", r->item.table);
	view_text(c->arena, details, "key", r->item.key);
	view_text(c->arena, details, "reason", call_text(c, c->query, "reason"));
	return quarantine_remove(c->db, r->item.connection, r->item.table, r->item.key, e) &&
	       trail(c, "quarantine.dismiss", sync_lane(c->arena, r->item.connection), details, e);
}

static bool dismiss_item(struct call *c, struct err *e)
{
	struct retrying r = { .call = c };

	if (!find_item(c, &r.item, e) || !db_transact(c->db, dismiss_in_transaction, &r, e))
		return false;
	hint(c);
	return call_empty(c, 204, e);
}

/* ---- the table ---- */

static const struct field item_params[] = {
	{ .name = "id", .type = FIELD_TEXT, .required = true, .low = 1, .high = ID_BYTES_MAX },
	{ .name = NULL },
};

#define ITEM_FIELDS                                                                                \
	{ .name = "id", .type = FIELD_TEXT }, { .name = "connection", .type = FIELD_TEXT },        \
		{ .name = "table", .type = FIELD_TEXT }, { .name = "stream", .type = FIELD_TEXT }, \
		{ .name = "key",                                                                   \
		  .type = FIELD_TEXT,                                                              \
		  .nullable = true,                                                                \
		  .says = "for an admin alone" },                                                  \
		{ .name = "field", .type = FIELD_TEXT, .nullable = true },                         \
		{ .name = "reason", .type = FIELD_TEXT }, { .name = "says", .type = FIELD_TEXT },  \
		{ .name = "tries", .type = FIELD_INTEGER },                                        \
		{ .name = "first_at", .type = FIELD_TIME },                                        \
	{                                                                                          \
		.name = "last_at", .type = FIELD_TIME                                              \
	}

static const struct field one_item[] = { ITEM_FIELDS, { .name = NULL } };
static const struct field items_item[] = {
	{ .name = "item", .type = FIELD_OBJECT, .of = one_item },
	{ .name = NULL },
};
static const struct field list_answer[] = {
	{ .name = "items", .type = FIELD_LIST, .of = items_item },
	{ .name = "groups", .type = FIELD_LIST, .says = "counts by connection, table and reason" },
	{ .name = "page", .type = FIELD_INTEGER },
	{ .name = "limit", .type = FIELD_INTEGER },
	{ .name = "total", .type = FIELD_INTEGER, .says = "counted up to 10,000" },
	{ .name = "more", .type = FIELD_BOOLEAN },
	{ .name = NULL },
};
static const struct field complaint_fields[] = {
	{ .name = "field", .type = FIELD_TEXT, .nullable = true, .says = "the table's column" },
	{ .name = "pointer",
	  .type = FIELD_TEXT,
	  .nullable = true,
	  .says = "the record's member that it reads, RFC 6901" },
	{ .name = "reason", .type = FIELD_TEXT },
	{ .name = "detail", .type = FIELD_TEXT },
	{ .name = NULL },
};
static const struct field complaints_item[] = {
	{ .name = "complaint", .type = FIELD_OBJECT, .of = complaint_fields },
	{ .name = NULL },
};
static const struct field item_answer[] = {
	ITEM_FIELDS,
	{ .name = "record", .type = FIELD_OBJECT },
	{ .name = "text", .type = FIELD_TEXT, .says = "the record as JSON text, digit by digit" },
	{ .name = "complaints", .type = FIELD_LIST, .of = complaints_item },
	{ .name = "next", .type = FIELD_TEXT, .says = "what a person does about it" },
	{ .name = "can_read_again",
	  .type = FIELD_BOOLEAN,
	  .says = "the vendor can be asked for this record alone" },
	{ .name = NULL },
};
static const struct field retry_answer[] = {
	{ .name = "outcome", .type = FIELD_TEXT, .one_of = "created|updated|unchanged|left_out" },
	{ .name = "source", .type = FIELD_TEXT, .one_of = "given|vendor|kept" },
	{ .name = "key", .type = FIELD_TEXT },
	{ .name = NULL },
};
static const struct field bulk_answer[] = {
	{ .name = "matched", .type = FIELD_INTEGER },
	{ .name = "dry_run", .type = FIELD_BOOLEAN },
	{ .name = "job", .type = FIELD_TEXT, .nullable = true },
	{ .name = NULL },
};

const struct route quarantine_routes[] = {
	{ .method = "GET",
	  .path = "/api/quarantine",
	  .roles = ROLE_ADMIN | ROLE_VIEWER,
	  .handle = list_quarantine,
	  .summary = "Records that could not become rows, and why; nobody's data",
	  .tag = "quarantine",
	  .query = list_query,
	  .answer = list_answer,
	  .problems = "not_found:404" },
	{ .method = "POST",
	  .path = "/api/quarantine/retry",
	  .roles = ROLE_ADMIN,
	  .handle = retry_bulk,
	  .summary = "Try all that match again, as a job; only counts them unless dry_run is false",
	  .tag = "quarantine",
	  .body_kind = BODY_JSON,
	  .body = bulk_body,
	  .answer = bulk_answer,
	  .rate = RATE_EXPENSIVE,
	  .problems = "not_found:404" },
	{ .method = "GET",
	  .path = "/api/quarantine/{id}",
	  .roles = ROLE_ADMIN,
	  .handle = show_item,
	  .summary =
		  "One with its record and every complaint about it; looking is in the audit log",
	  .tag = "quarantine",
	  .path_params = item_params,
	  .answer = item_answer,
	  .problems = "not_found:404" },
	{ .method = "POST",
	  .path = "/api/quarantine/{id}/retry",
	  .roles = ROLE_ADMIN,
	  .handle = retry_item,
	  .summary = "Write it now: as the vendor has it, or as a person has corrected it",
	  .tag = "quarantine",
	  .path_params = item_params,
	  .body_kind = BODY_JSON_OPTIONAL,
	  .body = retry_body,
	  .body_bytes_max = 2 * RECORD_BYTES_MAX,
	  .answer = retry_answer,
	  .problems = "not_found:404,sync_running:409,record_refused:422,record_gone:422" },
	{ .method = "DELETE",
	  .path = "/api/quarantine/{id}",
	  .roles = ROLE_ADMIN,
	  .handle = dismiss_item,
	  .summary = "Forget it; the next run that reads the record judges it anew",
	  .tag = "quarantine",
	  .path_params = item_params,
	  .query = dismiss_query,
	  .status = 204,
	  .problems = "not_found:404" },
	{ .method = NULL },
};

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * outbox_routes.c - changes on their way to a vendor over HTTP: look, and decide what is stuck.
 *
 * Always: what a row holds (its key, its contents) is shown to an administrator alone; a decision
 * and its audit entry are one transaction.
 */
#include "service/outbox_routes.h"

#include "api/call.h"
#include "service/outbox_deed.h"
#include "service/service.h"
#include "service/trail.h"
#include "service/view.h"

#define PAGE_MAX 200
#define PAGES_MAX 1000
#define COUNT_MAX 10000
#define BULK_MAX 10000
#define BULK_IDS_MAX 1000
#define ROW_BYTES_MAX ((size_t)256 * 1024 * 1024)

/* ---- looking ---- */

#define STATES "pending|sending|done|failed|unknown|cancelled"

static const struct field list_query[] = {
	{ .name = "connection", .type = FIELD_TEXT },
	{ .name = "watch", .type = FIELD_TEXT },
	{ .name = "status", .type = FIELD_TEXT, .one_of = STATES },
	{ .name = "q", .type = FIELD_TEXT, .high = 200, .says = "found in the error or the key" },
	{ .name = "page", .type = FIELD_INTEGER, .low = 1, .high = PAGES_MAX, .otherwise = "1" },
	{ .name = "limit", .type = FIELD_INTEGER, .low = 1, .high = PAGE_MAX, .otherwise = "50" },
	{ .name = NULL },
};

static bool is_admin(const struct call *c)
{
	return (c->who.roles & ROLE_ADMIN) != 0;
}

static struct outbox_filter filter_of(const struct call *c, struct value from)
{
	struct outbox_filter f = { .connection = call_text(c, from, "connection"),
				   .watch = call_text(c, from, "watch"),
				   .text = call_text(c, from, "q"),
				   .in_keys = is_admin(c) };

	f.by_state = outbox_state_parse(call_text(c, from, "status"), &f.state);
	return f;
}

/* What a person may decide about it now, in the words of the routes. */
static struct value choices_value(struct arena *a, const struct outbox_row *r)
{
	static const struct {
		const char *name;
		enum outbox_verb verb;
	} choice[] = { { "retry", OUTBOX_RETRY },
		       { "drop", OUTBOX_DROP },
		       { "sent", OUTBOX_HAPPENED } };
	struct value list = value_list_new(a);
	struct err unsaid;

	for (size_t i = 0; i < COUNT(choice); i++)
		if (outbox_may(r, choice[i].verb, &unsaid))
			value_list_add(a, list, value_str(str_from(choice[i].name)));
	return list;
}

static struct value row_value(const struct call *c, const struct outbox_row *r)
{
	struct arena *a = c->arena;
	struct value map = value_map_new(a);

	view_text(a, map, "id", view_id(a, r->id));
	view_text(a, map, "connection", r->connection);
	view_text(a, map, "watch", r->watch);
	view_text(a, map, "table", r->table);
	view_text(a, map, "key", is_admin(c) ? r->key : STR(""));
	view_text(a, map, "op", str_from(outbox_op_name(r->op)));
	view_text(a, map, "status", str_from(outbox_state_name(r->state)));
	view_int(a, map, "attempts", r->attempts);
	view_bool(a, map, "in_doubt", r->in_doubt);
	view_text(a, map, "action", r->action);
	view_text(a, map, "error", r->error);
	value_map_set(a, map, STR("answer"), r->status ? value_int(r->status) : NULL_VALUE);
	view_text(a, map, "job", r->claim.job ? view_id(a, r->claim.job) : STR(""));
	view_json(a, map, "changed", r->changed);
	view_time(a, map, "made_at", r->made_ms);
	view_time(a, map, "sent_at", r->sent_ms);
	view_time(a, map, "not_before", r->not_before_ms);
	value_map_set(a, map, STR("choices"), choices_value(a, r));
	return map;
}

/* By state, and how many of them the filter's own state leaves. */
static bool counts_value(const struct call *c, const struct outbox_filter *f, struct value *out,
			 int64_t *total, struct err *e)
{
	int64_t count[OUTBOX_STATES];

	*out = value_map_new(c->arena);
	*total = 0;
	if (!outbox_counts(c->db, f, count, e))
		return false;
	for (size_t i = 0; i < OUTBOX_STATES; i++) {
		view_int(c->arena, *out, outbox_state_name((enum outbox_state)i), count[i]);
		if (!f->by_state || f->state == (enum outbox_state)i)
			*total += count[i];
	}
	return true;
}

static bool list_rows(struct call *c, struct err *e)
{
	struct value map = value_map_new(c->arena), list = value_list_new(c->arena), counts;
	struct outbox_filter f = filter_of(c, c->query);
	struct outbox_row *row = NULL;
	int64_t total;
	size_t n = 0;

	f.limit = (size_t)call_int(c, c->query, "limit", 50);
	f.offset = (size_t)(call_int(c, c->query, "page", 1) - 1) * f.limit;
	if (!counts_value(c, &f, &counts, &total, e) ||
	    (total > 0 && !outbox_list(c->db, c->arena, &f, &row, &n, e)))
		return false;
	for (size_t i = 0; i < n; i++)
		value_list_add(c->arena, list, row_value(c, &row[i]));
	value_map_set(c->arena, map, STR("changes"), list);
	value_map_set(c->arena, map, STR("counts"), counts);
	view_int(c->arena, map, "page", call_int(c, c->query, "page", 1));
	view_int(c->arena, map, "limit", (int64_t)f.limit);
	view_int(c->arena, map, "total", total < COUNT_MAX ? total : COUNT_MAX);
	view_bool(c->arena, map, "more", total >= COUNT_MAX);
	return call_json(c, map, e);
}

static bool find_row(struct call *c, struct outbox_row *row, struct err *e)
{
	int64_t id;

	if (!str_to_i64(call_text(c, c->params, "id"), &id))
		return err_set(e, ERR_MISSING, "the outbox has no such row");
	return outbox_get(c->db, c->arena, id, row, e);
}

static bool answer_row(struct call *c, const struct outbox_row *r, struct err *e)
{
	struct value map = row_value(c, r);
	bool all = is_admin(c);

	view_json(c->arena, map, "before", all ? r->before : STR(""));
	view_json(c->arena, map, "after", all ? r->after : STR(""));
	view_json(c->arena, map, "args", all ? r->args : STR(""));
	view_json(c->arena, map, "result", all ? r->result : STR(""));
	view_text(c->arena, map, "idempotency_key", all ? r->idempotency_key : STR(""));
	return call_json(c, map, e);
}

static bool show_row(struct call *c, struct err *e)
{
	struct outbox_row row;

	return find_row(c, &row, e) && answer_row(c, &row, e);
}

/* ---- deciding ---- */

static const struct field decide_body[] = {
	{ .name = "reason", .type = FIELD_TEXT, .high = 500, .says = "for the audit log" },
	{ .name = NULL },
};

struct deciding {
	struct call *call;
	struct arena *a; /* for what the row holds */
	int64_t id;
	enum outbox_verb verb;
};

static bool decide_in_transaction(void *arg, struct err *e)
{
	const struct deciding *g = arg;
	struct call *c = g->call;
	struct outbox_row row;
	struct value details;

	if (!outbox_get(c->db, g->a, g->id, &row, e))
		return false;
	details = outbox_deed_details(g->a, &row, g->verb, call_text(c, c->body, "reason"));
	return outbox_decide(c->db, g->a, &row, g->verb, STR("api"), e) &&
	       trail(c, outbox_verb_action(g->verb),
		     str_printf(c->arena, "outbox:%lld", (long long)g->id), details, e);
}

static bool decide(struct call *c, enum outbox_verb verb, struct err *e)
{
	struct deciding g = { .call = c, .a = c->arena, .verb = verb };
	struct outbox_row row;

	if (!find_row(c, &row, e))
		return false;
	g.id = row.id;
	if (!db_transact(c->db, decide_in_transaction, &g, e))
		return false;
	service_wake(c->arg);
	return find_row(c, &row, e) && answer_row(c, &row, e);
}

static bool retry_row(struct call *c, struct err *e)
{
	return decide(c, OUTBOX_RETRY, e);
}

static bool drop_row(struct call *c, struct err *e)
{
	return decide(c, OUTBOX_DROP, e);
}

static bool sent_row(struct call *c, struct err *e)
{
	return decide(c, OUTBOX_HAPPENED, e);
}

/* ---- deciding many ---- */

static const struct field bulk_body[] = {
	{ .name = "action", .type = FIELD_TEXT, .required = true, .one_of = "retry|drop|sent" },
	{ .name = "ids",
	  .type = FIELD_LIST,
	  .low = 1,
	  .high = BULK_IDS_MAX,
	  .says = "these changes, whatever else is said" },
	{ .name = "status",
	  .type = FIELD_TEXT,
	  .one_of = "pending|failed|unknown",
	  .says = "or all that match; needed then" },
	{ .name = "connection", .type = FIELD_TEXT },
	{ .name = "watch", .type = FIELD_TEXT },
	{ .name = "q", .type = FIELD_TEXT, .high = 200 },
	{ .name = "reason", .type = FIELD_TEXT, .high = 500 },
	{ .name = "dry_run", .type = FIELD_BOOLEAN, .says = "only count (the default)" },
	{ .name = NULL },
};

static const struct field bulk_answer[] = {
	{ .name = "matched", .type = FIELD_INTEGER },
	{ .name = "done", .type = FIELD_INTEGER },
	{ .name = "refused", .type = FIELD_INTEGER, .says = "their state does not allow it" },
	{ .name = "dry_run", .type = FIELD_BOOLEAN },
	{ .name = NULL },
};

static enum outbox_verb bulk_verb(struct str word)
{
	if (str_eq(word, STR("drop")))
		return OUTBOX_DROP;
	return str_eq(word, STR("sent")) ? OUTBOX_HAPPENED : OUTBOX_RETRY;
}

static bool bulk_find(struct call *c, int64_t **id, size_t *n, int64_t *matched, struct err *e)
{
	struct value ids = value_get(c->body, STR("ids")), item;
	struct outbox_filter f = filter_of(c, c->body);
	struct value_iter it = value_iter(ids);
	struct str unsaid;

	*n = 0;
	if (ids.kind == VALUE_LIST) {
		*id = arena_new_array(c->arena, int64_t, value_len(ids) + 1);
		while (value_next(&it, &unsaid, &item))
			if (item.kind != VALUE_STR || !str_to_i64(item.s, &(*id)[(*n)++]))
				return err_set(e, ERR_USAGE, "ids are texts of digits");
		*matched = (int64_t)*n;
		return true;
	}
	if (!f.by_state)
		return err_set(e, ERR_USAGE, "which changes? give ids, or a status");
	f.limit = BULK_MAX;
	return outbox_ids(c->db, c->arena, &f, id, n, e) && outbox_count(c->db, &f, matched, e);
}

/* Each for itself: one that was changed meanwhile is refused, and the others go on. */
static bool bulk_apply(struct deciding *g, const int64_t *id, size_t n, int64_t *done,
		       struct err *e)
{
	AUTO_ARENA *a = arena_new("outbox bulk", ROW_BYTES_MAX);

	g->a = a;
	for (size_t i = 0; i < n; i++) {
		arena_reset(a);
		g->id = id[i];
		if (db_transact(g->call->db, decide_in_transaction, g, e))
			++*done;
		else if (e->kind != ERR_BUSY && e->kind != ERR_MISSING && e->kind != ERR_FENCED)
			return false;
	}
	return true;
}

static bool bulk(struct call *c, struct err *e)
{
	struct deciding g = { .call = c, .verb = bulk_verb(call_text(c, c->body, "action")) };
	bool dry_run = call_bool(c, c->body, "dry_run", true);
	struct value map = value_map_new(c->arena);
	int64_t matched, done = 0, *id = NULL;
	size_t n;

	if (!bulk_find(c, &id, &n, &matched, e) || (!dry_run && !bulk_apply(&g, id, n, &done, e)))
		return false;
	if (!dry_run)
		service_wake(c->arg);
	view_int(c->arena, map, "matched", matched);
	view_int(c->arena, map, "done", done);
	view_int(c->arena, map, "refused", dry_run ? 0 : (int64_t)n - done);
	view_bool(c->arena, map, "dry_run", dry_run);
	return call_json(c, map, e);
}

/* ---- the table ---- */

static const struct field row_fields[] = {
	{ .name = "id", .type = FIELD_TEXT, .required = true },
	{ .name = "connection", .type = FIELD_TEXT, .required = true },
	{ .name = "watch", .type = FIELD_TEXT, .required = true },
	{ .name = "table", .type = FIELD_TEXT },
	{ .name = "key", .type = FIELD_TEXT, .nullable = true, .says = "for an admin alone" },
	{ .name = "op", .type = FIELD_TEXT, .one_of = "insert|update|delete" },
	{ .name = "status", .type = FIELD_TEXT, .one_of = STATES },
	{ .name = "attempts", .type = FIELD_INTEGER },
	{ .name = "in_doubt",
	  .type = FIELD_BOOLEAN,
	  .says = "a request may have reached the vendor" },
	{ .name = "action", .type = FIELD_TEXT, .nullable = true },
	{ .name = "error", .type = FIELD_TEXT, .nullable = true },
	{ .name = "answer",
	  .type = FIELD_INTEGER,
	  .nullable = true,
	  .says = "the status of the vendor's answer" },
	{ .name = "job", .type = FIELD_TEXT, .nullable = true, .says = "that sent it last" },
	{ .name = "changed", .type = FIELD_LIST, .nullable = true, .says = "columns" },
	{ .name = "made_at", .type = FIELD_TIME },
	{ .name = "sent_at", .type = FIELD_TIME, .nullable = true },
	{ .name = "not_before", .type = FIELD_TIME, .nullable = true },
	{ .name = "choices", .type = FIELD_LIST, .says = "what may be decided: retry, drop, sent" },
	{ .name = "before", .type = FIELD_OBJECT, .nullable = true, .says = "of one change alone" },
	{ .name = "after", .type = FIELD_OBJECT, .nullable = true },
	{ .name = "args", .type = FIELD_OBJECT, .nullable = true },
	{ .name = "result", .type = FIELD_OBJECT, .nullable = true },
	{ .name = "idempotency_key", .type = FIELD_TEXT, .nullable = true },
	{ .name = NULL },
};
static const struct field row_item[] = {
	{ .name = "change", .type = FIELD_OBJECT, .of = row_fields },
	{ .name = NULL },
};
static const struct field list_answer[] = {
	{ .name = "changes", .type = FIELD_LIST, .of = row_item },
	{ .name = "counts",
	  .type = FIELD_OBJECT,
	  .says = "by status, of what matches but for the status" },
	{ .name = "page", .type = FIELD_INTEGER },
	{ .name = "limit", .type = FIELD_INTEGER },
	{ .name = "total", .type = FIELD_INTEGER, .says = "counted to 10000" },
	{ .name = "more", .type = FIELD_BOOLEAN, .says = "there are more than `total`" },
	{ .name = NULL },
};

#define DEED(word, does, says)                                                                     \
	{                                                                                          \
		.method = "POST", .path = "/api/outbox/{id}/" word, .roles = ROLE_ADMIN,           \
		.handle = does, .summary = says, .tag = "outbox", .body_kind = BODY_JSON_OPTIONAL, \
		.body = decide_body, .answer = row_fields,                                         \
		.problems = "not_found:404,conflict:409"                                           \
	}

const struct route outbox_routes[] = {
	{ .method = "GET",
	  .path = "/api/outbox",
	  .roles = ROLE_ADMIN | ROLE_VIEWER,
	  .handle = list_rows,
	  .summary = "Changes on their way to a vendor, the newest first",
	  .tag = "outbox",
	  .query = list_query,
	  .answer = list_answer },
	{ .method = "POST",
	  .path = "/api/outbox/bulk",
	  .roles = ROLE_ADMIN,
	  .handle = bulk,
	  .summary = "Decide about all that match; counts only, unless dry_run is false",
	  .tag = "outbox",
	  .body_kind = BODY_JSON,
	  .body = bulk_body,
	  .answer = bulk_answer },
	{ .method = "GET",
	  .path = "/api/outbox/{id}",
	  .roles = ROLE_ADMIN | ROLE_VIEWER,
	  .handle = show_row,
	  .summary = "One change, with what it holds while it is not over",
	  .tag = "outbox",
	  .answer = row_fields,
	  .problems = "not_found:404" },
	DEED("retry", retry_row, "Send a failed or unknown change again"),
	DEED("drop", drop_row, "Give a pending, failed or unknown change up"),
	DEED("sent", sent_row, "An unknown change has happened: it is done"),
	{ .method = NULL },
};

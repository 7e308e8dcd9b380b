/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pp_api.c - the vendor's routes below /api/v2.
 *
 * As at the vendor: bare arrays, everything when no $top is given, unknown parameters ignored, no
 * word about how many there are.
 */
#include "pp.h"
#include "pp_put.h"

#include <stdio.h>
#include <stdlib.h>

#define BASE "/api/v2/"
/* Larger lists are made while they are sent. */
#define HELD_ROWS_MAX 50000

struct page_source {
	struct source source;
	struct pp_reader reader;
	bool lines, begun, ended;
};

static bool page_next(struct source *source, struct buf *out)
{
	struct page_source *s = CONTAINER(source, struct page_source, source);
	uint32_t ordinal;

	if (s->ended)
		return false;
	if (!s->lines)
		buf_char(out, s->begun ? ',' : '[');
	if (pp_reader_next(&s->reader, &ordinal)) {
		pp_put(s->reader.p, s->reader.kind, ordinal, out);
		if (s->lines)
			buf_char(out, '\n');
		s->begun = true;
		return true;
	}
	s->ended = true;
	if (s->lines)
		return false;
	if (s->begun)
		out->at[out->len - 1] = ']';
	else
		buf_char(out, ']');
	return true;
}

static void page_free(struct source *source)
{
	free(CONTAINER(source, struct page_source, source));
}

static struct source *page_source(struct pp_reader reader, bool lines)
{
	struct page_source *s = calloc(1, sizeof *s);

	if (!s)
		abort();
	*s = (struct page_source){ .source = { page_next, page_free },
				   .reader = reader,
				   .lines = lines };
	return &s->source;
}

void pp_put_page(struct pp *pp, const struct pp_query *q, struct pp_page page, struct reply *reply)
{
	struct pp_reader reader = pp_lists_read(pp->lists, q, page.skip, page.most);
	struct source *source = page_source(reader, page.lines);
	size_t all = pp_lists_count(pp->lists, q), most = page.most < all ? page.most : all;

	/* A kept list may be replaced before a slow reader has seen all of it: hold those whole. */
	if (most > HELD_ROWS_MAX && !reader.list) {
		reply->source = source;
		return;
	}
	while (source->next(source, &reply->body))
		;
	source->free(source);
	if (reply->body.failed)
		reply_message(reply, 500, "More than the stand-in holds at once.");
}

static bool read_since(const struct request *r, const char *name, int64_t *ms, struct reply *reply)
{
	struct str text;
	struct err e;

	if (!request_param(r, name, &text) || instant_parse(text, ms, &e))
		return true;
	reply_message(reply, 400, "The request is invalid: a date could not be read.");
	return false;
}

static bool read_uuid(const struct request *r, const char *name, char out[UUID_LEN + 1],
		      struct reply *reply)
{
	struct str text;

	if (!request_param(r, name, &text))
		return true;
	if (!pp_is_uuid(text)) {
		reply_message(reply, 400, "The request is invalid: an id is not a UUID.");
		return false;
	}
	memcpy(out, text.at, UUID_LEN);
	out[UUID_LEN] = 0;
	return true;
}

static bool read_order(const struct pp *pp, const struct request *r, struct pp_query *q,
		       struct reply *reply)
{
	static const struct {
		const char *name;
		enum pp_order order;
	} orders[] = { { "id", PP_BY_ID },
		       { "created_at", PP_BY_CREATED },
		       { "updated_at", PP_BY_UPDATED } };
	struct str way, name;

	if (!request_param(r, "$orderby", &way))
		return true;
	name = str_cut(&way, ' ');
	q->descending = str_eq(way, STR("desc"));
	for (size_t i = 0; i < COUNT(orders) && !pp->modes.orderby_400; i++) {
		if (!str_eq(name, str_from(orders[i].name)))
			continue;
		q->order = orders[i].order;
		return true;
	}
	reply_message(reply, 400, "The query is not valid: $orderby names no known property.");
	return false;
}

static bool read_query(const struct pp *pp, const struct request *r, struct pp_query *q,
		       struct reply *reply)
{
	struct str status = STR(""), filter;

	if (request_param(r, "$filter", &filter)) {
		reply_message(reply, 400,
			      "The query is not valid: $filter is beyond this stand-in.");
		return false;
	}
	request_param(r, "status", &status);
	if (status.len < sizeof q->status)
		memcpy(q->status, status.at, status.len);
	q->since_exclusive = pp->modes.since_exclusive;
	return read_since(r, "updated_since", &q->updated_since_ms, reply) &&
	       read_since(r, "created_since", &q->created_since_ms, reply) &&
	       read_uuid(r, "account_id", q->account, reply) &&
	       read_uuid(r, "matter_id", q->matter, reply) && read_order(pp, r, q, reply);
}

/* $top or $skip; false (and a 400) when it is there and not a number. */
static bool read_count(const struct request *r, const char *name, size_t *out, struct reply *reply)
{
	struct str text;
	int64_t value;

	if (!request_param(r, name, &text))
		return true;
	if (!str_to_i64(text, &value) || value < 0) {
		reply_message(reply, 400, "The query is not valid: $top and $skip are numbers.");
		return false;
	}
	*out = (size_t)value;
	return true;
}

static bool read_page(const struct pp *pp, const struct request *r, struct pp_page *page,
		      struct reply *reply)
{
	const struct pp_modes *m = &pp->modes;
	size_t top = SIZE_MAX, skip = 0;

	if (!read_count(r, "$top", &top, reply) || !read_count(r, "$skip", &skip, reply))
		return false;
	if (m->top_max && top != SIZE_MAX && top > (size_t)m->top_max) {
		reply_message(reply, 400, "The query is not valid: $top is above the limit.");
		return false;
	}
	if (m->ignore_top)
		top = SIZE_MAX;
	if (m->ignore_skip)
		skip = 0;
	/* Each page begins with the row that ended the one before. */
	if (m->duplicate_rows && top && top != SIZE_MAX)
		skip -= skip / top;
	if (m->cap && top > (size_t)m->cap)
		top = (size_t)m->cap;
	*page = (struct pp_page){ .skip = skip, .most = top };
	return true;
}

static void list(struct pp *pp, enum pp_kind kind, const struct request *r, struct reply *reply)
{
	struct pp_query q = pp_query_all(kind);
	struct pp_page page;

	if (!read_query(pp, r, &q, reply) || !read_page(pp, r, &page, reply))
		return;
	pp_put_page(pp, &q, page, reply);
	pp_while_reading(pp, kind);
}

static void one(struct pp *pp, enum pp_kind kind, struct str id, struct reply *reply)
{
	uint32_t ordinal;
	bool me = kind == PP_USERS && str_eq_nocase(id, STR("me"));
	bool found = me ? population_at(pp->population, kind, 0, &ordinal)
			: population_find(pp->population, kind, id, &ordinal);

	if (found)
		pp_put(pp->population, kind, ordinal, &reply->body);
	else if (me || pp_is_uuid(id))
		reply_message(reply, 404, "No resource was found that matches the request.");
	else
		reply_message(reply, 400, "The request is invalid: an id is not a UUID.");
}

static void custom_fields(struct pp *pp, struct str which, struct reply *reply)
{
	static const char *const owners[PP_OWNERS] = {
		[PP_OF_COMPANY] = "company", [PP_OF_MATTER] = "matter", [PP_OF_CONTACT] = "contact"
	};

	for (unsigned owner = 0; owner < PP_OWNERS; owner++) {
		if (str_eq_nocase(which, str_from(owners[owner]))) {
			pp_put_definitions(pp->population, (enum pp_owner)owner, &reply->body);
			return;
		}
	}
	if (!pp_put_definition(pp->population, which, &reply->body))
		reply_message(reply, 404, "No resource was found that matches the request.");
}

void pp_api(struct pp *pp, const struct request *r, struct reply *reply)
{
	struct str id, resource;

	if (!str_eq(r->method, STR("GET"))) {
		reply_message(reply, 405, "The stand-in can only be read.");
		return;
	}
	id = str_slice(r->path, sizeof BASE - 1, r->path.len);
	resource = str_cut(&id, '/');
	if (str_eq_nocase(resource, STR("customfields"))) {
		custom_fields(pp, id, reply);
		return;
	}
	for (unsigned kind = 0; kind < PP_KINDS; kind++) {
		if (!str_eq_nocase(resource, str_from(pp_kind_names[kind])))
			continue;
		if (id.len)
			one(pp, (enum pp_kind)kind, id, reply);
		else
			list(pp, (enum pp_kind)kind, r, reply);
		return;
	}
	reply_message(reply, 404, "No resource was found that matches the request.");
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * manifest_request.c - the components that say what to ask.
 */
#include "connector/manifest_parts.h"

/* ---- where a value goes ---- */

#define AT(member) offsetof(struct request_option, member)

static void option_into(struct reader *r, const struct node *n, void *field)
{
	static const char *const word[] = { [INJECT_PARAMETER] = "request_parameter",
					    [INJECT_HEADER] = "header",
					    [INJECT_BODY_DATA] = "body_data",
					    [INJECT_BODY_JSON] = "body_json" };
	size_t i;

	if (read_word(r, n, word, COUNT(word), &i))
		*(enum inject_into *)field = (enum inject_into)i;
}

static void option_steps(struct reader *r, const struct node *n, void *field)
{
	struct request_option *o = field;

	o->step = read_slots(r, n, &scope_config, &o->steps);
}

static void option_finish(struct reader *r, const struct node *n, void *into)
{
	struct request_option *o = into;
	bool name = node_get(n, "field_name") != NULL, path = node_get(n, "field_path") != NULL;

	if (name == path)
		READER_SAYS(r, n, "either field_name or field_path is required");
	else if (path && o->into != INJECT_BODY_JSON)
		READER_SAYS(r, n, "a field_path is only for body_json");
	else if (path && o->steps == 0)
		READER_SAYS(r, n, "a field_path has at least one step");
}

static const struct property option_properties[] = {
	{ .name = "inject_into",
	  .kind = PROPERTY_READ,
	  .required = true,
	  .offset = AT(into),
	  .read = option_into },
	{ .name = "field_name", .kind = PROPERTY_SLOT, .offset = AT(name), .scope = &scope_config },
	{ .name = "field_path", .kind = PROPERTY_READ, .read = option_steps },
};
static const struct component option = { .type = "RequestOption",
					 .property = option_properties,
					 .properties = COUNT(option_properties),
					 .finish = option_finish };
static const struct component *const options[] = { &option };
const struct component_set option_set = { options, COUNT(options) };

/* The next page's address comes whole: it is the path. */
static const struct component request_path = { .type = "RequestPath",
					       .kind_at = AT(into),
					       .kind = INJECT_PATH };
static const struct component *const token_options[] = { &option, &request_path };
const struct component_set token_option_set = { token_options, COUNT(token_options) };

/* ---- JSON is the only decoder ---- */

static const struct component json_decoder = { .type = "JsonDecoder" };
static const struct component *const decoders[] = { &json_decoder };
const struct component_set decoder_set = { decoders, COUNT(decoders) };

/* ---- bodies ---- */

#undef AT
#define AT(member) offsetof(struct requester, member)

static void body_set(struct reader *r, const struct node *n, struct requester *q,
		     enum payload_kind kind)
{
	if (q->payload_kind != PAYLOAD_NONE)
		READER_SAYS(r, n, "a request has one body: this is a second one");
	q->payload_kind = kind;
}

static void body_json(struct reader *r, const struct node *n, void *field)
{
	struct requester *q = field;

	body_set(r, n, q, PAYLOAD_JSON);
	mould_read(r, n, &scope_request, &q->body);
}

static void body_data(struct reader *r, const struct node *n, void *field)
{
	struct requester *q = field;

	if (n->kind == NODE_LIST) {
		READER_SAYS(r, n, "a text or a map is expected here, not a list");
		return;
	}
	body_set(r, n, q, n->kind == NODE_SCALAR ? PAYLOAD_TEXT : PAYLOAD_FORM);
	mould_read(r, n, &scope_request, &q->body);
}

static const struct property body_properties[] = {
	{ .name = "value",
	  .kind = PROPERTY_MOULD,
	  .required = true,
	  .offset = AT(body),
	  .scope = &scope_request },
};
static const struct component text_body = { .type = "RequestBodyPlainText",
					    .property = body_properties,
					    .properties = COUNT(body_properties),
					    .kind_at = offsetof(struct requester, payload_kind),
					    .kind = PAYLOAD_TEXT };
static const struct component form_body = { .type = "RequestBodyUrlEncodedForm",
					    .property = body_properties,
					    .properties = COUNT(body_properties),
					    .kind_at = offsetof(struct requester, payload_kind),
					    .kind = PAYLOAD_FORM };
static const struct component json_body = { .type = "RequestBodyJsonObject",
					    .property = body_properties,
					    .properties = COUNT(body_properties),
					    .kind_at = offsetof(struct requester, payload_kind),
					    .kind = PAYLOAD_JSON };
static const struct component *const bodies[] = { &text_body, &form_body, &json_body };
static const struct component_set body_components = { bodies, COUNT(bodies) };

static void body_any(struct reader *r, const struct node *n, void *field)
{
	struct requester *q = field;

	if (q->payload_kind != PAYLOAD_NONE)
		body_set(r, n, q, q->payload_kind);
	component_read(r, n, &body_components, q);
}

/* ---- the requester ---- */

static void requester_start(struct reader *r, void *into)
{
	struct requester *q = into;

	q->method = "GET";
	q->handler = arena_new_struct(r->arena, struct error_handler);
	q->handler->max_time_s = 600;
	q->handlers = 1;
}

static void requester_method(struct reader *r, const struct node *n, void *field)
{
	static const char *const word[] = { "GET", "POST", "PUT", "PATCH", "DELETE" };
	size_t i;

	if (read_word(r, n, word, COUNT(word), &i))
		*(const char **)field = word[i];
}

/* Parameters and headers: a map of templates, or one template that yields a map. */
static void requester_map(struct reader *r, const struct node *n, void *field)
{
	if (n->kind == NODE_LIST) {
		READER_SAYS(r, n, "a map is expected here, not a list");
		return;
	}
	for (size_t i = 0; i < n->n; i++) {
		const struct node *type = node_get(n->item[i], "type");

		if (type && component_is_known(type->text)) {
			READER_SAYS(r, type, "%.*s is not supported", STR_ARG(type->text));
			return;
		}
	}
	mould_read(r, n, &scope_request, field);
}

static void requester_finish(struct reader *r, const struct node *n, void *into)
{
	bool url = node_get(n, "url") != NULL, base = node_get(n, "url_base") != NULL;

	(void)into;
	if (url && base)
		READER_SAYS(r, n, "either url, or url_base and path");
	else if (!url && !base)
		READER_SAYS(r, n, "url, or url_base and path, is required");
}

static const struct property requester_properties[] = {
	{ .name = "url", .kind = PROPERTY_SLOT, .offset = AT(url_base), .scope = &scope_request },
	{ .name = "url_base",
	  .kind = PROPERTY_SLOT,
	  .offset = AT(url_base),
	  .scope = &scope_request },
	{ .name = "path", .kind = PROPERTY_SLOT, .offset = AT(path), .scope = &scope_request },
	{ .name = "http_method",
	  .kind = PROPERTY_READ,
	  .offset = AT(method),
	  .read = requester_method },
	{ .name = "request_parameters",
	  .kind = PROPERTY_READ,
	  .offset = AT(parameters),
	  .read = requester_map },
	{ .name = "request_headers",
	  .kind = PROPERTY_READ,
	  .offset = AT(headers),
	  .read = requester_map },
	{ .name = "request_body_json", .kind = PROPERTY_READ, .read = body_json },
	{ .name = "request_body_data", .kind = PROPERTY_READ, .read = body_data },
	{ .name = "request_body", .kind = PROPERTY_READ, .read = body_any },
	{ .name = "authenticator",
	  .kind = PROPERTY_COMPONENT,
	  .offset = AT(auth),
	  .set = &authenticator_set },
	{ .name = "error_handler", .kind = PROPERTY_READ, .read = error_handlers_read },
	{ .name = "name", .kind = PROPERTY_NOTE },
	{ .name = "description", .kind = PROPERTY_NOTE },
	/* The reference keeps answers on disk within a run; we ask again. */
	{ .name = "use_cache", .kind = PROPERTY_NOTE },
	{ .name = "fetch_properties_from_endpoint", .kind = PROPERTY_REFUSED },
	{ .name = "query_properties", .kind = PROPERTY_REFUSED },
};
static const struct component requester = { .type = "HttpRequester",
					    .property = requester_properties,
					    .properties = COUNT(requester_properties),
					    .start = requester_start,
					    .finish = requester_finish };
static const struct component *const requesters[] = { &requester };
const struct component_set requester_set = { requesters, COUNT(requesters) };

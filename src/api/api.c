/* SPDX-License-Identifier: Apache-2.0 */
/*
 * api.c - the table of routes on a server: what is decided before a handler thread is used.
 */
#include "api/api_part.h"

#include "base/log.h"
#include "data/json.h"

#include <stdlib.h>

#define ARENA_BYTES_MAX ((size_t)16 * 1024 * 1024)

static const char late_body[] =
	"{\"type\":\"urn:lockstep:problem:too_slow\",\"title\":\"The request took too long\","
	"\"status\":408,\"detail\":\"the request did not come in time\",\"code\":\"too_slow\"}";

/* What the server or the table refuses by itself. */
static const struct refusal {
	int status;
	const char *code, *detail;
} refusals[] = {
	{ 400, "malformed", "the request is not well formed HTTP" },
	{ 404, "not_found", "there is nothing at this path" },
	{ 405, "method_not_allowed", "the Allow header says which methods there are" },
	{ 406, "not_acceptable", "this route does not answer in a form that Accept names" },
	{ 413, "too_large", "the body is larger than this route takes" },
	{ 414, "path_too_long", "path and query have at most 8 KiB" },
	{ 415, "media_type", "this route takes application/json, not compressed" },
	{ 431, "header_too_large", "the header has at most 16 KiB and 100 lines" },
	{ 503, "busy", "too many requests wait already" },
};

#define BUSY_WAIT_MS 1000

static void refuse(struct call_reply *reply, int status)
{
	const struct refusal *row = refusals;

	while (row->status != status && row + 1 < refusals + COUNT(refusals))
		row++;
	if (status == 503)
		problem_wait(reply, status, row->code, str_from(row->detail), BUSY_WAIT_MS);
	else
		problem_answer(reply, status, row->code, str_from(row->detail), UNDEFINED);
}

static struct call_reply *reply_new(struct api *api, struct server_request *r)
{
	struct call_reply *reply = arena_new_struct(r->arena, struct call_reply);

	reply->request = r;
	reply->api = api;
	reply->id = request_id(r->arena, server_request_header(r, "X-Request-Id"));
	reply->params = UNDEFINED;
	r->state = reply;
	return reply;
}

/* ---- what a header alone decides ---- */

static bool takes_type(const struct route *route, struct str type)
{
	switch (route->body_kind) {
	case BODY_RAW:
		return true;
	case BODY_NONE: /* clients that always send something send {} */
	case BODY_JSON:
	case BODY_JSON_OPTIONAL:
		return media_type_is(type, "application/json");
	case BODY_FORM:
		return media_type_is(type, "application/json") ||
		       media_type_is(type, "application/x-www-form-urlencoded");
	}
	return false;
}

/* 0, or the status that the header deserves on this route. */
static int check_header(struct server_request *r, const struct route *route)
{
	struct str coding = server_request_header(r, "Content-Encoding");
	struct str answer = str_from(route->answer_type ? route->answer_type : "application/json");
	struct str accept = server_request_header(r, "Accept");

	if (!accept_allows(accept, answer) &&
	    !accept_allows(accept, STR("application/problem+json")))
		return 406;
	if (r->has_body && strcmp(route->method, "GET") == 0)
		return 413;
	if (r->has_body && ((coding.len && !str_eq_nocase(coding, STR("identity"))) ||
			    !takes_type(route, server_request_header(r, "Content-Type"))))
		return 415;
	return 0;
}

static void answer_options(struct call_reply *reply, struct str allow)
{
	reply_header(reply, "Allow", allow);
	reply->request->answer.status = 204;
}

static void route_request(struct api *api, struct call_reply *reply)
{
	struct server_request *r = reply->request;
	const struct asset *asset = NULL;
	struct match m;
	bool bad;
	int status;

	m = router_find(api, r->arena, r->method, r->path, &bad);
	if (!m.known_path && !bad)
		asset = console_find(api, r);
	if (asset && console_reads(r)) {
		console_answer(reply, asset);
		return;
	}
	if (asset) {
		m.known_path = true;
		m.allow = STR("GET, HEAD, OPTIONS");
	}
	if (m.known_path && str_eq(r->method, STR("OPTIONS"))) {
		answer_options(reply, m.allow);
		cors_preflight(reply, m.embed);
		return;
	}
	if (!m.endpoint) {
		if (m.known_path)
			reply_header(reply, "Allow", m.allow);
		refuse(reply, bad ? 400 : m.known_path ? 405 : 404);
		return;
	}
	reply->endpoint = m.endpoint;
	reply->params = m.params;
	r->body_bytes_max = m.endpoint->route->body_bytes_max;
	if (!r->body_bytes_max)
		r->body_bytes_max = BODY_BYTES_DEFAULT;
	status = check_header(r, m.endpoint->route);
	if (status)
		refuse(reply, status);
}

static void on_begin(void *arg, struct server_request *r)
{
	struct api *api = arg;
	struct call_reply *reply = reply_new(api, r);
	struct err e;

	route_request(api, reply);
	if (!r->answer.status && reply->endpoint->route->handle == health_live) {
		reply->call = (struct call){ .route = reply->endpoint->route,
					     .api = api,
					     .arena = r->arena,
					     .reply = reply };
		if (!health_live(&reply->call, &e))
			problem_from_err(reply, &e);
	}
	if (r->answer.status)
		reply_finish(reply);
}

static void on_refuse(void *arg, struct server_request *r, int status)
{
	struct call_reply *reply = r->state ? r->state : reply_new(arg, r);

	refuse(reply, status);
	reply_finish(reply);
}

static void on_done(void *arg, struct server_request *r)
{
	(void)arg;
	if (r->state)
		tally(r->state);
}

/* ---- the whole ---- */

struct api *api_new(const struct api_options *o)
{
	struct api *api = calloc(1, sizeof(*api));

	if (!api)
		abort();
	api->o = *o;
	api->clock = o->clock ? o->clock : clock_system();
	api->arena = arena_new("api", ARENA_BYTES_MAX);
	api->handlers = o->handlers ? o->handlers : API_HANDLERS;
	api->db = arena_new_array(api->arena, struct db *, api->handlers);
	api->events = events_new();
	api->rates = rates_new(o->plain_per_s);
	api_add(api, health_routes, api);
	api_add(api, document_routes, api);
	api_add(api, events_routes, api);
	return api;
}

void api_add(struct api *api, const struct route *routes, void *arg)
{
	assert(!api->server);
	for (; routes->method; routes++) {
		assert(api->endpoints < ROUTES_MAX);
		assert(routes->path[0] == '/' && routes->handle && routes->summary && routes->tag);
		for (size_t i = 0; i < api->endpoints; i++)
			assert(strcmp(api->endpoint[i].route->method, routes->method) != 0 ||
			       strcmp(api->endpoint[i].route->path, routes->path) != 0);
		api->endpoint[api->endpoints++] = (struct endpoint){ routes, arg };
	}
}

static bool write_document(struct api *api, struct err *e)
{
	AUTO_ARENA *a = arena_new("document", ARENA_BYTES_MAX);
	struct buf b;

	buf_in(&b, a, ARENA_BYTES_MAX / 2);
	if (!json_write(&b, api_document(api, a), e))
		return false;
	api->document = str_keep(api->arena, buf_str(&b));
	return true;
}

bool api_start(struct api *api, struct err *e)
{
	const struct api_options *o = &api->o;
	struct server_options s = {
		.listen = o->listen,
		.tls_cert = o->tls_cert,
		.tls_key = o->tls_key,
		.handlers = api->handlers,
		.connections_max = o->connections_max,
		.trusted_proxy = o->trusted_proxy,
		.trusted_proxies = o->trusted_proxies,
		.begin = on_begin,
		.handle = turn_handle,
		.refuse = on_refuse,
		.done = on_done,
		.handler_end = turn_handler_end,
		.arg = api,
		.late_type = "application/problem+json",
		.late_body = late_body,
	};

	if (!write_document(api, e) || !server_open(&s, &api->server, e))
		return false;
	events_bind(api->events, api->server);
	return true;
}

int64_t api_still_ms(const struct api *api)
{
	return api->server ? server_still_ms(api->server) : 0;
}

int api_port(const struct api *api)
{
	return server_port(api->server);
}

struct events *api_events(struct api *api)
{
	return api->events;
}

void api_drain(struct api *api, int64_t wait_ms)
{
	atomic_store(&api->draining, true);
	if (api->server)
		server_drain(api->server, wait_ms);
}

void api_free(struct api *api)
{
	if (!api)
		return;
	events_bind(api->events, NULL);
	server_close(api->server);
	events_free(api->events);
	rates_free(api->rates);
	arena_free(api->arena);
	free(api);
}

size_t api_routes(const struct api *api, const struct route **out, size_t max)
{
	for (size_t i = 0; i < api->endpoints && i < max; i++)
		out[i] = api->endpoint[i].route;
	return api->endpoints;
}

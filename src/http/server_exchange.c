/* SPDX-License-Identifier: Apache-2.0 */
/*
 * server_exchange.c - one request on its way: header, body, queue, answer.
 *
 *     NEW ──header──► READING ──whole──► QUEUED ──handled──► SENT
 *      │                 │                                    ▲
 *      └──refused────────┴────────────────────────────────────┘
 *
 * Everything here runs on the byte thread.  An answer that is known before the body came waits for
 * it, when it is a small one: a connection closed over unread bytes would take the answer with it.
 */
#include "base/clock.h"
#include "http/server_part.h"

#include <stdlib.h>

#define SWALLOW_BYTES_MAX ((size_t)1024 * 1024)

/* Headers that a request has once, or means two things. */
static const char *const single[] = { "authorization",     "content-length",
				      "content-type",      "host",
				      "if-match",          "idempotency-key",
				      "transfer-encoding", "origin" };

struct str server_request_header(const struct server_request *r, const char *name)
{
	const struct exchange *x = r->own;
	const char *value = MHD_lookup_connection_value(x->mhd, MHD_HEADER_KIND, name);

	return value ? str_from(value) : (struct str){ NULL, 0 };
}

struct header_list {
	struct arena *arena;
	struct server_header *header;
	size_t n;
};

static enum MHD_Result list_header(void *arg, enum MHD_ValueKind kind, const char *name,
				   const char *value)
{
	struct header_list *l = arg;
	size_t len = strlen(name);
	char *lower = arena_alloc(l->arena, len + 1);

	(void)kind;
	for (size_t i = 0; i < len; i++)
		lower[i] = name[i] >= 'A' && name[i] <= 'Z' ? (char)(name[i] | 0x20) : name[i];
	if (l->n < SERVER_HEADER_LINES_MAX)
		l->header[l->n++] = (struct server_header){ lower, str_from(value ? value : "") };
	return MHD_YES;
}

size_t server_request_headers(struct server_request *r, const struct server_header **out)
{
	const struct exchange *x = r->own;
	struct header_list l = { .arena = r->arena };

	l.header = arena_new_array(r->arena, struct server_header, SERVER_HEADER_LINES_MAX);
	MHD_get_connection_values(x->mhd, MHD_HEADER_KIND, list_header, &l);
	*out = l.header;
	return l.n;
}

void server_answer_header(struct server_request *r, const char *name, struct str value)
{
	struct server_answer *answer = &r->answer;

	assert(answer->headers < COUNT(answer->header));
	answer->header[answer->headers++] = (struct server_header){ name, value };
}

void *exchange_begin(void *arg, const char *uri, struct MHD_Connection *mhd)
{
	struct server *s = arg;
	struct arena *a = arena_new("request", SERVER_ARENA_BYTES_MAX);
	struct exchange *x = arena_new_struct(a, struct exchange);
	const union MHD_ConnectionInfo *state =
		MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
	struct str query = str_keep(a, str_from(uri));

	x->request.arena = a;
	x->request.own = x;
	x->request.path = str_cut(&query, '?');
	x->request.query = query;
	x->request.begun_ms = clock_steady_now();
	x->request.secure = s->secure;
	x->request.body_announced = -1;
	x->server = s;
	x->mhd = mhd;
	x->target = uri;
	x->target_len = strlen(uri);
	x->connection = state->socket_context;
	return x;
}

/* What is to be seen of the header while walking it once. */
struct header_walk {
	size_t bytes, lines;
	unsigned seen; /* of `single` */
	bool broken;
};

static bool is_token(const char *text, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)text[i] <= ' ' || (unsigned char)text[i] >= 0x7F ||
		    strchr("()<>@,;:\\\"/[]?={}", text[i]))
			return false;
	return n > 0;
}

static bool has_control(const char *text, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (((unsigned char)text[i] < ' ' && text[i] != '\t') || text[i] == 0x7F)
			return true;
	return false;
}

static enum MHD_Result walk_header(void *arg, enum MHD_ValueKind kind, const char *name,
				   size_t name_size, const char *value, size_t value_size)
{
	struct header_walk *w = arg;

	(void)kind;
	w->bytes += name_size + value_size + strlen(": \r\n");
	w->lines++;
	w->broken = w->broken || !is_token(name, name_size) ||
		    (value && has_control(value, value_size));
	for (size_t i = 0; i < COUNT(single); i++) {
		if (!str_eq_nocase((struct str){ name, name_size }, str_from(single[i])))
			continue;
		w->broken = w->broken || (w->seen & (1u << i));
		w->seen |= 1u << i;
	}
	return MHD_YES;
}

/* How the body comes; false when its length can be read in two ways or not at all. */
static bool read_framing(struct server_request *r)
{
	struct str length = server_request_header(r, "Content-Length");
	struct str coding = server_request_header(r, "Transfer-Encoding");

	if (coding.at) {
		r->has_body = true;
		return !length.at && str_eq_nocase(coding, STR("chunked"));
	}
	if (!length.at)
		return true;
	for (size_t i = 0; i < length.len; i++)
		if (length.at[i] < '0' || length.at[i] > '9')
			return false;
	if (!str_to_i64(length, &r->body_announced))
		return false;
	r->has_body = r->body_announced > 0;
	return true;
}

/* 0, or the status that the header deserves. */
static int check_header(struct exchange *x, const char *method, const char *version)
{
	struct server_request *r = &x->request;
	struct header_walk w = { 0 };

	MHD_get_connection_values_n(x->mhd, MHD_HEADER_KIND, walk_header, &w);
	if (r->path.len + r->query.len > SERVER_LINE_BYTES_MAX)
		return MHD_HTTP_URI_TOO_LONG;
	if (w.bytes > SERVER_HEAD_BYTES_MAX || w.lines > SERVER_HEADER_LINES_MAX)
		return MHD_HTTP_REQUEST_HEADER_FIELDS_TOO_LARGE;
	if (w.broken || !head_is_whole(x, method, version) || !read_framing(r) ||
	    r->path.len == 0 || r->path.at[0] != '/' || has_control(r->path.at, r->path.len) ||
	    has_control(r->query.at, r->query.len))
		return MHD_HTTP_BAD_REQUEST;
	if (strcmp(version, "HTTP/1.0") != 0 && !server_request_header(r, "Host").at)
		return MHD_HTTP_BAD_REQUEST;
	return 0;
}

static bool is_trusted(const struct server *s, struct str address)
{
	for (size_t i = 0; i < s->o.trusted_proxies; i++)
		if (str_eq(s->o.trusted_proxy[i], address))
			return true;
	return false;
}

static enum MHD_Result join_line(void *arg, enum MHD_ValueKind kind, const char *name,
				 const char *value)
{
	struct buf *b = arg;

	(void)kind;
	if (value && str_eq_nocase(str_from(name), STR("X-Forwarded-For")))
		buf_printf(b, "%s%s", b->len ? "," : "", value);
	return MHD_YES;
}

/* Several lines are one list: a proxy may add to the line that came, or a line of its own. */
static struct str forwarded_for(const struct exchange *x)
{
	struct buf b;

	buf_in(&b, x->request.arena, SERVER_HEAD_BYTES_MAX);
	MHD_get_connection_values(x->mhd, MHD_HEADER_KIND, join_line, &b);
	return buf_str(&b);
}

/* The nearest address that no proxy of ours vouches for: each proxy adds its client at the end. */
static struct str find_peer(const struct exchange *x)
{
	struct str peer = str_keep(x->request.arena, str_from(x->connection->address));
	struct str said = { NULL, 0 };

	if (is_trusted(x->server, peer))
		said = forwarded_for(x);
	while (is_trusted(x->server, peer) && said.len) {
		size_t comma = said.len;
		struct str next;

		while (comma > 0 && said.at[comma - 1] != ',')
			comma--;
		next = str_trim(str_slice(said, comma, said.len));
		said = str_slice(said, 0, comma ? comma - 1 : 0);
		if (next.len == 0 || next.len >= SERVER_ADDRESS_MAX || !is_token(next.at, 1))
			break;
		peer = str_keep(x->request.arena, next);
	}
	return peer;
}

static struct MHD_Response *make_response(struct exchange *x)
{
	struct server_answer *answer = &x->request.answer;
	/* libmicrohttpd only reads it. */
	union {
		const char *from;
		void *to;
	} body = { .from = answer->body.at };

	if (answer->stream)
		return MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, 4096, stream_read, x,
							 NULL);
	return MHD_create_response_from_buffer(answer->body.len, answer->body.len ? body.to : NULL,
					       MHD_RESPMEM_PERSISTENT);
}

static enum MHD_Result send_answer(struct exchange *x)
{
	struct server_answer *answer = &x->request.answer;
	struct MHD_Response *response = make_response(x);
	enum MHD_Result result;

	if (!response)
		return MHD_NO;
	for (size_t i = 0; i < answer->headers; i++) {
		struct str value = str_keep(x->request.arena, answer->header[i].value);

		MHD_add_response_header(response, answer->header[i].name, value.at);
	}
	if (atomic_load(&x->server->draining) || (x->request.has_body && x->stage == EXCHANGE_NEW))
		MHD_add_response_header(response, "Connection", "close");
	result = MHD_queue_response(x->mhd, (unsigned)answer->status, response);
	MHD_destroy_response(response);
	if (result != MHD_YES)
		return result;
	if (answer->stream)
		stream_begin(x);
	else
		x->request.bytes_sent = (int64_t)answer->body.len;
	x->stage = EXCHANGE_SENT;
	connection_phase(x->server, x->connection, answer->stream ? PHASE_STREAM : PHASE_SEND);
	return MHD_YES;
}

static void refuse(struct exchange *x, int status)
{
	const struct server_options *o = &x->server->o;

	x->request.answer = (struct server_answer){ 0 };
	o->refuse(o->arg, &x->request, status);
	assert(x->request.answer.status != 0);
}

/* Whether the rest of a body may be read only to be forgotten. */
static bool can_swallow(const struct server_request *r)
{
	struct str expect = server_request_header(r, "Expect");

	return !expect.at && r->body_announced <= (int64_t)SWALLOW_BYTES_MAX;
}

static enum MHD_Result on_header(struct exchange *x, const char *method, const char *version)
{
	struct server *s = x->server;
	struct server_request *r = &x->request;
	int status;

	mutex_lock(&s->connections_lock);
	s->under_way++;
	mutex_unlock(&s->connections_lock);
	r->method = str_keep(r->arena, str_from(method));
	status = check_header(x, method, version);
	r->peer = find_peer(x);
	if (status) {
		r->has_body = true; /* whatever follows is not read */
		refuse(x, status);
		return send_answer(x);
	}
	s->o.begin(s->o.arg, r);
	if (!r->answer.status && r->body_announced > (int64_t)r->body_bytes_max)
		refuse(x, MHD_HTTP_CONTENT_TOO_LARGE);
	/* libmicrohttpd hangs up after an answer that it gets now. */
	if (r->answer.status && r->has_body && !can_swallow(r))
		return send_answer(x);
	buf_in(&x->body, r->arena, r->body_bytes_max + 1);
	x->stage = EXCHANGE_READING;
	connection_phase(s, x->connection, r->has_body ? PHASE_BODY : PHASE_HANDLED);
	return MHD_YES;
}

/* Bodies come before anybody is asked who he is, so what all of them take together has an end; a
 * small one always has room. */
static bool has_room(struct exchange *x, size_t n)
{
	struct server *s = x->server;
	size_t held = x->body.len + n;
	size_t more = held > SERVER_BODY_BYTES_SURE ? held - SERVER_BODY_BYTES_SURE : 0;

	if (more > x->counted && s->bodies_bytes - x->counted + more > s->o.bodies_bytes_max)
		return false;
	s->bodies_bytes += more - x->counted;
	x->counted = more;
	return true;
}

static enum MHD_Result on_bytes(struct exchange *x, const char *bytes, size_t *size)
{
	struct server_request *r = &x->request;
	size_t n = *size;

	*size = 0;
	r->bytes_sent += (int64_t)n; /* until there is an answer, what came in */
	if (r->bytes_sent > (int64_t)(r->body_bytes_max + SWALLOW_BYTES_MAX))
		return MHD_NO;
	if (r->answer.status || x->no_room)
		return MHD_YES;
	if (x->body.len + n > r->body_bytes_max)
		x->too_large = true;
	else if (has_room(x, n))
		buf_add(&x->body, (struct str){ bytes, n });
	else
		x->no_room = true;
	return MHD_YES;
}

static enum MHD_Result on_whole(struct exchange *x)
{
	struct server_request *r = &x->request;

	r->bytes_sent = 0;
	if (x->too_large)
		refuse(x, MHD_HTTP_CONTENT_TOO_LARGE);
	else if (x->no_room)
		refuse(x, MHD_HTTP_SERVICE_UNAVAILABLE);
	if (r->answer.status)
		return send_answer(x);
	r->body = buf_str(&x->body);
	connection_phase(x->server, x->connection, PHASE_HANDLED);
	x->stage = EXCHANGE_QUEUED;
	if (queue_push(x->server, x))
		return MHD_YES;
	refuse(x, MHD_HTTP_SERVICE_UNAVAILABLE);
	return send_answer(x);
}

enum MHD_Result exchange_step(void *arg, struct MHD_Connection *mhd, const char *url,
			      const char *method, const char *version, const char *bytes,
			      size_t *size, void **state)
{
	struct exchange *x = *state;

	(void)arg;
	(void)mhd;
	(void)url;
	queue_seen(x);
	if (x->stage == EXCHANGE_NEW)
		return on_header(x, method, version);
	if (x->stage == EXCHANGE_READING && *size)
		return on_bytes(x, bytes, size);
	if (x->stage == EXCHANGE_READING)
		return on_whole(x);
	return x->stage == EXCHANGE_QUEUED ? send_answer(x) : MHD_NO;
}

void exchange_end(void *arg, struct MHD_Connection *mhd, void **state,
		  enum MHD_RequestTerminationCode code)
{
	struct server *s = arg;
	struct exchange *x = *state;

	(void)mhd;
	(void)code;
	if (!x)
		return;
	*state = NULL;
	queue_seen(x);
	s->bodies_bytes -= x->counted;
	if (x->request.answer.stream)
		stream_end(x);
	connection_phase(s, x->connection, PHASE_IDLE);
	if (x->request.method.at) {
		s->o.done(s->o.arg, &x->request);
		mutex_lock(&s->connections_lock);
		if (--s->under_way == 0)
			condition_broadcast(&s->settled);
		mutex_unlock(&s->connections_lock);
	}
	arena_free(x->request.arena);
}

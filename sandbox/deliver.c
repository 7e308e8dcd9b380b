/* SPDX-License-Identifier: Apache-2.0 */
/*
 * deliver.c - a reply onto the wire, whole or spoiled.
 *
 * A whole body is given to libmicrohttpd as it is; everything else goes through an outflow, which
 * hands out the body in pieces and breaks off where the delivery says so.
 */
#include "visit.h"

#include "base/clock.h"

#include <stdlib.h>
#include <sys/socket.h>

#define OUTFLOW_BLOCK (128 << 10)
/* Between half a body and a reset, so that the half is seen before it. */
#define RESET_AFTER_MS 20
#define SOURCE_PIECE_MAX ((size_t)16 << 20)

struct outflow {
	struct visit *visit;
	enum delivery delivery;
	struct buf body; /* the whole body, or the current piece of the source */
	struct source *source;
	size_t at, stop; /* next byte of the body; where delivery ends */
	size_t drip_bytes;
	int64_t drip_ms, drip_next_ms;
	bool paused; /* before a reset */
};

static void outflow_free(void *arg)
{
	struct outflow *o = arg;

	buf_done(&o->body);
	if (o->source)
		o->source->free(o->source);
	free(o);
}

/* Makes the kernel send a reset at once and forget what it has not sent. */
static void reset_connection(int fd)
{
	struct sockaddr none = { .sa_family = AF_UNSPEC };

	if (connect(fd, &none, sizeof none) != 0)
		shutdown(fd, SHUT_RDWR);
}

static ssize_t outflow_end(struct outflow *o)
{
	if (o->delivery == DELIVER_RESET && !o->paused && !o->visit->abandoned) {
		o->paused = true;
		visit_suspend(o->visit, clock_steady_now() + RESET_AFTER_MS);
		return 0;
	}
	if (o->delivery == DELIVER_RESET)
		reset_connection(o->visit->fd);
	if (o->delivery == DELIVER_RESET || o->delivery == DELIVER_CUT)
		return MHD_CONTENT_READER_END_WITH_ERROR;
	return MHD_CONTENT_READER_END_OF_STREAM;
}

static bool refill(struct outflow *o)
{
	bool more = true;

	buf_reset(&o->body);
	o->at = 0;
	while (more && o->body.len < OUTFLOW_BLOCK)
		more = o->source->next(o->source, &o->body);
	assert(!o->body.failed);
	o->stop = o->body.len;
	return o->body.len > 0;
}

static ssize_t outflow_read(void *arg, uint64_t position, char *to, size_t max)
{
	struct outflow *o = arg;
	size_t n;

	(void)position;
	if (o->at == o->stop && (!o->source || !refill(o)))
		return outflow_end(o);
	n = o->stop - o->at < max ? o->stop - o->at : max;
	if (o->delivery == DELIVER_DRIP) {
		int64_t now_ms = clock_steady_now();

		if (now_ms < o->drip_next_ms && !o->visit->abandoned) {
			visit_suspend(o->visit, o->drip_next_ms);
			return 0;
		}
		o->drip_next_ms = now_ms + o->drip_ms;
		n = n < o->drip_bytes ? n : o->drip_bytes;
	}
	memcpy(to, o->body.at + o->at, n);
	o->at += n;
	if (o->visit->request.entry)
		o->visit->request.entry->bytes += n;
	return (ssize_t)n;
}

/* Takes over the reply's body or source. */
static struct MHD_Response *make_outflow(struct visit *v, struct reply *r)
{
	struct outflow *o = calloc(1, sizeof *o);
	uint64_t announced = r->source ? MHD_SIZE_UNKNOWN : r->body.len;
	bool half = r->delivery == DELIVER_CUT || r->delivery == DELIVER_RESET;
	struct MHD_Response *response;

	if (!o)
		abort();
	*o = (struct outflow){
		.visit = v,
		.delivery = r->delivery,
		.body = r->body,
		.source = r->source,
		.stop = half ? r->body.len / 2 : r->body.len,
		.drip_bytes = r->drip_bytes,
		.drip_ms = r->drip_ms,
	};
	if (r->source) {
		buf_init(&o->body, SOURCE_PIECE_MAX);
		o->stop = 0;
	}
	r->body = (struct buf){ 0 };
	r->source = NULL;
	/* An empty body has no half: announce a byte that never comes. */
	if (half && !announced)
		announced = 1;
	response = MHD_create_response_from_callback(announced, OUTFLOW_BLOCK, outflow_read, o,
						     outflow_free);
	if (!response)
		abort();
	return response;
}

static struct MHD_Response *make_whole(struct visit *v, struct reply *r)
{
	struct MHD_Response *response =
		MHD_create_response_from_buffer(r->body.len, r->body.at, MHD_RESPMEM_MUST_FREE);

	if (!response)
		abort();
	if (v->request.entry)
		v->request.entry->bytes = r->body.len;
	r->body = (struct buf){ 0 };
	return response;
}

static void add_header(struct MHD_Response *response, const char *name, const char *value)
{
	if (MHD_add_response_header(response, name, value) != MHD_YES)
		abort();
}

static void add_headers(const struct visit *v, const struct reply *r, struct MHD_Response *response)
{
	char date[INSTANT_HTTP_SIZE];

	instant_http(date, timepiece_now(&v->request.server->time));
	add_header(response, MHD_HTTP_HEADER_DATE, date);
	add_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, r->type);
	if (r->encoding)
		add_header(response, MHD_HTTP_HEADER_CONTENT_ENCODING, r->encoding);
	if (r->location)
		add_header(response, MHD_HTTP_HEADER_LOCATION, r->location);
	if (r->retry_after[0])
		add_header(response, MHD_HTTP_HEADER_RETRY_AFTER, r->retry_after);
}

static void keep_record(struct entry *entry, const struct reply *r)
{
	bool silent = r->delivery == DELIVER_NOTHING || r->delivery == DELIVER_NOISE;

	if (!entry)
		return;
	entry->status = silent ? 0 : r->status;
	memcpy(entry->retry_after, r->retry_after, sizeof entry->retry_after);
}

enum MHD_Result deliver(struct visit *v, struct reply *r)
{
	struct MHD_Response *response;
	enum MHD_Result queued;

	assert(!r->body.failed);
	keep_record(v->request.entry, r);
	v->state = VISIT_ANSWERED;
	if (r->delivery == DELIVER_NOTHING) {
		reset_connection(v->fd);
		return MHD_NO;
	}
	if (r->delivery == DELIVER_NOISE) {
		ssize_t sent = send(v->fd, r->body.at, r->body.len, MSG_NOSIGNAL);

		if (sent > 0 && v->request.entry)
			v->request.entry->bytes = (uint64_t)sent;
		return MHD_NO;
	}
	if (r->delivery == DELIVER_WHOLE && !r->source)
		response = make_whole(v, r);
	else
		response = make_outflow(v, r);
	add_headers(v, r, response);
	queued = MHD_queue_response(v->request.connection, r->status, response);
	MHD_destroy_response(response);
	return queued;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* reply.c - an answer, and how well it is delivered. */
#include "reply.h"

#include <stdlib.h>
#include <zlib.h>

/* zlib's own words for "write a gzip header". */
#define GZIP_WINDOW_BITS (15 + 16)
#define GZIP_MEMORY_LEVEL 8

const char TYPE_JSON[] = "application/json; charset=utf-8";
const char TYPE_HTML[] = "text/html";
const char TYPE_TEXT[] = "text/plain; charset=utf-8";
const char TYPE_NDJSON[] = "application/x-ndjson";

void reply_init(struct reply *r)
{
	*r = (struct reply){ .status = 200, .type = TYPE_JSON, .error_member = "message" };
	buf_init(&r->body, REPLY_BODY_MAX);
}

void reply_done(struct reply *r)
{
	buf_done(&r->body);
	free(r->location);
	if (r->source)
		r->source->free(r->source);
	r->location = NULL;
	r->source = NULL;
}

void reply_set(struct reply *r, unsigned status, const char *type, struct str body)
{
	const char *error_member = r->error_member;

	reply_done(r);
	reply_init(r);
	r->error_member = error_member;
	r->status = status;
	r->type = type;
	buf_add(&r->body, body);
}

void reply_message(struct reply *r, unsigned status, const char *message)
{
	reply_set(r, status, TYPE_JSON, (struct str){ "", 0 });
	buf_printf(&r->body, "{\"%s\":\"%s\"}", r->error_member, message);
}

void reply_error(struct reply *r, unsigned status, const char *error)
{
	reply_set(r, status, TYPE_JSON, (struct str){ "", 0 });
	buf_printf(&r->body, "{\"error\":\"%s\"}", error);
}

void reply_redirect(struct reply *r, unsigned status, struct str location)
{
	reply_set(r, status, TYPE_TEXT, (struct str){ "", 0 });
	r->location = strndup(location.at, location.len);
	if (!r->location)
		abort();
}

void reply_gzip(struct reply *r)
{
	z_stream z = { 0 };
	struct buf packed;
	char *room;
	size_t bound;

	if (deflateInit2(&z, Z_BEST_SPEED, Z_DEFLATED, GZIP_WINDOW_BITS, GZIP_MEMORY_LEVEL,
			 Z_DEFAULT_STRATEGY) != Z_OK)
		abort();
	bound = deflateBound(&z, r->body.len);
	buf_init(&packed, REPLY_BODY_MAX);
	room = buf_room(&packed, bound);
	assert(room && r->body.len <= UINT32_MAX && bound <= UINT32_MAX);
	z.next_in = (unsigned char *)r->body.at;
	z.avail_in = (unsigned)r->body.len;
	z.next_out = (unsigned char *)room;
	z.avail_out = (unsigned)bound;
	if (deflate(&z, Z_FINISH) != Z_STREAM_END)
		abort();
	packed.len = z.total_out;
	deflateEnd(&z);
	buf_done(&r->body);
	r->body = packed;
	r->encoding = "gzip";
}

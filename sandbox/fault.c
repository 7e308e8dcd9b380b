/* SPDX-License-Identifier: Apache-2.0 */
/* fault.c - the ways in which a vendor misbehaves. */
#include "fault.h"

#include "instant.h"

#include <stdio.h>

#define RETRY_SECONDS 7
#define FLOOD_BYTES ((int64_t)96 << 20)
#define BOMB_BYTES ((int64_t)48 << 20)
#define NEST_DEPTH 200000
#define GARBAGE_BYTES 4096
#define DRIP_BYTES 512
#define DRIP_EVERY_MS 50
#define DELAY_MS 1000

static int64_t or_default(int64_t given, int64_t otherwise)
{
	return given > 0 ? given : otherwise;
}

static void too_many(struct reply *r)
{
	reply_message(r, 429, "Too many requests.");
}

static void apply_429(const struct fault *f, const struct fault_scene *scene, struct reply *r)
{
	(void)scene;
	too_many(r);
	snprintf(r->retry_after, sizeof r->retry_after, "%lld",
		 (long long)or_default(f->args.seconds, RETRY_SECONDS));
}

static void apply_429_date(const struct fault *f, const struct fault_scene *scene, struct reply *r)
{
	too_many(r);
	instant_http(r->retry_after,
		     scene->now_ms + or_default(f->args.seconds, RETRY_SECONDS) * MS_PER_S);
}

static void apply_429_fraction(const struct fault *f, const struct fault_scene *scene,
			       struct reply *r)
{
	(void)scene;
	too_many(r);
	snprintf(r->retry_after, sizeof r->retry_after, "%lld.493", (long long)f->args.seconds);
}

static void apply_status(const struct fault *f, const struct fault_scene *scene, struct reply *r)
{
	(void)scene;
	reply_message(r, (unsigned)or_default(f->args.status, 418), "As asked.");
}

static void apply_oversized(const struct fault *f, const struct fault_scene *scene, struct reply *r)
{
	int64_t bytes = or_default(f->args.bytes, FLOOD_BYTES);
	char *room;

	(void)scene;
	reply_set(r, 200, TYPE_JSON, STR("["));
	room = buf_room(&r->body, (size_t)bytes);
	if (room) {
		memset(room, ' ', (size_t)bytes);
		r->body.len += (size_t)bytes;
	}
	buf_char(&r->body, ']');
}

static void apply_gzip_bomb(const struct fault *f, const struct fault_scene *scene, struct reply *r)
{
	struct fault sized = *f;

	sized.args.bytes = or_default(f->args.bytes, BOMB_BYTES);
	apply_oversized(&sized, scene, r);
	reply_gzip(r);
}

static void apply_gzip(const struct fault *f, const struct fault_scene *scene, struct reply *r)
{
	(void)f;
	(void)scene;
	if (!r->source && !r->encoding)
		reply_gzip(r);
}

static void apply_gzip_broken(const struct fault *f, const struct fault_scene *scene,
			      struct reply *r)
{
	apply_gzip(f, scene, r);
	if (r->body.len > 20)
		memset(r->body.at + r->body.len / 2, 0x5a, r->body.len - r->body.len / 2);
}

static void apply_deep(const struct fault *f, const struct fault_scene *scene, struct reply *r)
{
	(void)f;
	(void)scene;
	reply_set(r, 200, TYPE_JSON, (struct str){ "", 0 });
	for (int i = 0; i < NEST_DEPTH; i++)
		buf_char(&r->body, '[');
	for (int i = 0; i < NEST_DEPTH; i++)
		buf_char(&r->body, ']');
}

static void apply_garbage(const struct fault *f, const struct fault_scene *scene, struct reply *r)
{
	uint64_t state = 88172645463325252u;

	(void)f;
	(void)scene;
	reply_set(r, 200, TYPE_JSON, (struct str){ "", 0 });
	for (int i = 0; i < GARBAGE_BYTES; i++) {
		state ^= state << 13;
		state ^= state >> 7;
		state ^= state << 17;
		buf_char(&r->body, (char)(state & 0xff));
	}
}

static void apply_truncated_json(const struct fault *f, const struct fault_scene *scene,
				 struct reply *r)
{
	(void)f;
	(void)scene;
	r->body.len /= 2;
}

static void apply_bad_utf8(const struct fault *f, const struct fault_scene *scene, struct reply *r)
{
	ptrdiff_t name = str_find(buf_str(&r->body), STR("\"display_name\":\""));

	(void)f;
	(void)scene;
	if (name >= 0)
		r->body.at[name + 16] = (char)0xff;
	else
		reply_set(r, 200, TYPE_JSON, STR("[\"\xff\"]"));
}

static void apply_cut(const struct fault *f, const struct fault_scene *scene, struct reply *r)
{
	(void)f;
	(void)scene;
	r->delivery = DELIVER_CUT;
}

static void apply_reset(const struct fault *f, const struct fault_scene *scene, struct reply *r)
{
	(void)f;
	(void)scene;
	r->delivery = DELIVER_RESET;
}

static void apply_drip(const struct fault *f, const struct fault_scene *scene, struct reply *r)
{
	(void)scene;
	r->delivery = DELIVER_DRIP;
	r->drip_bytes = (size_t)or_default(f->args.bytes, DRIP_BYTES);
	r->drip_ms = or_default(f->args.every_ms, DRIP_EVERY_MS);
}

static void apply_nothing(const struct fault *f, const struct fault_scene *scene, struct reply *r)
{
	(void)f;
	(void)scene;
	r->delivery = DELIVER_NOTHING;
}

static void apply_noise(const struct fault *f, const struct fault_scene *scene, struct reply *r)
{
	apply_garbage(f, scene, r);
	r->delivery = DELIVER_NOISE;
}

/* The request's own query without the fault, so that following the redirect gets the answer. */
static void put_query(const struct fault_scene *scene, struct buf *b, const char *extra)
{
	struct str rest = scene->query;

	buf_char(b, '?');
	while (rest.len) {
		struct str part = str_cut(&rest, '&');

		if (str_starts(part, STR("sandbox_")))
			continue;
		buf_add(b, part);
		buf_char(b, '&');
	}
	buf_add(b, str_from(extra));
}

static void redirect(const struct fault *f, struct reply *r, struct buf *to)
{
	unsigned status = (unsigned)or_default(f->args.status, 302);

	reply_redirect(r, status, f->args.location[0] ? str_from(f->args.location) : buf_str(to));
	buf_done(to);
}

static void apply_redirect_same(const struct fault *f, const struct fault_scene *scene,
				struct reply *r)
{
	struct buf to;

	buf_init(&to, 64 << 10);
	buf_add(&to, scene->path);
	put_query(scene, &to, "sandbox_redirected=1");
	redirect(f, r, &to);
}

static void apply_redirect_host(const struct fault *f, const struct fault_scene *scene,
				struct reply *r)
{
	struct buf to;
	bool numeric = str_starts(str_from(scene->host), STR("127."));

	buf_init(&to, 64 << 10);
	buf_printf(&to, "http://%s:%u", numeric ? "localhost" : "127.0.0.1", scene->port);
	buf_add(&to, scene->path);
	put_query(scene, &to, "sandbox_redirected=1");
	redirect(f, r, &to);
}

static void apply_redirect_loop(const struct fault *f, const struct fault_scene *scene,
				struct reply *r)
{
	struct buf to;

	buf_init(&to, 64 << 10);
	buf_add(&to, scene->path);
	put_query(scene, &to, "sandbox_fault=redirect_loop");
	redirect(f, r, &to);
}

static const char page_502[] =
	"<!DOCTYPE html><html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad "
	"Gateway</h1><p>The server behind this one did not answer.</p></body></html>\n";
static const char page_login[] =
	"<!DOCTYPE html><html><head><title>Log in</title></head><body><form method=\"post\">"
	"<input name=\"user\"></form></body></html>\n";

/* clang-format off */
static const struct fault_kind kinds[] = {
	{ "401", "401, a message", FAULT_INSTEAD, NULL, 401, TYPE_JSON, "{\"message\":\"Authorization has been denied for this request.\"}" },
	{ "invalid_grant", "400 {\"error\":\"invalid_grant\"}, also on API routes", FAULT_INSTEAD, NULL, 400, TYPE_JSON, "{\"error\":\"invalid_grant\"}" },
	{ "invalid_client", "400 {\"error\":\"invalid_client\"}", FAULT_INSTEAD, NULL, 400, TYPE_JSON, "{\"error\":\"invalid_client\"}" },
	{ "400", "400 with modelState", FAULT_INSTEAD, NULL, 400, TYPE_JSON, "{\"message\":\"The request is invalid.\",\"modelState\":{\"value.field\":[\"An error has occurred.\"]}}" },
	{ "403", "403, a message", FAULT_INSTEAD, NULL, 403, TYPE_JSON, "{\"message\":\"You do not have permission to view this resource.\"}" },
	{ "404", "404, a message", FAULT_INSTEAD, NULL, 404, TYPE_JSON, "{\"message\":\"No resource was found that matches the request.\"}" },
	{ "429", "429, Retry-After in seconds (seconds=7)", FAULT_INSTEAD, apply_429, 0, NULL, NULL },
	{ "429_date", "429, Retry-After as an HTTP date (seconds=7)", FAULT_INSTEAD, apply_429_date, 0, NULL, NULL },
	{ "429_fraction", "429, Retry-After with a fraction (seconds=0 gives 0.493)", FAULT_INSTEAD, apply_429_fraction, 0, NULL, NULL },
	{ "429_bare", "429 without Retry-After", FAULT_INSTEAD, NULL, 429, TYPE_JSON, "{\"message\":\"Too many requests.\"}" },
	{ "500", "500, JSON", FAULT_INSTEAD, NULL, 500, TYPE_JSON, "{\"message\":\"An error has occurred.\",\"exceptionMessage\":\"Timeout expired.\"}" },
	{ "502", "502, a page of HTML", FAULT_INSTEAD, NULL, 502, TYPE_HTML, page_502 },
	{ "503", "503, empty", FAULT_INSTEAD, NULL, 503, TYPE_TEXT, "" },
	{ "status", "any status (status=418)", FAULT_INSTEAD, apply_status, 0, NULL, NULL },
	{ "object", "200 with an object where a list belongs", FAULT_INSTEAD, NULL, 200, TYPE_JSON, "{\"message\":\"Something is not right.\",\"data\":[]}" },
	{ "empty", "200 with an empty body", FAULT_INSTEAD, NULL, 200, TYPE_JSON, "" },
	{ "null", "200 with null", FAULT_INSTEAD, NULL, 200, TYPE_JSON, "null" },
	{ "empty_list", "200 with []", FAULT_INSTEAD, NULL, 200, TYPE_JSON, "[]" },
	{ "scalars", "200 with a list of things that are not records", FAULT_INSTEAD, NULL, 200, TYPE_JSON, "[null,1,\"two\",[3],{}]" },
	{ "html", "200 with a log-in page", FAULT_INSTEAD, NULL, 200, TYPE_HTML, page_login },
	{ "two_values", "200 with two JSON values after each other", FAULT_INSTEAD, NULL, 200, TYPE_JSON, "[][]" },
	{ "deep", "200 with 200,000 levels of nesting", FAULT_INSTEAD, apply_deep, 0, NULL, NULL },
	{ "oversized", "200 with a body of blanks (bytes=100663296)", FAULT_INSTEAD, apply_oversized, 0, NULL, NULL },
	{ "gzip_bomb", "200, gzip, small outside and large inside (bytes=50331648)", FAULT_INSTEAD, apply_gzip_bomb, 0, NULL, NULL },
	{ "garbage", "200 with random bytes", FAULT_INSTEAD, apply_garbage, 0, NULL, NULL },
	{ "noise", "random bytes instead of HTTP", FAULT_INSTEAD, apply_noise, 0, NULL, NULL },
	{ "redirect_same", "302 to the same place (status, location)", FAULT_INSTEAD, apply_redirect_same, 0, NULL, NULL },
	{ "redirect_host", "302 to another host name (status, location)", FAULT_INSTEAD, apply_redirect_host, 0, NULL, NULL },
	{ "redirect_loop", "302 to itself for ever (status)", FAULT_INSTEAD, apply_redirect_loop, 0, NULL, NULL },
	{ "refuse", "connection reset before the request is looked at", FAULT_INSTEAD, apply_nothing, 0, NULL, NULL },
	{ "drop", "the request is carried out, then the connection reset without an answer", FAULT_AFTER, apply_nothing, 0, NULL, NULL },
	{ "reset", "connection reset after half of the body", FAULT_AFTER, apply_reset, 0, NULL, NULL },
	{ "cut", "closed after half of the announced length", FAULT_AFTER, apply_cut, 0, NULL, NULL },
	{ "truncated_json", "half of the body, announced as if it were all", FAULT_AFTER, apply_truncated_json, 0, NULL, NULL },
	{ "bad_utf8", "a byte that is not UTF-8 inside a string", FAULT_AFTER, apply_bad_utf8, 0, NULL, NULL },
	{ "gzip", "compressed whether asked for or not", FAULT_AFTER, apply_gzip, 0, NULL, NULL },
	{ "gzip_broken", "compressed, then damaged", FAULT_AFTER, apply_gzip_broken, 0, NULL, NULL },
	{ "drip", "piece by piece (bytes=512, every_ms=50)", FAULT_AFTER, apply_drip, 0, NULL, NULL },
	{ "delay", "answers late (delay_ms=1000)", FAULT_BEFORE, NULL, 0, NULL, NULL },
	{ "late", "carried out late, also when nobody waits any more (delay_ms=1000)", FAULT_BEFORE, NULL, 0, NULL, NULL },
	{ "hold", "no answer before the plan is another", FAULT_BEFORE, NULL, 0, NULL, NULL },
	{ "overdue", "carried out when the plan is another, also when nobody waits any more", FAULT_BEFORE, NULL, 0, NULL, NULL },
};
/* clang-format on */

static const struct {
	const char *name;
	size_t offset;
} numbers[] = {
	{ "seconds", offsetof(struct fault_args, seconds) },
	{ "bytes", offsetof(struct fault_args, bytes) },
	{ "every_ms", offsetof(struct fault_args, every_ms) },
	{ "delay_ms", offsetof(struct fault_args, delay_ms) },
	{ "status", offsetof(struct fault_args, status) },
};

/* No fault needs more, and more would not fit where it goes. */
#define ARGUMENT_MAX ((int64_t)200 << 20)

bool fault_argument(struct fault_args *args, struct str name, struct str value, struct err *e)
{
	int64_t number;

	if (str_eq(name, STR("location"))) {
		if (value.len >= sizeof args->location)
			return err_set(e, ERR_USAGE, "location is too long");
		memcpy(args->location, value.at, value.len);
		args->location[value.len] = 0;
		return true;
	}
	for (size_t i = 0; i < COUNT(numbers); i++) {
		if (!str_eq(name, str_from(numbers[i].name)))
			continue;
		if (!str_to_i64(value, &number) || number < 0 || number > ARGUMENT_MAX)
			return err_set(e, ERR_USAGE, "argument %s needs a number up to %lld",
				       numbers[i].name, (long long)ARGUMENT_MAX);
		memcpy((char *)args + numbers[i].offset, &number, sizeof number);
		return true;
	}
	return err_set(e, ERR_USAGE, "a fault has no argument '%.*s'", STR_ARG(name));
}

bool fault_parse(struct str text, struct fault *out, struct err *e)
{
	struct str rest = text, name = str_trim(str_cut(&rest, ';'));
	struct fault f = { 0 };

	for (size_t i = 0; i < COUNT(kinds) && !f.kind; i++)
		if (str_eq(name, str_from(kinds[i].name)))
			f.kind = &kinds[i];
	if (!f.kind)
		return err_set(e, ERR_USAGE, "there is no fault '%.*s'", STR_ARG(name));
	while (rest.len) {
		struct str value = str_cut(&rest, ';'), key = str_cut(&value, '=');

		if (!fault_argument(&f.args, str_trim(key), str_trim(value), e))
			return false;
	}
	*out = f;
	return true;
}

static bool is(const struct fault *f, const char *name)
{
	return strcmp(f->kind->name, name) == 0;
}

int64_t fault_wait_ms(const struct fault *f)
{
	if (!f->kind || f->kind->stage != FAULT_BEFORE)
		return 0;
	if (is(f, "hold") || is(f, "overdue"))
		return INT64_MAX;
	return or_default(f->args.delay_ms, DELAY_MS);
}

bool fault_outlives_client(const struct fault *f)
{
	return f->kind && (is(f, "late") || is(f, "overdue"));
}

/* A message is put as the vendor puts its own. */
static void set_body(const struct fault_kind *kind, struct reply *r)
{
	struct str body = str_from(kind->body), opening = STR("{\"message\":");

	reply_set(r, kind->status, kind->type, body);
	if (!str_starts(body, opening))
		return;
	buf_reset(&r->body);
	buf_printf(&r->body, "{\"%s\":", r->error_member);
	buf_add(&r->body, str_slice(body, opening.len, body.len));
}

void fault_apply(const struct fault *f, const struct fault_scene *scene, struct reply *r)
{
	if (f->kind->apply)
		f->kind->apply(f, scene, r);
	else if (f->kind->stage == FAULT_INSTEAD)
		set_body(f->kind, r);
}

void fault_list(struct buf *b)
{
	for (size_t i = 0; i < COUNT(kinds); i++)
		buf_printf(b, "  %-15s %s\n", kinds[i].name, kinds[i].about);
}

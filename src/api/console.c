/* SPDX-License-Identifier: Apache-2.0 */
/*
 * console.c - answers the console's files, and its page wherever a browser asks for one.
 *
 * They lie in the program, the same for everybody, and hold nobody's data: the byte thread answers
 * them at once, without a handler, a database or a question who asks, and they count for no limit.
 */
#include "api/api_part.h"

#define SHELL_PATH "/"

/* Best first. */
static const struct {
	enum asset_coding coding;
	struct str name; /* in Accept-Encoding and Content-Encoding */
	const char *tag_end;
} codings[ASSET_CODINGS] = {
	{ ASSET_BROTLI, { "br", 2 }, "-br" },
	{ ASSET_GZIP, { "gzip", 4 }, "-gz" },
	{ ASSET_PLAIN, { "identity", 8 }, "" },
};

/* The page takes scripts, styles and data from where it came from itself, and nothing else. */
static const char shell_policy[] =
	"default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
	"img-src 'self' data:; manifest-src 'self'; frame-ancestors 'none'; base-uri 'none'; "
	"form-action 'self'; require-trusted-types-for 'script'; trusted-types 'none'";
static const char shell_features[] =
	"accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), "
	"microphone=(), midi=(), payment=(), usb=()";

/* By kind.  What stands on every answer (reply.c) is not repeated. */
static const struct {
	const char *name, *value;
	unsigned kinds;
} headers[] = {
	{ "Content-Security-Policy", shell_policy, 1u << ASSET_SHELL },
	{ "Permissions-Policy", shell_features, 1u << ASSET_SHELL },
	{ "Cross-Origin-Opener-Policy", "same-origin", 1u << ASSET_SHELL },
	{ "Cross-Origin-Resource-Policy", "same-origin",
	  1u << ASSET_SHELL | 1u << ASSET_HASHED | 1u << ASSET_NAMED },
	{ "Cross-Origin-Resource-Policy", "cross-origin", 1u << ASSET_EMBED },
	{ "Access-Control-Allow-Origin", "*", 1u << ASSET_EMBED },
	{ "Cache-Control", "no-cache", 1u << ASSET_SHELL | 1u << ASSET_NAMED },
	{ "Cache-Control", "public, max-age=31536000, immutable", 1u << ASSET_HASHED },
	{ "Cache-Control", "public, max-age=300", 1u << ASSET_EMBED },
};

/* For the log and the measures, which name no paths. */
static const struct route shown = { .method = "GET", .path = "console" };
static const struct endpoint endpoint = { .route = &shown };

static const struct asset *find(const struct assets *all, struct str path)
{
	for (size_t i = 0; i < all->n; i++)
		if (str_eq(str_from(all->at[i].path), path))
			return &all->at[i];
	return NULL;
}

/* Whether the path can be one of the console's own: none of a program's, and none that climbs or
 * is hidden, which only those ask for who look for something else. */
static bool is_page(struct str path)
{
	struct str rest = str_slice(path, 1, path.len);
	struct str first = str_cut(&rest, '/');

	if (str_eq(first, STR("api")) || str_eq(first, STR("assets")) ||
	    str_eq(first, STR("embed")))
		return false;
	return str_find(path, STR("/.")) < 0 && str_find(path, STR("/%2e")) < 0 &&
	       str_find(path, STR("/%2E")) < 0;
}

const struct asset *console_find(const struct api *api, const struct server_request *r)
{
	const struct assets *all = api->o.console;
	const struct asset *asset;

	if (!all)
		return NULL;
	asset = find(all, r->path);
	if (!asset && console_reads(r) && is_page(r->path) &&
	    accept_names(server_request_header(r, "Accept"), STR("text/html")))
		asset = find(all, STR(SHELL_PATH));
	return asset;
}

bool console_reads(const struct server_request *r)
{
	return str_eq(r->method, STR("GET")) || str_eq(r->method, STR("HEAD"));
}

/* The row of codings[] that the client likes best, of those that are there. */
static size_t choose(const struct asset *asset, struct str accept)
{
	size_t best = ASSET_CODINGS - 1;
	int best_liking = 0;

	for (size_t i = 0; i < ASSET_CODINGS; i++) {
		int liking = accept_coding(accept, codings[i].name);

		if (!asset->bytes[codings[i].coding].at || liking <= best_liking)
			continue;
		best = i;
		best_liking = liking;
	}
	return best;
}

void console_answer(struct call_reply *reply, const struct asset *asset)
{
	struct server_request *r = reply->request;
	size_t best = choose(asset, server_request_header(r, "Accept-Encoding"));
	struct str none = server_request_header(r, "If-None-Match");
	struct str tag = str_printf(r->arena, "\"%s%s\"", asset->tag, codings[best].tag_end);

	reply->endpoint = &endpoint;
	for (size_t i = 0; i < COUNT(headers); i++)
		if (headers[i].kinds & 1u << asset->kind)
			reply_header(reply, headers[i].name, str_from(headers[i].value));
	reply_header(reply, "ETag", tag);
	reply_header(reply, "Vary", STR("Accept-Encoding"));
	if (none.at && tag_listed(none, tag, true)) {
		r->answer.status = 304;
		return;
	}
	if (codings[best].coding != ASSET_PLAIN)
		reply_header(reply, "Content-Encoding", codings[best].name);
	r->answer.status = 200;
	r->answer.body = asset->bytes[codings[best].coding];
	reply->type = str_from(asset->type);
}

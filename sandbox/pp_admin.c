/* SPDX-License-Identifier: Apache-2.0 */
/* pp_admin.c - the routes below /sandbox/ that only this vendor has. */
#include "pp.h"

#define TRUTH "/sandbox/truth/"

/* Every record of a collection, one a line: what an oracle compares with. */
static bool truth(struct pp *pp, const struct request *r, struct reply *reply)
{
	struct str name = str_slice(r->path, sizeof TRUTH - 1, r->path.len);
	struct pp_page page = { .most = SIZE_MAX, .lines = true };

	for (unsigned kind = 0; kind < PP_KINDS; kind++) {
		struct pp_query q = pp_query_all((enum pp_kind)kind);

		if (!str_eq(name, str_from(pp_kind_names[kind])))
			continue;
		reply->type = TYPE_NDJSON;
		pp_put_page(pp, &q, page, reply);
		return true;
	}
	return false;
}

static void mutate(struct pp *pp, const struct request *r, struct reply *reply)
{
	yyjson_doc *doc = yyjson_read(r->body.at, r->body.len, 0);
	struct err e;

	if (!pp_mutate(pp, yyjson_doc_get_root(doc), &reply->body, &e))
		reply_set(reply, 400, TYPE_TEXT, str_from(e.text));
	yyjson_doc_free(doc);
}

/* ?what=access (the default), refresh or all */
static void revoke(struct pp *pp, const struct request *r, struct reply *reply)
{
	struct str what = STR("access");
	size_t access = 0, refresh = 0;
	bool all;

	request_param(r, "what", &what);
	all = str_eq(what, STR("all"));
	if (all || str_eq(what, STR("access")))
		access = oauth_revoke_access(pp->oauth);
	if (all || str_eq(what, STR("refresh")))
		refresh = oauth_revoke_refresh(pp->oauth);
	buf_printf(&reply->body, "{\"access\":%zu,\"refresh\":%zu}", access, refresh);
}

static void rotate_drop(struct pp *pp, const struct request *r, struct reply *reply)
{
	(void)r;
	oauth_drop_next(pp->oauth);
	buf_add(&reply->body, STR("{}"));
}

static const struct route {
	const char *method, *path;
	void (*handle)(struct pp *pp, const struct request *r, struct reply *reply);
} routes[] = {
	{ "POST", "/sandbox/mutate", mutate },
	{ "POST", "/sandbox/revoke", revoke },
	{ "POST", "/sandbox/rotate-drop", rotate_drop },
};

bool pp_admin(struct pp *pp, const struct request *r, struct reply *reply)
{
	if (str_starts(r->path, STR(TRUTH)))
		return truth(pp, r, reply);
	for (size_t i = 0; i < COUNT(routes); i++) {
		if (str_eq(r->path, str_from(routes[i].path)) &&
		    str_eq(r->method, str_from(routes[i].method))) {
			routes[i].handle(pp, r, reply);
			return true;
		}
	}
	return false;
}

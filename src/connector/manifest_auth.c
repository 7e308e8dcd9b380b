/* SPDX-License-Identifier: Apache-2.0 */
/*
 * manifest_auth.c - the components that say how to be let in.
 */
#include "connector/manifest_parts.h"

#define AT(member) offsetof(struct authenticator, member)
#define OAUTH(member) offsetof(struct authenticator, oauth.member)

/* ---- none, keys and passwords ---- */

static const struct component no_auth = { .type = "NoAuth",
					  .kind_at = AT(kind),
					  .kind = AUTH_NONE };

static void key_finish(struct reader *r, const struct node *n, void *into)
{
	struct authenticator *auth = into;
	bool header = node_get(n, "header") != NULL, inject = node_get(n, "inject_into") != NULL;

	auth->where = n->path;
	if (header && inject)
		READER_SAYS(r, n, "either header or inject_into, not both");
	else if (!header && !inject)
		READER_SAYS(r, n, "inject_into or header is required: where does the key go?");
}

static void key_header(struct reader *r, const struct node *n, void *field)
{
	struct request_option *inject = field;

	inject->into = INJECT_HEADER;
	slot_read(r, n, &scope_config, &inject->name);
}

static const struct property key_properties[] = {
	{ .name = "api_token",
	  .kind = PROPERTY_SLOT,
	  .required = true,
	  .offset = AT(token),
	  .scope = &scope_config },
	{ .name = "inject_into",
	  .kind = PROPERTY_COMPONENT,
	  .offset = AT(inject),
	  .set = &option_set },
	{ .name = "header", .kind = PROPERTY_READ, .offset = AT(inject), .read = key_header },
};
static const struct component api_key = { .type = "ApiKeyAuthenticator",
					  .property = key_properties,
					  .properties = COUNT(key_properties),
					  .finish = key_finish,
					  .kind_at = AT(kind),
					  .kind = AUTH_API_KEY };

static void where_finish(struct reader *r, const struct node *n, void *into)
{
	struct authenticator *auth = into;

	(void)r;
	auth->where = n->path;
}

static const struct property bearer_properties[] = {
	{ .name = "api_token",
	  .kind = PROPERTY_SLOT,
	  .required = true,
	  .offset = AT(token),
	  .scope = &scope_config },
};
static const struct component bearer = { .type = "BearerAuthenticator",
					 .property = bearer_properties,
					 .properties = COUNT(bearer_properties),
					 .finish = where_finish,
					 .kind_at = AT(kind),
					 .kind = AUTH_BEARER };

static const struct property basic_properties[] = {
	{ .name = "username",
	  .kind = PROPERTY_SLOT,
	  .required = true,
	  .offset = AT(username),
	  .scope = &scope_config },
	{ .name = "password",
	  .kind = PROPERTY_SLOT,
	  .offset = AT(password),
	  .scope = &scope_config },
};
static const struct component basic = { .type = "BasicHttpAuthenticator",
					.property = basic_properties,
					.properties = COUNT(basic_properties),
					.finish = where_finish,
					.kind_at = AT(kind),
					.kind = AUTH_BASIC };

/* ---- OAuth ---- */

static void oauth_start(struct reader *r, void *into)
{
	struct authenticator *auth = into;
	struct oauth *o = &auth->oauth;

	(void)r;
	o->client_id_name = STR("client_id");
	o->client_secret_name = STR("client_secret");
	o->refresh_token_name = STR("refresh_token");
	o->grant_type_name = STR("grant_type");
	o->access_token_name = STR("access_token");
	o->expires_in_name = STR("expires_in");
	o->refresh_token_response_name = STR("refresh_token");
}

static void oauth_scopes(struct reader *r, const struct node *n, void *field)
{
	struct oauth *o = field;

	o->scope = read_slots(r, n, &scope_config, &o->scopes);
}

static void oauth_expiry_format(struct reader *r, const struct node *n, void *field)
{
	struct oauth *o = field;

	if (read_format(r, n, &o->expiry_format))
		o->expiry_is_epoch = str_eq(o->expiry_format, STR("%s"));
}

/* {{ config['credentials']['refresh_token'] }}: a refresh_token_config_path as a template. */
static void slot_of_path(struct reader *r, const struct path *p, struct str where, struct slot *out)
{
	struct buf b;

	buf_in(&b, r->arena, MANIFEST_BYTES_MAX);
	buf_printf(&b, "{{ config");
	for (size_t i = 0; i < p->n; i++)
		buf_printf(&b, "['%.*s']", STR_ARG(p->step[i]));
	buf_printf(&b, " }}");
	slot_make(r, buf_str(&b), where, out);
}

/* What a step may hold so that it can stand in a template as it is. */
static bool steps_are_names(struct reader *r, const struct node *n, const struct path *p)
{
	for (size_t i = 0; i < p->n; i++)
		for (size_t k = 0; k < p->step[i].len; k++)
			if (strchr("'\\{}%#", p->step[i].at[k]))
				return READER_SAYS(r, n, "these names cannot stand in a path");
	return true;
}

struct updater {
	struct str refresh_token_name;
	struct path refresh_token;
	const struct node *refresh_token_node;
};

static void updater_path(struct reader *r, const struct node *n, void *field)
{
	struct updater *u = field;

	u->refresh_token_node = n;
	if (read_steps(r, n, &u->refresh_token) && !steps_are_names(r, n, &u->refresh_token))
		u->refresh_token.n = 0;
}

static const struct property updater_properties[] = {
	{ .name = "refresh_token_name",
	  .kind = PROPERTY_TEXT,
	  .offset = offsetof(struct updater, refresh_token_name) },
	{ .name = "refresh_token_config_path", .kind = PROPERTY_READ, .read = updater_path },
	/* where the reference keeps what we keep sealed in the database */
	{ .name = "access_token_config_path", .kind = PROPERTY_NOTE },
	{ .name = "token_expiry_date_config_path", .kind = PROPERTY_NOTE },
	{ .name = "refresh_token_error_status_codes", .kind = PROPERTY_REFUSED },
	{ .name = "refresh_token_error_key", .kind = PROPERTY_REFUSED },
	{ .name = "refresh_token_error_values", .kind = PROPERTY_REFUSED },
};
static const struct component updater = { .type = "refresh_token_updater",
					  .property = updater_properties,
					  .properties = COUNT(updater_properties) };

/*
 * The updater has no type of its own.  Each refresh token then works once; the first one is that of
 * the config, at the updater's path when the authenticator does not say it.
 */
static void oauth_updater(struct reader *r, const struct node *n, void *field)
{
	static const char *const usual[] = { "credentials", "refresh_token" };
	struct oauth *o = field;
	struct updater u = { .refresh_token_name = STR("refresh_token") };

	if (!component_read_as(r, n, &updater, &u))
		return;
	o->refresh_token_response_name = u.refresh_token_name;
	if (!u.refresh_token_node) {
		u.refresh_token.step = arena_new_array(r->arena, struct str, COUNT(usual));
		for (; u.refresh_token.n < COUNT(usual); u.refresh_token.n++)
			u.refresh_token.step[u.refresh_token.n] =
				str_from(usual[u.refresh_token.n]);
	}
	if (u.refresh_token.n && !o->refresh_token.template)
		slot_of_path(r, &u.refresh_token, n->path, &o->refresh_token);
}

static void oauth_finish(struct reader *r, const struct node *n, void *into)
{
	struct authenticator *auth = into;
	struct oauth *o = &auth->oauth;

	auth->where = n->path;
	if (!o->grant_type.template)
		slot_make(r, STR("refresh_token"), n->path, &o->grant_type);
	if (!o->token_url.template && !node_get(n, "token_refresh_endpoint") &&
	    !o->access_token.template)
		READER_SAYS(r, n, "OAuthAuthenticator.token_refresh_endpoint is required");
}

static const struct property oauth_properties[] = {
	{ .name = "token_refresh_endpoint",
	  .kind = PROPERTY_SLOT,
	  .offset = OAUTH(token_url),
	  .scope = &scope_config },
	{ .name = "client_id",
	  .kind = PROPERTY_SLOT,
	  .offset = OAUTH(client_id),
	  .scope = &scope_config },
	{ .name = "client_secret",
	  .kind = PROPERTY_SLOT,
	  .offset = OAUTH(client_secret),
	  .scope = &scope_config },
	{ .name = "refresh_token",
	  .kind = PROPERTY_SLOT,
	  .offset = OAUTH(refresh_token),
	  .scope = &scope_config },
	{ .name = "access_token_value",
	  .kind = PROPERTY_SLOT,
	  .offset = OAUTH(access_token),
	  .scope = &scope_config },
	{ .name = "token_expiry_date",
	  .kind = PROPERTY_SLOT,
	  .offset = OAUTH(token_expiry),
	  .scope = &scope_config },
	{ .name = "grant_type",
	  .kind = PROPERTY_SLOT,
	  .offset = OAUTH(grant_type),
	  .scope = &scope_config },
	{ .name = "client_id_name", .kind = PROPERTY_TEXT, .offset = OAUTH(client_id_name) },
	{ .name = "client_secret_name",
	  .kind = PROPERTY_TEXT,
	  .offset = OAUTH(client_secret_name) },
	{ .name = "refresh_token_name",
	  .kind = PROPERTY_TEXT,
	  .offset = OAUTH(refresh_token_name) },
	{ .name = "grant_type_name", .kind = PROPERTY_TEXT, .offset = OAUTH(grant_type_name) },
	{ .name = "access_token_name", .kind = PROPERTY_TEXT, .offset = OAUTH(access_token_name) },
	{ .name = "expires_in_name", .kind = PROPERTY_TEXT, .offset = OAUTH(expires_in_name) },
	{ .name = "refresh_request_body",
	  .kind = PROPERTY_MOULD,
	  .offset = OAUTH(extra_body),
	  .scope = &scope_config },
	{ .name = "refresh_request_headers",
	  .kind = PROPERTY_MOULD,
	  .offset = OAUTH(extra_headers),
	  .scope = &scope_config },
	{ .name = "scopes", .kind = PROPERTY_READ, .offset = AT(oauth), .read = oauth_scopes },
	{ .name = "token_expiry_date_format",
	  .kind = PROPERTY_READ,
	  .offset = AT(oauth),
	  .read = oauth_expiry_format },
	{ .name = "refresh_token_updater",
	  .kind = PROPERTY_READ,
	  .offset = AT(oauth),
	  .read = oauth_updater },
	{ .name = "profile_assertion", .kind = PROPERTY_REFUSED },
	{ .name = "use_profile_assertion", .kind = PROPERTY_FALSE },
};
static const struct component oauth = { .type = "OAuthAuthenticator",
					.property = oauth_properties,
					.properties = COUNT(oauth_properties),
					.start = oauth_start,
					.finish = oauth_finish,
					.kind_at = AT(kind),
					.kind = AUTH_OAUTH };

static const struct component *const authenticators[] = { &no_auth, &api_key, &bearer, &basic,
							  &oauth };
const struct component_set authenticator_set = { authenticators, COUNT(authenticators) };

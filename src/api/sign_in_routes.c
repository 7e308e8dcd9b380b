/* SPDX-License-Identifier: Apache-2.0 */
/* sign_in_routes.c - what can be called to come in by a token or a provider, and about who came. */
#include "api/access.h"
#include "api/access_route.h"
#include "api/access_table.h"

static const struct field text_item[] = { { .name = "item", .type = FIELD_TEXT }, { 0 } };

static const struct field token_body[] = {
	{ .name = "token",
	  .type = FIELD_TEXT,
	  .required = true,
	  .low = 1,
	  .high = 4096,
	  .says = "an API token, or a JWT of a provider" },
	{ 0 },
};
static const struct field who_answer[] = {
	{ .name = "name", .type = FIELD_TEXT, .required = true },
	{ .name = "roles", .type = FIELD_LIST, .required = true, .of = text_item },
	{ 0 },
};

/* ---- ways in ---- */

static const struct field provider_answer[] = {
	{ .name = "name", .type = FIELD_TEXT, .required = true },
	{ .name = "label",
	  .type = FIELD_TEXT,
	  .required = true,
	  .says = "what a button says after \"Continue with\"" },
	{ .name = "kind",
	  .type = FIELD_TEXT,
	  .required = true,
	  .one_of = "redirect|page",
	  .says = "redirect: the provider's own page and back; page: one of the application's" },
	{ .name = "url", .type = FIELD_TEXT, .required = true, .says = "where the browser goes" },
	{ 0 },
};
static const struct field provider_item[] = {
	{ .name = "item", .type = FIELD_OBJECT, .of = provider_answer },
	{ 0 },
};
static const struct field ways_answer[] = {
	{ .name = "local",
	  .type = FIELD_BOOLEAN,
	  .required = true,
	  .says = "whether there is a local user" },
	{ .name = "providers", .type = FIELD_LIST, .required = true, .of = provider_item },
	{ 0 },
};
static const struct field provider_param[] = {
	{ .name = "provider", .type = FIELD_TEXT, .required = true, .low = 1, .high = 100 },
	{ 0 },
};
static const struct field start_query[] = {
	{ .name = "to",
	  .type = FIELD_TEXT,
	  .high = 2000,
	  .says = "the path to come back to; what is none becomes /" },
	{ 0 },
};
static const struct field callback_query[] = {
	{ .name = "code", .type = FIELD_TEXT, .high = 4096 },
	{ .name = "state", .type = FIELD_TEXT, .high = 4096 },
	{ .name = "iss", .type = FIELD_TEXT, .high = 1000 },
	{ .name = "error", .type = FIELD_TEXT, .high = 1000 },
	{ 0 },
};

/* ---- sessions ---- */

static const struct field session_answer[] = {
	{ .name = "id", .type = FIELD_TEXT, .required = true },
	{ .name = "name", .type = FIELD_TEXT, .required = true },
	{ .name = "provider", .type = FIELD_TEXT, .required = true, .nullable = true },
	{ .name = "made_at", .type = FIELD_TIME, .required = true },
	{ .name = "seen_at", .type = FIELD_TIME, .required = true },
	{ .name = "expires_at",
	  .type = FIELD_TIME,
	  .required = true,
	  .says = "at the latest; one that is not used ends before" },
	{ .name = "own", .type = FIELD_BOOLEAN, .required = true, .says = "the one that asks" },
	{ 0 },
};
static const struct field session_item[] = {
	{ .name = "item", .type = FIELD_OBJECT, .of = session_answer },
	{ 0 },
};
static const struct field sessions_answer[] = {
	{ .name = "items", .type = FIELD_LIST, .required = true, .of = session_item },
	{ 0 },
};
static const struct field session_param[] = {
	{ .name = "id",
	  .type = FIELD_TEXT,
	  .required = true,
	  .low = LOGIN_ID_LEN,
	  .high = LOGIN_ID_LEN },
	{ 0 },
};

/* ---- embed tokens ---- */

static const struct field embed_body[] = {
	{ .name = "player",
	  .type = FIELD_TEXT,
	  .required = true,
	  .low = 1,
	  .high = 255,
	  .says = "the player's id, as in /api/players/{id}" },
	{ .name = "ttl_s",
	  .type = FIELD_INTEGER,
	  .low = 60,
	  .high = EMBED_TTL_MAX_S,
	  .says = "how long it is good for; 900 when it is not said" },
	{ .name = "scope", .type = FIELD_TEXT, .required = true, .one_of = "pti" },
	{ 0 },
};
static const struct field embed_answer[] = {
	{ .name = "token", .type = FIELD_TEXT, .required = true, .says = "shown this once" },
	{ .name = "player", .type = FIELD_TEXT, .required = true },
	{ .name = "scope", .type = FIELD_TEXT, .required = true, .one_of = "pti" },
	{ .name = "expires_at", .type = FIELD_TIME, .required = true },
	{ 0 },
};

const struct route sign_in_routes[] = {
	{ .method = "POST",
	  .path = "/api/login/token",
	  .roles = ROLE_ANYBODY,
	  .handle = login_token_post,
	  .summary = "Sign in by a token; the session comes as a cookie and ends with the token",
	  .tag = "access",
	  .body_kind = BODY_JSON,
	  .body = token_body,
	  .answer = who_answer,
	  .problems = "bad_credentials:401,too_many_failures:429",
	  .rate = RATE_LOGIN,
	  .unkept = true },
	{ .method = "GET",
	  .path = "/api/sign-in",
	  .roles = ROLE_ANYBODY,
	  .handle = sign_in_get,
	  .summary = "List the ways to sign in",
	  .tag = "access",
	  .answer = ways_answer },
	{ .method = "GET",
	  .path = "/api/sign-in/{provider}",
	  .roles = ROLE_ANYBODY,
	  .handle = sign_in_start,
	  .summary = "Go to a provider to sign in",
	  .tag = "access",
	  .path_params = provider_param,
	  .query = start_query,
	  .status = 303,
	  .problems = "not_found:404" },
	{ .method = "GET",
	  .path = "/api/sign-in/{provider}/callback",
	  .roles = ROLE_ANYBODY,
	  .handle = sign_in_callback,
	  .summary = "Come back from a provider, with a session or a problem",
	  .tag = "access",
	  .path_params = provider_param,
	  .query = callback_query,
	  .query_open = true,
	  .status = 303,
	  .problems = "not_found:404",
	  .rate = RATE_LOGIN },
	{ .method = "GET",
	  .path = "/api/sessions",
	  .roles = ROLE_ADMIN,
	  .handle = sessions_get,
	  .summary = "List who is signed in",
	  .tag = "access",
	  .answer = sessions_answer },
	{ .method = "DELETE",
	  .path = "/api/sessions/{id}",
	  .roles = ROLE_ADMIN,
	  .handle = session_remove,
	  .summary = "End a session",
	  .tag = "access",
	  .path_params = session_param,
	  .status = 204,
	  .problems = "not_found:404" },
	{ .method = "POST",
	  .path = "/api/embed-tokens",
	  .roles = ROLE_ADMIN | ROLE_PLAYER,
	  .handle = embed_tokens_post,
	  .summary = "Make a short token for one player's card in a page of the application",
	  .tag = "access",
	  .body_kind = BODY_JSON,
	  .body = embed_body,
	  .answer = embed_answer,
	  .status = 201,
	  .problems = "not_yours:403",
	  .unkept = true },
	{ 0 },
};

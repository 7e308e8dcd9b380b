/* SPDX-License-Identifier: Apache-2.0 */
/* access_routes.c - what can be called to sign in, and to keep users, tokens, grants and the audit
 * log. */
#include "api/access.h"
#include "api/access_route.h"

#define ROLES "admin|coach|player|viewer"

static const struct field login_body[] = {
	{ .name = "name", .type = FIELD_TEXT, .required = true, .low = 1, .high = 64 },
	{ .name = "password", .type = FIELD_TEXT, .required = true, .low = 1, .high = 1024 },
	{ 0 },
};
static const struct field text_item[] = { { .name = "item", .type = FIELD_TEXT }, { 0 } };
static const struct field login_answer[] = {
	{ .name = "name", .type = FIELD_TEXT, .required = true },
	{ .name = "roles", .type = FIELD_LIST, .required = true, .of = text_item },
	{ 0 },
};
static const struct field me_answer[] = {
	{ .name = "signed_in", .type = FIELD_BOOLEAN, .required = true },
	{ .name = "kind", .type = FIELD_TEXT, .required = true, .one_of = "nobody|user|token|jwt" },
	{ .name = "name", .type = FIELD_TEXT, .required = true },
	{ .name = "roles", .type = FIELD_LIST, .required = true, .of = text_item },
	{ .name = "session",
	  .type = FIELD_BOOLEAN,
	  .required = true,
	  .says = "whether it came by a cookie" },
	{ .name = "subject",
	  .type = FIELD_TEXT,
	  .required = true,
	  .nullable = true,
	  .says = "the id of the user or token, or the JWT's sub" },
	{ .name = "provider",
	  .type = FIELD_TEXT,
	  .required = true,
	  .nullable = true,
	  .says = "the plan's name for a JWT's issuer" },
	{ .name = "expires_at",
	  .type = FIELD_TIME,
	  .required = true,
	  .nullable = true,
	  .says = "when this token or session ends at the latest" },
	{ 0 },
};

/* ---- users ---- */

static const struct field user_answer[] = {
	{ .name = "id", .type = FIELD_UUID, .required = true },
	{ .name = "name", .type = FIELD_TEXT, .required = true },
	{ .name = "role", .type = FIELD_TEXT, .required = true, .one_of = ROLES },
	{ .name = "disabled", .type = FIELD_BOOLEAN, .required = true },
	{ .name = "made_at", .type = FIELD_TIME, .required = true },
	{ .name = "seen_at",
	  .type = FIELD_TIME,
	  .required = true,
	  .nullable = true,
	  .says = "the last login" },
	{ 0 },
};
static const struct field user_item[] = {
	{ .name = "item", .type = FIELD_OBJECT, .of = user_answer },
	{ 0 },
};
static const struct field users_answer[] = {
	{ .name = "items", .type = FIELD_LIST, .required = true, .of = user_item },
	{ 0 },
};
static const struct field user_body[] = {
	{ .name = "name", .type = FIELD_TEXT, .required = true, .low = 1, .high = 64 },
	{ .name = "password",
	  .type = FIELD_TEXT,
	  .required = true,
	  .low = 12,
	  .high = 1024,
	  .says = "at least 12 characters" },
	{ .name = "role", .type = FIELD_TEXT, .required = true, .one_of = ROLES },
	{ 0 },
};
static const struct field user_patch_body[] = {
	{ .name = "role", .type = FIELD_TEXT, .one_of = ROLES },
	{ .name = "password",
	  .type = FIELD_TEXT,
	  .low = 12,
	  .high = 1024,
	  .says = "ends the user's sessions" },
	{ .name = "disabled", .type = FIELD_BOOLEAN, .says = "true ends the user's sessions" },
	{ 0 },
};
static const struct field name_param[] = {
	{ .name = "name", .type = FIELD_TEXT, .required = true, .low = 1, .high = 64 },
	{ 0 },
};

/* ---- tokens ---- */

#define TOKEN_FIELDS                                                                           \
	{ .name = "id", .type = FIELD_UUID, .required = true },                                \
		{ .name = "name", .type = FIELD_TEXT, .required = true },                      \
		{ .name = "role", .type = FIELD_TEXT, .required = true, .one_of = ROLES },     \
		{ .name = "prefix",                                                            \
		  .type = FIELD_TEXT,                                                          \
		  .required = true,                                                            \
		  .says = "the token's first characters" },                                    \
		{ .name = "made_by", .type = FIELD_TEXT, .required = true },                   \
		{ .name = "made_at", .type = FIELD_TIME, .required = true },                   \
		{ .name = "used_at", .type = FIELD_TIME, .required = true, .nullable = true }, \
	{                                                                                      \
		.name = "expires_at", .type = FIELD_TIME, .required = true, .nullable = true   \
	}

static const struct field token_answer[] = { TOKEN_FIELDS, { 0 } };
static const struct field token_made_answer[] = {
	TOKEN_FIELDS,
	{ .name = "token", .type = FIELD_TEXT, .required = true, .says = "shown this once" },
	{ 0 },
};
static const struct field token_item[] = {
	{ .name = "item", .type = FIELD_OBJECT, .of = token_answer },
	{ 0 },
};
static const struct field tokens_answer[] = {
	{ .name = "items", .type = FIELD_LIST, .required = true, .of = token_item },
	{ 0 },
};
static const struct field token_body[] = {
	{ .name = "name", .type = FIELD_TEXT, .required = true, .low = 1, .high = 64 },
	{ .name = "role", .type = FIELD_TEXT, .required = true, .one_of = ROLES },
	{ .name = "expires_at", .type = FIELD_TIME, .nullable = true, .says = "null: never" },
	{ 0 },
};
static const struct field id_param[] = {
	{ .name = "id", .type = FIELD_TEXT, .required = true, .low = 1, .high = 64 },
	{ 0 },
};

/* ---- grants ---- */

#define GRANT_NAMES                                                                             \
	{ .name = "issuer",                                                                     \
	  .type = FIELD_TEXT,                                                                   \
	  .required = true,                                                                     \
	  .low = 1,                                                                             \
	  .high = 1000,                                                                         \
	  .says = "a token's iss" },                                                            \
	{                                                                                       \
		.name = "subject", .type = FIELD_TEXT, .required = true, .low = 1, .high = 255, \
		.says = "a token's sub"                                                         \
	}

static const struct field grant_fields[] = {
	GRANT_NAMES,
	{ .name = "access",
	  .type = FIELD_TEXT,
	  .required = true,
	  .one_of = ROLES "|none|denied",
	  .says = "whatever a token claims" },
	{ 0 },
};
static const struct field grant_item[] = {
	{ .name = "item", .type = FIELD_OBJECT, .of = grant_fields },
	{ 0 },
};
static const struct field issuer_answer[] = {
	{ .name = "name", .type = FIELD_TEXT, .required = true, .says = "in the plan" },
	{ .name = "issuer", .type = FIELD_TEXT, .required = true },
	{ 0 },
};
static const struct field issuer_item[] = {
	{ .name = "item", .type = FIELD_OBJECT, .of = issuer_answer },
	{ 0 },
};
static const struct field grants_answer[] = {
	{ .name = "items", .type = FIELD_LIST, .required = true, .of = grant_item },
	{ .name = "issuers",
	  .type = FIELD_LIST,
	  .required = true,
	  .of = issuer_item,
	  .says = "those that are believed" },
	{ 0 },
};
static const struct field grant_query[] = { GRANT_NAMES, { 0 } };

/* ---- audit ---- */

static const struct field audit_query[] = {
	{ .name = "actor", .type = FIELD_TEXT, .low = 1, .high = 200 },
	{ .name = "action",
	  .type = FIELD_TEXT,
	  .low = 1,
	  .high = 200,
	  .says = "\"user.add\", or \"user.*\"" },
	{ .name = "target", .type = FIELD_TEXT, .low = 1, .high = 200 },
	{ .name = "from", .type = FIELD_TIME, .says = "only what was done at or after this time" },
	{ .name = "to", .type = FIELD_TIME, .says = "only what was done before this time" },
	{ .name = "before",
	  .type = FIELD_INTEGER,
	  .low = 1,
	  .high = INT64_MAX,
	  .says = "only numbers below this" },
	{ .name = "limit", .type = FIELD_INTEGER, .low = 1, .high = 500, .otherwise = "50" },
	{ 0 },
};
static const struct field entry_answer[] = {
	{ .name = "number", .type = FIELD_INTEGER, .required = true },
	{ .name = "at", .type = FIELD_TIME, .required = true },
	{ .name = "actor", .type = FIELD_TEXT, .required = true },
	{ .name = "from", .type = FIELD_TEXT, .required = true },
	{ .name = "action", .type = FIELD_TEXT, .required = true },
	{ .name = "target", .type = FIELD_TEXT, .required = true },
	{ .name = "request", .type = FIELD_TEXT, .required = true },
	{ .name = "hash", .type = FIELD_TEXT, .required = true },
	{ .name = "details", .type = FIELD_ANY, .required = true, .nullable = true },
	{ 0 },
};
static const struct field entry_item[] = {
	{ .name = "item", .type = FIELD_OBJECT, .of = entry_answer },
	{ 0 },
};
static const struct field audit_answer[] = {
	{ .name = "items", .type = FIELD_LIST, .required = true, .of = entry_item },
	{ .name = "next_before", .type = FIELD_INTEGER, .required = true, .nullable = true },
	{ 0 },
};
static const struct field verify_answer[] = {
	{ .name = "whole", .type = FIELD_BOOLEAN, .required = true },
	{ .name = "rows", .type = FIELD_INTEGER, .required = true },
	{ .name = "broken_at",
	  .type = FIELD_INTEGER,
	  .required = true,
	  .nullable = true,
	  .says = "the first number that does not fit" },
	{ 0 },
};

const struct route access_routes[] = {
	{ .method = "POST",
	  .path = "/api/login",
	  .roles = ROLE_ANYBODY,
	  .handle = login_post,
	  .summary = "Sign in as a local user; the session comes as a cookie",
	  .tag = "access",
	  .body_kind = BODY_JSON,
	  .body = login_body,
	  .answer = login_answer,
	  .problems = "bad_credentials:401,too_many_failures:429",
	  .rate = RATE_LOGIN,
	  .unkept = true },
	{ .method = "POST",
	  .path = "/api/logout",
	  .roles = ROLE_ANYBODY,
	  .handle = logout_post,
	  .summary = "End the session",
	  .tag = "access",
	  .status = 204 },
	{ .method = "GET",
	  .path = "/api/me",
	  .roles = ROLE_ANYBODY,
	  .handle = me_get,
	  .summary = "Tell who is calling, and what they may",
	  .tag = "access",
	  .answer = me_answer },
	{ .method = "GET",
	  .path = "/api/users",
	  .roles = ROLE_ADMIN,
	  .handle = users_get,
	  .summary = "List the local users",
	  .tag = "access",
	  .answer = users_answer },
	{ .method = "POST",
	  .path = "/api/users",
	  .roles = ROLE_ADMIN,
	  .handle = users_post,
	  .summary = "Add a local user",
	  .tag = "access",
	  .body_kind = BODY_JSON,
	  .body = user_body,
	  .answer = user_answer,
	  .status = 201,
	  .problems = "conflict:409",
	  .unkept = true },
	{ .method = "PATCH",
	  .path = "/api/users/{name}",
	  .roles = ROLE_ADMIN,
	  .handle = user_patch,
	  .summary = "Change a user's role or password, disable or enable",
	  .tag = "access",
	  .path_params = name_param,
	  .body_kind = BODY_JSON,
	  .body = user_patch_body,
	  .answer = user_answer,
	  .problems = "not_found:404,own_account:409",
	  .unkept = true },
	{ .method = "DELETE",
	  .path = "/api/users/{name}",
	  .roles = ROLE_ADMIN,
	  .handle = user_remove,
	  .summary = "Delete a user and end the user's sessions",
	  .tag = "access",
	  .path_params = name_param,
	  .status = 204,
	  .problems = "not_found:404,own_account:409" },
	{ .method = "GET",
	  .path = "/api/tokens",
	  .roles = ROLE_ADMIN,
	  .handle = tokens_get,
	  .summary = "List the API tokens",
	  .tag = "access",
	  .answer = tokens_answer },
	{ .method = "POST",
	  .path = "/api/tokens",
	  .roles = ROLE_ADMIN,
	  .handle = tokens_post,
	  .summary = "Make an API token; it is shown this once",
	  .tag = "access",
	  .body_kind = BODY_JSON,
	  .body = token_body,
	  .answer = token_made_answer,
	  .status = 201,
	  .problems = "conflict:409",
	  .unkept = true },
	{ .method = "DELETE",
	  .path = "/api/tokens/{id}",
	  .roles = ROLE_ADMIN,
	  .handle = token_remove,
	  .summary = "Revoke an API token, by its id or name",
	  .tag = "access",
	  .path_params = id_param,
	  .status = 204,
	  .problems = "not_found:404" },
	{ .method = "GET",
	  .path = "/api/grants",
	  .roles = ROLE_ADMIN,
	  .handle = grants_get,
	  .summary = "List what is said here of identity providers' users",
	  .tag = "access",
	  .answer = grants_answer },
	{ .method = "PUT",
	  .path = "/api/grants",
	  .roles = ROLE_ADMIN,
	  .handle = grants_put,
	  .summary = "Say what an identity provider's user may, whatever the token claims",
	  .tag = "access",
	  .body_kind = BODY_JSON,
	  .body = grant_fields,
	  .answer = grant_fields,
	  .problems = "own_account:409,invalid_content:422" },
	{ .method = "DELETE",
	  .path = "/api/grants",
	  .roles = ROLE_ADMIN,
	  .handle = grants_delete,
	  .summary = "Let the token's claim count again",
	  .tag = "access",
	  .query = grant_query,
	  .status = 204,
	  .problems = "not_found:404,own_account:409" },
	{ .method = "GET",
	  .path = "/api/audit",
	  .roles = ROLE_ADMIN,
	  .handle = audit_get,
	  .summary = "Tell who did what, newest first",
	  .tag = "access",
	  .query = audit_query,
	  .answer = audit_answer },
	{ .method = "GET",
	  .path = "/api/audit/verify",
	  .roles = ROLE_ADMIN,
	  .handle = audit_verify_get,
	  .summary = "Check that nothing in the audit log was changed",
	  .tag = "access",
	  .answer = verify_answer,
	  .rate = RATE_EXPENSIVE },
	{ 0 },
};

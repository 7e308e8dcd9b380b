/* SPDX-License-Identifier: Apache-2.0 */
/* providers.c - the plan's identity providers, as who checks their tokens wants them. */
#include "service/providers.h"

_Static_assert((int)AUTH_HS256 == JWT_HS256 && (int)AUTH_RS256 == JWT_RS256 &&
		       (int)AUTH_ES256 == JWT_ES256 && (int)AUTH_EDDSA == JWT_EDDSA,
	       "the plan's algorithms are those of access.h");

static struct sign_in sign_in_of(const struct sign_in_plan *from)
{
	return (struct sign_in){ .label = from->label,
				 .url = from->url,
				 .authorize_url = from->authorize_url,
				 .token_url = from->token_url,
				 .redirect_url = from->redirect_url,
				 .client_id = from->client_id,
				 .client_secret = from->client_secret,
				 .scopes = from->scopes,
				 .secret_in_body = from->secret_in_body != 0 };
}

struct issuer *providers_of(struct arena *a, const struct server_plan *server)
{
	struct issuer *issuer = arena_new_array(a, struct issuer, server->auths + 1);

	for (size_t i = 0; i < server->auths; i++) {
		const struct auth_plan *from = &server->auth[i];

		issuer[i] = (struct issuer){ .name = from->name,
					     .algorithm = (enum jwt_algorithm)from->algorithm,
					     .secret = from->secret,
					     .jwks_url = from->jwks_url,
					     .issuer = from->issuer,
					     .audience = from->audience,
					     .roles_claim = from->roles_claim,
					     .role_map = from->role_map,
					     .role_maps = from->role_maps,
					     .types = from->types,
					     .allow_http = from->allow_http,
					     .sign_in = sign_in_of(&from->sign_in) };
	}
	return issuer;
}

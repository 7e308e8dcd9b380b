/* SPDX-License-Identifier: Apache-2.0 */
/* identity.c - the names of roles, and of callers. */
#include "api/identity.h"

static const struct {
	enum role role;
	const char *name;
} roles[] = {
	{ ROLE_ADMIN, "admin" },
	{ ROLE_COACH, "coach" },
	{ ROLE_PLAYER, "player" },
	{ ROLE_VIEWER, "viewer" },
};

const char *role_name(enum role r)
{
	for (size_t i = 0; i < COUNT(roles); i++)
		if (roles[i].role == r)
			return roles[i].name;
	return NULL;
}

unsigned role_from(struct str name)
{
	for (size_t i = 0; i < COUNT(roles); i++)
		if (str_eq(name, str_from(roles[i].name)))
			return roles[i].role;
	return 0;
}

struct str identity_key(struct arena *a, const struct identity *who)
{
	/* A provider's name is the plan's: it holds no control characters. */
	return str_printf(a, "%d:%.*s\x1f%.*s", (int)who->kind, STR_ARG(who->provider),
			  STR_ARG(who->subject));
}

/* SPDX-License-Identifier: Apache-2.0 */
/* integrations.c - the integrations that this program has: one row each. */
#include "cli/integrations.h"

#include "gameplatform/integration.h"
#include "practicepanther/sync_routes.h"
#include "practicepanther/token_routes.h"
#include "pti/integration.h"

static const struct route *const practicepanther_routes[] = {
	practicepanther_sync_routes,
	practicepanther_token_routes,
	NULL,
};
static const struct integration practicepanther = {
	.connector = "practicepanther",
	.routes = practicepanther_routes,
};

const struct integration *const integrations[] = {
	&practicepanther,
	&game_platform,
	&pti_ratings,
	NULL,
};

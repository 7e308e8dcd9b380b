/* SPDX-License-Identifier: Apache-2.0 */
/*
 * providers.h - the plan's identity providers, as who checks their tokens wants them.
 */
#ifndef PROVIDERS_H
#define PROVIDERS_H

#include "api/access.h"
#include "connector/plan.h"

/* One for each of `server.auth`, in `a`; their texts are the plan's. */
struct issuer *providers_of(struct arena *a, const struct server_plan *server);

#endif

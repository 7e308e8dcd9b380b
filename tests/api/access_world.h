/* SPDX-License-Identifier: Apache-2.0 */
/*
 * access_world.h - a database with the tables of access and audit, on SQLite and PostgreSQL.
 */
#ifndef ACCESS_WORLD_H
#define ACCESS_WORLD_H

#include "api/access.h"
#include "fixture.h"
#include "hand_clock.h"

#define WORLD_MS INT64_C(1772366400000) /* 2026-03-01T12:00:00Z */

struct access_world {
	struct fixture f;
	struct hand_clock clock;
	struct access *access;
};

/* `issuer` may be NULL. */
void access_world_open(struct access_world *w, const struct issuer *issuer, size_t issuers);
void access_world_close(struct access_world *w);

/* Who sends that; ends the program when the answer is neither an identity nor ERR_AUTH (whose
 * identity is of the kind IDENTITY_SECRET here, and whose text is in `name`). */
struct identity who_bears(struct access_world *w, struct str token);
struct identity who_has_cookie(struct access_world *w, struct str cookie);

#endif

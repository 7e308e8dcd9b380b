/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mc.h - the stand-in for MetaCTF's SynEd integration API: what its parts share.
 *
 *   mc.c             options, and the vendor as the server sees it
 *   mc_api.c         the operations, as the vendor's OpenAPI file lists them
 *   mc_put.c         users, teams, scores as JSON
 *   mc_admin.c       the routes below /sandbox/ that are its own; mc_edit.c those that change
 *   mc_application.c the other side: the rows of the application that the people come from
 *   mc_data.h        what there is
 */
#ifndef MC_H
#define MC_H

#include "mc_data.h"
#include "openapi.h"

#define MC_API "/integrations/syned/v1"

/* How it differs from its usual self.  Table: modes in mc.c. */
struct mc_modes {
	int64_t extra_fields, unknown_enum, zero_solve_id, missing_solve_id, duplicate_ids;
	int64_t last_accessed_zero, newer_api, float_numbers;
	int64_t late_seconds, ignore_after, after_inclusive, filter_totals;
	int64_t not_approved_403, auth_401, strict_email, any_coach, password_reset;
	int64_t team_again_ok, user_again_ok, empty_delete, strict_unassign, check_answers;
};

struct mc {
	struct vendor vendor;
	struct server *server;
	struct openapi *api;
	struct mc_modes modes;
	struct mc_setup setup; /* as started: what a reset goes back to */
	struct mc_world *world;
	struct str token;
	struct arena *arena;                /* as long as the stand-in runs */
	enum mc_status new_coach, new_user; /* the status of those created from now on */
};

/* The vendor's OpenAPI file as it was published. */
struct str mc_openapi_text(void);

/* Now, in unix seconds. */
int64_t mc_now(const struct mc *mc);

/* Makes the world anew. */
void mc_restart(struct mc *mc, enum mc_dataset dataset);

/* Answers below MC_API. */
void mc_api(struct mc *mc, const struct request *r, struct reply *reply);
/* Enters in the journal whom it is about. */
void mc_note(const struct request *r);
bool mc_authorised(const struct mc *mc, const struct request *r);

/* "created", "auto", "pending", "denied" */
MUST_CHECK bool mc_approval_parse(const char *text, enum mc_status *out, struct err *e);

/* mc_admin.c, mc_edit.c: false when `r` is none of their routes. */
bool mc_admin(struct mc *mc, const struct request *r, struct reply *reply);
bool mc_edit(struct mc *mc, const struct request *r, struct reply *reply);

/* mc_put.c; what is passed as `now` decides what shows.  Each appends a JSON value. */
struct mc_view {
	const struct mc_world *world;
	const struct mc_modes *modes;
	struct arena *scratch;
	int64_t now;
};
struct mc_view mc_view_of(const struct mc *mc, struct arena *scratch);
void mc_put_user(const struct mc_view *v, const struct mc_user *u, struct buf *b);
void mc_put_team(const struct mc_view *v, const struct mc_team *t, struct buf *b);
/* `with_team` false: of somebody who is on none. */
void mc_put_assignment(const struct mc_user *u, bool with_team, struct buf *b);
/* The solves after `after` (NULL: all). */
void mc_put_odl(const struct mc_view *v, const struct mc_user *u, const int64_t *after,
		struct buf *b);
void mc_put_flash(const struct mc_view *v, const struct mc_user *u, struct buf *b);

/* mc_application.c: the application's rows for this world as SQL, for SQLite and PostgreSQL. */
void mc_put_application(const struct mc_world *w, struct buf *b);

/* The command. */
int mc_main(int argc, char **argv);

#endif

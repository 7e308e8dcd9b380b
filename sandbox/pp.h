/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pp.h - the stand-in for PracticePanther: what its parts share.
 *
 *   pp.c        options, and the vendor as the server sees it
 *   pp_oauth.c  codes, tokens, grants
 *   pp_api.c    the routes below /api/v2
 *   pp_edit.c   changes to the data: asked for, or made while it is being read
 *   pp_admin.c  the routes below /sandbox/ that are its own
 */
#ifndef PP_H
#define PP_H

#include "pp_list.h"
#include "server.h"

/* How it differs from its usual self.  Table: modes in pp_edit.c. */
struct pp_modes {
	int64_t ignore_top, ignore_skip, cap, top_max, orderby_400, duplicate_rows;
	int64_t since_exclusive, grant_client_credentials, keep_refresh_token, no_expires_in;
};

struct oauth;
struct pp_mutation;

struct pp {
	struct vendor vendor;
	struct server *server;
	struct population *population;
	struct pp_lists *lists;
	struct oauth *oauth;
	struct pp_modes modes;
	struct pp_mutation *mutations; /* made while the data is being read */
	size_t mutations_n;
	uint64_t edits; /* so that each spread of edits falls on other records */
};

static inline int64_t pp_now_ms(const struct pp *pp)
{
	return timepiece_now(&pp->server->time);
}

/* Answers below /api/v2; the caller has checked the token. */
void pp_api(struct pp *pp, const struct request *r, struct reply *reply);

/* A page of the query as a bare array, or (`lines`) as one record a line. */
struct pp_page {
	size_t skip, most;
	bool lines;
};

void pp_put_page(struct pp *pp, const struct pp_query *q, struct pp_page page, struct reply *reply);

/* pp_edit.c */
struct modes pp_modes(struct pp *pp);
/* Member "mutations" of a plan; NULL: none. */
MUST_CHECK bool pp_plan(struct pp *pp, yyjson_val *root, struct err *e);
/* After each list request. */
void pp_while_reading(struct pp *pp, enum pp_kind kind);
/* One mutation, at once; appends what it changed. */
MUST_CHECK bool pp_mutate(struct pp *pp, yyjson_val *wish, struct buf *b, struct err *e);

/* pp_admin.c */
bool pp_admin(struct pp *pp, const struct request *r, struct reply *reply);

/* pp_oauth.c */
struct oauth_setup {
	const char *client_id, *client_secret, *refresh_token, *access_token;
	int64_t token_seconds;
	uint64_t seed;
};

struct oauth *oauth_new(const struct oauth_setup *setup, int64_t now_ms);
void oauth_free(struct oauth *o);
bool oauth_authorised(struct oauth *o, const char *header, int64_t now_ms);
/* Both grant routes; false when the path is neither. */
bool oauth_handle(struct pp *pp, const struct request *r, struct reply *reply);
void oauth_drop_next(struct oauth *o);
/* Ends every live token of a sort; returns how many. */
size_t oauth_revoke_access(struct oauth *o);
size_t oauth_revoke_refresh(struct oauth *o);
void oauth_stats(const struct oauth *o, int64_t now_ms, struct buf *b);

/* The command. */
int pp_main(int argc, char **argv);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * access_route.h - the handlers that access_routes[] and sign_in_routes[] name, and what they
 * share.
 */
#ifndef ACCESS_ROUTE_H
#define ACCESS_ROUTE_H

#include "api/call.h"

bool login_post(struct call *c, struct err *e);
bool logout_post(struct call *c, struct err *e);
bool me_get(struct call *c, struct err *e);
bool login_token_post(struct call *c, struct err *e);

bool sign_in_get(struct call *c, struct err *e);
bool sign_in_start(struct call *c, struct err *e);
bool sign_in_callback(struct call *c, struct err *e);

bool sessions_get(struct call *c, struct err *e);
bool session_remove(struct call *c, struct err *e);

bool embed_tokens_post(struct call *c, struct err *e);

bool users_get(struct call *c, struct err *e);
bool users_post(struct call *c, struct err *e);
bool user_patch(struct call *c, struct err *e);
bool user_remove(struct call *c, struct err *e);

bool tokens_get(struct call *c, struct err *e);
bool tokens_post(struct call *c, struct err *e);
bool token_remove(struct call *c, struct err *e);

bool grants_get(struct call *c, struct err *e);
bool grants_put(struct call *c, struct err *e);
bool grants_delete(struct call *c, struct err *e);

bool audit_get(struct call *c, struct err *e);
bool audit_verify_get(struct call *c, struct err *e);

#endif

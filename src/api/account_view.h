/* SPDX-License-Identifier: Apache-2.0 */
/* account_view.h - users, API tokens, grants and audit entries as JSON: one shape for the API and
 * the command line. */
#ifndef ACCOUNT_VIEW_H
#define ACCOUNT_VIEW_H

#include "api/access.h"
#include "data/value.h"
#include "store/audit.h"

struct value user_view(struct arena *a, const struct user_row *u);
struct value api_token_view(struct arena *a, const struct token_row *t);
struct value grant_view(struct arena *a, const struct grant_row *g);
struct value audit_view(struct arena *a, const struct audit_entry *en);

#endif

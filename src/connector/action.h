/* SPDX-License-Identifier: Apache-2.0 */
/*
 * action.h - what a connector can do at its vendor: NAME.actions.yaml beside NAME.yaml.
 *
 * The manifest's format has no word for writing back, so actions stand in a file of their own and
 * the manifest stays readable by its reference.  Their requests, credentials and error handlers are
 * the format's own components.  Templates see config, parameters, record, before, args and
 * idempotency_key; after the answer response and headers too.
 *
 *     actions:
 *       create_user:
 *         requester: { type: HttpRequester, … }
 *         success: [201]
 *         extract: { id: "{{ response.user_id }}" }
 *         idempotency_header: Idempotency-Key
 *         lookup:
 *           requester: { type: HttpRequester, … }
 *           found: "{{ response.user_id is defined }}"
 *           extract: { id: "{{ response.user_id }}" }
 *
 * A lookup's requester says by its error handler what "not there" looks like: an answer that it
 * ignores (a 404 with action IGNORE) is one.
 */
#ifndef ACTION_H
#define ACTION_H

#include "connector/manifest.h"

#define ACTION_ATTEMPTS_DEFAULT 8
#define ACTION_SETTLE_S_DEFAULT 10

struct action_extract {
	struct str name;
	struct slot value;
};

/* Asks whether an action whose answer was lost has happened. */
struct action_lookup {
	struct requester requester;
	struct slot found; /* none: any answer that is not ignored */
	struct action_extract *extract;
	size_t extracts;
	int64_t settle_s; /* not asked before that: what was sent may still be on its way */
};

/* What an answer of 5xx says about the request. */
enum action_server_error {
	SERVER_ERROR_IN_DOUBT, /* nothing: it may have been carried out */
	SERVER_ERROR_NO_EFFECT,
};

struct action {
	struct str name;
	struct requester requester;
	int *success; /* statuses; none: any 2xx */
	size_t successes;
	struct action_extract *extract;
	size_t extracts;
	struct str idempotency_header; /* or empty */
	bool safe_to_repeat;           /* doing it twice is doing it once */
	enum action_server_error server_error;
	struct action_lookup *lookup; /* or NULL */
	int64_t attempts_max;
	struct str where;
};

struct actions {
	struct str file;
	struct action *action;
	size_t n;
};

/* As manifest_load(). */
MUST_CHECK bool actions_load(struct arena *a, const char *path, const struct actions **out,
			     struct complaints *list, struct err *e);
MUST_CHECK bool actions_parse(struct arena *a, struct str text, struct str file,
			      const struct actions **out, struct complaints *list, struct err *e);

/* NULL when there is none of that name. */
const struct action *actions_find(const struct actions *s, struct str name);

/* The place of a connector's actions: "x/NAME.yaml" has "x/NAME.actions.yaml". */
struct str actions_path(struct arena *a, struct str manifest);

#endif

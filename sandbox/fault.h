/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fault.h - the ways in which a vendor misbehaves, and the plan of when.
 *
 * A fault is asked for by one request (header `X-Sandbox-Fault: name;argument=value` or query
 * `sandbox_fault=name;argument=value`) or by a rule of the plan.  The table of kinds in fault.c is
 * also what `--help` and GET /sandbox/faults print.
 */
#ifndef FAULT_H
#define FAULT_H

#include "reply.h"

#include <yyjson.h>

/* When a fault steps in. */
enum fault_stage {
	FAULT_BEFORE,  /* makes the request wait */
	FAULT_INSTEAD, /* answers in the vendor's place */
	FAULT_AFTER,   /* spoils the vendor's own answer */
};

struct fault;

/* What a fault may look at besides its arguments. */
struct fault_scene {
	int64_t now_ms;
	struct str path, query; /* of the request */
	const char *host;       /* "127.0.0.1:1234" */
	unsigned port;
};

struct fault_kind {
	const char *name, *about;
	enum fault_stage stage;
	/* NULL: the answer is `status`, `type`, `body`. */
	void (*apply)(const struct fault *f, const struct fault_scene *scene, struct reply *r);
	unsigned status;
	const char *type, *body;
};

struct fault_args {
	int64_t seconds;  /* Retry-After */
	int64_t bytes;    /* of a piece, or of an oversized body */
	int64_t every_ms; /* between pieces */
	int64_t delay_ms;
	int64_t status;
	char location[256];
};

struct fault {
	const struct fault_kind *kind; /* NULL: none */
	struct fault_args args;
};

/* "name" or "name;argument=value;…".  ERR_USAGE says what is wrong with it. */
MUST_CHECK bool fault_parse(struct str text, struct fault *out, struct err *e);

/* Sets one argument by its name. */
MUST_CHECK bool fault_argument(struct fault_args *args, struct str name, struct str value,
			       struct err *e);

/* How long the request must wait: 0 not at all, INT64_MAX until the client gives up. */
int64_t fault_wait_ms(const struct fault *f);
/* It is carried out though the client has left. */
bool fault_outlives_client(const struct fault *f);

void fault_apply(const struct fault *f, const struct fault_scene *scene, struct reply *r);

/* Every kind with its meaning, one a line. */
void fault_list(struct buf *b);

struct fault_plan;

struct fault_plan *fault_plan_new(void);
void fault_plan_free(struct fault_plan *p);

/*
 * Replaces the rules by those in `rules`, an array of {"match": {"path_prefix", "query", "method",
 * "nth", "every", "from", "to", "probability", "seed"}, "fault": name, "args": {…}}; on an error
 * nothing changes.  NULL means no rules.
 */
MUST_CHECK bool fault_plan_set(struct fault_plan *p, yyjson_val *rules, struct err *e);

/*
 * Counts this request in every rule it matches and returns the fault of the first rule that fires;
 * its kind is NULL when none does.
 */
struct fault fault_plan_pick(struct fault_plan *p, struct str method, struct str path,
			     struct str query);

#endif

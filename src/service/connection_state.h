/* SPDX-License-Identifier: Apache-2.0 */
/*
 * connection_state.h - how a connection stands, in a word, a sentence and what to do next.  Pure.
 *
 * What a person decided comes first (stopped, or off in the plan), then what goes on (running),
 * then what waits for a person (attention), then what went wrong by itself (failing), then what is
 * late (attention).  A run under way keeps the sentence of what was wrong before it.
 */
#ifndef CONNECTION_STATE_H
#define CONNECTION_STATE_H

#include "store/control.h"
#include "work/queue.h"

enum connection_state {
	CONNECTION_OK,
	CONNECTION_RUNNING,
	CONNECTION_ATTENTION,
	CONNECTION_STOPPED,
	CONNECTION_FAILING,
	CONNECTION_OFF,
};
const char *connection_state_name(enum connection_state s);

struct connection_facts {
	struct str name;
	const struct pause *stopped; /* or NULL */
	bool off;                    /* by the plan: its integration says so */
	bool running;
	struct str token_problem;         /* why a person must authorise again; or empty */
	const struct hold *held;          /* one of the tables that a check stopped; or NULL */
	const struct run_log *last;       /* the last whole run that is over; or NULL */
	struct str trouble, trouble_next; /* of its integration; or empty */
	int64_t again_job, again_ms; /* the job that tries the last run again, and when; 0: none */
	int64_t quarantined;
	int64_t last_success_ms; /* wall; 0 never */
	int64_t due_every_ms;    /* by its schedule; 0: it has none */
	int64_t now_ms;
};

struct connection_verdict {
	enum connection_state state;
	struct str reason, next; /* empty when all is well */
};

/* Nobody is late before the second run in a row did not come, nor by less than this. */
#define CONNECTION_GRACE_MS ((int64_t)5 * 60 * 1000)

void connection_judge(struct arena *a, const struct connection_facts *f,
		      struct connection_verdict *out);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ctf.h - the shipped connector against a vendor in memory that answers what a test says.
 */
#ifndef CTF_H
#define CTF_H

#include "canned.h"
#include "flow/session.h"
#include "gameplatform/vendor.h"

#define must(call)                                                 \
	do {                                                       \
		struct err oops = { 0 };                           \
		if (!(call))                                       \
			ctf_die(__FILE__, __LINE__, #call, &oops); \
	} while (0)
NORETURN void ctf_die(const char *file, int line, const char *call, const struct err *e);

struct ctf {
	struct arena *arena;
	struct chaos chaos;
	struct test_clock clock;
	struct canned wire;
	struct rng rng;
	struct db *real, *db; /* db fails as the chaos says */
	struct connection connection;
	struct engine engine;
	struct vendor vendor;
	/* The answer to every request, until the test says otherwise. */
	int status;
	const char *body;
};

/* `config` NULL: a token and the default address. */
void ctf_open(struct ctf *c, const char *config);
void ctf_close(struct ctf *c);

/* "GET /users?syned_user_id=x" of request number i, from 0; "(nothing)". */
const char *ctf_sent(struct ctf *c, size_t i);

#endif

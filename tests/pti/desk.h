/* SPDX-License-Identifier: Apache-2.0 */
/*
 * desk.h - the shipped connector against a service in memory that answers what a test says.
 */
#ifndef DESK_H
#define DESK_H

#include "canned.h"
#include "pti/source.h"

#define desk_must(call)                                             \
	do {                                                        \
		struct err oops = { 0 };                            \
		if (!(call))                                        \
			desk_die(__FILE__, __LINE__, #call, &oops); \
	} while (0)
NORETURN void desk_die(const char *file, int line, const char *call, const struct err *e);

struct desk {
	struct arena *arena;
	struct chaos chaos;
	struct test_clock clock;
	struct canned wire;
	struct rng rng;
	struct db *real, *db; /* db fails as the chaos says */
	struct connection connection;
	struct engine engine;
	/* The answer to every request, until the test says otherwise. */
	int status;
	const char *body, *header, *value; /* header NULL: none */
};

/* `config` is JSON. */
void desk_open(struct desk *d, const char *config);
void desk_close(struct desk *d);

/* Asks for a player's page, once. */
struct fetched desk_fetch(struct desk *d, const char *url);

#endif

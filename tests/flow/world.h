/* SPDX-License-Identifier: Apache-2.0 */
/*
 * world.h - the invented vendor of fixtures/tiny.yaml and an engine that reads it.
 *
 * The vendor is the truth: a list of things, some of them shelves, each with the time of its last
 * change and the time from which the change can be seen (later than that when it commits late).
 */
#ifndef WORLD_H
#define WORLD_H

#include "canned.h"
#include "flow/run.h"

#define THINGS_MAX 512
#define LIMIT_CALLS 20
#define LIMIT_WINDOW_MS 60000

struct thing {
	int64_t id;
	bool shelf;         /* it is a shelf */
	int64_t on;         /* id of the shelf it stands on; 0 none */
	char amount[24];    /* digits */
	int64_t version;    /* part of its name */
	int64_t changed_ms; /* by the vendor's wall clock */
	bool gone;
	/* What was there before, shown until `visible_ms`. */
	int64_t visible_ms, version_before, changed_before_ms;
};

struct world {
	struct arena *arena; /* plan and results of a test */
	struct chaos chaos;
	struct test_clock clock;
	struct canned wire;
	struct db *real, *db;
	struct seal *seal;
	struct rng rng;
	struct cancel *stop;
	struct engine engine;
	const struct plan *plan;
	const struct connection *connection;
	struct thing thing[THINGS_MAX];
	size_t things;
	int64_t next_id;
	/* Before the vendor answers request number n (from 1). */
	void (*meanwhile)(struct world *w, size_t n);
	/* The token endpoint. */
	int64_t tokens;    /* how many pairs were given */
	bool token_closed; /* it refuses */
	bool lists_are_objects;
	char database[128];
};

#define must(call)                                                   \
	do {                                                         \
		struct err oops = { 0 };                             \
		if (!(call))                                         \
			world_die(__FILE__, __LINE__, #call, &oops); \
	} while (0)
NORETURN void world_die(const char *file, int line, const char *call, const struct err *e);

/* `file` NULL: a database in memory.  It has its tables when this returns. */
void world_open(struct world *w, const char *connection, const char *file);
void world_close(struct world *w);
/* Reads by another plan, fixtures/<connection>.plan.yaml, from now on; its tables are made. */
void world_use(struct world *w, const char *connection);

/* Vendor's edits, seen at once. */
struct thing *world_add(struct world *w, int64_t shelf); /* 0: on none */
struct thing *world_add_shelf(struct world *w);
void world_change(struct world *w, struct thing *t);
/* The change has happened now and will be seen only after `late_ms`. */
void world_change_late(struct world *w, struct thing *t, int64_t late_ms);
struct thing *world_add_late(struct world *w, int64_t shelf, int64_t late_ms);
/* `n` things on `shelves` shelves. */
void world_fill(struct world *w, int shelves, int n);
/* The shelves become rows of the application's own table own_shelves, in order, and the queue's
 * table is there: for plans with a rotation. */
void world_own_shelves(struct world *w);
int64_t vendor_now_ms(const struct world *w);
const char *thing_name(const struct thing *t, char to[48]);

/* One whole run; false when it could not be begun.  Results live as long as the world. */
bool world_run(struct world *w, enum run_mode mode, struct run_result *out, struct err *e);
/* Runs until one ends with success, or `most` runs; false when none did. */
bool world_run_until_done(struct world *w, enum run_mode mode, int most);

/*
 * Compares the table `things` (`shelves` too) with the vendor: every difference is printed.
 * `up_to_ms`: only changes up to that time must be there (INT64_MAX: all).
 */
int world_differences(struct world *w, int64_t up_to_ms);
/* As above for what the stored cursor of `things` covers; 0 when there is no cursor. */
int world_cursor_lies(struct world *w, int64_t overlap_ms);

int64_t world_int(struct world *w, const char *sql);
/* Lives as long as the world; "(null)". */
const char *world_text(struct world *w, const char *sql);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fixture.h - a fresh database for every test of the contract that all stores keep.
 *
 * A test program gets "sqlite" or "postgres" as its argument.  What a test takes for granted goes
 * through must(), which ends the program with the error's text.
 */
#ifndef FIXTURE_H
#define FIXTURE_H

#include "store/control.h"
#include "store/db.h"
#include "store/table.h"

struct fixture {
	struct db *db;
	struct arena *a;
	struct str url; /* opens the same database again */
	struct clock *clock;
};

/* Reads the argument; exits with 77 when there is no server to test against. */
void fixture_choose(int argc, char **argv);
bool on_postgres(void);

/* An empty database; `clock` may be NULL. */
struct fixture fixture_open(struct clock *clock);
void fixture_close(struct fixture *f);

/* Another connection to the same database. */
struct db *fixture_again(const struct fixture *f);

#define must(call)                                                     \
	do {                                                           \
		struct err oops = { 0 };                               \
		if (!(call))                                           \
			fixture_die(__FILE__, __LINE__, #call, &oops); \
	} while (0)
NORETURN void fixture_die(const char *file, int line, const char *call, const struct err *e);

/* Runs statements, separated by ";\n"; begins and commits when `in_transaction`. */
void run_sql(struct db *d, const char *sql);
/* The only cell of the answer. */
int64_t sql_int(struct db *d, const char *sql);
const char *sql_text(struct fixture *f, const char *sql);

/* The control tables. */
void make_control(struct fixture *f);
/* As much of the queue's table as a trigger that adds jobs needs. */
void make_jobs(struct fixture *f);

/* A program of its own with the same database: runs `run(f)` in a child and returns its pid. */
int fixture_fork(const struct fixture *f, int (*run)(struct fixture *f));
/* Its exit status; 128 + the signal that killed it. */
int fixture_wait(int pid);

#endif

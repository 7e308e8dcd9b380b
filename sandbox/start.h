/* SPDX-License-Identifier: Apache-2.0 */
/*
 * start.h - what every stand-in's command does the same way: its options, its start, its end.
 */
#ifndef START_H
#define START_H

#include "option.h"
#include "server.h"

struct server_options {
	int64_t port;
	const char *plan, *log, *clock, *rate_limit;
	bool quiet, no_gzip, help;
	struct option_list modes;
};

/* A table that reads into *o; sets the defaults. */
struct option_table server_options_table(struct server_options *o);

/* What no row of the table can check by itself. */
MUST_CHECK bool server_options_check(const struct server_options *o, struct err *e);

/* Makes *s ready for `vendor`; ended by server_done(), which accepts a half-built one. */
void server_init(struct server *s, struct vendor *vendor, const struct server_options *o);
void server_done(struct server *s);

/* Sets modes, limit and plan, opens the log, serves until it is told to end.  The exit status;
 * what went wrong has been said on stderr. */
int server_main(struct server *s, const struct server_options *o);

#endif

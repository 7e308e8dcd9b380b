/* SPDX-License-Identifier: Apache-2.0 */
/*
 * app.h - what most commands stand on: the plan, the database, the client, the key, signals.
 *
 * app_open() makes only what is asked for.  app_close() ends all of it.
 */
#ifndef APP_H
#define APP_H

#include "cli/command.h"
#include "flow/run.h"

enum app_part {
	APP_PLAN = 1,
	APP_DATABASE = 2, /* opened; with APP_CREATE a missing SQLite file is made */
	APP_CREATE = 4,
	APP_KEY = 8,
	APP_CLIENT = 16,
	APP_ENGINE = APP_PLAN | APP_DATABASE | APP_KEY | APP_CLIENT,
};

struct app {
	const struct args *args;
	struct arena *arena; /* the configuration's */
	const struct plan *plan;
	struct complaints complaints;
	struct db *db;
	struct client *client;
	struct seal *seal;
	struct cancel *stop; /* fired by SIGINT and SIGTERM */
	struct rng rng;
	struct engine engine;
};

/* False: everything was told already; *code is what to exit with. */
bool app_open(struct app *app, const struct args *a, unsigned parts, int *code);
void app_close(struct app *app);

/*
 * The connection that the command line names, or the only one there is.  ERR_USAGE lists what there
 * is.
 */
MUST_CHECK bool app_connection(const struct app *app, const char *name,
			       const struct connection **out, struct err *e);

/* Brings control tables and the connection's tables to the plan's schema; counts the statements. */
MUST_CHECK bool app_migrate(struct app *app, const struct connection *c, size_t *statements,
			    struct err *e);

/* The statements that app_migrate() would run. */
MUST_CHECK bool app_migration(struct app *app, struct arena *a, const struct connection *c,
			      struct str **statement, size_t *statements, struct err *e);

/* The plan that the command line or $LOCKSTEP_PLAN names. */
struct str app_plan_file(const struct args *a);

/* Where connectors are looked for: beside the plan, $LOCKSTEP_CONNECTORS, where they are installed.
 */
size_t app_connector_dirs(struct arena *a, struct str plan_file, struct str dir[4]);

/* Prints a JSON value on standard output. */
int app_print_json(struct arena *a, const struct args *args, struct value v);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * app.c - what most commands stand on.
 *
 * Always: SIGINT and SIGTERM fire app.stop; a later one ends the process at once (the database is
 * safe: what is not committed was never there).
 */
#include "cli/app.h"

#include "base/file.h"
#include "base/log.h"
#include "cli/integrations.h"
#include "cli/terminal.h"
#include "data/json.h"
#include "http/client.h"
#include "service/migration.h"

#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define SIGNAL_TWICE_MS 1000
#define CONFIG_BYTES_MAX ((size_t)256 * 1024 * 1024)

static struct cancel *signal_target; /* the signal flag */
static atomic_llong signalled_ms;    /* steady; 0: not yet */

/*
 * The first signal asks the run to stop, a later one ends the process.  timeout(1) and some service
 * managers send the first one twice, so what follows within a second is the same wish.
 */
static void on_signal(int number)
{
	long long now_ms = clock_steady_now(), first_ms = 0;

	if (!signal_target)
		_exit(128 + number);
	if (atomic_compare_exchange_strong(&signalled_ms, &first_ms, now_ms))
		cancel_fire(signal_target);
	else if (now_ms - first_ms > SIGNAL_TWICE_MS)
		_exit(128 + number);
}

static void catch_signals(struct cancel *stop)
{
	struct sigaction act = { .sa_handler = on_signal };

	signal_target = stop;
	sigemptyset(&act.sa_mask);
	sigaction(SIGINT, &act, NULL);
	sigaction(SIGTERM, &act, NULL);
	signal(SIGPIPE, SIG_IGN);
}

/* ---- the plan ---- */

struct str app_plan_file(const struct args *a)
{
	const char *given = args_value(a, "plan"), *env = getenv("LOCKSTEP_PLAN");

	if (given)
		return str_from(given);
	return env && env[0] ? str_from(env) : STR("lockstep.yaml");
}

/* The connectors that were installed with this binary, or that stand in the tree it was built in.
 */
static struct str shipped_connectors(struct arena *a)
{
	static const char *const beside[] = { "../share/lockstep/connectors", "../../connectors" };
	char exe[4096];
	ssize_t n = readlink("/proc/self/exe", exe, sizeof(exe) - 1);
	struct str dir = file_dir(a, (struct str){ exe, n > 0 ? (size_t)n : 0 });

	for (size_t i = 0; n > 0 && i < COUNT(beside); i++) {
		struct str path = file_join(a, dir, str_from(beside[i]));

		if (file_exists(path.at))
			return path;
	}
	return STR(CONNECTOR_DIR);
}

size_t app_connector_dirs(struct arena *a, struct str file, struct str dir[4])
{
	const char *env = getenv("LOCKSTEP_CONNECTORS");
	size_t n = 0;

	dir[n++] = file_join(a, file_dir(a, file), STR("connectors"));
	if (env && env[0])
		dir[n++] = str_from(env);
	dir[n++] = shipped_connectors(a);
	return n;
}

static int tell_complaints(const struct app *app, const struct err *e)
{
	const struct complaints *list = &app->complaints;

	if (list->n == 0)
		log_error("%s", e->text);
	for (size_t i = 0; i < list->n; i++) {
		struct str text = complaint_text(app->arena, &list->at[i]);

		log_error("%.*s", STR_ARG(text));
	}
	if (list->dropped > 0)
		log_error("… and %zu more", list->dropped);
	if (e->kind != ERR_MISSING)
		return EXIT_USAGE;
	log_info("`lockstep init CONNECTOR` writes a plan; --plan FILE names another");
	return EXIT_MISSING;
}

static bool open_plan(struct app *app, int *code)
{
	struct str dir[4];
	struct plan_options o = { .file = app_plan_file(app->args), .connector_dir = dir };
	struct err e;

	if (!file_exists(o.file.at)) {
		log_error("there is no plan %s; `lockstep init CONNECTOR` writes one", o.file.at);
		*code = EXIT_MISSING;
		return false;
	}
	o.connector_dirs = app_connector_dirs(app->arena, o.file, dir);
	if (plan_load(app->arena, &o, &app->plan, &app->complaints, &e))
		return true;
	*code = tell_complaints(app, &e);
	return false;
}

/* ---- the rest ---- */

static bool open_parts(struct app *app, unsigned parts, struct err *e)
{
	struct db_options db = { .create = (parts & APP_CREATE) != 0 };
	struct client_options client = { .user_agent = STR("lockstep/" VERSION), .http2 = true };

	if ((parts & APP_KEY) && !seal_open(app->plan->key_file, &app->seal, e))
		return false;
	if ((parts & APP_DATABASE) && !db_open(app->plan->database, &db, &app->db, e))
		return err_wrap(e, "database");
	return !(parts & APP_CLIENT) || client_open(&client, &app->client, e);
}

bool app_open(struct app *app, const struct args *a, unsigned parts, int *code)
{
	struct err e;

	*app = (struct app){ .args = a, .arena = arena_new("configuration", CONFIG_BYTES_MAX) };
	app->stop = cancel_new();
	catch_signals(app->stop);
	app->rng.state = (uint64_t)clock_wall_now() * 1000003u + (uint64_t)getpid();
	if ((parts & APP_PLAN) && !open_plan(app, code)) {
		app_close(app);
		return false;
	}
	if (!open_parts(app, parts, &e)) {
		*code = command_fail(a, &e);
		app_close(app);
		return false;
	}
	app->engine = (struct engine){ .client = app->client,
				       .db = app->db,
				       .clock = clock_system(),
				       .seal = app->seal,
				       .rng = &app->rng,
				       .stop = app->stop };
	return true;
}

void app_close(struct app *app)
{
	terminal_clear();
	client_close(app->client);
	db_close(app->db);
	seal_close(app->seal);
	signal_target = NULL;
	cancel_free(app->stop);
	arena_free(app->arena);
	*app = (struct app){ 0 };
}

bool app_connection(const struct app *app, const char *name, const struct connection **out,
		    struct err *e)
{
	const struct plan *p = app->plan;
	struct buf names;

	buf_in(&names, app->arena, 4096);
	for (size_t i = 0; i < p->connections; i++)
		buf_printf(&names, "%s%.*s", i ? ", " : "", STR_ARG(p->connection[i].name));
	if (!name && p->connections == 1) {
		*out = &p->connection[0];
		return true;
	}
	if (!name)
		return err_set(e, ERR_USAGE, "the plan has several connections, name one: %s",
			       names.at);
	*out = plan_connection(p, str_from(name));
	if (!*out)
		return err_set(e, ERR_MISSING, "the plan has no connection '%s'; it has: %s", name,
			       names.at ? names.at : "none");
	return true;
}

/* ---- migrations ---- */

bool app_migration(struct app *app, struct arena *a, const struct connection *c,
		   struct str **statement, size_t *statements, struct err *e)
{
	struct migration m = { app->plan, integrations };

	return migration_plan(app->db, a, &m, c, statement, statements, e);
}

bool app_migrate(struct app *app, const struct connection *c, size_t *statements, struct err *e)
{
	struct migration m = { app->plan, integrations };

	return migration_run(app->db, &m, c, statements, e);
}

int app_print_json(struct arena *a, const struct args *args, struct value v)
{
	struct str text;
	struct err e;

	if (!json_pretty(a, v, &text, &e))
		return command_fail(args, &e);
	printf("%.*s\n", STR_ARG(text));
	return EXIT_DONE;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* fixture.c - a fresh database for every test of the contract that all stores keep. */
#include "fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *server; /* the URL of a PostgreSQL server, or NULL: SQLite */
static char directory[] = "/tmp/lockstep-store-XXXXXX";
static int opened;

static void remove_directory(void)
{
	if (!getenv("LOCKSTEP_TEST_KEEP"))
		execlp("rm", "rm", "-rf", directory, (char *)NULL);
}

static void at_end(void)
{
	pid_t pid = fork();

	if (pid == 0) {
		remove_directory();
		_exit(0);
	}
	waitpid(pid, NULL, 0);
}

void fixture_choose(int argc, char **argv)
{
	bool postgres = argc > 1 && strcmp(argv[1], "postgres") == 0;

	server = postgres ? getenv("LOCKSTEP_TEST_POSTGRES") : NULL;
	if (postgres && !server) {
		printf("1..0 # SKIP no LOCKSTEP_TEST_POSTGRES (run me by tests/with_postgres)\n");
		exit(77);
	}
	if (!mkdtemp(directory))
		abort();
	atexit(at_end);
}

bool on_postgres(void)
{
	return server != NULL;
}

NORETURN void fixture_die(const char *file, int line, const char *call, const struct err *e)
{
	printf("Bail out! %s:%d: %s: %s: %s\n", file, line, call, err_kind_name(e->kind), e->text);
	exit(1);
}

/* Every PostgreSQL test has a schema of its own, that the URL makes the only one. */
static void make_schema(const char *name)
{
	struct db_options o = { 0 };
	struct db *d = NULL;
	char sql[64];

	snprintf(sql, sizeof(sql), "CREATE SCHEMA %s", name);
	must(db_open(str_from(server), &o, &d, &oops));
	run_sql(d, sql);
	db_close(d);
}

struct fixture fixture_open(struct clock *clock)
{
	struct fixture f = { .a = arena_new("fixture", (size_t)1 << 30), .clock = clock };
	struct db_options o = { .create = true, .clock = clock };
	char name[32];

	snprintf(name, sizeof(name), "t%d_%d", (int)getpid(), ++opened);
	if (server) {
		make_schema(name);
		f.url = str_printf(f.a, "%s%coptions=-csearch_path%%3D%s", server,
				   strchr(server, '?') ? '&' : '?', name);
	} else {
		f.url = str_printf(f.a, "sqlite:%s/%s.db", directory, name);
	}
	must(db_open(f.url, &o, &f.db, &oops));
	return f;
}

void fixture_close(struct fixture *f)
{
	db_close(f->db);
	arena_free(f->a);
	*f = (struct fixture){ 0 };
}

struct db *fixture_again(const struct fixture *f)
{
	struct db_options o = { .clock = f->clock };
	struct db *d = NULL;

	must(db_open(f->url, &o, &d, &oops));
	return d;
}

void run_sql(struct db *d, const char *sql)
{
	AUTO_ARENA *a = arena_new("sql", 1 << 20);
	struct str rest = str_from(sql);

	while (rest.len) {
		ptrdiff_t end = str_find(rest, STR(";\n"));
		struct str one = str_slice(rest, 0, end < 0 ? rest.len : (size_t)end);

		rest = str_slice(rest, one.len + 2, rest.len);
		must(db_exec(d, str_keep(a, one).at, NULL, 0, NULL, &oops));
	}
}

int64_t sql_int(struct db *d, const char *sql)
{
	AUTO_ARENA *a = arena_new("sql", 1 << 20);
	struct db_result r = { 0 };

	must(db_query(d, a, sql, NULL, 0, &r, &oops));
	assert(r.rows == 1 && r.columns == 1 && db_cell(&r, 0, 0).kind == VALUE_INT);
	return db_cell(&r, 0, 0).i;
}

const char *sql_text(struct fixture *f, const char *sql)
{
	struct db_result r = { 0 };
	struct value v;

	must(db_query(f->db, f->a, sql, NULL, 0, &r, &oops));
	assert(r.rows == 1 && r.columns == 1);
	v = db_cell(&r, 0, 0);
	return v.kind == VALUE_NULL ? "(null)" : str_keep(f->a, v.s).at;
}

void make_control(struct fixture *f)
{
	struct str *statement = NULL;
	size_t n = 0;

	must(control_plan(f->db, f->a, &statement, &n, &oops));
	must(schema_apply(f->db, statement, n, &oops));
}

int fixture_fork(const struct fixture *f, int (*run)(struct fixture *f))
{
	int pid;

	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		struct fixture own = { .a = arena_new("child", (size_t)1 << 30),
				       .url = f->url,
				       .clock = f->clock };

		own.db = fixture_again(f);
		_exit(run(&own));
	}
	assert(pid > 0);
	return pid;
}

int fixture_wait(int pid)
{
	int status;

	if (waitpid(pid, &status, 0) != pid)
		abort();
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

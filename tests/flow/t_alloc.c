/* SPDX-License-Identifier: Apache-2.0 */
/*
 * t_alloc.c - the n-th allocation fails, for every n: the process aborts, and a run after it heals.
 *
 * Linked with --wrap for the allocator's functions, so that every call of ours passes here.
 */
#include "world.h"

#include "tap.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t size);

/* Allocations to come until one fails; 0: none fails. */
static long countdown;

static bool refuses(void)
{
	return countdown > 0 && --countdown == 0;
}

void *__wrap_malloc(size_t size)
{
	return refuses() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t n, size_t size)
{
	return refuses() ? NULL : __real_calloc(n, size);
}

void *__wrap_realloc(void *p, size_t size)
{
	return refuses() ? NULL : __real_realloc(p, size);
}

static struct world w;
static char directory[] = "/tmp/lockstep-alloc-XXXXXX";

static void vendor_fill(void)
{
	world_fill(&w, 2, 11);
}

/* What the process that is to die does; 0 when it was spared. */
static int child(const char *file, enum run_mode mode, long n)
{
	struct run_result r = { 0 };
	const struct rlimit no_core = { 0, 0 };
	int quiet = open("/dev/null", O_WRONLY | O_CLOEXEC);

	(void)setrlimit(RLIMIT_CORE, &no_core); /* a core file more is no failure */
	if (quiet < 0 || dup2(quiet, STDERR_FILENO) < 0)
		return 3;
	world_open(&w, "tiny", file);
	vendor_fill();
	countdown = n;
	must(world_run(&w, mode, &r, &oops));
	if (countdown == 0)
		return 2; /* the failure was swallowed */
	countdown = 0;
	return r.status == RUN_SUCCESS ? 0 : 4;
}

static bool heals(const char *file, enum run_mode mode)
{
	bool good;

	world_open(&w, "tiny", file);
	vendor_fill();
	good = world_cursor_lies(&w, 0) == 0 && world_run_until_done(&w, mode, 2) &&
	       world_differences(&w, INT64_MAX) == 0 &&
	       world_int(&w, "SELECT count(*) FROM sync_logs WHERE status = 'running'") == 0;
	world_close(&w);
	return good;
}

/* False when the run was spared. */
static bool suffer(enum run_mode mode, long n, int *bad)
{
	char file[128];
	int status;
	pid_t pid;

	snprintf(file, sizeof(file), "%s/%d-%ld.db", directory, (int)mode, n);
	fflush(stdout);
	pid = fork();
	if (pid == 0)
		_exit(child(file, mode, n));
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		abort();
	if (WIFEXITED(status) && WEXITSTATUS(status) != 0) {
		printf("# allocation %ld: the process ends with %d\n", n, WEXITSTATUS(status));
		++*bad;
	}
	if (!heals(file, mode)) {
		printf("# allocation %ld: not healed\n", n);
		++*bad;
	}
	return !(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static void directory_remove(void)
{
	pid_t pid = fork();

	if (pid == 0) {
		execlp("rm", "rm", "-rf", directory, (char *)NULL);
		_exit(1);
	}
	if (pid > 0)
		waitpid(pid, NULL, 0);
}

int main(void)
{
	static const enum run_mode modes[] = { MODE_INCREMENTAL, MODE_FULL };

	if (!mkdtemp(directory))
		abort();
	for (size_t i = 0; i < COUNT(modes); i++) {
		long n = 1;
		int bad = 0;

		while (suffer(modes[i], n, &bad))
			n++;
		OK(bad == 0 && n > 10, "%s: %ld allocations, each refused once",
		   run_mode_name(modes[i]), n - 1);
	}
	directory_remove();
	return tap_done();
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * process.c - the name of a process, by which another can ask whether it still runs.
 *
 * "host/pid namespace:boot:pid:start time": a process of the same three can be asked for, and a pid
 * that was given again has another start time.
 */
#include "store/process.h"

#include "base/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* When a process began, in clock ticks after boot; 0 when there is none (proc(5), stat, field 22).
 */
static unsigned long long start_time(int pid)
{
	char path[64], text[1024], *at;
	size_t n;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	f = fopen(path, "re");
	if (!f)
		return 0;
	n = fread(text, 1, sizeof(text) - 1, f);
	fclose(f);
	text[n] = 0;
	at = strrchr(text, ')'); /* the name before it may hold anything */
	for (int field = 2; at && field < 22; field++)
		at = strchr(at + 1, ' ');
	return at ? strtoull(at, NULL, 10) : 0;
}

/* This machine as far as pids go: "host/namespace:boot". */
static struct str machine_text(struct arena *a)
{
	char host[256] = "", space[64] = "", boot[BOOT_ID_SIZE];

	if (gethostname(host, sizeof(host) - 1) != 0)
		host[0] = 0;
	if (readlink("/proc/self/ns/pid", space, sizeof(space) - 1) < 0)
		space[0] = 0;
	for (char *c = host; *c; c++)
		*c = *c == ':' ? '_' : *c;
	for (char *c = space; *c; c++)
		*c = *c == ':' ? '_' : *c;
	clock_boot_id(boot);
	return str_printf(a, "%s/%s:%s", host, space, boot);
}

struct str process_name(struct arena *a)
{
	struct str machine = machine_text(a);

	return str_printf(a, "%.*s:%d:%llu", STR_ARG(machine), (int)getpid(),
			  start_time((int)getpid()));
}

bool process_is_dead(struct arena *a, struct str name)
{
	struct str machine = machine_text(a), rest;
	int64_t pid, started;

	if (!str_starts(name, machine))
		return false;
	rest = str_slice(name, machine.len + 1, name.len);
	if (!str_to_i64(str_cut(&rest, ':'), &pid) || !str_to_i64(rest, &started) || pid <= 0)
		return false;
	return start_time((int)pid) != (unsigned long long)started;
}

bool process_of_other_boot(struct str name)
{
	char boot[BOOT_ID_SIZE];
	struct str rest = name;

	str_cut(&rest, ':');
	clock_boot_id(boot);
	return !str_eq(str_cut(&rest, ':'), str_from(boot));
}

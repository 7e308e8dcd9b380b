/* SPDX-License-Identifier: Apache-2.0 */
/* clock.c - the machine's clock. */
#include "base/clock.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

static int64_t read_ms(clockid_t id)
{
	struct timespec t;

	if (clock_gettime(id, &t) != 0)
		assert(!"clock_gettime");
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

int64_t clock_steady_now(void)
{
	return read_ms(CLOCK_BOOTTIME);
}

int64_t clock_wall_now(void)
{
	return read_ms(CLOCK_REALTIME);
}

static int64_t system_wall_ms(struct clock *c)
{
	(void)c;
	return clock_wall_now();
}

static int64_t system_steady_ms(struct clock *c)
{
	(void)c;
	return clock_steady_now();
}

static void sleep_plainly(int64_t wait_ms)
{
	struct timespec t = { .tv_sec = wait_ms / 1000, .tv_nsec = wait_ms % 1000 * 1000000 };

	while (clock_nanosleep(CLOCK_MONOTONIC, 0, &t, &t) != 0)
		continue;
}

static bool system_sleep(struct clock *c, int64_t wait_ms, const struct cancel *stop, struct err *e)
{
	(void)c;
	if (stop)
		(void)cancel_wait(stop, wait_ms); /* cancel_check says it */
	else if (wait_ms > 0)
		sleep_plainly(wait_ms);
	return cancel_check(stop, e);
}

static const struct clock_ops system_ops = { system_wall_ms, system_steady_ms, system_sleep };

struct clock *clock_system(void)
{
	static struct clock system = { &system_ops };

	return &system;
}

void clock_boot_id(char id[BOOT_ID_SIZE])
{
	FILE *f = fopen("/proc/sys/kernel/random/boot_id", "re");
	size_t n = 0;

	memset(id, '0', BOOT_ID_SIZE - 1);
	if (f) {
		n = fread(id, 1, BOOT_ID_SIZE - 1, f);
		fclose(f);
	}
	if (n != BOOT_ID_SIZE - 1)
		memset(id, '0', BOOT_ID_SIZE - 1);
	id[BOOT_ID_SIZE - 1] = 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tap.h - the whole test framework.
 *
 * A test program prints one "ok"/"not ok" line per check and a plan at the
 * end (TAP), which `meson test` and `prove` both read.
 */
#ifndef TAP_H
#define TAP_H

#include <stdio.h>
#include <string.h>

static int tap_n, tap_bad;

#define OK(cond, ...)                                                       \
	do {                                                                \
		int tap_ok = !!(cond);                                      \
		tap_n++;                                                    \
		tap_bad += !tap_ok;                                         \
		printf("%sok %d - ", tap_ok ? "" : "not ", tap_n);          \
		printf(__VA_ARGS__);                                        \
		printf("\n");                                               \
		if (!tap_ok)                                                \
			printf("# %s:%d: %s\n", __FILE__, __LINE__, #cond); \
		fflush(stdout);                                             \
	} while (0)

#define IS(got, want, what)                                               \
	do {                                                              \
		const char *tap_g = (got), *tap_w = (want);               \
		OK(strcmp(tap_g, tap_w) == 0, "%s", what);                \
		if (strcmp(tap_g, tap_w) != 0)                            \
			printf("#  got: %s\n# want: %s\n", tap_g, tap_w); \
	} while (0)

static inline int tap_done(void)
{
	printf("1..%d\n", tap_n);
	return tap_bad != 0;
}

#endif

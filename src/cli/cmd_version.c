/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_version.c - `lockstep version`: which Lockstep this is, and on what it stands. */
#include "cli/app.h"

#include <curl/curl.h>
#include <libpq-fe.h>
#include <sodium.h>
#include <sqlite3.h>
#include <stdio.h>

static int version_run(const struct args *a)
{
	int pq = PQlibVersion();

	if (!args_flag(a, "verbose")) {
		printf("lockstep %s\n", VERSION);
		return EXIT_DONE;
	}
	printf("lockstep %s\n%s\nSQLite %s\nlibpq %d.%d\nlibsodium %s\n", VERSION, curl_version(),
	       sqlite3_libversion(), pq / 10000, pq % 10000, sodium_version_string());
	return EXIT_DONE;
}

const struct command command_version = {
	.name = "version",
	.usage = "[options]",
	.summary = "tell which version this is",
	.examples = "lockstep version --verbose",
	.option = { { "verbose", 'v', NULL, "also the libraries it runs with" } },
	.run = version_run,
};

/* SPDX-License-Identifier: Apache-2.0 */
/* api_server.c - the stand-in API as a program, for clients of other languages: api_server LISTEN.
 */
#include "stand_in.h"

#include <signal.h>
#include <stdio.h>

int main(int argc, char **argv)
{
	struct api_options o = { .listen = argc > 1 ? str_from(argv[1]) : STR("127.0.0.1:0"),
				 .database = STR("sqlite::memory:"),
				 .version = STR("test"),
				 .plain_per_s = 1000000 };
	struct api *api;
	struct err e;
	sigset_t set;
	int got;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigprocmask(SIG_BLOCK, &set, NULL);
	api = api_new(&o);
	api_add(api, stand_in_routes, NULL);
	if (!api_start(api, &e)) {
		fprintf(stderr, "%s\n", e.text);
		return 1;
	}
	printf("listening on %d\n", api_port(api));
	fflush(stdout);
	sigwait(&set, &got);
	api_drain(api, 5000);
	api_free(api);
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * key_server.h - a client whose only host publishes keys: it answers what the test says.
 */
#ifndef KEY_SERVER_H
#define KEY_SERVER_H

#include "http/client.h"

#include <stdatomic.h>

struct key_server {
	struct client client;
	int status;      /* 0: no answer */
	struct str body; /* of 200 */
	atomic_int asked;
	/* Called while a request is under way; may be NULL. */
	void (*meanwhile)(void *arg);
	void *arg;
};

void key_server_init(struct key_server *s);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * raw_server.h - an HTTP server that misbehaves on request, for tests of the client.
 *
 * Listens on 127.0.0.1 only.  The path of a request says how it is answered (the table is in
 * raw_server.c).  It counts connections and requests, so that tests can tell what went over the
 * wire.
 */
#ifndef RAW_SERVER_H
#define RAW_SERVER_H

#include "base/str.h"
#include "base/thread.h"

struct raw_server;

struct raw_server *raw_server_open(void);
/* All clients must have gone. */
void raw_server_close(struct raw_server *s);

int raw_server_port(const struct raw_server *s);
int raw_server_connections(struct raw_server *s);
int raw_server_requests(struct raw_server *s);

/* Waits until that many requests have arrived in all. */
void raw_server_await(struct raw_server *s, int requests);

/* Where redirects to elsewhere lead: "http://localhost:1234/echo", … */
void raw_server_point_to(struct raw_server *s, const char *url);

/* What /page answers: letters, always the same. */
#define PAGE_BYTES ((size_t)84 * 1024)
char raw_server_page_byte(size_t i);

/* What /bomb unpacks to. */
#define BOMB_BYTES ((size_t)100 * 1024 * 1024)

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* wire.h - a client that sends exactly the bytes it is given, well formed or not. */
#ifndef WIRE_H
#define WIRE_H

#include "base/str.h"

/* A connection to 127.0.0.1; -1 when it was refused. */
int wire_connect(int port);
/* False when the other side hung up. */
bool wire_send(int fd, struct str bytes);
#define wire_say(fd, text) wire_send((fd), str_from(text))

struct wire_answer {
	int status;      /* 0: hung up without an answer */
	struct str head; /* status line and headers */
	struct str body;
};
/* Reads one answer (Content-Length or chunked); for HEAD there is no body. */
struct wire_answer wire_read(struct arena *a, int fd, bool head_only);
/* A header's value, or "". */
struct str wire_header(struct arena *a, const struct wire_answer *w, const char *name);
/* Sends, reads and closes. */
struct wire_answer wire_ask(struct arena *a, int port, const char *request);
/* Reads until the text was seen, or the other side hung up (false). */
bool wire_await(int fd, const char *text);
/* All that was read up to there. */
struct str wire_collect(struct arena *a, int fd, const char *text);
/* Waits until the other side hangs up. */
void wire_await_end(int fd);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * loopback.h - waits for a browser to come back from an authorization page (RFC 8252, 7.3).
 *
 * Listens on 127.0.0.1 only, on the port of the redirect URL, answers every request with a
 * short page, and ends with the first that carries the expected `state`.
 */
#ifndef LOOPBACK_H
#define LOOPBACK_H

#include "base/cancel.h"
#include "base/str.h"

struct loopback;

/* `path` is where the redirect comes to ("/callback"). */
MUST_CHECK bool loopback_open(uint16_t port, struct str path, struct loopback **out, struct err *e);

/*
 * Waits for a request whose `state` is `state` (compared in constant time).  Others are told off
 * and do not end the wait.  *code lives as long as `a`.  ERR_AUTH when the vendor sent `error`,
 * ERR_TRANSIENT after `wait_ms`, ERR_CANCELLED.
 */
MUST_CHECK bool loopback_wait(struct loopback *l, struct arena *a, struct str state,
			      int64_t wait_ms, const struct cancel *stop, struct str *code,
			      struct err *e);

void loopback_close(struct loopback *l); /* NULL is allowed */

#endif

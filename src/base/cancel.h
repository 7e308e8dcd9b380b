/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cancel.h - "stop now", from anybody to whoever waits.
 *
 * Fired once, for good.  cancel_fire() is async-signal-safe.  Whoever waits for something else too
 * adds cancel_fd() (an eventfd that becomes readable) to what it polls; it must not read from it.
 */
#ifndef CANCEL_H
#define CANCEL_H

#include "base/err.h"

struct cancel;

struct cancel *cancel_new(void);
void cancel_free(struct cancel *c);

void cancel_fire(struct cancel *c);
bool cancel_fired(const struct cancel *c);
int cancel_fd(const struct cancel *c);

/* Waits until fired (true) or until `wait_ms` have passed (false). */
bool cancel_wait(const struct cancel *c, int64_t wait_ms);

/* ERR_CANCELLED when fired. */
MUST_CHECK bool cancel_check(const struct cancel *c, struct err *e);

#endif

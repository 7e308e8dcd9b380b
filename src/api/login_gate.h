/* SPDX-License-Identifier: Apache-2.0 */
/*
 * login_gate.h - who failed to log in lately, and must wait before another try.
 *
 * By name and by address, in memory of a fixed size: after a few failures each further one doubles
 * the wait, up to a minute for a name (its owner wants in as well) and a quarter of an hour for an
 * address.  Where somebody got in lately, his name does not wait: else whoever fails in it often
 * enough, from anywhere, keeps him out.  Pure: the time is given.  Any thread may ask.
 */
#ifndef LOGIN_GATE_H
#define LOGIN_GATE_H

#include "base/str.h"

#define LOGIN_FREE_TRIES 5
#define LOGIN_NAME_WAIT_MAX_MS INT64_C(60000)
#define LOGIN_ADDRESS_WAIT_MAX_MS (INT64_C(15) * 60 * 1000)
#define LOGIN_FORGET_MS (INT64_C(30) * 60 * 1000)
#define LOGIN_KNOWN_MS (INT64_C(30) * 24 * 3600 * 1000) /* how long lately is */

struct login_gate;

struct login_gate *login_gate_new(void);
void login_gate_free(struct login_gate *g);

/* How long this name, from this address, must wait; 0: it may try. */
int64_t login_gate_wait_ms(struct login_gate *g, struct str name, struct str address,
			   int64_t now_ms);
/* `name` empty: only the address failed. */
void login_gate_failed(struct login_gate *g, struct str name, struct str address, int64_t now_ms);
/* The name's failures are forgotten; the address's are not, it may be guessing others. */
void login_gate_passed(struct login_gate *g, struct str name, struct str address, int64_t now_ms);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * backoff.h - how long to wait before trying again: pure functions.
 */
#ifndef BACKOFF_H
#define BACKOFF_H

#include "base/rng.h"
#include "base/str.h"

/*
 * Full jitter (AWS Architecture Blog, 2015): uniform in [0, min(cap, base * 2^attempt)], attempt
 * from 0.  Never negative; base_ms <= cap_ms.
 */
int64_t backoff_full_jitter_ms(int64_t base_ms, int64_t cap_ms, unsigned attempt, struct rng *rng);

/*
 * Retry-After (RFC 9110, 10.2.3) in every form seen: seconds, also fractional ("0.493"), or an
 * HTTP-date in its three forms (5.6.7), taken against `now_wall_ms`.  Rounded up, never earlier
 * than asked; a date in the past is 0.  False when it is none of these or absurd (over 366 days).
 */
bool retry_after_ms(struct str value, int64_t now_wall_ms, int64_t *wait_ms);

/* An HTTP-date to Unix milliseconds. */
bool http_date_parse(struct str value, int64_t *wall_ms);

/* What a status means when a manifest says nothing. */
enum http_class {
	HTTP_OK,      /* 2xx */
	HTTP_AUTH,    /* 401, 403 */
	HTTP_REFUSED, /* other 4xx: retrying will not help */
	HTTP_LIMITED, /* 429 */
	HTTP_RETRY,   /* 408, 425, 5xx */
	HTTP_ODD,     /* 1xx, 3xx that was not followed, anything else */
};
enum http_class http_class(int status);

#endif

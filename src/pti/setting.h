/* SPDX-License-Identifier: Apache-2.0 */
/*
 * setting.h - what the plan says of a connection, whatever it was written as.
 *
 * A config's values may come from the environment, and are texts then: "500", "true", "60s".
 */
#ifndef SETTING_H
#define SETTING_H

#include "connector/plan.h"

/* Empty when nothing was said. */
struct str setting_text(const struct connection *c, const char *name);
/* `fallback` when nothing, no number, or one below 0 was said. */
int64_t setting_number(const struct connection *c, const char *name, int64_t fallback);
bool setting_true(const struct connection *c, const char *name);
/* A length of time ("60s"), in milliseconds. */
int64_t setting_span_ms(const struct connection *c, const char *name, int64_t fallback_ms);

#endif

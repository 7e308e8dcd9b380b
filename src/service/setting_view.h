/* SPDX-License-Identifier: Apache-2.0 */
/*
 * setting_view.h - what is in force for a connection, as JSON, without its secrets: of these is
 * only told whether they are set.
 *
 * A secret is what the connector's spec calls one, what is named like one, what the spec does not
 * know and came from outside, and a URL with a password in it.
 */
#ifndef SETTING_VIEW_H
#define SETTING_VIEW_H

#include "connector/plan.h"

/* A list of {section, name, value, from: "plan", "environment", "default" or null, secret}. */
struct value setting_views(struct arena *a, const struct connection *n);

#endif

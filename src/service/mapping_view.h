/* SPDX-License-Identifier: Apache-2.0 */
/* mapping_view.h - how records become rows, as the plan says it, as JSON. */
#ifndef MAPPING_VIEW_H
#define MAPPING_VIEW_H

#include "connector/plan.h"

struct value mapping_view(struct arena *a, const struct connection *n, const struct plan_table *t);

#endif

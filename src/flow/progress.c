/* SPDX-License-Identifier: Apache-2.0 */
/* progress.c - how far the cursors of a stream's partitions came in a pass. */
#include "flow/progress.h"

#include "data/moment.h"
#include "flow/cursor.h"

void progress_begin(struct progress *p, int64_t cursor_us)
{
	if (p->partitions++ == 0 || cursor_us < p->before_us)
		p->before_us = cursor_us;
}

void progress_end(struct progress *p, int64_t cursor_us)
{
	if (p->done++ == 0 || cursor_us < p->after_us)
		p->after_us = cursor_us;
}

static struct value time_value(struct arena *a, int64_t us)
{
	return us == NO_TIME ? NULL_VALUE : value_str(moment_text(a, us));
}

struct value progress_value(struct arena *a, const struct progress *p)
{
	struct value map = value_map_new(a);

	value_map_set(a, map, STR("before"), time_value(a, p->before_us));
	value_map_set(a, map, STR("after"), time_value(a, p->done ? p->after_us : NO_TIME));
	value_map_set(a, map, STR("partitions"), value_int(p->partitions));
	return map;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* probe.c - reads the first page of a connection's check streams. */
#include "flow/probe.h"

#include "flow/reader.h"

static bool probe(struct session *s, const struct stream *st, struct arena *a,
		  struct probe_result *out, struct err *e)
{
	struct reader_options o = { .stream = st,
				    .page_size = s->connection->page_size,
				    .pages_max = 1,
				    .begin = reader_from_start };
	int64_t began_ms = clock_steady_ms(s->engine->clock);
	struct reader *r;
	struct page page = { 0 };
	bool more, ok;

	if (!reader_open(s, a, &o, &r, e))
		return false;
	ok = reader_next(r, &page, &more, e);
	*out = (struct probe_result){ st->name, page.records,
				      clock_steady_ms(s->engine->clock) - began_ms };
	reader_close(r);
	return ok;
}

bool probe_connection(const struct engine *g, const struct connection *c, struct arena *a,
		      struct probe_result **out, size_t *n, struct err *e)
{
	struct probe_result *list =
		arena_new_array(a, struct probe_result, c->manifest->checks + 1);
	struct session *s;

	if (!session_open(a, g, c, &s, e))
		return false;
	for (size_t i = 0; i < c->manifest->checks; i++)
		if (!probe(s, c->manifest->check[i], a, &list[i], e))
			return false;
	*out = list;
	*n = c->manifest->checks;
	return true;
}

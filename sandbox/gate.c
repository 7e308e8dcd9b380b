/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gate.c - a rate limit as a vendor enforces it.
 *
 * Always: at[] is a ring of the times of the last n requests let in, oldest at `next`.
 */
#include "server.h"

#include <stdlib.h>

struct gate {
	int64_t n, window_ms;
	int64_t next, held;
	int64_t at[];
};

struct gate *gate_new(int64_t n, int64_t seconds)
{
	struct gate *g = calloc(1, sizeof *g + (size_t)n * sizeof(int64_t));

	assert(n > 0 && seconds > 0);
	if (!g)
		abort();
	g->n = n;
	g->window_ms = seconds * MS_PER_S;
	return g;
}

void gate_free(struct gate *g)
{
	free(g);
}

int64_t gate_pass(struct gate *g, int64_t now_ms)
{
	int64_t free_at = g->at[g->next] + g->window_ms;

	if (g->held == g->n && now_ms < free_at)
		return free_at - now_ms;
	g->at[g->next] = now_ms;
	g->next = (g->next + 1) % g->n;
	if (g->held < g->n)
		g->held++;
	return 0;
}

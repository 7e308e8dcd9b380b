/* SPDX-License-Identifier: Apache-2.0 */
/* visit.c - the visits that wait, and when they go on. */
#include "visit.h"

#include <poll.h>

/* How often it is looked whether a waiting client has left. */
#define LEFT_POLL_MS 50

void visit_suspend(struct visit *v, int64_t wake_ms)
{
	assert(!v->suspended);
	v->suspended = true;
	v->wake_ms = wake_ms;
	v->plans = v->visits->server->plans;
	v->next = v->visits->first;
	v->visits->first = v;
	MHD_suspend_connection(v->request.connection);
}

static bool client_left(const struct visit *v)
{
	struct pollfd p = { .fd = v->fd, .events = POLLRDHUP };

	return poll(&p, 1, 0) > 0 && (p.revents & (POLLRDHUP | POLLHUP | POLLERR));
}

static bool time_has_come(const struct visit *v, int64_t now_ms)
{
	return now_ms >= v->wake_ms ||
	       (v->wake_ms == INT64_MAX && v->plans != v->visits->server->plans);
}

void visits_wake(struct visits *vs, int64_t now_ms, bool all)
{
	struct visit **link = &vs->first;

	while (*link) {
		struct visit *v = *link;
		bool stays = fault_outlives_client(&v->fault) && !all;
		bool left = all || client_left(v);

		if ((!left || stays) && !time_has_come(v, now_ms)) {
			link = &v->next;
			continue;
		}
		*link = v->next;
		v->suspended = false;
		v->abandoned = left;
		if (left && stays)
			visit_carry_out(v);
		MHD_resume_connection(v->request.connection);
	}
}

int64_t visits_next_ms(const struct visits *vs, int64_t now_ms)
{
	int64_t next_ms = now_ms + LEFT_POLL_MS;

	for (const struct visit *v = vs->first; v; v = v->next)
		if (v->wake_ms < next_ms)
			next_ms = v->wake_ms;
	return next_ms;
}

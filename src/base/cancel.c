/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cancel.c - an atomic flag and an eventfd that say the same.
 *
 * Always: the fd is readable if and only if the flag is set (the flag may be first by an instant).
 */
#include "base/cancel.h"

#include "base/clock.h"

#include <errno.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

struct cancel {
	atomic_bool fired;
	int fd;
};

struct cancel *cancel_new(void)
{
	struct cancel *c = calloc(1, sizeof(*c));

	if (!c)
		abort();
	c->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (c->fd < 0)
		abort();
	return c;
}

void cancel_free(struct cancel *c)
{
	if (!c)
		return;
	close(c->fd);
	free(c);
}

void cancel_fire(struct cancel *c)
{
	uint64_t one = 1;
	ssize_t n;

	atomic_store(&c->fired, true);
	n = write(c->fd, &one, sizeof(one));
	(void)n; /* full means it is readable already; nothing else can fail */
}

bool cancel_fired(const struct cancel *c)
{
	return atomic_load(&c->fired);
}

int cancel_fd(const struct cancel *c)
{
	return c->fd;
}

#define POLL_MAX_MS 3600000

bool cancel_wait(const struct cancel *c, int64_t wait_ms)
{
	int64_t until = clock_steady_now() + (wait_ms > 0 ? wait_ms : 0);

	for (;;) {
		struct pollfd p = { .fd = c->fd, .events = POLLIN };
		int64_t left = until - clock_steady_now();

		if (cancel_fired(c))
			return true;
		if (left <= 0)
			return false;
		if (poll(&p, 1, (int)(left < POLL_MAX_MS ? left : POLL_MAX_MS)) < 0 &&
		    errno != EINTR)
			return cancel_fired(c);
	}
}

bool cancel_check(const struct cancel *c, struct err *e)
{
	if (c && cancel_fired(c))
		return err_set(e, ERR_CANCELLED, "stopped on request");
	return true;
}

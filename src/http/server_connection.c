/* SPDX-License-Identifier: Apache-2.0 */
/*
 * server_connection.c - who is connected, in which phase, and until when.
 *
 * Always: a connection is in the list from the moment its socket is accepted until just before that
 * is closed, so that under the lock its descriptor is its own.  A connection that is cut is only
 * shut down; libmicrohttpd notices and ends it as if the client had gone.
 */
#include "base/clock.h"
#include "http/server_part.h"

#include <stdio.h>
#include <stdlib.h>

static int64_t phase_ms(const struct server *s, enum phase phase)
{
	const int64_t ms[] = {
		[PHASE_HEAD] = s->o.head_ms, [PHASE_IDLE] = s->o.idle_ms,
		[PHASE_BODY] = s->o.body_ms, [PHASE_HANDLED] = 0,
		[PHASE_SEND] = s->o.send_ms, [PHASE_STREAM] = 0,
	};

	return ms[phase];
}

static void set_phase(const struct server *s, struct connection *c, enum phase phase)
{
	int64_t ms = phase_ms(s, phase);

	c->phase = phase;
	c->deadline_ms = ms ? clock_steady_now() + ms : 0;
}

void connection_phase(struct server *s, struct connection *c, enum phase phase)
{
	mutex_lock(&s->connections_lock);
	set_phase(s, c, phase);
	mutex_unlock(&s->connections_lock);
}

enum MHD_Result connection_accept(void *arg, const struct sockaddr *from, socklen_t size)
{
	struct server *s = arg;
	char address[SERVER_ADDRESS_MAX], group[SERVER_ADDRESS_MAX];
	size_t n = 0;

	(void)size;
	if (atomic_load(&s->draining))
		return MHD_NO;
	address_text(from, address, sizeof(address));
	if (strcmp(address, "unix") == 0)
		return MHD_YES;
	for (size_t i = 0; i < s->o.trusted_proxies; i++)
		if (str_eq(s->o.trusted_proxy[i], str_from(address)))
			return MHD_YES;
	address_group(address, group);
	mutex_lock(&s->connections_lock);
	for (const struct connection *c = s->connections; c; c = c->next)
		n += strcmp(c->group, group) == 0;
	mutex_unlock(&s->connections_lock);
	return n < s->o.per_address_max ? MHD_YES : MHD_NO;
}

static struct connection *connection_new(const struct server *s, struct MHD_Connection *mhd)
{
	const union MHD_ConnectionInfo *fd =
		MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CONNECTION_FD);
	const union MHD_ConnectionInfo *from =
		MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
	struct connection *c = calloc(1, sizeof(*c));

	if (!c)
		abort();
	c->fd = fd->connect_fd;
	address_text(from ? from->client_addr : NULL, c->address, sizeof(c->address));
	address_group(c->address, c->group);
	set_phase(s, c, PHASE_HEAD);
	return c;
}

void connection_notify(void *arg, struct MHD_Connection *mhd, void **state,
		       enum MHD_ConnectionNotificationCode code)
{
	struct server *s = arg;
	struct connection *c = *state;

	if (code == MHD_CONNECTION_NOTIFY_STARTED) {
		*state = c = connection_new(s, mhd);
		mutex_lock(&s->connections_lock);
		c->next = s->connections;
		if (c->next)
			c->next->prev = c;
		s->connections = c;
		mutex_unlock(&s->connections_lock);
		return;
	}
	mutex_lock(&s->connections_lock);
	if (c->next)
		c->next->prev = c->prev;
	if (c->prev)
		c->prev->next = c->next;
	else
		s->connections = c->next;
	mutex_unlock(&s->connections_lock);
	free(c);
	*state = NULL;
}

/* Too slow to ask is told so; libmicrohttpd would only hang up. */
static void say_late(const struct server *s, const struct connection *c)
{
	char text[1024];
	int n = snprintf(text, sizeof(text),
			 "HTTP/1.1 408 Request Timeout\r\nConnection: close\r\n"
			 "Content-Type: %s\r\nContent-Length: %zu\r\n\r\n%s",
			 s->o.late_type, strlen(s->o.late_body), s->o.late_body);

	if (n > 0 && (size_t)n < sizeof(text) &&
	    send(c->fd, text, (size_t)n, MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
		return; /* it does not read either */
}

static void cut(const struct server *s, struct connection *c)
{
	if (!s->secure && (c->phase == PHASE_HEAD || c->phase == PHASE_BODY))
		say_late(s, c);
	c->cut = true;
	shutdown(c->fd, SHUT_RDWR);
}

void connection_sweep(struct server *s, bool idle_too)
{
	int64_t now = clock_steady_now();

	mutex_lock(&s->connections_lock);
	for (struct connection *c = s->connections; c; c = c->next) {
		bool late = c->deadline_ms && now >= c->deadline_ms;

		if (!c->cut && (late || (idle_too && c->phase == PHASE_IDLE)))
			cut(s, c);
	}
	mutex_unlock(&s->connections_lock);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * server_socket.c - the socket that a server listens on, by its text.
 *
 * A Unix socket that nobody answers is what a killed process left behind, and is replaced.
 */
#include "http/server_part.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define BACKLOG 1024
#define UNIX_MODE 0660

/* Whether somebody listens at the address. */
static bool is_answered(const struct sockaddr_un *at)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool answered;

	if (fd < 0)
		return true;
	answered = connect(fd, (const struct sockaddr *)at, sizeof(*at)) == 0 || errno == EAGAIN;
	close(fd);
	return answered;
}

static bool listen_unix(struct server *s, struct str path, struct err *e)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	struct stat st;
	int fd;

	if (path.len == 0 || path.len >= sizeof(at.sun_path))
		return err_set(e, ERR_CONFIG, "a Unix socket's path has 1 to %zu bytes",
			       sizeof(at.sun_path) - 1);
	memcpy(at.sun_path, path.at, path.len);
	if (stat(at.sun_path, &st) == 0) {
		if (!S_ISSOCK(st.st_mode))
			return err_set(e, ERR_CONFIG, "%s is there and is no socket", at.sun_path);
		if (is_answered(&at))
			return err_set(e, ERR_BUSY, "somebody listens on %s already", at.sun_path);
		unlink(at.sun_path);
	}
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0 || bind(fd, (const struct sockaddr *)&at, sizeof(at)) < 0 ||
	    chmod(at.sun_path, UNIX_MODE) < 0 || listen(fd, BACKLOG) < 0) {
		err_set(e, ERR_CONFIG, "cannot listen on %s: %s", at.sun_path, strerror(errno));
		if (fd >= 0)
			close(fd);
		return false;
	}
	s->listener = fd;
	s->unix_path = str_keep(s->arena, str_from(at.sun_path));
	return true;
}

static int open_at(const struct addrinfo *at)
{
	int one = 1;
	int fd = socket(at->ai_family, at->ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(fd, at->ai_addr, at->ai_addrlen) == 0 && listen(fd, BACKLOG) == 0)
		return fd;
	one = errno;
	close(fd);
	errno = one;
	return -1;
}

static int port_of(int fd)
{
	struct sockaddr_storage at;
	socklen_t size = sizeof(at);

	if (getsockname(fd, (struct sockaddr *)&at, &size) < 0)
		return 0;
	if (at.ss_family == AF_INET6)
		return ntohs(((struct sockaddr_in6 *)&at)->sin6_port);
	return ntohs(((struct sockaddr_in *)&at)->sin_port);
}

/* "host:port", "[host]:port", ":port". */
static bool cut_address(struct str text, struct str *host, struct str *port)
{
	size_t colon = text.len;
	int64_t n;

	while (colon > 0 && text.at[colon - 1] != ':')
		colon--;
	if (colon == 0)
		return false;
	*host = str_slice(text, 0, colon - 1);
	*port = str_slice(text, colon, text.len);
	if (host->len >= 2 && host->at[0] == '[' && host->at[host->len - 1] == ']')
		*host = str_slice(*host, 1, host->len - 1);
	else if (str_find(*host, STR(":")) >= 0)
		return false;
	return str_to_i64(*port, &n) && n >= 0 && n <= 65535;
}

static bool listen_inet(struct server *s, struct err *e)
{
	struct addrinfo want = { .ai_socktype = SOCK_STREAM,
				 .ai_flags = AI_PASSIVE | AI_NUMERICSERV };
	struct addrinfo *found = NULL;
	struct str host, port;
	int result, why;

	if (!cut_address(s->o.listen, &host, &port))
		return err_set(e, ERR_CONFIG,
			       "'%.*s' is no address to listen on: 127.0.0.1:8080, [::1]:8080 or "
			       "unix:PATH",
			       STR_ARG(s->o.listen));
	host = str_keep(s->arena, host);
	port = str_keep(s->arena, port);
	result = getaddrinfo(host.len && !str_eq(host, STR("*")) ? host.at : NULL, port.at, &want,
			     &found);
	if (result != 0)
		return err_set(e, ERR_CONFIG, "cannot listen on %.*s: %s", STR_ARG(s->o.listen),
			       gai_strerror(result));
	s->listener = open_at(found);
	why = errno;
	freeaddrinfo(found);
	if (s->listener < 0)
		return err_set(e, why == EADDRINUSE ? ERR_BUSY : ERR_CONFIG,
			       "cannot listen on %.*s: %s", STR_ARG(s->o.listen), strerror(why));
	s->port = port_of(s->listener);
	return true;
}

bool server_listen(struct server *s, struct err *e)
{
	if (str_starts(s->o.listen, STR("unix:")))
		return listen_unix(s, str_slice(s->o.listen, strlen("unix:"), s->o.listen.len), e);
	return listen_inet(s, e);
}

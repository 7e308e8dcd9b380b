/* SPDX-License-Identifier: Apache-2.0 */
/*
 * t_systemd.c - what a service manager is told, over a path and over an abstract socket.
 *
 * The environment comes from meson; the socket's name is the argument.
 */
#include "service/systemd.h"
#include "tap.h"

#include <stddef.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static int open_socket(const char *path)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);
	socklen_t len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(path));

	memcpy(at.sun_path, path, strlen(path));
	if (path[0] == '@')
		at.sun_path[0] = '\0';
	else
		unlink(path);
	return bind(fd, (struct sockaddr *)&at, len) == 0 ? fd : -1;
}

static const char *heard(int fd)
{
	static char text[4096];
	ssize_t n = recv(fd, text, sizeof(text) - 1, 0);

	text[n > 0 ? n : 0] = '\0';
	return text;
}

static void everything_is_told(int fd)
{
	long long usec;

	systemd_ready(STR("serves\nwell"));
	IS(heard(fd), "READY=1\nSTATUS=serves well\n", "ready, on one line");
	systemd_status(STR("busy"));
	IS(heard(fd), "STATUS=busy\n", "status");
	systemd_alive();
	IS(heard(fd), "WATCHDOG=1\n", "alive");
	systemd_extend(10000);
	IS(heard(fd), "EXTEND_TIMEOUT_USEC=10000000\n", "more time");
	systemd_stopping(STR("ending"));
	IS(heard(fd), "STOPPING=1\nSTATUS=ending\n", "stopping");
	systemd_reloading();
	OK(sscanf(heard(fd), "RELOADING=1\nMONOTONIC_USEC=%lld\n", &usec) == 1 && usec > 0,
	   "reloading since");
}

int main(int argc, char **argv)
{
	const char *path = getenv("NOTIFY_SOCKET");
	int fd = path ? open_socket(path) : -1;
	int64_t want_ms = -1;

	OK(argc == 2 && str_to_i64(str_from(argv[1]), &want_ms) && systemd_watchdog_ms() == want_ms,
	   "the watchdog is fed every %lld ms", (long long)want_ms);
	if (fd >= 0) {
		everything_is_told(fd);
		close(fd);
		if (path[0] != '@')
			unlink(path);
	}
	systemd_ready(STR("nobody listens any more"));
	OK(true, "a manager that is gone holds nobody up");
	return tap_done();
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * systemd.c - what a service manager is told (sd_notify(3)), and its watchdog.
 *
 * The protocol is small: lines of NAME=VALUE in one datagram.  libsystemd would bring ten times
 * more than we need, and a library that does not exist elsewhere.
 */
#include "service/systemd.h"

#include "base/buf.h"

#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define MESSAGE_BYTES_MAX 1024
#define STATUS_BYTES_MAX 400
#define WATCHDOG_MS_MIN 1000

/* A path, or "@name" for an abstract socket.  0: neither. */
static socklen_t address_of(const char *path, struct sockaddr_un *to)
{
	size_t len = strlen(path);

	*to = (struct sockaddr_un){ .sun_family = AF_UNIX };
	if ((path[0] != '/' && path[0] != '@') || len < 2 || len >= sizeof(to->sun_path))
		return 0;
	memcpy(to->sun_path, path, len);
	if (path[0] == '@')
		to->sun_path[0] = '\0';
	return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len);
}

static void send_message(struct str text)
{
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un to;
	socklen_t len = path ? address_of(path, &to) : 0;
	int fd;

	if (len == 0)
		return;
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return;
	/* MSG_DONTWAIT: a manager that does not read must not hold us. */
	if (sendto(fd, text.at, text.len, MSG_NOSIGNAL | MSG_DONTWAIT, (struct sockaddr *)&to,
		   len) < 0) {
		close(fd);
		return;
	}
	close(fd);
}

/* A line break in it would be a message of its own. */
static void add_status(struct buf *b, struct str says)
{
	says = str_slice(says, 0, STATUS_BYTES_MAX);
	buf_add(b, STR("STATUS="));
	for (size_t i = 0; i < says.len; i++)
		buf_char(b, says.at[i] == '\n' ? ' ' : says.at[i]);
	buf_char(b, '\n');
}

static void send_with(const char *first, struct str says)
{
	AUTO_BUF b;

	buf_init(&b, MESSAGE_BYTES_MAX);
	buf_add(&b, str_from(first));
	if (says.len > 0)
		add_status(&b, says);
	if (!b.failed)
		send_message(buf_str(&b));
}

void systemd_ready(struct str says)
{
	send_with("READY=1\n", says);
}

void systemd_status(struct str says)
{
	send_with("", says);
}

void systemd_stopping(struct str says)
{
	send_with("STOPPING=1\n", says);
}

void systemd_alive(void)
{
	send_with("WATCHDOG=1\n", STR(""));
}

void systemd_reloading(void)
{
	struct timespec now = { 0 };
	AUTO_BUF b;

	/* CLOCK_MONOTONIC and no other: the manager compares it with its own. */
	clock_gettime(CLOCK_MONOTONIC, &now);
	buf_init(&b, MESSAGE_BYTES_MAX);
	buf_printf(&b, "RELOADING=1\nMONOTONIC_USEC=%lld\n",
		   (long long)now.tv_sec * 1000000 + now.tv_nsec / 1000);
	send_message(buf_str(&b));
}

void systemd_extend(int64_t more_ms)
{
	AUTO_BUF b;

	buf_init(&b, MESSAGE_BYTES_MAX);
	buf_printf(&b, "EXTEND_TIMEOUT_USEC=%lld\n", (long long)more_ms * 1000);
	send_message(buf_str(&b));
}

int64_t systemd_watchdog_ms(void)
{
	const char *usec = getenv("WATCHDOG_USEC"), *pid = getenv("WATCHDOG_PID");
	int64_t us, process;

	if (!usec || !str_to_i64(str_from(usec), &us) || us <= 0)
		return 0;
	if (pid && (!str_to_i64(str_from(pid), &process) || process != getpid()))
		return 0;
	return us / 2000 < WATCHDOG_MS_MIN ? WATCHDOG_MS_MIN : us / 2000;
}

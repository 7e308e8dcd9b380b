/* SPDX-License-Identifier: Apache-2.0 */
/* wire.c - a client that sends exactly the bytes it is given, well formed or not. */
#include "wire.h"

#include "base/buf.h"

#include <arpa/inet.h>
#include <poll.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define ANSWER_BYTES_MAX ((size_t)64 << 20)
/* Longer than anything here takes: a test that hangs should say where. */
#define PATIENCE_MS 60000

int wire_connect(int port)
{
	struct sockaddr_in to = { .sin_family = AF_INET,
				  .sin_port = htons((uint16_t)port),
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert(fd >= 0);
	if (connect(fd, (const struct sockaddr *)&to, sizeof(to)) == 0)
		return fd;
	close(fd);
	return -1;
}

bool wire_send(int fd, struct str bytes)
{
	while (bytes.len) {
		ssize_t n = send(fd, bytes.at, bytes.len, MSG_NOSIGNAL);

		if (n <= 0)
			return false;
		bytes = str_slice(bytes, (size_t)n, bytes.len);
	}
	return true;
}

static bool more(int fd, struct buf *b)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	char part[65536];
	ssize_t n;

	if (poll(&p, 1, PATIENCE_MS) != 1)
		return false;
	n = recv(fd, part, sizeof(part), 0);
	if (n <= 0)
		return false;
	buf_add(b, (struct str){ part, (size_t)n });
	assert(!b->failed);
	return true;
}

struct str wire_header(struct arena *a, const struct wire_answer *w, const char *name)
{
	struct str rest = w->head;

	while (rest.len) {
		struct str value = str_trim(str_cut(&rest, '\n'));
		struct str key = str_cut(&value, ':');

		if (str_eq_nocase(key, str_from(name)))
			return str_keep(a, str_trim(value));
	}
	return STR("");
}

/* Whether the chunks are all there, decoded. */
static bool unchunk(struct arena *a, struct str wire, struct str *body)
{
	struct buf b;

	buf_in(&b, a, ANSWER_BYTES_MAX);
	for (;;) {
		ptrdiff_t end = str_find(wire, STR("\r\n"));
		size_t n = end < 0 ? 0 : strtoul(wire.at, NULL, 16);

		if (end < 0 || wire.len < (size_t)end + 2 + n + 2)
			return false;
		buf_add(&b, str_slice(wire, (size_t)end + 2, (size_t)end + 2 + n));
		wire = str_slice(wire, (size_t)end + 2 + n + 2, wire.len);
		if (n == 0)
			break;
	}
	*body = buf_str(&b);
	return true;
}

static bool is_whole(struct arena *a, struct wire_answer *w, struct str rest, bool head_only)
{
	int64_t n = 0;

	if (head_only || w->status == 204 || w->status == 304) {
		w->body = STR("");
		return true;
	}
	if (str_eq(wire_header(a, w, "Transfer-Encoding"), STR("chunked")))
		return unchunk(a, rest, &w->body);
	if (!str_to_i64(wire_header(a, w, "Content-Length"), &n))
		return false;
	w->body = str_slice(rest, 0, (size_t)n);
	return (int64_t)rest.len >= n;
}

struct wire_answer wire_read(struct arena *a, int fd, bool head_only)
{
	struct buf b;
	ptrdiff_t end;

	buf_in(&b, a, ANSWER_BYTES_MAX);
	do {
		struct wire_answer w = { 0 };
		int64_t status;

		end = str_find(buf_str(&b), STR("\r\n\r\n"));
		if (end < 0)
			continue;
		w.head = str_slice(buf_str(&b), 0, (size_t)end);
		if (!str_to_i64(str_slice(w.head, 9, 12), &status))
			break;
		w.status = (int)status;
		if (is_whole(a, &w, str_slice(buf_str(&b), (size_t)end + 4, b.len), head_only))
			return w;
	} while (more(fd, &b));
	return (struct wire_answer){ .head = STR(""), .body = STR("") };
}

struct wire_answer wire_ask(struct arena *a, int port, const char *request)
{
	int fd = wire_connect(port);
	struct wire_answer w;

	assert(fd >= 0);
	/* Told before all was sent, it hangs up on the rest. */
	(void)wire_send(fd, str_from(request));
	w = wire_read(a, fd, strncmp(request, "HEAD", 4) == 0);
	close(fd);
	return w;
}

struct str wire_collect(struct arena *a, int fd, const char *text)
{
	struct buf b;

	buf_in(&b, a, ANSWER_BYTES_MAX);
	while (str_find(buf_str(&b), str_from(text)) < 0)
		if (!more(fd, &b))
			return STR("");
	return buf_str(&b);
}

bool wire_await(int fd, const char *text)
{
	AUTO_ARENA *a = arena_new("await", ANSWER_BYTES_MAX * 2);

	return wire_collect(a, fd, text).len > 0;
}

void wire_await_end(int fd)
{
	AUTO_ARENA *a = arena_new("end", ANSWER_BYTES_MAX * 2);
	struct buf b;

	buf_in(&b, a, ANSWER_BYTES_MAX);
	while (more(fd, &b))
		buf_reset(&b);
}

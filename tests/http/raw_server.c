/* SPDX-License-Identifier: Apache-2.0 */
/*
 * raw_server.c - an HTTP server that misbehaves on request.
 *
 * A thread a connection.  Nothing in here sleeps: who has to wait, waits for the client to go.
 */
#include "raw_server.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>
#include <zlib.h>

#define THREADS_MAX 4096
#define REQUEST_BYTES_MAX ((size_t)2 * 1024 * 1024)

struct raw_server {
	int fd, port;
	pthread_t acceptor, thread[THREADS_MAX];
	size_t threads;
	struct mutex lock;
	struct condition arrived;
	int connections, requests;
	char point_to[256];
	char *page;
};

/* One connection and the request that is being answered. */
struct visit {
	struct raw_server *server;
	int fd;
	char *request; /* head and body */
	size_t request_len;
	const char *argument; /* what follows the path's name */
	int number;           /* of the request on this connection, from 1 */
};

/* Answers; false closes the connection. */
typedef bool answer_fn(struct visit *v);

static bool put(struct visit *v, const void *bytes, size_t n)
{
	const char *at = bytes;

	while (n > 0) {
		ssize_t sent = send(v->fd, at, n, MSG_NOSIGNAL);

		if (sent <= 0)
			return false;
		at += sent;
		n -= (size_t)sent;
	}
	return true;
}

static bool say(struct visit *v, const char *text)
{
	return put(v, text, strlen(text));
}

static bool is_head(const struct visit *v)
{
	return strncmp(v->request, "HEAD ", 5) == 0;
}

static bool say_body(struct visit *v, const char *headers, const void *body, size_t n)
{
	char head[512];

	snprintf(head, sizeof(head), "HTTP/1.1 200 OK\r\n%sContent-Length: %zu\r\n\r\n", headers,
		 n);
	return say(v, head) && (is_head(v) || put(v, body, n));
}

static void until_the_client_goes(struct visit *v)
{
	char ignored[256];

	while (recv(v->fd, ignored, sizeof(ignored), 0) > 0)
		;
}

static void reset_connection(struct visit *v)
{
	struct linger hard = { 1, 0 };

	setsockopt(v->fd, SOL_SOCKET, SO_LINGER, &hard, sizeof(hard));
}

static size_t gzip(const void *in, size_t n, char *out, size_t size)
{
	z_stream z = { 0 };
	size_t made;

	if (deflateInit2(&z, 9, Z_DEFLATED, 15 + 16, 9, Z_DEFAULT_STRATEGY) != Z_OK)
		abort();
	z.next_in = (unsigned char *)(uintptr_t)in;
	z.avail_in = (unsigned)n;
	z.next_out = (unsigned char *)out;
	z.avail_out = (unsigned)size;
	if (deflate(&z, Z_FINISH) != Z_STREAM_END)
		abort();
	made = size - z.avail_out;
	deflateEnd(&z);
	return made;
}

char raw_server_page_byte(size_t i)
{
	return (char)('a' + (i * i / 7 + i) % 26);
}

/* --- answers --- */

static bool plain(struct visit *v)
{
	return say_body(v, "Content-Type: text/plain\r\nX-Mixed-Case:  Value \r\n", "hello", 5);
}

static bool page(struct visit *v)
{
	return say_body(v, "", v->server->page, PAGE_BYTES);
}

static bool echo(struct visit *v)
{
	return say_body(v, "", v->request, v->request_len);
}

static bool gzipped(struct visit *v)
{
	char packed[PAGE_BYTES];
	size_t n = gzip(v->server->page, PAGE_BYTES, packed, sizeof(packed));

	return say_body(v, "Content-Encoding: gzip\r\n", packed, n);
}

static bool gzip_cut(struct visit *v)
{
	char packed[PAGE_BYTES];
	size_t n = gzip(v->server->page, PAGE_BYTES, packed, sizeof(packed));

	return say_body(v, "Content-Encoding: gzip\r\n", packed, n - 1);
}

static bool gzip_bad(struct visit *v)
{
	char packed[PAGE_BYTES];
	size_t n = gzip(v->server->page, PAGE_BYTES, packed, sizeof(packed));

	packed[n - 6] ^= 1; /* in the checksum */
	return say_body(v, "Content-Encoding: gzip\r\n", packed, n);
}

static bool gzip_two(struct visit *v)
{
	char packed[256];
	size_t n = gzip("hello ", 6, packed, sizeof(packed));

	n += gzip("world", 5, packed + n, sizeof(packed) - n);
	memset(packed + n, 0, 8);
	return say_body(v, "Content-Encoding: x-gzip\r\n", packed, n + 8);
}

static bool gzip_empty(struct visit *v)
{
	return say_body(v, "Content-Encoding: gzip\r\n", "", 0);
}

static bool brotli(struct visit *v)
{
	return say_body(v, "Content-Encoding: br\r\n", "hello", 5);
}

static bool bomb(struct visit *v)
{
	size_t size = BOMB_BYTES / 100, n;
	char *zeroes = calloc(1, BOMB_BYTES), *packed = malloc(size);
	bool ok;

	if (!zeroes || !packed)
		abort();
	n = gzip(zeroes, BOMB_BYTES, packed, size);
	ok = say_body(v, "Content-Encoding: gzip\r\n", packed, n);
	free(zeroes);
	free(packed);
	return ok;
}

#define CHUNKED "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"

static bool chunked(struct visit *v)
{
	return say(v,
		   CHUNKED "5\r\nhello\r\n1;x=y\r\n \r\n5\r\nworld\r\n0\r\nX-Trailer: 1\r\n\r\n");
}

static bool chunked_cut(struct visit *v)
{
	say(v, CHUNKED "5\r\nhello\r\n6\r\nwor");
	return false;
}

static bool chunked_without_end(struct visit *v)
{
	say(v, CHUNKED "5\r\nhello\r\n");
	return false;
}

static bool chunked_bad(struct visit *v)
{
	say(v, CHUNKED "5\r\nhello\r\nxyz\r\n");
	return false;
}

static bool drip(struct visit *v)
{
	struct pollfd p = { .fd = v->fd, .events = POLLIN };

	if (!say(v, "HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n"))
		return false;
	while (poll(&p, 1, 10) == 0 && say(v, "x"))
		;
	return false;
}

static bool stall(struct visit *v)
{
	say(v, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello");
	until_the_client_goes(v);
	return false;
}

static bool silent(struct visit *v)
{
	until_the_client_goes(v);
	return false;
}

static bool reset(struct visit *v)
{
	say(v, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello");
	reset_connection(v);
	return false;
}

static bool cut(struct visit *v)
{
	say(v, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello");
	return false;
}

static bool two_lengths(struct visit *v)
{
	say(v, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 3\r\n\r\nhello");
	return false;
}

static bool big(struct visit *v)
{
	return say_body(v, "", v->server->page, PAGE_BYTES);
}

static bool big_chunked(struct visit *v)
{
	char head[32];

	snprintf(head, sizeof(head), "%zx\r\n", PAGE_BYTES);
	return say(v, CHUNKED) && say(v, head) && put(v, v->server->page, PAGE_BYTES) &&
	       say(v, "\r\n0\r\n\r\n");
}

static bool no_content(struct visit *v)
{
	return say(v, "HTTP/1.1 204 No Content\r\n\r\n");
}

static bool not_modified(struct visit *v)
{
	return say(v, "HTTP/1.1 304 Not Modified\r\nContent-Length: 5000\r\nETag: \"x\"\r\n\r\n");
}

static bool old(struct visit *v)
{
	say(v, "HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\nhello until the end");
	return false;
}

static bool garbage(struct visit *v)
{
	say(v, "SSH-2.0-OpenSSH_9.2p1\r\nwelcome\r\n");
	return false;
}

static bool bad_status(struct visit *v)
{
	say(v, "HTTP/1.1 banana\r\n\r\n");
	return false;
}

static bool nothing(struct visit *v)
{
	(void)v;
	return false;
}

static bool many_headers(struct visit *v)
{
	char line[64];

	say(v, "HTTP/1.1 200 OK\r\n");
	for (int i = 0; i < 10000; i++) {
		snprintf(line, sizeof(line), "X-%d: y\r\n", i);
		if (!say(v, line))
			return false;
	}
	return say(v, "\r\n");
}

static bool large_headers(struct visit *v)
{
	say(v, "HTTP/1.1 200 OK\r\n");
	for (int i = 0; i < 100; i++)
		if (!say(v, "X: ") || !put(v, v->server->page, 4096) || !say(v, "\r\n"))
			return false;
	return say(v, "\r\n");
}

static bool long_header(struct visit *v)
{
	say(v, "HTTP/1.1 200 OK\r\nX: ");
	while (put(v, v->server->page, PAGE_BYTES))
		;
	return false;
}

static bool interim_flood(struct visit *v)
{
	while (say(v, "HTTP/1.1 103 Early Hints\r\nLink: </style.css>\r\n\r\n"))
		;
	return false;
}

static bool interim_only(struct visit *v)
{
	say(v, "HTTP/1.1 100 Continue\r\n\r\n");
	return false;
}

static bool interim_first(struct visit *v)
{
	return say(v, "HTTP/1.1 103 Early Hints\r\nX-Early: 1\r\n\r\n") && plain(v);
}

static bool limited(struct visit *v)
{
	return say(v, "HTTP/1.1 429 Too Many Requests\r\nRetry-After: 0.493\r\n"
		      "Content-Length: 4\r\n\r\nslow");
}

static bool folded(struct visit *v)
{
	return say(v, "HTTP/1.1 200 OK\r\nX-A: b\r\n folded\r\n"
		      "Content-Length: 2\r\n\r\nok");
}

static bool no_colon(struct visit *v)
{
	return say(v, "HTTP/1.1 200 OK\r\nno colon here\r\nContent-Length: 2\r\n\r\nok");
}

static bool redirect_to(struct visit *v, int status, const char *to)
{
	char head[512];

	snprintf(head, sizeof(head),
		 "HTTP/1.1 %d Over There\r\nLocation: %s\r\nContent-Length: 5\r\n"
		 "\r\nthere",
		 status, to);
	return say(v, head);
}

static bool loop(struct visit *v)
{
	return redirect_to(v, 302, "/loop");
}

/* /hop3 leads to /hop2 and so on; /hop0 is there. */
static bool hop(struct visit *v)
{
	char to[16];
	int left = v->argument[0] - '0';

	if (left <= 0)
		return plain(v);
	snprintf(to, sizeof(to), "hop%d", left - 1);
	return redirect_to(v, 301 + left % 3, to);
}

static bool elsewhere(struct visit *v)
{
	return redirect_to(v, 307, v->server->point_to);
}

static bool here(struct visit *v)
{
	return redirect_to(v, 308, "/echo");
}

static bool to_file(struct visit *v)
{
	return redirect_to(v, 302, "file:///etc/passwd");
}

static bool to_gopher(struct visit *v)
{
	return redirect_to(v, 302, "gopher://127.0.0.1:11211/_stats");
}

static bool to_nonsense(struct visit *v)
{
	return redirect_to(v, 302, "http://[::1");
}

static bool to_nowhere(struct visit *v)
{
	return say(v, "HTTP/1.1 302 Found\r\nContent-Length: 5\r\n\r\nwhere");
}

/* The first request of a connection is answered, the second finds it closed. */
static bool once(struct visit *v)
{
	return v->number == 1 && plain(v);
}

static const struct {
	const char *path;
	answer_fn *answer;
} route[] = {
	{ "/plain", plain },
	{ "/page", page },
	{ "/echo", echo },
	{ "/gzip-cut", gzip_cut },
	{ "/gzip-bad", gzip_bad },
	{ "/gzip-two", gzip_two },
	{ "/gzip-empty", gzip_empty },
	{ "/gzip", gzipped },
	{ "/brotli", brotli },
	{ "/bomb", bomb },
	{ "/chunked-cut", chunked_cut },
	{ "/chunked-without-end", chunked_without_end },
	{ "/chunked-bad", chunked_bad },
	{ "/chunked", chunked },
	{ "/drip", drip },
	{ "/stall", stall },
	{ "/silent", silent },
	{ "/reset", reset },
	{ "/cut", cut },
	{ "/two-lengths", two_lengths },
	{ "/big-chunked", big_chunked },
	{ "/big", big },
	{ "/204", no_content },
	{ "/304", not_modified },
	{ "/old", old },
	{ "/garbage", garbage },
	{ "/bad-status", bad_status },
	{ "/nothing", nothing },
	{ "/many-headers", many_headers },
	{ "/large-headers", large_headers },
	{ "/long-header", long_header },
	{ "/interim-flood", interim_flood },
	{ "/interim-only", interim_only },
	{ "/interim-first", interim_first },
	{ "/limited", limited },
	{ "/folded", folded },
	{ "/no-colon", no_colon },
	{ "/loop", loop },
	{ "/hop", hop },
	{ "/elsewhere", elsewhere },
	{ "/here", here },
	{ "/to-file", to_file },
	{ "/to-gopher", to_gopher },
	{ "/to-nonsense", to_nonsense },
	{ "/to-nowhere", to_nowhere },
	{ "/once", once },
};

/* --- the server --- */

static size_t body_length(const char *head)
{
	const char *line = strcasestr(head, "\r\nContent-Length:");

	return line ? strtoul(line + strlen("\r\nContent-Length:"), NULL, 10) : 0;
}

/* Reads one request into v->request; false when the client has gone. */
static bool request_read(struct visit *v)
{
	size_t len = 0, whole = 0;

	while (whole == 0 || len < whole) {
		ssize_t n = recv(v->fd, v->request + len, REQUEST_BYTES_MAX - len, 0);
		char *end;

		if (n <= 0)
			return false;
		len += (size_t)n;
		v->request[len] = 0;
		end = whole ? NULL : strstr(v->request, "\r\n\r\n");
		if (end)
			whole = (size_t)(end - v->request) + 4 + body_length(v->request);
	}
	v->request_len = len;
	return true;
}

static void request_count(struct raw_server *s)
{
	mutex_lock(&s->lock);
	s->requests++;
	condition_broadcast(&s->arrived);
	mutex_unlock(&s->lock);
}

static bool request_answer(struct visit *v)
{
	const char *path = strchr(v->request, ' ');

	request_count(v->server);
	v->number++;
	for (size_t i = 0; path && i < COUNT(route); i++) {
		size_t n = strlen(route[i].path);

		if (strncmp(path + 1, route[i].path, n) != 0)
			continue;
		v->argument = path + 1 + n;
		return route[i].answer(v);
	}
	return say(v, "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
}

static void *visit_run(void *arg)
{
	struct visit *v = arg;

	while (request_read(v) && request_answer(v))
		;
	close(v->fd);
	free(v->request);
	free(v);
	return NULL;
}

static void visit_start(struct raw_server *s, int fd)
{
	struct visit *v = calloc(1, sizeof(*v));
	int one = 1;

	if (!v || !(v->request = malloc(REQUEST_BYTES_MAX + 1)) || s->threads == THREADS_MAX)
		abort();
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	v->server = s;
	v->fd = fd;
	mutex_lock(&s->lock);
	s->connections++;
	mutex_unlock(&s->lock);
	s->thread[s->threads++] = thread_start(visit_run, v);
}

static void *accept_run(void *arg)
{
	struct raw_server *s = arg;
	int fd;

	while ((fd = accept(s->fd, NULL, NULL)) >= 0)
		visit_start(s, fd);
	return NULL;
}

static char *page_make(void)
{
	char *at = malloc(PAGE_BYTES);

	if (!at)
		abort();
	for (size_t i = 0; i < PAGE_BYTES; i++)
		at[i] = raw_server_page_byte(i);
	return at;
}

struct raw_server *raw_server_open(void)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct raw_server *s = calloc(1, sizeof(*s));
	socklen_t len = sizeof(at);

	if (!s)
		abort();
	s->page = page_make();
	s->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (s->fd < 0 || bind(s->fd, (struct sockaddr *)&at, len) < 0 || listen(s->fd, 256) < 0 ||
	    getsockname(s->fd, (struct sockaddr *)&at, &len) < 0)
		abort();
	s->port = ntohs(at.sin_port);
	mutex_init(&s->lock);
	condition_init(&s->arrived);
	s->acceptor = thread_start(accept_run, s);
	return s;
}

void raw_server_close(struct raw_server *s)
{
	shutdown(s->fd, SHUT_RDWR);
	thread_join(s->acceptor);
	for (size_t i = 0; i < s->threads; i++)
		thread_join(s->thread[i]);
	close(s->fd);
	condition_done(&s->arrived);
	mutex_done(&s->lock);
	free(s->page);
	free(s);
}

int raw_server_port(const struct raw_server *s)
{
	return s->port;
}

int raw_server_connections(struct raw_server *s)
{
	int n;

	mutex_lock(&s->lock);
	n = s->connections;
	mutex_unlock(&s->lock);
	return n;
}

int raw_server_requests(struct raw_server *s)
{
	int n;

	mutex_lock(&s->lock);
	n = s->requests;
	mutex_unlock(&s->lock);
	return n;
}

void raw_server_await(struct raw_server *s, int requests)
{
	mutex_lock(&s->lock);
	while (s->requests < requests)
		condition_wait(&s->arrived, &s->lock);
	mutex_unlock(&s->lock);
}

void raw_server_point_to(struct raw_server *s, const char *url)
{
	snprintf(s->point_to, sizeof(s->point_to), "%s", url);
}

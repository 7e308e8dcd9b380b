/* SPDX-License-Identifier: Apache-2.0 */
/* t_server.c - the server against clients that are slow, broken, many, or gone. */
#include "base/clock.h"
#include "base/log.h"
#include "base/thread.h"
#include "http/server.h"
#include "tap.h"
#include "wire.h"

#include <poll.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define BODY_MAX 100
#define LARGE ((size_t)1 << 20)
#define CLIENTS 1000
/* More than the kernel takes for a client that does not read. */
#define BIG ((size_t)64 << 20)

static struct mutex lock = { PTHREAD_MUTEX_INITIALIZER };
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static int held, released, done_count;
static bool news, closed_stream, blocked;

static void on_begin(void *arg, struct server_request *r)
{
	(void)arg;
	r->body_bytes_max = str_starts(r->path, STR("/large")) ? LARGE : BODY_MAX;
	if (str_eq(r->path, STR("/early")))
		r->answer.status = 404;
	if (!str_eq(r->path, STR("/block")))
		return;
	mutex_lock(&lock);
	blocked = true;
	pthread_cond_broadcast(&changed);
	while (blocked)
		pthread_cond_wait(&changed, &lock.m);
	mutex_unlock(&lock);
}

static void on_refuse(void *arg, struct server_request *r, int status)
{
	(void)arg;
	r->answer.status = status;
	r->answer.body = STR("refused");
	server_answer_header(r, "Content-Type", STR("text/plain"));
}

static void on_done(void *arg, struct server_request *r)
{
	(void)arg;
	(void)r;
	mutex_lock(&lock);
	done_count++;
	pthread_cond_broadcast(&changed);
	mutex_unlock(&lock);
}

/* A stream that says "news" once when there is any. */
static ptrdiff_t say_news(void *stream, char *to, size_t max)
{
	bool say;

	(void)stream;
	mutex_lock(&lock);
	say = news;
	news = false;
	mutex_unlock(&lock);
	if (!say || max < 4)
		return 0;
	memcpy(to, "news", 4);
	return 4;
}

/* A stream that never ends and never waits. */
static ptrdiff_t say_much(void *stream, char *to, size_t max)
{
	(void)stream;
	memset(to, 'x', max);
	return (ptrdiff_t)max;
}

static void on_close(void *stream)
{
	(void)stream;
	mutex_lock(&lock);
	closed_stream = true;
	pthread_cond_broadcast(&changed);
	mutex_unlock(&lock);
}

static const struct server_stream_ops news_ops = { say_news, on_close };
static const struct server_stream_ops much_ops = { say_much, on_close };

static void hold(void)
{
	mutex_lock(&lock);
	held++;
	pthread_cond_broadcast(&changed);
	while (released == 0)
		pthread_cond_wait(&changed, &lock.m);
	released--;
	held--;
	mutex_unlock(&lock);
}

static void await_held(int n)
{
	mutex_lock(&lock);
	while (held < n)
		pthread_cond_wait(&changed, &lock.m);
	mutex_unlock(&lock);
}

static void await_done(int n)
{
	mutex_lock(&lock);
	while (done_count < n)
		pthread_cond_wait(&changed, &lock.m);
	mutex_unlock(&lock);
}

static void release(int n)
{
	mutex_lock(&lock);
	released += n;
	pthread_cond_broadcast(&changed);
	mutex_unlock(&lock);
}

static void on_handle(void *arg, size_t handler, struct server_request *r)
{
	struct server *const *s = arg;

	(void)handler;
	r->answer.status = 200;
	r->answer.body = STR("hello");
	if (str_ends(r->path, STR("/hold")))
		hold();
	else if (str_eq(r->path, STR("/echo")))
		r->answer.body = r->body;
	else if (str_eq(r->path, STR("/peer")))
		r->answer.body = r->peer;
	else if (str_eq(r->path, STR("/big")))
		r->answer.body = (struct str){ arena_alloc(r->arena, BIG), BIG };
	else if (str_eq(r->path, STR("/news")) || str_eq(r->path, STR("/much")))
		r->answer.stream = r->path.at[1] == 'n' ? &news_ops : &much_ops;
	if (r->answer.stream && !server_stream_reserve(*s)) {
		r->answer.stream = NULL;
		r->answer.status = 503;
	}
}

static struct server *server;
static const struct str proxies[] = { { "127.0.0.1", 9 }, { "10.0.0.1", 8 } };

static struct server_options options(void)
{
	return (struct server_options){
		.listen = STR("127.0.0.1:0"),
		.handlers = 2,
		.begin = on_begin,
		.handle = on_handle,
		.refuse = on_refuse,
		.done = on_done,
		.arg = &server,
		.late_type = "text/plain",
		.late_body = "too slow",
	};
}

static int open_with(struct server_options o)
{
	struct err e = { 0 };

	if (!server_open(&o, &server, &e)) {
		printf("Bail out! %s\n", e.text);
		exit(1);
	}
	return server_port(server);
}

static void shut(void)
{
	server_close(server);
	server = NULL;
}

static void ask_is(struct arena *a, int port, const char *request, int status, const char *body,
		   const char *what)
{
	struct wire_answer w = wire_ask(a, port, request);

	OK(w.status == status && str_eq(w.body, str_from(body)), "%s: %d", what, status);
	if (w.status != status)
		printf("# got %d\n", w.status);
}

#define GET(path) "GET " path " HTTP/1.1\r\nHost: x\r\n\r\n"
#define POST(path, headers, body) "POST " path " HTTP/1.1\r\nHost: x\r\n" headers "\r\n\r\n" body

static void framing_has_one_meaning(struct arena *a)
{
	int port = open_with(options());

	ask_is(a, port, GET("/"), 200, "hello", "a request");
	ask_is(a, port, "HEAD / HTTP/1.1\r\nHost: x\r\n\r\n", 200, "", "HEAD has no body");
	ask_is(a, port, POST("/echo", "Content-Length: 3", "abc"), 200, "abc", "a body");
	ask_is(a, port,
	       POST("/echo", "Transfer-Encoding: chunked", "2\r\nab\r\n1\r\nc\r\n0\r\n\r\n"), 200,
	       "abc", "a body in chunks");
	ask_is(a, port, POST("/early", "Content-Length: 3", "abc"), 404, "", "an early answer");
	ask_is(a, port, POST("/", "Content-Length: 3\r\nContent-Length: 4", "abcd"), 400, "refused",
	       "two lengths");
	ask_is(a, port, POST("/", "Content-Length: 3\r\nTransfer-Encoding: chunked", "0\r\n\r\n"),
	       400, "refused", "a length and chunks");
	/* libmicrohttpd refuses by itself, in its own words. */
	OK(wire_ask(a, port, POST("/", "Content-Length: +3", "abc")).status == 400,
	   "a length of +3");
	ask_is(a, port, POST("/", "Transfer-Encoding: gzip", ""), 400, "refused", "another coding");
	ask_is(a, port, "GET / HTTP/1.1\r\n\r\n", 400, "refused", "no Host");
	ask_is(a, port, "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400, "refused",
	       "two Hosts");
	ask_is(a, port, "GET / HTTP/1.1\r\nHost: x\r\nA b: c\r\n\r\n", 400, "refused",
	       "a space in a name");
	shut();
}

static struct str repeated(struct arena *a, const char *before, char c, size_t n, const char *after)
{
	struct buf b;

	buf_in(&b, a, 4 << 20);
	buf_add(&b, str_from(before));
	for (size_t i = 0; i < n; i++)
		buf_char(&b, c);
	buf_add(&b, str_from(after));
	return buf_str(&b);
}

static void ask_bytes(struct arena *a, int port, struct str bytes, int status, const char *what)
{
	int fd = wire_connect(port);
	struct wire_answer w = { 0 };

	if (wire_send(fd, bytes))
		w = wire_read(a, fd, false);
	OK(w.status == status, "%s: %d", what, status);
	if (w.status != status)
		printf("# got %d\n", w.status);
	close(fd);
}

/* What a proxy before us may read in another way. */
static void a_header_has_one_meaning(struct arena *a)
{
	int port = open_with(options());

	ask_is(a, port, POST("/echo", "Content-Length:\r\n 3", "abc"), 400, "refused",
	       "a length in a folded line");
	ask_is(a, port, POST("/echo", "Content: 3\r\n -Length", "abc"), 400, "refused",
	       "a length by a folded line");
	ask_is(a, port, POST("/echo", "Content-Length: 3\r\nX: y\r\n\tz\r\nY: z", "abc"), 400,
	       "refused", "a folded line between others");
	ask_is(a, port, POST("/echo", "X: y\r\n z", ""), 400, "refused",
	       "a folded line at the end");
	ask_is(a, port, "GET / HTTP/1.1\r\n Host: x\r\n\r\n", 400, "refused",
	       "a folded line at the beginning");
	ask_bytes(a, port, STR("GET /\0.. HTTP/1.1\r\nHost: x\r\n\r\n"), 400, "a NUL in a path");
	ask_bytes(a, port, STR("GET / HTTP/1.1\r\nHost: x\0y\r\nX: y\r\n\r\n"), 400,
		  "a NUL in a value");
	ask_bytes(a, port, STR("GET / HTTP/1.1\r\nHost: x\r\nX: y\0\0\r\n\r\n"), 400,
		  "NULs in the last");
	ask_is(a, port, "GET / HTTP/1.1\r\nHost:x\r\nA:\r\nB: \t c \r\n\r\n", 200, "hello",
	       "blanks where they may be");
	ask_is(a, port, "GET / HTTP/1.1\nHost: x\n\n", 200, "hello", "lines that end early");
	ask_is(a, port, "GET / HTTP/1.0\r\n\r\n", 200, "hello", "no header line");
	ask_bytes(a, port, repeated(a, "GET / HTTP/1.1\r\nHost: x\r\nA: ", 'a', 15000, "\r\n\r\n"),
		  200, "a long line");
	shut();
}

static void everything_has_a_limit(struct arena *a)
{
	int port = open_with(options());
	struct buf lines;

	ask_is(a, port,
	       repeated(a, "GET /", 'a', SERVER_LINE_BYTES_MAX, " HTTP/1.1\r\nHost: x\r\n\r\n").at,
	       414, "refused", "a long path");
	ask_is(a, port,
	       repeated(a, "GET / HTTP/1.1\r\nHost: x\r\nA: ", 'a', SERVER_HEAD_BYTES_MAX,
			"\r\n\r\n")
		       .at,
	       431, "refused", "a long header");
	buf_in(&lines, a, 1 << 20);
	buf_add(&lines, STR("GET / HTTP/1.1\r\nHost: x\r\n"));
	for (int i = 0; i < SERVER_HEADER_LINES_MAX; i++)
		buf_add(&lines, STR("a:b\r\n"));
	buf_add(&lines, STR("\r\n"));
	ask_is(a, port, buf_str(&lines).at, 431, "refused", "many lines");
	ask_is(a, port, repeated(a, POST("/echo", "Content-Length: 101", ""), 'a', 101, "").at, 413,
	       "refused", "a large body");
	ask_is(a, port,
	       repeated(a, POST("/echo", "Transfer-Encoding: chunked", "c8\r\n"), 'a', 200,
			"\r\n0\r\n\r\n")
		       .at,
	       413, "refused", "a large body in chunks");
	ask_is(a, port, POST("/echo", "Content-Length: 99999999999\r\nExpect: 100-continue", ""),
	       413, "refused", "a large body that asks first");
	ask_is(a, port, GET("/"), 200, "hello", "after all that, a request");
	shut();
}

static void garbage_hurts_nobody(struct arena *a)
{
	int port = open_with(options());
	unsigned seed = 7;

	for (int i = 0; i < 200; i++) {
		char bytes[300];
		int fd = wire_connect(port);

		for (size_t k = 0; k < sizeof(bytes); k++) {
			seed = seed * 1103515245 + 12345;
			bytes[k] = (char)(seed >> 16);
		}
		if (i % 2)
			memcpy(bytes, "GET / HTTP/1.1\r\n", 16);
		if (!wire_send(fd, (struct str){ bytes, sizeof(bytes) }))
			printf("# hung up at once\n");
		close(fd);
	}
	ask_is(a, port, GET("/"), 200, "hello", "after garbage, a request");
	shut();
}

static void pipelined_requests_are_answered_in_order(struct arena *a)
{
	int port = open_with(options());
	int fd = wire_connect(port);

	OK(wire_say(
		   fd,
		   POST("/echo", "Content-Length: 1", "1") POST("/echo", "Content-Length: 1", "2") GET(
			   "/none-such-but-fine") "GET /echo HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"),
	   "four requests at once");
	OK(wire_await(fd, "\r\n\r\n1"), "the first answer");
	wire_await_end(fd);
	close(fd);
	(void)a;
	shut();
}

static void slow_clients_hold_nobody(struct arena *a)
{
	struct server_options o = options();
	int port, slow[12];
	struct wire_answer w;

	o.head_ms = o.body_ms = o.send_ms = 1500;
	port = open_with(o);
	mutex_lock(&lock);
	done_count = 0;
	mutex_unlock(&lock);
	for (size_t i = 0; i < COUNT(slow); i++) {
		slow[i] = wire_connect(port);
		OK(wire_say(slow[i], i % 4 == 0   ? "GET / HT"
				     : i % 4 == 1 ? "GET / HTTP/1.1\r\nHost: x\r\nA: "
				     : i % 4 == 2 ? POST("/echo", "Content-Length: 50", "abc")
						  : GET("/big")),
		   "slow client %zu begins", i);
	}
	for (int i = 0; i < 20; i++)
		ask_is(a, port, GET("/"), 200, "hello", "meanwhile, a request");
	/* The others, those with slow bodies and those who do not read. */
	await_done(20 + 2 * (int)COUNT(slow) / 4);
	for (size_t i = 0; i < COUNT(slow); i++) {
		if (i % 4 == 3) {
			/* What the kernel holds for it comes, the rest does not. */
			w = wire_read(a, slow[i], true);
			OK(w.status == 200, "slow reader %zu began", i);
		} else {
			w = wire_read(a, slow[i], false);
			OK(w.status == 408 && str_eq(w.body, STR("too slow")),
			   "slow client %zu is told", i);
		}
		wire_await_end(slow[i]);
		close(slow[i]);
	}
	OK(true, "and all were hung up on");
	shut();
}

/* Waits until one of the connections has something to read, and takes it from the list. */
static int take_answered(struct pollfd *p, size_t n)
{
	if (poll(p, n, -1) < 1)
		return -1;
	for (size_t i = 0; i < n; i++) {
		int fd = p[i].fd;

		if (fd < 0 || !p[i].revents)
			continue;
		p[i].fd = -1;
		return fd;
	}
	return -1;
}

static void a_full_queue_is_said(struct arena *a)
{
	struct server_options o = options();
	struct pollfd late[3] = { 0 };
	int port, fd[2];

	o.queue_max = 1;
	port = open_with(o);
	for (int i = 0; i < 2; i++) {
		fd[i] = wire_connect(port);
		OK(wire_say(fd[i], GET("/hold")), "handler %d is busy", i);
		await_held(i + 1);
	}
	for (size_t i = 0; i < COUNT(late); i++) {
		late[i] = (struct pollfd){ .fd = wire_connect(port), .events = POLLIN };
		OK(wire_say(late[i].fd, GET("/hold")), "one more");
	}
	for (int i = 0; i < 2; i++) {
		int refused = take_answered(late, COUNT(late));

		OK(wire_read(a, refused, false).status == 503, "two of three are refused: 503");
		close(refused);
	}
	release(3);
	for (int i = 0; i < 2; i++) {
		OK(wire_read(a, fd[i], false).status == 200, "those before are answered");
		close(fd[i]);
	}
	fd[0] = take_answered(late, COUNT(late));
	OK(wire_read(a, fd[0], false).status == 200, "and the one that waited");
	close(fd[0]);
	shut();
}

static void streams_sleep_wake_and_end(struct arena *a)
{
	struct server_options o = options();
	int port, fd, stalled;

	o.stall_ms = 500;
	o.beat_ms = 300;
	port = open_with(o);
	fd = wire_connect(port);
	OK(wire_say(fd, GET("/news")) && wire_await(fd, "\r\n\r\n"), "a stream begins");
	mutex_lock(&lock);
	news = true;
	mutex_unlock(&lock);
	server_wake(server);
	OK(wire_await(fd, "news"), "news comes when the server is woken");
	mutex_lock(&lock);
	news = true;
	mutex_unlock(&lock);
	OK(wire_await(fd, "news"), "and else with the next beat");
	for (int i = 0; i < 5; i++)
		ask_is(a, port, GET("/"), 200, "hello", "no handler is held");
	mutex_lock(&lock);
	closed_stream = false;
	mutex_unlock(&lock);
	stalled = wire_connect(port);
	OK(wire_say(stalled, GET("/much")), "a reader that takes nothing");
	mutex_lock(&lock);
	while (!closed_stream)
		pthread_cond_wait(&changed, &lock.m);
	mutex_unlock(&lock);
	OK(true, "is dropped");
	close(stalled);
	server_drain(server, 10000);
	wire_await_end(fd);
	OK(true, "draining ends the other");
	close(fd);
	shut();
	o.beat_ms = (int64_t)3600 * 1000;
	fd = wire_connect(open_with(o));
	OK(wire_say(fd, GET("/news")) && wire_await(fd, "\r\n\r\n"), "a stream that has no news");
	closed_stream = false;
	close(fd);
	mutex_lock(&lock);
	while (!closed_stream)
		pthread_cond_wait(&changed, &lock.m);
	mutex_unlock(&lock);
	OK(true, "ends when its client goes, long before anything is written");
	shut();
}

/* The byte thread never waits for anybody; here it is made to. */
static void a_byte_thread_that_stands_still_is_noticed(struct arena *a)
{
	int port = open_with(options());
	int fd = wire_connect(port), other = wire_connect(port);

	OK(wire_say(fd, GET("/hold")), "a request under way");
	await_held(1);
	OK(server_still_ms(server) == 0, "for which nobody waits");
	OK(wire_say(other, GET("/block")), "the byte thread is held");
	mutex_lock(&lock);
	while (!blocked)
		pthread_cond_wait(&changed, &lock.m);
	mutex_unlock(&lock);
	release(1);
	while (server_still_ms(server) == 0)
		sched_yield();
	OK(server_still_ms(server) > 0, "the answer lies there");
	mutex_lock(&lock);
	blocked = false;
	pthread_cond_broadcast(&changed);
	mutex_unlock(&lock);
	OK(wire_read(a, fd, false).status == 200 && wire_read(a, other, false).status == 200,
	   "until it goes on");
	OK(server_still_ms(server) == 0, "and nothing does any more");
	close(fd);
	close(other);
	shut();
}

static void *drain_run(void *arg)
{
	(void)arg;
	server_drain(server, 60000);
	return NULL;
}

static void draining_lets_requests_end(struct arena *a)
{
	int port = open_with(options());
	int fd = wire_connect(port), idle = wire_connect(port);
	pthread_t t;
	struct wire_answer w;

	OK(wire_say(idle, GET("/")) && wire_await(idle, "hello"), "an idle connection");
	OK(wire_say(fd, GET("/hold")), "a request under way");
	await_held(1);
	t = thread_start(drain_run, NULL);
	wire_await_end(idle);
	OK(wire_connect(port) < 0, "nobody is let in any more");
	release(1);
	w = wire_read(a, fd, false);
	OK(w.status == 200, "the request is answered");
	IS(wire_header(a, &w, "Connection").at, "close", "and told to go");
	thread_join(t);
	close(fd);
	close(idle);
	shut();
}

static void only_proxies_of_ours_say_who_it_is(struct arena *a)
{
	struct server_options o = options();
	int port = open_with(o);

	ask_is(a, port, "GET /peer HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: 9.9.9.9\r\n\r\n", 200,
	       "127.0.0.1", "anybody is not believed");
	shut();
	o.trusted_proxy = proxies;
	o.trusted_proxies = COUNT(proxies);
	port = open_with(o);
	ask_is(a, port,
	       "GET /peer HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: 6.6.6.6, 9.9.9.9, 10.0.0.1\r\n\r\n",
	       200, "9.9.9.9", "proxies are, as far as they go");
	ask_is(a, port,
	       "GET /peer HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: 6.6.6.6\r\n"
	       "X-Forwarded-For: 9.9.9.9\r\n\r\n",
	       200, "9.9.9.9", "also one that adds a line of its own");
	shut();
}

static void it_listens_where_it_is_told(struct arena *a)
{
	struct server_options o = options(), bad = options();
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	struct server *second = NULL;
	struct err e = { 0 };
	struct wire_answer w;
	int fd, port = open_with(o);

	bad.listen = str_printf(a, "127.0.0.1:%d", port);
	OK(!server_open(&bad, &second, &e) && e.kind == ERR_BUSY, "a taken port");
	bad.listen = STR("nowhere");
	OK(!server_open(&bad, &second, &e) && e.kind == ERR_CONFIG, "no address");
	bad.listen = STR("127.0.0.1:0");
	bad.tls_cert = STR("/nonexistent");
	OK(!server_open(&bad, &second, &e) && e.kind == ERR_CONFIG, "a certificate without a key");
	shut();
	o.listen = str_printf(a, "unix:/tmp/lockstep-t-server-%d", (int)getpid());
	open_with(o);
	memcpy(at.sun_path, o.listen.at + 5, o.listen.len - 5);
	fd = socket(AF_UNIX, SOCK_STREAM, 0);
	OK(connect(fd, (const struct sockaddr *)&at, sizeof(at)) == 0, "a Unix socket");
	OK(wire_say(fd, GET("/peer")), "takes requests");
	w = wire_read(a, fd, false);
	OK(w.status == 200 && str_eq(w.body, STR("unix")), "and answers");
	close(fd);
	shut();
	OK(access(at.sun_path, F_OK) != 0, "and leaves nothing behind");
}

/* The first line that a command prints. */
static const char *first_line(const char *command)
{
	static char line[256];
	FILE *f = popen(command, "r");

	line[0] = 0;
	if (f && !fgets(line, sizeof(line), f))
		line[0] = 0;
	if (f)
		pclose(f);
	return line;
}

static void it_speaks_tls(struct arena *a)
{
	struct server_options o = options();
	char dir[] = "/tmp/lockstep-t-tls-XXXXXX";
	struct server *wrong = NULL;
	struct err e = { 0 };
	int port, fd;

	if (!mkdtemp(dir))
		abort();
	o.tls_key = str_printf(a, "%s/key", dir);
	o.tls_cert = str_printf(a, "%s/cert", dir);
	first_line(str_printf(a,
			      "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 "
			      "-nodes -days 2 -subj /CN=localhost -addext "
			      "subjectAltName=DNS:localhost,IP:127.0.0.1 -keyout %s -out %s 2>&1",
			      o.tls_key.at, o.tls_cert.at)
			   .at);
	port = open_with(o);
	IS(first_line(
		   str_printf(a, "curl -s --cacert %s https://127.0.0.1:%d/", o.tls_cert.at, port)
			   .at),
	   "hello", "a request by TLS");
	IS(first_line(
		   str_printf(a, "curl -s --tls-max 1.1 -k https://127.0.0.1:%d/ || echo no", port)
			   .at),
	   "no\n", "not by an old one");
	fd = wire_connect(port);
	OK(wire_say(fd, GET("/")), "plain text to a TLS port");
	wire_await_end(fd);
	close(fd);
	IS(first_line(
		   str_printf(a, "curl -s --cacert %s https://127.0.0.1:%d/", o.tls_cert.at, port)
			   .at),
	   "hello", "hurts nobody");
	shut();
	o.tls_cert = o.tls_key;
	OK(!server_open(&o, &wrong, &e) && e.kind == ERR_CONFIG, "a key for a certificate: %s",
	   e.text);
	first_line(str_printf(a, "rm -r %s", dir).at);
}

static void one_address_has_its_share(struct arena *a)
{
	struct server_options o = options();
	int port, fd[3];

	o.per_address_max = 2;
	port = open_with(o);
	for (size_t i = 0; i < 2; i++) {
		fd[i] = wire_connect(port);
		OK(wire_say(fd[i], GET("/")) && wire_await(fd[i], "hello"), "connection %zu", i);
	}
	fd[2] = wire_connect(port);
	wire_await_end(fd[2]);
	OK(true, "a third is hung up on");
	for (size_t i = 0; i < 3; i++)
		close(fd[i]);
	(void)a;
	shut();
}

static void an_address_leaves_half_to_others(struct arena *a)
{
	static const char *const groups[][2] = {
		{ "192.0.2.7", "192.0.2.7" },
		{ "::ffff:192.0.2.7", "192.0.2.7" },
		{ "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::" },
		{ "2001:db8:1:2:ffff::1", "2001:db8:1:2::" },
		{ "2001:db8:1:3::1", "2001:db8:1:3::" },
		{ "unix", "unix" },
		{ "what a proxy says, longer than any address that there is", NULL },
	};
	struct server_options o = options();
	int port, fd[3];

	for (size_t i = 0; i < COUNT(groups); i++) {
		struct str group = server_peer_group(a, str_from(groups[i][0]));

		OK(str_eq(group, str_from(groups[i][1] ? groups[i][1] : groups[i][0])),
		   "%s counts as %.*s", groups[i][0], STR_ARG(group));
	}
	o.connections_max = 4;
	port = open_with(o);
	for (size_t i = 0; i < 2; i++) {
		fd[i] = wire_connect(port);
		OK(wire_say(fd[i], GET("/")) && wire_await(fd[i], "hello"), "of four, %zu", i);
	}
	fd[2] = wire_connect(port);
	wire_await_end(fd[2]);
	OK(true, "the other two are for others");
	for (size_t i = 0; i < 3; i++)
		close(fd[i]);
	shut();
}

static int send_large(struct arena *a, int port, const char *path)
{
	struct str head = str_printf(
		a, "POST %s HTTP/1.1\r\nHost: x\r\nContent-Length: %zu\r\n\r\n", path, LARGE);
	int fd = wire_connect(port);

	OK(wire_send(fd, head) && wire_send(fd, repeated(a, "", 'a', LARGE, "")),
	   "a large body to %s", path);
	return fd;
}

static int read_status(struct arena *a, int fd)
{
	struct wire_answer w = wire_read(a, fd, false);

	close(fd);
	return w.status;
}

static void bodies_share_what_there_is(struct arena *a)
{
	struct server_options o = options();
	int port, first;

	mutex_lock(&lock);
	done_count = 0;
	mutex_unlock(&lock);
	o.bodies_bytes_max = LARGE + LARGE / 2;
	port = open_with(o);
	first = send_large(a, port, "/large/hold");
	await_held(1);
	OK(read_status(a, send_large(a, port, "/large")) == 503, "there is no room for a second");
	ask_is(a, port, POST("/echo", "Content-Length: 3", "abc"), 200, "abc",
	       "but for a small one");
	release(1);
	OK(read_status(a, first) == 200, "the first is taken");
	await_done(3);
	OK(read_status(a, send_large(a, port, "/large")) == 200, "its room is free again");
	shut();
}

static void a_thousand_clients_are_answered(void)
{
	int port = open_with(options()), good = 0;
	static int fd[CLIENTS];

	for (int i = 0; i < CLIENTS; i++) {
		fd[i] = wire_connect(port);
		good += fd[i] >= 0;
	}
	OK(good == CLIENTS, "a thousand are connected");
	good = 0;
	for (int i = 0; i < CLIENTS; i++)
		good += wire_say(fd[i], GET("/"));
	OK(good == CLIENTS, "all ask at once");
	good = 0;
	for (int i = 0; i < CLIENTS; i++) {
		AUTO_ARENA *a = arena_new("client", 1 << 20);

		good += wire_read(a, fd[i], false).status == 200;
		close(fd[i]);
	}
	OK(good == CLIENTS, "all are answered");
	shut();
}

int main(void)
{
	AUTO_ARENA *a = arena_new("test", (size_t)1 << 30);

	log_set_level(LOG_ERROR);
	framing_has_one_meaning(a);
	a_header_has_one_meaning(a);
	everything_has_a_limit(a);
	garbage_hurts_nobody(a);
	pipelined_requests_are_answered_in_order(a);
	slow_clients_hold_nobody(a);
	a_full_queue_is_said(a);
	streams_sleep_wake_and_end(a);
	a_byte_thread_that_stands_still_is_noticed(a);
	draining_lets_requests_end(a);
	only_proxies_of_ours_say_who_it_is(a);
	it_listens_where_it_is_told(a);
	it_speaks_tls(a);
	one_address_has_its_share(a);
	an_address_leaves_half_to_others(a);
	bodies_share_what_there_is(a);
	a_thousand_clients_are_answered();
	return tap_done();
}

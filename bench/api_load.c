/* SPDX-License-Identifier: Apache-2.0 */
/*
 * api_load.c - many clients at once against one route: how many answers, how late, how many errors.
 *
 * Usage: api_load PORT CLIENTS SECONDS PAUSE_MS PATH [HEADER…] [@FILE]
 *
 * One thread, one connection a client, kept alive; each client asks again PAUSE_MS after it was
 * answered; the first questions are spread over that time.  FILE holds one more header for each
 * client, a line each: who it is.  SIGTERM ends it before its time.  Prints one JSON object.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define CLIENTS_MAX 10000
#define REQUEST_BYTES_MAX 8192
#define ANSWER_BYTES_MAX 65536
#define LATENCIES_MAX (1 << 24)
#define EVENTS 512
#define TICK_MS 2

struct client {
	int fd;
	char *request;
	size_t request_bytes;
	int64_t asked_us, due_us; /* due_us 0: waits for an answer */
	size_t have;
	char answer[ANSWER_BYTES_MAX];
};

struct load {
	int port, epoll;
	char head[REQUEST_BYTES_MAX]; /* of every request */
	uint32_t *latency_us;
	size_t answers, errors;
	struct client *client;
	long clients;
	int64_t pause_us;
};

static volatile sig_atomic_t told_to_end;

static void on_term(int number)
{
	told_to_end = number;
}

static int64_t now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static void client_open(struct load *l, struct client *c)
{
	struct sockaddr_in to = { .sin_family = AF_INET,
				  .sin_port = htons((uint16_t)l->port),
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct epoll_event ev = { .events = EPOLLIN, .data.ptr = c };

	c->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (c->fd < 0 || connect(c->fd, (const struct sockaddr *)&to, sizeof(to)) < 0) {
		perror("connect");
		exit(1);
	}
	epoll_ctl(l->epoll, EPOLL_CTL_ADD, c->fd, &ev);
}

static void client_ask(struct load *l, struct client *c)
{
	c->have = 0;
	c->due_us = 0;
	c->asked_us = now_us();
	if (send(c->fd, c->request, c->request_bytes, MSG_NOSIGNAL) != (ssize_t)c->request_bytes)
		l->errors++;
}

static void client_lost(struct load *l, struct client *c)
{
	l->errors++;
	close(c->fd);
	client_open(l, c);
	client_ask(l, c);
}

/* Whether the answer is there wholly. */
static bool is_whole(struct client *c)
{
	const char *end, *length;

	c->answer[c->have] = 0;
	end = strstr(c->answer, "\r\n\r\n");
	length = strstr(c->answer, "Content-Length: ");
	if (!end || !length || length > end)
		return false;
	return c->have >= (size_t)(end + 4 - c->answer) + strtoul(length + 16, NULL, 10);
}

static void client_read(struct load *l, struct client *c)
{
	ssize_t n = recv(c->fd, c->answer + c->have, ANSWER_BYTES_MAX - 1 - c->have, 0);

	if (n <= 0) {
		client_lost(l, c);
		return;
	}
	c->have += (size_t)n;
	if (!is_whole(c))
		return;
	if (strncmp(c->answer, "HTTP/1.1 2", 10) != 0)
		l->errors++;
	if (l->answers < LATENCIES_MAX)
		l->latency_us[l->answers++] = (uint32_t)(now_us() - c->asked_us);
	if (l->pause_us)
		c->due_us = now_us() + l->pause_us;
	else
		client_ask(l, c);
}

static int by_size(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

static double ms_at(const struct load *l, double part)
{
	size_t i = (size_t)(part * (double)(l->answers - 1));

	return l->answers ? l->latency_us[i] / 1000.0 : 0;
}

static void ask_due(struct load *l)
{
	int64_t now = now_us();

	for (long i = 0; i < l->clients; i++)
		if (l->client[i].due_us && l->client[i].due_us <= now)
			client_ask(l, &l->client[i]);
}

static void run(struct load *l, int64_t until_us)
{
	struct epoll_event ev[EVENTS];

	while (now_us() < until_us && !told_to_end) {
		int n = epoll_wait(l->epoll, ev, EVENTS, TICK_MS);

		for (int i = 0; i < n; i++)
			client_read(l, ev[i].data.ptr);
		ask_due(l);
	}
}

static void make_head(struct load *l, const char *path, char **header, int headers)
{
	int n = snprintf(l->head, sizeof(l->head), "GET %s HTTP/1.1\r\nHost: bench\r\n", path);

	for (int i = 0; i < headers; i++)
		n += snprintf(l->head + n, sizeof(l->head) - (size_t)n, "%s\r\n", header[i]);
}

/* Each client's own request; `who` may be NULL. */
static void make_requests(struct load *l, FILE *who)
{
	char line[REQUEST_BYTES_MAX / 2], text[REQUEST_BYTES_MAX + sizeof(line)];

	for (long i = 0; i < l->clients; i++) {
		struct client *c = &l->client[i];
		bool one = who && fgets(line, sizeof(line), who);

		if (one)
			line[strcspn(line, "\r\n")] = 0;
		snprintf(text, sizeof(text), "%s%s%s\r\n", l->head, one ? line : "",
			 one ? "\r\n" : "");
		c->request = strdup(text);
		if (!c->request)
			exit(1);
		c->request_bytes = strlen(text);
	}
}

int main(int argc, char **argv)
{
	struct rlimit files = { CLIENTS_MAX + 64, CLIENTS_MAX + 64 };
	static struct load l;
	FILE *who = NULL;
	int64_t began;
	long seconds;
	double took;

	if (argc < 6)
		return 2;
	l.port = (int)strtol(argv[1], NULL, 10);
	l.clients = strtol(argv[2], NULL, 10);
	seconds = strtol(argv[3], NULL, 10);
	l.pause_us = strtol(argv[4], NULL, 10) * 1000;
	if (l.clients < 1 || l.clients > CLIENTS_MAX)
		return 2;
	setrlimit(RLIMIT_NOFILE, &files);
	if (argc > 6 && argv[argc - 1][0] == '@') {
		who = fopen(argv[--argc] + 1, "r");
		if (!who)
			return 2;
	}
	make_head(&l, argv[5], argv + 6, argc - 6);
	signal(SIGTERM, on_term);
	l.epoll = epoll_create1(EPOLL_CLOEXEC);
	l.client = calloc((size_t)l.clients, sizeof(*l.client));
	l.latency_us = calloc(LATENCIES_MAX, sizeof(*l.latency_us));
	if (!l.client || !l.latency_us)
		return 1;
	make_requests(&l, who);
	for (long i = 0; i < l.clients; i++)
		client_open(&l, &l.client[i]);
	began = now_us();
	for (long i = 0; i < l.clients; i++)
		l.client[i].due_us = began + l.pause_us * i / l.clients;
	run(&l, began + seconds * 1000000);
	took = (double)(now_us() - began) / 1e6;
	qsort(l.latency_us, l.answers, sizeof(*l.latency_us), by_size);
	printf("{\"clients\":%ld,\"answers\":%zu,\"errors\":%zu,\"per_second\":%.0f,"
	       "\"p50_ms\":%.2f,\"p99_ms\":%.2f,\"max_ms\":%.2f}\n",
	       l.clients, l.answers, l.errors, (double)l.answers / took, ms_at(&l, 0.5),
	       ms_at(&l, 0.99), ms_at(&l, 1));
	return l.errors != 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * client_curl.c - the real client: one net thread owns a curl_multi and every connection.
 *
 *     job thread                      net thread
 *     start: prepare, put into inbox ──► take, run ──► hop ended ──► end: signal ended_fd
 *     wait: poll ended_fd and stop                 ◄── another hop ◄┘
 *     stopped: set t->stop, wake ───────► take off, end
 *
 * Always: a transfer is in the inbox, in `running`, or its job thread's; whoever stops one waits
 * for its end, which comes at once, so nothing of a request is used after its job has gone on.
 * The lock guards inbox, pool and flags and is never held across a call into curl.
 */
#include "http/transfer.h"

#include "base/clock.h"
#include "base/thread.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#define CONNECTIONS_PER_HOST 8
#define CONNECTIONS_KEPT 64L
#define POOL_MAX 8
#define POLL_MAX_MS 60000
#define ROUND_MAX_MS 10000 /* the net thread goes round, with or without anything to do */

struct curl_client {
	struct client base;
	struct client_options options; /* texts live in memory */
	struct arena *memory;
	CURLM *multi;
	pthread_t thread;
	struct mutex lock;
	struct transfer *inbox; /* newest first */
	struct transfer *pool;
	size_t pooled, outside; /* outside: started and not yet waited for */
	bool closing;
	struct transfer *running;  /* the net thread's alone */
	_Atomic int64_t ticked_ms; /* steady: the net thread's last round */
};

static struct curl_client *client_of(struct client *c)
{
	return CONTAINER(c, struct curl_client, base);
}

/* --- net thread --- */

static void end(struct transfer *t)
{
	uint64_t one = 1;
	ssize_t n = write(t->ended_fd, &one, sizeof(one));

	assert(n == sizeof(one)); /* an eventfd takes a one */
}

static void running_remove(struct curl_client *c, struct transfer *t)
{
	struct transfer **at = &c->running;

	while (*at != t)
		at = &(*at)->next;
	*at = t->next;
	t->next = NULL;
}

static void multi_add(struct curl_client *c, struct transfer *t)
{
	if (curl_multi_add_handle(c->multi, t->easy) != CURLM_OK)
		abort(); /* out of memory, or a handle that is in it already */
}

/* Puts what came in to work; false when the client closes. */
static bool inbox_take(struct curl_client *c)
{
	struct transfer *t;
	bool closing;

	mutex_lock(&c->lock);
	t = c->inbox;
	c->inbox = NULL;
	closing = c->closing;
	mutex_unlock(&c->lock);
	while (t) {
		struct transfer *next = t->next;

		t->next = c->running;
		c->running = t;
		multi_add(c, t);
		t = next;
	}
	return !closing;
}

static void reap(struct curl_client *c)
{
	CURLMsg *message;
	int left;

	while ((message = curl_multi_info_read(c->multi, &left))) {
		CURLcode code = message->data.result;
		CURL *easy = message->easy_handle;
		struct transfer *t = NULL;

		curl_easy_getinfo(easy, CURLINFO_PRIVATE, (char **)&t);
		curl_multi_remove_handle(c->multi, easy);
		if (transfer_hop_ended(t, code)) {
			running_remove(c, t);
			end(t);
		} else {
			multi_add(c, t);
		}
	}
}

static bool is_over(struct transfer *t, int64_t now_ms, int64_t *next_ms)
{
	if (!atomic_load(&t->stop))
		return transfer_expired(t, now_ms, next_ms);
	transfer_fail(t, ERR_CANCELLED, "stopped on request");
	return true;
}

/*
 * Ends what was stopped or was past a deadline at `seen_ms`, before what had come was last read: a
 * vendor is not to blame when it is we who were held up.  How long until the next deadline.
 */
static int64_t sweep(struct curl_client *c, int64_t seen_ms)
{
	int64_t now_ms = clock_steady_now(), wait_ms = ROUND_MAX_MS;

	for (struct transfer *t = c->running, *next; t; t = next) {
		int64_t next_ms = 0;

		next = t->next;
		if (is_over(t, seen_ms, &next_ms)) {
			curl_multi_remove_handle(c->multi, t->easy);
			running_remove(c, t);
			end(t);
		} else if (next_ms - now_ms < wait_ms) {
			wait_ms = next_ms - now_ms;
		}
	}
	return wait_ms > 0 ? wait_ms : 0;
}

static void *net_run(void *arg)
{
	struct curl_client *c = arg;
	int running;

	while (inbox_take(c)) {
		int64_t seen_ms = clock_steady_now();

		atomic_store(&c->ticked_ms, seen_ms);
		curl_multi_perform(c->multi, &running);
		reap(c);
		curl_multi_poll(c->multi, NULL, 0, (int)sweep(c, seen_ms), NULL);
	}
	assert(!c->running);
	return NULL;
}

/* --- job threads --- */

static struct transfer *transfer_get(struct curl_client *c)
{
	struct transfer *t;

	mutex_lock(&c->lock);
	t = c->pool;
	if (t) {
		c->pool = t->next;
		c->pooled--;
	}
	c->outside++;
	mutex_unlock(&c->lock);
	if (!t)
		t = transfer_new(&c->options);
	t->next = NULL;
	return t;
}

static void transfer_put(struct curl_client *c, struct transfer *t)
{
	bool keep;

	mutex_lock(&c->lock);
	keep = c->pooled < POOL_MAX;
	if (keep) {
		t->next = c->pool;
		c->pool = t;
		c->pooled++;
	}
	c->outside--;
	mutex_unlock(&c->lock);
	if (!keep)
		transfer_free(t);
}

static bool start(struct client *base, const struct request *r, struct transfer **out,
		  struct err *e)
{
	struct curl_client *c = client_of(base);
	struct transfer *t = transfer_get(c);

	if (!transfer_prepare(t, r, e)) {
		transfer_put(c, t);
		return false;
	}
	mutex_lock(&c->lock);
	t->next = c->inbox;
	c->inbox = t;
	mutex_unlock(&c->lock);
	curl_multi_wakeup(c->multi);
	*out = t;
	return true;
}

/* Waits for the end; the transfer is this thread's again. */
static void take_back(struct transfer *t)
{
	uint64_t n;

	while (read(t->ended_fd, &n, sizeof(n)) != sizeof(n))
		assert(errno == EINTR);
}

static void stop_now(struct curl_client *c, struct transfer *t)
{
	atomic_store(&t->stop, true);
	curl_multi_wakeup(c->multi);
	take_back(t);
}

enum event { EVENT_ENDED, EVENT_STOPPED, EVENT_TIME };

static enum event await(const struct transfer *t, int64_t wait_ms, const struct cancel *stop)
{
	int64_t until_ms = wait_ms >= 0 ? clock_steady_now() + wait_ms : INT64_MAX;
	struct pollfd p[2] = { { .fd = t->ended_fd, .events = POLLIN },
			       { .fd = stop ? cancel_fd(stop) : -1, .events = POLLIN } };

	for (;;) {
		int64_t left_ms = wait_ms >= 0 ? until_ms - clock_steady_now() : POLL_MAX_MS;
		int n = poll(p, 2,
			     (int)(left_ms < 0             ? 0
				   : left_ms < POLL_MAX_MS ? left_ms
							   : POLL_MAX_MS));

		if (n > 0 && p[1].revents)
			return EVENT_STOPPED;
		if (n > 0)
			return EVENT_ENDED;
		if (n == 0 && wait_ms >= 0 && clock_steady_now() >= until_ms)
			return EVENT_TIME;
		assert(n == 0 || errno == EINTR);
	}
}

static bool wait_for(struct client *base, struct transfer *t, struct arena *a, int64_t wait_ms,
		     const struct cancel *stop, bool *done, struct response *out, struct err *e)
{
	struct curl_client *c = client_of(base);
	enum event event = await(t, wait_ms, stop);
	bool ok;

	if (event == EVENT_TIME) {
		*done = false;
		return true;
	}
	if (event == EVENT_STOPPED) {
		stop_now(c, t);
		err_set(e, ERR_CANCELLED, "%.*s: stopped on request", STR_ARG(t->host));
		transfer_put(c, t);
		return false;
	}
	take_back(t);
	ok = transfer_result(t, a, out, e);
	transfer_put(c, t);
	if (ok)
		*done = true;
	return ok;
}

static void abandon(struct client *base, struct transfer *t)
{
	struct curl_client *c = client_of(base);

	if (!t)
		return;
	stop_now(c, t);
	transfer_put(c, t);
}

static void close_client(struct client *base)
{
	struct curl_client *c = client_of(base);

	assert(c->outside == 0);
	mutex_lock(&c->lock);
	c->closing = true;
	mutex_unlock(&c->lock);
	curl_multi_wakeup(c->multi);
	thread_join(c->thread);
	while (c->pool) {
		struct transfer *t = c->pool;

		c->pool = t->next;
		transfer_free(t);
	}
	curl_multi_cleanup(c->multi);
	mutex_done(&c->lock);
	arena_free(c->memory);
	free(c);
	curl_global_cleanup();
}

static const struct client_ops curl_ops = {
	.name = "curl",
	.start = start,
	.wait = wait_for,
	.abandon = abandon,
	.close = close_client,
};

int64_t client_still_ms(struct client *c)
{
	if (!c || c->ops != &curl_ops)
		return 0;
	return clock_steady_now() - atomic_load(&client_of(c)->ticked_ms);
}

#define OPTIONS_BYTES_MAX ((size_t)64 * 1024)

bool client_open(const struct client_options *o, struct client **out, struct err *e)
{
	struct curl_client *c;
	long per_host = (long)(o->connections_max ? o->connections_max : CONNECTIONS_PER_HOST);

	if (o->user_agent.len + o->ca_file.len > OPTIONS_BYTES_MAX / 2)
		return err_set(e, ERR_CONFIG, "HTTP client: user agent or file name is too long");
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		return err_set(e, ERR_CONFIG, "HTTP client: libcurl does not start");
	c = calloc(1, sizeof(*c));
	if (!c)
		abort();
	c->base.ops = &curl_ops;
	c->memory = arena_new("client", OPTIONS_BYTES_MAX);
	c->options = *o;
	c->options.user_agent = str_keep(c->memory, o->user_agent);
	c->options.ca_file = str_keep(c->memory, o->ca_file);
	mutex_init(&c->lock);
	atomic_store(&c->ticked_ms, clock_steady_now());
	c->multi = curl_multi_init();
	if (!c->multi)
		abort();
	curl_multi_setopt(c->multi, CURLMOPT_MAX_HOST_CONNECTIONS, per_host);
	curl_multi_setopt(c->multi, CURLMOPT_MAXCONNECTS, CONNECTIONS_KEPT);
	c->thread = thread_start(net_run, c);
	*out = &c->base;
	return true;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * loopback.c - waits for a browser to come back from an authorization page.
 *
 * Always: code and error are written by the server's thread under the lock, once, and read by the
 * waiter under it.
 */
#include "http/loopback.h"

#include "base/clock.h"
#include "base/thread.h"

#include <arpa/inet.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CODE_BYTES_MAX 4096
#define ERROR_BYTES_MAX 64
#define CONNECTIONS_MAX 8
#define IDLE_S 10
#define TICK_MS 200

struct loopback {
	struct MHD_Daemon *daemon;
	char path[256];
	struct mutex lock;
	char state[256];
	char code[CODE_BYTES_MAX];
	char error[ERROR_BYTES_MAX];
	bool done;
};

static bool same(const char *a, const char *b)
{
	size_t n = strlen(a);
	unsigned char differ = 0;

	if (n != strlen(b))
		return false;
	for (size_t i = 0; i < n; i++)
		differ |= (unsigned char)(a[i] ^ b[i]);
	return differ == 0 && n > 0;
}

static enum MHD_Result answer(struct MHD_Connection *c, unsigned status, const char *says)
{
	char page[512];
	struct MHD_Response *r;
	enum MHD_Result result;
	int n = snprintf(
		page, sizeof(page),
		"<!doctype html><meta charset=utf-8><meta name=viewport content=\"width=device-width\">"
		"<title>Lockstep</title><p style=\"font:18px system-ui;margin:3em\">%s</p>\n",
		says);

	r = MHD_create_response_from_buffer((size_t)n, page, MHD_RESPMEM_MUST_COPY);
	if (!r)
		return MHD_NO;
	MHD_add_response_header(r, "Content-Type", "text/html; charset=utf-8");
	MHD_add_response_header(r, "Cache-Control", "no-store");
	MHD_add_response_header(r, "Referrer-Policy", "no-referrer");
	result = MHD_queue_response(c, status, r);
	MHD_destroy_response(r);
	return result;
}

/* Only a short word of RFC 6749's error codes is taken over. */
static void keep_error(struct loopback *l, const char *error)
{
	size_t n = 0;

	for (; error[n] && n + 1 < sizeof(l->error) &&
	       (error[n] == '_' || (error[n] >= 'a' && error[n] <= 'z'));
	     n++)
		l->error[n] = error[n];
	l->error[n] = 0;
}

/* True when the request is the one that is waited for. */
static bool take(struct loopback *l, const char *state, const char *code, const char *error)
{
	bool mine;

	mutex_lock(&l->lock);
	mine = !l->done && state && same(l->state, state) &&
	       (error || (code && strlen(code) < sizeof(l->code)));
	if (mine && error)
		keep_error(l, error);
	else if (mine)
		memcpy(l->code, code, strlen(code) + 1);
	l->done = l->done || mine;
	mutex_unlock(&l->lock);
	return mine;
}

static enum MHD_Result on_request(void *arg, struct MHD_Connection *c, const char *url,
				  const char *method, const char *version, const char *body,
				  size_t *body_bytes, void **state)
{
	struct loopback *l = arg;
	const char *error = MHD_lookup_connection_value(c, MHD_GET_ARGUMENT_KIND, "error");

	(void)version;
	(void)body;
	(void)body_bytes;
	(void)state;
	if (strcmp(method, "GET") != 0 || strcmp(url, l->path) != 0)
		return answer(c, MHD_HTTP_NOT_FOUND, "There is nothing here.");
	if (!take(l, MHD_lookup_connection_value(c, MHD_GET_ARGUMENT_KIND, "state"),
		  MHD_lookup_connection_value(c, MHD_GET_ARGUMENT_KIND, "code"), error))
		return answer(c, MHD_HTTP_BAD_REQUEST,
			      "This answer was not asked for. Begin again in the terminal.");
	return answer(c, MHD_HTTP_OK,
		      error ? "Access was refused. The terminal tells more."
			    : "Done. You may close this page and go back to the terminal.");
}

bool loopback_open(uint16_t port, struct str path, struct loopback **out, struct err *e)
{
	struct sockaddr_in here = { .sin_family = AF_INET,
				    .sin_port = htons(port),
				    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct loopback *l;

	if (path.len == 0 || path.len >= sizeof(l->path))
		return err_set(e, ERR_CONFIG, "the redirect URL's path is empty or too long");
	l = calloc(1, sizeof(*l));
	if (!l)
		abort();
	memcpy(l->path, path.at, path.len);
	mutex_init(&l->lock);
	l->daemon =
		MHD_start_daemon(MHD_USE_INTERNAL_POLLING_THREAD, port, NULL, NULL, on_request, l,
				 MHD_OPTION_SOCK_ADDR, (struct sockaddr *)&here,
				 MHD_OPTION_CONNECTION_LIMIT, (unsigned)CONNECTIONS_MAX,
				 MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)IDLE_S, MHD_OPTION_END);
	if (!l->daemon) {
		loopback_close(l);
		return err_set(e, ERR_BUSY, "cannot listen on 127.0.0.1:%u: is the port in use?",
			       port);
	}
	*out = l;
	return true;
}

void loopback_close(struct loopback *l)
{
	if (!l)
		return;
	if (l->daemon)
		MHD_stop_daemon(l->daemon);
	mutex_done(&l->lock);
	memset(l->code, 0, sizeof(l->code));
	free(l);
}

static bool is_done(struct loopback *l)
{
	bool done;

	mutex_lock(&l->lock);
	done = l->done;
	mutex_unlock(&l->lock);
	return done;
}

bool loopback_wait(struct loopback *l, struct arena *a, struct str state, int64_t wait_ms,
		   const struct cancel *stop, struct str *code, struct err *e)
{
	int64_t until = clock_steady_now() + wait_ms;

	if (state.len == 0 || state.len >= sizeof(l->state))
		return err_set(e, ERR_CONFIG, "a state of %zu bytes", state.len);
	mutex_lock(&l->lock);
	memcpy(l->state, state.at, state.len);
	mutex_unlock(&l->lock);
	while (!is_done(l)) {
		if (clock_steady_now() >= until)
			return err_set(e, ERR_TRANSIENT,
				       "nobody came back from the authorization page");
		if (!clock_sleep(clock_system(), TICK_MS, stop, e))
			return false;
	}
	if (l->error[0])
		return err_set(e, ERR_AUTH, "the vendor did not give access (%s)", l->error);
	*code = str_keep(a, str_from(l->code));
	return true;
}

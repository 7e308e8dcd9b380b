/* SPDX-License-Identifier: Apache-2.0 */
/*
 * server.c - opening, watching, draining and closing a server.
 *
 * Always: the byte thread is stopped last, when nothing is suspended any more.
 */
#include "http/server.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "http/server_part.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#define HANDLERS_DEFAULT 8
#define CONNECTIONS_DEFAULT 2048
#define FILES_BESIDES 256
#define PEM_BYTES_MAX ((size_t)256 * 1024)
#define WATCH_MS 250
/* What libmicrohttpd keeps for each connection: more than the limits of server.h, so that these
 * decide. */
#define POOL_BYTES ((size_t)64 * 1024)
#define TLS_PRIORITIES "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2"

PRINTF(2, 0)
static void on_log(void *arg, const char *fmt, va_list ap)
{
	char text[256];

	(void)arg;
	vsnprintf(text, sizeof(text), fmt, ap);
	text[strcspn(text, "\n")] = 0;
	log_debug("http: %s", text);
}

/* Every client needs a descriptor. */
static void raise_files(size_t connections)
{
	struct rlimit l;
	rlim_t want = connections + FILES_BESIDES;

	if (getrlimit(RLIMIT_NOFILE, &l) < 0 || l.rlim_cur >= want)
		return;
	l.rlim_cur = l.rlim_max != RLIM_INFINITY && l.rlim_max < want ? l.rlim_max : want;
	if (setrlimit(RLIMIT_NOFILE, &l) < 0 || l.rlim_cur < want)
		log_warn("this process may open %llu files, and would need %llu for %zu "
			 "connections",
			 (unsigned long long)l.rlim_cur, (unsigned long long)want, connections);
}

static void set_times(struct server_options *o)
{
	o->head_ms = o->head_ms ? o->head_ms : SERVER_HEAD_MS_MAX;
	o->idle_ms = o->idle_ms ? o->idle_ms : SERVER_IDLE_MS_MAX;
	o->body_ms = o->body_ms ? o->body_ms : SERVER_BODY_MS_MAX;
	o->send_ms = o->send_ms ? o->send_ms : SERVER_SEND_MS_MAX;
	o->stall_ms = o->stall_ms ? o->stall_ms : SERVER_STALL_MS_MAX;
	o->beat_ms = o->beat_ms ? o->beat_ms : SERVER_BEAT_MS;
}

static struct server *server_new(const struct server_options *o)
{
	struct server *s = calloc(1, sizeof(*s));

	if (!s)
		abort();
	s->o = *o;
	s->o.handlers = o->handlers ? o->handlers : HANDLERS_DEFAULT;
	s->o.connections_max = o->connections_max ? o->connections_max : CONNECTIONS_DEFAULT;
	/* Whoever takes his whole share leaves as much to all others. */
	s->o.per_address_max =
		o->per_address_max ? o->per_address_max : (s->o.connections_max + 1) / 2;
	s->o.bodies_bytes_max = o->bodies_bytes_max ? o->bodies_bytes_max : SERVER_BODIES_BYTES_MAX;
	s->o.queue_max = o->queue_max ? o->queue_max : s->o.connections_max * 3 / 4;
	set_times(&s->o);
	s->arena = arena_new("server", 4 * PEM_BYTES_MAX);
	s->listener = -1;
	s->queue_end = &s->queue;
	s->secure = o->tls_cert.len > 0;
	mutex_init(&s->connections_lock);
	condition_init(&s->settled);
	mutex_init(&s->queue_lock);
	condition_init(&s->queue_filled);
	mutex_init(&s->streams_lock);
	mutex_init(&s->watch_lock);
	condition_init(&s->watch_ends);
	return s;
}

static void *watch_run(void *arg)
{
	struct server *s = arg;

	mutex_lock(&s->watch_lock);
	while (!s->watch_ending) {
		if (condition_wait_for(&s->watch_ends, &s->watch_lock, WATCH_MS))
			continue;
		mutex_unlock(&s->watch_lock);
		connection_sweep(s, atomic_load(&s->draining));
		stream_sweep(s);
		mutex_lock(&s->watch_lock);
	}
	mutex_unlock(&s->watch_lock);
	return NULL;
}

static bool read_pem(struct server *s, struct str path, struct str *out, struct err *e)
{
	if (!file_read(s->arena, str_keep(s->arena, path).at, PEM_BYTES_MAX, out, e)) {
		e->kind = ERR_CONFIG;
		return false;
	}
	return true;
}

/* libmicrohttpd takes text to read as text to write. */
static char *writable(struct arena *a, struct str text)
{
	char *copy = arena_alloc(a, text.len + 1);

	memcpy(copy, text.at, text.len);
	return copy;
}

/* libmicrohttpd's thread takes no signals, as none of ours does. */
static struct MHD_Daemon *start_quietly(struct server *s, unsigned flags,
					struct MHD_OptionItem *tls)
{
	struct MHD_Daemon *daemon;
	sigset_t all, before;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	daemon = MHD_start_daemon(
		flags, 0, connection_accept, s, exchange_step, s, MHD_OPTION_EXTERNAL_LOGGER,
		on_log, NULL, MHD_OPTION_LISTEN_SOCKET, s->listener,
		MHD_OPTION_CONNECTION_MEMORY_LIMIT, POOL_BYTES, MHD_OPTION_CONNECTION_LIMIT,
		(unsigned)s->o.connections_max, MHD_OPTION_URI_LOG_CALLBACK, exchange_begin, s,
		MHD_OPTION_NOTIFY_COMPLETED, exchange_end, s, MHD_OPTION_NOTIFY_CONNECTION,
		connection_notify, s, MHD_OPTION_ARRAY, tls, MHD_OPTION_END);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return daemon;
}

static bool start_daemon(struct server *s, struct err *e)
{
	struct str cert = { 0 }, key = { 0 };
	unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ITC |
			 MHD_USE_ERROR_LOG;
	struct MHD_OptionItem tls[] = {
		{ MHD_OPTION_HTTPS_MEM_CERT, 0, NULL },
		{ MHD_OPTION_HTTPS_MEM_KEY, 0, NULL },
		{ MHD_OPTION_HTTPS_PRIORITIES, 0, NULL },
		{ MHD_OPTION_END, 0, NULL },
	};

	if (s->secure) {
		if (MHD_is_feature_supported(MHD_FEATURE_TLS) != MHD_YES)
			return err_set(e, ERR_CONFIG, "this libmicrohttpd was built without TLS");
		if (!read_pem(s, s->o.tls_cert, &cert, e) || !read_pem(s, s->o.tls_key, &key, e))
			return err_wrap(e, "TLS");
		tls[0].ptr_value = writable(s->arena, cert);
		tls[1].ptr_value = writable(s->arena, key);
		tls[2].ptr_value = writable(s->arena, STR(TLS_PRIORITIES));
		flags |= MHD_USE_TLS;
	}
	s->daemon = start_quietly(s, flags, s->secure ? tls : tls + 3);
	if (!s->daemon)
		return err_set(e, ERR_CONFIG, "cannot serve on %.*s%s", STR_ARG(s->o.listen),
			       s->secure ? ": do certificate and key fit?" : "");
	return true;
}

bool server_open(const struct server_options *o, struct server **out, struct err *e)
{
	struct server *s;

	assert(o->begin && o->handle && o->refuse && o->done && o->late_body);
	if (!o->tls_cert.len != !o->tls_key.len)
		return err_set(e, ERR_CONFIG, "TLS needs both a certificate and its key");
	s = server_new(o);
	raise_files(s->o.connections_max);
	if (!server_listen(s, e) || !start_daemon(s, e)) {
		server_close(s);
		return false;
	}
	s->handler = arena_new_array(s->arena, pthread_t, s->o.handlers);
	for (; s->handlers_started < s->o.handlers; s->handlers_started++)
		s->handler[s->handlers_started] = thread_start(queue_run, s);
	s->watch = thread_start(watch_run, s);
	s->watching = true;
	*out = s;
	return true;
}

int server_port(const struct server *s)
{
	return s->port;
}

/* No new connections; streams end, idle connections go. */
static void stop_accepting(struct server *s)
{
	if (atomic_exchange(&s->draining, true) || !s->daemon)
		return;
	MHD_quiesce_daemon(s->daemon);
	if (s->listener >= 0)
		close(s->listener);
	s->listener = -1;
	if (s->unix_path.len)
		unlink(s->unix_path.at);
	server_wake(s);
	connection_sweep(s, true);
}

void server_drain(struct server *s, int64_t wait_ms)
{
	int64_t until = clock_steady_now() + wait_ms;
	int64_t left = wait_ms;

	stop_accepting(s);
	mutex_lock(&s->connections_lock);
	while (s->under_way && left > 0) {
		condition_wait_for(&s->settled, &s->connections_lock, left);
		left = until - clock_steady_now();
	}
	mutex_unlock(&s->connections_lock);
}

static void end_watch(struct server *s)
{
	if (!s->watching)
		return;
	mutex_lock(&s->watch_lock);
	s->watch_ending = true;
	condition_signal(&s->watch_ends);
	mutex_unlock(&s->watch_lock);
	thread_join(s->watch);
}

void server_close(struct server *s)
{
	if (!s)
		return;
	stop_accepting(s);
	end_watch(s);
	queue_end(s);
	if (s->daemon)
		MHD_stop_daemon(s->daemon);
	if (s->listener >= 0)
		close(s->listener);
	mutex_done(&s->connections_lock);
	condition_done(&s->settled);
	mutex_done(&s->queue_lock);
	condition_done(&s->queue_filled);
	mutex_done(&s->streams_lock);
	mutex_done(&s->watch_lock);
	condition_done(&s->watch_ends);
	arena_free(s->arena);
	free(s);
}

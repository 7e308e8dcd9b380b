/* SPDX-License-Identifier: Apache-2.0 */
/*
 * server.c - one thread, libmicrohttpd's epoll under our own poll, and the path of a request.
 *
 * Always: a visit is made by start_visit() and ended by end_visit(), which libmicrohttpd calls
 * exactly once for each request, whatever became of it.
 */
#include "visit.h"

#include "base/clock.h"

#include <arpa/inet.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <unistd.h>

#define BODY_BYTES_MAX ((size_t)8 << 20)
#define GZIP_BYTES_MIN 1024
/* An answer that is meant to be too large stays so. */
#define GZIP_BYTES_MAX ((size_t)32 << 20)
#define IDLE_SECONDS 120u
#define CONNECTIONS_MAX 4000u

/* Called by libmicrohttpd when the request line is there: the moment of arrival. */
static void *start_visit(void *arg, const char *target, struct MHD_Connection *connection)
{
	struct visits *visits = arg;
	struct visit *v = calloc(1, sizeof *v);
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);

	if (!v || !info || !(v->target = strdup(target)))
		abort();
	v->visits = visits;
	v->fd = info->connect_fd;
	v->request.server = visits->server;
	v->request.connection = connection;
	v->request.query = str_from(v->target);
	v->request.path = str_cut(&v->request.query, '?');
	buf_init(&v->body, BODY_BYTES_MAX);
	return v;
}

static void end_visit(void *arg, struct MHD_Connection *connection, void **visit,
		      enum MHD_RequestTerminationCode code)
{
	struct visit *v = *visit;
	struct visits *visits = arg;

	(void)connection;
	(void)code;
	if (!v)
		return;
	assert(!v->suspended);
	if (v->request.entry)
		journal_close(visits->server->journal, v->request.entry);
	buf_done(&v->body);
	free(v->target);
	free(v);
	*visit = NULL;
}

/* What the request itself asks for, else what the plan says. */
static bool choose_fault(struct visit *v, struct err *e)
{
	const struct request *r = &v->request;
	const char *header = request_header(r, "X-Sandbox-Fault");
	struct str wish;

	if (request_param(r, "sandbox_redirected", &wish))
		return true;
	if (request_param(r, "sandbox_fault", &wish))
		return fault_parse(wish, &v->fault, e);
	if (header)
		return fault_parse(str_from(header), &v->fault, e);
	v->fault = fault_plan_pick(r->server->plan, r->method, r->path, r->query);
	return true;
}

static void note_fault(struct visit *v)
{
	struct entry *entry = v->request.entry;

	if (v->fault.kind)
		snprintf(entry->fault, sizeof entry->fault, "%s", v->fault.kind->name);
}

static bool over_limit(const struct server *s, const struct request *r, struct reply *reply)
{
	int64_t wait_ms;

	if (!s->gate || !str_starts(r->path, str_from(s->vendor->ops->api)))
		return false;
	wait_ms = gate_pass(s->gate, timepiece_now(&s->time));
	if (!wait_ms)
		return false;
	reply_message(reply, 429, "The rate limit has been exceeded.");
	snprintf(reply->retry_after, sizeof reply->retry_after, "%lld",
		 (long long)((wait_ms + MS_PER_S - 1) / MS_PER_S));
	return true;
}

static void answer(struct visit *v, struct reply *reply)
{
	struct server *s = v->request.server;
	const char *host = request_header(&v->request, MHD_HTTP_HEADER_HOST);
	struct fault_scene scene = {
		.now_ms = timepiece_now(&s->time),
		.path = v->request.path,
		.query = v->request.query,
		.host = host ? host : "",
		.port = s->port,
	};
	enum fault_stage stage = v->fault.kind ? v->fault.kind->stage : FAULT_BEFORE;

	v->request.body = buf_str(&v->body);
	if (s->vendor->ops->note)
		s->vendor->ops->note(s->vendor, &v->request);
	if (over_limit(s, &v->request, reply))
		return;
	if (stage == FAULT_INSTEAD) {
		fault_apply(&v->fault, &scene, reply);
		return;
	}
	s->vendor->ops->handle(s->vendor, &v->request, reply);
	if (stage == FAULT_AFTER)
		fault_apply(&v->fault, &scene, reply);
}

void visit_carry_out(struct visit *v)
{
	struct reply reply;

	reply_init(&reply);
	reply.error_member = v->request.server->vendor->ops->error_member;
	if (!v->too_large)
		answer(v, &reply);
	reply_done(&reply);
	arena_reset(v->request.server->scratch);
}

static bool wants_gzip(const struct visit *v, const struct reply *reply)
{
	const char *accepted = request_header(&v->request, MHD_HTTP_HEADER_ACCEPT_ENCODING);

	return v->request.server->gzip && accepted && strstr(accepted, "gzip") &&
	       !reply->encoding && !reply->source && reply->body.len >= GZIP_BYTES_MIN &&
	       reply->body.len <= GZIP_BYTES_MAX;
}

static enum MHD_Result finish(struct visit *v)
{
	struct server *s = v->request.server;
	struct reply reply;
	enum MHD_Result result;

	reply_init(&reply);
	reply.error_member = s->vendor->ops->error_member;
	if (v->too_large) {
		reply_message(&reply, 413, "The request is too large.");
	} else if (v->request.entry) {
		answer(v, &reply);
	} else {
		v->request.body = buf_str(&v->body);
		admin_handle(s, &v->request, &reply);
	}
	if (wants_gzip(v, &reply))
		reply_gzip(&reply);
	result = deliver(v, &reply);
	reply_done(&reply);
	arena_reset(s->scratch);
	return result;
}

/* The headers are there: enters the request in the journal and decides what will go wrong. */
static enum MHD_Result begin(struct visit *v, const char *method)
{
	struct request *r = &v->request;
	struct server *s = r->server;
	const char *host = request_header(r, MHD_HTTP_HEADER_HOST);
	struct reply reply;
	struct err e;
	enum MHD_Result result;

	v->seen = true;
	r->method = str_from(method);
	if (admin_path(r->path))
		return MHD_YES;
	s->requests++;
	r->entry =
		journal_open(s->journal, r->method, str_from(v->target), timepiece_now(&s->time));
	snprintf(r->entry->host, sizeof r->entry->host, "%s", host ? host : "");
	r->entry->authorised = s->vendor->ops->authorised(s->vendor, r);
	if (choose_fault(v, &e)) {
		note_fault(v);
		return MHD_YES;
	}
	reply_init(&reply);
	reply_set(&reply, 400, TYPE_TEXT, str_from(e.text));
	result = deliver(v, &reply);
	reply_done(&reply);
	return result;
}

static enum MHD_Result on_request(void *arg, struct MHD_Connection *connection, const char *url,
				  const char *method, const char *version, const char *upload,
				  size_t *upload_size, void **visit)
{
	struct visit *v = *visit;
	int64_t wait_ms;

	(void)arg, (void)connection, (void)url, (void)version;
	if (!v->seen)
		return begin(v, method);
	if (*upload_size) {
		buf_add(&v->body, (struct str){ upload, *upload_size });
		v->too_large = v->body.failed;
		*upload_size = 0;
		return MHD_YES;
	}
	if (v->abandoned)
		return MHD_NO;
	wait_ms = fault_wait_ms(&v->fault);
	if (v->state == VISIT_ARRIVED && wait_ms) {
		v->state = VISIT_WAITING;
		visit_suspend(v, wait_ms == INT64_MAX ? wait_ms : clock_steady_now() + wait_ms);
		return MHD_YES;
	}
	v->state = VISIT_READY;
	return finish(v);
}

/* From here on the signals wait until serve() reads them. */
static int signal_fd(void)
{
	sigset_t set;
	int fd;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	signal(SIGPIPE, SIG_IGN);
	if (sigprocmask(SIG_BLOCK, &set, NULL) != 0)
		abort();
	fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (fd < 0)
		abort();
	return fd;
}

static int sleep_ms(struct MHD_Daemon *daemon, const struct visits *visits)
{
	MHD_UNSIGNED_LONG_LONG most = 0;
	int64_t now_ms = clock_steady_now(), wait_ms = -1;

	if (visits->first)
		wait_ms = visits_next_ms(visits, now_ms) - now_ms;
	if (MHD_get_timeout(daemon, &most) == MHD_YES && (wait_ms < 0 || (int64_t)most < wait_ms))
		wait_ms = (int64_t)(most > 60000 ? 60000 : most);
	return (int)wait_ms;
}

static void serve(struct MHD_Daemon *daemon, struct visits *visits, int signals)
{
	const union MHD_DaemonInfo *info = MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_EPOLL_FD);
	struct pollfd fds[] = { { .fd = info->epoll_fd, .events = POLLIN },
				{ .fd = signals, .events = POLLIN } };

	for (;;) {
		poll(fds, COUNT(fds), sleep_ms(daemon, visits));
		if (fds[1].revents)
			break;
		if (visits->first)
			visits_wake(visits, clock_steady_now(), false);
		MHD_run(daemon);
	}
	/* libmicrohttpd refuses to end while a connection is suspended. */
	visits_wake(visits, 0, true);
	MHD_run(daemon);
}

bool server_run(struct server *s, unsigned port, struct err *e)
{
	struct visits visits = { .server = s };
	int signals;
	struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_port = htons((uint16_t)port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	struct MHD_Daemon *daemon = MHD_start_daemon(
		MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_SUPPRESS_DATE_NO_CLOCK,
		(uint16_t)port, NULL, NULL, on_request, NULL, MHD_OPTION_SOCK_ADDR, &address,
		MHD_OPTION_URI_LOG_CALLBACK, start_visit, &visits, MHD_OPTION_NOTIFY_COMPLETED,
		end_visit, &visits, MHD_OPTION_CONNECTION_TIMEOUT, IDLE_SECONDS,
		MHD_OPTION_CONNECTION_LIMIT, CONNECTIONS_MAX, MHD_OPTION_LISTENING_ADDRESS_REUSE,
		1u, MHD_OPTION_END);

	if (!daemon)
		return err_set(e, ERR_CONFIG, "cannot listen on 127.0.0.1:%u", port);
	signals = signal_fd();
	s->port = MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_BIND_PORT)->port;
	printf("listening on http://127.0.0.1:%u\n", s->port);
	fflush(stdout);
	serve(daemon, &visits, signals);
	MHD_stop_daemon(daemon);
	close(signals);
	return true;
}

bool server_plan(struct server *s, struct str json, struct err *e)
{
	yyjson_read_err bad;
	yyjson_doc *doc;
	yyjson_val *root;
	struct modes_kept before;
	bool ok;

	/* yyjson reads without YYJSON_READ_INSITU and does not write to it. */
	doc = yyjson_read_opts((char *)(uintptr_t)json.at, json.len, 0, NULL, &bad);
	if (!doc)
		return err_set(e, ERR_USAGE, "plan, byte %zu: %s", bad.pos, bad.msg);
	root = yyjson_doc_get_root(doc);
	before = modes_keep(&s->vendor->modes);
	ok = modes_read(&s->vendor->modes, yyjson_obj_get(root, "modes"), e) ||
	     err_wrap(e, "modes");
	if (s->vendor->ops->plan)
		ok = ok && s->vendor->ops->plan(s->vendor, yyjson_is_obj(root) ? root : NULL, e);
	if (ok && (yyjson_is_arr(root) || yyjson_obj_get(root, "rules")))
		ok = fault_plan_set(s->plan,
				    yyjson_is_arr(root) ? root : yyjson_obj_get(root, "rules"), e);
	if (ok)
		s->plans++;
	else
		modes_restore(&s->vendor->modes, &before);
	yyjson_doc_free(doc);
	return ok;
}

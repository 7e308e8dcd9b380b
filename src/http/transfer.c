/* SPDX-License-Identifier: Apache-2.0 */
/*
 * transfer.c - one request of the real client, from what was asked to what came of it.
 *
 * Always: a request goes out at most once a hop.  curl would silently repeat one whose kept
 * connection turns out closed, also a POST, and nobody would count it; that is stopped before it is
 * sent and reported as transient.
 */
#include "http/transfer.h"

#include "base/clock.h"
#include "http/transfer_setup.h"

#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define ARENA_BYTES_MAX ((size_t)1024 * 1024 * 1024)

struct transfer *transfer_new(const struct client_options *o)
{
	struct transfer *t = calloc(1, sizeof(*t));

	if (!t)
		abort();
	t->arena = arena_new("transfer", ARENA_BYTES_MAX);
	t->ended_fd = eventfd(0, EFD_CLOEXEC);
	t->easy = curl_easy_init();
	if (t->ended_fd < 0 || !t->easy)
		abort();
	transfer_setup_fixed(t, o);
	return t;
}

void transfer_free(struct transfer *t)
{
	if (!t)
		return;
	curl_easy_cleanup(t->easy);
	answer_done(&t->answer);
	arena_free(t->arena);
	close(t->ended_fd);
	free(t);
}

bool transfer_prepare(struct transfer *t, const struct request *r, struct err *e)
{
	arena_reset(t->arena);
	answer_reset(&t->answer, r->body_bytes_max ? r->body_bytes_max : CLIENT_BODY_MAX);
	atomic_store(&t->stop, false);
	t->hop = (struct transfer_hop){ 0 };
	t->hops = 0;
	t->status = 0;
	t->failed = false;
	return transfer_setup_request(t, r, e);
}

static bool end(struct transfer *t)
{
	t->times.ended_ms = clock_steady_now();
	return true;
}

void transfer_fail(struct transfer *t, enum err_kind kind, const char *why)
{
	t->failed = true;
	err_set(&t->err, kind, "%.*s: %s", STR_ARG(t->host), why);
	end(t);
}

/* What curl's codes mean; `detail`: its own text is about connection or certificate and helps. */
static const struct {
	CURLcode code;
	enum err_kind kind;
	bool detail;
	const char *text;
} verdict[] = {
	{ CURLE_COULDNT_RESOLVE_HOST, ERR_TRANSIENT, false,
	  "the name cannot be resolved; check its spelling and the network" },
	{ CURLE_COULDNT_CONNECT, ERR_TRANSIENT, true, "no connection" },
	{ CURLE_OPERATION_TIMEDOUT, ERR_TRANSIENT, false, "no connection within the deadline" },
	{ CURLE_SSL_CONNECT_ERROR, ERR_TRANSIENT, true, "no TLS connection" },
	{ CURLE_PEER_FAILED_VERIFICATION, ERR_REMOTE, true, "its TLS certificate is not trusted" },
	{ CURLE_SSL_CACERT_BADFILE, ERR_CONFIG, true, "the file of trusted certificates is bad" },
	{ CURLE_SSL_CERTPROBLEM, ERR_CONFIG, true, "problem with our TLS certificate" },
	{ CURLE_UNSUPPORTED_PROTOCOL, ERR_REMOTE, false, "the answer is not HTTP" },
	{ CURLE_WEIRD_SERVER_REPLY, ERR_REMOTE, false, "the answer is not proper HTTP" },
	{ CURLE_GOT_NOTHING, ERR_TRANSIENT, false, "the connection was closed without an answer" },
	{ CURLE_PARTIAL_FILE, ERR_TRANSIENT, false, "the answer was cut short" },
	{ CURLE_RECV_ERROR, ERR_TRANSIENT, false, "the connection broke while the answer came" },
	{ CURLE_SEND_ERROR, ERR_TRANSIENT, false, "the connection broke while sending" },
	{ CURLE_HTTP2, ERR_TRANSIENT, false, "the HTTP/2 connection broke" },
	{ CURLE_HTTP2_STREAM, ERR_TRANSIENT, false, "the HTTP/2 stream was broken off" },
	{ CURLE_OUT_OF_MEMORY, ERR_LIMIT, false, "a header line of the answer is too long" },
#if LIBCURL_VERSION_NUM >= 0x080600
	{ CURLE_TOO_LARGE, ERR_LIMIT, false, "a header line of the answer is too long" },
#endif
};

static void fail_by_code(struct transfer *t, CURLcode code)
{
	for (size_t i = 0; i < COUNT(verdict); i++) {
		if (verdict[i].code != code)
			continue;
		transfer_fail(t, verdict[i].kind, verdict[i].text);
		if (verdict[i].detail && t->hop.detail[0])
			err_set(&t->err, verdict[i].kind, "%.*s: %s (%s)", STR_ARG(t->host),
				verdict[i].text, t->hop.detail);
		return;
	}
	transfer_fail(t, ERR_TRANSIENT, curl_easy_strerror(code));
}

static void fail_refused(struct transfer *t)
{
	transfer_fail(t, ERR_CONFIG, "");
	err_set(&t->err, ERR_CONFIG,
		"%.*s: its address %s is private, reserved or on a port that is not allowed; add it "
		"to the allow list if it is meant",
		STR_ARG(t->host), t->hop.address);
}

static void fail_hop(struct transfer *t, CURLcode code)
{
	if (t->hop.repeated)
		transfer_fail(t, ERR_TRANSIENT, "the kept connection was closed without an answer");
	else if (t->answer.refused)
		transfer_fail(t, t->answer.err.kind, t->answer.err.text);
	else if (t->hop.refused && !t->hop.connecting)
		fail_refused(t);
	else
		fail_by_code(t, code);
}

static bool is_redirect(const struct transfer *t, struct str location)
{
	return t->follow && t->hops_max != CLIENT_HOPS_NONE && location.len > 0 &&
	       (t->status == 301 || t->status == 302 || t->status == 303 || t->status == 307 ||
		t->status == 308);
}

static bool redirect_check(struct transfer *t, struct str location, struct str *url, struct err *e)
{
	if (t->hops == t->hops_max)
		return err_set(e, ERR_REMOTE, "redirected more than %zu times", t->hops_max);
	return url_resolve(t->arena, t->url, location, url, e) && url_check(*url, t->policy, e);
}

/* True when the transfer ended because the redirect cannot be followed. */
static bool redirect(struct transfer *t, struct str location)
{
	struct str url = { NULL, 0 };
	struct err e;

	if (!redirect_check(t, location, &url, &e)) {
		err_wrap(&e, "redirect");
		transfer_fail(t, e.kind, e.text);
		return true;
	}
	t->hops++;
	t->hop = (struct transfer_hop){ 0 };
	answer_reset(&t->answer, t->body_bytes_max);
	transfer_setup_url(t, url);
	return false;
}

bool transfer_hop_ended(struct transfer *t, CURLcode code)
{
	struct str location;
	long status = 0;

	if (code != CURLE_OK || !answer_end(&t->answer)) {
		fail_hop(t, code);
		return true;
	}
	curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &status);
	t->status = (int)status;
	if (t->status < 200) {
		transfer_fail(t, ERR_TRANSIENT, "the connection was closed without a final answer");
		return true;
	}
	location = answer_value(&t->answer, STR("location"));
	return is_redirect(t, location) ? redirect(t, location) : end(t);
}

/* Bytes of a request's body on their way count as movement too. */
static void notice_upload(struct transfer *t, int64_t now_ms)
{
	curl_off_t sent = 0;

	curl_easy_getinfo(t->easy, CURLINFO_SIZE_UPLOAD_T, &sent);
	if (sent == t->times.sent_bytes)
		return;
	t->times.sent_bytes = sent;
	t->times.moved_ms = now_ms;
}

bool transfer_expired(struct transfer *t, int64_t now_ms, int64_t *next_ms)
{
	struct transfer_times *times = &t->times;

	*next_ms = times->started_ms + times->total_ms;
	if (now_ms >= *next_ms) {
		transfer_fail(t, ERR_TRANSIENT, "the whole answer was not there by the deadline");
		return true;
	}
	if (times->moved_ms == 0)
		return false;
	if (now_ms - times->moved_ms >= times->stall_ms)
		notice_upload(t, now_ms);
	if (now_ms - times->moved_ms >= times->stall_ms) {
		transfer_fail(t, ERR_TRANSIENT, "nothing came for too long; given up");
		return true;
	}
	if (times->moved_ms + times->stall_ms < *next_ms)
		*next_ms = times->moved_ms + times->stall_ms;
	return false;
}

bool transfer_result(const struct transfer *t, struct arena *a, struct response *out, struct err *e)
{
	struct response r = { .status = t->status, .hops = t->hops };

	if (t->failed) {
		*e = t->err;
		if (t->unsent_out)
			*t->unsent_out = t->hops == 0 && !t->hop.sent;
		return false;
	}
	if (!answer_copy(&t->answer, a, &r, e) || t->url.len >= arena_room(a))
		return err_wrap(e, "%.*s", STR_ARG(t->host));
	r.url = str_keep(a, t->url);
	r.took_ms = t->times.ended_ms - t->times.started_ms;
	*out = r;
	return true;
}

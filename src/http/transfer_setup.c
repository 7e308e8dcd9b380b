/* SPDX-License-Identifier: Apache-2.0 */
/*
 * transfer_setup.c - how a transfer is told to curl, and the callbacks in which curl asks back.
 *
 * Every option a request may change is set for every request, so that a used handle is as good as
 * new.  Cookies, alt-svc, HSTS and netrc are off because nothing turns them on; proxies must be
 * turned off, or http_proxy in the environment would take every request past the guard.
 */
#include "http/transfer_setup.h"

#include "base/clock.h"

#include <arpa/inet.h>
#include <limits.h>
#include <netinet/in.h>
#include <stdlib.h>

#define CONNECT_MS ((int64_t)10000)
#define STALL_MS ((int64_t)60000)
#define TOTAL_MS ((int64_t)300000)
#define RECEIVE_BYTES (512L * 1024)
#define CONNECTION_LIFE_S 300L /* then the name is resolved anew */
#define REQUEST_BODY_BYTES_MAX ((size_t)256 * 1024 * 1024)
#define REQUEST_HEADERS_MAX 256
#define METHOD_BYTES_MAX 16

static void must(CURLcode code)
{
	assert(code == CURLE_OK);
	(void)code;
}

/* --- callbacks; `arg` is the transfer --- */

static bool address_fits(struct transfer *t, const struct sockaddr *address)
{
	char text[INET6_ADDRSTRLEN] = "?";
	struct sockaddr_in6 v6;
	struct sockaddr_in v4;

	if (url_address_allowed(address, t->host, t->policy))
		return true;
	if (address->sa_family == AF_INET) {
		memcpy(&v4, address, sizeof(v4));
		inet_ntop(AF_INET, &v4.sin_addr, text, sizeof(text));
	} else if (address->sa_family == AF_INET6) {
		memcpy(&v6, address, sizeof(v6));
		inet_ntop(AF_INET6, &v6.sin6_addr, text, sizeof(text));
	}
	t->hop.refused = true;
	static_assert(sizeof(t->hop.address) >= sizeof(text), "an address fits");
	memcpy(t->hop.address, text, sizeof(text));
	return false;
}

static curl_socket_t on_socket(void *arg, curlsocktype purpose, struct curl_sockaddr *address)
{
	struct transfer *t = arg;

	if (purpose != CURLSOCKTYPE_IPCXN || !address_fits(t, &address->addr))
		return CURL_SOCKET_BAD;
	t->hop.connecting = true;
	return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

/* Connected, perhaps since long: on a connection that another request's rules have opened. */
static int on_connected(void *arg, char *ip, char *local_ip, int port, int local_port)
{
	struct transfer *t = arg;
	struct sockaddr_storage address = { .ss_family = strchr(ip, ':') ? AF_INET6 : AF_INET };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6, .sin6_port = htons((uint16_t)port) };
	struct sockaddr_in v4 = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };

	(void)local_ip;
	(void)local_port;
	if (inet_pton(AF_INET, ip, &v4.sin_addr) == 1)
		memcpy(&address, &v4, sizeof(v4));
	else if (inet_pton(AF_INET6, ip, &v6.sin6_addr) == 1)
		memcpy(&address, &v6, sizeof(v6));
	else
		return CURL_PREREQFUNC_ABORT;
	t->hop.connecting = false; /* from here on a refusal is the reason of an end */
	if (!address_fits(t, (const struct sockaddr *)&address))
		return CURL_PREREQFUNC_ABORT;
	t->hop.refused = false;
	t->hop.repeated = t->hop.sent;
	t->hop.sent = true;
	t->times.moved_ms = clock_steady_now();
	return t->hop.repeated ? CURL_PREREQFUNC_ABORT : CURL_PREREQFUNC_OK;
}

static size_t on_header(char *at, size_t size, size_t n, void *arg)
{
	struct transfer *t = arg;

	t->times.moved_ms = clock_steady_now();
	return answer_line(&t->answer, (struct str){ at, size * n }) ? size * n : 0;
}

static size_t on_body(char *at, size_t size, size_t n, void *arg)
{
	struct transfer *t = arg;
	curl_off_t declared = -1;

	t->times.moved_ms = clock_steady_now();
	if (!t->answer.body_begun)
		curl_easy_getinfo(t->easy, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &declared);
	return answer_bytes(&t->answer, (struct str){ at, size * n }, declared) ? size * n : 0;
}

/* --- options --- */

static const struct {
	CURLoption option;
	long value;
} fixed[] = {
	{ CURLOPT_NOSIGNAL, 1 },
	{ CURLOPT_NOPROGRESS, 1 },
	{ CURLOPT_QUICK_EXIT, 1 }, /* a cancelled name lookup is left to end by itself */
	{ CURLOPT_FOLLOWLOCATION, 0 },
	{ CURLOPT_NETRC, CURL_NETRC_IGNORED },
	{ CURLOPT_SSL_VERIFYPEER, 1 },
	{ CURLOPT_SSL_VERIFYHOST, 2 },
	{ CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2 },
	{ CURLOPT_HTTP09_ALLOWED, 0 },
	{ CURLOPT_TCP_NODELAY, 1 },
	{ CURLOPT_TCP_KEEPALIVE, 1 },
	{ CURLOPT_BUFFERSIZE, RECEIVE_BYTES },
	{ CURLOPT_MAXLIFETIME_CONN, CONNECTION_LIFE_S },
};

static char *text_of(struct transfer *t, struct str s)
{
	return (char *)(uintptr_t)str_keep(t->arena, s).at;
}

void transfer_setup_fixed(struct transfer *t, const struct client_options *o)
{
	for (size_t i = 0; i < COUNT(fixed); i++)
		must(curl_easy_setopt(t->easy, fixed[i].option, fixed[i].value));
	must(curl_easy_setopt(t->easy, CURLOPT_PROXY, ""));
	must(curl_easy_setopt(t->easy, CURLOPT_HTTP_VERSION,
			      (long)(o->http2 ? CURL_HTTP_VERSION_2TLS : CURL_HTTP_VERSION_1_1)));
	must(curl_easy_setopt(t->easy, CURLOPT_USERAGENT, text_of(t, o->user_agent)));
	if (o->ca_file.len > 0)
		must(curl_easy_setopt(t->easy, CURLOPT_CAINFO, text_of(t, o->ca_file)));
	must(curl_easy_setopt(t->easy, CURLOPT_PRIVATE, t));
	must(curl_easy_setopt(t->easy, CURLOPT_ERRORBUFFER, t->hop.detail));
	must(curl_easy_setopt(t->easy, CURLOPT_OPENSOCKETFUNCTION, on_socket));
	must(curl_easy_setopt(t->easy, CURLOPT_OPENSOCKETDATA, t));
	must(curl_easy_setopt(t->easy, CURLOPT_PREREQFUNCTION, on_connected));
	must(curl_easy_setopt(t->easy, CURLOPT_PREREQDATA, t));
	must(curl_easy_setopt(t->easy, CURLOPT_HEADERFUNCTION, on_header));
	must(curl_easy_setopt(t->easy, CURLOPT_HEADERDATA, t));
	must(curl_easy_setopt(t->easy, CURLOPT_WRITEFUNCTION, on_body));
	must(curl_easy_setopt(t->easy, CURLOPT_WRITEDATA, t));
}

/* Headers that are the client's own business: what a request says there is passed over. */
static const char *const own_header[] = { "Accept-Encoding",   "Connection",
					  "Content-Length",    "Expect",
					  "Keep-Alive",        "TE",
					  "Transfer-Encoding", "Upgrade" };

static bool is_own(struct str name)
{
	for (size_t i = 0; i < COUNT(own_header); i++)
		if (str_eq_nocase(name, str_from(own_header[i])))
			return true;
	return false;
}

static bool is_token_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       (c && strchr("!#$%&'*+-.^_`|~", c));
}

static bool is_token(struct str s)
{
	for (size_t i = 0; i < s.len; i++)
		if (!is_token_char(s.at[i]))
			return false;
	return s.len > 0;
}

static bool is_field_text(struct str s)
{
	for (size_t i = 0; i < s.len; i++)
		if (((unsigned char)s.at[i] < ' ' && s.at[i] != '\t') || s.at[i] == 0x7F)
			return false;
	return true;
}

static bool header_check(const struct header *h, struct err *e)
{
	if (!is_token(h->name))
		return err_set(e, ERR_CONFIG,
			       "a request header has a name that HTTP does not allow");
	if (str_eq_nocase(h->name, STR("Host")))
		return err_set(e, ERR_CONFIG,
			       "request header Host: the host is the URL's; remove the header");
	if (!is_field_text(h->value) || h->value.len > CLIENT_HEADER_BYTES_MAX)
		return err_set(e, ERR_CONFIG,
			       "request header %.*s: its value is too long or holds a control "
			       "character, such as a line break",
			       (int)(h->name.len < 64 ? h->name.len : 64), h->name.at);
	return true;
}

static struct curl_slist *line_new(struct transfer *t, char *text, struct curl_slist *next)
{
	struct curl_slist *line = arena_new_struct(t->arena, struct curl_slist);

	line->data = text;
	line->next = next;
	return line;
}

/* In curl's words "Name;" is an empty header, "Name:" none at all. */
static struct curl_slist *line_of(struct transfer *t, const struct header *h,
				  struct curl_slist *next)
{
	struct buf b;

	buf_in(&b, t->arena, h->name.len + h->value.len + 2);
	buf_add(&b, h->name);
	buf_add(&b, str_trim(h->value).len ? STR(": ") : STR(";"));
	buf_add(&b, str_trim(h->value));
	assert(!b.failed);
	return line_new(t, b.at, next);
}

static char accept_gzip[] = "Accept-Encoding: gzip";
static char no_expect[] = "Expect:";
static char no_type[] = "Content-Type:";

static bool headers_setup(struct transfer *t, const struct request *r, struct err *e)
{
	struct curl_slist *all, *bare;
	bool typed = false;

	if (r->headers > REQUEST_HEADERS_MAX)
		return err_set(e, ERR_CONFIG, "more than %d request headers", REQUEST_HEADERS_MAX);
	bare = line_new(t, no_expect, line_new(t, accept_gzip, NULL));
	all = line_new(t, no_expect, line_new(t, accept_gzip, NULL));
	for (size_t i = r->headers; i-- > 0;) {
		if (!header_check(&r->header[i], e))
			return false;
		if (is_own(r->header[i].name))
			continue;
		typed |= str_eq_nocase(r->header[i].name, STR("Content-Type"));
		all = line_of(t, &r->header[i], all);
		if (str_eq_nocase(r->header[i].name, STR("Accept")))
			bare = line_of(t, &r->header[i], bare);
	}
	if (!typed)
		all = line_new(t, no_type, all); /* curl would call any body a form */
	t->bare_headers = bare;
	must(curl_easy_setopt(t->easy, CURLOPT_HTTPHEADER, all));
	return true;
}

static bool method_needs_body(const char *method)
{
	return strcmp(method, "POST") == 0 || strcmp(method, "PUT") == 0 ||
	       strcmp(method, "PATCH") == 0;
}

static bool method_setup(struct transfer *t, const struct request *r, struct err *e)
{
	struct str method = str_from(r->method);
	bool get = strcmp(r->method, "GET") == 0, head = strcmp(r->method, "HEAD") == 0;
	bool body = r->body.at || method_needs_body(r->method);

	if (!is_token(method) || method.len > METHOD_BYTES_MAX)
		return err_set(e, ERR_CONFIG, "the request's method is not one of HTTP's");
	if (r->body.len > REQUEST_BODY_BYTES_MAX)
		return err_set(e, ERR_LIMIT, "the request's body is larger than %zu bytes",
			       REQUEST_BODY_BYTES_MAX);
	if (head && body)
		return err_set(e, ERR_CONFIG, "a HEAD request has no body");
	t->follow = (get || head) && !body;
	must(curl_easy_setopt(t->easy, CURLOPT_HTTPGET, 1L));
	if (body) {
		must(curl_easy_setopt(t->easy, CURLOPT_POST, 1L));
		must(curl_easy_setopt(t->easy, CURLOPT_POSTFIELDS, text_of(t, r->body)));
		must(curl_easy_setopt(t->easy, CURLOPT_POSTFIELDSIZE_LARGE,
				      (curl_off_t)r->body.len));
	}
	if (head)
		must(curl_easy_setopt(t->easy, CURLOPT_NOBODY, 1L));
	must(curl_easy_setopt(t->easy, CURLOPT_CUSTOMREQUEST,
			      head || (get && !body) ? NULL : text_of(t, method)));
	return true;
}

static void url_setup(struct transfer *t, struct str url)
{
	t->url = str_keep(t->arena, url);
	t->host = url_host(t->arena, url);
	must(curl_easy_setopt(t->easy, CURLOPT_URL, t->url.at));
	t->times.moved_ms = 0;
	t->times.sent_bytes = 0;
}

void transfer_setup_url(struct transfer *t, struct str url)
{
	if (!url_same_origin(t->url, url))
		must(curl_easy_setopt(t->easy, CURLOPT_HTTPHEADER, t->bare_headers));
	url_setup(t, url);
}

bool transfer_setup_request(struct transfer *t, const struct request *r, struct err *e)
{
	struct transfer_times *times = &t->times;

	if (!url_check(r->url, r->policy, e) || !headers_setup(t, r, e) || !method_setup(t, r, e))
		return false;
	t->policy = r->policy;
	t->hops_max = r->hops_max ? r->hops_max : CLIENT_HOPS_MAX;
	t->unsent_out = r->unsent;
	t->body_bytes_max = r->body_bytes_max ? r->body_bytes_max : CLIENT_BODY_MAX;
	*times = (struct transfer_times){
		.connect_ms = r->connect_ms > 0 ? r->connect_ms : CONNECT_MS,
		.stall_ms = r->stall_ms > 0 ? r->stall_ms : STALL_MS,
		.total_ms = r->total_ms > 0 ? r->total_ms : TOTAL_MS,
		.started_ms = clock_steady_now(),
	};
	must(curl_easy_setopt(t->easy, CURLOPT_CONNECTTIMEOUT_MS,
			      (long)(times->connect_ms < INT_MAX ? times->connect_ms : INT_MAX)));
	must(curl_easy_setopt(t->easy, CURLOPT_PROTOCOLS_STR,
			      r->policy->allow_http ? "http,https" : "https"));
	url_setup(t, r->url);
	return true;
}

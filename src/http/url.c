/* SPDX-License-Identifier: Apache-2.0 */
/*
 * url.c - takes URLs apart and puts them together.
 *
 * curl_url() decides what is host, port, path and query, here as in the transfer itself, so the two
 * cannot disagree.  What is looked at byte by byte before is only refused, never interpreted.
 */
#include "http/url_part.h"

#include "base/buf.h"

#include <stdlib.h>

static bool is_alpha(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Length of the scheme (RFC 3986, 3.1) that stands before "://", or 0. */
static size_t scheme_len(struct str url)
{
	size_t n = 0;

	while (n < url.len && (is_alpha(url.at[n]) ||
			       (n > 0 && (is_digit(url.at[n]) || memchr("+-.", url.at[n], 3)))))
		n++;
	return str_starts(str_slice(url, n, url.len), STR("://")) ? n : 0;
}

struct str url_authority(struct str url)
{
	size_t n = scheme_len(url), end;

	if (n == 0)
		return (struct str){ "", 0 };
	end = n += 3;
	while (end < url.len && !memchr("/?#", url.at[end], 3))
		end++;
	return str_slice(url, n, end);
}

/* The path, query and fragment behind the authority of an absolute URL. */
static struct str url_behind(struct str url)
{
	struct str authority = url_authority(url);

	return str_slice(url, (size_t)(authority.at - url.at) + authority.len, url.len);
}

static bool is_blank_or_control(char c)
{
	return (unsigned char)c <= ' ' || c == 0x7F;
}

/* What is wrong with the bytes, or NULL. */
static const char *bytes_fault(struct str url)
{
	struct str authority = url_authority(url);

	if (url.len > URL_BYTES_MAX)
		return "it is too long";
	for (size_t i = 0; i < url.len; i++)
		if (is_blank_or_control(url.at[i]))
			return "it holds white space or a control character";
	if (scheme_len(url) == 0)
		return "it does not begin with https://";
	if (authority.len == 0)
		return "it names no host";
	for (size_t i = 0; i < authority.len; i++) {
		if (authority.at[i] == '%')
			return "its host holds a percent sign (encoded bytes or a zone)";
		if (authority.at[i] & 0x80)
			return "its host is not ASCII; write it in its xn-- form";
	}
	return NULL;
}

#define HOST_BYTES_MAX 253

bool url_host_is_plain(struct str host)
{
	if (host.len == 0 || host.len > HOST_BYTES_MAX + 1 || host.at[0] == '.')
		return false;
	for (size_t i = 0; i < host.len; i++)
		if (!is_alpha(host.at[i]) && !is_digit(host.at[i]) && !memchr("-._", host.at[i], 3))
			return false;
	return true;
}

/* Takes the brackets off an IPv6 address; anything else must be a plain name. */
static bool host_bare(struct str *host)
{
	if (host->len <= 2 || host->at[0] != '[' || host->at[host->len - 1] != ']')
		return url_host_is_plain(*host);
	*host = str_slice(*host, 1, host->len - 1);
	return true;
}

static CURLUcode part_read(struct url_part *p, const char *text)
{
	CURLUcode code = curl_url_set(p->handle, CURLUPART_URL, text, CURLU_NON_SUPPORT_SCHEME);
	char *port = NULL;
	int64_t number = 0;

	if (code == CURLUE_OK)
		code = curl_url_get(p->handle, CURLUPART_SCHEME, &p->scheme, 0);
	if (code == CURLUE_OK)
		code = curl_url_get(p->handle, CURLUPART_HOST, &p->host_memory, 0);
	if (code != CURLUE_OK)
		return code;
	p->host = str_from(p->host_memory);
	if (!host_bare(&p->host))
		return CURLUE_BAD_HOSTNAME;
	if (curl_url_get(p->handle, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT) == CURLUE_OK &&
	    str_to_i64(str_from(port), &number))
		p->port = (int)number;
	curl_free(port);
	return CURLUE_OK;
}

bool url_part_init(struct url_part *p, struct str url, struct err *e)
{
	char text[URL_BYTES_MAX + 1];
	const char *fault = bytes_fault(url);
	CURLUcode code;

	*p = (struct url_part){ 0 };
	if (fault)
		return err_set(e, ERR_CONFIG, "URL refused: %s", fault);
	memcpy(text, url.at, url.len);
	text[url.len] = 0;
	p->handle = curl_url();
	if (!p->handle)
		abort();
	code = part_read(p, text);
	if (code == CURLUE_OK)
		return true;
	url_part_done(p);
	return err_set(e, ERR_CONFIG, "URL refused: %s", curl_url_strerror(code));
}

void url_part_done(struct url_part *p)
{
	curl_url_cleanup(p->handle);
	curl_free(p->scheme);
	curl_free(p->host_memory);
	*p = (struct url_part){ 0 };
}

bool url_join(struct arena *a, struct str base, struct str path, struct str *out, struct err *e)
{
	struct buf b;

	buf_in(&b, a, URL_BYTES_MAX);
	if (scheme_len(path) == 0) {
		while (str_starts(path, STR("/")))
			path = str_slice(path, 1, path.len);
		buf_add(&b, base);
		if (!str_ends(base, STR("/")))
			buf_char(&b, '/');
	}
	buf_add(&b, path);
	if (b.failed)
		return err_set(e, ERR_LIMIT, "URL is longer than %d bytes", URL_BYTES_MAX);
	*out = buf_str(&b);
	return true;
}

static CURLUcode resolve(struct str base, const char *location, char **out)
{
	char text[URL_BYTES_MAX + 1];
	CURLU *handle = curl_url();
	CURLUcode code;

	if (!handle)
		abort();
	memcpy(text, base.at, base.len);
	text[base.len] = 0;
	code = curl_url_set(handle, CURLUPART_URL, text, 0);
	if (code == CURLUE_OK)
		code = curl_url_set(handle, CURLUPART_URL, location,
				    CURLU_URLENCODE | CURLU_NON_SUPPORT_SCHEME);
	if (code == CURLUE_OK)
		code = curl_url_get(handle, CURLUPART_URL, out, 0);
	curl_url_cleanup(handle);
	return code;
}

bool url_resolve(struct arena *a, struct str base, struct str location, struct str *out,
		 struct err *e)
{
	struct str text, url;
	char *memory = NULL;
	CURLUcode code;

	if (base.len > URL_BYTES_MAX || location.len > URL_BYTES_MAX)
		return err_set(e, ERR_LIMIT, "URL is longer than %d bytes", URL_BYTES_MAX);
	for (size_t i = 0; i < location.len; i++)
		if (is_blank_or_control(location.at[i]) && location.at[i] != ' ')
			return err_set(e, ERR_REMOTE, "control character in a URL");
	text = str_keep(a, location);
	code = resolve(base, text.at, &memory);
	if (code != CURLUE_OK)
		return err_set(e, ERR_REMOTE, "unusable URL: %s", curl_url_strerror(code));
	url = str_from(memory);
	*out = str_keep(a, str_cut(&url, '#'));
	curl_free(memory);
	return true;
}

static void add_encoded(struct buf *b, struct str s, const char *keep, bool plus_for_space)
{
	static const char hex[] = "0123456789ABCDEF";

	for (size_t i = 0; i < s.len; i++) {
		unsigned char c = (unsigned char)s.at[i];

		if (is_alpha(s.at[i]) || is_digit(s.at[i]) || (c && strchr(keep, c)))
			buf_char(b, s.at[i]);
		else if (plus_for_space && c == ' ')
			buf_char(b, '+');
		else
			buf_add(b, (struct str){ (char[]){ '%', hex[c >> 4], hex[c & 15] }, 3 });
	}
}

bool url_add_params(struct arena *a, struct str url, const struct url_param *param, size_t n,
		    struct str *out, struct err *e)
{
	struct str head = str_cut(&url, '#'); /* a fragment is never sent */
	bool query = head.len > 0 && memchr(head.at, '?', head.len);
	bool open = str_ends(head, STR("?")) || str_ends(head, STR("&"));
	struct buf b;

	buf_in(&b, a, URL_BYTES_MAX);
	buf_add(&b, head);
	for (size_t i = 0; i < n; i++) {
		if (i > 0 || !open)
			buf_char(&b, query || i > 0 ? '&' : '?');
		add_encoded(&b, param[i].name, "-._~$", false);
		buf_char(&b, '=');
		add_encoded(&b, param[i].value, "-._~$", false);
	}
	if (b.failed)
		return err_set(e, ERR_LIMIT, "URL with its parameters is longer than %d bytes",
			       URL_BYTES_MAX);
	*out = buf_str(&b);
	return true;
}

#define FORM_BYTES_MAX (SIZE_MAX / 4) /* the arena's limit holds before */

struct str url_form(struct arena *a, const struct url_param *param, size_t n)
{
	struct buf b;

	buf_in(&b, a, FORM_BYTES_MAX);
	for (size_t i = 0; i < n; i++) {
		if (i > 0)
			buf_char(&b, '&');
		add_encoded(&b, param[i].name, "*-._", true);
		buf_char(&b, '=');
		add_encoded(&b, param[i].value, "*-._", true);
	}
	return buf_str(&b);
}

bool url_same_origin(struct str a, struct str b)
{
	struct url_part pa, pb;
	struct err ignored;
	bool same = false;

	if (!url_part_init(&pa, a, &ignored))
		return false;
	if (url_part_init(&pb, b, &ignored)) {
		same = strcmp(pa.scheme, pb.scheme) == 0 && str_eq_nocase(pa.host, pb.host) &&
		       pa.port == pb.port && pa.port != 0;
		url_part_done(&pb);
	}
	url_part_done(&pa);
	return same;
}

struct str url_host(struct arena *a, struct str url)
{
	struct url_part p;
	struct err ignored;
	struct str host;

	if (!url_part_init(&p, url, &ignored))
		return STR("(no host)");
	host = str_keep(a, p.host);
	url_part_done(&p);
	return host;
}

struct str url_redact(struct arena *a, struct str url)
{
	struct str authority = url_authority(url), behind, path;
	struct url_part p;
	struct err ignored;
	const char *at;

	if (!url_part_init(&p, url, &ignored))
		return STR("(not a URL)");
	url_part_done(&p);
	at = memrchr(authority.at, '@', authority.len);
	if (at)
		authority = str_slice(authority, (size_t)(at - authority.at) + 1, authority.len);
	behind = url_behind(url);
	behind = str_cut(&behind, '#');
	path = str_cut(&behind, '?');
	return str_printf(a, "%.*s://%.*s%.*s", (int)scheme_len(url), url.at, STR_ARG(authority),
			  STR_ARG(path));
}

static int hex_value(char c)
{
	if (is_digit(c))
		return c - '0';
	c = (char)(c | 32);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* What is no valid escape stands for itself. */
static struct str decoded(struct arena *a, struct str s)
{
	char *to = arena_alloc(a, s.len + 1);
	size_t n = 0;

	for (size_t i = 0; i < s.len; i++) {
		int high = i + 2 < s.len ? hex_value(s.at[i + 1]) : -1;
		int low = i + 2 < s.len ? hex_value(s.at[i + 2]) : -1;

		if (s.at[i] == '%' && high >= 0 && low >= 0) {
			to[n++] = (char)(high << 4 | low);
			i += 2;
		} else {
			to[n++] = s.at[i] == '+' ? ' ' : s.at[i];
		}
	}
	to[n] = 0;
	return (struct str){ to, n };
}

bool url_query_get(struct arena *a, struct str url, struct str name, struct str *out)
{
	struct str query = str_cut(&url, '#');

	str_cut(&query, '?');
	while (query.len > 0) {
		struct str value = str_cut(&query, '&');
		struct str key = str_cut(&value, '=');

		if (!str_eq(decoded(a, key), name))
			continue;
		*out = decoded(a, value);
		return true;
	}
	return false;
}

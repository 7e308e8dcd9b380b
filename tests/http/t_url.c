/* SPDX-License-Identifier: Apache-2.0 */
/* t_url.c - URLs checked, put together and taken apart. */
#include "base/rng.h"
#include "http/url.h"
#include "tap.h"

#define ARENA_BYTES ((size_t)1 << 26)
#define BASE_URL "https://vendor.example/v2/list?page=1"

static const struct url_policy strict = { .allow_http = true };

static const struct {
	const char *url;
	const char *fault; /* part of the text; NULL: fine */
} checks[] = {
	{ "https://vendor.example", NULL },
	{ "https://vendor.example/a/b?c=d&e=%20#f", NULL },
	{ "http://vendor.example:80/", NULL },
	{ "HTTPS://Vendor.Example:443/", NULL },
	{ "https://vendor.example./", NULL },
	{ "https://under_score.vendor.example/", NULL },
	{ "https://vendor.example:/", NULL },
	{ "https://vendor.example/@me?mail=a@b.example", NULL },
	{ "https://xn--bcher-kva.example/", NULL },
	{ "https://1and1.example/", NULL },
	{ "https://vendor.example/caf\xC3\xA9", NULL },
	{ "", "begin with https" },
	{ "vendor.example", "begin with https" },
	{ "/v2/list", "begin with https" },
	{ "//vendor.example/", "begin with https" },
	{ "https:vendor.example", "begin with https" },
	{ "https:/vendor.example", "begin with https" },
	{ "https://", "no host" },
	{ "https:///vendor.example", "no host" },
	{ "https://?a=b", "no host" },
	{ "https://:443/", "URL refused" },
	{ "https://./", "URL refused" },
	{ "ftp://vendor.example/", "scheme" },
	{ "file:///etc/passwd", "URL refused" },
	{ "file://vendor.example/etc/passwd", "URL refused" },
	{ "gopher://vendor.example/", "scheme" },
	{ "dict://vendor.example/", "scheme" },
	{ "scp://vendor.example/", "scheme" },
	{ "javascript://vendor.example/", "scheme" },
	{ "https://me:secret@vendor.example/", "user name" },
	{ "https://me@vendor.example/", "user name" },
	{ "https://@vendor.example/", "user name" },
	{ "https://:@vendor.example/", "user name" },
	{ "https://vendor.example\\@evil.example/", "user name" },
	{ "https://vendor.example\\.evil.example/", "URL refused" },
	{ "https://vendor.example:8443/", "port 8443" },
	{ "https://vendor.example:22/", "port 22" },
	{ "https://vendor.example:0/", "URL refused" },
	{ "https://vendor.example:65536/", "URL refused" },
	{ "https://vendor.example:443x/", "URL refused" },
	{ "https://vendor.example:-1/", "URL refused" },
	{ "https://vendor .example/", "white space" },
	{ "https://vendor.example/a b", "white space" },
	{ " https://vendor.example/", "white space" },
	{ "https://vendor.example/\r\nX-Evil: 1", "white space" },
	{ "https://vendor.example/\x7F", "white space" },
	{ "https://vend%6Fr.example/", "percent" },
	{ "https://[fe80::1%25eth0]/", "percent" },
	{ "https://b\xC3\xBC"
	  "cher.example/",
	  "xn--" },
	{ "https://256.256.256.256/", "neither a name" },
	{ "https://1.2.3.4.5/", "neither a name" },
	{ "https://0x/", "URL refused" },
	{ "https://vendor.1/", "neither a name" },
	{ "https://[::1/", "URL refused" },
	{ "https://[]/", "URL refused" },
	{ "https://[vendor.example]/", "URL refused" },
	{ "https://vendor$.example/", "URL refused" },
	{ "https://vendor,evil.example/", "URL refused" },
	{ "https://127.0.0.1/", "private or reserved" },
	{ "https://[::1]/", "private or reserved" },
};

static void what_a_url_may_be(void)
{
	for (size_t i = 0; i < COUNT(checks); i++) {
		struct err e = { 0 };
		bool ok = url_check(str_from(checks[i].url), &strict, &e);

		OK(checks[i].fault ? !ok && e.kind == ERR_CONFIG && strstr(e.text, checks[i].fault)
				   : ok,
		   "check %zu of %s", i, checks[i].fault ? checks[i].fault : checks[i].url);
		if (!ok)
			printf("# %s\n", e.text);
	}
}

static void long_and_binary_urls_are_refused(void)
{
	static char big[URL_BYTES_MAX + 2];
	struct err e;

	memset(big, 'a', sizeof(big));
	memcpy(big, "https://vendor.example/", 23);
	OK(url_check((struct str){ big, URL_BYTES_MAX }, &strict, &e), "the longest URL passes");
	OK(!url_check((struct str){ big, URL_BYTES_MAX + 1 }, &strict, &e),
	   "one more byte does not");
	OK(!url_check(STR("https://vendor.example/a\0.evil.example"), &strict, &e), "nor a NUL");
	OK(!url_check(STR("https://vendor.example\0.evil.example/"), &strict, &e),
	   "nor in the host");
}

static void errors_do_not_quote_what_may_be_secret(void)
{
	static const char *const url[] = { "http://127.0.0.1/p?key=hunter2",
					   "https://me:hunter2@vendor.example/",
					   "https://vendor.example:99/?key=hunter2",
					   "https://hunter2 /", "ftp://vendor.example/hunter2" };
	bool quiet = true;

	for (size_t i = 0; i < COUNT(url); i++) {
		struct err e = { 0 };

		quiet &= !url_check(str_from(url[i]), &strict, &e) && !strstr(e.text, "hunter2");
	}
	OK(quiet, "neither query nor userinfo is in an error");
}

static void joining(void)
{
	static const char *const row[][3] = {
		{ "https://a.example", "v2", "https://a.example/v2" },
		{ "https://a.example/", "v2", "https://a.example/v2" },
		{ "https://a.example/api", "/v2/x", "https://a.example/api/v2/x" },
		{ "https://a.example/api/", "//v2", "https://a.example/api/v2" },
		{ "https://a.example/api", "", "https://a.example/api/" },
		{ "https://a.example/api", "v2?x=http://b.example",
		  "https://a.example/api/v2?x=http://b.example" },
		{ "https://a.example/api", "https://b.example/c", "https://b.example/c" },
		{ "https://a.example/api", "HTTP://b.example/c", "HTTP://b.example/c" },
		{ "https://a.example/api", "items:search", "https://a.example/api/items:search" },
	};
	AUTO_ARENA *a = arena_new("join", ARENA_BYTES);
	struct str out = { NULL, 0 }, big = { arena_alloc(a, URL_BYTES_MAX), URL_BYTES_MAX };
	struct err e = { 0 };

	for (size_t i = 0; i < COUNT(row); i++)
		if (url_join(a, str_from(row[i][0]), str_from(row[i][1]), &out, &e))
			IS(out.at, row[i][2], row[i][2]);
		else
			OK(false, "%s", e.text);
	OK(!url_join(a, STR("https://a.example"), big, &out, &e) && e.kind == ERR_LIMIT,
	   "too long is a limit passed");
}

static void resolving(void)
{
	static const char *const row[][2] = {
		{ "/x", "https://vendor.example/x" },
		{ "x?y", "https://vendor.example/v2/x?y" },
		{ "../x", "https://vendor.example/x" },
		{ "?page=2", "https://vendor.example/v2/list?page=2" },
		{ "//b.example/c", "https://b.example/c" },
		{ "http://b.example/c#d", "http://b.example/c" },
		{ "/a b", "https://vendor.example/a%20b" },
		{ "file://vendor.example/etc", "file://vendor.example/etc" },
	};
	AUTO_ARENA *a = arena_new("resolve", ARENA_BYTES);
	struct str out = { NULL, 0 };
	struct err e = { 0 };

	for (size_t i = 0; i < COUNT(row); i++)
		if (url_resolve(a, STR(BASE_URL), str_from(row[i][0]), &out, &e))
			IS(out.at, row[i][1], row[i][1]);
		else
			OK(url_check(out, &strict, &e), "%s: %s", row[i][0], e.text);
	OK(!url_resolve(a, STR(BASE_URL), STR("/x\r\nSet-Cookie: a=b"), &out, &e),
	   "a control character is not encoded but refused");
}

static void adding_parameters(void)
{
	static const struct url_param two[] = { { STR("$top"), STR("100") },
						{ STR("updated_since"),
						  STR("2026-01-01T00:00:00+02:00 \xC3\xA9~*") } };
	static const char *const row[][2] = {
		{ "https://a.example/x", "https://a.example/x?" },
		{ "https://a.example/x?", "https://a.example/x?" },
		{ "https://a.example/x?y=1", "https://a.example/x?y=1&" },
		{ "https://a.example/x?y=1&", "https://a.example/x?y=1&" },
		{ "https://a.example/x#f?", "https://a.example/x?" },
	};
	AUTO_ARENA *a = arena_new("params", ARENA_BYTES);
	struct url_param big = { STR("x"), { arena_alloc(a, URL_BYTES_MAX), URL_BYTES_MAX } };
	struct str out = { NULL, 0 };
	struct err e = { 0 };

	for (size_t i = 0; i < COUNT(row); i++) {
		struct str want = str_printf(
			a,
			"%s$top=100&updated_since=2026-01-01T00%%3A00%%3A00%%2B02%%3A00%%20%%C3%%A9~%%2A",
			row[i][1]);

		if (url_add_params(a, str_from(row[i][0]), two, 2, &out, &e))
			IS(out.at, want.at, row[i][0]);
		else
			OK(false, "%s", e.text);
	}
	OK(url_add_params(a, STR("https://a.example/x"), NULL, 0, &out, &e) &&
		   str_eq(out, STR("https://a.example/x")),
	   "no parameter, no question mark");
	OK(!url_add_params(a, STR("https://a.example/x"), &big, 1, &out, &e) && e.kind == ERR_LIMIT,
	   "too long is a limit passed");
	IS(url_form(a, two, 2).at,
	   "%24top=100&updated_since=2026-01-01T00%3A00%3A00%2B02%3A00+%C3%A9%7E*", "a form");
	IS(url_form(a, NULL, 0).at, "", "an empty form");
}

static void parameters_come_back(void)
{
	AUTO_ARENA *a = arena_new("params", ARENA_BYTES);
	struct rng rng = { 9 };
	int bad = 0;

	for (int i = 0; i < 2000; i++) {
		char bytes[40];
		size_t n = rng_below(&rng, sizeof(bytes));
		struct url_param param = { STR("a&b=c"), { bytes, n } };
		struct str url = { NULL, 0 }, got = { NULL, 0 };
		struct err e;

		arena_reset(a);
		for (size_t k = 0; k < n; k++)
			bytes[k] = (char)rng_next(&rng);
		bad += !url_add_params(a, STR("https://a.example/?x=y"), &param, 1, &url, &e) ||
		       !url_check(url, &strict, &e) || !url_query_get(a, url, STR("a&b=c"), &got) ||
		       !str_eq(got, param.value);
	}
	OK(bad == 0, "any 2,000 byte strings survive being a parameter, in a URL that passes");
}

static void asking_the_query(void)
{
	AUTO_ARENA *a = arena_new("query", ARENA_BYTES);
	struct str url = STR("https://a.example/?a=1&b=x+y%2Bz&c&b=2&%64=%zz%4#e=1"),
		   out = { NULL, 0 };

	OK(url_query_get(a, url, STR("a"), &out) && str_eq(out, STR("1")), "a parameter");
	OK(url_query_get(a, url, STR("b"), &out) && str_eq(out, STR("x y+z")),
	   "the first, decoded");
	OK(url_query_get(a, url, STR("c"), &out) && out.len == 0, "one without a value");
	OK(url_query_get(a, url, STR("d"), &out) && str_eq(out, STR("%zz%4")),
	   "a name in disguise; a broken escape stands for itself");
	OK(!url_query_get(a, url, STR("e"), &out), "the fragment is no query");
	OK(!url_query_get(a, STR("https://a.example/"), STR("a"), &out), "no query at all");
}

static void origins(void)
{
	static const struct {
		const char *a, *b;
		bool same;
	} row[] = {
		{ "https://a.example/x", "https://a.example/y?z", true },
		{ "https://a.example", "HTTPS://A.EXAMPLE:443/", true },
		{ "http://a.example:80", "http://a.example", true },
		{ "http://a.example", "https://a.example", false },
		{ "https://a.example", "https://a.example:8443", false },
		{ "https://a.example", "https://b.example", false },
		{ "https://a.example", "https://a.example.evil.example", false },
		{ "https://a.example", "https://a.example@evil.example", false },
		{ "https://[::1]/", "https://[0:0:0:0:0:0:0:1]/", true },
		{ "https://a.example", "nonsense", false },
		{ "nonsense", "nonsense", false },
	};

	for (size_t i = 0; i < COUNT(row); i++)
		OK(url_same_origin(str_from(row[i].a), str_from(row[i].b)) == row[i].same,
		   "%s and %s", row[i].a, row[i].b);
}

static void redacting(void)
{
	static const char *const row[][2] = {
		{ "https://a.example/x?key=1#f", "https://a.example/x" },
		{ "https://me:pw@a.example:8443/x?key=1", "https://a.example:8443/x" },
		{ "https://a:b@c:d@a.example/x", "(not a URL)" },
		{ "https://a.example?key=1", "https://a.example" },
		{ "https://a.example/#key", "https://a.example/" },
		{ "hello key", "(not a URL)" },
		{ "https:///key", "(not a URL)" },
	};
	AUTO_ARENA *a = arena_new("redact", ARENA_BYTES);

	for (size_t i = 0; i < COUNT(row); i++)
		IS(url_redact(a, str_from(row[i][0])).at, row[i][1], row[i][1]);
	IS(url_host(a, STR("https://[::1]:80/")).at, "::1", "an address is a host");
	IS(url_host(a, STR("nothing")).at, "(no host)", "nothing is none");
}

int main(void)
{
	what_a_url_may_be();
	long_and_binary_urls_are_refused();
	errors_do_not_quote_what_may_be_secret();
	joining();
	resolving();
	adding_parameters();
	parameters_come_back();
	asking_the_query();
	origins();
	redacting();
	return tap_done();
}

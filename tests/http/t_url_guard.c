/* SPDX-License-Identifier: Apache-2.0 */
/* t_url_guard.c - a generated corpus of ways to reach what must not be reached. */
#include "base/rng.h"
#include "http/url_part.h"
#include "tap.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdlib.h>

#define ARENA_BYTES ((size_t)1 << 26)

static const struct url_policy strict = { .allow_http = true };

/* The list of PITFALLS, written a second time and another way than in the guard. */
static const char *const denied[] = {
	"0.0.0.0/8",      "10.0.0.0/8",      "100.64.0.0/10",  "127.0.0.0/8",    "169.254.0.0/16",
	"172.16.0.0/12",  "192.0.0.0/24",    "192.0.2.0/24",   "192.88.99.0/24", "192.168.0.0/16",
	"198.18.0.0/15",  "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4",    "240.0.0.0/4",
	"::/128",         "::1/128",         "::ffff:0:0/96",  "::/96",          "64:ff9b::/96",
	"64:ff9b:1::/48", "100::/64",        "2001::/23",      "2001:db8::/32",  "2002::/16",
	"fc00::/7",       "fe80::/10",       "fec0::/10",      "ff00::/8",
};

struct net {
	int family;
	unsigned char low[16], high[16];
};

static struct net net_from(const char *text)
{
	struct str rest = str_from(text), address = str_cut(&rest, '/');
	struct net net = { .family = memchr(text, ':', strlen(text)) ? AF_INET6 : AF_INET };
	char plain[64];
	int64_t bits = 0;

	snprintf(plain, sizeof(plain), "%.*s", STR_ARG(address));
	if (inet_pton(net.family, plain, net.low) != 1 || !str_to_i64(rest, &bits))
		abort();
	memcpy(net.high, net.low, sizeof(net.high));
	for (int64_t i = bits; i < (net.family == AF_INET ? 32 : 128); i++)
		net.high[i / 8] |= (unsigned char)(0x80 >> i % 8);
	return net;
}

static bool net_holds(const struct net *net, int family, const unsigned char *bytes)
{
	size_t n = family == AF_INET ? 4 : 16;

	return net->family == family && memcmp(bytes, net->low, n) >= 0 &&
	       memcmp(bytes, net->high, n) <= 0;
}

static bool is_denied(int family, const unsigned char *bytes)
{
	for (size_t i = 0; i < COUNT(denied); i++) {
		struct net net = net_from(denied[i]);

		if (net_holds(&net, family, bytes))
			return true;
	}
	return false;
}

static bool bytes_allowed(int family, const unsigned char *bytes, int port, const char *host,
			  const struct url_policy *policy)
{
	struct sockaddr_storage at = { .ss_family = (sa_family_t)family };
	struct sockaddr_in *v4 = (struct sockaddr_in *)&at;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&at;

	if (family == AF_INET) {
		memcpy(&v4->sin_addr, bytes, 4);
		v4->sin_port = htons((uint16_t)port);
	} else {
		memcpy(&v6->sin6_addr, bytes, 16);
		v6->sin6_port = htons((uint16_t)port);
	}
	return url_address_allowed((struct sockaddr *)&at, str_from(host), policy);
}

static bool text_allowed(const char *text, int port, const char *host,
			 const struct url_policy *policy)
{
	unsigned char bytes[16] = { 0 };
	int family = strchr(text, ':') ? AF_INET6 : AF_INET;

	if (inet_pton(family, text, bytes) != 1)
		abort();
	return bytes_allowed(family, bytes, port, host, policy);
}

static void step(unsigned char *bytes, size_t n, int by)
{
	for (size_t i = n; i-- > 0;) {
		int sum = bytes[i] + by;

		bytes[i] = (unsigned char)sum;
		if (sum >= 0 && sum <= 255)
			return;
		by = sum < 0 ? -1 : 1;
	}
}

static void the_edges_of_every_range(void)
{
	for (size_t i = 0; i < COUNT(denied); i++) {
		struct net net = net_from(denied[i]), out = net;
		size_t n = net.family == AF_INET ? 4 : 16;

		step(out.low, n, -1);
		step(out.high, n, 1);
		OK(!bytes_allowed(net.family, net.low, 443, "x", &strict) &&
			   !bytes_allowed(net.family, net.high, 443, "x", &strict),
		   "%s is denied from its first to its last address", denied[i]);
		OK(bytes_allowed(net.family, out.low, 443, "x", &strict) ==
				   !is_denied(net.family, out.low) &&
			   bytes_allowed(net.family, out.high, 443, "x", &strict) ==
				   !is_denied(net.family, out.high),
		   "and nothing beside it because of it");
	}
}

static void random_addresses_agree_with_the_list(void)
{
	struct rng rng = { 3 };
	int bad = 0;

	for (int i = 0; i < 20000; i++) {
		struct net net = net_from(denied[rng_below(&rng, COUNT(denied))]);
		unsigned char bytes[16];
		int family = i & 1 ? AF_INET : net.family;

		for (size_t k = 0; k < 16; k++)
			bytes[k] = rng_below(&rng, 3) ? net.low[k] : (unsigned char)rng_next(&rng);
		bad += bytes_allowed(family, bytes, 443, "x", &strict) == is_denied(family, bytes);
	}
	OK(bad == 0, "20,000 random addresses are decided as the list says");
}

static void the_open_internet_is_open(void)
{
	static const char *const address[] = { "8.8.8.8",         "1.1.1.1",
					       "9.255.255.255",   "172.32.0.0",
					       "223.255.255.1",   "2606:4700::1111",
					       "2a00:1450::200e", "2003::1",
					       "2001:200::1" };

	for (size_t i = 0; i < COUNT(address); i++) {
		OK(text_allowed(address[i], 443, "x", &strict), "%s is allowed", address[i]);
		OK(!text_allowed(address[i], 22, "x", &strict), "but not its port 22");
	}
	OK(!url_address_allowed(&(struct sockaddr){ .sa_family = AF_UNIX }, STR("x"), &strict),
	   "a socket in the file system is not an address");
}

/* --- the corpus: spellings of an IPv4 address --- */

struct quad {
	unsigned a, b, c, d, all;
};

typedef void spell_fn(char *to, size_t size, const struct quad *q);

static void dotted(char *to, size_t size, const struct quad *q)
{
	snprintf(to, size, "%u.%u.%u.%u", q->a, q->b, q->c, q->d);
}

static void decimal(char *to, size_t size, const struct quad *q)
{
	snprintf(to, size, "%u", q->all);
}

static void hexadecimal(char *to, size_t size, const struct quad *q)
{
	snprintf(to, size, "0x%08x", q->all);
}

static void upper_hexadecimal(char *to, size_t size, const struct quad *q)
{
	snprintf(to, size, "0X%X", q->all);
}

static void octal(char *to, size_t size, const struct quad *q)
{
	snprintf(to, size, "0%o", q->all);
}

static void dotted_hexadecimal(char *to, size_t size, const struct quad *q)
{
	snprintf(to, size, "0x%x.0x%x.0x%x.0x%x", q->a, q->b, q->c, q->d);
}

static void dotted_octal(char *to, size_t size, const struct quad *q)
{
	snprintf(to, size, "0%o.0%o.0%o.0%o", q->a, q->b, q->c, q->d);
}

static void padded_octal(char *to, size_t size, const struct quad *q)
{
	snprintf(to, size, "0000%o.0000%o.0000%o.0000%o", q->a, q->b, q->c, q->d);
}

static void mixed(char *to, size_t size, const struct quad *q)
{
	snprintf(to, size, "0x%x.%u.0%o.%u", q->a, q->b, q->c, q->d);
}

static void two_parts(char *to, size_t size, const struct quad *q)
{
	snprintf(to, size, "%u.%u", q->a, q->all & 0xFFFFFF);
}

static void three_parts(char *to, size_t size, const struct quad *q)
{
	snprintf(to, size, "%u.0x%x.%u", q->a, q->b, q->all & 0xFFFF);
}

static void with_a_dot(char *to, size_t size, const struct quad *q)
{
	snprintf(to, size, "%u.%u.%u.%u.", q->a, q->b, q->c, q->d);
}

static void decimal_with_a_dot(char *to, size_t size, const struct quad *q)
{
	snprintf(to, size, "%u.", q->all);
}

static void mapped(char *to, size_t size, const struct quad *q)
{
	snprintf(to, size, "[::ffff:%u.%u.%u.%u]", q->a, q->b, q->c, q->d);
}

static void mapped_in_hex(char *to, size_t size, const struct quad *q)
{
	snprintf(to, size, "[0:0:0:0:0:FFFF:%x:%x]", q->all >> 16, q->all & 0xFFFF);
}

static void compatible(char *to, size_t size, const struct quad *q)
{
	snprintf(to, size, "[::%x:%x]", q->all >> 16, q->all & 0xFFFF);
}

static void nat64(char *to, size_t size, const struct quad *q)
{
	snprintf(to, size, "[64:ff9b::%u.%u.%u.%u]", q->a, q->b, q->c, q->d);
}

static void six_to_four(char *to, size_t size, const struct quad *q)
{
	snprintf(to, size, "[2002:%x:%x::1]", q->all >> 16, q->all & 0xFFFF);
}

static void teredo(char *to, size_t size, const struct quad *q)
{
	snprintf(to, size, "[2001:0:4136:e378:8000:63bf:%x:%x]", ~q->all >> 16, ~q->all & 0xFFFF);
}

static void percent(char *to, size_t size, const struct quad *q)
{
	char plain[32];
	size_t n = 0;

	dotted(plain, sizeof(plain), q);
	for (const char *c = plain; *c && n + 4 < size; c++)
		n += (size_t)snprintf(to + n, size - n, "%%%02x", (unsigned)*c);
}

/* Every digit as the code point `base` + digit, in UTF-8 of three bytes; `zero` for 0. */
static void far_digits(char *to, size_t size, const struct quad *q, unsigned base, unsigned zero)
{
	char plain[32];
	size_t n = 0;

	dotted(plain, sizeof(plain), q);
	for (const char *c = plain; *c && n + 4 < size; c++) {
		unsigned code = *c == '0' ? zero : base + (unsigned)(*c - '0');

		if (*c == '.')
			n += (size_t)snprintf(to + n, size - n, ".");
		else
			n += (size_t)snprintf(to + n, size - n, "%c%c%c", 0xE0 | code >> 12,
					      0x80 | (code >> 6 & 63), 0x80 | (code & 63));
	}
}

static void full_width(char *to, size_t size, const struct quad *q)
{
	far_digits(to, size, q, 0xFF10, 0xFF10);
}

static void circled(char *to, size_t size, const struct quad *q)
{
	far_digits(to, size, q, 0x245F, 0x24EA);
}

static void with_a_user(char *to, size_t size, const struct quad *q)
{
	snprintf(to, size, "vendor.example@%u.%u.%u.%u", q->a, q->b, q->c, q->d);
}

static void with_user_and_secret(char *to, size_t size, const struct quad *q)
{
	snprintf(to, size, "vendor.example:443@%u.%u.%u.%u", q->a, q->b, q->c, q->d);
}

static void behind_a_backslash(char *to, size_t size, const struct quad *q)
{
	snprintf(to, size, "%u.%u.%u.%u\\@vendor.example", q->a, q->b, q->c, q->d);
}

static void before_a_fragment(char *to, size_t size, const struct quad *q)
{
	snprintf(to, size, "%u.%u.%u.%u#@vendor.example", q->a, q->b, q->c, q->d);
}

static void before_a_query(char *to, size_t size, const struct quad *q)
{
	snprintf(to, size, "%u.%u.%u.%u?@vendor.example", q->a, q->b, q->c, q->d);
}

static void with_a_tab(char *to, size_t size, const struct quad *q)
{
	snprintf(to, size, "%u.%u\t.%u.%u", q->a, q->b, q->c, q->d);
}

static const struct {
	const char *name;
	spell_fn *spell;
} spelling[] = {
	{ "dotted", dotted },
	{ "decimal", decimal },
	{ "hexadecimal", hexadecimal },
	{ "upper hexadecimal", upper_hexadecimal },
	{ "octal", octal },
	{ "dotted hexadecimal", dotted_hexadecimal },
	{ "dotted octal", dotted_octal },
	{ "padded octal", padded_octal },
	{ "mixed", mixed },
	{ "two parts", two_parts },
	{ "three parts", three_parts },
	{ "with a dot", with_a_dot },
	{ "decimal with a dot", decimal_with_a_dot },
	{ "mapped", mapped },
	{ "mapped in hex", mapped_in_hex },
	{ "compatible", compatible },
	{ "NAT64", nat64 },
	{ "6to4", six_to_four },
	{ "Teredo", teredo },
	{ "percent", percent },
	{ "full-width", full_width },
	{ "circled", circled },
	{ "with a user", with_a_user },
	{ "with user and secret", with_user_and_secret },
	{ "behind a backslash", behind_a_backslash },
	{ "before a fragment", before_a_fragment },
	{ "before a query", before_a_query },
	{ "with a tab", with_a_tab },
};

/* --- the corpus: how a URL reaches us --- */

#define BASE_URL "https://vendor.example/v2/list?page=1"

typedef bool context_fn(struct arena *a, struct str host, struct str *url);

static bool direct(struct arena *a, struct str host, struct str *url)
{
	*url = str_printf(a, "https://%.*s/", STR_ARG(host));
	return true;
}

static bool direct_http(struct arena *a, struct str host, struct str *url)
{
	*url = str_printf(a, "HTTP://%.*s", STR_ARG(host));
	return true;
}

static bool with_a_port(struct arena *a, struct str host, struct str *url)
{
	*url = str_printf(a, "http://%.*s:80/latest/meta-data?x=#y", STR_ARG(host));
	return true;
}

static bool redirected(struct arena *a, struct str host, struct str *url)
{
	struct err e;

	return url_resolve(a, STR(BASE_URL), str_printf(a, "http://%.*s/a?token=1", STR_ARG(host)),
			   url, &e);
}

static bool redirected_same_scheme(struct arena *a, struct str host, struct str *url)
{
	struct err e;

	return url_resolve(a, STR(BASE_URL), str_printf(a, "//%.*s/a", STR_ARG(host)), url, &e);
}

static bool redirected_with_slashes(struct arena *a, struct str host, struct str *url)
{
	struct err e;

	return url_resolve(a, STR(BASE_URL), str_printf(a, "https:/\\%.*s/a", STR_ARG(host)), url,
			   &e);
}

static bool next_page(struct arena *a, struct str host, struct str *url)
{
	struct err e;

	return url_join(a, STR("https://vendor.example/v2"),
			str_printf(a, "https://%.*s/v2?page=2", STR_ARG(host)), url, &e);
}

static bool next_page_with_params(struct arena *a, struct str host, struct str *url)
{
	struct url_param param = { STR("page"), STR("2 & 3") };
	struct err e;

	return next_page(a, host, url) && url_add_params(a, *url, &param, 1, url, &e);
}

static const struct {
	const char *name;
	context_fn *make;
} context[] = {
	{ "direct", direct },
	{ "direct http", direct_http },
	{ "with a port", with_a_port },
	{ "redirected", redirected },
	{ "redirected, same scheme", redirected_same_scheme },
	{ "redirected with slashes", redirected_with_slashes },
	{ "next page", next_page },
	{ "next page with parameters", next_page_with_params },
};

/*
 * Whether a request could go where the host leads: it passed the check, and curl's own reading of
 * the host is, to the system's resolver, an address that passes too.  A host that is a name is
 * decided by the address it is found at; the client's tests see to that.
 */
static bool gets_through(struct str url, const struct url_policy *policy)
{
	struct addrinfo hint = { .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV,
				 .ai_socktype = SOCK_STREAM };
	struct addrinfo *found = NULL;
	struct url_part part;
	struct err e;
	bool through = false;
	char host[300];

	if (!url_check(url, policy, &e) || !url_part_init(&part, url, &e))
		return false;
	snprintf(host, sizeof(host), "%.*s", STR_ARG(part.host));
	if (getaddrinfo(host, "443", &hint, &found) == 0)
		through = url_address_allowed(found->ai_addr, part.host, policy);
	if (found)
		freeaddrinfo(found);
	url_part_done(&part);
	return through;
}

/* A Location like "https:/\host" is a path of ours to some; then nothing of the host is left. */
static bool stays_with_the_vendor(struct str url)
{
	return str_starts(url, STR("https://vendor.example/"));
}

static struct quad quad_from(const unsigned char *bytes)
{
	struct quad q = { bytes[0], bytes[1], bytes[2], bytes[3], 0 };

	q.all = q.a << 24 | q.b << 16 | q.c << 8 | q.d;
	return q;
}

static int cases;

/* How many contexts let this host through. */
static int host_leaks(struct arena *a, const char *host)
{
	int bad = 0;

	for (size_t c = 0; c < COUNT(context); c++) {
		struct str url;
		struct err e;

		arena_reset(a);
		cases++;
		if (!context[c].make(a, str_from(host), &url) || stays_with_the_vendor(url))
			continue;
		if (!url_check(url, &strict, &e) && e.kind == ERR_CONFIG)
			continue;
		bad++;
		printf("# %s: %.*s\n", context[c].name, STR_ARG(url));
	}
	return bad;
}

static int spelling_leaks(struct arena *a, spell_fn *spell)
{
	int bad = 0;

	for (size_t i = 0; i < COUNT(denied); i++) {
		struct net net = net_from(denied[i]);
		unsigned char middle[4];
		const unsigned char *sample[3] = { net.low, middle, net.high };

		if (net.family != AF_INET)
			continue;
		for (size_t k = 0; k < sizeof(middle); k++)
			middle[k] = (unsigned char)((net.low[k] + net.high[k]) / 2);
		for (size_t k = 0; k < COUNT(sample); k++) {
			struct quad q = quad_from(sample[k]);
			char host[256];

			spell(host, sizeof(host), &q);
			bad += host_leaks(a, host);
		}
	}
	return bad;
}

static void no_spelling_of_a_private_address_gets_through(void)
{
	AUTO_ARENA *a = arena_new("corpus", ARENA_BYTES);

	for (size_t i = 0; i < COUNT(spelling); i++)
		OK(spelling_leaks(a, spelling[i].spell) == 0, "%s, in every range and context",
		   spelling[i].name);
}

/* Four spellings of an IPv6 address. */
static void spell_v6(char *to, size_t size, const unsigned char *bytes, int form)
{
	char text[INET6_ADDRSTRLEN];
	size_t n = 1;

	inet_ntop(AF_INET6, bytes, text, sizeof(text));
	if (form < 3) {
		snprintf(to, size, "[%s%s]", text,
			 form == 0   ? ""
			 : form == 1 ? "%25eth0"
				     : "%eth0");
		return;
	}
	snprintf(to, size, "[");
	for (size_t i = 0; i < 16; i += 2)
		n += (size_t)snprintf(to + n, size - n, "%04X%s",
				      (unsigned)bytes[i] << 8 | bytes[i + 1], i < 14 ? ":" : "]");
}

static void no_private_ipv6_address_gets_through(void)
{
	AUTO_ARENA *a = arena_new("corpus", ARENA_BYTES);

	for (size_t i = 0; i < COUNT(denied); i++) {
		struct net net = net_from(denied[i]);
		int bad = 0;

		if (net.family != AF_INET6)
			continue;
		for (int form = 0; form < 4; form++) {
			char host[256];

			spell_v6(host, sizeof(host), net.low, form);
			bad += host_leaks(a, host);
			spell_v6(host, sizeof(host), net.high, form);
			bad += host_leaks(a, host);
		}
		OK(bad == 0, "%s in every form and context", denied[i]);
	}
	OK(cases >= 5000, "the corpus held %d cases", cases);
}

static void a_public_address_does_get_through(void)
{
	OK(gets_through(STR("https://8.8.8.8/"), &strict), "dotted");
	OK(gets_through(STR("https://[2606:4700::1111]/"), &strict), "IPv6");
	OK(gets_through(STR("https://134744072/"), &strict), "decimal is the same address");
	OK(!gets_through(STR("https://[::ffff:8.8.8.8]/"), &strict), "mapped: nobody needs it");
}

static void plain_http_needs_leave(void)
{
	struct url_policy https_only = { 0 };
	struct url_policy all = { .allow_http = true, .allow_private = true };
	struct err e;

	OK(!url_check(STR("http://vendor.example/"), &https_only, &e) &&
		   strstr(e.text, "use https"),
	   "http is refused, with what to do");
	OK(url_check(STR("https://vendor.example/"), &https_only, &e), "https is not");
	OK(url_check(STR("http://127.0.0.1:8123/"), &all, &e) &&
		   url_check(STR("http://[::1]:8123/"), &all, &e),
	   "private addresses with leave, on any port");
	OK(!url_check(STR("ftp://127.0.0.1/"), &all, &e) &&
		   !url_check(STR("http://me@127.0.0.1/"), &all, &e),
	   "the rest of the rules stays");
	OK(text_allowed("127.0.0.1", 8123, "x", &all), "also for the address");
}

static struct url_policy allowing(struct arena *a, const char *entry)
{
	struct url_policy policy = { .allow_http = true, .allow_n = 1 };
	struct str text = str_from(entry);
	struct err e;

	if (!url_allow_parse(a, &text, 1, &policy.allow, &e)) {
		printf("# %s\n", e.text);
		policy.allow_n = 0;
	}
	return policy;
}

static const struct {
	const char *entry, *address, *host;
	int port;
	bool allowed;
} entries[] = {
	{ "10.0.0.0/8", "10.1.2.3", "x", 443, true },
	{ "10.0.0.0/8", "10.1.2.3", "x", 80, true },
	{ "10.0.0.0/8", "10.1.2.3", "x", 8080, false },
	{ "10.0.0.0/8", "11.1.2.3", "x", 443, true },
	{ "10.0.0.0/8", "192.168.0.1", "x", 443, false },
	{ "10.0.0.0/8:8080", "10.1.2.3", "x", 8080, true },
	{ "10.0.0.0/8:8080", "10.1.2.3", "x", 443, false },
	{ "10.0.0.0/9", "10.128.0.0", "x", 443, false },
	{ "10.0.0.7", "10.0.0.7", "x", 443, true },
	{ "10.0.0.7", "10.0.0.8", "x", 443, false },
	{ "10.0.0.7:81", "10.0.0.7", "x", 81, true },
	{ "10.0.0.0/8", "::ffff:10.1.2.3", "x", 443, false }, /* the mapped range is closed too */
	{ "::ffff:0:0/96", "::ffff:10.1.2.3", "x", 443, false }, /* and the inner address counts */
	{ "::ffff:0:0/96", "::ffff:8.8.8.8", "x", 443, true },
	{ "64:ff9b::/96", "64:ff9b::8.8.8.8", "x", 443, true },
	{ "64:ff9b::/96", "64:ff9b::127.0.0.1", "x", 443, false },
	{ "64:ff9b::/96", "64:ff9b::169.254.169.254", "x", 443, false },
	{ "64:ff9b:1::/48", "64:ff9b:1::10.0.0.1", "x", 443, false },
	{ "2002::/16", "2002:808:808::1", "x", 443, true },
	{ "2002::/16", "2002:7f00:1::1", "x", 443, false },
	{ "2001::/32", "2001:0:1:2:3:4:f7f7:f7f7", "x", 443, true },
	{ "2001::/32", "2001:0:1:2:3:4:80ff:fffe", "x", 443, false },
	{ "[::1]", "::1", "x", 443, true },
	{ "::1", "::1", "x", 443, true },
	{ "[::1]:8080", "::1", "x", 8080, true },
	{ "[fd00::/8]:8080", "fd12::1", "x", 8080, true },
	{ "[fd00::]/8:8080", "fd12::1", "x", 8080, true },
	{ "fd00::/8", "fd12::1", "x", 443, true },
	{ "fd00::/8", "fe80::1", "x", 443, false },
	{ "crm.internal", "10.0.0.1", "crm.internal", 443, true },
	{ "crm.internal", "10.0.0.1", "CRM.Internal.", 443, true },
	{ "crm.internal.", "10.0.0.1", "crm.internal", 443, true },
	{ "crm.internal", "10.0.0.1", "evil.crm.internal", 443, false },
	{ "crm.internal", "10.0.0.1", "crm.internal", 8080, false },
	{ "crm.internal:8080", "10.0.0.1", "crm.internal", 8080, true },
	{ "crm.internal:8080", "8.8.8.8", "crm.internal", 8080, true },
	{ "crm.internal", "169.254.169.254", "crm.internal", 443, false },
	{ "crm.internal", "fe80::1", "crm.internal", 443, false },
	{ "crm.internal", "0.0.0.0", "crm.internal", 443, false },
	{ "169.254.0.0/16", "169.254.169.254", "x", 443, true },
	{ "8.8.8.8:8080", "8.8.8.8", "x", 8080, true },
	{ "8.8.8.8:8080", "8.8.4.4", "x", 8080, false },
	{ "0.0.0.0/0", "127.0.0.1", "x", 443, true },
	{ "0.0.0.0/0", "::1", "x", 443, false },
};

static void what_an_entry_opens(void)
{
	AUTO_ARENA *a = arena_new("entries", ARENA_BYTES);

	for (size_t i = 0; i < COUNT(entries); i++) {
		struct url_policy policy = allowing(a, entries[i].entry);

		OK(policy.allow_n == 1 &&
			   text_allowed(entries[i].address, entries[i].port, entries[i].host,
					&policy) == entries[i].allowed,
		   "'%s' and %s port %d by the name '%s'", entries[i].entry, entries[i].address,
		   entries[i].port, entries[i].host);
	}
}

static void what_is_not_an_entry(void)
{
	static const char *const bad[] = {
		"",           "10.0.0.1/8",  "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/",
		"10.0.0/8",   "127.1",       "0x7f.1",      "*.example",   "host:0",
		"host:65536", "host:",       "host:x",      "host/8",      "https://host",
		"[::1",       "[::1]x",      "[::1]:",      "fd00::1/8",   "[fd00::/8]/8",
		"[host]",     "me@host",     ":443",        "host name",   "10.0.0.0/+8",
		"1.2.3.4.5",  "[::1]:80:80", ".host",       "::1::",       "[]:80",
	};
	AUTO_ARENA *a = arena_new("entries", ARENA_BYTES);

	for (size_t i = 0; i < COUNT(bad); i++) {
		struct str text = str_from(bad[i]);
		const struct url_allow *list = NULL;
		struct err e = { 0 };

		OK(!url_allow_parse(a, &text, 1, &list, &e) && e.kind == ERR_CONFIG && !list,
		   "'%s' is no entry", bad[i]);
	}
}

static void an_entry_opens_urls_too(void)
{
	AUTO_ARENA *a = arena_new("entries", ARENA_BYTES);
	struct url_policy net = allowing(a, "10.0.0.0/8:8080"),
			  host = allowing(a, "crm.internal:81");
	struct err e;

	OK(url_check(STR("http://10.1.2.3:8080/"), &net, &e), "an address of the network");
	OK(!url_check(STR("http://10.1.2.3/"), &net, &e), "not on another port");
	OK(url_check(STR("http://any.example:8080/"), &net, &e), "a name may turn out to be in it");
	OK(!text_allowed("8.8.8.8", 8080, "any.example", &net), "and is refused when it is not");
	OK(url_check(STR("http://crm.internal:81/"), &host, &e), "a host's port");
	OK(!url_check(STR("http://other.internal:81/"), &host, &e), "is not another host's");
	OK(url_check(STR("https://vendor.example/"), &net, &e), "the usual stays usual");
}

int main(void)
{
	the_edges_of_every_range();
	random_addresses_agree_with_the_list();
	the_open_internet_is_open();
	no_spelling_of_a_private_address_gets_through();
	no_private_ipv6_address_gets_through();
	a_public_address_does_get_through();
	plain_http_needs_leave();
	what_an_entry_opens();
	what_is_not_an_entry();
	an_entry_opens_urls_too();
	return tap_done();
}

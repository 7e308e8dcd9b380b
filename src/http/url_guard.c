/* SPDX-License-Identifier: Apache-2.0 */
/*
 * url_guard.c - which addresses we talk to.
 *
 * Always: what decides is the parsed bytes of an address, never its spelling.  A name may pass here
 * and fail when its address is known; nothing that fails here is ever resolved.
 */
#include "http/url_part.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#define ADDRESS_BYTES 16

struct address {
	int family; /* AF_INET or AF_INET6 */
	unsigned char bytes[ADDRESS_BYTES];
};

struct range {
	unsigned char bytes[ADDRESS_BYTES];
	unsigned bits;
	bool by_net_only; /* opened by an entry with a network, not by one with a host's name */
};

static const struct range denied_v4[] = {
	{ { 0 }, 8, true },              /* this network */
	{ { 10 }, 8, false },            /* private */
	{ { 100, 64 }, 10, false },      /* carrier-grade NAT */
	{ { 127 }, 8, false },           /* loopback */
	{ { 169, 254 }, 16, true },      /* link-local, cloud metadata */
	{ { 172, 16 }, 12, false },      /* private */
	{ { 192, 0, 0 }, 24, false },    /* protocol assignments */
	{ { 192, 0, 2 }, 24, false },    /* documentation */
	{ { 192, 88, 99 }, 24, false },  /* 6to4 relays */
	{ { 192, 168 }, 16, false },     /* private */
	{ { 198, 18 }, 15, false },      /* benchmarks */
	{ { 198, 51, 100 }, 24, false }, /* documentation */
	{ { 203, 0, 113 }, 24, false },  /* documentation */
	{ { 224 }, 4, true },            /* multicast */
	{ { 240 }, 4, true },            /* reserved, broadcast */
};

static const struct range denied_v6[] = {
	{ { [15] = 1 }, 128, false },                          /* ::1 */
	{ { [10] = 0xFF, 0xFF }, 96, false },                  /* IPv4-mapped */
	{ { 0 }, 96, false },                                  /* ::, IPv4-compatible */
	{ { 0x00, 0x64, 0xFF, 0x9B }, 96, false },             /* NAT64 */
	{ { 0x00, 0x64, 0xFF, 0x9B, 0x00, 0x01 }, 48, false }, /* local NAT64 */
	{ { 0x01 }, 64, false },                               /* discard */
	{ { 0x20, 0x01 }, 23, false },                         /* protocol assignments, Teredo */
	{ { 0x20, 0x01, 0x0D, 0xB8 }, 32, false },             /* documentation */
	{ { 0x20, 0x02 }, 16, false },                         /* 6to4 */
	{ { 0xFC }, 7, false },                                /* unique local */
	{ { 0xFE, 0x80 }, 10, true },                          /* link-local */
	{ { 0xFE, 0xC0 }, 10, false },                         /* site-local */
	{ { 0xFF }, 8, true },                                 /* multicast */
};

/* IPv6 ranges whose addresses carry an IPv4 address, and at which byte. */
static const struct {
	struct range range;
	size_t at;
	unsigned char mask; /* Teredo hides it by inverting every bit */
} embedding[] = {
	{ { { [10] = 0xFF, 0xFF }, 96, false }, 12, 0 },
	{ { { 0 }, 96, false }, 12, 0 },
	{ { { 0x00, 0x64, 0xFF, 0x9B }, 96, false }, 12, 0 },
	{ { { 0x00, 0x64, 0xFF, 0x9B, 0x00, 0x01 }, 48, false }, 12, 0 },
	{ { { 0x20, 0x02 }, 16, false }, 2, 0 },
	{ { { 0x20, 0x01, 0x00, 0x00 }, 32, false }, 12, 0xFF },
};

struct url_allow {
	struct str host; /* empty: a network */
	struct address net;
	unsigned bits;
	int port; /* 0: the usual ones */
};

static bool bits_equal(const unsigned char *a, const unsigned char *b, unsigned bits)
{
	unsigned whole = bits / 8, rest = bits % 8;

	if (memcmp(a, b, whole) != 0)
		return false;
	return rest == 0 || (a[whole] ^ b[whole]) >> (8 - rest) == 0;
}

static const struct range *range_find(const struct address *address)
{
	bool v4 = address->family == AF_INET;
	const struct range *range = v4 ? denied_v4 : denied_v6;
	size_t n = v4 ? COUNT(denied_v4) : COUNT(denied_v6);

	for (size_t i = 0; i < n; i++)
		if (bits_equal(address->bytes, range[i].bytes, range[i].bits))
			return &range[i];
	return NULL;
}

/*
 * The IPv4 address inside.  :: and ::1 are addresses of their own, not 0.0.0.0 and 0.0.0.1, and so
 * is the rest of ::/104.
 */
static bool embedded_v4(const struct address *address, struct address *inner)
{
	static const unsigned char zero[ADDRESS_BYTES];

	if (address->family != AF_INET6 || bits_equal(address->bytes, zero, 104))
		return false;
	for (size_t i = 0; i < COUNT(embedding); i++) {
		const struct range *range = &embedding[i].range;

		if (!bits_equal(address->bytes, range->bytes, range->bits))
			continue;
		*inner = (struct address){ .family = AF_INET };
		for (size_t k = 0; k < 4; k++)
			inner->bytes[k] = address->bytes[embedding[i].at + k] ^ embedding[i].mask;
		return true;
	}
	return false;
}

static bool port_is_usual(int port)
{
	return port == 443 || port == 80;
}

static bool entry_has_port(const struct url_allow *entry, int port)
{
	return entry->port ? entry->port == port : port_is_usual(port);
}

static struct str without_last_dot(struct str host)
{
	return str_ends(host, STR(".")) ? str_slice(host, 0, host.len - 1) : host;
}

static bool entry_has_host(const struct url_allow *entry, struct str host)
{
	return entry->host.len > 0 && str_eq_nocase(entry->host, without_last_dot(host));
}

static bool entry_has_address(const struct url_allow *entry, const struct address *address)
{
	return entry->host.len == 0 && entry->net.family == address->family &&
	       bits_equal(entry->net.bytes, address->bytes, entry->bits);
}

/* What is asked for: an address by the name of `host`. */
struct question {
	const struct url_policy *policy;
	struct str host;
	int port;
};

static bool entry_opens(const struct question *q, const struct address *address,
			const struct range *range)
{
	bool by_name = !range || !range->by_net_only;

	for (size_t i = 0; i < q->policy->allow_n; i++) {
		const struct url_allow *entry = &q->policy->allow[i];

		if (entry_has_port(entry, q->port) && (entry_has_address(entry, address) ||
						       (by_name && entry_has_host(entry, q->host))))
			return true;
	}
	return false;
}

static bool address_allowed(const struct question *q, const struct address *address)
{
	const struct range *range = range_find(address);
	struct address inner;

	if ((range || !port_is_usual(q->port)) && !entry_opens(q, address, range))
		return false;
	if (!embedded_v4(address, &inner))
		return true;
	range = range_find(&inner);
	return !range || entry_opens(q, &inner, range);
}

/* False for families we do not speak and for zones, which no server out there has. */
static bool address_read(const struct sockaddr *sa, struct address *out, int *port)
{
	*out = (struct address){ .family = sa->sa_family };
	if (sa->sa_family == AF_INET) {
		struct sockaddr_in in;

		memcpy(&in, sa, sizeof(in));
		memcpy(out->bytes, &in.sin_addr, sizeof(in.sin_addr));
		*port = ntohs(in.sin_port);
		return true;
	}
	if (sa->sa_family == AF_INET6) {
		struct sockaddr_in6 in6;

		memcpy(&in6, sa, sizeof(in6));
		memcpy(out->bytes, &in6.sin6_addr, sizeof(in6.sin6_addr));
		*port = ntohs(in6.sin6_port);
		return in6.sin6_scope_id == 0;
	}
	return false;
}

bool url_address_allowed(const struct sockaddr *sa, struct str host,
			 const struct url_policy *policy)
{
	struct question q = { policy, host, 0 };
	struct address address;

	if (!address_read(sa, &address, &q.port))
		return false;
	return policy->allow_private || address_allowed(&q, &address);
}

#define HOST_TEXT_MAX 255

/* Any spelling that the system's resolver takes for an address: 127.1, 0x7f.1, … */
static bool host_is_address(struct str host, struct address *out)
{
	char text[HOST_TEXT_MAX + 1];
	struct in_addr v4;

	host = without_last_dot(host);
	if (host.len > HOST_TEXT_MAX)
		return false;
	memcpy(text, host.at, host.len);
	text[host.len] = 0;
	*out = (struct address){ .family = AF_INET };
	if (inet_aton(text, &v4)) {
		memcpy(out->bytes, &v4, sizeof(v4));
		return true;
	}
	out->family = AF_INET6;
	return inet_pton(AF_INET6, text, out->bytes) == 1;
}

/* Names end in a label that is not a number; what does is meant as an address. */
static bool host_ends_in_number(struct str host)
{
	struct str rest = without_last_dot(host), label = { NULL, 0 };
	bool hex;

	while (rest.len > 0)
		label = str_cut(&rest, '.');
	hex = label.len >= 2 && label.at[0] == '0' && (label.at[1] | 32) == 'x';
	for (size_t i = 0; i < label.len; i++)
		if (!hex && (label.at[i] < '0' || label.at[i] > '9'))
			return false;
	return true;
}

/*
 * Whether any entry speaks for that port.  An entry with a network may: whether the name's address
 * is in it is seen when it is resolved.
 */
static bool port_allowed(const struct question *q)
{
	if (q->policy->allow_private || port_is_usual(q->port))
		return true;
	for (size_t i = 0; i < q->policy->allow_n; i++) {
		const struct url_allow *entry = &q->policy->allow[i];

		if (entry_has_port(entry, q->port) &&
		    (entry->host.len == 0 || entry_has_host(entry, q->host)))
			return true;
	}
	return false;
}

static bool scheme_check(const char *scheme, const struct url_policy *policy, struct err *e)
{
	if (strcmp(scheme, "https") == 0 || (policy->allow_http && strcmp(scheme, "http") == 0))
		return true;
	if (strcmp(scheme, "http") == 0)
		return err_set(e, ERR_CONFIG,
			       "URL refused: plain http is not allowed here; use https, or allow "
			       "http for this connection");
	return err_set(e, ERR_CONFIG, "URL refused: the scheme must be https");
}

static bool host_check(const struct question *q, struct err *e)
{
	struct address address;

	if (host_is_address(q->host, &address)) {
		if (q->policy->allow_private || address_allowed(q, &address))
			return true;
		return err_set(e, ERR_CONFIG,
			       "URL refused: %.*s is a private or reserved address; add it to the "
			       "allow list if it is meant",
			       STR_ARG(q->host));
	}
	if (host_ends_in_number(q->host))
		return err_set(e, ERR_CONFIG, "URL refused: %.*s is neither a name nor an address",
			       STR_ARG(q->host));
	return true;
}

static bool part_check(const struct url_part *part, const struct url_policy *policy, struct err *e)
{
	struct question q = { policy, part->host, part->port };

	if (!scheme_check(part->scheme, policy, e))
		return false;
	if (q.port <= 0 || !port_allowed(&q))
		return err_set(e, ERR_CONFIG,
			       "URL refused: port %d of %.*s is not allowed; 443 and 80 are, and "
			       "those that the allow list names",
			       q.port, STR_ARG(q.host));
	return host_check(&q, e);
}

bool url_check(struct str url, const struct url_policy *policy, struct err *e)
{
	struct str authority = url_authority(url);
	struct url_part part;
	bool ok;

	if (authority.len > 0 && memchr(authority.at, '@', authority.len))
		return err_set(e, ERR_CONFIG,
			       "URL refused: it holds a user name or '@'; credentials belong into "
			       "the authenticator");
	if (!url_part_init(&part, url, e))
		return false;
	ok = part_check(&part, policy, e);
	url_part_done(&part);
	return ok;
}

/* The three parts of an entry's text; `bits` and `port` have .at NULL when they are not there. */
struct entry_text {
	struct str address, bits, port;
};

static size_t colons(struct str s)
{
	size_t n = 0;

	for (size_t i = 0; i < s.len; i++)
		n += s.at[i] == ':';
	return n;
}

static void cut_at(struct str *head, struct str *rest, char sep)
{
	const char *hit = head->len ? memchr(head->at, sep, head->len) : NULL;

	if (!hit)
		return;
	*rest = *head;
	*head = str_cut(rest, sep);
}

static bool entry_cut(struct str text, struct entry_text *out)
{
	struct str tail = { "", 0 };

	*out = (struct entry_text){ .address = text };
	if (str_starts(text, STR("["))) {
		tail = str_slice(text, 1, text.len);
		out->address = str_cut(&tail, ']');
		if (!memchr(text.at, ']', text.len))
			return false;
		cut_at(&out->address, &out->bits, '/');
		if (tail.len > 0 && tail.at[0] != ':' && (tail.at[0] != '/' || out->bits.at))
			return false;
		cut_at(&tail, &out->port, ':');
		if (tail.len > 0)
			out->bits = str_slice(tail, 1, tail.len);
		return colons(out->address) > 0;
	}
	if (colons(text) < 2)
		cut_at(&out->address, &out->port, ':');
	cut_at(&out->address, &out->bits, '/');
	return true;
}

static bool number_read(struct str text, int64_t max, int64_t *out)
{
	int64_t n;

	if (!str_to_i64(text, &n) || n < 0 || n > max || text.at[0] == '+')
		return false;
	*out = n;
	return true;
}

/* No bit may be set behind the network's: 10.0.0.1/8 is more likely a slip than a wish. */
static bool net_is_whole(const struct address *net, unsigned bits)
{
	unsigned all = net->family == AF_INET ? 32 : 128;

	for (unsigned i = bits; i < all; i++)
		if (net->bytes[i / 8] >> (7 - i % 8) & 1)
			return false;
	return true;
}

static bool net_read(const struct entry_text *text, struct url_allow *entry)
{
	char plain[INET6_ADDRSTRLEN];
	bool v6 = colons(text->address) > 0;
	int64_t all = v6 ? 128 : 32, bits = all;

	if (text->address.len >= sizeof(plain))
		return false;
	memcpy(plain, text->address.at, text->address.len);
	plain[text->address.len] = 0;
	entry->net.family = v6 ? AF_INET6 : AF_INET;
	if (inet_pton(entry->net.family, plain, entry->net.bytes) != 1)
		return false;
	if (text->bits.at && !number_read(text->bits, all, &bits))
		return false;
	entry->bits = (unsigned)bits;
	return net_is_whole(&entry->net, entry->bits);
}

static bool name_read(struct arena *a, const struct entry_text *text, struct url_allow *entry)
{
	struct str host = without_last_dot(text->address);

	if (!url_host_is_plain(host) || text->bits.at || host_ends_in_number(host))
		return false;
	entry->host = str_keep(a, host);
	return true;
}

static bool entry_read(struct arena *a, struct str text, struct url_allow *entry)
{
	struct entry_text parts;
	int64_t port = 0;

	*entry = (struct url_allow){ 0 };
	if (!entry_cut(text, &parts))
		return false;
	if (parts.port.at && (!number_read(parts.port, 65535, &port) || port == 0))
		return false;
	entry->port = (int)port;
	return net_read(&parts, entry) || name_read(a, &parts, entry);
}

bool url_allow_parse(struct arena *a, const struct str *entry, size_t n,
		     const struct url_allow **out, struct err *e)
{
	struct url_allow *list = arena_new_array(a, struct url_allow, n);

	for (size_t i = 0; i < n; i++)
		if (!entry_read(a, str_trim(entry[i]), &list[i]))
			return err_set(
				e, ERR_CONFIG,
				"'%.*s' is not an allow entry; write a host, an address or "
				"a network like 10.0.0.0/8, with :port if it is not 80 or 443",
				(int)(entry[i].len < 100 ? entry[i].len : 100), entry[i].at);
	*out = list;
	return true;
}

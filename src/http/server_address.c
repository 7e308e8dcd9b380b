/* SPDX-License-Identifier: Apache-2.0 */
/* server_address.c - clients' addresses as text, and who counts as one. */
#include "http/server_part.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>

#define SUBSCRIBER_BYTES 8 /* of an IPv6 address */

void address_text(const struct sockaddr *from, char *to, size_t size)
{
	const void *at = NULL;
	int family = from ? from->sa_family : AF_UNIX;

	if (family == AF_INET)
		at = &((const struct sockaddr_in *)(const void *)from)->sin_addr;
	else if (family == AF_INET6)
		at = &((const struct sockaddr_in6 *)(const void *)from)->sin6_addr;
	if (!at || !inet_ntop(family, at, to, (socklen_t)size)) {
		snprintf(to, size, "unix");
		return;
	}
	if (strncmp(to, "::ffff:", 7) == 0 && strchr(to, '.'))
		memmove(to, to + 7, strlen(to + 7) + 1);
}

void address_group(const char *address, char to[SERVER_ADDRESS_MAX])
{
	struct in6_addr at;
	char text[INET6_ADDRSTRLEN];

	snprintf(to, SERVER_ADDRESS_MAX, "%s", address);
	if (inet_pton(AF_INET6, address, &at) != 1)
		return;
	if (IN6_IS_ADDR_V4MAPPED(&at)) {
		inet_ntop(AF_INET, &at.s6_addr[12], to, SERVER_ADDRESS_MAX);
		return;
	}
	memset(at.s6_addr + SUBSCRIBER_BYTES, 0, sizeof(at.s6_addr) - SUBSCRIBER_BYTES);
	if (inet_ntop(AF_INET6, &at, text, sizeof(text)))
		snprintf(to, SERVER_ADDRESS_MAX, "%s", text);
}

struct str server_peer_group(struct arena *a, struct str peer)
{
	char group[SERVER_ADDRESS_MAX];

	if (peer.len >= sizeof(group))
		return peer;
	address_group(str_keep(a, peer).at, group);
	return str_keep(a, str_from(group));
}

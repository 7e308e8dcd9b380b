/* SPDX-License-Identifier: Apache-2.0 */
/*
 * url_part.h - one absolute URL taken apart by curl_url(), for the files of this layer.
 */
#ifndef URL_PART_H
#define URL_PART_H

#include "http/url.h"

#include <curl/curl.h>

struct url_part {
	CURLU *handle;
	char *scheme;    /* in lower case */
	struct str host; /* without the brackets of an IPv6 address */
	int port;        /* the scheme's own when the URL names none; 0 when neither is known */
	char *host_memory;
};

/*
 * ERR_CONFIG when `url` is longer than URL_BYTES_MAX, not absolute, without a host, holds white
 * space or control bytes, has a host that is not plain ASCII, or is one that curl cannot read.
 * Ended by url_part_done(), which accepts one that failed.
 */
MUST_CHECK bool url_part_init(struct url_part *p, struct str url, struct err *e);
void url_part_done(struct url_part *p);

/* The part between "://" and the path; empty when there is no "://" at its place. */
struct str url_authority(struct str url);

/* ASCII letters, digits, '-', '.' and '_', not too long, no dot in front. */
bool url_host_is_plain(struct str host);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * digest.h - MD5 (RFC 1321) and SHA-1 (RFC 3174), which manifests use to make ids from records.
 *
 * Neither protects anything; where that matters libsodium's digests are used.
 */
#ifndef DIGEST_H
#define DIGEST_H

#include "base/str.h"

#define MD5_BYTES 16
#define SHA1_BYTES 20

/* Of the two texts one after the other. */
void digest_md5(struct str s, struct str more, unsigned char out[MD5_BYTES]);
void digest_sha1(struct str s, struct str more, unsigned char out[SHA1_BYTES]);

#endif

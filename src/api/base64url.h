/* SPDX-License-Identifier: Apache-2.0 */
/*
 * base64url.h - base64url without padding, read strictly: one text, one meaning (RFC 7515).
 */
#ifndef BASE64URL_H
#define BASE64URL_H

#include "base/str.h"

/*
 * False for padding, white space, other characters, bits left over at the end that are not zero,
 * and for more than `max` bytes.
 */
bool base64url_read(struct str text, unsigned char *to, size_t max, size_t *len);

#endif

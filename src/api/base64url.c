/* SPDX-License-Identifier: Apache-2.0 */
/* base64url.c - base64url without padding, by libsodium. */
#include "api/base64url.h"

#include <sodium.h>

bool base64url_read(struct str text, unsigned char *to, size_t max, size_t *len)
{
	const char *end = NULL;

	/* Without `end` it would stop, content, where something else begins. */
	return sodium_base642bin(to, max, text.at, text.len, NULL, len, &end,
				 sodium_base64_VARIANT_URLSAFE_NO_PADDING) == 0 &&
	       end == text.at + text.len;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tc_id.c - ids as the vendor writes them: "nndz-" and the base64 of the base64 of a cipher.
 *
 * The cipher takes a number's digits byte by byte, so neighbours share a prefix and one number has
 * one id whatever it is the number of.  Seven digits give an id of 21 characters, six one that
 * ends in "=".
 */
#include "tc_data.h"

#define PREFIX "nndz-"
#define ID_BYTES_MAX 80
#define DIGITS_MAX 12

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static const unsigned char key[DIGITS_MAX] = { 0xfa, 0x12, 0x5d, 0x81, 0x3c, 0xe7,
					       0x49, 0xb0, 0x66, 0x9f, 0x21, 0xd4 };

static void put_base64(struct buf *b, struct str s)
{
	for (size_t i = 0; i < s.len; i += 3) {
		unsigned v = 0;

		for (size_t j = 0; j < 3; j++)
			v = v << 8 | (i + j < s.len ? (unsigned char)s.at[i + j] : 0);
		for (size_t j = 0; j < 4; j++)
			buf_char(b, i + j > s.len ? '=' : alphabet[v >> (18 - 6 * j) & 63]);
	}
}

static bool read_base64(struct buf *b, struct str s)
{
	unsigned v = 0, bits = 0;

	if (s.len % 4)
		return false;
	while (s.len && s.at[s.len - 1] == '=')
		s.len--;
	for (size_t i = 0; i < s.len; i++) {
		const char *place = s.at[i] ? strchr(alphabet, s.at[i]) : NULL;

		if (!place)
			return false;
		v = v << 6 | (unsigned)(place - alphabet);
		bits += 6;
		if (bits >= 8) {
			bits -= 8;
			buf_char(b, (char)(v >> bits & 0xff));
		}
	}
	return !b->failed;
}

struct str tc_id(struct arena *a, int64_t number)
{
	struct str digits = str_printf(a, "%lld", (long long)number);
	char cipher[DIGITS_MAX];
	struct buf inner, outer;

	assert(digits.len <= DIGITS_MAX);
	for (size_t i = 0; i < digits.len; i++)
		cipher[i] = (char)((unsigned char)digits.at[i] ^ key[i]);
	buf_in(&inner, a, ID_BYTES_MAX);
	buf_in(&outer, a, ID_BYTES_MAX);
	put_base64(&inner, (struct str){ cipher, digits.len });
	buf_add(&outer, STR(PREFIX));
	put_base64(&outer, buf_str(&inner));
	return buf_str(&outer);
}

bool tc_id_number(struct str id, int64_t *number)
{
	AUTO_BUF inner, cipher;
	char digits[DIGITS_MAX];

	buf_init(&inner, ID_BYTES_MAX);
	buf_init(&cipher, DIGITS_MAX);
	if (!str_starts(id, STR(PREFIX)) ||
	    !read_base64(&inner, str_slice(id, sizeof PREFIX - 1, id.len)) ||
	    !read_base64(&cipher, buf_str(&inner)) || !cipher.len)
		return false;
	for (size_t i = 0; i < cipher.len; i++)
		digits[i] = (char)((unsigned char)cipher.at[i] ^ key[i]);
	return str_to_i64((struct str){ digits, cipher.len }, number) && *number > 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * digest.c - MD5 and SHA-1: one walk over padded blocks of 64 bytes, two ways to mix a block.
 */
#include "expr/digest.h"

#include <math.h>

#define BLOCK 64
#define WORDS_MAX 5

struct digest {
	uint32_t word[WORDS_MAX];
	bool big_endian;
	void (*mix)(uint32_t word[WORDS_MAX], const uint32_t in[16]);
};

static uint32_t turn(uint32_t x, unsigned n)
{
	return x << n | x >> (32 - n);
}

/* The constants of RFC 1321 are the first 32 bits of sines. */
static uint32_t md5_constant(unsigned i)
{
	return (uint32_t)(int64_t)floor(fabs(sin((double)i + 1)) * 4294967296.0);
}

static void md5_mix(uint32_t word[WORDS_MAX], const uint32_t in[16])
{
	static const unsigned char turns[4][4] = {
		{ 7, 12, 17, 22 }, { 5, 9, 14, 20 }, { 4, 11, 16, 23 }, { 6, 10, 15, 21 }
	};
	static const unsigned char step[4][2] = { { 1, 0 }, { 5, 1 }, { 3, 5 }, { 7, 0 } };
	uint32_t a = word[0], b = word[1], c = word[2], d = word[3];

	for (unsigned i = 0; i < 64; i++) {
		unsigned round = i / 16;
		uint32_t f = round == 0   ? (b & c) | (~b & d)
			     : round == 1 ? (d & b) | (~d & c)
			     : round == 2 ? b ^ c ^ d
					  : c ^ (b | ~d);
		uint32_t sum =
			a + f + md5_constant(i) + in[(i * step[round][0] + step[round][1]) % 16];

		a = d;
		d = c;
		c = b;
		b += turn(sum, turns[round][i % 4]);
	}
	word[0] += a;
	word[1] += b;
	word[2] += c;
	word[3] += d;
}

static void sha1_mix(uint32_t word[WORDS_MAX], const uint32_t in[16])
{
	static const uint32_t constant[] = { 0x5A827999, 0x6ED9EBA1, 0x8F1BBCDC, 0xCA62C1D6 };
	uint32_t w[80], v[WORDS_MAX];

	memcpy(v, word, sizeof(v));
	for (unsigned i = 0; i < 80; i++) {
		unsigned round = i / 20;
		uint32_t f, sum;

		w[i] = i < 16 ? in[i] : turn(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1);
		f = round == 0   ? (v[1] & v[2]) | (~v[1] & v[3])
		    : round == 2 ? (v[1] & v[2]) | (v[1] & v[3]) | (v[2] & v[3])
				 : v[1] ^ v[2] ^ v[3];
		sum = turn(v[0], 5) + f + v[4] + w[i] + constant[round];
		v[4] = v[3];
		v[3] = v[2];
		v[2] = turn(v[1], 30);
		v[1] = v[0];
		v[0] = sum;
	}
	for (size_t i = 0; i < WORDS_MAX; i++)
		word[i] += v[i];
}

/* Byte number `i` of the message, its padding and its length in bits. */
static unsigned char byte_at(const struct digest *d, const struct str part[2], size_t i,
			     size_t total)
{
	size_t len = part[0].len + part[1].len, place = i - (total - 8);

	if (i < part[0].len)
		return (unsigned char)part[0].at[i];
	if (i < len)
		return (unsigned char)part[1].at[i - part[0].len];
	if (i == len)
		return 0x80;
	if (i < total - 8)
		return 0;
	return (unsigned char)((uint64_t)len * 8 >> 8 * (d->big_endian ? 7 - place : place));
}

static void digest_run(struct digest *d, const struct str part[2], unsigned char *out, size_t size)
{
	size_t total = (part[0].len + part[1].len + 8) / BLOCK * BLOCK + BLOCK;

	for (size_t from = 0; from < total; from += BLOCK) {
		uint32_t in[16] = { 0 };

		for (size_t i = 0; i < BLOCK; i++) {
			size_t shift = 8 * (d->big_endian ? 3 - i % 4 : i % 4);

			in[i / 4] |= (uint32_t)byte_at(d, part, from + i, total) << shift;
		}
		d->mix(d->word, in);
	}
	for (size_t i = 0; i < size; i++)
		out[i] = (unsigned char)(d->word[i / 4] >> 8 * (d->big_endian ? 3 - i % 4 : i % 4));
}

void digest_md5(struct str s, struct str more, unsigned char out[MD5_BYTES])
{
	struct digest d = { .word = { 0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476, 0 },
			    .mix = md5_mix };

	digest_run(&d, (struct str[]){ s, more }, out, MD5_BYTES);
}

void digest_sha1(struct str s, struct str more, unsigned char out[SHA1_BYTES])
{
	struct digest d = { .word = { 0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476, 0xC3D2E1F0 },
			    .mix = sha1_mix,
			    .big_endian = true };

	digest_run(&d, (struct str[]){ s, more }, out, SHA1_BYTES);
}

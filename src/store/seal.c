/* SPDX-License-Identifier: Apache-2.0 */
/*
 * seal.c - secrets at rest, and what must not be guessed.
 *
 * Sealed: "v1." + base64url(nonce of 24 bytes + cipher text and tag); the context is authenticated
 * with it.  A nonce is random: 192 bits never meet.
 */
#include "store/seal.h"

#include "base/file.h"

#include <errno.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define NONCE crypto_aead_xchacha20poly1305_ietf_NPUBBYTES
#define TAG crypto_aead_xchacha20poly1305_ietf_ABYTES
#define KEY_BYTES 32
#define MARK_BYTES 16
#define KEY_FILE_BYTES_MAX 256
#define KEY_VARIABLE "LOCKSTEP_KEY"
#define BASE64 sodium_base64_VARIANT_ORIGINAL
#define BASE64URL sodium_base64_VARIANT_URLSAFE_NO_PADDING

static const struct str version = { "v1.", 3 };

struct seal {
	unsigned char key[KEY_BYTES];
};

static void sodium_ready(void)
{
	if (sodium_init() < 0)
		abort(); /* no randomness: nothing may go on */
}

struct seal *seal_new(const unsigned char key[32])
{
	struct seal *s;

	sodium_ready();
	s = calloc(1, sizeof(*s));
	if (!s)
		abort();
	(void)sodium_mlock(s, sizeof(*s)); /* a limit on locked memory is no reason to stop */
	memcpy(s->key, key, sizeof(s->key));
	return s;
}

void seal_close(struct seal *s)
{
	if (!s)
		return;
	(void)sodium_munlock(s, sizeof(*s)); /* wipes */
	sodium_memzero(s, sizeof(*s));
	free(s);
}

static bool from_text(struct str text, struct seal **out)
{
	unsigned char key[KEY_BYTES];
	size_t len = 0;
	bool good;

	text = str_trim(text);
	good = sodium_base642bin(key, sizeof(key), text.at, text.len, NULL, &len, NULL, BASE64) ==
		       0 &&
	       len == sizeof(key);
	if (good)
		*out = seal_new(key);
	sodium_memzero(key, sizeof(key));
	return good;
}

/* A new key in a new file.  Of two that make it at once one wins, and both go on to read it. */
static bool make_file(const char *path, struct err *e)
{
	unsigned char key[KEY_BYTES];
	char text[sodium_base64_ENCODED_LEN(KEY_BYTES, BASE64)];
	bool done;

	randombytes_buf(key, sizeof(key));
	sodium_bin2base64(text, sizeof(text), key, sizeof(key), BASE64);
	done = file_create(path, 0600, str_from(text), e) || e->kind == ERR_BUSY;
	sodium_memzero(key, sizeof(key));
	sodium_memzero(text, sizeof(text));
	return done;
}

static bool check_mode(const char *path, struct err *e)
{
	struct stat st;

	if (stat(path, &st) != 0)
		return err_set(e, ERR_CONFIG, "key file '%s': %s", path, strerror(errno));
	if ((st.st_mode & 077) == 0)
		return true;
	return err_set(e, ERR_CONFIG, "key file '%s' can be read by others: chmod 600 it", path);
}

static bool from_file(const char *path, struct seal **out, struct err *e)
{
	AUTO_ARENA *a = arena_new("key", 1 << 16);
	struct str text;
	bool good;

	if (!file_exists(path) && !make_file(path, e))
		return err_wrap(e, "key file");
	if (!check_mode(path, e))
		return false;
	if (!file_read(a, path, KEY_FILE_BYTES_MAX, &text, e)) {
		e->kind = ERR_CONFIG;
		return err_wrap(e, "key file");
	}
	good = from_text(text, out);
	sodium_memzero((char *)(uintptr_t)text.at, text.len);
	if (good)
		return true;
	return err_set(e, ERR_CONFIG, "key file '%s' does not hold the base64 of 32 bytes", path);
}

bool seal_open(struct str key_file, struct seal **out, struct err *e)
{
	AUTO_ARENA *a = arena_new("key path", 1 << 16);
	const char *given = getenv(KEY_VARIABLE);

	sodium_ready();
	if (!given || !*given)
		return from_file(str_keep(a, key_file).at, out, e);
	if (from_text(str_from(given), out))
		return true;
	return err_set(e, ERR_CONFIG, KEY_VARIABLE " is not the base64 of 32 bytes");
}

/* v1. + base64url */
static struct str wrap(struct arena *a, const unsigned char *bytes, size_t n)
{
	size_t size = sodium_base64_encoded_len(n, BASE64URL);
	char *text = arena_alloc(a, version.len + size);

	memcpy(text, version.at, version.len);
	sodium_bin2base64(text + version.len, size, bytes, n, BASE64URL);
	return str_from(text);
}

struct str seal_text(const struct seal *s, struct arena *a, struct str context, struct str plain)
{
	unsigned char *bytes = arena_alloc(a, NONCE + plain.len + TAG);
	unsigned long long len;

	randombytes_buf(bytes, NONCE);
	if (crypto_aead_xchacha20poly1305_ietf_encrypt(
		    bytes + NONCE, &len, (const unsigned char *)plain.at, plain.len,
		    (const unsigned char *)context.at, context.len, NULL, bytes, s->key) != 0)
		abort(); /* it cannot: the length is below its limit */
	return wrap(a, bytes, NONCE + (size_t)len);
}

static bool unwrap(struct arena *a, struct str sealed, unsigned char **bytes, size_t *n)
{
	struct str body = str_slice(sealed, version.len, sealed.len);

	*bytes = arena_alloc(a, body.len + 1);
	return str_starts(sealed, version) &&
	       sodium_base642bin(*bytes, body.len + 1, body.at, body.len, NULL, n, NULL,
				 BASE64URL) == 0 &&
	       *n >= NONCE + TAG;
}

bool seal_read(const struct seal *s, struct arena *a, struct str context, struct str sealed,
	       struct str *plain, struct err *e)
{
	unsigned char *bytes, *text;
	unsigned long long len;
	size_t n;

	if (!unwrap(a, sealed, &bytes, &n))
		return err_set(e, ERR_CONFIG, "what is stored as a secret is not sealed");
	text = arena_alloc(a, n + 1);
	if (crypto_aead_xchacha20poly1305_ietf_decrypt(text, &len, NULL, bytes + NONCE, n - NONCE,
						       (const unsigned char *)context.at,
						       context.len, bytes, s->key) != 0)
		return err_set(e, ERR_CONFIG,
			       "a stored secret cannot be opened: it was sealed with another key "
			       "(see " KEY_VARIABLE "), or changed");
	*plain = (struct str){ (const char *)text, (size_t)len };
	return true;
}

struct str seal_mark(const struct seal *s, struct arena *a, struct str context, struct str text)
{
	unsigned char hash[MARK_BYTES];
	char *hex = arena_alloc(a, 2 * MARK_BYTES + 1);
	uint64_t context_len = context.len; /* so that the two cannot pass for others */
	crypto_generichash_state h;

	crypto_generichash_init(&h, s->key, sizeof(s->key), sizeof(hash));
	crypto_generichash_update(&h, (const unsigned char *)&context_len, sizeof(context_len));
	crypto_generichash_update(&h, (const unsigned char *)context.at, context.len);
	crypto_generichash_update(&h, (const unsigned char *)text.at, text.len);
	crypto_generichash_final(&h, hash, sizeof(hash));
	return str_from(sodium_bin2hex(hex, 2 * MARK_BYTES + 1, hash, sizeof(hash)));
}

struct str uuid_new(struct arena *a)
{
	unsigned char b[16];
	char hex[2 * sizeof(b) + 1];

	sodium_ready();
	randombytes_buf(b, sizeof(b));
	b[6] = (unsigned char)((b[6] & 0x0F) | 0x40);
	b[8] = (unsigned char)((b[8] & 0x3F) | 0x80);
	sodium_bin2hex(hex, sizeof(hex), b, sizeof(b));
	return str_printf(a, "%.8s-%.4s-%.4s-%.4s-%.12s", hex, hex + 8, hex + 12, hex + 16,
			  hex + 20);
}

struct str random_text(struct arena *a, size_t bytes)
{
	unsigned char *b = arena_alloc(a, bytes);
	size_t size = sodium_base64_encoded_len(bytes, BASE64URL);
	char *text = arena_alloc(a, size);

	sodium_ready();
	randombytes_buf(b, bytes);
	sodium_bin2base64(text, size, b, bytes, BASE64URL);
	return str_from(text);
}

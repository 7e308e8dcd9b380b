/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_sign_in.c - what a browser brings along: a way back that is followed leads to a page of
 * ours, what it carries to a provider reads as it was written, and a cookie is one or none.
 *
 * The first byte says what the rest is: a way back, a carried text, a Cookie header.
 */
#include "api/api_part.h"
#include "api/sign_in.h"

#include <curl/curl.h>
#include <stdlib.h>

#define ARENA_BYTES ((size_t)1 << 24)
#define INPUT_BYTES_MAX ((size_t)1 << 14)
#define HERE "https://here.example"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool true_always)
{
	if (!true_always)
		abort();
}

static bool is_api(struct str path)
{
	struct str rest = str_slice(path, 1, path.len), first = str_cut(&rest, '/');

	return str_eq_nocase(first, STR("api"));
}

/* As a browser follows it, and as the router reads where it comes to. */
static void must_stay_here(struct arena *a, struct str path)
{
	CURLU *url = curl_url();
	char *host = NULL, *where = NULL;
	struct str decoded;

	must(url && curl_url_set(url, CURLUPART_URL, HERE "/sign-in", 0) == CURLUE_OK);
	must(curl_url_set(url, CURLUPART_URL, str_keep(a, path).at, 0) == CURLUE_OK);
	must(curl_url_get(url, CURLUPART_HOST, &host, 0) == CURLUE_OK &&
	     curl_url_get(url, CURLUPART_PATH, &where, 0) == CURLUE_OK);
	must(strcmp(host, "here.example") == 0 && !is_api(str_from(where)));
	must(!form_decode(a, str_from(where), false, &decoded) || !is_api(decoded));
	curl_free(host);
	curl_free(where);
	curl_url_cleanup(url);
}

static void fuzz_carried(struct arena *a, struct str text)
{
	struct sign_in_errand w;

	if (!sign_in_errand_read(a, text, &w))
		return;
	must(sign_in_path_ok(w.from));
	must(str_eq(sign_in_errand_text(a, &w), text));
}

static void fuzz_cookie(struct str header)
{
	struct str value;
	struct err e;

	if (!access_cookie(STR("lockstep"), header, &value, &e))
		return;
	must(!value.len || (str_find(header, STR("lockstep=")) >= 0 &&
			    str_find(header, value) >= 0 && !memchr(value.at, ';', value.len)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO_ARENA *a = arena_new("fuzz", ARENA_BYTES);
	struct str text;

	if (size == 0 || size > INPUT_BYTES_MAX)
		return 0;
	text = (struct str){ (const char *)data + 1, size - 1 };
	if (data[0] == 'f' && sign_in_path_ok(text))
		must_stay_here(a, text);
	else if (data[0] == 'e')
		fuzz_carried(a, text);
	else if (data[0] == 'c')
		fuzz_cookie(text);
	return 0;
}

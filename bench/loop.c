/* SPDX-License-Identifier: Apache-2.0 */
/*
 * loop.c - the limit: pages of contacts, fetched and parsed with nothing around it.
 *
 * Always: one connection, kept alive; one page in memory.
 */
#include "loop.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <yyjson.h>

#define PAGE_SIZE 100
#define BODY_BYTES_MAX ((size_t)16 * 1024 * 1024)

struct body {
	char *at;
	size_t len;
};

void loop_must(int ok, const char *what, const char *why)
{
	if (ok)
		return;
	fprintf(stderr, "%s: %s\n", what, why ? why : "?");
	exit(1);
}

static size_t keep(char *at, size_t size, size_t n, void *arg)
{
	struct body *b = arg;

	if (size * n > BODY_BYTES_MAX - b->len)
		return 0;
	memcpy(b->at + b->len, at, size * n);
	b->len += size * n;
	return n;
}

static struct loop_text text_of(yyjson_val *v)
{
	return (struct loop_text){ yyjson_get_str(v), yyjson_get_len(v) };
}

static struct loop_text first_of(yyjson_val *record, const char *const *name)
{
	for (; *name; name++) {
		yyjson_val *v = yyjson_obj_get(record, *name);

		if (yyjson_get_len(v) > 0)
			return text_of(v);
	}
	return (struct loop_text){ NULL, 0 };
}

static void pick(yyjson_val *record, struct loop_text *field)
{
	static const char *const name[LOOP_FIELDS] = {
		[LOOP_ID] = "id",
		[LOOP_FIRST_NAME] = "first_name",
		[LOOP_LAST_NAME] = "last_name",
		[LOOP_DISPLAY_NAME] = "display_name",
		[LOOP_EMAIL] = "email",
		[LOOP_STATUS] = "status",
		[LOOP_NOTES] = "notes",
	};
	static const char *const phones[] = { "phone_mobile", "phone_work", "phone_home", NULL };
	yyjson_val *account = yyjson_obj_get(record, "account_ref");

	for (size_t i = 0; i < LOOP_FIELDS; i++)
		if (name[i])
			field[i] = text_of(yyjson_obj_get(record, name[i]));
	field[LOOP_PHONE] = first_of(record, phones);
	field[LOOP_ACCOUNT_ID] = text_of(yyjson_obj_get(account, "id"));
	field[LOOP_IS_PRIMARY].at =
		yyjson_get_bool(yyjson_obj_get(record, "is_primary_contact")) ? "1" : "0";
	field[LOOP_IS_PRIMARY].len = 1;
	field[LOOP_RAW].at = yyjson_val_write(record, 0, &field[LOOP_RAW].len);
}

static size_t page(const struct body *b, struct loop_text *field,
		   void (*row)(void *arg, const struct loop_text *field), void *arg)
{
	yyjson_doc *doc = yyjson_read(b->at, b->len, 0);
	size_t i, n;
	yyjson_val *record;

	loop_must(doc && yyjson_is_arr(yyjson_doc_get_root(doc)), "page", "not a list");
	yyjson_arr_foreach(yyjson_doc_get_root(doc), i, n, record)
	{
		pick(record, field);
		row(arg, field);
		free((void *)(size_t)field[LOOP_RAW].at);
	}
	n = yyjson_arr_size(yyjson_doc_get_root(doc));
	yyjson_doc_free(doc);
	return n;
}

static CURL *connection(struct body *b)
{
	struct curl_slist *header =
		curl_slist_append(NULL, "Authorization: Bearer sandbox-access-0");
	CURL *c = curl_easy_init();

	loop_must(c && header, "curl", "no memory");
	curl_easy_setopt(c, CURLOPT_HTTPHEADER, header);
	curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, keep);
	curl_easy_setopt(c, CURLOPT_WRITEDATA, b);
	curl_easy_setopt(c, CURLOPT_FAILONERROR, 1L);
	curl_easy_setopt(c, CURLOPT_BUFFERSIZE, 128L * 1024);
	return c;
}

size_t loop_run(const char *url, void (*row)(void *arg, const struct loop_text *field), void *arg)
{
	struct body b = { malloc(BODY_BYTES_MAX), 0 };
	struct loop_text field[LOOP_FIELDS] = { 0 };
	size_t all = 0, n = PAGE_SIZE;
	time_t now = time(NULL);
	CURL *c = connection(&b);
	char stamp[32], address[1024];
	struct tm tm;

	loop_must(b.at && gmtime_r(&now, &tm) != NULL, "loop", "no memory");
	field[LOOP_STAMP].len = strftime(stamp, sizeof(stamp), "%Y-%m-%dT%H:%M:%S.000Z", &tm);
	field[LOOP_STAMP].at = stamp;
	for (; n == PAGE_SIZE; all += n) {
		CURLcode rc;

		snprintf(address, sizeof(address), "%s/contacts?$top=%d&$skip=%zu", url, PAGE_SIZE,
			 all);
		curl_easy_setopt(c, CURLOPT_URL, address);
		b.len = 0;
		rc = curl_easy_perform(c);
		loop_must(rc == CURLE_OK, address, curl_easy_strerror(rc));
		n = page(&b, field, row, arg);
	}
	curl_easy_cleanup(c);
	free(b.at);
	return all;
}

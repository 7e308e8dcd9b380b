/* SPDX-License-Identifier: Apache-2.0 */
/*
 * alert_message.c - an alert as a webhook's POST and as a Sentry envelope.
 *
 * Always: only what alert.h holds goes out: codes, counts and names out of the plan.
 */
#include "service/alert_task.h"

#include "data/json.h"
#include "data/moment.h"

#include <sodium.h>

#define MESSAGE_BYTES_MAX ((size_t)64 * 1024)

static bool json_text(struct arena *a, struct value v, struct str *out, struct err *e)
{
	struct buf b;

	buf_in(&b, a, MESSAGE_BYTES_MAX);
	if (!json_write(&b, v, e))
		return false;
	*out = buf_str(&b);
	return true;
}

static struct str hex(struct arena *a, const unsigned char *at, size_t n)
{
	struct buf b;

	buf_in(&b, a, MESSAGE_BYTES_MAX);
	for (size_t i = 0; i < n; i++)
		buf_printf(&b, "%02x", at[i]);
	return buf_str(&b);
}

/* ---- the webhook ---- */

static struct str signature(struct arena *a, struct str secret, struct str timestamp,
			    struct str body)
{
	unsigned char mac[crypto_auth_hmacsha256_BYTES];
	crypto_auth_hmacsha256_state state;

	crypto_auth_hmacsha256_init(&state, (const unsigned char *)secret.at, secret.len);
	crypto_auth_hmacsha256_update(&state, (const unsigned char *)timestamp.at, timestamp.len);
	crypto_auth_hmacsha256_update(&state, (const unsigned char *)".", 1);
	crypto_auth_hmacsha256_update(&state, (const unsigned char *)body.at, body.len);
	crypto_auth_hmacsha256_final(&state, mac);
	sodium_memzero(&state, sizeof(state));
	return str_printf(a, "sha256=%s", hex(a, mac, sizeof(mac)).at);
}

/* The message without what only concerns the job. */
static struct value public_part(struct arena *a, struct value message)
{
	struct value map = value_map_copy(a, message);

	value_map_remove(map, STR("to"));
	return map;
}

bool alert_webhook(struct arena *a, const struct alerts_plan *plan, struct value message,
		   int64_t job, int64_t now_ms, struct header header[ALERT_HEADERS],
		   struct request *out, struct err *e)
{
	struct str stamp = str_printf(a, "%lld", (long long)(now_ms / 1000)), body;

	if (!json_text(a, public_part(a, message), &body, e))
		return err_wrap(e, "an alert");
	header[0] = (struct header){ STR("Content-Type"), STR("application/json") };
	header[1] = (struct header){ STR("X-Lockstep-Timestamp"), stamp };
	header[2] = (struct header){ STR("X-Lockstep-Signature"),
				     signature(a, plan->webhook_secret, stamp, body) };
	header[3] = (struct header){ STR("X-Lockstep-Delivery"),
				     str_printf(a, "%lld", (long long)job) };
	*out = (struct request){
		.method = "POST", .url = plan->webhook, .header = header, .headers = 4, .body = body
	};
	return true;
}

/* ---- Sentry ---- */

struct dsn {
	struct str key, url; /* url: of the project's envelopes */
};

/* https://KEY@HOST/PATH/PROJECT */
static bool dsn_parse(struct arena *a, struct str text, struct dsn *out, struct err *e)
{
	struct str rest = text, scheme = str_cut(&rest, ':'), key;
	size_t slash;

	if ((!str_eq(scheme, STR("https")) && !str_eq(scheme, STR("http"))) ||
	    !str_starts(rest, STR("//")))
		return err_set(e, ERR_CONFIG, "the Sentry DSN is not https://KEY@HOST/PROJECT");
	rest = str_slice(rest, 2, rest.len);
	key = str_cut(&rest, '@');
	slash = rest.len;
	while (slash > 0 && rest.at[slash - 1] != '/')
		slash--;
	if (key.len == 0 || slash < 2 || slash == rest.len)
		return err_set(e, ERR_CONFIG, "the Sentry DSN is not https://KEY@HOST/PROJECT");
	out->key = str_cut(&key, ':'); /* a second part is a secret of old days */
	out->url = str_printf(a, "%.*s://%.*s/api/%.*s/envelope/", STR_ARG(scheme), (int)slash - 1,
			      rest.at, (int)(rest.len - slash), rest.at + slash);
	return true;
}

/* The same for every attempt to deliver one message, so that a repeated one is known. */
static struct str event_id(struct arena *a, struct value message)
{
	unsigned char digest[crypto_hash_sha256_BYTES];
	struct str print = value_get_text(message, "fingerprint"),
		   at = value_get_text(message, "at");
	struct str all = str_printf(a, "%.*s %.*s", STR_ARG(print), STR_ARG(at));

	crypto_hash_sha256(digest, (const unsigned char *)all.at, all.len);
	return hex(a, digest, 16);
}

static struct value event_value(struct arena *a, struct value message, struct str version)
{
	struct value v = value_map_new(a), tags = value_map_new(a), print = value_list_new(a);
	struct value said = value_map_new(a);
	bool over = str_eq(value_get_text(message, "state"), STR("cleared"));

	value_map_set(a, v, STR("event_id"), value_str(event_id(a, message)));
	value_map_set(a, v, STR("timestamp"), value_str(value_get_text(message, "at")));
	value_map_set(a, v, STR("platform"), value_str(STR("native")));
	value_map_set(a, v, STR("level"), value_str(over ? STR("info") : STR("error")));
	value_map_set(a, v, STR("logger"), value_str(STR("lockstep")));
	value_map_set(a, v, STR("release"),
		      value_str(str_printf(a, "lockstep@%.*s", STR_ARG(version))));
	value_map_set(a, said, STR("formatted"), value_str(value_get_text(message, "text")));
	value_map_set(a, v, STR("logentry"), said);
	value_list_add(a, print, value_str(value_get_text(message, "fingerprint")));
	value_map_set(a, v, STR("fingerprint"), print);
	value_map_set(a, tags, STR("alert"), value_get(message, STR("alert")));
	value_map_set(a, tags, STR("state"), value_get(message, STR("state")));
	value_map_set(a, tags, STR("subject"), value_get(message, STR("subject")));
	value_map_set(a, v, STR("tags"), tags);
	return v;
}

bool alert_sentry(struct arena *a, const struct alerts_plan *plan, struct value message,
		  struct str version, int64_t now_ms, struct header header[ALERT_HEADERS],
		  struct request *out, struct err *e)
{
	struct str event, sent = moment_text(a, now_ms * 1000);
	struct dsn dsn;
	struct buf b;

	if (!dsn_parse(a, plan->sentry_dsn, &dsn, e))
		return false;
	if (!json_text(a, event_value(a, message, version), &event, e))
		return err_wrap(e, "an alert");
	buf_in(&b, a, 2 * MESSAGE_BYTES_MAX);
	buf_printf(&b, "{\"event_id\":\"%s\",\"sent_at\":\"%s\"}\n", event_id(a, message).at,
		   sent.at);
	buf_printf(&b, "{\"type\":\"event\",\"length\":%zu}\n", event.len);
	buf_add(&b, event);
	buf_char(&b, '\n');
	header[0] = (struct header){ STR("Content-Type"), STR("application/x-sentry-envelope") };
	header[1] = (struct header){
		STR("X-Sentry-Auth"),
		str_printf(a,
			   "Sentry sentry_version=7, sentry_client=lockstep/%.*s, sentry_key=%.*s",
			   STR_ARG(version), STR_ARG(dsn.key))
	};
	*out = (struct request){ .method = "POST",
				 .url = dsn.url,
				 .header = header,
				 .headers = 2,
				 .body = buf_str(&b) };
	return true;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * webhook.c - a vendor's call to us: genuine, new, about which records.
 *
 * Always: nothing of the body is looked at before its signature is right, and every candidate is
 * compared with every secret, whatever came of those before.
 */
#include "flow/webhook.h"

#include "data/json.h"
#include "flow/scope.h"
#include "store/delivery.h"

#include <sodium.h>

#define MAC_BYTES crypto_auth_hmacsha256_BYTES
#define CANDIDATES_MAX 16
#define SECRETS_MAX 2
#define SECRET_BYTES_MAX 512
#define ID_BYTES_MAX 200
#define STANDARD_PREFIX "whsec_" /* of the Standard Webhooks: Base64 follows */

static struct str header_of(const struct webhook_call *call, struct str name)
{
	struct str found = { NULL, 0 };

	for (size_t i = 0; i < call->headers; i++) {
		if (!str_eq_nocase(call->header[i].name, name))
			continue;
		/* Two of them: whoever stands between us and the vendor may read another. */
		if (found.at)
			return (struct str){ NULL, 0 };
		found = call->header[i].value;
	}
	return found;
}

/* ---- what stands in a header behind a prefix ---- */

/* The next item of "a,b c" that begins with `prefix`, without it; .at NULL when there is none. */
static struct str next_item(struct str header, size_t *at, struct str prefix)
{
	for (size_t i = *at; i < header.len; i++) {
		struct str rest = str_slice(header, i, header.len);
		size_t end = prefix.len;

		if (i > 0 && header.at[i - 1] != ',' && header.at[i - 1] != ' ')
			continue;
		if (!str_starts(rest, prefix))
			continue;
		while (end < rest.len && rest.at[end] != ',' && rest.at[end] != ' ')
			end++;
		*at = i + end;
		if (end > prefix.len)
			return str_slice(rest, prefix.len, end);
	}
	*at = header.len;
	return (struct str){ NULL, 0 };
}

/* ---- signatures ---- */

static bool decode(enum webhook_encoding encoding, struct str text, unsigned char out[MAC_BYTES])
{
	size_t n = 0;
	const char *end = NULL;
	int bad;

	if (encoding == WEBHOOK_HEX)
		bad = sodium_hex2bin(out, MAC_BYTES, text.at, text.len, NULL, &n, &end);
	else
		bad = sodium_base642bin(out, MAC_BYTES, text.at, text.len, NULL, &n, &end,
					sodium_base64_VARIANT_ORIGINAL);
	return !bad && n == MAC_BYTES && end == text.at + text.len;
}

static size_t key_of(struct str secret, unsigned char out[SECRET_BYTES_MAX])
{
	struct str standard = STR(STANDARD_PREFIX);
	size_t n = 0;

	if (secret.len > SECRET_BYTES_MAX)
		secret.len = SECRET_BYTES_MAX; /* loading refuses these */
	if (str_starts(secret, standard) &&
	    sodium_base642bin(out, SECRET_BYTES_MAX, secret.at + standard.len,
			      secret.len - standard.len, NULL, &n, NULL,
			      sodium_base64_VARIANT_ORIGINAL) == 0)
		return n;
	memcpy(out, secret.at, secret.len);
	return secret.len;
}

static void add(crypto_auth_hmacsha256_state *s, struct str text)
{
	crypto_auth_hmacsha256_update(s, (const unsigned char *)text.at, text.len);
}

/* What is signed: the plan's words around {id}, {timestamp} and {body}. */
static void sign(const struct webhook_plan *w, const struct webhook_call *call,
		 struct str timestamp, struct str secret, unsigned char mac[MAC_BYTES])
{
	unsigned char key[SECRET_BYTES_MAX];
	crypto_auth_hmacsha256_state s;
	struct str rest = w->signed_text;

	crypto_auth_hmacsha256_init(&s, key, key_of(secret, key));
	while (rest.len) {
		if (str_starts(rest, STR("{body}"))) {
			add(&s, call->body);
			rest = str_slice(rest, strlen("{body}"), rest.len);
		} else if (str_starts(rest, STR("{timestamp}"))) {
			add(&s, timestamp);
			rest = str_slice(rest, strlen("{timestamp}"), rest.len);
		} else if (str_starts(rest, STR("{id}"))) {
			add(&s, header_of(call, w->id_header));
			rest = str_slice(rest, strlen("{id}"), rest.len);
		} else {
			add(&s, str_slice(rest, 0, 1));
			rest = str_slice(rest, 1, rest.len);
		}
	}
	crypto_auth_hmacsha256_final(&s, mac);
	sodium_memzero(key, sizeof(key));
}

static bool signature_fits(const struct webhook_plan *w, const struct webhook_call *call,
			   struct str header, struct str timestamp)
{
	unsigned char mac[SECRETS_MAX][MAC_BYTES], got[MAC_BYTES];
	size_t secrets = w->old_secret.len ? 2 : 1, at = 0;
	int fits = 0;

	sign(w, call, timestamp, w->secret, mac[0]);
	if (secrets == 2)
		sign(w, call, timestamp, w->old_secret, mac[1]);
	for (int n = 0; n < CANDIDATES_MAX && at < header.len; n++) {
		struct str item = next_item(header, &at, w->signature_prefix);

		if (!item.at || !decode(w->encoding, item, got))
			continue;
		for (size_t i = 0; i < secrets; i++)
			fits |= sodium_memcmp(got, mac[i], MAC_BYTES) == 0;
	}
	return fits;
}

const char *webhook_check(const struct webhook_plan *w, const struct webhook_call *call,
			  int64_t now_wall_ms)
{
	struct str signature = header_of(call, w->signature_header);
	struct str timestamp = STR("");
	int64_t at_s = 0, now_s = now_wall_ms / 1000;
	size_t at = 0;

	if (call->body.len > WEBHOOK_BYTES_MAX)
		return "too_large";
	if (!signature.len)
		return "no_signature";
	if (w->timestamp_header.len) {
		timestamp =
			next_item(header_of(call, w->timestamp_header), &at, w->timestamp_prefix);
		if (!timestamp.at || !str_to_i64(timestamp, &at_s) || at_s < 0 ||
		    at_s > INT64_MAX / 1000)
			return "no_timestamp";
	}
	if (!signature_fits(w, call, signature, timestamp))
		return "bad_signature";
	if (w->timestamp_header.len &&
	    (at_s - now_s > w->tolerance_ms / 1000 || now_s - at_s > w->tolerance_ms / 1000))
		return "stale";
	return NULL;
}

/* ---- what it says ---- */

static struct value headers_map(struct arena *a, const struct webhook_call *call)
{
	struct value map = value_map_new(a);

	for (size_t i = 0; i < call->headers; i++) {
		char *name = arena_alloc(a, call->header[i].name.len + 1);
		struct str s = call->header[i].name;

		for (size_t k = 0; k < s.len; k++)
			name[k] = s.at[k] >= 'A' && s.at[k] <= 'Z' ? (char)(s.at[k] + 32) : s.at[k];
		value_map_set(a, map, (struct str){ name, s.len },
			      value_str(call->header[i].value));
	}
	return map;
}

static bool id_text(struct arena *a, struct value v, struct str *out)
{
	struct err unsaid;

	return (v.kind == VALUE_STR || v.kind == VALUE_INT || v.kind == VALUE_NUMBER) &&
	       value_as_text(a, v, out, &unsaid) && out->len > 0 && out->len <= ID_BYTES_MAX;
}

/* One id, or a list of them. */
static bool records_of(struct arena *a, struct value v, struct webhook_result *out)
{
	size_t n = v.kind == VALUE_LIST ? value_len(v) : 1;
	struct value_iter it = value_iter(v);
	struct value item = v;
	struct str key;

	if (n > WEBHOOK_RECORDS_MAX)
		return false;
	out->record = arena_new_array(a, struct str, n + 1);
	if (v.kind != VALUE_LIST) {
		out->records = 1;
		return id_text(a, v, &out->record[0]);
	}
	while (value_next(&it, &key, &item))
		if (!id_text(a, item, &out->record[out->records++]))
			return false;
	return true;
}

/* The vendor's name for the delivery, or what it says when it has none. */
static struct str delivery_id(struct arena *a, const struct webhook_plan *w,
			      const struct webhook_call *call)
{
	struct str id = w->id_header.len ? header_of(call, w->id_header) : STR("");
	unsigned char hash[MAC_BYTES];
	char hex[2 * MAC_BYTES + 1];
	struct str text = id.len ? id : call->body;

	if (id.len && id.len <= ID_BYTES_MAX && str_is_utf8(id))
		return id;
	crypto_generichash(hash, sizeof(hash), (const unsigned char *)text.at, text.len, NULL, 0);
	sodium_bin2hex(hex, sizeof(hex), hash, sizeof(hash));
	return str_printf(a, "#%s", hex);
}

static void refuse(struct webhook_result *out, const char *reason)
{
	out->outcome = WEBHOOK_REFUSED;
	out->reason = reason;
}

/* False: `out` says why there is nothing to do. */
static bool understand(struct clock *clock, const struct connection *c,
		       const struct webhook_plan *w, const struct webhook_call *call,
		       struct arena *a, struct webhook_result *out)
{
	struct value variable[WEBHOOK_VARIABLES] = {
		[WEBHOOK_HEADERS] = headers_map(a, call), [WEBHOOK_CONFIG] = c->config
	};
	struct expr_context x = { a, variable, clock };
	struct err unsaid; /* it may quote what a stranger sent */
	bool wanted = true;
	struct value v;

	if (!json_parse(a, call->body, &variable[WEBHOOK_PAYLOAD], NULL, &unsaid)) {
		refuse(out, "not_json");
		return false;
	}
	if ((w->when && !template_test(w->when, &x, &wanted, &unsaid)) ||
	    (wanted && !template_eval(w->records, &x, &v, &unsaid))) {
		refuse(out, "not_understood");
		return false;
	}
	if (!wanted || value_is_nothing(v) || (v.kind == VALUE_LIST && value_len(v) == 0)) {
		out->outcome = WEBHOOK_IGNORED;
		return false;
	}
	if (!records_of(a, v, out)) {
		out->records = 0;
		refuse(out, "bad_record_id");
		return false;
	}
	return true;
}

bool webhook_accept(struct db *d, struct clock *clock, const struct connection *c,
		    const struct webhook_plan *w, const struct webhook_call *call, struct arena *a,
		    struct webhook_result *out, struct err *e)
{
	int64_t now_ms = clock_wall_ms(clock);
	struct delivery delivery = { c->name, w->name, STR("") };
	const char *reason = webhook_check(w, call, now_ms);
	bool fresh;

	*out = (struct webhook_result){ .outcome = WEBHOOK_ACCEPTED, .stream = w->stream };
	if (reason) {
		refuse(out, reason);
		return true;
	}
	if (!understand(clock, c, w, call, a, out))
		return true;
	delivery.id = delivery_id(a, w, call);
	if (!delivery_add(d, &delivery, now_ms, &fresh, e))
		return err_wrap(e, "webhook '%.*s'", STR_ARG(w->name));
	if (!fresh)
		out->outcome = WEBHOOK_DUPLICATE;
	return true;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* t_alert_message.c - what goes to a webhook and to Sentry. */
#include "data/json.h"
#include "service/alert_task.h"
#include "tap.h"

#define NOW_MS ((int64_t)1800000000000)

static struct arena *a;
static struct value message;
static struct header header[ALERT_HEADERS];
static struct request q;

static struct value parsed(struct str text)
{
	struct value v = UNDEFINED;
	struct err e;

	OK(json_parse(a, text, &v, NULL, &e), "it is JSON");
	return v;
}

static const char *member(struct value map, const char *name)
{
	struct value v = value_get(map, str_from(name));

	return v.kind == VALUE_STR ? str_keep(a, v.s).at : "(none)";
}

static void a_webhook_is_signed(void)
{
	struct alerts_plan plan = { .webhook = STR("https://x.example.org/hook"),
				    .webhook_secret = STR("key") };
	struct err e;
	struct value v;

	OK(alert_webhook(a, &plan, message, 17, NOW_MS, header, &q, &e), "a request");
	IS(q.url.at, "https://x.example.org/hook", "to the webhook");
	IS(header[1].value.at, "1800000000", "timestamp");
	IS(header[3].value.at, "17", "delivery");
	/* printf '1800000000.BODY' | openssl dgst -sha256 -hmac key */
	IS(header[2].value.at,
	   "sha256=8a8838edcc607ee865671d809ab7511232de99da6e00cb4ccc1f6c9aa83dd0ad", "signature");
	v = parsed(q.body);
	IS(member(v, "alert"), "sync_stuck", "what");
	IS(member(v, "to"), "(none)", "whom it goes to is our own business");
}

static void an_envelope_has_three_lines(void)
{
	struct alerts_plan plan = { .sentry_dsn = STR("https://abc:old@s.example.org/sub/42") };
	struct str rest, line;
	struct value v;
	struct err e;
	int64_t length;

	OK(alert_sentry(a, &plan, message, STR("1.2.3"), NOW_MS, header, &q, &e), "a request");
	IS(q.url.at, "https://s.example.org/sub/api/42/envelope/", "to the project's envelopes");
	IS(header[1].value.at,
	   "Sentry sentry_version=7, sentry_client=lockstep/1.2.3, sentry_key=abc",
	   "with the key alone");
	rest = q.body;
	v = parsed(str_cut(&rest, '\n'));
	OK(strlen(member(v, "event_id")) == 32, "an id");
	v = parsed(str_cut(&rest, '\n'));
	length = value_get(v, STR("length")).i;
	line = str_cut(&rest, '\n');
	OK((int64_t)line.len == length && rest.len == 0, "the event is as long as it says");
	v = parsed(line);
	IS(member(v, "level"), "error", "level");
	IS(member(value_get(v, STR("tags")), "subject"), "connection:pp", "tags");
	IS(member(value_get(v, STR("logentry")), "formatted"), "it stands still", "text");
}

static void a_repeated_delivery_has_the_same_id(void)
{
	struct alerts_plan plan = { .sentry_dsn = STR("https://abc@s.example.org/42") };
	struct str first, again;
	struct err e;

	OK(alert_sentry(a, &plan, message, STR("1"), NOW_MS, header, &q, &e), "once");
	first = str_slice(q.body, 0, 50);
	OK(alert_sentry(a, &plan, message, STR("1"), NOW_MS + 99000, header, &q, &e), "again");
	again = str_slice(q.body, 0, 50);
	OK(str_eq(first, again), "the id is the same");
}

static void a_dsn_that_is_none_is_refused(void)
{
	static const char *const wrong[] = { "",
					     "abc",
					     "ftp://a@b/1",
					     "https://b.example.org/1",
					     "https://@b.example.org/1",
					     "https://a@b.example.org",
					     "https://a@b.example.org/",
					     "https://a@/1",
					     "https:a@b/1" };

	for (size_t i = 0; i < COUNT(wrong); i++) {
		struct alerts_plan plan = { .sentry_dsn = str_from(wrong[i]) };
		struct err e;

		OK(!alert_sentry(a, &plan, message, STR("1"), NOW_MS, header, &q, &e) &&
			   e.kind == ERR_CONFIG,
		   "'%s'", wrong[i]);
	}
}

int main(void)
{
	a = arena_new("test", (size_t)16 * 1024 * 1024);
	message = parsed(STR("{\"to\":\"webhook\",\"alert\":\"sync_stuck\",\"state\":\"raised\","
			     "\"subject\":\"connection:pp\",\"fingerprint\":\"f\","
			     "\"text\":\"it stands still\",\"at\":\"2027-01-15T08:00:00Z\"}"));
	a_webhook_is_signed();
	an_envelope_has_three_lines();
	a_repeated_delivery_has_the_same_id();
	a_dsn_that_is_none_is_refused();
	arena_free(a);
	return tap_done();
}

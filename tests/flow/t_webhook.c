/* SPDX-License-Identifier: Apache-2.0 */
/*
 * t_webhook.c - calls of a vendor: genuine ones are taken once, all others are refused.
 *
 * The signatures were made by another implementation (Python's hmac); the first is the one in
 * GitHub's documentation.
 */
#include "world.h"

#include "flow/webhook.h"
#include "store/delivery.h"
#include "tap.h"

#define SIGNED_S INT64_C(1700000000)
#define NEW "v1=940322811fd77a63e69f6f9558fe61f8dabb9e0047c6db201475c068c5026215"
#define OLD "v1=b0dad4c38063f31ae6b9b526cddb7430d8812c48264eacb7bd3676ad94d24978"
#define BAD "v1=85b56a22d3858687b2c0a84c42b3257e60af5cd5d12af54b88fa18c79b0b3a11"
#define STANDARD "v1,hIOuWtFI7m6vDTeRI2JkbNmdWMi1DumzHcNArI6IgY8="
#define HELLO "757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
#define CHANGED "3b84e9a0bc85d171e471dd7ec646143a10cb8ec9fd4d25df397d9388670fb4d6"
#define PING "c44d99ade78be5df77bd964287199126b16db562c438cba17d987df02bd494eb"
#define ODD_ID "f7ed04c71e1b4e620f9f6fc80f83df430ea581ccbaa9682d870c3217d64930a6"
#define NONE "2105b540ea26a427ffac5f8441009eee17f512b8024784ec09bbe46255aa5edf"
#define NOT_JSON "5b36aab72cdac56e70938c732b9aa22a9ed6d50cd5c8ed824d0252da1c326c91"

static struct world w;

static const struct webhook_plan *hook(const char *name)
{
	const struct webhook_plan *h = plan_webhook(w.connection, str_from(name));

	assert(h);
	return h;
}

struct attack {
	const char *hook, *signature, *body, *says, *what;
	int64_t late_s;
};

static const struct attack attacks[] = {
	{ "plain", "sha256=" HELLO, "Hello, World!", "", "a genuine call", 0 },
	{ "plain", "sha256=" HELLO, "Hello, World?", "bad_signature", "another body", 0 },
	{ "plain", "sha256=" HELLO, "Hello, World!\n", "bad_signature", "one byte more", 0 },
	{ "plain", "", "Hello, World!", "no_signature", "an empty signature", 0 },
	{ "plain", HELLO, "Hello, World!", "bad_signature", "no prefix", 0 },
	{ "plain", "sha1=" HELLO, "Hello, World!", "bad_signature", "another algorithm", 0 },
	{ "plain", "sha256=", "Hello, World!", "bad_signature", "a prefix alone", 0 },
	{ "plain", "sha256=757107ea", "Hello, World!", "bad_signature", "the beginning of it", 0 },
	{ "plain", "sha256=" HELLO "00", "Hello, World!", "bad_signature", "more than all of it",
	  0 },
	{ "plain", "sha256=zz", "Hello, World!", "bad_signature", "no digits", 0 },
	{ "plain", "sha256=00,sha256=" HELLO, "Hello, World!", "", "one of several", 0 },
	{ "timed", "t=1700000000," NEW, "{\"id\":5}", "", "a signed time", 0 },
	{ "timed", "t=1700000000," OLD, "{\"id\":5}", "", "the secret before", 0 },
	{ "timed", "t=1700000000," BAD, "{\"id\":5}", "bad_signature", "another secret", 0 },
	{ "timed", "t=1700000001," NEW, "{\"id\":5}", "bad_signature", "another time", 0 },
	{ "timed", NEW, "{\"id\":5}", "no_timestamp", "no time", 0 },
	{ "timed", "t=abc," NEW, "{\"id\":5}", "no_timestamp", "a time that is none", 0 },
	{ "timed", "t=99999999999999999999," NEW, "{\"id\":5}", "no_timestamp", "a huge time", 0 },
	{ "timed", "t=-1700000000," NEW, "{\"id\":5}", "no_timestamp", "a negative time", 0 },
	{ "timed", "t=1700000000," NEW, "{\"id\":5}", "", "five minutes late", 300 },
	{ "timed", "t=1700000000," NEW, "{\"id\":5}", "stale", "later than that", 301 },
	{ "timed", "t=1700000000," NEW, "{\"id\":5}", "stale", "too early", -301 },
	{ "standard", STANDARD, "{\"id\":5}", "", "a Standard Webhook", 0 },
	{ "standard", "v1,AAAA " STANDARD, "{\"id\":5}", "", "with two signatures", 0 },
	{ "standard", "v2," HELLO, "{\"id\":5}", "bad_signature", "of another version", 0 },
};

static void only_genuine_calls_pass(void)
{
	for (size_t i = 0; i < COUNT(attacks); i++) {
		const struct attack *t = &attacks[i];
		const struct webhook_plan *h = hook(t->hook);
		const struct header header[] = {
			{ STR("content-type"), STR("application/json") },
			{ h->signature_header, str_from(t->signature) },
			{ STR("webhook-id"), STR("msg_1") },
			{ STR("webhook-timestamp"), STR("1700000000") },
		};
		struct webhook_call call = { header, COUNT(header), str_from(t->body) };
		const char *says = webhook_check(h, &call, (SIGNED_S + t->late_s) * 1000);

		IS(says ? says : "", t->says, t->what);
	}
}

static void two_signature_headers_are_none(void)
{
	const struct header header[] = {
		{ STR("X-Hub-Signature-256"), STR("sha256=" HELLO) },
		{ STR("x-hub-signature-256"), STR("sha256=" HELLO) },
	};
	struct webhook_call call = { header, 2, STR("Hello, World!") };

	IS(webhook_check(hook("plain"), &call, 0), "no_signature",
	   "a header that is there twice may mean two things");
}

static struct webhook_result deliver(const char *signature, const char *id, const char *body)
{
	const struct header header[] = {
		{ STR("X-Hub-Signature-256"), str_printf(w.arena, "sha256=%s", signature) },
		{ STR("X-Delivery"), str_from(id) },
	};
	struct webhook_call call = { header, *id ? 2 : 1, str_from(body) };
	struct webhook_result r;

	must(webhook_accept(w.real, &w.clock.clock, w.connection, hook("plain"), &call, w.arena, &r,
			    &oops));
	return r;
}

static void deliveries_are_taken_once(void)
{
	const char *changed = "{\"type\":\"changed\",\"ids\":[7,\"x8\"]}";
	struct webhook_result r;
	int64_t deleted = 0;

	must(db_begin(w.real, &oops));
	r = deliver(CHANGED, "d1", changed);
	db_rollback(w.real);
	OK(r.outcome == WEBHOOK_ACCEPTED && r.records == 2 && str_eq(r.record[0], STR("7")) &&
		   str_eq(r.record[1], STR("x8")) && str_eq(r.stream->name, STR("shelves")),
	   "it says which records of which stream");
	OK(deliver(CHANGED, "d1", changed).outcome == WEBHOOK_ACCEPTED,
	   "what was rolled back was not taken");
	OK(deliver(CHANGED, "d1", changed).outcome == WEBHOOK_DUPLICATE, "the second time it was");
	OK(deliver(CHANGED, "d2", changed).outcome == WEBHOOK_ACCEPTED, "another delivery is new");
	OK(deliver(CHANGED, "", changed).outcome == WEBHOOK_ACCEPTED &&
		   deliver(CHANGED, "", changed).outcome == WEBHOOK_DUPLICATE,
	   "without a name the body is the name");
	must(delivery_cleanup(w.real, INT64_MAX, &deleted, &oops));
	OK(deleted == 3, "they can be forgotten");
}

static void what_is_nothing_of_ours_is_passed_over(void)
{
	struct webhook_result r = deliver(PING, "p", "{\"type\":\"ping\"}");

	OK(r.outcome == WEBHOOK_IGNORED, "a condition that is false");
	OK(deliver(NONE, "n", "{\"type\":\"changed\",\"ids\":[]}").outcome == WEBHOOK_IGNORED,
	   "no records");
	r = deliver(ODD_ID, "o", "{\"type\":\"changed\",\"ids\":[{}]}");
	OK(r.outcome == WEBHOOK_REFUSED && r.records == 0, "an id that is none");
	r = deliver(NOT_JSON, "j", "not json");
	OK(r.outcome == WEBHOOK_REFUSED && strcmp(r.reason, "not_json") == 0, "no JSON");
	r = deliver(HELLO, "f", "not json");
	OK(r.outcome == WEBHOOK_REFUSED && strcmp(r.reason, "bad_signature") == 0,
	   "a forged one is not even read");
	OK(world_int(&w, "SELECT count(*) FROM lockstep_deliveries") == 0,
	   "and none of them is remembered");
}

int main(void)
{
	struct str *statement = NULL;
	size_t n = 0;

	world_open(&w, "hook", NULL);
	must(delivery_plan(w.real, w.arena, &statement, &n, &oops));
	must(schema_apply(w.real, statement, n, &oops));
	only_genuine_calls_pass();
	two_signature_headers_are_none();
	deliveries_are_taken_once();
	what_is_nothing_of_ours_is_passed_over();
	world_close(&w);
	return tap_done();
}

/* SPDX-License-Identifier: Apache-2.0 */
/* t_setting_view.c - settings are told with where they come from, and no secret is. */
#include "base/buf.h"
#include "data/json.h"
#include "service/setting_view.h"
#include "tap.h"

static const char spec[] =
	"{\"properties\": {\"client_secret\": {\"type\": \"string\", \"airbyte_secret\": true},"
	"\"refresh_token\": {\"type\": \"string\", \"airbyte_secret\": true},"
	"\"api_token\": {\"type\": \"string\"}, \"token_url\": {\"type\": \"string\"},"
	"\"proxy\": {\"type\": \"string\"}, \"page\": {\"type\": \"integer\"},"
	"\"more\": {\"type\": \"object\"}, \"shown\": {\"type\": \"string\"}}}";
static const char config[] =
	"{\"client_secret\": \"canary-1\", \"api_token\": \"canary-2\","
	"\"token_url\": \"https://vendor.example/token\","
	"\"proxy\": \"http://ana:canary-3@proxy.example\", \"page\": 20,"
	"\"more\": {\"deep\": \"canary-4\"}, \"shown\": \"yes\","
	"\"unknown\": \"canary-5\", \"unknown_password\": \"canary-6\", \"unknown_passphrase\": \"canary-7\", \"unknown_plain\": \"no\"}";
static const char from[] = "{\"client_secret\": \"environment\", \"page\": \"plan\","
			   "\"unknown\": \"environment\", \"unknown_password\": \"plan\","
			   "\"unknown_plain\": \"plan\"}";

static struct arena *a;

static struct value json(const char *text)
{
	struct value v;
	struct err e;

	if (!json_parse(a, str_from(text), &v, NULL, &e))
		OK(false, "%s", e.text);
	return v;
}

static const char *told(struct value settings, const char *name)
{
	struct value_iter it = value_iter(settings);
	struct value one, v;
	struct str key;

	while (value_next(&it, &key, &one))
		if (str_eq(value_get(one, STR("section")).s, STR("config")) &&
		    str_eq(value_get(one, STR("name")).s, str_from(name))) {
			v = value_get(one, STR("value"));
			return str_printf(a, "%.*s, %s, %.*s",
					  v.kind == VALUE_STR ? (int)v.s.len : 1,
					  v.kind == VALUE_STR ? v.s.at : "#",
					  value_get(one, STR("secret")).b ? "secret" : "plain",
					  STR_ARG(value_get(one, STR("from")).s))
				.at;
		}
	return "not there";
}

int main(void)
{
	struct manifest m = { .name = STR("vendor") };
	struct connection n = { .name = STR("v"), .manifest = &m };
	struct value settings;
	struct buf b;
	struct err e;

	a = arena_new("test", (size_t)4 << 20);
	m.spec = json(spec);
	n.config = json(config);
	n.config_from = json(from);
	settings = setting_views(a, &n);
	IS(told(settings, "client_secret"), "set, secret, environment", "the spec says so");
	IS(told(settings, "refresh_token"), "not set, secret, default", "one that is not set");
	IS(told(settings, "api_token"), "set, secret, default", "named like one");
	IS(told(settings, "token_url"), "https://vendor.example/token, plain, default",
	   "an address is none");
	IS(told(settings, "proxy"), "set, secret, default", "a password in an address");
	IS(told(settings, "page"), "#, plain, plan", "a number of the plan's");
	IS(told(settings, "more"), "set, secret, default", "what is not looked into");
	IS(told(settings, "shown"), "yes, plain, default", "a text");
	IS(told(settings, "unknown"), "set, secret, environment",
	   "of the spec unknown, from outside");
	IS(told(settings, "unknown_password"), "set, secret, plan", "unknown, and named like one");
	IS(told(settings, "unknown_plain"), "no, plain, plan", "unknown, and in the plan");
	buf_in(&b, a, (size_t)1 << 20);
	OK(json_write(&b, settings, &e) && str_find(buf_str(&b), STR("canary")) < 0, "no secret");
	n.config_from = (struct value){ 0 };
	IS(told(setting_views(a, &n), "shown"), "yes, plain, default", "a plan without any config");
	arena_free(a);
	return tap_done();
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fc_check.c - a request to scrape judged as strictly as the vendor does: a key that nobody knows,
 * a format without its options, a wait longer than half of the timeout are refused.
 */
#include "fc.h"

#include "data/json.h"

#define V1_TIMEOUT_MS 30000
#define V2_TIMEOUT_MS 60000
#define V2_TIMEOUT_MIN_MS 1000
#define TIMEOUT_MAX_MS 300000
#define WAIT_MAX_MS 60000
#define V2_MAX_AGE_MS 172800000
#define PROMPT_MAX 10000
#define SCHEMA_DEPTH_MAX 32

enum { V1 = 1, V2 = 2, BOTH = 3 };

static const struct {
	const char *name;
	int versions;
	char type; /* s text, n number, b bool, a array, o object, * anything */
} keys[] = {
	{ "url", BOTH, 's' },
	{ "formats", BOTH, 'a' },
	{ "headers", BOTH, 'o' },
	{ "includeTags", BOTH, 'a' },
	{ "excludeTags", BOTH, 'a' },
	{ "onlyMainContent", BOTH, 'b' },
	{ "timeout", BOTH, 'n' },
	{ "waitFor", BOTH, 'n' },
	{ "mobile", BOTH, 'b' },
	{ "actions", BOTH, 'a' },
	{ "location", BOTH, 'o' },
	{ "skipTlsVerification", BOTH, 'b' },
	{ "removeBase64Images", BOTH, 'b' },
	{ "fastMode", BOTH, 'b' },
	{ "blockAds", BOTH, 'b' },
	{ "proxy", BOTH, 's' },
	{ "maxAge", BOTH, 'n' },
	{ "storeInCache", BOTH, 'b' },
	{ "zeroDataRetention", BOTH, 'b' },
	{ "origin", BOTH, 's' },
	{ "integration", BOTH, 's' },
	{ "extract", V1, 'o' },
	{ "jsonOptions", V1, 'o' },
	{ "changeTrackingOptions", V1, 'o' },
	{ "agent", V1, 'o' },
	{ "parsePDF", V1, 'b' },
	{ "minAge", V2, 'n' },
	{ "parsers", V2, 'a' },
	{ "lockdown", V2, 'b' },
	{ "redactPII", V2, '*' },
	{ "profile", V2, 'o' },
	{ "threatProtection", V2, '*' },
};

static const struct {
	const char *name;
	int versions;
	size_t offset; /* of a bool in struct fc_want; 0: nothing comes of it */
} formats[] = {
	{ "markdown", BOTH, offsetof(struct fc_want, markdown) },
	{ "html", BOTH, offsetof(struct fc_want, html) },
	{ "rawHtml", BOTH, offsetof(struct fc_want, raw_html) },
	{ "links", BOTH, offsetof(struct fc_want, links) },
	{ "summary", BOTH, offsetof(struct fc_want, summary) },
	{ "json", BOTH, offsetof(struct fc_want, json) },
	{ "extract", V1, offsetof(struct fc_want, extract) },
	{ "screenshot", BOTH, 0 },
	{ "screenshot@fullPage", V1, 0 },
	{ "changeTracking", BOTH, 0 },
	{ "images", V2, 0 },
	{ "branding", V2, 0 },
	{ "attributes", V2, 0 },
};

/* The judgement so far. */
struct judge {
	struct fc_want *want;
	struct buf *details;
};

static bool refuse(struct judge *j, const char *code, const char *path, const char *message)
{
	if (j->details->len)
		buf_char(j->details, ',');
	buf_printf(j->details, "{\"code\":\"%s\",\"path\":[", code);
	if (path)
		buf_printf(j->details, "\"%s\"", path);
	buf_add(j->details, STR("],\"message\":"));
	json_write_str(j->details, str_from(message));
	buf_char(j->details, '}');
	return false;
}

static bool is_type(yyjson_val *v, char type)
{
	switch (type) {
	case 's':
		return yyjson_is_str(v);
	case 'n':
		return yyjson_is_num(v);
	case 'b':
		return yyjson_is_bool(v);
	case 'a':
		return yyjson_is_arr(v);
	case 'o':
		return yyjson_is_obj(v);
	default:
		return true;
	}
}

static void unknown_key(struct judge *j, struct str name)
{
	if (j->details->len)
		buf_char(j->details, ',');
	buf_add(j->details, STR("{\"code\":\"unrecognized_keys\",\"keys\":["));
	json_write_str(j->details, name);
	buf_printf(
		j->details,
		"],\"path\":[],\"message\":\"Unrecognized key in body -- please review the v%d API "
		"documentation for request body changes\"}",
		j->want->version);
}

static void judge_key(struct judge *j, yyjson_val *key, yyjson_val *v)
{
	struct str name = { yyjson_get_str(key), yyjson_get_len(key) };

	for (size_t i = 0; i < COUNT(keys); i++) {
		if (!str_eq(name, str_from(keys[i].name)) || !(keys[i].versions & j->want->version))
			continue;
		if (!is_type(v, keys[i].type))
			refuse(j, "invalid_type", keys[i].name, "Invalid input");
		return;
	}
	unknown_key(j, name);
}

static bool known_type(yyjson_val *type)
{
	static const char *const types[] = { "object",  "array",   "string", "number",
					     "integer", "boolean", "null" };

	for (size_t i = 0; i < COUNT(types); i++)
		if (yyjson_equals_str(type, types[i]))
			return true;
	return false;
}

static bool good_type(yyjson_val *type)
{
	yyjson_arr_iter it = yyjson_arr_iter_with(type);
	yyjson_val *one;

	if (!type || yyjson_is_str(type))
		return !type || known_type(type);
	while ((one = yyjson_arr_iter_next(&it)))
		if (!known_type(one))
			return false;
	return yyjson_arr_size(type) > 0;
}

static bool good_schema(yyjson_val *schema, int depth)
{
	yyjson_val *properties = yyjson_obj_get(schema, "properties");
	yyjson_val *required = yyjson_obj_get(schema, "required");
	yyjson_val *items = yyjson_obj_get(schema, "items");
	yyjson_obj_iter it = yyjson_obj_iter_with(properties);
	yyjson_val *key;

	if (!yyjson_is_obj(schema) || depth > SCHEMA_DEPTH_MAX ||
	    !good_type(yyjson_obj_get(schema, "type")))
		return false;
	if ((properties && !yyjson_is_obj(properties)) || (required && !yyjson_is_arr(required)))
		return false;
	while ((key = yyjson_obj_iter_next(&it)))
		if (!good_schema(yyjson_obj_iter_get_val(key), depth + 1))
			return false;
	return !items || good_schema(items, depth + 1);
}

/* What goes with a format for the model: `allowed` are the names of its members. */
static void judge_options(struct judge *j, yyjson_val *options, const char *path,
			  const char *const *allowed)
{
	yyjson_val *schema = yyjson_obj_get(options, "schema");
	yyjson_obj_iter it = yyjson_obj_iter_with(options);
	yyjson_val *key;

	while ((key = yyjson_obj_iter_next(&it))) {
		const char *const *name = allowed;

		while (*name && !yyjson_equals_str(key, *name))
			name++;
		if (!*name)
			unknown_key(j, str_from(yyjson_get_str(key)));
	}
	if (schema && !good_schema(schema, 0))
		refuse(j, "custom", path, "Invalid JSON schema.");
	if (yyjson_get_len(yyjson_obj_get(options, "prompt")) > PROMPT_MAX)
		refuse(j, "too_big", path, "String must contain at most 10000 character(s)");
	if (schema)
		j->want->schema = schema;
}

static void judge_format(struct judge *j, yyjson_val *format)
{
	static const char *const allowed[] = { "type", "schema", "prompt", NULL };
	bool object = j->want->version == 2 && yyjson_is_obj(format);
	yyjson_val *name = object ? yyjson_obj_get(format, "type") : format;
	bool yes = true;

	for (size_t i = 0; i < COUNT(formats); i++) {
		if (!yyjson_equals_str(name, formats[i].name) ||
		    !(formats[i].versions & j->want->version))
			continue;
		if (formats[i].offset)
			memcpy((char *)j->want + formats[i].offset, &yes, sizeof yes);
		if (j->want->version == 2 && yyjson_equals_str(name, "json")) {
			if (object)
				judge_options(j, format, "formats", allowed);
			else
				refuse(j, "custom", "formats",
				       "json format must be an object with { type: 'json', prompt, "
				       "schema }");
		}
		return;
	}
	refuse(j, "invalid_enum_value", "formats", "Invalid enum value");
}

static void judge_formats(struct judge *j, yyjson_val *root)
{
	static const char *const allowed[] = { "mode",   "schema",      "systemPrompt",
					       "prompt", "temperature", "agent",
					       NULL };
	yyjson_val *list = yyjson_obj_get(root, "formats");
	yyjson_val *extract = yyjson_obj_get(root, "extract");
	yyjson_val *options = yyjson_obj_get(root, "jsonOptions");
	yyjson_arr_iter it = yyjson_arr_iter_with(list);
	yyjson_val *one;

	if (!list)
		j->want->markdown = true;
	while ((one = yyjson_arr_iter_next(&it)))
		judge_format(j, one);
	if (j->want->version != 1)
		return;
	if (j->want->extract != (extract != NULL) || j->want->json != (options != NULL))
		refuse(j, "custom", NULL,
		       "When 'extract' or 'json' format is specified, corresponding options must "
		       "be provided, and vice versa");
	if (extract)
		judge_options(j, extract, "extract", allowed);
	if (options)
		judge_options(j, options, "jsonOptions", allowed);
}

static int64_t number_or(yyjson_val *root, const char *name, int64_t otherwise)
{
	yyjson_val *v = yyjson_obj_get(root, name);
	double d = yyjson_get_num(v);

	if (!yyjson_is_num(v))
		return otherwise;
	return d >= -1e15 && d <= 1e15 ? (int64_t)d : -1;
}

static void judge_times(struct judge *j, yyjson_val *root)
{
	struct fc_want *w = j->want;
	bool model = w->json || w->extract;
	bool v2 = w->version == 2;

	w->timeout_ms = number_or(root, "timeout", v2 ? V2_TIMEOUT_MS : V1_TIMEOUT_MS);
	w->wait_ms = number_or(root, "waitFor", 0);
	w->max_age_ms = number_or(root, "maxAge", v2 ? V2_MAX_AGE_MS : 0);
	if (w->timeout_ms < (v2 ? V2_TIMEOUT_MIN_MS : 1))
		refuse(j, "too_small", "timeout", "Number must be greater than or equal to 1000");
	if (v2 && w->timeout_ms > TIMEOUT_MAX_MS)
		refuse(j, "too_big", "timeout", "Number must be less than or equal to 300000");
	if (w->wait_ms < 0 || w->wait_ms > WAIT_MAX_MS)
		refuse(j, "too_big", "waitFor", "Number must be less than or equal to 60000");
	else if (w->wait_ms > w->timeout_ms / 2)
		refuse(j, "custom", NULL, "waitFor must not exceed half of timeout");
	if (w->max_age_ms < 0)
		refuse(j, "too_small", "maxAge", "Number must be greater than or equal to 0");
	/* v1 takes its own default for a mistake where a model has to answer. */
	if (!v2 && w->timeout_ms == V1_TIMEOUT_MS && model)
		w->timeout_ms = V2_TIMEOUT_MS;
}

static void judge_proxy(struct judge *j, yyjson_val *root)
{
	static const char *const known[] = { "basic", "stealth", "auto", "enhanced" };
	yyjson_val *proxy = yyjson_obj_get(root, "proxy");
	size_t n = j->want->version == 2 ? COUNT(known) : COUNT(known) - 1;

	j->want->proxy = STR("basic");
	if (!proxy)
		return;
	for (size_t i = 0; i < n; i++)
		if (yyjson_equals_str(proxy, known[i]))
			j->want->proxy = str_from(known[i]);
	if (!yyjson_equals_strn(proxy, j->want->proxy.at, j->want->proxy.len))
		refuse(j, "invalid_enum_value", "proxy", "Invalid enum value");
}

static bool is_label_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '-' || c == '.' || c == '_';
}

/* A host with a dot and letters behind the last one. */
static bool good_host(struct str host)
{
	size_t dot = host.len;

	for (size_t i = 0; i < host.len; i++)
		if (!is_label_char(host.at[i]))
			return false;
	while (dot && host.at[dot - 1] != '.')
		dot--;
	if (dot < 2 || host.len - dot < 2)
		return false;
	for (size_t i = dot; i < host.len; i++)
		if ((host.at[i] | 0x20) < 'a' || (host.at[i] | 0x20) > 'z')
			return false;
	return true;
}

static void judge_url(struct judge *j, yyjson_val *root, struct arena *a)
{
	yyjson_val *v = yyjson_obj_get(root, "url");
	struct str url = { yyjson_get_str(v), yyjson_get_len(v) }, rest, host;
	ptrdiff_t scheme;

	if (!yyjson_is_str(v)) {
		if (!v)
			refuse(j, "invalid_type", "url", "Required");
		return;
	}
	url = str_trim(url);
	scheme = str_find(url, STR("://"));
	if (scheme < 0) {
		url = str_printf(a, "http://%.*s", STR_ARG(url));
		scheme = 4;
	}
	if (!str_eq_nocase(str_slice(url, 0, (size_t)scheme), STR("http")) &&
	    !str_eq_nocase(str_slice(url, 0, (size_t)scheme), STR("https"))) {
		refuse(j, "custom", "url", "URL uses unsupported protocol");
		return;
	}
	rest = str_slice(url, (size_t)scheme + 3, url.len);
	host = str_cut(&rest, '/');
	host = str_cut(&host, '?');
	host = str_cut(&host, ':');
	if (!good_host(host))
		refuse(j, "custom", "url",
		       "URL must have a valid top-level domain or be a valid path");
	j->want->url = str_keep(a, url);
}

bool fc_check(yyjson_val *root, int version, struct arena *a, struct fc_want *want,
	      struct buf *details)
{
	struct judge j = { want, details };
	yyjson_obj_iter it = yyjson_obj_iter_with(root);
	yyjson_val *key;

	*want = (struct fc_want){ .version = version, .store = true };
	if (!yyjson_is_obj(root))
		return refuse(&j, "invalid_type", NULL, "Expected object");
	while ((key = yyjson_obj_iter_next(&it)))
		judge_key(&j, key, yyjson_obj_iter_get_val(key));
	judge_url(&j, root, a);
	judge_formats(&j, root);
	judge_times(&j, root);
	judge_proxy(&j, root);
	want->store = !yyjson_is_false(yyjson_obj_get(root, "storeInCache"));
	want->own_headers = yyjson_obj_size(yyjson_obj_get(root, "headers")) > 0;
	want->zero_retention = yyjson_is_true(yyjson_obj_get(root, "zeroDataRetention"));
	return details->len == 0;
}

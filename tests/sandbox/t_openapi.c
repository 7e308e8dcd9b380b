/* SPDX-License-Identifier: Apache-2.0 */
/* t_openapi.c - an OpenAPI file judges bodies and answers, and says why. */
#include "embedded.h"
#include "schema.h"
#include "tap.h"

static struct arena *arena;

/* What is said of `value` against `schema`, with `defs` to refer to. */
static const char *said(const char *schema, const char *value)
{
	static const char defs[] =
		"{\"components\":{\"schemas\":{\"Id\":{\"type\":\"integer\"},\"Loop\":{\"$ref\":"
		"\"#/components/schemas/Loop\"},\"Name\":{\"type\":\"string\",\"minLength\":2}}}}";
	yyjson_doc *root = yyjson_read(defs, strlen(defs), 0);
	yyjson_doc *s = yyjson_read(schema, strlen(schema), 0);
	yyjson_doc *v = yyjson_read(value, strlen(value), 0);
	struct place place = { .name = "body" };
	struct buf list;
	struct complaints c = { .list = &list };

	buf_in(&list, arena, 64 << 10);
	schema_check(yyjson_doc_get_root(root), yyjson_doc_get_root(s), yyjson_doc_get_root(v),
		     &place, &c);
	yyjson_doc_free(root);
	yyjson_doc_free(s);
	yyjson_doc_free(v);
	return buf_str(&list).at;
}

#define COMPLAINT(loc, msg, type) \
	"{\"loc\":[\"body\"" loc "],\"msg\":\"" msg "\",\"type\":\"" type "\"}"
#define USER                                                                   \
	"{\"type\":\"object\",\"required\":[\"id\",\"name\"],\"properties\":{" \
	"\"id\":{\"$ref\":\"#/components/schemas/Id\"},"                       \
	"\"name\":{\"$ref\":\"#/components/schemas/Name\"},"                   \
	"\"note\":{\"anyOf\":[{\"type\":\"string\"},{\"type\":\"null\"}]}}}"

static const struct {
	const char *what, *schema, *value, *said;
} cases[] = {
	{ "anything passes {}", "{}", "[1,{\"a\":null}]", "" },
	{ "a whole number is an integer", "{\"type\":\"integer\"}", "12", "" },
	{ "a negative one too", "{\"type\":\"integer\"}", "-12", "" },
	{ "1.5 is none", "{\"type\":\"integer\"}", "1.5",
	  COMPLAINT("", "Input should be a valid integer", "int_type") },
	{ "a text is none", "{\"type\":\"integer\"}", "\"1\"",
	  COMPLAINT("", "Input should be a valid integer", "int_type") },
	{ "true is none", "{\"type\":\"integer\"}", "true",
	  COMPLAINT("", "Input should be a valid integer", "int_type") },
	{ "1.5 is a number", "{\"type\":\"number\"}", "1.5", "" },
	{ "null is no text", "{\"type\":\"string\"}", "null",
	  COMPLAINT("", "Input should be a valid string", "string_type") },
	{ "0 is no boolean", "{\"type\":\"boolean\"}", "0",
	  COMPLAINT("", "Input should be a valid boolean", "bool_type") },
	{ "an object is no list", "{\"type\":\"array\"}", "{}",
	  COMPLAINT("", "Input should be a valid list", "list_type") },
	{ "a list is no object", "{\"type\":\"object\"}", "[]",
	  COMPLAINT("", "Input should be a valid dictionary", "dict_type") },
	{ "each item is looked at", "{\"type\":\"array\",\"items\":{\"type\":\"string\"}}",
	  "[\"a\",1,\"b\",null]",
	  COMPLAINT(",1", "Input should be a valid string", "string_type") "," COMPLAINT(
		  ",3", "Input should be a valid string", "string_type") },
	{ "members are looked at in the file's order", USER, "{\"name\":7}",
	  COMPLAINT(",\"id\"", "Field required", "missing") "," COMPLAINT(
		  ",\"name\"", "Input should be a valid string", "string_type") },
	{ "an optional member may be missing", USER, "{\"id\":1,\"name\":\"ab\"}", "" },
	{ "or null where that is allowed", USER, "{\"id\":1,\"name\":\"ab\",\"note\":null}", "" },
	{ "but not another thing", USER, "{\"id\":1,\"name\":\"ab\",\"note\":[]}",
	  COMPLAINT(",\"note\"", "Input should be a valid string", "string_type") },
	{ "null is not a missing required member", USER, "{\"id\":null,\"name\":\"ab\"}",
	  COMPLAINT(",\"id\"", "Input should be a valid integer", "int_type") },
	{ "members that nobody knows are let through", USER, "{\"id\":1,\"name\":\"ab\",\"x\":{}}",
	  "" },
	{ "a body that is none", USER, "\"x\"",
	  COMPLAINT("", "Input should be a valid dictionary or object to extract fields from",
		    "model_attributes_type") },
	{ "minLength counts characters, not bytes", USER, "{\"id\":1,\"name\":\"\xc3\xa9\"}",
	  COMPLAINT(",\"name\"", "String should have at least 2 characters", "string_too_short") },
	{ "an enum lets its words through", "{\"type\":\"string\",\"enum\":[\"a\",\"b\"]}", "\"b\"",
	  "" },
	{ "and no other", "{\"type\":\"string\",\"enum\":[\"a\",\"b\",\"c\"]}", "\"d\"",
	  COMPLAINT("", "Input should be 'a', 'b' or 'c'", "literal_error") },
	{ "additionalProperties: the others have a schema",
	  "{\"type\":\"object\",\"additionalProperties\":{\"type\":\"integer\"}}",
	  "{\"web\":1,\"osint\":\"2\"}",
	  COMPLAINT(",\"osint\"", "Input should be a valid integer", "int_type") },
	{ "a $ref that leads nowhere allows anything", "{\"$ref\":\"#/components/schemas/No\"}",
	  "1", "" },
	{ "and one that leads to itself", "{\"$ref\":\"#/components/schemas/Loop\"}", "1", "" },
	{ "an address", "{\"type\":\"string\",\"format\":\"email\"}", "\"ada@example.org\"", "" },
	{ "not an address", "{\"type\":\"string\",\"format\":\"email\"}", "\"ada\"",
	  COMPLAINT("", "value is not a valid email address", "value_error") },
};

static const struct {
	const char *text;
	bool valid, strictly;
} emails[] = {
	{ "a@b.co", true, true },
	{ "first.last+tag@sub.example.org", true, true },
	{ "j\xc3\xb6rg@m\xc3\xbcller.example", true, true },
	{ "coach@mock.metactf.local", true, false },
	{ "a@b.TEST", true, false },
	{ "", false, false },
	{ "a", false, false },
	{ "@", false, false },
	{ "@b.co", false, false },
	{ "a@", false, false },
	{ "a@b", false, false },
	{ "a@b.", false, false },
	{ "a@.b", false, false },
	{ "a@b..co", false, false },
	{ "a@-b.co", false, false },
	{ "a@b_c.co", false, false },
	{ "a@b@c.co", false, false },
	{ "a b@c.co", false, false },
	{ ".a@b.co", false, false },
	{ "a.@b.co", false, false },
	{ "a..b@c.co", false, false },
	{ "a\n@b.co", false, false },
};

static void each_word_of_a_schema_is_understood(void)
{
	for (size_t i = 0; i < COUNT(cases); i++)
		IS(said(cases[i].schema, cases[i].value), cases[i].said, cases[i].what);
}

static void an_email_address_has_its_form(void)
{
	for (size_t i = 0; i < COUNT(emails); i++) {
		struct str s = str_from(emails[i].text);

		OK(email_valid(s, false) == emails[i].valid, "address %zu", i);
		OK(email_valid(s, true) == emails[i].strictly, "address %zu, strictly", i);
	}
}

/* What is said of a body of POST /users by the vendor's own file. */
static const char *body_said(const struct openapi *o, const char *type, const char *body)
{
	bool known;
	const struct operation *op = openapi_find(
		o, STR("POST"), STR("/integrations/syned/v1/users/delete_assignment"), &known);
	struct buf list;
	struct complaints c = { .list = &list };
	yyjson_val *value;

	buf_in(&list, arena, 64 << 10);
	openapi_check_body(o, op, type, str_from(body), arena, &value, &c);
	return buf_str(&list).at;
}

static void a_body_is_read_as_the_vendor_reads_it(const struct openapi *o)
{
	static const char good[] = "{\"syned_user_id\":\"u\"}";
	static const char not_json[] =
		COMPLAINT("", "Input should be a valid dictionary or object to extract fields from",
			  "model_attributes_type");

	IS(body_said(o, "application/json", good), "", "JSON");
	IS(body_said(o, NULL, good), "", "JSON without a type");
	IS(body_said(o, "application/json; charset=utf-8", good), "", "with a charset");
	IS(body_said(o, "application/vnd.api+json", good), "", "a kind of JSON");
	IS(body_said(o, "text/plain", good), not_json, "what is called text is not looked into");
	IS(body_said(o, NULL, ""), COMPLAINT("", "Field required", "missing"), "no body");
	IS(body_said(o, NULL, "{\"a\":"), COMPLAINT(",5", "JSON decode error", "json_invalid"),
	   "half a body, and where it breaks off");
}

/* What is said of an answer of GET /users. */
static const char *answer_said(const struct openapi *o, unsigned status, const char *body)
{
	bool known;
	const struct operation *op =
		openapi_find(o, STR("GET"), STR("/integrations/syned/v1/users"), &known);
	struct buf list;
	struct complaints c = { .list = &list };

	buf_in(&list, arena, 64 << 10);
	openapi_check_answer(o, op, status, str_from(body), &c);
	return buf_str(&list).at;
}

#define ANSWER(rest, msg, type) \
	"{\"loc\":[\"response\"" rest "],\"msg\":\"" msg "\",\"type\":\"" type "\"}"

static void an_answer_is_judged_by_its_status(const struct openapi *o)
{
	static const char good[] = "{\"metactf_user_id\":1,\"metactf_username\":\"a\","
				   "\"syned_user_id\":\"u\",\"metactf_user_status\":\"denied\"}";

	IS(answer_said(o, 201, good), "", "declared");
	IS(answer_said(o, 200, good), ANSWER("", "The status is not declared", "status"),
	   "200 is not what the file says of this operation");
	IS(answer_said(o, 422,
		       "{\"detail\":[{\"loc\":[\"query\",0],\"msg\":\"m\",\"type\":\"t\"}]}"),
	   "", "a refusal");
	IS(answer_said(o, 422, "{\"detail\":[{\"loc\":[\"query\"],\"msg\":\"m\"}]}"),
	   ANSWER(",\"detail\",0,\"type\"", "Field required", "missing"), "one without its type");
	IS(answer_said(o, 201, "{}x"), ANSWER("", "JSON decode error", "json_invalid"),
	   "no JSON at all");
}

static void a_file_that_is_none_is_refused(void)
{
	struct openapi *o;
	struct err e;

	OK(!openapi_new(STR("{"), &o, &e) && e.kind == ERR_CONFIG, "half a file");
	OK(!openapi_new(STR("[]"), &o, &e) && e.kind == ERR_CONFIG, "a list");
}

int main(void)
{
	struct openapi *o;
	struct err e;
	bool known, read;

	arena = arena_new("test", 4 << 20);
	each_word_of_a_schema_is_understood();
	an_email_address_has_its_form();
	a_file_that_is_none_is_refused();
	read = openapi_new((struct str){ metactf_openapi, metactf_openapi_len }, &o, &e);
	OK(read, "the vendor's file is read");
	if (read) {
		OK(openapi_len(o) == 10, "it has ten operations");
		OK(!openapi_find(o, STR("PUT"), STR("/integrations/syned/v1/users"), &known) &&
			   known,
		   "a path is known by another method");
		OK(!openapi_find(o, STR("GET"), STR("/users"), &known) && !known,
		   "a path that is not there");
		a_body_is_read_as_the_vendor_reads_it(o);
		an_answer_is_judged_by_its_status(o);
		openapi_free(o);
	}
	arena_free(arena);
	return tap_done();
}

/* SPDX-License-Identifier: Apache-2.0 */
/* t_manifest_resolve.c - $ref and $parameters, rule by rule. */
#include "connector/resolve.h"
#include "data/json.h"
#include "tap.h"

#define ARENA_MAX ((size_t)512 * 1024 * 1024)

struct resolve_case {
	const char *name, *yaml, *want; /* JSON, or the first complaint */
};

/* The tree as JSON after both steps, or after the first alone. */
static const char *resolved(struct arena *a, const char *yaml, bool propagate)
{
	struct complaints list = { .n = 0 };
	struct resolver r = { .arena = a, .file = STR("m"), .list = &list };
	struct node *written, *tree;
	struct err e;
	struct buf b;

	buf_in(&b, a, 1 << 20);
	if (!yaml_parse(a, str_from(yaml), STR("m"), &written, &list, &e))
		return str_keep(a, str_from(e.text)).at;
	r.root = written;
	tree = refs_resolve(&r);
	if (!tree || (propagate && !parameters_propagate(&r, tree)))
		return complaint_text(a, &list.at[0]).at;
	if (!json_write(&b, node_value(a, tree), &e))
		return str_keep(a, str_from(e.text)).at;
	return str_keep(a, buf_str(&b)).at;
}

static void run_cases(const struct resolve_case *c, size_t n, bool propagate)
{
	for (size_t i = 0; i < n; i++) {
		AUTO_ARENA *a = arena_new("test", ARENA_MAX);

		IS(resolved(a, c[i].yaml, propagate), c[i].want, c[i].name);
	}
}

static void references_are_replaced(void)
{
	static const struct resolve_case cases[] = {
		{ "any text that starts with #/",
		  "definitions: {x: {k: 1}}\na: '#/definitions/x'\n", "{\"a\":{\"k\":1}}" },
		{ "in a list", "definitions: {x: 7}\na: ['#/definitions/x', 2]\n",
		  "{\"a\":[7,2]}" },
		{ "local keys win",
		  "definitions: {x: {k: 1, l: 2}}\na: {$ref: '#/definitions/x', k: 3}\n",
		  "{\"a\":{\"k\":3,\"l\":2}}" },
		{ "shallowly",
		  "definitions: {x: {k: {p: 1, q: 2}}}\na: {$ref: '#/definitions/x', k: {p: 3}}\n",
		  "{\"a\":{\"k\":{\"p\":3}}}" },
		{ "a $ref to a list", "definitions: {x: [1]}\na: {$ref: '#/definitions/x'}\n",
		  "{\"a\":[1]}" },
		{ "list indexes", "streams: [{n: 1}, {n: 2}]\na: '#/streams/1/n'\n",
		  "{\"streams\":[{\"n\":1},{\"n\":2}],\"a\":2}" },
		{ "keys that hold a slash are tried whole first",
		  "definitions: {x/y: 1, x: {y: 2}}\na: '#/definitions/x/y'\n", "{\"a\":1}" },
		{ "and after a head", "definitions: {x: {y/z: 3}}\na: '#/definitions/x/y/z'\n",
		  "{\"a\":3}" },
		{ "references lead to references",
		  "definitions: {x: '#/definitions/y', y: {$ref: '#/definitions/z', k: 1}, z: {l: 2}}\n"
		  "a: '#/definitions/x'\n",
		  "{\"a\":{\"k\":1,\"l\":2}}" },
		{ "definitions and schemas are left out",
		  "definitions: {x: 1}\nschemas: {y: 1}\na: 1\n", "{\"a\":1}" },
		{ "but only those of the root", "a: {definitions: {x: 1}}\n",
		  "{\"a\":{\"definitions\":{\"x\":1}}}" },
		{ "other texts stay", "a: '# /x'\nb: '#'\n", "{\"a\":\"# /x\",\"b\":\"#\"}" },
	};

	run_cases(cases, COUNT(cases), false);
}

static void bad_references_are_complaints(void)
{
	static const struct resolve_case cases[] = {
		{ "to nowhere", "a:\n  b: '#/definitions/x'\n",
		  "m:2:6: a.b: nothing stands at '#/definitions/x'" },
		{ "to nowhere, in definitions that nobody uses", "definitions: {x: '#/y'}\na: 1\n",
		  "m:1:18: definitions.x: nothing stands at '#/y'" },
		{ "an index beyond the end", "a: [1]\nb: '#/a/1'\n",
		  "m:2:4: b: nothing stands at '#/a/1'" },
		{ "to everything", "a: '#/'\n", "m:1:4: a: nothing stands at '#/'" },
		{ "to itself", "a: '#/a'\n", "m:1:4: a: '#/a' leads back to itself" },
		{ "in a circle", "a: {b: '#/c'}\nc: {$ref: '#/a'}\n",
		  "m:1:8: a.b: '#/c' leads back to itself" },
		{ "to what it stands in", "a: {b: [{c: '#/a'}]}\n",
		  "m:1:13: a.b[0].c: '#/a' leads back to itself" },
		{ "a $ref elsewhere", "a: {$ref: 'other.yaml'}\n",
		  "m:1:11: a.$ref: a $ref is a text like '#/definitions/name'" },
		{ "keys beside a list", "d: [1]\na: {$ref: '#/d', k: 1}\n",
		  "m:2:11: a.$ref: '#/d' is a list, so the keys beside this $ref would be lost" },
	};

	run_cases(cases, COUNT(cases), false);
}

#define AUTH "type: BearerAuthenticator"

static void parameters_are_handed_down(void)
{
	static const struct resolve_case cases[] = {
		{ "as a field of every component below",
		  "$parameters: {p: 1}\ncheck: {type: CheckStream}\n",
		  "{\"$parameters\":{\"p\":1},\"check\":{\"type\":\"CheckStream\",\"p\":1},"
		  "\"type\":\"DeclarativeSource\",\"p\":1}" },
		{ "inner ones win",
		  "type: DeclarativeSource\nspec: {type: Spec, $parameters: {p: 2}}\n$parameters: {p: 1}\n",
		  "{\"type\":\"DeclarativeSource\",\"spec\":{\"type\":\"Spec\",\"$parameters\":{\"p\":2},"
		  "\"p\":2},\"$parameters\":{\"p\":1},\"p\":1}" },
		{ "what is truthy stays, what is falsy is overwritten",
		  "type: Spec\n$parameters: {a: 1, b: 1, c: 1, d: 1, e: 1, f: 1, g: 1}\n"
		  "a: 5\nb: 0\nc: false\nd: ''\ne: []\nf: {}\ng: x\n",
		  "{\"type\":\"Spec\",\"$parameters\":{\"a\":1,\"b\":1,\"c\":1,\"d\":1,\"e\":1,\"f\":1,"
		  "\"g\":1},\"a\":5,\"b\":1,\"c\":1,\"d\":1,\"e\":1,\"f\":1,\"g\":\"x\"}" },
		{ "not into maps without a type",
		  "type: HttpRequester\n$parameters: {p: 1}\nrequest_parameters: {k: {l: 1}}\n",
		  "{\"type\":\"HttpRequester\",\"$parameters\":{\"p\":1},"
		  "\"request_parameters\":{\"k\":{\"l\":1}},\"p\":1}" },
		{ "not into JSON schemas",
		  "type: InlineSchemaLoader\n$parameters: {p: 1}\nschema: {type: object, properties: {x: "
		  "{type: Spec}}}\n",
		  "{\"type\":\"InlineSchemaLoader\",\"$parameters\":{\"p\":1},\"schema\":{\"type\":"
		  "\"object\",\"properties\":{\"x\":{\"type\":\"Spec\"}}},\"p\":1}" },
		{ "nor into those whose type is a list",
		  "type: InlineSchemaLoader\n$parameters: {p: 1}\nschema: {type: ['null', object]}\n",
		  "{\"type\":\"InlineSchemaLoader\",\"$parameters\":{\"p\":1},\"schema\":{\"type\":"
		  "[\"null\",\"object\"]},\"p\":1}" },
		{ "nor into a body that has a type of its own",
		  "type: HttpRequester\n$parameters: {p: 1}\nrequest_body_json: {type: thing}\n",
		  "{\"type\":\"HttpRequester\",\"$parameters\":{\"p\":1},\"request_body_json\":{\"type\":"
		  "\"thing\"},\"p\":1}" },
		{ "into lists of components",
		  "type: AddFields\n$parameters: {p: 1}\nfields: [{path: [x]}, 5]\n",
		  "{\"type\":\"AddFields\",\"$parameters\":{\"p\":1},\"fields\":[{\"path\":[\"x\"],"
		  "\"type\":\"AddedFieldDefinition\",\"p\":1},5],\"p\":1}" },
		{ "one with the name of a field is hidden below it",
		  "type: DeclarativeStream\n$parameters: {retriever: x, p: 1}\n"
		  "retriever: {type: SimpleRetriever}\n",
		  "{\"type\":\"DeclarativeStream\",\"$parameters\":{\"retriever\":\"x\",\"p\":1},"
		  "\"retriever\":{\"type\":\"SimpleRetriever\",\"p\":1},\"p\":1}" },
		{ "a component may come from a parameter",
		  "type: HttpRequester\n$parameters: {p: 1, authenticator: {" AUTH "}}\n",
		  "{\"type\":\"HttpRequester\",\"$parameters\":{\"p\":1,\"authenticator\":{\"type\":"
		  "\"BearerAuthenticator\"}},\"p\":1,\"authenticator\":{\"type\":"
		  "\"BearerAuthenticator\",\"p\":1}}" },
		{ "with a reference's",
		  "definitions: {r: {type: Spec, $parameters: {p: 1}}}\n"
		  "spec: {$ref: '#/definitions/r', $parameters: {q: 2}}\n",
		  "{\"spec\":{\"$parameters\":{\"q\":2},\"type\":\"Spec\",\"q\":2},\"type\":"
		  "\"DeclarativeSource\"}" },
		{ "they are a map", "type: Spec\n$parameters: [1]\n",
		  "m:2:14: $parameters: $parameters are a map, not a list" },
	};

	run_cases(cases, COUNT(cases), true);
}

static void missing_types_are_filled_in(void)
{
	static const struct resolve_case cases[] = {
		{ "the root", "a: 1\n", "{\"a\":1,\"type\":\"DeclarativeSource\"}" },
		{ "a handler", "type: HttpRequester\nerror_handler: {max_retries: 1}\n",
		  "{\"type\":\"HttpRequester\",\"error_handler\":{\"max_retries\":1,\"type\":"
		  "\"DefaultErrorHandler\"}}" },
		{ "a schema loader", "type: DeclarativeStream\nschema_loader: {}\n",
		  "{\"type\":\"DeclarativeStream\",\"schema_loader\":{\"type\":"
		  "\"JsonFileSchemaLoader\"}}" },
		{ "not where a class stands",
		  "type: HttpRequester\nerror_handler: {class_name: x}\n",
		  "{\"type\":\"HttpRequester\",\"error_handler\":{\"class_name\":\"x\"}}" },
		{ "nor where the format knows none", "type: HttpRequester\nauthenticator: {}\n",
		  "{\"type\":\"HttpRequester\",\"authenticator\":{}}" },
	};

	run_cases(cases, COUNT(cases), true);
}

/* Each of ten maps refers ten times to the next: ten thousand million nodes. */
static void a_flood_of_references_ends_early(void)
{
	AUTO_ARENA *a = arena_new("test", ARENA_MAX);
	struct buf b;

	buf_in(&b, a, 10000);
	buf_printf(&b, "definitions:\n");
	for (int i = 0; i < 10; i++) {
		buf_printf(&b, "  d%d: [", i);
		for (int j = 0; j < 10; j++)
			buf_printf(&b, "%s'#/definitions/d%d'", j ? "," : "", i + 1);
		buf_printf(&b, "]\n");
	}
	buf_printf(&b, "  d10: x\na: '#/definitions/d0'\n");
	OK(strstr(resolved(a, buf_str(&b).at, false), "grows too large"), "refused");
}

/* Twelve parameters, each a component that takes the eleven others, and so on. */
static void a_flood_of_parameters_ends_early(void)
{
	AUTO_ARENA *a = arena_new("test", ARENA_MAX);
	struct buf b;

	buf_in(&b, a, 10000);
	buf_printf(&b, "type: DeclarativeSource\n$parameters:\n");
	for (int i = 0; i < 12; i++)
		buf_printf(&b, "  p%d: {type: Spec}\n", i);
	OK(strstr(resolved(a, buf_str(&b).at, true), "grows too large"), "refused");
}

static void a_long_chain_of_references_is_refused(void)
{
	AUTO_ARENA *a = arena_new("test", ARENA_MAX);
	struct buf b;

	buf_in(&b, a, 100000);
	for (int i = 0; i < 1000; i++)
		buf_printf(&b, "a%d: '#/a%d'\n", i, i + 1);
	buf_printf(&b, "a1000: 1\n");
	OK(strstr(resolved(a, buf_str(&b).at, false), "more than 32 deep"), "refused");
}

int main(void)
{
	references_are_replaced();
	bad_references_are_complaints();
	parameters_are_handed_down();
	missing_types_are_filled_in();
	a_flood_of_references_ends_early();
	a_flood_of_parameters_ends_early();
	a_long_chain_of_references_is_refused();
	return tap_done();
}

/* SPDX-License-Identifier: Apache-2.0 */
/* t_partition.c - the slices of a stream: lists, parents, products. */
#include "data/json.h"
#include "flow/partition.h"
#include "piece.h"
#include "tap.h"

#include <stdlib.h>

static struct piece p;
static struct canned wire;
static struct connection connection;
static struct engine engine;
static struct session *session;

/* Vendor: /parents has 1, 2, 2 again, one without an id; /kids of a parent p has p0 and p1. */
static void answer(void *arg, const struct request *r, struct canned_reply *out)
{
	AUTO_ARENA *a = arena_new("answer", 65536);
	struct str path = url_redact(a, r->url);

	(void)arg;
	if (str_ends(path, STR("/parents")))
		buf_add(&out->body,
			STR("[{\"id\":1,\"name\":\"one\",\"in\":{\"id\":\"x\"}},"
			    "{\"id\":2,\"name\":\"two\"},{\"id\":2},{\"name\":\"none\"}]"));
	else if (str_ends(path, STR("/kids/1")))
		buf_add(&out->body, STR("[{\"id\":\"10\"},{\"id\":\"11\"}]"));
	else if (str_ends(path, STR("/kids/2")))
		buf_add(&out->body, STR("[{\"id\":\"20\"}]"));
	else
		buf_add(&out->body, STR("[]"));
}

static void given(const char *retriever, const char *streams)
{
	struct piece_parts parts = { .retriever = retriever, .streams = streams };
	struct err e;

	piece_open(&p, &parts);
	canned_init(&wire, &p.clock, NULL);
	wire.answer = answer;
	connection = (struct connection){ .name = STR("c"), .manifest = p.manifest };
	connection.config = piece_value(&p, "{\"regions\": [\"eu\", \"us\"]}");
	engine = (struct engine){ .client = &wire.client, .clock = &p.clock.clock, .rng = &p.rng };
	if (!session_open(p.a, &engine, &connection, &session, &e))
		abort();
}

static void finish(void)
{
	canned_done(&wire);
	piece_close(&p);
}

/* All keys, and what they inject as "name=value", one by one. */
static const char *partitions(void)
{
	struct partitions *all = NULL;
	struct partition one;
	struct err e = { 0 };
	struct buf b;
	bool more = true;

	buf_in(&b, p.a, 65536);
	if (!partitions_open(session, p.stream, p.a, 0, &all, &e))
		return str_keep(p.a, str_from(e.text)).at;
	while (partitions_next(all, &one, &more, &e) && more) {
		struct draft *d = arena_new_struct(p.a, struct draft);

		if (!partition_inject(&one, d, &p.scope, &e))
			break;
		buf_printf(&b, "%s%.*s", b.len ? " " : "", STR_ARG(one.key));
		for (size_t i = 0; i < d->params; i++)
			buf_printf(&b, " %.*s=%.*s", STR_ARG(d->param[i].name),
				   STR_ARG(d->param[i].value));
	}
	partitions_close(all);
	return e.kind == ERR_NONE ? buf_str(&b).at : str_keep(p.a, str_from(e.text)).at;
}

#define OPTION(name)                                                                              \
	"request_option: {type: RequestOption, inject_into: request_parameter, field_name: " name \
	"}"
#define LIST(values, field)                                                    \
	"{type: ListPartitionRouter, values: " values ", cursor_field: " field \
	", " OPTION(field) "}"
#define PARENTS(stream, more)                                                                  \
	"{type: SubstreamPartitionRouter, parent_stream_configs: [{type: ParentStreamConfig, " \
	"parent_key: id, partition_field: parent, stream: '" stream "'" more "}]}"
#define STREAM(name, path, more)                                                          \
	"- {type: DeclarativeStream, name: " name ", retriever: {type: SimpleRetriever, " \
	"record_selector: {type: RecordSelector, extractor: {type: DpathExtractor, "      \
	"field_path: []}}, " more " requester: {type: HttpRequester, url_base: "          \
	"'https://things.example', path: \"" path "\", http_method: GET}}}\n"

static void without_a_router_there_is_one(void)
{
	struct partitions *all = NULL;
	struct partition one;
	struct err e;
	bool more;

	given(NULL, NULL);
	OK(partitions_open(session, p.stream, p.a, 0, &all, &e) &&
		   partitions_next(all, &one, &more, &e) && more && one.key.len == 0,
	   "whose key is empty");
	OK(partitions_next(all, &one, &more, &e) && !more, "and no other");
	partitions_close(all);
	finish();
}

static void a_list_gives_one_for_every_value(void)
{
	given("partition_router: " LIST("[a, b]", "kind"), NULL);
	IS(partitions(), "{\"kind\":\"a\"} kind=a {\"kind\":\"b\"} kind=b", "written there");
	finish();
	given("partition_router: " LIST("'{{ config.regions }}'", "region"), NULL);
	IS(partitions(), "{\"region\":\"eu\"} region=eu {\"region\":\"us\"} region=us",
	   "from the config");
	finish();
	given("partition_router: " LIST("'{{ config.nothing }}'", "region"), NULL);
	OK(strstr(partitions(), "not a list") != NULL, "no list is an error");
	finish();
}

static void a_parent_record_is_one_and_twice_is_once(void)
{
	given("partition_router: " PARENTS("#/streams/1", ""), STREAM("parents", "/parents", ""));
	IS(partitions(), "{\"parent\":1,\"parent_slice\":{}} {\"parent\":2,\"parent_slice\":{}}",
	   "without an id is none");
	finish();
	given("partition_router: " PARENTS("#/streams/1", ", extra_fields: [[name]]"),
	      STREAM("parents", "/parents", ""));
	OK(strstr(partitions(), "\"extra_fields\":{\"name\":\"one\"}") != NULL,
	   "with extra fields");
	finish();
}

static void parents_may_have_parents(void)
{
	given("partition_router: " PARENTS("#/streams/1", ""),
	      STREAM("kids", "/kids/{{ stream_partition.parent }}",
		     "partition_router: " PARENTS("#/streams/2", "") ",")
		      STREAM("parents", "/parents", ""));
	IS(partitions(),
	   "{\"parent\":\"10\",\"parent_slice\":{\"parent\":1,\"parent_slice\":{}}} "
	   "{\"parent\":\"11\",\"parent_slice\":{\"parent\":1,\"parent_slice\":{}}} "
	   "{\"parent\":\"20\",\"parent_slice\":{\"parent\":2,\"parent_slice\":{}}}",
	   "each with its own");
	OK(wire.logged == 3, "each list is read once");
	finish();
}

static void several_routers_make_their_product(void)
{
	given("partition_router: [" LIST("[a, b]", "kind") ", " LIST("[1, 2]", "nr") "]", NULL);
	IS(partitions(),
	   "{\"kind\":\"a\",\"nr\":1} kind=a nr=1 {\"kind\":\"a\",\"nr\":2} kind=a nr=2 "
	   "{\"kind\":\"b\",\"nr\":1} kind=b nr=1 {\"kind\":\"b\",\"nr\":2} kind=b nr=2",
	   "of lists");
	finish();
	given("partition_router: [" LIST("[a, b]", "kind") ", " PARENTS("#/streams/1", "") "]",
	      STREAM("parents", "/parents", ""));
	IS(partitions(),
	   "{\"kind\":\"a\",\"parent\":1,\"parent_slice\":{}} kind=a "
	   "{\"kind\":\"a\",\"parent\":2,\"parent_slice\":{}} kind=a "
	   "{\"kind\":\"b\",\"parent\":1,\"parent_slice\":{}} kind=b "
	   "{\"kind\":\"b\",\"parent\":2,\"parent_slice\":{}} kind=b",
	   "of a list and parents");
	OK(wire.logged == 1, "which are read once");
	finish();
	given("partition_router: [" LIST("[a, b]", "kind") ", " LIST("[]", "nr") "]", NULL);
	IS(partitions(), "", "with nothing there is nothing");
	finish();
}

int main(void)
{
	without_a_router_there_is_one();
	a_list_gives_one_for_every_value();
	a_parent_record_is_one_and_twice_is_once();
	parents_may_have_parents();
	several_routers_make_their_product();
	return tap_done();
}

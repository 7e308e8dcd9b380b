/* SPDX-License-Identifier: Apache-2.0 */
/* t_select.c - from an answer's body to records. */
#include "flow/select.h"
#include "piece.h"
#include "tap.h"

#define FROM(path, more) \
	"{type: RecordSelector, extractor: {type: DpathExtractor, field_path: " path "}" more "}"
#define PAGES "paginator: {type: DefaultPaginator, pagination_strategy: {type: OffsetIncrement}}"

static struct piece p;

/* The records as a JSON list, or the error's kind. */
static const char *records(struct piece_parts parts, const char *body)
{
	struct value list;
	struct records r;
	struct err e;

	piece_open(&p, &parts);
	if (!records_select(p.stream, piece_value(&p, body), &p.scope, &r, &e))
		return err_kind_name(e.kind);
	list = value_list_new(p.a);
	for (size_t i = 0; i < r.n; i++)
		value_list_add(p.a, list, r.at[i]);
	return piece_json(&p, list);
}

static void check(struct piece_parts parts, const char *body, const char *want, const char *what)
{
	IS(records(parts, body), want, what);
	piece_close(&p);
}

static void a_path_leads_to_the_list(void)
{
	struct piece_parts top = { .retriever = PAGES };
	struct piece_parts deep = { .selector = FROM("[data, items]", ""), .retriever = PAGES };
	struct piece_parts glob = { .selector = FROM("[data, '*', items]", "") };
	struct piece_parts each = { .selector = FROM("[data, '*']", "") };

	check(top, "[{\"a\":1},{\"a\":2}]", "[{\"a\":1},{\"a\":2}]", "the body itself");
	check(top, "[]", "[]", "an empty list");
	check(deep, "{\"data\":{\"items\":[{\"a\":1}]}}", "[{\"a\":1}]", "deeper");
	check(deep, "{\"data\":{}}", "[]", "a missing path is no record");
	check(deep, "{\"data\":{\"items\":null}}", "[]", "null is none");
	check(deep, "{\"data\":{\"items\":{\"a\":1}}}", "[{\"a\":1}]", "an object is one");
	check(glob, "{\"data\":[{\"items\":[{\"a\":1}]}]}", "[{\"a\":1}]", "one match, a list");
	check(each, "{\"data\":[{\"a\":1},{\"a\":2}]}", "[{\"a\":1},{\"a\":2}]", "every match");
}

static void what_is_no_list_is_an_error_where_pages_are_read(void)
{
	struct piece_parts pages = { .retriever = PAGES }, single = { 0 };

	check(pages, "{\"message\":\"come back\"}", "remote", "an object");
	check(single, "{\"a\":1}", "[{\"a\":1}]", "without pages it is the record");
	check(pages, "\"text\"", "remote", "a text");
	check(pages, "7", "remote", "a number");
	check(pages, "[{\"a\":1}, 2]", "remote", "a record that is none");
	check(pages, "[[]]", "remote", "a list in the list");
}

static void a_filter_takes_and_counts_what_it_left(void)
{
	struct piece_parts parts = {
		.selector = FROM(
			"[]",
			", record_filter: {type: RecordFilter, condition: '{{ record.a > 1 }}'}")
	};
	struct records r;
	struct err e;

	check(parts, "[{\"a\":1},{\"a\":2},{\"a\":3}]", "[{\"a\":2},{\"a\":3}]", "two of three");
	piece_open(&p, &parts);
	OK(records_select(p.stream, piece_value(&p, "[{\"a\":2},{\"a\":1}]"), &p.scope, &r, &e) &&
		   r.extracted == 2 && r.n == 1,
	   "paging counts all that came");
	IS(piece_json(&p, r.last), "{\"a\":1}", "the last one too");
	piece_close(&p);
}

static void fields_are_added_and_removed_in_order(void)
{
	struct piece_parts parts = {
		.stream = "transformations: ["
			  "{type: AddFields, fields: [{path: [b], value: '{{ record.a + 1 }}'}, "
			  "{path: [c, d], value: '{{ record.b }}', value_type: string}]}, "
			  "{type: RemoveFields, field_pointers: [[a], [x, '*', y]]}]"
	};

	check(parts, "[{\"a\":1,\"x\":[{\"y\":1,\"z\":2}]}]",
	      "[{\"x\":[{\"z\":2}],\"b\":2,\"c\":{\"d\":\"2\"}}]", "each sees what came before");
}

static void the_filter_sees_the_record_before_or_after(void)
{
#define CHANGED "transformations: [{type: AddFields, fields: [{path: [a], value: '{{ 9 }}'}]}]"
	struct piece_parts before = {
		.stream = CHANGED,
		.selector = FROM(
			"[]",
			", record_filter: {type: RecordFilter, condition: '{{ record.a == 9 }}'}")
	};
	struct piece_parts after = {
		.stream = CHANGED,
		.selector = FROM("[]", ", transform_before_filtering: true, record_filter: {type: "
				       "RecordFilter, condition: '{{ record.a == 9 }}'}")
	};

	check(before, "[{\"a\":1}]", "[]", "as received");
	check(after, "[{\"a\":1}]", "[{\"a\":9}]", "as transformed");
#undef CHANGED
}

int main(void)
{
	a_path_leads_to_the_list();
	what_is_no_list_is_an_error_where_pages_are_read();
	a_filter_takes_and_counts_what_it_left();
	fields_are_added_and_removed_in_order();
	the_filter_sees_the_record_before_or_after();
	return tap_done();
}

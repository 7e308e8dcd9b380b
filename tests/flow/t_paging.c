/* SPDX-License-Identifier: Apache-2.0 */
/* t_paging.c - which page comes next. */
#include "flow/paging.h"
#include "piece.h"
#include "tap.h"

#define UNSIZED(strategy)                                                                                                                                               \
	"paginator: {type: DefaultPaginator, page_token_option: {type: RequestOption, inject_into: request_parameter, field_name: at}, pagination_strategy: {" strategy \
	"}}"
#define PAGER(strategy)                                                                         \
	"paginator: {type: DefaultPaginator, page_size_option: {type: RequestOption, "          \
	"inject_into: request_parameter, field_name: size}, page_token_option: {type: "         \
	"RequestOption, inject_into: request_parameter, field_name: at}, pagination_strategy: " \
	"{" strategy "}}"

static struct piece p;

static void given(const char *retriever)
{
	struct piece_parts parts = { .retriever = retriever };

	piece_open(&p, &parts);
}

static size_t served = 5; /* records of the largest page before */

/* The token after a page of `n` records, as JSON; "end", or the error's text. */
static const char *after(size_t n, struct value token, const char *body)
{
	struct page_seen seen = { .records = n,
				  .served = served,
				  .token = token,
				  .body = piece_value(&p, body),
				  .headers = value_map_new(p.a),
				  .last_record = piece_value(&p, "{\"id\": 77}") };
	struct value next;
	bool last;
	struct err e;

	if (!paging_size(&p.stream->paginator, 0, &p.scope, &seen.page_size, &e) ||
	    !paging_next(&p.stream->paginator, &seen, &p.scope, &next, &last, &e))
		return str_keep(p.a, str_from(e.text)).at;
	return last ? "end" : piece_json(&p, next);
}

static void an_offset_grows_by_what_came(void)
{
	given(PAGER("type: OffsetIncrement, page_size: 5"));
	IS(piece_json(&p, paging_first(&p.stream->paginator)), "(undefined)", "none at first");
	IS(after(5, UNDEFINED, "[]"), "5", "the second page");
	IS(after(5, value_int(5), "[]"), "10", "the third");
	IS(after(4, value_int(10), "[]"), "end", "a short page is the last");
	IS(after(0, value_int(10), "[]"), "end", "so is an empty one");
	served = 0;
	IS(after(4, UNDEFINED, "[]"), "4",
	   "but not a first one: the vendor may send no larger ones");
	served = 4;
	IS(after(4, value_int(4), "[]"), "8", "nor one as large as any before");
	IS(after(3, value_int(8), "[]"), "end", "a shorter one is the last then");
	served = 5;
	IS(after(23, UNDEFINED, "[]"), "end", "more than asked for is all there is");
	piece_close(&p);
}

static void without_a_page_size_an_empty_page_ends(void)
{
	given(UNSIZED("type: OffsetIncrement"));
	IS(after(3, value_int(4), "[]"), "7", "however many came");
	IS(after(0, value_int(7), "[]"), "end", "until none came");
	piece_close(&p);
	given(PAGER("type: OffsetIncrement, page_size: 5, inject_on_first_request: true"));
	IS(piece_json(&p, paging_first(&p.stream->paginator)), "0", "0 at first when asked for");
	piece_close(&p);
}

static void pages_are_counted(void)
{
	given(PAGER("type: PageIncrement, page_size: 5, start_from_page: 1, "
		    "inject_on_first_request: true"));
	IS(piece_json(&p, paging_first(&p.stream->paginator)), "1", "the first");
	IS(after(5, value_int(1), "[]"), "2", "the second");
	IS(after(3, value_int(2), "[]"), "end", "a short one is the last");
	piece_close(&p);
	given(PAGER("type: PageIncrement, page_size: 5"));
	IS(piece_json(&p, paging_first(&p.stream->paginator)), "(undefined)", "not sent at first");
	IS(after(5, UNDEFINED, "[]"), "1", "from 0");
	piece_close(&p);
}

static void a_cursor_is_what_the_vendor_names(void)
{
	given(UNSIZED("type: CursorPagination, cursor_value: '{{ response.next }}', "
		      "stop_condition: '{{ response.stop }}'"));
	IS(after(5, UNDEFINED, "{\"next\": \"x\"}"), "\"x\"", "next");
	IS(after(5, UNDEFINED, "{\"next\": \"\"}"), "end", "empty");
	IS(after(5, UNDEFINED, "{\"next\": null}"), "end", "null");
	IS(after(5, UNDEFINED, "{}"), "end", "missing");
	IS(after(5, UNDEFINED, "{\"next\": \"x\", \"stop\": true}"), "end", "told to stop");
	OK(strstr(after(5, value_str(STR("x")), "{\"next\": \"x\"}"), "never end") != NULL,
	   "the same again is an error");
	piece_close(&p);
	given(UNSIZED("type: CursorPagination, cursor_value: '{{ last_record.id }}', "
		      "stop_condition: '{{ last_page_size < 3 }}'"));
	IS(after(3, UNDEFINED, "{}"), "77", "the last record's");
	IS(after(2, UNDEFINED, "{}"), "end", "by the size of the page");
	piece_close(&p);
}

static void size_and_token_go_where_the_manifest_says(void)
{
	struct draft d = { .method = "GET", .url = STR("https://things.example/a") };
	int64_t size = 0;
	struct err e;

	given(PAGER("type: OffsetIncrement, page_size: 5"));
	OK(paging_size(&p.stream->paginator, 40, &p.scope, &size, &e) && size == 40,
	   "the plan's size wins");
	OK(paging_inject(&p.stream->paginator, UNDEFINED, size, &d, &p.scope, &e) &&
		   d.params == 1 && str_eq(d.param[0].value, STR("40")),
	   "the size alone on the first page");
	d.params = 0;
	OK(paging_inject(&p.stream->paginator, value_int(5), size, &d, &p.scope, &e) &&
		   d.params == 2 && str_eq(d.param[1].name, STR("at")) &&
		   str_eq(d.param[1].value, STR("5")),
	   "both on the second");
	piece_close(&p);
}

int main(void)
{
	an_offset_grows_by_what_came();
	without_a_page_size_an_empty_page_ends();
	pages_are_counted();
	a_cursor_is_what_the_vendor_names();
	size_and_token_go_where_the_manifest_says();
	return tap_done();
}

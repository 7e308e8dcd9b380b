/* SPDX-License-Identifier: Apache-2.0 */
/* paging.c - which page comes next. */
#include "flow/paging.h"

struct value paging_first(const struct paginator *p)
{
	if (!p->inject_on_first)
		return UNDEFINED;
	if (p->kind == PAGING_PAGE)
		return value_int(p->start_from_page);
	return p->kind == PAGING_OFFSET ? value_int(0) : UNDEFINED;
}

bool paging_size(const struct paginator *p, int64_t of_plan, const struct scope *scope,
		 int64_t *out, struct err *e)
{
	if (of_plan > 0 && p->kind != PAGING_NONE) {
		*out = of_plan;
		return true;
	}
	return slot_int(&p->page_size, scope, 0, out, e);
}

static int64_t token_number(struct value token, int64_t otherwise)
{
	return token.kind == VALUE_INT ? token.i : otherwise;
}

static bool cursor_next(const struct paginator *p, const struct page_seen *seen,
			const struct scope *scope, struct value *token, bool *last, struct err *e)
{
	struct scope in = *scope;
	bool stop;

	in.variable[VAR_RESPONSE] = seen->body;
	in.variable[VAR_HEADERS] = seen->headers;
	in.variable[VAR_LAST_RECORD] = seen->last_record;
	in.variable[VAR_LAST_PAGE_SIZE] = value_int((int64_t)seen->records);
	if (!slot_test(&p->stop_condition, &in, false, &stop, e))
		return false;
	if (stop) {
		*last = true;
		return true;
	}
	if (!slot_value(&p->cursor_value, &in, token, e))
		return false;
	*last = value_is_nothing(*token) || (token->kind == VALUE_STR && token->s.len == 0) ||
		(token->kind == VALUE_BOOL && !token->b);
	if (!*last && value_eq(*token, seen->token))
		return err_set(e, ERR_REMOTE,
			       "the vendor names the same next page again: it would never end");
	return true;
}

bool paging_next(const struct paginator *p, const struct page_seen *seen, const struct scope *scope,
		 struct value *token, bool *last, struct err *e)
{
	int64_t n = (int64_t)seen->records;

	*token = UNDEFINED;
	*last = true;
	if (p->kind == PAGING_NONE)
		return true;
	if (p->kind == PAGING_CURSOR)
		return cursor_next(p, seen, scope, token, last, e);
	if (n == 0 || (seen->page_size > 0 && n > seen->page_size))
		return true;
	if (n < seen->page_size && seen->records < seen->served)
		return true;
	*last = false;
	if (p->kind == PAGING_OFFSET)
		*token = value_int(token_number(seen->token, 0) + n);
	else
		*token = value_int(token_number(seen->token, p->start_from_page) + 1);
	return true;
}

bool paging_inject(const struct paginator *p, struct value token, int64_t page_size,
		   struct draft *d, const struct scope *scope, struct err *e)
{
	if (p->has_size_option && page_size > 0 &&
	    !draft_inject(d, &p->size_option, value_int(page_size), scope, e))
		return false;
	if (p->has_token_option && token.kind != VALUE_UNDEFINED)
		return draft_inject(d, &p->token_option, token, scope, e);
	return true;
}

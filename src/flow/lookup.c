/* SPDX-License-Identifier: Apache-2.0 */
/* lookup.c - one record by its id. */
#include "flow/lookup.h"

#include "flow/select.h"

#define PATH_BYTES_MAX 8192

/* Everything but RFC 3986's unreserved characters, so that an id stays one segment of the path. */
static void add_encoded(struct buf *b, struct str id)
{
	for (size_t i = 0; i < id.len; i++) {
		unsigned char c = (unsigned char)id.at[i];
		bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
			     (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '~' || c == '.';

		if (plain)
			buf_char(b, (char)c);
		else
			buf_printf(b, "%%%02X", c);
	}
}

/* "." and ".." would be another path, "" the list of all. */
static bool is_id(struct str id)
{
	for (size_t i = 0; i < id.len; i++)
		if (id.at[i] != '.')
			return true;
	return false;
}

static struct str path_of(struct arena *a, struct str path, struct str id)
{
	ptrdiff_t at = str_find(path, STR("{id}"));
	struct buf b;

	assert(at >= 0); /* the plan was checked */
	buf_in(&b, a, PATH_BYTES_MAX);
	buf_add(&b, str_slice(path, 0, (size_t)at));
	add_encoded(&b, id);
	buf_add(&b, str_slice(path, (size_t)at + strlen("{id}"), path.len));
	return buf_str(&b);
}

static bool ask(struct session *s, const struct stream *st, struct str path,
		const struct scope *scope, struct answer *out, bool *found, struct err *e)
{
	static const struct request_option as_path = { .into = INJECT_PATH };
	struct draft *d = arena_new_struct(scope->arena, struct draft);
	struct exchange x = { 0 };

	if (!draft_fill(d, &st->requester, scope, e) ||
	    !draft_inject(d, &as_path, value_str(path), scope, e) ||
	    !exchange_start(s, &st->requester, d, scope->arena, &x, e))
		return false;
	*found = exchange_finish(s, &x, out, e);
	return *found || x.status == 404 || x.status == 410;
}

bool lookup_record(struct session *s, const struct stream *st, struct str path, struct str id,
		   struct arena *a, struct value *record, bool *found, struct err *e)
{
	struct scope scope = session_scope(s, a);
	struct value slice = value_map_new(a);
	struct answer answer = { 0 };

	*found = false;
	if (!is_id(id))
		return true;
	scope.variable[VAR_STREAM_SLICE] = slice;
	scope.variable[VAR_STREAM_PARTITION] = slice;
	scope.variable[VAR_STREAM_INTERVAL] = slice;
	if (!ask(s, st, path_of(a, path, id), &scope, &answer, found, e))
		return err_wrap(e, "stream '%.*s', one record", STR_ARG(st->name));
	*found = *found && answer.kind == ANSWER_BODY;
	if (!*found)
		return true;
	*record = answer.body;
	if (record->kind == VALUE_LIST)
		*record = value_at(*record, 0);
	if (record->kind != VALUE_MAP) {
		*found = false;
		return true;
	}
	return record_select(st, record, &scope, found, e);
}

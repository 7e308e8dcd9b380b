/* SPDX-License-Identifier: Apache-2.0 */
/*
 * draft.c - a request while it is put together.
 *
 * Always: no two parameters or headers of the same name, but for lists, which repeat a parameter.
 */
#include "flow/draft.h"

#include "data/json.h"

#define BODY_BYTES_MAX ((size_t)16 * 1024 * 1024)

static bool clash(struct str name, const char *what, struct err *e)
{
	return err_set(e, ERR_CONFIG, "%s '%.*s' is given twice", what, STR_ARG(name));
}

static bool param_add(struct url_param *list, size_t *n, struct url_param p, struct err *e)
{
	if (*n == DRAFT_PARAMS_MAX)
		return err_set(e, ERR_LIMIT, "more than %d parameters", DRAFT_PARAMS_MAX);
	list[(*n)++] = p;
	return true;
}

static bool param_has(const struct url_param *list, size_t n, struct str name)
{
	for (size_t i = 0; i < n; i++)
		if (str_eq(list[i].name, name))
			return true;
	return false;
}

bool draft_param(struct draft *d, struct str name, struct str value, struct err *e)
{
	if (param_has(d->param, d->params, name))
		return clash(name, "request parameter", e);
	return param_add(d->param, &d->params, (struct url_param){ name, value }, e);
}

bool draft_form(struct draft *d, struct str name, struct str value, struct err *e)
{
	if (param_has(d->form, d->forms, name))
		return clash(name, "form field", e);
	return param_add(d->form, &d->forms, (struct url_param){ name, value }, e);
}

bool draft_header(struct draft *d, struct str name, struct str value, struct err *e)
{
	for (size_t i = 0; i < d->headers; i++)
		if (str_eq_nocase(d->header[i].name, name))
			return clash(name, "header", e);
	if (d->headers == DRAFT_HEADERS_MAX)
		return err_set(e, ERR_LIMIT, "more than %d headers", DRAFT_HEADERS_MAX);
	for (size_t i = 0; i < value.len; i++)
		if ((unsigned char)value.at[i] < 0x20 && value.at[i] != '\t')
			return err_set(e, ERR_CONFIG, "header '%.*s' holds a control character",
				       STR_ARG(name));
	d->header[d->headers++] = (struct header){ name, value };
	return true;
}

/* One parameter of a map: a list repeats it, nothing leaves it out. */
static bool param_value(struct url_param *list, size_t *n, struct str name, struct value v,
			const struct scope *scope, struct err *e)
{
	struct value_iter it = value_iter(v);
	struct value item;
	struct str key, text;

	if (value_is_nothing(v))
		return true;
	if (v.kind != VALUE_LIST) {
		if (!value_as_text(scope->arena, v, &text, e))
			return false;
		return text.len == 0 || param_add(list, n, (struct url_param){ name, text }, e);
	}
	while (value_next(&it, &key, &item)) {
		if (!value_as_text(scope->arena, item, &text, e) ||
		    !param_add(list, n, (struct url_param){ name, text }, e))
			return false;
	}
	return true;
}

/*
 * What a parameter's template yields: a list, or text.  Numbers and the like keep the text that was
 * rendered ("1e3" stays "1e3"), for a parameter accepts nothing else.
 */
static bool mould_param(const struct mould *m, const struct scope *scope, struct value *out,
			struct err *e)
{
	struct str text;

	if (!mould_value(m, scope, out, e))
		return false;
	if (m->kind != MOULD_SLOT || out->kind == VALUE_LIST || out->kind == VALUE_STR)
		return true;
	if (!slot_render(&m->slot, scope, &text, e))
		return false;
	*out = value_str(text);
	return true;
}

static bool params_add(struct url_param *list, size_t *n, struct str key, struct value v,
		       const struct scope *scope, struct err *e)
{
	if (param_has(list, *n, key))
		return clash(key, "parameter", e);
	return param_value(list, n, key, v, scope, e);
}

static bool params_fill(struct url_param *list, size_t *n, const struct mould *m,
			const struct scope *scope, struct err *e)
{
	struct value v, item;
	struct value_iter it;
	struct str key;

	for (size_t i = 0; m->kind == MOULD_MAP && i < m->n; i++)
		if (!slot_text(&m->key[i], scope, &key, e) ||
		    !mould_param(&m->item[i], scope, &v, e) ||
		    !params_add(list, n, key, v, scope, e))
			return false;
	if (m->kind == MOULD_MAP)
		return true;
	if (!mould_value(m, scope, &v, e))
		return false;
	if (v.kind != VALUE_MAP && !value_is_nothing(v))
		return err_set(e, ERR_CONFIG, "%s where a map of parameters is expected",
			       value_kind_name(v));
	it = value_iter(v);
	while (value_next(&it, &key, &item))
		if (!params_add(list, n, key, item, scope, e))
			return false;
	return true;
}

static bool headers_fill(struct draft *d, const struct mould *m, const struct scope *scope,
			 struct err *e)
{
	struct value map, item;
	struct value_iter it;
	struct str key, text;

	if (!mould_value(m, scope, &map, e))
		return false;
	it = value_iter(map);
	while (value_next(&it, &key, &item)) {
		if (value_is_nothing(item))
			continue;
		if (!value_as_text(scope->arena, item, &text, e) || !draft_header(d, key, text, e))
			return false;
	}
	return true;
}

/* JSON bodies leave out members that are null, as the reference does. */
static struct value without_nulls(struct arena *a, struct value v)
{
	struct value_iter it = value_iter(v);
	struct value copy, item;
	struct str key;

	if (v.kind != VALUE_MAP)
		return v;
	copy = value_map_new(a);
	while (value_next(&it, &key, &item))
		if (!value_is_nothing(item))
			value_map_set(a, copy, key, item);
	return copy;
}

static bool body_fill(struct draft *d, const struct requester *r, const struct scope *scope,
		      struct err *e)
{
	struct value v;

	if (r->payload_kind == PAYLOAD_NONE)
		return true;
	if (r->payload_kind == PAYLOAD_FORM && r->body.kind == MOULD_MAP)
		return params_fill(d->form, &d->forms, &r->body, scope, e);
	if (!mould_value(&r->body, scope, &v, e))
		return false;
	if (r->payload_kind == PAYLOAD_JSON) {
		d->json = without_nulls(scope->arena, v);
		return true;
	}
	return value_as_text(scope->arena, v, &d->text, e);
}

bool draft_fill(struct draft *d, const struct requester *r, const struct scope *scope,
		struct err *e)
{
	struct str base, path;

	d->method = r->method;
	if (!slot_text(&r->url_base, scope, &base, e) || !slot_text(&r->path, scope, &path, e))
		return false;
	if (!url_join(scope->arena, base, path, &d->url, e))
		return err_wrap(e, "%.*s", STR_ARG(r->url_base.where));
	return params_fill(d->param, &d->params, &r->parameters, scope, e) &&
	       headers_fill(d, &r->headers, scope, e) && body_fill(d, r, scope, e);
}

static bool inject_json(struct draft *d, const struct request_option *o, struct value v,
			const struct scope *scope, struct err *e)
{
	struct path p;

	if (o->steps > 0 && !slot_path(o->step, o->steps, scope, &p, e))
		return false;
	if (o->steps == 0) {
		p = (struct path){ arena_new_array(scope->arena, struct str, 1), 1 };
		if (!slot_text(&o->name, scope, &p.step[0], e))
			return false;
	}
	if (d->json.kind != VALUE_MAP)
		d->json = value_map_new(scope->arena);
	if (path_get(d->json, p).kind != VALUE_UNDEFINED)
		return clash(path_text(scope->arena, p), "body member", e);
	d->json = path_set(scope->arena, d->json, p, v);
	return true;
}

bool draft_inject(struct draft *d, const struct request_option *o, struct value v,
		  const struct scope *scope, struct err *e)
{
	struct str name, text;

	if (o->into == INJECT_BODY_JSON)
		return inject_json(d, o, v, scope, e);
	if (!value_as_text(scope->arena, v, &text, e))
		return false;
	if (o->into == INJECT_PATH)
		return url_join(scope->arena, d->url, text, &d->url, e);
	if (!slot_text(&o->name, scope, &name, e))
		return false;
	if (o->into == INJECT_PARAMETER)
		return draft_param(d, name, text, e);
	if (o->into == INJECT_HEADER)
		return draft_header(d, name, text, e);
	return draft_form(d, name, text, e);
}

static bool has_header(const struct draft *d, struct str name)
{
	for (size_t i = 0; i < d->headers; i++)
		if (str_eq_nocase(d->header[i].name, name))
			return true;
	return false;
}

static bool body_finish(struct arena *a, const struct draft *d, struct request *r,
			const char **type, struct err *e)
{
	struct buf b;

	if (d->json.kind != VALUE_UNDEFINED && d->forms > 0)
		return err_set(e, ERR_CONFIG, "a request has either a JSON body or form fields");
	if (d->forms > 0) {
		r->body = url_form(a, d->form, d->forms);
		*type = "application/x-www-form-urlencoded";
	} else if (d->json.kind != VALUE_UNDEFINED) {
		buf_in(&b, a, BODY_BYTES_MAX);
		if (!json_write(&b, d->json, e))
			return err_wrap(e, "request body");
		r->body = buf_str(&b);
		*type = "application/json";
	} else if (d->text.at) {
		r->body = d->text;
	}
	return true;
}

/* Parameters that the URL has already with the same name (a next-page link) are not sent twice. */
static size_t params_new(struct arena *a, const struct draft *d, struct url_param *out)
{
	size_t n = 0;

	for (size_t i = 0; i < d->params; i++) {
		struct str there;

		if (!url_query_get(a, d->url, d->param[i].name, &there) ||
		    !str_eq(there, d->param[i].value))
			out[n++] = d->param[i];
	}
	return n;
}

bool draft_request(struct arena *a, const struct draft *d, struct request *out, struct err *e)
{
	struct url_param *param = arena_new_array(a, struct url_param, DRAFT_PARAMS_MAX);
	struct header *header = arena_new_array(a, struct header, DRAFT_HEADERS_MAX + 2);
	struct request r = { .method = d->method, .header = header, .headers = d->headers };
	const char *type = NULL;

	memcpy(header, d->header, d->headers * sizeof(*header));
	if (!has_header(d, STR("accept")))
		header[r.headers++] = (struct header){ STR("Accept"), STR("application/json") };
	if (!url_add_params(a, d->url, param, params_new(a, d, param), &r.url, e) ||
	    !body_finish(a, d, &r, &type, e))
		return false;
	if (type && !has_header(d, STR("content-type")))
		header[r.headers++] = (struct header){ STR("Content-Type"), str_from(type) };
	*out = r;
	return true;
}

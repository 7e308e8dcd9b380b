/* SPDX-License-Identifier: Apache-2.0 */
/*
 * slot.c - compiles the templates of a manifest, each with the variables of its place.
 */
#include "connector/slot.h"
#include "connector/component.h"

/* Compiling takes memory in proportion to the text: refuse before the arena's limit would abort. */
#define ROOM_MIN ((size_t)256 * 1024)
#define ROOM_PER_BYTE 256

/*
 * A variable that a place does not have still has its position.  No name in a template is this, and
 * none is near it.
 */
#define NOT_HERE "(not a variable here)"
#define IF(has, name) ((has) ? (name) : NOT_HERE)

/* One bit for each group of variables that a place may have. */
enum group {
	CONFIG = 1,
	PARAMETERS = 2,
	PARTITION = 4,
	TOKEN = 8,
	RECORD = 16,
	RESPONSE = 32,
	HEADERS = 64,
	PAGE = 128,
	ACTION = 256,
};

#define NAMES(groups)                                                                \
	{                                                                            \
		[VAR_CONFIG] = IF((groups)&CONFIG, "config"),                        \
		[VAR_PARAMETERS] = IF((groups)&PARAMETERS, "parameters"),            \
		[VAR_STREAM_PARTITION] = IF((groups)&PARTITION, "stream_partition"), \
		[VAR_STREAM_INTERVAL] = IF((groups)&PARTITION, "stream_interval"),   \
		[VAR_STREAM_SLICE] = IF((groups)&PARTITION, "stream_slice"),         \
		[VAR_NEXT_PAGE_TOKEN] = IF((groups)&TOKEN, "next_page_token"),       \
		[VAR_RECORD] = IF((groups)&RECORD, "record"),                        \
		[VAR_RESPONSE] = IF((groups)&RESPONSE, "response"),                  \
		[VAR_HEADERS] = IF((groups)&HEADERS, "headers"),                     \
		[VAR_LAST_PAGE_SIZE] = IF((groups)&PAGE, "last_page_size"),          \
		[VAR_LAST_RECORD] = IF((groups)&PAGE, "last_record"),                \
		[VAR_BEFORE] = IF((groups)&ACTION, "before"),                        \
		[VAR_ARGS] = IF((groups)&ACTION, "args"),                            \
		[VAR_IDEMPOTENCY_KEY] = IF((groups)&ACTION, "idempotency_key"),      \
	}

#define BASIC (CONFIG | PARAMETERS)
#define ANSWER (RESPONSE | HEADERS)

static const char *const config_names[] = NAMES(BASIC);
static const char *const request_names[] = NAMES(BASIC | PARTITION | TOKEN);
static const char *const record_names[] = NAMES(BASIC | PARTITION | RECORD);
static const char *const filter_names[] = NAMES(BASIC | PARTITION | RECORD | TOKEN);
static const char *const size_names[] = NAMES(BASIC | RESPONSE);
static const char *const page_names[] = NAMES(BASIC | ANSWER | PAGE);
static const char *const predicate_names[] = NAMES(PARAMETERS | ANSWER);
static const char *const message_names[] = NAMES(BASIC | ANSWER);
static const char *const action_names[] = NAMES(BASIC | RECORD | ACTION);
static const char *const outcome_names[] = NAMES(BASIC | RECORD | ACTION | ANSWER);

const struct expr_scope scope_config = { config_names, MANIFEST_VARIABLES };
const struct expr_scope scope_request = { request_names, MANIFEST_VARIABLES };
const struct expr_scope scope_record = { record_names, MANIFEST_VARIABLES };
const struct expr_scope scope_filter = { filter_names, MANIFEST_VARIABLES };
const struct expr_scope scope_size = { size_names, MANIFEST_VARIABLES };
const struct expr_scope scope_page = { page_names, MANIFEST_VARIABLES };
const struct expr_scope scope_predicate = { predicate_names, MANIFEST_VARIABLES };
const struct expr_scope scope_message = { message_names, MANIFEST_VARIABLES };
const struct expr_scope scope_action = { action_names, MANIFEST_VARIABLES };
const struct expr_scope scope_outcome = { outcome_names, MANIFEST_VARIABLES };

static bool has_room(struct reader *r, const struct node *n)
{
	if (arena_room(r->arena) / ROOM_PER_BYTE > n->text.len + ROOM_MIN / ROOM_PER_BYTE)
		return true;
	return READER_SAYS(r, n, "the manifest grows too large here");
}

/* Words that the format's own loader (YAML 1.1) reads as booleans and YAML 1.2 as text. */
static bool says_yes_or_no(const struct node *n)
{
	static const char *const words[] = { "yes", "Yes", "YES", "no",  "No",  "NO",
					     "on",  "On",  "ON",  "off", "Off", "OFF" };

	for (size_t i = 0; n->plain && i < COUNT(words); i++)
		if (str_eq(n->text, str_from(words[i])))
			return true;
	return false;
}

static bool is_unambiguous(struct reader *r, const struct node *n)
{
	if (!says_yes_or_no(n))
		return true;
	return READER_SAYS(r, n,
			   "YAML 1.1 reads '%.*s' as a boolean; write true or false, or put it in "
			   "quotes",
			   STR_ARG(n->text));
}

static bool compile(struct reader *r, const struct node *n, const struct expr_scope *scope,
		    struct slot *out)
{
	struct str text = n->text;
	struct template *t;
	struct err e;
	bool b;

	if (node_bool(n, &b))
		text = b ? STR("True") : STR("False");
	if (!template_compile(r->arena, text, TEMPLATE_MANIFEST, scope, &t, &e))
		return READER_SAYS(r, n, "%s", e.text);
	*out = (struct slot){ t, r->parameters, n->path };
	return true;
}

bool slot_read(struct reader *r, const struct node *n, const struct expr_scope *scope,
	       struct slot *out)
{
	if (!read_kind(r, n, NODE_SCALAR) || !is_unambiguous(r, n) || !has_room(r, n))
		return false;
	/* A requester is the same component wherever it stands; what it may speak of is not. */
	if (scope == &scope_request && r->request_scope)
		scope = r->request_scope;
	return compile(r, n, scope, out);
}

void slot_make(struct reader *r, struct str text, struct str where, struct slot *out)
{
	struct template *t;
	struct err e;

	if (!template_compile(r->arena, text, TEMPLATE_MANIFEST, &scope_config, &t, &e))
		assert(!"a template of our own making compiles");
	*out = (struct slot){ t, r->parameters, where };
}

/* ---- trees of templates ---- */

static bool mould_scalar(struct reader *r, const struct node *n, const struct expr_scope *scope,
			 struct mould *out)
{
	struct value v = node_value(r->arena, n);

	if (v.kind != VALUE_STR) {
		*out = (struct mould){ .kind = MOULD_CONSTANT, .constant = v };
		return true;
	}
	if (!slot_read(r, n, scope, &out->slot))
		return false;
	out->kind = MOULD_SLOT;
	return true;
}

bool mould_read(struct reader *r, const struct node *n, const struct expr_scope *scope,
		struct mould *out)
{
	bool ok = true;

	if (n->kind == NODE_SCALAR)
		return mould_scalar(r, n, scope, out);
	out->kind = n->kind == NODE_LIST ? MOULD_LIST : MOULD_MAP;
	out->n = n->n;
	out->item = arena_new_array(r->arena, struct mould, n->n);
	if (n->kind == NODE_MAP)
		out->key = arena_new_array(r->arena, struct slot, n->n);
	for (size_t i = 0; i < n->n; i++) {
		struct node key = { .kind = NODE_SCALAR, .path = n->item[i]->path };

		ok &= mould_read(r, n->item[i], scope, &out->item[i]);
		if (n->kind != NODE_MAP)
			continue;
		key.text = n->key[i];
		key.line = n->key_mark[i].line;
		key.column = n->key_mark[i].column;
		ok &= slot_read(r, &key, scope, &out->key[i]);
	}
	return ok;
}

/* ---- constants ---- */

static struct expr_context no_context(struct reader *r)
{
	return (struct expr_context){ r->arena,
				      arena_new_array(r->arena, struct value, MANIFEST_VARIABLES),
				      clock_system() };
}

bool slot_constant(struct reader *r, const struct slot *s, struct value *out)
{
	struct expr_context c = no_context(r);
	struct err e;

	return s->template && template_is_constant(s->template) &&
	       template_eval(s->template, &c, out, &e);
}

bool slot_constant_text(struct reader *r, const struct slot *s, struct str *out)
{
	struct expr_context c = no_context(r);
	struct err e;

	return s->template && template_is_constant(s->template) &&
	       template_render(s->template, &c, out, &e);
}

void slot_check_duration(struct reader *r, const struct node *n, const struct slot *s)
{
	struct duration d;
	struct str text;
	struct err e;

	if (slot_constant_text(r, s, &text) && !duration_parse(text, &d, &e))
		READER_SAYS(r, n, "%s", e.text);
}

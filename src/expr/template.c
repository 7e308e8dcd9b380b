/* SPDX-License-Identifier: Apache-2.0 */
/*
 * template.c - compiles templates and yields their values, texts and verdicts.
 *
 * Always: a compiled template is immutable; a failing evaluation leaves nothing behind but what it
 * took from the context's arena.
 */
#include "expr/eval.h"
#include "expr/literal.h"
#include "expr/ops.h"
#include "expr/parse.h"

#define TEMPLATE_VARIABLES_MAX 256

struct compiler {
	struct parser p;
	struct str text;
	size_t at;
	unsigned nesting;
	bool trim; /* the last delimiter asked to strip what follows */
};

/* Where a chain of parts is being written. */
struct chain {
	struct part **end;
};

static struct part *chain_add(struct compiler *c, struct chain *chain, enum part_kind kind)
{
	struct part *new = arena_new_struct(c->p.a, struct part);

	new->kind = kind;
	*chain->end = new;
	chain->end = &new->next;
	return new;
}

static struct str trim_end(struct str s)
{
	struct str whole = str_trim(s);

	return whole.len == 0 ? str_slice(s, 0, 0)
			      : str_slice(s, 0, (size_t)(whole.at + whole.len - s.at));
}

static struct str trim_start(struct str s)
{
	struct str whole = str_trim(s);

	return whole.len == 0 ? str_slice(s, 0, 0) : str_slice(s, (size_t)(whole.at - s.at), s.len);
}

/* Text up to the next delimiter, or to the end. Leaves `at` on the delimiter. */
static void compile_text(struct compiler *c, struct chain *chain)
{
	struct str rest = str_slice(c->text, c->at, c->text.len), text;
	size_t n = 0;
	bool strip;

	while (n < rest.len && !(rest.at[n] == '{' && n + 1 < rest.len && rest.at[n + 1] &&
				 strchr("{%#", rest.at[n + 1])))
		n++;
	strip = n + 2 < rest.len && rest.at[n + 2] == '-';
	text = str_slice(rest, 0, n);
	if (c->trim)
		text = trim_start(text);
	if (strip)
		text = trim_end(text);
	c->trim = false;
	c->at += n;
	if (text.len > 0)
		chain_add(c, chain, PART_TEXT)->text = text;
}

static bool skip_comment(struct compiler *c)
{
	struct str rest = str_slice(c->text, c->at + 2, c->text.len);
	ptrdiff_t end = str_find(rest, STR("#}"));

	if (end < 0)
		return parse_fail(&c->p, c->at, "the comment is not closed");
	c->trim = end > 0 && rest.at[end - 1] == '-';
	c->at += 2 + (size_t)end + 2;
	return true;
}

/* Starts reading words after "{{" or "{%" and its sign. */
static bool enter(struct compiler *c, char close)
{
	size_t at = c->at + 2;

	if (at < c->text.len && (c->text.at[at] == '-' || (c->text.at[at] == '+' && close == '%')))
		at++;
	c->p.l.at = at;
	c->p.l.open = 0;
	c->p.l.dotted = false;
	c->p.l.close = close;
	return parse_advance(&c->p);
}

/* The closing delimiter is the token at hand. */
static bool leave(struct compiler *c)
{
	if (c->p.t.kind != TOKEN_END)
		return parse_fail(&c->p, c->p.t.at, "'%.*s' is not expected here",
				  STR_ARG(c->p.t.text));
	c->trim = c->p.t.text.at[0] == '-';
	c->at = c->p.l.at;
	return true;
}

static bool compile_parts(struct compiler *c, struct chain *chain);

static bool compile_value(struct compiler *c, struct chain *chain)
{
	struct part *part;

	if (!enter(c, '}'))
		return false;
	part = chain_add(c, chain, PART_VALUE);
	part->node = parse_whole(&c->p);
	return part->node && leave(c);
}

/* The local's place; an old one of that name is used again. */
static bool local_slot(struct compiler *c, struct str name, uint32_t *out)
{
	struct template *t = c->p.into;
	ptrdiff_t outer = -1;

	for (size_t i = 0; i < t->n_locals; i++)
		if (str_eq(t->local[i].name, name)) {
			*out = (uint32_t)i;
			return true;
		}
	if (t->n_locals == LOCALS_MAX)
		return parse_fail(&c->p, c->at, "more than %d variables are set", LOCALS_MAX);
	for (size_t i = 0; i < c->p.scope->n; i++)
		if (str_eq(name, str_from(c->p.scope->name[i])))
			outer = (ptrdiff_t)i;
	t->local[t->n_locals] = (struct local){ .name = name, .outer = outer };
	*out = (uint32_t)t->n_locals++;
	return true;
}

static bool compile_set(struct compiler *c, struct chain *chain)
{
	struct str name = c->p.t.text;
	struct part *part;

	if (c->p.t.kind != TOKEN_NAME)
		return parse_fail(&c->p, c->p.t.at, "a name is expected after 'set'");
	if (!parse_advance(&c->p))
		return false;
	if (!parse_is_op(&c->p, "="))
		return parse_fail(&c->p, c->p.t.at,
				  "unknown construct: only {%% set name = value %%} is known");
	if (!parse_advance(&c->p))
		return false;
	part = chain_add(c, chain, PART_SET);
	part->node = parse_whole(&c->p);
	return part->node && local_slot(c, name, &part->slot) && leave(c);
}

/* Enters the block that ended a body and says which it is. */
static bool enter_end(struct compiler *c, struct str *word)
{
	if (c->at >= c->text.len)
		return parse_fail(&c->p, c->at, "{%% endif %%} is missing");
	if (!enter(c, '%'))
		return false;
	*word = c->p.t.text;
	return parse_advance(&c->p);
}

/* The condition is the token at hand. */
static bool compile_if(struct compiler *c, struct chain *chain)
{
	struct part *part = chain_add(c, chain, PART_IF);
	struct chain body = { &part->body }, otherwise = { &part->otherwise };
	struct str word;

	if (c->nesting >= NESTING_MAX)
		return parse_fail(&c->p, c->at, "conditions are nested too deeply");
	c->nesting++;
	part->node = parse_whole(&c->p);
	if (!part->node || !leave(c) || !compile_parts(c, &body) || !enter_end(c, &word))
		return false;
	if (str_eq(word, STR("elif"))) {
		if (!compile_if(c, &otherwise))
			return false;
		c->nesting--;
		return true;
	}
	if (str_eq(word, STR("else"))) {
		if (!leave(c) || !compile_parts(c, &otherwise) || !enter_end(c, &word))
			return false;
	}
	if (!str_eq(word, STR("endif")))
		return parse_fail(&c->p, c->at, "{%% endif %%} is expected here");
	c->nesting--;
	return leave(c);
}

static bool ends_body(struct str word)
{
	return str_eq(word, STR("elif")) || str_eq(word, STR("else")) || str_eq(word, STR("endif"));
}

/* *stop when the block ends a body: it is left unread then. */
static bool compile_block(struct compiler *c, struct chain *chain, bool *stop)
{
	struct token word;

	if (!enter(c, '%'))
		return false;
	word = c->p.t;
	*stop = c->nesting > 0 && word.kind == TOKEN_NAME && ends_body(word.text);
	if (*stop)
		return true;
	if (word.kind != TOKEN_END && !parse_advance(&c->p))
		return false;
	if (str_eq(word.text, STR("if")))
		return compile_if(c, chain);
	if (str_eq(word.text, STR("set")))
		return compile_set(c, chain);
	if (str_eq(word.text, STR("for")))
		return parse_fail(&c->p, word.at, "unknown construct: there are no loops here");
	return parse_fail(&c->p, word.at, "unknown construct '%.*s'", STR_ARG(word.text));
}

static bool compile_parts(struct compiler *c, struct chain *chain)
{
	bool stop = false;

	for (;;) {
		compile_text(c, chain);
		if (c->at == c->text.len)
			return true;
		if (c->text.at[c->at + 1] == '#') {
			if (!skip_comment(c))
				return false;
		} else if (c->text.at[c->at + 1] == '{') {
			if (!compile_value(c, chain))
				return false;
		} else {
			if (!compile_block(c, chain, &stop))
				return false;
			if (stop)
				return true;
		}
	}
}

/* One newline at the end is dropped, and "\r\n" and "\r" are "\n": Jinja's rules. */
static struct str normal_text(struct arena *a, struct str s)
{
	char *to;
	size_t n = 0;

	if (s.len > 0 && memchr(s.at, '\r', s.len)) {
		to = arena_alloc(a, s.len + 1);
		for (size_t i = 0; i < s.len; i++) {
			bool pair = s.at[i] == '\r' && i + 1 < s.len && s.at[i + 1] == '\n';

			to[n++] = s.at[i] == '\r' ? '\n' : s.at[i];
			i += pair;
		}
		s = (struct str){ to, n };
	}
	return s.len > 0 && s.at[s.len - 1] == '\n' ? str_slice(s, 0, s.len - 1) : s;
}

static bool check_text(struct str text, enum template_typing typing, struct err *e)
{
	ptrdiff_t at = str_find(text, STR("stream_state"));

	if (text.len > TEMPLATE_BYTES_MAX)
		return err_set(e, ERR_LIMIT, "the template is longer than %zu bytes",
			       TEMPLATE_BYTES_MAX);
	if (!str_is_utf8(text))
		return err_set(e, ERR_CONFIG, "the template is not UTF-8");
	if (typing == TEMPLATE_MANIFEST && at >= 0)
		return err_set(e, ERR_CONFIG,
			       "column %zu: stream_state is no longer known; use stream_interval",
			       lex_column(text, (size_t)at));
	return true;
}

static bool is_constant(const struct template *t)
{
	for (const struct part *p = t->first; p; p = p->next)
		if (p->kind != PART_TEXT)
			return false;
	return true;
}

bool template_compile(struct arena *a, struct str text, enum template_typing typing,
		      const struct expr_scope *scope, struct template **out, struct err *e)
{
	struct template *t = arena_new_struct(a, struct template);
	struct compiler c = { .text = normal_text(a, text) };
	struct chain chain = { &t->first };

	assert(scope && scope->n <= TEMPLATE_VARIABLES_MAX);
	if (!check_text(text, typing, e))
		return false;
	t->source = text;
	t->typing = typing;
	t->n_variables = scope->n;
	c.p = (struct parser){ .a = a, .scope = scope, .into = t, .e = e };
	c.p.l = (struct lexer){ .a = a, .text = c.text };
	if (!compile_parts(&c, &chain))
		return false;
	t->constant = is_constant(t);
	if (t->first && !t->first->next && t->first->kind == PART_VALUE)
		t->lone = t->first->node;
	*out = t;
	return true;
}

bool template_is_constant(const struct template *t)
{
	return t->constant;
}

struct str template_source(const struct template *t)
{
	return t->source;
}

static void start(struct eval *ev, const struct template *t, const struct expr_context *c,
		  struct value *local, struct err *e)
{
	assert(c->arena && (c->variable || t->n_variables == 0));
	*ev = (struct eval){ .t = t,
			     .c = c,
			     .a = c->arena,
			     .local = local,
			     .steps = EXPR_STEPS_MAX,
			     .used = arena_used(c->arena),
			     .e = e };
	for (size_t i = 0; i < t->n_locals; i++)
		local[i] = t->local[i].outer < 0 ? UNDEFINED : c->variable[t->local[i].outer];
}

static bool render_parts(struct eval *ev, const struct part *p, struct buf *b)
{
	for (; p; p = p->next) {
		struct value v;

		if (p->kind == PART_TEXT) {
			buf_add(b, p->text);
			continue;
		}
		if (!eval_node(ev, p->node, &v))
			return false;
		ev->at = p->node->at;
		if (p->kind == PART_SET)
			ev->local[p->slot] = v;
		else if (p->kind == PART_VALUE && !eval_add_str(ev, b, v))
			return false;
		else if (p->kind == PART_IF &&
			 !render_parts(ev, op_truth(v) ? p->body : p->otherwise, b))
			return false;
	}
	return true;
}

static bool render(struct eval *ev, struct str *out)
{
	const struct part *first = ev->t->first;
	struct value v;
	struct buf b;

	if (ev->t->lone) {
		if (!eval_node(ev, ev->t->lone, &v))
			return false;
		ev->at = ev->t->lone->at;
		return eval_str(ev, v, out);
	}
	if (!first || (ev->t->constant && !first->next)) {
		*out = first ? first->text : STR("");
		return true;
	}
	eval_buf(ev, &b);
	if (!render_parts(ev, first, &b) || !eval_text(ev, &b, &v))
		return false;
	*out = v.s;
	return true;
}

bool template_render(const struct template *t, const struct expr_context *c, struct str *out,
		     struct err *e)
{
	struct value local[LOCALS_MAX];
	struct eval ev;

	start(&ev, t, c, local, e);
	if (render(&ev, out))
		return true;
	if (!ev.undefined)
		return false;
	*out = STR("");
	return true;
}

/* What only expressions know is taken off. */
static bool public_value(struct eval *ev, struct value v, struct value *out)
{
	if (v.kind == VALUE_SPAN && v.offset_s != 0)
		return eval_fail(ev, ERR_REMOTE, "a span of months has no length of its own");
	if (v.shape > SHAPE_SET)
		v.shape = SHAPE_PLAIN;
	*out = v;
	return true;
}

static bool eval_plan(struct eval *ev, struct value *out)
{
	struct str text;
	struct value v;

	if (ev->t->lone && eval_node(ev, ev->t->lone, &v))
		return v.kind < VALUE_LIST ? (*out = v, true) : public_value(ev, v, out);
	if (!ev->t->lone && render(ev, &text)) {
		*out = value_str(text);
		return true;
	}
	if (ev->undefined)
		*out = UNDEFINED;
	return ev->undefined;
}

static bool read_literal(struct eval *ev, struct str text, struct value *out)
{
	return literal_read(ev->a, text, EXPR_BYTES_MAX, out, ev->e);
}

/* *empty when nothing was rendered, or something was asked of what is not there. */
static bool eval_manifest(struct eval *ev, bool *empty, struct value *out)
{
	struct str text = STR("");

	if (!render(ev, &text) && !ev->undefined)
		return false;
	*empty = ev->undefined || text.len == 0;
	if (!*empty)
		return read_literal(ev, text, out);
	*out = NULL_VALUE;
	return true;
}

bool template_eval(const struct template *t, const struct expr_context *c, struct value *out,
		   struct err *e)
{
	struct value local[LOCALS_MAX];
	struct eval ev;
	bool empty;

	start(&ev, t, c, local, e);
	if (t->typing == TEMPLATE_PLAN)
		return eval_plan(&ev, out);
	return eval_manifest(&ev, &empty, out);
}

/* The reference's own list (notes on manifests, 3.2). */
static bool manifest_truth(struct value v)
{
	static const char *const no[] = { "False", "false", "{}", "[]", "()", "", "0", "0.0" };

	if (v.kind == VALUE_STR) {
		for (size_t i = 0; i < COUNT(no); i++)
			if (str_eq(v.s, str_from(no[i])))
				return false;
		return true;
	}
	if (v.kind == VALUE_LIST && v.shape == SHAPE_SET)
		return true;
	return v.kind == VALUE_NULL || v.kind == VALUE_OTHER || op_truth(v);
}

bool template_test(const struct template *t, const struct expr_context *c, bool *out, struct err *e)
{
	struct value local[LOCALS_MAX], v;
	struct eval ev;
	bool empty;

	start(&ev, t, c, local, e);
	if (t->typing == TEMPLATE_PLAN) {
		if (!eval_plan(&ev, &v))
			return false;
		*out = op_truth(v);
		return true;
	}
	if (!eval_manifest(&ev, &empty, &v))
		return false;
	*out = !empty && manifest_truth(v);
	return true;
}

bool expr_str(struct buf *b, struct value v, struct err *e)
{
	return repr_str(b, v, NUMBERS_PYTHON, e);
}

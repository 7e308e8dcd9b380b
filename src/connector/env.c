/* SPDX-License-Identifier: Apache-2.0 */
/*
 * env.c - ${NAME} from the environment and { file: PATH } from secret files, put into a YAML tree.
 *
 * A touched node is in `touched` under its address; broken ones say so.  What a variable holds is
 * never expanded itself: every node stands in the tree once (yaml.h copies aliases).
 */
#include "connector/env.h"

#include "base/file.h"
#include "base/map.h"

#include <stdlib.h>

struct env_mark {
	const struct node *node;
	bool broken;
};

void env_init(struct env *v)
{
	v->touched = map_new(v->a);
}

static struct str node_key(const struct node *const *n)
{
	return (struct str){ (const char *)n, sizeof *n };
}

static const struct env_mark *mark_of(const struct env *v, const struct node *n)
{
	return map_get(v->touched, node_key(&n));
}

static void mark_put(struct env *v, const struct node *n, bool broken)
{
	struct env_mark *m = arena_new_struct(v->a, struct env_mark);

	*m = (struct env_mark){ n, broken };
	map_put(v->touched, node_key(&m->node), m);
}

bool env_touched(const struct env *v, const struct node *n)
{
	return mark_of(v, n) != NULL;
}

bool env_broken(const struct env *v, const struct node *tree)
{
	const struct env_mark *m = mark_of(v, tree);

	if (m && m->broken)
		return true;
	for (size_t i = 0; tree->kind != NODE_SCALAR && i < tree->n; i++)
		if (env_broken(v, tree->item[i]))
			return true;
	return false;
}

static bool name_char(char c, bool first)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_' ||
	       (!first && c >= '0' && c <= '9');
}

static size_t name_len(struct str s)
{
	size_t n = 0;

	while (n < s.len && name_char(s.at[n], n == 0))
		n++;
	return n;
}

static bool add_variable(struct env *v, const struct node *n, struct str name,
			 const struct str *fallback, struct buf *out)
{
	struct str named = str_keep(v->a, name);
	const char *got = v->get ? v->get(named.at) : getenv(named.at);

	if (fallback && (!got || !*got)) {
		buf_add(out, *fallback);
		return true;
	}
	if (!got)
		return complain(v->list, v->a, n, v->file,
				"the environment variable %s is not set; set %s, or write ${%s:-…}",
				named.at, named.at, named.at);
	if (!str_is_utf8(str_from(got)))
		return complain(v->list, v->a, n, v->file,
				"the environment variable %s does not hold valid UTF-8", named.at);
	buf_add(out, str_from(got));
	return true;
}

/* `rest` stands behind "${"; moves it behind the '}'. */
static bool add_reference(struct env *v, const struct node *n, struct str *rest, struct buf *out)
{
	struct str name = str_slice(*rest, 0, name_len(*rest));
	struct str tail = str_slice(*rest, name.len, rest->len), fallback;
	bool has_fallback = str_starts(tail, STR(":-"));
	ptrdiff_t end = str_find(tail, STR("}"));

	if (name.len == 0 || end < 0 || (end > 0 && !has_fallback))
		return complain(v->list, v->a, n, v->file,
				"'${' begins a variable: ${NAME} or ${NAME:-default}; "
				"write $${ for the characters themselves");
	fallback = str_slice(tail, 2, (size_t)end);
	*rest = str_slice(tail, (size_t)end + 1, tail.len);
	return add_variable(v, n, name, has_fallback ? &fallback : NULL, out);
}

static bool expand_text(struct env *v, const struct node *n, struct buf *out)
{
	struct str rest = n->text;
	ptrdiff_t at;
	bool good = true;

	while ((at = str_find(rest, STR("${"))) >= 0) {
		bool literal = at > 0 && rest.at[at - 1] == '$';

		buf_add(out, str_slice(rest, 0, (size_t)at - literal));
		rest = str_slice(rest, (size_t)at + 2, rest.len);
		if (literal)
			buf_add(out, STR("${"));
		else if (!add_reference(v, n, &rest, out))
			good = false;
	}
	buf_add(out, rest);
	if (out->failed)
		good = complain(v->list, v->a, n, v->file,
				"with its variables this text is longer than %zu bytes",
				ENV_TEXT_MAX);
	return good;
}

void env_expand(struct env *v, struct node *tree)
{
	struct buf b;

	for (size_t i = 0; tree->kind != NODE_SCALAR && i < tree->n; i++)
		env_expand(v, tree->item[i]);
	if (tree->kind != NODE_SCALAR || str_find(tree->text, STR("${")) < 0)
		return;
	buf_in(&b, v->a, ENV_TEXT_MAX);
	mark_put(v, tree, !expand_text(v, tree, &b));
	tree->text = buf_str(&b);
	tree->plain = false;
}

static struct str without_line_end(struct str s)
{
	size_t cut = str_ends(s, STR("\r\n")) ? 2 : str_ends(s, STR("\n"));

	return str_slice(s, 0, s.len - cut);
}

/* A path may itself come from the environment: then it is not quoted. */
static bool read_file(struct env *v, const struct node *n, struct str *out)
{
	const struct node *path = n->item[0];
	struct str name = file_join(v->a, v->dir, path->text);
	struct str shown = env_touched(v, path) ? STR("(from the environment)") : path->text;
	struct err e;

	if (!file_read(v->a, str_keep(v->a, name).at, ENV_FILE_MAX, out, &e)) {
		const char *why = e.kind == ERR_MISSING ? "does not exist"
				  : e.kind == ERR_LIMIT ? "is larger than 64 KiB"
							: "cannot be read";

		return complain(v->list, v->a, path, v->file, "the file '%.*s' %s", STR_ARG(shown),
				why);
	}
	*out = without_line_end(*out);
	if (!str_is_utf8(*out) || memchr(out->at, 0, out->len))
		return complain(v->list, v->a, path, v->file, "the file '%.*s' does not hold text",
				STR_ARG(shown));
	return true;
}

void env_read_files(struct env *v, struct node *tree)
{
	struct str text = STR("");

	if (tree->kind == NODE_MAP && tree->n == 1 && str_eq(tree->key[0], STR("file")) &&
	    tree->item[0]->kind == NODE_SCALAR) {
		bool good = !env_broken(v, tree->item[0]) && read_file(v, tree, &text);

		mark_put(v, tree, !good);
		tree->kind = NODE_SCALAR;
		tree->text = text;
		tree->plain = false;
		return;
	}
	for (size_t i = 0; tree->kind != NODE_SCALAR && i < tree->n; i++)
		env_read_files(v, tree->item[i]);
}

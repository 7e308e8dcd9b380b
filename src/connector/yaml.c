/* SPDX-License-Identifier: Apache-2.0 */
/*
 * yaml.c - libfyaml's events become a tree of nodes.
 *
 * The events are read by recursive descent, one function per kind of node; nothing of libfyaml
 * survives the parse.  Always: every node is counted before it is made (YAML_NODES_MAX, the arena's
 * room), also the copies that aliases and merge keys make, and no branch is deeper than
 * YAML_DEPTH_MAX.
 */
#include "connector/yaml.h"

#include "base/file.h"
#include "base/map.h"

#include <libfyaml.h>
#include <limits.h>

#define SCRATCH_BYTES_MAX ((size_t)1 << 31)
#define ARENA_ROOM_MIN ((size_t)256 * 1024) /* kept free for complaints and what follows */

struct builder {
	struct arena *arena, *scratch;
	struct str file;
	struct complaints *list;
	struct fy_parser *parser;
	struct fy_diag *diag;
	struct map *anchor;
	size_t nodes;
	bool stopped; /* a complaint after which reading on makes no sense */
};

/* A member of a map that is being read. */
struct member {
	struct mark mark;
	struct node *item;
};

static struct node *node_read(struct builder *b, const struct fy_event *ev, struct str path,
			      size_t depth);

/* ---- complaints while there is no node yet ---- */

static void stop_at(struct builder *b, struct mark m, struct str path, const char *says)
{
	if (!b->stopped)
		complaints_add(b->list, (struct complaint){ b->file, m.line, m.column, path,
							    str_keep(b->arena, str_from(says)) });
	b->stopped = true;
}

static struct mark mark_of(const struct fy_mark *m)
{
	if (!m)
		return (struct mark){ 0 };
	return (struct mark){ (size_t)m->line + 1, (size_t)m->column + 1 };
}

/* The library's marks point behind a quote and behind the '*' of an alias. */
static struct mark event_mark(const struct fy_event *ev)
{
	/* The library's accessor lacks a const. */
	struct mark m = mark_of(fy_event_start_mark((struct fy_event *)(uintptr_t)ev));
	enum fy_scalar_style style = FYSS_PLAIN;

	if (ev->type == FYET_SCALAR)
		style = fy_token_scalar_style(ev->scalar.value);
	if (m.column > 1 &&
	    (ev->type == FYET_ALIAS || style == FYSS_SINGLE_QUOTED || style == FYSS_DOUBLE_QUOTED))
		m.column--;
	return m;
}

/* What libfyaml collected: its first error. */
static void stop_syntax(struct builder *b)
{
	void *at = NULL;
	struct fy_diag_error *first = fy_diag_errors_iterate(b->diag, &at);

	if (!first)
		stop_at(b, (struct mark){ 0 }, STR(""), "this is not YAML");
	else
		stop_at(b,
			(struct mark){ (size_t)(first->line > 0 ? first->line : 1),
				       (size_t)(first->column > 0 ? first->column : 1) },
			STR(""), first->msg ? first->msg : "this is not YAML");
}

/* ---- nodes ---- */

static struct str path_join(struct arena *a, struct str parent, const char *mid, struct str last,
			    const char *end)
{
	if (parent.len + last.len + 2 > YAML_PATH_BYTES_MAX) {
		if (str_ends(parent, STR("...")))
			return parent;
		return str_printf(a, "%.*s...", STR_ARG(parent));
	}
	return str_printf(a, "%.*s%s%.*s%s", STR_ARG(parent), mid, STR_ARG(last), end);
}

struct str node_path_key(struct arena *a, struct str parent, struct str key)
{
	return path_join(a, parent, parent.len ? "." : "", key, "");
}

struct str node_path_index(struct arena *a, struct str parent, size_t i)
{
	return path_join(a, parent, "[", str_printf(a, "%zu", i), "]");
}

static struct node *node_new(struct builder *b, enum node_kind kind, struct mark m, struct str path)
{
	struct node *n;

	if (++b->nodes > YAML_NODES_MAX || arena_room(b->arena) < ARENA_ROOM_MIN) {
		stop_at(b, m, path,
			"the file grows too large here (are there aliases of aliases?)");
		return NULL;
	}
	n = arena_new_struct(b->arena, struct node);
	*n = (struct node){ .kind = kind,
			    .line = m.line,
			    .column = m.column,
			    .path = path,
			    .parameters = UNDEFINED };
	return n;
}

/* Puts what was collected into the node's own arrays. */
static void map_fill(struct builder *b, struct node *n, const struct map *members)
{
	n->n = map_len(members);
	n->key = arena_new_array(b->arena, struct str, n->n);
	n->key_mark = arena_new_array(b->arena, struct mark, n->n);
	n->item = arena_new_array(b->arena, struct node *, n->n);
	for (size_t i = 0; i < n->n; i++) {
		const struct map_entry *entry = map_at(members, i);
		const struct member *m = entry->value;

		n->key[i] = entry->key;
		n->key_mark[i] = m->mark;
		n->item[i] = m->item;
	}
}

static struct node *node_copy(struct builder *b, const struct node *from, struct str path,
			      size_t depth)
{
	struct node *n;

	if (depth > YAML_DEPTH_MAX) {
		stop_at(b, (struct mark){ from->line, from->column }, path, "nested too deeply");
		return NULL;
	}
	n = node_new(b, from->kind, (struct mark){ from->line, from->column }, path);
	if (!n)
		return NULL;
	n->text = from->text;
	n->plain = from->plain;
	n->key = from->key;
	n->key_mark = from->key_mark;
	n->n = from->n;
	n->item = arena_new_array(b->arena, struct node *, from->n);
	for (size_t i = 0; i < from->n; i++) {
		struct str p = from->kind == NODE_MAP ? node_path_key(b->arena, path, from->key[i])
						      : node_path_index(b->arena, path, i);

		n->item[i] = node_copy(b, from->item[i], p, depth + 1);
		if (!n->item[i])
			return NULL;
	}
	return n;
}

/* ---- anchors and tags ---- */

static struct str token_text(struct builder *b, struct fy_token *t)
{
	size_t len = 0;
	const char *text = t ? fy_token_get_text(t, &len) : NULL;

	return str_keep(b->arena, (struct str){ text ? text : "", text ? len : 0 });
}

static void anchor_keep(struct builder *b, struct fy_token *anchor, struct node *n)
{
	if (anchor && n)
		map_put(b->anchor, token_text(b, anchor), n);
}

static struct node *alias_read(struct builder *b, const struct fy_event *ev, struct str path,
			       size_t depth)
{
	const struct node *target = map_get(b->anchor, token_text(b, ev->alias.anchor));

	if (!target) {
		stop_at(b, event_mark(ev), path,
			"the alias names an anchor that is not complete here, or is nowhere");
		return NULL;
	}
	return node_copy(b, target, path, depth);
}

/* The core schema's tags: which kind of node they may stand at, and whether they make text. */
static const struct core_tag {
	const char *suffix;
	enum node_kind kind;
	bool plain;
} core_tags[] = {
	{ "str", NODE_SCALAR, false },  { "null", NODE_SCALAR, true },
	{ "bool", NODE_SCALAR, true },  { "int", NODE_SCALAR, true },
	{ "float", NODE_SCALAR, true }, { "seq", NODE_LIST, false },
	{ "map", NODE_MAP, false },
};

static void tag_apply(struct builder *b, struct fy_token *tag, struct node *n)
{
	struct str text = token_text(b, tag), prefix = STR("tag:yaml.org,2002:");
	struct mark m = { n->line, n->column };

	if (!tag)
		return;
	if (str_eq(text, STR("!"))) {
		n->plain = false;
		return;
	}
	if (str_starts(text, prefix))
		text = str_slice(text, prefix.len, text.len);
	else if (str_starts(text, STR("!!")))
		text = str_slice(text, 2, text.len);
	for (size_t i = 0; i < COUNT(core_tags); i++)
		if (core_tags[i].kind == n->kind && str_eq(text, str_from(core_tags[i].suffix))) {
			n->plain = core_tags[i].plain;
			return;
		}
	stop_at(b, m, n->path, "this tag is not supported; only those of YAML's core schema are");
}

/* ---- reading ---- */

static struct fy_event *event_next(struct builder *b)
{
	struct fy_event *ev = b->stopped ? NULL : fy_parser_parse(b->parser);

	if (!ev)
		stop_syntax(b);
	return ev;
}

static struct node *scalar_read(struct builder *b, const struct fy_event *ev, struct str path)
{
	struct node *n = node_new(b, NODE_SCALAR, event_mark(ev), path);
	size_t len = 0;
	const char *text;

	if (!n)
		return NULL;
	text = fy_token_get_text(ev->scalar.value, &len);
	if (len > arena_room(b->arena) - ARENA_ROOM_MIN / 2) {
		stop_at(b, event_mark(ev), path, "the file grows too large here");
		return NULL;
	}
	n->text = str_keep(b->arena, (struct str){ text ? text : "", text ? len : 0 });
	n->plain = fy_token_scalar_style(ev->scalar.value) == FYSS_PLAIN;
	tag_apply(b, ev->scalar.tag, n);
	anchor_keep(b, ev->scalar.anchor, n);
	return n;
}

static struct node *list_read(struct builder *b, const struct fy_event *start, struct str path,
			      size_t depth)
{
	struct node *n = node_new(b, NODE_LIST, event_mark(start), path);
	struct node **item = NULL;
	size_t len = 0, cap = 0;
	bool more = n != NULL;

	while (more) {
		struct fy_event *ev = event_next(b);
		struct node *child = NULL;

		more = ev && ev->type != FYET_SEQUENCE_END;
		if (more)
			child = node_read(b, ev, node_path_index(b->arena, path, len), depth + 1);
		more = more && child;
		if (child && len == cap) {
			size_t grown = cap ? 2 * cap : 8;

			item = arena_grow(b->scratch, item, cap * sizeof(*item),
					  grown * sizeof(*item));
			cap = grown;
		}
		if (child)
			item[len++] = child;
		fy_parser_event_free(b->parser, ev);
	}
	if (b->stopped || !n)
		return NULL;
	n->n = len;
	n->item = arena_new_array(b->arena, struct node *, len);
	if (len)
		memcpy(n->item, item, len * sizeof(*item));
	return n;
}

/* Takes the members of a "<<" value that the map does not have itself. */
static void merge_map(struct builder *b, struct map *members, const struct node *from,
		      const struct node *into, size_t depth)
{
	if (from->kind != NODE_MAP) {
		stop_at(b, (struct mark){ from->line, from->column }, from->path,
			"a merge key (<<) takes a map or a list of maps");
		return;
	}
	for (size_t i = 0; i < from->n && !b->stopped; i++) {
		struct member *m;

		if (map_get(members, from->key[i]))
			continue;
		m = arena_new_struct(b->scratch, struct member);
		m->mark = from->key_mark[i];
		m->item = node_copy(b, from->item[i],
				    node_path_key(b->arena, into->path, from->key[i]), depth + 1);
		if (m->item)
			map_put(members, from->key[i], m);
	}
}

static void merge_all(struct builder *b, struct map *members, const struct node *from,
		      const struct node *into, size_t depth)
{
	if (from->kind != NODE_LIST) {
		merge_map(b, members, from, into, depth);
		return;
	}
	for (size_t i = 0; i < from->n; i++)
		merge_map(b, members, from->item[i], into, depth);
}

static bool key_read(struct builder *b, const struct fy_event *ev, const struct node *map,
		     struct str *key, bool *is_merge)
{
	size_t len = 0;
	const char *text;

	if (ev->type != FYET_SCALAR || ev->scalar.anchor) {
		stop_at(b, event_mark(ev), map->path, "a key must be plain text without an anchor");
		return false;
	}
	text = fy_token_get_text(ev->scalar.value, &len);
	*key = str_keep(b->arena, (struct str){ text ? text : "", text ? len : 0 });
	*is_merge =
		str_eq(*key, STR("<<")) && fy_token_scalar_style(ev->scalar.value) == FYSS_PLAIN;
	return true;
}

/* One "key: value"; false at the map's end and when stopped. */
static bool member_read(struct builder *b, struct node *map, struct map *members,
			struct node **merge, size_t depth)
{
	struct fy_event *ev = event_next(b), *value;
	struct member *m = arena_new_struct(b->scratch, struct member);
	struct str key = STR("");
	bool is_merge = false;
	bool more = ev && ev->type != FYET_MAPPING_END && key_read(b, ev, map, &key, &is_merge);

	if (more)
		m->mark = event_mark(ev);
	fy_parser_event_free(b->parser, ev);
	if (!more)
		return false;
	value = event_next(b);
	if (value)
		m->item = node_read(b, value, node_path_key(b->arena, map->path, key), depth + 1);
	fy_parser_event_free(b->parser, value);
	if (!m->item)
		return false;
	if (is_merge && !*merge)
		*merge = m->item;
	else if (is_merge || map_get(members, key))
		stop_at(b, m->mark, m->item->path, "this key stands here twice");
	else
		map_put(members, key, m);
	return !b->stopped;
}

static struct node *map_read(struct builder *b, const struct fy_event *start, struct str path,
			     size_t depth)
{
	struct node *n = node_new(b, NODE_MAP, event_mark(start), path);
	struct map *members = map_new(b->scratch);
	struct node *merge = NULL;

	while (n && member_read(b, n, members, &merge, depth))
		;
	if (b->stopped || !n)
		return NULL;
	if (merge)
		merge_all(b, members, merge, n, depth);
	if (b->stopped)
		return NULL;
	map_fill(b, n, members);
	return n;
}

static struct node *node_read(struct builder *b, const struct fy_event *ev, struct str path,
			      size_t depth)
{
	struct fy_token *anchor = NULL, *tag = NULL;
	struct node *n = NULL;

	if (depth > YAML_DEPTH_MAX) {
		stop_at(b, event_mark(ev), path, "nested too deeply");
		return NULL;
	}
	if (ev->type == FYET_SCALAR)
		return scalar_read(b, ev, path);
	if (ev->type == FYET_ALIAS)
		return alias_read(b, ev, path, depth);
	if (ev->type == FYET_SEQUENCE_START) {
		anchor = ev->sequence_start.anchor;
		tag = ev->sequence_start.tag;
		n = list_read(b, ev, path, depth);
	} else if (ev->type == FYET_MAPPING_START) {
		anchor = ev->mapping_start.anchor;
		tag = ev->mapping_start.tag;
		n = map_read(b, ev, path, depth);
	} else {
		stop_at(b, event_mark(ev), path, "something is missing here");
	}
	if (n)
		tag_apply(b, tag, n);
	anchor_keep(b, anchor, n);
	return n;
}

/* The one document of the file, or NULL after a complaint. */
static struct node *document_read(struct builder *b)
{
	struct node *root = NULL;
	size_t documents = 0;

	for (bool more = true; more && !b->stopped;) {
		struct fy_event *ev = event_next(b);

		more = ev && ev->type != FYET_STREAM_END;
		if (more && ev->type == FYET_DOCUMENT_START && ++documents > 1)
			stop_at(b, event_mark(ev), STR(""), "one file holds one document");
		else if (more && ev->type != FYET_STREAM_START && ev->type != FYET_DOCUMENT_START &&
			 ev->type != FYET_DOCUMENT_END)
			root = node_read(b, ev, STR(""), 0);
		fy_parser_event_free(b->parser, ev);
	}
	if (!root)
		stop_at(b, (struct mark){ 1, 1 }, STR(""), "the file is empty");
	return b->stopped ? NULL : root;
}

/* ---- before libfyaml sees it ---- */

/* Line and column (in characters) of byte `at`. */
static struct mark byte_mark(struct str text, size_t at)
{
	struct mark m = { 1, 1 };

	for (size_t i = 0; i < at; i++) {
		if (text.at[i] == '\n')
			m = (struct mark){ m.line + 1, 1 };
		else if (((unsigned char)text.at[i] & 0xC0) != 0x80)
			m.column++;
	}
	return m;
}

static bool is_control(char c)
{
	return ((unsigned char)c < 0x20 && c != '\t' && c != '\n' && c != '\r') || c == 0x7F;
}

/* libfyaml's own words on spoilt bytes name no place. */
static void check_bytes(struct builder *b, struct str text)
{
	for (size_t i = 0; i < text.len && !b->stopped;) {
		size_t len = str_utf8_len(str_slice(text, i, text.len));

		if (len == 0)
			stop_at(b, byte_mark(text, i), STR(""), "this is not valid UTF-8");
		else if (is_control(text.at[i]))
			stop_at(b, byte_mark(text, i), STR(""),
				"a control character is not allowed");
		i += len;
	}
}

static void diag_quiet(struct fy_diag *diag, void *user, const char *text, size_t len)
{
	(void)diag, (void)user, (void)text, (void)len; /* the errors are collected instead */
}

static struct fy_diag *diag_new(void)
{
	struct fy_diag_cfg cfg;
	struct fy_diag *diag;

	fy_diag_cfg_default(&cfg);
	cfg.fp = NULL;
	cfg.output_fn = diag_quiet;
	cfg.colorize = false;
	diag = fy_diag_create(&cfg);
	assert(diag); /* out of memory */
	fy_diag_set_collect_errors(diag, true);
	return diag;
}

static struct node *builder_run(struct builder *b, struct str text)
{
	struct fy_parse_cfg cfg = { .flags = FYPCF_QUIET | FYPCF_COLLECT_DIAG |
					     FYPCF_DEFAULT_VERSION_1_2 | FYPCF_JSON_NONE };
	struct node *root = NULL;

	check_bytes(b, text);
	if (str_trim(text).len == 0)
		stop_at(b, (struct mark){ 1, 1 }, STR(""), "the file is empty");
	if (b->stopped)
		return NULL;
	b->diag = cfg.diag = diag_new();
	b->parser = fy_parser_create(&cfg);
	assert(b->parser); /* out of memory */
	if (fy_parser_set_string(b->parser, text.at, text.len) == 0)
		root = document_read(b);
	else
		stop_syntax(b);
	fy_parser_destroy(b->parser);
	fy_diag_destroy(b->diag);
	return root;
}

bool yaml_parse(struct arena *a, struct str text, struct str file, struct node **out,
		struct complaints *list, struct err *e)
{
	struct complaints own = { .n = 0 };
	struct builder b = { .arena = a, .file = str_keep(a, file), .list = list ? list : &own };
	AUTO_ARENA *scratch = arena_new("yaml", SCRATCH_BYTES_MAX);
	size_t before = b.list->n;
	struct node *root;

	b.scratch = scratch;
	b.anchor = map_new(scratch);
	root = builder_run(&b, text);
	if (!root) {
		struct str says = complaint_text(
			a, &b.list->at[before < COMPLAINTS_MAX ? before : COMPLAINTS_MAX - 1]);

		return err_set(e, b.nodes > YAML_NODES_MAX ? ERR_LIMIT : ERR_CONFIG, "%.*s",
			       STR_ARG(says));
	}
	*out = root;
	return true;
}

bool yaml_load(struct arena *a, const char *path, size_t bytes_max, struct node **out,
	       struct complaints *list, struct err *e)
{
	struct str text;

	if (!file_read(a, path, bytes_max, &text, e)) {
		if (list)
			complaints_add(list, (struct complaint){ str_keep(a, str_from(path)), 0, 0,
								 STR(""),
								 str_keep(a, str_from(e->text)) });
		return false;
	}
	return yaml_parse(a, text, str_from(path), out, list, e);
}

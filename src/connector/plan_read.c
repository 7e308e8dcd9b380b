/* SPDX-License-Identifier: Apache-2.0 */
/*
 * plan_read.c - reads a map of the plan by the table of its keys.
 *
 * A text that came from the environment or a file is never quoted in a complaint, whatever is wrong
 * with it; a node that could not be expanded is passed over, for it was complained about already.
 */
#include "connector/plan_read.h"

#include <stdarg.h>
#include <stdio.h>

#define QUOTE_MAX 60
#define NAME_MAX_BYTES 63 /* PostgreSQL's longest identifier */
#define SAY_MAX 1024

void plan_complain(struct plan_loader *p, const struct node *n, const char *fmt, ...)
{
	char says[SAY_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(says, sizeof says, fmt, ap);
	va_end(ap);
	complain(p->list, p->a, n, p->file, "%s", says);
}

void plan_complain_key(struct plan_loader *p, const struct node *map, size_t i, const char *fmt,
		       ...)
{
	char says[SAY_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(says, sizeof says, fmt, ap);
	va_end(ap);
	complain_key(p->list, p->a, map, i, p->file, "%s", says);
}

const char *plan_quote(const struct plan_loader *p, const struct node *n)
{
	struct str s = n->text;
	size_t cut = 0;

	if (env_touched(&p->env, n))
		return "what ${…} gave";
	if (s.len <= QUOTE_MAX)
		return str_printf(p->a, "'%.*s'", STR_ARG(s)).at;
	while (cut < QUOTE_MAX) {
		size_t step = str_utf8_len(str_slice(s, cut, s.len));

		cut += step ? step : 1;
	}
	return str_printf(p->a, "'%.*s…'", (int)cut, s.at).at;
}

const char *plan_hint(struct plan_loader *p, struct str s, const char *const *names, size_t n)
{
	const char *near = str_nearest(s, names, n);

	return near ? str_printf(p->a, ", did you mean '%s'?", near).at : "";
}

bool plan_expect(struct plan_loader *p, const struct node *n, enum node_kind kind, const char *what)
{
	if (kind == NODE_SCALAR && env_broken(&p->env, n))
		return false;
	if (n->kind == kind)
		return true;
	if (n->kind != NODE_SCALAR || !env_broken(&p->env, n))
		plan_complain(p, n, "%s is expected here", what);
	return false;
}

/* ---- scalars ---- */

/* How one type of scalar is read: false fills *e. */
struct scalar_type {
	const char *expects; /* "is not …" */
	bool (*read)(struct plan_loader *p, struct str text, void *into, struct err *e);
};

static bool read_text(struct plan_loader *p, struct str text, void *into, struct err *e)
{
	(void)p; /* only templates and zones are made in the arena */
	(void)e; /* any text will do */
	*(struct str *)into = text;
	return true;
}

static bool identifier(struct str s)
{
	for (size_t i = 0; i < s.len; i++) {
		char c = s.at[i];
		bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';

		if (!letter && (i == 0 || c < '0' || c > '9'))
			return false;
	}
	return s.len > 0 && s.len <= NAME_MAX_BYTES;
}

static bool read_name(struct plan_loader *p, struct str text, void *into, struct err *e)
{
	return identifier(text) ? read_text(p, text, into, e) : err_set(e, ERR_CONFIG, "no name");
}

static bool read_table(struct plan_loader *p, struct str text, void *into, struct err *e)
{
	struct str rest = text, schema = str_cut(&rest, '.');
	bool dotted = schema.len < text.len;

	if (!identifier(schema) || (dotted && !identifier(rest)))
		return err_set(e, ERR_CONFIG, "no table");
	return read_text(p, text, into, e);
}

static bool read_url(struct plan_loader *p, struct str text, void *into, struct err *e)
{
	bool web = (str_starts(text, STR("https://")) && text.len > 8) ||
		   (str_starts(text, STR("http://")) && text.len > 7);

	return web ? read_text(p, text, into, e) : err_set(e, ERR_CONFIG, "no URL");
}

static bool read_integer(struct plan_loader *p, struct str text, void *into, struct err *e)
{
	(void)p;
	return str_to_i64(text, into) || err_set(e, ERR_CONFIG, "no integer");
}

static bool read_bytes(struct plan_loader *p, struct str text, void *into, struct err *e)
{
	static const struct {
		struct str unit;
		int64_t size;
	} units[] = { { { "KiB", 3 }, 1024 },
		      { { "MiB", 3 }, 1024 * 1024 },
		      { { "GiB", 3 }, 1024 * 1024 * 1024 },
		      { { "", 0 }, 1 } };
	struct str number;
	size_t i = 0;
	int64_t n;

	(void)p;
	while (!str_ends(text, units[i].unit))
		i++;
	number = str_trim(str_slice(text, 0, text.len - units[i].unit.len));
	if (!str_to_i64(number, &n) || n < 0 || n > INT64_MAX / units[i].size)
		return err_set(e, ERR_CONFIG, "no size");
	*(size_t *)into = (size_t)(n * units[i].size);
	return true;
}

/* "80%", or the number alone. */
static bool read_percent(struct plan_loader *p, struct str text, void *into, struct err *e)
{
	int64_t n;

	(void)p;
	if (str_ends(text, STR("%")))
		text.len--;
	if (!str_to_i64(str_trim(text), &n) || n < 0 || n > 100)
		return err_set(e, ERR_CONFIG, "no share");
	*(int64_t *)into = n;
	return true;
}

static bool read_duration(struct plan_loader *p, struct str text, void *into, struct err *e)
{
	struct duration d;

	(void)p;
	if (!duration_parse_plain(text, &d, e))
		return false;
	if (d.months != 0 || d.us < 0)
		return err_set(e, ERR_CONFIG, "no exact length of time");
	*(int64_t *)into = d.us / 1000;
	return true;
}

static bool read_boolean(struct plan_loader *p, struct str text, void *into, struct err *e)
{
	(void)p;
	if (!str_eq_nocase(text, STR("true")) && !str_eq_nocase(text, STR("false")))
		return err_set(e, ERR_CONFIG, "no boolean");
	*(bool *)into = str_eq_nocase(text, STR("true"));
	return true;
}

static bool read_zone(struct plan_loader *p, struct str text, void *into, struct err *e)
{
	return zone_load(p->a, text, into, e);
}

static bool read_template(struct plan_loader *p, struct str text, void *into, struct err *e)
{
	static const char *const names[] = { "record", "config", "stream_partition" };
	static const struct expr_scope scope = { names, COUNT(names) };
	struct template *t;

	_Static_assert(COUNT(names) == PLAN_VARIABLES, "a name for every variable");
	if (!template_compile(p->a, text, TEMPLATE_PLAN, &scope, &t, e))
		return false;
	*(const struct template **)into = t;
	return true;
}

/* Types whose reader knows best what is wrong have no `expects`. */
static const struct scalar_type types[] = {
	[KEY_TEXT] = { "a text", read_text },
	[KEY_NAME] = { "a column name (letters, digits and _, at most 63 bytes)", read_name },
	[KEY_TABLE] = { "a table name (letters, digits and _, at most 63 bytes, "
			"with a schema before a dot if need be)",
			read_table },
	[KEY_URL] = { "a URL that begins with https:// or http://", read_url },
	[KEY_INTEGER] = { "a whole number", read_integer },
	[KEY_BYTES] = { "a size such as 64MiB", read_bytes },
	[KEY_PERCENT] = { "a share such as 80%", read_percent },
	[KEY_DURATION] = { "a length of time such as 30s, 15m, 2h or 1d", read_duration },
	[KEY_BOOLEAN] = { "true or false", read_boolean },
	[KEY_WORD] = { "one of the words known here", NULL },
	[KEY_ZONE] = { NULL, read_zone },
	[KEY_TEMPLATE] = { NULL, read_template },
};

bool plan_scalar(struct plan_loader *p, const struct node *n, enum key_type type, void *into)
{
	const struct scalar_type *t = &types[type];
	bool null = node_is_null(n);
	struct err e;

	assert(type <= KEY_TEMPLATE && t->read);
	if (!plan_expect(p, n, NODE_SCALAR, t->expects ? t->expects : "a text"))
		return false;
	if (null && type != KEY_TEMPLATE) {
		plan_complain(p, n, "nothing stands here; %s is expected",
			      t->expects ? t->expects : "a text");
		return false;
	}
	if (t->read(p, null ? STR("{{ none }}") : n->text, into, &e))
		return true;
	if (t->expects)
		plan_complain(p, n, "%s is not %s", plan_quote(p, n), t->expects);
	else if (env_touched(&p->env, n))
		plan_complain(p, n, "%s cannot be used", plan_quote(p, n));
	else
		plan_complain(p, n, "%s", e.text);
	return false;
}

bool plan_name_ok(struct plan_loader *p, const struct node *map, size_t i, enum key_type type)
{
	struct str name;
	struct err e;

	assert(type == KEY_NAME || type == KEY_TABLE);
	if (types[type].read(p, map->key[i], &name, &e))
		return true;
	plan_complain_key(p, map, i, "this is not %s", types[type].expects);
	return false;
}

/* ---- rows ---- */

static void read_word(struct plan_loader *p, const struct node *n, const struct plan_key *k,
		      void *into)
{
	unsigned count = 0;
	struct buf all;

	if (!plan_expect(p, n, NODE_SCALAR, types[KEY_WORD].expects))
		return;
	buf_in(&all, p->a, SAY_MAX);
	for (; k->word[count]; count++) {
		if (str_eq(n->text, str_from(k->word[count]))) {
			memcpy(into, &count, sizeof count);
			return;
		}
		buf_printf(&all, "%s%s", count ? ", " : "", k->word[count]);
	}
	if (env_touched(&p->env, n))
		plan_complain(p, n, "%s is not one of: %s", plan_quote(p, n), buf_str(&all).at);
	else
		plan_complain(p, n, "%s is not one of: %s%s", plan_quote(p, n), buf_str(&all).at,
			      plan_hint(p, n->text, k->word, count));
}

/* Reads a number and puts it down only when it is within the row's limits. */
static void read_number(struct plan_loader *p, const struct node *n, const struct plan_key *k,
			void *into)
{
	int64_t got;
	const char *unit = k->type == KEY_DURATION ? " ms" : k->type == KEY_BYTES ? " bytes" : "";

	_Static_assert(sizeof(size_t) == sizeof(int64_t), "sizes are read as numbers");
	if (!plan_scalar(p, n, k->type, &got))
		return;
	if (got < k->min)
		plan_complain(p, n, "%s is too small: at least %lld%s", plan_quote(p, n),
			      (long long)k->min, unit);
	else if (k->max && got > k->max)
		plan_complain(p, n, "%s is too large: at most %lld%s", plan_quote(p, n),
			      (long long)k->max, unit);
	else
		memcpy(into, &got, sizeof got);
}

static void read_row(struct plan_loader *p, const struct node *n, const struct plan_key *k,
		     void *into)
{
	if (k->read)
		k->read(p, n, into);
	else if (k->type == KEY_VALUE)
		return;
	else if (k->type == KEY_MAP)
		plan_map(p, n, k->of, into);
	else if (k->type == KEY_WORD)
		read_word(p, n, k, into);
	else if (k->type == KEY_INTEGER || k->type == KEY_DURATION || k->type == KEY_BYTES)
		read_number(p, n, k, into);
	else
		plan_scalar(p, n, k->type, into);
}

static void *at(void *into, const struct plan_keys *keys, const struct plan_key *k)
{
	return (char *)into + keys->offset + k->offset;
}

void plan_defaults(struct plan_loader *p, const struct plan_keys *keys, void *into)
{
	for (; keys; keys = keys->more)
		for (size_t i = 0; i < keys->n; i++) {
			const struct plan_key *k = &keys->key[i];
			struct node n = { .kind = NODE_SCALAR, .plain = true };

			n.text = str_from(k->fallback ? k->fallback : "");
			if (k->fallback)
				read_row(p, &n, k, at(into, keys, k));
			else if (k->type == KEY_MAP && !k->read)
				plan_defaults(p, k->of, at(into, keys, k));
		}
}

#define KEYS_MAX 64

static bool known(const struct plan_keys *keys, struct str name)
{
	for (; keys; keys = keys->more)
		for (size_t i = 0; i < keys->n; i++)
			if (str_eq(name, str_from(keys->key[i].name)))
				return true;
	return false;
}

void plan_check_keys(struct plan_loader *p, const struct node *n, const struct plan_keys *keys)
{
	const char *names[KEYS_MAX];
	size_t count = 0;

	for (const struct plan_keys *k = keys; k; k = k->more)
		for (size_t i = 0; i < k->n; i++) {
			assert(count < KEYS_MAX);
			names[count++] = k->key[i].name;
		}
	for (size_t i = 0; i < n->n; i++)
		if (!known(keys, n->key[i]))
			plan_complain_key(p, n, i, "there is no key '%.*s' here%s",
					  STR_ARG(n->key[i]),
					  plan_hint(p, n->key[i], names, count));
}

void plan_map(struct plan_loader *p, const struct node *n, const struct plan_keys *keys, void *into)
{
	if (!plan_expect(p, n, NODE_MAP, keys->short_form ? "a value or a map" : "a map of keys"))
		return;
	plan_check_keys(p, n, keys);
	for (; keys; keys = keys->more)
		for (size_t i = 0; i < keys->n; i++) {
			const struct plan_key *k = &keys->key[i];
			const struct node *child = node_get(n, k->name);

			if (child)
				read_row(p, child, k, at(into, keys, k));
			else if (k->required)
				plan_complain(p, n, "the key '%s' is missing: %s", k->name,
					      k->says);
		}
}

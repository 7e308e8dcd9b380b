/* SPDX-License-Identifier: Apache-2.0 */
/*
 * plan_column.c - one column of a table: where its content comes from and who may change it.
 *
 * A scalar in a column's place is its value.  A constant is tried against the column's type here.
 */
#include "connector/plan_read.h"

static const char *const type_words[] = {
	[COLUMN_TEXT] = "text",   [COLUMN_INTEGER] = "integer", [COLUMN_DECIMAL] = "decimal",
	[COLUMN_FLOAT] = "float", [COLUMN_BOOLEAN] = "boolean", [COLUMN_TIMESTAMP] = "timestamp",
	[COLUMN_DATE] = "date",   [COLUMN_UUID] = "uuid",       [COLUMN_JSON] = "json",
	[COLUMN_TYPES] = NULL,
};

static const char *const overwrite_words[] = {
	[OVERWRITE_ALWAYS] = "always",
	[OVERWRITE_NEVER] = "never",
	[OVERWRITE_WHEN_SOURCE_CHANGED] = "when_source_changed",
	NULL,
};

static const char *const conflict_words[] = {
	[CONFLICT_OFF] = "off",       [CONFLICT_VENDOR] = "vendor", [CONFLICT_LOCAL] = "local",
	[CONFLICT_NEWEST] = "newest", [CONFLICT_HOLD] = "hold",     NULL,
};

static void read_store(struct plan_loader *p, const struct node *n, void *into)
{
	(void)into; /* there is only one thing to store */
	if (!node_is_null(n))
		plan_complain(p, n, "only null can be stored when no row is found");
}

static const struct plan_key missing_rows[] = {
	{ .name = "store",
	  .type = KEY_VALUE,
	  .read = read_store,
	  .says = "null: what the column holds then." },
	{ .name = "warn",
	  .type = KEY_BOOLEAN,
	  .fallback = "true",
	  .offset = offsetof(struct plan_column, warn_missing),
	  .says = "Count a warning." },
	{ .name = "relink",
	  .type = KEY_BOOLEAN,
	  .fallback = "false",
	  .offset = offsetof(struct plan_column, relink),
	  .says = "Look again at the end of every run, for a row that came later." },
	{ .name = "reject",
	  .type = KEY_BOOLEAN,
	  .fallback = "false",
	  .offset = offsetof(struct plan_column, reject_missing),
	  .says = "Put the record into quarantine instead." },
};

static const struct plan_keys missing_keys = {
	.name = "missing",
	.says = "What to do when a reference finds no row.",
	.key = missing_rows,
	.n = COUNT(missing_rows),
};

/* The type stands first: maps are read by it. */
#define TYPE_ROW                                                                              \
	{                                                                                     \
		.name = "type", .type = KEY_WORD, .word = type_words,                         \
		.offset = offsetof(struct plan_column, type),                                 \
		.says = "The column's type; text by default, for a reference what it finds.", \
	}
#define ZONE_ROW                                                                          \
	{                                                                                 \
		.name = "timezone", .type = KEY_ZONE,                                     \
		.offset = offsetof(struct plan_column, zone),                             \
		.says = "Where a date is taken, in place of the connection's time zone.", \
	}
#define VALUE_ROW                                                                  \
	{                                                                          \
		.name = "value", .type = KEY_TEMPLATE,                             \
		.offset = offsetof(struct plan_column, value),                     \
		.says = "An expression such as {{ record.name }}, or a constant.", \
	}

static const struct plan_key key_column_rows[] = { TYPE_ROW, ZONE_ROW, VALUE_ROW };

const struct plan_keys plan_key_column_keys = {
	.name = "key_column",
	.says = "A column that tells records apart.",
	.key = key_column_rows,
	.n = COUNT(key_column_rows),
	.short_form = "Its value: an expression such as {{ record.id }}.",
};

static const struct plan_key column_rows[] = {
	TYPE_ROW,
	ZONE_ROW,
	VALUE_ROW,
	{ .name = "map",
	  .type = KEY_MAPS,
	  .of = &plan_target_keys,
	  .read = plan_later,
	  .says = "What each of the vendor's values becomes; only letters and digits of them "
		  "count, in any case." },
	{ .name = "exact",
	  .type = KEY_BOOLEAN,
	  .read = plan_later,
	  .says = "Compare with the keys of `map` as they are written." },
	{ .name = "unknown",
	  .type = KEY_MAP,
	  .of = &plan_unknown_keys,
	  .read = plan_later,
	  .says = "What a value without an entry in `map` becomes; reject by default." },
	{ .name = "no_value",
	  .type = KEY_MAP,
	  .of = &plan_unknown_keys,
	  .read = plan_later,
	  .says = "What no value becomes in a column with a `map`; null by default." },
	{ .name = "overwrite",
	  .type = KEY_WORD,
	  .word = overwrite_words,
	  .offset = offsetof(struct plan_column, overwrite),
	  .says = "When a row that is there is changed: always (default), never, or only when "
		  "the vendor's own value changed since the last run." },
	{ .name = "conflict",
	  .type = KEY_WORD,
	  .word = conflict_words,
	  .offset = offsetof(struct plan_column, conflict),
	  .says = "For a column that people edit too: a change on one side alone stands; when both "
		  "sides changed, the vendor's counts, the local one, the newest, or (hold) the "
		  "row keeps what it has and a person decides." },
	{ .name = "never_replace",
	  .type = KEY_MAPS,
	  .read = plan_never_replace,
	  .says = "For a value, those in a row that it never replaces." },
	{ .name = "ref",
	  .type = KEY_MAP_LIST,
	  .of = &plan_ref_keys,
	  .read = plan_refs,
	  .says = "Look in another table; of several ways the first that finds a row. With a "
		  "value as well, only when that is nothing." },
	{ .name = "missing",
	  .type = KEY_MAP,
	  .of = &missing_keys,
	  .says = "What to do when no row is found." },
	{ .name = "follow",
	  .type = KEY_NAME,
	  .offset = offsetof(struct plan_column, follow),
	  .says = "The column of this table by which the row is found again when the row it "
		  "took its content from changes." },
	{ .name = "required",
	  .type = KEY_BOOLEAN,
	  .offset = offsetof(struct plan_column, required),
	  .says = "A record that has nothing for it goes to quarantine." },
};

const struct plan_keys plan_column_keys = {
	.name = "column",
	.says = "Where a column's content comes from and who may change it.",
	.key = column_rows,
	.n = COUNT(column_rows),
	.short_form = "Its value, as text: an expression such as {{ record.name }}.",
};

void plan_later(struct plan_loader *p, const struct node *n, void *into)
{
	(void)p; /* plan_value_map() reads it together with what stands beside it */
	(void)n;
	(void)into;
}

/* A key that only means something beside another. */
static const struct companion {
	const char *key, *needs;
} companions[] = {
	{ "exact", "map" }, { "unknown", "map" }, { "no_value", "map" },
	{ "map", "value" }, { "missing", "ref" }, { "follow", "ref" },
};

static void check_companions(struct plan_loader *p, const struct node *n)
{
	if (node_get(n, "map") && node_get(n, "ref")) {
		plan_complain(p, node_get(n, "map"), "a reference has no map");
		return;
	}
	for (size_t i = 0; i < COUNT(companions); i++) {
		const struct node *at = node_get(n, companions[i].key);

		if (at && !node_get(n, companions[i].needs))
			plan_complain(p, at, "'%s' needs '%s' beside it", companions[i].key,
				      companions[i].needs);
	}
}

static void check_conflict(struct plan_loader *p, const struct node *n, const struct plan_column *c)
{
	const struct node *at = node_get(n, "conflict");

	if (!at || c->conflict == CONFLICT_OFF)
		return;
	if (c->refs > 0)
		plan_complain(p, at,
			      "a reference has no conflict: it follows the row it refers to");
	if (node_get(n, "overwrite"))
		plan_complain(p, at, "either conflict or overwrite: both say whose word counts");
}

static void check_constant(struct plan_loader *p, const struct node *n, const struct plan_column *c)
{
	bool repaired = false;
	struct value cell;
	struct err e;

	if (!c->value || c->map || !template_is_constant(c->value))
		return;
	if (!column_cast(p->a, c->type, c->zone, value_str(template_source(c->value)), &cell,
			 &repaired, &e))
		plan_complain(p, n, "this constant does not fit a column of type %s: %s",
			      column_type_name(c->type), e.text);
}

static void finish(struct plan_loader *p, const struct node *n, struct plan_column *c)
{
	const struct node *zone = node_get(n, "timezone"), *value = node_get(n, "value");

	if (!value && !node_get(n, "ref"))
		plan_complain(p, n, "a column needs a value, or a ref to another table");
	if (zone && c->type != COLUMN_DATE)
		plan_complain(p, zone, "only a column of type date has a timezone");
	if (c->relink && c->reject_missing)
		plan_complain(p, node_get(n, "missing"),
			      "a record that is rejected cannot be linked later: "
			      "either reject or relink");
	if (c->type == COLUMN_DATE && !c->zone)
		c->zone = p->zone;
	check_companions(p, n);
	check_conflict(p, n, c);
	if (!c->refs)
		plan_value_map(p, n, c);
	if (value)
		check_constant(p, value, c);
}

static void note(struct plan_loader *p, const struct node *n, struct plan_column *c)
{
	struct plan_note *note = arena_new_struct(p->a, struct plan_note);

	*note = (struct plan_note){
		.connection = p->connection,
		.table = p->table,
		.column = c,
		.node = n,
		.typed = node_get(n, "type") != NULL,
	};
	*p->last = note;
	p->last = &note->next;
}

void plan_column(struct plan_loader *p, const struct node *n, const struct plan_keys *keys,
		 struct plan_column *c)
{
	c->where = n->path;
	if (n->kind == NODE_SCALAR) {
		plan_scalar(p, n, KEY_TEMPLATE, &c->value);
		return;
	}
	plan_defaults(p, keys, c);
	if (node_get(n, "ref"))
		c->type = COLUMN_UUID;
	plan_map(p, n, keys, c);
	if (n->kind != NODE_MAP)
		return;
	finish(p, n, c);
	note(p, n, c);
}

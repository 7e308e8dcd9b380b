/* SPDX-License-Identifier: Apache-2.0 */
/*
 * plan_read.h - the tables of keys that a plan may hold, and how a map is read by one.
 *
 * Private to plan*.c.  Every kind of map has one const table; each row is a key with its type,
 * default, limits and the sentence that editors show.  Rows stand in the order in which they are
 * read, so a row may rely on those above it.  Nothing here returns an error: what is wrong becomes
 * a complaint and the field keeps its default, so that one load names everything.
 */
#ifndef PLAN_READ_H
#define PLAN_READ_H

#include "connector/env.h"
#include "connector/plan.h"

enum key_type {
	KEY_TEXT,     /* struct str */
	KEY_NAME,     /* struct str: a column */
	KEY_TABLE,    /* struct str: a table, or schema.table */
	KEY_URL,      /* struct str */
	KEY_INTEGER,  /* int64_t */
	KEY_BYTES,    /* size_t */
	KEY_PERCENT,  /* int64_t: 0 to 100 */
	KEY_DURATION, /* int64_t: milliseconds */
	KEY_BOOLEAN,  /* bool */
	KEY_WORD,     /* an enum: the number of the word */
	KEY_ZONE,     /* const struct zone * */
	KEY_TEMPLATE, /* const struct template * */
	KEY_SECRET,   /* struct str, or { file: PATH }; the row reads it */
	KEY_VALUE,    /* anything; whoever has the map looks at it */
	KEY_TEXTS,    /* one text or a list of texts; the row reads it */
	KEY_MAP,      /* a map with the keys of `of` */
	KEY_MAPS,     /* names of the writer's choice, each with a map of the keys of `of` */
	KEY_MAP_LIST, /* a map with the keys of `of`, or a list of such; the row reads it */
};

struct plan_loader;
struct plan_keys;

struct plan_key {
	const char *name, *says;
	enum key_type type;
	bool required;
	const char *fallback;    /* as it would be written; NULL: the zero of its type */
	size_t offset;           /* where it goes in what the table describes */
	int64_t min, max;        /* INTEGER, BYTES, DURATION (ms); max 0: no limit */
	const char *const *word; /* WORD: NULL at the end */
	const struct plan_keys *of;
	/* Replaces the reading by type; `into` is already moved by `offset`. */
	void (*read)(struct plan_loader *p, const struct node *n, void *into);
};

struct plan_keys {
	const char *name; /* "connection": its name in the JSON Schema */
	const char *says;
	const struct plan_key *key;
	size_t n;
	const char *short_form; /* what a scalar in the map's place means, or NULL: not allowed */
	size_t offset;          /* where its rows go in the whole */
	const struct plan_keys *more; /* further keys of the same map, read later */
};

/* A column to look at again when all tables are known. */
struct plan_note {
	struct plan_note *next;
	size_t connection, table; /* numbers */
	struct plan_column *column;
	const struct node *node;
	bool typed; /* the plan names its type */
};

struct plan_loader {
	struct arena *a;
	const struct plan_options *options;
	struct str file, dir;
	struct complaints *list;
	struct env env;
	struct plan *plan;
	struct plan_note *first, **last;

	/* The connection and table being read. */
	const struct manifest *manifest; /* NULL when it did not load */
	const struct actions *actions;
	const struct zone *zone;
	size_t connection, table;
};

void plan_complain(struct plan_loader *p, const struct node *n, const char *fmt, ...) PRINTF(3, 4);

/* About key `i` of a map. */
void plan_complain_key(struct plan_loader *p, const struct node *map, size_t i, const char *fmt,
		       ...) PRINTF(4, 5);

/* "'text'", or words in its place when the text came from outside. */
const char *plan_quote(const struct plan_loader *p, const struct node *n);

/* Complains when the node is not of that kind, or is broken (then it was complained about). */
bool plan_expect(struct plan_loader *p, const struct node *n, enum node_kind kind,
		 const char *what);

/* Puts the defaults of all rows into a zeroed struct. */
void plan_defaults(struct plan_loader *p, const struct plan_keys *keys, void *into);

/* Reads a map over what is already there. */
void plan_map(struct plan_loader *p, const struct node *n, const struct plan_keys *keys,
	      void *into);

/* Only complains about keys that are not in the table. */
void plan_check_keys(struct plan_loader *p, const struct node *n, const struct plan_keys *keys);

/* Reads one scalar by a type alone; false when it is none, with a complaint. */
bool plan_scalar(struct plan_loader *p, const struct node *n, enum key_type type, void *into);

/* Whether key `i` of a map is a name of that type (NAME or TABLE); complains when it is not. */
bool plan_name_ok(struct plan_loader *p, const struct node *map, size_t i, enum key_type type);

/* ", did you mean 'x'?" or "". */
const char *plan_hint(struct plan_loader *p, struct str s, const char *const *names, size_t n);

/* ---- plan.c ---- */

extern const struct plan_keys plan_root_keys;

/* A text, or { file: PATH }; `into` is a struct str. */
void plan_secret(struct plan_loader *p, const struct node *n, void *into);
/* A path, as the plan means it. */
void plan_path(struct plan_loader *p, const struct node *n, void *into);

/* ---- plan_server.c ---- */

extern const struct plan_keys plan_server_keys; /* of a struct server_plan */

/* What can only be said when all of it was read; `n` is the `server` map, or NULL. */
void plan_server_finish(struct plan_loader *p, const struct node *n);

/* ---- plan_sign_in.c ---- */

extern const struct plan_keys plan_sign_in_keys; /* of a struct auth_plan */

/* What one of `auth` lacks to be signed in by; fills in what its issuer says already. */
void plan_sign_in_finish(struct plan_loader *p, const struct node *auth_node,
			 struct auth_plan *auth);
/* `embed_origins`; `into` is the struct server_plan. */
void plan_embed_origins(struct plan_loader *p, const struct node *n, void *into);

/* ---- plan_connector.c ---- */

/* Finds and loads the manifest of a connection; `into` is a struct connection. */
void plan_connector(struct plan_loader *p, const struct node *n, void *into);

/* The connection's config, checked against the manifest's spec; the second when there is none. */
void plan_config(struct plan_loader *p, const struct node *n, void *into);
void plan_no_config(struct plan_loader *p, const struct node *connection, struct connection *c);

/* Letters, digits, - and _: what names of connectors and connections are made of. */
bool plan_word_ok(struct str s);

/* A file's path as the plan means it. */
struct str plan_beside(struct plan_loader *p, struct str path);

/* NULL, with a complaint when the manifest is there. */
const struct stream *plan_stream(struct plan_loader *p, const struct node *at, struct str name);

/* ---- plan_schedule.c ---- */

extern const struct plan_keys plan_schedules_keys; /* of a struct connection */

/* ---- plan_checks.c ---- */

extern const struct plan_keys plan_checks_keys; /* of a struct checks_plan */

/* ---- plan_table.c ---- */

extern const struct plan_keys plan_table_keys;
void plan_tables(struct plan_loader *p, const struct node *n, struct connection *c);

/* ---- plan_follow_up.c ---- */

extern const struct plan_keys plan_follow_up_keys; /* of a struct follow_up_plan */
/* `into` is where the pointer to it goes. */
void plan_read_follow_up(struct plan_loader *p, const struct node *n, void *into);

/* ---- plan_watch.c ---- */

extern const struct plan_keys plan_watch_keys;
void plan_watches(struct plan_loader *p, const struct node *n, struct connection *c);

/* Columns and what they must hold; how many were read. */
size_t plan_conditions(struct plan_loader *p, const struct node *n, struct watch_condition **out);
/* One column or a list of them; how many were read. */
size_t plan_names(struct plan_loader *p, const struct node *n, struct str **out);

/* ---- plan_rotation.c ---- */

extern const struct plan_keys plan_rotation_keys; /* of a struct rotation_plan */
/* `rotation` of a stream, which is NULL when the manifest has none of that name. */
void plan_read_rotation(struct plan_loader *p, const struct node *n, const struct stream *st,
			struct stream_plan *into);
/* When the tables are known. */
void plan_check_rotations(struct plan_loader *p, const struct node *connection,
			  const struct connection *c);

/* ---- plan_webhook.c ---- */

extern const struct plan_keys plan_webhook_keys;
void plan_webhooks(struct plan_loader *p, const struct node *n, struct connection *c);

/* ---- plan_column.c ---- */

extern const struct plan_keys plan_column_keys, plan_key_column_keys;

/* The row of a key that is read together with another one. */
void plan_later(struct plan_loader *p, const struct node *n, void *into);

/* `keys` is one of the two above. */
void plan_column(struct plan_loader *p, const struct node *n, const struct plan_keys *keys,
		 struct plan_column *c);

/* ---- plan_map.c ---- */

extern const struct plan_keys plan_target_keys, plan_unknown_keys;

/* `map`, `unknown`, `no_value` and `exact` of a column whose type is known. */
void plan_value_map(struct plan_loader *p, const struct node *column, struct plan_column *c);
void plan_never_replace(struct plan_loader *p, const struct node *n, void *column);

/* ---- plan_ref.c ---- */

extern const struct plan_keys plan_ref_keys;
void plan_refs(struct plan_loader *p, const struct node *n, void *column);

/* What can only be checked when all tables are known. */
void plan_resolve(struct plan_loader *p);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * plan.h - lockstep.yaml: which database, which connectors, and how streams become rows.
 *
 * ${NAME} and ${NAME:-default} in any text are replaced from the environment before anything else
 * ($${ is a literal ${); `{ file: PATH }` in a config, or as the database, yields the file's
 * content without its last line end.  Relative paths (secret files, key file, connectors that end
 * in .yaml, an SQLite database) are taken from the plan's folder.  Unknown keys, unknown columns,
 * templates that do not compile, references to tables that come later are complaints.
 *
 * The tables that parse (struct plan_keys) also make the JSON Schema for editors (plan_schema()).
 */
#ifndef PLAN_H
#define PLAN_H

#include "connector/manifest.h"
#include "data/column.h"

/* The variables of a plan's expressions, by position. */
enum plan_variable { PLAN_RECORD, PLAN_CONFIG, PLAN_STREAM_PARTITION, PLAN_VARIABLES };

/* What a store can hold, and more than a plan needs; tables count their raw and stamp column. */
#define PLAN_COLUMNS_MAX 64
#define PLAN_TABLE_KEYS_MAX 8

/* ---- columns ---- */

/* What to do with a value: write it, leave what is there, or refuse the record. */
enum map_act { MAP_WRITE, MAP_KEEP, MAP_REJECT };
struct map_target {
	enum map_act act;   /* never KEEP for a new row: loading makes that WRITE of NULL */
	struct value value; /* WRITE: a canonical cell of the column's type */
};
struct map_entry_plan {
	struct str from; /* normalised key */
	struct map_target insert, update;
};
struct value_map {
	bool exact; /* keys compare as they are; else as plan_map_key() makes them */
	struct map_entry_plan *entry;
	size_t entries;
	struct map_target unknown_insert, unknown_update; /* a value that no entry has */
	struct map_target null_insert, null_update;       /* no value */
	bool warn, warn_null; /* count a warning when there is no entry, no value */
};

/*
 * The form in which a value is looked up: ASCII letters lower case, other ASCII characters but
 * digits left out, so that "NotCompleted", "not_completed" and "Not completed" are one.
 */
struct str plan_map_key(struct arena *a, struct str s);

enum overwrite { OVERWRITE_ALWAYS, OVERWRITE_NEVER, OVERWRITE_WHEN_SOURCE_CHANGED };

/* "Never put `value` where one of `over` stands."  Canonical cells of the column's type. */
struct never_replace {
	struct value value;
	struct value *over;
	size_t overs;
};

/*
 * One way to find the row of another table; tried in order.  One whose value is nothing is passed
 * over; when all are, the column is NULL and nothing is missing.
 */
struct ref_plan {
	struct str table, match, take, prefer; /* take: that table's id by default */
	bool fold_case;
	const struct template *value; /* what `match` must hold */
	struct str value_where;
};

/*
 * A column with both `value` and `ref` holds the value, and what the reference finds when the value
 * is nothing.
 */
struct plan_column {
	struct str name;
	enum column_type type;
	const struct zone *zone;      /* date columns; NULL: UTC */
	const struct template *value; /* NULL for a pure reference */
	struct value_map *map;        /* or NULL */
	enum overwrite overwrite;
	struct never_replace *never;
	size_t nevers;
	struct ref_plan *ref; /* a reference column, alternatives in order */
	size_t refs;
	bool relink, warn_missing, reject_missing; /* when no ref finds a row */
	struct str follow; /* own column whose content finds the parent again when the parent
			      changes; or empty */
	bool required;     /* NULL is refused: the record goes to quarantine */
	struct str where;
};

struct plan_table {
	struct str name;
	const struct stream *stream;
	struct plan_column *column; /* key columns first */
	size_t columns, keys;
	struct str raw, stamp;       /* columns (json, timestamp), or empty */
	struct str id;               /* "id" by default */
	const struct template *when; /* rows only of records for which it is true; or NULL */
	bool update_only;            /* never creates rows */
	bool create;                 /* migrations may create the table (default true) */
	struct str log_type;         /* sync_type of its runs; the stream's name by default */
	struct str where;
};

/* ---- connections ---- */

enum watermark { WATERMARK_RUN_START, WATERMARK_RECORDS };
struct stream_plan {
	int64_t overlap_ms;
	int64_t pages_max, records_max; /* a run stops there as partial and resumes; 0: no cap */
	enum watermark watermark;
};

struct schedule_plan {
	/*
	 * As written, one of `every` and `cron`, both empty when there is no schedule.  `timezone`
	 * is the connection's when only `cron` is given.
	 */
	struct str every, cron, timezone;
};

struct network_plan {
	bool allow_http, allow_private;
	struct str *allow; /* url_allow_parse()'s entries */
	size_t allows;
	int64_t connect_ms, stall_ms, total_ms; /* 0: the client's */
	size_t body_bytes_max;                  /* 0: the client's */
};

struct connection {
	struct str name, file; /* file: the connector's manifest */
	const struct manifest *manifest;
	struct value config; /* with defaults filled in */
	int64_t page_size;   /* 0: the manifest's */
	int64_t batch_rows;  /* rows per transaction; 0: the engine's */
	struct network_plan network;
	struct schedule_plan incremental, full;
	struct plan_table *table; /* in the order in which they are filled */
	size_t tables;
	struct stream_plan *stream;             /* by stream->number; manifest->streams of them */
	struct str redirect_url, authorize_url; /* of `oauth:`, for `lockstep connect`; or empty */
	struct str scope;
};

struct plan {
	struct str file, database, key_file;
	struct connection *connection;
	size_t connections;
};

struct plan_options {
	struct str file;           /* "lockstep.yaml" */
	struct str *connector_dir; /* where manifests are looked for, in order */
	size_t connector_dirs;
	const char *(*env)(const char *name); /* NULL: getenv */
};

#define PLAN_BYTES_MAX ((size_t)1024 * 1024)

/*
 * False when there is any complaint: *e holds the first one, `list` (empty, or NULL) all of them,
 * also those about the connectors.  A complaint never quotes what came from the environment or a
 * file.
 */
MUST_CHECK bool plan_load(struct arena *a, const struct plan_options *o, const struct plan **out,
			  struct complaints *list, struct err *e);

/* NULL when there is none of that name. */
const struct connection *plan_connection(const struct plan *p, struct str name);

/* JSON Schema (2020-12) of the plan file, made from the table that parses it. */
struct str plan_schema(struct arena *a);

#endif

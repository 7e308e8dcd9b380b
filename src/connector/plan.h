/* SPDX-License-Identifier: Apache-2.0 */
/*
 * plan.h - lockstep.yaml: which database, which connectors, and how streams become rows.
 *
 * ${NAME} and ${NAME:-default} in any text are replaced from the environment before anything else
 * ($${ is a literal ${); `{ file: PATH }` in a config yields the file's content without its last
 * line end.  Unknown keys, unknown columns, templates that do not compile, references to tables
 * that do not exist or come later are complaints.
 *
 * The table that parses (plan_keys) also makes the JSON Schema for editors (plan_schema()).
 */
#ifndef PLAN_H
#define PLAN_H

#include "connector/manifest.h"
#include "data/column.h"

/* The variables of a plan's expressions, by position. */
enum plan_variable { PLAN_RECORD, PLAN_CONFIG, PLAN_STREAM_PARTITION, PLAN_VARIABLES };

/* ---- columns ---- */

/* What to do with a value: write it, leave what is there, or refuse the record. */
enum map_act { MAP_WRITE, MAP_KEEP, MAP_REJECT };
struct map_target {
	enum map_act act;
	struct value value; /* WRITE */
};
struct map_entry_plan {
	struct str from; /* normalised key */
	struct map_target insert, update;
};
struct value_map {
	bool exact; /* keys compare as they are; else lower case, letters and digits only */
	struct map_entry_plan *entry;
	size_t entries;
	struct map_target unknown_insert, unknown_update; /* a value that no entry has */
	struct map_target null_insert, null_update;       /* no value */
	bool warn;
};

enum overwrite { OVERWRITE_ALWAYS, OVERWRITE_NEVER, OVERWRITE_WHEN_SOURCE_CHANGED };

/* "Never put `value` where one of `over` stands." */
struct never_replace {
	struct value value;
	struct value *over;
	size_t overs;
};

/* One way to find the row of another table; tried in order. */
struct ref_plan {
	struct str table, match, take, prefer; /* take: "id" by default */
	bool fold_case;
	const struct template *value; /* what `match` must hold */
	struct str value_where;
};

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
	struct str raw, stamp;       /* columns, or empty */
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
	struct str every, cron, timezone; /* as written; empty when not given */
};

struct network_plan {
	bool allow_http, allow_private;
	struct str *allow; /* url_allow_parse()'s entries */
	size_t allows;
	int64_t connect_ms, stall_ms, total_ms; /* 0: the client's */
	size_t body_bytes_max;
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

MUST_CHECK bool plan_load(struct arena *a, const struct plan_options *o, const struct plan **out,
			  struct complaints *list, struct err *e);

const struct connection *plan_connection(const struct plan *p, struct str name);

/* JSON Schema (2020-12) of the plan file, made from the table that parses it. */
struct str plan_schema(struct arena *a);

#endif

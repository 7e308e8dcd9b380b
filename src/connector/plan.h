/* SPDX-License-Identifier: Apache-2.0 */
/*
 * plan.h - lockstep.yaml: which database, which connectors, and how streams become rows.
 *
 * ${NAME} and ${NAME:-default} in any text are replaced from the environment before anything else
 * ($${ is a literal ${); `{ file: PATH }` in a config, as the database or as a secret of the server
 * yields the file's content without its last line end.  Relative paths (secret files, key file,
 * connectors that end in .yaml, an SQLite database) are taken from the plan's folder.  Unknown
 * keys, unknown columns, templates that do not compile, references to tables that come later are
 * complaints.
 *
 * The tables that parse (struct plan_keys) also make the JSON Schema for editors (plan_schema()).
 */
#ifndef PLAN_H
#define PLAN_H

#include "base/log.h"
#include "connector/action.h"
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

/* When a person and the vendor have both changed what was written last. */
enum conflict_policy {
	CONFLICT_OFF, /* nobody asks: overwrite alone decides */
	CONFLICT_VENDOR,
	CONFLICT_LOCAL,
	CONFLICT_NEWEST,
	CONFLICT_HOLD,
};

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
	enum conflict_policy conflict;
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

/* Shares in hundredths of a percent; SHARE_OFF: not checked. */
#define SHARE_OFF (-1)
struct checks_plan {
	int64_t failed_max, changed_max, rows_drop_max;
};

enum follow_up_on { FOLLOW_UP_CREATED, FOLLOW_UP_CHANGED };

/* A job that is put into the queue by the commit that changed rows of a table. */
struct follow_up_plan {
	struct str task, args; /* args: a JSON object */
	int64_t after_ms;
	enum follow_up_on on;
};

struct plan_table {
	struct str name;
	const struct stream *stream;
	struct plan_column *column; /* key columns first */
	size_t columns, keys;
	struct str raw, stamp;       /* columns (json, timestamp), or empty */
	struct str id;               /* "id" by default */
	const struct template *when; /* rows only of records for which it is true; or NULL */
	struct {
		struct str local;              /* the column of the last local change; or empty */
		const struct template *vendor; /* when the vendor's record was changed */
	} conflict_time;
	bool update_only;          /* never creates rows */
	bool create;               /* migrations may create the table (default true) */
	struct checks_plan checks; /* the connection's where it says nothing */
	struct str log_type;       /* sync_type of its runs; the stream's name by default */
	const struct follow_up_plan *follow_up; /* or NULL */
	struct str where;
};

/* ---- pushing ---- */

/* The variables of a push's expressions, by position. */
enum push_variable {
	PUSH_RECORD,  /* watched and carried columns; of a delete, as they were */
	PUSH_BEFORE,  /* the same before the change; null for an insert */
	PUSH_CHANGED, /* names of the columns that changed */
	PUSH_CONFIG,
	PUSH_RELATED, /* rows of other tables, by their names in `related` */
	PUSH_RESULT,  /* after the answer: what the action extracts, and `status` */
	PUSH_ERROR,   /* after a refusal: what the vendor or we say about it */
	PUSH_ARGS,    /* of a task, for its key and lane: its arguments */
	PUSH_VARIABLES
};

struct push_value {
	struct str name; /* of an argument, or a column */
	const struct template *value;
	struct str where;
};

/* What is done for one kind of change: an action at the vendor, or a task of the queue. */
struct push_plan {
	const struct action *action;
	struct str task;         /* in place of an action; or empty */
	struct push_value *also; /* arguments of a second job of the task */
	size_t alsos;
	const struct template *key, *lane; /* of the task's jobs; or NULL */
	const struct template *when;       /* nothing is to be done when it is false; or NULL */
	struct push_value *arg;
	size_t args;
	struct push_value *write; /* columns of the record, with `result`, when it is done */
	size_t writes;
	struct push_value *failed; /* and with `error`, when it was refused */
	size_t faileds;
	struct str where;
};

/* A row of another table that expressions may look at: the first whose `match` holds `value`. */
struct related_plan {
	struct str name, table, match;
	const struct template *value;
	struct str where;
};

struct watch_condition {
	struct str column;
	struct value *any; /* NULL, BOOL, INT, STR */
	size_t anys;
	bool negate;
};

enum push_on { PUSH_INSERT, PUSH_UPDATE, PUSH_DELETE, PUSH_ONS };

/* What of the application's own table goes to the vendor. */
struct watch_plan {
	struct str name, table, key;
	struct str *column; /* a change of these is a change */
	size_t columns;
	struct str *carried; /* these go along */
	size_t carries;
	struct watch_condition *when;
	size_t whens;
	struct related_plan *related;
	size_t relateds;
	struct push_plan on[PUSH_ONS]; /* without action and task: nothing is done */
	struct str where;
};

#define PLAN_WATCH_COLUMNS_MAX 40
#define PLAN_WATCH_WHENS_MAX 16

/* ---- webhooks ---- */

/* The variables of a webhook's expressions, by position. */
enum webhook_variable { WEBHOOK_PAYLOAD, WEBHOOK_HEADERS, WEBHOOK_CONFIG, WEBHOOK_VARIABLES };

enum webhook_encoding { WEBHOOK_HEX, WEBHOOK_BASE64 };

/* A vendor's call to us: how it is signed, and which records it speaks of. */
struct webhook_plan {
	struct str name;
	struct str secret, old_secret; /* old_secret may be empty */
	struct str signature_header, signature_prefix;
	enum webhook_encoding encoding;
	struct str signed_text;                        /* "{timestamp}.{body}" */
	struct str timestamp_header, timestamp_prefix; /* header empty: none */
	int64_t tolerance_ms;
	struct str id_header; /* or empty */
	const struct stream *stream;
	const struct template *records;
	const struct template *when; /* or NULL */
	struct str where;
};

/* ---- connections ---- */

/* ---- rotations ---- */

#define PLAN_TIERS_MAX 16
#define PLAN_ORDER_MAX 4

/* Members with at least that much activity are not to be known any worse than `every`. */
struct tier_plan {
	struct str name;
	int64_t at_least;
	bool bounded; /* at_least was said; else everybody belongs here */
	int64_t every_ms;
};

enum sentinel_rule { SENTINEL_FIRST, SENTINEL_MOST_ACTIVE };

/* Who is asked first; the others only when these have what nobody had. */
struct sentinel_plan {
	enum sentinel_rule rule;
	int64_t members, full_every_ms;
	struct str table, column;     /* where it is looked up; or empty */
	const struct template *value; /* with a table; else NULL */
};

/* A stream whose partitions are rows of the application's own table, in turns (flow/rota.h). */
struct rotation_plan {
	struct str table, key;
	struct watch_condition *when; /* of a member; all must hold */
	size_t whens;
	struct str *order;
	size_t orders;
	int64_t batch;       /* 0: no limit */
	bool batching;       /* false: as if batch were 0 */
	struct str activity; /* a column, or empty */
	struct tier_plan *tier;
	size_t tiers;
	bool tiering;                         /* false: as if there were no tiers */
	bool alerts;                          /* late members raise one */
	const struct sentinel_plan *sentinel; /* or NULL */
	struct str where;
};

enum watermark { WATERMARK_RUN_START, WATERMARK_RECORDS };
struct stream_plan {
	int64_t overlap_ms;
	int64_t pages_max, records_max; /* a run stops there as partial and resumes; 0: no cap */
	enum watermark watermark;
	struct str record_path; /* where one record is asked for, {id} in it; or empty */
	const struct rotation_plan *rotation; /* or NULL */
};

/* As enum overlap and enum catch_up of work/schedule.h. */
enum plan_overlap { PLAN_OVERLAP_SKIP, PLAN_OVERLAP_QUEUE, PLAN_OVERLAP_ALLOW };
enum plan_catch_up { PLAN_CATCH_UP_ONE, PLAN_CATCH_UP_ALL, PLAN_CATCH_UP_NONE };

struct schedule_plan {
	/*
	 * As written, one of `every` and `cron`, both empty when there is no schedule.  `timezone`
	 * is the connection's when only `cron` is given.
	 */
	struct str every, cron, timezone;
	enum plan_overlap overlap;
	enum plan_catch_up catch_up;
	int64_t catch_up_ms; /* 0: as long as from one run to the next, at most a day */
	int64_t jitter_ms;
};

/* Whose runs keep before-images. */
enum undo_policy { UNDO_OFF, UNDO_FULL, UNDO_ALL };

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
	const struct actions *actions; /* of the connector; NULL: it has none */
	const struct pages *pages;     /* likewise */
	struct value config;           /* with defaults filled in */
	struct value
		config_from; /* of each that the plan says, "plan" or "environment" (or a file) */
	int64_t page_size;   /* 0: the manifest's */
	int64_t batch_rows;  /* rows per transaction; 0: the engine's */
	struct checks_plan checks;
	enum undo_policy undo;
	int64_t undo_days; /* how long before-images are kept */
	struct network_plan network;
	struct schedule_plan incremental, full;
	struct plan_table *table; /* in the order in which they are filled */
	size_t tables;
	struct watch_plan *watch;
	size_t watches;
	struct webhook_plan *webhook;
	size_t webhooks;
	struct stream_plan *stream;             /* by stream->number; manifest->streams of them */
	struct str redirect_url, authorize_url; /* of `oauth:`, for `lockstep connect`; or empty */
	struct str scope;
};

/* ---- the service ---- */

enum auth_algorithm { AUTH_HS256, AUTH_RS256, AUTH_ES256, AUTH_EDDSA };

/* How people sign in at a console by a provider: at a page of the application (`url`), or by the
 * authorization code flow.  All empty: not offered. */
struct sign_in_plan {
	struct str label, url;
	struct str authorize_url, token_url, redirect_url, client_id, client_secret, scopes;
	unsigned secret_in_body; /* 0: the client_secret goes into the Authorization header */
};

/* An identity provider whose tokens are accepted. */
struct auth_plan {
	struct str name;
	enum auth_algorithm algorithm;
	struct str secret;                               /* HS256 */
	struct str jwks_url;                             /* the others */
	struct str issuer, audience, roles_claim, types; /* types: "JWT|at+jwt" */
	struct str *role_map;                            /* "owner=admin" */
	size_t role_maps;
	bool allow_http;
	struct sign_in_plan sign_in;
};

struct alerts_plan {
	struct str webhook, webhook_secret, sentry_dsn; /* or empty */
	int64_t stuck_ms, budget_percent, error_percent, success_percent, failures;
};

struct server_plan {
	struct str listen, tls_cert, tls_key; /* the last two: both or none */
	struct str *trusted_proxy;
	size_t trusted_proxies;
	int64_t workers; /* 0: by the database */
	bool secure_cookies;
	enum log_format log_format;
	unsigned notify; /* 0: poll only */
	struct auth_plan *auth;
	size_t auths;
	struct str *embed_origin; /* "https://app.example.org" */
	size_t embed_origins;
	struct str job_runner_secret, internal_sync_secret; /* empty: nobody may call those */
	int64_t keep_jobs_ms, keep_dead_ms, keep_logs_ms;
	struct alerts_plan alerts;
};

struct plan {
	struct str file, database, key_file;
	struct server_plan server;
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
const struct watch_plan *plan_watch(const struct connection *c, struct str name);
const struct webhook_plan *plan_webhook(const struct connection *c, struct str name);
const struct connection *plan_connection(const struct plan *p, struct str name);
/* The same when the stream has none. */
const struct rotation_plan *plan_rotation(const struct connection *c, const struct stream *st);
bool plan_has_rotation(const struct connection *c);

/* JSON Schema (2020-12) of the plan file, made from the table that parses it. */
struct str plan_schema(struct arena *a);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * manifest.h - what a connector's manifest means, as immutable structs.
 *
 * A manifest is a YAML file in the low-code format (DeclarativeSource).  manifest_load() resolves
 * $ref and $parameters, fills missing types, checks every component, property and template, and
 * compiles what it keeps.  What we do not support is refused there: nothing is skipped in silence.
 *
 * Everything lives in the configuration's arena and never changes; any number of threads may read
 * it.
 */
#ifndef MANIFEST_H
#define MANIFEST_H

#include "connector/complaint.h"
#include "data/moment.h"
#include "data/path.h"
#include "expr/expr.h"

/* ---- templates in a manifest ---- */

/* The variables that a slot may name, by position in expr_context.variable. */
enum manifest_variable {
	VAR_CONFIG,
	VAR_PARAMETERS,
	VAR_STREAM_PARTITION,
	VAR_STREAM_INTERVAL,
	VAR_STREAM_SLICE,
	VAR_NEXT_PAGE_TOKEN,
	VAR_RECORD,
	VAR_RESPONSE,
	VAR_HEADERS,
	VAR_LAST_PAGE_SIZE,
	VAR_LAST_RECORD,
	VAR_BEFORE,          /* actions: the record before the change, … */
	VAR_ARGS,            /* … what the plan gives, … */
	VAR_IDEMPOTENCY_KEY, /* … and what names this change */
	MANIFEST_VARIABLES
};

/* A template, the $parameters in force where it stands, and where that is
 * ("streams[0].retriever…"). */
struct slot {
	const struct template *template; /* NULL: the manifest does not have it */
	struct value parameters;
	struct str where;
};

/* A YAML tree in which texts are templates: what maps of parameters, headers and bodies are. */
enum mould_kind { MOULD_NONE, MOULD_SLOT, MOULD_CONSTANT, MOULD_LIST, MOULD_MAP };
struct mould {
	enum mould_kind kind;
	struct slot slot;
	struct value constant;
	struct slot *key; /* MAP: keys may be templates too */
	struct mould *item;
	size_t n;
};

/* ---- requests ---- */

enum inject_into {
	INJECT_PARAMETER,
	INJECT_HEADER,
	INJECT_BODY_DATA,
	INJECT_BODY_JSON,
	INJECT_PATH
};
struct request_option {
	enum inject_into into;
	struct slot name;  /* PARAMETER, HEADER, BODY_DATA, or BODY_JSON with one step */
	struct slot *step; /* BODY_JSON with a nested path */
	size_t steps;
};

enum auth_kind { AUTH_NONE, AUTH_API_KEY, AUTH_BEARER, AUTH_BASIC, AUTH_OAUTH };
struct oauth {
	struct slot token_url, client_id, client_secret, refresh_token, access_token;
	struct slot token_expiry; /* token_expiry_date: when access_token ends, or none */
	struct slot grant_type;   /* "refresh_token" (default), "client_credentials", …; always
				     there */
	struct str client_id_name, client_secret_name, refresh_token_name,
		grant_type_name; /* in the form */
	struct str access_token_name, expires_in_name,
		refresh_token_response_name; /* in the answer */
	struct slot *scope;
	size_t scopes;
	struct mould extra_body, extra_headers; /* refresh_request_body, refresh_request_headers */
	struct str expiry_format; /* token_expiry_date_format: the expiry is a time, not seconds; or
				     empty */
	bool expiry_is_epoch;     /* token_expiry_is_time_of_expiration */
};
struct authenticator {
	enum auth_kind kind;
	struct slot token;            /* API_KEY, BEARER */
	struct request_option inject; /* API_KEY */
	struct slot username, password;
	struct oauth oauth;
	struct str where;
};

enum error_action {
	ACTION_NONE, /* the filter leaves it to the status */
	ACTION_SUCCESS,
	ACTION_RETRY,
	ACTION_FAIL,
	ACTION_IGNORE,
	ACTION_RATE_LIMITED,
	ACTION_REFRESH_TOKEN_THEN_RETRY,
	ACTION_RESET_PAGINATION,
};
enum failure_type { FAILURE_UNSET, FAILURE_SYSTEM, FAILURE_CONFIG, FAILURE_TRANSIENT };
struct response_filter {
	int *code;
	size_t codes;
	struct str contains; /* error_message_contains, or empty */
	struct slot predicate;
	enum error_action action;
	enum failure_type failure;
	struct slot message; /* error_message */
};

enum backoff_kind {
	BACKOFF_CONSTANT,
	BACKOFF_EXPONENTIAL,
	BACKOFF_WAIT_HEADER,
	BACKOFF_UNTIL_HEADER
};
struct backoff {
	enum backoff_kind kind;
	struct slot seconds; /* CONSTANT: backoff_time_in_seconds; EXPONENTIAL: factor, 5 by
				default; UNTIL_HEADER: min_wait, or none */
	struct slot header;
	struct str regex; /* POSIX extended, "^(…)": the number is what it matches; or empty */
	struct slot max_wait_s; /* max_waiting_time_in_seconds */
};

struct error_handler {
	struct response_filter *filter;
	size_t filters;
	struct backoff *backoff;
	size_t backoffs;
	struct slot max_retries; /* none: 5 */
	int64_t max_time_s;      /* 600 by default */
};

enum payload_kind { PAYLOAD_NONE, PAYLOAD_JSON, PAYLOAD_FORM, PAYLOAD_TEXT };
struct requester {
	struct slot url_base, path; /* path may be absent */
	const char *method;         /* "GET", "POST", … */
	struct mould parameters, headers, body;
	enum payload_kind payload_kind;
	struct authenticator auth;
	struct error_handler *handler; /* at least one; several: the members of a composite */
	size_t handlers;
};

/* ---- pages ---- */

enum paging { PAGING_NONE, PAGING_OFFSET, PAGING_PAGE, PAGING_CURSOR };
struct paginator {
	enum paging kind;
	struct slot page_size;   /* none: until an empty page */
	int64_t start_from_page; /* PAGE */
	bool inject_on_first;
	struct slot cursor_value, stop_condition; /* CURSOR */
	bool has_token_option, has_size_option;
	struct request_option token_option, size_option;
};

/* ---- records ---- */

enum added_type { ADDED_AS_IS, ADDED_STRING, ADDED_INTEGER, ADDED_NUMBER, ADDED_BOOLEAN };
enum transform_kind { TRANSFORM_ADD, TRANSFORM_REMOVE };
struct transform {
	enum transform_kind kind;
	struct slot *step; /* the path */
	size_t steps;
	struct slot value;     /* ADD */
	enum added_type type;  /* ADD */
	struct slot condition; /* none: always */
};

struct selector {
	struct slot *step; /* DpathExtractor.field_path; no steps: the whole body */
	size_t steps;
	bool has_glob;
	struct slot filter; /* RecordFilter.condition */
	bool transform_before_filter;
};

/* ---- partitions ---- */

struct stream;
struct parent {
	const struct stream *stream;
	struct slot parent_key; /* a dotted path is allowed */
	struct slot partition_field;
	bool has_option;
	struct request_option option;
	bool incremental_dependency;
	struct path *extra_field;
	size_t extra_fields;
};
enum router_kind { ROUTER_LIST, ROUTER_SUBSTREAM };
struct router {
	enum router_kind kind;
	struct mould values;      /* LIST: a list, or a slot that yields one */
	struct slot cursor_field; /* LIST: the name of the partition's key */
	bool has_option;
	struct request_option option; /* LIST */
	struct parent *parent;        /* SUBSTREAM */
	size_t parents;
};

/* ---- cursors ---- */

struct moment_bound { /* MinMaxDatetime, or a text alone */
	struct slot datetime, min, max;
	struct str format; /* or empty: the cursor's */
};
struct datetime_cursor {
	struct slot cursor_field;
	struct str format;
	struct str *input_format; /* cursor_datetime_formats, tried before `format` */
	size_t input_formats;
	struct moment_bound start, end; /* end.datetime.template NULL: now */
	bool has_step;
	struct slot step; /* an ISO 8601 duration */
	struct duration granularity;
	struct slot lookback; /* an ISO 8601 duration, or none */
	bool has_start_option, has_end_option;
	struct request_option start_option, end_option;
	struct str start_field, end_field; /* names in the slice: "start_time", "end_time" */
	bool is_data_feed, client_side;
};

/* ---- streams ---- */

struct stream {
	struct str name;
	size_t number; /* its place in manifest->stream */
	struct path *primary_key;
	size_t primary_keys;
	struct requester requester;
	struct paginator paginator;
	struct selector selector;
	struct transform *transform;
	size_t transforms;
	struct router *router; /* several: their cartesian product */
	size_t routers;
	bool ignore_slicer_options_on_paging;
	struct datetime_cursor *cursor; /* or NULL */
	struct value schema;            /* UNDEFINED when there is none */
	struct str where;
};

/* ---- the budget ---- */

struct rate {
	int64_t limit;
	struct duration interval; /* interval.us only */
};
struct request_matcher {
	struct str method, url_base, url_path_regex; /* empty: any */
	struct value params, headers;                /* maps, or UNDEFINED */
};
enum policy_kind { POLICY_MOVING, POLICY_FIXED, POLICY_UNLIMITED };
struct call_policy {
	enum policy_kind kind;
	struct rate *rate; /* FIXED has one */
	size_t rates;
	struct request_matcher *matcher; /* none: all requests */
	size_t matchers;
};
struct budget {
	struct call_policy *policy;
	size_t policies;
};

/* ---- the whole ---- */

struct manifest {
	struct str name; /* the file's name without .yaml */
	struct str file, version;
	struct stream
		*stream; /* those of `streams`; parents that stand elsewhere follow after them */
	size_t streams;  /* all */
	size_t public_streams; /* those of `streams` */
	const struct stream **check;
	size_t checks;
	struct value spec; /* connection_specification: a JSON Schema */
	struct budget budget;
};

#define MANIFEST_BYTES_MAX ((size_t)4 * 1024 * 1024)

/*
 * Loads `path`.  False when there is any complaint: *e holds the first one, `list` (may be NULL)
 * all of them, at most COMPLAINTS_MAX.
 */
MUST_CHECK bool manifest_load(struct arena *a, const char *path, const struct manifest **out,
			      struct complaints *list, struct err *e);

/* From text (tests, fuzzing, connectors built in); `file` is for complaints and gives the name. */
MUST_CHECK bool manifest_parse(struct arena *a, struct str text, struct str file,
			       const struct manifest **out, struct complaints *list, struct err *e);

/* NULL when there is none of that name. */
const struct stream *manifest_stream(const struct manifest *m, struct str name);

/*
 * Checks a connection's config against the manifest's spec (JSON Schema: type, required, enum,
 * properties, default, minimum/maximum, pattern, items) and fills in defaults.
 */
MUST_CHECK bool manifest_check_config(struct arena *a, const struct manifest *m,
				      struct value config, struct value *filled, struct err *e);

#endif

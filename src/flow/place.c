/* SPDX-License-Identifier: Apache-2.0 */
/* place.c - where the reading of a table stands, to JSON and back. */
#include "flow/place.h"

#include "data/json.h"

#define STATE_BYTES_MAX ((size_t)1024 * 1024)

const char *run_mode_name(enum run_mode m)
{
	return m == MODE_FULL ? "full" : "incremental";
}

static void set_time(struct arena *a, struct value map, const char *key, int64_t us)
{
	if (us != NO_TIME)
		value_map_set(a, map, str_from(key), value_str(moment_text(a, us)));
}

static int64_t get_time(struct value map, const char *key)
{
	struct value v = value_get(map, str_from(key)), at;
	struct err unsaid;

	if (v.kind != VALUE_STR || !moment_parse(v.s, &at, &unsaid))
		return NO_TIME;
	return at.us;
}

static bool read(struct arena *a, struct str table, struct str text, struct value *out,
		 struct err *e)
{
	*out = UNDEFINED;
	if (text.len > 0 && !json_parse(a, text, out, NULL, e))
		return err_wrap(
			e, "the stored cursor of '%.*s'; `lockstep sync --reset-cursor` forgets it",
			STR_ARG(table));
	return true;
}

static bool to_text(struct arena *a, struct value map, struct str *out, struct err *e)
{
	struct buf b;

	buf_in(&b, a, STATE_BYTES_MAX);
	if (!json_write(&b, map, e))
		return err_wrap(e, "cursor");
	*out = buf_str(&b);
	return true;
}

bool pass_state_read(struct arena *a, struct str table, struct str json, struct pass_state *out,
		     struct err *e)
{
	struct value v;

	if (!read(a, table, json, &v, e))
		return false;
	*out = (struct pass_state){
		.id = value_get_text(v, "id"),
		.mode = str_eq(value_get_text(v, "mode"), STR("full")) ? MODE_FULL
								       : MODE_INCREMENTAL,
		.open = value_get_bool(v, "open"),
		.began_ms = value_get_int(v, "began_ms"),
		.records = value_get_int(v, "records"),
		.full_ms = value_get_int(v, "full_ms"),
		.total = value_get_int(v, "total"),
		.committed_ms = value_get_int(v, "committed_ms"),
	};
	return true;
}

bool pass_state_load(struct db *d, struct arena *a, struct str connection, struct str table,
		     struct pass_state *out, struct err *e)
{
	struct state_key k = { connection, table, PASS_PARTITION };
	struct str text;

	return state_get(d, a, &k, &text, e) && pass_state_read(a, table, text, out, e);
}

bool pass_state_store(struct db *d, struct str connection, struct str table,
		      const struct pass_state *s, struct err *e)
{
	AUTO_ARENA *a = arena_new("pass state", 4 * STATE_BYTES_MAX);
	struct state_key k = { connection, table, PASS_PARTITION };
	struct value map = value_map_new(a);
	struct str text;

	value_map_set(a, map, STR("id"), value_str(s->id));
	value_map_set(a, map, STR("mode"), value_str(str_from(run_mode_name(s->mode))));
	value_map_set(a, map, STR("open"), value_bool(s->open));
	value_map_set(a, map, STR("began_ms"), value_int(s->began_ms));
	value_map_set(a, map, STR("records"), value_int(s->records));
	value_map_set(a, map, STR("full_ms"), value_int(s->full_ms));
	value_map_set(a, map, STR("total"), value_int(s->total));
	value_map_set(a, map, STR("committed_ms"), value_int(s->committed_ms));
	return to_text(a, map, &text, e) && state_put(d, &k, text, e);
}

bool partition_state_read(struct arena *a, struct str table, struct str json,
			  struct partition_state *out, struct err *e)
{
	struct value v, pass;

	if (!read(a, table, json, &v, e))
		return false;
	pass = value_get(v, STR("pass"));
	*out = (struct partition_state){
		.cursor_us = get_time(v, "cursor"),
		.pass = value_get_text(pass, "id"),
		.done = value_get_bool(pass, "done"),
		.since_us = get_time(pass, "since"),
		.signpost_us = get_time(pass, "signpost"),
		.window_us = get_time(pass, "window"),
		.windows_end_us = get_time(pass, "windows_end"),
		.max_us = get_time(pass, "max"),
		.token = value_get(pass, STR("next")),
	};
	return true;
}

bool partition_state_load(struct db *d, struct arena *a, const struct state_key *k,
			  struct partition_state *out, struct err *e)
{
	struct str text;

	return state_get(d, a, k, &text, e) && partition_state_read(a, k->stream, text, out, e);
}

bool partition_state_text(struct arena *a, const struct partition_state *s, struct str *out,
			  struct err *e)
{
	struct value map = value_map_new(a), pass = value_map_new(a);

	set_time(a, map, "cursor", s->cursor_us);
	value_map_set(a, pass, STR("id"), value_str(s->pass));
	value_map_set(a, pass, STR("done"), value_bool(s->done));
	if (!s->done) {
		set_time(a, pass, "since", s->since_us);
		set_time(a, pass, "signpost", s->signpost_us);
		set_time(a, pass, "window", s->window_us);
		set_time(a, pass, "windows_end", s->windows_end_us);
		set_time(a, pass, "max", s->max_us);
		if (s->token.kind != VALUE_UNDEFINED)
			value_map_set(a, pass, STR("next"), s->token);
	}
	value_map_set(a, map, STR("pass"), pass);
	return to_text(a, map, out, e);
}

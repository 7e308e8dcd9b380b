/* SPDX-License-Identifier: Apache-2.0 */
/* session.c - one connection's talk with its vendor: policy, pulse and what is told to whoever
 * watches. */
#include "flow/session.h"

#include "base/log.h"
#include "data/moment.h"

#include <stdarg.h>
#include <stdio.h>

#define PAUSE_SLICE_MS 5000
#define DB_TRIES 7
#define QUIET_ARENA_BYTES 4096

/*
 * A credential is what the vendor counts by: the same client id, key or user shares one budget,
 * whichever connection uses it.  Only a fingerprint of it is kept.
 */
static struct str credential_text(const struct connection *c)
{
	static const char *const name[] = { "client_id", "api_key", "api_token", "access_token",
					    "username" };

	for (size_t i = 0; i < COUNT(name); i++) {
		struct value v = value_get(c->config, str_from(name[i]));

		if (v.kind == VALUE_STR && v.s.len > 0)
			return v.s;
	}
	return c->name;
}

bool session_open(struct arena *a, const struct engine *g, const struct connection *c,
		  struct session **out, struct err *e)
{
	struct session *s = arena_new_struct(a, struct session);
	const struct network_plan *n = &c->network;

	s->engine = g;
	s->connection = c;
	s->calls_left = -1;
	s->token_refused = -1;
	s->policy = (struct url_policy){ .allow_http = n->allow_http,
					 .allow_private = n->allow_private,
					 .allow_n = n->allows };
	if (!url_allow_parse(a, n->allow, n->allows, &s->policy.allow, e))
		return err_wrap(e, "connection '%.*s', network.allow", STR_ARG(c->name));
	s->budget_key = arena_new_array(a, struct str, c->manifest->budget.policies);
	for (size_t i = 0; i < c->manifest->budget.policies; i++)
		s->budget_key[i] = str_printf(a, "%.*s:%016llx:%zu", STR_ARG(c->manifest->name),
					      (unsigned long long)str_hash(credential_text(c)), i);
	*out = s;
	return true;
}

struct scope session_scope(const struct session *s, struct arena *a)
{
	struct scope scope = { .arena = a, .clock = s->engine->clock };

	scope.variable[VAR_CONFIG] = s->connection->config;
	return scope;
}

void session_tell(const struct session *s, struct watch_event event)
{
	if (!s->watch.tell)
		return;
	event.table = s->table;
	event.calls_left = s->calls_left;
	s->watch.tell(s->watch.arg, &event);
}

void session_warn(const struct session *s, const char *fmt, ...)
{
	char text[LOG_LINE_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	session_tell(s, (struct watch_event){ .kind = WATCH_WARNING, .says = str_from(text) });
}

bool session_ask_db(struct session *s, bool (*ask)(void *arg, struct err *e), void *arg,
		    struct err *e)
{
	for (unsigned n = 0; !ask(arg, e); n++)
		if (e->kind != ERR_TRANSIENT || n + 1 == DB_TRIES ||
		    !clock_sleep(s->engine->clock, (int64_t)500 << n, s->engine->stop, e))
			return false;
	return true;
}

static bool renew(void *arg, struct err *e)
{
	struct session *s = arg;

	return lease_renew(s->engine->db, s->lease, e);
}

bool session_beat(struct session *s, struct err *e)
{
	int64_t now = clock_steady_ms(s->engine->clock);

	if (!s->lease || now - s->beat_ms < s->lease->ttl_ms / 3)
		return true;
	s->beat_ms = now;
	return session_ask_db(s, renew, s, e);
}

bool session_quiet(struct session *s, int64_t wait_ms, const char *why, struct err *e)
{
	AUTO_ARENA *a = arena_new("quiet", QUIET_ARENA_BYTES);
	struct str said = str_from(why);
	int64_t until_ms;

	/* It goes on as half of a sentence. */
	if (str_ends(said, STR(".")))
		said.len--;
	if (wait_ms > QUIET_MS_MAX)
		wait_ms = QUIET_MS_MAX;
	until_ms = clock_wall_ms(s->engine->clock) + wait_ms;
	if (until_ms > s->quiet_ms)
		s->quiet_ms = until_ms;
	return err_set(e, ERR_TRANSIENT, "%.*s; it is to be asked again in %s", STR_ARG(said),
		       span_text(a, wait_ms).at);
}

static bool pause(struct session *s, int64_t wait_ms, const char *why, struct err *e)
{
	struct clock *clock = s->engine->clock;
	int64_t until = clock_steady_ms(clock) + wait_ms;

	for (int64_t left = wait_ms; left > 0; left = until - clock_steady_ms(clock)) {
		int64_t slice = left < PAUSE_SLICE_MS ? left : PAUSE_SLICE_MS;

		session_tell(s, (struct watch_event){ .kind = WATCH_WAIT,
						      .wait_ms = left,
						      .says = str_from(why) });
		if (!session_beat(s, e) || !clock_sleep(clock, slice, s->engine->stop, e))
			return false;
	}
	return cancel_check(s->engine->stop, e);
}

bool session_wait(struct session *s, enum wait_kind kind, int64_t wait_ms, const char *why,
		  struct err *e)
{
	int64_t from_ms = clock_steady_ms(s->engine->clock);
	bool ok = pause(s, wait_ms, why, e);

	meter_wait(s->meter, kind, clock_steady_ms(s->engine->clock) - from_ms);
	return ok;
}

bool session_pause(struct session *s, int64_t wait_ms, const char *why, struct err *e)
{
	return session_wait(s, WAIT_OTHER, wait_ms, why, e);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* canned.c - a wire, a clock and a database that do what a test says. */
#include "canned.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define LOG_BYTES_MAX ((size_t)512 * 1024 * 1024)
#define WALL_START_MS INT64_C(1772366400000) /* 2026-03-01T12:00:00Z */
#define STEADY_START_MS INT64_C(5000000)

/* True when this contact fails; *e says so. */
static bool chaos_strikes(struct chaos *c, enum facet facet, struct err *e)
{
	if (!c || (!c->dead && c->facet != facet))
		return false;
	if (!c->dead && ++c->contacts != c->at)
		return false;
	c->fired = true;
	c->dead = c->dies;
	err_set(e, c->kind, "contact %lld was made to fail", (long long)c->at);
	return true;
}

/* ---- the clock ---- */

static int64_t test_wall_ms(struct clock *c)
{
	return CONTAINER(c, struct test_clock, clock)->wall_ms;
}

static int64_t test_steady_ms(struct clock *c)
{
	return CONTAINER(c, struct test_clock, clock)->steady_ms;
}

void test_clock_pass(struct test_clock *c, int64_t ms)
{
	c->wall_ms += ms;
	c->steady_ms += ms;
}

static bool test_sleep(struct clock *clock, int64_t wait_ms, const struct cancel *stop,
		       struct err *e)
{
	struct test_clock *c = CONTAINER(clock, struct test_clock, clock);

	if (!cancel_check(stop, e) || chaos_strikes(c->chaos, FACET_CLOCK, e))
		return false;
	if (wait_ms > 0)
		test_clock_pass(c, wait_ms);
	return true;
}

static const struct clock_ops test_clock_ops = { test_wall_ms, test_steady_ms, test_sleep };

void test_clock_init(struct test_clock *c, struct chaos *chaos)
{
	*c = (struct test_clock){ { &test_clock_ops }, WALL_START_MS, STEADY_START_MS, chaos };
}

/* ---- the wire ---- */

struct canned_transfer {
	size_t number; /* in the log */
	struct fault fault;
	bool faulty;
	struct canned_reply reply;
	int64_t date_ms; /* of its answer, by the vendor's clock */
};

static struct canned *canned_of(struct client *c)
{
	return CONTAINER(c, struct canned, client);
}

static struct canned_request *log_add(struct canned *c, const struct request *r)
{
	struct canned_request *at;

	if (c->logged == c->log_max) {
		size_t more = c->log_max ? 2 * c->log_max : 256;

		c->log = arena_grow(c->arena, c->log, c->log_max * sizeof(*c->log),
				    more * sizeof(*c->log));
		c->log_max = more;
	}
	at = &c->log[c->logged++];
	*at = (struct canned_request){ .method = str_from(r->method),
				       .url = str_keep(c->arena, r->url),
				       .body = str_keep(c->arena, r->body),
				       .began_ms = c->clock->steady_ms,
				       .landed_ms = c->clock->steady_ms };
	for (size_t i = 0; i < r->headers; i++)
		if (str_eq_nocase(r->header[i].name, STR("authorization")))
			at->authorization = str_keep(c->arena, r->header[i].value);
	return at;
}

static void fault_find(const struct canned *c, struct canned_transfer *t)
{
	for (size_t i = 0; i < c->faults; i++)
		if (c->fault[i].request == (int64_t)t->number + 1 ||
		    (c->fault[i].kind == FAULT_SAME &&
		     c->fault[i].request <= (int64_t)t->number + 1)) {
			t->fault = c->fault[i];
			t->faulty = true;
		}
}

static void body_set(struct canned_reply *r, int status, struct str body)
{
	r->status = status;
	buf_reset(&r->body);
	buf_add(&r->body, body);
}

static void fault_apply(struct canned *c, struct canned_transfer *t)
{
	struct canned_reply *r = &t->reply;

	switch (t->fault.kind) {
	case FAULT_TRANSIENT:
		break;
	case FAULT_STATUS:
	case FAULT_LIMITED:
		body_set(r, t->fault.kind == FAULT_LIMITED ? 429 : (int)t->fault.number,
			 STR("{\"message\":\"not now\"}"));
		break;
	case FAULT_TRUNCATED:
		r->body.len -= r->body.len / 2 + 1;
		break;
	case FAULT_EMPTY:
		body_set(r, 200, STR(""));
		break;
	case FAULT_LIST:
		body_set(r, 200, STR("[]"));
		break;
	case FAULT_OBJECT:
		body_set(r, 200, STR("{\"message\":\"come back later\"}"));
		break;
	case FAULT_SAME:
		body_set(r, 200, c->last_body);
		break;
	}
}

static void compose(struct canned *c, struct canned_transfer *t, const struct request *r)
{
	c->answer(c->arg, r, &t->reply);
	if (t->faulty)
		fault_apply(c, t);
	else
		c->last_body = str_keep(c->arena, buf_str(&t->reply.body));
}

static bool canned_start(struct client *client, const struct request *r, struct transfer **out,
			 struct err *e)
{
	struct canned *c = canned_of(client);
	struct canned_transfer *t;

	if (chaos_strikes(c->chaos, FACET_CLIENT, e))
		return false;
	t = calloc(1, sizeof(*t));
	assert(t);
	t->number = c->logged;
	log_add(c, r);
	fault_find(c, t);
	t->reply.status = 200;
	buf_init(&t->reply.body, (size_t)1 << 20);
	t->date_ms = c->clock->wall_ms + c->skew_ms + c->latency_ms;
	compose(c, t, r);
	c->under_way++;
	*out = (struct transfer *)(void *)t;
	return true;
}

static void transfer_end(struct canned *c, struct canned_transfer *t)
{
	buf_done(&t->reply.body);
	free(t);
	assert(c->under_way > 0);
	c->under_way--;
}

/* RFC 9110, 5.6.7: whole seconds, cut off. */
static struct str date_text(struct arena *a, int64_t wall_ms)
{
	time_t s = (time_t)(wall_ms / 1000);
	struct tm tm;
	char text[64];

	gmtime_r(&s, &tm);
	strftime(text, sizeof(text), "%a, %d %b %Y %H:%M:%S GMT", &tm);
	return str_keep(a, str_from(text));
}

static void response_fill(struct canned *c, struct canned_transfer *t, struct arena *a,
			  struct response *out)
{
	struct header *h = arena_new_array(a, struct header, 3);
	size_t n = 0;

	h[n++] = (struct header){ STR("date"), date_text(a, t->date_ms) };
	if (t->faulty && t->fault.kind == FAULT_LIMITED)
		h[n++] = (struct header){ STR("retry-after"),
					  str_printf(a, "%lld", (long long)t->fault.number) };
	if (t->reply.header_name.len > 0)
		h[n++] = (struct header){ str_keep(a, t->reply.header_name),
					  str_keep(a, t->reply.header_value) };
	*out = (struct response){ .status = t->reply.status,
				  .header = h,
				  .headers = n,
				  .body = str_keep(a, buf_str(&t->reply.body)),
				  .url = c->log[t->number].url };
}

static bool canned_wait(struct client *client, struct transfer *transfer, struct arena *a,
			int64_t wait_ms, const struct cancel *stop, bool *done,
			struct response *out, struct err *e)
{
	struct canned *c = canned_of(client);
	struct canned_transfer *t = (struct canned_transfer *)(void *)transfer;
	bool bad;

	assert(wait_ms != 0);
	test_clock_pass(c->clock, c->latency_ms);
	c->log[t->number].landed_ms = c->clock->steady_ms;
	bad = !cancel_check(stop, e) || chaos_strikes(c->chaos, FACET_CLIENT, e);
	if (!bad && t->faulty && t->fault.kind == FAULT_TRANSIENT)
		bad = !err_set(e, ERR_TRANSIENT, "connection reset");
	if (!bad) {
		response_fill(c, t, a, out);
		c->log[t->number].status = out->status;
		*done = true;
	}
	transfer_end(c, t);
	return !bad;
}

static void canned_abandon(struct client *client, struct transfer *transfer)
{
	struct canned *c = canned_of(client);
	struct canned_transfer *t = (struct canned_transfer *)(void *)transfer;

	if (!t)
		return;
	c->log[t->number].landed_ms = c->clock->steady_ms;
	transfer_end(c, t);
}

static void canned_close(struct client *client)
{
	(void)client;
}

static const struct client_ops canned_ops = { "canned", canned_start, canned_wait, canned_abandon,
					      canned_close };

void canned_init(struct canned *c, struct test_clock *clock, struct chaos *chaos)
{
	*c = (struct canned){ .client = { &canned_ops },
			      .clock = clock,
			      .chaos = chaos,
			      .arena = arena_new("vendor's log", LOG_BYTES_MAX),
			      .latency_ms = 120 };
}

void canned_done(struct canned *c)
{
	assert(c->under_way == 0);
	arena_free(c->arena);
	c->arena = NULL;
}

void canned_fault(struct canned *c, int64_t request, enum fault_kind kind, int64_t number)
{
	assert(c->faults < FAULTS_MAX);
	c->fault[c->faults++] = (struct fault){ request, kind, number };
}

int64_t canned_seen_ms(const struct canned *c, size_t i)
{
	return c->lands_late ? c->log[i].landed_ms : c->log[i].began_ms;
}

size_t canned_most_in_window(const struct canned *c, int64_t window_ms)
{
	size_t most = 0;

	for (size_t i = 0; i < c->logged; i++) {
		size_t n = 0;

		/* Transfers overlap: the log is not in the order of their landing. */
		for (size_t k = 0; k < c->logged; k++) {
			int64_t later_ms = canned_seen_ms(c, k) - canned_seen_ms(c, i);

			n += later_ms >= 0 && later_ms < window_ms;
		}
		most = n > most ? n : most;
	}
	return most;
}

/* ---- the database ---- */

struct unruly {
	struct db db;
	struct db *real;
	struct chaos *chaos;
};

static struct unruly *unruly_of(struct db *d)
{
	return CONTAINER(d, struct unruly, db);
}

static bool unruly_begin(struct db *d, struct err *e)
{
	struct unruly *u = unruly_of(d);

	return !chaos_strikes(u->chaos, FACET_STORE, e) && u->real->ops->begin(u->real, e);
}

static bool unruly_commit(struct db *d, struct err *e)
{
	struct unruly *u = unruly_of(d);
	struct err unsaid;

	if (!chaos_strikes(u->chaos, FACET_STORE, e))
		return u->real->ops->commit(u->real, e);
	if (u->chaos->after && !u->real->ops->commit(u->real, &unsaid))
		assert(!"commit");
	u->chaos->after = false;
	return false;
}

static void unruly_rollback(struct db *d)
{
	unruly_of(d)->real->ops->rollback(unruly_of(d)->real);
}

static bool unruly_run(struct db *d, struct arena *a, struct str sql, const struct value *param,
		       size_t params, struct db_result *out, int64_t *changed, struct err *e)
{
	struct unruly *u = unruly_of(d);

	return !chaos_strikes(u->chaos, FACET_STORE, e) &&
	       u->real->ops->run(u->real, a, sql, param, params, out, changed, e);
}

static bool unruly_upsert(struct db *d, const struct table *t, const struct row *row, size_t rows,
			  struct arena *a, struct row_result *result, struct err *e)
{
	struct unruly *u = unruly_of(d);

	return !chaos_strikes(u->chaos, FACET_STORE, e) &&
	       u->real->ops->upsert(u->real, t, row, rows, a, result, e);
}

static bool unruly_shape(struct db *d, struct arena *a, struct str table, struct table_shape *out,
			 struct err *e)
{
	struct unruly *u = unruly_of(d);

	return u->real->ops->shape(u->real, a, table, out, e);
}

static bool unruly_holds(struct db *d, struct str table, struct str column, enum column_holds *out,
			 struct err *e)
{
	struct unruly *u = unruly_of(d);

	return u->real->ops->holds(u->real, table, column, out, e);
}

static bool unruly_now(struct db *d, int64_t *steady_ms, struct err *e)
{
	struct unruly *u = unruly_of(d);

	return !chaos_strikes(u->chaos, FACET_STORE, e) && u->real->ops->now(u->real, steady_ms, e);
}

static bool unruly_in_transaction(struct db *d)
{
	return db_in_transaction(unruly_of(d)->real);
}

static void unruly_close(struct db *d)
{
	struct unruly *u = unruly_of(d);

	db_close(u->real);
	free(u);
}

static const struct db_ops unruly_ops = {
	.dialect = DB_SQLITE,
	.name = "unruly",
	.begin = unruly_begin,
	.commit = unruly_commit,
	.rollback = unruly_rollback,
	.run = unruly_run,
	.upsert = unruly_upsert,
	.shape = unruly_shape,
	.holds = unruly_holds,
	.now = unruly_now,
	.close = unruly_close,
	.in_transaction = unruly_in_transaction,
};

struct db *unruly_open(struct db *real, struct chaos *chaos)
{
	struct unruly *u = calloc(1, sizeof(*u));

	assert(u && real->ops->dialect == DB_SQLITE);
	u->db.ops = &unruly_ops;
	memcpy(u->db.epoch, real->epoch, sizeof(u->db.epoch));
	u->real = real;
	u->chaos = chaos;
	return &u->db;
}

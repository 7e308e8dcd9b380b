/* SPDX-License-Identifier: Apache-2.0 */
/*
 * push.c - carries the changes of a record from the outbox to the vendor.
 *
 * Always: no request goes unless SENDING with our claim is committed; nothing that may have reached
 * the vendor goes again unless that does no harm or a lookup says that it did not arrive.
 */
#include "flow/push.h"

#include "data/json.h"
#include "flow/push_view.h"
#include "flow/send.h"
#include "http/backoff.h"

#include <sodium.h>

#define PUSH_BYTES_MAX ((size_t)512 * 1024 * 1024)
#define BUSY_WAIT_MS 1000
#define RETRY_BASE_MS 1000
#define RETRY_CAP_MS ((int64_t)3600 * 1000)
#define STEPS_MAX 1000 /* then others get their turn */
#define KEY_BYTES 16
#define RESULT_BYTES_MAX ((size_t)64 * 1024)

struct pusher {
	const struct engine *engine;
	const struct watch_plan *watch;
	struct session *session;
	struct arena *arena; /* of one change, reset for the next */
	struct lease lease;  /* without engine->fence */
	struct str key;
	struct outbox_row *row; /* the change that is carried now */
	struct push_view view;
	struct push_result *result;
};

enum step { STEP_AGAIN, STEP_END };

/* ---- the end of a push ---- */

static enum step ends(struct pusher *p, enum push_outcome outcome, int64_t wait_ms)
{
	p->result->outcome = outcome;
	p->result->wait_ms = wait_ms > 0 ? wait_ms : 0;
	if (outcome != PUSH_CLEAR && p->row && p->row->error.len)
		err_set(&p->result->why, ERR_REMOTE, "%.*s", STR_ARG(p->row->error));
	return STEP_END;
}

static int64_t now_ms(const struct pusher *p)
{
	return clock_wall_ms(p->engine->clock);
}

static const struct push_plan *push_of(const struct pusher *p)
{
	static const enum push_on on[] = { [OUTBOX_INSERT] = PUSH_INSERT,
					   [OUTBOX_UPDATE] = PUSH_UPDATE,
					   [OUTBOX_DELETE] = PUSH_DELETE };
	const struct push_plan *push = &p->watch->on[on[p->row->op]];

	return push->action || push->task.len ? push : NULL;
}

static int64_t backoff_of(const struct pusher *p)
{
	unsigned attempt = p->row->attempts > 0 ? (unsigned)(p->row->attempts - 1) : 0;

	return backoff_full_jitter_ms(RETRY_BASE_MS, RETRY_CAP_MS, attempt, p->engine->rng);
}

/* ---- commits ---- */

/* [tx] We may still write. */
static bool hold(struct pusher *p, struct err *e)
{
	if (p->engine->fence)
		return fence_hold(p->engine->db, p->engine->fence, e);
	return lease_hold(p->engine->db, &p->lease, e);
}

static bool save_body(void *arg, struct err *e)
{
	struct pusher *p = arg;

	return hold(p, e) && outbox_save(p->engine->db, p->row, e);
}

static bool save(struct pusher *p, struct err *e)
{
	return db_transact(p->engine->db, save_body, p, e);
}

/* The row's new state and the columns that go with it, quietly. */
struct writing {
	struct pusher *pusher;
	const struct push_value *value;
	size_t n;
};

static bool write_body(void *arg, struct err *e)
{
	struct writing *w = arg;
	struct pusher *p = w->pusher;
	struct db *db = p->engine->db;
	struct str connection = p->session->connection->name;

	return save_body(p, e) && outbox_quiet(db, connection, e) &&
	       push_view_write(&p->view, w->value, w->n, e) && outbox_loud(db, connection, e);
}

/* ---- what to do next: the record's rows, merged ---- */

/* Whoever has this claim is gone, or is us. */
static bool claim_is_dead(struct pusher *p, const struct fence *f, bool *dead, struct err *e)
{
	struct lease l = p->lease;
	const struct fence *own = p->engine->fence;
	bool took_over;

	*dead = true;
	if (f->job ? own && own->job == f->job && own->session == f->session &&
			     own->attempt == f->attempt
		   : !own)
		return true;
	if (f->job) {
		/* Read only: the other's row is not ours to keep locked. */
		*dead = !fence_hold(p->engine->db, f, e);
		return !*dead || e->kind == ERR_FENCED;
	}
	if (!lease_take(p->engine->db, p->arena, &l, &took_over, e)) {
		*dead = false;
		return e->kind == ERR_BUSY;
	}
	return lease_release(p->engine->db, &l, e);
}

static bool cancel(struct pusher *p, struct outbox_row *row, struct str why, struct err *e)
{
	row->state = OUTBOX_CANCELLED;
	row->error = why;
	return outbox_save(p->engine->db, row, e);
}

/* [tx] The first of `n` rows takes in those behind it. */
static bool merge(struct pusher *p, struct outbox_row *row, size_t n, struct err *e)
{
	bool nothing, failed = row->state == OUTBOX_FAILED;
	struct str why;
	size_t taken;

	if (row->in_doubt || (failed && n == 1))
		return true;
	if (push_view_orders(p->watch)) /* none goes with another; one that cannot go is passed */
		return !failed ||
		       cancel(p, row, STR("a later change of the same record stands for it"), e);
	outbox_merge(row, n, &taken, &nothing);
	if (taken == 1 && !nothing)
		return true;
	why = str_printf(p->arena, "went with change %lld of the same record", (long long)row->id);
	for (size_t i = 1; i < taken; i++)
		if (!cancel(p, &row[i], why, e))
			return false;
	if (nothing)
		return cancel(p, row, STR("the record was deleted before it was sent"), e);
	row->state = OUTBOX_PENDING;
	row->args = STR("");
	if (failed) {
		row->attempts = 0;
		row->not_before_ms = 0;
	}
	return outbox_save(p->engine->db, row, e);
}

static bool take_body(void *arg, struct err *e)
{
	struct pusher *p = arg;
	struct outbox_row *row;
	size_t n;

	p->row = NULL;
	if (!hold(p, e) || !outbox_waiting(p->engine->db, p->arena, p->session->connection->name,
					   p->watch->name, p->key, &row, &n, e))
		return false;
	if (n == 0)
		return true;
	if ((row->state == OUTBOX_PENDING || row->state == OUTBOX_FAILED) && !merge(p, row, n, e))
		return false;
	p->row = row;
	return true;
}

/* ---- doubt ---- */

/* A request may have been carried out: what can be done about that. */
static bool doubt(struct pusher *p, const struct push_plan *push, struct err *e)
{
	struct outbox_row *row = p->row;
	const struct action *c = push ? push->action : NULL;
	bool repeatable = c && (c->idempotency_header.len || c->safe_to_repeat);

	row->in_doubt = true;
	row->state = OUTBOX_UNKNOWN;
	row->not_before_ms = 0;
	if (repeatable && row->attempts < c->attempts_max) {
		row->state = OUTBOX_PENDING;
		row->not_before_ms = now_ms(p) + backoff_of(p);
	} else if (!repeatable && c && c->lookup) {
		row->not_before_ms = row->sent_ms + 1000 * c->lookup->settle_s;
	}
	if (row->state == OUTBOX_UNKNOWN && row->not_before_ms == 0)
		p->result->failed++;
	return save(p, e);
}

static bool resume_sending(struct pusher *p, enum step *step, struct err *e)
{
	bool dead;

	if (!claim_is_dead(p, &p->row->claim, &dead, e))
		return false;
	if (!dead) {
		*step = ends(p, PUSH_WAIT, BUSY_WAIT_MS);
		return true;
	}
	p->row->error = STR("whoever sent it ended before the answer was known");
	return doubt(p, push_of(p), e);
}

/* ---- outcomes ---- */

static struct str why_text(struct pusher *p, const struct err *why)
{
	return str_keep(p->arena, str_from(why->text));
}

static bool finish_done(struct pusher *p, struct value result, struct err *e)
{
	const struct push_plan *push = p->view.push;
	struct writing w = { p, push->write, push->writes };
	struct outbox_row *row = p->row;
	struct buf b;

	buf_in(&b, p->arena, RESULT_BYTES_MAX);
	if (!json_write(&b, result, e))
		return err_wrap(e, "the action's result");
	row->state = OUTBOX_DONE;
	row->in_doubt = false;
	row->error = STR("");
	row->result = buf_str(&b);
	row->not_before_ms = 0;
	p->view.variable[PUSH_RESULT] = result;
	if (!db_transact(p->engine->db, write_body, &w, e))
		return false;
	p->result->done++;
	return true;
}

static bool finish_failed(struct pusher *p, struct str why, struct err *e)
{
	const struct push_plan *push = p->view.push;
	struct writing w = { p, push->failed, push->faileds };

	p->row->state = OUTBOX_FAILED;
	p->row->in_doubt = false;
	p->row->error = why;
	p->row->not_before_ms = 0;
	p->view.variable[PUSH_ERROR] = value_str(why);
	if (!db_transact(p->engine->db, write_body, &w, e))
		return false;
	p->result->failed++;
	return true;
}

static bool finish_later(struct pusher *p, const struct sent *sent, struct err *e)
{
	struct outbox_row *row = p->row;
	int64_t wait_ms = sent->counts ? backoff_of(p) : 0;

	if (sent->counts && row->attempts >= p->view.push->action->attempts_max) {
		/* An earlier attempt may have been carried out even if this one was not. */
		return row->in_doubt ? doubt(p, p->view.push, e) : finish_failed(p, row->error, e);
	}
	row->attempts -= !sent->counts;
	row->state = OUTBOX_PENDING;
	row->not_before_ms = now_ms(p) + (sent->wait_ms > wait_ms ? sent->wait_ms : wait_ms);
	return save(p, e);
}

static bool finish(struct pusher *p, const struct sent *sent, struct err *e)
{
	p->row->status = sent->status;
	if (sent->outcome == SEND_DONE)
		return finish_done(p, sent->result, e);
	p->row->error = why_text(p, &sent->why);
	if (sent->outcome == SEND_IN_DOUBT)
		return doubt(p, p->view.push, e);
	if (sent->why.kind == ERR_AUTH) {
		/* Not this change's fault: it waits for a person to renew the credentials. */
		p->row->attempts--;
		p->row->state = OUTBOX_PENDING;
		if (!save(p, e))
			return false;
		*e = sent->why;
		return false;
	}
	return sent->outcome == SEND_LATER ? finish_later(p, sent, e)
					   : finish_failed(p, p->row->error, e);
}

/* ---- sending ---- */

/* H(connection, row): the same for every attempt, and for no other change. */
static struct str idempotency_key(struct arena *a, const struct outbox_row *row)
{
	struct str text = str_printf(a, "%.*s\n%lld\n%lld", STR_ARG(row->connection),
				     (long long)row->id, (long long)row->made_ms);
	unsigned char hash[KEY_BYTES];
	char hex[2 * KEY_BYTES + 1];

	crypto_generichash(hash, sizeof(hash), (const unsigned char *)text.at, text.len, NULL, 0);
	sodium_bin2hex(hex, sizeof(hex), hash, sizeof(hash));
	return str_keep(a, str_from(hex));
}

static void view_begin(struct pusher *p, const struct push_plan *push)
{
	struct outbox_row *row = p->row;

	if (!row->idempotency_key.len)
		row->idempotency_key = idempotency_key(p->arena, row);
	p->view = (struct push_view){ .arena = p->arena,
				      .session = p->session,
				      .watch = p->watch,
				      .push = push,
				      .row = row };
}

static bool close_unsent(struct pusher *p, struct str why, struct err *e)
{
	p->row->state = OUTBOX_CANCELLED;
	p->row->error = why;
	return save(p, e);
}

static bool is_ours(enum err_kind kind)
{
	return kind == ERR_TRANSIENT || kind == ERR_STORE || kind == ERR_FENCED ||
	       kind == ERR_CANCELLED || kind == ERR_BUSY;
}

/* The arguments; *wanted false: there is nothing to do, and the row says why. */
static bool open_view(struct pusher *p, bool *wanted, struct err *e)
{
	struct err why;

	if (!push_view_open(&p->view, wanted, &why)) {
		*wanted = false;
		if (is_ours(why.kind)) {
			*e = why;
			return false;
		}
		return finish_failed(p, why_text(p, &why), e);
	}
	return *wanted ||
	       close_unsent(p, STR("the plan's condition says that nothing is to be done"), e);
}

static bool order_body(void *arg, struct err *e)
{
	struct pusher *p = arg;

	return save_body(p, e) && push_view_order(&p->view, e);
}

/* The change becomes jobs of its own, by one commit. */
static bool order(struct pusher *p, struct err *e)
{
	bool wanted;

	if (!open_view(p, &wanted, e))
		return false;
	if (!wanted)
		return true;
	p->row->state = OUTBOX_DONE;
	p->row->action = p->view.push->task;
	if (!db_transact(p->engine->db, order_body, p, e))
		return false;
	p->result->done++;
	return true;
}

/* The request; *ready false: there is nothing to send, and the row says why. */
static bool prepare(struct pusher *p, struct draft *d, bool *ready, struct err *e)
{
	struct err why;
	bool wanted;

	*ready = false;
	if (!open_view(p, &wanted, e))
		return false;
	if (!wanted)
		return true;
	if (!send_draft(p->view.push->action, &p->view.scope, d, &why) ||
	    !push_view_args(&p->view, &p->row->args, &why))
		return finish_failed(p, why_text(p, &why), e);
	*ready = true;
	return send_ready(p->session, p->view.push->action, &p->view.scope, d, e);
}

static bool carry(struct pusher *p, struct err *e)
{
	struct draft *d = arena_new_struct(p->arena, struct draft);
	const struct push_plan *push = push_of(p);
	struct outbox_row *row = p->row;
	struct sent sent;
	bool ready;

	if (!push)
		return close_unsent(p, STR("the plan does nothing with such a change"), e);
	view_begin(p, push);
	if (push->task.len)
		return order(p, e);
	if (!prepare(p, d, &ready, e))
		return false;
	if (!ready)
		return true;
	row->state = OUTBOX_SENDING;
	row->action = push->action->name;
	row->attempts++;
	row->sent_ms = now_ms(p);
	row->claim = p->engine->fence ? *p->engine->fence : (struct fence){ 0 };
	if (!save(p, e))
		return false;
	p->result->requests++;
	send_once(p->session, push->action, &p->view.scope, d, (unsigned)(row->attempts - 1),
		  &sent);
	return finish(p, &sent, e);
}

/* ---- looking up ---- */

static bool look_up(struct pusher *p, const struct push_plan *push, struct err *e)
{
	struct outbox_row *row = p->row;
	struct value result = UNDEFINED;
	struct err why;
	bool found, wanted;

	view_begin(p, push);
	if (!push_view_open(&p->view, &wanted, e))
		return false;
	p->result->requests++;
	if (!send_lookup(p->session, push->action, &p->view.scope, &found, &result, &why)) {
		row->error = why_text(p, &why);
		if (p->session->quiet_ms) {
			/* It did not say no; the next look comes when the vendor may be asked. */
			row->not_before_ms = p->session->quiet_ms;
			return save(p, e);
		}
		row->attempts++;
		row->not_before_ms =
			row->attempts < push->action->attempts_max ? now_ms(p) + backoff_of(p) : 0;
		return save(p, e);
	}
	if (found)
		return finish_done(p, result, e);
	if (row->attempts >= push->action->attempts_max)
		return finish_failed(
			p, STR("it did not arrive, in as many attempts as are allowed"), e);
	row->state = OUTBOX_PENDING;
	row->in_doubt = false;
	row->not_before_ms = now_ms(p);
	return save(p, e);
}

static bool resolve_unknown(struct pusher *p, enum step *step, struct err *e)
{
	const struct push_plan *push = push_of(p);
	int64_t due_ms = p->row->not_before_ms;

	if (due_ms == 0 || !push || !push->action || !push->action->lookup) {
		*step = ends(p, PUSH_BLOCKED, 0);
		return true;
	}
	if (due_ms > now_ms(p)) {
		*step = ends(p, PUSH_WAIT, due_ms - now_ms(p));
		return true;
	}
	return look_up(p, push, e);
}

/* ---- one step, and all ---- */

static bool step(struct pusher *p, enum step *next, struct err *e)
{
	*next = STEP_AGAIN;
	arena_reset(p->arena);
	if (!db_transact(p->engine->db, take_body, p, e))
		return false;
	if (!p->row) {
		*next = ends(p, PUSH_CLEAR, 0);
		return true;
	}
	switch (p->row->state) {
	case OUTBOX_PENDING:
		if (p->row->not_before_ms <= now_ms(p))
			return carry(p, e);
		*next = ends(p, PUSH_WAIT, p->row->not_before_ms - now_ms(p));
		return true;
	case OUTBOX_SENDING:
		return resume_sending(p, next, e);
	case OUTBOX_UNKNOWN:
		return resolve_unknown(p, next, e);
	case OUTBOX_FAILED:
		*next = ends(p, PUSH_BLOCKED, 0);
		return true;
	case OUTBOX_CANCELLED:
		return true; /* merged away: the next round sees what is behind it */
	case OUTBOX_DONE:
	case OUTBOX_STATES:
		break;
	}
	assert(!"a state that does not wait");
	return false;
}

static bool push_all(struct pusher *p, struct err *e)
{
	enum step next = STEP_AGAIN;

	for (int n = 0; next == STEP_AGAIN; n++) {
		if (n == STEPS_MAX) {
			ends(p, PUSH_WAIT, BUSY_WAIT_MS);
			return true;
		}
		if (!cancel_check(p->engine->stop, e) || !step(p, &next, e))
			return false;
	}
	return true;
}

static bool push_leased(struct pusher *p, struct arena *a, struct err *e)
{
	struct err unsaid;
	bool over, ok;

	if (p->engine->fence)
		return push_all(p, e);
	if (!lease_take(p->engine->db, a, &p->lease, &over, e))
		return false;
	p->session->lease = &p->lease;
	ok = push_all(p, e);
	if (!lease_release(p->engine->db, &p->lease, &unsaid))
		return ok; /* it runs out by itself */
	return ok;
}

bool push_record(const struct engine *g, const struct connection *c, const struct watch_plan *w,
		 struct str key, struct push_result *out, struct err *e)
{
	AUTO_ARENA *a = arena_new("push", PUSH_BYTES_MAX);
	AUTO_ARENA *change = arena_new("change", PUSH_BYTES_MAX);
	struct pusher p = { .engine = g, .watch = w, .arena = change, .key = key, .result = out };

	*out = (struct push_result){ 0 };
	p.lease = (struct lease){ .name = str_printf(a, "push:%.*s", STR_ARG(c->name)),
				  .ttl_ms = LEASE_TTL_MS };
	return session_open(a, g, c, &p.session, e) && push_leased(&p, a, e);
}

bool push_job(const struct engine *g, const struct plan *p, struct str args,
	      struct push_result *out, struct err *e)
{
	AUTO_ARENA *a = arena_new("push job", (size_t)4 << 20);
	const struct connection *c;
	const struct watch_plan *w;
	struct value v;

	if (!json_parse(a, args, &v, NULL, e))
		return err_wrap(e, "arguments of a push");
	c = plan_connection(p, value_get(v, STR("connection")).s);
	w = c ? plan_watch(c, value_get(v, STR("watch")).s) : NULL;
	if (!w)
		return err_set(e, ERR_MISSING, "the plan has no such watch any more");
	return push_record(g, c, w, value_get(v, STR("key")).s, out, e);
}
